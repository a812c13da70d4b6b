//! One lane: the reference that every other instruction set is compared with.
//!
//! Compiled twice. With `Software`, the fused multiply-add is the exact one in software, and nothing beyond the
//! build's baseline is used; with an instruction set that has the instruction, it is that. Both give the same bits.

use super::{BLOCK, Lanes, Op, Registers};

/// Where the fused multiply-add comes from.
pub(crate) trait Fuse: Copy + Send + Sync {
    /// `a * b + c`, rounded once.
    fn mul_add(self, a: f32, b: f32, c: f32) -> f32;
    /// The same of doubles.
    fn mul_add_f64(self, a: f64, b: f64, c: f64) -> f64;
    /// Runs `op` compiled for the instructions that `mul_add` uses.
    fn vectorize<O: Op>(self, op: O, lanes: Scalar<Self>) -> O::Output;
}

/// The exact fused multiply-add without the instruction (on AArch64, whose baseline has it, libm uses it).
#[derive(Clone, Copy)]
pub(crate) struct Software;

impl Fuse for Software {
    #[inline(always)]
    fn mul_add(self, a: f32, b: f32, c: f32) -> f32 {
        libm::fmaf(a, b, c)
    }
    #[inline(always)]
    fn mul_add_f64(self, a: f64, b: f64, c: f64) -> f64 {
        libm::fma(a, b, c)
    }

    #[inline(always)]
    fn vectorize<O: Op>(self, op: O, lanes: Scalar<Self>) -> O::Output {
        super::apart(lanes, op)
    }
}

#[cfg(target_arch = "x86_64")]
impl Fuse for pulp::x86::V3 {
    #[inline(always)]
    fn mul_add(self, a: f32, b: f32, c: f32) -> f32 {
        let set = |x| self.sse._mm_set_ss(x);
        self.sse._mm_cvtss_f32(self.fma._mm_fmadd_ss(set(a), set(b), set(c)))
    }
    #[inline(always)]
    fn mul_add_f64(self, a: f64, b: f64, c: f64) -> f64 {
        let set = |x| self.sse2._mm_set_sd(x);
        self.sse2._mm_cvtsd_f64(self.fma._mm_fmadd_sd(set(a), set(b), set(c)))
    }

    #[inline(always)]
    fn vectorize<O: Op>(self, op: O, lanes: Scalar<Self>) -> O::Output {
        pulp::Simd::vectorize(self, super::pulp_op(lanes, op))
    }
}

/// One lane, with the fused multiply-add of `F`.
#[derive(Clone, Copy)]
pub(crate) struct Scalar<F>(pub F);

impl<F: Fuse> Lanes for Scalar<F> {
    type Mask = bool;

    #[inline(always)]
    fn splat(self, value: f32) -> f32 {
        value
    }
    #[inline(always)]
    fn splat_u32(self, value: u32) -> u32 {
        value
    }

    #[inline(always)]
    fn add(self, a: f32, b: f32) -> f32 {
        a + b
    }
    #[inline(always)]
    fn sub(self, a: f32, b: f32) -> f32 {
        a - b
    }
    #[inline(always)]
    fn mul(self, a: f32, b: f32) -> f32 {
        a * b
    }
    #[inline(always)]
    fn div(self, a: f32, b: f32) -> f32 {
        a / b
    }
    #[inline(always)]
    fn mul_add(self, a: f32, b: f32, c: f32) -> f32 {
        self.0.mul_add(a, b, c)
    }
    #[inline(always)]
    fn neg_mul_add(self, a: f32, b: f32, c: f32) -> f32 {
        self.0.mul_add(-a, b, c)
    }
    #[inline(always)]
    fn max(self, a: f32, b: f32) -> f32 {
        if a > b { a } else { b }
    }
    #[inline(always)]
    fn min(self, a: f32, b: f32) -> f32 {
        if a < b { a } else { b }
    }

    #[inline(always)]
    fn gt(self, a: f32, b: f32) -> bool {
        a > b
    }
    #[inline(always)]
    fn is_nan(self, a: f32) -> bool {
        a.is_nan()
    }
    #[inline(always)]
    fn or(self, a: bool, b: bool) -> bool {
        a | b
    }
    #[inline(always)]
    fn xor_u32(self, a: u32, b: u32) -> u32 {
        a ^ b
    }
    #[inline(always)]
    fn max_u32(self, a: u32, b: u32) -> u32 {
        a.max(b)
    }
    #[inline(always)]
    fn any_u32(self, a: u32) -> bool {
        a != 0
    }
    #[inline(always)]
    fn near_middle(self, a: f64, reach: u32) -> u32 {
        // Of 29 bits that a float lacks, the middle has the highest.
        let from_middle = (a.to_bits() as u32 & 0x1fff_ffff).wrapping_sub(1 << 28);
        from_middle.wrapping_add(reach).le(&(2 * reach)).into()
    }
    #[inline(always)]
    fn and_not(self, a: bool, b: bool) -> bool {
        a & !b
    }
    #[inline(always)]
    fn any(self, mask: bool) -> bool {
        mask
    }
    #[inline(always)]
    fn select(self, mask: bool, a: f32, b: f32) -> f32 {
        if mask { a } else { b }
    }
    #[inline(always)]
    fn select_u32(self, mask: bool, a: u32, b: u32) -> u32 {
        if mask { a } else { b }
    }

    #[inline(always)]
    fn to_bits(self, a: f32) -> u32 {
        a.to_bits()
    }
    #[inline(always)]
    fn from_bits(self, a: u32) -> f32 {
        f32::from_bits(a)
    }
    #[inline(always)]
    fn and_u32(self, a: u32, b: u32) -> u32 {
        a & b
    }
    #[inline(always)]
    fn or_u32(self, a: u32, b: u32) -> u32 {
        a | b
    }
    #[inline(always)]
    fn add_u32(self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }
    #[inline(always)]
    fn eq_u32(self, a: u32, b: u32) -> bool {
        a == b
    }
    #[inline(always)]
    fn shl<const N: u32>(self, a: u32) -> u32 {
        a << N
    }
    #[inline(always)]
    fn shr<const N: u32>(self, a: u32) -> u32 {
        a >> N
    }

    #[inline(always)]
    fn table8(self, table: &[f32; 8], index: u32) -> f32 {
        table[(index & 7) as usize]
    }
    #[inline(always)]
    fn table16(self, table: &[f32; 16], index: u32) -> f32 {
        table[(index & 15) as usize]
    }
}

impl<F: Fuse> Registers for Scalar<F> {
    const LANES: usize = 1;
    const TUNED: bool = false;
    type Block = [f32; BLOCK];

    #[inline(always)]
    fn vectorize<O: Op>(self, op: O) -> O::Output {
        self.0.vectorize(op, self)
    }
    #[inline(always)]
    fn block(self, value: f32) -> [f32; BLOCK] {
        [value; BLOCK]
    }
    #[inline(always)]
    fn first(self, count: usize) -> bool {
        count > 0
    }

    #[inline(always)]
    fn unzip(self, a: f32, b: f32) -> (f32, f32) {
        (a, b)
    }
    #[inline(always)]
    fn fold(self, a: f32, _: impl Fn(f32, f32) -> f32) -> f32 {
        a
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> f32 {
        // SAFETY: the caller says that one value can be read.
        unsafe { from.read() }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: f32) {
        // SAFETY: the caller says that one value can be written.
        unsafe { to.write(value) }
    }
    #[inline(always)]
    unsafe fn load_first(self, _: *const f32, _: usize) -> f32 {
        0.0 // fewer than one value
    }
    #[inline(always)]
    unsafe fn store_first(self, _: *mut f32, _: usize, _: f32) {}
    #[inline(always)]
    unsafe fn load_strided(self, from: *const f32, _: usize) -> f32 {
        // SAFETY: the caller says that the first value can be read.
        unsafe { from.read() }
    }
}
