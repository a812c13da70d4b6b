//! Inputs and outputs: of which type their elements are, and where.

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::num::NonZero;

use super::{Area, REPEATS, widen};
use crate::axis::{Axis, Rows};
use crate::element::{Element, Kind};
use crate::kernels::Kernels;

/// A constant in place of an operand. Vectors of it are loaded again and again: they must not cross cache lines.
#[repr(align(64))]
pub(crate) struct Constant([f32; REPEATS]);
/// What a sum keeps every number with, −0 too.
pub(crate) static NOTHING: Constant = Constant([-0.0; REPEATS]);
/// What a product keeps every number with.
pub(crate) static ONE: Constant = Constant([1.0; REPEATS]);

/// Where the elements are, by their number.
#[derive(Clone, Copy)]
pub(in crate::slices) enum Place {
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
    pub(super) fn rows(rows: Rows) -> Place {
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
    pub(in crate::slices) fn of(self, n: usize) -> (usize, usize) {
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
    pub(in crate::slices) from: *const u8,
    pub(in crate::slices) kind: Kind,
    pub(in crate::slices) place: Place,
    pub(super) life: PhantomData<&'a [u8]>,
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
    pub(in crate::slices) fn at(from: *const u8, kind: Kind) -> Self {
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
        Operand { place: Place::Constant, ..Operand::dense(&value.0) }
    }

    /// The first halves of all blocks of `2 · half` elements, and the second ones.
    pub(crate) fn halves<T: Element>(x: &'a [T], half: usize) -> (Self, Self) {
        let first = Operand::rows(x, Rows::new(half, 2 * half));
        (first, Operand { from: first.from.wrapping_add(half * first.kind.size()), ..first })
    }

    /// Whether it has to be put on the desk.
    pub(super) fn wants_desk(self) -> bool {
        match self.place {
            Place::Dense | Place::Rows { .. } => self.kind != Kind::F32,
            Place::Channels { .. } | Place::Constant => false,
        }
    }

    /// So many elements, the first of which has this index: where they are as floats.
    ///
    /// # Safety
    /// There are so many, side by side, and at most [`PIECE`] if it [`wants_desk`](Operand::wants_desk).
    pub(super) unsafe fn floats(self, kernels: &Kernels, index: usize, count: usize, desk: &mut Area) -> *const f32 {
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
    pub(in crate::slices) unsafe fn value(self, index: usize) -> f32 {
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

/// An output.
pub(crate) struct Output<'a> {
    pub(in crate::slices) to: *mut u8,
    pub(in crate::slices) kind: Kind,
    pub(in crate::slices) place: Place,
    pub(super) life: PhantomData<&'a mut [u8]>,
}

impl<'a> Output<'a> {
    /// Element by element.
    #[inline(always)]
    pub(crate) fn dense<T: Element>(y: &'a mut [MaybeUninit<T>]) -> Self {
        Output { to: y.as_mut_ptr().cast(), kind: T::KIND, place: Place::Dense, life: PhantomData }
    }

    /// Rows, which are within `y`.
    pub(crate) fn rows<T: Element>(y: &'a mut [T], rows: Rows) -> Self {
        Output { place: Place::rows(rows), ..Output::dense(crate::slices::place(y)) }
    }

    /// The same again, for parts that do not overlap.
    pub(in crate::slices) fn again(&self) -> Self {
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
