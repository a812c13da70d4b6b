//! Training, and what came of it.

use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use crate::adam::Adam;
use crate::data::{Images, Split};
use crate::error::Error;
use crate::matrix::Matrix;
use crate::net::Net;
use crate::random::{Random, Stream};

/// How to train.
#[derive(Clone, Copy)]
pub struct Recipe {
    pub epochs: usize,
    pub batch: usize,
    pub rate: f32,
    pub seed: u64,
}

/// One pass over the images.
#[derive(Clone, Copy)]
pub struct Epoch {
    /// The mean cross-entropy of the training images, each as the net was when it saw it.
    pub loss: f64,
    /// The share of the held-out images that the net gets right.
    pub accuracy: f64,
}

/// What the net says of images.
pub struct Verdict {
    pub decisions: Vec<usize>,
    /// The mean cross-entropy.
    pub loss: f64,
    /// The share of the hidden units' outputs that are 0.
    pub zeros: f64,
}

/// A training run.
pub struct Run {
    pub epochs: Vec<Epoch>,
    /// After the last epoch, of the held-out images.
    pub verdict: Verdict,
    pub time: Duration,
}

/// Trains the net; `progress` moves by one each epoch.
pub fn train(net: &mut Net, images: &Split, recipe: Recipe, progress: &ProgressBar) -> Result<Run, Error> {
    let start = Instant::now();
    let Split { train, held_out } = images;
    let mut adam = Adam::new(net, recipe.rate);
    let mut random = Random::new(recipe.seed, Stream::Batches);
    let mut order: Vec<usize> = (0..train.labels.len()).collect();
    let mut epochs = Vec::with_capacity(recipe.epochs);
    progress.set_message(net.hidden.to_string());
    loop {
        random.shuffle(&mut order);
        let mut loss = 0.0;
        for batch in order.chunks(recipe.batch) {
            let Images { pixels, labels } = train.pick(batch);
            let trace = net.forward(&pixels)?;
            loss += total_loss(net, &trace.probabilities, &labels);
            let gradients = net.backward(&pixels, &labels, trace)?;
            adam.step(net, &gradients);
        }
        let loss = loss / train.labels.len() as f64;
        let verdict = judge(net, held_out)?;
        epochs.push(Epoch { loss, accuracy: verdict.accuracy(&held_out.labels) });
        progress.inc(1);
        if !(loss.is_finite() && verdict.loss.is_finite()) {
            return Err(Error::Diverged { net: net.hidden.to_string(), epoch: epochs.len() });
        }
        if epochs.len() >= recipe.epochs {
            return Ok(Run { epochs, verdict, time: start.elapsed() });
        }
    }
}

fn total_loss(net: &Net, probabilities: &Matrix, labels: &[usize]) -> f64 {
    probabilities.iter_rows().zip(labels).map(|(row, &label)| net.output.loss(row, label)).sum()
}

fn judge(net: &Net, images: &Images) -> Result<Verdict, Error> {
    let trace = net.forward(&images.pixels)?;
    let (mut zeros, mut all) = (0, 0);
    for saved in &trace.hidden {
        let outputs = saved.output.elements();
        zeros += outputs.iter().filter(|&&output| output == 0.0).count();
        all += outputs.len();
    }
    let decisions = trace.probabilities.iter_rows().map(|row| net.output.decide(row)).collect();
    let loss = total_loss(net, &trace.probabilities, &images.labels) / images.labels.len() as f64;
    Ok(Verdict { decisions, loss, zeros: zeros as f64 / all as f64 })
}

impl Verdict {
    /// The share of images that the net gets right.
    pub fn accuracy(&self, labels: &[usize]) -> f64 {
        let right = self.decisions.iter().zip(labels).filter(|(decision, label)| decision == label).count();
        right as f64 / labels.len() as f64
    }
}
