//! The exponential.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::floats::power;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING};

pub const EXP: Function = Function {
    name: "exp",
    activation: Activation::Exp,
    free: Some((simdact::exp, simdact::exp_in_place)),
    oracle: Oracle {
        value: core_math::exp,
        error: ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| x.exp(),
        range: (0.0, INF),
        ..Oracle::RISES
    },
    // It descends in six places.
    faithful: Promise::ulp(0.82, 0.82, 1),
    fast: Some(Promise::relative(power(-16), power(-15), 0)),
    exact: ExactTier::Same,
    gradient: Gradient {
        value: |y, dy| dy * y,
        #[cfg(feature = "mpfr")]
        exact: |y, dy| dy * y,
        domain: (0.0, INF),
        ..Gradient::ROUNDED
    },
    // Where it becomes 0, by way of the subnormals, and where ∞.
    hard: &[(-105.0, -86.0), (88.0, 89.0)],
    edges: &[
        (0.0, 1.0),
        (-0.0, 1.0),
        (TINY, 1.0),
        (-TINY, 1.0),
        (-103.9, TINY),
        (-104.1, 0.0),
        (f32::MIN, 0.0),
        (-INF, 0.0),
        (88.8, INF),
        (f32::MAX, INF),
        (INF, INF),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    gradient_edges: &[
        (2.0, 3.0, 6.0),
        (0.0, 3.0, 0.0),
        (TINY, 1.0, TINY),
        (INF, -1.0, -INF),
        (0.0, INF, NAN),
        (NAN, 1.0, NAN),
        (1.0, NAN, NAN),
    ],
};
