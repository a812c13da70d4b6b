//! How exact the results are to be.

/// A tier of accuracy, for the functions that have more than one.
///
/// | | [`Faithful`](Accuracy::Faithful), the default | [`Fast`](Accuracy::Fast) |
/// | --- | --- | --- |
/// | exp | 0.82 ULP | 2⁻¹⁶ relative |
/// | tanh | 0.79 ULP | 2⁻¹³ relative |
/// | sigmoid | 0.85 ULP | 2⁻¹⁶ relative |
///
/// In both, every backend gives the same bits (but for [`Portable`](crate::Backend::Portable), whose bounds are stated
/// with the functions), the values at the edges are those of the function, and results underflow gradually.
///
/// With [`Exact`](Accuracy::Exact), exp, tanh, sigmoid, SiLU, GELU (of erf), erf, softplus (with a beta of 1), log-sigmoid,
/// ELU (with an alpha of 1) and SELU are correctly rounded for every input: the result is *the* float nearest to the true
/// value, ties to even. It is unique, so every backend gives it, `Portable` too, and so does any other library whose
/// results are correctly rounded.
/// [`Activation::is_exact`](crate::Activation::is_exact) tells for which functions it is so; those that are exact or
/// rounded once anyway are among them.
///
/// Along an axis, softmax, softmin and softmax1 have the exact tier too: each element is within 0.501 ULP of the true value,
/// with the same bits on every backend.
///
/// All other functions have one tier, and so have gradients: asked for another, they give the faithful results.
///
/// ```
/// use simdact::{Accuracy, Activation, Kernels};
/// # fn main() -> Result<(), simdact::Error> {
/// let mut y = [0.0];
/// Kernels::default().accuracy(Accuracy::Fast).apply(Activation::Tanh, &[0.5], &mut y)?;
/// assert!((y[0] / 0.46211717 - 1.0).abs() < 1.0 / 8192.0);
/// Kernels::default().accuracy(Accuracy::Exact).apply(Activation::Tanh, &[0.5], &mut y)?;
/// assert_eq!(y, [0.46211717]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Accuracy {
    /// A stated relative error, and 15 to 70 % less time.
    Fast,
    /// One of the two floats around the true value: less than 1 ULP away.
    #[default]
    Faithful,
    /// The nearer of those two, for 1.2 to 8 times the time.
    Exact,
}
