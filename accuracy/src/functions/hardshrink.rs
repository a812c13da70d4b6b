//! Hardshrink.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::Oracle;

const LAMBDA: f32 = 0.3;

pub const HARDSHRINK: Function = Function {
    name: "hardshrink",
    activation: Activation::Hardshrink { lambda: LAMBDA },
    free: Some((|x, y| simdact::hardshrink(x, LAMBDA, y), |x| simdact::hardshrink_in_place(x, LAMBDA))),
    oracle: Oracle {
        value: |x| if x.abs() > f64::from(LAMBDA) { x } else { 0.0 },
        #[cfg(feature = "mpfr")]
        exact: |x| if x.clone().abs() > LAMBDA { x } else { exactly(0.0) },
        // Zeros are +0: it is not odd to the bit.
        ..Oracle::RISES
    },
    faithful: Promise::EXACT,
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |x, dy| if x.abs() > f64::from(LAMBDA) { dy } else { 0.0 },
        #[cfg(feature = "mpfr")]
        exact: |x, dy| if x.abs() > LAMBDA { dy } else { exactly(0.0) },
        bound: Bound::ulp(0.0),
        ..Gradient::ROUNDED
    },
    hard: &[(-0.301, -0.299), (0.299, 0.301)],
    edges: &[
        (0.0, 0.0),
        (-0.0, 0.0),
        (TINY, 0.0),
        (-TINY, 0.0),
        (LAMBDA, 0.0),
        (-LAMBDA, 0.0),
        (LAMBDA.next_up(), LAMBDA.next_up()),
        (-LAMBDA.next_up(), -LAMBDA.next_up()),
        (f32::MAX, f32::MAX),
        (f32::MIN, f32::MIN),
        (INF, INF),
        (-INF, -INF),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    // 0 at the jumps.
    gradient_edges: &[
        (0.0, 3.0, 0.0),
        (-0.0, 3.0, 0.0),
        (LAMBDA, 3.0, 0.0),
        (-LAMBDA, 3.0, 0.0),
        (LAMBDA.next_up(), 3.0, 3.0),
        (-LAMBDA.next_up(), 3.0, 3.0),
        (-INF, 3.0, 3.0),
        (NAN, 3.0, NAN),
        (0.0, INF, 0.0),
        (0.0, NAN, 0.0),
        (1.0, INF, INF),
        (1.0, NAN, NAN),
    ],
};
