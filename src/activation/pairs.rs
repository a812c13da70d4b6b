//! The short way of the exact tier: functions of an exponential, and erf, as a sum of two floats.
//!
//! Such a sum is right to some 2⁻³⁵ (of erf 2⁻³²), and so is all but the rounding of it, unless that falls within as much
//! of the middle between two floats, as it does once in a thousand times (of erf, two or three times). So each function is
//! rounded with that much less and with that much more, and is doubtful where that gives two floats. Then what computes in
//! f64 is asked, in [`exact`](super::exact), which takes twice the time.
//!
//! With k = x / ln 2 rounded to a multiple of 1/16, k = n + i/16, and r = x − k ln 2, but for its last bits exact,
//!
//! > eˣ = 2ⁿ · T\[i\] · (1 + r + q), q = r²/2 + r³/6 + r⁴/24 + r⁵/120 + m · e^r, m = D\[i\] − k · LOW.
//!
//! erf is a polynomial around the nearest multiple of 1/8, of which the first two coefficients are such sums.
//!
//! All of it takes the fused multiply-add. Tables are made by `tools/pairs.py` and `tools/erf_pairs.py`. What is sure, and
//! right, was gone through for all inputs (`accuracy --tier exact --backend avx512`): no operation is to be changed without
//! doing that again.

use core::f32::consts::LOG2_E;

use super::erf_pairs_table::{E0, E0_LOW, E1, E1_LOW, E2, E3, E4, E5, E6, E7};
use super::exact::centre;
use super::pairs_table::{D, HIGH, LOW, MIDDLE, T};
use crate::lanes::{Fallback, Lanes};

/// A sum with it is rounded to a multiple of 1/16, which then stands in the low bits.
const MAGIC: f32 = 786_432.0;
/// Larger than the relative error of what is rounded: of 4.7e-11 for the exponential.
const SLACK: f32 = 6e-11;
/// Of the logistic function and its product, of 6e-11 and 7.2e-11, and 1.5e-11 where this is added.
const SLACK_OF_QUOTIENT: f32 = 1.2e-10;
/// Of tanh, which is more exact, since it is small where its argument is.
const SLACK_OF_TANH: f32 = 2e-11;

/// The largest |x|: of −x beyond, the rest of the exponential would be subnormal.
const MOST: f32 = 54.0;

/// A function that has both ways: the long one is that of [`Fallback`].
pub(super) trait Sums: Fallback {
    /// The function, and where that is doubtful. Implementations are `#[inline(always)]`.
    fn sums<L: Lanes>(self, l: L, x: L::F32) -> (L::F32, L::Mask);
}

/// The float nearest to the function.
#[inline(always)]
pub(super) fn nearest<L: Lanes, F: Sums>(l: L, function: F, x: L::F32) -> L::F32 {
    if !L::SUMS {
        return function.call(l, [x]);
    }
    let (y, doubt) = function.sums(l, x);
    l.or_else(y, doubt, function, [x])
}

/// What an exponential is made of.
struct Parts<L: Lanes> {
    /// 2ⁿ · T\[i\].
    t: L::F32,
    r: L::F32,
    m: L::F32,
}

/// Those of eˣ, for |x| < 87.
#[inline(always)]
fn parts<L: Lanes>(l: L, x: L::F32) -> Parts<L> {
    let rounded = l.mul_add(x, l.splat(LOG2_E), l.splat(MAGIC));
    let k = l.sub(rounded, l.splat(MAGIC));
    let index = l.to_bits(rounded);
    let r = l.neg_mul_add(k, l.splat(MIDDLE), l.neg_mul_add(k, l.splat(HIGH), x));
    let m = l.neg_mul_add(k, l.splat(LOW), l.table16(&D, index));
    // n is moved to the exponent. What of i is moved into the fraction along with it has been taken off the table.
    let t = l.from_bits(l.add_u32(l.to_bits(l.table16(&T, index)), l.shl::<19>(index)));
    Parts { t, r, m }
}

/// t, eˣ as t + t · r rounded, and the rest, for |x| ≤ [`MOST`].
#[inline(always)]
fn sum<L: Lanes>(l: L, x: L::F32) -> (L::F32, L::F32, L::F32) {
    let Parts { t, r, m } = parts(l, x);
    let c = l.mul_add(r, l.splat(1.0 / 120.0), l.splat(1.0 / 24.0));
    let c = l.mul_add(r, l.mul_add(r, c, l.splat(1.0 / 6.0)), l.splat(0.5));
    let c = l.mul_add(c, m, c);
    let q = l.mul_add(r, l.mul_add(r, c, m), m);
    let sum = l.mul_add(t, r, t);
    let rest = l.mul_add(t, q, product_less(l, t, r, l.sub(sum, t)));
    (t, sum, rest)
}

/// `a * b - c`, rounded once.
#[inline(always)]
fn product_less<L: Lanes>(l: L, a: L::F32, b: L::F32, c: L::F32) -> L::F32 {
    l.mul_add(a, b, l.mul(c, l.splat(-1.0)))
}

/// Where they are not the same number, of which `less` cannot be the larger one, or a is larger than `most`.
#[inline(always)]
fn doubt<L: Lanes>(l: L, [less, more]: [L::F32; 2], a: L::F32, most: f32) -> L::Mask {
    l.or(l.gt(more, less), l.gt(a, l.splat(most)))
}

/// Where a ≥ 0 is so small, and not 0, that what a product with it lacks to its rounding may be subnormal.
#[inline(always)]
fn tiny<L: Lanes>(l: L, a: L::F32) -> L::Mask {
    l.and_not(l.gt(l.splat(1e-20), a), l.eq_u32(l.to_bits(a), l.splat_u32(0)))
}

/// eˣ, and where it is doubtful.
#[inline(always)]
pub(super) fn exp<L: Lanes>(l: L, x: L::F32) -> (L::F32, L::Mask) {
    let (t, sum, rest) = sum(l, x);
    let less = l.add(sum, l.neg_mul_add(t, l.splat(SLACK), rest));
    let more = l.add(sum, l.mul_add(t, l.splat(SLACK), rest));
    (less, doubt(l, [less, more], l.abs(x), MOST))
}

/// 1 / (1 + e⁻ˣ) = y · (1 + r), for |x| ≤ [`MOST`].
#[inline(always)]
fn logistic<L: Lanes>(l: L, x: L::F32) -> (L::F32, L::F32) {
    let one = l.splat(1.0);
    let (_, e, rest) = sum(l, l.mul(x, l.splat(-1.0)));
    let (large, small) = (l.max(e, one), l.min(e, one));
    let d = l.add(large, small);
    let rest = l.add(l.sub(small, l.sub(d, large)), rest);
    let y = l.div(one, d);
    let r = l.neg_mul_add(y, rest, l.neg_mul_add(y, d, one));
    (y, l.mul_add(r, r, r))
}

/// The logistic function, and where it is doubtful.
#[inline(always)]
pub(super) fn sigmoid<L: Lanes>(l: L, x: L::F32) -> (L::F32, L::Mask) {
    let (y, r) = logistic(l, x);
    let less = l.mul_add(l.sub(r, l.splat(SLACK_OF_QUOTIENT)), y, y);
    let more = l.mul_add(l.add(r, l.splat(SLACK_OF_QUOTIENT)), y, y);
    (less, doubt(l, [less, more], l.abs(x), MOST))
}

/// |x| · sigmoid(x), and where it is doubtful.
#[inline(always)]
pub(super) fn silu<L: Lanes>(l: L, x: L::F32) -> (L::F32, L::Mask) {
    let (y, r) = logistic(l, x);
    let a = l.abs(x);
    let p = l.mul(a, y);
    let rest = product_less(l, a, y, p);
    let less = l.add(p, l.mul_add(l.sub(r, l.splat(SLACK_OF_QUOTIENT)), p, rest));
    let more = l.add(p, l.mul_add(l.add(r, l.splat(SLACK_OF_QUOTIENT)), p, rest));
    (less, l.or(doubt(l, [less, more], a, MOST), tiny(l, a)))
}

/// tanh a, for a ≥ 0, and where it is doubtful: (e²ᵃ − 1) / (e²ᵃ + 1).
#[inline(always)]
pub(super) fn tanh<L: Lanes>(l: L, a: L::F32) -> (L::F32, L::Mask) {
    let two = l.splat(2.0);
    let Parts { t, r, m } = parts(l, l.add(a, a));
    // u + rest is r + r²/2 + …, also where that is small.
    let half = l.mul(r, l.splat(0.5));
    let square = l.mul(half, r);
    let u = l.add(r, square);
    let rest = l.sub(square, l.sub(u, r));
    let c = l.mul_add(r, l.splat(1.0 / 60.0), l.splat(1.0 / 12.0));
    let c = l.mul(l.mul_add(r, c, l.splat(1.0 / 3.0)), r);
    let q = l.mul_add(square, c, l.mul_add(m, u, m));
    let rest = l.add(rest, l.add(q, product_less(l, half, r, square)));
    // e²ᵃ − 1 = n + rest: exact is t − 1, for t < 2²⁴.
    let t_less = l.sub(t, l.splat(1.0));
    let n = l.mul_add(t, u, t_less);
    let rest = l.mul_add(t, rest, product_less(l, t, u, l.sub(n, t_less)));
    // e²ᵃ + 1 = d + excess.
    let d = l.add(n, two);
    let excess = l.add(l.sub(n, l.sub(d, two)), rest);
    let inverse = l.div(l.splat(1.0), d);
    let y = l.mul(n, inverse);
    let inverse = l.neg_mul_add(l.mul(inverse, excess), inverse, inverse);
    let rest = l.neg_mul_add(y, excess, l.add(l.neg_mul_add(y, d, n), rest));
    let less = l.mul_add(l.neg_mul_add(n, l.splat(SLACK_OF_TANH), rest), inverse, y);
    let more = l.mul_add(l.mul_add(n, l.splat(SLACK_OF_TANH), rest), inverse, y);
    (less, doubt(l, [less, more], a, 8.3))
}

/// erf a, for a ≥ 0, or NaN, and where it is doubtful.
#[inline(always)]
pub(super) fn erf<L: Lanes>(l: L, a: L::F32) -> (L::F32, L::Mask) {
    /// From there on, the nearest float is 1. It is nearer to the last centre than to one that would follow.
    const MOST: f32 = 3.93;
    /// Of the terms from d² on, whose error is all that counts.
    const SLACK: f32 = 2.6e-7;
    let (i, d) = centre(l, l.min(l.splat(MOST), a), 0.125);
    let q = l.mul_add(d, l.table32(&E7, i), l.table32(&E6, i));
    let q = l.mul_add(d, q, l.table32(&E5, i));
    let q = l.mul_add(d, q, l.table32(&E4, i));
    let q = l.mul_add(d, q, l.table32(&E3, i));
    let q = l.mul_add(d, q, l.table32(&E2, i));
    // Never positive.
    let curve = l.mul(d, l.mul(d, q));
    let (base, slope) = (l.table32(&E0, i), l.table32(&E1, i));
    let sum = l.mul_add(d, slope, base);
    let rest = l.mul_add(d, slope, l.sub(base, sum));
    let rest = l.add(rest, l.mul_add(d, l.table32(&E1_LOW, i), l.table32(&E0_LOW, i)));
    let rest = l.add(rest, curve);
    let less = l.add(sum, l.mul_add(curve, l.splat(SLACK), rest));
    let more = l.add(sum, l.neg_mul_add(curve, l.splat(SLACK), rest));
    (less, l.or(l.gt(more, less), tiny(l, a)))
}
