//! The largest error against the time of an element: which points there are.

use anyhow::{Context, Result};
use simdact_peers::report::{Line, Record, Report};

use crate::curves::{carried, is_rival};
use crate::is_aside;
use crate::looks::library;

/// What everyone has, and is most asked for.
const FUNCTIONS: [&str; 3] = ["tanh", "sigmoid", "exp"];
/// They fit into the second cache, and calls cost next to nothing.
pub const ELEMENTS: usize = 64 << 10;
/// A library that takes so many times as long as simdact is named, not drawn: the others would have no room.
const MOST_TIMES: f64 = 25.0;

pub struct Picture {
    pub processor: String,
    pub date: String,
    /// simdact's.
    pub backend: String,
    pub panels: Vec<Panel>,
}

/// A function.
pub struct Panel {
    pub function: &'static str,
    /// simdact's tiers on its best backend, from fast to exact.
    pub ours: Vec<Point>,
    /// One for each library: the fastest of its candidates.
    pub rivals: Vec<Point>,
    /// Those that are too slow to be drawn.
    pub slow: Vec<Point>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub name: String,
    /// Nanoseconds per element, in the process of the first report.
    pub ns: f64,
    /// The largest error.
    pub ulps: f64,
}

/// The picture of some races, the first of which times are of; None if they lack one of the functions, or its errors, as
/// older files do.
pub fn picture(reports: &[&Report]) -> Result<Option<Picture>> {
    let Some((first, others)) = reports.split_first() else { return Ok(None) };
    let (mut panels, mut backend) = (Vec::new(), String::new());
    for function in FUNCTIONS {
        let of = |report: &Report| report.cases.iter().position(|case| is_of(case, function));
        let Some(record) = of(first).map(|i| &first.cases[i]) else { return Ok(None) };
        let best = best(record)?;
        let ours = tiers(record, best);
        let mut rivals = Vec::new();
        for line in record.candidates.iter().filter(|line| is_rival(line)) {
            add(&mut rivals, line, line.min)?;
        }
        for theirs in others.iter().filter_map(|report| of(report).map(|i| &report.cases[i])) {
            for line in theirs.candidates.iter().filter(|line| is_rival(line)) {
                add(&mut rivals, line, carried(line, theirs, record)?)?;
            }
        }
        let (Some(standard), false) = (ours.iter().find(|point| point.name == "faithful"), rivals.is_empty()) else {
            return Ok(None);
        };
        let most = MOST_TIMES * standard.ns;
        let (rivals, mut slow): (Vec<_>, Vec<_>) = rivals.into_iter().partition(|point| point.ns <= most);
        slow.sort_by(|a, b| a.ns.total_cmp(&b.ns));
        backend = best.trim_start_matches("simdact ").to_string();
        panels.push(Panel { function, ours, rivals, slow });
    }
    let (processor, date) = (first.processor.clone(), first.date.clone());
    Ok(Some(Picture { processor, date, backend, panels }))
}

fn is_of(record: &Record, function: &str) -> bool {
    record.function == function && record.shape.iter().product::<usize>() == ELEMENTS
}

fn ours(record: &Record) -> impl Iterator<Item = &Line> {
    record.candidates.iter().filter(|line| line.is_ours() && !is_aside(line))
}

/// What simdact is called on the best backend, which comes first.
fn best(record: &Record) -> Result<&str> {
    let line = ours(record).next().context("a race without simdact")?;
    Ok(&line.name)
}

/// simdact's tiers on that backend.
fn tiers(record: &Record, best: &str) -> Vec<Point> {
    let tiers = [("fast", " fast"), ("faithful", ""), ("exact", " exact")];
    let points = tiers.into_iter().filter_map(|(tier, suffix)| {
        let line = ours(record).find(|line| line.name == format!("{best}{suffix}"))?;
        Some(Point { name: tier.to_string(), ns: line.min, ulps: line.ulps? })
    });
    points.collect()
}

/// Adds a candidate to those of its library, of which the fastest counts.
fn add(rivals: &mut Vec<Point>, line: &Line, ns: f64) -> Result<()> {
    let Some(ulps) = line.ulps else { return Ok(()) };
    let point = Point { name: library(&line.name)?.to_string(), ns, ulps };
    match rivals.iter_mut().find(|known| known.name == point.name) {
        Some(known) if known.ns <= point.ns => (),
        Some(known) => *known = point,
        None => rivals.push(point),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(candidates: &[(&str, f64, Option<f64>)]) -> Report {
        let line = |&(name, min, ulps): &(&str, f64, Option<f64>)| Line {
            name: name.to_string(),
            how: String::new(),
            min,
            median: min,
            ratio: 1.0,
            ratio_fast: None,
            ulps,
        };
        let cases = FUNCTIONS.map(|function| Record {
            function: function.to_string(),
            shape: [ELEMENTS, 1, 1],
            rounds: 1,
            candidates: candidates.iter().map(line).collect(),
        });
        Report { cases: cases.into(), ..Report::new(false) }
    }

    #[test]
    fn the_fastest_of_a_library_counts() {
        let first = report(&[
            ("memcpy", 1.0, None),
            ("simdact avx512", 2.0, Some(0.8)),
            ("simdact avx512 fast", 1.5, Some(500.0)),
            ("simdact avx2", 4.0, Some(0.8)),
            ("wide 1.7", 8.0, Some(3.0)),
            ("std loop", 200.0, Some(1.0)),
        ]);
        let other = report(&[
            ("simdact avx512", 20.0, Some(0.8)),
            ("simdact avx2", 80.0, Some(0.8)),
            ("SLEEF u10 avx2", 60.0, Some(1.0)),
            ("SLEEF u10 avx512f", 25.0, Some(0.9)),
        ]);
        let picture = picture(&[&first, &other]).expect("no error").expect("all is there");
        let Panel { ours, rivals, slow, .. } = &picture.panels[0];
        let point = |name: &str, ns, ulps| Point { name: name.to_string(), ns, ulps };
        assert_eq!(*ours, [point("fast", 1.5, 500.0), point("faithful", 2.0, 0.8)]);
        assert_eq!(*rivals, [point("wide", 8.0, 3.0), point("SLEEF u10", 2.5, 0.9)]);
        assert_eq!(*slow, [point("std loop", 200.0, 1.0)]);
    }

    #[test]
    fn without_errors_there_is_no_picture() {
        let old = report(&[("simdact avx512", 2.0, None), ("wide 1.7", 8.0, None)]);
        assert!(picture(&[&old]).expect("no error").is_none());
        assert!(picture(&[]).expect("no error").is_none());
    }
}
