//! Inputs that are no keys: raw bytes with their algorithm, edits of signatures, command lines.

use std::io;

use chop::Algorithm;
use chop_fuzz::sign_verify::{ALGORITHMS, CASES};

use crate::Corpus;
use crate::keys::*;

pub(crate) fn raw() -> io::Result<()> {
    let corpus = Corpus::of("raw")?;
    for (index, algorithm) in Algorithm::CURRENT.iter().copied().enumerate() {
        let index = u8::try_from(index).expect("fewer rows than bytes");
        let (name, info) = (file_name(algorithm), algorithm.info());
        // They have a corpus of their own.
        if algorithm.is_hybrid() {
            continue;
        }
        if info.seed.is_some() {
            corpus.add(
                &format!("{name}-seed"),
                [&[index, 0], &*seed(algorithm)].concat(),
            )?;
        }
        if info.expanded.is_some() && !is_slow(algorithm) {
            corpus.add(
                &format!("{name}-expanded"),
                [&[index, 1], &*expanded(algorithm)].concat(),
            )?;
        }
        corpus.add(
            &format!("{name}-public"),
            [&[index, 2], public(algorithm).as_bytes()].concat(),
        )?;
    }
    corpus.add("empty", [0, 0])?;
    // RSA-2048 as RSA-4096, the last row but for the legacy ones: right in itself, wrong in size.
    let last = u8::try_from(Algorithm::CURRENT.len() - 1).expect("fewer rows than bytes");
    corpus.add(
        "rsa-4096-too-short",
        [&[last, 1], &*expanded(Algorithm::Rsa2048)].concat(),
    )?;
    corpus.add(
        "rsa-4096-trailing-byte",
        [&[last, 1], &*expanded(Algorithm::Rsa4096), &[0]].concat(),
    )
}

pub(crate) fn sign_verify() -> io::Result<()> {
    let corpus = Corpus::of("sign_verify")?;
    // Number of the edit, then its arguments: `edit` in src/sign_verify.rs.
    let edits: &[(&str, &[u8])] = &[
        ("unedited", &[]),
        ("first-bit", &[0, 0, 0, 0, 0]),
        ("last-byte", &[1, 2, 0xff, 0xff, 0]),
        ("z-bit", &[0, 1, 100, 0, 3]),
        ("hint-repeated", &[2, 2, 0, 0, 1, 0]),
        ("hints-swapped", &[3, 2, 0, 0, 1, 0]),
        ("hint-padding", &[1, 2, 54, 0, 1]),
        ("third-part-zero", &[4, 2, 0]),
        ("third-part-ones", &[4, 2, 0xff]),
        ("coefficient-at-bound", &[5, 7, 0, 0]),
        ("order-added", &[6]),
        ("another-signature", &[7, 1]),
        ("cut", &[8, 0, 0]),
        ("lengthened", &[8, 255, 0]),
        ("message-bit", &[9, 255, 0, 0, 0]),
        ("message-longer", &[9, 64, 0]),
        ("context-byte", &[10, 1, 0]),
        ("context-none", &[10, 0, 0]),
        ("key-bit", &[11, 0, 0, 0]),
        ("there-and-back", &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ];
    for (number, algorithm) in ALGORITHMS.iter().enumerate() {
        let number = u8::try_from(number).expect("a few");
        let slow = algorithm.info().standard == "FIPS 205";
        for (at, (name, edit)) in edits.iter().enumerate() {
            // One set of SLH-DSA gets every edit, the others what differs between them.
            if slow && *algorithm != Algorithm::SlhDsaSha2128f && at > 1 {
                continue;
            }
            let case = u8::try_from(at % CASES.len()).expect("a few");
            corpus.add(
                &format!("{}-{name}", file_name(*algorithm)),
                [&[number, case], *edit].concat(),
            )?;
        }
    }
    Ok(())
}

/// Command lines, with spaces where zero bytes separate the arguments.
pub(crate) const COMMAND_LINES: &[(&str, &str)] = &[
    ("none", ""),
    ("help", "--help"),
    ("version", "-V"),
    ("quickstart", "quickstart bank"),
    ("algorithms-json", "algorithms --json"),
    (
        "keygen",
        "keygen ML-DSA-65 -o payments.key --pub payments.pub",
    ),
    (
        "keygen-encrypt",
        "--passphrase-fd 3 keygen ML-KEM-768 -oagree.key --encrypt --force",
    ),
    ("inspect", "inspect payments.key partner.pem -"),
    ("inspect-passphrase", "inspect --passphrase -q payments.key"),
    ("convert", "convert openssl.key -o seed.pem --form seed"),
    (
        "convert-raw",
        "convert old.bin -o key.pem --input raw-expanded --algorithm ML-KEM-768",
    ),
    (
        "convert-jwk",
        "convert payments.key -o payments.jwk --public --output jwk",
    ),
    (
        "convert-no-algorithm",
        "convert old.bin -o key.pem --input raw-seed",
    ),
    (
        "convert-no-input",
        "convert old.bin -o key.pem --algorithm ML-KEM-768",
    ),
    (
        "sign",
        "sign --key payments.key --format raw -o pacs008.sig pacs008.xml",
    ),
    (
        "sign-context",
        "sign --key k --format=raw --context payments --deterministic -",
    ),
    (
        "sign-two-contexts",
        "sign --key k --format raw --context a --context-hex 61 f",
    ),
    (
        "sign-rsa",
        "sign --key k --format raw --rsa-scheme RSASSA-PKCS1-v1_5-SHA512 f",
    ),
    ("sign-key-twice", "sign --key k --key k --format raw f"),
    (
        "verify",
        "verify --key p --format raw --signature s --explain f",
    ),
    ("verify-no-signature", "verify --key p --format raw f"),
    (
        "encapsulate",
        "encapsulate --to receiver.pub --ciphertext ct.bin --secret ss.bin",
    ),
    (
        "decapsulate",
        "decapsulate --key r --ciphertext ct.bin --secret ss.bin --force",
    ),
    ("self-test", "self-test --json --quiet"),
    ("completions", "completions bash"),
    ("completions-unknown", "completions tcsh"),
    ("man", "man sign"),
    ("command-help", "verify -h"),
    ("unknown-command", "destroy"),
    ("unknown-option", "sign --passphrase=secret"),
    ("json-as-value", "inspect -- --json"),
    ("json-with-value", "algorithms --json=true"),
    ("flag-group", "-qh"),
    ("fd-negative", "--passphrase-fd -1 algorithms"),
    ("fd-too-large", "--passphrase-fd 4294967296 algorithms"),
];

pub(crate) fn arguments() -> io::Result<()> {
    let corpus = Corpus::of("arguments")?;
    for (name, line) in COMMAND_LINES {
        corpus.add(name, line.replace(' ', "\0"))?;
    }
    corpus.add("not-utf8", b"inspect\0\xff\xfe")?;
    corpus.add("not-utf8-option", b"--\xff")?;
    corpus.add("escape", b"\x1b[2J")?;
    corpus.add("escape-option", b"--\x1b[2J")?;
    corpus.add("line-break", b"sign\nmore")
}
