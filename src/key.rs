//! A key as it is found in a file: private or public, for signatures or for secrets.

use std::fmt;

use aws_lc_rs::digest;

use crate::algorithm::{Algorithm, Context, Form, Kind};
use crate::backend::Material;
use crate::error::{Code, Error, Result};
use crate::kem::{DecapsulationKey, EncapsulationKey};
use crate::policy::{Guard, Use};
use crate::secret::SecretBytes;
use crate::sign::{SigningKey, VerifyingKey};

/// A private key of any algorithm, complete and consistent.
#[non_exhaustive]
#[derive(Debug)]
pub enum PrivateKey {
    /// Signs.
    Signing(SigningKey),
    /// Decapsulates.
    Decapsulation(DecapsulationKey),
}

impl PrivateKey {
    /// A fresh key pair under the default policy, tested once.
    ///
    /// # Errors
    /// As [`generate_under`](Self::generate_under).
    pub fn generate(algorithm: Algorithm) -> Result<Self> {
        Self::generate_under(algorithm, &Guard::default())
    }

    /// A fresh key pair under the policy of `guard`, tested once.
    ///
    /// # Errors
    /// [`Code::Policy`], [`Code::Random`], [`Code::SelfTest`].
    pub fn generate_under(algorithm: Algorithm, guard: &Guard) -> Result<Self> {
        match algorithm.info().kind {
            Kind::Signature => SigningKey::generate_under(algorithm, guard).map(Self::Signing),
            Kind::Kem => {
                DecapsulationKey::generate_under(algorithm, guard).map(Self::Decapsulation)
            }
        }
    }

    /// The same key under another policy.
    #[must_use]
    pub fn under(self, guard: &Guard) -> Self {
        match self {
            Self::Signing(key) => Self::Signing(key.under(guard)),
            Self::Decapsulation(key) => Self::Decapsulation(key.under(guard)),
        }
    }

    /// Takes over a key that was made elsewhere, under the policy of `guard`.
    ///
    /// # Errors
    /// [`Code::Policy`].
    pub fn import(self, guard: &Guard) -> Result<Self> {
        guard.check(self.algorithm(), Use::Import, &Context::empty())?;
        Ok(self.under(guard))
    }

    /// The private key with this seed, in the encoding of its standard: ξ for ML-DSA, d ‖ z for
    /// ML-KEM, the private key of RFC 8032 and RFC 7748.
    ///
    /// # Errors
    /// [`Code::Length`]; [`Code::Usage`] for an algorithm without a seed.
    pub fn from_seed(algorithm: Algorithm, seed: SecretBytes) -> Result<Self> {
        Self::from_material(algorithm, Material::from_seed(seed))
    }

    /// The private key with this expanded form, in the encoding of its standard: FIPS 203 dk, FIPS
    /// 204 sk, FIPS 205 SK, the scalar of an elliptic curve, the DER of RSAPrivateKey.
    ///
    /// # Errors
    /// [`Code::Length`]; [`Code::Inconsistent`] if its parts disagree; [`Code::Usage`] for an
    /// algorithm without an expanded form.
    pub fn from_expanded(algorithm: Algorithm, expanded: SecretBytes) -> Result<Self> {
        Self::from_material(algorithm, Material::from_expanded(expanded))
    }

    pub(crate) fn from_material(algorithm: Algorithm, material: Material) -> Result<Self> {
        match algorithm.info().kind {
            Kind::Signature => SigningKey::from_material(algorithm, material).map(Self::Signing),
            Kind::Kem => {
                DecapsulationKey::from_material(algorithm, material).map(Self::Decapsulation)
            }
        }
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Signing(key) => key.algorithm(),
            Self::Decapsulation(key) => key.algorithm(),
        }
    }

    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        match self {
            Self::Signing(key) => PublicKey::Verifying(key.verifying_key().clone()),
            Self::Decapsulation(key) => PublicKey::Encapsulation(key.encapsulation_key().clone()),
        }
    }

    /// The forms that this key can be written in. A seed cannot be recovered from an expanded key.
    pub fn forms(&self) -> &'static [Form] {
        match self.material().seed {
            None => &[Form::Expanded],
            Some(_) => self.algorithm().info().forms(),
        }
    }

    /// The seed form.
    ///
    /// # Errors
    /// [`Code::Usage`] if this key has none, [`Code::State`] for a key that a keyring watches over.
    pub fn seed(&self) -> Result<&SecretBytes> {
        self.material_to_write()?
            .seed
            .as_ref()
            .ok_or_else(|| self.lacks(Form::Seed))
    }

    /// The expanded form.
    ///
    /// # Errors
    /// As [`seed`](Self::seed).
    pub fn expanded(&self) -> Result<&SecretBytes> {
        self.material_to_write()?
            .expanded
            .as_ref()
            .ok_or_else(|| self.lacks(Form::Expanded))
    }

    /// The signing key.
    ///
    /// # Errors
    /// [`Code::WrongKind`] for a key that agrees on secrets.
    pub fn into_signing(self) -> Result<SigningKey> {
        match self {
            Self::Signing(key) => Ok(key),
            Self::Decapsulation(key) => Err(wrong_kind(key.algorithm(), "a signing key")),
        }
    }

    /// The decapsulation key. An elliptic-curve key whose encoding names only the curve serves as
    /// a key for agreement too.
    ///
    /// # Errors
    /// [`Code::WrongKind`] for a key that signs.
    pub fn into_decapsulation(self) -> Result<DecapsulationKey> {
        match self {
            Self::Decapsulation(key) => Ok(key),
            Self::Signing(key) => match key.algorithm().twin() {
                Some(twin) => {
                    let agreeing =
                        DecapsulationKey::from_material(twin, key.material().duplicate())?
                            .under(key.guard());
                    Ok(match key.gate() {
                        Some(gate) => agreeing.behind(gate.clone()),
                        None => agreeing,
                    })
                }
                None => Err(wrong_kind(key.algorithm(), "a decapsulation key")),
            },
        }
    }

    pub(crate) fn material(&self) -> &Material {
        match self {
            Self::Signing(key) => key.material(),
            Self::Decapsulation(key) => key.material(),
        }
    }

    /// The material, unless a keyring watches over the key: it leaves that by its own door alone.
    fn material_to_write(&self) -> Result<&Material> {
        let watched = match self {
            Self::Signing(key) => key.is_watched(),
            Self::Decapsulation(key) => key.is_watched(),
        };
        match watched {
            false => Ok(self.material()),
            true => Err(Error::new(Code::State, "private key of a keyring")
                .expected("an export, which the keyring records")),
        }
    }

    fn lacks(&self, form: Form) -> Error {
        Error::usage(format!("{} private key", self.algorithm()))
            .expected(format!("one that holds its {form} form"))
            .got("one that does not")
    }
}

/// A public key of any algorithm, checked as its standard asks.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// Verifies.
    Verifying(VerifyingKey),
    /// Receives secrets.
    Encapsulation(EncapsulationKey),
}

impl PublicKey {
    /// A public key from its raw encoding: the bytes that stand in the BIT STRING of an SPKI.
    ///
    /// # Errors
    /// [`Code::Length`], [`Code::Malformed`].
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self> {
        match algorithm.info().kind {
            Kind::Signature => VerifyingKey::from_bytes(algorithm, bytes).map(Self::Verifying),
            Kind::Kem => EncapsulationKey::from_bytes(algorithm, bytes).map(Self::Encapsulation),
        }
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Verifying(key) => key.algorithm(),
            Self::Encapsulation(key) => key.algorithm(),
        }
    }

    /// The raw encoding.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Verifying(key) => key.as_bytes(),
            Self::Encapsulation(key) => key.as_bytes(),
        }
    }

    /// The same key under another policy.
    #[must_use]
    pub fn under(self, guard: &Guard) -> Self {
        match self {
            Self::Verifying(key) => Self::Verifying(key.under(guard)),
            Self::Encapsulation(key) => Self::Encapsulation(key.under(guard)),
        }
    }

    /// Takes over a key that was made elsewhere, under the policy of `guard`.
    ///
    /// # Errors
    /// [`Code::Policy`].
    pub fn import(self, guard: &Guard) -> Result<Self> {
        guard.check(self.algorithm(), Use::Import, &Context::empty())?;
        Ok(self.under(guard))
    }

    /// The key that verifies.
    ///
    /// # Errors
    /// [`Code::WrongKind`] for a key that receives secrets.
    pub fn into_verifying(self) -> Result<VerifyingKey> {
        match self {
            Self::Verifying(key) => Ok(key),
            Self::Encapsulation(key) => Err(wrong_kind(key.algorithm(), "a verifying key")),
        }
    }

    /// The key that receives secrets. An elliptic-curve key whose encoding names only the curve
    /// serves as a key for agreement too.
    ///
    /// # Errors
    /// [`Code::WrongKind`] for a key that verifies.
    pub fn into_encapsulation(self) -> Result<EncapsulationKey> {
        match self {
            Self::Encapsulation(key) => Ok(key),
            Self::Verifying(key) => match key.algorithm().twin() {
                Some(twin) => EncapsulationKey::from_bytes(twin, key.as_bytes())
                    .map(|receiving| receiving.under(key.guard())),
                None => Err(wrong_kind(key.algorithm(), "an encapsulation key")),
            },
        }
    }
}

fn wrong_kind(algorithm: Algorithm, expected: &str) -> Error {
    Error::new(Code::WrongKind, "key of the wrong kind")
        .expected(expected)
        .got(algorithm.name())
}

/// The name of a public key: SHA-256 over the DER of its SubjectPublicKeyInfo.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) const fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn of_spki(der: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 lower-case hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}
