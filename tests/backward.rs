//! Are the gradients right? Compared with f64 arithmetic on the same operands, within a bound that follows from the
//! roundings (in the package `accuracy`); and the formulas themselves with differences of the functions in f64.

mod common;

use accuracy::{FUNCTIONS, distance};
use common::compare::{Hex, pick};
use common::{ALONG, Data, Form, Function, Operands, Pieces, Random, Sample, Shape, cases, kernels};
use proptest::prelude::*;
use simdact::{Backend, Saves};

/// f′ by the central difference quotient, off by about 10⁻⁹ for functions of moderate derivatives.
fn slope(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    const H: f64 = 1.0 / (1 << 17) as f64;
    (f(x + H) - f(x - H)) / (2.0 * H)
}

#[test]
fn derivatives_are_those_of_the_functions() {
    for f in FUNCTIONS {
        for i in -400..400 {
            // Not at the kinks.
            let x = f64::from(i) / 50.0 + 0.01;
            let saved = match f.activation.saves() {
                Saves::Output => (f.oracle.value)(x),
                Saves::Input => x,
            };
            let (formula, difference) = ((f.gradient.value)(saved, 1.0), slope(f.oracle.value, x));
            assert!(
                // That of selu takes a constant as a float.
                (formula - difference).abs() < 3e-8 * (1.0 + formula.abs()),
                "{}′({x}) = {formula}, but {difference}",
                f.name
            );
        }
    }
}

#[test]
fn gradients_of_rows_are_those_of_the_functions() {
    for f in ALONG {
        for n in [1, 2, 5, 17] {
            let mut random = Random(n as u64);
            // Steps that f32 holds exactly, since the reference takes a row of f32.
            let x: Vec<f32> = (0..n).map(|_| random.below(1 << 12) as f32 / 1024.0 - 2.0).collect();
            let dy = Data::Logits.values(n, &mut random);
            let y: Vec<f32> = (f.value)(&x).into_iter().map(|y| y as f32).collect();
            let formula = (f.gradient)(&y, &dy);
            for i in 0..n {
                const H: f32 = 1.0 / 1024.0;
                let at = |x_i: f32| {
                    let mut x = x.clone();
                    x[i] = x_i;
                    (f.value)(&x).iter().zip(&dy).map(|(y, &dy)| y * f64::from(dy)).sum::<f64>()
                };
                let difference = (at(x[i] + H) - at(x[i] - H)) / f64::from(2.0 * H);
                let error = (formula[i] - difference).abs();
                assert!(error < 2e-5, "{}: ∂/∂x[{i}] of {n} is {}, but {difference}", f.name, formula[i]);
            }
        }
    }
}

/// dx of one element against f64, on every backend.
fn check_elementwise(function: Function, sample: &Sample, offset: usize) {
    let Function::MapBackward(f) = function else { panic!("not element-wise") };
    for backend in Backend::available() {
        let dx = function.call(&kernels(backend), Form::OutOfPlace, sample.operands(), offset).values;
        for (i, &dx) in dx.iter().enumerate() {
            let (saved, dy) = (sample.x[i], sample.dy[i]);
            let truth = (f.gradient.value)(f64::from(saved), f64::from(dy));
            let (error, slack) = (distance(dx, truth), f.gradient.slack(backend, saved, dy));
            assert!(
                error <= slack,
                "{function} on {backend}: element {i}, saved {}, dy {}: {error:e}, {slack:e} are allowed\n  \
                 expected {truth:e}\n     found {}",
                saved.hex(),
                dy.hex(),
                dx.hex(),
            );
        }
    }
}

#[test]
fn elementwise_over_the_range_of_the_output() {
    for function in Function::all().filter(|f| matches!(f, Function::MapBackward(_))) {
        for (i, data) in [Data::Logits, Data::Wide, Data::Ties].into_iter().enumerate() {
            check_elementwise(function, &Sample::new(function, Shape::flat(100_000), data, i as u64, 1), 0);
        }
    }
}

/// Upstream gradients of all magnitudes, so that the result is subnormal at times.
#[test]
fn elementwise_with_small_gradients() {
    for function in Function::all().filter(|f| matches!(f, Function::MapBackward(_))) {
        let mut sample = Sample::new(function, Shape::flat(100_000), Data::Wide, 5, 1);
        let mut random = Random(6);
        for dy in sample.dy.iter_mut() {
            *dy = f32::from_bits((random.next() >> 32) as u32 & 0x9fff_ffff);
        }
        check_elementwise(function, &sample, 0);
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn rows(
        shape in prop_oneof![
            (1..20usize, 1..300usize).prop_map(|(outer, len)| Shape::new(outer, len, 1)),
            (1..4usize, 1..60usize, 2..40usize).prop_map(|(outer, len, inner)| Shape::new(outer, len, inner)),
            (1_000..70_000usize).prop_map(|len| Shape::new(1, len, 1)),
        ],
        data in prop::sample::select(vec![Data::Logits, Data::Wide, Data::Ties]),
        seed: u64,
    ) {
        for function in Function::all() {
            let Function::RowBackward(f) = function else { continue };
            let sample = Sample::new(function, shape, data, seed, 0);
            for backend in Backend::available() {
                let dx = function.call(&kernels(backend), Form::OutOfPlace, sample.operands(), 0).values;
                for row in shape.each_row() {
                    let [y, dy, dx] = [&*sample.x, &*sample.dy, &dx].map(|all| pick(all, &row));
                    let (truth, error) = ((f.gradient)(&y, &dy), (f.gradient_error)(&y, &dy));
                    for i in 0..shape.len {
                        let distance = (f64::from(dx[i]) - truth[i]).abs();
                        assert!(
                            distance <= error[i],
                            "{function} on {backend}, {shape:?}: element {i} of a row, y {}, dy {}\n  \
                             expected {:e}\n     found {}\n  {distance:e} apart, {:e} allowed",
                            y[i].hex(), dy[i].hex(), truth[i], dx[i].hex(), error[i],
                        );
                    }
                }
            }
        }
    }
}

/// What maxout's gradient is: the change of Σ y·dy with each input, where no two are near each other.
#[test]
fn maxout_routes_to_what_changes_the_result() {
    let shape = Shape::new(3, 4, 5);
    for pieces in [Pieces::Slices, Pieces::Axis] {
        let forward = Function::Maxout(pieces);
        let mut random = Random(9);
        let x: Vec<f32> = (0..shape.size()).map(|i| (i * 7 % 60) as f32 / 4.0).collect();
        let dy = Data::Logits.values(shape.rows(), &mut random);
        for backend in Backend::available() {
            let kernels = kernels(backend);
            let value = |x: &[f32]| {
                let operands = Operands { shape, x, dy: &[], winners: &[] };
                forward.call(&kernels, Form::WithIndex, operands, 0)
            };
            let winners = value(&x).index;
            let operands = Operands { shape, x: &[], dy: &dy, winners: &winners };
            let dx = Function::MaxoutBackward(pieces).call(&kernels, Form::OutOfPlace, operands, 0).values;
            for i in 0..x.len() {
                let loss = |step: f32| {
                    let mut x = x.clone();
                    x[i] += step;
                    value(&x).values.iter().zip(&dy).map(|(&y, &dy)| f64::from(y) * f64::from(dy)).sum::<f64>()
                };
                // Small enough that the winner stays the same.
                let difference = (loss(0.125) - loss(-0.125)) / 0.25;
                let error = (f64::from(dx[i]) - difference).abs();
                assert!(error < 1e-9, "{forward} on {backend}: dx[{i}] is {}, but {difference}", dx[i]);
            }
        }
    }
}
