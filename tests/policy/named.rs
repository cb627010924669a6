//! The keys of a keyring ask as those of files do, at every door of theirs.

use chop::cms::{self, Signer};
use chop::keyring::store::{MemoryStore, Store};
use chop::keyring::{KeyName, Keyring, NewKeyring, Purpose, Unlock, Wanted};
use chop::policy::Use;
use chop::{
    Algorithm, Certificate, Code, Context, Error, Guard, PrivateKey, SecretBytes, SignOptions,
    SigningKey, jws,
};

use super::enforcement::{
    Answer, EDGE, MESSAGE, all_ask, done, lenient, refusing, validity, verified,
};
use super::{policy, unix};

/// Under no rule, before the rules that are tested come into force: a keyring's clock runs forwards.
fn before() -> Guard {
    lenient().at(unix(EDGE - 100))
}

fn name() -> KeyName {
    "payments/outgoing".parse().unwrap()
}

/// An empty keyring.
fn empty() -> Keyring {
    let store = MemoryStore::new();
    let unlock = Unlock::key_file(SecretBytes::copy_of(&[0x42; 32])).unwrap();
    let founder = "founder".parse().unwrap();
    let new = NewKeyring::new(&unlock, "", None, founder, &before()).unwrap();
    store.write(&mut |rows| new.write(rows)).unwrap();
    new.open(Box::new(store)).unwrap()
}

/// A keyring with one key.
fn ring(purpose: Purpose, algorithm: Algorithm) -> Keyring {
    let ring = empty();
    ring.new_key(&name(), purpose, algorithm, &Wanted::default(), &before())
        .unwrap();
    ring
}

/// How often the private key has been used, and how much stands in the audit log.
fn used(ring: &Keyring) -> (u64, usize) {
    let mut entries = 0;
    ring.audit(&mut |_| {
        entries += 1;
        Ok(())
    })
    .unwrap();
    (ring.key(&name()).unwrap().versions[0].uses, entries)
}

#[test]
fn making_and_taking_over_named_keys_asks() {
    for (algorithm, purpose) in [
        (Algorithm::MlDsa65, Purpose::Sign),
        (Algorithm::Ed25519, Purpose::Sign),
        (Algorithm::XWing, Purpose::Receive),
        (Algorithm::EcdhP256, Purpose::Receive),
    ] {
        let private = || PrivateKey::generate_under(algorithm, &lenient()).unwrap();
        let wanted = Wanted::default();
        all_ask(vec![
            (
                "Keyring::new_key",
                Use::Generate,
                Box::new(|guard| {
                    done(empty().new_key(&name(), purpose, algorithm, &wanted, guard))
                }),
            ),
            (
                "Keyring::rotate",
                Use::Generate,
                Box::new(|guard| {
                    done(ring(purpose, algorithm).rotate(&name(), algorithm, None, guard))
                }),
            ),
            (
                "Keyring::import_private",
                Use::Import,
                Box::new(|guard| done(empty().import_private(&name(), private(), &wanted, guard))),
            ),
            (
                "Keyring::import_private, as the next version",
                Use::Import,
                Box::new(|guard| {
                    let ring = ring(purpose, algorithm);
                    done(ring.import_private(&name(), private(), &wanted, guard))
                }),
            ),
            (
                "Keyring::import_public",
                Use::Import,
                Box::new(|guard| {
                    let public = private().public_key();
                    done(empty().import_public(&name(), public, &wanted, guard))
                }),
            ),
        ]);
    }
}

/// What a signature is made by, in each format.
type Maker = (&'static str, fn(&SigningKey) -> Result<(), Error>);

const MAKERS: &[Maker] = &[
    ("sign", |key| key.sign(MESSAGE).map(drop)),
    ("stream", |key| {
        let mut stream = key.stream(&SignOptions::default())?;
        stream.update(MESSAGE)?;
        stream.finish().map(drop)
    }),
    ("sign_from, in parts", |key| {
        let large = vec![0; 3 << 20];
        key.sign_from(&mut &*large, &SignOptions::default())
            .map(drop)
    }),
    ("cms::sign", |key| cms::sign(key, MESSAGE).map(drop)),
    ("cms::Signing without attributes", |key| {
        let options = cms::Options {
            signed_attributes: false,
            signing_time: Some(unix(EDGE - 50)),
            ..cms::Options::default()
        };
        let mut signing = cms::Signing::new(vec![Signer::new(key)], options)?;
        signing.update(MESSAGE)?;
        signing.finish().map(drop)
    }),
    ("jws::sign", |key| jws::sign(key, MESSAGE).map(drop)),
    ("Certificate::self_signed", |key| {
        Certificate::self_signed(key, "CN=Bank", validity(), &SignOptions::default()).map(drop)
    }),
];

#[test]
fn every_way_to_sign_with_a_named_key_asks() {
    for algorithm in [Algorithm::MlDsa65, Algorithm::EcdsaP256Sha256] {
        for (maker, make) in MAKERS.iter().copied() {
            all_ask(vec![
                (
                    maker,
                    Use::Sign,
                    Box::new(move |guard| {
                        let ring = ring(Purpose::Sign, algorithm);
                        done(make(&ring.signing_key(&name(), guard).unwrap().key))
                    }),
                ),
                // Under whose policy a key of a keyring was opened, under that it stays too.
                (
                    "under, after it was opened",
                    Use::Sign,
                    Box::new(move |guard| {
                        let ring = ring(Purpose::Sign, algorithm);
                        let key = ring.signing_key(&name(), guard).unwrap().key;
                        done(make(&key.under(&lenient())))
                    }),
                ),
            ]);
        }
    }
}

#[test]
fn verifying_receiving_and_opening_with_a_named_key_ask() {
    let ring_of = ring;
    for algorithm in [Algorithm::MlDsa65, Algorithm::EcdsaP256Sha256] {
        let ring = ring_of(Purpose::Sign, algorithm);
        let key = ring.signing_key(&name(), &before()).unwrap().key;
        let signature = key.sign(MESSAGE).unwrap();
        all_ask(vec![(
            "Keyring::verifying_key",
            Use::Verify,
            Box::new(|guard| {
                let found = ring.verifying_key(&name(), guard).unwrap();
                let (_, key) = &found.versions[0];
                verified(key.verify(MESSAGE, &signature))
            }),
        )]);
    }
    for algorithm in [Algorithm::XWing, Algorithm::EcdhP256] {
        let ring = || ring_of(Purpose::Receive, algorithm);
        all_ask(vec![
            (
                "Keyring::encapsulate",
                Use::Receive,
                Box::new(|guard| done(ring().encapsulate(&name(), guard))),
            ),
            (
                "Keyring::encapsulate, to a counterparty",
                Use::Receive,
                Box::new(|guard| {
                    let peer = PrivateKey::generate_under(algorithm, &lenient()).unwrap();
                    let (ring, wanted) = (empty(), Wanted::default());
                    ring.import_public(&name(), peer.public_key(), &wanted, &before())
                        .unwrap();
                    done(ring.encapsulate(&name(), guard))
                }),
            ),
            (
                "Keyring::decapsulation_key",
                Use::Open,
                Box::new(|guard| {
                    let ring = ring();
                    let (_, ciphertext, _) = ring.encapsulate(&name(), &before()).unwrap();
                    let found = ring.decapsulation_key(&name(), None, guard).unwrap();
                    done(found.key.decapsulate(&ciphertext))
                }),
            ),
            (
                "under, after it was opened",
                Use::Open,
                Box::new(|guard| {
                    let ring = ring();
                    let (_, ciphertext, _) = ring.encapsulate(&name(), &before()).unwrap();
                    let found = ring.decapsulation_key(&name(), None, guard).unwrap();
                    done(found.key.under(&lenient()).decapsulate(&ciphertext))
                }),
            ),
        ]);
    }
}

#[test]
fn what_the_policy_refuses_is_neither_counted_nor_recorded() {
    let sign = Guard::new(refusing(&[Use::Sign])).at(unix(EDGE));
    let ring = ring(Purpose::Sign, Algorithm::MlDsa65);
    let found = ring.signing_key(&name(), &sign).unwrap();
    assert_eq!(done(found.key.sign(MESSAGE)), Answer::Refused);
    // The keyring itself refuses what the key would have allowed.
    let looser = found.key.under(&lenient());
    let untouched = used(&ring);
    assert_eq!(untouched.0, 0);
    for (_, make) in MAKERS {
        assert_eq!(done(make(&looser)), Answer::Refused);
    }
    assert_eq!(used(&ring), untouched);
    let after = lenient().at(unix(EDGE + 1));
    let allowed = ring.signing_key(&name(), &after).unwrap();
    allowed.key.sign(MESSAGE).unwrap();
    assert_eq!(used(&ring), (1, untouched.1 + 1));
}

#[test]
fn a_rule_on_contexts_makes_a_key_due_only_if_it_has_none_of_them() {
    let rule = "[[rule]]\nname = \"settled\"\nharm = \"h\"\nuse = [\"sign\"]\n";
    let asks = |lines: &str| Guard::new(policy(&format!("{rule}{lines}"))).at(unix(EDGE));
    for (algorithm, own, lines, expected) in [
        (Algorithm::MlDsa44, &[][..], "contexts = [\"a\"]", false),
        (Algorithm::MlDsa44, &["a", "b"], "contexts = [\"a\"]", false),
        (Algorithm::MlDsa44, &["b"], "contexts = [\"a\"]", true),
        (Algorithm::Ed25519, &[], "contexts = [\"a\"]", true),
        (Algorithm::Ed25519, &[], "contexts = [\"a\", \"\"]", false),
        (Algorithm::MlDsa44, &[], "refuse = true", true),
        (Algorithm::MlDsa44, &["a"], "refuse = true", true),
        (Algorithm::MlDsa44, &[], "warn = true", false),
    ] {
        let ring = empty();
        let wanted = Wanted {
            contexts: own.iter().map(|one| Context::new(*one).unwrap()).collect(),
            ..Wanted::default()
        };
        ring.new_key(&name(), Purpose::Sign, algorithm, &wanted, &before())
            .unwrap();
        let due = ring.due(unix(EDGE + 1), &asks(lines)).unwrap();
        assert_eq!(!due.is_empty(), expected, "{algorithm} {own:?} {lines}");
        assert!(due.iter().all(|due| due.reason.contains("settled")));
    }
}

#[test]
fn a_successor_may_be_used_today_and_at_the_time_for_which_it_is_made() {
    const CHOICES: &str = "[[choose]]\nuse = \"sign\"\nalgorithm = \"Ed25519\"\nuntil = 2027-01-01\n\
        [[choose]]\nuse = \"sign\"\nalgorithm = \"ML-DSA-65\"\n\
        [[choose]]\nuse = \"sign\"\nalgorithm = \"ML-DSA-87\"\n";
    let rule = |lines: &str| format!("[[rule]]\nname = \"r\"\nharm = \"h\"\n{lines}\n");
    let from = "algorithms = [\"classical\"]\nuse = [\"sign\"]\nrefuse = true\nfrom = 2027-01-01";
    let second = |word: &str| {
        let lines = format!(
            "algorithms = [\"ML-DSA-*\"]\nuse = [\"{word}\"]\nrefuse = true\nuntil = 2027-01-01"
        );
        rule(&lines).replace("\"r\"", "\"s\"")
    };
    let asks = "use = [\"sign\"]\ncontexts = [\"a\"]";
    for (rules, contexts, expected) in [
        ("".to_owned(), &[][..], Some(Algorithm::Ed25519)),
        // Ed25519 has no contexts.
        ("".to_owned(), &["a"], Some(Algorithm::MlDsa65)),
        (rule(asks), &["a", "b"], Some(Algorithm::MlDsa65)),
        (rule(asks), &["b"], None),
        (rule(from), &[], Some(Algorithm::MlDsa65)),
        // Nothing that may be used then may be made, or used, today.
        (rule(from) + &second("generate"), &[], None),
        (rule(from) + &second("sign"), &[], None),
        (rule(asks), &[], Some(Algorithm::MlDsa65)),
    ] {
        let guard = Guard::new(policy(&format!("{CHOICES}{rules}"))).at(unix(EDGE - 10));
        let bound: Vec<Context> = contexts
            .iter()
            .map(|one| Context::new(*one).unwrap())
            .collect();
        let found = guard.for_successor(Use::Sign, &bound, unix(EDGE));
        match expected {
            Some(algorithm) => assert_eq!(found, Ok(algorithm), "{rules} {contexts:?}"),
            None => assert_eq!(found.unwrap_err().code(), Code::Policy, "{rules}"),
        }
    }
}
