//! What is fuzzed, and the bounds that are promised of it.
//!
//! The element-wise functions and their tiers are those of the package `accuracy`, the others those of the tests' table,
//! `tests/common/functions.rs`: a line more there is all that a further one needs here.

use std::fmt;

use accuracy::{KERNELS, Kernel};
use arbitrary::{Arbitrary, Result, Unstructured};
use simdact::{Activation, Backend, Kernels};

use super::functions::{ALONG, Along};
use super::judge::{Agree, Truth};

/// An element-wise function: any of the table, where leaky ReLU has any slope.
pub struct Function {
    row: &'static Kernel,
    pub activation: Activation,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {}", self.activation, self.row.tier)
    }
}

impl<'a> Arbitrary<'a> for Function {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Function> {
        let row = u.choose(&KERNELS)?;
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
        self.row.on(&kernels)
    }

    /// f(x).
    pub fn truth(&self, backend: Backend, x: f32) -> Truth {
        match self.activation {
            Activation::LeakyRelu { slope } => Truth::Exactly(if x > 0.0 { x } else { slope * x }),
            _ if x.is_nan() => Truth::Exactly(f32::NAN),
            _ => {
                let oracle = self.row.oracle;
                Truth::within(self.row.bound_on(backend), (oracle.value)(x.into()), oracle.error)
            }
        }
    }

    /// Which backends give the same f(x).
    pub fn agree(&self) -> Agree {
        Agree::unless(self.row.promise.portable.is_some())
    }

    /// The activation whose gradient is known: the exact tier's may have other parameters.
    pub fn of_gradient(&self) -> Activation {
        match self.activation {
            any @ Activation::LeakyRelu { .. } => any,
            _ => self.row.function.activation,
        }
    }

    /// f′ · dy, where f is [`Function::of_gradient`].
    pub fn gradient(&self, backend: Backend, saved: f32, dy: f32) -> Truth {
        let gradient = &self.row.function.gradient;
        let (least, largest) = gradient.domain;
        match self.activation {
            _ if saved.is_nan() => Truth::Exactly(f32::NAN),
            Activation::LeakyRelu { slope } => Truth::Exactly(if saved > 0.0 { dy } else { slope * dy }),
            _ if !(least..=largest).contains(&saved) => Truth::Anything,
            // The derivative may be 0 or not.
            _ if gradient.terms.is_some() && dy.is_infinite() => Truth::Anything,
            _ => {
                let value = (gradient.value)(saved.into(), dy.into());
                match gradient.terms {
                    None => Truth::within(gradient.bound_on(backend), value, gradient.error),
                    Some(_) => Truth::Near { value, slack: gradient.slack(backend, saved, dy) },
                }
            }
        }
    }

    /// Which backends give the same gradient.
    pub fn gradients_agree(&self) -> Agree {
        Agree::unless(self.row.function.gradient.portable.is_some())
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
