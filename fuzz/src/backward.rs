//! The gradients of element-wise functions and of those along an axis.

use arbitrary::Arbitrary;
use simdact::{Axis, Backend, Error, Kernels};

use super::elementwise::parts_of;
use super::judge::{Agree, Truth, assert_same, judge};
use super::memory::Buffer;
use super::refusal::{Wrong, blocks, length, outcome, outcome_in_place};
use super::rows::Rows;
use super::sizes::{Cut, Deviation, Length, Offset, Shape};
use super::table::{Function, RowFunction};
use super::values::Values;

/// A gradient of an element-wise function.
#[derive(Debug, Arbitrary)]
pub struct ElementwiseBackwardCase {
    function: Function,
    len: Length,
    operands: Operands,
}

/// A gradient of a function along an axis.
#[derive(Debug, Arbitrary)]
pub struct SoftmaxBackwardCase {
    function: RowFunction,
    shape: Shape,
    operands: Operands,
}

/// What was saved of the forward pass, the upstream gradient, and where the gradient goes.
#[derive(Debug, Arbitrary)]
struct Operands {
    saved_offset: Offset,
    dy_offset: Offset,
    dx_offset: Offset,
    dy_len: Deviation,
    dx_len: Deviation,
    cut: Cut,
    values: Values,
}

/// A gradient of what was saved and of the upstream gradient, all of the same shape.
trait Gradient {
    /// Elements of what was saved.
    fn len(&self) -> usize;
    /// What is wrong with the shape.
    fn wrong(&self) -> Wrong;
    /// Where all can be cut in two, if nothing is wrong.
    fn cut(&self, cut: Cut) -> usize;
    fn agree(&self) -> Agree;
    fn call(&self, kernels: Kernels, saved: &[f32], dy: &[f32], dx: &mut [f32]) -> Result<(), Error>;
    fn call_in_place(&self, kernels: Kernels, saved: &[f32], dy: &mut [f32]) -> Result<(), Error>;
    fn truths(&self, backend: Backend, saved: &[f32], dy: &[f32]) -> Vec<Truth>;
}

fn check(gradient: &impl Gradient, operands: &Operands) {
    let Operands { saved_offset, dy_offset, dx_offset, .. } = *operands;
    let len = gradient.len();
    let (dy_len, dx_len) = (operands.dy_len.of(len), operands.dx_len.of(len));
    let [saved, dy] = operands.values.arrays([len, dy_len]);
    let (saved, dy) = (Buffer::of(&saved, saved_offset), Buffer::of(&dy, dy_offset));
    let wrong_in_place = [gradient.wrong(), length("dy", dy_len, len)].concat();
    let wrong = [&wrong_in_place[..], &length("dx", dx_len, len)].concat();

    judge(
        gradient.agree(),
        |kernels| {
            let mut dx = Buffer::of(dy.get(), dy_offset);
            let result = gradient.call_in_place(kernels, saved.get(), dx.get_mut());
            let in_place = outcome_in_place(result, &wrong_in_place, dx, dy.get());
            let mut dx = Buffer::output(dx_len, dx_offset);
            let result = gradient.call(kernels, saved.get(), dy.get(), dx.get_mut());
            let dx = outcome(result, &wrong, dx)?;
            assert_same(&in_place.expect("not refused out of place"), &dx, "in place");

            let mut parts = Buffer::output(len, dx_offset);
            let cut = gradient.cut(operands.cut);
            let dy_parts = [&dy.get()[cut..], &dy.get()[..cut]];
            for ((saved, dx), dy) in parts_of(cut, saved.get(), parts.get_mut()).into_iter().zip(dy_parts) {
                gradient.call(kernels, saved, dy, dx).expect("parts of the same length");
            }
            assert_same(&parts.finish(), &dx, "in two parts");
            Some(dx)
        },
        |backend| gradient.truths(backend, saved.get(), dy.get()),
    );
}

impl ElementwiseBackwardCase {
    pub fn check(&self) {
        check(self, &self.operands);
    }
}

impl Gradient for ElementwiseBackwardCase {
    fn len(&self) -> usize {
        self.len.0
    }

    fn wrong(&self) -> Wrong {
        vec![]
    }

    fn cut(&self, cut: Cut) -> usize {
        cut.of(self.len.0)
    }

    fn agree(&self) -> Agree {
        self.function.gradients_agree()
    }

    fn call(&self, kernels: Kernels, saved: &[f32], dy: &[f32], dx: &mut [f32]) -> Result<(), Error> {
        kernels.backward(self.function.of_gradient(), saved, dy, dx)
    }

    fn call_in_place(&self, kernels: Kernels, saved: &[f32], dy: &mut [f32]) -> Result<(), Error> {
        kernels.backward_in_place(self.function.of_gradient(), saved, dy)
    }

    fn truths(&self, backend: Backend, saved: &[f32], dy: &[f32]) -> Vec<Truth> {
        saved.iter().zip(dy).map(|(&saved, &dy)| self.function.gradient(backend, saved, dy)).collect()
    }
}

impl SoftmaxBackwardCase {
    pub fn check(&self) {
        check(self, &self.operands);
    }

    /// The gradients of a row, from its pairs (y, dy).
    fn truths_of_row(&self, row: &[(f32, f32)]) -> Vec<Truth> {
        let RowFunction(function) = self.function;
        let (y, dy): (Vec<f32>, Vec<f32>) = row.iter().copied().unzip();
        let terms = row.iter().map(|&(y, dy)| f64::from(y) * f64::from(dy));
        let terms = terms.chain(dy.iter().map(|&dy| f64::from(dy)));
        let magnitude: f64 = terms.map(f64::abs).filter(|x| x.is_finite()).sum();
        let values = (function.gradient)(&y, &dy).into_iter().zip((function.gradient_error)(&y, &dy));
        let truth = |((value, slack), &dy): ((f64, f64), &f32)| {
            let largest = if dy.is_finite() { f64::from(dy).abs() } else { 0.0 };
            Truth::unless_overflow(magnitude + largest, value, slack)
        };
        values.zip(&dy).map(truth).collect()
    }
}

impl Gradient for SoftmaxBackwardCase {
    fn len(&self) -> usize {
        self.shape.length
    }

    fn wrong(&self) -> Wrong {
        blocks(self.shape.length, self.shape.axis)
    }

    fn cut(&self, cut: Cut) -> usize {
        cut.between_blocks(self.shape.length, self.shape.axis)
    }

    fn agree(&self) -> Agree {
        Agree::AllButPortable
    }

    /// The same must come of it row by row.
    fn call(&self, kernels: Kernels, y: &[f32], dy: &[f32], dx: &mut [f32]) -> Result<(), Error> {
        let (RowFunction(function), axis) = (&self.function, self.shape.axis);
        (function.backward)(&kernels, y, dy, axis, dx)?;
        let rows = Rows::new(y.len(), axis);
        let mut by_rows = rows.gather(dy);
        (function.backward_in_place)(&kernels, &rows.gather(y), &mut by_rows, Axis::rows(axis.len))?;
        assert_same(&rows.scatter(&by_rows), dx, "row by row");
        Ok(())
    }

    fn call_in_place(&self, kernels: Kernels, y: &[f32], dy: &mut [f32]) -> Result<(), Error> {
        (self.function.0.backward_in_place)(&kernels, y, dy, self.shape.axis)
    }

    fn truths(&self, _: Backend, y: &[f32], dy: &[f32]) -> Vec<Truth> {
        let pairs: Vec<_> = y.iter().copied().zip(dy.iter().copied()).collect();
        Rows::new(y.len(), self.shape.axis).map(&pairs, |row| self.truths_of_row(row))
    }
}
