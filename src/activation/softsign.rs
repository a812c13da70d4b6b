//! Softsign: x / (1 + |x|).
//!
//! Method: the quotient q is corrected by what it leaves of |x|, r = |x| − q · max(1, |x|) − q · min(1, |x|), so that
//! the rounding of 1 + |x| does not count: q + r / (1 + |x|) is the one rounding that does.

use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x / (1 + |x|) of each element of `x` to `y`.
///
/// Error below 0.76 ULP for all inputs (1.5 ULP on [`Backend::Portable`](crate::Backend::Portable)), within [−1, 1],
/// odd to the bit; softsign(±0) = ±0, softsign(±∞) = ±1, softsign(NaN) = NaN. PyTorch and ONNX have the same formula,
/// but where PyTorch computes it as it stands, ±∞ gives NaN. The gradient ([`Activation::backward`], from the input) is
/// dy / (1 + |x|)², to 4.4 ULP; it is 0 at ±∞. J. Bergstra et al., *Quadratic Polynomials Learn Better Image Features*,
/// 2009.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 4];
/// simdact::softsign(&[-1.0, -0.0, 3.0, f32::INFINITY], &mut y)?;
/// assert_eq!(y, [-0.5, -0.0, 0.75, 1.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn softsign<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Softsign.apply(x, y)
}

/// Replaces each element by x / (1 + |x|); see [`softsign`].
#[inline]
pub fn softsign_in_place<T: Element>(x: &mut [T]) {
    Activation::Softsign.apply_in_place(x);
}

/// Beyond, the result is 1; its inverse is not subnormal.
const LARGE: f32 = (1u128 << 100) as f32;

/// [`softsign`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Softsign;

impl Elementwise for Softsign {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let one = l.splat(1.0);
        // `min` keeps a NaN, its second argument.
        let a = l.min(l.splat(LARGE), l.abs(x));
        let inverse = l.div(one, l.add(one, a));
        let q = l.mul(a, inverse);
        // The larger product first: its difference is then almost exact.
        let r = l.neg_mul_add(q, l.max(one, a), a);
        let r = l.neg_mul_add(q, l.min(one, a), r);
        l.with_sign(l.mul_add(r, inverse, q), x)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        let one = l.splat(1.0);
        let inverse = l.div(one, l.add(one, l.abs(x)));
        // One after the other, since the square may underflow.
        l.mul(l.mul(dy, inverse), inverse)
    }
}
