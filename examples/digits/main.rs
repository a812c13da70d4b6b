//! The multi-layer perceptron, its activation functions and vanishing gradients, on real handwriting.
//!
//! `cargo run --release --example digits` trains one net for each activation function, asks a question that is
//! answered by yes or no, and looks at how gradients fade in a deep net.
//!
//! The same seed gives the same numbers on every machine with fused multiply-add, with any number of threads: the
//! activations, there and back, are those of `simdact`; the matrix products are sums in one order (`matrix.rs`); and
//! nothing that is learnt from goes through a function that is rounded differently elsewhere.

#![deny(unsafe_code)]

mod adam;
mod data;
mod error;
mod gradients;
mod hidden;
mod matrix;
mod net;
mod options;
mod output;
mod pictures;
mod plot;
mod random;
mod report;
mod train;

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use simdact::Activation;

use crate::data::Images;
use crate::error::Error;
use crate::hidden::Hidden;
use crate::net::{Net, Shape};
use crate::options::Options;
use crate::output::Output;
use crate::train::{Recipe, train};

/// Epochs of the deep nets, at most: enough to see which of them learn.
const DEEP_EPOCHS: usize = 10;

const RELU: Hidden = Hidden::Elementwise(Activation::Relu);

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has had enough of it.
        Err(Error::Print(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("digits: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Error> {
    let (shape, recipe) = (options.shape(), options.recipe());
    let images = Images::read(&options.data())?.split(recipe.seed);
    let folder = options.out();
    fs::create_dir_all(&folder).map_err(|error| Error::Write { path: folder.clone(), error })?;
    let activations: Vec<Hidden> = options.hidden().collect();
    let deep = Recipe { epochs: recipe.epochs.min(DEEP_EPOCHS), ..recipe };
    let progress = progress((activations.len() + 1) * recipe.epochs + gradients::COMPARED.len() * deep.epochs);

    // Which digit is it?
    let learn = |hidden| {
        let mut net = Net::new(hidden, Output::Softmax, shape, recipe.seed);
        Ok((hidden, train(&mut net, &images, recipe, &progress)?))
    };
    let runs = activations.into_iter().map(learn).collect::<Result<Vec<_>, Error>>()?;

    // Is it a zero?
    let zeros = images.relabel(|digit| usize::from(digit == 0));
    let mut net = Net::new(RELU, Output::Sigmoid, Shape { outputs: 1, ..shape }, recipe.seed);
    let zero = train(&mut net, &zeros, recipe, &progress)?;

    // Why do gradients vanish?
    let measure = |hidden| gradients::measure(hidden, shape, &images, deep, &progress);
    let depths = gradients::COMPARED.into_iter().map(measure).collect::<Result<Vec<_>, Error>>()?;

    progress.finish_and_clear();
    let mut out = io::stdout().lock();
    report::digits(&mut out, &images, shape, &runs)?;
    report::zero(&mut out, RELU, &zeros, &zero)?;
    report::gradients(&mut out, &depths, deep.epochs)?;
    report::pictures(&mut out, &pictures::draw_all(&folder, &runs, &depths, deep.epochs)?)?;
    Ok(out.flush()?)
}

/// A bar on standard error, with the time left.
fn progress(epochs: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:12} {wide_bar} {pos}/{len} epochs, {eta} left");
    ProgressBar::new(epochs as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
