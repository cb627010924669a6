//! Files of Kyber and Dilithium that other people's software has made, through the command: recognised, verified
//! or opened under the policy that says so, and refused as anything else.
#![cfg(feature = "legacy")]
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod batch;
mod certificates;
mod cms;
mod containers;
mod flavours;
mod keyring;
mod made;
mod read;
#[path = "../support/mod.rs"]
mod support;

use std::fs;

use support::{Folder, Run, rows};

const KYBER: [&str; 6] = [
    "Kyber512-R3",
    "Kyber768-R3",
    "Kyber1024-R3",
    "Kyber512-draft",
    "Kyber768-draft",
    "Kyber1024-draft",
];
const DILITHIUM: [&str; 6] = [
    "Dilithium2-R3",
    "Dilithium3-R3",
    "Dilithium5-R3",
    "Dilithium2-draft",
    "Dilithium3-draft",
    "Dilithium5-draft",
];

/// Every file of `test-vectors/legacy`, and the message of the signatures.
fn prepared() -> Folder {
    let folder = Folder::new();
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../test-vectors/legacy");
    for entry in fs::read_dir(vectors).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        folder.write(&name, fs::read(entry.path()).unwrap());
    }
    folder.write("message", "chop self-test");
    folder.write("forged", "chop self-tesu");
    folder
}

/// The standard that came of it.
fn replacement(name: &str) -> &'static str {
    match name.trim_end_matches("-R3").trim_end_matches("-draft") {
        "Kyber512" => "ML-KEM-512",
        "Kyber768" => "ML-KEM-768",
        "Kyber1024" => "ML-KEM-1024",
        "Dilithium2" => "ML-DSA-44",
        "Dilithium3" => "ML-DSA-65",
        _ => "ML-DSA-87",
    }
}

fn flavour(name: &str) -> &'static str {
    if name.ends_with("-R3") {
        "round 3"
    } else {
        "draft"
    }
}

/// On standard error stands the warning that what was read is legacy.
fn marked(run: &Run, name: &str, purpose: &str) {
    let expected = format!("chop: warning: {name} for {purpose}: a legacy algorithm, read only");
    assert!(run.err().starts_with(&expected), "{run}");
    assert!(
        run.err()
            .contains("(rule legacy-is-read of policy legacy-read)"),
        "{run}"
    );
}
/// The identifiers of [`DILITHIUM`].
const IDENTIFIERS: [&str; 6] = [
    "1.3.6.1.4.1.2.267.7.4.4",
    "1.3.6.1.4.1.2.267.7.6.5",
    "1.3.6.1.4.1.2.267.7.8.7",
    "1.3.6.1.4.1.2.267.12.4.4",
    "1.3.6.1.4.1.2.267.12.6.5",
    "1.3.6.1.4.1.2.267.12.8.7",
];

/// PrivateKeyInfo with the private key in an OCTET STRING.
fn pkcs8(oid: &str, private: &[u8]) -> Vec<u8> {
    let contents = element(4, &element(4, private));
    element(
        0x30,
        &[&[2, 1, 0][..], &identifier(oid), &contents].concat(),
    )
}

fn spki(oid: &str, public: &[u8]) -> Vec<u8> {
    let bits = element(3, &[&[0], public].concat());
    element(0x30, &[identifier(oid), bits].concat())
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    match length {
        0..0x80 => [&[tag, low], contents].concat(),
        _ => [&[tag, 0x82, high, low], contents].concat(),
    }
}

/// The AlgorithmIdentifier of `oid`.
fn identifier(oid: &str) -> Vec<u8> {
    let arcs: Vec<u32> = oid.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut encoded = vec![u8::try_from(40 * arcs[0] + arcs[1]).unwrap()];
    for arc in &arcs[2..] {
        if *arc > 127 {
            encoded.extend((1..=2).rev().filter_map(|n| {
                let part = arc >> (7 * n);
                (part > 0).then(|| u8::try_from(part & 0x7f).unwrap() | 0x80)
            }));
        }
        encoded.push(u8::try_from(arc & 0x7f).unwrap());
    }
    element(0x30, &element(6, &encoded))
}

#[test]
fn the_table_has_twelve_rows_that_are_read_alone() {
    let rows = rows();
    let legacy: Vec<_> = rows
        .iter()
        .filter(|row| row["status"] == "legacy")
        .collect();
    assert_eq!(legacy.len(), 12);
    for row in legacy {
        let operations: Vec<_> = row["operations"].as_array().unwrap().iter().collect();
        let expected = if row["signature"].is_null() {
            "decapsulate"
        } else {
            "verify"
        };
        assert_eq!(operations, [expected]);
    }
    let all = Folder::new().line("self-test").ok().text();
    for name in KYBER.iter().chain(&DILITHIUM) {
        assert!(all.contains(&format!("ok  {name}\n")), "{all}");
    }
}
