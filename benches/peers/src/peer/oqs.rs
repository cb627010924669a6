//! liboqs, through the crate `oqs`. It draws its own randomness, and has no form for a key kept.

use std::hint::black_box;

use oqs::{kem, sig};

use super::{Kem, Pair, ParameterSet, Signer};

pub(super) fn signer(set: ParameterSet, pair: &Pair) -> Signer {
    let algorithm = match set {
        ParameterSet::MlDsa44 => sig::Algorithm::MlDsa44,
        ParameterSet::MlDsa65 => sig::Algorithm::MlDsa65,
        _ => sig::Algorithm::MlDsa87,
    };
    oqs::init();
    let new = move || sig::Sig::new(algorithm).expect("it was built in");
    let (generating, signing, verifying) = (new(), new(), new());
    let private = pair.private.clone();
    Signer {
        name: "liboqs",
        generate: Box::new(move || {
            black_box(generating.keypair().expect("a key"));
        }),
        sign: Box::new(move |message| {
            let private = signing.secret_key_from_bytes(&private).expect("its length");
            black_box(signing.sign(message, private).expect("a signature"));
        }),
        verify: Box::new(move |public, message, signature| {
            let public = verifying.public_key_from_bytes(public).expect("its length");
            let signature = verifying
                .signature_from_bytes(signature)
                .expect("its length");
            verifying.verify(message, signature, public).is_ok()
        }),
        prepared: None,
    }
}

pub(super) fn kem(set: u16, pair: &Pair) -> Kem {
    let algorithm = match set {
        512 => kem::Algorithm::MlKem512,
        768 => kem::Algorithm::MlKem768,
        _ => kem::Algorithm::MlKem1024,
    };
    oqs::init();
    let new = move || kem::Kem::new(algorithm).expect("it was built in");
    let (generating, encapsulating, decapsulating) = (new(), new(), new());
    let private = pair.private.clone();
    Kem {
        name: "liboqs",
        generate: Box::new(move || {
            black_box(generating.keypair().expect("a key"));
        }),
        encapsulate: Box::new(move |public| {
            let public = encapsulating
                .public_key_from_bytes(public)
                .expect("its length");
            black_box(encapsulating.encapsulate(public).expect("a secret"));
        }),
        prepared: None,
        decapsulate: Box::new(move |ciphertext| {
            let private = decapsulating
                .secret_key_from_bytes(&private)
                .expect("its length");
            let ciphertext = decapsulating
                .ciphertext_from_bytes(ciphertext)
                .expect("its length");
            let secret = decapsulating
                .decapsulate(private, ciphertext)
                .expect("a secret");
            secret.into_vec()
        }),
        decapsulate_prepared: None,
    }
}
