//! Which inputs are gone through, in which parts, and the hash of the results.

use std::ops::Range;

use rayon::prelude::*;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Inputs in one call of a kernel: they stay in the cache.
pub(crate) const BLOCK: usize = 1 << 12;
/// Samples of a part. Fixed, since the fingerprint is a hash of the parts' hashes.
const PART: u64 = 1 << 18;

/// Every `stride`th magnitude from 0 on, with both signs.
#[derive(Clone, Copy)]
pub(crate) struct Inputs {
    stride: u64,
}

impl Inputs {
    pub fn every(stride: u64) -> Inputs {
        Inputs { stride: stride.max(1) }
    }

    /// How many magnitudes.
    pub fn count(self) -> u64 {
        (1_u64 << 31).div_ceil(self.stride)
    }

    /// The float of a place among the magnitudes.
    pub fn magnitude(self, sample: u64) -> f32 {
        f32::from_bits((sample * self.stride) as u32)
    }

    pub fn parts(self) -> Vec<Range<u64>> {
        let count = self.count();
        (0..count.div_ceil(PART)).map(|part| part * PART..count.min((part + 1) * PART)).collect()
    }

    /// Calls `work` with the magnitudes of a part, block by block.
    pub fn blocks(self, part: Range<u64>, mut work: impl FnMut(&[f32])) {
        let mut magnitudes = [0.0; BLOCK];
        for start in part.clone().step_by(BLOCK) {
            let block = &mut magnitudes[..BLOCK.min((part.end - start) as usize)];
            for (sample, x) in (start..).zip(&mut *block) {
                *x = self.magnitude(sample);
            }
            work(block);
        }
    }

    /// Where sampling would miss what happens: the floats around zero, the smallest normal number, 1, and infinity, but
    /// for those that are sampled anyway.
    pub fn special(self) -> impl Iterator<Item = Vec<f32>> {
        let around = [0.0, f32::MIN_POSITIVE, 1.0, f32::INFINITY].map(f32::to_bits);
        let missed = move |bits: &u32| !u64::from(*bits).is_multiple_of(self.stride);
        let near = move |bits: u32| bits.saturating_sub(1000)..=bits + 1000;
        around.map(|bits| near(bits).filter(missed).map(f32::from_bits).collect()).into_iter()
    }
}

/// The hash of a part's results, of one sign.
#[derive(Default)]
pub(crate) struct Hash(Xxh3);

impl Hash {
    /// Takes the results, any NaN as any other.
    pub fn take(&mut self, y: &[f32]) {
        let mut bytes = [0; 4 * BLOCK];
        for (y, bytes) in y.iter().zip(bytes.chunks_exact_mut(4)) {
            let y = if y.is_nan() { f32::NAN } else { *y };
            bytes.copy_from_slice(&y.to_bits().to_le_bytes());
        }
        self.0.update(&bytes[..4 * y.len()]);
    }

    pub fn value(&self) -> u64 {
        self.0.digest()
    }
}

/// The hash of all results, from the parts' hashes: those of the positive inputs, then those of the negative ones.
pub(crate) fn combine(parts: &[[u64; 2]]) -> u64 {
    let hashes = (0..2).flat_map(|sign| parts.iter().map(move |hashes| hashes[sign]));
    xxh3_64(&hashes.flat_map(u64::to_le_bytes).collect::<Vec<u8>>())
}

/// The fingerprint of a function: a hash of its results, to the bit, for every `stride`th input. It does not depend on
/// the number of threads. XXH3 of 64 bits, first of each 2¹⁸ results, little-endian, of ascending magnitudes of one
/// sign, then of these hashes: those of positive inputs first. Any NaN counts as any other.
pub fn fingerprint<F: Fn(&[f32], &mut [f32]) + Sync>(stride: u64, progress: &(dyn Fn(u64) + Sync), kernel: F) -> u64 {
    let inputs = Inputs::every(stride);
    let hash = |part: Range<u64>| {
        let mut hashes = [Hash::default(), Hash::default()];
        let (mut negative, mut y) = ([0.0; BLOCK], [0.0; BLOCK]);
        inputs.blocks(part, |positive| {
            let n = positive.len();
            kernel(positive, &mut y[..n]);
            hashes[0].take(&y[..n]);
            negative.iter_mut().zip(positive).for_each(|(negative, x)| *negative = -x);
            kernel(&negative[..n], &mut y[..n]);
            hashes[1].take(&y[..n]);
            progress(2 * n as u64);
        });
        hashes.map(|hash| hash.value())
    };
    let parts: Vec<_> = inputs.parts().into_par_iter().map(hash).collect();
    combine(&parts)
}
