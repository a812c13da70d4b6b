//! The command line.

use std::env;
use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum, value_parser};
use simdact::Activation;

use crate::data::{DIGITS, PIXELS};
use crate::hidden::Hidden;
use crate::net::Shape;
use crate::train::Recipe;

/// Trains a multi-layer perceptron on handwritten digits, once for each activation function of its hidden layers, and
/// shows how well each learns, and why gradients vanish.
#[derive(Parser)]
#[command(name = "digits", max_term_width = 100)]
pub struct Options {
    /// Activation functions to train, separated by commas
    #[arg(long, value_name = "NAMES", value_enum, value_delimiter = ',', default_values_t = Name::value_variants().to_vec())]
    activation: Vec<Name>,

    /// Linear functions of a Maxout unit
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = value_parser!(u16).range(2..=4))]
    pieces: u16,

    /// Hidden layers (those of the deep net are always 8)
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = value_parser!(u16).range(1..=32))]
    layers: u16,

    /// Units of a hidden layer
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = value_parser!(u16).range(1..=1024))]
    width: u16,

    /// Times that each image is looked at
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = value_parser!(u16).range(1..=10_000))]
    epochs: u16,

    /// Images for each step
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = value_parser!(u16).range(1..))]
    batch: u16,

    /// Length of a step
    #[arg(long, value_name = "X", default_value_t = 0.003, value_parser = rate, allow_negative_numbers = true)]
    learning_rate: f32,

    /// Seed of all that is random: which images are held out, the first weights, the order of the images
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true)]
    seed: u64,

    /// Images, as .csv or .csv.gz: 64 pixels 0–16 and the digit a line [default: those that come with the crate]
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,

    /// Folder for the pictures [default: digits in the target directory]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    Sigmoid,
    Tanh,
    Relu,
    LeakyRelu,
    Maxout,
}

impl Options {
    /// The activation functions asked for.
    pub fn hidden(&self) -> impl Iterator<Item = Hidden> {
        self.activation.iter().map(|name| match name {
            Name::Sigmoid => Hidden::Elementwise(Activation::Sigmoid),
            Name::Tanh => Hidden::Elementwise(Activation::Tanh),
            Name::Relu => Hidden::Elementwise(Activation::Relu),
            Name::LeakyRelu => Hidden::Elementwise(Activation::LeakyRelu { slope: 0.01 }),
            Name::Maxout => Hidden::Maxout { pieces: self.pieces.into() },
        })
    }

    pub fn shape(&self) -> Shape {
        Shape { inputs: PIXELS, layers: self.layers.into(), width: self.width.into(), outputs: DIGITS }
    }

    pub fn recipe(&self) -> Recipe {
        Recipe { epochs: self.epochs.into(), batch: self.batch.into(), rate: self.learning_rate, seed: self.seed }
    }

    pub fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| crate_root().join("data").join("digits.csv.gz"))
    }

    pub fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| match env::var_os("CARGO_TARGET_DIR") {
            Some(target) => Path::new(&target).join("digits"),
            None => crate_root().join("target").join("digits"),
        })
    }
}

fn crate_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rate(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(rate) if f32::is_finite(rate) && rate > 0.0 => Ok(rate),
        Ok(_) => Err("not a finite number above 0".into()),
        Err(_) => Err("not a number".into()),
    }
}
