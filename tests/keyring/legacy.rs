//! What came before the standards: of Dilithium the key of a counterparty, to verify with, and nothing else.

use chop::policy::Profile;
use chop::{Algorithm, Code, Guard, Policy, PrivateKey, PublicKey, SecretBytes, Verdict};

use crate::support::{at, name, open, ring, time, wanted};

const KYBER: [Algorithm; 6] = [
    Algorithm::Kyber512R3,
    Algorithm::Kyber768R3,
    Algorithm::Kyber1024R3,
    Algorithm::Kyber512Draft,
    Algorithm::Kyber768Draft,
    Algorithm::Kyber1024Draft,
];
const DILITHIUM: [Algorithm; 6] = [
    Algorithm::Dilithium2R3,
    Algorithm::Dilithium3R3,
    Algorithm::Dilithium5R3,
    Algorithm::Dilithium2Draft,
    Algorithm::Dilithium3Draft,
    Algorithm::Dilithium5Draft,
];

fn reading() -> Guard {
    Guard::new(Policy::built_in(Profile::LegacyRead)).at(time(0))
}

fn file(algorithm: Algorithm, extension: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test-vectors/legacy");
    std::fs::read(format!("{folder}/{algorithm}.{extension}")).unwrap()
}

#[test]
fn nothing_of_kyber_is_kept_whatever_the_policy() {
    let (ring, _) = ring();
    for algorithm in KYBER {
        for guard in [at(0), reading()] {
            let private = SecretBytes::copy_of(&file(algorithm, "key"));
            let private = PrivateKey::from_expanded(algorithm, private).unwrap();
            let public = PublicKey::from_bytes(algorithm, &file(algorithm, "pub")).unwrap();
            for refused in [
                ring.import_private(&name("own"), private, &wanted(), &guard),
                ring.import_public(&name("theirs"), public, &wanted(), &guard),
            ] {
                let error = refused.unwrap_err();
                assert_eq!(error.code(), Code::Policy, "{error}");
                let text = error.to_string();
                assert!(
                    text.contains(algorithm.replacement().unwrap().name()),
                    "{text}"
                );
            }
        }
    }
    assert_eq!(ring.keys().unwrap().len(), 0);
}

#[test]
fn a_counterpartys_key_of_dilithium_verifies_under_the_policy_of_the_day() {
    let (ring, store) = ring();
    for algorithm in DILITHIUM {
        let key = name(&format!("partners/{algorithm}"));
        let public = || PublicKey::from_bytes(algorithm, &file(algorithm, "pub")).unwrap();
        let refused = ring.import_public(&key, public(), &wanted(), &at(0));
        assert_eq!(refused.unwrap_err().code(), Code::Policy);
        let version = ring
            .import_public(&key, public(), &wanted(), &reading())
            .unwrap();
        assert_eq!(version.algorithm, algorithm);

        let (message, signature) = (b"chop self-test", file(algorithm, "sig"));
        for ring in [&ring, &open(&store).unwrap()] {
            for (guard, expected) in [
                (reading(), Verdict::Valid),
                (at(0), Verdict::RefusedByPolicy),
            ] {
                let found = ring.verifying_key(&key, &guard).unwrap();
                assert_eq!(found.versions.len(), 1);
                let (_, key) = &found.versions[0];
                assert_eq!(key.algorithm(), algorithm);
                assert_eq!(key.verify(message, &signature), Ok(expected), "{algorithm}");
            }
        }
        // It never signs, and no next version of it is made.
        assert!(ring.signing_key(&key, &reading()).is_err());
    }
    assert_eq!(ring.keys().unwrap().len(), DILITHIUM.len());
}
