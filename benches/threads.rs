//! From which size does a second thread pay? The source of the thresholds in `src/parallel.rs`.
//!
//! `cargo bench --bench threads` compares serial kernels on the whole of an array with the same kernels on its halves,
//! by `rayon::join` as the crate does it, in alternating rounds: called from outside of the pool, whose threads have to
//! be woken, and from one of its own threads. A ratio above 1 says how much faster two threads are.

use simdact::{Activation, Axis, Kernels};
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 200;

/// The median and the worst but a tenth, over rounds, of the serial time by that of two threads.
fn gain(mut serial: impl FnMut(), mut halves: impl FnMut()) -> [f64; 2] {
    let seconds = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    let mut gains: Vec<f64> = (0..ROUNDS).map(|_| seconds(&mut serial) / seconds(&mut halves)).collect();
    gains.sort_by(f64::total_cmp);
    [gains[ROUNDS / 2], gains[ROUNDS / 10]]
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
        println!("\n{name}\n{:>10}{:>22}{:>22}", "", "from outside", "from inside");
        println!("{:>10}{:>10}{:>12}{:>10}{:>12}", "elements", "median", "worst of 10", "median", "worst of 10");
        for size in (14..=22).map(|power| 1usize << power) {
            let x: Vec<f32> = (0..size).map(|i| ((i * 37) % 1001) as f32 / 125.0 - 4.0).collect();
            let (mut y, mut z) = (vec![1.0; size], vec![1.0; size]);
            let mut measure = || {
                gain(
                    || function(&kernels, black_box(&x), &mut y),
                    || {
                        let ((a, b), (c, d)) = (black_box(&x).split_at(size / 2), z.split_at_mut(size / 2));
                        rayon::join(|| function(&kernels, a, c), || function(&kernels, b, d));
                    },
                )
            };
            let outside = measure();
            let (inside, ()) = rayon::join(measure, || ());
            let [a, b, c, d] = [outside[0], outside[1], inside[0], inside[1]];
            println!("{size:>10}{a:>10.2}{b:>12.2}{c:>10.2}{d:>12.2}");
        }
    }
}
