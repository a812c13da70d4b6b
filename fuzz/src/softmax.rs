//! Softmax.

use simdact::Axis;

use super::input::Input;
use super::judge::{Truth, assert_same, judge, steps};
use super::memory::{Buffer, uninit};
use super::refusal::{blocks, length, outcome, outcome_in_place, refused};
use super::rows::Rows;

/// Choices: the axis and the length of the input, two offsets, the length of the output.
pub fn softmax(data: &[u8]) {
    let mut input = Input::new(data);
    let (axis, len) = input.axis();
    let [x_offset, y_offset] = input.offsets();
    let y_len = input.nearly(len);
    let x = Buffer::of(&input.values().floats(len), x_offset);
    let wrong_in_place = blocks(len, axis);
    let wrong = [length("y", y_len, len), wrong_in_place.clone()].concat();
    let rows = wrong.is_empty().then(|| Rows::new(len, axis));
    let truths = rows.as_ref().map_or(vec![], |rows| rows.map(x.get(), truths));

    judge(
        |kernels| {
            let mut y = Buffer::output(y_len, y_offset);
            let result = kernels.softmax(x.get(), axis, y.get_mut());
            let mut fresh = uninit(y_len, y_offset);
            let in_fresh = kernels.softmax_uninit(x.get(), axis, &mut fresh[y_offset..]);
            let mut in_place = Buffer::of(x.get(), x_offset);
            let result_in_place = kernels.softmax_in_place(in_place.get_mut(), axis);
            let in_place = outcome_in_place(result_in_place, &wrong_in_place, in_place, x.get());
            let Some(y) = outcome(result, &wrong, y) else {
                refused(in_fresh, &wrong);
                return None;
            };
            assert_same(in_fresh.expect("not refused before"), &y, "uninit");
            assert_same(&in_place.expect("not refused out of place"), &y, "in place");

            let rows = rows.as_ref()?;
            let mut by_rows = rows.gather(x.get());
            kernels.softmax_in_place(&mut by_rows, Axis::rows(axis.len)).expect("the same rows");
            assert_same(&rows.scatter(&by_rows), &y, "row by row");
            Some(y)
        },
        |_, i| truths[i],
    );
}

/// Softmax in f64; but the differences to the maximum are those of `f32`, so that the bound needs no term for their
/// rounding.
fn truths(x: &[f32]) -> Vec<Truth> {
    let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exp: Vec<f64> = x.iter().map(|&x| f64::from(x - max).exp()).collect();
    let sum: f64 = exp.iter().sum();
    exp.into_iter().map(|e| Truth::relative(e / sum, steps(x.len()) + 16.0)).collect()
}
