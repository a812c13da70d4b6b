//! Maxout: the largest of several linear functions, and which one it was.
//!
//! The pieces are slices, planes of one array, or groups of neighbours in it. A NaN wins against all numbers, the
//! first of equals against the later ones; so the result is always one of the pieces, to the bit.
//! I. Goodfellow, D. Warde-Farley, M. Mirza, A. Courville, Y. Bengio, *Maxout Networks*, 2013.

use core::mem::MaybeUninit;

use crate::axis::Axis;
use crate::error::{Error, same_length};
use crate::kernels::Kernels;
use crate::lanes::Lanes;
use crate::parallel::{self, Cost, Split};
use crate::slices::{Contest, Function, Groups, Pass, Reduce, Stack, Winners, fill, place};

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
pub fn maxout(x: &[&[f32]], y: &mut [f32]) -> Result<(), Error> {
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
pub fn maxout_in_place(x: &mut [f32], others: &[&[f32]]) -> Result<(), Error> {
    Kernels::default().maxout_in_place(x, others)
}

/// Writes the maxout of the slices to `y`, which may be uninitialised, and gives `y` out as initialised; see [`maxout`].
///
/// # Errors
/// [`Error::NoSlices`], [`Error::Length`].
#[inline]
pub fn maxout_uninit<'y>(x: &[&[f32]], y: &'y mut [MaybeUninit<f32>]) -> Result<&'y mut [f32], Error> {
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
pub fn maxout_with_index(x: &[&[f32]], y: &mut [f32], index: &mut [u32]) -> Result<(), Error> {
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
pub fn maxout_axis(x: &[f32], axis: Axis, y: &mut [f32]) -> Result<(), Error> {
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
pub fn maxout_axis_in_place(x: &mut [f32], axis: Axis) -> Result<&mut [f32], Error> {
    Kernels::default().maxout_axis_in_place(x, axis)
}

/// Writes the result to `y`, which may be uninitialised, and gives `y` out as initialised; see [`maxout_axis`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
#[inline]
pub fn maxout_axis_uninit<'y>(x: &[f32], axis: Axis, y: &'y mut [MaybeUninit<f32>]) -> Result<&'y mut [f32], Error> {
    Kernels::default().maxout_axis_uninit(x, axis, y)
}

/// Also writes to `index` which element along the axis it was: the first of equals, the first NaN; see
/// [`maxout_axis`].
///
/// # Errors
/// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`], [`Error::TooManyPieces`].
#[inline]
pub fn maxout_axis_with_index(x: &[f32], axis: Axis, y: &mut [f32], index: &mut [u32]) -> Result<(), Error> {
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
pub fn maxout_backward(index: &[u32], dy: &[f32], dx: &mut [&mut [f32]]) -> Result<(), Error> {
    Kernels::default().maxout_backward(index, dy, dx)
}

/// The same, where `dy` turns into the gradient of the first slice and `others` are those of the later ones; see
/// [`maxout_backward`].
///
/// # Errors
/// [`Error::Length`], [`Error::IndexOutOfRange`].
#[inline]
pub fn maxout_backward_in_place(index: &[u32], dy: &mut [f32], others: &mut [&mut [f32]]) -> Result<(), Error> {
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
pub fn maxout_axis_backward(index: &[u32], dy: &[f32], axis: Axis, dx: &mut [f32]) -> Result<(), Error> {
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
pub fn maxout_axis_backward_in_place(index: &[u32], axis: Axis, dx: &mut [f32]) -> Result<(), Error> {
    Kernels::default().maxout_axis_backward_in_place(index, axis, dx)
}

/// Maxout, on these kernels.
impl Kernels {
    /// See [`maxout`].
    ///
    /// # Errors
    /// [`Error::NoSlices`], [`Error::Length`].
    pub fn maxout(&self, x: &[&[f32]], y: &mut [f32]) -> Result<(), Error> {
        let (first, later) = x.split_first().ok_or(Error::NoSlices)?;
        self.reduce(Stack::new(first, later, Winners::values(place(y)))?);
        Ok(())
    }

    /// See [`maxout_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`].
    pub fn maxout_in_place(&self, x: &mut [f32], others: &[&[f32]]) -> Result<(), Error> {
        self.reduce(Stack::in_place(x, others)?);
        Ok(())
    }

    /// See [`maxout_uninit`].
    ///
    /// # Errors
    /// [`Error::NoSlices`], [`Error::Length`].
    pub fn maxout_uninit<'y>(&self, x: &[&[f32]], y: &'y mut [MaybeUninit<f32>]) -> Result<&'y mut [f32], Error> {
        let (first, later) = x.split_first().ok_or(Error::NoSlices)?;
        fill(y, |y| {
            self.reduce(Stack::new(first, later, Winners::values(y))?);
            Ok(())
        })
    }

    /// See [`maxout_with_index`].
    ///
    /// # Errors
    /// [`Error::NoSlices`], [`Error::Length`], [`Error::TooManyPieces`].
    pub fn maxout_with_index(&self, x: &[&[f32]], y: &mut [f32], index: &mut [u32]) -> Result<(), Error> {
        let (first, later) = x.split_first().ok_or(Error::NoSlices)?;
        let winners = Winners::values(place(y)).with_index(place(index), x.len())?;
        self.reduce(Stack::new(first, later, winners)?);
        Ok(())
    }

    /// See [`maxout_axis`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
    pub fn maxout_axis(&self, x: &[f32], axis: Axis, y: &mut [f32]) -> Result<(), Error> {
        self.reduce_axis(Groups::new(x, axis, Winners::values(place(y)))?);
        Ok(())
    }

    /// See [`maxout_axis_in_place`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`].
    pub fn maxout_axis_in_place<'x>(&self, x: &'x mut [f32], axis: Axis) -> Result<&'x mut [f32], Error> {
        self.run(Reduce(Groups::in_place(x, axis)?, Largest));
        let (winners, _) = x.split_at_mut(x.len() / axis.len);
        Ok(winners)
    }

    /// See [`maxout_axis_uninit`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`].
    pub fn maxout_axis_uninit<'y>(
        &self,
        x: &[f32],
        axis: Axis,
        y: &'y mut [MaybeUninit<f32>],
    ) -> Result<&'y mut [f32], Error> {
        fill(y, |y| {
            self.reduce_axis(Groups::new(x, axis, Winners::values(y))?);
            Ok(())
        })
    }

    /// See [`maxout_axis_with_index`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`], [`Error::TooManyPieces`].
    pub fn maxout_axis_with_index(&self, x: &[f32], axis: Axis, y: &mut [f32], index: &mut [u32]) -> Result<(), Error> {
        axis.outer(x.len())?;
        let winners = Winners::values(place(y)).with_index(place(index), axis.len)?;
        self.reduce_axis(Groups::new(x, axis, winners)?);
        Ok(())
    }

    /// See [`maxout_backward`].
    ///
    /// # Errors
    /// [`Error::NoSlices`], [`Error::Length`], [`Error::IndexOutOfRange`].
    pub fn maxout_backward(&self, index: &[u32], dy: &[f32], dx: &mut [&mut [f32]]) -> Result<(), Error> {
        if dx.is_empty() {
            return Err(Error::NoSlices);
        }
        same_length("dy", dy.len(), index.len())?;
        self.check_routes(index, dx, dx.len())?;
        for (piece, dx) in (0..).zip(dx) {
            self.route(piece, Pass::by_index(index, dy, dx)?);
        }
        Ok(())
    }

    /// See [`maxout_backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::IndexOutOfRange`].
    pub fn maxout_backward_in_place(
        &self,
        index: &[u32],
        dy: &mut [f32],
        others: &mut [&mut [f32]],
    ) -> Result<(), Error> {
        same_length("dy", dy.len(), index.len())?;
        self.check_routes(index, others, others.len() + 1)?;
        for (piece, dx) in (1..).zip(others) {
            self.route(piece, Pass::by_index(index, dy, dx)?);
        }
        self.route(0, Pass::by_index_in_place(index, dy)?);
        Ok(())
    }

    /// See [`maxout_axis_backward`].
    ///
    /// # Errors
    /// [`Error::EmptyAxis`], [`Error::NotMultiple`], [`Error::Length`], [`Error::IndexOutOfRange`].
    pub fn maxout_axis_backward(&self, index: &[u32], dy: &[f32], axis: Axis, dx: &mut [f32]) -> Result<(), Error> {
        let outer = axis.outer(dx.len())?;
        same_length("dy", dy.len(), dx.len() / axis.len)?;
        same_length("index", index.len(), dy.len())?;
        in_range(index, axis.len)?;
        if index.is_empty() {
            return Ok(()); // `len × inner` may be beyond a usize then
        }
        let scatter = Scatter { index, dy, axis, dx };
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
    pub fn maxout_axis_backward_in_place(&self, index: &[u32], axis: Axis, dx: &mut [f32]) -> Result<(), Error> {
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
                        *dx = if piece == winner as usize { dy } else { 0.0 };
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

    fn check_routes(&self, index: &[u32], dx: &[&mut [f32]], pieces: usize) -> Result<(), Error> {
        dx.iter().try_for_each(|dx| same_length("one of dx", dx.len(), index.len()))?;
        in_range(index, pieces)
    }
}

/// The gradient of rows along an axis, whose lengths fit.
struct Scatter<'a> {
    index: &'a [u32],
    dy: &'a [f32],
    axis: Axis,
    dx: &'a mut [f32],
}

impl Scatter<'_> {
    /// Groups of neighbours: all zeros, and then the winners, in pieces that stay in the cache meanwhile.
    fn groups(self) {
        const GROUPS: usize = 512;
        // At least 1 anyway, which the compiler does not see; see `planes`.
        let len = self.axis.len.max(1);
        let winners = self.index.chunks(GROUPS).zip(self.dy.chunks(GROUPS));
        for ((index, dy), dx) in winners.zip(self.dx.chunks_mut(len.saturating_mul(GROUPS))) {
            dx.fill(0.0);
            for ((group, &index), &dy) in dx.chunks_exact_mut(len).zip(index).zip(dy) {
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
                if let Ok(pass) = Pass::by_index(index, dy, plane) {
                    kernels.route(piece, pass);
                }
            }
        }
    }
}

impl Split for Scatter<'_> {
    fn size(&self) -> usize {
        self.dx.len()
    }

    fn split(self) -> Result<(Self, Self), Self> {
        let Scatter { index, dy, axis, dx } = self;
        let half = dy.len() / axis.inner / 2 * axis.inner;
        if half == 0 {
            return Err(Scatter { index, dy, axis, dx });
        }
        let (index, later_index) = index.split_at(half);
        let (dy, later_dy) = dy.split_at(half);
        let (dx, later_dx) = dx.split_at_mut(half * axis.len);
        Ok((Scatter { index, dy, axis, dx }, Scatter { index: later_index, dy: later_dy, axis, dx: later_dx }))
    }
}

/// An error unless all indices are less than `len`.
fn in_range(index: &[u32], len: usize) -> Result<(), Error> {
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
