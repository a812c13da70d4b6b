//! Do the functions on registers give the bits that those of slices give? For every function and backend; and are loads
//! and stores of parts of a register what they should be?

mod common;

use common::{Data, Random, kernels, same};
use simdact::registers::{Fast, Function, Gelu, LeakyRelu, Registers, Sigmoid, Tanh, Vectors, Visitor, Work};
use simdact::{Accuracy, Activation, Backend, Kernels, Saves};

/// y = f(x), or dx = f'(saved) · dy, `N` registers at a time.
struct Loop<'a, const N: usize, F> {
    f: F,
    x: &'a [f32],
    dy: Option<&'a [f32]>,
    y: &'a mut [f32],
}

impl<const N: usize, F: Function> Work for Loop<'_, N, F> {
    type Output = ();
    #[inline(always)]
    fn run<R: Registers>(self, registers: R) {
        let v = registers.several::<N>();
        for at in (0..self.x.len()).step_by(v.lanes()) {
            let x = v.load(&self.x[at..]);
            let y = match self.dy {
                Some(dy) => v.backward(self.f, x, v.load(&dy[at..])),
                None => v.forward(self.f, x),
            };
            v.store(&mut self.y[at..], y);
        }
    }
}

/// Inputs of every kind, of a length that is no multiple of any register's.
fn inputs() -> Vec<f32> {
    let mut random = Random(7);
    Data::ALL.iter().flat_map(|data| data.values(50, &mut random)).chain([f32::NAN]).collect()
}

#[track_caller]
fn assert_same(what: &str, backend: Backend, x: &[f32], expected: &[f32], found: &[f32]) {
    for ((x, expected), found) in x.iter().zip(expected).zip(found) {
        assert!(
            same(*expected, *found),
            "{what} on {backend}: of {x:e}, {expected:e} of slices, {found:e} of registers"
        );
    }
}

/// Compares a function, chosen at run time, with its own of slices.
struct Compare<'a>(&'a Kernels, Activation, &'a [f32]);
impl Visitor for Compare<'_> {
    type Output = ();
    fn visit<F: Function>(self, f: F) {
        let Compare(kernels, activation, x) = self;
        let (mut expected, mut found) = (vec![9.0; x.len()], vec![8.0; x.len()]);
        kernels.apply(activation, x, &mut expected).expect("fits");
        kernels.vectorize(Loop::<1, _> { f, x, dy: None, y: &mut found });
        assert_same(&activation.to_string(), kernels.backend(), x, &expected, &found);

        let saved = if activation.saves() == Saves::Output { &expected.clone() } else { x };
        let dy: Vec<f32> = x.iter().rev().copied().collect();
        kernels.backward(activation, saved, &dy, &mut expected).expect("fits");
        kernels.vectorize(Loop::<1, _> { f, x: saved, dy: Some(&dy), y: &mut found });
        assert_same(&format!("gradient of {activation}"), kernels.backend(), saved, &expected, &found);
    }
}

#[test]
fn every_function_has_the_bits_of_slices() {
    let x = inputs();
    for backend in Backend::available() {
        for &activation in Activation::ALL {
            let kernels = kernels(backend);
            activation.visit(Compare(&kernels, activation, &x));
        }
    }
}

#[test]
fn registers_side_by_side_and_the_fast_tier() {
    fn check<F: Function>(kernels: Kernels, f: F, activation: Activation, x: &[f32]) {
        let (mut expected, mut found) = (vec![9.0; x.len()], vec![8.0; x.len()]);
        kernels.apply(activation, x, &mut expected).expect("fits");
        kernels.vectorize(Loop::<3, _> { f, x, dy: None, y: &mut found });
        assert_same(&format!("three of {activation}"), kernels.backend(), x, &expected, &found);
    }
    let x = inputs();
    for backend in Backend::available() {
        let kernels = kernels(backend);
        check(kernels, Tanh, Activation::Tanh, &x);
        check(kernels, Gelu, Activation::Gelu, &x);
        check(kernels, LeakyRelu { slope: 0.3 }, Activation::LeakyRelu { slope: 0.3 }, &x);
        // Where there is no fast tier, it is the same.
        check(kernels, Fast(Gelu), Activation::Gelu, &x);
        let kernels = kernels.accuracy(Accuracy::Fast);
        check(kernels, Fast(Tanh), Activation::Tanh, &x);
        check(kernels, Fast(Sigmoid), Activation::Sigmoid, &x);
    }
}

/// Loads and stores of slices of every length around a vector's, and the arithmetic.
fn parts<V: Vectors>(v: V) {
    let n = v.lanes();
    let from: Vec<f32> = (1..=n + 9).map(|i| i as f32).collect();
    let lanes = |vector| {
        let mut lanes = vec![9.0; n];
        v.store(&mut lanes, vector);
        lanes
    };
    for len in 0..n + 5 {
        let loaded = lanes(v.load(&from[..len]));
        for (i, &lane) in loaded.iter().enumerate() {
            assert_eq!(lane, if i < len { from[i] } else { 0.0 }, "lane {i} of {len}");
        }
        let mut to = vec![9.0; n + 9];
        v.store(&mut to[..len], v.load(&from));
        for (i, &value) in to.iter().enumerate() {
            assert_eq!(value, if i < len.min(n) { from[i] } else { 9.0 }, "place {i} of {len}");
        }
    }
    let [two, three, seven] = [2.0, 3.0, 7.0].map(|x| v.splat(x));
    let results = [
        (v.add(two, three), 5.0),
        (v.sub(two, three), -1.0),
        (v.mul(two, three), 6.0),
        (v.div(seven, two), 3.5),
        (v.mul_add(two, three, seven), 13.0),
        (v.max(two, three), 3.0),
        (v.min(two, three), 2.0),
        (v.max(v.splat(f32::NAN), three), 3.0),
    ];
    for (result, expected) in results {
        assert_eq!(lanes(result), vec![expected; n]);
    }
}

struct Parts;
impl Work for Parts {
    type Output = ();
    fn run<R: Registers>(self, registers: R) {
        parts(registers);
        parts(registers.several::<3>());
        let n = registers.lanes();
        let numbers: Vec<f32> = (1..=n).map(|i| i as f32).collect();
        assert_eq!(registers.sum(registers.load(&numbers)), (n * (n + 1) / 2) as f32);
    }
}

#[test]
fn parts_of_registers_and_arithmetic() {
    for backend in Backend::available() {
        kernels(backend).vectorize(Parts);
    }
}

/// Registers of `core::arch`, in a function that is compiled for them.
#[cfg(target_arch = "x86_64")]
#[test]
fn registers_of_the_machine() {
    use core::arch::x86_64::{__m256, _mm256_loadu_ps, _mm256_mul_ps, _mm256_set1_ps, _mm256_storeu_ps};
    use simdact::registers::Avx2;

    #[target_feature(enable = "avx2,fma")]
    fn tanh_of_twice(avx2: Avx2, x: __m256) -> __m256 {
        avx2.forward(Tanh, _mm256_mul_ps(x, _mm256_set1_ps(2.0)))
    }

    let Some(avx2) = Avx2::detect() else { return };
    let x = [-8.0, -1.0, -0.0, 0.25, 0.5, 1.0, 3.0, f32::NAN];
    let mut y = [9.0; 8];
    // SAFETY: there are eight numbers in both arrays; and `Avx2` is the proof that the machine has the instructions.
    unsafe { _mm256_storeu_ps(y.as_mut_ptr(), tanh_of_twice(avx2, _mm256_loadu_ps(x.as_ptr()))) };
    let mut expected = [8.0; 8];
    kernels(Backend::Avx2).apply(Activation::Tanh, &x.map(|x| 2.0 * x), &mut expected).expect("fits");
    assert_same("tanh", Backend::Avx2, &x, &expected, &y);
}
