//! What a candidate leaves in vector registers, which is nobody else's to pay for.

/// Clears the upper halves of vector registers. tract's kernels in assembly end without doing so. From then on, until
/// someone does, each change between instructions of SSE and those of AVX costs dozens of cycles on many processors of
/// Intel's: a loop over std has two for an element where it calls the C library, and took sixty times as long.
pub fn clear() {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: there is AVX.
        unsafe { std::arch::x86_64::_mm256_zeroupper() }
    }
}
