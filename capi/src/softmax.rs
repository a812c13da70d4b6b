//! Softmax and its relatives.

use simdact::{Axis, Error, Kernels};

use crate::kernels::CKernels;
use crate::memory::{Array, Pair};
use crate::status::{CStatus, Failure, guard};

/// The shape of data [outer, len, inner], row-major, and the axis `len` along which a function runs: {n, 1} for the
/// rows of a matrix with n columns, {channels, height * width} for the channels of images. `outer` follows from the
/// length.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct CAxis {
    /// Elements along the axis, at least 1.
    pub len: usize,
    /// Distance between two neighbours along the axis: the product of the sizes of all later axes, at least 1.
    pub inner: usize,
}

impl From<CAxis> for Axis {
    fn from(CAxis { len, inner }: CAxis) -> Axis {
        Axis::new(len).inner(inner)
    }
}

/// A function along an axis out of place and in place, on these kernels.
type Forward =
    (fn(&Kernels, &[f32], Axis, &mut [f32]) -> Result<(), Error>, fn(&Kernels, &mut [f32], Axis) -> Result<(), Error>);

/// Its gradient, from the output and the upstream gradient.
type Backward = (
    fn(&Kernels, &[f32], &[f32], Axis, &mut [f32]) -> Result<(), Error>,
    fn(&Kernels, &[f32], &mut [f32], Axis) -> Result<(), Error>,
);

/// # Safety
/// What the header asks.
unsafe fn forward(
    (apart, in_place): Forward,
    (x, y): (*const f32, *mut f32),
    length: usize,
    axis: CAxis,
    kernels: *const CKernels,
) -> CStatus {
    guard(|| {
        // SAFETY: the caller's word.
        let kernels = unsafe { CKernels::chosen(kernels)? };
        let (x, y) = (Array::new("x", x, length)?, Array::new("y", y, length)?);
        // SAFETY: the caller's word.
        match unsafe { x.pair(&y)? } {
            Pair::Apart(x, y) => apart(&kernels, x, axis.into(), y)?,
            Pair::InPlace(x) => in_place(&kernels, x, axis.into())?,
        }
        Ok(())
    })
}

/// # Safety
/// What the header asks.
unsafe fn backward(
    (apart, in_place): Backward,
    (y, dy, dx): (*const f32, *const f32, *mut f32),
    length: usize,
    axis: CAxis,
    kernels: *const CKernels,
) -> CStatus {
    guard(|| {
        // SAFETY: the caller's word.
        let kernels = unsafe { CKernels::chosen(kernels)? };
        let (y, dy) = (Array::new("y", y, length)?, Array::new("dy", dy, length)?);
        let dx = Array::new("dx", dx, length)?;
        y.apart(&dx)?;
        // SAFETY: the caller's word.
        unsafe {
            match dy.pair(&dx)? {
                Pair::Apart(dy, dx) => apart(&kernels, y.read(), dy, axis.into(), dx)?,
                Pair::InPlace(dy) => in_place(&kernels, y.read(), dy, axis.into())?,
            }
        }
        Ok(())
    })
}

/// Writes e^x / sum e^x along an axis; `x` and `y` have `length` elements. In place where `y` is `x`.
///
/// A NaN, +inf, or nothing but -inf in a row: all of it is NaN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_softmax(
    x: *const f32,
    y: *mut f32,
    length: usize,
    axis: CAxis,
    kernels: *const CKernels,
) -> CStatus {
    // SAFETY: as the header asks.
    unsafe { forward((Kernels::softmax, Kernels::softmax_in_place), (x, y), length, axis, kernels) }
}

/// Writes the gradient of softmax from its output `y` and the upstream gradient `dy`: dx = y * (dy - sum y * dy). In
/// place where `dx` is `dy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_softmax_backward(
    y: *const f32,
    dy: *const f32,
    dx: *mut f32,
    length: usize,
    axis: CAxis,
    kernels: *const CKernels,
) -> CStatus {
    let functions: Backward = (Kernels::softmax_backward, Kernels::softmax_backward_in_place);
    // SAFETY: as the header asks.
    unsafe { backward(functions, (y, dy, dx), length, axis, kernels) }
}

/// Writes x - log sum e^x along an axis; `x` and `y` have `length` elements. In place where `y` is `x`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_log_softmax(
    x: *const f32,
    y: *mut f32,
    length: usize,
    axis: CAxis,
    kernels: *const CKernels,
) -> CStatus {
    // SAFETY: as the header asks.
    unsafe { forward((Kernels::log_softmax, Kernels::log_softmax_in_place), (x, y), length, axis, kernels) }
}

/// Writes the gradient of log_softmax from its output `y` and the upstream gradient `dy`: dx = dy - e^y * sum dy. In
/// place where `dx` is `dy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_log_softmax_backward(
    y: *const f32,
    dy: *const f32,
    dx: *mut f32,
    length: usize,
    axis: CAxis,
    kernels: *const CKernels,
) -> CStatus {
    let functions: Backward = (Kernels::log_softmax_backward, Kernels::log_softmax_backward_in_place);
    // SAFETY: as the header asks.
    unsafe { backward(functions, (y, dy, dx), length, axis, kernels) }
}

/// Writes the softmax of -x along an axis; `x` and `y` have `length` elements. In place where `y` is `x`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_softmin(
    x: *const f32,
    y: *mut f32,
    length: usize,
    axis: CAxis,
    kernels: *const CKernels,
) -> CStatus {
    // SAFETY: as the header asks.
    unsafe { forward((Kernels::softmin, Kernels::softmin_in_place), (x, y), length, axis, kernels) }
}

/// Writes the gradient of softmin from its output `y` and the upstream gradient `dy`: dx = -y * (dy - sum y * dy). In
/// place where `dx` is `dy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_softmin_backward(
    y: *const f32,
    dy: *const f32,
    dx: *mut f32,
    length: usize,
    axis: CAxis,
    kernels: *const CKernels,
) -> CStatus {
    let functions: Backward = (Kernels::softmin_backward, Kernels::softmin_backward_in_place);
    // SAFETY: as the header asks.
    unsafe { backward(functions, (y, dy, dx), length, axis, kernels) }
}

/// Writes e^x / (1 + sum e^x) along an axis; `x` and `y` have `length` elements. In place where `y` is `x`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_softmax1(
    x: *const f32,
    y: *mut f32,
    length: usize,
    axis: CAxis,
    kernels: *const CKernels,
) -> CStatus {
    // SAFETY: as the header asks.
    unsafe { forward((Kernels::softmax1, Kernels::softmax1_in_place), (x, y), length, axis, kernels) }
}

/// Writes the gradient of softmax1 from its output `y` and the upstream gradient `dy`: dx = y * (dy - sum y * dy). In
/// place where `dx` is `dy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_softmax1_backward(
    y: *const f32,
    dy: *const f32,
    dx: *mut f32,
    length: usize,
    axis: CAxis,
    kernels: *const CKernels,
) -> CStatus {
    let functions: Backward = (Kernels::softmax1_backward, Kernels::softmax1_backward_in_place);
    // SAFETY: as the header asks.
    unsafe { backward(functions, (y, dy, dx), length, axis, kernels) }
}

/// Writes log sum e^x of each row along an axis to `y`, which has an element for each: `y_length` is
/// `length` / `axis.len`. Where `y` is `x`, the results are at its beginning, and what the rest holds is left open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_logsumexp(
    x: *const f32,
    length: usize,
    axis: CAxis,
    y: *mut f32,
    y_length: usize,
    kernels: *const CKernels,
) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let kernels = unsafe { CKernels::chosen(kernels)? };
        let (x, y) = (Array::new("x", x, length)?, Array::new("y", y, y_length)?);
        // SAFETY: as the header asks.
        match unsafe { x.pair(&y)? } {
            Pair::Apart(x, y) => kernels.logsumexp(x, axis.into(), y)?,
            Pair::InPlace(x) => {
                one_of_each_row(length, axis, ("y", y_length))?;
                kernels.logsumexp_in_place(x, axis.into())?;
            }
        }
        Ok(())
    })
}

/// An error unless the array of this name and length has an element for each row.
pub(crate) fn one_of_each_row(length: usize, axis: CAxis, (name, found): (&'static str, usize)) -> Result<(), Failure> {
    Axis::from(axis).outer(length)?;
    let expected = length / axis.len;
    if found == expected { Ok(()) } else { Err(Error::Length { name, found, expected }.into()) }
}

/// Writes the gradient of logsumexp: dx = dy * e^(x - y), from its input `x`, and its output `y` and the upstream
/// gradient `dy`, which have `y_length` elements. In place where `dx` is `x`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_logsumexp_backward(
    x: *const f32,
    dx: *mut f32,
    length: usize,
    axis: CAxis,
    y: *const f32,
    dy: *const f32,
    y_length: usize,
    kernels: *const CKernels,
) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let kernels = unsafe { CKernels::chosen(kernels)? };
        let (x, dx) = (Array::new("x", x, length)?, Array::new("dx", dx, length)?);
        let (y, dy) = (Array::new("y", y, y_length)?, Array::new("dy", dy, y_length)?);
        y.apart(&dx)?;
        dy.apart(&dx)?;
        // SAFETY: as the header asks.
        unsafe {
            match x.pair(&dx)? {
                Pair::Apart(x, dx) => kernels.logsumexp_backward(x, y.read(), dy.read(), axis.into(), dx)?,
                Pair::InPlace(x) => kernels.logsumexp_backward_in_place(x, y.read(), dy.read(), axis.into())?,
            }
        }
        Ok(())
    })
}
