//! The kernels of simdact that are measured: every function in each of its tiers.

use std::fmt;
use std::sync::LazyLock;

use simdact::{Accuracy, Activation, Backend, Kernels};

use crate::bound::Bound;
use crate::functions::{FUNCTIONS, Function, Promise};
use crate::gradient::Upstream;
use crate::oracle::Oracle;
use crate::report::Report;
use crate::sweep::Sweep;

/// A tier of accuracy: simdact's, with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// A stated relative error.
    Fast,
    /// A stated error of an ULP or little more.
    Faithful,
    /// Correctly rounded.
    Exact,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Tier::Fast => "fast",
            Tier::Faithful => "faithful",
            Tier::Exact => "exact",
        })
    }
}

impl From<Tier> for Accuracy {
    fn from(tier: Tier) -> Accuracy {
        match tier {
            Tier::Fast => Accuracy::Fast,
            Tier::Faithful => Accuracy::Faithful,
            Tier::Exact => Accuracy::Exact,
        }
    }
}

/// A function in a tier.
pub struct Kernel {
    /// The function.
    pub function: &'static Function,
    /// The tier.
    pub tier: Tier,
    /// What simdact calls the function.
    pub activation: Activation,
    /// Its true values.
    pub oracle: &'static Oracle,
    /// What it promises.
    pub promise: Promise,
}

/// Every function in each of its tiers, the default one first.
pub static KERNELS: LazyLock<Vec<Kernel>> = LazyLock::new(|| {
    let tiers = |function: &'static Function| {
        let kernel = |tier, (activation, oracle), promise| Kernel { function, tier, activation, oracle, promise };
        let usual = (function.activation, &function.oracle);
        let faithful = kernel(Tier::Faithful, usual, function.faithful);
        let fast = function.fast.map(|promise| kernel(Tier::Fast, usual, promise));
        let exact = function.exact().map(|exact| kernel(Tier::Exact, exact, Promise::ROUNDED));
        [faithful].into_iter().chain(fast).chain(exact)
    };
    FUNCTIONS.iter().flat_map(tiers).collect()
});

/// Its name, with the tier where that is not the default one.
impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tier {
            Tier::Faithful => f.write_str(self.function.name),
            tier => write!(f, "{}, {tier}", self.function.name),
        }
    }
}

impl Kernel {
    /// Whether this is the default tier, whose row the gradient belongs to.
    pub fn is_default(&self) -> bool {
        self.tier == Tier::Faithful
    }

    /// What is promised on that backend.
    pub fn bound_on(&self, backend: Backend) -> Bound {
        self.promise.bound_on(backend)
    }

    /// The kernels of a backend, in this tier.
    pub fn on(&self, kernels: &Kernels) -> Kernels {
        kernels.accuracy(self.tier.into())
    }

    /// Writes the function of `x` to `y`, on kernels of any backend.
    pub fn apply(&self, kernels: &Kernels, x: &[f32], y: &mut [f32]) {
        self.on(kernels).serial().apply(self.activation, x, y).expect("of the same length");
    }

    /// Measures it.
    pub fn sweep(&self, kernels: &Kernels, stride: u64, progress: &(dyn Fn(u64) + Sync)) -> Report {
        let name = format!("{}, {}, on {}", self.function.name, self.tier, kernels.backend());
        let sweep = Sweep::of(name, self.oracle).bound(self.bound_on(kernels.backend()));
        let sweep = sweep.symmetric().descends(self.promise.descends);
        let sweep = if self.tier == Tier::Exact { sweep.correct() } else { sweep };
        sweep.stride(stride).progress(progress).run(|x, y| self.apply(kernels, x, y))
    }
}

impl Promise {
    /// The bound on that backend.
    pub fn bound_on(&self, backend: Backend) -> Bound {
        if backend == Backend::Portable { self.portable.unwrap_or(self.bound) } else { self.bound }
    }
}

impl Function {
    /// Writes the gradient to `dx`, for the dy that goes with each saved value.
    pub fn backward(&self, kernels: &Kernels, upstream: Upstream, saved: &[f32], dx: &mut [f32]) {
        dx.iter_mut().zip(saved).for_each(|(dx, &saved)| *dx = upstream.dy(saved));
        kernels.serial().backward_in_place(self.activation, saved, dx).expect("of the same length");
    }

    /// Measures its gradient.
    pub fn sweep_gradient(
        &self,
        kernels: &Kernels,
        upstream: Upstream,
        stride: u64,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Report {
        let name = format!("gradient of {}, {upstream}, on {}", self.name, kernels.backend());
        let bound = self.gradient.bound_on(kernels.backend());
        let sweep = Sweep::of(name, (&self.gradient, upstream)).bound(bound).stride(stride).progress(progress);
        sweep.run(|saved, dx| self.backward(kernels, upstream, saved, dx))
    }
}
