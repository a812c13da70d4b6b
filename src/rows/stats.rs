//! The maximum of a row and the sum of its exponentials, of all of it or of parts that are put together later.
//!
//! A chunk of a row has its own maximum m and the sum s of e^(x − m). The sum of several chunks is Σ s · eᵐ, which may be
//! of any magnitude. It is kept as an integer in bins of 32 bits whose borders are powers of 2³², the same for all: each
//! s · eᵐ, rounded to 53 bits, is cut at those borders, and the slices are added bin by bin, without a carry. Integers
//! are added exactly, so that neither the order nor the way a row is split can show. Only three bins are kept, from the
//! one up that the last bit of the largest s · eᵐ is in: which those are depends on that alone, and what falls below
//! is less than 2⁻⁵² of it.

use crate::axis::Axis;
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::slices::{Operand, Staged, Tiles, place};

use super::chunks::each_chunk;
use super::family::staged;
use super::log::log_of_sum;
use super::log_softmax::Output;
use super::softmax::Softmax;
use super::stages::{AsIs, Factor, Logits, stats_of, stats_of_long};

/// The maximum and the sum of exponentials of a row of logits, or of a part of one: what
/// [`softmax`](crate::softmax), [`log_softmax`](crate::log_softmax) and [`logsumexp`](crate::logsumexp) need to know of a
/// row before they write anything.
///
/// Parts are [merged](SoftmaxStats::merge) in any order. If all parts but the last are multiples of
/// [`CHUNK`](SoftmaxStats::CHUNK) elements long, what comes out has the bits of the whole row, however it was split: on
/// every backend, any number of threads, and any number of machines. Parts that are cut elsewhere are summed in another
/// order: then the result is as accurate, but may differ in the last bit.
///
/// All of it takes 48 bytes of memory and 44 of a [message](SoftmaxStats::to_bytes), holds nothing of the row, and is for
/// up to 2³² parts.
///
/// ```
/// use simdact::{Axis, SoftmaxStats};
/// # fn main() -> Result<(), simdact::Error> {
/// // The logits of a row are spread over two machines, in whole chunks.
/// let row: Vec<f32> = (0..20_000).map(|i| (i * 37 % 1001) as f32 / 125.0).collect();
/// let (first, second) = row.split_at(2 * SoftmaxStats::CHUNK);
///
/// // Each tells the other its 44 bytes, and both know the whole.
/// let received: [u8; SoftmaxStats::BYTES] = SoftmaxStats::of(second).to_bytes();
/// let whole = SoftmaxStats::of(first).merge(SoftmaxStats::from_bytes(&received));
/// assert_eq!(whole, SoftmaxStats::of(&row));
///
/// // Each computes its part of the softmax, with the bits of the softmax of the whole row.
/// let (mut y_first, mut y_second) = (vec![0.0; first.len()], vec![0.0; second.len()]);
/// whole.softmax(first, &mut y_first)?;
/// whole.softmax(second, &mut y_second)?;
/// let mut y = vec![0.0; row.len()];
/// simdact::softmax(&row, Axis::rows(row.len()), &mut y)?;
/// assert_eq!([y_first, y_second].concat(), y);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoftmaxStats {
    /// NaN where there is one; +∞ and −∞ where the sum is not needed.
    max: f32,
    /// Number n of the lowest bin, of multiples of 2³²ⁿ.
    lowest: i128,
    bins: [u64; 3],
}

impl Default for SoftmaxStats {
    fn default() -> SoftmaxStats {
        SoftmaxStats::new()
    }
}

/// What the exponential of 0 is in sums: they carry this factor.
pub(super) const ONE: f32 = (1 << 26) as f32;

impl SoftmaxStats {
    /// Elements in a chunk: the length of a part of a row should be a multiple of it.
    pub const CHUNK: usize = crate::slices::CHUNK;

    /// Bytes of a [message](SoftmaxStats::to_bytes).
    pub const BYTES: usize = 44;

    /// Those of no elements.
    #[inline]
    #[must_use]
    pub const fn new() -> SoftmaxStats {
        SoftmaxStats { max: f32::NEG_INFINITY, lowest: 0, bins: [0; 3] }
    }

    /// Those of a row, or of a part of one.
    ///
    /// NaN, if there is one; +∞, if there is one and no NaN; and −∞ only is as no elements.
    #[inline]
    #[must_use]
    pub fn of<T: Element>(x: &[T]) -> SoftmaxStats {
        Kernels::default().softmax_stats(x)
    }

    /// Those of both parts. Neither the order nor the grouping of merges can be seen in the result.
    #[must_use]
    #[inline(never)]
    pub fn merge(self, other: SoftmaxStats) -> SoftmaxStats {
        // NaN is larger than all.
        let [a, b] = [self, other].map(|stats| (stats.max.is_nan(), stats.max));
        let max = if a > b { a.1 } else { b.1 };
        if max.is_nan() || max == f32::INFINITY {
            return SoftmaxStats { max, ..SoftmaxStats::new() };
        }
        // What is empty has no bins, whose number would be any.
        if self.max == f32::NEG_INFINITY {
            return other;
        }
        if other.max == f32::NEG_INFINITY {
            return self;
        }
        let (high, low) = if self.lowest > other.lowest { (self, other) } else { (other, self) };
        let apart = high.lowest.wrapping_sub(low.lowest);
        let [b0, b1, b2] = low.bins;
        let moved = match apart {
            0 => [b0, b1, b2],
            1 => [b1, b2, 0],
            2 => [b2, 0, 0],
            _ => [0; 3],
        };
        let [h0, h1, h2] = high.bins;
        let [m0, m1, m2] = moved;
        SoftmaxStats { max, lowest: high.lowest, bins: [h0.wrapping_add(m0), h1.wrapping_add(m1), h2.wrapping_add(m2)] }
    }

    /// All of it, to be sent: the maximum, the number of the lowest bin and the bins, each with its lowest byte first.
    /// Stats of the same elements have the same bytes, on every machine.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; SoftmaxStats::BYTES] {
        let (max, lowest, bins) = (self.max.to_le_bytes(), self.lowest.to_le_bytes(), self.bins.map(u64::to_le_bytes));
        let mut bytes = [0; SoftmaxStats::BYTES];
        let fields = max.iter().chain(&lowest).chain(bins.iter().flatten());
        bytes.iter_mut().zip(fields).for_each(|(byte, &field)| *byte = field);
        bytes
    }

    /// What [`to_bytes`](SoftmaxStats::to_bytes) was called on. Of any other bytes, something of no use, by which
    /// nothing panics.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; SoftmaxStats::BYTES]) -> SoftmaxStats {
        fn field<const N: usize>(bytes: &mut impl Iterator<Item = u8>) -> [u8; N] {
            core::array::from_fn(|_| bytes.next().unwrap_or(0))
        }
        let bytes = &mut bytes.iter().copied();
        SoftmaxStats {
            max: f32::from_le_bytes(field(bytes)),
            lowest: i128::from_le_bytes(field(bytes)),
            bins: core::array::from_fn(|_| u64::from_le_bytes(field(bytes))),
        }
    }

    /// The largest element: −∞ if there is none, NaN if there is one.
    #[inline]
    #[must_use]
    pub const fn max(&self) -> f32 {
        self.max
    }

    /// log Σ eˣ, the bits of [`logsumexp`](crate::logsumexp) of the row, with its bound: −∞ of no elements.
    #[must_use]
    pub fn logsumexp(&self) -> f32 {
        if self.max.is_finite() { self.max + log_of_sum(self.sum()) } else { self.max }
    }

    /// Writes the softmax of a part of the row to `y`, where these are the stats of all of the row: the bits of
    /// [`softmax`](crate::softmax), if the part begins a multiple of [`CHUNK`](SoftmaxStats::CHUNK) elements after the
    /// row does, and ends there or with the row. One that is cut elsewhere is as accurate.
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    pub fn softmax<T: Element>(&self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        Kernels::default().softmax_part(self, x, y)
    }

    /// Writes the log_softmax of a part of the row to `y`, where these are the stats of all of the row: the bits of
    /// [`log_softmax`](crate::log_softmax), wherever the part is cut.
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    pub fn log_softmax<T: Element>(&self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        Kernels::default().log_softmax_part(self, x, y)
    }

    /// Those of a chunk, from its maximum and the sum, relative to that, which is NaN only if an element is.
    #[inline(never)]
    pub(super) fn of_chunk(max: f32, sum: f32) -> SoftmaxStats {
        let none = SoftmaxStats::new();
        if sum.is_nan() {
            return SoftmaxStats { max: f32::NAN, ..none };
        }
        if max.is_infinite() {
            return SoftmaxStats { max, ..none };
        }
        // Which of two zeros is the maximum depends on the width of a register.
        let max = max + 0.0;
        let power = Power::of(max);
        let product = f64::from(sum) * power.factor;
        // 53 bits, of which the last counts 2^exponent. The product is a normal number.
        let bits = product.to_bits();
        let fraction = bits & ((1 << 52) - 1) | 1 << 52;
        let exponent = (bits >> 52) as i32 - 1075 + power.rest;
        let place = exponent.rem_euclid(32);
        let slices = u128::from(fraction) << place;
        SoftmaxStats {
            max,
            lowest: power.bin.wrapping_add(exponent.div_euclid(32).into()),
            bins: [slices & 0xffff_ffff, slices >> 32 & 0xffff_ffff, slices >> 64].map(|slice| slice as u64),
        }
    }

    /// What the exponentials of a long row come to, where `nothing` is written if none of its elements is larger than −∞.
    pub(super) fn whole(&self, nothing: f32) -> Whole {
        let sum = self.sum();
        let power = if sum > 0.0 { Power::of(self.max) } else { Power::default() };
        Whole { power, sum, nothing }
    }

    /// Σ e^(x − max), times [`ONE`]: exactly what it was, if these are the stats of one chunk. NaN where an element of
    /// the row is that or +∞; 0 where none is larger than −∞.
    #[inline(never)]
    pub(super) fn sum(&self) -> f32 {
        if self.max == f32::NEG_INFINITY {
            return 0.0;
        }
        if !self.max.is_finite() {
            return f32::NAN;
        }
        const BIN: f64 = (1u64 << 32) as f64;
        let [low, middle, high] = self.bins.map(|bin| bin as f64);
        // Of one chunk, there are 53 bits in all: nothing is rounded.
        let sum = (high * BIN + middle) * BIN + low;
        let power = Power::of(self.max);
        // The largest chunk is the one with the maximum, or not much larger: this is between −100 and 100.
        let bins = self.lowest.wrapping_sub(power.bin).clamp(-8, 8) as i32;
        let exponent = bins * 32 - power.rest;
        (sum / power.factor * two_to(exponent)) as f32
    }
}

/// What is to be known of a long row whose exponentials are written.
#[derive(Clone, Copy, Default)]
pub(super) struct Whole {
    /// Of eᵐ, where m is the maximum.
    power: Power,
    /// Relative to the maximum, times [`ONE`].
    sum: f32,
    /// What is written where the sum is 0.
    nothing: f32,
}

impl Whole {
    /// What the exponentials of a chunk with that maximum are multiplied by: e^(chunk's − row's) / sum.
    #[inline(never)]
    pub(super) fn factor(&self, max: f32) -> Factor {
        const TINY: f64 = 1.0 / (1u64 << 63) as f64;
        if self.sum.is_nan() {
            return Factor(f32::NAN, 1.0);
        }
        if self.sum == 0.0 {
            return Factor(self.nothing, 1.0);
        }
        if max == f32::NEG_INFINITY {
            return Factor(0.0, 1.0);
        }
        let power = Power::of(max + 0.0);
        // The row's maximum is not smaller.
        let bins = power.bin.wrapping_sub(self.power.bin).clamp(-8, 0) as i32;
        let exponent = bins * 32 + power.rest - self.power.rest;
        let factor = power.factor / self.power.factor * two_to(exponent) / f64::from(self.sum);
        if factor < f64::from(f32::MIN_POSITIVE) {
            Factor((factor / TINY) as f32, TINY as f32)
        } else {
            Factor(factor as f32, 1.0)
        }
    }
}

/// 2^exponent, for one of a normal number.
fn two_to(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// eᵐ = factor · 2^(32 · bin + rest), where the factor is between 0.7 and 1.5, and rest between 0 and 31.
///
/// A function of m alone, of operations that round alike everywhere. It need not be exact: all that it shifts against
/// each other are the parts of chunks with different maxima, by 2⁻⁵⁰ of themselves; and those of one maximum are
/// multiplied and divided by the same.
#[derive(Clone, Copy, Default)]
struct Power {
    factor: f64,
    bin: i128,
    rest: i32,
}

impl Power {
    #[inline(never)]
    fn of(m: f32) -> Power {
        /// 1 / ln 2 in 29 bits, so that its product with a float is exact in f64, and the rest of it.
        const HIGH: f64 = f64::from_bits(core::f64::consts::LOG2_E.to_bits() & !0xff_ffff);
        const LOW: f64 = 6.331784189566044e-10;
        let m = f64::from(m);
        let high = m * HIGH;
        // Beyond, the next float is so far that it does not count beside this one; and the rest would no longer be small.
        let low = if m.abs() < (1 << 29) as f64 { m * LOW } else { 0.0 };
        let n = libm::rint(high + low);
        let t = (high - n) + low;
        // e^(t ln 2) by its series, to 2⁻⁵⁷.
        let x = t * core::f64::consts::LN_2;
        let mut factor = 0.0;
        for coefficient in SERIES {
            factor = factor * x + coefficient;
        }
        let bin = libm::floor(n / 32.0);
        Power { factor, bin: bin as i128, rest: (n - bin * 32.0) as i32 }
    }
}

/// 1/13!, 1/12!, … 1/0!.
const SERIES: [f64; 14] = {
    let mut series = [1.0; 14];
    let (mut k, mut factorial) = (1, 1.0);
    while k < 14 {
        factorial *= k as f64;
        series[13 - k] = 1.0 / factorial;
        k += 1;
    }
    series
};

/// The statistics of rows, on these kernels.
impl Kernels {
    /// See [`SoftmaxStats::of`].
    #[must_use]
    pub fn softmax_stats<T: Element>(&self, x: &[T]) -> SoftmaxStats {
        self.stats_of_row(Operand::dense(x), x.len())
    }

    fn stats_of_row(&self, x: Operand<'_>, len: usize) -> SoftmaxStats {
        match x.straight(len) {
            Some(row) => stats_of(self, Logits, row),
            None => stats_of_long(self, Logits, &Tiles::row_of(x, len).long(0), &AsIs),
        }
    }

    /// See [`SoftmaxStats::softmax`].
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    pub fn softmax_part<T: Element>(&self, stats: &SoftmaxStats, x: &[T], y: &mut [T]) -> Result<(), Error> {
        self.part_of_row(*stats, staged(x, place(y))?);
        Ok(())
    }

    fn part_of_row(&self, stats: SoftmaxStats, row: Staged<'_, 1>) {
        match row.direct() {
            Ok(pass) => Softmax::WEIGHTS.write_part(self, stats, pass),
            Err(row) => {
                let len = row.len();
                // Nothing is to be done where there is nothing.
                if let Ok(tiles) = Tiles::new(row, Axis::rows(len)) {
                    Softmax::WEIGHTS.write_part_of_long(self, stats, &tiles.long(0), &AsIs);
                }
            }
        }
    }

    /// See [`SoftmaxStats::log_softmax`].
    ///
    /// # Errors
    /// [`Error::Length`] unless both have the same length.
    pub fn log_softmax_part<T: Element>(&self, stats: &SoftmaxStats, x: &[T], y: &mut [T]) -> Result<(), Error> {
        self.logarithm_of_part(*stats, staged(x, place(y))?);
        Ok(())
    }

    fn logarithm_of_part(&self, stats: SoftmaxStats, row: Staged<'_, 1>) {
        let logarithm = Output::of(stats);
        match row.direct() {
            Ok(pass) => self.map(logarithm, pass),
            Err(row) => {
                let len = row.len();
                // As above.
                if let Ok(tiles) = Tiles::new(row, Axis::rows(len)) {
                    each_chunk(self, &tiles.long(0), &|_, chunk| self.map(logarithm, chunk));
                }
            }
        }
    }
}
