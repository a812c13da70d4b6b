//! The gradients of maxout: each goes to the piece that won.

use arbitrary::Arbitrary;
use simdact::{Error, Kernels};

use super::judge::{Agree, Truth, assert_same, judge};
use super::memory::Buffer;
use super::refusal::{Wrong, blocks, indices, length, outcome, outcome_in_place, refused};
use super::rows::Rows;
use super::sizes::{Cut, Deviation, Length, Offset, Pieces, Shape};
use super::values::{Indices, Values};

/// A gradient of maxout.
#[derive(Debug, Arbitrary)]
pub enum MaxoutBackwardCase {
    Slices(SliceRoutes),
    Axis(AxisRoutes),
}

impl MaxoutBackwardCase {
    pub fn check(&self) {
        match self {
            MaxoutBackwardCase::Slices(case) => case.check(),
            MaxoutBackwardCase::Axis(case) => case.check(),
        }
    }
}

/// To slices.
#[derive(Debug, Arbitrary)]
pub struct SliceRoutes {
    index_offset: Offset,
    dy_offset: Offset,
    dx_offset: Offset,
    len: Length,
    dx_lens: Pieces,
    dy_len: Deviation,
    cut: Cut,
    index: Indices,
    values: Values,
}

impl SliceRoutes {
    fn check(&self) {
        let SliceRoutes { index_offset, dy_offset, dx_offset, len: Length(len), .. } = *self;
        let lengths = self.dx_lens.of(len);
        let pieces = lengths.len();
        let dy_len = self.dy_len.of(len);
        let [dy] = self.values.arrays([dy_len]);
        let dy = Buffer::of(&dy, dy_offset);
        let index = Buffer::of(&self.index.of(len, pieces), index_offset);

        let wrong_with = |lengths: &[usize]| -> Wrong {
            let wrong_dx = lengths.iter().flat_map(|&dx| length("one of dx", dx, len));
            wrong_dx.chain(length("dy", dy_len, len)).chain(indices(index.get(), pieces)).collect()
        };
        let wrong = if pieces == 0 { vec![Error::NoSlices] } else { wrong_with(&lengths) };
        let wrong_in_place = wrong_with(lengths.get(1..).unwrap_or_default());
        let outputs =
            |lengths: &[usize]| -> Vec<_> { lengths.iter().map(|&len| Buffer::output(len, dx_offset)).collect() };

        judge(
            Agree::All,
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
                let parts = in_two_parts(kernels, self.cut.of(len), index.get(), dy.get(), outputs(&lengths));
                assert_same(&parts, &dx, "in two parts");
                Some(dx)
            },
            |_| {
                let routes = || index.get().iter().zip(dy.get());
                let route = |piece| routes().map(move |(&i, &dy)| if i as usize == piece { dy } else { 0.0 });
                (0..pieces).flat_map(route).map(Truth::Exactly).collect()
            },
        );
    }
}

/// All slices after one another; the later part of each is written first, so that what the other wrote past its end
/// would show.
fn in_two_parts(kernels: Kernels, cut: usize, index: &[u32], dy: &[f32], mut dx: Vec<Buffer<f32>>) -> Vec<f32> {
    let (mut first, mut later): (Vec<_>, Vec<_>) = dx.iter_mut().map(|dx| dx.get_mut().split_at_mut(cut)).unzip();
    kernels.maxout_backward(&index[cut..], &dy[cut..], &mut later).expect("parts of the same length");
    kernels.maxout_backward(&index[..cut], &dy[..cut], &mut first).expect("parts of the same length");
    dx.into_iter().flat_map(Buffer::finish).collect()
}

/// To rows along an axis.
#[derive(Debug, Arbitrary)]
pub struct AxisRoutes {
    index_offset: Offset,
    dy_offset: Offset,
    dx_offset: Offset,
    shape: Shape,
    dy_len: Deviation,
    index_len: Deviation,
    cut: Cut,
    index: Indices,
    values: Values,
}

impl AxisRoutes {
    fn check(&self) {
        let AxisRoutes { index_offset, dy_offset, dx_offset, shape: Shape { axis, length: len }, .. } = *self;
        let wrong_axis = blocks(len, axis);
        let count = if wrong_axis.is_empty() { len / axis.len } else { 0 };
        let (dy_len, index_len) = (self.dy_len.of(count), self.index_len.of(count));
        let [dy, others] = self.values.arrays([dy_len, len]);
        let dy = Buffer::of(&dy, dy_offset);
        let index = Buffer::of(&self.index.of(index_len, axis.len), index_offset);
        // In place, the upstream gradient is the beginning of the gradient's memory.
        let shared: Vec<_> = dy.get().iter().copied().chain(others).take(len).collect();

        let lengths = |wrong: [Wrong; 2]| if wrong_axis.is_empty() { wrong.concat() } else { wrong_axis.clone() };
        let wrong_index = length("index", index_len, count);
        let wrong_in_place = lengths([wrong_index, indices(index.get(), axis.len)]);
        let wrong_dy = [length("dy", dy_len, count), length("index", index_len, dy_len)].concat();
        let wrong = lengths([wrong_dy, wrong_in_place.clone()]);

        judge(
            Agree::All,
            |kernels| {
                let mut dx = Buffer::of(&shared, dx_offset);
                let result = kernels.maxout_axis_backward_in_place(index.get(), axis, dx.get_mut());
                let in_place = outcome_in_place(result, &wrong_in_place, dx, &shared);
                let mut dx = Buffer::output(len, dx_offset);
                let result = kernels.maxout_axis_backward(index.get(), dy.get(), axis, dx.get_mut());
                let dx = outcome(result, &wrong, dx)?;
                assert_same(&in_place.expect("not refused out of place"), &dx, "in place");

                let cut = self.cut.between_blocks(len, axis);
                let cut_of_winners = cut / axis.len;
                let ((index, later_index), (dy, later_dy)) =
                    (index.get().split_at(cut_of_winners), dy.get().split_at(cut_of_winners));
                let mut parts = Buffer::output(len, dx_offset);
                let (first, later) = parts.get_mut().split_at_mut(cut);
                kernels.maxout_axis_backward(later_index, later_dy, axis, later).expect("whole blocks");
                kernels.maxout_axis_backward(index, dy, axis, first).expect("whole blocks");
                assert_same(&parts.finish(), &dx, "in two parts");
                Some(dx)
            },
            |_| {
                let routes = dy.get().iter().zip(index.get());
                let rows_of_dx = routes.flat_map(|(&dy, &winner)| {
                    (0..axis.len).map(move |piece| Truth::Exactly(if piece == winner as usize { dy } else { 0.0 }))
                });
                Rows::new(len, axis).scatter(&rows_of_dx.collect::<Vec<_>>())
            },
        );
    }
}
