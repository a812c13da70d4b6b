//! The error function, 2/√π times the integral of e^(−t²) from 0 to x.
//!
//! Method: as tanh, with eight wider intervals of |x|, and polynomials of degree 7 in the distance from a centre whose erf is
//! almost exactly a float. Around 0 the centre is 0 and the sum is x + x·q(x), where q(0) is 2/√π − 1. The tables are made
//! by `tools/erf.py`.
//!
//! Of elements of 16 bits it is x · g(|x|), with a cubic g in each of 16 intervals that was made, by
//! `tools/tables_narrow.py`, to be right after the rounding for all of them.

use core::f32::consts::FRAC_2_SQRT_PI;

#[cfg(feature = "half")]
use super::erf_narrow_table::{N0, N1, N2, N3, NARROW_LIMIT, NARROW_SCALE};
use super::erf_table::{A0, A1, A2, A3, A4, A5, A6, A7, C, LIMIT, SCALE};
use super::exp::{Multiple, magic};
#[cfg(feature = "half")]
use super::intervals::{index, polynomial};
use super::swish::{SIZE, TINY};
use super::{Activation, Elementwise, Saves, exact, pairs};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::{Fallback, Lanes};
use crate::parallel::Cost;

/// Writes the error function of each element of `x` to `y`.
///
/// Error below 0.85 ULP for all inputs (1.2 ULP on [`Backend::Portable`](crate::Backend::Portable)), never beyond ±1, odd to
/// the bit; erf(±0) = ±0, erf(±∞) = ±1, erf(NaN) = NaN. As `torch.erf`, and Erf of ONNX.
///
/// The gradient ([`Activation::backward`]) is from the input: dy · 2/√π · e^(−x²), to within 4 · 2⁻²⁴ of it where the
/// derivative is not subnormal; that underflows gradually, and is 0 at ±∞.
///
/// In the [exact tier](crate::Accuracy::Exact) every result is correctly rounded.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::erf(&[-0.0, 0.5, f32::INFINITY], &mut y)?;
/// assert_eq!(y, [-0.0, 0.5204999, 1.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn erf<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Erf.apply(x, y)
}

/// Replaces each element by its error function; see [`erf`].
#[inline]
pub fn erf_in_place<T: Element>(x: &mut [T]) {
    Activation::Erf.apply_in_place(x);
}

/// [`erf`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Erf;

impl Elementwise for Erf {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;
    const BACKWARD_COST: Cost = Cost::Arithmetic;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // `min` keeps a NaN, its second argument.
        let a = l.min(l.splat(LIMIT), l.abs(x));
        // A sum with 2²³ is rounded to an integer, here the number of the interval.
        let rounded = l.mul_add(a, l.splat(SCALE), l.splat(exact::WHOLE));
        let i = l.to_bits(rounded);
        let d = l.sub(a, l.table8(&C, i));
        let q = l.mul_add(d, l.table8(&A7, i), l.table8(&A6, i));
        let q = l.mul_add(d, q, l.table8(&A5, i));
        let q = l.mul_add(d, q, l.table8(&A4, i));
        let q = l.mul_add(d, q, l.table8(&A3, i));
        let q = l.mul_add(d, q, l.table8(&A2, i));
        let q = l.mul_add(d, q, l.table8(&A1, i));
        let base = l.select_below(rounded, 8_388_609.0, a, l.table8(&A0, i));
        l.with_sign(l.mul_add(d, q, base), x)
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // `min` keeps a NaN, its second argument.
        let a = l.min(l.splat(NARROW_LIMIT), l.abs(x));
        let g = polynomial(l, a, index(l, a, NARROW_SCALE), [&N0, &N1, &N2, &N3]);
        l.with_sign(l.mul(a, g), x)
    }

    const EXACT: bool = true;
    const EXACT_SIDE: usize = 3;
    #[inline(always)]
    fn exact<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        pairs::erf(l, x, self)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        const POWER: Multiple = Multiple::new(-1.0);
        // Beyond this, it is 0. The square is in two parts, since e^(−x²) multiplies its error.
        let a = l.min(l.splat(10.5), l.abs(x));
        let (square, excess) = l.product(a, a);
        let (t, p) = POWER.parts(l, square, Some(excess), magic(SIZE));
        let slope = l.mul(l.mul_add(t, p, t), l.splat(FRAC_2_SQRT_PI));
        l.mul(dy, l.mul(slope, l.splat(TINY)))
    }
}

/// Correctly rounded, by way of f64.
impl Fallback for Erf {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        l.with_sign(l.narrow(exact::erf(l, l.abs(x))), x)
    }
}
