//! SiLU, Swish and QuickGELU: x · σ(βx), and what GELU by tanh has in common with them.

use simdact::Activation;

use super::{ALL, ExactTier, Function, INF, NAN, Promise};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::{Course, Oracle, ROUNDING};
#[cfg(feature = "mpfr")]
use rug::Float;

/// None that makes it simpler.
const BETA: f32 = 0.7;

/// Where x · σ(x) has its minimum.
const TURN: f64 = -1.278_464_542_761_074;

/// x · σ(z), where z is zero or of the same sign: four roundings.
pub(super) fn gated(x: f64, z: f64) -> f64 {
    if z < -750.0 {
        // An infinite x would be multiplied by 0.
        -0.0
    } else if z < 0.0 {
        let e = core_math::exp(z);
        x * e / (1.0 + e)
    } else {
        x / (1.0 + core_math::exp(-z))
    }
}

/// The same.
#[cfg(feature = "mpfr")]
pub(super) fn exactly_gated(x: Float, z: Float) -> Float {
    if x.is_infinite() {
        return if x.is_sign_positive() { x } else { exactly(-0.0) };
    }
    x / (1u32 + (-z).exp())
}

/// σ(z) · (1 + slope · (1 − σ(z))).
pub(super) fn gated_slope(z: f64, slope: f64) -> f64 {
    if z.abs() > 700.0 {
        return if z > 0.0 { 1.0 } else { 0.0 };
    }
    let e = core_math::exp(-z);
    (1.0 + slope * (e / (1.0 + e))) / (1.0 + e)
}

/// The same with MPFR, which has no numbers too large for e⁻ᶻ.
#[cfg(feature = "mpfr")]
pub(super) fn exactly_gated_slope(z: Float, slope: Float) -> Float {
    if z.is_infinite() {
        return exactly(if z.is_sign_positive() { 1.0 } else { 0.0 });
    }
    let e = (-z).exp();
    if e.is_infinite() {
        return exactly(0.0);
    }
    let sum = exactly(1.0) + &e;
    (1u32 + slope * e / &sum) / sum
}

/// The magnitudes of its terms.
pub(super) fn gated_terms(z: f64, slope: f64, dy: f64) -> f64 {
    // 1 − σ keeps its sign, so that this adds both up.
    dy.abs() * gated_slope(z, slope.abs())
}

const EDGES: &[(f32, f32)] = &[
    (0.0, 0.0),
    (-0.0, -0.0),
    (-200.0, -0.0),
    (f32::MIN, -0.0),
    (-INF, -0.0),
    (60.0, 60.0),
    (f32::MAX, f32::MAX),
    (INF, INF),
    (NAN, NAN),
    (-NAN, NAN),
];
const GRADIENT_EDGES: &[(f32, f32, f32)] = &[
    (0.0, 3.0, 1.5),
    (-0.0, 3.0, 1.5),
    (f32::MIN, 3.0, -0.0),
    (-INF, 3.0, -0.0),
    (f32::MAX, 3.0, 3.0),
    (INF, -3.0, -3.0),
    (0.0, INF, INF),
    (0.0, NAN, NAN),
    (NAN, 3.0, NAN),
];

pub const SILU: Function = Function {
    name: "silu",
    activation: Activation::Silu,
    free: Some((simdact::silu, simdact::silu_in_place)),
    oracle: Oracle {
        value: |x| gated(x, x),
        error: 4.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| exactly_gated(x.clone(), x),
        range: (-0.278_465, INF),
        course: Course::FallsThenRises(TURN),
        ..Oracle::RISES
    },
    faithful: Promise::ulp(0.87, 2.1, 2),
    fast: None,
    exact: ExactTier::Same,
    gradient: Gradient {
        value: |x, dy| dy * gated_slope(x, x),
        error: 8.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x, dy| dy * exactly_gated_slope(x.clone(), x),
        terms: Some(|x, dy| gated_terms(x, x, dy)),
        domain: ALL,
        bound: Bound::of_terms(5.5),
        portable: Some(Bound::of_terms(5.5)),
    },
    // Where it becomes 0, by way of the subnormals, and where x.
    hard: &[(-110.0, -86.0), (16.0, 18.0)],
    edges: EDGES,
    gradient_edges: GRADIENT_EDGES,
};

pub const SWISH: Function = Function {
    name: "swish",
    activation: Activation::Swish { beta: BETA },
    free: Some((|x, y| simdact::swish(x, BETA, y), |x| simdact::swish_in_place(x, BETA))),
    oracle: Oracle {
        // The product of two floats is exact in f64.
        value: |x| gated(x, BETA as f64 * x),
        #[cfg(feature = "mpfr")]
        exact: |x| exactly_gated(x.clone(), x * BETA),
        range: ALL,
        course: Course::FallsThenRises(TURN / BETA as f64),
        ..SILU.oracle
    },
    gradient: Gradient {
        value: |x, dy| dy * gated_slope(BETA as f64 * x, BETA as f64 * x),
        #[cfg(feature = "mpfr")]
        exact: |x, dy| dy * exactly_gated_slope(x.clone() * BETA, x * BETA),
        terms: Some(|x, dy| gated_terms(BETA as f64 * x, BETA as f64 * x, dy)),
        ..SILU.gradient
    },
    faithful: Promise::ulp(0.89, 2.1, 2),
    exact: ExactTier::No,
    hard: &[(-155.0, -123.0), (23.0, 26.0)],
    ..SILU
};

pub const QUICK_GELU: Function = Function {
    name: "quick_gelu",
    activation: Activation::QuickGelu,
    free: Some((simdact::quick_gelu, simdact::quick_gelu_in_place)),
    oracle: Oracle {
        // The product is rounded, and so is its factor; the exponential, of 750 at most, multiplies that.
        value: |x| gated(x, 1.702 * x),
        error: 1504.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| exactly_gated(x.clone(), x * quick()),
        range: ALL,
        course: Course::FallsThenRises(TURN / 1.702),
        ..SILU.oracle
    },
    gradient: Gradient {
        value: |x, dy| dy * gated_slope(1.702 * x, 1.702 * x),
        error: 1510.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x, dy| dy * exactly_gated_slope(x.clone() * quick(), x * quick()),
        terms: Some(|x, dy| gated_terms(1.702 * x, 1.702 * x, dy)),
        ..SILU.gradient
    },
    exact: ExactTier::No,
    hard: &[(-64.0, -50.0), (9.5, 10.5)],
    ..SILU
};

/// Its factor.
#[cfg(feature = "mpfr")]
fn quick() -> Float {
    exactly(1702.0) / 1000u32
}
