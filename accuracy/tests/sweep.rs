//! Does a sweep find what is wrong, and nothing else? Kernels that are right but for one input.

use accuracy::{Bound, Oracle, Report, Sweep, Truth, oracle, ulps};

const STRIDE: u64 = 10_007;

fn named(name: &str) -> &'static Oracle {
    oracle(name).expect("it is there")
}

/// The correctly rounded function: MPFR's where the evaluation in f64 leaves two floats to choose from.
fn correctly_rounded(oracle: &'static Oracle, x: f32) -> f32 {
    let value = oracle.value(x);
    let [below, above] = [-1.0, 1.0].map(|sign| (value * (1.0 + sign * oracle.error())) as f32);
    if below == above { below } else { oracle.exact(x).map_or(value as f32, |exact| exact.rounded()) }
}

/// Measures the correctly rounded function, whose result `wrong` may change.
fn measure(oracle: &'static Oracle, wrong: impl Fn(f32, f32) -> f32 + Sync) -> Report {
    let right = |x: f32| if x.is_nan() { x } else { correctly_rounded(oracle, x) };
    let sweep =
        Sweep::of("the right function", oracle).bound(Bound::ulp(0.500_001)).stride(STRIDE).monotonic().symmetric();
    sweep.run(|x, y| x.iter().zip(y).for_each(|(&x, y)| *y = wrong(x, right(x))))
}

/// Measures tanh with another result for 1, or for another input that is always among the samples.
fn tanh_but(at: f32, y: f32) -> Report {
    measure(named("tanh"), |x, right| if x.to_bits() == at.to_bits() { y } else { right })
}

#[test]
fn nothing_is_wrong_with_the_right_functions() {
    for function in accuracy::FUNCTIONS {
        let report = measure(&function.oracle, |_, right| right);
        assert_eq!(report.broken, <[&str; 0]>::default(), "{report}");
        assert_eq!(report.correctly_rounded, report.inputs, "{report}");
        assert_eq!(report.exit_code(), 0);
        assert!(report.findings().iter().all(|(_, places)| places.count == 0), "{report}");
        // All magnitudes up to infinity, with both signs, and most of the special ones.
        assert!(report.inputs > 2 * u64::from(f32::INFINITY.to_bits()) / STRIDE + 12_000, "{report}");
    }
}

/// The nearest float is demanded where the bound allows another.
#[test]
fn a_wrong_rounding_is_found() {
    let correct = |wrong: f32| {
        let right = |x: f32| if x.is_nan() { x } else { correctly_rounded(named("tanh"), x) };
        let sweep = Sweep::of("tanh", named("tanh")).bound(Bound::ulp(1.5)).stride(STRIDE).correct();
        sweep.run(|x, y| x.iter().zip(y).for_each(|(&x, y)| *y = if x == 1.0 { wrong } else { right(x) }))
    };
    let right = correctly_rounded(named("tanh"), 1.0);
    assert_eq!(correct(right).broken, <[&str; 0]>::default());
    assert_eq!(correct(right.next_up()).broken, ["correct rounding"]);
}

#[test]
fn a_large_error_is_found() {
    let y = f32::from_bits(1_f32.tanh().to_bits() + 9);
    let report = tanh_but(1.0, y);
    let found = report.largest.at.expect("it has errors");
    assert_eq!((found.x, found.y), (1.0, y));
    assert!((report.largest.error - ulps(y, 1_f64.tanh())).abs() < 1e-7, "{report}");
    assert!(report.broken.contains(&"the bound in ULP".to_owned()), "{report}");
    assert_eq!(report.correctly_rounded, report.inputs - 1);
    assert_eq!(report.asymmetric.count, 1, "{report}");
    assert!(report.broken.contains(&"symmetry".to_owned()), "{report}");
}

#[test]
fn a_descent_is_found() {
    // tanh of the float before 1 is one float less.
    let below = f32::from_bits(1_f32.tanh().to_bits() - 4);
    let report = tanh_but(1.0, below);
    assert_eq!((report.descents.count, report.deepest_descent), (1, 3), "{report}");
    assert_eq!(report.descents.first.map(|found| found.x), Some(1.0), "{report}");
    assert!(report.broken.contains(&"monotonicity".to_owned()), "{report}");
    // Of negative numbers, the next one has it.
    let report = tanh_but(-1.0, -below);
    let next = (-1_f32).next_up();
    assert_eq!(report.descents.first.map(|found| found.x), Some(next), "{report}");
}

#[test]
fn nan_is_found_where_it_should_not_be_and_missed_where_it_should() {
    let report = tanh_but(1.0, f32::NAN);
    assert_eq!(report.nan_made.first.map(|found| found.x), Some(1.0), "{report}");
    assert_eq!(report.broken, ["only NaN gives NaN", "symmetry"]);
    let report = measure(named("tanh"), |x, right| if x.is_nan() { 1.0 } else { right });
    assert!(report.nan_lost.count > 1000, "{report}");
    assert_eq!(report.broken[0], "NaN gives NaN");
}

#[test]
fn ranges_infinities_and_zeros_are_checked() {
    let report = tanh_but(f32::INFINITY, 1.0_f32.next_up());
    assert_eq!(report.out_of_range.count, 1, "{report}");
    assert!(report.broken.contains(&"the range".to_owned()), "{report}");

    let report = measure(named("exp"), |x, right| if x == 1.0 { f32::INFINITY } else { right });
    assert_eq!(report.infinities.first.map(|found| found.x), Some(1.0), "{report}");
    let report = measure(named("exp"), |_, right| if right == f32::INFINITY { f32::MAX } else { right });
    assert!(report.infinities.count > 1000, "{report}");
    assert_eq!(report.broken, ["the bound in ULP", "infinities"]);

    let report = tanh_but(-0.0, 0.0);
    assert_eq!(report.zero_signs.count, 1, "{report}");
    assert_eq!(report.broken, ["the signs of zeros", "symmetry"]);

    let smallest = f32::from_bits(1);
    let report = tanh_but(smallest, 0.0);
    assert_eq!(report.flushed.first.map(|found| found.x), Some(smallest), "{report}");
    assert_eq!(report.subnormal.largest.error, 1.0, "{report}");
    assert_eq!(report.subnormal.correctly_rounded + 1, report.subnormal.inputs, "{report}");
}

#[test]
fn relative_bounds_are_checked() {
    // Off by 2⁻¹², but not where that would make it infinite.
    let off = |value: f64| if value < 1e38 { value * (1.0 + 1.0 / 4096.0) } else { value };
    let right = |x: f32| core_math::exp(f64::from(x));
    let sweep = |bound: f64, wrong: &(dyn Fn(f64) -> f64 + Sync)| {
        let sweep = Sweep::of("exp, wrong", named("exp")).bound(Bound::relative(bound)).stride(STRIDE);
        sweep.run(|x, y| x.iter().zip(y).for_each(|(&x, y)| *y = if x.is_nan() { x } else { wrong(right(x)) as f32 }))
    };
    assert_eq!(sweep(1.001 / 4096.0, &off).broken, <[&str; 0]>::default());
    let both = ["the relative bound", "the relative bound of subnormal results"];
    assert_eq!(sweep(0.99 / 4096.0, &off).broken, both);
    // One step is forgiven where the true value is subnormal, two are not.
    let steps = |value: f64, n: f64| if value < 1e-38 { value + n * f64::from(f32::from_bits(1)) } else { value };
    assert_eq!(sweep(1e-7, &|value| steps(value, 0.49)).broken, <[&str; 0]>::default());
    assert_eq!(sweep(1e-7, &|value| steps(value, 2.0)).broken, both[1..]);
}

#[test]
fn descents_are_allowed_as_deep_as_is_said() {
    let sweep = |floats: u32| {
        let sweep = Sweep::of("x, shaken", named("relu")).descends(floats).stride(STRIDE);
        let shaken = |x: f32| if x == 1.0 { f32::from_bits(x.to_bits() - 5) } else { x.max(0.0) };
        let report = sweep.run(|x, y| {
            x.iter().zip(y).for_each(|(&x, y)| *y = if x.is_nan() { x } else { shaken(x) + 0.0 });
        });
        report.broken
    };
    assert_eq!(sweep(4), <[&str; 0]>::default());
    assert_eq!(sweep(3), ["monotonicity"]);
}

/// Sums and choices among equals must not depend on who was first.
#[test]
fn threads_change_nothing() {
    let in_pool = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        let sweep = Sweep::of("f32::tanh", named("tanh")).stride(499);
        pool.install(|| sweep.run(|x, y| x.iter().zip(y).for_each(|(x, y)| *y = x.tanh()))).to_json()
    };
    let expected = in_pool(1);
    assert!(expected["largest"]["error"].as_f64() > Some(0.5));
    for threads in [2, 5] {
        assert_eq!(in_pool(threads), expected, "{threads} threads");
    }
}
