//! Are softmax and its relatives what they should be? Rows sum to 1, a shift changes nothing, and every element is as near to the true
//! value as the bound in the documentation says, for rows of all lengths and distributions, on every backend.

mod common;

use common::compare::Hex;
use common::functions::UNIT;
use common::{ALONG, Along, Data, Random, Shape, kernels, same, scale};
use simdact::{Axis, Backend};

/// A kind of row.
#[derive(Clone, Copy, Debug)]
enum Row {
    /// Every value the same.
    Equal,
    /// One value far above the others, which are the same.
    OneHuge,
    /// One value a little above the others.
    OneLarger,
    /// Numbers as networks have them.
    Logits,
    /// Normally distributed, as logits of untrained networks are.
    Normal,
    /// Over the whole range in which the result is not 0.
    Wide,
    /// Results which are subnormal, all but one.
    Subnormal,
    /// A straight line.
    Ramp,
    /// A few numbers among −∞, as masks make them.
    Masked,
}

impl Row {
    const ALL: [Row; 9] = [
        Row::Equal,
        Row::OneHuge,
        Row::OneLarger,
        Row::Logits,
        Row::Normal,
        Row::Wide,
        Row::Subnormal,
        Row::Ramp,
        Row::Masked,
    ];

    fn values(self, n: usize, random: &mut Random) -> Vec<f32> {
        let base = random.within(-3.0, 3.0);
        let special = random.below(n);
        let mut value = |i: usize| match self {
            Row::Equal => base,
            Row::OneHuge => {
                if i == special {
                    1e30
                } else {
                    base
                }
            }
            Row::OneLarger => {
                if i == special {
                    base + 5.0
                } else {
                    base
                }
            }
            Row::Logits => random.within(-8.0, 8.0),
            Row::Normal => (0..12).map(|_| random.within(-0.5, 0.5)).sum(),
            // All bits of the small ones are used: their differences to the large ones are rounded.
            Row::Wide => -104.0 * random.within(0.0, 1.0),
            Row::Subnormal => {
                if i == special {
                    0.0
                } else {
                    random.within(-103.0, -87.5)
                }
            }
            Row::Ramp => i as f32 * -0.001,
            Row::Masked => {
                if i == special || random.below(4) == 0 {
                    random.within(-2.0, 2.0)
                } else {
                    f32::NEG_INFINITY
                }
            }
        };
        (0..n).map(&mut value).collect()
    }
}

/// Lengths around those of vectors, blocks, chunks and parts; and a long one.
fn lengths() -> Vec<usize> {
    let mut lengths: Vec<usize> = (1..=40).chain([63, 64, 65, 100, 255, 1000, 4096]).collect();
    lengths.extend([8191, 8192, 8193, 20_000, 32_767, 32_769, 1_000_003 / scale()]);
    lengths
}

/// Calls `check` with rows of all lengths and kinds, and their softmax on all backends.
fn each(check: impl Fn(&Along, Backend, &str, &[f32], &[f32])) {
    for n in lengths() {
        for (i, kind) in Row::ALL.into_iter().enumerate() {
            let x = kind.values(n, &mut Random((n + i) as u64));
            for backend in Backend::available() {
                for f in ALONG {
                    let mut y = vec![9.0; n];
                    (f.apply)(&kernels(backend), &x, Axis::rows(n), &mut y).expect("all fits");
                    check(f, backend, &format!("{} of {n} × {kind:?} on {backend}", f.name), &x, &y);
                }
            }
        }
    }
}

#[test]
fn rows_sum_to_1() {
    each(|f, _, what, x, y| {
        if !f.sums_to_1 || (f.value)(x).iter().any(|y| y.is_nan()) {
            return;
        }
        let error = (y.iter().map(|&y| f64::from(y)).sum::<f64>() - 1.0).abs();
        let allowed = y.len() as f64 * UNIT;
        assert!(error <= allowed, "{what}: the sum is off by {error:e}, {allowed:e} allowed");
    });
}

#[test]
fn elements_are_near_the_true_values() {
    each(check_row);
}

#[test]
fn elements_are_near_the_true_values_in_columns() {
    for f in ALONG {
        columns(f);
    }
}

fn columns(f: &Along) {
    for shape in [Shape::new(2, 10, 37), Shape::new(1, 8200, 3), Shape::new(3, 100, 16)] {
        for kind in Row::ALL {
            let mut random = Random(shape.len as u64);
            let (mut x, rows) = (vec![0.0; shape.size()], shape.each_row().collect::<Vec<_>>());
            for row in &rows {
                for (&at, value) in row.iter().zip(kind.values(shape.len, &mut random)) {
                    x[at] = value;
                }
            }
            for backend in Backend::available() {
                let mut y = vec![9.0; x.len()];
                (f.apply)(&kernels(backend), &x, shape.axis(), &mut y).expect("all fits");
                for row in &rows {
                    let [x, y] = [&x, &y].map(|all| common::compare::pick(all, row));
                    check_row(f, backend, &format!("{} of {shape:?} × {kind:?} on {backend}", f.name), &x, &y);
                }
            }
        }
    }
}

fn check_row(f: &Along, backend: Backend, what: &str, x: &[f32], y: &[f32]) {
    for (i, (&y, truth)) in y.iter().zip((f.value)(x)).enumerate() {
        if !truth.is_finite() {
            assert!(same(y, truth as f32), "{what}: element {i} is {}, not {truth}", y.hex());
            continue;
        }
        let (error, allowed) = ((f64::from(y) - truth).abs(), (f.error)(backend, x.len(), truth));
        assert!(
            error <= allowed,
            "{what}: element {i}, input {}\n  expected {truth:e}\n     found {}\n  \
             {error:e} apart, {allowed:e} allowed; {} of 2^-24 relative, the maximum is {:e}",
            x[i].hex(),
            y.hex(),
            error / truth / UNIT,
            x.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        );
    }
}

/// Where x + c is exact, softmax(x + c) is softmax(x), to the bit: only differences to the maximum count.
#[test]
fn a_shift_changes_nothing() {
    for n in lengths() {
        let mut random = Random(n as u64);
        // Multiples of 2⁻¹⁰, which sums up to 2¹³ hold exactly.
        let x: Vec<f32> = (0..n).map(|_| random.below(1 << 15) as f32 / 1024.0 - 16.0).collect();
        for backend in Backend::available() {
            let softmax = |shift: f32| {
                let mut y: Vec<f32> = x.iter().map(|x| x + shift).collect();
                kernels(backend).softmax_in_place(&mut y, Axis::rows(n)).expect("all fits");
                y
            };
            let plain = softmax(0.0);
            for shift in [1.0, -3.25, 100.0, -4000.5, 8000.0] {
                let shifted = softmax(shift);
                for i in 0..n {
                    assert!(
                        same(plain[i], shifted[i]),
                        "{n} on {backend}, shifted by {shift}: element {i} is {}, not {}",
                        shifted[i].hex(),
                        plain[i].hex(),
                    );
                }
            }
        }
    }
}

/// A larger input has no smaller output.
#[test]
fn order_is_kept() {
    for n in [2, 33, 1000] {
        for data in [Data::Logits, Data::Wide, Data::Ties] {
            let x = data.values(n, &mut Random(n as u64));
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
            for backend in Backend::available() {
                let mut y = x.clone();
                kernels(backend).softmax_in_place(&mut y, Axis::rows(n)).expect("all fits");
                for pair in order.windows(2) {
                    let [a, b] = [pair[0], pair[1]];
                    // Neighbours may be rounded the other way round by one ULP, never by more.
                    assert!(
                        y[a].to_bits() <= y[b].to_bits() + 1,
                        "{n} on {backend}: {} gives {}, but {} gives {}",
                        x[a].hex(),
                        y[a].hex(),
                        x[b].hex(),
                        y[b].hex(),
                    );
                }
            }
        }
    }
}
