//! The family of softmax, by name: what the generic functions, which are compiled where they are called, hand on to.

use core::mem::MaybeUninit;

use crate::axis::Axis;
use crate::element::Element;
use crate::error::{Error, same_length};
use crate::kernels::Kernels;
use crate::slices::{Operand, Output, Staged, place};

use super::exact::ExactWeights;
use super::log_softmax::{LogSoftmax, LogSoftmaxBackward};
use super::softmax::{Softmax, SoftmaxBackward};
use super::stages::{Logits, Multiples, Weights};

#[derive(Clone, Copy)]
pub(super) enum Family {
    Softmax,
    Softmin,
    Softmax1,
    LogSoftmax,
}

#[derive(Clone, Copy)]
pub(super) enum Gradient {
    /// Of softmax of a multiple of the elements.
    Softmax {
        scale: f32,
    },
    LogSoftmax,
}

impl Gradient {
    pub(super) const SOFTMAX: Gradient = Gradient::Softmax { scale: 1.0 };
}

impl Kernels {
    pub(super) fn family(&self, member: Family, rows: Staged<'_, 1>, axis: Axis) -> Result<(), Error> {
        let exact = self.is_exact();
        match member {
            Family::Softmax if exact => self.each_row(&ExactWeights { terms: Logits, one: false }, rows, axis),
            Family::Softmin if exact => self.each_row(&ExactWeights { terms: Multiples(-1.0), one: false }, rows, axis),
            Family::Softmax1 if exact => self.each_row(&ExactWeights { terms: Logits, one: true }, rows, axis),
            Family::Softmax => self.rows(Softmax, rows, axis),
            Family::Softmin => {
                let weights = Weights { terms: Multiples(-1.0), one: false, nothing: f32::NAN };
                self.each_row(&weights, rows, axis)
            }
            Family::Softmax1 => self.each_row(&Weights { terms: Logits, one: true, nothing: f32::NAN }, rows, axis),
            Family::LogSoftmax => self.each_row(&LogSoftmax, rows, axis),
        }
    }

    pub(super) fn gradient_of_rows(&self, member: Gradient, rows: Staged<'_, 2>, axis: Axis) -> Result<(), Error> {
        match member {
            Gradient::Softmax { scale } => self.rows(SoftmaxBackward { scale }, rows, axis),
            Gradient::LogSoftmax => self.each_row(&LogSoftmaxBackward, rows, axis),
        }
    }
}

/// From `x` to `y`.
pub(super) fn staged<'a, T: Element>(x: &'a [T], y: &'a mut [MaybeUninit<T>]) -> Result<Staged<'a, 1>, Error> {
    same_length("y", y.len(), x.len())?;
    Ok(Staged::new([Operand::dense(x)], Output::dense(y), x.len()))
}

/// From the output and the upstream gradient to the gradient.
pub(super) fn staged_gradient<'a, T: Element>(
    y: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
) -> Result<Staged<'a, 2>, Error> {
    same_length("dy", dy.len(), y.len())?;
    same_length("dx", dx.len(), y.len())?;
    Ok(Staged::new([Operand::dense(y), Operand::dense(dy)], Output::dense(place(dx)), y.len()))
}

/// The same, where the upstream gradient turns into the gradient.
pub(super) fn staged_gradient_in_place<'a, T: Element>(y: &'a [T], dy: &'a mut [T]) -> Result<Staged<'a, 2>, Error> {
    same_length("dy", dy.len(), y.len())?;
    Ok(Staged::in_place(dy).after(Operand::dense(y)))
}
