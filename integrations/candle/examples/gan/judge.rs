//! A classifier that has only seen real digits says what the generated images show.

use candle_core::{Result, Tensor};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};

use crate::data::{DIGITS, Images, Split};
use crate::engine::{Activations, Engine};
use crate::nets::{Classifier, Weights};
use crate::random::{Random, Stream};

/// How sure it must be.
pub const CONFIDENT: f32 = 0.8;

pub struct Judge {
    classifier: Classifier,
    activations: Activations,
    /// The share of held-out real digits that it recognises.
    pub accuracy: f64,
}

/// What it says of images.
pub struct Verdict {
    /// The digit of each image, and how sure the judge is.
    pub digits: Vec<(usize, f32)>,
}

impl Judge {
    /// Learns from the training images.
    pub fn train(images: &Split, seed: u64) -> Result<Judge> {
        const EPOCHS: usize = 40;
        const BATCH: usize = 32;
        let activations = Activations::new(Engine::Simdact);
        let mut random = Random::new(seed, Stream::Classifier);
        let mut weights = Weights::new(&mut random);
        let classifier = Classifier::new(activations.clone(), &mut weights)?;
        let mut adam = AdamW::new(weights.all, ParamsAdamW { lr: 0.002, weight_decay: 0.01, ..Default::default() })?;
        let mut judge = Judge { classifier, activations, accuracy: f64::NAN };
        for _ in 0..EPOCHS {
            for batch in random.order(images.train.len() as u32).chunks(BATCH) {
                let Images { pixels, labels } = images.train.pick(batch)?;
                let loss = candle_nn::loss::nll(&judge.log_probabilities(&pixels)?, &labels)?;
                adam.backward_step(&loss)?;
            }
        }
        let truth = images.held_out.labels.to_vec1::<u32>()?;
        let found = judge.judge(&images.held_out.pixels)?.digits;
        let right = found.iter().zip(&truth).filter(|((digit, _), truth)| *digit == **truth as usize).count();
        judge.accuracy = right as f64 / truth.len() as f64;
        Ok(judge)
    }

    pub fn judge(&self, images: &Tensor) -> Result<Verdict> {
        let probabilities = self.activations.softmax(&self.classifier.forward(images)?)?.to_vec2::<f32>()?;
        let best = |row: Vec<f32>| {
            let larger = |best: (usize, f32), next: (usize, f32)| if next.1 > best.1 { next } else { best };
            row.into_iter().enumerate().fold((0, f32::NEG_INFINITY), larger)
        };
        Ok(Verdict { digits: probabilities.into_iter().map(best).collect() })
    }

    fn log_probabilities(&self, images: &Tensor) -> Result<Tensor> {
        self.activations.log_softmax(&self.classifier.forward(images)?)
    }
}

impl Verdict {
    /// The share of images of which the judge is sure.
    pub fn confident(&self) -> f64 {
        self.sure().count() as f64 / self.digits.len() as f64
    }

    /// How many images it takes for each digit, and is sure.
    pub fn counts(&self) -> [usize; DIGITS] {
        let mut counts = [0; DIGITS];
        self.sure().for_each(|digit| counts[digit] += 1);
        counts
    }

    fn sure(&self) -> impl Iterator<Item = usize> {
        self.digits.iter().filter(|(_, confidence)| *confidence > CONFIDENT).map(|(digit, _)| *digit)
    }
}
