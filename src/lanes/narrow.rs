//! Numbers of 16 bits: to floats and back.

use super::scalar::{Scalar, Software};
use super::{BLOCK, Lanes, Registers};

/// Writes `count` numbers of half precision as floats.
///
/// # Safety
/// They can be read, and as many floats written.
#[inline(always)]
pub(crate) unsafe fn widen_f16<L: Registers>(l: L, from: *const u16, to: *mut f32, count: usize) {
    if !l.halves() {
        // SAFETY: the caller says so.
        return unsafe { widen_each(from, to, count) };
    }
    let whole = count - count % L::LANES;
    for at in (0..whole).step_by(L::LANES) {
        // SAFETY: at + LANES ≤ count.
        unsafe { l.store(to.add(at), l.load_f16(from.add(at))) };
    }
    let rest = count - whole;
    if rest > 0 {
        let mut bits = [0; BLOCK];
        // SAFETY: rest < LANES ≤ BLOCK, and whole + rest ≤ count.
        unsafe {
            from.add(whole).copy_to_nonoverlapping(bits.as_mut_ptr(), rest);
            l.store_first(to.add(whole), rest, l.load_f16(bits.as_ptr()));
        }
    }
}

/// Rounds `count` floats as [`store_f16`](Registers::store_f16).
///
/// # Safety
/// They can be read, and as many numbers written.
#[inline(always)]
pub(crate) unsafe fn narrow_f16<L: Registers>(l: L, from: *const f32, to: *mut u16, count: usize) {
    if !l.halves() {
        // SAFETY: the caller says so.
        return unsafe { narrow_each(from, to, count) };
    }
    let whole = count - count % L::LANES;
    for at in (0..whole).step_by(L::LANES) {
        // SAFETY: at + LANES ≤ count.
        unsafe { l.store_f16(to.add(at), l.load(from.add(at))) };
    }
    let rest = count - whole;
    if rest > 0 {
        let mut bits = [0; BLOCK];
        // SAFETY: rest < LANES ≤ BLOCK, and whole + rest ≤ count.
        unsafe {
            l.store_f16(bits.as_mut_ptr(), l.load_first(from.add(whole), rest));
            bits.as_ptr().copy_to_nonoverlapping(to.add(whole), rest);
        }
    }
}

/// [`widen_f16`] without an instruction for it.
///
/// # Safety
/// As there.
pub(super) unsafe fn widen_each(from: *const u16, to: *mut f32, count: usize) {
    for i in 0..count {
        // SAFETY: the caller says so.
        unsafe { to.add(i).write(half::f16::from_bits(from.add(i).read()).to_f32()) }
    }
}

/// [`narrow_f16`] without an instruction for it.
///
/// # Safety
/// As there.
pub(super) unsafe fn narrow_each(from: *const f32, to: *mut u16, count: usize) {
    for i in 0..count {
        // SAFETY: the caller says so.
        unsafe { to.add(i).write(half::f16::from_f32(from.add(i).read()).to_bits()) }
    }
}

/// Loads `2 * LANES` numbers of the type bfloat16, the upper halves of floats: every other one in each vector, as
/// [`store_bf16`](Registers::store_bf16) has them.
///
/// # Safety
/// They can be read.
#[inline(always)]
pub(crate) unsafe fn load_bf16<L: Registers>(l: L, from: *const u16) -> [L::F32; 2] {
    // SAFETY: the caller says so. All bits are floats.
    let both = l.to_bits(unsafe { l.load(from.cast()) });
    let upper = l.and_u32(both, l.splat_u32(0xffff_0000));
    [l.from_bits(l.shl::<16>(both)), l.from_bits(upper)]
}

/// [`Registers::store_bf16`] without an instruction for it.
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn store_bf16<L: Registers>(l: L, to: *mut u16, [lower, upper]: [L::F32; 2]) {
    let (a, b) = if l.any(l.or(l.is_nan(lower), l.is_nan(upper))) {
        (rounded_to_bf16(l, lower), rounded_to_bf16(l, upper))
    } else {
        (number_to_bf16(l, lower), number_to_bf16(l, upper))
    };
    let both = l.or_u32(l.shr::<16>(a), l.and_u32(b, l.splat_u32(0xffff_0000)));
    // SAFETY: the caller says so.
    unsafe { l.store(to.cast(), l.from_bits(both)) }
}

/// The nearest bfloat16, ties to even; NaN stays NaN.
#[inline(always)]
pub(crate) fn nearest_bf16(x: f32) -> u16 {
    (rounded_to_bf16(Scalar(Software), x) >> 16) as u16
}

/// The same in the upper half; the lower one is to be cut off.
#[inline(always)]
fn rounded_to_bf16<L: Lanes>(l: L, x: L::F32) -> L::U32 {
    l.select_u32(l.is_nan(x), l.or_u32(l.to_bits(x), l.splat_u32(0x40_0000)), number_to_bf16(l, x))
}

/// The same of what is not NaN.
#[inline(always)]
fn number_to_bf16<L: Lanes>(l: L, x: L::F32) -> L::U32 {
    let bits = l.to_bits(x);
    // Half of its last place is added, where that is odd, and else just less than half.
    let odd = l.and_u32(l.shr::<16>(bits), l.splat_u32(1));
    l.add_u32(l.add_u32(bits, l.splat_u32(0x7fff)), odd)
}
