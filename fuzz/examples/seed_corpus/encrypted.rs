//! Encrypted private keys in DER.

use std::io;

use chop::{Algorithm, Form};
use chop_fuzz::encrypted_pkcs8::PASSPHRASE;
use pkcs8::der::Encode;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{
    EncryptionScheme as Cipher, Kdf, Parameters, Pbkdf2Params, Pbkdf2Prf, Salt, ScryptParams,
};

use crate::Corpus;
use crate::keys::*;
use crate::structures::*;

pub(crate) fn salt() -> Salt {
    Salt::new([1; 16]).expect("16 bytes fit")
}

pub(crate) fn pbkdf2(prf: Pbkdf2Prf, iteration_count: u32, key_length: Option<u16>) -> Kdf {
    Kdf::Pbkdf2(Pbkdf2Params {
        salt: salt(),
        iteration_count,
        key_length,
        prf,
    })
}

pub(crate) fn scrypt(cost_parameter: u64, block_size: u16, parallelization: u16) -> Kdf {
    Kdf::Scrypt(ScryptParams {
        salt: salt(),
        cost_parameter,
        block_size,
        parallelization,
        key_length: None,
    })
}

pub(crate) fn encrypted(kdf: Kdf, encryption: Cipher, plain: &[u8]) -> Vec<u8> {
    let parameters = Parameters { kdf, encryption };
    let data = parameters
        .encrypt(PASSPHRASE, plain)
        .expect("cheap and supported");
    encrypted_info(parameters, &data)
}

pub(crate) fn encrypted_info(parameters: Parameters, data: &[u8]) -> Vec<u8> {
    let scheme = EncryptionScheme::Pbes2(parameters)
        .to_der()
        .expect("well formed");
    tlv(SEQUENCE, &[&scheme, &tlv(OCTET_STRING, &[data])])
}

pub(crate) fn encrypted_pkcs8() -> io::Result<()> {
    const CBC: Cipher = Cipher::Aes256Cbc { iv: [2; 16] };
    let corpus = Corpus::of("encrypted_pkcs8")?;
    let plain = pkcs8_der(Algorithm::Ed25519, Form::Seed);
    for (name, prf) in [
        ("sha224", Pbkdf2Prf::HmacWithSha224),
        ("sha256", Pbkdf2Prf::HmacWithSha256),
        ("sha384", Pbkdf2Prf::HmacWithSha384),
        ("sha512", Pbkdf2Prf::HmacWithSha512),
    ] {
        corpus.add(
            &format!("pbkdf2-{name}"),
            encrypted(pbkdf2(prf, 10, None), CBC, &plain),
        )?;
    }
    let sha256 = |iterations, key_length| pbkdf2(Pbkdf2Prf::HmacWithSha256, iterations, key_length);
    for (name, cipher) in [
        ("aes-128-cbc", Cipher::Aes128Cbc { iv: [2; 16] }),
        ("aes-192-cbc", Cipher::Aes192Cbc { iv: [2; 16] }),
        ("aes-128-gcm", Cipher::Aes128Gcm { nonce: [2; 12] }),
        ("aes-256-gcm", Cipher::Aes256Gcm { nonce: [2; 12] }),
    ] {
        corpus.add(name, encrypted(sha256(1, None), cipher, &plain))?;
    }
    corpus.add("key-length", encrypted(sha256(1, Some(32)), CBC, &plain))?;
    corpus.add("scrypt", encrypted(scrypt(16, 8, 1), CBC, &plain))?;
    corpus.add("scrypt-parallel", encrypted(scrypt(2, 1, 20), CBC, &plain))?;
    for algorithm in [
        Algorithm::MlDsa44,
        Algorithm::MlKem512,
        Algorithm::EcdsaP256Sha256,
        Algorithm::Rsa2048,
    ] {
        let form = algorithm.info().forms()[0];
        let der = encrypted(sha256(1, None), CBC, &pkcs8_der(algorithm, form));
        corpus.add(&file_name(algorithm), der)?;
    }
    let both = pkcs8_der(Algorithm::MlDsa44, Form::Both);
    corpus.add("ml-dsa-44-both", encrypted(sha256(1, None), CBC, &both))?;

    // What opens and holds something else.
    let public = public(Algorithm::Ed25519).to_spki_der();
    corpus.add("inside-public", encrypted(sha256(1, None), CBC, &public))?;
    corpus.add("inside-nothing", encrypted(sha256(1, None), CBC, &[]))?;
    let nested = encrypted(sha256(1, None), CBC, &plain);
    corpus.add("inside-encrypted", encrypted(sha256(1, None), CBC, &nested))?;

    // What does not open: costs, contradictions, other schemes. The data is never looked at.
    let data = [3; 64];
    for (name, kdf) in [
        ("iterations-zero", sha256(0, None)),
        ("iterations-over-cap", sha256(10_000_001, None)),
        ("iterations-most", sha256(u32::MAX, None)),
        ("key-length-wrong", sha256(1, Some(16))),
        ("sha1", pbkdf2(Pbkdf2Prf::HmacWithSha1, 1, None)),
        ("scrypt-n-zero", scrypt(0, 8, 1)),
        ("scrypt-n-one", scrypt(1, 8, 1)),
        ("scrypt-n-odd", scrypt(3, 8, 1)),
        ("scrypt-n-most", scrypt(u64::MAX, 8, 1)),
        ("scrypt-r-zero", scrypt(16, 0, 1)),
        ("scrypt-p-zero", scrypt(16, 8, 0)),
        ("scrypt-over-memory", scrypt(1 << 18, 16, 1)),
        ("scrypt-over-work", scrypt(1 << 14, 8, 200)),
        ("scrypt-over-memory-by-p", scrypt(2, 128, u16::MAX)),
    ] {
        corpus.add(
            name,
            encrypted_info(
                Parameters {
                    kdf,
                    encryption: CBC,
                },
                &data,
            ),
        )?;
    }
    let kdf = || sha256(1, None);
    let short = Parameters {
        kdf: kdf(),
        encryption: CBC,
    };
    corpus.add("no-data", encrypted_info(short, &[]))?;
    let partial = Parameters {
        kdf: kdf(),
        encryption: CBC,
    };
    corpus.add("partial-block", encrypted_info(partial, &data[..17]))?;
    let tagless = Parameters {
        kdf: kdf(),
        encryption: Cipher::Aes256Gcm { nonce: [2; 12] },
    };
    corpus.add("gcm-no-tag", encrypted_info(tagless, &data[..15]))?;
    let mut altered = encrypted(kdf(), CBC, &plain);
    *altered.last_mut().expect("not empty") ^= 1;
    corpus.add("altered", altered)?;
    // pbeWithMD5AndDES-CBC, RFC 8018 appendix A.3.
    let pbes1 = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x03];
    let parameters = tlv(SEQUENCE, &[&tlv(OCTET_STRING, &[&[1; 8]]), &integer(1)]);
    corpus.add("pbes1", {
        tlv(
            SEQUENCE,
            &[
                &identifier(pbes1, &parameters),
                &tlv(OCTET_STRING, &[&data]),
            ],
        )
    })
}
