//! The slice adaptor: turns slices into vectors and back. The only `unsafe` outside of `lanes`.
//!
//! [`Pass`] is what an element-wise kernel reads and writes, [`Row`] the same along an axis, and [`Stack`] and
//! [`Groups`] are what maxout reduces. Each owns its part of the output: it can be cut into disjoint parts, never
//! copied; and the functions that consume one write all of its output. Input and output are either apart or the very
//! same memory (in place): each element is read before it is written, so that the two do not differ.

mod joined;
mod maxout;
mod rows;
mod source;
mod staged;
mod tiles;

pub(crate) use joined::{Joined, Repeating};
pub(crate) use maxout::{Contest, Groups, Reduce, Stack, Winners, countable};
pub(crate) use rows::{CHUNK, Reading, Row, RowKernel, Rows, Walk, fold, sum, sum_of, sum_of_written, tree, write};
pub(crate) use source::{Overwritten, Sink, Source};
#[cfg(feature = "half")]
pub(crate) use staged::MapNarrow;
pub(crate) use staged::{ChannelSums, NOTHING, ONE, Operand, Output, Spot, Spots, Staged, Turns};
pub(crate) use tiles::{Long, RowNumber, RowWork, Tiles};

use core::marker::PhantomData;
use core::mem::MaybeUninit;

use crate::element::{Element, Kind};
use crate::error::{Error, same_length};
use crate::lanes::{Lanes, Op, Registers, Several, cache};
use crate::parallel::{Cost, Split};

/// Outputs of fewer elements are never written past the caches: no machine is asked for the size of its own.
const LEAST: usize = 1 << 20;
/// An output of fewer elements may be in the first cache of a core.
const FIRST_CACHE: usize = 1 << 13;
/// Elements in a cache line.
const LINE: usize = 16;
/// So many elements ahead of the ones that are written, the cache is asked for the output's lines.
const DISTANCE: usize = 256;
/// Values that [`Pass::combine`] asks for at a time; those after the last element are not used.
pub(crate) const PIECE: usize = 1 << 9;
/// So many vectors go side by side.
const SIDE: usize = 4;

/// Whether so many elements, and as many that they are computed from, fill the last cache.
#[inline]
fn too_large(elements: usize) -> bool {
    elements >= LEAST && elements >= cache::last() / (2 * size_of::<f32>())
}

/// `N` inputs and one output of the same length.
#[must_use = "its output must be written"]
pub(crate) struct Pass<'a, const N: usize> {
    from: [*const f32; N],
    to: *mut f32,
    len: usize,
    life: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is `N` shared slices and a unique one, or parts of them.
unsafe impl<const N: usize> Send for Pass<'_, N> {}
// SAFETY: a shared `Pass` only reads; who could write while it does would hold it by value.
unsafe impl<const N: usize> Sync for Pass<'_, N> {}

/// The closure itself. An attribute can stand on an argument, not on the right of a `let`: a closure that works on
/// vectors must be inlined, since only what is inlined into `Lanes::vectorize` is compiled for the instruction set.
#[inline(always)]
fn inlined<F>(closure: F) -> F {
    closure
}

/// A slice as a place to write to.
#[inline]
pub(crate) fn place<T>(y: &mut [T]) -> &mut [MaybeUninit<T>] {
    // SAFETY: same layout, and this crate writes initialised values only.
    unsafe { &mut *(y as *mut [T] as *mut [MaybeUninit<T>]) }
}

/// The same slice, if its elements are f32.
#[inline(always)]
pub(crate) fn floats<T: Element>(x: &[T]) -> Option<&[f32]> {
    // SAFETY: `Element` promises that this is its type.
    (T::KIND == Kind::F32).then(|| unsafe { &*(x as *const [T] as *const [f32]) })
}

/// The same slice, if its elements are f32.
#[inline(always)]
pub(crate) fn floats_mut<T: Element>(x: &mut [T]) -> Option<&mut [f32]> {
    // SAFETY: as above.
    (T::KIND == Kind::F32).then(|| unsafe { &mut *(x as *mut [T] as *mut [f32]) })
}

/// The same place, if its elements are f32.
#[inline(always)]
pub(crate) fn place_of_floats<T: Element>(x: &mut [MaybeUninit<T>]) -> Option<&mut [MaybeUninit<f32>]> {
    // SAFETY: as above.
    (T::KIND == Kind::F32).then(|| unsafe { &mut *(x as *mut [MaybeUninit<T>] as *mut [MaybeUninit<f32>]) })
}

/// The same slices, if their elements are f32.
#[inline(always)]
pub(crate) fn slices_of_floats<'a, 'b, T: Element>(x: &'a [&'b [T]]) -> Option<&'a [&'b [f32]]> {
    // SAFETY: as above.
    (T::KIND == Kind::F32).then(|| unsafe { &*(x as *const [&'b [T]] as *const [&'b [f32]]) })
}

/// Lets `work` write all of `y`, and gives it out as initialised. On an error, nothing has been written.
///
/// `work` hands what it made of `y` to functions that write all of it, as all functions do that consume a [`Pass`],
/// [`Staged`] (of a dense output), [`Rows`] or [`Winners`].
#[inline]
pub(crate) fn fill<T: Element>(
    y: &mut [MaybeUninit<T>],
    work: impl FnOnce(&mut [MaybeUninit<T>]) -> Result<(), Error>,
) -> Result<&mut [T], Error> {
    work(y)?;
    // SAFETY: same layout, and `work` has initialised every element.
    Ok(unsafe { &mut *(y as *mut [MaybeUninit<T>] as *mut [T]) })
}

impl<'a> Pass<'a, 1> {
    /// Lets `work` write all of the output, and goes on with that as its input.
    #[inline]
    pub(crate) fn written<T>(self, work: impl FnOnce(Pass<'_, 1>) -> T) -> (Self, T) {
        let Pass { from: [from], to, len, life } = self;
        let result = work(Pass { from: [from], to, len, life: PhantomData });
        (Pass { from: [to], to, len, life }, result)
    }

    /// Goes on with what `work` makes, piece by piece, of the input and of what `other` gives for it.
    #[inline]
    pub(crate) fn combine(self, work: impl Fn(Pass<'_, 2>), mut other: impl FnMut(&mut [f32; PIECE])) -> Self {
        let Pass { from: [from], to, len, life } = self;
        let mut values = [0.0; PIECE];
        let mut at = 0;
        while at < len {
            other(&mut values);
            let count = PIECE.min(len - at);
            // SAFETY: at + count ≤ len.
            let (from, to) = unsafe { (from.add(at), to.add(at)) };
            work(Pass { from: [from, values.as_ptr()], to, len: count, life });
            at += count;
        }
        Pass { from: [to], to, len, life }
    }
}

impl<'a> Pass<'a, 2> {
    /// From the indices of winners, as the bits of floats, and the upstream gradient, to the gradient.
    #[inline]
    pub(crate) fn by_index(index: &'a [u32], dy: &'a [f32], dx: &'a mut [f32]) -> Result<Self, Error> {
        same_length("dy", dy.len(), index.len())?;
        same_length("dx", dx.len(), index.len())?;
        let index = index.as_ptr().cast();
        Ok(Pass { from: [index, dy.as_ptr()], to: dx.as_mut_ptr(), len: dx.len(), life: PhantomData })
    }

    /// The same, where the upstream gradient turns into the gradient.
    #[inline]
    pub(crate) fn by_index_in_place(index: &'a [u32], dy: &'a mut [f32]) -> Result<Self, Error> {
        same_length("dy", dy.len(), index.len())?;
        let to = dy.as_mut_ptr();
        Ok(Pass { from: [index.as_ptr().cast(), to], to, len: dy.len(), life: PhantomData })
    }
}

impl<'a, const N: usize> Pass<'a, N> {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The first `middle` elements and the others.
    #[inline]
    pub(crate) fn split_at(self, middle: usize) -> (Self, Self) {
        let middle = middle.min(self.len);
        let Pass { from, to, len, life } = self;
        // SAFETY: middle ≤ len, so that all stay within, or one past the end of, what they point to.
        let (later, to_later) = unsafe { (from.map(|from| from.add(middle)), to.add(middle)) };
        (Pass { from, to, len: middle, life }, Pass { from: later, to: to_later, len: len - middle, life })
    }

    /// Whether the output's cache lines are better asked for before they are written: they may not be in the first cache.
    #[inline]
    fn asks_ahead(&self) -> bool {
        self.len >= FIRST_CACHE && !self.is_in_place()
    }

    /// Whether the output is better written past the caches: it is too large for them, and not there already.
    #[inline]
    pub(crate) fn passes_caches(&self) -> bool {
        too_large(self.len) && !self.is_in_place()
    }

    #[inline]
    fn is_in_place(&self) -> bool {
        self.from.contains(&self.to.cast_const())
    }

    /// Writes the function of the inputs, past the caches if `stream`.
    #[inline(always)]
    fn map<L: Registers, F: Function<N>>(self, lanes: L, function: F, stream: bool) {
        let Pass { from, to, len, .. } = self;
        let step = inlined(
            #[inline(always)]
            |at: usize, count: usize| {
                // SAFETY: at + count ≤ len wherever this is called.
                unsafe {
                    store(lanes, to.add(at), count, function.call(lanes, load_each(lanes, function, from, at, count)))
                }
            },
        );
        // Stores that cross the border of a cache line take two turns: where there are many, those before the first
        // multiple of a vector come first. What is streamed begins with a whole line, since a part of one that waits
        // for the rest may have to go to memory alone.
        let unit = if stream { LINE.max(L::LANES) } else { L::LANES };
        let mut turns = function.turns();
        let mut at = 0;
        loop {
            let end = if F::TURNS { turns.next(lanes, at, len) } else { len };
            let aligned_at = at + (to.wrapping_add(at).addr() / size_of::<f32>()).wrapping_neg() % unit;
            if end - at >= 32 * L::LANES {
                while at < aligned_at {
                    let count = L::LANES.min(aligned_at - at);
                    step(at, count);
                    at += count;
                }
            }
            let stream = stream && at == aligned_at;
            at = match side::<L, F, N>() {
                1 => self.side_by_side::<L, F, 1>(lanes, function, at, end, stream),
                2 => self.side_by_side::<L, F, 2>(lanes, function, at, end, stream),
                3 => self.side_by_side::<L, F, 3>(lanes, function, at, end, stream),
                _ => self.side_by_side::<L, F, SIDE>(lanes, function, at, end, stream),
            };
            while at < end {
                let count = L::LANES.min(end - at);
                step(at, count);
                at += count;
            }
            // No loop for most functions: the compiler would take constants out of it, more than there are registers.
            if !F::TURNS || at >= len {
                break;
            }
        }
        if stream {
            lanes.fence();
        }
    }

    /// The elements `at..end`, `M` vectors side by side, as long as so many are left; gives where it ends.
    #[inline(always)]
    fn side_by_side<L: Registers, F: Function<N>, const M: usize>(
        &self,
        lanes: L,
        function: F,
        mut at: usize,
        end: usize,
        stream: bool,
    ) -> usize {
        let Pass { from, to, .. } = *self;
        let ahead = self.asks_ahead() && !stream;
        let several = Several::<L, M>(lanes);
        let mut begun = None;
        if F::begins::<L>() && end - at >= M * L::LANES {
            // SAFETY: at + M × LANES ≤ end ≤ len.
            begun = Some(function.begin(several, unsafe { function.load(lanes, from, at) }));
        }
        while end - at >= M * L::LANES {
            let y: [L::F32; M] = if let Some(this) = begun {
                let next = (at + M * L::LANES).min(end - M * L::LANES);
                // SAFETY: both M × LANES elements are before `end`.
                let [x, next]: [[[L::F32; M]; N]; 2] =
                    unsafe { [function.load(lanes, from, at), function.load(lanes, from, next)] };
                let (next, this) = several.before(function.begin(several, next), this);
                begun = Some(next);
                function.end(several, x, this)
            } else {
                // SAFETY: at + M × LANES ≤ end ≤ len.
                unsafe { function.vectors(lanes, from, at) }
            };
            if ahead {
                ask_for(lanes, to.wrapping_add(at + DISTANCE), M * L::LANES);
            }
            for (i, &y) in y.iter().enumerate() {
                let to = to.wrapping_add(at + i * L::LANES);
                // SAFETY: as above; and `to` has been aligned if `stream`.
                unsafe { if stream { lanes.stream(to, y) } else { lanes.store(to, y) } }
            }
            at += M * L::LANES;
        }
        at
    }
}

/// Asks for the cache lines of so many floats from an address on, which need not be valid.
#[inline(always)]
fn ask_for<L: Registers>(lanes: L, from: *const f32, count: usize) {
    let mut line = 0;
    while line < count {
        lanes.prefetch(from.wrapping_add(line));
        line += LINE;
    }
}

/// Loads `count ≤ LANES` values into the first lanes, 0.0 into the others.
///
/// # Safety
/// `from` is valid for reading `count` values.
#[inline(always)]
unsafe fn load<L: Registers>(lanes: L, from: *const f32, count: usize) -> L::F32 {
    // SAFETY: the caller says that they can be read.
    unsafe { if count == L::LANES { lanes.load(from) } else { lanes.load_first(from, count) } }
}

/// Loads `count ≤ LANES` values from element `at` of each input. Like all code here it goes over vectors in loops, not
/// with closures through `core`, which need not be inlined.
///
/// # Safety
/// All are valid for reading `count` values from the spot of element `at` on.
#[inline(always)]
unsafe fn load_each<L: Registers, F: Function<N>, const N: usize>(
    lanes: L,
    function: F,
    from: [*const f32; N],
    at: usize,
    count: usize,
) -> [L::F32; N] {
    let mut x = [lanes.splat(0.0); N];
    let mut operand = 0;
    while operand < N {
        // SAFETY: the caller says that they can be read.
        x[operand] = unsafe { load(lanes, from[operand].add(function.spot(operand, at)), count) };
        operand += 1;
    }
    x
}

/// Stores the first `count ≤ LANES` lanes.
///
/// # Safety
/// `to` is valid for writing `count` values.
#[inline(always)]
unsafe fn store<L: Registers>(lanes: L, to: *mut f32, count: usize, value: L::F32) {
    // SAFETY: the caller says that they can be written.
    unsafe { if count == L::LANES { lanes.store(to, value) } else { lanes.store_first(to, count, value) } }
}

/// How many vectors of a function go side by side.
const fn side<L: Registers, F: Function<N>, const N: usize>() -> usize {
    match F::SIDE {
        _ if !F::COST.is_heavy() => SIDE,
        1 if L::WIDE => 1,
        3 if L::WIDE => 3,
        SIDE if !L::PAIRS => SIDE,
        _ => 2,
    }
}

/// A function of `N` numbers, for any kind of lanes.
pub(crate) trait Function<const N: usize>: Copy + Send + Sync {
    /// What an element costs.
    const COST: Cost;
    /// How many vectors of it side by side are fastest, from two on, since it needs so many registers, where there are 32.
    const SIDE: usize = SIDE;
    /// Computes it. Implementations are `#[inline(always)]`.
    fn call<L: Lanes>(self, lanes: L, x: [L::F32; N]) -> L::F32;
    /// Computes what is rounded to the same number of 16 bits, if `x` are such. Implementations are `#[inline(always)]`.
    #[cfg(feature = "half")]
    #[inline(always)]
    fn of_16_bits<L: Lanes>(self, lanes: L, x: [L::F32; N]) -> L::F32 {
        self.call(lanes, x)
    }
    /// Where an operand has what is for element `at`: there, unless one value is for many elements.
    #[inline(always)]
    fn spot(&self, _operand: usize, at: usize) -> usize {
        at
    }
    /// Whether the kernel may have to go from one value that is for many elements to the next.
    const TURNS: bool = false;
    /// Those values.
    #[inline(always)]
    fn turns(&self) -> Turns {
        Turns::NONE
    }
    /// Whether it is computed in two steps, the first for the next vectors before the second for these.
    #[inline(always)]
    fn begins<L: Lanes>() -> bool {
        false
    }
    /// The first step.
    #[inline(always)]
    fn begin<L: Lanes>(self, _lanes: L, x: [L::F32; N]) -> L::F32 {
        x[0]
    }
    /// The second.
    #[inline(always)]
    fn end<L: Lanes>(self, lanes: L, x: [L::F32; N], _begun: L::F32) -> L::F32 {
        self.call(lanes, x)
    }
    /// Loads `M` vectors of each operand from element `at` on, and computes.
    ///
    /// # Safety
    /// All are valid for reading `M × LANES` values from the spot of element `at` on.
    #[inline(always)]
    unsafe fn vectors<L: Registers, const M: usize>(self, lanes: L, from: [*const f32; N], at: usize) -> [L::F32; M] {
        // SAFETY: the caller says that they can be read.
        let x = unsafe { self.load(lanes, from, at) };
        self.call(Several::<L, M>(lanes), x)
    }
    /// Loads `M` vectors of each operand from element `at` on.
    ///
    /// # Safety
    /// All are valid for reading `M × LANES` values from the spot of element `at` on.
    #[inline(always)]
    unsafe fn load<L: Registers, const M: usize>(self, lanes: L, from: [*const f32; N], at: usize) -> [[L::F32; M]; N] {
        let mut x = [[lanes.splat(0.0); M]; N];
        // By number: iterators over both arrays, and within them, are not always unrolled.
        let mut operand = 0;
        while operand < N {
            let from = from[operand].wrapping_add(self.spot(operand, at));
            let mut i = 0;
            while i < M {
                // SAFETY: the caller says that they can be read.
                x[operand][i] = unsafe { lanes.load(from.add(i * L::LANES)) };
                i += 1;
            }
            operand += 1;
        }
        x
    }
}

/// The work of writing the function of a pass's inputs to its output, past the caches if so told.
pub(crate) struct Map<'a, const N: usize, F>(pub F, pub Pass<'a, N>, pub bool);

impl<const N: usize, F: Function<N>> Op for Map<'_, N, F> {
    type Output = ();
    const HEAVY: bool = F::COST.is_heavy();
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) {
        let Map(function, pass, stream) = self;
        pass.map(lanes, function, stream);
    }
}

impl<const N: usize> Split for Pass<'_, N> {
    #[inline]
    fn size(&self) -> usize {
        self.len
    }

    /// Cuts at a multiple of 64 elements, so that no cache line is written by two threads if the output starts at one.
    #[inline]
    fn split(self) -> Result<(Self, Self), Self> {
        match (self.len / 2).next_multiple_of(64) {
            middle if middle < self.len => Ok(self.split_at(middle)),
            _ => Err(self),
        }
    }
}
