//! The activation of the hidden layers: the subject of all this.

use std::fmt;

use simdact::{Activation, Axis};

use crate::matrix::Matrix;

/// The activation function of the hidden layers.
#[derive(Clone, Copy)]
pub enum Hidden {
    /// One number in, one number out.
    Elementwise(Activation),
    /// The largest of several linear functions.
    Maxout { pieces: usize },
}

/// What a hidden layer keeps for the way back.
pub struct Saved {
    /// The layer's output.
    pub output: Matrix,
    /// Maxout: which piece won.
    winners: Vec<u32>,
}

impl Hidden {
    /// How many linear functions a unit computes.
    pub fn pieces(self) -> usize {
        match self {
            Hidden::Elementwise(_) => 1,
            Hidden::Maxout { pieces } => pieces,
        }
    }

    /// From the linear functions of a layer, one image a row, to its output.
    pub fn forward(self, mut linear: Matrix) -> Result<Saved, simdact::Error> {
        match self {
            Hidden::Elementwise(activation) => {
                activation.apply_in_place(linear.elements_mut());
                Ok(Saved { output: linear, winners: Vec::new() })
            }
            Hidden::Maxout { pieces } => {
                let width = linear.cols() / pieces;
                let mut output = Matrix::zeros(linear.rows(), width);
                let mut winners = vec![0; linear.rows() * width];
                let axis = Axis::new(pieces).inner(width);
                simdact::maxout_axis_with_index(linear.elements(), axis, output.elements_mut(), &mut winners)?;
                Ok(Saved { output, winners })
            }
        }
    }

    /// From the gradient of a layer's output to that of its linear functions.
    pub fn backward(self, saved: &Saved, mut gradient: Matrix) -> Result<Matrix, simdact::Error> {
        match self {
            Hidden::Elementwise(activation) => {
                // All four are computed from their output; so `forward` may overwrite their input.
                activation.backward_in_place(saved.output.elements(), gradient.elements_mut())?;
                Ok(gradient)
            }
            Hidden::Maxout { pieces } => {
                let axis = Axis::new(pieces).inner(gradient.cols());
                let mut linear = Matrix::zeros(gradient.rows(), pieces * gradient.cols());
                simdact::maxout_axis_backward(&saved.winners, gradient.elements(), axis, linear.elements_mut())?;
                Ok(linear)
            }
        }
    }
}

impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hidden::Elementwise(Activation::Relu) => f.pad("ReLU"),
            Hidden::Elementwise(Activation::LeakyRelu { .. }) => f.pad("LeakyReLU"),
            Hidden::Elementwise(Activation::Tanh) => f.pad("tanh"),
            Hidden::Elementwise(Activation::Sigmoid) => f.pad("sigmoid"),
            Hidden::Elementwise(other) => f.pad(&format!("{other:?}")),
            Hidden::Maxout { pieces } => f.pad(&format!("Maxout of {pieces}")),
        }
    }
}
