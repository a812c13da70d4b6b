//! What anyone would write first: loops over std, as the compiler makes of them with the build's flags.

use crate::cases::{Case, Function};
use crate::race::{Candidate, Inputs};

/// Copies so many elements; those of the upstream gradient follow those of the input, to the same place.
fn copy(Inputs { x, dy }: Inputs<'_>, y: &mut [f32], count: usize) {
    let first = count.min(y.len());
    y[..first].copy_from_slice(&x[..first]);
    y[..count - first].copy_from_slice(&dy[..count - first]);
}

/// Yardsticks: copying the input; and copying so much that as many bytes are read and written as the function reads
/// and writes, where that differs.
pub fn memcpy(case: Case) -> Vec<Candidate<'static>> {
    let (elements, traffic) = (case.elements(), case.traffic());
    let mut yardsticks = vec![Candidate::yardstick("memcpy", "the input", move |inputs, y| copy(inputs, y, elements))];
    if traffic != elements {
        let how = "as many bytes as the function moves";
        yardsticks.push(Candidate::yardstick("memcpy, traffic", how, move |inputs, y| copy(inputs, y, traffic)));
    }
    yardsticks
}

const NAME: &str = "std loop";

fn map(function: impl Fn(f32) -> f32 + 'static) -> Candidate<'static> {
    Candidate::new(NAME, "", move |Inputs { x, .. }, y: &mut [f32]| {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = function(x);
        }
    })
}

fn zip(function: impl Fn(f32, f32) -> f32 + 'static) -> Candidate<'static> {
    Candidate::new(NAME, "", move |Inputs { x, dy }, y: &mut [f32]| {
        for ((y, &x), &dy) in y.iter_mut().zip(x).zip(dy) {
            *y = function(x, dy);
        }
    })
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn elu(x: f32, scale: f32, alpha: f32, stretch: f32) -> f32 {
    scale * if x > 0.0 { x } else { alpha * (stretch * x).exp_m1() }
}

/// Element-wise functions that std has a short formula for.
fn forward(name: &str, parameters: &[f32]) -> Option<Candidate<'static>> {
    Some(match (name, parameters) {
        ("relu", []) => map(|x| x.max(0.0)),
        ("leaky_relu", &[slope]) => map(move |x| if x > 0.0 { x } else { slope * x }),
        ("rrelu", &[lower, upper]) => {
            let slope = f32::midpoint(lower, upper);
            map(move |x| if x > 0.0 { x } else { slope * x })
        }
        ("exp", []) => map(f32::exp),
        ("tanh", []) => map(f32::tanh),
        ("sigmoid", []) => map(sigmoid),
        ("silu", []) => map(|x| x * sigmoid(x)),
        ("swish", &[beta]) => map(move |x| x * sigmoid(beta * x)),
        ("quick_gelu", []) => map(|x| x * sigmoid(1.702 * x)),
        ("gelu_tanh", []) => map(|x| {
            let u = (2.0 / std::f32::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
            0.5 * x * (1.0 + u.tanh())
        }),
        ("elu", &[alpha]) => map(move |x| elu(x, 1.0, alpha, 1.0)),
        ("celu", &[alpha]) => map(move |x| elu(x, 1.0, alpha, 1.0 / alpha)),
        ("selu", []) => map(|x| elu(x, 1.050_701, 1.673_263_2, 1.0)),
        ("softplus", &[beta, threshold]) => map(move |x| {
            let u = beta * x;
            if u > threshold { x } else { u.exp().ln_1p() / beta }
        }),
        ("log_sigmoid", []) => map(|x| -(-x).exp().ln_1p()),
        ("mish", []) => map(|x| x * x.exp().ln_1p().tanh()),
        ("tanhshrink", []) => map(|x| x - x.tanh()),
        ("relu6", []) => map(|x| x.clamp(0.0, 6.0)),
        ("hardtanh", &[min, max]) => map(move |x| x.clamp(min, max)),
        ("hardsigmoid", []) => map(|x| (x + 3.0).clamp(0.0, 6.0) / 6.0),
        ("hard_sigmoid", &[alpha, beta]) => map(move |x| (alpha * x + beta).clamp(0.0, 1.0)),
        ("hardswish", []) => map(|x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0),
        ("softsign", []) => map(|x| x / (1.0 + x.abs())),
        ("softshrink", &[lambda]) => map(move |x| x - x.clamp(-lambda, lambda)),
        ("hardshrink", &[lambda]) => map(move |x| if x.abs() > lambda { x } else { 0.0 }),
        ("thresholded_relu", &[alpha]) => map(move |x| if x > alpha { x } else { 0.0 }),
        ("relu_squared", []) => map(|x| x.max(0.0) * x.max(0.0)),
        ("snake", &[alpha]) => map(move |x| x + (alpha * x).sin().powi(2) / alpha),
        _ => return None,
    })
}

/// Gradients that are short, from the output.
fn backward(name: &str, parameters: &[f32]) -> Option<Candidate<'static>> {
    Some(match (name, parameters) {
        ("relu", []) => zip(|y, dy| if y > 0.0 { dy } else { 0.0 }),
        ("leaky_relu", &[slope]) => zip(move |y, dy| if y > 0.0 { dy } else { slope * dy }),
        ("tanh", []) => zip(|y, dy| dy * (1.0 - y * y)),
        ("sigmoid", []) => zip(|y, dy| dy * y * (1.0 - y)),
        _ => return None,
    })
}

/// The plain loop, where there is a plain one.
pub fn candidate(case: Case) -> Option<Candidate<'static>> {
    let Case { function, len, inner, .. } = case;
    Some(match function {
        Function::Map(of) => return forward(of.name, &function.parameters()),
        Function::MapBackward(of) => return backward(of.name, &function.parameters()),
        Function::Softmax => Candidate::new(NAME, "", move |Inputs { x, .. }, y: &mut [f32]| {
            for (x, y) in x.chunks_exact(len * inner).zip(y.chunks_exact_mut(len * inner)) {
                softmax(x, inner, y);
            }
        }),
        Function::SoftmaxBackward => Candidate::new(NAME, "", move |Inputs { x, dy }, y: &mut [f32]| {
            let blocks = x.chunks_exact(len * inner).zip(dy.chunks_exact(len * inner));
            for ((saved, dy), dx) in blocks.zip(y.chunks_exact_mut(len * inner)) {
                softmax_backward(saved, dy, inner, dx);
            }
        }),
        Function::Maxout | Function::MaxoutSlices if inner == 1 => {
            Candidate::new(NAME, "", move |Inputs { x, .. }, y: &mut [f32]| {
                for (group, y) in x.chunks_exact(len).zip(y) {
                    *y = group.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                }
            })
        }
        Function::Maxout | Function::MaxoutSlices => {
            Candidate::new(NAME, "", move |Inputs { x, .. }, y: &mut [f32]| {
                for (block, y) in x.chunks_exact(len * inner).zip(y.chunks_exact_mut(inner)) {
                    let (first, later) = block.split_at(inner);
                    y.copy_from_slice(first);
                    for plane in later.chunks_exact(inner) {
                        for (y, &x) in y.iter_mut().zip(plane) {
                            *y = y.max(x);
                        }
                    }
                }
            })
        }
    })
}

/// Softmax of one block `[len, inner]`: of its row, or of its columns.
fn softmax(x: &[f32], inner: usize, y: &mut [f32]) {
    if inner == 1 {
        let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for (y, &x) in y.iter_mut().zip(x) {
            *y = (x - max).exp();
            sum += *y;
        }
        for y in y {
            *y /= sum;
        }
        return;
    }
    for column in 0..inner {
        let at = || (column..x.len()).step_by(inner);
        let max = at().map(|i| x[i]).fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for i in at() {
            y[i] = (x[i] - max).exp();
            sum += y[i];
        }
        for i in at() {
            y[i] /= sum;
        }
    }
}

/// The gradient of softmax in one block, from its output.
fn softmax_backward(saved: &[f32], dy: &[f32], inner: usize, dx: &mut [f32]) {
    for column in 0..inner {
        let at = || (column..saved.len()).step_by(inner);
        let dot: f32 = at().map(|i| saved[i] * dy[i]).sum();
        for i in at() {
            dx[i] = saved[i] * (dy[i] - dot);
        }
    }
}
