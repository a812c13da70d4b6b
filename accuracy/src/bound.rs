//! What is demanded of a function.

use std::fmt;

use serde::Serialize;

use crate::floats::{SMALLEST, power, ulp, ulps};

/// How far results may be from the true values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Bound {
    /// At most so many ULP of the true value, subnormal or not.
    Ulp(f64),
    /// At most so large a part of the true value; where that is subnormal, one step of 2⁻¹⁴⁹ more.
    Relative(f64),
    /// At most so large a part of the terms that may cancel in the true value, and one step of 2⁻¹⁴⁹ more.
    OfTerms(f64),
}

impl Bound {
    /// Correctly rounded, or as good as that.
    pub const ROUNDED: Bound = Bound::Ulp(0.5);

    /// At most so many ULP.
    pub const fn ulp(most: f64) -> Bound {
        Bound::Ulp(most)
    }

    /// At most so large a part of the true value; where that is subnormal, one step of 2⁻¹⁴⁹ more.
    pub const fn relative(most: f64) -> Bound {
        Bound::Relative(most)
    }

    /// At most so many units of 2⁻²⁴ of the terms that may cancel in the true value.
    pub const fn of_terms(units: f64) -> Bound {
        Bound::OfTerms(units * power(-24))
    }

    /// How far a result may be from the true value, absolutely, where its terms have those magnitudes.
    pub fn slack(self, truth: f64, terms: f64) -> f64 {
        let step = if truth.abs() < f64::from(f32::MIN_POSITIVE) { SMALLEST } else { 0.0 };
        match self {
            Bound::Ulp(most) => most * ulp(truth),
            Bound::Relative(most) => most * truth.abs() + step,
            Bound::OfTerms(most) => most * terms + SMALLEST,
        }
    }

    /// The error of a result in the bound's own unit.
    pub fn error(self, found: f32, truth: f64) -> f64 {
        match self {
            Bound::Ulp(_) => ulps(found, truth),
            Bound::Relative(_) | Bound::OfTerms(_) => {
                let distance = ulps(found, truth) * ulp(truth);
                let step = if truth.abs() < f64::from(f32::MIN_POSITIVE) { SMALLEST } else { 0.0 };
                if distance <= step { 0.0 } else { (distance - step) / truth.abs() }
            }
        }
    }

    /// Whether such an error is within it.
    pub fn allows(self, error: f64) -> bool {
        let (Bound::Ulp(most) | Bound::Relative(most) | Bound::OfTerms(most)) = self;
        error <= most
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Bound::Ulp(most) => write!(f, "{most} ULP"),
            Bound::Relative(most) => write!(f, "{} relative", Power(most)),
            Bound::OfTerms(most) => write!(f, "{} · 2⁻²⁴ of the terms", most / power(-24)),
        }
    }
}

/// An error as a power of two.
pub(crate) struct Power(pub f64);

impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0.0 { f.write_str("0") } else { write!(f, "2^{:.2}", self.0.log2()) }
    }
}

/// All that a report checks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Demands {
    pub bound: Option<Bound>,
    /// How deep a descent may be, in floats.
    pub descends: Option<u32>,
    pub symmetric: bool,
    /// Whether all results are to be correctly rounded.
    pub correct: bool,
}
