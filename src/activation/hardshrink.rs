//! Hardshrink: x where |x| > λ, else 0.

use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x where |x| > λ, else 0, of each element of `x` to `y`, where λ is `lambda`.
///
/// Exact; what is not x is +0, also for −0, unless λ is negative: it is x everywhere then; hardshrink(NaN) = NaN.
/// PyTorch takes a λ of 0.5 where none is given, and so does ONNX, as `lambd` of Shrink, whose `bias` is 0 where none
/// is given. The gradient ([`Activation::backward`], from the input) is dy where |x| > λ, else 0: 0 at both jumps, as
/// in PyTorch. D. Donoho, I. Johnstone, *Ideal Spatial Adaptation by Wavelet Shrinkage*, 1994.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 4];
/// simdact::hardshrink(&[-2.0, -0.25, 0.5, 1.0], 0.5, &mut y)?;
/// assert_eq!(y, [-2.0, 0.0, 0.0, 1.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn hardshrink<T: Element>(x: &[T], lambda: f32, y: &mut [T]) -> Result<(), Error> {
    Activation::Hardshrink { lambda }.apply(x, y)
}

/// Replaces each element by x where |x| > λ, else 0; see [`hardshrink`].
#[inline]
pub fn hardshrink_in_place<T: Element>(x: &mut [T], lambda: f32) {
    Activation::Hardshrink { lambda }.apply_in_place(x);
}

/// [`hardshrink`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Hardshrink {
    /// The parameter of that function.
    pub lambda: f32,
}

impl Elementwise for Hardshrink {
    const COST: Cost = Cost::Memory;
    const SAVES: Saves = Saves::Input;
    const ROUNDED: bool = true;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let kept = l.gt(l.abs(x), l.splat(self.lambda));
        l.select(l.or(kept, l.is_nan(x)), x, l.splat(0.0))
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        let dx = l.select(l.gt(l.abs(x), l.splat(self.lambda)), dy, l.splat(0.0));
        // A NaN of the forward pass shows in the gradient.
        l.select(l.is_nan(x), x, dx)
    }
}
