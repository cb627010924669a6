//! The crates `fips203` and `fips204`.

use std::hint::black_box;

use fips203::traits::{Decaps, Encaps, KeyGen as _, SerDes as _};
use fips204::traits::{KeyGen as _, SerDes as _, Signer as _, Verifier as _};

use super::{Kem, Pair, ParameterSet, Signer, array};

macro_rules! signer_of {
    ($module:ident, $pair:ident) => {{
        use fips204::$module::{KG, PrivateKey, PublicKey};
        let private = PrivateKey::try_from_bytes(array(&$pair.private)).expect("a key");
        let held = PublicKey::try_from_bytes(array(&$pair.public)).expect("a key");
        Signer {
            name: "fips204",
            generate: Box::new(|| {
                black_box(KG::keygen_from_seed(&[0; 32]).0.into_bytes());
            }),
            sign: Box::new(move |message| {
                let signature = private.try_sign_with_seed(&[0; 32], message, b"");
                black_box(signature.expect("a signature"));
            }),
            verify: Box::new(|public, message, signature| {
                let public = PublicKey::try_from_bytes(array(public)).expect("a key");
                public.verify(message, &array(signature), b"")
            }),
            prepared: Some(Box::new(move |message, signature| {
                held.verify(message, &array(signature), b"")
            })),
        }
    }};
}

pub(super) fn signer(set: ParameterSet, pair: &Pair) -> Signer {
    match set {
        ParameterSet::MlDsa44 => signer_of!(ml_dsa_44, pair),
        ParameterSet::MlDsa65 => signer_of!(ml_dsa_65, pair),
        _ => signer_of!(ml_dsa_87, pair),
    }
}

macro_rules! kem_of {
    ($module:ident, $pair:ident) => {{
        use fips203::$module::{CipherText, DecapsKey, EncapsKey, KG};
        let private = $pair.private.clone();
        let held = EncapsKey::try_from_bytes(array(&$pair.public)).expect("a key");
        Kem {
            name: "fips203",
            generate: Box::new(|| {
                black_box(KG::keygen_from_seed([0; 32], [0; 32]).0.into_bytes());
            }),
            encapsulate: Box::new(|public| {
                let public = EncapsKey::try_from_bytes(array(public)).expect("a key");
                black_box(public.encaps_from_seed(&[0; 32]));
            }),
            prepared: Some(Box::new(move || {
                black_box(held.encaps_from_seed(&[0; 32]));
            })),
            decapsulate: Box::new(move |ciphertext| {
                let private = DecapsKey::try_from_bytes(array(&private)).expect("a key");
                let ciphertext = CipherText::try_from_bytes(array(ciphertext)).expect("one");
                let secret = private.try_decaps(&ciphertext).expect("a secret");
                secret.into_bytes().to_vec()
            }),
            decapsulate_prepared: None,
        }
    }};
}

pub(super) fn kem(set: u16, pair: &Pair) -> Kem {
    match set {
        512 => kem_of!(ml_kem_512, pair),
        768 => kem_of!(ml_kem_768, pair),
        _ => kem_of!(ml_kem_1024, pair),
    }
}
