//! Softmax along an axis, in its stable form: e^(x − max) / Σ e^(x − max).
//!
//! Three passes over each row: the maximum; the exponentials, which are written and summed; the scaling by the
//! reciprocal of the sum. On AVX-512, rows too large for the caches are not written in the second pass, and computed once
//! more in the third. The exponentials carry a factor of 2²⁶, which cancels, and without which small ones would be
//! subnormal before they are scaled. Sums run in 32 virtual lanes, in chunks of a fixed size, whose sums are added by
//! a tree: the order depends on the length of the row only, never on the width of a register, on the number of
//! threads, or on where the row's elements lie.
//!
//! Along an inner axis whose distance (`inner`) is a multiple of 256, columns are copied to 64 KiB of the stack first, as
//! the caches would not keep them where they are.

use core::mem::MaybeUninit;

use crate::activation::exp_scaled;
use crate::axis::Axis;
use crate::backend::Backend;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::lanes::{Lanes, Op, Registers};
use crate::parallel::{self, Cost};
use crate::slices::{CHUNK, Function, Pass, Row, RowKernel, Rows, Walk, fill, fold, place, sum, sum_of, write};

/// Writes the softmax of `x` along `axis` to `y`: each row becomes e^(x − max) / Σ e^(x − max).
///
/// Relative error of an element y below (n/32 + 16 + 1.1 |ln y|) · 2⁻²⁴ for a row of n ≤ 8192 elements, and hardly more
/// for longer ones (the last term is the rounding of x − max; on [`Backend::Portable`](crate::Backend::Portable) it is
/// 2.1 |ln y|); results down to the subnormals, and 0 for x more than 104
/// below the maximum. A NaN or +∞ in the row makes all of the row NaN, and so does a row of −∞ only.
///
/// Where `inner` is a multiple of 256, 64 KiB of the stack are used.
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
pub fn softmax(x: &[f32], axis: Axis, y: &mut [f32]) -> Result<(), Error> {
    Kernels::default().softmax(x, axis, y)
}

/// Replaces each row by its softmax; see [`softmax`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmax_in_place(x: &mut [f32], axis: Axis) -> Result<(), Error> {
    Kernels::default().softmax_in_place(x, axis)
}

/// Writes the softmax to `y`, which may be uninitialised, and gives `y` out as initialised; see [`softmax`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmax_uninit<'y>(x: &[f32], axis: Axis, y: &'y mut [MaybeUninit<f32>]) -> Result<&'y mut [f32], Error> {
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
pub fn softmax_backward(y: &[f32], dy: &[f32], axis: Axis, dx: &mut [f32]) -> Result<(), Error> {
    Kernels::default().softmax_backward(y, dy, axis, dx)
}

/// The same, where the upstream gradient `dy` turns into the gradient; see [`softmax_backward`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn softmax_backward_in_place(y: &[f32], dy: &mut [f32], axis: Axis) -> Result<(), Error> {
    Kernels::default().softmax_backward_in_place(y, dy, axis)
}

/// Softmax, on these kernels.
impl Kernels {
    /// See [`softmax`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax(&self, x: &[f32], axis: Axis, y: &mut [f32]) -> Result<(), Error> {
        self.rows(Softmax, Pass::new(x, place(y))?, axis)
    }

    /// See [`softmax_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax_in_place(&self, x: &mut [f32], axis: Axis) -> Result<(), Error> {
        self.rows(Softmax, Pass::in_place(x), axis)
    }

    /// See [`softmax_uninit`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax_uninit<'y>(
        &self,
        x: &[f32],
        axis: Axis,
        y: &'y mut [MaybeUninit<f32>],
    ) -> Result<&'y mut [f32], Error> {
        fill(y, |y| self.rows(Softmax, Pass::new(x, y)?, axis))
    }

    /// See [`softmax_backward`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax_backward(&self, y: &[f32], dy: &[f32], axis: Axis, dx: &mut [f32]) -> Result<(), Error> {
        self.rows(SoftmaxBackward, Pass::backward(y, dy, dx)?, axis)
    }

    /// See [`softmax_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn softmax_backward_in_place(&self, y: &[f32], dy: &mut [f32], axis: Axis) -> Result<(), Error> {
        self.rows(SoftmaxBackward, Pass::backward_in_place(y, dy)?, axis)
    }

    /// Runs a kernel on all rows: whole rows at a time, unless there are fewer than threads, and they are long, or one
    /// alone is too large for the caches.
    fn rows<const N: usize, K: LongRow<N>>(&self, kernel: K, pass: Pass<'_, N>, axis: Axis) -> Result<(), Error> {
        struct Each<'a, const N: usize, K>(Rows<'a, N>, K);
        impl<const N: usize, K: RowKernel<N>> Op for Each<'_, N, K> {
            type Output = ();
            #[inline(always)]
            fn run<L: Registers>(self, lanes: L) {
                self.0.each(lanes, self.1);
            }
        }

        struct OnDesk<'a, const N: usize, K>(Rows<'a, N>, K);
        impl<const N: usize, K: RowKernel<N>> Op for OnDesk<'_, N, K> {
            type Output = ();
            #[inline(always)]
            fn run<L: Registers>(self, lanes: L) {
                self.0.each_on_desk(lanes, self.1);
            }
        }

        let rows = Rows::new(pass, axis)?;
        let threads = parallel::threads(self.threads(), Cost::Arithmetic, axis.len);
        let rows = if rows.count() < threads || rows.each_passes_caches() {
            match rows.contiguous() {
                Ok(mut pass) => {
                    while pass.len() > 0 {
                        let (row, later) = pass.split_at(axis.len);
                        kernel.long_row(self, row);
                        pass = later;
                    }
                    return Ok(());
                }
                Err(rows) => rows,
            }
        } else {
            rows
        };
        parallel::each(self.threads(), Cost::Arithmetic, rows, |part| {
            if part.wants_desk() { self.run(OnDesk(part, kernel)) } else { self.run(Each(part, kernel)) }
        });
        Ok(())
    }
}

/// A kernel of rows that can also share one long row among threads, with the same bits.
trait LongRow<const N: usize>: RowKernel<N> {
    fn long_row(self, kernels: &Kernels, row: Pass<'_, N>);
}

/// Parts of a long row shorter than this are not cut further.
const PART: usize = 4 * CHUNK;

#[derive(Clone, Copy)]
struct Softmax;

/// The larger of the maximum so far and x; a NaN is left out here, as it shows in the exponentials.
#[inline(always)]
fn larger<L: Lanes>(l: L, max: L::F32, x: L::F32) -> L::F32 {
    l.max(x, max)
}

/// The maxima of rows; NaN and rows of −∞ give something whose difference to them is NaN or no larger than 0.
#[inline(always)]
fn maxima<L: Registers, W: Walk<L>, const R: usize>(l: L, rows: &[Row<'_, 1, W>; R]) -> [L::F32; R] {
    fold(
        l,
        rows,
        l.splat(f32::NEG_INFINITY),
        #[inline(always)]
        |max, [x]| larger(l, max, x),
        #[inline(always)]
        |a, b| larger(l, a, b),
    )
}

/// The exponential of the difference of an element and its row's maximum, 2²⁶ times too large.
#[derive(Clone, Copy)]
struct Exponential;
impl Function<2> for Exponential {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, max]: [L::F32; 2]) -> L::F32 {
        exp_scaled(l, l.sub(x, max))
    }
}

impl RowKernel<1> for Softmax {
    #[inline(always)]
    fn rows<L: Registers, W: Walk<L>, const R: usize>(self, l: L, mut rows: [Row<'_, 1, W>; R]) {
        let maxima = maxima(l, &rows);
        let scales = sum_of::<_, _, _, true>(
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

impl LongRow<1> for Softmax {
    fn long_row(self, kernels: &Kernels, row: Pass<'_, 1>) {
        let threads = kernels.threads();
        let (max, row) = parts(threads, row, &|part| kernels.run(Maximum(part)), &f32::max);
        if row.passes_caches() && kernels.backend() == Backend::Avx512 {
            let (sum, row) = parts(threads, row, &|part| kernels.run(Exponentials::<false>(part, max)), &|a, b| a + b);
            kernels.map(Normalized { max, scale: 1.0 / sum }, row);
        } else {
            let (sum, row) = parts(threads, row, &|part| kernels.run(Exponentials::<true>(part, max)), &|a, b| a + b);
            kernels.map(Scale(1.0 / sum), row);
        }
    }
}

struct Maximum<'a>(Pass<'a, 1>);
impl<'a> Op for Maximum<'a> {
    type Output = (f32, Pass<'a, 1>);
    #[inline(always)]
    fn run<L: Registers>(self, l: L) -> Self::Output {
        let row = self.0.row();
        {
            let [max] = maxima(l, core::array::from_ref(&row));
            (lane(l, max), row.pass())
        }
    }
}

struct Exponentials<'a, const WRITE: bool>(Pass<'a, 1>, f32);
impl<'a, const WRITE: bool> Op for Exponentials<'a, WRITE> {
    type Output = (f32, Pass<'a, 1>);
    #[inline(always)]
    fn run<L: Registers>(self, l: L) -> Self::Output {
        let mut rows = [self.0.row()];
        let [sum] = sum_of::<_, _, _, WRITE>(
            l,
            &mut rows,
            Exponential,
            [l.splat(self.1)],
            #[inline(always)]
            |sum| sum,
        );
        let [row] = rows;
        (lane(l, sum), row.pass())
    }
}

#[derive(Clone, Copy)]
struct Scale(f32);
impl Function<1> for Scale {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [e]: [L::F32; 1]) -> L::F32 {
        l.mul(e, l.splat(self.0))
    }
}

/// The same from the start. Where the exponentials are too many for the caches, and lanes are many, it takes less time to
/// compute them once more than to write them and read them again.
#[derive(Clone, Copy)]
struct Normalized {
    max: f32,
    scale: f32,
}
impl Function<1> for Normalized {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        l.mul(Exponential.call(l, [x, l.splat(self.max)]), l.splat(self.scale))
    }
}

#[derive(Clone, Copy)]
struct SoftmaxBackward;

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

/// dx = y · (dy − Σ y·dy).
#[inline(always)]
fn gradient<L: Lanes>(l: L, y: L::F32, dy: L::F32, dot: L::F32) -> L::F32 {
    l.mul(y, l.sub(dy, dot))
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
            |dot, [y, dy]| gradient(l, y, dy, dot),
        );
    }
}

impl LongRow<2> for SoftmaxBackward {
    fn long_row(self, kernels: &Kernels, row: Pass<'_, 2>) {
        let (dot, row) = parts(kernels.threads(), row, &|part| kernels.run(Dot(part)), &|a, b| a + b);
        kernels.map(Gradient(dot), row);
    }
}

struct Dot<'a>(Pass<'a, 2>);
impl<'a> Op for Dot<'a> {
    type Output = (f32, Pass<'a, 2>);
    #[inline(always)]
    fn run<L: Registers>(self, l: L) -> Self::Output {
        let row = self.0.row();
        {
            let [dot] = dots(l, core::array::from_ref(&row));
            (lane(l, dot), row.pass())
        }
    }
}

#[derive(Clone, Copy)]
struct Gradient(f32);
impl Function<2> for Gradient {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [y, dy]: [L::F32; 2]) -> L::F32 {
        gradient(l, y, dy, l.splat(self.0))
    }
}

/// The first lane.
#[inline(always)]
fn lane<L: Registers>(l: L, vector: L::F32) -> f32 {
    l.fold(vector, |a, _| a)
}

/// Runs `leaf` on parts of a long row, and combines what they give by the tree that a sum over the whole row follows.
fn parts<'a, const N: usize>(
    threads: bool,
    row: Pass<'a, N>,
    leaf: &(impl Fn(Pass<'a, N>) -> (f32, Pass<'a, N>) + Sync),
    op: &(impl Fn(f32, f32) -> f32 + Sync),
) -> (f32, Pass<'a, N>) {
    if row.len() <= PART {
        return leaf(row);
    }
    match row.split_sum() {
        Ok((a, b)) => {
            let ((x, a), (y, b)) =
                parallel::both(threads, || parts(threads, a, leaf, op), || parts(threads, b, leaf, op));
            (op(x, y), a.join(b))
        }
        Err(whole) => leaf(whole),
    }
}
