//! HardSigmoid of ONNX.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING};

/// Those of ONNX.
const ALPHA: f32 = 0.2;
const BETA: f32 = 0.5;

pub const HARD_SIGMOID: Function = Function {
    name: "hard_sigmoid",
    activation: Activation::HardSigmoid { alpha: ALPHA, beta: BETA },
    free: Some((|x, y| simdact::hard_sigmoid(x, ALPHA, BETA, y), |x| simdact::hard_sigmoid_in_place(x, ALPHA, BETA))),
    oracle: Oracle {
        // The product of two floats is exact in f64.
        value: |x| (f64::from(ALPHA) * x + f64::from(BETA)).clamp(0.0, 1.0),
        error: ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| (x * ALPHA + BETA).clamp(&0.0, &1.0),
        range: (0.0, 1.0),
        ..Oracle::RISES
    },
    faithful: Promise { portable: Some(Bound::ulp(0.51)), ..Promise::ROUNDED },
    fast: None,
    exact: ExactTier::No,
    gradient: Gradient {
        value: |y, dy| if y > 0.0 && y < 1.0 { f64::from(ALPHA) * dy } else { 0.0 },
        #[cfg(feature = "mpfr")]
        exact: |y, dy| if y > 0.0 && y < 1.0 { dy * ALPHA } else { exactly(0.0) },
        domain: (0.0, 1.0),
        ..Gradient::ROUNDED
    },
    // Where it leaves 0, and where it reaches 1.
    hard: &[(-2.501, -2.499), (2.499, 2.501)],
    edges: &[
        (0.0, BETA),
        (-0.0, BETA),
        (TINY, BETA),
        (-TINY, BETA),
        (-3.0, 0.0),
        (2.5, 1.0),
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
        (TINY, 1.0, ALPHA),
        (1.0, 3.0, 0.0),
        (0.99999994, -1.0, -ALPHA),
        (0.5, 2.0, 2.0 * ALPHA),
        (NAN, 3.0, NAN),
        (0.0, INF, 0.0),
        (1.0, -INF, 0.0),
        (0.5, INF, INF),
        (0.5, NAN, NAN),
    ],
};
