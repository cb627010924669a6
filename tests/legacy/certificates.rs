//! Certificates of pilots: of a key of Dilithium, which has signed it, and of one of Kyber.

use chop::cms::{SignedData, Trust};
use chop::inspect::{What, inspect};
use chop::{Algorithm, Certificate, Code, Guard, Time};

use crate::containers::element;
use crate::pairs::contained;
use crate::reference::{Key, Set};
use crate::signatures::SETS;
use crate::{KYBER, file, reading};

fn identifier(algorithm: Algorithm) -> Vec<u8> {
    let oid = element(6, &[algorithm.info().oid.as_bytes()]);
    element(0x30, &[&oid])
}

/// A certificate of `CN=pilot` for itself, from 2023 to 2033, whose signature `sign` makes.
fn certificate(
    signed_with: Algorithm,
    algorithm: Algorithm,
    public: &[u8],
    sign: impl Fn(&[u8]) -> Vec<u8>,
) -> Certificate {
    let common_name = element(0x30, &[&[6, 3, 0x55, 4, 3], &element(12, &[b"pilot"])]);
    let name = element(0x30, &[&element(0x31, &[&common_name])]);
    let time = |text: &[u8]| element(0x17, &[text]);
    let validity = element(0x30, &[&time(b"230101000000Z"), &time(b"330101000000Z")]);
    let to_be_signed = element(
        0x30,
        &[
            &element(0xa0, &[&[2, 1, 2]]),
            &[2, 1, 7],
            &identifier(signed_with),
            &name,
            &validity,
            &name,
            &contained(algorithm, public),
        ],
    );
    let signature = element(3, &[&[0], &sign(&to_be_signed)]);
    let der = element(0x30, &[&to_be_signed, &identifier(signed_with), &signature]);
    Certificate::from_bytes(&der).unwrap()
}

/// 2026.
fn now() -> Time {
    Time::from_unix_seconds(1_795_392_000).unwrap()
}

#[test]
fn a_certificate_of_dilithium_is_an_anchor_under_the_policy_alone() {
    for (number, flavour, algorithm, _) in SETS {
        let key = Key::new(Set::new(number, flavour), &[number; 32]);
        let by_itself = certificate(algorithm, algorithm, &key.public, |bytes| key.sign(bytes));
        let under = by_itself.clone().under(&reading());
        assert_eq!(under.is_self_signed(), Ok(true), "{algorithm}");
        assert_eq!(under.check_anchor(now()), Ok(()));
        assert_eq!(under.signature_algorithm(), algorithm.name());
        let finding = inspect(under.as_der(), None).unwrap().remove(0);
        assert_eq!(
            (finding.what, finding.algorithm),
            (What::Certificate, Some(algorithm))
        );

        // By the default policy it is not read, and the refusal names that policy.
        for refused in [
            by_itself.is_self_signed().map(|_| ()),
            by_itself.check_anchor(now()),
        ] {
            let error = refused.unwrap_err();
            assert_eq!(error.code(), Code::Policy);
            assert_eq!(error.refused_by(), Some("read-legacy"));
            assert!(error.to_string().contains("policy hybrid-2026"), "{error}");
        }

        // Signed by another key, or another way, it is none.
        let other = Key::new(Set::new(number, flavour), &[9; 32]);
        let by_another = certificate(algorithm, algorithm, &key.public, |bytes| other.sign(bytes));
        assert_eq!(by_another.under(&reading()).is_self_signed(), Ok(false));
        for taken in algorithm.flavours() {
            if taken == algorithm {
                continue;
            }
            let mistaken = certificate(taken, taken, &key.public, |bytes| key.sign(bytes));
            let said = mistaken.under(&reading()).is_self_signed();
            match said {
                Ok(holds) => assert!(!holds, "{algorithm} as {taken}"),
                Err(error) => assert_eq!(error.code(), Code::Length, "{algorithm} as {taken}"),
            }
            let mixed = certificate(taken, algorithm, &key.public, |bytes| key.sign(bytes));
            let error = mixed.under(&reading()).is_self_signed().unwrap_err();
            assert_eq!(error.code(), Code::Unsupported, "{algorithm} as {taken}");
        }
    }
}

#[test]
fn a_certificate_of_kyber_receives_nothing_and_signs_nothing() {
    for algorithm in KYBER {
        let public = file(algorithm, "pub");
        let given = certificate(Algorithm::Dilithium2R3, algorithm, &public, |_| {
            vec![0; 2420]
        });
        for guard in [Guard::default(), reading()] {
            let given = given.clone().under(&guard);
            // As for a key by itself: no question about the flavour, which would change nothing.
            let error = given
                .encapsulation_key()
                .unwrap()
                .encapsulate()
                .unwrap_err();
            assert_eq!(error.code(), Code::Policy, "{error}");
            let replacement = algorithm.replacement().unwrap().name();
            assert!(error.to_string().contains(replacement), "{error}");
            for refused in [
                given.public_key().map(|_| ()),
                given.check_anchor(now()),
                given.fingerprint().map(|_| ()),
            ] {
                let error = refused.unwrap_err();
                assert_eq!(error.code(), Code::WrongKind, "{error}");
                let text = error.to_string();
                assert!(text.contains(algorithm.name()), "{text}");
                assert!(text.contains(algorithm.twin().unwrap().name()), "{text}");
            }
        }
        let finding = inspect(given.as_der(), None).unwrap().remove(0);
        assert_eq!(finding.what, What::Certificate);
        assert!(finding.flavours.contains(&algorithm));
        assert_eq!(finding.flavours.len(), 2);
    }
}

/// A bundle outlives the certificates in it that are not to be believed.
#[test]
fn a_certificate_of_kyber_spoils_no_bundle() {
    let (number, flavour, algorithm, _) = SETS[1];
    let key = Key::new(Set::new(number, flavour), &[number; 32]);
    let good = certificate(algorithm, algorithm, &key.public, |bytes| key.sign(bytes));
    let kyber = certificate(algorithm, KYBER[1], &file(KYBER[1], "pub"), |bytes| {
        key.sign(bytes)
    });
    let data = crate::cms::signed_content(&key, algorithm);
    let data = SignedData::parse(&data).unwrap();
    let certificates = [kyber, good].map(|one| one.under(&reading())).to_vec();
    let trust = Trust::Anchors {
        certificates,
        at: now(),
    };
    let mut verifying = data.verifying(trust).unwrap();
    verifying.update(crate::MESSAGE).unwrap();
    let outcome = verifying.finish().unwrap();
    assert!(outcome.verdict.is_valid(), "{}", outcome.reason);
    assert_eq!(outcome.signers[0].algorithm, algorithm.name());
}
