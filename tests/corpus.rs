//! Replays the corpus of the fuzz targets, without libFuzzer.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use arbitrary::{Arbitrary, Unstructured};

#[path = "../fuzz/src/lib.rs"]
mod checks;

use checks::{
    ElementwiseBackwardCase, ElementwiseCase, MaskedCase, MaxoutBackwardCase, MaxoutCase, NamesCase, ShapesCase,
    SoftmaxBackwardCase, SoftmaxCase, StagedCase, SumsCase,
};

/// Runs the check on each file of the target's corpus.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file of the corpus").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    for file in files {
        let data = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(catch_unwind(|| check(&data)).is_ok(), "{} failed, as told above", file.display());
    }
}

/// The case that libFuzzer would make of a file.
fn case<'a, Case: Arbitrary<'a>>(data: &'a [u8]) -> Case {
    Case::arbitrary_take_rest(Unstructured::new(data)).expect("the bytes make a case")
}

#[test]
fn elementwise() {
    replay("elementwise", |data| case::<ElementwiseCase>(data).check());
}

#[test]
fn elementwise_backward() {
    replay("elementwise_backward", |data| case::<ElementwiseBackwardCase>(data).check());
}

#[test]
fn softmax() {
    replay("softmax", |data| case::<SoftmaxCase>(data).check());
}

#[test]
fn softmax_backward() {
    replay("softmax_backward", |data| case::<SoftmaxBackwardCase>(data).check());
}

#[test]
fn masked() {
    replay("masked", |data| case::<MaskedCase>(data).check());
}

#[test]
fn sums() {
    replay("sums", |data| case::<SumsCase>(data).check());
}

#[test]
fn maxout() {
    replay("maxout", |data| case::<MaxoutCase>(data).check());
}

#[test]
fn maxout_backward() {
    replay("maxout_backward", |data| case::<MaxoutBackwardCase>(data).check());
}

#[test]
fn shapes() {
    replay("shapes", |data| case::<ShapesCase>(data).check());
}

#[test]
fn staged() {
    replay("staged", |data| case::<StagedCase>(data).check());
}

#[test]
fn names() {
    replay("names", |data| case::<NamesCase>(data).check());
}
