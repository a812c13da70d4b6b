//! Are the oracles right? The evaluation in f64 is compared with MPFR, and so are the figures that come of it.
#![cfg(feature = "mpfr")]

use std::collections::HashSet;
use std::mem::replace;

use accuracy::{
    Exact, FUNCTIONS, KERNELS, PRECISION, Symmetry, Truth, Upstream, check, exactly, softmax, softmax_gradient, ulps,
};
use rug::Float;

/// Far below 2⁻²⁰ ULP, and not worse than its row says.
fn assert_good(name: &str, truth: &impl Truth) {
    let evaluation = check(truth, 20_000).expect("there is MPFR");
    println!("{name}: {:e} ULP at most, {:.3} of what is stated", evaluation.ulps, evaluation.share);
    assert!(evaluation.share <= 1.0, "{name}: {evaluation:?}");
    assert!(evaluation.ulps < 1.0 / (1 << 26) as f64, "{name}: {evaluation:?}");
}

#[test]
fn evaluations_are_as_good_as_stated() {
    for function in FUNCTIONS {
        assert_good(function.name, &&function.oracle);
        for upstream in Upstream::ALL {
            assert_good(&format!("gradient of {}", function.name), &(&function.gradient, upstream));
        }
    }
}

/// What a row says besides its values.
#[test]
fn facts_are_true() {
    for function in FUNCTIONS {
        let (name, oracle) = (function.name, &function.oracle);
        let value = |x: f32| (oracle.value)(f64::from(x));
        let mut last = (f32::NAN, f32::NAN);
        let negative = (1 << 31..=f32::NEG_INFINITY.to_bits()).rev().step_by(99_991);
        for bits in negative.chain((0..=f32::INFINITY.to_bits()).step_by(99_991)) {
            let x = f32::from_bits(bits);
            let y = value(x);
            assert!((oracle.range.0..=oracle.range.1).contains(&(y as f32)), "{name}({x:e}) = {y:e}");
            match oracle.symmetry {
                Symmetry::Odd => assert_eq!(value(-x).to_bits(), (-y).to_bits(), "{name}({x:e})"),
                Symmetry::Even => assert_eq!(value(-x).to_bits(), y.to_bits(), "{name}({x:e})"),
                Symmetry::None => {}
            }
            let (before, after) = (replace(&mut last, (x, y as f32)), y as f32);
            assert!(!oracle.course.is_broken(before, (x, after)), "{name}({x:e}) = {y:e} after {before:?}");
        }
    }
}

#[test]
fn names_are_unique() {
    let names: HashSet<_> = FUNCTIONS.iter().map(|function| function.name).collect();
    assert_eq!(names.len(), FUNCTIONS.len(), "a name is there twice");
    assert!(accuracy::oracle("tanhh").is_err_and(|error| error.to_string().contains("sigmoid")));
}

/// The largest error and the number of correctly rounded results, by MPFR for each input.
#[test]
fn figures_are_exact() {
    const STRIDE: u64 = 200_003;
    for kernel in KERNELS.iter() {
        let kernels = simdact::Kernels::default();
        let report = kernel.sweep(&kernels, STRIDE, &|_| {});
        let (mut largest, mut correct) = (0_f64, 0);
        let near = |bits: u32| bits.saturating_sub(1000)..=bits + 1000;
        let special = [0.0, f32::MIN_POSITIVE, 1.0, f32::INFINITY].map(f32::to_bits).into_iter().flat_map(near);
        let special = special.filter(|bits| !u64::from(*bits).is_multiple_of(STRIDE));
        let magnitudes = (0..1 << 31).step_by(STRIDE as usize).chain(special).map(f32::from_bits);
        let inputs = magnitudes.flat_map(|x| [x, -x]).filter(|x| !x.is_nan());
        for x in inputs {
            let mut y = [f32::NAN];
            kernel.apply(&kernels, &[x], &mut y);
            let exact = kernel.oracle.exact(x).expect("there is MPFR");
            largest = largest.max(exact.ulps(y[0]));
            correct += u64::from(exact.rounded() == y[0]);
        }
        assert_eq!(report.largest.error, largest, "{report}");
        assert_eq!(report.correctly_rounded, correct, "{report}");
    }
}

#[test]
fn exact_values_are_rounded_and_measured_as_those_of_f64() {
    for i in 0..100_000_u64 {
        let bits = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let value = f64::from_bits(bits);
        // Also near the subnormals, where random bits of an f64 never are.
        for value in [value, f64::from(f32::from_bits(bits as u32 & 0x80ff_ffff)) * 0.437] {
            if value.is_finite() {
                let exact = Exact(exactly(value));
                assert_eq!(exact.rounded().to_bits(), (value as f32).to_bits(), "{value:e}");
                let found = f32::from_bits((value as f32).to_bits() ^ 5);
                if !found.is_nan() {
                    assert_eq!(exact.ulps(found), ulps(found, value), "{value:e}, {found:e}");
                }
            }
        }
    }
}

/// The rows' references, to less than 2⁻⁴⁵.
#[test]
fn softmax_is_as_good_as_stated() {
    let zero = || Float::new(PRECISION);
    for distribution in accuracy::Distribution::ALL {
        for n in [1, 2, 7, 33, 1000] {
            let x = distribution.row(n, n as u64);
            let max = x.iter().fold(f32::NEG_INFINITY, |max, &x| max.max(x));
            let e: Vec<Float> = x.iter().map(|&x| (exactly(x) - max).exp()).collect();
            let total = e.iter().fold(zero(), |sum, e| sum + e);
            let y: Vec<f32> = softmax(&x).iter().map(|&y| y as f32).collect();
            for (i, value) in softmax(&x).into_iter().enumerate() {
                let exact = e[i].clone() / &total;
                let error = (exact.clone() - value).abs();
                assert!(error <= exact / (1_u64 << 45) + 1e-290, "{distribution:?} of {n}: {value:e}");
            }
            let dy: Vec<f32> = (0..n).map(|i| ((i * 37) as f32).sin()).collect();
            let terms = || y.iter().zip(&dy).map(|(&y, &dy)| exactly(y) * dy);
            let (dot, sizes) = terms().fold((zero(), zero()), |(dot, sizes), term| (dot + &term, sizes + term.abs()));
            for (i, value) in softmax_gradient(&y, &dy).into_iter().enumerate() {
                let exact = exactly(y[i]) * (exactly(dy[i]) - &dot);
                let could_cancel = exactly(y[i]) * (sizes.clone() + dy[i].abs());
                assert!((exact - value).abs() <= could_cancel / (1_u64 << 50), "{distribution:?} of {n}: {value:e}");
            }
        }
    }
}
