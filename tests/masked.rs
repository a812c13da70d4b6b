//! Is masked softmax what it should be? Each row is the softmax of the logits that are seen, with zeros at the others,
//! and masks of all kinds give the same bits where they see the same.

mod common;

use core::mem::MaybeUninit;

use common::{Data, Guarded, Random, Shape, UNIT, kernels, same, scale};
use rayon::ThreadPoolBuilder;
use simdact::{Axis, Backend, Error, Kernels, Mask};

const INF: f32 = f32::INFINITY;
const NAN: f32 = f32::NAN;
const SCALE: f32 = 0.125 * 1.3;

fn assert_same(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (&a, &b)) in found.iter().zip(expected).enumerate() {
        // Zeros have no sign to speak of.
        assert!(same(a + 0.0, b + 0.0), "{what}: element {i} is {a:e}, not {b:e}");
    }
}

/// Shapes, and how many blocks a mask has.
fn shapes() -> Vec<(Shape, usize)> {
    let mut shapes = Vec::new();
    for len in (1..=40).chain([63, 64, 65, 100, 600]) {
        shapes.push((Shape::new(12, len, 1), [1, 2, 3, 6, 12][len % 5]));
    }
    for len in 1..=20 {
        shapes.push((Shape::new(4, len, 1 + len * 5 % 23), [1, 2, 4][len % 3]));
    }
    shapes.extend([1030, 4096, 8192, 8193, 20_000].map(|len| (Shape::new(2, len, 1), 1 + len % 2)));
    shapes.extend([(Shape::new(2, 8200, 3), 1), (Shape::new(2, 20, 256), 2), (Shape::new(0, 3, 2), 1)]);
    shapes
}

/// A mask of that many blocks, some of whose rows see nothing.
fn booleans(shape: Shape, blocks: usize, random: &mut Random) -> Vec<bool> {
    let mut mask: Vec<bool> = (0..blocks * shape.len * shape.inner).map(|_| random.below(3) > 0).collect();
    for block in mask.chunks_mut(shape.len * shape.inner) {
        if random.below(4) == 0 {
            block.fill(false);
        }
    }
    mask
}

fn additive(mask: &[bool]) -> Vec<f32> {
    mask.iter().map(|&sees| if sees { 0.0 } else { -INF }).collect()
}

/// By plain means: the softmax of the logits with −∞ for what is not seen, row by row.
fn check(shape: Shape, x: &[f32], sees: impl Fn(usize) -> bool, y: &[f32], backend: Backend, what: &str) {
    for row in shape.each_row() {
        let logits: Vec<f32> = row.iter().map(|&i| if sees(i) { x[i] * SCALE } else { -INF }).collect();
        let max = logits.iter().copied().fold(-INF, f32::max);
        if max == -INF && !logits.iter().any(|x| x.is_nan()) {
            assert!(row.iter().all(|&i| y[i] == 0.0), "{what}: a row in which nothing is seen");
            continue;
        }
        let sum: f64 = logits.iter().map(|&x| core_math::exp(f64::from(x) - f64::from(max))).sum();
        let logarithms = if backend == Backend::Portable { 2.1 } else { 1.1 };
        for (&i, &x) in row.iter().zip(&logits) {
            let truth = core_math::exp(f64::from(x) - f64::from(max)) / sum;
            if !sees(i) {
                assert!(y[i] == 0.0 || sum.is_nan(), "{what}: element {i} is not seen, and {}", y[i]);
                continue;
            }
            if truth.is_nan() {
                assert!(y[i].is_nan(), "{what}: element {i} is {}, not NaN", y[i]);
                continue;
            }
            let units = shape.len.min(8192) as f64 / 32.0 + 16.0 - logarithms * truth.max(1e-300).ln();
            let error = (f64::from(y[i]) - truth).abs();
            let allowed = units * UNIT * truth + f64::from(f32::from_bits(1));
            assert!(error <= allowed, "{what}: element {i} is {:e}, not {truth:e}", y[i]);
        }
    }
}

/// All forms, which must agree.
fn masked(k: &Kernels, x: &[f32], axis: Axis, mask: Mask<'_>, offset: usize, what: &str) -> Vec<f32> {
    let mut y = Guarded::untouched(x.len(), offset);
    k.masked_softmax(x, axis, SCALE, mask, &mut y).expect("all fits");
    assert_eq!(y.damage(), None, "{what}");
    let mut in_place = Guarded::copy(x, 0, offset + 3);
    k.masked_softmax_in_place(&mut in_place, axis, SCALE, mask).expect("all fits");
    assert_eq!(in_place.damage(), None, "{what}");
    assert_same(&in_place, &y, what);
    let mut spare = vec![MaybeUninit::uninit(); x.len()];
    assert_same(k.masked_softmax_uninit(x, axis, SCALE, mask, &mut spare).expect("all fits"), &y, what);
    y.to_vec()
}

#[test]
fn masks_in_memory() {
    for (i, (shape, blocks)) in shapes().into_iter().enumerate() {
        for data in [Data::Logits, Data::Wide, Data::Ties, Data::Special] {
            let mut random = Random(i as u64);
            let x = Guarded::copy(&data.values(shape.size(), &mut random), 0, i % 16);
            let mask = booleans(shape, blocks, &mut random);
            let mut scalar = Vec::new();
            for backend in Backend::available() {
                let what = format!("{shape:?} of {data:?} on {backend}");
                let k = kernels(backend);
                let y = masked(&k, &x, shape.axis(), Mask::Boolean(&mask), i % 7, &what);
                check(shape, &x, |i| mask[i % mask.len()], &y, backend, &what);
                let other = masked(&k, &x, shape.axis(), Mask::Additive(&additive(&mask)), i % 5, &what);
                assert_same(&other, &y, &what);
                match backend {
                    Backend::Scalar => scalar = y,
                    Backend::Portable => {}
                    _ => assert_same(&y, &scalar, &what),
                }
            }
        }
    }
}

/// A mask that is added is rounded to the logits once.
#[test]
fn additive_biases() {
    let mut random = Random(4);
    for len in [1, 5, 33, 100, 9000] {
        let x = Data::Logits.values(6 * len, &mut random);
        let bias = Data::Logits.values(2 * len, &mut random);
        let logits: Vec<f32> = x.iter().enumerate().map(|(i, x)| x * SCALE + bias[i % (2 * len)]).collect();
        for backend in Backend::available() {
            let k = kernels(backend);
            let y = masked(&k, &x, Axis::rows(len), Mask::Additive(&bias), 0, "bias");
            let mut expected = vec![9.0; 6 * len];
            k.softmax(&logits, Axis::rows(len), &mut expected).expect("all fits");
            assert_same(&y, &expected, &format!("{len} on {backend}"));
        }
    }
}

#[test]
fn causal() {
    let mut random = Random(6);
    for (shape, _) in shapes().into_iter().filter(|(shape, _)| shape.outer > 0) {
        let x = Data::Wide.values(shape.size(), &mut random);
        let block = shape.len * shape.inner;
        for queries in [1, shape.outer / 2, shape.outer] {
            let ends = [0, -1, 1, shape.len as isize - 1, -(shape.outer as isize), isize::MAX, isize::MIN];
            for offset in ends.into_iter().chain([shape.len as isize - queries as isize]) {
                let seen = |i: usize| {
                    let (query, element) = ((i / block % queries) as isize, (i % block / shape.inner) as isize);
                    element < (query + 1).saturating_add(offset)
                };
                let mask: Vec<bool> = (0..shape.size()).map(seen).collect();
                for backend in Backend::available() {
                    let what = format!("{shape:?}, {queries} queries, {offset} on {backend}");
                    let k = kernels(backend);
                    let y = masked(&k, &x, shape.axis(), Mask::Causal { queries, offset }, 1, &what);
                    assert_same(&masked(&k, &x, shape.axis(), Mask::Boolean(&mask), 2, &what), &y, &what);
                }
            }
        }
    }
}

/// Without a mask and a scale it is softmax, to the bit; and an element that is not there is one that is not seen.
#[test]
fn it_is_softmax() {
    let mut random = Random(8);
    for len in (1..70).chain([1000, 8193, 20_000]) {
        let x = Data::Wide.values(3 * len, &mut random);
        for backend in Backend::available() {
            let k = kernels(backend);
            let (mut y, mut z) = (vec![9.0; x.len()], vec![8.0; x.len()]);
            k.softmax(&x, Axis::rows(len), &mut y).expect("all fits");
            k.masked_softmax(&x, Axis::rows(len), 1.0, Mask::None, &mut z).expect("all fits");
            assert_same(&z, &y, &format!("{len} on {backend}"));
        }
    }
}

#[test]
fn nan_shows_where_it_is_seen_only() {
    for backend in Backend::available() {
        let k = kernels(backend);
        for len in [1, 3, 40, 9000] {
            for at in [0, len / 2, len - 1] {
                for wild in [NAN, INF, -NAN] {
                    let mut x = vec![1.0; len];
                    x[at] = wild;
                    let mut mask = vec![true; len];
                    let mut y = vec![9.0; len];
                    k.masked_softmax(&x, Axis::rows(len), 1.0, Mask::Boolean(&mask), &mut y).expect("all fits");
                    assert!(y.iter().all(|y| y.is_nan()), "{len} on {backend}");
                    mask[at] = false;
                    for mask in [Mask::Boolean(&mask), Mask::Additive(&additive(&mask))] {
                        k.masked_softmax(&x, Axis::rows(len), 1.0, mask, &mut y).expect("all fits");
                        let one = if len == 1 { 0.0 } else { 1.0 / (len - 1) as f32 };
                        let right = |(i, y): (usize, &f32)| if i == at { *y == 0.0 } else { (y - one).abs() < 1e-6 };
                        assert!(y.iter().enumerate().all(right), "{len} on {backend}");
                    }
                }
            }
            let nothing = vec![false; len];
            let mut y = vec![9.0; len];
            for x in [vec![NAN; len], vec![1.0; len], vec![-INF; len]] {
                for mask in [Mask::Boolean(&nothing), Mask::Causal { queries: 1, offset: -1 }] {
                    k.masked_softmax(&x, Axis::rows(len), 1.0, mask, &mut y).expect("all fits");
                    assert!(y.iter().all(|&y| y == 0.0), "{len} on {backend}");
                }
            }
            k.masked_softmax(&vec![-INF; len], Axis::rows(len), 1.0, Mask::None, &mut y).expect("all fits");
            assert!(y.iter().all(|&y| y == 0.0), "{len} on {backend}");
        }
    }
}

/// What is masked off has no gradient; the others have that of softmax, times the scale.
#[test]
fn gradients() {
    let mut random = Random(12);
    for (shape, blocks) in shapes() {
        let x = Data::Logits.values(shape.size(), &mut random);
        let dy = Data::Logits.values(shape.size(), &mut random);
        let mask = booleans(shape, blocks, &mut random);
        for k in Backend::available().map(kernels) {
            let (mut y, mut dx, mut plain) = (x.clone(), x.clone(), x.clone());
            k.masked_softmax_in_place(&mut y, shape.axis(), SCALE, Mask::Boolean(&mask)).expect("all fits");
            k.masked_softmax_backward(&y, &dy, shape.axis(), SCALE, &mut dx).expect("all fits");
            k.softmax_backward(&y, &dy, shape.axis(), &mut plain).expect("all fits");
            assert!((0..x.len()).all(|i| mask[i % mask.len()] || dx[i] == 0.0));
            let scaled: Vec<f32> = plain.iter().map(|dx| dx * SCALE).collect();
            assert_same(&dx, &scaled, "gradient");
            let mut in_place = dy.clone();
            k.masked_softmax_backward_in_place(&y, &mut in_place, shape.axis(), SCALE).expect("all fits");
            assert_same(&in_place, &dx, "in place");
        }
    }
}

#[test]
fn threads_change_nothing() {
    let pool = ThreadPoolBuilder::new().num_threads(3).build().expect("threads can be started");
    for (shape, blocks) in [
        (Shape::new(1, 600_003, 1), 1),
        (Shape::new(64, 9001, 1), 16),
        (Shape::new(1030, 1021, 1), 515),
        (Shape::new(36, 301, 97), 6),
    ] {
        let mut random = Random(2);
        let x = Data::Wide.values(shape.size(), &mut random);
        let mask = booleans(shape, blocks, &mut random);
        for backend in Backend::available().filter(|&b| scale() == 1 || b == Backend::best()) {
            let masks =
                [Mask::None, Mask::Boolean(&mask), Mask::Causal { queries: blocks, offset: shape.len as isize / 2 }];
            for mask in masks {
                let call = |k: Kernels| {
                    let mut y = vec![9.0; x.len()];
                    k.masked_softmax(&x, shape.axis(), SCALE, mask, &mut y).expect("all fits");
                    y
                };
                let (expected, found) = (call(kernels(backend).serial()), pool.install(|| call(kernels(backend))));
                assert_same(&found, &expected, &format!("{shape:?} on {backend}"));
            }
        }
    }
}

#[test]
fn wrong_shapes_are_refused() {
    let x = [1.0; 12];
    for backend in Backend::available() {
        for k in [kernels(backend), kernels(backend).serial()] {
            let mut y = [9.0; 12];
            let mut call = |mask: Mask<'_>, axis: Axis| k.masked_softmax(&x, axis, 1.0, mask, &mut y);
            let wrong = |mask, len, inner| Err(Error::Mask { mask, length: 12, len, inner });
            assert_eq!(call(Mask::Boolean(&[true; 3]), Axis::rows(2)), wrong(3, 2, 1));
            assert_eq!(call(Mask::Boolean(&[]), Axis::rows(2)), wrong(0, 2, 1));
            assert_eq!(call(Mask::Additive(&[0.0; 24]), Axis::rows(2)), wrong(24, 2, 1));
            assert_eq!(call(Mask::Additive(&[0.0; 8]), Axis::rows(2)), wrong(8, 2, 1));
            assert_eq!(call(Mask::Additive(&[0.0; 3]), Axis::new(2).inner(3)), wrong(3, 2, 3));
            let queries = |queries| Mask::Causal { queries, offset: 0 };
            assert_eq!(call(queries(0), Axis::rows(2)), Err(Error::Queries { queries: 0, blocks: 6 }));
            assert_eq!(call(queries(4), Axis::rows(2)), Err(Error::Queries { queries: 4, blocks: 6 }));
            let multiple = Err(Error::NotMultiple { length: 12, len: 5, inner: 1 });
            assert_eq!(call(Mask::None, Axis::rows(5)), multiple);
            assert_eq!(call(Mask::Boolean(&[true; 5]), Axis::rows(5)), multiple);
            assert_eq!(call(queries(1), Axis::rows(0)), Err(Error::EmptyAxis { len: 0, inner: 1 }));
            let wrong = k.masked_softmax(&x[..6], Axis::rows(2), 1.0, Mask::None, &mut y);
            assert_eq!(wrong, Err(Error::Length { name: "y", found: 12, expected: 6 }));
            assert_eq!(y, [9.0; 12], "nothing is written");
            for mask in [Mask::None, Mask::Boolean(&[]), Mask::Boolean(&[true; 4]), queries(3)] {
                assert_eq!(k.masked_softmax::<f32>(&[], Axis::rows(2), 1.0, mask, &mut []), Ok(()), "{mask:?}");
            }
        }
    }
    let message = Error::Mask { mask: 3, length: 12, len: 2, inner: 1 }.to_string();
    assert!(["3", "12", "2 × 1"].iter().all(|number| message.contains(number)), "{message}");
    let message = Error::Queries { queries: 4, blocks: 6 }.to_string();
    assert!(message.contains('4') && message.contains('6'), "{message}");
}

/// The free functions do what the methods do.
#[test]
fn free_functions() {
    let (x, axis, mask) =
        (Data::Logits.values(60, &mut Random(1)), Axis::rows(5), Mask::Causal { queries: 4, offset: 1 });
    let (mut y, mut z) = ([9.0; 60], [8.0; 60]);
    Kernels::default().masked_softmax(&x, axis, SCALE, mask, &mut y).expect("all fits");
    simdact::masked_softmax(&x, axis, SCALE, mask, &mut z).expect("all fits");
    assert_same(&z, &y, "masked_softmax");
    let mut in_place = x.clone();
    simdact::masked_softmax_in_place(&mut in_place, axis, SCALE, mask).expect("all fits");
    assert_same(&in_place, &y, "in place");
    let mut spare = [MaybeUninit::uninit(); 60];
    let uninit = simdact::masked_softmax_uninit(&x, axis, SCALE, mask, &mut spare).expect("all fits");
    assert_same(uninit, &y, "uninit");
    let (mut dx, mut in_place) = (vec![9.0; 60], x.clone());
    simdact::masked_softmax_backward(&y, &x, axis, SCALE, &mut dx).expect("all fits");
    simdact::masked_softmax_backward_in_place(&y, &mut in_place, axis, SCALE).expect("all fits");
    assert_same(&in_place, &dx, "backward in place");
}
