//! A mebibyte hashed and encrypted, and a signed message verified from file to verdict.

use std::hint::black_box;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use chop::{Algorithm, Certificate, Hash, SignOptions, SigningKey, Time, cms};
use chop_verify::MuHasher;
use shake::Shake256;
use shake::digest::{ExtendableOutput, Update, XofReader};

use crate::Report;
#[cfg(feature = "openssl")]
use crate::peer::openssl;
use crate::rounds::{Contender, Group};

const SIZE: usize = 1 << 20;

/// Measures all of it.
pub fn measure(rounds: usize, report: &mut Report) {
    let data = vec![0x5a; SIZE];
    for (hash, name) in [(Hash::Sha256, "SHA-256"), (Hash::Sha512, "SHA-512")] {
        let mut group = Group::new(name, "one mebibyte");
        group.push(Contender::new("chop (AWS-LC)", "", || {
            black_box(hash.of(black_box(&data)));
        }));
        #[cfg(feature = "openssl")]
        {
            let theirs = openssl::hash(name);
            assert_eq!(theirs(&data)[..32], hash.of(&data)[..32]);
            let data = &data;
            group.push(Contender::new("OpenSSL", "", move || {
                black_box(theirs(black_box(data)));
            }));
        }
        report.add(group.measure(rounds));
    }
    report.add(shake256(&data).measure(rounds));
    report.add(aes_256_gcm().measure(rounds));
    report.add(cms_verify().measure(rounds));
}

/// What the hash of a long message costs, for ML-DSA.
fn shake256(data: &[u8]) -> Group<'_> {
    let mut group = Group::new("SHAKE256", "one mebibyte");
    group.push(Contender::new("chop (chop-verify)", "", || {
        let mut hasher = MuHasher::internal(&[0; 64]);
        hasher.update(black_box(data));
        black_box(hasher.finish());
    }));
    group.push(Contender::new("RustCrypto", "", || {
        let mut hash = Shake256::default();
        hash.update(black_box(data));
        let mut output = [0; 64];
        hash.finalize_xof().read(&mut output);
        black_box(output);
    }));
    #[cfg(feature = "openssl")]
    {
        let theirs = openssl::hash("SHAKE256");
        group.push(Contender::new("OpenSSL", "", move || {
            black_box(theirs(black_box(data)));
        }));
    }
    group
}

fn aes_256_gcm() -> Group<'static> {
    let mut group = Group::new("AES-256-GCM", "one mebibyte");
    let key = UnboundKey::new(&AES_256_GCM, &[0; 32]).expect("a key");
    let key = LessSafeKey::new(key);
    let mut data = vec![0x5a; SIZE];
    let seal = move |data: &mut [u8]| {
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), data);
        let mut copy = [0; 16];
        copy.copy_from_slice(tag.expect("a tag").as_ref());
        copy
    };
    #[cfg(feature = "openssl")]
    {
        let theirs = openssl::aes_256_gcm();
        let mut other = data.clone();
        assert_eq!(seal(&mut data), theirs(&mut other));
        assert_eq!(data, other);
        group.push(Contender::new("OpenSSL", "", move || {
            black_box(theirs(&mut other));
        }));
    }
    group.push(Contender::new("chop (AWS-LC)", "", move || {
        black_box(seal(&mut data));
    }));
    group
}

/// A payment message of 3 KB with a detached CMS signature and a certificate in it.
fn cms_verify() -> Group<'static> {
    let key = SigningKey::generate(Algorithm::MlDsa65).expect("a key");
    let content = vec![0x20; 3_000];
    let from = Time::from_unix_seconds(1_795_392_000).expect("a time");
    let validity = from..=from.plus_days(365).expect("a time");
    let certificate =
        Certificate::self_signed(&key, "CN=Payments", validity, &SignOptions::default())
            .expect("a certificate");
    let signer = cms::Signer::with_certificate(&key, &certificate).expect("a signer");
    let mut writer = cms::Signing::new(vec![signer], cms::Options::default()).expect("a message");
    writer.update(&content).expect("content");
    let signed = writer.finish().expect("a message");
    let mut group = Group::new("ML-DSA-65", "CMS verify, from bytes to verdict");
    #[cfg(feature = "openssl")]
    {
        assert!(openssl::cms_verify(&signed, &content));
        let mut other = content.clone();
        other[0] ^= 1;
        assert!(!openssl::cms_verify(&signed, &other));
        let (signed, content) = (signed.clone(), content.clone());
        group.push(Contender::new("OpenSSL", "", move || {
            assert!(openssl::cms_verify(&signed, &content));
        }));
    }
    group.push(Contender::new("chop", "", move || {
        let verdict = cms::verify(key.verifying_key(), &content, &signed);
        assert!(verdict.expect("a verdict").is_valid());
    }));
    group
}
