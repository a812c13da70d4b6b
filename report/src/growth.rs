//! What an element costs as work grows.

use anyhow::Result;
use maud::{Markup, html};
use simdact::{Activation, Axis as Along, Kernels};

use crate::chart::{Axis, Chart, Ink, Mark, Scale, Series, binary, legend, significant};
use crate::machine::Machine;
use crate::page::{Section, cell, folded};
use crate::progress::{Effort, Progress};
use crate::race::{Arena, Candidate, noise, race};

const NAMES: [&str; 5] = ["memcpy", "relu", "tanh", "sigmoid", "softmax"];

/// Nanoseconds per element, for each number of elements, in the order of [`NAMES`].
pub struct Growth {
    backend: simdact::Backend,
    rows: Vec<(usize, Vec<f64>)>,
}

/// Powers of two, of the large ones every second, as far as memory goes.
fn sizes(effort: Effort, machine: &Machine) -> Vec<usize> {
    let most = if effort.quick { 1 << 16 } else { large(machine) };
    let powers = (0..=12).chain((14..).step_by(2)).map(|power| 1 << power);
    powers.take_while(|&n| n <= most).collect()
}

/// The largest arrays: 16 Mi elements, or less where three of them would fill a quarter of the free memory.
pub fn large(machine: &Machine) -> usize {
    let fits = |&elements: &usize| 12 * elements as u64 <= machine.free / 4;
    [1 << 24, 1 << 22, 1 << 20].into_iter().find(fits).unwrap_or(1 << 16)
}

/// About how many seconds all of it takes.
pub fn seconds(effort: Effort, machine: &Machine) -> f64 {
    1.5 * effort.seconds * sizes(effort, machine).len() as f64
}

/// Measures all of it.
pub fn measure(effort: Effort, machine: &Machine, progress: &Progress) -> Growth {
    let kernels = Kernels::default().serial();
    let sizes = sizes(effort, machine);
    let mut arena = Arena::new(sizes.last().copied().unwrap_or(1));
    let mut rows = Vec::new();
    for n in sizes {
        progress.begin(format!("speed of {} elements", binary(n)));
        let [x, _, y] = arena.arrays(n);
        noise(1, 6.0, x);
        let x = &*x;
        let map = |activation| {
            Candidate::new(move |y: &mut [f32]| kernels.apply(activation, x, y).expect("of the same length"))
        };
        let mut candidates = [
            Candidate::new(|y: &mut [f32]| y.copy_from_slice(x)),
            map(Activation::Relu),
            map(Activation::Tanh),
            map(Activation::Sigmoid),
            Candidate::new(|y: &mut [f32]| kernels.softmax(x, Along::rows(n), y).expect("one row")),
        ];
        rows.push((n, race(&mut candidates, y, 1.5 * effort.seconds)));
        progress.advance(1.5 * effort.seconds);
    }
    Growth { backend: kernels.backend(), rows }
}

impl Growth {
    /// The part of the page.
    pub fn section(&self) -> Result<Section> {
        let inks = [Ink::Yardstick, Ink::Series(0), Ink::Series(1), Ink::Series(2), Ink::Series(3)];
        let legend_of: Vec<_> = inks.into_iter().zip(NAMES).collect();
        let heads: Vec<String> = ["elements"].iter().chain(&NAMES).map(ToString::to_string).collect();
        let cells = |(n, times): &(usize, Vec<f64>)| -> Vec<Markup> {
            [cell(binary(*n))].into_iter().chain(times.iter().map(|&time| cell(significant(time, 3)))).collect()
        };
        let rows: Vec<_> = self.rows.iter().map(cells).collect();
        let body = html! {
            p { "Nanoseconds per element on one thread, on " (self.backend) ". On the left, a call costs more than its \
                work; on the right, memory costs more than arithmetic. Softmax is of one row." }
            (legend(&legend_of))
            div.charts.large {
                (self.figure("From one element on", 1, &inks)?)
                (self.figure("From 1 Ki elements on", 1 << 10, &inks)?)
            }
            (folded("All numbers", &heads, &rows))
        };
        Ok(Section { id: "growth", title: "Cost as work grows", body })
    }

    fn figure(&self, title: &str, from: usize, inks: &[Ink]) -> Result<Markup> {
        let rows = || self.rows.iter().filter(|&&(n, _)| n >= from);
        let last = rows().next_back().map_or(1, |&(n, _)| n);
        let ticks = (0..=30)
            .step_by(if from == 1 { 6 } else { 4 })
            .map(|power| 1 << power)
            .filter(|n| (from..=last).contains(n));
        let all: Vec<f64> = rows().flat_map(|(_, times)| times.iter().copied()).collect();
        let series = inks.iter().enumerate().map(|(i, &ink)| {
            Series::new(
                ink,
                if i == 0 { Mark::Dashed } else { Mark::Both },
                rows().map(|(n, times)| (*n as f64, times[i])),
            )
        });
        let chart = Chart {
            title: format!("{title}: nanoseconds per element of {}", NAMES.join(", ")),
            size: (400, 260),
            x: Axis {
                scale: Scale::Log,
                range: (from as f64 / 1.1, last as f64 * 1.1),
                ticks: ticks.map(|n| (n as f64, binary(n))).collect(),
            },
            y: Axis::log(all.iter().copied()),
            series: series.collect(),
        };
        Ok(html! { figure { figcaption { b { (title) } " " span { "ns per element" } } (chart.draw()?) } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_fit_into_memory() {
        let with = |free| Machine { free, ..Machine::detect() };
        assert_eq!(large(&with(64 << 30)), 1 << 24);
        assert_eq!(large(&with(512 << 20)), 1 << 22);
        assert_eq!(large(&with(1 << 20)), 1 << 16);
        let sizes = sizes(Effort { seconds: 1.0, quick: false }, &with(64 << 30));
        assert_eq!((sizes[0], sizes[sizes.len() - 1], sizes.len()), (1, 1 << 24, 19));
    }
}
