//! One command that shows everything: what the functions look like, how exact and how fast they are on this machine, and
//! whether their bits are those of all others, as one page.
#![deny(unsafe_code)]

mod chart;
mod curves;
mod errors;
mod fingerprints;
mod growth;
mod machine;
mod page;
mod processor;
mod profile;
mod progress;
mod race;
mod rivals;
mod speed;
mod threads;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use crate::machine::Machine;
use crate::page::page;
use crate::progress::{Effort, Progress};
use crate::rivals::Rivals;

/// Measures every function of simdact on this machine in a minute or two, and writes what it finds as one page.
///
/// Fails where a promise is broken: a bound of an error, or the bits.
#[derive(Parser)]
#[command(name = "report", max_term_width = 100)]
struct Options {
    /// The page [default: report/index.html in the target directory]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Seconds for each measurement of time, of which there are about a hundred and fifty
    #[arg(long, value_name = "S", default_value_t = 0.6, value_parser = seconds)]
    seconds: f64,
    /// Small samples and small arrays, in a few seconds: does it run?
    #[arg(long, conflicts_with = "seconds")]
    quick: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=60.0).contains(&seconds) => Ok(seconds),
        Ok(_) => Err("not within 0 and 60".into()),
        Err(_) => Err("not a number".into()),
    }
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let effort = Effort { seconds: if options.quick { 0.005 } else { options.seconds }, quick: options.quick };
    let machine = Machine::detect();
    let progress = Progress::new(
        errors::seconds(effort)
            + speed::seconds(effort)
            + growth::seconds(effort, &machine)
            + threads::seconds(effort, &machine)
            + fingerprints::seconds(),
    );
    // Times first, as long as the processor is cool.
    let speed = speed::measure(effort, &progress)?;
    let growth = growth::measure(effort, &machine, &progress);
    let scaling = threads::measure(effort, &machine, &progress)?;
    let errors = errors::measure(effort, &progress)?;
    let prints = fingerprints::measure(&progress)?;
    progress.finish();

    let results = rivals::read(&root().join("peers/results"))?;
    let rivals = Rivals::of(results, &machine.processor).map(|rivals| rivals.section()).transpose()?;
    let sections = [Some(machine.section()), Some(curves::section()?), Some(errors.section()?), Some(speed.section()?)]
        .into_iter()
        .chain([rivals, Some(growth.section()?), Some(scaling.section()?), Some(prints.section())]);
    let sections: Vec<_> = sections.flatten().collect();
    let findings = [Some(errors.finding()), Some(prints.finding()), speed.finding(), scaling.finding()];
    let findings: Vec<_> = findings.into_iter().flatten().collect();

    let out = options.out.unwrap_or_else(default_out);
    if let Some(folder) = out.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let text = page(&machine, &findings, &sections).into_string();
    fs::write(&out, text).with_context(|| format!("cannot write {}", out.display()))?;
    for finding in &findings {
        println!("{} {}", finding.figure, finding.meaning);
    }
    println!("{}", out.display());
    Ok(if errors.good() && prints.good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn default_out() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("report").join("index.html")
}
