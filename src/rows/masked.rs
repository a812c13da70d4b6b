//! Softmax of a multiple of the logits, with a mask: the weights of attention.
//!
//! What a mask in memory makes of a row is written where the result goes, and softmax then runs in place: rows that fit
//! the first cache hardly notice. A causal mask needs none of it: the row simply ends earlier.

use core::mem::MaybeUninit;

use crate::axis::Axis;
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::lanes::Lanes;
use crate::parallel::Cost;
use crate::slices::{CHUNK, Function, Long, PIECE, Pass, RowWork, Staged, fill, place};

use super::family::{Gradient, staged, staged_gradient, staged_gradient_in_place};
use super::stages::{Multiples, Prepare, Weights};

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
pub fn masked_softmax<T: Element>(x: &[T], axis: Axis, scale: f32, mask: Mask<'_>, y: &mut [T]) -> Result<(), Error> {
    Kernels::default().masked_softmax(x, axis, scale, mask, y)
}

/// Replaces each row by its masked softmax; see [`masked_softmax`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Mask`], [`Error::Queries`].
#[inline]
pub fn masked_softmax_in_place<T: Element>(x: &mut [T], axis: Axis, scale: f32, mask: Mask<'_>) -> Result<(), Error> {
    Kernels::default().masked_softmax_in_place(x, axis, scale, mask)
}

/// Writes the masked softmax to `y`, which may be uninitialised, and gives `y` out as initialised; see
/// [`masked_softmax`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Mask`], [`Error::Queries`].
#[inline]
pub fn masked_softmax_uninit<'y, T: Element>(
    x: &[T],
    axis: Axis,
    scale: f32,
    mask: Mask<'_>,
    y: &'y mut [MaybeUninit<T>],
) -> Result<&'y mut [T], Error> {
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
pub fn masked_softmax_backward<T: Element>(
    y: &[T],
    dy: &[T],
    axis: Axis,
    scale: f32,
    dx: &mut [T],
) -> Result<(), Error> {
    Kernels::default().masked_softmax_backward(y, dy, axis, scale, dx)
}

/// The same, where the upstream gradient `dy` turns into the gradient; see [`masked_softmax_backward`].
///
/// # Errors
/// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn masked_softmax_backward_in_place<T: Element>(
    y: &[T],
    dy: &mut [T],
    axis: Axis,
    scale: f32,
) -> Result<(), Error> {
    Kernels::default().masked_softmax_backward_in_place(y, dy, axis, scale)
}

/// Masked softmax, on these kernels.
impl Kernels {
    /// See [`masked_softmax`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Mask`], [`Error::Queries`].
    pub fn masked_softmax<T: Element>(
        &self,
        x: &[T],
        axis: Axis,
        scale: f32,
        mask: Mask<'_>,
        y: &mut [T],
    ) -> Result<(), Error> {
        self.masked(staged(x, place(y))?, axis, scale, mask)
    }

    /// See [`masked_softmax_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Mask`], [`Error::Queries`].
    pub fn masked_softmax_in_place<T: Element>(
        &self,
        x: &mut [T],
        axis: Axis,
        scale: f32,
        mask: Mask<'_>,
    ) -> Result<(), Error> {
        self.masked(Staged::in_place(x), axis, scale, mask)
    }

    /// See [`masked_softmax_uninit`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Mask`], [`Error::Queries`].
    pub fn masked_softmax_uninit<'y, T: Element>(
        &self,
        x: &[T],
        axis: Axis,
        scale: f32,
        mask: Mask<'_>,
        y: &'y mut [MaybeUninit<T>],
    ) -> Result<&'y mut [T], Error> {
        fill(y, |y| self.masked(staged(x, y)?, axis, scale, mask))
    }

    /// See [`masked_softmax_backward`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn masked_softmax_backward<T: Element>(
        &self,
        y: &[T],
        dy: &[T],
        axis: Axis,
        scale: f32,
        dx: &mut [T],
    ) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::Softmax { scale }, staged_gradient(y, dy, dx)?, axis)
    }

    /// See [`masked_softmax_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn masked_softmax_backward_in_place<T: Element>(
        &self,
        y: &[T],
        dy: &mut [T],
        axis: Axis,
        scale: f32,
    ) -> Result<(), Error> {
        self.gradient_of_rows(Gradient::Softmax { scale }, staged_gradient_in_place(y, dy)?, axis)
    }

    pub(super) fn masked(&self, rows: Staged<'_, 1>, axis: Axis, scale: f32, mask: Mask<'_>) -> Result<(), Error> {
        let (length, blocks) = (rows.len(), axis.outer(rows.len())?);
        let Axis { len, inner } = axis;
        match mask {
            Mask::Causal { queries, .. } if queries == 0 || blocks.checked_rem(queries) != Some(0) => {
                return Err(Error::Queries { queries, blocks });
            }
            Mask::None | Mask::Causal { .. } => {}
            Mask::Additive(_) | Mask::Boolean(_) => {
                let mask = mask.len();
                let whole = length == 0 || length.checked_rem(mask) == Some(0);
                if !whole || axis.outer(mask).is_err() {
                    return Err(Error::Mask { mask, length, len, inner });
                }
            }
        }
        self.each_row(&Masked { axis, scale, mask }, rows, axis)
    }
}

impl Mask<'_> {
    /// Elements of what is in memory.
    fn len(&self) -> usize {
        match self {
            Mask::Additive(mask) => mask.len(),
            Mask::Boolean(mask) => mask.len(),
            _ => 0,
        }
    }
}

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

/// What is written where nothing is seen.
#[derive(Clone, Copy)]
struct Hidden;
impl Function<1> for Hidden {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, _: [L::F32; 1]) -> L::F32 {
        l.splat(0.0)
    }
}

/// Masked softmax of rows along an axis.
struct Masked<'a> {
    axis: Axis,
    scale: f32,
    mask: Mask<'a>,
}

impl Masked<'_> {
    /// Of multiples of what is in a row.
    const fn weights(scale: f32) -> Weights<Multiples> {
        Weights { terms: Multiples(scale), one: false, nothing: 0.0 }
    }

    /// The row with this number.
    fn of(&self, number: usize) -> MaskedRow<'_> {
        let Masked { axis: Axis { len, inner }, scale, mask } = *self;
        let (block, column) =
            (number.checked_div(inner).unwrap_or_default(), number.checked_rem(inner).unwrap_or_default());
        let first = (block * len * inner).checked_rem(mask.len()).unwrap_or_default() + column;
        let seen = match mask {
            Mask::Causal { queries, offset } => {
                let query = block.checked_rem(queries).unwrap_or_default();
                // There are fewer queries than bytes of memory.
                let seen = (query as isize + 1).saturating_add(offset).max(0) as usize;
                seen.min(len)
            }
            _ => len,
        };
        MaskedRow { scale, mask, first, inner, seen }
    }
}

impl RowWork<1> for Masked<'_> {
    fn row(&self, kernels: &Kernels, number: usize, row: Pass<'_, 1>) {
        let of = self.of(number);
        let (seen, hidden) = row.split_at(of.seen);
        match self.mask {
            Mask::Additive(_) | Mask::Boolean(_) => Masked::weights(1.0).write(kernels, of.masked(kernels, 0, seen)),
            _ => Masked::weights(self.scale).write(kernels, seen),
        }
        if hidden.len() > 0 {
            kernels.map(Hidden, hidden);
        }
    }
    fn long(&self, kernels: &Kernels, row: &Long<'_, 1>) {
        Masked::weights(1.0).write_long(kernels, row, &self.of(row.number()));
    }
}

/// What a row sees.
struct MaskedRow<'a> {
    scale: f32,
    mask: Mask<'a>,
    /// Where its first element's mask is, and how far apart the others are.
    first: usize,
    inner: usize,
    /// So many elements, unless the mask is in memory.
    seen: usize,
}

impl MaskedRow<'_> {
    /// Makes of the elements from number `start` on the logits, and goes on with those.
    fn masked<'a>(&self, kernels: &Kernels, start: usize, pass: Pass<'a, 1>) -> Pass<'a, 1> {
        let mut at = start;
        pass.combine(
            |piece| kernels.map(Seen { scale: self.scale }, piece),
            |values: &mut [f32; PIECE]| {
                let first = self.first.wrapping_add(at.wrapping_mul(self.inner));
                match self.mask {
                    Mask::Additive(mask) => {
                        let mask = mask.get(first..).unwrap_or_default();
                        each_of(values, mask, self.inner, |&mask| mask);
                    }
                    Mask::Boolean(mask) => {
                        let mask = mask.get(first..).unwrap_or_default();
                        each_of(values, mask, self.inner, |&sees| if sees { 0.0 } else { f32::NEG_INFINITY });
                    }
                    _ => {
                        for (value, at) in values.iter_mut().zip(at..) {
                            *value = if at < self.seen { 0.0 } else { f32::NEG_INFINITY };
                        }
                    }
                }
                at += PIECE;
            },
        )
    }
}

/// Writes what is made of every element of the mask that is so far from the last.
fn each_of<T>(values: &mut [f32; PIECE], mask: &[T], inner: usize, value: impl Fn(&T) -> f32) {
    if inner == 1 {
        for (to, mask) in values.iter_mut().zip(mask) {
            *to = value(mask);
        }
    } else {
        for (i, to) in values.iter_mut().enumerate() {
            let Some(mask) = mask.get(i.wrapping_mul(inner)) else { break };
            *to = value(mask);
        }
    }
}

impl Prepare for MaskedRow<'_> {
    fn chunk<'a>(&self, kernels: &Kernels, chunk: usize, pass: Pass<'a, 1>) -> Pass<'a, 1> {
        self.masked(kernels, chunk * CHUNK, pass)
    }
}
