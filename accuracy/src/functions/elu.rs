//! ELU, and CELU, which is the same with x/α in the exponent.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING};

/// None that makes it simpler.
const ALPHA: f32 = 0.7;
const A: f64 = ALPHA as f64;

pub const ELU: Function = Function {
    name: "elu",
    activation: Activation::Elu { alpha: ALPHA },
    free: Some((|x, y| simdact::elu(x, ALPHA, y), |x| simdact::elu_in_place(x, ALPHA))),
    oracle: Oracle {
        value: |x| if x > 0.0 { x } else { A * core_math::expm1(x) },
        error: 2.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| if x > 0.0 { x } else { x.exp_m1() * A },
        range: (-ALPHA, INF),
        ..Oracle::RISES
    },
    faithful: Promise::ulp(0.93, 2.0, 2),
    fast: None,
    exact: ExactTier::With(
        Activation::Elu { alpha: 1.0 },
        Oracle {
            value: |x| if x > 0.0 { x } else { core_math::expm1(x) },
            error: ROUNDING,
            #[cfg(feature = "mpfr")]
            exact: |x| if x > 0.0 { x } else { x.exp_m1() },
            range: (-1.0, INF),
            ..Oracle::RISES
        },
    ),
    gradient: Gradient {
        value: |y, dy| if y > 0.0 { dy } else { dy * (y + A) },
        error: 2.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |y, dy| if y > 0.0 { dy } else { dy * (y + A) },
        domain: (-ALPHA, INF),
        bound: Bound::ulp(1.5),
        ..Gradient::ROUNDED
    },
    // Where the nearest float becomes −α.
    hard: &[(-18.0, -16.0)],
    edges: &[
        (0.0, 0.0),
        (-0.0, -0.0),
        (TINY, TINY),
        (-20.0, -ALPHA),
        (f32::MIN, -ALPHA),
        (-INF, -ALPHA),
        (1.5, 1.5),
        (f32::MAX, f32::MAX),
        (INF, INF),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    // α at the kink.
    gradient_edges: &[
        (0.0, 1.0, ALPHA),
        (-0.0, 1.0, ALPHA),
        (TINY, 3.0, 3.0),
        (-ALPHA, 3.0, 0.0),
        (INF, 3.0, 3.0),
        (0.0, INF, INF),
        (1.0, NAN, NAN),
        (NAN, 3.0, NAN),
    ],
};

pub const CELU: Function = Function {
    name: "celu",
    activation: Activation::Celu { alpha: ALPHA },
    free: Some((|x, y| simdact::celu(x, ALPHA, y), |x| simdact::celu_in_place(x, ALPHA))),
    oracle: Oracle {
        // The quotient is rounded, which the exponential does not magnify.
        value: |x| if x > 0.0 { x } else { A * core_math::expm1(x / A) },
        error: 3.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| if x > 0.0 { x } else { (x / A).exp_m1() * A },
        ..ELU.oracle
    },
    faithful: Promise::ulp(0.96, 1.6, 1),
    exact: ExactTier::No,
    gradient: Gradient {
        value: |y, dy| if y > 0.0 { dy } else { dy * (y / A + 1.0) },
        error: 4.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |y, dy| if y > 0.0 { dy } else { dy * (y / A + 1u32) },
        // Where both cancel, the rounding of 1/α shows.
        terms: Some(|y, dy| if y > 0.0 { dy.abs() } else { dy.abs() * (y.abs() / A + 1.0) }),
        bound: Bound::of_terms(2.0),
        portable: Some(Bound::of_terms(2.0)),
        ..ELU.gradient
    },
    hard: &[(-12.6, -11.0)],
    gradient_edges: &[
        (0.0, 3.0, 3.0),
        (-0.0, 3.0, 3.0),
        (TINY, 3.0, 3.0),
        (INF, 3.0, 3.0),
        (0.0, INF, INF),
        (1.0, NAN, NAN),
        (NAN, 3.0, NAN),
    ],
    ..ELU
};
