//! Whose activations the nets use.

use std::fmt;

use candle_core::{Result, Tensor};
use clap::ValueEnum;
use simdact_candle::{Activation, apply_in_place};

use crate::stopwatch::Stopwatch;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    Simdact,
    Candle,
}

/// Activations, and where they are timed.
#[derive(Clone)]
pub struct Activations {
    pub engine: Engine,
    pub stopwatch: Stopwatch,
}

impl Activations {
    pub fn new(engine: Engine) -> Activations {
        Activations { engine, stopwatch: Stopwatch::default() }
    }

    /// The function of each element, as a node of the graph.
    pub fn apply(&self, activation: Activation, x: &Tensor) -> Result<Tensor> {
        self.stopwatch.time(x, |x| match self.engine {
            Engine::Simdact => simdact_candle::apply(activation, x),
            Engine::Candle => candle(activation, x),
        })
    }

    /// The same where no graph is needed, and `x` is nobody else's: simdact overwrites it. Candle has nothing that does.
    pub fn overwrite(&self, activation: Activation, x: Tensor) -> Result<Tensor> {
        match self.engine {
            Engine::Simdact => apply_in_place(activation, &x).map(|()| x),
            Engine::Candle => candle(activation, &x),
        }
    }

    pub fn log_softmax(&self, x: &Tensor) -> Result<Tensor> {
        match self.engine {
            Engine::Simdact => simdact_candle::log_softmax(x, 1),
            Engine::Candle => candle_nn::ops::log_softmax(x, 1),
        }
    }

    pub fn softmax(&self, x: &Tensor) -> Result<Tensor> {
        match self.engine {
            Engine::Simdact => simdact_candle::softmax(x, 1),
            Engine::Candle => candle_nn::ops::softmax(x, 1),
        }
    }
}

/// Candle's own, as it recommends.
fn candle(activation: Activation, x: &Tensor) -> Result<Tensor> {
    match activation {
        Activation::Relu => x.relu(),
        Activation::LeakyRelu { slope } => candle_nn::ops::leaky_relu(x, slope.into()),
        Activation::Tanh => x.tanh(),
        Activation::Sigmoid => candle_nn::ops::sigmoid(x),
        // There is none; log(sigmoid(x)) would be −∞ where the discriminator is sure.
        Activation::LogSigmoid => x.neg()?.relu()?.neg()? - (x.abs()?.neg()?.exp()? + 1.0)?.log()?,
        other => candle_core::bail!("candle has no {other}"),
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Engine::Simdact => "simdact",
            Engine::Candle => "candle",
        })
    }
}
