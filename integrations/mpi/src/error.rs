//! What can be wrong with a call.

use simdact::SoftmaxStats;

/// Why a call was refused. Nothing has been written then.
///
/// [`Failed`](Error::Failed), [`Disagreement`](Error::Disagreement), [`Cut`](Error::Cut) and [`Target`](Error::Target) are
/// the same on all ranks: all of them return from the same call, and may go on together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A rank could not take part: the first, if there are several.
    #[error("rank {rank} failed: {message}")]
    Failed {
        /// Which.
        rank: usize,
        /// What it says, up to 1000 bytes of it.
        message: String,
    },
    /// Two ranks differ in what must be the same on all of them.
    #[error("ranks 0 and {rank} differ in {what}: {expected} and {found}")]
    Disagreement {
        /// The first that differs from rank 0.
        rank: usize,
        /// In what.
        what: &'static str,
        /// What that rank has.
        found: String,
        /// What rank 0 has.
        expected: String,
    },
    /// A rank's part of the rows begins within a chunk: its sums would not be those of the whole row.
    #[error(
        "rank {rank} begins at column {start}, which is no multiple of {}: `share` says where to cut",
        SoftmaxStats::CHUNK
    )]
    Cut {
        /// The first such rank.
        rank: usize,
        /// The number of columns before its own.
        start: usize,
    },
    /// A target is no column.
    #[error("targets[{row}] is {target}, but there are only {vocabulary} columns on all ranks together")]
    Target {
        /// The first such row.
        row: usize,
        /// What it asks for.
        target: u32,
        /// Columns of all ranks.
        vocabulary: usize,
    },
    /// Slices that do not fit, in a function that exchanges nothing: known to this rank only, until it [agrees](crate::agree)
    /// with the others.
    #[error(transparent)]
    Shape(#[from] simdact::Error),
    /// The exchange itself failed, and what the other ranks know is uncertain.
    #[error("the exchange between ranks failed: {0}")]
    Exchange(#[source] Box<dyn std::error::Error + Send + Sync>),
}
