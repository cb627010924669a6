//! Long messages from a file, beside the digest alone over the same bytes in memory.

use std::fs::File;
use std::hint::black_box;
use std::io::Write;

use aws_lc_rs::digest;
use chop::cms::{Options, SignedData, Signer, Signing, Trust};
use chop::{Algorithm, SignOptions, SigningKey, VerifyOptions};
use chop_verify::MuHasher;

use crate::rounds::Row;

/// Bytes of the message.
const MESSAGE: usize = 256 << 20;

/// Bytes that the digest alone takes at a time.
const PART: usize = 1 << 20;

/// The bar: 0.9 of the speed of the digest alone.
const BAR: Option<f64> = Some(1.0 / 0.9);

const ROUNDS: usize = 7;

pub fn rows() -> Vec<Row> {
    let path = std::env::temp_dir().join(format!("chop-bench-{}", std::process::id()));
    let part: Vec<u8> = (0..=u8::MAX).cycle().take(PART).collect();
    let mut file = File::create_new(&path).expect("a new file");
    for _ in 0..MESSAGE / PART {
        file.write_all(&part).expect("space for the message");
    }
    drop(file);
    let open = || File::open(&path).expect("the file that was written");

    let key = SigningKey::generate(Algorithm::MlDsa65).expect("a key");
    let cms_sign = || {
        let mut signing = Signing::new(vec![Signer::new(&key)], Options::default()).expect("fits");
        signing.update_from(&mut open()).expect("readable");
        signing.finish().expect("a signature")
    };
    let signed = SignedData::parse(&cms_sign()).expect("what was written");
    let cms_verify = || {
        let trust = Trust::Keys(vec![key.verifying_key().clone()]);
        let mut verifying = signed.verifying(trust).expect("fits");
        verifying.update_from(&mut open()).expect("readable");
        assert!(verifying.finish().expect("a verdict").verdict.is_valid());
    };
    let raw_sign = || {
        key.sign_from(&mut open(), &SignOptions::default())
            .expect("a signature")
    };
    let bare = raw_sign();
    let raw_verify = || {
        let verdict =
            key.verifying_key()
                .verify_from(&mut open(), &bare, &VerifyOptions::default());
        assert!(verdict.expect("a verdict").is_valid());
    };
    let sha512 = |_| {
        let mut context = digest::Context::new(&digest::SHA512);
        for _ in 0..MESSAGE / PART {
            context.update(black_box(&part));
        }
        black_box(context.finish());
    };
    let shake256 = |_| {
        let mut hasher = MuHasher::internal(&[0; 64]);
        for _ in 0..MESSAGE / PART {
            hasher.update(black_box(&part));
        }
        black_box(hasher.finish());
    };
    let rows = vec![
        Row::measure(
            "CMS sign 256 MiB, beside SHA-512",
            ROUNDS,
            BAR,
            |_| {
                black_box(cms_sign());
            },
            sha512,
        ),
        Row::measure(
            "CMS verify 256 MiB, beside SHA-512",
            ROUNDS,
            BAR,
            |_| cms_verify(),
            sha512,
        ),
        Row::measure(
            "raw ML-DSA-65 sign 256 MiB, beside SHAKE256",
            ROUNDS,
            BAR,
            |_| {
                black_box(raw_sign());
            },
            shake256,
        ),
        Row::measure(
            "raw ML-DSA-65 verify 256 MiB, beside SHAKE256",
            ROUNDS,
            BAR,
            |_| raw_verify(),
            shake256,
        ),
    ];
    std::fs::remove_file(&path).expect("the file that was written");
    rows
}
