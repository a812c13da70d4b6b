//! Element-wise activations: one file for each function, and here the table of them.
//!
//! To add one: write its file with an implementation of [`Elementwise`], and give it a variant of [`Activation`] and
//! a line in [`Activation::visit`].

mod exp;
mod exp_table;
mod leaky_relu;
mod relu;
mod sigmoid;
mod tanh;
mod tanh_table;

pub(crate) use exp::exp_scaled;
pub use exp::{exp, exp_in_place};
pub use leaky_relu::{leaky_relu, leaky_relu_in_place};
pub use relu::{relu, relu_in_place};
pub use sigmoid::{sigmoid, sigmoid_in_place};
pub use tanh::{tanh, tanh_in_place};

use core::mem::MaybeUninit;

use crate::error::Error;
use crate::kernels::Kernels;
use crate::lanes::Lanes;
use crate::parallel::Cost;
use crate::slices::{Function, Pass, fill, place};

/// An element-wise function and its gradient, written once for every backend.
pub(crate) trait Elementwise: Copy + Send + Sync {
    /// What an element costs.
    const COST: Cost;
    /// What `backward` reads of the forward pass.
    const SAVES: Saves;
    /// `y = f(x)`. Implementations are `#[inline(always)]`.
    fn forward<L: Lanes>(self, lanes: L, x: L::F32) -> L::F32;
    /// Whether there is a fast tier; if not, `fast` is never called.
    const FAST: bool = false;
    /// `y ≈ f(x)`, in the fast tier. Implementations are `#[inline(always)]`.
    #[inline(always)]
    fn fast<L: Lanes>(self, lanes: L, x: L::F32) -> L::F32 {
        self.forward(lanes, x)
    }
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

/// An element-wise activation function, chosen at run time.
///
/// | variant | formula | error | edges | gradient, from the output |
/// | --- | --- | --- | --- | --- |
/// | `Relu` | max(x, 0) | exact | relu(−0) = +0 | dy where y > 0, else 0 |
/// | `LeakyRelu` | x if x > 0, else slope · x | one rounding | leaky_relu(−0) = −slope·0 | dy where y > 0, else slope · dy |
/// | `Exp` | eˣ | < 1 ULP | exp(−∞) = 0, exp(∞) = ∞ | dy · y |
/// | `Tanh` | tanh x | < 1 ULP | tanh(±0) = ±0, tanh(±∞) = ±1 | dy · (1 − y²) |
/// | `Sigmoid` | 1 / (1 + e⁻ˣ) | < 1 ULP | gradual underflow to sigmoid(−∞) = 0 | dy · y · (1 − y) |
///
/// NaN gives NaN. Where the backend is [`Portable`](crate::Backend::Portable), the bound of tanh and sigmoid is
/// 2 ULP. exp, tanh and sigmoid have a fast tier: see [`Accuracy`](crate::Accuracy).
///
/// ```
/// use simdact::Activation;
/// # fn main() -> Result<(), simdact::Error> {
/// let x = [-2.0, 0.0, 3.0];
/// let mut y = [0.0; 3];
/// Activation::LeakyRelu { slope: 0.5 }.apply(&x, &mut y)?;
/// assert_eq!(y, [-1.0, 0.0, 3.0]);
///
/// let mut dx = [0.0; 3];
/// Activation::LeakyRelu { slope: 0.5 }.backward(&y, &[1.0; 3], &mut dx)?;
/// assert_eq!(dx, [0.5, 0.5, 1.0]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Activation {
    /// max(x, 0). V. Nair, G. Hinton, *Rectified Linear Units Improve Restricted Boltzmann Machines*, 2010.
    Relu,
    /// x where x > 0, else `slope · x`. A. Maas, A. Hannun, A. Ng, *Rectifier Nonlinearities Improve Neural Network
    /// Acoustic Models*, 2013.
    LeakyRelu {
        /// The factor for x ≤ 0; PyTorch and ONNX take 0.01 where none is given. The backward pass reads the output,
        /// whose sign is that of the input only where `slope` is not negative.
        slope: f32,
    },
    /// The exponential eˣ.
    Exp,
    /// The hyperbolic tangent.
    Tanh,
    /// The logistic function 1 / (1 + e⁻ˣ).
    Sigmoid,
}

/// What is done with an activation once its function is known.
trait Visitor {
    type Output;
    fn visit<F: Elementwise>(self, function: F) -> Self::Output;
}

impl Activation {
    /// The table of functions.
    #[inline(always)]
    fn visit<V: Visitor>(self, visitor: V) -> V::Output {
        match self {
            Activation::Relu => visitor.visit(relu::Relu),
            Activation::LeakyRelu { slope } => visitor.visit(leaky_relu::LeakyRelu { slope }),
            Activation::Exp => visitor.visit(exp::Exp),
            Activation::Tanh => visitor.visit(tanh::Tanh),
            Activation::Sigmoid => visitor.visit(sigmoid::Sigmoid),
        }
    }

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

    /// Writes the function of each element of `x` to `y`.
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    #[inline]
    pub fn apply(self, x: &[f32], y: &mut [f32]) -> Result<(), Error> {
        Kernels::default().apply(self, x, y)
    }

    /// Replaces each element by the function of it.
    #[inline]
    pub fn apply_in_place(self, x: &mut [f32]) {
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
    pub fn apply_uninit<'y>(self, x: &[f32], y: &'y mut [MaybeUninit<f32>]) -> Result<&'y mut [f32], Error> {
        Kernels::default().apply_uninit(self, x, y)
    }

    /// Writes the gradient: `dx = f'(x) · dy`, element by element, where `saved` is what [`saves`](Activation::saves)
    /// names and `dy` the upstream gradient.
    ///
    /// # Errors
    /// [`Error::Length`] unless all have the same length.
    #[inline]
    pub fn backward(self, saved: &[f32], dy: &[f32], dx: &mut [f32]) -> Result<(), Error> {
        Kernels::default().backward(self, saved, dy, dx)
    }

    /// The same, where the upstream gradient `dy` turns into the gradient.
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    #[inline]
    pub fn backward_in_place(self, saved: &[f32], dy: &mut [f32]) -> Result<(), Error> {
        Kernels::default().backward_in_place(self, saved, dy)
    }
}

/// The verbs of [`Activation`], on these kernels.
impl Kernels {
    /// See [`Activation::apply`].
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    pub fn apply(&self, activation: Activation, x: &[f32], y: &mut [f32]) -> Result<(), Error> {
        activation.visit(Forward(self, Pass::new(x, place(y))?));
        Ok(())
    }

    /// See [`Activation::apply_in_place`].
    pub fn apply_in_place(&self, activation: Activation, x: &mut [f32]) {
        activation.visit(Forward(self, Pass::in_place(x)));
    }

    /// See [`Activation::apply_uninit`].
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    pub fn apply_uninit<'y>(
        &self,
        activation: Activation,
        x: &[f32],
        y: &'y mut [MaybeUninit<f32>],
    ) -> Result<&'y mut [f32], Error> {
        fill(y, |y| {
            activation.visit(Forward(self, Pass::new(x, y)?));
            Ok(())
        })
    }

    /// See [`Activation::backward`].
    ///
    /// # Errors
    /// [`Error::Length`] unless all have the same length.
    pub fn backward(&self, activation: Activation, saved: &[f32], dy: &[f32], dx: &mut [f32]) -> Result<(), Error> {
        activation.visit(Backward(self, Pass::backward(saved, dy, dx)?));
        Ok(())
    }

    /// See [`Activation::backward_in_place`].
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    pub fn backward_in_place(&self, activation: Activation, saved: &[f32], dy: &mut [f32]) -> Result<(), Error> {
        activation.visit(Backward(self, Pass::backward_in_place(saved, dy)?));
        Ok(())
    }
}

struct Forward<'k, 'a>(&'k Kernels, Pass<'a, 1>);

impl Visitor for Forward<'_, '_> {
    type Output = ();
    #[inline]
    fn visit<F: Elementwise>(self, function: F) {
        #[derive(Clone, Copy)]
        struct Call<F, const FAST: bool>(F);
        impl<F: Elementwise, const FAST: bool> Function<1> for Call<F, FAST> {
            const HEAVY: bool = matches!(F::COST, Cost::Arithmetic);
            #[inline(always)]
            fn call<L: Lanes>(self, lanes: L, [x]: [L::F32; 1]) -> L::F32 {
                if FAST { self.0.fast(lanes, x) } else { self.0.forward(lanes, x) }
            }
        }
        let Forward(kernels, pass) = self;
        if F::FAST && kernels.is_fast() {
            kernels.map(F::COST, Call::<F, true>(function), pass);
        } else {
            kernels.map(F::COST, Call::<F, false>(function), pass);
        }
    }
}

struct Backward<'k, 'a>(&'k Kernels, Pass<'a, 2>);

impl Visitor for Backward<'_, '_> {
    type Output = ();
    #[inline]
    fn visit<F: Elementwise>(self, function: F) {
        #[derive(Clone, Copy)]
        struct Call<F>(F);
        impl<F: Elementwise> Function<2> for Call<F> {
            const HEAVY: bool = false;
            #[inline(always)]
            fn call<L: Lanes>(self, lanes: L, [saved, dy]: [L::F32; 2]) -> L::F32 {
                self.0.backward(lanes, saved, dy)
            }
        }
        let Backward(kernels, pass) = self;
        // Gradients from the output are a few multiplications: memory is the limit.
        kernels.map(Cost::Memory, Call(function), pass);
    }
}
