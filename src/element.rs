//! The types that elements may have.

/// A type of elements: `f32`, and with the feature `half` also `half::f16` and `half::bf16`.
///
/// What is computed is computed in `f32`: elements of 16 bits are widened, which is exact, and the result is rounded
/// once, to the nearest, ties to even. Some functions take a shorter way to the same bits. A NaN stays one. This trait is
/// sealed.
pub trait Element: sealed::Sealed {}

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    F32,
    #[cfg(feature = "half")]
    F16,
    #[cfg(feature = "half")]
    Bf16,
}

impl Kind {
    /// Bytes of an element.
    #[inline(always)]
    pub(crate) const fn size(self) -> usize {
        match self {
            Kind::F32 => 4,
            #[cfg(feature = "half")]
            Kind::F16 | Kind::Bf16 => 2,
        }
    }
}

mod sealed {
    /// Only types whose values are what [`Kind`](super::Kind) says, bit for bit: slices are read and written as such.
    pub trait Sealed: Copy + Send + Sync + 'static {
        /// Which it is.
        const KIND: super::Kind;
        /// 0.
        const ZERO: Self;
    }
}

macro_rules! element {
    ($type:ty, $kind:ident, $zero:expr) => {
        impl sealed::Sealed for $type {
            const KIND: Kind = Kind::$kind;
            const ZERO: $type = $zero;
        }
        impl Element for $type {}
    };
}

element!(f32, F32, 0.0);
#[cfg(feature = "half")]
element!(half::f16, F16, half::f16::ZERO);
#[cfg(feature = "half")]
element!(half::bf16, Bf16, half::bf16::ZERO);
