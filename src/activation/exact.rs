//! What the functions of the exact tier have in common: exponentials, logarithms and the like, in f64.
//!
//! (With AVX-512 and AVX2, exp, tanh, sigmoid, SiLU and erf, and with AVX-512 GELU, are computed in sums of two floats
//! first: see `pairs.rs`. Where tables are loaded lane by lane, all but erf and GELU are computed with longer tables, and
//! less exactly, first: see `loaded.rs`.)
//!
//! There, results are right to about 2⁻⁵², so that one rounding to f32 gives the nearest float, but for inputs whose true
//! value is nearer than that to the middle between two. Such are few, and known, since all inputs have been gone through,
//! with and without the fused multiply-add; [`one_more`] and [`SLIGHT`] say what is done about them. So the order of
//! operations is not to be changed without going through all inputs again. Tables and coefficients are made by
//! `tools/exact.py`, which has the formulas.

use core::f32::consts::LOG2_E;

pub(super) use super::exact_table::NORMAL_LIMIT;
use super::exact_table::{
    A, CENTRE, ERF, LIMIT, LN2_HIGH, LN2_LONG, LN2_LOW, LN2_REST, NORMAL, NORMAL_CENTRE, NORMAL_INDEX, P, POWERS, R,
    WIDTH,
};
use crate::lanes::{Lanes, Table};

/// A sum with it is rounded to an integer, which then stands in the low bits.
pub(super) const MAGIC: f32 = 12_582_912.0;
const PER_LN2: f32 = 8.0 * LOG2_E;
const POWER: &Table = &Table::powers(POWERS);
/// A quarter of the smallest subnormal. Where x is so small that SiLU and GELU are x/2, and subnormal, the middle between
/// two floats is to be rounded up, as the next term of both, of x², has it. By this their x is larger: half of it is less
/// than what an odd number of halves of that float lacks.
pub(super) const SLIGHT: f64 = f32::from_bits(1) as f64 / 4.0;

/// `(t, p)` such that t · (1 + p) is eˣ, for |x| < 170.
#[inline(always)]
fn parts<L: Lanes>(l: L, x: L::F32) -> (L::F64, L::F64) {
    nudged_parts(l, x, None)
}

/// The same of x − `nudge` · [`LN2_LOW`].
#[inline(always)]
fn nudged_parts<L: Lanes>(l: L, x: L::F32, nudge: Option<L::F32>) -> (L::F64, L::F64) {
    let rounded = l.mul_add(x, l.splat(PER_LN2), l.splat(MAGIC));
    let k = l.sub(rounded, l.splat(MAGIC));
    // Exact: k has 11 bits and LN2_HIGH 13, and the difference is in steps of the smaller unit.
    let r = l.mul_add(k, l.splat(-LN2_HIGH), x);
    let k = match nudge {
        Some(nudge) => l.add(k, nudge),
        None => k,
    };
    let r = l.mul_add_f64(l.widen(k), l.splat_f64(-LN2_LOW), l.widen(r));
    (l.look_up_power(POWER, l.to_bits(rounded)), less_one(l, r))
}

/// The same of x, which is `near` but for a relative error of some 2⁻²³, in f64; it has no more than 48 bits.
#[inline(always)]
fn long_parts<L: Lanes>(l: L, x: L::F64, near: L::F32) -> (L::F64, L::F64) {
    let rounded = l.mul_add(near, l.splat(PER_LN2), l.splat(MAGIC));
    let k = l.widen(l.sub(rounded, l.splat(MAGIC)));
    let r = l.mul_add_f64(k, l.splat_f64(-LN2_LONG), x);
    let r = l.mul_add_f64(k, l.splat_f64(-LN2_REST), r);
    (l.look_up_power(POWER, l.to_bits(rounded)), less_one(l, r))
}

/// eʳ − 1, where r is reduced.
#[inline(always)]
fn less_one<L: Lanes>(l: L, r: L::F64) -> L::F64 {
    let q = horner(l, r, &P);
    l.mul_f64(r, l.mul_add_f64(r, q, l.splat_f64(1.0)))
}

/// The polynomial with these coefficients, lowest first, one step after the other.
#[inline(always)]
fn horner<L: Lanes, const N: usize>(l: L, x: L::F64, coefficients: &[f64; N]) -> L::F64 {
    let mut sum = l.splat_f64(0.0);
    let mut i = N;
    while i > 0 {
        i -= 1;
        let coefficient = l.splat_f64(coefficients[i]);
        sum = if i + 1 == N { coefficient } else { l.mul_add_f64(x, sum, coefficient) };
    }
    sum
}

/// The same, even and odd powers side by side: fewer steps wait for each other.
#[inline(always)]
fn even_odd<L: Lanes, const N: usize>(l: L, x: L::F64, coefficients: &[f64; N]) -> L::F64 {
    let square = l.mul_f64(x, x);
    let mut sums = [l.splat_f64(coefficients[N - 2]), l.splat_f64(coefficients[N - 1])];
    let mut i = N - 2;
    while i > 0 {
        i -= 1;
        // The sums of the next powers but one; at the end, the first is the even one.
        sums = [l.mul_add_f64(square, sums[1], l.splat_f64(coefficients[i])), sums[0]];
    }
    l.mul_add_f64(x, sums[1], sums[0])
}

/// eˣ, for |x| < 170.
#[inline(always)]
pub(super) fn exp<L: Lanes>(l: L, x: L::F32) -> L::F64 {
    let (t, p) = parts(l, x);
    l.mul_add_f64(t, p, t)
}

/// eˣ − 1, for |x| < 170.
#[inline(always)]
pub(super) fn exp_m1<L: Lanes>(l: L, x: L::F32) -> L::F64 {
    let (t, p) = parts(l, x);
    l.mul_add_f64(t, p, l.add_f64(t, l.splat_f64(-1.0)))
}

/// x, but no more than 0, and no less than an x for which eˣ − 1 is −1 in f64; or NaN.
#[inline(always)]
pub(super) fn below<L: Lanes>(l: L, x: L::F32) -> L::F32 {
    const LEAST: f32 = -40.0;
    // `min` and `max` keep a NaN, their second argument.
    l.min(l.splat(0.0), l.max(l.splat(LEAST), x))
}

/// eˣ − 1, for x ≤ 0, or NaN; for other x it is 0.
#[inline(always)]
pub(super) fn exp_m1_below<L: Lanes>(l: L, x: L::F32) -> L::F64 {
    exp_m1(l, below(l, x))
}

/// e^(x − max), for x ≤ max: a relative error below 2⁻³⁶, what is below e⁻²⁰⁰ counts as that, and NaN gives NaN.
///
/// Nothing is fused, so that every machine has the same bits: here they are not those of the only right result.
#[inline(always)]
pub(crate) fn exp_of_difference<L: Lanes>(l: L, x: L::F32, max: L::F32) -> L::F64 {
    const LEAST: f32 = -200.0;
    let near = l.max(l.splat(LEAST), l.sub(x, max));
    let x = l.max_f64(l.splat_f64(LEAST.into()), l.sub_f64(l.widen(x), l.widen(max)));
    let rounded = l.add(l.mul(near, l.splat(PER_LN2)), l.splat(MAGIC));
    let k = l.widen(l.sub(rounded, l.splat(MAGIC)));
    // The product's rounding is 2⁻⁴⁶ at most.
    let r = l.sub_f64(x, l.mul_f64(k, l.splat_f64(LN2_LONG + LN2_REST)));
    let mut q = l.splat_f64(P[3]);
    for coefficient in [P[2], P[1], P[0], 1.0] {
        q = l.add_f64(l.mul_f64(r, q), l.splat_f64(coefficient));
    }
    let t = l.look_up_power(POWER, l.to_bits(rounded));
    l.add_f64(t, l.mul_f64(t, l.mul_f64(r, q)))
}

/// tanh a, for 0 ≤ a < 85.
#[inline(always)]
pub(super) fn tanh<L: Lanes>(l: L, a: L::F32) -> L::F64 {
    let t = exp_m1(l, l.add(a, a));
    l.div_f64(t, l.add_f64(t, l.splat_f64(2.0)))
}

/// 1 + e⁻ˣ, for |x| < 170.
#[inline(always)]
pub(super) fn one_more<L: Lanes>(l: L, x: L::F32) -> L::F64 {
    /// The one input for which the sigmoid is a middle in f64 and not in truth.
    const MIDDLE: u32 = 0xba92_8601;
    /// The largest float below 2⁻¹².
    const NEAR: f32 = f32::from_bits(0x397f_ffff);
    // Near 0, 1 / (1 + e⁻ˣ) = 1/2 + x/4 − x³/48 …, of which the last term is too small for f64, and the sum of the first
    // two lies in the middle between two floats if x has few bits. So x is made a little smaller there, by 2⁻²⁷ of it.
    const NUDGE: f32 = 1.0 / 512.0;
    let bits = l.to_bits(x);
    let few = l.eq_u32(l.and_u32(bits, l.splat_u32(0xfff)), l.splat_u32(0));
    let few = l.and_not(few, l.gt(l.abs(x), l.splat(NEAR)));
    let middle = l.or(few, l.eq_u32(bits, l.splat_u32(MIDDLE)));
    let nudge = l.select(middle, l.mul(x, l.splat(-NUDGE)), l.splat(0.0));
    let (t, p) = nudged_parts(l, l.mul(x, l.splat(-1.0)), Some(nudge));
    l.mul_add_f64(t, p, l.add_f64(t, l.splat_f64(1.0)))
}

/// log(1 + e⁻ᵃ) of an a ≥ 0 in f64, with no more than 48 bits, which is `near`.
#[inline(always)]
pub(super) fn log_one_more<L: Lanes>(l: L, a: L::F64, near: L::F32) -> L::F64 {
    let minus = l.splat_f64(-1.0);
    let (t, p) = long_parts(l, l.mul_f64(a, minus), l.mul(near, l.splat(-1.0)));
    let s = l.mul_add_f64(t, p, t);
    let w = l.div_f64(s, l.mul_add_f64(t, p, l.add_f64(t, l.splat_f64(2.0))));
    let square = l.mul_f64(w, w);
    let twice = l.add_f64(w, w);
    l.mul_add_f64(l.mul_f64(twice, square), even_odd(l, square, &A), twice)
}

/// A sum of it with what is not negative is rounded to an integer.
pub(super) const WHOLE: f32 = 8_388_608.0;

/// The number of the multiple of `width`, which has few bits, that is nearest to a ≥ 0, in the low bits, and how far a is
/// from it.
#[inline(always)]
pub(super) fn centre<L: Lanes>(l: L, a: L::F32, width: f32) -> (L::U32, L::F32) {
    let rounded = l.mul_add(a, l.splat(1.0 / width), l.splat(WHOLE));
    // Exact, as the product is.
    let d = l.mul_add(l.sub(rounded, l.splat(WHOLE)), l.splat(-width), a);
    (l.to_bits(rounded), d)
}

/// erf a, for a ≥ 0, or NaN.
#[inline(always)]
pub(super) fn erf<L: Lanes>(l: L, a: L::F32) -> L::F64 {
    /// From there on, the nearest float is 1. It is nearer to the last centre than to one that would follow.
    const MOST: f32 = 3.9375;
    static CENTRES: [Table; 15] = tables(&ERF);
    let (i, d) = centre(l, l.min(l.splat(MOST), a), WIDTH);
    around(l, l.widen(d), &CENTRES, i)
}

/// A table of each power's coefficients.
const fn tables<const N: usize>(coefficients: &[[f64; 8]; N]) -> [Table; N] {
    let mut tables = [const { Table::new([0.0; 8]) }; N];
    let mut power = 0;
    while power < N {
        tables[power] = Table::new(coefficients[power]);
        power += 1;
    }
    tables
}

/// The polynomial in d with the coefficients of those tables that have this index, lowest first. The first, which need be
/// the most exact, comes last.
#[inline(always)]
fn around<L: Lanes, const N: usize>(l: L, d: L::F64, tables: &[Table; N], i: L::U32) -> L::F64 {
    let square = l.mul_f64(d, d);
    let mut sums = [l.look_up(&tables[N - 2], i), l.look_up(&tables[N - 1], i)];
    let mut power = N - 2;
    while power > 1 {
        power -= 1;
        sums = [l.mul_add_f64(square, sums[1], l.look_up(&tables[power], i)), sums[0]];
    }
    l.mul_add_f64(d, l.mul_add_f64(d, sums[1], sums[0]), l.look_up(&tables[0], i))
}

/// GELU a little too small, and a little too large, in size: for x ≥ −[`NORMAL_LIMIT`], or NaN.
#[inline(always)]
pub(super) fn gelu_bounds<L: Lanes>(l: L, x: L::F32) -> [L::F32; 2] {
    /// More than the relative error of what is fitted.
    const SLACK: f64 = 1.0 / (1u64 << 38) as f64;
    static CENTRES: [Table; 13] = tables(&NORMAL);
    // `min` keeps a NaN, its second argument.
    let a = l.min(l.splat(NORMAL_LIMIT), l.abs(x));
    let i = l.mul_add(a, l.splat(NORMAL_INDEX[1]), l.splat(NORMAL_INDEX[0]));
    let i = l.to_bits(l.mul_add(a, i, l.splat(MAGIC)));
    let d = l.sub(a, l.table8(&NORMAL_CENTRE, i));
    let below = around(l, l.widen(d), &CENTRES, i);
    let y = l.mul_add_f64(l.widen(a), below, l.widen(l.max(l.splat(0.0), x)));
    // For −0, y is positive, though it rounds to 0.
    let less = l.narrow(l.mul_f64(y, l.splat_f64(1.0 - SLACK)));
    let more = l.narrow(l.mul_f64(y, l.splat_f64(1.0 + SLACK)));
    [l.with_sign(less, x), l.with_sign(more, x)]
}

/// (a − [`SLIGHT`]) · Φ(−a), where Φ is the normal distribution, for a ≥ 0, or NaN.
#[inline(always)]
pub(super) fn normal_tail<L: Lanes>(l: L, a: L::F32) -> L::F64 {
    let a = l.min(l.splat(LIMIT), a);
    let near = l.mul(l.mul(a, a), l.splat(-0.5));
    let a = l.widen(a);
    let (t, p) = long_parts(l, l.mul_f64(l.mul_f64(a, a), l.splat_f64(-0.5)), near);
    let centre = l.splat_f64(CENTRE);
    let w = l.div_f64(l.sub_f64(a, centre), l.add_f64(a, centre));
    let less = l.add_f64(a, l.splat_f64(-SLIGHT));
    let t = l.mul_f64(t, l.mul_f64(less, even_odd(l, w, &R)));
    l.mul_add_f64(t, p, t)
}
