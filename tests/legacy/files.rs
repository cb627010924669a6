//! Files by other people's software: what each is, and that nothing is left out.

use std::fs;

use chop::{PrivateKey, PublicKey, Verdict};

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
        let mut stream = key.stream(&chop::VerifyOptions::default()).unwrap();
        for part in MESSAGE.chunks(3) {
            stream.update(part).unwrap();
        }
        assert_eq!(stream.finish(&signature), Ok(Verdict::Valid), "{algorithm}");
        let steps = key.explain(MESSAGE, &signature, &chop::VerifyOptions::default());
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

#[test]
fn no_file_is_left_out() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test-vectors/legacy");
    let count = fs::read_dir(folder).unwrap().count();
    assert_eq!(count, 3 * DILITHIUM.len() + 5 * KYBER.len());
}
