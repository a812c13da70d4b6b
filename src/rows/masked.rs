//! Softmax of a multiple of the logits, with a mask: the weights of attention.
//!
//! What a mask in memory makes of a row is written where the result goes, and softmax then runs in place: rows that fit
//! the first cache hardly notice. A causal mask needs none of it: the row simply ends earlier.

use core::mem::MaybeUninit;

use crate::axis::Axis;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::lanes::Lanes;
use crate::parallel::{self, Cost, Split};
use crate::slices::{Function, PIECE, Pass, Rows, fill, place};

use super::softmax::SoftmaxBackward;
use super::stages::Forward;
use super::variant::Variant;

/// Which elements of a row [`masked_softmax`] sees.
///
/// A mask in memory has the layout of the data, `[…, len, inner]`, and may be shorter: then it is repeated, as one of
/// `[queries, keys]` is for data `[batch, heads, queries, keys]`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Mask<'a> {
    /// All of them.
    None,
    /// The mask is added, and where it is −∞ the element is masked off, whatever it is, NaN too.
    Additive(&'a [f32]),
    /// True sees, false does not: as PyTorch's `scaled_dot_product_attention` has it. Its `MultiheadAttention` has it the
    /// other way round.
    Boolean(&'a [bool]),
    /// The row of query q, where rows (blocks of `len × inner`) are those of `queries` queries one after the other, and
    /// then again, sees its first q + 1 + `offset` elements: none where that is not positive.
    ///
    /// With as many keys as queries, `offset` is 0; with a cache of keys before them, it is the number of those.
    Causal {
        /// Queries before the first is that of row 0 again; at least 1.
        queries: usize,
        /// How many elements the first query sees besides its own.
        offset: isize,
    },
}

/// Writes the softmax of `scale · x` along `axis` to `y`, among those elements that `mask` lets see: the others are 0.
///
/// The logits are round(scale · x), or round(round(scale · x) + mask) with a mask that is added; their maximum is taken
/// then, and everything goes on as in [`softmax`](crate::softmax()), with its bounds from the logits. (Attention's `scale`
/// is 1/√d.) Where there is no mask and `scale` is 1, the bits are those of softmax, if no element is −∞.
///
/// A row in which nothing is seen, or nothing but −∞, gives zeros. A NaN or +∞ among the logits that are seen makes all of
/// the row NaN that is seen, and may show in the rest; what the elements are that are masked off does not matter. Masks
/// that see the same elements give the same bits, whatever their kind, unless there is such a NaN.
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`]; [`Error::Mask`] unless the length of the mask is a
/// multiple of `len × inner` and divides that of `x`; [`Error::Queries`] unless the number of queries divides that of
/// blocks.
///
/// ```
/// use simdact::{Axis, Mask};
/// # fn main() -> Result<(), simdact::Error> {
/// // Two queries, two keys: the first sees the first key only.
/// let scores = [1.0, 7.0, 3.0, 3.0];
/// let mut y = [9.0; 4];
/// simdact::masked_softmax(&scores, Axis::rows(2), 0.5, Mask::Causal { queries: 2, offset: 0 }, &mut y)?;
/// assert_eq!(y, [1.0, 0.0, 0.5, 0.5]);
///
/// // The same by a mask in memory; and a query that sees nothing.
/// simdact::masked_softmax(&scores, Axis::rows(2), 0.5, Mask::Boolean(&[true, false, true, true]), &mut y)?;
/// assert_eq!(y, [1.0, 0.0, 0.5, 0.5]);
/// simdact::masked_softmax(&scores, Axis::rows(2), 0.5, Mask::Additive(&[f32::NEG_INFINITY; 2]), &mut y)?;
/// assert_eq!(y, [0.0; 4]);
/// # Ok(()) }
/// ```
#[inline]
pub fn masked_softmax(x: &[f32], axis: Axis, scale: f32, mask: Mask<'_>, y: &mut [f32]) -> Result<(), Error> {
    Kernels::default().masked_softmax(x, axis, scale, mask, y)
}

/// Replaces each row by its masked softmax; see [`masked_softmax`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Mask`], [`Error::Queries`].
#[inline]
pub fn masked_softmax_in_place(x: &mut [f32], axis: Axis, scale: f32, mask: Mask<'_>) -> Result<(), Error> {
    Kernels::default().masked_softmax_in_place(x, axis, scale, mask)
}

/// Writes the masked softmax to `y`, which may be uninitialised, and gives `y` out as initialised; see
/// [`masked_softmax`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Mask`], [`Error::Queries`].
#[inline]
pub fn masked_softmax_uninit<'y>(
    x: &[f32],
    axis: Axis,
    scale: f32,
    mask: Mask<'_>,
    y: &'y mut [MaybeUninit<f32>],
) -> Result<&'y mut [f32], Error> {
    Kernels::default().masked_softmax_uninit(x, axis, scale, mask, y)
}

/// Writes the gradient of the masked softmax by `x` to `dx`: dx = scale · y · (dy − Σ y·dy) along `axis`, from the output
/// `y` and the upstream gradient `dy`. (That by a mask which is added is the same, without `scale`.)
///
/// No mask is needed: where one took an element off, y is 0, and so is the gradient, if dy is finite. The gradient of
/// [`softmax_backward`](crate::softmax_backward), times `scale`, rounded once more.
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let mut dx = [9.0; 3];
/// simdact::masked_softmax_backward(&[0.25, 0.75, 0.0], &[1.0, 0.0, 5.0], Axis::rows(3), 0.5, &mut dx)?;
/// assert_eq!(dx, [0.09375, -0.09375, 0.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn masked_softmax_backward(y: &[f32], dy: &[f32], axis: Axis, scale: f32, dx: &mut [f32]) -> Result<(), Error> {
    Kernels::default().masked_softmax_backward(y, dy, axis, scale, dx)
}

/// The same, where the upstream gradient `dy` turns into the gradient; see [`masked_softmax_backward`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn masked_softmax_backward_in_place(y: &[f32], dy: &mut [f32], axis: Axis, scale: f32) -> Result<(), Error> {
    Kernels::default().masked_softmax_backward_in_place(y, dy, axis, scale)
}

/// Masked softmax, on these kernels.
impl Kernels {
    /// See [`masked_softmax`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Mask`], [`Error::Queries`].
    pub fn masked_softmax(
        &self,
        x: &[f32],
        axis: Axis,
        scale: f32,
        mask: Mask<'_>,
        y: &mut [f32],
    ) -> Result<(), Error> {
        self.masked(Pass::new(x, place(y))?, axis, scale, mask)
    }

    /// See [`masked_softmax_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Mask`], [`Error::Queries`].
    pub fn masked_softmax_in_place(&self, x: &mut [f32], axis: Axis, scale: f32, mask: Mask<'_>) -> Result<(), Error> {
        self.masked(Pass::in_place(x), axis, scale, mask)
    }

    /// See [`masked_softmax_uninit`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Mask`], [`Error::Queries`].
    pub fn masked_softmax_uninit<'y>(
        &self,
        x: &[f32],
        axis: Axis,
        scale: f32,
        mask: Mask<'_>,
        y: &'y mut [MaybeUninit<f32>],
    ) -> Result<&'y mut [f32], Error> {
        fill(y, |y| self.masked(Pass::new(x, y)?, axis, scale, mask))
    }

    /// See [`masked_softmax_backward`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn masked_softmax_backward(
        &self,
        y: &[f32],
        dy: &[f32],
        axis: Axis,
        scale: f32,
        dx: &mut [f32],
    ) -> Result<(), Error> {
        self.rows(SoftmaxBackward { scale }, Pass::backward(y, dy, dx)?, axis)
    }

    /// See [`masked_softmax_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn masked_softmax_backward_in_place(
        &self,
        y: &[f32],
        dy: &mut [f32],
        axis: Axis,
        scale: f32,
    ) -> Result<(), Error> {
        self.rows(SoftmaxBackward { scale }, Pass::backward_in_place(y, dy)?, axis)
    }

    fn masked(&self, pass: Pass<'_, 1>, axis: Axis, scale: f32, mask: Mask<'_>) -> Result<(), Error> {
        let (length, blocks) = (pass.len(), axis.outer(pass.len())?);
        let Axis { len, inner } = axis;
        match mask {
            Mask::None => return self.rows(Forward(Variant { scale, ..MASKED }), pass, axis),
            Mask::Causal { queries, .. } if queries == 0 || blocks.checked_rem(queries) != Some(0) => {
                return Err(Error::Queries { queries, blocks });
            }
            Mask::Causal { .. } => {}
            Mask::Additive(_) | Mask::Boolean(_) => {
                let mask = match mask {
                    Mask::Additive(mask) => mask.len(),
                    Mask::Boolean(mask) => mask.len(),
                    _ => 0,
                };
                let whole = length == 0 || length.checked_rem(mask) == Some(0);
                if !whole || axis.outer(mask).is_err() {
                    return Err(Error::Mask { mask, length, len, inner });
                }
            }
        }
        // Where there is nothing, a block may be larger than any number.
        if length == 0 {
            return Ok(());
        }
        let blocks = Blocks { pass, axis, scale, mask, first: 0 };
        parallel::each(self.threads(), Cost::Arithmetic, blocks, |part| part.weigh(&self.serial()));
        Ok(())
    }
}

/// Where nothing is seen, the result is 0.
const MASKED: Variant = Variant { least: f32::MIN, ..Variant::PLAIN };

/// What an added mask makes of an element.
#[derive(Clone, Copy)]
struct Seen {
    scale: f32,
}
impl Function<2> for Seen {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, mask]: [L::F32; 2]) -> L::F32 {
        let logit = l.add(l.mul(x, l.splat(self.scale)), mask);
        l.select(l.gt(l.splat(f32::MIN), mask), mask, logit)
    }
}

/// 0, whatever the element is.
#[derive(Clone, Copy)]
struct Hidden;
impl Function<1> for Hidden {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, _: [L::F32; 1]) -> L::F32 {
        l.splat(0.0)
    }
}

/// Elements that are masked at a time: they stay in the first cache, along with as many more.
const NEAR: usize = 1 << 12;

/// Blocks of `len × inner`, and the number of the first.
struct Blocks<'a> {
    pass: Pass<'a, 1>,
    axis: Axis,
    scale: f32,
    mask: Mask<'a>,
    first: usize,
}

impl Blocks<'_> {
    fn weigh(self, kernels: &Kernels) {
        let Blocks { mut pass, axis: Axis { len, inner }, scale, mask, first } = self;
        let block = len * inner;
        let mut number = first;
        while pass.len() > 0 {
            // Where a mask is in memory, as many blocks as stay near; else each sees something else.
            let causal = matches!(mask, Mask::Causal { .. });
            let count = if causal { 1 } else { NEAR.checked_div(block).unwrap_or_default().max(1) };
            let (group, later) = pass.split_at(count * block);
            pass = later;
            let (seen, hidden, axis, scale) = match mask {
                Mask::Causal { queries, offset } => {
                    let query = number.checked_rem(queries).unwrap_or_default();
                    // There are fewer queries than bytes of memory.
                    let seen = (query as isize + 1).saturating_add(offset).max(0) as usize;
                    let seen = seen.min(len);
                    let (group, hidden) = group.split_at(seen * inner);
                    (group, Some(hidden), Axis { len: seen.max(1), inner }, scale)
                }
                _ => (masked(kernels, group, number * block, scale, mask), None, Axis { len, inner }, 1.0),
            };
            if let Ok(rows) = Rows::new(seen, axis) {
                kernels.whole_rows(Forward(Variant { scale, ..MASKED }), rows);
            }
            if let Some(hidden) = hidden {
                kernels.map(Hidden, hidden);
            }
            number += count;
        }
    }
}

/// Writes what a mask in memory makes of the elements, the first of which is number `first`.
fn masked<'a>(kernels: &Kernels, pass: Pass<'a, 1>, first: usize, scale: f32, mask: Mask<'_>) -> Pass<'a, 1> {
    let function = Seen { scale };
    let length = match mask {
        Mask::Additive(mask) => mask.len(),
        Mask::Boolean(mask) => mask.len(),
        _ => 0,
    };
    let mut at = first.checked_rem(length).unwrap_or_default();
    pass.combine(
        |piece| kernels.map(function, piece),
        |values: &mut [f32; PIECE]| {
            let mut count = 0;
            match mask {
                Mask::Additive(mask) => {
                    for (value, &mask) in values.iter_mut().zip(mask.get(at..).unwrap_or_default()) {
                        *value = mask;
                        count += 1;
                    }
                }
                Mask::Boolean(mask) => {
                    for (value, &sees) in values.iter_mut().zip(mask.get(at..).unwrap_or_default()) {
                        *value = if sees { 0.0 } else { f32::NEG_INFINITY };
                        count += 1;
                    }
                }
                _ => {}
            }
            at += count;
            if at >= length {
                at = 0;
            }
            count
        },
    )
}

impl Split for Blocks<'_> {
    #[inline]
    fn size(&self) -> usize {
        self.pass.len()
    }

    #[inline]
    fn split(self) -> Result<(Self, Self), Self> {
        let block = self.axis.len * self.axis.inner;
        let half = self.pass.len().checked_div(block).unwrap_or_default() / 2;
        if half == 0 {
            return Err(self);
        }
        let Blocks { pass, axis, scale, mask, first } = self;
        let (a, b) = pass.split_at(half * block);
        Ok((Blocks { pass: a, axis, scale, mask, first }, Blocks { pass: b, axis, scale, mask, first: first + half }))
    }
}
