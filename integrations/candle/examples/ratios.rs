//! Activations and softmax of simdact beside candle's own, on the same tensors: `cargo run --release -p simdact-candle
//! --example ratios`. Each round calls both; what is told is the least of all rounds, and how many times as long candle
//! takes. It is processor time, which other programs do not add to, of all threads together: with RAYON_NUM_THREADS=1
//! each has one.

use std::hint::black_box;
use std::time::Duration;

use candle_core::{D, Device, Result, Tensor, Var};
use cpu_time::ProcessTime;
use simdact_candle::{Activation, apply, softmax};

const ROUNDS: usize = 400;
/// That many rows and columns: logits of a classifier of 1000 classes.
const SHAPE: (usize, usize) = (128, 1000);

type Op = fn(&Tensor) -> Result<Tensor>;

/// Candle's fast softmax has none.
const NO_GRADIENT: &str = "softmax, last axis";

/// What it is called, by simdact, and by candle.
const OPS: [(&str, Op, Op); 9] = [
    ("relu", |x| apply(Activation::Relu, x), Tensor::relu),
    ("leaky_relu", |x| apply(Activation::LeakyRelu { slope: 0.01 }, x), |x| candle_nn::ops::leaky_relu(x, 0.01)),
    ("tanh", |x| apply(Activation::Tanh, x), Tensor::tanh),
    ("sigmoid", |x| apply(Activation::Sigmoid, x), candle_nn::ops::sigmoid),
    ("gelu", |x| apply(Activation::Gelu, x), Tensor::gelu_erf),
    ("gelu_tanh", |x| apply(Activation::GeluTanh, x), Tensor::gelu),
    ("silu", |x| apply(Activation::Silu, x), Tensor::silu),
    ("softmax", |x| softmax(x, D::Minus1), |x| candle_nn::ops::softmax(x, D::Minus1)),
    (NO_GRADIENT, |x| softmax(x, D::Minus1), candle_nn::ops::softmax_last_dim),
];

fn main() -> Result<()> {
    let elements = SHAPE.0 * SHAPE.1;
    // Steps that are prime to the number of elements: all of −8 to 8, in no order.
    let numbers = (0..elements).map(|i| (i * 7919 % elements) as f32 / elements as f32 * 16.0 - 8.0);
    let x = Tensor::from_iter(numbers.collect::<Vec<_>>(), &Device::Cpu)?.reshape(SHAPE)?;
    let variable = Var::from_tensor(&x)?;
    let there_and_back = |op: Op| -> Result<()> {
        black_box(op(&variable)?.backward()?);
        Ok(())
    };
    let there = |op: Op| -> Result<()> {
        black_box(op(&x)?);
        Ok(())
    };

    println!("{} × {} elements, ns of processor time for each, the least of {ROUNDS} rounds", SHAPE.0, SHAPE.1);
    println!();
    println!(
        "  {:<20}{:>9}{:>9}{:>8}{:>17}{:>9}{:>8}",
        "", "simdact", "candle", "ratio", "with gradient", "candle", "ratio"
    );
    let mut least = vec![[Duration::MAX; 4]; OPS.len()];
    for round in 0..ROUNDS {
        for (least, (name, ours, candles)) in least.iter_mut().zip(OPS) {
            // Each is the first in every other round: the second finds the input in the cache.
            let mut turns = [(0, ours), (1, candles)];
            turns.rotate_left(round % 2);
            for (whose, op) in turns {
                time(&mut least[whose], || there(op))?;
                if round % 4 < 2 && name != NO_GRADIENT {
                    time(&mut least[2 + whose], || there_and_back(op))?;
                }
            }
        }
    }
    for ((name, ..), times) in OPS.iter().zip(least) {
        let [ours, candles, ours_back, candles_back] = times.map(|time| time.as_secs_f64() * 1e9 / elements as f64);
        print!("  {name:<20}{ours:>9.3}{candles:>9.3}{:>8.1}", candles / ours);
        if times[3] == Duration::MAX {
            println!("{:>17}{:>9}{:>8}", "–", "–", "–");
        } else {
            println!("{ours_back:>17.3}{candles_back:>9.3}{:>8.1}", candles_back / ours_back);
        }
    }
    println!();
    println!("  with gradient: forward pass, and backward pass with what candle adds to it");
    Ok(())
}

fn time(least: &mut Duration, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let start = ProcessTime::now();
    work()?;
    *least = start.elapsed().min(*least);
    Ok(())
}
