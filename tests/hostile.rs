//! Do calls keep their bits in a program that does everything at once? In pools of 1 and of 64 threads; from inside
//! rayon's tasks, without a thread more than the pool has; while others panic; and where 64 threads race for the first
//! call of the process.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, OnceLock};
use std::thread;

use common::{Data, Function, Output, Random, Sample, Shape, child, kernels, scale};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use simdact::{Activation, Axis, Backend, Kernels};

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started")
}

/// A call that threads share, and what one thread gives.
struct Call {
    function: Function,
    sample: Sample,
    expected: Output,
}

impl Call {
    fn new(function: Function, shape: Shape) -> Call {
        let sample = Sample::new(function, shape, Data::Logits, 1, 1);
        let expected = function.call(&kernels(Backend::best()).serial(), function.forms()[0], sample.operands(), 1);
        Call { function, sample, expected }
    }

    /// One for each function, or for a few on a slow machine: of a size beyond all thresholds, and softmax
    /// and its gradient also of many rows.
    fn all() -> &'static [Call] {
        static ALL: OnceLock<Vec<Call>> = OnceLock::new();
        const LARGE: usize = (1 << 21) + 4_321;
        let calls = || {
            let shapes = |function: Function| match function {
                Function::Map(_) | Function::MapBackward(_) => vec![Shape::flat(LARGE)],
                Function::Row(_) | Function::RowBackward(_) => vec![Shape::new(1, LARGE, 1), Shape::new(701, 1_003, 1)],
                Function::Maxout(_) | Function::MaxoutBackward(_) => vec![Shape::new(LARGE / 2, 3, 1)],
            };
            let some = Function::all().step_by(if scale() == 1 { 1 } else { 16 });
            some.flat_map(|f| shapes(f).into_iter().map(move |shape| Call::new(f, shape))).collect()
        };
        ALL.get_or_init(calls)
    }

    /// Panics unless a call from here gives the same.
    fn check(&self, whence: &str) {
        let Call { function, sample, expected } = self;
        let found = function.call(&kernels(Backend::best()), function.forms()[0], sample.operands(), 1);
        assert!(found == *expected, "{function}, {:?}, {whence}: other bits", sample.shape);
    }
}

#[test]
fn pools_of_1_and_of_64_threads() {
    for threads in [1, 64] {
        let pool = pool(threads);
        for call in Call::all() {
            pool.install(|| call.check(&format!("in a pool of {threads}")));
        }
    }
}

/// Threads of this process, where the system tells.
fn threads_alive() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}

/// Calls from within `join`, `scope`, parallel iterators and `broadcast`, all of whose threads call at once, wait for
/// each other in the same pool: none blocks another for ever, and no thread is started for them. A process of its own
/// counts its threads.
#[test]
fn calls_from_inside_tasks_use_the_same_threads() {
    if child::role().is_none() {
        let name = "calls_from_inside_tasks_use_the_same_threads";
        child::succeed(&mut child::command(name, "call from inside tasks"));
        return;
    }
    let calls = Call::all();
    // None is dropped before the end: its threads would still be counted for a while.
    for pool in &[1, 2, 8].map(pool) {
        let threads = pool.current_num_threads();
        // All have started once they have all been there.
        pool.broadcast(|_| ());
        let before = threads_alive();
        let check = |call: &Call, whence: &str| {
            call.check(whence);
            assert_eq!(threads_alive(), before, "threads of the process, {whence} in a pool of {threads}");
        };
        pool.install(|| {
            for pair in calls.windows(2) {
                rayon::join(|| check(&pair[0], "within join"), || check(&pair[1], "within join"));
            }
            rayon::scope(|scope| {
                for call in calls {
                    scope.spawn(move |scope| scope.spawn(move |_| check(call, "within a scope's scope")));
                }
            });
            calls.par_iter().for_each(|call| check(call, "within a parallel iterator"));
        });
        pool.broadcast(|at| check(&calls[at.index() % calls.len()], "on all threads at once"));
    }
    // No call has needed the global pool, which then would have a size of its own choice.
    assert!(ThreadPoolBuilder::new().num_threads(3).build_global().is_ok(), "a kernel has started the global pool");
}

/// Calls the kernels where it is dropped.
struct CallsWhenDropped;

impl Drop for CallsWhenDropped {
    fn drop(&mut self) {
        assert!(thread::panicking());
        Call::all()[0].check("while unwinding");
    }
}

/// Not by `panic!`, whose message would stand in the tests' output.
fn panic() {
    resume_unwind(Box::new("on purpose"))
}

/// Whether it does.
fn panics<R>(work: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(work)).is_err()
}

/// Nothing that a panic could leave behind: in the caller's thread, beside a call, and in a task of the same pool.
#[test]
fn panics_of_others_poison_nothing() {
    let pool = pool(4);
    let calls = Call::all();
    for call in calls {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    assert!(panics(panic));
                    assert!(panics(|| pool.install(|| rayon::join(panic, panic))));
                }
            });
            let result = catch_unwind(AssertUnwindSafe(|| {
                call.check("in a thread beside");
                pool.install(|| call.check("in the pool beside"));
            }));
            // First, or the thread would go on for ever.
            done.store(true, Ordering::Relaxed);
            result.unwrap_or_else(|panic| resume_unwind(panic));
        });

        // A task panics while its sibling calls: the panic comes out of `join`, and what was called has its bits.
        let checked = AtomicBool::new(false);
        let sibling = || {
            call.check("beside a task that panics");
            checked.store(true, Ordering::Relaxed);
        };
        let panicked = panics(|| pool.install(|| rayon::join(sibling, panic)));
        assert!(panicked && checked.load(Ordering::Relaxed), "{}", call.function);

        let unwinding = || {
            let _calls = CallsWhenDropped;
            panic()
        };
        assert!(panics(unwinding) && panics(|| pool.install(unwinding)));
        pool.install(|| call.check("after all that"));
    }
}

const RACERS: usize = 64;

/// The bits of tanh and softmax of the same numbers, and the backend.
fn first_call() -> (Vec<u32>, Backend) {
    let mut y = Data::Logits.values(1000, &mut Random(9));
    Activation::Tanh.apply_in_place(&mut y);
    simdact::softmax_in_place(&mut y, Axis::rows(100)).expect("all fits");
    (y.into_iter().map(f32::to_bits).collect(), Kernels::default().backend())
}

/// In a process of its own, in which nothing has been called yet: 64 threads call at once, all get the same, and a
/// wish that cannot be fulfilled is told once.
#[test]
fn first_use_is_raced_for() {
    if child::role().is_some() {
        let barrier = Barrier::new(RACERS);
        let race = || {
            barrier.wait();
            first_call()
        };
        let results: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..RACERS).map(|_| scope.spawn(race)).collect();
            threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect()
        });
        assert!(results.iter().all(|result| *result == results[0]), "one process has one backend");
        assert_eq!(first_call(), results[0]);
        return;
    }
    for _ in 0..(20 / scale()).max(2) {
        for (wish, warnings) in [("fpga", 1), ("scalar", 0), ("", 0)] {
            let mut command = child::command("first_use_is_raced_for", "race");
            let (_, stderr) = child::succeed(command.env("SIMDACT_BACKEND", wish));
            let told = stderr.lines().filter(|line| line.starts_with("simdact:")).count();
            let expected = if cfg!(feature = "std") { warnings } else { 0 };
            assert_eq!(told, expected, "warnings about {wish:?}:\n{stderr}");
        }
    }
}
