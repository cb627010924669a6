//! AWS-LC, through aws-lc-rs. It draws its own randomness.

use std::hint::black_box;

use aws_lc_rs::kem::{
    Algorithm, AlgorithmId, Ciphertext, DecapsulationKey, EncapsulationKey, ML_KEM_512, ML_KEM_768,
    ML_KEM_1024,
};
use aws_lc_rs::signature::{
    ML_DSA_44, ML_DSA_44_SIGNING, ML_DSA_65, ML_DSA_65_SIGNING, ML_DSA_87, ML_DSA_87_SIGNING,
    ParsedPublicKey, PqdsaKeyPair, PqdsaSigningAlgorithm, PqdsaVerificationAlgorithm,
    UnparsedPublicKey,
};

use super::{Kem, Pair, ParameterSet, Signer};

fn algorithms(
    set: ParameterSet,
) -> (
    &'static PqdsaSigningAlgorithm,
    &'static PqdsaVerificationAlgorithm,
) {
    match set {
        ParameterSet::MlDsa44 => (&ML_DSA_44_SIGNING, &ML_DSA_44),
        ParameterSet::MlDsa65 => (&ML_DSA_65_SIGNING, &ML_DSA_65),
        _ => (&ML_DSA_87_SIGNING, &ML_DSA_87),
    }
}

pub(super) fn signer(set: ParameterSet, pair: &Pair) -> Signer {
    let (signing, verification) = algorithms(set);
    let key = PqdsaKeyPair::from_raw_private_key(signing, &pair.private).expect("a key");
    let public = ParsedPublicKey::new(verification, &pair.public).expect("a key");
    Signer {
        name: "AWS-LC",
        generate: Box::new(move || {
            black_box(PqdsaKeyPair::generate(signing).expect("a key"));
        }),
        sign: Box::new(move |message| {
            let mut signature = [0; 4627];
            let length = key.sign(message, &mut signature[..signing.signature_len()]);
            black_box(length.expect("a signature"));
        }),
        verify: Box::new(move |public, message, signature| {
            let public = UnparsedPublicKey::new(verification, public);
            public.verify(message, signature).is_ok()
        }),
        prepared: Some(Box::new(move |message, signature| {
            public.verify_sig(message, signature).is_ok()
        })),
    }
}

pub(super) fn kem(set: u16, pair: &Pair) -> Kem {
    let algorithm: &'static Algorithm<AlgorithmId> = match set {
        512 => &ML_KEM_512,
        768 => &ML_KEM_768,
        _ => &ML_KEM_1024,
    };
    let public = EncapsulationKey::new(algorithm, &pair.public).expect("a key");
    let private = pair.private.clone();
    let held = DecapsulationKey::new(algorithm, &private).expect("a key");
    let secret = |key: &DecapsulationKey<AlgorithmId>, ciphertext: &[u8]| {
        let secret = key.decapsulate(Ciphertext::from(ciphertext));
        secret.expect("a secret").as_ref().to_vec()
    };
    Kem {
        name: "AWS-LC",
        generate: Box::new(move || {
            let key = DecapsulationKey::generate(algorithm).expect("a key");
            black_box(key.encapsulation_key().expect("a key"));
        }),
        encapsulate: Box::new(move |public| {
            let public = EncapsulationKey::new(algorithm, public).expect("a key");
            black_box(public.encapsulate().expect("a secret"));
        }),
        prepared: Some(Box::new(move || {
            black_box(public.encapsulate().expect("a secret"));
        })),
        decapsulate: Box::new(move |ciphertext| {
            let key = DecapsulationKey::new(algorithm, &private).expect("a key");
            secret(&key, ciphertext)
        }),
        decapsulate_prepared: Some(Box::new(move |ciphertext| secret(&held, ciphertext))),
    }
}
