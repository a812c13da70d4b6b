//! What does a call cost on few elements? Nanoseconds per call for every length from 1 to 64, on one thread.
//!
//! `empty` is a call through the same closure that does nothing, and `loop` a plain relu that the compiler inlines there:
//! what relu takes beyond them is the way to the kernel and back. Candidates take turns, and each is judged by its
//! fastest round. Names of backends as arguments choose among them.

use simdact::{Activation, Backend, Kernels};
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 60;
const CALLS: u32 = 500;

type Call<'a> = Box<dyn Fn(&[f32], &mut [f32]) + 'a>;

fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let chosen = |backend: &Backend| {
        if named.is_empty() { !matches!(backend, Backend::Scalar) } else { named.contains(&backend.to_string()) }
    };
    let functions = [
        ("relu", Activation::Relu),
        ("exp", Activation::Exp),
        ("tanh", Activation::Tanh),
        ("sigmoid", Activation::Sigmoid),
    ];
    for backend in Backend::available().filter(chosen) {
        let kernels = Kernels::on(backend).expect("it is available").serial();
        let mut candidates: Vec<(&str, Call<'_>)> = vec![
            ("empty", Box::new(|x, y| _ = black_box((x, y)))),
            ("loop", Box::new(|x, y| y.iter_mut().zip(x).for_each(|(y, &x)| *y = if x > 0.0 { x } else { 0.0 }))),
            ("memcpy", Box::new(|x, y| y.copy_from_slice(x))),
        ];
        for (name, activation) in functions {
            candidates.push((name, Box::new(move |x, y| kernels.apply(activation, x, y).expect("lengths fit"))));
        }
        println!("\n{backend}, ns per call");
        println!("{:>9}{}", "elements", candidates.iter().map(|(name, _)| format!("{name:>9}")).collect::<String>());
        // Input and output at different places within a page: a load waits for a store with the same low bits.
        let memory: Vec<f32> = (0..4096).map(|i| ((i * 37) % 101) as f32 / 10.0 - 5.0).collect();
        let (x, mut y) = (&memory[..64], vec![0.0; 4096]);
        let y = &mut y[512..576];
        for n in 1..=64 {
            let mut best = vec![f64::INFINITY; candidates.len()];
            for _ in 0..ROUNDS {
                for (best, (_, call)) in best.iter_mut().zip(&candidates) {
                    let start = Instant::now();
                    for _ in 0..CALLS {
                        call(black_box(&x[..n]), black_box(&mut y[..n]));
                    }
                    *best = best.min(start.elapsed().as_nanos() as f64 / f64::from(CALLS));
                }
            }
            println!("{n:>9}{}", best.iter().map(|time| format!("{time:>9.1}")).collect::<String>());
        }
    }
}
