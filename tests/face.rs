//! Do the free functions and the methods of `Activation` do what the same verbs of `Kernels` do? And what do the small
//! public types promise?

mod common;

use accuracy::{FUNCTIONS, KERNELS};
use common::{Data, Random, same};
use simdact::{Activation, Axis, Backend, Error, Kernels};

const N: usize = 60;

fn data(seed: u64) -> Vec<f32> {
    Data::Logits.values(N, &mut Random(seed))
}

/// Panics unless both have written the same bits.
#[track_caller]
fn equal(what: &str, free: &[f32], method: &[f32]) {
    assert_eq!(free.len(), method.len(), "{what}");
    assert!(free.iter().zip(method).all(|(&a, &b)| same(a, b)), "{what}: {free:?} is not {method:?}");
}

/// What `work` writes to an array of `n` elements.
fn written(n: usize, work: impl FnOnce(&mut [f32]) -> Result<(), Error>) -> Vec<f32> {
    let mut y = vec![-9.0; n];
    work(&mut y).expect("all fits");
    y
}

#[test]
fn activations() {
    let (k, x, dy) = (Kernels::default(), data(1), data(2));
    for f in FUNCTIONS {
        let y = written(N, |y| k.apply(f.activation, &x, y));
        let dx = written(N, |dx| k.backward(f.activation, &y, &dy, dx));
        if let Some((free, free_in_place)) = f.free {
            let mut in_place = x.clone();
            free_in_place(&mut in_place);
            equal(f.name, &in_place, &y);
            equal(f.name, &written(N, |y| free(&x, y)), &y);
            let wrong = Err(Error::Length { name: "y", found: 2, expected: N });
            assert_eq!(free(&x, &mut [0.0; 2]), wrong, "{}", f.name);
        }
        equal(f.name, &written(N, |y| f.activation.apply(&x, y)), &y);
        let mut in_place = x.clone();
        f.activation.apply_in_place(&mut in_place);
        equal(f.name, &in_place, &y);
        let mut spare = Vec::with_capacity(N);
        equal(f.name, f.activation.apply_uninit(&x, &mut spare.spare_capacity_mut()[..N]).expect("all fits"), &y);
        equal(f.name, &written(N, |dx| f.activation.backward(&y, &dy, dx)), &dx);
        let mut in_place = dy.clone();
        f.activation.backward_in_place(&y, &mut in_place).expect("all fits");
        equal(f.name, &in_place, &dx);
    }
}

#[test]
fn softmax() {
    let (k, x, dy) = (Kernels::default(), data(3), data(4));
    for axis in [Axis::rows(10), Axis::new(5).inner(4)] {
        let y = written(N, |y| k.softmax(&x, axis, y));
        let dx = written(N, |dx| k.softmax_backward(&y, &dy, axis, dx));
        equal("softmax", &written(N, |y| simdact::softmax(&x, axis, y)), &y);
        let mut in_place = x.clone();
        simdact::softmax_in_place(&mut in_place, axis).expect("all fits");
        equal("softmax_in_place", &in_place, &y);
        let mut spare = Vec::with_capacity(N);
        let uninit = simdact::softmax_uninit(&x, axis, &mut spare.spare_capacity_mut()[..N]).expect("all fits");
        equal("softmax_uninit", uninit, &y);
        equal("softmax_backward", &written(N, |dx| simdact::softmax_backward(&y, &dy, axis, dx)), &dx);
        let mut in_place = dy.clone();
        simdact::softmax_backward_in_place(&y, &mut in_place, axis).expect("all fits");
        equal("softmax_backward_in_place", &in_place, &dx);
    }
}

/// The free functions of softmax's relatives of the same shape.
macro_rules! relative {
    ($test:ident, $apply:ident, $in_place:ident, $uninit:ident, $backward:ident, $backward_in_place:ident) => {
        #[test]
        fn $test() {
            let (k, x, dy) = (Kernels::default(), data(3), data(4));
            for axis in [Axis::rows(10), Axis::new(5).inner(4)] {
                let y = written(N, |y| k.$apply(&x, axis, y));
                let dx = written(N, |dx| k.$backward(&y, &dy, axis, dx));
                equal("out of place", &written(N, |y| simdact::$apply(&x, axis, y)), &y);
                let mut in_place = x.clone();
                simdact::$in_place(&mut in_place, axis).expect("all fits");
                equal("in place", &in_place, &y);
                let mut spare = Vec::with_capacity(N);
                let uninit = simdact::$uninit(&x, axis, &mut spare.spare_capacity_mut()[..N]).expect("all fits");
                equal("uninit", uninit, &y);
                equal("backward", &written(N, |dx| simdact::$backward(&y, &dy, axis, dx)), &dx);
                let mut in_place = dy.clone();
                simdact::$backward_in_place(&y, &mut in_place, axis).expect("all fits");
                equal("backward in place", &in_place, &dx);
            }
        }
    };
}

relative!(
    log_softmax,
    log_softmax,
    log_softmax_in_place,
    log_softmax_uninit,
    log_softmax_backward,
    log_softmax_backward_in_place
);
relative!(softmin, softmin, softmin_in_place, softmin_uninit, softmin_backward, softmin_backward_in_place);
relative!(softmax1, softmax1, softmax1_in_place, softmax1_uninit, softmax1_backward, softmax1_backward_in_place);

/// Softmin has the bits of the softmax of −x, where no element is infinite.
#[test]
fn softmin_is_softmax_of_the_negative() {
    for n in [1, 5, 60, 1000, 20_000] {
        let x = Data::Wide.values(n, &mut Random(n as u64));
        let negative: Vec<f32> = x.iter().map(|x| -x).collect();
        let y = written(n, |y| simdact::softmin(&x, Axis::rows(n), y));
        equal("softmin", &y, &written(n, |y| simdact::softmax(&negative, Axis::rows(n), y)));
    }
}

#[test]
fn maxout_of_slices() {
    let (k, a, b, dy) = (Kernels::default(), data(5), data(6), data(7));
    let mut index = vec![9; N];
    let y = written(N, |y| k.maxout_with_index(&[&a, &b], y, &mut index));
    equal("maxout", &written(N, |y| simdact::maxout(&[&a, &b], y)), &y);
    let mut in_place = a.clone();
    simdact::maxout_in_place(&mut in_place, &[&b]).expect("all fits");
    equal("maxout_in_place", &in_place, &y);
    let mut spare = Vec::with_capacity(N);
    let uninit = simdact::maxout_uninit(&[&a, &b], &mut spare.spare_capacity_mut()[..N]).expect("all fits");
    equal("maxout_uninit", uninit, &y);
    let mut other = vec![8; N];
    equal("maxout_with_index", &written(N, |y| simdact::maxout_with_index(&[&a, &b], y, &mut other)), &y);
    assert_eq!(index, other);

    let (mut da, mut db) = (vec![-9.0; N], vec![-9.0; N]);
    k.maxout_backward(&index, &dy, &mut [&mut da, &mut db]).expect("all fits");
    let (mut ea, mut eb) = (vec![-8.0; N], vec![-8.0; N]);
    simdact::maxout_backward(&index, &dy, &mut [&mut ea, &mut eb]).expect("all fits");
    equal("maxout_backward", &[ea, eb].concat(), &[&*da, &db].concat());
    let (mut in_place, mut eb) = (dy.clone(), vec![-8.0; N]);
    simdact::maxout_backward_in_place(&index, &mut in_place, &mut [&mut eb]).expect("all fits");
    equal("maxout_backward_in_place", &[in_place, eb].concat(), &[da, db].concat());
}

#[test]
fn maxout_along_an_axis() {
    let (k, x) = (Kernels::default(), data(8));
    for axis in [Axis::rows(4), Axis::new(3).inner(5)] {
        let rows = N / axis.len;
        let dy = &data(9)[..rows];
        let mut index = vec![9; rows];
        let y = written(rows, |y| k.maxout_axis_with_index(&x, axis, y, &mut index));
        let dx = written(N, |dx| k.maxout_axis_backward(&index, dy, axis, dx));
        equal("maxout_axis", &written(rows, |y| simdact::maxout_axis(&x, axis, y)), &y);
        let mut in_place = x.clone();
        equal("maxout_axis_in_place", simdact::maxout_axis_in_place(&mut in_place, axis).expect("all fits"), &y);
        let mut spare = Vec::with_capacity(rows);
        let uninit = simdact::maxout_axis_uninit(&x, axis, &mut spare.spare_capacity_mut()[..rows]).expect("all fits");
        equal("maxout_axis_uninit", uninit, &y);
        let mut other = vec![8; rows];
        let with_index = written(rows, |y| simdact::maxout_axis_with_index(&x, axis, y, &mut other));
        equal("maxout_axis_with_index", &with_index, &y);
        assert_eq!(index, other);
        let back = written(N, |dx| simdact::maxout_axis_backward(&index, dy, axis, dx));
        equal("maxout_axis_backward", &back, &dx);
        let mut in_place = vec![-9.0; N];
        in_place[..rows].copy_from_slice(dy);
        simdact::maxout_axis_backward_in_place(&index, axis, &mut in_place).expect("all fits");
        equal("maxout_axis_backward_in_place", &in_place, &dx);
    }
}

/// The table of functions holds each of them under its own name, with its own slope.
#[test]
fn functions_are_told_apart() {
    // So many that tiers, which mostly give the same, differ somewhere.
    let x = Data::Logits.values(1 << 12, &mut Random(10));
    let results: Vec<Vec<f32>> =
        KERNELS.iter().map(|f| written(x.len(), |y| f.on(&Kernels::default()).apply(f.activation, &x, y))).collect();
    for i in 0..results.len() {
        for j in 0..i {
            assert!(results[i] != results[j], "{} gives what {} gives", KERNELS[i], KERNELS[j]);
        }
    }
    let slopes = [0.25f32, -2.0].map(|slope| written(1, |y| Activation::LeakyRelu { slope }.apply(&[-4.0], y)));
    assert_eq!(slopes, [[-1.0], [8.0]]);
}

#[test]
fn axes() {
    assert_eq!(Axis::rows(7), Axis { len: 7, inner: 1 });
    assert_eq!(Axis::new(7), Axis::rows(7));
    assert_eq!(Axis::new(7).inner(3), Axis { len: 7, inner: 3 });
    assert_eq!(Axis::new(7).inner(3).outer(42), Ok(2));
    assert_eq!(Axis::new(7).inner(3).outer(0), Ok(0));
    assert_eq!(Axis::new(7).inner(3).outer(41), Err(Error::NotMultiple { length: 41, len: 7, inner: 3 }));
}

#[test]
fn kernels_tell_their_backend() {
    for backend in Backend::available() {
        let kernels = Kernels::on(backend).expect("it is available");
        assert_eq!(kernels.backend(), backend);
        assert_eq!(kernels.serial().backend(), backend);
        assert!(format!("{kernels:?}").contains(&format!("{backend:?}")));
        assert_ne!(format!("{kernels:?}"), format!("{:?}", kernels.serial()));
    }
}
