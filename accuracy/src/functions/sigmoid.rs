//! The logistic function.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
use crate::floats::power;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING};

pub const SIGMOID: Function = Function {
    name: "sigmoid",
    activation: Activation::Sigmoid,
    free: Some((simdact::sigmoid, simdact::sigmoid_in_place)),
    oracle: Oracle {
        // Three roundings. Where e⁻ˣ is beyond f64, the result is below 2⁻¹⁰⁰⁰.
        value: |x| 1.0 / (1.0 + core_math::exp(-x)),
        error: 3.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| (1u32 + (-x).exp()).recip(),
        range: (0.0, 1.0),
        ..Oracle::RISES
    },
    // Neighbours that round to neighbours may be the other way round.
    faithful: Promise::ulp(0.85, 2.0, 1),
    fast: Some(Promise::relative(power(-16), power(-15), 0)),
    exact: ExactTier::Same,
    gradient: Gradient {
        value: |y, dy| dy * (y * (1.0 - y)),
        error: 3.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |y, dy| dy * (y.clone() * (1u32 - y)),
        domain: (0.0, 1.0),
        // Three roundings.
        bound: Bound::ulp(2.5),
        ..Gradient::ROUNDED
    },
    // Where it becomes 0, by way of the subnormals, and where 1.
    hard: &[(-105.0, -86.0), (16.0, 18.0)],
    edges: &[
        (0.0, 0.5),
        (-0.0, 0.5),
        (TINY, 0.5),
        (-TINY, 0.5),
        (-105.0, 0.0),
        (f32::MIN, 0.0),
        (-INF, 0.0),
        (18.0, 1.0),
        (f32::MAX, 1.0),
        (INF, 1.0),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    // A subnormal output has a subnormal gradient.
    gradient_edges: &[
        (0.5, 4.0, 1.0),
        (0.0, 3.0, 0.0),
        (1.0, 3.0, 0.0),
        (0.25, 4.0, 0.75),
        (NAN, 1.0, NAN),
        (1e-40, 1.0, 1e-40),
        (TINY, 1.0, TINY),
        (0.5, NAN, NAN),
        (0.5, INF, INF),
    ],
};
