//! Snake.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING};

const ALPHA: f32 = 0.7;
/// Beyond, the gradient is dy.
const LIMIT: f32 = 8_388_000.0 / ALPHA;

/// 2π, and the rest of it.
const TAU: (f64, f64) = (std::f64::consts::TAU, 2.449_293_598_294_706_4e-16);

/// The term of the sum; αx is exact in f64.
fn term(x: f64) -> f64 {
    let sine = core_math::sin(f64::from(ALPHA) * x);
    sine * sine / f64::from(ALPHA)
}

/// 1 + sin(2αx), as 2 sin²(φ/2), where φ is how far 2αx is from the nearest point at which it is 0.
fn derivative(x: f64) -> f64 {
    let angle = 2.0 * f64::from(ALPHA) * x;
    let turns = (angle / TAU.0 + 0.25).round() - 0.25;
    let phi = (-turns).mul_add(TAU.1, (-turns).mul_add(TAU.0, angle));
    2.0 * core_math::sin(phi / 2.0).powi(2)
}

pub const SNAKE: Function = Function {
    name: "snake",
    activation: Activation::Snake { alpha: ALPHA },
    free: Some((|x, y| simdact::snake(x, ALPHA, y), |x| simdact::snake_in_place(x, ALPHA))),
    oracle: Oracle {
        // The term has a relative error of four roundings at most, and is up to 2.7 times as large as the sum.
        value: |x| if x == 0.0 || x.is_infinite() { x } else { x + term(x) },
        error: 12.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| {
            if x.is_zero() || x.is_infinite() { x } else { (x.clone() * ALPHA).sin().square() / ALPHA + x }
        },
        ..Oracle::RISES
    },
    faithful: Promise::ulp(0.7, 0.77, 1),
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |x, dy| dy * derivative(x),
        error: 8.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x, dy| dy * (1u32 + (x * ALPHA * 2u32).sin()),
        terms: Some(|x, dy| dy.abs() * (1.0 + (derivative(x) - 1.0).abs())),
        domain: (-LIMIT, LIMIT),
        bound: Bound::of_terms(3.0),
        portable: Some(Bound::of_terms(3.0)),
    },
    // Where the sum cancels most, around multiples of π, and where it becomes x.
    hard: &[(-1.2, -0.5), (4.4, 4.6), (37_600_000.0, 37_700_000.0), (-37_700_000.0, -37_600_000.0)],
    edges: &[
        (0.0, 0.0),
        (-0.0, -0.0),
        (TINY, TINY),
        (-TINY, -TINY),
        (1e-40, 1e-40),
        (f32::MIN_POSITIVE, f32::MIN_POSITIVE),
        (1e-9, 1e-9),
        (-1e-9, -1e-9),
        (1e9, 1e9),
        (-1e9, -1e9),
        (f32::MAX, f32::MAX),
        (f32::MIN, f32::MIN),
        (INF, INF),
        (-INF, -INF),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    gradient_edges: &[
        (0.0, 3.0, 3.0),
        (-0.0, 3.0, 3.0),
        (TINY, 3.0, 3.0),
        (-TINY, 3.0, 3.0),
        (1e-9, 3.0, 3.0),
        (1e9, 3.0, 3.0),
        (f32::MIN, 3.0, 3.0),
        (INF, 3.0, 3.0),
        (-INF, 3.0, 3.0),
        (0.5, INF, INF),
        (0.5, NAN, NAN),
        (INF, NAN, NAN),
        (NAN, 3.0, NAN),
    ],
};
