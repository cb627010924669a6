//! Replays the committed corpus of the fuzz target `arguments`; the others: `tests/fuzz_corpus.rs` of the library.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/src/arguments.rs"]
mod arguments;

/// How many files the corpus has, and how many of them are command lines that run. Pinned by hand.
const EXPECTED: (usize, usize) = (40, 27);

#[test]
fn every_command_line_of_the_corpus_keeps_the_rules() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/arguments");
    let (mut run, mut accepted) = (0, 0);
    for entry in fs::read_dir(directory).expect("a readable directory") {
        let path = entry.expect("a readable directory").path();
        let bytes = fs::read(&path).expect("a readable file");
        let outcome = std::panic::catch_unwind(|| arguments::run(&bytes));
        let outcome = outcome.unwrap_or_else(|_| panic!("{} fails", path.display()));
        run += 1;
        accepted += usize::from(outcome);
    }
    assert_eq!((run, accepted), EXPECTED, "files, accepted");
}
