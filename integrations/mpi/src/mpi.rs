//! The exchange by MPI.

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use mpi::topology::SimpleCommunicator;
use mpi::traits::*;

use crate::exchange::Exchange;

/// The ranks of an MPI communicator.
///
/// None of them waits for ever: where another does not come within [`patience`](Mpi::patience), or panics while it holds
/// this, the whole job is aborted, after a message on stderr. (MPI itself does so where a process dies.) A rank that only
/// has an error calls [`fail`](crate::fail) or [`agree`](crate::agree), so that all get it.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Threads beside this one do not speak MPI.
/// let (universe, _) = mpi::initialize_with_threading(mpi::Threading::Funneled).ok_or("MPI has been initialized")?;
/// let ranks = simdact_mpi::Mpi::new(&universe.world());
/// let x = vec![1.0; 8192];
/// let mut y = vec![0.0; 8192];
/// simdact_mpi::softmax(&ranks, &x, 1, &mut y)?;
/// # Ok(()) }
/// ```
pub struct Mpi {
    ranks: SimpleCommunicator,
    patience: Duration,
}

impl Mpi {
    /// All ranks of the communicator call it: it is duplicated, so that messages of other parts of the program go their own
    /// way. To be dropped before MPI is finalized.
    #[must_use]
    pub fn new(ranks: &impl Communicator) -> Mpi {
        Mpi { ranks: ranks.duplicate(), patience: Duration::from_secs(600) }
    }

    /// How long this rank waits for the others in one message: ten minutes, unless this says otherwise.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Mpi {
        self.patience = patience;
        self
    }
}

impl Exchange for Mpi {
    fn rank(&self) -> usize {
        self.ranks.rank().try_into().unwrap_or_default()
    }

    fn size(&self) -> usize {
        self.ranks.size().try_into().unwrap_or_default()
    }

    fn all_gather(&self, mine: &[u8], all: &mut [u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        if mine.len().checked_mul(self.size()) != Some(all.len()) {
            return Err(
                format!("{} bytes from each of {} ranks, and room for {}", mine.len(), self.size(), all.len()).into()
            );
        }
        // MPI counts in C's `int`, and asks nobody whether that is enough.
        if i32::try_from(all.len()).is_err() {
            return Err(format!("{} bytes are more than MPI counts: give it fewer rows at once", all.len()).into());
        }
        let begin = Instant::now();
        mpi::request::scope(|scope| {
            let mut request = self.ranks.immediate_all_gather_into(scope, mine, all);
            while let Err(unfinished) = request.test() {
                request = unfinished;
                if begin.elapsed() > self.patience {
                    let (rank, size, bytes) = (self.rank(), self.size(), mine.len());
                    let waited = self.patience;
                    // In one piece: other ranks write there too.
                    let message = format!(
                        "rank {rank} of {size} has waited {waited:?} for the others to send their {bytes} bytes\n"
                    );
                    eprint!("{message}");
                    self.ranks.abort(1);
                }
                thread::yield_now();
            }
        });
        Ok(())
    }
}

impl Drop for Mpi {
    fn drop(&mut self) {
        // The others would wait, and so would this one as soon as MPI is finalized.
        if thread::panicking() {
            self.ranks.abort(101);
        }
    }
}
