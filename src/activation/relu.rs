//! ReLU: max(x, 0).

use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes max(x, 0) of each element of `x` to `y`.
///
/// Exact; relu(−0) = +0, relu(NaN) = NaN. The gradient ([`Activation::backward`], from the output) is dy where y > 0,
/// else 0: 0 at the kink. V. Nair, G. Hinton, *Rectified Linear Units Improve Restricted Boltzmann Machines*, 2010.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::relu(&[-1.5, 0.0, 2.5], &mut y)?;
/// assert_eq!(y, [0.0, 0.0, 2.5]);
/// # Ok(()) }
/// ```
#[inline]
pub fn relu<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Relu.apply(x, y)
}

/// Replaces each element by max(x, 0); see [`relu`].
#[inline]
pub fn relu_in_place<T: Element>(x: &mut [T]) {
    Activation::Relu.apply_in_place(x);
}

/// [`relu`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Relu;

impl Elementwise for Relu {
    const COST: Cost = Cost::Memory;
    const SAVES: Saves = Saves::Output;
    const ROUNDED: bool = true;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let zero = l.splat(0.0);
        // `max` keeps its second argument where it is NaN or where both are zeros: a sum with +0 then makes −0 +0.
        l.add(l.max(zero, x), zero)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        let zero = l.splat(0.0);
        let dx = l.select(l.gt(y, zero), dy, zero);
        // A NaN of the forward pass shows in the gradient.
        l.select(l.is_nan(y), y, dx)
    }
}
