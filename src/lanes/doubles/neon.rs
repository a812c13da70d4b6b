//! Doubles of NEON: two vectors of two.

use core::arch::aarch64::*;

use super::{Doubles, Table};
use crate::lanes::neon::NeonLanes;

impl Doubles for NeonLanes {
    type F32 = float32x4_t;
    type U32 = uint32x4_t;
    type F64 = [float64x2_t; 2];

    #[inline(always)]
    fn splat_f64(self, value: f64) -> [float64x2_t; 2] {
        [self.0.neon.vdupq_n_f64(value); 2]
    }
    #[inline(always)]
    fn widen(self, a: float32x4_t) -> [float64x2_t; 2] {
        let neon = self.0.neon;
        [neon.vcvt_f64_f32(neon.vget_low_f32(a)), neon.vcvt_high_f64_f32(a)]
    }
    #[inline(always)]
    fn narrow(self, [low, high]: [float64x2_t; 2]) -> float32x4_t {
        self.0.neon.vcvt_high_f32_f64(self.0.neon.vcvt_f32_f64(low), high)
    }

    #[inline(always)]
    fn add_f64(self, a: [float64x2_t; 2], b: [float64x2_t; 2]) -> [float64x2_t; 2] {
        [self.0.neon.vaddq_f64(a[0], b[0]), self.0.neon.vaddq_f64(a[1], b[1])]
    }
    #[inline(always)]
    fn sub_f64(self, a: [float64x2_t; 2], b: [float64x2_t; 2]) -> [float64x2_t; 2] {
        [self.0.neon.vsubq_f64(a[0], b[0]), self.0.neon.vsubq_f64(a[1], b[1])]
    }
    #[inline(always)]
    fn mul_f64(self, a: [float64x2_t; 2], b: [float64x2_t; 2]) -> [float64x2_t; 2] {
        [self.0.neon.vmulq_f64(a[0], b[0]), self.0.neon.vmulq_f64(a[1], b[1])]
    }
    #[inline(always)]
    fn div_f64(self, a: [float64x2_t; 2], b: [float64x2_t; 2]) -> [float64x2_t; 2] {
        [self.0.neon.vdivq_f64(a[0], b[0]), self.0.neon.vdivq_f64(a[1], b[1])]
    }
    #[inline(always)]
    fn mul_add_f64(self, a: [float64x2_t; 2], b: [float64x2_t; 2], c: [float64x2_t; 2]) -> [float64x2_t; 2] {
        [self.0.neon.vfmaq_f64(c[0], a[0], b[0]), self.0.neon.vfmaq_f64(c[1], a[1], b[1])]
    }

    #[inline(always)]
    fn max_f64(self, a: [float64x2_t; 2], b: [float64x2_t; 2]) -> [float64x2_t; 2] {
        let neon = self.0.neon;
        [neon.vbslq_f64(neon.vcgtq_f64(a[0], b[0]), a[0], b[0]), neon.vbslq_f64(neon.vcgtq_f64(a[1], b[1]), a[1], b[1])]
    }

    #[inline(always)]
    fn look_up(self, table: &Table, index: uint32x4_t) -> [float64x2_t; 2] {
        let [a, b, c, d]: [u32; 4] = pulp::bytemuck::cast(index);
        pulp::bytemuck::cast([table.at(a), table.at(b), table.at(c), table.at(d)])
    }
    #[inline(always)]
    fn look_up_power(self, table: &Table, index: uint32x4_t) -> [float64x2_t; 2] {
        let [a, b, c, d]: [u32; 4] = pulp::bytemuck::cast(index);
        pulp::bytemuck::cast([table.power(a), table.power(b), table.power(c), table.power(d)])
    }
}
