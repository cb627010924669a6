//! Faults of the process itself: each command that meets one says so in one line, ends with the
//! promised exit status and leaves nothing; each that does not need the broken part works on.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::OnceLock;

use support::{Folder, Run};

/// A folder with keys, a signature and a ciphertext, made once without a fault.
fn keys() -> Folder {
    static FILES: OnceLock<BTreeMap<OsString, Option<Vec<u8>>>> = OnceLock::new();
    let folder = Folder::new();
    let files = FILES.get_or_init(|| {
        let folder = Folder::new();
        folder.write("message", "hello\n");
        for line in [
            "keygen ML-DSA-44 -o dsa.key --pub dsa.pub",
            "keygen SLH-DSA-SHA2-128f -o slh.key --pub slh.pub",
            "keygen Ed25519 -o ed.key --pub ed.pub",
            "keygen ECDSA-P256-SHA256 -o ec.key --pub ec.pub",
            "keygen RSA-2048 -o rsa.key --pub rsa.pub",
            "keygen ML-KEM-512 -o kem.key --pub kem.pub",
            "keygen X25519 -o x.key --pub x.pub",
            "convert dsa.key -o dsa.expanded --output raw --form expanded",
            "convert kem.key -o kem.expanded --output raw --form expanded",
            "convert kem.key -o kem.expanded.pem --form expanded",
            "sign --key dsa.key --format raw -o dsa.sig message",
            "encapsulate --to kem.pub --ciphertext kem.ct --secret kem.secret",
            "encapsulate --to x.pub --ciphertext x.ct --secret x.secret",
        ] {
            folder.line(line).ok();
        }
        folder.snapshot()
    });
    folder.restore(files);
    folder
}

/// Runs each line under the fault; names those that end otherwise, write anything, or say more than one line.
fn stopped(fault: &str, status: i32, words: &str, lines: &[&str]) {
    let folder = keys();
    let before = folder.snapshot();
    let mut bad = Vec::new();
    for line in lines {
        let run = folder.line(line).fault(fault).stdin("passphrase\n").run();
        let said = run.err();
        let one_line = said.matches('\n').count() == 1
            && said.starts_with("chop: error: ")
            && said.contains(words)
            && run.stdout.is_empty();
        if run.status != status || !one_line || folder.snapshot() != before {
            bad.push(run.to_string());
            folder.restore(&before);
            continue;
        }
        let json = folder
            .line(&format!("--json {line}"))
            .fault(fault)
            .stdin("passphrase\n")
            .ends(status);
        assert!(json.text().contains(words), "{json}");
        assert!(folder.snapshot() == before, "{json}");
    }
    assert!(
        bad.is_empty(),
        "{fault} wants {status}, {words:?}:\n{}",
        bad.join("\n")
    );
}

/// Runs each line under the fault, which it does not meet.
fn untouched(fault: &str, lines: &[&str]) {
    let folder = keys();
    let before = folder.snapshot();
    for line in lines {
        folder.line(line).fault(fault).ok();
        folder.restore(&before);
    }
}

/// Lines that use a key in every way that needs no randomness.
const CERTAIN: &[&str] = &[
    "sign --key dsa.key --format raw --deterministic -o out message",
    "sign --key slh.key --format raw --deterministic -o out message",
    "sign --key ed.key --format raw -o out message",
    "verify --key dsa.pub --format raw --signature dsa.sig message",
    "decapsulate --key kem.key --ciphertext kem.ct --secret out",
    "decapsulate --key x.key --ciphertext x.ct --secret out",
    "convert dsa.key -o out --form both",
    "convert dsa.expanded -o out --input raw-expanded --algorithm ML-DSA-44",
    "convert kem.key -o out --public",
    "inspect dsa.key kem.key kem.pub slh.key ed.pub x.key",
];

/// Lines that draw randomness.
const RANDOM: &[&str] = &[
    "keygen ML-DSA-44 -o out --pub out2",
    "keygen ML-KEM-512 -o out --pub out2",
    "keygen SLH-DSA-SHA2-128f -o out",
    "keygen Ed25519 -o out",
    "keygen ECDSA-P256-SHA256 -o out",
    "keygen X25519 -o out",
    "keygen ECDH-P256 -o out",
    "keygen RSA-2048 -o out",
    "keygen ML-DSA-44",
    "sign --key dsa.key --format raw -o out message",
    "sign --key slh.key --format raw -o out message",
    "sign --key ec.key --format raw -o out message",
    "sign --key rsa.key --format raw -o out message",
    "encapsulate --to kem.pub --ciphertext out --secret out2",
    "encapsulate --to x.pub --ciphertext out --secret out2",
    "convert dsa.key -o out --encrypt --passphrase-fd 0",
    "convert dsa.key -o out --output der --encrypt --passphrase-fd 0",
    // An expanded ML-KEM key is tried out when it is read.
    "convert kem.expanded -o out --input raw-expanded --algorithm ML-KEM-512",
    "decapsulate --key kem.expanded.pem --ciphertext kem.ct --secret out",
];

#[test]
fn a_dead_random_source() {
    // `--json` would need a file for the key, so that line stands only here without it.
    let lines: Vec<&str> = RANDOM
        .iter()
        .copied()
        .filter(|line| *line != "keygen ML-DSA-44")
        .collect();
    for (fault, words) in [
        ("random-fails", "randomness: the system has none"),
        ("random-empty", "randomness: the system returned nothing"),
        (
            "random-repeats",
            "randomness: the system returned the same bytes twice",
        ),
    ] {
        let json_words = words.split(": ").nth(1).unwrap();
        stopped(fault, 5, json_words, &lines);
        let run = keys().line("keygen ML-DSA-44").fault(fault).ends(5);
        assert_eq!(run.err(), format!("chop: error: {words}\n"));
        assert!(run.stdout.is_empty());
    }
}

#[test]
fn what_needs_no_randomness_works_without() {
    for fault in ["random-fails", "random-empty", "random-repeats"] {
        untouched(fault, CERTAIN);
    }
}

#[test]
fn a_failing_self_test_stops_everything_that_computes() {
    stopped(
        "self-test",
        70,
        "self-test of ",
        &[
            "self-test",
            "keygen ML-DSA-44 -o out --pub out2",
            "keygen ML-KEM-512 -o out",
            "keygen Ed25519 -o out",
            "keygen RSA-2048 -o out",
            "sign --key dsa.key --format raw -o out message",
            "sign --key slh.key --format raw --deterministic -o out message",
            "sign --key ec.key --format raw -o out message",
            "verify --key dsa.pub --format raw --signature dsa.sig message",
            "verify --key dsa.pub --format raw --signature dsa.sig --explain message",
            "encapsulate --to kem.pub --ciphertext out --secret out2",
            "encapsulate --to x.pub --ciphertext out --secret out2",
            "decapsulate --key kem.key --ciphertext kem.ct --secret out",
            "decapsulate --key x.key --ciphertext x.ct --secret out",
            "convert dsa.key -o out",
            "convert dsa.key -o out --public",
            "convert kem.pub -o out --output der",
            "convert dsa.expanded -o out --input raw-expanded --algorithm ML-DSA-44",
        ],
    );
    untouched(
        "self-test",
        &["algorithms", "--help", "man", "completions bash"],
    );
}

fn inspect(fault: &str, files: &str) -> Run {
    let folder = keys();
    let before = folder.snapshot();
    let run = folder.line(&format!("inspect {files}")).fault(fault).run();
    assert!(folder.snapshot() == before, "{run}");
    run
}

/// A broken process must not call a good key bad: the fault decides the exit status, as everywhere.
#[test]
fn inspect_does_not_blame_the_file() {
    let mut bad = Vec::new();
    for (fault, files, status) in [
        ("self-test", "dsa.key", 70),
        ("self-test", "dsa.pub", 70),
        ("self-test", "kem.pub", 70),
        ("self-test", "dsa.expanded", 70),
        ("self-test", "kem.expanded", 70),
        ("self-test", "message dsa.key", 70),
        ("random-fails", "kem.expanded.pem", 5),
        ("random-empty", "kem.expanded", 5),
        ("random-repeats", "kem.expanded.pem", 5),
        // Their self-tests sign, and signatures of these are random.
        ("random-fails", "ec.key", 5),
        ("random-fails", "rsa.pub", 5),
    ] {
        let run = inspect(fault, files);
        if run.status != status {
            bad.push(format!("{fault} wants {status}: {run}"));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn a_failing_pairwise_test_destroys_the_new_key() {
    stopped(
        "pairwise",
        70,
        "pairwise test of a new ",
        &[
            "keygen ML-DSA-44 -o out --pub out2",
            "keygen ML-KEM-512 -o out --pub out2",
            "keygen SLH-DSA-SHA2-128f -o out",
            "keygen Ed25519 -o out",
            "keygen ECDSA-P256-SHA256 -o out",
            "keygen X25519 -o out",
            "keygen ECDH-P256 -o out",
            "keygen RSA-2048 -o out",
            "keygen ML-DSA-44 -o out --encrypt --passphrase-fd 0",
        ],
    );
    untouched("pairwise", CERTAIN);
    untouched(
        "pairwise",
        &["encapsulate --to kem.pub --ciphertext out --secret out2"],
    );
}

#[test]
fn a_refusing_second_opinion_destroys_the_signature() {
    stopped(
        "second-opinion",
        70,
        "second opinion on a ",
        &[
            "sign --key dsa.key --format raw -o out message",
            "sign --key dsa.key --format raw --context pacs -o out message",
            "sign --key dsa.key --format raw --deterministic -o out message",
            "sign --key slh.key --format raw -o out message",
            "sign --key slh.key --format raw --deterministic --context pacs -o out message",
            // A new key signs once.
            "keygen ML-DSA-44 -o out --pub out2",
            "keygen SLH-DSA-SHA2-128f -o out",
        ],
    );
    // Nobody else is asked about a classical signature, or about a secret.
    untouched(
        "second-opinion",
        &[
            "sign --key ed.key --format raw -o out message",
            "sign --key ec.key --format raw -o out message",
            "sign --key rsa.key --format raw -o out message",
            "keygen ML-KEM-512 -o out",
            "encapsulate --to kem.pub --ciphertext out --secret out2",
            "decapsulate --key kem.key --ciphertext kem.ct --secret out",
        ],
    );
}

/// Whichever of two implementations is wrong, nobody is told that a signature holds, or that it does not.
#[test]
fn two_implementations_that_disagree_stop_a_verification() {
    let folder = keys();
    folder.write("long", vec![b'x'; (1 << 20) + 1]);
    for line in [
        "keygen -q MLDSA44-Ed25519-SHA512 -o h.key --pub h.pub",
        "cert self-sign -q --key dsa.key --subject CN=A -o dsa.crt",
        "sign -q --key dsa.key --format raw --context pacs -o context.sig message",
        "sign -q --key dsa.key --format raw -o long.sig long",
        "sign -q --key slh.key --format raw -o slh.sig message",
        "sign -q --key h.key --format raw -o h.sig message",
        "sign -q --key dsa.key --beside message",
        "sign -q --key dsa.key --format jws --beside message",
        "sign -q --key ed.key --format raw -o ed.sig message",
        "sign -q --key dsa.key --attached -o signed.p7m message",
    ] {
        folder.line(line).ok();
    }
    let words = "two implementations disagree about a signature by ";
    for (line, first, second) in [
        (
            "--key dsa.pub --format raw --signature dsa.sig message",
            "valid from chop-verify",
            "invalid from libcrux",
        ),
        // It does not hold, but two that disagree do not say so.
        (
            "--key dsa.pub --format raw --signature context.sig message",
            "invalid from chop-verify",
            "valid from libcrux",
        ),
        (
            "--key dsa.pub --format raw --context pacs --signature context.sig message",
            "valid from chop-verify",
            "invalid from libcrux",
        ),
        (
            "--key dsa.pub --format raw --explain --signature dsa.sig message",
            "valid from chop-verify",
            "invalid from libcrux",
        ),
        (
            "--key dsa.pub --format raw long",
            "valid from chop-verify",
            "invalid from RustCrypto ml-dsa",
        ),
        (
            "--key slh.pub --format raw --signature slh.sig message",
            "valid from RustCrypto slh-dsa",
            "invalid from fips205",
        ),
        (
            "--key h.pub --format raw --signature h.sig message",
            "valid from chop-verify",
            "invalid from libcrux",
        ),
        (
            "--key dsa.pub message",
            "valid from chop-verify",
            "invalid from libcrux",
        ),
        (
            "--trust dsa.crt message",
            "valid from chop-verify",
            "invalid from libcrux",
        ),
        (
            "--key dsa.pub -o out signed.p7m",
            "valid from chop-verify",
            "invalid from libcrux",
        ),
        (
            "--key dsa.pub --format jws message",
            "valid from chop-verify",
            "invalid from libcrux",
        ),
    ] {
        let run = folder
            .line(&format!("verify {line}"))
            .fault("disagreement")
            .ends(70);
        let said = run.err();
        assert!(run.stdout.is_empty() && !folder.exists("out"), "{run}");
        assert_eq!(said.matches('\n').count(), 1, "{run}");
        for part in [words, first, second, "under key "] {
            assert!(said.contains(part), "{part}: {run}");
        }
        let json = folder
            .line(&format!("--json verify {line}"))
            .fault("disagreement")
            .ends(70)
            .json();
        assert_eq!(json["error"]["code"], "self-test", "{line}");
        assert_eq!(json["error"]["expected"], "one answer", "{line}");
        let status = i32::from(line.contains("raw --signature context.sig"));
        folder.line(&format!("verify {line}")).ends(status);
        if folder.exists("out") {
            folder.remove(&["out"]);
        }
    }
    // Of several files the others keep their answers, and the worst counts.
    let run = folder
        .line("verify --key dsa.pub message message")
        .fault("disagreement")
        .ends(70);
    assert_eq!(run.err().matches(words).count(), 2, "{run}");
    // One implementation has nobody to disagree with: classical algorithms, and batches.
    let list = r#"{"file":"message","signature":"dsa.sig","key":"dsa.pub"}"#;
    folder.write("list", list);
    for line in [
        "verify --key ed.pub --format raw --signature ed.sig message",
        "verify --format raw --batch list",
    ] {
        folder.line(line).fault("disagreement").ok();
    }
    untouched(
        "disagreement",
        &["sign --key dsa.key --format raw -o out message"],
    );
}

#[test]
fn a_file_that_should_be_replaced_stays() {
    for (fault, status) in [
        ("self-test", 70),
        ("pairwise", 70),
        ("second-opinion", 70),
        ("random-fails", 5),
        ("random-empty", 5),
        ("random-repeats", 5),
    ] {
        let folder = keys();
        let before = folder.snapshot();
        let line = "keygen ML-DSA-44 -o dsa.key --pub dsa.pub --force";
        folder.line(line).fault(fault).ends(status);
        assert!(folder.snapshot() == before, "{fault}");
    }
}

#[test]
fn a_signature_does_not_leave_by_standard_output() {
    for (fault, status) in [
        ("self-test", 70),
        ("second-opinion", 70),
        ("random-fails", 5),
    ] {
        let run = keys()
            .line("sign --key dsa.key --format raw message")
            .fault(fault)
            .ends(status);
        assert!(run.stdout.is_empty(), "{fault}");
        assert_eq!(run.err().matches('\n').count(), 1, "{run}");
    }
}

#[test]
fn the_story_ends_where_the_fault_is() {
    for (fault, status) in [("self-test", 70), ("pairwise", 70), ("random-fails", 5)] {
        let folder = Folder::new();
        let run = folder.line("quickstart").fault(fault).ends(status);
        assert!(!run.text().contains("Done"), "{run}");
        assert_eq!(run.err().matches('\n').count(), 1, "{run}");
        assert!(!folder.exists("chop-quickstart/payments.key"));
        assert!(!folder.exists("chop-quickstart/pacs008.sig"));
    }
}
