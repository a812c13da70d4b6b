//! The error function.

use simdact::Activation;

use super::{ALL, ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::PRECISION;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING, Symmetry};
#[cfg(feature = "mpfr")]
use rug::{Float, float::Constant};

/// The derivative: the square of a float is exact.
fn slope(x: f64) -> f64 {
    std::f64::consts::FRAC_2_SQRT_PI * core_math::exp(-x * x)
}

pub const ERF: Function = Function {
    name: "erf",
    activation: Activation::Erf,
    free: Some((simdact::erf, simdact::erf_in_place)),
    oracle: Oracle {
        value: core_math::erf,
        error: ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| x.erf(),
        range: (-1.0, 1.0),
        symmetry: Symmetry::Odd,
        ..Oracle::RISES
    },
    faithful: Promise::ulp(0.85, 1.2, 1),
    fast: None,
    exact: ExactTier::Same,
    gradient: Gradient {
        value: |x, dy| dy * slope(x),
        error: 4.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x, dy| {
            let pi = Float::with_val(PRECISION, Constant::Pi);
            dy * 2u32 / pi.sqrt() * (-x.square()).exp()
        },
        terms: Some(|x, dy| dy.abs() * slope(x)),
        domain: ALL,
        bound: Bound::of_terms(4.0),
        portable: Some(Bound::of_terms(4.0)),
    },
    // Where the nearest float becomes ±1.
    hard: &[(-4.0, -3.8), (3.8, 4.0)],
    edges: &[
        (0.0, 0.0),
        (-0.0, -0.0),
        (TINY, TINY),
        (-TINY, -TINY),
        (4.0, 1.0),
        (-4.0, -1.0),
        (f32::MAX, 1.0),
        (f32::MIN, -1.0),
        (INF, 1.0),
        (-INF, -1.0),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    gradient_edges: &[
        (0.0, 1.0, std::f32::consts::FRAC_2_SQRT_PI),
        (f32::MAX, 3.0, 0.0),
        (INF, 3.0, 0.0),
        (-INF, 3.0, 0.0),
        (0.0, INF, INF),
        (0.0, NAN, NAN),
        (NAN, 3.0, NAN),
    ],
};
