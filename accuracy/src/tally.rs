//! What is counted of one part of a sweep, and added up over the parts.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::floats::{SMALLEST, finite, order, per_ulp};
use crate::oracle::{Course, Symmetry, Truth};

/// A found result.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Found {
    /// The input.
    #[serde(serialize_with = "crate::report::float")]
    pub x: f32,
    /// The result.
    #[serde(serialize_with = "crate::report::float")]
    pub y: f32,
}

/// Places at which something was found, in ascending order of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Places {
    /// How many.
    pub count: u64,
    /// The one with the smallest input.
    pub first: Option<Found>,
    /// The one with the largest input.
    pub last: Option<Found>,
}

impl Places {
    #[cold]
    fn note(&mut self, x: f32, y: f32) {
        let found = Some(Found { x, y });
        self.add(&Places { count: 1, first: found, last: found });
    }

    fn add(&mut self, other: &Places) {
        self.count += other.count;
        let both = |a: Option<Found>, b: Option<Found>| a.into_iter().chain(b);
        self.first = both(self.first, other.first).min_by_key(|found| order(found.x));
        self.last = both(self.last, other.last).max_by_key(|found| order(found.x));
    }
}

/// The largest of some errors, and where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Largest {
    /// How large.
    pub error: f64,
    /// The first input with it.
    pub at: Option<Found>,
}

impl Largest {
    #[inline(always)]
    fn note(&mut self, error: f64, x: f32, y: f32) {
        if error > self.error {
            *self = Largest { error, at: Some(Found { x, y }) };
        }
    }

    fn add(&mut self, other: &Largest) {
        if other.error > self.error {
            *self = *other;
        }
    }
}

/// A result that may be the worst, as far as f64 can tell.
#[derive(Clone, Copy)]
pub struct Candidate {
    pub x: f32,
    pub y: f32,
    /// Its error is at most this.
    pub high: f64,
    /// Its error is at least this.
    pub low: f64,
}

/// An error that all parts together have reached for certain: what is below it is not the largest.
#[derive(Default)]
pub struct Reached(AtomicU64);

impl Reached {
    fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }

    fn raise(&self, error: f64) {
        // The bits of positive numbers are in their order.
        self.0.fetch_max(error.to_bits(), Ordering::Relaxed);
    }
}

/// Most candidates that are kept of a part. They are more where a function keeps to a value and its results do too.
const CANDIDATES: usize = 64;
/// Errors below are taken for none where it is asked which is the largest.
const NEGLIGIBLE: f64 = 1.0 / (1 << 20) as f64;
/// 2⁻¹⁰⁰⁰, added to the error of an evaluation: what is so far below any float, f64 may lose.
const TINY: f64 = f64::from_bits((1023 - 1000) << 52);

/// The tally of a part.
#[derive(Default)]
pub struct Tally {
    pub inputs: u64,
    pub nans: u64,
    pub sum: f64,
    pub correct: u64,
    /// Results handed to the exact oracle because of their rounding.
    pub hard: u64,
    /// Those of them that nobody decided, for lack of an exact oracle.
    pub undecided: u64,
    /// The largest share of its stated error that the evaluation in f64 showed on them, and the largest error in ULP.
    pub evaluation_share: f64,
    pub evaluation_ulps: f64,
    pub candidates: Vec<Candidate>,
    /// Candidates were left out whose errors are at most this.
    pub left_out: f64,
    /// The largest relative error where the true value is not subnormal.
    pub relative: Largest,
    /// The same where it is, but for one step.
    pub subnormal_relative: Largest,
    pub subnormal: u64,
    pub subnormal_sum: f64,
    pub subnormal_correct: u64,
    pub subnormal_worst: Largest,
    pub descents: Places,
    /// The deepest of them, in floats.
    pub deepest: u32,
    pub asymmetric: Places,
    pub out_of_range: Places,
    pub nan_lost: Places,
    pub nan_made: Places,
    pub infinities: Places,
    pub zero_signs: Places,
    pub flushed: Places,
    /// What candidates must exceed.
    threshold: f64,
}

impl Tally {
    pub fn new(reached: &Reached) -> Tally {
        // One that is only as large counts too: the first of equals is told, whichever part is done first.
        Tally { threshold: reached.get().next_down().max(NEGLIGIBLE), ..Tally::default() }
    }

    /// Takes the results `y` of inputs `x`, whose true values are `v` in f64.
    pub fn measure<T: Truth>(&mut self, truth: &T, x: &[f32], y: &[f32], v: &[f64]) {
        let (domain, range, error) = (truth.domain(), truth.range(), truth.error());
        let tiny = if error > 0.0 { TINY } else { 0.0 };
        for ((&x, &y), &v) in x.iter().zip(y).zip(v) {
            if x.is_nan() || v.is_nan() || y.is_nan() {
                self.nan(x, y, v, domain);
                continue;
            }
            if x < domain.0 || x > domain.1 {
                continue;
            }
            self.inputs += 1;
            let (value, found) = (finite(v), finite(f64::from(y)));
            let (size, apart) = (value.abs(), (found - value).abs());
            let magnitude = truth.magnitude(x, value);
            let margin = error * magnitude + tiny;
            let ulps = apart * per_ulp(size);
            self.sum += ulps;
            // At most so many: a little nearer to 0, the unit may be the next smaller one.
            let high = if margin == 0.0 { ulps } else { (apart + margin) * per_ulp((size - margin).max(0.0)) };
            if high > self.threshold {
                let low = if margin == 0.0 { ulps } else { (apart - margin) * per_ulp(size + margin) };
                self.nominate(Candidate { x, y, high, low: low.max(0.0) });
            }
            let (below, above) = ((value - margin) as f32, (value + margin) as f32);
            let rounded = if below == above { below } else { self.decide(truth, x, v) };
            self.correct += u64::from(rounded == y);
            if size < f64::from(f32::MIN_POSITIVE) {
                self.subnormal += 1;
                self.subnormal_sum += ulps;
                self.subnormal_correct += u64::from(rounded == y);
                self.subnormal_worst.note(ulps, x, y);
            }
            let terms = magnitude.max(truth.least(x));
            if terms >= f64::from(f32::MIN_POSITIVE) {
                self.relative.note(apart / terms, x, y);
            } else if ulps > 1.0 {
                self.subnormal_relative.note((apart - SMALLEST) / terms, x, y);
            }
            if y < range.0 || y > range.1 {
                self.out_of_range.note(x, y);
            }
            if y == 0.0 {
                if rounded != 0.0 {
                    self.flushed.note(x, y);
                }
                if y.is_sign_negative() != v.is_sign_negative() {
                    self.zero_signs.note(x, y);
                }
            }
            // An overflow that the error allows is none too many.
            if y != rounded && (y.is_infinite() || rounded.is_infinite()) && ulps >= 1.0 {
                self.infinities.note(x, y);
            }
        }
    }

    /// Where the input, the true value or the result is NaN: all of them should be, if one of the first two is.
    #[cold]
    fn nan(&mut self, x: f32, y: f32, v: f64, domain: (f32, f32)) {
        if x.is_nan() {
            self.nans += 1;
        } else if x >= domain.0 && x <= domain.1 {
            self.inputs += 1;
        } else {
            return;
        }
        match (x.is_nan() || v.is_nan(), y.is_nan()) {
            (true, false) => self.nan_lost.note(x, y),
            (false, true) => self.nan_made.note(x, y),
            _ => {}
        }
    }

    #[cold]
    fn nominate(&mut self, candidate: Candidate) {
        self.threshold = self.threshold.max(candidate.low);
        self.candidates.push(candidate);
        if self.candidates.len() >= 2 * CANDIDATES {
            self.thin_out();
        }
    }

    fn thin_out(&mut self) {
        let least = self.candidates.iter().map(|candidate| candidate.low).fold(0.0, f64::max);
        self.candidates.retain(|candidate| candidate.high >= least);
        if self.candidates.len() > CANDIDATES {
            // The sort is stable: the first of equals stay.
            self.candidates.sort_by(|a, b| b.high.total_cmp(&a.high));
            let left_out = self.candidates.drain(CANDIDATES..).next();
            self.left_out = self.left_out.max(left_out.map_or(0.0, |candidate| candidate.high));
        }
    }

    /// The correctly rounded result, where f64 does not tell.
    #[cold]
    fn decide<T: Truth>(&mut self, truth: &T, x: f32, v: f64) -> f32 {
        self.hard += 1;
        let Some(exact) = truth.exact(x) else {
            self.undecided += 1;
            return v as f32;
        };
        let ulps = exact.ulps(v);
        self.evaluation_ulps = self.evaluation_ulps.max(ulps);
        // A margin that is exceeded is exceeded by more than the rounding of this division.
        let margin = truth.error() * truth.magnitude(x, finite(v)) + TINY;
        self.evaluation_share = self.evaluation_share.max(ulps / (margin * per_ulp(finite(v))));
        exact.rounded()
    }

    /// Takes results of inputs whose bit patterns ascend, all of one sign, and what stood before them.
    pub fn follow(&mut self, course: Course, mut before: Option<(f32, f32)>, x: &[f32], y: &[f32]) {
        for (&x, &y) in x.iter().zip(y) {
            if let Some(before) = before {
                // Patterns of negative numbers descend.
                let (a, b) = if x.is_sign_negative() { ((x, y), before) } else { (before, (x, y)) };
                self.follow_one(course, a, b);
            }
            before = Some((x, y));
        }
    }

    /// Takes an input and its result, and the next larger ones.
    #[inline(always)]
    pub fn follow_one(&mut self, course: Course, a: (f32, f32), b: (f32, f32)) {
        if course.is_broken(a, b) {
            self.descents.note(b.0, b.1);
            self.deepest = self.deepest.max(order(a.1).abs_diff(order(b.1)));
        }
    }

    /// Takes the results of inputs `x` and of −x.
    pub fn reflect(&mut self, symmetry: Symmetry, x: &[f32], y: &[f32], reflected: &[f32]) {
        let flip = match symmetry {
            Symmetry::Odd => 1 << 31,
            Symmetry::Even => 0,
            Symmetry::None => return,
        };
        for ((&x, &y), &other) in x.iter().zip(y).zip(reflected) {
            if y.to_bits() ^ flip != other.to_bits() && !(y.is_nan() && other.is_nan()) {
                self.asymmetric.note(x, y);
            }
        }
    }

    /// Nothing is added to this part any more.
    pub fn close(mut self, reached: &Reached) -> Tally {
        self.thin_out();
        if let Some(low) = self.candidates.iter().map(|candidate| candidate.low).reduce(f64::max) {
            reached.raise(low);
        }
        self
    }

    /// Adds the part that follows.
    pub fn add(mut self, other: Tally) -> Tally {
        self.inputs += other.inputs;
        self.nans += other.nans;
        self.sum += other.sum;
        self.correct += other.correct;
        self.hard += other.hard;
        self.undecided += other.undecided;
        self.evaluation_share = self.evaluation_share.max(other.evaluation_share);
        self.evaluation_ulps = self.evaluation_ulps.max(other.evaluation_ulps);
        self.candidates.extend(other.candidates);
        self.left_out = self.left_out.max(other.left_out);
        self.relative.add(&other.relative);
        self.subnormal_relative.add(&other.subnormal_relative);
        self.subnormal += other.subnormal;
        self.subnormal_sum += other.subnormal_sum;
        self.subnormal_correct += other.subnormal_correct;
        self.subnormal_worst.add(&other.subnormal_worst);
        self.descents.add(&other.descents);
        self.deepest = self.deepest.max(other.deepest);
        self.asymmetric.add(&other.asymmetric);
        self.out_of_range.add(&other.out_of_range);
        self.nan_lost.add(&other.nan_lost);
        self.nan_made.add(&other.nan_made);
        self.infinities.add(&other.infinities);
        self.zero_signs.add(&other.zero_signs);
        self.flushed.add(&other.flushed);
        self
    }

    /// The largest error: of those that may be it, the exact oracle tells. If there were too many to keep, one of those
    /// left out may be larger by what the evaluation in f64 may be off.
    pub fn worst<T: Truth>(&self, truth: &T) -> Largest {
        let least = self.candidates.iter().map(|candidate| candidate.low).fold(0.0, f64::max);
        let mut worst = Largest::default();
        for &Candidate { x, y, high, low } in self.candidates.iter().filter(|candidate| candidate.high >= least) {
            let exact = if high == low { None } else { truth.exact(x) };
            worst.note(exact.map_or((high + low) / 2.0, |exact| exact.ulps(y)), x, y);
        }
        worst
    }
}
