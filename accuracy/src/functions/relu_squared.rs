//! The square of ReLU.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::Oracle;

pub const RELU_SQUARED: Function = Function {
    name: "relu_squared",
    activation: Activation::ReluSquared,
    free: Some((simdact::relu_squared, simdact::relu_squared_in_place)),
    oracle: Oracle {
        // The product of two floats is exact in f64.
        value: |x| x.max(0.0) * x.max(0.0),
        #[cfg(feature = "mpfr")]
        exact: |x| if x > 0.0 { x.square() } else { exactly(0.0) },
        range: (0.0, INF),
        ..Oracle::RISES
    },
    faithful: Promise::ROUNDED,
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |x, dy| if x > 0.0 { 2.0 * x * dy } else { 0.0 },
        #[cfg(feature = "mpfr")]
        exact: |x, dy| if x > 0.0 { x * dy * 2u32 } else { exactly(0.0) },
        ..Gradient::ROUNDED
    },
    // Where it overflows.
    hard: &[(1.844e19, 1.845e19)],
    edges: &[
        (0.0, 0.0),
        (-0.0, 0.0),
        (TINY, 0.0),
        (-TINY, 0.0),
        (1.5, 2.25),
        (-1.5, 0.0),
        (1e-19, 1e-38),
        (f32::MAX, INF),
        (f32::MIN, 0.0),
        (INF, INF),
        (-INF, 0.0),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    gradient_edges: &[
        (0.0, 3.0, 0.0),
        (-0.0, 3.0, 0.0),
        (TINY, 0.5, TINY),
        (1.5, 2.0, 6.0),
        (-1.5, -3.0, 0.0),
        // Nothing overflows on the way.
        (f32::MAX, 0.5, f32::MAX),
        (0.5, f32::MAX, f32::MAX),
        (1.0, f32::MAX, INF),
        (INF, 3.0, INF),
        (-INF, 3.0, 0.0),
        (NAN, 3.0, NAN),
        (0.0, INF, 0.0),
        (-1.0, NAN, 0.0),
        (1.0, INF, INF),
        (1.0, NAN, NAN),
    ],
};
