//! The seam: every implementation of an algorithm stands behind the traits of this file.
//!
//! One file for each family holds the calls into the crate that implements it; nothing above this
//! module names such a crate. [`signature`] and [`kem`] lead from a row of the table to its
//! implementation, after that implementation has given the known answers.
//!
//! | family | signs, encapsulates | verifies | second opinion on a verification |
//! |---|---|---|---|
//! | ML-KEM | libcrux | | |
//! | ML-DSA | libcrux; in parts RustCrypto `ml-dsa` | `chop-verify` | libcrux; in parts RustCrypto `ml-dsa` |
//! | SLH-DSA | RustCrypto `slh-dsa` | `slh-dsa` | `fips205` |
//! | classical | AWS-LC | AWS-LC | |
//! | brainpool, Ed448, X448, in composites alone | RustCrypto | RustCrypto | |
//! | Kyber, Dilithium, to be read (feature `legacy`) | `legacy` says by whom | the drafts: a second implementation each |

pub(crate) mod batch;
mod brainpool;
mod confirmed;
mod ecdh;
mod ecdsa;
mod ed25519;
mod ed448;
mod hybrid;
#[cfg(feature = "legacy")]
mod legacy;
mod message;
mod ml_dsa;
mod ml_kem;
mod rsa;
mod rsa_oaep;
mod self_test;
mod slh_dsa;
#[cfg(feature = "testing")]
pub(crate) mod testing;
#[cfg(test)]
mod vectors;
mod x448;

use std::fmt::Display;

use crate::algorithm::{Algorithm, Kind, SignOptions, VerifyOptions};
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

use hybrid::ml_kem_part;
pub(crate) use hybrid::{
    ml_dsa_part, private_from_jose, public_from_jose, signature_from_jose, signature_size_in_jose,
    signature_to_jose,
};
pub(crate) use message::{Intake, Representative};
pub(crate) use self_test::known_answers;

/// What depends on a key alone, of many keys, by their fingerprints.
pub(crate) use chop_verify::Cache;

/// A private key as its standard encodes it: seed, expanded form, or both.
///
/// After [`Scheme::complete`] it holds every form that can be derived.
#[derive(Debug)]
pub(crate) struct Material {
    pub(crate) seed: Option<SecretBytes>,
    pub(crate) expanded: Option<SecretBytes>,
}

impl Material {
    pub(crate) const fn from_seed(seed: SecretBytes) -> Self {
        Self {
            seed: Some(seed),
            expanded: None,
        }
    }

    pub(crate) const fn from_expanded(expanded: SecretBytes) -> Self {
        Self {
            seed: None,
            expanded: Some(expanded),
        }
    }

    /// A second copy, which is wiped on its own.
    pub(crate) fn duplicate(&self) -> Self {
        Self {
            seed: self.seed.as_ref().map(SecretBytes::duplicate),
            expanded: self.expanded.as_ref().map(SecretBytes::duplicate),
        }
    }

    /// Checks the length of each form that is present.
    fn check_lengths(&self, algorithm: Algorithm) -> Result<()> {
        let info = algorithm.info();
        match (&self.seed, info.seed) {
            (Some(seed), Some(len)) if seed.len() != len => {
                return Err(Error::length(format!("{algorithm} seed"), len, seed.len()));
            }
            (Some(_), None) => return Err(no_such_form(algorithm, "seed")),
            _ => {}
        }
        match (&self.expanded, info.expanded) {
            (Some(expanded), Some(size)) => size.check(
                format!("{algorithm} expanded private key"),
                expanded.expose(),
            ),
            (Some(_), None) => Err(no_such_form(algorithm, "expanded")),
            (None, _) => Ok(()),
        }
    }

    /// The seed, where the algorithm has nothing else.
    fn only_seed(&self) -> Result<&SecretBytes> {
        self.seed
            .as_ref()
            .ok_or_else(|| Error::internal("private key without a seed"))
    }

    /// The expanded form, which a complete key of an algorithm that has one always holds.
    fn expanded(&self) -> Result<&SecretBytes> {
        self.expanded
            .as_ref()
            .ok_or_else(|| Error::internal("private key without an expanded form"))
    }
}

fn no_such_form(algorithm: Algorithm, form: &str) -> Error {
    Error::usage(format!("{algorithm} has no {form} form of the private key"))
}

/// What every algorithm does with its keys.
pub(crate) trait Scheme: Sync {
    /// A fresh private key, not yet complete.
    fn generate(&self) -> Result<Material>;

    /// Derives the missing forms and the public key, and refuses material that contradicts itself.
    ///
    /// Lengths have been checked and at least one form is present.
    fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)>;

    /// Refuses a public key that the standard does. The length has been checked.
    fn check_public(&self, public: &[u8]) -> Result<()>;
}

/// A signature algorithm.
pub(crate) trait SignatureScheme: Scheme {
    /// Prepares a complete private key for signing.
    fn signer(&self, material: Material, public: &[u8]) -> Result<Box<dyn Signer>>;

    /// A checked public key that verifies.
    fn verifier(&self, public: &[u8]) -> Result<Box<dyn Verifier>>;

    /// The same with more done beforehand, or by two implementations, where the algorithm has that.
    fn verifier_for(&self, public: &[u8], _needs: Needs<'_>) -> Result<Box<dyn Verifier>> {
        self.verifier(public)
    }

    /// The same by an implementation that shares no code with [`verifier`](Self::verifier), where there is one.
    fn second_opinion(&self, public: &[u8]) -> Result<Option<Box<dyn Verifier>>>;

    /// The same by an implementation that shares no code with [`signer`](Self::signer), where there is one:
    /// it has to accept what leaves.
    fn release_check(&self, public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
        self.second_opinion(public)
    }
}

/// What is asked of a verifier beyond verifying.
#[derive(Clone, Copy, Default)]
pub(crate) struct Needs<'a> {
    /// Whether many signatures will be verified, so that what depends on the key alone is done once.
    pub(crate) prepared: Option<Preparation<'a>>,
    /// Whether two implementations have to agree, and how their disagreement names the key.
    pub(crate) confirmed: Option<&'a str>,
}

/// Where the prepared form of a key comes from.
#[derive(Clone, Copy)]
pub(crate) enum Preparation<'a> {
    Fresh,
    /// From among others, by the fingerprint of the key.
    Kept(&'a Cache, &'a [u8; 32]),
}

/// A private key that is ready to sign.
pub(crate) trait Signer: Send + Sync {
    /// The signature. Options that the algorithm does not have were refused before.
    fn sign(&self, message: &[u8], options: &SignOptions) -> Result<Vec<u8>>;

    /// The same for a message that has passed through the [`Verifier::intake`] of its public key.
    fn sign_taken(&self, message: &Representative, options: &SignOptions) -> Result<Vec<u8>> {
        self.sign(message.whole()?, options)
    }

    /// The private key itself, for export.
    fn material(&self) -> &Material;
}

/// A public key that is ready to verify.
pub(crate) trait Verifier: Send + Sync {
    /// Whether the signature, whose length has been checked, is valid.
    ///
    /// # Errors
    /// [`Code::Malformed`] for a signature that is not even well formed, where the encoding allows to tell.
    fn verify(&self, message: &[u8], options: &VerifyOptions, signature: &[u8]) -> Result<bool>;

    /// Takes in a message that arrives in parts.
    fn intake(&self, options: &VerifyOptions) -> Result<Intake>;

    /// [`verify`](Self::verify) for a message that has passed through [`intake`](Self::intake).
    fn verify_taken(
        &self,
        message: &Representative,
        options: &VerifyOptions,
        signature: &[u8],
    ) -> Result<bool> {
        self.verify(message.whole()?, options, signature)
    }

    /// The first part of [`verify`](Self::verify) for a batch: everything, or everything but ML-DSA under a
    /// prepared key, of which many signatures are verified at once.
    fn begin<'a>(
        &'a self,
        message: &'a [u8],
        options: &'a VerifyOptions,
        signature: &'a [u8],
    ) -> Result<batch::Begun<'a>> {
        self.verify(message, options, signature)
            .map(batch::Begun::Done)
    }

    /// The prepared key, if this is ML-DSA under one.
    fn prepared(&self) -> Option<&chop_verify::PreparedKey> {
        None
    }

    /// What each part of a composite says of a signature; `None` for an algorithm of one part.
    fn parts(
        &self,
        _message: &Representative,
        _options: &VerifyOptions,
        _signature: &[u8],
    ) -> Result<Option<Parts>> {
        Ok(None)
    }
}

/// What the parts of a composite say of a signature.
pub(crate) struct Parts {
    pub(crate) ml_dsa: bool,
    pub(crate) traditional: bool,
}

/// A key encapsulation mechanism.
pub(crate) trait KemScheme: Scheme {
    /// A checked public key that encapsulates.
    fn encapsulator(&self, public: &[u8]) -> Result<Box<dyn Encapsulator>>;

    /// The same for many encapsulations: what depends on the key alone is done once, where there is such.
    fn prepared_encapsulator(&self, public: &[u8]) -> Result<Box<dyn Encapsulator>> {
        self.encapsulator(public)
    }

    /// Prepares a complete private key for decapsulating.
    fn decapsulator(&self, material: Material, public: &[u8]) -> Result<Box<dyn Decapsulator>>;
}

/// A public key that is ready to encapsulate.
pub(crate) trait Encapsulator: Send + Sync {
    /// A fresh ciphertext and its shared secret.
    fn encapsulate(&self) -> Result<(Vec<u8>, SecretBytes)>;
}

/// A private key that is ready to decapsulate.
pub(crate) trait Decapsulator: Send + Sync {
    /// The shared secret of a ciphertext whose length has been checked.
    fn decapsulate(&self, ciphertext: &[u8]) -> Result<SecretBytes>;

    /// The private key itself, for export.
    fn material(&self) -> &Material;
}

/// The implementation of a signature algorithm, once it has passed its self-test.
///
/// # Errors
/// [`Code::WrongKind`] for a KEM, [`Code::Unsupported`] for a legacy algorithm in a build without them,
/// [`Code::SelfTest`].
pub(crate) fn signature(algorithm: Algorithm) -> Result<&'static dyn SignatureScheme> {
    let scheme =
        signature_untested(algorithm).ok_or_else(|| missing(algorithm, Kind::Signature))?;
    self_test::ensure(algorithm)?;
    Ok(scheme)
}

/// The implementation of a KEM, once it has passed its self-test.
///
/// # Errors
/// [`Code::WrongKind`] for a signature algorithm, [`Code::Unsupported`] as above, [`Code::SelfTest`].
pub(crate) fn kem(algorithm: Algorithm) -> Result<&'static dyn KemScheme> {
    let scheme = kem_untested(algorithm).ok_or_else(|| missing(algorithm, Kind::Kem))?;
    self_test::ensure(algorithm)?;
    Ok(scheme)
}

fn missing(algorithm: Algorithm, wanted: Kind) -> Error {
    if algorithm.info().kind == wanted {
        return Error::new(Code::Unsupported, format!("{algorithm} key"))
            .expected("a build with the feature `legacy`")
            .got("one without");
    }
    let (expected, got) = match wanted {
        Kind::Signature => ("a signature algorithm", "which agrees on secrets"),
        Kind::Kem => ("a key encapsulation algorithm", "which signs"),
    };
    Error::new(Code::WrongKind, "key of the wrong kind")
        .expected(expected)
        .got(format!("{algorithm}, {got}"))
}

fn signature_untested(algorithm: Algorithm) -> Option<&'static dyn SignatureScheme> {
    use Algorithm::*;
    Some(match algorithm {
        MlDsa44 => &ml_dsa::MlDsa44,
        MlDsa65 => &ml_dsa::MlDsa65,
        MlDsa87 => &ml_dsa::MlDsa87,
        SlhDsaSha2128s => &slh_dsa::Sha2_128s,
        SlhDsaSha2128f => &slh_dsa::Sha2_128f,
        SlhDsaSha2192s => &slh_dsa::Sha2_192s,
        SlhDsaSha2192f => &slh_dsa::Sha2_192f,
        SlhDsaSha2256s => &slh_dsa::Sha2_256s,
        SlhDsaSha2256f => &slh_dsa::Sha2_256f,
        SlhDsaShake128s => &slh_dsa::Shake128s,
        SlhDsaShake128f => &slh_dsa::Shake128f,
        SlhDsaShake192s => &slh_dsa::Shake192s,
        SlhDsaShake192f => &slh_dsa::Shake192f,
        SlhDsaShake256s => &slh_dsa::Shake256s,
        SlhDsaShake256f => &slh_dsa::Shake256f,
        Ed25519 => &ed25519::Ed25519,
        EcdsaP256Sha256 => &ecdsa::P256,
        EcdsaP384Sha384 => &ecdsa::P384,
        EcdsaP521Sha512 => &ecdsa::P521,
        Rsa2048 => &rsa::RSA_2048,
        Rsa3072 => &rsa::RSA_3072,
        Rsa4096 => &rsa::RSA_4096,
        #[cfg(feature = "legacy")]
        legacy if legacy.is_legacy() => return legacy::signature(legacy),
        hybrid => return hybrid::signature(hybrid),
    })
}

fn kem_untested(algorithm: Algorithm) -> Option<&'static dyn KemScheme> {
    use Algorithm::*;
    Some(match algorithm {
        MlKem512 => &ml_kem::MlKem512,
        MlKem768 => &ml_kem::MlKem768,
        MlKem1024 => &ml_kem::MlKem1024,
        X25519 => &ecdh::X25519,
        EcdhP256 => &ecdh::P256,
        EcdhP384 => &ecdh::P384,
        EcdhP521 => &ecdh::P521,
        #[cfg(feature = "legacy")]
        legacy if legacy.is_legacy() => return legacy::kem(legacy),
        hybrid => return hybrid::kem(hybrid),
    })
}

/// Whether `bytes` are well formed as a signature of ML-DSA or Dilithium: a length, an encoding of
/// hints, and the bound of z. What is asked only for the other flavours' sake stands with them.
#[cfg(feature = "legacy")]
pub(crate) fn is_well_formed_signature(algorithm: Algorithm, bytes: &[u8]) -> bool {
    legacy::is_well_formed(algorithm, bytes)
}

/// Without the feature nothing is told apart.
#[cfg(not(feature = "legacy"))]
pub(crate) fn is_well_formed_signature(_algorithm: Algorithm, _bytes: &[u8]) -> bool {
    false
}

/// The row of which `bytes` are a private key by their arrangement alone, where it only signed: Dilithium of
/// round 3, whose private keys have lengths of their own.
#[cfg(feature = "legacy")]
pub(crate) fn legacy_private(bytes: &[u8]) -> Option<Algorithm> {
    legacy::of_private(bytes)
}

/// Without the feature nothing is told apart.
#[cfg(not(feature = "legacy"))]
pub(crate) fn legacy_private(_bytes: &[u8]) -> Option<Algorithm> {
    None
}

/// The part of an implementation that both kinds share.
///
/// # Errors
/// [`Code::SelfTest`].
pub(crate) fn scheme(algorithm: Algorithm) -> Result<&'static dyn Scheme> {
    match algorithm.info().kind {
        Kind::Signature => signature(algorithm).map(|scheme| scheme as &dyn Scheme),
        Kind::Kem => kem(algorithm).map(|scheme| scheme as &dyn Scheme),
    }
}

/// Completes `given` for `algorithm` after checking its lengths: see [`Scheme::complete`].
///
/// # Errors
/// [`Code::Length`], [`Code::Inconsistent`], [`Code::Malformed`], [`Code::SelfTest`].
pub(crate) fn complete(algorithm: Algorithm, given: Material) -> Result<(Material, Vec<u8>)> {
    given.check_lengths(algorithm)?;
    scheme(algorithm)?.complete(given)
}

/// Checks an encoded public key: its length, and whatever else the standard asks.
///
/// # Errors
/// [`Code::Length`], [`Code::Malformed`], [`Code::SelfTest`].
pub(crate) fn check_public(algorithm: Algorithm, public: &[u8]) -> Result<()> {
    algorithm
        .info()
        .public_key
        .check(format!("{algorithm} public key"), public)?;
    scheme(algorithm)?.check_public(public)
}

/// `bytes` as an array; the length was checked against the table, so a mismatch is our own mistake.
fn array<const N: usize>(bytes: &[u8]) -> Result<&[u8; N]> {
    bytes
        .try_into()
        .map_err(|_| Error::internal(format!("buffer of {} bytes instead of {N}", bytes.len())))
}

/// The error for an expanded private key, or a pair of forms, whose parts disagree.
fn contradiction(algorithm: impl Display, why: &str) -> Error {
    Error::inconsistent(format!("{algorithm} private key")).got(why.to_owned())
}

/// The RSA row for an encoded public key: see [`rsa::algorithm_of`].
///
/// # Errors
/// [`Code::Policy`] for a key that is too short: of these the table has no rows, so that no policy
/// can allow them.
pub(crate) fn rsa_row(public: &[u8]) -> Result<Algorithm> {
    match rsa::bits_of(public)? {
        bits @ 0..2048 => Err(Error::new(Code::Policy, "RSA public key")
            .expected("2048 bits or more, whatever the policy: shorter keys can be broken today")
            .got(format!("{bits} bits"))
            .rule("rsa-minimum")),
        _ => rsa::algorithm_of(public),
    }
}
