//! The gradients of maxout: each goes to the piece that won.

use simdact::Error;

use super::input::Input;
use super::judge::{Truth, assert_same, judge};
use super::memory::Buffer;
use super::refusal::{Wrong, blocks, indices, length, outcome, outcome_in_place, refused};
use super::rows::Rows;

/// Choices: three offsets, the length, how many slices, the length of each, that of the upstream gradient.
pub fn slices(mut input: Input<'_>) {
    let [index_offset, dy_offset, dx_offset] = input.offsets();
    let len = input.length();
    let pieces = input.below(6);
    let lengths: Vec<_> = (0..pieces).map(|_| input.nearly(len)).collect();
    let dy_len = input.nearly(len);
    let mut values = input.values();
    let dy = Buffer::of(&values.floats(dy_len), dy_offset);
    let index = Buffer::of(&values.indices(len, pieces), index_offset);

    let wrong_with = |lengths: &[usize]| -> Wrong {
        let wrong_dx = lengths.iter().flat_map(|&dx| length("one of dx", dx, len));
        wrong_dx.chain(length("dy", dy_len, len)).chain(indices(index.get(), pieces)).collect()
    };
    let wrong = if pieces == 0 { vec![Error::NoSlices] } else { wrong_with(&lengths) };
    let wrong_in_place = wrong_with(lengths.get(1..).unwrap_or_default());
    let outputs = |lengths: &[usize]| -> Vec<_> { lengths.iter().map(|&len| Buffer::output(len, dx_offset)).collect() };

    judge(
        |kernels| {
            let mut dx = outputs(&lengths);
            let mut slices: Vec<_> = dx.iter_mut().map(Buffer::get_mut).collect();
            let result = kernels.maxout_backward(index.get(), dy.get(), &mut slices);
            let dx = if refused(result, &wrong) {
                dx.into_iter().for_each(Buffer::untouched);
                None
            } else {
                Some(dx.into_iter().flat_map(Buffer::finish).collect::<Vec<_>>())
            };

            let (_, later) = lengths.split_first()?;
            let (mut first, mut later) = (Buffer::of(dy.get(), dy_offset), outputs(later));
            let mut slices: Vec<_> = later.iter_mut().map(Buffer::get_mut).collect();
            let result = kernels.maxout_backward_in_place(index.get(), first.get_mut(), &mut slices);
            let mut in_place = first.finish();
            if refused(result, &wrong_in_place) {
                assert_same(&in_place, dy.get(), "refused in place");
                later.into_iter().for_each(Buffer::untouched);
                return None;
            }
            in_place.extend(later.into_iter().flat_map(Buffer::finish));
            let dx = dx?;
            assert_same(&in_place, &dx, "in place");
            Some(dx)
        },
        |_, i| {
            let (piece, i) = (i / len, i % len);
            Truth::Exactly(if index.get()[i] as usize == piece { dy.get()[i] } else { 0.0 })
        },
    );
}

/// Choices: three offsets, the axis and the length of the gradient, the lengths of the upstream gradient and of the
/// indices.
pub fn axis(mut input: Input<'_>) {
    let [index_offset, dy_offset, dx_offset] = input.offsets();
    let (axis, len) = input.axis();
    let wrong_axis = blocks(len, axis);
    let count = if wrong_axis.is_empty() { len / axis.len } else { 0 };
    let [dy_len, index_len] = [input.nearly(count), input.nearly(count)];
    let mut values = input.values();
    let dy = Buffer::of(&values.floats(dy_len), dy_offset);
    let index = Buffer::of(&values.indices(index_len, axis.len), index_offset);
    // In place, the upstream gradient is the beginning of the gradient's memory.
    let shared: Vec<_> = dy.get().iter().copied().chain(values.floats(len)).take(len).collect();

    let lengths = |wrong: [Wrong; 2]| if wrong_axis.is_empty() { wrong.concat() } else { wrong_axis.clone() };
    let wrong_index = length("index", index_len, count);
    let wrong_in_place = lengths([wrong_index, indices(index.get(), axis.len)]);
    let wrong_dy = [length("dy", dy_len, count), length("index", index_len, dy_len)].concat();
    let wrong = lengths([wrong_dy, wrong_in_place.clone()]);
    let truths = if wrong.is_empty() {
        let rows = Rows::new(len, axis);
        let routes = dy.get().iter().zip(index.get());
        let rows_of_dx = routes.flat_map(|(&dy, &winner)| {
            (0..axis.len).map(move |piece| Truth::Exactly(if piece == winner as usize { dy } else { 0.0 }))
        });
        rows.scatter(&rows_of_dx.collect::<Vec<_>>())
    } else {
        vec![]
    };

    judge(
        |kernels| {
            let mut dx = Buffer::of(&shared, dx_offset);
            let result = kernels.maxout_axis_backward_in_place(index.get(), axis, dx.get_mut());
            let in_place = outcome_in_place(result, &wrong_in_place, dx, &shared);
            let mut dx = Buffer::output(len, dx_offset);
            let result = kernels.maxout_axis_backward(index.get(), dy.get(), axis, dx.get_mut());
            let dx = outcome(result, &wrong, dx)?;
            assert_same(&in_place.expect("not refused out of place"), &dx, "in place");
            Some(dx)
        },
        |_, i| truths[i],
    );
}
