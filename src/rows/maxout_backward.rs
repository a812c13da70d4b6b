//! The gradient of maxout: it goes to the winner, whose index the forward pass has written.

use crate::axis::Axis;
use crate::element::Element;
use crate::error::{Error, same_length};
use crate::kernels::Kernels;
use crate::lanes::Lanes;
use crate::parallel::{self, Cost, Split};
use crate::slices::{Function, Pass, floats, floats_mut};

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

/// The gradient of maxout, on these kernels.
impl Kernels {
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
