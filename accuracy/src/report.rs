//! What a sweep has found: as text, as JSON, and as an exit code.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::bound::{Bound, Demands, Power};
use crate::oracle::Truth;
use crate::tally::{Found, Largest, Places, Tally};

/// The findings of a sweep.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What was measured.
    pub name: String,
    /// Every so manieth magnitude was gone through.
    pub stride: u64,
    /// The hash of the results, see [`fingerprint`](crate::fingerprint).
    #[serde(serialize_with = "hexadecimal")]
    pub fingerprint: u64,
    /// Inputs that are not NaN, and for which the function is defined.
    pub inputs: u64,
    /// The largest error in ULP: exact, if [`Report::undecided`] is 0.
    pub largest: Largest,
    /// The true value there.
    pub truth: f64,
    /// The mean error in ULP.
    pub mean: f64,
    /// How many results are correctly rounded.
    pub correctly_rounded: u64,
    /// The largest relative error of results that are not subnormal.
    pub relative: Largest,
    /// Of the results whose true values are subnormal, or 0.
    pub subnormal: Subnormal,
    /// Places where the results fall though the function rises, or the other way round.
    pub descents: Places,
    /// The deepest of them, in floats.
    pub deepest_descent: u32,
    /// Inputs of which the function has a symmetry that the results lack.
    pub asymmetric: Places,
    /// Results outside of the function's range.
    pub out_of_range: Places,
    /// NaN that does not give NaN.
    pub nan_lost: Places,
    /// NaN from what is not NaN.
    pub nan_made: Places,
    /// ∞ for what is finite, or the other way round.
    pub infinities: Places,
    /// Zeros of the wrong sign.
    pub zero_signs: Places,
    /// Zeros for what rounds to something else.
    pub flushed: Places,
    /// How many roundings f64 did not decide, so that MPFR did.
    pub hard: u64,
    /// How many of them nobody decided, for lack of MPFR.
    pub undecided: u64,
    /// The largest error of the evaluation in f64, in ULP of f32, found on them.
    pub evaluation_ulps: f64,
    /// What was promised.
    pub bound: Option<Bound>,
    /// What of it is not true.
    pub broken: Vec<String>,
}

/// The findings of a sweep, where the true values are subnormal or 0; errors in steps of 2⁻¹⁴⁹.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Subnormal {
    /// Inputs.
    pub inputs: u64,
    /// The largest error.
    pub largest: Largest,
    /// The mean error.
    pub mean: f64,
    /// How many results are correctly rounded.
    pub correctly_rounded: u64,
    /// The largest relative error of what is beyond one step.
    pub relative: Largest,
}

impl Report {
    pub(crate) fn new<T: Truth>(
        name: String,
        stride: u64,
        fingerprint: u64,
        truth: &T,
        tally: Tally,
        demands: Demands,
    ) -> Report {
        let largest = tally.worst(truth);
        let mean = |sum: f64, count: u64| if count == 0 { 0.0 } else { sum / count as f64 };
        let mut report = Report {
            name,
            stride,
            fingerprint,
            inputs: tally.inputs,
            largest,
            truth: largest.at.map_or(0.0, |found| truth.value(found.x)),
            mean: mean(tally.sum, tally.inputs),
            correctly_rounded: tally.correct,
            relative: tally.relative,
            subnormal: Subnormal {
                inputs: tally.subnormal,
                largest: tally.subnormal_worst,
                mean: mean(tally.subnormal_sum, tally.subnormal),
                correctly_rounded: tally.subnormal_correct,
                relative: tally.subnormal_relative,
            },
            descents: tally.descents,
            deepest_descent: tally.deepest,
            asymmetric: tally.asymmetric,
            out_of_range: tally.out_of_range,
            nan_lost: tally.nan_lost,
            nan_made: tally.nan_made,
            infinities: tally.infinities,
            zero_signs: tally.zero_signs,
            flushed: tally.flushed,
            hard: tally.hard,
            undecided: tally.undecided,
            evaluation_ulps: tally.evaluation_ulps,
            bound: demands.bound,
            broken: Vec::new(),
        };
        report.broken = report.check(demands, tally.evaluation_share);
        report
    }

    fn check(&self, demands: Demands, evaluation_share: f64) -> Vec<String> {
        let mut broken = Vec::new();
        let mut demand = |kept: bool, what: &str| {
            if !kept {
                broken.push(what.to_owned());
            }
        };
        match demands.bound {
            Some(Bound::Ulp(most)) => demand(self.largest.error <= most, "the bound in ULP"),
            Some(Bound::Relative(most) | Bound::OfTerms(most)) => {
                demand(self.relative.error <= most, "the relative bound");
                demand(self.subnormal.relative.error <= most, "the relative bound of subnormal results");
            }
            None => {}
        }
        // Without MPFR, some are left open.
        demand(!demands.correct || self.correctly_rounded + self.undecided >= self.inputs, "correct rounding");
        demand(self.nan_lost.count == 0, "NaN gives NaN");
        demand(self.nan_made.count == 0, "only NaN gives NaN");
        demand(self.out_of_range.count == 0, "the range");
        demand(self.infinities.count == 0, "infinities");
        // What is relative to terms may be 0 where the true value has either sign.
        let signs = matches!(demands.bound, Some(Bound::OfTerms(_))) || self.zero_signs.count == 0;
        demand(signs, "the signs of zeros");
        demand(demands.descends.is_none_or(|floats| self.deepest_descent <= floats), "monotonicity");
        demand(!demands.symmetric || self.asymmetric.count == 0, "symmetry");
        demand(evaluation_share <= 1.0, "the oracle's own bound: its evaluation in f64 is worse than stated");
        broken
    }

    /// 0 if all that was promised is true, else 1.
    pub fn exit_code(&self) -> i32 {
        i32::from(!self.broken.is_empty())
    }

    /// All figures. Floats are written as their bits and their value, so that infinities can be.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("numbers and strings can be written")
    }

    /// The share of correctly rounded results.
    pub fn correct_share(&self) -> f64 {
        if self.inputs == 0 { 1.0 } else { self.correctly_rounded as f64 / self.inputs as f64 }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} inputs", self.name, self.inputs)?;
        if self.stride > 1 {
            write!(f, ", every {}th magnitude and special ones", self.stride)?;
        }
        write!(f, "\n  largest error      {:.4} ULP", self.largest.error)?;
        if let Some(found) = self.largest.at {
            write!(f, " at {}: found {}, the true value is {:e}", Hex(found.x), Hex(found.y), self.truth)?;
        }
        write!(f, "\n  mean error         {:.4} ULP", self.mean)?;
        write!(f, "\n  correctly rounded  {:.4} %", 100.0 * self.correct_share())?;
        writeln!(f, " ({} are not)", self.inputs - self.correctly_rounded)?;
        write!(f, "  relative error     {} at most", Power(self.relative.error))?;
        if let Some(found) = self.relative.at {
            write!(f, ", at {}", Hex(found.x))?;
        }
        let Subnormal { inputs, largest, mean, correctly_rounded, .. } = self.subnormal;
        write!(f, "\n  subnormal results  {:.4} steps at most, mean {mean:.4},", largest.error)?;
        writeln!(f, " {} of {inputs} not correctly rounded", inputs - correctly_rounded)?;
        for (what, places) in self.findings() {
            if let (Some(first), Some(last)) = (places.first, places.last) {
                writeln!(f, "  {what}: {}, from {first} to {last}", places.count)?;
            }
        }
        if self.descents.count > 0 {
            writeln!(f, "  the deepest descent is one of {} floats", self.deepest_descent)?;
        }
        write!(f, "  decided by MPFR    {} roundings", self.hard - self.undecided)?;
        if self.hard > self.undecided {
            write!(f, ", where f64 was {} ULP off at most", Power(self.evaluation_ulps))?;
        }
        if self.undecided > 0 {
            write!(f, "\n  not decided        {} roundings", self.undecided)?;
        }
        write!(f, "\n  fingerprint        {:016x}", self.fingerprint)?;
        if let Some(bound) = self.bound {
            write!(f, "\n  promised           {bound}")?;
        }
        match &*self.broken {
            [] => write!(f, "\n  kept"),
            broken => write!(f, "\n  BROKEN: {}", broken.join("; ")),
        }
    }
}

impl Report {
    /// What should not be, by name.
    pub fn findings(&self) -> [(&'static str, &Places); 8] {
        [
            ("not monotonic", &self.descents),
            ("not symmetric", &self.asymmetric),
            ("out of range", &self.out_of_range),
            ("NaN lost", &self.nan_lost),
            ("NaN made", &self.nan_made),
            ("wrong infinities", &self.infinities),
            ("wrong signs of zero", &self.zero_signs),
            ("flushed to zero", &self.flushed),
        ]
    }
}

/// A float as its bits and as a number.
pub(crate) struct Hex(pub f32);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x} ({:e})", self.0.to_bits(), self.0)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "f({}) = {}", Hex(self.x), Hex(self.y))
    }
}

fn hexadecimal<S: Serializer>(hash: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{hash:016x}"))
}

pub(crate) fn float<S: Serializer>(x: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Hex(*x))
}
