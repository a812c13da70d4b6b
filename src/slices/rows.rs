//! Rows along an axis: contiguous ones, or, where other axes come after it, as many columns as a vector has lanes.

use super::{Pass, inlined, load_each, store};
use crate::Axis;
use crate::error::Error;
use crate::lanes::{BLOCK, Registers};
use crate::parallel::Split;

/// A sum runs in [`BLOCK`] virtual lanes for so many elements; the sums of several such chunks are added by a tree.
/// Both orders follow from the row's length alone.
pub(crate) const CHUNK: usize = 1 << 13;

/// How the elements of a row follow each other, in vectors. Step `i` of a sweep works in slot `i % slots`.
pub(crate) trait Walk<L: Registers>: Copy {
    /// The accumulators of the virtual lanes.
    type Slots: AsMut<[L::F32]>;
    /// All accumulators at `value`.
    fn slots(lanes: L, value: L::F32) -> Self::Slots;
    /// Elements along the axis.
    fn len(self) -> usize;
    /// Elements `from..to` along the axis.
    fn part(self, from: usize, to: usize) -> Self;
    /// Steps with a full vector, then steps with fewer lanes, and how many lanes those have.
    fn steps(self) -> (usize, usize, usize);
    /// Where step `i` starts.
    fn offset(self, step: usize) -> usize;
    /// Combines all lanes that belong to one row, by a fixed tree; every lane of the result has its row's.
    fn fold(lanes: L, slots: Self::Slots, op: impl Fn(L::F32, L::F32) -> L::F32) -> L::F32;
}

/// Neighbours in memory: lane `i` of step `j` is element `j * LANES + i`.
#[derive(Clone, Copy)]
pub(crate) struct Contiguous {
    start: usize,
    len: usize,
}

impl<L: Registers> Walk<L> for Contiguous {
    type Slots = L::Block;

    #[inline(always)]
    fn slots(lanes: L, value: L::F32) -> L::Block {
        lanes.block(value)
    }
    #[inline(always)]
    fn len(self) -> usize {
        self.len
    }
    #[inline(always)]
    fn part(self, from: usize, to: usize) -> Self {
        Contiguous { start: self.start + from, len: to - from }
    }
    #[inline(always)]
    fn steps(self) -> (usize, usize, usize) {
        let rest = self.len % L::LANES;
        (self.len / L::LANES, (rest > 0) as usize, rest)
    }
    #[inline(always)]
    fn offset(self, step: usize) -> usize {
        self.start + step * L::LANES
    }
    #[inline(always)]
    fn fold(lanes: L, mut slots: L::Block, op: impl Fn(L::F32, L::F32) -> L::F32) -> L::F32 {
        let vector = tree(slots.as_mut(), &op);
        lanes.splat(lanes.fold(vector, op))
    }
}

/// One row in each lane: step `j` is element `j` of `width` rows that lie side by side.
#[derive(Clone, Copy)]
pub(crate) struct Columns {
    start: usize,
    stride: usize,
    len: usize,
    width: usize,
}

impl<L: Registers> Walk<L> for Columns {
    type Slots = [L::F32; BLOCK];

    #[inline(always)]
    fn slots(_: L, value: L::F32) -> [L::F32; BLOCK] {
        [value; BLOCK]
    }
    #[inline(always)]
    fn len(self) -> usize {
        self.len
    }
    #[inline(always)]
    fn part(self, from: usize, to: usize) -> Self {
        Columns { start: self.start + from * self.stride, len: to - from, ..self }
    }
    #[inline(always)]
    fn steps(self) -> (usize, usize, usize) {
        if self.width == L::LANES { (self.len, 0, 0) } else { (0, self.len, self.width) }
    }
    #[inline(always)]
    fn offset(self, step: usize) -> usize {
        self.start + step * self.stride
    }
    #[inline(always)]
    fn fold(_: L, mut slots: [L::F32; BLOCK], op: impl Fn(L::F32, L::F32) -> L::F32) -> L::F32 {
        tree(&mut slots, &op)
    }
}

/// Combines slot `i` with slot `i + n / 2`, and so on down to one.
#[inline(always)]
fn tree<T: Copy>(slots: &mut [T], op: &impl Fn(T, T) -> T) -> T {
    let mut half = slots.len() / 2;
    while half > 0 {
        for i in 0..half {
            slots[i] = (*op)(slots[i], slots[i + half]);
        }
        half /= 2;
    }
    slots[0]
}

/// The part of a pass that a walk covers: one row, or one for each lane.
#[must_use = "its output must be written"]
pub(crate) struct Row<'a, const N: usize, W> {
    pass: Pass<'a, N>,
    walk: W,
}

impl<'a, const N: usize, W> Row<'a, N, W> {
    /// Goes over the elements: `f` gets the accumulator of the slot and the inputs, and gives the new accumulator
    /// and, if `WRITE`, the output. Lanes beyond the row's end keep their accumulator.
    #[inline(always)]
    fn sweep<L: Registers, const WRITE: bool>(
        &self,
        lanes: L,
        walk: W,
        slots: &mut W::Slots,
        f: &impl Fn(L::F32, [L::F32; N]) -> (L::F32, L::F32),
    ) where
        W: Walk<L>,
    {
        let Pass { from, to, .. } = self.pass;
        let slots = slots.as_mut();
        let (full, partial, count) = walk.steps();
        let step = inlined(
            #[inline(always)]
            |step: usize, count: usize, slot: L::F32| {
                let at = walk.offset(step);
                // `(*f)`, since `f(…)` would call it by way of `&F`, which need not be inlined.
                // SAFETY: a walk stays within its pass, and this step has `count` elements.
                let (acc, y) = (*f)(slot, unsafe { load_each(lanes, from, at, count) });
                if WRITE {
                    // SAFETY: as above; `sweep` writes only for functions that consume the row.
                    unsafe { store(lanes, to.add(at), count, y) }
                }
                acc
            },
        );
        let mut done = 0;
        while full - done >= slots.len() {
            for (i, slot) in slots.iter_mut().enumerate() {
                *slot = step(done + i, L::LANES, *slot);
            }
            done += slots.len();
        }
        let left = (full - done) % slots.len();
        for (i, slot) in slots[..left].iter_mut().enumerate() {
            *slot = step(done + i, L::LANES, *slot);
        }
        let inside = lanes.first(count);
        for last in full..full + partial {
            let slot = &mut slots[last % slots.len()];
            *slot = lanes.select(inside, step(last, count, *slot), *slot);
        }
    }

    /// Combines the elements, where the order does not matter: `f` takes an element in, `op` combines two accumulators.
    #[inline(always)]
    pub(crate) fn fold<L: Registers>(
        &self,
        lanes: L,
        start: L::F32,
        f: impl Fn(L::F32, [L::F32; N]) -> L::F32,
        op: impl Fn(L::F32, L::F32) -> L::F32,
    ) -> L::F32
    where
        W: Walk<L>,
    {
        let mut slots = W::slots(lanes, start);
        self.sweep::<L, false>(
            lanes,
            self.walk,
            &mut slots,
            &inlined(
                #[inline(always)]
                |acc, x| (f(acc, x), acc),
            ),
        );
        W::fold(lanes, slots, op)
    }

    /// A sum in the one fixed order, where `f` adds an element to the accumulator.
    #[inline(always)]
    pub(crate) fn sum<L: Registers>(&self, lanes: L, f: impl Fn(L::F32, [L::F32; N]) -> L::F32) -> L::F32
    where
        W: Walk<L>,
    {
        self.sum_sweep::<L, false>(
            lanes,
            #[inline(always)]
            |acc, x| (f(acc, x), acc),
        )
    }

    /// Writes `f` of the inputs.
    #[inline(always)]
    pub(crate) fn map<L: Registers>(self, lanes: L, f: impl Fn([L::F32; N]) -> L::F32)
    where
        W: Walk<L>,
    {
        let mut slots = W::slots(lanes, lanes.splat(0.0));
        self.sweep::<L, true>(
            lanes,
            self.walk,
            &mut slots,
            &inlined(
                #[inline(always)]
                |acc, x| (acc, f(x)),
            ),
        );
    }

    #[inline(always)]
    fn sum_sweep<L: Registers, const WRITE: bool>(
        &self,
        lanes: L,
        f: impl Fn(L::F32, [L::F32; N]) -> (L::F32, L::F32),
    ) -> L::F32
    where
        W: Walk<L>,
    {
        let chunk = inlined(
            #[inline(always)]
            |start: usize, end: usize| {
                let mut slots = W::slots(lanes, lanes.splat(0.0));
                self.sweep::<L, WRITE>(lanes, self.walk.part(start, end), &mut slots, &f);
                W::fold(
                    lanes,
                    slots,
                    #[inline(always)]
                    |a, b| lanes.add(a, b),
                )
            },
        );
        let len = self.walk.len();
        if len <= CHUNK { chunk(0, len) } else { sum_of_chunks(lanes, len, chunk) }
    }
}

/// The sum of a long row from those of its chunks `start..end`. Two parts of the same power of two of chunks make one of
/// the next, as a counter carries; the parts of the row's end are added from the back. There are never more of them than
/// bits in a usize, which the compiler does not see: hence `get` and `take`, which do not panic.
#[inline(always)]
fn sum_of_chunks<L: Registers>(lanes: L, len: usize, chunk: impl Fn(usize, usize) -> L::F32) -> L::F32 {
    let mut pending = [lanes.splat(0.0); usize::BITS as usize];
    let (mut done, mut top) = (0, 0);
    loop {
        let start = done * CHUNK;
        let end = len.min(start + CHUNK);
        let mut sum = chunk(start, end);
        done += 1;
        if end == len {
            for &larger in pending.iter().take(top).rev() {
                sum = lanes.add(larger, sum);
            }
            return sum;
        }
        let mut carry = done;
        while carry % 2 == 0 && top > 0 {
            top -= 1;
            if let Some(&larger) = pending.get(top) {
                sum = lanes.add(larger, sum);
            }
            carry /= 2;
        }
        if let Some(slot) = pending.get_mut(top) {
            *slot = sum;
        }
        top += 1;
    }
}

impl<W> Row<'_, 1, W> {
    /// A sum in the one fixed order, where `f` also gives an output for each element. The row goes on with that as its
    /// input.
    #[inline(always)]
    pub(crate) fn map_sum<L: Registers>(
        &mut self,
        lanes: L,
        f: impl Fn(L::F32, [L::F32; 1]) -> (L::F32, L::F32),
    ) -> L::F32
    where
        W: Walk<L>,
    {
        let sum = self.sum_sweep::<L, true>(lanes, f);
        self.pass.from = [self.pass.to];
        sum
    }
}

impl<'a, const N: usize> Pass<'a, N> {
    /// The whole pass as one contiguous row.
    #[inline]
    pub(crate) fn row(self) -> Row<'a, N, Contiguous> {
        let walk = Contiguous { start: 0, len: self.len };
        Row { pass: self, walk }
    }

    /// Cuts a long row where the tree of its sum has its root, so that the sum is that of the two parts' sums.
    #[inline]
    pub(crate) fn split_sum(self) -> Result<(Self, Self), Self> {
        let chunks = self.len.div_ceil(CHUNK);
        if chunks < 2 {
            return Err(self);
        }
        let left = chunks.next_power_of_two() / 2;
        Ok(self.split_at(left * CHUNK))
    }
}

impl<'a, const N: usize> Row<'a, N, Contiguous> {
    /// The row as a pass again.
    #[inline]
    pub(crate) fn pass(self) -> Pass<'a, N> {
        self.pass
    }
}

impl<const N: usize> Pass<'_, N> {
    /// Undoes [`split_sum`](Pass::split_sum).
    #[inline]
    pub(crate) fn join(self, later: Self) -> Self {
        debug_assert!(core::ptr::eq(self.to.wrapping_add(self.len), later.to));
        Pass { len: self.len + later.len, ..self }
    }
}

/// All rows of data `[outer, len, inner]`, or part of them.
#[must_use = "its output must be written"]
pub(crate) struct Rows<'a, const N: usize> {
    pass: Pass<'a, N>,
    axis: Axis,
    outer: usize,
    /// Of the `inner` columns, the first and one past the last.
    columns: (usize, usize),
}

/// What a kernel does with rows.
pub(crate) trait RowKernel<const N: usize>: Copy + Sync {
    /// Writes the whole rows, all of them stage by stage. Implementations are `#[inline(always)]`.
    fn rows<L: Registers, W: Walk<L>, const R: usize>(self, lanes: L, rows: [Row<'_, N, W>; R]);
}

/// So many short rows are taken together: to fold the lanes of one takes dozens of cycles, in which others can be worked
/// on.
const TOGETHER: usize = 4;
/// Rows of at most so many elements are short: all of those taken together fit in the first cache.
const SHORT: usize = 1 << 10;

impl<'a, const N: usize> Rows<'a, N> {
    /// The rows of `pass` along `axis`.
    #[inline]
    pub(crate) fn new(pass: Pass<'a, N>, axis: Axis) -> Result<Self, Error> {
        let outer = axis.outer(pass.len)?;
        Ok(Rows { pass, axis, outer, columns: (0, axis.inner) })
    }

    /// How many rows there are.
    #[inline]
    pub(crate) fn count(&self) -> usize {
        self.outer * (self.columns.1 - self.columns.0)
    }

    /// The pass, if the rows are contiguous.
    #[inline]
    pub(crate) fn contiguous(self) -> Result<Pass<'a, N>, Self> {
        if self.axis.inner == 1 { Ok(self.pass) } else { Err(self) }
    }

    /// Runs the kernel on each.
    #[inline(always)]
    pub(crate) fn each<L: Registers>(self, lanes: L, kernel: impl RowKernel<N>) {
        let Rows { pass: Pass { from, to, len, life }, axis: Axis { len: row, inner }, outer, columns } = self;
        // A copy for each row, whose walks do not overlap.
        let pass = || Pass { from, to, len, life };
        if inner == 1 {
            let at = |start| Row { pass: pass(), walk: Contiguous { start, len: row } };
            let mut done = 0;
            while row <= SHORT && outer - done >= TOGETHER {
                let start = done * row;
                kernel.rows(lanes, [at(start), at(start + row), at(start + 2 * row), at(start + 3 * row)]);
                done += TOGETHER;
            }
            for row_number in done..outer {
                kernel.rows(lanes, [at(row_number * row)]);
            }
            return;
        }
        for block in 0..outer {
            let start = block * row * inner;
            let (mut column, end) = columns;
            while column < end {
                let width = L::LANES.min(end - column);
                let walk = Columns { start: start + column, stride: inner, len: row, width };
                kernel.rows(lanes, [Row { pass: pass(), walk }]);
                column += width;
            }
        }
    }
}

impl<const N: usize> Split for Rows<'_, N> {
    #[inline]
    fn size(&self) -> usize {
        self.count() * self.axis.len
    }

    /// Cuts between blocks of `len × inner`, or, where only one is left, between columns.
    #[inline]
    fn split(self) -> Result<(Self, Self), Self> {
        let (first, last) = self.columns;
        if self.outer > 1 {
            let Rows { pass, axis, outer, columns } = self;
            let half = outer / 2;
            let (a, b) = pass.split_at(half * axis.len * axis.inner);
            return Ok((
                Rows { pass: a, axis, outer: half, columns },
                Rows { pass: b, axis, outer: outer - half, columns },
            ));
        }
        // A part without columns would be the same row again: its other half must not be empty either.
        let middle = first + ((last - first) / 2).next_multiple_of(64);
        if self.outer == 0 || middle == first || middle >= last {
            return Err(self);
        }
        let Rows { pass: Pass { from, to, len, life }, axis, outer, .. } = self;
        // The same memory twice, but no column is in both.
        let part = |columns| Rows { pass: Pass { from, to, len, life }, axis, outer, columns };
        Ok((part((first, middle)), part((middle, last))))
    }
}
