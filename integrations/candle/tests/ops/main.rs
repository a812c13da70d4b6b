//! The ops against candle's own.

mod activations;
mod axes;
mod common;
mod operands;
