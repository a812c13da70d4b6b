//! The instruction sets as values: what the machine has, and the one place where a kernel meets them all.

use super::portable::Portable;
use super::scalar::{Scalar, Software};
use super::{Op, Registers};
use crate::Backend;

#[cfg(target_arch = "aarch64")]
use {super::neon::NeonLanes, pulp::aarch64::Neon};
#[cfg(target_arch = "x86_64")]
use {
    super::{avx2::Avx2, avx512::Avx512},
    pulp::x86::{V3, V4},
};

/// An instruction set that this machine has: each variant holds the proof, which takes no space.
#[derive(Clone, Copy)]
pub(crate) enum Isa {
    Scalar(Scalar<Software>),
    Portable(Portable),
    /// `Scalar` on a machine with the fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    ScalarFma(Scalar<V3>),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "aarch64")]
    Neon(NeonLanes),
}

impl Isa {
    /// What every machine has.
    pub(crate) const PORTABLE: Isa = Isa::Portable(Portable);

    /// The instruction set of `backend`, if the machine has it.
    pub(crate) fn detect(backend: Backend) -> Option<Isa> {
        match backend {
            #[cfg(target_arch = "x86_64")]
            Backend::Scalar if saves(AVX) => {
                Some(V3::try_new().map_or(Isa::Scalar(Scalar(Software)), |v3| Isa::ScalarFma(Scalar(v3))))
            }
            Backend::Scalar => Some(Isa::Scalar(Scalar(Software))),
            Backend::Portable => Some(Isa::PORTABLE),
            #[cfg(target_arch = "x86_64")]
            Backend::Avx2 if saves(AVX) => V3::try_new().map(|v3| Isa::Avx2(Avx2(v3))),
            #[cfg(target_arch = "x86_64")]
            Backend::Avx512 if saves(AVX512) => V4::try_new().map(|v4| Isa::Avx512(Avx512(v4))),
            #[cfg(target_arch = "aarch64")]
            Backend::Neon => Neon::try_new().map(|neon| Isa::Neon(NeonLanes(neon))),
            _ => None,
        }
    }

    /// Its name.
    pub(crate) const fn backend(self) -> Backend {
        match self {
            Isa::Scalar(_) => Backend::Scalar,
            Isa::Portable(_) => Backend::Portable,
            #[cfg(target_arch = "x86_64")]
            Isa::ScalarFma(_) => Backend::Scalar,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => Backend::Avx2,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => Backend::Avx512,
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(_) => Backend::Neon,
        }
    }

    /// Runs `op` compiled for it.
    #[inline(always)]
    pub(crate) fn run<O: Op>(self, op: O) -> O::Output {
        match self {
            Isa::Scalar(lanes) => lanes.vectorize(op),
            Isa::Portable(lanes) => lanes.vectorize(op),
            #[cfg(target_arch = "x86_64")]
            Isa::ScalarFma(lanes) => lanes.vectorize(op),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(lanes) => lanes.vectorize(op),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(lanes) => lanes.vectorize(op),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(lanes) => lanes.vectorize(op),
        }
    }

    /// A number for it, other than 0, so that an atomic can hold it.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Isa::Scalar(_) => 1,
            Isa::Portable(_) => 2,
            #[cfg(target_arch = "x86_64")]
            Isa::ScalarFma(_) => 3,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => 4,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => 5,
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(_) => 6,
        }
    }

    /// The instruction set with this [`code`](Isa::code), which came from a detected one in the same process.
    #[inline]
    pub(crate) fn from_code(code: u8) -> Option<Isa> {
        match code {
            1 => Some(Isa::Scalar(Scalar(Software))),
            2 => Some(Isa::PORTABLE),
            // SAFETY: codes are only made by `code`, from a value that `detect` gave out; so the machine has it.
            #[cfg(target_arch = "x86_64")]
            3 => Some(Isa::ScalarFma(Scalar(unsafe { V3::new_unchecked() }))),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            4 => Some(Isa::Avx2(Avx2(unsafe { V3::new_unchecked() }))),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            5 => Some(Isa::Avx512(Avx512(unsafe { V4::new_unchecked() }))),
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            6 => Some(Isa::Neon(NeonLanes(unsafe { Neon::new_unchecked() }))),
            _ => None,
        }
    }
}

/// Bits of the register XCR0: the operating system saves the SSE and AVX registers.
#[cfg(target_arch = "x86_64")]
const AVX: u64 = 0b0000_0110;
/// … and those of AVX-512.
#[cfg(target_arch = "x86_64")]
const AVX512: u64 = 0b1110_0110;

/// Whether the operating system saves these registers. With `std`, the detection of the standard library, which pulp
/// uses, asks that itself; without it, pulp only looks at what the processor has.
#[cfg(target_arch = "x86_64")]
fn saves(registers: u64) -> bool {
    if cfg!(feature = "std") {
        return true;
    }
    use core::arch::x86_64::{__cpuid, _xgetbv};

    #[target_feature(enable = "xsave")]
    fn xcr0() -> u64 {
        // SAFETY: the caller has found OSXSAVE set.
        unsafe { _xgetbv(0) }
    }

    const OSXSAVE: u32 = 1 << 27;
    #[allow(unused_unsafe, reason = "newer compilers have made __cpuid safe")]
    // SAFETY: every x86-64 processor has CPUID with leaf 1.
    let has_osxsave = unsafe { __cpuid(1) }.ecx & OSXSAVE != 0;
    // SAFETY: OSXSAVE says that the processor has XGETBV and that the system has enabled it.
    has_osxsave && unsafe { xcr0() } & registers == registers
}
