//! ReLU6.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::Oracle;

pub const RELU6: Function = Function {
    name: "relu6",
    activation: Activation::Relu6,
    free: Some((simdact::relu6, simdact::relu6_in_place)),
    oracle: Oracle {
        value: |x| if x > 0.0 { x.min(6.0) } else { 0.0 },
        #[cfg(feature = "mpfr")]
        exact: |x| if x > 0.0 { x.min(&exactly(6.0)) } else { exactly(0.0) },
        range: (0.0, 6.0),
        ..Oracle::RISES
    },
    faithful: Promise::EXACT,
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |y, dy| if y > 0.0 && y < 6.0 { dy } else { 0.0 },
        #[cfg(feature = "mpfr")]
        exact: |y, dy| if y > 0.0 && y < 6.0 { dy } else { exactly(0.0) },
        domain: (0.0, 6.0),
        bound: Bound::ulp(0.0),
        ..Gradient::ROUNDED
    },
    hard: &[(5.999, 6.001)],
    edges: &[
        (0.0, 0.0),
        (-0.0, 0.0),
        (TINY, TINY),
        (-TINY, 0.0),
        (1.5, 1.5),
        (-1.5, 0.0),
        (5.9999995, 5.9999995),
        (6.0, 6.0),
        (6.0000005, 6.0),
        (f32::MAX, 6.0),
        (f32::MIN, 0.0),
        (INF, 6.0),
        (-INF, 0.0),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    // 0 at the kinks.
    gradient_edges: &[
        (0.0, 3.0, 0.0),
        (TINY, 3.0, 3.0),
        (5.9999995, -3.0, -3.0),
        (6.0, 3.0, 0.0),
        (NAN, 3.0, NAN),
        (0.0, INF, 0.0),
        (6.0, -INF, 0.0),
        (0.0, NAN, 0.0),
        (1.0, INF, INF),
        (1.0, NAN, NAN),
    ],
};
