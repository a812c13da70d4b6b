//! GELU, x · Φ(x), where Φ is the normal distribution.
//!
//! Method: with a = |x|, x · Φ(x) = max(x, 0) − a · Φ(−a), and
//!
//! > Φ(−a) = e^(−a²/2) · R(a), R(a) = A0 + d · A1 + d² · q(d), d = a − C,
//!
//! where eight intervals of a have a centre C each, at which A0 and A1 are almost exactly floats. Their tangent is computed
//! in two parts, S and a rest, so that no rounding but small ones precedes. With e^(−a²/2) = t · (1 + p), where t is almost
//! exactly a float too, Φ(−a) = t·S + t·(rest + R·p): the first product is carried in two parts, so that the one rounding
//! that counts is that of the sum of max(x, 0) − a·t·S and all that is small. The tables have −R, which spares a
//! difference. a² is carried in two parts, since the exponential multiplies its error. All of it is done at 2⁶⁰ times the
//! size, so that nothing is subnormal before the end. The tables are made by `tools/erf.py`.

use super::exp::{Multiple, magic};
use super::gelu_table::{A0, A1, A2, A3, A4, A5, A6, A7, A8, C, LIMIT};
use super::swish::{SIZE, TINY};
use super::{Activation, Elementwise, Saves, exact};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x · Φ(x) of each element of `x` to `y`, where Φ(x) = ½ (1 + erf(x/√2)): GELU by D. Hendrycks and K. Gimpel,
/// *Gaussian Error Linear Units*, 2016.
///
/// Error below 0.8 ULP for all inputs (1.8 ULP on [`Backend::Portable`](crate::Backend::Portable)): relative, also in the
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

/// x · Φ(x) is x above.
const SAME: f32 = 6.0;

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

impl Elementwise for Gelu {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;
    const BACKWARD_COST: Cost = Cost::Arithmetic;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // `min` and `max` keep a NaN, their second argument.
        let a = l.min(l.splat(LIMIT), l.abs(x));
        let (tangent, rest) = ratio(l, a);
        let (t, p) = bell(l, a);
        let (main, excess) = l.product(t, tangent);
        let small = l.mul_add(tangent, p, l.mul_add(rest, p, rest));
        let excess = l.neg_mul_add(t, small, excess);
        // Of two zeros, `max` gives x. Differences that follow are made so that −0 stays what it is.
        let linear = l.mul(l.max(l.splat(0.0), l.min(l.splat(LIMIT), x)), l.splat(1.0 / TINY));
        // What this loses is a float, since main is less than half of 2⁶⁰.
        let sum = l.mul_add(a, main, linear);
        let less = l.neg_mul_add(a, main, l.sub(sum, linear));
        let less = l.mul_add(a, excess, less);
        let y = l.mul(l.sub(sum, less), l.splat(TINY));
        l.select(l.gt(x, l.splat(SAME)), x, y)
    }

    const EXACT: bool = true;
    const EXACT_IN_PAIRS: bool = true;
    #[inline(always)]
    fn exact<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let y = l.sub_f64(l.widen(l.max(l.splat(0.0), x)), exact::normal_tail(l, l.abs(x)));
        // For −0, y is positive, though it rounds to 0.
        l.with_sign(l.narrow(y), x)
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
