//! Where rows are cut.

use std::ops::Range;

use simdact::SoftmaxStats;

/// The columns of a rank, if each of `size` ranks gets as many whole chunks of
/// [`CHUNK`](SoftmaxStats::CHUNK) columns as any other, or one more. Where there are more ranks than chunks, some get nothing.
///
/// Any other cut at multiples of `CHUNK` will do: only the last rank with any columns may have another number of them.
///
/// ```
/// let shares: Vec<_> = (0..4).map(|rank| simdact_mpi::share(50257, rank, 4)).collect();
/// assert_eq!(shares, [0..16384, 16384..32768, 32768..49152, 49152..50257]);
/// ```
#[must_use]
pub fn share(vocabulary: usize, rank: usize, size: usize) -> Range<usize> {
    let (chunks, size) = (vocabulary.div_ceil(SoftmaxStats::CHUNK), size.max(1));
    let (each, more) = (chunks / size, chunks % size);
    let start = |rank: usize| {
        let chunk = rank.saturating_mul(each).saturating_add(rank.min(more));
        chunk.saturating_mul(SoftmaxStats::CHUNK).min(vocabulary)
    };
    start(rank)..start(rank.saturating_add(1))
}
