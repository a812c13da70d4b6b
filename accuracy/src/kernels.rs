//! The kernels of simdact that are measured, and what they promise: a row for each function and tier.

use std::fmt;

use simdact::{Accuracy, Activation, Backend, Kernels};

use crate::bound::Bound;
use crate::floats::power;
use crate::gradient::{Gradient, Upstream, gradient};
use crate::oracle::{ORACLES, Oracle, SLOPE};
use crate::report::Report;
use crate::sweep::Sweep;

/// A tier of accuracy: simdact's, with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// A stated relative error.
    Fast,
    /// Less than 1 ULP.
    Faithful,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Tier::Fast => "fast",
            Tier::Faithful => "faithful",
        })
    }
}

impl From<Tier> for Accuracy {
    fn from(tier: Tier) -> Accuracy {
        match tier {
            Tier::Fast => Accuracy::Fast,
            Tier::Faithful => Accuracy::Faithful,
        }
    }
}

/// A function in a tier.
pub struct Kernel {
    /// That of the oracle.
    pub name: &'static str,
    /// The tier.
    pub tier: Tier,
    /// What simdact calls the function.
    pub activation: Activation,
    /// How far results may be from the true values.
    pub bound: Bound,
    /// The same on [`Backend::Portable`]; None where it has the bits of all others.
    pub portable: Option<Bound>,
    /// By how many floats at most the output for a larger input may be smaller, or larger where the function falls.
    pub descends: u32,
    /// How far gradients may be from the true values; None where another tier's row has them.
    pub gradient: Option<Bound>,
}

/// The table.
pub const KERNELS: &[Kernel] = &[
    Kernel {
        name: "relu",
        tier: Tier::Faithful,
        activation: Activation::Relu,
        bound: Bound::ulp(0.0),
        portable: None,
        descends: 0,
        gradient: Some(Bound::ulp(0.0)),
    },
    Kernel {
        name: "leaky_relu",
        tier: Tier::Faithful,
        activation: Activation::LeakyRelu { slope: SLOPE },
        bound: Bound::ROUNDED,
        portable: None,
        descends: 0,
        gradient: Some(Bound::ROUNDED),
    },
    Kernel {
        name: "exp",
        tier: Tier::Faithful,
        activation: Activation::Exp,
        bound: Bound::ulp(0.82),
        portable: Some(Bound::ulp(0.82)),
        descends: 1,
        gradient: Some(Bound::ROUNDED),
    },
    Kernel {
        name: "exp",
        tier: Tier::Fast,
        activation: Activation::Exp,
        bound: Bound::relative(power(-16)),
        portable: Some(Bound::relative(power(-15))),
        descends: 0,
        gradient: None,
    },
    Kernel {
        name: "tanh",
        tier: Tier::Faithful,
        activation: Activation::Tanh,
        bound: Bound::ulp(0.79),
        portable: Some(Bound::ulp(2.0)),
        descends: 0,
        gradient: Some(Bound::ulp(2.1)),
    },
    Kernel {
        name: "tanh",
        tier: Tier::Fast,
        activation: Activation::Tanh,
        bound: Bound::relative(power(-13)),
        portable: Some(Bound::relative(power(-13))),
        descends: 16,
        gradient: None,
    },
    Kernel {
        name: "sigmoid",
        tier: Tier::Faithful,
        activation: Activation::Sigmoid,
        bound: Bound::ulp(0.85),
        portable: Some(Bound::ulp(2.0)),
        descends: 1,
        gradient: Some(Bound::ulp(2.5)),
    },
    Kernel {
        name: "sigmoid",
        tier: Tier::Fast,
        activation: Activation::Sigmoid,
        bound: Bound::relative(power(-16)),
        portable: Some(Bound::relative(power(-15))),
        descends: 0,
        gradient: None,
    },
];

impl Kernel {
    /// Its oracle.
    ///
    /// # Panics
    /// If the table of oracles lacks it; the tests see to that.
    pub fn oracle(&self) -> &'static Oracle {
        ORACLES.iter().find(|oracle| oracle.name == self.name).expect("each kernel has an oracle")
    }

    /// Its gradient, where that is measured in this tier.
    pub fn gradient(&self) -> Option<(&'static Gradient, Bound)> {
        gradient(self.name).zip(self.gradient)
    }

    /// What is promised on that backend.
    pub fn bound_on(&self, backend: Backend) -> Bound {
        if backend == Backend::Portable { self.portable.unwrap_or(self.bound) } else { self.bound }
    }

    /// Writes the function of `x` to `y`, on kernels of any backend.
    pub fn apply(&self, kernels: &Kernels, x: &[f32], y: &mut [f32]) {
        kernels.serial().accuracy(self.tier.into()).apply(self.activation, x, y).expect("of the same length");
    }

    /// Writes the gradient to `dx`, for the dy that goes with each saved value.
    pub fn backward(&self, kernels: &Kernels, upstream: Upstream, saved: &[f32], dx: &mut [f32]) {
        dx.iter_mut().zip(saved).for_each(|(dx, &saved)| *dx = upstream.dy(saved));
        kernels.serial().backward_in_place(self.activation, saved, dx).expect("of the same length");
    }

    /// Measures it.
    pub fn sweep(&self, kernels: &Kernels, stride: u64, progress: &(dyn Fn(u64) + Sync)) -> Report {
        let name = format!("{}, {}, on {}", self.name, self.tier, kernels.backend());
        let sweep = Sweep::of(name, self.oracle()).bound(self.bound_on(kernels.backend()));
        let sweep = sweep.symmetric().descends(self.descends);
        sweep.stride(stride).progress(progress).run(|x, y| self.apply(kernels, x, y))
    }

    /// Measures its gradient, if there is one in this tier.
    pub fn sweep_gradient(
        &self,
        kernels: &Kernels,
        upstream: Upstream,
        stride: u64,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Option<Report> {
        let (gradient, bound) = self.gradient()?;
        let name = format!("gradient of {}, {upstream}, on {}", self.name, kernels.backend());
        let sweep = Sweep::of(name, (gradient, upstream)).bound(bound).stride(stride).progress(progress);
        Some(sweep.run(|saved, dx| self.backward(kernels, upstream, saved, dx)))
    }
}
