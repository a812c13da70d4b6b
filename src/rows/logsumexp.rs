//! The logarithm of a sum of exponentials along an axis, max + log Σ e^(x − max): one number for each row.
//!
//! The maximum and the sum are those of softmax, to the bit, and the logarithm is that of `log.rs`.

use core::mem::MaybeUninit;

use crate::activation::exp_faithful;
use crate::axis::Axis;
use crate::element::Element;
use crate::error::{Error, same_length};
use crate::kernels::Kernels;
use crate::lanes::Lanes;
use crate::parallel::Cost;
use crate::slices::{CHUNK, Function, Long, Pass, Reading, RowNumber, RowWork, Source, Staged, Tiles, fill, place};

use super::chunks::each_chunk;
use super::family::staged;
use super::stages::{AsIs, Logits, Summed, stats_of, stats_of_long};

/// Writes log Σ eˣ of each row of `x` along `axis` to `y`, which has an element for each: [`Axis::outer`] · `inner`.
///
/// The result y is within (n/32 + 16 + 1.7 (y − max) + |y|) · 2⁻²⁴ of the true value for a row of n ≤ 8192 elements, and
/// hardly more for longer ones. The bound is absolute: where y is near 0, as that of one element near 0 far above all
/// others, it is not relative to y. A NaN in the row gives NaN, otherwise +∞ gives +∞, and −∞ only gives −∞.
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// // Two rows of two logits.
/// let mut y = [9.0; 2];
/// simdact::logsumexp(&[1000.0, 0.0, f32::NEG_INFINITY, -3.0], Axis::rows(2), &mut y)?;
/// assert_eq!(y, [1000.0, -3.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn logsumexp<T: Element>(x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
    Kernels::default().logsumexp(x, axis, y)
}

/// Writes it to the beginning of `x`, which it gives out; what the rest of `x` holds then is left open. On one thread.
/// See [`logsumexp`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn logsumexp_in_place<T: Element>(x: &mut [T], axis: Axis) -> Result<&mut [T], Error> {
    Kernels::default().logsumexp_in_place(x, axis)
}

/// Writes it to `y`, which may be uninitialised, and gives `y` out as initialised; see [`logsumexp`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
#[inline]
pub fn logsumexp_uninit<'y, T: Element>(
    x: &[T],
    axis: Axis,
    y: &'y mut [MaybeUninit<T>],
) -> Result<&'y mut [T], Error> {
    Kernels::default().logsumexp_uninit(x, axis, y)
}

/// Writes the gradient of logsumexp to `dx`: dx = dy · e^(x − y), from the input `x`, and the output `y` and the upstream
/// gradient `dy`, which have an element for each row.
///
/// Within (3.8 + |x − y|) · 2⁻²⁴ of the true value of that, relative, and one step where e^(x − y) is subnormal times |dy|.
/// A row of −∞ only, whose y is −∞, has the gradient NaN, and so has +∞ in a row whose y is +∞.
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let mut dx = [9.0; 2];
/// simdact::logsumexp_backward(&[1000.0, 0.0], &[1000.0], &[0.5], Axis::rows(2), &mut dx)?;
/// assert_eq!(dx, [0.5, 0.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn logsumexp_backward<T: Element>(x: &[T], y: &[T], dy: &[T], axis: Axis, dx: &mut [T]) -> Result<(), Error> {
    Kernels::default().logsumexp_backward(x, y, dy, axis, dx)
}

/// The same, where the input `x` turns into the gradient; see [`logsumexp_backward`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
#[inline]
pub fn logsumexp_backward_in_place<T: Element>(x: &mut [T], y: &[T], dy: &[T], axis: Axis) -> Result<(), Error> {
    Kernels::default().logsumexp_backward_in_place(x, y, dy, axis)
}

/// The logarithm of a sum of exponentials, on these kernels.
impl Kernels {
    /// See [`logsumexp`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
    pub fn logsumexp<T: Element>(&self, x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
        self.logs_of_rows(Tiles::reading(x, axis)?, place(y))
    }

    /// See [`logsumexp_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn logsumexp_in_place<'x, T: Element>(&self, x: &'x mut [T], axis: Axis) -> Result<&'x mut [T], Error> {
        let count = Tiles::numbers_in_place(self, x, axis, &LogSumExp)?;
        Ok(x.split_at_mut_checked(count).unwrap_or_default().0)
    }

    /// See [`logsumexp_uninit`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
    pub fn logsumexp_uninit<'y, T: Element>(
        &self,
        x: &[T],
        axis: Axis,
        y: &'y mut [MaybeUninit<T>],
    ) -> Result<&'y mut [T], Error> {
        fill(y, |y| self.logs_of_rows(Tiles::reading(x, axis)?, y))
    }

    /// See [`logsumexp_backward`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
    pub fn logsumexp_backward<T: Element>(
        &self,
        x: &[T],
        y: &[T],
        dy: &[T],
        axis: Axis,
        dx: &mut [T],
    ) -> Result<(), Error> {
        axis.outer(x.len())?;
        same_length("dx", dx.len(), x.len())?;
        self.weights_of_rows(staged(x, place(dx))?, [Source::new(y), Source::new(dy)], axis)
    }

    /// See [`logsumexp_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
    pub fn logsumexp_backward_in_place<T: Element>(
        &self,
        x: &mut [T],
        y: &[T],
        dy: &[T],
        axis: Axis,
    ) -> Result<(), Error> {
        self.weights_of_rows(Staged::in_place(x), [Source::new(y), Source::new(dy)], axis)
    }

    pub(super) fn logs_of_rows<T: Element>(&self, rows: Tiles<'_, 1>, y: &mut [MaybeUninit<T>]) -> Result<(), Error> {
        rows.numbers(self, y, &LogSumExp)
    }

    /// From rows, and the logarithm and the upstream gradient of each.
    pub(super) fn weights_of_rows(
        &self,
        rows: Staged<'_, 1>,
        [y, dy]: [Source<'_>; 2],
        axis: Axis,
    ) -> Result<(), Error> {
        // No more than elements.
        let count = axis.outer(rows.len())?.saturating_mul(axis.inner);
        same_length("y", y.len(), count)?;
        same_length("dy", dy.len(), count)?;
        self.each_row(&Spread { y, dy }, rows, axis)
    }
}

struct LogSumExp;

impl RowNumber for LogSumExp {
    fn number(&self, kernels: &Kernels, row: Reading<'_, 1>) -> f32 {
        if row.len() <= CHUNK {
            kernels.run(Summed(Logits, row)).logsumexp()
        } else {
            stats_of(kernels, Logits, row).logsumexp()
        }
    }
    fn of_long(&self, kernels: &Kernels, row: &Long<'_, 1>) -> f32 {
        stats_of_long(kernels, Logits, row, &AsIs).logsumexp()
    }
}

/// The gradient: for each row its number, times the upstream one.
struct Spread<'a> {
    y: Source<'a>,
    dy: Source<'a>,
}

impl RowWork<1> for Spread<'_> {
    fn row(&self, kernels: &Kernels, number: usize, row: Pass<'_, 1>) {
        kernels.map(Weight { y: self.y.of(number), dy: self.dy.of(number) }, row);
    }
    fn long(&self, kernels: &Kernels, row: &Long<'_, 1>) {
        let weight = Weight { y: self.y.of(row.number()), dy: self.dy.of(row.number()) };
        each_chunk(kernels, row, &|_, chunk| kernels.map(weight, chunk));
    }
}

/// dy · e^(x − y).
#[derive(Clone, Copy)]
struct Weight {
    y: f32,
    dy: f32,
}
impl Function<1> for Weight {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        l.mul(l.splat(self.dy), exp_faithful(l, l.sub(x, l.splat(self.y))))
    }
}
