//! Measures what was asked for.

use std::time::Instant;

use accuracy::{Class, FUNCTIONS, Function, KERNELS, Kernel, ROWS, Report, RowFunction, RowReport, Tier, Upstream};
use serde_json::{Value, json};
use simdact::{Backend, Error, Kernels};

use super::bar;

/// What to measure.
pub struct Plan<'a> {
    pub functions: &'a [String],
    pub tier: Option<&'a str>,
    pub dy: Option<Upstream>,
    pub stride: u64,
    pub backend: Option<Backend>,
    pub forward: bool,
    pub gradients: bool,
    pub rows: bool,
}

/// What was measured.
#[derive(Default)]
pub struct Figures {
    pub forward: Vec<(&'static Kernel, Backend, Report)>,
    pub gradients: Vec<(&'static Function, Backend, Upstream, Report)>,
    pub rows: Vec<(RowFunction, Backend, Class, RowReport)>,
}

/// Elements of the rows of a class, of each distribution.
const ROW_ELEMENTS: u64 = 4 << 20;

enum Task {
    Forward(&'static Kernel, Backend),
    Gradient(&'static Function, Backend, Upstream),
    Rows(RowFunction, Backend, Class),
}

impl Plan<'_> {
    fn wants(&self, name: &str) -> bool {
        self.functions.is_empty() || self.functions.iter().any(|wish| wish == name)
    }

    fn wants_tier(&self, tier: Tier) -> bool {
        self.tier.is_none_or(|wish| wish == tier.to_string())
    }

    /// The backend asked for; else the best one, and `Portable` if its bits are its own.
    fn backends(&self, own_bits: bool) -> Vec<Backend> {
        let best = Backend::best();
        match self.backend {
            Some(backend) => vec![backend],
            None if own_bits && best != Backend::Portable => vec![best, Backend::Portable],
            None => vec![best],
        }
    }

    fn tasks(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        let wanted = |kernel: &&Kernel| self.wants(kernel.function.name) && self.wants_tier(kernel.tier);
        for kernel in KERNELS.iter().filter(wanted).filter(|_| self.forward) {
            let backends = self.backends(kernel.promise.portable.is_some());
            tasks.extend(backends.into_iter().map(|backend| Task::Forward(kernel, backend)));
        }
        let gradients = self.gradients && self.wants_tier(Tier::Faithful);
        for function in FUNCTIONS.iter().filter(|function| gradients && self.wants(function.name)) {
            for backend in self.backends(function.gradient.portable.is_some()) {
                let wanted = Upstream::ALL.into_iter().filter(|&dy| self.dy.is_none_or(|wish| wish == dy));
                tasks.extend(wanted.map(|upstream| Task::Gradient(function, backend, upstream)));
            }
        }
        let wanted = |function: &RowFunction| self.wants(function.name().trim_end_matches(", backward"));
        for function in ROWS.into_iter().filter(wanted).filter(|_| self.rows && self.tier.is_none()) {
            for backend in self.backends(true) {
                tasks.extend(Class::ALL.map(|class| Task::Rows(function, backend, class)));
            }
        }
        tasks
    }

    /// Measures it, and prints what was found.
    pub fn run(&self) -> Result<Figures, Error> {
        let tasks = self.tasks();
        let inputs = (1_u64 << 32).div_ceil(self.stride);
        let elements = ROW_ELEMENTS.div_ceil(self.stride);
        let work = |task: &Task| match task {
            Task::Rows(..) => 9 * elements,
            _ => inputs,
        };
        let bar = bar(tasks.iter().map(work).sum());
        let mut figures = Figures::default();
        for task in tasks {
            let start = Instant::now();
            let done = |inputs| bar.inc(inputs);
            let text = match task {
                Task::Forward(kernel, backend) => {
                    bar.set_message(format!("{kernel} on {backend}"));
                    let report = kernel.sweep(&Kernels::on(backend)?, self.stride, &done);
                    let text = report.to_string();
                    figures.forward.push((kernel, backend, report));
                    text
                }
                Task::Gradient(function, backend, upstream) => {
                    bar.set_message(format!("gradient of {} on {backend}", function.name));
                    let report = function.sweep_gradient(&Kernels::on(backend)?, upstream, self.stride, &done);
                    let text = report.to_string();
                    figures.gradients.push((function, backend, upstream, report));
                    text
                }
                Task::Rows(function, backend, class) => {
                    bar.set_message(format!("{} on {backend}", function.name()));
                    let report = function.measure(&Kernels::on(backend)?, class, elements as usize);
                    done(9 * elements);
                    let text = format!("{} on {backend}, {class}: {report}", function.name());
                    figures.rows.push((function, backend, class, report));
                    text
                }
            };
            bar.suspend(|| println!("{text} [{:.1} s]", start.elapsed().as_secs_f64()));
        }
        bar.finish_and_clear();
        Ok(figures)
    }
}

impl Figures {
    /// Whether all that is promised is true.
    pub fn kept(&self) -> bool {
        let reports = self.forward.iter().map(|(.., report)| report);
        reports.chain(self.gradients.iter().map(|(.., report)| report)).all(|report| report.exit_code() == 0)
            && self.rows.iter().all(|(.., report)| report.share <= 1.0)
    }

    /// All of it.
    pub fn to_json(&self) -> Value {
        let forward = self.forward.iter().map(|(kernel, backend, report)| {
            json!({"function": kernel.function.name, "tier": kernel.tier.to_string(), "backend": backend.name(),
                "report": report.to_json()})
        });
        let gradients = self.gradients.iter().map(|(function, backend, upstream, report)| {
            json!({"function": function.name, "backend": backend.name(), "dy": upstream.to_string(),
                "report": report.to_json()})
        });
        let rows = self.rows.iter().map(|(function, backend, class, report)| {
            json!({"function": function.name(), "backend": backend.name(), "shortest": class.shortest,
                "longest": class.longest, "report": report})
        });
        json!({
            "functions": forward.collect::<Vec<_>>(),
            "gradients": gradients.collect::<Vec<_>>(),
            "rows": rows.collect::<Vec<_>>(),
        })
    }
}
