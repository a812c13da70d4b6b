//! Do threads change nothing? In the caller's pools of 1, 2 and 5 threads, every function gives the bits that one
//! thread gives, for sizes above every threshold; and no pool but the caller's is used.

mod common;

use std::sync::OnceLock;

use common::{Data, Function, Output, Pieces, Sample, Shape, Subject, assert_bits, kernels, scale};
use rayon::{ThreadPool, ThreadPoolBuilder};
use simdact::{Axis, Backend};

fn pools() -> &'static [ThreadPool] {
    static POOLS: OnceLock<Vec<ThreadPool>> = OnceLock::new();
    let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    POOLS.get_or_init(|| [1, 2, 5].map(pool).into())
}

/// All backends; the best one only where the machine is slow, since these sizes cannot be smaller.
fn backends() -> Vec<Backend> {
    let all = Backend::available().filter(|&backend| scale() == 1 || backend == Backend::best());
    all.collect()
}

/// Shapes above the thresholds, of all the kinds that are split in ways of their own. Sizes are no multiples of
/// anything, so that the parts are not alike.
fn shapes(function: Function) -> Vec<Shape> {
    let large = (1 << 21) + 12_345;
    match function {
        Function::Map(_) | Function::MapBackward(_) => vec![Shape::flat(large)],
        Function::Row(_) | Function::RowBackward(_) => vec![
            // One long row, and several, fewer than threads: each is shared among all.
            Shape::new(1, large, 1),
            Shape::new(3, 600_003, 1),
            // As long as a whole number of parts of such a row, and a little more or less.
            Shape::new(2, 16 * 32_768, 1),
            Shape::new(1, 17 * 32_768 + 1, 1),
            Shape::new(1, 32 * 32_768 - 1, 1),
            // Many rows, many blocks, many columns in one block, and few of them.
            Shape::new(1_027, 1_021, 1),
            Shape::new(37, 301, 97),
            Shape::new(1, 1_111, 947),
            Shape::new(1, 300_001, 4),
        ],
        Function::Maxout(Pieces::Slices) | Function::MaxoutBackward(Pieces::Slices) => {
            vec![Shape::new(1_100_011, 2, 1), Shape::new(large, 3, 1)]
        }
        Function::Maxout(Pieces::Axis) | Function::MaxoutBackward(Pieces::Axis) => vec![
            Shape::new(1_100_011, 2, 1),
            Shape::new(550_003, 4, 1),
            Shape::new(310_001, 7, 1),
            Shape::new(1, large, 1),
            Shape::new(1, 2, large),
            Shape::new(5, 3, 150_003),
            Shape::new(700, 11, 301),
        ],
    }
}

fn check(function: Function) {
    // Work is shared out above the instructions, so that a slow machine tries some of the shapes only.
    for (i, shape) in shapes(function).into_iter().enumerate().step_by(common::some()) {
        let data = [Data::Logits, Data::Bits, Data::Wide][i % 3];
        let sample = Sample::new(function, shape, data, i as u64, 3);
        for backend in backends() {
            for &form in function.forms() {
                let expected = function.call(&kernels(backend).serial(), form, sample.operands(), 1);
                for pool in pools() {
                    let call = || function.call(&kernels(backend), form, sample.operands(), 1);
                    let found: Output = pool.install(call);
                    let subject = Subject { function, backend, form, operands: sample.operands(), offset: 1 };
                    assert_bits(&subject, &expected, &found);
                }
            }
        }
    }
}

#[test]
fn elementwise() {
    let maps = Function::all().filter(|f| matches!(f, Function::Map(_) | Function::MapBackward(_)));
    maps.step_by(common::some()).for_each(check);
}

#[test]
fn rows() {
    Function::all().filter(|f| matches!(f, Function::Row(_) | Function::RowBackward(_))).for_each(check);
}

#[test]
fn maxout() {
    Function::all().filter(|f| matches!(f, Function::Maxout(_) | Function::MaxoutBackward(_))).for_each(check);
}

/// The caller's pool is used, and no other: whoever asks for the global one afterwards can still choose its size.
#[test]
fn no_pool_but_the_callers() {
    for function in Function::all().step_by(common::some()) {
        let sample = Sample::new(function, shapes(function)[0], Data::Logits, 1, 0);
        for pool in pools() {
            pool.install(|| function.call(&kernels(Backend::best()), function.forms()[0], sample.operands(), 0));
        }
        // `serial` needs none, small inputs need none.
        function.call(&kernels(Backend::best()).serial(), function.forms()[0], sample.operands(), 0);
        for shape in function.shapes(1000) {
            let small = Sample::new(function, shape, Data::Logits, 1, 0);
            function.call(&kernels(Backend::best()), function.forms()[0], small.operands(), 0);
        }
    }
    let global = ThreadPoolBuilder::new().num_threads(3).build_global();
    assert!(global.is_ok(), "a kernel has started the global pool");
    assert_eq!(rayon::current_num_threads(), 3);
}

/// Kernels can be called from within the caller's own parallel work.
#[test]
fn nested_in_parallel_work() {
    use rayon::prelude::*;
    const LEN: usize = 530_001;
    let x = Data::Logits.values(8 * LEN, &mut common::Random(4));
    let kernels = kernels(Backend::best());
    let mut expected = x.clone();
    kernels.serial().softmax_in_place(&mut expected, Axis::rows(LEN)).expect("all fits");
    for pool in pools() {
        let mut y = x.clone();
        let one = |row: &mut [f32]| kernels.softmax_in_place(row, Axis::rows(LEN)).expect("all fits");
        pool.install(|| y.par_chunks_mut(LEN).for_each(one));
        assert!(y == expected, "in a pool of {} threads", pool.current_num_threads());
    }
}
