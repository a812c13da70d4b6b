//! Softmax and its kin in the exact tier: every element is within 0.501 ULP of the true value.
//!
//! Exponentials of the differences to the row's maximum, and their sum, are in f64, of which a rounding to f32 at the end
//! is the only one that counts. They are computed twice, once for the sum, and once for what is written: kept as f32, they
//! would have been rounded before. Nothing is fused, and the sum runs in the same order everywhere.

use crate::activation::exp_of_difference;
use crate::kernels::Kernels;
use crate::lanes::{BLOCK, Lanes, Op, Registers};
use crate::parallel::Cost;
use crate::slices::{Function, Long, Pass, Reading, RowWork, tree};

use super::chunks::{each_chunk, parts, parts_of_long};
use super::stages::{Maximum, Terms};

/// The exponentials of a row, divided by their sum.
#[derive(Clone, Copy)]
pub(super) struct ExactWeights<T> {
    /// The logits must be exact: the elements, or their negatives.
    pub terms: T,
    /// Whether e⁰ belongs to the sum.
    pub one: bool,
}

impl<T: Terms> ExactWeights<T> {
    /// What the exponentials are relative to, of the maximum of a row.
    fn reference(&self, max: f32) -> f32 {
        let max = if self.one { max.max(0.0) } else { max };
        max.clamp(f32::MIN, f32::MAX)
    }

    /// What is written, of the maximum of a row and the sum. A row with +∞ is NaN, and so is one of −∞ only.
    fn weight(&self, max: f32, sum: f64) -> Weight<T> {
        let reference = self.reference(max);
        let sum = if self.one { sum + libm::exp(-f64::from(reference)) } else { sum };
        let undefined = max == f32::INFINITY || max == f32::NEG_INFINITY && !self.one;
        Weight { terms: self.terms, reference, factor: if undefined { f64::NAN } else { 1.0 / sum } }
    }
}

impl<T: Terms> RowWork<1> for ExactWeights<T> {
    fn row(&self, kernels: &Kernels, _: usize, row: Pass<'_, 1>) {
        let terms = self.terms;
        let max = parts(kernels.threads(), row.reading(), &|part| kernels.run(Maximum(terms, part)), &f32::max);
        let reference = self.reference(max);
        let sum = |part| kernels.run(Sum { terms, reference, part });
        let sum = parts(kernels.threads(), row.reading(), &sum, &|a, b| a + b);
        kernels.map(self.weight(max, sum), row);
    }

    fn long(&self, kernels: &Kernels, row: &Long<'_, 1>) {
        let terms = self.terms;
        let max = parts_of_long(kernels, row, &|_, part| kernels.run(Maximum(terms, part.reading())), &f32::max);
        let reference = self.reference(max);
        let sum = |_, part: Pass<'_, 1>| kernels.run(Sum { terms, reference, part: part.reading() });
        let weight = self.weight(max, parts_of_long(kernels, row, &sum, &|a, b| a + b));
        each_chunk(kernels, row, &|_, chunk| kernels.map(weight, chunk));
    }
}

/// Sums the exponentials of a chunk: NaN where an element is NaN.
struct Sum<'a, T> {
    terms: T,
    reference: f32,
    part: Reading<'a, 1>,
}
impl<T: Terms> Op for Sum<'_, T> {
    type Output = f64;
    #[inline(always)]
    fn run<L: Registers>(self, l: L) -> f64 {
        let Sum { terms, reference, part } = self;
        let reference = l.splat(reference);
        // As many vectors of them are used as a block has.
        let mut sums = [l.splat_f64(0.0); BLOCK];
        let (blocks, rest) = part.slice().as_chunks::<BLOCK>();
        for block in blocks {
            for (sum, x) in sums.iter_mut().zip(block.chunks_exact(L::LANES)) {
                let x = terms.logit(l, l.load_slice(x));
                *sum = l.add_f64(*sum, exp_of_difference(l, x, reference));
            }
        }
        for (sum, x) in sums.iter_mut().zip(rest.chunks(L::LANES)) {
            let logit = terms.logit(l, l.load_slice(x));
            // To the last bit of any sum, e^−∞ is 0.
            let logit = l.select(l.first(x.len()), logit, l.splat(f32::NEG_INFINITY));
            *sum = l.add_f64(*sum, exp_of_difference(l, logit, reference));
        }
        let mut lanes = [0.0; BLOCK];
        for (sum, lanes) in sums.iter().zip(lanes.chunks_exact_mut(L::LANES)) {
            in_two(l, *sum, lanes);
        }
        tree(&mut lanes, BLOCK, &|a, b| a + b)
    }
}

/// The lanes of a vector of doubles, rounded to 48 bits.
#[inline(always)]
fn in_two<L: Registers>(l: L, sum: L::F64, lanes: &mut [f64]) {
    let high = l.narrow(sum);
    let low = l.narrow(l.sub_f64(sum, l.widen(high)));
    let (mut highs, mut lows) = ([0.0; 16], [0.0; 16]);
    l.store_slice(&mut highs, high);
    l.store_slice(&mut lows, low);
    for ((lane, high), low) in lanes.iter_mut().zip(highs).zip(lows) {
        *lane = f64::from(high) + f64::from(low);
    }
}

/// What is written of an element.
#[derive(Clone, Copy)]
struct Weight<T> {
    terms: T,
    reference: f32,
    factor: f64,
}
impl<T: Terms> Function<1> for Weight<T> {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        let e = exp_of_difference(l, self.terms.logit(l, x), l.splat(self.reference));
        l.narrow(l.mul_f64(e, l.splat_f64(self.factor)))
    }
}
