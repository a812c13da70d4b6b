//! Element-wise functions.

use std::ffi::c_char;
use std::str::FromStr;
use std::sync::LazyLock;

use simdact::{Activation, Saves};
use strum::IntoEnumIterator;

use crate::kernels::CKernels;
use crate::memory::{Array, Pair, load, place, text};
use crate::status::{CStatus, Failure, guard};

// A new activation needs a line here, which gives it a number for good; a test finds it missing. The name of a variant
// is that of simdact in CamelCase, by which all else is found.
/// An element-wise function, and its parameters with their defaults, those of PyTorch where it has the function, else
/// of ONNX. s(x) is 1 / (1 + exp(-x)), and Phi the normal distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[repr(C)]
pub enum CKind {
    /// max(x, 0)
    Relu = 0,
    /// x where x > 0, else slope * x; slope = 0.01
    LeakyRelu = 1,
    /// e^x
    Exp = 2,
    /// The hyperbolic tangent
    Tanh = 3,
    /// s(x)
    Sigmoid = 4,
    /// x * s(x)
    Silu = 5,
    /// x * s(beta * x); beta = 1
    Swish = 6,
    /// x * s(1.702 * x)
    QuickGelu = 7,
    /// The error function
    Erf = 8,
    /// x * Phi(x)
    Gelu = 9,
    /// x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
    GeluTanh = 10,
    /// x where x > 0, else alpha * (e^x - 1); alpha = 1
    Elu = 11,
    /// x where x > 0, else alpha * (e^(x / alpha) - 1); alpha = 1
    Celu = 12,
    /// lambda * x where x > 0, else lambda * alpha * (e^x - 1), with the constants of self-normalizing networks
    Selu = 13,
    /// log(1 + e^(beta * x)) / beta, and x where beta * x > threshold; beta = 1, threshold = 20
    Softplus = 14,
    /// log(s(x))
    LogSigmoid = 15,
    /// x * tanh(log(1 + e^x))
    Mish = 16,
    /// x - tanh(x)
    Tanhshrink = 17,
    /// min(max(x, 0), 6)
    Relu6 = 18,
    /// min(max(x, min), max); min = -1, max = 1
    Hardtanh = 19,
    /// min(max(x + 3, 0), 6) / 6, which is PyTorch's
    Hardsigmoid = 20,
    /// max(0, min(1, alpha * x + beta)), which is ONNX's; alpha = 0.2, beta = 0.5
    HardSigmoid = 21,
    /// x * min(max(x + 3, 0), 6) / 6
    Hardswish = 22,
    /// x / (1 + |x|)
    Softsign = 23,
    /// x nearer to 0 by lambda, and 0 where it is nearer than that; lambda = 0.5
    Softshrink = 24,
    /// x where |x| > lambda, else 0; lambda = 0.5
    Hardshrink = 25,
    /// x where x > alpha, else 0; alpha = 1
    ThresholdedRelu = 26,
    /// max(x, 0)^2
    ReluSquared = 27,
    /// x where x > 0, else (lower + upper) / 2 * x; lower = 1/8, upper = 1/3
    Rrelu = 28,
    /// x + sin(alpha * x)^2 / alpha; alpha = 1
    Snake = 29,
}

/// The activation of each kind, by its number, with the default parameters.
static DEFAULTS: LazyLock<Vec<Option<Activation>>> = LazyLock::new(|| {
    let named = |name: &str| Activation::ALL.iter().find(|activation| activation.name() == name).copied();
    CKind::iter().map(|kind| named(kind.into())).collect()
});

fn default_of(kind: u32) -> Result<Activation, Failure> {
    let known = usize::try_from(kind).ok().and_then(|number| *DEFAULTS.get(number)?);
    known.ok_or(Failure::Number { what: "kind", number: kind })
}

/// An element-wise function with its parameters, as simdact_activation_default() or simdact_activation_parse() make it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub struct CActivation {
    /// A simdact_kind.
    pub kind: u32,
    /// Its parameters, in the order in which simdact_kind has them. The others do not matter.
    pub parameters: [f32; 4],
}

impl CActivation {
    /// The activation that it stands for.
    fn activation(self) -> Result<Activation, Failure> {
        let mut activation = default_of(self.kind)?;
        let mut parameters = self.parameters.into_iter();
        activation.each_parameter(|_, parameter| *parameter = parameters.next().unwrap_or(*parameter));
        Ok(activation)
    }
}

impl From<Activation> for CActivation {
    fn from(mut activation: Activation) -> CActivation {
        let kind = CKind::from_str(activation.name()).map_or(u32::MAX, |kind| kind as u32);
        let mut given = CActivation { kind, parameters: [0.0; 4] };
        let mut places = given.parameters.iter_mut();
        activation.each_parameter(|_, parameter| {
            if let Some(place) = places.next() {
                *place = *parameter;
            }
        });
        given
    }
}

/// # Safety
/// If the pointer is not null it can be read.
unsafe fn chosen(activation: *const CActivation) -> Result<Activation, Failure> {
    // SAFETY: the caller's word.
    unsafe { load("activation", activation) }?.activation()
}

/// Which array of the forward pass the backward pass wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum CSaves {
    /// The output y; the input may be overwritten in place.
    Output = 0,
    /// The input x.
    Input = 1,
}

/// Writes to `activation` the function of that simdact_kind, with its default parameters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_activation_default(kind: u32, activation: *mut CActivation) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let activation = unsafe { place("activation", activation)? };
        *activation = default_of(kind)?.into();
        Ok(())
    })
}

/// Writes to `activation` the function of that name: simdact's, which are those of simdact_kind in small letters,
/// PyTorch's or ONNX's, with parameters in parentheses, in their order or by name. Those that are not given are the
/// default ones: "gelu", "leaky_relu(0.2)", "Softplus(beta=2)", "GELU(approximate='tanh')".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_activation_parse(name: *const c_char, activation: *mut CActivation) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let (name, activation) = unsafe { (text("name", name)?, place("activation", activation)?) };
        *activation = name.parse::<Activation>()?.into();
        Ok(())
    })
}

/// Writes simdact's name of a function, with its parameters, to `buffer`, with a NUL behind it: what
/// simdact_activation_parse() makes the same function of. 64 bytes are enough for all but the oddest parameters; where
/// `capacity` is not, it is SIMDACT_STATUS_SHAPE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_activation_name(
    activation: *const CActivation,
    buffer: *mut c_char,
    capacity: usize,
) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let (activation, buffer) =
            unsafe { (chosen(activation)?, Array::new("buffer", buffer.cast::<u8>(), capacity)?.write()) };
        let name = format!("{activation}\0");
        let place = buffer.get_mut(..name.len()).ok_or(Failure::Buffer { needed: name.len(), capacity })?;
        place.copy_from_slice(name.as_bytes());
        Ok(())
    })
}

/// Writes to `saves` which array of the forward pass simdact_backward() wants as `saved`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_activation_saves(activation: *const CActivation, saves: *mut CSaves) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let (activation, saves) = unsafe { (chosen(activation)?, place("saves", saves)?) };
        *saves = match activation.saves() {
            Saves::Output => CSaves::Output,
            Saves::Input => CSaves::Input,
        };
        Ok(())
    })
}

/// Writes the function of each element of `x` to `y`; both have `length` elements. In place where `y` is `x`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_apply(
    activation: *const CActivation,
    x: *const f32,
    y: *mut f32,
    length: usize,
    kernels: *const CKernels,
) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let (activation, kernels) = unsafe { (chosen(activation)?, CKernels::chosen(kernels)?) };
        let (x, y) = (Array::new("x", x, length)?, Array::new("y", y, length)?);
        // SAFETY: as the header asks.
        match unsafe { x.pair(&y)? } {
            Pair::Apart(x, y) => kernels.apply(activation, x, y)?,
            Pair::InPlace(x) => kernels.apply_in_place(activation, x),
        }
        Ok(())
    })
}

/// Writes the gradient: dx = f'(x) * dy, element by element, where `saved` is the array that simdact_activation_saves()
/// names, and `dy` the upstream gradient; all have `length` elements. In place where `dx` is `dy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_backward(
    activation: *const CActivation,
    saved: *const f32,
    dy: *const f32,
    dx: *mut f32,
    length: usize,
    kernels: *const CKernels,
) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let (activation, kernels) = unsafe { (chosen(activation)?, CKernels::chosen(kernels)?) };
        let (saved, dy) = (Array::new("saved", saved, length)?, Array::new("dy", dy, length)?);
        let dx = Array::new("dx", dx, length)?;
        saved.apart(&dx)?;
        // SAFETY: as the header asks.
        unsafe {
            match dy.pair(&dx)? {
                Pair::Apart(dy, dx) => kernels.backward(activation, saved.read(), dy, dx)?,
                Pair::InPlace(dy) => kernels.backward_in_place(activation, saved.read(), dy)?,
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_activation_has_a_kind() {
        for &activation in Activation::ALL {
            let known = CKind::from_str(activation.name());
            assert!(known.is_ok(), "{activation} needs a line in CKind");
            // Other than the default ones, so that none may be lost on the way.
            let mut given = activation;
            let mut number = 1.0;
            given.each_parameter(|_, parameter| {
                *parameter = number;
                number += 1.0;
            });
            assert_eq!(CActivation::from(given).activation(), Ok(given), "has it too many parameters?");
            assert_eq!(CActivation::from(activation).activation(), Ok(activation));
        }
    }

    #[test]
    fn every_kind_has_an_activation() {
        for (kind, number) in CKind::iter().zip(0..) {
            assert_eq!(kind as u32, number, "there are no gaps");
            let activation = default_of(number).expect("it is there");
            assert_eq!(CActivation::from(activation).kind, number);
        }
        assert_eq!(CKind::iter().count(), Activation::ALL.len());
    }
}
