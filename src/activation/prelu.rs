//! PReLU: LeakyReLU whose slope is learned, one for each channel.

use crate::axis::Axis;
use crate::element::Element;
use crate::error::{Error, same_length};
use crate::kernels::Kernels;
use crate::lanes::Lanes;
use crate::parallel::Cost;
use crate::slices::{ChannelSums, Function, Map, Operand, Output, Repeating, Staged, place};

/// Writes x where x > 0, else `slope · x`, of each element of `x` to `y`, with one slope for each position along `axis`.
///
/// One rounding; prelu(NaN) = NaN. `Axis::new(channels).inner(height * width)` is a slope for each channel of an image;
/// with one slope for all it is [`leaky_relu`](crate::leaky_relu). K. He, X. Zhang, S. Ren, J. Sun, *Delving Deep into
/// Rectifiers*, 2015.
///
/// # Errors
/// [`Error::Length`] unless `y` is as long as `x`, and `slopes` as the axis; [`Error::EmptyAxis`],
/// [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// // Two rows of two columns: each column has a slope.
/// let mut y = [9.0; 4];
/// simdact::prelu(&[-2.0, -2.0, 3.0, -4.0], &[0.25, 0.5], Axis::rows(2), &mut y)?;
/// assert_eq!(y, [-0.5, -1.0, 3.0, -2.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn prelu<T: Element>(x: &[T], slopes: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
    Kernels::default().prelu(x, slopes, axis, y)
}

/// Replaces each element by x where x > 0, else `slope · x`; see [`prelu`].
///
/// # Errors
/// [`Error::Length`] unless `slopes` is as long as the axis; [`Error::EmptyAxis`], [`Error::NotMultiple`].
#[inline]
pub fn prelu_in_place<T: Element>(x: &mut [T], slopes: &[T], axis: Axis) -> Result<(), Error> {
    Kernels::default().prelu_in_place(x, slopes, axis)
}

/// Writes the gradients of [`prelu`] from its input `x` and the upstream gradient `dy`: dy where x > 0, else
/// `slope · dy`, to `dx`; and the sum of x · dy over all x ≤ 0 at a position to `dslopes`.
///
/// `dx` is rounded once. The sums run in the order of [`sum_to_axis`], whose error they have, of products that are
/// rounded. NaN gives NaN in both.
///
/// # Errors
/// [`Error::Length`] unless `dy` and `dx` are as long as `x`, and `slopes` and `dslopes` as the axis;
/// [`Error::EmptyAxis`], [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let (mut dx, mut dslopes) = ([9.0; 4], [9.0; 2]);
/// let x = [-2.0, -2.0, 3.0, -4.0];
/// simdact::prelu_backward(&x, &[0.25, 0.5], Axis::rows(2), &[1.0; 4], &mut dx, &mut dslopes)?;
/// assert_eq!((dx, dslopes), ([0.25, 0.5, 1.0, 0.5], [-2.0, -6.0]));
/// # Ok(()) }
/// ```
#[inline]
pub fn prelu_backward<T: Element>(
    x: &[T],
    slopes: &[T],
    axis: Axis,
    dy: &[T],
    dx: &mut [T],
    dslopes: &mut [T],
) -> Result<(), Error> {
    Kernels::default().prelu_backward(x, slopes, axis, dy, dx, dslopes)
}

/// Writes the sum of all elements of `x` at each position along `axis` to `y`: the gradient of a bias.
///
/// The order is fixed, whatever the machine and the number of threads. Where the axis is not the last, parts of at most
/// 512 neighbours are summed first. Of n elements or parts at a position, the error is at most
/// (n/32 + 6) · 2⁻²⁴ Σ |x| for n ≤ 8192, with 22 instead of 6 where there are parts; for more, it is that of 8192 and
/// 2⁻²⁴ Σ |x| for each 8192 of them. The sum of nothing is 0.
///
/// # Errors
/// [`Error::Length`] unless `y` is as long as the axis; [`Error::EmptyAxis`], [`Error::NotMultiple`].
///
/// ```
/// use simdact::Axis;
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [9.0; 3];
/// simdact::sum_to_axis(&[1.0, 2.0, 3.0, 10.0, 20.0, 30.0], Axis::rows(3), &mut y)?;
/// assert_eq!(y, [11.0, 22.0, 33.0]);
/// # Ok(()) }
/// ```
#[inline]
pub fn sum_to_axis<T: Element>(x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
    Kernels::default().sum_to_axis(x, axis, y)
}

/// PReLU and sums, on these kernels.
impl Kernels {
    /// See [`prelu`].
    ///
    /// # Errors
    /// Those there.
    pub fn prelu<T: Element>(&self, x: &[T], slopes: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
        same_length("y", y.len(), x.len())?;
        let slopes = slopes_of(slopes, axis, x.len())?;
        self.prelu_of(Staged::new([slopes, Operand::dense(x)], Output::dense(place(y)), x.len()));
        Ok(())
    }

    /// See [`prelu_in_place`].
    ///
    /// # Errors
    /// Those there.
    pub fn prelu_in_place<T: Element>(&self, x: &mut [T], slopes: &[T], axis: Axis) -> Result<(), Error> {
        let slopes = slopes_of(slopes, axis, x.len())?;
        self.prelu_of(Staged::in_place(x).after(slopes));
        Ok(())
    }

    /// See [`prelu_backward`].
    ///
    /// # Errors
    /// Those there.
    pub fn prelu_backward<T: Element>(
        &self,
        x: &[T],
        slopes: &[T],
        axis: Axis,
        dy: &[T],
        dx: &mut [T],
        dslopes: &mut [T],
    ) -> Result<(), Error> {
        same_length("dy", dy.len(), x.len())?;
        same_length("dx", dx.len(), x.len())?;
        let slopes = slopes_of(slopes, axis, x.len())?;
        same_length("dslopes", dslopes.len(), axis.len)?;
        let outer = axis.outer(x.len())?;
        let (x, dy, len) = (Operand::dense(x), Operand::dense(dy), x.len());
        self.prelu_gradient(Staged::new([slopes, x, dy], Output::dense(place(dx)), len));
        self.slope_gradient(ChannelSums::new([x, dy], Output::dense(place(dslopes)), axis, outer));
        Ok(())
    }

    /// See [`sum_to_axis`].
    ///
    /// # Errors
    /// Those there.
    pub fn sum_to_axis<T: Element>(&self, x: &[T], axis: Axis, y: &mut [T]) -> Result<(), Error> {
        let outer = axis.outer(x.len())?;
        same_length("y", y.len(), axis.len)?;
        self.sums(ChannelSums::new([Operand::dense(x)], Output::dense(place(y)), axis, outer));
        Ok(())
    }

    fn prelu_of(&self, staged: Staged<'_, 2>) {
        staged.each(self, Cost::Memory, &|pass, spots, stream| {
            self.run(Map(Repeating::<_, 2, 0>(Prelu, spots), pass, stream))
        });
    }

    fn prelu_gradient(&self, staged: Staged<'_, 3>) {
        staged.each(self, Cost::Memory, &|pass, spots, stream| {
            self.run(Map(Repeating::<_, 3, 0>(Gradient, spots), pass, stream))
        });
    }

    fn slope_gradient(&self, sums: ChannelSums<'_, 2>) {
        sums.each(self, Slope);
    }

    fn sums(&self, sums: ChannelSums<'_, 1>) {
        sums.each(self, Add);
    }
}

fn slopes_of<T: Element>(slopes: &[T], axis: Axis, length: usize) -> Result<Operand<'_>, Error> {
    axis.outer(length)?;
    same_length("slopes", slopes.len(), axis.len)?;
    Ok(Operand::channels(slopes, axis))
}

#[derive(Clone, Copy)]
struct Prelu;
impl Function<2> for Prelu {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [slope, x]: [L::F32; 2]) -> L::F32 {
        l.select(l.gt(x, l.splat(0.0)), x, l.mul(x, slope))
    }
}

#[derive(Clone, Copy)]
struct Gradient;
impl Function<3> for Gradient {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [slope, x, dy]: [L::F32; 3]) -> L::F32 {
        let dx = l.select(l.gt(x, l.splat(0.0)), dy, l.mul(dy, slope));
        // A NaN of the forward pass shows in the gradient.
        l.select(l.is_nan(x), x, dx)
    }
}

/// Adds what an element has to do with the gradient of its slope.
#[derive(Clone, Copy)]
struct Slope;
impl Function<3> for Slope {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [sum, x, dy]: [L::F32; 3]) -> L::F32 {
        l.add(sum, l.select(l.gt(x, l.splat(0.0)), l.splat(0.0), l.mul(x, dy)))
    }
}

/// Adds.
#[derive(Clone, Copy)]
struct Add;
impl Function<2> for Add {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [sum, x]: [L::F32; 2]) -> L::F32 {
        l.add(sum, x)
    }
}
