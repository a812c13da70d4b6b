//! Hardtanh: min(max(x, min), max).

use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes min(max(x, `min`), `max`) of each element of `x` to `y`.
///
/// Exact; zeros keep their sign where they are within the bounds; hardtanh(NaN) = NaN. PyTorch takes −1 and 1 where
/// none are given, and refuses bounds that are not in order; here all results are `max` then, as the formula says. In
/// ONNX it is Clip, which has no bounds where none are given. The gradient ([`Activation::backward`], from the output)
/// is dy where `min` < y < `max`, else 0: 0 at both kinks, as in PyTorch. R. Collobert, *Large Scale Machine Learning*,
/// 2004.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 4];
/// simdact::hardtanh(&[-1.5, -0.5, 2.5, 7.0], -1.0, 3.0, &mut y)?;
/// assert_eq!(y, [-1.0, -0.5, 2.5, 3.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn hardtanh<T: Element>(x: &[T], min: f32, max: f32, y: &mut [T]) -> Result<(), Error> {
    Activation::Hardtanh { min, max }.apply(x, y)
}

/// Replaces each element by min(max(x, `min`), `max`); see [`hardtanh`].
#[inline]
pub fn hardtanh_in_place<T: Element>(x: &mut [T], min: f32, max: f32) {
    Activation::Hardtanh { min, max }.apply_in_place(x);
}

/// [`hardtanh`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Hardtanh {
    /// The parameter of that function.
    pub min: f32,
    /// The parameter of that function.
    pub max: f32,
}

impl Elementwise for Hardtanh {
    const COST: Cost = Cost::Memory;
    const SAVES: Saves = Saves::Output;
    const ROUNDED: bool = true;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // Both keep a NaN, their second argument.
        l.min(l.splat(self.max), l.max(l.splat(self.min), x))
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        let zero = l.splat(0.0);
        let below = l.select(l.gt(l.splat(self.max), y), dy, zero);
        let dx = l.select(l.gt(y, l.splat(self.min)), below, zero);
        // A NaN of the forward pass shows in the gradient.
        l.select(l.is_nan(y), y, dx)
    }
}
