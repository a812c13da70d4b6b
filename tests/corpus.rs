//! Replays the corpus of the fuzz targets, without libFuzzer.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[path = "../fuzz/src/lib.rs"]
mod checks;

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

#[test]
fn elementwise() {
    replay("elementwise", checks::elementwise);
}

#[test]
fn softmax() {
    replay("softmax", checks::softmax);
}

#[test]
fn maxout() {
    replay("maxout", checks::maxout);
}

#[test]
fn backward() {
    replay("backward", checks::backward);
}
