//! The nets: the generator, the discriminator, and the classifier that judges what comes out.

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::{BatchNorm, Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig, Linear, Module, ModuleT};
use simdact_candle::Activation;

use crate::data::{DIGITS, SIDE};
use crate::engine::Activations;
use crate::random::Random;

const LEAKY_RELU: Activation = Activation::LeakyRelu { slope: 0.2 };

/// What is learnt, and where the first values of it come from.
pub struct Weights<'a> {
    random: &'a mut Random,
    pub all: Vec<Var>,
}

impl<'a> Weights<'a> {
    pub fn new(random: &'a mut Random) -> Weights<'a> {
        Weights { random, all: Vec::new() }
    }

    fn learnt(&mut self, first: &Tensor) -> Result<Tensor> {
        let weights = Var::from_tensor(first)?;
        self.all.push(weights.clone());
        Ok(weights.as_tensor().clone())
    }

    /// As DCGAN begins: A. Radford, L. Metz, S. Chintala, 2015; but for a deviation that fits layers of other widths.
    fn kernel(&mut self, deviation: f32, dims: [usize; 4]) -> Result<Tensor> {
        let first = self.random.normal(deviation, dims.to_vec())?;
        self.learnt(&first)
    }

    fn constant(&mut self, value: f32, len: usize) -> Result<Tensor> {
        self.learnt(&Tensor::full(value, len, &Device::Cpu)?)
    }

    fn conv(&mut self, from: usize, to: usize, size: usize, config: Conv2dConfig) -> Result<Conv2d> {
        let deviation = (2.0 / (from * size * size) as f32).sqrt();
        let kernel = self.kernel(deviation, [to, from, size, size])?;
        Ok(Conv2d::new(kernel, Some(self.constant(0.0, to)?), config))
    }

    /// Without a bias: the normalisation that follows has one.
    fn up(&mut self, from: usize, to: usize, size: usize, stride: usize, padding: usize) -> Result<ConvTranspose2d> {
        let deviation = (2.0 * (stride * stride) as f32 / (from * size * size) as f32).sqrt();
        let kernel = self.kernel(deviation, [from, to, size, size])?;
        Ok(ConvTranspose2d::new(kernel, None, ConvTranspose2dConfig { stride, padding, ..Default::default() }))
    }

    fn norm(&mut self, channels: usize) -> Result<BatchNorm> {
        let (mean, variance) = (
            Tensor::zeros(channels, candle_core::DType::F32, &Device::Cpu)?,
            Tensor::full(1f32, channels, &Device::Cpu)?,
        );
        BatchNorm::new(channels, mean, variance, self.constant(1.0, channels)?, self.constant(0.0, channels)?, 1e-5)
    }

    fn linear(&mut self, from: usize, to: usize) -> Result<Linear> {
        let first = self.random.normal((2.0 / from as f32).sqrt(), (to, from))?;
        Ok(Linear::new(self.learnt(&first)?, Some(self.constant(0.0, to)?)))
    }
}

/// Whether gradients will be asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Graph {
    Kept,
    /// Activations work in place then.
    None,
}

/// From noise to images: 1 × 1, 4 × 4, 8 × 8.
pub struct Generator {
    first: (ConvTranspose2d, BatchNorm),
    second: (ConvTranspose2d, BatchNorm),
    last: ConvTranspose2d,
    activations: Activations,
}

impl Generator {
    pub fn new(noise: usize, width: usize, activations: Activations, weights: &mut Weights<'_>) -> Result<Generator> {
        Ok(Generator {
            first: (weights.up(noise, 2 * width, 4, 1, 0)?, weights.norm(2 * width)?),
            second: (weights.up(2 * width, width, 4, 2, 1)?, weights.norm(width)?),
            last: weights.up(width, 1, 3, 1, 1)?,
            activations,
        })
    }

    /// `[n, noise, 1, 1]` to `[n, 1, 8, 8]`.
    pub fn forward(&self, noise: &Tensor, graph: Graph) -> Result<Tensor> {
        let mut x = noise.clone();
        for (up, norm) in [&self.first, &self.second] {
            // What is nobody else's, once normalised, may be overwritten.
            x = self.activate(Activation::Relu, norm.forward_t(&up.forward(&x)?, true)?, graph)?;
        }
        self.activate(Activation::Tanh, self.last.forward(&x)?, graph)
    }

    fn activate(&self, activation: Activation, x: Tensor, graph: Graph) -> Result<Tensor> {
        match graph {
            Graph::Kept => self.activations.apply(activation, &x),
            Graph::None => self.activations.overwrite(activation, x),
        }
    }
}

/// From images to one number: 8 × 8, 4 × 4, 2 × 2, 1 × 1. Its sigmoid is the probability that the image is real.
pub struct Discriminator {
    first: Conv2d,
    second: (Conv2d, BatchNorm),
    last: Conv2d,
    activations: Activations,
}

impl Discriminator {
    pub fn new(width: usize, activations: Activations, weights: &mut Weights<'_>) -> Result<Discriminator> {
        let half = Conv2dConfig { stride: 2, padding: 1, ..Default::default() };
        Ok(Discriminator {
            first: weights.conv(1, width, 4, half)?,
            second: (weights.conv(width, 2 * width, 4, half)?, weights.norm(2 * width)?),
            last: weights.conv(2 * width, 1, 2, Conv2dConfig::default())?,
            activations,
        })
    }

    /// `[n, 1, 8, 8]` to `[n]`.
    pub fn forward(&self, images: &Tensor) -> Result<Tensor> {
        let x = self.activations.apply(LEAKY_RELU, &self.first.forward(images)?)?;
        let (conv, norm) = &self.second;
        let x = self.activations.apply(LEAKY_RELU, &norm.forward_t(&conv.forward(&x)?, true)?)?;
        self.last.forward(&x)?.flatten_all()
    }
}

/// From images to digits: 64 – 128 – 10.
pub struct Classifier {
    hidden: Linear,
    last: Linear,
    activations: Activations,
}

impl Classifier {
    pub fn new(activations: Activations, weights: &mut Weights<'_>) -> Result<Classifier> {
        const HIDDEN: usize = 128;
        let (hidden, last) = (weights.linear(SIDE * SIDE, HIDDEN)?, weights.linear(HIDDEN, DIGITS)?);
        Ok(Classifier { hidden, last, activations })
    }

    /// `[n, 1, 8, 8]` to `[n, 10]`, whose softmax are probabilities.
    pub fn forward(&self, images: &Tensor) -> Result<Tensor> {
        let x = self.activations.apply(Activation::Relu, &self.hidden.forward(&images.flatten_from(1)?)?)?;
        self.last.forward(&x)
    }
}
