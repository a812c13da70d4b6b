//! The logistic function 1 / (1 + e⁻ˣ).
//!
//! Method: y = 1 / (t + h + 1), where t + h is e⁻ˣ in two parts: t, which is almost exactly a float, and the small
//! correction h. The quotient is then corrected by what it leaves: r = 1 − t·y − 1·y − h·y, the larger of the first two
//! products first, so that their differences are exact but for at most a quarter of a unit. y + r·y is the one rounding
//! that counts. All of it is done at 2²⁶ times y and 2⁻²⁶ times the others, so that neither large nor small results
//! leave the range of the normal numbers before the end.
//!
//! Of elements of 16 bits, the sum of 1 and t is taken as it is rounded: see `exp.rs`.
//!
//! In the fast tier it is the plain quotient 2⁻²⁶ / (2⁻²⁶ + 2⁻²⁶ e⁻ˣ).

#[cfg(feature = "half")]
use super::exp::short_parts;
use super::exp::{exp_fast, exp_parts, magic};
#[cfg(feature = "half")]
use super::exp_narrow_table::SIGMOID_OF_16_BITS;
use super::{Activation, Elementwise, Saves, exact, pairs};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::{Fallback, Lanes};
use crate::parallel::Cost;

/// Writes 1 / (1 + e⁻ˣ) of each element of `x` to `y`.
///
/// Error below 0.85 ULP for all inputs (2 ULP on [`Backend::Portable`](crate::Backend::Portable)), within [0, 1]. It does
/// not flush to 0 at −88.7 as the plain formula does: sigmoid(−100) is subnormal; sigmoid(−∞) = 0, sigmoid(∞) = 1,
/// sigmoid(NaN) = NaN.
/// The gradient ([`Activation::backward`], from the output) is dy · y · (1 − y), to 2.5 ULP.
///
/// In the [fast tier](crate::Accuracy::Fast) the relative error is below 2⁻¹⁶ (2⁻¹⁵ on `Portable`; where the result is
/// subnormal, its rounding comes on top), and a larger input never gives a smaller result.
///
/// In the [exact tier](crate::Accuracy::Exact) every result is correctly rounded.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::sigmoid(&[f32::NEG_INFINITY, 0.0, 2.0], &mut y)?;
/// assert_eq!(y, [0.0, 0.5, 0.8807971]);
/// # Ok(()) }
/// ```
#[inline]
pub fn sigmoid<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Sigmoid.apply(x, y)
}

/// Replaces each element by its sigmoid; see [`sigmoid`].
#[inline]
pub fn sigmoid_in_place<T: Element>(x: &mut [T]) {
    Activation::Sigmoid.apply_in_place(x);
}

/// The power of two by which results are too large until the end.
const SCALE: i32 = 26;
const TINY: f32 = 1.0 / (1u32 << SCALE) as f32;

/// [`sigmoid`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Sigmoid;

impl Elementwise for Sigmoid {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Output;
    const FAST: bool = true;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let one = l.splat(1.0);
        let tiny = l.splat(TINY);
        // Beyond these, y is 0 and 1. `min` and `max` keep a NaN, their second argument.
        let x = l.min(l.splat(30.0), l.max(l.splat(-104.5), x));
        let (t, p) = exp_parts::<L, true>(l, x, l.splat(magic(-SCALE)));
        let h = l.mul(t, p);
        let y = l.div(one, l.add(l.add(t, h), tiny));
        let r = l.neg_mul_add(y, l.max(t, tiny), one);
        let r = l.neg_mul_add(y, l.min(t, tiny), r);
        let r = l.neg_mul_add(y, h, r);
        l.mul(l.mul_add(r, y, y), tiny)
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let one = l.splat(1.0);
        let tiny = l.splat(TINY);
        let x = l.min(l.splat(30.0), l.max(l.splat(-104.5), x));
        let (t, p) = short_parts::<L, true>(l, x, &SIGMOID_OF_16_BITS, l.splat(magic(-SCALE)));
        let h = l.mul(t, p);
        let more = l.add(t, tiny);
        let y = l.div(one, l.add(more, h));
        let r = l.neg_mul_add(y, h, l.neg_mul_add(y, more, one));
        l.mul(l.mul_add(r, y, y), tiny)
    }

    #[inline(always)]
    fn fast<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let tiny = l.splat(TINY);
        let x = l.min(l.splat(30.0), l.max(l.splat(-104.5), x));
        l.div(tiny, l.add(tiny, exp_fast::<L, true>(l, x, l.splat(magic(-SCALE)))))
    }

    const EXACT: bool = true;
    #[inline(always)]
    fn exact<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        pairs::sigmoid(l, x, self)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        // The small factor comes last, so that a subnormal output loses nothing before the one rounding.
        l.mul(l.mul(dy, l.sub(l.splat(1.0), y)), y)
    }
}

/// Correctly rounded, by way of f64.
impl Fallback for Sigmoid {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        let x = l.min(l.splat(30.0), l.max(l.splat(-104.5), x));
        l.narrow(l.div_f64(l.splat_f64(1.0), exact::one_more(l, x)))
    }
}
