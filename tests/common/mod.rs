//! What the integration tests share: the tables of functions, one way to call them all, inputs, guarded arrays, and
//! comparisons that tell what differed.
#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

pub mod call;
pub mod child;
pub mod compare;
pub mod data;
pub mod functions;
pub mod guarded;
pub mod number;

pub use call::{Form, Function, Operands, Output, Pieces, Place, Shape};
pub use compare::{Subject, assert_agree, assert_bits, same};
pub use data::{Data, Random, Sample};
pub use functions::{ALONG, Along, UNIT};
pub use guarded::Guarded;
pub use number::Number;

use simdact::{Backend, Kernels};

/// The kernels of a backend that the machine has.
pub fn kernels(backend: Backend) -> Kernels {
    Kernels::on(backend).expect("it is available")
}

/// The reference, on one thread.
pub fn scalar() -> Kernels {
    kernels(Backend::Scalar).serial()
}

/// By how much the heavy tests shrink the number of their cases: `SIMDACT_TEST_SCALE`, for emulators, and more
/// without optimisation.
pub fn scale() -> usize {
    let wish = std::env::var("SIMDACT_TEST_SCALE").map(|wish| wish.parse().expect("SIMDACT_TEST_SCALE is a number"));
    let slow = if cfg!(debug_assertions) { 16 } else { 1 };
    slow * wish.unwrap_or(1).max(1)
}

/// Every how manieth function suffices where all go the same way, as heavy tests of emulators ask.
pub fn some() -> usize {
    if scale() == 1 { 1 } else { 5 }
}

/// A proptest configuration of so many cases, scaled.
pub fn cases(count: u32) -> proptest::test_runner::Config {
    let cases = (count / scale() as u32).max(8);
    // The message of a failed test holds the whole case, so that no file needs to.
    proptest::test_runner::Config { cases, failure_persistence: None, ..Default::default() }
}
