//! Snake: x + sin²(αx) / α.
//!
//! Method: with u = |αx| in two parts, k = u / π rounded to an integer and r = |u − kπ| in two parts, sin² u is
//!
//! > r² + r⁴ · q(r²) up to an edge,\
//! > ½ + s + s³ · h(s²), s = r − π/4, up to π/2 less that,\
//! > 1 − ρ² − ρ⁴ · q(ρ²), ρ = π/2 − r, beyond.
//!
//! For negative αx the sum of that and αx cancels, to about a third of it. So the larger parts are added exactly, and what
//! is left of all terms, 1/α among them, is small. Coefficients are made by `tools/snake.py`.
//!
//! Of elements of 16 bits and α = 1, it is x + w · p(w), w = (x − kπ)², in one part each, which is right for all of them
//! once rounded.

use core::f32::consts::{self, FRAC_1_PI, FRAC_PI_2, FRAC_PI_4};

use super::celu::inverse;
use super::exact::MAGIC;
#[cfg(feature = "half")]
use super::snake_table::NARROW;
use super::snake_table::{EDGE, G, H, LIMIT, Q};
use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x + sin²(`alpha · x`) / `alpha` of each element of `x` to `y`: L. Ziyin, T. Hartwig, M. Ueda, *Neural
/// Networks Fail to Learn Periodic Functions and How to Fix It*, 2020.
///
/// Error below 0.7 ULP for all inputs (0.77 ULP on [`Backend::Portable`](crate::Backend::Portable)), measured for an
/// `alpha` of 0.7. Where |`alpha` · x| exceeds 26353588, the result is x, which is to 0.64 ULP. snake(±0) = ±0,
/// snake(±∞) = ±∞, snake(NaN) = NaN. With an `alpha` of 0 it is x, the limit; with a negative one it is −snake(−x) of
/// the positive one. The magnitude of others must be between 2⁻¹⁰⁰ and 2⁹⁰. Neither PyTorch nor ONNX has it; where
/// libraries do, alpha is a parameter for each channel, 1 at first.
///
/// The gradient ([`Activation::backward`]) is from the input: dy · (1 + s), s = sin(2 · `alpha` · x), to within
/// 3 · 2⁻²⁴ of (1 + |s|) · |dy|, on `Portable` too. Where |`alpha` · x| exceeds 2²³, it is dy, the mean.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::snake(&[-1.0, -0.0, 2.0], 1.0, &mut y)?;
/// assert_eq!(y, [-0.2919266, -0.0, 2.8268218]);
/// # Ok(()) }
/// ```
#[inline]
pub fn snake<T: Element>(x: &[T], alpha: f32, y: &mut [T]) -> Result<(), Error> {
    Activation::Snake { alpha }.apply(x, y)
}

/// Replaces each element by x + sin²(`alpha · x`) / `alpha`; see [`snake`].
#[inline]
pub fn snake_in_place<T: Element>(x: &mut [T], alpha: f32) {
    Activation::Snake { alpha }.apply_in_place(x);
}

/// π, and the rest of it.
const PI: (f32, f32) = (consts::PI, (core::f64::consts::PI - consts::PI as f64) as f32);
/// Up to here, sin²(u) / α is less than a quarter of an ULP of x.
const SMALL: f32 = 1.0 / (1 << 26) as f32;
/// For the gradient, k must be right to a quarter.
const GRADIENT_LIMIT: f32 = (1 << 23) as f32;

/// [`snake`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Snake {
    /// The parameter of that function.
    pub alpha: f32,
}

/// u = |αx| modulo π.
struct Reduced<L: Lanes> {
    u: L::F32,
    /// By so much u is larger than |αx|.
    excess: L::F32,
    /// r = |u − kπ|, in two parts.
    high: L::F32,
    low: L::F32,
    /// The sign bit of u − kπ.
    sign: L::U32,
}

/// `a` with the sign bit flipped where that of `sign` is set, which has no other.
#[inline(always)]
fn flip<L: Lanes>(l: L, a: L::F32, sign: L::U32) -> L::F32 {
    l.from_bits(l.add_u32(l.to_bits(a), sign))
}

impl Snake {
    #[inline(always)]
    fn reduce<L: Lanes>(self, l: L, x: L::F32) -> Reduced<L> {
        // `min` keeps a NaN, its second argument.
        let (u, excess) = l.product(l.splat(self.alpha.abs()), l.min(l.splat(f32::MAX), l.abs(x)));
        // A sum with 2²³ is rounded to an integer.
        let magic = l.splat(8_388_608.0);
        let k = l.sub(l.mul_add(u, l.splat(FRAC_1_PI), magic), magic);
        let (multiple, of_multiple) = l.product(k, l.splat(PI.0));
        let d = l.sub(u, multiple);
        let rest = l.neg_mul_add(k, l.splat(PI.1), l.sub(of_multiple, excess));
        let r = l.add(d, rest);
        let low = l.sub(rest, l.sub(r, d));
        let sign = l.and_u32(l.to_bits(r), l.splat_u32(0x8000_0000));
        Reduced { u, excess, high: l.abs(r), low: flip(l, low, sign), sign }
    }

    /// The sign bit of αx.
    #[inline(always)]
    fn sign_of_product<L: Lanes>(self, l: L, x: L::F32) -> L::U32 {
        let of_x = l.and_u32(l.to_bits(x), l.splat_u32(0x8000_0000));
        l.add_u32(of_x, l.splat_u32(self.alpha.to_bits() & 0x8000_0000))
    }
}

impl Elementwise for Snake {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;
    const BACKWARD_COST: Cost = Cost::Arithmetic;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let Reduced { u, excess, high, low, .. } = self.reduce(l, x);
        // The interval, from 0 to 2, in the low bits.
        const PER_INTERVAL: f32 = 1.0 / (FRAC_PI_2 - 2.0 * EDGE);
        let interval = l.mul_add(high, l.splat(PER_INTERVAL), l.splat(0.5 - EDGE * PER_INTERVAL));
        let i = l.to_bits(l.add(interval, l.splat(MAGIC)));
        let middle = l.eq_u32(i, l.splat_u32(MAGIC.to_bits() + 1));
        // r, s or −ρ, and r² or ρ².
        let d = l.sub(high, l.table8(const { &of_each(0.0, PI.0 / 4.0, PI.0 / 2.0) }, i));
        let of_d = l.sub(low, l.table8(const { &of_each(0.0, PI.1 / 4.0, PI.1 / 2.0) }, i));
        let (w, of_square) = l.product(d, d);
        let of_w = l.sub(l.mul(l.add(d, d), of_d), of_square);
        // In p + w q(w) p, what is left of p counts twice or three times in the second term.
        let p = l.select(middle, d, w);
        let of_p = l.select(middle, of_d, of_w);
        let times = l.table8(const { &of_each(2.0, 3.0, 2.0) }, i);
        let q = l.mul_add(w, coefficient::<L, 3>(l, i), coefficient::<L, 2>(l, i));
        let q = l.mul_add(w, q, coefficient::<L, 1>(l, i));
        let q = l.mul_add(w, q, coefficient::<L, 0>(l, i));
        let wq = l.mul(w, q);
        let rest = l.mul_add(wq, p, l.mul_add(l.mul(wq, times), of_p, of_p));
        // sin² u, whose larger part is exact. It is smaller than u, to which it is added with the sign of αx.
        let minus = l.table8(const { &of_each(1.0, 1.0, -1.0) }, i);
        let base = l.table8(const { &of_each(0.0, 0.5, 1.0) }, i);
        let sine = l.mul_add(p, minus, base);
        let low = l.mul_add(rest, minus, l.mul_add(p, minus, l.sub(base, sine)));
        let of_product = self.sign_of_product(l, x);
        let (product, excess) = (flip(l, u, of_product), flip(l, excess, of_product));
        let whole = l.add(product, sine);
        let low = l.add(l.sub(sine, l.sub(whole, product)), l.sub(low, excess));
        // Divided by α.
        let (one, of_one) = inverse(self.alpha);
        let rest = l.mul_add(whole, l.splat(of_one), l.mul(low, l.splat(one)));
        let y = if L::FUSED {
            l.mul_add(whole, l.splat(one), rest)
        } else {
            let (y, excess) = l.product(whole, l.splat(one));
            l.add(y, l.sub(rest, excess))
        };
        let same = l.or(l.gt(l.splat(SMALL), u), l.gt(u, l.splat(LIMIT)));
        l.select(same, x, y)
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        /// Its product with a k of 13 bits is exact. From 2¹¹ on, sin² does not count.
        const HIGH: f32 = f32::from_bits(consts::PI.to_bits() & 0xffff_f800);
        const LOW: f32 = (core::f64::consts::PI - HIGH as f64) as f32;
        /// At least (π/2)²; a larger w is that of a large x.
        const MOST: f32 = 2.5;
        if self.alpha != 1.0 {
            return self.forward(l, x);
        }
        // A sum with 1.5 · 2²³ is rounded to an integer.
        let magic = l.splat(12_582_912.0);
        let k = l.sub(l.mul_add(x, l.splat(FRAC_1_PI), magic), magic);
        let r = l.neg_mul_add(k, l.splat(HIGH), x);
        let r = l.neg_mul_add(k, l.splat(LOW), r);
        // `min` gives its second argument for what is not a number, if x is infinite; if x is NaN, so is the sum.
        let w = l.min(l.mul(r, r), l.splat(MOST));
        let p = l.mul_add(w, l.splat(NARROW[5]), l.splat(NARROW[4]));
        let p = l.mul_add(w, p, l.splat(NARROW[3]));
        let p = l.mul_add(w, p, l.splat(NARROW[2]));
        let p = l.mul_add(w, p, l.splat(NARROW[1]));
        let p = l.mul_add(w, p, l.splat(NARROW[0]));
        // It has the sign of x, but for −0.
        let sign = l.and_u32(l.to_bits(x), l.splat_u32(0x8000_0000));
        l.from_bits(l.or_u32(l.to_bits(l.mul_add(w, p, x)), sign))
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        let Reduced { u, high, low, sign, .. } = self.reduce(l, x);
        // sin 2u is sin 2ρ with the sign of u − kπ.
        let folded = l.gt(high, l.splat(FRAC_PI_4));
        let rho = l.select(folded, l.sub(l.splat(PI.0 / 2.0), high), high);
        let rho = l.add(rho, l.select(folded, l.sub(l.splat(PI.1 / 2.0), low), low));
        let w = l.mul(rho, rho);
        let g = l.mul_add(w, l.splat(G[4]), l.splat(G[3]));
        let g = l.mul_add(w, g, l.splat(G[2]));
        let g = l.mul_add(w, g, l.splat(G[1]));
        let g = l.mul_add(w, g, l.splat(G[0]));
        let sine = l.mul(rho, l.mul_add(w, g, l.splat(2.0)));
        let sine = flip(l, sine, l.add_u32(sign, self.sign_of_product(l, x)));
        let dx = l.mul(dy, l.add(l.splat(1.0), sine));
        l.select(l.gt(u, l.splat(GRADIENT_LIMIT)), dy, dx)
    }
}

/// A table of the three intervals. The last one goes on: for a large u, k is not always the nearest integer.
const fn of_each(first: f32, middle: f32, last: f32) -> [f32; 8] {
    [first, middle, last, last, last, last, last, last]
}

/// That of h in the middle, else that of q.
#[inline(always)]
fn coefficient<L: Lanes, const N: usize>(l: L, interval: L::U32) -> L::F32 {
    l.table8(const { &of_each(Q[N], H[N], Q[N]) }, interval)
}
