//! Is logsumexp what it should be? Every result is as near to the true value as the documentation says, and has the
//! same bits on every backend, in every form, however the rows lie and are split; and its gradient likewise.

mod common;

use core::mem::MaybeUninit;

use common::compare::pick;
use common::{Data, Guarded, Random, Shape, UNIT, kernels, same, scale};
use rayon::ThreadPoolBuilder;
use simdact::{Axis, Backend, Error, Kernels, SoftmaxStats};

const INF: f32 = f32::INFINITY;

/// Shapes with rows around the lengths of vectors, blocks and chunks; neighbours, and columns.
fn shapes() -> Vec<Shape> {
    let mut shapes: Vec<Shape> = (1..=70).map(|len| Shape::new(1 + len % 9, len, 1)).collect();
    shapes.extend((1..=40).map(|len| Shape::new(1 + len % 3, len, 1 + len * 7 % 37)));
    shapes.extend([100, 1000, 1024, 1025, 8191, 8192, 8193, 30_000].map(|len| Shape::new(2, len, 1)));
    shapes.extend([Shape::new(2, 20, 256), Shape::new(1, 8200, 3), Shape::new(1, 20_000, 17), Shape::new(0, 3, 2)]);
    shapes
}

fn bound(n: usize, max: f64, y: f64) -> f64 {
    ((n.min(8192)) as f64 / 32.0 + 16.0 + 1.7 * (y - max) + y.abs()) * UNIT
}

fn assert_same(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (&a, &b)) in found.iter().zip(expected).enumerate() {
        assert!(same(a, b), "{what}: element {i} is {a:e}, not {b:e}");
    }
}

#[test]
fn values_forms_and_backends() {
    for (i, shape) in shapes().into_iter().enumerate() {
        for data in Data::ALL {
            let x = Guarded::copy(&data.values(shape.size(), &mut Random(i as u64)), 0, i % 16);
            let rows: Vec<Vec<f32>> = shape.each_row().map(|row| pick(&x, &row)).collect();
            let mut scalar = Vec::new();
            for backend in Backend::available() {
                let k = kernels(backend);
                let what = format!("{shape:?} of {data:?} on {backend}");
                let mut y = Guarded::untouched(shape.rows(), i % 7);
                k.logsumexp(&x, shape.axis(), &mut y).expect("all fits");
                assert_eq!(y.damage(), None, "{what}");
                for (row, &y) in rows.iter().zip(y.iter()) {
                    check(row, y, &what);
                    // The same bits as a row alone.
                    assert_same(&[k.softmax_stats(row).logsumexp()], &[y], &what);
                }
                let mut in_place = Guarded::copy(&x, 0, (i + 3) % 16);
                assert_same(k.logsumexp_in_place(&mut in_place, shape.axis()).expect("all fits"), &y, &what);
                assert_eq!(in_place.damage(), None, "{what}");
                let mut spare = vec![MaybeUninit::uninit(); shape.rows()];
                assert_same(k.logsumexp_uninit(&x, shape.axis(), &mut spare).expect("all fits"), &y, &what);
                match backend {
                    Backend::Scalar => scalar = y.to_vec(),
                    Backend::Portable => {}
                    _ => assert_same(&y, &scalar, &what),
                }
            }
        }
    }
}

fn check(row: &[f32], y: f32, what: &str) {
    if row.iter().any(|x| x.is_nan()) {
        return assert!(y.is_nan(), "{what}: {y} of NaN");
    }
    let max = row.iter().copied().fold(-INF, f32::max);
    if max.is_infinite() {
        return assert_eq!(y, max, "{what}");
    }
    let max = f64::from(max);
    let truth = max + core_math::log(row.iter().map(|&x| core_math::exp(f64::from(x) - max)).sum::<f64>());
    let (error, allowed) = ((f64::from(y) - truth).abs(), bound(row.len(), max, truth));
    assert!(error <= allowed, "{what}: {y:e}, not {truth:e}: {} units, {} allowed", error / UNIT, allowed / UNIT);
}

/// It is the difference of the logits and their log_softmax.
#[test]
fn it_is_what_log_softmax_subtracts() {
    let x = Data::Logits.values(1000, &mut Random(3));
    for backend in Backend::available() {
        let k = kernels(backend);
        let (mut y, mut z) = (vec![9.0; 1000], [9.0]);
        k.log_softmax(&x, Axis::rows(1000), &mut y).expect("all fits");
        k.logsumexp(&x, Axis::rows(1000), &mut z).expect("all fits");
        assert!(x.iter().zip(&y).all(|(x, y)| (x - y - z[0]).abs() < 4e-6), "{backend}");
    }
}

#[test]
fn threads_change_nothing() {
    let pool = ThreadPoolBuilder::new().num_threads(3).build().expect("threads can be started");
    let large = (1 << 20) + 12_345;
    for shape in [
        Shape::new(1, large, 1),
        Shape::new(2, 600_003, 1),
        Shape::new(1027, 1021, 1),
        Shape::new(37, 301, 97),
        Shape::new(1, 1111, 947),
    ] {
        let x = Data::Wide.values(shape.size(), &mut Random(9));
        let dy = Data::Logits.values(shape.rows(), &mut Random(10));
        for backend in Backend::available().filter(|&b| scale() == 1 || b == Backend::best()) {
            let call = |k: Kernels| {
                let (mut y, mut dx) = (vec![9.0; shape.rows()], vec![9.0; shape.size()]);
                k.logsumexp(&x, shape.axis(), &mut y).expect("all fits");
                k.logsumexp_backward(&x, &y, &dy, shape.axis(), &mut dx).expect("all fits");
                (y, dx)
            };
            let (expected, found) = (call(kernels(backend).serial()), pool.install(|| call(kernels(backend))));
            assert_same(&found.0, &expected.0, &format!("{shape:?} on {backend}"));
            assert_same(&found.1, &expected.1, &format!("gradient, {shape:?} on {backend}"));
        }
    }
}

#[test]
fn gradients() {
    for (i, shape) in shapes().into_iter().enumerate() {
        let mut random = Random(i as u64 + 5);
        let x = Guarded::copy(&Data::Wide.values(shape.size(), &mut random), 0, i % 16);
        let dy = Guarded::copy(&Data::Logits.values(shape.rows(), &mut random), 0, i % 11);
        let mut y = Guarded::untouched(shape.rows(), i % 5);
        kernels(Backend::Scalar).logsumexp(&x, shape.axis(), &mut y).expect("all fits");
        let mut scalar = Vec::new();
        for backend in Backend::available() {
            let k = kernels(backend);
            let what = format!("gradient, {shape:?} on {backend}");
            let mut dx = Guarded::untouched(shape.size(), i % 16);
            k.logsumexp_backward(&x, &y, &dy, shape.axis(), &mut dx).expect("all fits");
            assert_eq!(dx.damage(), None, "{what}");
            for (j, row) in shape.each_row().enumerate() {
                let (y, dy) = (f64::from(y[j]), f64::from(dy[j]));
                for i in row {
                    let difference = f64::from(x[i]) - y;
                    let e = core_math::exp(difference);
                    let truth = dy * e;
                    let subnormal = f64::from(f32::from_bits(1)) * (1.0 + dy.abs());
                    let allowed = (3.8 + difference.abs()) * UNIT * truth.abs() + subnormal;
                    let error = (f64::from(dx[i]) - truth).abs();
                    assert!(error <= allowed, "{what}: {:e}, not {truth:e}", dx[i]);
                }
            }
            let mut in_place = Guarded::copy(&x, 0, (i + 3) % 16);
            k.logsumexp_backward_in_place(&mut in_place, &y, &dy, shape.axis()).expect("all fits");
            assert_same(&in_place, &dx, &what);
            match backend {
                Backend::Scalar => scalar = dx.to_vec(),
                Backend::Portable => {}
                _ => assert_same(&dx, &scalar, &what),
            }
        }
    }
}

/// The gradient is that of the function, by the central difference quotient.
#[test]
fn the_gradient_is_that_of_the_function() {
    let x: Vec<f64> = (0..9).map(|i| f64::from(i * 5 % 7) / 4.0 - 1.0).collect();
    let f = |x: &[f64]| x.iter().map(|x| x.exp()).sum::<f64>().ln();
    let row: Vec<f32> = x.iter().map(|&x| x as f32).collect();
    let (mut y, mut dx) = ([9.0], [9.0; 9]);
    simdact::logsumexp(&row, Axis::rows(9), &mut y).expect("all fits");
    simdact::logsumexp_backward(&row, &y, &[2.0], Axis::rows(9), &mut dx).expect("all fits");
    for i in 0..9 {
        let at = |h: f64| {
            let mut x = x.clone();
            x[i] += h;
            f(&x)
        };
        let slope = 2.0 * (at(1e-5) - at(-1e-5)) / 2e-5;
        assert!((f64::from(dx[i]) - slope).abs() < 1e-6, "{i}: {} and {slope}", dx[i]);
    }
}

#[test]
fn wrong_shapes_are_refused() {
    let x = [1.0; 6];
    for backend in Backend::available() {
        for k in [kernels(backend), kernels(backend).serial()] {
            let length = |name, found, expected| Err(Error::Length { name, found, expected });
            let (mut y, mut dx) = ([9.0; 4], [9.0; 6]);
            assert_eq!(k.logsumexp(&x, Axis::rows(2), &mut y), length("y", 4, 3));
            assert_eq!(k.logsumexp(&x, Axis::rows(4), &mut y), Err(Error::NotMultiple { length: 6, len: 4, inner: 1 }));
            assert_eq!(k.logsumexp(&x, Axis::rows(0), &mut y), Err(Error::EmptyAxis { len: 0, inner: 1 }));
            let axis = Axis::new(2).inner(3);
            assert_eq!(k.logsumexp_backward(&x, &y, &y[..3], axis, &mut dx), length("y", 4, 3));
            assert_eq!(k.logsumexp_backward(&x, &y[..3], &y, axis, &mut dx), length("dy", 4, 3));
            assert_eq!(k.logsumexp_backward(&x, &y[..3], &y[..3], axis, &mut dx[..5]), length("dx", 5, 6));
            assert_eq!(k.logsumexp_backward_in_place(&mut dx, &y[..2], &y[..3], axis), length("y", 2, 3));
            let wrong = k.logsumexp_in_place(&mut dx, Axis::rows(4)).map(|_| ());
            assert_eq!(wrong, Err(Error::NotMultiple { length: 6, len: 4, inner: 1 }));
            assert_eq!((y, dx), ([9.0; 4], [9.0; 6]), "nothing is written");
            assert_eq!(k.logsumexp::<f32>(&[], Axis::rows(usize::MAX), &mut []), Ok(()));
            assert_eq!(k.logsumexp_backward::<f32>(&[], &[], &[], axis, &mut []), Ok(()));
        }
    }
    assert_eq!(SoftmaxStats::of::<f32>(&[]).logsumexp(), -INF);
}

/// The free functions do what the methods do.
#[test]
fn free_functions() {
    let (x, axis) = (Data::Logits.values(60, &mut Random(1)), Axis::new(5).inner(4));
    let (mut y, mut z) = ([9.0; 12], [8.0; 12]);
    Kernels::default().logsumexp(&x, axis, &mut y).expect("all fits");
    simdact::logsumexp(&x, axis, &mut z).expect("all fits");
    assert_same(&z, &y, "logsumexp");
    assert_same(simdact::logsumexp_in_place(&mut x.clone(), axis).expect("all fits"), &y, "in place");
    let mut spare = [MaybeUninit::uninit(); 12];
    assert_same(simdact::logsumexp_uninit(&x, axis, &mut spare).expect("all fits"), &y, "uninit");
    let (mut dx, mut in_place) = (vec![9.0; 60], x.clone());
    simdact::logsumexp_backward(&x, &y, &z, axis, &mut dx).expect("all fits");
    simdact::logsumexp_backward_in_place(&mut in_place, &y, &z, axis).expect("all fits");
    assert_same(&in_place, &dx, "backward in place");
}
