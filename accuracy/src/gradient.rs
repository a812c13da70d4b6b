//! Gradients: functions of two arguments, of what the forward pass saved and of the upstream gradient dy.
//!
//! All values of the first are gone through; for each there is one dy, which [`Upstream`] derives from it.

use std::fmt;

use crate::exact::Exact;
#[cfg(feature = "mpfr")]
use crate::exact::exactly;
use crate::floats::mixed;
use crate::oracle::{ROUNDING, SLOPE, Truth};
#[cfg(feature = "mpfr")]
use rug::Float;

/// Which dy goes with a saved value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// Of random significand and sign, and of magnitude 1 to 2.
    Significand,
    /// Any finite float: results may be subnormal.
    Any,
    /// 1: the derivative itself.
    One,
}

impl Upstream {
    /// All of them.
    pub const ALL: [Upstream; 3] = [Upstream::One, Upstream::Significand, Upstream::Any];

    /// The dy.
    #[inline]
    pub fn dy(self, saved: f32) -> f32 {
        // Of each kind others.
        let bits = (mixed(u64::from(saved.to_bits()) | (self as u64) << 32) >> 32) as u32;
        match self {
            Upstream::One => 1.0,
            Upstream::Significand => f32::from_bits(bits & 0x807f_ffff | 0x3f80_0000),
            Upstream::Any if bits & 0x7f80_0000 == 0x7f80_0000 => f32::from_bits(bits & 0x807f_ffff),
            Upstream::Any => f32::from_bits(bits),
        }
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Upstream::One => "dy = 1",
            Upstream::Significand => "dy in ±[1, 2)",
            Upstream::Any => "any dy",
        })
    }
}

/// A row of the table.
pub struct Gradient {
    /// That of the function.
    pub name: &'static str,
    /// dx in f64, from the saved value and dy.
    pub value: fn(f64, f64) -> f64,
    /// The largest relative error of `value`.
    pub error: f64,
    /// dx by MPFR, correct to 200 bits.
    #[cfg(feature = "mpfr")]
    pub exact: fn(Float, Float) -> Float,
    /// What can be saved: the function's range where that is the output.
    pub domain: (f32, f32),
}

/// All gradients.
pub const GRADIENTS: &[Gradient] = &[
    Gradient {
        name: "relu",
        value: |y, dy| if y > 0.0 { dy } else { 0.0 },
        error: 0.0,
        #[cfg(feature = "mpfr")]
        exact: |y, dy| if y > 0.0 { dy } else { exactly(0.0) },
        domain: (0.0, f32::INFINITY),
    },
    Gradient {
        name: "leaky_relu",
        value: |y, dy| if y > 0.0 { dy } else { f64::from(SLOPE) * dy },
        error: 0.0,
        #[cfg(feature = "mpfr")]
        exact: |y, dy| if y > 0.0 { dy } else { dy * SLOPE },
        domain: (f32::NEG_INFINITY, f32::INFINITY),
    },
    Gradient {
        name: "exp",
        value: |y, dy| dy * y,
        error: 0.0,
        #[cfg(feature = "mpfr")]
        exact: |y, dy| dy * y,
        domain: (0.0, f32::INFINITY),
    },
    Gradient {
        name: "tanh",
        value: |y, dy| dy * ((1.0 - y) * (1.0 + y)),
        error: 4.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |y, dy| dy * (1u32 - y.square()),
        domain: (-1.0, 1.0),
    },
    Gradient {
        name: "sigmoid",
        value: |y, dy| dy * (y * (1.0 - y)),
        error: 3.0 * ROUNDING,
        #[cfg(feature = "mpfr")]
        exact: |y, dy| dy * (y.clone() * (1u32 - y)),
        domain: (0.0, 1.0),
    },
];

/// The gradient of that name, if there is one.
pub fn gradient(name: &str) -> Option<&'static Gradient> {
    GRADIENTS.iter().find(|gradient| gradient.name == name)
}

impl Truth for (&Gradient, Upstream) {
    #[inline(always)]
    fn value(&self, saved: f32) -> f64 {
        (self.0.value)(f64::from(saved), f64::from(self.1.dy(saved)))
    }
    fn error(&self) -> f64 {
        self.0.error
    }
    #[cfg(feature = "mpfr")]
    fn exact(&self, saved: f32) -> Option<Exact> {
        Some(Exact((self.0.exact)(exactly(saved), exactly(self.1.dy(saved)))))
    }
    #[cfg(not(feature = "mpfr"))]
    fn exact(&self, _saved: f32) -> Option<Exact> {
        None
    }
    fn domain(&self) -> (f32, f32) {
        self.0.domain
    }
}
