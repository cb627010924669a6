//! Implicit rejection: an altered ciphertext is no error, and never gives the true secret, but the one that the
//! documents name.

use aws_lc_rs::digest::{SHA3_256, digest};
use chop::{Algorithm, PrivateKey};
use shake::Shake256;
use shake::digest::{ExtendableOutput, Update, XofReader};

use crate::{KYBER, file, reading, secret};

/// Flipped ciphertexts of each set in each flavour.
const FLIPPED: usize = 10_000;

fn shake256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Shake256::default();
    parts.iter().for_each(|part| hash.update(part));
    let mut output = [0; 32];
    hash.finalize_xof().read(&mut output);
    output
}

/// Round 3: KDF(z ‖ H(c)) (specification 3.0.2, algorithm 9). The draft and FIPS 203: J(z ‖ c).
fn specified(algorithm: Algorithm, private: &[u8], ciphertext: &[u8]) -> [u8; 32] {
    let z = &private[private.len() - 32..];
    match algorithm.name().ends_with("-R3") {
        true => shake256(&[z, digest(&SHA3_256, ciphertext).as_ref()]),
        false => shake256(&[z, ciphertext]),
    }
}

fn flip(algorithm: Algorithm) {
    let (private, right, sent) = (
        file(algorithm, "key"),
        file(algorithm, "ct"),
        file(algorithm, "ss"),
    );
    let key = PrivateKey::from_expanded(algorithm, secret(&private))
        .and_then(PrivateKey::into_decapsulation)
        .unwrap()
        .under(&reading());
    assert_eq!(key.decapsulate(&right).unwrap().expose(), sent);

    let mut altered = right.clone();
    altered[0] ^= 1;
    let rejected = key.decapsulate(&altered).unwrap();
    assert_eq!(
        rejected.expose(),
        file(algorithm, "rejected"),
        "other people's answer"
    );

    let mut tried = 0;
    for number in 0..FLIPPED {
        let mut altered = right.clone();
        let bits = 8 * altered.len();
        // Every bit once, and then in pairs and triples that no two numbers share.
        let mut bit = number % bits;
        for _ in 0..=number / bits {
            altered[bit / 8] ^= 1 << (bit % 8);
            bit = (bit * 7 + 1 + number / bits) % bits;
        }
        if altered == right {
            continue;
        }
        let got = key.decapsulate(&altered).unwrap();
        assert_ne!(got.expose(), sent, "{algorithm} {number}");
        assert_eq!(
            got.expose(),
            specified(algorithm, &private, &altered),
            "{algorithm} {number}"
        );
        tried += 1;
    }
    // What has nothing to do with the key is rejected alike.
    for filler in [0, 0x55, 0xff] {
        let other = vec![filler; right.len()];
        let got = key.decapsulate(&other).unwrap();
        assert_eq!(got.expose(), specified(algorithm, &private, &other));
    }
    assert!(tried >= FLIPPED - 100, "{tried}");
}

#[test]
fn kyber512_r3() {
    flip(KYBER[0]);
}

#[test]
fn kyber768_r3() {
    flip(KYBER[1]);
}

#[test]
fn kyber1024_r3() {
    flip(KYBER[2]);
}

#[test]
fn kyber512_draft() {
    flip(KYBER[3]);
}

#[test]
fn kyber768_draft() {
    flip(KYBER[4]);
}

#[test]
fn kyber1024_draft() {
    flip(KYBER[5]);
}
