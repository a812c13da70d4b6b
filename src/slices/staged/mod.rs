//! Inputs and outputs that are not as a [`Pass`] wants them: of other types than f32, in rows with gaps between them, or
//! one value for many elements.
//!
//! Work on them is cut into runs that are, of f32 side by side, straight from memory where it can be; and what cannot goes
//! over a desk in the first cache, piece by piece. So no kernel is compiled more than once for all that, but for elements of
//! 16 bits that are side by side themselves: what those cost on the desk is too much for functions that cost as little.

mod channels;
#[cfg(feature = "half")]
mod narrow;
mod operand;
mod steps;
mod sums;
mod widths;

pub(crate) use channels::{Spot, Spots, Turns};
#[cfg(feature = "half")]
pub(crate) use narrow::{MapNarrow, Narrow};
pub(crate) use operand::{NOTHING, ONE, Operand, Output};
pub(crate) use sums::ChannelSums;
pub(super) use {
    operand::Place,
    widths::{ask_ahead, narrow, widen},
};

use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::{LINE, Pass, too_large};
use crate::axis::{Rows, elements};
use crate::element::{Element, Kind};
use crate::error::Error;
use crate::kernels::Kernels;
use crate::parallel::{self, Cost, Split};

use channels::{Channels, MOST, RING, Way};

/// Elements that go over the desk at a time: 4 KiB for each input. Few enough for the first cache, and enough that what a
/// piece costs is small.
const PIECE: usize = 1024;
/// So many elements are not in the caches of a core.
const FAR: usize = 1 << 19;

/// A load seems to processors to depend on a store before it if their addresses differ by a multiple of this, in floats.
const PAGE: usize = 1 << 10;
/// So values that are for as many elements as that, or a part of it, are put where they meet the stores that come so many
/// elements later, not those that were just before, which are waited for.
const AHEAD: usize = 128;

/// A value that stands for all elements is repeated so often: what four of the widest vectors take.
const REPEATS: usize = 64;

/// The room for a piece of an input, or other values.
#[repr(align(64))]
struct Area<const LEN: usize = PIECE>([MaybeUninit<f32>; LEN]);

impl<const LEN: usize> Area<LEN> {
    const EMPTY: Self = Area([MaybeUninit::uninit(); LEN]);
}

/// `N` inputs and an output, of as many elements each.
#[must_use = "its output must be written"]
pub(crate) struct Staged<'a, const N: usize> {
    from: [Operand<'a>; N],
    output: Output<'a>,
    /// The elements, by number.
    start: usize,
    end: usize,
    /// Whether runs are no longer than a piece, whatever they come from.
    pieces: bool,
    /// Whether the output is better written past the caches.
    stream: bool,
}

// SAFETY: it is shared slices, and a part of a unique one.
unsafe impl<const N: usize> Send for Staged<'_, N> {}
// SAFETY: a shared one cannot be worked on.
unsafe impl<const N: usize> Sync for Staged<'_, N> {}

impl<'a> Staged<'a, 1> {
    /// From the elements to themselves: each is read before it is written.
    #[inline(always)]
    pub(crate) fn in_place<T: Element>(x: &'a mut [T]) -> Self {
        Staged::itself(x, Place::Dense, x.len())
    }

    /// The same of rows.
    pub(crate) fn rows_in_place<T: Element>(x: &'a mut [T], rows: Rows) -> Result<Self, Error> {
        let len = elements((x.len(), rows), ["x", "x_rows"], (x.len(), rows))?;
        Ok(Staged::itself(x, Place::rows(rows), len))
    }

    /// From rows of `x` to those of `y`.
    pub(crate) fn between_rows<T: Element>(
        (x, x_rows): (&'a [T], Rows),
        (y, y_rows): (&'a mut [T], Rows),
    ) -> Result<Self, Error> {
        let len = elements((x.len(), x_rows), ["y", "y_rows"], (y.len(), y_rows))?;
        Ok(Staged::new([Operand::rows(x, x_rows)], Output::rows(y, y_rows), len))
    }

    #[inline(always)]
    fn itself<T: Element>(x: &'a mut [T], place: Place, len: usize) -> Self {
        let (to, kind) = (x.as_mut_ptr().cast::<u8>(), T::KIND);
        let from = [Operand { from: to, kind, place, life: PhantomData }];
        Staged::new(from, Output { to, kind, place, life: PhantomData }, len)
    }

    /// With more operands, which come before it.
    #[inline(always)]
    pub(crate) fn after(self, first: Operand<'a>) -> Staged<'a, 2> {
        let Staged { from: [last], output, end, .. } = self;
        Staged::new([first, last], output, end)
    }

    /// With three more, which come after it.
    pub(crate) fn before(self, [b, c, d]: [Operand<'a>; 3]) -> Staged<'a, 4> {
        let Staged { from: [a], output, end, .. } = self;
        Staged::new([a, b, c, d], output, end)
    }
}

impl<'a> Staged<'a, 2> {
    /// From rows of what was saved of the forward pass and of the upstream gradient to those of the gradient.
    pub(crate) fn gradient_of_rows<T: Element>(
        (saved, saved_rows): (&'a [T], Rows),
        (dy, dy_rows): (&'a [T], Rows),
        (dx, dx_rows): (&'a mut [T], Rows),
    ) -> Result<Self, Error> {
        elements((saved.len(), saved_rows), ["dy", "dy_rows"], (dy.len(), dy_rows))?;
        let len = elements((saved.len(), saved_rows), ["dx", "dx_rows"], (dx.len(), dx_rows))?;
        let from = [Operand::rows(saved, saved_rows), Operand::rows(dy, dy_rows)];
        Ok(Staged::new(from, Output::rows(dx, dx_rows), len))
    }
}

impl<'a, const N: usize> Staged<'a, N> {
    /// The first `len` elements: the caller has seen to it that all have so many.
    #[inline(always)]
    pub(crate) fn new(from: [Operand<'a>; N], output: Output<'a>, len: usize) -> Self {
        Staged { from, output, start: 0, end: len, pieces: false, stream: false }
    }

    /// How many elements.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.end
    }

    /// What it consists of.
    pub(super) fn into_parts(self) -> ([Operand<'a>; N], Output<'a>) {
        (self.from, self.output)
    }

    /// The same, in runs that fit on the desk.
    pub(crate) fn in_pieces(self) -> Self {
        Staged { pieces: true, ..self }
    }

    /// As a pass, if it is one.
    #[inline(always)]
    pub(crate) fn direct(self) -> Result<Pass<'a, N>, Self> {
        let Some(from) = self.starts::<f32>(Kind::F32) else { return Err(self) };
        let to = self.output.to.cast::<f32>();
        Ok(Pass { from, to, len: self.end, life: PhantomData })
    }

    /// Where the operands begin, if all of them and the output are of that kind, which is `T`, with nothing in between.
    #[inline(always)]
    fn starts<T>(&self, kind: Kind) -> Option<[*const T; N]> {
        let suits = |other, place: &Place| other == kind && matches!(place, Place::Dense);
        let mut from = [core::ptr::null(); N];
        for (from, operand) in from.iter_mut().zip(&self.from) {
            if !suits(operand.kind, &operand.place) {
                return None;
            }
            *from = operand.from.cast::<T>();
        }
        (suits(self.output.kind, &self.output.place) && !self.pieces).then_some(from)
    }

    /// Does the work, run by run, on the threads that `kernels` has: `work` writes the output of the pass, in which
    /// operands have their elements at those spots; past the caches if its third argument says so.
    pub(crate) fn each(self, kernels: &Kernels, cost: Cost, work: &(dyn Fn(Pass<'_, N>, Spots<N>, bool) + Sync)) {
        self.each_part(kernels, cost, |part| part.runs(kernels, work));
    }

    /// Does the work, part by part, on the threads that `kernels` has.
    fn each_part(mut self, kernels: &Kernels, cost: Cost, work: impl Fn(Self) + Sync) {
        self.stream = too_large(self.end) && !self.from.iter().any(|from| from.from == self.output.to.cast_const());
        parallel::each(kernels.threads(), cost, self, work);
    }

    /// The same of a function of the elements, where what is of 16 bits goes by `narrow` as far as that gets: it says how
    /// many elements it has written.
    #[cfg(feature = "half")]
    pub(crate) fn each_or_narrow(
        self,
        kernels: &Kernels,
        cost: Cost,
        work: &(dyn Fn(Pass<'_, N>, Spots<N>, bool) + Sync),
        narrow: &(dyn Fn(Narrow<'_, N>) -> usize + Sync),
    ) {
        self.each_part(kernels, cost, |mut part| {
            if let Some(operands) = part.narrow() {
                part.start += narrow(operands);
            }
            part.runs(kernels, work);
        });
    }

    /// If all are of the same 16 bits, and nothing is between them.
    #[cfg(feature = "half")]
    fn narrow(&self) -> Option<Narrow<'_, N>> {
        let kind = self.output.kind;
        if kind == Kind::F32 {
            return None;
        }
        let from = self.starts::<u16>(kind)?.map(|from| from.wrapping_add(self.start));
        let to = self.output.to.cast::<u16>().wrapping_add(self.start);
        Some(Narrow { from, to, len: self.end - self.start, kind, life: PhantomData })
    }

    fn runs(self, kernels: &Kernels, work: &(dyn Fn(Pass<'_, N>, Spots<N>, bool) + Sync)) {
        let Staged { from, output: Output { to, kind, place, .. }, start, end, pieces, stream } = self;
        let narrow_output = kind != Kind::F32;
        let by_desk = pieces || narrow_output || from.iter().any(|operand| operand.wants_desk());
        let mut desk = [const { Area::<PIECE>::EMPTY }; N];
        let mut result = Area::<PIECE>::EMPTY;
        let mut ring = Area::<{ RING + PAGE }>::EMPTY;
        let mut ring: *mut f32 = ring.0.as_mut_ptr().cast();
        let channels = Channels::among(&from, end - start, !by_desk);
        if let Some((_, channels @ Channels { way: Way::Whole(period), .. })) = &channels {
            let first = to.wrapping_add(place.of(start).0 * kind.size()).addr() / size_of::<f32>();
            let aside = first.wrapping_sub(ring.addr() / size_of::<f32>() + start % *period).wrapping_add(AHEAD) % PAGE;
            // Still where a cache line begins.
            ring = ring.wrapping_add(aside / LINE * LINE);
            // SAFETY: there is room for a period and REPEATS after what is less than a page.
            unsafe { channels.spread(kernels, 0, period.get() + REPEATS, ring) };
        }
        // Pieces are worked on in the first cache, and memory would wait meanwhile.
        let asks_ahead = end - start >= FAR;
        let mut n = start;
        while n < end {
            let (index, side_by_side) = place.of(n);
            let to = to.wrapping_add(index * kind.size());
            let mut count = side_by_side.min(end - n).min(MOST);
            let mut indices = [0; N];
            for (index, operand) in indices.iter_mut().zip(&from) {
                if !matches!(operand.place, Place::Channels { .. }) {
                    let (at, left) = operand.place.of(n);
                    *index = at;
                    count = count.min(left);
                }
            }
            if let Some((_, channels)) = &channels {
                count = count.min(channels.run(n));
            }
            if by_desk {
                // The next one starts with a cache line, where the elements are at whole multiples of their size.
                count = count.min(PIECE - to.addr() / kind.size() % LINE);
            }
            let mut starts = [core::ptr::null(); N];
            let mut spots = Spots::from([Spot::EACH; N]);
            for (i, (operand, area)) in from.into_iter().zip(&mut desk).enumerate() {
                match (&channels, operand.place) {
                    // SAFETY: count ≤ run, and the ring has been filled if it holds all.
                    (Some((number, channels)), _) if *number == i => unsafe {
                        (starts[i], spots.each[i], spots.turns) = channels.at(kernels, n, count, ring);
                    },
                    (_, Place::Constant) => (starts[i], spots.each[i]) = (operand.from.cast(), Spot::NONE),
                    _ => {
                        if asks_ahead && operand.kind != Kind::F32 {
                            let size = operand.kind.size();
                            ask_ahead(kernels, operand.from.wrapping_add(indices[i] * size), count * size);
                        }
                        // SAFETY: n + count ≤ end, and `count` is at most what it has side by side, and PIECE if one wants
                        // the desk.
                        starts[i] = unsafe { operand.floats(kernels, indices[i], count, area) };
                    }
                }
            }
            if asks_ahead && narrow_output {
                ask_ahead(kernels, to, count * kind.size());
            }
            let room: *mut f32 = if narrow_output { result.0.as_mut_ptr().cast() } else { to.cast() };
            let pass = Pass { from: starts, to: room, len: count, life: PhantomData };
            work(pass, spots, stream && !narrow_output);
            if narrow_output {
                // SAFETY: `work` has written `count` results; and so many elements are at `to`.
                unsafe { narrow(kernels, kind, room, to, count) };
            }
            n += count;
        }
    }
}

impl<const N: usize> Split for Staged<'_, N> {
    #[inline]
    fn size(&self) -> usize {
        self.end - self.start
    }

    /// Cuts at a multiple of 64 elements, so that no cache line is written by two threads if the output starts at one.
    fn split(self) -> Result<(Self, Self), Self> {
        let Staged { from, output: Output { to, kind, place, life }, start, end, .. } = self;
        let middle = start + ((end - start) / 2).next_multiple_of(64);
        if middle >= end {
            return Err(self);
        }
        // The same memory twice, but no element is in both.
        let part = |start, end| Staged { from, output: Output { to, kind, place, life }, start, end, ..self };
        Ok((part(start, middle), part(middle, end)))
    }
}
