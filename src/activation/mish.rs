//! Mish: x · tanh(log(1 + eˣ)).
//!
//! Method, with z = e^−|x|, which comes in two parts as t · (1 + p):
//!
//! > x > 0: y = x · 3/4 + x · (1/4 + z/2 − 3z²/2) / (1 + 2z + 2z²)
//!
//! > −ln 2 ≤ x ≤ 0: y = x / 2 + x · (z²/2 + z − 1) / (z² + 2z + 2)
//!
//! > x < −ln 2: y = x · t + x · t · (p − (1 + p) · (z² + z) / (z² + 2z + 2))
//!
//! The first product goes into the sum unrounded, and the second one is smaller. In the last line all is 2⁶⁴ times as
//! large until the last step, which thereby rounds subnormal results once.

use core::f32::consts::LN_2;

use super::exp::{exp_parts, magic};
use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x · tanh(log(1 + eˣ)) of each element of `x` to `y`.
///
/// Error below 2.1 ULP for all inputs (2.9 ULP on [`Backend::Portable`](crate::Backend::Portable)), gradual underflow on the
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

#[derive(Clone, Copy)]
pub(super) struct Mish;

impl Elementwise for Mish {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;
    const BACKWARD_COST: Cost = Cost::Arithmetic;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let (one, two) = (l.splat(1.0), l.splat(2.0));
        let sign = l.and_u32(l.to_bits(x), l.splat_u32(0x8000_0000));
        let below = l.gt(l.splat(0.0), x);
        // `max` keeps a NaN, its second argument.
        let x = l.max(l.splat(LIMIT), x);
        let (t, p, z) = parts(l, x);
        let bottom = l.select(below, l.mul_add(z, l.add(z, two), two), l.mul_add(z, l.mul_add(z, two, two), one));
        // Around 0.
        let above_top = l.mul_add(z, l.mul_add(z, l.splat(-1.5), l.splat(0.5)), l.splat(0.25));
        let below_top = l.mul_add(z, l.mul_add(z, l.splat(0.5), one), l.splat(-1.0));
        let far = l.gt(l.splat(-LN_2), x);
        let top = l.select(far, l.mul_add(z, z, z), l.select(below, below_top, above_top));
        let quotient = l.div(top, bottom);
        let around = l.mul_add(x, l.select(below, l.splat(0.5), l.splat(0.75)), l.mul(x, quotient));
        // Below.
        let correction = l.neg_mul_add(quotient, l.add(p, one), p);
        let y = l.mul(l.mul_add(x, t, l.mul(l.mul(x, t), correction)), l.splat(TINY));
        let y = l.select(far, y, around);
        // −0 adds up to +0.
        l.from_bits(l.or_u32(l.to_bits(y), sign))
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
