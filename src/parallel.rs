//! When and how rayon splits the work.
//!
//! The pool is the caller's current one: `ThreadPool::install` is respected. Pieces are independent, or their results
//! are combined by a tree that depends on the data's length only, so that the number of threads never shows in a bit.

/// What an element costs, in classes: below how many elements a second thread does not pay.
#[derive(Clone, Copy)]
pub enum Cost {
    /// A handful of instructions: memory is the limit, and one core nearly saturates the caches it shares.
    Memory,
    /// Tens of instructions: tanh, sigmoid, softmax.
    Arithmetic,
}

impl Cost {
    /// Whether it has so many steps that several vectors of it side by side may need more registers than there are.
    pub(crate) const fn is_heavy(self) -> bool {
        matches!(self, Cost::Arithmetic)
    }

    /// Inputs of at least so many elements are split. To wake the pool's threads from outside of it costs tens of
    /// microseconds; these are the sizes from which two threads were faster than one nevertheless, in the median
    /// (`cargo bench --bench threads`). Called from one of its own threads, a quarter of it would do.
    pub(crate) const fn threshold(self) -> usize {
        match self {
            Cost::Memory => 1 << 21,
            Cost::Arithmetic => 1 << 19,
        }
    }
}

/// Inputs of fewer elements are never split.
pub(crate) const SMALL: usize = Cost::Arithmetic.threshold();

/// Work that can be cut in two.
#[cfg_attr(not(feature = "rayon"), allow(dead_code))]
pub(crate) trait Split: Sized + Send {
    /// Elements that it reads.
    fn size(&self) -> usize;
    /// Two parts of it, about equal; or the whole, where it cannot be cut.
    fn split(self) -> Result<(Self, Self), Self>;
}

/// Does the work, in pieces where that pays and `threads` allows it.
#[inline]
pub(crate) fn each<P: Split>(threads: bool, cost: Cost, piece: P, work: impl Fn(P) + Sync) {
    #[cfg(feature = "rayon")]
    if threads && piece.size() >= cost.threshold() {
        return halves(pieces(cost, piece.size()), piece, &work);
    }
    let _ = (threads, cost);
    work(piece)
}

/// Whether [`each`] would split `size` elements, and among how many threads.
#[cfg(feature = "rayon")]
pub(crate) fn threads(threads: bool, cost: Cost, size: usize) -> usize {
    if threads && size >= cost.threshold() { rayon::current_num_threads() } else { 1 }
}

#[cfg(not(feature = "rayon"))]
pub(crate) fn threads(_: bool, _: Cost, _: usize) -> usize {
    1
}

/// Both, on two threads if one is idle and `threads` allows it.
#[cfg(feature = "rayon")]
pub(crate) fn both<A: Send, B: Send>(
    threads: bool,
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    if threads { rayon::join(a, b) } else { (a(), b()) }
}

#[cfg(not(feature = "rayon"))]
pub(crate) fn both<A: Send, B: Send>(_: bool, a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    (a(), b())
}

/// Into how many pieces `size` elements are cut: a few for each thread, so that an uneven load evens out, none of them
/// too small to be worth it.
#[cfg(feature = "rayon")]
fn pieces(cost: Cost, size: usize) -> usize {
    match rayon::current_num_threads() {
        1 => 1,
        threads => (4 * threads).min(size / (cost.threshold() / 4)).max(1),
    }
}

// `work` is a trait object so that rayon's part is compiled once for each kind of piece, and not for each function.
#[cfg(feature = "rayon")]
fn halves<P: Split>(pieces: usize, piece: P, work: &(dyn Fn(P) + Sync)) {
    if pieces < 2 {
        return work(piece);
    }
    match piece.split() {
        Ok((a, b)) => {
            rayon::join(|| halves(pieces / 2, a, work), || halves(pieces - pieces / 2, b, work));
        }
        Err(whole) => work(whole),
    }
}
