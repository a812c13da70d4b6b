//! simdact.

use simdact::{Accuracy, Axis, Error, Kernels};

use crate::cases::{Case, Function};
use crate::race::{Candidate, Inputs};
use crate::tract;

/// Most slices in one call.
pub const MOST_SLICES: usize = 8;

/// Computes a case.
///
/// # Errors
/// Those of simdact, for shapes that do not fit.
///
/// # Panics
/// On more slices than [`MOST_SLICES`].
pub fn run(kernels: &Kernels, case: &Case, x: &[f32], dy: &[f32], y: &mut [f32]) -> Result<(), Error> {
    let axis = Axis::new(case.len).inner(case.inner);
    match case.function {
        Function::Map(function) => kernels.apply(function.activation, x, y),
        Function::MapBackward(function) => kernels.backward(function.activation, x, dy, y),
        Function::Softmax => kernels.softmax(x, axis, y),
        Function::SoftmaxBackward => kernels.softmax_backward(x, dy, axis, y),
        Function::Maxout => kernels.maxout_axis(x, axis, y),
        Function::MaxoutSlices => {
            let mut slices = [&x[..0]; MOST_SLICES];
            for (slice, part) in slices.iter_mut().zip(x.chunks_exact(case.inner.max(1))) {
                *slice = part;
            }
            kernels.maxout(&slices[..case.len], y)
        }
    }
}

/// The tiers, and what they add to a name.
pub const TIERS: [(Accuracy, &str); 3] =
    [(Accuracy::Faithful, ""), (Accuracy::Fast, " fast"), (Accuracy::Exact, " exact")];

/// What a candidate of these kernels is called, without its tier.
pub fn name(kernels: &Kernels) -> String {
    format!("simdact {}", kernels.backend())
}

/// Each of the kernels, in each tier; the first of them also in place, where a rival computes in place.
pub fn candidates(kernels: &[Kernels], case: Case) -> Vec<Candidate<'static>> {
    let mut candidates = Vec::new();
    for (i, &standard) in kernels.iter().enumerate() {
        for (tier, called) in TIERS {
            if !case.function.has(tier) {
                continue;
            }
            let kernels = standard.accuracy(tier);
            let name = name(&kernels) + called;
            if i == 0 && tract::has(&case) {
                candidates.push(Candidate::in_place(&name, "in place", in_place(kernels, case)));
            }
            candidates.push(Candidate::new(name, "", move |Inputs { x, dy }, y: &mut [f32]| {
                run(&kernels, &case, x, dy, y).expect("shapes fit");
            }));
        }
    }
    candidates
}

fn in_place(kernels: Kernels, case: Case) -> impl FnMut(&mut [f32]) {
    move |y| match case.function {
        Function::Map(function) => kernels.apply_in_place(function.activation, y),
        _ => kernels.softmax_in_place(y, Axis::new(case.len).inner(case.inner)).expect("shapes fit"),
    }
}
