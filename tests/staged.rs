//! What goes over the desk: activations fused with sums and products, gated units, rows with gaps, one value for many
//! elements, and elements of 16 bits. Each must have the bits of the same steps one by one, in f32, rounded at the end.

mod common;

use core::mem::MaybeUninit;

use common::{Data, Number, Random, kernels, scale, some};
use rayon::ThreadPoolBuilder;
use simdact::{Accuracy, Activation, Axis, Backend, Half, Kernels, Rows, Saves};

/// Calls a test for each type of elements.
macro_rules! each_type {
    ($($name:ident => $generic:ident($($argument:expr),*);)*) => {$(
        #[test]
        fn $name() {
            $generic::<f32>($($argument),*);
            #[cfg(feature = "half")]
            $generic::<half::f16>($($argument),*);
            #[cfg(feature = "half")]
            $generic::<half::bf16>($($argument),*);
        }
    )*};
}

fn values<T: Number>(data: Data, n: usize, random: &mut Random) -> Vec<T> {
    data.values(n, random).into_iter().map(T::round).collect()
}

fn wide<T: Number>(x: &[T]) -> Vec<f32> {
    x.iter().map(|x| x.wide()).collect()
}

#[track_caller]
fn assert_same<T: Number>(what: impl FnOnce() -> String, expected: &[T], found: &[T]) {
    assert_eq!(expected.len(), found.len());
    if let Some(i) = (0..found.len()).find(|&i| expected[i].bits() != found[i].bits()) {
        panic!("{}: element {i}: expected {:?}, found {:?}", what(), expected[i], found[i]);
    }
}

/// The activations: all of them, or on slow machines some.
fn activations(first: usize) -> impl Iterator<Item = Activation> {
    some_of(Activation::ALL, first)
}

fn some_of(activations: &[Activation], first: usize) -> impl Iterator<Item = Activation> {
    activations.iter().copied().skip(first % some()).step_by(some())
}

/// Every backend, in all tiers.
fn everywhere() -> Vec<Kernels> {
    let tiers = [Accuracy::Faithful, Accuracy::Fast, Accuracy::Exact];
    Backend::available().flat_map(|b| tiers.map(|tier| kernels(b).accuracy(tier))).collect()
}

/// A bias for each position along the axis; the element that it is for.
fn spread(bias: &[f32], axis: Axis, n: usize) -> Vec<f32> {
    (0..n).map(|i| bias[i / axis.inner % axis.len]).collect()
}

/// Axes that `n` elements fit, of all kinds: short and long, last and not.
fn axes(n: usize, random: &mut Random) -> Axis {
    let divisors = |n: usize| (1..=n).filter(move |d| n.is_multiple_of(*d)).collect::<Vec<_>>();
    if n == 0 {
        return Axis::new(3).inner(2);
    }
    let blocks = divisors(n);
    let block = blocks[random.below(blocks.len())];
    let lens = divisors(block);
    let len = lens[random.below(lens.len())];
    Axis::new(len).inner(block / len)
}

/// Step by step, in f32: the sum and the function of it.
fn steps(k: &Kernels, activation: Activation, x: &[f32], bias: &[f32], residual: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut sum = x.to_vec();
    for i in 0..x.len() {
        sum[i] = if bias.is_empty() { sum[i] } else { sum[i] + bias[i] };
        sum[i] = if residual.is_empty() { sum[i] } else { sum[i] + residual[i] };
    }
    let mut y = vec![0.0; x.len()];
    k.apply(activation, &sum, &mut y).expect("they have the same length");
    (sum, y)
}

/// All parts of a fused activation, those that are there by the bits of `parts`; on `n` elements at an offset from
/// alignment.
fn check_fused<T: Number>(k: &Kernels, activation: Activation, n: usize, axis: Axis, parts: usize, seed: u64) {
    let mut random = Random(seed);
    let data = Data::ALL[random.below(Data::ALL.len())];
    let x: Vec<T> = values(data, n + 1, &mut random);
    let x = &x[random.below(2)..][..n];
    let bias: Vec<T> = values(data, axis.len, &mut random);
    let [residual, factor, dy] = [(); 3].map(|()| values::<T>(data, n, &mut random));
    let what = || format!("{activation} on {k:?}, {n} elements along {axis:?}, parts {parts:03b}, seed {seed}");

    let mut fused = activation.fused();
    let [mut all_bias, mut all_residual] = [vec![], vec![]];
    let mut all_factor = vec![1.0; n];
    if parts & 1 != 0 {
        fused = fused.bias(&bias, axis);
        all_bias = spread(&wide(&bias), axis, n);
    }
    if parts & 2 != 0 {
        fused = fused.residual(&residual);
        all_residual = wide(&residual);
    }
    if parts & 4 != 0 {
        fused = fused.factor(&factor);
        all_factor = wide(&factor);
    }
    let (sum, y) = steps(k, activation, &wide(x), &all_bias, &all_residual);
    let expected: Vec<T> = y.iter().zip(&all_factor).map(|(y, m)| T::round(y * m)).collect();

    let guard = [T::UNTOUCHED; 3];
    let mut found = [&guard[..], &vec![T::UNTOUCHED; n], &guard].concat();
    k.apply_fused(&fused, x, &mut found[3..3 + n]).expect("all fit");
    assert_same(what, &expected, &found[3..3 + n]);
    assert!(found[..3].iter().chain(&found[3 + n..]).all(|y| y.is_untouched()), "{}: outside", what());
    let mut found = x.to_vec();
    k.apply_fused_in_place(&fused, &mut found).expect("all fit");
    assert_same(|| what() + ", in place", &expected, &found);
    let mut found = vec![MaybeUninit::uninit(); n];
    let found = k.apply_fused_uninit(&fused, x, &mut found).expect("all fit");
    assert_same(|| what() + ", uninitialised", &expected, found);

    let saved = if activation.saves() == Saves::Output {
        // The gradient is computed from the standard tier.
        let mut y = vec![0.0; n];
        k.accuracy(Accuracy::Faithful).apply(activation, &sum, &mut y).expect("they fit");
        y
    } else {
        sum
    };
    let upstream: Vec<f32> = wide(&dy).iter().zip(&all_factor).map(|(dy, m)| dy * m).collect();
    let mut dx = vec![0.0; n];
    k.backward(activation, &saved, &upstream, &mut dx).expect("they fit");
    let expected: Vec<T> = dx.into_iter().map(T::round).collect();
    let mut found = vec![T::UNTOUCHED; n];
    k.fused_backward(&fused, x, &dy, &mut found).expect("all fit");
    assert_same(|| what() + ", backward", &expected, &found);
}

fn fused<T: Number>() {
    let lengths = [0, 1, 2, 7, 8, 15, 16, 31, 33, 60, 64, 65, 126, 128, 210, 256, 500, 512, 513, 640, 1024, 1030, 2048];
    let mut random = Random(7);
    for (number, k) in everywhere().iter().enumerate() {
        for (i, activation) in activations(number).enumerate() {
            for n in lengths.into_iter().skip(i % 3).step_by(3) {
                let axis = axes(n, &mut random);
                check_fused::<T>(k, activation, n, axis, random.below(8), random.next());
            }
        }
    }
}

/// A bias of every kind: few and many positions, each for one element, for few, and for many.
fn biases<T: Number>() {
    let axes = [
        (1, 1),
        (3, 1),
        (10, 1),
        (63, 1),
        (64, 1),
        (200, 1),
        (512, 1),
        (1000, 1),
        (1, 2),
        (5, 3),
        (400, 2),
        (7, 49),
        (3, 63),
        (3, 64),
        (2, 300),
        (2, 600),
        (1, 1500),
        (5000, 2),
        (9000, 1),
        (70, 128),
        (9, 1024),
        (45, 196),
        (2, 5003),
        (300, 31),
    ];
    for (len, inner) in axes {
        for outer in [1, 2, 3, 11].into_iter().take(if len * inner > 8000 { 2 } else { 4 }) {
            for backend in Backend::available() {
                let axis = Axis::new(len).inner(inner);
                for activation in [Activation::Relu, Activation::Tanh] {
                    check_fused::<T>(&kernels(backend), activation, outer * len * inner, axis, 1, (len * inner) as u64);
                }
            }
        }
    }
}

fn gates<T: Number>() {
    let mut random = Random(3);
    for (number, k) in everywhere().iter().enumerate() {
        for activation in activations(number) {
            for axis in
                [Axis::rows(2), Axis::rows(34), Axis::rows(1030), Axis::new(6).inner(5), Axis::new(4).inner(128)]
            {
                let block = axis.len * axis.inner;
                let n = block * (1 + random.below(4));
                let data = Data::ALL[random.below(Data::ALL.len())];
                let [x, dy] = [n, n / 2].map(|n| values::<T>(data, n, &mut random));
                let halves = |x: &[T], second: bool| {
                    let part =
                        |block: &[T]| block[if second { block.len() / 2 } else { 0 }..][..block.len() / 2].to_vec();
                    x.chunks(block).flat_map(part).collect::<Vec<T>>()
                };
                for half in [Half::First, Half::Second] {
                    let what = || format!("{activation}, gate {half:?}, {n} along {axis:?} on {k:?}");
                    let (gate, value) = (halves(&x, half == Half::Second), halves(&x, half == Half::First));
                    let mut expected = vec![T::UNTOUCHED; n / 2];
                    k.apply_fused(&activation.fused().factor(&value), &gate, &mut expected).expect("they fit");
                    let mut found = vec![T::UNTOUCHED; n / 2];
                    k.gate_halves(activation, &x, axis, half, &mut found).expect("they fit");
                    assert_same(what, &expected, &found);
                    k.gate(activation, &gate, &value, &mut found).expect("they fit");
                    assert_same(what, &expected, &found);

                    let [mut dgate, mut dvalue] = [(); 2].map(|()| vec![T::UNTOUCHED; n / 2]);
                    k.gate_backward(activation, &gate, &value, &dy, &mut dgate, &mut dvalue).expect("they fit");
                    k.fused_backward(&activation.fused().factor(&value), &gate, &dy, &mut expected).expect("they fit");
                    assert_same(what, &expected, &dgate);
                    k.apply_fused(&activation.fused().factor(&dy), &gate, &mut expected).expect("they fit");
                    assert_same(what, &expected, &dvalue);
                    let mut dx = vec![T::UNTOUCHED; n];
                    k.gate_halves_backward(activation, &x, axis, half, &dy, &mut dx).expect("they fit");
                    assert_same(what, &dgate, &halves(&dx, half == Half::Second));
                    assert_same(what, &dvalue, &halves(&dx, half == Half::First));
                }
            }
        }
    }
}

fn strided<T: Number>() {
    let mut random = Random(5);
    for (number, k) in everywhere().iter().enumerate() {
        for activation in activations(number) {
            for (len, count) in [(1, 1), (1, 40), (3, 7), (16, 5), (33, 4), (64, 9), (700, 2), (5, 0)] {
                let data = Data::ALL[random.below(Data::ALL.len())];
                let mut view = |gap: usize, cut: bool| {
                    let stride = len + gap;
                    let all = values::<T>(data, count * stride, &mut random);
                    (all[..(count * stride).saturating_sub(if cut { gap } else { 0 })].to_vec(), Rows::new(len, stride))
                };
                let ((x, x_rows), (dy, dy_rows)) = (view(5, true), view(0, false));
                let (y, y_rows) = view(9, false);
                let dense =
                    |x: &[T], rows: Rows| x.chunks(rows.stride).flat_map(|row| row[..len].to_vec()).collect::<Vec<T>>();
                let what = || format!("{activation}, {count} rows of {len} on {k:?}");
                let gaps_are_same = |a: &[T], b: &[T], rows: Rows| {
                    for i in (0..a.len()).filter(|i| i % rows.stride >= len) {
                        assert_eq!(a[i].bits(), b[i].bits(), "{}: gap, element {i}", what());
                    }
                };
                let packed = dense(&x, x_rows);
                let mut expected = vec![T::UNTOUCHED; len * count];
                k.apply(activation, &packed, &mut expected).expect("they fit");
                let mut found = y.clone();
                k.apply_rows(activation, &x, x_rows, &mut found, y_rows).expect("they fit");
                assert_same(what, &expected, &dense(&found, y_rows));
                gaps_are_same(&y, &found, y_rows);
                let mut found = x.clone();
                k.apply_rows_in_place(activation, &mut found, x_rows).expect("they fit");
                assert_same(what, &expected, &dense(&found, x_rows));
                gaps_are_same(&x, &found, x_rows);

                k.backward(activation, &packed, &dense(&dy, dy_rows), &mut expected).expect("they fit");
                let mut found = y.clone();
                k.backward_rows(activation, (&x, x_rows), (&dy, dy_rows), (&mut found, y_rows)).expect("they fit");
                assert_same(what, &expected, &dense(&found, y_rows));
                gaps_are_same(&y, &found, y_rows);
            }
        }
    }
}

fn prelu<T: Number>() {
    let mut random = Random(9);
    for (len, inner, outer) in [
        (1, 1, 1),
        (3, 1, 50),
        (64, 1, 3),
        (130, 1, 70),
        (300, 1, 40),
        (5, 2, 9),
        (4, 49, 6),
        (3, 1200, 2),
        (40, 250, 2),
    ] {
        for data in Data::ALL {
            let axis = Axis::new(len).inner(inner);
            let n = len * inner * outer;
            let [x, dy] = [(); 2].map(|()| values::<T>(data, n, &mut random));
            let slopes = values::<T>(data, len, &mut random);
            let all = spread(&wide(&slopes), axis, n);
            let (x32, dy32) = (wide(&x), wide(&dy));
            let expected: Vec<T> =
                x32.iter().zip(&all).map(|(&x, slope)| T::round(if x > 0.0 { x } else { x * slope })).collect();
            let dx_of = |i: usize| match x32[i] {
                x if x.is_nan() => x,
                x if x > 0.0 => dy32[i],
                _ => dy32[i] * all[i],
            };
            let expected_dx: Vec<T> = (0..n).map(|i| T::round(dx_of(i))).collect();
            let mut first: Option<(Vec<T>, Vec<T>)> = None;
            for backend in Backend::available() {
                let k = kernels(backend);
                let what = || format!("prelu, {data:?}, {outer} × {len} × {inner} on {backend}");
                let mut found = vec![T::UNTOUCHED; n];
                k.prelu(&x, &slopes, axis, &mut found).expect("they fit");
                assert_same(what, &expected, &found);
                let mut found = x.clone();
                k.prelu_in_place(&mut found, &slopes, axis).expect("they fit");
                assert_same(what, &expected, &found);
                let (mut dx, mut dslopes, mut sums) =
                    (vec![T::UNTOUCHED; n], vec![T::UNTOUCHED; len], vec![T::UNTOUCHED; len]);
                k.prelu_backward(&x, &slopes, axis, &dy, &mut dx, &mut dslopes).expect("they fit");
                assert_same(what, &expected_dx, &dx);
                k.sum_to_axis(&x, axis, &mut sums).expect("they fit");
                match &first {
                    Some((first_slopes, first_sums)) => {
                        assert_same(what, first_slopes, &dslopes);
                        assert_same(what, first_sums, &sums);
                    }
                    None => first = Some((dslopes, sums)),
                }
            }
            let (dslopes, sums) = first.expect("there is a backend");
            if !data.is_tame() {
                continue;
            }
            // The bound of the documentation, and half a step of the type.
            let parts = outer as f64 * (inner as f64 / 512.0).ceil();
            let unit = 0.5_f64.powi(24) * (parts / 32.0 + if inner > 1 { 22.0 } else { 6.0 } + 1.0);
            for channel in 0..len {
                let terms = |f: &dyn Fn(usize) -> f64| {
                    let all = (0..n).filter(|i| i / inner % len == channel).map(f).collect::<Vec<f64>>();
                    (all.iter().sum::<f64>(), all.iter().map(|x| x.abs()).sum::<f64>())
                };
                let x = |i: usize| f64::from(x32[i]);
                for (found, (sum, magnitude)) in [
                    (sums[channel], terms(&x)),
                    (dslopes[channel], terms(&|i| if x(i) > 0.0 { 0.0 } else { x(i) * f64::from(dy32[i]) })),
                ] {
                    let step = f64::from((T::round(sum as f32).wide() - sum as f32).abs()) * 1.01;
                    let error = (f64::from(found.wide()) - sum).abs();
                    let rounding = magnitude * unit + if size_of::<T>() == 2 { step + sum.abs() / 128.0 } else { 0.0 };
                    assert!(error <= rounding, "channel {channel} of {len} × {inner}: {found:?}, not {sum}");
                }
            }
        }
    }
}

/// Long channels: in chunks, and parts of channels in parts.
#[test]
fn long_sums() {
    let outer = 3 * 8192 / scale() + 77;
    for (len, inner, outer) in [(2, 1, outer), (2, 3, outer), (1, 100_000 / scale(), 3)] {
        let axis = Axis::new(len).inner(inner);
        let x = Data::Logits.values(outer * len * inner, &mut Random(11));
        let mut expected = vec![0.0; len];
        common::scalar().sum_to_axis(&x, axis, &mut expected).expect("it fits");
        for (channel, found) in expected.iter().enumerate() {
            let all = x.iter().enumerate().filter(|(i, _)| i / inner % len == channel);
            let (sum, magnitude) =
                all.fold((0.0, 0.0), |(sum, magnitude), (_, &x)| (sum + f64::from(x), magnitude + x.abs()));
            let unit = 0.5_f64.powi(24) * (8192.0 / 32.0 + 22.0 + outer as f64 / 8192.0);
            assert!((f64::from(*found) - sum).abs() <= unit * f64::from(magnitude), "{found}, not {sum}");
        }
        for backend in Backend::available() {
            let mut found = vec![0.0; len];
            kernels(backend).sum_to_axis(&x, axis, &mut found).expect("it fits");
            assert_same(|| format!("{axis:?} on {backend}"), &expected, &found);
        }
    }
}

/// Sums have one order on all machines, and it stays: a hash (FNV-1a) of some.
#[test]
fn sums_have_these_bits() {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let scalar = common::scalar();
    for (len, inner, outer) in [(5, 1, 9000), (300, 1, 77), (3, 49, 20), (2, 1100, 40)] {
        let axis = Axis::new(len).inner(inner);
        let [x, dy] = [1, 2].map(|seed| Data::Logits.values(outer * len * inner, &mut Random(seed)));
        let (mut dx, mut dslopes, mut sums) = (vec![0.0; x.len()], vec![0.0; len], vec![0.0; len]);
        scalar.prelu_backward(&x, &vec![0.25; len], axis, &dy, &mut dx, &mut dslopes).expect("they fit");
        scalar.sum_to_axis(&x, axis, &mut sums).expect("they fit");
        for byte in dslopes.iter().chain(&sums).flat_map(|y| y.to_bits().to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    assert_eq!(hash, 0x787a_774b_933f_357b, "the bits have changed: {hash:#x}");
}

/// Sizes that threads share, and outputs that are written past the caches.
fn large<T: Number>() {
    let (rows, columns) = (if scale() == 1 { 4100 } else { 600 }, 1030);
    let n = rows * columns;
    let mut random = Random(13);
    let (x, dy) = (values::<T>(Data::Logits, n, &mut random), values::<T>(Data::Logits, n, &mut random));
    let bias = values::<T>(Data::Logits, columns, &mut random);
    let axis = Axis::rows(columns);
    let run = |k: Kernels, offset: usize| {
        let fused = Activation::Tanh.fused().bias(&bias, axis).factor(&dy);
        let mut y = vec![T::UNTOUCHED; n + offset];
        k.apply_fused(&fused, &x, &mut y[offset..]).expect("they fit");
        let mut dx = vec![T::UNTOUCHED; n];
        k.fused_backward(&fused, &x, &dy, &mut dx).expect("they fit");
        let mut plain = vec![T::UNTOUCHED; n + offset];
        k.apply(Activation::Relu, &x, &mut plain[offset..]).expect("they fit");
        let mut part = x.clone();
        k.apply_rows_in_place(Activation::Sigmoid, &mut part, Rows::new(1000, columns)).expect("they fit");
        // Biases of channels, whose elements end within cache lines.
        let channels = |inner: usize| {
            let bias = &x[..n / inner];
            let fused = Activation::Relu.fused().bias(bias, Axis::new(bias.len()).inner(inner));
            let mut y = vec![T::UNTOUCHED; n + offset];
            k.apply_fused(&fused, &x, &mut y[offset..]).expect("they fit");
            y[offset..].to_vec()
        };
        let (long, short) = (channels(rows / 100 * columns), channels(columns / 5));
        let (mut dslopes, mut db) = (vec![T::UNTOUCHED; columns], vec![T::UNTOUCHED; columns]);
        k.prelu_backward(&x, &bias, axis, &dy, &mut plain[offset..], &mut dslopes).expect("they fit");
        k.sum_to_axis(&x, axis, &mut db).expect("they fit");
        [y[offset..].to_vec(), dx, plain[offset..].to_vec(), part, long, short, dslopes, db]
    };
    let expected = run(common::scalar(), 0);
    for backend in Backend::available().filter(|&b| b != Backend::Portable) {
        for (threads, offset) in [(1, 0), (2, 3), (5, 16)] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had");
            let found = pool.install(|| run(kernels(backend), offset));
            for (i, (expected, found)) in expected.iter().zip(&found).enumerate() {
                assert_same(|| format!("result {i} on {backend} with {threads} threads"), expected, found);
            }
        }
    }
}

each_type! {
    fused_activations_are_their_steps => fused();
    a_bias_is_for_its_elements => biases();
    gates_are_fused_factors => gates();
    rows_with_gaps_are_rows => strided();
    prelu_and_sums_are_plain_loops => prelu();
    threads_and_streams_change_nothing => large();
}

/// All elements of 16 bits, forward and backward: the f32 result, rounded once.
#[cfg(feature = "half")]
mod every_half {
    use super::*;

    /// Where functions of 16 bits know 1, or have a limit; and many results half way between two numbers.
    const OTHER_PARAMETERS: [Activation; 6] = [
        Activation::LeakyRelu { slope: 1.5 },
        Activation::Elu { alpha: 0.5 },
        Activation::Celu { alpha: 0.5 },
        Activation::Snake { alpha: 0.5 },
        Activation::Softplus { beta: 0.5, threshold: 20.0 },
        Activation::Softplus { beta: 1.0, threshold: -2.0 },
    ];

    fn exhaust<T: Number>(from_bits: fn(u16) -> T) {
        let all: Vec<T> = (0..=u16::MAX).map(from_bits).collect();
        let wide_all = wide(&all);
        for (number, k) in everywhere().iter().enumerate() {
            for activation in activations(number).chain(some_of(&OTHER_PARAMETERS, number)) {
                let mut y = vec![0.0; all.len()];
                k.apply(activation, &wide_all, &mut y).expect("they fit");
                let expected: Vec<T> = y.into_iter().map(T::round).collect();
                let mut found = vec![T::UNTOUCHED; all.len()];
                k.apply(activation, &all, &mut found).expect("they fit");
                assert_same(|| format!("{activation} on {k:?}"), &expected, &found);
                let mut found = all.clone();
                k.apply_in_place(activation, &mut found);
                assert_same(|| format!("{activation} on {k:?}, in place"), &expected, &found);
                for dy in [1.0, -0.3, 3e-5] {
                    let dy = vec![T::round(dy); all.len()];
                    let mut dx = vec![0.0; all.len()];
                    k.backward(activation, &wide_all, &wide(&dy), &mut dx).expect("they fit");
                    let expected: Vec<T> = dx.into_iter().map(T::round).collect();
                    k.backward(activation, &all, &dy, &mut found).expect("they fit");
                    assert_same(|| format!("{activation}, backward, on {k:?}"), &expected, &found);
                    let mut found = dy.clone();
                    k.backward_in_place(activation, &all, &mut found).expect("they fit");
                    assert_same(|| format!("{activation}, backward in place, on {k:?}"), &expected, &found);
                }
            }
        }
    }

    #[test]
    fn f16() {
        exhaust(half::f16::from_bits);
    }

    #[test]
    fn bf16() {
        exhaust(half::bf16::from_bits);
    }

    /// Any f32, among them all that are half way between two: a bias is a sum with −0, and hardtanh without limits hands
    /// it on.
    fn rounding<T: Number>(from_bits: fn(u16) -> T) {
        let mut x: Vec<f32> = vec![];
        for bits in 0..=u16::MAX {
            let wide = from_bits(bits).wide();
            let next = from_bits(bits.wrapping_add(1)).wide();
            let middle = ((f64::from(wide) + f64::from(next)) / 2.0) as f32;
            x.extend([wide, middle, middle.next_up(), middle.next_down()]);
        }
        x.extend(Data::Bits.values(1 << 16, &mut Random(17)));
        x.extend([
            65_519.0,
            65_520.0,
            65_519.996,
            3.4e38,
            f32::MAX,
            f32::INFINITY,
            f32::NAN,
            1e-45,
            2.98e-8,
            2.980_232_5e-8,
        ]);
        let expected: Vec<T> = x.iter().map(|&x| T::round(x)).collect();
        let hand_on = Activation::Hardtanh { min: f32::NEG_INFINITY, max: f32::INFINITY };
        for backend in Backend::available() {
            let zeros = vec![T::round(-0.0); x.len()];
            let mut found = zeros.clone();
            kernels(backend)
                .apply_fused(&hand_on.fused().bias(&x, Axis::rows(x.len())), &zeros, &mut found)
                .expect("they fit");
            assert_same(|| format!("rounding on {backend}"), &expected, &found);
        }
    }

    #[test]
    fn any_float_is_rounded_to_the_nearest() {
        rounding(half::f16::from_bits);
        rounding(half::bf16::from_bits);
    }
}
