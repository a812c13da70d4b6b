//! How the elements of a row follow each other: contiguous ones, or as many columns as a vector has lanes.

use crate::lanes::{BLOCK, Registers};
use crate::slices::SIDE;

/// How the elements of a row follow each other, in vectors. Step `i` of a sweep works in slot `i % slots`.
pub(crate) trait Walk<L: Registers>: Copy {
    /// Whether few accumulators are fewer than all.
    const SPARE: bool;
    /// The accumulators of the virtual lanes, of which a sum has one for each.
    type Slots: AsMut<[L::F32]> + Copy;
    /// Fewer of them, for what does not depend on the order.
    type Few: AsMut<[L::F32]> + Copy;
    /// All accumulators at `value`.
    fn slots(lanes: L, value: L::F32) -> Self::Slots;
    /// All accumulators at `value`.
    fn few(lanes: L, value: L::F32) -> Self::Few;
    /// Elements along the axis.
    fn len(self) -> usize;
    /// Steps with a full vector, then steps with fewer lanes, and how many lanes those have.
    fn steps(self) -> (usize, usize, usize);
    /// Where step `i` starts.
    fn offset(self, step: usize) -> usize;
    /// Combines all lanes that belong to one row, by a fixed tree, and gives `then` of that: every lane of the result has
    /// its row's. All accumulators began with `start`, and those of `len` elements are in use.
    fn fold<S: AsMut<[L::F32]> + Copy, const R: usize>(
        lanes: L,
        start: L::F32,
        len: usize,
        slots: [S; R],
        op: impl Fn(L::F32, L::F32) -> L::F32 + Copy,
        then: impl Fn(L::F32) -> L::F32 + Copy,
    ) -> [L::F32; R];
}

/// Neighbours in memory: lane `i` of step `j` is element `j * LANES + i`.
#[derive(Clone, Copy)]
pub(crate) struct Contiguous {
    pub(super) start: usize,
    pub(super) len: usize,
}

impl<L: Registers> Walk<L> for Contiguous {
    const SPARE: bool = false;
    type Slots = L::Block;
    type Few = L::Block;

    #[inline(always)]
    fn slots(lanes: L, value: L::F32) -> L::Block {
        lanes.block(value)
    }
    #[inline(always)]
    fn few(lanes: L, value: L::F32) -> L::Block {
        lanes.block(value)
    }
    #[inline(always)]
    fn len(self) -> usize {
        self.len
    }
    #[inline(always)]
    fn steps(self) -> (usize, usize, usize) {
        let rest = self.len % L::LANES;
        (self.len / L::LANES, (rest > 0) as usize, rest)
    }
    #[inline(always)]
    fn offset(self, step: usize) -> usize {
        self.start + step * L::LANES
    }
    #[inline(always)]
    fn fold<S: AsMut<[L::F32]> + Copy, const R: usize>(
        lanes: L,
        _: L::F32,
        _: usize,
        mut slots: [S; R],
        op: impl Fn(L::F32, L::F32) -> L::F32 + Copy,
        then: impl Fn(L::F32) -> L::F32 + Copy,
    ) -> [L::F32; R] {
        let mut values = [lanes.splat(0.0); R];
        for (value, slots) in values.iter_mut().zip(&mut slots) {
            let slots = slots.as_mut();
            *value = tree(slots, slots.len(), &op);
        }
        if let [a, b, c, d] = &mut values[..] {
            [*a, *b, *c, *d] = lanes.fold4([*a, *b, *c, *d], op, then);
        } else {
            for value in &mut values {
                *value = then(lanes.splat(lanes.fold(*value, op)));
            }
        }
        values
    }
}

/// One row in each lane: step `j` is element `j` of `width` rows that lie side by side.
#[derive(Clone, Copy)]
pub(crate) struct Columns {
    pub(super) start: usize,
    pub(super) stride: usize,
    pub(super) len: usize,
    pub(super) width: usize,
}

impl<L: Registers> Walk<L> for Columns {
    const SPARE: bool = true;
    type Slots = [L::F32; BLOCK];
    type Few = [L::F32; SIDE];

    #[inline(always)]
    fn slots(_: L, value: L::F32) -> [L::F32; BLOCK] {
        [value; BLOCK]
    }
    #[inline(always)]
    fn few(_: L, value: L::F32) -> [L::F32; SIDE] {
        [value; SIDE]
    }
    #[inline(always)]
    fn len(self) -> usize {
        self.len
    }
    #[inline(always)]
    fn steps(self) -> (usize, usize, usize) {
        if self.width == L::LANES { (self.len, 0, 0) } else { (0, self.len, self.width) }
    }
    #[inline(always)]
    fn offset(self, step: usize) -> usize {
        self.start + step * self.stride
    }
    #[inline(always)]
    fn fold<S: AsMut<[L::F32]> + Copy, const R: usize>(
        lanes: L,
        start: L::F32,
        len: usize,
        mut slots: [S; R],
        op: impl Fn(L::F32, L::F32) -> L::F32 + Copy,
        then: impl Fn(L::F32) -> L::F32 + Copy,
    ) -> [L::F32; R] {
        let mut values = [lanes.splat(0.0); R];
        for (value, slots) in values.iter_mut().zip(&mut slots) {
            let slots = slots.as_mut();
            let sum = if len < BLOCK {
                // One virtual lane that is not in use makes a +0 of a −0.
                op(tree(slots, len, &op), start)
            } else {
                tree(slots, slots.len(), &op)
            };
            *value = then(sum);
        }
        values
    }
}

/// Combines slot `i` with slot `i + n / 2`, and so on down to one, of those that are in use.
#[inline(always)]
pub(crate) fn tree<T: Copy>(slots: &mut [T], used: usize, op: &impl Fn(T, T) -> T) -> T {
    let (mut half, mut used) = (slots.len() / 2, used.min(slots.len()));
    while half > 0 {
        // Not by number: the compiler does not see that they are there, and that nothing can panic.
        let (low, high) = slots.split_at_mut_checked(half).unwrap_or_default();
        for (a, &mut b) in low.iter_mut().zip(high).take(used.saturating_sub(half)) {
            *a = (*op)(*a, b);
        }
        used = used.min(half);
        half /= 2;
    }
    slots[0]
}
