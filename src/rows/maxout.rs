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
use crate::parallel::{self, Cost};
use crate::slices::{
    Contest, Groups, Reduce, Sink, Source, Stack, Winners, countable, fill, floats, floats_mut, place, place_of_floats,
    slices_of_floats,
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
