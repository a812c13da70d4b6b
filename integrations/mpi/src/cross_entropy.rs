//! Cross-entropy, the loss of language models, and its gradient.

use simdact::SoftmaxStats;
use xxhash_rust::xxh3::Xxh3;

use crate::agreement::Call;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::gather::{Shape, gather, part};
use crate::logit::Logit;
use crate::whole::{Whole, same_length};

const CHUNK: usize = SoftmaxStats::CHUNK;

/// What the gradient of [`cross_entropy`] needs beside the logits.
#[derive(Debug, Clone)]
pub struct CrossEntropy {
    whole: Whole,
    targets: Vec<u32>,
}

/// Writes −log softmax(x) at each row's target to `losses`, one for each row, on all ranks: the negative of what
/// [`simdact::log_softmax`] of the whole row, in `f32`, has there. PyTorch's `cross_entropy` with `reduction="none"`.
///
/// `x` has this rank's columns of all rows, row after row: those of rank 0 come first. `targets` are columns of the whole
/// rows, the same on all ranks.
///
/// A row with NaN or +∞, or with nothing but −∞, has the loss NaN; a target that is −∞ beside larger elements has +∞.
///
/// # Errors
/// All but [`Error::Shape`], on all ranks; nothing is written on any of them.
pub fn cross_entropy<T: Logit>(
    exchange: &impl Exchange,
    x: &[T],
    targets: &[u32],
    losses: &mut [f32],
) -> Result<CrossEntropy, Error> {
    let rows = targets.len();
    let fits = same_length("losses", losses.len(), rows).map_err(|error| error.to_string());
    let part = fits.and_then(|()| part(Call::CrossEntropy, x, rows, hash(targets)));
    let shape = Shape::agree(exchange, part)?;
    let fits = |&target: &u32| (target as usize) < shape.vocabulary;
    if let Some((row, &target)) = targets.iter().enumerate().find(|(_, target)| !fits(target)) {
        return Err(Error::Target { row, target, vocabulary: shape.vocabulary });
    }

    // The rank that has the target sends its logit along; all others send zeros.
    let own = |row: usize| {
        let column = (*targets.get(row)? as usize).checked_sub(shape.columns.start)?;
        let x = x.chunks_exact(shape.columns.len().max(1)).nth(row)?;
        let mut logit = [0.0];
        T::widen(x.get(column..=column)?, &mut logit);
        Some(logit[0].to_le_bytes())
    };
    let gathered = gather(exchange, x, &shape, |row| own(row).unwrap_or_default())?;
    for ((stats, logit), loss) in gathered.iter().zip(losses) {
        let mut y = [0.0];
        stats.log_softmax(&[f32::from_le_bytes(*logit)], &mut y)?;
        // Never −0.
        *loss = 0.0 - y[0];
    }
    let whole = Whole::new(shape, gathered.into_iter().map(|(stats, _)| stats).collect());
    Ok(CrossEntropy { whole, targets: targets.to_vec() })
}

/// The same on machines of either byte order.
fn hash(targets: &[u32]) -> u64 {
    let mut hash = Xxh3::new();
    targets.iter().for_each(|target| hash.update(&target.to_le_bytes()));
    hash.digest()
}

impl CrossEntropy {
    /// What is known of the rows, for their softmax, say.
    #[must_use]
    pub fn whole(&self) -> &Whole {
        &self.whole
    }

    /// Writes the gradient by this rank's logits to `dx`: (softmax(x) − 1 at the target, − 0 elsewhere) · dloss, from
    /// the logits and the upstream gradient of each row's loss. Nothing is exchanged.
    ///
    /// The softmax is that of [`simdact::softmax`] in `f32`, and the difference and the product are rounded once each, and
    /// once more to a type of 16 bits.
    ///
    /// # Errors
    /// [`Error::Shape`] unless `x` and `dx` have this rank's columns of all rows, and `dlosses` one element for each.
    pub fn backward<T: Logit>(&self, x: &[T], dlosses: &[f32], dx: &mut [T]) -> Result<(), Error> {
        same_length("dlosses", dlosses.len(), self.targets.len())?;
        let start = self.whole.columns().start;
        self.whole.each_row(x, ("dx", dx), |row, stats, x, dx| {
            let target = self.targets.get(row).and_then(|&target| (target as usize).checked_sub(start));
            let dloss = dlosses.get(row).copied().unwrap_or(f32::NAN);
            let longest = x.len().min(CHUNK);
            let mut space = vec![0.0; 2 * longest];
            let (logits, weights) = space.split_at_mut(longest);
            for (chunk, (x, dx)) in x.chunks(CHUNK).zip(dx.chunks_mut(CHUNK)).enumerate() {
                let (logits, weights) = (&mut logits[..x.len()], &mut weights[..x.len()]);
                T::widen(x, logits);
                stats.softmax(logits, weights)?;
                let here = target.and_then(|target| weights.get_mut(target.checked_sub(chunk * CHUNK)?));
                here.into_iter().for_each(|weight| *weight -= 1.0);
                weights.iter_mut().for_each(|weight| *weight *= dloss);
                T::narrow(weights, dx);
            }
            Ok(())
        })
    }
}
