//! Replays the committed fuzz corpus through the bodies of the fuzz targets, without a fuzzer.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/lib.rs"]
mod targets;

/// How many files each corpus has, and how many of them are accepted: keys read, signatures valid.
/// Pinned by hand, so that a corpus that bounces off or shrinks is noticed.
const EXPECTED: &[(&str, usize, usize)] = &[
    ("audit_export", 264, 53),
    ("backup", 79, 11),
    ("certificate", 13, 6),
    ("cms", 24, 15),
    ("encrypted_pkcs8", 38, 14),
    ("hybrid", 127, 91),
    ("hybrid_round_trip", 423, 31),
    ("inspect", 42, 28),
    ("jwk", 32, 8),
    ("jws", 45, 13),
    ("keyring_record", 29, 15),
    ("keyring_store", 122, 13),
    ("legacy_ciphertext", 84, 30),
    ("legacy_key", 66, 30),
    ("legacy_public", 186, 108),
    ("legacy_signature", 144, 18),
    ("ml_dsa_verify", 306, 93),
    ("pem", 54, 29),
    ("pkcs8", 124, 86),
    ("policy", 21, 8),
    ("raw", 62, 59),
    ("sign_verify", 106, 21),
    ("spki", 91, 60),
];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

/// The names in a directory, without what an editor or a system leaves there.
fn names(directory: &Path) -> BTreeSet<String> {
    fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.expect("a readable directory").file_name())
        .map(|name| name.into_string().expect("names are ASCII"))
        .filter(|name| !name.starts_with('.'))
        .collect()
}

fn replay(target: &str) {
    let (_, body) = targets::TARGETS
        .iter()
        .find(|(name, _)| *name == target)
        .unwrap_or_else(|| panic!("no target {target}"));
    let directory = corpus().join(target);
    let (mut run, mut accepted) = (0, 0);
    for name in names(&directory) {
        let bytes = fs::read(directory.join(&name)).expect("a readable file");
        let outcome = std::panic::catch_unwind(|| body(&bytes));
        let outcome = outcome.unwrap_or_else(|_| panic!("fuzz/corpus/{target}/{name} fails"));
        run += 1;
        accepted += usize::from(outcome);
    }
    let expected = EXPECTED.iter().find(|(name, ..)| *name == target);
    assert_eq!(Some(&(target, run, accepted)), expected, "files, accepted");
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let mut expected: BTreeSet<String> = targets::TARGETS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    // Replayed by cli/tests/fuzz_arguments.rs, which can reach the command.
    expected.insert("arguments".to_owned());
    assert_eq!(names(&corpus()), expected);

    let fuzz_targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let sources: BTreeSet<String> = names(&fuzz_targets)
        .iter()
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .collect();
    assert_eq!(sources, expected);
}

#[test]
fn certificate() {
    replay("certificate");
}

#[test]
fn cms() {
    replay("cms");
}

#[test]
fn encrypted_pkcs8() {
    replay("encrypted_pkcs8");
}

#[test]
fn hybrid() {
    replay("hybrid");
}

#[test]
fn hybrid_round_trip() {
    replay("hybrid_round_trip");
}

#[test]
fn inspect() {
    replay("inspect");
}

#[test]
fn jwk() {
    replay("jwk");
}

#[test]
fn jws() {
    replay("jws");
}

#[test]
fn legacy_ciphertext() {
    replay("legacy_ciphertext");
}

#[test]
fn legacy_public() {
    replay("legacy_public");
}

#[test]
fn legacy_key() {
    replay("legacy_key");
}

#[test]
fn legacy_signature() {
    replay("legacy_signature");
}

#[test]
fn ml_dsa_verify() {
    replay("ml_dsa_verify");
}

#[test]
fn pem() {
    replay("pem");
}

#[test]
fn pkcs8() {
    replay("pkcs8");
}

#[test]
fn policy() {
    replay("policy");
}

#[test]
fn raw() {
    replay("raw");
}

#[test]
fn sign_verify() {
    replay("sign_verify");
}

#[test]
fn spki() {
    replay("spki");
}

#[test]
fn audit_export() {
    replay("audit_export");
}

#[test]
fn backup() {
    replay("backup");
}

#[test]
fn keyring_record() {
    replay("keyring_record");
}

#[test]
fn keyring_store() {
    replay("keyring_store");
}
