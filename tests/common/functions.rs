//! The table of functions: to put a new one through all tests, add a line here.

use core::mem::MaybeUninit;

use simdact::{Accuracy, Activation, Axis, Backend, Error, Kernels};

type Free = (fn(&[f32], &mut [f32]) -> Result<(), Error>, fn(&mut [f32]));

/// An element-wise function in a tier of accuracy, and what it promises.
pub struct Elementwise {
    pub name: &'static str,
    pub activation: Activation,
    pub accuracy: Accuracy,
    /// The crate's functions of that name, out of place and in place, which are those of the default tier.
    pub free: Option<Free>,
    /// f(x), at least 2²⁰ times as exact as an `f32`.
    pub value: fn(f64) -> f64,
    /// f(x) correctly rounded, where an oracle knows it.
    pub oracle: Option<fn(f32) -> f32>,
    /// f′(x), from what [`Activation::saves`] names.
    pub derivative: fn(f64) -> f64,
    pub error: Bound,
    pub gradient_error: Bound,
    /// No value is outside.
    pub range: (f32, f32),
    /// By how many floats at most the output for a larger input may be smaller.
    pub descends: u32,
    /// From where to where the bound is tested for every float.
    pub hard: &'static [(f32, f32)],
}

impl Elementwise {
    /// The kernels of a backend that the machine has, in this tier.
    pub fn kernels(&self, backend: Backend) -> Kernels {
        Kernels::on(backend).expect("it is available").accuracy(self.accuracy)
    }
}

/// How far a result may be from the true value.
#[derive(Clone, Copy, PartialEq)]
pub enum Bound {
    /// Nowhere further than the nearest float; so all backends agree.
    Rounded,
    /// Less than `fused` ULP, and at most `portable` ULP on `Portable`, which has no fused multiply-add.
    Ulps { fused: f64, portable: f64 },
    /// At most so many ULP, by operations that no backend fuses; so all agree.
    Unfused(f64),
    /// Less than so large a part of the true value, and where that is subnormal one step more.
    Relative { fused: f64, portable: f64 },
}

impl Bound {
    /// The error of a result in the bound's own unit.
    pub fn error(self, found: f32, truth: f64) -> f64 {
        match self {
            Bound::Relative { .. } => {
                let distance = ulps(found, truth) * ulp(truth);
                let step = if truth.abs() < f64::from(f32::MIN_POSITIVE) { SMALLEST } else { 0.0 };
                if distance <= step { 0.0 } else { (distance - step) / truth.abs() }
            }
            _ => ulps(found, truth),
        }
    }

    /// Whether such an error is within it.
    pub fn allows(self, backend: Backend, error: f64) -> bool {
        match self {
            Bound::Rounded => error <= 0.5,
            Bound::Unfused(most) => error <= most,
            Bound::Ulps { portable, .. } if backend == Backend::Portable => error <= portable,
            Bound::Relative { portable, .. } if backend == Backend::Portable => error < portable,
            Bound::Ulps { fused, .. } | Bound::Relative { fused, .. } => error < fused,
        }
    }

    /// How many ULP `Portable` and `Scalar` may be apart, if they may: both bounds together.
    pub fn apart(self) -> Option<f64> {
        match self {
            Bound::Rounded | Bound::Unfused(_) => None,
            Bound::Ulps { fused, portable } => Some(fused + portable),
            // In units of the last place, a number is at most 2²⁴.
            Bound::Relative { fused, portable } => Some(1.0 + (fused + portable) / UNIT),
        }
    }
}

/// 2ⁿ.
const fn power(n: i32) -> f64 {
    f64::from_bits(((1023 + n) as u64) << 52)
}

/// Any slope does; this is the one of PyTorch and ONNX.
pub const SLOPE: f32 = 0.01;

const EXP: Elementwise = Elementwise {
    name: "exp",
    activation: Activation::Exp,
    accuracy: Accuracy::Faithful,
    free: Some((simdact::exp, simdact::exp_in_place)),
    value: core_math::exp,
    oracle: Some(core_math::expf),
    derivative: |y| y,
    error: Bound::Ulps { fused: 0.82, portable: 0.82 },
    gradient_error: Bound::Rounded,
    range: (0.0, f32::INFINITY),
    // In six places.
    descends: 1,
    // Where it becomes 0, by way of the subnormals, and where ∞.
    hard: &[(-105.0, -86.0), (88.0, 89.0)],
};

const TANH: Elementwise = Elementwise {
    name: "tanh",
    activation: Activation::Tanh,
    accuracy: Accuracy::Faithful,
    free: Some((simdact::tanh, simdact::tanh_in_place)),
    value: core_math::tanh,
    oracle: Some(core_math::tanhf),
    derivative: |y| (1.0 - y) * (1.0 + y),
    error: Bound::Ulps { fused: 0.79, portable: 2.0 },
    // 1 − y² is off by less than 1.59 · 2⁻²⁴ of itself for all y (ACCURACY.md, dy = 1), and the product by half a ULP
    // more, whatever dy.
    gradient_error: Bound::Unfused(2.1),
    range: (-1.0, 1.0),
    descends: 0,
    // Where the nearest float becomes ±1.
    hard: &[(-9.2, -8.8), (8.8, 9.2)],
};

const SIGMOID: Elementwise = Elementwise {
    name: "sigmoid",
    activation: Activation::Sigmoid,
    accuracy: Accuracy::Faithful,
    free: Some((simdact::sigmoid, simdact::sigmoid_in_place)),
    // e⁻ˣ is finite in f64 wherever the result is not 0 in f32, and the sum and the quotient are rounded once each.
    value: |x| 1.0 / (1.0 + core_math::exp(-x)),
    oracle: None,
    derivative: |y| y * (1.0 - y),
    error: Bound::Ulps { fused: 0.85, portable: 2.0 },
    // Three roundings; 2.46 at most among as many.
    gradient_error: Bound::Unfused(2.5),
    range: (0.0, 1.0),
    // Neighbours that round to neighbours may be the other way round.
    descends: 1,
    // Where it becomes 0, by way of the subnormals, and where 1.
    hard: &[(-105.0, -86.0), (16.0, 18.0)],
};

pub const ELEMENTWISE: &[Elementwise] = &[
    Elementwise {
        name: "relu",
        activation: Activation::Relu,
        accuracy: Accuracy::Faithful,
        free: Some((simdact::relu, simdact::relu_in_place)),
        value: |x| if x > 0.0 || x.is_nan() { x } else { 0.0 },
        oracle: None,
        derivative: |y| if y > 0.0 { 1.0 } else { 0.0 },
        error: Bound::Rounded,
        gradient_error: Bound::Rounded,
        range: (0.0, f32::INFINITY),
        descends: 0,
        hard: &[],
    },
    Elementwise {
        name: "leaky_relu",
        activation: Activation::LeakyRelu { slope: SLOPE },
        accuracy: Accuracy::Faithful,
        free: Some((|x, y| simdact::leaky_relu(x, SLOPE, y), |x| simdact::leaky_relu_in_place(x, SLOPE))),
        // The product of two floats is exact in f64.
        value: |x| if x > 0.0 { x } else { f64::from(SLOPE) * x },
        oracle: None,
        derivative: |y| if y > 0.0 { 1.0 } else { f64::from(SLOPE) },
        error: Bound::Rounded,
        gradient_error: Bound::Rounded,
        range: (f32::NEG_INFINITY, f32::INFINITY),
        descends: 0,
        hard: &[],
    },
    EXP,
    Elementwise {
        name: "exp, fast",
        accuracy: Accuracy::Fast,
        free: None,
        oracle: None,
        error: Bound::Relative { fused: power(-16), portable: power(-15) },
        descends: 0,
        ..EXP
    },
    TANH,
    Elementwise {
        name: "tanh, fast",
        accuracy: Accuracy::Fast,
        free: None,
        oracle: None,
        error: Bound::Relative { fused: power(-13), portable: power(-13) },
        // Some ten floats, a hundredth of the bound.
        descends: 16,
        // Where it becomes ±1.
        hard: &[(-5.0, -4.8), (4.8, 5.0)],
        ..TANH
    },
    SIGMOID,
    Elementwise {
        name: "sigmoid, fast",
        accuracy: Accuracy::Fast,
        free: None,
        oracle: None,
        error: Bound::Relative { fused: power(-16), portable: power(-15) },
        descends: 0,
        ..SIGMOID
    },
];

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

/// The unit in the last place of a float near `value`, subnormals included.
pub fn ulp(value: f64) -> f64 {
    let exponent = (value.to_bits() >> 52 & 0x7ff) as i64 - 1023;
    f64::from_bits(((exponent.clamp(-126, 127) - 23 + 1023) as u64) << 52)
}

/// How many ULP `found` is from the true value; infinite if one of them is NaN or infinite and the other is not. As
/// always with overflow, an infinite result counts as 2¹²⁸ where the true value is beyond the largest float, and so
/// does such a true value.
pub fn ulps(found: f32, truth: f64) -> f64 {
    let (end, beyond) = (2.0 * (1u128 << 127) as f64, truth.is_finite() && truth.abs() > f64::from(f32::MAX));
    let near = |x: f64| if beyond { x.clamp(-end, end) } else { x };
    let truth = near(truth);
    let error = near(f64::from(found)) - truth;
    if error == 0.0 || f64::from(found) == truth || (found.is_nan() && truth.is_nan()) {
        0.0
    } else if error.is_nan() {
        f64::INFINITY
    } else {
        error.abs() / ulp(truth)
    }
}

/// The rounding error of one operation, relative.
pub const UNIT: f64 = 1.0 / (1 << 24) as f64;
/// The smallest subnormal.
pub const SMALLEST: f64 = f32::from_bits(1) as f64;

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
