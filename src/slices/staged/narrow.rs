//! Functions of elements of 16 bits without a desk: they are widened and rounded in the registers.

use core::marker::PhantomData;

use crate::element::Kind;
use crate::lanes::narrow::load_bf16;
use crate::lanes::{Op, Registers, Several};
use crate::slices::{Function, SIDE, side};

/// `N` inputs and an output of as many elements of the same 16 bits each.
#[must_use = "its output must be written"]
pub(crate) struct Narrow<'a, const N: usize> {
    pub(super) from: [*const u16; N],
    pub(super) to: *mut u16,
    pub(super) len: usize,
    pub(super) kind: Kind,
    pub(super) life: PhantomData<&'a mut [u16]>,
}

/// The work of writing the function of the first elements, as many as fill vectors side by side; says how many. There are
/// none where vectors cannot be loaded from such elements.
pub(crate) struct MapNarrow<'a, const N: usize, F>(pub F, pub Narrow<'a, N>);

impl<const N: usize, F: Function<N>> Op for MapNarrow<'_, N, F> {
    type Output = usize;
    const HEAVY: bool = F::COST.is_heavy();
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) -> usize {
        let MapNarrow(function, narrow) = self;
        if !(L::TUNED && (narrow.kind == Kind::Bf16 || lanes.halves())) {
            0
        } else if side::<L, F, N>() == SIDE {
            narrow.side_by_side::<L, F, SIDE>(lanes, function)
        } else {
            narrow.side_by_side::<L, F, 2>(lanes, function)
        }
    }
}

impl<const N: usize> Narrow<'_, N> {
    #[inline(always)]
    fn side_by_side<L: Registers, F: Function<N>, const M: usize>(self, lanes: L, function: F) -> usize {
        const { assert!(M.is_multiple_of(2), "bfloat16 go by pairs of vectors") };
        let Narrow { from, to, len, kind, .. } = self;
        let by_instruction = lanes.rounds_bf16();
        let mut at = 0;
        while len - at >= M * L::LANES {
            let mut x = [[lanes.splat(0.0); M]; N];
            let mut operand = 0;
            while operand < N {
                // SAFETY: at + M × LANES ≤ len; and whoever calls this has asked for `halves`, if it matters.
                x[operand] = unsafe { load(lanes, kind, from[operand].add(at)) };
                operand += 1;
            }
            let y = function.of_16_bits(Several::<L, M>(lanes), x);
            // SAFETY: as above.
            unsafe { store(lanes, (kind, by_instruction), to.add(at), y) };
            at += M * L::LANES;
        }
        at
    }
}

/// Widens `M` vectors' elements. One question for all of them: which type it is.
///
/// # Safety
/// They can be read, and if they are of half precision, `halves` of the lanes is true.
#[inline(always)]
unsafe fn load<L: Registers, const M: usize>(lanes: L, kind: Kind, from: *const u16) -> [L::F32; M] {
    let mut x = [lanes.splat(0.0); M];
    if kind == Kind::F16 {
        for (i, x) in x.iter_mut().enumerate() {
            // SAFETY: the caller says so, and that there are instructions for it.
            *x = unsafe { lanes.load_f16(from.add(i * L::LANES)) };
        }
    } else {
        for (i, x) in x.as_chunks_mut().0.iter_mut().enumerate() {
            // SAFETY: the caller says so.
            *x = unsafe { load_bf16(lanes, from.add(2 * i * L::LANES)) };
        }
    }
    x
}

/// Rounds `M` vectors; to bfloat16 by an instruction, if there is one.
///
/// # Safety
/// So many elements can be written, and as above.
#[inline(always)]
unsafe fn store<L: Registers, const M: usize>(
    lanes: L,
    (kind, by_instruction): (Kind, bool),
    to: *mut u16,
    y: [L::F32; M],
) {
    if kind == Kind::F16 {
        for (i, &y) in y.iter().enumerate() {
            // SAFETY: the caller says so, and that there are instructions for it.
            unsafe { lanes.store_f16(to.add(i * L::LANES), y) };
        }
    } else {
        for (i, &y) in y.as_chunks().0.iter().enumerate() {
            // SAFETY: the caller says so.
            unsafe { lanes.store_bf16(to.add(2 * i * L::LANES), y, by_instruction) };
        }
    }
}
