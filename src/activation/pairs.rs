//! The short way of the exact tier: functions of an exponential, erf and GELU, as a sum of two floats.
//!
//! Such a sum is right to some 2⁻³⁴ (of erf 2⁻³²), and so is all but the rounding of it, unless that falls within as much
//! of the middle between two floats, as it does once in a thousand times (of erf, two or three times). So each function is
//! rounded with that much less and with that much more; where that gives two floats, what computes in f64 is asked, in
//! [`exact`](super::exact), which takes twice the time. That is [`Lanes::settle`].
//!
//! With k = x / ln 2 rounded to a multiple of 1/16, k = n + i/16, and r = x − k ln 2, exact but for k times what the float
//! ln 2 lacks,
//!
//! > eˣ = 2ⁿ · T\[i\] · (1 + r + q), q = r² · (C0 + C1 r + C2 r²) + m · e^r, m = D\[i\] − k · LOW.
//!
//! One of the two roundings is that of this with the table `D_LESS`, which has what is doubted taken off.
//!
//! erf is a polynomial around the nearest multiple of 1/8, of which the first two coefficients are such sums; with AVX2,
//! whose tables are shorter, around that of 65/256, where more of them are. GELU is one around centres at which most of the
//! coefficients that count are almost exactly floats; it is right to some 2⁻³³, and begins with
//! the number of the interval, which is computed for the next vector before the rest for this one.
//!
//! All of it takes the fused multiply-add. Tables are made by `tools/pairs.py`, `tools/erf_pairs.py`,
//! `tools/erf_pairs16.py` and `tools/gelu_pairs.py`. What is sure, and right, was gone through for all inputs (`accuracy
//! --tier exact --backend avx512`, or `avx2`): no operation is to be changed without doing that again.

use core::f32::consts::{LN_2, LOG2_E};

use super::erf_pairs_table::{E0, E0_LOW, E1, E1_LOW, E2, E3, E4, E5, E6, E7};
use super::erf_pairs16_table as sixteen;
use super::exact::{MAGIC as INTEGER, centre};
use super::gelu_pairs_table as normal;
use super::intervals::polynomial;
use super::loaded;
use super::pairs_table::{C, D, D_LESS, LOW, SLACK, T};
use crate::lanes::{Fallback, Lanes};

/// A sum with it is rounded to a multiple of 1/16, which then stands in the low bits.
const MAGIC: f32 = 786_432.0;
/// What is doubted of tanh, which is more exact than the exponential, since it is small where its argument is.
const SLACK_OF_TANH: f32 = 2e-11;

/// What an exponential is made of.
struct Parts<L: Lanes> {
    /// The bits of k + [`MAGIC`].
    number: L::U32,
    /// 2ⁿ · T\[i\].
    t: L::F32,
    r: L::F32,
    m: L::F32,
}

/// Those of eˣ, with `D` or [`D_LESS`]. Where k is less than `least` says, t is that of `least`.
#[inline(always)]
fn parts<L: Lanes>(l: L, x: L::F32, d: &[f32; 16], least: Option<f32>) -> Parts<L> {
    parts_of_multiple::<L, 1>(l, x, d, least)
}

/// The same of e^(`N` x), for a power of two, but for r, which is to be multiplied with `N`.
#[inline(always)]
fn parts_of_multiple<L: Lanes, const N: u8>(l: L, x: L::F32, d: &[f32; 16], least: Option<f32>) -> Parts<L> {
    let n = f32::from(N);
    let rounded = l.mul_add(x, l.splat(n * LOG2_E), l.splat(MAGIC));
    let k = l.sub(rounded, l.splat(MAGIC));
    let number = l.to_bits(rounded);
    let index = match least {
        Some(least) => l.max_u32(number, l.splat_u32((MAGIC + least).to_bits())),
        None => number,
    };
    let r = l.neg_mul_add(k, l.splat(LN_2 / n), x);
    let m = l.neg_mul_add(k, l.splat(LOW), l.table16(d, number));
    // n is moved to the exponent. What of i is moved into the fraction along with it has been taken off the table.
    let t = l.from_bits(l.add_u32(l.to_bits(l.table16(&T, index)), l.shl::<19>(index)));
    Parts { number, t, r, m }
}

/// (e^r − 1 − r) / r².
#[inline(always)]
fn curve<L: Lanes>(l: L, r: L::F32) -> L::F32 {
    l.mul_add(r, l.mul_add(r, l.splat(C[2]), l.splat(C[1])), l.splat(C[0]))
}

/// `a * b - c`, rounded once.
#[inline(always)]
fn product_less<L: Lanes>(l: L, a: L::F32, b: L::F32, c: L::F32) -> L::F32 {
    l.mul_add(a, b, l.mul(c, l.splat(-1.0)))
}

/// Numbers, and a limit that they exceed where x is so small, and not 0, that what a product with it lacks to its rounding
/// may be subnormal.
#[inline(always)]
fn tiny<L: Lanes>(l: L, x: L::F32) -> (L::U32, u32) {
    let bits = l.to_bits(l.abs(x));
    // The difference of 0 and them.
    (l.add_u32(l.xor_u32(bits, l.splat_u32(u32::MAX)), l.splat_u32(1)), 1e-20f32.to_bits().wrapping_neg())
}

/// eˣ.
#[inline(always)]
pub(super) fn exp<L: Lanes>(l: L, x: L::F32, function: impl Fallback) -> L::F32 {
    /// The largest |x|: of −x beyond, the rest of the exponential would be subnormal.
    const MOST: f32 = 54.0;
    if !L::SUMS {
        return loaded::exp(l, x, function);
    }
    // Too small, by less than twice SLACK.
    let Parts { t, r, m, .. } = parts(l, x, &D_LESS, None);
    let c = curve(l, r);
    let c = l.mul_add(c, m, c);
    let q = l.mul_add(r, l.mul_add(r, c, m), m);
    let sum = l.mul_add(t, r, t);
    let rest = l.mul_add(t, q, product_less(l, t, r, l.sub(sum, t)));
    let bounds = [l.add(sum, rest), l.add(sum, l.mul_add(t, l.splat(2.0 * SLACK), rest))];
    l.settle(bounds, [(l.to_bits(l.abs(x)), MOST.to_bits())], function, [x])
}

/// What the logistic function is made of.
struct Logistic<L: Lanes> {
    y: L::F32,
    /// It is y · (1 + excess), less a relative error of less than twice [`SLACK`].
    excess: L::F32,
    /// Where that holds.
    range: (L::U32, u32),
}

/// 1 / (1 + e⁻ˣ), for x ≥ −16.5.
#[inline(always)]
fn logistic<L: Lanes>(l: L, x: L::F32) -> Logistic<L> {
    /// The largest k for which e⁻ˣ is less than 2²⁴.
    const MOST: f32 = 23.875;
    let one = l.splat(1.0);
    // For large x, any t will do that is small enough.
    let Parts { number, t, r, m } = parts(l, l.mul(x, l.splat(-1.0)), &D_LESS, Some(-100.0));
    // m is smaller than elsewhere, so that its product with r² does not count.
    let q = l.mul_add(r, l.mul_add(r, curve(l, r), m), m);
    // Both differences are exact.
    let d = l.mul_add(t, r, l.add(t, one));
    let rest = l.mul_add(t, r, l.sub(t, l.sub(d, one)));
    let rest = l.mul_add(t, q, rest);
    let y = l.div(one, d);
    let excess = l.neg_mul_add(y, rest, l.neg_mul_add(y, d, one));
    let range = (number, (MAGIC + MOST).to_bits());
    Logistic { y, excess: l.mul_add(excess, excess, excess), range }
}

/// The logistic function.
#[inline(always)]
pub(super) fn sigmoid<L: Lanes>(l: L, x: L::F32, function: impl Fallback) -> L::F32 {
    if !L::SUMS {
        return loaded::sigmoid(l, x, function);
    }
    let Logistic { y, excess, range } = logistic(l, x);
    let bounds = [l.mul_add(excess, y, y), l.mul_add(l.sub(excess, l.splat(2.0 * SLACK)), y, y)];
    l.settle(bounds, [range], function, [x])
}

/// x · sigmoid(x).
#[inline(always)]
pub(super) fn silu<L: Lanes>(l: L, x: L::F32, function: impl Fallback) -> L::F32 {
    if !L::SUMS {
        return loaded::silu(l, x, function);
    }
    let Logistic { y, excess, range } = logistic(l, x);
    let product = l.mul(x, y);
    let excess = l.mul(excess, product);
    // 1.2e-10 to 1.3e-10 of it, by its exponent. Where that is too small, as where results may be subnormal, it is something
    // large.
    const LESS: u32 = (33 << 23) - (1 << 20);
    let slack = l.from_bits(l.add_u32(l.to_bits(product), l.splat_u32(LESS.wrapping_neg())));
    let bounds = [l.mul_add(x, y, excess), l.mul_add(x, y, l.sub(excess, slack))];
    l.settle(bounds, [range], function, [x])
}

/// tanh x, of a = |x|: (e²ᵃ − 1) / (e²ᵃ + 1).
#[inline(always)]
pub(super) fn tanh<L: Lanes>(l: L, x: L::F32, function: impl Fallback) -> L::F32 {
    if !L::SUMS {
        return loaded::tanh(l, x, function);
    }
    let a = l.abs(x);
    let two = l.splat(2.0);
    let Parts { t, r: half, m, .. } = parts_of_multiple::<L, 2>(l, a, &D, None);
    // u + rest is r + r²/2 + …, also where that is small.
    let r = l.add(half, half);
    let square = l.mul(half, r);
    let u = l.mul_add(half, r, r);
    let rest = l.mul_add(half, r, l.sub(r, u));
    let c = l.mul_add(r, l.splat(1.0 / 60.0), l.splat(1.0 / 12.0));
    let c = l.mul(l.mul_add(r, c, l.splat(1.0 / 3.0)), r);
    let rest = l.add(rest, l.mul_add(square, c, l.mul_add(m, u, m)));
    // e²ᵃ − 1 = n + rest: exact is t − 1, for t < 2²⁴.
    let t_less = l.sub(t, l.splat(1.0));
    let n = l.mul_add(t, u, t_less);
    let rest = l.mul_add(t, rest, product_less(l, t, u, l.sub(n, t_less)));
    // e²ᵃ + 1 = d + excess.
    let d = l.add(n, two);
    let excess = l.add(l.sub(n, l.sub(d, two)), rest);
    let inverse = l.div(l.splat(1.0), d);
    let y = l.mul(n, inverse);
    // What is left may be 2⁻¹³ of n, so that it takes more than the inverse of d.
    let inverse = l.neg_mul_add(l.mul(inverse, excess), inverse, inverse);
    let rest = l.neg_mul_add(y, excess, l.add(l.neg_mul_add(y, d, n), rest));
    let less = l.mul_add(l.neg_mul_add(n, l.splat(SLACK_OF_TANH), rest), inverse, y);
    let more = l.mul_add(l.mul_add(n, l.splat(SLACK_OF_TANH), rest), inverse, y);
    l.with_sign(l.settle([less, more], [(l.to_bits(a), 8.3f32.to_bits())], function, [a]), x)
}

/// erf x, of a = |x|.
#[inline(always)]
pub(super) fn erf<L: Lanes>(l: L, x: L::F32, function: impl Fallback) -> L::F32 {
    /// From there on, the nearest float is 1. It is nearer to the last centre than to one that would follow.
    const MOST: f32 = 3.93;
    if !L::SUMS {
        return function.call(l, [x]);
    }
    let a = l.abs(x);
    let b = l.min(l.splat(MOST), a);
    let bounds = if L::WIDE { erf_of_32(l, b) } else { erf_of_16(l, b) };
    l.with_sign(l.settle(bounds, [tiny(l, a)], function, [a]), x)
}

/// Two floats that erf a lies between, from tables of 32 intervals.
#[inline(always)]
fn erf_of_32<L: Lanes>(l: L, a: L::F32) -> [L::F32; 2] {
    /// Of the terms from d² on, whose error is all that counts.
    const SLACK: f32 = 2.6e-7;
    let (i, d) = centre(l, a, 0.125);
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
    [less, more]
}

/// The same from tables of 16.
#[inline(always)]
fn erf_of_16<L: Lanes>(l: L, a: L::F32) -> [L::F32; 2] {
    use sixteen::{E0, E0_LOW, E1, E1_LOW, E2, E2_LOW, E3, E4, E5, E6, E7, E8, SLACK, WIDTH};
    let (i, d) = centre(l, a, WIDTH);
    let q = polynomial(l, d, i, [&E4, &E5, &E6, &E7, &E8]);
    // From there on, sums and what they lack.
    let e3 = l.table16(&E3, i);
    let third = l.mul_add(d, q, e3);
    let rest = l.mul_add(d, q, l.sub(e3, third));
    let e2 = l.table16(&E2, i);
    let second = l.mul_add(d, third, e2);
    let rest = l.mul_add(d, rest, l.mul_add(d, third, l.sub(e2, second)));
    let rest = l.add(rest, l.table16(&E2_LOW, i));
    let e1 = l.table16(&E1, i);
    let slope = l.mul_add(d, second, e1);
    let rest = l.mul_add(d, rest, l.mul_add(d, second, l.sub(e1, slope)));
    let rest = l.add(rest, l.table16(&E1_LOW, i));
    let e0 = l.table16(&E0, i);
    let sum = l.mul_add(d, slope, e0);
    let rest = l.mul_add(d, rest, l.mul_add(d, slope, l.sub(e0, sum)));
    // Too small, by less than twice SLACK.
    let rest = l.add(rest, l.table16(&E0_LOW, i));
    [l.add(sum, rest), l.add(sum, l.mul_add(sum, l.splat(2.0 * SLACK), rest))]
}

/// What [`gelu`] begins with: the number of the interval, in the low bits.
#[inline(always)]
pub(super) fn gelu_interval<L: Lanes>(l: L, x: L::F32) -> L::F32 {
    use normal::{INDEX, LIMIT};
    let a = l.abs_up_to(x, LIMIT);
    let i = l.mul_add(a, l.splat(INDEX[1]), l.splat(INDEX[0]));
    l.mul_add(a, i, l.splat(INTEGER))
}

/// GELU: x⁺ + G(a), of a = |x|, where G(a) = −a Φ(−a).
#[inline(always)]
pub(super) fn gelu<L: Lanes>(l: L, x: L::F32, interval: L::F32, function: impl Fallback) -> L::F32 {
    use normal::{C, G0, G1, G2, G3, G4, G5, G6, G7, LIMIT};
    /// What the bits of G have more than those of what is doubted of it, which is 1.3e-10 to 1.5e-10 of it. Where G is too
    /// small for that, as where results may be subnormal, it is something large.
    const LESS: u32 = (32 << 23) + (23 << 18);
    let a = l.abs_up_to(x, LIMIT);
    let i = l.to_bits(interval);
    let d = l.sub(a, l.table32(&C, i));
    let g7 = l.table32(&G7, i);
    let g1_low = l.from_bits(l.shl::<16>(l.to_bits(g7)));
    let q = l.mul_add(d, g7, l.table32(&G6, i));
    let q = l.mul_add(d, q, l.table32(&G5, i));
    // From there on, sums and what they lack, with what comes after G4.
    let (g4, g3) = (l.table32(&G4, i), l.table32(&G3, i));
    let third = l.mul_add(d, g4, g3);
    let rest = l.mul_add(l.mul(d, d), q, l.mul_add(d, g4, l.sub(g3, third)));
    let g2 = l.table32(&G2, i);
    let second = l.mul_add(d, third, g2);
    let rest = l.mul_add(d, rest, l.mul_add(d, third, l.sub(g2, second)));
    let g1 = l.table32(&G1, i);
    let slope = l.mul_add(d, second, g1);
    let rest = l.add(l.mul_add(d, rest, g1_low), l.mul_add(d, second, l.sub(g1, slope)));
    // G, too large in size by half of what is doubted, is g and what is lost, with d · rest. Both differences are exact.
    let g0 = l.table32(&G0, i);
    let g = l.mul_add(d, slope, g0);
    let positive = l.max(l.splat(0.0), x);
    let sum = l.add(positive, g);
    let lost = l.mul_add(d, slope, l.sub(g0, l.sub(sum, positive)));
    let rest = l.mul_add(d, rest, lost);
    let slack = l.from_bits(l.add_u32(l.to_bits(g), l.splat_u32(LESS.wrapping_neg())));
    let bounds = [l.add(sum, rest), l.add(sum, l.sub(rest, slack))];
    // As bits, what is negative is larger, as it is for x below −LIMIT, and so is ∞, of which the sums are NaN.
    let range = (l.to_bits(l.add(x, a)), f32::MAX.to_bits());
    l.settle(bounds, [range], function, [x])
}
