//! Random numbers that are the same everywhere: ChaCha, and nothing but exact arithmetic after it.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What the numbers are for: each purpose has its own sequence, so that one does not shift the others.
#[derive(Clone, Copy)]
pub enum Stream {
    HoldOut,
    Weights,
    Batches,
}

pub struct Random(ChaCha8Rng);

impl Random {
    pub fn new(seed: u64, stream: Stream) -> Random {
        let mut numbers = ChaCha8Rng::seed_from_u64(seed);
        numbers.set_stream(stream as u64);
        Random(numbers)
    }

    /// Uniform in [−1, 1): a multiple of 2⁻²³, so that nothing is rounded.
    pub fn signed(&mut self) -> f32 {
        const STEP: f32 = 1.0 / (1 << 23) as f32;
        (self.0.next_u32() >> 8) as f32 * STEP - 1.0
    }

    /// Uniform in 0..n, but for a bias of n·2⁻³².
    fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.0.next_u32()) * n as u64) >> 32) as usize
    }

    /// Fisher and Yates.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
