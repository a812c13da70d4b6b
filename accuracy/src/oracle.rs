//! The table of functions, by name: what their true values are, and what else is known of them.
//!
//! To add one: a row in [`ORACLES`]. Its `value` is a formula over correctly rounded functions of `core-math`, with a
//! bound of its error that follows from the roundings; its `exact` is the plain formula in MPFR. The tests compare both
//! (`cargo run --release -p accuracy -- oracles` prints how far they are apart), and so does every sweep for each
//! input that it hands to MPFR.

use crate::exact::Exact;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
#[cfg(feature = "mpfr")]
use rug::Float;

/// The relative error of one correctly rounded operation in f64.
pub const ROUNDING: f64 = f64::EPSILON / 2.0;

/// What a function's results are compared with.
pub trait Truth: Sync {
    /// f(x) in f64.
    fn value(&self, x: f32) -> f64;
    /// The largest relative error of `value`; 0 where it is exact. (As an absolute error, 2⁻¹⁰⁰⁰ is allowed.)
    fn error(&self) -> f64;
    /// f(x) as exact as it takes; None without MPFR.
    fn exact(&self, x: f32) -> Option<Exact>;
    /// The inputs for which all of this holds; others are left out.
    fn domain(&self) -> (f32, f32) {
        (f32::NEG_INFINITY, f32::INFINITY)
    }
    /// No result is outside.
    fn range(&self) -> (f32, f32) {
        (f32::NEG_INFINITY, f32::INFINITY)
    }
    /// Where it rises and falls.
    fn course(&self) -> Course {
        Course::Unknown
    }
    /// What f(−x) is.
    fn symmetry(&self) -> Symmetry {
        Symmetry::None
    }
}

/// Where a function rises and where it falls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    /// It rises everywhere, or stays.
    Rises,
    /// It falls everywhere, or stays.
    Falls,
    /// It falls up to there, then rises.
    FallsThenRises(f64),
    /// It rises up to there, then falls.
    RisesThenFalls(f64),
    /// Not known, or too much to tell.
    Unknown,
}

impl Course {
    /// Whether results `before` and `after`, of inputs `a` ≤ `b`, go the other way.
    #[inline(always)]
    pub(crate) fn is_broken(self, (a, before): (f32, f32), (b, after): (f32, f32)) -> bool {
        match self {
            Course::Rises => after < before,
            Course::Falls => after > before,
            Course::FallsThenRises(turn) if f64::from(b) <= turn => after > before,
            Course::FallsThenRises(turn) => f64::from(a) >= turn && after < before,
            Course::RisesThenFalls(turn) if f64::from(b) <= turn => after < before,
            Course::RisesThenFalls(turn) => f64::from(a) >= turn && after > before,
            Course::Unknown => false,
        }
    }
}

/// What f(−x) is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symmetry {
    /// −f(x).
    Odd,
    /// f(x).
    Even,
    /// Neither.
    None,
}

/// A row of the table.
pub struct Oracle {
    /// By which [`oracle`] finds it.
    pub name: &'static str,
    /// f(x) in f64, for any x that is not NaN. Its zeros have the sign that the function's shall have.
    pub value: fn(f64) -> f64,
    /// The largest relative error of `value`.
    pub error: f64,
    /// f(x) by MPFR, correct to 200 bits.
    #[cfg(feature = "mpfr")]
    pub exact: fn(Float) -> Float,
    /// No result is outside.
    pub range: (f32, f32),
    /// Where it rises and falls.
    pub course: Course,
    /// What f(−x) is.
    pub symmetry: Symmetry,
}

/// The slope that leaky_relu is measured with: that of PyTorch and ONNX.
pub const SLOPE: f32 = 0.01;

/// Of which rows need not say again what most have in common: the identity.
const RISES: Oracle = Oracle {
    name: "identity",
    value: |x| x,
    error: 0.0,
    #[cfg(feature = "mpfr")]
    exact: |x| x,
    range: (f32::NEG_INFINITY, f32::INFINITY),
    course: Course::Rises,
    symmetry: Symmetry::None,
};

/// All functions.
pub const ORACLES: &[Oracle] = &[
    Oracle {
        name: "relu",
        value: |x| if x > 0.0 { x } else { 0.0 },
        #[cfg(feature = "mpfr")]
        exact: |x| if x > 0.0 { x } else { exactly(0.0) },
        range: (0.0, f32::INFINITY),
        ..RISES
    },
    Oracle {
        name: "leaky_relu",
        // The product of two floats is exact in f64.
        value: |x| if x > 0.0 { x } else { f64::from(SLOPE) * x },
        #[cfg(feature = "mpfr")]
        exact: |x| if x > 0.0 { x } else { x * SLOPE },
        ..RISES
    },
    Oracle {
        name: "exp",
        value: core_math::exp,
        error: ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| x.exp(),
        range: (0.0, f32::INFINITY),
        ..RISES
    },
    Oracle {
        name: "tanh",
        value: core_math::tanh,
        error: ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| x.tanh(),
        range: (-1.0, 1.0),
        symmetry: Symmetry::Odd,
        ..RISES
    },
    Oracle {
        name: "sigmoid",
        // Three roundings. Where e⁻ˣ is beyond f64, the result is below 2⁻¹⁰⁰⁰.
        value: |x| 1.0 / (1.0 + core_math::exp(-x)),
        error: 3.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |x| (1u32 + (-x).exp()).recip(),
        range: (0.0, 1.0),
        ..RISES
    },
];

impl Truth for &Oracle {
    #[inline(always)]
    fn value(&self, x: f32) -> f64 {
        (self.value)(f64::from(x))
    }
    fn error(&self) -> f64 {
        self.error
    }
    #[cfg(feature = "mpfr")]
    fn exact(&self, x: f32) -> Option<Exact> {
        Some(Exact((self.exact)(exactly(x))))
    }
    #[cfg(not(feature = "mpfr"))]
    fn exact(&self, _x: f32) -> Option<Exact> {
        None
    }
    fn range(&self) -> (f32, f32) {
        self.range
    }
    fn course(&self) -> Course {
        self.course
    }
    fn symmetry(&self) -> Symmetry {
        self.symmetry
    }
}

/// A name that is not in the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no oracle of the name {name:?}; there are {}", ORACLES.iter().map(|o| o.name).collect::<Vec<_>>().join(", "))]
pub struct UnknownOracle {
    name: String,
}

/// The row of that name.
///
/// # Errors
/// [`UnknownOracle`], which names those there are.
pub fn oracle(name: &str) -> Result<&'static Oracle, UnknownOracle> {
    ORACLES.iter().find(|oracle| oracle.name == name).ok_or_else(|| UnknownOracle { name: name.into() })
}
