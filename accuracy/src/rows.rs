//! Functions of rows: softmax, its relatives and their gradients, over rows of all lengths and distributions.
//!
//! The reference is f64 with compensated sums. Each exponential is correctly rounded, its argument x − max is off by at
//! most 2⁻⁵³ of itself, which is at most 104 where the result is not 0, and a sum of positive terms is off by little
//! more than one rounding: less than 110 · 2⁻⁵³ in all, or 2⁻²² of the unit 2⁻²⁴ in which errors are told.

use std::fmt;
use std::ops::RangeInclusive;

use rayon::prelude::*;
use serde::Serialize;
use simdact::{Accuracy, Axis, Backend, Kernels};

use crate::bound::Bound;
use crate::floats::{mixed, ulps};

/// The rounding error of one operation in f32, relative.
const UNIT: f64 = 1.0 / (1 << 24) as f64;
/// The smallest subnormal.
const SMALLEST: f64 = f32::from_bits(1) as f64;

/// Random numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mixed(self.0)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    fn within(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * ((self.next() >> 40) as f32 / (1 << 24) as f32)
    }
}

/// A kind of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Distribution {
    /// Every value the same.
    Equal,
    /// One value far above the others, which are the same.
    OneHuge,
    /// One value a little above the others.
    OneLarger,
    /// Numbers as networks have them.
    Logits,
    /// Normally distributed, as logits of untrained networks are.
    Normal,
    /// Over the whole range in which the result is not 0.
    Wide,
    /// Results which are subnormal, all but one.
    Subnormal,
    /// A straight line.
    Ramp,
    /// A few numbers among −∞, as masks make them.
    Masked,
}

impl Distribution {
    /// All of them.
    pub const ALL: [Distribution; 9] = [
        Distribution::Equal,
        Distribution::OneHuge,
        Distribution::OneLarger,
        Distribution::Logits,
        Distribution::Normal,
        Distribution::Wide,
        Distribution::Subnormal,
        Distribution::Ramp,
        Distribution::Masked,
    ];

    /// A row of `n` values, which `seed` chooses.
    pub fn row(self, n: usize, seed: u64) -> Vec<f32> {
        let mut random = Random(seed << 32);
        let base = random.within(-3.0, 3.0);
        let special = random.below(n);
        let value = |i: usize| match self {
            Distribution::Equal => base,
            Distribution::OneHuge if i == special => 1e30,
            Distribution::OneLarger if i == special => base + 5.0,
            Distribution::OneHuge | Distribution::OneLarger => base,
            Distribution::Logits => random.within(-8.0, 8.0),
            Distribution::Normal => (0..12).map(|_| random.within(-0.5, 0.5)).sum(),
            // All bits of the small ones are used: their differences to the large ones are rounded.
            Distribution::Wide => -104.0 * random.within(0.0, 1.0),
            Distribution::Subnormal if i == special => 0.0,
            Distribution::Subnormal => random.within(-103.0, -87.5),
            Distribution::Ramp => i as f32 * -0.001,
            Distribution::Masked if i == special || random.below(4) == 0 => random.within(-2.0, 2.0),
            Distribution::Masked => f32::NEG_INFINITY,
        };
        (0..n).map(value).collect()
    }
}

/// A sum that is as good as one in twice the precision: T. Ogita, S. Rump, S. Oishi, *Accurate Sum and Dot Product*,
/// 2005.
fn sum(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut low) = (0.0, 0.0);
    for term in terms {
        let next = sum + term;
        let part = next - sum;
        low += (sum - (next - part)) + (term - part);
        sum = next;
    }
    sum + low
}

/// The softmax of a row, to 110 · 2⁻⁵³ relative; what is below 2⁻⁹⁰⁰ may be 0.
pub fn softmax(x: &[f32]) -> Vec<f64> {
    let max = x.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(f64::from(x)));
    let e: Vec<f64> = x.iter().map(|&x| core_math::exp(f64::from(x) - max)).collect();
    let total = sum(e.iter().copied());
    e.into_iter().map(|e| e / total).collect()
}

/// The gradient of softmax, from its output and dy. Products of two floats are exact in f64; the error is 2⁻⁵¹ of what
/// could cancel.
pub fn softmax_gradient(y: &[f32], dy: &[f32]) -> Vec<f64> {
    let dot = sum(y.iter().zip(dy).map(|(&y, &dy)| f64::from(y) * f64::from(dy)));
    y.iter().zip(dy).map(|(&y, &dy)| f64::from(y) * (f64::from(dy) - dot)).collect()
}

fn max_of(x: &[f32]) -> f64 {
    x.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(f64::from(x)))
}

/// The softmax of a row with a 0 appended, without that element; as good as [`softmax`].
pub fn softmax1(x: &[f32]) -> Vec<f64> {
    let max = max_of(x).max(0.0);
    let e: Vec<f64> = x.iter().map(|&x| core_math::exp(f64::from(x) - max)).collect();
    let total = sum(e.iter().copied().chain([core_math::exp(-max)]));
    e.into_iter().map(|e| e / total).collect()
}

/// The maximum of a row, and log Σ e^(x − max), to 120 · 2⁻⁵³.
fn log_of_sum(x: &[f32]) -> (f64, f64) {
    let max = max_of(x);
    (max, core_math::log(sum(x.iter().map(|&x| core_math::exp(f64::from(x) - max)))))
}

/// The logarithm of softmax, to 120 · 2⁻⁵³, and 2⁻⁵² of itself.
pub fn log_softmax(x: &[f32]) -> Vec<f64> {
    let (max, log) = log_of_sum(x);
    x.iter().map(|&x| (f64::from(x) - max) - log).collect()
}

/// The gradient of the logarithm of softmax, from its output and dy; as good as [`softmax_gradient`].
pub fn log_softmax_gradient(y: &[f32], dy: &[f32]) -> Vec<f64> {
    let total = sum(dy.iter().map(|&dy| f64::from(dy)));
    y.iter().zip(dy).map(|(&y, &dy)| f64::from(dy) - core_math::exp(f64::from(y)) * total).collect()
}

/// Additions that an element goes through on its way into a sum, as the documentation of softmax states them: n/32 up
/// to 8192 elements, then one more for each doubling.
fn depth(n: usize) -> f64 {
    let chunks = n.div_ceil(8192).max(1);
    n.min(8192) as f64 / 32.0 + f64::from(chunks.next_power_of_two().trailing_zeros())
}

/// The stated bound of softmax's error at an element y.
fn softmax_bound(backend: Backend, n: usize, y: f64) -> f64 {
    let logarithms = if backend == Backend::Portable { 2.1 } else { 1.1 };
    (depth(n) + 16.0 - logarithms * y.max(1e-300).ln()) * UNIT * y + SMALLEST
}

/// The stated bound of softmax and its kin in the exact tier.
const EXACT: Bound = Bound::ulp(0.501);

/// The stated bound of the gradient's error at each element.
fn gradient_bound(y: &[f32], dy: &[f32]) -> Vec<f64> {
    let terms = sum(y.iter().zip(dy).map(|(&y, &dy)| (f64::from(y) * f64::from(dy)).abs()));
    let shared = (depth(y.len()) + 8.0) * terms;
    let bound = |(&y, &dy): (&f32, &f32)| f64::from(y).abs() * (shared + 2.0 * f64::from(dy).abs()) * UNIT + SMALLEST;
    y.iter().zip(dy).map(bound).collect()
}

/// The stated bound of the error of log_softmax's gradient at each element.
fn log_gradient_bound(backend: Backend, y: &[f32], dy: &[f32]) -> Vec<f64> {
    let terms = sum(dy.iter().map(|&dy| f64::from(dy).abs()));
    let total = sum(dy.iter().map(|&dy| f64::from(dy))).abs();
    let logarithms = if backend == Backend::Portable { 1.1 } else { 0.1 };
    let depth = depth(dy.len());
    let bound = |(&y, &dy): (&f32, &f32)| {
        // So that it is not infinite times 0.
        let y = f64::from(y).max(-1e3);
        let of_product = (depth + 8.0) * terms + (4.0 + logarithms * y.abs()) * total;
        (of_product * core_math::exp(y) + f64::from(dy).abs()) * UNIT + SMALLEST * (1.0 + total)
    };
    y.iter().zip(dy).map(bound).collect()
}

/// Rows of about the same length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// The shortest.
    pub shortest: usize,
    /// The longest.
    pub longest: usize,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.shortest == self.longest {
            write!(f, "rows of {}", self.shortest)
        } else {
            write!(f, "rows of {}–{}", self.shortest, self.longest)
        }
    }
}

impl Class {
    /// All of them.
    pub const ALL: [Class; 9] = [
        Class::of(1..=1),
        Class::of(2..=8),
        Class::of(9..=32),
        Class::of(33..=128),
        Class::of(129..=512),
        Class::of(513..=2048),
        Class::of(2049..=8192),
        Class::of(8193..=65_536),
        Class::of(65_537..=1_000_000),
    ];

    const fn of(lengths: RangeInclusive<usize>) -> Class {
        Class { shortest: *lengths.start(), longest: *lengths.end() }
    }

    /// Lengths of this class, about `elements` in all: the shortest and the longest, then any.
    fn lengths(self, elements: usize) -> Vec<usize> {
        let mut random = Random(self.longest as u64);
        let mut lengths = vec![self.shortest, self.longest];
        let mut total = self.shortest + self.longest;
        while total < elements {
            let length = self.shortest + random.below(self.longest - self.shortest + 1);
            lengths.push(length);
            total += length;
        }
        lengths
    }
}

/// A function along rows that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFunction {
    /// The softmax.
    Softmax,
    /// The same in the exact tier.
    SoftmaxExact,
    /// Its gradient.
    SoftmaxBackward,
    /// The softmax with a 1 in the sum; its gradient is that of softmax.
    Softmax1,
    /// The same in the exact tier.
    Softmax1Exact,
    /// The logarithm of softmax.
    LogSoftmax,
    /// Its gradient.
    LogSoftmaxBackward,
    /// The logarithm of the sum of exponentials.
    LogSumExp,
}

/// All of them.
pub const ROWS: [RowFunction; 8] = [
    RowFunction::Softmax,
    RowFunction::SoftmaxExact,
    RowFunction::SoftmaxBackward,
    RowFunction::Softmax1,
    RowFunction::Softmax1Exact,
    RowFunction::LogSoftmax,
    RowFunction::LogSoftmaxBackward,
    RowFunction::LogSumExp,
];

/// What was found in the rows of a class.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RowReport {
    /// Rows.
    pub rows: u64,
    /// Elements of all rows.
    pub elements: u64,
    /// The largest error of an element in ULP. (Of gradients and logarithms, that says little: terms cancel.)
    pub ulps: f64,
    /// The largest |Σ y − 1| of a row, in units of 2⁻²⁴; 0 of what does not sum to 1.
    pub sum: f64,
    /// The largest share of the stated bound that an error has reached: the bound holds if it is at most 1.
    pub share: f64,
    /// Where: the kind of row.
    pub distribution: Option<Distribution>,
    /// Where: the length of the row.
    pub length: usize,
}

impl fmt::Display for RowReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} ULP, sum off by {:.2} · 2^-24, {:.3} of the bound", self.ulps, self.sum, self.share)?;
        match self.distribution {
            Some(distribution) => write!(f, " ({distribution:?}, {} long)", self.length),
            None => Ok(()),
        }
    }
}

impl RowReport {
    fn add(mut self, other: RowReport) -> RowReport {
        self.rows += other.rows;
        self.elements += other.elements;
        self.ulps = self.ulps.max(other.ulps);
        self.sum = self.sum.max(other.sum);
        if other.share > self.share {
            (self.share, self.distribution, self.length) = (other.share, other.distribution, other.length);
        }
        self
    }
}

impl RowFunction {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            RowFunction::Softmax => "softmax",
            RowFunction::SoftmaxExact => "softmax, exact",
            RowFunction::SoftmaxBackward => "softmax, backward",
            RowFunction::Softmax1 => "softmax1",
            RowFunction::Softmax1Exact => "softmax1, exact",
            RowFunction::LogSoftmax => "log_softmax",
            RowFunction::LogSoftmaxBackward => "log_softmax, backward",
            RowFunction::LogSumExp => "logsumexp",
        }
    }

    /// Whether its bound is relative to the result.
    pub fn is_relative(self) -> bool {
        use RowFunction::*;
        matches!(self, Softmax | SoftmaxExact | Softmax1 | Softmax1Exact)
    }

    /// Measures it on rows of a class, of every distribution, about `elements` elements each.
    pub fn measure(self, kernels: &Kernels, class: Class, elements: usize) -> RowReport {
        let kernels = kernels.serial();
        let lengths = class.lengths(elements);
        let rows = lengths.into_par_iter().enumerate().flat_map_iter(|(seed, n)| {
            let rows = Distribution::ALL.into_iter();
            rows.map(move |distribution| self.measure_row(&kernels, distribution, n, seed as u64))
        });
        // Not reduced in parallel, so that it is always the same row that is told.
        rows.collect::<Vec<_>>().into_iter().fold(RowReport::default(), RowReport::add)
    }

    fn measure_row(self, kernels: &Kernels, distribution: Distribution, n: usize, seed: u64) -> RowReport {
        let x = distribution.row(n, seed);
        let axis = Axis::rows(n);
        let backend = kernels.backend();
        let mut report = RowReport { rows: 1, elements: n as u64, length: n, ..RowReport::default() };
        report.distribution = Some(distribution);
        let mut y = vec![f32::NAN; n];
        let upstream = || -> Vec<f32> {
            let mut random = Random(!(seed << 32));
            (0..n).map(|_| random.within(-2.0, 2.0)).collect()
        };
        let (found, truth, bounds): (Vec<f32>, Vec<f64>, Vec<f64>) = match self {
            RowFunction::SoftmaxExact => {
                kernels.accuracy(Accuracy::Exact).softmax(&x, axis, &mut y).expect("all fits");
                report.sum = (sum(y.iter().map(|&y| f64::from(y))) - 1.0).abs() / UNIT;
                let truth = softmax(&x);
                let bounds = truth.iter().map(|&y| EXACT.slack(y, y)).collect();
                (y, truth, bounds)
            }
            RowFunction::Softmax1Exact => {
                kernels.accuracy(Accuracy::Exact).softmax1(&x, axis, &mut y).expect("all fits");
                let truth = softmax1(&x);
                let bounds = truth.iter().map(|&y| EXACT.slack(y, y)).collect();
                (y, truth, bounds)
            }
            RowFunction::Softmax => {
                kernels.softmax(&x, axis, &mut y).expect("all fits");
                report.sum = (sum(y.iter().map(|&y| f64::from(y))) - 1.0).abs() / UNIT;
                let truth = softmax(&x);
                let bounds = truth.iter().map(|&y| softmax_bound(backend, n, y)).collect();
                (y, truth, bounds)
            }
            RowFunction::SoftmaxBackward => {
                kernels.softmax(&x, axis, &mut y).expect("all fits");
                let (dy, mut dx) = (upstream(), vec![f32::NAN; n]);
                kernels.softmax_backward(&y, &dy, axis, &mut dx).expect("all fits");
                let (truth, bounds) = (softmax_gradient(&y, &dy), gradient_bound(&y, &dy));
                (dx, truth, bounds)
            }
            RowFunction::Softmax1 => {
                kernels.softmax1(&x, axis, &mut y).expect("all fits");
                let truth = softmax1(&x);
                let bounds = truth.iter().map(|&y| softmax_bound(backend, n, y) + 2.0 * UNIT * y).collect();
                (y, truth, bounds)
            }
            RowFunction::LogSoftmax => {
                kernels.log_softmax(&x, axis, &mut y).expect("all fits");
                let truth = log_softmax(&x);
                let bounds = truth.iter().map(|y| (depth(n) + 16.0 + 2.7 * y.abs()) * UNIT).collect();
                (y, truth, bounds)
            }
            RowFunction::LogSoftmaxBackward => {
                kernels.log_softmax(&x, axis, &mut y).expect("all fits");
                let (dy, mut dx) = (upstream(), vec![f32::NAN; n]);
                kernels.log_softmax_backward(&y, &dy, axis, &mut dx).expect("all fits");
                let (truth, bounds) = (log_softmax_gradient(&y, &dy), log_gradient_bound(backend, &y, &dy));
                (dx, truth, bounds)
            }
            RowFunction::LogSumExp => {
                let mut y = vec![f32::NAN];
                kernels.logsumexp(&x, axis, &mut y).expect("all fits");
                let (max, log) = log_of_sum(&x);
                let truth = max + log;
                (y, vec![truth], vec![(depth(n) + 16.0 + 1.7 * log + truth.abs()) * UNIT])
            }
        };
        for ((&found, &truth), bound) in found.iter().zip(&truth).zip(bounds) {
            // −∞, of which the distance is not a number.
            if f64::from(found) == truth {
                continue;
            }
            report.ulps = report.ulps.max(ulps(found, truth));
            let share = (f64::from(found) - truth).abs() / bound;
            // A NaN is as wrong as can be, and `max` would lose it.
            report.share = report.share.max(if share.is_nan() { f64::INFINITY } else { share });
        }
        report
    }
}
