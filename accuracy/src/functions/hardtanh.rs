//! Hardtanh.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::Oracle;

const MIN: f32 = -0.7;
const MAX: f32 = 2.3;

fn inside(y: f64) -> bool {
    y > f64::from(MIN) && y < f64::from(MAX)
}

pub const HARDTANH: Function = Function {
    name: "hardtanh",
    activation: Activation::Hardtanh { min: MIN, max: MAX },
    free: Some((|x, y| simdact::hardtanh(x, MIN, MAX, y), |x| simdact::hardtanh_in_place(x, MIN, MAX))),
    oracle: Oracle {
        value: |x| x.clamp(f64::from(MIN), f64::from(MAX)),
        #[cfg(feature = "mpfr")]
        exact: |x| x.clamp(&MIN, &MAX),
        range: (MIN, MAX),
        ..Oracle::RISES
    },
    faithful: Promise::EXACT,
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |y, dy| if inside(y) { dy } else { 0.0 },
        #[cfg(feature = "mpfr")]
        exact: |y, dy| if inside(y.to_f64()) { dy } else { exactly(0.0) },
        domain: (MIN, MAX),
        bound: Bound::ulp(0.0),
        ..Gradient::ROUNDED
    },
    hard: &[(-0.701, -0.699), (2.299, 2.301)],
    edges: &[
        (0.0, 0.0),
        (-0.0, -0.0),
        (TINY, TINY),
        (-TINY, -TINY),
        (MIN, MIN),
        (MIN.next_up(), MIN.next_up()),
        (MIN.next_down(), MIN),
        (MAX, MAX),
        (MAX.next_up(), MAX),
        (MAX.next_down(), MAX.next_down()),
        (f32::MAX, MAX),
        (f32::MIN, MIN),
        (INF, MAX),
        (-INF, MIN),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    // 0 at the kinks.
    gradient_edges: &[
        (0.0, 3.0, 3.0),
        (-0.0, 3.0, 3.0),
        (MIN, 3.0, 0.0),
        (MIN.next_up(), 3.0, 3.0),
        (MAX, 3.0, 0.0),
        (MAX.next_down(), -3.0, -3.0),
        (NAN, 3.0, NAN),
        (MAX, INF, 0.0),
        (MIN, -INF, 0.0),
        (MIN, NAN, 0.0),
        (1.0, INF, INF),
        (1.0, NAN, NAN),
    ],
};
