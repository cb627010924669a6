//! Hybrids: no other implementation here has them, so that ours stand beside the two parts, each by
//! itself, of AWS-LC, which is the least that a hybrid can be made of.

use std::hint::black_box;

use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey, X25519};
use aws_lc_rs::kem::{Ciphertext, DecapsulationKey as KemPrivateKey, ML_KEM_768};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, ML_DSA_65,
    ML_DSA_65_SIGNING, ParsedPublicKey, PqdsaKeyPair,
};
use chop::{Algorithm, DecapsulationKey, SigningKey};

use crate::Report;
use crate::material::LENGTH;
use crate::rounds::{Contender, Group};

const COMPOSITE: &str = "MLDSA65-ECDSA-P256-SHA512";
const PARTS: &str = "both parts of AWS-LC";

/// Measures all of it.
pub fn measure(rounds: usize, report: &mut Report) {
    for group in composite() {
        report.add(group.measure(rounds));
    }
    for group in x_wing() {
        report.add(group.measure(rounds));
    }
}

fn composite() -> [Group<'static>; 3] {
    let new = || SigningKey::generate(Algorithm::MlDsa65EcdsaP256Sha512).expect("a key");
    let ml_dsa = || PqdsaKeyPair::generate(&ML_DSA_65_SIGNING).expect("a key");
    let ecdsa = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");

    let mut generate = Group::new(COMPOSITE, "key generation");
    generate.push(Contender::new("chop", "with pairwise test", move || {
        black_box(new());
    }));
    generate.push(Contender::new(PARTS, "", move || {
        black_box((ml_dsa(), ecdsa()));
    }));

    let mut message = [0x20; LENGTH];
    let mut number = 0_u64;
    let mut another = move || {
        number += 1;
        message[..8].copy_from_slice(&number.to_le_bytes());
        message
    };
    let mut sign = Group::new(COMPOSITE, "sign");
    let key = new();
    let mut messages = another;
    sign.push(Contender::new(
        "chop",
        "verified before release",
        move || {
            black_box(key.sign(&messages()).expect("a signature"));
        },
    ));
    let (first, second, random) = (ml_dsa(), ecdsa(), SystemRandom::new());
    let mut messages = another;
    sign.push(Contender::new(PARTS, "", move || {
        let (message, mut signature) = (messages(), [0; 3309]);
        first.sign(&message, &mut signature).expect("a signature");
        black_box(second.sign(&random, &message).expect("a signature"));
    }));

    let message = another();
    let mut verify = Group::new(COMPOSITE, "verify");
    let key = new();
    let signature = key.sign(&message).expect("a signature");
    let prepared = key.verifying_key().prepare().expect("a key");
    verify.push(Contender::new("chop", "key kept", move || {
        let verdict = prepared.verify(&message, &signature).expect("a verdict");
        assert!(verdict.is_valid());
    }));
    let (first, second) = (ml_dsa(), ecdsa());
    let mut post_quantum = [0; 3309];
    first
        .sign(&message, &mut post_quantum)
        .expect("a signature");
    let classical = second
        .sign(&SystemRandom::new(), &message)
        .expect("a signature");
    let first = ParsedPublicKey::new(&ML_DSA_65, first.public_key()).expect("a key");
    let second = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, second.public_key()).expect("a key");
    verify.push(Contender::new(PARTS, "key kept", move || {
        assert!(first.verify_sig(&message, &post_quantum).is_ok());
        assert!(second.verify_sig(&message, classical.as_ref()).is_ok());
    }));
    [generate, sign, verify]
}

fn x_wing() -> [Group<'static>; 3] {
    let new = || DecapsulationKey::generate(Algorithm::XWing).expect("a key");
    let ml_kem = || KemPrivateKey::generate(&ML_KEM_768).expect("a key");
    let x25519 = || PrivateKey::generate(&X25519).expect("a key");
    let agree = |key: &PrivateKey, public: &[u8]| {
        let public = UnparsedPublicKey::new(&X25519, public);
        let done = agreement::agree(key, public, aws_lc_rs::error::Unspecified, |secret| {
            black_box(secret[0]);
            Ok(())
        });
        done.expect("a secret");
    };

    let mut generate = Group::new("X-Wing", "key generation");
    generate.push(Contender::new("chop", "with pairwise test", move || {
        black_box(new());
    }));
    generate.push(Contender::new(PARTS, "", move || {
        let (first, second) = (ml_kem(), x25519());
        black_box(first.encapsulation_key().expect("a key"));
        black_box(second.compute_public_key().expect("a key"));
    }));

    let mut encapsulate = Group::new("X-Wing", "encapsulate");
    let key = new();
    let public = key.encapsulation_key().prepare().expect("a key");
    let (ciphertext, _) = public.encapsulate().expect("a secret");
    encapsulate.push(Contender::new("chop", "key kept", move || {
        black_box(public.encapsulate().expect("a secret"));
    }));
    let (first, second) = (ml_kem(), x25519());
    let first_public = first.encapsulation_key().expect("a key");
    let second_public = second.compute_public_key().expect("a key");
    let (theirs, _) = first_public.encapsulate().expect("a secret");
    let theirs = theirs.as_ref().to_vec();
    let other = x25519().compute_public_key().expect("a key");
    encapsulate.push(Contender::new(PARTS, "key kept", move || {
        black_box(first_public.encapsulate().expect("a secret"));
        let ephemeral = x25519();
        black_box(ephemeral.compute_public_key().expect("a key"));
        agree(&ephemeral, second_public.as_ref());
    }));

    let mut decapsulate = Group::new("X-Wing", "decapsulate");
    decapsulate.push(Contender::new("chop", "key kept", move || {
        black_box(key.decapsulate(&ciphertext).expect("a secret"));
    }));
    decapsulate.push(Contender::new(PARTS, "key kept", move || {
        let secret = first.decapsulate(Ciphertext::from(theirs.as_slice()));
        black_box(secret.expect("a secret"));
        agree(&second, other.as_ref());
    }));
    [generate, encapsulate, decapsulate]
}
