//! Detached JWS.

use std::sync::LazyLock;

use base64ct::{Base64UrlUnpadded, Encoding};
use chop::algorithm::RsaScheme;
use chop::jws::{Jws, MAX_HEADER, MAX_SIGNATURE};
use chop::{
    Algorithm, Code, PrivateKey, SecretBytes, SigningKey, Verdict, VerifyOptions, VerifyingKey,
};
use serde_json::Value;

use super::common::refusal;

/// What the signatures of the corpus were made over.
pub const PAYLOAD: &[u8] = b"a payment of 100.00 EUR";

/// The fixed keys: one for each family, and the scheme of RSA.
pub const KEYS: &[(Algorithm, Option<RsaScheme>)] = &[
    (Algorithm::MlDsa44, None),
    (Algorithm::Ed25519, None),
    (Algorithm::EcdsaP256Sha256, None),
    (Algorithm::EcdsaP521Sha512, None),
    (Algorithm::Rsa2048, Some(RsaScheme::Pkcs1Sha256)),
];

/// The fixed key of an algorithm.
pub fn key(algorithm: Algorithm) -> SigningKey {
    let key = match (algorithm.info().seed, algorithm.info().expanded) {
        _ if algorithm == Algorithm::Rsa2048 => {
            let der = SecretBytes::copy_of(include_bytes!("../keys/rsa-2048.der"));
            PrivateKey::from_expanded(algorithm, der)
        }
        (Some(len), _) => PrivateKey::from_seed(algorithm, SecretBytes::copy_of(&vec![1; len])),
        (None, expanded) => {
            let scalar = vec![1; expanded.expect("one of the two").max()];
            PrivateKey::from_expanded(algorithm, SecretBytes::copy_of(&scalar))
        }
    };
    key.and_then(PrivateKey::into_signing)
        .expect("fixed keys are good")
}

/// Takes `data` for a JWS, and for the header of one that is signed here: base64url would keep a
/// fuzzer from the JSON. Such a JWS is valid if its header is accepted and names the algorithm.
pub fn run(data: &[u8]) -> bool {
    static SIGNER: LazyLock<SigningKey> = LazyLock::new(|| key(Algorithm::Ed25519));
    let header = Base64UrlUnpadded::encode_string(data);
    let members = serde_json::from_slice(data).unwrap_or(Value::Null);
    let signature = SIGNER.sign(&signing_input(&header, &members));
    let signature = Base64UrlUnpadded::encode_string(&signature.expect("a fixed key signs"));
    let made = format!("{header}..{signature}");
    let accepted = Jws::parse(made.as_bytes());
    let named = accepted.is_ok_and(|jws| ED25519.contains(&jws.algorithm_name()));
    assert_eq!(message(made.as_bytes()), named, "signed under this header");
    message(data) || named
}

/// Takes a JWS apart and verifies it under every key: another JSON parser finds the same header,
/// only a key whose algorithm the header names gives a verdict, and the bare signature over the
/// signing input, put together here, has the same.
fn message(data: &[u8]) -> bool {
    static PUBLIC: LazyLock<Vec<(VerifyingKey, Option<RsaScheme>)>> = LazyLock::new(|| {
        let public = |algorithm| key(algorithm).verifying_key().clone();
        KEYS.iter()
            .map(|(row, scheme)| (public(*row), *scheme))
            .collect()
    });
    let jws = match Jws::parse(data) {
        Ok(jws) => jws,
        Err(error) => {
            refusal(&error);
            return false;
        }
    };
    let text = std::str::from_utf8(data).expect("only base64url is accepted");
    let (protected, signature) = text.trim_ascii_end().split_once("..").expect("detached");
    let (header, signature) = (decoded(protected), decoded(signature));
    assert!(header.len() <= MAX_HEADER && signature.len() <= MAX_SIGNATURE);
    let header: Value = serde_json::from_slice(&header).expect("the header was accepted");
    assert_eq!(header["alg"].as_str(), Some(jws.algorithm_name()));
    assert_eq!(header.get("kid").and_then(Value::as_str), jws.kid());
    if header.get("b64").is_some() || header.get("crit").is_some() {
        assert_eq!(header["crit"], serde_json::json!(["b64"]));
        assert!(header["b64"].is_boolean());
    }
    let input = signing_input(protected, &header);

    let mut valid = false;
    for (key, scheme) in PUBLIC.iter() {
        let named = names(key.algorithm()).contains(&jws.algorithm_name());
        let verdict = match verdict(&jws, key, *scheme) {
            Ok(verdict) => verdict,
            Err(error) => {
                refusal(&error);
                assert_eq!(error.code() == Code::Unsupported, !named, "{error:?}");
                continue;
            }
        };
        assert!(named, "the header names another algorithm");
        let bare = match key.algorithm() {
            Algorithm::EcdsaP256Sha256 | Algorithm::EcdsaP521Sha512 => der(&signature),
            _ => signature.clone(),
        };
        let options = VerifyOptions {
            rsa_scheme: *scheme,
            ..VerifyOptions::default()
        };
        assert_eq!(key.verify_with(&input, &bare, &options), Ok(verdict));
        valid |= verdict.is_valid();
    }
    valid
}

/// RFC 7515 section 5.1, RFC 7797 section 3.
fn signing_input(protected: &str, header: &Value) -> Vec<u8> {
    let payload = match header.get("b64") {
        Some(Value::Bool(false)) => PAYLOAD.to_vec(),
        _ => Base64UrlUnpadded::encode_string(PAYLOAD).into_bytes(),
    };
    [protected.as_bytes(), b".", &payload].concat()
}

fn verdict(jws: &Jws, key: &VerifyingKey, scheme: Option<RsaScheme>) -> chop::Result<Verdict> {
    let mut verifying = jws.verifying(key, scheme)?;
    for part in PAYLOAD.chunks(4) {
        verifying.update(part)?;
    }
    verifying.finish()
}

/// RFC 8037, and RFC 9864.
const ED25519: &[&str] = &["EdDSA", "Ed25519"];

/// RFC 9964, RFC 7518.
fn names(algorithm: Algorithm) -> &'static [&'static str] {
    match algorithm {
        Algorithm::MlDsa44 => &["ML-DSA-44"],
        Algorithm::Ed25519 => ED25519,
        Algorithm::EcdsaP256Sha256 => &["ES256"],
        Algorithm::EcdsaP521Sha512 => &["ES512"],
        _ => &["RS256"],
    }
}

/// Decoded, and the only text that decodes so.
fn decoded(text: &str) -> Vec<u8> {
    let bytes = Base64UrlUnpadded::decode_vec(text).expect("it was accepted");
    assert_eq!(Base64UrlUnpadded::encode_string(&bytes), text);
    bytes
}

/// The DER of r and s.
fn der(fixed: &[u8]) -> Vec<u8> {
    let element = |tag: u8, contents: &[u8]| {
        let len = u8::try_from(contents.len()).expect("at most 139 bytes");
        let header = match len {
            0..0x80 => vec![tag, len],
            _ => vec![tag, 0x81, len],
        };
        [&header, contents].concat()
    };
    let integer = |number: &[u8]| {
        let zeroes = number.iter().take_while(|byte| **byte == 0).count();
        let mut digits = number[zeroes..].to_vec();
        if digits.first().is_none_or(|first| *first >= 0x80) {
            digits.insert(0, 0);
        }
        element(0x02, &digits)
    };
    let (r, s) = fixed.split_at(fixed.len() / 2);
    element(0x30, &[integer(r), integer(s)].concat())
}
