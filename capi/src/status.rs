//! What calls give back.

use std::any::Any;
use std::cell::RefCell;
use std::ffi::c_char;
use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use simdact::{Error, UnknownActivation, UnknownBackend};

/// What a call gives back: SIMDACT_STATUS_OK, or what was wrong, of which simdact_last_error() tells more. Nothing has
/// been written then, unless it is SIMDACT_STATUS_PANIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum CStatus {
    /// Done.
    Ok = 0,
    /// A pointer is NULL. An array may be where its length is 0, and `kernels` always.
    NullPointer = 1,
    /// A pointer is not aligned as its type asks: to 4 bytes for float.
    Misaligned = 2,
    /// An array would be larger than PTRDIFF_MAX bytes, or go beyond the last address.
    TooLong = 3,
    /// An array that is written overlaps another, and is not one that the function takes in place.
    Overlap = 4,
    /// Lengths that do not fit each other: an axis of no elements, an array that is no whole number of rows, an output
    /// of another length than the result, no slices for maxout, a buffer that is too small for a text.
    Shape = 5,
    /// An index that names no piece of a maxout.
    Index = 6,
    /// A number that is none of its enumeration.
    UnknownNumber = 7,
    /// A text that is no activation, or no backend.
    UnknownName = 8,
    /// A backend that this machine lacks.
    Unavailable = 9,
    /// There is no memory for a list of slices: only maxout of more than 16 slices asks for some.
    OutOfMemory = 10,
    /// The library is at fault, or could not start its threads, as where the process may have no more. Outputs may hold
    /// anything.
    Panic = 11,
}

/// Why a call failed.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0} is NULL")]
    Null(Name),
    #[error("{0} is not aligned to {1} bytes")]
    Misaligned(Name, usize),
    #[error("{0} of {1} elements does not fit into memory")]
    TooLong(Name, usize),
    #[error("{0} and {1} overlap")]
    Overlap(Name, Name),
    #[error("the text has {needed} bytes with its NUL where the buffer has {capacity}")]
    Buffer { needed: usize, capacity: usize },
    #[error("there is no {what} of number {number}")]
    Number { what: &'static str, number: u32 },
    #[error("{0} is no UTF-8")]
    Utf8(Name),
    #[error("there is no memory for a list of {0} slices")]
    Memory(usize),
    #[error(transparent)]
    Activation(#[from] UnknownActivation),
    #[error(transparent)]
    Backend(#[from] UnknownBackend),
    #[error(transparent)]
    Call(#[from] Error),
}

impl Failure {
    fn status(&self) -> CStatus {
        match self {
            Failure::Null(_) => CStatus::NullPointer,
            Failure::Misaligned(..) => CStatus::Misaligned,
            Failure::TooLong(..) => CStatus::TooLong,
            Failure::Overlap(..) => CStatus::Overlap,
            Failure::Number { .. } => CStatus::UnknownNumber,
            Failure::Utf8(_) | Failure::Activation(_) | Failure::Backend(_) => CStatus::UnknownName,
            Failure::Memory(_) => CStatus::OutOfMemory,
            Failure::Call(Error::IndexOutOfRange { .. }) => CStatus::Index,
            Failure::Call(Error::Unavailable { .. }) => CStatus::Unavailable,
            Failure::Buffer { .. } | Failure::Call(_) => CStatus::Shape,
        }
    }
}

/// What the header calls an argument, and which of an array of them it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Name(pub &'static str, pub Option<usize>);

impl From<&'static str> for Name {
    fn from(name: &'static str) -> Name {
        Name(name, None)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(at) => write!(f, "`{}[{at}]`", self.0),
            None => write!(f, "`{}`", self.0),
        }
    }
}

/// Does the work of a call, and lets no panic out. The library has none, but rayon panics where it cannot start its
/// threads.
pub(crate) fn guard(work: impl FnOnce() -> Result<(), Failure>) -> CStatus {
    // Unwind safety: nothing that the work changes is looked at again, but for the caller's arrays, of which the
    // documentation of the status says so.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => CStatus::Ok,
        Ok(Err(failure)) => {
            note(format_args!("{failure}"));
            failure.status()
        }
        Err(payload) => {
            note(format_args!("panicked: {}", message(&*payload)));
            // Whose destructor might panic as well.
            std::mem::forget(payload);
            CStatus::Panic
        }
    }
}

fn message(payload: &(dyn Any + Send)) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "without a message",
    }
}

/// As much of a text as there is room for, with a NUL behind it. It needs no memory, and no destructor, so that it is
/// there until the very end of a thread.
struct Text {
    bytes: [u8; 1024],
    length: usize,
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut length = text.len().min(self.bytes.len() - 1 - self.length);
        while !text.is_char_boundary(length) {
            length -= 1;
        }
        let end = self.length + length;
        self.bytes[self.length..end].copy_from_slice(&text.as_bytes()[..length]);
        (self.bytes[end], self.length) = (0, end);
        if length == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

thread_local! {
    static LAST: RefCell<Text> = const { RefCell::new(Text { bytes: [0; 1024], length: 0 }) };
}

fn note(text: fmt::Arguments<'_>) {
    LAST.with_borrow_mut(|last| {
        last.length = 0;
        // An error says that the text is longer.
        let _ = last.write_fmt(text);
    });
}

pub(crate) fn last_error() -> *const c_char {
    LAST.with(|last| last.as_ptr().cast_const().cast())
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    fn last() -> String {
        // SAFETY: there is always a NUL.
        unsafe { CStr::from_ptr(last_error()) }.to_str().expect("it is UTF-8").to_owned()
    }

    #[test]
    fn a_panic_is_a_status() {
        assert_eq!(last(), "");
        assert_eq!(guard(|| panic!("oh")), CStatus::Panic);
        assert_eq!(last(), "panicked: oh");
        assert_eq!(guard(|| panic!("{} {}", 1, 2)), CStatus::Panic);
        assert_eq!(last(), "panicked: 1 2");
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        assert_eq!(guard(|| std::panic::panic_any(Bomb)), CStatus::Panic);
        assert_eq!(last(), "panicked: without a message");
        assert_eq!(guard(|| Ok(())), CStatus::Ok);
        assert_eq!(last(), "panicked: without a message", "success leaves the text alone");
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_between_characters() {
        guard(|| panic!("{}", "ä".repeat(1000)));
        let text = last();
        // An `ä` has two bytes, and an odd number of them is left.
        assert_eq!(text.len(), 1022);
        assert_eq!(text, format!("panicked: {}", "ä".repeat(506)));
    }

    #[test]
    fn each_thread_has_its_own() {
        guard(|| Err(Failure::Null("x".into())));
        std::thread::spawn(|| assert_eq!(last(), "")).join().expect("it is empty");
        assert_eq!(last(), "`x` is NULL");
    }
}
