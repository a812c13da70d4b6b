//! ReLU.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::Oracle;

pub const RELU: Function = Function {
    name: "relu",
    activation: Activation::Relu,
    free: Some((simdact::relu, simdact::relu_in_place)),
    oracle: Oracle {
        value: |x| if x > 0.0 { x } else { 0.0 },
        #[cfg(feature = "mpfr")]
        exact: |x| if x > 0.0 { x } else { exactly(0.0) },
        range: (0.0, INF),
        ..Oracle::RISES
    },
    faithful: Promise::EXACT,
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |y, dy| if y > 0.0 { dy } else { 0.0 },
        #[cfg(feature = "mpfr")]
        exact: |y, dy| if y > 0.0 { dy } else { exactly(0.0) },
        domain: (0.0, INF),
        bound: Bound::ulp(0.0),
        ..Gradient::ROUNDED
    },
    hard: &[],
    edges: &[
        (0.0, 0.0),
        (-0.0, 0.0),
        (TINY, TINY),
        (-TINY, 0.0),
        (1.5, 1.5),
        (-1.5, 0.0),
        (f32::MAX, f32::MAX),
        (f32::MIN, 0.0),
        (INF, INF),
        (-INF, 0.0),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    // 0 at the kink.
    gradient_edges: &[
        (0.0, 3.0, 0.0),
        (TINY, 3.0, 3.0),
        (INF, -3.0, -3.0),
        (NAN, 3.0, NAN),
        (0.0, INF, 0.0),
        (0.0, -INF, 0.0),
        (1.0, INF, INF),
        (1.0, NAN, NAN),
    ],
};
