//! GELU, x · Φ(x), where Φ is the normal distribution.
//!
//! Method: with a = |x|, Φ(x) is Φ(−a), or 1 − Φ(−a) where x is positive, and
//!
//! > Φ(−a) = A0 + d · (A1 + d · q(d)), d = a − C,
//!
//! where sixteen intervals of a up to 6 have a centre C each, at which A0 is almost exactly a float, and so is 1 − A0. The
//! bracket and the sum are computed in two parts each, so that the one rounding that counts is that of the product with a.
//! Beyond, Φ(x) is 1 for a positive x, and vectors with a negative one do that again by
//!
//! > Φ(−a) = e^(−a²/2) · R(a), R(a) = A0 + d · A1 + d² · q(d), d = a − C,
//!
//! where eight intervals of a have a centre C each, at which A0 and A1 are almost exactly floats. Their tangent is computed
//! in two parts, S and a rest, so that no rounding but small ones precedes. With e^(−a²/2) = t · (1 + p), where t is almost
//! exactly a float too, Φ(−a) = t·S + t·(rest + R·p): the first product is carried in two parts. a² is, too, since the
//! exponential multiplies its error. All of it is done at 2⁶⁰ times the size, so that nothing is subnormal before the end.
//! The derivative takes this way everywhere.
//!
//! The exact tier has polynomials of −Φ in f64, for x ≥ −6, where those are faster than e^(−a²/2) times a polynomial, which
//! it has elsewhere, and where the float is not certain. With AVX-512, it has polynomials in sums of two floats before that.
//!
//! Elements of 16 bits take the first way with polynomials of degree 5, in one part, which are right for all of them once
//! rounded (`tools/gelu_narrow.py`).
//!
//! The tables have −Φ and −R, which spares differences. They are made by `tools/normal.py` and `tools/erf.py`.

use super::exp::{Multiple, magic};
#[cfg(feature = "half")]
use super::gelu_narrow_table as table;
use super::gelu_table::{A0, A1, A2, A3, A4, A5, A6, A7, A8, C, LIMIT};
#[cfg(feature = "half")]
use super::intervals::polynomial;
use super::swish::{SIZE, TINY};
use super::{Activation, Elementwise, Saves, exact, normal_table as normal, pairs};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::{Fallback, Lanes};
use crate::parallel::Cost;

/// Writes x · Φ(x) of each element of `x` to `y`, where Φ(x) = ½ (1 + erf(x/√2)): GELU by D. Hendrycks and K. Gimpel,
/// *Gaussian Error Linear Units*, 2016.
///
/// Error below 0.82 ULP for all inputs (2 ULP on [`Backend::Portable`](crate::Backend::Portable)): relative, also in the
/// tail, which underflows gradually to −0 at −14.4; where 1 + erf is computed, it is lost from −5 on. gelu(±0) = ±0,
/// gelu(−∞) = −0, gelu(∞) = ∞, gelu(NaN) = NaN. As `torch.nn.GELU` and Gelu of ONNX, both with `approximate="none"`,
/// their default.
///
/// The gradient ([`Activation::backward`]) is from the input: dy · (Φ(x) + x φ(x)), φ(x) = e^(−x²/2) / √(2π), to within
/// 4.5 · 2⁻²⁴ of (Φ(x) + |x φ(x)|) · |dy| (5 on `Portable`), where the derivative is not subnormal; it is 0 at −∞, and dy at ∞.
///
/// In the [exact tier](crate::Accuracy::Exact) every result is correctly rounded.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::gelu(&[f32::NEG_INFINITY, -1.0, 2.0], &mut y)?;
/// assert_eq!(y, [-0.0, -0.15865526, 1.9544997]);
/// # Ok(()) }
/// ```
#[inline]
pub fn gelu<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Gelu.apply(x, y)
}

/// Replaces each element by its GELU; see [`gelu`].
#[inline]
pub fn gelu_in_place<T: Element>(x: &mut [T]) {
    Activation::Gelu.apply_in_place(x);
}

/// [`gelu`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Gelu;

/// −R(a) in two parts, a float and a small rest.
#[inline(always)]
fn ratio<L: Lanes>(l: L, a: L::F32) -> (L::F32, L::F32) {
    // The exponent of 1 + a and one more bit number the intervals.
    let i = l.shr::<22>(l.to_bits(l.add(a, l.splat(1.0))));
    let d = l.sub(a, l.table8(&C, i));
    let q = l.mul_add(d, l.table8(&A8, i), l.table8(&A7, i));
    let q = l.mul_add(d, q, l.table8(&A6, i));
    let q = l.mul_add(d, q, l.table8(&A5, i));
    let q = l.mul_add(d, q, l.table8(&A4, i));
    let q = l.mul_add(d, q, l.table8(&A3, i));
    let q = l.mul_add(d, q, l.table8(&A2, i));
    let (a0, a1) = (l.table8(&A0, i), l.table8(&A1, i));
    let tangent = l.mul_add(d, a1, a0);
    let rest = l.mul_add(d, a1, l.sub(a0, tangent));
    (tangent, l.mul_add(l.mul(d, d), q, rest))
}

/// e^(−a²/2), 2⁶⁰ times as large, as t · (1 + p).
#[inline(always)]
fn bell<L: Lanes>(l: L, a: L::F32) -> (L::F32, L::F32) {
    const HALF: Multiple = Multiple::new(-0.5);
    let (square, excess) = l.product(a, a);
    HALF.parts(l, square, Some(excess), magic(SIZE))
}

/// The number of the interval, in the low bits, and how far b is from its centre.
#[inline(always)]
fn interval<L: Lanes>(l: L, b: L::F32) -> (L::U32, L::F32) {
    let i = l.mul_add(b, l.splat(normal::INDEX[1]), l.splat(normal::INDEX[0]));
    let i = l.to_bits(l.mul_add(b, i, l.splat(exact::MAGIC)));
    (i, l.sub(b, l.table16(&normal::C, i)))
}

/// Of a large negative x.
impl Fallback for Gelu {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        let a = l.min(l.splat(LIMIT), l.abs(x));
        let (tangent, rest) = ratio(l, a);
        let (t, p) = bell(l, a);
        let (main, excess) = l.product(t, tangent);
        let small = l.mul_add(tangent, p, l.mul_add(rest, p, rest));
        let excess = l.neg_mul_add(t, small, excess);
        let y = l.mul_add(a, main, l.neg_mul_add(a, excess, l.splat(-0.0)));
        l.mul(y, l.splat(TINY))
    }
}

/// Correctly rounded, by way of e^(−a²/2), for all x.
#[derive(Clone, Copy)]
struct ByExponential;

impl Fallback for ByExponential {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        let y = l.sub_f64(l.widen(l.max(l.splat(0.0), x)), exact::normal_tail(l, l.abs(x)));
        // For −0, y is positive, though it rounds to 0.
        l.with_sign(l.narrow(y), x)
    }
}

/// The same, but by polynomials where that is faster and certain.
#[derive(Clone, Copy)]
struct Exactly;

impl Fallback for Exactly {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        if !L::SUMS {
            return ByExponential.call(l, [x]);
        }
        // As bits, what is below it is larger.
        let range = (l.to_bits(x), (-exact::NORMAL_LIMIT).to_bits());
        l.settle(exact::gelu_bounds(l, x), [range], ByExponential, [x])
    }
}

impl Elementwise for Gelu {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;
    const BACKWARD_COST: Cost = Cost::Arithmetic;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let a = l.abs(x);
        // `min` keeps a NaN, its second argument.
        let b = l.min(l.splat(normal::LIMIT), a);
        let (i, d) = interval(l, b);
        let a6 = l.table16(&normal::A6, i);
        let a7 = l.from_bits(l.shl::<16>(l.to_bits(a6)));
        let q = l.mul_add(d, a7, a6);
        let q = l.mul_add(d, q, l.table16(&normal::A5, i));
        let q = l.mul_add(d, q, l.table16(&normal::A4, i));
        let q = l.mul_add(d, q, l.table16(&normal::A3, i));
        let q = l.mul_add(d, q, l.table16(&normal::A2, i));
        // The slope and what it lacks, and then the same of y / a.
        let a1 = l.table16(&normal::A1, i);
        let slope = l.mul_add(d, q, a1);
        let rest = l.mul_add(d, q, l.sub(a1, slope));
        let a0 = l.add(l.if_positive(x, l.splat(1.0)), l.table16(&normal::A0, i));
        let main = l.mul_add(d, slope, a0);
        let excess = l.neg_mul_add(d, slope, l.sub(main, a0));
        let excess = l.neg_mul_add(d, rest, excess);
        let less = l.neg_mul_add(b, excess, l.splat(-0.0));
        // Zeros get the sign of x, which all others have.
        let y = l.with_sign(l.mul_add(a, main, less), x);
        l.or_else(y, l.gt(l.splat(-normal::LIMIT), x), self, [x])
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let a = l.abs(x);
        // `min` keeps a NaN, its second argument.
        let b = l.min(l.splat(normal::LIMIT), a);
        let (i, d) = interval(l, b);
        let q = polynomial(l, d, i, [&table::B1, &table::B2, &table::B3, &table::B4, &table::B5]);
        let base = l.add(l.if_positive(x, l.splat(1.0)), l.table16(&table::B0, i));
        let y = l.mul(a, l.mul_add(d, q, base));
        l.or_else(y, l.gt(l.splat(-normal::LIMIT), x), self, [x])
    }

    const EXACT: bool = true;
    const EXACT_SIDE: usize = 1;
    #[inline(always)]
    fn exact<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        if Self::exact_begins::<L>() { self.exact_end(l, x, self.exact_begin(l, x)) } else { Exactly.call(l, [x]) }
    }
    #[inline(always)]
    fn exact_begins<L: Lanes>() -> bool {
        L::SUMS && L::WIDE
    }
    #[inline(always)]
    fn exact_begin<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        pairs::gelu_interval(l, x)
    }
    #[inline(always)]
    fn exact_end<L: Lanes>(self, l: L, x: L::F32, begun: L::F32) -> L::F32 {
        pairs::gelu(l, x, begun, Exactly)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        /// 1 / √(2π)
        const PEAK: f32 = 0.398_942_3;
        let zero = l.splat(0.0);
        let a = l.min(l.splat(LIMIT), l.abs(x));
        let (tangent, rest) = ratio(l, a);
        let (t, p) = bell(l, a);
        // Of −a; that of a is 1 less this.
        let slope = l.mul(l.mul_add(t, p, t), l.mul_add(a, l.splat(PEAK), l.add(tangent, rest)));
        let slope = l.mul(slope, l.splat(-TINY));
        let slope = l.select(l.gt(x, zero), l.sub(l.splat(1.0), slope), slope);
        l.mul(dy, slope)
    }
}
