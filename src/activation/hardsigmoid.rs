//! Hardsigmoid: min(max(x + 3, 0), 6) / 6.
//!
//! Method: x + 3 in two parts, times 1/6 in two parts, so that only the last sum is rounded.

use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
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
        let zero = l.splat(0.0);
        let below = l.select(l.gt(l.splat(1.0), y), l.div(dy, l.splat(6.0)), zero);
        let dx = l.select(l.gt(y, zero), below, zero);
        // A NaN of the forward pass shows in the gradient.
        l.select(l.is_nan(y), y, dx)
    }
}
