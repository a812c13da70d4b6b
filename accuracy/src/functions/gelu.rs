//! GELU.

use simdact::Activation;

use super::swish::SILU;
use super::{ALL, Function, Promise};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::{PRECISION, exactly};
use crate::gradient::Gradient;
use crate::oracle::{Course, Oracle, ROUNDING};
#[cfg(feature = "mpfr")]
use rug::{Float, float::Constant};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// Φ(x) and xφ(x), the terms of the derivative, of an x that is not so large that the second would be NaN.
fn terms(x: f64) -> (f64, f64) {
    let x = x.clamp(-50.0, 50.0);
    let half = 0.5 * core_math::erfc(-FRAC_1_SQRT_2 * x);
    (half, x * (FRAC_2_SQRT_PI * FRAC_1_SQRT_2 / 2.0) * core_math::exp(-0.5 * x * x))
}

pub const GELU: Function = Function {
    name: "gelu",
    activation: Activation::Gelu,
    free: Some((simdact::gelu, simdact::gelu_in_place)),
    oracle: Oracle {
        // The argument is rounded twice, which the tail multiplies by x², of 1400 at most.
        value: |x| if x < -38.0 { -0.0 } else { x * (0.5 * core_math::erfc(-FRAC_1_SQRT_2 * x)) },
        error: 2900.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| {
            if x.is_infinite() {
                return if x.is_sign_positive() { x } else { exactly(-0.0) };
            }
            let root = exactly(0.5).sqrt();
            x.clone() * (-x * root).erfc() / 2u32
        },
        range: ALL,
        course: Course::FallsThenRises(-0.751_791_524_693_564_5),
        ..Oracle::RISES
    },
    faithful: Promise::ulp(0.82, 2.0, 2),
    gradient: Gradient {
        value: |x, dy| {
            let (half, bell) = terms(x);
            dy * (half + bell)
        },
        error: 2910.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x, dy| {
            if x.is_infinite() {
                return if x.is_sign_positive() { dy } else { exactly(0.0) };
            }
            let pi = Float::with_val(PRECISION, Constant::Pi);
            let half = (-(x.clone() * exactly(0.5).sqrt())).erfc() / 2u32;
            let bell = (-(x.clone().square() / 2u32)).exp() / (2u32 * pi).sqrt();
            dy * (half + x * bell)
        },
        terms: Some(|x, dy| {
            let (half, bell) = terms(x);
            dy.abs() * (half + bell.abs())
        }),
        domain: ALL,
        bound: Bound::of_terms(4.5),
        portable: Some(Bound::of_terms(5.0)),
    },
    // Where it becomes 0, by way of the subnormals, and where x.
    hard: &[(-14.8, -13.0), (5.0, 6.2)],
    ..SILU
};
