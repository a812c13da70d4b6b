//! What maxout reduces: slices or planes on top of each other, or groups of neighbours.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::{inlined, load, store};
use crate::Axis;
use crate::error::{Error, same_length};
use crate::lanes::{Lanes, Op, Registers};
use crate::parallel::Split;

/// An error unless an index can number so many pieces.
pub(crate) fn countable(pieces: usize) -> Result<(), Error> {
    match u32::try_from(pieces.saturating_sub(1)) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::TooManyPieces { len: pieces }),
    }
}

/// Where the largest values go, and, if wanted, which piece they came from.
pub(crate) struct Winners<'a> {
    values: *mut f32,
    /// Null if not wanted.
    index: *mut u32,
    len: usize,
    life: PhantomData<(&'a mut [f32], &'a mut [u32])>,
}

// SAFETY: it is two unique slices, or parts of them.
unsafe impl Send for Winners<'_> {}

impl<'a> Winners<'a> {
    /// The values only.
    #[inline]
    pub(crate) fn values(values: &'a mut [MaybeUninit<f32>]) -> Self {
        let len = values.len();
        Winners { values: values.as_mut_ptr().cast(), index: core::ptr::null_mut(), len, life: PhantomData }
    }

    /// Also the number of the piece among `pieces`, for as many.
    #[inline]
    pub(crate) fn with_index(self, index: &'a mut [MaybeUninit<u32>], pieces: usize) -> Result<Self, Error> {
        same_length("index", index.len(), self.len)?;
        countable(pieces)?;
        Ok(Winners { index: index.as_mut_ptr().cast(), ..self })
    }

    /// From element `at` on, `len` of them, which lie within.
    #[inline]
    fn part(&self, at: usize, len: usize) -> Self {
        let index = if self.index.is_null() { self.index } else { self.index.wrapping_add(at) };
        Winners { values: self.values.wrapping_add(at), index, len, life: PhantomData }
    }

    /// Stores `count ≤ LANES` lanes from element `at` on.
    ///
    /// # Safety
    /// at + count ≤ len.
    #[inline(always)]
    unsafe fn store<L: Registers, const INDEX: bool>(&self, lanes: L, at: usize, count: usize, best: Best<L>) {
        // SAFETY: the caller says that they lie within both slices; with INDEX, `index` is not null.
        unsafe {
            store(lanes, self.values.add(at), count, best.value);
            if INDEX {
                store(lanes, self.index.add(at).cast(), count, lanes.from_bits(best.index));
            }
        }
    }
}

/// The best of the pieces seen so far, in each lane.
pub(crate) struct Best<L: Lanes> {
    pub(crate) value: L::F32,
    pub(crate) index: L::U32,
}

impl<L: Lanes> Clone for Best<L> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<L: Lanes> Copy for Best<L> {}

/// How maxout decides: whether a later piece takes the place of the best so far.
pub(crate) trait Contest: Copy + Sync {
    /// True where `challenger` wins against `best`, which came before it.
    fn wins<L: Lanes>(self, lanes: L, challenger: L::F32, best: L::F32) -> L::Mask;

    /// The winner's value.
    fn value<L: Lanes>(self, lanes: L, challenger: L::F32, best: L::F32) -> L::F32;

    /// The winner; its number only if `INDEX`.
    #[inline(always)]
    fn winner<L: Lanes, const INDEX: bool>(self, lanes: L, challenger: Best<L>, best: Best<L>) -> Best<L> {
        if !INDEX {
            return Best { value: self.value(lanes, challenger.value, best.value), ..best };
        }
        let wins = self.wins(lanes, challenger.value, best.value);
        Best {
            value: lanes.select(wins, challenger.value, best.value),
            index: lanes.select_u32(wins, challenger.index, best.index),
        }
    }
}

/// Pieces of one length on top of each other.
pub(crate) struct Stack<'a> {
    first: *const f32,
    later: Later<'a>,
    to: Winners<'a>,
}

#[derive(Clone, Copy)]
enum Later<'a> {
    /// Slices, from this element on.
    Slices(&'a [&'a [f32]], usize),
    /// Planes of one array: how many in all, and their distance.
    Planes(usize, usize),
}

// SAFETY: it is shared slices and a unique one, or parts of them.
unsafe impl Send for Stack<'_> {}

impl<'a> Stack<'a> {
    /// The slices `first`, `later` …
    #[inline]
    pub(crate) fn new(first: &'a [f32], later: &'a [&'a [f32]], to: Winners<'a>) -> Result<Self, Error> {
        same_length("y", to.len, first.len())?;
        Stack::slices(first.as_ptr(), later, to)
    }

    /// The same, where the first slice turns into the result.
    #[inline]
    pub(crate) fn in_place(x: &'a mut [f32], later: &'a [&'a [f32]]) -> Result<Self, Error> {
        let to = Winners::values(super::place(x));
        Stack::slices(to.values, later, to)
    }

    #[inline]
    fn slices(first: *const f32, later: &'a [&'a [f32]], to: Winners<'a>) -> Result<Self, Error> {
        let mut rest = later.iter();
        rest.try_for_each(|x| same_length("one of the slices", x.len(), to.len))?;
        Ok(Stack { first, later: Later::Slices(later, 0), to })
    }

    #[inline(always)]
    fn reduce<L: Registers, const INDEX: bool>(self, lanes: L, contest: impl Contest) {
        const UNROLL: usize = 4;
        let mut at = 0;
        while self.to.len - at >= UNROLL * L::LANES {
            // SAFETY: UNROLL × LANES elements are left.
            unsafe { self.strip::<L, UNROLL, INDEX>(lanes, contest, at, L::LANES) }
            at += UNROLL * L::LANES;
        }
        while at < self.to.len {
            let count = L::LANES.min(self.to.len - at);
            // SAFETY: `count` elements are left.
            unsafe { self.strip::<L, 1, INDEX>(lanes, contest, at, count) }
            at += count;
        }
    }

    /// Reduces `V` vectors of `count` lanes from element `at` on.
    ///
    /// # Safety
    /// `V × count` elements are there; V is 1 if `count` is less than LANES.
    #[inline(always)]
    unsafe fn strip<L: Registers, const V: usize, const INDEX: bool>(
        &self,
        lanes: L,
        contest: impl Contest,
        at: usize,
        count: usize,
    ) {
        let load = inlined(
            #[inline(always)]
            |piece: *const f32, i: usize| {
                // SAFETY: all pieces have the length of the output, and the caller says that these elements are there.
                unsafe { load(lanes, piece.add(at + i * L::LANES), count) }
            },
        );
        let mut best = [Best { value: lanes.splat(0.0), index: lanes.splat_u32(0) }; V];
        for (i, best) in best.iter_mut().enumerate() {
            best.value = load(self.first, i);
        }
        let challenge = inlined(
            #[inline(always)]
            |best: &mut [Best<L>; V], number: usize, piece: *const f32| {
                let index = lanes.splat_u32(number as u32);
                for (i, best) in best.iter_mut().enumerate() {
                    *best = contest.winner::<L, INDEX>(lanes, Best { value: load(piece, i), index }, *best);
                }
            },
        );
        match self.later {
            Later::Slices(slices, skip) => {
                for (i, slice) in slices.iter().enumerate() {
                    challenge(&mut best, i + 1, slice.as_ptr().wrapping_add(skip));
                }
            }
            Later::Planes(planes, stride) => {
                for i in 1..planes {
                    challenge(&mut best, i, self.first.wrapping_add(i * stride));
                }
            }
        }
        for (i, best) in best.into_iter().enumerate() {
            // SAFETY: the caller says that these elements are there.
            unsafe { self.to.store::<L, INDEX>(lanes, at + i * L::LANES, count, best) }
        }
    }
}

impl Split for Stack<'_> {
    #[inline]
    fn size(&self) -> usize {
        match self.later {
            Later::Slices(slices, _) => self.to.len * (slices.len() + 1),
            Later::Planes(planes, _) => self.to.len * planes,
        }
    }

    #[inline]
    fn split(self) -> Result<(Self, Self), Self> {
        let middle = (self.to.len / 2).next_multiple_of(64);
        if middle >= self.to.len {
            return Err(self);
        }
        let Stack { first, later, to } = self;
        let (a, b) = (to.part(0, middle), to.part(middle, to.len - middle));
        let beyond = match later {
            Later::Slices(slices, skip) => Later::Slices(slices, skip + middle),
            planes => planes,
        };
        Ok((Stack { first, later, to: a }, Stack { first: first.wrapping_add(middle), later: beyond, to: b }))
    }
}

/// Data `[outer, len, inner]` of which each row along the axis has one winner.
pub(crate) struct Groups<'a> {
    from: *const f32,
    axis: Axis,
    outer: usize,
    to: Winners<'a>,
}

// SAFETY: it is a shared slice and a unique one, or parts of them.
unsafe impl Send for Groups<'_> {}

impl<'a> Groups<'a> {
    /// The rows of `x` along the axis; `to` has one place for each.
    #[inline]
    pub(crate) fn new(x: &'a [f32], axis: Axis, to: Winners<'a>) -> Result<Self, Error> {
        let outer = axis.outer(x.len())?;
        same_length("y", to.len, x.len() / axis.len)?;
        Ok(Groups { from: x.as_ptr(), axis, outer, to })
    }

    /// The same, where the winners are written over the beginning of `x`. To be reduced in one piece, from the front:
    /// then nothing is overwritten before it has been read.
    #[inline]
    pub(crate) fn in_place(x: &'a mut [f32], axis: Axis) -> Result<Self, Error> {
        let outer = axis.outer(x.len())?;
        let values = x.as_mut_ptr();
        let (len, life) = (x.len() / axis.len, PhantomData);
        Ok(Groups { from: values, axis, outer, to: Winners { values, index: core::ptr::null_mut(), len, life } })
    }

    /// The only block, if there is but one: it can be split between columns.
    #[inline]
    pub(crate) fn stack(self) -> Result<Stack<'a>, Self> {
        if self.outer != 1 || self.axis.inner == 1 {
            return Err(self);
        }
        let later = Later::Planes(self.axis.len, self.axis.inner);
        Ok(Stack { first: self.from, later, to: self.to })
    }

    #[inline(always)]
    fn reduce<L: Registers, const INDEX: bool>(self, lanes: L, contest: impl Contest) {
        let Axis { len, inner } = self.axis;
        if inner > 1 {
            for block in 0..self.outer {
                let first = self.from.wrapping_add(block * len * inner);
                let to = self.to.part(block * inner, inner);
                Stack { first, later: Later::Planes(len, inner), to }.reduce::<L, INDEX>(lanes, contest);
            }
            return;
        }
        let mut at = 0;
        while self.to.len - at >= L::LANES {
            // SAFETY: LANES groups are left.
            unsafe {
                let group = self.from.add(at * len);
                let best = match len {
                    2 => neighbours::<L, 2, INDEX>(lanes, contest, group),
                    4 => neighbours::<L, 4, INDEX>(lanes, contest, group),
                    8 => neighbours::<L, 8, INDEX>(lanes, contest, group),
                    _ => strided::<L, INDEX>(
                        len,
                        #[inline(always)]
                        |i| lanes.load_strided(group.add(i), len),
                        lanes,
                        contest,
                    ),
                };
                self.to.store::<L, INDEX>(lanes, at, L::LANES, best);
            }
            at += L::LANES;
        }
        let count = self.to.len - at;
        if count == 0 {
            return;
        }
        // The last groups, fewer than LANES, go through a buffer: group `i` in lane `i`.
        // SAFETY: `count` groups are left, and only those are read.
        unsafe {
            let group = self.from.add(at * len);
            let gather = inlined(
                #[inline(always)]
                |i: usize| {
                    let mut values = [0.0; 16];
                    for (lane, value) in values.iter_mut().enumerate().take(count) {
                        *value = *group.add(lane * len + i);
                    }
                    lanes.load(values.as_ptr())
                },
            );
            let best = strided::<L, INDEX>(len, gather, lanes, contest);
            self.to.store::<L, INDEX>(lanes, at, count, best);
        }
    }
}

impl Split for Groups<'_> {
    #[inline]
    fn size(&self) -> usize {
        self.to.len * self.axis.len
    }

    #[inline]
    fn split(self) -> Result<(Self, Self), Self> {
        let middle = self.outer / 2;
        if middle == 0 {
            return Err(self);
        }
        let Groups { from, axis, outer, to } = self;
        let winners = middle * axis.inner;
        let (a, b) = (to.part(0, winners), to.part(winners, to.len - winners));
        let later = from.wrapping_add(winners * axis.len);
        Ok((Groups { from, axis, outer: middle, to: a }, Groups { from: later, axis, outer: outer - middle, to: b }))
    }
}

/// The winners of LANES groups of K neighbours, K a power of two up to 8: halves of groups compete, level by level.
///
/// # Safety
/// `K × LANES` values can be read.
#[inline(always)]
unsafe fn neighbours<L: Registers, const K: usize, const INDEX: bool>(
    lanes: L,
    contest: impl Contest,
    from: *const f32,
) -> Best<L> {
    let mut best = [Best { value: lanes.splat(0.0), index: lanes.splat_u32(0) }; K];
    for (i, best) in best.iter_mut().enumerate() {
        // SAFETY: the caller says that they can be read.
        best.value = unsafe { lanes.load(from.add(i * L::LANES)) };
    }
    let (mut vectors, mut step) = (K, 1);
    // Values alone may meet in any order that ends up right.
    let loosely = !INDEX && K <= 4;
    while vectors > 1 {
        vectors /= 2;
        let second = lanes.splat_u32(step);
        for i in 0..vectors {
            let [a, b] = [best[2 * i], best[2 * i + 1]];
            let (even, odd) =
                if loosely { lanes.unzip_loosely(a.value, b.value) } else { lanes.unzip(a.value, b.value) };
            let (even_index, odd_index) = lanes.unzip(lanes.from_bits(a.index), lanes.from_bits(b.index));
            let odd_index = lanes.or_u32(lanes.to_bits(odd_index), second);
            best[i] = contest.winner::<L, INDEX>(
                lanes,
                Best { value: odd, index: odd_index },
                Best { value: even, index: lanes.to_bits(even_index) },
            );
        }
        step *= 2;
    }
    if loosely {
        best[0].value = if K == 4 { lanes.in_order::<2>(best[0].value) } else { lanes.in_order::<1>(best[0].value) };
    }
    best[0]
}

/// The winners of LANES groups of `len`, where `load(i)` gives element `i` of each.
#[inline(always)]
fn strided<L: Registers, const INDEX: bool>(
    len: usize,
    load: impl Fn(usize) -> L::F32,
    lanes: L,
    contest: impl Contest,
) -> Best<L> {
    let mut best = Best { value: load(0), index: lanes.splat_u32(0) };
    for i in 1..len {
        best = contest.winner::<L, INDEX>(lanes, Best { value: load(i), index: lanes.splat_u32(i as u32) }, best);
    }
    best
}

/// Reduces by the contest `C`.
pub(crate) struct Reduce<T, C>(pub(crate) T, pub(crate) C);

impl<C: Contest> Op for Reduce<Stack<'_>, C> {
    type Output = ();
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) {
        if self.0.to.index.is_null() {
            self.0.reduce::<L, false>(lanes, self.1);
        } else {
            self.0.reduce::<L, true>(lanes, self.1);
        }
    }
}

impl<C: Contest> Op for Reduce<Groups<'_>, C> {
    type Output = ();
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) {
        if self.0.to.index.is_null() {
            self.0.reduce::<L, false>(lanes, self.1);
        } else {
            self.0.reduce::<L, true>(lanes, self.1);
        }
    }
}
