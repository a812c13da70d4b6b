//! Functions some of whose operands are one value for all elements.

use super::{Function, Spot, Spots, Turns};
use crate::lanes::{Lanes, Registers, Several};
use crate::parallel::Cost;

/// The spot of an element in an operand, which may go around a ring if its number is `RING`. Not by index, as the compiler
/// does not see that there is one for each, and it could panic.
#[inline(always)]
fn spot_of<const RING: usize>(spots: &[Spot], operand: usize, at: usize) -> usize {
    let spot = spots.get(operand).copied().unwrap_or(Spot::NONE);
    if operand == RING { spot.of(at) } else { spot.plain(at) }
}

/// The function.
#[derive(Clone, Copy)]
pub(crate) struct Repeating<F, const N: usize, const RING: usize>(pub F, pub Spots<N>);

impl<F: Function<N>, const N: usize, const RING: usize> Function<N> for Repeating<F, N, RING> {
    const COST: Cost = F::COST;
    #[inline(always)]
    fn call<L: Lanes>(self, lanes: L, x: [L::F32; N]) -> L::F32 {
        self.0.call(lanes, x)
    }
    #[inline(always)]
    fn spot(&self, operand: usize, at: usize) -> usize {
        spot_of::<RING>(&self.1.each, operand, at)
    }
    const TURNS: bool = true;
    #[inline(always)]
    fn turns(&self) -> Turns {
        self.1.turns
    }
}

/// f(x + bias + residual) · factor.
#[derive(Clone, Copy)]
pub(crate) struct Joined<F>(pub F, pub Spots<4>);

impl<F: Function<1>> Function<4> for Joined<F> {
    const COST: Cost = F::COST;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, bias, residual, factor]: [L::F32; 4]) -> L::F32 {
        l.mul(self.0.call(l, [l.add(l.add(x, bias), residual)]), factor)
    }
    #[inline(always)]
    fn spot(&self, operand: usize, at: usize) -> usize {
        spot_of::<1>(&self.1.each, operand, at)
    }
    const TURNS: bool = true;
    #[inline(always)]
    fn turns(&self) -> Turns {
        self.1.turns
    }
    /// Vector by vector where they are loaded, so that the function has the registers to itself.
    #[inline(always)]
    unsafe fn vectors<L: Registers, const M: usize>(
        self,
        lanes: L,
        [x, bias, residual, factor]: [*const f32; 4],
        at: usize,
    ) -> [L::F32; M] {
        let function = self.0;
        // All but the bias have an element for each, or are not there.
        let around = self.spot(1, at);
        let load = super::inlined(
            #[inline(always)]
            |from: *const f32, spot: usize, i: usize| {
                // SAFETY: the caller says that they can be read.
                unsafe { lanes.load(from.add(spot + i * L::LANES)) }
            },
        );
        let mut sums = [lanes.splat(0.0); M];
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = lanes.add(load(x, at, i), load(bias, around, i));
        }
        // A residual or a factor that is one value for all is not there, and stands for what would change nothing.
        if !self.1.each[2].is_none() {
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = lanes.add(*sum, load(residual, at, i));
            }
        }
        let mut y = function.call(Several::<L, M>(lanes), [sums]);
        if !self.1.each[3].is_none() {
            for (i, y) in y.iter_mut().enumerate() {
                *y = lanes.mul(*y, load(factor, at, i));
            }
        }
        y
    }
}
