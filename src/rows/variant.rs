//! Softmax of multiples of the logits, with a 1 in the sum, or with elements that count as nothing: one kernel for
//! those of softmax's family that are asked for less often than it, since each is compiled for every instruction set.

use crate::activation::exp_scaled;
use crate::lanes::Lanes;

use super::stages::{Member, Terms};

/// e^(scale · x − r) / Σ e^(scale · x − r), where r is the maximum of scale · x.
#[derive(Clone, Copy)]
pub(super) struct Variant {
    /// The logits are x times this, rounded.
    pub scale: f32,
    /// What is subtracted from them is at least this. With a finite number, a row of −∞ only is 0.
    pub least: f32,
    /// 1 where e⁰ belongs to the sum, else 0.
    pub one: f32,
}

impl Variant {
    pub(super) const PLAIN: Variant = Variant { scale: 1.0, least: f32::NEG_INFINITY, one: 0.0 };
}

/// Multiples of the elements are the logits.
#[derive(Clone, Copy)]
pub(super) struct Multiples(f32);

impl Terms for Multiples {
    #[inline(always)]
    fn logit<L: Lanes>(self, l: L, x: L::F32) -> L::F32 {
        l.mul(x, l.splat(self.0))
    }
    #[inline(always)]
    fn exponential<L: Lanes>(self, l: L, difference: L::F32) -> L::F32 {
        let e = exp_scaled(l, difference);
        // e^−∞ is 0, to the last bit of any sum: so that what is masked off might as well not be there.
        l.select(l.gt(l.splat(f32::MIN), difference), l.splat(0.0), e)
    }
}

impl Member for Variant {
    type Terms = Multiples;
    const MAY_ADD_ONE: bool = true;
    const DESK: bool = false;

    #[inline(always)]
    fn terms(self) -> Multiples {
        Multiples(self.scale)
    }
    #[inline(always)]
    fn reference<L: Lanes>(self, l: L, max: L::F32) -> L::F32 {
        l.max(l.splat(self.least), max)
    }
    #[inline(always)]
    fn nothing(self) -> f32 {
        if self.least > f32::NEG_INFINITY { 0.0 } else { f32::NAN }
    }
    #[inline(always)]
    fn one(self) -> f32 {
        self.one
    }
    #[inline(always)]
    fn of_sum<L: Lanes>(self, l: L, sum: L::F32) -> L::F32 {
        l.select(l.gt(sum, l.splat(0.0)), l.div(l.splat(1.0), sum), sum)
    }
}
