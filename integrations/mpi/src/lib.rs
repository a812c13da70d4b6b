//! Softmax, log_softmax and cross-entropy over logits whose rows are spread over ranks, as in tensor-parallel models: each
//! rank holds some columns of all rows. What comes out has the bits of [`simdact::softmax`] and [`simdact::log_softmax`]
//! on one machine, whatever the number of ranks.
//!
//! Ranks tell each other the [`SoftmaxStats`](simdact::SoftmaxStats) of their parts, once in a call, for all rows
//! together:
//!
//! | call | bytes that each rank sends, beside [`AGREEMENT`] once | messages |
//! | --- | --- | --- |
//! | [`stats`], [`softmax`], [`log_softmax`] | 44 for each row | 2 |
//! | [`cross_entropy`] | 48 for each row | 2 |
//! | [`CrossEntropy::backward`], and all that [`Whole`] does | none | 0 |
//!
//! whatever the vocabulary. A message is an all-gather: what each sends, all receive.
//!
//! How bytes get there is an [`Exchange`]: `Mpi` (with the feature `mpi`, a default), or ten lines of your own
//! over whatever connects your machines. `--no-default-features` builds without MPI.
//!
//! ```
//! use simdact_mpi::{Alone, Exchange};
//! # fn main() -> Result<(), simdact_mpi::Error> {
//! // Of a vocabulary of 50257, this rank has its share of columns, here of two rows.
//! let exchange = Alone;
//! let columns = simdact_mpi::share(50257, exchange.rank(), exchange.size());
//! let logits: Vec<f32> = (0..2 * columns.len()).map(|i| (i % 100) as f32 / 10.0).collect();
//!
//! // Weights of its columns.
//! let mut weights = vec![0.0; logits.len()];
//! simdact_mpi::softmax(&exchange, &logits, 2, &mut weights)?;
//!
//! // The losses of both rows, known to all ranks, and the gradient by the logits of this one.
//! let (mut losses, mut gradient) = ([0.0; 2], vec![0.0; logits.len()]);
//! let loss = simdact_mpi::cross_entropy(&exchange, &logits, &[17, 50256], &mut losses)?;
//! loss.backward(&logits, &[0.5, 0.5], &mut gradient)?;
//! # Ok(()) }
//! ```
//!
//! # All or none
//! Each call begins with an agreement: 36 bytes from each rank, in a message of their own. Ranks that differ in
//! the call, the type of the logits, the rows or the targets, parts that are not cut at multiples of
//! [`CHUNK`](simdact::SoftmaxStats::CHUNK) columns, a slice that does not fit on one rank: all of them get the same
//! [`Error`], before anything is computed or written, and may go on together. A rank with an error of its own says so by
//! [`agree`] or [`fail`], and the others' next call, whichever it is, returns it. (What it says is sent in a third
//! message, which is only there then.)
//!
//! [`Backend::Portable`](simdact::Backend::Portable) has bits of its own, as always: ranks that use it beside ranks that do
//! not are as accurate, but do not have the bits of one machine.
//!
//! Large inputs are split over the threads of the current rayon pool, as in simdact.
#![forbid(unsafe_code)]

mod agreement;
mod cross_entropy;
mod error;
mod exchange;
mod gather;
mod logit;
#[cfg(feature = "mpi")]
mod mpi;
mod share;
mod whole;

pub use crate::agreement::{AGREEMENT, agree, fail};
pub use crate::cross_entropy::{CrossEntropy, cross_entropy};
pub use crate::error::Error;
pub use crate::exchange::{Alone, Exchange};
pub use crate::logit::Logit;
#[cfg(feature = "mpi")]
pub use crate::mpi::Mpi;
pub use crate::share::share;
pub use crate::whole::{Whole, log_softmax, softmax, stats};

/// The README's example, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
