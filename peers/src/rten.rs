//! rten-vecmath, which chooses among instruction sets as simdact does.

use std::mem::MaybeUninit;

use rten_simd::{SimdOp, SimdUnaryOp};
use rten_vecmath::{Exp, LeakyRelu, MaxNum, Sigmoid, Softmax, Tanh};

use crate::SLOPE;
use crate::cases::{Case, Function};
use crate::race::{Candidate, Inputs};

const NAME: &str = "rten-vecmath 0.27";

/// What it has of the functions. It has no gradients and no relu, and softmax only along rows.
pub fn candidate(case: Case) -> Option<Candidate<'static>> {
    let len = case.len;
    Some(match case.function {
        Function::LeakyRelu => map(LeakyRelu { alpha: SLOPE }),
        Function::Exp => map(Exp {}),
        Function::Tanh => map(Tanh {}),
        Function::Sigmoid => map(Sigmoid {}),
        Function::Softmax if case.inner == 1 => {
            Candidate::new(NAME, "row by row", move |Inputs { x, .. }, y: &mut [f32]| {
                for (x, y) in x.chunks_exact(len).zip(uninit(y).chunks_exact_mut(len)) {
                    Softmax::new(x, y).dispatch();
                }
            })
        }
        Function::Maxout if case.inner == 1 => {
            Candidate::new(NAME, "group by group", move |Inputs { x, .. }, y: &mut [f32]| {
                for (group, y) in x.chunks_exact(len).zip(y) {
                    *y = MaxNum::new(group).dispatch();
                }
            })
        }
        _ => return None,
    })
}

fn map(function: impl SimdUnaryOp<f32> + 'static) -> Candidate<'static> {
    Candidate::new(NAME, "", move |Inputs { x, .. }, y: &mut [f32]| {
        function.map(x, uninit(y));
    })
}

/// Its functions write to memory that is not initialised; that of the race is.
fn uninit(y: &mut [f32]) -> &mut [MaybeUninit<f32>] {
    // SAFETY: both have the same layout. What could go wrong is that uninitialised values are written through the
    // result; rten-vecmath writes floats only.
    unsafe { &mut *(std::ptr::from_mut(y) as *mut [MaybeUninit<f32>]) }
}
