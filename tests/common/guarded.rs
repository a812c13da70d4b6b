//! Arrays that begin at a chosen distance from alignment, between guard elements.

use core::fmt::Debug;
use core::ops::{Deref, DerefMut};

/// Elements on either side.
const GUARD: usize = 48;
/// Alignment, in elements: a cache line, and the widest vector.
pub const LINE: usize = 16;

/// What an array can hold here.
pub trait Element: Copy + PartialEq + Debug {
    /// A value that no test computes. As a float it is a NaN, so that reading it shows as well.
    const UNTOUCHED: Self;
    fn bits(self) -> u32;
}

impl Element for f32 {
    const UNTOUCHED: f32 = f32::from_bits(0xffde_adbe);
    fn bits(self) -> u32 {
        self.to_bits()
    }
}

impl Element for u32 {
    const UNTOUCHED: u32 = 0xffde_adbe;
    fn bits(self) -> u32 {
        self
    }
}

/// An array that begins `offset` elements after a multiple of 64 bytes.
#[derive(Clone, Debug)]
pub struct Guarded<T> {
    all: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Element> Guarded<T> {
    /// An array of untouched elements.
    pub fn untouched(len: usize, offset: usize) -> Guarded<T> {
        let mut guarded = Guarded { all: vec![T::UNTOUCHED; len + 2 * GUARD + 2 * LINE], start: 0, len };
        guarded.start = start(guarded.all.as_ptr(), offset);
        guarded
    }

    /// A copy of `values`, and, up to `len`, untouched elements.
    pub fn copy(values: &[T], len: usize, offset: usize) -> Guarded<T> {
        let mut guarded = Guarded::untouched(len.max(values.len()), offset);
        guarded[..values.len()].copy_from_slice(values);
        guarded
    }

    /// Where something outside of the array has been written, counted from its beginning.
    pub fn damage(&self) -> Option<isize> {
        let end = self.start + self.len;
        let outside = (0..self.start).chain(end..self.all.len());
        let touched = |&i: &usize| self.all[i].bits() != T::UNTOUCHED.bits();
        outside.into_iter().find(touched).map(|i| i as isize - self.start as isize)
    }
}

impl<T> Deref for Guarded<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.all[self.start..self.start + self.len]
    }
}

impl<T> DerefMut for Guarded<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.all[self.start..self.start + self.len]
    }
}

/// A vector whose spare capacity has room for `len` elements, `offset` elements after a multiple of 64 bytes.
pub fn spare(len: usize, offset: usize) -> Vec<f32> {
    let mut vec = Vec::with_capacity(len + 2 * GUARD + 2 * LINE);
    vec.resize(start(vec.as_ptr(), offset), f32::UNTOUCHED);
    vec
}

/// The first place after the guard that is `offset` elements after a multiple of 64 bytes.
fn start<T>(base: *const T, offset: usize) -> usize {
    GUARD + base.wrapping_add(GUARD).align_offset(64) + offset % LINE
}
