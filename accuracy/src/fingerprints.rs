//! Are the bits of simdact's kernels those committed? Over all inputs, or over every [`COARSE`]th.

use std::fmt;

use simdact::{Backend, Kernels};

use crate::gradient::Upstream;
use crate::inputs::fingerprint;
use crate::kernels::{KERNELS, Kernel};

const FULL: &str = include_str!("../fingerprints.txt");
const EVERY_COARSE: &str = include_str!("../fingerprints-coarse.txt");

/// The stride of the coarse fingerprints.
pub const COARSE: u64 = 9973;

/// What has a fingerprint: a function, or its gradient with a dy of random significand.
#[derive(Clone, Copy)]
pub struct Fingerprint {
    kernel: &'static Kernel,
    gradient: bool,
}

/// All fingerprints.
pub fn fingerprints() -> impl Iterator<Item = Fingerprint> {
    let forward = KERNELS.iter().map(|kernel| Fingerprint { kernel, gradient: false });
    let gradients = KERNELS.iter().filter(|kernel| kernel.is_default());
    forward.chain(gradients.map(|kernel| Fingerprint { kernel, gradient: true }))
}

impl Fingerprint {
    /// The name of the function.
    pub fn function(&self) -> &'static str {
        self.kernel.function.name
    }

    /// That of the results of these kernels, for every `stride`th input.
    pub fn of(&self, kernels: &Kernels, stride: u64, progress: &(dyn Fn(u64) + Sync)) -> u64 {
        fingerprint(stride, progress, |x, y| {
            if self.gradient {
                self.kernel.function.backward(kernels, Upstream::Significand, x, y);
            } else {
                self.kernel.apply(kernels, x, y);
            }
        })
    }

    /// The one that is committed for a backend, if one is for this stride.
    pub fn committed(&self, backend: Backend, stride: u64) -> Option<u64> {
        let file = match stride {
            1 => FULL,
            COARSE => EVERY_COARSE,
            _ => return None,
        };
        let name = self.to_string();
        let hash = file.lines().find_map(|line| {
            let mut columns = line.splitn(3, ' ');
            let (fused, portable) = (columns.next()?, columns.next()?);
            (columns.next()? == name).then_some(if backend == Backend::Portable { portable } else { fused })
        });
        u64::from_str_radix(hash?, 16).ok()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kernel, if self.gradient { ", backward" } else { "" })
    }
}
