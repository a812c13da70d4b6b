//! Links only if nothing in simdact's dependencies brings the standard library: a second panic handler is an error.
#![no_std]

use simdact::{Activation, Axis, Error, Kernels};

/// What a C program without an operating system would call.
///
/// # Safety
/// `x` is valid for reading and writing `len` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tanh_then_softmax(x: *mut f32, len: usize) -> i32 {
    // SAFETY: the caller says so.
    let x = unsafe { core::slice::from_raw_parts_mut(x, len) };
    let kernels = Kernels::default();
    kernels.apply_in_place(Activation::Tanh, x);
    match kernels.softmax_in_place(x, Axis::rows(len)) {
        Ok(()) => 0,
        Err(Error::EmptyAxis { .. }) => 1,
        Err(_) => 2,
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
