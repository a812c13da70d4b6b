//! Mish.

use simdact::Activation;

use super::swish::SILU;
use super::{ALL, ExactTier, Function, INF, NAN, Promise};
use crate::bound::Bound;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::gradient::Gradient;
use crate::oracle::{Course, Oracle, ROUNDING};

/// x · tanh(log(1 + eˣ)), without cancellation and without overflow, in eight roundings at most.
fn value(x: f64) -> f64 {
    if x == f64::NEG_INFINITY {
        return -0.0;
    }
    let z = core_math::exp(-x.abs());
    if x < 0.0 {
        let top = z * (z + 2.0);
        x * (top / (top + 2.0))
    } else {
        let top = 1.0 + 2.0 * z;
        x * (top / (top + 2.0 * z * z))
    }
}

/// The two terms of the derivative, ω and x · σ(x) · (1 − ω²).
fn terms(x: f64) -> (f64, f64) {
    // Where an infinite x would be multiplied by 0.
    let x = x.clamp(-800.0, 800.0);
    let z = core_math::exp(-x.abs());
    let tail = 1.0 + z;
    if x < 0.0 {
        let bottom = z * (z + 2.0) + 2.0;
        (z * (z + 2.0) / bottom, 4.0 * x * z * tail / (bottom * bottom))
    } else {
        let bottom = 1.0 + 2.0 * z * tail;
        ((1.0 + 2.0 * z) / bottom, 4.0 * (x * z) * (z * tail) / (bottom * bottom))
    }
}

pub const MISH: Function = Function {
    name: "mish",
    activation: Activation::Mish,
    free: Some((simdact::mish, simdact::mish_in_place)),
    oracle: Oracle {
        value,
        error: 8.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| {
            let (below, z) = (x.is_sign_negative(), (-x.clone().abs()).exp());
            let square = z.clone().square();
            if x.is_infinite() {
                return if below { exactly(-0.0) } else { x };
            }
            if below {
                let top = square + 2u32 * z;
                return x * top.clone() / (top + 2u32);
            }
            let top = 1u32 + 2u32 * z;
            x * top.clone() / (top + 2u32 * square)
        },
        range: (-0.308_844, INF),
        course: Course::FallsThenRises(-1.192_434_9),
        ..Oracle::RISES
    },
    faithful: Promise::ulp(0.96, 2.1, 2),
    exact: ExactTier::No,
    gradient: Gradient {
        value: |x, dy| {
            let (first, second) = terms(x);
            dy * (first + second)
        },
        error: 12.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x, dy| {
            if x.is_infinite() {
                return if x.is_sign_positive() { dy } else { exactly(0.0) };
            }
            let (below, z) = (x.is_sign_negative(), (-x.clone().abs()).exp());
            let square = z.clone().square();
            let (top, bottom) = if below {
                (square.clone() + 2u32 * z.clone(), square + 2u32 * z.clone() + 2u32)
            } else {
                (1u32 + 2u32 * z.clone(), 1u32 + 2u32 * z.clone() + 2u32 * square)
            };
            // σ(x) · (1 − ω²) is 4 z (1 + z) / bottom², with another z where x > 0.
            let factor = if below { z.clone() } else { z.clone().square() };
            let second = x * 4u32 * factor * (1u32 + z) / bottom.clone();
            dy * (top + second) / bottom
        },
        terms: Some(|x, dy| {
            let (first, second) = terms(x);
            dy.abs() * (first + second.abs())
        }),
        domain: ALL,
        bound: Bound::of_terms(7.0),
        portable: Some(Bound::of_terms(7.0)),
    },
    // Where it becomes 0, by way of the subnormals, and where the formula changes.
    hard: &[(-110.0, -86.0), (-0.72, -0.68)],
    gradient_edges: &[
        (-INF, 3.0, 0.0),
        (INF, -3.0, -3.0),
        (f32::MAX, 3.0, 3.0),
        (0.0, INF, INF),
        (0.0, NAN, NAN),
        (NAN, 3.0, NAN),
    ],
    ..SILU
};
