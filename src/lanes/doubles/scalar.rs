//! One double.

use super::{Doubles, Table, shift};
use crate::lanes::scalar::{Fuse, Scalar};

impl<F: Fuse> Doubles for Scalar<F> {
    type F32 = f32;
    type U32 = u32;
    type F64 = f64;

    #[inline(always)]
    fn splat_f64(self, value: f64) -> f64 {
        value
    }
    #[inline(always)]
    fn widen(self, a: f32) -> f64 {
        a.into()
    }
    #[inline(always)]
    fn narrow(self, a: f64) -> f32 {
        a as f32
    }

    #[inline(always)]
    fn add_f64(self, a: f64, b: f64) -> f64 {
        a + b
    }
    #[inline(always)]
    fn sub_f64(self, a: f64, b: f64) -> f64 {
        a - b
    }
    #[inline(always)]
    fn mul_f64(self, a: f64, b: f64) -> f64 {
        a * b
    }
    #[inline(always)]
    fn div_f64(self, a: f64, b: f64) -> f64 {
        a / b
    }
    #[inline(always)]
    fn mul_add_f64(self, a: f64, b: f64, c: f64) -> f64 {
        self.0.mul_add_f64(a, b, c)
    }

    #[inline(always)]
    fn max_f64(self, a: f64, b: f64) -> f64 {
        if a > b { a } else { b }
    }

    #[inline(always)]
    fn look_up(self, table: &Table, index: u32) -> f64 {
        table.at(index)
    }
    #[inline(always)]
    fn look_up_power(self, table: &Table, index: u32) -> f64 {
        table.power(index)
    }

    const LOADS: bool = true;
    #[inline(always)]
    fn load_entry<const N: usize>(self, table: &[f64; N], index: u32) -> f64 {
        table[index as usize % N]
    }
    #[inline(always)]
    fn load_power<const N: usize>(self, table: &[f64; N], sum: f64) -> f64 {
        let sum = sum.to_bits();
        f64::from_bits(table[sum as usize % N].to_bits().wrapping_add(sum << shift::<N>()))
    }
}
