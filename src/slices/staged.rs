//! Inputs and outputs that are not as a [`Pass`] wants them: of other types than f32, in rows with gaps between them, or
//! one value for many elements.
//!
//! Work on them is cut into runs that are, of f32 side by side, straight from memory where it can be; and what cannot goes
//! over a desk in the first cache, piece by piece. So no kernel is compiled more than once for all that.

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::num::NonZero;

use super::{Function, LINE, Pass, sum, too_large};
use crate::axis::{Axis, Rows, elements};
use crate::element::{Element, Kind};
use crate::error::Error;
use crate::kernels::Kernels;
use crate::lanes::{BLOCK, Op, Registers};
use crate::parallel::{self, Cost, Split};

/// Elements that go over the desk at a time: 4 KiB for each input. Few enough that the processor still reads ahead of
/// them in memory while it computes, and enough that what a piece costs is small.
const PIECE: usize = 1024;

/// A value that stands for all elements is repeated so often: what four of the widest vectors take.
const REPEATS: usize = 64;

/// Room for values that are for many elements each, put where those are: 32 KiB.
const RING: usize = 1 << 13;
/// A value that is for so many neighbours is handed on by itself.
const MANY: usize = 1 << 10;

/// A constant in place of an operand.
pub(crate) type Constant = [f32; REPEATS];
/// What a sum keeps every number with, −0 too.
pub(crate) static NOTHING: Constant = [-0.0; REPEATS];
/// What a product keeps every number with.
pub(crate) static ONE: Constant = [1.0; REPEATS];

/// Where the elements are, by their number.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// One after the other.
    Dense,
    /// `len` of them one after the other, then what is left of `stride`.
    Rows { len: NonZero<usize>, stride: usize },
    /// One for `inner` elements, and after `len` of those the first again.
    Channels { len: NonZero<usize>, inner: NonZero<usize> },
    /// The same for all.
    Constant,
}

impl Place {
    fn rows(rows: Rows) -> Place {
        match NonZero::new(rows.len) {
            Some(len) if rows.stride > rows.len => Place::Rows { len, stride: rows.stride },
            _ => Place::Dense,
        }
    }

    fn channels(axis: Axis) -> Place {
        match (NonZero::new(axis.len), NonZero::new(axis.inner)) {
            (Some(len), Some(inner)) => Place::Channels { len, inner },
            _ => Place::Dense, // There are none.
        }
    }

    /// Where element `n` is, in elements, and how many from there on are side by side, or the same.
    pub(super) fn of(self, n: usize) -> (usize, usize) {
        match self {
            Place::Dense => (n, usize::MAX),
            Place::Rows { len, stride } => (n / len * stride + n % len, len.get() - n % len),
            Place::Channels { len, inner } => (n / inner % len, inner.get() - n % inner),
            Place::Constant => (0, usize::MAX),
        }
    }
}

/// An input.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a> {
    pub(super) from: *const u8,
    pub(super) kind: Kind,
    pub(super) place: Place,
    life: PhantomData<&'a [u8]>,
}

// SAFETY: it is a shared slice of plain numbers.
unsafe impl Send for Operand<'_> {}
// SAFETY: as above.
unsafe impl Sync for Operand<'_> {}

impl<'a> Operand<'a> {
    /// Element by element.
    #[inline(always)]
    pub(crate) fn dense<T: Element>(x: &'a [T]) -> Self {
        Operand { from: x.as_ptr().cast(), kind: T::KIND, place: Place::Dense, life: PhantomData }
    }

    /// Element by element, from there on.
    pub(super) fn at(from: *const u8, kind: Kind) -> Self {
        Operand { from, kind, place: Place::Dense, life: PhantomData }
    }

    /// Rows, which are within `x`.
    pub(crate) fn rows<T: Element>(x: &'a [T], rows: Rows) -> Self {
        Operand { place: Place::rows(rows), ..Operand::dense(x) }
    }

    /// One for each position along the axis, of which there are as many.
    pub(crate) fn channels<T: Element>(x: &'a [T], axis: Axis) -> Self {
        Operand { place: Place::channels(axis), ..Operand::dense(x) }
    }

    /// The constant.
    pub(crate) fn constant(value: &'static Constant) -> Self {
        Operand { place: Place::Constant, ..Operand::dense(value) }
    }

    /// The first halves of all blocks of `2 · half` elements, and the second ones.
    pub(crate) fn halves<T: Element>(x: &'a [T], half: usize) -> (Self, Self) {
        let first = Operand::rows(x, Rows::new(half, 2 * half));
        (first, Operand { from: first.from.wrapping_add(half * first.kind.size()), ..first })
    }

    /// Whether it has to be put on the desk.
    fn wants_desk(self) -> bool {
        match self.place {
            Place::Dense | Place::Rows { .. } => self.kind != Kind::F32,
            Place::Channels { .. } | Place::Constant => false,
        }
    }

    /// So many elements, the first of which has this index: where they are as floats.
    ///
    /// # Safety
    /// There are so many, side by side, and at most [`PIECE`] if it [`wants_desk`](Operand::wants_desk).
    unsafe fn floats(self, kernels: &Kernels, index: usize, count: usize, desk: &mut Area) -> *const f32 {
        let from = self.from.wrapping_add(index * self.kind.size());
        if self.kind == Kind::F32 {
            return from.cast();
        }
        let desk: *mut f32 = desk.0.as_mut_ptr().cast();
        // SAFETY: the caller says that they are there, and fit.
        unsafe { widen(kernels, self.kind, from, desk, count) };
        desk
    }

    /// The value with this index.
    ///
    /// # Safety
    /// It is there.
    pub(super) unsafe fn value(self, index: usize) -> f32 {
        let from = self.from.wrapping_add(index * self.kind.size());
        // SAFETY: the caller says so, and elements of its kind are aligned as those that are read.
        unsafe {
            match self.kind {
                Kind::F32 => from.cast::<f32>().read(),
                #[cfg(feature = "half")]
                Kind::F16 => from.cast::<half::f16>().read().to_f32(),
                #[cfg(feature = "half")]
                Kind::Bf16 => from.cast::<half::bf16>().read().to_f32(),
            }
        }
    }
}

/// Writes the value so often.
///
/// # Safety
/// `to` is valid for that.
unsafe fn repeat(value: f32, to: *mut f32, count: usize) {
    for i in 0..count {
        // SAFETY: the caller says so.
        unsafe { to.add(i).write(value) };
    }
}

/// How values that are for many elements each are handed on.
enum Way {
    /// All of them are in the ring, put where their elements are, and the first [`REPEATS`] once more.
    Whole(NonZero<usize>),
    /// In the ring are those of the run's elements.
    Spread,
    /// The one of the run is, repeatedly.
    Repeated,
    /// As they are: a run is at most one of each.
    Straight,
}

/// Values that are for many elements each, among the operands of a staged function.
struct Channels<'a> {
    operand: Operand<'a>,
    len: NonZero<usize>,
    inner: NonZero<usize>,
    way: Way,
}

impl<'a> Channels<'a> {
    /// Those among the operands, of which there is at most one, for elements `start..end`; and its number.
    fn among<const N: usize>(from: &[Operand<'a>; N], elements: usize) -> Option<(usize, Self)> {
        from.iter().enumerate().find_map(|(number, &operand)| {
            let Place::Channels { len, inner } = operand.place else { return None };
            let period = len.saturating_mul(inner);
            let way = if period.get() <= RING - REPEATS && period.get() <= elements {
                Way::Whole(period)
            } else if inner.get() >= MANY {
                Way::Repeated
            } else if inner.get() == 1 && len.get() >= RING - REPEATS && operand.kind == Kind::F32 {
                Way::Straight
            } else {
                Way::Spread
            };
            Some((number, Channels { operand, len, inner, way }))
        })
    }

    /// How many elements from number `n` on can be had at once.
    fn run(&self, n: usize) -> usize {
        match self.way {
            Way::Whole(_) => MOST,
            Way::Spread => RING,
            Way::Repeated => self.inner.get() - n % self.inner,
            Way::Straight => self.len.get() - n % self.len,
        }
    }

    /// Puts the values of elements `n..n + count` into the ring.
    ///
    /// # Safety
    /// 0 < count ≤ RING.
    unsafe fn spread(&self, kernels: &Kernels, n: usize, count: usize, ring: *mut f32) {
        let Channels { operand, len, inner, .. } = *self;
        let period = len.saturating_mul(inner).get().min(count);
        let mut done = 0;
        while done < period {
            let (index, left) = operand.place.of(n + done);
            let to = ring.wrapping_add(done);
            let run = if inner.get() == 1 { len.get() - index } else { left }.min(period - done);
            // SAFETY: those values are there, and done + run ≤ count ≤ RING.
            unsafe {
                if inner.get() == 1 {
                    widen(kernels, operand.kind, operand.from.wrapping_add(index * operand.kind.size()), to, run);
                } else {
                    repeat(operand.value(index), to, run);
                }
            }
            done += run;
        }
        while done < count {
            // `done` is a multiple of the period.
            let again = done.min(count - done);
            // SAFETY: again ≤ done, so that they are apart; and done + again ≤ count ≤ RING.
            unsafe { ring.copy_to_nonoverlapping(ring.add(done), again) };
            done += again;
        }
    }

    /// Where the values of the run of elements `n..n + count` are.
    ///
    /// # Safety
    /// 0 < count ≤ what [`run`](Channels::run) gives; and the ring holds all if they are to be there.
    unsafe fn at(&self, kernels: &Kernels, n: usize, count: usize, ring: *mut f32) -> (*const f32, Spot) {
        match self.way {
            Way::Whole(period) => (ring, Spot::ring(n, period)),
            Way::Spread => {
                // SAFETY: count ≤ RING.
                unsafe { self.spread(kernels, n, count, ring) };
                (ring, Spot::EACH)
            }
            Way::Repeated => {
                // SAFETY: the value is there, and REPEATS ≤ RING.
                unsafe { repeat(self.operand.value(self.operand.place.of(n).0), ring, REPEATS) };
                (ring, Spot::NONE)
            }
            Way::Straight => (self.operand.from.cast::<f32>().wrapping_add(n % self.len), Spot::EACH),
        }
    }
}

/// Most elements of a run: as many as [`Spot`] can number.
const MOST: usize = 1 << 31;

/// Where an operand has what is for an element of a run.
#[derive(Clone, Copy)]
pub(crate) struct Spot {
    /// Which bits of the element's number count.
    bits: usize,
    /// What is added.
    phase: usize,
    /// Of that, the remainder of a division by this counts, for which it is multiplied by that: D. Lemire, O. Kaser,
    /// N. Kurz, *Faster remainder by direct computation*, 2019.
    period: u64,
    factor: u64,
}

impl Spot {
    /// For each element its own.
    pub(crate) const EACH: Spot = Spot { bits: usize::MAX, phase: 0, period: 1 << 32, factor: 1 << 32 };
    /// The same for all.
    pub(crate) const NONE: Spot = Spot { bits: 0, ..Spot::EACH };

    /// The elements from number `n` on, around a ring.
    fn ring(n: usize, period: NonZero<usize>) -> Spot {
        let divisor = period.get() as u64;
        // For 1 it is 0: so is the remainder.
        let factor = (u64::MAX / NonZero::<u64>::try_from(period).unwrap_or(NonZero::<u64>::MAX)).wrapping_add(1);
        Spot { bits: usize::MAX, phase: n % period, period: divisor, factor }
    }

    /// Of an element with this number, which is less than [`MOST`].
    #[inline(always)]
    pub(crate) fn of(self, at: usize) -> usize {
        let fraction = self.factor.wrapping_mul(((at & self.bits) + self.phase) as u64);
        ((u128::from(fraction) * u128::from(self.period)) >> 64) as usize
    }

    /// The same where it is no ring.
    #[inline(always)]
    pub(crate) fn plain(self, at: usize) -> usize {
        at & self.bits
    }
}

/// An output.
pub(crate) struct Output<'a> {
    pub(super) to: *mut u8,
    pub(super) kind: Kind,
    pub(super) place: Place,
    life: PhantomData<&'a mut [u8]>,
}

impl<'a> Output<'a> {
    /// Element by element.
    #[inline(always)]
    pub(crate) fn dense<T: Element>(y: &'a mut [MaybeUninit<T>]) -> Self {
        Output { to: y.as_mut_ptr().cast(), kind: T::KIND, place: Place::Dense, life: PhantomData }
    }

    /// Rows, which are within `y`.
    pub(crate) fn rows<T: Element>(y: &'a mut [T], rows: Rows) -> Self {
        Output { place: Place::rows(rows), ..Output::dense(super::place(y)) }
    }

    /// The same again, for parts that do not overlap.
    pub(super) fn again(&self) -> Self {
        Output { ..*self }
    }

    /// The first halves of all blocks of `2 · half` elements, and the second ones.
    pub(crate) fn halves<T: Element>(y: &'a mut [T], half: usize) -> (Self, Self) {
        let rows = Rows::new(half, 2 * half);
        let first = Output::rows(y, rows);
        let Output { to, kind, place, life } = first;
        let to = to.wrapping_add(half * kind.size());
        // Half of the memory each.
        (first, Output { to, kind, place, life })
    }
}

/// The room for a piece of an input.
#[repr(align(64))]
struct Area([MaybeUninit<f32>; PIECE]);

impl Area {
    const EMPTY: Area = Area([MaybeUninit::uninit(); PIECE]);
}

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
        let plain = |kind, place: &Place| kind == Kind::F32 && matches!(place, Place::Dense);
        let mut from = [core::ptr::null(); N];
        for (from, operand) in from.iter_mut().zip(&self.from) {
            if !plain(operand.kind, &operand.place) {
                return Err(self);
            }
            *from = operand.from.cast::<f32>();
        }
        if !plain(self.output.kind, &self.output.place) || self.pieces {
            return Err(self);
        }
        let to = self.output.to.cast::<f32>();
        Ok(Pass { from, to, len: self.end, life: PhantomData })
    }

    /// Does the work, run by run, on the threads that `kernels` has: `work` writes the output of the pass, in which
    /// operands have their elements at those spots; past the caches if its third argument says so.
    pub(crate) fn each(mut self, kernels: &Kernels, cost: Cost, work: &(dyn Fn(Pass<'_, N>, [Spot; N], bool) + Sync)) {
        self.stream = too_large(self.end) && !self.from.iter().any(|from| from.from == self.output.to.cast_const());
        parallel::each(kernels.threads(), cost, self, |part| part.runs(kernels, work));
    }

    fn runs(self, kernels: &Kernels, work: &(dyn Fn(Pass<'_, N>, [Spot; N], bool) + Sync)) {
        let Staged { from, output: Output { to, kind, place, .. }, start, end, pieces, stream } = self;
        let narrow_output = kind != Kind::F32;
        let by_desk = pieces || narrow_output || from.iter().any(|operand| operand.wants_desk());
        let mut desk = [const { Area::EMPTY }; N];
        let mut result = Area::EMPTY;
        let mut ring = [MaybeUninit::<f32>::uninit(); RING];
        let ring: *mut f32 = ring.as_mut_ptr().cast();
        let channels = Channels::among(&from, end - start);
        if let Some((_, channels @ Channels { way: Way::Whole(period), .. })) = &channels {
            // SAFETY: there is room for a period and REPEATS.
            unsafe { channels.spread(kernels, 0, period.get() + REPEATS, ring) };
        }
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
            let mut spots = [Spot::EACH; N];
            for (i, (operand, area)) in from.into_iter().zip(&mut desk).enumerate() {
                match (&channels, operand.place) {
                    // SAFETY: count ≤ run, and the ring has been filled if it holds all.
                    (Some((number, channels)), _) if *number == i => unsafe {
                        (starts[i], spots[i]) = channels.at(kernels, n, count, ring);
                    },
                    (_, Place::Constant) => (starts[i], spots[i]) = (operand.from.cast(), Spot::NONE),
                    // SAFETY: n + count ≤ end, and `count` is at most what it has side by side, and PIECE if one wants
                    // the desk.
                    _ => starts[i] = unsafe { operand.floats(kernels, indices[i], count, area) },
                }
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

/// Widens `count` elements.
///
/// # Safety
/// They can be read, and as many floats written.
pub(super) unsafe fn widen(kernels: &Kernels, kind: Kind, from: *const u8, to: *mut f32, count: usize) {
    struct Widen(Kind, *const u8, *mut f32, usize);
    impl Op for Widen {
        type Output = ();
        const HEAVY: bool = false;
        #[inline(always)]
        fn run<L: Registers>(self, _lanes: L) {
            let Widen(kind, from, to, count) = self;
            match kind {
                Kind::F32 => {
                    for i in 0..count {
                        // SAFETY: the caller of `widen` says so; of all that follow too.
                        unsafe { to.add(i).write(from.cast::<f32>().add(i).read()) };
                    }
                }
                #[cfg(feature = "half")]
                // SAFETY: as above.
                Kind::F16 => unsafe { _lanes.widen_f16(from.cast(), to, count) },
                #[cfg(feature = "half")]
                Kind::Bf16 => {
                    for i in 0..count {
                        // SAFETY: as above.
                        unsafe { to.add(i).write(f32::from_bits(u32::from(from.cast::<u16>().add(i).read()) << 16)) };
                    }
                }
            }
        }
    }
    kernels.run(Widen(kind, from, to, count));
}

/// Rounds `count` floats.
///
/// # Safety
/// They can be read, and as many elements written.
pub(super) unsafe fn narrow(kernels: &Kernels, kind: Kind, from: *const f32, to: *mut u8, count: usize) {
    struct Narrow(Kind, *const f32, *mut u8, usize);
    impl Op for Narrow {
        type Output = ();
        const HEAVY: bool = false;
        #[inline(always)]
        fn run<L: Registers>(self, _lanes: L) {
            let Narrow(kind, from, to, count) = self;
            match kind {
                Kind::F32 => {
                    for i in 0..count {
                        // SAFETY: the caller of `narrow` says so; of all that follow too.
                        unsafe { to.cast::<f32>().add(i).write(from.add(i).read()) };
                    }
                }
                #[cfg(feature = "half")]
                // SAFETY: as above.
                Kind::F16 => unsafe { _lanes.narrow_f16(from, to.cast(), count) },
                #[cfg(feature = "half")]
                Kind::Bf16 => {
                    for i in 0..count {
                        // SAFETY: as above.
                        unsafe { to.cast::<u16>().add(i).write(bf16(from.add(i).read())) };
                    }
                }
            }
        }
    }
    kernels.run(Narrow(kind, from, to, count));
}

/// The nearest bfloat16, ties to even: half of its last place is added, and what is behind it cut off.
#[cfg(feature = "half")]
#[inline(always)]
fn bf16(x: f32) -> u16 {
    let bits = x.to_bits();
    let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16;
    let nan = bits >> 16 | 0x40;
    (if x.is_nan() { nan } else { rounded }) as u16
}

impl Pass<'_, 4> {
    /// The steps of f(x + bias + residual) · factor: `sum` of the first three, `function` of that, and the `product` with
    /// the last. The pass is no longer than a piece.
    pub(crate) fn in_steps(
        self,
        [x_spot, bias_spot, residual_spot, factor_spot]: [Spot; 4],
        sum: impl FnOnce(Pass<'_, 3>, [Spot; 3]),
        function: impl FnOnce(Pass<'_, 1>),
        product: impl FnOnce(Pass<'_, 2>, [Spot; 2]),
    ) {
        let Pass { from: [x, bias, residual, factor], to, len, life } = self;
        debug_assert!(len <= PIECE);
        let len = len.min(PIECE);
        let mut area = Area::EMPTY;
        let area: *mut f32 = area.0.as_mut_ptr().cast();
        // It is written before it is read.
        sum(Pass { from: [x, bias, residual], to: area, len, life }, [x_spot, bias_spot, residual_spot]);
        function(Pass { from: [area], to: area, len, life });
        product(Pass { from: [area, factor], to, len, life }, [Spot::EACH, factor_spot]);
    }
}

impl Pass<'_, 5> {
    /// The steps of a gradient that is computed from x, bias, residual, dy and factor: `sum` of the first three, what is
    /// `saved` of that, `product` of the last two, and `gradient` of the last two steps' results. The pass is no longer
    /// than a piece.
    pub(crate) fn with_saved(
        self,
        [x_spot, bias_spot, residual_spot, dy_spot, factor_spot]: [Spot; 5],
        sum: impl FnOnce(Pass<'_, 3>, [Spot; 3]),
        saved: impl FnOnce(Pass<'_, 1>),
        product: impl FnOnce(Pass<'_, 2>, [Spot; 2]),
        gradient: impl FnOnce(Pass<'_, 2>),
    ) {
        let Pass { from: [x, bias, residual, dy, factor], to, len, life } = self;
        debug_assert!(len <= PIECE);
        let len = len.min(PIECE);
        let (mut input, mut upstream) = (Area::EMPTY, Area::EMPTY);
        let (input, upstream): (*mut f32, *mut f32) = (input.0.as_mut_ptr().cast(), upstream.0.as_mut_ptr().cast());
        // Each area is written before it is read.
        sum(Pass { from: [x, bias, residual], to: input, len, life }, [x_spot, bias_spot, residual_spot]);
        saved(Pass { from: [input], to: input, len, life });
        product(Pass { from: [dy, factor], to: upstream, len, life }, [dy_spot, factor_spot]);
        gradient(Pass { from: [input, upstream], to, len, life });
    }
}

/// Channels that are summed side by side.
const TILE: usize = 128;
/// Parts of a channel in a chunk.
const CHUNK: usize = 1 << 13;

/// The sums of terms over all that is at the same position along an axis, in one fixed order: where later axes come
/// after it, parts of at most [`PIECE`] elements that are side by side are summed in [`BLOCK`] virtual lanes; the sums
/// of all parts, or the elements, in as many again; and the sums of chunks of [`CHUNK`] of those one after the other.
#[must_use = "its output must be written"]
pub(crate) struct ChannelSums<'a, const N: usize> {
    from: [Operand<'a>; N],
    output: Output<'a>,
    axis: Axis,
    outer: usize,
    /// Of the positions, the first and one past the last.
    channels: (usize, usize),
}

// SAFETY: it is shared slices, and a part of a unique one.
unsafe impl<const N: usize> Send for ChannelSums<'_, N> {}

impl<'a, const N: usize> ChannelSums<'a, N> {
    /// Of `outer` blocks of the axis: the caller has seen to it that all inputs have so many, and the output an element for
    /// each position.
    pub(crate) fn new(from: [Operand<'a>; N], output: Output<'a>, axis: Axis, outer: usize) -> Self {
        ChannelSums { from, output, axis, outer, channels: (0, axis.len) }
    }

    /// Adds up, where `term` adds that of the inputs to its first operand.
    pub(crate) fn each<F: Function<M>, const M: usize>(self, kernels: &Kernels, term: F) {
        parallel::each(kernels.threads(), F::COST, self, |part| part.tiles(kernels, term));
    }

    fn tiles<F: Function<M>, const M: usize>(self, kernels: &Kernels, term: F) {
        let (mut first, end) = self.channels;
        while first < end {
            let count = TILE.min(end - first);
            let mut sums = [0.0; TILE];
            if self.axis.inner == 1 {
                self.columns(kernels, term, first, count, &mut sums);
            } else {
                for (channel, sum) in (first..end).zip(&mut sums) {
                    *sum = self.channel(kernels, term, channel);
                }
            }
            let Output { to, kind, .. } = self.output;
            // SAFETY: these channels are the output's, and `sums` has as many.
            unsafe { narrow(kernels, kind, sums.as_ptr(), to.wrapping_add(first * kind.size()), count) };
            first += count;
        }
    }

    /// Channels that are side by side, an element of each at a time.
    fn columns<F: Function<M>, const M: usize>(
        &self,
        kernels: &Kernels,
        term: F,
        first: usize,
        count: usize,
        sums: &mut [f32; TILE],
    ) {
        let mut desk = [const { Area::EMPTY }; N];
        let mut lanes = [[0.0_f32; TILE]; BLOCK];
        let mut done = 0;
        while done < self.outer {
            let rows = CHUNK.min(self.outer - done);
            lanes.fill([0.0; TILE]);
            for (row, lane) in (done..done + rows).zip((0..BLOCK).cycle()) {
                let Some(lane) = lanes.get_mut(lane) else { continue };
                let lane = lane.as_mut_ptr();
                let mut from = [lane.cast_const(); M];
                for ((from, operand), area) in from.iter_mut().skip(1).zip(self.from).zip(&mut desk) {
                    // SAFETY: these elements are there, and no more than TILE, which is less than PIECE.
                    *from = unsafe { operand.floats(kernels, row * self.axis.len + first, count, area) };
                }
                kernels.run(super::Map(term, Pass { from, to: lane, len: count, life: PhantomData }, false));
            }
            // The tree of the lanes.
            let mut half = BLOCK / 2;
            while half > 0 {
                let (low, high) = lanes.split_at_mut_checked(half).unwrap_or_default();
                for (a, b) in low.iter_mut().zip(high) {
                    for (a, b) in a.iter_mut().zip(b) {
                        *a += *b;
                    }
                }
                half /= 2;
            }
            for (sum, chunk) in sums.iter_mut().zip(lanes[0]) {
                *sum += chunk;
            }
            done += rows;
        }
    }

    /// One channel.
    fn channel<F: Function<M>, const M: usize>(&self, kernels: &Kernels, term: F, channel: usize) -> f32 {
        let Axis { len, inner } = self.axis;
        let mut desk = [const { Area::EMPTY }; N];
        let mut total = 0.0;
        let mut lanes = [0.0_f32; BLOCK];
        let mut parts = 0;
        for block in 0..self.outer {
            let start = (block * len + channel) * inner;
            let mut at = 0;
            while at < inner {
                let count = PIECE.min(inner - at);
                let mut from = [core::ptr::null(); N];
                for ((from, operand), area) in from.iter_mut().zip(self.from).zip(&mut desk) {
                    // SAFETY: these elements are there.
                    *from = unsafe { operand.floats(kernels, start + at, count, area) };
                }
                let pass = Pass { from, to: core::ptr::null_mut(), len: count, life: PhantomData };
                if let Some(lane) = lanes.get_mut(parts % BLOCK) {
                    *lane += kernels.run(Part::<F, N, M>(term, pass));
                }
                parts += 1;
                at += count;
                if parts % CHUNK == 0 {
                    total += tree(&mut lanes);
                }
            }
        }
        total + tree(&mut lanes)
    }
}

/// The sum of the lanes, which become 0.
fn tree(lanes: &mut [f32; BLOCK]) -> f32 {
    let mut half = BLOCK / 2;
    while half > 0 {
        let (low, high) = lanes.split_at_mut_checked(half).unwrap_or_default();
        for (a, b) in low.iter_mut().zip(high) {
            *a += *b;
        }
        half /= 2;
    }
    core::mem::replace(lanes, [0.0; BLOCK])[0]
}

/// The sum of the terms of a part.
struct Part<'a, F, const N: usize, const M: usize>(F, Pass<'a, N>);
impl<F: Function<M>, const N: usize, const M: usize> Op for Part<'_, F, N, M> {
    type Output = f32;
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) -> f32 {
        let Part(term, pass) = self;
        let row = pass.row();
        let [sum] = sum(
            lanes,
            core::array::from_ref(&row),
            #[inline(always)]
            |acc, x: [L::F32; N]| {
                let mut operands = [acc; M];
                for (operand, x) in operands.iter_mut().skip(1).zip(x) {
                    *operand = x;
                }
                term.call(lanes, operands)
            },
        );
        lanes.fold(sum, |a, _| a)
    }
}

impl<const N: usize> Split for ChannelSums<'_, N> {
    fn size(&self) -> usize {
        self.outer * (self.channels.1 - self.channels.0) * self.axis.inner
    }

    /// Cuts between tiles, or between channels where each is long.
    fn split(self) -> Result<(Self, Self), Self> {
        let (first, end) = self.channels;
        let unit = if self.axis.inner == 1 { TILE } else { 1 };
        let middle = first + ((end - first) / 2).next_multiple_of(unit);
        if middle == first || middle >= end {
            return Err(self);
        }
        let ChannelSums { from, output: Output { to, kind, place, life }, axis, outer, .. } = self;
        // The same memory twice, but no channel is in both.
        let part = |channels| ChannelSums { from, output: Output { to, kind, place, life }, axis, outer, channels };
        Ok((part((first, middle)), part((middle, end))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spots_go_around() {
        let periods = [1, 2, 3, 5, 7, 63, 64, 641, 1000, 4095, 4096, RING - REPEATS];
        for period in periods {
            for n in [0, 1, 17, 64, 8191, 1 << 20, usize::MAX / 2] {
                let spot = Spot::ring(n, NonZero::new(period).expect("it is not 0"));
                let small = 0..3 * period;
                for at in small.step_by(1 + period / 64).chain([1 << 16, (1 << 24) + 1, MOST - 1]) {
                    assert_eq!(spot.of(at), (n % period + at) % period, "{at} from {n} around {period}");
                }
            }
        }
        for at in [0, 1, 1000, MOST - 1] {
            assert_eq!(
                [Spot::EACH.of(at), Spot::EACH.plain(at), Spot::NONE.of(at), Spot::NONE.plain(at)],
                [at, at, 0, 0]
            );
        }
    }
}
