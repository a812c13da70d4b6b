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
/// with the functions), the values at the edges are those of the function, and results underflow gradually. All other
/// functions have one tier, and so have gradients.
///
/// ```
/// use simdact::{Accuracy, Activation, Kernels};
/// # fn main() -> Result<(), simdact::Error> {
/// let kernels = Kernels::default().accuracy(Accuracy::Fast);
/// let mut y = [0.0];
/// kernels.apply(Activation::Tanh, &[0.5], &mut y)?;
/// assert!((y[0] / 0.5f32.tanh() - 1.0).abs() < 1.0 / 8192.0);
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
}
