//! Draws what the programs measured: curves, errors against times, and the ratios of the race as a table.

mod curves;
mod draw;
mod errors;
mod labels;
mod looks;
mod scatter;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use clap::Parser;
use simdact_peers::report::{Line, Record, Report};

/// Draws a picture of each function, ns per element as work grows, and one of errors against times; and writes a table of
/// ratios.
#[derive(Parser)]
struct Arguments {
    /// What the programs wrote with --json, on one machine: with --curve for pictures of functions, without for errors and
    /// the table. Times are those of the first file of either kind; what others add is drawn by its ratio to simdact
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Only error-against-time.svg
    #[arg(long)]
    errors: bool,
    /// Where pictures and table go [default: docs/plots]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/plots");
    let out = arguments.out.unwrap_or_else(default);

    let reports: Vec<Report> = arguments.files.iter().map(|path| Report::read(path)).collect::<Result<_>>()?;
    let versions = agreed_versions(&reports)?;
    let (curves, races): (Vec<&Report>, Vec<&Report>) = reports.iter().partition(|report| report.curve);
    fs::create_dir_all(&out)?;
    match errors::picture(&races)? {
        Some(picture) => scatter::draw(&picture, &out.join("error-against-time.svg"))?,
        None if arguments.errors => bail!("these files lack functions or their errors"),
        None => eprintln!("error-against-time.svg is not drawn: these files lack functions or their errors"),
    }
    if arguments.errors {
        return Ok(());
    }
    for picture in curves::pictures(&curves)? {
        draw::draw(&picture, &out)?;
    }
    if !races.is_empty() {
        fs::write(out.join("ratios.md"), table::table(&races, &versions))?;
    }
    Ok(())
}

/// The versions of everything, if all reports are of one machine and of the same libraries.
fn agreed_versions(reports: &[Report]) -> Result<BTreeMap<&str, &str>> {
    let mut versions = BTreeMap::new();
    for report in reports {
        let (one, other) = (&reports[0].processor, &report.processor);
        ensure!(one == other, "these are of two machines: {one}, {other}");
        for (name, version) in &report.versions {
            let known = *versions.entry(name.as_str()).or_insert(version.as_str());
            ensure!(known == version, "these are of two versions of {name}: {known}, {version}");
        }
    }
    Ok(versions)
}

/// What a function is called where its shape tells more than its name.
fn title(record: &Record) -> String {
    let [_, len, inner] = record.shape;
    match record.function.as_str() {
        "maxout" if inner == 1 => format!("maxout of groups of {len}"),
        "maxout" => format!("maxout of {len} planes"),
        "maxout_slices" => format!("maxout of {len} slices"),
        function => match function.strip_suffix("_backward") {
            Some(forward) => format!("gradient of {forward}"),
            None => function.to_string(),
        },
    }
}

/// What a candidate is called, who computes in place being told from the others.
fn label(line: &Line) -> String {
    if line.is_in_place() { format!("{}, in place", line.name) } else { line.name.clone() }
}

/// Whether that is simdact as it is not used: in place, which but one rival is, or slow for the sake of comparison.
fn is_aside(line: &Line) -> bool {
    let slow = ["scalar", "portable"].iter().any(|backend| line.name.contains(backend));
    line.is_ours() && (line.is_in_place() || slow)
}

/// A number in units of 2¹⁰ or 2²⁰, where it is large.
fn binary(n: usize) -> String {
    match n.trailing_zeros() {
        20.. if n > 0 => format!("{} Mi", n >> 20),
        10.. if n > 0 => format!("{} Ki", n >> 10),
        _ => n.to_string(),
    }
}
