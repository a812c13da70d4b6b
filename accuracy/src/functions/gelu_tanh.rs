//! GELU by tanh.

use simdact::Activation;

use super::swish::{SILU, gated, gated_slope, gated_terms};
#[cfg(feature = "mpfr")]
use super::swish::{exactly_gated, exactly_gated_slope};
use super::{ALL, ExactTier, Function, Promise};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::{PRECISION, exactly};
use crate::gradient::Gradient;
use crate::oracle::{Course, Oracle, ROUNDING};
#[cfg(feature = "mpfr")]
use rug::{Float, float::Constant};

/// 2 √(2/π)
const TWICE: f64 = 2.0 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;

/// 2u and 2xu′, of an x that is not so large that they are infinite.
fn arguments(x: f64) -> (f64, f64) {
    let x = x.clamp(-50.0, 50.0);
    let square = 0.044715 * (x * x);
    (TWICE * x * (1.0 + square), TWICE * x * (1.0 + 3.0 * square))
}

/// 2 √(2/π), and 0.044715.
#[cfg(feature = "mpfr")]
fn constants() -> (Float, Float) {
    let pi = Float::with_val(PRECISION, Constant::Pi);
    (2u32 * (2u32 / pi).sqrt(), exactly(44715.0) / 1_000_000u32)
}

pub const GELU_TANH: Function = Function {
    name: "gelu_tanh",
    activation: Activation::GeluTanh,
    free: Some((simdact::gelu_tanh, simdact::gelu_tanh_in_place)),
    oracle: Oracle {
        // The argument is rounded five times, which the exponential, of 750 at most, multiplies.
        value: |x| gated(x, TWICE * x * (1.0 + 0.044715 * (x * x))),
        error: 6000.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| {
            let (factor, cube) = constants();
            let z = factor * &x * (1u32 + cube * x.clone().square());
            exactly_gated(x, z)
        },
        range: ALL,
        course: Course::FallsThenRises(-0.752_461_4),
        ..Oracle::RISES
    },
    gradient: Gradient {
        value: |x, dy| {
            let (z, slope) = arguments(x);
            dy * gated_slope(z, slope)
        },
        error: 6000.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x, dy| {
            let (factor, cube) = constants();
            let square = cube * x.clone().square();
            let z = factor.clone() * &x * (1u32 + square.clone());
            dy * exactly_gated_slope(z, factor * x * (1u32 + 3u32 * square))
        },
        terms: Some(|x, dy| {
            let (z, slope) = arguments(x);
            gated_terms(z, slope, dy)
        }),
        domain: ALL,
        bound: Bound::of_terms(6.5),
        portable: Some(Bound::of_terms(7.0)),
    },
    faithful: Promise::ulp(0.87, 2.3, 2),
    exact: ExactTier::No,
    hard: &[(-10.8, -9.5), (4.5, 6.2)],
    ..SILU
};
