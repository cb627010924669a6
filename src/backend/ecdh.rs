//! Elliptic-curve Diffie-Hellman by AWS-LC: X25519 (RFC 7748) and the NIST curves (SP 800-56A).
//!
//! As a KEM: the ciphertext is an ephemeral public key, the shared secret is the raw result of the
//! agreement. That is the form in which the composite ML-KEM draft uses it; by itself the result
//! is not uniformly random and wants a key derivation function.

use aws_lc_rs::agreement::{self, Algorithm as Curve, PrivateKey, UnparsedPublicKey};

use super::{Decapsulator, Encapsulator, KemScheme, Material, Scheme};
use crate::algorithm::Algorithm;
use crate::error::{Code, Error, Result};
use crate::random;
use crate::secret::SecretBytes;

/// A curve and the row of the table that it implements.
#[derive(Clone, Copy)]
pub(super) struct Ecdh {
    algorithm: Algorithm,
    curve: &'static Curve,
}

pub(super) static X25519: Ecdh = Ecdh {
    algorithm: Algorithm::X25519,
    curve: &agreement::X25519,
};
pub(super) static P256: Ecdh = Ecdh {
    algorithm: Algorithm::EcdhP256,
    curve: &agreement::ECDH_P256,
};
pub(super) static P384: Ecdh = Ecdh {
    algorithm: Algorithm::EcdhP384,
    curve: &agreement::ECDH_P384,
};
pub(super) static P521: Ecdh = Ecdh {
    algorithm: Algorithm::EcdhP521,
    curve: &agreement::ECDH_P521,
};

/// How many scalars are tried before the source is called broken: the chance that all are out of
/// range is below 2^-32 a try for P-256 and P-384, and below 2^-200 for the masked P-521.
const SCALAR_TRIES: usize = 8;

/// The first byte of an uncompressed point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// The private scalar as a key of AWS-LC, or `None` if it is zero or not below the group order.
fn private_key(curve: &'static Curve, scalar: &[u8]) -> Option<PrivateKey> {
    PrivateKey::from_private_key(curve, scalar).ok()
}

fn public_key(private: &PrivateKey) -> Option<Vec<u8>> {
    Some(private.compute_public_key().ok()?.as_ref().to_vec())
}

/// The public key of a private scalar, or `None` if the scalar is out of range.
pub(super) fn public_of(curve: &'static Curve, scalar: &[u8]) -> Option<Vec<u8>> {
    public_key(&private_key(curve, scalar)?)
}

/// A private scalar in range, by rejection (SP 800-56A section 5.6.1.2.2).
pub(super) fn random_scalar(curve: &'static Curve, len: usize) -> Result<SecretBytes> {
    fresh(curve, len).map(|(scalar, _)| scalar)
}

fn fresh(curve: &'static Curve, len: usize) -> Result<(SecretBytes, PrivateKey)> {
    for _ in 0..SCALAR_TRIES {
        let mut scalar = random::secret(len)?;
        if len == 66 {
            // P-521: 521 bits are 65 bytes and one bit.
            scalar.expose_mut()[0] &= 1;
        }
        if let Some(key) = private_key(curve, scalar.expose()) {
            return Ok((scalar, key));
        }
    }
    Err(Error::new(Code::Random, "randomness").got("no scalar in range in 8 draws"))
}

/// Refuses a point that is not on the curve, is the point at infinity, or is not uncompressed.
pub(super) fn check_point(
    algorithm: Algorithm,
    curve: &'static Curve,
    public: &[u8],
) -> Result<()> {
    if public.first() != Some(&UNCOMPRESSED) {
        return Err(bad_point(algorithm));
    }
    // AWS-LC offers the check of a point only as part of an agreement: agree with the scalar 1.
    let mut one = SecretBytes::zeroed(algorithm.info().expanded.map_or(0, |size| size.max()));
    if let Some(last) = one.expose_mut().last_mut() {
        *last = 1;
    }
    let own = private_key(curve, one.expose())
        .ok_or_else(|| Error::internal("the scalar 1 was refused"))?;
    agreement::agree(&own, UnparsedPublicKey::new(curve, public), (), |_| Ok(()))
        .map_err(|()| bad_point(algorithm))
}

fn bad_point(algorithm: Algorithm) -> Error {
    Error::malformed(format!("{algorithm} public key"))
        .expected("an uncompressed point on the curve")
        .got("something else of that length")
}

impl Ecdh {
    fn private<'a>(&self, material: &'a Material) -> Result<&'a SecretBytes> {
        match self.algorithm {
            Algorithm::X25519 => material.only_seed(),
            _ => material.expanded(),
        }
    }

    /// Bytes of a private key.
    fn scalar_len(&self) -> usize {
        let info = self.algorithm.info();
        info.seed
            .or(info.expanded.map(|size| size.max()))
            .unwrap_or(0)
    }
}

/// The raw result of an agreement.
fn agree(
    algorithm: Algorithm,
    curve: &'static Curve,
    own: &PrivateKey,
    peer: &[u8],
) -> Result<SecretBytes> {
    let refused = Error::new(Code::Rejected, format!("{algorithm} key agreement refused"));
    if algorithm != Algorithm::X25519 && peer.first() != Some(&UNCOMPRESSED) {
        return Err(refused);
    }
    // AWS-LC refuses points that are not on the curve and the all-zero result of X25519.
    agreement::agree(
        own,
        UnparsedPublicKey::new(curve, peer),
        refused,
        |shared| Ok(SecretBytes::copy_of(shared)),
    )
}

impl Scheme for Ecdh {
    fn generate(&self) -> Result<Material> {
        let scalar = random_scalar(self.curve, self.scalar_len())?;
        Ok(match self.algorithm {
            Algorithm::X25519 => Material::from_seed(scalar),
            _ => Material::from_expanded(scalar),
        })
    }

    fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
        let public = public_of(self.curve, self.private(&given)?.expose()).ok_or_else(|| {
            super::contradiction(
                self.algorithm,
                "the scalar is not between 1 and the group order",
            )
        })?;
        Ok((given, public))
    }

    fn check_public(&self, public: &[u8]) -> Result<()> {
        match self.algorithm {
            // RFC 7748 accepts every 32-byte string; the all-zero result is refused when it arises.
            Algorithm::X25519 => Ok(()),
            other => check_point(other, self.curve, public),
        }
    }
}

impl KemScheme for Ecdh {
    fn encapsulator(&self, public: &[u8]) -> Result<Box<dyn Encapsulator>> {
        struct Key(Ecdh, Box<[u8]>);
        impl Encapsulator for Key {
            fn encapsulate(&self) -> Result<(Vec<u8>, SecretBytes)> {
                let Ecdh { algorithm, curve } = self.0;
                let (_, ephemeral) = fresh(curve, self.0.scalar_len())?;
                let ciphertext = public_key(&ephemeral)
                    .ok_or_else(|| Error::internal("ephemeral public key"))?;
                Ok((ciphertext, agree(algorithm, curve, &ephemeral, &self.1)?))
            }
        }
        Ok(Box::new(Key(*self, public.into())))
    }

    fn decapsulator(&self, material: Material, _public: &[u8]) -> Result<Box<dyn Decapsulator>> {
        struct Key(Ecdh, Material, PrivateKey);
        impl Decapsulator for Key {
            fn decapsulate(&self, ciphertext: &[u8]) -> Result<SecretBytes> {
                agree(self.0.algorithm, self.0.curve, &self.2, ciphertext)
            }

            fn material(&self) -> &Material {
                &self.1
            }
        }
        let key = private_key(self.curve, self.private(&material)?.expose())
            .ok_or_else(|| Error::internal("private key out of range"))?;
        Ok(Box::new(Key(*self, material, key)))
    }
}
