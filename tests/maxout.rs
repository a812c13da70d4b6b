//! Is maxout the largest of its pieces, and does its gradient go where that came from? Compared with a plain loop, to
//! the bit, in every form on every backend.

mod common;

use common::{Data, Form, Function, Output, Pieces, Sample, Shape, Subject, assert_bits, cases, kernels};
use proptest::prelude::*;
use simdact::Backend;

/// The forward pass, by the definition: any NaN, else the largest; of equals the first.
fn expected_forward(pieces: Pieces, sample: &Sample) -> Output {
    let (values, index) = common::data::maxout(pieces, sample.operands());
    Output { values, index }
}

/// The backward pass, by the definition: dy where the piece won, else +0.
fn expected_backward(pieces: Pieces, sample: &Sample) -> Output {
    let Shape { len, inner, .. } = sample.shape;
    let mut values = vec![0.0; sample.shape.size()];
    for (row, (&dy, &winner)) in sample.dy.iter().zip(sample.winners.iter()).enumerate() {
        let at = match pieces {
            Pieces::Slices => winner as usize * sample.shape.rows() + row,
            Pieces::Axis => (row / inner * len + winner as usize) * inner + row % inner,
        };
        values[at] = dy;
    }
    Output { values, index: Vec::new() }
}

fn check(function: Function, sample: &Sample, offset: usize) {
    let expected = match function {
        Function::Maxout(pieces) => expected_forward(pieces, sample),
        Function::MaxoutBackward(pieces) => expected_backward(pieces, sample),
        _ => panic!("not maxout"),
    };
    let operands = sample.operands();
    for backend in Backend::available() {
        for &form in function.forms() {
            let found = function.call(&kernels(backend), form, operands, offset);
            assert_eq!(found.index.len(), if form == Form::WithIndex { expected.index.len() } else { 0 });
            assert_bits(&Subject { function, backend, form, operands, offset }, &expected, &found);
        }
    }
}

fn all() -> impl Iterator<Item = Function> {
    Function::all().filter(|f| matches!(f, Function::Maxout(_) | Function::MaxoutBackward(_)))
}

#[test]
fn every_number_of_pieces() {
    for len in 1..=16 {
        // A whole number of vectors and one more, and with planes too.
        for shape in [Shape::new(65, len, 1), Shape::new(1, len, 65), Shape::new(2, len, 3), Shape::new(0, len, 1)] {
            for function in all() {
                for data in Data::ALL {
                    check(function, &Sample::new(function, shape, data, len as u64, 0), 0);
                }
            }
        }
    }
}

/// One large group needs no place on the stack, and its index exceeds 16 bits.
#[test]
fn many_pieces() {
    let len = 70_001;
    let mut x = vec![-1.0; len];
    x[69_999] = 0.5;
    x[70_000] = 0.5;
    for backend in Backend::available() {
        let (mut y, mut index) = ([9.0], [9]);
        let kernels = kernels(backend);
        kernels.maxout_axis_with_index(&x, simdact::Axis::rows(len), &mut y, &mut index).expect("all fits");
        assert_eq!((y, index), ([0.5], [69_999]), "a group of {len} on {backend}");

        let slices: Vec<&[f32]> = x.chunks(1).collect();
        let (mut y, mut index) = ([9.0], [9]);
        kernels.maxout_with_index(&slices, &mut y, &mut index).expect("all fits");
        assert_eq!((y, index), ([0.5], [69_999]), "{len} slices on {backend}");

        let mut dx = vec![9.0; len];
        let mut parts: Vec<&mut [f32]> = dx.chunks_mut(1).collect();
        kernels.maxout_backward(&index, &[2.0], &mut parts).expect("all fits");
        let written: Vec<usize> = (0..len).filter(|&i| dx[i] != 0.0).collect();
        assert_eq!((written, dx[69_999]), (vec![69_999], 2.0), "backward to {len} slices on {backend}");
    }
}

/// The result is one of the pieces to the bit, and that is the one which the index names: also which NaN it was.
#[test]
fn the_first_nan_wins() {
    let nan = |payload: u32| f32::from_bits(0x7fc0_0000 | payload);
    for len in 2..=9 {
        for first in 0..len {
            let rows = 37;
            // The largest number comes before the first NaN where it can, another NaN after it where it can.
            let group: Vec<f32> = (0..len)
                .map(|i| match i {
                    _ if i == first => nan(1),
                    _ if i == first + 1 => nan(2),
                    0 => f32::INFINITY,
                    _ => i as f32,
                })
                .collect();
            let groups: Vec<f32> = (0..rows).flat_map(|_| group.iter().copied()).collect();
            let planes: Vec<f32> = group.iter().flat_map(|&x| vec![x; rows]).collect();
            for backend in Backend::available() {
                for (x, axis) in [(&groups, simdact::Axis::rows(len)), (&planes, simdact::Axis::new(len).inner(rows))] {
                    let (mut y, mut index) = (vec![9.0; rows], vec![9; rows]);
                    kernels(backend).maxout_axis_with_index(x, axis, &mut y, &mut index).expect("all fits");
                    assert_eq!(index, vec![first as u32; rows], "{group:?} along {axis:?} on {backend}");
                    let bits: Vec<u32> = y.iter().map(|y| y.to_bits()).collect();
                    assert_eq!(bits, vec![nan(1).to_bits(); rows], "{group:?} along {axis:?} on {backend}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn any_pieces(
        (outer, len, inner) in (0..40usize, 1..=16usize, prop_oneof![Just(1usize), 2..80usize]),
        data in prop::sample::select(&Data::ALL[..]),
        (seed, from, to) in (any::<u64>(), 0..16usize, 0..16usize),
    ) {
        for function in all() {
            check(function, &Sample::new(function, Shape::new(outer, len, inner), data, seed, from), to);
        }
    }
}
