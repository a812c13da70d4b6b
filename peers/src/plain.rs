//! What anyone would write first: loops over std, as the compiler makes of them with the build's flags.

use crate::SLOPE;
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

fn map(function: impl Fn(f32) -> f32) -> impl FnMut(Inputs<'_>, &mut [f32]) {
    move |Inputs { x, .. }, y| {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = function(x);
        }
    }
}

fn zip(function: impl Fn(f32, f32) -> f32) -> impl FnMut(Inputs<'_>, &mut [f32]) {
    move |Inputs { x, dy }, y| {
        for ((y, &x), &dy) in y.iter_mut().zip(x).zip(dy) {
            *y = function(x, dy);
        }
    }
}

/// The plain loop.
pub fn candidate(case: Case) -> Candidate<'static> {
    let Case { len, inner, .. } = case;
    let name = "std loop";
    match case.function {
        Function::Relu => Candidate::new(name, "", map(|x| x.max(0.0))),
        Function::LeakyRelu => Candidate::new(name, "", map(|x| if x > 0.0 { x } else { SLOPE * x })),
        Function::Exp => Candidate::new(name, "", map(f32::exp)),
        Function::Tanh => Candidate::new(name, "", map(f32::tanh)),
        Function::Sigmoid => Candidate::new(name, "", map(|x| 1.0 / (1.0 + (-x).exp()))),
        Function::ReluBackward => Candidate::new(name, "", zip(|y, dy| if y > 0.0 { dy } else { 0.0 })),
        Function::LeakyReluBackward => Candidate::new(name, "", zip(|y, dy| if y > 0.0 { dy } else { SLOPE * dy })),
        Function::TanhBackward => Candidate::new(name, "", zip(|y, dy| dy * (1.0 - y * y))),
        Function::SigmoidBackward => Candidate::new(name, "", zip(|y, dy| dy * y * (1.0 - y))),
        Function::Softmax => Candidate::new(name, "", move |Inputs { x, .. }, y: &mut [f32]| {
            for (x, y) in x.chunks_exact(len * inner).zip(y.chunks_exact_mut(len * inner)) {
                softmax(x, inner, y);
            }
        }),
        Function::SoftmaxBackward => Candidate::new(name, "", move |Inputs { x, dy }, y: &mut [f32]| {
            let blocks = x.chunks_exact(len * inner).zip(dy.chunks_exact(len * inner));
            for ((saved, dy), dx) in blocks.zip(y.chunks_exact_mut(len * inner)) {
                softmax_backward(saved, dy, inner, dx);
            }
        }),
        Function::Maxout | Function::MaxoutSlices if inner == 1 => {
            Candidate::new(name, "", move |Inputs { x, .. }, y: &mut [f32]| {
                for (group, y) in x.chunks_exact(len).zip(y) {
                    *y = group.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                }
            })
        }
        Function::Maxout | Function::MaxoutSlices => {
            Candidate::new(name, "", move |Inputs { x, .. }, y: &mut [f32]| {
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
    }
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
