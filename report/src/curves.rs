//! What the functions look like: f and f′, as simdact computes them.

use accuracy::{FUNCTIONS, Function};
use anyhow::Result;
use maud::{Markup, html};
use simdact::{Error, Kernels, Saves};

use crate::chart::{Axis, Chart, Ink, Mark, Series, legend};
use crate::page::Section;

const F: Ink = Ink::Series(0);
const SLOPE: Ink = Ink::Series(1);

/// The part of the page.
pub fn section() -> Result<Section> {
    let charts = FUNCTIONS.iter().map(figure).collect::<Result<Vec<_>>>()?;
    let body = html! {
        p { "Each function, and its gradient where the upstream gradient is 1, as computed here. Parameters are those \
            that the measurements below take." }
        (legend(&[(F, "f(x)"), (SLOPE, "f′(x), dashed")]))
        div.charts { @for chart in charts { (chart) } }
    };
    Ok(Section { id: "curves", title: "The functions", body })
}

fn figure(function: &Function) -> Result<Markup> {
    let [x, y, slope] = values(function)?;
    let low = y.iter().chain(&slope).copied().fold(f64::INFINITY, f64::min);
    let high = y.iter().chain(&slope).copied().fold(f64::NEG_INFINITY, f64::max);
    let room = 0.06 * (high - low);
    let points = |y: Vec<f64>| x.iter().copied().zip(y).collect::<Vec<_>>();
    let chart = Chart {
        title: format!("{} and its derivative from {} to {}", function.name, x[0], x[x.len() - 1]),
        size: (300, 170),
        x: Axis::linear(x[0], x[x.len() - 1]),
        y: Axis::linear(low - room, high + room),
        series: vec![Series::new(F, Mark::Line, points(y)), Series::new(SLOPE, Mark::Dashed, points(slope))],
    };
    Ok(html! {
        figure {
            figcaption { b { (function.activation) } " " span { (formula(function.name).unwrap_or_default()) } }
            (chart.draw()?)
        }
    })
}

/// Where what makes a function special can be seen.
fn interval(name: &str) -> (f32, f32) {
    match name {
        "exp" => (-4.0, 1.5),
        "relu_squared" => (-2.0, 2.0),
        "relu6" => (-3.0, 9.0),
        "hardtanh" | "hardshrink" | "softshrink" => (-3.0, 3.0),
        "snake" => (-6.0, 6.0),
        _ => (-5.0, 5.0),
    }
}

/// Inputs, results, and derivatives.
fn values(function: &Function) -> Result<[Vec<f64>; 3], Error> {
    const POINTS: usize = 401;
    let (low, high) = interval(function.name);
    let x: Vec<f32> = (0..POINTS).map(|i| low + (high - low) * i as f32 / (POINTS - 1) as f32).collect();
    let (mut y, mut slope) = (vec![0.0; POINTS], vec![0.0; POINTS]);
    let kernels = Kernels::default().serial();
    kernels.apply(function.activation, &x, &mut y)?;
    let saved = if function.activation.saves() == Saves::Output { &y } else { &x };
    kernels.backward(function.activation, saved, &vec![1.0; POINTS], &mut slope)?;
    let wide = |values: Vec<f32>| values.into_iter().map(f64::from).collect();
    Ok([x, y, slope].map(wide))
}

/// The formula of a function, from the table of the README.
fn formula(name: &str) -> Option<String> {
    let start = format!("| `{name}` | ");
    let row = include_str!("../../README.md").lines().find_map(|line| line.strip_prefix(&start))?;
    let (formula, _) = row.split_once(" | ")?;
    Some(formula.replace("\\|", "|").replace('`', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_a_formula() {
        for function in FUNCTIONS {
            assert!(formula(function.name).is_some_and(|formula| formula.len() > 2), "{}", function.name);
        }
        assert_eq!(formula("softsign").as_deref(), Some("x / (1 + |x|)"));
    }

    #[test]
    fn gradients_are_the_slopes_of_curves() {
        for function in FUNCTIONS {
            let [x, y, slope] = values(function).expect("of the same length");
            for i in 1..x.len() - 1 {
                let found = (y[i + 1] - y[i - 1]) / (x[i + 1] - x[i - 1]);
                // At kinks and jumps, the neighbours' slopes differ.
                let smooth = (slope[i + 1] - slope[i - 1]).abs() < 0.1;
                assert!(!smooth || (found - slope[i]).abs() < 0.03, "{} at {}", function.name, x[i]);
            }
        }
    }
}
