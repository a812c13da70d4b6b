//! What all ranks know of all rows, and what each computes by it.

use std::ops::Range;

use rayon::prelude::*;
use simdact::SoftmaxStats;

use crate::agreement::Call;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::gather::{ON_ONE_THREAD, Shape, gather, part};
use crate::logit::Logit;

/// The stats of rows that are spread over ranks, the same on all of them; and which columns this rank has.
#[derive(Debug, Clone)]
pub struct Whole {
    stats: Vec<SoftmaxStats>,
    columns: Range<usize>,
    vocabulary: usize,
}

/// Puts together the stats of so many rows, of which `x` has this rank's columns, row after row: those of rank 0 come
/// first.
///
/// # Errors
/// All but [`Error::Target`] and [`Error::Shape`], on all ranks.
pub fn stats<T: Logit>(exchange: &impl Exchange, x: &[T], rows: usize) -> Result<Whole, Error> {
    of_all_rows(exchange, Call::Stats, x, rows, Ok(()))
}

/// Writes this rank's columns of the softmax of so many rows to `y`: the bits of [`simdact::softmax`] of the whole rows. `x`
/// has this rank's columns, row after row: those of rank 0 come first.
///
/// # Errors
/// All but [`Error::Target`] and [`Error::Shape`], on all ranks; nothing is written on any of them.
pub fn softmax<T: Logit>(exchange: &impl Exchange, x: &[T], rows: usize, y: &mut [T]) -> Result<Whole, Error> {
    let whole = of_all_rows(exchange, Call::Softmax, x, rows, same_length("y", y.len(), x.len()))?;
    whole.softmax(x, y)?;
    Ok(whole)
}

/// Writes this rank's columns of the log_softmax of so many rows to `y`: the bits of [`simdact::log_softmax`] of the whole
/// rows. `x` has this rank's columns, row after row: those of rank 0 come first.
///
/// # Errors
/// All but [`Error::Target`] and [`Error::Shape`], on all ranks; nothing is written on any of them.
pub fn log_softmax<T: Logit>(exchange: &impl Exchange, x: &[T], rows: usize, y: &mut [T]) -> Result<Whole, Error> {
    let whole = of_all_rows(exchange, Call::LogSoftmax, x, rows, same_length("y", y.len(), x.len()))?;
    whole.log_softmax(x, y)?;
    Ok(whole)
}

fn of_all_rows<T: Logit>(
    exchange: &impl Exchange,
    call: Call,
    x: &[T],
    rows: usize,
    fits: Result<(), simdact::Error>,
) -> Result<Whole, Error> {
    let part = fits.map_err(|error| error.to_string()).and_then(|()| part(call, x, rows, 0));
    let shape = Shape::agree(exchange, part)?;
    let stats = gather(exchange, x, &shape, |_| [])?.into_iter().map(|(stats, [])| stats).collect();
    Ok(Whole::new(shape, stats))
}

impl Whole {
    pub(crate) fn new(shape: Shape, stats: Vec<SoftmaxStats>) -> Whole {
        Whole { stats, columns: shape.columns, vocabulary: shape.vocabulary }
    }

    /// Those of each row.
    #[must_use]
    pub fn stats(&self) -> &[SoftmaxStats] {
        &self.stats
    }

    /// Which columns of the rows this rank has.
    #[must_use]
    pub fn columns(&self) -> Range<usize> {
        self.columns.clone()
    }

    /// The number of columns of all ranks together.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    /// Writes this rank's columns of the softmax to `y`, as [`softmax`] does; nothing is exchanged.
    ///
    /// # Errors
    /// [`Error::Shape`] unless both have this rank's columns of all rows.
    pub fn softmax<T: Logit>(&self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        self.each_row(x, ("y", y), |_, stats, x, y| stats.softmax(x, y))
    }

    /// Writes this rank's columns of the log_softmax to `y`, as [`log_softmax`] does; nothing is exchanged.
    ///
    /// # Errors
    /// [`Error::Shape`] unless both have this rank's columns of all rows.
    pub fn log_softmax<T: Logit>(&self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        self.each_row(x, ("y", y), |_, stats, x, y| stats.log_softmax(x, y))
    }

    /// Works on each row's number, stats and slices, on threads if there are many elements.
    pub(crate) fn each_row<T: Logit>(
        &self,
        x: &[T],
        (name, y): (&'static str, &mut [T]),
        work: impl Fn(usize, &SoftmaxStats, &[T], &mut [T]) -> Result<(), simdact::Error> + Sync,
    ) -> Result<(), Error> {
        let (columns, rows) = (self.columns.len(), self.stats.len());
        same_length("x", x.len(), rows * columns)?;
        same_length(name, y.len(), rows * columns)?;
        if columns == 0 {
            return Ok(());
        }
        let rows = x.par_chunks_exact(columns).zip(y.par_chunks_exact_mut(columns)).zip(&self.stats).enumerate();
        let rows = rows.with_min_len(ON_ONE_THREAD.div_ceil(columns));
        Ok(rows.try_for_each(|(row, ((x, y), stats))| work(row, stats, x, y))?)
    }
}

/// An error unless `found` is `expected`.
pub(crate) fn same_length(name: &'static str, found: usize, expected: usize) -> Result<(), simdact::Error> {
    if found == expected { Ok(()) } else { Err(simdact::Error::Length { name, found, expected }) }
}
