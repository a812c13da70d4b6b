//! Sixteen lanes: AVX-512 F, BW, CD, DQ and VL, as servers have since 2017 and AMD's desktops since 2022.

use core::arch::x86_64::*;

use pulp::x86::V4;

use super::{Isa, Lanes, Op, Registers, pulp_op};
use crate::Backend;

/// Sixteen lanes of AVX-512.
#[derive(Debug, Clone, Copy)]
pub struct Avx512(pub(super) V4);

impl Avx512 {
    /// If the machine has it.
    pub fn detect() -> Option<Self> {
        match Isa::detect(Backend::Avx512) {
            Some(Isa::Avx512(lanes)) => Some(lanes),
            _ => None,
        }
    }
}

impl Lanes for Avx512 {
    type Mask = __mmask16;

    const SUMS: bool = true;
    const WIDE: bool = true;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        self.0.avx512f._mm512_set1_ps(value)
    }
    #[inline(always)]
    fn splat_u32(self, value: u32) -> __m512i {
        self.0.avx512f._mm512_set1_epi32(value as i32)
    }

    #[inline(always)]
    fn before(self, a: __m512, b: __m512) -> (__m512, __m512) {
        #[inline]
        #[target_feature(enable = "avx512f")]
        unsafe fn both(mut a: __m512, mut b: __m512) -> (__m512, __m512) {
            // SAFETY: there are no instructions.
            unsafe {
                core::arch::asm!("/* {} {} */", inout(zmm_reg) a, inout(zmm_reg) b, options(nomem, nostack, preserves_flags));
            }
            (a, b)
        }
        // SAFETY: the machine has these registers.
        unsafe { both(a, b) }
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        self.0.avx512f._mm512_add_ps(a, b)
    }
    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        self.0.avx512f._mm512_sub_ps(a, b)
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        self.0.avx512f._mm512_mul_ps(a, b)
    }
    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        self.0.avx512f._mm512_div_ps(a, b)
    }
    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        self.0.avx512f._mm512_fmadd_ps(a, b, c)
    }
    #[inline(always)]
    fn neg_mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        self.0.avx512f._mm512_fnmadd_ps(a, b, c)
    }
    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        self.0.avx512f._mm512_max_ps(a, b)
    }
    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        self.0.avx512f._mm512_min_ps(a, b)
    }

    #[inline(always)]
    fn gt(self, a: __m512, b: __m512) -> __mmask16 {
        self.0.avx512f._mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b)
    }
    #[inline(always)]
    fn is_nan(self, a: __m512) -> __mmask16 {
        self.0.avx512f._mm512_cmp_ps_mask::<_CMP_UNORD_Q>(a, a)
    }
    #[inline(always)]
    fn or(self, a: __mmask16, b: __mmask16) -> __mmask16 {
        a | b
    }
    #[inline(always)]
    fn and_not(self, a: __mmask16, b: __mmask16) -> __mmask16 {
        a & !b
    }
    #[inline(always)]
    fn any(self, mask: __mmask16) -> bool {
        mask != 0
    }
    #[inline(always)]
    fn select(self, mask: __mmask16, a: __m512, b: __m512) -> __m512 {
        self.0.avx512f._mm512_mask_blend_ps(mask, b, a)
    }
    #[inline(always)]
    fn select_u32(self, mask: __mmask16, a: __m512i, b: __m512i) -> __m512i {
        self.0.avx512f._mm512_mask_blend_epi32(mask, b, a)
    }

    #[inline(always)]
    fn to_bits(self, a: __m512) -> __m512i {
        self.0.avx512f._mm512_castps_si512(a)
    }
    #[inline(always)]
    fn from_bits(self, a: __m512i) -> __m512 {
        self.0.avx512f._mm512_castsi512_ps(a)
    }
    #[inline(always)]
    fn and_u32(self, a: __m512i, b: __m512i) -> __m512i {
        self.0.avx512f._mm512_and_si512(a, b)
    }
    #[inline(always)]
    fn or_u32(self, a: __m512i, b: __m512i) -> __m512i {
        self.0.avx512f._mm512_or_si512(a, b)
    }
    #[inline(always)]
    fn xor_u32(self, a: __m512i, b: __m512i) -> __m512i {
        self.0.avx512f._mm512_xor_si512(a, b)
    }
    #[inline(always)]
    fn max_u32(self, a: __m512i, b: __m512i) -> __m512i {
        self.0.avx512f._mm512_max_epu32(a, b)
    }
    #[inline(always)]
    fn any_u32(self, a: __m512i) -> bool {
        self.0.avx512f._mm512_test_epi32_mask(a, a) != 0
    }
    #[inline(always)]
    fn add_u32(self, a: __m512i, b: __m512i) -> __m512i {
        self.0.avx512f._mm512_add_epi32(a, b)
    }
    #[inline(always)]
    fn eq_u32(self, a: __m512i, b: __m512i) -> __mmask16 {
        self.0.avx512f._mm512_cmpeq_epi32_mask(a, b)
    }
    #[inline(always)]
    fn shl<const N: u32>(self, a: __m512i) -> __m512i {
        self.0.avx512f._mm512_slli_epi32::<N>(a)
    }
    #[inline(always)]
    fn shr<const N: u32>(self, a: __m512i) -> __m512i {
        self.0.avx512f._mm512_srli_epi32::<N>(a)
    }
    #[inline(always)]
    fn abs_up_to(self, x: __m512, most: f32) -> __m512 {
        // One instruction: the smaller of both in size, its sign bit cleared.
        self.0.avx512dq._mm512_range_ps::<0b1010>(x, self.splat(most))
    }
    #[inline(always)]
    fn if_positive(self, x: __m512, a: __m512) -> __m512 {
        let negative = self.0.avx512f._mm512_srai_epi32::<31>(self.to_bits(x));
        self.from_bits(self.0.avx512f._mm512_andnot_si512(negative, self.to_bits(a)))
    }
    #[inline(always)]
    fn with_sign(self, magnitude: __m512, sign: __m512) -> __m512 {
        // One instruction: magnitude | (sign & mask).
        let mask = self.splat_u32(0x8000_0000);
        let f = self.0.avx512f;
        let (magnitude, sign) = (self.to_bits(magnitude), self.to_bits(sign));
        self.from_bits(f._mm512_ternarylogic_epi32::<0b1111_1000>(magnitude, sign, mask))
    }

    const SCALES: bool = true;
    const DIVIDES: bool = false;
    #[inline(always)]
    fn scale(self, a: __m512, exponent: __m512) -> __m512 {
        self.0.avx512f._mm512_scalef_ps(a, exponent)
    }
    #[inline(always)]
    fn table8(self, table: &[f32; 8], index: __m512i) -> __m512 {
        // The instruction uses the low four bits of each index: the table twice makes bit 3 irrelevant.
        let half: __m256 = pulp::bytemuck::cast(*table);
        let twice: __m512 = pulp::bytemuck::cast([half, half]);
        self.0.avx512f._mm512_permutexvar_ps(index, twice)
    }
    #[inline(always)]
    fn table16(self, table: &[f32; 16], index: __m512i) -> __m512 {
        self.0.avx512f._mm512_permutexvar_ps(index, pulp::bytemuck::cast(*table))
    }
    #[inline(always)]
    fn table32(self, table: &[f32; 32], index: __m512i) -> __m512 {
        let [low, high]: [__m512; 2] = pulp::bytemuck::cast(*table);
        self.0.avx512f._mm512_permutex2var_ps(low, index, high)
    }
}

impl Registers for Avx512 {
    const LANES: usize = 16;
    type Block = [__m512; 2];

    #[inline(always)]
    fn vectorize<O: Op>(self, op: O) -> O::Output {
        pulp::Simd::vectorize(self.0, pulp_op(self, op))
    }
    #[inline(always)]
    fn block(self, value: __m512) -> [__m512; 2] {
        [value; 2]
    }
    #[inline(always)]
    fn first(self, count: usize) -> __mmask16 {
        ((1u32 << count) - 1) as __mmask16
    }

    #[inline(always)]
    fn unzip(self, a: __m512, b: __m512) -> (__m512, __m512) {
        let f = self.0.avx512f;
        let even = f._mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        let odd = self.or_u32(even, self.splat_u32(1));
        (f._mm512_permutex2var_ps(a, even, b), f._mm512_permutex2var_ps(a, odd, b))
    }

    #[inline(always)]
    fn fold(self, a: __m512, op: impl Fn(__m512, __m512) -> __m512) -> f32 {
        let f = self.0.avx512f;
        let a = op(a, f._mm512_shuffle_f32x4::<0b11_10_11_10>(a, a));
        let a = op(a, f._mm512_shuffle_f32x4::<0b01_01_01_01>(a, a));
        let a = op(a, f._mm512_permute_ps::<0b11_10_11_10>(a));
        let a = op(a, f._mm512_permute_ps::<0b01_01_01_01>(a));
        self.0.sse._mm_cvtss_f32(f._mm512_castps512_ps128(a))
    }

    #[inline(always)]
    fn fold4(
        self,
        [a, b, c, d]: [__m512; 4],
        op: impl Fn(__m512, __m512) -> __m512 + Copy,
        then: impl Fn(__m512) -> __m512,
    ) -> [__m512; 4] {
        let f = self.0.avx512f;
        // The first halves of two vectors, and the second ones; then the quarters of all.
        let halves =
            |a, b| (f._mm512_shuffle_f32x4::<0b01_00_01_00>(a, b), f._mm512_shuffle_f32x4::<0b11_10_11_10>(a, b));
        let ((a, b), (c, d)) = (halves(a, b), halves(c, d));
        let (ab, cd) = (op(a, b), op(c, d));
        let even = f._mm512_shuffle_f32x4::<0b10_00_10_00>(ab, cd);
        let abcd = op(even, f._mm512_shuffle_f32x4::<0b11_01_11_01>(ab, cd));
        let abcd = op(abcd, f._mm512_permute_ps::<0b11_10_11_10>(abcd));
        let abcd = then(op(abcd, f._mm512_permute_ps::<0b01_01_01_01>(abcd)));
        let abcd = f._mm512_permute_ps::<0>(abcd);
        [
            f._mm512_shuffle_f32x4::<0b00_00_00_00>(abcd, abcd),
            f._mm512_shuffle_f32x4::<0b01_01_01_01>(abcd, abcd),
            f._mm512_shuffle_f32x4::<0b10_10_10_10>(abcd, abcd),
            f._mm512_shuffle_f32x4::<0b11_11_11_11>(abcd, abcd),
        ]
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m512 {
        // SAFETY: the caller says that sixteen values can be read.
        unsafe { self.0.avx512f._mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: __m512) {
        // SAFETY: the caller says that sixteen values can be written.
        unsafe { self.0.avx512f._mm512_storeu_ps(to, value) }
    }
    #[inline(always)]
    unsafe fn stream(self, to: *mut f32, value: __m512) {
        // SAFETY: the caller says that sixteen values can be written, at an address aligned to as many.
        unsafe { self.0.avx512f._mm512_stream_ps(to, value) }
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
    unsafe fn load_first(self, from: *const f32, count: usize) -> __m512 {
        // SAFETY: lanes that the mask leaves out are not read.
        unsafe { self.0.avx512f._mm512_maskz_loadu_ps(self.first(count), from) }
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize, value: __m512) {
        // SAFETY: lanes that the mask leaves out are not written.
        unsafe { self.0.avx512f._mm512_mask_storeu_ps(to, self.first(count), value) }
    }
    #[cfg(feature = "half")]
    #[inline(always)]
    fn halves(self) -> bool {
        true
    }
    #[cfg(feature = "half")]
    #[inline(always)]
    unsafe fn load_f16(self, from: *const u16) -> __m512 {
        // SAFETY: the caller says so.
        self.0.avx512f._mm512_cvtph_ps(unsafe { from.cast::<__m256i>().read_unaligned() })
    }
    #[cfg(feature = "half")]
    #[inline(always)]
    unsafe fn store_f16(self, to: *mut u16, value: __m512) {
        const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
        let bits = self.0.avx512f._mm512_cvtps_ph::<NEAREST>(value);
        // SAFETY: the caller says so.
        unsafe { to.cast::<__m256i>().write_unaligned(bits) }
    }
    #[cfg(feature = "half")]
    #[inline(always)]
    fn rounds_bf16(self) -> bool {
        #[cfg(feature = "std")]
        return std::arch::is_x86_feature_detected!("avx512bf16");
        #[cfg(not(feature = "std"))]
        false
    }
    #[cfg(feature = "half")]
    #[inline(always)]
    unsafe fn store_bf16(self, to: *mut u16, values: [__m512; 2], by_instruction: bool) {
        /// Of `vfpclassps`.
        const SUBNORMAL: i32 = 1 << 5;
        let [lower, upper] = values;
        let dq = self.0.avx512dq;
        if by_instruction
            && (dq._mm512_fpclass_ps_mask::<SUBNORMAL>(lower) | dq._mm512_fpclass_ps_mask::<SUBNORMAL>(upper)) == 0
        {
            // SAFETY: the machine has AVX-512, and says that it has the instruction.
            let halves = unsafe { rounded_to_bf16(lower, upper) };
            let both = self.0.avx512bw._mm512_permutexvar_epi16(pulp::bytemuck::cast(IN_TURNS), halves);
            // SAFETY: the caller says so.
            return unsafe { to.cast::<__m512i>().write_unaligned(both) };
        }
        // SAFETY: as above.
        unsafe { super::narrow::store_bf16(self, to, values) }
    }
    #[inline(always)]
    unsafe fn load_strided(self, from: *const f32, stride: usize) -> __m512 {
        let mut values = [0.0; 16];
        for (i, value) in values.iter_mut().enumerate() {
            // SAFETY: the caller says that these sixteen can be read.
            *value = unsafe { from.add(i * stride).read() };
        }
        pulp::bytemuck::cast(values)
    }
}

/// The numbers of the lanes of two halves that take turns.
#[cfg(feature = "half")]
const IN_TURNS: [u16; 32] = {
    let mut numbers = [0; 32];
    let mut i = 0;
    while i < 32 {
        numbers[i] = (i / 2 + i % 2 * 16) as u16;
        i += 1;
    }
    numbers
};

/// The nearest bfloat16, those of `lower` first, but 0 of a subnormal number.
///
/// As an instruction and not as the intrinsic, which would be called, and not be inlined, where the compiler is not told
/// that the machine has AVX512-BF16: all kernels would have to be compiled once more for it.
///
/// # Safety
/// The machine has AVX512-BF16.
#[cfg(feature = "half")]
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn rounded_to_bf16(lower: __m512, upper: __m512) -> __m512i {
    let halves;
    // SAFETY: it reads and writes registers only, and the caller says that the machine has it.
    unsafe {
        core::arch::asm!(
            "vcvtne2ps2bf16 {}, {}, {}",
            lateout(zmm_reg) halves,
            in(zmm_reg) upper,
            in(zmm_reg) lower,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    halves
}
