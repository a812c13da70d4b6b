//! What is fuzzed, and the bounds that are promised of it: a line for each function and for each tier of accuracy.
//!
//! The functions are those of the tests' table, `tests/common/functions.rs`: a line more there is all that a further
//! one needs here.

use std::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};
use simdact::{Activation, Backend, Kernels, Saves};

use super::functions::{ALONG, Along, Bound, ELEMENTWISE, Elementwise};
use super::judge::{Agree, Truth};

/// The tiers of accuracy. To fuzz a further one, add a line.
const TIERS: &[Tier] =
    &[Tier { name: "faithful", kernels: |kernels| kernels, error: |f| f.error, along: |f, n, y| (f.error)(n, y) }];

/// A tier of accuracy.
pub struct Tier {
    name: &'static str,
    /// The same kernels, in this tier.
    pub kernels: fn(Kernels) -> Kernels,
    /// What it promises of an element-wise function.
    error: fn(&Elementwise) -> Bound,
    /// How far a value along an axis may be from the true one, from its row's length and the true value.
    pub along: fn(&Along, usize, f64) -> f64,
}

impl fmt::Debug for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<'a> Arbitrary<'a> for &'static Tier {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<&'static Tier> {
        u.choose(TIERS)
    }
}

/// An element-wise function: any of the table, where leaky ReLU has any slope.
pub struct Function {
    row: &'static Elementwise,
    pub activation: Activation,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.activation.fmt(f)
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
    /// f(x).
    pub fn truth(&self, tier: &Tier, backend: Backend, x: f32) -> Truth {
        match self.activation {
            Activation::LeakyRelu { slope } => Truth::Exactly(if x > 0.0 { x } else { slope * x }),
            _ => Truth::within((tier.error)(self.row), backend, (self.row.value)(x.into())),
        }
    }

    /// Which backends give the same f(x).
    pub fn agree(&self, tier: &Tier) -> Agree {
        Agree::within((tier.error)(self.row))
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
