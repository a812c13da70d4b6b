//! Softplus, log(1 + e^(βx)) / β, and the logarithm of the logistic function, which is −softplus(−x).
//!
//! Method, with s = e^−|u|, u = βx:
//!
//! > softplus(u) = max(u, 0) + s − s²·G(s)
//!
//! > softplus(u) = (ln 2 + u/2) + u²·R(u²) near 0.
//!
//! s comes in two parts, t and the small t·p, so that t + (t·p − s²·G) is the one rounding that counts where u < 0. It is
//! 2⁶⁴ times as large until the last step, which thereby rounds subnormal results once. Where u > 0, that rounding counts
//! little beside that of the sum with u, except near 0: there the sum of u/2 and ln 2, which is almost exactly a float,
//! comes in two parts. Coefficients are made by `tools/softplus.py`.
//!
//! Of elements of 16 bits, softplus(−|x|) with a β of 1 is a polynomial of degree 4 in each of 16 intervals, in the distance
//! from a centre where it is almost exactly a float. They were made, by `tools/tables_narrow.py`, so that it, and its sum
//! with |x|, is right after the rounding for all of them. Beyond the last interval, what is below 0 is computed in f32.

use core::f32::consts::LN_2;

use super::celu::inverse;
use super::exp::{exp_parts, exp_parts_less, exp_within, magic};
#[cfg(feature = "half")]
use super::intervals::{index, polynomial};
#[cfg(feature = "half")]
use super::softplus_narrow_table::{CENTRE, N0, N1, N2, N3, N4, NARROW_LIMIT, NARROW_SCALE};
use super::softplus_table::{G, NEAR, R};
use super::{Activation, Elementwise, Saves, exact, loaded};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::{Fallback, Lanes};
use crate::parallel::Cost;

/// Writes log(1 + e^(beta · x)) / beta of each element of `x` to `y`, or x itself where beta · x > threshold; beta must be
/// positive, and between 2⁻³⁰ and 2³⁰ for what follows to hold.
///
/// Error below 0.94 ULP for all inputs (1.1 ULP on [`Backend::Portable`](crate::Backend::Portable)) where beta is 1, with the
/// usual threshold or any larger one; for other betas 1.3 ULP, but on `Portable`, where beta · x is rounded unless beta is a
/// power of two, up to |beta · x| · 2⁻²⁴ of the result more on the negative side. softplus(−100) is subnormal,
/// where the plain formula gives 0; softplus(−∞) = 0, softplus(∞) = ∞, softplus(NaN) = NaN. PyTorch takes a beta of 1 and
/// a threshold of 20 where none is given; ONNX has neither, which is a beta of 1 and a threshold of ∞. The gradient
/// ([`Activation::backward`], from the input) is dy · σ(beta · x), and dy above the threshold, to 2.58 ULP; it is 0 where
/// beta · x < −104.5. C. Dugas et al., *Incorporating Second-Order Functional Knowledge for Better Option Pricing*, 2000.
///
/// In the [exact tier](crate::Accuracy::Exact) every result is correctly rounded if beta is 1; for others, one in some
/// hundred millions may be the other float next to the true value.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::softplus(&[f32::NEG_INFINITY, 0.0, 30.0], 1.0, 20.0, &mut y)?;
/// assert_eq!(y, [0.0, 0.6931472, 30.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn softplus<T: Element>(x: &[T], beta: f32, threshold: f32, y: &mut [T]) -> Result<(), Error> {
    Activation::Softplus { beta, threshold }.apply(x, y)
}

/// Replaces each element by log(1 + e^(beta · x)) / beta, or leaves it where beta · x > threshold; see [`softplus`].
#[inline]
pub fn softplus_in_place<T: Element>(x: &mut [T], beta: f32, threshold: f32) {
    Activation::Softplus { beta, threshold }.apply_in_place(x);
}

/// Writes log(1 / (1 + e⁻ˣ)) of each element of `x` to `y`.
///
/// Error below 0.94 ULP for all inputs (1.1 ULP on [`Backend::Portable`](crate::Backend::Portable)), gradual underflow for
/// large x; log_sigmoid(−∞) = −∞, log_sigmoid(∞) = −0, log_sigmoid(NaN) = NaN. The gradient ([`Activation::backward`],
/// from the input) is dy · σ(−x), to 2.58 ULP; it is 0 where x > 104.5.
///
/// In the [exact tier](crate::Accuracy::Exact) every result is correctly rounded.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::log_sigmoid(&[-30.0, 0.0, f32::INFINITY], &mut y)?;
/// assert_eq!(y, [-30.0, -0.6931472, -0.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn log_sigmoid<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::LogSigmoid.apply(x, y)
}

/// Replaces each element by log(1 / (1 + e⁻ˣ)); see [`log_sigmoid`].
#[inline]
pub fn log_sigmoid_in_place<T: Element>(x: &mut [T]) {
    Activation::LogSigmoid.apply_in_place(x);
}

/// The power of two by which small results are too large until the end.
const SCALE: i32 = 64;
const TINY: f32 = 1.0 / (1u128 << SCALE) as f32;
/// e to the power of this, 2^SCALE times as large, is not subnormal.
const LIMIT: f32 = -131.0;

/// From this |u| on, the exponential, or 1 divided by it, comes near the end of the range of normal numbers.
const BEYOND: f32 = 80.0;

/// [`softplus`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Softplus {
    /// The parameter of that function.
    pub beta: f32,
    /// The parameter of that function.
    pub threshold: f32,
}

impl Elementwise for Softplus {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;
    const BACKWARD_COST: Cost = Cost::Arithmetic;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // The same for all elements, and mostly so.
        let (scaled, y) = if self.beta == 1.0 {
            (x, unit::<L, false>(l, x))
        } else {
            (l.mul(x, l.splat(self.beta)), general(l, x, self.beta))
        };
        l.select(l.gt(scaled, l.splat(self.threshold)), x, y)
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // The same for all elements.
        if self.beta != 1.0 {
            return self.forward(l, x);
        }
        let y = l.add(l.max(l.splat(0.0), x), below(l, x));
        let y = l.or_else(y, l.gt(l.splat(-NARROW_LIMIT), x), self, [x]);
        l.select(l.gt(x, l.splat(self.threshold)), x, y)
    }

    const EXACT: bool = true;
    #[inline]
    fn is_exact(self) -> bool {
        self.beta == 1.0
    }
    #[inline(always)]
    fn exact<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // The same for all elements.
        let y = if L::LOADS && self.beta == 1.0 {
            loaded::softplus(l, x, ExactSoftplus(self))
        } else {
            ExactSoftplus(self).call(l, [x])
        };
        l.select(l.gt(l.mul(x, l.splat(self.beta)), l.splat(self.threshold)), x, y)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        let (u, excess) = times(l, x, self.beta);
        let y = l.or_beyond(times_sigmoid_within::<L, false>(l, u, Some(excess), dy), (u, BEYOND), self, [x, dy]);
        l.select(l.gt(u, l.splat(self.threshold)), dy, y)
    }
}

/// Below the threshold, correctly rounded if beta is 1.
#[derive(Clone, Copy)]
struct ExactSoftplus(Softplus);

impl Fallback for ExactSoftplus {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        let beta = self.0.beta;
        // Beyond, the exponential does not count.
        let a = l.min(l.splat((105.0 / beta).min(f32::MAX)), l.abs(x));
        let double = l.splat_f64(beta.into());
        let y = exact::log_one_more(l, l.mul_f64(l.widen(a), double), l.mul(a, l.splat(beta)));
        // The same for all elements.
        let y = if beta == 1.0 { y } else { l.div_f64(y, double) };
        l.narrow(l.add_f64(l.widen(l.max(l.splat(0.0), x)), y))
    }
}

/// Of 16 bits that are far below 0.
#[cfg(feature = "half")]
impl Fallback for Softplus {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        unit::<L, false>(l, x)
    }
}

/// The gradient of a large |βx| below the threshold.
impl Fallback<2> for Softplus {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, dy]: [L::F32; 2]) -> L::F32 {
        let (u, excess) = times(l, x, self.beta);
        times_sigmoid::<L, false>(l, u, Some(excess), dy)
    }
}

/// [`log_sigmoid`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct LogSigmoid;

impl Elementwise for LogSigmoid {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;
    const BACKWARD_COST: Cost = Cost::Arithmetic;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        unit::<L, true>(l, x)
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let y = l.sub(l.min(l.splat(-0.0), x), below(l, x));
        l.or_else(y, l.gt(x, l.splat(NARROW_LIMIT)), self, [x])
    }

    const EXACT: bool = true;
    #[inline(always)]
    fn exact<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        if L::LOADS {
            let positive = Softplus { beta: 1.0, threshold: f32::INFINITY };
            let minus = l.splat(-1.0);
            return l.mul(loaded::softplus(l, l.mul(x, minus), ExactSoftplus(positive)), minus);
        }
        let a = l.min(l.splat(105.0), l.abs(x));
        let y = exact::log_one_more(l, l.widen(a), a);
        l.narrow(l.sub_f64(l.widen(l.min(l.splat(0.0), x)), y))
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        l.or_beyond(times_sigmoid_within::<L, true>(l, x, None, dy), (x, BEYOND), self, [x, dy])
    }
}

/// Of 16 bits that are far above 0.
#[cfg(feature = "half")]
impl Fallback for LogSigmoid {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        self.forward(l, x)
    }
}

/// The gradient of a large |x|.
impl Fallback<2> for LogSigmoid {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, dy]: [L::F32; 2]) -> L::F32 {
        times_sigmoid::<L, true>(l, x, None, dy)
    }
}

/// softplus(−|x|) up to [`NARROW_LIMIT`], for elements of 16 bits.
#[cfg(feature = "half")]
#[inline(always)]
fn below<L: Lanes>(l: L, x: L::F32) -> L::F32 {
    // `min` keeps a NaN, its second argument.
    let a = l.min(l.splat(NARROW_LIMIT), l.abs(x));
    let i = index(l, a, NARROW_SCALE);
    polynomial(l, l.sub(a, l.table16(&CENTRE, i)), i, [&N0, &N1, &N2, &N3, &N4])
}

/// softplus(x), or −softplus(−x) if `NEGATE`.
#[inline(always)]
fn unit<L: Lanes, const NEGATE: bool>(l: L, x: L::F32) -> L::F32 {
    let sign = if NEGATE { -1.0 } else { 1.0 };
    let a = minus_abs(l, x);
    // `min` and `max` keep a NaN, their second argument.
    let (t, p) = exp_parts::<L, false>(l, l.max(l.splat(LIMIT), a), l.splat(magic(SCALE)));
    let far = l.add(t, rest(l, t, p));
    // Not before: it would go to the stack, whose stores wait for those that go past the caches.
    let part = if NEGATE { l.min(l.splat(-0.0), x) } else { l.max(l.splat(0.0), x) };
    let far = l.mul_add(far, l.splat(sign * TINY), part);
    let square = l.mul(x, x);
    // ln 2 less its float.
    const LN2_LOW: f32 = (core::f64::consts::LN_2 - LN_2 as f64) as f32;
    let (even, low) = (even(l, square), l.splat(sign * LN2_LOW));
    let even = if NEGATE { l.neg_mul_add(square, even, low) } else { l.mul_add(square, even, low) };
    let near = sum(l, l.splat(sign * LN_2), l.mul(x, l.splat(0.5)), even);
    l.select(l.gt(a, l.splat(-NEAR)), near, far)
}

/// softplus(βx) / β, with βx in two parts, and 1/β too.
#[inline(always)]
fn general<L: Lanes>(l: L, x: L::F32, beta: f32) -> L::F32 {
    let (high, low) = inverse(beta);
    // The logarithm of 2, divided by β.
    let middle = core::f64::consts::LN_2 / f64::from(beta);
    let middle_high = middle as f32;
    let middle_low = (middle - f64::from(middle_high)) as f32;
    let a = l.max(l.splat(LIMIT * high), minus_abs(l, x));
    let beta = l.splat(beta);
    let u = l.mul(a, beta);
    let excess = l.neg_mul_add(a, beta, u);
    let (t, p) = exp_parts_less::<L, false>(l, u, Some(excess), l.splat(magic(SCALE)));
    let far = l.mul_add(rest(l, t, p), l.splat(high), l.mul(t, l.splat(low)));
    let far = l.mul_add(t, l.splat(high), far);
    let far = l.mul_add(far, l.splat(TINY), l.max(l.splat(0.0), x));
    let even = l.mul_add(l.mul(u, a), even(l, l.mul(u, u)), l.splat(middle_low));
    let near = sum(l, l.splat(middle_high), l.mul(x, l.splat(0.5)), even);
    l.select(l.gt(u, l.splat(-NEAR)), near, far)
}

/// a + b + c, where |a| ≥ |b| and c is small.
#[inline(always)]
fn sum<L: Lanes>(l: L, a: L::F32, b: L::F32, c: L::F32) -> L::F32 {
    let whole = l.add(a, b);
    let lost = l.sub(b, l.sub(whole, a));
    l.add(whole, l.add(lost, c))
}

/// −|x|.
#[inline(always)]
fn minus_abs<L: Lanes>(l: L, x: L::F32) -> L::F32 {
    l.from_bits(l.or_u32(l.to_bits(x), l.splat_u32(0x8000_0000)))
}

/// log(1 + s) − t, where s = t + tp; all but the s in the polynomial are 2^SCALE times as large.
#[inline(always)]
fn rest<L: Lanes>(l: L, t: L::F32, p: L::F32) -> L::F32 {
    let large = l.mul_add(t, p, t);
    let s = l.mul(large, l.splat(TINY));
    let g = l.mul_add(s, l.splat(G[6]), l.splat(G[5]));
    let g = l.mul_add(s, g, l.splat(G[4]));
    let g = l.mul_add(s, g, l.splat(G[3]));
    let g = l.mul_add(s, g, l.splat(G[2]));
    let g = l.mul_add(s, g, l.splat(G[1]));
    let g = l.mul_add(s, g, l.splat(G[0]));
    // s is rounded: what it lacks, times the slope of what is computed from it, which is −s to a fifth.
    let lacks = l.mul_add(t, p, l.sub(t, large));
    l.neg_mul_add(l.mul(large, s), g, l.neg_mul_add(lacks, s, l.mul(t, p)))
}

/// R.
#[inline(always)]
fn even<L: Lanes>(l: L, square: L::F32) -> L::F32 {
    let r = l.mul_add(square, l.splat(R[4]), l.splat(R[3]));
    let r = l.mul_add(square, r, l.splat(R[2]));
    let r = l.mul_add(square, r, l.splat(R[1]));
    l.mul_add(square, r, l.splat(R[0]))
}

/// βx, and by how much that is too large.
#[inline(always)]
fn times<L: Lanes>(l: L, x: L::F32, beta: f32) -> (L::F32, L::F32) {
    // Beyond, σ is 0 and 1, and the excess must not be NaN.
    let limit = l.splat(128.0 * inverse(beta).0);
    let x = l.min(limit, l.max(l.mul(limit, l.splat(-1.0)), x));
    let beta = l.splat(beta);
    let u = l.mul(x, beta);
    (u, l.neg_mul_add(x, beta, u))
}

/// dy · σ(u − excess), or dy · σ(excess − u) if `NEGATE`, for |u| up to [`BEYOND`].
#[inline(always)]
fn times_sigmoid_within<L: Lanes, const NEGATE: bool>(l: L, u: L::F32, excess: Option<L::F32>, dy: L::F32) -> L::F32 {
    let e = if NEGATE { exp_within::<L, false>(l, u, excess) } else { exp_within::<L, true>(l, u, excess) };
    l.div(dy, l.add(e, l.splat(1.0)))
}

/// dy · σ(u − excess), or dy · σ(excess − u) if `NEGATE`. Where both can be computed, this is the same as
/// [`times_sigmoid_within`], but for subnormal results.
#[inline(always)]
fn times_sigmoid<L: Lanes, const NEGATE: bool>(l: L, u: L::F32, excess: Option<L::F32>, dy: L::F32) -> L::F32 {
    // As in `sigmoid.rs`, but without the correction of the quotient.
    const SCALE: i32 = 26;
    const TINY: f32 = 1.0 / (1u32 << SCALE) as f32;
    let (least, most) = if NEGATE { (-30.0, 104.5) } else { (-104.5, 30.0) };
    let zero = if NEGATE { l.gt(u, l.splat(most)) } else { l.gt(l.splat(least), u) };
    let u = l.min(l.splat(most), l.max(l.splat(least), u));
    let magic = l.splat(magic(-SCALE));
    let (t, p) = if NEGATE {
        exp_parts_less::<L, false>(l, u, excess, magic)
    } else {
        exp_parts_less::<L, true>(l, u, excess, magic)
    };
    let (one, tiny) = (l.splat(1.0), l.splat(TINY));
    let d = l.add(l.mul_add(t, p, t), tiny);
    // d is 2²⁶ times too small. Where it is large nevertheless, the quotient is scaled down, so that a subnormal one is
    // rounded once; elsewhere d is scaled up, so that the quotient does not overflow.
    let small = l.gt(d, one);
    let quotient = l.div(dy, l.select(small, d, l.mul(d, l.splat(1.0 / TINY))));
    l.select(zero, l.mul(dy, l.splat(0.0)), l.mul(quotient, l.select(small, tiny, one)))
}
