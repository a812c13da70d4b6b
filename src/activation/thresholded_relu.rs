//! ThresholdedReLU: x where x > α, else 0.

use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x where x > `alpha`, else 0, of each element of `x` to `y`.
///
/// Exact; what is not x is +0, and −0 stays where alpha is negative; thresholded_relu(NaN) = NaN. ONNX takes an alpha
/// of 1 where none is given; in PyTorch it is Threshold with a `value` of 0. The gradient ([`Activation::backward`],
/// from the input) is dy where x > `alpha`, else 0: 0 at the jump, as in PyTorch. K. Konda, R. Memisevic, D. Krueger,
/// *Zero-Bias Autoencoders and the Benefits of Co-Adapting Features*, 2014.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::thresholded_relu(&[-2.0, 1.0, 1.5], 1.0, &mut y)?;
/// assert_eq!(y, [0.0, 0.0, 1.5]);
/// # Ok(()) }
/// ```
#[inline]
pub fn thresholded_relu<T: Element>(x: &[T], alpha: f32, y: &mut [T]) -> Result<(), Error> {
    Activation::ThresholdedRelu { alpha }.apply(x, y)
}

/// Replaces each element by x where x > `alpha`, else 0; see [`thresholded_relu`].
#[inline]
pub fn thresholded_relu_in_place<T: Element>(x: &mut [T], alpha: f32) {
    Activation::ThresholdedRelu { alpha }.apply_in_place(x);
}

/// [`thresholded_relu`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct ThresholdedRelu {
    /// The parameter of that function.
    pub alpha: f32,
}

impl Elementwise for ThresholdedRelu {
    const COST: Cost = Cost::Memory;
    const SAVES: Saves = Saves::Input;
    const ROUNDED: bool = true;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        l.select(l.or(l.gt(x, l.splat(self.alpha)), l.is_nan(x)), x, l.splat(0.0))
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        let dx = l.select(l.gt(x, l.splat(self.alpha)), dy, l.splat(0.0));
        // A NaN of the forward pass shows in the gradient.
        l.select(l.is_nan(x), x, dx)
    }
}
