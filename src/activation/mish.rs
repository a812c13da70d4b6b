//! Mish: x · tanh(log(1 + eˣ)).
//!
//! Method, with w = eˣ and n = w² + 2w:
//!
//! > x < 0: y = x · n / (n + 2)
//!
//! > x ≥ 0: y = x − x · 2 / (n + 2)
//!
//! where w, n and n + 2 come in two parts each, and so does the quotient: its residual and those parts, times 1 / (n + 2).
//! The last sum is then the one rounding that counts. On the negative side all is 2⁶⁴ times as large until the last step,
//! which thereby rounds subnormal results once.
//!
//! Of elements of 16 bits it is x · (n / (n + 2)) on both sides, in one part each: see `exp.rs`.

#[cfg(feature = "half")]
use super::exp::{AT_ZERO, short_parts};
use super::exp::{exp_parts, magic};
#[cfg(feature = "half")]
use super::exp_narrow_table::MISH_OF_16_BITS;
use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x · tanh(log(1 + eˣ)) of each element of `x` to `y`.
///
/// Error below 0.96 ULP for all inputs (2.1 ULP on [`Backend::Portable`](crate::Backend::Portable)), gradual underflow on the
/// negative side; mish(±0) = ±0, mish(−∞) = −0, mish(∞) = ∞, mish(NaN) = NaN. PyTorch and ONNX have the same formula. The
/// gradient ([`Activation::backward`], from the input) is dy · (ω + x · σ(x) · (1 − ω²)) where ω is the tanh, to within
/// 7 · 2⁻²⁴ of |ω| + |x · σ(x) · (1 − ω²)|, times |dy|: the sum is 0 at −1.19. It is 0 where x < −131, also times a
/// large dy. D. Misra, *Mish: A Self Regularized Non-Monotonic Activation Function*, 2019.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::mish(&[-1.0, 0.0, 2.0], &mut y)?;
/// assert_eq!(y, [-0.30340147, 0.0, 1.943959]);
/// # Ok(()) }
/// ```
#[inline]
pub fn mish<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Mish.apply(x, y)
}

/// Replaces each element by x · tanh(log(1 + eˣ)); see [`mish`].
#[inline]
pub fn mish_in_place<T: Element>(x: &mut [T]) {
    Activation::Mish.apply_in_place(x);
}

/// The power of two by which small results are too large until the end.
const SCALE: i32 = 64;
const TINY: f32 = 1.0 / (1u128 << SCALE) as f32;
/// e to the power of this, 2^SCALE times as large, is not subnormal.
const LIMIT: f32 = -131.0;

/// From here on, mish(x) rounds to x.
const SAME: f32 = 20.0;

/// [`mish`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Mish;

impl Elementwise for Mish {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;
    const BACKWARD_COST: Cost = Cost::Arithmetic;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let (zero, two, tiny) = (l.splat(0.0), l.splat(2.0), l.splat(TINY));
        let sign = l.and_u32(l.to_bits(x), l.splat_u32(0x8000_0000));
        let below = l.gt(zero, x);
        // `min` and `max` keep a NaN, their second argument.
        let inside = l.max(l.splat(LIMIT), x);
        let (t, p) = exp_parts::<L, false>(l, l.min(l.splat(SAME), inside), l.splat(magic(SCALE)));
        // w, and what that lacks; w is also needed at its size.
        let large = l.mul_add(t, p, t);
        let large_low = l.mul_add(t, p, l.sub(t, large));
        let w = l.mul(large, tiny);
        let twice = l.add(large, large);
        let n = l.mul_add(large, w, twice);
        let n_low = l.mul_add(large, w, l.sub(twice, n));
        let n_low = l.mul_add(l.add(large_low, large_low), l.add(w, l.splat(1.0)), n_low);
        let bottom = l.mul_add(n, tiny, two);
        let bottom_low = l.mul_add(n_low, tiny, l.mul_add(n, tiny, l.sub(two, bottom)));
        let inverse = l.div(l.splat(1.0), bottom);
        let top = l.select(below, n, l.splat(-2.0));
        let quotient = l.mul(top, inverse);
        let residual = l.add(l.neg_mul_add(quotient, bottom, top), l.select(below, n_low, zero));
        let correction = l.mul(l.neg_mul_add(quotient, bottom_low, residual), inverse);
        let whole = l.add(quotient, correction);
        // Above, the quotient is less than half of the sum: it may be rounded.
        let y = l.mul_add(inside, l.select(below, quotient, whole), l.select(below, l.mul(inside, correction), inside));
        let y = l.mul(y, l.select(below, tiny, l.splat(1.0)));
        // −0 adds up to +0; ∞ does to NaN.
        let y = l.from_bits(l.or_u32(l.to_bits(y), sign));
        l.select(l.gt(x, l.splat(SAME)), x, y)
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        /// w, n and 2 are that many times as large: w is not subnormal, and w² not too large.
        const SIZE: f32 = (1u32 << 24) as f32;
        let two = l.splat(2.0);
        // Below, y is rounded to −0; above, it is x.
        let low = l.max(l.splat(-103.0), x);
        let z = l.min(l.splat(SAME), low);
        let (t, q) = short_parts::<L, false>(l, z, &MISH_OF_16_BITS, l.splat(magic(24) + AT_ZERO));
        let w = l.mul(t, q);
        let n = l.mul(w, l.mul_add(w, l.splat(1.0 / SIZE), two));
        l.mul(low, l.div(n, l.add(n, l.splat(2.0 * SIZE))))
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        let (one, two) = (l.splat(1.0), l.splat(2.0));
        let below = l.gt(l.splat(0.0), x);
        let zero = l.gt(l.splat(LIMIT), x);
        let x = l.min(l.splat(-LIMIT), l.max(l.splat(LIMIT), x));
        let (t, p, z) = parts(l, x);
        let sum = l.add(z, one);
        // Of the formulas over e^−|x|, z is taken out on the negative side.
        let bottom = l.mul_add(z, l.add(z, two), two);
        let bottom = l.select(below, bottom, l.mul_add(z, l.mul_add(z, two, two), one));
        let inverse = l.div(one, bottom);
        let first = l.select(below, l.add(z, two), l.mul_add(z, two, one));
        let second = l.select(below, sum, l.mul(l.mul(z, z), sum));
        let slope = l.mul_add(l.mul(l.mul(x, l.splat(4.0)), inverse), second, first);
        // Far below, it is scaled down at the end, so that subnormal results are rounded once.
        let small = l.gt(l.splat(-60.0), x);
        let factor = l.select(small, l.mul_add(t, p, t), l.select(below, z, one));
        let slope = l.mul(l.mul(factor, inverse), slope);
        let slope = l.select(zero, l.splat(0.0), slope);
        l.mul(l.mul(dy, slope), l.select(small, l.splat(TINY), one))
    }
}

/// t and p, where t · (1 + p) is e^−|x|, 2^SCALE times as large; and e^−|x|.
#[inline(always)]
fn parts<L: Lanes>(l: L, x: L::F32) -> (L::F32, L::F32, L::F32) {
    let minus_abs = l.from_bits(l.or_u32(l.to_bits(x), l.splat_u32(0x8000_0000)));
    let (t, p) = exp_parts::<L, false>(l, l.max(l.splat(LIMIT), minus_abs), l.splat(magic(SCALE)));
    (t, p, l.mul(l.mul_add(t, p, t), l.splat(TINY)))
}
