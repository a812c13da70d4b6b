//! RReLU, as it is after training.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::gradient::Gradient;
use crate::oracle::Oracle;

/// Those of PyTorch.
const LOWER: f32 = 0.125;
const UPPER: f32 = 1.0 / 3.0;
/// Half the sum of PyTorch's, which are in double precision.
const SLOPE: f32 = ((1.0 / 8.0 + 1.0 / 3.0) / 2.0_f64) as f32;

pub const RRELU: Function = Function {
    name: "rrelu",
    activation: Activation::Rrelu { lower: LOWER, upper: UPPER },
    free: Some((|x, y| simdact::rrelu(x, LOWER, UPPER, y), |x| simdact::rrelu_in_place(x, LOWER, UPPER))),
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
