//! Snake: x + sin²(αx) / α.
//!
//! Method: with u = |αx| in two parts, k = u / π rounded to an integer and r = |u − kπ| in two parts, sin² u is
//!
//! > r² + r⁴ · q(r²) up to an edge,\
//! > ½ + s + s³ · h(s²), s = r − π/4, up to π/2 less that,\
//! > 1 − ρ² − ρ⁴ · q(ρ²), ρ = π/2 − r, beyond.
//!
//! For negative αx the sum with x cancels, to about a third of it. So what is left of all terms, 1/α among them, is
//! small, and the larger parts are added exactly but for the last sum. Coefficients are made by `tools/snake.py`.

use core::f32::consts::{self, FRAC_1_PI, FRAC_PI_2, FRAC_PI_4};

use super::celu::inverse;
use super::snake_table::{EDGE, G, H, LIMIT, Q};
use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes x + sin²(`alpha · x`) / `alpha` of each element of `x` to `y`: L. Ziyin, T. Hartwig, M. Ueda, *Neural
/// Networks Fail to Learn Periodic Functions and How to Fix It*, 2020.
///
/// Error below 0.73 ULP for all inputs (0.75 ULP on [`Backend::Portable`](crate::Backend::Portable)), measured for an
/// `alpha` of 0.7. Where |`alpha` · x| exceeds 26353588, the result is x, which is to 0.64 ULP. snake(±0) = ±0,
/// snake(±∞) = ±∞, snake(NaN) = NaN. With an `alpha` of 0 it is x, the limit; with a negative one it is −snake(−x) of
/// the positive one. The magnitude of others must be between 2⁻¹²⁶ and 2¹⁰⁰. Neither PyTorch nor ONNX has it; where
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

/// a + b for any two, and what its rounding loses.
#[inline(always)]
fn sum<L: Lanes>(l: L, a: L::F32, b: L::F32) -> (L::F32, L::F32) {
    let sum = l.add(a, b);
    let of_b = l.sub(sum, a);
    (sum, l.add(l.sub(a, l.sub(sum, of_b)), l.sub(b, of_b)))
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
        Reduced { u, high: l.abs(r), low: flip(l, low, sign), sign }
    }
}

impl Elementwise for Snake {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;
    const BACKWARD_COST: Cost = Cost::Arithmetic;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let Reduced { u, high, low, .. } = self.reduce(l, x);
        let upper = l.gt(high, l.splat(FRAC_PI_2 - EDGE));
        let middle = l.and_not(l.gt(high, l.splat(EDGE)), upper);
        // r² or ρ².
        let rho = l.select(upper, l.sub(l.splat(PI.0 / 2.0), high), high);
        let of_rho = l.select(upper, l.sub(l.splat(PI.1 / 2.0), low), low);
        let (w, excess) = l.product(rho, rho);
        let of_w = l.sub(l.mul(l.add(rho, rho), of_rho), excess);
        // Or s. In p + z q(z) p, what is left of p counts twice or three times in the second term.
        let s = l.sub(high, l.splat(PI.0 / 4.0));
        let p = l.select(middle, s, w);
        let of_p = l.select(middle, l.sub(low, l.splat(PI.1 / 4.0)), of_w);
        let z = l.select(middle, l.mul(s, s), w);
        let times = l.select(middle, l.splat(3.0), l.splat(2.0));
        let q = l.mul_add(z, coefficient::<L, 3>(l, middle), coefficient::<L, 2>(l, middle));
        let q = l.mul_add(z, q, coefficient::<L, 1>(l, middle));
        let q = l.mul_add(z, q, coefficient::<L, 0>(l, middle));
        let zq = l.mul(z, q);
        let rest = l.mul_add(zq, p, l.mul_add(l.mul(zq, times), of_p, of_p));
        // Times ±1 / α.
        let (one, of_one) = inverse(self.alpha);
        let factor = l.select(upper, l.splat(-one), l.splat(one));
        let of_factor = l.select(upper, l.splat(-of_one), l.splat(of_one));
        let (term, excess) = l.product(p, factor);
        let rest = l.sub(l.mul_add(rest, factor, l.mul(p, of_factor)), excess);
        // Plus 0, 1/2 or 1 times 1 / α.
        let zero = l.splat(0.0);
        let base = l.select(upper, l.splat(one), l.select(middle, l.splat(one / 2.0), zero));
        let of_base = l.select(upper, l.splat(of_one), l.select(middle, l.splat(of_one / 2.0), zero));
        let (y, lost) = sum(l, x, base);
        let (y, lost_too) = sum(l, y, term);
        let y = l.add(y, l.add(l.add(rest, of_base), l.add(lost, lost_too)));
        let same = l.or(l.gt(l.splat(SMALL), u), l.gt(u, l.splat(LIMIT)));
        l.select(same, x, y)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        let Reduced { u, high, low, sign } = self.reduce(l, x);
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
        let of_x = l.and_u32(l.to_bits(x), l.splat_u32(0x8000_0000));
        let of_alpha = l.splat_u32(self.alpha.to_bits() & 0x8000_0000);
        let sine = flip(l, sine, l.add_u32(sign, l.add_u32(of_x, of_alpha)));
        let dx = l.mul(dy, l.add(l.splat(1.0), sine));
        l.select(l.gt(u, l.splat(GRADIENT_LIMIT)), dy, dx)
    }
}

/// That of h in the middle, else that of q.
#[inline(always)]
fn coefficient<L: Lanes, const N: usize>(l: L, middle: L::Mask) -> L::F32 {
    l.select(middle, l.splat(const { H[N] }), l.splat(const { Q[N] }))
}
