//! Links only if the optimiser has proved that no function of simdact panics: the panic handler calls what nobody
//! defines. And only if nothing brings the standard library, which has a panic handler too.
#![no_std]

use core::mem::MaybeUninit;
use core::slice::{from_raw_parts, from_raw_parts_mut};

use simdact::{Accuracy, Activation, Axis, Backend, Error, Half, Kernels, Mask, Rows, SoftmaxStats};

unsafe extern "C" {
    safe fn simdact_can_panic() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    simdact_can_panic()
}

/// The arrays of a call, none of whose numbers are known here.
#[repr(C)]
pub struct Arrays {
    x: *const f32,
    x_len: usize,
    dy: *const f32,
    dy_len: usize,
    winners: *const u32,
    winners_len: usize,
    y: *mut f32,
    y_len: usize,
    index: *mut u32,
    index_len: usize,
    slices: *const &'static [f32],
    slices_len: usize,
    gradients: *mut &'static mut [f32],
    gradients_len: usize,
    axis_len: usize,
    axis_inner: usize,
    slope: f32,
    mask: *const bool,
    mask_len: usize,
    queries: usize,
    offset: isize,
}

struct Slices<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    winners: &'a [u32],
    y: &'a mut [f32],
    index: &'a mut [u32],
    slices: &'a [&'a [f32]],
    gradients: &'a mut [&'static mut [f32]],
    axis: Axis,
    mask: &'a [bool],
}

impl Arrays {
    /// # Safety
    /// All pointers are valid for so many elements.
    unsafe fn slices(&self) -> Slices<'_> {
        // SAFETY: the caller says so.
        unsafe {
            Slices {
                x: from_raw_parts(self.x, self.x_len),
                dy: from_raw_parts(self.dy, self.dy_len),
                winners: from_raw_parts(self.winners, self.winners_len),
                y: from_raw_parts_mut(self.y, self.y_len),
                index: from_raw_parts_mut(self.index, self.index_len),
                slices: from_raw_parts(self.slices, self.slices_len),
                gradients: from_raw_parts_mut(self.gradients, self.gradients_len),
                axis: Axis::new(self.axis_len).inner(self.axis_inner),
                mask: from_raw_parts(self.mask, self.mask_len),
            }
        }
    }
}

fn done<T>(result: Result<T, Error>) -> i32 {
    result.is_err().into()
}

fn backend(number: u32) -> Backend {
    match number {
        0 => Backend::Scalar,
        1 => Backend::Portable,
        2 => Backend::Avx2,
        3 => Backend::Avx512,
        _ => Backend::Neon,
    }
}

/// All forms of all functions, on a backend known only at run time.
///
/// # Safety
/// All pointers are valid for so many elements.
#[cfg_attr(not(feature = "panic"), unsafe(no_mangle))]
pub unsafe extern "C" fn simdact_methods(
    arrays: &Arrays,
    backend_number: u32,
    activation_number: u32,
    verb: u32,
    serial: bool,
    tier: u32,
) -> i32 {
    let Ok(mut k) = Kernels::on(backend(backend_number)) else { return 1 };
    if serial {
        k = k.serial();
    }
    k = k.accuracy(match tier {
        0 => Accuracy::Fast,
        1 => Accuracy::Faithful,
        _ => Accuracy::Exact,
    });
    // SAFETY: the caller says so.
    let Slices { x, dy, winners, y, index, slices, gradients, axis, mask } = unsafe { arrays.slices() };
    let mut activation = *Activation::ALL.get(activation_number as usize).unwrap_or(&Activation::Relu);
    if let Activation::LeakyRelu { slope } = &mut activation {
        *slope = arrays.slope;
    }
    let fused = activation.fused().bias(dy, axis).residual(dy).factor(dy);
    let rows = Rows::new(axis.len, axis.inner);
    let half = if serial { Half::First } else { Half::Second };
    match verb {
        0 => done(k.apply(activation, x, y)),
        1 => {
            k.apply_in_place(activation, y);
            0
        }
        2 => done(k.apply_uninit(activation, x, uninit(y))),
        3 => done(k.backward(activation, x, dy, y)),
        4 => done(k.backward_in_place(activation, x, y)),
        5 => done(k.softmax(x, axis, y)),
        6 => done(k.softmax_in_place(y, axis)),
        7 => done(k.softmax_uninit(x, axis, uninit(y))),
        8 => done(k.softmax_backward(x, dy, axis, y)),
        9 => done(k.softmax_backward_in_place(x, y, axis)),
        10 => done(k.maxout(slices, y)),
        11 => done(k.maxout_in_place(y, slices)),
        12 => done(k.maxout_uninit(slices, uninit(y))),
        13 => done(k.maxout_with_index(slices, y, index)),
        14 => done(k.maxout_axis(x, axis, y)),
        15 => done(k.maxout_axis_in_place(y, axis)),
        16 => done(k.maxout_axis_uninit(x, axis, uninit(y))),
        17 => done(k.maxout_axis_with_index(x, axis, y, index)),
        18 => done(k.maxout_backward(winners, dy, gradients)),
        19 => done(k.maxout_backward_in_place(winners, y, gradients)),
        20 => done(k.maxout_axis_backward(winners, dy, axis, y)),
        21 => done(k.apply_fused(&fused, x, y)),
        22 => done(k.apply_fused_in_place(&fused, y)),
        23 => done(k.apply_fused_uninit(&fused, x, uninit(y))),
        24 => done(k.fused_backward(&fused, x, dy, y)),
        25 => done(k.gate(activation, x, dy, y)),
        26 => done(k.gate_halves(activation, x, axis, half, y)),
        27 => done(k.gate_halves_backward(activation, x, axis, half, dy, y)),
        28 => match gradients {
            [dgate, dvalue, ..] => done(k.gate_backward(activation, x, dy, dy, dgate, dvalue)),
            _ => 1,
        },
        29 => done(k.apply_rows(activation, x, rows, y, rows)),
        30 => done(k.apply_rows_in_place(activation, y, rows)),
        31 => done(k.backward_rows(activation, (x, rows), (dy, rows), (y, rows))),
        32 => done(k.prelu(x, dy, axis, y)),
        33 => done(k.prelu_in_place(y, dy, axis)),
        34 => match gradients {
            [dslopes, ..] => done(k.prelu_backward(x, dy, axis, dy, y, dslopes)),
            _ => 1,
        },
        35 => done(k.sum_to_axis(x, axis, y)),
        36 => done(k.maxout_axis_backward_in_place(winners, axis, y)),
        _ => family(&k, verb - 37, arrays, Slices { x, dy, winners, y, index, slices, gradients, axis, mask }),
    }
}

/// The relatives of softmax.
fn family(k: &Kernels, verb: u32, arrays: &Arrays, slices: Slices<'_>) -> i32 {
    let Slices { x, dy, y, axis, mask, winners, index, slices, gradients } = slices;
    let scale = arrays.slope;
    let causal = Mask::Causal { queries: arrays.queries, offset: arrays.offset };
    match verb {
        0 => done(k.softmin(x, axis, y)),
        1 => done(k.softmax1(x, axis, y)),
        2 => done(k.log_softmax(x, axis, y)),
        3 => done(k.log_softmax_in_place(y, axis)),
        4 => done(k.log_softmax_backward(x, dy, axis, y)),
        5 => done(k.logsumexp(x, axis, y)),
        6 => done(k.logsumexp_in_place(y, axis)),
        7 => done(k.logsumexp_uninit(x, axis, uninit(y))),
        8 => done(k.logsumexp_backward(x, dy, dy, axis, y)),
        9 => done(k.logsumexp_backward_in_place(y, x, dy, axis)),
        10 => done(k.masked_softmax(x, axis, scale, Mask::None, y)),
        11 => done(k.masked_softmax(x, axis, scale, Mask::Additive(dy), y)),
        12 => done(k.masked_softmax(x, axis, scale, Mask::Boolean(mask), y)),
        13 => done(k.masked_softmax(x, axis, scale, causal, y)),
        14 => done(k.masked_softmax_in_place(y, axis, scale, Mask::Boolean(mask))),
        15 => done(k.masked_softmax_uninit(x, axis, scale, causal, uninit(y))),
        16 => done(k.masked_softmax_backward(x, dy, axis, scale, y)),
        17 => {
            let stats = k.softmax_stats(x).merge(SoftmaxStats::of(dy));
            done(k.softmax_part(&stats, x, y).and(k.log_softmax_part(&stats, x, y)))
        }
        18 => SoftmaxStats::from_bytes(&k.softmax_stats(x).to_bytes()).logsumexp() as i32,
        _ => of_rows(k, verb - 19, arrays, Slices { x, dy, y, axis, mask, winners, index, slices, gradients }),
    }
}

/// Rows with gaps between them, and elements of 16 bits.
fn of_rows(k: &Kernels, verb: u32, arrays: &Arrays, slices: Slices<'_>) -> i32 {
    let Slices { x, dy, winners, y, index, gradients, axis, mask, .. } = slices;
    let rows = Rows::new(axis.len, axis.inner);
    let short = |x: &[f32]| -> &'static [half::bf16] {
        // SAFETY: twice as many fit, and they are not read while they are written to.
        unsafe { from_raw_parts(x.as_ptr().cast(), x.len()) }
    };
    let (x16, dy16) = (short(x), short(dy));
    // SAFETY: as above.
    let y16: &mut [half::bf16] = unsafe { from_raw_parts_mut(y.as_mut_ptr().cast(), y.len()) };
    match verb {
        0 => done(k.softmax_rows((x, rows), (y, rows))),
        1 => done(k.softmax_rows_in_place(y, rows)),
        2 => done(k.log_softmax_backward_rows((x, rows), (dy, rows), (y, rows))),
        3 => done(k.logsumexp_rows((x, rows), y)),
        4 => done(k.masked_softmax_rows((x, rows), arrays.slope, Mask::Boolean(mask), (y, rows))),
        5 => done(k.maxout_rows_with_index((x, rows), y, index)),
        6 => done(k.apply(Activation::Tanh, x16, y16)),
        7 => done(k.softmax(x16, axis, y16)),
        8 => done(k.softmax_backward(x16, dy16, axis, y16)),
        9 => done(k.logsumexp_in_place(y16, axis)),
        10 => done(k.masked_softmax(x16, axis, arrays.slope, Mask::Additive(dy), y16)),
        11 => {
            let stats = k.softmax_stats(x16);
            done(k.softmax_part(&stats, x16, y16).and(k.log_softmax_part(&stats, x16, y16)))
        }
        12 => done(k.maxout_axis_with_index(x16, axis, y16, index)),
        13 => done(k.maxout_axis_in_place(y16, axis)),
        14 => done(k.maxout_with_index(&[x16, dy16], y16, index)),
        15 => done(k.maxout_in_place(y16, &[x16, dy16])),
        16 => done(k.maxout_axis_backward(winners, dy16, axis, y16)),
        17 => done(k.maxout_axis_backward_in_place(winners, axis, y16)),
        18 => done(k.maxout_backward_rows(winners, dy, (y, rows))),
        _ => done(k.maxout_backward_in_place(winners, y, gradients)),
    }
}

/// The functions of the crate, which detect the machine.
///
/// # Safety
/// All pointers are valid for so many elements.
#[cfg_attr(not(feature = "panic"), unsafe(no_mangle))]
pub unsafe extern "C" fn simdact_functions(arrays: &Arrays, verb: u32) -> i32 {
    // SAFETY: the caller says so.
    let Slices { x, y, slices, axis, .. } = unsafe { arrays.slices() };
    match verb {
        0 => done(simdact::relu(x, y)),
        1 => done(simdact::leaky_relu(x, arrays.slope, y)),
        2 => done(simdact::tanh(x, y)),
        3 => done(simdact::sigmoid(x, y)),
        4 => done(simdact::exp(x, y)),
        5 => done(simdact::softmax(x, axis, y)),
        6 => done(simdact::maxout_axis(x, axis, y)),
        _ => done(simdact::maxout(slices, y)),
    }
}

/// Memory as one that is not initialised.
fn uninit(y: &mut [f32]) -> &mut [MaybeUninit<f32>] {
    // SAFETY: same layout, and simdact writes initialised values only.
    unsafe { &mut *(y as *mut [f32] as *mut [MaybeUninit<f32>]) }
}

/// What is to be refused, without all the others.
#[cfg(feature = "panic")]
#[unsafe(no_mangle)]
pub extern "C" fn simdact_no_more(x: &[f32; 4], index: usize) -> f32 {
    x[index]
}
