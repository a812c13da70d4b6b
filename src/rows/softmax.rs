//! Softmax along an axis, in its stable form: e^(x − max) / Σ e^(x − max).
//!
//! Three passes over each row: the maximum; the exponentials, which are written and summed; the scaling by the
//! reciprocal of the sum. Rows of more than 8192 elements go by chunks: see `stages.rs`. Sums run in 32 virtual lanes,
//! in chunks of a fixed size: the order depends on the length of the row only, never on the width of a register, on the
//! number of threads, or on where the row's elements lie.
//!
//! Along an inner axis whose distance (`inner`) is a multiple of 256, columns are copied to 64 KiB of the stack first, as
//! the caches would not keep them where they are.

use core::mem::MaybeUninit;

use crate::axis::Axis;
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::lanes::{Lanes, Op, Registers};
use crate::parallel::Cost;
use crate::slices::{
    Function, Long, Pass, Reading, Row, RowKernel, RowWork, Staged, Walk, fill, place, sum, sum_of_written, write,
};

use super::chunks::{each_chunk, parts, parts_of_long};
use super::family::{Family, Gradient, staged, staged_gradient, staged_gradient_in_place};
use super::stages::{Logits, Terms, Weights, lane, maxima};

/// Writes the softmax of `x` along `axis` to `y`: each row becomes e^(x − max) / Σ e^(x − max).
///
/// Relative error of an element y below (n/32 + 16 + 1.1 |ln y|) · 2⁻²⁴ for a row of n ≤ 8192 elements, and hardly more
/// for longer ones (the last term is the rounding of x − max; on [`Backend::Portable`](crate::Backend::Portable) it is
/// 2.1 |ln y|); results down to the subnormals, and 0 for x more than 104
/// below the maximum. A NaN or +∞ in the row makes all of the row NaN, and so does a row of −∞ only.
///
/// In the [exact tier](crate::Accuracy::Exact) every element is within 0.501 ULP of the true value, whatever the row, with
/// the same bits on all backends: differences to the maximum are exact there, exponentials and their sum in f64.
///
/// Where `inner` is a multiple of 256, and for elements of 16 bits, up to 66 KiB of the stack are used.
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// // Two rows of two logits.
/// let mut y = [0.0; 4];
/// simdact::softmax(&[1.0, 1.0, 0.0, f32::NEG_INFINITY], Axis::rows(2), &mut y)?;
/// assert_eq!(y, [0.5, 0.5, 1.0, 0.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn softmax<T: Element>(x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
    Kernels::default().softmax(x, axis, y)
}

/// Replaces each row by its softmax; see [`softmax`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmax_in_place<T: Element>(x: &mut [T], axis: Axis) -> Result<(), Error> {
    Kernels::default().softmax_in_place(x, axis)
}

/// Writes the softmax to `y`, which may be uninitialised, and gives `y` out as initialised; see [`softmax`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmax_uninit<'y, T: Element>(x: &[T], axis: Axis, y: &'y mut [MaybeUninit<T>]) -> Result<&'y mut [T], Error> {
    Kernels::default().softmax_uninit(x, axis, y)
}

/// Writes the gradient of softmax to `dx`: dx = y · (dy − Σ y·dy) along `axis`, from the output `y` and the upstream
/// gradient `dy`.
///
/// The sum runs in the same fixed order as that of [`softmax`], with fused multiply-adds. An element is within
/// ((n/32 + 8) · Σ |y·dy| + 2 |dy|) · |y| · 2⁻²⁴ of the true value for a row of n ≤ 8192 elements: relative to what could
/// cancel; and one step more where subnormal.
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let mut dx = [9.0; 2];
/// simdact::softmax_backward(&[0.25, 0.75], &[1.0, 0.0], Axis::rows(2), &mut dx)?;
/// assert_eq!(dx, [0.1875, -0.1875]);
/// # Ok(()) }
/// ```
#[inline]
pub fn softmax_backward<T: Element>(y: &[T], dy: &[T], axis: Axis, dx: &mut [T]) -> Result<(), Error> {
    Kernels::default().softmax_backward(y, dy, axis, dx)
}

/// The same, where the upstream gradient `dy` turns into the gradient; see [`softmax_backward`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmax_backward_in_place<T: Element>(y: &[T], dy: &mut [T], axis: Axis) -> Result<(), Error> {
    Kernels::default().softmax_backward_in_place(y, dy, axis)
}

/// Softmax, on these kernels.
impl Kernels {
    /// See [`softmax`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax<T: Element>(&self, x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
        self.family(Family::Softmax, staged(x, place(y))?, axis)
    }

    /// See [`softmax_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax_in_place<T: Element>(&self, x: &mut [T], axis: Axis) -> Result<(), Error> {
        self.family(Family::Softmax, Staged::in_place(x), axis)
    }

    /// See [`softmax_uninit`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax_uninit<'y, T: Element>(
        &self,
        x: &[T],
        axis: Axis,
        y: &'y mut [MaybeUninit<T>],
    ) -> Result<&'y mut [T], Error> {
        fill(y, |y| self.family(Family::Softmax, staged(x, y)?, axis))
    }

    /// See [`softmax_backward`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax_backward<T: Element>(&self, y: &[T], dy: &[T], axis: Axis, dx: &mut [T]) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::SOFTMAX, staged_gradient(y, dy, dx)?, axis)
    }

    /// See [`softmax_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax_backward_in_place<T: Element>(&self, y: &[T], dy: &mut [T], axis: Axis) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::SOFTMAX, staged_gradient_in_place(y, dy)?, axis)
    }
}

/// For many short rows, and for columns.
#[derive(Clone, Copy)]
pub(super) struct Softmax;

impl Softmax {
    pub(super) const WEIGHTS: Weights<Logits> = Weights { terms: Logits, one: false, nothing: f32::NAN };
}

/// The exponential of the difference of an element and its row's maximum, 2²⁶ times too large.
#[derive(Clone, Copy)]
struct Exponential;
impl Function<2> for Exponential {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, max]: [L::F32; 2]) -> L::F32 {
        Logits.exponential(l, l.sub(x, max))
    }
}

impl RowKernel<1> for Softmax {
    #[inline(always)]
    fn rows<L: Registers, W: Walk<L>, const R: usize>(self, l: L, mut rows: [Row<'_, 1, W>; R]) {
        // NaN and rows of −∞ give something whose difference to them is NaN or no larger than 0.
        let maxima = maxima(l, Logits, &rows);
        let scales = sum_of_written(
            l,
            &mut rows,
            Exponential,
            maxima,
            #[inline(always)]
            |sum| l.div(l.splat(1.0), sum),
        );
        write(
            l,
            rows,
            scales,
            #[inline(always)]
            |scale, [e]| l.mul(e, scale),
        );
    }
}

impl RowWork<1> for Softmax {
    fn row(&self, kernels: &Kernels, number: usize, row: Pass<'_, 1>) {
        Softmax::WEIGHTS.row(kernels, number, row);
    }
    fn long(&self, kernels: &Kernels, row: &Long<'_, 1>) {
        Softmax::WEIGHTS.long(kernels, row);
    }
}

/// The gradient by the logits, times a number: the gradient by what they are multiples of.
#[derive(Clone, Copy)]
pub(super) struct SoftmaxBackward {
    pub scale: f32,
}

/// Σ y·dy of each row.
#[inline(always)]
fn dots<L: Registers, W: Walk<L>, const R: usize>(l: L, rows: &[Row<'_, 2, W>; R]) -> [L::F32; R] {
    sum(
        l,
        rows,
        #[inline(always)]
        |sum, [y, dy]| l.mul_add(y, dy, sum),
    )
}

/// dx = y · (dy − Σ y·dy) · scale.
#[inline(always)]
fn gradient<L: Lanes>(l: L, y: L::F32, dy: L::F32, dot: L::F32, scale: f32) -> L::F32 {
    l.mul(l.mul(y, l.sub(dy, dot)), l.splat(scale))
}

impl RowKernel<2> for SoftmaxBackward {
    #[inline(always)]
    fn rows<L: Registers, W: Walk<L>, const R: usize>(self, l: L, rows: [Row<'_, 2, W>; R]) {
        let dots = dots(l, &rows);
        write(
            l,
            rows,
            dots,
            #[inline(always)]
            |dot, [y, dy]| gradient(l, y, dy, dot, self.scale),
        );
    }
}

impl RowWork<2> for SoftmaxBackward {
    fn row(&self, kernels: &Kernels, _: usize, row: Pass<'_, 2>) {
        let dot = parts(kernels.threads(), row.reading(), &|part| kernels.run(Dot(part)), &|a, b| a + b);
        kernels.map(GradientOf { dot, scale: self.scale }, row);
    }
    fn long(&self, kernels: &Kernels, row: &Long<'_, 2>) {
        let dot = parts_of_long(kernels, row, &|_, part| kernels.run(Dot(part.reading())), &|a, b| a + b);
        each_chunk(kernels, row, &|_, chunk| kernels.map(GradientOf { dot, scale: self.scale }, chunk));
    }
}

/// Σ y·dy of a chunk.
struct Dot<'a>(Reading<'a, 2>);
impl Op for Dot<'_> {
    type Output = f32;
    #[inline(always)]
    fn run<L: Registers>(self, l: L) -> f32 {
        let [dot] = dots(l, core::array::from_ref(self.0.view().row()));
        lane(l, dot)
    }
}

#[derive(Clone, Copy)]
struct GradientOf {
    dot: f32,
    scale: f32,
}
impl Function<2> for GradientOf {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [y, dy]: [L::F32; 2]) -> L::F32 {
        gradient(l, y, dy, l.splat(self.dot), self.scale)
    }
}
