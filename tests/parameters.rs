//! Activations with other parameters than those that are swept: within their bounds, and the same bits on every backend
//! that has a fused multiply-add. What parameters at the end of their range give.

mod common;

use accuracy::ulps;
use common::compare::Hex;
use common::{Data, Random, kernels, same, scale};
use simdact::{Activation, Backend};

/// Numbers of all kinds, but NaN.
fn inputs() -> Vec<f32> {
    let mut random = Random(3);
    let mut all: Vec<f32> = Data::ALL.into_iter().flat_map(|data| data.values(40_000 / scale(), &mut random)).collect();
    all.retain(|x| !x.is_nan());
    all
}

fn apply(activation: Activation, backend: Backend, x: &[f32]) -> Vec<f32> {
    let mut y = x.to_vec();
    kernels(backend).apply_in_place(activation, &mut y);
    y
}

/// Panics unless all results are at most so many ULP from the formula, on `Portable` other than elsewhere.
#[track_caller]
fn check(activation: Activation, formula: impl Fn(f64) -> f64, [fused, portable]: [f64; 2]) {
    let x = inputs();
    let scalar = apply(activation, Backend::Scalar, &x);
    for backend in Backend::available() {
        let y = apply(activation, backend, &x);
        let most = if backend == Backend::Portable { portable } else { fused };
        for ((&x, &y), &scalar) in x.iter().zip(&y).zip(&scalar) {
            let error = ulps(y, formula(f64::from(x)));
            assert!(error <= most, "{activation} on {backend}: {} gives {}: {error} ULP", x.hex(), y.hex());
            let agree = backend == Backend::Portable || same(y, scalar);
            assert!(agree, "{activation} on {backend}: {} gives {}, not {}", x.hex(), y.hex(), scalar.hex());
        }
    }
}

/// Panics unless both give the same bits.
#[track_caller]
fn check_same(a: Activation, b: Activation) {
    let x = inputs();
    for backend in Backend::available() {
        let (y, z) = (apply(a, backend, &x), apply(b, backend, &x));
        for ((x, &y), &z) in x.iter().zip(&y).zip(&z) {
            assert!(same(y, z), "{a} and {b} on {backend}: {} gives {} and {}", x.hex(), y.hex(), z.hex());
        }
    }
}

#[test]
fn swish() {
    check_same(Activation::Swish { beta: 1.0 }, Activation::Silu);
    for beta in [1e-3, 0.1, 0.5, 1.702, 3.7, 100.0, -0.7, -5.0] {
        let formula = |x: f64| {
            let z = f64::from(beta) * x;
            if z < -740.0 { -0.0 * x.signum() } else { x / (1.0 + core_math::exp(-z)) }
        };
        check(Activation::Swish { beta }, formula, [0.89, 2.1]);
    }
    check(Activation::Swish { beta: 0.0 }, |x| x.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) / 2.0, [0.5, 0.5]);
}

#[test]
fn elu() {
    for alpha in [0.01, 0.5, 1.0, 1.673_263_2, 5.0] {
        let formula = |x: f64| if x > 0.0 { x } else { f64::from(alpha) * core_math::expm1(x) };
        check(Activation::Elu { alpha }, formula, [1.05, 2.0]);
    }
    check(Activation::Elu { alpha: 0.0 }, |x| x.max(0.0), [0.0, 0.0]);
}

#[test]
fn celu() {
    for alpha in [0.01, 0.3, 0.5, 1.0, 2.0, 7.3, 100.0] {
        let a = f64::from(alpha);
        let formula = |x: f64| if x > 0.0 { x } else { a * core_math::expm1(x / a) };
        check(Activation::Celu { alpha }, formula, [1.4, 2.0]);
    }
}

#[test]
fn softplus() {
    let formula = |beta: f32, threshold: f32| {
        let (beta, threshold) = (f64::from(beta), f64::from(threshold));
        move |x: f64| {
            let u = beta * x;
            if u > threshold { x } else { (u.max(0.0) + core_math::log1p(core_math::exp(-u.abs()))) / beta }
        }
    };
    for beta in [0.5, 2.0, 8.0] {
        check(Activation::Softplus { beta, threshold: 20.0 }, formula(beta, 20.0), [1.3, 1.5]);
    }
    // Where the product is rounded, Portable has an error of its size.
    for beta in [0.1, 2.5, 30.0] {
        check(Activation::Softplus { beta, threshold: 20.0 }, formula(beta, 20.0), [1.3, 120.0]);
    }
    // ONNX has no threshold; a low one shows.
    for threshold in [f32::INFINITY, 0.0, -3.0] {
        check(Activation::Softplus { beta: 1.0, threshold }, formula(1.0, threshold), [1.1, 1.3]);
    }
}
