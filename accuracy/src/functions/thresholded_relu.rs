//! ThresholdedReLU.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::Oracle;

const ALPHA: f32 = 0.7;

pub const THRESHOLDED_RELU: Function = Function {
    name: "thresholded_relu",
    activation: Activation::ThresholdedRelu { alpha: ALPHA },
    free: Some((|x, y| simdact::thresholded_relu(x, ALPHA, y), |x| simdact::thresholded_relu_in_place(x, ALPHA))),
    oracle: Oracle {
        value: |x| if x > f64::from(ALPHA) { x } else { 0.0 },
        #[cfg(feature = "mpfr")]
        exact: |x| if x > ALPHA { x } else { exactly(0.0) },
        range: (0.0, INF),
        ..Oracle::RISES
    },
    faithful: Promise::EXACT,
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |x, dy| if x > f64::from(ALPHA) { dy } else { 0.0 },
        #[cfg(feature = "mpfr")]
        exact: |x, dy| if x > ALPHA { dy } else { exactly(0.0) },
        bound: Bound::ulp(0.0),
        ..Gradient::ROUNDED
    },
    hard: &[(0.699, 0.701)],
    edges: &[
        (0.0, 0.0),
        (-0.0, 0.0),
        (TINY, 0.0),
        (-TINY, 0.0),
        (ALPHA, 0.0),
        (ALPHA.next_up(), ALPHA.next_up()),
        (-1.5, 0.0),
        (f32::MAX, f32::MAX),
        (f32::MIN, 0.0),
        (INF, INF),
        (-INF, 0.0),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    // 0 at the jump.
    gradient_edges: &[
        (0.0, 3.0, 0.0),
        (ALPHA, 3.0, 0.0),
        (ALPHA.next_up(), 3.0, 3.0),
        (-1.5, 3.0, 0.0),
        (INF, -3.0, -3.0),
        (-INF, 3.0, 0.0),
        (NAN, 3.0, NAN),
        (0.0, INF, 0.0),
        (0.0, NAN, 0.0),
        (1.0, INF, INF),
        (1.0, NAN, NAN),
    ],
};
