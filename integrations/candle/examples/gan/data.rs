//! The images: read from a file, and split into those to learn from and those held out.

use std::fs::File;
use std::path::Path;

use candle_core::{Device, Result, Tensor};
use flate2::read::MultiGzDecoder;

use crate::random::{Random, Stream};

/// Pixels of a row, and of a column.
pub const SIDE: usize = 8;
pub const DIGITS: usize = 10;

/// The largest value of a pixel in the file.
const WHITE: f32 = 16.0;
/// One image of so many is held out.
const HOLD_OUT: usize = 5;

/// Images `[n, 1, 8, 8]` of pixels between −1, which is black, and 1; and what they show, `[n]`.
pub struct Images {
    pub pixels: Tensor,
    pub labels: Tensor,
}

/// The images to learn from, and those that show what the classifier has learnt.
pub struct Split {
    pub train: Images,
    pub held_out: Images,
}

impl Images {
    /// Reads gzipped lines of 64 pixels and a digit, separated by commas.
    pub fn read(path: &Path) -> anyhow::Result<Images> {
        use anyhow::Context;
        let at = || format!("cannot read {}", path.display());
        let file = MultiGzDecoder::new(File::open(path).with_context(at)?);
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for line in csv::ReaderBuilder::new().has_headers(false).from_reader(file).deserialize::<Vec<u8>>() {
            let line = line.with_context(at)?;
            match line.split_last() {
                Some((&label, image)) if image.len() == SIDE * SIDE && usize::from(label) < DIGITS => {
                    pixels.extend(image.iter().map(|&pixel| f32::from(pixel) / WHITE * 2.0 - 1.0));
                    labels.push(u32::from(label));
                }
                _ => anyhow::bail!("{}, line {}: not 64 pixels and a digit", path.display(), labels.len() + 1),
            }
        }
        let pixels = Tensor::from_vec(pixels, (labels.len(), 1, SIDE, SIDE), &Device::Cpu)?;
        Ok(Images { pixels, labels: Tensor::new(labels, &Device::Cpu)? })
    }

    pub fn len(&self) -> usize {
        self.labels.elem_count()
    }

    /// The images of these numbers, in this order.
    pub fn pick(&self, numbers: &[u32]) -> Result<Images> {
        let numbers = Tensor::new(numbers, &Device::Cpu)?;
        Ok(Images { pixels: self.pixels.index_select(&numbers, 0)?, labels: self.labels.index_select(&numbers, 0)? })
    }

    /// Holds out a fifth of the images, by lot.
    pub fn split(&self, seed: u64) -> Result<Split> {
        let order = Random::new(seed, Stream::HoldOut).order(self.len() as u32);
        let (held_out, train) = order.split_at(self.len() / HOLD_OUT);
        Ok(Split { train: self.pick(train)?, held_out: self.pick(held_out)? })
    }
}
