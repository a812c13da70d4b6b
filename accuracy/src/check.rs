//! Is the evaluation in f64 as good as its row says? It is compared with MPFR.

use rayon::prelude::*;

use crate::floats::{finite, mixed, per_ulp};
use crate::oracle::Truth;
use crate::report::Hex;

/// How far an evaluation in f64 is from MPFR.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evaluation {
    /// The largest error in ULP of f32.
    pub ulps: f64,
    /// The largest share of the stated error: the statement holds if it is at most 1.
    pub share: f64,
    /// Where.
    pub x: f32,
}

impl Evaluation {
    /// Of one value.
    ///
    /// # Panics
    /// If it is not the infinity that it should be.
    fn of<T: Truth>(truth: &T, x: f32) -> Option<Evaluation> {
        let exact = truth.exact(x)?;
        let value = truth.value(x);
        let ulps = exact.ulps(value);
        let margin = truth.error() * truth.magnitude(x, finite(value)) * per_ulp(finite(value));
        let rounded = exact.rounded();
        if rounded.is_infinite() {
            assert_eq!(value as f32, rounded, "the value of {}", Hex(x));
        }
        // What is lost far below any float does not count.
        let share = if ulps < 1e-200 { 0.0 } else { ulps / margin };
        Some(Evaluation { ulps, share, x })
    }

    fn worse(self, other: Evaluation) -> Evaluation {
        if other.share > self.share { other } else { self }
    }
}

/// Compares an evaluation with MPFR, for so many random bit patterns and all powers of two; None without MPFR.
pub fn check<T: Truth>(truth: &T, samples: u64) -> Option<Evaluation> {
    let random = (0..samples).into_par_iter().map(|i| f32::from_bits((mixed(i) >> 32) as u32));
    let powers = (0..512_u32).into_par_iter().map(|i| f32::from_bits(i << 23));
    let domain = truth.domain();
    let inside = |x: &f32| *x >= domain.0 && *x <= domain.1;
    let errors: Option<Vec<_>> = random.chain(powers).filter(inside).map(|x| Evaluation::of(truth, x)).collect();
    Some(errors?.into_iter().fold(Evaluation::default(), Evaluation::worse))
}
