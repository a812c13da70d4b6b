//! Maxout, of slices and along an axis.

use std::mem::MaybeUninit;

use arbitrary::Arbitrary;
use simdact::{Axis, Error, Kernels};

use super::judge::{Agree, Truth, assert_same, judge};
use super::memory::{Buffer, uninit};
use super::refusal::{Wrong, blocks, length, outcome, pieces, refused};
use super::rows::Rows;
use super::sizes::{Cut, Deviation, Length, Offset, Pieces, Shape};
use super::values::Values;

/// A maxout.
#[derive(Debug, Arbitrary)]
pub enum MaxoutCase {
    Slices(SlicesCase),
    Axis(AxisCase),
}

/// Of slices.
#[derive(Debug, Arbitrary)]
pub struct SlicesCase {
    outputs: Outputs,
    offset: Offset,
    len: Length,
    slices: Pieces,
    /// The first slices, and then the others.
    first: Cut,
    values: Values,
}

/// Of rows along an axis.
#[derive(Debug, Arbitrary)]
pub struct AxisCase {
    outputs: Outputs,
    offset: Offset,
    shape: Shape,
    values: Values,
}

/// Where the result goes.
#[derive(Debug, Arbitrary)]
struct Outputs {
    offset: Offset,
    len: Deviation,
    index_len: Deviation,
    cut: Cut,
}

impl MaxoutCase {
    pub fn check(&self) {
        match self {
            MaxoutCase::Slices(case) => {
                let lengths = case.slices.of(case.len.0);
                let slices = case.values.stack(&lengths).iter().map(|x| Buffer::of(x, case.offset)).collect();
                check(&case.outputs, &Slices { slices, offset: case.offset, first: case.first });
            }
            MaxoutCase::Axis(case) => {
                let [x] = case.values.arrays([case.shape.length]);
                let x = Buffer::of(&x, case.offset);
                check(&case.outputs, &Along { x, axis: case.shape.axis, offset: case.offset });
            }
        }
    }
}

/// One maxout, in all its forms.
trait Maxout: Sized {
    /// What is wrong before an output is looked at.
    fn wrong(&self) -> Wrong;
    /// What more is wrong where indices are wanted.
    fn wrong_with_index(&self) -> Wrong;
    /// How many winners there are, if that can be told.
    fn count(&self) -> Option<usize>;
    /// The winners, and which piece each of them is, by a plain loop.
    fn winners(&self) -> Vec<(f32, u32)>;
    /// The same of two parts of the input, where nothing is wrong.
    fn split(&self, cut: Cut) -> [Self; 2];

    fn plain(&self, kernels: Kernels, y: &mut [f32]) -> Result<(), Error>;
    fn uninit<'y>(&self, kernels: Kernels, y: &'y mut [MaybeUninit<f32>]) -> Result<&'y mut [f32], Error>;
    fn with_index(&self, kernels: Kernels, y: &mut [f32], index: &mut [u32]) -> Result<(), Error>;
    /// On a copy, which must not change if it is refused.
    fn in_place(&self, kernels: Kernels) -> Result<Vec<f32>, Error>;
}

fn check<M: Maxout>(&Outputs { offset, len, index_len, cut }: &Outputs, maxout: &M) {
    let count = maxout.count().unwrap_or(0);
    let (y_len, index_len) = (len.of(count), index_len.of(count));

    let wrong_in_place = maxout.wrong();
    let wrong_y = maxout.count().map_or(vec![], |count| length("y", y_len, count));
    let wrong = [&wrong_in_place[..], &wrong_y].concat();
    let wrong_index = [length("index", index_len, y_len), maxout.wrong_with_index()].concat();
    let wrong_with_index = [&wrong[..], &wrong_index].concat();
    let (values, indices): (Vec<_>, Vec<_>) =
        if wrong_in_place.is_empty() { maxout.winners().into_iter().unzip() } else { Default::default() };
    let parts = wrong_in_place.is_empty().then(|| maxout.split(cut));

    judge(
        Agree::All,
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
            let in_fresh = maxout.uninit(kernels, &mut fresh[offset.0..]);
            let Some(y) = outcome(plain, &wrong, y) else {
                refused(in_fresh, &wrong);
                return None;
            };
            assert_same(in_fresh.expect("not refused before"), &y, "uninit");
            assert_same(&in_place.expect("not refused before"), &y, "in place");
            for part in parts.iter().flat_map(|parts| in_parts(kernels, parts, offset, &indices)) {
                assert_same(&part, &y, "in two parts");
            }
            if let Some(with_index) = with_index {
                assert_same(&with_index, &y, "with index");
            }
            Some(y)
        },
        |_| values.iter().copied().map(Truth::Exactly).collect(),
    );
}

/// The results of both parts together, with and without indices, which must be these.
fn in_parts<M: Maxout>(kernels: Kernels, [a, b]: &[M; 2], offset: Offset, indices: &[u32]) -> Vec<Vec<f32>> {
    let counts = [a, b].map(|part| part.count().expect("it fits"));
    let len = counts.iter().sum();
    let (mut y, mut z, mut index) =
        (Buffer::output(len, offset), Buffer::output(len, offset), Buffer::output(len, offset));
    // The later part comes first, so that what the other wrote past its end would show.
    let (first, later) = y.get_mut().split_at_mut(counts[0]);
    b.plain(kernels, later).expect("nothing is wrong with a part");
    a.plain(kernels, first).expect("nothing is wrong with a part");
    let results = if [a, b].iter().any(|part| !part.wrong_with_index().is_empty()) {
        vec![]
    } else {
        let ((first, later), (first_index, later_index)) =
            (z.get_mut().split_at_mut(counts[0]), index.get_mut().split_at_mut(counts[0]));
        b.with_index(kernels, later, later_index).expect("nothing is wrong with a part");
        a.with_index(kernels, first, first_index).expect("nothing is wrong with a part");
        assert_eq!(index.finish(), indices, "{}: which piece, in two parts", kernels.backend());
        vec![z.finish()]
    };
    [vec![y.finish()], results].concat()
}

/// The largest; a NaN before all numbers, the first of equals.
fn winner(pieces: impl Iterator<Item = f32>) -> (f32, u32) {
    let wins = |x: f32, best: f32| x > best || x.is_nan() && !best.is_nan();
    pieces.zip(0..).reduce(|best, next| if wins(next.0, best.0) { next } else { best }).expect("at least one piece")
}

/// Slices on top of each other.
struct Slices {
    slices: Vec<Buffer<f32>>,
    offset: Offset,
    first: Cut,
}

impl Slices {
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

    fn split(&self, cut: Cut) -> [Slices; 2] {
        let cut = cut.of(self.count().expect("there are slices"));
        let halves = self.slices.iter().map(|x| x.get().split_at(cut));
        let (a, b) = halves.map(|(a, b)| (Buffer::of(a, self.offset), Buffer::of(b, self.offset))).unzip();
        [a, b].map(|slices| Slices { slices, ..*self })
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

    /// The first slice with all others, and with some of them and then the rest.
    fn in_place(&self, kernels: Kernels) -> Result<Vec<f32>, Error> {
        let slices = self.get();
        let (first, later) = slices.split_first().ok_or(Error::NoSlices)?;
        let mut x = Buffer::of(first, self.offset);
        let result = kernels.maxout_in_place(x.get_mut(), later);
        let x = x.finish();
        if result.is_err() {
            assert_same(&x, first, "refused in place");
        } else {
            let mut y = Buffer::of(first, self.offset);
            let (some, rest) = later.split_at(self.first.of(later.len()));
            for slices in [some, rest] {
                kernels.maxout_in_place(y.get_mut(), slices).expect("not refused before");
            }
            assert_same(&y.finish(), &x, "some slices and then the rest");
        }
        result.map(|()| x)
    }
}

/// Rows along an axis.
struct Along {
    x: Buffer<f32>,
    axis: Axis,
    offset: Offset,
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

    fn split(&self, cut: Cut) -> [Along; 2] {
        let x = self.x.get();
        let (a, b) = x.split_at(cut.between_blocks(x.len(), self.axis));
        [a, b].map(|x| Along { x: Buffer::of(x, self.offset), ..*self })
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
