//! A backend, a thread policy and a tier of accuracy, chosen: what every function of the crate runs on.

use core::fmt;

use crate::accuracy::Accuracy;
use crate::backend::{self, Backend};
use crate::error::Error;
use crate::lanes::{Isa, Op};
use crate::parallel;
use crate::slices::{Function, Map, Pass};

/// The kernels of one backend, with or without threads, in a tier of accuracy. Copying one costs nothing.
///
/// [`Kernels::default`] is the fastest backend of this machine, with threads where they pay, faithful: what the free
/// functions of the crate use.
///
/// ```
/// use simdact::{Activation, Axis, Backend, Kernels};
/// # fn main() -> Result<(), simdact::Error> {
/// let kernels = Kernels::on(Backend::Scalar)?.serial();
/// let x = [-1.0, 0.0, 2.0];
/// let (mut y, mut z) = ([0.0; 3], [0.0; 3]);
/// kernels.apply(Activation::Tanh, &x, &mut y)?;
/// kernels.softmax(&y, Axis::rows(3), &mut z)?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct Kernels {
    isa: Isa,
    threads: bool,
    accuracy: Accuracy,
}

impl Kernels {
    /// The kernels of this backend.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the machine or the build lacks it.
    pub fn on(backend: Backend) -> Result<Kernels, Error> {
        let isa = Isa::detect(backend).ok_or(Error::Unavailable { backend })?;
        Ok(Kernels { isa, threads: true, accuracy: Accuracy::default() })
    }

    /// The same kernels, which never leave the calling thread.
    #[must_use]
    pub const fn serial(self) -> Kernels {
        Kernels { threads: false, ..self }
    }

    /// The same kernels, in that tier of accuracy.
    #[must_use]
    pub const fn accuracy(self, accuracy: Accuracy) -> Kernels {
        Kernels { accuracy, ..self }
    }

    /// The backend.
    pub const fn backend(&self) -> Backend {
        self.isa.backend()
    }

    /// Whether large inputs may be split over the threads of the caller's rayon pool.
    #[inline]
    pub(crate) const fn threads(&self) -> bool {
        self.threads
    }

    /// Whether the fast tier is asked for.
    #[inline]
    pub(crate) const fn is_fast(&self) -> bool {
        matches!(self.accuracy, Accuracy::Fast)
    }

    /// Whether the exact tier is asked for.
    #[inline]
    pub(crate) const fn is_exact(&self) -> bool {
        matches!(self.accuracy, Accuracy::Exact)
    }

    /// Writes the function of the inputs of `pass` to its output.
    #[inline]
    pub(crate) fn map<const N: usize, F: Function<N>>(&self, function: F, pass: Pass<'_, N>) {
        // On the way of small calls are one branch, and one to the instruction set.
        if pass.len() < parallel::SMALL { self.run(Map(function, pass, false)) } else { self.map_large(function, pass) }
    }

    #[inline(never)]
    fn map_large<const N: usize, F: Function<N>>(&self, function: F, pass: Pass<'_, N>) {
        let stream = pass.passes_caches();
        parallel::each(self.threads, F::COST, pass, |part| self.run(Map(function, part, stream)));
    }

    /// Runs `op` on the backend, on this thread.
    #[inline(always)]
    pub(crate) fn run<O: Op>(&self, op: O) -> O::Output {
        self.isa.run(op)
    }
}

impl Default for Kernels {
    /// The fastest backend of this machine, or the one that the environment variable `SIMDACT_BACKEND` names.
    #[inline]
    fn default() -> Kernels {
        Kernels { isa: backend::process(), threads: true, accuracy: Accuracy::default() }
    }
}

impl fmt::Debug for Kernels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kernels")
            .field("backend", &self.backend())
            .field("threads", &self.threads)
            .field("accuracy", &self.accuracy)
            .finish()
    }
}
