//! Who is right: the backends against each other and against an oracle.

use accuracy::Bound;
use simdact::{Backend, Kernels};

/// Where finite `f32`s end.
const END: f64 = 2.0 * (1u128 << 127) as f64;

/// What a result must be.
#[derive(Debug, Clone, Copy)]
pub enum Truth {
    /// Just this, with its sign; NaN is any NaN.
    Exactly(f32),
    /// The float nearest to a value which is known but for this relative error, and so not always on which side of the
    /// middle between two floats.
    Nearest { value: f64, error: f64 },
    /// At most `slack` away, where an infinite result counts as the first number that is too large. Where `value` is
    /// not finite, just that.
    Near { value: f64, slack: f64 },
    /// Nothing is promised.
    Anything,
}

impl Truth {
    /// As near to the value, which is known but for a relative error, as the bound says. A true zero is exact, its sign
    /// too.
    pub fn within(bound: Bound, value: f64, error: f64) -> Truth {
        match bound {
            _ if value == 0.0 => Truth::Exactly(value as f32),
            Bound::Ulp(most) if most <= 0.5 => Truth::Nearest { value, error },
            _ => Truth::Near { value, slack: bound.slack(value, value.abs()) },
        }
    }

    /// A value with this slack, unless what is computed on the way nears the largest finite numbers.
    pub fn unless_overflow(on_the_way: f64, value: f64, slack: f64) -> Truth {
        if on_the_way.abs() > END / 4.0 { Truth::Anything } else { Truth::Near { value, slack } }
    }

    fn allows(self, got: f32) -> bool {
        match self {
            Truth::Exactly(value) => same(got, value),
            Truth::Nearest { value, error } => {
                [1.0 - error, 1.0 + error].iter().any(|&part| same(got, (value * part) as f32))
            }
            Truth::Near { value, slack } if value.is_finite() => {
                (f64::from(got).clamp(-END, END) - value.clamp(-END, END)).abs() <= slack
            }
            Truth::Near { value, .. } => same(got, value as f32),
            Truth::Anything => true,
        }
    }
}

/// Which backends give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agree {
    All,
    AllButPortable,
}

impl Agree {
    /// All, unless `Portable` has bits of its own.
    pub fn unless(portable: bool) -> Agree {
        if portable { Agree::AllButPortable } else { Agree::All }
    }
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

/// The kernels of every backend of this machine, on one thread; those of `Scalar` come first.
pub fn backends() -> impl Iterator<Item = Kernels> {
    Backend::available().map(|backend| Kernels::on(backend).expect("it is available").serial())
}

/// Runs every backend, and judges the results, which `run` gives unless the call was rightly refused. `truths` tells what
/// the elements of a backend's result must be.
#[track_caller]
pub fn judge(agree: Agree, run: impl Fn(Kernels) -> Option<Vec<f32>>, truths: impl Fn(Backend) -> Vec<Truth>) {
    let mut scalar: Option<Vec<f32>> = None;
    for kernels in backends() {
        let backend = kernels.backend();
        let Some(got) = run(kernels) else { continue };
        if let Some(scalar) = &scalar
            && (backend != Backend::Portable || agree == Agree::All)
        {
            assert_same(&got, scalar, &format!("{backend} against scalar"));
            continue;
        }
        let truths = truths(backend);
        assert_eq!(got.len(), truths.len(), "{backend}: length");
        if let Some(i) = (0..got.len()).find(|&i| !truths[i].allows(got[i])) {
            panic!("{backend}: at {i} there is {:e}, not {:?}", got[i], truths[i]);
        }
        scalar.get_or_insert(got);
    }
}
