//! What can go wrong between ranks, and how it ends: with the same error on all of them, or with the end of the job.
//!
//! ```sh
//! cargo build --release -p simdact-mpi --example failures && mpirun -n 4 target/release/examples/failures rows
//! ```

use std::error::Error;
use std::process::{ExitCode, abort};
use std::time::Duration;

use half::f16;
use simdact_mpi::{Error as Refused, Exchange, Mpi, cross_entropy, fail, log_softmax, softmax};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (universe, _) = mpi::initialize_with_threading(mpi::Threading::Funneled).ok_or("MPI has been initialized")?;
    let case = std::env::args().nth(1).ok_or("which case?")?;
    let patience = Duration::from_secs(if case == "absence" { 2 } else { 60 });
    let ranks = Mpi::new(&universe.world()).patience(patience);
    let Err(error) = wrong(&ranks, &case) else { return Err(format!("nothing is wrong with {case}").into()) };
    // In one piece: other ranks write there too.
    let message = format!("rank {}: {error}\n", ranks.rank());
    eprint!("{message}");

    // It was the same on all of them: they can go on.
    let (x, mut y) = (vec![1.0; 8192], vec![0.0; 8192]);
    softmax(&ranks, &x, 1, &mut y)?;
    // Though this program ends here, and says so.
    Ok(ExitCode::from(3))
}

/// Two rows of a chunk on each rank, if all goes well.
fn wrong(ranks: &Mpi, case: &str) -> Result<(), Refused> {
    let this = ranks.rank() == ranks.size() / 2;
    let (x, mut y, mut losses) = (vec![1.0; 16384], vec![0.0; 16384], [0.0; 2]);
    match case {
        "rows" if this => softmax(ranks, &x, 4, &mut y).map(drop),
        "type" if this => softmax(ranks, &[f16::ONE; 16384], 2, &mut [f16::ONE; 16384]).map(drop),
        "call" if this => log_softmax(ranks, &x, 2, &mut y).map(drop),
        "slice" if this => softmax(ranks, &x, 2, &mut y[1..]).map(drop),
        "ragged" if this => softmax(ranks, &x[1..], 2, &mut y[1..]).map(drop),
        "error" if this => Err(fail(ranks, "the tokenizer has a cold")),
        "rows" | "type" | "call" | "slice" | "ragged" | "error" => softmax(ranks, &x, 2, &mut y).map(drop),

        "cut" => softmax(ranks, &x[..10_000], 2, &mut y[..10_000]).map(drop),
        "targets" => cross_entropy(ranks, &x, &[5, if this { 6 } else { 7 }], &mut losses).map(drop),
        "target" => cross_entropy(ranks, &x, &[5, 1 << 20], &mut losses).map(drop),

        // What no call can tell.
        "panic" if this => panic!("this rank had no errors in its plan"),
        "death" if this => abort(),
        "absence" if this => {
            // It is not there when the others wait.
            std::thread::sleep(Duration::from_secs(3600));
            Ok(())
        }
        "panic" | "death" | "absence" => softmax(ranks, &x, 2, &mut y).map(drop),
        // As much as no MPI counts.
        "length" => {
            let mut all = vec![0; 1 << 31];
            let mine = &vec![0; all.len() / ranks.size()];
            ranks.all_gather(mine, &mut all).map_err(Refused::Exchange)
        }
        _ => Err(fail(ranks, format_args!("there is no case {case}"))),
    }
}
