//! Element-wise activations: one file for each function, and here the table of them.
//!
//! To add one: write its file with an implementation of [`Elementwise`], and give it a line in the table of
//! [`Activation`].

mod celu;
mod elu;
#[cfg(feature = "half")]
mod elu_narrow_table;
mod erf;
#[cfg(feature = "half")]
#[allow(clippy::approx_constant, reason = "a coefficient that is one or nearly so is no constant")]
mod erf_narrow_table;
#[allow(clippy::approx_constant, reason = "a coefficient that is one or nearly so is no constant")]
mod erf_pairs16_table;
#[allow(clippy::approx_constant, reason = "a coefficient that is one or nearly so is no constant")]
mod erf_pairs_table;
mod erf_table;
mod exact;
#[allow(clippy::approx_constant, reason = "a coefficient that is one or nearly so is no constant")]
mod exact_table;
mod exp;
#[cfg(feature = "half")]
mod exp_narrow_table;
mod exp_table;
mod expm1;
mod expm1_table;
mod fused;
mod gated;
mod gelu;
#[cfg(feature = "half")]
mod gelu_narrow_table;
mod gelu_pairs_table;
mod gelu_table;
mod gelu_tanh;
mod hard_sigmoid;
mod hardshrink;
mod hardsigmoid;
mod hardswish;
mod hardtanh;
mod intervals;
mod kernels;
mod leaky_relu;
mod loaded;
mod mish;
mod name;
mod normal_table;
mod pairs;
mod pairs_table;
mod prelu;
mod relu;
mod relu6;
mod relu_squared;
mod rrelu;
mod selu;
#[cfg(feature = "half")]
mod selu_narrow_table;
mod sigmoid;
mod snake;
mod snake_table;
mod softplus;
#[cfg(feature = "half")]
mod softplus_narrow_table;
mod softplus_table;
mod softshrink;
mod softsign;
mod strided;
mod swish;
mod table;
mod tanh;
#[cfg(feature = "half")]
mod tanh_narrow_table;
mod tanh_table;
mod tanhshrink;
#[cfg(feature = "half")]
mod tanhshrink_narrow_table;
mod tanhshrink_table;
mod thresholded_relu;

pub use celu::{celu, celu_in_place};
pub use elu::{elu, elu_in_place};
pub use erf::{erf, erf_in_place};
pub(crate) use exact::exp_of_difference;
pub use exp::{exp, exp_in_place};
pub(crate) use exp::{exp_faithful, exp_scaled};
pub use fused::Fused;
pub use gated::{Half, geglu, glu, reglu, swiglu};
pub use gelu::{gelu, gelu_in_place};
pub use gelu_tanh::{gelu_tanh, gelu_tanh_in_place};
pub use hard_sigmoid::{hard_sigmoid, hard_sigmoid_in_place};
pub use hardshrink::{hardshrink, hardshrink_in_place};
pub use hardsigmoid::{hardsigmoid, hardsigmoid_in_place};
pub use hardswish::{hardswish, hardswish_in_place};
pub use hardtanh::{hardtanh, hardtanh_in_place};
pub use leaky_relu::{leaky_relu, leaky_relu_in_place};
pub use mish::{mish, mish_in_place};
pub use name::UnknownActivation;
pub use prelu::{prelu, prelu_backward, prelu_in_place, sum_to_axis};
pub use relu::{relu, relu_in_place};
pub use relu_squared::{relu_squared, relu_squared_in_place};
pub use relu6::{relu6, relu6_in_place};
pub use rrelu::{rrelu, rrelu_in_place};
pub use selu::{selu, selu_in_place};
pub use sigmoid::{sigmoid, sigmoid_in_place};
pub use snake::{snake, snake_in_place};
pub use softplus::{log_sigmoid, log_sigmoid_in_place, softplus, softplus_in_place};
pub use softshrink::{softshrink, softshrink_in_place};
pub use softsign::{softsign, softsign_in_place};
pub use swish::{quick_gelu, quick_gelu_in_place, silu, silu_in_place, swish, swish_in_place};
pub use tanh::{tanh, tanh_in_place};
pub use tanhshrink::{tanhshrink, tanhshrink_in_place};
pub use thresholded_relu::{thresholded_relu, thresholded_relu_in_place};

/// The functions as types, which [`registers`](crate::registers) exports.
pub(crate) mod functions {
    pub use super::celu::Celu;
    pub use super::elu::Elu;
    pub use super::erf::Erf;
    pub use super::exp::Exp;
    pub use super::gelu::Gelu;
    pub use super::gelu_tanh::GeluTanh;
    pub use super::hard_sigmoid::HardSigmoid;
    pub use super::hardshrink::Hardshrink;
    pub use super::hardsigmoid::Hardsigmoid;
    pub use super::hardswish::Hardswish;
    pub use super::hardtanh::Hardtanh;
    pub use super::leaky_relu::LeakyRelu;
    pub use super::mish::Mish;
    pub use super::relu::Relu;
    pub use super::relu_squared::ReluSquared;
    pub use super::relu6::Relu6;
    pub use super::selu::Selu;
    pub use super::sigmoid::Sigmoid;
    pub use super::snake::Snake;
    pub use super::softplus::{LogSigmoid, Softplus};
    pub use super::softshrink::Softshrink;
    pub use super::softsign::Softsign;
    pub use super::swish::{QuickGelu, Silu, Swish};
    pub use super::tanh::Tanh;
    pub use super::tanhshrink::Tanhshrink;
    pub use super::thresholded_relu::ThresholdedRelu;
}

use core::mem::MaybeUninit;

use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::lanes::Lanes;
use crate::parallel::Cost;
use crate::registers::Visitor;

/// An element-wise function and its gradient, written once for every backend.
pub trait Elementwise: Copy + Send + Sync {
    /// What an element costs.
    const COST: Cost;
    /// What `backward` reads of the forward pass.
    const SAVES: Saves;
    /// `y = f(x)`. Implementations are `#[inline(always)]`.
    fn forward<L: Lanes>(self, lanes: L, x: L::F32) -> L::F32;
    /// What is rounded to the same number of 16 bits as what `forward` gives, for each x that is such a number, on backends
    /// that have the scalar one's bits. Implementations are `#[inline(always)]`.
    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, lanes: L, x: L::F32) -> L::F32 {
        self.forward(lanes, x)
    }
    /// Whether there is a fast tier; if not, `fast` is never called.
    const FAST: bool = false;
    /// `y ≈ f(x)`, in the fast tier. Implementations are `#[inline(always)]`.
    #[inline(always)]
    fn fast<L: Lanes>(self, lanes: L, x: L::F32) -> L::F32 {
        self.forward(lanes, x)
    }
    /// Whether `forward` is correctly rounded for all inputs and parameters, on every backend.
    const ROUNDED: bool = false;
    /// Whether there is an exact tier; if not, `exact` is never called.
    const EXACT: bool = false;
    /// The float nearest to f(x). Implementations are `#[inline(always)]`.
    #[inline(always)]
    fn exact<L: Lanes>(self, lanes: L, x: L::F32) -> L::F32 {
        self.forward(lanes, x)
    }
    /// Whether `exact` is computed in two steps where there are many vectors, the first for the next ones before the second.
    #[inline(always)]
    fn exact_begins<L: Lanes>() -> bool {
        false
    }
    /// The first step.
    #[inline(always)]
    fn exact_begin<L: Lanes>(self, _lanes: L, x: L::F32) -> L::F32 {
        x
    }
    /// The second.
    #[inline(always)]
    fn exact_end<L: Lanes>(self, lanes: L, x: L::F32, _begun: L::F32) -> L::F32 {
        self.exact(lanes, x)
    }
    /// Whether `exact` is correctly rounded for all inputs with these parameters, if it is with any.
    #[inline]
    fn is_exact(self) -> bool {
        Self::EXACT
    }
    /// How many vectors of `exact` side by side are fastest, where there are 32 registers: two to four. Where there are
    /// fewer, three are two.
    const EXACT_SIDE: usize = 4;
    /// What an element of the gradient costs: from the output it is a few multiplications.
    const BACKWARD_COST: Cost = Cost::Memory;
    /// `dx = f'(x) · dy`, from what was saved. Implementations are `#[inline(always)]`.
    fn backward<L: Lanes>(self, lanes: L, saved: L::F32, dy: L::F32) -> L::F32;
}

/// Which tensor of the forward pass the gradient is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Saves {
    /// The output `y`; the input may be overwritten in place.
    Output,
    /// The input `x`.
    Input,
}

table::activations! {
    /// An element-wise activation function, chosen at run time.
    ///
    /// The functions that bear their names tell formula, error, edges, and gradient. NaN gives NaN, in the gradient too.
    ///
    /// ```
    /// use simdact::Activation;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let x = [-2.0, 0.0, 3.0];
    /// let mut y = [0.0; 3];
    /// let activation = Activation::LeakyRelu { slope: 0.5 };
    /// activation.apply(&x, &mut y)?;
    /// assert_eq!(y, [-1.0, 0.0, 3.0]);
    ///
    /// let mut dx = [0.0; 3];
    /// activation.backward(&y, &[1.0; 3], &mut dx)?;
    /// assert_eq!(dx, [0.5, 0.5, 1.0]);
    ///
    /// // By simdact's, PyTorch's or ONNX's name.
    /// assert_eq!(activation.to_string(), "leaky_relu(0.5)");
    /// assert_eq!("LeakyReLU(negative_slope=0.5)".parse::<Activation>()?, activation);
    /// # Ok(()) }
    /// ```
    pub enum Activation {
        /// max(x, 0): see [`relu`].
        Relu ["relu", "ReLU", "Relu"] => relu::Relu;
        /// x where x > 0, else `slope · x`: see [`leaky_relu`].
        LeakyRelu {
            /// The factor for x ≤ 0; PyTorch and ONNX take 0.01 where none is given. The backward pass reads the output,
            /// whose sign is that of the input only where `slope` is not negative.
            slope: f32 = 0.01 or "negative_slope" or "alpha",
        } ["leaky_relu", "LeakyReLU", "LeakyRelu"] => leaky_relu::LeakyRelu { slope };
        /// eˣ: see [`exp`].
        Exp ["exp", "Exp"] => exp::Exp;
        /// The hyperbolic tangent: see [`tanh`].
        Tanh ["tanh", "Tanh"] => tanh::Tanh;
        /// 1 / (1 + e⁻ˣ): see [`sigmoid`].
        Sigmoid ["sigmoid", "Sigmoid"] => sigmoid::Sigmoid;
        /// x · σ(x), where σ is [`sigmoid`]: see [`silu`].
        Silu ["silu", "SiLU"] => swish::Silu;
        /// x · σ(βx): see [`swish`].
        Swish {
            /// β; ONNX takes 1, which makes it SiLU, where none is given.
            beta: f32 = 1.0 or "alpha",
        } ["swish", "Swish"] => swish::Swish::new(beta);
        /// x · σ(1.702 x): see [`quick_gelu`].
        QuickGelu ["quick_gelu", "QuickGELU", "QuickGelu"] => swish::QuickGelu;
        /// The error function: see [`erf`].
        Erf ["erf", "Erf"] => erf::Erf;
        /// x · Φ(x), where Φ is the normal distribution: see [`gelu`].
        Gelu ["gelu", "GELU", "Gelu", "GELU(approximate='none')"] => gelu::Gelu;
        /// ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))): see [`gelu_tanh`].
        GeluTanh
            ["gelu_tanh", "GELU(approximate='tanh')", "gelu_pytorch_tanh", "gelu_new"] => gelu_tanh::GeluTanh;
        /// x where x > 0, else `alpha · (eˣ − 1)`: see [`elu`].
        Elu {
            /// The limit at −∞ is its negative; PyTorch and ONNX take 1 where none is given. The backward pass reads
            /// the output, whose sign is that of the input only where `alpha` is not negative.
            alpha: f32 = 1.0,
        } ["elu", "ELU", "Elu"] => elu::Elu { alpha };
        /// x where x > 0, else `alpha · (e^(x / alpha) − 1)`: see [`celu`].
        Celu {
            /// The limit at −∞ is its negative; PyTorch and ONNX take 1 where none is given. It must be positive.
            alpha: f32 = 1.0,
        } ["celu", "CELU", "Celu"] => celu::Celu { alpha };
        /// λ · x where x > 0, else λ · α · (eˣ − 1), with the constants of self-normalizing networks: see [`selu`].
        Selu ["selu", "SELU", "Selu"] => selu::Selu;
        /// log(1 + e^(beta · x)) / beta: see [`softplus`].
        Softplus {
            /// 1 in PyTorch, where none is given, and in ONNX. It must be positive.
            beta: f32 = 1.0,
            /// Where `beta · x` is larger, the result is x: 20 in PyTorch, where none is given; ∞ in ONNX.
            threshold: f32 = 20.0,
        } ["softplus", "Softplus"] => softplus::Softplus { beta, threshold };
        /// log(1 / (1 + e⁻ˣ)): see [`log_sigmoid`].
        LogSigmoid ["log_sigmoid", "logsigmoid", "LogSigmoid"] => softplus::LogSigmoid;
        /// x · tanh(log(1 + eˣ)): see [`mish`].
        Mish ["mish", "Mish"] => mish::Mish;
        /// x − tanh x: see [`tanhshrink`].
        Tanhshrink ["tanhshrink", "Tanhshrink"] => tanhshrink::Tanhshrink;
        /// min(max(x, 0), 6): see [`relu6`].
        Relu6 ["relu6", "ReLU6"] => relu6::Relu6;
        /// min(max(x, min), max): see [`hardtanh`].
        Hardtanh {
            /// −1 in PyTorch, where none is given. It should not be larger than `max`.
            min: f32 = -1.0 or "min_val",
            /// 1 in PyTorch, where none is given.
            max: f32 = 1.0 or "max_val",
        } ["hardtanh", "Hardtanh"] => hardtanh::Hardtanh { min, max };
        /// min(max(x + 3, 0), 6) / 6: see [`hardsigmoid`].
        Hardsigmoid ["hardsigmoid", "Hardsigmoid"] => hardsigmoid::Hardsigmoid;
        /// max(0, min(1, `alpha · x + beta`)): see [`hard_sigmoid`].
        HardSigmoid {
            /// The slope; ONNX takes 0.2 where none is given.
            alpha: f32 = 0.2,
            /// The value at 0; ONNX takes 0.5 where none is given.
            beta: f32 = 0.5,
        } ["hard_sigmoid", "HardSigmoid"] => hard_sigmoid::HardSigmoid { alpha, beta };
        /// x · min(max(x + 3, 0), 6) / 6: see [`hardswish`].
        Hardswish ["hardswish", "Hardswish", "HardSwish"] => hardswish::Hardswish;
        /// x / (1 + |x|): see [`softsign`].
        Softsign ["softsign", "Softsign"] => softsign::Softsign;
        /// x nearer to 0 by `lambda`, and 0 where it is nearer than that: see [`softshrink`].
        Softshrink {
            /// PyTorch takes 0.5 where none is given. It must be finite and not negative.
            lambda: f32 = 0.5 or "lambd",
        } ["softshrink", "Softshrink"] => softshrink::Softshrink { lambda };
        /// x where |x| > `lambda`, else 0: see [`hardshrink`].
        Hardshrink {
            /// PyTorch and ONNX take 0.5 where none is given.
            lambda: f32 = 0.5 or "lambd",
        } ["hardshrink", "Hardshrink", "Shrink"] => hardshrink::Hardshrink { lambda };
        /// x where x > `alpha`, else 0: see [`thresholded_relu`].
        ThresholdedRelu {
            /// ONNX takes 1 where none is given.
            alpha: f32 = 1.0,
        } ["thresholded_relu", "ThresholdedRelu"] => thresholded_relu::ThresholdedRelu { alpha };
        /// max(x, 0)²: see [`relu_squared`].
        ReluSquared
            ["relu_squared", "relu2", "ReLUSquaredActivation"] => relu_squared::ReluSquared;
        /// x where x > 0, else `(lower + upper) / 2 · x`: see [`rrelu`].
        Rrelu {
            /// 1/8 in PyTorch, where none is given.
            lower: f32 = 0.125,
            /// 1/3 in PyTorch, where none is given. The backward pass reads the output, whose sign is that of the input
            /// only where the sum of both is not negative.
            upper: f32 = 0.33333334,
        } ["rrelu", "RReLU"] => rrelu::mean(lower, upper);
        /// x + sin²(`alpha · x`) / `alpha`: see [`snake`].
        Snake {
            /// 1 at first, where it is learned. With 0 the result is x.
            alpha: f32 = 1.0,
        } ["snake", "Snake"] => snake::Snake { alpha };
    }
}

impl Activation {
    /// Which tensor [`backward`](Activation::backward) wants as `saved`.
    pub fn saves(self) -> Saves {
        struct Ask;
        impl Visitor for Ask {
            type Output = Saves;
            fn visit<F: Elementwise>(self, _: F) -> Saves {
                F::SAVES
            }
        }
        self.visit(Ask)
    }

    /// Whether its results are correctly rounded, the floats nearest to the true values, with
    /// [`Accuracy::Exact`](crate::Accuracy::Exact): those with an exact tier are, softplus and ELU with the parameter 1
    /// only, and those that are in every tier. Of functions without it that tier gives the faithful results.
    ///
    /// ```
    /// use simdact::Activation;
    /// assert!(Activation::Gelu.is_exact() && Activation::Relu.is_exact());
    /// assert!(!Activation::Mish.is_exact() && !Activation::Elu { alpha: 0.5 }.is_exact());
    /// ```
    pub fn is_exact(self) -> bool {
        struct Ask;
        impl Visitor for Ask {
            type Output = bool;
            fn visit<F: Elementwise>(self, function: F) -> bool {
                function.is_exact() || F::ROUNDED
            }
        }
        self.visit(Ask)
    }

    /// Writes the function of each element of `x` to `y`.
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    #[inline]
    pub fn apply<T: Element>(self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        Kernels::default().apply(self, x, y)
    }

    /// Replaces each element by the function of it.
    #[inline]
    pub fn apply_in_place<T: Element>(self, x: &mut [T]) {
        Kernels::default().apply_in_place(self, x);
    }

    /// Writes the function of each element of `x` to `y`, which may be uninitialised, and gives `y` out as
    /// initialised.
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    ///
    /// ```
    /// # fn main() -> Result<(), simdact::Error> {
    /// let x = [-1.0, 2.0];
    /// let mut y = Vec::with_capacity(2);
    /// let written = simdact::Activation::Relu.apply_uninit(&x, &mut y.spare_capacity_mut()[..2])?;
    /// assert_eq!(written, [0.0, 2.0]);
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn apply_uninit<'y, T: Element>(self, x: &[T], y: &'y mut [MaybeUninit<T>]) -> Result<&'y mut [T], Error> {
        Kernels::default().apply_uninit(self, x, y)
    }

    /// Writes the gradient: `dx = f'(x) · dy`, element by element, where `saved` is what [`saves`](Activation::saves)
    /// names and `dy` the upstream gradient.
    ///
    /// # Errors
    /// [`Error::Length`] unless all have the same length.
    #[inline]
    pub fn backward<T: Element>(self, saved: &[T], dy: &[T], dx: &mut [T]) -> Result<(), Error> {
        Kernels::default().backward(self, saved, dy, dx)
    }

    /// The same, where the upstream gradient `dy` turns into the gradient.
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    #[inline]
    pub fn backward_in_place<T: Element>(self, saved: &[T], dy: &mut [T]) -> Result<(), Error> {
        Kernels::default().backward_in_place(self, saved, dy)
    }
}
