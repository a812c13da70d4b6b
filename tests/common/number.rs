//! Elements of every type, as numbers.

use core::fmt::Debug;

use simdact::Element;

/// A type of elements, with its conversions by another implementation.
pub trait Number: Element + Copy + Debug + PartialEq {
    /// A NaN that nothing computes.
    const UNTOUCHED: Self;
    /// As a float, exactly.
    fn wide(self) -> f32;
    /// The nearest to a float.
    fn round(x: f32) -> Self;
    /// The bits, of which all NaNs have the same.
    fn bits(self) -> u32 {
        let wide = self.wide();
        if wide.is_nan() { u32::MAX } else { wide.to_bits() }
    }
    /// Whether these are the bits of [`UNTOUCHED`](Number::UNTOUCHED).
    fn is_untouched(self) -> bool;
}

impl Number for f32 {
    const UNTOUCHED: f32 = f32::from_bits(0xffde_adbe);
    fn wide(self) -> f32 {
        self
    }
    fn round(x: f32) -> f32 {
        x
    }
    fn is_untouched(self) -> bool {
        self.to_bits() == f32::UNTOUCHED.to_bits()
    }
}

#[cfg(feature = "half")]
macro_rules! number {
    ($type:ty, $nan:literal) => {
        impl Number for $type {
            const UNTOUCHED: $type = <$type>::from_bits($nan);
            fn wide(self) -> f32 {
                self.to_f32()
            }
            fn round(x: f32) -> $type {
                <$type>::from_f32(x)
            }
            fn is_untouched(self) -> bool {
                self.to_bits() == $nan
            }
        }
    };
}
#[cfg(feature = "half")]
number!(half::f16, 0xfeda);
#[cfg(feature = "half")]
number!(half::bf16, 0xffda);
