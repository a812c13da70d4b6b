//! The hyperbolic tangent.

use simdact::Activation;

use super::{ExactTier, Function, INF, NAN, Promise, TINY};
use crate::bound::Bound;
use crate::floats::power;
use crate::gradient::Gradient;
use crate::oracle::{Oracle, ROUNDING, Symmetry};

pub const TANH: Function = Function {
    name: "tanh",
    activation: Activation::Tanh,
    free: Some((simdact::tanh, simdact::tanh_in_place)),
    oracle: Oracle {
        value: core_math::tanh,
        error: ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| x.tanh(),
        range: (-1.0, 1.0),
        symmetry: Symmetry::Odd,
        ..Oracle::RISES
    },
    faithful: Promise::ulp(0.79, 2.0, 0),
    // It descends by some ten floats, a hundredth of the bound.
    fast: Some(Promise::relative(power(-13), power(-13), 16)),
    exact: ExactTier::Same,
    gradient: Gradient {
        value: |y, dy| dy * ((1.0 - y) * (1.0 + y)),
        error: 4.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |y, dy| dy * (1u32 - y.square()),
        domain: (-1.0, 1.0),
        // 1 − y² is off by less than 1.59 · 2⁻²⁴ of itself for all y (ACCURACY.md, dy = 1), and the product by half a
        // ULP more, whatever dy.
        bound: Bound::ulp(2.1),
        ..Gradient::ROUNDED
    },
    // Where the nearest float becomes ±1, and where that of the fast tier does.
    hard: &[(-9.2, -8.8), (8.8, 9.2), (-5.0, -4.8), (4.8, 5.0)],
    edges: &[
        (0.0, 0.0),
        (-0.0, -0.0),
        (TINY, TINY),
        (-TINY, -TINY),
        (1e-40, 1e-40),
        (f32::MIN_POSITIVE, f32::MIN_POSITIVE),
        // tanh x = x − x³/3 …
        (1e-5, 1e-5),
        (-1e-5, -1e-5),
        (9.1, 1.0),
        (-9.1, -1.0),
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
        (0.5, 2.0, 1.5),
        (-0.5, 2.0, 1.5),
        (1.0, 3.0, 0.0),
        (-1.0, 3.0, 0.0),
        (0.5, INF, INF),
        (0.5, NAN, NAN),
        (NAN, 1.0, NAN),
    ],
};
