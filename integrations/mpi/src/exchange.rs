//! How bytes get from one rank to the others.

/// What connects ranks: NCCL, gloo, MPI, sockets, or the threads of one process.
///
/// All ranks call the same functions of this crate, in the same order, and so [`all_gather`](Exchange::all_gather).
///
/// ```
/// use std::sync::{Arc, Barrier, Mutex};
///
/// /// Ranks that are threads.
/// struct Threads(usize, Arc<(Barrier, Mutex<Vec<Vec<u8>>>)>);
///
/// impl simdact_mpi::Exchange for Threads {
///     fn rank(&self) -> usize {
///         self.0
///     }
///     fn size(&self) -> usize {
///         self.1.1.lock().unwrap().len()
///     }
///     fn all_gather(&self, mine: &[u8], all: &mut [u8]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///         let (barrier, desk) = &*self.1;
///         desk.lock().unwrap()[self.0] = mine.to_vec();
///         barrier.wait();
///         all.copy_from_slice(&desk.lock().unwrap().concat());
///         barrier.wait();
///         Ok(())
///     }
/// }
///
/// let desk = Arc::new((Barrier::new(2), Mutex::new(vec![vec![]; 2])));
/// std::thread::scope(|scope| {
///     for rank in 0..2 {
///         let exchange = Threads(rank, desk.clone());
///         scope.spawn(move || {
///             // 8192 columns on one, 3 on the other.
///             let x = vec![1.0; [8192, 3][rank]];
///             let whole = simdact_mpi::stats(&exchange, &x, 1).unwrap();
///             assert_eq!(whole.vocabulary(), 8195);
///             assert_eq!(whole.stats()[0].max(), 1.0);
///         });
///     }
/// });
/// ```
pub trait Exchange {
    /// The number of this rank, from 0 on.
    fn rank(&self) -> usize;

    /// The number of ranks.
    fn size(&self) -> usize;

    /// Writes what all ranks send to `all`, in the order of their numbers. Each sends as many bytes, and `all` has room
    /// for [`size`](Exchange::size) times as many.
    ///
    /// # Errors
    /// Where bytes are lost, or a rank is not there any more: on all ranks that wait for it, if that can be had.
    fn all_gather(&self, mine: &[u8], all: &mut [u8]) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

/// One rank, with nobody to exchange with.
#[derive(Debug, Clone, Copy)]
pub struct Alone;

impl Exchange for Alone {
    fn rank(&self) -> usize {
        0
    }
    fn size(&self) -> usize {
        1
    }
    fn all_gather(&self, mine: &[u8], all: &mut [u8]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if mine.len() != all.len() {
            return Err(format!("{} bytes to send, and room for {}", mine.len(), all.len()).into());
        }
        all.copy_from_slice(mine);
        Ok(())
    }
}
