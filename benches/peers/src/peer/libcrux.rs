//! libcrux, which Chop computes with. It also makes what the others verify.

use std::hint::black_box;

use libcrux_ml_dsa::{MLDSASignature, MLDSASigningKey, MLDSAVerificationKey};

use super::{Kem, Pair, ParameterSet, Signer, array};

macro_rules! for_set {
    ($set:expr, $module:ident => $work:expr) => {
        match $set {
            ParameterSet::MlDsa44 => {
                use libcrux_ml_dsa::ml_dsa_44 as $module;
                $work
            }
            ParameterSet::MlDsa65 => {
                use libcrux_ml_dsa::ml_dsa_65 as $module;
                $work
            }
            _ => {
                use libcrux_ml_dsa::ml_dsa_87 as $module;
                $work
            }
        }
    };
}

/// The key pair of a seed.
pub fn ml_dsa_pair(set: ParameterSet, seed: [u8; 32]) -> Pair {
    for_set!(set, module => {
        let pair = module::generate_key_pair(seed);
        Pair {
            private: pair.signing_key.as_slice().to_vec(),
            public: pair.verification_key.as_slice().to_vec(),
        }
    })
}

/// A deterministic signature with an empty context.
pub fn ml_dsa_sign(set: ParameterSet, private: &[u8], message: &[u8]) -> Vec<u8> {
    for_set!(set, module => {
        let key = MLDSASigningKey::new(array(private));
        let signature = module::sign(&key, message, b"", [0; 32]).expect("a signature");
        signature.as_slice().to_vec()
    })
}

pub(super) fn signer(set: ParameterSet, pair: &Pair) -> Signer {
    let private = pair.private.clone();
    for_set!(set, module => {
        let key = MLDSASigningKey::new(array(&private));
        Signer {
            name: "libcrux",
            generate: Box::new(|| {
                black_box(module::generate_key_pair([0; 32]));
            }),
            sign: Box::new(move |message| {
                let signature = module::sign(&key, message, b"", [0; 32]);
                black_box(signature.expect("a signature"));
            }),
            verify: Box::new(|public, message, signature| {
                let key = MLDSAVerificationKey::new(array(public));
                let signature = MLDSASignature::new(array(signature));
                module::verify(&key, message, b"", &signature).is_ok()
            }),
            prepared: None,
        }
    })
}

macro_rules! for_kem {
    ($set:expr, $module:ident => $work:expr) => {
        match $set {
            512 => {
                use libcrux_ml_kem::mlkem512 as $module;
                $work
            }
            768 => {
                use libcrux_ml_kem::mlkem768 as $module;
                $work
            }
            _ => {
                use libcrux_ml_kem::mlkem1024 as $module;
                $work
            }
        }
    };
}

/// The key pair of the seed of zeros.
pub fn kem_pair(set: u16) -> Pair {
    for_kem!(set, module => {
        let pair = module::generate_key_pair([0; 64]);
        Pair {
            private: pair.sk().to_vec(),
            public: pair.pk().to_vec(),
        }
    })
}

pub(super) fn kem(set: u16, pair: &Pair) -> Kem {
    let Pair { private, public } = pair.clone();
    for_kem!(set, module => {
        // The unpacked interface leaves the choice of vectors to the caller.
        use module::avx2::unpacked;
        assert!(is_x86_feature_detected!("avx2"), "the unpacked keys measured are those for AVX2");
        let mut unpacked_public = unpacked::init_public_key();
        unpacked::unpacked_public_key(&array(&public).into(), &mut unpacked_public);
        let mut unpacked_pair = unpacked::init_key_pair();
        unpacked::key_pair_from_private_mut(&array(&private).into(), &mut unpacked_pair);
        Kem {
            name: "libcrux",
            generate: Box::new(|| {
                black_box(module::generate_key_pair([0; 64]));
            }),
            encapsulate: Box::new(|public| {
                let public = array(public).into();
                assert!(module::validate_public_key(&public), "a key that is valid");
                black_box(module::encapsulate(&public, [0; 32]));
            }),
            prepared: Some(Box::new(move || {
                black_box(unpacked::encapsulate(&unpacked_public, [0; 32]));
            })),
            decapsulate: Box::new(move |ciphertext| {
                let secret = module::decapsulate(&array(&private).into(), &array(ciphertext).into());
                secret.to_vec()
            }),
            decapsulate_prepared: Some(Box::new(move |ciphertext| {
                unpacked::decapsulate(&unpacked_pair, &array(ciphertext).into()).to_vec()
            })),
        }
    })
}
