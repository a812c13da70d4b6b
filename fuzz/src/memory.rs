//! Slices at chosen offsets, with guards around them.

use std::fmt::Debug;
use std::mem::MaybeUninit;

use super::sizes::Offset;

/// What stands where nothing may be written.
pub trait Guard: Copy + PartialEq + Debug {
    const GUARD: Self;
}

impl Guard for f32 {
    const GUARD: f32 = f32::from_bits(0xa5a5_a5a5);
}

impl Guard for u32 {
    const GUARD: u32 = 0xa5a5_a5a5;
}

/// Memory whose elements from `offset` on are a slice.
pub struct Buffer<T> {
    memory: Box<[T]>,
    offset: usize,
    len: usize,
}

impl<T: Guard> Buffer<T> {
    /// These values; the allocation ends where they end, so that AddressSanitizer sees who goes past it.
    pub fn of(values: &[T], Offset(offset): Offset) -> Buffer<T> {
        let memory = [&vec![T::GUARD; offset], values].concat().into();
        Buffer { memory, offset, len: values.len() }
    }

    /// A place to write to; guards follow it, which [`finish`](Buffer::finish) looks at.
    pub fn output(len: usize, Offset(offset): Offset) -> Buffer<T> {
        Buffer { memory: vec![T::GUARD; offset + len + 16].into(), offset, len }
    }

    pub fn get(&self) -> &[T] {
        &self.memory[self.offset..][..self.len]
    }

    pub fn get_mut(&mut self) -> &mut [T] {
        &mut self.memory[self.offset..][..self.len]
    }

    /// The slice, once a kernel has written to it.
    #[track_caller]
    pub fn finish(self) -> Vec<T> {
        let (before, rest) = self.memory.split_at(self.offset);
        let (values, after) = rest.split_at(self.len);
        assert!(before.iter().all(|&x| x == T::GUARD), "written before the output: {before:?}");
        assert!(after.iter().all(|&x| x == T::GUARD), "written past the output: {after:?}");
        values.to_vec()
    }

    /// Checks that no kernel has written to an output.
    #[track_caller]
    pub fn untouched(self) {
        let values = self.finish();
        assert!(values.iter().all(|&x| x == T::GUARD), "written in spite of an error: {values:?}");
    }
}

/// Uninitialised memory, of which a slice is to be taken from some offset on.
pub fn uninit(len: usize, Offset(offset): Offset) -> Box<[MaybeUninit<f32>]> {
    Box::new_uninit_slice(offset + len)
}
