//! Measures simdact's functions for all inputs, and checks that their bits are those committed.
#![deny(unsafe_code)]

mod cli;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use accuracy::{COARSE, FUNCTIONS, ROWS, Upstream, check};
use clap::{Args, Parser, Subcommand, ValueEnum};
use simdact::Backend;

use cli::{compare, markdown, measure};

/// How far simdact's functions are from the true values: for all inputs there are, unless a stride is given.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Options {
    #[command(flatten)]
    measure: Measure,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Measure {
    /// The functions to measure; all, if none is named
    functions: Vec<String>,
    /// Only this part
    #[arg(long, value_enum)]
    part: Vec<Part>,
    /// Only this tier: fast, faithful or exact
    #[arg(long)]
    tier: Option<String>,
    /// Gradients for this dy only
    #[arg(long, value_enum)]
    dy: Option<Upstream>,
    /// Only every so manieth float
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    stride: u64,
    /// On this backend: scalar, portable, avx2, avx512, neon; else on the best one, and on portable where it differs
    #[arg(long)]
    backend: Option<Backend>,
    /// Writes all figures there, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Writes the figures to ACCURACY.md, and keeps those that were not measured
    #[arg(long)]
    write: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The element-wise functions
    Functions,
    /// Their gradients
    Gradients,
    /// Softmax, its relatives and their gradients
    Rows,
}

#[derive(Subcommand)]
enum Command {
    /// Checks that the bits of all backends are those committed
    Fingerprints {
        /// The functions; all, if none is named
        functions: Vec<String>,
        /// Only a sample of the inputs, which takes a second
        #[arg(long)]
        coarse: bool,
        /// Writes them to the file, if all backends agree, and keeps those of other functions
        #[arg(long)]
        write: bool,
    },
    /// Compares the oracles' evaluation in f64 with MPFR
    Oracles {
        /// Random bit patterns for each
        #[arg(long, default_value_t = 1_000_000)]
        samples: u64,
    },
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    let good = match options.command {
        Some(Command::Fingerprints { functions, coarse, write }) => {
            known(&functions)?;
            compare::run(&functions, if coarse { COARSE } else { 1 }, write)?
        }
        Some(Command::Oracles { samples }) => oracles(samples)?,
        None => figures(&options.measure)?,
    };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn figures(options: &Measure) -> Result<bool, Box<dyn Error>> {
    let Measure { functions, part, tier, dy, stride, backend, json, write } = options;
    known(functions)?;
    if *write && backend.is_some_and(|backend| backend != Backend::best() && backend != Backend::Portable) {
        return Err("ACCURACY.md holds figures of the best backend, and of portable".into());
    }
    let wanted = |which: Part| part.is_empty() || part.contains(&which);
    let plan = measure::Plan {
        functions,
        tier: tier.as_deref(),
        dy: *dy,
        stride: *stride,
        backend: *backend,
        forward: wanted(Part::Functions),
        gradients: wanted(Part::Gradients),
        rows: wanted(Part::Rows),
    };
    let figures = plan.run()?;
    if let Some(path) = json {
        std::fs::write(path, figures.to_json().to_string())?;
    }
    if *write {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ACCURACY.md");
        let before = std::fs::read_to_string(path).unwrap_or_default();
        let (text, lacks) = markdown::write(&figures, &before);
        std::fs::write(path, text)?;
        if !lacks.is_empty() {
            let some = lacks.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("; ");
            return Err(format!("ACCURACY.md lacks {} rows, never measured, among them {some}", lacks.len()).into());
        }
    }
    Ok(figures.kept())
}

fn oracles(samples: u64) -> Result<bool, Box<dyn Error>> {
    let functions = FUNCTIONS.iter().map(|function| (function.name.to_owned(), check(&&function.oracle, samples)));
    let gradients = FUNCTIONS.iter().map(|function| {
        let name = format!("gradient of {}", function.name);
        (name, check(&(&function.gradient, Upstream::Any), samples))
    });
    let mut good = true;
    for (name, evaluation) in functions.chain(gradients) {
        let evaluation = evaluation.ok_or("there is nothing to compare with: built without the feature mpfr")?;
        let power = if evaluation.ulps > 0.0 { format!("2^{:.2}", evaluation.ulps.log2()) } else { "0".into() };
        println!("{name:22} {power:>8} ULP(f32) off at most, {:.3} of what is stated", evaluation.share);
        good &= evaluation.share <= 1.0;
    }
    Ok(good)
}

/// Fails for names that no function has.
fn known(functions: &[String]) -> Result<(), Box<dyn Error>> {
    for name in functions.iter().filter(|name| ROWS.iter().all(|function| function.name() != *name)) {
        accuracy::function(name)?;
    }
    Ok(())
}
