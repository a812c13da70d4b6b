//! Maxout: the largest of several linear functions, and which one it was.
//!
//! The pieces are slices, planes of one array, or groups of neighbours in it. A NaN wins against all numbers, the
//! first of equals against the later ones; so the result is always one of the pieces, to the bit.
//! I. Goodfellow, D. Warde-Farley, M. Mirza, A. Courville, Y. Bengio, *Maxout Networks*, 2013.

use core::mem::MaybeUninit;

use crate::axis::Axis;
use crate::element::Element;
use crate::error::{Error, same_length};
use crate::kernels::Kernels;
use crate::lanes::Lanes;
use crate::parallel::{self, Cost, Split};
use crate::slices::{
    Contest, Function, Groups, Pass, Reduce, Sink, Source, Stack, Winners, countable, fill, floats, floats_mut, place,
    place_of_floats, slices_of_floats,
};

use super::maxout_elements::Pieces;

/// Writes max(x₁, x₂, … xₙ) of each element of the slices to `y`.
///
/// Exact. Any NaN gives NaN; of +0 and −0, the first.
///
/// # Errors
/// [`Error::NoSlices`], [`Error::Length`].
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 2];
/// simdact::maxout(&[&[1.0, 5.0], &[4.0, 2.0], &[3.0, 3.0]], &mut y)?;
/// assert_eq!(y, [4.0, 5.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn maxout<T: Element>(x: &[&[T]], y: &mut [T]) -> Result<(), Error> {
    Kernels::default().maxout(x, y)
}

/// Replaces each element of `x` by the largest of it and those of `others`; see [`maxout`].
///
/// # Errors
/// [`Error::Length`].
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let mut x = [1.0, 5.0];
/// simdact::maxout_in_place(&mut x, &[&[4.0, 2.0]])?;
/// assert_eq!(x, [4.0, 5.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn maxout_in_place<T: Element>(x: &mut [T], others: &[&[T]]) -> Result<(), Error> {
    Kernels::default().maxout_in_place(x, others)
}

/// Writes the maxout of the slices to `y`, which may be uninitialised, and gives `y` out as initialised; see [`maxout`].
///
/// # Errors
/// [`Error::NoSlices`], [`Error::Length`].
#[inline]
pub fn maxout_uninit<'y, T: Element>(x: &[&[T]], y: &'y mut [MaybeUninit<T>]) -> Result<&'y mut [T], Error> {
    Kernels::default().maxout_uninit(x, y)
}

/// Writes the maxout of the slices to `y`, and to `index` which slice it came from: the first of equals, the first
/// NaN; see [`maxout`].
///
/// # Errors
/// [`Error::NoSlices`], [`Error::Length`], [`Error::TooManyPieces`].
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let (mut y, mut index) = ([9.0; 2], [9; 2]);
/// simdact::maxout_with_index(&[&[1.0, 5.0], &[4.0, 5.0]], &mut y, &mut index)?;
/// assert_eq!((y, index), ([4.0, 5.0], [1, 0]));
/// # Ok(()) }
/// ```
#[inline]
pub fn maxout_with_index<T: Element>(x: &[&[T]], y: &mut [T], index: &mut [u32]) -> Result<(), Error> {
    Kernels::default().maxout_with_index(x, y, index)
}

/// Writes the largest element of each row of `x` along `axis` to `y`: of groups of `len` neighbours where
/// `axis.inner` is 1, else of `len` planes. `y` has `x.len() / axis.len` elements.
///
/// Exact. Any NaN gives NaN; of +0 and −0, the first.
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let x = [1.0, 2.0, 3.0, 0.0, 0.0, 9.0];
/// let (mut groups, mut planes) = ([9.0; 2], [9.0; 3]);
/// simdact::maxout_axis(&x, Axis::rows(3), &mut groups)?;
/// simdact::maxout_axis(&x, Axis::new(2).inner(3), &mut planes)?;
/// assert_eq!(groups, [3.0, 9.0]);
/// assert_eq!(planes, [1.0, 2.0, 9.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn maxout_axis<T: Element>(x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
    Kernels::default().maxout_axis(x, axis, y)
}

/// Writes the result over the beginning of `x`, and gives that part out; what follows it holds nothing of use. On one
/// thread; see [`maxout_axis`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let mut x = [1.0, 2.0, 4.0, 3.0];
/// assert_eq!(simdact::maxout_axis_in_place(&mut x, Axis::rows(2))?, [2.0, 4.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn maxout_axis_in_place<T: Element>(x: &mut [T], axis: Axis) -> Result<&mut [T], Error> {
    Kernels::default().maxout_axis_in_place(x, axis)
}

/// Writes the result to `y`, which may be uninitialised, and gives `y` out as initialised; see [`maxout_axis`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
#[inline]
pub fn maxout_axis_uninit<'y, T: Element>(
    x: &[T],
    axis: Axis,
    y: &'y mut [MaybeUninit<T>],
) -> Result<&'y mut [T], Error> {
    Kernels::default().maxout_axis_uninit(x, axis, y)
}

/// Also writes to `index` which element along the axis it was: the first of equals, the first NaN; see
/// [`maxout_axis`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`], [`Error::TooManyPieces`].
#[inline]
pub fn maxout_axis_with_index<T: Element>(x: &[T], axis: Axis, y: &mut [T], index: &mut [u32]) -> Result<(), Error> {
    Kernels::default().maxout_axis_with_index(x, axis, y, index)
}

/// Routes the upstream gradient `dy` to the slice that won: `dx[index[i]][i] = dy[i]`, all others 0.
///
/// # Errors
/// [`Error::NoSlices`], [`Error::Length`], [`Error::IndexOutOfRange`].
///
/// ```
/// # fn main() -> Result<(), simdact::Error> {
/// let (mut da, mut db) = ([9.0; 2], [9.0; 2]);
/// simdact::maxout_backward(&[1, 0], &[0.5, 0.25], &mut [&mut da, &mut db])?;
/// assert_eq!((da, db), ([0.0, 0.25], [0.5, 0.0]));
/// # Ok(()) }
/// ```
#[inline]
pub fn maxout_backward<T: Element>(index: &[u32], dy: &[T], dx: &mut [&mut [T]]) -> Result<(), Error> {
    Kernels::default().maxout_backward(index, dy, dx)
}

/// The same, where `dy` turns into the gradient of the first slice and `others` are those of the later ones; see
/// [`maxout_backward`].
///
/// # Errors
/// [`Error::Length`], [`Error::IndexOutOfRange`].
#[inline]
pub fn maxout_backward_in_place<T: Element>(index: &[u32], dy: &mut [T], others: &mut [&mut [T]]) -> Result<(), Error> {
    Kernels::default().maxout_backward_in_place(index, dy, others)
}

/// Routes the upstream gradient `dy` to the element along `axis` that won; all others are 0. `dx` has
/// `dy.len() × axis.len` elements.
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`], [`Error::IndexOutOfRange`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let mut dx = [9.0; 4];
/// simdact::maxout_axis_backward(&[1, 0], &[0.5, 0.25], Axis::rows(2), &mut dx)?;
/// assert_eq!(dx, [0.0, 0.5, 0.25, 0.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn maxout_axis_backward<T: Element>(index: &[u32], dy: &[T], axis: Axis, dx: &mut [T]) -> Result<(), Error> {
    Kernels::default().maxout_axis_backward(index, dy, axis, dx)
}

/// The same in one array: the first `index.len()` elements of `dx` hold the upstream gradient, and all of `dx` becomes
/// the gradient. On one thread; see [`maxout_axis_backward`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`], [`Error::IndexOutOfRange`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let mut dx = [0.5, 0.25, 9.0, 9.0];
/// simdact::maxout_axis_backward_in_place(&[1, 0], Axis::rows(2), &mut dx)?;
/// assert_eq!(dx, [0.0, 0.5, 0.25, 0.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn maxout_axis_backward_in_place<T: Element>(index: &[u32], axis: Axis, dx: &mut [T]) -> Result<(), Error> {
    Kernels::default().maxout_axis_backward_in_place(index, axis, dx)
}

/// Maxout, on these kernels.
impl Kernels {
    /// See [`maxout`].
    ///
    /// # Errors
    /// [`Error::NoSlices`], [`Error::Length`].
    pub fn maxout<T: Element>(&self, x: &[&[T]], y: &mut [T]) -> Result<(), Error> {
        self.maxout_of(x, place(y), None)
    }

    /// See [`maxout_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`].
    pub fn maxout_in_place<T: Element>(&self, x: &mut [T], others: &[&[T]]) -> Result<(), Error> {
        if let Some(others) = slices_of_floats(others) {
            if let Some(x) = floats_mut(x) {
                self.reduce(Stack::in_place(x, others)?);
            }
            return Ok(());
        }
        equally_long(others, x.len())?;
        self.maxout_into(x, others);
        Ok(())
    }

    /// See [`maxout_uninit`].
    ///
    /// # Errors
    /// [`Error::NoSlices`], [`Error::Length`].
    pub fn maxout_uninit<'y, T: Element>(&self, x: &[&[T]], y: &'y mut [MaybeUninit<T>]) -> Result<&'y mut [T], Error> {
        fill(y, |y| self.maxout_of(x, y, None))
    }

    /// See [`maxout_with_index`].
    ///
    /// # Errors
    /// [`Error::NoSlices`], [`Error::Length`], [`Error::TooManyPieces`].
    pub fn maxout_with_index<T: Element>(&self, x: &[&[T]], y: &mut [T], index: &mut [u32]) -> Result<(), Error> {
        self.maxout_of(x, place(y), Some(index))
    }

    /// See [`maxout_axis`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
    pub fn maxout_axis<T: Element>(&self, x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
        self.maxout_along(x, axis, place(y), None)
    }

    /// See [`maxout_axis_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn maxout_axis_in_place<'x, T: Element>(&self, x: &'x mut [T], axis: Axis) -> Result<&'x mut [T], Error> {
        let count = match floats_mut(x) {
            Some(x) => {
                let count = x.len().checked_div(axis.len).unwrap_or_default();
                self.run(Reduce(Groups::in_place(x, axis)?, Largest));
                count
            }
            None => self.maxout_over(x, axis)?,
        };
        Ok(x.split_at_mut_checked(count).unwrap_or_default().0)
    }

    /// See [`maxout_axis_uninit`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
    pub fn maxout_axis_uninit<'y, T: Element>(
        &self,
        x: &[T],
        axis: Axis,
        y: &'y mut [MaybeUninit<T>],
    ) -> Result<&'y mut [T], Error> {
        fill(y, |y| self.maxout_along(x, axis, y, None))
    }

    /// See [`maxout_axis_with_index`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`], [`Error::TooManyPieces`].
    pub fn maxout_axis_with_index<T: Element>(
        &self,
        x: &[T],
        axis: Axis,
        y: &mut [T],
        index: &mut [u32],
    ) -> Result<(), Error> {
        self.maxout_along(x, axis, place(y), Some(index))
    }

    /// See [`maxout_backward`].
    ///
    /// # Errors
    /// [`Error::NoSlices`], [`Error::Length`], [`Error::IndexOutOfRange`].
    pub fn maxout_backward<T: Element>(&self, index: &[u32], dy: &[T], dx: &mut [&mut [T]]) -> Result<(), Error> {
        if dx.is_empty() {
            return Err(Error::NoSlices);
        }
        same_length("dy", dy.len(), index.len())?;
        check_routes(index, dx, dx.len())?;
        for (piece, dx) in (0..).zip(dx) {
            self.route_to(piece, index, dy, dx)?;
        }
        Ok(())
    }

    /// See [`maxout_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::IndexOutOfRange`].
    pub fn maxout_backward_in_place<T: Element>(
        &self,
        index: &[u32],
        dy: &mut [T],
        others: &mut [&mut [T]],
    ) -> Result<(), Error> {
        same_length("dy", dy.len(), index.len())?;
        check_routes(index, others, others.len() + 1)?;
        for (piece, dx) in (1..).zip(others) {
            self.route_to(piece, index, dy, dx)?;
        }
        if let Some(dy) = floats_mut(dy) {
            self.route(0, Pass::by_index_in_place(index, dy)?);
            return Ok(());
        }
        for (dy, &index) in dy.iter_mut().zip(index) {
            *dy = if index == 0 { *dy } else { T::ZERO };
        }
        Ok(())
    }

    /// See [`maxout_axis_backward`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`], [`Error::IndexOutOfRange`].
    pub fn maxout_axis_backward<T: Element>(
        &self,
        index: &[u32],
        dy: &[T],
        axis: Axis,
        dx: &mut [T],
    ) -> Result<(), Error> {
        let outer = axis.outer(dx.len())?;
        same_length("dy", dy.len(), dx.len() / axis.len)?;
        same_length("index", index.len(), dy.len())?;
        in_range(index, axis.len)?;
        if index.is_empty() {
            return Ok(()); // `len × inner` may be beyond a usize then
        }
        let scatter = Scatter { index, dy, axis, stride: axis.len, dx };
        if outer == 1 && axis.inner > 1 {
            // The only block: its planes are split.
            scatter.planes(self);
        } else {
            let serial = self.serial();
            parallel::each(self.threads(), Cost::Memory, scatter, |part| {
                if axis.inner == 1 { part.groups() } else { part.planes(&serial) }
            });
        }
        Ok(())
    }

    /// See [`maxout_axis_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`], [`Error::IndexOutOfRange`].
    pub fn maxout_axis_backward_in_place<T: Element>(
        &self,
        index: &[u32],
        axis: Axis,
        dx: &mut [T],
    ) -> Result<(), Error> {
        let outer = axis.outer(dx.len())?;
        let Axis { len, inner } = axis;
        same_length("index", index.len(), dx.len() / len)?;
        in_range(index, len)?;
        // From the back: a row is written only where all gradients that stand there have been read.
        for block in (0..outer).rev() {
            for column in (0..inner).rev() {
                let from = block * inner + column;
                let (Some(&dy), Some(&winner)) = (dx.get(from), index.get(from)) else { continue };
                for piece in (0..len).rev() {
                    if let Some(dx) = dx.get_mut((block * len + piece) * inner + column) {
                        *dx = if piece == winner as usize { dy } else { T::ZERO };
                    }
                }
            }
        }
        Ok(())
    }

    fn reduce(&self, stack: Stack<'_>) {
        parallel::each(self.threads(), Cost::Memory, stack, |part| self.run(Reduce(part, Largest)));
    }

    fn reduce_axis(&self, groups: Groups<'_>) {
        match groups.stack() {
            Ok(stack) => self.reduce(stack),
            Err(groups) => {
                parallel::each(self.threads(), Cost::Memory, groups, |part| self.run(Reduce(part, Largest)));
            }
        }
    }

    /// Writes `dy` where the index is `piece`, else 0.
    fn route(&self, piece: u32, pass: Pass<'_, 2>) {
        self.map(Route(piece), pass);
    }

    /// The same, of any elements.
    fn route_to<T: Element>(&self, piece: u32, index: &[u32], dy: &[T], dx: &mut [T]) -> Result<(), Error> {
        if let (Some(dy), Some(dx)) = (floats(dy), floats_mut(&mut *dx)) {
            self.route(piece, Pass::by_index(index, dy, dx)?);
            return Ok(());
        }
        for ((dx, &dy), &index) in dx.iter_mut().zip(dy).zip(index) {
            *dx = if index == piece { dy } else { T::ZERO };
        }
        Ok(())
    }

    /// Of slices.
    fn maxout_of<T: Element>(
        &self,
        x: &[&[T]],
        y: &mut [MaybeUninit<T>],
        index: Option<&mut [u32]>,
    ) -> Result<(), Error> {
        let (first, later) = x.split_first().ok_or(Error::NoSlices)?;
        let Some(floats) = slices_of_floats(x) else {
            numbered(index.as_deref(), y.len(), x.len())?;
            same_length("y", y.len(), first.len())?;
            equally_long(later, y.len())?;
            let read = |piece: usize, at: usize, to: &mut [f32]| {
                Source::new(x.get(piece).copied().unwrap_or_default()).read(self, at, to);
            };
            self.maxout_pieces(&Pieces::Apart(x.len(), &read), Sink::new(y), index);
            return Ok(());
        };
        let (Some((first, later)), Some(y)) = (floats.split_first(), place_of_floats(y)) else { return Ok(()) };
        let values = Winners::values(y);
        let winners = match index {
            Some(index) => values.with_index(place(index), floats.len())?,
            None => values,
        };
        self.reduce(Stack::new(first, later, winners)?);
        Ok(())
    }

    /// Along an axis.
    fn maxout_along<T: Element>(
        &self,
        x: &[T],
        axis: Axis,
        y: &mut [MaybeUninit<T>],
        index: Option<&mut [u32]>,
    ) -> Result<(), Error> {
        axis.outer(x.len())?;
        let Some(floats) = floats(x) else {
            numbered(index.as_deref(), y.len(), axis.len)?;
            same_length("y", y.len(), x.len().checked_div(axis.len).unwrap_or_default())?;
            self.maxout_source(Source::new(x), axis, Sink::new(y), index);
            return Ok(());
        };
        let Some(y) = place_of_floats(y) else { return Ok(()) };
        let values = Winners::values(y);
        let winners = match index {
            Some(index) => values.with_index(place(index), axis.len)?,
            None => values,
        };
        self.reduce_axis(Groups::new(floats, axis, winners)?);
        Ok(())
    }
}

/// An error unless the index, if there is one, is as long as the results, and can number the pieces.
fn numbered(index: Option<&[u32]>, len: usize, pieces: usize) -> Result<(), Error> {
    let Some(index) = index else { return Ok(()) };
    same_length("index", index.len(), len)?;
    countable(pieces)
}

fn equally_long<T>(slices: &[&[T]], len: usize) -> Result<(), Error> {
    slices.iter().try_for_each(|x| same_length("one of the slices", x.len(), len))
}

fn check_routes<T>(index: &[u32], dx: &[&mut [T]], pieces: usize) -> Result<(), Error> {
    dx.iter().try_for_each(|dx| same_length("one of dx", dx.len(), index.len()))?;
    in_range(index, pieces)
}

/// The gradient of rows along an axis, whose lengths fit.
pub(super) struct Scatter<'a, T> {
    pub(super) index: &'a [u32],
    pub(super) dy: &'a [T],
    pub(super) axis: Axis,
    /// Elements of `dx` for each of `dy`: more than the axis has where there are gaps between groups.
    pub(super) stride: usize,
    pub(super) dx: &'a mut [T],
}

impl<T: Element> Scatter<'_, T> {
    /// Groups of neighbours: all zeros, and then the winners, in pieces that stay in the cache meanwhile.
    pub(super) fn groups(self) {
        const GROUPS: usize = 512;
        // At least 1 anyway, which the compiler does not see; see `planes`.
        let (len, stride) = (self.axis.len, self.stride.max(1));
        let winners = self.index.chunks(GROUPS).zip(self.dy.chunks(GROUPS));
        for ((index, dy), dx) in winners.zip(self.dx.chunks_mut(stride.saturating_mul(GROUPS))) {
            if stride == len {
                dx.fill(T::ZERO);
            } else {
                dx.chunks_mut(stride).for_each(|group| group.iter_mut().take(len).for_each(|dx| *dx = T::ZERO));
            }
            // The last one may lack its gap.
            for ((group, &index), &dy) in dx.chunks_mut(stride).zip(index).zip(dy) {
                if let Some(dx) = group.get_mut(index as usize) {
                    *dx = dy;
                }
            }
        }
    }

    /// Planes, one after the other.
    fn planes(self, kernels: &Kernels) {
        // None of them is 0, which the compiler does not see: without `max`, there would be a path to a panic.
        let Axis { len, inner } = self.axis;
        let (inner, block) = (inner.max(1), (len * inner).max(1));
        let winners = self.index.chunks_exact(inner).zip(self.dy.chunks_exact(inner));
        for ((index, dy), block) in winners.zip(self.dx.chunks_exact_mut(block)) {
            for (piece, plane) in (0..).zip(block.chunks_exact_mut(inner)) {
                // They are equally long.
                let _ = kernels.route_to(piece, index, dy, plane);
            }
        }
    }
}

impl<T: Element> Split for Scatter<'_, T> {
    fn size(&self) -> usize {
        self.dx.len()
    }

    fn split(self) -> Result<(Self, Self), Self> {
        let Scatter { index, dy, axis, stride, dx } = self;
        let half = dy.len() / axis.inner / 2 * axis.inner;
        if half == 0 {
            return Err(Scatter { index, dy, axis, stride, dx });
        }
        let (index, later_index) = index.split_at(half);
        let (dy, later_dy) = dy.split_at(half);
        let (dx, later_dx) = dx.split_at_mut(half * stride);
        Ok((
            Scatter { index, dy, axis, stride, dx },
            Scatter { index: later_index, dy: later_dy, axis, stride, dx: later_dx },
        ))
    }
}

/// An error unless all indices are less than `len`.
pub(super) fn in_range(index: &[u32], len: usize) -> Result<(), Error> {
    // The maximum first: a loop without exits is a vector loop.
    let largest = index.iter().fold(0, |largest, &i| largest.max(i));
    if (largest as usize) < len || index.is_empty() {
        return Ok(());
    }
    match index.iter().enumerate().find(|&(_, &i)| i as usize >= len) {
        Some((at, &index)) => Err(Error::IndexOutOfRange { at, index, len }),
        None => Ok(()),
    }
}

/// The rule of the contest.
#[derive(Clone, Copy)]
struct Largest;

impl Contest for Largest {
    #[inline(always)]
    fn wins<L: Lanes>(self, l: L, challenger: L::F32, best: L::F32) -> L::Mask {
        let first_nan = l.and_not(l.is_nan(challenger), l.is_nan(best));
        l.or(l.gt(challenger, best), first_nan)
    }

    #[inline(always)]
    fn value<L: Lanes>(self, l: L, challenger: L::F32, best: L::F32) -> L::F32 {
        // `max` keeps its second argument where they are equal, or either is NaN.
        l.select(l.is_nan(challenger), challenger, l.max(challenger, best))
    }
}

/// The upstream gradient where the index, as the bits of a float, is this piece.
#[derive(Clone, Copy)]
struct Route(u32);

impl Function<2> for Route {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [index, dy]: [L::F32; 2]) -> L::F32 {
        l.select(l.eq_u32(l.to_bits(index), l.splat_u32(self.0)), dy, l.splat(0.0))
    }
}
