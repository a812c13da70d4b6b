//! What simdact's functions promise, and what their true values are: a file for each function, with its value and its
//! gradient, the bounds of both, and what they give at the edges.
//!
//! To add one: its file, and a line in [`FUNCTIONS`]. `value` is a formula over correctly rounded functions of
//! `core-math`, with a bound of its error that follows from the roundings; `exact` is the plain formula in MPFR. The
//! tests compare both (`cargo run --release -p accuracy -- oracles` prints how far they are apart), and so does every
//! sweep for each input that it hands to MPFR.

mod elu;
mod erf;
mod exp;
mod gelu;
mod gelu_tanh;
mod hard_sigmoid;
mod hardshrink;
mod hardsigmoid;
mod hardswish;
mod hardtanh;
mod leaky_relu;
mod mish;
mod relu;
mod relu6;
mod relu_squared;
mod rrelu;
mod selu;
mod sigmoid;
mod snake;
mod softplus;
mod softshrink;
mod softsign;
mod swish;
mod tanh;
mod tanhshrink;
mod thresholded_relu;

use simdact::{Activation, Error};

use crate::bound::Bound;
use crate::gradient::Gradient;
use crate::oracle::{Course, Oracle, Symmetry};

/// All functions.
pub const FUNCTIONS: &[Function] = &[
    relu::RELU,
    leaky_relu::LEAKY_RELU,
    exp::EXP,
    tanh::TANH,
    sigmoid::SIGMOID,
    swish::SILU,
    swish::SWISH,
    swish::QUICK_GELU,
    gelu::GELU,
    gelu_tanh::GELU_TANH,
    erf::ERF,
    elu::ELU,
    elu::CELU,
    selu::SELU,
    softplus::SOFTPLUS,
    softplus::LOG_SIGMOID,
    mish::MISH,
    tanhshrink::TANHSHRINK,
    relu6::RELU6,
    hardtanh::HARDTANH,
    hardsigmoid::HARDSIGMOID,
    hard_sigmoid::HARD_SIGMOID,
    hardswish::HARDSWISH,
    softsign::SOFTSIGN,
    softshrink::SOFTSHRINK,
    hardshrink::HARDSHRINK,
    thresholded_relu::THRESHOLDED_RELU,
    relu_squared::RELU_SQUARED,
    rrelu::RRELU,
    snake::SNAKE,
];

/// The functions of simdact's that are an activation without being a variant: out of place, and in place.
pub type Free = (fn(&[f32], &mut [f32]) -> Result<(), Error>, fn(&mut [f32]));

/// An element-wise function.
pub struct Function {
    /// simdact's and PyTorch's name.
    pub name: &'static str,
    /// What simdact calls it. Parameters are some that do not make it simpler.
    pub activation: Activation,
    /// simdact's functions of that name, where it has them.
    pub free: Option<Free>,
    /// Its true values.
    pub oracle: Oracle,
    /// What the default tier promises.
    pub faithful: Promise,
    /// What the fast tier promises, where there is one.
    pub fast: Option<Promise>,
    /// Where there is an exact tier, which promises correctly rounded results on all backends.
    pub exact: ExactTier,
    /// Its gradient, which is the same in all tiers.
    pub gradient: Gradient,
    /// From where to where every float is tested even by tests that sample.
    pub hard: &'static [(f32, f32)],
    /// Inputs and the very results that all backends give in all tiers.
    pub edges: &'static [(f32, f32)],
    /// What was saved, upstream gradients, and the very gradients that all backends give.
    pub gradient_edges: &'static [(f32, f32, f32)],
}

/// Of which parameters the exact tier promises correctly rounded results, if there is one.
pub enum ExactTier {
    /// There is none.
    No,
    /// Of those in the table.
    Same,
    /// Of others: the function, and its true values.
    With(Activation, Oracle),
}

impl Function {
    /// The activation of the exact tier, and its true values.
    pub fn exact(&self) -> Option<(Activation, &Oracle)> {
        match &self.exact {
            ExactTier::No => None,
            ExactTier::Same => Some((self.activation, &self.oracle)),
            ExactTier::With(activation, oracle) => Some((*activation, oracle)),
        }
    }
}

/// What is promised of a function in a tier.
#[derive(Clone, Copy)]
pub struct Promise {
    /// How far results may be from the true values.
    pub bound: Bound,
    /// The same on [`Backend::Portable`](simdact::Backend::Portable); None where it has the bits of all others.
    pub portable: Option<Bound>,
    /// By how many floats at most the output for a larger input may be smaller, or larger where the function falls.
    pub descends: u32,
}

const INF: f32 = f32::INFINITY;
const NAN: f32 = f32::NAN;
/// The smallest subnormal.
const TINY: f32 = f32::from_bits(1);
/// All floats.
const ALL: (f32, f32) = (-INF, INF);

impl Oracle {
    /// The identity: of which others need not say again what most have in common.
    const RISES: Oracle = Oracle {
        value: |x| x,
        error: 0.0,
        #[cfg(feature = "mpfr")]
        exact: |x| x,
        range: ALL,
        course: Course::Rises,
        symmetry: Symmetry::None,
    };
}

impl Promise {
    /// Without an error.
    const EXACT: Promise = Promise { bound: Bound::ulp(0.0), portable: None, descends: 0 };
    /// Correctly rounded, the same on all backends.
    pub(crate) const ROUNDED: Promise = Promise { bound: Bound::ROUNDED, portable: None, descends: 0 };

    /// With these bounds in ULP.
    const fn ulp(fused: f64, portable: f64, descends: u32) -> Promise {
        Promise { bound: Bound::ulp(fused), portable: Some(Bound::ulp(portable)), descends }
    }

    /// With these relative bounds.
    const fn relative(fused: f64, portable: f64, descends: u32) -> Promise {
        Promise { bound: Bound::relative(fused), portable: Some(Bound::relative(portable)), descends }
    }
}

/// A name that no function has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no function of the name {name:?}; there are {}", FUNCTIONS.iter().map(|f| f.name).collect::<Vec<_>>().join(", "))]
pub struct UnknownFunction {
    name: String,
}

/// The function of that name.
///
/// # Errors
/// [`UnknownFunction`], which names those there are.
pub fn function(name: &str) -> Result<&'static Function, UnknownFunction> {
    FUNCTIONS.iter().find(|function| function.name == name).ok_or_else(|| UnknownFunction { name: name.into() })
}

/// The true values of the function of that name.
///
/// # Errors
/// [`UnknownFunction`], which names those there are.
pub fn oracle(name: &str) -> Result<&'static Oracle, UnknownFunction> {
    function(name).map(|function| &function.oracle)
}
