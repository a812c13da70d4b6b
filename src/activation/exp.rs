//! The exponential, in the form that sigmoid and softmax share.
//!
//! Method: with k = x / ln 2 rounded to a multiple of 1/8, k = n + i/8, and r = x − k ln 2,
//!
//! > eˣ = 2ⁿ · T\[i\] · (1 + p(r)), T\[i\] = 2^(i/8) · eᵈ, p(r) = e^(r − d) − 1.
//!
//! The shift d is chosen so that the eight T\[i\] are almost exactly floats: the one rounding that counts is then that
//! of T + T·p. Table and coefficients are made by `tools/exp.py`.

use super::exp_table::{EIGHTHS, LN2_8_HIGH, LN2_8_LOW, P, TABLE};
use crate::lanes::Lanes;

/// 2^26 · eˣ for x ≤ 0, never subnormal: anything below −104 counts as −104, whose exponential is less than half the
/// smallest subnormal. NaN gives NaN.
#[inline(always)]
pub(crate) fn exp_scaled<L: Lanes>(l: L, x: L::F32) -> L::F32 {
    let (t, p) = exp_parts::<L, 26, false>(l, l.max(l.splat(-104.0), x));
    l.mul_add(t, p, t)
}

/// `(t, p)` such that t · (1 + p) is 2^EXPONENT · eˣ, or 2^EXPONENT · e⁻ˣ if `NEGATE`; t is exact to 0.06 ULP, and p
/// is between −0.066 and 0.02. All must be in the range of the normal numbers: nothing is clamped here.
#[inline(always)]
pub(super) fn exp_parts<L: Lanes, const EXPONENT: i32, const NEGATE: bool>(l: L, x: L::F32) -> (L::F32, L::F32) {
    let sign = if NEGATE { -1.0 } else { 1.0 };
    // A sum with 1.5 · 2²³ is rounded to an integer, here 8 k, which stands in the low bits. It carries EXPONENT along.
    let magic = l.splat(12_582_912.0 + 8.0 * EXPONENT as f32);
    let rounded = l.mul_add(x, l.splat(sign * EIGHTHS), magic);
    let k = l.sub(rounded, magic);
    // r, or −r if NEGATE. The first product is exact: k has 11 bits, LN2_8_HIGH 13.
    let r = l.mul_add(k, l.splat(-sign * LN2_8_HIGH), x);
    let r = l.mul_add(k, l.splat(-sign * LN2_8_LOW), r);
    // Its three lowest bits pick T, and the others, moved to the exponent, scale it. What of i is moved into the
    // fraction along with them has been taken off the table.
    let bits = l.to_bits(rounded);
    let t = l.from_bits(l.add_u32(l.to_bits(l.table8(&TABLE, bits)), l.shl::<20>(bits)));
    let p = l.mul_add(r, l.splat(P[4]), l.splat(sign * P[3]));
    let p = l.mul_add(r, p, l.splat(P[2]));
    let p = l.mul_add(r, p, l.splat(sign * P[1]));
    (t, l.mul_add(r, p, l.splat(P[0])))
}
