//! Rows with gaps between them: part of a tensor's columns, in and out, without a copy.

use super::Activation;
use crate::axis::Rows;
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::slices::Staged;

impl Activation {
    /// Writes the function of each element of the rows of `x` to the rows of `y`; what is between those stays.
    ///
    /// # Errors
    /// [`Error::Length`] unless both have as many rows, of the same length; those of [`Rows::count`].
    ///
    /// ```
    /// use simdact::{Activation, Rows};
    /// # fn main() -> Result<(), simdact::Error> {
    /// // The second and third of four columns become the first two of three.
    /// let x = [9.0, -1.0, 2.0, 9.0, 9.0, 3.0, -4.0, 9.0];
    /// let mut y = [7.0; 6];
    /// Activation::Relu.apply_rows(&x[1..], Rows::new(2, 4), &mut y, Rows::new(2, 3))?;
    /// assert_eq!(y, [0.0, 2.0, 7.0, 3.0, 0.0, 7.0]);
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn apply_rows<T: Element>(self, x: &[T], x_rows: Rows, y: &mut [T], y_rows: Rows) -> Result<(), Error> {
        Kernels::default().apply_rows(self, x, x_rows, y, y_rows)
    }

    /// Replaces each element of the rows by the function of it; what is between those stays.
    ///
    /// # Errors
    /// Those of [`Rows::count`].
    #[inline]
    pub fn apply_rows_in_place<T: Element>(self, x: &mut [T], rows: Rows) -> Result<(), Error> {
        Kernels::default().apply_rows_in_place(self, x, rows)
    }

    /// Writes the gradient, as [`backward`](Activation::backward) does, to rows from rows.
    ///
    /// # Errors
    /// [`Error::Length`] unless all have as many rows, of the same length; those of [`Rows::count`].
    #[inline]
    pub fn backward_rows<T: Element>(
        self,
        saved: (&[T], Rows),
        dy: (&[T], Rows),
        dx: (&mut [T], Rows),
    ) -> Result<(), Error> {
        Kernels::default().backward_rows(self, saved, dy, dx)
    }
}

/// Rows, on these kernels.
impl Kernels {
    /// See [`Activation::apply_rows`].
    ///
    /// # Errors
    /// Those there.
    pub fn apply_rows<T: Element>(
        &self,
        activation: Activation,
        x: &[T],
        x_rows: Rows,
        y: &mut [T],
        y_rows: Rows,
    ) -> Result<(), Error> {
        self.forward(activation, Staged::between_rows((x, x_rows), (y, y_rows))?);
        Ok(())
    }

    /// See [`Activation::apply_rows_in_place`].
    ///
    /// # Errors
    /// Those there.
    pub fn apply_rows_in_place<T: Element>(
        &self,
        activation: Activation,
        x: &mut [T],
        rows: Rows,
    ) -> Result<(), Error> {
        self.forward(activation, Staged::rows_in_place(x, rows)?);
        Ok(())
    }

    /// See [`Activation::backward_rows`].
    ///
    /// # Errors
    /// Those there.
    pub fn backward_rows<T: Element>(
        &self,
        activation: Activation,
        saved: (&[T], Rows),
        dy: (&[T], Rows),
        dx: (&mut [T], Rows),
    ) -> Result<(), Error> {
        self.gradient(activation, Staged::gradient_of_rows(saved, dy, dx)?);
        Ok(())
    }
}
