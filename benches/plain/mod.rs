//! The loops that a user would write with the functions of std.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use simdact::Activation;

/// From inputs to outputs.
type Loop = Box<dyn Fn(&[f32], &mut [f32])>;

/// That of an activation, if it has one here.
pub fn plain(activation: Activation) -> Option<Loop> {
    match activation {
        Activation::Relu => each(|x| x.max(0.0)),
        Activation::LeakyRelu { slope } => each(move |x| if x > 0.0 { x } else { slope * x }),
        Activation::Exp => each(f32::exp),
        Activation::Tanh => each(f32::tanh),
        Activation::Sigmoid => each(|x| 1.0 / (1.0 + (-x).exp())),
        Activation::Silu => each(|x| x / (1.0 + (-x).exp())),
        Activation::Elu { alpha } => each(move |x| if x > 0.0 { x } else { alpha * x.exp_m1() }),
        Activation::Selu => each(|x| 1.050_701 * if x > 0.0 { x } else { 1.673_263_2 * x.exp_m1() }),
        Activation::Softplus { beta: 1.0, .. } => each(|x| x.max(0.0) + (-x.abs()).exp().ln_1p()),
        Activation::LogSigmoid => each(|x| x.min(0.0) - (-x.abs()).exp().ln_1p()),
        _ => None,
    }
}

fn each(f: impl Fn(f32) -> f32 + 'static) -> Option<Loop> {
    Some(Box::new(move |x, y| x.iter().zip(y).for_each(|(&x, y)| *y = f(x))))
}

/// Evenly distributed values between `-limit` and `limit`: no order of them that a processor's branch prediction could
/// learn, as it does one of a thousand values.
pub fn random(seed: u64, limit: f32, size: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..size).map(|_| (random.next_u32() as i32 >> 8) as f32 / (1 << 23) as f32 * limit).collect()
}
