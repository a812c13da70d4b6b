//! Tanhshrink.

use simdact::Activation;

use super::{ALL, ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING, Symmetry};

/// Near 0 by the continued fraction of tanh, x / (1 + x² / d), d = 3 + x² / (5 + …), since the difference would cancel.
fn value(x: f64) -> f64 {
    if x.abs() > 1.0 {
        return x - core_math::tanh(x);
    }
    let square = x * x;
    let d = (1..12).rev().fold(25.0, |d, i| f64::from(2 * i + 1) + square / d);
    x * square / (d + square)
}

pub const TANHSHRINK: Function = Function {
    name: "tanhshrink",
    activation: Activation::Tanhshrink,
    free: Some((simdact::tanhshrink, simdact::tanhshrink_in_place)),
    oracle: Oracle {
        value,
        error: 8.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| if x.is_infinite() { x } else { x.clone() - x.tanh() },
        symmetry: Symmetry::Odd,
        ..Oracle::RISES
    },
    faithful: Promise::ulp(0.92, 3.0, 1),
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |x, dy| {
            let t = core_math::tanh(x);
            dy * t * t
        },
        error: 4.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x, dy| dy * x.tanh().square(),
        terms: Some(|x, dy| dy.abs() * core_math::tanh(x).powi(2)),
        domain: ALL,
        bound: Bound::of_terms(4.5),
        portable: Some(Bound::of_terms(4.5)),
    },
    hard: &[(-9.2, -8.8), (8.8, 9.2)],
    edges: &[
        (0.0, 0.0),
        (-0.0, -0.0),
        (TINY, 0.0),
        (-TINY, -0.0),
        (100.0, 99.0),
        (-100.0, -99.0),
        (f32::MAX, f32::MAX),
        (f32::MIN, f32::MIN),
        (INF, INF),
        (-INF, -INF),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    gradient_edges: &[
        (0.0, 3.0, 0.0),
        (20.0, 3.0, 3.0),
        (-20.0, 3.0, 3.0),
        (INF, 3.0, 3.0),
        (-INF, 3.0, 3.0),
        (20.0, INF, INF),
        (1.0, NAN, NAN),
        (NAN, 3.0, NAN),
    ],
};
