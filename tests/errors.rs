//! Is every call that cannot be carried out refused, by the right error with the right numbers, before anything has
//! been written? Does no shape make a function panic? And which backend does a process get?

mod common;

use core::mem::MaybeUninit;

use common::guarded::Element;
use common::kernels;
use simdact::{Activation, Axis, Backend, Error, Fused, Half, Kernels, Mask, Rows, UnknownBackend};

/// What the calls below write to. A refused one leaves all of it untouched.
struct Places {
    a: [f32; 6],
    b: [f32; 6],
    c: [f32; 6],
    index: [u32; 6],
}

impl Places {
    const UNTOUCHED: Places =
        Places { a: [f32::UNTOUCHED; 6], b: [f32::UNTOUCHED; 6], c: [f32::UNTOUCHED; 6], index: [u32::UNTOUCHED; 6] };

    fn bits(&self) -> Vec<u32> {
        let floats = [self.a, self.b, self.c].concat();
        floats.iter().map(|x| x.bits()).chain(self.index).collect()
    }
}

type Call = fn(&Kernels, &mut Places) -> Result<(), Error>;

/// Any input.
const X: [f32; 12] = [1.0, 5.0, 2.0, 4.0, 3.0, 6.0, 0.0, 9.0, 8.0, 7.0, 1.0, 2.0];
const TANH: Activation = Activation::Tanh;

fn ok<T>(_: T) {}

fn length(name: &'static str, found: usize, expected: usize) -> Error {
    Error::Length { name, found, expected }
}

fn not_multiple(length: usize, len: usize, inner: usize) -> Error {
    Error::NotMultiple { length, len, inner }
}

fn bias(bias: &[f32], axis: Axis) -> Fused<'_> {
    TANH.fused().bias(bias, axis)
}

fn empty(len: usize, inner: usize) -> Error {
    Error::EmptyAxis { len, inner }
}

fn out_of_range(at: usize, index: u32, len: usize) -> Error {
    Error::IndexOutOfRange { at, index, len }
}

/// Calls that must be refused, one or more for each function and each way to be wrong.
fn refused() -> Vec<(Call, Error)> {
    let uninit = |len| length("y", len, 3);
    vec![
        // Element-wise.
        (|k, p| k.apply(TANH, &X[..3], &mut p.a[..2]), length("y", 2, 3)),
        (|k, p| k.apply(TANH, &X[..3], &mut p.a), length("y", 6, 3)),
        (|k, p| k.apply(TANH, &[], &mut p.a[..1]), length("y", 1, 0)),
        (|k, _| k.apply_uninit(TANH, &X[..3], &mut [MaybeUninit::uninit(); 4]).map(ok), uninit(4)),
        (|k, p| k.backward(TANH, &X[..3], &X[..4], &mut p.a[..3]), length("dy", 4, 3)),
        (|k, p| k.backward(TANH, &X[..3], &X[..3], &mut p.a[..5]), length("dx", 5, 3)),
        (|k, p| k.backward_in_place(TANH, &X[..3], &mut p.a[..2]), length("dy", 2, 3)),
        // Fused.
        (|k, p| k.apply_fused(&TANH.fused(), &X[..3], &mut p.a[..2]), length("y", 2, 3)),
        (|k, p| k.apply_fused(&TANH.fused().residual(&X[..2]), &X[..3], &mut p.a[..3]), length("residual", 2, 3)),
        (|k, p| k.apply_fused(&TANH.fused().factor(&X[..4]), &X[..3], &mut p.a[..3]), length("factor", 4, 3)),
        (|k, p| k.apply_fused(&bias(&X[..2], Axis::rows(3)), &X[..3], &mut p.a[..3]), length("bias", 2, 3)),
        (|k, p| k.apply_fused(&bias(&X[..2], Axis::rows(2)), &X[..3], &mut p.a[..3]), not_multiple(3, 2, 1)),
        (|k, p| k.apply_fused(&bias(&[], Axis::rows(0)), &[], &mut p.a[..0]), empty(0, 1)),
        (|k, p| k.apply_fused_in_place(&TANH.fused().factor(&X[..5]), &mut p.a), length("factor", 5, 6)),
        (|k, p| k.apply_fused_in_place(&bias(&X[..4], Axis::rows(4)), &mut p.a), not_multiple(6, 4, 1)),
        (|k, _| k.apply_fused_uninit(&TANH.fused(), &X[..3], &mut [MaybeUninit::uninit(); 2]).map(ok), uninit(2)),
        (|k, p| k.fused_backward(&TANH.fused(), &X[..3], &X[..2], &mut p.a[..3]), length("dy", 2, 3)),
        (|k, p| k.fused_backward(&TANH.fused(), &X[..3], &X[..3], &mut p.a[..2]), length("dx", 2, 3)),
        (
            |k, p| k.fused_backward(&TANH.fused().factor(&X[..1]), &X[..3], &X[..3], &mut p.a[..3]),
            length("factor", 1, 3),
        ),
        // Gated.
        (|k, p| k.gate(TANH, &X[..3], &X[..2], &mut p.a[..3]), length("value", 2, 3)),
        (|k, p| k.gate(TANH, &X[..3], &X[..3], &mut p.a[..2]), length("y", 2, 3)),
        (|k, p| k.gate_halves(TANH, &X[..6], Axis::rows(6), Half::First, &mut p.a[..6]), length("y", 6, 3)),
        (|k, p| k.gate_halves(TANH, &X[..6], Axis::rows(3), Half::First, &mut p.a[..3]), Error::OddAxis { len: 3 }),
        (|k, p| k.gate_halves(TANH, &X[..6], Axis::rows(4), Half::First, &mut p.a[..3]), not_multiple(6, 4, 1)),
        (|k, p| k.gate_backward(TANH, &X[..3], &X[..4], &X[..3], &mut p.a[..3], &mut p.b[..3]), length("value", 4, 3)),
        (|k, p| k.gate_backward(TANH, &X[..3], &X[..3], &X[..4], &mut p.a[..3], &mut p.b[..3]), length("dy", 4, 3)),
        (|k, p| k.gate_backward(TANH, &X[..3], &X[..3], &X[..3], &mut p.a[..2], &mut p.b[..3]), length("dgate", 2, 3)),
        (|k, p| k.gate_backward(TANH, &X[..3], &X[..3], &X[..3], &mut p.a[..3], &mut p.b[..1]), length("dvalue", 1, 3)),
        (
            |k, p| k.gate_halves_backward(TANH, &X[..6], Axis::rows(2), Half::Second, &X[..3], &mut p.a[..5]),
            length("dx", 5, 6),
        ),
        (
            |k, p| k.gate_halves_backward(TANH, &X[..6], Axis::rows(2), Half::Second, &X[..6], &mut p.a),
            length("dy", 6, 3),
        ),
        (
            |k, p| k.gate_halves_backward(TANH, &X[..6], Axis::rows(1), Half::Second, &X[..3], &mut p.a),
            Error::OddAxis { len: 1 },
        ),
        // Rows with gaps.
        (|k, p| k.apply_rows(TANH, &X, Rows::new(2, 4), &mut p.a, Rows::new(2, 3)), length("y", 6, 8)),
        (|k, p| k.apply_rows(TANH, &X, Rows::new(2, 6), &mut p.a, Rows::new(3, 3)), length("y_rows", 3, 2)),
        (
            |k, p| k.apply_rows(TANH, &X, Rows::new(3, 2), &mut p.a, Rows::new(3, 3)),
            Error::Stride { len: 3, stride: 2 },
        ),
        (|k, p| k.apply_rows(TANH, &X, Rows::new(0, 2), &mut p.a, Rows::new(0, 3)), empty(0, 1)),
        (
            |k, p| k.apply_rows(TANH, &X[..9], Rows::new(2, 4), &mut p.a, Rows::new(2, 3)),
            Error::NotRows { length: 9, len: 2, stride: 4 },
        ),
        (
            |k, p| k.apply_rows(TANH, &X[..4], Rows::new(2, 2), &mut p.a[..4], Rows::new(2, 3)),
            Error::NotRows { length: 4, len: 2, stride: 3 },
        ),
        (
            |k, p| k.apply_rows_in_place(TANH, &mut p.a, Rows::new(2, 5)),
            Error::NotRows { length: 6, len: 2, stride: 5 },
        ),
        (
            |k, p| {
                let rows = Rows::new(2, 3);
                k.backward_rows(TANH, (&X[..6], rows), (&X[..3], rows), (&mut p.a, rows))
            },
            length("dy", 3, 5),
        ),
        (
            |k, p| {
                let rows = Rows::new(2, 3);
                k.backward_rows(TANH, (&X[..6], rows), (&X[..6], rows), (&mut p.a[..2], rows))
            },
            length("dx", 2, 5),
        ),
        // PReLU, and sums.
        (|k, p| k.prelu(&X[..6], &X[..2], Axis::rows(2), &mut p.a[..5]), length("y", 5, 6)),
        (|k, p| k.prelu(&X[..6], &X[..3], Axis::rows(2), &mut p.a), length("slopes", 3, 2)),
        (|k, p| k.prelu(&X[..6], &X[..4], Axis::rows(4), &mut p.a), not_multiple(6, 4, 1)),
        (|k, p| k.prelu_in_place(&mut p.a, &X[..3], Axis::rows(2)), length("slopes", 3, 2)),
        (|k, p| k.prelu_in_place(&mut p.a, &[], Axis::rows(0)), empty(0, 1)),
        (
            |k, p| k.prelu_backward(&X[..6], &X[..2], Axis::rows(2), &X[..5], &mut p.a, &mut p.b[..2]),
            length("dy", 5, 6),
        ),
        (
            |k, p| k.prelu_backward(&X[..6], &X[..2], Axis::rows(2), &X[..6], &mut p.a[..5], &mut p.b[..2]),
            length("dx", 5, 6),
        ),
        (
            |k, p| k.prelu_backward(&X[..6], &X[..1], Axis::rows(2), &X[..6], &mut p.a, &mut p.b[..2]),
            length("slopes", 1, 2),
        ),
        (
            |k, p| k.prelu_backward(&X[..6], &X[..2], Axis::rows(2), &X[..6], &mut p.a, &mut p.b[..3]),
            length("dslopes", 3, 2),
        ),
        (|k, p| k.sum_to_axis(&X[..6], Axis::rows(2), &mut p.a[..3]), length("y", 3, 2)),
        (|k, p| k.sum_to_axis(&X[..6], Axis::rows(4), &mut p.a[..4]), not_multiple(6, 4, 1)),
        // Softmax.
        (|k, p| k.softmax(&X[..4], Axis::rows(2), &mut p.a[..6]), length("y", 6, 4)),
        (|k, p| k.softmax(&X[..4], Axis::rows(3), &mut p.a[..4]), not_multiple(4, 3, 1)),
        (|k, p| k.softmax(&X[..6], Axis::new(2).inner(2), &mut p.a), not_multiple(6, 2, 2)),
        (|k, p| k.softmax(&X[..6], Axis::rows(0), &mut p.a), empty(0, 1)),
        (|k, p| k.softmax(&X[..6], Axis::new(3).inner(0), &mut p.a), empty(3, 0)),
        (|k, p| k.softmax(&[], Axis::rows(0), &mut p.a[..0]), empty(0, 1)),
        (|k, p| k.softmax_in_place(&mut p.a, Axis::rows(4)), not_multiple(6, 4, 1)),
        (|k, p| k.softmax_in_place(&mut p.a, Axis::rows(0)), empty(0, 1)),
        (|k, _| k.softmax_uninit(&X[..3], Axis::rows(3), &mut [MaybeUninit::uninit(); 2]).map(ok), uninit(2)),
        (
            |k, _| k.softmax_uninit(&X[..3], Axis::rows(2), &mut [MaybeUninit::uninit(); 3]).map(ok),
            not_multiple(3, 2, 1),
        ),
        (|k, p| k.softmax_backward(&X[..4], &X[..3], Axis::rows(2), &mut p.a[..4]), length("dy", 3, 4)),
        (|k, p| k.softmax_backward(&X[..4], &X[..4], Axis::rows(2), &mut p.a[..3]), length("dx", 3, 4)),
        (|k, p| k.softmax_backward(&X[..4], &X[..4], Axis::rows(3), &mut p.a[..4]), not_multiple(4, 3, 1)),
        (|k, p| k.softmax_backward(&X[..4], &X[..4], Axis::rows(0), &mut p.a[..4]), empty(0, 1)),
        (|k, p| k.softmax_backward_in_place(&X[..4], &mut p.a[..3], Axis::rows(2)), length("dy", 3, 4)),
        (|k, p| k.softmax_backward_in_place(&X[..4], &mut p.a[..4], Axis::rows(3)), not_multiple(4, 3, 1)),
        (|k, p| k.softmax_backward_in_place(&X[..4], &mut p.a[..4], Axis::new(1).inner(0)), empty(1, 0)),
        // Its relatives; see also tests/logsumexp.rs and tests/masked.rs.
        (|k, p| k.softmin(&X[..4], Axis::rows(2), &mut p.a[..6]), length("y", 6, 4)),
        (|k, p| k.softmin_in_place(&mut p.a, Axis::rows(4)), not_multiple(6, 4, 1)),
        (|k, p| k.softmin_backward(&X[..4], &X[..3], Axis::rows(2), &mut p.a[..4]), length("dy", 3, 4)),
        (|k, p| k.softmax1(&X[..4], Axis::rows(2), &mut p.a[..6]), length("y", 6, 4)),
        (|k, p| k.softmax1_in_place(&mut p.a, Axis::rows(0)), empty(0, 1)),
        (|k, p| k.softmax1_backward_in_place(&X[..4], &mut p.a[..3], Axis::rows(2)), length("dy", 3, 4)),
        (|k, p| k.log_softmax(&X[..4], Axis::rows(2), &mut p.a[..6]), length("y", 6, 4)),
        (|k, p| k.log_softmax(&X[..6], Axis::new(2).inner(2), &mut p.a), not_multiple(6, 2, 2)),
        (|k, _| k.log_softmax_uninit(&X[..3], Axis::rows(3), &mut [MaybeUninit::uninit(); 2]).map(ok), uninit(2)),
        (|k, p| k.log_softmax_backward(&X[..4], &X[..4], Axis::rows(2), &mut p.a[..3]), length("dx", 3, 4)),
        (|k, p| k.logsumexp(&X, Axis::rows(4), &mut p.a[..4]), length("y", 4, 3)),
        (|k, p| k.masked_softmax(&X[..4], Axis::rows(2), 1.0, Mask::None, &mut p.a[..3]), length("y", 3, 4)),
        (
            |k, p| k.masked_softmax(&X[..6], Axis::rows(3), 1.0, Mask::Boolean(&[true; 4]), &mut p.a),
            Error::Mask { mask: 4, length: 6, len: 3, inner: 1 },
        ),
        (
            |k, p| k.masked_softmax_in_place(&mut p.a, Axis::rows(2), 1.0, Mask::Additive(&X[..4])),
            Error::Mask { mask: 4, length: 6, len: 2, inner: 1 },
        ),
        (
            |k, p| k.masked_softmax_in_place(&mut p.a, Axis::rows(2), 1.0, Mask::Causal { queries: 2, offset: 0 }),
            Error::Queries { queries: 2, blocks: 3 },
        ),
        (|k, p| k.softmax_part(&k.softmax_stats(&X), &X[..4], &mut p.a[..3]), length("y", 3, 4)),
        // Maxout of slices.
        (|k, p| k.maxout(&[], &mut p.a), Error::NoSlices),
        (|k, _| k.maxout::<f32>(&[], &mut []), Error::NoSlices),
        (|k, p| k.maxout(&[&X[..3], &X[..3]], &mut p.a[..4]), length("y", 4, 3)),
        (|k, p| k.maxout(&[&X[..3], &X[..3], &X[..2]], &mut p.a[..3]), length("one of the slices", 2, 3)),
        (|k, p| k.maxout_in_place(&mut p.a, &[&X[..6], &X[..7]]), length("one of the slices", 7, 6)),
        (|k, _| k.maxout_uninit::<f32>(&[], &mut [MaybeUninit::uninit(); 3]).map(ok), Error::NoSlices),
        (|k, _| k.maxout_uninit(&[&X[..3]], &mut [MaybeUninit::uninit(); 2]).map(ok), uninit(2)),
        (|k, p| k.maxout_with_index(&[], &mut p.a, &mut p.index), Error::NoSlices),
        (|k, p| k.maxout_with_index(&[&X[..3]], &mut p.a[..2], &mut p.index[..2]), length("y", 2, 3)),
        (|k, p| k.maxout_with_index(&[&X[..3]], &mut p.a[..3], &mut p.index[..2]), length("index", 2, 3)),
        (
            |k, p| k.maxout_with_index(&[&X[..3], &X[..1]], &mut p.a[..3], &mut p.index[..3]),
            length("one of the slices", 1, 3),
        ),
        // Maxout along an axis.
        (|k, p| k.maxout_axis(&X, Axis::rows(4), &mut p.a[..4]), length("y", 4, 3)),
        (|k, p| k.maxout_axis(&X, Axis::new(2).inner(3), &mut p.a[..5]), length("y", 5, 6)),
        (|k, p| k.maxout_axis(&X, Axis::rows(5), &mut p.a[..3]), not_multiple(12, 5, 1)),
        (|k, p| k.maxout_axis(&X, Axis::rows(0), &mut p.a), empty(0, 1)),
        (|k, p| k.maxout_axis_in_place(&mut p.a, Axis::rows(4)).map(ok), not_multiple(6, 4, 1)),
        (|k, p| k.maxout_axis_in_place(&mut p.a, Axis::new(2).inner(0)).map(ok), empty(2, 0)),
        (|k, _| k.maxout_axis_uninit(&X, Axis::rows(4), &mut [MaybeUninit::uninit(); 4]).map(ok), uninit(4)),
        (
            |k, _| k.maxout_axis_uninit(&X, Axis::rows(5), &mut [MaybeUninit::uninit(); 3]).map(ok),
            not_multiple(12, 5, 1),
        ),
        (|k, p| k.maxout_axis_with_index(&X, Axis::rows(4), &mut p.a[..2], &mut p.index[..2]), length("y", 2, 3)),
        (|k, p| k.maxout_axis_with_index(&X, Axis::rows(4), &mut p.a[..3], &mut p.index[..4]), length("index", 4, 3)),
        (|k, p| k.maxout_axis_with_index(&X, Axis::rows(7), &mut p.a[..3], &mut p.index[..3]), not_multiple(12, 7, 1)),
        (|k, p| k.maxout_axis_with_index(&X, Axis::rows(0), &mut p.a, &mut p.index), empty(0, 1)),
        (
            |k, _| k.maxout_axis_with_index::<f32>(&[], Axis::rows(PIECES), &mut [], &mut []),
            Error::TooManyPieces { len: PIECES },
        ),
        // Back to slices.
        (|k, _| k.maxout_backward(&[0; 3], &X[..3], &mut []), Error::NoSlices),
        (|k, p| k.maxout_backward(&[0; 3], &X[..2], &mut [&mut p.a[..3]]), length("dy", 2, 3)),
        (
            |k, p| k.maxout_backward(&[0; 3], &X[..3], &mut [&mut p.a[..3], &mut p.b[..3], &mut p.c[..4]]),
            length("one of dx", 4, 3),
        ),
        (|k, p| k.maxout_backward(&[1, 0, 2, 9], &X[..4], &mut [&mut p.a[..4], &mut p.b[..4]]), out_of_range(2, 2, 2)),
        (
            |k, p| k.maxout_backward(&[0, u32::MAX], &X[..2], &mut [&mut p.a[..2], &mut p.b[..2]]),
            out_of_range(1, u32::MAX, 2),
        ),
        (|k, p| k.maxout_backward_in_place(&[0; 3], &mut p.a[..4], &mut [&mut p.b[..3]]), length("dy", 4, 3)),
        (
            |k, p| k.maxout_backward_in_place(&[0; 3], &mut p.a[..3], &mut [&mut p.b[..3], &mut p.c[..2]]),
            length("one of dx", 2, 3),
        ),
        (|k, p| k.maxout_backward_in_place(&[2, 0], &mut p.a[..2], &mut [&mut p.b[..2]]), out_of_range(0, 2, 2)),
        // Back along an axis.
        (|k, p| k.maxout_axis_backward(&[0; 3], &X[..2], Axis::rows(2), &mut p.a), length("dy", 2, 3)),
        (|k, p| k.maxout_axis_backward(&[0; 2], &X[..3], Axis::rows(2), &mut p.a), length("index", 2, 3)),
        (|k, p| k.maxout_axis_backward(&[0; 3], &X[..3], Axis::rows(4), &mut p.a), not_multiple(6, 4, 1)),
        (|k, p| k.maxout_axis_backward(&[0; 3], &X[..3], Axis::rows(0), &mut p.a), empty(0, 1)),
        (|k, p| k.maxout_axis_backward(&[0, 1, 2], &X[..3], Axis::rows(2), &mut p.a), out_of_range(2, 2, 2)),
        (|k, p| k.maxout_axis_backward(&[0, 7, 1], &X[..3], Axis::new(2).inner(3), &mut p.a), out_of_range(1, 7, 2)),
        (|k, p| k.maxout_axis_backward_in_place(&[0; 2], Axis::rows(2), &mut p.a), length("index", 2, 3)),
        (|k, p| k.maxout_axis_backward_in_place(&[0; 3], Axis::rows(4), &mut p.a), not_multiple(6, 4, 1)),
        (|k, p| k.maxout_axis_backward_in_place(&[0; 3], Axis::rows(0), &mut p.a), empty(0, 1)),
        (|k, p| k.maxout_axis_backward_in_place(&[2, 0, 0], Axis::rows(2), &mut p.a), out_of_range(0, 2, 2)),
    ]
}

/// One more than an index can number; the data must be empty then, for want of memory.
const PIECES: usize = (1 << 32) + 1;

#[test]
fn refused_calls_write_nothing() {
    for backend in Backend::available() {
        for kernels in [kernels(backend), kernels(backend).serial()] {
            for (i, (call, expected)) in refused().into_iter().enumerate() {
                let mut places = Places::UNTOUCHED;
                assert_eq!(call(&kernels, &mut places), Err(expected), "call {i} on {kernels:?}");
                assert_eq!(places.bits(), Places::UNTOUCHED.bits(), "call {i} on {kernels:?} has written");
            }
        }
    }
}

/// The numbers in an error.
fn numbers(error: Error) -> Vec<String> {
    match error {
        Error::Length { name, found, expected } => vec![name.into(), found.to_string(), expected.to_string()],
        Error::NotMultiple { length, len, inner } => [length, len, inner].map(|n| n.to_string()).into(),
        Error::EmptyAxis { len, inner } => [len, inner].map(|n| n.to_string()).into(),
        Error::Mask { mask, length, len, inner } => [mask, length, len, inner].map(|n| n.to_string()).into(),
        Error::Queries { queries, blocks } => [queries, blocks].map(|n| n.to_string()).into(),
        Error::Stride { len, stride } => [len, stride].map(|n| n.to_string()).into(),
        Error::NotRows { length, len, stride } => [length, len, stride].map(|n| n.to_string()).into(),
        Error::OddAxis { len } => vec![len.to_string()],
        Error::NoSlices => vec!["0 slices".into()],
        Error::TooManyPieces { len } => vec![len.to_string(), (1u64 << 32).to_string()],
        Error::IndexOutOfRange { at, index, len } => vec![at.to_string(), index.to_string(), len.to_string()],
        Error::Unavailable { backend } => vec![backend.name().into()],
        other => panic!("no call was refused by {other:?}"),
    }
}

#[test]
fn messages_tell_the_numbers() {
    let unavailable = ALL.map(|backend| Error::Unavailable { backend });
    for error in refused().into_iter().map(|(_, error)| error).chain(unavailable) {
        let message = error.to_string();
        for number in numbers(error) {
            // As a word of its own: 3 is not told by 13.
            let told = message.split(|c: char| !c.is_alphanumeric() && !" _".contains(c)).any(|part| {
                let (part, number) = (format!(" {part} "), format!(" {number} "));
                part.contains(&number)
            });
            assert!(told, "{error:?} does not tell {number}: {message}");
        }
    }
    // It is an error as the standard library knows them.
    let source: &dyn core::error::Error = &Error::NoSlices;
    assert!(source.source().is_none());
}

/// Empty input is nothing to do, for all functions.
#[test]
fn empty_input_is_fine() {
    let axes = [Axis::rows(1), Axis::rows(7), Axis::new(3).inner(5), Axis::rows(usize::MAX)];
    for backend in Backend::available() {
        for k in [kernels(backend), kernels(backend).serial()] {
            for activation in [Activation::Relu, Activation::LeakyRelu { slope: 0.1 }, TANH, Activation::Sigmoid] {
                let mut none = [0.0; 0];
                k.apply_in_place(activation, &mut none);
                assert_eq!(k.apply(activation, &[], &mut none), Ok(()));
                assert_eq!(k.apply_uninit(activation, &[], &mut []), Ok(&mut [0.0; 0][..]));
                assert_eq!(k.backward(activation, &[], &[], &mut none), Ok(()));
                assert_eq!(k.backward_in_place(activation, &[], &mut none), Ok(()));
            }
            for axis in axes {
                assert_eq!(k.softmax::<f32>(&[], axis, &mut []), Ok(()), "{axis:?}");
                assert_eq!(k.softmax_in_place::<f32>(&mut [], axis), Ok(()), "{axis:?}");
                assert_eq!(k.softmax_uninit::<f32>(&[], axis, &mut []), Ok(&mut [][..]), "{axis:?}");
                assert_eq!(k.softmax_backward::<f32>(&[], &[], axis, &mut []), Ok(()), "{axis:?}");
                assert_eq!(k.softmax_backward_in_place::<f32>(&[], &mut [], axis), Ok(()), "{axis:?}");
                assert_eq!(k.maxout_axis_backward::<f32>(&[], &[], axis, &mut []), Ok(()), "{axis:?}");
                assert_eq!(k.maxout_axis_backward_in_place::<f32>(&[], axis, &mut []), Ok(()), "{axis:?}");
                if u32::try_from(axis.len - 1).is_ok() {
                    assert_eq!(k.maxout_axis::<f32>(&[], axis, &mut []), Ok(()), "{axis:?}");
                    assert_eq!(k.maxout_axis_in_place::<f32>(&mut [], axis), Ok(&mut [][..]), "{axis:?}");
                    assert_eq!(k.maxout_axis_uninit::<f32>(&[], axis, &mut []), Ok(&mut [][..]), "{axis:?}");
                    assert_eq!(k.maxout_axis_with_index::<f32>(&[], axis, &mut [], &mut []), Ok(()), "{axis:?}");
                }
            }
            for n in 1..5 {
                let slices = vec![&[][..]; n];
                assert_eq!(k.maxout::<f32>(&slices, &mut []), Ok(()));
                assert_eq!(k.maxout_in_place::<f32>(&mut [], &slices), Ok(()));
                assert_eq!(k.maxout_uninit::<f32>(&slices, &mut []), Ok(&mut [][..]));
                assert_eq!(k.maxout_with_index::<f32>(&slices, &mut [], &mut []), Ok(()));
                let mut dx: Vec<&mut [f32]> = (0..n).map(|_| &mut [][..]).collect();
                assert_eq!(k.maxout_backward(&[], &[], &mut dx), Ok(()));
                assert_eq!(k.maxout_backward_in_place(&[], &mut [], &mut dx), Ok(()));
            }
        }
    }
}

/// Numbers at which products of two overflow, or just do not.
const SIZES: [usize; 14] =
    [0, 1, 2, 3, 5, 6, 12, 1 << 31, 1 << 32, PIECES, usize::MAX / 2, usize::MAX / 2 + 1, usize::MAX - 1, usize::MAX];

/// No axis makes a function panic; a shape that the mathematics allows is taken, all others are refused.
#[test]
fn no_axis_makes_a_function_panic() {
    for backend in Backend::available() {
        let k = kernels(backend);
        for (len, inner) in SIZES.iter().flat_map(|&len| SIZES.map(|inner| (len, inner))) {
            let axis = Axis::new(len).inner(inner);
            for n in [0, 1, 2, 6, 12] {
                let block = len as u128 * inner as u128;
                let fits = block > 0 && (n as u128).is_multiple_of(block);
                assert_eq!(axis.outer(n).is_ok(), fits, "{axis:?}, {n} elements");
                let rows = n / len.max(1);
                let (x, dy, index) = (X[..n].to_vec(), vec![1.0; rows], vec![0; rows]);
                let (mut y, mut winners, mut numbers) = (vec![0.0; n], vec![0.0; rows], vec![0; rows]);
                let full = [
                    k.softmax(&x, axis, &mut y),
                    k.softmax_in_place(&mut y, axis),
                    k.softmax_uninit(&x, axis, &mut vec![MaybeUninit::uninit(); n]).map(ok),
                    k.softmax_backward(&x, &x, axis, &mut y),
                    k.softmax_backward_in_place(&x, &mut y, axis),
                    k.softmin(&x, axis, &mut y),
                    k.softmax1(&x, axis, &mut y),
                    k.log_softmax(&x, axis, &mut y),
                    k.log_softmax_backward(&x, &x, axis, &mut y),
                    k.masked_softmax(&x, axis, 0.5, Mask::None, &mut y),
                    k.masked_softmax(&x, axis, 0.5, Mask::Additive(&x), &mut y),
                    k.masked_softmax(&x, axis, 0.5, Mask::Causal { queries: 1, offset: 0 }, &mut y),
                    k.logsumexp_backward(&x, &winners, &dy, axis, &mut y),
                    k.maxout_axis_backward(&index, &dy, axis, &mut y),
                    k.maxout_axis_backward_in_place(&index, axis, &mut y),
                ];
                let reduced = [
                    k.logsumexp(&x, axis, &mut winners),
                    k.logsumexp_in_place(&mut x.clone(), axis).map(ok),
                    k.logsumexp_uninit(&x, axis, &mut vec![MaybeUninit::uninit(); rows]).map(ok),
                    k.maxout_axis(&x, axis, &mut winners),
                    k.maxout_axis_in_place(&mut x.clone(), axis).map(ok),
                    k.maxout_axis_uninit(&x, axis, &mut vec![MaybeUninit::uninit(); rows]).map(ok),
                    k.maxout_axis_with_index(&x, axis, &mut winners, &mut numbers),
                ];
                for (i, result) in full.into_iter().enumerate() {
                    assert_eq!(result.is_ok(), fits, "call {i}, {axis:?}, {n} elements on {backend}: {result:?}");
                }
                for (i, result) in reduced.into_iter().enumerate() {
                    // So many pieces could not be numbered, were there any, where an index is asked for.
                    let too_many = i == 6 && result == Err(Error::TooManyPieces { len }) && len >= PIECES && n == 0;
                    let right = result.is_ok() == fits || (fits && too_many);
                    assert!(right, "reduction {i}, {axis:?}, {n} elements on {backend}: {result:?}");
                }
            }
        }
    }
}

const ALL: [Backend; 5] = [Backend::Scalar, Backend::Portable, Backend::Avx2, Backend::Avx512, Backend::Neon];

#[test]
fn a_backend_is_available_or_refused() {
    let available: Vec<Backend> = Backend::available().collect();
    for always in [Backend::Scalar, Backend::Portable] {
        assert!(available.contains(&always));
    }
    assert!(available.contains(&Backend::best()));
    // No machine has both.
    assert!(!(Backend::Neon.is_available() && Backend::Avx2.is_available()));
    assert_eq!(Backend::Neon.is_available(), cfg!(target_arch = "aarch64"));
    for backend in ALL {
        assert_eq!(backend.is_available(), available.contains(&backend), "{backend}");
        match Kernels::on(backend) {
            Ok(kernels) => assert!(backend.is_available() && kernels.backend() == backend, "{backend}"),
            Err(error) => {
                assert!(!backend.is_available(), "{backend}");
                assert_eq!(error, Error::Unavailable { backend });
            }
        }
    }
}

#[test]
fn backends_have_names() {
    for backend in ALL {
        let name = backend.name();
        assert_eq!(backend.to_string(), name);
        assert_eq!(format!("{backend:>9}|"), format!("{name:>9}|"));
        assert_eq!(name.parse(), Ok(backend));
        assert_eq!(format!(" {}\n", name.to_uppercase()).parse(), Ok(backend));
    }
    for name in ["", "sse2", "avx", "avx-512", "scalar portable", "автомат"] {
        assert_eq!(name.parse::<Backend>(), Err(UnknownBackend), "{name:?}");
    }
    let message = UnknownBackend.to_string();
    assert!(ALL.iter().all(|backend| message.contains(backend.name())), "{message}");
}

/// `SIMDACT_BACKEND` chooses for a whole process: this test runs itself in others, with that variable set.
#[cfg(feature = "std")]
mod environment {
    use std::ffi::OsStr;

    use super::common::child;
    use simdact::{Backend, Kernels};

    const MARK: &str = "the child says:";

    /// What a process says about its backends.
    struct Child {
        chosen: String,
        best: String,
        available: Vec<String>,
        warnings: Vec<String>,
    }

    /// In the child: what it gets, asked for by several threads at once, and then again.
    fn speak() {
        let chosen = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| Kernels::default().backend())).collect();
            threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect::<Vec<Backend>>()
        });
        let first = Kernels::default().backend();
        assert!(chosen.iter().all(|&backend| backend == first), "one process has one backend: {chosen:?}");
        let available: Vec<&str> = Backend::available().map(Backend::name).collect();
        println!("\n{MARK} {first} {} {}", Backend::best(), available.join(" "));
    }

    /// The child with `SIMDACT_BACKEND` as given.
    fn listen(wish: Option<&OsStr>) -> Child {
        let mut command = child::command("environment::a_process_gets_what_it_asks_for", "speak");
        if let Some(wish) = wish {
            command.env("SIMDACT_BACKEND", wish);
        }
        let (stdout, stderr) = child::succeed(&mut command);
        let mut said = stdout.lines().filter_map(|line| line.strip_prefix(MARK));
        let mut words = said.next().expect("the child speaks").split_whitespace().map(String::from);
        let (chosen, best) = (words.next().expect("a backend"), words.next().expect("another"));
        let warnings = stderr.lines().filter(|line| line.starts_with("simdact:")).map(String::from).collect();
        Child { chosen, best, available: words.collect(), warnings }
    }

    #[test]
    fn a_process_gets_what_it_asks_for() {
        if child::role().is_some() {
            return speak();
        }
        // The machine of the children may be another than this: an emulated test can start children that are not.
        let plain = listen(None);
        assert_eq!(plain.chosen, plain.best, "without a wish, the best");
        assert_eq!(plain.warnings, [""; 0]);

        for wish in super::ALL.map(Backend::name).into_iter().chain(["AVX2", " Scalar ", "fpga", "1", ""]) {
            let child = listen(Some(wish.as_ref()));
            let name = wish.trim().to_lowercase();
            if child.available.contains(&name) {
                assert_eq!(child.chosen, name, "what {wish:?} asks for");
                assert_eq!(child.warnings, [""; 0], "{wish:?} is there");
                continue;
            }
            assert_eq!(child.chosen, child.best, "instead of {wish:?}");
            if wish.is_empty() {
                assert_eq!(child.warnings, [""; 0], "an empty wish is none");
            } else {
                assert_eq!(child.warnings.len(), 1, "one warning about {wish:?}: {:?}", child.warnings);
                let warning = &child.warnings[0];
                assert!(warning.contains(&format!("{wish:?}")) && warning.contains(&child.best), "{warning}");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_is_unknown() {
        use std::os::unix::ffi::OsStrExt;
        let child = listen(Some(OsStr::from_bytes(b"avx\xff")));
        assert_eq!((child.chosen, child.warnings.len()), (child.best, 1));
    }
}
