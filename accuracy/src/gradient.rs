//! Gradients: functions of two arguments, of what the forward pass saved and of the upstream gradient dy.
//!
//! All values of the first are gone through; for each there is one dy, which [`Upstream`] derives from it.

use std::fmt;

use simdact::Backend;

use crate::bound::Bound;
use crate::exact::Exact;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::floats::mixed;
use crate::oracle::Truth;
#[cfg(feature = "mpfr")]
use rug::Float;

/// Which dy goes with a saved value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Upstream {
    /// Of random significand and sign, and of magnitude 1 to 2.
    Significand,
    /// Any finite float: results may be subnormal.
    Any,
    /// 1: the derivative itself.
    One,
}

impl Upstream {
    /// All of them.
    pub const ALL: [Upstream; 3] = [Upstream::One, Upstream::Significand, Upstream::Any];

    /// The dy.
    #[inline]
    pub fn dy(self, saved: f32) -> f32 {
        // Of each kind others.
        let bits = (mixed(u64::from(saved.to_bits()) | (self as u64) << 32) >> 32) as u32;
        match self {
            Upstream::One => 1.0,
            Upstream::Significand => f32::from_bits(bits & 0x807f_ffff | 0x3f80_0000),
            Upstream::Any if bits & 0x7f80_0000 == 0x7f80_0000 => f32::from_bits(bits & 0x807f_ffff),
            Upstream::Any => f32::from_bits(bits),
        }
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Upstream::One => "dy = 1",
            Upstream::Significand => "dy in ±[1, 2)",
            Upstream::Any => "any dy",
        })
    }
}

/// What is known of a gradient, and how far computed ones may be from it.
pub struct Gradient {
    /// dx in f64, from the saved value and dy.
    pub value: fn(f64, f64) -> f64,
    /// The largest relative error of `value`.
    pub error: f64,
    /// dx by MPFR, correct to 200 bits.
    #[cfg(feature = "mpfr")]
    pub exact: fn(Float, Float) -> Float,
    /// The magnitudes of terms that may cancel, added up, where they do, or of a derivative that may be subnormal: what
    /// errors are relative to.
    pub terms: Option<fn(f64, f64) -> f64>,
    /// What can be saved: the function's range where that is the output.
    pub domain: (f32, f32),
    /// How far computed gradients may be from the true ones.
    pub bound: Bound,
    /// The same on [`Backend::Portable`]; None where it has the bits of all others.
    pub portable: Option<Bound>,
}

impl Gradient {
    /// dy itself, rounded once at most: of which others need not say again what most have in common.
    pub(crate) const ROUNDED: Gradient = Gradient {
        value: |_, dy| dy,
        error: 0.0,
        #[cfg(feature = "mpfr")]
        exact: |_, dy| dy,
        terms: None,
        domain: (f32::NEG_INFINITY, f32::INFINITY),
        bound: Bound::ROUNDED,
        portable: None,
    };

    /// What is promised on that backend.
    pub fn bound_on(&self, backend: Backend) -> Bound {
        if backend == Backend::Portable { self.portable.unwrap_or(self.bound) } else { self.bound }
    }

    /// How far a computed gradient may be from the true one, absolutely.
    pub fn slack(&self, backend: Backend, saved: f32, dy: f32) -> f64 {
        let (saved, dy) = (f64::from(saved), f64::from(dy));
        let value = (self.value)(saved, dy);
        let terms = self.terms.map_or(value.abs(), |terms| terms(saved, dy).max(least(dy)));
        self.bound_on(backend).slack(value, terms)
    }
}

/// A derivative has fewer digits where it is subnormal.
fn least(dy: f64) -> f64 {
    dy.abs() * f64::from(f32::MIN_POSITIVE)
}

impl Truth for (&Gradient, Upstream) {
    #[inline(always)]
    fn value(&self, saved: f32) -> f64 {
        (self.0.value)(f64::from(saved), f64::from(self.1.dy(saved)))
    }
    fn error(&self) -> f64 {
        self.0.error
    }
    #[inline(always)]
    fn magnitude(&self, saved: f32, value: f64) -> f64 {
        match self.0.terms {
            Some(terms) => terms(f64::from(saved), f64::from(self.1.dy(saved))),
            None => value.abs(),
        }
    }
    #[inline(always)]
    fn least(&self, saved: f32) -> f64 {
        if self.0.terms.is_some() { least(f64::from(self.1.dy(saved))) } else { 0.0 }
    }
    #[cfg(feature = "mpfr")]
    fn exact(&self, saved: f32) -> Option<Exact> {
        Some(Exact((self.0.exact)(exactly(saved), exactly(self.1.dy(saved)))))
    }
    #[cfg(not(feature = "mpfr"))]
    fn exact(&self, _saved: f32) -> Option<Exact> {
        None
    }
    fn domain(&self) -> (f32, f32) {
        self.0.domain
    }
}
