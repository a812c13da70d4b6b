//! Rows along an axis: contiguous ones, or, where other axes come after it, as many columns as a vector has lanes.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::{Function, LINE, Pass, SIDE, inlined, load, store};
use crate::Axis;
use crate::error::Error;
use crate::lanes::{BLOCK, Lanes, Op, Registers, Several};
use crate::parallel::Split;

/// A sum runs in [`BLOCK`] virtual lanes for so many elements, and longer rows are none of this file's: the sums of their
/// chunks are added by a tree, or as [`SoftmaxStats`](crate::SoftmaxStats) adds them.
pub(crate) const CHUNK: usize = 1 << 13;

/// How the elements of a row follow each other, in vectors. Step `i` of a sweep works in slot `i % slots`.
pub(crate) trait Walk<L: Registers>: Copy {
    /// Whether few accumulators are fewer than all.
    const SPARE: bool;
    /// The accumulators of the virtual lanes, of which a sum has one for each.
    type Slots: AsMut<[L::F32]> + Copy;
    /// Fewer of them, for what does not depend on the order.
    type Few: AsMut<[L::F32]> + Copy;
    /// All accumulators at `value`.
    fn slots(lanes: L, value: L::F32) -> Self::Slots;
    /// All accumulators at `value`.
    fn few(lanes: L, value: L::F32) -> Self::Few;
    /// Elements along the axis.
    fn len(self) -> usize;
    /// Steps with a full vector, then steps with fewer lanes, and how many lanes those have.
    fn steps(self) -> (usize, usize, usize);
    /// Where step `i` starts.
    fn offset(self, step: usize) -> usize;
    /// Combines all lanes that belong to one row, by a fixed tree, and gives `then` of that: every lane of the result has
    /// its row's. All accumulators began with `start`, and those of `len` elements are in use.
    fn fold<S: AsMut<[L::F32]> + Copy, const R: usize>(
        lanes: L,
        start: L::F32,
        len: usize,
        slots: [S; R],
        op: impl Fn(L::F32, L::F32) -> L::F32 + Copy,
        then: impl Fn(L::F32) -> L::F32 + Copy,
    ) -> [L::F32; R];
}

/// Neighbours in memory: lane `i` of step `j` is element `j * LANES + i`.
#[derive(Clone, Copy)]
pub(crate) struct Contiguous {
    start: usize,
    len: usize,
}

impl<L: Registers> Walk<L> for Contiguous {
    const SPARE: bool = false;
    type Slots = L::Block;
    type Few = L::Block;

    #[inline(always)]
    fn slots(lanes: L, value: L::F32) -> L::Block {
        lanes.block(value)
    }
    #[inline(always)]
    fn few(lanes: L, value: L::F32) -> L::Block {
        lanes.block(value)
    }
    #[inline(always)]
    fn len(self) -> usize {
        self.len
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
    fn fold<S: AsMut<[L::F32]> + Copy, const R: usize>(
        lanes: L,
        _: L::F32,
        _: usize,
        mut slots: [S; R],
        op: impl Fn(L::F32, L::F32) -> L::F32 + Copy,
        then: impl Fn(L::F32) -> L::F32 + Copy,
    ) -> [L::F32; R] {
        let mut values = [lanes.splat(0.0); R];
        for (value, slots) in values.iter_mut().zip(&mut slots) {
            let slots = slots.as_mut();
            *value = tree(slots, slots.len(), &op);
        }
        if let [a, b, c, d] = &mut values[..] {
            [*a, *b, *c, *d] = lanes.fold4([*a, *b, *c, *d], op, then);
        } else {
            for value in &mut values {
                *value = then(lanes.splat(lanes.fold(*value, op)));
            }
        }
        values
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
    const SPARE: bool = true;
    type Slots = [L::F32; BLOCK];
    type Few = [L::F32; SIDE];

    #[inline(always)]
    fn slots(_: L, value: L::F32) -> [L::F32; BLOCK] {
        [value; BLOCK]
    }
    #[inline(always)]
    fn few(_: L, value: L::F32) -> [L::F32; SIDE] {
        [value; SIDE]
    }
    #[inline(always)]
    fn len(self) -> usize {
        self.len
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
    fn fold<S: AsMut<[L::F32]> + Copy, const R: usize>(
        lanes: L,
        start: L::F32,
        len: usize,
        mut slots: [S; R],
        op: impl Fn(L::F32, L::F32) -> L::F32 + Copy,
        then: impl Fn(L::F32) -> L::F32 + Copy,
    ) -> [L::F32; R] {
        let mut values = [lanes.splat(0.0); R];
        for (value, slots) in values.iter_mut().zip(&mut slots) {
            let slots = slots.as_mut();
            let sum = if len < BLOCK {
                // One virtual lane that is not in use makes a +0 of a −0.
                op(tree(slots, len, &op), start)
            } else {
                tree(slots, slots.len(), &op)
            };
            *value = then(sum);
        }
        values
    }
}

/// Combines slot `i` with slot `i + n / 2`, and so on down to one, of those that are in use.
#[inline(always)]
fn tree<T: Copy>(slots: &mut [T], used: usize, op: &impl Fn(T, T) -> T) -> T {
    let (mut half, mut used) = (slots.len() / 2, used.min(slots.len()));
    while half > 0 {
        // Not by number: the compiler does not see that they are there, and that nothing can panic.
        let (low, high) = slots.split_at_mut_checked(half).unwrap_or_default();
        for (a, &mut b) in low.iter_mut().zip(high).take(used.saturating_sub(half)) {
            *a = (*op)(*a, b);
        }
        used = used.min(half);
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

/// What a sweep does.
trait Step<L: Lanes, const N: usize>: Copy {
    /// Whether there are outputs to be written.
    const WRITES: bool;
    /// The outputs of `M` vectors side by side.
    fn outputs<const M: usize>(self, lanes: Several<L, M>, x: [[L::F32; M]; N]) -> [L::F32; M];
    /// The accumulator with one vector, and what became of it, taken in.
    fn accumulate(self, lanes: L, acc: L::F32, x: [L::F32; N], y: L::F32) -> L::F32;
}

/// Takes elements in.
#[derive(Clone, Copy)]
struct Fold<F>(F);

impl<L: Lanes, const N: usize, F: Fn(L::F32, [L::F32; N]) -> L::F32 + Copy> Step<L, N> for Fold<F> {
    const WRITES: bool = false;
    #[inline(always)]
    fn outputs<const M: usize>(self, lanes: Several<L, M>, _: [[L::F32; M]; N]) -> [L::F32; M] {
        lanes.splat(0.0)
    }
    #[inline(always)]
    fn accumulate(self, _: L, acc: L::F32, x: [L::F32; N], _: L::F32) -> L::F32 {
        (self.0)(acc, x)
    }
}

/// Writes a function of the elements.
#[derive(Clone, Copy)]
struct Write<F>(F);

impl<L: Lanes, const N: usize, F: Fn([L::F32; N]) -> L::F32 + Copy> Step<L, N> for Write<F> {
    const WRITES: bool = true;
    #[inline(always)]
    fn outputs<const M: usize>(self, lanes: Several<L, M>, x: [[L::F32; M]; N]) -> [L::F32; M] {
        let mut y = lanes.splat(0.0);
        for (i, y) in y.iter_mut().enumerate() {
            *y = (self.0)(of_each::<L, N, M>(lanes.0, x, i));
        }
        y
    }
    #[inline(always)]
    fn accumulate(self, _: L, acc: L::F32, _: [L::F32; N], _: L::F32) -> L::F32 {
        acc
    }
}

/// Adds up a function of the element and of a value of the row, and writes it if `WRITE`.
#[derive(Clone, Copy)]
struct Terms<F, V, const WRITE: bool>(F, V);

impl<L: Lanes, F: Function<2>, const WRITE: bool> Step<L, 1> for Terms<F, L::F32, WRITE> {
    const WRITES: bool = WRITE;
    #[inline(always)]
    fn outputs<const M: usize>(self, lanes: Several<L, M>, [x]: [[L::F32; M]; 1]) -> [L::F32; M] {
        self.0.call(lanes, [x, [self.1; M]])
    }
    #[inline(always)]
    fn accumulate(self, lanes: L, acc: L::F32, _: [L::F32; 1], y: L::F32) -> L::F32 {
        lanes.add(acc, y)
    }
}

/// Does something with the accumulators of each row. Not in a loop where there are several: that would keep them in
/// memory.
#[inline(always)]
fn row_by_row<T, const R: usize>(slots: &mut [T; R], f: impl Fn(usize, &mut T)) {
    if let [a, b, c, d] = &mut slots[..] {
        f(0, a);
        f(1, b);
        f(2, c);
        f(3, d);
    } else {
        for (i, slots) in slots.iter_mut().enumerate() {
            f(i, slots);
        }
    }
}

/// Elements of each row: they are equally long.
#[inline(always)]
fn length<L: Registers, W: Walk<L>, const N: usize>(rows: &[Row<'_, N, W>]) -> usize {
    rows.first().map_or(0, |row| row.walk.len())
}

/// Vector `i` of each input.
#[inline(always)]
fn of_each<L: Lanes, const N: usize, const M: usize>(lanes: L, x: [[L::F32; M]; N], i: usize) -> [L::F32; N] {
    let mut each = [lanes.splat(0.0); N];
    for (each, x) in each.iter_mut().zip(x) {
        *each = x[i];
    }
    each
}

impl<'a, const N: usize, W> Row<'a, N, W> {
    /// Goes over the elements, several vectors side by side. Lanes beyond the row's end keep their accumulator.
    #[inline(always)]
    fn sweep<L: Registers, S: Step<L, N>>(&self, lanes: L, walk: W, slots: &mut [L::F32], step: S)
    where
        W: Walk<L>,
    {
        let (full, partial, count) = walk.steps();
        // Few slots stay in registers, if the compiler knows the number of each that is used.
        let few = slots.len() <= FEW;
        // A round takes each slot in turn, as often as the vectors side by side make it.
        let round = if few && slots.len() > SIDE { slots.len() } else { SIDE };
        let mut done = 0;
        while full - done >= round {
            let before = if few { 0 } else { done % slots.len() };
            let mut group = 0;
            while group < round {
                let (x, y) = self.steps::<L, _, SIDE>(lanes, walk, done + group, L::LANES, step);
                for (i, &y) in y.iter().enumerate() {
                    let slot = &mut slots[(before + group + i) % slots.len()];
                    *slot = step.accumulate(lanes, *slot, of_each::<L, N, SIDE>(lanes, x, i), y);
                }
                group += SIDE;
            }
            done += round;
        }
        let before = if few { 0 } else { done % slots.len() };
        for i in 0..round {
            if i >= full - done {
                break;
            }
            let (x, [y]) = self.steps::<L, _, 1>(lanes, walk, done + i, L::LANES, step);
            let slot = &mut slots[(before + i) % slots.len()];
            *slot = step.accumulate(lanes, *slot, of_each::<L, N, 1>(lanes, x, 0), y);
        }
        for last in full..full + partial {
            let (x, [y]) = self.steps::<L, _, 1>(lanes, walk, last, count, step);
            let x = of_each::<L, N, 1>(lanes, x, 0);
            let number = last % slots.len();
            if !few {
                let slot = &mut slots[number];
                *slot = lanes.select(lanes.first(count), step.accumulate(lanes, *slot, x, y), *slot);
                continue;
            }
            for (i, slot) in slots.iter_mut().enumerate() {
                let inside = lanes.first(if i == number { count } else { 0 });
                *slot = lanes.select(inside, step.accumulate(lanes, *slot, x, y), *slot);
            }
        }
    }

    /// The inputs of `M` steps from the given one, with `count` elements each, and the outputs, which are written.
    #[inline(always)]
    fn steps<L: Registers, S: Step<L, N>, const M: usize>(
        &self,
        lanes: L,
        walk: W,
        first: usize,
        count: usize,
        step: S,
    ) -> ([[L::F32; M]; N], [L::F32; M])
    where
        W: Walk<L>,
    {
        let Pass { from, to, .. } = self.pass;
        let mut x = [[lanes.splat(0.0); M]; N];
        for (x, from) in x.iter_mut().zip(from) {
            for (i, x) in x.iter_mut().enumerate() {
                // SAFETY: a walk stays within its pass, and these steps have `count` elements.
                *x = unsafe { load(lanes, from.add(walk.offset(first + i)), count) };
            }
        }
        let y = step.outputs(Several::<L, M>(lanes), x);
        if S::WRITES {
            for (i, &y) in y.iter().enumerate() {
                // SAFETY: as above; `sweep` writes only for functions that consume the row.
                unsafe { store(lanes, to.add(walk.offset(first + i)), count, y) }
            }
        }
        (x, y)
    }
}

/// Writes `f` of a value of the row and of the inputs.
#[inline(always)]
pub(crate) fn write<L: Registers, W: Walk<L>, const N: usize, const R: usize>(
    lanes: L,
    rows: [Row<'_, N, W>; R],
    mut values: [L::F32; R],
    f: impl Fn(L::F32, [L::F32; N]) -> L::F32 + Copy,
) {
    row_by_row(
        &mut values,
        #[inline(always)]
        |i, &mut value| {
            let f = inlined(
                #[inline(always)]
                |x| f(value, x),
            );
            rows[i].sweep(lanes, rows[i].walk, &mut [value], Write(f));
        },
    );
}

/// Combines the elements of each row, where the order does not matter: `f` takes an element in, `op` combines two
/// accumulators.
#[inline(always)]
pub(crate) fn fold<L: Registers, W: Walk<L>, const N: usize, const R: usize>(
    lanes: L,
    rows: &[Row<'_, N, W>; R],
    start: L::F32,
    f: impl Fn(L::F32, [L::F32; N]) -> L::F32 + Copy,
    op: impl Fn(L::F32, L::F32) -> L::F32 + Copy,
) -> [L::F32; R] {
    let mut slots = [W::few(lanes, start); R];
    row_by_row(
        &mut slots,
        #[inline(always)]
        |i, slots| rows[i].sweep(lanes, rows[i].walk, slots.as_mut(), Fold(f)),
    );
    W::fold(
        lanes,
        start,
        length(rows),
        slots,
        op,
        #[inline(always)]
        |value| value,
    )
}

/// The sum of each row in the one fixed order, where `f` adds an element to the accumulator.
#[inline(always)]
pub(crate) fn sum<L: Registers, W: Walk<L>, const N: usize, const R: usize>(
    lanes: L,
    rows: &[Row<'_, N, W>; R],
    f: impl Fn(L::F32, [L::F32; N]) -> L::F32 + Copy,
) -> [L::F32; R] {
    sums(
        lanes,
        rows,
        [Fold(f); R],
        #[inline(always)]
        |sum| sum,
    )
}

/// `then` of the sum, in the one fixed order, of a function of each element and of a value of its row.
#[inline(always)]
pub(crate) fn sum_of<L: Registers, W: Walk<L>, const R: usize>(
    lanes: L,
    rows: &[Row<'_, 1, W>; R],
    function: impl Function<2>,
    values: [L::F32; R],
    then: impl Fn(L::F32) -> L::F32 + Copy,
) -> [L::F32; R] {
    sums(lanes, rows, terms::<_, _, R, false>(lanes, function, values), then)
}

/// The same, where the function is written too, and the rows go on with that as their input.
#[inline(always)]
pub(crate) fn sum_of_written<L: Registers, W: Walk<L>, const R: usize>(
    lanes: L,
    rows: &mut [Row<'_, 1, W>; R],
    function: impl Function<2>,
    values: [L::F32; R],
    then: impl Fn(L::F32) -> L::F32 + Copy,
) -> [L::F32; R] {
    let sums = sums(lanes, rows, terms::<_, _, R, true>(lanes, function, values), then);
    for row in rows {
        row.pass.from = [row.pass.to];
    }
    sums
}

#[inline(always)]
fn terms<L: Registers, F: Function<2>, const R: usize, const WRITE: bool>(
    lanes: L,
    function: F,
    values: [L::F32; R],
) -> [Terms<F, L::F32, WRITE>; R] {
    let mut terms = [Terms(function, lanes.splat(0.0)); R];
    for (term, value) in terms.iter_mut().zip(values) {
        term.1 = value;
    }
    terms
}

#[inline(always)]
fn sums<L: Registers, W: Walk<L>, S: Step<L, N>, const N: usize, const R: usize>(
    lanes: L,
    rows: &[Row<'_, N, W>; R],
    steps: [S; R],
    then: impl Fn(L::F32) -> L::F32 + Copy,
) -> [L::F32; R] {
    let add = inlined(
        #[inline(always)]
        |a, b| lanes.add(a, b),
    );
    let zero = lanes.splat(0.0);
    let slots = inlined(
        #[inline(always)]
        |i: usize, slots: &mut [L::F32]| rows[i].sweep(lanes, rows[i].walk, slots, steps[i]),
    );
    // As many as elements are enough.
    if W::SPARE && length(rows) <= SIDE {
        let mut few = [W::few(lanes, zero); R];
        row_by_row(
            &mut few,
            #[inline(always)]
            |i, few| slots(i, few.as_mut()),
        );
        return W::fold(lanes, zero, length(rows), few, add, then);
    }
    let mut all = [W::slots(lanes, zero); R];
    row_by_row(
        &mut all,
        #[inline(always)]
        |i, all| slots(i, all.as_mut()),
    );
    W::fold(lanes, zero, length(rows), all, add, then)
}

/// A contiguous row that is only read, or a part of it.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a, const N: usize> {
    from: [*const f32; N],
    len: usize,
    life: PhantomData<&'a [f32]>,
}

// SAFETY: it is `N` shared slices.
unsafe impl<const N: usize> Send for Reading<'_, N> {}
// SAFETY: as above.
unsafe impl<const N: usize> Sync for Reading<'_, N> {}

/// A row that is only read.
pub(crate) struct View<'a, const N: usize>(Row<'a, N, Contiguous>);

impl<'a, const N: usize> View<'a, N> {
    /// As functions want it that do not write.
    #[inline(always)]
    pub(crate) fn row(&self) -> &Row<'a, N, Contiguous> {
        &self.0
    }
}

impl<'a> Reading<'a, 1> {
    /// As a slice.
    #[inline(always)]
    pub(crate) fn slice(self) -> &'a [f32] {
        let [from] = self.from;
        // SAFETY: it is a shared slice.
        unsafe { core::slice::from_raw_parts(from, self.len) }
    }

    /// So many elements, which are there.
    #[inline]
    pub(super) fn at(from: *const f32, len: usize) -> Self {
        Reading { from: [from], len, life: PhantomData }
    }
}

impl<'a, const N: usize> Reading<'a, N> {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// As a row.
    #[inline(always)]
    pub(crate) fn view(self) -> View<'a, N> {
        let Reading { from, len, .. } = self;
        // Nothing is written, hence there is nowhere to write to.
        View(Pass { from, to: core::ptr::null_mut(), len, life: PhantomData }.row())
    }

    /// The chunk with this number; the last one may be shorter, and those beyond are empty.
    #[inline]
    pub(crate) fn chunk(self, number: usize) -> Self {
        let start = number.saturating_mul(CHUNK).min(self.len);
        // It is within the row, or at its end.
        let from = self.from.map(|from| from.wrapping_add(start));
        Reading { from, len: CHUNK.min(self.len - start), ..self }
    }
}

impl<'a, const N: usize> Pass<'a, N> {
    /// What it reads.
    #[inline]
    pub(crate) fn reading(&self) -> Reading<'_, N> {
        Reading { from: self.from, len: self.len, life: PhantomData }
    }

    /// As a row.
    #[inline(always)]
    pub(crate) fn row(self) -> Row<'a, N, Contiguous> {
        let walk = Contiguous { start: 0, len: self.len };
        Row { pass: self, walk }
    }

    /// The same again, for rows that do not overlap.
    #[inline]
    fn again(&self) -> Self {
        Pass { ..*self }
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
    /// Whether the output is better written past the caches.
    stream: bool,
}

/// What a kernel does with rows.
pub(crate) trait RowKernel<const N: usize>: Copy + Sync {
    /// Writes the whole rows, all of them stage by stage. Implementations are `#[inline(always)]`.
    fn rows<L: Registers, W: Walk<L>, const R: usize>(self, lanes: L, rows: [Row<'_, N, W>; R]);
}

/// So many short rows are taken together: to fold the lanes of one takes dozens of cycles, in which others can be worked
/// on.
const TOGETHER: usize = 4;
/// Floats that the desk has room for: 64 KiB.
const DESK: usize = 1 << 14;
/// Floats that stay in the first cache, along with as many more.
const NEAR: usize = 1 << 12;
/// Up to so many slots stay in registers, if the compiler knows the number of each that is used.
const FEW: usize = 8;
/// Rows of at most so many elements are short: all of those taken together fit in the first cache.
const SHORT: usize = 1 << 10;

impl<'a, const N: usize> Rows<'a, N> {
    /// The rows of `pass` along `axis`.
    #[inline]
    pub(crate) fn new(pass: Pass<'a, N>, axis: Axis) -> Result<Self, Error> {
        let outer = axis.outer(pass.len)?;
        let stream = pass.passes_caches();
        Ok(Rows { pass, axis, outer, columns: (0, axis.inner), stream })
    }

    /// How many rows there are.
    #[inline]
    pub(crate) fn count(&self) -> usize {
        self.outer * (self.columns.1 - self.columns.0)
    }

    /// Runs the kernel on each.
    #[inline(always)]
    pub(crate) fn each<L: Registers>(self, lanes: L, kernel: impl RowKernel<N>) {
        let Rows { axis: Axis { len: row, inner }, outer, columns, .. } = self;
        if inner == 1 {
            let at = |start| Row { pass: self.pass.again(), walk: Contiguous { start, len: row } };
            let mut done = 0;
            while L::TUNED && row <= SHORT && outer - done >= TOGETHER {
                let start = done * row;
                kernel.rows(lanes, [at(start), at(start + row), at(start + 2 * row), at(start + 3 * row)]);
                done += TOGETHER;
            }
            for row_number in done..outer {
                kernel.rows(lanes, [at(row_number * row)]);
            }
            return;
        }
        lanes.vectorize(SideBySide { pass: self.pass, axis: self.axis, blocks: (0, outer), columns, kernel });
    }

    /// Whether columns are better worked on a desk: the rows are not contiguous, but at such a distance that the caches do
    /// not keep a line of each between the stages of the kernel, and the desk has room for that.
    ///
    /// A cache looks for a line in one set only, which the low bits of its address name. At a distance that is a multiple
    /// of a large power of two, lines share few sets; and loads wait for stores that have the lowest 12 bits in common.
    #[inline]
    pub(crate) fn wants_desk(&self) -> bool {
        /// Floats in 4 KiB, whose lines have a set each in the first cache of most processors, with room for 8 or more.
        const PAGE: usize = 1 << 10;
        let Axis { len, inner } = self.axis;
        let shared = inner & inner.wrapping_neg();
        let sets = (PAGE / shared.max(1)).max(1);
        // Where four sets or fewer are shared, half of each for what is read, half for what is written.
        sets <= 4 && inner > 1 && len > 4 * sets && len <= DESK / (N * LINE)
    }

    /// Runs the kernel on each, on a desk: as many columns as fit are copied there, worked on in place, and put where they
    /// belong.
    #[inline(always)]
    pub(crate) fn each_on_desk<L: Registers>(self, lanes: L, kernel: impl RowKernel<N>) {
        #[repr(align(64))]
        struct Desk([MaybeUninit<f32>; DESK]);
        let mut desk = Desk([MaybeUninit::uninit(); DESK]);
        let desk: *mut f32 = desk.0.as_mut_ptr().cast();

        let Rows { pass: Pass { from, to, .. }, axis: Axis { len: row, inner }, outer, columns, stream } = self;
        let stream = stream && inner % LINE == 0 && to.addr().is_multiple_of(LINE * size_of::<f32>());
        for block in 0..outer {
            let (mut column, end) = columns;
            while end - column >= LINE {
                // Of at least one element; and not by `clamp`, which can panic.
                let width = (NEAR / (N * row).max(1)).max(LINE).min(end - column) / LINE * LINE;
                let start = block * row * inner + column;
                let area = row * width;
                let mut places = [desk; N];
                for (i, (place, from)) in places.iter_mut().zip(from).enumerate() {
                    *place = desk.wrapping_add(i * area);
                    for element in 0..row {
                        for at in (0..width).step_by(L::LANES) {
                            // SAFETY: the columns from `column` to `column + width` are within the rows, and N areas on
                            // the desk: they are no larger than NEAR, or N · row · LINE ≤ DESK.
                            unsafe {
                                let x = lanes.load(from.add(start + element * inner + at));
                                lanes.store(place.add(element * width + at), x);
                            }
                        }
                    }
                }
                // What is written takes the place of the last input.
                let last = desk.wrapping_add((N - 1) * area);
                let from = places.map(|place| place.cast_const());
                let pass = Pass { from, to: last, len: area, life: PhantomData };
                let axis = Axis { len: row, inner: width };
                lanes.vectorize(SideBySide { pass, axis, blocks: (0, 1), columns: (0, width), kernel });
                for element in 0..row {
                    for at in (0..width).step_by(L::LANES) {
                        // SAFETY: as above; and if `stream`, all lines are aligned as `to` is.
                        unsafe {
                            let y = lanes.load(last.add(element * width + at));
                            let to = to.add(start + element * inner + at);
                            if stream { lanes.stream(to, y) } else { lanes.store(to, y) }
                        }
                    }
                }
                column += width;
            }
            if column < end {
                let (pass, axis) = (self.pass.again(), self.axis);
                lanes.vectorize(SideBySide { pass, axis, blocks: (block, block + 1), columns: (column, end), kernel });
            }
        }
        if stream {
            lanes.fence();
        }
    }
}

/// Runs a kernel on some columns of some blocks, a vector of them at a time: in a function of its own, since it is needed
/// three times.
struct SideBySide<'a, const N: usize, K> {
    pass: Pass<'a, N>,
    axis: Axis,
    blocks: (usize, usize),
    columns: (usize, usize),
    kernel: K,
}

impl<const N: usize, K: RowKernel<N>> Op for SideBySide<'_, N, K> {
    type Output = ();
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) {
        let SideBySide { pass, axis: Axis { len, inner }, blocks, columns: (first, end), kernel } = self;
        for block in blocks.0..blocks.1 {
            for column in (first..end).step_by(L::LANES) {
                let width = L::LANES.min(end - column);
                let walk = Columns { start: block * len * inner + column, stride: inner, len, width };
                kernel.rows(lanes, [Row { pass: pass.again(), walk }]);
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
            let Rows { pass, axis, outer, columns, stream } = self;
            let half = outer / 2;
            let (a, b) = pass.split_at(half * axis.len * axis.inner);
            return Ok((
                Rows { pass: a, axis, outer: half, columns, stream },
                Rows { pass: b, axis, outer: outer - half, columns, stream },
            ));
        }
        // A part without columns would be the same row again: its other half must not be empty either.
        let middle = first + ((last - first) / 2).next_multiple_of(64);
        if self.outer == 0 || middle == first || middle >= last {
            return Err(self);
        }
        let Rows { pass, axis, outer, stream, .. } = self;
        // The same memory twice, but no column is in both.
        let part = |columns| Rows { pass: pass.again(), axis, outer, columns, stream };
        Ok((part((first, middle)), part((middle, last))))
    }
}
