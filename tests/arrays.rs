//! Do views of arrays give what slices give: in any number of dimensions, any memory order, with gaps and backwards?
#![cfg(feature = "ndarray")]

mod common;

use common::{Random, same};
use ndarray::{
    Array, Array1, ArrayD, ArrayViewD, ArrayViewMutD, Axis as Along, IxDyn, ShapeBuilder, Slice, arr0, arr2,
};
use simdact::{Activation, Axis, Kernels, arrays};

const SHAPES: &[&[usize]] = &[&[], &[1], &[19], &[3, 7], &[4, 1, 5], &[2, 3, 4, 5], &[40, 33], &[0, 3], &[2, 0, 3]];

/// Ways in which an array of a shape may lie.
#[derive(Clone, Copy, Debug)]
enum Layout {
    C,
    Fortran,
    /// The first and the last axis exchanged.
    Swapped,
    /// Every other element of a larger array, backwards, along each axis.
    Gaps,
    /// Part of the last axis.
    Part,
}

const LAYOUTS: [Layout; 5] = [Layout::C, Layout::Fortran, Layout::Swapped, Layout::Gaps, Layout::Part];

impl Layout {
    /// An array that has such a view, full of `fill`.
    fn storage(self, shape: &[usize], fill: f32) -> ArrayD<f32> {
        let mut shape = shape.to_vec();
        let last = shape.len().saturating_sub(1);
        match self {
            Layout::C => {}
            Layout::Fortran => return Array::from_elem(IxDyn(&shape).f(), fill),
            Layout::Swapped if !shape.is_empty() => shape.swap(0, last),
            Layout::Gaps => shape.iter_mut().for_each(|n| *n *= 2),
            Layout::Part if !shape.is_empty() => shape[last] += 3,
            _ => {}
        }
        Array::from_elem(IxDyn(&shape), fill)
    }

    fn view<'a>(self, shape: &[usize], mut view: ArrayViewMutD<'a, f32>) -> ArrayViewMutD<'a, f32> {
        let last = shape.len().saturating_sub(1);
        match self {
            Layout::Swapped if !shape.is_empty() => view.swap_axes(0, last),
            Layout::Gaps => {
                for axis in 0..shape.len() {
                    view.slice_axis_inplace(Along(axis), Slice::new(0, None, -2));
                }
            }
            Layout::Part if !shape.is_empty() => {
                view.slice_axis_inplace(Along(last), Slice::from(1..=shape[last]).into_checked(shape[last]));
            }
            _ => {}
        }
        assert_eq!(view.shape(), shape, "{self:?}");
        view
    }
}

/// Empty axes have no last element.
trait Checked {
    fn into_checked(self, len: usize) -> Slice;
}
impl Checked for Slice {
    fn into_checked(self, len: usize) -> Slice {
        if len == 0 { Slice::from(1..1) } else { self }
    }
}

fn random(shape: &[usize], seed: u64) -> ArrayD<f32> {
    let mut random = Random(seed);
    Array::from_shape_simple_fn(IxDyn(shape), || random.within(-6.0, 6.0))
}

#[track_caller]
fn assert_same(what: &str, expected: ArrayViewD<'_, f32>, found: ArrayViewD<'_, f32>) {
    assert_eq!(expected.shape(), found.shape(), "{what}");
    for (expected, found) in expected.iter().zip(&found) {
        assert!(same(*expected, *found), "{what}: {expected:e} and {found:e}");
    }
}

/// Calls `work` with an input and an output of every layout, and compares the output with `expected`; what is between
/// the output's elements stays.
fn every_layout(
    what: &str,
    x: &ArrayD<f32>,
    expected: &ArrayD<f32>,
    work: impl Fn(ArrayViewD<'_, f32>, ArrayViewMutD<'_, f32>) -> Result<(), arrays::Error>,
) {
    for from in LAYOUTS {
        let mut storage = from.storage(x.shape(), 77.0);
        from.view(x.shape(), storage.view_mut()).assign(x);
        let input = from.view(x.shape(), storage.view_mut());
        for to in LAYOUTS {
            let what = format!("{what}, {:?}, {from:?} to {to:?}", x.shape());
            let mut storage = to.storage(expected.shape(), 99.0);
            work(input.view(), to.view(expected.shape(), storage.view_mut())).expect("fits");
            let mut found = to.view(expected.shape(), storage.view_mut());
            assert_same(&what, expected.view(), found.view());
            found.fill(99.0);
            assert!(storage.iter().all(|&gap| gap == 99.0), "{what}: wrote between the elements");
        }
    }
}

#[test]
fn element_wise() {
    let kernels = Kernels::default();
    let activation = Activation::Gelu;
    for (seed, &shape) in SHAPES.iter().enumerate() {
        let (x, dy) = (random(shape, seed as u64), random(shape, 100 + seed as u64));
        let (from, upstream) = (x.as_slice().expect("dense"), dy.as_slice().expect("dense"));
        let mut expected = x.clone();
        kernels.apply(activation, from, expected.as_slice_mut().expect("dense")).expect("fits");
        every_layout("gelu", &x, &expected, |x, y| arrays::apply(&kernels, activation, x, y));
        every_layout("gelu in place", &x, &expected, |x, mut y| {
            y.assign(&x);
            arrays::apply_in_place(&kernels, activation, y);
            Ok(())
        });
        let into = expected.as_slice_mut().expect("dense");
        kernels.backward(activation, from, upstream, into).expect("fits");
        every_layout("gradient of gelu", &x, &expected, |x, dx| {
            arrays::backward(&kernels, activation, x, dy.view(), dx)
        });
    }
}

#[test]
fn along_every_axis() {
    let kernels = Kernels::default();
    for (seed, &shape) in SHAPES.iter().enumerate() {
        for axis in 0..shape.len() {
            let (x, dy) = (random(shape, seed as u64), random(shape, 50 + seed as u64));
            // Line by line, in order.
            let (mut expected, mut gradient) = (x.clone(), x.clone());
            for mut line in expected.lanes_mut(Along(axis)) {
                let mut values = line.to_vec();
                if !values.is_empty() {
                    let axis = Axis::rows(values.len());
                    kernels.softmax_in_place(&mut values, axis).expect("fits");
                }
                line.assign(&Array1::from(values));
            }
            let lines = expected.lanes(Along(axis)).into_iter().zip(dy.lanes(Along(axis)));
            for ((y, dy), mut dx) in lines.zip(gradient.lanes_mut(Along(axis))) {
                let (y, mut values) = (y.to_vec(), dy.to_vec());
                if !values.is_empty() {
                    kernels.softmax_backward_in_place(&y, &mut values, Axis::rows(y.len())).expect("fits");
                }
                dx.assign(&Array1::from(values));
            }
            let axis = Along(axis);
            every_layout("softmax", &x, &expected, |x, y| arrays::along(&kernels, Kernels::softmax, x, axis, y));
            every_layout("softmax in place", &x, &expected, |x, mut y| {
                y.assign(&x);
                arrays::along_in_place(&kernels, Kernels::softmax_in_place, y, axis)
            });
            every_layout("gradient of softmax", &expected, &gradient, |y, dx| {
                arrays::along_backward(&kernels, Kernels::softmax_backward, y, dy.view(), axis, dx)
            });
        }
    }
}

#[test]
fn reductions_of_every_axis() {
    let kernels = Kernels::default();
    for (seed, &shape) in SHAPES.iter().enumerate() {
        for axis in 0..shape.len() {
            if shape[axis] == 0 {
                continue;
            }
            let x = random(shape, seed as u64);
            let largest = |line: ndarray::ArrayView1<'_, f32>| line.iter().fold(f32::MIN, |a, &b| a.max(b));
            let expected = x.map_axis(Along(axis), largest);
            let winners = x.map_axis(Along(axis), |line| {
                let largest = largest(line);
                line.iter().position(|&x| x == largest).expect("it is there") as u32
            });
            every_layout("maxout", &x, &expected, |x, y| {
                arrays::reduce(&kernels, Kernels::maxout_axis, x, Along(axis), y)
            });
            every_layout("maxout with index", &x, &expected, |x, y| {
                for mut index in [Array::zeros(winners.raw_dim()), Array::zeros(winners.raw_dim().f())] {
                    let mut y = y.to_owned();
                    arrays::maxout_with_index(&kernels, x.view(), Along(axis), y.view_mut(), index.view_mut())?;
                    assert_eq!(index, winners);
                }
                arrays::reduce(&kernels, Kernels::maxout_axis, x, Along(axis), y)
            });
            // The gradient goes to the winners, and nothing to the others.
            let dy = random(expected.shape(), 9);
            let mut gradient = ArrayD::zeros(x.raw_dim());
            for ((mut line, &winner), &dy) in gradient.lanes_mut(Along(axis)).into_iter().zip(&winners).zip(&dy) {
                line[winner as usize] = dy;
            }
            every_layout("gradient of maxout", &x, &gradient, |_, dx| {
                arrays::maxout_backward(&kernels, winners.view(), dy.view(), Along(axis), dx)
            });
            let mut sums = Array::zeros(expected.raw_dim());
            arrays::reduce(&kernels, Kernels::logsumexp, x.view(), Along(axis), sums.view_mut()).expect("fits");
            for (line, &sum) in x.lanes(Along(axis)).into_iter().zip(&sums) {
                let exact = line.iter().map(|&x| f64::from(x).exp()).sum::<f64>().ln();
                assert!((f64::from(sum) - exact).abs() <= 1e-6 * (1.0 + exact.abs()), "{sum} and {exact}");
            }
        }
    }
}

#[test]
fn errors_tell_shapes() {
    let kernels = Kernels::default();
    let x = arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let mut y = arr2(&[[7.0, 7.0], [7.0, 7.0], [7.0, 7.0]]);
    let error = arrays::apply(&kernels, Activation::Tanh, x.view(), y.view_mut()).expect_err("differ");
    assert_eq!(error.to_string(), "`y` has the shape [3, 2] where [2, 3] fits");
    let error = arrays::along(&kernels, Kernels::softmax, x.view(), Along(2), x.clone().view_mut()).expect_err("none");
    assert_eq!(error.to_string(), "there is no axis 2 in an array of 2 dimensions");
    let mut line = Array1::from_elem(2, 7.0);
    let error = arrays::reduce(&kernels, Kernels::maxout_axis, x.view(), Along(0), line.view_mut()).expect_err("3");
    assert_eq!(error.to_string(), "`y` has the shape [2] where [3] fits");
    let empty = Array::<f32, _>::zeros((2, 0));
    let error = arrays::reduce(&kernels, Kernels::maxout_axis, empty.view(), Along(1), line.view_mut());
    assert!(matches!(error, Err(arrays::Error::Call(simdact::Error::EmptyAxis { .. }))), "{error:?}");
    // An index that names nothing, of lines that lie far apart.
    let mut dx = x.clone().reversed_axes();
    let (index, dy) = (Array1::from(vec![0, 3]), Array1::from(vec![1.0, 1.0]));
    let error = arrays::maxout_backward(&kernels, index.view(), dy.view(), Along(0), dx.view_mut());
    assert!(matches!(error, Err(arrays::Error::Call(simdact::Error::IndexOutOfRange { at: 1, index: 3, len: 3 }))));
    assert_eq!(dx, x.t(), "nothing has been written");
    assert!(y.iter().chain(&line).all(|&y| y == 7.0), "nothing has been written");

    let mut zero = arr0(-1.5f32);
    arrays::apply_in_place(&kernels, Activation::Relu, zero.view_mut());
    assert_eq!(zero, arr0(0.0));
}
