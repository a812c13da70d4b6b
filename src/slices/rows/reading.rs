//! A row that is only read.

use core::marker::PhantomData;

use super::walk::Contiguous;
use super::{CHUNK, Row};
use crate::slices::Pass;

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
    pub(in crate::slices) fn at(from: *const f32, len: usize) -> Self {
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
    pub(super) fn again(&self) -> Self {
        Pass { ..*self }
    }
}
