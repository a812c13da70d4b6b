//! Maxout, along any axis.

use candle_core::shape::Dim;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Error, Layout, Result, Shape, Tensor};
use simdact::{Axis, Kernels};

use crate::axis::{axis_of, without};
use crate::filled::filled;
use crate::storage::{Compute, Number, Operand, View, compute};

const NAME: &str = "maxout";

/// The largest along an axis, which is no longer there in the result: [`simdact::maxout_axis`].
///
/// A NaN among them gives NaN. The gradient goes to the first of the largest; which that is, is found again in the
/// backward pass.
///
/// # Errors
/// Unless the elements are `f32`, `f16` or `bf16`, on the CPU; if there is no such axis, or it has no elements.
///
/// ```
/// use candle_core::{Device, Tensor};
/// # fn main() -> candle_core::Result<()> {
/// // Units that are the larger of two linear functions: those of a layer with twice as many outputs.
/// let linear = Tensor::new(&[[1f32, -2.0, 0.0, 3.0]], &Device::Cpu)?; // [batch, 2 × units]
/// let y = simdact_candle::maxout(&linear.reshape(((), 2, 2))?, 1)?; // unit 0: 1 and 0; unit 1: −2 and 3
/// assert_eq!(y.to_vec2::<f32>()?, [[1.0, 3.0]]);
/// # Ok(()) }
/// ```
pub fn maxout(x: &Tensor, dim: impl Dim) -> Result<Tensor> {
    let dim = dim.to_index(x.shape(), NAME)?;
    x.apply_op1(Maxout { axis: axis_of(x.dims(), dim), result: without(x.dims(), dim)? })
}

struct Maxout {
    axis: Axis,
    result: Shape,
}

impl CustomOp1 for Maxout {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((compute(NAME, [Operand(storage, layout)], self)?, self.result.clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        x.apply_op2_no_bwd(dy, &Gradient(self.axis)).map(Some)
    }
}

impl Compute<1> for Maxout {
    fn compute<T: Number>(&self, [x]: [Operand<'_>; 1]) -> Result<Vec<T>> {
        let len = self.result.elem_count();
        match x.view::<T>()? {
            View::Rows(x, rows) if self.axis == Axis::rows(rows.len) => {
                let mut y = vec![T::zero(); len];
                Kernels::default().maxout_rows((x, rows), &mut y).map_err(Error::wrap)?;
                Ok(y)
            }
            x => filled(len, |y| simdact::maxout_axis_uninit(&x.dense(), self.axis, y)),
        }
    }
}

/// From the input and the upstream gradient.
struct Gradient(Axis);

impl CustomOp2 for Gradient {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, x: &CpuStorage, x_at: &Layout, dy: &CpuStorage, dy_at: &Layout) -> Result<(CpuStorage, Shape)> {
        let dx = compute(NAME, [Operand(x, x_at), Operand(dy, dy_at)], self)?;
        Ok((dx, x_at.shape().clone()))
    }
}

impl Compute<2> for Gradient {
    fn compute<T: Number>(&self, [x, dy]: [Operand<'_>; 2]) -> Result<Vec<T>> {
        let (x, dy) = (x.view::<T>()?.dense(), dy.view::<T>()?.dense());
        let (mut y, mut index) = (vec![T::zero(); dy.len()], vec![0; dy.len()]);
        simdact::maxout_axis_with_index(&x, self.0, &mut y, &mut index).map_err(Error::wrap)?;
        let mut dx = vec![T::zero(); x.len()];
        simdact::maxout_axis_backward(&index, &dy, self.0, &mut dx).map_err(Error::wrap)?;
        Ok(dx)
    }
}
