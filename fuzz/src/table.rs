//! What is fuzzed, and the bounds that are promised of it.
//!
//! The functions and their tiers of accuracy are those of the tests' table, `tests/common/functions.rs`: a line more
//! there is all that a further one needs here.

use std::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};
use simdact::{Activation, Backend, Kernels, Saves};

use super::functions::{ALONG, Along, ELEMENTWISE, Elementwise};
use super::judge::{Agree, Truth};

/// An element-wise function: any of the table, where leaky ReLU has any slope.
pub struct Function {
    row: &'static Elementwise,
    pub activation: Activation,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?}", self.activation, self.row.accuracy)
    }
}

impl<'a> Arbitrary<'a> for Function {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Function> {
        let row = u.choose(ELEMENTWISE)?;
        let activation = match row.activation {
            Activation::LeakyRelu { .. } => Activation::LeakyRelu { slope: u.arbitrary()? },
            other => other,
        };
        Ok(Function { row, activation })
    }
}

impl Function {
    /// The same kernels, in its tier of accuracy.
    pub fn kernels(&self, kernels: Kernels) -> Kernels {
        kernels.accuracy(self.row.accuracy)
    }

    /// f(x).
    pub fn truth(&self, backend: Backend, x: f32) -> Truth {
        match self.activation {
            Activation::LeakyRelu { slope } => Truth::Exactly(if x > 0.0 { x } else { slope * x }),
            _ => Truth::within(self.row.error, backend, (self.row.value)(x.into())),
        }
    }

    /// Which backends give the same f(x).
    pub fn agree(&self) -> Agree {
        Agree::within(self.row.error)
    }

    /// f′ · dy.
    pub fn gradient(&self, backend: Backend, saved: f32, dy: f32) -> Truth {
        let (least, largest) = self.row.range;
        match self.activation {
            _ if saved.is_nan() => Truth::Exactly(f32::NAN),
            // A product with 0 would have a sign, and be NaN where dy is infinite.
            Activation::Relu => Truth::Exactly(if saved > 0.0 { dy } else { 0.0 }),
            Activation::LeakyRelu { slope } => Truth::Exactly(if saved > 0.0 { dy } else { slope * dy }),
            activation if activation.saves() == Saves::Output && !(least..=largest).contains(&saved) => Truth::Anything,
            _ => {
                let value = (self.row.derivative)(saved.into()) * f64::from(dy);
                Truth::within(self.row.gradient_error, backend, value)
            }
        }
    }

    /// Which backends give the same gradient.
    pub fn gradients_agree(&self) -> Agree {
        Agree::within(self.row.gradient_error)
    }
}

/// A function along an axis: any of the table.
pub struct RowFunction(pub &'static Along);

impl fmt::Debug for RowFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl<'a> Arbitrary<'a> for RowFunction {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<RowFunction> {
        u.choose(ALONG).map(RowFunction)
    }
}
