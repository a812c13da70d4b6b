//! The short way of the exact tier where tables are loaded lane by lane, and so may be long: in f64, to some 2⁻³⁶.
//!
//! So much is enough but where the result lies as near to the middle between two floats, as it does once or twice in two
//! thousand times, or where it is subnormal. There, what computes to about 2⁻⁵² is asked, in [`exact`](super::exact), which
//! takes twice the time: that is [`Lanes::or_where`]. Nothing is fused, so that every machine has the same bits; and all
//! inputs were gone through (`accuracy --tier exact --backend portable`).
//!
//! With k = 512 x / ln 2 rounded to an integer, k = 512 n + i, and r = 512 x / ln 2 − k,
//!
//! > eˣ = 2ⁿ · T\[i\] · ((r + B)² + D) = 2ⁿ · 2^(i/512) · (1 + r · (C0 + C1 r + C2 r²)),
//!
//! to 2⁻³⁶·¹⁷ the first, which takes fewer operations, and to 2⁻³⁸·¹⁷ of what is added to 1 the second, which is for eˣ − 1.
//! Softplus is a polynomial of degree 4 around the nearest multiple of 1/16, to 2⁻³⁵·⁸³.
//!
//! These are the series of Taylor, but that the first term left out is replaced by the polynomial of lower degree that is
//! nearest to it, by Chebyshev. So tables are computed when this is compiled.

use core::f64::consts::LN_2;

use super::exact::{SLIGHT, below};
use crate::lanes::{Fallback, Lanes};

/// A sum of it and a double is rounded to an integer, which then stands in the low bits.
const MAGIC: f64 = 6_755_399_441_055_744.0;
/// Of k for each power of two.
const STEPS: usize = 512;
/// A step of k is so much of x.
const UNIT: f64 = LN_2 / STEPS as f64;
/// The square of the largest |r|, of x.
const SQUARE: f64 = UNIT * UNIT / 4.0;

/// 2^(i/512), and the same times the coefficient of r² in eˣ.
static POWERS: [f64; STEPS] = powers(1.0);
static SCALED_POWERS: [f64; STEPS] = powers(UNIT * UNIT / 2.0);
const B: f64 = (1.0 + SQUARE / 8.0) / UNIT;
const D: f64 = 2.0 / (UNIT * UNIT) - B * B;
const C: [f64; 3] = [UNIT, UNIT * UNIT * (0.5 + SQUARE / 32.0), UNIT * UNIT * UNIT / 6.0];

/// How near the middle a result is in doubt, in steps of f64: more than those errors, which are up to 2^16.83, 2^14.83 and
/// 2^17.17 of them.
const REACH: u32 = 1 << 17;
const REACH_LESS_ONE: u32 = 1 << 16;
const REACH_OF_SOFTPLUS: u32 = 1 << 18;

/// Below −`FAR`, exponentials may be subnormal, and so may results.
const FAR: f32 = 87.0;

/// Centres of softplus, those below 0 last, as the low bits of a sum number them.
const CENTRES: usize = 512;
static SOFTPLUS: [[f64; CENTRES]; 5] = softplus_around();
/// A sum of it and a float is rounded to a multiple of 1/16, whose number then stands in the low bits.
const SIXTEENTHS: f32 = 786_432.0;

/// Those powers times a factor, as [`Doubles::load_power`](crate::lanes::Doubles::load_power) wants them.
const fn powers(factor: f64) -> [f64; STEPS] {
    let mut powers = [0.0; STEPS];
    let mut i = 0;
    while i < STEPS {
        let power = exp_of(i as f64 * UNIT) * factor;
        powers[i] = f64::from_bits(power.to_bits() - ((i as u64) << (52 - STEPS.trailing_zeros())));
        i += 1;
    }
    powers
}

/// eˣ, for |x| ≤ 16.
const fn exp_of(x: f64) -> f64 {
    let (mut part, mut doublings) = (x, 0);
    while part.abs() > 0.7 {
        part /= 2.0;
        doublings += 1;
    }
    let (mut sum, mut n) = (1.0, 20.0);
    while n > 0.0 {
        sum = 1.0 + part * sum / n;
        n -= 1.0;
    }
    while doublings > 0 {
        sum *= sum;
        doublings -= 1;
    }
    sum
}

/// The coefficients of softplus for each power of the distance from a centre.
const fn softplus_around() -> [[f64; CENTRES]; 5] {
    const SQUARE: f64 = 1.0 / 1024.0;
    let mut powers = [[0.0; CENTRES]; 5];
    let mut i = 0;
    while i < CENTRES {
        let centre = if i < CENTRES / 2 { i as f64 } else { i as f64 - CENTRES as f64 } / 16.0;
        let t = exp_of(-centre.abs());
        // log(1 + t) = 2 atanh(w).
        let w = t / (2.0 + t);
        let (mut sum, mut n) = (0.0, 41.0);
        while n > 0.0 {
            sum = sum * w * w + 1.0 / n;
            n -= 2.0;
        }
        let (above, slope) = if centre < 0.0 { (0.0, t / (1.0 + t)) } else { (centre, 1.0 / (1.0 + t)) };
        // Derivatives of the slope: v, v · m, v · (1 − 6 v), v · m · (1 − 12 v).
        let v = t / ((1.0 + t) * (1.0 + t));
        let m = if centre < 0.0 { 1.0 - t } else { t - 1.0 } / (1.0 + t);
        let fifth = v * m * (1.0 - 12.0 * v) / 120.0;
        powers[0][i] = above + 2.0 * w * sum;
        powers[1][i] = slope - fifth * SQUARE * SQUARE * 5.0 / 16.0;
        powers[2][i] = v / 2.0;
        powers[3][i] = v * m / 6.0 + fifth * SQUARE * 5.0 / 4.0;
        powers[4][i] = v * (1.0 - 6.0 * v) / 24.0;
        i += 1;
    }
    powers
}

/// k, with its bits, and r, of x times a number.
#[inline(always)]
fn reduced<L: Lanes>(l: L, x: L::F32, times: f64) -> (L::F64, L::F64) {
    let z = l.mul_f64(l.widen(x), l.splat_f64(times / UNIT));
    let k = l.add_f64(z, l.splat_f64(MAGIC));
    (k, l.sub_f64(z, l.sub_f64(k, l.splat_f64(MAGIC))))
}

/// e^(x · times), if not too far away from 1 for an f64.
#[inline(always)]
fn power<L: Lanes>(l: L, x: L::F32, times: f64) -> L::F64 {
    let (k, r) = reduced(l, x, times);
    let r = l.add_f64(r, l.splat_f64(B));
    l.mul_f64(l.load_power(&SCALED_POWERS, k), l.add_f64(l.mul_f64(r, r), l.splat_f64(D)))
}

/// The same, less 1, also where that is small.
#[inline(always)]
fn power_less_one<L: Lanes>(l: L, x: L::F32, times: f64) -> L::F64 {
    let (k, r) = reduced(l, x, times);
    let p = l.add_f64(l.mul_f64(r, l.splat_f64(C[2])), l.splat_f64(C[1]));
    let p = l.mul_f64(r, l.add_f64(l.mul_f64(r, p), l.splat_f64(C[0])));
    let t = l.load_power(&POWERS, k);
    l.add_f64(l.mul_f64(t, p), l.add_f64(t, l.splat_f64(-1.0)))
}

/// 1 where |x| is not less than a limit, or x is NaN, and 0 elsewhere.
#[inline(always)]
fn far<L: Lanes>(l: L, x: L::F32, limit: f32) -> L::U32 {
    const TOP: u32 = 1 << 31;
    l.shr::<31>(l.add_u32(l.to_bits(l.abs(x)), l.splat_u32(TOP - limit.to_bits())))
}

/// The nearest floats, but the function of x where they are in doubt, or where `far` is not 0.
#[inline(always)]
fn round<L: Lanes>(l: L, y: L::F64, reach: u32, far: Option<L::U32>, function: impl Fallback, x: L::F32) -> L::F32 {
    let unsure = l.near_middle(y, reach);
    let unsure = match far {
        Some(far) => l.or_u32(unsure, far),
        None => unsure,
    };
    l.or_where(l.narrow(y), unsure, function, [x])
}

/// eˣ.
#[inline(always)]
pub(super) fn exp<L: Lanes>(l: L, x: L::F32, function: impl Fallback) -> L::F32 {
    if !L::LOADS {
        return function.call(l, [x]);
    }
    round(l, power(l, x, 1.0), REACH, Some(far(l, x, FAR)), function, x)
}

/// The logistic function.
#[inline(always)]
pub(super) fn sigmoid<L: Lanes>(l: L, x: L::F32, function: impl Fallback) -> L::F32 {
    if !L::LOADS {
        return function.call(l, [x]);
    }
    let one = l.splat_f64(1.0);
    let y = l.div_f64(one, l.add_f64(power(l, x, -1.0), one));
    round(l, y, REACH, Some(far(l, x, FAR)), function, x)
}

/// x · sigmoid(x).
#[inline(always)]
pub(super) fn silu<L: Lanes>(l: L, x: L::F32, function: impl Fallback) -> L::F32 {
    if !L::LOADS {
        return function.call(l, [x]);
    }
    let more = l.add_f64(power(l, x, -1.0), l.splat_f64(1.0));
    let y = l.div_f64(l.add_f64(l.widen(x), l.splat_f64(SLIGHT)), more);
    // Of −0, it is 0 so far.
    l.with_sign(round(l, y, REACH, Some(far(l, x, FAR)), function, x), x)
}

/// tanh x, of a = |x|.
#[inline(always)]
pub(super) fn tanh<L: Lanes>(l: L, x: L::F32, function: impl Fallback) -> L::F32 {
    if !L::LOADS {
        return function.call(l, [x]);
    }
    // Beyond, it is 1.
    let a = l.abs_up_to(x, 10.0);
    let t = power_less_one(l, a, 2.0);
    let y = l.div_f64(t, l.add_f64(t, l.splat_f64(2.0)));
    l.with_sign(round(l, y, REACH_LESS_ONE, None, function, a), x)
}

/// eˣ − 1, for x ≤ 0, or NaN; for other x it is 0.
#[inline(always)]
fn exp_m1_below<L: Lanes>(l: L, x: L::F32) -> L::F64 {
    power_less_one(l, below(l, x), 1.0)
}

/// ELU with an alpha of 1, if [`LOADS`](crate::lanes::Doubles::LOADS).
#[inline(always)]
pub(super) fn elu<L: Lanes>(l: L, x: L::F32, function: impl Fallback) -> L::F32 {
    let below = round(l, exp_m1_below(l, x), REACH_LESS_ONE, None, function, x);
    // −0 and a NaN are returned as they are, and so is a subnormal number that counts as 0.
    l.select(l.gt(l.splat(0.0), x), below, x)
}

/// SELU: x or eˣ − 1, times one of two factors.
#[inline(always)]
pub(super) fn selu<L: Lanes>(l: L, x: L::F32, [above, below]: [f64; 2], function: impl Fallback) -> L::F32 {
    if !L::LOADS {
        return function.call(l, [x]);
    }
    // One of the two is 0.
    let y = l.mul_f64(l.widen(l.max(l.splat(0.0), x)), l.splat_f64(above));
    let y = l.add_f64(y, l.mul_f64(exp_m1_below(l, x), l.splat_f64(below)));
    // Of −0, it is 0 so far.
    l.with_sign(round(l, y, REACH_LESS_ONE, None, function, x), x)
}

/// log(1 + eˣ), if [`LOADS`](crate::lanes::Doubles::LOADS).
#[inline(always)]
pub(super) fn softplus<L: Lanes>(l: L, x: L::F32, function: impl Fallback) -> L::F32 {
    /// The centres do not reach farther.
    const FAR: f32 = 15.9;
    let rounded = l.add(x, l.splat(SIXTEENTHS));
    let i = l.to_bits(rounded);
    // Exact.
    let d = l.widen(l.sub(x, l.sub(rounded, l.splat(SIXTEENTHS))));
    let mut y = l.load_entry(&SOFTPLUS[4], i);
    let mut n = 4;
    while n > 0 {
        n -= 1;
        y = l.add_f64(l.mul_f64(y, d), l.load_entry(&SOFTPLUS[n], i));
    }
    round(l, y, REACH_OF_SOFTPLUS, Some(far(l, x, FAR)), function, x)
}
