//! Pointers become slices here, once they have been looked at.

use std::ffi::{CStr, c_char};
use std::slice;

use crate::status::{Failure, Name};

/// An array of the caller's, whose pointer and length can be a slice's.
pub(crate) struct Array<T> {
    name: Name,
    start: *mut T,
    length: usize,
}

/// An input, and the output whose place it may share.
pub(crate) enum Pair<'a, T> {
    Apart(&'a [T], &'a mut [T]),
    /// Both begin at the same address: the longer of the two.
    InPlace(&'a mut [T]),
}

impl<T> Array<T> {
    pub(crate) fn new(name: impl Into<Name>, start: *const T, length: usize) -> Result<Array<T>, Failure> {
        let (name, start) = (name.into(), start.cast_mut());
        if length == 0 {
            return Ok(Array { name, start, length });
        }
        aligned(name, start)?;
        let bytes = length.checked_mul(size_of::<T>()).filter(|&bytes| bytes <= isize::MAX.unsigned_abs());
        match bytes.and_then(|bytes| start.addr().checked_add(bytes)) {
            Some(_) => Ok(Array { name, start, length }),
            None => Err(Failure::TooLong(name, length)),
        }
    }

    /// From its first address to the one behind its last.
    fn addresses(&self) -> (usize, usize) {
        (self.start.addr(), self.start.addr() + self.length * size_of::<T>())
    }

    /// An error if they have memory in common.
    pub(crate) fn apart<U>(&self, other: &Array<U>) -> Result<(), Failure> {
        let ((start, end), (other_start, other_end)) = (self.addresses(), other.addresses());
        let empty = self.length == 0 || other.length == 0;
        if empty || end <= other_start || other_end <= start {
            Ok(())
        } else {
            Err(Failure::Overlap(self.name, other.name))
        }
    }

    /// Whether neither is empty and both begin at the same address.
    pub(crate) fn begins_with(&self, other: &Array<T>) -> bool {
        self.length != 0 && other.length != 0 && self.start == other.start
    }

    /// # Safety
    /// As many elements can be read as long as the slice is used, and nobody writes them.
    pub(crate) unsafe fn read<'a>(&self) -> &'a [T] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: `new` has looked at pointer and length, the rest is the caller's word.
        unsafe { slice::from_raw_parts(self.start, self.length) }
    }

    /// # Safety
    /// As many elements can be written as long as the slice is used, and nobody else reads or writes them. What memory
    /// from C holds is some float, even where nobody has written it; and no kernel reads an output.
    pub(crate) unsafe fn write<'a>(&self) -> &'a mut [T] {
        if self.length == 0 {
            return &mut [];
        }
        // SAFETY: as above.
        unsafe { slice::from_raw_parts_mut(self.start, self.length) }
    }

    /// Both, if they are apart or begin at the same address.
    ///
    /// # Safety
    /// That of `read` for this one and of `write` for the other; of `write` for both where they share memory.
    pub(crate) unsafe fn pair<'a>(&self, output: &Array<T>) -> Result<Pair<'a, T>, Failure> {
        if self.begins_with(output) {
            let longer = if self.length < output.length { output } else { self };
            // SAFETY: the caller's word.
            return Ok(Pair::InPlace(unsafe { longer.write() }));
        }
        self.apart(output)?;
        // SAFETY: they have nothing in common, and the caller's word.
        Ok(unsafe { Pair::Apart(self.read(), output.write()) })
    }
}

/// All in order of their addresses, so that neighbours are what may overlap.
pub(crate) fn disjoint<T>(arrays: &mut [&Array<T>]) -> Result<(), Failure> {
    arrays.sort_unstable_by_key(|array| array.addresses());
    // An empty one overlaps nothing, but could stand between two that overlap.
    let mut last: Option<&Array<T>> = None;
    for array in arrays.iter().filter(|array| array.length != 0) {
        if let Some(last) = last {
            last.apart(array)?;
        }
        last = Some(array);
    }
    Ok(())
}

fn aligned<T>(name: Name, pointer: *const T) -> Result<(), Failure> {
    if pointer.is_null() {
        Err(Failure::Null(name))
    } else if !pointer.is_aligned() {
        Err(Failure::Misaligned(name, align_of::<T>()))
    } else {
        Ok(())
    }
}

/// What a pointer points to.
///
/// # Safety
/// If it is not null it can be read.
pub(crate) unsafe fn load<T: Copy>(name: &'static str, pointer: *const T) -> Result<T, Failure> {
    aligned(name.into(), pointer)?;
    // SAFETY: it is aligned, and the caller's word.
    Ok(unsafe { pointer.read() })
}

/// Where a result goes.
///
/// # Safety
/// If it is not null it can be written, and nobody else reads or writes it.
pub(crate) unsafe fn place<'a, T>(name: &'static str, pointer: *mut T) -> Result<&'a mut T, Failure> {
    aligned(name.into(), pointer)?;
    // SAFETY: it is aligned, and the caller's word.
    Ok(unsafe { &mut *pointer })
}

/// A text of the caller's.
///
/// # Safety
/// If it is not null there is a NUL, up to which it can be read as long as the text is used.
pub(crate) unsafe fn text<'a>(name: &'static str, pointer: *const c_char) -> Result<&'a str, Failure> {
    aligned(name.into(), pointer)?;
    // SAFETY: it is not null, and the caller's word.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map_err(|_| Failure::Utf8(name.into()))
}
