//! Element-wise activations.

use std::mem::MaybeUninit;

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Error, InplaceOp1, Layout, Module, Result, Shape, Tensor};
use simdact::{Activation, Rows, Saves};

use crate::filled::Outcome;
use crate::storage::{Compute, Number, Operand, View, compute};
use crate::unary::{self, Unary, in_place};

/// An activation as an op, and as a layer: `x.apply(&Activate(Activation::Silu))?`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Activate(pub Activation);

/// The function of each element of `x`.
///
/// # Errors
/// Unless the elements are `f32`, `f16` or `bf16`, on the CPU.
///
/// ```
/// use candle_core::{Device, Tensor};
/// use simdact_candle::{Activation, apply};
/// # fn main() -> candle_core::Result<()> {
/// let x = Tensor::new(&[[-1f32, 0.0], [2.0, 8.0]], &Device::Cpu)?;
/// let y = apply(Activation::Relu6, &x)?;
/// assert_eq!(y.to_vec2::<f32>()?, [[0.0, 0.0], [2.0, 6.0]]);
/// # Ok(()) }
/// ```
pub fn apply(activation: Activation, x: &Tensor) -> Result<Tensor> {
    x.apply_op1(Activate(activation))
}

/// Replaces each element of `x` by the function of it, in whatever shares its storage too.
///
/// candle does not note that: gradients that were to pass through `x`, or need its value, will be wrong.
///
/// # Errors
/// Unless the elements are `f32`, `f16` or `bf16`, on the CPU; if `x` has elements that are one in memory.
///
/// ```
/// use candle_core::{Device, Tensor};
/// use simdact_candle::{Activation, apply_in_place};
/// # fn main() -> candle_core::Result<()> {
/// let x = Tensor::new(&[[-1f32, -2.0], [2.0, -8.0]], &Device::Cpu)?;
/// apply_in_place(Activation::Relu, &x.narrow(1, 0, 1)?)?; // the first column
/// assert_eq!(x.to_vec2::<f32>()?, [[0.0, -2.0], [2.0, -8.0]]);
/// # Ok(()) }
/// ```
pub fn apply_in_place(activation: Activation, x: &Tensor) -> Result<()> {
    in_place(x, &Activate(activation))
}

impl Module for Activate {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        apply(self.0, x)
    }
}

impl Unary for Activation {
    const ANY_ORDER: bool = true;
    fn fits(&self, _: Rows) -> bool {
        true
    }
    fn dense<'y, T: Number>(&self, x: &[T], y: &'y mut [MaybeUninit<T>]) -> Outcome<&'y mut [T]> {
        self.apply_uninit(x, y)
    }
    fn dense_in_place<T: Number>(&self, x: &mut [T]) -> Outcome<()> {
        self.apply_in_place(x);
        Ok(())
    }
    fn rows<T: Number>(&self, x: (&[T], Rows), y: (&mut [T], Rows)) -> Outcome<()> {
        self.apply_rows(x.0, x.1, y.0, y.1)
    }
    fn rows_in_place<T: Number>(&self, x: &mut [T], rows: Rows) -> Outcome<()> {
        self.apply_rows_in_place(x, rows)
    }
}

impl CustomOp1 for Activate {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((unary::forward(self.0.name(), &self.0, storage, layout)?, layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let saved = match self.0.saves() {
            Saves::Output => y,
            Saves::Input => x,
        };
        saved.apply_op2_no_bwd(dy, &Gradient(self.0)).map(Some)
    }
}

impl InplaceOp1 for Activate {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        unary::overwrite(self.0.name(), &self.0, storage, layout)
    }
}

/// From what was saved and the upstream gradient.
struct Gradient(Activation);

impl CustomOp2 for Gradient {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(&self, saved: &CpuStorage, at: &Layout, dy: &CpuStorage, dy_at: &Layout) -> Result<(CpuStorage, Shape)> {
        let dx = compute(self.name(), [Operand(saved, at), Operand(dy, dy_at)], self)?;
        Ok((dx, at.shape().clone()))
    }
}

impl Compute<2> for Gradient {
    fn compute<T: Number>(&self, [saved, dy]: [Operand<'_>; 2]) -> Result<Vec<T>> {
        let dy = dy.view::<T>()?.dense();
        let mut dx = vec![T::zero(); dy.len()];
        let done = match saved.view::<T>()? {
            View::Dense(saved) => self.0.backward(saved, &dy, &mut dx),
            View::Rows(saved, rows) => {
                let dense = Rows::new(rows.len, rows.len);
                self.0.backward_rows((saved, rows), (&dy, dense), (&mut dx, dense))
            }
            View::Copied(saved) => self.0.backward(&saved, &dy, &mut dx),
        };
        done.map_err(Error::wrap)?;
        Ok(dx)
    }
}
