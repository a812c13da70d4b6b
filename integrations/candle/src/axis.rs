//! The axis along which an op runs.

use candle_core::{Error, Result, Shape};
use simdact::Axis;

/// As simdact has it. Of no elements there is nothing to compute, along whatever axis: it refuses those of no elements.
pub fn axis_of(dims: &[usize], dim: usize) -> Axis {
    if dims.contains(&0) {
        return Axis::rows(1);
    }
    Axis::new(dims[dim]).inner(dims[dim + 1..].iter().product())
}

/// The shape without that axis, which must have elements.
pub fn without(dims: &[usize], dim: usize) -> Result<Shape> {
    let (before, rest) = dims.split_at(dim);
    match rest {
        [0, inner @ ..] => {
            Err(Error::wrap(simdact::Error::EmptyAxis { len: 0, inner: inner.iter().product::<usize>() }))
        }
        [_, after @ ..] => Ok(Shape::from([before, after].concat())),
        [] => candle_core::bail!("there is no axis {dim} in {dims:?}"),
    }
}
