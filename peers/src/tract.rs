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
        Function::Softmax => case.inner == 1,
        _ => false,
    }
}

/// What it has of the functions.
pub fn candidate(case: Case) -> Option<Candidate<'static>> {
    let function = match case.function {
        _ if !has(&case) => return None,
        Function::Exp => Func::Exp,
        Function::Tanh => Func::Tanh,
        Function::Sigmoid => Func::Sigmoid,
        _ => return softmax(case.len),
    };
    let kernel = function.ew_f32().ok()?;
    Some(Candidate::in_place(NAME, format!("in place, {}", kernel.name()), move |y| {
        kernel.run(y).expect("a kernel of this machine");
    }))
}

/// Softmax of rows: in one call, where the machine and the length allow, else of three kernels, as tract does.
fn softmax(len: usize) -> Option<Candidate<'static>> {
    if let Some(rows) = softmax_rows_f32().filter(|_| len.is_multiple_of(4)) {
        return Some(Candidate::in_place(NAME, "in place", move |y| rows(y, len)));
    }
    let max = Func::ReduceMax.reduce_f32().ok()?;
    let exp = Func::Softmax2.map_reduce_f32().ok()?;
    let scale = Func::MulByScalar.ew_f32_param().ok()?;
    Some(Candidate::in_place(NAME, format!("in place, {} and others", exp.name()), move |y| {
        for row in y.chunks_exact_mut(len) {
            let largest = max.run(row).expect("a kernel of this machine");
            let sum = exp.run_with_params(row, largest).expect("a kernel of this machine");
            scale.run_with_params(row, 1.0 / sum).expect("a kernel of this machine");
        }
    }))
}
