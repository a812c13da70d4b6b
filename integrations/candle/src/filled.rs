//! Vectors that a kernel fills: nothing is written to them before.

use std::mem::MaybeUninit;

use candle_core::{Error, Result};

/// What simdact's functions give.
pub type Outcome<T> = std::result::Result<T, simdact::Error>;

/// A vector of `len` elements, which `fill` writes and gives out as initialised.
pub fn filled<T: Copy>(
    len: usize,
    fill: impl for<'y> FnOnce(&'y mut [MaybeUninit<T>]) -> Outcome<&'y mut [T]>,
) -> Result<Vec<T>> {
    if len == 0 {
        return Ok(Vec::new());
    }
    let mut y = Vec::with_capacity(len);
    let place = y.as_ptr();
    let written = fill(&mut y.spare_capacity_mut()[..len]).map_err(Error::wrap)?;
    if !std::ptr::eq(written.as_ptr(), place) || written.len() != len {
        candle_core::bail!("a kernel gave out {} elements where {len} fit", written.len());
    }
    // SAFETY: there was a `&mut [T]` of exactly these elements, so they are initialised; and the capacity is `len` or more.
    unsafe { y.set_len(len) };
    Ok(y)
}
