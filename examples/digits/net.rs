//! The multi-layer perceptron: the way there, and the way back.

use crate::hidden::{Hidden, Saved};
use crate::matrix::{Matrix, multiply_add};
use crate::output::Output;
use crate::random::{Random, Stream};

/// The size of a net.
#[derive(Clone, Copy)]
pub struct Shape {
    pub inputs: usize,
    /// Hidden layers.
    pub layers: usize,
    /// Units of each hidden layer.
    pub width: usize,
    pub outputs: usize,
}

/// A linear function `[inputs] → [outputs]`, or the gradient of one.
pub struct Layer {
    pub weights: Matrix,
    pub bias: Vec<f32>,
}

pub struct Net {
    pub hidden: Hidden,
    pub output: Output,
    hidden_layers: Vec<Layer>,
    output_layer: Layer,
}

/// What the way back needs of the way there.
pub struct Trace {
    /// Of each hidden layer, first to last.
    pub hidden: Vec<Saved>,
    /// One image a row.
    pub probabilities: Matrix,
}

impl Layer {
    pub fn zeros(inputs: usize, outputs: usize) -> Layer {
        Layer { weights: Matrix::zeros(inputs, outputs), bias: vec![0.0; outputs] }
    }

    /// Uniform weights of variance `gain / inputs`, and no bias.
    fn random(inputs: usize, outputs: usize, gain: f32, random: &mut Random) -> Layer {
        let mut layer = Layer::zeros(inputs, outputs);
        let limit = (3.0 * gain / inputs as f32).sqrt();
        layer.weights.elements_mut().fill_with(|| limit * random.signed());
        layer
    }

    /// x·W + b.
    fn forward(&self, x: &Matrix) -> Matrix {
        let mut y = Matrix::of_equal_rows(x.rows(), &self.bias);
        multiply_add(x.view(), self.weights.view(), &mut y);
        y
    }

    /// dy·Wᵀ, the gradient of the input.
    fn backward(&self, dy: &Matrix) -> Matrix {
        let mut dx = Matrix::zeros(dy.rows(), self.weights.rows());
        multiply_add(dy.view(), self.weights.t(), &mut dx);
        dx
    }

    /// The gradient of the layer itself: xᵀ·dy, and dy summed over the images, first to last.
    fn gradient(&self, x: &Matrix, dy: &Matrix) -> Layer {
        let mut gradient = Layer::zeros(x.cols(), dy.cols());
        multiply_add(x.t(), dy.view(), &mut gradient.weights);
        for row in dy.iter_rows() {
            for (sum, dy) in gradient.bias.iter_mut().zip(row) {
                *sum += dy;
            }
        }
        gradient
    }
}

impl Net {
    /// Random weights, for which the signal neither grows nor fades from layer to layer: variance 2 / inputs where a
    /// rectifier halves it (K. He et al., *Delving Deep into Rectifiers*, 2015), 1 / inputs for Maxout, which does not.
    /// One seed gives all functions but Maxout the same weights.
    pub fn new(hidden: Hidden, output: Output, shape: Shape, seed: u64) -> Net {
        let mut random = Random::new(seed, Stream::Weights);
        let pieces = hidden.pieces();
        let gain = if pieces > 1 { 1.0 } else { 2.0 };
        let mut inputs = shape.inputs;
        let mut hidden_layers = Vec::with_capacity(shape.layers);
        for _ in 0..shape.layers {
            hidden_layers.push(Layer::random(inputs, shape.width * pieces, gain, &mut random));
            inputs = shape.width;
        }
        let output_layer = Layer::random(inputs, shape.outputs, 1.0, &mut random);
        Net { hidden, output, hidden_layers, output_layer }
    }

    /// The hidden layers, then the output layer.
    pub fn layers_mut(&mut self) -> impl Iterator<Item = &mut Layer> {
        self.hidden_layers.iter_mut().chain([&mut self.output_layer])
    }

    /// From images to probabilities.
    pub fn forward(&self, x: &Matrix) -> Result<Trace, simdact::Error> {
        let mut hidden: Vec<Saved> = Vec::with_capacity(self.hidden_layers.len());
        for layer in &self.hidden_layers {
            let x = hidden.last().map_or(x, |saved| &saved.output);
            hidden.push(self.hidden.forward(layer.forward(x))?);
        }
        let x = hidden.last().map_or(x, |saved| &saved.output);
        let probabilities = self.output.forward(self.output_layer.forward(x))?;
        Ok(Trace { hidden, probabilities })
    }

    /// The gradient of the mean cross-entropy of these images, layer by layer, first to last.
    pub fn backward(&self, x: &Matrix, labels: &[usize], trace: Trace) -> Result<Vec<Layer>, simdact::Error> {
        let mut dy = self.output.gradient(trace.probabilities, labels);
        let mut layer = &self.output_layer;
        let mut gradients = Vec::with_capacity(self.hidden_layers.len() + 1);
        for (below, saved) in self.hidden_layers.iter().zip(&trace.hidden).rev() {
            gradients.push(layer.gradient(&saved.output, &dy));
            dy = self.hidden.backward(saved, layer.backward(&dy))?;
            layer = below;
        }
        gradients.push(layer.gradient(x, &dy));
        gradients.reverse();
        Ok(gradients)
    }
}

#[cfg(test)]
mod tests {
    use simdact::Activation;

    use super::*;

    const SHAPE: Shape = Shape { inputs: 5, layers: 2, width: 7, outputs: 3 };
    const STEP: f32 = 1.0 / 512.0;

    fn mean_loss(net: &Net, x: &Matrix, labels: &[usize]) -> Result<f64, simdact::Error> {
        let probabilities = net.forward(x)?.probabilities;
        let losses = probabilities.iter_rows().zip(labels).map(|(row, &label)| net.output.loss(row, label));
        Ok(losses.sum::<f64>() / labels.len() as f64)
    }

    /// The slope of the loss along each weight, measured.
    #[test]
    fn the_gradient_is_the_slope_of_the_loss() -> Result<(), simdact::Error> {
        let relu = Hidden::Elementwise(Activation::Relu);
        let leaky_relu = Hidden::Elementwise(Activation::LeakyRelu { slope: 0.1 });
        let (tanh, sigmoid) = (Hidden::Elementwise(Activation::Tanh), Hidden::Elementwise(Activation::Sigmoid));
        let mut x = Matrix::zeros(4, SHAPE.inputs);
        let mut random = Random::new(2, Stream::Weights);
        x.elements_mut().fill_with(|| random.signed());
        for hidden in [relu, leaky_relu, tanh, sigmoid, Hidden::Maxout { pieces: 3 }] {
            for (output, outputs, labels) in [(Output::Softmax, 3, [2, 0, 1, 1]), (Output::Sigmoid, 1, [1, 0, 0, 1])] {
                let mut net = Net::new(hidden, output, Shape { outputs, ..SHAPE }, 3);
                let gradients = net.backward(&x, &labels, net.forward(&x)?)?;
                for (number, gradient) in gradients.iter().enumerate() {
                    for (at, &expected) in gradient.weights.elements().iter().enumerate() {
                        let mut loss_at = |shift: f32| {
                            let weight =
                                net.layers_mut().nth(number).map(|layer| &mut layer.weights.elements_mut()[at]);
                            weight.into_iter().for_each(|weight| *weight += shift);
                            mean_loss(&net, &x, &labels)
                        };
                        let (above, below) = (loss_at(STEP)?, loss_at(-2.0 * STEP)?);
                        loss_at(STEP)?;
                        let slope = (above - below) / f64::from(2.0 * STEP);
                        assert!(
                            (slope - f64::from(expected)).abs() < 1e-3,
                            "{hidden}, layer {number}, weight {at}: {slope}, not {expected}"
                        );
                    }
                }
            }
        }
        Ok(())
    }
}
