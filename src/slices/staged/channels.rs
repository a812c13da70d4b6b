//! Values that are for many elements each: where a run of elements finds them.

use core::num::NonZero;

use super::{Operand, Place, REPEATS, widen};
use crate::element::Kind;
use crate::kernels::Kernels;
use crate::lanes::Registers;

/// Room for values that are for many elements each, put where those are: 28 KiB.
pub(super) const RING: usize = 7 << 10;
/// A value that is for so many neighbours is handed on by itself.
const MANY: usize = 1 << 10;
/// One that is for so many is left to a kernel that goes from one to the next.
const SOME: usize = 1 << 7;

/// Writes the value so often.
///
/// # Safety
/// `to` is valid for that.
unsafe fn repeat(value: f32, to: *mut f32, count: usize) {
    for i in 0..count {
        // SAFETY: the caller says so.
        unsafe { to.add(i).write(value) };
    }
}

/// How values that are for many elements each are handed on.
pub(super) enum Way {
    /// All of them are in the ring, put where their elements are, and the first [`REPEATS`] once more.
    Whole(NonZero<usize>),
    /// In the ring are those of the run's elements.
    Spread,
    /// The one of the run is, repeatedly.
    Repeated,
    /// The same, where the kernel goes from run to run: see [`Turns`].
    InTurns,
    /// As they are: a run is at most one of each.
    Straight,
}

/// Values that are for many elements each, among the operands of a staged function.
pub(super) struct Channels<'a> {
    operand: Operand<'a>,
    len: NonZero<usize>,
    inner: NonZero<usize>,
    pub(super) way: Way,
}

impl<'a> Channels<'a> {
    /// Those among the operands, of which there is at most one, for so many elements; and its number. `in_turns` says
    /// whether a kernel gets as many of them as are side by side.
    pub(super) fn among<const N: usize>(
        from: &[Operand<'a>; N],
        elements: usize,
        in_turns: bool,
    ) -> Option<(usize, Self)> {
        from.iter().enumerate().find_map(|(number, &operand)| {
            let Place::Channels { len, inner } = operand.place else { return None };
            let period = len.saturating_mul(inner);
            let way = if period.get() <= RING - REPEATS && period.get() <= elements {
                Way::Whole(period)
            } else if inner.get() >= SOME && in_turns && operand.kind == Kind::F32 {
                Way::InTurns
            } else if inner.get() >= MANY {
                Way::Repeated
            } else if inner.get() == 1 && len.get() >= RING - REPEATS && operand.kind == Kind::F32 {
                Way::Straight
            } else {
                Way::Spread
            };
            Some((number, Channels { operand, len, inner, way }))
        })
    }

    /// How many elements from number `n` on can be had at once.
    pub(super) fn run(&self, n: usize) -> usize {
        match self.way {
            Way::Whole(_) | Way::InTurns => MOST,
            Way::Spread => RING,
            Way::Repeated => self.inner.get() - n % self.inner,
            Way::Straight => self.len.get() - n % self.len,
        }
    }

    /// Puts the values of elements `n..n + count` into the ring.
    ///
    /// # Safety
    /// 0 < count ≤ RING.
    pub(super) unsafe fn spread(&self, kernels: &Kernels, n: usize, count: usize, ring: *mut f32) {
        let Channels { operand, len, inner, .. } = *self;
        let period = len.saturating_mul(inner).get().min(count);
        let mut done = 0;
        while done < period {
            let (index, left) = operand.place.of(n + done);
            let to = ring.wrapping_add(done);
            let run = if inner.get() == 1 { len.get() - index } else { left }.min(period - done);
            // SAFETY: those values are there, and done + run ≤ count ≤ RING.
            unsafe {
                if inner.get() == 1 {
                    widen(kernels, operand.kind, operand.from.wrapping_add(index * operand.kind.size()), to, run);
                } else {
                    repeat(operand.value(index), to, run);
                }
            }
            done += run;
        }
        while done < count {
            // `done` is a multiple of the period.
            let again = done.min(count - done);
            // SAFETY: again ≤ done, so that they are apart; and done + again ≤ count ≤ RING.
            unsafe { ring.copy_to_nonoverlapping(ring.add(done), again) };
            done += again;
        }
    }

    /// Where the values of the run of elements `n..n + count` are, and who puts them there.
    ///
    /// # Safety
    /// 0 < count ≤ what [`run`](Channels::run) gives; and the ring holds all if they are to be there.
    pub(super) unsafe fn at(
        &self,
        kernels: &Kernels,
        n: usize,
        count: usize,
        ring: *mut f32,
    ) -> (*const f32, Spot, Turns) {
        match self.way {
            Way::Whole(period) => (ring, Spot::ring(n, period), Turns::NONE),
            Way::Spread => {
                // SAFETY: count ≤ RING.
                unsafe { self.spread(kernels, n, count, ring) };
                (ring, Spot::EACH, Turns::NONE)
            }
            Way::Repeated => {
                // SAFETY: the value is there, and REPEATS ≤ RING.
                unsafe { repeat(self.operand.value(self.operand.place.of(n).0), ring, REPEATS) };
                (ring, Spot::NONE, Turns::NONE)
            }
            Way::InTurns => {
                let (next, left) = self.operand.place.of(n);
                let (inner, len) = (self.inner.get(), self.len.get());
                let turns = Turns { values: self.operand.from.cast(), len, inner, next, left, room: ring };
                (ring, Spot::NONE, turns)
            }
            Way::Straight => (self.operand.from.cast::<f32>().wrapping_add(n % self.len), Spot::EACH, Turns::NONE),
        }
    }
}

/// Where the operands have what is for the elements of a run.
#[derive(Clone, Copy)]
pub(crate) struct Spots<const N: usize> {
    pub(crate) each: [Spot; N],
    pub(crate) turns: Turns,
}

impl<const N: usize> From<[Spot; N]> for Spots<N> {
    fn from(each: [Spot; N]) -> Self {
        Spots { each, turns: Turns::NONE }
    }
}

/// Values for many elements each, of which the kernel puts one after the other where it loads them: to call it for each of
/// them takes as long as a few hundred elements.
#[derive(Clone, Copy)]
pub(crate) struct Turns {
    values: *const f32,
    len: usize,
    /// For how many elements each is; 0 where there are no such values.
    inner: usize,
    /// The number of the next, and for how many elements that is.
    next: usize,
    left: usize,
    /// Room for [`REPEATS`] of it.
    room: *mut f32,
}

// SAFETY: it belongs to one pass, on one thread, whose values are a shared slice.
unsafe impl Send for Turns {}
// SAFETY: as above.
unsafe impl Sync for Turns {}

impl Turns {
    pub(crate) const NONE: Turns =
        Turns { values: core::ptr::null(), len: 0, inner: 0, next: 0, left: 0, room: core::ptr::null_mut() };

    /// Puts the value of element `at` of `len`, of which there is one, where it is loaded; gives where the elements end
    /// that it is for.
    #[inline(always)]
    pub(crate) fn next<L: Registers>(&mut self, lanes: L, at: usize, len: usize) -> usize {
        if self.inner == 0 {
            return len;
        }
        // SAFETY: next < self.len.
        let value = lanes.splat(unsafe { self.values.add(self.next).read() });
        let mut to = 0;
        while to < REPEATS {
            // SAFETY: there is room, and REPEATS is a multiple of a vector.
            unsafe { lanes.store(self.room.add(to), value) };
            to += L::LANES;
        }
        let end = len.min(at + self.left);
        self.left = self.inner;
        self.next = if self.next + 1 < self.len { self.next + 1 } else { 0 };
        end
    }
}

/// Most elements of a run: as many as [`Spot`] can number.
pub(super) const MOST: usize = 1 << 31;

/// Where an operand has what is for an element of a run.
#[derive(Clone, Copy)]
pub(crate) struct Spot {
    /// Which bits of the element's number count.
    bits: usize,
    /// What is added.
    phase: usize,
    /// Of that, the remainder of a division by this counts, for which it is multiplied by that: D. Lemire, O. Kaser,
    /// N. Kurz, *Faster remainder by direct computation*, 2019.
    period: u64,
    factor: u64,
}

impl Spot {
    /// For each element its own.
    pub(crate) const EACH: Spot = Spot { bits: usize::MAX, phase: 0, period: 1 << 32, factor: 1 << 32 };
    /// The same for all.
    pub(crate) const NONE: Spot = Spot { bits: 0, ..Spot::EACH };

    /// The elements from number `n` on, around a ring.
    fn ring(n: usize, period: NonZero<usize>) -> Spot {
        let divisor = period.get() as u64;
        // For 1 it is 0: so is the remainder.
        let factor = (u64::MAX / NonZero::<u64>::try_from(period).unwrap_or(NonZero::<u64>::MAX)).wrapping_add(1);
        Spot { bits: usize::MAX, phase: n % period, period: divisor, factor }
    }

    /// Whether it is the same for all.
    #[inline(always)]
    pub(crate) fn is_none(self) -> bool {
        self.bits == 0
    }

    /// Of an element with this number, which is less than [`MOST`].
    #[inline(always)]
    pub(crate) fn of(self, at: usize) -> usize {
        let fraction = self.factor.wrapping_mul(((at & self.bits) + self.phase) as u64);
        ((u128::from(fraction) * u128::from(self.period)) >> 64) as usize
    }

    /// The same where it is no ring.
    #[inline(always)]
    pub(crate) fn plain(self, at: usize) -> usize {
        at & self.bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spots_go_around() {
        let periods = [1, 2, 3, 5, 7, 63, 64, 641, 1000, 4095, 4096, RING - REPEATS];
        for period in periods {
            for n in [0, 1, 17, 64, 8191, 1 << 20, usize::MAX / 2] {
                let spot = Spot::ring(n, NonZero::new(period).expect("it is not 0"));
                let small = 0..3 * period;
                for at in small.step_by(1 + period / 64).chain([1 << 16, (1 << 24) + 1, MOST - 1]) {
                    assert_eq!(spot.of(at), (n % period + at) % period, "{at} from {n} around {period}");
                }
            }
        }
        for at in [0, 1, 1000, MOST - 1] {
            assert_eq!(
                [Spot::EACH.of(at), Spot::EACH.plain(at), Spot::NONE.of(at), Spot::NONE.plain(at)],
                [at, at, 0, 0]
            );
        }
    }
}
