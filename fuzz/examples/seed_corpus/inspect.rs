//! Everything that the key doctor may be shown.

use std::io;

use base64ct::{Base64Unpadded, Encoding};
use chop::{Algorithm, Form};
use pkcs8::pkcs5::pbes2::{EncryptionScheme as Cipher, Parameters, Pbkdf2Prf};

use crate::Corpus;
use crate::encrypted::{encrypted, encrypted_info, pbkdf2, scrypt};
use crate::keys::*;
use crate::structures::*;
use crate::text::usual_block;

/// The outer two levels of a certificate or a request around a public key.
fn signed(before: &[&[u8]], spki: &[u8], after: &[u8]) -> Vec<u8> {
    let to_be_signed = tlv(SEQUENCE, &[&before.concat(), spki, after]);
    let algorithm = identifier_of(Algorithm::Ed25519);
    tlv(
        SEQUENCE,
        &[&to_be_signed, &algorithm, &bit_string(&[0; 64])],
    )
}

/// An ML-KEM seed whose second half, z, decodes from the fingerprint in hexadecimal that every report
/// shows, read as base64: z has no part in the public key, so that the fuzzer could choose it so.
fn fingerprint_in_z() -> Vec<u8> {
    let algorithm = Algorithm::MlKem512;
    let fingerprint = public(algorithm).fingerprint().to_string();
    let mut seed = seed(algorithm);
    let z = Base64Unpadded::decode_vec(&fingerprint[..40]).expect("digits are base64");
    seed[34..64].copy_from_slice(&z);
    let contents = tlv(0x80, &[&seed]);
    private_key_info(&identifier_of(algorithm), &contents)
}

pub(crate) fn inspect() -> io::Result<()> {
    let corpus = Corpus::of("inspect")?;
    let algorithm = Algorithm::Ed25519;
    let spki = public(algorithm).to_spki_der();
    let empty = tlv(SEQUENCE, &[]);
    let version = tlv(0xa0, &[&integer(2)]);
    let serial = integer(7);
    let identifier = identifier_of(algorithm);
    let names: [&[u8]; 6] = [&version, &serial, &identifier, &empty, &empty, &empty];
    let certificate = signed(&names, &spki, &[]);
    let unknown = tlv(
        SEQUENCE,
        &[&self::identifier(DILITHIUM3, &[]), &bit_string(&[0; 32])],
    );
    let request = signed(&[&integer(0), &empty], &spki, &tlv(0xa0, &[]));
    let cms = tlv(
        SEQUENCE,
        &[&tlv(OID, &[SIGNED_DATA]), &tlv(0xa0, &[&empty])],
    );
    let ber = [&[SEQUENCE, 0x80], &cms[2..], &[0, 0]].concat();
    for (name, bytes) in [
        ("certificate", certificate.clone()),
        ("certificate-dilithium3", signed(&names, &unknown, &[])),
        ("certificate-v1", signed(&names[1..], &spki, &[])),
        ("certificate-broken-key", signed(&names, &empty, &[])),
        ("request", request.clone()),
        ("cms", cms.clone()),
        ("cms-ber", ber),
        ("pkcs12", tlv(SEQUENCE, &[&integer(3), &cms])),
        ("spki", spki.clone()),
        ("spki-dilithium3", unknown),
        (
            "sec1-no-curve",
            ec_private_key(1, &expanded(Algorithm::EcdsaP256Sha256), &[]),
        ),
        ("pkcs1", expanded(Algorithm::Rsa2048)),
        ("nothing", vec![0]),
        ("text", b"hello".to_vec()),
        ("raw-32", vec![5; 32]),
        ("raw-ml-kem-512", expanded(Algorithm::MlKem512)),
        ("raw-ml-dsa-44", expanded(Algorithm::MlDsa44)),
        (
            "raw-ml-dsa-44-public",
            public(Algorithm::MlDsa44).as_bytes().to_vec(),
        ),
        ("raw-ml-dsa-44-signature", vec![0; 2420]),
        (
            "encrypted",
            encrypted(
                scrypt(16, 8, 1),
                Cipher::Aes256Cbc { iv: [2; 16] },
                &[0; 16],
            ),
        ),
        ("encrypted-over-cap", {
            let kdf = pbkdf2(Pbkdf2Prf::HmacWithSha512, u32::MAX, None);
            encrypted_info(
                Parameters {
                    kdf,
                    encryption: Cipher::Aes256Cbc { iv: [2; 16] },
                },
                &[3; 64],
            )
        }),
    ] {
        corpus.add(name, bytes)?;
    }
    for algorithm in [
        Algorithm::MlKem512,
        Algorithm::MlDsa44,
        Algorithm::SlhDsaShake128f,
        Algorithm::EcdsaP384Sha384,
    ] {
        for form in algorithm.info().forms() {
            corpus.add(
                &format!("{}-{form}", file_name(algorithm)),
                pkcs8_der(algorithm, *form),
            )?;
        }
    }
    let algorithm = Algorithm::MlDsa44;
    corpus.add("ml-kem-512-fingerprint-in-z", fingerprint_in_z())?;
    let oqs = [&*expanded(algorithm), public(algorithm).as_bytes()].concat();
    corpus.add("ml-dsa-44-oqs-pair", {
        private_key_info(&identifier_of(algorithm), &tlv(OCTET_STRING, &[&oqs]))
    })?;
    let mut altered = expanded(algorithm);
    altered[64] ^= 1;
    corpus.add("ml-dsa-44-inconsistent", {
        private_key_info(&identifier_of(algorithm), &tlv(OCTET_STRING, &[&altered]))
    })?;
    corpus.add(
        "jwk-private",
        key(algorithm).to_jwk().expect("has a JOSE name").expose(),
    )?;
    corpus.add(
        "jwk-public",
        public(algorithm).to_jwk().expect("has a JOSE name"),
    )?;
    corpus.add("jwk-okp", r#"{"kty":"OKP","crv":"Ed25519","x":"AAEC"}"#)?;
    let one = usual_block("PUBLIC KEY", &spki);
    let secret = usual_block("PRIVATE KEY", &pkcs8_der(Algorithm::Ed25519, Form::Seed));
    for (name, text) in [
        ("pem-private", secret.clone()),
        ("pem-pair", format!("{secret}{one}")),
        (
            "pem-chain",
            format!(
                "{}{}{}",
                usual_block("CERTIFICATE", &certificate),
                usual_block("CERTIFICATE REQUEST", &request),
                usual_block("CMS", &cms),
            ),
        ),
        (
            "pem-openssh",
            usual_block("OPENSSH PRIVATE KEY", b"openssh-key-v1\0"),
        ),
        ("pem-unknown", usual_block("SOMETHING ELSE", b"something")),
        ("pem-trailing", format!("{one}and so on\n")),
        (
            "pem-label-long",
            usual_block(&"LABEL ".repeat(300), b"something"),
        ),
    ] {
        corpus.add(name, text)?;
    }
    Ok(())
}
