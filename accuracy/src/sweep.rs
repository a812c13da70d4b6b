//! Going through the inputs.

use std::ops::Range;

use rayon::prelude::*;

use crate::bound::{Bound, Demands};
use crate::inputs::{BLOCK, Hash, Inputs, combine};
use crate::oracle::Truth;
use crate::report::Report;
use crate::tally::{Reached, Tally};

/// A sweep over the floats, to be run with a kernel.
pub struct Sweep<'p, T> {
    name: String,
    truth: T,
    stride: u64,
    demands: Demands,
    progress: &'p (dyn Fn(u64) + Sync),
}

impl<T: Truth> Sweep<'static, T> {
    /// A sweep over all inputs, whose report bears that name.
    pub fn of(name: impl Into<String>, truth: T) -> Sweep<'static, T> {
        Sweep { name: name.into(), truth, stride: 1, demands: Demands::default(), progress: &|_| {} }
    }
}

impl<'p, T: Truth> Sweep<'p, T> {
    /// How far results may be from the true values.
    #[must_use]
    pub fn bound(mut self, bound: Bound) -> Self {
        self.demands.bound = Some(bound);
        self
    }

    /// Only every `stride`th magnitude, and the floats around zero, the smallest normal number, 1, and infinity. A prime
    /// number misses no pattern.
    #[must_use]
    pub fn stride(mut self, stride: u64) -> Self {
        self.stride = stride.max(1);
        self
    }

    /// Demands that the results rise and fall as the function does, to the bit.
    #[must_use]
    pub fn monotonic(self) -> Self {
        self.descends(0)
    }

    /// The same, but for neighbours that stand the other way round, at most so many floats apart.
    #[must_use]
    pub fn descends(mut self, floats: u32) -> Self {
        self.demands.descends = Some(floats);
        self
    }

    /// Demands the function's symmetry, to the bit.
    #[must_use]
    pub fn symmetric(mut self) -> Self {
        self.demands.symmetric = true;
        self
    }

    /// Demands that every result is the float nearest to the true value, ties to even.
    #[must_use]
    pub fn correct(mut self) -> Self {
        self.demands.correct = true;
        self
    }

    /// Calls `progress` now and then, with the number of inputs done since; there are [`Sweep::len`].
    #[must_use]
    pub fn progress<'q>(self, progress: &'q (dyn Fn(u64) + Sync)) -> Sweep<'q, T> {
        let Sweep { name, truth, stride, demands, .. } = self;
        Sweep { name, truth, stride, demands, progress }
    }

    /// About how many inputs there are.
    #[allow(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> u64 {
        2 * Inputs::every(self.stride).count()
    }

    /// Goes through the inputs, on all threads of the current rayon pool. `kernel` writes the function of its first
    /// argument to the second, of the same length; it must do so for each element by itself.
    pub fn run<F: Fn(&[f32], &mut [f32]) + Sync>(self, kernel: F) -> Report {
        let inputs = Inputs::every(self.stride);
        let reached = Reached::default();
        let run = Run { truth: &self.truth, kernel: &kernel };
        let part = |part: Range<u64>| {
            let mut tally = Tally::new(&reached);
            let mut hashes = [Hash::default(), Hash::default()];
            let mut before = part.start.checked_sub(1).map(|sample| run.both(inputs.magnitude(sample)));
            inputs.blocks(part, |magnitudes| {
                run.block(magnitudes, &mut before, &mut tally, Some(&mut hashes));
                (self.progress)(2 * magnitudes.len() as u64);
            });
            (tally.close(&reached), hashes.map(|hash| hash.value()))
        };
        let parts: Vec<_> = inputs.parts().into_par_iter().map(part).collect();
        let hashes: Vec<_> = parts.iter().map(|&(_, hashes)| hashes).collect();
        // In order, so that sums do not depend on the threads.
        let mut tally = parts.into_iter().map(|(tally, _)| tally).fold(Tally::default(), Tally::add);
        for magnitudes in inputs.special() {
            let mut special = Tally::new(&reached);
            run.block(&magnitudes, &mut None, &mut special, None);
            tally = tally.add(special.close(&reached));
        }
        Report::new(self.name, self.stride, combine(&hashes), &self.truth, tally, self.demands)
    }
}

/// The last input and its result, of both signs.
type Before = [(f32, f32); 2];

struct Run<'a, T, F> {
    truth: &'a T,
    kernel: &'a F,
}

impl<T: Truth, F: Fn(&[f32], &mut [f32])> Run<'_, T, F> {
    fn both(&self, x: f32) -> Before {
        [x, -x].map(|x| {
            let mut y = [0.0];
            (self.kernel)(&[x], &mut y);
            (x, y[0])
        })
    }

    /// Measures the results of these magnitudes and of their negatives.
    fn block(&self, magnitudes: &[f32], before: &mut Option<Before>, tally: &mut Tally, hash: Option<&mut [Hash; 2]>) {
        let n = magnitudes.len();
        let mut x = [[0.0; BLOCK]; 2];
        let mut y = [[0.0; BLOCK]; 2];
        let mut v = [0.0; BLOCK];
        x[0][..n].copy_from_slice(magnitudes);
        x[1].iter_mut().zip(magnitudes).for_each(|(negative, x)| *negative = -x);
        for sign in 0..2 {
            let (x, y) = (&x[sign][..n], &mut y[sign][..n]);
            (self.kernel)(x, y);
            for (v, &x) in v.iter_mut().zip(x) {
                *v = if x.is_nan() { f64::NAN } else { self.truth.value(x) };
            }
            tally.measure(self.truth, x, y, &v[..n]);
            tally.follow(self.truth.course(), before.map(|before| before[sign]), x, y);
        }
        let [positive, negative] = [0, 1].map(|sign| (&x[sign][..n], &y[sign][..n]));
        tally.reflect(self.truth.symmetry(), positive.0, positive.1, negative.1);
        if before.is_none() && x[0][0] == 0.0 {
            // From −0 to +0.
            tally.follow_one(self.truth.course(), (x[1][0], y[1][0]), (x[0][0], y[0][0]));
        }
        if let Some([plus, minus]) = hash {
            plus.take(positive.1);
            minus.take(negative.1);
        }
        *before = n.checked_sub(1).map(|last| [(x[0][last], y[0][last]), (x[1][last], y[1][last])]);
    }
}
