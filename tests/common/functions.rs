//! The functions along an axis: to put a new one through all tests, add a line here. Element-wise ones are in the package
//! `accuracy`.

use core::mem::MaybeUninit;

use accuracy::{Bound, SMALLEST};
use simdact::{Accuracy, Axis, Backend, Error, Kernels, Mask};

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
    /// Whether the elements of a row sum to 1.
    pub sums_to_1: bool,
    /// The true values of a row.
    pub value: fn(&[f32]) -> Vec<f64>,
    /// How far a computed value may be from the true one, from the row's length and the true value.
    pub error: fn(Backend, usize, f64) -> f64,
    /// The true gradient of a row, from its output and the upstream gradient.
    pub gradient: fn(&[f32], &[f32]) -> Vec<f64>,
    /// How far the computed gradient may be from the true one.
    pub gradient_error: fn(&[f32], &[f32]) -> Vec<f64>,
}

impl Along {
    /// Whether it is in the default tier: the gradient is the same in all.
    pub fn is_default(&self) -> bool {
        !self.name.ends_with(", exact")
    }
}

pub const ALONG: &[Along] = &[
    Along {
        name: "softmax",
        apply: Kernels::softmax,
        in_place: Kernels::softmax_in_place,
        uninit: Kernels::softmax_uninit,
        backward: Kernels::softmax_backward,
        backward_in_place: Kernels::softmax_backward_in_place,
        sums_to_1: true,
        value: softmax,
        error: softmax_error,
        gradient: softmax_gradient,
        gradient_error: softmax_gradient_error,
    },
    Along {
        name: "softmin",
        apply: Kernels::softmin,
        in_place: Kernels::softmin_in_place,
        uninit: Kernels::softmin_uninit,
        backward: Kernels::softmin_backward,
        backward_in_place: Kernels::softmin_backward_in_place,
        sums_to_1: true,
        value: |x| softmax(&x.iter().map(|x| -x).collect::<Vec<_>>()),
        error: softmax_error,
        gradient: |y, dy| softmax_gradient(y, dy).into_iter().map(|dx| -dx).collect(),
        gradient_error: softmax_gradient_error,
    },
    Along {
        name: "softmax1",
        apply: Kernels::softmax1,
        in_place: Kernels::softmax1_in_place,
        uninit: Kernels::softmax1_uninit,
        backward: Kernels::softmax1_backward,
        backward_in_place: Kernels::softmax1_backward_in_place,
        sums_to_1: false,
        value: softmax1,
        // One addition more, and the exponential that it adds.
        error: |backend, n, y| softmax_error(backend, n, y) + 2.0 * UNIT * y,
        gradient: softmax_gradient,
        gradient_error: softmax_gradient_error,
    },
    Along {
        name: "masked_softmax",
        apply: |k, x, axis, y| k.masked_softmax(x, axis, SCALE, Mask::None, y),
        in_place: |k, x, axis| k.masked_softmax_in_place(x, axis, SCALE, Mask::None),
        uninit: |k, x, axis, y| k.masked_softmax_uninit(x, axis, SCALE, Mask::None, y),
        backward: |k, y, dy, axis, dx| k.masked_softmax_backward(y, dy, axis, SCALE, dx),
        backward_in_place: |k, y, dy, axis| k.masked_softmax_backward_in_place(y, dy, axis, SCALE),
        sums_to_1: true,
        value: scaled_softmax,
        error: softmax_error,
        gradient: |y, dy| softmax_gradient(y, dy).into_iter().map(|dx| f64::from(SCALE) * dx).collect(),
        gradient_error: |y, dy| {
            let of_softmax = softmax_gradient_error(y, dy).into_iter().zip(softmax_gradient(y, dy));
            of_softmax.map(|(error, dx)| f64::from(SCALE) * (error * 1.001 + UNIT * dx.abs()) + SMALLEST).collect()
        },
    },
    Along {
        name: "log_softmax",
        apply: Kernels::log_softmax,
        in_place: Kernels::log_softmax_in_place,
        uninit: Kernels::log_softmax_uninit,
        backward: Kernels::log_softmax_backward,
        backward_in_place: Kernels::log_softmax_backward_in_place,
        sums_to_1: false,
        value: log_softmax,
        error: |_, n, y| (depth(n) + 11.0 + 2.7 * y.abs()) * UNIT,
        gradient: log_softmax_gradient,
        gradient_error: log_softmax_gradient_error,
    },
    Along {
        name: "softmax, exact",
        apply: |k, x, axis, y| exact(k).softmax(x, axis, y),
        in_place: |k, x, axis| exact(k).softmax_in_place(x, axis),
        uninit: |k, x, axis, y| exact(k).softmax_uninit(x, axis, y),
        backward: |k, y, dy, axis, dx| exact(k).softmax_backward(y, dy, axis, dx),
        backward_in_place: |k, y, dy, axis| exact(k).softmax_backward_in_place(y, dy, axis),
        sums_to_1: true,
        value: softmax,
        error: |_, _, y| EXACT.slack(y, y),
        gradient: softmax_gradient,
        gradient_error: softmax_gradient_error,
    },
    Along {
        name: "softmin, exact",
        apply: |k, x, axis, y| exact(k).softmin(x, axis, y),
        in_place: |k, x, axis| exact(k).softmin_in_place(x, axis),
        uninit: |k, x, axis, y| exact(k).softmin_uninit(x, axis, y),
        backward: |k, y, dy, axis, dx| exact(k).softmin_backward(y, dy, axis, dx),
        backward_in_place: |k, y, dy, axis| exact(k).softmin_backward_in_place(y, dy, axis),
        sums_to_1: true,
        value: |x| softmax(&x.iter().map(|x| -x).collect::<Vec<_>>()),
        error: |_, _, y| EXACT.slack(y, y),
        gradient: |y, dy| softmax_gradient(y, dy).into_iter().map(|dx| -dx).collect(),
        gradient_error: softmax_gradient_error,
    },
    Along {
        name: "softmax1, exact",
        apply: |k, x, axis, y| exact(k).softmax1(x, axis, y),
        in_place: |k, x, axis| exact(k).softmax1_in_place(x, axis),
        uninit: |k, x, axis, y| exact(k).softmax1_uninit(x, axis, y),
        backward: |k, y, dy, axis, dx| exact(k).softmax1_backward(y, dy, axis, dx),
        backward_in_place: |k, y, dy, axis| exact(k).softmax1_backward_in_place(y, dy, axis),
        sums_to_1: false,
        value: softmax1,
        error: |_, _, y| EXACT.slack(y, y),
        gradient: softmax_gradient,
        gradient_error: softmax_gradient_error,
    },
];

/// What the table's masked softmax multiplies by: as attention does, but no power of two.
const SCALE: f32 = 0.7;

/// How near the exact tier is, whose exponentials and sums are in f64.
const EXACT: Bound = Bound::ulp(0.501);

fn exact(kernels: &Kernels) -> Kernels {
    kernels.accuracy(Accuracy::Exact)
}

/// The rounding error of one operation, relative.
pub const UNIT: f64 = 1.0 / (1 << 24) as f64;

fn softmax(x: &[f32]) -> Vec<f64> {
    let max = x.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(f64::from(x)));
    let e: Vec<f64> = x.iter().map(|&x| core_math::exp(f64::from(x) - max)).collect();
    let sum: f64 = e.iter().sum();
    e.into_iter().map(|e| e / sum).collect()
}

fn max_of(x: &[f32]) -> f64 {
    x.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(f64::from(x)))
}

fn softmax1(x: &[f32]) -> Vec<f64> {
    let max = max_of(x).max(0.0);
    let e: Vec<f64> = x.iter().map(|&x| core_math::exp(f64::from(x) - max)).collect();
    let sum: f64 = e.iter().sum::<f64>() + core_math::exp(-max);
    e.into_iter().map(|e| e / sum).collect()
}

/// A row of −∞ only is 0.
fn scaled_softmax(x: &[f32]) -> Vec<f64> {
    let logits: Vec<f32> = x.iter().map(|x| x * SCALE).collect();
    if logits.iter().all(|&x| x == f32::NEG_INFINITY) { vec![0.0; x.len()] } else { softmax(&logits) }
}

fn log_softmax(x: &[f32]) -> Vec<f64> {
    let max = max_of(x);
    let sum: f64 = x.iter().map(|&x| core_math::exp(f64::from(x) - max)).sum();
    x.iter().map(|&x| (f64::from(x) - max) - core_math::log(sum)).collect()
}

fn log_softmax_gradient(y: &[f32], dy: &[f32]) -> Vec<f64> {
    let sum: f64 = dy.iter().map(|&dy| f64::from(dy)).sum();
    // A y above 0 counts as 0.
    let e = |y: f32| if y > 0.0 { 1.0 } else { core_math::exp(f64::from(y)) };
    y.iter().zip(dy).map(|(&y, &dy)| f64::from(dy) - e(y) * sum).collect()
}

/// One rounding for each addition on the way into Σ dy, those of the exponential and its product, also where k ln 2 is
/// rounded, as on `Portable`; and that of the difference.
fn log_softmax_gradient_error(y: &[f32], dy: &[f32]) -> Vec<f64> {
    let terms: f64 = dy.iter().map(|&dy| f64::from(dy).abs()).sum();
    let sum: f64 = dy.iter().map(|&dy| f64::from(dy)).sum::<f64>().abs();
    let depth = depth(dy.len());
    let error = |(&y, &dy): (&f32, &f32)| {
        let (e, y) = (core_math::exp(f64::from(y.min(0.0))), f64::from(y.min(0.0)).abs().min(200.0));
        let of_product = e * (1.001 * depth * terms + (4.0 + 1.1 * y) * sum) + f64::from(dy).abs();
        of_product * UNIT + SMALLEST * (1.0 + sum)
    };
    y.iter().zip(dy).map(error).collect()
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
