//! Four lanes: NEON, every AArch64 processor.

use core::arch::aarch64::*;

use pulp::aarch64::Neon;

use super::{Isa, Lanes, Op, Registers, pulp_op};
use crate::Backend;

/// Four lanes of NEON.
#[derive(Debug, Clone, Copy)]
pub struct NeonLanes(pub(super) Neon);

impl NeonLanes {
    /// If the machine has it.
    pub fn detect() -> Option<Self> {
        match Isa::detect(Backend::Neon) {
            Some(Isa::Neon(lanes)) => Some(lanes),
            _ => None,
        }
    }
}

impl NeonLanes {
    /// The byte numbers of 32-bit entries in a table: entry `i` has the bytes `4i`, `4i + 1`, `4i + 2`, `4i + 3`.
    #[inline(always)]
    fn byte_index(self, entry: uint32x4_t) -> uint8x16_t {
        let neon = self.0.neon;
        let spread = neon.vmulq_u32(entry, neon.vdupq_n_u32(0x0404_0404));
        neon.vreinterpretq_u8_u32(neon.vaddq_u32(spread, neon.vdupq_n_u32(0x0302_0100)))
    }
}

impl Lanes for NeonLanes {
    /// All bits of a lane set, or none.
    type Mask = uint32x4_t;

    #[inline(always)]
    fn splat(self, value: f32) -> float32x4_t {
        self.0.neon.vdupq_n_f32(value)
    }
    #[inline(always)]
    fn splat_u32(self, value: u32) -> uint32x4_t {
        self.0.neon.vdupq_n_u32(value)
    }

    #[inline(always)]
    fn add(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        self.0.neon.vaddq_f32(a, b)
    }
    #[inline(always)]
    fn sub(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        self.0.neon.vsubq_f32(a, b)
    }
    #[inline(always)]
    fn mul(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        self.0.neon.vmulq_f32(a, b)
    }
    #[inline(always)]
    fn div(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        self.0.neon.vdivq_f32(a, b)
    }
    #[inline(always)]
    fn mul_add(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        self.0.neon.vfmaq_f32(c, a, b)
    }
    #[inline(always)]
    fn neg_mul_add(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        self.0.neon.vfmsq_f32(c, a, b)
    }
    #[inline(always)]
    fn max(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        self.select(self.gt(a, b), a, b)
    }
    #[inline(always)]
    fn min(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        self.select(self.gt(b, a), a, b)
    }

    #[inline(always)]
    fn gt(self, a: float32x4_t, b: float32x4_t) -> uint32x4_t {
        self.0.neon.vcgtq_f32(a, b)
    }
    #[inline(always)]
    fn is_nan(self, a: float32x4_t) -> uint32x4_t {
        self.0.neon.vmvnq_u32(self.0.neon.vceqq_f32(a, a))
    }
    #[inline(always)]
    fn or(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        self.0.neon.vorrq_u32(a, b)
    }
    #[inline(always)]
    fn xor_u32(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        self.0.neon.veorq_u32(a, b)
    }
    #[inline(always)]
    fn max_u32(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        self.0.neon.vmaxq_u32(a, b)
    }
    #[inline(always)]
    fn any_u32(self, a: uint32x4_t) -> bool {
        self.0.neon.vmaxvq_u32(a) != 0
    }
    #[inline(always)]
    fn and_not(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        self.0.neon.vbicq_u32(a, b)
    }
    #[inline(always)]
    fn any(self, mask: uint32x4_t) -> bool {
        self.0.neon.vmaxvq_u32(mask) != 0
    }
    #[inline(always)]
    fn select(self, mask: uint32x4_t, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        self.0.neon.vbslq_f32(mask, a, b)
    }
    #[inline(always)]
    fn select_u32(self, mask: uint32x4_t, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        self.0.neon.vbslq_u32(mask, a, b)
    }

    #[inline(always)]
    fn to_bits(self, a: float32x4_t) -> uint32x4_t {
        self.0.neon.vreinterpretq_u32_f32(a)
    }
    #[inline(always)]
    fn from_bits(self, a: uint32x4_t) -> float32x4_t {
        self.0.neon.vreinterpretq_f32_u32(a)
    }
    #[inline(always)]
    fn and_u32(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        self.0.neon.vandq_u32(a, b)
    }
    #[inline(always)]
    fn or_u32(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        self.0.neon.vorrq_u32(a, b)
    }
    #[inline(always)]
    fn add_u32(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        self.0.neon.vaddq_u32(a, b)
    }
    #[inline(always)]
    fn eq_u32(self, a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
        self.0.neon.vceqq_u32(a, b)
    }
    #[inline(always)]
    fn shl<const N: u32>(self, a: uint32x4_t) -> uint32x4_t {
        self.0.neon.vshlq_u32(a, self.0.neon.vdupq_n_s32(N as i32))
    }
    #[inline(always)]
    fn shr<const N: u32>(self, a: uint32x4_t) -> uint32x4_t {
        // A shift to the left by a negative count; the compiler makes it one instruction with a constant.
        self.0.neon.vshlq_u32(a, self.0.neon.vdupq_n_s32(-(N as i32)))
    }

    #[inline(always)]
    fn if_positive(self, x: float32x4_t, a: float32x4_t) -> float32x4_t {
        let neon = self.0.neon;
        let negative = neon.vreinterpretq_u32_s32(neon.vshrq_n_s32::<31>(neon.vreinterpretq_s32_f32(x)));
        self.from_bits(neon.vbicq_u32(self.to_bits(a), negative))
    }

    #[inline(always)]
    fn table8(self, table: &[f32; 8], index: uint32x4_t) -> float32x4_t {
        let neon = self.0.neon;
        let [a, b]: [uint8x16_t; 2] = pulp::bytemuck::cast(*table);
        let entry = self.byte_index(self.and_u32(index, self.splat_u32(7)));
        neon.vreinterpretq_f32_u8(neon.vqtbl2q_u8(uint8x16x2_t(a, b), entry))
    }
    #[inline(always)]
    fn table16(self, table: &[f32; 16], index: uint32x4_t) -> float32x4_t {
        let neon = self.0.neon;
        let [a, b, c, d]: [uint8x16_t; 4] = pulp::bytemuck::cast(*table);
        let entry = self.byte_index(self.and_u32(index, self.splat_u32(15)));
        neon.vreinterpretq_f32_u8(neon.vqtbl4q_u8(uint8x16x4_t(a, b, c, d), entry))
    }
}

impl Registers for NeonLanes {
    const LANES: usize = 4;
    // A table takes four registers.
    const PAIRS: bool = true;
    type Block = [float32x4_t; 8];

    #[inline(always)]
    fn vectorize<O: Op>(self, op: O) -> O::Output {
        pulp::Simd::vectorize(self.0, pulp_op(self, op))
    }
    #[inline(always)]
    fn block(self, value: float32x4_t) -> [float32x4_t; 8] {
        [value; 8]
    }
    #[inline(always)]
    fn first(self, count: usize) -> uint32x4_t {
        let lane: uint32x4_t = pulp::bytemuck::cast([0u32, 1, 2, 3]);
        self.0.neon.vcgtq_u32(self.splat_u32(count as u32), lane)
    }

    #[inline(always)]
    fn unzip(self, a: float32x4_t, b: float32x4_t) -> (float32x4_t, float32x4_t) {
        (self.0.neon.vuzp1q_f32(a, b), self.0.neon.vuzp2q_f32(a, b))
    }

    #[inline(always)]
    fn fold(self, a: float32x4_t, op: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> f32 {
        let neon = self.0.neon;
        let a = op(a, neon.vextq_f32::<2>(a, a));
        let a = op(a, neon.vextq_f32::<1>(a, a));
        neon.vgetq_lane_f32::<0>(a)
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> float32x4_t {
        // SAFETY: the caller says that four values can be read.
        unsafe { self.0.neon.vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: float32x4_t) {
        // SAFETY: the caller says that four values can be written.
        unsafe { self.0.neon.vst1q_f32(to, value) }
    }
    #[inline(always)]
    unsafe fn load_first(self, from: *const f32, count: usize) -> float32x4_t {
        let mut values = [0.0f32; 4];
        for (i, value) in values.iter_mut().enumerate().take(count) {
            // SAFETY: i < count.
            *value = unsafe { from.add(i).read() };
        }
        pulp::bytemuck::cast(values)
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize, value: float32x4_t) {
        let values: [f32; 4] = pulp::bytemuck::cast(value);
        for (i, value) in values.into_iter().enumerate().take(count) {
            // SAFETY: i < count.
            unsafe { to.add(i).write(value) }
        }
    }
    #[cfg(feature = "half")]
    #[inline(always)]
    fn halves(self) -> bool {
        true
    }
    #[cfg(feature = "half")]
    #[inline(always)]
    unsafe fn load_f16(self, from: *const u16) -> float32x4_t {
        let values;
        // Intrinsics for it are not stable.
        // SAFETY: the caller says that four can be read; the instructions are in every AArch64.
        unsafe {
            core::arch::asm!(
                "ldr {values:d}, [{from}]",
                "fcvtl {values:v}.4s, {values:v}.4h",
                values = out(vreg) values,
                from = in(reg) from,
                options(pure, readonly, nostack, preserves_flags),
            );
        }
        values
    }
    #[cfg(feature = "half")]
    #[inline(always)]
    unsafe fn store_f16(self, to: *mut u16, value: float32x4_t) {
        // SAFETY: the caller says that four can be written; the instructions are in every AArch64.
        unsafe {
            core::arch::asm!(
                "fcvtn {value:v}.4h, {value:v}.4s",
                "str {value:d}, [{to}]",
                value = inout(vreg) value => _,
                to = in(reg) to,
                options(nostack, preserves_flags),
            );
        }
    }
    #[inline(always)]
    unsafe fn load_strided(self, from: *const f32, stride: usize) -> float32x4_t {
        // SAFETY: the caller says that these four can be read.
        pulp::bytemuck::cast([0, 1, 2, 3].map(|i| unsafe { from.add(i * stride).read() }))
    }
}
