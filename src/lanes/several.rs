//! Several vectors taken through a kernel side by side.
//!
//! A kernel is one long chain of operations that wait for each other. A processor finds the next vector's chain by
//! itself only as far as its queues reach; here the chains are interleaved operation by operation, which makes costly
//! functions up to a quarter faster.

use super::{Doubles, Fallback, Lanes, Registers, Table};

/// `N` vectors of `L`: each operation is done to all.
#[derive(Clone, Copy)]
pub struct Several<L, const N: usize>(pub(crate) L);

/// Does an operation to each vector. Written out, not with closures through `core::array`: those need not be inlined.
macro_rules! each {
    ($($name:ident($first:ident: $kind:ident $(, $argument:ident: $other:ident)*) -> $result:ident = $init:expr;)*) => {
        $(#[inline(always)]
        fn $name(self, $first: Self::$kind $(, $argument: Self::$other)*) -> Self::$result {
            let mut result = [$init(self.0); N];
            for i in 0..N {
                result[i] = self.0.$name($first[i] $(, $argument[i])*);
            }
            result
        })*
    };
}

impl<L: Lanes, const N: usize> Doubles for Several<L, N> {
    type F32 = [L::F32; N];
    type U32 = [L::U32; N];
    type F64 = [L::F64; N];

    const LOADS: bool = L::LOADS;

    each! {
        widen(a: F32) -> F64 = zero_f64;
        narrow(a: F64) -> F32 = zero;
        add_f64(a: F64, b: F64) -> F64 = zero_f64;
        sub_f64(a: F64, b: F64) -> F64 = zero_f64;
        mul_f64(a: F64, b: F64) -> F64 = zero_f64;
        div_f64(a: F64, b: F64) -> F64 = zero_f64;
        mul_add_f64(a: F64, b: F64, c: F64) -> F64 = zero_f64;
        max_f64(a: F64, b: F64) -> F64 = zero_f64;
    }

    #[inline(always)]
    fn splat_f64(self, value: f64) -> Self::F64 {
        [self.0.splat_f64(value); N]
    }
    #[inline(always)]
    fn look_up(self, table: &Table, a: Self::U32) -> Self::F64 {
        let mut result = [zero_f64(self.0); N];
        for i in 0..N {
            result[i] = self.0.look_up(table, a[i]);
        }
        result
    }
    #[inline(always)]
    fn look_up_power(self, table: &Table, a: Self::U32) -> Self::F64 {
        let mut result = [zero_f64(self.0); N];
        for i in 0..N {
            result[i] = self.0.look_up_power(table, a[i]);
        }
        result
    }
    #[inline(always)]
    fn load_entry<const M: usize>(self, table: &[f64; M], a: Self::U32) -> Self::F64 {
        let mut result = [zero_f64(self.0); N];
        for i in 0..N {
            result[i] = self.0.load_entry(table, a[i]);
        }
        result
    }
    #[inline(always)]
    fn load_power<const M: usize>(self, table: &[f64; M], a: Self::F64) -> Self::F64 {
        let mut result = [zero_f64(self.0); N];
        for i in 0..N {
            result[i] = self.0.load_power(table, a[i]);
        }
        result
    }
}

impl<L: Lanes, const N: usize> Lanes for Several<L, N> {
    type Mask = [L::Mask; N];

    const FUSED: bool = L::FUSED;
    const SUMS: bool = L::SUMS;
    const WIDE: bool = L::WIDE;
    const SCALES: bool = L::SCALES;
    const DIVIDES: bool = L::DIVIDES;

    each! {
        add(a: F32, b: F32) -> F32 = zero;
        sub(a: F32, b: F32) -> F32 = zero;
        mul(a: F32, b: F32) -> F32 = zero;
        div(a: F32, b: F32) -> F32 = zero;
        mul_add(a: F32, b: F32, c: F32) -> F32 = zero;
        neg_mul_add(a: F32, b: F32, c: F32) -> F32 = zero;
        max(a: F32, b: F32) -> F32 = zero;
        min(a: F32, b: F32) -> F32 = zero;
        gt(a: F32, b: F32) -> Mask = falsehood;
        is_nan(a: F32) -> Mask = falsehood;
        or(a: Mask, b: Mask) -> Mask = falsehood;
        and_not(a: Mask, b: Mask) -> Mask = falsehood;
        select(mask: Mask, a: F32, b: F32) -> F32 = zero;
        select_u32(mask: Mask, a: U32, b: U32) -> U32 = zero_u32;
        to_bits(a: F32) -> U32 = zero_u32;
        from_bits(a: U32) -> F32 = zero;
        and_u32(a: U32, b: U32) -> U32 = zero_u32;
        or_u32(a: U32, b: U32) -> U32 = zero_u32;
        xor_u32(a: U32, b: U32) -> U32 = zero_u32;
        max_u32(a: U32, b: U32) -> U32 = zero_u32;
        add_u32(a: U32, b: U32) -> U32 = zero_u32;
        eq_u32(a: U32, b: U32) -> Mask = falsehood;
        scale(a: F32, exponent: F32) -> F32 = zero;
        abs(a: F32) -> F32 = zero;
        if_positive(x: F32, a: F32) -> F32 = zero;
        with_sign(magnitude: F32, sign: F32) -> F32 = zero;
    }

    #[inline(always)]
    fn any(self, mask: Self::Mask) -> bool {
        // Not any of their union: for AArch64, LLVM compares the minimum of two vectors in place of both, which next to a
        // signalling NaN is NaN.
        let mut any = false;
        for mask in mask {
            any |= self.0.any(mask);
        }
        any
    }
    #[inline(always)]
    fn or_else<const K: usize, F: Fallback<K>>(
        self,
        mut y: Self::F32,
        doubt: Self::Mask,
        function: F,
        arguments: [Self::F32; K],
    ) -> Self::F32 {
        // In most cases there is none in all of them, which takes one branch to know.
        if self.any(doubt) {
            for i in 0..N {
                y[i] = self.0.or_else(y[i], doubt[i], function, self.of_one(arguments, i));
            }
        }
        y
    }
    #[inline(always)]
    fn any_u32(self, a: Self::U32) -> bool {
        let mut all = a[0];
        for &a in &a[1..] {
            all = self.0.or_u32(all, a);
        }
        self.0.any_u32(all)
    }
    #[inline(always)]
    fn or_beyond<const K: usize, F: Fallback<K>>(
        self,
        y: Self::F32,
        (x, most): (Self::F32, f32),
        function: F,
        arguments: [Self::F32; K],
    ) -> Self::F32 {
        let l = self.0;
        // Where the largest number is quickly found, a comparison does for all vectors.
        if L::SUMS && !l.any_u32(l.excess(self.largest(self.to_bits(self.abs(x))), most.to_bits())) {
            return y;
        }
        self.or_else(y, self.gt(self.abs(x), self.splat(most)), function, arguments)
    }
    #[inline(always)]
    fn settle<const K: usize, const R: usize, F: Fallback<K>>(
        self,
        [mut y, other]: [Self::F32; 2],
        ranges: [(Self::U32, u32); R],
        function: F,
        arguments: [Self::F32; K],
    ) -> Self::F32 {
        // What is unsure in any of the vectors, at the price of two operations for each.
        let l = self.0;
        let mut unsure = l.splat_u32(0);
        for i in 0..N {
            unsure = l.or_u32(unsure, l.xor_u32(l.to_bits(y[i]), l.to_bits(other[i])));
        }
        for (numbers, limit) in ranges {
            unsure = l.or_u32(unsure, l.excess(self.largest(numbers), limit));
        }
        if l.any_u32(unsure) {
            for i in 0..N {
                let mut ranges_of_one = [(zero_u32(l), 0); R];
                for r in 0..R {
                    ranges_of_one[r] = (ranges[r].0[i], ranges[r].1);
                }
                y[i] = l.settle([y[i], other[i]], ranges_of_one, function, self.of_one(arguments, i));
            }
        }
        y
    }
    #[inline(always)]
    fn or_where<const K: usize, F: Fallback<K>>(
        self,
        mut y: Self::F32,
        unsure: Self::U32,
        function: F,
        arguments: [Self::F32; K],
    ) -> Self::F32 {
        if self.any_u32(unsure) {
            for i in 0..N {
                y[i] = self.0.or_where(y[i], unsure[i], function, self.of_one(arguments, i));
            }
        }
        y
    }
    #[inline(always)]
    fn near_middle(self, a: Self::F64, reach: u32) -> Self::U32 {
        let mut result = [zero_u32(self.0); N];
        for i in 0..N {
            result[i] = self.0.near_middle(a[i], reach);
        }
        result
    }
    #[inline(always)]
    fn abs_up_to(self, x: Self::F32, most: f32) -> Self::F32 {
        let mut result = x;
        for i in 0..N {
            result[i] = self.0.abs_up_to(x[i], most);
        }
        result
    }
    #[inline(always)]
    fn before(self, mut a: Self::F32, mut b: Self::F32) -> (Self::F32, Self::F32) {
        for i in 0..N {
            (a[i], b[i]) = self.0.before(a[i], b[i]);
        }
        (a, b)
    }
    #[inline(always)]
    fn splat(self, value: f32) -> Self::F32 {
        [self.0.splat(value); N]
    }
    #[inline(always)]
    fn splat_u32(self, value: u32) -> Self::U32 {
        [self.0.splat_u32(value); N]
    }
    #[inline(always)]
    fn shl<const K: u32>(self, a: Self::U32) -> Self::U32 {
        let mut result = a;
        for i in 0..N {
            result[i] = self.0.shl::<K>(a[i]);
        }
        result
    }
    #[inline(always)]
    fn shr<const K: u32>(self, a: Self::U32) -> Self::U32 {
        let mut result = a;
        for i in 0..N {
            result[i] = self.0.shr::<K>(a[i]);
        }
        result
    }
    #[inline(always)]
    fn table8(self, table: &[f32; 8], a: Self::U32) -> Self::F32 {
        let mut result = [zero(self.0); N];
        for i in 0..N {
            result[i] = self.0.table8(table, a[i]);
        }
        result
    }
    #[inline(always)]
    fn table16(self, table: &[f32; 16], a: Self::U32) -> Self::F32 {
        let mut result = [zero(self.0); N];
        for i in 0..N {
            result[i] = self.0.table16(table, a[i]);
        }
        result
    }
    #[inline(always)]
    fn table32(self, table: &[f32; 32], a: Self::U32) -> Self::F32 {
        let mut result = [zero(self.0); N];
        for i in 0..N {
            result[i] = self.0.table32(table, a[i]);
        }
        result
    }
}

impl<L: Lanes, const N: usize> Several<L, N> {
    /// What vector `i` of each argument is.
    #[inline(always)]
    fn of_one<const K: usize>(self, arguments: [[L::F32; N]; K], i: usize) -> [L::F32; K] {
        let mut of_one = [zero(self.0); K];
        for k in 0..K {
            of_one[k] = arguments[k][i];
        }
        of_one
    }
    /// The largest number of each lane.
    #[inline(always)]
    fn largest(self, numbers: [L::U32; N]) -> L::U32 {
        let mut largest = numbers[0];
        for &number in &numbers[1..] {
            largest = self.0.max_u32(largest, number);
        }
        largest
    }
}

impl<L: Registers, const N: usize> Several<L, N> {
    /// The first values, as many as there are lanes in all, or as there are; 0.0 in the other lanes.
    #[inline(always)]
    pub(crate) fn load_slice(self, from: &[f32]) -> [L::F32; N] {
        let mut result = [zero(self.0); N];
        // Apart, so that what is whole, as most are, goes without a question for each register.
        if from.len() >= N * L::LANES {
            for (i, result) in result.iter_mut().enumerate() {
                // SAFETY: so many values are there.
                *result = unsafe { self.0.load(from.as_ptr().add(i * L::LANES)) };
            }
        } else {
            for (i, result) in result.iter_mut().enumerate() {
                *result = self.0.load_slice(from.get(i * L::LANES..).unwrap_or_default());
            }
        }
        result
    }
    /// Writes the first lanes of all, as many as there are, or as fit.
    #[inline(always)]
    pub(crate) fn store_slice(self, to: &mut [f32], value: [L::F32; N]) {
        if to.len() >= N * L::LANES {
            for (i, &value) in value.iter().enumerate() {
                // SAFETY: there is room for so many.
                unsafe { self.0.store(to.as_mut_ptr().add(i * L::LANES), value) }
            }
        } else {
            for (i, &value) in value.iter().enumerate() {
                self.0.store_slice(to.get_mut(i * L::LANES..).unwrap_or_default(), value);
            }
        }
    }
}

#[inline(always)]
fn zero<L: Lanes>(lanes: L) -> L::F32 {
    lanes.splat(0.0)
}
#[inline(always)]
fn zero_f64<L: Lanes>(lanes: L) -> L::F64 {
    lanes.splat_f64(0.0)
}
#[inline(always)]
fn zero_u32<L: Lanes>(lanes: L) -> L::U32 {
    lanes.splat_u32(0)
}
#[inline(always)]
fn falsehood<L: Lanes>(lanes: L) -> L::Mask {
    lanes.gt(zero(lanes), zero(lanes))
}
