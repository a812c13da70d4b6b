//! candle's storage as slices, whatever its element type and its strides.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;

use candle_core::backend::BackendStorage;
use candle_core::cpu_backend::unary_map;
use candle_core::{CpuStorage, DType, Error, Layout, Result, WithDType};
use simdact::{Element, Rows};

/// The elements that candle and simdact share: `f32`, `f16`, `bf16`.
pub trait Number: Element + WithDType {}
impl<T: Element + WithDType> Number for T {}

/// What an op computes, for each type of elements.
pub trait Compute<const N: usize> {
    fn compute<T: Number>(&self, operands: [Operand<'_>; N]) -> Result<Vec<T>>;
}

/// Computes with the type of the first operand.
pub fn compute<const N: usize>(
    name: &'static str,
    operands: [Operand<'_>; N],
    work: &impl Compute<N>,
) -> Result<CpuStorage> {
    fn typed<T: Number, const N: usize>(operands: [Operand<'_>; N], work: &impl Compute<N>) -> Result<CpuStorage> {
        Ok(T::to_cpu_storage_owned(work.compute::<T>(operands)?))
    }
    match operands.first().map_or(DType::F32, Operand::dtype) {
        DType::F32 => typed::<f32, N>(operands, work),
        DType::F16 => typed::<half::f16, N>(operands, work),
        DType::BF16 => typed::<half::bf16, N>(operands, work),
        dtype => Err(Error::UnsupportedDTypeForOp(dtype, name).bt()),
    }
}

/// Storage, and where in it the elements of a tensor are.
#[derive(Clone, Copy)]
pub struct Operand<'a>(pub &'a CpuStorage, pub &'a Layout);

/// The elements of a tensor, in order.
pub enum View<'a, T> {
    /// Side by side.
    Dense(&'a [T]),
    /// As many in each row, with gaps between rows.
    Rows(&'a [T], Rows),
    /// Any other order: here they are.
    Copied(Vec<T>),
}

impl<'a> Operand<'a> {
    pub fn dtype(&self) -> DType {
        self.0.dtype()
    }

    pub fn view<T: Number>(self) -> Result<View<'a, T>> {
        let Operand(storage, layout) = self;
        let all = T::cpu_storage_as_slice(storage)?;
        Ok(match Place::of(layout) {
            Some(place) => {
                let x = &all[place.within(all.len())?];
                place.rows.map_or(View::Dense(x), |rows| View::Rows(x, rows))
            }
            None => View::Copied(gathered(all, layout)?),
        })
    }

    /// The elements of a mask.
    pub fn bytes(self) -> Result<Vec<u8>> {
        gathered(u8::cpu_storage_as_slice(self.0)?, self.1)
    }
}

impl<'a, T: Copy> View<'a, T> {
    /// The elements side by side: copied unless they are so.
    pub fn dense(self) -> Cow<'a, [T]> {
        match self {
            View::Dense(x) => Cow::Borrowed(x),
            View::Rows(x, Rows { len, stride }) => {
                let mut y = Vec::with_capacity(x.len().div_ceil(stride) * len);
                x.chunks(stride).for_each(|row| y.extend_from_slice(row.get(..len).unwrap_or(row)));
                Cow::Owned(y)
            }
            View::Copied(x) => Cow::Owned(x),
        }
    }
}

/// The elements of a tensor, in order, in a vector of their own.
pub fn gathered<T: Copy>(all: &[T], layout: &Layout) -> Result<Vec<T>> {
    // candle reads without a look at the length.
    let last: usize = axes(layout).map(|(size, stride)| size.saturating_sub(1) * stride).sum();
    Place { start: layout.start_offset(), span: last + 1, rows: None }.within(all.len())?;
    Ok(unary_map(all, layout, |x| x))
}

/// Writes the elements of a tensor, which come in order, where they belong.
pub fn scatter<T>(x: Vec<T>, all: &mut [T], layout: &Layout) {
    let mut x = x.into_iter();
    each_offset(layout.dims(), layout.stride(), layout.start_offset(), &mut |at| {
        if let (Some(to), Some(x)) = (all.get_mut(at), x.next()) {
            *to = x;
        }
    });
}

/// Visits where in the storage the elements of a tensor are, in their order.
fn each_offset(dims: &[usize], strides: &[usize], at: usize, visit: &mut impl FnMut(usize)) {
    match (dims, strides) {
        ([dim, dims @ ..], [stride, strides @ ..]) => {
            (0..*dim).for_each(|i| each_offset(dims, strides, at + i * stride, visit));
        }
        _ => visit(at),
    }
}

/// Elements that follow each other in memory, or rows of such.
pub struct Place {
    start: usize,
    /// From the first element to the one after the last.
    span: usize,
    /// Unless they all follow each other.
    pub rows: Option<Rows>,
}

impl Place {
    /// `None` if it is neither.
    pub fn of(layout: &Layout) -> Option<Place> {
        Place::along(layout, axes(layout))
    }

    /// The same, for those who take the elements in any order.
    pub fn in_any_order(layout: &Layout) -> Option<Place> {
        let mut axes: Vec<_> = axes(layout).collect();
        axes.sort_by_key(|&(_, stride)| Reverse(stride));
        Place::along(layout, axes.into_iter())
    }

    fn along(layout: &Layout, axes: impl Iterator<Item = (usize, usize)>) -> Option<Place> {
        let start = layout.start_offset();
        if layout.shape().elem_count() == 0 {
            return Some(Place { start: 0, span: 0, rows: None });
        }
        match merged(axes)[..] {
            [] => Some(Place { start, span: 1, rows: None }),
            [(len, 1)] => Some(Place { start, span: len, rows: None }),
            [(count, stride), (len, 1)] if stride > len => {
                Some(Place { start, span: (count - 1) * stride + len, rows: Some(Rows::new(len, stride)) })
            }
            _ => None,
        }
    }

    /// As a range of a storage of that length.
    pub fn within(&self, length: usize) -> Result<Range<usize>> {
        let Place { start, span, .. } = *self;
        if start + span > length {
            candle_core::bail!("elements {start} to {} of a storage of {length}", start + span - 1);
        }
        Ok(start..start + span)
    }
}

/// Size and stride of each axis that has more than one element.
fn axes(layout: &Layout) -> impl Iterator<Item = (usize, usize)> {
    layout.dims().iter().copied().zip(layout.stride().iter().copied()).filter(|&(size, _)| size != 1)
}

/// Two that could be one are one.
fn merged(axes: impl Iterator<Item = (usize, usize)>) -> Vec<(usize, usize)> {
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (size, stride) in axes {
        match merged.last_mut() {
            Some(last) if last.1 == size * stride => *last = (last.0 * size, stride),
            _ => merged.push((size, stride)),
        }
    }
    merged
}
