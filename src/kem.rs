//! Key encapsulation: agreeing on a secret with the owner of a public key.
//!
//! ```
//! use chop::{Algorithm, DecapsulationKey};
//!
//! let key = DecapsulationKey::generate(Algorithm::MlKem768)?;
//! let (ciphertext, sent) = key.encapsulation_key().encapsulate()?;
//! assert_eq!(key.decapsulate(&ciphertext)?, sent);
//! # Ok::<(), chop::Error>(())
//! ```

use std::fmt;
use std::sync::Arc;

use crate::algorithm::{Algorithm, Context};
use crate::backend::{self, Decapsulator, Encapsulator, Material};
use crate::error::{Code, Error, Result};
use crate::fault::{self, Fault};
use crate::gate::{Content, Format, Gate};
use crate::policy::{Guard, Use};
use crate::secret::SecretBytes;

/// The secret that both sides end up with.
///
/// 32 uniformly random bytes for ML-KEM. For X25519 and ECDH it is the raw result of the agreement,
/// which is secret but not uniform: derive keys from it, never use it as one.
#[derive(PartialEq, Eq)]
pub struct SharedSecret(SecretBytes);

impl SharedSecret {
    #[cfg(feature = "testing")]
    pub(crate) const fn from_bytes(bytes: SecretBytes) -> Self {
        Self(bytes)
    }

    /// The secret bytes.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret")
    }
}

/// A private key that decapsulates, with its public key.
///
/// `Debug` shows the algorithm alone. There is no `Clone`: one key, one owner.
pub struct DecapsulationKey {
    public: EncapsulationKey,
    decapsulator: Box<dyn Decapsulator>,
    /// Who is asked before each use, for a key of a keyring.
    gate: Option<Arc<dyn Gate>>,
}

impl DecapsulationKey {
    /// A fresh key pair under the default policy, tested by encapsulating and decapsulating once.
    ///
    /// # Errors
    /// As [`generate_under`](Self::generate_under).
    pub fn generate(algorithm: Algorithm) -> Result<Self> {
        Self::generate_under(algorithm, &Guard::default())
    }

    /// A fresh key pair under the policy of `guard`, tested by encapsulating and decapsulating once.
    ///
    /// # Errors
    /// [`Code::WrongKind`] for a signature algorithm, [`Code::Policy`], [`Code::Random`],
    /// [`Code::SelfTest`].
    pub fn generate_under(algorithm: Algorithm, guard: &Guard) -> Result<Self> {
        let scheme = backend::kem(algorithm)?;
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

    /// Whether a keyring watches over this key: then each use is checked and recorded by it, and the
    /// private key is not written anywhere.
    pub fn is_watched(&self) -> bool {
        self.gate.is_some()
    }

    /// What the key asks before it opens a secret.
    pub fn guard(&self) -> &Guard {
        self.public.guard()
    }

    /// Completes and checks `material`.
    pub(crate) fn from_material(algorithm: Algorithm, material: Material) -> Result<Self> {
        let scheme = backend::kem(algorithm)?;
        let (material, public) = backend::complete(algorithm, material)?;
        Ok(Self {
            decapsulator: scheme.decapsulator(material, &public)?,
            public: EncapsulationKey::checked(algorithm, &public)?,
            gate: None,
        })
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm
    }

    /// The public key.
    pub fn encapsulation_key(&self) -> &EncapsulationKey {
        &self.public
    }

    /// The shared secret of `ciphertext`.
    ///
    /// ML-KEM never refuses a ciphertext of the right length: an altered one gives an unrelated
    /// secret (implicit rejection, FIPS 203 algorithm 18).
    ///
    /// # Errors
    /// [`Code::Policy`], [`Code::Length`], what the keyring answers for a key of one; for X25519 and ECDH
    /// [`Code::Rejected`], without detail.
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<SharedSecret> {
        self.guard()
            .check(self.algorithm(), Use::Open, &Context::empty())?;
        self.check_length(ciphertext)?;
        Content::whole(Format::Ciphertext, self.is_watched(), ciphertext)
            .pass(self.gate.as_deref(), &Context::empty())?;
        self.decapsulate_permitted(ciphertext)
    }

    /// Decapsulates what the policy has allowed.
    fn decapsulate_permitted(&self, ciphertext: &[u8]) -> Result<SharedSecret> {
        self.check_length(ciphertext)?;
        self.decapsulator.decapsulate(ciphertext).map(SharedSecret)
    }

    fn check_length(&self, ciphertext: &[u8]) -> Result<()> {
        let algorithm = self.algorithm();
        algorithm
            .info()
            .output
            .check(format!("{algorithm} ciphertext"), ciphertext)
    }

    fn pairwise_test(&self) -> Result<()> {
        // A policy that allows making a key may still refuse its use.
        let (ciphertext, sent) = self.public.encapsulate_permitted()?;
        let mut received = self.decapsulate_permitted(&ciphertext)?;
        if fault::injected(Fault::Pairwise) {
            received.0.expose_mut()[0] ^= 1;
        }
        if received == sent {
            return Ok(());
        }
        Err(Error::new(
            Code::SelfTest,
            format!("pairwise test of a new {} key", self.algorithm()),
        )
        .got("the key does not decapsulate what was encapsulated to it; it was destroyed"))
    }

    pub(crate) fn material(&self) -> &Material {
        self.decapsulator.material()
    }
}

impl fmt::Debug for DecapsulationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecapsulationKey({})", self.algorithm())
    }
}

/// A public key that secrets are encapsulated to. A clone shares what is large.
#[derive(Clone)]
pub struct EncapsulationKey {
    algorithm: Algorithm,
    bytes: Arc<[u8]>,
    encapsulator: Arc<dyn Encapsulator>,
    prepared: bool,
    guard: Guard,
}

impl EncapsulationKey {
    /// A public key from its raw encoding: the bytes that stand in the BIT STRING of an SPKI.
    ///
    /// # Errors
    /// [`Code::WrongKind`] for a signature algorithm, [`Code::Length`]; [`Code::Malformed`] for an
    /// ML-KEM key with a coefficient of q or more (FIPS 203 section 7.2) and for a point off its curve.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self> {
        backend::kem(algorithm)?;
        backend::check_public(algorithm, bytes)?;
        Self::checked(algorithm, bytes)
    }

    fn checked(algorithm: Algorithm, bytes: &[u8]) -> Result<Self> {
        Ok(Self {
            algorithm,
            bytes: bytes.into(),
            encapsulator: backend::kem(algorithm)?.encapsulator(bytes)?.into(),
            prepared: false,
            guard: Guard::default(),
        })
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The raw encoding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same key under another policy.
    #[must_use]
    pub fn under(mut self, guard: &Guard) -> Self {
        self.guard = guard.clone();
        self
    }

    /// What the key asks before it receives a secret.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// The same key, ready for many secrets: what depends on the key alone is done once, here. Of ML-KEM, by
    /// itself or in a hybrid, the matrix is expanded; it takes 3 KiB at ML-KEM-512, 6 at ML-KEM-768, 10 at
    /// ML-KEM-1024, which clones share. For other algorithms this is only a clone.
    ///
    /// ```
    /// use chop::{Algorithm, DecapsulationKey};
    ///
    /// let key = DecapsulationKey::generate(Algorithm::MlKem768)?;
    /// let prepared = key.encapsulation_key().prepare()?;
    /// let (ciphertext, sent) = prepared.encapsulate()?;
    /// assert_eq!(key.decapsulate(&ciphertext)?, sent);
    /// # Ok::<(), chop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::SelfTest`].
    pub fn prepare(&self) -> Result<Self> {
        if self.prepared {
            return Ok(self.clone());
        }
        let scheme = backend::kem(self.algorithm)?;
        Ok(Self {
            encapsulator: scheme.prepared_encapsulator(&self.bytes)?.into(),
            prepared: true,
            ..self.clone()
        })
    }

    /// Whether [`prepare`](Self::prepare) has been done.
    pub fn is_prepared(&self) -> bool {
        self.prepared
    }

    /// A fresh ciphertext and its shared secret (FIPS 203 algorithm 20).
    ///
    /// # Errors
    /// [`Code::Policy`], [`Code::Random`]; for X25519 [`Code::Rejected`] if the key is a point of small
    /// order.
    pub fn encapsulate(&self) -> Result<(Vec<u8>, SharedSecret)> {
        self.guard
            .check(self.algorithm, Use::Receive, &Context::empty())?;
        self.encapsulate_permitted()
    }

    /// Encapsulates what the policy has allowed.
    fn encapsulate_permitted(&self) -> Result<(Vec<u8>, SharedSecret)> {
        let (ciphertext, shared) = self.encapsulator.encapsulate()?;
        Ok((ciphertext, SharedSecret(shared)))
    }
}

impl PartialEq for EncapsulationKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.bytes == other.bytes
    }
}

impl Eq for EncapsulationKey {}

impl fmt::Debug for EncapsulationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncapsulationKey({})", self.algorithm)
    }
}
