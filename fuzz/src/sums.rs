//! The logarithm of a sum of exponentials, its gradient, and the stats of rows in parts.

use arbitrary::Arbitrary;
use simdact::{Kernels, SoftmaxStats};

use super::functions::UNIT;
use super::judge::{Agree, Truth, assert_same, judge};
use super::memory::{Buffer, uninit};
use super::refusal::{blocks, length, outcome, refused};
use super::rows::Rows;
use super::sizes::{Cut, Deviation, Offset, Shape};
use super::values::Values;

/// A call of logsumexp.
#[derive(Debug, Arbitrary)]
pub struct SumsCase {
    x_offset: Offset,
    y_offset: Offset,
    shape: Shape,
    y_len: Deviation,
    cut: Cut,
    values: Values,
}

impl SumsCase {
    pub fn check(&self) {
        let SumsCase { x_offset, y_offset, shape: Shape { axis, length: len }, .. } = *self;
        let wrong_axis = blocks(len, axis);
        let count = if wrong_axis.is_empty() { len / axis.len } else { 0 };
        let y_len = self.y_len.of(count);
        let [x] = self.values.arrays([len]);
        let x = Buffer::of(&x, x_offset);
        let wrong = if wrong_axis.is_empty() { length("y", y_len, count) } else { wrong_axis.clone() };
        let rows = wrong.is_empty().then(|| Rows::new(len, axis));

        judge(
            Agree::AllButPortable,
            |kernels| {
                let mut y = Buffer::output(y_len, y_offset);
                let result = kernels.logsumexp(x.get(), axis, y.get_mut());
                let mut fresh = uninit(y_len, y_offset);
                let in_fresh = kernels.logsumexp_uninit(x.get(), axis, &mut fresh[y_offset.0..]);
                let mut memory = Buffer::of(x.get(), x_offset);
                let in_place = kernels.logsumexp_in_place(memory.get_mut(), axis).map(|y| y.to_vec());
                let memory = memory.finish();
                if refused(in_place.as_ref().map_err(|&error| error), &wrong_axis) {
                    assert_same(&memory, x.get(), "refused in place");
                }
                let Some(y) = outcome(result, &wrong, y) else {
                    refused(in_fresh, &wrong);
                    return None;
                };
                assert_same(in_fresh.expect("not refused before"), &y, "uninit");
                assert_same(&in_place.expect("not refused out of place"), &y, "in place");
                let rows = rows.as_ref()?;
                assert_same(&rows.reduce(x.get(), |row| self.in_parts(&kernels, row)), &y, "by stats");
                self.gradient(&kernels, x.get(), &y);
                Some(y)
            },
            |_| rows.as_ref().map_or(vec![], |rows| rows.reduce(x.get(), truth)),
        );
    }

    /// By the stats of two parts, which are cut between chunks.
    fn in_parts(&self, kernels: &Kernels, row: &[f32]) -> f32 {
        let cut = self.cut.of(row.len()) / SoftmaxStats::CHUNK * SoftmaxStats::CHUNK;
        let [a, b] = [&row[..cut], &row[cut..]].map(|part| kernels.softmax_stats(part));
        b.merge(a).logsumexp()
    }

    fn gradient(&self, kernels: &Kernels, x: &[f32], y: &[f32]) {
        let (axis, mut dx) = (self.shape.axis, Buffer::output(x.len(), self.y_offset));
        kernels.logsumexp_backward(x, y, y, axis, dx.get_mut()).expect("all fits");
        let mut in_place = Buffer::of(x, self.x_offset);
        kernels.logsumexp_backward_in_place(in_place.get_mut(), y, y, axis).expect("all fits");
        assert_same(&in_place.finish(), &dx.finish(), "gradient in place");
    }
}

fn truth(row: &[f32]) -> Truth {
    if row.iter().any(|x| x.is_nan()) {
        return Truth::Exactly(f32::NAN);
    }
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if max.is_infinite() {
        return Truth::Exactly(max);
    }
    let max = f64::from(max);
    let log = core_math::log(row.iter().map(|&x| core_math::exp(f64::from(x) - max)).sum());
    let value = max + log;
    let units = row.len().min(8192) as f64 / 32.0 + 16.0 + 1.7 * log + value.abs();
    Truth::Near { value, slack: units * UNIT }
}
