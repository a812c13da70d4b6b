//! Doubles: what the exact tier computes in. Each vector of `f32` has as many `f64`, in two vectors where there are such;
//! one file for each instruction set.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod scalar;

/// The vectors of an instruction set, and arithmetic of `f64` lane by lane.
///
/// Each operation has the same result on every implementation, but for [`mul_add_f64`](Doubles::mul_add_f64).
pub trait Doubles: Copy {
    /// A vector of floats.
    type F32: Copy;
    /// A vector of unsigned integers, as many lanes.
    type U32: Copy;
    /// As many doubles.
    type F64: Copy;

    fn splat_f64(self, value: f64) -> Self::F64;
    /// The same numbers.
    fn widen(self, a: Self::F32) -> Self::F64;
    /// The nearest floats, ties to even: ∞ for what is too large, subnormal ones for what is small.
    fn narrow(self, a: Self::F64) -> Self::F32;

    fn add_f64(self, a: Self::F64, b: Self::F64) -> Self::F64;
    fn sub_f64(self, a: Self::F64, b: Self::F64) -> Self::F64;
    fn mul_f64(self, a: Self::F64, b: Self::F64) -> Self::F64;
    /// True division, correctly rounded.
    fn div_f64(self, a: Self::F64, b: Self::F64) -> Self::F64;
    /// `a * b + c`, rounded once where [`FUSED`](super::Lanes::FUSED), else twice.
    fn mul_add_f64(self, a: Self::F64, b: Self::F64, c: Self::F64) -> Self::F64;
    /// `if a > b { a } else { b }`: the second where either is NaN.
    fn max_f64(self, a: Self::F64, b: Self::F64) -> Self::F64;

    /// `table[index & 7]` in each lane.
    fn look_up(self, table: &Table, index: Self::U32) -> Self::F64;
    /// The same, with the index, shifted to the left by 49, added to the bits.
    fn look_up_power(self, table: &Table, index: Self::U32) -> Self::F64;

    /// Whether tables are loaded lane by lane, so that long ones take no longer; where they are not, what follows is never
    /// called.
    const LOADS: bool = false;
    /// `table[index % N]` in each lane, for a power of two.
    #[inline(always)]
    fn load_entry<const N: usize>(self, _table: &[f64; N], _index: Self::U32) -> Self::F64 {
        self.splat_f64(0.0)
    }
    /// The same with the low bits of a sum for the index; and the sum, shifted so that the index ends where the exponent
    /// begins, is added to the bits.
    #[inline(always)]
    fn load_power<const N: usize>(self, _table: &[f64; N], _sum: Self::F64) -> Self::F64 {
        self.splat_f64(0.0)
    }
}

/// How far sums of [`Doubles::load_power`] are shifted.
const fn shift<const N: usize>() -> u32 {
    f64::MANTISSA_DIGITS - 1 - N.trailing_zeros()
}

/// Eight doubles, and the halves of their bits, since some machines find 32 bits at a time faster.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "the halves are for AVX2"))]
pub struct Table {
    whole: [f64; 8],
    low: [u32; 8],
    high: [u32; 8],
}

impl Table {
    /// Of these.
    pub(crate) const fn new(whole: [f64; 8]) -> Table {
        let (mut low, mut high) = ([0; 8], [0; 8]);
        let mut i = 0;
        while i < 8 {
            let bits = whole[i].to_bits();
            (low[i], high[i]) = (bits as u32, (bits >> 32) as u32);
            i += 1;
        }
        Table { whole, low, high }
    }

    /// Of 2^(i/8) times a number, as [`Doubles::look_up_power`] wants them: with the index, it gives that for all i.
    pub(crate) const fn powers(mut whole: [f64; 8]) -> Table {
        let mut i = 0;
        while i < 8 {
            whole[i] = f64::from_bits(whole[i].to_bits() - ((i as u64) << 49));
            i += 1;
        }
        Table::new(whole)
    }

    /// One lane of [`Doubles::look_up`].
    #[inline(always)]
    fn at(&self, index: u32) -> f64 {
        self.whole[(index & 7) as usize]
    }

    /// One lane of [`Doubles::look_up_power`].
    #[inline(always)]
    fn power(&self, index: u32) -> f64 {
        f64::from_bits(self.at(index).to_bits().wrapping_add(u64::from(index) << 49))
    }
}
