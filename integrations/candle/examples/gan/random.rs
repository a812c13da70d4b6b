//! Random numbers of a fixed seed: candle's own, on the CPU, cannot be given one.

use candle_core::{Device, Result, Shape, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal, Uniform};

/// What the numbers are for: each purpose has its own sequence, so that one does not shift the others.
#[derive(Clone, Copy)]
pub enum Stream {
    HoldOut,
    Classifier,
    Weights,
    Batches,
    Noise,
    /// The noise behind the pictures, and behind the images that are judged.
    Samples,
}

pub struct Random(ChaCha8Rng);

impl Random {
    pub fn new(seed: u64, stream: Stream) -> Random {
        let mut numbers = ChaCha8Rng::seed_from_u64(seed);
        numbers.set_stream(stream as u64);
        Random(numbers)
    }

    /// Normally distributed, with mean 0 and this standard deviation.
    pub fn normal(&mut self, deviation: f32, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        let number = |_| deviation * Distribution::<f32>::sample(&StandardNormal, &mut self.0);
        let numbers: Vec<f32> = (0..shape.elem_count()).map(number).collect();
        Tensor::from_vec(numbers, shape, &Device::Cpu)
    }

    /// Uniform between −1 and 1.
    pub fn uniform(&mut self, shape: impl Into<Shape>) -> Result<Tensor> {
        let (shape, range) = (shape.into(), Uniform::new(-1f32, 1.0).map_err(candle_core::Error::wrap)?);
        let numbers: Vec<f32> = range.sample_iter(&mut self.0).take(shape.elem_count()).collect();
        Tensor::from_vec(numbers, shape, &Device::Cpu)
    }

    /// 0 to n − 1, shuffled.
    pub fn order(&mut self, n: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n).collect();
        for last in (1..order.len()).rev() {
            if let Ok(range) = Uniform::new_inclusive(0, last) {
                order.swap(last, range.sample(&mut self.0));
            }
        }
        order
    }
}
