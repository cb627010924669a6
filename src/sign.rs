//! Signing and verifying.
//!
//! [`SigningKey::sign`] and [`VerifyingKey::verify`] take defaults; the `_with` variants take
//! [`SignOptions`] and [`VerifyOptions`]. A post-quantum signature leaves [`SigningKey`] only after
//! an independent implementation has accepted it. A key that will verify many signatures is
//! [prepared](VerifyingKey::prepare) first; [`batch`](crate::batch) verifies many at once.
//!
//! ```
//! use chop::{Algorithm, SigningKey};
//!
//! let key = SigningKey::generate(Algorithm::MlDsa65)?;
//! let signature = key.sign(b"<Document>...</Document>")?;
//! assert!(key.verifying_key().verify(b"<Document>...</Document>", &signature)?.is_valid());
//! # Ok::<(), chop::Error>(())
//! ```

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest;

use crate::algorithm::{Algorithm, Context, Family, Kind, SignOptions, VerifyOptions};
use crate::backend::{
    self, Cache, Intake, Material, Needs, Parts, Preparation, Representative, Signer, Verifier,
};
use crate::error::{Code, Error, Result};
use crate::fault::{self, Fault};
use crate::gate::{Content, Format, Gate, Seen};
use crate::policy::{Guard, Refusal, Use};
use crate::verdict::Verdict;

/// What the pairwise test after key generation signs.
const PAIRWISE_MESSAGE: &[u8] = b"chop pairwise consistency test";

/// A private key that signs, with its public key.
///
/// `Debug` shows the algorithm alone. There is no `Clone`: one key, one owner.
pub struct SigningKey {
    public: VerifyingKey,
    signer: Box<dyn Signer>,
    /// The independent implementation that has to accept each signature, where there is one.
    second: Option<Box<dyn Verifier>>,
    /// Who is asked before each use, for a key of a keyring.
    gate: Option<Arc<dyn Gate>>,
}

impl SigningKey {
    /// A fresh key pair under the default policy, tested by signing and verifying once.
    ///
    /// # Errors
    /// As [`generate_under`](Self::generate_under).
    pub fn generate(algorithm: Algorithm) -> Result<Self> {
        Self::generate_under(algorithm, &Guard::default())
    }

    /// A fresh key pair under the policy of `guard`, tested by signing and verifying once.
    ///
    /// # Errors
    /// [`Code::WrongKind`] for a KEM, [`Code::Policy`], [`Code::Random`], [`Code::SelfTest`].
    pub fn generate_under(algorithm: Algorithm, guard: &Guard) -> Result<Self> {
        let scheme = backend::signature(algorithm)?;
        guard.check(algorithm, Use::Generate, &Context::empty())?;
        let key = Self::from_material(algorithm, scheme.generate()?)?.under(guard);
        key.pairwise_test()?;
        Ok(key)
    }

    /// The same key under another policy.
    #[must_use]
    pub fn under(mut self, guard: &Guard) -> Self {
        self.public = self.public.under(guard);
        self
    }

    /// The same key behind a gate, which it never loses.
    #[must_use]
    pub(crate) fn behind(mut self, gate: Arc<dyn Gate>) -> Self {
        self.gate = Some(gate);
        self
    }

    /// The gate of a key of a keyring.
    pub(crate) fn gate(&self) -> Option<&Arc<dyn Gate>> {
        self.gate.as_ref()
    }

    /// Whether a keyring watches over this key: then each signature is checked and recorded by it, and the
    /// private key is not written anywhere.
    pub fn is_watched(&self) -> bool {
        self.gate.is_some()
    }

    /// Completes and checks `material`.
    pub(crate) fn from_material(algorithm: Algorithm, material: Material) -> Result<Self> {
        let scheme = backend::signature(algorithm)?;
        let (material, public) = backend::complete(algorithm, material)?;
        let signer = scheme.signer(material, &public)?;
        let second = scheme.release_check(&public)?;
        Ok(Self {
            public: VerifyingKey::checked(algorithm, public)?,
            signer,
            second,
            gate: None,
        })
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm
    }

    /// The public key.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// Signs `message` with the defaults of [`SignOptions`]: no context, hedged.
    ///
    /// # Errors
    /// As [`sign_with`](Self::sign_with).
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.sign_with(message, &SignOptions::default())
    }

    /// Signs `message`: FIPS 204 algorithm 2 and FIPS 205 algorithm 22 (the pure variants), or the
    /// classical algorithm of the key. ECDSA signatures are DER.
    ///
    /// # Errors
    /// [`Code::Usage`] for an option that the algorithm does not have, [`Code::Policy`], [`Code::Random`],
    /// what the keyring answers for a key of one, [`Code::SelfTest`] if the second implementation refuses the signature; nothing is returned then.
    pub fn sign_with(&self, message: &[u8], options: &SignOptions) -> Result<Vec<u8>> {
        let seen = Content::whole(Format::Raw, self.is_watched(), message);
        self.sign_seen(message, options, &seen)
    }

    /// [`sign_with`](Self::sign_with) for a message that stands for the content in `seen`.
    pub(crate) fn sign_seen(
        &self,
        message: &[u8],
        options: &SignOptions,
        seen: &Seen,
    ) -> Result<Vec<u8>> {
        self.check_options(options)?;
        seen.pass(self.gate.as_deref(), &options.context)?;
        self.sign_permitted(message, options)
    }

    /// Signs what the policy has allowed.
    fn sign_permitted(&self, message: &[u8], options: &SignOptions) -> Result<Vec<u8>> {
        let signature = self.signer.sign(message, options)?;
        self.second_opinion(&signature, |second, seen| {
            second.verify(message, &options.for_verification(), seen)
        })?;
        Ok(signature)
    }

    /// [`sign`](Self::sign) without the second opinion, for measurements.
    #[cfg(feature = "testing")]
    pub(crate) fn sign_without_second_opinion(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.signer.sign(message, &SignOptions::default())
    }

    /// [`sign_seen`](Self::sign_seen) for a message that has passed through the intake of the public key.
    pub(crate) fn sign_taken(
        &self,
        message: &Representative,
        options: &SignOptions,
        seen: &Seen,
    ) -> Result<Vec<u8>> {
        // Taking the message in may have lasted past midnight.
        self.check_policy(options)?;
        seen.pass(self.gate.as_deref(), &options.context)?;
        let signature = self.signer.sign_taken(message, options)?;
        self.second_opinion(&signature, |second, seen| {
            second.verify_taken(message, &options.for_verification(), seen)
        })?;
        Ok(signature)
    }

    /// Refuses options that the algorithm does not have, and what the policy refuses.
    pub(crate) fn check_options(&self, options: &SignOptions) -> Result<()> {
        let algorithm = self.algorithm();
        check_options(algorithm, &options.for_verification())?;
        let deterministic = match options.rsa_scheme.unwrap_or_default().is_randomised() {
            true if algorithm.is_rsa() => false,
            _ => algorithm.info().deterministic,
        };
        if options.deterministic && !deterministic {
            return Err(
                Error::usage(format!("deterministic {algorithm} signature")).expected(
                    "an algorithm or scheme that can sign without randomness (with RSA: PKCS#1 v1.5)",
                ),
            );
        }
        self.check_policy(options)
    }

    fn check_policy(&self, options: &SignOptions) -> Result<()> {
        self.guard()
            .check(self.algorithm(), Use::Sign, &options.context)
    }

    /// What the key asks before it signs.
    pub fn guard(&self) -> &Guard {
        self.public.guard()
    }

    fn second_opinion(
        &self,
        signature: &[u8],
        accepts: impl FnOnce(&dyn Verifier, &[u8]) -> Result<bool>,
    ) -> Result<()> {
        let Some(second) = &self.second else {
            return Ok(());
        };
        let mut seen = signature;
        let spoiled;
        if fault::injected(Fault::SecondOpinion) {
            spoiled = altered(signature);
            seen = &spoiled;
        }
        if accepts(second.as_ref(), seen)? {
            return Ok(());
        }
        Err(Error::new(
            Code::SelfTest,
            format!("second opinion on a {} signature", self.algorithm()),
        )
        .got("the independent implementation refuses it; the signature was destroyed"))
    }

    fn pairwise_test(&self) -> Result<()> {
        // A policy that allows making a key may still refuse its use.
        let options = SignOptions::default();
        let mut signature = self.sign_permitted(PAIRWISE_MESSAGE, &options)?;
        if fault::injected(Fault::Pairwise) {
            signature = altered(&signature);
        }
        // The implementation that verifies has accepted it as the second opinion, where there is one.
        let key = self.public.as_bytes();
        let other = backend::signature(self.algorithm())?.second_opinion(key)?;
        let verifier = other.as_deref().unwrap_or(self.public.verifier.as_ref());
        if verifier.verify(PAIRWISE_MESSAGE, &options.for_verification(), &signature)? {
            return Ok(());
        }
        Err(Error::new(
            Code::SelfTest,
            format!("pairwise test of a new {} key", self.algorithm()),
        )
        .got("the key does not verify its own signature; it was destroyed"))
    }

    pub(crate) fn material(&self) -> &Material {
        self.signer.material()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm())
    }
}

/// A public key that verifies. A clone shares what is large.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    bytes: Arc<[u8]>,
    verifier: Arc<dyn Verifier>,
    names: Arc<Names>,
    prepared: bool,
    /// How errors name the key, if two implementations have to agree about its signatures.
    confirmed: Option<Arc<str>>,
    guard: Guard,
}

/// What a key is called, once somebody has asked.
#[derive(Default)]
pub(crate) struct Names {
    /// See [`VerifyingKey::key_identifier`].
    identifier: OnceLock<KeyIdentifier>,
    /// See [`VerifyingKey::fingerprint`].
    pub(crate) fingerprint: OnceLock<[u8; 32]>,
}

/// A name of a key in certificates and CMS.
pub(crate) type KeyIdentifier = [u8; 20];

impl VerifyingKey {
    /// A public key from its raw encoding: the bytes that stand in the BIT STRING of an SPKI.
    ///
    /// # Errors
    /// [`Code::WrongKind`] for a KEM, [`Code::Length`], [`Code::Malformed`].
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self> {
        backend::signature(algorithm)?;
        backend::check_public(algorithm, bytes)?;
        Self::checked(algorithm, bytes.to_vec())
    }

    fn checked(algorithm: Algorithm, bytes: Vec<u8>) -> Result<Self> {
        let verifier = backend::signature(algorithm)?.verifier(&bytes)?.into();
        Ok(Self {
            algorithm,
            bytes: bytes.into(),
            verifier,
            names: Arc::default(),
            prepared: false,
            confirmed: None,
            guard: Guard::default(),
        })
    }

    /// The same key under another policy.
    #[must_use]
    pub fn under(mut self, guard: &Guard) -> Self {
        self.guard = guard.clone();
        self
    }

    /// What the key asks before it verifies.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Why the policy does not let this key verify, if so.
    ///
    /// # Errors
    /// As [`Guard::now`].
    pub fn refusal(&self, options: &VerifyOptions) -> Result<Option<Refusal>> {
        self.guard
            .refusal(self.algorithm, Use::Verify, &options.context)
    }

    /// The key identifier of RFC 5280 section 4.2.1.2, method 1: SHA-1 of the public key's bits. It is
    /// a name: nothing is believed because of it.
    pub(crate) fn key_identifier(&self) -> &KeyIdentifier {
        self.names.identifier.get_or_init(|| {
            let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.bytes);
            let mut identifier = KeyIdentifier::default();
            identifier.copy_from_slice(hash.as_ref());
            identifier
        })
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// The same key, ready for many signatures: what depends on the key alone is done once, here. It goes
    /// wherever a key goes, gives the same answers, and asks its policy at each of them.
    ///
    /// Of ML-DSA, by itself or in a composite, the matrix is expanded; it takes 20 KiB at ML-DSA-44, 36 at
    /// ML-DSA-65, 64 at ML-DSA-87, which clones share. For a single signature that is about as much work as
    /// verifying it; every further one costs a fraction. For other algorithms this is only a clone.
    /// [`PreparedKeys`](crate::prepared::PreparedKeys) keeps many of them.
    ///
    /// ```
    /// use chop::{Algorithm, SigningKey};
    ///
    /// let signer = SigningKey::generate(Algorithm::MlDsa65)?;
    /// let key = signer.verifying_key().prepare()?;
    /// for payment in ["a payment", "another payment"] {
    ///     let signature = signer.sign(payment.as_bytes())?;
    ///     assert!(key.verify(payment.as_bytes(), &signature)?.is_valid());
    /// }
    /// # Ok::<(), chop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::SelfTest`].
    pub fn prepare(&self) -> Result<Self> {
        match self.prepared {
            true => Ok(self.clone()),
            false => self.ready(Some(Preparation::Fresh), self.confirmed.clone()),
        }
    }

    /// Whether [`prepare`](Self::prepare) has been done.
    pub fn is_prepared(&self) -> bool {
        self.prepared
    }

    /// [`prepare`](Self::prepare) with what `keys` has under this fingerprint, which is the key's.
    pub(crate) fn prepare_from(&self, keys: &Cache, fingerprint: &[u8; 32]) -> Result<Self> {
        match self.prepared {
            true => Ok(self.clone()),
            false => {
                let kept = Preparation::Kept(keys, fingerprint);
                self.ready(Some(kept), self.confirmed.clone())
            }
        }
    }

    /// The same key whose signatures two implementations have to agree about; `name` is for errors.
    pub(crate) fn confirmed_as(&self, name: &str) -> Result<Self> {
        let preparation = self.prepared.then_some(Preparation::Fresh);
        self.ready(preparation, Some(name.into()))
    }

    fn ready(
        &self,
        prepared: Option<Preparation<'_>>,
        confirmed: Option<Arc<str>>,
    ) -> Result<Self> {
        let needs = Needs {
            prepared,
            confirmed: confirmed.as_deref(),
        };
        let scheme = backend::signature(self.algorithm)?;
        Ok(Self {
            verifier: scheme.verifier_for(&self.bytes, needs)?.into(),
            prepared: prepared.is_some(),
            confirmed,
            ..self.clone()
        })
    }

    /// Whether a batch with several signatures of this key had better prepare it.
    pub(crate) fn gains_by_preparing(&self) -> bool {
        let family = self.algorithm.info().family;
        let ml_dsa = matches!(family, Family::MlDsa | Family::CompositeSignature);
        ml_dsa && !self.prepared && self.confirmed.is_none()
    }

    /// What computes, once [`answer_without`](Self::answer_without) has found nothing against it.
    pub(crate) fn verifier(&self) -> &dyn Verifier {
        self.verifier.as_ref()
    }

    /// The answer where nothing has to be computed for it: all that [`verify_with`](Self::verify_with)
    /// does before that.
    pub(crate) fn answer_without(
        &self,
        signature: &[u8],
        options: &VerifyOptions,
    ) -> Result<Option<Verdict>> {
        check_options(self.algorithm, options)?;
        if self.refusal(options)?.is_some() {
            return Ok(Some(Verdict::RefusedByPolicy));
        }
        self.check_length(signature)?;
        Ok(None)
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The raw encoding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Verifies with the defaults of [`VerifyOptions`]: no context.
    ///
    /// # Errors
    /// As [`verify_with`](Self::verify_with).
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<Verdict> {
        self.verify_with(message, signature, &VerifyOptions::default())
    }

    /// Verifies `signature` over `message`: FIPS 204 algorithm 3, FIPS 205 algorithm 24, or the
    /// classical algorithm of the key. Algorithm and options come from the caller and the key, never
    /// from the signature.
    ///
    /// # Errors
    /// [`Code::Usage`] for an option that the algorithm does not have, [`Code::Length`] and
    /// [`Code::Malformed`] for bytes that are no signature of this algorithm at all. A well-formed
    /// signature that does not hold is not an error but [`Verdict::Invalid`], and what the policy refuses is
    /// [`Verdict::RefusedByPolicy`], whose reason [`refusal`](Self::refusal) tells.
    pub fn verify_with(
        &self,
        message: &[u8],
        signature: &[u8],
        options: &VerifyOptions,
    ) -> Result<Verdict> {
        if let Some(answer) = self.answer_without(signature, options)? {
            return Ok(answer);
        }
        self.verifier
            .verify(message, options, signature)
            .map(verdict)
    }

    /// Verifies `signature` over the message of which `mu` is the representative μ under this key: FIPS
    /// 204 algorithm 8 from step 8 on, for ML-DSA alone. μ is of the context, too, which nobody can see
    /// in it: the one in `options` is what the policy is asked about.
    ///
    /// # Errors
    /// [`Code::Usage`] for another algorithm, which has no such representative; else as
    /// [`verify_with`](Self::verify_with).
    pub fn verify_mu(
        &self,
        mu: &[u8; 64],
        signature: &[u8],
        options: &VerifyOptions,
    ) -> Result<Verdict> {
        if self.algorithm.info().family != Family::MlDsa {
            return Err(Error::usage("verification over an external mu")
                .expected("an ML-DSA key")
                .got(self.algorithm.name()));
        }
        check_options(self.algorithm, options)?;
        self.verify_taken(&Representative::Mu(*mu), signature, options)
    }

    /// [`verify_with`](Self::verify_with) for a message that has passed through [`intake`](Self::intake).
    pub(crate) fn verify_taken(
        &self,
        message: &Representative,
        signature: &[u8],
        options: &VerifyOptions,
    ) -> Result<Verdict> {
        if self.refusal(options)?.is_some() {
            return Ok(Verdict::RefusedByPolicy);
        }
        self.check_length(signature)?;
        self.verifier
            .verify_taken(message, options, signature)
            .map(verdict)
    }

    /// What the parts of a composite say of a signature; `None` for an algorithm of one part.
    pub(crate) fn parts(
        &self,
        message: &Representative,
        signature: &[u8],
        options: &VerifyOptions,
    ) -> Result<Option<Parts>> {
        self.check_length(signature)?;
        self.verifier.parts(message, options, signature)
    }

    /// Takes in a message that arrives in parts.
    pub(crate) fn intake(&self, options: &VerifyOptions) -> Result<Intake> {
        check_options(self.algorithm, options)?;
        self.verifier.intake(options)
    }

    fn check_length(&self, signature: &[u8]) -> Result<()> {
        self.algorithm
            .info()
            .output
            .check(format!("{} signature", self.algorithm), signature)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm)
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.bytes == other.bytes
    }
}

impl Eq for VerifyingKey {}

pub(crate) const fn verdict(valid: bool) -> Verdict {
    match valid {
        true => Verdict::Valid,
        false => Verdict::Invalid,
    }
}

/// A copy with one bit changed, for injected faults.
fn altered(signature: &[u8]) -> Vec<u8> {
    let mut copy = signature.to_vec();
    if let Some(last) = copy.last_mut() {
        *last ^= 1;
    }
    copy
}

/// Refuses a KEM, and options that `algorithm` does not have, where there is no key yet.
pub(crate) fn check_planned(algorithm: Algorithm, options: &SignOptions) -> Result<()> {
    match algorithm.info().kind {
        Kind::Signature if algorithm.is_legacy() => Err(algorithm.read_only("does not sign")),
        Kind::Signature => check_options(algorithm, &options.for_verification()),
        Kind::Kem => Err(Error::new(Code::WrongKind, "size of a signature")
            .expected("a signature algorithm")
            .got(algorithm.name())),
    }
}

/// Refuses options that `algorithm` does not have.
fn check_options(algorithm: Algorithm, options: &VerifyOptions) -> Result<()> {
    debug_assert_eq!(algorithm.info().kind, Kind::Signature);
    if !options.context.is_empty() && !algorithm.info().context {
        return Err(Error::usage("context string")
            .expected("an algorithm that has one (ML-DSA, SLH-DSA, composites)")
            .got(algorithm.name()));
    }
    debug_assert!(options.context.as_bytes().len() <= Context::MAX);
    if options.rsa_scheme.is_some() && !algorithm.is_rsa() {
        return Err(Error::usage("RSA scheme")
            .expected("an RSA key")
            .got(algorithm.name()));
    }
    match options.ecdsa_hash {
        Some(_) if !algorithm.is_ecdsa() => Err(Error::usage("hash function of ECDSA")
            .expected("an ECDSA key")
            .got(algorithm.name())),
        Some(hash) if !hash.is_sha2() => Err(Error::usage("hash function of ECDSA")
            .expected("SHA-256, SHA-384 or SHA-512")
            .got(hash.name())),
        _ => Ok(()),
    }
}
