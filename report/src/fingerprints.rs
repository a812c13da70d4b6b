//! Are the bits the same on all backends, and those committed? By the fingerprints of the package `accuracy`.

use accuracy::{COARSE, Fingerprint, fingerprints};
use anyhow::Result;
use maud::{Markup, html};
use simdact::{Backend, Kernels};

use crate::page::{Finding, Section, cell, folded, mark, table};
use crate::progress::Progress;

/// A fingerprint that was computed.
struct Print {
    name: String,
    /// What is found on each backend, and what is committed for it.
    found: Vec<(Backend, u64, Option<u64>)>,
}

/// All fingerprints on all backends.
pub struct Prints(Vec<Print>);

/// Seconds for one, about, on all backends.
const EACH: f64 = 0.06;

/// About how many seconds all of it takes.
pub fn seconds() -> f64 {
    EACH * fingerprints().count() as f64
}

/// Computes them. There is no shorter form than the coarse one, which is committed.
pub fn measure(progress: &Progress) -> Result<Prints> {
    let backends = Backend::available().map(|backend| Ok(Kernels::on(backend)?)).collect::<Result<Vec<_>>>()?;
    let of = |print: Fingerprint| {
        progress.begin(format!("bits of {print}"));
        let found = backends.iter().rev().map(|kernels| {
            let backend = kernels.backend();
            (backend, print.of(kernels, COARSE, &|_| {}), print.committed(backend, COARSE))
        });
        let found = found.collect();
        progress.advance(EACH);
        Print { name: print.to_string(), found }
    };
    Ok(Prints(fingerprints().map(of).collect()))
}

impl Print {
    /// The backends whose bits are not those committed, or where none are, not those of the others.
    fn differing(&self) -> impl Iterator<Item = Backend> {
        let of = |wanted: Backend| self.found.iter().find(|(backend, ..)| *backend == wanted).map(|&(_, hash, _)| hash);
        let scalar = of(Backend::Scalar);
        self.found.iter().filter_map(move |&(backend, hash, committed)| {
            let alike = if backend == Backend::Portable { None } else { scalar };
            let good = committed.or(alike).is_none_or(|expected| expected == hash);
            (!good).then_some(backend)
        })
    }

    fn cells(&self) -> Vec<Markup> {
        let differing: Vec<Backend> = self.differing().collect();
        let found = self.found.iter().map(|(backend, hash, _)| {
            html! { code.bad[differing.contains(backend)] { (format!("{hash:016x}")) } }
        });
        let verdict = if differing.is_empty() { "same" } else { "DIFFERENT" };
        [cell(&self.name), mark(differing.is_empty(), verdict)].into_iter().chain(found).collect()
    }
}

impl Prints {
    /// Whether all are as they should be.
    pub fn good(&self) -> bool {
        self.0.iter().all(|print| print.differing().next().is_none())
    }

    /// What stands at the top of the page.
    pub fn finding(&self) -> Finding {
        let same = self.0.iter().filter(|print| print.differing().next().is_none()).count();
        let (figure, meaning) = if self.good() {
            ("Same bits".to_string(), "on all backends as committed".to_string())
        } else {
            ("DIFFERENT bits".to_string(), format!("of {} functions and gradients", self.0.len() - same))
        };
        Finding { figure, meaning, good: Some(self.good()) }
    }

    /// The part of the page.
    pub fn section(&self) -> Section {
        let backends = self.0.first().map(|print| print.found.iter().map(|(backend, ..)| backend.to_string()));
        let heads = ["function".to_string(), "bits".to_string()].into_iter().chain(backends.into_iter().flatten());
        let heads: Vec<String> = heads.collect();
        let rows = |wanted: fn(&Print) -> bool| self.0.iter().filter(move |print| wanted(print)).map(Print::cells);
        let all: Vec<_> = rows(|_| true).collect();
        let different: Vec<_> = rows(|print| print.differing().next().is_some()).collect();
        let body = html! {
            p { "A hash of the results of every " (COARSE) "th float, of each function and gradient on each backend, \
                beside the one that is committed in " code { "accuracy/fingerprints-coarse.txt" } ". "
                code { "portable" } " has no fused multiply-add, and bits of its own, the same on every machine." }
            p.verdict {
                @if self.good() { (mark(true, "same on all backends")) " — " (self.0.len()) " of " (self.0.len()) " fingerprints" }
                @else { (mark(false, "DIFFERENT")) " — " (different.len()) " of " (self.0.len()) " fingerprints" }
            }
            @if !different.is_empty() { (table("Different bits", &heads, &different)) }
            (folded("All fingerprints", &heads, &all))
        };
        Section { id: "fingerprints", title: "The same bits", body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prints(avx2: u64, committed: Option<u64>) -> Prints {
        let found = vec![
            (Backend::Avx2, avx2, committed),
            (Backend::Portable, 9, committed.map(|_| 9)),
            (Backend::Scalar, 1, committed),
        ];
        Prints(vec![Print { name: "tanh".into(), found }])
    }

    #[test]
    fn different_bits_are_seen() {
        for (good, prints) in [
            (true, prints(1, Some(1))),
            (true, prints(1, None)),
            (false, prints(2, Some(1))),
            (false, prints(2, None)),
            (false, prints(1, Some(2))),
        ] {
            assert_eq!(prints.good(), good);
            assert_eq!(prints.finding().good, Some(good));
            assert_eq!(prints.section().body.into_string().contains("DIFFERENT"), !good);
        }
    }
}
