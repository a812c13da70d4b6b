//! Does every backend give the bits of `Scalar`? For every function, forward and backward, every form, any length and
//! any alignment, and any input.
//!
//! NaN equals NaN. `Portable` has no fused multiply-add: where a function is not exact, it may be as far from `Scalar`
//! as the bounds of both allow together (less than 3 ULP for tanh and sigmoid: at most 2 from the true value, and less
//! than 1). The gradients of element-wise functions have no fused operation: there it is equal.
//! Each call writes into an array between guard elements, which must be untouched afterwards; what stands around the
//! inputs is NaN.

mod common;

use common::compare::pick;
use common::{
    Data, Form, Function, Operands, Sample, Shape, Subject, assert_agree, assert_bits, cases, kernels, scalar, scale,
};
use proptest::prelude::*;
use simdact::Backend;

/// Compares all forms of a function on all backends with the reference. `place` is the result's distance from
/// alignment.
fn check(function: Function, sample: &Sample, place: usize) {
    let operands = sample.operands();
    let expected = function.call(&scalar(), function.forms()[0], operands, 0);
    for backend in Backend::available().filter(|&backend| sample.suits(function, backend)) {
        let kernels = kernels(backend);
        let first = function.call(&kernels, function.forms()[0], operands, place);
        let subject = |form, offset| Subject { function, backend, form, operands, offset };
        assert_agree(&subject(function.forms()[0], place), &expected, &first);
        for &form in &function.forms()[1..] {
            // The forms of one backend agree to the bit, also on `Portable`.
            let other = function.call(&kernels, form, operands, place + 1);
            assert_bits(&subject(form, place + 1), &first, &other);
        }
    }
}

#[test]
fn every_length() {
    // All tails of all vectors and blocks first, then all the rest, or some of it on a slow machine.
    let lengths = (0..=130).chain((131..=1100).step_by(scale().next_multiple_of(2) - 1));
    for n in lengths {
        for (i, function) in Function::all().enumerate() {
            for shape in function.shapes(n) {
                let data = Data::ALL[(n + i) % Data::ALL.len()];
                check(function, &Sample::new(function, shape, data, n as u64, n % 13), n % 16);
            }
        }
    }
}

prop_compose! {
    /// A kind of input, a seed for it, and distances from alignment of inputs and result.
    fn input()(data in prop::sample::select(&Data::ALL[..]), seed: u64, from in 0..16usize, to in 0..16usize)
        -> (Data, u64, usize, usize)
    {
        (data, seed, from, to)
    }
}

/// Shapes with rows of all lengths: short ones, such that end a little before or after a block or chunk of a sum, and
/// those that threads share; contiguous ones, and columns.
fn row_shape() -> impl Strategy<Value = Shape> {
    let contiguous = |outer, len| (outer, len).prop_map(|(outer, len)| Shape::new(outer, len, 1));
    let near = |n: usize| n - 40..n + 40;
    let small = (1..4usize, 1..60usize, 2..70usize).prop_map(|(outer, len, inner)| Shape::new(outer, len, inner));
    let columns = (near(8192), 2..5usize).prop_map(|(len, inner)| Shape::new(1, len, inner));
    // At distances that are multiples of large powers of two.
    let apart = (1..3usize, 1..40usize, prop::sample::select(vec![256, 512, 768, 1024, 1280]))
        .prop_map(|(outer, len, inner)| Shape::new(outer, len, inner));
    let far = (near(512), prop::sample::select(vec![256, 512])).prop_map(|(len, inner)| Shape::new(1, len, inner));
    prop_oneof![
        6 => contiguous(1..50usize, 1..70usize),
        4 => contiguous(1..4usize, 70..2000usize),
        8 => small,
        1 => contiguous(1..2usize, near(8192)),
        1 => contiguous(1..2usize, near(4 * 8192)),
        1 => contiguous(1..2usize, 8192..60_000usize),
        1 => contiguous(1..2usize, 65_536..140_000usize),
        1 => columns,
        2 => apart,
        1 => far,
    ]
}

/// Shapes for maxout: groups of each size with a path of its own, and others; planes; few and many pieces.
fn maxout_shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        (0..300usize, prop::sample::select(vec![1, 2, 4, 8])).prop_map(|(outer, len)| Shape::new(outer, len, 1)),
        (0..300usize, 1..=16usize).prop_map(|(outer, len)| Shape::new(outer, len, 1)),
        (0..4usize, 1..=16usize, 2..300usize).prop_map(|(outer, len, inner)| Shape::new(outer, len, inner)),
    ]
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn any_length_and_alignment(n in 0..=1100usize, (data, seed, from, to) in input()) {
        for function in Function::all() {
            for shape in function.shapes(n) {
                check(function, &Sample::new(function, shape, data, seed, from), to);
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn any_rows(shape in row_shape(), (data, seed, from, to) in input()) {
        for function in Function::all().filter(|f| matches!(f, Function::Row(_) | Function::RowBackward(_))) {
            check(function, &Sample::new(function, shape, data, seed, from), to);
        }
    }

    #[test]
    fn any_pieces(shape in maxout_shape(), (data, seed, from, to) in input()) {
        for function in Function::all().filter(|f| matches!(f, Function::Maxout(_) | Function::MaxoutBackward(_))) {
            check(function, &Sample::new(function, shape, data, seed, from), to);
        }
    }
}

/// A comparison that never fails would show nothing.
#[test]
#[should_panic(expected = "must be the same bits")]
fn a_difference_is_noticed() {
    let function = Function::all().next().expect("there are functions");
    let sample = Sample::new(function, Shape::flat(40), Data::Logits, 1, 0);
    let subject =
        Subject { function, backend: Backend::Scalar, form: Form::OutOfPlace, operands: sample.operands(), offset: 0 };
    let expected = function.call(&scalar(), Form::OutOfPlace, sample.operands(), 0);
    let mut found = expected.clone();
    found.values[39] = f32::from_bits(found.values[39].to_bits() ^ 1);
    assert_agree(&subject, &expected, &found);
}

/// However the elements of a row lie in memory, the sum has the same order.
#[test]
fn columns_have_the_bits_of_rows() {
    let mut shapes: Vec<Shape> = [1, 2, 4, 5, 31, 32, 33].map(|len| Shape::new(3, len, 19)).into();
    shapes.extend([4, 5, 17, 21, 33].map(|len| Shape::new(2, len, 1024)));
    shapes.extend([
        Shape::new(1, 100, 512 + 256),
        Shape::new(1, 512, 256),
        Shape::new(1, 1024, 256),
        Shape::new(1, 1025, 256),
    ]);
    shapes.extend([Shape::new(1, 8200, 3), Shape::new(1, 21, if scale() == 1 { 1 << 18 } else { 1 << 12 })]);
    for shape in shapes {
        for function in Function::all().filter(|f| matches!(f, Function::Row(_) | Function::RowBackward(_))) {
            let sample = Sample::new(function, shape, Data::Logits, 1, 0);
            let operands = sample.operands();
            let places: Vec<usize> = shape.each_row().flatten().collect();
            let [x, dy] = [operands.x, operands.dy].map(|all| if all.is_empty() { vec![] } else { pick(all, &places) });
            let rows = Shape::new(shape.rows(), shape.len, 1);
            for backend in Backend::available() {
                let kernels = kernels(backend);
                let expected =
                    function.call(&kernels, Form::OutOfPlace, Operands { shape: rows, x: &x, dy: &dy, ..operands }, 0);
                for offset in [0, 3] {
                    for form in [Form::OutOfPlace, Form::InPlace] {
                        let mut found = function.call(&kernels, form, operands, offset);
                        found.values = pick(&found.values, &places);
                        let subject = Subject { function, backend, form, operands, offset };
                        assert_bits(&subject, &expected, &found);
                    }
                }
            }
        }
    }
}

/// Outputs too large for the caches, which are written past them, from any distance from alignment.
#[test]
fn large_outputs() {
    let shape = Shape::flat((1 << 22) + 77);
    for name in ["relu", "relu, backward"] {
        let function = Function::all().find(|function| function.to_string() == name).expect("it is in the table");
        let sample = Sample::new(function, shape, Data::Bits, 1, 3);
        let operands = sample.operands();
        let expected = function.call(&scalar(), Form::InPlace, operands, 0);
        for backend in Backend::available() {
            for offset in [0, 1, 8, 13] {
                let found = function.call(&kernels(backend), Form::OutOfPlace, operands, offset);
                let subject = Subject { function, backend, form: Form::OutOfPlace, operands, offset };
                assert_bits(&subject, &expected, &found);
            }
        }
    }
}
