//! The functions along the last axis, of rows with gaps between them: part of a tensor's columns, in and out, without a
//! copy. What is between the rows stays.

use crate::axis::{Axis, Rows, elements};
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::slices::{Operand, Output, Source, Staged, Tiles, place};

use super::family::{Family, Gradient};
use super::masked::Mask;

/// Rows with gaps between them.
///
/// Each is data and where its rows are; all must have as many rows, of the same length, or it is an [`Error::Length`],
/// after those of [`Rows::count`]. The bits are those of rows without gaps.
///
/// ```
/// use simdact::{Axis, Kernels, Rows};
/// # fn main() -> Result<(), simdact::Error> {
/// // Softmax of the first two of three columns.
/// let mut x = [1.0, 1.0, 9.0, 5.0, f32::NEG_INFINITY, 9.0];
/// Kernels::default().softmax_rows_in_place(&mut x, Rows::new(2, 3))?;
/// assert_eq!(x, [0.5, 0.5, 9.0, 1.0, 0.0, 9.0]);
/// # Ok(()) }
/// ```
impl Kernels {
    /// [`softmax`](crate::softmax()) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn softmax_rows<T: Element>(&self, x: (&[T], Rows), y: (&mut [T], Rows)) -> Result<(), Error> {
        self.family(Family::Softmax, Staged::between_rows(x, y)?, Axis::rows(x.1.len))
    }

    /// [`softmax_in_place`](crate::softmax_in_place) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn softmax_rows_in_place<T: Element>(&self, x: &mut [T], rows: Rows) -> Result<(), Error> {
        self.family(Family::Softmax, Staged::rows_in_place(x, rows)?, Axis::rows(rows.len))
    }

    /// [`softmax_backward`](crate::softmax_backward) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn softmax_backward_rows<T: Element>(
        &self,
        y: (&[T], Rows),
        dy: (&[T], Rows),
        dx: (&mut [T], Rows),
    ) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::SOFTMAX, Staged::gradient_of_rows(y, dy, dx)?, Axis::rows(y.1.len))
    }

    /// [`log_softmax`](crate::log_softmax()) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn log_softmax_rows<T: Element>(&self, x: (&[T], Rows), y: (&mut [T], Rows)) -> Result<(), Error> {
        self.family(Family::LogSoftmax, Staged::between_rows(x, y)?, Axis::rows(x.1.len))
    }

    /// [`log_softmax_in_place`](crate::log_softmax_in_place) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn log_softmax_rows_in_place<T: Element>(&self, x: &mut [T], rows: Rows) -> Result<(), Error> {
        self.family(Family::LogSoftmax, Staged::rows_in_place(x, rows)?, Axis::rows(rows.len))
    }

    /// [`log_softmax_backward`](crate::log_softmax_backward) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn log_softmax_backward_rows<T: Element>(
        &self,
        y: (&[T], Rows),
        dy: (&[T], Rows),
        dx: (&mut [T], Rows),
    ) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::LogSoftmax, Staged::gradient_of_rows(y, dy, dx)?, Axis::rows(y.1.len))
    }

    /// [`softmin`](crate::softmin()) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn softmin_rows<T: Element>(&self, x: (&[T], Rows), y: (&mut [T], Rows)) -> Result<(), Error> {
        self.family(Family::Softmin, Staged::between_rows(x, y)?, Axis::rows(x.1.len))
    }

    /// [`softmin_in_place`](crate::softmin_in_place) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn softmin_rows_in_place<T: Element>(&self, x: &mut [T], rows: Rows) -> Result<(), Error> {
        self.family(Family::Softmin, Staged::rows_in_place(x, rows)?, Axis::rows(rows.len))
    }

    /// [`softmin_backward`](crate::softmin_backward) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn softmin_backward_rows<T: Element>(
        &self,
        y: (&[T], Rows),
        dy: (&[T], Rows),
        dx: (&mut [T], Rows),
    ) -> Result<(), Error> {
        self.gradient_of_rows(
            Gradient::Softmax { scale: -1.0 },
            Staged::gradient_of_rows(y, dy, dx)?,
            Axis::rows(y.1.len),
        )
    }

    /// [`softmax1`](crate::softmax1()) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn softmax1_rows<T: Element>(&self, x: (&[T], Rows), y: (&mut [T], Rows)) -> Result<(), Error> {
        self.family(Family::Softmax1, Staged::between_rows(x, y)?, Axis::rows(x.1.len))
    }

    /// [`softmax1_in_place`](crate::softmax1_in_place) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn softmax1_rows_in_place<T: Element>(&self, x: &mut [T], rows: Rows) -> Result<(), Error> {
        self.family(Family::Softmax1, Staged::rows_in_place(x, rows)?, Axis::rows(rows.len))
    }

    /// [`softmax1_backward`](crate::softmax1_backward) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn softmax1_backward_rows<T: Element>(
        &self,
        y: (&[T], Rows),
        dy: (&[T], Rows),
        dx: (&mut [T], Rows),
    ) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::SOFTMAX, Staged::gradient_of_rows(y, dy, dx)?, Axis::rows(y.1.len))
    }

    /// [`logsumexp`](crate::logsumexp()) of each row: one number for each, without gaps.
    ///
    /// # Errors
    /// Those of [`Rows::count`]; [`Error::Length`] unless `y` has an element for each row.
    pub fn logsumexp_rows<T: Element>(&self, x: (&[T], Rows), y: &mut [T]) -> Result<(), Error> {
        let count = x.1.count(x.0.len())?;
        self.logs_of_rows(Tiles::reading_rows(x.0, x.1, count), place(y))
    }

    /// [`logsumexp_backward`](crate::logsumexp_backward) to rows from rows, and a number of `y` and of `dy` for each.
    ///
    /// # Errors
    /// Those of [`Rows::count`]; [`Error::Length`] unless `y` and `dy` have an element for each row, and `dx` as many rows.
    pub fn logsumexp_backward_rows<T: Element>(
        &self,
        x: (&[T], Rows),
        y: &[T],
        dy: &[T],
        dx: (&mut [T], Rows),
    ) -> Result<(), Error> {
        let axis = Axis::rows(x.1.len);
        let elements = elements((x.0.len(), x.1), ["dx", "dx_rows"], (dx.0.len(), dx.1))?;
        let rows = Staged::new([Operand::rows(x.0, x.1)], Output::rows(dx.0, dx.1), elements);
        self.weights_of_rows(rows, [Source::new(y), Source::new(dy)], axis)
    }

    /// [`masked_softmax`](crate::masked_softmax) of each row.
    ///
    /// # Errors
    /// Those above; [`Error::Mask`] and [`Error::Queries`], where a block is a row.
    pub fn masked_softmax_rows<T: Element>(
        &self,
        x: (&[T], Rows),
        scale: f32,
        mask: Mask<'_>,
        y: (&mut [T], Rows),
    ) -> Result<(), Error> {
        self.masked(Staged::between_rows(x, y)?, Axis::rows(x.1.len), scale, mask)
    }

    /// [`masked_softmax_in_place`](crate::masked_softmax_in_place) of each row.
    ///
    /// # Errors
    /// Those above; [`Error::Mask`] and [`Error::Queries`], where a block is a row.
    pub fn masked_softmax_rows_in_place<T: Element>(
        &self,
        x: &mut [T],
        rows: Rows,
        scale: f32,
        mask: Mask<'_>,
    ) -> Result<(), Error> {
        self.masked(Staged::rows_in_place(x, rows)?, Axis::rows(rows.len), scale, mask)
    }

    /// [`masked_softmax_backward`](crate::masked_softmax_backward) of each row.
    ///
    /// # Errors
    /// Those above.
    pub fn masked_softmax_backward_rows<T: Element>(
        &self,
        y: (&[T], Rows),
        dy: (&[T], Rows),
        scale: f32,
        dx: (&mut [T], Rows),
    ) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::Softmax { scale }, Staged::gradient_of_rows(y, dy, dx)?, Axis::rows(y.1.len))
    }
}
