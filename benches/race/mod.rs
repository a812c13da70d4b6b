//! Candidates that take turns, round by round, each judged by its fastest round.

use std::time::Instant;

type Run<'a, T> = Box<dyn FnMut(&mut [T]) + 'a>;

/// What is measured: it writes to an array.
pub struct Candidate<'a, T = f32> {
    name: String,
    run: Run<'a, T>,
    nanoseconds: f64,
}

/// One with a name.
pub fn candidate<'a, T>(name: impl ToString, run: impl FnMut(&mut [T]) + 'a) -> Candidate<'a, T> {
    Candidate { name: name.to_string(), run: Box::new(run), nanoseconds: f64::INFINITY }
}

/// Measures all in turns, which write to `y`, and prints each beside the first.
pub fn race<T>(title: &str, size: usize, rounds: usize, mut candidates: Vec<Candidate<'_, T>>, y: &mut [T]) {
    const CALLS: u32 = 4;
    for _ in 0..rounds {
        for candidate in &mut candidates {
            (candidate.run)(y);
            let start = Instant::now();
            for _ in 0..CALLS {
                (candidate.run)(y);
            }
            let each = start.elapsed().as_nanos() as f64 / f64::from(CALLS) / size as f64;
            candidate.nanoseconds = candidate.nanoseconds.min(each);
        }
    }
    println!("\n{title}, {size} elements");
    let yardstick = candidates[0].nanoseconds;
    for Candidate { name, nanoseconds, .. } in &candidates {
        println!(
            "  {name:<24}{nanoseconds:>8.4} ns per element{:>8.2} × {}",
            nanoseconds / yardstick,
            candidates[0].name
        );
    }
}
