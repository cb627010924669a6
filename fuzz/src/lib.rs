//! The bodies of the fuzz targets, one module for each, named after the module of chop that it attacks.
//!
//! The same files serve twice: libFuzzer calls them through `fuzz_targets/`, and
//! `tests/fuzz_corpus.rs` of the library includes them to replay the committed corpus on a stable
//! compiler without any instrumentation. `arguments.rs` needs the command and so stands by itself:
//! `cli/tests/fuzz_arguments.rs` replays it.
//!
//! Each body panics when a rule is broken, and otherwise says whether the input was accepted, so
//! that the replay can tell a corpus that still reaches its goal from one that bounces off.
//!
//! The corpus, the dictionaries and how to regenerate them: `examples/seed_corpus.rs`.
#![allow(
    unreachable_pub,
    reason = "a library here, a private module in tests/fuzz_corpus.rs"
)]

mod common;
mod input;

pub mod audit_export;
pub mod backup;
pub mod certificate;
pub mod cms;
pub mod encrypted_pkcs8;
pub mod hybrid;
pub mod hybrid_keys;
pub mod hybrid_round_trip;
pub mod inspect;
pub mod jwk;
pub mod jws;
pub mod keyring_record;
pub mod keyring_store;
pub mod keyrings;
pub mod legacy_ciphertext;
pub mod legacy_key;
pub mod legacy_public;
pub mod legacy_signature;
pub mod ml_dsa_verify;
pub mod pem;
pub mod pkcs8;
pub mod policy;
pub mod raw;
pub mod sign_verify;
pub mod spki;

/// A target: whether it accepted the input.
pub type Body = fn(&[u8]) -> bool;

/// Every target of this file by its name, which is also that of its corpus.
pub const TARGETS: &[(&str, Body)] = &[
    ("audit_export", audit_export::run),
    ("backup", backup::run),
    ("certificate", certificate::run),
    ("cms", cms::run),
    ("encrypted_pkcs8", encrypted_pkcs8::run),
    ("hybrid", hybrid::run),
    ("hybrid_round_trip", hybrid_round_trip::run),
    ("inspect", inspect::run),
    ("jwk", jwk::run),
    ("jws", jws::run),
    ("keyring_record", keyring_record::run),
    ("keyring_store", keyring_store::run),
    ("legacy_ciphertext", legacy_ciphertext::run),
    ("legacy_key", legacy_key::run),
    ("legacy_public", legacy_public::run),
    ("legacy_signature", legacy_signature::run),
    ("ml_dsa_verify", ml_dsa_verify::run),
    ("pem", pem::run),
    ("pkcs8", pkcs8::run),
    ("policy", policy::run),
    ("raw", raw::run),
    ("sign_verify", sign_verify::run),
    ("spki", spki::run),
];

/// Runs the self-test of every algorithm, each of which otherwise runs before its first use. With
/// instrumentation the slowest take seconds, which would count as a hang of the first input.
#[allow(dead_code, reason = "the replay in cargo test needs no warm-up")]
pub fn warm_up() {
    for algorithm in chop::Algorithm::ALL {
        // The self-test comes before the length is looked at.
        assert!(chop::PublicKey::from_bytes(*algorithm, &[]).is_err());
    }
}
