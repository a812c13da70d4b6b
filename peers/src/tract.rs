//! tract-linalg, whose kernels replace their input.

use tract_linalg::Func;
use tract_linalg::routines::softmax_rows_f32;

use crate::cases::{Case, Function};
use crate::race::Candidate;

const NAME: &str = "tract-linalg 0.23";

/// In place, again and again, some functions halve their values each time, until they are subnormal. From so many
/// elements on, too few calls are measured at once for that.
const FEW_CALLS: usize = 16 << 10;

/// Its element-wise functions. Its leaky_relu is left out, which makes values subnormal in 20 calls.
fn map(case: &Case) -> Option<Func> {
    let halves = |function| (case.elements() >= FEW_CALLS).then_some(function);
    match &*case.function.name() {
        "exp" => Some(Func::Exp),
        "tanh" => Some(Func::Tanh),
        "sigmoid" => Some(Func::Sigmoid),
        "erf" => Some(Func::Erf),
        "silu" => halves(Func::Silu),
        // That is what its GELU is.
        "gelu_tanh" => halves(Func::Gelu),
        "hardswish" => halves(Func::Hardswish),
        _ => None,
    }
}

fn is_softmax_of_rows(case: &Case) -> bool {
    matches!(case.function, Function::Softmax) && case.inner == 1
}

/// Whether it has a function.
pub fn has(case: &Case) -> bool {
    map(case).is_some() || is_softmax_of_rows(case)
}

/// What it has of the functions.
pub fn candidate(case: Case) -> Option<Candidate<'static>> {
    if is_softmax_of_rows(&case) {
        return softmax(case.len);
    }
    let function = map(&case)?;
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
