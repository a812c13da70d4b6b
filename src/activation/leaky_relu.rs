//! LeakyReLU: x where x > 0, else slope · x.

use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x where x > 0, else `slope · x`, of each element of `x` to `y`.
///
/// One rounding; leaky_relu(NaN) = NaN. PyTorch and ONNX take a slope of 0.01 where none is given. The gradient
/// ([`Activation::backward`], from the output; the slope must not be negative there) is dy where y > 0, else
/// `slope · dy`: `slope` at the kink. A. Maas, A. Hannun, A. Ng, *Rectifier Nonlinearities Improve Neural Network
/// Acoustic Models*, 2013.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::leaky_relu(&[-2.0, 0.0, 3.0], 0.25, &mut y)?;
/// assert_eq!(y, [-0.5, 0.0, 3.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn leaky_relu<T: Element>(x: &[T], slope: f32, y: &mut [T]) -> Result<(), Error> {
    Activation::LeakyRelu { slope }.apply(x, y)
}

/// Replaces each element by x where x > 0, else `slope · x`; see [`leaky_relu`].
#[inline]
pub fn leaky_relu_in_place<T: Element>(x: &mut [T], slope: f32) {
    Activation::LeakyRelu { slope }.apply_in_place(x);
}

/// [`leaky_relu`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct LeakyRelu {
    /// The parameter of that function.
    pub slope: f32,
}

impl Elementwise for LeakyRelu {
    const COST: Cost = Cost::Memory;
    const SAVES: Saves = Saves::Output;
    const ROUNDED: bool = true;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        l.select(l.gt(x, l.splat(0.0)), x, l.mul(x, l.splat(self.slope)))
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        let dx = l.select(l.gt(y, l.splat(0.0)), dy, l.mul(dy, l.splat(self.slope)));
        // A NaN of the forward pass shows in the gradient.
        l.select(l.is_nan(y), y, dx)
    }
}
