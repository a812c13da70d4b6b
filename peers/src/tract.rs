//! tract-linalg, whose kernels replace their input.

use tract_linalg::Func;
use tract_linalg::routines::softmax_rows_f32;

use crate::cases::{Case, Function};
use crate::race::Candidate;

const NAME: &str = "tract-linalg 0.23";

/// Whether it has a function. Its leaky_relu is left out: in place, again and again, inputs become subnormal.
pub fn has(case: &Case) -> bool {
    match case.function {
        Function::Exp | Function::Tanh | Function::Sigmoid => true,
        Function::Softmax => case.inner == 1 && case.len.is_multiple_of(4) && softmax_rows_f32().is_some(),
        _ => false,
    }
}

/// What it has of the functions. Softmax it has for rows of multiples of four.
pub fn candidate(case: Case) -> Option<Candidate<'static>> {
    let function = match case.function {
        _ if !has(&case) => return None,
        Function::Exp => Func::Exp,
        Function::Tanh => Func::Tanh,
        Function::Sigmoid => Func::Sigmoid,
        _ => {
            let softmax = softmax_rows_f32()?;
            return Some(Candidate::in_place(NAME, "in place", move |y| softmax(y, case.len)));
        }
    };
    let kernel = function.ew_f32().ok()?;
    Some(Candidate::in_place(NAME, format!("in place, {}", kernel.name()), move |y| {
        kernel.run(y).expect("a kernel of this machine");
    }))
}
