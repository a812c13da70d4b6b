//! Activation functions of neural networks as SIMD kernels for `f32`: less than one unit in the last place from the true
//! value, and the same bits on every machine.
//!
//! ```
//! use simdact::{Activation, Axis};
//! # fn main() -> Result<(), simdact::Error> {
//! let x = [-2.0, 0.0, 1.0, 3.0];
//! let (mut y, mut dx) = ([0.0; 4], [0.0; 4]);
//!
//! simdact::tanh(&x, &mut y)?;
//! simdact::softmax_in_place(&mut y, Axis::rows(2))?; // two rows of two
//!
//! // Chosen at run time; the gradient needs the output only.
//! let activation = Activation::LeakyRelu { slope: 0.1 };
//! activation.apply(&x, &mut y)?;
//! activation.backward(&y, &[1.0; 4], &mut dx)?;
//! assert_eq!(y, [-0.2, 0.0, 1.0, 3.0]);
//! assert_eq!(dx, [0.1, 0.1, 1.0, 1.0]);
//! # Ok(()) }
//! ```
//!
//! - The functions of the crate run on the best instructions of the machine, and on the threads of the current rayon
//!   pool where that pays. [`Kernels`] has the same verbs for a backend chosen by name, and without threads.
//! - Element-wise functions are [`Activation`]s: chosen at run time, forward and backward. [`softmax`] and its relatives,
//!   [`log_softmax`], [`logsumexp`], [`softmin`], [`softmax1`] and [`masked_softmax`], and [`maxout_axis`] run along an
//!   [`Axis`]; [`maxout`] takes slices. [`SoftmaxStats`] are those of rows that come in parts.
//! - [`Activation::fused`] takes bias, residual and a factor along in the same pass; [`swiglu`] and others gate;
//!   [`Activation::apply_rows`] works on part of a matrix's columns.
//! - [`registers`] has the element-wise functions on vector registers, for loops of your own.
//! - Every function comes out of place, in place, and into uninitialised memory (`…_uninit`). Slices need no alignment.
//! - Shapes that do not fit are an [`Error`] that names the numbers, and nothing has been written then. Empty input is
//!   fine. Nothing panics, and no kernel allocates.
//! - Every [`Backend`] gives the same bits, for any length, alignment and number of threads; any NaN counts as any
//!   other. The one exception is [`Backend::Portable`].
//! - All of this in the default floating-point environment. Where the host flushes subnormals (FTZ and DAZ), they count
//!   as zeros, and a result may lose 2⁻¹²⁵, as may a derivative before it is multiplied by the upstream gradient, and
//!   the gradients of softmax and log_softmax at each step of their sums. Other rounding modes are not supported. Threads
//!   of a pool have an environment of their own.
//!
//! The [`guide`] tells how to choose and combine, and how to add an activation or an instruction set.
//!
//! Features: `rayon` (default) for threads; `std`, which it implies, for the environment variable `SIMDACT_BACKEND`;
//! `serde` for [`Activation`] as text; `half` for [`Element`]s of 16 bits; `ndarray` for
//! the module `arrays`. Without the first two the crate is `no_std`.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

#[cfg(feature = "ndarray")]
extern crate alloc;

mod accuracy;
mod activation;
#[cfg(feature = "ndarray")]
pub mod arrays;
mod axis;
mod backend;
mod element;
mod error;
pub mod guide;
mod kernels;
#[allow(unsafe_code)]
mod lanes;
mod parallel;
pub mod registers;
mod rows;
#[allow(unsafe_code)]
mod slices;

pub use accuracy::Accuracy;
pub use activation::*;
pub use axis::{Axis, Rows};
pub use backend::{Backend, UnknownBackend};
pub use element::Element;
pub use error::Error;
pub use kernels::Kernels;
pub use rows::*;

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
