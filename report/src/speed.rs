//! What an element costs: every function and every gradient on every backend, beside memcpy.

use accuracy::{FUNCTIONS, KERNELS};
use anyhow::Result;
use maud::{Markup, html};
use simdact::{Backend, Kernels, Saves};

use crate::chart::{Axis, Chart, Ink, Mark, Series, binary, legend, significant};
use crate::page::{Finding, Section, cell, folded, table};
use crate::progress::{Effort, Progress};
use crate::race::{Arena, Candidate, noise, race};

/// Elements of the element-wise functions: what a core's second cache has room for.
const ELEMENTS: usize = 16 << 10;

/// Nanoseconds per element of the input.
struct Row {
    name: String,
    memcpy: f64,
    /// As many as there are backends.
    times: Vec<f64>,
}

/// All times.
pub struct Speed {
    backends: Vec<Backend>,
    forward: Vec<Row>,
    backward: Vec<Row>,
    axis: Vec<Row>,
}

/// A function along an axis.
#[derive(Clone, Copy)]
enum Along {
    Softmax,
    SoftmaxBackward,
    LogSoftmax,
    Maxout,
    MaxoutSlices,
}

/// With the shapes `[outer, len, inner]`, most of which are raced in `peers/` as well.
const AXES: [(Along, &str, [usize; 3]); 8] = [
    (Along::Softmax, "softmax", [1024, 64, 1]),
    (Along::Softmax, "softmax", [128, 1000, 1]),
    (Along::Softmax, "softmax", [2, 50257, 1]),
    (Along::SoftmaxBackward, "softmax, backward", [128, 1000, 1]),
    (Along::LogSoftmax, "log_softmax", [128, 1000, 1]),
    (Along::Maxout, "maxout, groups", [16384, 4, 1]),
    (Along::Maxout, "maxout, planes", [1, 2, 32768]),
    (Along::MaxoutSlices, "maxout, slices", [1, 5, 13104]),
];

/// About how many seconds all of it takes.
pub fn seconds(effort: Effort) -> f64 {
    effort.seconds * (KERNELS.len() + FUNCTIONS.len() + AXES.len()) as f64
}

/// Of the input, or what was saved of the forward pass, of the upstream gradient, and of the output.
type Run<'a> = &'a dyn Fn(&Kernels, &[f32], &[f32], &mut [f32]);

/// Measures all of it.
pub fn measure(effort: Effort, progress: &Progress) -> Result<Speed> {
    let backends: Vec<Backend> = Backend::available().collect::<Vec<_>>().into_iter().rev().collect();
    let kernels = backends.iter().map(|&backend| Ok(Kernels::on(backend)?.serial())).collect::<Result<Vec<_>>>()?;
    let most = AXES.iter().map(|(.., shape)| shape.iter().product()).max().unwrap_or(0).max(ELEMENTS);
    let mut arena = Arena::new(most);
    let case = |name: String, arena: [&mut [f32]; 3], run: Run<'_>| {
        progress.begin(format!("speed of {name}"));
        let [x, dy, y] = arena;
        let (x, dy) = (&*x, &*dy);
        let mut candidates = vec![Candidate::new(|y: &mut [f32]| y.copy_from_slice(x))];
        candidates.extend(kernels.iter().map(|kernels| Candidate::new(move |y: &mut [f32]| run(kernels, x, dy, y))));
        let times = race(&mut candidates, y, effort.seconds);
        progress.advance(effort.seconds);
        Row { name, memcpy: times[0], times: times[1..].to_vec() }
    };
    let [x, dy, _] = arena.arrays(most);
    noise(2, 1.0, dy);
    noise(1, 6.0, x);

    let forward = KERNELS.iter().map(|kernel| {
        case(kernel.to_string(), arena.arrays(ELEMENTS), &|kernels, x, _, y| kernel.apply(kernels, x, y))
    });
    let forward = forward.collect();
    let axis = AXES.iter().map(|&(function, name, shape)| {
        let [outer, len, inner] = shape.map(binary);
        let shown = if inner == "1" { format!("{outer}×{len}") } else { format!("{outer}×{len}×{inner}") };
        let arrays = arena.arrays(shape.iter().product());
        case(format!("{name} {shown}"), arrays, &|kernels, x, dy, y| along(function, shape, kernels, x, dy, y))
    });
    let axis = axis.collect();
    let mut backward = Vec::new();
    for function in FUNCTIONS {
        let [x, ..] = arena.arrays(ELEMENTS);
        noise(1, 6.0, x);
        if function.activation.saves() == Saves::Output {
            Kernels::default().apply_in_place(function.activation, x);
        }
        backward.push(case(function.name.to_string(), arena.arrays(ELEMENTS), &|kernels, saved, dy, dx| {
            kernels.backward(function.activation, saved, dy, dx).expect("of the same length");
        }));
    }
    Ok(Speed { backends, forward, backward, axis })
}

fn along(function: Along, [outer, len, inner]: [usize; 3], kernels: &Kernels, x: &[f32], dy: &[f32], y: &mut [f32]) {
    let axis = simdact::Axis::new(len).inner(inner);
    let results = outer * inner;
    match function {
        Along::Softmax => kernels.softmax(x, axis, y),
        Along::SoftmaxBackward => kernels.softmax_backward(x, dy, axis, y),
        Along::LogSoftmax => kernels.log_softmax(x, axis, y),
        Along::Maxout => kernels.maxout_axis(x, axis, &mut y[..results]),
        Along::MaxoutSlices => {
            let mut slices = x.chunks_exact(inner);
            let five: [&[f32]; 5] = std::array::from_fn(|_| slices.next().unwrap_or_default());
            kernels.maxout(&five, &mut y[..results])
        }
    }
    .expect("shapes fit");
}

impl Row {
    fn cells(&self) -> Vec<Markup> {
        let best = self.times.first().copied().unwrap_or(f64::INFINITY);
        let times = self.times.iter().map(|&time| cell(significant(time, 3)));
        let start = [cell(&self.name), cell(format!("{:.2}", best / self.memcpy))];
        start.into_iter().chain(times).chain([cell(significant(self.memcpy, 3))]).collect()
    }
}

impl Speed {
    /// What stands at the top of the page.
    pub fn finding(&self) -> Option<Finding> {
        let row = self.forward.iter().find(|row| row.name == "tanh")?;
        let (best, backend) = (row.times.first()?, self.backends.first()?);
        let meaning = format!("for tanh on {backend}, {:.1} times memcpy’s", best / row.memcpy);
        Some(Finding::plain(format!("{} ns per element", significant(*best, 2)), meaning))
    }

    fn heads(&self) -> Vec<String> {
        let backends = self.backends.iter().map(|backend| format!("{backend}, ns"));
        let start = ["function".to_string(), "× memcpy".to_string()];
        start.into_iter().chain(backends).chain(["memcpy, ns".to_string()]).collect()
    }

    fn dots(&self, title: &str, rows: &[Row]) -> Result<Markup> {
        let height = |i: usize| (rows.len() - 1 - i) as f64;
        let mut memcpy: Vec<f64> = rows.iter().map(|row| row.memcpy).collect();
        memcpy.sort_by(f64::total_cmp);
        let middle = memcpy[memcpy.len() / 2];
        let y = Axis::rows(rows.iter().map(|row| row.name.clone()));
        let mut series =
            vec![Series::new(Ink::Yardstick, Mark::Dashed, [y.range.0, y.range.1].map(|end| (middle, end)))];
        for i in (0..self.backends.len()).rev() {
            let points = rows.iter().enumerate().map(|(row, times)| (times.times[i], height(row)));
            series.push(Series::new(Ink::Series(i), Mark::Dots, points));
        }
        let all = rows.iter().flat_map(|row| row.times.iter().chain([&row.memcpy])).copied();
        let chart = Chart {
            title: format!("{title}: nanoseconds per element on each backend"),
            size: (400, 60 + 17 * rows.len() as u32),
            x: Axis::log(all),
            y,
            series,
        };
        Ok(html! { figure { figcaption { b { (title) } " " span { "ns per element" } } (chart.draw()?) } })
    }

    /// The part of the page.
    pub fn section(&self) -> Result<Section> {
        let names: Vec<String> = self.backends.iter().map(ToString::to_string).collect();
        let mut entries: Vec<_> = names.iter().enumerate().map(|(i, name)| (Ink::Series(i), name.as_str())).collect();
        entries.push((Ink::Yardstick, "memcpy"));
        let heads = self.heads();
        let cells = |rows: &[Row]| rows.iter().map(Row::cells).collect::<Vec<_>>();
        let body = html! {
            p { (binary(ELEMENTS)) " elements on one thread. Backends and memcpy take turns, round by round, and the \
                fastest round counts. “× memcpy” is " (names.first().map_or("", |name| name)) "’s time as a multiple of memcpy’s." }
            (legend(&entries))
            div.charts.large {
                (self.dots("Forward", &self.forward)?)
                (self.dots("Backward", &self.backward)?)
                (self.dots("Along an axis", &self.axis)?)
            }
            (table("Softmax and maxout, by shape", &heads, &cells(&self.axis)))
            (folded("Times of all functions", &heads, &cells(&self.forward)))
            (folded("Times of all gradients", &heads, &cells(&self.backward)))
        };
        Ok(Section { id: "speed", title: "Speed", body })
    }
}
