//! Signatures that stand beside a message on the web: detached JWS (RFC 7515 appendix F).
//!
//! ML-DSA by RFC 9964, Ed25519 by RFC 8037, ECDSA and RSA by RFC 7518. Written is the compact
//! serialization without its payload; a payload that was signed as it is (`"b64":false`, RFC 7797)
//! is read, too.
//!
//! ```
//! use chop::{Algorithm, SigningKey, jws};
//!
//! let key = SigningKey::generate(Algorithm::MlDsa65)?;
//! let signature = jws::sign(&key, b"<Document>...</Document>")?;
//! assert!(signature.contains(".."));
//! let verdict = jws::verify(key.verifying_key(), b"<Document>...</Document>", signature.as_bytes())?;
//! assert!(verdict.is_valid());
//! # Ok::<(), chop::Error>(())
//! ```
//!
//! [`Signing`] takes options and a payload in parts; [`Jws`] and [`Verifying`] are the other side.
//! The algorithm is that of the key, and for RSA the scheme that the caller names: a header that says
//! anything else is refused. Keys and certificates that a header carries or points to are not looked at.

mod header;
mod input;
mod parse;
mod write;

use crate::algorithm::{Algorithm, RsaScheme};
use crate::error::{Error, Result};
use crate::sign::{SigningKey, VerifyingKey};
use crate::verdict::Verdict;

pub use parse::{Jws, Verifying};
pub use write::{Options, Signing, signature_size};

/// The longest header that is read and written, in bytes of JSON: 8 KiB.
pub const MAX_HEADER: usize = 8 << 10;

/// The longest signature that is read, in bytes: the longest of an algorithm with a JOSE name is
/// that of ML-DSA-87, 4627 bytes.
pub const MAX_SIGNATURE: usize = 8 << 10;

/// A detached JWS over `payload`, named by the fingerprint of the key.
///
/// # Errors
/// As [`Signing::new`], [`Signing::update`] and [`Signing::finish`].
pub fn sign(key: &SigningKey, payload: &[u8]) -> Result<String> {
    let mut signing = Signing::new(key, Options::default())?;
    signing.update(payload)?;
    signing.finish()
}

/// Verifies a detached JWS over `payload` under `key`; of an RSA key under RSASSA-PSS with SHA-256.
///
/// # Errors
/// As [`Jws::parse`], [`Jws::verifying`], [`Verifying::update`] and [`Verifying::finish`].
pub fn verify(key: &VerifyingKey, payload: &[u8], jws: &[u8]) -> Result<Verdict> {
    let mut verifying = Jws::parse(jws)?.verifying(key, None)?;
    verifying.update(payload)?;
    verifying.finish()
}

/// The name of an algorithm in a header.
///
/// # Errors
/// [`Code::Usage`](crate::Code::Usage) if it has none.
fn name(algorithm: Algorithm, scheme: Option<RsaScheme>) -> Result<&'static str> {
    match algorithm {
        Algorithm::Ed25519 => Ok("EdDSA"),
        Algorithm::EcdsaP256Sha256 => Ok("ES256"),
        Algorithm::EcdsaP384Sha384 => Ok("ES384"),
        Algorithm::EcdsaP521Sha512 => Ok("ES512"),
        rsa if rsa.is_rsa() => Ok(match scheme.unwrap_or_default() {
            RsaScheme::PssSha256 => "PS256",
            RsaScheme::PssSha384 => "PS384",
            RsaScheme::PssSha512 => "PS512",
            RsaScheme::Pkcs1Sha256 => "RS256",
            RsaScheme::Pkcs1Sha384 => "RS384",
            RsaScheme::Pkcs1Sha512 => "RS512",
        }),
        // The column is that of JWKs of type AKP, which have the name of their signatures.
        other => other.info().jose.ok_or_else(|| {
            Error::usage(format!("JWS of {other}"))
                .expected(
                    "an algorithm with a JOSE name (ML-DSA, six composites, Ed25519, ECDSA, RSA)",
                )
                .got("one without; the formats cms and raw have it")
        }),
    }
}
