//! RReLU as it is after training: LeakyReLU with the mean of the slopes.

use super::Activation;
use super::leaky_relu::LeakyRelu;
use crate::element::Element;
use crate::error::Error;

/// Writes x where x > 0, else `(lower + upper) / 2 · x`, of each element of `x` to `y`: what RReLU, whose slopes are
/// random in training, is when it is evaluated.
///
/// One rounding, with the mean as a float: it is [`leaky_relu`](crate::leaky_relu) of that slope, to the bit.
/// rrelu(±0) = ±0, rrelu(NaN) = NaN. PyTorch takes 1/8 and 1/3 where none are given; ONNX does not have it. The
/// gradient ([`Activation::backward`], from the output; the mean must not be negative there) is dy where y > 0,
/// else `(lower + upper) / 2 · dy`, also at the kink. B. Xu, N. Wang, T. Chen, M. Li, *Empirical Evaluation of Rectified
/// Activations in Convolutional Network*, 2015.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::rrelu(&[-2.0, 0.0, 3.0], 0.25, 0.75, &mut y)?;
/// assert_eq!(y, [-1.0, 0.0, 3.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn rrelu<T: Element>(x: &[T], lower: f32, upper: f32, y: &mut [T]) -> Result<(), Error> {
    Activation::Rrelu { lower, upper }.apply(x, y)
}

/// Replaces each element by x where x > 0, else `(lower + upper) / 2 · x`; see [`rrelu`].
#[inline]
pub fn rrelu_in_place<T: Element>(x: &mut [T], lower: f32, upper: f32) {
    Activation::Rrelu { lower, upper }.apply_in_place(x);
}

/// The mean is PyTorch's, which computes it in double precision.
pub(super) fn mean(lower: f32, upper: f32) -> LeakyRelu {
    LeakyRelu { slope: ((f64::from(lower) + f64::from(upper)) / 2.0) as f32 }
}
