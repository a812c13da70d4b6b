//! Other libraries: what the programs in `peers/` measured, on a machine like this one if they ran on one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use maud::{Markup, html};
use serde::Deserialize;

use crate::chart::{Axis, Chart, Ink, Mark, Series, binary, legend};
use crate::page::{Section, cell, folded};

/// A file of results. `peers/README.md` says what they are.
#[derive(Clone, Deserialize)]
pub struct Results {
    program: String,
    date: String,
    processor: String,
    #[serde(default)]
    curve: bool,
    /// Whether the rivals were told to do without AVX-512.
    #[serde(default)]
    avx2: bool,
    cases: Vec<Case>,
}

#[derive(Clone, Deserialize)]
struct Case {
    function: String,
    shape: [usize; 3],
    candidates: Vec<Line>,
}

#[derive(Clone, Deserialize)]
struct Line {
    name: String,
    /// Its time as a multiple of simdact's.
    ratio: Option<f64>,
}

impl Case {
    /// The function, and the shape where it has more than one dimension.
    fn title(&self) -> String {
        let name = self.function.replace("_backward", ", backward").replace("maxout_slices", "maxout, slices");
        match self.shape.map(binary) {
            [_, len, inner] if len == "1" && inner == "1" => name,
            [outer, len, inner] if inner == "1" => format!("{name} {outer}×{len}"),
            [outer, len, inner] => format!("{name} {outer}×{len}×{inner}"),
        }
    }
}

/// The elements at which element-wise functions are compared.
const ELEMENTS: usize = 64 << 10;

/// What was measured on one machine.
pub struct Rivals {
    processor: String,
    /// Whether that is the processor of this machine.
    here: bool,
    dates: BTreeSet<String>,
    names: Vec<String>,
    /// Functions, and the ratio of each rival that has it.
    rows: Vec<(String, BTreeMap<String, f64>)>,
}

/// Reads all results in a folder; none, if it is not there.
pub fn read(folder: &Path) -> Result<Vec<Results>> {
    let Ok(files) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for file in files {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            all.push(serde_json::from_str(&text).with_context(|| format!("{} has no results", path.display()))?);
        }
    }
    Ok(all)
}

/// Those of races, not of curves, on this processor, or if there are none, on that of the newest; of each case in each
/// program, the newest only, since not every run has all.
fn choose(all: Vec<Results>, processor: &str) -> Vec<Results> {
    let mut all: Vec<_> = all.into_iter().filter(|results| !results.curve && !results.avx2).collect();
    all.sort_by(|a, b| (&b.date, &b.processor).cmp(&(&a.date, &a.processor)));
    let here = all.iter().any(|results| results.processor == processor);
    let Some(chosen) = all.first().map(|newest| if here { processor } else { &newest.processor }.to_string()) else {
        return all;
    };
    all.retain(|results| results.processor == chosen);
    // The newest come first.
    let mut newest = BTreeMap::new();
    for Results { program, date, cases, .. } in &mut all {
        cases.retain(|case| {
            let key = (program.clone(), case.function.clone(), case.shape);
            newest.entry(key).or_insert_with(|| date.clone()) == date
        });
    }
    all.retain(|results| !results.cases.is_empty());
    // Who has most cases has them in their order.
    all.sort_by_key(|results| Reverse(results.cases.len()));
    all
}

impl Rivals {
    /// What is to be shown on a machine with that processor; None where nothing was measured.
    pub fn of(all: Vec<Results>, processor: &str) -> Option<Rivals> {
        let chosen = choose(all, processor);
        let mut rows: Vec<(String, BTreeMap<String, f64>)> = Vec::new();
        for case in chosen.iter().flat_map(|results| &results.cases) {
            let [outer, len, inner] = case.shape;
            if (len, inner) == (1, 1) && outer != ELEMENTS {
                continue;
            }
            // Of maxout, one size.
            if case.function.starts_with("maxout") && !(ELEMENTS * 9 / 10..=ELEMENTS).contains(&(outer * len * inner)) {
                continue;
            }
            let title = case.title();
            let rivals = case
                .candidates
                .iter()
                .filter(|line| !["simdact", "memcpy"].iter().any(|own| line.name.starts_with(own)));
            for (name, ratio) in
                rivals.filter_map(|line| Some((family(&line.name), line.ratio.filter(|ratio| ratio.is_finite())?)))
            {
                let row = match rows.iter().position(|(other, _)| *other == title) {
                    Some(row) => row,
                    None => {
                        rows.push((title.clone(), BTreeMap::new()));
                        rows.len() - 1
                    }
                };
                // The best of what a library has.
                rows[row].1.entry(name).and_modify(|best| *best = ratio.min(*best)).or_insert(ratio);
            }
        }
        // Those along an axis last.
        rows.sort_by_key(|(title, _)| title.contains('×'));
        let names: BTreeSet<String> = rows.iter().flat_map(|(_, ratios)| ratios.keys().cloned()).collect();
        let found = &chosen.first()?.processor;
        Some(Rivals {
            processor: found.clone(),
            here: found == processor,
            dates: chosen.iter().map(|results| results.date.clone()).collect(),
            names: names.into_iter().collect(),
            rows,
        })
    }

    /// The part of the page.
    pub fn section(&self) -> Result<Section> {
        let (backward, forward): (Vec<_>, Vec<_>) =
            self.rows.iter().partition(|(title, _)| title.contains(", backward"));
        let heads: Vec<String> = ["function".to_string()].into_iter().chain(self.names.iter().cloned()).collect();
        let rows: Vec<_> = self.rows.iter().map(|(title, ratios)| self.cells(title, ratios)).collect();
        let dates = self.dates.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let body = html! {
            p {
                @if self.here { "Measured on a processor like this one, " } @else { strong { "Measured on another machine, " } }
                (self.processor) ", " (dates) ", by the programs in " code { "peers/" } ": the time of others as a \
                multiple of simdact’s in the same run, one thread, " (binary(ELEMENTS)) " elements where no shape is given. To \
                the right of the line, simdact is faster."
            }
            (legend(&[(FASTEST, "the fastest of the others"), (OTHER, "the rest of them"), (Ink::Yardstick, "as fast as simdact")]))
            div.charts.large { (dots("Forward", &forward)?) (dots("Backward", &backward)?) }
            (folded("Who takes how long", &heads, &rows))
        };
        Ok(Section { id: "rivals", title: "Beside other libraries", body })
    }

    fn cells(&self, title: &str, ratios: &BTreeMap<String, f64>) -> Vec<Markup> {
        let ratio = |name: &String| match ratios.get(name) {
            Some(ratio) => html! { span.bad[*ratio < 0.95] { (format!("{ratio:.2}")) } },
            None => cell("–"),
        };
        [cell(title)].into_iter().chain(self.names.iter().map(ratio)).collect()
    }
}

const FASTEST: Ink = Ink::Series(1);
const OTHER: Ink = Ink::Series(6);

/// A library, whichever instructions it was asked to use.
fn family(name: &str) -> String {
    let name = name.split(',').next().unwrap_or(name);
    let name = [" avx2", " avx512f"].iter().fold(name, |name, end| name.trim_end_matches(end));
    name.split('+').next().unwrap_or(name).to_string()
}

fn dots(title: &str, rows: &[&(String, BTreeMap<String, f64>)]) -> Result<Markup> {
    let height = |i: usize| (rows.len() - 1 - i) as f64;
    let y = Axis::rows(rows.iter().map(|(title, _)| title.replace(", backward", "")));
    let all =
        rows.iter().enumerate().flat_map(|(i, (_, ratios))| ratios.values().map(move |&ratio| (ratio, height(i))));
    let first = |(i, (_, ratios)): (usize, &&(String, BTreeMap<String, f64>))| {
        Some((ratios.values().copied().reduce(f64::min)?, height(i)))
    };
    let fastest = rows.iter().enumerate().filter_map(first);
    let chart = Chart {
        title: format!("{title}: the time of other libraries as a multiple of simdact’s"),
        size: (400, 60 + 17 * rows.len() as u32),
        x: Axis::log(all.clone().map(|(ratio, _)| ratio).chain([0.5]).collect::<Vec<_>>().into_iter()),
        series: vec![
            Series::new(Ink::Yardstick, Mark::Dashed, [y.range.0, y.range.1].map(|end| (1.0, end))),
            Series::new(OTHER, Mark::SmallDots, all),
            Series::new(FASTEST, Mark::Dots, fastest),
        ],
        y,
    };
    Ok(html! { figure { figcaption { b { (title) } " " span { "times simdact’s time" } } (chart.draw()?) } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(program: &str, date: &str, processor: &str, ratio: f64) -> Results {
        let lines =
            [("simdact avx2", 1.0), ("SLEEF u10 avx2", ratio), ("SLEEF u10 avx512f", ratio + 1.0), ("memcpy", 0.1)];
        let lines = lines.map(|(name, ratio)| Line { name: name.into(), ratio: Some(ratio) });
        let case = Case { function: "tanh".into(), shape: [ELEMENTS, 1, 1], candidates: lines.into() };
        let other = Case { shape: [8, 1, 1], ..case.clone() };
        let (program, date, processor) = (program.into(), date.into(), processor.into());
        Results { program, date, processor, curve: false, avx2: false, cases: vec![other, case] }
    }

    fn ratio(rivals: &Rivals) -> f64 {
        rivals.rows[0].1["SLEEF u10"]
    }

    #[test]
    fn results_of_this_processor_come_first_and_of_them_the_newest() {
        let all = vec![
            results("c", "2026-01-01", "here", 2.0),
            results("c", "2026-03-01", "here", 3.0),
            results("c", "2026-04-01", "there", 4.0),
            Results { curve: true, ..results("c", "2026-05-01", "here", 5.0) },
        ];
        let rivals = Rivals::of(all.clone(), "here").expect("there are some");
        assert!(rivals.here && rivals.processor == "here" && rivals.rows.len() == 1 && ratio(&rivals) == 3.0);
        assert_eq!(rivals.names, ["SLEEF u10"]);
        let rivals = Rivals::of(all, "elsewhere").expect("there are some");
        assert!(!rivals.here && rivals.processor == "there" && ratio(&rivals) == 4.0);
        let page = rivals.section().expect("it can be drawn").body.into_string();
        assert!(page.contains("Measured on another machine, ") && page.contains("there, 2026-04-01"));
        assert!(Rivals::of(Vec::new(), "here").is_none());
    }

    #[test]
    fn each_program_counts_with_its_newest_run() {
        let all = vec![results("c", "2026-01-01", "here", 2.0), results("rust", "2026-03-01", "here", 3.0)];
        let rivals = Rivals::of(all, "here").expect("there are some");
        assert_eq!((ratio(&rivals), rivals.dates.len()), (2.0, 2));
    }

    #[test]
    fn a_newer_run_of_few_cases_replaces_those() {
        let mut old = results("c", "2026-01-01", "here", 2.0);
        old.cases.push(Case { function: "erf".into(), ..old.cases[1].clone() });
        let rivals = Rivals::of(vec![old, results("c", "2026-03-01", "here", 3.0)], "here").expect("there are some");
        assert_eq!(rivals.rows.len(), 2);
        let of = |title: &str| rivals.rows.iter().find(|(row, _)| row == title).map(|(_, ratios)| ratios["SLEEF u10"]);
        assert_eq!((of("tanh"), of("erf")), (Some(3.0), Some(2.0)));
    }

    #[test]
    fn the_results_that_are_kept_can_be_read() {
        let all = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/results")).expect("they are well-formed");
        let rivals = Rivals::of(all, "").expect("there are some");
        let tanh = rivals.rows.iter().find(|(title, _)| title == "tanh").expect("it is raced everywhere");
        assert!(tanh.1.keys().any(|name| name.starts_with("torch")), "{:?}", tanh.1);
    }
}
