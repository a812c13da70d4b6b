//! Softshrink.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING};

const LAMBDA: f32 = 0.3;

pub const SOFTSHRINK: Function = Function {
    name: "softshrink",
    activation: Activation::Softshrink { lambda: LAMBDA },
    free: Some((|x, y| simdact::softshrink(x, LAMBDA, y), |x| simdact::softshrink_in_place(x, LAMBDA))),
    oracle: Oracle {
        value: |x| x - x.clamp(-f64::from(LAMBDA), f64::from(LAMBDA)),
        error: ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| x.clone() - x.clamp(&-LAMBDA, &LAMBDA),
        // Zeros are +0: it is not odd to the bit.
        ..Oracle::RISES
    },
    faithful: Promise::ROUNDED,
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |y, dy| if y == 0.0 { 0.0 } else { dy },
        #[cfg(feature = "mpfr")]
        exact: |y, dy| if y == 0.0 { exactly(0.0) } else { dy },
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
        (LAMBDA.next_up(), LAMBDA.next_up() - LAMBDA),
        (-LAMBDA.next_up(), LAMBDA - LAMBDA.next_up()),
        (1.0, 1.0 - LAMBDA),
        (-1.0, LAMBDA - 1.0),
        (f32::MAX, f32::MAX),
        (f32::MIN, f32::MIN),
        (INF, INF),
        (-INF, -INF),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    // 0 at the kinks.
    gradient_edges: &[
        (0.0, 3.0, 0.0),
        (-0.0, 3.0, 0.0),
        (TINY, 3.0, 3.0),
        (-TINY, 3.0, 3.0),
        (INF, 3.0, 3.0),
        (-INF, 3.0, 3.0),
        (NAN, 3.0, NAN),
        (0.0, INF, 0.0),
        (0.0, NAN, 0.0),
        (1.0, INF, INF),
        (1.0, NAN, NAN),
    ],
};
