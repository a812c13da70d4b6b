//! The logarithm of a sum of exponentials, along any axis.

use candle_core::shape::Dim;
use candle_core::{CpuStorage, CustomOp1, CustomOp3, Error, Layout, Result, Shape, Tensor};
use simdact::{Axis, Kernels};

use crate::axis::{axis_of, without};
use crate::filled::filled;
use crate::storage::{Compute, Number, Operand, View, compute};

const NAME: &str = "logsumexp";

/// log Σ eˣ along an axis, which is no longer there in the result: [`simdact::logsumexp`].
///
/// # Errors
/// Unless the elements are `f32`, `f16` or `bf16`, on the CPU; if there is no such axis, or it has no elements.
///
/// ```
/// use candle_core::{D, Device, Tensor};
/// # fn main() -> candle_core::Result<()> {
/// let x = Tensor::new(&[[1000f32, f32::NEG_INFINITY], [0.0, 0.0]], &Device::Cpu)?;
/// let y = simdact_candle::logsumexp(&x, D::Minus1)?;
/// assert_eq!(y.to_vec1::<f32>()?, [1000.0, 2f32.ln()]);
/// # Ok(()) }
/// ```
pub fn logsumexp(x: &Tensor, dim: impl Dim) -> Result<Tensor> {
    let dim = dim.to_index(x.shape(), NAME)?;
    x.apply_op1(LogSumExp { axis: axis_of(x.dims(), dim), result: without(x.dims(), dim)? })
}

struct LogSumExp {
    axis: Axis,
    result: Shape,
}

impl CustomOp1 for LogSumExp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((compute(NAME, [Operand(storage, layout)], self)?, self.result.clone()))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        x.apply_op3_no_bwd(y, dy, &Gradient(self.axis)).map(Some)
    }
}

impl Compute<1> for LogSumExp {
    fn compute<T: Number>(&self, [x]: [Operand<'_>; 1]) -> Result<Vec<T>> {
        let len = self.result.elem_count();
        match x.view::<T>()? {
            View::Rows(x, rows) if self.axis == Axis::rows(rows.len) => {
                let mut y = vec![T::zero(); len];
                Kernels::default().logsumexp_rows((x, rows), &mut y).map_err(Error::wrap)?;
                Ok(y)
            }
            x => filled(len, |y| simdact::logsumexp_uninit(&x.dense(), self.axis, y)),
        }
    }
}

/// From the input, the output and the upstream gradient.
struct Gradient(Axis);

impl CustomOp3 for Gradient {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_at: &Layout,
        y: &CpuStorage,
        y_at: &Layout,
        dy: &CpuStorage,
        dy_at: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let dx = compute(NAME, [Operand(x, x_at), Operand(y, y_at), Operand(dy, dy_at)], self)?;
        Ok((dx, x_at.shape().clone()))
    }
}

impl Compute<3> for Gradient {
    fn compute<T: Number>(&self, [x, y, dy]: [Operand<'_>; 3]) -> Result<Vec<T>> {
        let (x, y, dy) = (x.view::<T>()?.dense(), y.view::<T>()?.dense(), dy.view::<T>()?.dense());
        let mut dx = vec![T::zero(); x.len()];
        simdact::logsumexp_backward(&x, &y, &dy, self.0, &mut dx).map_err(Error::wrap)?;
        Ok(dx)
    }
}
