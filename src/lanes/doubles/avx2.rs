//! Doubles of AVX2: two vectors of four.

use core::arch::x86_64::*;

use super::{Doubles, Table};
use crate::lanes::avx2::Avx2;

impl Doubles for Avx2 {
    type F32 = __m256;
    type U32 = __m256i;
    type F64 = [__m256d; 2];

    #[inline(always)]
    fn splat_f64(self, value: f64) -> [__m256d; 2] {
        [self.0.avx._mm256_set1_pd(value); 2]
    }
    #[inline(always)]
    fn widen(self, a: __m256) -> [__m256d; 2] {
        let avx = self.0.avx;
        [avx._mm256_cvtps_pd(avx._mm256_castps256_ps128(a)), avx._mm256_cvtps_pd(avx._mm256_extractf128_ps::<1>(a))]
    }
    #[inline(always)]
    fn narrow(self, [low, high]: [__m256d; 2]) -> __m256 {
        let avx = self.0.avx;
        let low = avx._mm256_castps128_ps256(avx._mm256_cvtpd_ps(low));
        avx._mm256_insertf128_ps::<1>(low, avx._mm256_cvtpd_ps(high))
    }

    #[inline(always)]
    fn add_f64(self, a: [__m256d; 2], b: [__m256d; 2]) -> [__m256d; 2] {
        [self.0.avx._mm256_add_pd(a[0], b[0]), self.0.avx._mm256_add_pd(a[1], b[1])]
    }
    #[inline(always)]
    fn sub_f64(self, a: [__m256d; 2], b: [__m256d; 2]) -> [__m256d; 2] {
        [self.0.avx._mm256_sub_pd(a[0], b[0]), self.0.avx._mm256_sub_pd(a[1], b[1])]
    }
    #[inline(always)]
    fn mul_f64(self, a: [__m256d; 2], b: [__m256d; 2]) -> [__m256d; 2] {
        [self.0.avx._mm256_mul_pd(a[0], b[0]), self.0.avx._mm256_mul_pd(a[1], b[1])]
    }
    #[inline(always)]
    fn div_f64(self, a: [__m256d; 2], b: [__m256d; 2]) -> [__m256d; 2] {
        [self.0.avx._mm256_div_pd(a[0], b[0]), self.0.avx._mm256_div_pd(a[1], b[1])]
    }
    #[inline(always)]
    fn mul_add_f64(self, a: [__m256d; 2], b: [__m256d; 2], c: [__m256d; 2]) -> [__m256d; 2] {
        [self.0.fma._mm256_fmadd_pd(a[0], b[0], c[0]), self.0.fma._mm256_fmadd_pd(a[1], b[1], c[1])]
    }

    #[inline(always)]
    fn max_f64(self, a: [__m256d; 2], b: [__m256d; 2]) -> [__m256d; 2] {
        [self.0.avx._mm256_max_pd(a[0], b[0]), self.0.avx._mm256_max_pd(a[1], b[1])]
    }

    #[inline(always)]
    fn look_up(self, table: &Table, index: __m256i) -> [__m256d; 2] {
        let index = self.spread(index);
        self.join(self.find(&table.low, index), self.find(&table.high, index))
    }
    #[inline(always)]
    fn look_up_power(self, table: &Table, index: __m256i) -> [__m256d; 2] {
        let index = self.spread(index);
        let high =
            self.0.avx2._mm256_add_epi32(self.find(&table.high, index), self.0.avx2._mm256_slli_epi32::<17>(index));
        self.join(self.find(&table.low, index), high)
    }
}

impl Avx2 {
    /// In the order in which [`join`](Avx2::join) takes them.
    #[inline(always)]
    fn spread(self, index: __m256i) -> __m256i {
        self.0.avx2._mm256_permute4x64_epi64::<0b11_01_10_00>(index)
    }
    #[inline(always)]
    fn find(self, table: &[u32; 8], index: __m256i) -> __m256i {
        // The instruction uses the low three bits of each index.
        self.0.avx2._mm256_permutevar8x32_epi32(pulp::bytemuck::cast(*table), index)
    }
    /// Doubles of the halves of their bits.
    #[inline(always)]
    fn join(self, low: __m256i, high: __m256i) -> [__m256d; 2] {
        let (avx, avx2) = (self.0.avx, self.0.avx2);
        [
            avx._mm256_castsi256_pd(avx2._mm256_unpacklo_epi32(low, high)),
            avx._mm256_castsi256_pd(avx2._mm256_unpackhi_epi32(low, high)),
        ]
    }
}
