//! x · σ(βx), where σ is the logistic function: SiLU is β = 1, and QuickGELU β = 1.702.
//!
//! Method: the quotient y = 1 / (1 + e⁻ᵝˣ) and what it leaves, r, are those of sigmoid; x·y + x·y·r is the one rounding
//! that counts. The exponential is that of a multiple: no product βx is rounded, whose error the tail would show. All
//! of it is done at 2⁶⁰ times the size, so that nothing is subnormal before the end. SiLU of elements of 16 bits is the
//! plain quotient, of x · 2⁻¹⁶ and 2⁻¹⁶ (1 + e⁻ˣ): see `exp.rs`; and QuickGELU is x times that of 1.

#[cfg(feature = "half")]
use super::exp::{AT_ZERO, short_parts, short_power};
use super::exp::{Multiple, magic};
#[cfg(feature = "half")]
use super::exp_narrow_table::{QUICK_GELU_OF_16_BITS, SILU_OF_16_BITS};
use super::{Activation, Elementwise, Saves, exact, pairs};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::{Fallback, Lanes};
use crate::parallel::Cost;

/// Writes x / (1 + e⁻ˣ) of each element of `x` to `y`: SiLU, S. Elfwing, E. Uchibe, K. Doya, *Sigmoid-Weighted Linear
/// Units for Neural Network Function Approximation in Reinforcement Learning*, 2017.
///
/// Error below 0.87 ULP for all inputs (2.1 ULP on [`Backend::Portable`](crate::Backend::Portable)); it underflows gradually
/// to −0 at −109. silu(±0) = ±0, silu(−∞) = −0, silu(∞) = ∞, silu(NaN) = NaN. As `torch.nn.SiLU`, and Swish of ONNX.
///
/// The gradient ([`Activation::backward`]) is from the input: dy · σ(x) · (1 + x (1 − σ(x))), to within 5.5 · 2⁻²⁴ of
/// (σ(x) + |x σ(x) (1 − σ(x))|) · |dy|, where the derivative is not subnormal; it is 0 at −∞, and dy at ∞.
///
/// In the [exact tier](crate::Accuracy::Exact) every result is correctly rounded.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::silu(&[f32::NEG_INFINITY, -1.0, 2.0], &mut y)?;
/// assert_eq!(y, [-0.0, -0.26894143, 1.7615942]);
/// # Ok(()) }
/// ```
#[inline]
pub fn silu<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Silu.apply(x, y)
}

/// Replaces each element by its SiLU; see [`silu`].
#[inline]
pub fn silu_in_place<T: Element>(x: &mut [T]) {
    Activation::Silu.apply_in_place(x);
}

/// Writes x / (1 + e⁻ᵝˣ) of each element of `x` to `y`: P. Ramachandran, B. Zoph, Q. V. Le, *Searching for Activation
/// Functions*, 2017.
///
/// Error below 0.89 ULP for all inputs (2.1 ULP on [`Backend::Portable`](crate::Backend::Portable)), measured for a `beta` of
/// 0.7; 1 makes it [`silu`] to the bit. ONNX has it, with `alpha` = 1 where none is given; PyTorch does not. With a negative `beta` it is −swish(−x) of the positive one. `beta` = 0 is x/2, and there
/// infinite inputs count as the largest floats. An infinite `beta` counts as the largest float. Below 2⁻²⁹, the tail
/// ends where it is 2⁻¹⁸⁶ · x, or for a `beta` below 2⁻⁶⁰ at 2⁻¹²⁵ · x, and stays there.
///
/// The gradient ([`Activation::backward`]) is from the input: dy · σ(βx) · (1 + βx (1 − σ(βx))), to within 5.5 · 2⁻²⁴ of
/// (σ(βx) + |βx σ(βx) (1 − σ(βx))|) · |dy|, where the derivative is not subnormal.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 2];
/// simdact::swish(&[-1.0, 2.0], 0.5, &mut y)?;
/// assert_eq!(y, [-0.37754068, 1.4621172]);
/// # Ok(()) }
/// ```
#[inline]
pub fn swish<T: Element>(x: &[T], beta: f32, y: &mut [T]) -> Result<(), Error> {
    Activation::Swish { beta }.apply(x, y)
}

/// Replaces each element by its Swish; see [`swish`].
#[inline]
pub fn swish_in_place<T: Element>(x: &mut [T], beta: f32) {
    Activation::Swish { beta }.apply_in_place(x);
}

/// Writes x / (1 + e^(−1.702 x)) of each element of `x` to `y`: the sigmoid approximation of GELU by D. Hendrycks and
/// K. Gimpel, *Gaussian Error Linear Units*, 2016.
///
/// Error below 0.87 ULP for all inputs (2.1 ULP on [`Backend::Portable`](crate::Backend::Portable)); it underflows gradually
/// to −0 at −63, and infinities and zeros are those of [`silu`]. The factor is the decimal 1.702, not the nearest float, as
/// which PyTorch's `x * torch.sigmoid(1.702 * x)` takes it: in the tail that makes up to 19 ULP.
///
/// The gradient ([`Activation::backward`]) is from the input: dy · σ(z) · (1 + z (1 − σ(z))) with z = 1.702 x, to within
/// 5.5 · 2⁻²⁴ of (σ(z) + |z σ(z) (1 − σ(z))|) · |dy|, where the derivative is not subnormal.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 2];
/// simdact::quick_gelu(&[-1.0, 2.0], &mut y)?;
/// assert_eq!(y, [-0.15420423, 1.9356586]);
/// # Ok(()) }
/// ```
#[inline]
pub fn quick_gelu<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::QuickGelu.apply(x, y)
}

/// Replaces each element by its QuickGELU; see [`quick_gelu`].
#[inline]
pub fn quick_gelu_in_place<T: Element>(x: &mut [T]) {
    Activation::QuickGelu.apply_in_place(x);
}

/// The power of two by which results are too large until the end.
pub(super) const SIZE: i32 = 60;
pub(super) const TINY: f32 = 1.0 / (1u64 << SIZE) as f32;
/// The product with an x of 16 bits is exact, also where it is subnormal.
#[cfg(feature = "half")]
const TINY_OF_16_BITS: f32 = 1.0 / (1u32 << 16) as f32;
/// σ is 0 below −LOW, where it is multiplied by no more than 2³⁷.
const LOW: f64 = 129.0;
/// σ and its gradient are 1 above.
const HIGH: f64 = 30.0;
/// x · σ is x above.
const SAME: f64 = 17.4;

/// x · σ(z), where e⁻ᶻ is t · (1 + p) / `tiny`. x is finite, and both of the same sign.
#[inline(always)]
pub(super) fn gated<L: Lanes>(l: L, x: L::F32, (t, p): (L::F32, L::F32), tiny: f32) -> L::F32 {
    let (one, tiny) = (l.splat(1.0), l.splat(tiny));
    let h = l.mul(t, p);
    let y = l.div(one, l.add(l.add(t, h), tiny));
    // The larger of the first two first: their differences are then almost exact.
    let r = l.neg_mul_add(y, l.max(t, tiny), one);
    let r = l.neg_mul_add(y, l.min(t, tiny), r);
    let r = l.neg_mul_add(y, h, r);
    let small = l.mul(l.mul(x, y), r);
    l.mul(l.mul_add(x, y, small), tiny)
}

/// The derivative σ(z) · (1 + slope · (1 − σ(z))), where slope is x times that of z.
#[inline(always)]
pub(super) fn gated_derivative<L: Lanes>(l: L, slope: L::F32, (t, p): (L::F32, L::F32), tiny: f32) -> L::F32 {
    let (one, tiny) = (l.splat(1.0), l.splat(tiny));
    let e = l.mul_add(t, p, t);
    let y = l.div(one, l.add(e, tiny));
    // 1 − σ is e⁻ᶻ · σ: no cancellation.
    let factor = l.mul_add(slope, l.mul(e, y), one);
    l.mul(l.mul(factor, y), tiny)
}

/// x · σ(βx) for one β.
#[derive(Debug, Clone, Copy)]
struct Gate {
    /// Of −β: `multiple` is for β / `scale`.
    multiple: Multiple,
    slope: f32,
    same: f32,
    /// x is clamped to these; beyond them, a result is x or 0.
    low: f32,
    high: f32,
    magic: f32,
    tiny: f32,
}

impl Gate {
    /// For a β of 2⁻²⁰ to 2²⁰.
    const fn new(beta: f64) -> Gate {
        Gate {
            multiple: Multiple::new(-beta),
            slope: beta as f32,
            same: (SAME / beta) as f32,
            low: (-LOW / beta) as f32,
            high: (HIGH / beta) as f32,
            magic: magic(-SIZE),
            tiny: TINY,
        }
    }

    #[inline(always)]
    fn clamp<L: Lanes>(&self, l: L, x: L::F32) -> L::F32 {
        // `min` and `max` keep a NaN, their second argument.
        l.min(l.splat(self.high), l.max(l.splat(self.low), x))
    }

    /// `scaled` is `clamped`, multiplied by what β has been divided by.
    #[inline(always)]
    fn forward<L: Lanes>(&self, l: L, x: L::F32, clamped: L::F32, scaled: L::F32) -> L::F32 {
        let y = gated(l, clamped, self.multiple.parts(l, scaled, None, self.magic), self.tiny);
        l.select(l.gt(scaled, l.splat(self.same)), x, y)
    }

    #[inline(always)]
    fn derivative<L: Lanes>(&self, l: L, scaled: L::F32) -> L::F32 {
        let slope = l.mul(scaled, l.splat(self.slope));
        gated_derivative(l, slope, self.multiple.parts(l, scaled, None, self.magic), self.tiny)
    }
}

const SILU: Gate = Gate::new(1.0);
const QUICK_GELU: Gate = Gate::new(1.702);

macro_rules! fixed {
    ($(#[$doc:meta])* $name:ident, $gate:ident $(, { $($exact:tt)* })?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl Elementwise for $name {
            const COST: Cost = Cost::Arithmetic;
            const SAVES: Saves = Saves::Input;
            const BACKWARD_COST: Cost = Cost::Arithmetic;

            #[inline(always)]
            fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
                let clamped = $gate.clamp(l, x);
                $gate.forward(l, x, clamped, clamped)
            }

            #[inline(always)]
            fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
                l.mul(dy, $gate.derivative(l, $gate.clamp(l, x)))
            }

            $($($exact)*)?
        }
    };
}

fixed!(
    /// [`silu`] on [`registers`](crate::registers).
    Silu, SILU, {
    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        // Below, y is rounded to −0.
        let low = l.max(l.splat(-99.5), x);
        let z = l.min(l.splat(30.0), low);
        let (t, p) = short_parts::<L, true>(l, z, &SILU_OF_16_BITS, l.splat(magic(-16)));
        let tiny = l.splat(TINY_OF_16_BITS);
        l.div(l.mul(low, tiny), l.add(l.mul_add(t, p, t), tiny))
    }

    const EXACT: bool = true;
    const EXACT_SIDE: usize = 3;
    #[inline(always)]
    fn exact<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        pairs::silu(l, x, self)
    }
});
fixed!(
    /// [`quick_gelu`] on [`registers`](crate::registers).
    QuickGelu, QUICK_GELU, {
    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        const LOG2: f32 = (-1.702 * core::f64::consts::LOG2_E) as f32;
        let tiny = l.splat(TINY_OF_16_BITS);
        // Below, y is rounded to −0.
        let low = l.max(l.splat(-57.0), x);
        let z = (l.min(l.splat(18.0), low), l.splat(LOG2));
        let (t, q) = short_power(l, z, &QUICK_GELU_OF_16_BITS, l.splat(magic(-16) + AT_ZERO));
        l.mul(low, l.div(tiny, l.mul_add(t, q, tiny)))
    }
});

/// Correctly rounded, by way of f64.
impl Fallback for Silu {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        // Below, y is −0.
        let low = l.max(l.splat(-150.0), x);
        let numerator = l.add_f64(l.widen(low), l.splat_f64(exact::SLIGHT));
        let y = l.div_f64(numerator, exact::one_more(l, l.min(l.splat(105.0), low)));
        l.with_sign(l.narrow(y), x)
    }
}

/// [`swish`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Swish {
    gate: Gate,
    /// The power of two, with β's sign, that β is divided by, so that powers of the rest are floats.
    scale: f32,
}

impl Swish {
    /// With this β.
    pub fn new(beta: f32) -> Self {
        // The sum turns −0 into 0.
        let beta = beta.clamp(-f32::MAX, f32::MAX) + 0.0;
        let exponent = (f64::from(beta).to_bits() >> 52 & 0x7ff) as i32 - 1023;
        // Within ±20, 1 will do; and it does for 0.
        let exponent = if beta == 0.0 || exponent.abs() <= 20 { 0 } else { exponent };
        let power = f64::from_bits(((exponent + 1023) as u64) << 52);
        let scale = power.copysign(f64::from(beta));
        let mut gate = Gate::new(f64::from(beta) / scale);
        // x is up to 30/β: for a very small β, x · σ has no room to be larger.
        let size = if beta == 0.0 || exponent < -SIZE { 0 } else { SIZE };
        gate.magic = magic(-size);
        gate.tiny = f32::from_bits(((127 - size) as u32) << 23);
        let low = LOW.min((f64::from(size) + 126.0) * core::f64::consts::LN_2);
        let ends = [-low, HIGH].map(|end| (end / f64::from(beta)) as f32);
        let (low, high) = if beta < 0.0 { (ends[1], ends[0]) } else { (ends[0], ends[1]) };
        gate.low = low.max(-f32::MAX);
        gate.high = high.min(f32::MAX);
        Swish { gate, scale: scale as f32 }
    }
}

impl Elementwise for Swish {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Input;
    const BACKWARD_COST: Cost = Cost::Arithmetic;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let clamped = self.gate.clamp(l, x);
        self.gate.forward(l, x, clamped, l.mul(clamped, l.splat(self.scale)))
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, x: L::F32, dy: L::F32) -> L::F32 {
        let scaled = l.mul(self.gate.clamp(l, x), l.splat(self.scale));
        l.mul(dy, self.gate.derivative(l, scaled))
    }
}
