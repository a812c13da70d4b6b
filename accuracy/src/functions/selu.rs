//! SELU.

use simdact::Activation;

use super::elu::ELU;
use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING};
#[cfg(feature = "mpfr")]
use rug::Float;

/// λ and α, as its authors give them.
#[cfg(feature = "mpfr")]
const CONSTANTS: [&str; 2] = ["1.0507009873554804934193349852946", "1.6732632423543772848170429916717"];
/// λ and λα rounded.
const SCALE: f64 = 1.050_700_987_355_480_5;
const SCALE_ALPHA: f64 = 1.758_099_340_847_376_6;
/// What the gradient takes for λα.
const LIMIT: f32 = SCALE_ALPHA as f32;

/// λ, or α.
#[cfg(feature = "mpfr")]
fn constant(which: usize) -> Float {
    Float::with_val(crate::exact::PRECISION, Float::parse(CONSTANTS[which]).expect("digits"))
}

pub const SELU: Function = Function {
    name: "selu",
    activation: Activation::Selu,
    free: Some((simdact::selu, simdact::selu_in_place)),
    oracle: Oracle {
        // That of the constant, of expm1, and of the product.
        value: |x| if x > 0.0 { SCALE * x } else { SCALE_ALPHA * core_math::expm1(x) },
        error: 3.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| if x > 0.0 { constant(0) * x } else { constant(0) * constant(1) * x.exp_m1() },
        range: (-LIMIT, INF),
        ..Oracle::RISES
    },
    faithful: Promise::ulp(0.93, 2.0, 2),
    exact: ExactTier::Same,
    gradient: Gradient {
        value: |y, dy| if y > 0.0 { SCALE * dy } else { dy * (y + LIMIT as f64) },
        error: 2.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |y, dy| if y > 0.0 { constant(0) * dy } else { dy * (y + LIMIT) },
        domain: (-LIMIT, INF),
        portable: Some(Bound::ulp(1.5)),
        ..ELU.gradient
    },
    hard: &[(-19.0, -16.0)],
    edges: &[
        (0.0, 0.0),
        (-0.0, -0.0),
        (TINY, TINY),
        (-20.0, -LIMIT),
        (-INF, -LIMIT),
        (1.0, SCALE as f32),
        (INF, INF),
        (NAN, NAN),
        (-NAN, NAN),
    ],
    // λα at the kink.
    gradient_edges: &[
        (0.0, 1.0, LIMIT),
        (-0.0, 1.0, LIMIT),
        (1.0, 1.0, SCALE as f32),
        (-LIMIT, 3.0, 0.0),
        (0.0, INF, INF),
        (1.0, NAN, NAN),
        (NAN, 3.0, NAN),
    ],
    ..ELU
};
