//! Softmax with one more element, a logit of 0 that is not written: its rows may sum to less than 1.

use core::mem::MaybeUninit;

use crate::axis::Axis;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::slices::{Pass, fill, place};

use super::softmax::SoftmaxBackward;
use super::stages::Forward;
use super::variant::Variant;

/// Writes the softmax with a 1 in the sum of `x` along `axis` to `y`: each row becomes
/// eˣ / (1 + Σ eˣ), computed as e^(x − m) / (e^(−m) + Σ e^(x − m)) with m = max(max x, 0).
///
/// It is the [`softmax`](crate::softmax()) of the row with a 0 appended, without that element: an attention head can attend
/// to nothing. The relative error is below (n/32 + 18 + 1.1 |ln y|) · 2⁻²⁴ for a row of n ≤ 8192 elements, and hardly more
/// for longer ones (on [`Backend::Portable`](crate::Backend::Portable) 2.1 |ln y|); results go down to the subnormals. A row
/// of −∞ only gives zeros. A NaN or +∞ in the row makes all of the row NaN.
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
pub fn softmax1(x: &[f32], axis: Axis, y: &mut [f32]) -> Result<(), Error> {
    Kernels::default().softmax1(x, axis, y)
}

/// Replaces each row by its softmax1; see [`softmax1`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmax1_in_place(x: &mut [f32], axis: Axis) -> Result<(), Error> {
    Kernels::default().softmax1_in_place(x, axis)
}

/// Writes the softmax1 to `y`, which may be uninitialised, and gives `y` out as initialised; see [`softmax1`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmax1_uninit<'y>(x: &[f32], axis: Axis, y: &'y mut [MaybeUninit<f32>]) -> Result<&'y mut [f32], Error> {
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
pub fn softmax1_backward(y: &[f32], dy: &[f32], axis: Axis, dx: &mut [f32]) -> Result<(), Error> {
    Kernels::default().softmax1_backward(y, dy, axis, dx)
}

/// The same, where the upstream gradient `dy` turns into the gradient; see [`softmax1_backward`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmax1_backward_in_place(y: &[f32], dy: &mut [f32], axis: Axis) -> Result<(), Error> {
    Kernels::default().softmax1_backward_in_place(y, dy, axis)
}

/// Softmax with a 1 in the sum, on these kernels.
impl Kernels {
    /// See [`softmax1`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax1(&self, x: &[f32], axis: Axis, y: &mut [f32]) -> Result<(), Error> {
        self.rows(Forward(Variant { least: 0.0, one: 1.0, ..Variant::PLAIN }), Pass::new(x, place(y))?, axis)
    }

    /// See [`softmax1_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax1_in_place(&self, x: &mut [f32], axis: Axis) -> Result<(), Error> {
        self.rows(Forward(Variant { least: 0.0, one: 1.0, ..Variant::PLAIN }), Pass::in_place(x), axis)
    }

    /// See [`softmax1_uninit`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax1_uninit<'y>(
        &self,
        x: &[f32],
        axis: Axis,
        y: &'y mut [MaybeUninit<f32>],
    ) -> Result<&'y mut [f32], Error> {
        fill(y, |y| self.rows(Forward(Variant { least: 0.0, one: 1.0, ..Variant::PLAIN }), Pass::new(x, y)?, axis))
    }

    /// See [`softmax1_backward`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax1_backward(&self, y: &[f32], dy: &[f32], axis: Axis, dx: &mut [f32]) -> Result<(), Error> {
        self.rows(SoftmaxBackward { scale: 1.0 }, Pass::backward(y, dy, dx)?, axis)
    }

    /// See [`softmax1_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax1_backward_in_place(&self, y: &[f32], dy: &mut [f32], axis: Axis) -> Result<(), Error> {
        self.rows(SoftmaxBackward { scale: 1.0 }, Pass::backward_in_place(y, dy)?, axis)
    }
}
