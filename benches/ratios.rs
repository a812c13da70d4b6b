//! How far from memcpy, and how far ahead of others? Ratios from one run.
//!
//! Machines are noisy and clocks wander: all candidates take turns, round by round, and each is judged by its fastest
//! round. All read and write the same memory, since how its pages lie in the caches makes up to a quarter. A ratio above
//! 1 is a multiple of the yardstick's time.

mod plain;
mod race;

use plain::{plain, random};
use race::{Candidate, candidate, race};
use rten_simd::{SimdOp, SimdUnaryOp};
use simdact::{Accuracy, Activation, Axis, Backend, Kernels};
use std::hint::black_box;
use std::mem::MaybeUninit;

const SIZE: usize = 64 << 10;
const ROUNDS: usize = 400;
/// Functions of this bench that have the exact tier.
const EXACT: [&str; 8] = ["exp", "tanh", "sigmoid", "silu", "elu", "selu", "softplus", "log_sigmoid"];

fn main() {
    let x = random(1, 4.0, SIZE);
    let dy = random(2, 1.0, SIZE);
    let half = SIZE / 2;
    let fast = |backend: &Backend| !matches!(backend, Backend::Scalar);
    let kernels: Vec<Kernels> =
        Backend::available().filter(fast).map(|b| Kernels::on(b).expect("it is available").serial()).collect();
    let mut y = vec![0.0; SIZE];
    let mut peer = vec![MaybeUninit::uninit(); SIZE];
    let x = &x;
    let dy = &dy;

    type Call<'c> = &'c dyn Fn(&Kernels, &mut [f32]);
    let functions: [(&str, Call<'_>); 18] = [
        ("relu", &|k, y| k.apply(Activation::Relu, black_box(x), y).expect("fits")),
        ("leaky_relu", &|k, y| k.apply(Activation::LeakyRelu { slope: 0.01 }, black_box(x), y).expect("fits")),
        ("maxout, 2 slices", &|k, y| k.maxout(&[&x[..half], &x[half..]], &mut y[..half]).expect("fits")),
        ("maxout, groups of 4", &|k, y| k.maxout_axis(black_box(x), Axis::rows(4), &mut y[..SIZE / 4]).expect("fits")),
        ("relu backward", &|k, y| k.backward(Activation::Relu, black_box(x), dy, y).expect("fits")),
        ("tanh backward", &|k, y| k.backward(Activation::Tanh, black_box(x), dy, y).expect("fits")),
        ("softmax backward, rows of 1024", &|k, y| {
            k.softmax_backward(black_box(x), dy, Axis::rows(1024), y).expect("fits");
        }),
        ("exp", &|k, y| k.apply(Activation::Exp, black_box(x), y).expect("fits")),
        ("tanh", &|k, y| k.apply(Activation::Tanh, black_box(x), y).expect("fits")),
        ("sigmoid", &|k, y| k.apply(Activation::Sigmoid, black_box(x), y).expect("fits")),
        ("silu", &|k, y| k.apply(Activation::Silu, black_box(x), y).expect("fits")),
        ("elu", &|k, y| k.apply(Activation::Elu { alpha: 1.0 }, black_box(x), y).expect("fits")),
        ("selu", &|k, y| k.apply(Activation::Selu, black_box(x), y).expect("fits")),
        ("softplus", &|k, y| {
            k.apply(Activation::Softplus { beta: 1.0, threshold: f32::INFINITY }, black_box(x), y).expect("fits");
        }),
        ("log_sigmoid", &|k, y| k.apply(Activation::LogSigmoid, black_box(x), y).expect("fits")),
        ("softmax, rows of 64", &|k, y| k.softmax(black_box(x), Axis::rows(64), y).expect("fits")),
        ("softmax, rows of 1024", &|k, y| k.softmax(black_box(x), Axis::rows(1024), y).expect("fits")),
        ("softmax, columns of 16", &|k, y| k.softmax(black_box(x), Axis::new(16).inner(4096), y).expect("fits")),
    ];
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (title, call) in functions {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| title.contains(wanted.as_str())) {
            continue;
        }
        let mut candidates = vec![candidate("memcpy", |y| y.copy_from_slice(black_box(x)))];
        for kernels in &kernels {
            candidates.push(candidate(kernels.backend(), |y| call(kernels, y)));
            let has_fast = ["exp", "tanh", "sigmoid"].contains(&title);
            let has_exact = EXACT.contains(&title) || title.starts_with("softmax,");
            for (tier, accuracy, has) in [("fast", Accuracy::Fast, has_fast), ("exact", Accuracy::Exact, has_exact)] {
                if has {
                    let kernels = kernels.accuracy(accuracy);
                    let name = format!("{}, {tier} tier", kernels.backend());
                    candidates.push(candidate(name, move |y| call(&kernels, y)));
                }
            }
        }
        if let Some(plain) = title.parse().ok().and_then(plain) {
            candidates.push(candidate("loop with std", move |y| plain(black_box(x), y)));
        }
        peers(title, x, &mut peer, &mut candidates);
        race(title, SIZE, ROUNDS, candidates, &mut y);
    }
}

/// What rten-vecmath has of it.
fn peers<'a>(title: &str, x: &'a [f32], y: &'a mut [MaybeUninit<f32>], candidates: &mut Vec<Candidate<'a>>) {
    let name = "rten-vecmath 0.27";
    let rows = |row: usize, y: &'a mut [MaybeUninit<f32>]| {
        candidate(name, move |_| {
            for (x, y) in x.chunks_exact(row).zip(y.chunks_exact_mut(row)) {
                black_box(rten_vecmath::Softmax::new(black_box(x), y).dispatch());
            }
        })
    };
    candidates.push(match title {
        "exp" => candidate(name, move |_| {
            let _ = rten_vecmath::Exp {}.map(black_box(x), y);
        }),
        "tanh" => candidate(name, move |_| {
            let _ = rten_vecmath::Tanh {}.map(black_box(x), y);
        }),
        "sigmoid" => candidate(name, move |_| {
            let _ = rten_vecmath::Sigmoid {}.map(black_box(x), y);
        }),
        "softmax, rows of 64" => rows(64, y),
        "softmax, rows of 1024" => rows(1024, y),
        _ => return,
    });
}
