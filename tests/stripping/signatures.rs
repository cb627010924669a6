//! Composite signatures: the signature, the public key and the private key taken apart, and the parts
//! offered to the algorithms that they came from.

use chop::{
    Algorithm, Code, Context, PrivateKey, Result, SecretBytes, SignOptions, VerifyOptions,
    VerifyingKey,
};

use crate::suite::{Pair, Suite, Traditional, load, read_private, signatures, suite};
use crate::{Matrix, accepted, der, noise};

pub(crate) const MESSAGE: &[u8] = b"<Document>a credit transfer</Document>";
const OTHER_MESSAGE: &[u8] = b"<Document>another credit transfer</Document>";

fn with_context(context: &[u8]) -> VerifyOptions {
    VerifyOptions {
        context: Context::new(context.to_vec()).unwrap(),
        ..VerifyOptions::default()
    }
}

fn sign_with_context(pair: &Pair, message: &[u8], context: &[u8]) -> Vec<u8> {
    let options = SignOptions {
        context: Context::new(context.to_vec()).unwrap(),
        ..SignOptions::default()
    };
    pair.signing().sign_with(message, &options).unwrap()
}

/// What can be done to two parts, with those of a stranger at hand.
pub(crate) fn taken_apart<'a>(
    (a, b): (&'a [u8], &'a [u8]),
    (other_a, other_b): (&'a [u8], &'a [u8]),
) -> Vec<(&'static str, Vec<u8>)> {
    let flipped = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    let whole = [a, b].concat();
    let zeros = |part: &[u8]| vec![0; part.len()];
    vec![
        ("empty", Vec::new()),
        ("first part dropped", b.to_vec()),
        ("second part dropped", a.to_vec()),
        ("first part zeroed", [&zeros(a), b].concat()),
        ("second part zeroed", [a, &zeros(b)].concat()),
        ("both parts zeroed", zeros(&whole)),
        ("first part noise", [&noise(a.len()), b].concat()),
        ("second part noise", [a, &noise(b.len())].concat()),
        ("both parts noise", noise(whole.len())),
        ("parts swapped", [b, a].concat()),
        ("first part of another", [other_a, b].concat()),
        ("second part of another", [a, other_b].concat()),
        ("both parts of another", [other_a, other_b].concat()),
        ("first part doubled", [a, a, b].concat()),
        ("second part doubled", [a, b, b].concat()),
        ("first part twice", [a, a].concat()),
        ("second part twice", [b, b].concat()),
        ("all doubled", [&whole[..], &whole].concat()),
        ("truncated by one", whole[..whole.len() - 1].to_vec()),
        ("first byte missing", whole[1..].to_vec()),
        ("extended by one", [&whole[..], &[0]].concat()),
        ("a byte before", [&[0], &whole[..]].concat()),
        ("a byte between", [a, &[0], b].concat()),
        ("a byte between missing", [&a[..a.len() - 1], b].concat()),
        ("first bit of the first part", flipped(&whole, 0)),
        ("last bit of the first part", flipped(&whole, a.len() - 1)),
        ("first bit of the second part", flipped(&whole, a.len())),
        (
            "last bit of the second part",
            flipped(&whole, whole.len() - 1),
        ),
    ]
}

/// What is made with the same private parts under the names of other suites.
fn relabelled(
    suite: &Suite,
    own: &Pair,
    matrix: &mut Matrix,
    verify: impl Fn(&[u8]) -> Result<bool>,
) {
    let whole = own.signing().sign(MESSAGE).unwrap();
    let (a, b) = suite.output(&whole);
    let (seed, traditional) = suite.private(&own.private);
    for other in signatures().filter(|other| other.algorithm != suite.algorithm) {
        let (other_seed, other_traditional) = other.private(&other.own().private);
        let same_lattice = other.post_quantum == suite.post_quantum;
        let same_traditional = other.traditional == suite.traditional;
        let signed = |seed: &[u8], traditional: &[u8]| {
            let key = load(other.algorithm, &[seed, traditional].concat()).unwrap();
            key.into_signing().unwrap().sign(MESSAGE).unwrap()
        };
        let name = other.name();
        if same_lattice {
            let signature = signed(seed, other_traditional);
            let (their_a, their_b) = other.output(&signature);
            matrix.refuse(
                format!("first part by the same key as {name}"),
                verify(&[their_a, b].concat()),
            );
            matrix.refuse(format!("the whole of {name}"), verify(&signature));
            matrix.refuse(
                format!("second part of {name}"),
                verify(&[a, their_b].concat()),
            );
        }
        if same_traditional {
            let signature = signed(other_seed, traditional);
            let (_, their_b) = other.output(&signature);
            matrix.refuse(
                format!("second part by the same key as {name}"),
                verify(&[a, their_b].concat()),
            );
        }
        if same_lattice && same_traditional {
            matrix.refuse(
                format!("both parts by the same keys as {name}"),
                verify(&signed(seed, traditional)),
            );
        }
    }
}

fn contexts(own: &Pair, key: &VerifyingKey, matrix: &mut Matrix) {
    let plain = own.signing().sign(MESSAGE).unwrap();
    let named = sign_with_context(own, MESSAGE, b"ctx");
    let joined = [b"ctx", MESSAGE].concat();
    let verify = |message: &[u8], signature: &[u8], context: &[u8]| {
        key.verify_with(message, signature, &with_context(context))
            .map(accepted)
    };
    assert!(verify(MESSAGE, &named, b"ctx").unwrap());
    for (how, message, signature, context) in [
        ("the context left out", MESSAGE, &named, &b""[..]),
        ("a context added", MESSAGE, &plain, b"ctx"),
        ("another context", MESSAGE, &named, b"ctX"),
        ("a longer context", MESSAGE, &named, b"ctx\0"),
        ("the context moved into the message", &joined, &named, b""),
        (
            "the context taken from the message",
            MESSAGE,
            &own.signing().sign(&joined).unwrap(),
            b"ctx",
        ),
        ("another message", OTHER_MESSAGE, &plain, b""),
    ] {
        matrix.refuse(how, verify(message, signature, context));
    }
}

#[test]
fn no_manipulated_signature_is_accepted() {
    let mut counts = Vec::new();
    for suite in signatures() {
        let (own, other) = (suite.own(), suite.other());
        let key = own.signing().verifying_key();
        let verify = |signature: &[u8]| key.verify(MESSAGE, signature).map(accepted);
        let mut matrix = Matrix::new(suite.name());
        let good = own.signing().sign(MESSAGE).unwrap();
        assert!(verify(&good).unwrap(), "{}", suite.name());

        let of_another_key = other.signing().sign(MESSAGE).unwrap();
        for (how, signature) in taken_apart(suite.output(&good), suite.output(&of_another_key)) {
            matrix.refuse(how, verify(&signature));
        }
        let of_another_message = own.signing().sign(OTHER_MESSAGE).unwrap();
        let ((a, b), (other_a, other_b)) = (suite.output(&good), suite.output(&of_another_message));
        for (how, signature) in [
            ("first part of another message", [other_a, b].concat()),
            ("second part of another message", [a, other_b].concat()),
            ("all of another message", of_another_message.clone()),
        ] {
            matrix.refuse(how, verify(&signature));
        }
        contexts(own, key, &mut matrix);
        relabelled(&suite, own, &mut matrix, verify);
        counts.push(matrix.finish());
    }
    // 28 taken apart, 3 of another message, 7 of contexts; 3 for each suite with the same ML-DSA (of
    // which there are 4, 8 and 6), 1 for each with the same traditional part, 1 for each with both.
    assert_eq!(
        counts,
        [
            ("MLDSA44-RSA2048-PSS-SHA256", 49),
            ("MLDSA44-RSA2048-PKCS15-SHA256", 49),
            ("MLDSA44-Ed25519-SHA512", 48),
            ("MLDSA44-ECDSA-P256-SHA256", 48),
            ("MLDSA65-RSA3072-PSS-SHA512", 62),
            ("MLDSA65-RSA3072-PKCS15-SHA512", 62),
            ("MLDSA65-RSA4096-PSS-SHA512", 62),
            ("MLDSA65-RSA4096-PKCS15-SHA512", 62),
            ("MLDSA65-ECDSA-P256-SHA512", 60),
            ("MLDSA65-ECDSA-P384-SHA512", 60),
            ("MLDSA65-ECDSA-brainpoolP256r1-SHA512", 59),
            ("MLDSA65-Ed25519-SHA512", 60),
            ("MLDSA87-ECDSA-P384-SHA512", 54),
            ("MLDSA87-ECDSA-brainpoolP384r1-SHA512", 53),
            ("MLDSA87-Ed448-SHAKE256", 53),
            ("MLDSA87-RSA3072-PSS-SHA512", 55),
            ("MLDSA87-RSA4096-PSS-SHA512", 55),
            ("MLDSA87-ECDSA-P521-SHA512", 53),
        ]
    );
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<usize>(), 1004);
}

#[test]
fn no_manipulated_public_key_accepts_a_signature() {
    let mut counts = Vec::new();
    for suite in signatures() {
        let (own, other) = (suite.own(), suite.other());
        let good = own.signing().sign(MESSAGE).unwrap();
        let verify = |public: &[u8]| {
            VerifyingKey::from_bytes(suite.algorithm, public)?
                .verify(MESSAGE, &good)
                .map(accepted)
        };
        assert!(verify(&own.public).unwrap(), "{}", suite.name());
        let mut matrix = Matrix::new(suite.name());
        let (ours, theirs) = (suite.public(&own.public), suite.public(&other.public));
        for (how, public) in taken_apart(ours, theirs) {
            matrix.refuse(how, verify(&public));
        }
        counts.push(matrix.finish());
    }
    assert_eq!(
        counts,
        signatures()
            .map(|suite| (suite.name(), 28))
            .collect::<Vec<_>>()
    );
}

#[test]
fn no_manipulated_private_key_signs_for_the_public_key() {
    let mut counts = Vec::new();
    for suite in signatures() {
        let (own, other) = (suite.own(), suite.other());
        let oid = suite.algorithm.info().oid;
        let mut matrix = Matrix::new(suite.name());
        let (ours, theirs) = (suite.private(&own.private), suite.private(&other.private));
        for (how, private) in taken_apart(ours, theirs) {
            // A seed is as good as any other: then it must be another key.
            let signs = || -> Result<bool> {
                let key = load(suite.algorithm, &private)?.into_signing()?;
                let signature = key.sign(MESSAGE)?;
                assert!(accepted(key.verifying_key().verify(MESSAGE, &signature)?));
                let known = own.signing().verifying_key();
                Ok(key.verifying_key() == known || accepted(known.verify(MESSAGE, &signature)?))
            };
            matrix.refuse(how, signs());
            // Beside the public key that it should have, it is refused as it is.
            let file = der::pkcs8(oid, &private, Some(&own.public));
            matrix.refuse(
                format!("{how}, beside the public key"),
                read_private(&file).map(|_| true),
            );
        }
        let file = der::pkcs8(oid, &own.private, Some(&own.public));
        assert_eq!(
            read_private(&file).unwrap().public_key().as_bytes(),
            own.public
        );
        counts.push(matrix.finish());
    }
    assert_eq!(
        counts,
        signatures()
            .map(|suite| (suite.name(), 56))
            .collect::<Vec<_>>()
    );
}

/// The public key of a composite can begin with 04 as a point does, and is none.
#[test]
fn half_of_a_public_key_that_looks_like_a_point_does_not_pass_for_it() {
    let suite = suite(Algorithm::MlDsa44EcdsaP256Sha256);
    let (_, traditional) = suite.private(&suite.own().private);
    let mut keys = (0..u16::MAX).map(|number| {
        let seed = [&number.to_be_bytes()[..], &[0; 30]].concat();
        let private = [&seed, traditional].concat();
        let public = load(suite.algorithm, &private).unwrap().public_key();
        (private, public.as_bytes().to_vec())
    });
    let (private, public) = keys.find(|(_, public)| public[0] == 4).unwrap();
    let oid = suite.algorithm.info().oid;
    let read = |public: &[u8]| read_private(&der::pkcs8(oid, &private, Some(public)));
    assert!(read(&public).is_ok());
    for tag in [2, 3] {
        let compressed = [&[tag], &public[1..=public.len() / 2]].concat();
        assert_eq!(read(&compressed).unwrap_err().code(), Code::Inconsistent);
    }
}

/// The parts of a suite as algorithms of their own.
struct Parts {
    lattice: PrivateKey,
    /// Brainpool and Ed448 have no row of their own.
    traditional: Option<(PrivateKey, SignOptions)>,
}

impl Parts {
    fn of(suite: &Suite) -> Self {
        let (seed, traditional) = suite.private(&suite.own().private);
        let seed = SecretBytes::copy_of(seed);
        let options = SignOptions {
            rsa_scheme: suite.single().and_then(|(_, scheme)| scheme),
            ..SignOptions::default()
        };
        Self {
            lattice: PrivateKey::from_seed(suite.post_quantum, seed).unwrap(),
            traditional: suite.single_key(traditional).map(|key| (key, options)),
        }
    }
}

fn verified(
    key: &PrivateKey,
    options: &VerifyOptions,
    message: &[u8],
    signature: &[u8],
) -> Result<bool> {
    let key = key.public_key().into_verifying()?;
    key.verify_with(message, signature, options).map(accepted)
}

#[test]
fn a_part_is_no_signature_of_the_message_and_the_whole_none_of_a_part() {
    let mut counts = Vec::new();
    for suite in signatures() {
        let own = suite.own();
        let key = own.signing().verifying_key();
        let parts = Parts::of(&suite);
        let mut matrix = Matrix::new(suite.name());
        let good = own.signing().sign(MESSAGE).unwrap();
        let (a, b) = suite.output(&good);
        let representative = suite.representative(MESSAGE);
        let composite = |signature: &[u8]| key.verify(MESSAGE, signature).map(accepted);
        let plain = VerifyOptions::default();
        let lattice = |options: &VerifyOptions, message: &[u8], signature: &[u8]| {
            verified(&parts.lattice, options, message, signature)
        };
        let label = with_context(&suite.label());
        // Control: this is what the part has signed. Its context keeps it from being anything else.
        assert!(
            lattice(&label, &representative, a).unwrap(),
            "{}",
            suite.name()
        );
        for (how, accepted) in [
            ("ML-DSA part of the message", lattice(&plain, MESSAGE, a)),
            ("ML-DSA part of M'", lattice(&plain, &representative, a)),
            (
                "ML-DSA part of the message under the label",
                lattice(&label, MESSAGE, a),
            ),
            ("the whole to ML-DSA", lattice(&plain, MESSAGE, &good)),
            (
                "the whole to ML-DSA under the label",
                lattice(&label, &representative, &good),
            ),
            ("traditional part to ML-DSA", lattice(&plain, MESSAGE, b)),
        ] {
            matrix.refuse(how, accepted);
        }
        let of_lattice = |message: &[u8]| {
            let PrivateKey::Signing(key) = &parts.lattice else {
                panic!("ML-DSA signs")
            };
            key.sign(message).unwrap()
        };
        let (alone, over_m) = (of_lattice(MESSAGE), of_lattice(&representative));
        matrix.refuse("ML-DSA alone to the composite", composite(&alone));
        matrix.refuse("ML-DSA alone in front", composite(&[&alone, b].concat()));
        matrix.refuse("ML-DSA of M' in front", composite(&[&over_m, b].concat()));

        if let Some((single, options)) = &parts.traditional {
            let PrivateKey::Signing(signer) = single else {
                panic!("the traditional part signs")
            };
            let scheme = VerifyOptions {
                rsa_scheme: options.rsa_scheme,
                ..VerifyOptions::default()
            };
            let traditional =
                |message: &[u8], signature: &[u8]| verified(single, &scheme, message, signature);
            // Control: alone it is a signature of M', and the prefix of M' tells it from a message
            // (draft-ietf-lamps-pq-composite-sigs-19, "Use of Prefix for attack mitigation").
            assert!(traditional(&representative, b).unwrap(), "{}", suite.name());
            let alone_b = signer.sign_with(MESSAGE, options).unwrap();
            for (how, accepted) in [
                ("traditional part of the message", traditional(MESSAGE, b)),
                (
                    "the whole to the traditional algorithm",
                    traditional(MESSAGE, &good),
                ),
                (
                    "the whole to it over M'",
                    traditional(&representative, &good),
                ),
                (
                    "ML-DSA part to the traditional algorithm",
                    traditional(&representative, a),
                ),
                ("traditional alone to the composite", composite(&alone_b)),
                (
                    "traditional alone behind",
                    composite(&[a, &alone_b].concat()),
                ),
                (
                    "both alone together",
                    composite(&[&alone[..], &alone_b].concat()),
                ),
            ] {
                matrix.refuse(how, accepted);
            }
        }
        counts.push(matrix.finish_at_least(9));
    }
    let expected = signatures().map(|suite| match suite.traditional {
        Traditional::Ed448 => (suite.name(), 9),
        Traditional::Ec(curve) if curve.name.starts_with("brainpool") => (suite.name(), 9),
        _ => (suite.name(), 16),
    });
    assert_eq!(counts, expected.collect::<Vec<_>>());
}
