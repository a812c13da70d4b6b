//! Ops that make of a tensor one of the same shape, whose kernels simdact has in every form.

use std::mem::MaybeUninit;

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, Error, InplaceOp1, Layout, Result, Tensor};
use simdact::Rows;

use crate::filled::{Outcome, filled};
use crate::storage::{Compute, Number, Operand, Place, View, compute, gathered, scatter};

/// Such a kernel.
pub trait Unary {
    /// Whether it takes the elements in any order.
    const ANY_ORDER: bool;
    /// Whether rows with gaps are rows to the kernel.
    fn fits(&self, rows: Rows) -> bool;
    fn dense<'y, T: Number>(&self, x: &[T], y: &'y mut [MaybeUninit<T>]) -> Outcome<&'y mut [T]>;
    fn dense_in_place<T: Number>(&self, x: &mut [T]) -> Outcome<()>;
    fn rows<T: Number>(&self, x: (&[T], Rows), y: (&mut [T], Rows)) -> Outcome<()>;
    fn rows_in_place<T: Number>(&self, x: &mut [T], rows: Rows) -> Outcome<()>;
}

struct Forward<'a, U>(&'a U, usize);

impl<U: Unary> Compute<1> for Forward<'_, U> {
    fn compute<T: Number>(&self, [x]: [Operand<'_>; 1]) -> Result<Vec<T>> {
        let Forward(kernel, len) = *self;
        match x.view::<T>()? {
            View::Dense(x) => filled(len, |y| kernel.dense(x, y)),
            View::Rows(x, rows) if kernel.fits(rows) => {
                let mut y = vec![T::zero(); len];
                kernel.rows((x, rows), (&mut y, Rows::new(rows.len, rows.len))).map_err(Error::wrap)?;
                Ok(y)
            }
            x => {
                let mut x = x.dense().into_owned();
                kernel.dense_in_place(&mut x).map_err(Error::wrap)?;
                Ok(x)
            }
        }
    }
}

/// The forward pass.
pub fn forward(name: &'static str, kernel: &impl Unary, storage: &CpuStorage, layout: &Layout) -> Result<CpuStorage> {
    compute(name, [Operand(storage, layout)], &Forward(kernel, layout.shape().elem_count()))
}

/// The forward pass, in place.
pub fn overwrite(name: &'static str, kernel: &impl Unary, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
    fn typed<T: Number, K: Unary>(kernel: &K, all: &mut [T], layout: &Layout) -> Result<()> {
        let place = if K::ANY_ORDER { Place::in_any_order(layout) } else { Place::of(layout) };
        let done = match place {
            Some(place) if place.rows.is_none_or(|rows| kernel.fits(rows)) => {
                let x = place.within(all.len())?;
                match place.rows {
                    None => kernel.dense_in_place(&mut all[x]),
                    Some(rows) => kernel.rows_in_place(&mut all[x], rows),
                }
            }
            _ => {
                let mut x = gathered(all, layout)?;
                kernel.dense_in_place(&mut x).map(|()| scatter(x, all, layout))
            }
        };
        done.map_err(Error::wrap)
    }
    match storage {
        CpuStorage::F32(all) => typed(kernel, all, layout),
        CpuStorage::F16(all) => typed(kernel, all, layout),
        CpuStorage::BF16(all) => typed(kernel, all, layout),
        other => Err(Error::UnsupportedDTypeForOp(other.dtype(), name).bt()),
    }
}

/// The op in place; of nothing there is nothing to do, which candle might take for elements that are one in memory.
pub fn in_place(x: &Tensor, op: &impl InplaceOp1) -> Result<()> {
    if x.elem_count() == 0 { Ok(()) } else { x.inplace_op1(op) }
}
