//! ELU: x where x > 0, else α · (eˣ − 1). See `expm1.rs` for the method, and for that of elements of 16 bits.

#[cfg(feature = "half")]
use super::elu_narrow_table::{N0, N1, N2, N3, N4, NARROW_LIMIT, NARROW_SCALE};
use super::expm1::{LIMIT, expm1_parts};
#[cfg(feature = "half")]
use super::intervals::{index, polynomial};
use super::{Activation, Elementwise, Saves, exact, loaded};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::{Fallback, Lanes};
use crate::parallel::Cost;

/// Writes x where x > 0, else `alpha · (eˣ − 1)`, of each element of `x` to `y`.
///
/// Error below 0.93 ULP for all inputs (2 ULP on [`Backend::Portable`](crate::Backend::Portable)), measured for an alpha of
/// 0.7; also near 0, where eˣ − 1 would cancel. elu(±0) = ±0, elu(−∞) = −alpha, elu(NaN) = NaN. PyTorch and ONNX take an
/// alpha of 1 where none is given. The gradient ([`Activation::backward`], from the output; alpha must not be negative there) is dy where y > 0,
/// else dy · (y + alpha), to 1.5 ULP: alpha · dy at the kink, as in PyTorch. D.-A. Clevert, T. Unterthiner,
/// S. Hochreiter, *Fast and Accurate Deep Network Learning by Exponential Linear Units*, 2015.
///
/// The output tells alpha · eˣ = y + alpha only to within half an ULP of alpha: where x is far below 0, so is the
/// gradient, and it is 0 below −17.4.
///
/// In the [exact tier](crate::Accuracy::Exact) every result is correctly rounded if alpha is 1; for others, one in some
/// hundred millions may be the other float next to the true value.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::elu(&[f32::NEG_INFINITY, -1.0, 2.0], 0.5, &mut y)?;
/// assert_eq!(y, [-0.5, -0.31606027, 2.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn elu<T: Element>(x: &[T], alpha: f32, y: &mut [T]) -> Result<(), Error> {
    Activation::Elu { alpha }.apply(x, y)
}

/// Replaces each element by x where x > 0, else `alpha · (eˣ − 1)`; see [`elu`].
#[inline]
pub fn elu_in_place<T: Element>(x: &mut [T], alpha: f32) {
    Activation::Elu { alpha }.apply_in_place(x);
}

/// [`elu`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Elu {
    /// The parameter of that function.
    pub alpha: f32,
}

impl Elementwise for Elu {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let alpha = l.splat(self.alpha);
        let (_, base, rest) = expm1_parts(l, l.max(l.splat(LIMIT), x), None, alpha);
        // −0 and a NaN are returned as they are.
        l.select(l.gt(l.splat(0.0), x), l.mul_add(alpha, base, rest), x)
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // The same for all elements.
        if self.alpha != 1.0 {
            return self.forward(l, x);
        }
        let b = l.max(l.splat(NARROW_LIMIT), x);
        let g = polynomial(l, b, index(l, b, NARROW_SCALE), [&N0, &N1, &N2, &N3, &N4]);
        // −0 and a NaN are returned as they are.
        l.select(l.gt(l.splat(0.0), x), l.mul(b, g), x)
    }

    const EXACT: bool = true;
    #[inline]
    fn is_exact(self) -> bool {
        self.alpha == 1.0
    }
    #[inline(always)]
    fn exact<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // The same for all elements.
        if L::LOADS && self.alpha == 1.0 { loaded::elu(l, x, self) } else { self.call(l, [x]) }
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        l.select(l.gt(y, l.splat(0.0)), dy, l.mul(dy, l.add(y, l.splat(self.alpha))))
    }
}

/// Correctly rounded if alpha is 1.
impl Fallback for Elu {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        let below = l.mul_f64(exact::exp_m1_below(l, x), l.splat_f64(self.alpha.into()));
        // −0 and a NaN are returned as they are.
        l.select(l.gt(l.splat(0.0), x), l.narrow(below), x)
    }
}
