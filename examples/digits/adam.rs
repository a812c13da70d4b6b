//! Adam: D. Kingma, J. Ba, *Adam: A Method for Stochastic Optimization*, 2015.

use crate::net::{Layer, Net};

/// How much of the mean of the gradient, and of its square, stays from one step to the next.
const DECAY: (f32, f32) = (0.9, 0.999);
const EPSILON: f32 = 1e-8;

pub struct Adam {
    rate: f32,
    /// `DECAY` to the power of the steps made: by multiplication, as `powi` may round differently elsewhere.
    power: (f32, f32),
    means: Vec<(Layer, Layer)>,
}

impl Adam {
    pub fn new(net: &mut Net, rate: f32) -> Adam {
        let zeros = |layer: &Layer| Layer::zeros(layer.weights.rows(), layer.weights.cols());
        let means = net.layers_mut().map(|layer| (zeros(layer), zeros(layer))).collect();
        Adam { rate, power: (1.0, 1.0), means }
    }

    /// A step down the gradient. Nothing but + − × ÷ and √, which are the same everywhere.
    pub fn step(&mut self, net: &mut Net, gradients: &[Layer]) {
        self.power = (self.power.0 * DECAY.0, self.power.1 * DECAY.1);
        for ((layer, gradient), (mean, square)) in net.layers_mut().zip(gradients).zip(&mut self.means) {
            let weights = layer.weights.elements_mut();
            let (means, squares) = (mean.weights.elements_mut(), square.weights.elements_mut());
            descend(self.rate, self.power, weights, gradient.weights.elements(), means, squares);
            descend(self.rate, self.power, &mut layer.bias, &gradient.bias, &mut mean.bias, &mut square.bias);
        }
    }
}

fn descend(
    rate: f32,
    power: (f32, f32),
    weights: &mut [f32],
    gradients: &[f32],
    means: &mut [f32],
    squares: &mut [f32],
) {
    for (((weight, &gradient), mean), square) in weights.iter_mut().zip(gradients).zip(means).zip(squares) {
        *mean = DECAY.0 * *mean + (1.0 - DECAY.0) * gradient;
        *square = DECAY.1 * *square + (1.0 - DECAY.1) * (gradient * gradient);
        *weight -= rate * (*mean / (1.0 - power.0)) / ((*square / (1.0 - power.1)).sqrt() + EPSILON);
    }
}
