//! Rows, one at a time, wherever their elements lie: of f32 side by side they are handed on as they are. Others go over a
//! desk: elements of 16 bits, and rows along an inner axis, which are gathered, a cache line of them at a time.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::staged::{Operand, Output, Place, Staged, narrow, widen};
use super::{CHUNK, LINE, Pass, Reading};
use crate::axis::Axis;
use crate::element::{Element, Kind};
use crate::error::{Error, same_length};
use crate::kernels::Kernels;
use crate::parallel::{self, Cost, Split};

/// Floats between the rows on a desk, so that their elements are not all in the same set of the cache.
const GAP: usize = LINE;
/// Floats on the desk: a chunk, or as many rows as fit.
const AREA: usize = CHUNK + GAP;

/// The room for rows of an input.
#[repr(align(64))]
struct Area([MaybeUninit<f32>; AREA]);

impl Area {
    const EMPTY: Area = Area([MaybeUninit::uninit(); AREA]);

    fn desk(&mut self) -> *mut f32 {
        self.0.as_mut_ptr().cast()
    }
}

/// What is done with a row.
pub(crate) trait RowWork<const N: usize>: Sync {
    /// The row with this number, of f32 side by side: writes all of its output.
    fn row(&self, kernels: &Kernels, number: usize, row: Pass<'_, N>);
    /// One that is longer than a chunk, and is not side by side: writes all of its chunks.
    fn long(&self, kernels: &Kernels, row: &Long<'_, N>);
}

/// What makes one number of a row.
pub(crate) trait RowNumber: Sync {
    /// Of a row of f32 side by side.
    fn number(&self, kernels: &Kernels, row: Reading<'_, 1>) -> f32;
    /// Of one that is longer than a chunk, and is not side by side.
    fn of_long(&self, kernels: &Kernels, row: &Long<'_, 1>) -> f32;
}

/// Rows of data `[outer, len, inner]`, by number: row `r` is column `r % inner` of block `r / inner`.
#[must_use = "its output must be written"]
pub(crate) struct Tiles<'a, const N: usize> {
    from: [Operand<'a>; N],
    /// None where only `from` is read.
    output: Option<Output<'a>>,
    axis: Axis,
    first: usize,
    end: usize,
}

impl<'a, const N: usize> Tiles<'a, N> {
    /// The rows along the axis: whatever has gaps between its rows has rows of that length.
    pub(crate) fn new(staged: Staged<'a, N>, axis: Axis) -> Result<Self, Error> {
        let end = axis.outer(staged.len())?.saturating_mul(axis.inner);
        let (from, output) = staged.into_parts();
        Ok(Tiles { from, output: Some(output), axis, first: 0, end })
    }

    /// A row, to be worked on chunk by chunk.
    pub(crate) fn long(&self, number: usize) -> Long<'_, N> {
        Long { tiles: self, number }
    }

    /// Does the work: on one row after the other, where there are fewer than threads and they are long, and else on as
    /// many at a time as there are threads.
    pub(crate) fn each(self, kernels: &Kernels, work: &dyn RowWork<N>) {
        let threads = parallel::threads(kernels.threads(), Cost::Arithmetic, self.axis.len);
        if self.end - self.first < threads {
            return self.rows(kernels, work);
        }
        parallel::each(kernels.threads(), Cost::Arithmetic, self, |part| part.rows(&kernels.serial(), work));
    }

    fn rows(self, kernels: &Kernels, work: &dyn RowWork<N>) {
        let narrow = self.output.as_ref().is_some_and(|output| output.kind != Kind::F32);
        let straight = self.axis.inner == 1 && !narrow && self.from.iter().all(|operand| operand.kind == Kind::F32);
        if self.axis.len > CHUNK && !straight {
            for number in self.first..self.end {
                work.long(kernels, &self.long(number));
            }
        } else if self.axis.inner == 1 {
            self.neighbours(kernels, work);
        } else {
            self.columns(kernels, work);
        }
    }

    /// Where a row's result goes at first, and at last.
    fn places(&self, n: usize, desk: *mut f32) -> (*mut f32, Option<(Kind, *mut u8)>) {
        match &self.output {
            None => (desk, None),
            Some(output) => {
                let to = output.to.wrapping_add(output.place.of(n).0 * output.kind.size());
                if output.kind == Kind::F32 { (to.cast(), None) } else { (desk, Some((output.kind, to))) }
            }
        }
    }

    /// Rows of neighbours, which are no longer than a chunk if they go over the desk.
    fn neighbours(&self, kernels: &Kernels, work: &dyn RowWork<N>) {
        let mut desks = [const { Area::EMPTY }; N];
        let len = self.axis.len;
        for number in self.first..self.end {
            let n = number * len;
            let mut from = [core::ptr::null(); N];
            let mut desk = core::ptr::null_mut();
            for ((from, operand), area) in from.iter_mut().zip(self.from).zip(&mut desks) {
                let at = operand.from.wrapping_add(operand.place.of(n).0 * operand.kind.size());
                desk = area.desk();
                if operand.kind == Kind::F32 {
                    *from = at.cast();
                } else {
                    // SAFETY: the row is there, and fits.
                    unsafe { widen(kernels, operand.kind, at, desk, len) };
                    *from = desk.cast_const();
                }
            }
            let (to, last) = self.places(n, desk);
            work.row(kernels, number, Pass { from, to, len, life: PhantomData });
            if let Some((kind, last)) = last {
                // SAFETY: so many results have been written, and so many elements are there.
                unsafe { narrow(kernels, kind, to, last, len) };
            }
        }
    }

    /// Rows along an inner axis, no longer than a chunk.
    fn columns(&self, kernels: &Kernels, work: &dyn RowWork<N>) {
        let mut desks = [const { Area::EMPTY }; N];
        let Axis { len, inner } = self.axis;
        let stride = len.next_multiple_of(LINE) + GAP;
        let most = AREA.checked_div(stride).unwrap_or_default().clamp(1, LINE);
        let mut number = self.first;
        while number < self.end {
            let column = number.checked_rem(inner).unwrap_or_default();
            let width = most.min(inner - column).min(self.end - number);
            // The first elements' number.
            let start = number.checked_div(inner).unwrap_or_default() * len * inner + column;
            let mut from = [core::ptr::null(); N];
            let mut desk = core::ptr::null_mut();
            for ((from, operand), area) in from.iter_mut().zip(self.from).zip(&mut desks) {
                desk = area.desk();
                // SAFETY: these columns are there; and (width − 1) · stride + len ≤ AREA.
                unsafe { operand.gather(kernels, (start, inner), len, width, desk, stride) };
                *from = desk.cast_const();
            }
            for row in 0..width {
                let from = from.map(|from| from.wrapping_add(row * stride));
                let to = desk.wrapping_add(row * stride);
                work.row(kernels, number + row, Pass { from, to, len, life: PhantomData });
            }
            if let Some(output) = &self.output {
                // SAFETY: as above; and all rows have been written.
                unsafe { output.scatter(kernels, (start, inner), len, width, desk, stride) };
            }
            number += width;
        }
    }
}

impl<'a> Tiles<'a, 1> {
    /// Rows that are only read.
    pub(crate) fn reading<T: Element>(x: &'a [T], axis: Axis) -> Result<Self, Error> {
        let end = axis.outer(x.len())?.saturating_mul(axis.inner);
        Ok(Tiles { from: [Operand::dense(x)], output: None, axis, first: 0, end })
    }

    /// The same, with gaps between them.
    pub(crate) fn reading_rows<T: Element>(x: &'a [T], rows: crate::axis::Rows, count: usize) -> Self {
        Tiles { from: [Operand::rows(x, rows)], output: None, axis: Axis::rows(rows.len), first: 0, end: count }
    }

    /// A row of so many elements that is only read.
    pub(crate) fn row_of(x: Operand<'a>, len: usize) -> Self {
        Tiles { from: [x], output: None, axis: Axis::rows(len), first: 0, end: 1 }
    }

    /// How many rows there are.
    fn count(&self) -> usize {
        self.end - self.first
    }

    /// Writes the number of each row to its element of `y`.
    pub(crate) fn numbers<T: Element>(
        self,
        kernels: &Kernels,
        y: &mut [MaybeUninit<T>],
        work: &dyn RowNumber,
    ) -> Result<(), Error> {
        same_length("y", y.len(), self.count())?;
        self.each(kernels, &Numbers { work, to: y.as_mut_ptr().cast(), kind: T::KIND });
        Ok(())
    }

    /// Writes the numbers of the rows of `x` to where those begin. How many there are.
    pub(crate) fn numbers_in_place<T: Element>(
        kernels: &Kernels,
        x: &'a mut [T],
        axis: Axis,
        work: &dyn RowNumber,
    ) -> Result<usize, Error> {
        let to: *mut u8 = x.as_mut_ptr().cast();
        let tiles = Tiles::reading(x, axis)?;
        let count = tiles.count();
        // One after the other: the place of row r is not behind the row's beginning, or, along an inner axis, where a
        // column of the same number began, or in a block that has been read.
        tiles.rows(&kernels.serial(), &Numbers { work, to, kind: T::KIND });
        Ok(count)
    }
}

/// Writes numbers where they belong.
struct Numbers<'a> {
    work: &'a dyn RowNumber,
    to: *mut u8,
    kind: Kind,
}

// SAFETY: each number has a place of its own.
unsafe impl Sync for Numbers<'_> {}

impl Numbers<'_> {
    fn put(&self, kernels: &Kernels, number: usize, value: f32) {
        // SAFETY: there is a place for each number.
        unsafe { narrow(kernels, self.kind, &value, self.to.wrapping_add(number * self.kind.size()), 1) };
    }
}

impl RowWork<1> for Numbers<'_> {
    fn row(&self, kernels: &Kernels, number: usize, row: Pass<'_, 1>) {
        self.put(kernels, number, self.work.number(kernels, row.reading()));
    }
    fn long(&self, kernels: &Kernels, row: &Long<'_, 1>) {
        self.put(kernels, row.number(), self.work.of_long(kernels, row));
    }
}

// SAFETY: it is shared slices, and a part of a unique one.
unsafe impl<const N: usize> Send for Tiles<'_, N> {}
// SAFETY: a shared one hands out each row once.
unsafe impl<const N: usize> Sync for Tiles<'_, N> {}

impl<const N: usize> Split for Tiles<'_, N> {
    #[inline]
    fn size(&self) -> usize {
        (self.end - self.first).saturating_mul(self.axis.len)
    }

    /// Cuts between rows, where neighbouring columns are more than a cache line.
    fn split(self) -> Result<(Self, Self), Self> {
        let Tiles { from, output, axis, first, end } = self;
        let unit = if axis.inner == 1 { 1 } else { 4 * LINE };
        let middle = first + ((end - first) / 2).next_multiple_of(unit);
        if middle == first || middle >= end {
            return Err(Tiles { from, output, axis, first, end });
        }
        // The same memory twice, but no row is in both.
        let again = output.as_ref().map(Output::again);
        Ok((Tiles { from, output, axis, first, end: middle }, Tiles { from, output: again, axis, first: middle, end }))
    }
}

/// A row of several chunks that has to go over the desk.
pub(crate) struct Long<'a, const N: usize> {
    tiles: &'a Tiles<'a, N>,
    number: usize,
}

impl<const N: usize> Long<'_, N> {
    /// Which row it is.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// How many chunks it has.
    pub(crate) fn chunks(&self) -> usize {
        self.tiles.axis.len.div_ceil(CHUNK)
    }

    /// Hands on a chunk, on the desk, where it may be written to.
    pub(crate) fn read<T>(&self, kernels: &Kernels, chunk: usize, work: impl FnOnce(Pass<'_, N>) -> T) -> T {
        self.with(kernels, chunk, work, false)
    }

    /// The same, where the last input turns into the output, which goes where that belongs. To be called once for each
    /// chunk, by no two threads for the same one, after all else that is read.
    pub(crate) fn write(&self, kernels: &Kernels, chunk: usize, work: impl FnOnce(Pass<'_, N>)) {
        self.with(kernels, chunk, work, true);
    }

    fn with<T>(&self, kernels: &Kernels, chunk: usize, work: impl FnOnce(Pass<'_, N>) -> T, write: bool) -> T {
        let mut desks = [const { Area::EMPTY }; N];
        let Axis { len, inner } = self.tiles.axis;
        let (block, column) =
            (self.number.checked_div(inner).unwrap_or_default(), self.number.checked_rem(inner).unwrap_or_default());
        let first = chunk.saturating_mul(CHUNK).min(len);
        let count = CHUNK.min(len - first);
        let start = (block * len + first) * inner + column;
        let mut from = [core::ptr::null(); N];
        let mut desk = core::ptr::null_mut();
        for ((from, operand), area) in from.iter_mut().zip(self.tiles.from).zip(&mut desks) {
            desk = area.desk();
            // SAFETY: these elements are there, and fit.
            unsafe { operand.gather(kernels, (start, inner), count, 1, desk, AREA) };
            *from = desk.cast_const();
        }
        let result = work(Pass { from, to: desk, len: count, life: PhantomData });
        if let (Some(output), true) = (&self.tiles.output, write) {
            // SAFETY: as above; and the desk holds what has been read, or what has been written.
            unsafe { output.scatter(kernels, (start, inner), count, 1, desk, AREA) };
        }
        result
    }
}

impl<'a> Operand<'a> {
    /// A row of so many elements, if it is of f32 side by side.
    pub(crate) fn straight(self, len: usize) -> Option<Reading<'a, 1>> {
        let straight = self.kind == Kind::F32 && matches!(self.place, Place::Dense);
        straight.then(|| Reading::at(self.from.cast(), len))
    }

    /// Puts `len` elements each of `width` rows that are side by side on the desk, a row after the other: those of the
    /// first have the numbers `start`, `start + inner` and so on.
    ///
    /// # Safety
    /// They are there, the desk has room for rows `stride` apart, and width ≤ LINE.
    unsafe fn gather(
        self,
        kernels: &Kernels,
        (start, inner): (usize, usize),
        len: usize,
        width: usize,
        desk: *mut f32,
        stride: usize,
    ) {
        let at = |n: usize| self.from.wrapping_add(self.place.of(n).0 * self.kind.size());
        // SAFETY: the caller says so, here and below.
        unsafe {
            if inner == 1 {
                return widen(kernels, self.kind, at(start), desk, len);
            }
            let mut line = [0.0; LINE];
            for element in 0..len {
                let from = at(start + element * inner);
                let from = if self.kind == Kind::F32 {
                    from.cast()
                } else {
                    widen(kernels, self.kind, from, line.as_mut_ptr(), width);
                    line.as_ptr()
                };
                for row in 0..width {
                    desk.add(row * stride + element).write(from.add(row).read());
                }
            }
        }
    }
}

impl Output<'_> {
    /// Puts rows from the desk where they belong; see [`gather`](Operand::gather).
    ///
    /// # Safety
    /// As there.
    unsafe fn scatter(
        &self,
        kernels: &Kernels,
        (start, inner): (usize, usize),
        len: usize,
        width: usize,
        desk: *const f32,
        stride: usize,
    ) {
        let at = |n: usize| self.to.wrapping_add(self.place.of(n).0 * self.kind.size());
        // SAFETY: the caller says so, here and below.
        unsafe {
            if inner == 1 {
                return narrow(kernels, self.kind, desk, at(start), len);
            }
            let mut line = [0.0; LINE];
            for element in 0..len {
                let to = at(start + element * inner);
                let straight = self.kind == Kind::F32;
                let place = if straight { to.cast() } else { line.as_mut_ptr() };
                for row in 0..width {
                    place.add(row).write(desk.add(row * stride + element).read());
                }
                if !straight {
                    narrow(kernels, self.kind, place, to, width);
                }
            }
        }
    }
}
