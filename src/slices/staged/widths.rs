//! From elements of 16 bits to floats and back.

use super::super::ask_for;
use crate::element::Kind;
use crate::kernels::Kernels;
#[cfg(feature = "half")]
use crate::lanes::narrow::{narrow_f16, nearest_bf16, widen_f16};
use crate::lanes::{Op, Registers};

/// Widens `count` elements.
///
/// # Safety
/// They can be read, and as many floats written.
pub(in crate::slices) unsafe fn widen(kernels: &Kernels, kind: Kind, from: *const u8, to: *mut f32, count: usize) {
    struct Widen(Kind, *const u8, *mut f32, usize);
    impl Op for Widen {
        type Output = ();
        const HEAVY: bool = false;
        #[inline(always)]
        fn run<L: Registers>(self, _lanes: L) {
            let Widen(kind, from, to, count) = self;
            match kind {
                Kind::F32 => {
                    for i in 0..count {
                        // SAFETY: the caller of `widen` says so; of all that follow too.
                        unsafe { to.add(i).write(from.cast::<f32>().add(i).read()) };
                    }
                }
                #[cfg(feature = "half")]
                // SAFETY: as above.
                Kind::F16 => unsafe { widen_f16(_lanes, from.cast(), to, count) },
                #[cfg(feature = "half")]
                Kind::Bf16 => {
                    for i in 0..count {
                        // SAFETY: as above.
                        unsafe { to.add(i).write(f32::from_bits(u32::from(from.cast::<u16>().add(i).read()) << 16)) };
                    }
                }
            }
        }
    }
    kernels.run(Widen(kind, from, to, count));
}

/// Rounds `count` floats.
///
/// # Safety
/// They can be read, and as many elements written.
pub(in crate::slices) unsafe fn narrow(kernels: &Kernels, kind: Kind, from: *const f32, to: *mut u8, count: usize) {
    struct Narrow(Kind, *const f32, *mut u8, usize);
    impl Op for Narrow {
        type Output = ();
        const HEAVY: bool = false;
        #[inline(always)]
        fn run<L: Registers>(self, _lanes: L) {
            let Narrow(kind, from, to, count) = self;
            match kind {
                Kind::F32 => {
                    for i in 0..count {
                        // SAFETY: the caller of `narrow` says so; of all that follow too.
                        unsafe { to.cast::<f32>().add(i).write(from.add(i).read()) };
                    }
                }
                #[cfg(feature = "half")]
                // SAFETY: as above.
                Kind::F16 => unsafe { narrow_f16(_lanes, from, to.cast(), count) },
                #[cfg(feature = "half")]
                Kind::Bf16 => {
                    for i in 0..count {
                        // SAFETY: as above.
                        unsafe { to.cast::<u16>().add(i).write(nearest_bf16(from.add(i).read())) };
                    }
                }
            }
        }
    }
    kernels.run(Narrow(kind, from, to, count));
}

/// Asks for the cache lines of the bytes that follow so many: memory has the time of what is done with these.
pub(in crate::slices) fn ask_ahead(kernels: &Kernels, at: *const u8, bytes: usize) {
    struct Ahead(*const u8, usize);
    impl Op for Ahead {
        type Output = ();
        const HEAVY: bool = false;
        #[inline(always)]
        fn run<L: Registers>(self, lanes: L) {
            let Ahead(at, bytes) = self;
            ask_for(lanes, at.wrapping_add(bytes).cast(), bytes.div_ceil(size_of::<f32>()));
        }
    }
    kernels.run(Ahead(at, bytes));
}
