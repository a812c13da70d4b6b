//! Hardswish.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::{Course, Oracle, ROUNDING};

pub const HARDSWISH: Function = Function {
    name: "hardswish",
    activation: Activation::Hardswish,
    free: Some((simdact::hardswish, simdact::hardswish_in_place)),
    oracle: Oracle {
        value: |x| match x {
            _ if x <= -3.0 => -0.0,
            _ if x >= 3.0 => x,
            // Three roundings.
            _ => x * (x + 3.0) / 6.0,
        },
        error: 3.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| match () {
            () if x <= -3.0 => exactly(-0.0),
            () if x >= 3.0 => x,
            () => x.clone() * (x + 3u32) / 6u32,
        },
        range: (-0.375, INF),
        course: Course::FallsThenRises(-1.5),
        ..Oracle::RISES
    },
    faithful: Promise::ulp(0.51, 1.0, 1),
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |x, dy| match x {
            _ if x <= -3.0 => 0.0,
            _ if x >= 3.0 => dy,
            // Three roundings; twice a float and 3 do not cancel but exactly.
            _ => dy * ((2.0 * x + 3.0) / 6.0),
        },
        error: 3.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x, dy| match () {
            () if x <= -3.0 => exactly(0.0),
            () if x >= 3.0 => dy,
            () => dy * (x * 2u32 + 3u32) / 6u32,
        },
        bound: Bound::ulp(2.05),
        ..Gradient::ROUNDED
    },
    hard: &[(-3.001, -2.999), (-1.501, -1.499), (2.999, 3.001)],
    edges: &[
        (0.0, 0.0),
        (-0.0, -0.0),
        (-1.5, -0.375),
        (1.5, 1.125),
        (-3.0, -0.0),
        (-4.0, -0.0),
        (3.0, 3.0),
        (3.0000002, 3.0000002),
        (f32::MAX, f32::MAX),
        (f32::MIN, -0.0),
        (INF, INF),
        (-INF, -0.0),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    // PyTorch's at the kinks.
    gradient_edges: &[
        (0.0, 3.0, 1.5),
        (-0.0, 3.0, 1.5),
        (TINY, 3.0, 1.5),
        (-1.5, 3.0, 0.0),
        (1.5, 3.0, 3.0),
        (-3.0, 3.0, 0.0),
        (3.0, 3.0, 3.0),
        (INF, 3.0, 3.0),
        (-INF, 3.0, 0.0),
        (-4.0, INF, 0.0),
        (4.0, INF, INF),
        (1.0, INF, INF),
        (1.0, NAN, NAN),
        (NAN, 3.0, NAN),
    ],
};
