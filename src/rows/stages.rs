//! The stages that softmax and its relatives go through, written once.
//!
//! First come the maximum of a row and the sum of the exponentials of the differences to it, then what is written. In
//! a row of one chunk the exponentials are written while they are summed, and scaled when the sum is known. A longer one
//! is worked on chunk by chunk, each relative to its own maximum, and the sums are put together as [`SoftmaxStats`] are:
//! neither threads nor anybody else's way of splitting the row can show. What is written of a chunk are its exponentials
//! times a number. Either they are written first, and scaled when the sum of all is known; or, where the row has so many
//! chunks that it is not near by then, they are computed once more. Their bits are the same.
//!
//! The exponentials carry a factor of 2²⁶, which cancels, and without which small ones would be subnormal before they
//! are scaled.

use crate::activation::exp_scaled;
use crate::kernels::Kernels;
use crate::lanes::{Lanes, Op, Registers};
use crate::parallel::{self, Cost};
use crate::slices::{CHUNK, Function, Long, Map, Pass, Reading, Row, RowWork, Walk, fold, sum_of, sum_of_written};

use super::chunks::{PART, each_chunk, parts, parts_of_long};
use super::log::log_of_sum;
use super::stats::{ONE, SoftmaxStats, Whole};

/// What a row's exponentials are those of. Implementations are `#[inline(always)]`.
pub(super) trait Terms: Copy + Send + Sync {
    /// The number that an element stands for.
    fn logit<L: Lanes>(self, l: L, x: L::F32) -> L::F32;
    /// 2²⁶ times the exponential of a difference, which is not positive.
    fn exponential<L: Lanes>(self, l: L, difference: L::F32) -> L::F32;
}

/// The elements are the logits.
#[derive(Clone, Copy)]
pub(super) struct Logits;

impl Terms for Logits {
    #[inline(always)]
    fn logit<L: Lanes>(self, _: L, x: L::F32) -> L::F32 {
        x
    }
    #[inline(always)]
    fn exponential<L: Lanes>(self, l: L, difference: L::F32) -> L::F32 {
        exp_scaled(l, difference)
    }
}

/// Multiples of the elements are, rounded.
#[derive(Clone, Copy)]
pub(super) struct Multiples(pub f32);

impl Terms for Multiples {
    #[inline(always)]
    fn logit<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        l.mul(x, l.splat(self.0))
    }
    #[inline(always)]
    fn exponential<L: Lanes>(self, l: L, difference: L::F32) -> L::F32 {
        let e = exp_scaled(l, difference);
        // e^−∞ is 0, to the last bit of any sum: so that what is masked off might as well not be there.
        l.select(l.gt(l.splat(f32::MIN), difference), l.splat(0.0), e)
    }
}

/// The maxima of rows, among what is not NaN: that shows in the exponentials.
#[inline(always)]
pub(super) fn maxima<L: Registers, W: Walk<L>, T: Terms, const R: usize>(
    l: L,
    terms: T,
    rows: &[Row<'_, 1, W>; R],
) -> [L::F32; R] {
    fold(
        l,
        rows,
        l.splat(f32::NEG_INFINITY),
        #[inline(always)]
        |max, [x]| l.max(terms.logit(l, x), max),
        #[inline(always)]
        |a, b| l.max(b, a),
    )
}

/// 2²⁶ times the exponential of the difference of a logit and a finite number. An infinite difference counts as 0, or as
/// something far below: so that NaN stands for NaN, and for nothing else.
#[derive(Clone, Copy)]
struct Exponential<T>(T);
impl<T: Terms> Function<2> for Exponential<T> {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, reference]: [L::F32; 2]) -> L::F32 {
        let difference = l.sub(self.0.logit(l, x), reference);
        self.0.exponential(l, l.min(l.splat(0.0), difference))
    }
}

/// The finite number nearest to a maximum.
#[inline(always)]
fn finite<L: Lanes>(l: L, max: L::F32) -> L::F32 {
    l.min(l.splat(f32::MAX), l.max(l.splat(f32::MIN), max))
}

/// The maximum of a row or of a chunk, and the sum of the exponentials relative to that: NaN where an element is NaN.
#[derive(Clone, Copy)]
pub(super) struct Sum {
    pub max: f32,
    pub sum: f32,
}

impl Sum {
    #[inline(always)]
    fn of<L: Registers>(l: L, max: L::F32, sum: L::F32) -> Sum {
        Sum { max: lane(l, max), sum: lane(l, sum) }
    }

    pub(super) fn stats(self) -> SoftmaxStats {
        SoftmaxStats::of_chunk(self.max, self.sum)
    }

    pub(super) fn logsumexp(self) -> f32 {
        if self.sum.is_nan() {
            f32::NAN
        } else if self.max.is_infinite() {
            self.max
        } else {
            self.max + log_of_sum(self.sum)
        }
    }

    /// NaN where an element is that or +∞; 0 where none is larger than −∞.
    pub(super) fn checked(self) -> f32 {
        if self.sum.is_nan() || self.max == f32::INFINITY {
            f32::NAN
        } else if self.max == f32::NEG_INFINITY {
            0.0
        } else {
            self.sum
        }
    }
}

/// Sums the exponentials of a chunk.
pub(super) struct Summed<'a, T>(pub T, pub Reading<'a, 1>);
impl<T: Terms> Op for Summed<'_, T> {
    type Output = Sum;
    #[inline(always)]
    fn run<L: Registers>(self, l: L) -> Sum {
        let Summed(terms, row) = self;
        let view = row.view();
        let row = core::array::from_ref(view.row());
        let [max] = maxima(l, terms, row);
        let [sum] = sum_of(
            l,
            row,
            Exponential(terms),
            [finite(l, max)],
            #[inline(always)]
            |sum| sum,
        );
        Sum::of(l, max, sum)
    }
}

/// Writes the exponentials of a chunk, and sums them.
struct Written<'a, T>(T, Pass<'a, 1>);
impl<T: Terms> Op for Written<'_, T> {
    type Output = Sum;
    #[inline(always)]
    fn run<L: Registers>(self, l: L) -> Sum {
        let Written(terms, row) = self;
        let mut rows = [row.row()];
        let [max] = maxima(l, terms, &rows);
        let [sum] = sum_of_written(
            l,
            &mut rows,
            Exponential(terms),
            [finite(l, max)],
            #[inline(always)]
            |sum| sum,
        );
        Sum::of(l, max, sum)
    }
}

/// The maximum of a chunk.
pub(super) struct Maximum<'a, T>(pub T, pub Reading<'a, 1>);
impl<T: Terms> Op for Maximum<'_, T> {
    type Output = f32;
    #[inline(always)]
    fn run<L: Registers>(self, l: L) -> f32 {
        let [max] = maxima(l, self.0, core::array::from_ref(self.1.view().row()));
        lane(l, max)
    }
}

/// The first lane.
#[inline(always)]
pub(super) fn lane<L: Registers>(l: L, vector: L::F32) -> f32 {
    l.fold(
        vector,
        #[inline(always)]
        |a, _| a,
    )
}

/// What exponentials are multiplied by: two numbers, so that their product may be smaller than a normal one.
#[derive(Clone, Copy)]
pub(super) struct Factor(pub f32, pub f32);
impl Function<1> for Factor {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [e]: [L::F32; 1]) -> L::F32 {
        l.mul(l.mul(e, l.splat(self.0)), l.splat(self.1))
    }
}

/// What is written of an element of a chunk, from the start.
#[derive(Clone, Copy)]
struct Weight<T> {
    terms: T,
    reference: f32,
    factor: Factor,
}
impl<T: Terms> Function<1> for Weight<T> {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        let e = Exponential(self.terms).call(l, [x, l.splat(self.reference)]);
        self.factor.call(l, [e])
    }
}

/// A row of up to so many chunks is near enough to be scaled when its sum is known: 4 MiB.
const NEAR: usize = 1 << 7;

/// The exponentials of a row, divided by their sum.
#[derive(Clone, Copy)]
pub(super) struct Weights<T> {
    pub terms: T,
    /// Whether e⁰ belongs to the sum.
    pub one: bool,
    /// What is written where no element of a row is larger than −∞.
    pub nothing: f32,
}

impl<T: Terms> Weights<T> {
    /// What is to be known of all chunks.
    fn whole(&self, stats: SoftmaxStats) -> Whole {
        let stats = if self.one { stats.merge(SoftmaxStats::of_chunk(0.0, ONE)) } else { stats };
        stats.whole(self.nothing)
    }

    /// What the exponentials of a row of one chunk are multiplied by.
    fn factor(&self, sum: Sum) -> Factor {
        if self.one {
            return self.whole(sum.stats()).factor(sum.max);
        }
        let checked = sum.checked();
        Factor(if checked == 0.0 { self.nothing } else { 1.0 / checked }, 1.0)
    }

    /// Writes a row of neighbours.
    pub(super) fn write(&self, kernels: &Kernels, row: Pass<'_, 1>) {
        if row.len() <= CHUNK {
            let (row, sum) = row.written(|row| kernels.run(Written(self.terms, row)));
            kernels.run(Map(self.factor(sum), row, false));
            return;
        }
        let mut maxima = [0.0; NEAR];
        if let Some(maxima) = maxima.get_mut(..row.len().div_ceil(CHUNK)) {
            let (row, stats) = row.written(|row| exponentials(kernels, self.terms, row, maxima));
            scale(kernels, &self.whole(stats), row, maxima);
        } else {
            let stats = stats_of(kernels, self.terms, row.reading());
            self.write_part(kernels, stats, row);
        }
    }

    /// Writes some chunks of a row, of which the stats are known.
    pub(super) fn write_part(&self, kernels: &Kernels, stats: SoftmaxStats, part: Pass<'_, 1>) {
        let stream = part.passes_caches();
        self.write_chunks(kernels, &self.whole(stats), part, stream);
    }

    fn write_chunks(&self, kernels: &Kernels, whole: &Whole, mut row: Pass<'_, 1>, stream: bool) {
        if kernels.threads() && row.len() > PART {
            let middle = (row.len() / 2).next_multiple_of(CHUNK);
            let (a, b) = row.split_at(middle);
            parallel::both(
                true,
                || self.write_chunks(kernels, whole, a, stream),
                || self.write_chunks(kernels, whole, b, stream),
            );
            return;
        }
        while row.len() > 0 {
            let (chunk, later) = row.split_at(CHUNK);
            self.write_chunk(kernels, whole, chunk, stream);
            row = later;
        }
    }

    fn write_chunk(&self, kernels: &Kernels, whole: &Whole, chunk: Pass<'_, 1>, stream: bool) {
        let max = kernels.run(Maximum(self.terms, chunk.reading()));
        let reference = max.clamp(f32::MIN, f32::MAX);
        kernels.run(Map(Weight { terms: self.terms, reference, factor: whole.factor(max) }, chunk, stream));
    }

    /// Writes a long row that is prepared chunk by chunk.
    pub(super) fn write_long(&self, kernels: &Kernels, row: &Long<'_, 1>, prepare: &impl Prepare) {
        let stats = stats_of_long(kernels, self.terms, row, prepare);
        self.write_part_of_long(kernels, stats, row, prepare);
    }

    pub(super) fn write_part_of_long(
        &self,
        kernels: &Kernels,
        stats: SoftmaxStats,
        row: &Long<'_, 1>,
        prepare: &impl Prepare,
    ) {
        let whole = self.whole(stats);
        each_chunk(kernels, row, &|chunk, pass| {
            self.write_chunk(kernels, &whole, prepare.chunk(kernels, chunk, pass), false);
        });
    }
}

impl<T: Terms> RowWork<1> for Weights<T> {
    fn row(&self, kernels: &Kernels, _: usize, row: Pass<'_, 1>) {
        self.write(kernels, row);
    }
    fn long(&self, kernels: &Kernels, row: &Long<'_, 1>) {
        self.write_long(kernels, row, &AsIs);
    }
}

/// What becomes of a chunk before its exponentials are computed.
pub(super) trait Prepare: Sync {
    /// Goes on with what it has written, if it has.
    fn chunk<'a>(&self, kernels: &Kernels, chunk: usize, pass: Pass<'a, 1>) -> Pass<'a, 1>;
}

/// Nothing.
pub(super) struct AsIs;
impl Prepare for AsIs {
    fn chunk<'a>(&self, _: &Kernels, _: usize, pass: Pass<'a, 1>) -> Pass<'a, 1> {
        pass
    }
}

/// Writes the exponentials of each chunk, relative to its own maximum, and notes that.
fn exponentials<T: Terms>(kernels: &Kernels, terms: T, row: Pass<'_, 1>, noted: &mut [f32]) -> SoftmaxStats {
    if kernels.threads() && row.len() > PART {
        let half = noted.len() / 2;
        let (a, b) = row.split_at(half * CHUNK);
        let (of_a, of_b) = noted.split_at_mut_checked(half).unwrap_or_default();
        let (a, b) =
            parallel::both(true, || exponentials(kernels, terms, a, of_a), || exponentials(kernels, terms, b, of_b));
        return a.merge(b);
    }
    let (mut row, mut stats) = (row, SoftmaxStats::new());
    for noted in noted {
        let (chunk, later) = row.split_at(CHUNK);
        row = later;
        let sum = kernels.run(Written(terms, chunk));
        *noted = sum.max;
        stats = stats.merge(sum.stats());
    }
    stats
}

/// Makes of the exponentials of each chunk, relative to its own maximum, what they are of all.
fn scale(kernels: &Kernels, whole: &Whole, mut row: Pass<'_, 1>, maxima: &[f32]) {
    if kernels.threads() && row.len() > PART {
        let half = maxima.len() / 2;
        let (a, b) = row.split_at(half * CHUNK);
        let (of_a, of_b) = maxima.split_at_checked(half).unwrap_or_default();
        parallel::both(true, || scale(kernels, whole, a, of_a), || scale(kernels, whole, b, of_b));
        return;
    }
    for &max in maxima {
        let (chunk, later) = row.split_at(CHUNK);
        row = later;
        kernels.run(Map(whole.factor(max), chunk, false));
    }
}

/// The stats of a row of neighbours.
pub(super) fn stats_of<T: Terms>(kernels: &Kernels, terms: T, row: Reading<'_, 1>) -> SoftmaxStats {
    parts(kernels.threads(), row, &|part| kernels.run(Summed(terms, part)).stats(), &SoftmaxStats::merge)
}

/// The stats of a row that is prepared chunk by chunk.
pub(super) fn stats_of_long<T: Terms>(
    kernels: &Kernels,
    terms: T,
    row: &Long<'_, 1>,
    prepare: &impl Prepare,
) -> SoftmaxStats {
    parts_of_long(
        kernels,
        row,
        &|chunk, pass| {
            let pass = prepare.chunk(kernels, chunk, pass);
            kernels.run(Summed(terms, pass.reading())).stats()
        },
        &SoftmaxStats::merge,
    )
}
