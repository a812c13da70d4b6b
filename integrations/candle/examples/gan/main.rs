//! A generative adversarial network that learns to write digits, in candle, with simdact's activations.
//!
//! `cargo run --release -p simdact-candle --example gan` trains a small DCGAN (A. Radford, L. Metz, S. Chintala,
//! *Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks*, 2015) on 8 × 8 images.
//! The generator is transposed convolutions, batch normalisation and ReLU, and a tanh at the end; the discriminator
//! convolutions and LeakyReLU, and a sigmoid at the end. A classifier that has only seen real digits judges the result.

mod data;
mod engine;
mod judge;
mod nets;
mod options;
mod pictures;
mod random;
mod stopwatch;
mod train;

use std::fs;
use std::io::{self, Write};

use anyhow::{Context, Result};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use crate::data::{DIGITS, Images, SIDE};
use crate::judge::{CONFIDENT, Judge, Verdict};
use crate::options::Options;
use crate::random::{Random, Stream};
use crate::train::{Run, train};

/// Images that are judged.
const JUDGED: usize = 1000;
/// Images of a picture, and of a row of it.
const SHOWN: usize = 100;
const COLUMNS: usize = 10;

fn main() -> Result<()> {
    let options = Options::parse();
    let recipe = options.recipe();
    let images = Images::read(&options.data())?.split(recipe.seed)?;
    if images.held_out.len() == 0 || images.train.len() < recipe.batch {
        anyhow::bail!("{} images to learn from are too few for batches of {}", images.train.len(), recipe.batch);
    }
    let folder = options.out();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let judge = Judge::train(&images, recipe.seed)?;

    let mut runs = Vec::new();
    let progress = progress(options.engines().len() * recipe.epochs);
    for &engine in options.engines() {
        let run = train(engine, recipe, &images.train, &progress, |gan, epoch| {
            if epoch % options.every() == 0 || epoch == recipe.epochs {
                pictures::grid(&gan.samples(SHOWN)?, COLUMNS, &folder.join(format!("{engine}-{epoch:03}.png")))?;
            }
            Ok(())
        })?;
        runs.push(run);
    }
    progress.finish_and_clear();
    pictures::losses(&runs, &folder.join("losses.svg"))?;

    let mut out = io::stdout().lock();
    let noise = Random::new(recipe.seed, Stream::Samples).uniform((JUDGED, 1, SIDE, SIDE))?;
    let verdicts = [("held-out digits", judge.judge(&images.held_out.pixels)?), ("noise", judge.judge(&noise)?)];
    writeln!(
        out,
        "The judge has learnt from {} digits, and recognises {:.1} % of {} others.",
        images.train.len(),
        100.0 * judge.accuracy,
        images.held_out.len()
    )?;
    writeln!(out)?;
    writeln!(out, "  {:<18}{:>10}   as 0, 1, 2, … 9", "of", "confident")?;
    for (name, verdict) in &verdicts {
        say(&mut out, name, verdict)?;
    }
    for run in &runs {
        say(&mut out, &format!("GAN, {}", run.engine), &judge.judge(&run.gan.samples(JUDGED)?)?)?;
    }
    writeln!(out, "  confident: the share that the judge gives a digit with a probability above {CONFIDENT}")?;
    writeln!(out)?;
    writeln!(
        out,
        "  {:<12}{:>9}{:>12}{:>12}{:>15}{:>11}{:>9}{:>9}",
        "activations", "seconds", "processor", "share", "discriminator", "generator", "D(real)", "D(G(z))"
    )?;
    for run in &runs {
        tell(&mut out, run)?;
    }
    writeln!(
        out,
        "  processor: seconds of all together; share: of them in activations, there and back; the rest: means of the last epoch"
    )?;
    writeln!(out)?;
    writeln!(out, "Pictures: {}", folder.display())?;
    Ok(())
}

fn say(out: &mut impl Write, name: &str, verdict: &Verdict) -> io::Result<()> {
    let counts: Vec<String> = verdict.counts().iter().map(usize::to_string).collect();
    let digits = verdict.counts().iter().filter(|&&count| count > 0).count();
    let share = 100.0 * verdict.confident();
    writeln!(out, "  {name:<18}{share:>8.1} %   {} ({digits} of {DIGITS} digits)", counts.join(", "))
}

fn tell(out: &mut impl Write, run: &Run) -> io::Result<()> {
    let Some(last) = run.losses.last() else { return Ok(()) };
    let (seconds, processor, share) = (run.time.as_secs_f64(), run.processor_time.as_secs_f64(), 100.0 * run.share);
    writeln!(
        out,
        "  {:<12}{seconds:>9.1}{processor:>12.1}{share:>10.1} %{:>15.3}{:>11.3}{:>9.3}{:>9.3}",
        run.engine, last.discriminator, last.generator, last.real, last.generated
    )
}

/// A bar on standard error, with the time left.
fn progress(epochs: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:36} {wide_bar} {pos}/{len} epochs, {eta} left");
    ProgressBar::new(epochs as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
