//! Hardswish: x · min(max(x + 3, 0), 6) / 6.
//!
//! Method: (x + 3) / 6 as a float and a rest, so that only the last sum, of both times x, is rounded.

use super::hardsigmoid::{SIXTH, plus_three};
use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x · min(max(x + 3, 0), 6) / 6 of each element of `x` to `y`.
///
/// Error below 0.51 ULP for all inputs (1 ULP on [`Backend::Portable`](crate::Backend::Portable)); hardswish(±0) = ±0,
/// hardswish(x) = −0 for x ≤ −3 including −∞, hardswish(x) = x for x ≥ 3, hardswish(NaN) = NaN. As `torch.nn.Hardswish`
/// and HardSwish of ONNX, but where these compute the formula as it stands, −∞ gives NaN. The gradient
/// ([`Activation::backward`], from the input) is 0 for x ≤ −3, dy for x ≥ 3, and dy · (2 x + 3) / 6 between, to 2.05
/// ULP; at the kinks, PyTorch up to 2.6 gives −dy/2 and 3/2 · dy instead. A. Howard et al., *Searching for MobileNetV3*,
/// 2019.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 4];
/// simdact::hardswish(&[-4.0, -1.5, 1.0, 5.0], &mut y)?;
/// assert_eq!(y, [-0.0, -0.375, 0.6666667, 5.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn hardswish<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Hardswish.apply(x, y)
}

/// Replaces each element by x · min(max(x + 3, 0), 6) / 6; see [`hardswish`].
#[inline]
pub fn hardswish_in_place<T: Element>(x: &mut [T]) {
    Activation::Hardswish.apply_in_place(x);
}

/// 1/6 is its float times 1 and this, which is a little smaller than it should be, by 2⁻⁴⁷: no rest of a zero is negative.
const EXCESS_OF_SIXTH: f32 = -(1.0 - 1.0 / (1 << 22) as f32) / (1 << 25) as f32;

/// [`hardswish`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Hardswish;

impl Elementwise for Hardswish {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // `min` and `max` keep a NaN, their second argument.
        let x = l.max(l.splat(-3.0), x);
        let inside = l.min(l.splat(3.0), x);
        // (x + 3) / 6 with what its roundings lose, −g + rest.
        let (sum, lost) = plus_three(l, inside);
        let (g, excess) = l.product(sum, l.splat(-SIXTH.0));
        let rest = l.mul_add(l.mul_add(sum, l.splat(EXCESS_OF_SIXTH), lost), l.splat(SIXTH.0), excess);
        // From 3 on, −g is 1, and x stays what it is. Zeros get the sign of x, which all others have.
        l.with_sign(l.neg_mul_add(x, g, l.mul(inside, rest)), x)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        let three = l.splat(3.0);
        // In this form, what cancels is exact.
        let slope = l.div(l.add(l.add(x, x), three), l.splat(6.0));
        let dx = l.select(l.gt(three, x), l.mul(dy, slope), dy);
        let dx = l.select(l.gt(x, l.splat(-3.0)), dx, l.splat(0.0));
        // A NaN of the forward pass shows in the gradient.
        l.select(l.is_nan(x), x, dx)
    }
}
