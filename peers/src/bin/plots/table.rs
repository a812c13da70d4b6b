//! The ratios of the race as Markdown.

use std::collections::{BTreeMap, BTreeSet};

use simdact_peers::report::{Line, Record, Report};

use crate::{binary, is_aside, label, title};

const SIZES: [usize; 5] = [1 << 9, 1 << 12, 1 << 16, 1 << 20, 1 << 24];

/// A row: the function, the candidate, and its ratios by the heads of columns.
struct Row {
    function: String,
    candidate: String,
    ratios: BTreeMap<String, f64>,
}

/// A table of what is told from elements alone, and of what is told from shapes, for each backend of simdact that
/// candidates are compared with.
#[derive(Default)]
struct Section {
    sizes: Vec<Row>,
    shapes: Vec<Row>,
}

pub fn table(reports: &[&Report], versions: &BTreeMap<&str, &str>) -> String {
    let mut sections: Vec<(&str, Section)> = Vec::new();
    // In the order of the cases, those of rows and the columns of the second table.
    let (mut functions, mut shapes) = (Vec::new(), Vec::new());
    for (i, report) in reports.iter().enumerate() {
        for record in &report.cases {
            let function = title(record);
            if !functions.contains(&function) {
                functions.push(function);
            }
            for line in record.candidates.iter().filter(|line| is_told(line, i == 0)) {
                let Some(ours) = record.ours(line).filter(|ours| ours.name != line.name) else { continue };
                let j = sections.iter().position(|(name, _)| *name == ours.name).unwrap_or_else(|| {
                    sections.push((&ours.name, Section::default()));
                    sections.len() - 1
                });
                let section = &mut sections[j].1;
                let (rows, column) = if record.function.starts_with("softmax") {
                    let column = shape(record);
                    if !shapes.contains(&column) {
                        shapes.push(column.clone());
                    }
                    (&mut section.shapes, column)
                } else {
                    // Slices are cut to whole cache lines.
                    let n: usize = record.shape.iter().product();
                    (&mut section.sizes, binary(n.next_power_of_two()))
                };
                add(rows, record, line, column, line.min / ours.min);
            }
        }
    }

    let dates: BTreeSet<&str> = reports.iter().map(|report| report.date.as_str()).collect();
    let dates: Vec<&str> = dates.into_iter().collect();
    let versions: Vec<String> = versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let mut text = format!(
        "# Time as a multiple of simdact's\n\nAbove 1, simdact is faster. One thread, on {}; {}.\n\n{}.\n",
        reports[0].processor,
        dates.join(", "),
        versions.join(", "),
    );
    let sizes: Vec<String> = SIZES.map(binary).into();
    for (ours, Section { sizes: by_size, shapes: by_shape }) in &sections {
        for (title, columns, rows) in [("elements", &sizes, by_size), ("shape", &shapes, by_shape)] {
            if !rows.is_empty() {
                text += &format!("\n## To {ours}, by {title}\n\n{}", lines(&functions, columns, rows));
            }
        }
    }
    text
}

/// Rivals, and what only the first file tells: memcpy, and what simdact has besides.
fn is_told(line: &Line, first: bool) -> bool {
    let everywhere = !line.is_ours() && !line.name.starts_with("memcpy");
    !is_aside(line) && (first || everywhere)
}

fn shape(record: &Record) -> String {
    // Up to there, digits read better.
    let [outer, len, inner] = record.shape.map(|n| if n < 1 << 16 { n.to_string() } else { binary(n) });
    if record.shape[2] == 1 { format!("{outer} × {len}") } else { format!("{outer} × {len} × {inner}") }
}

fn add(rows: &mut Vec<Row>, record: &Record, line: &Line, column: String, ratio: f64) {
    let (function, candidate) = (title(record), label(line));
    let same = |row: &Row| row.function == function && row.candidate == candidate;
    let i = rows.iter().position(same).unwrap_or_else(|| {
        rows.push(Row { function, candidate, ratios: BTreeMap::new() });
        rows.len() - 1
    });
    rows[i].ratios.insert(column, ratio);
}

/// One table. Rows of a function stand together, whatever file they come from.
fn lines(functions: &[String], columns: &[String], rows: &[Row]) -> String {
    let line = |cells: &mut dyn Iterator<Item = &str>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    let mut text = line(&mut ["function", "candidate"].into_iter().chain(columns.iter().map(String::as_str)));
    text += &line(&mut ["---", "---"].into_iter().chain(columns.iter().map(|_| "--:")));
    for function in functions {
        let mut name = function.as_str();
        for row in rows.iter().filter(|row| row.function == *function) {
            let ratios: Vec<String> = columns.iter().map(|column| cell(row.ratios.get(column))).collect();
            text += &line(&mut [name, &row.candidate].into_iter().chain(ratios.iter().map(String::as_str)));
            name = "";
        }
    }
    text
}

/// Three digits, and not more than two behind the point.
fn cell(ratio: Option<&f64>) -> String {
    match ratio {
        None => "–".to_string(),
        Some(ratio) if *ratio < 9.995 => format!("{ratio:.2}"),
        Some(ratio) if *ratio < 99.95 => format!("{ratio:.1}"),
        Some(ratio) => format!("{ratio:.0}"),
    }
}
