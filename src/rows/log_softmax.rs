//! The logarithm of softmax along an axis, x − max − log Σ e^(x − max), for losses.
//!
//! The maximum and the sum are those of softmax, to the bit; the exponentials are not written. The logarithm is that of
//! `log.rs`.

use core::mem::MaybeUninit;

use crate::activation::exp_scaled;
use crate::axis::Axis;
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::lanes::{Lanes, Op, Registers};
use crate::parallel::Cost;
use crate::slices::{CHUNK, Function, Long, Pass, Reading, RowWork, Staged, fill, place, sum};

use super::chunks::{each_chunk, parts, parts_of_long};
use super::family::{Family, Gradient, staged, staged_gradient, staged_gradient_in_place};
use super::log::log_of_sum;
use super::stages::{AsIs, Logits, Summed, lane, stats_of, stats_of_long};
use super::stats::SoftmaxStats;

/// Writes the logarithm of the softmax of `x` along `axis` to `y`: each row becomes
/// x − max − log Σ e^(x − max).
///
/// An element y is within (n/32 + 16 + 2.7 |y|) · 2⁻²⁴ of the true value for a row of n ≤ 8192 elements, and hardly more for
/// longer ones. The bound is absolute: where one element dominates the row, its y is near 0, and all that is known of it
/// is the sum, as a float (the largest y of a row is never above 0). −∞ gives −∞ beside larger elements. A NaN or +∞ in
/// the row makes all of the row NaN, and so does a row of −∞ only.
///
/// Columns and elements of 16 bits go over 33 KiB of the stack, or 66 KiB for the gradient.
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
pub fn log_softmax<T: Element>(x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
    Kernels::default().log_softmax(x, axis, y)
}

/// Replaces each row by its log_softmax; see [`log_softmax`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn log_softmax_in_place<T: Element>(x: &mut [T], axis: Axis) -> Result<(), Error> {
    Kernels::default().log_softmax_in_place(x, axis)
}

/// Writes the log_softmax to `y`, which may be uninitialised, and gives `y` out as initialised; see [`log_softmax`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn log_softmax_uninit<'y, T: Element>(
    x: &[T],
    axis: Axis,
    y: &'y mut [MaybeUninit<T>],
) -> Result<&'y mut [T], Error> {
    Kernels::default().log_softmax_uninit(x, axis, y)
}

/// Writes the gradient of log_softmax to `dx`: dx = dy − e^y Σ dy along `axis`, from the output `y` and the upstream
/// gradient `dy`.
///
/// The sum runs in the same fixed order as that of [`softmax`](crate::softmax()). An element is within
/// (((n/32 + 8) · Σ |dy| + (6 + 0.1 |y|) · |Σ dy|) · e^y + |dy|) · 2⁻²⁴ of the true value for a row of n ≤ 8192 elements
/// (1.1 |y| on [`Backend::Portable`](crate::Backend::Portable)); y above 0 counts
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
pub fn log_softmax_backward<T: Element>(y: &[T], dy: &[T], axis: Axis, dx: &mut [T]) -> Result<(), Error> {
    Kernels::default().log_softmax_backward(y, dy, axis, dx)
}

/// The same, where the upstream gradient `dy` turns into the gradient; see [`log_softmax_backward`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn log_softmax_backward_in_place<T: Element>(y: &[T], dy: &mut [T], axis: Axis) -> Result<(), Error> {
    Kernels::default().log_softmax_backward_in_place(y, dy, axis)
}

/// The logarithm of softmax, on these kernels.
impl Kernels {
    /// See [`log_softmax`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn log_softmax<T: Element>(&self, x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
        self.family(Family::LogSoftmax, staged(x, place(y))?, axis)
    }

    /// See [`log_softmax_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn log_softmax_in_place<T: Element>(&self, x: &mut [T], axis: Axis) -> Result<(), Error> {
        self.family(Family::LogSoftmax, Staged::in_place(x), axis)
    }

    /// See [`log_softmax_uninit`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn log_softmax_uninit<'y, T: Element>(
        &self,
        x: &[T],
        axis: Axis,
        y: &'y mut [MaybeUninit<T>],
    ) -> Result<&'y mut [T], Error> {
        fill(y, |y| self.family(Family::LogSoftmax, staged(x, y)?, axis))
    }

    /// See [`log_softmax_backward`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn log_softmax_backward<T: Element>(&self, y: &[T], dy: &[T], axis: Axis, dx: &mut [T]) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::LogSoftmax, staged_gradient(y, dy, dx)?, axis)
    }

    /// See [`log_softmax_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn log_softmax_backward_in_place<T: Element>(&self, y: &[T], dy: &mut [T], axis: Axis) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::LogSoftmax, staged_gradient_in_place(y, dy)?, axis)
    }
}

#[derive(Clone, Copy)]
pub(super) struct LogSoftmax;

impl RowWork<1> for LogSoftmax {
    fn row(&self, kernels: &Kernels, _: usize, row: Pass<'_, 1>) {
        let output = if row.len() <= CHUNK {
            let sum = kernels.run(Summed(Logits, row.reading()));
            Output { max: sum.max, log: log_of_sum(sum.checked()) }
        } else {
            Output::of(stats_of(kernels, Logits, row.reading()))
        };
        kernels.map(output, row);
    }
    fn long(&self, kernels: &Kernels, row: &Long<'_, 1>) {
        let output = Output::of(stats_of_long(kernels, Logits, row, &AsIs));
        each_chunk(kernels, row, &|_, chunk| kernels.map(output, chunk));
    }
}

/// (x − max) − log Σ e^(x − max). Where no element is larger than −∞, x − max is NaN.
#[derive(Clone, Copy)]
pub(super) struct Output {
    max: f32,
    log: f32,
}
impl Output {
    /// Of elements of a row with these stats.
    pub(super) fn of(stats: SoftmaxStats) -> Output {
        Output { max: stats.max(), log: log_of_sum(stats.sum()) }
    }
}
impl Function<1> for Output {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        l.sub(l.sub(x, l.splat(self.max)), l.splat(self.log))
    }
}

#[derive(Clone, Copy)]
pub(super) struct LogSoftmaxBackward;

impl RowWork<2> for LogSoftmaxBackward {
    fn row(&self, kernels: &Kernels, _: usize, row: Pass<'_, 2>) {
        let sum = parts(kernels.threads(), row.reading(), &|part| kernels.run(Sum(part)), &|a, b| a + b);
        kernels.map(GradientOf(sum), row);
    }
    fn long(&self, kernels: &Kernels, row: &Long<'_, 2>) {
        let sum = parts_of_long(kernels, row, &|_, part| kernels.run(Sum(part.reading())), &|a, b| a + b);
        each_chunk(kernels, row, &|_, chunk| kernels.map(GradientOf(sum), chunk));
    }
}

/// Σ dy of a chunk.
struct Sum<'a>(Reading<'a, 2>);
impl Op for Sum<'_> {
    type Output = f32;
    #[inline(always)]
    fn run<L: Registers>(self, l: L) -> f32 {
        let [sum] = sum(
            l,
            core::array::from_ref(self.0.view().row()),
            #[inline(always)]
            |sum, [_, dy]| l.add(sum, dy),
        );
        lane(l, sum)
    }
}

/// dy − e^y Σ dy, where y above 0 counts as 0.
#[derive(Clone, Copy)]
struct GradientOf(f32);
impl Function<2> for GradientOf {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [y, dy]: [L::F32; 2]) -> L::F32 {
        /// The exponential is 2²⁶ times too large.
        const TINY: f32 = 1.0 / (1 << 26) as f32;
        let e = exp_scaled(l, l.min(l.splat(0.0), y));
        l.neg_mul_add(l.mul(e, l.splat(TINY)), l.splat(self.0), dy)
    }
}
