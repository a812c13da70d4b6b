//! The logarithm of a sum of exponentials along an axis, max + log Σ e^(x − max): one number for each row.
//!
//! The maximum and the sum are those of softmax, to the bit, and the logarithm is that of `log.rs`.

use core::mem::MaybeUninit;

use crate::activation::exp_faithful;
use crate::axis::Axis;
use crate::error::{Error, same_length};
use crate::kernels::Kernels;
use crate::lanes::{Lanes, Op, Registers, WIDEST};
use crate::parallel::{self, Cost, Split};
use crate::slices::{Function, Map, Pass, Reading, Reduction, Row, RowReduce, Walk, are_long, fill, place, sum_of};

use super::log::log;
use super::stages::{FiniteExponential, Logits, finite, maxima, stats_of, stats_of_rows};
use super::stats::ONE;

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
pub fn logsumexp(x: &[f32], axis: Axis, y: &mut [f32]) -> Result<(), Error> {
    Kernels::default().logsumexp(x, axis, y)
}

/// Writes it to the beginning of `x`, which it gives out; what the rest of `x` holds then is left open. On one thread.
/// See [`logsumexp`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn logsumexp_in_place(x: &mut [f32], axis: Axis) -> Result<&mut [f32], Error> {
    Kernels::default().logsumexp_in_place(x, axis)
}

/// Writes it to `y`, which may be uninitialised, and gives `y` out as initialised; see [`logsumexp`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
#[inline]
pub fn logsumexp_uninit<'y>(x: &[f32], axis: Axis, y: &'y mut [MaybeUninit<f32>]) -> Result<&'y mut [f32], Error> {
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
pub fn logsumexp_backward(x: &[f32], y: &[f32], dy: &[f32], axis: Axis, dx: &mut [f32]) -> Result<(), Error> {
    Kernels::default().logsumexp_backward(x, y, dy, axis, dx)
}

/// The same, where the input `x` turns into the gradient; see [`logsumexp_backward`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
#[inline]
pub fn logsumexp_backward_in_place(x: &mut [f32], y: &[f32], dy: &[f32], axis: Axis) -> Result<(), Error> {
    Kernels::default().logsumexp_backward_in_place(x, y, dy, axis)
}

/// The logarithm of a sum of exponentials, on these kernels.
impl Kernels {
    /// See [`logsumexp`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
    pub fn logsumexp(&self, x: &[f32], axis: Axis, y: &mut [f32]) -> Result<(), Error> {
        self.log_of_rows(x, axis, place(y))
    }

    /// See [`logsumexp_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn logsumexp_in_place<'x>(&self, x: &'x mut [f32], axis: Axis) -> Result<&'x mut [f32], Error> {
        self.run(Reduction::in_place(x, axis)?.by(LogSumExp));
        let (y, _) = x.split_at_mut(x.len().checked_div(axis.len).unwrap_or_default());
        Ok(y)
    }

    /// See [`logsumexp_uninit`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
    pub fn logsumexp_uninit<'y>(
        &self,
        x: &[f32],
        axis: Axis,
        y: &'y mut [MaybeUninit<f32>],
    ) -> Result<&'y mut [f32], Error> {
        fill(y, |y| self.log_of_rows(x, axis, y))
    }

    /// See [`logsumexp_backward`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
    pub fn logsumexp_backward(
        &self,
        x: &[f32],
        y: &[f32],
        dy: &[f32],
        axis: Axis,
        dx: &mut [f32],
    ) -> Result<(), Error> {
        axis.outer(x.len())?;
        same_length("dx", dx.len(), x.len())?;
        self.weights_of_rows(Pass::new(x, place(dx))?, [y, dy], axis)
    }

    /// See [`logsumexp_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
    pub fn logsumexp_backward_in_place(&self, x: &mut [f32], y: &[f32], dy: &[f32], axis: Axis) -> Result<(), Error> {
        self.weights_of_rows(Pass::in_place(x), [y, dy], axis)
    }

    fn log_of_rows(&self, x: &[f32], axis: Axis, y: &mut [MaybeUninit<f32>]) -> Result<(), Error> {
        let threads = parallel::threads(self.threads(), Cost::Arithmetic, axis.len);
        let rows = y.len();
        let reduction = Reduction::new(x, axis, &mut *y)?;
        if axis.inner == 1 && rows < threads {
            // A long row is shared.
            let mut rest = x;
            for y in y {
                let (row, later) = rest.split_at_checked(axis.len).unwrap_or_default();
                y.write(stats_of(self, Logits, Reading::of(row)).logsumexp());
                rest = later;
            }
            return Ok(());
        }
        parallel::each(self.threads(), Cost::Arithmetic, reduction, |part| self.run(part.by(LogSumExp)));
        Ok(())
    }

    fn weights_of_rows(&self, pass: Pass<'_, 1>, [y, dy]: [&[f32]; 2], axis: Axis) -> Result<(), Error> {
        let rows = axis.outer(pass.len())? * axis.inner;
        same_length("y", y.len(), rows)?;
        same_length("dy", dy.len(), rows)?;
        if axis.inner == 1 && rows < parallel::threads(self.threads(), Cost::Arithmetic, axis.len) {
            let mut pass = pass;
            for (&y, &dy) in y.iter().zip(dy) {
                let (row, later) = pass.split_at(axis.len);
                self.map(Weight(y, dy), row);
                pass = later;
            }
            return Ok(());
        }
        let spread = Spread { pass, of_rows: [y, dy], axis };
        parallel::each(self.threads(), Cost::Arithmetic, spread, |part| self.run(part));
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct LogSumExp;

impl RowReduce for LogSumExp {
    #[inline(always)]
    fn reduce<L: Registers, W: Walk<L>, const R: usize>(self, l: L, rows: &[Row<'_, 1, W>; R]) -> [L::F32; R] {
        // Rows that are taken together are short.
        if R == 1 && are_long(rows) {
            let mut results = [l.splat(0.0); R];
            for (result, row) in results.iter_mut().zip(rows) {
                let (mut maxima, mut sums) = ([0.0; WIDEST], [0.0; WIDEST]);
                let stats = stats_of_rows(l, Logits, row);
                for ((max, sum), stats) in maxima.iter_mut().zip(&mut sums).zip(stats).take(row.width::<L>()) {
                    (*max, *sum) = (stats.max(), if stats.max().is_infinite() { ONE } else { stats.sum() });
                }
                *result = l.add(W::values(l, &maxima), log(l, W::values(l, &sums)));
            }
            return results;
        }
        let maxima = maxima(l, Logits, rows);
        let mut references = maxima;
        for reference in &mut references {
            *reference = finite(l, *reference);
        }
        let mut results = sum_of(
            l,
            rows,
            FiniteExponential(Logits),
            references,
            #[inline(always)]
            |sum| log(l, sum),
        );
        for (result, max) in results.iter_mut().zip(maxima) {
            *result = l.add(max, *result);
        }
        results
    }
}

/// dy · e^(x − y).
#[derive(Clone, Copy)]
struct Weights;
impl Function<3> for Weights {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, y, dy]: [L::F32; 3]) -> L::F32 {
        l.mul(dy, exp_faithful(l, l.sub(x, y)))
    }
}

/// The same of the elements of one row.
#[derive(Clone, Copy)]
struct Weight(f32, f32);
impl Function<1> for Weight {
    const COST: Cost = Cost::Arithmetic;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x]: [L::F32; 1]) -> L::F32 {
        Weights.call(l, [x, l.splat(self.0), l.splat(self.1)])
    }
}

/// Rows, and y and dy of each.
struct Spread<'a> {
    pass: Pass<'a, 1>,
    of_rows: [&'a [f32]; 2],
    axis: Axis,
}

impl Op for Spread<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) {
        let Spread { mut pass, of_rows: [y, dy], axis: Axis { len, inner } } = self;
        if inner == 1 {
            for (&y, &dy) in y.iter().zip(dy) {
                let (row, later) = pass.split_at(len);
                lanes.vectorize(Map(Weight(y, dy), row, false));
                pass = later;
            }
            return;
        }
        let (mut y, mut dy) = (y, dy);
        // Not by `chunks`, of which the compiler does not see that it cannot panic.
        while let (Some((a, y_later)), Some((b, dy_later))) = (y.split_at_checked(inner), dy.split_at_checked(inner)) {
            for _ in 0..len {
                let (line, later) = pass.split_at(inner);
                if let Ok(line) = line.beside([a, b]) {
                    lanes.vectorize(Map(Weights, line, false));
                }
                pass = later;
            }
            (y, dy) = (y_later, dy_later);
        }
    }
}

impl Split for Spread<'_> {
    #[inline]
    fn size(&self) -> usize {
        self.pass.len()
    }

    /// Cuts between blocks of `len × inner`.
    #[inline]
    fn split(self) -> Result<(Self, Self), Self> {
        let Axis { len, inner } = self.axis;
        let half = self.pass.len().checked_div(len * inner).unwrap_or_default() / 2;
        if half == 0 {
            return Err(self);
        }
        let Spread { pass, of_rows: [y, dy], axis } = self;
        // Not by `split_at`, of which the compiler does not see that it cannot panic.
        let middle = half * inner;
        let (Some((y, y_later)), Some((dy, dy_later))) = (y.split_at_checked(middle), dy.split_at_checked(middle))
        else {
            return Err(Spread { pass, of_rows: [y, dy], axis });
        };
        let (first, later) = pass.split_at(middle * len);
        Ok((Spread { pass: first, of_rows: [y, dy], axis }, Spread { pass: later, of_rows: [y_later, dy_later], axis }))
    }
}
