//! The functions along an axis: to put a new one through all tests, add a line here. Element-wise ones are in the package
//! `accuracy`.

use core::mem::MaybeUninit;

use accuracy::SMALLEST;
use simdact::{Axis, Backend, Error, Kernels};

type Done = Result<(), Error>;
type Apply = fn(&Kernels, &[f32], Axis, &mut [f32]) -> Done;
type Backward = fn(&Kernels, &[f32], &[f32], Axis, &mut [f32]) -> Done;
type BackwardInPlace = fn(&Kernels, &[f32], &mut [f32], Axis) -> Done;
type Place<'y> = &'y mut [MaybeUninit<f32>];
type Uninit = for<'y> fn(&Kernels, &[f32], Axis, Place<'y>) -> Result<&'y mut [f32], Error>;

/// A function along an axis whose output has the shape of its input.
pub struct Along {
    pub name: &'static str,
    pub apply: Apply,
    pub in_place: fn(&Kernels, &mut [f32], Axis) -> Done,
    pub uninit: Uninit,
    pub backward: Backward,
    pub backward_in_place: BackwardInPlace,
    /// The true values of a row.
    pub value: fn(&[f32]) -> Vec<f64>,
    /// How far a computed value may be from the true one, from the row's length and the true value.
    pub error: fn(Backend, usize, f64) -> f64,
    /// The true gradient of a row, from its output and the upstream gradient.
    pub gradient: fn(&[f32], &[f32]) -> Vec<f64>,
    /// How far the computed gradient may be from the true one.
    pub gradient_error: fn(&[f32], &[f32]) -> Vec<f64>,
}

pub const ALONG: &[Along] = &[Along {
    name: "softmax",
    apply: Kernels::softmax,
    in_place: Kernels::softmax_in_place,
    uninit: Kernels::softmax_uninit,
    backward: Kernels::softmax_backward,
    backward_in_place: Kernels::softmax_backward_in_place,
    value: softmax,
    error: softmax_error,
    gradient: softmax_gradient,
    gradient_error: softmax_gradient_error,
}];

/// The rounding error of one operation, relative.
pub const UNIT: f64 = 1.0 / (1 << 24) as f64;

fn softmax(x: &[f32]) -> Vec<f64> {
    let max = x.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(f64::from(x)));
    let e: Vec<f64> = x.iter().map(|&x| core_math::exp(f64::from(x) - max)).collect();
    let sum: f64 = e.iter().sum();
    e.into_iter().map(|e| e / sum).collect()
}

/// Additions that an element goes through on its way into a sum: those of its lane, and those of the trees over 32
/// lanes and over chunks of 8192.
fn depth(n: usize) -> f64 {
    let chunks = n.div_ceil(8192).max(1);
    (n.min(8192) / 32) as f64 + 5.0 + f64::from(chunks.next_power_of_two().trailing_zeros())
}

/// (n/32 + 16 + 1.1 |ln y|) · 2⁻²⁴ up to 8192 elements, then one addition more for each doubling; and one step where
/// subnormal. On `Portable` 2.1 |ln y|, since it rounds k ln 2 as well.
fn softmax_error(backend: Backend, n: usize, y: f64) -> f64 {
    let logarithms = if backend == Backend::Portable { 2.1 } else { 1.1 };
    (depth(n) + 11.0 - logarithms * y.max(1e-300).ln()) * UNIT * y + SMALLEST
}

fn softmax_gradient(y: &[f32], dy: &[f32]) -> Vec<f64> {
    let dot: f64 = y.iter().zip(dy).map(|(&y, &dy)| f64::from(y) * f64::from(dy)).sum();
    y.iter().zip(dy).map(|(&y, &dy)| f64::from(y) * (f64::from(dy) - dot)).collect()
}

/// One rounding for each addition on the way into Σ y·dy and one for its product, then those of the difference and of
/// the last product; all of them relative to what could cancel.
fn softmax_gradient_error(y: &[f32], dy: &[f32]) -> Vec<f64> {
    let terms: f64 = y.iter().zip(dy).map(|(&y, &dy)| (f64::from(y) * f64::from(dy)).abs()).sum();
    let sum = (depth(y.len()) + 1.0) * UNIT * terms + y.len() as f64 * SMALLEST;
    let error = |(&y, &dy): (&f32, &f32)| {
        f64::from(y).abs() * (1.001 * sum + 2.001 * UNIT * (f64::from(dy).abs() + terms)) + SMALLEST
    };
    y.iter().zip(dy).map(error).collect()
}
