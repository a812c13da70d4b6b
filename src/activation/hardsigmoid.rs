//! Hardsigmoid: min(max(x + 3, 0), 6) / 6.
//!
//! Method: x + 3 in two parts, times 1/6 in two parts, so that only the last sum is rounded.

use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::{Fallback, Lanes};
use crate::parallel::Cost;

/// Writes min(max(x + 3, 0), 6) / 6 of each element of `x` to `y`.
///
/// One rounding for all inputs (1 ULP on [`Backend::Portable`](crate::Backend::Portable)), within [0, 1];
/// hardsigmoid(x) = +0 for x ≤ −3, hardsigmoid(NaN) = NaN. As `torch.nn.Hardsigmoid`; HardSigmoid of ONNX is
/// [`hard_sigmoid`](crate::hard_sigmoid), whose slope is 0.2 where none is given. The gradient
/// ([`Activation::backward`], from the output) is dy / 6 where 0 < y < 1, else 0, rounded once: 0 at both kinks, as in
/// PyTorch, which asks x; y is 0 and 1 nowhere else. A. Howard et al., *Searching for MobileNetV3*, 2019.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 4];
/// simdact::hardsigmoid(&[-4.0, -1.5, 0.0, 3.0], &mut y)?;
/// assert_eq!(y, [0.0, 0.25, 0.5, 1.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn hardsigmoid<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Hardsigmoid.apply(x, y)
}

/// Replaces each element by min(max(x + 3, 0), 6) / 6; see [`hardsigmoid`].
#[inline]
pub fn hardsigmoid_in_place<T: Element>(x: &mut [T]) {
    Activation::Hardsigmoid.apply_in_place(x);
}

/// 1/6, as a float and the rest.
pub(super) const SIXTH: (f32, f32) = ((1.0 / 6.0) as f32, (1.0 / 6.0 - (1.0 / 6.0) as f32 as f64) as f32);

/// 1/6, as the next smaller float and the rest.
const BELOW_SIXTH: (f32, f32) = {
    let high = f32::from_bits(((1.0 / 6.0) as f32).to_bits() - 1);
    (high, (1.0 / 6.0 - high as f64) as f32)
};

/// x + 3, and what its rounding loses, for |x| ≤ 3.
#[inline(always)]
pub(super) fn plus_three<L: Lanes>(l: L, x: L::F32) -> (L::F32, L::F32) {
    let sum = l.add(x, l.splat(3.0));
    (sum, l.sub(x, l.sub(sum, l.splat(3.0))))
}

/// [`hardsigmoid`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Hardsigmoid;

impl Elementwise for Hardsigmoid {
    const COST: Cost = Cost::Memory;
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let (high, low) = (l.splat(SIXTH.0), l.splat(SIXTH.1));
        // `min` and `max` keep a NaN, their second argument.
        let (sum, lost) = plus_three(l, l.min(l.splat(3.0), l.max(l.splat(-3.0), x)));
        l.mul_add(sum, high, l.mul_add(sum, low, l.mul(lost, high)))
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        if L::DIVIDES {
            return self.call(l, [y, dy]);
        }
        // The quotient is a sixth of an ULP or more away from all middles between floats, and this is much nearer to it:
        // so it rounds to the same float, unless that is subnormal. Both parts are positive, so that ∞ stays what it is.
        let sixth = l.mul_add(dy, l.splat(BELOW_SIXTH.0), l.mul(dy, l.splat(BELOW_SIXTH.1)));
        // The smaller product is no subnormal number beyond 1.2e−30: flushing those does not tell here. And the bits of 0
        // less 1 are those of a NaN.
        let tiny = l.from_bits(l.add_u32(l.to_bits(l.abs(dy)), l.splat_u32(u32::MAX)));
        l.or_else(gated(l, y, sixth), l.gt(l.splat(1e-29), tiny), self, [y, dy])
    }
}

/// The gradient of a tiny dy.
impl Fallback<2> for Hardsigmoid {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [y, dy]: [L::F32; 2]) -> L::F32 {
        gated(l, y, l.div(dy, l.splat(6.0)))
    }
}

/// dx where 0 < y < 1, else 0.
#[inline(always)]
fn gated<L: Lanes>(l: L, y: L::F32, dx: L::F32) -> L::F32 {
    const BELOW_ONE: f32 = 1.0 - f32::EPSILON / 2.0;
    let zero = l.splat(0.0);
    let inside = l.and_not(l.gt(y, zero), l.gt(y, l.splat(BELOW_ONE)));
    // A NaN of the forward pass shows in the gradient.
    l.select(inside, dx, l.select(l.is_nan(y), y, zero))
}
