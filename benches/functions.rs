//! How long does each function take on each backend, beside memcpy and the loop that a user would write?
//!
//! `cargo bench --bench functions -- tanh/65536` runs one function and size. Kernels are serial here.

mod plain;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use plain::{plain, random};
use simdact::{Activation, Axis, Backend, Kernels};
use std::hint::black_box;
use std::time::Duration;

const SIZES: [usize; 4] = [64, 4 << 10, 64 << 10, 16 << 20];

fn plain_softmax(x: &[f32], row: usize, y: &mut [f32]) {
    for (x, y) in x.chunks_exact(row).zip(y.chunks_exact_mut(row)) {
        let max = x.iter().fold(f32::NEG_INFINITY, |max, &x| max.max(x));
        for (x, y) in x.iter().zip(&mut *y) {
            *y = (x - max).exp();
        }
        let sum: f32 = y.iter().sum();
        y.iter_mut().for_each(|y| *y /= sum);
    }
}

/// One function at one size: on each backend, the plain loop, and memcpy.
fn compare(
    c: &mut Criterion,
    name: &str,
    size: usize,
    mut kernel: impl FnMut(&Kernels, &[f32], &[f32], &mut [f32]),
    mut plain: impl FnMut(&[f32], &[f32], &mut [f32]),
) {
    // Logits as networks have them, and an upstream gradient.
    let x = random(1, 4.0, size);
    let dy = random(2, 1.0, size);
    let mut y = vec![0.0; size];
    let mut group = c.benchmark_group(format!("{name}/{size}"));
    group.throughput(Throughput::Elements(size as u64));
    for backend in Backend::available() {
        let kernels = Kernels::on(backend).expect("it is available").serial();
        group.bench_function(BenchmarkId::from_parameter(backend), |b| {
            b.iter(|| kernel(&kernels, black_box(&x), black_box(&dy), &mut y));
        });
    }
    group.bench_function("plain loop", |b| b.iter(|| plain(black_box(&x), black_box(&dy), &mut y)));
    group.bench_function("memcpy", |b| b.iter(|| y.copy_from_slice(black_box(&x))));
    group.finish();
}

fn forward(c: &mut Criterion) {
    for (name, activation) in [
        ("relu", Activation::Relu),
        ("leaky_relu", Activation::LeakyRelu { slope: 0.01 }),
        ("tanh", Activation::Tanh),
        ("sigmoid", Activation::Sigmoid),
    ] {
        let plain = plain(activation).expect("there is a loop of it");
        for size in SIZES {
            compare(
                c,
                name,
                size,
                |kernels, x, _, y| kernels.apply(activation, x, y).expect("same length"),
                |x, _, y| plain(x, y),
            );
        }
    }
    for size in SIZES {
        let row = size.min(1024);
        compare(
            c,
            "softmax",
            size,
            |kernels, x, _, y| kernels.softmax(x, Axis::rows(row), y).expect("whole rows"),
            |x, _, y| plain_softmax(x, row, y),
        );
        let half = size / 2;
        compare(
            c,
            "maxout of 2 slices",
            size,
            |kernels, x, _, y| kernels.maxout(&[&x[..half], &x[half..]], &mut y[..half]).expect("same length"),
            |x, _, y| {
                let pairs = x[..half].iter().zip(&x[half..]);
                pairs.zip(y).for_each(|((&a, &b), y)| *y = a.max(b));
            },
        );
        compare(
            c,
            "maxout of groups of 4",
            size,
            |kernels, x, _, y| kernels.maxout_axis(x, Axis::rows(4), &mut y[..size / 4]).expect("whole groups"),
            |x, _, y| {
                let groups = x.chunks_exact(4);
                groups.zip(y).for_each(|(x, y)| *y = x.iter().fold(f32::NEG_INFINITY, |max, &x| max.max(x)));
            },
        );
    }
}

fn backward(c: &mut Criterion) {
    for (name, activation) in [
        ("relu backward", Activation::Relu),
        ("leaky_relu backward", Activation::LeakyRelu { slope: 0.01 }),
        ("tanh backward", Activation::Tanh),
        ("sigmoid backward", Activation::Sigmoid),
    ] {
        let slope = move |y: f32| match activation {
            Activation::Relu => (y > 0.0) as u32 as f32,
            Activation::LeakyRelu { slope } => {
                if y > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Activation::Tanh => 1.0 - y * y,
            _ => y * (1.0 - y),
        };
        for size in SIZES {
            compare(
                c,
                name,
                size,
                |kernels, y, dy, dx| kernels.backward(activation, y, dy, dx).expect("same length"),
                |y, dy, dx| y.iter().zip(dy).zip(dx).for_each(|((&y, dy), dx)| *dx = dy * slope(y)),
            );
        }
    }
    for size in SIZES {
        let row = size.min(1024);
        compare(
            c,
            "softmax backward",
            size,
            |kernels, y, dy, dx| kernels.softmax_backward(y, dy, Axis::rows(row), dx).expect("whole rows"),
            |y, dy, dx| {
                let rows = y.chunks_exact(row).zip(dy.chunks_exact(row));
                for ((y, dy), dx) in rows.zip(dx.chunks_exact_mut(row)) {
                    let dot: f32 = y.iter().zip(dy).map(|(y, dy)| y * dy).sum();
                    y.iter().zip(dy).zip(dx).for_each(|((y, dy), dx)| *dx = y * (dy - dot));
                }
            },
        );
        let index: Vec<u32> = (0..size / 4).map(|i| (i * 7 % 4) as u32).collect();
        compare(
            c,
            "maxout backward, groups of 4",
            size,
            |kernels, _, dy, dx| {
                let dy = &dy[..size / 4];
                kernels.maxout_axis_backward(&index, dy, Axis::rows(4), dx).expect("whole groups");
            },
            |_, dy, dx| {
                for ((dx, &i), &dy) in dx.chunks_exact_mut(4).zip(&index).zip(dy) {
                    dx.fill(0.0);
                    dx[i as usize] = dy;
                }
            },
        );
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300));
    targets = forward, backward
}
criterion_main!(benches);
