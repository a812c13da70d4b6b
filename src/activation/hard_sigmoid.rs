//! HardSigmoid: max(0, min(1, α · x + β)).

use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes max(0, min(1, `alpha · x + beta`)) of each element of `x` to `y`.
///
/// One rounding (0.51 ULP on [`Backend::Portable`](crate::Backend::Portable)), also where the sum cancels; it is +0
/// where the sum is not positive; hard_sigmoid(NaN) = NaN. ONNX takes 0.2 and 0.5 where none are given; PyTorch's
/// Hardsigmoid is [`hardsigmoid`](crate::hardsigmoid), with the slope 1/6. The gradient ([`Activation::backward`], from
/// the output) is `alpha · dy` where 0 < y < 1, else 0: 0 at both kinks. M. Courbariaux, Y. Bengio, J.-P. David,
/// *BinaryConnect*, 2015.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 4];
/// simdact::hard_sigmoid(&[-3.0, -1.0, 0.0, 4.0], 0.25, 0.5, &mut y)?;
/// assert_eq!(y, [0.0, 0.25, 0.5, 1.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn hard_sigmoid<T: Element>(x: &[T], alpha: f32, beta: f32, y: &mut [T]) -> Result<(), Error> {
    Activation::HardSigmoid { alpha, beta }.apply(x, y)
}

/// Replaces each element by max(0, min(1, `alpha · x + beta`)); see [`hard_sigmoid`].
#[inline]
pub fn hard_sigmoid_in_place<T: Element>(x: &mut [T], alpha: f32, beta: f32) {
    Activation::HardSigmoid { alpha, beta }.apply_in_place(x);
}

/// [`hard_sigmoid`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct HardSigmoid {
    /// The parameter of that function.
    pub alpha: f32,
    /// The parameter of that function.
    pub beta: f32,
}

impl HardSigmoid {
    /// α · x + β.
    #[inline(always)]
    fn line<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let (alpha, beta) = (l.splat(self.alpha), l.splat(self.beta));
        if L::FUSED {
            return l.mul_add(alpha, x, beta);
        }
        // The product and the sum with what their roundings lose.
        let (product, excess) = l.product(alpha, x);
        let sum = l.add(product, beta);
        let of_beta = l.sub(sum, product);
        let lost = l.add(l.sub(product, l.sub(sum, of_beta)), l.sub(beta, of_beta));
        let line = l.add(sum, l.sub(lost, excess));
        // Where the product overflows, what it loses is NaN.
        l.select(l.is_nan(line), sum, line)
    }
}

impl Elementwise for HardSigmoid {
    const COST: Cost = Cost::Memory;
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let zero = l.splat(0.0);
        // `max` and `min` keep a NaN, their second argument. A sum with +0 makes −0 +0.
        l.add(l.max(zero, l.min(l.splat(1.0), self.line(l, x))), zero)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        let zero = l.splat(0.0);
        let below = l.select(l.gt(l.splat(1.0), y), l.mul(dy, l.splat(self.alpha)), zero);
        let dx = l.select(l.gt(y, zero), below, zero);
        // A NaN of the forward pass shows in the gradient.
        l.select(l.is_nan(y), y, dx)
    }
}
