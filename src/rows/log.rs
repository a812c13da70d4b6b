//! The logarithm of a sum of exponentials.
//!
//! No operation is fused, so that `Portable` has the same bits too, and a sum its logarithm on any backend.

use core::f64::consts::LN_2;

use crate::lanes::{Isa, Lanes, Op, Registers};

/// log(sum / 2²⁶) of a normal number, to 1 ULP where it is at least 2²⁶. NaN gives NaN.
///
/// The sum is 2ⁿ · (1 + f) with 1 + f between √½ and √2, and log(1 + f) = 2 artanh s with s = f / (2 + f). Of the series
/// of artanh, terms from s¹¹ on are left out, which are less than 2⁻²⁸ of the whole.
#[inline(always)]
pub(super) fn log<L: Lanes>(l: L, sum: L::F32) -> L::F32 {
    /// √½.
    const LEAST: u32 = 0x3f35_04f3;
    const ONE: u32 = 0x3f80_0000;
    /// ln 2 in 15 bits, so that its products with n are exact, and the rest of it.
    const HIGH: f32 = f32::from_bits((LN_2 as f32).to_bits() & 0xffff_fe00);
    const LOW: f32 = (LN_2 - HIGH as f64) as f32;
    let bits = l.add_u32(l.to_bits(sum), l.splat_u32(ONE - LEAST));
    // As a float whose last bit counts 1.
    let n = l.from_bits(l.or_u32(l.shr::<23>(bits), l.splat_u32(0x4b00_0000)));
    let n = l.sub(n, l.splat((1 << 23) as f32 + 127.0 + 26.0));
    let fraction = l.add_u32(l.and_u32(bits, l.splat_u32(0x007f_ffff)), l.splat_u32(LEAST));
    let f = l.sub(l.from_bits(fraction), l.splat(1.0));
    let s = l.div(f, l.add(f, l.splat(2.0)));
    let z = l.mul(s, s);
    let r = l.add(l.mul(z, l.splat(2.0 / 9.0)), l.splat(2.0 / 7.0));
    let r = l.add(l.mul(z, r), l.splat(2.0 / 5.0));
    let r = l.add(l.mul(z, r), l.splat(2.0 / 3.0));
    let r = l.mul(z, r);
    // 2s = f − s·f, and s·f = f²/2 − s·f²/2.
    let half = l.mul(l.mul(f, l.splat(0.5)), f);
    let low = l.add(l.mul(s, l.add(half, r)), l.mul(n, l.splat(LOW)));
    let log = l.add(l.add(l.sub(low, half), f), l.mul(n, l.splat(HIGH)));
    l.select(l.is_nan(sum), sum, log)
}

/// The same of one number.
pub(super) fn log_of_sum(sum: f32) -> f32 {
    struct Log(f32);
    impl Op for Log {
        type Output = f32;
        #[inline(always)]
        fn run<L: Registers>(self, l: L) -> f32 {
            l.fold(
                log(l, l.splat(self.0)),
                #[inline(always)]
                |a, _| a,
            )
        }
    }
    Isa::PORTABLE.run(Log(sum))
}
