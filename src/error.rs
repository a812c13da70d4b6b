//! What can be wrong with a call.

use crate::Backend;

/// Why a call was refused. Nothing has been written then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two slices that belong together have different lengths.
    #[error("`{name}` has {found} elements where {expected} fit")]
    Length {
        /// The argument that does not fit.
        name: &'static str,
        /// Its length.
        found: usize,
        /// The length that the other arguments ask for.
        expected: usize,
    },
    /// The data cannot be cut into blocks of `len × inner`.
    #[error(
        "{length} elements are no whole number of blocks of len {len} × inner {inner}: \
         a multiple of {len} × {inner} fits"
    )]
    NotMultiple {
        /// Elements given.
        length: usize,
        /// [`Axis::len`](crate::Axis::len).
        len: usize,
        /// [`Axis::inner`](crate::Axis::inner).
        inner: usize,
    },
    /// An axis of no elements: `len` and `inner` must be at least 1.
    #[error("an axis of len {len} and inner {inner} has no elements: both must be at least 1")]
    EmptyAxis {
        /// [`Axis::len`](crate::Axis::len).
        len: usize,
        /// [`Axis::inner`](crate::Axis::inner).
        inner: usize,
    },
    /// A mask that is not repeated a whole number of times over the data, in whole blocks of `len × inner`.
    #[error(
        "a mask of {mask} elements does not fit {length} elements in blocks of len {len} × inner {inner}: \
         a multiple of {len} × {inner} that divides {length} does"
    )]
    Mask {
        /// Elements of the mask.
        mask: usize,
        /// Elements of the data.
        length: usize,
        /// [`Axis::len`](crate::Axis::len).
        len: usize,
        /// [`Axis::inner`](crate::Axis::inner).
        inner: usize,
    },
    /// A causal mask for queries that are not repeated a whole number of times over the data.
    #[error("{queries} queries do not fit {blocks} rows: a number that divides {blocks} does")]
    Queries {
        /// Queries of the mask.
        queries: usize,
        /// Blocks of `len × inner` in the data.
        blocks: usize,
    },
    /// Rows would overlap.
    #[error("rows of {len} elements overlap where the next one starts after {stride}: a stride of {len} or more fits")]
    Stride {
        /// [`Rows::len`](crate::Rows::len).
        len: usize,
        /// [`Rows::stride`](crate::Rows::stride).
        stride: usize,
    },
    /// The data ends within a row.
    #[error(
        "{length} elements end within a row of {len}, with a stride of {stride}: a multiple of {stride} fits, or at \
         least {len} more"
    )]
    NotRows {
        /// Elements given.
        length: usize,
        /// [`Rows::len`](crate::Rows::len).
        len: usize,
        /// [`Rows::stride`](crate::Rows::stride).
        stride: usize,
    },
    /// An axis that cannot be halved, as a gated unit asks for.
    #[error("an axis of len {len} has no halves: an even len fits")]
    OddAxis {
        /// [`Axis::len`](crate::Axis::len).
        len: usize,
    },
    /// Maxout of no slices: there is no maximum of nothing.
    #[error("maxout of 0 slices: at least 1 is needed")]
    NoSlices,
    /// Maxout over more pieces than the `u32` index of the winner can number.
    #[error("maxout over {len} pieces: an index of 32 bits numbers at most 4294967296")]
    TooManyPieces {
        /// Pieces given.
        len: usize,
    },
    /// The index of a winner names no piece.
    #[error("index[{at}] is {index}, but there are only {len} pieces")]
    IndexOutOfRange {
        /// Where in `index`, the first such place.
        at: usize,
        /// What stands there.
        index: u32,
        /// Number of pieces.
        len: usize,
    },
    /// This machine, or this build, lacks the backend.
    #[error("the backend {backend} is not available on this machine")]
    Unavailable {
        /// The backend asked for.
        backend: Backend,
    },
}

/// An error unless `found` is `expected`.
#[inline]
pub(crate) fn same_length(name: &'static str, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected { Ok(()) } else { Err(Error::Length { name, found, expected }) }
}
