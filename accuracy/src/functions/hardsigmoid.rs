//! Hardsigmoid of PyTorch.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING};

pub const HARDSIGMOID: Function = Function {
    name: "hardsigmoid",
    activation: Activation::Hardsigmoid,
    free: Some((simdact::hardsigmoid, simdact::hardsigmoid_in_place)),
    oracle: Oracle {
        // Two roundings.
        value: |x| (x + 3.0).clamp(0.0, 6.0) / 6.0,
        error: 2.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| (x + 3u32).clamp(&0.0, &6.0) / 6u32,
        range: (0.0, 1.0),
        ..Oracle::RISES
    },
    faithful: Promise { portable: Some(Bound::ulp(1.0)), descends: 1, ..Promise::ROUNDED },
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |y, dy| if y > 0.0 && y < 1.0 { dy / 6.0 } else { 0.0 },
        error: ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |y, dy| if y > 0.0 && y < 1.0 { dy / 6u32 } else { exactly(0.0) },
        domain: (0.0, 1.0),
        ..Gradient::ROUNDED
    },
    // Where it leaves 0, and where it reaches 1.
    hard: &[(-3.001, -2.999), (2.999, 3.001)],
    edges: &[
        (0.0, 0.5),
        (-0.0, 0.5),
        (TINY, 0.5),
        (-TINY, 0.5),
        (-3.0, 0.0),
        // Inside of ±3 it is neither 0 nor 1.
        (-2.9999998, 3.973643e-8),
        (2.9999998, 0.99999994),
        (3.0, 1.0),
        (f32::MAX, 1.0),
        (f32::MIN, 0.0),
        (INF, 1.0),
        (-INF, 0.0),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    // 0 at the kinks.
    gradient_edges: &[
        (0.0, 3.0, 0.0),
        (3.973643e-8, 3.0, 0.5),
        (0.5, 3.0, 0.5),
        (0.99999994, -3.0, -0.5),
        (1.0, 3.0, 0.0),
        (NAN, 3.0, NAN),
        (0.0, INF, 0.0),
        (1.0, -INF, 0.0),
        (0.5, INF, INF),
        (0.5, NAN, NAN),
    ],
};
