//! Gated linear units: f(gate) · value, where both come from linear functions of the same input.

use super::Activation;
use crate::axis::Axis;
use crate::element::Element;
use crate::error::{Error, same_length};
use crate::kernels::Kernels;
use crate::slices::{NOTHING, Operand, Output, Staged, place};

/// Where the gate is in a row that holds gate and value.
///
/// First in the fused projections of most language models, second in PyTorch's `GLU` and in the GeGLU of diffusion models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Half {
    /// The gate comes first, then the value.
    First,
    /// The value comes first, then the gate.
    Second,
}

/// A gated unit of two slices, by its name.
macro_rules! unit {
    ($name:ident, $variant:ident, $what:literal, $formula:literal, $x:literal, $y:literal) => {
        #[doc = concat!("Writes ", $what, " of each element of `gate`, times that of `value`, to `y`: ", $formula, ".")]
        ///
        /// The error is that of the function, and a rounding. N. Shazeer, *GLU Variants Improve Transformer*, 2020. For
        /// gate and value in the halves of a row see [`Activation::gate_halves`], for the gradient
        /// [`Activation::gate_backward`].
        ///
        /// # Errors
        /// [`Error::Length`] unless all have the same length.
        ///
        /// ```
        /// # fn main() -> Result<(), simdact::Error> {
        /// let mut y = [9.0; 2];
        #[doc = concat!("simdact::", stringify!($name), "(&[", $x, "], &[8.0, 3.0], &mut y)?;")]
        #[doc = concat!("assert_eq!(y, [", $y, "]);")]
        /// # Ok(()) }
        /// ```
        #[inline]
        pub fn $name<T: Element>(gate: &[T], value: &[T], y: &mut [T]) -> Result<(), Error> {
            Activation::$variant.gate(gate, value, y)
        }
    };
}

unit!(glu, Sigmoid, "the sigmoid", "σ(gate) · value", "0.0, f32::INFINITY", "4.0, 3.0");
unit!(swiglu, Silu, "SiLU", "gate · σ(gate) · value", "0.0, f32::NEG_INFINITY", "0.0, -0.0");
unit!(geglu, Gelu, "GELU", "gate · Φ(gate) · value", "0.0, 30.0", "0.0, 90.0");
unit!(reglu, Relu, "ReLU", "max(gate, 0) · value", "2.0, -1.0", "16.0, 0.0");

impl Activation {
    /// Writes the function of `gate`, times `value`, to `y`: a gated linear unit. [`glu`], [`swiglu`], [`geglu`] and
    /// [`reglu`] are this for the sigmoid, SiLU, GELU and ReLU. The product is rounded once more.
    ///
    /// # Errors
    /// [`Error::Length`] unless all have the same length.
    #[inline]
    pub fn gate<T: Element>(self, gate: &[T], value: &[T], y: &mut [T]) -> Result<(), Error> {
        Kernels::default().gate(self, gate, value, y)
    }

    /// The same, where gate and value are the halves of `x` along `axis`, in the order that `gate` says.
    ///
    /// `torch.nn.functional.glu(x, dim)` is `Activation::Sigmoid.gate_halves(x, axis, Half::Second, y)`.
    ///
    /// # Errors
    /// [`Error::OddAxis`] unless `axis.len` is even; [`Error::EmptyAxis`] and [`Error::NotMultiple`];
    /// [`Error::Length`] unless `y` has half as many elements as `x`.
    ///
    /// ```
    /// use simdact::{Activation, Axis, Half};
    /// # fn main() -> Result<(), simdact::Error> {
    /// // Two rows: two gates and two values.
    /// let x = [1.0, -1.0, 5.0, 6.0, 2.0, 3.0, 7.0, 8.0];
    /// let mut y = [0.0; 4];
    /// Activation::Relu.gate_halves(&x, Axis::rows(4), Half::First, &mut y)?;
    /// assert_eq!(y, [5.0, 0.0, 14.0, 24.0]);
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn gate_halves<T: Element>(self, x: &[T], axis: Axis, gate: Half, y: &mut [T]) -> Result<(), Error> {
        Kernels::default().gate_halves(self, x, axis, gate, y)
    }

    /// Writes the gradients of [`gate`](Activation::gate) with respect to gate and value, from both and the upstream
    /// gradient `dy`: dgate = f'(gate) · (value · dy) and dvalue = f(gate) · dy.
    ///
    /// # Errors
    /// [`Error::Length`] unless all have the same length.
    ///
    /// ```
    /// use simdact::Activation;
    /// # fn main() -> Result<(), simdact::Error> {
    /// let (mut dgate, mut dvalue) = ([0.0; 2], [0.0; 2]);
    /// Activation::Relu.gate_backward(&[2.0, -1.0], &[5.0, 6.0], &[1.0, 1.0], &mut dgate, &mut dvalue)?;
    /// assert_eq!((dgate, dvalue), ([5.0, 0.0], [2.0, 0.0]));
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn gate_backward<T: Element>(
        self,
        gate: &[T],
        value: &[T],
        dy: &[T],
        dgate: &mut [T],
        dvalue: &mut [T],
    ) -> Result<(), Error> {
        Kernels::default().gate_backward(self, gate, value, dy, dgate, dvalue)
    }

    /// Writes the gradient of [`gate_halves`](Activation::gate_halves) to `dx`, whose halves are as those of `x`.
    ///
    /// # Errors
    /// Those there; and [`Error::Length`] unless `dx` is as long as `x`, and `dy` half as long.
    #[inline]
    pub fn gate_halves_backward<T: Element>(
        self,
        x: &[T],
        axis: Axis,
        gate: Half,
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        Kernels::default().gate_halves_backward(self, x, axis, gate, dy, dx)
    }
}

/// Elements in a half of the axis, with all later axes, of data that it fits.
fn half_of(axis: Axis, length: usize) -> Result<usize, Error> {
    axis.outer(length)?;
    if !axis.len.is_multiple_of(2) {
        return Err(Error::OddAxis { len: axis.len });
    }
    // Of no data, the axis may be longer than there are numbers.
    Ok((axis.len / 2).saturating_mul(axis.inner).min(length))
}

/// Both in the order of gate and value.
fn in_order<T>(gate: Half, (first, second): (T, T)) -> (T, T) {
    match gate {
        Half::First => (first, second),
        Half::Second => (second, first),
    }
}

/// Gated units, on these kernels.
impl Kernels {
    /// See [`Activation::gate`].
    ///
    /// # Errors
    /// Those there.
    pub fn gate<T: Element>(&self, activation: Activation, gate: &[T], value: &[T], y: &mut [T]) -> Result<(), Error> {
        same_length("value", value.len(), gate.len())?;
        same_length("y", y.len(), gate.len())?;
        let operands = (Operand::dense(gate), Operand::dense(value));
        self.gate_of(activation, operands, Output::dense(place(y)), gate.len());
        Ok(())
    }

    /// See [`Activation::gate_halves`].
    ///
    /// # Errors
    /// Those there.
    pub fn gate_halves<T: Element>(
        &self,
        activation: Activation,
        x: &[T],
        axis: Axis,
        gate: Half,
        y: &mut [T],
    ) -> Result<(), Error> {
        let half = half_of(axis, x.len())?;
        same_length("y", y.len(), x.len() / 2)?;
        let operands = in_order(gate, Operand::halves(x, half));
        self.gate_of(activation, operands, Output::dense(place(y)), x.len() / 2);
        Ok(())
    }

    /// See [`Activation::gate_backward`].
    ///
    /// # Errors
    /// Those there.
    pub fn gate_backward<T: Element>(
        &self,
        activation: Activation,
        gate: &[T],
        value: &[T],
        dy: &[T],
        dgate: &mut [T],
        dvalue: &mut [T],
    ) -> Result<(), Error> {
        same_length("value", value.len(), gate.len())?;
        same_length("dy", dy.len(), gate.len())?;
        same_length("dgate", dgate.len(), gate.len())?;
        same_length("dvalue", dvalue.len(), gate.len())?;
        let operands = (Operand::dense(gate), Operand::dense(value));
        let outputs = (Output::dense(place(dgate)), Output::dense(place(dvalue)));
        self.gradient_of_gate(activation, operands, Operand::dense(dy), outputs, gate.len());
        Ok(())
    }

    /// See [`Activation::gate_halves_backward`].
    ///
    /// # Errors
    /// Those there.
    pub fn gate_halves_backward<T: Element>(
        &self,
        activation: Activation,
        x: &[T],
        axis: Axis,
        gate: Half,
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        let half = half_of(axis, x.len())?;
        same_length("dy", dy.len(), x.len() / 2)?;
        same_length("dx", dx.len(), x.len())?;
        let operands = in_order(gate, Operand::halves(x, half));
        let outputs = in_order(gate, Output::halves(dx, half));
        self.gradient_of_gate(activation, operands, Operand::dense(dy), outputs, x.len() / 2);
        Ok(())
    }

    fn gate_of(
        &self,
        activation: Activation,
        (gate, value): (Operand<'_>, Operand<'_>),
        output: Output<'_>,
        len: usize,
    ) {
        let nothing = Operand::constant(&NOTHING);
        self.fuse(activation, Staged::new([gate, nothing, nothing, value], output, len));
    }

    fn gradient_of_gate(
        &self,
        activation: Activation,
        (gate, value): (Operand<'_>, Operand<'_>),
        dy: Operand<'_>,
        (dgate, dvalue): (Output<'_>, Output<'_>),
        len: usize,
    ) {
        let nothing = Operand::constant(&NOTHING);
        self.unfuse(activation, Staged::new([gate, nothing, nothing, dy, value], dgate, len));
        self.fuse(activation, Staged::new([gate, nothing, nothing, dy], dvalue, len));
    }
}
