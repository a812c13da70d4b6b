//! Races simdact against the libraries in Rust.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use simdact::{Backend, Kernels};
use simdact_peers::cases::{self, Case};
use simdact_peers::race::{Arena, Budget, race};
use simdact_peers::report::{Record, Report};
use simdact_peers::{candle, ours, plain, rten, tract, wide};

/// Nanoseconds per element of simdact and its rivals, on one thread, all taking turns.
#[derive(Parser)]
struct Arguments {
    /// Only cases whose title contains one of these, such as "tanh 65536" or "softmax"
    filters: Vec<String>,
    /// simdact's backends; ratios are to the first. By default all that the machine has, the best first
    #[arg(long)]
    backend: Vec<Backend>,
    /// Also write what was measured to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Seconds for each case [default: 1, for curves 0.1]
    #[arg(long)]
    seconds: Option<f64>,
    /// Other cases: those of curves, from 1 to 64 Mi elements
    #[arg(long)]
    curve: bool,
    /// Few rounds, and no case of more than 64 Ki elements: whether it runs, not how fast
    #[arg(long)]
    quick: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(arguments.seconds.is_none_or(|seconds| seconds >= 0.0), "--seconds must not be negative");
    // candle would use all cores, in pools of its own and of rayon, and reads this when it first needs one.
    // SAFETY: there is no other thread yet that could read the environment.
    unsafe {
        std::env::set_var("RAYON_NUM_THREADS", "1");
        std::env::set_var("CANDLE_NUM_THREADS", "1");
    }
    run(&arguments)
}

fn run(arguments: &Arguments) -> Result<()> {
    let backends =
        if arguments.backend.is_empty() { Backend::available().collect() } else { arguments.backend.clone() };
    let mut kernels = Vec::new();
    for backend in backends {
        kernels.push(Kernels::on(backend)?.serial());
    }
    if arguments.backend.is_empty() {
        kernels.reverse();
    }

    let wanted = |case: &Case| {
        let title = case.to_string();
        let small = !arguments.quick || case.elements() <= 64 << 10;
        small && (arguments.filters.is_empty() || arguments.filters.iter().any(|filter| title.contains(filter)))
    };
    let cases = if arguments.curve { cases::curves() } else { cases::all() };
    let cases: Vec<Case> = cases.into_iter().filter(wanted).collect();
    ensure!(!cases.is_empty(), "no case has such a title");

    let budget = if arguments.quick {
        Budget { case: Duration::from_millis(10), least_rounds: 1 }
    } else {
        // A curve has many points, and a bad one shows.
        let (seconds, least_rounds) = if arguments.curve { (0.1, 5) } else { (1.0, 15) };
        Budget { case: Duration::from_secs_f64(arguments.seconds.unwrap_or(seconds)), least_rounds }
    };
    let mut arena = Arena::new(&cases);
    let mut report = Report::new(arguments.curve);
    println!("{}, build: {}, {}", report.processor, report.build, report.date);
    for case in &cases {
        let (inputs, y) = arena.prepare(case);
        let mut candidates = plain::memcpy(*case);
        candidates.extend(ours::candidates(&kernels, *case));
        candidates.extend(rten::candidate(*case));
        candidates.extend(tract::candidate(*case));
        candidates.extend(candle::candidate(*case, inputs)?);
        candidates.extend(wide::candidate(*case));
        candidates.extend(plain::candidate(*case));
        let (measured, rounds) = race(case, &mut candidates, inputs, y, budget)?;
        let race: Vec<_> = candidates.iter().zip(measured).collect();
        let name = ours::name(&kernels[0]);
        let record = Record::new(case, rounds, &race, &name, &(name.clone() + " fast"));
        record.print(case);
        report.cases.push(record);
    }
    if let Some(path) = &arguments.json {
        report.write(path)?;
    }
    Ok(())
}
