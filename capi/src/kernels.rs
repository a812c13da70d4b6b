//! What the functions run on.

use std::ffi::{CStr, c_char};

use simdact::{Accuracy, Backend, Kernels};
use strum::IntoEnumIterator;

use crate::memory::{load, place, text};
use crate::status::{CStatus, Failure, guard};

/// An instruction set.
///
/// All give the same bits, but for SIMDACT_BACKEND_PORTABLE, which has no fused multiply-add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter, strum::FromRepr)]
#[repr(C)]
pub enum CBackend {
    /// The fastest of this machine, or what the environment variable SIMDACT_BACKEND says: "automatic".
    Automatic = 0,
    /// One lane, everywhere: "scalar".
    Scalar = 1,
    /// Four lanes of what every machine of this architecture has: "portable".
    Portable = 2,
    /// Eight lanes, on x86-64: "avx2".
    Avx2 = 3,
    /// Sixteen lanes, on x86-64: "avx512".
    Avx512 = 4,
    /// Four lanes, on AArch64: "neon".
    Neon = 5,
}

impl CBackend {
    fn of(number: u32) -> Result<CBackend, Failure> {
        let known = usize::try_from(number).ok().and_then(CBackend::from_repr);
        known.ok_or(Failure::Number { what: "backend", number })
    }

    const fn name(self) -> &'static CStr {
        match self {
            CBackend::Automatic => c"automatic",
            CBackend::Scalar => c"scalar",
            CBackend::Portable => c"portable",
            CBackend::Avx2 => c"avx2",
            CBackend::Avx512 => c"avx512",
            CBackend::Neon => c"neon",
        }
    }

    fn kernels(self) -> Result<Kernels, Failure> {
        let backend = match self {
            CBackend::Automatic => return Ok(Kernels::default()),
            CBackend::Scalar => Backend::Scalar,
            CBackend::Portable => Backend::Portable,
            CBackend::Avx2 => Backend::Avx2,
            CBackend::Avx512 => Backend::Avx512,
            CBackend::Neon => Backend::Neon,
        };
        Ok(Kernels::on(backend)?)
    }

    fn named(name: &str) -> Result<CBackend, Failure> {
        if name == "automatic" {
            return Ok(CBackend::Automatic);
        }
        let backend: Backend = name.parse()?;
        let same = |known: &CBackend| known.name().to_bytes() == backend.name().as_bytes();
        CBackend::iter().find(same).ok_or(Failure::Backend(simdact::UnknownBackend))
    }
}

/// A tier of accuracy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::FromRepr)]
#[repr(C)]
pub enum CAccuracy {
    /// Less than 1 ULP from the true value.
    Faithful = 0,
    /// exp, tanh and sigmoid with relative errors of 2^-13 to 2^-16, in a quarter to three quarters of the time; all
    /// else as in SIMDACT_ACCURACY_FAITHFUL.
    Fast = 1,
    /// exp, tanh, sigmoid, SiLU, GELU, erf, softplus and log-sigmoid correctly rounded, on every instruction set, in
    /// 1.2 to 6.1 times the time; softmax, softmin and softmax1 within 0.501 ULP; all else as in
    /// SIMDACT_ACCURACY_FAITHFUL.
    Exact = 2,
}

impl CAccuracy {
    fn of(number: u32) -> Result<Accuracy, Failure> {
        match usize::try_from(number).ok().and_then(CAccuracy::from_repr) {
            Some(CAccuracy::Faithful) => Ok(Accuracy::Faithful),
            Some(CAccuracy::Fast) => Ok(Accuracy::Fast),
            Some(CAccuracy::Exact) => Ok(Accuracy::Exact),
            None => Err(Failure::Number { what: "accuracy", number }),
        }
    }
}

/// What a function runs on. All zeros is the default, and so is NULL.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct CKernels {
    /// A simdact_backend.
    pub backend: u32,
    /// A simdact_accuracy.
    pub accuracy: u32,
    /// 0: large arrays are split over threads, which are started when they are needed first, and of which there are as
    /// many as processors, or as the environment variable RAYON_NUM_THREADS says. 1: everything stays on the calling
    /// thread. The results are the same.
    ///
    /// The child of a fork() has none of its parent's threads: there, ask for 1.
    pub serial: u32,
}

impl CKernels {
    /// # Safety
    /// If the pointer is not null it can be read.
    pub(crate) unsafe fn chosen(pointer: *const CKernels) -> Result<Kernels, Failure> {
        if pointer.is_null() {
            return Ok(Kernels::default());
        }
        // SAFETY: the caller's word.
        let CKernels { backend, accuracy, serial } = unsafe { load("kernels", pointer) }?;
        let kernels = CBackend::of(backend)?.kernels()?.accuracy(CAccuracy::of(accuracy)?);
        match serial {
            0 => Ok(kernels),
            1 => Ok(kernels.serial()),
            number => Err(Failure::Number { what: "serial", number }),
        }
    }
}

/// Writes to `backend` the simdact_backend of this name, which is one of those that SIMDACT_BACKEND has in quotation
/// marks. That does not say whether this machine has it: SIMDACT_STATUS_UNKNOWN_NAME is only for names that nothing
/// has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_backend_parse(name: *const c_char, backend: *mut u32) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let (name, backend) = unsafe { (text("name", name)?, place("backend", backend)?) };
        *backend = CBackend::named(name)? as u32;
        Ok(())
    })
}

/// Writes to `name` what a simdact_backend is called: a text that is always there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_backend_name(backend: u32, name: *mut *const c_char) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let name = unsafe { place("name", name)? };
        *name = CBackend::of(backend)?.name().as_ptr();
        Ok(())
    })
}

/// Writes to `backend` which simdact_backend these kernels are, where they leave it to the machine; an error where they
/// cannot be had.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_kernels_backend(kernels: *const CKernels, backend: *mut u32) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let (kernels, backend) = unsafe { (CKernels::chosen(kernels)?, place("backend", backend)?) };
        *backend = CBackend::named(kernels.backend().name())? as u32;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_backend_has_a_number() {
        for backend in Backend::available() {
            let known = CBackend::named(backend.name()).expect("add it to CBackend");
            assert_eq!(known.kernels().expect("it is there").backend(), backend);
        }
        for known in CBackend::iter() {
            let name = known.name().to_str().expect("it is ASCII");
            assert_eq!(CBackend::named(name), Ok(known));
        }
    }
}
