//! Training: one step for the discriminator, one for the generator.

use std::time::{Duration, Instant};

use candle_core::{Result, Tensor, Var};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use cpu_time::ProcessTime;
use indicatif::ProgressBar;
use simdact_candle::Activation;

use crate::data::Images;
use crate::engine::{Activations, Engine};
use crate::nets::{Discriminator, Generator, Graph, Weights};
use crate::random::{Random, Stream};

/// How to train.
#[derive(Clone, Copy)]
pub struct Recipe {
    pub epochs: usize,
    pub batch: usize,
    pub rate: f64,
    pub noise: usize,
    pub width: usize,
    pub seed: u64,
}

/// What real images count as, instead of 1: so the discriminator never grows too sure (T. Salimans and others,
/// *Improved Techniques for Training GANs*, 2016).
const REAL: f64 = 0.9;

/// Means over an epoch.
#[derive(Clone, Copy, Default)]
pub struct Losses {
    pub discriminator: f64,
    pub generator: f64,
    /// The probability that the discriminator gives real images, and generated ones.
    pub real: f64,
    pub generated: f64,
}

pub struct Gan {
    pub generator: Generator,
    discriminator: Discriminator,
    activations: Activations,
    steps: [AdamW; 2],
    noise: Random,
    recipe: Recipe,
}

/// A training run.
pub struct Run {
    pub engine: Engine,
    pub gan: Gan,
    pub losses: Vec<Losses>,
    pub time: Duration,
    /// Of all processors together.
    pub processor_time: Duration,
    /// The share of a step's processor time that goes into activations.
    pub share: f64,
}

impl Gan {
    fn new(engine: Engine, recipe: Recipe) -> Result<Gan> {
        let activations = Activations::new(engine);
        let mut random = Random::new(recipe.seed, Stream::Weights);
        let mut weights = Weights::new(&mut random);
        let generator = Generator::new(recipe.noise, recipe.width, activations.clone(), &mut weights)?;
        let of_generator = std::mem::take(&mut weights.all);
        let discriminator = Discriminator::new(recipe.width, activations.clone(), &mut weights)?;
        let adam = |weights: Vec<Var>| {
            AdamW::new(weights, ParamsAdamW { lr: recipe.rate, beta1: 0.5, weight_decay: 0.0, ..Default::default() })
        };
        let steps = [adam(weights.all)?, adam(of_generator)?];
        let noise = Random::new(recipe.seed, Stream::Noise);
        Ok(Gan { generator, discriminator, activations, steps, noise, recipe })
    }

    /// The mean cross-entropy, where images are real with this probability.
    fn loss(&self, scores: &Tensor, real: f64) -> Result<Tensor> {
        // log σ(x) and log(1 − σ(x)) = log σ(−x), in one: neither is ever −∞.
        let yes = self.activations.apply(Activation::LogSigmoid, scores)?.mean_all()?;
        let no = self.activations.apply(Activation::LogSigmoid, &scores.neg()?)?.mean_all()?;
        (yes * -real)? - (no * (1.0 - real))?
    }

    fn step(&mut self, real: &Tensor) -> Result<Losses> {
        let noise = self.noise.normal(1.0, (real.dim(0)?, self.recipe.noise, 1, 1))?;
        let images = self.generator.forward(&noise, Graph::Kept)?;

        let of_real = self.discriminator.forward(real)?;
        let of_images = self.discriminator.forward(&images.detach())?;
        let discriminator = (self.loss(&of_real, REAL)? + self.loss(&of_images, 0.0)?)?;
        self.steps[0].backward_step(&discriminator)?;

        let generator = self.loss(&self.discriminator.forward(&images)?, 1.0)?;
        self.steps[1].backward_step(&generator)?;

        let probability = |scores: &Tensor| {
            let sigmoid = self.activations.overwrite(Activation::Sigmoid, scores.detach().copy()?)?;
            sigmoid.mean_all()?.to_scalar::<f32>().map(f64::from)
        };
        Ok(Losses {
            discriminator: discriminator.to_scalar::<f32>()?.into(),
            generator: generator.to_scalar::<f32>()?.into(),
            real: probability(&of_real)?,
            generated: probability(&of_images)?,
        })
    }

    /// Images `[n, 1, 8, 8]` of noise that is always the same.
    pub fn samples(&self, n: usize) -> Result<Tensor> {
        let noise = Random::new(self.recipe.seed, Stream::Samples).normal(1.0, (n, self.recipe.noise, 1, 1))?;
        self.generator.forward(&noise, Graph::None)
    }
}

/// Trains both nets; `each` sees them after each epoch, and `progress` moves by one.
pub fn train(
    engine: Engine,
    recipe: Recipe,
    images: &Images,
    progress: &ProgressBar,
    mut each: impl FnMut(&Gan, usize) -> anyhow::Result<()>,
) -> anyhow::Result<Run> {
    let mut gan = Gan::new(engine, recipe)?;
    let mut random = Random::new(recipe.seed, Stream::Batches);
    let mut losses = Vec::with_capacity(recipe.epochs);
    let (mut time, mut processor_time) = (Duration::ZERO, Duration::ZERO);
    for epoch in 1..=recipe.epochs {
        let (start, processor_start) = (Instant::now(), ProcessTime::now());
        let order = random.order(images.len() as u32);
        let (mut sum, mut steps) = (Losses::default(), 0.0);
        for batch in order.chunks_exact(recipe.batch) {
            let step = gan.step(&images.pick(batch)?.pixels)?;
            sum.discriminator += step.discriminator;
            sum.generator += step.generator;
            sum.real += step.real;
            sum.generated += step.generated;
            steps += 1.0;
        }
        let mean = Losses {
            discriminator: sum.discriminator / steps,
            generator: sum.generator / steps,
            real: sum.real / steps,
            generated: sum.generated / steps,
        };
        if !(mean.discriminator.is_finite() && mean.generator.is_finite()) {
            anyhow::bail!("a loss is not a number after epoch {epoch}: try a smaller --learning-rate");
        }
        time += start.elapsed();
        processor_time += processor_start.elapsed();
        losses.push(mean);
        each(&gan, epoch)?;
        progress.set_message(format!("{engine}, losses {:.2} and {:.2}", mean.discriminator, mean.generator));
        progress.inc(1);
    }
    let share = share(engine, recipe, &images.pixels.narrow(0, 0, recipe.batch)?)?;
    Ok(Run { engine, gan, losses, time, processor_time, share })
}

/// The share of a step's time that goes into activations, of nets that have learnt nothing: the least of some steps each.
fn share(engine: Engine, recipe: Recipe, real: &Tensor) -> Result<f64> {
    const STEPS: usize = 12;
    let mut gan = Gan::new(engine, recipe)?;
    let (mut step, mut within) = (Duration::MAX, Duration::MAX);
    let stopwatch = gan.activations.stopwatch.clone();
    for _ in 0..STEPS {
        let start = ProcessTime::now();
        gan.step(real)?;
        step = step.min(start.elapsed());
        within = within.min(stopwatch.measure(|| gan.step(real).map(drop))?);
    }
    Ok(within.as_secs_f64() / step.as_secs_f64())
}
