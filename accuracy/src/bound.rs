//! What is demanded of a function.

use std::fmt;

use serde::Serialize;

/// How far results may be from the true values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Bound {
    /// At most so many ULP of the true value, subnormal or not.
    Ulp(f64),
    /// At most so large a part of the true value; where that is subnormal, one step of 2⁻¹⁴⁹ more.
    Relative(f64),
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
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Bound::Ulp(most) => write!(f, "{most} ULP"),
            Bound::Relative(most) => write!(f, "{} relative", Power(most)),
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
}
