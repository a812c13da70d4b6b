//! The functions on views of `ndarray`'s arrays: of any number of dimensions, along any of its axes, in any memory order.
//!
//! ```
//! use ndarray::{Array2, Axis, arr1, arr2};
//! use simdact::{Activation, Kernels, arrays};
//! # fn main() -> Result<(), arrays::Error> {
//! let kernels = Kernels::default();
//! let x = arr2(&[[-1.0, 2.0, 0.0], [3.0, -4.0, 0.0]]);
//! let mut y = Array2::zeros((2, 3));
//! arrays::apply(&kernels, Activation::Relu, x.view(), y.view_mut())?;
//! assert_eq!(y, arr2(&[[0.0, 2.0, 0.0], [3.0, 0.0, 0.0]]));
//!
//! // Down the columns; any function that has the shape of `Kernels::softmax` will do.
//! let logits = arr2(&[[1.0, 5.0, 0.0], [1.0, 5.0, 0.0]]);
//! arrays::along(&kernels, Kernels::softmax, logits.view(), Axis(0), y.view_mut())?;
//! assert_eq!(y, Array2::from_elem((2, 3), 0.5));
//!
//! let mut best = arr1(&[0.0; 2]);
//! arrays::reduce(&kernels, Kernels::maxout_axis, x.view(), Axis(1), best.view_mut())?;
//! assert_eq!(best, arr1(&[2.0, 3.0]));
//! # Ok(()) }
//! ```
//!
//! Arrays that lie densely in memory, in the same order of their axes, are one call of the function of slices. Others go
//! line by line along the axis (element-wise functions along that of the smallest stride): one whose elements are
//! neighbours where it is, and another through a copy of the line, which is the one thing in the crate that allocates.
//! The bits are the same either way.

use alloc::vec::Vec;

use ndarray::{ArrayView, ArrayView1, ArrayViewMut, ArrayViewMut1, Axis as Along, Dimension, RemoveAxis, Zip};

use crate::{Activation, Axis, Element, Kernels};

/// Why a call on arrays was refused. Nothing has been written then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two arrays that belong together have different shapes.
    #[error("`{name}` has the shape {found:?} where {expected:?} fits")]
    Shape {
        /// The argument that does not fit.
        name: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that the other arguments ask for.
        expected: Vec<usize>,
    },
    /// The array has no such axis.
    #[error("there is no axis {axis} in an array of {dimensions} dimensions")]
    NoAxis {
        /// The axis asked for.
        axis: usize,
        /// Dimensions of the array.
        dimensions: usize,
    },
    /// What the function of slices refused.
    #[error(transparent)]
    Call(#[from] crate::Error),
}

type Done = Result<(), crate::Error>;

/// Writes the activation of each element of `x` to `y`.
///
/// # Errors
/// [`Error::Shape`] unless both have the same shape.
pub fn apply<T: Element, D: Dimension>(
    kernels: &Kernels,
    activation: Activation,
    x: ArrayView<'_, T, D>,
    y: ArrayViewMut<'_, T, D>,
) -> Result<(), Error> {
    same_shape("y", y.shape(), x.shape())?;
    let axis = closest(&y);
    lines([x], y, axis, |[x], _, y| kernels.apply(activation, x, y))
}

/// Replaces each element by the activation of it.
pub fn apply_in_place<T: Element, D: Dimension>(kernels: &Kernels, activation: Activation, x: ArrayViewMut<'_, T, D>) {
    let axis = closest(&x);
    // What is done in place has nothing that might not fit.
    let _ = lines([], x, axis, |[], _, x| {
        kernels.apply_in_place(activation, x);
        Ok(())
    });
}

/// Writes the gradient to `dx`, from what [`Activation::saves`] names and the upstream gradient `dy`.
///
/// # Errors
/// [`Error::Shape`] unless all have the same shape.
pub fn backward<T: Element, D: Dimension>(
    kernels: &Kernels,
    activation: Activation,
    saved: ArrayView<'_, T, D>,
    dy: ArrayView<'_, T, D>,
    dx: ArrayViewMut<'_, T, D>,
) -> Result<(), Error> {
    same_shape("dy", dy.shape(), saved.shape())?;
    same_shape("dx", dx.shape(), saved.shape())?;
    let axis = closest(&dx);
    lines([saved, dy], dx, axis, |[saved, dy], _, dx| kernels.backward(activation, saved, dy, dx))
}

/// Writes a function along an axis, [`Kernels::softmax`], [`Kernels::log_softmax`] or another of that shape, of `x` to `y`.
///
/// # Errors
/// [`Error::Shape`] unless both have the same shape; [`Error::NoAxis`].
pub fn along<T: Element, D: Dimension>(
    kernels: &Kernels,
    function: impl Fn(&Kernels, &[T], Axis, &mut [T]) -> Done,
    x: ArrayView<'_, T, D>,
    axis: Along,
    y: ArrayViewMut<'_, T, D>,
) -> Result<(), Error> {
    same_shape("y", y.shape(), x.shape())?;
    has_axis(axis, y.ndim())?;
    lines([x], y, axis, |[x], axis, y| function(kernels, x, axis, y))
}

/// Replaces the lines along an axis by a function of them: [`Kernels::softmax_in_place`], or another of that shape.
///
/// # Errors
/// [`Error::NoAxis`].
pub fn along_in_place<T: Element, D: Dimension>(
    kernels: &Kernels,
    function: impl Fn(&Kernels, &mut [T], Axis) -> Done,
    x: ArrayViewMut<'_, T, D>,
    axis: Along,
) -> Result<(), Error> {
    has_axis(axis, x.ndim())?;
    lines([], x, axis, |[], axis, x| function(kernels, x, axis))
}

/// Writes the gradient of a function along an axis to `dx`, from its output `y` and the upstream gradient `dy`:
/// [`Kernels::softmax_backward`], or another of that shape.
///
/// # Errors
/// [`Error::Shape`] unless all have the same shape; [`Error::NoAxis`].
pub fn along_backward<T: Element, D: Dimension>(
    kernels: &Kernels,
    function: impl Fn(&Kernels, &[T], &[T], Axis, &mut [T]) -> Done,
    y: ArrayView<'_, T, D>,
    dy: ArrayView<'_, T, D>,
    axis: Along,
    dx: ArrayViewMut<'_, T, D>,
) -> Result<(), Error> {
    same_shape("dy", dy.shape(), y.shape())?;
    same_shape("dx", dx.shape(), y.shape())?;
    has_axis(axis, dx.ndim())?;
    lines([y, dy], dx, axis, |[y, dy], axis, dx| function(kernels, y, dy, axis, dx))
}

/// Writes what a function makes of each line along an axis to `y`, which has all other axes of `x`:
/// [`Kernels::maxout_axis`] or [`Kernels::logsumexp`].
///
/// # Errors
/// [`Error::Shape`] unless `y` has the shape of `x` without the axis; [`Error::NoAxis`]; the function's own, where the axis
/// is empty.
pub fn reduce<T: Element, D: RemoveAxis>(
    kernels: &Kernels,
    function: impl Fn(&Kernels, &[T], Axis, &mut [T]) -> Done,
    x: ArrayView<'_, T, D>,
    axis: Along,
    mut y: ArrayViewMut<'_, T, D::Smaller>,
) -> Result<(), Error> {
    let line = without(x.shape(), axis)?;
    same_shape("y", y.shape(), &line.others)?;
    if y.is_empty() {
        return Ok(());
    }
    if let (Some(x), Some(y)) = (x.as_slice(), y.as_slice_mut()) {
        return Ok(function(kernels, x, line.axis, y)?);
    }
    let mut copy = Vec::new();
    let mut done = Ok(());
    Zip::from(x.lanes(axis)).and(y).for_each(|x, y| {
        let (x, y) = (read(Some(x), &mut copy), core::slice::from_mut(y));
        done = done.and_then(|()| function(kernels, x, Axis::rows(x.len()), y));
    });
    Ok(done?)
}

/// Writes the maximum of each line along an axis to `y`, and its place to `index`: see
/// [`Kernels::maxout_axis_with_index`].
///
/// # Errors
/// [`Error::Shape`] unless both have the shape of `x` without the axis; [`Error::NoAxis`]; those there.
pub fn maxout_with_index<T: Element, D: RemoveAxis>(
    kernels: &Kernels,
    x: ArrayView<'_, T, D>,
    axis: Along,
    mut y: ArrayViewMut<'_, T, D::Smaller>,
    mut index: ArrayViewMut<'_, u32, D::Smaller>,
) -> Result<(), Error> {
    let line = without(x.shape(), axis)?;
    same_shape("y", y.shape(), &line.others)?;
    same_shape("index", index.shape(), &line.others)?;
    if y.is_empty() {
        return Ok(());
    }
    if let (Some(x), Some(y), Some(index)) = (x.as_slice(), y.as_slice_mut(), index.as_slice_mut()) {
        return Ok(kernels.maxout_axis_with_index(x, line.axis, y, index)?);
    }
    let mut copy = Vec::new();
    let mut done = Ok(());
    Zip::from(x.lanes(axis)).and(y).and(index).for_each(|x, y, index| {
        let (x, y, index) = (read(Some(x), &mut copy), core::slice::from_mut(y), core::slice::from_mut(index));
        done = done.and_then(|()| kernels.maxout_axis_with_index(x, Axis::rows(x.len()), y, index));
    });
    Ok(done?)
}

/// Writes the gradient of maxout along an axis to `dx`: see [`Kernels::maxout_axis_backward`].
///
/// # Errors
/// [`Error::Shape`] unless `index` and `dy` have the shape of `dx` without the axis; [`Error::NoAxis`]; those there.
pub fn maxout_backward<T: Element, D: RemoveAxis>(
    kernels: &Kernels,
    index: ArrayView<'_, u32, D::Smaller>,
    dy: ArrayView<'_, T, D::Smaller>,
    axis: Along,
    mut dx: ArrayViewMut<'_, T, D>,
) -> Result<(), Error> {
    let line = without(dx.shape(), axis)?;
    same_shape("index", index.shape(), &line.others)?;
    same_shape("dy", dy.shape(), &line.others)?;
    if dx.is_empty() {
        return Ok(());
    }
    if let (Some(index), Some(dy), Some(dx)) = (index.as_slice(), dy.as_slice(), dx.as_slice_mut()) {
        return Ok(kernels.maxout_axis_backward(index, dy, line.axis, dx)?);
    }
    // Before anything is written, all of it is looked at.
    for (at, &index) in index.iter().enumerate() {
        if index as usize >= line.axis.len {
            return Err(crate::Error::IndexOutOfRange { at, index, len: line.axis.len }.into());
        }
    }
    let mut copy = Vec::new();
    let mut done = Ok(());
    Zip::from(dx.lanes_mut(axis)).and(&index).and(&dy).for_each(|dx, index, dy| {
        let (index, dy) = (core::slice::from_ref(index), core::slice::from_ref(dy));
        let written = change(dx, &mut copy, |dx| kernels.maxout_axis_backward(index, dy, Axis::rows(dx.len()), dx));
        done = done.and(written);
    });
    Ok(done?)
}

/// Calls `work` for all lines along an axis, those of the inputs and of the output: at once, as slices and the axis in
/// them, if all lie densely in the same order; and otherwise line by line.
fn lines<T: Element, D: Dimension, const N: usize>(
    x: [ArrayView<'_, T, D>; N],
    y: ArrayViewMut<'_, T, D>,
    axis: Along,
    work: impl Fn([&[T]; N], Axis, &mut [T]) -> Done,
) -> Result<(), Error> {
    if y.is_empty() {
        return Ok(());
    }
    // From the largest stride of the output to the smallest, the array may lie as in C.
    let mut order = D::zeros(y.ndim());
    order.slice_mut().iter_mut().enumerate().for_each(|(i, axis)| *axis = i);
    order.slice_mut().sort_by_key(|&axis| core::cmp::Reverse(y.strides()[axis].unsigned_abs()));
    let at = order.slice().iter().position(|&i| i == axis.index()).unwrap_or(0);
    let mut y = y.permuted_axes(order.clone());
    let x = x.map(|x| x.permuted_axes(order.clone()));
    let along = Along(at);

    let slices = x.each_ref().map(|x| x.as_slice());
    if slices.iter().all(Option::is_some) {
        let len = y.shape().get(at).copied().unwrap_or(1);
        let inner = y.shape().iter().skip(at + 1).product();
        if let Some(y) = y.as_slice_mut() {
            return Ok(work(slices.map(Option::unwrap_or_default), Axis::new(len).inner(inner), y)?);
        }
    }
    let mut copies = [const { Vec::new() }; N];
    let mut copy = Vec::new();
    let mut inputs = x.each_ref().map(|x| x.lanes(along).into_iter());
    for y in y.lanes_mut(along) {
        let mut places = copies.iter_mut();
        let x = inputs.each_mut().map(|x| (x.next(), places.next()));
        let x = x.map(|(x, copy)| copy.map_or(&[][..], |copy| read(x, copy)));
        change(y, &mut copy, |y| work(x, Axis::rows(y.len()), y))?;
    }
    Ok(())
}

/// The numbers of a line as a slice: where they are, or copied. None, which no caller has, stands for an empty line.
fn read<'a, T: Copy>(line: Option<ArrayView1<'a, T>>, copy: &'a mut Vec<T>) -> &'a [T] {
    let Some(line) = line else { return &[] };
    match line.to_slice() {
        Some(line) => line,
        None => {
            copy.clear();
            copy.extend(&line);
            copy
        }
    }
}

/// Lets `work` change a line as a slice: where it is, or copied and put back.
fn change<T: Copy>(mut line: ArrayViewMut1<'_, T>, copy: &mut Vec<T>, work: impl FnOnce(&mut [T]) -> Done) -> Done {
    if let Some(line) = line.as_slice_mut() {
        return work(line);
    }
    copy.clear();
    copy.extend(&line);
    work(copy)?;
    line.iter_mut().zip(copy).for_each(|(to, &mut value)| *to = value);
    Ok(())
}

/// The axis of the smallest stride, along which lines are most likely slices.
fn closest<T, D: Dimension>(x: &ArrayViewMut<'_, T, D>) -> Along {
    let strides = x.strides().iter().zip(x.shape()).enumerate().filter(|(_, (_, len))| **len > 1);
    Along(strides.min_by_key(|(_, (stride, _))| stride.unsigned_abs()).map_or(0, |(axis, _)| axis))
}

/// An axis as the functions of slices take it, and the shape of what is left without it.
struct Line {
    axis: Axis,
    others: Vec<usize>,
}

fn without(shape: &[usize], axis: Along) -> Result<Line, Error> {
    has_axis(axis, shape.len())?;
    let mut others = shape.to_vec();
    let len = others.remove(axis.index());
    let inner = others.iter().skip(axis.index()).product();
    Ok(Line { axis: Axis::new(len).inner(inner), others })
}

fn has_axis(axis: Along, dimensions: usize) -> Result<(), Error> {
    let axis = axis.index();
    if axis < dimensions { Ok(()) } else { Err(Error::NoAxis { axis, dimensions }) }
}

fn same_shape(name: &'static str, found: &[usize], expected: &[usize]) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Shape { name, found: found.to_vec(), expected: expected.to_vec() })
}
