//! Public keys in DER.

use std::io;

use chop::{Algorithm, Form};

use crate::Corpus;
use crate::keys::*;
use crate::structures::*;

pub(crate) fn spki() -> io::Result<()> {
    let corpus = Corpus::of("spki")?;
    for algorithm in distinct() {
        corpus.add(&file_name(algorithm), public(algorithm).to_spki_der())?;
    }
    let info =
        |identifier: &[u8], bits: &[u8]| tlv(SEQUENCE, &[identifier, &tlv(BIT_STRING, &[bits])]);
    let whole = |algorithm: Algorithm, bytes: &[u8]| {
        info(&identifier_of(algorithm), &[&[0], bytes].concat())
    };
    for algorithm in [
        Algorithm::EcdhP256,
        Algorithm::EcdhP384,
        Algorithm::EcdhP521,
    ] {
        let curve = tlv(OID, &[algorithm.info().curve.expect("has one").as_bytes()]);
        let bits = [&[0], public(algorithm).as_bytes()].concat();
        corpus.add(
            &format!("{}-id-ecdh", file_name(algorithm)),
            info(&identifier(ID_EC_DH, &curve), &bits),
        )?;
    }
    let p256 = public(Algorithm::EcdsaP256Sha256);
    let (x, y) = p256.as_bytes()[1..].split_at(32);
    for (name, point) in [
        ("p256-compressed", [&[2], x].concat()),
        ("p256-hybrid", [&[6], x, y].concat()),
        ("p256-off-curve", [&[4], x, x].concat()),
        ("p256-infinity", vec![0]),
        ("p256-zeroes", [&[4], [0; 64].as_slice()].concat()),
    ] {
        corpus.add(name, whole(Algorithm::EcdsaP256Sha256, &point))?;
    }
    let mut above_q = public(Algorithm::MlKem768).as_bytes().to_vec();
    above_q[..3].fill(0xff);
    corpus.add("ml-kem-768-above-q", whole(Algorithm::MlKem768, &above_q))?;
    corpus.add(
        "ml-kem-768-short",
        whole(Algorithm::MlKem768, &above_q[1..]),
    )?;
    corpus.add("ml-dsa-44-zeroes", whole(Algorithm::MlDsa44, &[0; 1312]))?;
    // The identity, encoded: order one on both curves.
    corpus.add(
        "ed25519-small-order",
        whole(Algorithm::Ed25519, &counting_one()),
    )?;
    corpus.add("ed25519-no-point", whole(Algorithm::Ed25519, &[0xff; 32]))?;
    corpus.add("x25519-small-order", whole(Algorithm::X25519, &[0; 32]))?;

    let rsa = |modulus: &[u8], exponent: &[u8]| {
        let bits = tlv(
            SEQUENCE,
            &[&tlv(INTEGER, &[modulus]), &tlv(INTEGER, &[exponent])],
        );
        whole(Algorithm::Rsa2048, &bits)
    };
    let odd = |len: usize| [&[0][..], &vec![0xff; len]].concat();
    let even = [&odd(255)[..], &[0xfe]].concat();
    for (name, der) in [
        ("rsa-2048-ones", rsa(&odd(256), &[1, 0, 1])),
        ("rsa-1024", rsa(&odd(128), &[3])),
        ("rsa-8192", rsa(&odd(1024), &[3])),
        ("rsa-even-modulus", rsa(&even, &[1, 0, 1])),
        ("rsa-exponent-one", rsa(&odd(256), &[1])),
        ("rsa-exponent-even", rsa(&odd(256), &[2])),
        ("rsa-exponent-negative", rsa(&odd(256), &[0x81])),
        ("rsa-modulus-negative", rsa(&[0xff; 256], &[3])),
        (
            "rsa-modulus-padded",
            rsa(&[&[0], odd(256).as_slice()].concat(), &[3]),
        ),
    ] {
        corpus.add(name, der)?;
    }

    let ed25519 = public(Algorithm::Ed25519);
    let plain = ed25519.to_spki_der();
    let oid = Algorithm::Ed25519.info().oid;
    let with = |oid: &[u8], parameters: &[u8]| {
        info(
            &identifier(oid, parameters),
            &[&[0], ed25519.as_bytes()].concat(),
        )
    };
    corpus.add("parameters-null", with(oid.as_bytes(), NULL))?;
    corpus.add("rsassa-pss", with(RSASSA_PSS, NULL))?;
    corpus.add("hash-ml-dsa", with(HASH_ML_DSA_65, &[]))?;
    corpus.add("dilithium3", with(DILITHIUM3, &[]))?;
    corpus.add("unknown-oid", with(&[0x2a, 0x03, 0x04], &[]))?;
    corpus.add("secp256k1", with(ID_EC_PUBLIC_KEY, &tlv(OID, &[SECP256K1])))?;
    corpus.add("unused-bits", {
        info(
            &identifier_of(Algorithm::Ed25519),
            &[&[1], ed25519.as_bytes()].concat(),
        )
    })?;
    corpus.add("trailing-byte", [plain.as_slice(), &[0]].concat())?;
    corpus.add("truncated", &plain[..plain.len() - 1])?;
    corpus.add("long-length", [&[SEQUENCE, 0x81], &plain[1..]].concat())?;
    corpus.add("private-key", pkcs8_der(Algorithm::Ed25519, Form::Seed))
}

fn counting_one() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
}
