//! The output layer: scores become probabilities, and cross-entropy says how far they are from the truth.

use simdact::{Activation, Axis};

use crate::matrix::Matrix;

/// The activation of the output layer.
#[derive(Clone, Copy)]
pub enum Output {
    /// One of several classes.
    Softmax,
    /// No or yes: class 0 or 1.
    Sigmoid,
}

impl Output {
    /// From scores to probabilities.
    pub fn forward(self, mut scores: Matrix) -> Result<Matrix, simdact::Error> {
        match self {
            Output::Softmax => {
                let axis = Axis::rows(scores.cols());
                simdact::softmax_in_place(scores.elements_mut(), axis)?;
            }
            Output::Sigmoid => Activation::Sigmoid.apply_in_place(scores.elements_mut()),
        }
        Ok(scores)
    }

    /// The gradient of the mean cross-entropy with respect to the scores: the probabilities less the truth, for both.
    ///
    /// This is what the backward pass of softmax or sigmoid makes of the cross-entropy's own gradient, −1/p for the
    /// true class. Taken one after the other, a probability that has underflowed to 0 would be a division by 0 where
    /// there is most to learn; the two together have no such gap.
    pub fn gradient(self, mut probabilities: Matrix, labels: &[usize]) -> Matrix {
        let images = labels.len() as f32;
        for (number, &label) in labels.iter().enumerate() {
            let row = probabilities.row_mut(number);
            match self {
                Output::Softmax => row[label] -= 1.0,
                Output::Sigmoid => row[0] -= label as f32,
            }
            row.iter_mut().for_each(|gradient| *gradient /= images);
        }
        probabilities
    }

    /// The class that these probabilities speak for.
    pub fn decide(self, probabilities: &[f32]) -> usize {
        match self {
            Output::Softmax => {
                let larger =
                    |best: usize, class: usize| if probabilities[class] > probabilities[best] { class } else { best };
                (0..probabilities.len()).fold(0, larger)
            }
            Output::Sigmoid => usize::from(probabilities[0] > 0.5),
        }
    }

    /// The cross-entropy of one image: −ln p of the true class. To be looked at only: the logarithm may differ in its
    /// last bits between machines, so nothing is learnt from it.
    pub fn loss(self, probabilities: &[f32], label: usize) -> f64 {
        let truth = match (self, label) {
            (Output::Softmax, label) => f64::from(probabilities[label]),
            (Output::Sigmoid, 0) => 1.0 - f64::from(probabilities[0]),
            (Output::Sigmoid, _) => f64::from(probabilities[0]),
        };
        -truth.clamp(f64::from(f32::MIN_POSITIVE), 1.0).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The short cut of [`Output::gradient`] against the long way, where the long way is sound.
    #[test]
    fn the_gradient_is_that_of_the_kernels() -> Result<(), simdact::Error> {
        let scores = Matrix::from_elements(4, vec![0.5, -1.0, 2.0, 0.0, -3.0, 1.5, 1.0, 0.25]);
        let labels = [2, 0];
        let y = Output::Softmax.forward(scores.clone())?;
        let mut dy = Matrix::zeros(2, 4);
        for (number, &label) in labels.iter().enumerate() {
            dy.row_mut(number)[label] = -1.0 / (y.row(number)[label] * 2.0);
        }
        simdact::softmax_backward_in_place(y.elements(), dy.elements_mut(), Axis::rows(4))?;
        close(dy.elements(), Output::Softmax.gradient(y, &labels).elements());

        let scores = Matrix::from_elements(1, vec![0.5, -1.5]);
        let y = Output::Sigmoid.forward(scores)?;
        let [p, q] = [y.row(0)[0], y.row(1)[0]];
        let mut dy = [-1.0 / (p * 2.0), 1.0 / ((1.0 - q) * 2.0)];
        Activation::Sigmoid.backward_in_place(y.elements(), &mut dy)?;
        close(&dy, Output::Sigmoid.gradient(y, &[1, 0]).elements());
        Ok(())
    }

    fn close(a: &[f32], b: &[f32]) {
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() < 1e-6, "{a} is not {b}");
        }
    }
}
