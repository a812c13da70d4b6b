//! Are the bits what they were, and what they are on every other machine?
//!
//! `fingerprints.txt` holds two hashes for each function: that of `Portable`, and that of all other backends, over
//! inputs of every kind. They change when a kernel's bits do: that is a decision, to be told in the commit. Any NaN
//! counts as any other.

mod common;

use std::fmt::Write;

use common::{Data, Form, Function, Output, Sample, Shape, kernels};
use simdact::Backend;

const COMMITTED: &str = include_str!("fingerprints.txt");

/// FNV-1a of 64 bits.
struct Hash(u64);

impl Hash {
    fn take(&mut self, word: u32) {
        for byte in word.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn take_all(&mut self, Output { values, index }: &Output) {
        values.iter().for_each(|y| self.take(if y.is_nan() { f32::NAN.to_bits() } else { y.to_bits() }));
        index.iter().for_each(|&i| self.take(i));
    }
}

fn fingerprint(function: Function, backend: Backend) -> u64 {
    let mut hash = Hash(0xcbf2_9ce4_8422_2325);
    let long = match function {
        Function::Map(_) | Function::MapBackward(_) => Shape::flat(1 << 16),
        Function::Row(_) | Function::RowBackward(_) => Shape::new(1, 70_001, 1),
        Function::Maxout(_) | Function::MaxoutBackward(_) => Shape::new(5000, 4, 1),
    };
    for shape in [7, 100, 1000].into_iter().flat_map(|n| function.shapes(n)).chain([long]) {
        for data in Data::ALL {
            let sample = Sample::new(function, shape, data, 1, 0);
            let form = if function.forms().contains(&Form::WithIndex) { Form::WithIndex } else { function.forms()[0] };
            hash.take_all(&function.call(&kernels(backend), form, sample.operands(), 0));
        }
    }
    hash.0
}

#[test]
fn the_bits_are_those_committed() {
    let mut found = String::new();
    for function in Function::all() {
        let fused = fingerprint(function, Backend::Scalar);
        for backend in Backend::available().filter(|&backend| backend != Backend::Portable) {
            assert_eq!(
                fingerprint(function, backend),
                fused,
                "{function} on {backend}: the bits are not those of scalar"
            );
        }
        let portable = fingerprint(function, Backend::Portable);
        writeln!(found, "{fused:016x} {portable:016x} {function}").expect("a string takes all");
    }
    assert_eq!(found, COMMITTED, "the bits have changed; if that is meant, commit as fingerprints.txt:\n{found}");
}
