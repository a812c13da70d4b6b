//! Softmin along an axis: the softmax of −x.

use core::mem::MaybeUninit;

use crate::axis::Axis;
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::slices::{Staged, fill, place};

use super::family::{Family, Gradient, staged, staged_gradient, staged_gradient_in_place};

/// Writes the softmin of `x` along `axis` to `y`: each row becomes the softmax of −x,
/// e^(min − x) / Σ e^(min − x).
///
/// Errors and edges are those of [`softmax`](crate::softmax()) of −x, and so are the bits, where no element is infinite: an
/// element more than 104 above the minimum gives 0; a NaN or −∞ in the row makes all of the row NaN, and so does a row of
/// +∞ only.
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [0.0; 4];
/// simdact::softmin(&[1.0, 1.0, 0.0, f32::INFINITY], Axis::rows(2), &mut y)?;
/// assert_eq!(y, [0.5, 0.5, 1.0, 0.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn softmin<T: Element>(x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
    Kernels::default().softmin(x, axis, y)
}

/// Replaces each row by its softmin; see [`softmin`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmin_in_place<T: Element>(x: &mut [T], axis: Axis) -> Result<(), Error> {
    Kernels::default().softmin_in_place(x, axis)
}

/// Writes the softmin to `y`, which may be uninitialised, and gives `y` out as initialised; see [`softmin`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmin_uninit<'y, T: Element>(x: &[T], axis: Axis, y: &'y mut [MaybeUninit<T>]) -> Result<&'y mut [T], Error> {
    Kernels::default().softmin_uninit(x, axis, y)
}

/// Writes the gradient of softmin to `dx`: dx = −y · (dy − Σ y·dy) along `axis`, from the output `y` and the upstream
/// gradient `dy`.
///
/// The negative of [`softmax_backward`](crate::softmax_backward), to the bit.
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let mut dx = [9.0; 2];
/// simdact::softmin_backward(&[0.25, 0.75], &[1.0, 0.0], Axis::rows(2), &mut dx)?;
/// assert_eq!(dx, [-0.1875, 0.1875]);
/// # Ok(()) }
/// ```
#[inline]
pub fn softmin_backward<T: Element>(y: &[T], dy: &[T], axis: Axis, dx: &mut [T]) -> Result<(), Error> {
    Kernels::default().softmin_backward(y, dy, axis, dx)
}

/// The same, where the upstream gradient `dy` turns into the gradient; see [`softmin_backward`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmin_backward_in_place<T: Element>(y: &[T], dy: &mut [T], axis: Axis) -> Result<(), Error> {
    Kernels::default().softmin_backward_in_place(y, dy, axis)
}

/// Softmin, on these kernels.
impl Kernels {
    /// See [`softmin`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmin<T: Element>(&self, x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
        self.family(Family::Softmin, staged(x, place(y))?, axis)
    }

    /// See [`softmin_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmin_in_place<T: Element>(&self, x: &mut [T], axis: Axis) -> Result<(), Error> {
        self.family(Family::Softmin, Staged::in_place(x), axis)
    }

    /// See [`softmin_uninit`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmin_uninit<'y, T: Element>(
        &self,
        x: &[T],
        axis: Axis,
        y: &'y mut [MaybeUninit<T>],
    ) -> Result<&'y mut [T], Error> {
        fill(y, |y| self.family(Family::Softmin, staged(x, y)?, axis))
    }

    /// See [`softmin_backward`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmin_backward<T: Element>(&self, y: &[T], dy: &[T], axis: Axis, dx: &mut [T]) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::Softmax { scale: -1.0 }, staged_gradient(y, dy, dx)?, axis)
    }

    /// See [`softmin_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmin_backward_in_place<T: Element>(&self, y: &[T], dy: &mut [T], axis: Axis) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::Softmax { scale: -1.0 }, staged_gradient_in_place(y, dy)?, axis)
    }
}
