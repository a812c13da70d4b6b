//! True values as exact as it takes: MPFR.

#[cfg(feature = "mpfr")]
mod mpfr {
    use crate::floats::{BEYOND, finite, ulp};
    use rug::Float;
    use rug::float::Round;

    /// Bits of the significand: 200 that are right even where a plain formula cancels 300, as x − tanh x does for
    /// subnormal x.
    pub const PRECISION: u32 = 512;

    /// The number.
    pub fn exactly(x: impl Into<f64>) -> Float {
        Float::with_val(PRECISION, x.into())
    }

    /// A true value.
    pub struct Exact(pub Float);

    impl Exact {
        /// The nearest float.
        pub fn rounded(&self) -> f32 {
            self.0.to_f32_round(Round::Nearest)
        }

        /// How many ULP of f32 `found` is away from it.
        pub fn ulps(&self, found: impl Into<f64>) -> f64 {
            let truth = self.0.clone().clamp(&-BEYOND, &BEYOND);
            // Towards zero, so that the power of two is that of the value.
            let unit = ulp(truth.to_f64_round(Round::Zero));
            let error = exactly(finite(found.into())) - truth;
            (error.abs() / unit).to_f64()
        }
    }
}

#[cfg(feature = "mpfr")]
pub use mpfr::{Exact, PRECISION, exactly};

/// Without MPFR there is none.
#[cfg(not(feature = "mpfr"))]
pub enum Exact {}

#[cfg(not(feature = "mpfr"))]
impl Exact {
    /// The nearest float.
    pub fn rounded(&self) -> f32 {
        match *self {}
    }

    /// How many ULP of f32 `found` is away from it.
    pub fn ulps(&self, _found: impl Into<f64>) -> f64 {
        match *self {}
    }
}
