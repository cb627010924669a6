//! CMS around a message of 3 KB, beside the bare signature operations that it contains.

use std::hint::black_box;

use chop::{Algorithm, SigningKey, cms};

use crate::rounds::Row;

/// Bytes of a payment message.
const MESSAGE: usize = 3000;

/// What the attributes of a detached signature take: what is really signed.
const ATTRIBUTES: usize = 150;

/// A quarter more; none for Ed25519, whose bare signature takes less than twice the time of hashing
/// the message with SHA-512, as RFC 8419 asks.
fn bar(key: &SigningKey) -> Option<f64> {
    (key.algorithm() != Algorithm::Ed25519).then_some(1.25)
}

/// Operations in one slot, so that a slot is long beside the clock and short beside the noise.
const SLOT: usize = 20;

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for algorithm in [
        Algorithm::MlDsa44,
        Algorithm::MlDsa65,
        Algorithm::MlDsa87,
        Algorithm::EcdsaP256Sha256,
        Algorithm::Ed25519,
        Algorithm::Rsa3072,
        Algorithm::SlhDsaSha2128f,
    ] {
        let key = SigningKey::generate(algorithm).expect("a key");
        let rounds = match algorithm {
            Algorithm::SlhDsaSha2128f => 15,
            Algorithm::Rsa3072 => 40,
            _ => 400,
        };
        let slot = if algorithm == Algorithm::SlhDsaSha2128f {
            2
        } else {
            SLOT
        };
        rows.push(sign(&key, rounds, slot));
        rows.push(verify(&key, rounds, slot));
    }
    rows
}

/// A message of its own for each operation: the time of an ML-DSA signature depends on the message.
fn message(round: usize, i: usize, len: usize) -> Vec<u8> {
    let mut message = vec![0x20; len];
    message[..8].copy_from_slice(&(round * 1000 + i).to_le_bytes());
    message
}

fn sign(key: &SigningKey, rounds: usize, slot: usize) -> Row {
    Row::measure(
        format!("CMS sign, {}", key.algorithm()),
        rounds,
        bar(key),
        |round| {
            for i in 0..slot {
                let message = message(round, i, MESSAGE);
                black_box(cms::sign(key, &message).expect("a signature"));
            }
        },
        |round| {
            for i in 0..slot {
                let message = message(round, i, ATTRIBUTES);
                black_box(key.sign(&message).expect("a signature"));
            }
        },
    )
}

fn verify(key: &SigningKey, rounds: usize, slot: usize) -> Row {
    let whole = message(0, 0, MESSAGE);
    let signed = cms::sign(key, &whole).expect("a signature");
    let short = message(0, 0, ATTRIBUTES);
    let bare = key.sign(&short).expect("a signature");
    let public = key.verifying_key();
    Row::measure(
        format!("CMS verify, {}", key.algorithm()),
        rounds,
        bar(key),
        |_| {
            for _ in 0..slot {
                let verdict = cms::verify(public, black_box(&whole), &signed);
                assert!(verdict.expect("a verdict").is_valid());
            }
        },
        |_| {
            for _ in 0..slot {
                let verdict = public.verify(black_box(&short), &bare);
                assert!(verdict.expect("a verdict").is_valid());
            }
        },
    )
}
