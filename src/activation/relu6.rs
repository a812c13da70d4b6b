//! ReLU6: min(max(x, 0), 6).

use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes min(max(x, 0), 6) of each element of `x` to `y`.
///
/// Exact; relu6(−0) = +0, relu6(NaN) = NaN. As `torch.nn.ReLU6`; in ONNX it is Clip from 0 to 6. The gradient
/// ([`Activation::backward`], from the output) is dy where 0 < y < 6, else 0: 0 at both kinks, as in PyTorch.
/// A. Krizhevsky, *Convolutional Deep Belief Networks on CIFAR-10*, 2010.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 4];
/// simdact::relu6(&[-1.5, 0.0, 2.5, 7.0], &mut y)?;
/// assert_eq!(y, [0.0, 0.0, 2.5, 6.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn relu6<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Relu6.apply(x, y)
}

/// Replaces each element by min(max(x, 0), 6); see [`relu6`].
#[inline]
pub fn relu6_in_place<T: Element>(x: &mut [T]) {
    Activation::Relu6.apply_in_place(x);
}

const TOP: f32 = 6.0;

/// [`relu6`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Relu6;

impl Elementwise for Relu6 {
    const COST: Cost = Cost::Memory;
    const SAVES: Saves = Saves::Output;
    const ROUNDED: bool = true;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let zero = l.splat(0.0);
        // `max` and `min` keep a NaN, their second argument. A sum with +0 makes −0 +0.
        l.min(l.splat(TOP), l.add(l.max(zero, x), zero))
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        let zero = l.splat(0.0);
        let dx = l.select(l.gt(y, zero), l.select(l.gt(l.splat(TOP), y), dy, zero), zero);
        // A NaN of the forward pass shows in the gradient.
        l.select(l.is_nan(y), y, dx)
    }
}
