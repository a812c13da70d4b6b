//! How large the last cache is, from which follows what is better written past the caches.

use core::sync::atomic::{AtomicUsize, Ordering};

/// What is taken where the machine does not say: it is that of many.
const USUAL: usize = 32 << 20;

/// What counts of a cache that is larger: servers share hundreds of MiB among all cores, where the share of one is no
/// faster than memory.
const MOST: usize = 32 << 20;

/// Bytes of the largest cache that a core reaches, as far as they count. The machine is asked once.
pub(crate) fn last() -> usize {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    match LAST.load(Ordering::Relaxed) {
        0 => {
            let bytes = ask().filter(|&bytes| bytes > 0).unwrap_or(USUAL).min(MOST);
            LAST.store(bytes, Ordering::Relaxed);
            bytes
        }
        bytes => bytes,
    }
}

/// Leaf 4 of CPUID, or AMD's 8000_001D with the same layout: a cache for each subleaf.
#[cfg(target_arch = "x86_64")]
fn ask() -> Option<usize> {
    use core::arch::x86_64::{__cpuid_count, CpuidResult};

    #[allow(unused_unsafe, reason = "newer compilers have made __cpuid_count safe")]
    // SAFETY: every x86-64 processor has CPUID.
    let leaf = |leaf, subleaf| unsafe { __cpuid_count(leaf, subleaf) };
    let caches = |number: u32| {
        let known = leaf(number & 0x8000_0000, 0).eax >= number;
        let size = |CpuidResult { ebx, ecx, .. }: CpuidResult| {
            let field = |from: u32, bits: u32| (ebx >> from & ((1 << bits) - 1)) as usize + 1;
            field(22, 10) * field(12, 10) * field(0, 12) * (ecx as usize + 1)
        };
        // No more than a handful; type 0 ends them.
        let caches = (0..8).map(move |subleaf| leaf(number, subleaf)).take_while(|cache| cache.eax & 31 != 0);
        known.then(|| caches.map(size).max()).flatten()
    };
    caches(4).or_else(|| caches(0x8000_001d))
}

/// Only the system is told there.
#[cfg(not(target_arch = "x86_64"))]
fn ask() -> Option<usize> {
    None
}
