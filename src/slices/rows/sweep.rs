//! What is done with rows: reductions, in one fixed order where that shows, and functions that are written.

use super::Walk;
use crate::lanes::{Lanes, Registers, Several};
use crate::slices::{Function, Pass, SIDE, inlined, load, store};

/// Up to so many slots stay in registers, if the compiler knows the number of each that is used.
const FEW: usize = 8;

/// The part of a pass that a walk covers: one row, or one for each lane.
#[must_use = "its output must be written"]
pub(crate) struct Row<'a, const N: usize, W> {
    pub(super) pass: Pass<'a, N>,
    pub(super) walk: W,
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
