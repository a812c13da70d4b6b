//! Rows along an axis: contiguous ones, or, where other axes come after it, as many columns as a vector has lanes.

mod reading;
mod sweep;
mod walk;

pub(crate) use reading::Reading;
pub(crate) use sweep::{Row, fold, sum, sum_of, sum_of_written, write};
pub(crate) use walk::{Walk, tree};

use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::{LINE, Pass};
use crate::Axis;
use crate::error::Error;
use crate::lanes::{Op, Registers};
use crate::parallel::Split;

use walk::{Columns, Contiguous};

/// A sum runs in [`BLOCK`] virtual lanes for so many elements, and longer rows are none of this file's: the sums of their
/// chunks are added by a tree, or as [`SoftmaxStats`](crate::SoftmaxStats) adds them.
pub(crate) const CHUNK: usize = 1 << 13;

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
