//! What the fuzz targets check, one function for each family of kernels. Plain functions of the input's bytes, without
//! libFuzzer, so that `cargo test` can replay the corpus: tests/corpus.rs includes this file.
//!
//! Each check runs every backend that the machine has, out of place, in place and into uninitialised memory, at
//! offsets from alignment that the input chooses. It wants
//!
//! - the same bits of all backends (any NaN equals any NaN) except `Portable`;
//! - of `Scalar` and `Portable`, a result within the stated bound of a plain formula in `f64`, or for exact functions
//!   the very result of a plain loop;
//! - an error exactly where the documentation says so, with the right numbers, and then nothing written;
//! - nothing written beside the output, and never a panic.
//!
//! [`Input`](input::Input) tells how the bytes are read. On a stable toolchain, a target runs by
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run softmax`.

mod backward;
mod elementwise;
mod input;
mod judge;
mod maxout;
mod memory;
mod refusal;
mod routes;
mod rows;
mod softmax;

pub use backward::backward;
pub use elementwise::elementwise;
pub use maxout::maxout;
pub use softmax::softmax;
