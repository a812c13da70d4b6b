//! The types that logits may have.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

/// A type of logits: `f32`, `half::f16` and `half::bf16`. Computed in `f32`, and rounded once.
///
/// Other types cannot implement it, as they are no [`Element`](simdact::Element).
pub trait Logit: simdact::Element {
    /// What stands for it in messages.
    #[doc(hidden)]
    const NUMBER: u8;
    /// All of them, as `f32`.
    #[doc(hidden)]
    fn widen(from: &[Self], to: &mut [f32]);
    /// All of them, rounded.
    #[doc(hidden)]
    fn narrow(from: &[f32], to: &mut [Self]);
}

/// The names of the types, by their numbers.
pub(crate) const KINDS: [&str; 3] = ["f32", "f16", "bf16"];

impl Logit for f32 {
    const NUMBER: u8 = 0;
    fn widen(from: &[f32], to: &mut [f32]) {
        to.copy_from_slice(from);
    }
    fn narrow(from: &[f32], to: &mut [f32]) {
        to.copy_from_slice(from);
    }
}

impl Logit for f16 {
    const NUMBER: u8 = 1;
    fn widen(from: &[f16], to: &mut [f32]) {
        from.convert_to_f32_slice(to);
    }
    fn narrow(from: &[f32], to: &mut [f16]) {
        to.convert_from_f32_slice(from);
    }
}

impl Logit for bf16 {
    const NUMBER: u8 = 2;
    fn widen(from: &[bf16], to: &mut [f32]) {
        from.convert_to_f32_slice(to);
    }
    fn narrow(from: &[f32], to: &mut [bf16]) {
        to.convert_from_f32_slice(from);
    }
}
