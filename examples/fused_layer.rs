//! A layer of a network, y = f(x·W + b), whose activation is part of the matrix product: the function is applied to the
//! sums while they are in registers. Beside it the same in two passes, sums first.
//!
//! `cargo run --release --example fused_layer -- --activation gelu --inputs 16`

use std::hint::black_box;
use std::time::{Duration, Instant};

use clap::Parser;
use simdact::registers::{Function, Registers, Vectors, Visitor, Work};
use simdact::{Activation, Kernels};

/// Fuses an activation with a matrix product, and tells what that saves.
#[derive(Parser)]
struct Options {
    /// Any of simdact's: gelu, silu, "leaky_relu(0.2)", …
    #[arg(long, default_value = "tanh")]
    activation: Activation,
    /// Rows of x.
    #[arg(long, default_value_t = 4096)]
    rows: usize,
    /// Numbers in a row of x.
    #[arg(long, default_value_t = 16)]
    inputs: usize,
    /// Numbers in a row of y.
    #[arg(long, default_value_t = 512)]
    outputs: usize,
    /// How often each way is timed; the fastest counts.
    #[arg(long, default_value_t = 50)]
    rounds: usize,
}

/// y = f(x·W + b), row by row.
struct Layer<'a, F> {
    f: F,
    x: &'a [f32],
    /// `inputs` rows of as many numbers as `b` has.
    w: &'a [f32],
    b: &'a [f32],
    y: &'a mut [f32],
}

impl<F: Function> Work for Layer<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<R: Registers>(self, registers: R) {
        let Layer { f, x, w, b, y } = self;
        let v = registers.several::<4>();
        let outputs = b.len();
        for (x, y) in x.chunks(w.len() / outputs).zip(y.chunks_mut(outputs)) {
            for at in (0..outputs).step_by(v.lanes()) {
                let mut sums = v.load(&b[at..]);
                for (x, w) in x.iter().zip(w.chunks(outputs)) {
                    sums = v.mul_add(v.splat(*x), v.load(&w[at..]), sums);
                }
                v.store(&mut y[at..], v.forward(f, sums));
            }
        }
    }
}

/// Runs the layer with the activation that was chosen at run time.
struct Run<'a>(&'a Kernels, Layer<'a, ()>);

impl Visitor for Run<'_> {
    type Output = ();
    fn visit<F: Function>(self, f: F) {
        let Run(kernels, Layer { x, w, b, y, .. }) = self;
        kernels.vectorize(Layer { f, x, w, b, y });
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Options { activation, rows, inputs, outputs, rounds } = Options::parse();
    if inputs == 0 || outputs == 0 {
        return Err("a layer has inputs and outputs".into());
    }
    let kernels = Kernels::default().serial();
    let numbers = |count: usize, step: usize| -> Vec<f32> {
        (0..count).map(|i| (i * step % 1009) as f32 / 504.5 - 1.0).collect()
    };
    let (x, w, b) = (numbers(rows * inputs, 37), numbers(inputs * outputs, 101), numbers(outputs, 11));
    let (mut y, mut expected) = (vec![0.0; rows * outputs], vec![0.0; rows * outputs]);

    // What f = x gives are the sums.
    let sums = Activation::LeakyRelu { slope: 1.0 };
    let (mut fused, mut apart) = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        let start = Instant::now();
        activation.visit(Run(&kernels, Layer { f: (), x: black_box(&x), w: &w, b: &b, y: &mut y }));
        fused = fused.min(start.elapsed());

        let start = Instant::now();
        sums.visit(Run(&kernels, Layer { f: (), x: black_box(&x), w: &w, b: &b, y: &mut expected }));
        kernels.apply_in_place(activation, &mut expected);
        apart = apart.min(start.elapsed());
    }
    let differ = y.iter().zip(&expected).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
    if differ > 0 {
        return Err(format!("{differ} of {} results differ between the two ways", y.len()).into());
    }
    let each = |time: Duration| time.as_secs_f64() * 1e9 / (rows * outputs) as f64;
    println!("{activation}(x·W + b), {rows} × {inputs} by {inputs} × {outputs}, on {}", kernels.backend());
    println!("fused      {:.3} ns an element", each(fused));
    println!("two passes {:.3} ns an element, {:.2} times as long", each(apart), each(apart) / each(fused));
    println!("the same bits");
    Ok(())
}
