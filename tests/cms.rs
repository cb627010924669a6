//! CMS through the public API: what is written is read, and everything else is refused by name.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

use chop::cms::{self, Options, SignedData, Signer, Signing, Trust};
use chop::{
    Algorithm, Certificate, Code, Error, SignOptions, SigningKey, Time, Verdict, VerifyingKey,
};

const CONTENT: &[u8] = b"<Document>a credit transfer</Document>";

/// 2026-11-23T00:00:00Z
fn now() -> Time {
    Time::from_unix_seconds(1_795_392_000).unwrap()
}

fn signing_algorithms() -> impl Iterator<Item = Algorithm> {
    // The small and slow sets of SLH-DSA differ from the others in nothing that CMS sees.
    Algorithm::CURRENT.iter().copied().filter(|algorithm| {
        algorithm.info().shared_secret.is_none() && !algorithm.name().ends_with('s')
    })
}

fn certificate(key: &SigningKey, name: &str) -> Certificate {
    let options = SignOptions::default();
    let validity = now()..=now().plus_days(10).unwrap();
    Certificate::self_signed(
        key,
        &format!("CN={name},O=Example Bank,C=CN"),
        validity,
        &options,
    )
    .unwrap()
}

fn signed(signers: Vec<Signer<'_>>, options: Options, content: &[u8]) -> Vec<u8> {
    let mut signing = Signing::new(signers, options).unwrap();
    for part in content.chunks(7) {
        signing.update(part).unwrap();
    }
    signing.finish().unwrap()
}

fn verified(message: &[u8], content: Option<&[u8]>, trust: Trust) -> Result<cms::Outcome, Error> {
    let data = SignedData::parse(message)?;
    let mut verifying = data.verifying(trust)?;
    if let Some(content) = content {
        verifying.update(content)?;
    }
    verifying.finish()
}

fn keys(keys: &[&VerifyingKey]) -> Trust {
    Trust::Keys(keys.iter().map(|key| (*key).clone()).collect())
}

fn anchors(certificates: &[&Certificate], at: Time) -> Trust {
    Trust::Anchors {
        certificates: certificates.iter().map(|one| (*one).clone()).collect(),
        at,
    }
}

#[test]
fn every_algorithm_signs_in_every_shape_and_verifies_by_key_and_by_certificate() {
    for algorithm in signing_algorithms() {
        let key = SigningKey::generate(algorithm).unwrap();
        let certificate = certificate(&key, "Payments");
        for attached in [false, true] {
            for signed_attributes in [false, true] {
                for with_certificate in [false, true] {
                    let options = Options {
                        attached,
                        signed_attributes,
                        signing_time: Some(now()),
                        ..Options::default()
                    };
                    let signer = match with_certificate {
                        true => Signer::with_certificate(&key, &certificate).unwrap(),
                        false => Signer::new(&key),
                    };
                    let message = signed(vec![signer], options, CONTENT);
                    let data = SignedData::parse(&message).unwrap();
                    assert_eq!(data.content(), attached.then_some(CONTENT));
                    assert_eq!(data.certificates().len(), usize::from(with_certificate));
                    let content = (!attached).then_some(CONTENT);
                    for trust in [
                        keys(&[key.verifying_key()]),
                        anchors(&[&certificate], now()),
                    ] {
                        let outcome = verified(&message, content, trust).unwrap();
                        assert_eq!(
                            outcome.verdict,
                            Verdict::Valid,
                            "{algorithm}: {}",
                            outcome.reason
                        );
                        let time = signed_attributes.then(now);
                        assert_eq!(outcome.signers[0].signing_time, time);
                    }
                    if !attached {
                        let outcome =
                            verified(&message, Some(b"forged"), keys(&[key.verifying_key()]))
                                .unwrap();
                        assert_eq!(outcome.verdict, Verdict::Invalid);
                    }
                }
            }
        }
    }
}

#[test]
fn pem_is_read() {
    let key = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let pem = cms::to_pem(&cms::sign(&key, CONTENT).unwrap()).unwrap();
    assert!(pem.starts_with(b"-----BEGIN CMS-----"));
    assert!(
        cms::verify(key.verifying_key(), CONTENT, &pem)
            .unwrap()
            .is_valid()
    );
}

#[test]
fn of_several_signers_each_trusted_key_must_have_signed() {
    let (a, b, c) = (
        SigningKey::generate(Algorithm::MlDsa65).unwrap(),
        SigningKey::generate(Algorithm::EcdsaP256Sha256).unwrap(),
        SigningKey::generate(Algorithm::MlDsa65).unwrap(),
    );
    let message = signed(
        vec![Signer::new(&a), Signer::new(&b)],
        Options::default(),
        CONTENT,
    );
    let verdict = |trusted: &[&VerifyingKey]| {
        verified(&message, Some(CONTENT), keys(trusted))
            .unwrap()
            .verdict
    };
    let (ka, kb, kc) = (a.verifying_key(), b.verifying_key(), c.verifying_key());
    assert_eq!(verdict(&[ka]), Verdict::Valid);
    assert_eq!(verdict(&[kb]), Verdict::Valid);
    assert_eq!(verdict(&[kb, ka]), Verdict::Valid);
    assert_eq!(verdict(&[kc]), Verdict::Invalid);
    assert_eq!(verdict(&[ka, kc]), Verdict::Invalid);
    let outcome = verified(&message, Some(CONTENT), keys(&[kb])).unwrap();
    let checked: Vec<_> = outcome.signers.iter().map(|one| one.verdict).collect();
    assert_eq!(
        checked.iter().filter(|one| one.is_none()).count(),
        1,
        "{checked:?}"
    );
}

#[test]
fn a_message_is_not_believed_because_of_the_certificate_in_it() {
    let (honest, thief) = (
        SigningKey::generate(Algorithm::MlDsa44).unwrap(),
        SigningKey::generate(Algorithm::MlDsa44).unwrap(),
    );
    let anchor = certificate(&honest, "Payments");
    // The same name, another key.
    let false_one = certificate(&thief, "Payments");
    let by_thief = signed(
        vec![Signer::with_certificate(&thief, &false_one).unwrap()],
        Options::default(),
        CONTENT,
    );
    let outcome = verified(&by_thief, Some(CONTENT), anchors(&[&anchor], now())).unwrap();
    assert_eq!(outcome.verdict, Verdict::Untrusted, "{}", outcome.reason);
    let outcome = verified(&by_thief, Some(CONTENT), keys(&[honest.verifying_key()])).unwrap();
    assert_eq!(outcome.verdict, Verdict::Invalid);
    let error = Signer::with_certificate(&thief, &anchor).err().unwrap();
    assert_eq!(error.code(), Code::Inconsistent);
}

#[test]
fn an_anchor_outside_its_time_is_not_believed() {
    let key = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let anchor = certificate(&key, "Payments");
    let message = signed(vec![Signer::new(&key)], Options::default(), CONTENT);
    let before = Time::from_unix_seconds(now().unix_seconds() - 1).unwrap();
    let after = Time::from_unix_seconds(now().plus_days(10).unwrap().unix_seconds() + 1).unwrap();
    for (at, good) in [
        (before, false),
        (now(), true),
        (now().plus_days(10).unwrap(), true),
        (after, false),
    ] {
        let outcome = verified(&message, Some(CONTENT), anchors(&[&anchor], at));
        match outcome {
            Ok(outcome) => assert!(good && outcome.verdict.is_valid(), "{at}"),
            Err(error) => {
                assert!(!good, "{at}");
                assert_eq!(error.code(), Code::Untrusted);
            }
        }
    }
}

/// DER by hand: every message below is wrong in one place.
mod hand {
    use super::*;

    pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let contents = parts.concat();
        let len = u32::try_from(contents.len()).unwrap().to_be_bytes();
        let header = match contents.len() {
            0..0x80 => vec![tag, len[3]],
            0x80..0x100 => vec![tag, 0x81, len[3]],
            0x100..0x1_0000 => vec![tag, 0x82, len[2], len[3]],
            _ => vec![tag, 0x83, len[1], len[2], len[3]],
        };
        [header, contents].concat()
    }

    pub(crate) const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    pub(crate) const SIGNED: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    pub(crate) const ENVELOPED: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3];
    pub(crate) const SHA1: &[u8] = &[0x30, 7, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a];

    pub(crate) fn nist(arc: u8, last: u8) -> Vec<u8> {
        tlv(
            0x30,
            &[&tlv(6, &[&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, arc, last]])],
        )
    }

    pub(crate) fn attribute(last: u8, values: &[&[u8]]) -> Vec<u8> {
        let kind = tlv(6, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, last]]);
        tlv(0x30, &[&kind, &tlv(0x31, values)])
    }

    /// The parts of a message, right until a test changes them.
    pub(crate) struct Parts {
        pub(crate) key: SigningKey,
        pub(crate) version: u8,
        pub(crate) content_type: Vec<u8>,
        pub(crate) signer_version: u8,
        pub(crate) digest: Vec<u8>,
        pub(crate) attributes: Option<Vec<Vec<u8>>>,
        pub(crate) algorithm: Vec<u8>,
        pub(crate) after: Vec<u8>,
        pub(crate) sorted: bool,
        /// Whether the signer calls itself by the identifier of the key.
        pub(crate) named_by_key: bool,
    }

    impl Parts {
        pub(crate) fn new() -> Self {
            let hash = chop::Hash::Sha512.of(CONTENT);
            Self {
                key: SigningKey::generate(Algorithm::MlDsa44).unwrap(),
                version: 3,
                content_type: DATA.to_vec(),
                signer_version: 3,
                digest: nist(2, 3),
                attributes: Some(vec![
                    attribute(3, &[DATA]),
                    attribute(4, &[&tlv(4, &[&hash])]),
                ]),
                algorithm: nist(3, 17),
                after: Vec::new(),
                sorted: true,
                named_by_key: false,
            }
        }

        pub(crate) fn signer(&self) -> Vec<u8> {
            let sid = match self.named_by_key {
                // What the library calls the key: SHA-1 is not for tests to compute.
                true => {
                    let message = signed(vec![Signer::new(&self.key)], Options::default(), CONTENT);
                    let at = message.windows(2).position(|pair| pair == [0x80, 20]);
                    let at = at.unwrap();
                    message[at..at + 22].to_vec()
                }
                false => tlv(0x80, &[b"some identifier"]),
            };
            let mut attributes = Vec::new();
            let mut signature = self.key.sign(CONTENT).unwrap();
            if let Some(list) = &self.attributes {
                let mut sorted = list.clone();
                sorted.sort();
                let set = tlv(0x31, &[&sorted.concat()]);
                signature = self.key.sign(&set).unwrap();
                attributes = tlv(
                    0xa0,
                    &[&if self.sorted { sorted } else { list.clone() }.concat()],
                );
            }
            tlv(
                0x30,
                &[
                    &[2, 1, self.signer_version],
                    &sid,
                    &self.digest,
                    &attributes,
                    &self.algorithm,
                    &tlv(4, &[&signature]),
                    &self.after,
                ],
            )
        }

        pub(crate) fn message_of(&self, signers: &[&[u8]]) -> Vec<u8> {
            let signed = tlv(
                0x30,
                &[
                    &[2, 1, self.version],
                    &tlv(0x31, &[&self.digest]),
                    &tlv(0x30, &[&self.content_type]),
                    &tlv(0x31, signers),
                ],
            );
            tlv(0x30, &[SIGNED, &tlv(0xa0, &[&signed])])
        }

        pub(crate) fn verify(&self) -> Result<cms::Outcome, Error> {
            let message = self.message_of(&[&self.signer()]);
            verified(&message, Some(CONTENT), keys(&[self.key.verifying_key()]))
        }

        /// The words of the refusal.
        pub(crate) fn refusal(&self) -> String {
            let error = self.verify().err().unwrap();
            assert_eq!(error.code().exit_status(), 3, "{error}");
            error.to_string()
        }

        /// The reason of an answer that is no.
        pub(crate) fn reason(&self) -> String {
            let outcome = self.verify().unwrap();
            assert_eq!(outcome.verdict, Verdict::Invalid);
            outcome.reason
        }
    }
}

use hand::{Parts, attribute, nist, tlv};

#[test]
fn what_the_hand_writes_right_is_valid() {
    let mut parts = Parts::new();
    assert!(parts.verify().unwrap().verdict.is_valid());
    // Signed in the order of DER, written in another, as some software does.
    parts.sorted = false;
    parts.attributes.as_mut().unwrap().reverse();
    assert!(parts.verify().unwrap().verdict.is_valid());
    parts.attributes = None;
    assert!(parts.verify().unwrap().verdict.is_valid());
}

#[test]
fn attributes_that_contradict_the_content_are_refused() {
    let other = chop::Hash::Sha512.of(b"other content");
    let mut parts = Parts::new();
    parts.attributes = Some(vec![
        attribute(3, &[hand::DATA]),
        attribute(4, &[&tlv(4, &[&other])]),
    ]);
    assert_eq!(parts.reason(), "the content is not the one that was signed");

    let right = chop::Hash::Sha512.of(CONTENT);
    let digest = attribute(4, &[&tlv(4, &[&right])]);
    parts.attributes = Some(vec![attribute(3, &[hand::ENVELOPED]), digest.clone()]);
    assert_eq!(
        parts.reason(),
        "the signed attributes name another type than the message has"
    );

    let short = attribute(4, &[&tlv(4, &[&right[..63]])]);
    parts.attributes = Some(vec![attribute(3, &[hand::DATA]), short]);
    assert_eq!(parts.reason(), "the content is not the one that was signed");

    // RFC 6211 says SHA-256 where the message says SHA-512.
    let protection = tlv(0x30, &[&nist(2, 1), &tlv(0xa1, &[&nist(3, 17)[2..]])]);
    parts.attributes = Some(vec![
        attribute(3, &[hand::DATA]),
        digest.clone(),
        attribute(52, &[&protection]),
    ]);
    assert_eq!(
        parts.refusal(),
        "signer 1: CMS algorithm protection (RFC 6211): expected the algorithms that stand beside it, got others"
    );
    let protection = tlv(0x30, &[&nist(2, 3), &tlv(0xa1, &[&nist(3, 17)[2..]])]);
    parts.attributes = Some(vec![
        attribute(3, &[hand::DATA]),
        digest,
        attribute(52, &[&protection]),
    ]);
    assert!(parts.verify().unwrap().verdict.is_valid());
}

#[test]
fn attributes_must_be_there_once_and_with_one_value() {
    let hash = tlv(4, &[&chop::Hash::Sha512.of(CONTENT)]);
    let (content_type, digest) = (attribute(3, &[hand::DATA]), attribute(4, &[&hash]));
    for (attributes, words) in [
        (
            vec![digest.clone()],
            "signer 1: CMS signed attributes: expected content-type (RFC 5652 section 5.3), got no such attribute",
        ),
        (
            vec![content_type.clone()],
            "signer 1: CMS signed attributes: expected message-digest (RFC 5652 section 5.3), got no such attribute",
        ),
        (
            vec![],
            "signer 1: CMS signed attributes: expected content-type (RFC 5652 section 5.3), got no such attribute",
        ),
        (
            vec![content_type.clone(), digest.clone(), digest.clone()],
            "signer 1: CMS signed attributes: expected each attribute once, got 1.2.840.113549.1.9.4 twice",
        ),
        (
            vec![content_type.clone(), attribute(4, &[&hash, &hash])],
            "signer 1: CMS message-digest attribute: expected one value, got 2",
        ),
        (
            vec![content_type.clone(), attribute(4, &[])],
            "signer 1: CMS message-digest attribute: expected one value, got 0",
        ),
        (
            vec![content_type.clone(), attribute(4, &[&tlv(3, &[b"\0x"])])],
            "signer 1: CMS message-digest attribute",
        ),
        (
            vec![
                content_type.clone(),
                digest.clone(),
                attribute(5, &[&tlv(4, &[b"x"])]),
            ],
            "signer 1: CMS signing-time",
        ),
        (
            vec![content_type, digest, tlv(0x30, &[hand::DATA])],
            "signer 1: CMS attribute",
        ),
    ] {
        let mut parts = Parts::new();
        parts.attributes = Some(attributes);
        assert_eq!(parts.refusal(), words);
    }
}

#[test]
fn algorithms_that_do_not_fit_are_refused_by_name() {
    let mut parts = Parts::new();
    parts.digest = hand::SHA1.to_vec();
    assert_eq!(
        parts.refusal(),
        "signer 1: hash function of the message: expected one of SHA-2, SHA-3 or SHAKE from 256 bits on, with the parameters of its RFC, got SHA-1"
    );
    let mut parts = Parts::new();
    parts.key = SigningKey::generate(Algorithm::MlDsa65).unwrap();
    parts.algorithm = nist(3, 18);
    parts.digest = nist(2, 1);
    let hash = tlv(4, &[&chop::Hash::Sha256.of(CONTENT)]);
    parts.attributes = Some(vec![attribute(3, &[hand::DATA]), attribute(4, &[&hash])]);
    assert_eq!(
        parts.refusal(),
        "signer 1: hash function of the message: expected one that is suitable for ML-DSA-65, got SHA-256"
    );
    // RFC 9882: without signed attributes the verifier pays no attention to the hash function.
    parts.attributes = None;
    assert!(parts.verify().unwrap().verdict.is_valid());
    // The signer says ML-DSA-87, the key is ML-DSA-65.
    parts.algorithm = nist(3, 19);
    assert_eq!(
        parts.refusal(),
        "signer 1: signature algorithm: expected one of a key of ML-DSA-65, got ML-DSA-87"
    );
    // The pre-hash variant has an identifier of its own.
    parts.algorithm = nist(3, 33);
    assert!(
        parts
            .refusal()
            .contains("got 2.16.840.1.101.3.4.3.33 (HashML-DSA-65-with-SHA512")
    );
    // Among several signers it is one of somebody else.
    let message = parts.message_of(&[&parts.signer(), &Parts::new().signer()]);
    let outcome = verified(&message, Some(CONTENT), keys(&[parts.key.verifying_key()])).unwrap();
    assert_eq!(outcome.verdict, Verdict::Invalid);
    assert_eq!(
        outcome.reason,
        format!(
            "no signature by the ML-DSA-65 key {}",
            fingerprint(&parts.key)
        )
    );
}

fn fingerprint(key: &SigningKey) -> String {
    chop::PublicKey::Verifying(key.verifying_key().clone())
        .fingerprint()
        .to_string()
}

#[test]
fn structures_that_do_not_fit_are_refused_by_name() {
    let parts = Parts::new();
    let trust = || keys(&[parts.key.verifying_key()]);
    let refusal = |message: &[u8]| {
        let error = verified(message, Some(CONTENT), trust()).err().unwrap();
        assert_eq!(error.code().exit_status(), 3, "{error}");
        error.to_string()
    };
    assert_eq!(
        refusal(&parts.message_of(&[])),
        "CMS SignedData: expected at least one signer, got none: it carries certificates and signs nothing"
    );
    let many = vec![parts.signer(); 65];
    let many: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
    assert_eq!(
        refusal(&parts.message_of(&many)),
        "signers of a CMS message: expected at most 64, got 65"
    );
    let message = parts.message_of(&[&parts.signer()]);
    let enveloped: Vec<u8> = tlv(0x30, &[hand::ENVELOPED, &tlv(0xa0, &[&[0x30, 0]])]);
    assert_eq!(
        refusal(&enveloped),
        "CMS message: expected SignedData, got EnvelopedData"
    );
    assert!(
        refusal(&message[..message.len() - 1])
            .contains("CMS signature: expected PEM, DER or BER of CMS SignedData")
    );
    assert!(refusal(&[&message[..], &[0]].concat()).contains("more bytes after the end"));
    assert!(refusal(b"not a signature").contains("CMS signature"));
    assert!(refusal(b"").contains("CMS signature"));

    let changed = |change: &dyn Fn(&mut Parts)| {
        let mut parts = Parts::new();
        change(&mut parts);
        parts.refusal()
    };
    assert_eq!(
        changed(&|parts| parts.version = 2),
        "version of SignedData: expected 1, 3, 4 or 5, got 2"
    );
    assert_eq!(
        changed(&|parts| parts.signer_version = 1),
        "signer 1: CMS SignerInfo: expected version 1 with issuer and serial number, or 3 with a key identifier, got version 1 with another"
    );
    assert_eq!(
        changed(&|parts| parts.after = vec![5, 0]),
        "signer 1: CMS SignerInfo: more fields than it has"
    );
    assert_eq!(
        changed(&|parts| parts.content_type = hand::ENVELOPED.to_vec()),
        "content type of a CMS message: expected plain data, got EnvelopedData"
    );
    assert_eq!(
        changed(&|parts| parts.algorithm = tlv(0x30, &[&nist(3, 17)[2..], &[5, 0]])),
        "signer 1: parameters of ML-DSA-44: expected absent, got others"
    );
}

#[test]
fn the_content_is_asked_for_where_it_is_missing_and_refused_where_it_is_inside() {
    let key = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let detached = signed(vec![Signer::new(&key)], Options::default(), CONTENT);
    let error = verified(&detached, None, keys(&[key.verifying_key()])).unwrap_err();
    assert_eq!(error.code(), Code::Usage);
    let options = Options {
        attached: true,
        ..Options::default()
    };
    let attached = signed(vec![Signer::new(&key)], options, CONTENT);
    let error = verified(&attached, Some(CONTENT), keys(&[key.verifying_key()])).unwrap_err();
    assert_eq!(error.code(), Code::Usage);
    // Empty content is content.
    let empty = signed(vec![Signer::new(&key)], Options::default(), b"");
    assert!(
        verified(&empty, Some(b""), keys(&[key.verifying_key()]))
            .unwrap()
            .verdict
            .is_valid()
    );
}

#[test]
fn options_that_fit_nobody_are_refused() {
    let key = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let ecdsa = SigningKey::generate(Algorithm::EcdsaP256Sha256).unwrap();
    let code = |signers, options| Signing::new(signers, options).err().unwrap().code();
    assert_eq!(code(vec![], Options::default()), Code::Usage);
    assert_eq!(
        code(
            vec![Signer::new(&key), Signer::new(&key)],
            Options::default()
        ),
        Code::Usage
    );
    let deterministic = Options {
        deterministic: true,
        ..Options::default()
    };
    assert_eq!(code(vec![Signer::new(&ecdsa)], deterministic), Code::Usage);
    let scheme = Options {
        rsa_scheme: Some(chop::algorithm::RsaScheme::PssSha256),
        ..Options::default()
    };
    assert_eq!(code(vec![Signer::new(&key)], scheme), Code::Usage);
}

#[test]
fn any_changed_byte_of_a_detached_signature_is_refused_or_changes_nothing() {
    let key = SigningKey::generate(Algorithm::EcdsaP256Sha256).unwrap();
    let message = signed(vec![Signer::new(&key)], Options::default(), CONTENT);
    let mut accepted = Vec::new();
    for i in 0..message.len() {
        for bit in 0..8 {
            let mut changed = message.clone();
            changed[i] ^= 1 << bit;
            let outcome = verified(&changed, Some(CONTENT), keys(&[key.verifying_key()]));
            if outcome.is_ok_and(|outcome| outcome.verdict.is_valid()) {
                accepted.push(i);
            }
        }
    }
    accepted.dedup();
    // What may change: the version of SignedData, the set of hash functions, and the name of the
    // signer, which no decision rests on.
    let signer = message
        .windows(2)
        .position(|pair| pair == [0x80, 20])
        .unwrap();
    for i in accepted {
        assert!(i < signer + 22, "byte {i} of {}", message.len());
    }
}

/// A bare signature over the bytes of attributes is one over those attributes: neither is made nor read.
#[test]
fn content_that_is_a_set_of_attributes_needs_signed_attributes() {
    let hash = chop::Hash::Sha512.of(CONTENT);
    let attributes = tlv(
        0x31,
        &[
            &attribute(3, &[hand::DATA]),
            &attribute(4, &[&tlv(4, &[&hash])]),
        ],
    );
    let key = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let bare = Options {
        signed_attributes: false,
        ..Options::default()
    };
    let mut signing = Signing::new(vec![Signer::new(&key)], bare.clone()).unwrap();
    signing.update(&attributes).unwrap();
    let words = "CMS content without signed attributes: expected anything but signed attributes, \
                 got some: the signature would hold for other content too";
    assert_eq!(signing.finish().unwrap_err().to_string(), words);

    // What was signed with attributes, with the attributes passed off as its content.
    let mut parts = Parts::new();
    let signature = parts.key.sign(&attributes).unwrap();
    parts.attributes = None;
    let right = parts.signer();
    let start = right.len() - signature.len();
    let forged = [&right[..start], &signature].concat();
    let message = parts.message_of(&[&forged]);
    let error = verified(
        &message,
        Some(&attributes),
        keys(&[parts.key.verifying_key()]),
    );
    assert_eq!(error.unwrap_err().to_string(), words);

    // The same bytes with one more are ordinary content.
    let longer = [&attributes[..], &[0]].concat();
    let message = signed(vec![Signer::new(&key)], bare, &longer);
    let outcome = verified(&message, Some(&longer), keys(&[key.verifying_key()]));
    assert!(outcome.unwrap().verdict.is_valid());
}

/// A message with two signers who both call themselves by the key of `parts`.
fn two_signers(parts: &Parts, first: &Parts) -> Result<cms::Outcome, Error> {
    let (first, second) = (first.signer(), parts.signer());
    verified(
        &parts.message_of(&[&first, &second]),
        Some(CONTENT),
        keys(&[parts.key.verifying_key()]),
    )
}

#[test]
fn a_signer_of_the_trusted_key_that_contradicts_the_content_spoils_the_message() {
    let named = |parts: &mut Parts| parts.named_by_key = true;
    let mut good = Parts::new();
    named(&mut good);
    let mut bad = Parts::new();
    named(&mut bad);
    bad.key = good.key;
    let other = chop::Hash::Sha512.of(b"other content");
    bad.attributes = Some(vec![
        attribute(3, &[hand::DATA]),
        attribute(4, &[&tlv(4, &[&other])]),
    ]);
    let spoilt = bad.signer();
    good.key = bad.key;
    assert!(good.verify().unwrap().verdict.is_valid());
    let message = good.message_of(&[&spoilt, &good.signer()]);
    let trust = || keys(&[good.key.verifying_key()]);
    let outcome = verified(&message, Some(CONTENT), trust()).unwrap();
    assert_eq!(outcome.verdict, Verdict::Invalid);
    assert_eq!(outcome.reason, "the content is not the one that was signed");
    // The signature of somebody else says nothing about this key.
    let mut stranger = Parts::new();
    named(&mut stranger);
    let outcome = two_signers(&good, &stranger).unwrap();
    assert_eq!(outcome.verdict, Verdict::Valid, "{}", outcome.reason);
}

#[test]
fn a_key_that_is_given_twice_is_one_key() {
    let key = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let message = signed(vec![Signer::new(&key)], Options::default(), CONTENT);
    let twice = keys(&[key.verifying_key(), key.verifying_key()]);
    assert!(
        verified(&message, Some(CONTENT), twice)
            .unwrap()
            .verdict
            .is_valid()
    );
}

#[test]
fn the_scheme_of_an_rsa_key_can_be_demanded() {
    use chop::algorithm::RsaScheme;
    let key = SigningKey::generate(Algorithm::Rsa2048).unwrap();
    let options = Options {
        rsa_scheme: Some(RsaScheme::Pkcs1Sha256),
        ..Options::default()
    };
    let message = signed(vec![Signer::new(&key)], options, CONTENT);
    let data = SignedData::parse(&message).unwrap();
    let verify = |scheme| {
        let mut verifying = data.verifying_rsa(keys(&[key.verifying_key()]), scheme)?;
        verifying.update(CONTENT)?;
        verifying.finish()
    };
    assert!(verify(None).unwrap().verdict.is_valid());
    assert!(
        verify(Some(RsaScheme::Pkcs1Sha256))
            .unwrap()
            .verdict
            .is_valid()
    );
    assert_eq!(
        verify(Some(RsaScheme::PssSha256)).unwrap_err().to_string(),
        "signer 1: RSA scheme: expected RSASSA-PSS-SHA256, got RSASSA-PKCS1-v1_5-SHA256"
    );
}

#[test]
fn an_expired_certificate_in_a_bundle_does_not_spoil_the_others() {
    let (old, new) = (
        SigningKey::generate(Algorithm::MlDsa44).unwrap(),
        SigningKey::generate(Algorithm::MlDsa44).unwrap(),
    );
    let later = now().plus_days(30).unwrap();
    let expired = certificate(&old, "Payments");
    let validity = now()..=now().plus_days(60).unwrap();
    let valid =
        Certificate::self_signed(&new, "CN=Payments", validity, &SignOptions::default()).unwrap();
    let trust = || anchors(&[&expired, &valid], later);
    let by_new = signed(vec![Signer::new(&new)], Options::default(), CONTENT);
    assert!(
        verified(&by_new, Some(CONTENT), trust())
            .unwrap()
            .verdict
            .is_valid()
    );
    let by_old = signed(vec![Signer::new(&old)], Options::default(), CONTENT);
    let outcome = verified(&by_old, Some(CONTENT), trust()).unwrap();
    assert_eq!(outcome.verdict, Verdict::Untrusted);
    let error = verified(&by_old, Some(CONTENT), anchors(&[&expired], later)).unwrap_err();
    assert_eq!(error.code(), Code::Untrusted);
}

/// A certificate of a smaller curve than that of the signer: a stranger, not a malformed signature.
#[test]
fn a_trusted_stranger_with_shorter_signatures_is_a_stranger() {
    let (small, large) = (
        SigningKey::generate(Algorithm::EcdsaP256Sha256).unwrap(),
        SigningKey::generate(Algorithm::EcdsaP521Sha512).unwrap(),
    );
    let message = signed(vec![Signer::new(&large)], Options::default(), CONTENT);
    let anchor = certificate(&small, "Stranger");
    let outcome = verified(&message, Some(CONTENT), anchors(&[&anchor], now())).unwrap();
    assert_eq!(outcome.verdict, Verdict::Untrusted);
}

#[test]
fn names_that_no_reader_accepts_are_not_written() {
    let key = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let long = format!("CN={}", "x".repeat(65));
    for name in [
        "",
        "nonsense",
        "CN=",
        "C=CHN",
        "C=c1",
        "C=\u{e9}\u{e9}",
        "CN=#0403616263",
        &long,
        "CN=a\\0Ab",
    ] {
        let validity = now()..=now().plus_days(1).unwrap();
        let made = Certificate::self_signed(&key, name, validity, &SignOptions::default());
        assert_eq!(made.unwrap_err().code(), Code::Usage, "{name}");
    }
}

/// RFC 9881 section 5 and the composite draft keep encryption and agreement out of these certificates.
#[test]
fn an_anchor_whose_key_may_also_encrypt_is_not_believed() {
    for algorithm in [Algorithm::MlDsa44, Algorithm::MlDsa65EcdsaP256Sha512] {
        let key = SigningKey::generate(algorithm).unwrap();
        let good = certificate(&key, "Payments");
        assert!(good.check_anchor(now()).is_ok());
        // digitalSignature and nonRepudiation; then digitalSignature with each of the other four.
        let usage = [3, 2, 6, 0xc0];
        for other in [
            [3, 2, 5, 0xa0],
            [3, 2, 4, 0x90],
            [3, 2, 3, 0x88],
            [3, 2, 0, 0x81],
        ] {
            let mut der = good.as_der().to_vec();
            let at = der.windows(4).position(|window| window == usage).unwrap();
            der[at..at + 4].copy_from_slice(&other);
            let error = Certificate::from_bytes(&der)
                .unwrap()
                .check_anchor(now())
                .unwrap_err();
            assert_eq!(error.code(), Code::Untrusted);
            assert_eq!(
                error.actual(),
                Some("one that allows encryption or key agreement too"),
                "{algorithm} {other:?}"
            );
        }
    }
}

/// Both kinds of message, with and without signed attributes, explain the signature itself.
#[test]
fn every_signature_is_explained() {
    for algorithm in [Algorithm::MlDsa44, Algorithm::MlDsa44Ed25519Sha512] {
        let key = SigningKey::generate(algorithm).unwrap();
        for signed_attributes in [true, false] {
            let options = Options {
                signed_attributes,
                ..Options::default()
            };
            let message = signed(vec![Signer::new(&key)], options, CONTENT);
            let trust = Trust::Keys(vec![key.verifying_key().clone()]);
            let data = SignedData::parse(&message).unwrap();
            let mut verifying = data.verifying(trust).unwrap().explained();
            verifying.update(CONTENT).unwrap();
            let outcome = verifying.finish().unwrap();
            let steps = &outcome.signers[0].steps;
            for check in ["hint encoding", "norm of z", "second implementation"] {
                assert!(
                    steps.iter().any(|step| step.check == check && step.passed),
                    "{algorithm} {signed_attributes} {check}: {steps:?}"
                );
            }
        }
    }
}
