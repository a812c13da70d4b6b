//! ReLU, LeakyReLU, tanh and sigmoid.

use simdact::{Activation, Backend};

use super::input::Input;
use super::judge::{Truth, assert_same, judge};
use super::memory::{Buffer, uninit};
use super::refusal::{length, outcome, refused};

/// Choices: the activation, two offsets, the length of the input, that of the output.
pub fn elementwise(data: &[u8]) {
    let mut input = Input::new(data);
    let activation = input.activation();
    let [x_offset, y_offset] = input.offsets();
    let len = input.length();
    let y_len = input.nearly(len);
    let x = Buffer::of(&input.values().floats(len), x_offset);
    let wrong = length("y", y_len, len);

    judge(
        |kernels| {
            let mut y = Buffer::output(y_len, y_offset);
            let result = kernels.apply(activation, x.get(), y.get_mut());
            let mut fresh = uninit(y_len, y_offset);
            let in_fresh = kernels.apply_uninit(activation, x.get(), &mut fresh[y_offset..]);
            let Some(y) = outcome(result, &wrong, y) else {
                refused(in_fresh, &wrong);
                return None;
            };
            assert_same(in_fresh.expect("not refused before"), &y, "uninit");
            let mut in_place = Buffer::of(x.get(), x_offset);
            kernels.apply_in_place(activation, in_place.get_mut());
            assert_same(&in_place.finish(), &y, "in place");
            Some(y)
        },
        |backend, i| truth(activation, x.get()[i], backend),
    );
}

fn truth(activation: Activation, x: f32, backend: Backend) -> Truth {
    let exact = f64::from(x);
    let ulps = if backend == Backend::Portable { 2.0 } else { 1.0 };
    match activation {
        Activation::Relu if x.is_nan() => Truth::Exactly(x),
        Activation::Relu => Truth::Exactly(if x > 0.0 { x } else { 0.0 }),
        Activation::LeakyRelu { slope } => Truth::Exactly(if x > 0.0 { x } else { slope * x }),
        // Its sign counts too.
        Activation::Tanh if x == 0.0 => Truth::Exactly(x),
        Activation::Tanh => Truth::ulps(exact.tanh(), ulps),
        Activation::Sigmoid => Truth::ulps(1.0 / (1.0 + (-exact).exp()), ulps),
        _ => Truth::Anything,
    }
}
