//! eˣ − 1 for x ≤ 0, which elu, celu and selu are made of.
//!
//! Method: with k = x / ln 2 rounded to an integer, with a bias, and r = x − k ln 2,
//!
//! > eˣ − 1 = (2ᵏ − 1) + 2ᵏ · p, p = eʳ − 1 = r + r²·q(r).
//!
//! Where k = 0, the first summand is r itself and the second one r²·q. So the first is exact and the second is at most
//! half as large, and their sum is the one rounding that counts: also if both are multiplied by a constant, as long as
//! the larger product goes into the sum unrounded. The second comes multiplied, 2ᵏ and the constant first, so that it is
//! rounded once as well. Coefficients are made by `tools/expm1.py`.
//!
//! Of elements of 16 bits, ELU and CELU with an α of 1 and SELU are x · g(x) below 0, with a polynomial of degree 4 in each
//! of 16 intervals that was made, by `tools/tables_narrow.py`, to be right after the rounding for all of them.

use core::f32::consts::{LN_2, LOG2_E};

use super::expm1_table::{BIAS, Q};
use crate::lanes::Lanes;

/// Below this, eˣ − 1 is less than half an ULP from −1.
pub(super) const LIMIT: f32 = -18.0;

/// Whether k is 0, base, and rest: alpha · base + rest is alpha · (e^(x + low) − 1), for [`LIMIT`] ≤ x ≤ 0 (or hardly more)
/// and a `low` of less than an ULP of x. base is exact. Where k is 0 it is x, and alpha · low is left out.
#[inline(always)]
pub(super) fn expm1_parts<L: Lanes>(l: L, x: L::F32, low: Option<L::F32>, alpha: L::F32) -> (L::Mask, L::F32, L::F32) {
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
    let near = l.gt(power, l.splat(0.75));
    let zero = l.splat(0.0);
    // r² · q, which is half as large as all of it at most, with one rounding less where k is 0; and what low adds.
    let (product, excess) = l.product(r, q);
    let (more_near, more) = match low {
        Some(low) => {
            let slope = l.mul(low, l.mul_add(product, r, r));
            (l.neg_mul_add(excess, r, slope), l.add(slope, low))
        }
        None => (l.neg_mul_add(excess, r, zero), zero),
    };
    let curve = l.mul_add(product, r, l.select(near, more_near, more));
    // Where k is 0, so is the base's r in the sum.
    let factor = l.mul(alpha, power);
    let rest = l.mul_add(factor, l.select(near, zero, r), l.mul(factor, curve));
    (near, l.select(near, x, l.sub(power, l.splat(1.0))), rest)
}
