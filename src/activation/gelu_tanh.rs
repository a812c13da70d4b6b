//! GELU by tanh, ½ x (1 + tanh u), which is x · σ(2u), where u = √(2/π) (x + 0.044715 x³) and σ is the logistic function.
//!
//! Method: that of SiLU. 2u is F · x · (x² + D), D = 1 / 0.044715: the exponential of −2u is that of a multiple of the rest,
//! which is carried in two parts, since the tail shows its error. Of elements of 16 bits it is in one part: see `exp.rs`.

use core::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

#[cfg(feature = "half")]
use super::exp::short_power;
use super::exp::{Multiple, magic};
#[cfg(feature = "half")]
use super::exp_narrow_table::GELU_TANH_OF_16_BITS;
use super::swish::{SIZE, TINY, gated, gated_derivative};
use super::{Activation, Elementwise, Saves};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::Lanes;
use crate::parallel::Cost;

/// Writes ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))) of each element of `x` to `y`: the approximation of GELU by D. Hendrycks
/// and K. Gimpel, *Gaussian Error Linear Units*, 2016.
///
/// Error below 0.87 ULP for all inputs (2.3 ULP on [`Backend::Portable`](crate::Backend::Portable)), from what the formula
/// says exactly: relative, also in the tail, which underflows gradually to −0 at −10.6; where 1 + tanh is computed, it is
/// lost from −5 on. gelu_tanh(±0) = ±0, gelu_tanh(−∞) = −0, gelu_tanh(∞) = ∞, gelu_tanh(NaN) = NaN. As `torch.nn.GELU` and
/// Gelu of ONNX, both with `approximate="tanh"`.
///
/// The gradient ([`Activation::backward`]) is from the input: dy · σ · (1 + 2 x u′ (1 − σ)), where σ is that of 2u, to within
/// 6.5 · 2⁻²⁴ of (σ + |2 x u′ σ (1 − σ)|) · |dy| (7 on `Portable`), where the derivative is not subnormal; it is 0 at −∞, and dy at ∞.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::gelu_tanh(&[f32::NEG_INFINITY, -1.0, 2.0], &mut y)?;
/// assert_eq!(y, [-0.0, -0.15880801, 1.9545977]);
/// # Ok(()) }
/// ```
#[inline]
pub fn gelu_tanh<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::GeluTanh.apply(x, y)
}

/// Replaces each element by its GELU by tanh; see [`gelu_tanh`].
#[inline]
pub fn gelu_tanh_in_place<T: Element>(x: &mut [T]) {
    Activation::GeluTanh.apply_in_place(x);
}

/// [`gelu_tanh`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct GeluTanh;

const CUBE: f64 = 0.044715;
/// 2 √(2/π) · 0.044715
const F: f64 = 2.0 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2 * CUBE;
const POWER: Multiple = Multiple::new(-F);
/// D to 2⁻¹⁶, so that differences of it and sums with it are exact, and the rest.
const D_HIGH: f32 = (1.0 / CUBE * 65536.0) as i32 as f32 / 65536.0;
const D_LOW: f32 = (1.0 / CUBE - D_HIGH as f64) as f32;
/// Beyond these, a result is 0 and x, and the derivative 0 and 1.
const LOW: f32 = -11.2;
const HIGH: f32 = 6.0;
/// x · σ is x above.
const SAME: f32 = 5.1;

impl GeluTanh {
    /// x², and e^(−2u), 2⁻⁶⁰ times as large, as t · (1 + p).
    #[inline(always)]
    fn power<L: Lanes>(l: L, x: L::F32) -> (L::F32, (L::F32, L::F32)) {
        let high = l.splat(D_HIGH);
        let (square, excess) = l.product(x, x);
        let sum = l.add(square, high);
        let rest = l.sub(square, l.sub(sum, high));
        let rest = l.add(l.sub(rest, excess), l.splat(D_LOW));
        let (product, excess) = l.product(x, sum);
        let excess = l.neg_mul_add(x, rest, excess);
        (square, POWER.parts(l, product, Some(excess), magic(-SIZE)))
    }
}

impl Elementwise for GeluTanh {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;
    const BACKWARD_COST: Cost = Cost::Arithmetic;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // `min` and `max` keep a NaN, their second argument.
        let clamped = l.min(l.splat(HIGH), l.max(l.splat(LOW), x));
        let (_, power) = Self::power(l, clamped);
        l.select(l.gt(x, l.splat(SAME)), x, gated(l, clamped, power, TINY))
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        use core::f64::consts::LOG2_E;
        const CUBIC: f32 = (-F * LOG2_E) as f32;
        const LINEAR: f32 = (-F / CUBE * LOG2_E) as f32;
        /// The size of the 1 that e^(−2u) is added to, as `tools/exp_narrow.py` has it.
        const SIZE: f32 = 119.0 / (1u32 << 23) as f32;
        let size = l.splat(SIZE);
        // Below, y is rounded to −0.
        let low = l.max(l.splat(-10.45), x);
        let z = l.min(l.splat(HIGH), low);
        let slope = l.mul_add(l.mul(z, z), l.splat(CUBIC), l.splat(LINEAR));
        let (t, q) = short_power(l, (z, slope), &GELU_TANH_OF_16_BITS, l.splat(magic(-16)));
        l.mul(low, l.div(size, l.mul_add(t, q, size)))
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        let x = l.min(l.splat(HIGH), l.max(l.splat(LOW), x));
        let (square, power) = Self::power(l, x);
        // 2 x u′ = F · x · (3 x² + D)
        let slope = l.mul_add(square, l.splat((3.0 * F) as f32), l.splat((F / CUBE) as f32));
        l.mul(dy, gated_derivative(l, l.mul(x, slope), power, TINY))
    }
}
