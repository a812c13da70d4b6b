//! What the fuzz targets check: a type of cases for each, which `arbitrary` makes from the input's bytes. They know
//! nothing of libFuzzer, so that `cargo test` can replay the corpus: tests/corpus.rs includes this file.
//!
//! Each check runs every backend that the machine has, out of place, in place, into uninitialised memory and in two
//! parts, at offsets from alignment that the input chooses. It wants
//!
//! - the same bits of all backends (any NaN equals any NaN), except of `Portable` where it has bits of its own;
//! - of `Scalar` and `Portable`, a result within the stated bound of the oracle, or for exact functions the very result
//!   of a plain loop;
//! - an error exactly where the documentation says so, with the right numbers, and then nothing written;
//! - nothing written beside the output, and never a panic.
//!
//! Every file is a case: what it lacks is read as zeros. `fuzz/run` runs all targets.

mod backward;
mod elementwise;
/// The tests' table of functions along an axis.
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/common/functions.rs"]
mod functions;
mod judge;
mod masked;
mod maxout;
mod memory;
mod names;
mod refusal;
mod routes;
mod rows;
mod shapes;
mod sizes;
mod softmax;
mod staged;
mod sums;
mod table;
mod values;

pub use backward::{ElementwiseBackwardCase, SoftmaxBackwardCase};
pub use elementwise::ElementwiseCase;
pub use masked::MaskedCase;
pub use maxout::MaxoutCase;
pub use names::NamesCase;
pub use routes::MaxoutBackwardCase;
pub use shapes::ShapesCase;
pub use softmax::SoftmaxCase;
pub use staged::StagedCase;
pub use sums::SumsCase;
