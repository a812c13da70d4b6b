//! Softplus, and the logarithm of the logistic function, which is −softplus(−x).

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING};

/// PyTorch's defaults.
const BETA: f32 = 1.0;
const THRESHOLD: f32 = 20.0;

pub const SOFTPLUS: Function = Function {
    name: "softplus",
    activation: Activation::Softplus { beta: BETA, threshold: THRESHOLD },
    free: Some((|x, y| simdact::softplus(x, BETA, THRESHOLD, y), |x| simdact::softplus_in_place(x, BETA, THRESHOLD))),
    oracle: Oracle {
        // Two roundings, of which log1p passes on at most the first, and one of the sum. What the threshold leaves out is
        // far below them in f32.
        value: |x| x.max(0.0) + core_math::log1p(core_math::exp(-x.abs())),
        error: 3.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| x.clone().max(&exactly(0.0)) + (-x.abs()).exp().ln_1p(),
        range: (0.0, INF),
        ..Oracle::RISES
    },
    faithful: Promise::ulp(0.94, 1.1, 1),
    fast: None,
    exact: ExactTier::Same,
    gradient: Gradient {
        value: |x, dy| dy / (1.0 + core_math::exp(-x)),
        error: 3.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x, dy| dy / (1u32 + (-x).exp()),
        // Below, it is 0.
        domain: (-104.5, INF),
        bound: Bound::ulp(2.58),
        portable: Some(Bound::ulp(2.58)),
        ..Gradient::ROUNDED
    },
    // Where it becomes 0, by way of the subnormals, where the formula changes, and the threshold.
    hard: &[(-105.0, -86.0), (-1.05, -0.95), (0.95, 1.05), (19.9, 20.1)],
    edges: &[
        (0.0, std::f32::consts::LN_2),
        (-0.0, std::f32::consts::LN_2),
        (TINY, std::f32::consts::LN_2),
        (-105.0, 0.0),
        (f32::MIN, 0.0),
        (-INF, 0.0),
        (30.0, 30.0),
        (f32::MAX, f32::MAX),
        (INF, INF),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    gradient_edges: &[
        (0.0, 3.0, 1.5),
        (-0.0, 3.0, 1.5),
        (-INF, 3.0, 0.0),
        (f32::MIN, 3.0, 0.0),
        (INF, 3.0, 3.0),
        (0.0, INF, INF),
        (0.0, NAN, NAN),
        (NAN, 3.0, NAN),
    ],
};

pub const LOG_SIGMOID: Function = Function {
    name: "log_sigmoid",
    activation: Activation::LogSigmoid,
    free: Some((simdact::log_sigmoid, simdact::log_sigmoid_in_place)),
    oracle: Oracle {
        value: |x| -(core_math::log1p(core_math::exp(-x.abs())) - x.min(0.0)),
        #[cfg(feature = "mpfr")]
        exact: |x| x.clone().min(&exactly(0.0)) - (-x.abs()).exp().ln_1p(),
        range: (-INF, 0.0),
        ..SOFTPLUS.oracle
    },
    gradient: Gradient {
        value: |x, dy| dy / (1.0 + core_math::exp(x)),
        #[cfg(feature = "mpfr")]
        exact: |x, dy| dy / (1u32 + x.exp()),
        // Above, it is 0.
        domain: (-INF, 104.5),
        ..SOFTPLUS.gradient
    },
    hard: &[(86.0, 105.0), (-1.05, -0.95), (0.95, 1.05)],
    edges: &[
        (0.0, -std::f32::consts::LN_2),
        (-0.0, -std::f32::consts::LN_2),
        (105.0, -0.0),
        (f32::MAX, -0.0),
        (INF, -0.0),
        (-30.0, -30.0),
        (f32::MIN, f32::MIN),
        (-INF, -INF),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    gradient_edges: &[
        (0.0, 3.0, 1.5),
        (-0.0, 3.0, 1.5),
        (-INF, 3.0, 3.0),
        (f32::MAX, 3.0, 0.0),
        (INF, 3.0, 0.0),
        (0.0, INF, INF),
        (0.0, NAN, NAN),
        (NAN, 3.0, NAN),
    ],
    ..SOFTPLUS
};
