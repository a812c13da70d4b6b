//! How much faster more threads are.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use maud::{Markup, html};
use rayon::{ThreadPool, ThreadPoolBuilder};
use simdact::{Activation, Backend, Kernels};

use crate::chart::{Axis, Chart, Ink, Mark, Scale, Series, binary, legend, significant};
use crate::growth::large;
use crate::machine::Machine;
use crate::page::{Finding, Section, cell, table};
use crate::progress::{Effort, Progress};
use crate::race::{Arena, noise};

type Function = fn(&Kernels, &[f32], &mut [f32]);

const FUNCTIONS: [(&str, Function); 4] = [
    ("memcpy", |_, x, y| copy(rayon::current_num_threads(), x, y)),
    ("relu", |kernels, x, y| kernels.apply(Activation::Relu, x, y).expect("of the same length")),
    ("tanh", |kernels, x, y| kernels.apply(Activation::Tanh, x, y).expect("of the same length")),
    ("sigmoid", |kernels, x, y| kernels.apply(Activation::Sigmoid, x, y).expect("of the same length")),
];

/// Copies in as many pieces as there are threads.
fn copy(pieces: usize, x: &[f32], y: &mut [f32]) {
    if pieces < 2 {
        return y.copy_from_slice(x);
    }
    let middle = (x.len() / pieces * (pieces / 2)).next_multiple_of(1024).min(x.len());
    let ((a, b), (c, d)) = (x.split_at(middle), y.split_at_mut(middle));
    rayon::join(|| copy(pieces / 2, a, c), || copy(pieces - pieces / 2, b, d));
}

/// Nanoseconds per element for each function and number of threads.
pub struct Scaling {
    backend: Backend,
    elements: usize,
    threads: Vec<usize>,
    times: Vec<(&'static str, Vec<f64>)>,
}

/// 1, 2, 4 … and all there are.
fn counts(all: usize) -> Vec<usize> {
    (0..usize::BITS).map(|power| 1 << power).take_while(|&n| n < all).chain([all]).collect()
}

/// About how many seconds all of it takes.
pub fn seconds(effort: Effort, machine: &Machine) -> f64 {
    2.0 * effort.seconds * (FUNCTIONS.len() * counts(machine.logical).len()) as f64
}

/// Measures all of it.
pub fn measure(effort: Effort, machine: &Machine, progress: &Progress) -> Result<Scaling> {
    let elements = if effort.quick { 1 << 20 } else { large(machine) };
    let threads = counts(machine.logical);
    let pool = |&threads: &usize| ThreadPoolBuilder::new().num_threads(threads).build();
    let pools = threads.iter().map(pool).collect::<Result<Vec<ThreadPool>, _>>()?;
    let mut arena = Arena::new(elements);
    let [x, _, y] = arena.arrays(elements);
    noise(1, 6.0, x);
    let kernels = Kernels::default();
    let mut times = Vec::new();
    for (name, function) in FUNCTIONS {
        progress.begin(format!("threads: {name}"));
        let budget = 2.0 * effort.seconds * pools.len() as f64;
        let mut fastest = vec![f64::INFINITY; pools.len()];
        let start = Instant::now();
        let mut rounds = 0;
        while rounds < 3 || start.elapsed().as_secs_f64() < budget {
            for (fastest, pool) in fastest.iter_mut().zip(&pools) {
                let start = Instant::now();
                pool.install(|| function(&kernels, black_box(&*x), black_box(&mut *y)));
                *fastest = fastest.min(start.elapsed().as_nanos() as f64 / elements as f64);
            }
            rounds += 1;
        }
        times.push((name, fastest));
        progress.advance(budget);
    }
    Ok(Scaling { backend: kernels.backend(), elements, threads, times })
}

impl Scaling {
    /// What stands at the top of the page.
    pub fn finding(&self) -> Option<Finding> {
        let (_, times) = self.times.iter().find(|(name, _)| *name == "sigmoid")?;
        let (first, last, threads) = (times.first()?, times.last()?, self.threads.last()?);
        let meaning = format!("the speed of one thread: sigmoid on {threads} threads");
        (*threads > 1).then(|| Finding::plain(format!("{:.2} ×", first / last), meaning))
    }

    /// The part of the page.
    pub fn section(&self) -> Result<Section> {
        let inks = [Ink::Yardstick, Ink::Series(0), Ink::Series(1), Ink::Series(2)];
        let names: Vec<_> = inks.into_iter().zip(self.times.iter().map(|&(name, _)| name)).collect();
        let heads = self.threads.iter().map(|n| if *n == 1 { "1 thread".to_string() } else { format!("{n} threads") });
        let heads: Vec<String> =
            ["function".to_string(), "ns, 1 thread".to_string()].into_iter().chain(heads.skip(1)).collect();
        let cells = |(name, times): &(&str, Vec<f64>)| -> Vec<Markup> {
            let faster = times.iter().skip(1).map(|time| cell(format!("{:.2} ×", times[0] / time)));
            [cell(name), cell(significant(times[0], 3))].into_iter().chain(faster).collect()
        };
        let rows: Vec<_> = self.times.iter().map(cells).collect();
        let body = html! {
            p { (binary(self.elements)) " elements on " (self.backend) ", in pools of 1 thread to "
                (self.threads.last().copied().unwrap_or(1)) ": how many times as fast as with one. memcpy is split over \
                the threads as well, and shows what memory gives." }
            @if self.threads.len() > 1 {
                (legend(&names))
                div.charts.large { (self.figure(&inks)?) (table("Times as fast as one thread", &heads, &rows)) }
            } @else {
                (table("This machine has one thread", &heads, &rows))
            }
        };
        Ok(Section { id: "threads", title: "Threads", body })
    }

    fn figure(&self, inks: &[Ink]) -> Result<Markup> {
        let most = self.threads.last().copied().unwrap_or(1) as f64;
        let faster = |times: &[f64]| times.iter().map(|time| times[0] / time).collect::<Vec<_>>();
        let least = self.times.iter().flat_map(|(_, times)| faster(times)).fold(1.0, f64::min);
        let ticks: Vec<_> = self.threads.iter().map(|&n| (n as f64, n.to_string())).collect();
        // Few threads on a linear scale, since powers of two would be too few labels.
        let scale = if most > 8.0 { Scale::Log } else { Scale::Linear };
        let x = Axis { scale, range: (0.95, most * 1.03), ticks: ticks.clone() };
        let y = match scale {
            Scale::Log => Axis { scale, range: (least * 0.95, most * 1.05), ticks },
            Scale::Linear => Axis::linear(least.min(0.9), most * 1.03),
        };
        let ideal = Series::new(Ink::Text, Mark::Dashed, [(1.0, 1.0), (most, most)]);
        let curves = self.times.iter().zip(inks).map(|((_, times), &ink)| {
            let points = self.threads.iter().map(|&n| n as f64).zip(faster(times));
            Series::new(ink, Mark::Both, points)
        });
        let chart = Chart {
            title: "Times as fast as one thread, by threads".into(),
            size: (400, 260),
            x,
            y,
            series: [ideal].into_iter().chain(curves).collect(),
        };
        Ok(
            html! { figure { figcaption { b { "Times as fast" } " " span { "by threads; dashed: as many times" } } (chart.draw()?) } },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_have_up_to_all_threads() {
        assert_eq!(counts(1), [1]);
        assert_eq!(counts(2), [1, 2]);
        assert_eq!(counts(6), [1, 2, 4, 6]);
    }

    #[test]
    fn all_is_copied_by_any_number_of_threads() {
        let x: Vec<f32> = (0..10_000).map(|i| i as f32).collect();
        for pieces in 1..20 {
            let mut y = vec![0.0; x.len()];
            copy(pieces, &x, &mut y);
            assert_eq!(x, y, "{pieces}");
        }
    }
}
