//! Vectors of `f32`: the traits that every kernel is written over, and one file per instruction set.
//!
//! A kernel names [`Lanes`], which computes, also in [`Doubles`], and [`Registers`], which also loads, stores and
//! rearranges. Each operation has the same result, bit for bit, on every implementation, with one stated exception:
//! [`mul_add`](Lanes::mul_add) of [`portable`] rounds twice, since its baseline may lack the instruction. To add an
//! instruction set, write one file with an implementation of both and one of its doubles, and give it a variant in
//! [`Isa`] and in [`Backend`](crate::Backend).

pub(crate) mod cache;
mod doubles;
mod isa;
#[cfg(feature = "half")]
pub(crate) mod narrow;
mod portable;
mod scalar;
mod several;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;

pub use doubles::Doubles;
pub(crate) use doubles::Table;
pub(crate) use isa::Isa;
#[cfg(target_arch = "aarch64")]
pub use neon::NeonLanes;
pub(crate) use several::Several;
#[cfg(target_arch = "x86_64")]
pub use {avx2::Avx2, avx512::Avx512};

/// Reductions run in this many virtual lanes on every machine, whatever the width of its registers, so that sums are
/// rounded in the same order everywhere.
pub(crate) const BLOCK: usize = 32;

/// A piece of work that an instruction set carries out: [`Registers::vectorize`] compiles `run` for it.
pub trait Op {
    /// What the work returns.
    type Output;
    /// Whether it may need more vectors at a time than there are registers.
    const HEAVY: bool = true;
    /// Does the work. Implementations are `#[inline(always)]`, and so is all that they call with `lanes`: only code
    /// that is inlined into `vectorize` is compiled for the instruction set.
    fn run<L: Registers>(self, lanes: L) -> Self::Output;
}

/// Wraps an [`Op`] as pulp wants it.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
fn pulp_op<L: Registers, O: Op>(lanes: L, op: O) -> impl pulp::WithSimd<Output = O::Output> {
    struct Call<L, O>(L, O);
    impl<L: Registers, O: Op> pulp::WithSimd for Call<L, O> {
        type Output = O::Output;
        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, _: S) -> O::Output {
            self.1.run(self.0)
        }
    }
    Call(lanes, op)
}

/// Runs `op` in a function of its own, so that it is compiled once, and not for each place that calls it: what pulp does
/// for other instruction sets.
#[inline(never)]
fn apart<L: Registers, O: Op>(lanes: L, op: O) -> O::Output {
    op.run(lanes)
}

/// A function that is worth a branch to avoid: see [`Lanes::or_else`].
pub trait Fallback<const ARGUMENTS: usize = 1>: Copy {
    /// The function. Implementations are `#[inline(always)]`.
    fn call<L: Lanes>(self, lanes: L, arguments: [L::F32; ARGUMENTS]) -> L::F32;
}

/// Arithmetic lane by lane: what element-wise kernels are written over. The value is the proof that the machine has it.
///
/// Where an argument is NaN, arithmetic gives NaN; what else is stated per operation. No operation depends on what
/// the NaN's payload is.
#[allow(clippy::wrong_self_convention, reason = "`self` is the instruction set, not what is converted")]
pub trait Lanes: Doubles + Send + Sync {
    /// One truth value per lane.
    type Mask: Copy;

    /// Whether [`mul_add`](Lanes::mul_add) rounds once.
    const FUSED: bool = true;

    /// Whether sums of two floats, which take the fused operation, are worth a try before computing in f64.
    const SUMS: bool = false;
    /// Whether [`table32`](Lanes::table32) is an instruction.
    const WIDE: bool = false;

    /// Whether a division takes no longer than a few other operations.
    const DIVIDES: bool = true;

    fn splat(self, value: f32) -> Self::F32;
    fn splat_u32(self, value: u32) -> Self::U32;

    fn add(self, a: Self::F32, b: Self::F32) -> Self::F32;
    fn sub(self, a: Self::F32, b: Self::F32) -> Self::F32;
    fn mul(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// True division, correctly rounded.
    fn div(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// `a * b + c`, rounded once.
    fn mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32;
    /// `c - a * b`, rounded once.
    fn neg_mul_add(self, a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32;
    /// `if a > b { a } else { b }`: the second where either is NaN, or where both are zeros.
    fn max(self, a: Self::F32, b: Self::F32) -> Self::F32;
    /// `if a < b { a } else { b }`: the second where either is NaN, or where both are zeros.
    fn min(self, a: Self::F32, b: Self::F32) -> Self::F32;

    /// `a > b`; false where either is NaN.
    fn gt(self, a: Self::F32, b: Self::F32) -> Self::Mask;
    fn is_nan(self, a: Self::F32) -> Self::Mask;
    fn or(self, a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// `a & !b`.
    fn and_not(self, a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// Whether it is true in any lane.
    fn any(self, mask: Self::Mask) -> bool;
    /// `y`, but the function of its arguments where there is doubt: computed only where there is in any lane of a
    /// register.
    #[inline(always)]
    fn or_else<const K: usize, F: Fallback<K>>(
        self,
        y: Self::F32,
        doubt: Self::Mask,
        function: F,
        arguments: [Self::F32; K],
    ) -> Self::F32 {
        if self.any(doubt) { self.select(doubt, function.call(self, arguments), y) } else { y }
    }
    /// The same where |x| is larger than `most`.
    #[inline(always)]
    fn or_beyond<const K: usize, F: Fallback<K>>(
        self,
        y: Self::F32,
        (x, most): (Self::F32, f32),
        function: F,
        arguments: [Self::F32; K],
    ) -> Self::F32 {
        self.or_else(y, self.gt(self.abs(x), self.splat(most)), function, arguments)
    }
    /// A function that lies between two floats: the first, where both are the same and no number of `ranges` is larger
    /// than its limit, or where the first argument is 0, and elsewhere the function of its arguments, computed only where
    /// there is such a lane.
    #[inline(always)]
    fn settle<const K: usize, const R: usize, F: Fallback<K>>(
        self,
        bounds: [Self::F32; 2],
        ranges: [(Self::U32, u32); R],
        function: F,
        arguments: [Self::F32; K],
    ) -> Self::F32 {
        let mut unsure = self.xor_u32(self.to_bits(bounds[0]), self.to_bits(bounds[1]));
        for (number, limit) in ranges {
            unsure = self.or_u32(unsure, self.excess(number, limit));
        }
        if self.any_u32(unsure) {
            let none = self.splat_u32(0);
            let sure = self.or(self.eq_u32(unsure, none), self.eq_u32(self.to_bits(self.abs(arguments[0])), none));
            let doubt = self.and_not(self.eq_u32(none, none), sure);
            return self.or_else(bounds[0], doubt, function, arguments);
        }
        bounds[0]
    }
    /// `y`, but the function of its arguments where `unsure` is not 0: computed only where there is such a lane.
    #[inline(always)]
    fn or_where<const K: usize, F: Fallback<K>>(
        self,
        y: Self::F32,
        unsure: Self::U32,
        function: F,
        arguments: [Self::F32; K],
    ) -> Self::F32 {
        if !self.any_u32(unsure) {
            return y;
        }
        self.select(self.eq_u32(unsure, self.splat_u32(0)), y, function.call(self, arguments))
    }
    /// Not 0 where a number is in the middle between two floats, or up to `reach` steps of its last place away from it,
    /// if it is large enough for a normal float. It is never called unless [`LOADS`](Doubles::LOADS).
    #[inline(always)]
    fn near_middle(self, _a: Self::F64, _reach: u32) -> Self::U32 {
        self.splat_u32(0)
    }
    /// 0 where a number is not larger than a limit, and something else where it is.
    #[inline(always)]
    fn excess(self, number: Self::U32, limit: u32) -> Self::U32 {
        let limit = self.splat_u32(limit);
        self.xor_u32(self.max_u32(number, limit), limit)
    }
    /// `mask ? a : b`.
    fn select(self, mask: Self::Mask, a: Self::F32, b: Self::F32) -> Self::F32;
    /// `mask ? a : b`.
    fn select_u32(self, mask: Self::Mask, a: Self::U32, b: Self::U32) -> Self::U32;
    /// `x < limit ? a : b`, where neither x nor limit is negative; b where x is NaN.
    #[inline(always)]
    fn select_below(self, x: Self::F32, limit: f32, a: Self::F32, b: Self::F32) -> Self::F32 {
        self.select(self.gt(self.splat(limit), x), a, b)
    }

    fn to_bits(self, a: Self::F32) -> Self::U32;
    fn from_bits(self, a: Self::U32) -> Self::F32;
    fn and_u32(self, a: Self::U32, b: Self::U32) -> Self::U32;
    fn or_u32(self, a: Self::U32, b: Self::U32) -> Self::U32;
    fn xor_u32(self, a: Self::U32, b: Self::U32) -> Self::U32;
    fn max_u32(self, a: Self::U32, b: Self::U32) -> Self::U32;
    /// Whether any lane is not 0.
    fn any_u32(self, a: Self::U32) -> bool;
    /// Wrapping sum.
    fn add_u32(self, a: Self::U32, b: Self::U32) -> Self::U32;
    fn eq_u32(self, a: Self::U32, b: Self::U32) -> Self::Mask;
    fn shl<const N: u32>(self, a: Self::U32) -> Self::U32;
    fn shr<const N: u32>(self, a: Self::U32) -> Self::U32;

    /// Both, where the compiler computes `a` before it uses `b`.
    #[inline(always)]
    fn before(self, a: Self::F32, b: Self::F32) -> (Self::F32, Self::F32) {
        (a, b)
    }
    /// `|a|`.
    #[inline(always)]
    fn abs(self, a: Self::F32) -> Self::F32 {
        self.from_bits(self.and_u32(self.to_bits(a), self.splat_u32(0x7fff_ffff)))
    }

    /// |x|, but no more than `most`, and either that or NaN where x is NaN.
    #[inline(always)]
    fn abs_up_to(self, x: Self::F32, most: f32) -> Self::F32 {
        self.min(self.splat(most), self.abs(x))
    }

    /// `a` where the sign bit of x is clear, and 0.0 where it is set.
    #[inline(always)]
    fn if_positive(self, x: Self::F32, a: Self::F32) -> Self::F32 {
        let mask = self.add_u32(self.shr::<31>(self.to_bits(x)), self.splat_u32(u32::MAX));
        self.from_bits(self.and_u32(self.to_bits(a), mask))
    }

    /// `magnitude`, which has a clear sign bit, with the sign bit of `sign`.
    #[inline(always)]
    fn with_sign(self, magnitude: Self::F32, sign: Self::F32) -> Self::F32 {
        let sign = self.and_u32(self.to_bits(sign), self.splat_u32(0x8000_0000));
        self.from_bits(self.or_u32(self.to_bits(magnitude), sign))
    }

    /// `a · b` rounded, and by how much that is too large: exactly, unless it is subnormal.
    #[inline(always)]
    fn product(self, a: Self::F32, b: Self::F32) -> (Self::F32, Self::F32) {
        let product = self.mul(a, b);
        if Self::FUSED {
            return (product, self.neg_mul_add(a, b, product));
        }
        // T. J. Dekker, 1971: products of halves, of 12 bits each, are exact.
        let half = self.splat_u32(0xffff_f000);
        let (a_high, b_high) = (self.and_u32(self.to_bits(a), half), self.and_u32(self.to_bits(b), half));
        let (a_high, b_high) = (self.from_bits(a_high), self.from_bits(b_high));
        let (a_low, b_low) = (self.sub(a, a_high), self.sub(b, b_high));
        let excess = self.sub(product, self.mul(a_high, b_high));
        let excess = self.sub(self.sub(excess, self.mul(a_high, b_low)), self.mul(a_low, b_high));
        (product, self.sub(excess, self.mul(a_low, b_low)))
    }

    /// Whether [`scale`](Lanes::scale) is an instruction; where it is not, it is never called.
    const SCALES: bool = false;
    /// `a · 2^⌊exponent⌋`, rounded once, where both are finite.
    #[inline(always)]
    fn scale(self, a: Self::F32, _exponent: Self::F32) -> Self::F32 {
        a
    }

    /// `table[index & 7]` in each lane.
    fn table8(self, table: &[f32; 8], index: Self::U32) -> Self::F32;
    /// `table[index & 15]` in each lane.
    fn table16(self, table: &[f32; 16], index: Self::U32) -> Self::F32;
    /// `table[index & 31]` in each lane.
    #[inline(always)]
    fn table32(self, table: &[f32; 32], index: Self::U32) -> Self::F32 {
        let [low, high]: [[f32; 16]; 2] = pulp::bytemuck::cast(*table);
        let is_low = self.eq_u32(self.and_u32(index, self.splat_u32(16)), self.splat_u32(0));
        self.select(is_low, self.table16(&low, index), self.table16(&high, index))
    }
}

/// The vectors of an instruction set: [`Lanes`] that can also be loaded, stored and rearranged.
pub trait Registers: Lanes {
    /// Lanes in a vector; a power of two, at most 16, so that [`BLOCK`] is a multiple.
    const LANES: usize;
    /// Whether heavy functions take two vectors side by side, and not four, since more would not fit the registers.
    const PAIRS: bool = false;
    /// Whether kernels of rows are also compiled for several short rows at a time: not where nobody looks for speed.
    const TUNED: bool = true;
    /// The [`BLOCK`] virtual lanes of a reduction.
    type Block: Copy + AsRef<[Self::F32]> + AsMut<[Self::F32]>;

    /// Runs `op` compiled for this instruction set.
    fn vectorize<O: Op>(self, op: O) -> O::Output;

    /// A block with all lanes equal to `value`.
    fn block(self, value: Self::F32) -> Self::Block;
    /// True in the first `count` lanes.
    fn first(self, count: usize) -> Self::Mask;

    /// The lanes of `a` and then `b` with even and with odd numbers: `(a0 a2 … b0 b2 …, a1 a3 … b1 b3 …)`.
    fn unzip(self, a: Self::F32, b: Self::F32) -> (Self::F32, Self::F32);

    /// The same in an order of its own, where that is faster, so that halves of pairs meet. What has been through it `N`
    /// times, from `2^N` vectors to one, is put in order by [`in_order`](Registers::in_order). For N ≤ 2.
    #[inline(always)]
    fn unzip_loosely(self, a: Self::F32, b: Self::F32) -> (Self::F32, Self::F32) {
        self.unzip(a, b)
    }
    /// See [`unzip_loosely`](Registers::unzip_loosely).
    #[inline(always)]
    fn in_order<const N: usize>(self, a: Self::F32) -> Self::F32 {
        a
    }

    /// Combines the lanes by a fixed tree: lane `i` with lane `i + LANES / 2`, and so on down to one.
    fn fold(self, a: Self::F32, op: impl Fn(Self::F32, Self::F32) -> Self::F32) -> f32;

    /// `then` of what `fold` gives for each of four vectors, in all lanes.
    #[inline(always)]
    fn fold4(
        self,
        mut vectors: [Self::F32; 4],
        op: impl Fn(Self::F32, Self::F32) -> Self::F32 + Copy,
        then: impl Fn(Self::F32) -> Self::F32,
    ) -> [Self::F32; 4] {
        for vector in &mut vectors {
            *vector = then(self.splat(self.fold(*vector, op)));
        }
        vectors
    }

    /// Loads `LANES` values.
    ///
    /// # Safety
    /// `from` is valid for reading `LANES` values; no alignment is needed.
    unsafe fn load(self, from: *const f32) -> Self::F32;
    /// Stores `LANES` values.
    ///
    /// # Safety
    /// `to` is valid for writing `LANES` values; no alignment is needed.
    unsafe fn store(self, to: *mut f32, value: Self::F32);
    /// Stores `LANES` values past the caches, if the machine can: for what is too large to be read from them later. A
    /// [`fence`](Registers::fence) must follow before anything else touches the memory.
    ///
    /// # Safety
    /// `to` is valid for writing `LANES` values, and aligned to as many.
    #[inline(always)]
    unsafe fn stream(self, to: *mut f32, value: Self::F32) {
        // SAFETY: the caller says that they can be written.
        unsafe { self.store(to, value) }
    }
    /// Puts what was streamed in order with all that follows.
    #[inline(always)]
    fn fence(self) {}
    /// Asks for the cache line with this address, which need not be valid, as it is soon read or written.
    #[inline(always)]
    fn prefetch(self, _to: *const f32) {}
    /// Loads `count < LANES` values into the first lanes, 0.0 into the others.
    ///
    /// # Safety
    /// `from` is valid for reading `count` values.
    unsafe fn load_first(self, from: *const f32, count: usize) -> Self::F32;
    /// Stores the first `count < LANES` lanes.
    ///
    /// # Safety
    /// `to` is valid for writing `count` values.
    unsafe fn store_first(self, to: *mut f32, count: usize, value: Self::F32);
    /// Whether instructions widen and round numbers of half precision (IEEE 754 binary16).
    #[cfg(feature = "half")]
    #[inline(always)]
    fn halves(self) -> bool {
        false
    }
    /// Loads `LANES` numbers of half precision.
    ///
    /// # Safety
    /// They can be read, and [`halves`](Registers::halves) is true.
    #[cfg(feature = "half")]
    #[inline(always)]
    unsafe fn load_f16(self, from: *const u16) -> Self::F32 {
        let mut values = [0.0; BLOCK];
        // SAFETY: the caller says so, and there are no more lanes than values.
        unsafe {
            narrow::widen_each(from, values.as_mut_ptr(), Self::LANES);
            self.load(values.as_ptr())
        }
    }
    /// Stores a vector, rounded to half precision: to the nearest, ties to even; NaN stays NaN.
    ///
    /// # Safety
    /// `LANES` such numbers can be written, and `halves` is true.
    #[cfg(feature = "half")]
    #[inline(always)]
    unsafe fn store_f16(self, to: *mut u16, value: Self::F32) {
        let mut values = [0.0; BLOCK];
        // SAFETY: the caller says so, and there are no more lanes than values.
        unsafe {
            self.store(values.as_mut_ptr(), value);
            narrow::narrow_each(values.as_ptr(), to, Self::LANES);
        }
    }
    /// Whether an instruction rounds to bfloat16. It is asked once for many elements.
    #[cfg(feature = "half")]
    #[inline(always)]
    fn rounds_bf16(self) -> bool {
        false
    }
    /// Stores the numbers of two vectors in turns, rounded to bfloat16: to the nearest, ties to even; NaN stays NaN.
    /// `by_instruction` is what [`rounds_bf16`](Registers::rounds_bf16) says, or false.
    ///
    /// # Safety
    /// `2 * LANES` such numbers can be written.
    #[cfg(feature = "half")]
    #[inline(always)]
    unsafe fn store_bf16(self, to: *mut u16, values: [Self::F32; 2], _by_instruction: bool) {
        // SAFETY: the caller says so.
        unsafe { narrow::store_bf16(self, to, values) }
    }
    /// The first `LANES` values, or as many as there are, and 0.0 in the other lanes.
    #[inline(always)]
    fn load_slice(self, from: &[f32]) -> Self::F32 {
        let len = from.len();
        if len == 0 {
            // Whether a masked load of nothing may fault at an address where nothing is, AMD leaves to the processor.
            return self.splat(0.0);
        }
        // SAFETY: so many values are there.
        unsafe { if len < Self::LANES { self.load_first(from.as_ptr(), len) } else { self.load(from.as_ptr()) } }
    }
    /// Writes the first lanes, as many as there are, or as fit.
    #[inline(always)]
    fn store_slice(self, to: &mut [f32], value: Self::F32) {
        let (to, len) = (to.as_mut_ptr(), to.len());
        // SAFETY: there is room for so many.
        unsafe { if len < Self::LANES { self.store_first(to, len, value) } else { self.store(to, value) } }
    }
    /// Loads `from[0]`, `from[stride]`, … `from[(LANES - 1) * stride]`.
    ///
    /// # Safety
    /// All of those are valid for reading.
    unsafe fn load_strided(self, from: *const f32, stride: usize) -> Self::F32;
}
