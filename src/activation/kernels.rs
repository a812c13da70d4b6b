//! Activations on chosen kernels: what the functions of the crate come to.

use core::mem::MaybeUninit;

use super::{Activation, Elementwise};
use crate::element::Element;
use crate::error::{Error, same_length};
use crate::kernels::Kernels;
use crate::lanes::Lanes;
use crate::parallel::Cost;
use crate::registers::Visitor;
#[cfg(feature = "half")]
use crate::slices::MapNarrow;
use crate::slices::{Function, Map, Operand, Output, Pass, Spots, Staged, fill, place};

/// The verbs of [`Activation`], on these kernels.
impl Kernels {
    /// See [`Activation::apply`].
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    #[inline]
    pub fn apply<T: Element>(&self, activation: Activation, x: &[T], y: &mut [T]) -> Result<(), Error> {
        same_length("y", y.len(), x.len())?;
        self.forward(activation, Staged::new([Operand::dense(x)], Output::dense(place(y)), x.len()));
        Ok(())
    }

    /// See [`Activation::apply_in_place`].
    #[inline]
    pub fn apply_in_place<T: Element>(&self, activation: Activation, x: &mut [T]) {
        self.forward(activation, Staged::in_place(x));
    }

    /// See [`Activation::apply_uninit`].
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    #[inline]
    pub fn apply_uninit<'y, T: Element>(
        &self,
        activation: Activation,
        x: &[T],
        y: &'y mut [MaybeUninit<T>],
    ) -> Result<&'y mut [T], Error> {
        fill(y, |y| {
            same_length("y", y.len(), x.len())?;
            self.forward(activation, Staged::new([Operand::dense(x)], Output::dense(y), x.len()));
            Ok(())
        })
    }

    /// See [`Activation::backward`].
    ///
    /// # Errors
    /// [`Error::Length`] unless all have the same length.
    #[inline]
    pub fn backward<T: Element>(
        &self,
        activation: Activation,
        saved: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        same_length("dy", dy.len(), saved.len())?;
        same_length("dx", dx.len(), saved.len())?;
        let from = [Operand::dense(saved), Operand::dense(dy)];
        self.gradient(activation, Staged::new(from, Output::dense(place(dx)), saved.len()));
        Ok(())
    }

    /// See [`Activation::backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    #[inline]
    pub fn backward_in_place<T: Element>(
        &self,
        activation: Activation,
        saved: &[T],
        dy: &mut [T],
    ) -> Result<(), Error> {
        same_length("dy", dy.len(), saved.len())?;
        self.gradient(activation, Staged::in_place(dy).after(Operand::dense(saved)));
        Ok(())
    }

    /// Writes the function of the input.
    #[inline(always)]
    pub(crate) fn forward(&self, activation: Activation, staged: Staged<'_, 1>) {
        match staged.direct() {
            Ok(pass) => self.forward_pass(activation, pass),
            Err(staged) => self.forward_staged(activation, staged),
        }
    }

    // Not generic, so that they are compiled here, and not in the crates that call them.
    fn forward_pass(&self, activation: Activation, pass: Pass<'_, 1>) {
        activation.visit(Forward(self, pass));
    }

    fn forward_staged(&self, activation: Activation, staged: Staged<'_, 1>) {
        activation.visit(Forward(self, staged));
    }

    /// Writes the gradient from what was saved and the upstream gradient.
    #[inline(always)]
    pub(crate) fn gradient(&self, activation: Activation, staged: Staged<'_, 2>) {
        match staged.direct() {
            Ok(pass) => self.gradient_pass(activation, pass),
            Err(staged) => self.gradient_staged(activation, staged),
        }
    }

    fn gradient_pass(&self, activation: Activation, pass: Pass<'_, 2>) {
        activation.visit(Backward(self, pass));
    }

    fn gradient_staged(&self, activation: Activation, staged: Staged<'_, 2>) {
        activation.visit(Backward(self, staged));
    }
}

/// The forward function, in a tier of accuracy.
#[derive(Clone, Copy)]
pub(super) struct Call<F, const FAST: bool>(pub F);
impl<F: Elementwise, const FAST: bool> Function<1> for Call<F, FAST> {
    const COST: Cost = F::COST;
    #[inline(always)]
    fn call<L: Lanes>(self, lanes: L, [x]: [L::F32; 1]) -> L::F32 {
        if FAST { self.0.fast(lanes, x) } else { self.0.forward(lanes, x) }
    }
    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, lanes: L, x: [L::F32; 1]) -> L::F32 {
        if FAST { self.call(lanes, x) } else { self.0.of_16_bits(lanes, x[0]) }
    }
}

/// The forward function, in the exact tier.
#[derive(Clone, Copy)]
pub(super) struct Exactly<F>(pub F);
impl<F: Elementwise> Function<1> for Exactly<F> {
    const COST: Cost = F::COST;
    const SIDE: usize = F::EXACT_SIDE;
    #[inline(always)]
    fn call<L: Lanes>(self, lanes: L, [x]: [L::F32; 1]) -> L::F32 {
        self.0.exact(lanes, x)
    }
    #[inline(always)]
    fn begins<L: Lanes>() -> bool {
        F::exact_begins::<L>()
    }
    #[inline(always)]
    fn begin<L: Lanes>(self, lanes: L, [x]: [L::F32; 1]) -> L::F32 {
        self.0.exact_begin(lanes, x)
    }
    #[inline(always)]
    fn end<L: Lanes>(self, lanes: L, [x]: [L::F32; 1], begun: L::F32) -> L::F32 {
        self.0.exact_end(lanes, x, begun)
    }
}

/// The gradient.
#[derive(Clone, Copy)]
pub(super) struct Gradient<F>(pub F);
impl<F: Elementwise> Function<2> for Gradient<F> {
    const COST: Cost = F::BACKWARD_COST;
    #[inline(always)]
    fn call<L: Lanes>(self, lanes: L, [saved, dy]: [L::F32; 2]) -> L::F32 {
        self.0.backward(lanes, saved, dy)
    }
}

/// Work of a function of `N` operands.
trait Operands<const N: usize> {
    fn map<F: Function<N>>(self, kernels: &Kernels, function: F);
}

impl<const N: usize> Operands<N> for Pass<'_, N> {
    #[inline]
    fn map<F: Function<N>>(self, kernels: &Kernels, function: F) {
        kernels.map(function, self);
    }
}

impl<const N: usize> Operands<N> for Staged<'_, N> {
    fn map<F: Function<N>>(self, kernels: &Kernels, function: F) {
        // No operand is one value for all: those of `Fused` are, which has kernels of its own.
        let work = |pass: Pass<'_, N>, _: Spots<N>, stream| kernels.run(Map(function, pass, stream));
        #[cfg(feature = "half")]
        self.each_or_narrow(kernels, F::COST, &work, &|narrow| kernels.run(MapNarrow(function, narrow)));
        #[cfg(not(feature = "half"))]
        self.each(kernels, F::COST, &work);
    }
}

struct Forward<'k, P>(&'k Kernels, P);

impl<P: Operands<1>> Visitor for Forward<'_, P> {
    type Output = ();
    #[inline]
    fn visit<F: Elementwise>(self, function: F) {
        let Forward(kernels, operands) = self;
        if F::FAST && kernels.is_fast() {
            operands.map(kernels, Call::<F, true>(function));
        } else if F::EXACT && kernels.is_exact() {
            operands.map(kernels, Exactly(function));
        } else {
            operands.map(kernels, Call::<F, false>(function));
        }
    }
}

struct Backward<'k, P>(&'k Kernels, P);

impl<P: Operands<2>> Visitor for Backward<'_, P> {
    type Output = ();
    #[inline]
    fn visit<F: Elementwise>(self, function: F) {
        self.1.map(self.0, Gradient(function));
    }
}
