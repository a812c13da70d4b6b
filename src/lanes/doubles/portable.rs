//! Doubles by the crate `wide`: two vectors of two.

use wide::bytemuck::cast;
use wide::{f32x4, f64x2, u32x4, u64x2};

use super::{Doubles, Table, shift};
use crate::lanes::portable::Portable;

#[inline(always)]
fn load_power<const N: usize>(table: &[f64; N], sum: f64x2) -> f64x2 {
    let sum: u64x2 = cast(sum);
    let [a, b] = sum.to_array();
    let powers: u64x2 = cast(f64x2::new([table[a as usize % N], table[b as usize % N]]));
    cast(powers + (sum << const { shift::<N>() }))
}

impl Doubles for Portable {
    type F32 = f32x4;
    type U32 = u32x4;
    type F64 = [f64x2; 2];

    #[inline(always)]
    fn splat_f64(self, value: f64) -> [f64x2; 2] {
        [f64x2::splat(value); 2]
    }
    #[inline(always)]
    fn widen(self, a: f32x4) -> [f64x2; 2] {
        let [a, b, c, d] = a.to_array();
        [f64x2::new([a.into(), b.into()]), f64x2::new([c.into(), d.into()])]
    }
    #[inline(always)]
    fn narrow(self, [low, high]: [f64x2; 2]) -> f32x4 {
        let ([a, b], [c, d]) = (low.to_array(), high.to_array());
        f32x4::new([a as f32, b as f32, c as f32, d as f32])
    }

    #[inline(always)]
    fn add_f64(self, a: [f64x2; 2], b: [f64x2; 2]) -> [f64x2; 2] {
        [a[0] + b[0], a[1] + b[1]]
    }
    #[inline(always)]
    fn sub_f64(self, a: [f64x2; 2], b: [f64x2; 2]) -> [f64x2; 2] {
        [a[0] - b[0], a[1] - b[1]]
    }
    #[inline(always)]
    fn mul_f64(self, a: [f64x2; 2], b: [f64x2; 2]) -> [f64x2; 2] {
        [a[0] * b[0], a[1] * b[1]]
    }
    #[inline(always)]
    fn div_f64(self, a: [f64x2; 2], b: [f64x2; 2]) -> [f64x2; 2] {
        [a[0] / b[0], a[1] / b[1]]
    }
    #[inline(always)]
    fn mul_add_f64(self, a: [f64x2; 2], b: [f64x2; 2], c: [f64x2; 2]) -> [f64x2; 2] {
        [a[0] * b[0] + c[0], a[1] * b[1] + c[1]]
    }

    #[inline(always)]
    fn max_f64(self, a: [f64x2; 2], b: [f64x2; 2]) -> [f64x2; 2] {
        [a[0].simd_gt(b[0]).bitselect(a[0], b[0]), a[1].simd_gt(b[1]).bitselect(a[1], b[1])]
    }

    #[inline(always)]
    fn look_up(self, table: &Table, index: u32x4) -> [f64x2; 2] {
        let [a, b, c, d] = index.to_array();
        [f64x2::new([table.at(a), table.at(b)]), f64x2::new([table.at(c), table.at(d)])]
    }
    #[inline(always)]
    fn look_up_power(self, table: &Table, index: u32x4) -> [f64x2; 2] {
        let [a, b, c, d] = index.to_array();
        [f64x2::new([table.power(a), table.power(b)]), f64x2::new([table.power(c), table.power(d)])]
    }

    const LOADS: bool = true;
    #[inline(always)]
    fn load_entry<const N: usize>(self, table: &[f64; N], index: u32x4) -> [f64x2; 2] {
        let [a, b, c, d] = index.to_array().map(|i| i as usize % N);
        [f64x2::new([table[a], table[b]]), f64x2::new([table[c], table[d]])]
    }
    #[inline(always)]
    fn load_power<const N: usize>(self, table: &[f64; N], [low, high]: [f64x2; 2]) -> [f64x2; 2] {
        [load_power(table, low), load_power(table, high)]
    }
}
