//! True values: what results are compared with, and what else is known of a function.

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
    /// What errors are relative to: the value itself, or where it is a sum whose terms may cancel, their magnitudes.
    #[inline(always)]
    fn magnitude(&self, _x: f32, value: f64) -> f64 {
        value.abs()
    }
    /// The least magnitude that a bound relative to terms is relative to.
    #[inline(always)]
    fn least(&self, _x: f32) -> f64 {
        0.0
    }
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
    pub fn is_broken(self, (a, before): (f32, f32), (b, after): (f32, f32)) -> bool {
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

/// What is known of a function of one argument.
pub struct Oracle {
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
