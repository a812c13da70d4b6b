//! What do the functions give at the edges: zeros, infinities, NaN, the smallest and the largest numbers, kinks? On
//! every backend and in every lane.

mod common;

use accuracy::{FUNCTIONS, KERNELS};
use common::call::MAX_SLICES;
use common::compare::Hex;
use common::{Data, Form, Function, Operands, Pieces, Random, Sample, Shape, kernels, same};
use simdact::{Accuracy, Activation, Axis, Backend, Kernels};

const INF: f32 = f32::INFINITY;
const NAN: f32 = f32::NAN;
/// The smallest subnormal.
const TINY: f32 = f32::from_bits(1);

/// An array with `x` in all lanes of all vectors, through the unrolled loop, the single vectors, and the tail.
fn filled(x: f32) -> Vec<f32> {
    vec![x; 16 * 5 + 16 + 15]
}

/// Applies the function to `x` in every lane, and gives the one value that all of them must be.
fn value(kernels: &Kernels, activation: Activation, x: f32) -> f32 {
    let mut y = filled(x);
    kernels.apply_in_place(activation, &mut y);
    assert!(y.iter().all(|&other| same(other, y[0])), "{activation:?} of {} differs by lane: {y:?}", x.hex());
    y[0]
}

/// The gradient by the saved output `y` and the upstream gradient `dy`.
fn gradient(kernels: &Kernels, activation: Activation, y: f32, dy: f32) -> f32 {
    let mut dx = filled(dy);
    kernels.backward_in_place(activation, &filled(y), &mut dx).expect("same length");
    assert!(dx.iter().all(|&other| same(other, dx[0])), "{activation:?}′ at {} differs by lane: {dx:?}", y.hex());
    dx[0]
}

/// Panics unless all the values are as expected, on every backend, in every tier.
#[track_caller]
fn check(activation: Activation, expected: &[(f32, f32)]) {
    let tiers = [Accuracy::Faithful, Accuracy::Fast, Accuracy::Exact];
    for (backend, tier) in Backend::available().flat_map(|backend| tiers.map(|tier| (backend, tier))) {
        for &(x, y) in expected {
            let found = value(&kernels(backend).accuracy(tier), activation, x);
            assert!(
                same(found, y),
                "{activation:?}, {tier:?}, on {backend}: input {}\n  expected {}\n     found {}",
                x.hex(),
                y.hex(),
                found.hex(),
            );
        }
    }
}

/// Panics unless all the gradients are as expected, from `(y, dy, dx)`, on every backend.
#[track_caller]
fn check_gradient(activation: Activation, expected: &[(f32, f32, f32)]) {
    for backend in Backend::available() {
        for &(y, dy, dx) in expected {
            let found = gradient(&kernels(backend), activation, y, dy);
            assert!(
                same(found, dx),
                "{activation:?}, backward on {backend}: output {}, dy {}\n  expected {}\n     found {}",
                y.hex(),
                dy.hex(),
                dx.hex(),
                found.hex(),
            );
        }
    }
}

#[test]
fn functions() {
    for f in FUNCTIONS {
        check(f.activation, f.edges);
        check_gradient(f.activation, f.gradient_edges);
    }
}

#[test]
fn leaky_relu_of_any_slope() {
    for slope in [0.01, 0.0, 1.0, 2.5, -0.5, 1e-30, TINY, INF, NAN] {
        let positive = [TINY, f32::MIN_POSITIVE, 1.5, f32::MAX, INF].map(|x| (x, x));
        let others = [0.0, -0.0, -TINY, -f32::MIN_POSITIVE, -1.5, f32::MIN, -INF, NAN].map(|x: f32| (x, slope * x));
        check(Activation::LeakyRelu { slope }, &positive);
        check(Activation::LeakyRelu { slope }, &others);
    }
    // `slope` at the kink, whichever zero it is.
    let slope = 0.25;
    let kink = [(0.0, 3.0, 0.75), (-0.0, 3.0, 0.75), (TINY, 3.0, 3.0), (-TINY, 3.0, 0.75)];
    check_gradient(Activation::LeakyRelu { slope }, &kink);
}

/// It does not flush to zero where e⁻ˣ overflows, but decreases through the subnormals.
#[test]
fn sigmoid_underflows_gradually() {
    for backend in Backend::available() {
        let at = |x| value(&kernels(backend), Activation::Sigmoid, x);
        let mut before = at(-87.0);
        for x in 88..=103 {
            let (x, y) = (-x as f32, at(-x as f32));
            assert!(y > 0.0 && y < before, "sigmoid on {backend}: {x} gives {}", y.hex());
            before = y;
        }
        assert!(at(-100.0).is_subnormal(), "sigmoid on {backend}: −100 gives {}", at(-100.0).hex());
        let expected = core_math::exp(-100.0) as f32;
        let steps = at(-100.0).to_bits().abs_diff(expected.to_bits());
        assert!(steps <= 2, "sigmoid on {backend}: −100 gives {}, not {}", at(-100.0).hex(), expected.hex());
    }
}

#[test]
fn tanh_is_odd_and_bounded() {
    let mut random = Random(11);
    let tiers = [Accuracy::Faithful, Accuracy::Fast, Accuracy::Exact];
    for (backend, tier) in Backend::available().flat_map(|backend| tiers.map(|tier| (backend, tier))) {
        let kernels = kernels(backend).accuracy(tier);
        for data in Data::ALL {
            let x = data.values(50_000, &mut random);
            let (mut y, mut z) = (x.clone(), x.iter().map(|x| -x).collect::<Vec<f32>>());
            kernels.apply_in_place(Activation::Tanh, &mut y);
            kernels.apply_in_place(Activation::Tanh, &mut z);
            for i in 0..x.len() {
                assert!(same(y[i], -z[i]), "tanh on {backend}: {} gives {} or {}", x[i].hex(), y[i].hex(), z[i].hex());
                assert!(x[i].is_nan() || y[i].abs() <= 1.0, "tanh on {backend}: {} gives {}", x[i].hex(), y[i].hex());
            }
        }
    }
}

#[test]
fn values_stay_in_the_range() {
    let mut random = Random(12);
    for kernel in KERNELS.iter() {
        let (low, high) = kernel.oracle.range;
        for backend in Backend::available() {
            for data in Data::ALL {
                let x = data.values(50_000, &mut random);
                let mut y = x.clone();
                kernel.on(&kernels(backend)).apply_in_place(kernel.activation, &mut y);
                for (x, y) in x.iter().zip(&y) {
                    let inside = if x.is_nan() { y.is_nan() } else { (low..=high).contains(y) };
                    assert!(inside, "{kernel} on {backend}: {} gives {}", x.hex(), y.hex());
                }
            }
        }
    }
}

/// A NaN in each position of the first operand in turn: it shows in what depends on it, and nowhere else.
#[test]
fn nan_shows_in_every_lane() {
    for function in Function::all().filter(|f| !matches!(f, Function::MaxoutBackward(_))) {
        for shape in [Shape::new(67, 1, 1), Shape::new(1, 67, 1), Shape::new(3, 5, 7), Shape::new(35, 3, 1)] {
            if matches!(function, Function::Maxout(Pieces::Slices)) && shape.len > MAX_SLICES {
                continue;
            }
            let sample = Sample::new(function, shape, Data::Logits, 13, 0);
            let clean = sample.operands();
            for backend in Backend::available() {
                for &form in function.forms() {
                    let before = function.call(&kernels(backend), form, clean, 0).values;
                    for at in 0..shape.size() {
                        let mut x = sample.x.to_vec();
                        x[at] = if at % 2 == 0 { NAN } else { -NAN };
                        let after = function.call(&kernels(backend), form, Operands { x: &x, ..clean }, 0).values;
                        check_nan(function, shape, at, &before, &after, &format!("{function} on {backend}, {form:?}"));
                    }
                }
            }
        }
    }
}

fn check_nan(function: Function, shape: Shape, at: usize, before: &[f32], after: &[f32], what: &str) {
    let nan = Operands { shape, x: &one_nan(shape.size(), at), dy: &vec![0.0; shape.size()], winners: &[] };
    let row = |i: usize| (i / (shape.len * shape.inner), i % shape.inner);
    for (i, (&before, &after)) in before.iter().zip(after).enumerate() {
        let depends = match function {
            // Of y, an element of this gradient has only its own.
            Function::RowBackward(f) if f.name == "log_softmax" => i == at,
            Function::Row(_) | Function::RowBackward(_) => row(i) == row(at),
            _ => function.inputs_of(nan, i).iter().any(|x| x.is_nan()),
        };
        let right = if depends { after.is_nan() } else { same(before, after) };
        assert!(right, "{what}, {shape:?}: NaN in {at}: element {i} is {}, without it {}", after.hex(), before.hex());
    }
}

fn one_nan(len: usize, at: usize) -> Vec<f32> {
    let mut x = vec![0.0; len];
    x[at] = NAN;
    x
}

/// The softmax of one row, in each of the ways to lie in memory.
fn softmax(kernels: &Kernels, row: &[f32]) -> Vec<f32> {
    let mut y = row.to_vec();
    kernels.softmax_in_place(&mut y, Axis::rows(row.len())).expect("all fits");
    for inner in [2, 23] {
        let mut columns: Vec<f32> = row.iter().flat_map(|&x| vec![x; inner]).collect();
        kernels.softmax_in_place(&mut columns, Axis::new(row.len()).inner(inner)).expect("all fits");
        for (i, &column) in columns.iter().enumerate() {
            let (a, b) = (y[i / inner], column);
            assert!(same(a, b), "softmax on {kernels:?}: element {} of {row:?} is {a} or {b}", i / inner);
        }
    }
    y
}

/// Panics unless the softmax of the row is as expected, on every backend, also between other numbers.
#[track_caller]
fn check_softmax(row: &[f32], expected: &[f32]) {
    for backend in Backend::available() {
        let found = softmax(&kernels(backend), row);
        let right = found.iter().zip(expected).all(|(&a, &b)| same(a, b));
        assert!(right, "softmax on {backend}: {row:?} gives {found:?}, not {expected:?}");
    }
}

#[test]
fn softmax_of_few() {
    for x in [0.0, -0.0, 1.0, -1e30, f32::MAX, f32::MIN, TINY] {
        check_softmax(&[x], &[1.0]);
        check_softmax(&[x, x], &[0.5, 0.5]);
        check_softmax(&[x; 8], &[0.125; 8]);
        check_softmax(&[x, -INF, x], &[0.5, 0.0, 0.5]);
    }
    check_softmax(&[0.0, -0.0], &[0.5, 0.5]);
    // Differences that overflow, or that are too large to show.
    check_softmax(&[f32::MAX, f32::MIN], &[1.0, 0.0]);
    check_softmax(&[-105.0, 0.0, -1e9], &[0.0, 1.0, 0.0]);
}

#[test]
fn softmax_of_infinities_and_nan() {
    let lengths = [1, 2, 7, 16, 33, 67];
    for n in lengths {
        check_softmax(&vec![-INF; n], &vec![NAN; n]);
        check_softmax(&vec![INF; n], &vec![NAN; n]);
        for at in 0..n {
            for x in [INF, NAN, -NAN] {
                for others in [-INF, 0.0, f32::MAX, INF] {
                    let mut row = vec![others; n];
                    row[at] = x;
                    check_softmax(&row, &vec![NAN; n]);
                }
            }
            let (mut one, mut expected) = (vec![-INF; n], vec![0.0; n]);
            (one[at], expected[at]) = (-3.0, 1.0);
            check_softmax(&one, &expected);
        }
    }
}

/// e^−100 is subnormal, and not 0.
#[test]
fn softmax_underflows_gradually() {
    for backend in Backend::available() {
        for n in [2, 40] {
            let mut row = vec![-100.0; n];
            row[1] = 0.0;
            let y = softmax(&kernels(backend), &row);
            assert!(y[0].is_subnormal(), "softmax on {backend}: e^−100 is {}", y[0].hex());
        }
    }
}

/// One bad row leaves the others alone.
#[test]
fn softmax_rows_do_not_mix() {
    for (len, inner) in [(5, 1), (40, 1), (5, 3), (9, 20)] {
        let shape = Shape::new(3, len, inner);
        let rows: Vec<Vec<usize>> = shape.each_row().collect();
        for backend in Backend::available() {
            for bad in 0..rows.len() {
                let mut x = vec![1.0; shape.size()];
                x[rows[bad][len / 2]] = NAN;
                kernels(backend).softmax_in_place(&mut x, shape.axis()).expect("all fits");
                for (i, row) in rows.iter().enumerate() {
                    let nan = row.iter().filter(|&&i| x[i].is_nan()).count();
                    assert_eq!(nan, if i == bad { len } else { 0 }, "row {i} of {shape:?} on {backend}, {bad} is bad");
                }
            }
        }
    }
}

/// The gradient of softmax along a row with one certain element is 0 everywhere.
#[test]
fn softmax_gradient_of_certainty() {
    for backend in Backend::available() {
        for n in [1, 3, 33] {
            let mut y = vec![0.0; n];
            y[n / 2] = 1.0;
            let mut dx = vec![2.5; n];
            kernels(backend).softmax_backward_in_place(&y, &mut dx, Axis::rows(n)).expect("all fits");
            assert!(dx.iter().all(|&dx| dx == 0.0), "on {backend}: {dx:?}");
        }
    }
}

#[test]
fn maxout_of_equals_takes_the_first() {
    for backend in Backend::available() {
        for n in 1..=67 {
            for (first, second) in [(0.0, -0.0), (-0.0, 0.0), (1.0, 1.0), (-INF, -INF), (INF, INF)] {
                let (a, b) = (vec![first; n], vec![second; n]);
                let (mut y, mut index) = (vec![9.0; n], vec![9; n]);
                kernels(backend).maxout_with_index(&[&a, &b, &a], &mut y, &mut index).expect("all fits");
                assert!(y.iter().all(|&y| same(y, first)), "{first} and {second} on {backend}: {y:?}");
                assert!(index.iter().all(|&i| i == 0), "{first} and {second} on {backend}: {index:?}");
            }
        }
    }
}

/// Nothing of a place that lost reaches the gradient, whatever was upstream.
#[test]
fn maxout_gradient_of_losers_is_zero() {
    for backend in Backend::available() {
        let (mut da, mut db) = (vec![9.0; 67], vec![9.0; 67]);
        let dy = [NAN, INF, -INF, -0.0, -2.0].repeat(14)[..67].to_vec();
        kernels(backend).maxout_backward(&[1; 67], &dy, &mut [&mut da, &mut db]).expect("all fits");
        assert!(da.iter().all(|&dx| same(dx, 0.0)), "on {backend}: {da:?}");
        assert!(db.iter().zip(&dy).all(|(&a, &b)| same(a, b)), "on {backend}: {db:?}");
    }
}

/// The upstream gradient NaN shows, in every lane, in what is multiplied by it.
#[test]
fn nan_upstream_shows() {
    for function in Function::all().filter(|f| matches!(f, Function::MapBackward(_) | Function::RowBackward(_))) {
        let shape = Shape::new(1, 67, 1);
        // None has a gradient of 0 there.
        let y = vec![0.75; 67];
        for backend in Backend::available() {
            for at in 0..67 {
                let dy = one_nan(67, at);
                let operands = Operands { shape, x: &y, dy: &dy, winners: &[] };
                let dx = function.call(&kernels(backend), Form::InPlace, operands, 0).values;
                assert!(dx[at].is_nan(), "{function} on {backend}: NaN in {at} gives {}", dx[at].hex());
            }
        }
    }
}
