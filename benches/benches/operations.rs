//! Single operations in absolute times, by criterion: `scripts/bench single`. What stands beside what is
//! compared by `scripts/bench` in turns; here numbers of different operations, and of different runs,
//! are not comparable to better than the machine is quiet.

use std::hint::black_box;
use std::num::NonZeroUsize;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use chop::algorithm::Kind;
use chop::{Algorithm, DecapsulationKey, EncapsulationKey, Hash, SigningKey, VerifyingKey, cms};
use chop_verify::{Item, ParameterSet, Path, PreparedKey, verify_batch, verify_once_with_path};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const MESSAGE: [u8; 256] = [0x20; 256];

fn signatures(criterion: &mut Criterion) {
    for row in Algorithm::ALL.iter().copied() {
        // A signature of an SLH-DSA "s" set takes longer than a sample may.
        let slow = row.name().starts_with("SLH-DSA") && row.name().ends_with('s');
        if row.info().kind != Kind::Signature || slow {
            continue;
        }
        let Ok(key) = SigningKey::generate(row) else {
            // Legacy rows are read, never made.
            continue;
        };
        let signature = key.sign(&MESSAGE).expect("a signature");
        let public = key.verifying_key().as_bytes();
        let mut group = criterion.benchmark_group(row.name());
        group.sample_size(10);
        group.bench_function("sign", |bencher| {
            bencher.iter(|| key.sign(black_box(&MESSAGE)).expect("a signature"));
        });
        group.bench_function("verify, key from bytes", |bencher| {
            bencher.iter(|| {
                let key = VerifyingKey::from_bytes(row, black_box(public)).expect("a key");
                key.verify(&MESSAGE, &signature).expect("a verdict")
            });
        });
        group.bench_function("verify, key kept", |bencher| {
            bencher.iter(|| key.verifying_key().verify(black_box(&MESSAGE), &signature));
        });
        // RSA keys take seconds of luck.
        if !row.name().contains("RSA") {
            group.bench_function("generate", |bencher| {
                bencher.iter(|| SigningKey::generate(row).expect("a key"));
            });
        }
    }
}

fn kems(criterion: &mut Criterion) {
    for row in Algorithm::ALL.iter().copied() {
        if row.info().kind == Kind::Signature {
            continue;
        }
        let Ok(key) = DecapsulationKey::generate(row) else {
            continue;
        };
        let public = key.encapsulation_key().as_bytes();
        let (ciphertext, _) = key.encapsulation_key().encapsulate().expect("a secret");
        let mut group = criterion.benchmark_group(row.name());
        group.sample_size(10);
        if !row.name().contains("RSA") {
            group.bench_function("generate", |bencher| {
                bencher.iter(|| DecapsulationKey::generate(row).expect("a key"));
            });
        }
        group.bench_function("encapsulate, key from bytes", |bencher| {
            bencher.iter(|| {
                let key = EncapsulationKey::from_bytes(row, black_box(public)).expect("a key");
                key.encapsulate().expect("a secret")
            });
        });
        group.bench_function("encapsulate, key kept", |bencher| {
            bencher.iter(|| key.encapsulation_key().encapsulate().expect("a secret"));
        });
        group.bench_function("decapsulate", |bencher| {
            bencher.iter(|| key.decapsulate(black_box(&ciphertext)).expect("a secret"));
        });
    }
}

fn verification(criterion: &mut Criterion) {
    for (row, set) in [
        (Algorithm::MlDsa44, ParameterSet::MlDsa44),
        (Algorithm::MlDsa65, ParameterSet::MlDsa65),
        (Algorithm::MlDsa87, ParameterSet::MlDsa87),
    ] {
        let key = SigningKey::generate(row).expect("a key");
        let signature = key.sign(&MESSAGE).expect("a signature");
        let public = key.verifying_key().as_bytes();
        for path in Path::available() {
            let mut group = criterion.benchmark_group(format!("{row}, chop-verify {path}"));
            let prepared = PreparedKey::with_path(path, set, public).expect("a key");
            group.bench_function("prepare", |bencher| {
                bencher.iter(|| PreparedKey::with_path(path, set, black_box(public)));
            });
            group.bench_function("verify, key first seen", |bencher| {
                bencher.iter(|| {
                    verify_once_with_path(path, set, public, black_box(&MESSAGE), b"", &signature)
                });
            });
            group.bench_function("verify, key kept", |bencher| {
                bencher.iter(|| prepared.verify(black_box(&MESSAGE), b"", &signature));
            });
            for size in [8, 64, 1_024] {
                group.throughput(Throughput::Elements(size));
                group.bench_with_input(BenchmarkId::new("batch", size), &size, |bencher, &size| {
                    let item = Item {
                        key: &prepared,
                        message: &MESSAGE,
                        context: b"",
                        signature: &signature,
                    };
                    let items: Vec<Item<'_>> = (0..size).map(|_| item).collect();
                    bencher.iter(|| verify_batch(black_box(&items), NonZeroUsize::MIN));
                });
            }
        }
    }
}

fn messages(criterion: &mut Criterion) {
    let content = vec![0x20; 3_000];
    let key = SigningKey::generate(Algorithm::MlDsa65).expect("a key");
    let signed = cms::sign(&key, &content).expect("a message");
    let mut group = criterion.benchmark_group("CMS, ML-DSA-65, 3,000 bytes");
    group.bench_function("sign", |bencher| {
        bencher.iter(|| cms::sign(&key, black_box(&content)).expect("a message"));
    });
    group.bench_function("verify", |bencher| {
        bencher.iter(|| cms::verify(key.verifying_key(), black_box(&content), &signed));
    });
    group.finish();

    let mut data = vec![0x5a; 1 << 20];
    let mut group = criterion.benchmark_group("one mebibyte");
    group.throughput(Throughput::Bytes(1 << 20));
    for hash in [Hash::Sha256, Hash::Sha512, Hash::Sha3_256, Hash::Shake256] {
        group.bench_function(format!("{hash:?}"), |bencher| {
            bencher.iter(|| hash.of(black_box(&data)));
        });
    }
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[0; 32]).expect("a key"));
    group.bench_function("AES-256-GCM", |bencher| {
        bencher.iter(|| {
            let nonce = Nonce::assume_unique_for_key([0; 12]);
            key.seal_in_place_separate_tag(nonce, Aad::empty(), black_box(&mut data))
        });
    });
}

criterion_group!(all, signatures, kems, verification, messages);
criterion_main!(all);
