//! eˣ − 1 for x ≤ 0, which elu, celu and selu are made of.
//!
//! Method: with k = x / ln 2 rounded to an integer, with a bias, and r = x − k ln 2,
//!
//! > eˣ − 1 = (2ᵏ − 1) + 2ᵏ · p, p = eʳ − 1 = r + r²·q(r).
//!
//! Where k = 0, the first summand is r itself and the second one r²·q. So the first is exact and the second is at most
//! half as large, and their sum is the one rounding that counts: also if both are multiplied by a constant, as long as
//! the larger product goes into the sum unrounded. Coefficients are made by `tools/expm1.py`.

use core::f32::consts::{LN_2, LOG2_E};

use super::expm1_table::{BIAS, Q};
use crate::lanes::Lanes;

/// Below this, eˣ − 1 is less than half an ULP from −1.
pub(super) const LIMIT: f32 = -18.0;

/// Whether k is 0, base and rest: base + rest is e^(x + low) − 1, for [`LIMIT`] ≤ x ≤ 0 (or hardly more) and a `low` of
/// less than an ULP of x. base is exact. Where k is 0 it is x, and what `low` adds to the sum is left out.
#[inline(always)]
pub(super) fn expm1_parts<L: Lanes>(l: L, x: L::F32, low: Option<L::F32>) -> (L::Mask, L::F32, L::F32) {
    // A sum with 1.5 · 2²³ is rounded to an integer, in its low bits; 127 more make it the exponent of 2ᵏ.
    let magic = l.splat(12_582_912.0 + 127.0);
    let rounded = l.add(l.mul_add(x, l.splat(LOG2_E), l.splat(BIAS)), magic);
    let power = l.from_bits(l.shl::<23>(l.to_bits(rounded)));
    // ln 2 in one part will do: where k is not 0, the result is not small.
    let r = l.mul_add(l.sub(rounded, magic), l.splat(-LN_2), x);
    let q = l.mul_add(r, l.splat(Q[5]), l.splat(Q[4]));
    let q = l.mul_add(r, q, l.splat(Q[3]));
    let q = l.mul_add(r, q, l.splat(Q[2]));
    let q = l.mul_add(r, q, l.splat(Q[1]));
    let q = l.mul_add(r, q, l.splat(Q[0]));
    let product = l.mul(r, q);
    let square = l.mul(product, r);
    let p = match low {
        Some(low) => l.add(r, l.mul_add(product, r, low)),
        None => l.mul_add(product, r, r),
    };
    let near = l.gt(power, l.splat(0.75));
    (near, l.select(near, x, l.sub(power, l.splat(1.0))), l.select(near, square, l.mul(power, p)))
}
