//! Shapes: the axis along which softmax and maxout run, and rows with gaps between them.

use crate::error::{Error, same_length};

/// The shape of data `[outer, len, inner]`, row-major, and the axis `len` along which a function runs.
///
/// `outer` follows from the length of the data. `Axis::rows(n)` is the last axis of a matrix with `n` columns;
/// the channels of an image batch `[batch, channels, height, width]` are `Axis::new(channels).inner(height * width)`.
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// // One row along the last axis, and the same numbers as a column.
/// let x = [1.0, 2.0, 3.0];
/// let (mut row, mut column) = ([0.0; 3], [0.0; 6]);
/// simdact::softmax(&x, Axis::rows(3), &mut row)?;
/// simdact::softmax(&[1.0, 9.0, 2.0, 9.0, 3.0, 9.0], Axis::new(3).inner(2), &mut column)?;
/// assert_eq!([column[0], column[2], column[4]], row);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Axis {
    /// Elements along the axis.
    pub len: usize,
    /// Distance in memory between two neighbours along the axis: the product of the sizes of all later axes.
    pub inner: usize,
}

impl Axis {
    /// The last axis: neighbours along it are neighbours in memory.
    #[inline]
    pub const fn rows(len: usize) -> Axis {
        Axis { len, inner: 1 }
    }

    /// An axis of `len` elements; with [`inner`](Axis::inner()), one that is not the last.
    #[inline]
    pub const fn new(len: usize) -> Axis {
        Axis::rows(len)
    }

    /// The same axis with `inner` elements between neighbours.
    #[inline]
    pub const fn inner(self, inner: usize) -> Axis {
        Axis { inner, ..self }
    }

    /// How many blocks `len × inner` make up `length` elements.
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`].
    #[inline]
    pub const fn outer(self, length: usize) -> Result<usize, Error> {
        let Axis { len, inner } = self;
        if len == 0 || inner == 0 {
            return Err(Error::EmptyAxis { len, inner });
        }
        let outer = match len.checked_mul(inner) {
            // The block is not 0, but that of a product the compiler does not see.
            Some(block) if length.is_multiple_of(block) => length.checked_div(block),
            None if length == 0 => Some(0),
            _ => None,
        };
        match outer {
            Some(outer) => Ok(outer),
            None => Err(Error::NotMultiple { length, len, inner }),
        }
    }
}

/// Rows of `len` elements of which each starts `stride` elements after the one before: a part of the columns of a matrix
/// with `stride` of them.
///
/// How many there are follows from the length of the data, which may end anywhere in the gap after the last row. What is
/// in the gaps is neither read nor written.
///
/// ```
/// use simdact::{Activation, Rows};
/// # fn main() -> Result<(), simdact::Error> {
/// // The last two of three columns.
/// let mut x = [9.0, -1.0, 2.0, 9.0, 3.0, -4.0];
/// Activation::Relu.apply_rows_in_place(&mut x[1..], Rows::new(2, 3))?;
/// assert_eq!(x, [9.0, 0.0, 2.0, 9.0, 3.0, 0.0]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rows {
    /// Elements of a row.
    pub len: usize,
    /// Elements from the start of a row to the start of the next: at least `len`.
    pub stride: usize,
}

impl Rows {
    /// Rows of `len` elements, `stride` apart.
    #[inline]
    pub const fn new(len: usize, stride: usize) -> Rows {
        Rows { len, stride }
    }

    /// How many rows `length` elements have.
    ///
    /// # Errors
    /// [`Error::EmptyAxis`] if `len` is 0, [`Error::Stride`] if the rows would overlap, [`Error::NotRows`].
    pub const fn count(self, length: usize) -> Result<usize, Error> {
        let Rows { len, stride } = self;
        if len == 0 {
            return Err(Error::EmptyAxis { len, inner: 1 });
        }
        if stride < len {
            return Err(Error::Stride { len, stride });
        }
        // Neither is 0, which the compiler does not see.
        let (Some(whole), Some(rest)) = (length.checked_div(stride), length.checked_rem(stride)) else {
            return Err(Error::EmptyAxis { len, inner: 1 });
        };
        if rest == 0 {
            Ok(whole)
        } else if rest >= len {
            Ok(whole + 1)
        } else {
            Err(Error::NotRows { length, len, stride })
        }
    }
}

/// Elements of all rows, if `y` has as many of the same length as `x`; and the names of its data and of its rows.
pub(crate) fn elements(
    x: (usize, Rows),
    names: [&'static str; 2],
    (length, rows): (usize, Rows),
) -> Result<usize, Error> {
    let count = x.1.count(x.0)?;
    let [name, rows_name] = names;
    same_length(rows_name, rows.len, x.1.len)?;
    if rows.count(length)? != count {
        let expected = count.saturating_sub(1).saturating_mul(rows.stride).saturating_add(rows.len);
        return Err(Error::Length { name, found: length, expected: if count == 0 { 0 } else { expected } });
    }
    // No more than there are in memory.
    Ok(count.saturating_mul(rows.len))
}
