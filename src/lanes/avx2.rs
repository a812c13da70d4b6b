//! Eight lanes: AVX2 with FMA, every x86-64 processor since 2013–2017.

use core::arch::x86_64::*;
use core::hint::black_box;
use core::mem::MaybeUninit;

use pulp::x86::V3;

use super::{Isa, Lanes, Op, Registers, pulp_op};
use crate::Backend;

/// Eight lanes of AVX2 and FMA.
#[derive(Debug, Clone, Copy)]
pub struct Avx2(pub(super) V3);

impl Avx2 {
    /// If the machine has it.
    pub fn detect() -> Option<Self> {
        match Isa::detect(Backend::Avx2) {
            Some(Isa::Avx2(lanes)) => Some(lanes),
            _ => None,
        }
    }
}

impl Lanes for Avx2 {
    /// All bits of a lane set, or none.
    type Mask = __m256;

    const SUMS: bool = true;

    #[inline(always)]
    fn splat(self, value: f32) -> __m256 {
        self.0.avx._mm256_set1_ps(value)
    }
    #[inline(always)]
    fn splat_u32(self, value: u32) -> __m256i {
        self.0.avx._mm256_set1_epi32(value as i32)
    }

    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        self.0.avx._mm256_add_ps(a, b)
    }
    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        self.0.avx._mm256_sub_ps(a, b)
    }
    #[inline(always)]
    fn mul(self, a: __m256, b: __m256) -> __m256 {
        self.0.avx._mm256_mul_ps(a, b)
    }
    #[inline(always)]
    fn div(self, a: __m256, b: __m256) -> __m256 {
        self.0.avx._mm256_div_ps(a, b)
    }
    #[inline(always)]
    fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        self.0.fma._mm256_fmadd_ps(a, b, c)
    }
    #[inline(always)]
    fn neg_mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        self.0.fma._mm256_fnmadd_ps(a, b, c)
    }
    #[inline(always)]
    fn max(self, a: __m256, b: __m256) -> __m256 {
        self.0.avx._mm256_max_ps(a, b)
    }
    #[inline(always)]
    fn min(self, a: __m256, b: __m256) -> __m256 {
        self.0.avx._mm256_min_ps(a, b)
    }

    #[inline(always)]
    fn gt(self, a: __m256, b: __m256) -> __m256 {
        self.0.avx._mm256_cmp_ps::<_CMP_GT_OQ>(a, b)
    }
    #[inline(always)]
    fn is_nan(self, a: __m256) -> __m256 {
        self.0.avx._mm256_cmp_ps::<_CMP_UNORD_Q>(a, a)
    }
    #[inline(always)]
    fn or(self, a: __m256, b: __m256) -> __m256 {
        self.0.avx._mm256_or_ps(a, b)
    }
    #[inline(always)]
    fn and_not(self, a: __m256, b: __m256) -> __m256 {
        self.0.avx._mm256_andnot_ps(b, a)
    }
    #[inline(always)]
    fn any(self, mask: __m256) -> bool {
        self.0.avx._mm256_movemask_ps(mask) != 0
    }
    #[inline(always)]
    fn select(self, mask: __m256, a: __m256, b: __m256) -> __m256 {
        self.0.avx._mm256_blendv_ps(b, a, mask)
    }
    #[inline(always)]
    fn select_u32(self, mask: __m256, a: __m256i, b: __m256i) -> __m256i {
        self.to_bits(self.select(mask, self.from_bits(a), self.from_bits(b)))
    }

    #[inline(always)]
    fn to_bits(self, a: __m256) -> __m256i {
        self.0.avx._mm256_castps_si256(a)
    }
    #[inline(always)]
    fn from_bits(self, a: __m256i) -> __m256 {
        self.0.avx._mm256_castsi256_ps(a)
    }
    #[inline(always)]
    fn and_u32(self, a: __m256i, b: __m256i) -> __m256i {
        self.0.avx2._mm256_and_si256(a, b)
    }
    #[inline(always)]
    fn or_u32(self, a: __m256i, b: __m256i) -> __m256i {
        self.0.avx2._mm256_or_si256(a, b)
    }
    #[inline(always)]
    fn xor_u32(self, a: __m256i, b: __m256i) -> __m256i {
        self.0.avx2._mm256_xor_si256(a, b)
    }
    #[inline(always)]
    fn max_u32(self, a: __m256i, b: __m256i) -> __m256i {
        self.0.avx2._mm256_max_epu32(a, b)
    }
    #[inline(always)]
    fn any_u32(self, a: __m256i) -> bool {
        self.0.avx._mm256_testz_si256(a, a) == 0
    }
    #[inline(always)]
    fn add_u32(self, a: __m256i, b: __m256i) -> __m256i {
        self.0.avx2._mm256_add_epi32(a, b)
    }
    #[inline(always)]
    fn eq_u32(self, a: __m256i, b: __m256i) -> __m256 {
        self.from_bits(self.0.avx2._mm256_cmpeq_epi32(a, b))
    }
    #[inline(always)]
    fn shl<const N: u32>(self, a: __m256i) -> __m256i {
        self.0.avx2._mm256_sll_epi32(a, self.0.sse2._mm_cvtsi32_si128(N as i32))
    }
    #[inline(always)]
    fn shr<const N: u32>(self, a: __m256i) -> __m256i {
        self.0.avx2._mm256_srl_epi32(a, self.0.sse2._mm_cvtsi32_si128(N as i32))
    }

    #[inline(always)]
    fn if_positive(self, x: __m256, a: __m256) -> __m256 {
        let negative = self.0.avx2._mm256_srai_epi32::<31>(self.to_bits(x));
        self.from_bits(self.0.avx2._mm256_andnot_si256(negative, self.to_bits(a)))
    }

    #[inline(always)]
    fn table8(self, table: &[f32; 8], index: __m256i) -> __m256 {
        // The instruction uses the low three bits of each index.
        self.0.avx2._mm256_permutevar8x32_ps(pulp::bytemuck::cast(*table), index)
    }
    #[inline(always)]
    fn table16(self, table: &[f32; 16], index: __m256i) -> __m256 {
        let [low, high]: [__m256; 2] = pulp::bytemuck::cast(*table);
        let avx2 = self.0.avx2;
        let other = self.from_bits(avx2._mm256_xor_si256(self.to_bits(low), self.to_bits(high)));
        let low = avx2._mm256_permutevar8x32_ps(low, index);
        let other = avx2._mm256_permutevar8x32_ps(other, index);
        // Bit 3 of the index picks the half.
        let is_high = avx2._mm256_srai_epi32::<31>(self.shl::<28>(index));
        let other = avx2._mm256_and_si256(is_high, self.to_bits(other));
        self.from_bits(avx2._mm256_xor_si256(self.to_bits(low), other))
    }
}

/// Does heavy work on a stack aligned to a vector. There are few registers, and where values are put aside on a stack that
/// is not, which half of all calls find, every second one lies across two cache lines: half as fast.
struct Aligned<O>(O);

impl<O: Op> Op for Aligned<O> {
    type Output = O::Output;
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) -> O::Output {
        #[repr(align(32))]
        struct Anchor(#[expect(dead_code, reason = "it is there to be aligned")] [u8; 32]);
        if O::HEAVY {
            black_box(&mut MaybeUninit::<Anchor>::uninit());
        }
        self.0.run(lanes)
    }
}

impl Registers for Avx2 {
    const LANES: usize = 8;
    type Block = [__m256; 4];

    #[inline(always)]
    fn vectorize<O: Op>(self, op: O) -> O::Output {
        pulp::Simd::vectorize(self.0, pulp_op(self, Aligned(op)))
    }
    #[inline(always)]
    fn block(self, value: __m256) -> [__m256; 4] {
        [value; 4]
    }
    #[inline(always)]
    fn first(self, count: usize) -> __m256 {
        let lane = self.0.avx._mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        self.from_bits(self.0.avx2._mm256_cmpgt_epi32(self.splat_u32(count as u32), lane))
    }

    #[inline(always)]
    fn unzip(self, a: __m256, b: __m256) -> (__m256, __m256) {
        let in_order = |pairs| {
            let pairs = self.0.avx._mm256_castps_pd(pairs);
            self.0.avx._mm256_castpd_ps(self.0.avx2._mm256_permute4x64_pd::<0b11_01_10_00>(pairs))
        };
        (
            in_order(self.0.avx._mm256_shuffle_ps::<0b10_00_10_00>(a, b)),
            in_order(self.0.avx._mm256_shuffle_ps::<0b11_01_11_01>(a, b)),
        )
    }

    #[inline(always)]
    fn unzip_loosely(self, a: __m256, b: __m256) -> (__m256, __m256) {
        // Within halves of 128 bits.
        (self.0.avx._mm256_shuffle_ps::<0b10_00_10_00>(a, b), self.0.avx._mm256_shuffle_ps::<0b11_01_11_01>(a, b))
    }
    #[inline(always)]
    fn in_order<const N: usize>(self, a: __m256) -> __m256 {
        let avx = self.0.avx;
        let order = match N {
            1 => avx._mm256_setr_epi32(0, 1, 4, 5, 2, 3, 6, 7),
            2 => avx._mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7),
            _ => return a,
        };
        self.0.avx2._mm256_permutevar8x32_ps(a, order)
    }

    #[inline(always)]
    fn fold(self, a: __m256, op: impl Fn(__m256, __m256) -> __m256) -> f32 {
        let avx = self.0.avx;
        let a = op(a, avx._mm256_permute2f128_ps::<1>(a, a));
        let a = op(a, avx._mm256_permute_ps::<0b11_10_11_10>(a));
        let a = op(a, avx._mm256_permute_ps::<0b01_01_01_01>(a));
        avx._mm256_cvtss_f32(a)
    }

    #[inline(always)]
    fn fold4(
        self,
        [a, b, c, d]: [__m256; 4],
        op: impl Fn(__m256, __m256) -> __m256 + Copy,
        then: impl Fn(__m256) -> __m256,
    ) -> [__m256; 4] {
        let (avx, avx2) = (self.0.avx, self.0.avx2);
        // The first halves of two vectors, and the second ones; then the quarters of all: a and c in the first half, b
        // and d in the second.
        let ab = op(avx._mm256_permute2f128_ps::<0x20>(a, b), avx._mm256_permute2f128_ps::<0x31>(a, b));
        let cd = op(avx._mm256_permute2f128_ps::<0x20>(c, d), avx._mm256_permute2f128_ps::<0x31>(c, d));
        let even = avx._mm256_shuffle_ps::<0b01_00_01_00>(ab, cd);
        let all = op(even, avx._mm256_shuffle_ps::<0b11_10_11_10>(ab, cd));
        let all = then(op(all, avx._mm256_permute_ps::<0b11_11_01_01>(all)));
        [
            avx2._mm256_permutevar8x32_ps(all, self.splat_u32(0)),
            avx2._mm256_permutevar8x32_ps(all, self.splat_u32(4)),
            avx2._mm256_permutevar8x32_ps(all, self.splat_u32(2)),
            avx2._mm256_permutevar8x32_ps(all, self.splat_u32(6)),
        ]
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m256 {
        // SAFETY: the caller says that eight values can be read.
        unsafe { self.0.avx._mm256_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: __m256) {
        // SAFETY: the caller says that eight values can be written.
        unsafe { self.0.avx._mm256_storeu_ps(to, value) }
    }
    #[inline(always)]
    unsafe fn stream(self, to: *mut f32, value: __m256) {
        // SAFETY: the caller says that eight values can be written, at an address aligned to as many.
        unsafe { self.0.avx._mm256_stream_ps(to, value) }
    }
    #[inline(always)]
    fn fence(self) {
        self.0.sse._mm_sfence();
    }
    #[inline(always)]
    fn prefetch(self, to: *const f32) {
        self.0.sse._mm_prefetch::<_MM_HINT_T0>(to.cast());
    }
    #[inline(always)]
    unsafe fn load_first(self, from: *const f32, count: usize) -> __m256 {
        // SAFETY: lanes that the mask leaves out are not read.
        unsafe { self.0.avx._mm256_maskload_ps(from, self.to_bits(self.first(count))) }
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize, value: __m256) {
        // A masked store of 256 bits costs tens of cycles on AMD: pieces of 4, 2 and 1 instead.
        let (sse, avx) = (self.0.sse, self.0.avx);
        let (mut rest, mut done) = (avx._mm256_castps256_ps128(value), 0);
        // SAFETY: each piece is written only where `count` has its bit, and the pieces before it are shorter than
        // what `count` leaves, so that `done` plus the piece never passes `count`.
        unsafe {
            if count & 4 != 0 {
                sse._mm_storeu_ps(to, rest);
                (rest, done) = (avx._mm256_extractf128_ps::<1>(value), 4);
            }
            if count & 2 != 0 {
                self.0.sse2._mm_store_sd(to.add(done).cast(), self.0.sse2._mm_castps_pd(rest));
                (rest, done) = (sse._mm_movehl_ps(rest, rest), done + 2);
            }
            if count & 1 != 0 {
                sse._mm_store_ss(to.add(done), rest);
            }
        }
    }
    #[cfg(feature = "half")]
    #[inline(always)]
    fn halves(self) -> bool {
        pulp::core_arch::x86::F16c::try_new().is_some()
    }
    #[cfg(feature = "half")]
    #[inline(always)]
    unsafe fn load_f16(self, from: *const u16) -> __m256 {
        // SAFETY: the caller says that eight can be read, and that the machine has F16C.
        unsafe { widened(from.cast::<__m128i>().read_unaligned()) }
    }
    #[cfg(feature = "half")]
    #[inline(always)]
    unsafe fn store_f16(self, to: *mut u16, value: __m256) {
        // SAFETY: the caller says that eight can be written, and that the machine has F16C.
        unsafe { to.cast::<__m128i>().write_unaligned(rounded_to_f16(value)) }
    }
    #[inline(always)]
    unsafe fn load_strided(self, from: *const f32, stride: usize) -> __m256 {
        // SAFETY: the caller says that these eight can be read.
        let at = |i: usize| unsafe { from.add(i * stride).read() };
        self.0.avx._mm256_setr_ps(at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7))
    }
}

/// Numbers of half precision as floats. An instruction and not the intrinsic, which would be called, and not be inlined,
/// where the compiler is not told that the machine has F16C.
///
/// # Safety
/// The machine has F16C.
#[cfg(feature = "half")]
#[inline]
#[target_feature(enable = "avx")]
unsafe fn widened(bits: __m128i) -> __m256 {
    let values;
    // SAFETY: it reads and writes registers only, and the caller says that the machine has it.
    unsafe {
        core::arch::asm!(
            "vcvtph2ps {}, {}",
            lateout(ymm_reg) values,
            in(xmm_reg) bits,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    values
}

/// Floats rounded to half precision: to the nearest, ties to even.
///
/// # Safety
/// As above.
#[cfg(feature = "half")]
#[inline]
#[target_feature(enable = "avx")]
unsafe fn rounded_to_f16(values: __m256) -> __m128i {
    let bits;
    // SAFETY: as above.
    unsafe {
        core::arch::asm!(
            "vcvtps2ph {}, {}, 0",
            lateout(xmm_reg) bits,
            in(ymm_reg) values,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    bits
}
