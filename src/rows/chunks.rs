//! Rows of several chunks: what becomes of each, on threads if there are, and what they give by one fixed tree.

use crate::kernels::Kernels;
use crate::parallel;
use crate::slices::{CHUNK, Long, Pass, Reading};

/// Parts of a long row shorter than this are not cut further.
pub(super) const PART: usize = 4 * CHUNK;

/// Runs `leaf` on the chunks of a row, and combines what they give by the tree that a sum over the whole row follows.
pub(super) fn parts<'a, T: Send, const N: usize>(
    threads: bool,
    row: Reading<'a, N>,
    leaf: &(impl Fn(Reading<'a, N>) -> T + Sync),
    op: &(impl Fn(T, T) -> T + Sync),
) -> T {
    tree(threads, (0, row.len().div_ceil(CHUNK)), &|chunk| leaf(row.chunk(chunk)), op)
}

/// The same of a row that goes over the desk.
pub(super) fn parts_of_long<T: Send, const N: usize>(
    kernels: &Kernels,
    row: &Long<'_, N>,
    leaf: &(impl Fn(usize, Pass<'_, N>) -> T + Sync),
    op: &(impl Fn(T, T) -> T + Sync),
) -> T {
    let leaf = |chunk| row.read(kernels, chunk, |pass| leaf(chunk, pass));
    tree(kernels.threads(), (0, row.chunks()), &leaf, op)
}

/// Runs `leaf` on so many chunks, from the first on; on chunk 0 if there are none.
fn tree<T: Send>(
    threads: bool,
    (first, count): (usize, usize),
    leaf: &(impl Fn(usize) -> T + Sync),
    op: &(impl Fn(T, T) -> T + Sync),
) -> T {
    if count < 2 {
        return leaf(first);
    }
    let left = count.next_power_of_two() / 2;
    let (a, b) = ((first, left), (first + left, count - left));
    let (x, y) =
        parallel::both(threads && count * CHUNK > PART, || tree(threads, a, leaf, op), || tree(threads, b, leaf, op));
    op(x, y)
}

/// Writes each chunk of a row that goes over the desk.
pub(super) fn each_chunk<const N: usize>(
    kernels: &Kernels,
    row: &Long<'_, N>,
    work: &(impl Fn(usize, Pass<'_, N>) + Sync),
) {
    fn halves(threads: bool, first: usize, count: usize, work: &(impl Fn(usize) + Sync)) {
        if threads && count * CHUNK > PART {
            let half = count / 2;
            parallel::both(
                true,
                || halves(threads, first, half, work),
                || halves(threads, first + half, count - half, work),
            );
            return;
        }
        for chunk in first..first + count {
            work(chunk);
        }
    }
    let work = |chunk| row.write(kernels, chunk, |pass| work(chunk, pass));
    halves(kernels.threads(), 0, row.chunks(), &work);
}
