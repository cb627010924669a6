//! Prepared keys, batches, external μ and the second opinion: at another speed the same answers.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

use std::num::NonZeroUsize;
use std::sync::LazyLock;
use std::thread;

use chop::batch::Item;
use chop::fault::{Fault, with_fault};
use chop::hash::Hash;
use chop::{
    Algorithm, Code, Context, DecapsulationKey, Error, Guard, Policy, PreparedKeys, SignOptions,
    SigningKey, Verdict, VerifyOptions, VerifyingKey, verify_batch,
};
use proptest::prelude::*;
use sha3::digest::{ExtendableOutput, Update, XofReader};

fn one() -> NonZeroUsize {
    NonZeroUsize::MIN
}

fn context(text: &[u8]) -> Context {
    Context::new(text).unwrap()
}

fn with_context(text: &[u8]) -> VerifyOptions {
    VerifyOptions {
        context: context(text),
        ..VerifyOptions::default()
    }
}

/// Refuses one algorithm, and of ML-DSA-87 every context but `pacs`.
fn strict(refused: Algorithm) -> Guard {
    let text = format!(
        r#"
version = 1
name = "strict"
[[rule]]
name = "not-this-one"
use = ["verify"]
algorithms = ["{refused}"]
refuse = true
harm = "a test"

[[rule]]
name = "one-context"
use = ["verify"]
algorithms = ["ML-DSA-87"]
contexts = ["pacs"]
harm = "a test"
"#
    );
    Guard::new(Policy::from_toml(&text).unwrap())
}

/// A signed message under one key.
struct Sample {
    key: VerifyingKey,
    message: Vec<u8>,
    context: &'static [u8],
    signature: Vec<u8>,
}

/// Keys of every kind of row, two of those that many signatures can be verified under at once; messages
/// of lengths from nothing to many blocks, with and without a context.
static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    use Algorithm::*;
    let rows = [
        MlDsa44,
        MlDsa65,
        MlDsa65,
        MlDsa87,
        MlDsa44Ed25519Sha512,
        MlDsa65EcdsaP256Sha512,
        MlDsa65Rsa3072PssSha512,
        MlDsa87Ed448Shake256,
        SlhDsaSha2128f,
        Ed25519,
        EcdsaP256Sha256,
    ];
    let mut samples = Vec::new();
    for (number, row) in rows.into_iter().enumerate() {
        let signer = SigningKey::generate(row).unwrap();
        for (i, length) in [0, 1, 135, 136, 137, 1000, 5000].into_iter().enumerate() {
            let context: &'static [u8] = match row.info().context && i % 2 == 1 {
                true => b"pacs",
                false => b"",
            };
            let options = SignOptions {
                context: self::context(context),
                ..SignOptions::default()
            };
            let byte = u8::try_from(number * 7 + i).unwrap();
            let message = vec![byte; length];
            samples.push(Sample {
                key: signer.verifying_key().clone(),
                signature: signer.sign_with(&message, &options).unwrap(),
                message,
                context,
            });
        }
    }
    samples
});

/// How a sample is spoiled.
#[derive(Clone, Debug)]
enum Spoil {
    Nothing,
    Bit(prop::sample::Index),
    Byte(prop::sample::Index, u8),
    Shorter,
    Longer,
    Empty,
    Message,
    /// Of another key of the same algorithm, or of none.
    Signature(prop::sample::Index),
    Context(&'static [u8]),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    prop_oneof![
        4 => Just(Spoil::Nothing),
        2 => any::<prop::sample::Index>().prop_map(Spoil::Bit),
        2 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(i, byte)| Spoil::Byte(i, byte)),
        1 => Just(Spoil::Shorter),
        1 => Just(Spoil::Longer),
        1 => Just(Spoil::Empty),
        1 => Just(Spoil::Message),
        1 => any::<prop::sample::Index>().prop_map(Spoil::Signature),
        1 => prop::sample::select(vec![&b""[..], b"pacs", b"pain"]).prop_map(Spoil::Context),
    ]
}

/// How the key of an item is made ready.
#[derive(Clone, Copy, Debug)]
enum Ready {
    AsItIs,
    Prepared,
    Kept,
    Confirmed,
    PreparedAndConfirmed,
    ConfirmedAndPrepared,
}

fn ready() -> impl Strategy<Value = Ready> {
    prop_oneof![
        4 => Just(Ready::AsItIs),
        4 => Just(Ready::Prepared),
        4 => Just(Ready::Kept),
        1 => Just(Ready::Confirmed),
        1 => Just(Ready::PreparedAndConfirmed),
        1 => Just(Ready::ConfirmedAndPrepared),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_batch_answers_as_one_by_one(
        chosen in prop::collection::vec((any::<prop::sample::Index>(), spoil(), ready(), any::<bool>()), 0..90),
        jobs in 1usize..5,
        capacity in 1usize..4,
    ) {
        let kept = PreparedKeys::new(NonZeroUsize::new(capacity).unwrap());
        // The policy of an item is its own, whatever it shares with others.
        let refusing = strict(Algorithm::MlDsa65);
        let mut made = Vec::new();
        for (index, spoil, ready, refused) in &chosen {
            let sample = index.get(&SAMPLES);
            let (mut message, mut signature) = (sample.message.clone(), sample.signature.clone());
            let mut options = with_context(sample.context);
            match spoil {
                Spoil::Nothing => {}
                Spoil::Bit(index) => {
                    let bit = index.index(signature.len() * 8);
                    signature[bit / 8] ^= 1 << (bit % 8);
                }
                Spoil::Byte(index, byte) => *index.get_mut(&mut signature) = *byte,
                Spoil::Shorter => drop(signature.pop()),
                Spoil::Longer => signature.push(0),
                Spoil::Empty => signature.clear(),
                Spoil::Message => message.push(1),
                Spoil::Signature(index) => signature.clone_from(&index.get(&SAMPLES).signature),
                Spoil::Context(other) => options = with_context(other),
            }
            let plain = match refused {
                true => sample.key.clone().under(&refusing),
                false => sample.key.clone(),
            };
            let key = match ready {
                Ready::AsItIs => plain.clone(),
                Ready::Prepared => plain.prepare().unwrap(),
                Ready::Kept => kept.prepare(&plain).unwrap(),
                Ready::Confirmed => plain.with_second_opinion().unwrap(),
                Ready::PreparedAndConfirmed => plain.prepare().unwrap().with_second_opinion().unwrap(),
                Ready::ConfirmedAndPrepared => plain.with_second_opinion().unwrap().prepare().unwrap(),
            };
            made.push((plain, key, message, signature, options));
        }
        let items: Vec<Item<'_>> = made
            .iter()
            .map(|(_, key, message, signature, options)| Item { key, message, signature, options })
            .collect();
        let answers = verify_batch(&items, NonZeroUsize::new(jobs).unwrap());
        prop_assert_eq!(answers.len(), made.len());
        for ((plain, key, message, signature, options), answer) in made.iter().zip(answers) {
            let alone: Result<Verdict, Error> = plain.verify_with(message, signature, options);
            prop_assert_eq!(&answer, &alone);
            prop_assert_eq!(&key.verify_with(message, signature, options), &alone);
            let streamed = key.stream(options).and_then(|mut stream| {
                stream.update(message)?;
                stream.finish(signature)
            });
            prop_assert_eq!(&streamed, &alone);
        }
        prop_assert!(kept.len() <= capacity);
    }
}

/// The random mixes above would find it, too, but not in one word.
#[test]
fn every_answer_stands_at_its_place() {
    let signer = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let key = signer.verifying_key().prepare().unwrap();
    let options = VerifyOptions::default();
    let messages: Vec<Vec<u8>> = (0..500u32)
        .map(|i| vec![7; usize::try_from(i * 37 % 900).unwrap()])
        .collect();
    let signatures: Vec<Vec<u8>> = messages
        .iter()
        .enumerate()
        .map(|(i, message)| {
            let mut signature = signer.sign(message).unwrap();
            if i % 7 == 3 {
                signature[40] ^= 4;
            }
            signature
        })
        .collect();
    let items: Vec<Item<'_>> = messages
        .iter()
        .zip(&signatures)
        .map(|(message, signature)| Item {
            key: &key,
            message,
            signature,
            options: &options,
        })
        .collect();
    for jobs in [1, 2, 16] {
        let answers = verify_batch(&items, NonZeroUsize::new(jobs).unwrap());
        for (i, answer) in answers.into_iter().enumerate() {
            assert_eq!(answer.unwrap().is_valid(), i % 7 != 3, "{i}");
        }
    }
    assert!(verify_batch(&[], one()).is_empty());
}

#[test]
fn a_prepared_key_keeps_its_policy() {
    let signer = SigningKey::generate(Algorithm::MlDsa65).unwrap();
    let signature = signer.sign(b"a payment").unwrap();
    let keys = PreparedKeys::new(one());
    let lenient = keys.prepare(signer.verifying_key()).unwrap();
    assert!(lenient.is_prepared());
    let refusing = strict(Algorithm::MlDsa65);
    let refused = signer.verifying_key().clone().under(&refusing);
    // Prepared before and after, kept with the other: each asks its own.
    for key in [
        refused.prepare().unwrap(),
        keys.prepare(&refused).unwrap(),
        lenient.clone().under(&refusing),
    ] {
        let verdict = key.verify(b"a payment", &signature).unwrap();
        assert_eq!(verdict, Verdict::RefusedByPolicy);
        let rule = key
            .refusal(&VerifyOptions::default())
            .unwrap()
            .unwrap()
            .rule;
        assert_eq!(rule, "not-this-one");
    }
    assert!(lenient.verify(b"a payment", &signature).unwrap().is_valid());
    assert_eq!(keys.len(), 1);
}

/// Two keys may share their ML-DSA half; what is kept of one must not serve the other.
#[test]
fn kept_keys_are_told_apart() {
    let signer = SigningKey::generate(Algorithm::MlDsa44Ed25519Sha512).unwrap();
    let composite = signer.verifying_key();
    let half = &composite.as_bytes()[..Algorithm::MlDsa44.info().public_key.max()];
    let alone = VerifyingKey::from_bytes(Algorithm::MlDsa44, half).unwrap();
    let keys = PreparedKeys::new(NonZeroUsize::new(8).unwrap());
    let signature = signer.sign(b"a payment").unwrap();
    let (composite, alone) = (
        keys.prepare(composite).unwrap(),
        keys.prepare(&alone).unwrap(),
    );
    assert_eq!(keys.len(), 2);
    assert!(
        composite
            .verify(b"a payment", &signature)
            .unwrap()
            .is_valid()
    );
    let half = &signature[..Algorithm::MlDsa44.info().output.max()];
    assert!(!alone.verify(b"a payment", half).unwrap().is_valid());
    // Nothing is kept of an algorithm that has nothing to prepare.
    let classical = SigningKey::generate(Algorithm::Ed25519).unwrap();
    let classical = keys.prepare(classical.verifying_key()).unwrap();
    assert!(classical.is_prepared());
    assert_eq!(keys.len(), 2);
    keys.clear();
    assert!(keys.is_empty());
    assert!(
        composite
            .verify(b"a payment", &signature)
            .unwrap()
            .is_valid()
    );
}

#[test]
fn many_threads_share_kept_keys() {
    let signers: Vec<SigningKey> = (0..6)
        .map(|_| SigningKey::generate(Algorithm::MlDsa44).unwrap())
        .collect();
    let signed: Vec<(VerifyingKey, Vec<u8>)> = signers
        .iter()
        .map(|signer| {
            let signature = signer.sign(b"a payment").unwrap();
            (signer.verifying_key().clone(), signature)
        })
        .collect();
    let keys = PreparedKeys::new(NonZeroUsize::new(4).unwrap());
    thread::scope(|scope| {
        for start in 0..4 {
            let (keys, signed) = (&keys, &signed);
            scope.spawn(move || {
                for turn in 0..300 {
                    let (key, signature) = &signed[(start + turn * 5) % signed.len()];
                    let key = keys.prepare(key).unwrap();
                    assert!(key.verify(b"a payment", signature).unwrap().is_valid());
                    assert!(!key.verify(b"another", signature).unwrap().is_valid());
                    assert!(keys.len() <= 4);
                }
            });
        }
    });
}

/// H(tr ‖ 0 ‖ |ctx| ‖ ctx ‖ M), by another implementation of SHAKE256.
fn mu(key: &VerifyingKey, context: &[u8], message: &[u8]) -> [u8; 64] {
    let hash = |parts: &[&[u8]]| {
        let mut out = [0; 64];
        let mut state = sha3::Shake256::default();
        for part in parts {
            state.update(part);
        }
        state.finalize_xof().read(&mut out);
        out
    };
    let tr = hash(&[key.as_bytes()]);
    let length = [0, u8::try_from(context.len()).unwrap()];
    hash(&[&tr, &length, context, message])
}

#[test]
fn an_external_mu() {
    for algorithm in [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87] {
        let signer = SigningKey::generate(algorithm).unwrap();
        for text in [&b""[..], b"pacs"] {
            let options = SignOptions {
                context: context(text),
                ..SignOptions::default()
            };
            let signature = signer.sign_with(b"a payment", &options).unwrap();
            let options = options.for_verification();
            let plain = signer.verifying_key();
            for key in [
                plain.clone(),
                plain.prepare().unwrap(),
                plain.with_second_opinion().unwrap(),
            ] {
                let mut right = mu(&key, text, b"a payment");
                let verify = |mu: &[u8; 64]| key.verify_mu(mu, &signature, &options).unwrap();
                assert_eq!(verify(&right), Verdict::Valid);
                assert_eq!(verify(&mu(&key, b"pain", b"a payment")), Verdict::Invalid);
                right[63] ^= 1;
                assert_eq!(verify(&right), Verdict::Invalid);
                let short = key.verify_mu(&right, &signature[1..], &options);
                assert_eq!(short.unwrap_err().code(), Code::Length);
                let refusing = key.under(&strict(algorithm));
                let refused = refusing.verify_mu(&right, &signature, &options);
                assert_eq!(refused.unwrap(), Verdict::RefusedByPolicy);
            }
        }
    }
    for algorithm in [
        Algorithm::MlDsa65EcdsaP256Sha512,
        Algorithm::SlhDsaSha2128f,
        Algorithm::Ed25519,
    ] {
        let signer = SigningKey::generate(algorithm).unwrap();
        let signature = signer.sign(b"a payment").unwrap();
        let options = VerifyOptions::default();
        let refused = signer
            .verifying_key()
            .verify_mu(&[0; 64], &signature, &options);
        assert_eq!(refused.unwrap_err().code(), Code::Usage, "{algorithm}");
    }
}

/// One wrong implementation stops the verification, whichever of the answers it would have given.
#[test]
fn a_disagreement_is_an_error_that_names_everything() {
    let sha256 = |message: &[u8]| hex::encode(Hash::Sha256.of(message));
    for (algorithm, names) in [
        (Algorithm::MlDsa65, ["chop-verify", "libcrux"]),
        (Algorithm::SlhDsaSha2128f, ["RustCrypto slh-dsa", "fips205"]),
        (
            Algorithm::MlDsa65EcdsaP256Sha512,
            ["chop-verify", "libcrux"],
        ),
    ] {
        let signer = SigningKey::generate(algorithm).unwrap();
        let options = SignOptions {
            context: context(b"pacs"),
            ..SignOptions::default()
        };
        let signature = signer.sign_with(b"a payment", &options).unwrap();
        let options = options.for_verification();
        let plain = signer.verifying_key();
        let fingerprint = plain.fingerprint().to_string();
        for key in [
            plain.with_second_opinion().unwrap(),
            plain.prepare().unwrap().with_second_opinion().unwrap(),
            plain.with_second_opinion().unwrap().prepare().unwrap(),
        ] {
            for (message, said) in [
                (b"a payment", ["valid from", "invalid from"]),
                (b"A payment", ["invalid from", "valid from"]),
            ] {
                let error = with_fault(Fault::Disagreement, || {
                    key.verify_with(message, &signature, &options)
                })
                .unwrap_err();
                assert_eq!(error.code(), Code::SelfTest);
                assert_eq!(error.code().exit_status(), 70);
                let text = error.to_string();
                for (said, name) in said.iter().zip(names) {
                    assert!(text.contains(&format!("{said} {name}")), "{text}");
                }
                assert!(text.contains(algorithm.name()), "{text}");
                assert!(text.contains(&fingerprint), "{text}");
                // Of a composite, the ML-DSA half signs a representative.
                if !algorithm.is_hybrid() {
                    assert!(text.contains(&sha256(message)), "{text}");
                }
                let item = Item {
                    key: &key,
                    message,
                    signature: &signature,
                    options: &options,
                };
                let batch = with_fault(Fault::Disagreement, || verify_batch(&[item], one()));
                assert_eq!(batch, [Err(error)]);
            }
            // In parts, another implementation stands in for libcrux.
            let streamed = with_fault(Fault::Disagreement, || {
                let mut stream = key.stream(&options).unwrap();
                stream.update(b"a payment").unwrap();
                stream.finish(&signature)
            });
            let text = streamed.unwrap_err().to_string();
            let name = match algorithm {
                Algorithm::MlDsa65 => "RustCrypto ml-dsa",
                _ => names[1],
            };
            assert!(text.contains(&format!("invalid from {name}")), "{text}");
            if algorithm == Algorithm::MlDsa65 {
                let mu = hex::encode(mu(&key, b"pacs", b"a payment"));
                assert!(text.contains(&mu), "{text}");
            }
            // Without the fault both agree on either answer.
            let verify = |message| key.verify_with(message, &signature, &options).unwrap();
            assert_eq!(verify(b"a payment"), Verdict::Valid);
            assert_eq!(verify(b"A payment"), Verdict::Invalid);
        }
        // A key by itself does not ask anybody else.
        let alone = with_fault(Fault::Disagreement, || {
            plain.verify_with(b"a payment", &signature, &options)
        });
        assert_eq!(alone.unwrap(), Verdict::Valid);
    }
    let classical = SigningKey::generate(Algorithm::Ed25519).unwrap();
    let signature = classical.sign(b"a payment").unwrap();
    let key = classical.verifying_key().with_second_opinion().unwrap();
    let alone = with_fault(Fault::Disagreement, || key.verify(b"a payment", &signature));
    assert_eq!(alone.unwrap(), Verdict::Valid);
}

#[test]
fn prepared_encapsulation_keys() {
    for algorithm in Algorithm::CURRENT
        .iter()
        .copied()
        .filter(|algorithm| algorithm.info().shared_secret.is_some())
    {
        let key = DecapsulationKey::generate(algorithm).unwrap();
        let public = key.encapsulation_key();
        assert!(!public.is_prepared());
        let prepared = public.prepare().unwrap();
        assert!(prepared.is_prepared() && prepared == *public);
        for _ in 0..2 {
            let (ciphertext, sent) = prepared.encapsulate().unwrap();
            let received = key.decapsulate(&ciphertext).unwrap();
            assert_eq!(received, sent, "{algorithm}");
        }
        let text = format!(
            "version = 1\nname = \"strict\"\n[[rule]]\nname = \"no\"\nuse = [\"receive\"]\nalgorithms = [\"{algorithm}\"]\nrefuse = true\nharm = \"a test\"\n"
        );
        let refused = prepared.under(&Guard::new(Policy::from_toml(&text).unwrap()));
        let error = refused.encapsulate().unwrap_err();
        assert_eq!(error.code(), Code::Policy, "{algorithm}");
    }
}
