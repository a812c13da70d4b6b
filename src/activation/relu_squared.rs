//! The square of ReLU: max(x, 0)².

use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes max(x, 0)² of each element of `x` to `y`.
///
/// One rounding; it overflows to ∞ from 2⁶⁴ on; relu_squared(±0) = +0, relu_squared(NaN) = NaN. PyTorch and ONNX have
/// it as a product only; in Hugging Face's Transformers it is ReLUSquaredActivation, `relu2`. The gradient
/// ([`Activation::backward`], from the input) is 2 · x · dy where x > 0, else 0, rounded once. D. So et al., *Primer:
/// Searching for Efficient Transformers for Language Modeling*, 2021.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::relu_squared(&[-2.0, 0.5, 3.0], &mut y)?;
/// assert_eq!(y, [0.0, 0.25, 9.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn relu_squared<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::ReluSquared.apply(x, y)
}

/// Replaces each element by max(x, 0)²; see [`relu_squared`].
#[inline]
pub fn relu_squared_in_place<T: Element>(x: &mut [T]) {
    Activation::ReluSquared.apply_in_place(x);
}

/// [`relu_squared`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct ReluSquared;

impl Elementwise for ReluSquared {
    const COST: Cost = Cost::Memory;
    const SAVES: Saves = Saves::Input;
    const ROUNDED: bool = true;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // `max` keeps a NaN, its second argument.
        let positive = l.max(l.splat(0.0), x);
        l.mul(positive, positive)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        // The factor that is doubled is one whose double overflows only if the product does.
        let large = l.gt(x, l.splat(1.0));
        let dx = l.mul(l.select(large, x, l.add(x, x)), l.select(large, l.add(dy, dy), dy));
        let dx = l.select(l.gt(x, l.splat(0.0)), dx, l.splat(0.0));
        // A NaN of the forward pass shows in the gradient.
        l.select(l.is_nan(x), x, dx)
    }
}
