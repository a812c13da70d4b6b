//! Are the bits of all backends those committed? Of a sample here; `cargo run --release -p accuracy -- fingerprints`
//! compares those of all inputs.

use accuracy::{COARSE, fingerprint, fingerprints};
use simdact::{Backend, Kernels};

#[test]
fn the_bits_of_a_sample_are_those_committed() {
    for print in fingerprints() {
        for backend in Backend::available() {
            let kernels = Kernels::on(backend).expect("it is available");
            let found = print.of(&kernels, COARSE, &|_| {});
            let committed = print.committed(backend, COARSE).unwrap_or_else(|| panic!("{print} has none"));
            assert_eq!(format!("{found:016x}"), format!("{committed:016x}"), "{print} on {backend}");
        }
    }
}

#[test]
fn one_bit_of_one_input_changes_it() {
    let of = |at: f32| {
        fingerprint(COARSE, &|_| {}, |x, y| {
            for (&x, y) in x.iter().zip(y) {
                *y = if x.to_bits() == at.to_bits() { 1e-45 } else { 0.0 };
            }
        })
    };
    let last = f32::from_bits((((1 << 31) / COARSE) * COARSE) as u32);
    let prints = [of(1234.5), of(0.0), of(-0.0), of(last), of(-last)];
    // The first of them is not among the samples; each other one is different.
    let none = fingerprint(COARSE, &|_| {}, |_, y| y.fill(0.0));
    assert_eq!(prints[0], none);
    for i in 1..prints.len() {
        assert!(prints[..i].iter().all(|other| *other != prints[i]), "{i}");
    }
}

#[test]
fn threads_change_nothing() {
    let plain = |x: &[f32], y: &mut [f32]| y.copy_from_slice(x);
    let expected = fingerprint(97, &|_| {}, plain);
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        assert_eq!(pool.install(|| fingerprint(97, &|_| {}, plain)), expected, "{threads} threads");
    }
}
