//! Are the bits what they were, and what they are on every other machine?
//!
//! `fingerprints.txt` holds two hashes for each function: that of `Portable`, and that of all other backends, over
//! inputs of every kind. They change when a kernel's bits do: that is a decision, to be told in the commit. Any NaN
//! counts as any other.

mod common;

use std::fmt::Write;
use std::ops::Range;

use common::{Data, Form, Function, Operands, Output, Pieces, Random, Sample, Shape, kernels, scale, some};
use rayon::ThreadPoolBuilder;
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

impl Default for Hash {
    fn default() -> Hash {
        Hash(0xcbf2_9ce4_8422_2325)
    }
}

/// The form that tells most.
fn form(function: Function) -> Form {
    if function.forms().contains(&Form::WithIndex) { Form::WithIndex } else { function.forms()[0] }
}

fn fingerprint(function: Function, backend: Backend) -> u64 {
    let mut hash = Hash::default();
    let long = match function {
        Function::Map(_) | Function::MapBackward(_) => Shape::flat(1 << 16),
        Function::Row(_) | Function::RowBackward(_) => Shape::new(1, 70_001, 1),
        Function::Maxout(_) | Function::MaxoutBackward(_) => Shape::new(5000, 4, 1),
    };
    for shape in [7, 100, 1000].into_iter().flat_map(|n| function.shapes(n)).chain([long]) {
        for data in Data::ALL {
            let sample = Sample::new(function, shape, data, 1, 0);
            hash.take_all(&function.call(&kernels(backend), form(function), sample.operands(), 0));
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

/// Shapes above the sizes from which threads share the work.
fn large(function: Function) -> Vec<Shape> {
    let elements = (1 << 21) + 1_234;
    match function {
        Function::Map(_) | Function::MapBackward(_) => vec![Shape::flat(elements)],
        Function::Row(_) | Function::RowBackward(_) => vec![Shape::new(3, 200_003, 1), Shape::new(71, 91, 97)],
        Function::Maxout(_) | Function::MaxoutBackward(_) => vec![Shape::new(elements / 3, 3, 1)],
    }
}

fn sample(function: Function, shape: Shape) -> Sample {
    Sample::new(function, shape, if function.is_backward() { Data::Logits } else { Data::Wide }, 1, 3)
}

fn hash(output: &Output) -> u64 {
    let mut hash = Hash::default();
    hash.take_all(output);
    hash.0
}

#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    let kernels = kernels(Backend::best());
    // Threads are shared out above the instructions: few will do where they are slow.
    for function in Function::all().step_by(if scale() == 1 { 1 } else { 13 }) {
        for shape in large(function) {
            let sample = sample(function, shape);
            let expected = hash(&function.call(&kernels.serial(), form(function), sample.operands(), 0));
            for threads in (1..=16).step_by(if scale() == 1 { 1 } else { 7 }) {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
                let found = pool.install(|| function.call(&kernels, form(function), sample.operands(), 0));
                assert_eq!(hash(&found), expected, "{function}, {shape:?}, {threads} threads");
            }
        }
    }
}

/// In how many planes the inputs of a function lie, and its results: separate slices are one after the other here.
fn planes(function: Function, shape: Shape) -> (usize, usize) {
    match function {
        Function::Maxout(Pieces::Slices) => (shape.len, 1),
        Function::MaxoutBackward(Pieces::Slices) => (1, shape.len),
        _ => (1, 1),
    }
}

/// That part of an array which belongs to these of its `outer` parts.
fn cut<T: Copy>(all: &[T], planes: usize, outer: usize, part: &Range<usize>) -> Vec<T> {
    let (plane, block) = (all.len() / planes, all.len() / planes / outer);
    let of = |i: usize| &all[i * plane + part.start * block..i * plane + part.end * block];
    (0..planes).flat_map(|i| of(i).iter().copied()).collect()
}

/// The reverse of it.
fn paste<T: Copy>(part_of_all: &[T], all: &mut [T], planes: usize, outer: usize, part: &Range<usize>) {
    let (plane, block) = (all.len() / planes, all.len() / planes / outer);
    for (i, from) in part_of_all.chunks(((part.len()) * block).max(1)).enumerate() {
        all[i * plane + part.start * block..i * plane + part.end * block].copy_from_slice(from);
    }
}

#[test]
fn the_bits_do_not_depend_on_how_it_is_split_into_calls() {
    let kernels = kernels(Backend::best());
    for function in Function::all().step_by(some()) {
        for shape in large(function) {
            let sample = sample(function, shape);
            let operands = sample.operands();
            let whole = function.call(&kernels, form(function), operands, 0);
            let (inputs, results) = planes(function, shape);
            let mut random = Random(shape.outer as u64);
            let mut cuts = [0, 1, random.below(shape.outer), random.below(shape.outer), shape.outer - 1, shape.outer];
            cuts.sort_unstable();
            let mut found = Output { values: vec![f32::NAN; whole.values.len()], index: vec![9; whole.index.len()] };
            for part in cuts.windows(2).map(|cuts| cuts[0]..cuts[1]).filter(|part| !part.is_empty()) {
                let x = cut(operands.x, inputs, shape.outer, &part);
                let dy = cut(operands.dy, 1, shape.outer, &part);
                let winners = cut(operands.winners, 1, shape.outer, &part);
                let shape_of_part = Shape { outer: part.len(), ..shape };
                let operands = Operands { shape: shape_of_part, x: &x, dy: &dy, winners: &winners };
                let output = function.call(&kernels, form(function), operands, 7);
                paste(&output.values, &mut found.values, results, shape.outer, &part);
                paste(&output.index, &mut found.index, results, shape.outer, &part);
            }
            assert_eq!(hash(&found), hash(&whole), "{function}, {shape:?}, cut at {cuts:?}");
        }
    }
}
