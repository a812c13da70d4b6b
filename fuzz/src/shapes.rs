//! Axes of any size, overflowing ones too, and little data: what fits is taken, all else refused with its numbers.

use arbitrary::Arbitrary;
use simdact::{Axis, Error, Kernels};

use super::judge::backends;
use super::memory::{Buffer, uninit};
use super::refusal::{Wrong, blocks, outcome, outcome_in_place, pieces, refused};
use super::sizes::{Number, Offset};

/// An axis, and a number of elements.
#[derive(Debug, Arbitrary)]
pub struct ShapesCase {
    len: Number,
    inner: Number,
    length: Length,
    offset: Offset,
}

/// A number of elements: any, or so many times those of a block, whether that fits a `usize` or not.
#[derive(Debug, Arbitrary)]
enum Length {
    Any(Number),
    Blocks(Number),
}

/// Elements of the arrays; a longer one is only asked for its blocks.
const MOST: usize = 64;

impl ShapesCase {
    pub fn check(&self) {
        let axis = Axis::new(self.len.0).inner(self.inner.0);
        let length = match self.length {
            Length::Any(Number(length)) => length,
            Length::Blocks(Number(blocks)) => axis.len.wrapping_mul(axis.inner).wrapping_mul(blocks),
        };
        check_outer(axis, length);
        let length = if length <= MOST { length } else { length % MOST };
        check_outer(axis, length);
        for kernels in backends() {
            check_functions(kernels, axis, length, self.offset);
        }
    }
}

fn check_outer(axis: Axis, length: usize) {
    let outer = axis.outer(length);
    if !refused(outer, &blocks(length, axis)) {
        let block = axis.len as u128 * axis.inner as u128;
        assert_eq!(outer.map(|outer| outer as u128 * block), Ok(length as u128), "{axis:?}, {length} elements");
    }
}

/// Every function along an axis.
fn check_functions(kernels: Kernels, axis: Axis, length: usize, offset: Offset) {
    let wrong = blocks(length, axis);
    let wrong_with_index = [wrong.clone(), pieces(axis.len)].concat();
    let rows = length / axis.len.max(1);
    let (x, dy, index) = (vec![0.5; length], vec![0.25; rows], vec![0; rows]);

    to(length, offset, &wrong, |y| kernels.softmax(&x, axis, y));
    to(length, offset, &wrong, |dx| kernels.softmax_backward(&x, &x, axis, dx));
    to(length, offset, &wrong, |dx| kernels.maxout_axis_backward(&index, &dy, axis, dx));
    to(rows, offset, &wrong, |y| kernels.maxout_axis(&x, axis, y));
    to(rows, offset, &wrong_with_index, |y| kernels.maxout_axis_with_index(&x, axis, y, &mut vec![0; rows]));

    over(&x, offset, &wrong, |x| kernels.softmax_in_place(x, axis));
    over(&x, offset, &wrong, |dy| kernels.softmax_backward_in_place(&x, dy, axis));
    over(&x, offset, &wrong, |x| kernels.maxout_axis_in_place(x, axis).map(|_| ()));
    over(&x, offset, &wrong, |dx| kernels.maxout_axis_backward_in_place(&index, axis, dx));

    refused(kernels.softmax_uninit(&x, axis, &mut uninit(length, offset)[offset.0..]), &wrong);
    refused(kernels.maxout_axis_uninit(&x, axis, &mut uninit(rows, offset)[offset.0..]), &wrong);
}

#[track_caller]
fn to(len: usize, offset: Offset, wrong: &Wrong, call: impl FnOnce(&mut [f32]) -> Result<(), Error>) {
    let mut y = Buffer::output(len, offset);
    let result = call(y.get_mut());
    outcome(result, wrong, y);
}

#[track_caller]
fn over(x: &[f32], offset: Offset, wrong: &Wrong, call: impl FnOnce(&mut [f32]) -> Result<(), Error>) {
    let mut y = Buffer::of(x, offset);
    let result = call(y.get_mut());
    outcome_in_place(result, wrong, y, x);
}
