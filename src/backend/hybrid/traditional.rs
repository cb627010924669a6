//! How the private key of a traditional part stands in a composite private key.

use der::oid::ObjectIdentifier;

use crate::algorithm::Algorithm;
use crate::backend::Material;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// The serialization of a traditional private key: section 4 of both composite drafts.
#[derive(Clone, Copy)]
pub(super) enum Encoding {
    /// The bytes of RFC 8032 and RFC 7748.
    Raw,
    /// ECPrivateKey (RFC 5915) of version 1 with the named curve and without the public key.
    EcPrivateKey(Curve),
    /// RSAPrivateKey (RFC 8017).
    RsaPrivateKey,
}

/// A named curve, as far as its private keys need it.
#[derive(Clone, Copy)]
pub(super) struct Curve {
    oid: ObjectIdentifier,
    /// Bytes of a private key.
    scalar: u8,
}

impl Curve {
    const fn new(oid: &str, scalar: u8) -> Self {
        Self {
            oid: ObjectIdentifier::new_unwrap(oid),
            scalar,
        }
    }
}

pub(super) const P256: Curve = Curve::new("1.2.840.10045.3.1.7", 32);
pub(super) const P384: Curve = Curve::new("1.3.132.0.34", 48);
pub(super) const P521: Curve = Curve::new("1.3.132.0.35", 66);
pub(super) const BRAINPOOL_P256R1: Curve = Curve::new("1.3.36.3.3.2.8.1.1.7", 32);
pub(super) const BRAINPOOL_P384R1: Curve = Curve::new("1.3.36.3.3.2.8.1.1.11", 48);

impl Curve {
    pub(super) fn ecdsa_row(self) -> Option<Algorithm> {
        let rows = Algorithm::ALL.iter().copied();
        rows.filter(|row| row.is_ecdsa())
            .find(|row| row.info().curve == Some(self.oid))
    }

    /// What stands before the scalar and behind it in DER, which for one curve is always the same.
    fn around(self) -> Result<(Vec<u8>, Vec<u8>)> {
        let unfit = |_| Error::internal("an ECPrivateKey of more than 127 bytes");
        let len = |bytes: usize| u8::try_from(bytes).map_err(unfit);
        let oid = self.oid.as_bytes();
        // parameters [0] EXPLICIT OBJECT IDENTIFIER
        let mut behind = vec![0xa0, len(oid.len() + 2)?, 0x06, len(oid.len())?];
        behind.extend_from_slice(oid);
        // SEQUENCE { INTEGER 1, OCTET STRING …
        let contents = 3 + 2 + usize::from(self.scalar) + behind.len();
        let before = vec![0x30, len(contents)?, 0x02, 0x01, 0x01, 0x04, self.scalar];
        Ok((before, behind))
    }
}

impl Encoding {
    /// Reads a serialized private key. There is one encoding for each key.
    ///
    /// # Errors
    /// [`Code::Malformed`](crate::error::Code::Malformed).
    pub(super) fn decode(self, bytes: &[u8]) -> Result<Material> {
        match self {
            Self::Raw => Ok(Material::from_seed(SecretBytes::copy_of(bytes))),
            Self::RsaPrivateKey => Ok(Material::from_expanded(SecretBytes::copy_of(bytes))),
            Self::EcPrivateKey(curve) => {
                let (before, behind) = curve.around()?;
                bytes
                    .strip_prefix(before.as_slice())
                    .and_then(|rest| rest.strip_suffix(behind.as_slice()))
                    .filter(|scalar| scalar.len() == usize::from(curve.scalar))
                    .map(|scalar| Material::from_expanded(SecretBytes::copy_of(scalar)))
                    .ok_or_else(|| {
                        Error::malformed("traditional part of a composite private key")
                            .expected(format!(
                                "ECPrivateKey with the named curve {} and without a public key",
                                curve.oid
                            ))
                            .got("something else")
                    })
            }
        }
    }

    /// Serializes a private key.
    pub(super) fn encode(self, key: &Material) -> Result<SecretBytes> {
        match self {
            Self::Raw => Ok(key.only_seed()?.duplicate()),
            Self::RsaPrivateKey => Ok(key.expanded()?.duplicate()),
            Self::EcPrivateKey(curve) => {
                let (before, behind) = curve.around()?;
                Ok(SecretBytes::concat(&[
                    &before,
                    key.expanded()?.expose(),
                    &behind,
                ]))
            }
        }
    }
}
