//! How far are the element-wise functions from the true values? Sampled densely over all bit patterns, and completely
//! where it is hardest; the bounds and the true values are those of the package `accuracy`, whose program measures for
//! all inputs.

mod common;

use core::ops::RangeInclusive;

use accuracy::{Bound, KERNELS, Kernel, Oracle, Tier, order};
use common::compare::Hex;
use common::{kernels, scale};
use rayon::prelude::*;
use simdact::Backend;

/// The float in place `order` among all bit patterns in ascending order: NaN, −∞, … −0, +0, … ∞, NaN.
fn float(order: u32) -> f32 {
    f32::from_bits(if order >> 31 == 0 { !order } else { order ^ (1 << 31) })
}

/// The largest error so far, in the unit of the function's bound, and where.
#[derive(Clone, Copy, Default)]
struct Worst {
    error: f64,
    x: f32,
    y: f32,
}

/// Elements in one call.
const PART: u64 = 1 << 12;

/// Checks every `step`th float of a range: that the error is within the bound, that the values are in the function's
/// range, and rise and fall as it does, and that NaN gives NaN, and nothing else does.
fn sweep(kernel: &Kernel, backend: Backend, floats: RangeInclusive<u32>, step: u64) {
    let (first, last) = (u64::from(*floats.start()), u64::from(*floats.end()));
    let samples = (last - first) / step + 1;
    let part = |part: u64| {
        // One more than PART, so that neighbours are compared from part to part.
        let end = samples.min((part + 1) * PART + 1);
        let x: Vec<f32> = (part * PART..end).map(|i| float((first + i * step) as u32)).collect();
        let mut y = vec![0.0; x.len()];
        kernel.apply(&kernels(backend), &x, &mut y);
        check(kernel, backend, &x, &y)
    };
    let worse = |a: Worst, b: Worst| if b.error > a.error { b } else { a };
    let worst = (0..samples.div_ceil(PART)).into_par_iter().map(part).reduce(Worst::default, worse);
    let bound = kernel.bound_on(backend);
    let unit = if matches!(bound, Bound::Ulp(_)) { " ULP" } else { "" };
    println!("{kernel} on {backend}: {:.4e}{unit} at {}, {samples} samples", worst.error, worst.x.hex());
    assert!(
        bound.allows(worst.error),
        "{kernel} on {backend}: {}{unit} at {}: found {}, the true value is {:e}",
        worst.error,
        worst.x.hex(),
        worst.y.hex(),
        (kernel.oracle.value)(f64::from(worst.x)),
    );
}

fn check(kernel: &Kernel, backend: Backend, x: &[f32], y: &[f32]) -> Worst {
    let mut worst = Worst::default();
    let (oracle, bound) = (kernel.oracle, kernel.bound_on(backend));
    let (low, high) = oracle.range;
    let mut before = (f32::NAN, f32::NAN);
    for (&x, &y) in x.iter().zip(y) {
        let fail = |why: &str| -> ! {
            panic!("{kernel} on {backend}: {} gives {}, before it {}: {why}", x.hex(), y.hex(), before.1.hex());
        };
        match (x.is_nan(), y.is_nan()) {
            (true, true) => continue,
            (false, false) => {}
            _ => fail("NaN, and only NaN, gives NaN"),
        }
        if y < low || y > high {
            fail("out of range");
        }
        if oracle.course.is_broken(before, (x, y)) && order(before.1).abs_diff(order(y)) > kernel.promise.descends {
            fail("it goes the other way");
        }
        let value = (oracle.value)(f64::from(x));
        let exact = kernel.tier == Tier::Exact;
        if exact && !may_be_nearest(oracle, value, y) {
            fail("another float is nearer");
        }
        before = (x, y);
        // Where it is the nearest, the evaluation may be off by more than what is left to half an ULP.
        let error = if exact { 0.0 } else { bound.error(y, value) };
        if error > worst.error {
            worst = Worst { error, x, y };
        }
    }
    worst
}

/// Whether it is the float nearest to the value, as far as its evaluation in f64 tells.
fn may_be_nearest(oracle: &Oracle, value: f64, y: f32) -> bool {
    [-1.0, 1.0].map(|sign| (value * (1.0 + sign * oracle.error)) as f32).contains(&y)
}

/// Every 97th of all bit patterns on the best backend, fewer on the others, whose bits are the same.
#[test]
fn everywhere() {
    for kernel in KERNELS.iter() {
        for backend in Backend::available() {
            let step = if backend == Backend::best() { 97 } else { 97 * 31 };
            sweep(kernel, backend, 0..=u32::MAX, step * scale() as u64);
        }
    }
}

/// Every float in the ranges of the table, around both zeros, around the smallest normal numbers, and around ±∞.
#[test]
fn where_it_is_hard() {
    let around = |x: f32, floats: u32| order(x).saturating_sub(floats)..=order(x).saturating_add(floats);
    for kernel in KERNELS.iter() {
        let ranges = kernel.function.hard.iter().map(|&(low, high)| order(low)..=order(high));
        let borders = [0.0, f32::MIN_POSITIVE, -f32::MIN_POSITIVE, f32::INFINITY, f32::NEG_INFINITY];
        for range in ranges.chain(borders.map(|x| around(x, 1 << 18))) {
            for backend in Backend::available() {
                let step = if backend == Backend::best() { 1 } else { 31 };
                sweep(kernel, backend, range.clone(), step * scale() as u64);
            }
        }
    }
}
