//! Doubles of AVX-512: two vectors of eight.

use core::arch::x86_64::*;

use super::{Doubles, Table};
use crate::lanes::avx512::Avx512;

impl Doubles for Avx512 {
    type F32 = __m512;
    type U32 = __m512i;
    type F64 = [__m512d; 2];

    #[inline(always)]
    fn splat_f64(self, value: f64) -> [__m512d; 2] {
        [self.0.avx512f._mm512_set1_pd(value); 2]
    }
    #[inline(always)]
    fn widen(self, a: __m512) -> [__m512d; 2] {
        let f = self.0.avx512f;
        let high = f._mm512_extractf64x4_pd::<1>(f._mm512_castps_pd(a));
        [f._mm512_cvtps_pd(f._mm512_castps512_ps256(a)), f._mm512_cvtps_pd(self.0.avx._mm256_castpd_ps(high))]
    }
    #[inline(always)]
    fn narrow(self, [low, high]: [__m512d; 2]) -> __m512 {
        let f = self.0.avx512f;
        let low = f._mm512_castps256_ps512(f._mm512_cvtpd_ps(low));
        let high = self.0.avx._mm256_castps_pd(f._mm512_cvtpd_ps(high));
        f._mm512_castpd_ps(f._mm512_insertf64x4::<1>(f._mm512_castps_pd(low), high))
    }

    #[inline(always)]
    fn add_f64(self, a: [__m512d; 2], b: [__m512d; 2]) -> [__m512d; 2] {
        [self.0.avx512f._mm512_add_pd(a[0], b[0]), self.0.avx512f._mm512_add_pd(a[1], b[1])]
    }
    #[inline(always)]
    fn sub_f64(self, a: [__m512d; 2], b: [__m512d; 2]) -> [__m512d; 2] {
        [self.0.avx512f._mm512_sub_pd(a[0], b[0]), self.0.avx512f._mm512_sub_pd(a[1], b[1])]
    }
    #[inline(always)]
    fn mul_f64(self, a: [__m512d; 2], b: [__m512d; 2]) -> [__m512d; 2] {
        [self.0.avx512f._mm512_mul_pd(a[0], b[0]), self.0.avx512f._mm512_mul_pd(a[1], b[1])]
    }
    #[inline(always)]
    fn div_f64(self, a: [__m512d; 2], b: [__m512d; 2]) -> [__m512d; 2] {
        [self.0.avx512f._mm512_div_pd(a[0], b[0]), self.0.avx512f._mm512_div_pd(a[1], b[1])]
    }
    #[inline(always)]
    fn mul_add_f64(self, a: [__m512d; 2], b: [__m512d; 2], c: [__m512d; 2]) -> [__m512d; 2] {
        [self.0.avx512f._mm512_fmadd_pd(a[0], b[0], c[0]), self.0.avx512f._mm512_fmadd_pd(a[1], b[1], c[1])]
    }

    #[inline(always)]
    fn max_f64(self, a: [__m512d; 2], b: [__m512d; 2]) -> [__m512d; 2] {
        [self.0.avx512f._mm512_max_pd(a[0], b[0]), self.0.avx512f._mm512_max_pd(a[1], b[1])]
    }

    #[inline(always)]
    fn look_up(self, table: &Table, index: __m512i) -> [__m512d; 2] {
        let [low, high] = self.widen_u32(index);
        [self.find(table, low), self.find(table, high)]
    }
    #[inline(always)]
    fn look_up_power(self, table: &Table, index: __m512i) -> [__m512d; 2] {
        let [low, high] = self.widen_u32(index);
        [self.find_power(table, low), self.find_power(table, high)]
    }
}

impl Avx512 {
    #[inline(always)]
    fn widen_u32(self, a: __m512i) -> [__m512i; 2] {
        let f = self.0.avx512f;
        [
            f._mm512_cvtepu32_epi64(f._mm512_castsi512_si256(a)),
            f._mm512_cvtepu32_epi64(f._mm512_extracti64x4_epi64::<1>(a)),
        ]
    }
    #[inline(always)]
    fn find(self, table: &Table, index: __m512i) -> __m512d {
        // The instruction uses the low three bits of each index.
        self.0.avx512f._mm512_permutexvar_pd(index, pulp::bytemuck::cast(table.whole))
    }
    #[inline(always)]
    fn find_power(self, table: &Table, index: __m512i) -> __m512d {
        let f = self.0.avx512f;
        let bits = f._mm512_castpd_si512(self.find(table, index));
        f._mm512_castsi512_pd(f._mm512_add_epi64(bits, f._mm512_slli_epi64::<49>(index)))
    }
}
