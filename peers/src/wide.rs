//! The mathematics of `wide` itself, which is compiled for the instructions of the build: SSE2 unless flags ask for
//! more.

use wide::f32x8;

use crate::cases::Case;
use crate::race::{Candidate, Inputs};

/// What it has of the functions, and what is made of its exp and ln_1p in a line.
pub fn candidate(case: Case) -> Option<Candidate<'static>> {
    Some(match (&*case.function.name(), &*case.function.parameters()) {
        ("exp", []) => map("f32x8", f32x8::exp),
        ("tanh", []) => map("f32x8", f32x8::tanh),
        ("sigmoid", []) => map("f32x8, 1 / (1 + exp(-x))", |x| f32x8::ONE / (f32x8::ONE + (-x).exp())),
        ("silu", []) => map("f32x8, x / (1 + exp(-x))", |x| x / (f32x8::ONE + (-x).exp())),
        ("softplus", &[1.0, _]) => map("f32x8, ln_1p(exp(x))", |x| x.exp().ln_1p()),
        _ => return None,
    })
}

fn map(how: &str, function: impl Fn(f32x8) -> f32x8 + 'static) -> Candidate<'static> {
    Candidate::new("wide 1.7", how, move |Inputs { x, .. }, y: &mut [f32]| {
        let (vectors, tail) = x.as_chunks::<8>();
        let (results, end) = y.as_chunks_mut::<8>();
        for (x, y) in vectors.iter().zip(results) {
            *y = function(f32x8::from(*x)).to_array();
        }
        let mut last = [0.0; 8];
        last[..tail.len()].copy_from_slice(tail);
        end.copy_from_slice(&function(f32x8::from(last)).to_array()[..tail.len()]);
    })
}
