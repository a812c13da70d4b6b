//! Four lanes by the crate `wide`: what the build's baseline offers (SSE2 on x86-64), on any machine.
//!
//! `mul_add` is a product and a sum, each rounded, on purpose: the results are then the same in every build, also in
//! one whose baseline has the fused instruction.

use wide::bytemuck::cast;
use wide::{f32x4, f64x2, i32x4, u32x4};

use super::{Lanes, Op, Registers};

/// Four lanes of the build's baseline.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

impl Lanes for Portable {
    /// All bits of a lane set, or none.
    type Mask = f32x4;

    const FUSED: bool = false;

    #[inline(always)]
    fn splat(self, value: f32) -> f32x4 {
        f32x4::splat(value)
    }
    #[inline(always)]
    fn splat_u32(self, value: u32) -> u32x4 {
        u32x4::splat(value)
    }

    #[inline(always)]
    fn add(self, a: f32x4, b: f32x4) -> f32x4 {
        a + b
    }
    #[inline(always)]
    fn sub(self, a: f32x4, b: f32x4) -> f32x4 {
        a - b
    }
    #[inline(always)]
    fn mul(self, a: f32x4, b: f32x4) -> f32x4 {
        a * b
    }
    #[inline(always)]
    fn div(self, a: f32x4, b: f32x4) -> f32x4 {
        a / b
    }
    #[inline(always)]
    fn mul_add(self, a: f32x4, b: f32x4, c: f32x4) -> f32x4 {
        a * b + c
    }
    #[inline(always)]
    fn neg_mul_add(self, a: f32x4, b: f32x4, c: f32x4) -> f32x4 {
        c - a * b
    }
    #[inline(always)]
    fn max(self, a: f32x4, b: f32x4) -> f32x4 {
        // On x86-64, the one instruction has the same cases, and is not found by the compiler.
        if cfg!(target_arch = "x86_64") { a.fast_max(b) } else { a.simd_gt(b).bitselect(a, b) }
    }
    #[inline(always)]
    fn min(self, a: f32x4, b: f32x4) -> f32x4 {
        // As for `max`.
        if cfg!(target_arch = "x86_64") { a.fast_min(b) } else { a.simd_lt(b).bitselect(a, b) }
    }

    #[inline(always)]
    fn gt(self, a: f32x4, b: f32x4) -> f32x4 {
        a.simd_gt(b)
    }
    #[inline(always)]
    fn is_nan(self, a: f32x4) -> f32x4 {
        a.is_nan()
    }
    #[inline(always)]
    fn or(self, a: f32x4, b: f32x4) -> f32x4 {
        a | b
    }
    #[inline(always)]
    fn xor_u32(self, a: u32x4, b: u32x4) -> u32x4 {
        a ^ b
    }
    #[inline(always)]
    fn max_u32(self, a: u32x4, b: u32x4) -> u32x4 {
        a.max(b)
    }
    #[inline(always)]
    fn any_u32(self, a: u32x4) -> bool {
        !a.simd_eq(u32x4::ZERO).all()
    }
    #[inline(always)]
    fn near_middle(self, [low, high]: [f64x2; 2], reach: u32) -> u32x4 {
        let ([a, _, b, _], [c, _, d, _]): ([u32; 4], [u32; 4]) = (cast(low), cast(high));
        // Of 29 bits that a float lacks, the middle has the highest. They are brought to the top, where the middle is the
        // least signed number, and the reach on both sides of it to where that is the lower end.
        let bits: i32x4 = cast((u32x4::new([a, b, c, d]) << 3u32) + u32x4::splat(reach << 3));
        cast(bits.simd_lt(i32x4::splat(i32::MIN + (reach << 4) as i32 + 1)))
    }
    #[inline(always)]
    fn and_not(self, a: f32x4, b: f32x4) -> f32x4 {
        a & !b
    }
    #[inline(always)]
    fn any(self, mask: f32x4) -> bool {
        mask.any()
    }
    #[inline(always)]
    fn select(self, mask: f32x4, a: f32x4, b: f32x4) -> f32x4 {
        mask.bitselect(a, b)
    }
    #[inline(always)]
    fn select_u32(self, mask: f32x4, a: u32x4, b: u32x4) -> u32x4 {
        cast(mask.bitselect(cast(a), cast(b)))
    }

    #[inline(always)]
    fn to_bits(self, a: f32x4) -> u32x4 {
        cast(a)
    }
    #[inline(always)]
    fn from_bits(self, a: u32x4) -> f32x4 {
        cast(a)
    }
    #[inline(always)]
    fn and_u32(self, a: u32x4, b: u32x4) -> u32x4 {
        a & b
    }
    #[inline(always)]
    fn or_u32(self, a: u32x4, b: u32x4) -> u32x4 {
        a | b
    }
    #[inline(always)]
    fn add_u32(self, a: u32x4, b: u32x4) -> u32x4 {
        a + b
    }
    #[inline(always)]
    fn eq_u32(self, a: u32x4, b: u32x4) -> f32x4 {
        cast(a.simd_eq(b))
    }
    #[inline(always)]
    fn shl<const N: u32>(self, a: u32x4) -> u32x4 {
        a << N
    }
    #[inline(always)]
    fn shr<const N: u32>(self, a: u32x4) -> u32x4 {
        a >> N
    }

    #[inline(always)]
    fn table8(self, table: &[f32; 8], index: u32x4) -> f32x4 {
        f32x4::new(index.to_array().map(|i| table[(i & 7) as usize]))
    }
    #[inline(always)]
    fn table16(self, table: &[f32; 16], index: u32x4) -> f32x4 {
        f32x4::new(index.to_array().map(|i| table[(i & 15) as usize]))
    }
}

impl Registers for Portable {
    const LANES: usize = 4;
    const TUNED: bool = false;
    type Block = [f32x4; 8];

    #[inline(always)]
    fn vectorize<O: Op>(self, op: O) -> O::Output {
        super::apart(self, op)
    }
    #[inline(always)]
    fn block(self, value: f32x4) -> [f32x4; 8] {
        [value; 8]
    }
    #[inline(always)]
    fn first(self, count: usize) -> f32x4 {
        f32x4::splat(count as f32).simd_gt(f32x4::new([0.0, 1.0, 2.0, 3.0]))
    }

    #[inline(always)]
    fn unzip(self, a: f32x4, b: f32x4) -> (f32x4, f32x4) {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a.to_array(), b.to_array());
        (f32x4::new([a0, a2, b0, b2]), f32x4::new([a1, a3, b1, b3]))
    }

    #[inline(always)]
    fn fold(self, a: f32x4, op: impl Fn(f32x4, f32x4) -> f32x4) -> f32 {
        let [_, _, a2, a3] = a.to_array();
        let a = op(a, f32x4::new([a2, a3, a2, a3]));
        let [_, a1, ..] = a.to_array();
        op(a, f32x4::splat(a1)).to_array()[0]
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> f32x4 {
        // SAFETY: the caller says that four values can be read.
        f32x4::new(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: f32x4) {
        // SAFETY: the caller says that four values can be written.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(value.to_array()) }
    }
    #[inline(always)]
    unsafe fn load_first(self, from: *const f32, count: usize) -> f32x4 {
        let mut values = [0.0; 4];
        for (i, value) in values.iter_mut().enumerate().take(count) {
            // SAFETY: i < count.
            *value = unsafe { from.add(i).read() };
        }
        f32x4::new(values)
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize, value: f32x4) {
        for (i, value) in value.to_array().into_iter().enumerate().take(count) {
            // SAFETY: i < count.
            unsafe { to.add(i).write(value) }
        }
    }
    #[inline(always)]
    unsafe fn load_strided(self, from: *const f32, stride: usize) -> f32x4 {
        // SAFETY: the caller says that these four can be read.
        f32x4::new([0, 1, 2, 3].map(|i| unsafe { from.add(i * stride).read() }))
    }
}
