//! Nothing is made, whatever the policy, and nothing is read where the policy does not say so.

use chop::policy::{Profile, Use};
use chop::{
    Algorithm, Code, Context, Error, Form, Guard, Policy, PrivateKey, PublicKey, Verdict,
    VerifyOptions, cms, encoding,
};

use crate::{DILITHIUM, KYBER, MESSAGE, file, reading, secret};

/// The error is a refusal that names the standard in the place of `algorithm`.
fn refused(algorithm: Algorithm, error: &Error) {
    assert_eq!(error.code(), Code::Policy, "{error}");
    assert_eq!(error.code().exit_status(), 4);
    assert_eq!(error.refused_by(), Some("read-legacy"), "{error}");
    let text = error.to_string();
    assert!(text.contains(algorithm.name()), "{text}");
    let replacement = algorithm.replacement().unwrap();
    assert!(text.contains(replacement.name()), "{text}");
}

#[test]
fn no_policy_lets_a_key_be_made() {
    let lenient = Policy::from_toml("version = 1\nname = \"all\"\nread-legacy = true").unwrap();
    for algorithm in KYBER.into_iter().chain(DILITHIUM) {
        for guard in [Guard::default(), reading(), Guard::new(lenient.clone())] {
            let error = PrivateKey::generate_under(algorithm, &guard).unwrap_err();
            refused(algorithm, &error);
            for purpose in [Use::Generate, Use::Sign, Use::Receive] {
                let error = guard
                    .check(algorithm, purpose, &Context::empty())
                    .unwrap_err();
                refused(algorithm, &error);
            }
        }
        assert_eq!(algorithm.info().forms(), [Form::Expanded]);
        assert_eq!(algorithm.info().operations().len(), 1);
        assert_eq!(
            PrivateKey::from_seed(algorithm, secret(&[7; 64]))
                .unwrap_err()
                .code(),
            Code::Usage
        );
    }
}

#[test]
fn a_private_key_of_dilithium_signs_nothing() {
    for algorithm in DILITHIUM {
        let private = file(algorithm, "key");
        let error = PrivateKey::from_expanded(algorithm, secret(&private)).unwrap_err();
        refused(algorithm, &error);
        let options = cms::Options::default();
        let error = cms::signature_size(algorithm, &options, 0, None).unwrap_err();
        refused(algorithm, &error);
        assert_eq!(
            PrivateKey::from_expanded(algorithm, secret(&private[1..]))
                .unwrap_err()
                .code(),
            Code::Length
        );
    }
}

#[test]
fn nothing_is_encapsulated_to_kyber_and_no_key_is_written_in_a_container() {
    for algorithm in KYBER {
        let key = PublicKey::from_bytes(algorithm, &file(algorithm, "pub")).unwrap();
        refused(algorithm, &key.to_spki_pem().unwrap_err());
        assert_eq!(key.to_jwk().unwrap_err().code(), Code::Usage);
        let key = key.into_encapsulation().unwrap();
        refused(algorithm, &key.encapsulate().unwrap_err());
        refused(algorithm, &key.under(&reading()).encapsulate().unwrap_err());

        let private =
            PrivateKey::from_expanded(algorithm, secret(&file(algorithm, "key"))).unwrap();
        refused(
            algorithm,
            &private.to_pkcs8_der(Form::Expanded).unwrap_err(),
        );
        refused(
            algorithm,
            &encoding::pkcs8_size(algorithm, Form::Expanded).unwrap_err(),
        );
        assert_eq!(private.forms(), [Form::Expanded]);
        assert_eq!(private.expanded().unwrap().expose(), file(algorithm, "key"));
    }
}

#[test]
fn only_a_policy_that_says_so_lets_anything_be_read() {
    for profile in Profile::ALL.iter().copied() {
        let guard = Guard::new(Policy::built_in(profile));
        let allowed = profile == Profile::LegacyRead;
        for algorithm in DILITHIUM {
            let key = PublicKey::from_bytes(algorithm, &file(algorithm, "pub")).unwrap();
            assert_eq!(key.clone().import(&guard).is_ok(), allowed);
            let key = key.into_verifying().unwrap().under(&guard);
            let verdict = key.verify(MESSAGE, &file(algorithm, "sig")).unwrap();
            let expected = if allowed {
                Verdict::Valid
            } else {
                Verdict::RefusedByPolicy
            };
            assert_eq!(verdict, expected, "{algorithm} {profile:?}");
            let refusal = key.refusal(&VerifyOptions::default()).unwrap();
            assert_eq!(refusal.is_none(), allowed);
            let warnings = guard
                .warnings(algorithm, Use::Verify, &Context::empty())
                .unwrap();
            assert_eq!(warnings.len(), usize::from(allowed), "{warnings:?}");
        }
        for algorithm in KYBER {
            let key =
                PrivateKey::from_expanded(algorithm, secret(&file(algorithm, "key"))).unwrap();
            let key = key.into_decapsulation().unwrap().under(&guard);
            let opened = key.decapsulate(&file(algorithm, "ct"));
            match allowed {
                true => assert_eq!(opened.unwrap().expose(), file(algorithm, "ss")),
                false => {
                    let error = opened.unwrap_err();
                    assert_eq!(error.code(), Code::Policy);
                    assert!(
                        error.to_string().contains("legacy-read lets it be read")
                            || profile != Profile::Hybrid2026
                    );
                }
            }
        }
    }
}

#[test]
fn a_private_key_of_kyber_that_contradicts_itself_is_refused() {
    for algorithm in KYBER {
        let right = file(algorithm, "key");
        let public = file(algorithm, "pub");
        let vector = right.len() - public.len() - 64;
        let import = |bytes: &[u8]| PrivateKey::from_expanded(algorithm, secret(bytes)).map(|_| ());
        assert_eq!(import(&right), Ok(()));
        let altered = |at: usize, bits: u8| {
            let mut bytes = right.clone();
            bytes[at] ^= bits;
            import(&bytes).unwrap_err().code()
        };
        // The secret vector, the public key inside, its hash.
        assert_eq!(altered(0, 1), Code::Inconsistent, "{algorithm}");
        assert_eq!(altered(vector + public.len() - 1, 1), Code::Inconsistent);
        assert_eq!(altered(right.len() - 64, 1), Code::Inconsistent);
        assert_eq!(altered(right.len() - 33, 0x80), Code::Inconsistent);
        // A coefficient that is not below q: of the secret, and of the public key.
        let mut bytes = right.clone();
        bytes[..2].copy_from_slice(&[0xff, 0xff]);
        assert_eq!(import(&bytes).unwrap_err().code(), Code::Inconsistent);
        let mut bytes = public.clone();
        bytes[..2].copy_from_slice(&[0x01, 0x0d]);
        let error = PublicKey::from_bytes(algorithm, &bytes).unwrap_err();
        let expected = format!(
            "{algorithm} public key: expected coefficients below 3329, got a larger one at index 0"
        );
        assert_eq!(error.to_string(), expected);
        // z is in no relation to anything.
        let mut bytes = right.clone();
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(import(&bytes), Ok(()));
        assert_eq!(import(&right[1..]).unwrap_err().code(), Code::Length);
    }
}
