//! CELU: x where x > 0, else α · (e^(x/α) − 1). See `expm1.rs` for the method. x/α is carried in two parts, since an error
//! of it would be one of the result.

#[cfg(feature = "half")]
use super::elu::Elu;
use super::expm1::{LIMIT, expm1_parts};
use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x where x > 0, else `alpha · (e^(x / alpha) − 1)`, of each element of `x` to `y`; alpha must be positive, and
/// not subnormal.
///
/// Error below 0.96 ULP for all inputs (1.6 ULP on [`Backend::Portable`](crate::Backend::Portable)), measured for an alpha of
/// 0.7; celu(±0) = ±0, celu(−∞) = −alpha, celu(NaN) = NaN. PyTorch and ONNX
/// take an alpha of 1 where none is given. The gradient ([`Activation::backward`], from the output) is dy where y > 0,
/// else dy · (y / alpha + 1), to within 2 · 2⁻²⁴ of (|y / alpha| + 1) · |dy|: it is dy at 0: there is no kink. J. T. Barron, *Continuously Differentiable Exponential
/// Linear Units*, 2017.
///
/// As with [`elu`](crate::elu), the output tells the gradient only to within 2⁻²⁵ where x is far below 0.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::celu(&[f32::NEG_INFINITY, -1.0, 2.0], 0.5, &mut y)?;
/// assert_eq!(y, [-0.5, -0.43233237, 2.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn celu<T: Element>(x: &[T], alpha: f32, y: &mut [T]) -> Result<(), Error> {
    Activation::Celu { alpha }.apply(x, y)
}

/// Replaces each element by x where x > 0, else `alpha · (e^(x / alpha) − 1)`; see [`celu`].
#[inline]
pub fn celu_in_place<T: Element>(x: &mut [T], alpha: f32) {
    Activation::Celu { alpha }.apply_in_place(x);
}

/// [`celu`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Celu {
    /// The parameter of that function.
    pub alpha: f32,
}

impl Celu {
    /// 1 / alpha, and the rest of it; finite.
    #[inline(always)]
    fn inverse(self) -> (f32, f32) {
        inverse(self.alpha)
    }
}

/// 1 / a, and the rest of it; finite.
#[inline(always)]
pub(super) fn inverse(a: f32) -> (f32, f32) {
    let exact = 1.0 / f64::from(a);
    let high = (exact as f32).clamp(f32::MIN, f32::MAX);
    (high, if high.abs() == f32::MAX { 0.0 } else { (exact - f64::from(high)) as f32 })
}

impl Elementwise for Celu {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let alpha = l.splat(self.alpha);
        let (high, low) = self.inverse();
        let inside = l.max(l.splat(LIMIT * self.alpha), x);
        let u = l.mul(inside, l.splat(high));
        let rest = l.sub(l.mul(inside, l.splat(low)), l.neg_mul_add(inside, l.splat(high), u));
        let (near, base, rest) = expm1_parts(l, u, Some(rest), alpha);
        // Near 0, alpha · x / alpha is x.
        let (factor, base) = (l.select(near, l.splat(1.0), alpha), l.select(near, x, base));
        // −0 and a NaN are returned as they are.
        l.select(l.gt(l.splat(0.0), x), l.mul_add(factor, base, rest), x)
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // The same for all elements.
        if self.alpha == 1.0 { Elu { alpha: 1.0 }.of_16_bits(l, x) } else { self.forward(l, x) }
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        let slope = l.mul_add(y, l.splat(self.inverse().0), l.splat(1.0));
        l.select(l.gt(y, l.splat(0.0)), dy, l.mul(dy, slope))
    }
}
