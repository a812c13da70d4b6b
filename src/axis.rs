//! The axis along which softmax and maxout run.

use crate::Error;

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
