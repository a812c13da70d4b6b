//! Softsign.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING, Symmetry};

pub const SOFTSIGN: Function = Function {
    name: "softsign",
    activation: Activation::Softsign,
    free: Some((simdact::softsign, simdact::softsign_in_place)),
    oracle: Oracle {
        // Two roundings.
        value: |x| if x.is_infinite() { x.signum() } else { x / (1.0 + x.abs()) },
        error: 2.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| if x.is_infinite() { x.signum() } else { x.clone() / (1u32 + x.abs()) },
        range: (-1.0, 1.0),
        symmetry: Symmetry::Odd,
        ..Oracle::RISES
    },
    faithful: Promise::ulp(0.76, 1.5, 2),
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        // Where the square is beyond f64, it is of no float.
        value: |x, dy| dy / (1.0 + x.abs()).powi(2),
        error: 4.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x, dy| dy / (1u32 + x.abs()).square(),
        bound: Bound::ulp(4.4),
        ..Gradient::ROUNDED
    },
    // Around 1, where the larger product is another one, and where it becomes 1.
    hard: &[(0.99, 1.01), (16_700_000.0, 16_900_000.0), (33_500_000.0, 33_600_000.0)],
    edges: &[
        (0.0, 0.0),
        (-0.0, -0.0),
        (TINY, TINY),
        (-TINY, -TINY),
        (1e-40, 1e-40),
        (f32::MIN_POSITIVE, f32::MIN_POSITIVE),
        (1.0, 0.5),
        (-1.0, -0.5),
        (3.0, 0.75),
        (f32::MAX, 1.0),
        (f32::MIN, -1.0),
        (INF, 1.0),
        (-INF, -1.0),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    gradient_edges: &[
        (0.0, 3.0, 3.0),
        (-0.0, 3.0, 3.0),
        (1.0, 3.0, 0.75),
        (-1.0, 3.0, 0.75),
        (3.0, TINY, 0.0),
        (INF, 3.0, 0.0),
        (-INF, -3.0, -0.0),
        (1.0, INF, INF),
        (1.0, NAN, NAN),
        (NAN, 1.0, NAN),
        (INF, INF, NAN),
    ],
};
