//! From which size does a second thread pay? The source of the thresholds in `src/parallel.rs`.
//!
//! `cargo bench --bench threads` compares serial kernels on the whole of an array with the same kernels on its halves,
//! by `rayon::join` as the crate does it, in alternating rounds. A ratio above 1 says how much faster two threads are;
//! the pool is idle before each call, as in a program that does other things in between, and busy waiting counts.

use simdact::{Activation, Axis, Kernels};
use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: usize = 60;

/// The median and the worst, over rounds, of the serial time by that of two threads.
fn gain(mut serial: impl FnMut(), mut halves: impl FnMut()) -> (f64, f64) {
    // After a pause long enough for the pool's threads to fall asleep.
    let seconds = |work: &mut dyn FnMut()| {
        std::thread::sleep(Duration::from_micros(500));
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    let mut gains: Vec<f64> = (0..ROUNDS).map(|_| seconds(&mut serial) / seconds(&mut halves)).collect();
    gains.sort_by(f64::total_cmp);
    (gains[ROUNDS / 2], gains[ROUNDS / 10])
}

fn main() {
    let kernels = Kernels::default().serial();
    println!("{} on {} threads: time of one by time of two", kernels.backend(), rayon::current_num_threads());
    type Function = fn(&Kernels, &[f32], &mut [f32]);
    let functions: [(&str, Function); 5] = [
        ("relu (memory)", |k, x, y| k.apply(Activation::Relu, x, y).expect("same length")),
        ("relu backward (memory)", |k, x, y| k.backward(Activation::Relu, x, x, y).expect("same length")),
        ("tanh (arithmetic)", |k, x, y| k.apply(Activation::Tanh, x, y).expect("same length")),
        ("sigmoid (arithmetic)", |k, x, y| k.apply(Activation::Sigmoid, x, y).expect("same length")),
        ("softmax (arithmetic)", |k, x, y| k.softmax(x, Axis::rows(256), y).expect("whole rows")),
    ];
    for (name, function) in functions {
        println!("\n{name}\n{:>10}{:>10}{:>14}", "elements", "median", "worst of ten");
        for size in (12..=22).map(|power| 1usize << power) {
            let x: Vec<f32> = (0..size).map(|i| ((i * 37) % 1001) as f32 / 125.0 - 4.0).collect();
            let (mut y, mut z) = (vec![0.0; size], vec![0.0; size]);
            let (median, worst) = gain(
                || function(&kernels, black_box(&x), &mut y),
                || {
                    let ((a, b), (c, d)) = (black_box(&x).split_at(size / 2), z.split_at_mut(size / 2));
                    rayon::join(|| function(&kernels, a, c), || function(&kernels, b, d));
                },
            );
            println!("{size:>10}{median:>10.2}{worst:>14.2}");
        }
    }
}
