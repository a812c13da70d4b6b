//! The stages that softmax and its relatives go through, written once.
//!
//! First come the maximum of a row and the sum of the exponentials of the differences to it, then what is written. In
//! a row of one chunk the exponentials are written while they are summed, if they are needed: a row then goes on from
//! there. A longer one is summed chunk by chunk, each relative to its own maximum, and the chunks are put together as
//! [`SoftmaxStats`] are: that reads memory once, and neither threads nor anybody else's way of splitting the row can
//! show. Its exponentials are computed once more, relative to the maximum of all.
//!
//! The exponentials carry a factor of 2²⁶, which cancels, and without which small ones would be subnormal before they
//! are scaled.

use crate::activation::exp_scaled;
use crate::axis::Axis;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::lanes::{Lanes, Op, Registers, WIDEST};
use crate::parallel::{self, Cost};
use crate::slices::{
    CHUNK, Function, Pass, Reading, Row, RowKernel, Rows, Walk, are_long, fold, sum_of, sum_of_written, write, write_of,
};

use super::stats::{ONE, SoftmaxStats};

/// A function of softmax's family. Implementations are `#[inline(always)]`.
pub(super) trait Member: Copy + Send + Sync {
    /// The number that an element stands for.
    #[inline(always)]
    fn logit<L: Lanes>(self, _: L, x: L::F32) -> L::F32 {
        x
    }
    /// What is subtracted from the logits of a row with that maximum.
    #[inline(always)]
    fn reference<L: Lanes>(self, _: L, max: L::F32) -> L::F32 {
        max
    }
    /// 2²⁶ times the exponential of a difference, which is not positive.
    #[inline(always)]
    fn exponential<L: Lanes>(self, l: L, difference: L::F32) -> L::F32 {
        exp_scaled(l, difference)
    }
    /// Whether e⁰ may belong to each sum.
    const MAY_ADD_ONE: bool = false;
    /// How often it does.
    #[inline(always)]
    fn one(self) -> f32 {
        0.0
    }
    /// Whether columns are worked on a desk where they lie badly.
    const DESK: bool = true;
    /// What is written comes from the exponential, and not from the difference.
    const EXPONENTIALS: bool = true;
    /// What [`output`](Member::output) wants to know of the sum.
    #[inline(always)]
    fn of_sum<L: Lanes>(self, l: L, sum: L::F32) -> L::F32 {
        l.div(l.splat(1.0), sum)
    }
    /// What is written, from the exponential or the difference.
    #[inline(always)]
    fn output<L: Lanes>(self, l: L, term: L::F32, of_sum: L::F32) -> L::F32 {
        l.mul(term, of_sum)
    }
}

/// The larger of the maximum so far and x; a NaN is left out here, as it shows in the exponentials.
#[inline(always)]
fn larger<L: Lanes>(l: L, max: L::F32, x: L::F32) -> L::F32 {
    l.max(x, max)
}

/// The maxima of rows, among what is not NaN.
#[inline(always)]
pub(super) fn maxima<L: Registers, W: Walk<L>, M: Member, const R: usize>(
    l: L,
    member: M,
    rows: &[Row<'_, 1, W>; R],
) -> [L::F32; R] {
    fold(
        l,
        rows,
        l.splat(f32::NEG_INFINITY),
        #[inline(always)]
        |max, [x]| larger(l, max, member.logit(l, x)),
        #[inline(always)]
        |a, b| larger(l, a, b),
    )
}

/// The exponential of the difference of a logit and what is subtracted, 2²⁶ times too large.
#[derive(Clone, Copy)]
struct Exponential<M>(M);
impl<M: Member> Function<2> for Exponential<M> {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, reference]: [L::F32; 2]) -> L::F32 {
        self.0.exponential(l, l.sub(self.0.logit(l, x), reference))
    }
}

/// The same, where an infinite difference is the exponential of 0, or of something far below: so that in sums relative
/// to a finite number NaN stands for NaN, and for nothing else.
#[derive(Clone, Copy)]
pub(super) struct FiniteExponential<M>(pub M);
impl<M: Member> Function<2> for FiniteExponential<M> {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, reference]: [L::F32; 2]) -> L::F32 {
        let difference = l.sub(self.0.logit(l, x), reference);
        self.0.exponential(l, l.min(l.splat(0.0), difference))
    }
}

/// The finite number nearest to a maximum.
#[inline(always)]
pub(super) fn finite<L: Lanes>(l: L, max: L::F32) -> L::F32 {
    l.min(l.splat(f32::MAX), l.max(l.splat(f32::MIN), max))
}

/// What is written of an element of a long row.
#[derive(Clone, Copy)]
struct Output<M>(M);
impl<M: Member> Function<3> for Output<M> {
    const COST: Cost = if M::EXPONENTIALS { Cost::Arithmetic } else { Cost::Memory };
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, reference, of_sum]: [L::F32; 3]) -> L::F32 {
        let Output(member) = self;
        let difference = l.sub(member.logit(l, x), reference);
        let term = if M::EXPONENTIALS { member.exponential(l, difference) } else { difference };
        member.output(l, term, of_sum)
    }
}

/// The same, where the row is known.
#[derive(Clone, Copy)]
struct OutputOf<M> {
    member: M,
    reference: f32,
    of_sum: f32,
}
impl<M: Member> Function<1> for OutputOf<M> {
    const COST: Cost = Output::<M>::COST;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        Output(self.member).call(l, [x, l.splat(self.reference), l.splat(self.of_sum)])
    }
}

/// The kernel that writes what a member of the family is.
#[derive(Clone, Copy)]
pub(super) struct Forward<M>(pub M);

impl<M: Member> RowKernel<1> for Forward<M> {
    #[inline(always)]
    fn rows<L: Registers, W: Walk<L>, const R: usize>(self, l: L, rows: [Row<'_, 1, W>; R]) {
        let Forward(member) = self;
        // Rows that are taken together are short.
        if R == 1 && are_long(&rows) {
            for row in rows {
                long(l, member, row);
            }
            return;
        }
        let mut references = maxima(l, member, &rows);
        for reference in &mut references {
            *reference = member.reference(l, *reference);
        }
        let mut rows = rows;
        if M::EXPONENTIALS {
            let of_sums = of_sums::<_, _, _, R, true>(l, member, &mut rows, references);
            write(
                l,
                rows,
                of_sums,
                #[inline(always)]
                |of_sum, [e]| member.output(l, e, of_sum),
            );
            return;
        }
        let of_sums = of_sums::<_, _, _, R, false>(l, member, &mut rows, references);
        for ((row, reference), of_sum) in rows.into_iter().zip(references).zip(of_sums) {
            write_of(l, row, Output(member), [reference, of_sum]);
        }
    }
}

/// What is to be known of the sums of short rows. If `WRITE`, the rows go on with the exponentials as their input.
#[inline(always)]
fn of_sums<L: Registers, W: Walk<L>, M: Member, const R: usize, const WRITE: bool>(
    l: L,
    member: M,
    rows: &mut [Row<'_, 1, W>; R],
    references: [L::F32; R],
) -> [L::F32; R] {
    if !M::MAY_ADD_ONE {
        return sums::<_, _, _, R, WRITE>(
            l,
            member,
            rows,
            references,
            #[inline(always)]
            |sum| member.of_sum(l, sum),
        );
    }
    let mut sums = sums::<_, _, _, R, WRITE>(
        l,
        member,
        rows,
        references,
        #[inline(always)]
        |sum| sum,
    );
    for (sum, reference) in sums.iter_mut().zip(references) {
        // Where it counts, what is subtracted is not negative.
        let one = exp_scaled(l, l.min(l.splat(0.0), l.sub(l.splat(0.0), reference)));
        *sum = member.of_sum(l, l.add(*sum, l.mul(one, l.splat(member.one()))));
    }
    sums
}

#[inline(always)]
fn sums<L: Registers, W: Walk<L>, M: Member, const R: usize, const WRITE: bool>(
    l: L,
    member: M,
    rows: &mut [Row<'_, 1, W>; R],
    references: [L::F32; R],
    then: impl Fn(L::F32) -> L::F32 + Copy,
) -> [L::F32; R] {
    if WRITE {
        sum_of_written(l, rows, Exponential(member), references, then)
    } else {
        sum_of(l, rows, Exponential(member), references, then)
    }
}

/// Writes what a long row is, or what as many are as there are lanes.
#[inline(always)]
fn long<L: Registers, W: Walk<L>, M: Member>(l: L, member: M, row: Row<'_, 1, W>) {
    let (maxima, sums) = of_chunks(l, member, &row);
    let (max, sum) = (W::values(l, &maxima), W::values(l, &sums));
    write_of(l, row, Output(member), [member.reference(l, max), member.of_sum(l, sum)]);
}

/// The maxima and the sums of long rows.
#[inline(always)]
fn of_chunks<L: Registers, W: Walk<L>, M: Member>(
    l: L,
    member: M,
    row: &Row<'_, 1, W>,
) -> ([f32; WIDEST], [f32; WIDEST]) {
    let stats = stats_of_rows(l, member, row);
    let (mut maxima, mut sums) = ([0.0; WIDEST], [0.0; WIDEST]);
    for ((max, sum), stats) in maxima.iter_mut().zip(&mut sums).zip(stats).take(row.width::<L>()) {
        (*max, *sum) = ends(member, stats);
    }
    (maxima, sums)
}

/// The stats of each of the rows, chunk by chunk.
#[inline(always)]
pub(super) fn stats_of_rows<L: Registers, W: Walk<L>, M: Member>(
    l: L,
    member: M,
    row: &Row<'_, 1, W>,
) -> [SoftmaxStats; WIDEST] {
    let mut stats = [SoftmaxStats::new(); WIDEST];
    if W::CONTIGUOUS {
        stats[0] = l.vectorize(Chunks(member, row.reading::<L>()));
        return stats;
    }
    let mut start = 0;
    while let Some(chunk) = row.chunk::<L>(start) {
        let (maxima, sums) = of_chunk(l, member, chunk.row());
        let (maxima, sums) = (l.to_array(maxima), l.to_array(sums));
        for ((stats, max), sum) in stats.iter_mut().zip(maxima).zip(sums).take(row.width::<L>()) {
            *stats = stats.merge(SoftmaxStats::of_chunk(max, sum));
        }
        start += CHUNK;
    }
    stats
}

/// The stats of a contiguous row: in a function of its own, since many want them.
struct Chunks<'a, M>(M, Reading<'a, 1>);
impl<M: Member> Op for Chunks<'_, M> {
    type Output = SoftmaxStats;
    #[inline(always)]
    fn run<L: Registers>(self, l: L) -> SoftmaxStats {
        let Chunks(member, row) = self;
        let mut stats = SoftmaxStats::new();
        let mut start = 0;
        while let Some(chunk) = row.view().row().chunk::<L>(start) {
            let (max, sum) = of_chunk(l, member, chunk.row());
            stats = stats.merge(SoftmaxStats::of_chunk(lane(l, max), lane(l, sum)));
            start += CHUNK;
        }
        stats
    }
}

/// The maximum and the sum of a row.
#[inline]
fn ends<M: Member>(member: M, stats: SoftmaxStats) -> (f32, f32) {
    let stats = if member.one() > 0.0 { stats.merge(SoftmaxStats::of_chunk(0.0, ONE)) } else { stats };
    (stats.max(), stats.sum())
}

/// The maximum of a chunk, and the sum of the exponentials relative to that: NaN where an element is NaN.
#[inline(always)]
fn of_chunk<L: Registers, W: Walk<L>, M: Member>(l: L, member: M, chunk: &Row<'_, 1, W>) -> (L::F32, L::F32) {
    let chunk = core::array::from_ref(chunk);
    let [max] = maxima(l, member, chunk);
    let [sum] = sum_of(
        l,
        chunk,
        FiniteExponential(member),
        [finite(l, max)],
        #[inline(always)]
        |sum| sum,
    );
    (max, sum)
}

/// A kernel of rows that can also share one long row among threads, with the same bits.
pub(super) trait LongRow<const N: usize>: RowKernel<N> {
    /// Whether columns are worked on a desk where they lie badly.
    const DESK: bool = true;
    fn long_row(self, kernels: &Kernels, row: Pass<'_, N>);
}

impl<M: Member> LongRow<1> for Forward<M> {
    const DESK: bool = M::DESK;
    fn long_row(self, kernels: &Kernels, row: Pass<'_, 1>) {
        let stats = stats_of(kernels, self.0, row.reading());
        write_part(kernels, self.0, &stats, row);
    }
}

/// The stats of a row.
pub(super) fn stats_of<M: Member>(kernels: &Kernels, member: M, row: Reading<'_, 1>) -> SoftmaxStats {
    parts(kernels.threads(), row, &|part| kernels.run(Chunks(member, part)), &SoftmaxStats::merge)
}

/// Writes what a part of a row is, of which the stats are known.
pub(super) fn write_part<M: Member>(kernels: &Kernels, member: M, stats: &SoftmaxStats, part: Pass<'_, 1>) {
    struct Values<M>(M, f32, f32);
    impl<M: Member> Op for Values<M> {
        type Output = (f32, f32);
        #[inline(always)]
        fn run<L: Registers>(self, l: L) -> (f32, f32) {
            let Values(member, max, sum) = self;
            let (max, sum) = (member.reference(l, l.splat(max)), member.of_sum(l, l.splat(sum)));
            (lane(l, max), lane(l, sum))
        }
    }
    let (max, sum) = ends(member, *stats);
    let (reference, of_sum) = kernels.run(Values(member, max, sum));
    kernels.map(OutputOf { member, reference, of_sum }, part);
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

/// Parts of a long row shorter than this are not cut further.
const PART: usize = 4 * CHUNK;

/// Runs `leaf` on parts of a long row, and combines what they give by the tree that a sum over the whole row follows.
pub(super) fn parts<'a, T: Send, const N: usize>(
    threads: bool,
    row: Reading<'a, N>,
    leaf: &(impl Fn(Reading<'a, N>) -> T + Sync),
    op: &(impl Fn(T, T) -> T + Sync),
) -> T {
    match row.split_sum() {
        Some((a, b)) if row.len() > PART => {
            let (x, y) = parallel::both(threads, || parts(threads, a, leaf, op), || parts(threads, b, leaf, op));
            op(x, y)
        }
        _ => leaf(row),
    }
}

/// The work of running a kernel on rows.
pub(super) struct Each<'a, const N: usize, K>(pub Rows<'a, N>, pub K);

impl<const N: usize, K: RowKernel<N>> Op for Each<'_, N, K> {
    type Output = ();
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) {
        self.0.each(lanes, self.1);
    }
}

impl Kernels {
    /// Runs a kernel on all rows: whole rows at a time, unless there are fewer than threads, and they are long, or one
    /// alone is too large for the caches.
    pub(super) fn rows<const N: usize, K: LongRow<N>>(
        &self,
        kernel: K,
        pass: Pass<'_, N>,
        axis: Axis,
    ) -> Result<(), Error> {
        struct OnDesk<'a, const N: usize, K>(Rows<'a, N>, K);
        impl<const N: usize, K: RowKernel<N>> Op for OnDesk<'_, N, K> {
            type Output = ();
            #[inline(always)]
            fn run<L: Registers>(self, lanes: L) {
                self.0.each_on_desk(lanes, self.1);
            }
        }

        let rows = Rows::new(pass, axis)?;
        let threads = parallel::threads(self.threads(), Cost::Arithmetic, axis.len);
        let rows = if rows.count() < threads || rows.each_passes_caches() {
            match rows.contiguous() {
                Ok(mut pass) => {
                    while pass.len() > 0 {
                        let (row, later) = pass.split_at(axis.len);
                        kernel.long_row(self, row);
                        pass = later;
                    }
                    return Ok(());
                }
                Err(rows) => rows,
            }
        } else {
            rows
        };
        parallel::each(self.threads(), Cost::Arithmetic, rows, |part| {
            if K::DESK && part.wants_desk() { self.run(OnDesk(part, kernel)) } else { self.run(Each(part, kernel)) }
        });
        Ok(())
    }
}
