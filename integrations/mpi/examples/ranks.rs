//! Softmax, log_softmax, cross-entropy and its gradient over the ranks of this job, of many shapes, cut in several ways.
//! Every rank compares its part with simdact on the whole rows, bit by bit; rank 0 prints a hash of all that came out,
//! which is to be the same for any number of ranks.
//!
//! ```sh
//! cargo build --release -p simdact-mpi --example ranks && mpirun -n 4 target/release/examples/ranks
//! ```

use std::cell::Cell;
use std::convert::identity;
use std::error::Error;
use std::fmt::Write;
use std::ops::Range;

use half::{bf16, f16};
use mpi::collective::SystemOperation;
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;
use simdact::{Axis, SoftmaxStats};
use simdact_mpi::{AGREEMENT, Exchange, Logit, Mpi, agree, share};
use xxhash_rust::xxh3::xxh3_64;

const CHUNK: usize = SoftmaxStats::CHUNK;

fn main() -> Result<(), Box<dyn Error>> {
    let (universe, _) = mpi::initialize_with_threading(mpi::Threading::Funneled).ok_or("MPI has been initialized")?;
    let world = universe.world();
    let job = Job { ranks: Counted { ranks: Mpi::new(&world), bytes: Cell::new(0), messages: Cell::new(0) }, world };
    let mut cases = 0;
    for vocabulary in [1000, CHUNK, 50257, 128_256] {
        for rows in [1, 7] {
            for data in [Data::Logits, Data::Masked, Data::Nan, Data::Infinite] {
                job.case::<f32>(vocabulary, rows, data, identity)?;
                cases += 1;
            }
            job.case(vocabulary, rows, Data::Masked, f16::from_f32)?;
            job.case(vocabulary, rows, Data::Masked, bf16::from_f32)?;
            cases += 2;
        }
    }
    if job.ranks.rank() == 0 {
        println!("{cases} cases: the bits of the whole rows on one rank, however they are cut");
        println!(
            "each rank sends {AGREEMENT} bytes for a call, and for each row 44 for softmax and log_softmax, 48 for cross_entropy"
        );
    }
    Ok(())
}

struct Job {
    ranks: Counted,
    world: SimpleCommunicator,
}

impl Job {
    /// All functions of logits of one shape, cut in several ways.
    fn case<T: Logit + Into<f32>>(
        &self,
        vocabulary: usize,
        rows: usize,
        data: Data,
        round: fn(f32) -> T,
    ) -> Result<(), Box<dyn Error>> {
        let type_name = std::any::type_name::<T>().rsplit(':').next().unwrap_or_default();
        let name = format!("{rows} × {vocabulary} {type_name} {data:?}");
        let x: Vec<T> = data.logits(rows, vocabulary).into_iter().map(round).collect();
        let targets: Vec<u32> = (0..rows).map(|row| (row * 7919 % vocabulary) as u32).collect();
        let dlosses: Vec<f32> = (0..rows).map(|row| (row as f32 - 2.0) / 3.0).collect();
        let expected = whole(&x, vocabulary, &targets, &dlosses, round)?;

        let (rank, size) = (self.ranks.rank(), self.ranks.size());
        let cuts = [share(vocabulary, rank, size), uneven(vocabulary, rank, size), last(vocabulary, rank, size)];
        let mut line = String::new();
        for columns in cuts {
            let found = self.spread(&x, vocabulary, &columns, &targets, &dlosses)?;
            // A difference on one rank is an error on all.
            agree(&self.ranks, difference(&found, &expected, vocabulary, &columns).map_or(Ok(()), Err))
                .map_err(|error| format!("{name}: {error}"))?;

            let hashes = found.map(|(function, found)| (function, self.hash_of_all(&found)));
            let line_of_cut = hashes.iter().fold(format!("{name:<26}"), |mut line, (function, hash)| {
                write!(line, "  {function} {hash:016x}").expect("a string has room");
                line
            });
            if !line.is_empty() && line != line_of_cut {
                return Err(format!("{line}\n{line_of_cut}\nof another cut").into());
            }
            line = line_of_cut;
        }
        if rank == 0 {
            println!("{line}");
        }
        Ok(())
    }

    /// What this rank computes. Whatever is not its own is 0.
    fn spread<T: Logit + Into<f32>>(
        &self,
        whole: &[T],
        vocabulary: usize,
        columns: &Range<usize>,
        targets: &[u32],
        dlosses: &[f32],
    ) -> Result<Results, Box<dyn Error>> {
        let rows = targets.len();
        let x: Vec<T> = whole.chunks_exact(vocabulary).flat_map(|row| &row[columns.clone()]).copied().collect();
        let (mut y, mut losses) = (x.clone(), vec![0.0; rows]);
        let in_place = |y: &[T]| {
            let mut all = vec![0.0; whole.len()];
            for (all, y) in all.chunks_exact_mut(vocabulary).zip(y.chunks_exact(columns.len().max(1))) {
                all[columns.clone()].copy_from_slice(&floats(y));
            }
            all
        };
        self.ranks.expect(2, AGREEMENT + 44 * rows, || simdact_mpi::softmax(&self.ranks, &x, rows, &mut y))?;
        let softmax = in_place(&y);
        self.ranks.expect(2, AGREEMENT + 44 * rows, || simdact_mpi::log_softmax(&self.ranks, &x, rows, &mut y))?;
        let log_softmax = in_place(&y);
        let loss = self
            .ranks
            .expect(2, AGREEMENT + 48 * rows, || simdact_mpi::cross_entropy(&self.ranks, &x, targets, &mut losses))?;
        self.ranks.expect(0, 0, || loss.backward(&x, dlosses, &mut y))?;
        Ok([("softmax", softmax), ("log_softmax", log_softmax), ("losses", losses), ("gradient", in_place(&y))])
    }

    /// A hash of the results of all ranks together.
    fn hash_of_all(&self, found: &[f32]) -> u64 {
        let mine: Vec<u32> = found.iter().map(|&x| bits(x)).collect();
        let mut all = vec![0u32; mine.len()];
        // Losses are the same on all; of the rest, each has its own.
        self.world.all_reduce_into(&mine[..], &mut all[..], SystemOperation::bitwise_or());
        xxh3_64(&all.iter().flat_map(|bits| bits.to_le_bytes()).collect::<Vec<_>>())
    }
}

type Results = [(&'static str, Vec<f32>); 4];

/// What simdact says of the whole rows.
fn whole<T: Logit + Into<f32>>(
    x: &[T],
    vocabulary: usize,
    targets: &[u32],
    dlosses: &[f32],
    round: fn(f32) -> T,
) -> Result<Results, simdact::Error> {
    let (axis, mut y) = (Axis::rows(vocabulary), x.to_vec());
    simdact::softmax(x, axis, &mut y)?;
    let softmax = floats(&y);
    simdact::log_softmax(x, axis, &mut y)?;
    let log_softmax = floats(&y);

    // By hand, in f32.
    let x = floats(x);
    let (mut weights, mut logarithms) = (x.clone(), x.clone());
    simdact::softmax(&x, axis, &mut weights)?;
    simdact::log_softmax(&x, axis, &mut logarithms)?;
    let mut losses = vec![];
    for (row, (&target, dloss)) in targets.iter().zip(dlosses).enumerate() {
        let at = row * vocabulary + target as usize;
        losses.push(0.0 - logarithms[at]);
        weights[at] -= 1.0;
        weights[row * vocabulary..][..vocabulary].iter_mut().for_each(|weight| *weight *= dloss);
    }
    let gradient = weights.into_iter().map(|dx| round(dx).into()).collect();
    Ok([("softmax", softmax), ("log_softmax", log_softmax), ("losses", losses), ("gradient", gradient)])
}

/// The first element of a rank's part that is another.
fn difference(found: &Results, expected: &Results, vocabulary: usize, columns: &Range<usize>) -> Option<String> {
    found.iter().zip(expected).find_map(|((function, found), (_, expected))| {
        let own = |&i: &usize| *function == "losses" || columns.contains(&(i % vocabulary));
        let wrong = (0..expected.len()).filter(own).find(|&i| bits(found[i]) != bits(expected[i]))?;
        Some(format!("{function}, element {wrong}: {:e}, not {:e}", found[wrong], expected[wrong]))
    })
}

/// All NaN count as one.
fn bits(x: f32) -> u32 {
    if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() }
}

fn floats<T: Logit + Into<f32>>(x: &[T]) -> Vec<f32> {
    x.iter().map(|&x| x.into()).collect()
}

/// The last ranks have more chunks.
fn uneven(vocabulary: usize, rank: usize, size: usize) -> Range<usize> {
    let chunks = vocabulary.div_ceil(CHUNK);
    let start = |rank: usize| (chunks * rank * (rank + 1) / (size * (size + 1)) * CHUNK).min(vocabulary);
    start(rank)..start(rank + 1)
}

/// The last rank has all.
fn last(vocabulary: usize, rank: usize, size: usize) -> Range<usize> {
    if rank + 1 == size { 0..vocabulary } else { 0..0 }
}

/// What the logits are like.
#[derive(Clone, Copy, Debug)]
enum Data {
    /// Between −16 and 16.
    Logits,
    /// Every third is −∞, as is a chunk, and all of the last row if there are several.
    Masked,
    /// A NaN at the end of the first row.
    Nan,
    /// +∞ in the middle of the first row.
    Infinite,
}

impl Data {
    fn logits(self, rows: usize, columns: usize) -> Vec<f32> {
        let mut state = 1u64;
        let mut x: Vec<f32> = (0..rows * columns)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f32 / (1 << 19) as f32 - 16.0
            })
            .collect();
        match self {
            Data::Logits => {}
            Data::Masked => {
                x.iter_mut().step_by(3).for_each(|x| *x = f32::NEG_INFINITY);
                x.iter_mut().take(columns.min(CHUNK + 5)).skip(5).for_each(|x| *x = f32::NEG_INFINITY);
                if rows > 1 {
                    x[(rows - 1) * columns..].fill(f32::NEG_INFINITY);
                }
            }
            Data::Nan => x[columns - 1] = f32::NAN,
            Data::Infinite => x[columns / 2] = f32::INFINITY,
        }
        x
    }
}

/// Counts what is sent.
struct Counted {
    ranks: Mpi,
    bytes: Cell<usize>,
    messages: Cell<usize>,
}

impl Counted {
    /// The result of a call, which is to send so much.
    fn expect<T, E: Into<Box<dyn Error>>>(
        &self,
        messages: usize,
        bytes: usize,
        call: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Box<dyn Error>> {
        self.messages.set(0);
        self.bytes.set(0);
        let result = call().map_err(Into::into)?;
        let sent = (self.messages.get(), self.bytes.get());
        if sent == (messages, bytes) { Ok(result) } else { Err(format!("{sent:?} messages and bytes").into()) }
    }
}

impl Exchange for Counted {
    fn rank(&self) -> usize {
        self.ranks.rank()
    }
    fn size(&self) -> usize {
        self.ranks.size()
    }
    fn all_gather(&self, mine: &[u8], all: &mut [u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.messages.set(self.messages.get() + 1);
        self.bytes.set(self.bytes.get() + mine.len());
        self.ranks.all_gather(mine, all)
    }
}
