//! Softmax with one more element, a logit of 0 that is not written: its rows may sum to less than 1.

use core::mem::MaybeUninit;

use crate::axis::Axis;
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::slices::{Staged, fill, place};

use super::family::{Family, Gradient, staged, staged_gradient, staged_gradient_in_place};

/// Writes the softmax with a 1 in the sum of `x` along `axis` to `y`: each row becomes
/// eˣ / (1 + Σ eˣ), computed as e^(x − m) / (e^(−m) + Σ e^(x − m)) with m = max(max x, 0).
///
/// It is the [`softmax`](crate::softmax()) of the row with a 0 appended, without that element: an attention head can attend
/// to nothing. The relative error is below (n/32 + 18 + 1.1 |ln y|) · 2⁻²⁴ for a row of n ≤ 8192 elements, and hardly more
/// for longer ones (on [`Backend::Portable`](crate::Backend::Portable) 2.1 |ln y|); results go down to the subnormals. A row
/// of −∞ only gives zeros. A NaN or +∞ in the row makes all of the row NaN. In the [exact tier](crate::Accuracy::Exact)
/// every element is within 0.501 ULP.
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 4];
/// simdact::softmax1(&[0.0, f32::NEG_INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY], Axis::rows(2), &mut y)?;
/// assert_eq!(y, [0.5, 0.0, 0.0, 0.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn softmax1<T: Element>(x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
    Kernels::default().softmax1(x, axis, y)
}

/// Replaces each row by its softmax1; see [`softmax1`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmax1_in_place<T: Element>(x: &mut [T], axis: Axis) -> Result<(), Error> {
    Kernels::default().softmax1_in_place(x, axis)
}

/// Writes the softmax1 to `y`, which may be uninitialised, and gives `y` out as initialised; see [`softmax1`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmax1_uninit<'y, T: Element>(x: &[T], axis: Axis, y: &'y mut [MaybeUninit<T>]) -> Result<&'y mut [T], Error> {
    Kernels::default().softmax1_uninit(x, axis, y)
}

/// Writes the gradient of softmax1 to `dx`: dx = y · (dy − Σ y·dy) along `axis`, from the output `y` and the upstream
/// gradient `dy`: that of [`softmax_backward`](crate::softmax_backward), to the bit.
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let mut dx = [9.0; 2];
/// simdact::softmax1_backward(&[0.25, 0.5], &[1.0, 0.0], Axis::rows(2), &mut dx)?;
/// assert_eq!(dx, [0.1875, -0.125]);
/// # Ok(()) }
/// ```
#[inline]
pub fn softmax1_backward<T: Element>(y: &[T], dy: &[T], axis: Axis, dx: &mut [T]) -> Result<(), Error> {
    Kernels::default().softmax1_backward(y, dy, axis, dx)
}

/// The same, where the upstream gradient `dy` turns into the gradient; see [`softmax1_backward`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmax1_backward_in_place<T: Element>(y: &[T], dy: &mut [T], axis: Axis) -> Result<(), Error> {
    Kernels::default().softmax1_backward_in_place(y, dy, axis)
}

/// Softmax with a 1 in the sum, on these kernels.
impl Kernels {
    /// See [`softmax1`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax1<T: Element>(&self, x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
        self.family(Family::Softmax1, staged(x, place(y))?, axis)
    }

    /// See [`softmax1_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax1_in_place<T: Element>(&self, x: &mut [T], axis: Axis) -> Result<(), Error> {
        self.family(Family::Softmax1, Staged::in_place(x), axis)
    }

    /// See [`softmax1_uninit`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax1_uninit<'y, T: Element>(
        &self,
        x: &[T],
        axis: Axis,
        y: &'y mut [MaybeUninit<T>],
    ) -> Result<&'y mut [T], Error> {
        fill(y, |y| self.family(Family::Softmax1, staged(x, y)?, axis))
    }

    /// See [`softmax1_backward`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax1_backward<T: Element>(&self, y: &[T], dy: &[T], axis: Axis, dx: &mut [T]) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::SOFTMAX, staged_gradient(y, dy, dx)?, axis)
    }

    /// See [`softmax1_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax1_backward_in_place<T: Element>(&self, y: &[T], dy: &mut [T], axis: Axis) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::SOFTMAX, staged_gradient_in_place(y, dy)?, axis)
    }
}
