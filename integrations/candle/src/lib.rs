//! [simdact]'s activation functions, softmax and its relatives, and maxout as ops on candle's CPU tensors, with gradients.
//!
//! ```
//! use candle_core::{D, Device, Module, Tensor, Var};
//! use simdact_candle::{Activate, Activation};
//! # fn main() -> candle_core::Result<()> {
//! let x = Var::new(&[[-2f32, 0.5], [1.0, 3.0]], &Device::Cpu)?;
//! let y = simdact_candle::apply(Activation::Gelu, &x)?; // any of simdact's functions
//! let p = simdact_candle::softmax(&y, D::Minus1)?; // along any axis
//! let grads = p.get(0)?.get(0)?.backward()?;
//! assert_eq!(grads.get(&x).unwrap().dims(), [2, 2]);
//!
//! // As a layer, by any of its names.
//! let layer = Activate("leaky_relu(0.2)".parse().unwrap());
//! let y = layer.forward(&Tensor::new(&[-1f32, 2.0], &Device::Cpu)?)?;
//! assert_eq!(y.to_vec1::<f32>()?, [-0.2, 2.0]);
//! # Ok(()) }
//! ```
//!
//! - Elements are `f32`, `f16` or `bf16`; the latter two are computed in `f32` and rounded once. Any other type is an
//!   error, as is a tensor that is not on the CPU.
//! - Tensors that are contiguous, and rows with gaps between them, such as [`narrow`](Tensor::narrow) gives out of the
//!   last axis, are read where they are. Others, such as transposed ones, are first copied into order.
//! - The values are those of simdact: the same bits on every machine, and faithful where candle's own functions are not.
//! - Gradients come from simdact's backward kernels. They have no gradients themselves.
//! - What works in place (`…_in_place`) is no part of candle's graph: no gradient passes through it.
#![deny(unsafe_code)]

mod activate;
mod axis;
#[allow(unsafe_code)]
mod filled;
mod logsumexp;
mod masked;
mod maxout;
mod prelu;
mod softmax;
mod storage;
mod unary;

pub use activate::{Activate, apply, apply_in_place};
pub use logsumexp::logsumexp;
pub use masked::{Mask, masked_softmax};
pub use maxout::maxout;
pub use prelu::prelu;
pub use simdact::Activation;
pub use softmax::{
    log_softmax, log_softmax_in_place, softmax, softmax_in_place, softmax1, softmax1_in_place, softmin,
    softmin_in_place,
};

#[cfg(doc)]
use candle_core::Tensor;

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
