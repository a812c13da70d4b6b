//! Softmax, and whatever else runs along an axis and keeps the shape.

use arbitrary::Arbitrary;
use simdact::Axis;

use super::elementwise::parts_of;
use super::judge::{Agree, Truth, assert_same, judge};
use super::memory::{Buffer, uninit};
use super::refusal::{blocks, length, outcome, outcome_in_place, refused};
use super::rows::Rows;
use super::sizes::{Cut, Deviation, Offset, Shape};
use super::table::RowFunction;
use super::values::Values;

/// A call of a function along an axis.
#[derive(Debug, Arbitrary)]
pub struct SoftmaxCase {
    function: RowFunction,
    x_offset: Offset,
    y_offset: Offset,
    shape: Shape,
    y_len: Deviation,
    cut: Cut,
    values: Values,
}

impl SoftmaxCase {
    pub fn check(&self) {
        let SoftmaxCase { function: RowFunction(function), x_offset, y_offset, shape, .. } = *self;
        let Shape { axis, length: len } = shape;
        let y_len = self.y_len.of(len);
        let [x] = self.values.arrays([len]);
        let x = Buffer::of(&x, x_offset);
        let wrong_in_place = blocks(len, axis);
        let wrong = [length("y", y_len, len), wrong_in_place.clone()].concat();
        let rows = wrong.is_empty().then(|| Rows::new(len, axis));
        let values_of_row = |x: &[f32]| (function.value)(x);
        let values = rows.as_ref().map_or(vec![], |rows| rows.map(x.get(), values_of_row));

        judge(
            Agree::AllButPortable,
            |kernels| {
                let mut y = Buffer::output(y_len, y_offset);
                let result = (function.apply)(&kernels, x.get(), axis, y.get_mut());
                let mut fresh = uninit(y_len, y_offset);
                let in_fresh = (function.uninit)(&kernels, x.get(), axis, &mut fresh[y_offset.0..]);
                let mut in_place = Buffer::of(x.get(), x_offset);
                let result_in_place = (function.in_place)(&kernels, in_place.get_mut(), axis);
                let in_place = outcome_in_place(result_in_place, &wrong_in_place, in_place, x.get());
                let Some(y) = outcome(result, &wrong, y) else {
                    refused(in_fresh, &wrong);
                    return None;
                };
                assert_same(in_fresh.expect("not refused before"), &y, "uninit");
                assert_same(&in_place.expect("not refused out of place"), &y, "in place");

                let mut parts = Buffer::output(len, y_offset);
                for (x, y) in parts_of(self.cut.between_blocks(len, axis), x.get(), parts.get_mut()) {
                    (function.apply)(&kernels, x, axis, y).expect("whole blocks");
                }
                assert_same(&parts.finish(), &y, "in two parts");

                let rows = rows.as_ref()?;
                let mut by_rows = rows.gather(x.get());
                (function.in_place)(&kernels, &mut by_rows, Axis::rows(axis.len)).expect("the same rows");
                assert_same(&rows.scatter(&by_rows), &y, "row by row");
                Some(y)
            },
            |backend| {
                let slack = |value| (function.error)(backend, axis.len, value);
                values.iter().map(|&value| Truth::Near { value, slack: slack(value) }).collect()
            },
        );
    }
}
