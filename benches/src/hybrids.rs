//! Hybrids, beside both of their parts by themselves, by the same implementations. Keys are loaded, and
//! the second opinion on signatures is left out on both sides.

use std::hint::black_box;

use chop::algorithm::Kind;
use chop::testing::{
    TraditionalKem, TraditionalSignature, post_quantum_part, sign_without_second_opinion,
};
use chop::{Algorithm, DecapsulationKey, SigningKey};

use crate::rounds::Row;

/// The bar: what binds the parts together costs no more than this.
const BAR: Option<f64> = Some(1.15);

/// Bytes of a message: about those of a representative, so that hashing it twice is not what the
/// parts take longer for.
const MESSAGE: usize = 200;

/// Operations in one slot: few, because a container that has used up its share of the processor waits
/// for the next tenth of a second, which long slots would always do on the same side.
const SLOT: usize = 3;

/// The time of an ML-DSA signature depends on chance, so that many are needed.
const ROUNDS: usize = 400;

pub fn rows() -> Vec<Row> {
    let hybrids = Algorithm::ALL.iter().copied().filter(|row| row.is_hybrid());
    hybrids
        .flat_map(|hybrid| {
            if hybrid.info().kind == Kind::Signature {
                signature(hybrid)
            } else {
                kem(hybrid)
            }
        })
        .collect()
}

/// A message of its own for each operation.
fn message(round: usize, i: usize) -> Vec<u8> {
    let mut message = vec![0x20; MESSAGE];
    message[..8].copy_from_slice(&(round * 1000 + i).to_le_bytes());
    message
}

fn part_of(hybrid: Algorithm) -> Algorithm {
    post_quantum_part(hybrid).expect("a hybrid has one")
}

fn signature(hybrid: Algorithm) -> [Row; 2] {
    let whole = SigningKey::generate(hybrid).expect("a key");
    let ml_dsa = SigningKey::generate(part_of(hybrid)).expect("a key");
    let traditional = TraditionalSignature::of(&whole).expect("a composite");
    let sign = Row::measure(
        format!("{hybrid} sign"),
        ROUNDS,
        BAR,
        |round| {
            for i in 0..SLOT {
                let message = message(round, i);
                black_box(sign_without_second_opinion(&whole, &message).expect("a signature"));
            }
        },
        |round| {
            for i in 0..SLOT {
                let message = message(round, i);
                black_box(sign_without_second_opinion(&ml_dsa, &message).expect("a signature"));
                black_box(traditional.sign(&message).expect("a signature"));
            }
        },
    );

    let message = message(0, 0);
    let signatures = (
        whole.sign(&message).expect("a signature"),
        ml_dsa.sign(&message).expect("a signature"),
        traditional.sign(&message).expect("a signature"),
    );
    let verify = Row::measure(
        format!("{hybrid} verify"),
        ROUNDS,
        BAR,
        |_| {
            for _ in 0..SLOT {
                let verdict = whole
                    .verifying_key()
                    .verify(black_box(&message), &signatures.0);
                assert!(verdict.expect("a verdict").is_valid());
            }
        },
        |_| {
            for _ in 0..SLOT {
                let verdict = ml_dsa
                    .verifying_key()
                    .verify(black_box(&message), &signatures.1);
                assert!(verdict.expect("a verdict").is_valid());
                let holds = traditional.verify(black_box(&message), &signatures.2);
                assert!(holds.expect("a verdict"));
            }
        },
    );
    [sign, verify]
}

fn kem(hybrid: Algorithm) -> [Row; 2] {
    let whole = DecapsulationKey::generate(hybrid).expect("a key");
    let ml_kem = DecapsulationKey::generate(part_of(hybrid)).expect("a key");
    let traditional = TraditionalKem::of(&whole).expect("a hybrid");
    let encapsulate = Row::measure(
        format!("{hybrid} encapsulate"),
        ROUNDS,
        BAR,
        |_| {
            for _ in 0..SLOT {
                black_box(whole.encapsulation_key().encapsulate().expect("a secret"));
            }
        },
        |_| {
            for _ in 0..SLOT {
                black_box(ml_kem.encapsulation_key().encapsulate().expect("a secret"));
                black_box(traditional.encapsulate().expect("a secret"));
            }
        },
    );

    let ciphertexts = (
        whole.encapsulation_key().encapsulate().expect("a secret").0,
        ml_kem
            .encapsulation_key()
            .encapsulate()
            .expect("a secret")
            .0,
        traditional.encapsulate().expect("a secret").0,
    );
    let decapsulate = Row::measure(
        format!("{hybrid} decapsulate"),
        ROUNDS,
        BAR,
        |_| {
            for _ in 0..SLOT {
                let received = whole.decapsulate(black_box(&ciphertexts.0));
                black_box(received.expect("a secret"));
            }
        },
        |_| {
            for _ in 0..SLOT {
                let received = ml_kem.decapsulate(black_box(&ciphertexts.1));
                black_box(received.expect("a secret"));
                let received = traditional.decapsulate(black_box(&ciphertexts.2));
                black_box(received.expect("a secret"));
            }
        },
    );
    [encapsulate, decapsulate]
}
