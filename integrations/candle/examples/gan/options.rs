//! The command line.

use std::env;
use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum, value_parser};

use crate::engine::Engine;
use crate::train::Recipe;

/// Trains a generative adversarial network on handwritten digits, and lets a classifier judge what it draws.
#[derive(Parser)]
#[command(name = "gan", max_term_width = 100)]
pub struct Options {
    /// Whose activation functions
    #[arg(long, value_name = "WHOSE", value_enum, default_value_t = With::Simdact)]
    with: With,

    /// Times that each image is looked at
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u16).range(1..=10_000))]
    epochs: u16,

    /// Images for each step
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = value_parser!(u16).range(2..=1024))]
    batch: u16,

    /// Length of a step
    #[arg(long, value_name = "X", default_value_t = 0.001, value_parser = rate, allow_negative_numbers = true)]
    learning_rate: f64,

    /// Numbers that an image is made of
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = value_parser!(u16).range(1..=1024))]
    noise: u16,

    /// Channels of the generator's last hidden layer, and of the discriminator's first; the others have twice as many
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = value_parser!(u16).range(1..=256))]
    width: u16,

    /// Epochs from one picture to the next
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u16).range(1..))]
    every: u16,

    /// Seed of all that is random: which images are held out, the first weights, the order of the images, the noise
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true)]
    seed: u64,

    /// Images, as .csv.gz: 64 pixels 0–16 and the digit a line [default: those in simdact's repository]
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,

    /// Folder for the pictures [default: gan in the target directory]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum With {
    Simdact,
    Candle,
    /// One after the other
    Both,
}

impl Options {
    pub fn engines(&self) -> &'static [Engine] {
        match self.with {
            With::Simdact => &[Engine::Simdact],
            With::Candle => &[Engine::Candle],
            With::Both => &[Engine::Simdact, Engine::Candle],
        }
    }

    pub fn recipe(&self) -> Recipe {
        Recipe {
            epochs: self.epochs.into(),
            batch: self.batch.into(),
            rate: self.learning_rate,
            noise: self.noise.into(),
            width: self.width.into(),
            seed: self.seed,
        }
    }

    pub fn every(&self) -> usize {
        self.every.into()
    }

    pub fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| repository().join("data").join("digits.csv.gz"))
    }

    pub fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| match env::var_os("CARGO_TARGET_DIR") {
            Some(target) => Path::new(&target).join("gan"),
            None => repository().join("target").join("gan"),
        })
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("..")
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if f64::is_finite(rate) && rate > 0.0 => Ok(rate),
        Ok(_) => Err("not a finite number above 0".into()),
        Err(_) => Err("not a number".into()),
    }
}
