//! What do sums, products and elements of 16 bits cost? Ratios from one run, at sizes in the second cache and far beyond the
//! last: on one thread, and, where it pays, on all as the default kernels run.
//!
//! Each activation is the yardstick of its fused forms, and of itself on `f16` and `bf16`. Candidates take turns, and each
//! is judged by its fastest round. Activations as arguments are taken in place of the four.

mod race;

use race::{candidate, race};
use simdact::{Activation, Axis, Kernels};
use std::hint::black_box;

fn main() {
    let named = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let mut activations: Vec<Activation> = named.map(|name| name.parse().expect("an activation")).collect();
    if activations.is_empty() {
        activations = vec![Activation::Relu, Activation::Silu, Activation::Tanh, Activation::Gelu];
    }
    let (one, all) = (Kernels::default().serial(), Kernels::default());
    for (k, threads, size, rounds) in
        [(one, "one thread", 64 << 10, 300), (one, "one thread", 16 << 20, 9), (all, "all threads", 16 << 20, 9)]
    {
        let x: Vec<f32> = (0..size).map(|i| ((i * 37) % 1001) as f32 / 125.0 - 4.0).collect();
        let other: Vec<f32> = (0..size).map(|i| ((i * 61) % 997) as f32 / 500.0 - 1.0).collect();
        let mut y = vec![0.0; size];
        let (x, other) = (&x[..], &other[..]);
        for &activation in &activations {
            let plain = activation.fused();
            let bias = |axis: Axis| plain.bias(&other[..axis.len], axis);
            let columns = bias(Axis::rows(1024));
            let channels = bias(Axis::new(64).inner(size / 512));
            let (residual, factor) = (plain.residual(other), plain.factor(other));
            let mut candidates =
                vec![candidate("alone", |y: &mut [f32]| k.apply(activation, black_box(x), y).expect("fits"))];
            for (name, fused) in [
                ("no operand", plain),
                ("bias of 1024 columns", columns),
                ("bias of 64 channels", channels),
                ("residual", residual),
                ("factor", factor),
            ] {
                candidates.push(candidate(name, move |y: &mut [f32]| {
                    k.apply_fused(black_box(&fused), black_box(x), y).expect("fits");
                }));
            }
            let both = move |y: &mut [f32]| {
                for ((y, x), other) in y.iter_mut().zip(black_box(x)).zip(other) {
                    *y = x + other;
                }
                k.apply_in_place(activation, y);
            };
            candidates.push(candidate("residual, in two passes", both));
            candidates.push(candidate("memcpy", |y: &mut [f32]| y.copy_from_slice(black_box(x))));
            #[cfg(feature = "half")]
            {
                candidates.push(of_16_bits::<half::f16>("f16", k, activation, x, half::f16::from_f32));
                candidates.push(of_16_bits::<half::bf16>("bf16", k, activation, x, half::bf16::from_f32));
            }
            race(&format!("{activation}, {threads}"), size, rounds, candidates, &mut y);
        }
    }
}

/// The same on elements of 16 bits, in arrays of its own.
#[cfg(feature = "half")]
fn of_16_bits<'a, T: simdact::Element + Copy + 'a>(
    name: &str,
    k: Kernels,
    activation: Activation,
    x: &[f32],
    round: fn(f32) -> T,
) -> race::Candidate<'a> {
    let x: Vec<T> = x.iter().map(|&x| round(x)).collect();
    let mut y = vec![round(0.0); x.len()];
    candidate(name, move |_: &mut [f32]| k.apply(activation, black_box(&x), black_box(&mut y)).expect("fits"))
}
