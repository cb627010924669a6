//! The same bytes under another name: other suites, single algorithms, and the composites of earlier
//! drafts, in keys and in CMS.

use ::der::oid::ObjectIdentifier;
use chop::cms::{self, SignedData, Trust};
use chop::{Algorithm, Code, Error, PrivateKey, PublicKey, Result, VerifyingKey, encoding};

use crate::signatures::MESSAGE;
use crate::suite::{Pair, hybrids, read_private, signatures};
use crate::{Matrix, accepted, der};

/// X-Wing and the composite of the same parts have one public key: see `kems`.
fn are_twins(a: Algorithm, b: Algorithm) -> bool {
    let twins = [Algorithm::XWing, Algorithm::MlKem768X25519Sha3_256];
    a != b && twins.contains(&a) && twins.contains(&b)
}

/// Whether a key that was read under another name does what the real one does.
fn stands_for(own: &Pair, public: PublicKey) -> Result<bool> {
    match (&own.key, public) {
        (PrivateKey::Signing(key), PublicKey::Verifying(public)) => {
            let signature = key.sign(MESSAGE)?;
            public.verify(MESSAGE, &signature).map(accepted)
        }
        (PrivateKey::Decapsulation(key), PublicKey::Encapsulation(public)) => {
            let (ciphertext, sent) = public.encapsulate()?;
            key.decapsulate(&ciphertext).map(|secret| secret == sent)
        }
        _ => Ok(false),
    }
}

/// Whether a private key that was read under another name does what the real one does.
fn acts_for(own: &Pair, private: &PrivateKey) -> Result<bool> {
    match (&own.key, private) {
        (PrivateKey::Signing(key), PrivateKey::Signing(other)) => {
            let signature = other.sign(MESSAGE)?;
            key.verifying_key()
                .verify(MESSAGE, &signature)
                .map(accepted)
        }
        (PrivateKey::Decapsulation(key), PrivateKey::Decapsulation(other)) => {
            let (ciphertext, sent) = key.encapsulation_key().encapsulate()?;
            other.decapsulate(&ciphertext).map(|secret| secret == sent)
        }
        _ => Ok(false),
    }
}

#[test]
fn a_key_under_the_name_of_another_algorithm_does_nothing_for_its_own() {
    let mut counts = Vec::new();
    for suite in hybrids() {
        let own = suite.own();
        let mut matrix = Matrix::new(suite.name());
        for other in Algorithm::ALL.iter().filter(|row| **row != suite.algorithm) {
            let oid = other.info().oid;
            let file = der::spki(oid, &own.public);
            let public = match other.is_legacy() {
                // What their identifiers leave open is named.
                true => encoding::read_public_key_as(*other, &file),
                false => encoding::read_public_key(&file),
            };
            let stands = public.and_then(|public| stands_for(own, public));
            let private = read_private(&der::pkcs8(oid, &own.private, None));
            let acts = private.and_then(|private| acts_for(own, &private));
            if are_twins(suite.algorithm, *other) {
                assert!(stands.unwrap());
            } else {
                matrix.refuse(format!("public key as {other}"), stands);
            }
            matrix.refuse(format!("private key as {other}"), acts);
        }
        counts.push(matrix.finish());
    }
    let expected = hybrids().map(|suite| {
        let twins = Algorithm::ALL
            .iter()
            .filter(|row| are_twins(suite.algorithm, **row));
        (suite.name(), 2 * (Algorithm::ALL.len() - 1) - twins.count())
    });
    assert_eq!(Algorithm::ALL.len(), 72);
    assert_eq!(counts, expected.collect::<Vec<_>>());
}

fn in_cms(key: &VerifyingKey, message: &[u8]) -> Result<bool> {
    let data = SignedData::parse(message)?;
    let mut verifying = data.verifying(Trust::Keys(vec![key.clone()]))?;
    verifying.update(MESSAGE)?;
    verifying.finish().map(|outcome| accepted(outcome.verdict))
}

#[test]
fn a_cms_signature_under_the_name_of_another_suite_is_refused() {
    let mut counts = Vec::new();
    for suite in signatures() {
        let own = suite.own();
        let key = own.signing().verifying_key();
        let mut matrix = Matrix::new(suite.name());
        let oid = suite.algorithm.info().oid;
        let message = cms::sign(own.signing(), MESSAGE).unwrap();
        assert!(in_cms(key, &message).unwrap(), "{}", suite.name());
        let (unchanged, places) = der::relabelled(&message, oid, oid);
        assert_eq!(
            (unchanged, places),
            (message.clone(), 1),
            "{}",
            suite.name()
        );
        for other in Algorithm::ALL.iter().filter(|row| **row != suite.algorithm) {
            let (relabelled, _) = der::relabelled(&message, oid, other.info().oid);
            matrix.refuse(format!("as {other}"), in_cms(key, &relabelled));
            // With a key that was relabelled to fit.
            let fitting = PublicKey::from_bytes(*other, &own.public)
                .and_then(PublicKey::into_verifying)
                .and_then(|key| in_cms(&key, &relabelled));
            matrix.refuse(format!("with its key, as {other}"), fitting);
        }
        counts.push(matrix.finish());
    }
    assert_eq!(
        counts,
        signatures()
            .map(|suite| (suite.name(), 2 * (Algorithm::ALL.len() - 1)))
            .collect::<Vec<_>>()
    );
}

/// The arcs under which earlier drafts had their composites: signatures of two eras, and KEMs.
const DRAFT_ERA: [&str; 3] = [
    "2.16.840.1.114027.80.8.1",
    "2.16.840.1.114027.80.9.1",
    "2.16.840.1.114027.80.5.2",
];

fn refused_by_name(error: &Error, oid: ObjectIdentifier) {
    assert_eq!(error.code(), Code::Unsupported, "{error}");
    let text = error.to_string();
    assert!(text.contains(&oid.to_string()), "{text}");
    assert!(text.contains("a composite of an earlier draft"), "{text}");
}

#[test]
fn the_composites_of_earlier_drafts_are_refused_by_name() {
    let mut refused = 0;
    for suite in hybrids() {
        let own = suite.own();
        let real = suite.algorithm.info().oid;
        let message = match &own.key {
            PrivateKey::Signing(key) => Some((key, cms::sign(key, MESSAGE).unwrap())),
            _ => None,
        };
        for arc in DRAFT_ERA {
            for number in [0, 1, 21, 37, 60, 99] {
                let oid = ObjectIdentifier::new(&format!("{arc}.{number}")).unwrap();
                let public = encoding::read_public_key(&der::spki(oid, &own.public));
                refused_by_name(&public.unwrap_err(), oid);
                let private = read_private(&der::pkcs8(oid, &own.private, None));
                refused_by_name(&private.unwrap_err(), oid);
                refused += 2;
                if let Some((key, message)) = &message {
                    let (relabelled, places) = der::relabelled(message, real, oid);
                    assert_eq!(places, 1);
                    let answer = in_cms(key.verifying_key(), &relabelled);
                    refused_by_name(&answer.unwrap_err(), oid);
                    refused += 1;
                }
            }
        }
    }
    assert_eq!(refused, 3 * 6 * (31 * 2 + 18));
}
