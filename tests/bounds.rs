//! Do the bounds in the documentation fit the figures of ACCURACY.md, which are measured over all inputs? A bound must
//! not be less than the figure, and not much more either: somebody has improved a kernel then, and told nobody.

mod common;

use std::fs;
use std::path::Path;

use common::{Bound, ELEMENTWISE};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cells of a table's rows: below the heading, the line that begins with `head`, and the dashes.
fn table(text: &str, heading: &str, head: &str) -> Vec<Vec<String>> {
    let (_, text) = text.split_once(heading).unwrap_or_else(|| panic!("no {heading:?}"));
    let (_, text) = text.split_once(head).unwrap_or_else(|| panic!("no {head:?} below {heading:?}"));
    let rows = text.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cell = |cell: &str| cell.trim().replace('`', "");
    // What is escaped is no border.
    let cells = |line: &str| line.replace("\\|", "¦").split('|').map(cell).collect::<Vec<_>>();
    rows.map(|row| cells(row)[1..].to_vec()).collect()
}

/// The number that begins a text.
fn number(text: &str) -> f64 {
    let end = text.find(|c: char| !"0123456789.".contains(c)).unwrap_or(text.len());
    text[..end].trim_end_matches('.').parse().unwrap_or_else(|_| panic!("no number begins {text:?}"))
}

/// The number between `before` and `after` in a text, whose line ends do not matter.
fn stated(text: &str, before: &str, after: &str) -> f64 {
    let words = text.replace("///", "").split_whitespace().collect::<Vec<_>>().join(" ");
    for (at, _) in words.match_indices(before) {
        let rest = &words[at + before.len()..];
        let end = rest.find(|c: char| !"0123456789.".contains(c)).unwrap_or(rest.len());
        if end > 0 && rest[end..].starts_with(after) {
            return number(rest);
        }
    }
    panic!("nowhere {before:?}, a number, and {after:?}")
}

/// A line of ACCURACY.md: in its row, the names of the columns that are read.
struct Figure {
    promised: String,
    ulps: f64,
    /// The relative error, as written.
    relative: String,
}

fn figure(function: &str, tier: &str, bits: &str) -> Figure {
    let rows = table(&read("ACCURACY.md"), "## Functions", "| function |");
    let row = rows.into_iter().find(|row| row[..3] == [function, tier, bits]);
    let row = row.unwrap_or_else(|| panic!("ACCURACY.md has no {function}, {tier}, {bits}"));
    Figure { promised: row[3].clone(), ulps: number(&row[4]), relative: row[8].clone() }
}

/// The largest error of the gradient, among all upstream gradients.
fn gradient(function: &str) -> f64 {
    let rows = table(&read("ACCURACY.md"), "## Gradients", "| function |");
    let errors = rows.iter().filter(|row| row[0] == function).map(|row| number(&row[3]));
    errors.reduce(f64::max).unwrap_or_else(|| panic!("ACCURACY.md has no gradient of {function}"))
}

/// Not less than the figure, and at most 0.02 ULP or 5 % more.
#[track_caller]
fn assert_fits(what: &str, bound: f64, figure: f64) {
    assert!(bound >= figure, "{what}: {bound} ULP are stated, {figure} measured");
    assert!(bound <= (figure + 0.02).max(1.05 * figure), "{what}: {bound} ULP are stated, but only {figure} measured");
}

#[test]
fn the_tables_state_what_was_measured() {
    let readme = table(&read("README.md"), "## Functions", "| function |");
    for f in ELEMENTWISE.iter().filter(|f| matches!(f.error, Bound::Rounded | Bound::Ulps { .. })) {
        let fused = figure(f.name, "faithful", "fused");
        let row = readme.iter().find(|row| row[0] == f.name);
        let cell = &row.unwrap_or_else(|| panic!("README.md has no {}", f.name))[2];
        match f.error {
            Bound::Ulps { fused: bound, portable } => {
                assert_fits(f.name, bound, fused.ulps);
                assert_eq!(*cell, format!("{bound} ULP"), "{} in README.md", f.name);
                assert_eq!(fused.promised, format!("{bound} ULP"), "{} in ACCURACY.md", f.name);
                // One bound for all functions there.
                let other = figure(f.name, "faithful", "portable");
                assert!(
                    portable >= other.ulps,
                    "{} on portable: {portable} is stated, {} measured",
                    f.name,
                    other.ulps
                );
                assert_eq!(other.promised, format!("{portable} ULP"), "{} in ACCURACY.md", f.name);
            }
            _ => {
                let exact = fused.ulps == 0.0;
                assert_eq!(*cell, if exact { "exact" } else { "one rounding" }, "{} in README.md", f.name);
                assert!(fused.ulps <= 0.5, "{}: {} ULP measured", f.name, fused.ulps);
            }
        }
        if let Bound::Unfused(bound) = f.gradient_error {
            assert_fits(&format!("gradient of {}", f.name), bound, gradient(f.name));
        } else {
            assert!(gradient(f.name) <= 0.5, "gradient of {}: {} ULP measured", f.name, gradient(f.name));
        }
    }
}

/// 2ⁿ as the documentation writes it.
fn power(n: i32) -> String {
    let digit = |c: char| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(c as usize - '0' as usize).expect("a digit");
    format!("2⁻{}", (-n).to_string().chars().map(digit).collect::<String>())
}

/// Bounds of the fast tier are powers of 2: the smallest that are not less than the figures, `Portable`'s at most twice as
/// large as need be.
#[test]
fn the_fast_tier_states_what_was_measured() {
    let readme = table(&read("README.md"), "### Faster", "| function |");
    let tiers = read("src/accuracy.rs");
    for f in ELEMENTWISE {
        let Bound::Relative { fused, portable } = f.error else { continue };
        let (name, _) = f.name.split_once(", fast").expect("it is of the fast tier");
        for (bits, bound, slack) in [("fused", fused, 1.0), ("portable", portable, 2.0)] {
            let Figure { relative, promised, .. } = figure(name, "fast", bits);
            let exponent: f64 = relative.strip_prefix("2^").and_then(|n| n.parse().ok()).expect("a power of 2");
            let fits = exponent < bound.log2() && bound.log2() < exponent + slack + 0.01;
            assert!(fits, "{name}, {bits}: 2^{} is stated, {relative} measured", bound.log2());
            assert_eq!(promised, format!("2^{:.2} relative", bound.log2()), "{name}, {bits}, in ACCURACY.md");
        }
        let [fused, portable] = [fused, portable].map(|bound| power(bound.log2() as i32));
        let row = readme.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("README.md has no {name}"));
        assert_eq!(row[1], format!("< {fused}"), "{name} in README.md");
        let row = tiers.lines().find(|line| line.contains(&format!("| {name} |")));
        let row = row.unwrap_or_else(|| panic!("src/accuracy.rs has no {name}"));
        assert!(row.ends_with(&format!("| {fused} relative |")), "{row}");
        let source = read(&format!("src/activation/{name}.rs"));
        assert!(source.contains(&format!("relative error is below {fused}")), "{name}: {fused}");
        let text = format!("({portable} on `Portable`");
        assert!(portable == fused || source.contains(&text), "{name}: {text}");
    }
}

#[test]
fn the_documentation_of_functions_states_the_same() {
    let readme = read("README.md");
    let enumeration = read("src/activation/mod.rs");
    for f in ELEMENTWISE {
        let Bound::Ulps { fused, portable } = f.error else { continue };
        let source = read(&format!("src/activation/{}.rs", f.name));
        assert_eq!(stated(&source, "Error below ", " ULP"), fused, "{}", f.name);
        if portable == fused {
            let too = "all inputs, on [`Backend::Portable`](crate::Backend::Portable) too";
            assert!(source.contains(too), "{}: {too:?}", f.name);
        } else {
            assert_eq!(stated(&source, "all inputs (", " ULP on [`Backend::Portable`]"), portable, "{}", f.name);
        }
        let tiers = read("src/accuracy.rs");
        let row = tiers.lines().find(|line| line.contains(&format!("| {} |", f.name)));
        assert!(row.is_some_and(|row| row.contains(&format!("| {fused} ULP |"))), "{} in src/accuracy.rs", f.name);
        let row = enumeration.lines().find(|line| line.contains(&format!("| {} x |", f.name)));
        assert!(fused < 1.0 && row.is_none_or(|row| row.contains("| < 1 ULP |")), "{} in the table", f.name);
        if let Bound::Unfused(gradient) = f.gradient_error {
            // The last sentence about it.
            let (_, text) = source.split_once("The gradient").expect("it has a gradient");
            assert_eq!(stated(text, ", to ", " ULP."), gradient, "gradient of {}", f.name);
        }
    }
    let bound = |name: &str| ELEMENTWISE.iter().find(|f| f.name == name).map(|f| (f.error, f.gradient_error));
    let both = ["tanh", "sigmoid"].map(bound).map(|bounds| match bounds {
        Some((Bound::Ulps { fused, .. }, Bound::Unfused(gradient))) => (fused, gradient),
        _ => panic!("tanh and sigmoid have bounds in ULP"),
    });
    let Some((Bound::Ulps { fused: exp, .. }, _)) = bound("exp") else { panic!("exp has a bound in ULP") };
    let words = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        format!("exp, tanh and sigmoid are within {exp}, {} and {} ULP", both[0].0, both[1].0),
        format!("Gradients of tanh and sigmoid are within {} and {} ULP", both[0].1, both[1].1),
    ] {
        assert!(words.contains(&text), "README.md does not say {text:?}");
    }
}

/// Softmax's bound is a formula; the largest share of it is measured.
#[test]
fn the_bound_of_softmax_is_kept_and_not_much_too_large() {
    let formula = "(n/32 + 16 + 1.1 |ln y|) · 2⁻²⁴";
    for path in ["README.md", "src/rows/softmax.rs"] {
        assert!(read(path).replace("\\|", "|").contains(formula), "{path} does not state {formula}");
    }
    let rows = table(&read("ACCURACY.md"), "## Softmax", "| function |");
    for function in ["softmax", "softmax, backward"] {
        let shares: Vec<f64> = rows.iter().filter(|row| row[0] == function).map(|row| number(&row[5])).collect();
        assert!(shares.len() >= 9, "{function}: not all classes of lengths are there");
        let largest = shares.into_iter().fold(0.0, f64::max);
        assert!(largest <= 1.0 && largest > 0.5, "{function}: an error has reached {largest} of the bound");
    }
}

/// Comparisons that cannot fail would show nothing.
#[test]
fn numbers_are_found() {
    let text = "/// Error below\n/// 0.79 ULP, or below 3 steps (2 ULP on it), to 2.5 ULP.";
    assert_eq!(stated(text, "Error below ", " ULP"), 0.79);
    assert_eq!(stated(text, "below ", " steps"), 3.0);
    assert_eq!(stated(text, ", to ", " ULP."), 2.5);
    let rows = table("# A\n| x | y |\n| --- | --- |\n| `f` | \\|a\\| 1.5 |\n\n", "# A", "| x |");
    assert_eq!(rows, [["f", "¦a¦ 1.5", ""]]);
    assert!(std::panic::catch_unwind(|| assert_fits("less", 0.7, 0.71)).is_err());
    assert!(std::panic::catch_unwind(|| assert_fits("more", 0.8, 0.71)).is_err());
    assert_fits("right", 0.72, 0.71);
}
