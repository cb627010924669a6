//! JSON Web Keys of type AKP (RFC 9964, draft-ietf-jose-pq-composite-sigs-03): `alg`, `pub`, and for a
//! private key `priv`: the seed of ML-DSA, the whole private key of a composite.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;

use super::pkcs8::{Layout, Parsed, Pieces};
use crate::algorithm::{Algorithm, Family};
use crate::backend;
use crate::error::{Error, Result};
use crate::key::PublicKey;
use crate::secret::SecretBytes;

/// The members that matter here. Others are ignored, as RFC 7517 section 4 asks; a member that
/// stands twice is an error. The strings are borrowed: no copy of `priv` is left behind.
#[derive(Deserialize)]
struct Members<'a> {
    kty: &'a str,
    #[serde(default, deserialize_with = "present")]
    alg: Option<&'a str>,
    #[serde(default, rename = "pub", deserialize_with = "present")]
    public: Option<&'a str>,
    #[serde(default, rename = "priv", deserialize_with = "present")]
    private: Option<&'a str>,
}

/// A member that is there is a string: `null` is not the same as absence.
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'de str>, D::Error> {
    <&str>::deserialize(deserializer).map(Some)
}

/// A JWK that has been taken apart.
pub(crate) enum Jwk {
    Public(PublicKey),
    Private(Parsed),
}

fn malformed(member: &str) -> Error {
    Error::malformed(format!("JWK member `{member}`"))
}

/// Reads a JWK of type AKP.
///
/// # Errors
/// [`Code::Malformed`](crate::error::Code::Malformed), [`Code::Length`](crate::error::Code::Length),
/// [`Code::Unsupported`](crate::error::Code::Unsupported).
pub(crate) fn parse(json: &[u8]) -> Result<Jwk> {
    let members: Members<'_> = serde_json::from_slice(json).map_err(|error| {
        // The text of the error may quote the member that it stumbled over; its kind and place may not.
        Error::malformed("JWK")
            .expected("a JSON object with kty, alg, pub and, if private, priv, each once")
            .got(format!("{:?} error", error.classify()).to_lowercase())
            .at(format!("line {} column {}", error.line(), error.column()))
    })?;
    if members.kty != "AKP" {
        return Err(Error::new(crate::error::Code::Unsupported, "JWK key type")
            .expected("AKP")
            .got(members.kty.escape_debug().to_string()));
    }
    let name = members.alg.ok_or_else(|| {
        malformed("alg")
            .expected("an algorithm")
            .got("no such member")
    })?;
    let algorithm = Algorithm::ALL
        .iter()
        .copied()
        .find(|algorithm| algorithm.info().jose == Some(name))
        .ok_or_else(|| {
            Error::new(crate::error::Code::Unsupported, "JWK algorithm")
                .expected(jose_names())
                .got(name.escape_debug().to_string())
        })?;
    let public = members.public.ok_or_else(|| {
        malformed("pub")
            .expected("the public key")
            .got("no such member")
    })?;
    let public = decode("pub", public)?.expose().to_vec();
    let public = backend::public_from_jose(algorithm, public)?;
    match members.private {
        None => PublicKey::from_bytes(algorithm, &public).map(Jwk::Public),
        Some(private) => Ok(Jwk::Private(Parsed {
            algorithm,
            layout: Layout::Standard(algorithm.info().forms()[0]),
            material: backend::private_from_jose(algorithm, decode("priv", private)?)?,
            public: Some(public),
        })),
    }
}

/// Whether `json` is a JWK set (RFC 7517 section 5) instead of one key.
pub(crate) fn is_set(json: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Set {
        #[serde(rename = "keys")]
        _keys: Vec<serde::de::IgnoredAny>,
    }
    serde_json::from_slice::<Set>(json).is_ok()
}

fn jose_names() -> String {
    let names: Vec<_> = Algorithm::ALL
        .iter()
        .filter_map(|algorithm| algorithm.info().jose)
        .collect();
    names.join(", ")
}

/// base64url without padding (RFC 7515 section 2), canonical.
fn decode(member: &str, text: &str) -> Result<SecretBytes> {
    let bad = || {
        malformed(member)
            .expected("base64url without padding")
            .got("something else")
    };
    // Three bytes for each four characters; the decoder refuses a remainder that cannot be.
    let mut bytes = SecretBytes::zeroed(text.len() / 4 * 3 + (text.len() % 4).saturating_sub(1));
    let decoded = Base64UrlUnpadded::decode(text, bytes.expose_mut())
        .map_err(|_| bad())?
        .len();
    if decoded != bytes.len() {
        return Err(bad());
    }
    Ok(bytes)
}

/// base64url into a wiped buffer.
fn encode(bytes: &[u8]) -> Result<SecretBytes> {
    let mut text = SecretBytes::zeroed(Base64UrlUnpadded::encoded_len(bytes));
    Base64UrlUnpadded::encode(bytes, text.expose_mut())
        .map_err(|_| Error::internal("base64url encoding failed"))?;
    Ok(text)
}

fn name(algorithm: Algorithm) -> Result<&'static str> {
    algorithm.info().jose.ok_or_else(|| {
        Error::usage(format!("JWK of {algorithm}"))
            .expected(format!("an algorithm with a JOSE name ({})", jose_names()))
            .got("one without; write PEM, DER or raw")
    })
}

/// The JWK of a public key with these bytes.
pub(super) fn write_public(algorithm: Algorithm, public: &[u8]) -> Result<Vec<u8>> {
    let alg = name(algorithm)?;
    let public = encode(public)?;
    let json = SecretBytes::concat(&[
        b"{\"kty\":\"AKP\",\"alg\":\"",
        alg.as_bytes(),
        b"\",\"pub\":\"",
        public.expose(),
        b"\"}\n",
    ]);
    Ok(json.expose().to_vec())
}

/// The JWK of a private key with these pieces.
pub(super) fn write_private(algorithm: Algorithm, pieces: &Pieces<'_>) -> Result<SecretBytes> {
    let alg = name(algorithm)?;
    let public = encode(pieces.public)?;
    let private = encode(match algorithm.info().family {
        Family::CompositeSignature => pieces.expanded()?,
        _ => pieces.seed()?,
    })?;
    Ok(SecretBytes::concat(&[
        b"{\"kty\":\"AKP\",\"alg\":\"",
        alg.as_bytes(),
        b"\",\"pub\":\"",
        public.expose(),
        b"\",\"priv\":\"",
        private.expose(),
        b"\"}\n",
    ]))
}
