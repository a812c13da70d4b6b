//! Maxout, of slices and along an axis.

use std::mem::MaybeUninit;

use simdact::{Axis, Error, Kernels};

use super::input::Input;
use super::judge::{Truth, assert_same, judge};
use super::memory::{Buffer, uninit};
use super::refusal::{Wrong, blocks, length, outcome, pieces, refused};
use super::rows::Rows;

/// Choices: slices or an axis, and then what [`Slices`] and [`Along`] choose.
pub fn maxout(data: &[u8]) {
    let mut input = Input::new(data);
    match input.below(2) {
        0 => check(input, Slices::new),
        _ => check(input, Along::new),
    }
}

/// One maxout, in all its forms.
trait Maxout {
    /// What is wrong before an output is looked at.
    fn wrong(&self) -> Wrong;
    /// What more is wrong where indices are wanted.
    fn wrong_with_index(&self) -> Wrong;
    /// How many winners there are, if that can be told.
    fn count(&self) -> Option<usize>;
    /// The winners, and which piece each of them is, by a plain loop.
    fn winners(&self) -> Vec<(f32, u32)>;

    fn plain(&self, kernels: Kernels, y: &mut [f32]) -> Result<(), Error>;
    fn uninit<'y>(&self, kernels: Kernels, y: &'y mut [MaybeUninit<f32>]) -> Result<&'y mut [f32], Error>;
    fn with_index(&self, kernels: Kernels, y: &mut [f32], index: &mut [u32]) -> Result<(), Error>;
    /// On a copy, which must not change if it is refused.
    fn in_place(&self, kernels: Kernels) -> Result<Vec<f32>, Error>;
}

/// Choices: an offset, the length of the output, and that of the output of indices.
fn check<M: Maxout>(mut input: Input<'_>, maxout: impl FnOnce(Input<'_>) -> M) {
    let [offset] = input.offsets();
    let deviations = [input.deviation(), input.deviation()];
    let maxout = maxout(input);
    let count = maxout.count().unwrap_or(0);
    let [y_len, index_len] = deviations.map(|deviation| count.saturating_add_signed(deviation));

    let wrong_in_place = maxout.wrong();
    let wrong_y = maxout.count().map_or(vec![], |count| length("y", y_len, count));
    let wrong = [&wrong_in_place[..], &wrong_y].concat();
    let wrong_index = [length("index", index_len, y_len), maxout.wrong_with_index()].concat();
    let wrong_with_index = [&wrong[..], &wrong_index].concat();
    let (values, indices): (Vec<_>, Vec<_>) =
        if wrong_in_place.is_empty() { maxout.winners().into_iter().unzip() } else { Default::default() };

    judge(
        |kernels| {
            let in_place = maxout.in_place(kernels);
            refused(in_place.as_ref().map(|_| ()).map_err(|&e| e), &wrong_in_place);

            let (mut z, mut index) = (Buffer::output(y_len, offset), Buffer::output(index_len, offset));
            let with_index = maxout.with_index(kernels, z.get_mut(), index.get_mut());
            let with_index = if refused(with_index, &wrong_with_index) {
                z.untouched();
                index.untouched();
                None
            } else {
                assert_eq!(index.finish(), indices, "{}: which piece", kernels.backend());
                Some(z.finish())
            };

            let mut y = Buffer::output(y_len, offset);
            let plain = maxout.plain(kernels, y.get_mut());
            let mut fresh = uninit(y_len, offset);
            let in_fresh = maxout.uninit(kernels, &mut fresh[offset..]);
            let Some(y) = outcome(plain, &wrong, y) else {
                refused(in_fresh, &wrong);
                return None;
            };
            assert_same(in_fresh.expect("not refused before"), &y, "uninit");
            assert_same(&in_place.expect("not refused before"), &y, "in place");
            if let Some(with_index) = with_index {
                assert_same(&with_index, &y, "with index");
            }
            Some(y)
        },
        |_, i| Truth::Exactly(values[i]),
    );
}

/// The largest; a NaN before all numbers, the first of equals.
fn winner(pieces: impl Iterator<Item = f32>) -> (f32, u32) {
    let wins = |x: f32, best: f32| x > best || x.is_nan() && !best.is_nan();
    pieces.zip(0..).reduce(|best, next| if wins(next.0, best.0) { next } else { best }).expect("at least one piece")
}

/// Slices on top of each other.
struct Slices {
    slices: Vec<Buffer<f32>>,
    offset: usize,
}

impl Slices {
    /// Choices: an offset, a length, how many slices, the length of each.
    fn new(mut input: Input<'_>) -> Slices {
        let [offset] = input.offsets();
        let len = input.length();
        let count = input.below(6);
        let lengths: Vec<_> = (0..count).map(|_| input.nearly(len)).collect();
        let mut values = input.values();
        Slices { slices: lengths.iter().map(|&len| Buffer::of(&values.floats(len), offset)).collect(), offset }
    }

    fn get(&self) -> Vec<&[f32]> {
        self.slices.iter().map(Buffer::get).collect()
    }
}

impl Maxout for Slices {
    fn wrong(&self) -> Wrong {
        match *self.get() {
            [] => vec![Error::NoSlices],
            [first, ref later @ ..] => {
                later.iter().flat_map(|x| length("one of the slices", x.len(), first.len())).collect()
            }
        }
    }

    fn wrong_with_index(&self) -> Wrong {
        vec![]
    }

    fn count(&self) -> Option<usize> {
        self.slices.first().map(|first| first.get().len())
    }

    fn winners(&self) -> Vec<(f32, u32)> {
        let slices = self.get();
        (0..slices[0].len()).map(|i| winner(slices.iter().map(|x| x[i]))).collect()
    }

    fn plain(&self, kernels: Kernels, y: &mut [f32]) -> Result<(), Error> {
        kernels.maxout(&self.get(), y)
    }

    fn uninit<'y>(&self, kernels: Kernels, y: &'y mut [MaybeUninit<f32>]) -> Result<&'y mut [f32], Error> {
        kernels.maxout_uninit(&self.get(), y)
    }

    fn with_index(&self, kernels: Kernels, y: &mut [f32], index: &mut [u32]) -> Result<(), Error> {
        kernels.maxout_with_index(&self.get(), y, index)
    }

    fn in_place(&self, kernels: Kernels) -> Result<Vec<f32>, Error> {
        let slices = self.get();
        let (first, later) = slices.split_first().ok_or(Error::NoSlices)?;
        let mut x = Buffer::of(first, self.offset);
        let result = kernels.maxout_in_place(x.get_mut(), later);
        let x = x.finish();
        if result.is_err() {
            assert_same(&x, first, "refused in place");
        }
        result.map(|()| x)
    }
}

/// Rows along an axis.
struct Along {
    x: Buffer<f32>,
    axis: Axis,
    offset: usize,
}

impl Along {
    /// Choices: an offset, the axis and the length of the input.
    fn new(mut input: Input<'_>) -> Along {
        let [offset] = input.offsets();
        let (axis, len) = input.axis();
        Along { x: Buffer::of(&input.values().floats(len), offset), axis, offset }
    }
}

impl Maxout for Along {
    fn wrong(&self) -> Wrong {
        blocks(self.x.get().len(), self.axis)
    }

    fn wrong_with_index(&self) -> Wrong {
        pieces(self.axis.len)
    }

    fn count(&self) -> Option<usize> {
        self.wrong().is_empty().then(|| self.x.get().len() / self.axis.len)
    }

    fn winners(&self) -> Vec<(f32, u32)> {
        let x = self.x.get();
        Rows::new(x.len(), self.axis).reduce(x, |row| winner(row.iter().copied()))
    }

    fn plain(&self, kernels: Kernels, y: &mut [f32]) -> Result<(), Error> {
        kernels.maxout_axis(self.x.get(), self.axis, y)
    }

    fn uninit<'y>(&self, kernels: Kernels, y: &'y mut [MaybeUninit<f32>]) -> Result<&'y mut [f32], Error> {
        kernels.maxout_axis_uninit(self.x.get(), self.axis, y)
    }

    fn with_index(&self, kernels: Kernels, y: &mut [f32], index: &mut [u32]) -> Result<(), Error> {
        kernels.maxout_axis_with_index(self.x.get(), self.axis, y, index)
    }

    fn in_place(&self, kernels: Kernels) -> Result<Vec<f32>, Error> {
        let mut x = Buffer::of(self.x.get(), self.offset);
        let result = kernels.maxout_axis_in_place(x.get_mut(), self.axis).map(|y| y.to_vec());
        let x = x.finish();
        match &result {
            Ok(y) => assert_same(&x[..y.len()], y, "the beginning of the input"),
            Err(_) => assert_same(&x, self.x.get(), "refused in place"),
        }
        result
    }
}
