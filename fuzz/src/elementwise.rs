//! Element-wise functions.

use arbitrary::Arbitrary;

use super::judge::{assert_same, judge};
use super::memory::{Buffer, uninit};
use super::refusal::{length, outcome, refused};
use super::sizes::{Cut, Deviation, Length, Offset};
use super::table::Function;
use super::values::Values;

/// A call of an element-wise function.
#[derive(Debug, Arbitrary)]
pub struct ElementwiseCase {
    function: Function,
    x_offset: Offset,
    y_offset: Offset,
    len: Length,
    y_len: Deviation,
    cut: Cut,
    values: Values,
}

impl ElementwiseCase {
    pub fn check(&self) {
        let ElementwiseCase { ref function, x_offset, y_offset, len: Length(len), .. } = *self;
        let activation = function.activation;
        let y_len = self.y_len.of(len);
        let [x] = self.values.arrays([len]);
        let x = Buffer::of(&x, x_offset);
        let wrong = length("y", y_len, len);

        judge(
            function.agree(),
            |kernels| {
                let kernels = function.kernels(kernels);
                let mut y = Buffer::output(y_len, y_offset);
                let result = kernels.apply(activation, x.get(), y.get_mut());
                let mut fresh = uninit(y_len, y_offset);
                let in_fresh = kernels.apply_uninit(activation, x.get(), &mut fresh[y_offset.0..]);
                let Some(y) = outcome(result, &wrong, y) else {
                    refused(in_fresh, &wrong);
                    return None;
                };
                assert_same(in_fresh.expect("not refused before"), &y, "uninit");

                let mut in_place = Buffer::of(x.get(), x_offset);
                kernels.apply_in_place(activation, in_place.get_mut());
                assert_same(&in_place.finish(), &y, "in place");

                let mut parts = Buffer::output(len, y_offset);
                for (x, y) in parts_of(self.cut.of(len), x.get(), parts.get_mut()) {
                    kernels.apply(activation, x, y).expect("parts of the same length");
                }
                assert_same(&parts.finish(), &y, "in two parts");
                Some(y)
            },
            |backend| x.get().iter().map(|&x| function.truth(backend, x)).collect(),
        );
    }
}

/// Both parts of an input and of its output. The later one comes first, so that what the other wrote past its end
/// would show.
pub fn parts_of<'a, T>(cut: usize, x: &'a [T], y: &'a mut [f32]) -> [(&'a [T], &'a mut [f32]); 2] {
    let ((x, later_x), (y, later_y)) = (x.split_at(cut), y.split_at_mut(cut));
    [(later_x, later_y), (x, y)]
}
