//! Who is right: the backends against each other and against a plain formula.

use simdact::{Backend, Kernels};

/// The largest relative error of a rounding to `f32`, where it is not subnormal.
pub const ROUNDING: f64 = f32::EPSILON as f64 / 2.0;
/// The smallest positive `f32`.
pub const TINY: f64 = f32::MIN_POSITIVE as f64 * f32::EPSILON as f64;
/// Where finite `f32`s end.
const END: f64 = 2.0 * (1u128 << 127) as f64;

/// What a result must be.
#[derive(Debug, Clone, Copy)]
pub enum Truth {
    /// Just this, with its sign; NaN is any NaN.
    Exactly(f32),
    /// At most `slack` away, where an infinite result counts as the first number that is too large. Where `value` is
    /// not finite, just that.
    Near { value: f64, slack: f64 },
    /// Nothing is promised.
    Anything,
}

impl Truth {
    /// Within so many units in the last place.
    pub fn ulps(value: f64, ulps: f64) -> Truth {
        let exponent = (value.abs().to_bits() >> 52) as i32 - 1023;
        let ulp = f64::from(exponent.max(f32::MIN_EXP - 1) - 23).exp2();
        Truth::Near { value, slack: ulps * ulp }
    }

    /// Within so many roundings, and one more into the subnormal numbers.
    pub fn relative(value: f64, roundings: f64) -> Truth {
        Truth::Near { value, slack: roundings * ROUNDING * value.abs() + TINY }
    }

    /// A value with this slack, unless what is computed on the way nears the largest finite numbers.
    pub fn unless_overflow<const N: usize>(on_the_way: [f64; N], value: f64, slack: f64) -> Truth {
        let overflows = on_the_way.iter().any(|x| x.is_finite() && x.abs() > END / 4.0);
        if overflows { Truth::Anything } else { Truth::Near { value, slack } }
    }

    fn allows(self, got: f32) -> bool {
        match self {
            Truth::Exactly(value) => same(got, value),
            Truth::Near { value, slack } if value.is_finite() => {
                (f64::from(got).clamp(-END, END) - value.clamp(-END, END)).abs() <= slack
            }
            Truth::Near { value, .. } => same(got, value as f32),
            Truth::Anything => true,
        }
    }
}

/// How many additions an element takes part in where a row of `len` is summed: in 32 virtual lanes, in chunks of 8192,
/// whose sums are added by a tree. What the lanes themselves take is not counted.
pub fn steps(len: usize) -> f64 {
    let tree = len.div_ceil(8192).next_power_of_two().ilog2();
    f64::from(tree) + len.min(8192) as f64 / 32.0
}

/// The same bits, or both NaN.
fn same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// Fails unless the results are the same.
#[track_caller]
pub fn assert_same(got: &[f32], want: &[f32], what: &str) {
    assert_eq!(got.len(), want.len(), "{what}: length");
    if let Some(i) = (0..got.len()).find(|&i| !same(got[i], want[i])) {
        let [got, want] = [got[i], want[i]];
        let bits = [got.to_bits(), want.to_bits()];
        panic!("{what}: at {i} there is {got:e}, not {want:e}; bits {bits:08x?}");
    }
}

/// Runs every backend, on one thread, and judges the results, which `run` gives unless the call was rightly refused.
/// `truth` tells what element `i` of a backend's result must be.
#[track_caller]
pub fn judge(run: impl Fn(Kernels) -> Option<Vec<f32>>, truth: impl Fn(Backend, usize) -> Truth) {
    // Scalar comes first.
    let mut scalar: Option<Vec<f32>> = None;
    for backend in Backend::available() {
        let kernels = Kernels::on(backend).expect("it is available").serial();
        let Some(got) = run(kernels) else { continue };
        if let (Some(scalar), false) = (&scalar, backend == Backend::Portable) {
            assert_same(&got, scalar, &format!("{backend} against scalar"));
            continue;
        }
        for (i, &got) in got.iter().enumerate() {
            let truth = truth(backend, i);
            assert!(truth.allows(got), "{backend}: at {i} there is {got:e}, not {truth:?}");
        }
        if backend == Backend::Scalar {
            scalar = Some(got);
        }
    }
}
