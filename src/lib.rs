//! Activation functions of neural networks as SIMD kernels: less than one unit in the last place from the true value,
//! and the same bits on every machine.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

mod activation;
mod axis;
mod backend;
mod error;
mod kernels;
#[allow(unsafe_code)]
mod lanes;
mod parallel;
mod rows;
#[allow(unsafe_code)]
mod slices;

pub use activation::{
    Activation, Saves, leaky_relu, leaky_relu_in_place, relu, relu_in_place, sigmoid, sigmoid_in_place, tanh,
    tanh_in_place,
};
pub use axis::Axis;
pub use backend::{Backend, UnknownBackend};
pub use error::Error;
pub use kernels::Kernels;
pub use rows::*;
