//! Maxout: the largest of several, and which one it was.

use smallvec::SmallVec;

use crate::kernels::CKernels;
use crate::memory::{Array, Pair, disjoint};
use crate::softmax::{CAxis, one_of_each_row};
use crate::status::{CStatus, Failure, Name, guard};

/// A list of slices, without an allocation where there are few.
type List<T> = SmallVec<[T; 16]>;

fn list<T>(items: impl ExactSizeIterator<Item = Result<T, Failure>>) -> Result<List<T>, Failure> {
    let mut list = List::new();
    list.try_reserve(items.len()).map_err(|_| Failure::Memory(items.len()))?;
    for item in items {
        list.push(item?);
    }
    Ok(list)
}

/// The arrays that an array of pointers names.
///
/// # Safety
/// The pointers can be read.
unsafe fn arrays<P: Copy>(
    name: &'static str,
    pointers: *const P,
    slices: usize,
    length: usize,
    start: impl Fn(P) -> *const f32,
) -> Result<List<Array<f32>>, Failure> {
    // SAFETY: the caller's word.
    let pointers = unsafe { Array::new(name, pointers, slices)?.read() };
    list(pointers.iter().enumerate().map(|(at, &pointer)| Array::new(Name(name, Some(at)), start(pointer), length)))
}

/// Writes the largest of the elements of `slices` arrays at each place to `y`; `x` points to the pointers to them, and
/// all have `length` elements. In place where `y` is `x[0]` and `index` is NULL.
///
/// To `index`, unless it is NULL, goes which array it was: the first of equals. Any NaN gives NaN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_maxout(
    x: *const *const f32,
    slices: usize,
    y: *mut f32,
    index: *mut u32,
    length: usize,
    kernels: *const CKernels,
) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let kernels = unsafe { CKernels::chosen(kernels)? };
        // SAFETY: as the header asks.
        let x = unsafe { arrays("x", x, slices, length, |x| x)? };
        let y = Array::new("y", y, length)?;
        let in_place = index.is_null() && x.first().is_some_and(|x| x.begins_with(&y));
        for x in x.iter().skip(usize::from(in_place)) {
            x.apart(&y)?;
        }
        // SAFETY: as the header asks.
        let read = |x: &Array<f32>| Ok(unsafe { x.read() });
        if in_place {
            let others = list(x.iter().skip(1).map(read))?;
            // SAFETY: as the header asks.
            kernels.maxout_in_place(unsafe { y.write() }, &others)?;
            return Ok(());
        }
        let pieces = list(x.iter().map(read))?;
        if index.is_null() {
            // SAFETY: as the header asks.
            kernels.maxout(&pieces, unsafe { y.write() })?;
            return Ok(());
        }
        let index = Array::new("index", index, length)?;
        index.apart(&y)?;
        for x in &x {
            x.apart(&index)?;
        }
        // SAFETY: as the header asks.
        unsafe { kernels.maxout_with_index(&pieces, y.write(), index.write())? }
        Ok(())
    })
}

/// Writes the upstream gradient `dy` to the array that won, `dx[index[i]][i] = dy[i]`, and 0 to the others; `dx` points
/// to the pointers to `slices` arrays, and all have `length` elements. In place where `dx[0]` is `dy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_maxout_backward(
    index: *const u32,
    dy: *const f32,
    dx: *const *mut f32,
    slices: usize,
    length: usize,
    kernels: *const CKernels,
) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let kernels = unsafe { CKernels::chosen(kernels)? };
        let (index, dy) = (Array::new("index", index, length)?, Array::new("dy", dy, length)?);
        // SAFETY: as the header asks.
        let dx = unsafe { arrays("dx", dx, slices, length, <*mut f32>::cast_const)? };
        disjoint(&mut list(dx.iter().map(Ok))?)?;
        let in_place = dx.first().is_some_and(|dx| dx.begins_with(&dy));
        for (at, dx) in dx.iter().enumerate() {
            index.apart(dx)?;
            if at > 0 || !in_place {
                dy.apart(dx)?;
            }
        }
        // SAFETY: they are disjoint, and as the header asks.
        let mut pieces = list(dx.iter().skip(usize::from(in_place)).map(|dx| Ok(unsafe { dx.write() })))?;
        // SAFETY: as the header asks.
        unsafe {
            if in_place {
                kernels.maxout_backward_in_place(index.read(), dy.write(), &mut pieces)?;
            } else {
                kernels.maxout_backward(index.read(), dy.read(), &mut pieces)?;
            }
        }
        Ok(())
    })
}

/// Writes the largest element of each row of `x` along an axis to `y`: of groups of `axis.len` neighbours where
/// `axis.inner` is 1, else of as many planes. `y` has `y_length` elements, which is `length` / `axis.len`. Where `y` is
/// `x` and `index` is NULL, the results are at its beginning, and what the rest holds is left open.
///
/// To `index`, unless it is NULL, goes which element along the axis it was, `y_length` numbers: the first of equals.
/// Any NaN gives NaN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_maxout_axis(
    x: *const f32,
    length: usize,
    axis: CAxis,
    y: *mut f32,
    index: *mut u32,
    y_length: usize,
    kernels: *const CKernels,
) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let kernels = unsafe { CKernels::chosen(kernels)? };
        let (x, y) = (Array::new("x", x, length)?, Array::new("y", y, y_length)?);
        if index.is_null() {
            // SAFETY: as the header asks.
            match unsafe { x.pair(&y)? } {
                Pair::Apart(x, y) => kernels.maxout_axis(x, axis.into(), y)?,
                Pair::InPlace(x) => {
                    one_of_each_row(length, axis, ("y", y_length))?;
                    kernels.maxout_axis_in_place(x, axis.into())?;
                }
            }
            return Ok(());
        }
        let index = Array::new("index", index, y_length)?;
        x.apart(&y)?;
        x.apart(&index)?;
        y.apart(&index)?;
        // SAFETY: as the header asks.
        unsafe { kernels.maxout_axis_with_index(x.read(), axis.into(), y.write(), index.write())? }
        Ok(())
    })
}

/// Writes the upstream gradient `dy` to the element along the axis that won, and 0 to the others. `index` and `dy` have
/// `y_length` elements, and `dx` has `length`, which is `axis.len` times as many. In place where `dx` begins with `dy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_maxout_axis_backward(
    index: *const u32,
    dy: *const f32,
    y_length: usize,
    axis: CAxis,
    dx: *mut f32,
    length: usize,
    kernels: *const CKernels,
) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let kernels = unsafe { CKernels::chosen(kernels)? };
        let (index, dy) = (Array::new("index", index, y_length)?, Array::new("dy", dy, y_length)?);
        let dx = Array::new("dx", dx, length)?;
        index.apart(&dx)?;
        // SAFETY: as the header asks.
        unsafe {
            match dy.pair(&dx)? {
                Pair::Apart(dy, dx) => kernels.maxout_axis_backward(index.read(), dy, axis.into(), dx)?,
                Pair::InPlace(dx) => {
                    one_of_each_row(length, axis, ("dy", y_length))?;
                    kernels.maxout_axis_backward_in_place(index.read(), axis.into(), dx)?;
                }
            }
        }
        Ok(())
    })
}
