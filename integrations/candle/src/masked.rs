//! Attention's weights: softmax of scaled scores, some of which are hidden.

use std::borrow::Cow;

use candle_core::{CpuStorage, CustomOp2, D, DType, Error, Layout, Result, Shape, Tensor};
use simdact::Axis;

use crate::axis::axis_of;
use crate::filled::filled;
use crate::storage::{Compute, Number, Operand, compute};

const NAME: &str = "masked_softmax";

/// Which scores count. A tensor is one that [`broadcast_as`](Tensor::broadcast_as) would take to the shape of the scores:
/// one of `[queries, keys]`, say, for all of `[batch, heads, queries, keys]`.
#[derive(Debug, Clone, Copy)]
pub enum Mask<'a> {
    /// All.
    None,
    /// Of query q, the first q + 1 + `offset`: 0 where there are as many keys as queries; with a cache of keys before
    /// them, how many those are.
    Causal {
        /// How many keys the first query sees besides its own.
        offset: isize,
    },
    /// Those that are not 0, in `u8`.
    Boolean(&'a Tensor),
    /// All, but this is added to the scaled scores; where it is −∞ the score is hidden, whatever it is.
    Additive(&'a Tensor),
}

/// Softmax of `scale · scores` along the last axis, 0 where `mask` hides them: [`simdact::masked_softmax`].
///
/// Where nothing is seen there are zeros, not NaN. A mask that is added gets no gradient.
///
/// # Errors
/// Unless the elements are `f32`, `f16` or `bf16`, on the CPU; unless the mask fits; a causal one wants two axes or more.
///
/// ```
/// use candle_core::{Device, Tensor};
/// use simdact_candle::{Mask, masked_softmax};
/// # fn main() -> candle_core::Result<()> {
/// let scores = Tensor::new(&[[1f32, 7.0], [3.0, 3.0]], &Device::Cpu)?; // [queries, keys]
/// let y = masked_softmax(&scores, 0.125, Mask::Causal { offset: 0 })?;
/// assert_eq!(y.to_vec2::<f32>()?, [[1.0, 0.0], [0.5, 0.5]]);
/// # Ok(()) }
/// ```
pub fn masked_softmax(scores: &Tensor, scale: f32, mask: Mask<'_>) -> Result<Tensor> {
    use candle_core::shape::Dim;
    let last = D::Minus1.to_index(scores.shape(), NAME)?;
    let op = |kind| Masked { axis: axis_of(scores.dims(), last), scale, kind };
    match mask {
        // The mask is not read.
        Mask::None => scores.apply_op2(&scores.detach(), op(Kind::None)),
        Mask::Causal { offset } => {
            let queries = scores.dim(D::Minus2)?.max(1);
            scores.apply_op2(&scores.detach(), op(Kind::Causal { queries, offset }))
        }
        Mask::Boolean(mask) => scores.apply_op2(&fitted(mask, DType::U8, scores)?, op(Kind::Boolean)),
        Mask::Additive(mask) => scores.apply_op2(&fitted(mask, DType::F32, scores)?.detach(), op(Kind::Additive)),
    }
}

/// The mask in that type, as often repeated as it must be: simdact repeats those of fewer axes itself.
fn fitted(mask: &Tensor, dtype: DType, scores: &Tensor) -> Result<Tensor> {
    if dtype == DType::U8 && mask.dtype() != dtype {
        return Err(Error::UnexpectedDType { msg: "a boolean mask", expected: dtype, got: mask.dtype() }.bt());
    }
    let ones = mask.dims().iter().take_while(|&&size| size == 1).count();
    let dims = &mask.dims()[ones..];
    let mask = if !dims.is_empty() && scores.dims().ends_with(dims) && mask.rank() <= scores.rank() {
        mask.clone()
    } else {
        mask.broadcast_as(scores.shape())?
    };
    mask.to_dtype(dtype)
}

#[derive(Clone, Copy)]
enum Kind {
    None,
    Causal { queries: usize, offset: isize },
    Boolean,
    Additive,
}

struct Masked {
    axis: Axis,
    scale: f32,
    kind: Kind,
}

impl CustomOp2 for Masked {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, x: &CpuStorage, x_at: &Layout, mask: &CpuStorage, at: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((compute(NAME, [Operand(x, x_at), Operand(mask, at)], self)?, x_at.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, y: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let dx = y.apply_op2_no_bwd(dy, &Gradient { axis: self.axis, scale: self.scale })?;
        Ok((Some(dx), None))
    }
}

impl Compute<2> for Masked {
    fn compute<T: Number>(&self, [x, mask]: [Operand<'_>; 2]) -> Result<Vec<T>> {
        let x = x.view::<T>()?.dense();
        let (sees, added): (Vec<bool>, Cow<'_, [f32]>);
        let mask = match self.kind {
            Kind::None => simdact::Mask::None,
            Kind::Causal { queries, offset } => simdact::Mask::Causal { queries, offset },
            Kind::Boolean => {
                sees = mask.bytes()?.into_iter().map(|sees| sees != 0).collect();
                simdact::Mask::Boolean(&sees)
            }
            Kind::Additive => {
                added = mask.view::<f32>()?.dense();
                simdact::Mask::Additive(&added)
            }
        };
        filled(x.len(), |y| simdact::masked_softmax_uninit(&x, self.axis, self.scale, mask, y))
    }
}

/// From the output and the upstream gradient.
struct Gradient {
    axis: Axis,
    scale: f32,
}

impl CustomOp2 for Gradient {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, y: &CpuStorage, y_at: &Layout, dy: &CpuStorage, dy_at: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((compute(NAME, [Operand(y, y_at), Operand(dy, dy_at)], self)?, y_at.shape().clone()))
    }
}

impl Compute<2> for Gradient {
    fn compute<T: Number>(&self, [y, dy]: [Operand<'_>; 2]) -> Result<Vec<T>> {
        let (y, mut dx) = (y.view::<T>()?.dense(), dy.view::<T>()?.dense().into_owned());
        simdact::masked_softmax_backward_in_place(&y, &mut dx, self.axis, self.scale).map_err(Error::wrap)?;
        Ok(dx)
    }
}
