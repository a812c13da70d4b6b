//! The race: candidates take turns.
//!
//! Machines are noisy and clocks wander, so that times taken one after the other compare the minutes and not the
//! candidates. Here every candidate runs once in each round, and the fastest and the middle of its rounds count. All
//! that can, read and write the same memory, since how its pages lie in the caches makes up to a quarter.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::cases::Case;
use crate::errors::ulps;
use crate::registers;

/// How a candidate treats memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Reads the input and writes to the output that it is given.
    Into,
    /// Replaces its input.
    InPlace,
    /// Allocates the output.
    Allocates,
}

/// What is read. In gradients, `x` is what was saved of the forward pass.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    pub x: &'a [f32],
    pub dy: &'a [f32],
}

type Run<'a> = Box<dyn FnMut(Inputs<'_>, &mut [f32]) + 'a>;

pub struct Candidate<'a> {
    pub name: String,
    /// How it is called, where that matters.
    pub how: String,
    pub manner: Manner,
    run: Run<'a>,
    /// Writes the result, where `run` drops it.
    value: Option<Run<'a>>,
    /// Whether it computes the function, and not only moves memory.
    computes: bool,
}

impl<'a> Candidate<'a> {
    /// One that writes to the given output.
    pub fn new(name: impl ToString, how: impl ToString, run: impl FnMut(Inputs<'_>, &mut [f32]) + 'a) -> Self {
        Candidate {
            name: name.to_string(),
            how: how.to_string(),
            manner: Manner::Into,
            run: Box::new(run),
            value: None,
            computes: true,
        }
    }

    /// One that replaces its input.
    pub fn in_place(name: impl ToString, how: impl ToString, mut run: impl FnMut(&mut [f32]) + 'a) -> Self {
        Candidate { manner: Manner::InPlace, ..Candidate::new(name, how, move |_, y| run(y)) }
    }

    /// One that allocates: `run` drops what it computes, `value` writes it.
    pub fn allocating(
        name: impl ToString,
        how: impl ToString,
        mut run: impl FnMut() + 'a,
        mut value: impl FnMut(&mut [f32]) + 'a,
    ) -> Self {
        Candidate {
            manner: Manner::Allocates,
            value: Some(Box::new(move |_, y| value(y))),
            ..Candidate::new(name, how, move |_, _| run())
        }
    }

    /// A yardstick, which computes nothing, and has as much room as the input.
    pub fn yardstick(name: impl ToString, how: impl ToString, run: impl FnMut(Inputs<'_>, &mut [f32]) + 'a) -> Self {
        Candidate { computes: false, ..Candidate::new(name, how, run) }
    }

    /// Elements of the output that it is given.
    fn room(&self, case: &Case) -> usize {
        if self.manner == Manner::InPlace || !self.computes { case.elements() } else { case.output() }
    }
}

/// What was measured of one candidate: times in nanoseconds per element of the input, and the largest error in ULP, where
/// the function has true values.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    pub min: f64,
    pub median: f64,
    pub ulps: Option<f64>,
}

/// How long the candidates of a case may take in all, about.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub case: Duration,
    pub least_rounds: usize,
}

/// The memory that all candidates share.
pub struct Arena {
    x: Vec<f32>,
    dy: Vec<f32>,
    y: Vec<f32>,
}

/// Arrays begin with a page, in all programs: how they lie to each other in the first cache makes up to half where they
/// fill it.
const PAGE: usize = 4096 / size_of::<f32>();

fn aligned(all: &mut [f32], len: usize) -> &mut [f32] {
    let start = all.as_ptr().align_offset(4096);
    &mut all[start..start + len]
}

impl Arena {
    /// With room for the largest of the cases.
    pub fn new(cases: &[Case]) -> Arena {
        let room = PAGE + cases.iter().map(Case::elements).max().unwrap_or(0);
        Arena { x: vec![0.0; room], dy: vec![0.0; room], y: vec![0.0; room] }
    }

    /// Fills the inputs of a case, and gives out those and the room for the output.
    pub fn prepare(&mut self, case: &Case) -> (Inputs<'_>, &mut [f32]) {
        let n = case.elements();
        let (x, dy, y) = (aligned(&mut self.x, n), aligned(&mut self.dy, n), aligned(&mut self.y, n));
        case.fill(x, dy);
        (Inputs { x, dy }, y)
    }
}

/// Checks that all compute about the same, then measures them in turns. `y` has as many elements as the input, since
/// some replace it. Gives what was measured, in the order of the candidates, and the number of rounds.
pub fn race(
    case: &Case,
    candidates: &mut [Candidate<'_>],
    inputs: Inputs<'_>,
    y: &mut [f32],
    budget: Budget,
) -> Result<(Vec<Measured>, usize)> {
    let errors = agree(case, candidates, inputs, y)?;

    /// Long enough for the clock.
    const BLOCK: Duration = Duration::from_micros(20);
    let mut calls = Vec::new();
    let mut round = Duration::ZERO;
    for candidate in candidates.iter_mut() {
        let mut count = 1;
        let mut took = block(case, candidate, inputs, y, count);
        while took < BLOCK {
            count *= 2;
            took = block(case, candidate, inputs, y, count);
        }
        calls.push(count);
        round += took;
    }

    /// More tell nothing new.
    const MOST_ROUNDS: usize = 1000;
    let rounds = (budget.case.as_nanos() / round.as_nanos().max(1)) as usize;
    let rounds = rounds.clamp(budget.least_rounds, MOST_ROUNDS);
    let mut samples = vec![Vec::with_capacity(rounds); candidates.len()];
    for _ in 0..rounds {
        for ((candidate, &calls), samples) in candidates.iter_mut().zip(&calls).zip(&mut samples) {
            let took = block(case, candidate, inputs, y, calls);
            samples.push(took.as_nanos() as f64 / f64::from(calls) / case.elements() as f64);
        }
    }
    let measured = samples.into_iter().zip(errors).map(|(mut samples, ulps)| {
        samples.sort_by(f64::total_cmp);
        Measured { min: samples[0], median: samples[samples.len() / 2], ulps }
    });
    Ok((measured.collect(), rounds))
}

/// The time of so many calls.
fn block(case: &Case, candidate: &mut Candidate<'_>, inputs: Inputs<'_>, y: &mut [f32], calls: u32) -> Duration {
    let n = candidate.room(case);
    if candidate.manner == Manner::InPlace {
        y.copy_from_slice(inputs.x);
    } else if case.elements() <= 1 << 20 {
        // Who has run before leaves the caches as it likes. Larger arrays are in no cache anyway.
        (candidate.run)(inputs, &mut y[..n]);
    }
    registers::clear();
    let start = Instant::now();
    for _ in 0..calls {
        (candidate.run)(black_box(inputs), black_box(&mut y[..n]));
    }
    start.elapsed()
}

/// Whether all candidates compute what the first of them computes, so that nobody is measured doing something else.
/// How exact they are is no condition, as some are far from exact: it is what is returned, the largest error of each in
/// ULP.
fn agree(case: &Case, candidates: &mut [Candidate<'_>], inputs: Inputs<'_>, y: &mut [f32]) -> Result<Vec<Option<f64>>> {
    // Sums of a row in f32, one element after the other, may be that far off: candle's of 4 Mi are by half a percent.
    let tolerance = 1e-3 + case.len as f32 * f32::EPSILON / 2.0;
    let mut reference: Option<(String, Vec<f32>)> = None;
    let mut errors = Vec::new();
    for candidate in candidates {
        if !candidate.computes {
            errors.push(None);
            continue;
        }
        let n = case.output();
        if candidate.manner == Manner::InPlace {
            y.copy_from_slice(inputs.x);
            (candidate.run)(inputs, y);
        } else {
            y.fill(f32::NAN);
            candidate.value.as_mut().unwrap_or(&mut candidate.run)(inputs, &mut y[..n]);
        }
        errors.push(ulps(case.function, inputs.x, &y[..n]));
        let Some((first, values)) = &reference else {
            reference = Some((candidate.name.clone(), y[..n].to_vec()));
            continue;
        };
        let largest = values.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
        for (i, (&value, &y)) in values.iter().zip(&y[..n]).enumerate() {
            // A NaN is not near anything.
            let near = (value - y).abs() <= tolerance * value.abs() + 1e-4 * largest;
            ensure!(near, "{case}: element {i} is {y} by {}, {value} by {first}", candidate.name);
        }
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::Function;

    #[test]
    fn who_computes_something_else_does_not_race() {
        let function = Function::Map(accuracy::function("relu").expect("it is in the table"));
        let case = Case { function, outer: 64, len: 1, inner: 1 };
        let mut arena = Arena::new(&[case]);
        let (inputs, y) = arena.prepare(&case);
        let relu = |x: f32| x.max(0.0);
        let map = |function: fn(f32) -> f32| {
            move |Inputs { x, .. }: Inputs<'_>, y: &mut [f32]| {
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = function(x);
                }
            }
        };
        let honest = || Candidate::new("honest", "", map(relu));
        let copy = |Inputs { x, .. }: Inputs<'_>, y: &mut [f32]| y.copy_from_slice(x);
        let all = &mut [Candidate::yardstick("memcpy", "", copy), honest(), honest()];
        assert_eq!(agree(&case, all, inputs, y).expect("they agree"), [None, Some(0.0), Some(0.0)]);
        assert!(
            agree(&case, &mut [honest(), Candidate::new("another function", "", map(f32::abs))], inputs, y).is_err()
        );
        // Whose result is dropped leaves the output as it was.
        assert!(agree(&case, &mut [honest(), Candidate::new("nothing", "", |_, _| ())], inputs, y).is_err());
        let nan = Candidate::in_place("NaN", "", |y| y.fill(f32::NAN));
        assert!(agree(&case, &mut [honest(), nan], inputs, y).is_err());
    }
}
