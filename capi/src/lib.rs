//! simdact for C: `include/simdact.h` is made of this file's functions and their documentation, which is why that
//! speaks C, and ASCII.
//!
//! - `status.rs`: what calls give back, and what a panic turns into.
//! - `memory.rs`: how pointers become slices.
//! - `kernels.rs`, `activation.rs`, `prelu.rs`, `softmax.rs`, `maxout.rs`: the functions, which only translate.

// What is asked of callers is the same for all functions, and stands at the beginning of the header.
#![allow(clippy::missing_safety_doc)]

mod activation;
mod kernels;
mod maxout;
mod memory;
mod prelu;
mod softmax;
mod status;

use std::ffi::{CStr, c_char};

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

/// The version of the library, such as "0.1.0".
#[unsafe(no_mangle)]
pub extern "C" fn simdact_version() -> *const c_char {
    VERSION.as_ptr()
}

/// Why the last call on this thread failed that did; empty where none has.
///
/// The text is UTF-8, tells the numbers that do not fit, and is valid until the next call that fails on this thread, or
/// until the thread ends.
#[unsafe(no_mangle)]
pub extern "C" fn simdact_last_error() -> *const c_char {
    status::last_error()
}
