//! How much faster are more threads? On 16 Mi elements, for pools of 1, 2, 4 … threads up to all there are, and beside
//! them memcpy on as many, which says what memory gives. And 1,000 small rows of softmax, which threads must not slow.
//!
//! Candidates take turns, round by round, and each is judged by its fastest round.

use simdact::{Activation, Axis, Kernels};
use std::hint::black_box;
use std::time::Instant;

const LARGE: usize = 16 << 20;

type Call<'a> = Box<dyn FnMut() + Send + 'a>;

/// The fastest of so many rounds for each, in nanoseconds.
fn race(rounds: usize, calls: &mut [Call<'_>]) -> Vec<f64> {
    let mut best = vec![f64::INFINITY; calls.len()];
    for _ in 0..rounds {
        for (best, call) in best.iter_mut().zip(&mut *calls) {
            let start = Instant::now();
            call();
            *best = best.min(start.elapsed().as_nanos() as f64);
        }
    }
    best
}

/// Copies in as many pieces as there are threads.
fn copy(x: &[f32], y: &mut [f32]) {
    fn halves(pieces: usize, x: &[f32], y: &mut [f32]) {
        if pieces < 2 {
            return y.copy_from_slice(x);
        }
        let middle = (x.len() / pieces * (pieces / 2)).next_multiple_of(1024);
        let ((a, b), (c, d)) = (x.split_at(middle), y.split_at_mut(middle));
        rayon::join(|| halves(pieces / 2, a, c), || halves(pieces - pieces / 2, b, d));
    }
    halves(rayon::current_num_threads(), x, y);
}

fn main() {
    type Function = fn(&Kernels, &[f32], &mut [f32]);
    let functions: [(&str, Function); 5] = [
        ("memcpy", |_, x, y| copy(x, y)),
        ("relu", |k, x, y| k.apply(Activation::Relu, x, y).expect("same length")),
        ("tanh", |k, x, y| k.apply(Activation::Tanh, x, y).expect("same length")),
        ("sigmoid", |k, x, y| k.apply(Activation::Sigmoid, x, y).expect("same length")),
        ("softmax, rows of 1024", |k, x, y| k.softmax(x, Axis::rows(1024), y).expect("whole rows")),
    ];
    let kernels = Kernels::default();
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let sizes: Vec<usize> = (0..).map(|power| 1 << power).take_while(|&n| n < all).chain([all]).collect();
    let pools: Vec<_> = sizes
        .iter()
        .map(|&n| rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads can be started"))
        .collect();

    let x: Vec<f32> = (0..LARGE).map(|i| ((i * 37) % 1001) as f32 / 125.0 - 4.0).collect();
    let mut y = vec![1.0; LARGE];
    println!("{}, 16 Mi elements: ns per element on one thread, and how much faster more are", kernels.backend());
    println!("{:<24}{}", "threads", sizes.iter().map(|n| format!("{n:>8}")).collect::<String>());
    for (name, function) in functions {
        let mut best = vec![f64::INFINITY; pools.len()];
        for _ in 0..12 {
            for (best, pool) in best.iter_mut().zip(&pools) {
                let mut call: [Call<'_>; 1] =
                    [Box::new(|| pool.install(|| function(&kernels, black_box(&x), black_box(&mut y))))];
                *best = best.min(race(1, &mut call)[0]);
            }
        }
        let one = best[0];
        let gains: String = best[1..].iter().map(|time| format!("{:>8.2}", one / time)).collect();
        println!("{name:<24}{:>8.3}{gains}", one / LARGE as f64);
    }

    let rows = &x[..1000 * 64];
    let (mut a, mut b) = (vec![0.0; rows.len()], vec![0.0; rows.len()]);
    let serial = kernels.serial();
    let mut calls: [Call<'_>; 2] = [
        Box::new(|| serial.softmax(black_box(rows), Axis::rows(64), &mut a).expect("whole rows")),
        Box::new(|| kernels.softmax(black_box(rows), Axis::rows(64), &mut b).expect("whole rows")),
    ];
    let [without, with] = race(2000, &mut calls)[..] else { unreachable!("two were given") };
    println!("softmax of 1,000 rows of 64: {without:.0} ns without threads, {with:.0} ns with them allowed");
}
