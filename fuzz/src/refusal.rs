//! Which calls must be refused: the documented rules, written down once more.

use simdact::{Axis, Error};

use super::judge::assert_same;
use super::memory::Buffer;

/// All that is wrong with a call. Any of it may be the error, as the order of the checks is nobody's business.
pub type Wrong = Vec<Error>;

/// Whether the call was refused. Fails unless it was refused exactly if something is wrong, and for that reason.
#[track_caller]
pub fn refused<T>(result: Result<T, Error>, wrong: &Wrong) -> bool {
    match result {
        Ok(_) => assert!(wrong.is_empty(), "not refused: {wrong:?}"),
        Err(error) => assert!(wrong.contains(&error), "refused with {error:?}, but wrong is {wrong:?}"),
    }
    !wrong.is_empty()
}

/// What the call wrote to its output; if it was refused, that must be nothing.
#[track_caller]
pub fn outcome<T>(result: Result<T, Error>, wrong: &Wrong, output: Buffer<f32>) -> Option<Vec<f32>> {
    if refused(result, wrong) {
        output.untouched();
        None
    } else {
        Some(output.finish())
    }
}

/// What the call in place made of `memory`; if it was refused, that must be as it was before.
#[track_caller]
pub fn outcome_in_place<T>(
    result: Result<T, Error>,
    wrong: &Wrong,
    memory: Buffer<f32>,
    before: &[f32],
) -> Option<Vec<f32>> {
    let refused = refused(result, wrong);
    let after = memory.finish();
    if refused {
        assert_same(&after, before, "refused in place");
        return None;
    }
    Some(after)
}

/// Lengths must be equal.
pub fn length(name: &'static str, found: usize, expected: usize) -> Wrong {
    if found == expected { vec![] } else { vec![Error::Length { name, found, expected }] }
}

/// The data must be whole blocks of `len × inner`.
pub fn blocks(length: usize, axis: Axis) -> Wrong {
    let Axis { len, inner } = axis;
    match len as u128 * inner as u128 {
        0 => vec![Error::EmptyAxis { len, inner }],
        block if (length as u128).is_multiple_of(block) => vec![],
        _ => vec![Error::NotMultiple { length, len, inner }],
    }
}

/// Indices must name pieces.
pub fn indices(index: &[u32], len: usize) -> Wrong {
    let outside = index.iter().position(|&i| i as usize >= len);
    outside.map(|at| Error::IndexOutOfRange { at, index: index[at], len }).into_iter().collect()
}

/// An index of 32 bits must be able to number the pieces.
pub fn pieces(len: usize) -> Wrong {
    if len as u64 > 1 << 32 { vec![Error::TooManyPieces { len }] } else { vec![] }
}
