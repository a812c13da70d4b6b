//! The functions on vector registers of your own: for an engine that applies them where its numbers are, at the end of a
//! matrix product for instance, and not in a second pass over memory.
//!
//! A piece of [`Work`] is written once, over [`Registers`]; [`Kernels::vectorize`] runs it, compiled for the instruction
//! set of the backend. In it, every element-wise function of the crate is to be had as a [`Function`], with the error, the
//! edges and the bits that the function of slices has; [`Activation::visit`](crate::Activation::visit) gives the one that was chosen at run time.
//!
//! ```
//! use simdact::registers::{Function, Gelu, Registers, Vectors, Work};
//! use simdact::{Activation, Kernels};
//!
//! /// y = f(a · x + b), without a second pass for f.
//! struct Affine<'a, F> {
//!     f: F,
//!     a: f32,
//!     b: f32,
//!     x: &'a [f32],
//!     y: &'a mut [f32],
//! }
//!
//! impl<F: Function> Work for Affine<'_, F> {
//!     type Output = ();
//!     #[inline(always)]
//!     fn run<R: Registers>(self, registers: R) {
//!         // Two side by side keep the machine busier than one, which waits for each of its steps.
//!         let v = registers.several::<2>();
//!         let (a, b) = (v.splat(self.a), v.splat(self.b));
//!         for (x, y) in self.x.chunks(v.lanes()).zip(self.y.chunks_mut(v.lanes())) {
//!             v.store(y, v.forward(self.f, v.mul_add(a, v.load(x), b)));
//!         }
//!     }
//! }
//!
//! let x: Vec<f32> = (0..100).map(|i| i as f32 * 0.1 - 5.0).collect();
//! let (mut y, mut expected) = ([0.0; 100], [0.0; 100]);
//! Kernels::default().vectorize(Affine { f: Gelu, a: 2.0, b: 0.5, x: &x, y: &mut y });
//!
//! let sums: Vec<f32> = x.iter().map(|x| 2.0f32.mul_add(*x, 0.5)).collect();
//! Activation::Gelu.apply(&sums, &mut expected).unwrap();
//! # if Kernels::default().backend() != simdact::Backend::Portable {
//! assert_eq!(y, expected); // to the bit
//! # }
//! ```
//!
//! Only what is inlined into [`Work::run`] is compiled for the instruction set. So `run` is `#[inline(always)]`, and so is
//! every function of yours that it calls with vectors, while closures over vectors may not go through the iterators of
//! `core`: loops do. The example `fused_layer` is a layer of a network made so.
//!
//! An engine whose kernels are written for one instruction set holds registers already, of `core::arch`. Their kinds are
//! the types `Avx2`, `Avx512` and `Neon` here, where the build has them; each is a proof that the machine has the
//! instructions, and an implementation of [`Vectors`] whose register is the type of `core::arch`.

use crate::activation::{Elementwise, Saves};
use crate::kernels::Kernels;
use crate::lanes::{self, Lanes, Op, Several};
use crate::parallel::Cost;

pub use crate::activation::functions::*;
#[cfg(target_arch = "aarch64")]
pub use crate::lanes::NeonLanes as Neon;
#[cfg(target_arch = "x86_64")]
pub use crate::lanes::{Avx2, Avx512};

/// Work on registers, written once for every instruction set.
pub trait Work {
    /// What it returns.
    type Output;
    /// Does it. Implementations are `#[inline(always)]`.
    fn run<R: Registers>(self, registers: R) -> Self::Output;
}

/// An element-wise function, as a value: [`Tanh`], [`LeakyRelu`]`{ slope }`, … What its documentation says is with the
/// function of slices that bears its name.
pub trait Function: Elementwise {}
impl<F: Elementwise> Function for F {}

/// What is done with an activation once its function is known: see [`Activation::visit`](crate::Activation::visit).
pub trait Visitor {
    /// What it returns.
    type Output;
    /// Does it.
    fn visit<F: Function>(self, function: F) -> Self::Output;
}

/// The [fast tier](crate::Accuracy::Fast) of a function that has one, and otherwise the function.
#[derive(Debug, Clone, Copy)]
pub struct Fast<F>(pub F);

impl<F: Elementwise> Elementwise for Fast<F> {
    const COST: Cost = F::COST;
    const SAVES: Saves = F::SAVES;
    const BACKWARD_COST: Cost = F::BACKWARD_COST;
    #[inline(always)]
    fn forward<L: Lanes>(self, lanes: L, x: L::F32) -> L::F32 {
        self.0.fast(lanes, x)
    }
    #[inline(always)]
    fn backward<L: Lanes>(self, lanes: L, saved: L::F32, dy: L::F32) -> L::F32 {
        self.0.backward(lanes, saved, dy)
    }
}

/// The [exact tier](crate::Accuracy::Exact) of a function that has one, and otherwise the function.
#[derive(Debug, Clone, Copy)]
pub struct Exact<F>(pub F);

impl<F: Elementwise> Elementwise for Exact<F> {
    const COST: Cost = F::COST;
    const SAVES: Saves = F::SAVES;
    const BACKWARD_COST: Cost = F::BACKWARD_COST;
    #[inline(always)]
    fn forward<L: Lanes>(self, lanes: L, x: L::F32) -> L::F32 {
        if F::EXACT { self.0.exact(lanes, x) } else { self.0.forward(lanes, x) }
    }
    #[inline(always)]
    fn backward<L: Lanes>(self, lanes: L, saved: L::F32, dy: L::F32) -> L::F32 {
        self.0.backward(lanes, saved, dy)
    }
}

/// Vectors of numbers, and what is done with them: [`Registers`], or several of those at a time. The value is the proof
/// that the machine has the instructions.
///
/// Every operation gives the same bits on every backend, but for [`mul_add`](Vectors::mul_add) on
/// [`Portable`](crate::Backend::Portable). No other crate can implement it.
pub trait Vectors: Sealed {
    /// A vector.
    type F32: Copy;

    /// Numbers in it.
    fn lanes(self) -> usize;

    /// All lanes equal.
    fn splat(self, value: f32) -> Self::F32;
    /// The first [`lanes`](Vectors::lanes) numbers; 0 in the lanes for which there is none.
    fn load(self, from: &[f32]) -> Self::F32;
    /// Writes the first lanes, as many as there are, or as `to` has room for.
    fn store(self, to: &mut [f32], value: Self::F32);

    /// a + b
    fn add(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// a − b
    fn sub(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// a · b
    fn mul(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// a / b, correctly rounded
    fn div(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// a · b + c, rounded once; twice on [`Portable`](crate::Backend::Portable).
    fn mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32;
    /// `if a > b { a } else { b }`: the second where either is NaN, or where both are zeros.
    fn max(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// `if a < b { a } else { b }`: the second where either is NaN, or where both are zeros.
    fn min(self, a: Self::F32, b: Self::F32) -> Self::F32;

    /// The function of each lane.
    fn forward<F: Function>(self, function: F, x: Self::F32) -> Self::F32;
    /// The gradient f'(x) · dy, from what [`Activation::saves`](crate::Activation::saves) names.
    fn backward<F: Function>(self, function: F, saved: Self::F32, dy: Self::F32) -> Self::F32;
}

/// The registers of an instruction set: 1, 4, 8 or 16 numbers each.
pub trait Registers: Vectors {
    /// `N` registers as one vector.
    type Several<const N: usize>: Vectors<F32 = [Self::F32; N]>;
    /// `N` registers as one vector: every operation is done to all of them. Two to four are a good number, since one waits
    /// for each of its steps.
    fn several<const N: usize>(self) -> Self::Several<N>;
    /// The sum of the lanes: lane i and lane i + lanes/2 first, and so on down to one. It depends on how many lanes there
    /// are.
    fn sum(self, a: Self::F32) -> f32;
}

/// What only this crate implements.
pub trait Sealed: Copy + Send + Sync {}
impl<L: lanes::Registers> Sealed for L {}
impl<L: lanes::Registers, const N: usize> Sealed for Several<L, N> {}

/// The arithmetic, which is that of the kernels.
macro_rules! arithmetic {
    ($($name:ident($($argument:ident),+);)+) => {$(
        #[inline(always)]
        fn $name(self, $($argument: Self::F32),+) -> Self::F32 {
            Lanes::$name(self, $($argument),+)
        }
    )+};
    () => {
        #[inline(always)]
        fn splat(self, value: f32) -> Self::F32 {
            Lanes::splat(self, value)
        }
        arithmetic! {
            add(a, b);
            sub(a, b);
            mul(a, b);
            div(a, b);
            mul_add(a, b, c);
            max(a, b);
            min(a, b);
        }
        #[inline(always)]
        fn forward<F: Function>(self, function: F, x: Self::F32) -> Self::F32 {
            function.forward(self, x)
        }
        #[inline(always)]
        fn backward<F: Function>(self, function: F, saved: Self::F32, dy: Self::F32) -> Self::F32 {
            function.backward(self, saved, dy)
        }
    };
}

impl<L: lanes::Registers> Vectors for L {
    type F32 = L::F32;
    #[inline(always)]
    fn lanes(self) -> usize {
        L::LANES
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> L::F32 {
        self.load_slice(from)
    }
    #[inline(always)]
    fn store(self, to: &mut [f32], value: L::F32) {
        self.store_slice(to, value);
    }
    arithmetic! {}
}

impl<L: lanes::Registers> Registers for L {
    type Several<const N: usize> = Several<L, N>;
    #[inline(always)]
    fn several<const N: usize>(self) -> Several<L, N> {
        Several(self)
    }
    #[inline(always)]
    fn sum(self, a: L::F32) -> f32 {
        self.fold(
            a,
            #[inline(always)]
            |a, b| Lanes::add(self, a, b),
        )
    }
}

impl<L: lanes::Registers, const N: usize> Vectors for Several<L, N> {
    type F32 = [L::F32; N];
    #[inline(always)]
    fn lanes(self) -> usize {
        N * L::LANES
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> [L::F32; N] {
        self.load_slice(from)
    }
    #[inline(always)]
    fn store(self, to: &mut [f32], value: [L::F32; N]) {
        self.store_slice(to, value);
    }
    arithmetic! {}
}

/// [`Work`] as the backends take it.
struct Compiled<W>(W);
impl<W: Work> Op for Compiled<W> {
    type Output = W::Output;
    #[inline(always)]
    fn run<L: lanes::Registers>(self, lanes: L) -> W::Output {
        self.0.run(lanes)
    }
}

impl Kernels {
    /// Does `work` on this thread, compiled for the instruction set of the backend: see [`registers`](crate::registers).
    #[inline]
    pub fn vectorize<W: Work>(&self, work: W) -> W::Output {
        self.run(Compiled(work))
    }
}
