//! PReLU: the slopes are learnt, one for each channel.

use candle_core::shape::Dim;
use candle_core::{CpuStorage, CustomOp2, CustomOp3, Error, Layout, Result, Shape, Tensor};
use simdact::Axis;

use crate::axis::axis_of;
use crate::storage::{Compute, Number, Operand, compute};

const NAME: &str = "prelu";

/// x where x > 0, else slope · x, with one of the `slopes`, `[channels]`, for each position along an axis:
/// [`simdact::prelu`].
///
/// # Errors
/// Unless the elements are `f32`, `f16` or `bf16`, the same in both, on the CPU; if there is no such axis; unless there are
/// as many slopes as positions along it.
///
/// ```
/// use candle_core::{Device, Tensor, Var};
/// # fn main() -> candle_core::Result<()> {
/// let slopes = Var::new(&[0.25f32, 0.5], &Device::Cpu)?;
/// let x = Tensor::new(&[[-2f32, -2.0], [3.0, -4.0]], &Device::Cpu)?;
/// let y = simdact_candle::prelu(&x, &slopes, 1)?;
/// assert_eq!(y.to_vec2::<f32>()?, [[-0.5, -1.0], [3.0, -2.0]]);
/// let grads = y.sum_all()?.backward()?;
/// assert_eq!(grads.get(&slopes).unwrap().to_vec1::<f32>()?, [-2.0, -6.0]);
/// # Ok(()) }
/// ```
pub fn prelu(x: &Tensor, slopes: &Tensor, dim: impl Dim) -> Result<Tensor> {
    let dim = dim.to_index(x.shape(), NAME)?;
    if slopes.dims() != [x.dim(dim)?] {
        candle_core::bail!("{NAME}: slopes of shape {:?} where [{}] fits", slopes.dims(), x.dim(dim)?);
    }
    x.apply_op2(slopes, Prelu(axis_of(x.dims(), dim)))
}

struct Prelu(Axis);

impl CustomOp2 for Prelu {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, x: &CpuStorage, x_at: &Layout, slopes: &CpuStorage, at: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((compute(NAME, [Operand(x, x_at), Operand(slopes, at)], self)?, x_at.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, slopes: &Tensor, _: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let both = x.apply_op3_no_bwd(slopes, dy, &Gradients(self.0))?;
        let (dx, dslopes) = (both.narrow(0, 0, x.elem_count())?, both.narrow(0, x.elem_count(), slopes.elem_count())?);
        Ok((Some(dx.reshape(x.shape())?), Some(dslopes)))
    }
}

impl Compute<2> for Prelu {
    fn compute<T: Number>(&self, [x, slopes]: [Operand<'_>; 2]) -> Result<Vec<T>> {
        let (x, slopes) = (x.view::<T>()?.dense(), slopes.view::<T>()?.dense());
        let mut y = vec![T::zero(); x.len()];
        if !x.is_empty() {
            simdact::prelu(&x, &slopes, self.0, &mut y).map_err(Error::wrap)?;
        }
        Ok(y)
    }
}

/// Those of the input and of the slopes, one after the other, from the input, the slopes and the upstream gradient.
struct Gradients(Axis);

impl CustomOp3 for Gradients {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_at: &Layout,
        slopes: &CpuStorage,
        at: &Layout,
        dy: &CpuStorage,
        dy_at: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let both = compute(NAME, [Operand(x, x_at), Operand(slopes, at), Operand(dy, dy_at)], self)?;
        Ok((both, Shape::from(x_at.shape().elem_count() + at.shape().elem_count())))
    }
}

impl Compute<3> for Gradients {
    fn compute<T: Number>(&self, [x, slopes, dy]: [Operand<'_>; 3]) -> Result<Vec<T>> {
        let (x, slopes, dy) = (x.view::<T>()?.dense(), slopes.view::<T>()?.dense(), dy.view::<T>()?.dense());
        let mut both = vec![T::zero(); x.len() + slopes.len()];
        if !x.is_empty() {
            let (dx, dslopes) = both.split_at_mut(x.len());
            simdact::prelu_backward(&x, &slopes, self.0, &dy, dx, dslopes).map_err(Error::wrap)?;
        }
        Ok(both)
    }
}
