//! How far are the element-wise functions from the true values? Sampled densely over all bit patterns, and completely
//! where it is hardest; the bounds are in the table of `common/functions.rs`.
//!
//! The error is |y − f(x)| / ulp(f(x)), where the ULP of subnormals is 2⁻¹⁴⁹, and f(x) comes from functions of
//! `core-math` that are correctly rounded in f64: off by less than 2⁻²⁷ ULP of `f32`.

mod common;

use core::ops::RangeInclusive;

use common::compare::Hex;
use common::{Bound, ELEMENTWISE, Elementwise, same, scale, ulps};
use rayon::prelude::*;
use simdact::Backend;

/// The float in place `order` among all bit patterns in ascending order: NaN, −∞, … −0, +0, … ∞, NaN.
fn float(order: u32) -> f32 {
    f32::from_bits(if order >> 31 == 0 { !order } else { order ^ (1 << 31) })
}

/// Undoes [`float`].
fn order(x: f32) -> u32 {
    if x.is_sign_negative() { !x.to_bits() } else { x.to_bits() ^ (1 << 31) }
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
/// range and ascend, and that NaN gives NaN, and nothing else does.
fn sweep(function: &Elementwise, backend: Backend, floats: RangeInclusive<u32>, step: u64) {
    let (first, last) = (u64::from(*floats.start()), u64::from(*floats.end()));
    let samples = (last - first) / step + 1;
    let part = |part: u64| {
        // One more than PART, so that the values ascend from part to part.
        let end = samples.min((part + 1) * PART + 1);
        let x: Vec<f32> = (part * PART..end).map(|i| float((first + i * step) as u32)).collect();
        let mut y = vec![0.0; x.len()];
        function.kernels(backend).serial().apply(function.activation, &x, &mut y).expect("same length");
        check(function, backend, &x, &y)
    };
    let worse = |a: Worst, b: Worst| if b.error > a.error { b } else { a };
    let worst = (0..samples.div_ceil(PART)).into_par_iter().map(part).reduce(Worst::default, worse);
    let unit = if matches!(function.error, Bound::Relative { .. }) { "" } else { " ULP" };
    println!("{} on {backend}: {:.4e}{unit} at {}, {samples} samples", function.name, worst.error, worst.x.hex());
    assert!(
        function.error.allows(backend, worst.error),
        "{} on {backend}: {}{unit} at {}: found {}, the true value is {:e}",
        function.name,
        worst.error,
        worst.x.hex(),
        worst.y.hex(),
        (function.value)(f64::from(worst.x)),
    );
}

fn check(function: &Elementwise, backend: Backend, x: &[f32], y: &[f32]) -> Worst {
    let mut worst = Worst::default();
    let (low, high) = function.range;
    let mut before = f32::NEG_INFINITY;
    for (&x, &y) in x.iter().zip(y) {
        let fail = |why: &str| -> ! {
            panic!("{} on {backend}: {} gives {}, before it {}: {why}", function.name, x.hex(), y.hex(), before.hex());
        };
        match (x.is_nan(), y.is_nan()) {
            (true, true) => continue,
            (false, false) => {}
            _ => fail("NaN, and only NaN, gives NaN"),
        }
        if y < low || y > high {
            fail("out of range");
        }
        if y < before && order(before) - order(y) > function.descends {
            fail("it descends");
        }
        before = y;
        let error = match function.oracle {
            // At most half an ULP: a closer look costs more than it tells.
            Some(oracle) if same(oracle(x), y) => 0.5,
            _ => function.error.error(y, (function.value)(f64::from(x))),
        };
        if error > worst.error {
            worst = Worst { error, x, y };
        }
    }
    worst
}

/// Every 97th of all bit patterns on the best backend, fewer on the others, whose bits are the same.
#[test]
fn everywhere() {
    for function in ELEMENTWISE {
        for backend in Backend::available() {
            let step = if backend == Backend::best() { 97 } else { 97 * 31 };
            sweep(function, backend, 0..=u32::MAX, step * scale() as u64);
        }
    }
}

/// Every float in the ranges of the table, around both zeros, around the smallest normal numbers, and around ±∞.
#[test]
fn where_it_is_hard() {
    let around = |x: f32, floats: u32| order(x).saturating_sub(floats)..=order(x).saturating_add(floats);
    for function in ELEMENTWISE {
        let ranges = function.hard.iter().map(|&(low, high)| order(low)..=order(high));
        let borders = [0.0, f32::MIN_POSITIVE, -f32::MIN_POSITIVE, f32::INFINITY, f32::NEG_INFINITY];
        for range in ranges.chain(borders.map(|x| around(x, 1 << 18))) {
            for backend in Backend::available() {
                let step = if backend == Backend::best() { 1 } else { 31 };
                sweep(function, backend, range.clone(), step * scale() as u64);
            }
        }
    }
}

/// A measure that is never too large would show nothing.
#[test]
fn errors_are_measured() {
    let next = |x: f32, floats: i32| f32::from_bits(x.to_bits().wrapping_add_signed(floats));
    assert_eq!(ulps(next(0.75, 1), 0.75), 1.0);
    assert_eq!(ulps(next(0.75, -3), 0.75), 3.0);
    // Below a power of two the floats are twice as dense.
    assert_eq!(ulps(next(1.0, -1), 1.0), 0.5);
    assert_eq!(ulps(f32::from_bits(3), 0.0), 3.0);
    assert_eq!(ulps(f32::from_bits(2), 2.5 * f64::from(f32::from_bits(1))), 0.5);
    assert_eq!(ulps(f32::NAN, 0.0), f64::INFINITY);
    assert_eq!(ulps(f32::INFINITY, 1.0), f64::INFINITY);
    assert_eq!(ulps(f32::INFINITY, f64::INFINITY), 0.0);
    assert_eq!(ulps(f32::MAX, f64::INFINITY), f64::INFINITY);
    assert_eq!(ulps(f32::INFINITY, 1e300), 0.0);
    assert_eq!(ulps(f32::MAX, 1e300), 1.0);
    assert_eq!(ulps(f32::INFINITY, f64::from(f32::MAX) + 2f64.powi(102)), 0.75);
    for x in [f32::NEG_INFINITY, -1.0, -0.0, 0.0, f32::MIN_POSITIVE, f32::MAX] {
        assert_eq!(float(order(x)).to_bits(), x.to_bits());
    }
    assert!(order(-0.0) + 1 == order(0.0) && order(-1.0) < order(-0.5) && order(0.5) < order(1.0));
}
