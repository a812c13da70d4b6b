//! Tanhshrink: x − tanh x.
//!
//! Method: 16 intervals of |x|, four to each octave, each with a polynomial in the distance from a centre whose value is
//! almost exactly a float, as in `tanh.rs`; so the difference itself is approximated, and nothing cancels. On the first
//! interval it is x³ · (1/3 + g(x²)) instead, where the cube comes in two parts; beyond the last one it is |x| − 1. The
//! tables are made by `tools/tanhshrink.py`.
//!
//! Of elements of 16 bits it is x³ · g(|x|), with a polynomial of degree 4 in each of 16 intervals that was made, by
//! `tools/tables_narrow.py`, to be right after the rounding for all of them.

#[cfg(feature = "half")]
use super::intervals::{index, polynomial};
use super::tanh::Tanh;
#[cfg(feature = "half")]
use super::tanhshrink_narrow_table::{N0, N1, N2, N3, N4, NARROW_LIMIT, NARROW_SCALE};
use super::tanhshrink_table::{A0, A1, A2, A3, A4, A5, A6, B, C, FIRST, LAST, SIZE, THIRD};
use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x − tanh x of each element of `x` to `y`.
///
/// Error below 0.92 ULP for all inputs (3 ULP on [`Backend::Portable`](crate::Backend::Portable)), also near 0, where the
/// plain difference would cancel; odd to the bit; tanhshrink(±0) = ±0, tanhshrink(±∞) = ±∞, tanhshrink(NaN) = NaN.
/// PyTorch has the same formula, and ONNX has none. The gradient ([`Activation::backward`], from the input) is
/// dy · tanh² x, to within 4.5 · 2⁻²⁴ of it where tanh² x is not subnormal.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::tanhshrink(&[-0.0, 0.5, 100.0], &mut y)?;
/// assert_eq!(y, [-0.0, 0.037882842, 99.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn tanhshrink<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Tanhshrink.apply(x, y)
}

/// Replaces each element by x − tanh x; see [`tanhshrink`].
#[inline]
pub fn tanhshrink_in_place<T: Element>(x: &mut [T]) {
    Activation::Tanhshrink.apply_in_place(x);
}

/// 1/3 + g(x²) where x² is so large that g counts for the excess of the cube.
const NEARLY_THIRD: f32 = 0.3;

/// [`tanhshrink`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Tanhshrink;

impl Elementwise for Tanhshrink {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;
    const BACKWARD_COST: Cost = Cost::Arithmetic;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let third = l.splat(THIRD);
        let a = l.abs(x);
        // The exponent and two more bits number the intervals. `max` keeps a NaN, its second argument.
        let i = l.shr::<21>(l.to_bits(l.max(l.splat(0.5), a)));
        // For the first interval.
        let first = l.gt(l.splat(FIRST), a);
        let large = l.mul(a, l.splat(SIZE));
        let square = l.mul(large, large);
        let d = l.select(first, square, l.sub(a, l.table16(&C, i)));
        let q = l.mul_add(d, l.select(first, l.splat(A6), l.splat(0.0)), l.table16(&A5, i));
        let q = l.mul_add(d, q, l.table16(&A4, i));
        let q = l.mul_add(d, q, l.table16(&A3, i));
        let q = l.mul_add(d, q, l.table16(&A2, i));
        let q = l.mul_add(d, q, l.table16(&A1, i));
        let q = l.mul_add(d, q, l.table16(&A0, i));
        let cube = l.mul(large, square);
        // By so much it is too large.
        let excess = l.mul_add(large, l.neg_mul_add(large, large, square), l.neg_mul_add(large, square, cube));
        let small = l.mul_add(cube, third, l.mul_add(cube, q, l.mul(excess, l.splat(-NEARLY_THIRD))));
        let small = l.mul(small, l.splat(1.0 / (SIZE * SIZE * SIZE)));
        let y = l.select(first, small, l.mul_add(d, q, l.table16(&B, i)));
        let y = l.select(l.gt(a, l.splat(LAST)), l.sub(a, l.splat(1.0)), y);
        l.with_sign(y, x)
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let a = l.abs(x);
        let b = l.min(l.splat(NARROW_LIMIT), a);
        let g = polynomial(l, b, index(l, b, NARROW_SCALE), [&N0, &N1, &N2, &N3, &N4]);
        // In this order, only the last product may be subnormal.
        let y = l.mul(l.mul(b, g), l.mul(b, b));
        l.with_sign(l.select(l.gt(a, l.splat(NARROW_LIMIT)), l.sub(a, l.splat(1.0)), y), x)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        let t = Tanh.forward(l, x);
        l.mul(l.mul(dy, t), t)
    }
}
