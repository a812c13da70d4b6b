//! Hardswish: x · min(max(x + 3, 0), 6) / 6.
//!
//! Method: x · (x + 3) in parts, times 1/6 in two parts, so that only the last sum is rounded; at 2²⁴ times the size,
//! so that no part is subnormal.

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

const LARGE: f32 = (1 << 24) as f32;

/// [`hardswish`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Hardswish;

impl Elementwise for Hardswish {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let (high, low) = (l.splat(SIXTH.0), l.splat(SIXTH.1));
        // `min` and `max` keep a NaN, their second argument.
        let clamped = l.min(l.splat(3.0), l.max(l.splat(-3.0), x));
        let (sum, lost) = plus_three(l, clamped);
        let large = l.mul(clamped, l.splat(LARGE));
        let (product, excess) = l.product(large, sum);
        let rest = l.sub(l.mul(large, lost), excess);
        let y = l.mul_add(product, high, l.mul_add(product, low, l.mul(rest, high)));
        // Zeros get the sign of x, which all others have.
        l.select(l.gt(x, l.splat(3.0)), x, l.with_sign(l.mul(y, l.splat(1.0 / LARGE)), x))
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
