//! The backends by name, and which one a process uses.

use core::fmt;
use core::str::FromStr;
use core::sync::atomic::{AtomicU8, Ordering};

use crate::lanes::Isa;

/// An instruction set that the kernels are compiled for.
///
/// All give the same bits, except `Portable` in functions with a stated bound (see there).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// One lane, with an exact fused multiply-add in software where the machine has no such instruction: the
    /// reference that the others are compared with. Always available.
    Scalar,
    /// Four lanes of the build's baseline (SSE2 on x86-64). Without the fused multiply-add, exp, tanh and sigmoid
    /// have bits of their own, the last two at most 2 ULP from the true value, the same on every machine, and so have
    /// softmax and its gradient. Always available; chosen where there is no other.
    Portable,
    /// Eight lanes: AVX2 and FMA, on x86-64.
    Avx2,
    /// Sixteen lanes: AVX-512 (F, BW, CD, DQ, VL), on x86-64.
    Avx512,
    /// Four lanes: NEON, on AArch64.
    Neon,
}

impl Backend {
    /// Every backend there is, the preferred ones last.
    pub(crate) const ALL: [Backend; 5] =
        [Backend::Scalar, Backend::Portable, Backend::Neon, Backend::Avx2, Backend::Avx512];

    /// The backends that this machine can run; `Scalar` and `Portable` are always among them.
    ///
    /// ```
    /// use simdact::{Backend, Kernels};
    /// for backend in Backend::available() {
    ///     assert!(Kernels::on(backend).is_ok());
    /// }
    /// ```
    pub fn available() -> impl Iterator<Item = Backend> {
        Backend::ALL.into_iter().filter(|backend| backend.is_available())
    }

    /// Whether this machine can run it.
    pub fn is_available(self) -> bool {
        Isa::detect(self).is_some()
    }

    /// The fastest backend of this machine.
    pub fn best() -> Backend {
        Backend::available().last().unwrap_or(Backend::Portable)
    }

    /// The name that `SIMDACT_BACKEND` and [`FromStr`] know: `scalar`, `portable`, `avx2`, `avx512`, `neon`.
    pub const fn name(self) -> &'static str {
        match self {
            Backend::Scalar => "scalar",
            Backend::Portable => "portable",
            Backend::Avx2 => "avx2",
            Backend::Avx512 => "avx512",
            Backend::Neon => "neon",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no backend has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such backend; there are scalar, portable, avx2, avx512 and neon")]
pub struct UnknownBackend;

impl FromStr for Backend {
    type Err = UnknownBackend;

    /// Case does not matter.
    fn from_str(name: &str) -> Result<Backend, UnknownBackend> {
        let same = |backend: &Backend| name.trim().eq_ignore_ascii_case(backend.name());
        Backend::ALL.into_iter().find(same).ok_or(UnknownBackend)
    }
}

/// The instruction set of this process, detected at the first call. The crate's only global state.
#[inline]
pub(crate) fn process() -> Isa {
    static CHOSEN: AtomicU8 = AtomicU8::new(0);

    #[cold]
    fn choose() -> Isa {
        let (isa, warning) = choice();
        let first = CHOSEN.compare_exchange(0, isa.code(), Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if let (true, Some(warning)) = (first, warning) {
            warn(&warning);
        }
        isa
    }

    Isa::from_code(CHOSEN.load(Ordering::Relaxed)).unwrap_or_else(choose)
}

/// What `SIMDACT_BACKEND` asked for and this machine could not give.
#[cfg(feature = "std")]
struct Refused {
    wish: std::string::String,
    used: Backend,
}

#[cfg(feature = "std")]
fn choice() -> (Isa, Option<Refused>) {
    let best = Backend::best();
    let isa = Isa::detect(best).unwrap_or(Isa::PORTABLE);
    let Some(wish) = std::env::var_os("SIMDACT_BACKEND").filter(|wish| !wish.is_empty()) else {
        return (isa, None);
    };
    let wish = wish.to_string_lossy().into_owned();
    match wish.parse().ok().and_then(Isa::detect) {
        Some(isa) => (isa, None),
        None => (isa, Some(Refused { wish, used: best })),
    }
}

#[cfg(feature = "std")]
fn warn(refused: &Refused) {
    use std::io::Write;
    let Refused { wish, used } = refused;
    // In one piece, so that what others write at the same time does not stand within the line; and not by eprintln!,
    // which panics where stderr is closed.
    let line = std::format!("simdact: SIMDACT_BACKEND={wish:?} is not available on this machine; using {used}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Without the standard library there is no environment to ask.
#[cfg(not(feature = "std"))]
fn choice() -> (Isa, Option<core::convert::Infallible>) {
    (Isa::detect(Backend::best()).unwrap_or(Isa::PORTABLE), None)
}

#[cfg(not(feature = "std"))]
fn warn(never: &core::convert::Infallible) {
    match *never {}
}
