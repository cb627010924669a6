//! Signatures that other people's software reads: CMS SignedData (RFC 5652).
//!
//! ML-DSA by RFC 9882, SLH-DSA by RFC 9814, Ed25519 by RFC 8419, ECDSA and RSA by RFC 5753, 5754 and
//! 4056. DER is written; BER is read, which is what most software writes.
//!
//! ```
//! use chop::{Algorithm, SigningKey, cms};
//!
//! let key = SigningKey::generate(Algorithm::MlDsa65)?;
//! let signature = cms::sign(&key, b"<Document>...</Document>")?;
//! assert!(cms::verify(key.verifying_key(), b"<Document>...</Document>", &signature)?.is_valid());
//! # Ok::<(), chop::Error>(())
//! ```
//!
//! [`Signing`] takes several signers, certificates, options, and a message in parts; [`SignedData`]
//! and [`Verifying`] are the other side. Whom to believe is always the caller's to say, as keys or
//! as certificates: what a message says about its signer is a name, never a reason.

mod attributes;
mod parse;
mod verify;
mod write;

use crate::algorithm::{Algorithm, RsaScheme};
use crate::error::Result;
use crate::hash::Hash;
use crate::sign::{SigningKey, VerifyingKey};
use crate::time::Time;
use crate::verdict::Verdict;

pub use parse::SignedData;
pub use verify::{Outcome, SignerOutcome, Trust, Verifying};
pub use write::{Options, Signer, Signing, signature_size, to_pem};

/// The longest content that is kept inside a message, in bytes: 64 MiB. Longer content is signed
/// detached, which has no limit.
pub const MAX_CONTENT: usize = 64 << 20;

/// The longest message that is read, without PEM around it: the longest content, and eight megabytes
/// for everything else, which is more than [`MAX_SIGNERS`] with the largest signatures and certificates
/// take.
pub const MAX_MESSAGE: usize = MAX_CONTENT + (8 << 20);

/// The longest file that is read: PEM takes a third more, and line ends.
pub const MAX_FILE: usize = MAX_MESSAGE / 2 * 3;

/// The most signers that are read and written.
pub const MAX_SIGNERS: usize = 64;

/// A detached signature over `content`, with signed attributes and the system's time.
///
/// # Errors
/// As [`Signing::finish`].
pub fn sign(key: &SigningKey, content: &[u8]) -> Result<Vec<u8>> {
    let options = Options {
        signing_time: Some(Time::now()?),
        ..Options::default()
    };
    let mut signing = Signing::new(vec![Signer::new(key)], options)?;
    signing.update(content)?;
    signing.finish()
}

/// Verifies a detached signature over `content` under `key`.
///
/// # Errors
/// As [`SignedData::parse`] and [`Verifying::finish`].
pub fn verify(key: &VerifyingKey, content: &[u8], signature: &[u8]) -> Result<Verdict> {
    let data = SignedData::parse(signature)?;
    let mut verifying = data.verifying(Trust::Keys(vec![key.clone()]))?;
    verifying.update(content)?;
    verifying.finish().map(|outcome| outcome.verdict)
}

/// The hash function of the message that is written: SHA-512 for ML-DSA (RFC 9882 section 3.3) and
/// Ed25519 (RFC 8419 section 3.1), that of its own trees for SLH-DSA (RFC 9814 section 4), that of
/// the signature for ECDSA and RSA, PH for composites (draft-ietf-lamps-cms-composite-sigs-01).
fn own_hash(algorithm: Algorithm, scheme: Option<RsaScheme>) -> Hash {
    use Algorithm::*;
    if let Some(pre_hash) = algorithm.info().pre_hash {
        return pre_hash;
    }
    match algorithm {
        SlhDsaSha2128s | SlhDsaSha2128f | EcdsaP256Sha256 => Hash::Sha256,
        SlhDsaShake128s | SlhDsaShake128f => Hash::Shake128,
        SlhDsaShake192s | SlhDsaShake192f | SlhDsaShake256s | SlhDsaShake256f => Hash::Shake256,
        EcdsaP384Sha384 => Hash::Sha384,
        rsa if rsa.is_rsa() => scheme.unwrap_or_default().hash(),
        _ => Hash::Sha512,
    }
}

/// Whether RFC 9882 section 3.3, RFC 9814 section 4 and RFC 8419 section 3.1 let a key of `algorithm`
/// sign over the `hash` of a message: finding two messages of one hash value must be as hard as
/// breaking the key. A composite names the one hash function itself.
fn is_suitable(algorithm: Algorithm, hash: Hash) -> bool {
    if let Some(pre_hash) = algorithm.info().pre_hash {
        return hash == pre_hash;
    }
    let least = match algorithm {
        Algorithm::Ed25519 => return hash == Hash::Sha512,
        // 128 bits of security against collisions; ML-DSA-44 has category 2.
        Algorithm::MlDsa44 => 32,
        // No document says it of what came before; pilots took what their tools took by themselves.
        legacy if legacy.is_legacy() => 32,
        _ => match algorithm.info().category {
            5 => 64,
            3 => 48,
            // Category 1, and classical keys, whose own hash function stands in the signature.
            _ => 32,
        },
    };
    hash.output_len() >= least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suitable_hash_functions_are_those_of_the_documents() {
        let suitable = |algorithm| -> Vec<&str> {
            Hash::ALL
                .iter()
                .filter(|hash| is_suitable(algorithm, **hash))
                .map(|hash| hash.name())
                .collect()
        };
        let from_384 = ["SHA-384", "SHA-512", "SHA3-384", "SHA3-512", "SHAKE256"];
        let from_512 = ["SHA-512", "SHA3-512", "SHAKE256"];
        assert_eq!(suitable(Algorithm::MlDsa44).len(), Hash::ALL.len());
        assert_eq!(suitable(Algorithm::MlDsa65), from_384);
        assert_eq!(suitable(Algorithm::MlDsa87), from_512);
        assert_eq!(suitable(Algorithm::SlhDsaShake128s).len(), Hash::ALL.len());
        assert_eq!(suitable(Algorithm::SlhDsaSha2192f), from_384);
        assert_eq!(suitable(Algorithm::SlhDsaSha2256s), from_512);
        assert_eq!(suitable(Algorithm::Ed25519), ["SHA-512"]);
    }

    #[test]
    fn what_is_written_is_suitable() {
        for algorithm in Algorithm::ALL.iter().copied() {
            assert!(
                is_suitable(algorithm, own_hash(algorithm, None)),
                "{algorithm}"
            );
        }
    }
}
