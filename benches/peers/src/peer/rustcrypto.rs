//! `ml-dsa` and `ml-kem` of RustCrypto. The verifying key of the first keeps the expanded matrix.

use std::hint::black_box;

use ml_dsa::{
    ExpandedSigningKey, ExpandedSigningKeyBytes, Keypair, MlDsa44, MlDsa65, MlDsa87, MlDsaParams,
    Signature, SigningKey, VerifyingKey,
};
use ml_kem::{
    B32, Decapsulate, DecapsulationKey, EncapsulationKey, KeyExport, MlKem512, MlKem768, MlKem1024,
};

use super::{Kem, Pair, ParameterSet, Signer};

pub(super) fn signer(set: ParameterSet, pair: &Pair) -> Signer {
    match set {
        ParameterSet::MlDsa44 => signer_of::<MlDsa44>(pair),
        ParameterSet::MlDsa65 => signer_of::<MlDsa65>(pair),
        _ => signer_of::<MlDsa87>(pair),
    }
}

#[expect(
    deprecated,
    reason = "the key comes in its expanded form, as the other peers take it"
)]
fn signer_of<P: MlDsaParams + 'static>(pair: &Pair) -> Signer {
    let private: &ExpandedSigningKeyBytes<P> = pair.private[..].try_into().expect("its length");
    let private = ExpandedSigningKey::<P>::from_expanded(private);
    let key = |public: &[u8]| VerifyingKey::<P>::decode(public.try_into().expect("its length"));
    let verify = |key: &VerifyingKey<P>, message: &[u8], signature: &[u8]| {
        let signature = Signature::<P>::decode(signature.try_into().expect("its length"));
        signature.is_some_and(|signature| key.verify_with_context(message, b"", &signature))
    };
    let public = key(&pair.public);
    Signer {
        name: "RustCrypto",
        generate: Box::new(|| {
            let key = SigningKey::<P>::from_seed(&Default::default());
            black_box(key.verifying_key().encode());
        }),
        sign: Box::new(move |message| {
            let signature = private.sign_deterministic(message, b"");
            black_box(signature.expect("a signature").encode());
        }),
        verify: Box::new(move |public, message, signature| {
            verify(&key(public), message, signature)
        }),
        prepared: Some(Box::new(move |message, signature| {
            verify(&public, message, signature)
        })),
    }
}

macro_rules! kem_of {
    ($set:ty, $pair:ident) => {{
        let key = |public: &[u8]| {
            EncapsulationKey::<$set>::new(public.try_into().expect("its length")).expect("a key")
        };
        let held = DecapsulationKey::<$set>::from_seed(Default::default());
        let public = key(&$pair.public);
        let private = $pair.private.clone();
        Kem {
            name: "RustCrypto",
            generate: Box::new(|| {
                let key = DecapsulationKey::<$set>::from_seed(Default::default());
                black_box(key.encapsulation_key().to_bytes());
            }),
            encapsulate: Box::new(move |public| {
                black_box(key(public).encapsulate_deterministic(&B32::default()));
            }),
            prepared: Some(Box::new(move || {
                black_box(public.encapsulate_deterministic(&B32::default()));
            })),
            decapsulate: Box::new(move |ciphertext| {
                let private = private[..].try_into().expect("its length");
                let key = DecapsulationKey::<$set>::from_expanded(private).expect("a key");
                key.decapsulate(ciphertext.try_into().expect("its length"))
                    .to_vec()
            }),
            decapsulate_prepared: Some(Box::new(move |ciphertext| {
                held.decapsulate(ciphertext.try_into().expect("its length"))
                    .to_vec()
            })),
        }
    }};
}

#[expect(
    deprecated,
    reason = "the key comes in its expanded form, as the other peers take it"
)]
pub(super) fn kem(set: u16, pair: &Pair) -> Kem {
    match set {
        512 => kem_of!(MlKem512, pair),
        768 => kem_of!(MlKem768, pair),
        _ => kem_of!(MlKem1024, pair),
    }
}
