//! The gradients of all families.

use simdact::{Activation, Axis, Error, Kernels};

use super::input::Input;
use super::judge::{ROUNDING, TINY, Truth, assert_same, judge, steps};
use super::memory::Buffer;
use super::refusal::{Wrong, blocks, length, outcome, outcome_in_place};
use super::routes;
use super::rows::Rows;

/// Choices: the family, and then what that chooses.
pub fn backward(data: &[u8]) {
    let mut input = Input::new(data);
    match input.below(4) {
        0 => elementwise(input),
        1 => softmax(input),
        2 => routes::slices(input),
        _ => routes::axis(input),
    }
}

/// Choices: the activation, the length, and what [`check`] chooses.
fn elementwise(mut input: Input<'_>) {
    let activation = input.activation();
    let len = input.length();
    check(
        input,
        len,
        vec![],
        |kernels, saved, dy, dx| kernels.backward(activation, saved, dy, dx),
        |kernels, saved, dy| kernels.backward_in_place(activation, saved, dy),
        |saved, dy| saved.iter().zip(dy).map(|(&saved, &dy)| gradient(activation, saved, dy)).collect(),
    );
}

fn gradient(activation: Activation, y: f32, dy: f32) -> Truth {
    let (wide_y, wide_dy) = (f64::from(y), f64::from(dy));
    match activation {
        _ if y.is_nan() => Truth::Exactly(y),
        Activation::Relu => Truth::Exactly(if y > 0.0 { dy } else { 0.0 }),
        Activation::LeakyRelu { slope } => Truth::Exactly(if y > 0.0 { dy } else { slope * dy }),
        Activation::Tanh => {
            let square = wide_y * wide_y;
            let value = wide_dy * (1.0 - square);
            // Four roundings at most, none of which is enlarged by cancellation.
            Truth::unless_overflow([square], value, 5.0 * ROUNDING * value.abs() + TINY)
        }
        Activation::Sigmoid => {
            let product = wide_dy * (1.0 - wide_y);
            let value = product * wide_y;
            // Three roundings. The product may be subnormal; what it loses then is multiplied by y.
            let slack = 4.0 * ROUNDING * value.abs() + TINY * (1.0 + wide_y.abs());
            Truth::unless_overflow([product], value, slack)
        }
        _ => Truth::Anything,
    }
}

/// Choices: the axis and the length of the saved output, and what [`check`] chooses.
fn softmax(mut input: Input<'_>) {
    let (axis, len) = input.axis();
    let wrong_axis = blocks(len, axis);
    let rows = wrong_axis.is_empty().then(|| Rows::new(len, axis));
    check(
        input,
        len,
        wrong_axis,
        |kernels, y, dy, dx| {
            kernels.softmax_backward(y, dy, axis, dx)?;
            if let Some(rows) = &rows {
                let mut by_rows = rows.gather(dy);
                kernels.softmax_backward_in_place(&rows.gather(y), &mut by_rows, Axis::rows(axis.len))?;
                assert_same(&rows.scatter(&by_rows), dx, "row by row");
            }
            Ok(())
        },
        |kernels, y, dy| kernels.softmax_backward_in_place(y, dy, axis),
        |y, dy| {
            let pairs: Vec<_> = y.iter().zip(dy).map(|(&y, &dy)| (f64::from(y), f64::from(dy))).collect();
            rows.as_ref().map_or(vec![], |rows| rows.map(&pairs, softmax_gradients))
        },
    );
}

/// The gradients of a row, from its pairs (y, dy).
fn softmax_gradients(row: &[(f64, f64)]) -> Vec<Truth> {
    let products = row.iter().map(|(y, dy)| y * dy);
    let sum: f64 = products.clone().sum();
    let magnitude: f64 = products.map(f64::abs).filter(|x| x.is_finite()).sum();
    // Portable rounds twice in each step. Each product may be subnormal.
    let slack_of_sum = 2.0 * (steps(row.len()) + 8.0) * ROUNDING * magnitude + TINY * row.len() as f64;
    let gradient = |&(y, dy): &(f64, f64)| {
        let slack = (slack_of_sum + 4.0 * ROUNDING * (dy.abs() + sum.abs())) * y.abs() + TINY;
        Truth::unless_overflow([magnitude, dy - sum], y * (dy - sum), slack)
    };
    row.iter().map(gradient).collect()
}

/// A gradient of what was saved and of the upstream gradient, all of the same shape.
///
/// Choices: three offsets, the length of the upstream gradient, that of the gradient.
fn check(
    mut input: Input<'_>,
    len: usize,
    wrong_shape: Wrong,
    call: impl Fn(Kernels, &[f32], &[f32], &mut [f32]) -> Result<(), Error>,
    call_in_place: impl Fn(Kernels, &[f32], &mut [f32]) -> Result<(), Error>,
    truths: impl Fn(&[f32], &[f32]) -> Vec<Truth>,
) {
    let [saved_offset, dy_offset, dx_offset] = input.offsets();
    let [dy_len, dx_len] = [input.nearly(len), input.nearly(len)];
    let mut values = input.values();
    let saved = Buffer::of(&values.floats(len), saved_offset);
    let dy = Buffer::of(&values.floats(dy_len), dy_offset);
    let wrong_in_place = [wrong_shape, length("dy", dy_len, len)].concat();
    let wrong = [&wrong_in_place[..], &length("dx", dx_len, len)].concat();
    let truths = if wrong.is_empty() { truths(saved.get(), dy.get()) } else { vec![] };

    judge(
        |kernels| {
            let mut dx = Buffer::of(dy.get(), dy_offset);
            let result = call_in_place(kernels, saved.get(), dx.get_mut());
            let in_place = outcome_in_place(result, &wrong_in_place, dx, dy.get());
            let mut dx = Buffer::output(dx_len, dx_offset);
            let result = call(kernels, saved.get(), dy.get(), dx.get_mut());
            let dx = outcome(result, &wrong, dx)?;
            assert_same(&in_place.expect("not refused out of place"), &dx, "in place");
            Some(dx)
        },
        |_, i| truths[i],
    );
}
