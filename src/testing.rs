//! Doors for known-answer tests and measurements, behind the feature `testing`: chosen randomness,
//! the internal interfaces of FIPS 203, 204 and 205, parts of operations and of hybrids. Nothing here
//! belongs into a product: chosen randomness that is used twice gives keys and secrets away.

use std::ops::RangeInclusive;

use crate::algorithm::{Algorithm, SignOptions, VerifyOptions};
use crate::backend::{self, Decapsulator, Encapsulator, Signer, Verifier};
use crate::certificate::{self, Certificate};
use crate::error::Result;
use crate::kem::{DecapsulationKey, EncapsulationKey, SharedSecret};
use crate::key::PrivateKey;
use crate::keyring::audit::{Action, Checkpoint, Entry, ExportWriter, Frontier, leaf_hash};
pub use crate::keyring::testing::{StoredRecord, opens_unlocker, rewrite_record};
use crate::keyring::{Actor, Hex, KeyName};
use crate::policy::Guard;
use crate::sign::{SigningKey, VerifyingKey};
use crate::time::Time;

/// Encapsulation with chosen randomness: `m` of ML-KEM (FIPS 203 algorithm 17), `eseed` of X-Wing
/// (draft-connolly-cfrg-xwing-kem-10 section 5.4.1).
///
/// # Errors
/// [`Code::Internal`](crate::Code::Internal) for another algorithm or a wrong length.
pub fn encapsulate_with(key: &EncapsulationKey, m: &[u8]) -> Result<(Vec<u8>, SharedSecret)> {
    backend::testing::encapsulate_with(key.algorithm(), key.as_bytes(), m)
        .map(|(ciphertext, secret)| (ciphertext, SharedSecret::from_bytes(secret)))
}

/// A signature as JOSE and COSE serialize it, as the algorithm has it elsewhere.
///
/// # Errors
/// [`Code::Length`](crate::Code::Length), [`Code::Malformed`](crate::Code::Malformed).
pub fn signature_from_jose(algorithm: Algorithm, signature: &[u8]) -> Result<Vec<u8>> {
    backend::signature_from_jose(algorithm, signature)
}

/// ML-DSA signing of a message representative M' with chosen randomness `rnd` (FIPS 204 algorithm 7).
///
/// # Errors
/// [`Code::Internal`](crate::Code::Internal) for another algorithm or a wrong length.
pub fn ml_dsa_sign_internal(
    key: &SigningKey,
    representative: &[u8],
    rnd: &[u8],
) -> Result<Vec<u8>> {
    backend::testing::ml_dsa_sign_internal(key.algorithm(), key.material(), representative, rnd)
}

/// ML-DSA verification over a message representative M' (FIPS 204 algorithm 8).
///
/// # Errors
/// [`Code::Internal`](crate::Code::Internal) for another algorithm or a wrong length.
pub fn ml_dsa_verify_internal(
    key: &VerifyingKey,
    representative: &[u8],
    signature: &[u8],
) -> Result<bool> {
    backend::testing::ml_dsa_verify_internal(
        key.algorithm(),
        key.as_bytes(),
        representative,
        signature,
    )
}

/// ML-DSA signing of an external mu with chosen randomness, by the second implementation, which is
/// the one that offers it.
///
/// # Errors
/// [`Code::Internal`](crate::Code::Internal) for another algorithm or a wrong length.
pub fn ml_dsa_sign_mu(key: &SigningKey, mu: &[u8], rnd: &[u8]) -> Result<Vec<u8>> {
    backend::testing::ml_dsa_sign_mu(key.algorithm(), key.material(), mu, rnd)
}

/// ML-DSA verification over an external mu by the second implementation.
///
/// # Errors
/// [`Code::Internal`](crate::Code::Internal) for another algorithm or a wrong length.
pub fn ml_dsa_verify_mu(key: &VerifyingKey, mu: &[u8], signature: &[u8]) -> Result<bool> {
    backend::testing::ml_dsa_verify_mu(key.algorithm(), key.as_bytes(), mu, signature)
}

/// The SLH-DSA key of three seeds of n bytes each (FIPS 205 algorithm 18).
///
/// # Errors
/// [`Code::Internal`](crate::Code::Internal) for another algorithm.
pub fn slh_dsa_key(
    algorithm: Algorithm,
    sk_seed: &[u8],
    sk_prf: &[u8],
    pk_seed: &[u8],
) -> Result<PrivateKey> {
    PrivateKey::from_expanded(
        algorithm,
        backend::testing::slh_dsa_expand(algorithm, &[sk_seed, sk_prf, pk_seed].concat())?,
    )
}

/// SLH-DSA verification of a message without context processing (FIPS 205 algorithm 20).
///
/// # Errors
/// [`Code::Internal`](crate::Code::Internal) for another algorithm or a wrong length.
pub fn slh_dsa_verify_internal(
    key: &VerifyingKey,
    message: &[u8],
    signature: &[u8],
) -> Result<bool> {
    backend::testing::slh_dsa_verify_internal(key.algorithm(), key.as_bytes(), message, signature)
}

/// What the independent implementation says, for algorithms that have one.
///
/// # Errors
/// As [`VerifyingKey::verify_with`](crate::VerifyingKey::verify_with).
pub fn second_opinion(
    key: &VerifyingKey,
    message: &[u8],
    signature: &[u8],
    options: &VerifyOptions,
) -> Result<Option<bool>> {
    let scheme = backend::signature(key.algorithm())?;
    scheme
        .second_opinion(key.as_bytes())?
        .map(|second| second.verify(message, options, signature))
        .transpose()
}

/// [`SigningKey::sign`] without the second opinion: what the algorithm itself costs.
///
/// # Errors
/// As [`SigningKey::sign`].
pub fn sign_without_second_opinion(key: &SigningKey, message: &[u8]) -> Result<Vec<u8>> {
    key.sign_without_second_opinion(message)
}

/// The traditional part of a composite signature key by itself. Its signatures are over the message,
/// not over the representative of the composite, so that none of them fits into a composite one.
pub struct TraditionalSignature {
    signer: Box<dyn Signer>,
    verifier: Box<dyn Verifier>,
    options: SignOptions,
}

impl TraditionalSignature {
    /// # Errors
    /// [`Code::Internal`](crate::Code::Internal) for a key of another kind.
    pub fn of(key: &SigningKey) -> Result<Self> {
        let part = backend::testing::TraditionalPart::of(key.algorithm(), key.material())?;
        let options = SignOptions {
            rsa_scheme: part.rsa_scheme,
            ..SignOptions::default()
        };
        Ok(Self {
            signer: part.signer,
            verifier: part.verifier,
            options,
        })
    }

    /// # Errors
    /// As [`SigningKey::sign`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.signer.sign(message, &self.options)
    }

    /// # Errors
    /// As [`VerifyingKey::verify`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<bool> {
        let options = self.options.for_verification();
        self.verifier.verify(message, &options, signature)
    }
}

/// The traditional part of a hybrid KEM key by itself.
pub struct TraditionalKem {
    encapsulator: Box<dyn Encapsulator>,
    decapsulator: Box<dyn Decapsulator>,
}

impl TraditionalKem {
    /// # Errors
    /// [`Code::Internal`](crate::Code::Internal) for a key of another kind.
    pub fn of(key: &DecapsulationKey) -> Result<Self> {
        let (encapsulator, decapsulator) =
            backend::testing::traditional_kem_part(key.algorithm(), key.material())?;
        Ok(Self {
            encapsulator,
            decapsulator,
        })
    }

    /// # Errors
    /// As [`EncapsulationKey::encapsulate`].
    pub fn encapsulate(&self) -> Result<(Vec<u8>, SharedSecret)> {
        let (ciphertext, secret) = self.encapsulator.encapsulate()?;
        Ok((ciphertext, SharedSecret::from_bytes(secret)))
    }

    /// # Errors
    /// As [`DecapsulationKey::decapsulate`].
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<SharedSecret> {
        self.decapsulator
            .decapsulate(ciphertext)
            .map(SharedSecret::from_bytes)
    }
}

/// The post-quantum row inside a hybrid.
pub fn post_quantum_part(algorithm: Algorithm) -> Option<Algorithm> {
    backend::testing::post_quantum_part(algorithm)
}

/// A self-signed certificate that is always the same: deterministic, with a serial number that is given.
///
/// # Errors
/// As [`Certificate::self_signed`].
pub fn self_signed(
    key: &SigningKey,
    subject: &str,
    validity: RangeInclusive<Time>,
    serial: [u8; certificate::SERIAL],
) -> Result<Certificate> {
    let options = SignOptions {
        deterministic: true,
        ..SignOptions::default()
    };
    Certificate::with_serial(key, subject, validity, &options, serial)
}

/// Writes the export of an audit log with so many signatures, and returns the key that verifies it.
///
/// # Errors
/// [`Code::Io`](crate::error::Code::Io) if `out` fails.
pub fn audit_export(out: &mut dyn std::io::Write, entries: u64) -> Result<VerifyingKey> {
    let (guard, keyring) = (Guard::lenient(), Hex([7; 16]));
    let key = SigningKey::generate_under(Algorithm::MlDsa87, &guard)?.under(&guard);
    let public = key.verifying_key();
    let mut writer = ExportWriter::new(out, keyring, entries, public)?;
    let (actor, name): (Actor, KeyName) = ("uid 1000 (payments)".parse()?, "payments/out".parse()?);
    let (mut frontier, mut prev) = (Frontier::default(), [0; 32]);
    let start = 1_800_000_000;
    for number in 0..entries {
        let time = Time::from_unix_seconds(start + number / 100)?;
        let line = Entry::new(Action::Sign, time, actor.clone())
            .key(&name, 3)
            .material(Algorithm::MlDsa65.name(), Hex([1; 32]))
            .signed("cms", leaf_hash(&number.to_be_bytes()), b"")
            .count(number + 1)
            .policy("ab".repeat(32))
            .at(number, prev)?;
        writer.entry(&line)?;
        prev = leaf_hash(&line);
        frontier.push(prev);
    }
    let time = Time::from_unix_seconds(start + entries / 100)?;
    let checkpoint = Checkpoint::sign(&key, keyring, entries, frontier.root(), time)?;
    writer.checkpoint(&checkpoint)?;
    Ok(public.clone())
}
