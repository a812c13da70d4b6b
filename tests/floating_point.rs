//! What do the kernels do where the host program has changed the floating-point environment? Where it flushes
//! subnormals (FTZ and DAZ of the register MXCSR, FZ of FPCR), as audio and game engines do: what README.md promises. In
//! other rounding modes: nothing bad.
//!
//! Rust takes the default environment for granted; so the changes here are around the calls only, whose kernels are
//! compiled elsewhere, and all that is expected is computed outside of them.
#![cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]

mod common;

use std::arch::asm;
use std::hint::black_box;

use common::{Data, Form, Function, Operands, Output, Random, Shape, kernels, same, scale};
use rayon::ThreadPoolBuilder;
use simdact::{Backend, Kernels};

/// The control bits of the environment: rounding, flushing, and masks of exceptions.
#[cfg(target_arch = "x86_64")]
mod control {
    use super::asm;

    pub const FLUSH: u64 = 0x8040;
    pub const ROUNDING: [u64; 3] = [0x2000, 0x4000, 0x6000];
    const STICKY: u32 = 0x3f;

    pub fn get() -> u64 {
        let mut mxcsr = 0_u32;
        // SAFETY: writes the register to that variable.
        unsafe { asm!("stmxcsr [{}]", in(reg) &mut mxcsr, options(nostack, preserves_flags)) }
        u64::from(mxcsr & !STICKY)
    }

    pub fn set(control: u64) {
        let mxcsr = control as u32;
        // SAFETY: reads the register from that variable, which has no reserved bits: it comes from `get` and the above.
        // Whoever calls it does nothing that depends on the environment but to call kernels, until it is restored.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &mxcsr, options(nostack, preserves_flags)) }
    }
}

#[cfg(target_arch = "aarch64")]
mod control {
    use super::asm;

    pub const FLUSH: u64 = 1 << 24;
    pub const ROUNDING: [u64; 3] = [1 << 22, 2 << 22, 3 << 22];

    pub fn get() -> u64 {
        let fpcr: u64;
        // SAFETY: reads the register.
        unsafe { asm!("mrs {}, fpcr", out(reg) fpcr, options(nostack, preserves_flags)) }
        fpcr
    }

    pub fn set(fpcr: u64) {
        // SAFETY: no reserved bits: it comes from `get` and the above. Whoever calls it does nothing that depends on the
        // environment but to call kernels, until it is restored.
        unsafe { asm!("msr fpcr, {}", in(reg) fpcr, options(nostack, preserves_flags)) }
    }
}

/// Does `work`, which computes by calls of kernels only, with these bits set.
fn with<R>(bits: u64, work: impl FnOnce() -> R) -> R {
    let before = control::get();
    control::set(before | bits);
    let result = work();
    let after = control::get();
    control::set(before);
    assert_eq!(after, before | bits, "a kernel has changed the environment");
    result
}

/// A subnormal as the zero of its sign.
fn flush(x: f32) -> f32 {
    if x.is_subnormal() { 0.0_f32.copysign(x) } else { x }
}

/// What a function is called with.
#[derive(Clone)]
struct Inputs {
    shape: Shape,
    x: Vec<f32>,
    dy: Vec<f32>,
    winners: Vec<u32>,
}

impl Inputs {
    fn operands(&self) -> Operands<'_> {
        Operands { shape: self.shape, x: &self.x, dy: &self.dy, winners: &self.winners }
    }

    /// Zeros in place of subnormals.
    fn flushed(&self) -> Inputs {
        let all = |values: &[f32]| values.iter().map(|&x| flush(x)).collect();
        Inputs { x: all(&self.x), dy: all(&self.dy), ..self.clone() }
    }
}

/// Subnormals, and numbers whose products are.
fn small(random: &mut Random) -> f32 {
    let magnitude = f32::from_bits(random.below(50 << 23) as u32);
    if random.below(2) == 0 { magnitude } else { -magnitude }
}

/// Inputs of all kinds; `x` is what is saved of the forward pass, in functions that read that.
fn inputs(function: Function) -> impl Iterator<Item = Inputs> {
    let lengths = [1, 7, 100, 1000].into_iter().chain((scale() == 1).then_some(20_000));
    let shapes = lengths.flat_map(move |n| function.shapes(n));
    shapes.enumerate().flat_map(move |(i, shape)| {
        (0..4 + Data::ALL.len()).map(move |kind| {
            let random = &mut Random((1000 * i + kind) as u64);
            let mut values = |n: usize| -> Vec<f32> {
                let value = |_| match kind {
                    0 => small(random),
                    // Where the results of sigmoid, and the exponentials of softmax, become subnormal.
                    1 => random.within(-87.5, -87.2),
                    2 => random.within(-104.0, -87.0),
                    3 if random.below(2) == 0 => small(random),
                    3 => random.within(-1.0, 1.0),
                    _ => Data::ALL[kind - 4].value(random),
                };
                (0..n).map(value).collect()
            };
            let x = common::data::saved(function, shape, values(shape.size()));
            let dy = values(if matches!(function, Function::MaxoutBackward(_)) { shape.rows() } else { shape.size() });
            let winners = (0..shape.rows()).map(|i| (i % shape.len) as u32).collect();
            Inputs { shape, x, dy, winners }
        })
    })
}

/// Whether `found` is `expected`, where subnormals count as zeros. What is rounded up to the smallest normal number was
/// subnormal before, and counts as such on some machines.
fn agrees(expected: f32, found: f32) -> bool {
    let (expected, found) = (flush(expected), flush(found));
    same(expected, found) || (expected.abs() == f32::MIN_POSITIVE && found == 0.0)
}

/// Whether a result loses no more than two parts of it that are subnormal, and a rounding, or a gradient than one whose
/// derivative is.
fn loses(function: Function, from: &[f32], expected: f32, found: f32) -> bool {
    let lost = (expected - found).abs();
    let part = 2.0 * f32::MIN_POSITIVE + accuracy::ulp(f64::from(expected)) as f32;
    match (function, from) {
        (Function::MapBackward(_), &[_, dy]) => dy.is_infinite() || lost <= part + f32::MIN_POSITIVE * dy.abs(),
        (Function::Map(_), _) => lost <= part,
        _ => false,
    }
}

/// The mode does what it is meant to; otherwise all else here shows nothing.
#[test]
fn the_mode_flushes() {
    // A call that the compiler cannot look into, nor move to where the mode is another.
    let product: fn(f32, f32) -> f32 = black_box(|a, b| a * b);
    assert!(product(f32::MIN_POSITIVE, 0.5) > 0.0 && product(1e-40, 1e10) > 0.0);
    let (result, operand) = with(control::FLUSH, || (product(f32::MIN_POSITIVE, 0.5), product(1e-40, 1e10)));
    assert_eq!((result, operand), (0.0, 0.0));
}

/// The usual bits for zeros in place of subnormal inputs; subnormal results may be zeros, and nothing else changes: on
/// every backend.
#[test]
fn subnormals_are_zeros_and_nothing_else_changes() {
    let mut subnormal = 0;
    let functions = Function::all().filter(|function| !matches!(function, Function::RowBackward(_)));
    for function in functions.step_by(common::some()) {
        for inputs in inputs(function) {
            let flushed = inputs.flushed();
            for backend in Backend::available() {
                let kernels = kernels(backend);
                for &form in function.forms() {
                    let expected = function.call(&kernels, form, flushed.operands(), 1);
                    let found = with(control::FLUSH, || function.call(&kernels, form, inputs.operands(), 1));
                    for (i, (&a, &b)) in expected.values.iter().zip(&found.values).enumerate() {
                        subnormal += usize::from(a.is_subnormal());
                        let from = function.inputs_of(inputs.operands(), i);
                        let shape = inputs.shape;
                        assert!(
                            agrees(a, b) || loses(function, &from, a, b),
                            "{function} on {backend}, {form:?}, {shape:?}: {b:e}, not {a:e}, from {from:?}"
                        );
                    }
                    assert_eq!(expected.index, found.index, "{function} on {backend}, {form:?}");
                }
            }
        }
    }
    assert!(subnormal > 1000, "subnormal results are what this is about: {subnormal}");
}

/// Σ y·dy loses less than the smallest normal number at each step.
#[test]
fn the_gradient_of_softmax_loses_the_size_of_a_subnormal_a_step() {
    for function in Function::all() {
        let Function::RowBackward(along) = function else { continue };
        for inputs in inputs(function).filter(|inputs| inputs.dy.iter().all(|dy| dy.abs() < 1e30)) {
            let flushed = inputs.flushed();
            for kernels in Backend::available().map(kernels) {
                let found = with(control::FLUSH, || function.call(&kernels, Form::OutOfPlace, inputs.operands(), 0));
                for row in inputs.shape.each_row() {
                    let [y, dy] = [&flushed.x, &flushed.dy].map(|all| common::compare::pick(all, &row));
                    if y.iter().any(|y| y.is_nan()) {
                        assert!(row.iter().all(|&i| found.values[i].is_nan()));
                        continue;
                    }
                    let (truth, bound) = ((along.gradient)(&y, &dy), (along.gradient_error)(&y, &dy));
                    let step = f64::from(f32::MIN_POSITIVE);
                    // What the sum is multiplied by; log_softmax's may be subnormal.
                    let logarithm = along.name == "log_softmax";
                    let sum: f64 = dy.iter().map(|&dy| f64::from(dy).abs()).sum();
                    let more = if logarithm { sum } else { 0.0 };
                    for (j, &i) in row.iter().enumerate() {
                        let factor = if logarithm { 1.0 } else { f64::from(y[j]) };
                        let lost = step * (1.0 + more + factor * (2 + row.len()) as f64);
                        let (error, most) = ((f64::from(found.values[i]) - truth[j]).abs(), bound[j] + lost);
                        assert!(error <= most, "{kernels:?}, {:?}: {error:e}, {most:e} allowed", inputs.shape);
                    }
                }
            }
        }
    }
}

fn bits(output: &Output) -> Vec<u32> {
    let canonical = |y: &f32| if y.is_nan() { f32::NAN.to_bits() } else { y.to_bits() };
    output.values.iter().map(canonical).chain(output.index.iter().copied()).collect()
}

/// All backends but `Portable` still agree with each other, to the bit.
#[test]
fn backends_agree() {
    for function in Function::all().step_by(common::some()) {
        let form = function.forms()[0];
        for inputs in inputs(function) {
            let call = |kernels: Kernels| with(control::FLUSH, || function.call(&kernels, form, inputs.operands(), 0));
            let expected = bits(&call(kernels(Backend::Scalar)));
            for backend in Backend::available().filter(|&backend| backend != Backend::Portable) {
                let found = bits(&call(kernels(backend)));
                assert_eq!(found, expected, "{function} on {backend}, {:?}", inputs.shape);
            }
        }
    }
}

/// Threads have an environment each: where those of a pool are set up like the caller's, they change nothing.
#[test]
fn threads_set_up_alike_change_nothing() {
    let start = |_| control::set(control::get() | control::FLUSH);
    let pool = ThreadPoolBuilder::new().num_threads(3).start_handler(start).build().expect("threads can be started");
    let best = kernels(Backend::best());
    for function in Function::all().step_by(common::some()) {
        let shape = match function {
            Function::Maxout(_) | Function::MaxoutBackward(_) => Shape::new(800_001, 3, 1),
            _ => Shape::new(1, (1 << 21) + 1, 1),
        };
        let random = &mut Random(5);
        let mut values =
            |n| (0..n).map(|i| if i % 2 == 0 { small(random) } else { random.within(-100.0, 9.0) }).collect();
        let x = common::data::saved(function, shape, values(shape.size()));
        let dy = values(if matches!(function, Function::MaxoutBackward(_)) { shape.rows() } else { shape.size() });
        let winners = (0..shape.rows()).map(|i| (i % shape.len) as u32).collect();
        let inputs = Inputs { shape, x, dy, winners };
        let form = function.forms()[0];
        let expected = with(control::FLUSH, || function.call(&best.serial(), form, inputs.operands(), 0));
        let found = pool.install(|| function.call(&best, form, inputs.operands(), 0));
        assert!(bits(&found) == bits(&expected), "{function}");
    }
}

/// In other rounding modes nothing is promised, but that a call stays within its slices; and NaN is still NaN, and
/// nothing else is.
#[test]
fn other_rounding_modes_are_survived() {
    for rounding in control::ROUNDING {
        for function in Function::all().step_by(common::some()) {
            for inputs in inputs(function) {
                for kernels in Backend::available().map(kernels) {
                    for &form in function.forms() {
                        // `call` looks at what stands around the result.
                        let found = with(rounding, || function.call(&kernels, form, inputs.operands(), 1));
                        let Function::Map(_) = function else { continue };
                        for (&x, &y) in inputs.x.iter().zip(&found.values) {
                            assert_eq!(x.is_nan(), y.is_nan(), "{function} of {x:e} on {kernels:?}");
                        }
                    }
                }
            }
        }
    }
}
