//! The stats of parts of a row: does what is put together have the bits of the whole, however the row is split and in
//! whatever order? And do they say of a row what is true of it?

mod common;

use common::{Data, Random, UNIT, kernels, same, scale};
use rayon::ThreadPoolBuilder;
use simdact::{Axis, Backend, Error, Kernels, SoftmaxStats};

const CHUNK: usize = SoftmaxStats::CHUNK;
const INF: f32 = f32::INFINITY;

/// Whether two are equal, NaN included.
fn equal(a: &SoftmaxStats, b: &SoftmaxStats) -> bool {
    a == b || (a.max().is_nan() && b.max().is_nan())
}

/// Rows whose chunks differ in all that stats are made of.
fn rows() -> Vec<Vec<f32>> {
    let mut random = Random(7);
    let mut rows = Vec::new();
    for chunks in [1, 2, 3, 7, 40 / scale().min(8)] {
        for data in Data::ALL {
            rows.push(data.values(chunks * CHUNK - random.below(CHUNK), &mut random));
        }
        // Each chunk somewhere else: near the others, far from them, or farther than any exponential reaches.
        for apart in [0.1, 3.0, 40.0, 1e4, 1e30] {
            let mut row = Data::Logits.values(chunks * CHUNK - random.below(CHUNK), &mut random);
            for chunk in row.chunks_mut(CHUNK) {
                let shift = random.within(-apart, apart);
                chunk.iter_mut().for_each(|x| *x += shift);
            }
            rows.push(row);
        }
        // Chunks in which there is nothing.
        let mut row = Data::Wide.values(chunks * CHUNK - 5, &mut random);
        row[..CHUNK - 5].fill(-INF);
        rows.push(row);
        rows.push(vec![-INF; chunks * CHUNK]);
        rows.push(vec![f32::MIN; chunks * CHUNK]);
        rows.push(vec![f32::MAX; chunks * CHUNK]);
        rows.push(vec![-0.0; chunks * CHUNK]);
    }
    rows
}

/// Parts of a row, cut between chunks.
fn split<'x>(row: &'x [f32], random: &mut Random) -> Vec<&'x [f32]> {
    let mut parts = Vec::new();
    let mut rest = row;
    while !rest.is_empty() {
        let (part, later) = rest.split_at((CHUNK * (1 + random.below(4))).min(rest.len()));
        parts.push(part);
        rest = later;
    }
    parts
}

#[test]
fn any_split_and_any_order_is_the_whole() {
    let mut random = Random(1);
    for row in rows() {
        for backend in Backend::available() {
            let k = kernels(backend);
            let whole = k.softmax_stats(&row);
            for _ in 0..4 {
                let mut stats: Vec<_> = split(&row, &mut random).iter().map(|part| k.softmax_stats(part)).collect();
                // Any two of them, until one is left.
                while stats.len() > 1 {
                    let (i, j) = (random.below(stats.len()), random.below(stats.len() - 1));
                    let a = stats.swap_remove(i);
                    let b = stats.swap_remove(j);
                    stats.push(a.merge(b).merge(SoftmaxStats::new()));
                }
                assert!(equal(&stats[0], &whole), "{backend}: {:?}, not {whole:?}", stats[0]);
            }
        }
    }
}

#[test]
fn merging_is_associative_and_commutative() {
    let mut random = Random(2);
    for _ in 0..20_000 / scale() {
        let any = |random: &mut Random| {
            let data = [Data::Wide, Data::Bits, Data::Logits, Data::Special][random.below(4)];
            SoftmaxStats::of(&data.values(random.below(6), random))
        };
        let [a, b, c] = [any(&mut random), any(&mut random), any(&mut random)];
        assert!(equal(&a.merge(b), &b.merge(a)), "{a:?}, {b:?}");
        assert!(equal(&a.merge(b).merge(c), &a.merge(b.merge(c))), "{a:?}, {b:?}, {c:?}");
        assert!(equal(&a.merge(SoftmaxStats::new()), &a), "{a:?}");
    }
}

/// The same of the messages, byte by byte; and who gets one knows what its sender did.
#[test]
fn messages_hold_all_and_nothing_else() {
    let mut random = Random(6);
    for row in rows() {
        let expected = common::scalar().softmax_stats(&row).to_bytes();
        for backend in Backend::available().filter(|&backend| backend != Backend::Portable) {
            let k = kernels(backend);
            let parts: Vec<_> = split(&row, &mut random).iter().map(|part| k.softmax_stats(part).to_bytes()).collect();
            let received = parts.iter().map(SoftmaxStats::from_bytes);
            // From either end.
            let whole = received.clone().fold(SoftmaxStats::new(), SoftmaxStats::merge);
            let reversed = received.rev().fold(SoftmaxStats::new(), SoftmaxStats::merge);
            assert_eq!((whole.to_bytes(), reversed.to_bytes()), (expected, expected), "{backend}: {whole:?}");
        }
    }
    // Other machines read what this one writes: the maximum, the lowest bin, and three bins.
    let stats = SoftmaxStats::of(&[-1.0f32]);
    let bytes = stats.to_bytes();
    assert_eq!(bytes[..4], (-1.0f32).to_le_bytes());
    assert_eq!(bytes[4..20], (-1i128).to_le_bytes());
    assert!(bytes[20..28] != [0; 8] || bytes[28..36] != [0; 8]);
    assert_eq!(SoftmaxStats::from_bytes(&bytes), stats);
}

/// Bytes that are no message do no harm.
#[test]
fn any_bytes_are_taken() {
    let mut random = Random(8);
    let mut some = [0; SoftmaxStats::BYTES];
    for _ in 0..20_000 / scale() {
        let mut other = some;
        some.iter_mut().for_each(|byte| *byte = [random.below(256), 0, 255][random.below(3)] as u8);
        // A maximum that is finite.
        other[3] &= 0x81;
        let [a, b] = [some, other].map(|bytes| SoftmaxStats::from_bytes(&bytes));
        assert_eq!((a.to_bytes(), b.to_bytes()), (some, other));
        let mut y = [9.0; 3];
        for stats in [a, b, a.merge(b), b.merge(a)] {
            stats.softmax(&[0.0, -1.0, f32::NAN], &mut y).expect("all fits");
            stats.log_softmax(&[0.0, -1.0, f32::NAN], &mut y).expect("all fits");
            assert!(y[2].is_nan(), "{y:?}, and the sum has the logarithm {}", stats.logsumexp());
        }
    }
}

/// The softmax by the stats, in parts cut between chunks, is softmax: of rows of one chunk as of longer ones; so that a chunk's sum comes back from
/// the bins as it was. And log_softmax likewise, in parts cut anywhere.
#[test]
fn softmax_by_stats_is_softmax() {
    let mut random = Random(3);
    let mut rows = rows();
    for n in (1..60).chain([1000, 8190, 8191, 8192]) {
        rows.extend(Data::ALL.map(|data| data.values(n, &mut random)));
    }
    for row in rows {
        for backend in Backend::available() {
            let k = kernels(backend);
            let stats = k.softmax_stats(&row);
            let (mut y, mut by_stats) = (vec![9.0; row.len()], vec![8.0; row.len()]);
            k.softmax(&row, Axis::rows(row.len()), &mut y).expect("all fits");
            let mut to = &mut by_stats[..];
            for x in split(&row, &mut random) {
                let (part, later) = to.split_at_mut(x.len());
                k.softmax_part(&stats, x, part).expect("all fits");
                to = later;
            }
            let check = |what, y: &[f32], by_stats: &[f32]| {
                for (i, (&a, &b)) in y.iter().zip(by_stats).enumerate() {
                    assert!(same(a, b), "{what} on {backend}, element {i} of {}: {a:e} and {b:e}", row.len());
                }
            };
            check("softmax", &y, &by_stats);
            k.log_softmax(&row, Axis::rows(row.len()), &mut y).expect("all fits");
            let cut = random.below(row.len() + 1);
            let (first, second) = by_stats.split_at_mut(cut);
            k.log_softmax_part(&stats, &row[..cut], first).expect("all fits");
            k.log_softmax_part(&stats, &row[cut..], second).expect("all fits");
            check("log_softmax", &y, &by_stats);
        }
    }
}

/// Parts that are cut anywhere are as accurate.
#[test]
fn softmax_of_any_part_is_near_the_true_value() {
    let mut random = Random(4);
    for row in rows().into_iter().filter(|row| row.iter().all(|x| x.is_finite())) {
        let max = row.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(f64::from(x)));
        let sum: f64 = row.iter().map(|&x| core_math::exp(f64::from(x) - max)).sum();
        let start = random.below(row.len());
        let part = &row[start..][..1 + random.below(row.len() - start)];
        for backend in Backend::available() {
            let (k, mut y) = (kernels(backend), vec![9.0; part.len()]);
            k.softmax_part(&k.softmax_stats(&row), part, &mut y).expect("all fits");
            let steps = if backend == Backend::Portable { 2.1 } else { 1.1 };
            for (&x, &y) in part.iter().zip(&y) {
                let truth = core_math::exp(f64::from(x) - max) / sum;
                let logarithm = truth.max(f64::MIN_POSITIVE).ln().abs();
                let allowed = (CHUNK as f64 / 32.0 + 17.0 + steps * logarithm) * UNIT * truth;
                // Two steps where subnormal.
                let allowed = allowed + 2.0 * f64::from(f32::from_bits(1));
                assert!((f64::from(y) - truth).abs() <= allowed, "{backend}: {truth:e} is {y:e}");
            }
        }
    }
}

/// As the documentation bounds it.
fn logsumexp_error(n: usize, max: f64, y: f64) -> f64 {
    (n.min(8192) as f64 / 32.0 + 16.0 + n.div_ceil(8192) as f64 / 1e6 + 1.7 * (y - max) + y.abs()) * UNIT
}

#[test]
fn logsumexp_is_near_the_true_value() {
    for row in rows().into_iter().filter(|row| row.iter().all(|x| x.is_finite())) {
        let max = row.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(f64::from(x)));
        let truth = max + row.iter().map(|&x| core_math::exp(f64::from(x) - max)).sum::<f64>().ln();
        for backend in Backend::available() {
            let stats = kernels(backend).softmax_stats(&row);
            let (error, allowed) =
                ((f64::from(stats.logsumexp()) - truth).abs(), logsumexp_error(row.len(), max, truth));
            assert!(error <= allowed, "{backend}, {}: {truth} is {}", row.len(), stats.logsumexp());
            assert_eq!(f64::from(stats.max()), max);
        }
    }
}

#[test]
fn edges() {
    for backend in Backend::available() {
        let k = kernels(backend);
        let of = |x: &[f32]| k.softmax_stats(x);
        for n in [1, 5, 40, CHUNK, 3 * CHUNK + 1] {
            assert_eq!(of(&vec![-INF; n]), SoftmaxStats::new());
            for at in [0, n / 2, n - 1] {
                let with = |x: f32| {
                    let mut row = vec![1.0; n];
                    row[at] = x;
                    of(&row)
                };
                assert!(with(f32::NAN).max().is_nan() && with(f32::NAN).logsumexp().is_nan());
                assert_eq!((with(INF).max(), with(INF).logsumexp()), (INF, INF));
                assert!(with(INF).merge(with(f32::NAN)).max().is_nan());
                assert_eq!(with(-INF).max(), if n == 1 { -INF } else { 1.0 });
                let mut y = [9.0];
                k.softmax_part(&with(INF), &[3.0], &mut y).expect("all fits");
                assert!(y[0].is_nan());
                k.log_softmax_part(&with(INF), &[3.0], &mut y).expect("all fits");
                assert!(y[0].is_nan());
            }
        }
        let none = SoftmaxStats::new();
        assert_eq!((none.max(), none.logsumexp(), none), (-INF, -INF, SoftmaxStats::default()));
        assert!(of(&[-0.0]).max().is_sign_positive());
        assert_eq!(of(&[f32::MAX]).logsumexp(), f32::MAX);
        assert_eq!(of(&[3.0]).logsumexp(), 3.0);
        let mut y = [9.0; 2];
        let wrong = k.softmax_part(&none, &[1.0; 3], &mut y);
        assert_eq!((wrong, y), (Err(Error::Length { name: "y", found: 2, expected: 3 }), [9.0; 2]));
        let wrong = k.log_softmax_part(&none, &[1.0; 3], &mut y);
        assert_eq!((wrong, y), (Err(Error::Length { name: "y", found: 2, expected: 3 }), [9.0; 2]));
        assert_eq!(none.softmax::<f32>(&[], &mut []), Ok(()));
        assert_eq!(none.log_softmax::<f32>(&[], &mut []), Ok(()));
    }
}

#[test]
fn backends_and_threads_agree() {
    let pool = ThreadPoolBuilder::new().num_threads(3).build().expect("threads can be started");
    let mut random = Random(5);
    let mut rows = rows();
    rows.push(Data::Wide.values((1 << 20) + 77, &mut random));
    for row in rows {
        let expected = common::scalar().softmax_stats(&row);
        for backend in Backend::available().filter(|&backend| backend != Backend::Portable) {
            let k: Kernels = kernels(backend);
            for found in [k.serial().softmax_stats(&row), pool.install(|| k.softmax_stats(&row))] {
                assert!(equal(&found, &expected), "{backend}: {found:?}, not {expected:?}");
            }
        }
    }
}
