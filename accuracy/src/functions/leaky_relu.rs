//! LeakyReLU.

use simdact::Activation;

use super::{ALL, ExactTier, Function, INF, NAN, Promise, TINY};
use crate::gradient::Gradient;
use crate::oracle::Oracle;

/// That of PyTorch and ONNX.
const SLOPE: f32 = 0.01;

pub const LEAKY_RELU: Function = Function {
    name: "leaky_relu",
    activation: Activation::LeakyRelu { slope: SLOPE },
    free: Some((|x, y| simdact::leaky_relu(x, SLOPE, y), |x| simdact::leaky_relu_in_place(x, SLOPE))),
    oracle: Oracle {
        // The product of two floats is exact in f64.
        value: |x| if x > 0.0 { x } else { SLOPE as f64 * x },
        #[cfg(feature = "mpfr")]
        exact: |x| if x > 0.0 { x } else { x * SLOPE },
        ..Oracle::RISES
    },
    faithful: Promise::ROUNDED,
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |y, dy| if y > 0.0 { dy } else { SLOPE as f64 * dy },
        #[cfg(feature = "mpfr")]
        exact: |y, dy| if y > 0.0 { dy } else { dy * SLOPE },
        domain: ALL,
        ..Gradient::ROUNDED
    },
    hard: &[],
    edges: &[
        (0.0, 0.0),
        (-0.0, -0.0),
        (TINY, TINY),
        (-TINY, -0.0),
        (1.5, 1.5),
        (-1.0, -SLOPE),
        (f32::MAX, f32::MAX),
        (INF, INF),
        (-INF, -INF),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    // The slope at the kink, whichever zero it is.
    gradient_edges: &[
        (0.0, 1.0, SLOPE),
        (-0.0, 1.0, SLOPE),
        (TINY, 3.0, 3.0),
        (-TINY, 1.0, SLOPE),
        (-1.0, INF, INF),
        (1.0, NAN, NAN),
        (-1.0, NAN, NAN),
        (NAN, 3.0, NAN),
        (INF, 3.0, 3.0),
        (-INF, 1.0, SLOPE),
    ],
};
