//! Softshrink: x − λ where x > λ, x + λ where x < −λ, else 0.

use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x − λ where x > λ, x + λ where x < −λ, else 0, of each element of `x` to `y`, where λ is `lambda`, which must
/// be finite and not negative.
///
/// One rounding; odd but for the sign of zero, which is always +0; softshrink(±∞) = ±∞, softshrink(NaN) = NaN. PyTorch
/// takes a λ of 0.5 where none is given; in ONNX it is Shrink with `bias` and `lambd` both λ. The gradient
/// ([`Activation::backward`], from the output) is dy where y ≠ 0, else 0: 0 at both kinks, as in PyTorch. D. Donoho,
/// *De-noising by Soft-Thresholding*, 1995.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 4];
/// simdact::softshrink(&[-2.0, -0.25, 0.5, 1.0], 0.5, &mut y)?;
/// assert_eq!(y, [-1.5, 0.0, 0.0, 0.5]);
/// # Ok(()) }
/// ```
#[inline]
pub fn softshrink<T: Element>(x: &[T], lambda: f32, y: &mut [T]) -> Result<(), Error> {
    Activation::Softshrink { lambda }.apply(x, y)
}

/// Replaces each element by x − λ where x > λ, x + λ where x < −λ, else 0; see [`softshrink`].
#[inline]
pub fn softshrink_in_place<T: Element>(x: &mut [T], lambda: f32) {
    Activation::Softshrink { lambda }.apply_in_place(x);
}

/// [`softshrink`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Softshrink {
    /// The parameter of that function.
    pub lambda: f32,
}

impl Elementwise for Softshrink {
    const COST: Cost = Cost::Memory;
    const SAVES: Saves = Saves::Output;
    const ROUNDED: bool = true;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // What is taken away is x itself between −λ and λ. `max` and `min` keep a NaN, their second argument.
        l.sub(x, l.min(l.splat(self.lambda), l.max(l.splat(-self.lambda), x)))
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        let zero = l.splat(0.0);
        // Differences of unequal floats are not 0.
        let dx = l.select(l.gt(l.abs(y), zero), dy, zero);
        // A NaN of the forward pass shows in the gradient.
        l.select(l.is_nan(y), y, dx)
    }
}
