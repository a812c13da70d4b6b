//! rten-vecmath, which chooses among instruction sets as simdact does.

use std::mem::MaybeUninit;

use rten_simd::{SimdOp, SimdUnaryOp};
use rten_vecmath::{ApproxGelu, Elu, Erf, Exp, Gelu, LeakyRelu, MaxNum, Sigmoid, Silu, Softmax, Swish, Tanh};

use crate::cases::Case;
use crate::race::{Candidate, Inputs};

const NAME: &str = "rten-vecmath 0.27";

/// What it has of the functions. It has no gradients and no relu, and softmax only along rows.
pub fn candidate(case: Case) -> Option<Candidate<'static>> {
    let len = case.len;
    Some(match (&*case.function.name(), &*case.function.parameters()) {
        ("leaky_relu", &[alpha]) => map(LeakyRelu { alpha }),
        ("exp", []) => map(Exp {}),
        ("tanh", []) => map(Tanh {}),
        ("sigmoid", []) => map(Sigmoid {}),
        ("silu", []) => map(Silu {}),
        ("swish", &[alpha]) => map(Swish { alpha }),
        ("gelu", []) => map(Gelu {}),
        ("gelu_tanh", []) => map(ApproxGelu {}),
        ("erf", []) => map(Erf {}),
        ("elu", &[alpha]) => map(Elu { alpha }),
        ("softmax", []) if case.inner == 1 => {
            Candidate::new(NAME, "row by row", move |Inputs { x, .. }, y: &mut [f32]| {
                for (x, y) in x.chunks_exact(len).zip(uninit(y).chunks_exact_mut(len)) {
                    Softmax::new(x, y).dispatch();
                }
            })
        }
        ("maxout", []) if case.inner == 1 => {
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
