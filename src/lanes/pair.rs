//! Two vectors taken through a kernel side by side; as a pair of pairs, four.
//!
//! A kernel is one long chain of operations that wait for each other. A processor finds the next vector's chain by
//! itself only as far as its queues reach; here the chains are interleaved operation by operation, which makes costly
//! functions up to a quarter faster.

use super::Lanes;

/// Two vectors of `L`: each operation is done to both.
#[derive(Clone, Copy)]
pub(crate) struct Pair<L>(pub L);

/// Does an operation to both vectors. Written out, not with closures through `core::array`: those need not be inlined.
macro_rules! both {
    ($($name:ident($($argument:ident: $kind:ident),*) -> $result:ident;)*) => {
        $(#[inline(always)]
        fn $name(self, $($argument: Self::$kind),*) -> Self::$result {
            [self.0.$name($($argument[0]),*), self.0.$name($($argument[1]),*)]
        })*
    };
}

impl<L: Lanes> Lanes for Pair<L> {
    type F32 = [L::F32; 2];
    type U32 = [L::U32; 2];
    type Mask = [L::Mask; 2];

    both! {
        add(a: F32, b: F32) -> F32;
        sub(a: F32, b: F32) -> F32;
        mul(a: F32, b: F32) -> F32;
        div(a: F32, b: F32) -> F32;
        mul_add(a: F32, b: F32, c: F32) -> F32;
        neg_mul_add(a: F32, b: F32, c: F32) -> F32;
        max(a: F32, b: F32) -> F32;
        min(a: F32, b: F32) -> F32;
        gt(a: F32, b: F32) -> Mask;
        is_nan(a: F32) -> Mask;
        or(a: Mask, b: Mask) -> Mask;
        and_not(a: Mask, b: Mask) -> Mask;
        select(mask: Mask, a: F32, b: F32) -> F32;
        select_u32(mask: Mask, a: U32, b: U32) -> U32;
        to_bits(a: F32) -> U32;
        from_bits(a: U32) -> F32;
        and_u32(a: U32, b: U32) -> U32;
        or_u32(a: U32, b: U32) -> U32;
        add_u32(a: U32, b: U32) -> U32;
        eq_u32(a: U32, b: U32) -> Mask;
        abs(a: F32) -> F32;
        with_sign(magnitude: F32, sign: F32) -> F32;
    }

    #[inline(always)]
    fn splat(self, value: f32) -> Self::F32 {
        [self.0.splat(value); 2]
    }
    #[inline(always)]
    fn splat_u32(self, value: u32) -> Self::U32 {
        [self.0.splat_u32(value); 2]
    }
    #[inline(always)]
    fn shl<const N: u32>(self, [a, b]: Self::U32) -> Self::U32 {
        [self.0.shl::<N>(a), self.0.shl::<N>(b)]
    }
    #[inline(always)]
    fn shr<const N: u32>(self, [a, b]: Self::U32) -> Self::U32 {
        [self.0.shr::<N>(a), self.0.shr::<N>(b)]
    }
    #[inline(always)]
    fn table8(self, table: &[f32; 8], [i, j]: Self::U32) -> Self::F32 {
        [self.0.table8(table, i), self.0.table8(table, j)]
    }
    #[inline(always)]
    fn table16(self, table: &[f32; 16], [i, j]: Self::U32) -> Self::F32 {
        [self.0.table16(table, i), self.0.table16(table, j)]
    }
}
