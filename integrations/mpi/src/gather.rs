//! The exchange of stats.

use std::ops::Range;

use rayon::prelude::*;
use simdact::SoftmaxStats;

use crate::agreement::{Call, Part, parts};
use crate::error::Error;
use crate::exchange::Exchange;
use crate::logit::Logit;

/// So many elements are not split over threads.
pub(crate) const ON_ONE_THREAD: usize = 1 << 19;

/// How the rows lie on the ranks, as all have agreed.
pub(crate) struct Shape {
    pub rows: usize,
    /// Those of this rank.
    pub columns: Range<usize>,
    /// Columns of all ranks.
    pub vocabulary: usize,
}

impl Shape {
    /// Agrees on what all ranks bring, or returns what one of them has to say.
    pub fn agree(exchange: &impl Exchange, mine: Result<Part, String>) -> Result<Shape, Error> {
        let (mine, columns) = parts(exchange, mine)?;
        let mut shape = Shape { rows: mine.rows, columns: 0..0, vocabulary: 0 };
        for (rank, &columns) in columns.iter().enumerate() {
            let start = shape.vocabulary;
            if columns > 0 && !start.is_multiple_of(SoftmaxStats::CHUNK) {
                return Err(Error::Cut { rank, start });
            }
            if rank == exchange.rank() {
                shape.columns = start..start.saturating_add(mine.columns);
            }
            shape.vocabulary = start.saturating_add(columns);
        }
        Ok(shape)
    }
}

/// What this rank brings to a call with these logits.
pub(crate) fn part<T: Logit>(call: Call, x: &[T], rows: usize, targets: u64) -> Result<Part, String> {
    let columns = x.len().checked_div(rows).unwrap_or(0);
    if columns * rows != x.len() {
        return Err(format!("`x` has {} elements, which are no {rows} rows of any length", x.len()));
    }
    Ok(Part { call, kind: T::NUMBER, rows, columns, targets })
}

/// Puts together the stats of all rows. Each rank adds `N` bytes to those of each row: what comes out of them is their
/// bitwise or.
pub(crate) fn gather<T: Logit, const N: usize>(
    exchange: &impl Exchange,
    x: &[T],
    shape: &Shape,
    more: impl Fn(usize) -> [u8; N],
) -> Result<Vec<(SoftmaxStats, [u8; N])>, Error> {
    let mut whole = vec![(SoftmaxStats::new(), [0; N]); shape.rows];
    if whole.is_empty() {
        return Ok(whole);
    }
    let columns = shape.columns.len();
    let stats = if columns == 0 {
        vec![SoftmaxStats::new(); shape.rows]
    } else {
        let rows = x.par_chunks_exact(columns).with_min_len(ON_ONE_THREAD.div_ceil(columns));
        rows.map(SoftmaxStats::of).collect()
    };
    let records = stats.iter().enumerate().flat_map(|(row, stats)| stats.to_bytes().into_iter().chain(more(row)));
    let mine: Vec<u8> = records.collect();
    let mut all = vec![0; mine.len() * exchange.size()];
    exchange.all_gather(&mine, &mut all).map_err(Error::Exchange)?;
    for part in all.chunks_exact(mine.len()) {
        for ((stats, more), record) in whole.iter_mut().zip(part.chunks_exact(SoftmaxStats::BYTES + N)) {
            if let Some((record, others)) = record.split_first_chunk() {
                *stats = stats.merge(SoftmaxStats::from_bytes(record));
                more.iter_mut().zip(others).for_each(|(more, &other)| *more |= other);
            }
        }
    }
    Ok(whole)
}
