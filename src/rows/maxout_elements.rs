//! Maxout of elements of 16 bits, and of rows with gaps: piece by piece they become floats, of which the contest is that of
//! all others. Widening and rounding back change nothing: the result is one of the pieces.

use super::maxout_backward::{Scatter, in_range};
use crate::axis::{Axis, Rows};
use crate::element::Element;
use crate::error::{Error, same_length};
use crate::kernels::Kernels;
use crate::parallel::{self, Cost, Split};
use crate::slices::{Overwritten, Sink, Source, countable, place};

/// Results at a time: they stay in the first cache, with what they are made of.
const PIECE: usize = 1 << 10;
/// Elements of groups at a time: 32 KiB.
const DESK: usize = 1 << 13;

/// Writes results, from one on, and which piece each was.
type Write<'a> = dyn FnMut(usize, &[f32], &[u32]) + 'a;

/// Where elements come from.
pub(super) enum Pieces<'a> {
    /// From the piece with this number, those of the results from this one on.
    Apart(usize, &'a (dyn Fn(usize, usize, &mut [f32]) + Sync)),
    /// From rows along an axis.
    Along(Axis, &'a (dyn Fn(usize, &mut [f32]) + Sync)),
}

/// Results to be computed, from `first` on.
struct Results<'a> {
    first: usize,
    values: Sink<'a>,
    index: Option<&'a mut [u32]>,
    /// Elements that each is made of.
    pieces: usize,
}

impl Split for Results<'_> {
    fn size(&self) -> usize {
        self.values.len().saturating_mul(self.pieces)
    }

    fn split(self) -> Result<(Self, Self), Self> {
        let Results { first, values, index, pieces } = self;
        let half = (values.len() / 2).next_multiple_of(PIECE);
        if half >= values.len() {
            return Err(Results { first, values, index, pieces });
        }
        let (a, b) = values.split_at(half);
        let (index, later) = match index.map(|index| index.split_at_mut_checked(half).unwrap_or_default()) {
            Some((index, later)) => (Some(index), Some(later)),
            None => (None, None),
        };
        Ok((
            Results { first, values: a, index, pieces },
            Results { first: first + half, values: b, index: later, pieces },
        ))
    }
}

impl Kernels {
    /// Writes the largest of the pieces of each result, and if wanted which it was.
    pub(super) fn maxout_pieces(&self, pieces: &Pieces<'_>, values: Sink<'_>, index: Option<&mut [u32]>) {
        let count = match pieces {
            Pieces::Apart(count, _) => *count,
            Pieces::Along(axis, _) => axis.len,
        };
        let results = Results { first: 0, values, index, pieces: count };
        parallel::each(self.threads(), Cost::Memory, results, |part| {
            let Results { first, mut values, mut index, .. } = part;
            let (range, wanted) = ((first, first + values.len()), index.is_some());
            self.serial().contest(pieces, range, wanted, &mut |at, best, winners| {
                values.write(self, at - first, best);
                let index = index.as_deref_mut().unwrap_or_default();
                for (index, winner) in index.iter_mut().skip(at - first).zip(winners) {
                    *index = *winner;
                }
            });
        });
    }

    /// The same, where the elements along the axis are written over by the results.
    pub(super) fn maxout_over<T: Element>(&self, x: &mut [T], axis: Axis) -> Result<usize, Error> {
        axis.outer(x.len())?;
        let count = x.len().checked_div(axis.len).unwrap_or_default();
        let x = Overwritten::new(x);
        let read = |n: usize, to: &mut [f32]| x.source().read(self, n, to);
        self.along(axis, (0, count), false, &read, &mut |at, best, _| x.write(self, at, best));
        Ok(count)
    }

    /// Of each element of `x`, the largest of it and those of `others`, which are as long.
    pub(super) fn maxout_into<T: Element>(&self, x: &mut [T], others: &[&[T]]) {
        let len = x.len();
        let x = Overwritten::new(x);
        let read = |piece: usize, at: usize, to: &mut [f32]| match piece.checked_sub(1) {
            None => x.source().read(self, at, to),
            Some(other) => Source::new(others.get(other).copied().unwrap_or_default()).read(self, at, to),
        };
        self.planes(others.len() + 1, usize::MAX, (0, len), false, &read, &mut |at, best, _| x.write(self, at, best));
    }

    fn contest(&self, pieces: &Pieces<'_>, range: (usize, usize), index: bool, write: &mut Write<'_>) {
        match *pieces {
            Pieces::Apart(count, read) => self.planes(count, usize::MAX, range, index, read, write),
            Pieces::Along(axis, read) => self.along(axis, range, index, read, write),
        }
    }

    fn along(
        &self,
        axis: Axis,
        range: (usize, usize),
        index: bool,
        read: &dyn Fn(usize, &mut [f32]),
        write: &mut Write<'_>,
    ) {
        let Axis { len, inner } = axis;
        if inner > 1 {
            let read = |piece: usize, at: usize, to: &mut [f32]| {
                let (block, column) =
                    (at.checked_div(inner).unwrap_or_default(), at.checked_rem(inner).unwrap_or_default());
                read((block * len + piece) * inner + column, to);
            };
            self.planes(len, inner, range, index, &read, write);
        } else if len <= DESK {
            self.groups(len, range, index, read, write);
        } else {
            self.large_groups(len, range, read, write);
        }
    }

    /// Pieces that have their elements side by side, as many of them as `inner`.
    fn planes(
        &self,
        pieces: usize,
        inner: usize,
        (first, end): (usize, usize),
        index: bool,
        read: &dyn Fn(usize, usize, &mut [f32]),
        write: &mut Write<'_>,
    ) {
        let (mut best, mut next, mut both) = ([0.0_f32; PIECE], [0.0_f32; PIECE], [0.0_f32; PIECE]);
        let (mut winners, mut which) = ([0; PIECE], [0; PIECE]);
        let mut at = first;
        while at < end {
            let count = PIECE.min(end - at).min(inner - at.checked_rem(inner).unwrap_or_default());
            let (best, _) = best.split_at_mut_checked(count).unwrap_or_default();
            let (next, _) = next.split_at_mut_checked(count).unwrap_or_default();
            let (both, _) = both.split_at_mut_checked(count).unwrap_or_default();
            let (winners, _) = winners.split_at_mut_checked(count).unwrap_or_default();
            let (which, _) = which.split_at_mut_checked(count).unwrap_or_default();
            read(0, at, best);
            winners.fill(0);
            for piece in 1..pieces {
                read(piece, at, next);
                // All are of one length.
                if !index {
                    let _ = self.maxout_in_place(&mut *best, &[&*next]);
                    continue;
                }
                let _ = self.maxout_with_index(&[&*best, &*next], &mut *both, &mut *which);
                for (best, both) in best.iter_mut().zip(&*both) {
                    *best = *both;
                }
                for (winner, _) in winners.iter_mut().zip(&*which).filter(|(_, which)| **which == 1) {
                    *winner = piece as u32;
                }
            }
            write(at, best, winners);
            at += count;
        }
    }

    /// Groups of neighbours, as many as fit on the desk.
    fn groups(
        &self,
        len: usize,
        (first, end): (usize, usize),
        index: bool,
        read: &dyn Fn(usize, &mut [f32]),
        write: &mut Write<'_>,
    ) {
        let most = DESK.checked_div(len).unwrap_or_default().clamp(1, PIECE);
        let (mut desk, mut best, mut winners) = ([0.0_f32; DESK], [0.0_f32; PIECE], [0; PIECE]);
        let mut at = first;
        while at < end {
            let count = most.min(end - at);
            let (desk, _) = desk.split_at_mut_checked(count * len).unwrap_or_default();
            let (best, _) = best.split_at_mut_checked(count).unwrap_or_default();
            let (winners, _) = winners.split_at_mut_checked(count).unwrap_or_default();
            read(at * len, desk);
            // They fit.
            let _ = if index {
                self.maxout_axis_with_index(&*desk, Axis::rows(len), &mut *best, &mut *winners)
            } else {
                self.maxout_axis(&*desk, Axis::rows(len), &mut *best)
            };
            write(at, best, winners);
            at += count;
        }
    }

    /// Groups of neighbours that do not fit on the desk, part by part.
    fn large_groups(
        &self,
        len: usize,
        (first, end): (usize, usize),
        read: &dyn Fn(usize, &mut [f32]),
        write: &mut Write<'_>,
    ) {
        let mut desk = [0.0_f32; DESK];
        for group in first..end {
            let (mut best, mut winner) = (f32::NEG_INFINITY, 0);
            for start in (0..len).step_by(DESK) {
                let (desk, _) = desk.split_at_mut_checked(DESK.min(len - start)).unwrap_or_default();
                read(group * len + start, desk);
                let (mut value, mut which) = ([0.0], [0]);
                // They fit.
                let _ = self.maxout_axis_with_index(&*desk, Axis::rows(desk.len()), &mut value, &mut which);
                let ([value], [which]) = (value, which);
                // Of the first part, anything; later, what is larger, or the first NaN.
                if start == 0 || value > best || value.is_nan() && !best.is_nan() {
                    (best, winner) = (value, start as u32 + which);
                }
            }
            write(group, &[best], &[winner]);
        }
    }

    /// [`maxout_axis`](crate::maxout_axis) of rows with gaps between them: one result for each, without gaps.
    ///
    /// # Errors
    /// Those of [`Rows::count`]; [`Error::Length`] unless `y` has an element for each row.
    ///
    /// ```
    /// use simdact::{Kernels, Rows};
    /// # fn main() -> Result<(), simdact::Error> {
    /// // Of the first two of three columns.
    /// let mut y = [0.0; 2];
    /// Kernels::default().maxout_rows((&[1.0, 2.0, 9.0, 4.0, 3.0, 9.0], Rows::new(2, 3)), &mut y)?;
    /// assert_eq!(y, [2.0, 4.0]);
    /// # Ok(()) }
    /// ```
    pub fn maxout_rows<T: Element>(&self, (x, rows): (&[T], Rows), y: &mut [T]) -> Result<(), Error> {
        let count = rows.count(x.len())?;
        same_length("y", y.len(), count)?;
        let source = Source::rows(x, rows, count.saturating_mul(rows.len));
        self.maxout_source(source, Axis::rows(rows.len), Sink::new(place(y)), None);
        Ok(())
    }

    /// The same, with the number of the winner in each row.
    ///
    /// # Errors
    /// Those of [`Rows::count`]; [`Error::Length`] unless `y` and `index` have an element for each row;
    /// [`Error::TooManyPieces`].
    pub fn maxout_rows_with_index<T: Element>(
        &self,
        (x, rows): (&[T], Rows),
        y: &mut [T],
        index: &mut [u32],
    ) -> Result<(), Error> {
        let count = rows.count(x.len())?;
        same_length("y", y.len(), count)?;
        same_length("index", index.len(), count)?;
        countable(rows.len)?;
        let source = Source::rows(x, rows, count.saturating_mul(rows.len));
        self.maxout_source(source, Axis::rows(rows.len), Sink::new(place(y)), Some(index));
        Ok(())
    }

    /// [`maxout_axis_backward`](crate::maxout_axis_backward) to rows with gaps between them: `index` and `dy` have an
    /// element for each row, without gaps.
    ///
    /// # Errors
    /// Those of [`Rows::count`]; [`Error::Length`] unless `dy` and `index` have an element for each row;
    /// [`Error::IndexOutOfRange`].
    ///
    /// ```
    /// use simdact::{Kernels, Rows};
    /// # fn main() -> Result<(), simdact::Error> {
    /// // To the first two of three columns.
    /// let mut dx = [9.0; 6];
    /// Kernels::default().maxout_backward_rows(&[1, 0], &[0.5, 2.0], (&mut dx, Rows::new(2, 3)))?;
    /// assert_eq!(dx, [0.0, 0.5, 9.0, 2.0, 0.0, 9.0]);
    /// # Ok(()) }
    /// ```
    pub fn maxout_backward_rows<T: Element>(
        &self,
        index: &[u32],
        dy: &[T],
        (dx, rows): (&mut [T], Rows),
    ) -> Result<(), Error> {
        let count = rows.count(dx.len())?;
        same_length("dy", dy.len(), count)?;
        same_length("index", index.len(), count)?;
        in_range(index, rows.len)?;
        let scatter = Scatter { index, dy, axis: Axis::rows(rows.len), stride: rows.stride, dx };
        parallel::each(self.threads(), Cost::Memory, scatter, Scatter::groups);
        Ok(())
    }

    /// Of elements along an axis, which fit.
    pub(super) fn maxout_source(&self, source: Source<'_>, axis: Axis, y: Sink<'_>, index: Option<&mut [u32]>) {
        let read = |n: usize, to: &mut [f32]| source.read(self, n, to);
        self.maxout_pieces(&Pieces::Along(axis, &read), y, index);
    }
}
