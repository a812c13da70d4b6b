//! The stages that softmax and its relatives go through, written once.
//!
//! First come the maximum of a row and the sum of the exponentials of the differences to it, then what is written. In
//! a row of one chunk the exponentials are written while they are summed, if they are needed: a row then goes on from
//! there. A longer one is worked on chunk by chunk, each relative to its own maximum, and the sums are put together as
//! [`SoftmaxStats`] are: neither threads nor anybody else's way of splitting the row can show. What is written of a
//! chunk are its exponentials times a number. Either they are written first, and scaled when the sum of all is known;
//! or, where the row has so many chunks that it is not near by then, they are computed once more. Their bits are the
//! same.
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
    CHUNK, Function, Map, Pass, Reading, Row, RowKernel, Rows, Walk, are_long, fold, sum_of, sum_of_written, write,
    write_of,
};

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

/// A function of softmax's family. Implementations are `#[inline(always)]`.
pub(super) trait Member: Copy + Send + Sync {
    type Terms: Terms;
    fn terms(self) -> Self::Terms;
    /// What is subtracted from the logits of a row with that maximum.
    #[inline(always)]
    fn reference<L: Lanes>(self, _: L, max: L::F32) -> L::F32 {
        max
    }
    /// Whether e⁰ may belong to each sum.
    const MAY_ADD_ONE: bool = false;
    /// How often it does.
    #[inline(always)]
    fn one(self) -> f32 {
        0.0
    }
    /// What is written where nothing in a row is larger than −∞.
    #[inline(always)]
    fn nothing(self) -> f32 {
        f32::NAN
    }
    /// Whether columns are worked on a desk where they lie badly.
    const DESK: bool = true;
    /// What is written is the exponential divided by the sum; else, the [`output`](Member::output).
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

/// The exponential of the difference of a logit and what is subtracted, 2²⁶ times too large.
#[derive(Clone, Copy)]
struct Exponential<T>(T);
impl<T: Terms> Function<2> for Exponential<T> {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, reference]: [L::F32; 2]) -> L::F32 {
        self.0.exponential(l, l.sub(self.0.logit(l, x), reference))
    }
}

/// The same, where an infinite difference is the exponential of 0, or of something far below: so that in sums relative
/// to a finite number NaN stands for NaN, and for nothing else.
#[derive(Clone, Copy)]
pub(super) struct FiniteExponential<T>(pub T);
impl<T: Terms> Function<2> for FiniteExponential<T> {
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

/// What is written of an element that is not an exponential.
#[derive(Clone, Copy)]
struct Output<M>(M);
impl<M: Member> Function<3> for Output<M> {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, reference, of_sum]: [L::F32; 3]) -> L::F32 {
        let Output(member) = self;
        member.output(l, l.sub(member.terms().logit(l, x), reference), of_sum)
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
        // Rows of neighbours are not long: those are for `long_row`.
        if !W::CONTIGUOUS && are_long(&rows) {
            for row in rows {
                long_columns(l, member, row);
            }
            return;
        }
        let mut references = maxima(l, member.terms(), &rows);
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
            member.terms(),
            rows,
            references,
            #[inline(always)]
            |sum| member.of_sum(l, sum),
        );
    }
    let mut sums = sums::<_, _, _, R, WRITE>(
        l,
        member.terms(),
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
fn sums<L: Registers, W: Walk<L>, T: Terms, const R: usize, const WRITE: bool>(
    l: L,
    terms: T,
    rows: &mut [Row<'_, 1, W>; R],
    references: [L::F32; R],
    then: impl Fn(L::F32) -> L::F32 + Copy,
) -> [L::F32; R] {
    if WRITE {
        sum_of_written(l, rows, Exponential(terms), references, then)
    } else {
        sum_of(l, rows, Exponential(terms), references, then)
    }
}

/// Writes what as many long rows are as there are lanes.
#[inline(always)]
fn long_columns<L: Registers, W: Walk<L>, M: Member>(l: L, member: M, row: Row<'_, 1, W>) {
    let stats = stats_of_rows(l, member.terms(), &row);
    let width = row.width::<L>();
    if !M::EXPONENTIALS {
        let (mut maxima, mut sums) = ([0.0; WIDEST], [0.0; WIDEST]);
        for ((max, sum), stats) in maxima.iter_mut().zip(&mut sums).zip(&stats).take(width) {
            (*max, *sum) = (stats.max(), stats.sum());
        }
        let (max, sum) = (W::values(l, &maxima), W::values(l, &sums));
        return write_of(l, row, Output(member), [member.reference(l, max), member.of_sum(l, sum)]);
    }
    let mut wholes = [Whole::default(); WIDEST];
    for (whole, stats) in wholes.iter_mut().zip(&stats).take(width) {
        *whole = whole_of(member, stats);
    }
    let mut rest = Some(row);
    while let Some(row) = rest {
        let (chunk, later) = row.first_chunk::<L>();
        rest = later;
        let [max] = maxima(l, member.terms(), core::array::from_ref(&chunk));
        let (mut a, mut b) = ([0.0; WIDEST], [0.0; WIDEST]);
        for ((a, b), (whole, max)) in a.iter_mut().zip(&mut b).zip(wholes.iter().zip(l.to_array(max))) {
            Factor(*a, *b) = whole.factor(max);
        }
        let (a, b) = (W::values(l, &a), W::values(l, &b));
        write(
            l,
            [chunk],
            [finite(l, max)],
            #[inline(always)]
            |reference, [x]| l.mul(l.mul(FiniteExponential(member.terms()).call(l, [x, reference]), a), b),
        );
    }
}

/// The stats of each of the rows, chunk by chunk.
#[inline(always)]
pub(super) fn stats_of_rows<L: Registers, W: Walk<L>, T: Terms>(
    l: L,
    terms: T,
    row: &Row<'_, 1, W>,
) -> [SoftmaxStats; WIDEST] {
    let mut stats = [SoftmaxStats::new(); WIDEST];
    if W::CONTIGUOUS {
        stats[0] = l.vectorize(Chunks(terms, row.reading::<L>()));
        return stats;
    }
    let mut start = 0;
    while let Some(chunk) = row.chunk::<L>(start) {
        let (maxima, sums) = of_chunk(l, terms, chunk.row());
        let (maxima, sums) = (l.to_array(maxima), l.to_array(sums));
        for ((stats, max), sum) in stats.iter_mut().zip(maxima).zip(sums).take(row.width::<L>()) {
            *stats = stats.merge(SoftmaxStats::of_chunk(max, sum));
        }
        start += CHUNK;
    }
    stats
}

/// The stats of a contiguous row: in a function of its own, since many want them.
struct Chunks<'a, T>(T, Reading<'a, 1>);
impl<T: Terms> Op for Chunks<'_, T> {
    type Output = SoftmaxStats;
    #[inline(always)]
    fn run<L: Registers>(self, l: L) -> SoftmaxStats {
        let Chunks(terms, row) = self;
        let mut stats = SoftmaxStats::new();
        let mut start = 0;
        while let Some(chunk) = row.view().row().chunk::<L>(start) {
            let (max, sum) = of_chunk(l, terms, chunk.row());
            stats = stats.merge(SoftmaxStats::of_chunk(lane(l, max), lane(l, sum)));
            start += CHUNK;
        }
        stats
    }
}

/// What is to be known of a long row whose exponentials are written.
#[inline]
fn whole_of<M: Member>(member: M, stats: &SoftmaxStats) -> Whole {
    let stats = if member.one() > 0.0 { stats.merge(SoftmaxStats::of_chunk(0.0, ONE)) } else { *stats };
    stats.whole(member.nothing())
}

/// The maximum of a chunk, and the sum of the exponentials relative to that: NaN where an element is NaN.
#[inline(always)]
fn of_chunk<L: Registers, W: Walk<L>, T: Terms>(l: L, terms: T, chunk: &Row<'_, 1, W>) -> (L::F32, L::F32) {
    let chunk = core::array::from_ref(chunk);
    let [max] = maxima(l, terms, chunk);
    let [sum] = sum_of(
        l,
        chunk,
        FiniteExponential(terms),
        [finite(l, max)],
        #[inline(always)]
        |sum| sum,
    );
    (max, sum)
}

/// A kernel of rows that can also work on one long row of neighbours, if need be with several threads, and always with
/// the same bits.
pub(super) trait LongRow<const N: usize>: RowKernel<N> {
    /// Whether columns are worked on a desk where they lie badly.
    const DESK: bool = true;
    /// Whether rows of more than one chunk are only for `long_row`.
    const CHUNKS: bool;
    fn long_row(self, kernels: &Kernels, row: Pass<'_, N>);
}

/// A row of up to so many chunks is near enough to be scaled when its sum is known: 4 MiB.
const NEAR: usize = 1 << 7;

impl<M: Member> LongRow<1> for Forward<M> {
    const DESK: bool = M::DESK;
    const CHUNKS: bool = true;
    fn long_row(self, kernels: &Kernels, row: Pass<'_, 1>) {
        let Forward(member) = self;
        if !M::EXPONENTIALS {
            let stats = stats_of(kernels, member.terms(), row.reading());
            let (reference, of_sum) = kernels.run(Values(member, stats.max(), stats.sum()));
            return kernels.map(OutputOf { member, reference, of_sum }, row);
        }
        let mut maxima = [0.0; NEAR];
        if let Some(maxima) = maxima.get_mut(..row.len().div_ceil(CHUNK)) {
            let (row, stats) = row.written(|row| exponentials(kernels, member.terms(), row, maxima));
            scale(kernels, &whole_of(member, &stats), row, maxima);
        } else {
            let stats = stats_of(kernels, member.terms(), row.reading());
            write_part(kernels, member, &stats, row);
        }
    }
}

/// What is subtracted, and what is to be known of the sum.
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

/// Writes the exponentials of each chunk, relative to its own maximum, and notes that.
fn exponentials<T: Terms>(kernels: &Kernels, terms: T, row: Pass<'_, 1>, noted: &mut [f32]) -> SoftmaxStats {
    struct Exponentials<'a, T>(T, Pass<'a, 1>, &'a mut [f32]);
    impl<T: Terms> Op for Exponentials<'_, T> {
        type Output = SoftmaxStats;
        #[inline(always)]
        fn run<L: Registers>(self, l: L) -> SoftmaxStats {
            let Exponentials(terms, mut row, noted) = self;
            let mut stats = SoftmaxStats::new();
            for noted in noted {
                let (chunk, later) = row.split_at(CHUNK);
                row = later;
                let mut chunk = [chunk.row()];
                let [max] = maxima(l, terms, &chunk);
                let [sum] = sum_of_written(
                    l,
                    &mut chunk,
                    FiniteExponential(terms),
                    [finite(l, max)],
                    #[inline(always)]
                    |sum| sum,
                );
                *noted = lane(l, max);
                stats = stats.merge(SoftmaxStats::of_chunk(*noted, lane(l, sum)));
            }
            stats
        }
    }
    if kernels.threads() && row.len() > PART {
        let half = noted.len() / 2;
        let (a, b) = row.split_at(half * CHUNK);
        let (of_a, of_b) = noted.split_at_mut_checked(half).unwrap_or_default();
        let (a, b) = parallel::both(
            true,
            || exponentials(kernels, terms, a, of_a),
            || exponentials(kernels, terms, b, of_b),
        );
        return a.merge(b);
    }
    kernels.run(Exponentials(terms, row, noted))
}

/// Makes of the exponentials of each chunk, relative to its own maximum, what they are of all.
fn scale(kernels: &Kernels, whole: &Whole, row: Pass<'_, 1>, maxima: &[f32]) {
    struct Scale<'a>(&'a Whole, Pass<'a, 1>, &'a [f32]);
    impl Op for Scale<'_> {
        type Output = ();
        #[inline(always)]
        fn run<L: Registers>(self, l: L) {
            let Scale(whole, mut row, maxima) = self;
            for &max in maxima {
                let (chunk, later) = row.split_at(CHUNK);
                row = later;
                l.vectorize(Map(whole.factor(max), chunk, false));
            }
        }
    }
    if kernels.threads() && row.len() > PART {
        let half = maxima.len() / 2;
        let (a, b) = row.split_at(half * CHUNK);
        let (of_a, of_b) = maxima.split_at_checked(half).unwrap_or_default();
        parallel::both(true, || scale(kernels, whole, a, of_a), || scale(kernels, whole, b, of_b));
        return;
    }
    kernels.run(Scale(whole, row, maxima));
}

/// What a chunk's exponentials are multiplied by: two numbers, so that their product may be smaller than a normal one.
#[derive(Clone, Copy)]
pub(super) struct Factor(pub f32, pub f32);
impl Function<1> for Factor {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [e]: [L::F32; 1]) -> L::F32 {
        l.mul(l.mul(e, l.splat(self.0)), l.splat(self.1))
    }
}

/// What is written of an element of a chunk.
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
        let e = FiniteExponential(self.terms).call(l, [x, l.splat(self.reference)]);
        self.factor.call(l, [e])
    }
}

/// The stats of a row.
pub(super) fn stats_of<T: Terms>(kernels: &Kernels, terms: T, row: Reading<'_, 1>) -> SoftmaxStats {
    parts(kernels.threads(), row, &|part| kernels.run(Chunks(terms, part)), &SoftmaxStats::merge)
}

/// Writes what whole chunks of a row are, of which the stats are known.
pub(super) fn write_part<M: Member>(kernels: &Kernels, member: M, stats: &SoftmaxStats, part: Pass<'_, 1>) {
    let stream = part.passes_caches();
    weights(kernels, member.terms(), &whole_of(member, stats), part, stream);
}

fn weights<T: Terms>(kernels: &Kernels, terms: T, whole: &Whole, row: Pass<'_, 1>, stream: bool) {
    struct Weights<'a, T>(T, &'a Whole, Pass<'a, 1>, bool);
    impl<T: Terms> Op for Weights<'_, T> {
        type Output = ();
        #[inline(always)]
        fn run<L: Registers>(self, l: L) {
            let Weights(terms, whole, mut row, stream) = self;
            while row.len() > 0 {
                let (chunk, later) = row.split_at(CHUNK);
                row = later;
                let [max] = maxima(l, terms, core::array::from_ref(chunk.reading().view().row()));
                let factor = whole.factor(lane(l, max));
                l.vectorize(Map(Weight { terms, reference: lane(l, finite(l, max)), factor }, chunk, stream));
            }
        }
    }
    if kernels.threads() && row.len() > PART {
        let middle = (row.len() / 2).next_multiple_of(CHUNK);
        let (a, b) = row.split_at(middle);
        parallel::both(
            true,
            || weights(kernels, terms, whole, a, stream),
            || weights(kernels, terms, whole, b, stream),
        );
        return;
    }
    kernels.run(Weights(terms, whole, row, stream));
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
struct Each<'a, const N: usize, K>(Rows<'a, N>, K);

impl<const N: usize, K: RowKernel<N>> Op for Each<'_, N, K> {
    type Output = ();
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) {
        self.0.each(lanes, self.1);
    }
}

/// The same, on a desk.
struct OnDesk<'a, const N: usize, K>(Rows<'a, N>, K);
impl<const N: usize, K: RowKernel<N>> Op for OnDesk<'_, N, K> {
    type Output = ();
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) {
        self.0.each_on_desk(lanes, self.1);
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
        let rows = Rows::new(pass, axis)?;
        let threads = parallel::threads(self.threads(), Cost::Arithmetic, axis.len);
        if rows.count() < threads || rows.each_passes_caches() {
            match rows.contiguous() {
                Ok(pass) => self.long_rows(kernel, pass, axis),
                Err(rows) => self.whole_rows(kernel, rows),
            }
        } else {
            self.whole_rows(kernel, rows);
        }
        Ok(())
    }

    /// Runs a kernel on rows of which each is shared among the threads.
    fn long_rows<const N: usize, K: LongRow<N>>(&self, kernel: K, mut rows: Pass<'_, N>, axis: Axis) {
        while rows.len() > 0 {
            let (row, later) = rows.split_at(axis.len);
            kernel.long_row(self, row);
            rows = later;
        }
    }

    /// Runs a kernel on rows that are not shared.
    pub(super) fn whole_rows<const N: usize, K: LongRow<N>>(&self, kernel: K, rows: Rows<'_, N>) {
        parallel::each(self.threads(), Cost::Arithmetic, rows, |part| {
            if K::DESK && part.wants_desk() {
                return self.run(OnDesk(part, kernel));
            }
            let len = part.len();
            let part = if K::CHUNKS && len > CHUNK { part.contiguous() } else { Err(part) };
            match part {
                Ok(pass) => self.serial().long_rows(kernel, pass, Axis::rows(len)),
                Err(part) => self.run(Each(part, kernel)),
            }
        });
    }
}
