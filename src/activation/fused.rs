//! An activation together with the sums before it and the product after it, in one pass over memory.

use core::mem::MaybeUninit;

use super::kernels::{Call, Exactly, Gradient};
use super::{Activation, Elementwise, Saves};
use crate::axis::Axis;
use crate::element::Element;
use crate::error::{Error, same_length};
use crate::kernels::Kernels;
use crate::lanes::Lanes;
use crate::parallel::Cost;
use crate::registers::Visitor;
use crate::slices::{Function, Joined, Map, NOTHING, ONE, Operand, Output, Repeating, Staged, fill, place};

/// f(x + bias + residual) · factor: an activation together with what comes before and after it in a network, each part
/// if it is given, in one pass over memory.
///
/// The sums are rounded one after the other, from left to right, then f, then the product. So the result has the bits of
/// the same steps one by one, except that they are never rounded to 16 bits in between where the elements are.
///
/// 64 KiB of the stack are used, as for elements of 16 bits and for rows with gaps.
///
/// ```
/// use simdact::{Activation, Axis};
/// # fn main() -> Result<(), simdact::Error> {
/// // Two channels of two pixels: each channel has a bias.
/// let x = [0.5, -3.0, 1.0, 2.0];
/// let (bias, residual) = ([1.0, -2.0], [0.25; 4]);
/// let mut y = [0.0; 4];
/// Activation::Relu.fused().bias(&bias, Axis::new(2).inner(2)).residual(&residual).apply(&x, &mut y)?;
/// assert_eq!(y, [1.75, 0.0, 0.0, 0.25]);
///
/// // A gated unit.
/// let value = [1.0, 2.0, 3.0, 4.0];
/// Activation::Silu.fused().factor(&value).apply(&x, &mut y)?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
#[must_use = "it does nothing until it is applied"]
pub struct Fused<'a> {
    activation: Activation,
    bias: Option<(Operand<'a>, usize, Axis)>,
    residual: Option<(Operand<'a>, usize)>,
    factor: Option<(Operand<'a>, usize)>,
}

impl Activation {
    /// The activation, to be joined with sums and a product.
    #[inline]
    pub const fn fused<'a>(self) -> Fused<'a> {
        Fused { activation: self, bias: None, residual: None, factor: None }
    }
}

impl<'a> Fused<'a> {
    /// Adds `bias` to the input first: one number for each position along `axis`. `Axis::rows(n)` is a number for each of
    /// `n` columns, `Axis::new(channels).inner(height * width)` one for each channel of an image.
    #[inline]
    pub fn bias<T: Element>(self, bias: &'a [T], axis: Axis) -> Self {
        Fused { bias: Some((Operand::channels(bias, axis), bias.len(), axis)), ..self }
    }

    /// Adds `residual` to that, element by element.
    #[inline]
    pub fn residual<T: Element>(self, residual: &'a [T]) -> Self {
        Fused { residual: Some((Operand::dense(residual), residual.len())), ..self }
    }

    /// Multiplies the function by `factor`, element by element.
    #[inline]
    pub fn factor<T: Element>(self, factor: &'a [T]) -> Self {
        Fused { factor: Some((Operand::dense(factor), factor.len())), ..self }
    }

    /// Writes f(x + bias + residual) · factor of each element of `x` to `y`.
    ///
    /// # Errors
    /// [`Error::Length`] unless `y`, the residual and the factor are as long as `x`, and the bias as its axis;
    /// [`Error::EmptyAxis`] and [`Error::NotMultiple`] for the axis of the bias.
    #[inline]
    pub fn apply<T: Element>(&self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        Kernels::default().apply_fused(self, x, y)
    }

    /// Replaces each element of `x` by that.
    ///
    /// # Errors
    /// Those of [`apply`](Fused::apply).
    #[inline]
    pub fn apply_in_place<T: Element>(&self, x: &mut [T]) -> Result<(), Error> {
        Kernels::default().apply_fused_in_place(self, x)
    }

    /// Writes it to `y`, which may be uninitialised, and gives `y` out as initialised.
    ///
    /// # Errors
    /// Those of [`apply`](Fused::apply).
    #[inline]
    pub fn apply_uninit<'y, T: Element>(&self, x: &[T], y: &'y mut [MaybeUninit<T>]) -> Result<&'y mut [T], Error> {
        Kernels::default().apply_fused_uninit(self, x, y)
    }

    /// Writes the gradient with respect to `x` to `dx`, from the input `x` and the upstream gradient `dy`:
    /// f'(x + bias + residual) · (dy · factor).
    ///
    /// It has the error of [`Activation::backward`], which is computed from the sum, or from the function of it. The
    /// gradient with respect to the residual is the same; that with respect to the bias is its
    /// [`sum_to_axis`](crate::sum_to_axis); and that with respect to the factor is
    /// f(x + bias + residual) · dy: [`apply`](Fused::apply) with `dy` for the factor.
    ///
    /// # Errors
    /// Those of [`apply`](Fused::apply), and [`Error::Length`] unless `dy` and `dx` are as long as `x`.
    ///
    /// ```
    /// use simdact::{Activation, Axis};
    /// # fn main() -> Result<(), simdact::Error> {
    /// let (x, bias, dy) = ([1.0, -1.0, 2.0, 0.5], [0.5, 0.25], [1.0; 4]);
    /// let fused = Activation::Relu.fused().bias(&bias, Axis::rows(2));
    /// let (mut dx, mut db) = ([0.0; 4], [0.0; 2]);
    /// fused.backward(&x, &dy, &mut dx)?;
    /// assert_eq!(dx, [1.0, 0.0, 1.0, 1.0]);
    /// simdact::sum_to_axis(&dx, Axis::rows(2), &mut db)?;
    /// assert_eq!(db, [2.0, 1.0]);
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn backward<T: Element>(&self, x: &[T], dy: &[T], dx: &mut [T]) -> Result<(), Error> {
        Kernels::default().fused_backward(self, x, dy, dx)
    }

    /// The operands after x: of `len` elements each.
    fn operands(&self, len: usize) -> Result<[Operand<'a>; 3], Error> {
        let bias = match self.bias {
            Some((bias, found, axis)) => {
                axis.outer(len)?;
                same_length("bias", found, axis.len)?;
                bias
            }
            None => Operand::constant(&NOTHING),
        };
        let dense = |name, operand: Option<(Operand<'a>, usize)>, absent| match operand {
            Some((operand, found)) => same_length(name, found, len).map(|()| operand),
            None => Ok(Operand::constant(absent)),
        };
        Ok([bias, dense("residual", self.residual, &NOTHING)?, dense("factor", self.factor, &ONE)?])
    }
}

/// The verbs of [`Fused`], on these kernels.
impl Kernels {
    /// See [`Fused::apply`].
    ///
    /// # Errors
    /// Those there.
    pub fn apply_fused<T: Element>(&self, fused: &Fused<'_>, x: &[T], y: &mut [T]) -> Result<(), Error> {
        same_length("y", y.len(), x.len())?;
        let staged = Staged::new([Operand::dense(x)], Output::dense(place(y)), x.len());
        self.fuse(fused.activation, staged.before(fused.operands(x.len())?));
        Ok(())
    }

    /// See [`Fused::apply_in_place`].
    ///
    /// # Errors
    /// Those of [`Fused::apply`].
    pub fn apply_fused_in_place<T: Element>(&self, fused: &Fused<'_>, x: &mut [T]) -> Result<(), Error> {
        let operands = fused.operands(x.len())?;
        self.fuse(fused.activation, Staged::in_place(x).before(operands));
        Ok(())
    }

    /// See [`Fused::apply_uninit`].
    ///
    /// # Errors
    /// Those of [`Fused::apply`].
    pub fn apply_fused_uninit<'y, T: Element>(
        &self,
        fused: &Fused<'_>,
        x: &[T],
        y: &'y mut [MaybeUninit<T>],
    ) -> Result<&'y mut [T], Error> {
        fill(y, |y| {
            same_length("y", y.len(), x.len())?;
            let staged = Staged::new([Operand::dense(x)], Output::dense(y), x.len());
            self.fuse(fused.activation, staged.before(fused.operands(x.len())?));
            Ok(())
        })
    }

    /// See [`Fused::backward`].
    ///
    /// # Errors
    /// Those there.
    pub fn fused_backward<T: Element>(&self, fused: &Fused<'_>, x: &[T], dy: &[T], dx: &mut [T]) -> Result<(), Error> {
        same_length("dy", dy.len(), x.len())?;
        same_length("dx", dx.len(), x.len())?;
        let [bias, residual, factor] = fused.operands(x.len())?;
        let from = [Operand::dense(x), bias, residual, Operand::dense(dy), factor];
        self.unfuse(fused.activation, Staged::new(from, Output::dense(place(dx)), x.len()));
        Ok(())
    }

    /// f(x + bias + residual) · factor.
    pub(super) fn fuse(&self, activation: Activation, staged: Staged<'_, 4>) {
        activation.visit(Fuse(self, staged));
    }

    /// f'(x + bias + residual) · (dy · factor), of x, bias, residual, dy and factor.
    pub(super) fn unfuse(&self, activation: Activation, staged: Staged<'_, 5>) {
        activation.visit(Unfuse(self, staged));
    }
}

struct Fuse<'k, 'a>(&'k Kernels, Staged<'a, 4>);

impl Visitor for Fuse<'_, '_> {
    type Output = ();
    fn visit<F: Elementwise>(self, function: F) {
        fn each<F: Function<1>>(kernels: &Kernels, staged: Staged<'_, 4>, function: F) {
            staged
                .each(kernels, F::COST, &|pass, spots, stream| kernels.run(Map(Joined(function, spots), pass, stream)));
        }
        let Fuse(kernels, staged) = self;
        if F::FAST && kernels.is_fast() {
            each(kernels, staged, Call::<F, true>(function));
        } else if F::EXACT && kernels.is_exact() {
            // Step by step in the first cache, so that no kernel is compiled for it.
            staged.in_pieces().each(kernels, F::COST, &|pass, spots, stream| {
                pass.in_steps(
                    spots,
                    |sum, spots| kernels.run(Map(Repeating::<_, 3, 1>(Sum, spots), sum, false)),
                    |sum| kernels.run(Map(Exactly(function), sum, false)),
                    |product, spots| kernels.run(Map(Repeating::<_, 2, 2>(Product, spots), product, stream)),
                );
            });
        } else {
            each(kernels, staged, Call::<F, false>(function));
        }
    }
}

/// x + bias + residual.
#[derive(Clone, Copy)]
struct Sum;
impl Function<3> for Sum {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, bias, residual]: [L::F32; 3]) -> L::F32 {
        l.add(l.add(x, bias), residual)
    }
}

/// a · b.
#[derive(Clone, Copy)]
struct Product;
impl Function<2> for Product {
    const COST: Cost = Cost::Memory;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [a, b]: [L::F32; 2]) -> L::F32 {
        l.mul(a, b)
    }
}

struct Unfuse<'k, 'a>(&'k Kernels, Staged<'a, 5>);

impl Visitor for Unfuse<'_, '_> {
    type Output = ();
    fn visit<F: Elementwise>(self, function: F) {
        // Step by step in the first cache: only the sums and the product are new, so no kernel is compiled for it.
        let Unfuse(kernels, staged) = self;
        staged.in_pieces().each(kernels, Cost::Arithmetic, &|pass, spots, stream| {
            pass.with_saved(
                spots,
                |sum, spots| kernels.run(Map(Repeating::<_, 3, 1>(Sum, spots), sum, false)),
                |saved| {
                    if matches!(F::SAVES, Saves::Output) {
                        kernels.run(Map(Call::<F, false>(function), saved, false));
                    }
                },
                |product, spots| kernels.run(Map(Repeating::<_, 2, 2>(Product, spots), product, false)),
                |gradient| kernels.run(Map(Gradient(function), gradient, stream)),
            );
        });
    }
}
