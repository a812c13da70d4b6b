//! SELU: λ · x where x > 0, else λ · α · (eˣ − 1). See `expm1.rs` for the method, and for that of elements of 16 bits.

use super::expm1::{LIMIT, expm1_parts};
#[cfg(feature = "half")]
use super::intervals::{index, polynomial};
#[cfg(feature = "half")]
use super::selu_narrow_table::{N0, N1, N2, N3, N4, NARROW_LIMIT, NARROW_SCALE};
use super::{Activation, Elementwise, Saves, exact, loaded};
use crate::element::Element;
use crate::error::Error;
use crate::lanes::{Fallback, Lanes};
use crate::parallel::Cost;

/// Writes λ · x where x > 0, else λ · α · (eˣ − 1), of each element of `x` to `y`, with the paper's constants
/// α = 1.6732632423543772… and λ = 1.0507009873554805….
///
/// Error below 0.93 ULP for all inputs (2 ULP on [`Backend::Portable`](crate::Backend::Portable)), with regard to the
/// constants in full, which are not floats; selu(±0) = ±0, selu(−∞) = −1.7580993, selu(NaN) = NaN. PyTorch has the same
/// constants, ONNX takes the floats nearest to them. The gradient ([`Activation::backward`], from the output) is λ · dy
/// where y > 0, else dy · (y + λα), to 1.5 ULP with λα rounded to a float, so that it is 0 at −∞: λα · dy at the kink, as
/// in PyTorch. G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, *Self-Normalizing Neural Networks*, 2017.
///
/// As with [`elu`](crate::elu), the output tells the gradient only to within 2⁻²⁴ where x is far below 0.
///
/// In the [exact tier](crate::Accuracy::Exact) every result is correctly rounded.
///
/// # Errors
/// [`Error::Length`] unless both have the same length.
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::selu(&[f32::NEG_INFINITY, -1.0, 1.0], &mut y)?;
/// assert_eq!(y, [-1.7580993, -1.1113307, 1.050701]);
/// # Ok(()) }
/// ```
#[inline]
pub fn selu<T: Element>(x: &[T], y: &mut [T]) -> Result<(), Error> {
    Activation::Selu.apply(x, y)
}

/// Replaces each element by λ · x where x > 0, else λ · α · (eˣ − 1); see [`selu`].
#[inline]
pub fn selu_in_place<T: Element>(x: &mut [T]) {
    Activation::Selu.apply_in_place(x);
}

const SCALE: f64 = 1.050_700_987_355_480_5;
const ALPHA: f64 = 1.673_263_242_354_377_2;
/// λ − 1, so that x + x (λ − 1) is rounded once.
const MORE: f32 = (SCALE - 1.0) as f32;
/// λα, as a float and the rest.
const NEGATIVE: (f32, f32) = ((SCALE * ALPHA) as f32, (SCALE * ALPHA - (SCALE * ALPHA) as f32 as f64) as f32);

/// [`selu`] on [`registers`](crate::registers).
#[derive(Debug, Clone, Copy)]
pub struct Selu;

impl Elementwise for Selu {
    const COST: Cost = Cost::Arithmetic;
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let (high, low) = NEGATIVE;
        let (_, base, rest) = expm1_parts(l, l.max(l.splat(LIMIT), x), None, l.splat(high));
        let below = l.mul_add(l.splat(high), base, l.mul_add(l.splat(low), base, rest));
        l.select(l.gt(l.splat(0.0), x), below, l.mul_add(x, l.splat(MORE), x))
    }

    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        let b = l.max(l.splat(NARROW_LIMIT), x);
        let g = polynomial(l, b, index(l, b, NARROW_SCALE), [&N0, &N1, &N2, &N3, &N4]);
        l.select(l.gt(l.splat(0.0), x), l.mul(b, g), l.mul_add(x, l.splat(MORE), x))
    }

    const EXACT: bool = true;
    #[inline(always)]
    fn exact<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        loaded::selu(l, x, [SCALE, SCALE * ALPHA], self)
    }

    #[inline(always)]
    fn backward<L: Lanes>(self, l: L, y: L::F32, dy: L::F32) -> L::F32 {
        let above = l.mul_add(dy, l.splat(MORE), dy);
        l.select(l.gt(y, l.splat(0.0)), above, l.mul(dy, l.add(y, l.splat(NEGATIVE.0))))
    }
}

/// Correctly rounded, by way of f64.
impl Fallback for Selu {
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        let below = l.mul_f64(exact::exp_m1_below(l, x), l.splat_f64(SCALE * ALPHA));
        let above = l.mul_f64(l.widen(x), l.splat_f64(SCALE));
        l.select(l.gt(l.splat(0.0), x), l.narrow(below), l.narrow(above))
    }
}
