//! Checks fingerprints.

use std::error::Error;
use std::fmt::Write;

use accuracy::{COARSE, Fingerprint, fingerprints};
use simdact::{Backend, Kernels};

use super::bar;

/// Computes the fingerprints of these functions on all backends, and compares them with each other and with those
/// committed. Whether all is well.
pub fn run(functions: &[String], stride: u64, write: bool) -> Result<bool, Box<dyn Error>> {
    let wanted = |print: &Fingerprint| functions.is_empty() || functions.iter().any(|name| name == print.function());
    let prints: Vec<_> = fingerprints().collect();
    let backends: Vec<_> = Backend::available().collect();
    let bar =
        bar((prints.iter().filter(|print| wanted(print)).count() * backends.len()) as u64
            * (1_u64 << 32).div_ceil(stride));
    let (mut all_good, mut file) = (true, String::new());
    for print in prints {
        if !wanted(&print) {
            let committed = |backend| print.committed(backend, stride);
            if let Some((fused, portable)) = committed(Backend::Scalar).zip(committed(Backend::Portable)) {
                writeln!(file, "{fused:016x} {portable:016x} {print}")?;
            }
            continue;
        }
        let mut found = Vec::new();
        for &backend in &backends {
            bar.set_message(format!("{print} on {backend}"));
            found.push((backend, print.of(&Kernels::on(backend)?, stride, &|inputs| bar.inc(inputs))));
        }
        let of = |backend| found.iter().find(|(other, _)| *other == backend).map_or(0, |&(_, hash)| hash);
        let (fused, portable) = (of(Backend::Scalar), of(Backend::Portable));
        writeln!(file, "{fused:016x} {portable:016x} {print}")?;
        let expected = |backend| {
            let agreed = if backend == Backend::Portable { portable } else { fused };
            // Where none is committed, all backends must agree nevertheless.
            if write { agreed } else { print.committed(backend, stride).unwrap_or(agreed) }
        };
        let differ: Vec<_> = found.iter().filter(|&&(backend, hash)| hash != expected(backend)).collect();
        let names =
            |backends: &mut dyn Iterator<Item = Backend>| backends.map(Backend::name).collect::<Vec<_>>().join(", ");
        bar.suspend(|| {
            if differ.is_empty() {
                println!("{print}: same bits ({})", names(&mut backends.iter().copied()));
            } else {
                println!("{print}: OTHER BITS ({})", names(&mut differ.iter().map(|&&(backend, _)| backend)));
                found.iter().for_each(|(backend, hash)| println!("  {hash:016x} {backend}"));
            }
        });
        all_good &= differ.is_empty();
    }
    bar.finish_and_clear();
    if write && all_good {
        let name = if stride == COARSE { "fingerprints-coarse.txt" } else { "fingerprints.txt" };
        std::fs::write(format!("{}/{name}", env!("CARGO_MANIFEST_DIR")), file)?;
    }
    Ok(all_good)
}
