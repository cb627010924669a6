//! Files by other people's software: what each is, and that nothing is left out.

use std::fs;
use std::num::NonZeroUsize;

use chop::Algorithm;
use chop::batch::Item;
use chop::{
    Code, PreparedKeys, PrivateKey, PublicKey, SigningKey, Verdict, VerifyOptions, verify_batch,
};

use crate::{DILITHIUM, KYBER, MESSAGE, file, reading, secret};

#[test]
fn every_signature_holds_and_every_ciphertext_opens() {
    for algorithm in DILITHIUM {
        let key = PublicKey::from_bytes(algorithm, &file(algorithm, "pub")).unwrap();
        let key = key.into_verifying().unwrap().under(&reading());
        let signature = file(algorithm, "sig");
        assert_eq!(
            key.verify(MESSAGE, &signature),
            Ok(Verdict::Valid),
            "{algorithm}"
        );
        assert_eq!(key.verify(b"another", &signature), Ok(Verdict::Invalid));
        // In parts, too.
        let mut stream = key.stream(&VerifyOptions::default()).unwrap();
        for part in MESSAGE.chunks(3) {
            stream.update(part).unwrap();
        }
        assert_eq!(stream.finish(&signature), Ok(Verdict::Valid), "{algorithm}");
        let steps = key.explain(MESSAGE, &signature, &VerifyOptions::default());
        assert!(steps.unwrap().iter().all(|step| step.passed), "{algorithm}");
    }
    for algorithm in KYBER {
        let key = PrivateKey::from_expanded(algorithm, secret(&file(algorithm, "key"))).unwrap();
        assert_eq!(key.public_key().as_bytes(), file(algorithm, "pub"));
        let key = key.into_decapsulation().unwrap().under(&reading());
        let opened = key.decapsulate(&file(algorithm, "ct")).unwrap();
        assert_eq!(opened.expose(), file(algorithm, "ss"), "{algorithm}");
    }
}

/// Under a prepared key, by two implementations where there are two, and among many others.
#[test]
fn every_way_of_verifying_gives_the_same_answer() {
    let plain = VerifyOptions::default();
    let current = SigningKey::generate(Algorithm::MlDsa65).unwrap();
    let of_current = current.sign(MESSAGE).unwrap();
    let mut all = Vec::new();
    for algorithm in DILITHIUM {
        let key = PublicKey::from_bytes(algorithm, &file(algorithm, "pub")).unwrap();
        let key = key.into_verifying().unwrap();
        let prepared = key.prepare().unwrap();
        let confirmed = key.with_second_opinion().unwrap();
        let both = prepared.with_second_opinion().unwrap();
        let kept = PreparedKeys::new(NonZeroUsize::MIN);
        let kept = kept.prepare(&key).unwrap();
        for key in [key, prepared, confirmed, both, kept] {
            let signature = file(algorithm, "sig");
            assert_eq!(
                key.verify(MESSAGE, &signature),
                Ok(Verdict::RefusedByPolicy)
            );
            let mut taken = key.stream(&plain).unwrap();
            taken.update(MESSAGE).unwrap();
            assert_eq!(taken.finish(&signature), Ok(Verdict::RefusedByPolicy));
            // Over nothing but mu a flavour says nothing.
            let error = key.verify_mu(&[0; 64], &signature, &plain).unwrap_err();
            assert_eq!(error.code(), Code::Usage);
            let reads = key.clone().under(&reading());
            assert_eq!(reads.verify(MESSAGE, &signature), Ok(Verdict::Valid));
            let mut taken = reads.stream(&plain).unwrap();
            taken.update(MESSAGE).unwrap();
            assert_eq!(taken.finish(&signature), Ok(Verdict::Valid));
            all.push((key, signature.clone(), MESSAGE, Verdict::RefusedByPolicy));
            all.push((reads.clone(), signature.clone(), MESSAGE, Verdict::Valid));
            all.push((reads, signature, b"another", Verdict::Invalid));
            let own = current.verifying_key().prepare().unwrap();
            all.push((own, of_current.clone(), MESSAGE, Verdict::Valid));
        }
    }
    let items: Vec<Item<'_>> = all
        .iter()
        .map(|(key, signature, message, _)| Item {
            key,
            message,
            signature,
            options: &plain,
        })
        .collect();
    let verdicts = verify_batch(&items, NonZeroUsize::MIN.saturating_add(1));
    assert_eq!(verdicts.len(), 4 * 5 * DILITHIUM.len());
    for (verdict, (key, .., expected)) in verdicts.into_iter().zip(&all) {
        assert_eq!(verdict, Ok(*expected), "{key:?}");
    }
}

/// Kyber and ML-KEM have one string of bytes for a public key: prepared or not, Kyber's receives nothing.
#[test]
fn a_prepared_key_of_kyber_receives_nothing() {
    for algorithm in KYBER {
        let key = PublicKey::from_bytes(algorithm, &file(algorithm, "pub")).unwrap();
        let key = key.into_encapsulation().unwrap();
        for key in [key.prepare().unwrap(), key] {
            for key in [key.clone(), key.under(&reading())] {
                let error = key.encapsulate().unwrap_err();
                assert_eq!(error.code(), Code::Policy, "{algorithm}");
            }
        }
    }
}

#[test]
fn no_file_is_left_out() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test-vectors/legacy");
    let count = fs::read_dir(folder).unwrap().count();
    assert_eq!(count, 3 * DILITHIUM.len() + 5 * KYBER.len());
}
