//! How far results are from the true values: pictures over the whole input range, and what the sweeps of the package
//! `accuracy` find in a sample.

use accuracy::{Bound, FUNCTIONS, Function, KERNELS, Kernel, Report, Tier, Upstream};
use anyhow::Result;
use maud::{Markup, html};
use simdact::{Backend, Kernels};

use crate::chart::{Axis, Chart, Ink, Mark, Scale, Series, legend};
use crate::page::{Finding, Section, cell, folded, mark};
use crate::profile::{place, profile};
use crate::progress::{Effort, Progress};

const FAITHFUL: Ink = Ink::Series(0);
const EXACT: Ink = Ink::Series(2);

/// What the sweeps found of one kernel or gradient.
struct Line {
    name: String,
    backend: Backend,
    bound: Bound,
    reports: Vec<Report>,
}

/// All errors that were found.
pub struct Errors {
    stride: u64,
    samples: u32,
    lines: Vec<Line>,
    /// For each function that is not exact anyway: the tiers whose errors are of the size of an ULP.
    profiles: Vec<(&'static Function, Vec<Profile>)>,
}

struct Profile {
    tier: Tier,
    bound: f64,
    errors: Vec<(f64, f64)>,
}

/// Seconds for a sweep and for a profile, about, on two cores.
const SWEEP: f64 = 0.05;
const PROFILE: f64 = 0.1;

/// The best backend, and `Portable` where its bits are its own.
fn backends(own_bits: bool) -> impl Iterator<Item = Backend> {
    let portable = own_bits && Backend::best() != Backend::Portable;
    [Backend::best()].into_iter().chain(portable.then_some(Backend::Portable))
}

/// The bound of a kernel whose errors are those of rounding, or a little more.
fn in_ulp(kernel: &Kernel) -> Option<f64> {
    match kernel.bound_on(Backend::best()) {
        Bound::Ulp(most) if most > 0.0 => Some(most),
        _ => None,
    }
}

/// About how many seconds all of it takes.
pub fn seconds(effort: Effort) -> f64 {
    let sweeps = 2 * KERNELS.len() + 3 * 2 * FUNCTIONS.len();
    let all = SWEEP * sweeps as f64 + PROFILE * KERNELS.len() as f64;
    if effort.quick { all / 20.0 } else { all }
}

/// Measures them.
pub fn measure(effort: Effort, progress: &Progress) -> Result<Errors> {
    let (stride, samples) = if effort.quick { (199_999, 50) } else { (4999, 4000) };
    let share = if effort.quick { 0.05 } else { 1.0 };
    let mut lines = Vec::new();
    for kernel in KERNELS.iter() {
        progress.begin(format!("errors of {kernel}"));
        for backend in backends(kernel.promise.portable.is_some()) {
            let report = kernel.sweep(&Kernels::on(backend)?, stride, &|_| {});
            let name = kernel.to_string();
            lines.push(Line { name, backend, bound: kernel.bound_on(backend), reports: vec![report] });
        }
        progress.advance(2.0 * SWEEP * share);
    }
    for function in FUNCTIONS {
        progress.begin(format!("errors of the gradient of {}", function.name));
        for backend in backends(function.gradient.portable.is_some()) {
            let kernels = Kernels::on(backend)?;
            let sweep = |upstream| function.sweep_gradient(&kernels, upstream, stride, &|_| {});
            let (name, bound) = (format!("{}, backward", function.name), function.gradient.bound_on(backend));
            lines.push(Line { name, backend, bound, reports: Upstream::ALL.map(sweep).into() });
        }
        progress.advance(6.0 * SWEEP * share);
    }
    let kernels = Kernels::on(Backend::best())?;
    let mut profiles = Vec::new();
    for function in FUNCTIONS {
        progress.begin(format!("errors of {} over the range", function.name));
        let tiers: Vec<_> = KERNELS.iter().filter(|kernel| kernel.function.name == function.name).collect();
        let drawn = tiers.iter().filter_map(|kernel| Some((*kernel, in_ulp(kernel)?)));
        let drawn = drawn.map(|(kernel, bound)| Profile {
            tier: kernel.tier,
            bound,
            errors: profile(kernel, &kernels, samples),
        });
        let drawn: Vec<_> = drawn.collect();
        if !drawn.is_empty() {
            profiles.push((function, drawn));
        }
        progress.advance(PROFILE * share * tiers.len() as f64);
    }
    Ok(Errors { stride, samples, lines, profiles })
}

impl Line {
    /// What is not true of what is promised.
    fn broken(&self) -> Vec<&str> {
        self.reports.iter().flat_map(|report| report.broken.iter().map(String::as_str)).collect()
    }

    /// The report with the largest error, in the unit of the bound, and that error.
    fn worst(&self) -> Option<(f64, &Report)> {
        let error = |report: &Report| match self.bound {
            Bound::Ulp(_) => report.largest.error,
            Bound::Relative(_) | Bound::OfTerms(_) => report.relative.error,
        };
        self.reports.iter().map(|report| (error(report), report)).max_by(|a, b| a.0.total_cmp(&b.0))
    }

    fn row(&self) -> Vec<Markup> {
        let (error, at, correct) = match self.worst() {
            Some((error, report)) => {
                let largest = if matches!(self.bound, Bound::Ulp(_)) { report.largest } else { report.relative };
                let at = largest.at.map_or_else(String::new, |found| float(found.x));
                (error, at, share(report))
            }
            None => (f64::NAN, String::new(), String::new()),
        };
        let broken = self.broken();
        let verdict = if broken.is_empty() { "kept".to_string() } else { broken.join("; ") };
        vec![
            cell(&self.name),
            cell(self.backend),
            amount(self.bound, error),
            cell(at),
            promised(self.bound),
            cell(correct),
            mark(broken.is_empty(), &verdict),
        ]
    }
}

/// A float with all its digits.
fn float(x: f32) -> String {
    format!("{x:e}").replace('-', "−").trim_end_matches("e0").to_string()
}

/// How many results are the nearest float, as far as f64 can tell.
fn share(report: &Report) -> String {
    let least = if report.undecided == 0 { "" } else { "≥ " };
    format!("{least}{:.2} %", 100.0 * report.correct_share())
}

/// An error in the unit of its bound.
fn amount(bound: Bound, error: f64) -> Markup {
    match bound {
        Bound::Ulp(_) => cell(format!("{error:.3} ULP")),
        Bound::Relative(_) if error == 0.0 => cell(0),
        Bound::Relative(_) => html! { "2" sup { (format!("{:.2}", error.log2()).replacen('-', "−", 1)) } },
        Bound::OfTerms(_) => cell(format!("{:.2} units", error * f64::from(1 << 24))),
    }
}

fn promised(bound: Bound) -> Markup {
    match bound {
        Bound::Ulp(most) => cell(format!("{most} ULP")),
        Bound::Relative(most) => amount(bound, most),
        Bound::OfTerms(most) => cell(format!("{} units", most * f64::from(1 << 24))),
    }
}

impl Errors {
    /// Whether all that is promised is true of the sample.
    pub fn good(&self) -> bool {
        self.lines.iter().all(|line| line.broken().is_empty())
    }

    /// What stands at the top of the page.
    pub fn finding(&self) -> Finding {
        let kept = self.lines.iter().filter(|line| line.broken().is_empty()).count();
        let figure = format!("{kept} of {}", self.lines.len());
        Finding { figure, meaning: "promises about errors are kept".into(), good: Some(self.good()) }
    }

    /// The part of the page.
    pub fn section(&self) -> Result<Section> {
        let exact =
            FUNCTIONS.iter().filter(|function| self.profiles.iter().all(|(other, _)| other.name != function.name));
        let exact: Vec<&str> = exact.map(|function| function.name).collect();
        let charts =
            self.profiles.iter().map(|(function, profiles)| figure(function, profiles)).collect::<Result<Vec<_>>>()?;
        let heads =
            ["function", "backend", "largest error", "at", "promised", "nearest float", "promises"].map(String::from);
        let rows: Vec<_> = self.lines.iter().map(Line::row).collect();
        let body = html! {
            p { "The largest error in units in the last place (ULP) in each part of the range of floats, from "
                (self.samples) " of each part, on " (Backend::best()) ". Inputs stand by their exponents, those near ±1 \
                with more room. The best that a float can be is half an ULP from the true value." }
            @if !exact.is_empty() { p { "Not drawn, because they have no error: " (exact.join(", ")) "." } }
            (legend(&[(FAITHFUL, "default tier"), (EXACT, "exact tier"), (Ink::Yardstick, "promised")]))
            div.charts { @for chart in charts { (chart) } }
            p { "The table is from every " (self.stride) "th float of either sign and those around 0, 1, the smallest \
                normal number, and infinity; " code { "cargo run --release -p accuracy" } " goes through all 2" sup { "32" }
                ". Gradients with a dy of 1, of random significand, and any. Errors of sums that may cancel are in \
                units of 2" sup { "−24" } " of their terms. Promises are the bound, and what becomes of \
                infinities, zeros, and what is not a number; ranges, symmetries, and where it rises and falls." }
            (folded("All errors", &heads, &rows))
        };
        Ok(Section { id: "errors", title: "Errors over the input range", body })
    }
}

fn figure(function: &Function, profiles: &[Profile]) -> Result<Markup> {
    let inputs = [(1e-6, "10⁻⁶"), (1.0, "1"), (1e30, "10³⁰")];
    let negative = inputs.iter().rev().map(|&(x, label)| (place(-x), format!("−{label}")));
    let positive = inputs.iter().map(|&(x, label)| (place(x), label.to_string()));
    let ticks = negative.chain([(0.0, "0".to_string())]).chain(positive).collect();
    let largest = |profile: &Profile| profile.errors.iter().map(|&(_, error)| error).fold(0.0, f64::max);
    let top = profiles.iter().map(|profile| profile.bound.max(largest(profile))).fold(0.0, f64::max);
    let inks = |tier| if tier == Tier::Exact { EXACT } else { FAITHFUL };
    let mut series = Vec::new();
    for profile in profiles {
        let mark = if profile.tier == Tier::Exact { Mark::Thin } else { Mark::Area };
        series.push(Series::new(inks(profile.tier), mark, profile.errors.iter().copied()));
    }
    for profile in profiles {
        series.push(Series::new(Ink::Yardstick, Mark::Dashed, [-1.0, 1.0].map(|x| (x, profile.bound))));
    }
    let found = profiles.iter().find(|profile| profile.tier == Tier::Faithful).map_or(0.0, largest);
    let bound = profiles.iter().find(|profile| profile.tier == Tier::Faithful).map_or(0.0, |profile| profile.bound);
    let chart = Chart {
        title: format!("Errors of {}: at most {found:.3} ULP, {bound} are promised", function.name),
        size: (300, 150),
        x: Axis { scale: Scale::Linear, range: (-1.0, 1.0), ticks },
        y: Axis::linear(0.0, 1.1 * top),
        series,
    };
    Ok(html! {
        figure {
            figcaption { b { (function.name) } " " span { "found " (format!("{found:.3}")) ", bound " (bound) } }
            (chart.draw()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_promise_is_seen() {
        let mut errors =
            measure(Effort { seconds: 0.0, quick: true }, &Progress::hidden()).expect("it can be measured");
        assert!(errors.good() && errors.finding().good == Some(true));
        errors.lines[0].reports[0].broken.push("a promise".into());
        assert!(!errors.good() && errors.finding().good == Some(false));
        let page = errors.section().expect("it can be drawn").body.into_string();
        assert_eq!(page.matches("✗ a promise").count(), 1);
    }
}
