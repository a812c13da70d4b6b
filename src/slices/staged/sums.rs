//! Sums over all axes but one.

use core::marker::PhantomData;

use super::{Area, Operand, Output, PIECE, narrow};
use crate::axis::Axis;
use crate::kernels::Kernels;
use crate::lanes::{BLOCK, Op, Registers};
use crate::parallel::{self, Split};
use crate::slices::{Function, Map, Pass, sum, tree};

/// Channels that are summed side by side.
const TILE: usize = 128;
/// Parts of a channel in a chunk.
const CHUNK: usize = 1 << 13;

/// The sums of terms over all that is at the same position along an axis, in one fixed order: where later axes come
/// after it, parts of at most [`PIECE`] elements that are side by side are summed in [`BLOCK`] virtual lanes; the sums
/// of all parts, or the elements, in as many again; and the sums of chunks of [`CHUNK`] of those one after the other.
#[must_use = "its output must be written"]
pub(crate) struct ChannelSums<'a, const N: usize> {
    from: [Operand<'a>; N],
    output: Output<'a>,
    axis: Axis,
    outer: usize,
    /// Of the positions, the first and one past the last.
    channels: (usize, usize),
}

// SAFETY: it is shared slices, and a part of a unique one.
unsafe impl<const N: usize> Send for ChannelSums<'_, N> {}

impl<'a, const N: usize> ChannelSums<'a, N> {
    /// Of `outer` blocks of the axis: the caller has seen to it that all inputs have so many, and the output an element for
    /// each position.
    pub(crate) fn new(from: [Operand<'a>; N], output: Output<'a>, axis: Axis, outer: usize) -> Self {
        ChannelSums { from, output, axis, outer, channels: (0, axis.len) }
    }

    /// Adds up, where `term` adds that of the inputs to its first operand.
    pub(crate) fn each<F: Function<M>, const M: usize>(self, kernels: &Kernels, term: F) {
        parallel::each(kernels.threads(), F::COST, self, |part| part.tiles(kernels, term));
    }

    fn tiles<F: Function<M>, const M: usize>(self, kernels: &Kernels, term: F) {
        let (mut first, end) = self.channels;
        while first < end {
            let count = TILE.min(end - first);
            let mut sums = [0.0; TILE];
            if self.axis.inner == 1 {
                self.columns(kernels, term, first, count, &mut sums);
            } else {
                for (channel, sum) in (first..end).zip(&mut sums) {
                    *sum = self.channel(kernels, term, channel);
                }
            }
            let Output { to, kind, .. } = self.output;
            // SAFETY: these channels are the output's, and `sums` has as many.
            unsafe { narrow(kernels, kind, sums.as_ptr(), to.wrapping_add(first * kind.size()), count) };
            first += count;
        }
    }

    /// Channels that are side by side, an element of each at a time.
    fn columns<F: Function<M>, const M: usize>(
        &self,
        kernels: &Kernels,
        term: F,
        first: usize,
        count: usize,
        sums: &mut [f32; TILE],
    ) {
        let mut desk = [const { Area::EMPTY }; N];
        let mut lanes = [[0.0_f32; TILE]; BLOCK];
        let mut done = 0;
        while done < self.outer {
            let rows = CHUNK.min(self.outer - done);
            lanes.fill([0.0; TILE]);
            for (row, lane) in (done..done + rows).zip((0..BLOCK).cycle()) {
                let Some(lane) = lanes.get_mut(lane) else { continue };
                let lane = lane.as_mut_ptr();
                let mut from = [lane.cast_const(); M];
                for ((from, operand), area) in from.iter_mut().skip(1).zip(self.from).zip(&mut desk) {
                    // SAFETY: these elements are there, and no more than TILE, which is less than PIECE.
                    *from = unsafe { operand.floats(kernels, row * self.axis.len + first, count, area) };
                }
                kernels.run(Map(term, Pass { from, to: lane, len: count, life: PhantomData }, false));
            }
            // The tree of the lanes.
            let mut half = BLOCK / 2;
            while half > 0 {
                let (low, high) = lanes.split_at_mut_checked(half).unwrap_or_default();
                for (a, b) in low.iter_mut().zip(high) {
                    for (a, b) in a.iter_mut().zip(b) {
                        *a += *b;
                    }
                }
                half /= 2;
            }
            for (sum, chunk) in sums.iter_mut().zip(lanes[0]) {
                *sum += chunk;
            }
            done += rows;
        }
    }

    /// One channel.
    fn channel<F: Function<M>, const M: usize>(&self, kernels: &Kernels, term: F, channel: usize) -> f32 {
        let Axis { len, inner } = self.axis;
        let mut desk = [const { Area::EMPTY }; N];
        let mut total = 0.0;
        let mut lanes = [0.0_f32; BLOCK];
        let mut parts = 0;
        for block in 0..self.outer {
            let start = (block * len + channel) * inner;
            let mut at = 0;
            while at < inner {
                let count = PIECE.min(inner - at);
                let mut from = [core::ptr::null(); N];
                for ((from, operand), area) in from.iter_mut().zip(self.from).zip(&mut desk) {
                    // SAFETY: these elements are there.
                    *from = unsafe { operand.floats(kernels, start + at, count, area) };
                }
                let pass = Pass { from, to: core::ptr::null_mut(), len: count, life: PhantomData };
                if let Some(lane) = lanes.get_mut(parts % BLOCK) {
                    *lane += kernels.run(Part::<F, N, M>(term, pass));
                }
                parts += 1;
                at += count;
                if parts % CHUNK == 0 {
                    total += taken(&mut lanes);
                }
            }
        }
        total + taken(&mut lanes)
    }
}

/// The sum of the lanes, which become 0.
fn taken(lanes: &mut [f32; BLOCK]) -> f32 {
    tree(&mut core::mem::replace(lanes, [0.0; BLOCK]), BLOCK, &|a, b| a + b)
}

/// The sum of the terms of a part.
struct Part<'a, F, const N: usize, const M: usize>(F, Pass<'a, N>);
impl<F: Function<M>, const N: usize, const M: usize> Op for Part<'_, F, N, M> {
    type Output = f32;
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) -> f32 {
        let Part(term, pass) = self;
        let row = pass.row();
        let [sum] = sum(
            lanes,
            core::array::from_ref(&row),
            #[inline(always)]
            |acc, x: [L::F32; N]| {
                let mut operands = [acc; M];
                for (operand, x) in operands.iter_mut().skip(1).zip(x) {
                    *operand = x;
                }
                term.call(lanes, operands)
            },
        );
        lanes.fold(sum, |a, _| a)
    }
}

impl<const N: usize> Split for ChannelSums<'_, N> {
    fn size(&self) -> usize {
        self.outer * (self.channels.1 - self.channels.0) * self.axis.inner
    }

    /// Cuts between tiles, or between channels where each is long.
    fn split(self) -> Result<(Self, Self), Self> {
        let (first, end) = self.channels;
        let unit = if self.axis.inner == 1 { TILE } else { 1 };
        let middle = first + ((end - first) / 2).next_multiple_of(unit);
        if middle == first || middle >= end {
            return Err(self);
        }
        let ChannelSums { from, output: Output { to, kind, place, life }, axis, outer, .. } = self;
        // The same memory twice, but no channel is in both.
        let part = |channels| ChannelSums { from, output: Output { to, kind, place, life }, axis, outer, channels };
        Ok((part((first, middle)), part((middle, end))))
    }
}
