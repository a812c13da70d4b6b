//! Candidates take turns: once in each round, and the fastest of its rounds is what counts. So does `peers/`, which
//! says why.

use std::hint::black_box;
use std::time::{Duration, Instant};

type Run<'a> = Box<dyn FnMut(&mut [f32]) + 'a>;

/// Whose time is taken.
pub struct Candidate<'a> {
    run: Run<'a>,
}

impl<'a> Candidate<'a> {
    /// One that writes to the given output.
    pub fn new(run: impl FnMut(&mut [f32]) + 'a) -> Candidate<'a> {
        Candidate { run: Box::new(run) }
    }

    /// The time of so many calls.
    fn block(&mut self, y: &mut [f32], calls: u32) -> Duration {
        if y.len() <= 1 << 20 {
            // Who has run before leaves the caches as it likes. Larger arrays are in no cache anyway.
            (self.run)(y);
        }
        let start = Instant::now();
        for _ in 0..calls {
            (self.run)(black_box(&mut *y));
        }
        start.elapsed()
    }
}

/// Takes the times of the candidates in turns, for about so many seconds; gives nanoseconds per element of `y`.
pub fn race(candidates: &mut [Candidate<'_>], y: &mut [f32], seconds: f64) -> Vec<f64> {
    /// Long enough for the clock.
    const BLOCK: Duration = Duration::from_micros(20);
    /// More tell nothing new.
    const MOST_ROUNDS: f64 = 1000.0;
    /// Without any others, one that was interrupted would count.
    const LEAST_ROUNDS: f64 = 3.0;

    let mut round = Duration::ZERO;
    let mut calls = Vec::new();
    for candidate in candidates.iter_mut() {
        let mut count = 1;
        let start = Instant::now();
        while candidate.block(y, count) < BLOCK {
            count *= 2;
        }
        round += start.elapsed() / if count == 1 { 1 } else { 2 };
        calls.push(count);
    }
    let rounds = (seconds / round.as_secs_f64()).clamp(LEAST_ROUNDS, MOST_ROUNDS) as usize;
    let mut fastest = vec![f64::INFINITY; candidates.len()];
    for _ in 0..rounds {
        for ((candidate, &calls), fastest) in candidates.iter_mut().zip(&calls).zip(&mut fastest) {
            let took = candidate.block(y, calls).as_nanos() as f64 / f64::from(calls);
            *fastest = fastest.min(took / y.len() as f64);
        }
    }
    fastest
}

/// Arrays begin with a page: how they lie to each other in the first cache makes up to half where they fill it.
pub struct Arena {
    memory: Vec<f32>,
    each: usize,
}

const PAGE: usize = 4096 / size_of::<f32>();

impl Arena {
    /// With room for three arrays of so many elements.
    pub fn new(elements: usize) -> Arena {
        let each = elements.next_multiple_of(PAGE) + PAGE;
        Arena { memory: vec![0.0; 3 * each], each }
    }

    /// The input, the upstream gradient, and the output, of so many elements.
    pub fn arrays(&mut self, elements: usize) -> [&mut [f32]; 3] {
        let start = self.memory.as_ptr().align_offset(4 * PAGE);
        let mut parts = self.memory.chunks_exact_mut(self.each);
        std::array::from_fn(|_| &mut parts.next().expect("three fit")[start..start + elements])
    }
}

/// Evenly distributed values between −`limit` and `limit`, the same for the same seed.
pub fn noise(seed: u32, limit: f32, x: &mut [f32]) {
    let mut state = seed;
    for x in x {
        // Numerical Recipes' generator: its upper bits will do.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *x = ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * limit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_take_turns() {
        let turns = std::cell::RefCell::new(Vec::new());
        let candidate = |name: char| {
            let turns = &turns;
            Candidate::new(move |y| {
                turns.borrow_mut().push(name);
                y.fill(1.0);
            })
        };
        let mut y = vec![0.0; 1 << 16];
        let times = race(&mut [candidate('a'), candidate('b')], &mut y, 0.01);
        assert!(times.len() == 2 && times.iter().all(|time| *time > 0.0 && time.is_finite()), "{times:?}");
        let mut order = turns.into_inner();
        order.dedup();
        // Calibration, and three rounds at least.
        assert!(order.len() >= 8 && order.starts_with(&['a', 'b', 'a']), "{order:?}");
    }

    #[test]
    fn arrays_begin_with_a_page() {
        let mut arena = Arena::new(5000);
        for array in arena.arrays(5000) {
            assert_eq!((array.as_ptr() as usize % 4096, array.len()), (0, 5000));
        }
    }

    #[test]
    fn noise_fills_its_interval() {
        let mut x = vec![0.0; 10_000];
        noise(1, 6.0, &mut x);
        let (low, high) = x.iter().fold((0f32, 0f32), |(low, high), &x| (low.min(x), high.max(x)));
        assert!((-6.0..-5.9).contains(&low) && (5.9..=6.0).contains(&high), "{low} {high}");
    }
}
