//! Elements of any type, one by one or a few at a time, as floats.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::staged::{Operand, narrow, widen};
use crate::element::{Element, Kind};
use crate::kernels::Kernels;

/// Elements to be read as floats.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    from: Operand<'a>,
    len: usize,
}

impl<'a> Source<'a> {
    pub(crate) fn new<T: Element>(x: &'a [T]) -> Self {
        Source { from: Operand::dense(x), len: x.len() }
    }

    /// Those of rows, which are within `x`, and so many.
    pub(crate) fn rows<T: Element>(x: &'a [T], rows: crate::axis::Rows, len: usize) -> Self {
        Source { from: Operand::rows(x, rows), len }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Element `n`; 0 if there is no such one.
    pub(crate) fn of(self, n: usize) -> f32 {
        if n < self.len {
            // SAFETY: it is there.
            unsafe { self.from.value(self.from.place.of(n).0) }
        } else {
            0.0
        }
    }

    /// Those from `n` on, as far as there are any.
    pub(crate) fn read(self, kernels: &Kernels, n: usize, to: &mut [f32]) {
        let end = self.len.min(n.saturating_add(to.len()));
        let (mut n, mut to) = (n, to.as_mut_ptr());
        while n < end {
            let (index, side_by_side) = self.from.place.of(n);
            let count = side_by_side.min(end - n);
            let from = self.from.from.wrapping_add(index * self.from.kind.size());
            // SAFETY: n + count ≤ end, which both have.
            unsafe { widen(kernels, self.from.kind, from, to, count) };
            n += count;
            to = to.wrapping_add(count);
        }
    }
}

/// A place to write floats to, as elements.
pub(crate) struct Sink<'a> {
    to: *mut u8,
    kind: Kind,
    len: usize,
    life: PhantomData<&'a mut [u8]>,
}

// SAFETY: it is a unique slice, or a part of one.
unsafe impl Send for Sink<'_> {}

impl<'a> Sink<'a> {
    pub(crate) fn new<T: Element>(y: &'a mut [MaybeUninit<T>]) -> Self {
        Sink { to: y.as_mut_ptr().cast(), kind: T::KIND, len: y.len(), life: PhantomData }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Writes from element `n` on, as far as there are any.
    pub(crate) fn write(&mut self, kernels: &Kernels, n: usize, from: &[f32]) {
        let n = n.min(self.len);
        let to = self.to.wrapping_add(n * self.kind.size());
        // SAFETY: both have so many.
        unsafe { narrow(kernels, self.kind, from.as_ptr(), to, from.len().min(self.len - n)) };
    }

    /// Both parts.
    pub(crate) fn split_at(self, middle: usize) -> (Self, Self) {
        let Sink { to, kind, len, life } = self;
        let middle = middle.min(len);
        let later = to.wrapping_add(middle * kind.size());
        (Sink { to, kind, len: middle, life }, Sink { to: later, kind, len: len - middle, life })
    }
}

/// Elements that are read, and of which the first are written over when they have been.
pub(crate) struct Overwritten<'a>(Sink<'a>);

impl<'a> Overwritten<'a> {
    pub(crate) fn new<T: Element>(x: &'a mut [T]) -> Self {
        Overwritten(Sink::new(super::place(x)))
    }

    /// What may be read: of what has been written over, that.
    pub(crate) fn source(&self) -> Source<'_> {
        let Sink { to, kind, len, .. } = self.0;
        Source { from: Operand::at(to, kind), len }
    }

    /// Writes from element `n` on. Nobody holds a reference to what it writes to, and it is for one thread.
    pub(crate) fn write(&self, kernels: &Kernels, n: usize, from: &[f32]) {
        let Sink { to, kind, len, life } = self.0;
        Sink { to, kind, len, life }.write(kernels, n, from);
    }
}
