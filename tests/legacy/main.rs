//! Kyber and Dilithium before FIPS 203 and FIPS 204: what they have left behind is read, told apart, and
//! never taken for anything else.
//!
//! `reference` makes keys and signatures of both flavours of Dilithium to the letter of its documents, and gives the
//! known answers of round 3 (`known_answers`); `test-vectors/legacy` has files by other people's software.

#![allow(
    clippy::unwrap_used,
    reason = "a vector file that cannot be read should stop the test"
)]

mod certificates;
mod cms;
mod containers;
mod faults;
mod files;
mod generator;
mod inspect;
mod known_answers;
mod pairs;
mod read_only;
mod reference;
mod rejection;
mod shared;
mod signatures;
mod wycheproof;

use std::fs;

use chop::policy::Profile;
use chop::{Algorithm, Guard, Policy, SecretBytes};

/// The message of every signature in `test-vectors/legacy`.
const MESSAGE: &[u8] = b"chop self-test";

const KYBER: [Algorithm; 6] = [
    Algorithm::Kyber512R3,
    Algorithm::Kyber768R3,
    Algorithm::Kyber1024R3,
    Algorithm::Kyber512Draft,
    Algorithm::Kyber768Draft,
    Algorithm::Kyber1024Draft,
];

const DILITHIUM: [Algorithm; 6] = [
    Algorithm::Dilithium2R3,
    Algorithm::Dilithium3R3,
    Algorithm::Dilithium5R3,
    Algorithm::Dilithium2Draft,
    Algorithm::Dilithium3Draft,
    Algorithm::Dilithium5Draft,
];

/// The policy under which all of them may be read.
fn reading() -> Guard {
    Guard::new(Policy::built_in(Profile::LegacyRead))
}

/// A file of `test-vectors/legacy`.
fn file(algorithm: Algorithm, extension: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test-vectors/legacy");
    let path = format!("{folder}/{algorithm}.{extension}");
    fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn secret(bytes: &[u8]) -> SecretBytes {
    SecretBytes::copy_of(bytes)
}
