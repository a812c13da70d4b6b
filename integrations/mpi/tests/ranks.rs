//! Ranks that are threads: does every cut give the bits of the whole rows, and does every error reach all of them?

use std::cell::Cell;
use std::error::Error as StdError;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use half::{bf16, f16};
use simdact::{Axis, SoftmaxStats};
use simdact_mpi::{
    AGREEMENT, Alone, Error, Exchange, Logit, agree, cross_entropy, fail, log_softmax, share, softmax, stats,
};

const CHUNK: usize = SoftmaxStats::CHUNK;
const INF: f32 = f32::INFINITY;

/// A rank with a channel from each.
struct Rank {
    rank: usize,
    to: Vec<Sender<Vec<u8>>>,
    from: Vec<Receiver<Vec<u8>>>,
    messages: Cell<usize>,
    bytes: Cell<usize>,
}

impl Exchange for Rank {
    fn rank(&self) -> usize {
        self.rank
    }
    fn size(&self) -> usize {
        self.to.len()
    }
    fn all_gather(&self, mine: &[u8], all: &mut [u8]) -> Result<(), Box<dyn StdError + Send + Sync>> {
        self.messages.set(self.messages.get() + 1);
        self.bytes.set(self.bytes.get() + mine.len());
        self.to.iter().try_for_each(|to| to.send(mine.to_vec()))?;
        assert_eq!(all.len(), mine.len() * self.size());
        for (from, part) in self.from.iter().zip(all.chunks_exact_mut(mine.len())) {
            part.copy_from_slice(&from.recv_timeout(Duration::from_secs(60))?);
        }
        Ok(())
    }
}

/// What each of so many ranks comes to.
fn ranks<R: Send>(size: usize, work: impl Fn(&Rank) -> R + Sync) -> Vec<R> {
    let (mut to, mut from): (Vec<Vec<_>>, Vec<Vec<_>>) = (vec![], vec![]);
    for _ in 0..size {
        let (senders, receivers) = (0..size).map(|_| mpsc::channel()).unzip();
        to.push(senders);
        from.push(receivers);
    }
    // Rank r sends to s by channel [s][r].
    let ranks: Vec<Rank> = from
        .into_iter()
        .enumerate()
        .map(|(rank, from)| {
            let to = to.iter().map(|senders: &Vec<Sender<_>>| senders[rank].clone()).collect();
            Rank { rank, to, from, messages: Cell::new(0), bytes: Cell::new(0) }
        })
        .collect();
    drop(to);
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = ranks.into_iter().map(|rank| scope.spawn(move || work(&rank))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no rank panics")).collect()
    })
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }
    fn logit(&mut self) -> f32 {
        self.below(1 << 20) as f32 / (1 << 15) as f32 - 16.0
    }
}

/// The columns of each rank: any cuts between chunks.
fn cuts(columns: usize, size: usize, random: &mut Random) -> Vec<usize> {
    let chunks = columns.div_ceil(CHUNK);
    let mut cuts: Vec<usize> = (1..size).map(|_| (random.below(chunks + 1) * CHUNK).min(columns)).collect();
    cuts.extend([0, columns]);
    cuts.sort();
    cuts
}

/// All NaN count as one.
fn bits(x: f32) -> u32 {
    if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() }
}

fn assert_same<T: Into<f32> + Copy>(found: &[T], expected: &[T], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (&a, &b)) in found.iter().zip(expected).enumerate() {
        let (a, b): (f32, f32) = (a.into(), b.into());
        assert_eq!(bits(a), bits(b), "{what}: element {i} is {a:e}, not {b:e}");
    }
}

/// All functions of these rows, cut in several ways, are simdact's of the whole rows.
fn any_cut_is_the_whole<T: Logit + Into<f32>>(x: &[f32], rows: usize, seed: u64, round: fn(f32) -> T) {
    let columns = x.len() / rows;
    let x: Vec<T> = x.iter().map(|&x| round(x)).collect();
    let wide: Vec<f32> = x.iter().map(|&x| x.into()).collect();
    let random = &mut Random(seed);
    let targets: Vec<u32> = (0..rows).map(|_| random.below(columns) as u32).collect();
    let dlosses: Vec<f32> = (0..rows).map(|_| random.logit()).collect();

    let axis = Axis::rows(columns);
    let (mut weights, mut logarithms) = (x.clone(), x.clone());
    simdact::softmax(&x, axis, &mut weights).expect("all fits");
    simdact::log_softmax(&x, axis, &mut logarithms).expect("all fits");
    let (mut gradient, mut losses) = (wide.clone(), wide.clone());
    simdact::softmax(&wide, axis, &mut gradient).expect("all fits");
    simdact::log_softmax(&wide, axis, &mut losses).expect("all fits");
    let losses: Vec<f32> = targets.iter().zip(losses.chunks(columns)).map(|(&t, y)| 0.0 - y[t as usize]).collect();
    for ((row, &target), dloss) in gradient.chunks_mut(columns).zip(&targets).zip(&dlosses) {
        row[target as usize] -= 1.0;
        row.iter_mut().for_each(|dx| *dx *= dloss);
    }
    let gradient: Vec<T> = gradient.into_iter().map(round).collect();

    for size in [1, 2, 3, 5] {
        let cuts = cuts(columns, size, random);
        let what = format!("{rows} × {columns} {} cut at {cuts:?}", std::any::type_name::<T>());
        ranks(size, |rank| {
            let own = cuts[rank.rank]..cuts[rank.rank + 1];
            let part = |of: &[T]| -> Vec<T> { of.chunks(columns).flat_map(|row| &row[own.clone()]).copied().collect() };
            let (x, mut y, mut found) = (part(&x), part(&x), vec![9.0; rows]);
            let whole = softmax(rank, &x, rows, &mut y).expect("all fits");
            assert_eq!((whole.columns(), whole.vocabulary()), (own.clone(), columns));
            assert_same(&y, &part(&weights), &format!("softmax of {what}"));
            log_softmax(rank, &x, rows, &mut y).expect("all fits");
            assert_same(&y, &part(&logarithms), &format!("log_softmax of {what}"));
            let loss = cross_entropy(rank, &x, &targets, &mut found).expect("all fits");
            assert_same(&found, &losses, &format!("cross_entropy of {what}"));
            loss.backward(&x, &dlosses, &mut y).expect("all fits");
            assert_same(&y, &part(&gradient), &format!("gradient of {what}"));

            let whole = stats(rank, &x, rows).expect("all fits");
            for (stats, row) in whole.stats().iter().zip(wide.chunks(columns)) {
                assert_eq!(stats.to_bytes(), SoftmaxStats::of(row).to_bytes());
            }
        });
    }
}

#[test]
fn every_cut_has_the_bits_of_the_whole() {
    for (rows, columns) in [(1, 1), (7, 1000), (2, CHUNK), (3, CHUNK + 1), (1, 50257), (2, 50257), (1, 128_256)] {
        let mut random = Random(columns as u64);
        let x: Vec<f32> = (0..rows * columns).map(|_| random.logit()).collect();
        any_cut_is_the_whole(&x, rows, 1, |x| x);
        any_cut_is_the_whole(&x, rows, 2, f16::from_f32);
        any_cut_is_the_whole(&x, rows, 3, bf16::from_f32);

        // Far apart; and a chunk, or all but it, masked.
        let far: Vec<f32> = x.iter().enumerate().map(|(i, x)| x + 1000.0 * (i / CHUNK % 3) as f32).collect();
        any_cut_is_the_whole(&far, rows, 4, |x| x);
        let mut masked = x.clone();
        masked.iter_mut().take(CHUNK).for_each(|x| *x = -INF);
        any_cut_is_the_whole(&masked, rows, 5, |x| x);
        masked.iter_mut().skip(CHUNK).for_each(|x| *x = -INF);
        any_cut_is_the_whole(&masked, rows, 6, |x| x);
        for special in [f32::NAN, INF] {
            let mut row = x.clone();
            row[random.below(x.len())] = special;
            any_cut_is_the_whole(&row, rows, 7, |x| x);
        }
    }
}

/// The gradient is that of the loss, by the true values.
#[test]
fn the_gradient_is_near_the_true_value() {
    let columns = CHUNK + 100;
    let mut random = Random(1);
    let x: Vec<f32> = (0..columns).map(|_| random.logit()).collect();
    let max = x.iter().fold(f64::MIN, |max, &x| max.max(x.into()));
    let sum: f64 = x.iter().map(|&x| (f64::from(x) - max).exp()).sum();
    ranks(2, |rank| {
        let own = share(columns, rank.rank, 2);
        let (mut dx, mut losses) = (vec![9.0; own.len()], [9.0]);
        let loss = cross_entropy(rank, &x[own.clone()], &[8195], &mut losses).expect("all fits");
        let truth = max + sum.ln() - f64::from(x[8195]);
        assert!((f64::from(losses[0]) - truth).abs() < 1e-5, "{} is not {truth}", losses[0]);
        loss.backward(&x[own.clone()], &[3.0], &mut dx).expect("all fits");
        for (i, (&x, &dx)) in x[own.clone()].iter().zip(&dx).enumerate() {
            let hot = if own.start + i == 8195 { 1.0 } else { 0.0 };
            let truth = 3.0 * ((f64::from(x) - max).exp() / sum - hot);
            assert!((f64::from(dx) - truth).abs() <= 1e-5 * truth.abs(), "{i}: {dx} is not {truth}");
        }
    });
}

#[test]
fn what_is_sent_does_not_grow_with_the_vocabulary() {
    for (rows, columns) in [(1, 2), (5, CHUNK), (5, 20 * CHUNK), (0, 0)] {
        ranks(2, |rank| {
            let x = vec![1.0; rows * columns];
            let (mut y, mut losses) = (x.clone(), vec![0.0; rows]);
            let sent = || (rank.messages.replace(0), rank.bytes.replace(0));
            // Nothing is sent of no rows.
            let messages = if rows == 0 { 1 } else { 2 };
            // Only the first has any: a cut within a chunk is none.
            let x = if rank.rank == 0 { &x[..] } else { &[] };
            softmax(rank, x, rows, &mut y[..x.len()]).expect("all fits");
            assert_eq!(sent(), (messages, AGREEMENT + 44 * rows));
            log_softmax(rank, x, rows, &mut y[..x.len()]).expect("all fits");
            assert_eq!(sent(), (messages, AGREEMENT + 44 * rows));
            let loss = cross_entropy(rank, x, &vec![1; rows], &mut losses).expect("all fits");
            assert_eq!(sent(), (messages, AGREEMENT + 48 * rows));
            loss.backward(x, &losses, &mut y[..x.len()]).expect("all fits");
            loss.whole().softmax(x, &mut y[..x.len()]).expect("all fits");
            assert_eq!(sent(), (0, 0));
            agree(rank, Ok::<_, String>(())).expect("all agree");
            assert_eq!(sent(), (1, AGREEMENT));
        });
    }
}

/// On three ranks with a chunk of two rows each, all get this error of a call, have written nothing, and go on.
fn all_get(expected: &str, call: impl Fn(&Rank, &[f32], &mut [f32]) -> Result<(), Error> + Sync) {
    ranks(3, |rank| {
        let (x, mut y) = (vec![1.0; 2 * CHUNK], vec![9.0; 2 * CHUNK]);
        let error = call(rank, &x, &mut y).expect_err(expected);
        assert_eq!(error.to_string(), expected, "on rank {}", rank.rank);
        assert!(y.iter().all(|&y| y == 9.0), "{expected}, and yet something is written");
        softmax(rank, &x, 2, &mut y).expect("all fits");
        assert!(y.iter().all(|y| (y * (3 * CHUNK) as f32 - 1.0).abs() < 1e-5), "{}", y[0]);
    });
}

#[test]
fn an_error_of_one_is_an_error_of_all() {
    let of_one = |rank: &Rank| rank.rank == 1;
    all_get("ranks 0 and 1 differ in the number of rows: 2 and 4", |rank, x, y| {
        softmax(rank, x, if of_one(rank) { 4 } else { 2 }, y).map(drop)
    });
    all_get("ranks 0 and 1 differ in the type of the logits: f32 and bf16", |rank, x, _| {
        let short = vec![bf16::ONE; 2 * CHUNK];
        if of_one(rank) { stats(rank, &short, 2).map(drop) } else { stats(rank, x, 2).map(drop) }
    });
    all_get("ranks 0 and 1 differ in the call: softmax and log_softmax", |rank, x, y| {
        if of_one(rank) { log_softmax(rank, x, 2, y).map(drop) } else { softmax(rank, x, 2, y).map(drop) }
    });
    all_get("rank 1 failed: `y` has 5 elements where 16384 fit", |rank, x, y| {
        softmax(rank, x, 2, if of_one(rank) { &mut y[..5] } else { y }).map(drop)
    });
    all_get("rank 1 failed: `losses` has 1 elements where 2 fit", |rank, x, y| {
        cross_entropy(rank, x, &[3, 3], if of_one(rank) { &mut y[..1] } else { &mut y[..2] }).map(drop)
    });
    all_get("rank 0 failed: `x` has 16384 elements, which are no 3 rows of any length", |rank, x, y| {
        log_softmax(rank, x, 3, y).map(drop)
    });
    all_get("rank 2 failed: `x` has 1 elements, which are no 0 rows of any length", |rank, _, _| {
        stats(rank, if rank.rank == 2 { &[1.0] } else { &[] }, 0).map(drop)
    });
    all_get("rank 1 begins at column 5000, which is no multiple of 8192: `share` says where to cut", |rank, x, y| {
        softmax(rank, &x[..10_000], 2, &mut y[..10_000]).map(drop)
    });
    let hashes = "ranks 0 and 1 differ in a hash of the targets: ";
    ranks(3, |rank| {
        let targets = [4, if of_one(rank) { 5 } else { 4 }];
        let error = cross_entropy(rank, &[1.0; 2 * CHUNK], &targets, &mut [0.0; 2]).expect_err("they differ");
        assert!(error.to_string().starts_with(hashes), "{error}");
    });
    all_get("targets[1] is 24576, but there are only 24576 columns on all ranks together", |rank, x, y| {
        cross_entropy(rank, x, &[24575, 24576], &mut y[..2]).map(drop)
    });
}

#[test]
fn a_rank_that_fails_tells_all() {
    all_get("rank 1 failed: out of patience", |rank, x, y| match rank.rank {
        1 => Err(fail(rank, "out of patience")),
        _ => softmax(rank, x, 2, y).map(drop),
    });
    // The first of several, of any length.
    let long = "ä".repeat(700);
    all_get(&format!("rank 0 failed: {}", "ä".repeat(500)), |rank, _, _| {
        agree(rank, if rank.rank == 2 { Ok(()) } else { Err(&long[..if rank.rank == 0 { 1400 } else { 2 }]) })
    });
    all_get("rank 2 failed: ", |rank, x, y| match rank.rank {
        2 => Err(fail(rank, "")),
        _ => softmax(rank, x, 2, y).map(drop),
    });
    all_get("ranks 0 and 1 differ in the call: agree and stats", |rank, x, _| match rank.rank {
        1 => stats(rank, x, 2).map(drop),
        _ => agree(rank, Ok::<_, String>(())),
    });
    // What is known to one only, until all agree.
    all_get("rank 1 failed: `dlosses` has 1 elements where 2 fit", |rank, x, y| {
        let loss = cross_entropy(rank, x, &[0, 0], &mut [0.0; 2])?;
        let dlosses: &[f32] = if rank.rank == 1 { &[0.0] } else { &[0.0; 2] };
        let mut dx = y.to_vec();
        agree(rank, loss.backward(x, dlosses, &mut dx))
    });
}

#[test]
fn slices_that_do_not_fit_later() {
    let (x, mut y) = ([1.0, 2.0], [9.0; 3]);
    let loss = cross_entropy(&Alone, &x, &[1], &mut y[..1]).expect("all fits");
    let whole = loss.whole();
    let mut y = [9.0; 3];
    for (found, expected) in [
        (whole.softmax(&x, &mut y), "`y` has 3 elements where 2 fit"),
        (whole.log_softmax(&x[..1], &mut y[..1]), "`x` has 1 elements where 2 fit"),
        (loss.backward(&x, &[1.0], &mut y), "`dx` has 3 elements where 2 fit"),
        (loss.backward(&x, &[], &mut y[..2]), "`dlosses` has 0 elements where 1 fit"),
    ] {
        assert_eq!(found.expect_err(expected).to_string(), expected);
    }
    assert_eq!(y, [9.0; 3]);
}

/// An exchange that fails, or gives out anything.
struct Broken(Option<Cell<u64>>);

impl Exchange for Broken {
    fn rank(&self) -> usize {
        1
    }
    fn size(&self) -> usize {
        3
    }
    fn all_gather(&self, mine: &[u8], all: &mut [u8]) -> Result<(), Box<dyn StdError + Send + Sync>> {
        let state = self.0.as_ref().ok_or("the cable is cut")?;
        let mut random = Random(state.get());
        for part in all.chunks_mut(mine.len()) {
            part.copy_from_slice(mine);
            for _ in 0..random.below(6) {
                part[random.below(mine.len())] = [0, 255, random.below(256) as u8][random.below(3)];
            }
        }
        state.set(random.0);
        Ok(())
    }
}

#[test]
fn a_broken_exchange_is_an_error() {
    let error = softmax(&Broken(None), &[1.0], 1, &mut [0.0]).expect_err("it is broken");
    assert_eq!(error.to_string(), "the exchange between ranks failed: the cable is cut");
}

#[test]
fn no_message_does_harm() {
    let broken = Broken(Some(Cell::new(1)));
    let (x, mut y, mut losses) = ([1.0; CHUNK], [0.0; CHUNK], [0.0; 1]);
    let (mut refused, mut done) = (0, 0);
    for _ in 0..20_000 {
        let result = cross_entropy(&broken, &x, &[CHUNK as u32], &mut losses)
            .and_then(|loss| loss.backward(&x, &losses, &mut y))
            .and_then(|()| agree(&broken, Err::<(), _>("something")).or(Ok(())));
        *(if result.is_ok() { &mut done } else { &mut refused }) += 1;
    }
    assert!(refused > 1000 && done > 10, "{refused}, {done}");
}

#[test]
fn shares_are_whole_chunks_and_all_there_is() {
    for vocabulary in [0, 1, CHUNK, CHUNK + 1, 50257, 128_256, usize::MAX] {
        for size in [1, 2, 3, 4, 8, 100] {
            let shares: Vec<_> = (0..size).map(|rank| share(vocabulary, rank, size)).collect();
            assert_eq!((shares[0].start, shares[size - 1].end), (0, vocabulary));
            assert!(shares.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert!(shares.iter().all(|share| share.is_empty() || share.start % CHUNK == 0));
            let lengths = shares.iter().map(|share| share.len().div_ceil(CHUNK));
            assert!(lengths.clone().max() <= lengths.min().map(|least| least + 1));
        }
    }
    assert_eq!(share(50257, 5, 0), 50257..50257);
}
