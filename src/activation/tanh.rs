//! The hyperbolic tangent.
//!
//! Method: 16 intervals of |x|, four to each octave of 1 + 1.625 |x|, each with a polynomial of degree 5 in the distance
//! from a centre whose tanh is almost exactly a float, so that the last addition is the only rounding that counts.
//! Around 0 the centre is 0 and the sum is x + x·q(x), so that it is exact for zeros and subnormals.
//!
//! In the fast tier it is x · g(|x|) within ±1, where g(x) = tanh(x)/x is a cubic in each of 8 intervals of the same
//! width. The tables of both are made by `tools/tanh.py`.
//!
//! Of elements of 16 bits it is that too, with a polynomial of degree 4 in each of 16 intervals that was made, by
//! `tools/tables_narrow.py`, to be right after the rounding for all of them.

use super::intervals::{index, polynomial};
#[cfg(feature = "half")]
use super::tanh_narrow_table::{N0, N1, N2, N3, N4, NARROW_LIMIT, NARROW_SCALE};
use super::tanh_table::{A0, A1, A2, A3, A4, A5, C, FAST_LIMIT, FAST_SCALE, FIRST, G0, G1, G2, G3, LIMIT, SCALE};
use super::{Activation, Elementwise, Saves, exact, pairs};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::{Fallback, Lanes};
use crate::parallel::Cost;

/// Writes tanh of each element of `x` to `y`.
///
/// Error below 0.79 ULP for all inputs (2 ULP on [`Backend::Portable`](crate::Backend::Portable)), never beyond ±1, odd
/// to the bit; tanh(±0) = ±0, tanh(±∞) = ±1, tanh(NaN) = NaN. The gradient ([`Activation::backward`], from the output)
/// is dy · (1 − y²), to 2.1 ULP.
///
/// In the [fast tier](crate::Accuracy::Fast) the relative error is below 2⁻¹³. It is odd and within ±1 there too, but
/// neighbours may be out of order, by at most 16 ULP.
///
/// In the [exact tier](crate::Accuracy::Exact) every result is correctly rounded.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::tanh(&[-0.0, 0.5, f32::INFINITY], &mut y)?;
/// assert_eq!(y, [-0.0, 0.46211717, 1.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn tanh<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Tanh.apply(x, y)
}

/// Replaces each element by its tanh; see [`tanh`].
#[inline]
pub fn tanh_in_place<T: Element>(x: &mut [T]) {
    Activation::Tanh.apply_in_place(x);
}

/// [`tanh`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Tanh;

impl Elementwise for Tanh {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Output;
    const FAST: bool = true;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // `min` keeps a NaN, its second argument.
        let a = l.min(l.splat(LIMIT), l.abs(x));
        // The exponent of u and two more bits number the intervals.
        let u = l.mul_add(a, l.splat(SCALE), l.splat(1.0));
        let i = l.shr::<21>(l.to_bits(u));
        let d = l.sub(a, l.table16(&C, i));
        let q = polynomial(l, d, i, [&A1, &A2, &A3, &A4, &A5]);
        let base = l.select_below(u, FIRST, a, l.table16(&A0, i));
        l.with_sign(l.mul_add(d, q, base), x)
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // `min` keeps a NaN, its second argument.
        let a = l.min(l.splat(NARROW_LIMIT), l.abs(x));
        let g = polynomial(l, a, index(l, a, NARROW_SCALE), [&N0, &N1, &N2, &N3, &N4]);
        l.with_sign(l.mul(a, g), x)
    }

    #[inline(always)]
    fn fast<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // `min` and `max` keep a NaN, their second argument.
        let a = l.min(l.splat(FAST_LIMIT), l.abs(x));
        let i = index(l, a, FAST_SCALE);
        let g = l.mul_add(a, l.table8(&G3, i), l.table8(&G2, i));
        let g = l.mul_add(a, g, l.table8(&G1, i));
        let g = l.mul_add(a, g, l.table8(&G0, i));
        l.max(l.splat(-1.0), l.min(l.splat(1.0), l.mul(x, g)))
    }

    const EXACT: bool = true;
    #[inline(always)]
    fn exact<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        pairs::tanh(l, x, self)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        // 1 − y² as a product: no cancellation near ±1, and no fused operation, so that `Portable` has the same bits.
        let one = l.splat(1.0);
        l.mul(dy, l.mul(l.sub(one, y), l.add(one, y)))
    }
}

/// Correctly rounded, by way of f64.
impl Fallback for Tanh {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        // Beyond, it is 1.
        let a = l.min(l.splat(10.0), l.abs(x));
        l.with_sign(l.narrow(exact::tanh(l, a)), x)
    }
}
