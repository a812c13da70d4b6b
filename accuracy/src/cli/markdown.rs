//! ACCURACY.md: what was measured now, and of the rest what the file says already.

use std::fmt::Write;

use accuracy::{Bound, Class, FUNCTIONS, KERNELS, Kernel, Largest, ROWS, Report, RowFunction, Upstream};
use simdact::Backend;

use super::measure::Figures;

const HEAD: &str = "\
# Accuracy

Measured and written by

```sh
cargo run --release -p accuracy -- --write
```

over all 4,294,967,296 inputs. With the names of functions it measures those only, and keeps the rest of this file; with
`--stride N` every Nth input, a sample that takes a moment.

The oracle evaluates in f64 from correctly rounded functions (`core-math`), with a stated error; MPFR decides where that
does not. So the largest errors and the counts are exact; they are rounded up here. A ULP is that of the true value, and
2⁻¹⁴⁹ where that is subnormal. *fused* means AVX-512, AVX2, NEON and scalar, which give the same bits:
`cargo run --release -p accuracy -- fingerprints` compares them for all inputs.

There are three tiers. *faithful*, the default, is right for almost everything: less than 1 ULP, and the same bits on all
backends but *portable*. *fast*, where a relative error of 2⁻¹³ to 2⁻¹⁶ will do, takes a third to three quarters of its
time. *exact* gives the float nearest to the true value, ties to even: for references, for results that another library or
a later version is to reproduce, and where *portable* has to agree with the others. It computes in f64, or in sums of
two floats first, and takes 1 to 3.4 times as long as *faithful* (on *portable* 0.6 to 1.5 times, but GELU 2.7). Its
results are unique, so that no backend has bits of its own.

";

const FORWARD: &str = "\
## Functions

Measured over all inputs, or every so manieth. Subnormal results are told in steps of 2⁻¹⁴⁹, and left out of the
relative error.

";

const WRONG: &str = "
## What should not be

Numbers of inputs. Where a function is not promised to be monotonic, neighbours that are less than 1 ULP from their true
values may stand the other way round; *deepest* is the largest such descent, in floats. What is *flushed* is 0 though
the true value rounds to something else.

";

const GRADIENTS: &str = "
## Gradients

Over values that the forward pass can save, all (the derivative itself: dy = 1) or every so manieth, each with three
upstream gradients: 1, one of random significand and sign in ±[1, 2), and any finite float. The error is that of the
formula, taken at the saved value. Where its terms may cancel, the bound is relative to the sum of their magnitudes, and
so is the error, in units of 2⁻²⁴, but for one step of 2⁻¹⁴⁹.

";

const SOFTMAX: &str = "
## Softmax

Softmax, its relatives, and their gradients. Rows of all lengths of a class, about 4 million elements of each distribution: all equal, one huge, one larger, logits,
normal, over the whole range, subnormal results, a ramp, and masked by −∞. The reference is f64 with compensated sums,
which is off by less than 2⁻²² of a unit; the unit is 2⁻²⁴. *Share* is the largest share of the stated bound that an
error has reached. The terms of gradients and logarithms cancel, so that their bounds are relative to the sizes of those,
and not in ULP.

";

type Row = Vec<String>;

/// The file's text, and what it lacks since it was never measured.
pub fn write(figures: &Figures, before: &str) -> (String, Vec<String>) {
    let mut lacks = Vec::new();
    let key = |kernel: &Kernel, bits: &str| row(&[kernel.function.name, &kernel.tier.to_string(), bits]);
    let functions: Vec<Row> =
        KERNELS.iter().flat_map(|kernel| each_bits(kernel.promise.portable).map(|bits| key(kernel, bits))).collect();
    let mut text = HEAD.to_owned();
    let rows = figures.forward.iter().map(|(kernel, backend, report)| {
        let mut cells = key(kernel, bits(*backend));
        cells.extend(errors(report));
        cells
    });
    text += &table(FORWARD, FUNCTION_COLUMNS, &functions, rows.collect(), before, &mut lacks);
    let rows = figures.forward.iter().map(|(kernel, backend, report)| {
        let mut cells = key(kernel, bits(*backend));
        cells.extend(report.findings().map(|(_, places)| places.count.to_string()));
        cells.insert(4, report.deepest_descent.to_string());
        cells
    });
    text += &table(WRONG, WRONG_COLUMNS, &functions, rows.collect(), before, &mut lacks);

    let key = |name: &str, bits: &str, upstream: Upstream| row(&[name, bits, &upstream.to_string()]);
    let keys = FUNCTIONS.iter().flat_map(|function| {
        let bits = each_bits(function.gradient.portable);
        bits.flat_map(move |bits| Upstream::ALL.map(|upstream| key(function.name, bits, upstream)))
    });
    let rows = figures.gradients.iter().map(|(function, backend, upstream, report)| {
        let mut cells = key(function.name, bits(*backend), *upstream);
        cells.extend(gradient_errors(report));
        cells
    });
    text += &table(GRADIENTS, GRADIENT_COLUMNS, &keys.collect::<Vec<_>>(), rows.collect(), before, &mut lacks);

    let key = |function: RowFunction, bits: &str, class: Class| row(&[function.name(), bits, &class.to_string()]);
    let keys = ROWS.into_iter().flat_map(|function| {
        let bits = [FUSED, PORTABLE].into_iter();
        bits.flat_map(move |bits| Class::ALL.map(|class| key(function, bits, class)))
    });
    let rows = figures.rows.iter().map(|(function, backend, class, report)| {
        let mut cells = key(*function, bits(*backend), *class);
        let only = |is: bool, figure: String| if is { figure } else { "–".into() };
        cells.push(only(function.is_relative(), up(report.ulps, 3)));
        cells.push(only(*function == RowFunction::Softmax, up(report.sum, 2)));
        cells.push(up(report.share, 3));
        cells
    });
    text += &table(SOFTMAX, ROW_COLUMNS, &keys.collect::<Vec<_>>(), rows.collect(), before, &mut lacks);
    (text, lacks)
}

const FUSED: &str = "fused";
const PORTABLE: &str = "portable";

const FUNCTION_COLUMNS: &[&str] = &[
    "function",
    "tier",
    "bits",
    "inputs",
    "promised",
    "largest error, ULP",
    "at",
    "mean",
    "correctly rounded",
    "largest error, relative",
    "subnormal results: largest",
    "mean",
];
const WRONG_COLUMNS: &[&str] = &[
    "function",
    "tier",
    "bits",
    "not monotonic",
    "deepest",
    "not symmetric",
    "out of range",
    "NaN lost",
    "NaN made",
    "wrong ∞",
    "wrong sign of 0",
    "flushed",
];
const GRADIENT_COLUMNS: &[&str] = &[
    "function",
    "bits",
    "dy",
    "saved values",
    "promised",
    "largest error, ULP",
    "of the terms",
    "at",
    "mean",
    "correctly rounded",
];
const ROW_COLUMNS: &[&str] = &["function", "bits", "rows", "largest error, ULP", "abs(Σ y − 1), units", "share"];

/// The bits that a backend has.
fn bits(backend: Backend) -> &'static str {
    if backend == Backend::Portable { PORTABLE } else { FUSED }
}

/// The bits that there are of a function which has this bound on `Portable`.
fn each_bits(portable: Option<Bound>) -> impl Iterator<Item = &'static str> {
    [FUSED].into_iter().chain(portable.map(|_| PORTABLE))
}

fn row(cells: &[&str]) -> Row {
    cells.iter().map(|&cell| cell.to_owned()).collect()
}

/// How many of the inputs were measured.
fn inputs(report: &Report) -> String {
    if report.stride == 1 { "all".into() } else { format!("1 in {}", report.stride) }
}

fn promised(report: &Report) -> String {
    match report.bound {
        Some(Bound::Ulp(0.0)) => "exact".into(),
        Some(bound) => bound.to_string(),
        None => "–".into(),
    }
}

fn at(largest: &Largest) -> String {
    largest.at.map_or("–".into(), |found| format!("{:#010x} ({:e})", found.x.to_bits(), found.x))
}

fn correctly_rounded(report: &Report) -> String {
    let all = report.inputs == report.correctly_rounded;
    if all { "all".into() } else { format!("{:.3} %", 100.0 * report.correct_share()) }
}

fn gradient_errors(report: &Report) -> Row {
    let mut cells = match report.bound {
        Some(Bound::OfTerms(_)) => {
            let [normal, subnormal] = [report.relative, report.subnormal.relative];
            let largest = if subnormal.error > normal.error { subnormal } else { normal };
            // Where terms cancel, a ULP is as small as it may be, and so a mean of them says nothing.
            vec!["–".into(), up(largest.error * 2f64.powi(24), 3), at(&largest), "–".into()]
        }
        _ => vec![up(report.largest.error, 4), "–".into(), at(&report.largest), format!("{:.4}", report.mean)],
    };
    cells.insert(0, promised(report));
    cells.insert(0, inputs(report));
    cells.push(correctly_rounded(report));
    cells
}

fn errors(report: &Report) -> Row {
    let relative = report.relative.error;
    vec![
        inputs(report),
        promised(report),
        up(report.largest.error, 4),
        at(&report.largest),
        format!("{:.4}", report.mean),
        correctly_rounded(report),
        if relative > 0.0 { format!("2^{}", up(relative.log2(), 3)) } else { "0".into() },
        up(report.subnormal.largest.error, 4),
        format!("{:.4}", report.subnormal.mean),
    ]
}

/// A figure with so many decimals, rounded up.
fn up(figure: f64, decimals: usize) -> String {
    let scale = 10_f64.powi(decimals as i32);
    // One that is as good as exact stays.
    let rounded = (figure * scale - 1e-6).ceil() / scale;
    format!("{:.decimals$}", rounded + 0.0)
}

/// A section with its table, whose rows begin with these keys: as measured, or else as the file has them. What neither has
/// is noted.
fn table(
    intro: &str,
    columns: &[&str],
    keys: &[Row],
    measured: Vec<Row>,
    before: &str,
    lacks: &mut Vec<String>,
) -> String {
    let heading = intro.lines().find(|line| line.starts_with("## ")).expect("each section has a heading");
    let section = before.lines().skip_while(|line| *line != heading).skip(1);
    let known = section.take_while(|line| !line.starts_with("## ")).filter_map(|line| {
        let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
        Some(cells.split(" | ").map(str::to_owned).collect::<Row>())
    });
    // What was measured counts first.
    let rows: Vec<Row> = measured.into_iter().chain(known).collect();
    let mut text = intro.to_owned();
    let mut line = |cells: &[String]| writeln!(text, "| {} |", cells.join(" | ")).expect("a string takes all");
    line(&row(columns));
    line(&vec!["---".to_owned(); columns.len()]);
    for key in keys {
        match rows.iter().find(|row| row.starts_with(key) && row.len() == columns.len()) {
            Some(row) => line(row),
            None => lacks.push(format!("{heading}: {}", key.join(", "))),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_kept() {
        let before = "## Other\n| a | 0 |\n## Of x\n\n| name | figure |\n| --- | --- |\n| a | 1 |\n| b | 2 |\n";
        let keys = [row(&["a"]), row(&["b"])];
        let mut lacks = Vec::new();
        let measured = vec![row(&["b", "3"])];
        let text = table("\n## Of x\n\n", &["name", "figure"], &keys, measured.clone(), before, &mut lacks);
        assert!(lacks.is_empty());
        assert_eq!(text, "\n## Of x\n\n| name | figure |\n| --- | --- |\n| a | 1 |\n| b | 3 |\n");
        table("## New\n", &["name", "figure"], &keys, measured, before, &mut lacks);
        assert_eq!(lacks, ["## New: a"]);
    }

    #[test]
    fn figures_are_rounded_up() {
        assert_eq!(up(0.786_61, 4), "0.7867");
        assert_eq!(up(0.5, 4), "0.5000");
        assert_eq!(up(-16.1029, 3), "-16.102");
        assert_eq!(up(0.0, 2), "0.00");
    }
}
