//! Does no kernel allocate? An allocator counts what this test's threads ask for: on one thread, and in a pool whose
//! threads have worked before.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Data, Form, Function, Operands, Place, Sample, Shape, kernels, scale};
use rayon::ThreadPoolBuilder;
use simdact::{Axis, Backend, Kernels, Mask};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread's allocations count. Neither initialised lazily nor dropped, so that it allocates nothing.
    static COUNTS: Cell<bool> = const { Cell::new(false) };
}

fn count() {
    if COUNTS.get() {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: every method hands its arguments on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(ptr, layout, new_size) }
    }
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `work` allocates.
fn allocations(work: impl FnOnce()) -> usize {
    COUNTS.set(true);
    let before = ALLOCATIONS.load(Ordering::SeqCst);
    work();
    let after = ALLOCATIONS.load(Ordering::SeqCst);
    COUNTS.set(false);
    after - before
}

/// Everything that a call needs, made beforehand.
struct Prepared {
    function: Function,
    form: Form,
    sample: Sample,
    place: Vec<f32>,
    index: Vec<u32>,
}

impl Prepared {
    fn new(function: Function, form: Form, shape: Shape) -> Prepared {
        let sample = Sample::new(function, shape, Data::Logits, 1, 1);
        let len = function.result_len(sample.operands());
        let input = function.in_place_input(sample.operands());
        let place = if form == Form::Uninit { Vec::new() } else { vec![0.5; len.max(input.len())] };
        let index = vec![0; if form == Form::WithIndex { len } else { 0 }];
        let mut prepared = Prepared { function, form, sample, place, index };
        match form {
            Form::Uninit => prepared.place.reserve_exact(len),
            Form::InPlace => {}
            _ => prepared.place.truncate(len),
        }
        prepared
    }

    fn run(&mut self, kernels: &Kernels) {
        let Prepared { function, form, sample, place, index } = self;
        let len = function.result_len(sample.operands());
        let place = match form {
            Form::Uninit => Place::Uninit(&mut place.spare_capacity_mut()[..len]),
            _ => Place::Ready(place),
        };
        let operands: Operands = sample.operands();
        function.run(kernels, *form, operands, place, index).expect("all fits");
    }
}

/// One test, since the count is one for the whole process.
#[test]
fn no_kernel_allocates() {
    let counted = allocations(|| drop(std::hint::black_box(vec![1; 1000])));
    assert!(counted >= 1, "the allocator does not count");

    // On one thread, from the first call on.
    for (function, form) in Function::all_forms() {
        for shape in [3, 1000].into_iter().flat_map(|n| function.shapes(n)).chain([Shape::new(1, 40_000, 1)]) {
            // No more slices than a list on the stack holds.
            let len = if matches!(function, Function::Row(_) | Function::RowBackward(_)) { shape.len } else { 3 };
            let mut prepared = Prepared::new(function, form, Shape { len, ..shape });
            for backend in Backend::available() {
                let kernels = kernels(backend).serial();
                let count = allocations(|| prepared.run(&kernels));
                assert_eq!(count, 0, "allocations of {function} on {backend}, {form:?}, {:?}", prepared.sample.shape);
            }
        }
    }

    // What has a result or a mask of another length.
    for (len, inner) in [(3, 1), (1000, 1), (40_000, 1), (30, 256)] {
        let axis = Axis::new(len).inner(inner);
        let x = Data::Logits.values(2 * len * inner, &mut common::Random(1));
        let (mut y, mut dx, mask) = (vec![0.5; 2 * inner], x.clone(), vec![true; len * inner]);
        for kernels in Backend::available().map(kernels) {
            let kernels = kernels.serial();
            let count = allocations(|| {
                kernels.logsumexp(&x, axis, &mut y).expect("all fits");
                kernels.logsumexp_backward(&x, &y, &y, axis, &mut dx).expect("all fits");
                for mask in [Mask::Boolean(&mask), Mask::Additive(&x), Mask::Causal { queries: 2, offset: 1 }] {
                    kernels.masked_softmax(&x, axis, 0.5, mask, &mut dx).expect("all fits");
                }
                let stats = kernels.softmax_stats(&x).merge(kernels.softmax_stats(&dx));
                kernels.softmax_part(&stats, &x, &mut dx).expect("all fits");
                kernels.logsumexp_in_place(&mut dx, axis).expect("all fits");
            });
            assert_eq!(count, 0, "allocations of reductions and masks on {kernels:?}, {axis:?}");
        }
    }

    // In a pool, once its threads have made their queues.
    let started = |_| COUNTS.set(true);
    let pool = ThreadPoolBuilder::new().num_threads(3).start_handler(started).build().expect("threads can be started");
    let kernels = kernels(Backend::best());
    let outer = (1 << 21) + 77;
    // Each has the same ways to the pool.
    for (function, form) in Function::all_forms().step_by(common::some()) {
        let shapes = match function {
            Function::Row(_) | Function::RowBackward(_) => vec![Shape::new(1, outer, 1), Shape::new(outer / 16, 16, 1)],
            Function::Map(_) | Function::MapBackward(_) => vec![Shape::flat(outer)],
            _ => vec![Shape::new(outer / 2, 3, 1), Shape::new(1, 3, outer / 2)],
        };
        for shape in shapes {
            let mut prepared = Prepared::new(function, form, shape);
            let repeats = if scale() == 1 { 4 } else { 1 };
            let count = pool.install(|| {
                (0..repeats).for_each(|_| prepared.run(&kernels));
                let count = allocations(|| (0..repeats).for_each(|_| prepared.run(&kernels)));
                COUNTS.set(true);
                count
            });
            assert_eq!(count, 0, "allocations of {function} in a pool, {form:?}, {shape:?}");
        }
    }
}
