//! Which curves there are in which picture.

use anyhow::{Context, Result};
use simdact_peers::report::{Line, Record, Report};

use crate::{is_aside, label, title};

pub struct Picture {
    /// The name of the file.
    pub file: String,
    pub title: String,
    pub subtitle: String,
    /// What grows.
    pub x: &'static str,
    pub curves: Vec<Curve>,
}

pub struct Curve {
    pub name: String,
    /// What grows, and nanoseconds per element.
    pub points: Vec<(f64, f64)>,
}

/// A picture for each function of the first report, in which the rivals of the others are drawn as well. Times of
/// different processes do not compare well: of the others, only ratios to simdact count.
pub fn pictures(reports: &[&Report]) -> Result<Vec<Picture>> {
    let Some((first, others)) = reports.split_first() else { return Ok(Vec::new()) };
    let mut pictures: Vec<Picture> = Vec::new();
    for record in &first.cases {
        let (file, x) = place(record);
        let i = pictures.iter().position(|picture| picture.file == file).unwrap_or_else(|| {
            let subtitle = format!("ns per element, one thread; {}; {}", first.processor, first.date);
            pictures.push(Picture { file, title: title(record), subtitle, x: grows(record), curves: Vec::new() });
            pictures.len() - 1
        });
        let picture = &mut pictures[i];
        for line in record.candidates.iter().filter(|line| !is_aside(line)) {
            picture.add(line, x, line.min);
        }
        for other in others {
            let same = |theirs: &&Record| theirs.function == record.function && theirs.shape == record.shape;
            let Some(theirs) = other.cases.iter().find(same) else { continue };
            for line in theirs.candidates.iter().filter(|line| is_rival(line)) {
                picture.add(line, x, carried(line, theirs, record)?);
            }
        }
    }
    for picture in &mut pictures {
        picture.curves.sort_by_key(|Curve { name, .. }| (!name.starts_with("simdact"), !name.starts_with("memcpy")));
    }
    Ok(pictures)
}

impl Picture {
    fn add(&mut self, line: &Line, x: f64, y: f64) {
        let name = label(line);
        let i = self.curves.iter().position(|curve| curve.name == name).unwrap_or_else(|| {
            self.curves.push(Curve { name, points: Vec::new() });
            self.curves.len() - 1
        });
        let points = &mut self.curves[i].points;
        // Of two files that have a rival, the first counts.
        if points.last().is_none_or(|last| last.0 != x) {
            points.push((x, y));
        }
    }
}

/// The time of a candidate of another process, `theirs`, as it were in `record`: its ratio to simdact's time there, times
/// simdact's time here.
pub fn carried(line: &Line, theirs: &Record, record: &Record) -> Result<f64> {
    let their_ours = theirs.ours(line).with_context(|| format!("{} races without simdact", line.name))?;
    let ours = record.candidates.iter().find(|line| line.name == their_ours.name && !line.is_in_place());
    let ours = ours.with_context(|| format!("the first file has no {}", their_ours.name))?;
    Ok(line.min / their_ours.min * ours.min)
}

pub fn is_rival(line: &Line) -> bool {
    !line.is_ours() && !line.name.starts_with("memcpy")
}

fn is_rows(record: &Record) -> bool {
    record.function.starts_with("softmax")
}

/// The picture of a record, and where it is along the x axis.
fn place(record: &Record) -> (String, f64) {
    let [outer, len, inner] = record.shape;
    let file = match record.function.as_str() {
        "maxout" if inner == 1 => "maxout_groups",
        "maxout" => "maxout_planes",
        function => function,
    };
    let x = if is_rows(record) { len } else { outer * len * inner };
    (format!("{file}.svg"), x as f64)
}

fn grows(record: &Record) -> &'static str {
    if is_rows(record) {
        "elements of a row; rows shorter than 64 Ki are as many as make 64 Ki elements"
    } else {
        "elements"
    }
}

#[cfg(test)]
mod tests {
    use simdact_peers::report::{Line, Record, Report};

    use super::pictures;

    fn report(times: &[(&str, f64)]) -> Report {
        let line = |&(name, min): &(&str, f64)| Line {
            name: name.to_string(),
            how: String::new(),
            min,
            median: min,
            ratio: 1.0,
            ratio_fast: None,
            ulps: None,
        };
        let candidates = times.iter().map(line).collect();
        Report {
            cases: vec![Record { function: "tanh".to_string(), shape: [64, 1, 1], rounds: 1, candidates }],
            ..Report::new(true)
        }
    }

    #[test]
    fn only_ratios_cross_processes() {
        let first = report(&[("memcpy", 1.0), ("simdact avx512", 2.0), ("simdact avx2", 3.0), ("wide 1.7", 8.0)]);
        let other = report(&[
            ("memcpy", 10.0),
            ("simdact avx512", 20.0),
            ("simdact avx2", 40.0),
            ("numpy 2", 60.0),
            ("SLEEF u10 avx2", 60.0),
        ]);
        let [picture] = &pictures(&[&first, &other]).unwrap()[..] else { panic!("tanh is one picture") };
        let drawn: Vec<_> = picture.curves.iter().map(|curve| (&*curve.name, curve.points[0].1)).collect();
        // What is told to use AVX2 is compared with AVX2.
        let rivals = [("wide 1.7", 8.0), ("numpy 2", 6.0), ("SLEEF u10 avx2", 4.5)];
        assert_eq!(drawn, [&[("simdact avx512", 2.0), ("simdact avx2", 3.0), ("memcpy", 1.0)][..], &rivals].concat());
    }
}
