//! Softmax and its relatives, along any axis.

use std::mem::MaybeUninit;

use candle_core::shape::Dim;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Error, InplaceOp1, Layout, Result, Shape, Tensor};
use simdact::{Axis, Kernels, Rows};

use crate::axis::axis_of;
use crate::filled::Outcome;
use crate::storage::{Compute, Number, Operand, compute};
use crate::unary::{self, Unary, in_place};

/// e^(x − max) / Σ e^(x − max) along an axis: [`simdact::softmax`].
///
/// # Errors
/// Unless the elements are `f32`, `f16` or `bf16`, on the CPU; if there is no such axis.
///
/// ```
/// use candle_core::{Device, Tensor};
/// # fn main() -> candle_core::Result<()> {
/// let x = Tensor::new(&[[1f32, f32::NEG_INFINITY], [1.0, 5.0]], &Device::Cpu)?;
/// let y = simdact_candle::softmax(&x, 0)?; // of each column
/// assert_eq!(y.to_vec2::<f32>()?, [[0.5, 0.0], [0.5, 1.0]]);
/// # Ok(()) }
/// ```
pub fn softmax(x: &Tensor, dim: impl Dim) -> Result<Tensor> {
    Family::Softmax.apply(x, dim)
}

/// x − max − log Σ e^(x − max) along an axis: [`simdact::log_softmax`].
///
/// # Errors
/// Those of [`softmax`].
pub fn log_softmax(x: &Tensor, dim: impl Dim) -> Result<Tensor> {
    Family::LogSoftmax.apply(x, dim)
}

/// [`softmax`] of −x: [`simdact::softmin`].
///
/// # Errors
/// Those of [`softmax`].
pub fn softmin(x: &Tensor, dim: impl Dim) -> Result<Tensor> {
    Family::Softmin.apply(x, dim)
}

/// eˣ / (1 + Σ eˣ) along an axis: [`simdact::softmax1`].
///
/// # Errors
/// Those of [`softmax`].
pub fn softmax1(x: &Tensor, dim: impl Dim) -> Result<Tensor> {
    Family::Softmax1.apply(x, dim)
}

/// [`softmax`] that overwrites `x`, and what shares its storage. No gradient passes through it.
///
/// # Errors
/// Those of [`softmax`]; if `x` has elements that are one in memory.
pub fn softmax_in_place(x: &Tensor, dim: impl Dim) -> Result<()> {
    Family::Softmax.apply_in_place(x, dim)
}

/// [`log_softmax`] that overwrites `x`, and what shares its storage. No gradient passes through it.
///
/// # Errors
/// Those of [`softmax_in_place`].
pub fn log_softmax_in_place(x: &Tensor, dim: impl Dim) -> Result<()> {
    Family::LogSoftmax.apply_in_place(x, dim)
}

/// [`softmin`] that overwrites `x`, and what shares its storage. No gradient passes through it.
///
/// # Errors
/// Those of [`softmax_in_place`].
pub fn softmin_in_place(x: &Tensor, dim: impl Dim) -> Result<()> {
    Family::Softmin.apply_in_place(x, dim)
}

/// [`softmax1`] that overwrites `x`, and what shares its storage. No gradient passes through it.
///
/// # Errors
/// Those of [`softmax_in_place`].
pub fn softmax1_in_place(x: &Tensor, dim: impl Dim) -> Result<()> {
    Family::Softmax1.apply_in_place(x, dim)
}

#[derive(Clone, Copy)]
enum Family {
    Softmax,
    LogSoftmax,
    Softmin,
    Softmax1,
}

impl Family {
    fn name(self) -> &'static str {
        match self {
            Family::Softmax => "softmax",
            Family::LogSoftmax => "log_softmax",
            Family::Softmin => "softmin",
            Family::Softmax1 => "softmax1",
        }
    }

    fn along(self, x: &Tensor, dim: impl Dim) -> Result<Along> {
        let dim = dim.to_index(x.shape(), self.name())?;
        Ok(Along { family: self, axis: axis_of(x.dims(), dim) })
    }

    fn apply(self, x: &Tensor, dim: impl Dim) -> Result<Tensor> {
        x.apply_op1(self.along(x, dim)?)
    }

    fn apply_in_place(self, x: &Tensor, dim: impl Dim) -> Result<()> {
        in_place(x, &self.along(x, dim)?)
    }
}

/// One of them along an axis.
#[derive(Clone, Copy)]
struct Along {
    family: Family,
    axis: Axis,
}

impl Unary for Along {
    const ANY_ORDER: bool = false;

    fn fits(&self, rows: Rows) -> bool {
        self.axis == Axis::rows(rows.len)
    }

    fn dense<'y, T: Number>(&self, x: &[T], y: &'y mut [MaybeUninit<T>]) -> Outcome<&'y mut [T]> {
        let kernels = Kernels::default();
        match self.family {
            Family::Softmax => kernels.softmax_uninit(x, self.axis, y),
            Family::LogSoftmax => kernels.log_softmax_uninit(x, self.axis, y),
            Family::Softmin => kernels.softmin_uninit(x, self.axis, y),
            Family::Softmax1 => kernels.softmax1_uninit(x, self.axis, y),
        }
    }

    fn dense_in_place<T: Number>(&self, x: &mut [T]) -> Outcome<()> {
        let kernels = Kernels::default();
        match self.family {
            Family::Softmax => kernels.softmax_in_place(x, self.axis),
            Family::LogSoftmax => kernels.log_softmax_in_place(x, self.axis),
            Family::Softmin => kernels.softmin_in_place(x, self.axis),
            Family::Softmax1 => kernels.softmax1_in_place(x, self.axis),
        }
    }

    fn rows<T: Number>(&self, x: (&[T], Rows), y: (&mut [T], Rows)) -> Outcome<()> {
        let kernels = Kernels::default();
        match self.family {
            Family::Softmax => kernels.softmax_rows(x, y),
            Family::LogSoftmax => kernels.log_softmax_rows(x, y),
            Family::Softmin => kernels.softmin_rows(x, y),
            Family::Softmax1 => kernels.softmax1_rows(x, y),
        }
    }

    fn rows_in_place<T: Number>(&self, x: &mut [T], rows: Rows) -> Outcome<()> {
        let kernels = Kernels::default();
        match self.family {
            Family::Softmax => kernels.softmax_rows_in_place(x, rows),
            Family::LogSoftmax => kernels.log_softmax_rows_in_place(x, rows),
            Family::Softmin => kernels.softmin_rows_in_place(x, rows),
            Family::Softmax1 => kernels.softmax1_rows_in_place(x, rows),
        }
    }
}

impl CustomOp1 for Along {
    fn name(&self) -> &'static str {
        self.family.name()
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((unary::forward(self.family.name(), self, storage, layout)?, layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        y.apply_op2_no_bwd(dy, &Gradient(*self)).map(Some)
    }
}

impl InplaceOp1 for Along {
    fn name(&self) -> &'static str {
        self.family.name()
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        unary::overwrite(self.family.name(), self, storage, layout)
    }
}

/// From the output and the upstream gradient.
struct Gradient(Along);

impl CustomOp2 for Gradient {
    fn name(&self) -> &'static str {
        self.0.family.name()
    }

    fn cpu_fwd(&self, y: &CpuStorage, y_at: &Layout, dy: &CpuStorage, dy_at: &Layout) -> Result<(CpuStorage, Shape)> {
        let dx = compute(self.name(), [Operand(y, y_at), Operand(dy, dy_at)], self)?;
        Ok((dx, y_at.shape().clone()))
    }
}

impl Compute<2> for Gradient {
    fn compute<T: Number>(&self, [y, dy]: [Operand<'_>; 2]) -> Result<Vec<T>> {
        let (y, dy) = (y.view::<T>()?.dense(), dy.view::<T>()?.dense());
        let (kernels, Along { axis, .. }) = (Kernels::default(), self.0);
        let mut dx = vec![T::zero(); y.len()];
        let done = match self.0.family {
            Family::Softmax => kernels.softmax_backward(&y, &dy, axis, &mut dx),
            Family::LogSoftmax => kernels.log_softmax_backward(&y, &dy, axis, &mut dx),
            Family::Softmin => kernels.softmin_backward(&y, &dy, axis, &mut dx),
            Family::Softmax1 => kernels.softmax1_backward(&y, &dy, axis, &mut dx),
        };
        done.map_err(Error::wrap)?;
        Ok(dx)
    }
}
