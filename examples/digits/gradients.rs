//! Why gradients vanish: how much of the gradient arrives at the first layers of a deep net.

use indicatif::ProgressBar;
use simdact::Activation;

use crate::data::Split;
use crate::error::Error;
use crate::hidden::Hidden;
use crate::net::{Net, Shape};
use crate::output::Output;
use crate::train::{Recipe, train};

/// Hidden layers of the deep net.
pub const DEPTH: usize = 8;

/// Those whose derivative is small (at most ¼), near 1 around zero, and exactly 1.
pub const COMPARED: [Hidden; 3] = [
    Hidden::Elementwise(Activation::Sigmoid),
    Hidden::Elementwise(Activation::Tanh),
    Hidden::Elementwise(Activation::Relu),
];

/// What a deep net with this activation is like, before training and after.
pub struct Depths {
    pub hidden: Hidden,
    /// The norm of the gradient of each layer's weights, first to last, over all training images.
    pub before: Vec<f64>,
    pub after: Vec<f64>,
    /// The share of the held-out images that it gets right, after training.
    pub accuracy: f64,
}

/// Measures the gradient's norms, trains, and measures again.
pub fn measure(
    hidden: Hidden,
    shape: Shape,
    images: &Split,
    recipe: Recipe,
    progress: &ProgressBar,
) -> Result<Depths, Error> {
    let mut net = Net::new(hidden, Output::Softmax, Shape { layers: DEPTH, ..shape }, recipe.seed);
    let before = norms(&net, images)?;
    let run = train(&mut net, images, recipe, progress)?;
    let after = norms(&net, images)?;
    Ok(Depths { hidden, before, after, accuracy: run.verdict.accuracy(&images.held_out.labels) })
}

fn norms(net: &Net, images: &Split) -> Result<Vec<f64>, Error> {
    let images = &images.train;
    let trace = net.forward(&images.pixels)?;
    let gradients = net.backward(&images.pixels, &images.labels, trace)?;
    let norm = |elements: &[f32]| elements.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    Ok(gradients.iter().map(|layer| norm(layer.weights.elements())).collect())
}
