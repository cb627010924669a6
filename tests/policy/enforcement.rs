//! Every door of the library asks its guard, and asks for the right use.

use chop::cms::{self, SignedData, Signer, Trust};
use chop::jws::{self, Jws};
use chop::policy::{Policy, Use};
use chop::{
    Algorithm, Certificate, Code, DecapsulationKey, EncapsulationKey, Error, Form, Guard,
    PrivateKey, PublicKey, SignOptions, SigningKey, Time, Verdict, VerifyOptions, VerifyingKey,
    encoding,
};

use super::{policy, unix};

pub(super) const MESSAGE: &[u8] = b"<Document>a credit transfer</Document>";
const RULE: &str = "tested";
/// 2027-01-01, from which the rules are in force.
pub(super) const EDGE: u64 = 1_798_761_600;

/// What came of trying a door.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    Refused,
}

/// A result that may be an error of the policy and no other error.
pub(super) fn done<T>(result: Result<T, Error>) -> Answer {
    match result {
        Ok(_) => Answer::Done,
        Err(error) => {
            assert_eq!(error.code(), Code::Policy, "{error}");
            assert_eq!(error.code().exit_status(), 4);
            assert_eq!(error.refused_by(), Some(RULE));
            assert!(error.to_string().contains(RULE), "{error}");
            Answer::Refused
        }
    }
}

/// A verdict that is one of two.
pub(super) fn verified(verdict: Result<Verdict, Error>) -> Answer {
    match verdict.unwrap() {
        Verdict::Valid => Answer::Done,
        Verdict::RefusedByPolicy => {
            assert_eq!(Verdict::RefusedByPolicy.exit_status(), 4);
            Answer::Refused
        }
        other => panic!("{other:?}"),
    }
}

/// A door: what is tried under a guard.
pub(super) type Door<'a> = (&'static str, Use, Box<dyn Fn(&Guard) -> Answer + 'a>);

/// A policy that refuses `uses` of everything from [`EDGE`] on.
pub(super) fn refusing(uses: &[Use]) -> Policy {
    let names: Vec<&str> = uses.iter().map(|purpose| purpose.name()).collect();
    policy(&format!(
        "[[rule]]\nname = \"{RULE}\"\nharm = \"harm\"\nfrom = 2027-01-01\nrefuse = true\nuse = {names:?}"
    ))
}

/// Under each door: its use alone refused, all others refused, and a second before either.
pub(super) fn all_ask(doors: Vec<Door<'_>>) {
    for (name, purpose, door) in doors {
        let uses = Use::ALL.iter().copied();
        let others: Vec<Use> = uses.filter(|other| *other != purpose).collect();
        let alone = Guard::new(refusing(&[purpose]));
        let others = Guard::new(refusing(&others));
        for (guard, at, expected) in [
            (&alone, EDGE, Answer::Refused),
            (&alone, EDGE + 1, Answer::Refused),
            (&alone, EDGE - 1, Answer::Done),
            (&others, EDGE, Answer::Done),
        ] {
            assert_eq!(
                door(&guard.clone().at(unix(at))),
                expected,
                "{name} at {at}"
            );
        }
    }
}

fn signing(algorithm: Algorithm, guard: &Guard) -> SigningKey {
    SigningKey::generate_under(algorithm, &lenient())
        .unwrap()
        .under(guard)
}

/// A guard that refuses nothing.
pub(super) fn lenient() -> Guard {
    Guard::new(policy(""))
}

pub(super) fn validity() -> std::ops::RangeInclusive<Time> {
    unix(EDGE - 100)..=unix(EDGE + 100)
}

fn cms_verdict(message: &[u8], trust: Trust) -> Result<cms::Outcome, Error> {
    let data = SignedData::parse(message)?;
    let mut verifying = data.verifying(trust)?;
    verifying.update(MESSAGE)?;
    verifying.finish()
}

#[test]
fn making_and_taking_over_keys_asks() {
    let private = |algorithm| PrivateKey::generate_under(algorithm, &lenient()).unwrap();
    for algorithm in [
        Algorithm::MlDsa65,
        Algorithm::Ed25519,
        Algorithm::MlDsa65Ed25519Sha512,
    ] {
        all_ask(vec![
            (
                "SigningKey::generate_under",
                Use::Generate,
                Box::new(|guard| done(SigningKey::generate_under(algorithm, guard))),
            ),
            (
                "PrivateKey::generate_under",
                Use::Generate,
                Box::new(|guard| done(PrivateKey::generate_under(algorithm, guard))),
            ),
            (
                "PrivateKey::import",
                Use::Import,
                Box::new(|guard| done(private(algorithm).import(guard))),
            ),
            (
                "PublicKey::import",
                Use::Import,
                Box::new(|guard| done(private(algorithm).public_key().import(guard))),
            ),
        ]);
    }
    for algorithm in [Algorithm::MlKem768, Algorithm::EcdhP256, Algorithm::XWing] {
        all_ask(vec![
            (
                "DecapsulationKey::generate_under",
                Use::Generate,
                Box::new(|guard| done(DecapsulationKey::generate_under(algorithm, guard))),
            ),
            (
                "PrivateKey::generate_under",
                Use::Generate,
                Box::new(|guard| done(PrivateKey::generate_under(algorithm, guard))),
            ),
            (
                "PrivateKey::import",
                Use::Import,
                Box::new(|guard| done(private(algorithm).import(guard))),
            ),
            (
                "PublicKey::import",
                Use::Import,
                Box::new(|guard| done(private(algorithm).public_key().import(guard))),
            ),
        ]);
    }
}

#[test]
fn every_way_to_sign_asks() {
    let options = SignOptions::default();
    let large = vec![0; 3 << 20];
    for algorithm in [
        Algorithm::MlDsa65,
        Algorithm::EcdsaP256Sha256,
        Algorithm::MlDsa65Ed25519Sha512,
    ] {
        let key = |guard: &Guard| signing(algorithm, guard);
        all_ask(vec![
            (
                "sign",
                Use::Sign,
                Box::new(|guard| done(key(guard).sign(MESSAGE))),
            ),
            (
                "sign_with",
                Use::Sign,
                Box::new(|guard| done(key(guard).sign_with(MESSAGE, &options))),
            ),
            (
                "stream",
                Use::Sign,
                Box::new(|guard| done(key(guard).stream(&options).map(|_| ()))),
            ),
            (
                "stream, to its end",
                Use::Sign,
                Box::new(|guard| {
                    let key = key(guard);
                    done(key.stream(&options).and_then(|mut stream| {
                        stream.update(MESSAGE)?;
                        stream.finish()
                    }))
                }),
            ),
            (
                "sign_from",
                Use::Sign,
                Box::new(|guard| done(key(guard).sign_from(&mut &*MESSAGE, &options))),
            ),
            (
                "sign_from, in parts",
                Use::Sign,
                Box::new(|guard| done(key(guard).sign_from(&mut &*large, &options))),
            ),
            (
                "cms::sign",
                Use::Sign,
                Box::new(|guard| done(cms::sign(&key(guard), MESSAGE))),
            ),
            (
                "cms::Signing",
                Use::Sign,
                Box::new(|guard| {
                    let key = key(guard);
                    // What the message claims of its time is no way around the edge.
                    let options = cms::Options {
                        signing_time: Some(unix(EDGE - 50)),
                        ..cms::Options::default()
                    };
                    done(
                        cms::Signing::new(vec![Signer::new(&key)], options).and_then(
                            |mut signing| {
                                signing.update(MESSAGE)?;
                                signing.finish()
                            },
                        ),
                    )
                }),
            ),
            (
                "cms::Signing without attributes",
                Use::Sign,
                Box::new(|guard| {
                    let key = key(guard);
                    let options = cms::Options {
                        signed_attributes: false,
                        ..cms::Options::default()
                    };
                    done(
                        cms::Signing::new(vec![Signer::new(&key)], options).and_then(
                            |mut signing| {
                                signing.update(MESSAGE)?;
                                signing.finish()
                            },
                        ),
                    )
                }),
            ),
            (
                "jws::sign",
                Use::Sign,
                Box::new(|guard| done(jws::sign(&key(guard), MESSAGE))),
            ),
            (
                "jws::Signing",
                Use::Sign,
                Box::new(|guard| {
                    let key = key(guard);
                    done(jws::Signing::new(&key, jws::Options::default()).and_then(
                        |mut signing| {
                            signing.update(MESSAGE)?;
                            signing.finish()
                        },
                    ))
                }),
            ),
            (
                "Certificate::self_signed",
                Use::Sign,
                Box::new(|guard| {
                    done(Certificate::self_signed(
                        &key(guard),
                        "CN=Bank",
                        validity(),
                        &options,
                    ))
                }),
            ),
            (
                "sign, of a key that was read",
                Use::Sign,
                Box::new(|guard| {
                    let made = PrivateKey::generate_under(algorithm, &lenient()).unwrap();
                    let form = made.forms()[0];
                    let der = made.to_pkcs8_der(form).unwrap();
                    let read = encoding::read_private_key(der.expose(), &mut || {
                        Err(Error::usage("passphrase"))
                    });
                    let key = read.unwrap().under(guard).into_signing().unwrap();
                    done(key.sign(MESSAGE))
                }),
            ),
        ]);
    }
}

#[test]
fn every_way_to_verify_asks() {
    let options = VerifyOptions::default();
    let large = vec![0; 3 << 20];
    for algorithm in [
        Algorithm::MlDsa65,
        Algorithm::EcdsaP256Sha256,
        Algorithm::MlDsa65Ed25519Sha512,
    ] {
        let signer = signing(algorithm, &lenient());
        let signature = signer.sign(MESSAGE).unwrap();
        let of_large = signer.sign(&large).unwrap();
        let message = cms::sign(&signer, MESSAGE).unwrap();
        let unattributed = {
            let options = cms::Options {
                signed_attributes: false,
                ..cms::Options::default()
            };
            let mut signing = cms::Signing::new(vec![Signer::new(&signer)], options).unwrap();
            signing.update(MESSAGE).unwrap();
            signing.finish().unwrap()
        };
        let jws = jws::sign(&signer, MESSAGE).unwrap();
        let certificate =
            Certificate::self_signed(&signer, "CN=Bank", validity(), &SignOptions::default())
                .unwrap();
        let key = |guard: &Guard| -> VerifyingKey { signer.verifying_key().clone().under(guard) };
        all_ask(vec![
            (
                "verify",
                Use::Verify,
                Box::new(|guard| verified(key(guard).verify(MESSAGE, &signature))),
            ),
            (
                "verify, of the public half of a private key",
                Use::Verify,
                Box::new(|guard| {
                    let key = signing(algorithm, &lenient());
                    let signature = key.sign(MESSAGE).unwrap();
                    verified(key.under(guard).verifying_key().verify(MESSAGE, &signature))
                }),
            ),
            (
                "verify_with",
                Use::Verify,
                Box::new(|guard| verified(key(guard).verify_with(MESSAGE, &signature, &options))),
            ),
            (
                "stream",
                Use::Verify,
                Box::new(|guard| {
                    let key = key(guard);
                    let mut stream = key.stream(&options).unwrap();
                    stream.update(MESSAGE).unwrap();
                    verified(stream.finish(&signature))
                }),
            ),
            (
                "verify_from",
                Use::Verify,
                Box::new(|guard| {
                    verified(key(guard).verify_from(&mut &*MESSAGE, &signature, &options))
                }),
            ),
            (
                "verify_from, in parts",
                Use::Verify,
                Box::new(|guard| {
                    verified(key(guard).verify_from(&mut &*large, &of_large, &options))
                }),
            ),
            (
                "explain",
                Use::Verify,
                Box::new(|guard| {
                    let steps = key(guard).explain(MESSAGE, &signature, &options).unwrap();
                    let [step] = steps.as_slice() else {
                        assert!(steps.iter().all(|step| step.passed));
                        return Answer::Done;
                    };
                    assert_eq!((step.check, step.passed), ("policy", false));
                    assert!(step.detail.contains(RULE));
                    Answer::Refused
                }),
            ),
            (
                "explain_from",
                Use::Verify,
                Box::new(|guard| {
                    let key = key(guard);
                    let (verdict, steps) = key
                        .explain_from(&mut &*MESSAGE, &signature, &options)
                        .unwrap();
                    assert_eq!(steps.iter().all(|step| step.passed), verdict.is_valid());
                    verified(Ok(verdict))
                }),
            ),
            (
                "explain_from, in parts",
                Use::Verify,
                Box::new(|guard| {
                    let key = key(guard);
                    let (verdict, steps) =
                        key.explain_from(&mut &*large, &of_large, &options).unwrap();
                    assert_eq!(steps.iter().all(|step| step.passed), verdict.is_valid());
                    verified(Ok(verdict))
                }),
            ),
            (
                "cms::verify",
                Use::Verify,
                Box::new(|guard| verified(cms::verify(&key(guard), MESSAGE, &message))),
            ),
            (
                "cms, by keys, without attributes",
                Use::Verify,
                Box::new(|guard| {
                    let trust = Trust::Keys(vec![key(guard)]);
                    verified(cms_verdict(&unattributed, trust).map(|outcome| outcome.verdict))
                }),
            ),
            (
                "cms, by keys, explained",
                Use::Verify,
                Box::new(|guard| {
                    let data = SignedData::parse(&message).unwrap();
                    let trust = Trust::Keys(vec![key(guard)]);
                    let mut verifying = data.verifying(trust).unwrap().explained();
                    verifying.update(MESSAGE).unwrap();
                    let outcome = verifying.finish().unwrap();
                    let refused = outcome.verdict == Verdict::RefusedByPolicy;
                    assert_eq!(outcome.signers[0].rule.as_deref(), refused.then_some(RULE));
                    verified(Ok(outcome.verdict))
                }),
            ),
            (
                "cms, by certificates",
                Use::Verify,
                Box::new(|guard| {
                    let trust = Trust::Anchors {
                        certificates: vec![certificate.clone().under(guard)],
                        // The certificate was believed before the edge, too: the clock decides.
                        at: unix(EDGE - 50),
                    };
                    verified(cms_verdict(&message, trust).map(|outcome| outcome.verdict))
                }),
            ),
            (
                "verify, by the key of a certificate",
                Use::Verify,
                Box::new(|guard| {
                    let certificate = certificate.clone().under(guard);
                    let key = certificate.public_key().unwrap().into_verifying().unwrap();
                    verified(key.verify(MESSAGE, &signature))
                }),
            ),
            (
                "jws::verify",
                Use::Verify,
                Box::new(|guard| verified(jws::verify(&key(guard), MESSAGE, jws.as_bytes()))),
            ),
            (
                "Jws::verifying",
                Use::Verify,
                Box::new(|guard| {
                    let (key, jws) = (key(guard), Jws::parse(jws.as_bytes()).unwrap());
                    let mut verifying = jws.verifying(&key, None).unwrap();
                    verifying.update(MESSAGE).unwrap();
                    verified(verifying.finish())
                }),
            ),
        ]);
    }
}

#[test]
fn receiving_and_opening_secrets_asks() {
    for algorithm in [
        Algorithm::MlKem768,
        Algorithm::X25519,
        Algorithm::XWing,
        Algorithm::EcdhP256,
    ] {
        let key = DecapsulationKey::generate_under(algorithm, &lenient()).unwrap();
        let (ciphertext, _) = key.encapsulation_key().encapsulate().unwrap();
        let public = key.encapsulation_key().clone();
        let receiving = |guard: &Guard| -> EncapsulationKey { public.clone().under(guard) };
        let key = std::cell::RefCell::new(Some(key));
        all_ask(vec![
            (
                "encapsulate",
                Use::Receive,
                Box::new(|guard| done(receiving(guard).encapsulate())),
            ),
            (
                "encapsulate, by PublicKey",
                Use::Receive,
                Box::new(|guard| {
                    let key = PublicKey::Encapsulation(public.clone()).under(guard);
                    done(key.into_encapsulation().unwrap().encapsulate())
                }),
            ),
            (
                "encapsulate, to a private key's public half",
                Use::Receive,
                Box::new(|guard| {
                    let under = key.take().unwrap().under(guard);
                    let answer = done(under.encapsulation_key().encapsulate());
                    key.replace(Some(under));
                    answer
                }),
            ),
            (
                "decapsulate",
                Use::Open,
                Box::new(|guard| {
                    let under = key.take().unwrap().under(guard);
                    let answer = done(under.decapsulate(&ciphertext));
                    key.replace(Some(under));
                    answer
                }),
            ),
        ]);
    }
}

#[test]
fn a_certificate_that_a_key_makes_is_under_the_policy_of_the_key() {
    let guard = Guard::new(refusing(&[Use::Verify])).at(unix(EDGE));
    let key = signing(Algorithm::Ed25519, &guard);
    let options = SignOptions::default();
    let certificate = Certificate::self_signed(&key, "CN=Bank", validity(), &options).unwrap();
    let certified = certificate.public_key().unwrap().into_verifying().unwrap();
    let signature = key.sign(MESSAGE).unwrap();
    assert_eq!(
        verified(certified.verify(MESSAGE, &signature)),
        Answer::Refused
    );
    let message = cms::sign(&key, MESSAGE).unwrap();
    let trust = Trust::Anchors {
        certificates: vec![certificate],
        at: unix(EDGE),
    };
    let outcome = cms_verdict(&message, trust).unwrap();
    assert_eq!(outcome.verdict, Verdict::RefusedByPolicy);
}

/// A key on a NIST curve is read as one that signs. As one that agrees it stays under its guard.
#[test]
fn the_twin_of_an_elliptic_key_asks_the_same_guard_for_its_own_uses() {
    for algorithm in [
        Algorithm::EcdsaP256Sha256,
        Algorithm::EcdsaP384Sha384,
        Algorithm::EcdsaP521Sha512,
    ] {
        let made = PrivateKey::generate_under(algorithm, &lenient()).unwrap();
        let der = made.to_pkcs8_der(Form::Expanded).unwrap();
        let private = || {
            let passphrase = &mut || Err(Error::usage("passphrase"));
            encoding::read_private_key(der.expose(), passphrase).unwrap()
        };
        let public = || made.public_key();
        let twin = public().under(&lenient()).into_encapsulation().unwrap();
        let (ciphertext, _) = twin.encapsulate().unwrap();
        all_ask(vec![
            (
                "into_decapsulation",
                Use::Open,
                Box::new(|guard| {
                    let key = private().under(guard).into_decapsulation().unwrap();
                    done(key.decapsulate(&ciphertext))
                }),
            ),
            (
                "into_encapsulation",
                Use::Receive,
                Box::new(|guard| {
                    let key = public().under(guard).into_encapsulation().unwrap();
                    done(key.encapsulate())
                }),
            ),
            (
                "into_decapsulation, its public half",
                Use::Receive,
                Box::new(|guard| {
                    let key = private().under(guard).into_decapsulation().unwrap();
                    done(key.encapsulation_key().encapsulate())
                }),
            ),
        ]);
    }
}

/// Of two signers the policy allows one.
#[test]
fn of_two_signers_of_a_cms_the_refused_one_does_not_count_and_the_other_does() {
    let new = signing(Algorithm::MlDsa65, &lenient());
    let old = signing(Algorithm::EcdsaP256Sha256, &lenient());
    let certificate = |key: &SigningKey, name: &str| {
        Certificate::self_signed(key, name, validity(), &SignOptions::default()).unwrap()
    };
    let (new_holder, old_holder) = (certificate(&new, "CN=New"), certificate(&old, "CN=Old"));
    let options = cms::Options {
        signing_time: Some(unix(EDGE - 50)),
        ..cms::Options::default()
    };
    let signers = vec![Signer::new(&new), Signer::new(&old)];
    let mut both = cms::Signing::new(signers, options).unwrap();
    both.update(MESSAGE).unwrap();
    let message = both.finish().unwrap();
    let guard = Guard::new(policy(&format!(
        "[[rule]]\nname = \"{RULE}\"\nharm = \"harm\"\nfrom = 2027-01-01\n\
         algorithms = [\"classical\"]\nuse = [\"verify\"]\nrefuse = true"
    )));
    for (at, only_old, both_keys) in [
        (EDGE - 1, Verdict::Valid, Verdict::Valid),
        (EDGE, Verdict::RefusedByPolicy, Verdict::RefusedByPolicy),
    ] {
        let guard = guard.clone().at(unix(at));
        let key = |key: &SigningKey| key.verifying_key().clone().under(&guard);
        let holder = |one: &Certificate| one.clone().under(&guard);
        let anchors = |certificates| Trust::Anchors {
            certificates,
            at: unix(EDGE - 50),
        };
        for (trust, expected) in [
            (Trust::Keys(vec![key(&new)]), Verdict::Valid),
            (Trust::Keys(vec![key(&old)]), only_old),
            // Each of the keys must have signed.
            (Trust::Keys(vec![key(&new), key(&old)]), both_keys),
            (Trust::Keys(vec![key(&old), key(&new)]), both_keys),
            // One of the holders must have signed.
            (anchors(vec![holder(&new_holder)]), Verdict::Valid),
            (anchors(vec![holder(&old_holder)]), only_old),
            (
                anchors(vec![holder(&new_holder), holder(&old_holder)]),
                Verdict::Valid,
            ),
            (
                anchors(vec![holder(&old_holder), holder(&new_holder)]),
                Verdict::Valid,
            ),
        ] {
            let shown = format!("{trust:?} at {at}");
            let outcome = cms_verdict(&message, trust).unwrap();
            assert_eq!(outcome.verdict, expected, "{shown}: {}", outcome.reason);
            for signer in &outcome.signers {
                let refused = signer.verdict == Some(Verdict::RefusedByPolicy);
                assert_eq!(signer.rule.as_deref(), refused.then_some(RULE), "{shown}");
                assert_eq!(
                    refused,
                    at == EDGE && signer.algorithm == "ECDSA-P256-SHA256" && signer.key.is_some()
                );
            }
        }
    }
}

/// Where a rule refuses one of two signers, and a signature of either has been altered.
#[test]
fn one_more_rule_never_turns_a_message_that_does_not_hold_into_one_that_does() {
    // By the lengths of their signatures these two are found in the message.
    let algorithms = [Algorithm::MlDsa44, Algorithm::MlDsa65];
    let keys = algorithms.map(|algorithm| signing(algorithm, &lenient()));
    let holders = ["CN=First", "CN=Second"];
    let holders: Vec<Certificate> = keys
        .iter()
        .zip(holders)
        .map(|(key, name)| {
            Certificate::self_signed(key, name, validity(), &SignOptions::default()).unwrap()
        })
        .collect();
    let message = |altered: &[Algorithm], signed_attributes| {
        let options = cms::Options {
            signed_attributes,
            ..cms::Options::default()
        };
        let signers = keys.iter().map(Signer::new).collect();
        let mut signing = cms::Signing::new(signers, options).unwrap();
        signing.update(MESSAGE).unwrap();
        let mut message = signing.finish().unwrap();
        for algorithm in altered {
            let [high, low] = u16::try_from(algorithm.info().output.max())
                .unwrap()
                .to_be_bytes();
            let header = [0x04, 0x82, high, low];
            let found = message.windows(4).position(|window| window == header);
            message[found.unwrap() + header.len()] ^= 1;
        }
        message
    };
    let subsets: [&[Algorithm]; 4] = [&[], &algorithms[..1], &algorithms[1..], &algorithms];
    for (signed_attributes, altered) in [true, false]
        .into_iter()
        .flat_map(|attributes| subsets.map(|altered| (attributes, altered)))
    {
        let message = message(altered, signed_attributes);
        for refused in subsets {
            let rules = refused.iter().map(|algorithm| {
                format!(
                    "[[rule]]\nname = \"no-{algorithm}\"\nharm = \"harm\"\nuse = [\"verify\"]\n\
                     algorithms = [\"{algorithm}\"]\nrefuse = true\n"
                )
            });
            let guard = Guard::new(policy(&rules.collect::<String>()));
            let holders = holders.iter().map(|one| one.clone().under(&guard));
            let anchors = Trust::Anchors {
                certificates: holders.collect(),
                at: unix(EDGE),
            };
            let verifying = keys.iter().map(|key| key.verifying_key().clone());
            let every = Trust::Keys(verifying.map(|key| key.under(&guard)).collect());
            let expected = match (altered.len(), refused.len()) {
                (0, 0) => [Verdict::Valid, Verdict::Valid],
                // One of the holders is enough, while every one of the keys must have signed.
                (0, 1) => [Verdict::Valid, Verdict::RefusedByPolicy],
                (0, _) => [Verdict::RefusedByPolicy, Verdict::RefusedByPolicy],
                _ => [Verdict::Invalid, Verdict::Invalid],
            };
            for (trust, expected) in [anchors, every].into_iter().zip(expected) {
                let outcome = cms_verdict(&message, trust).unwrap();
                let shown = format!("altered {altered:?}, refused {refused:?}");
                assert_eq!(outcome.verdict, expected, "{shown}: {}", outcome.reason);
                for signer in &outcome.signers {
                    let algorithm = Algorithm::from_name(&signer.algorithm).unwrap();
                    let own = match (altered.contains(&algorithm), refused.contains(&algorithm)) {
                        (true, _) => Verdict::Invalid,
                        (false, true) => Verdict::RefusedByPolicy,
                        (false, false) => Verdict::Valid,
                    };
                    assert_eq!(signer.verdict, Some(own), "{shown}: {algorithm}");
                    let rule = format!("no-{algorithm}");
                    let rule = (own == Verdict::RefusedByPolicy).then_some(rule);
                    assert_eq!(signer.rule, rule, "{shown}: {algorithm}");
                }
            }
        }
    }
}

#[test]
fn a_policy_on_contexts_is_asked_with_the_context_of_the_signature() {
    let guard = Guard::new(policy(&format!(
        "[[rule]]\nname = \"{RULE}\"\nharm = \"harm\"\ncontexts = [\"pacs.008\"]"
    )))
    .at(unix(EDGE));
    let key = signing(Algorithm::MlDsa65, &guard);
    for (context, expected) in [
        ("pacs.008", Answer::Done),
        ("pacs.009", Answer::Refused),
        ("", Answer::Refused),
    ] {
        let options = SignOptions {
            context: chop::Context::new(context).unwrap(),
            ..SignOptions::default()
        };
        assert_eq!(
            done(key.sign_with(MESSAGE, &options)),
            expected,
            "{context}"
        );
        let elsewhere = signing(Algorithm::MlDsa65, &lenient());
        let signature = elsewhere.sign_with(MESSAGE, &options).unwrap();
        let public = elsewhere.verifying_key().clone().under(&guard);
        let verdict = public.verify_with(MESSAGE, &signature, &options.for_verification());
        assert_eq!(verified(verdict), expected, "{context}");
    }
}
