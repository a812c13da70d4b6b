//! What was measured, as a table to read and as JSON to draw from.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::cases::Case;
use crate::race::{Candidate, Manner, Measured};

/// One run of one program. The programs in C and Python write the same.
#[derive(Deserialize)]
pub struct Report {
    pub program: String,
    pub date: String,
    pub processor: String,
    /// Of simdact, its rivals, and compilers.
    pub versions: BTreeMap<String, String>,
    /// Whether the cases are those of curves.
    pub curve: bool,
    /// What the build may use without asking: it matters to `wide` and to plain loops, which Rust alone has.
    #[serde(default)]
    pub build: String,
    pub cases: Vec<Record>,
}

/// A case. Times are in nanoseconds per element of the input.
#[derive(Serialize, Deserialize)]
pub struct Record {
    pub function: String,
    /// Outer, len, inner.
    pub shape: [usize; 3],
    pub rounds: usize,
    pub candidates: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
pub struct Line {
    pub name: String,
    pub how: String,
    pub min: f64,
    pub median: f64,
    /// The minimum as a multiple of simdact's on the first backend: in place where the candidate computes in place.
    pub ratio: f64,
    /// The same for the fast tier.
    pub ratio_fast: Option<f64>,
    /// The largest error in ULP of the true value, where there is one. Older files have none.
    pub ulps: Option<f64>,
}

impl Line {
    pub fn is_ours(&self) -> bool {
        self.name.starts_with("simdact ")
    }

    pub fn is_in_place(&self) -> bool {
        self.how.starts_with("in place")
    }
}

impl Record {
    /// Puts together what was measured of a case; `standard` and `fast` are what simdact is called.
    pub fn new(case: &Case, rounds: usize, race: &[(&Candidate<'_>, Measured)], standard: &str, fast: &str) -> Record {
        let find = |name: &str, in_place: bool| {
            let same =
                |candidate: &Candidate<'_>| candidate.name == name && (candidate.manner == Manner::InPlace) == in_place;
            race.iter().find(|(candidate, _)| same(candidate)).map(|(_, measured)| measured.min)
        };
        let lines = race.iter().map(|(candidate, Measured { min, median, ulps })| {
            let in_place = candidate.manner == Manner::InPlace;
            Line {
                name: candidate.name.clone(),
                how: candidate.how.clone(),
                min: rounded(*min),
                median: rounded(*median),
                ratio: rounded(min / find(standard, in_place).unwrap_or(f64::NAN)),
                ratio_fast: find(fast, in_place).map(|ours| rounded(min / ours)),
                ulps: ulps.map(rounded),
            }
        });
        Record {
            function: case.function.name(),
            shape: [case.outer, case.len, case.inner],
            rounds,
            candidates: lines.collect(),
        }
    }

    /// The line of simdact that a candidate is compared with: on the best backend, which comes first, or on AVX2 if the
    /// candidate is told to use that; in place if the candidate computes in place.
    pub fn ours(&self, candidate: &Line) -> Option<&Line> {
        let mut ours = self.candidates.iter().filter(|line| line.is_ours());
        let told = !candidate.is_ours() && candidate.name.ends_with(" avx2");
        let avx2 = ours.clone().find(|line| told && line.name == "simdact avx2");
        avx2.or_else(|| ours.find(|line| line.is_in_place() == candidate.is_in_place()))
    }

    /// Prints the table of a case.
    pub fn print(&self, case: &Case) {
        println!("\n{case}, {} rounds", self.rounds);
        let [name, min, median, ours, fast, ulps] = ["ns per element", "min", "median", "x ours", "x fast", "ULP"];
        println!("  {name:<24}{min:>10}{median:>10}{ours:>9}{fast:>9}{ulps:>10}  how");
        let cell = |value: &Option<f64>| value.map_or_else(String::new, |value| format!("{value:.2}"));
        for Line { name, how, min, median, ratio, ratio_fast, ulps } in &self.candidates {
            let (fast, ulps) = (cell(ratio_fast), cell(ulps));
            println!("  {name:<24}{min:>10.4}{median:>10.4}{ratio:>9.2}{fast:>9}{ulps:>10}  {how}");
        }
    }
}

/// More digits than the clock can tell would only fill files.
fn rounded(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

impl Report {
    /// A report without cases yet.
    pub fn new(curve: bool) -> Report {
        let build = [
            ("avx512f", cfg!(target_feature = "avx512f")),
            ("avx2", cfg!(target_feature = "avx2")),
            ("fma", cfg!(target_feature = "fma")),
            ("neon", cfg!(target_feature = "neon")),
        ];
        let features: Vec<&str> = build.into_iter().filter_map(|(name, has)| has.then_some(name)).collect();
        Report {
            program: "rust".to_string(),
            date: time::OffsetDateTime::now_utc().date().to_string(),
            processor: processor(),
            versions: versions(),
            curve,
            build: if features.is_empty() { "baseline".into() } else { features.join(" ") },
            cases: Vec::new(),
        }
    }

    /// Writes it, a case a line.
    pub fn write(&self, path: &Path) -> Result<()> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut out = BufWriter::new(file);
        let Report { program, date, processor, versions, curve, build, cases } = self;
        let head = serde_json::json!({
            "program": program,
            "date": date,
            "processor": processor,
            "versions": versions,
            "curve": curve,
            "build": build,
        });
        let head = serde_json::to_string(&head)?;
        writeln!(out, "{},\"cases\":[", head.strip_suffix('}').unwrap_or(&head))?;
        for (i, case) in cases.iter().enumerate() {
            let comma = if i + 1 < cases.len() { "," } else { "" };
            writeln!(out, "{}{comma}", serde_json::to_string(case)?)?;
        }
        writeln!(out, "]}}")?;
        Ok(out.flush()?)
    }

    /// Reads what one of the programs wrote.
    pub fn read(path: &Path) -> Result<Report> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no report", path.display()))
    }
}

/// What the build script noted.
mod built {
    include!(concat!(env!("OUT_DIR"), "/built.rs"));
}

/// The versions of all that race in Rust, and of rustc.
pub fn versions() -> BTreeMap<String, String> {
    const RACED: [&str; 5] = ["simdact", "rten-vecmath", "tract-linalg", "candle-core", "wide"];
    let locked = |name| {
        let entry = format!("name = \"{name}\"\nversion = \"");
        let (_, version) = include_str!("../Cargo.lock").split_once(&entry).expect("this package depends on it");
        (name, version.split('"').next().unwrap_or_default())
    };
    let rustc = ("rustc", built::RUSTC_VERSION.trim_start_matches("rustc "));
    let all = RACED.into_iter().map(locked).chain([rustc]);
    all.map(|(name, version)| (name.to_string(), version.to_string())).collect()
}

/// What the processor is called.
pub fn processor() -> String {
    crate::processor::processor().unwrap_or_else(|| std::env::consts::ARCH.to_string())
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn older_files_are_read() {
        let old = r#"{"name":"memcpy","how":"","min":0.1,"median":0.1,"ratio":0.5,"ratio_fast":null}"#;
        let line: Line = serde_json::from_str(old).expect("a line without errors");
        assert_eq!(line.ulps, None);
    }
}
