//! The exponential, also in the forms that sigmoid and softmax are made of.
//!
//! Method: with k = x / ln 2 rounded to a multiple of 1/8, k = n + i/8, and r = x − k ln 2,
//!
//! > eˣ = 2ⁿ · T\[i\] · (1 + p(r)), T\[i\] = 2^(i/8) · eᵈ, p(r) = e^(r − d) − 1.
//!
//! The shift d is chosen so that the eight T\[i\] are almost exactly floats: the one rounding that counts is then that
//! of T + T·p. In the fast tier d is 0 and p is r + r²/2, with a single rounding, so that it ascends. Tables and
//! coefficients are made by `tools/exp.py`.
//!
//! Of elements of 16 bits, ln 2 is in one part and p has four coefficients, whose last places are such that all results
//! are right once rounded: for each function its own, by `tools/exp_narrow.py`.

use core::f32::consts::{LN_2, LOG2_E};

#[cfg(feature = "half")]
use super::exp_narrow_table::EXP_OF_16_BITS;
use super::exp_table::{LN2_HIGH, LN2_LOW, P, POWERS, Q, TABLE};
use super::{Activation, Elementwise, Saves, exact, pairs};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::{Fallback, Lanes};
use crate::parallel::Cost;

/// Writes eˣ of each element of `x` to `y`.
///
/// Error below 0.82 ULP for all inputs, on [`Backend::Portable`](crate::Backend::Portable) too. It overflows to ∞ above
/// 88.72 and underflows gradually down to −103.97; exp(±0) = 1, exp(−∞) = 0, exp(∞) = ∞, exp(NaN) = NaN. The
/// gradient ([`Activation::backward`], from the output) is dy · y, rounded once.
///
/// In the [fast tier](crate::Accuracy::Fast) the relative error is below 2⁻¹⁶ (2⁻¹⁵ on `Portable`; where the result is
/// subnormal, its rounding comes on top), and a larger input never gives a smaller result.
///
/// In the [exact tier](crate::Accuracy::Exact) every result is correctly rounded.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::exp(&[f32::NEG_INFINITY, 0.0, 1.0], &mut y)?;
/// assert_eq!(y, [0.0, 1.0, 2.7182817]);
/// # Ok(()) }
/// ```
#[inline]
pub fn exp<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Exp.apply(x, y)
}

/// Replaces each element by its exponential; see [`exp`].
#[inline]
pub fn exp_in_place<T: Element>(x: &mut [T]) {
    Activation::Exp.apply_in_place(x);
}

/// [`exp`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Exp;

impl Elementwise for Exp {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Output;
    const FAST: bool = true;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        whole::<L, false>(l, x)
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        if !L::SCALES {
            return self.forward(l, x);
        }
        let x = clamped(l, x);
        let (index, k) = round::<L, false>(l, x, l.splat(magic(0)));
        let t = l.table8(const { &entire(TABLE) }, index);
        l.scale(l.mul_add(t, short_less_one::<L, false>(l, x, k, &EXP_OF_16_BITS), t), k)
    }

    #[inline(always)]
    fn fast<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        whole::<L, true>(l, x)
    }

    const EXACT: bool = true;
    #[inline(always)]
    fn exact<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        pairs::exp(l, x, self)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        l.mul(dy, y)
    }
}

/// Correctly rounded, by way of f64.
impl Fallback for Exp {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        l.narrow(exact::exp(l, clamped(l, x)))
    }
}

/// eˣ, to 0.82 ULP.
#[inline(always)]
pub(crate) fn exp_faithful<L: Lanes>(l: L, x: L::F32) -> L::F32 {
    whole::<L, false>(l, x)
}

/// x within what tells: beyond, y is ∞ and 0. `min` and `max` keep a NaN, their second argument.
#[inline(always)]
fn clamped<L: Lanes>(l: L, x: L::F32) -> L::F32 {
    l.min(l.splat(89.0), l.max(l.splat(-104.5), x))
}

/// eˣ over the whole range.
#[inline(always)]
fn whole<L: Lanes, const FAST: bool>(l: L, x: L::F32) -> L::F32 {
    /// Up to this |x|, all that is computed is normal, and the same as at another size.
    const NEAR: f32 = 60.0;
    if !L::SCALES {
        let near = sized::<L, FAST>(l, x, l.splat(magic(0)));
        return l.or_beyond(near, (x, NEAR), Ends::<FAST>, [x]);
    }
    let x = clamped(l, x);
    if !FAST {
        return exp_within::<L, false>(l, x, None);
    }
    let (index, k) = round::<L, false>(l, x, l.splat(magic(0)));
    l.scale(times_fast::<L, false>(l, l.table8(const { &entire(POWERS) }, index), x, k), k)
}

/// eˣ of a large |x|.
#[derive(Clone, Copy)]
struct Ends<const FAST: bool>;

impl<const FAST: bool> Fallback for Ends<FAST> {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        const LARGE: f32 = (1u128 << 64) as f32;
        let x = clamped(l, x);
        // At 2^∓64 times its size until the last step, so that nothing is too large or subnormal before.
        let large = l.gt(x, l.splat(0.0));
        let magic = l.select(large, l.splat(magic(-64)), l.splat(magic(64)));
        let y = sized::<L, FAST>(l, x, magic);
        l.mul(y, l.select(large, l.splat(LARGE), l.splat(1.0 / LARGE)))
    }
}

/// 2^exponent · eˣ, where the exponent is that of `magic`, as a normal number.
#[inline(always)]
fn sized<L: Lanes, const FAST: bool>(l: L, x: L::F32, magic: L::F32) -> L::F32 {
    if FAST {
        return exp_fast::<L, false>(l, x, magic);
    }
    let (t, p) = exp_parts::<L, false>(l, x, magic);
    l.mul_add(t, p, t)
}

/// 2^26 · eˣ for x ≤ 0, never subnormal: anything below −104 counts as −104, whose exponential is less than half the
/// smallest subnormal. NaN gives NaN. The relative error is below (1.7 + 0.05 |x|) · 2⁻²⁴: softmax has larger ones, so
/// that a coefficient less and ln 2 in one part will do.
#[inline(always)]
pub(crate) fn exp_scaled<L: Lanes>(l: L, x: L::F32) -> L::F32 {
    let x = l.max(l.splat(-104.0), x);
    let (t, p) = short_parts::<L, false>(l, x, &Q, l.splat(magic(26)));
    l.mul_add(t, p, t)
}

/// `(t, p)` such that t · (1 + p) is 2^exponent · eˣ, or 2^exponent · e⁻ˣ if `NEGATE`, where the exponent is that of
/// `magic`; t is exact to 0.06 ULP, and p is between −0.066 and 0.02. All must be in the range of the normal numbers:
/// nothing is clamped here.
#[inline(always)]
pub(super) fn exp_parts<L: Lanes, const NEGATE: bool>(l: L, x: L::F32, magic: L::F32) -> (L::F32, L::F32) {
    exp_parts_less::<L, NEGATE>(l, x, None, magic)
}

/// The same of x − `excess`, where that is less than an ULP of x.
#[inline(always)]
pub(super) fn exp_parts_less<L: Lanes, const NEGATE: bool>(
    l: L,
    x: L::F32,
    excess: Option<L::F32>,
    magic: L::F32,
) -> (L::F32, L::F32) {
    let (index, k) = round::<L, NEGATE>(l, x, magic);
    (power(l, &TABLE, index), less_one::<L, NEGATE>(l, x, excess, k))
}

/// The exponential itself of x − `excess`, or its inverse if `NEGATE`, where it is a normal number.
#[inline(always)]
pub(super) fn exp_within<L: Lanes, const NEGATE: bool>(l: L, x: L::F32, excess: Option<L::F32>) -> L::F32 {
    let magic = l.splat(magic(0));
    if L::SCALES {
        let (index, k) = round::<L, NEGATE>(l, x, magic);
        let t = l.table8(const { &entire(TABLE) }, index);
        return l.scale(l.mul_add(t, less_one::<L, NEGATE>(l, x, excess, k), t), k);
    }
    let (t, p) = exp_parts_less::<L, NEGATE>(l, x, excess, magic);
    l.mul_add(t, p, t)
}

/// [`exp_parts`] as t · (1 + p), to 2⁻¹⁶.
#[inline(always)]
pub(super) fn exp_fast<L: Lanes, const NEGATE: bool>(l: L, x: L::F32, magic: L::F32) -> L::F32 {
    let (index, k) = round::<L, NEGATE>(l, x, magic);
    times_fast::<L, NEGATE>(l, power(l, &POWERS, index), x, k)
}

/// The exponential of multiples, e^(f·x): ln 2 is divided by f, and the coefficients take its powers, so that the
/// product, whose rounding would count for large ones, is never computed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Multiple {
    log2: f32,
    high: f32,
    low: f32,
    p: [f32; 5],
}

impl Multiple {
    /// For a factor f of magnitude 2⁻²⁰ to 2²⁰, or 0.
    pub(super) const fn new(f: f64) -> Self {
        let unit = if f == 0.0 { 0.0 } else { core::f64::consts::LN_2 / f };
        // 13 bits, as LN2_HIGH.
        let high = f32::from_bits((unit as f32).to_bits() & 0xffff_f800);
        let mut p = P;
        let mut power = 1.0;
        let mut i = 0;
        while i < p.len() {
            p[i] = (P[i] as f64 * power) as f32;
            power *= f;
            i += 1;
        }
        let log2 = (f * core::f64::consts::LOG2_E) as f32;
        Multiple { log2, high, low: (unit - high as f64) as f32, p }
    }

    /// `(t, p)` as [`exp_parts`] gives them, of x less a far smaller `excess`.
    #[inline(always)]
    pub(super) fn parts<L: Lanes>(&self, l: L, x: L::F32, excess: Option<L::F32>, magic: f32) -> (L::F32, L::F32) {
        let magic = l.splat(magic);
        let rounded = l.mul_add(x, l.splat(self.log2), magic);
        let k = l.sub(rounded, magic);
        let r = l.neg_mul_add(k, l.splat(self.high), x);
        let r = l.neg_mul_add(k, l.splat(self.low), r);
        let r = match excess {
            Some(excess) => l.sub(r, excess),
            None => r,
        };
        let p = l.mul_add(r, l.splat(self.p[4]), l.splat(self.p[3]));
        let p = l.mul_add(r, p, l.splat(self.p[2]));
        let p = l.mul_add(r, p, l.splat(self.p[1]));
        (power(l, &TABLE, l.to_bits(rounded)), l.mul_add(r, p, l.splat(self.p[0])))
    }
}

/// What is added to k = n + i/8 to round it to a multiple of 1/8: i and n then stand in the low bits, along with the
/// exponent by which the power of two is to be larger.
pub(super) const fn magic(exponent: i32) -> f32 {
    1_572_864.0 + exponent as f32
}

/// x / ln 2, or its negative if `NEGATE`, rounded to a multiple of 1/8: with its bits in the three lowest, i, and in
/// those above, n and the exponent; and as a number.
#[inline(always)]
fn round<L: Lanes, const NEGATE: bool>(l: L, x: L::F32, magic: L::F32) -> (L::U32, L::F32) {
    let rounded = l.mul_add(x, l.splat(if NEGATE { -LOG2_E } else { LOG2_E }), magic);
    (l.to_bits(rounded), l.sub(rounded, magic))
}

/// 2^(n + exponent) · T\[i\].
#[inline(always)]
fn power<L: Lanes>(l: L, table: &[f32; 8], index: L::U32) -> L::F32 {
    // n is moved to the exponent. What of i is moved into the fraction along with it has been taken off the table.
    l.from_bits(l.add_u32(l.to_bits(l.table8(table, index)), l.shl::<20>(index)))
}

/// The table with that put back: T.
const fn entire(table: [f32; 8]) -> [f32; 8] {
    let mut t = table;
    let mut i = 0;
    while i < 8 {
        t[i] = f32::from_bits(table[i].to_bits() + ((i as u32) << 20));
        i += 1;
    }
    t
}

/// p(r), where r = ±(x − excess) − k ln 2.
#[inline(always)]
fn less_one<L: Lanes, const NEGATE: bool>(l: L, x: L::F32, excess: Option<L::F32>, k: L::F32) -> L::F32 {
    let r = reduced::<L, NEGATE>(l, x, k);
    let r = match excess {
        Some(excess) => l.sub(r, excess),
        None => r,
    };
    less_one_of::<L, NEGATE>(l, r)
}

/// r, or −r if `NEGATE`.
#[inline(always)]
fn reduced<L: Lanes, const NEGATE: bool>(l: L, x: L::F32, k: L::F32) -> L::F32 {
    let sign = if NEGATE { -1.0 } else { 1.0 };
    // The first product is exact: k has 11 bits, LN2_HIGH 13.
    let r = l.mul_add(k, l.splat(-sign * LN2_HIGH), x);
    l.mul_add(k, l.splat(-sign * LN2_LOW), r)
}

/// p(r), from what `reduced` gives.
#[inline(always)]
fn less_one_of<L: Lanes, const NEGATE: bool>(l: L, r: L::F32) -> L::F32 {
    let sign = if NEGATE { -1.0 } else { 1.0 };
    let p = l.mul_add(r, l.splat(P[4]), l.splat(sign * P[3]));
    let p = l.mul_add(r, p, l.splat(P[2]));
    let p = l.mul_add(r, p, l.splat(sign * P[1]));
    l.mul_add(r, p, l.splat(P[0]))
}

/// `(t, p)` as [`exp_parts`] gives them, by four coefficients and with ln 2 in one part.
#[inline(always)]
pub(super) fn short_parts<L: Lanes, const NEGATE: bool>(
    l: L,
    x: L::F32,
    coefficients: &[f32; 4],
    magic: L::F32,
) -> (L::F32, L::F32) {
    let (index, k) = round::<L, NEGATE>(l, x, magic);
    (power(l, &TABLE, index), short_less_one::<L, NEGATE>(l, x, k, coefficients))
}

/// p of it.
#[inline(always)]
fn short_less_one<L: Lanes, const NEGATE: bool>(l: L, x: L::F32, k: L::F32, c: &[f32; 4]) -> L::F32 {
    let sign = if NEGATE { -1.0 } else { 1.0 };
    let r = l.mul_add(k, l.splat(-sign * LN_2), x);
    cubic(l, r, [c[0], sign * c[1], c[2], sign * c[3]])
}

/// What is added to `magic` where 0 is to have the third entry of the table, as `tools/exp_narrow.py` has it.
#[cfg(feature = "half")]
pub(super) const AT_ZERO: f32 = 2.0 / 8.0;

/// `(t, q)` such that t · q is 2^(exponent + a·b), by four coefficients of the powers of what a·b leaves.
#[cfg(feature = "half")]
#[inline(always)]
pub(super) fn short_power<L: Lanes>(
    l: L,
    (a, b): (L::F32, L::F32),
    coefficients: &[f32; 4],
    magic: L::F32,
) -> (L::F32, L::F32) {
    let rounded = l.mul_add(a, b, magic);
    let r = l.mul_add(a, b, l.sub(magic, rounded));
    (power(l, &TABLE, l.to_bits(rounded)), cubic(l, r, *coefficients))
}

#[inline(always)]
fn cubic<L: Lanes>(l: L, r: L::F32, c: [f32; 4]) -> L::F32 {
    let p = l.mul_add(r, l.splat(c[3]), l.splat(c[2]));
    let p = l.mul_add(r, p, l.splat(c[1]));
    l.mul_add(r, p, l.splat(c[0]))
}

/// t · (1 + r + r²/2).
#[inline(always)]
fn times_fast<L: Lanes, const NEGATE: bool>(l: L, t: L::F32, x: L::F32, k: L::F32) -> L::F32 {
    if NEGATE {
        // −r, and −p of it.
        let r = l.mul_add(k, l.splat(LN_2), x);
        l.neg_mul_add(t, l.neg_mul_add(l.mul(r, l.splat(0.5)), r, r), t)
    } else {
        let r = l.mul_add(k, l.splat(-LN_2), x);
        l.mul_add(t, l.mul_add(l.mul(r, l.splat(0.5)), r, r), t)
    }
}
