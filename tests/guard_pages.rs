//! Does no kernel read or write a single float outside of its slices? Each slice begins right after an unreadable page
//! or ends right before one, where such an access kills the process.
//!
//! Every function, forward and backward, every form and backend, all lengths up to 1,100: since lengths vary, what ends
//! at a page begins at every distance from alignment.
#![cfg(unix)]

mod common;

use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use std::os::unix::process::ExitStatusExt;

use common::{Data, Form, Function, Operands, Pieces, Place, Random, Shape, child, kernels, scale, some};
use rayon::ThreadPoolBuilder;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use simdact::{Activation, Axis, Backend, Element, Half, Kernels, Mask, Rows};

/// What a room holds: zeros to begin with, and nothing but values of its type later.
trait Plain: Copy {}
impl Plain for f32 {}
impl Plain for u32 {}
impl Plain for bool {}
impl Plain for MaybeUninit<f32> {}
#[cfg(feature = "half")]
mod plain {
    use super::{MaybeUninit, Plain};
    impl Plain for half::f16 {}
    impl Plain for half::bf16 {}
    impl Plain for MaybeUninit<half::f16> {}
    impl Plain for MaybeUninit<half::bf16> {}
}

/// Pages between two that cannot be accessed.
struct Room<T> {
    /// The first of those two.
    base: *mut c_void,
    page: usize,
    bytes: usize,
    holds: PhantomData<T>,
}

/// At which end of its room a slice lies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    First,
    Last,
}

impl<T: Plain> Room<T> {
    /// A room for slices of up to `len` elements.
    fn new(len: usize) -> Room<T> {
        let page = rustix::param::page_size();
        let bytes = (len * size_of::<T>()).next_multiple_of(page);
        // SAFETY: a new mapping, at an address of the system's choice.
        let base =
            unsafe { mmap_anonymous(core::ptr::null_mut(), bytes + 2 * page, ProtFlags::empty(), MapFlags::PRIVATE) };
        let base = base.expect("there is address space");
        // SAFETY: the pages lie within the mapping, and nothing refers to them yet.
        unsafe { mprotect(base.byte_add(page), bytes, MprotectFlags::READ | MprotectFlags::WRITE) }
            .expect("one's own pages can be made accessible");
        Room { base, page, bytes, holds: PhantomData }
    }

    /// Where a slice of `len` elements begins.
    fn at(&self, len: usize, end: End) -> *mut T {
        let size = len * size_of::<T>();
        assert!(size <= self.bytes);
        let skip = if end == End::First { 0 } else { self.bytes - size };
        self.base.wrapping_byte_add(self.page + skip).cast()
    }

    /// A slice of `len` elements.
    fn slice(&mut self, len: usize, end: End) -> &mut [T] {
        // SAFETY: `len` elements from there lie within the accessible pages, what is in them is a `T`, and the room is
        // borrowed as long as they are.
        unsafe { core::slice::from_raw_parts_mut(self.at(len, end), len) }
    }

    /// A slice with these values.
    fn copy(&mut self, values: &[T], end: End) -> &mut [T] {
        let slice = self.slice(values.len(), end);
        slice.copy_from_slice(values);
        slice
    }
}

impl<T> Drop for Room<T> {
    fn drop(&mut self) {
        // SAFETY: the whole mapping, to which nothing refers any more.
        let result = unsafe { munmap(self.base, self.bytes + 2 * self.page) };
        result.expect("one's own mapping can be given back");
    }
}

/// At which end of its room each slice of a call lies, as bits.
#[derive(Clone, Copy)]
struct Ends(usize);

impl Ends {
    const X: u32 = 0;
    const DY: u32 = 1;
    const WINNERS: u32 = 2;
    const RESULT: u32 = 3;
    const INDEX: u32 = 4;

    /// All at the same end, either one; and one of the mixtures, in turn, and its opposite.
    fn of(n: usize) -> [Ends; 4] {
        [Ends(0), Ends(0b11111), Ends(n % 32), Ends(!n % 32)]
    }

    fn get(self, slice: u32) -> End {
        if self.0 >> slice & 1 == 0 { End::First } else { End::Last }
    }
}

/// A room for each slice of a call, and numbers to fill them with.
struct House {
    numbers: Vec<f32>,
    x: Room<f32>,
    dy: Room<f32>,
    winners: Room<u32>,
    result: Room<f32>,
    uninit: Room<MaybeUninit<f32>>,
    index: Room<u32>,
}

impl House {
    fn new(len: usize) -> House {
        House {
            numbers: Data::Logits.values(2 * len, &mut Random(1)),
            x: Room::new(len),
            dy: Room::new(len),
            winners: Room::new(len),
            result: Room::new(len),
            uninit: Room::new(len),
            index: Room::new(len),
        }
    }

    /// Calls all forms of the function, each with its slices at those ends.
    fn call(&mut self, function: Function, shape: Shape, ends: Ends, backends: &[Kernels]) {
        let (size, rows) = (shape.size(), shape.rows());
        let (dy_len, winners_len) = match function {
            Function::MapBackward(_) | Function::RowBackward(_) => (size, 0),
            Function::MaxoutBackward(_) => (rows, rows),
            _ => (0, 0),
        };
        let x: &[f32] = self.x.copy(&self.numbers[..size], ends.get(Ends::X));
        let dy: &[f32] = self.dy.copy(&self.numbers[size..][..dy_len], ends.get(Ends::DY));
        let winners = self.winners.slice(winners_len, ends.get(Ends::WINNERS));
        for (winner, number) in winners.iter_mut().zip(&self.numbers) {
            *winner = number.to_bits() % shape.len as u32;
        }
        let operands = Operands { shape, x, dy, winners };
        let len = function.result_len(operands);
        for &form in function.forms() {
            for kernels in backends {
                let index = self.index.slice(if form == Form::WithIndex { len } else { 0 }, ends.get(Ends::INDEX));
                let end = ends.get(Ends::RESULT);
                let place = match form {
                    Form::Uninit => Place::Uninit(self.uninit.slice(len, end)),
                    Form::InPlace => {
                        let input = function.in_place_input(operands);
                        let place = self.result.slice(len.max(input.len()), end);
                        place[..input.len()].copy_from_slice(input);
                        Place::Ready(place)
                    }
                    _ => Place::Ready(self.result.slice(len, end)),
                };
                function.run(kernels, form, operands, place, index).expect("all fits");
            }
        }
    }
}

/// All backends, the best one last; on an emulator that reads more than its instructions say, those without AVX.
fn all_backends() -> Vec<Kernels> {
    #[cfg(target_arch = "x86_64")]
    if Backend::Avx2.is_available() {
        let (output, ..) = child::run(&mut child::command("an_access_outside_is_fatal", exact::ROLE));
        if output.status.signal().is_some() {
            println!("this machine reads more than its instructions say: Portable only");
            return vec![kernels(Backend::Portable)];
        }
        assert!(output.status.success(), "{output:?}");
    }
    Backend::available().map(kernels).collect()
}

/// What a child finds out about the machine: QEMU 7.2 reads all of what a masked load leaves out, and 16 bytes where
/// the operand of a scalar instruction is one float.
#[cfg(target_arch = "x86_64")]
mod exact {
    use super::{End, Room};

    pub const ROLE: &str = "read by AVX2 and FMA";

    /// Reads one float before an unreadable page by both.
    pub fn read() {
        assert!(is_x86_feature_detected!("avx") && is_x86_feature_detected!("fma"));
        let room = Room::<f32>::new(1);
        let mask = [-1, 0, 0, 0, 0, 0, 0, 0];
        // SAFETY: the machine has the instructions, and the float that they read lies within the room.
        unsafe {
            core::arch::asm!(
                "vmovups ymm0, [{mask}]",
                "vmaskmovps ymm1, ymm0, [{float}]",
                "vfmadd231ss xmm1, xmm1, [{float}]",
                mask = in(reg) &mask, float = in(reg) room.at(1, End::Last),
                out("ymm0") _, out("ymm1") _, options(nostack, readonly)
            );
        }
    }
}

/// All tails of all vectors and blocks, then all the rest, or some of it on a slow machine.
fn lengths() -> impl Iterator<Item = usize> {
    (0..=130).chain((131..=1100).step_by(scale().next_multiple_of(2) - 1))
}

#[test]
fn every_length() {
    let (mut house, backends) = (House::new(8 * 1100), all_backends());
    for n in lengths() {
        for function in Function::all() {
            for shape in function.shapes(n) {
                for ends in Ends::of(n) {
                    house.call(function, shape, ends, &backends);
                }
            }
        }
    }
}

/// Rows and groups whose total is near any length, of all the ways to cut it: a few long rows, and many short ones;
/// neighbours, and columns.
#[test]
fn every_way_to_cut() {
    let (mut house, backends) = (House::new(8 * 1100), all_backends());
    let step = 4 * scale() - 3;
    for n in (1..=1100).step_by(step) {
        for function in Function::all().filter(|f| !matches!(f, Function::Map(_) | Function::MapBackward(_))) {
            for (i, len) in [1, 2, 3, 5, 7, 8, 9, 16, 17, 31, 33, 64, 100].into_iter().enumerate() {
                let inner = [2, 3, 4, 7, 8, 9, 15, 16, 17, 33][(n + i) % 10];
                let slices =
                    matches!(function, Function::Maxout(Pieces::Slices) | Function::MaxoutBackward(Pieces::Slices));
                if slices && len > common::call::MAX_SLICES {
                    continue;
                }
                for shape in [Shape::new(n / len, len, 1), Shape::new(n / (len * inner), len, inner)] {
                    house.call(function, shape, Ends::of(n + i)[(n + i) % 4], &backends);
                }
            }
        }
    }
}

/// Slices to choose from, each in a room of its own.
#[test]
fn separate_slices() {
    let [mut a, mut b, mut c, mut y] = [0; 4].map(|_| Room::<f32>::new(1100));
    let (mut winners, mut index) = (Room::<u32>::new(1100), Room::<u32>::new(1100));
    let mut uninit = Room::<MaybeUninit<f32>>::new(1100);
    let [numbers, more] = [1, 2].map(|seed| Data::Logits.values(1100, &mut Random(seed)));
    let backends = all_backends();
    for n in lengths() {
        for ends in Ends::of(n) {
            let a = a.copy(&numbers[..n], ends.get(0));
            let b = b.copy(&more[..n], ends.get(1));
            let c = c.copy(&numbers[1100 - n..], ends.get(2));
            let y = y.slice(n, ends.get(3));
            let winners = winners.slice(n, ends.get(4));
            for (i, winner) in winners.iter_mut().enumerate() {
                *winner = i as u32 % 3;
            }
            let (uninit, index) = (uninit.slice(n, ends.get(3)), index.slice(n, ends.get(4)));
            for k in &backends {
                k.maxout(&[a, b, c], y).expect("all fits");
                k.maxout_with_index(&[a, b, c], y, index).expect("all fits");
                k.maxout_uninit(&[a, b, c], uninit).expect("all fits");
                k.maxout_in_place(y, &[a, b, c]).expect("all fits");
                k.maxout_backward(winners, y, &mut [a, b, c]).expect("all fits");
                k.maxout_backward_in_place(winners, y, &mut [a, b]).expect("all fits");
            }
        }
    }
}

/// What has a result or a mask of another length than the data.
#[test]
fn reductions_and_masks() {
    const MOST: usize = 1 << 16;
    let [mut x, mut y, mut dy, mut dx, mut bias] = [0; 5].map(|_| Room::<f32>::new(MOST));
    let (mut uninit, mut mask) = (Room::<MaybeUninit<f32>>::new(MOST), Room::<bool>::new(MOST));
    let numbers = Data::Logits.values(MOST, &mut Random(1));
    let booleans: Vec<bool> = numbers.iter().map(|x| *x > -4.0).collect();
    let backends = all_backends();
    let rows = (1..=130).map(|n| Shape::new(1 + n % 6, n, 1)).chain([1, 4].map(|i| Shape::new(i, 8193 + 1000, 1)));
    let columns =
        (1..=70).map(|n| Shape::new(2, 1 + n % 7, n)).chain([Shape::new(1, 8193, 3), Shape::new(1, 21, 1024)]);
    for shape in rows.chain(columns) {
        let (size, rows, block) = (shape.size(), shape.rows(), shape.len * shape.inner);
        for ends in Ends::of(size) {
            let x = x.copy(&numbers[..size], ends.get(0));
            let dy = dy.copy(&numbers[..rows], ends.get(1));
            let y = y.slice(rows, ends.get(2));
            let dx = dx.slice(size, ends.get(3));
            let bias = bias.copy(&numbers[..block], ends.get(4));
            let mask = mask.copy(&booleans[..block], ends.get(1));
            let axis = shape.axis();
            for k in &backends {
                k.logsumexp(x, axis, y).expect("all fits");
                k.logsumexp_uninit(x, axis, uninit.slice(rows, ends.get(2))).expect("all fits");
                k.logsumexp_backward(x, y, dy, axis, dx).expect("all fits");
                k.logsumexp_backward_in_place(dx, y, dy, axis).expect("all fits");
                k.logsumexp_in_place(dx, axis).expect("all fits");
                let causal = Mask::Causal { queries: 1, offset: shape.len as isize / 2 };
                for mask in [Mask::None, Mask::Additive(bias), Mask::Boolean(mask), causal] {
                    k.masked_softmax(x, axis, 0.5, mask, dx).expect("all fits");
                    k.masked_softmax_in_place(dx, axis, 0.5, mask).expect("all fits");
                    k.masked_softmax_uninit(x, axis, 0.5, mask, uninit.slice(size, ends.get(3))).expect("all fits");
                }
                let stats = k.softmax_stats(x);
                k.softmax_part(&stats, x, dx).expect("all fits");
            }
        }
    }
}

/// What goes over the desk: fused activations, gated units, rows with gaps, PReLU, and elements of 16 bits.
fn staged<T: Element + Plain>(round: fn(f32) -> T)
where
    MaybeUninit<T>: Plain,
{
    let activations = [Activation::Relu, Activation::Tanh, Activation::Silu];
    let [mut x, mut bias, mut other, mut y, mut z] = [0; 5].map(|_| Room::<T>::new(2 * 1100));
    let mut uninit = Room::<MaybeUninit<T>>::new(2 * 1100);
    let numbers: Vec<T> = Data::Logits.values(2 * 1100, &mut Random(1)).into_iter().map(round).collect();
    let backends = all_backends();
    for n in lengths().filter(|n| *n > 0).step_by(if size_of::<T>() == 4 { 1 } else { 3 }) {
        let divisors: Vec<usize> = (1..=n).filter(|d| n % d == 0).collect();
        let len = divisors[n * 7 % divisors.len()];
        let axis = Axis::new(len).inner(if n % 2 == 0 { n / len } else { 1 });
        for ends in Ends::of(n) {
            let (x, bias) = (x.copy(&numbers[..n], ends.get(0)), bias.copy(&numbers[..len], ends.get(1)));
            let other = other.copy(&numbers[n..][..n], ends.get(2));
            let (y, z) = (y.slice(n, ends.get(3)), z.slice(n, ends.get(4)));
            let uninit = uninit.slice(n, ends.get(3));
            let activation = activations[n % 3];
            for k in &backends {
                let fused = activation.fused().bias(bias, axis).residual(other).factor(other);
                k.apply_fused(&fused, x, y).expect("all fits");
                k.apply_fused_in_place(&fused, y).expect("all fits");
                k.apply_fused_uninit(&fused, x, uninit).expect("all fits");
                k.fused_backward(&fused, x, other, y).expect("all fits");
                k.apply(activation, x, y).expect("all fits");
                k.backward(activation, x, other, y).expect("all fits");
                k.gate_backward(activation, x, other, other, y, z).expect("all fits");
                for rows in [n, n / 2].into_iter().filter(|len| *len > 0 && len.is_multiple_of(2)).map(Axis::rows) {
                    if n.is_multiple_of(rows.len) {
                        k.gate_halves(activation, x, rows, Half::First, &mut y[..n / 2]).expect("all fits");
                        k.gate_halves_backward(activation, x, rows, Half::Second, &other[..n / 2], y)
                            .expect("all fits");
                    }
                }
                let rows = Rows::new(n.div_ceil(3), n.div_ceil(2).max(n.div_ceil(3)));
                if rows.count(n).is_ok() {
                    k.apply_rows(activation, x, rows, y, rows).expect("all fits");
                    k.apply_rows_in_place(activation, y, rows).expect("all fits");
                    k.backward_rows(activation, (x, rows), (other, rows), (y, rows)).expect("all fits");
                }
                k.prelu(x, bias, axis, y).expect("all fits");
                k.prelu_backward(x, bias, axis, other, y, &mut z[..len]).expect("all fits");
                k.sum_to_axis(x, axis, &mut z[..len]).expect("all fits");
            }
        }
    }
}

#[test]
fn over_the_desk() {
    staged::<f32>(|x| x);
    #[cfg(feature = "half")]
    staged(half::f16::from_f32);
    #[cfg(feature = "half")]
    staged(half::bf16::from_f32);
}

/// Sums of several chunks.
#[test]
fn long_rows() {
    let (mut house, backends) = (House::new(1 << 17), all_backends());
    for function in Function::all().filter(|f| matches!(f, Function::Row(_) | Function::RowBackward(_))) {
        for n in [8191, 8192, 8193, 8 * 8192 + 1] {
            for (shape, ends) in [(Shape::new(1, n, 1), 0), (Shape::new(1, n, 1), 31), (Shape::new(1, n / 2, 3), 31)] {
                house.call(function, shape, Ends(ends), &backends);
            }
        }
    }
}

/// Columns whose elements lie at a distance that is a multiple of a large power of two.
#[test]
fn columns_far_apart() {
    let (mut house, backends) = (House::new(1 << 17), all_backends());
    for function in Function::all().filter(|f| matches!(f, Function::Row(_) | Function::RowBackward(_))) {
        for (outer, len, inner) in [(1, 21, 1024), (2, 9, 512), (1, 40, 256), (1, 100, 768), (1, 512, 256)] {
            for ends in [0, 31] {
                house.call(function, Shape::new(outer, len, inner), Ends(ends), &backends);
            }
        }
    }
}

/// What threads share, and what is written past the caches, on the best backend, since it cannot be small.
#[test]
fn threads() {
    const LARGE: usize = (1 << 21) + 12_345;
    // Written past the caches.
    const LARGER: usize = (1 << 22) + 77;
    let best = &all_backends()[..];
    let best = &best[best.len() - 1..];
    let all = || {
        let mut house = House::new(2 * LARGE);
        for function in Function::all().step_by(some()) {
            let shapes = match function {
                Function::Map(_) | Function::MapBackward(_) => vec![Shape::flat(LARGE), Shape::flat(LARGER)],
                Function::Row(_) | Function::RowBackward(_) => {
                    vec![Shape::new(1, LARGE, 1), Shape::new(2_053, 1_021, 1), Shape::new(37, 301, 97)]
                }
                _ => vec![Shape::new(LARGE, 2, 1), Shape::new(1, 2, LARGE), Shape::new(700_001, 3, 1)],
            };
            for shape in shapes {
                for ends in [Ends(0), Ends(31)] {
                    house.call(function, shape, ends, best);
                }
            }
        }
    };
    ThreadPoolBuilder::new().num_threads(3).build().expect("threads can be started").install(all);
}

/// A float just outside, on either side, read or written, kills the process; the last one within does not.
#[test]
fn an_access_outside_is_fatal() {
    let room = Room::<f32>::new(1000);
    let first = room.at(1000, End::First);
    let last = room.at(1000, End::Last).wrapping_add(999);
    let cases = [
        ("read within", first),
        ("write within", last),
        ("read before", first.wrapping_sub(1)),
        ("write before", first.wrapping_sub(1)),
        ("read after", last.wrapping_add(1)),
        ("write after", last.wrapping_add(1)),
    ];
    if let Some(role) = child::role() {
        #[cfg(target_arch = "x86_64")]
        if role == exact::ROLE {
            return exact::read();
        }
        let (name, place) = cases.into_iter().find(|(name, _)| *name == role).expect("it is one of these");
        println!("\nready");
        if name.starts_with("read") {
            // SAFETY: within the room, or on a page of its mapping that nothing else uses, where it faults.
            std::hint::black_box(unsafe { place.read_volatile() });
        } else {
            // SAFETY: as above.
            unsafe { place.write_volatile(1.0) }
        }
        return;
    }
    for (name, _) in cases {
        let (output, stdout, stderr) = child::run(&mut child::command("an_access_outside_is_fatal", name));
        assert!(stdout.contains("\nready\n"), "{name}: {stdout}{stderr}");
        // On some systems it is SIGBUS.
        let killed = output.status.signal().is_some_and(|signal| [11, 7, 10].contains(&signal));
        assert_eq!(killed, !name.ends_with("within"), "{name}: {}\n{stdout}{stderr}", output.status);
        assert_eq!(output.status.success(), name.ends_with("within"), "{name}: {}\n{stdout}{stderr}", output.status);
    }
}
