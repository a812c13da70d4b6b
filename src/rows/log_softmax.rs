//! The logarithm of softmax along an axis, x − max − log Σ e^(x − max), for losses.
//!
//! The maximum and the sum are those of softmax, to the bit; the exponentials are not written. The logarithm is that of
//! `log.rs`.

use core::mem::MaybeUninit;

use crate::activation::exp_scaled;
use crate::axis::Axis;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::lanes::{Lanes, Op, Registers};
use crate::parallel::Cost;
use crate::slices::{Function, Pass, Reading, Row, RowKernel, Walk, fill, place, sum, write};

use super::log::log;
use super::stages::{Forward, Logits, LongRow, Member, lane, parts};

/// Writes the logarithm of the softmax of `x` along `axis` to `y`: each row becomes
/// x − max − log Σ e^(x − max).
///
/// An element y is within (n/32 + 16 + 2.7 |y|) · 2⁻²⁴ of the true value for a row of n ≤ 8192 elements, and hardly more for
/// longer ones. The bound is absolute: where one element dominates the row, its y is near 0, and all that is known of it
/// is the sum, as a float (the largest y of a row is never above 0). −∞ gives −∞ beside larger elements. A NaN or +∞ in
/// the row makes all of the row NaN, and so does a row of −∞ only.
///
/// Where `inner` is a multiple of 256, 64 KiB of the stack are used.
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 4];
/// simdact::log_softmax(&[3.0, f32::NEG_INFINITY, 1000.0, 0.0], Axis::rows(2), &mut y)?;
/// assert_eq!(y, [0.0, f32::NEG_INFINITY, 0.0, -1000.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn log_softmax(x: &[f32], axis: Axis, y: &mut [f32]) -> Result<(), Error> {
    Kernels::default().log_softmax(x, axis, y)
}

/// Replaces each row by its log_softmax; see [`log_softmax`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn log_softmax_in_place(x: &mut [f32], axis: Axis) -> Result<(), Error> {
    Kernels::default().log_softmax_in_place(x, axis)
}

/// Writes the log_softmax to `y`, which may be uninitialised, and gives `y` out as initialised; see [`log_softmax`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn log_softmax_uninit<'y>(x: &[f32], axis: Axis, y: &'y mut [MaybeUninit<f32>]) -> Result<&'y mut [f32], Error> {
    Kernels::default().log_softmax_uninit(x, axis, y)
}

/// Writes the gradient of log_softmax to `dx`: dx = dy − e^y Σ dy along `axis`, from the output `y` and the upstream
/// gradient `dy`.
///
/// The sum runs in the same fixed order as that of [`softmax`](crate::softmax()). An element is within
/// (((n/32 + 8) · Σ |dy| + 6 |Σ dy|) · e^y + |dy|) · 2⁻²⁴ of the true value for a row of n ≤ 8192 elements; y above 0 counts
/// as 0, which it is never by more than a rounding.
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// // The gradient of the negative log-likelihood of the first class.
/// let mut dx = [9.0; 2];
/// simdact::log_softmax_backward(&[0.0, f32::NEG_INFINITY], &[-1.0, 0.0], Axis::rows(2), &mut dx)?;
/// assert_eq!(dx, [0.0, 0.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn log_softmax_backward(y: &[f32], dy: &[f32], axis: Axis, dx: &mut [f32]) -> Result<(), Error> {
    Kernels::default().log_softmax_backward(y, dy, axis, dx)
}

/// The same, where the upstream gradient `dy` turns into the gradient; see [`log_softmax_backward`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn log_softmax_backward_in_place(y: &[f32], dy: &mut [f32], axis: Axis) -> Result<(), Error> {
    Kernels::default().log_softmax_backward_in_place(y, dy, axis)
}

/// The logarithm of softmax, on these kernels.
impl Kernels {
    /// See [`log_softmax`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn log_softmax(&self, x: &[f32], axis: Axis, y: &mut [f32]) -> Result<(), Error> {
        self.rows(Forward(LogSoftmax), Pass::new(x, place(y))?, axis)
    }

    /// See [`log_softmax_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn log_softmax_in_place(&self, x: &mut [f32], axis: Axis) -> Result<(), Error> {
        self.rows(Forward(LogSoftmax), Pass::in_place(x), axis)
    }

    /// See [`log_softmax_uninit`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn log_softmax_uninit<'y>(
        &self,
        x: &[f32],
        axis: Axis,
        y: &'y mut [MaybeUninit<f32>],
    ) -> Result<&'y mut [f32], Error> {
        fill(y, |y| self.rows(Forward(LogSoftmax), Pass::new(x, y)?, axis))
    }

    /// See [`log_softmax_backward`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn log_softmax_backward(&self, y: &[f32], dy: &[f32], axis: Axis, dx: &mut [f32]) -> Result<(), Error> {
        self.rows(LogSoftmaxBackward, Pass::backward(y, dy, dx)?, axis)
    }

    /// See [`log_softmax_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn log_softmax_backward_in_place(&self, y: &[f32], dy: &mut [f32], axis: Axis) -> Result<(), Error> {
        self.rows(LogSoftmaxBackward, Pass::backward_in_place(y, dy)?, axis)
    }
}

#[derive(Clone, Copy)]
struct LogSoftmax;

impl Member for LogSoftmax {
    type Terms = Logits;
    const DESK: bool = false;
    const EXPONENTIALS: bool = false;

    #[inline(always)]
    fn terms(self) -> Logits {
        Logits
    }
    #[inline(always)]
    fn of_sum<L: Lanes>(self, l: L, sum: L::F32) -> L::F32 {
        log(l, sum)
    }
    #[inline(always)]
    fn output<L: Lanes>(self, l: L, difference: L::F32, log: L::F32) -> L::F32 {
        l.sub(difference, log)
    }
}

#[derive(Clone, Copy)]
struct LogSoftmaxBackward;

/// Σ dy of each row.
#[inline(always)]
fn sums<L: Registers, W: Walk<L>, const R: usize>(l: L, rows: &[Row<'_, 2, W>; R]) -> [L::F32; R] {
    sum(
        l,
        rows,
        #[inline(always)]
        |sum, [_, dy]| l.add(sum, dy),
    )
}

/// dy − e^y · sum.
#[inline(always)]
fn gradient<L: Lanes>(l: L, y: L::F32, dy: L::F32, sum: L::F32) -> L::F32 {
    const TINY: f32 = 1.0 / (1 << 26) as f32;
    let e = exp_scaled(l, l.min(l.splat(0.0), y));
    l.neg_mul_add(l.mul(e, l.splat(TINY)), sum, dy)
}

impl RowKernel<2> for LogSoftmaxBackward {
    #[inline(always)]
    fn rows<L: Registers, W: Walk<L>, const R: usize>(self, l: L, rows: [Row<'_, 2, W>; R]) {
        let sums = sums(l, &rows);
        write(
            l,
            rows,
            sums,
            #[inline(always)]
            |sum, [y, dy]| gradient(l, y, dy, sum),
        );
    }
}

impl LongRow<2> for LogSoftmaxBackward {
    const DESK: bool = false;
    const CHUNKS: bool = false;
    fn long_row(self, kernels: &Kernels, row: Pass<'_, 2>) {
        let sum = parts(kernels.threads(), row.reading(), &|part| kernels.run(Sum(part)), &|a, b| a + b);
        kernels.map(Gradient(sum), row);
    }
}

struct Sum<'a>(Reading<'a, 2>);
impl Op for Sum<'_> {
    type Output = f32;
    #[inline(always)]
    fn run<L: Registers>(self, l: L) -> f32 {
        let [sum] = sums(l, core::array::from_ref(self.0.view().row()));
        lane(l, sum)
    }
}

#[derive(Clone, Copy)]
struct Gradient(f32);
impl Function<2> for Gradient {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [y, dy]: [L::F32; 2]) -> L::F32 {
        gradient(l, y, dy, l.splat(self.0))
    }
}
