//! Functions some of whose operands are one value for all elements.

use super::Function;
use crate::lanes::{Lanes, Registers, Several};
use crate::parallel::Cost;

/// Which bits of an element's number count in each operand: see [`Function::bits`]. Not by index, as the compiler does not
/// see that there is one for each, and it could panic.
#[inline(always)]
fn bits_of(bits: &[usize], operand: usize) -> usize {
    bits.get(operand).copied().unwrap_or(0)
}

/// The function.
#[derive(Clone, Copy)]
pub(crate) struct Repeating<F, const N: usize>(pub F, pub [usize; N]);

impl<F: Function<N>, const N: usize> Function<N> for Repeating<F, N> {
    const COST: Cost = F::COST;
    #[inline(always)]
    fn call<L: Lanes>(self, lanes: L, x: [L::F32; N]) -> L::F32 {
        self.0.call(lanes, x)
    }
    #[inline(always)]
    fn bits(&self, operand: usize) -> usize {
        bits_of(&self.1, operand)
    }
}

/// f(x + bias + residual) · factor.
#[derive(Clone, Copy)]
pub(crate) struct Joined<F>(pub F, pub [usize; 4]);

impl<F: Function<1>> Function<4> for Joined<F> {
    const COST: Cost = F::COST;
    #[inline(always)]
    fn call<L: Lanes>(self, l: L, [x, bias, residual, factor]: [L::F32; 4]) -> L::F32 {
        l.mul(self.0.call(l, [l.add(l.add(x, bias), residual)]), factor)
    }
    #[inline(always)]
    fn bits(&self, operand: usize) -> usize {
        bits_of(&self.1, operand)
    }
    /// Vector by vector where they are loaded, so that the function has the registers to itself.
    #[inline(always)]
    unsafe fn vectors<L: Registers, const M: usize>(
        self,
        lanes: L,
        [x, bias, residual, factor]: [*const f32; 4],
        at: usize,
    ) -> [L::F32; M] {
        let Joined(function, bits) = self;
        let load = super::inlined(
            #[inline(always)]
            |from: *const f32, bits: usize, i: usize| {
                // SAFETY: the caller says that they can be read.
                unsafe { lanes.load(from.add((at & bits) + i * L::LANES)) }
            },
        );
        let mut sums = [lanes.splat(0.0); M];
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = lanes.add(load(x, bits[0], i), load(bias, bits[1], i));
            *sum = lanes.add(*sum, load(residual, bits[2], i));
        }
        let mut y = function.call(Several::<L, M>(lanes), [sums]);
        for (i, y) in y.iter_mut().enumerate() {
            *y = lanes.mul(*y, load(factor, bits[3], i));
        }
        y
    }
}
