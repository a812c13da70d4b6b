//! Do the bounds in the documentation fit the figures of ACCURACY.md, which are measured over all inputs? A bound must
//! not be less than the figure, and not much more either: somebody has improved a kernel then, and told nobody.

use std::fs;
use std::path::Path;

use accuracy::{Bound, FUNCTIONS, Function};

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
    /// Whether it is of all inputs.
    all: bool,
    promised: String,
    ulps: f64,
    /// The relative error, as written.
    relative: String,
}

fn figure(function: &str, tier: &str, bits: &str) -> Figure {
    let rows = table(&read("ACCURACY.md"), "## Functions", "| function |");
    let row = rows.into_iter().find(|row| row[..3] == [function, tier, bits]);
    let row = row.unwrap_or_else(|| panic!("ACCURACY.md has no {function}, {tier}, {bits}"));
    Figure { all: row[3] == "all", promised: row[4].clone(), ulps: number(&row[5]), relative: row[9].clone() }
}

/// The largest error of the gradient, in the unit of the bound, among all upstream gradients.
fn gradient(function: &str, bits: &str, bound: Bound) -> f64 {
    let rows = table(&read("ACCURACY.md"), "## Gradients", "| function |");
    let column = if matches!(bound, Bound::OfTerms(_)) { 6 } else { 5 };
    let rows: Vec<_> = rows.into_iter().filter(|row| row[..2] == [function, bits]).collect();
    assert_eq!(rows.len(), 3, "ACCURACY.md has not all gradients of {function}, {bits}");
    assert!(rows.iter().all(|row| row[4] == promise(bound)), "gradient of {function}, {bits}, in ACCURACY.md");
    rows.iter().map(|row| number(&row[column])).fold(0.0, f64::max)
}

/// Not less than the figure, and at most 0.02 ULP or 5 % more.
#[track_caller]
fn assert_fits(what: &str, bound: f64, figure: f64) {
    assert!(bound >= figure, "{what}: {bound} ULP are stated, {figure} measured");
    assert!(bound <= (figure + 0.02).max(1.05 * figure), "{what}: {bound} ULP are stated, but only {figure} measured");
}

/// The bound as ACCURACY.md has it.
fn promise(bound: Bound) -> String {
    if bound == Bound::ulp(0.0) { "exact".into() } else { bound.to_string() }
}

/// The bound in ULP of a function's default tier.
fn ulps(bound: Bound) -> f64 {
    let Bound::Ulp(most) = bound else { panic!("bounds of the default tier are in ULP") };
    most
}

#[test]
fn the_tables_state_what_was_measured() {
    let readme = table(&read("README.md"), "## Functions", "| function |");
    for f in FUNCTIONS {
        let row = readme.iter().find(|row| row[0] == f.name);
        let cell = &row.unwrap_or_else(|| panic!("README.md has no {}", f.name))[2];
        let bound = ulps(f.faithful.bound);
        let stated = match bound {
            0.0 => "exact".into(),
            0.5 => "one rounding".into(),
            _ => format!("{bound} ULP"),
        };
        assert_eq!(*cell, stated, "{} in README.md", f.name);
        let fused = figure(f.name, "faithful", "fused");
        assert_eq!(fused.promised, promise(f.faithful.bound), "{} in ACCURACY.md", f.name);
        if bound > 0.5 && fused.all {
            assert_fits(f.name, bound, fused.ulps);
        } else {
            assert!(fused.ulps <= bound, "{}: {} ULP measured", f.name, fused.ulps);
        }
        if let Some(portable) = f.faithful.portable {
            let other = figure(f.name, "faithful", "portable");
            assert!(ulps(portable) >= other.ulps, "{} on portable: {portable}, {} measured", f.name, other.ulps);
            assert_eq!(other.promised, portable.to_string(), "{} in ACCURACY.md", f.name);
        }
        for (bits, bound) in [("fused", Some(f.gradient.bound)), ("portable", f.gradient.portable)] {
            let Some(bound) = bound else { continue };
            let (what, figure) = (format!("gradient of {}, {bits}", f.name), gradient(f.name, bits, bound));
            match bound {
                Bound::Ulp(most) if most > 0.5 => assert_fits(&what, most, figure),
                Bound::Ulp(most) => assert!(figure <= most, "{what}: {figure} ULP measured"),
                _ => {
                    let units = units(bound);
                    assert!(units >= figure && units <= figure + 1.0, "{what}: {units} are stated, {figure} measured");
                }
            }
        }
    }
}

/// How many units of 2⁻²⁴ a bound allows that is relative to the terms.
fn units(bound: Bound) -> f64 {
    let Bound::OfTerms(most) = bound else { panic!("{bound} is not relative to terms") };
    most * f64::from(1 << 24)
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
    let readme = table(&read("README.md"), "### Three tiers", "| function |");
    let tiers = read("src/accuracy.rs");
    for f in FUNCTIONS {
        let Some(fast) = f.fast else { continue };
        let (Bound::Relative(fused), Some(Bound::Relative(portable))) = (fast.bound, fast.portable) else {
            panic!("bounds of the fast tier are relative");
        };
        let name = f.name;
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
        let source = documentation(f);
        assert!(source.contains(&format!("relative error is below {fused}")), "{name}: {fused}");
        let text = format!("({portable} on `Portable`");
        assert!(portable == fused || source.contains(&text), "{name}: {text}");
    }
}

/// What the documentation of the function of that name says, its line ends as spaces.
fn documentation(f: &Function) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/activation");
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for file in files {
        let text = fs::read_to_string(file.expect("a file of the folder").path()).expect("a source file");
        let Some((before, _)) = text.split_once(&format!("pub fn {}<", f.name)) else { continue };
        let lines = before.lines().rev().skip_while(|line| line.starts_with("#["));
        let mut lines: Vec<_> = lines.map_while(|line| line.strip_prefix("///")).collect();
        lines.reverse();
        return lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    }
    panic!("no function {}", f.name)
}

#[test]
fn the_documentation_of_functions_states_the_same() {
    let tiers = read("src/accuracy.rs");
    for f in FUNCTIONS {
        let text = documentation(f);
        let says = |what: &str| assert!(text.contains(what), "{} does not say {what:?}: {text}", f.name);
        let bound = ulps(f.faithful.bound);
        if bound > 0.5 {
            assert_eq!(stated(&text, "Error below ", " ULP"), bound, "{}", f.name);
            match f.faithful.portable.map(ulps) {
                Some(portable) if portable != bound => {
                    says(&format!("all inputs ({portable} ULP on [`Backend::Portable`]"))
                }
                _ => says("all inputs, on [`Backend::Portable`](crate::Backend::Portable) too"),
            }
        } else {
            says(if bound == 0.0 { "Exact" } else { "One rounding" });
        }
        if f.fast.is_some() {
            let row = tiers.lines().find(|line| line.contains(&format!("| {} |", f.name)));
            assert!(row.is_some_and(|row| row.contains(&format!("| {bound} ULP |"))), "{} in src/accuracy.rs", f.name);
        }
        // The last sentence about it.
        let (_, gradient) = text.split_once("The gradient").unwrap_or_else(|| panic!("{}: no gradient", f.name));
        match f.gradient.bound {
            Bound::Ulp(most) if most > 0.5 => assert_eq!(stated(gradient, ", to ", " ULP"), most, "{}", f.name),
            Bound::Ulp(_) => {}
            bound => assert_eq!(stated(gradient, "within ", " · 2⁻²⁴ of"), units(bound), "{}", f.name),
        }
        if let Some(portable) = f.gradient.portable.filter(|&portable| portable != f.gradient.bound) {
            let Bound::OfTerms(_) = portable else { panic!("{}: two bounds in ULP", f.name) };
            assert_eq!(stated(gradient, "(", " on `Portable`)"), units(portable), "{}", f.name);
        }
    }
    let of = |name: &str| FUNCTIONS.iter().find(|f| f.name == name).expect("it is in the table");
    let [exp, tanh, sigmoid] = ["exp", "tanh", "sigmoid"].map(|name| ulps(of(name).faithful.bound));
    let gradients = ["tanh", "sigmoid"].map(|name| ulps(of(name).gradient.bound));
    let words = read("README.md").split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        format!("exp, tanh and sigmoid are within {exp}, {tanh} and {sigmoid} ULP"),
        format!("Gradients of tanh and sigmoid are within {} and {} ULP", gradients[0], gradients[1]),
    ] {
        assert!(words.contains(&text), "README.md does not say {text:?}");
    }
}

/// The exact tier says of itself what was measured, and there is nothing else to say.
#[test]
fn the_exact_tier_is_correctly_rounded() {
    let rows = table(&read("ACCURACY.md"), "## Functions", "| function |");
    for f in FUNCTIONS {
        let text = documentation(f).contains("In the [exact tier](crate::Accuracy::Exact)");
        assert_eq!(text, f.exact().is_some(), "the documentation of {}", f.name);
        if let Some((activation, _)) = f.exact() {
            assert!(activation.is_exact(), "{activation:?}");
            let row = rows.iter().find(|row| row[..3] == [f.name, "exact", "fused"]);
            let row = row.unwrap_or_else(|| panic!("ACCURACY.md has no {}, exact", f.name));
            assert_eq!(row[4], promise(Bound::ROUNDED), "{} in ACCURACY.md", f.name);
            assert!(number(&row[5]) <= 0.5 && row[8] == "all", "{} in ACCURACY.md: {row:?}", f.name);
        }
        // What promises to be exact or rounded once, everywhere, is correctly rounded in every tier.
        let rounded = matches!(f.faithful.bound, Bound::Ulp(most) if most <= 0.5) && f.faithful.portable.is_none();
        let exact = f.exact().is_some_and(|(activation, _)| activation == f.activation);
        assert_eq!(f.activation.is_exact(), exact || rounded, "{}", f.name);
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
