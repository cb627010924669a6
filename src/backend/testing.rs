//! What [`crate::testing`] calls: the internal interfaces of the implementations.

use ml_dsa::signature::rand_core::{TryCryptoRng, TryRng};

use super::{Material, array, ml_kem, slh_dsa};
use crate::algorithm::Algorithm;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

pub(crate) fn encapsulate_with(
    algorithm: Algorithm,
    public: &[u8],
    m: &[u8],
) -> Result<(Vec<u8>, SecretBytes)> {
    ml_kem::encapsulate_with(algorithm, public, &SecretBytes::copy_of(m))
}

pub(crate) fn slh_dsa_expand(algorithm: Algorithm, seeds: &[u8]) -> Result<SecretBytes> {
    slh_dsa::expand(algorithm, seeds)
}

/// Hands out the randomness that the test vector names.
struct Given([u8; 32]);

impl TryRng for Given {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_le_bytes([
            self.0[0], self.0[1], self.0[2], self.0[3],
        ]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from(self.try_next_u32()?))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        out.copy_from_slice(&self.0[..out.len()]);
        Ok(())
    }
}

impl TryCryptoRng for Given {}

fn not_of_family(algorithm: Algorithm) -> Error {
    Error::internal(format!("{algorithm} has no such interface"))
}

/// Runs the body with `$module` standing for libcrux' module of the algorithm's set.
macro_rules! with_libcrux {
    ($algorithm:expr, |$module:ident| $body:expr) => {
        match $algorithm {
            Algorithm::MlDsa44 => {
                use libcrux_ml_dsa::ml_dsa_44 as $module;
                $body
            }
            Algorithm::MlDsa65 => {
                use libcrux_ml_dsa::ml_dsa_65 as $module;
                $body
            }
            Algorithm::MlDsa87 => {
                use libcrux_ml_dsa::ml_dsa_87 as $module;
                $body
            }
            other => Err(not_of_family(other)),
        }
    };
}

/// Runs the body with `$set` standing for RustCrypto's type of the algorithm's set.
macro_rules! with_rustcrypto {
    ($algorithm:expr, |$set:ident| $body:expr) => {
        match $algorithm {
            Algorithm::MlDsa44 => {
                type $set = ml_dsa::MlDsa44;
                $body
            }
            Algorithm::MlDsa65 => {
                type $set = ml_dsa::MlDsa65;
                $body
            }
            Algorithm::MlDsa87 => {
                type $set = ml_dsa::MlDsa87;
                $body
            }
            other => Err(not_of_family(other)),
        }
    };
}

pub(crate) fn ml_dsa_sign_internal(
    algorithm: Algorithm,
    material: &Material,
    representative: &[u8],
    rnd: &[u8],
) -> Result<Vec<u8>> {
    with_libcrux!(algorithm, |module| {
        let key = libcrux_ml_dsa::MLDSASigningKey::new(*array(material.expanded()?.expose())?);
        module::sign_internal(&key, representative, *array(rnd)?)
            .map(|made| made.as_slice().to_vec())
            .map_err(|_| Error::internal("ML-DSA signing gave up"))
    })
}

pub(crate) fn ml_dsa_verify_internal(
    algorithm: Algorithm,
    public: &[u8],
    representative: &[u8],
    signature: &[u8],
) -> Result<bool> {
    with_libcrux!(algorithm, |module| {
        let key = libcrux_ml_dsa::MLDSAVerificationKey::new(*array(public)?);
        let signature = libcrux_ml_dsa::MLDSASignature::new(*array(signature)?);
        Ok(module::verify_internal(&key, representative, &signature).is_ok())
    })
}

pub(crate) fn ml_dsa_sign_mu(
    algorithm: Algorithm,
    material: &Material,
    mu: &[u8],
    rnd: &[u8],
) -> Result<Vec<u8>> {
    with_rustcrypto!(algorithm, |Set| {
        let bytes = ml_dsa::ExpandedSigningKeyBytes::<Set>::try_from(material.expanded()?.expose())
            .map_err(|_| Error::internal("expanded key length"))?;
        #[expect(deprecated, reason = "the vectors name an expanded key and no seed")]
        let key = ml_dsa::ExpandedSigningKey::<Set>::from_expanded(&bytes);
        let signature = key
            .sign_mu_randomized(array::<64>(mu)?.into(), &mut Given(*array(rnd)?))
            .map_err(|_| Error::internal("ML-DSA signing gave up"))?;
        Ok(signature.encode().to_vec())
    })
}

pub(crate) fn ml_dsa_verify_mu(
    algorithm: Algorithm,
    public: &[u8],
    mu: &[u8],
    signature: &[u8],
) -> Result<bool> {
    with_rustcrypto!(algorithm, |Set| {
        let public = ml_dsa::EncodedVerifyingKey::<Set>::try_from(public)
            .map_err(|_| Error::internal("public key length"))?;
        let key = ml_dsa::VerifyingKey::<Set>::decode(&public);
        let mu = array::<64>(mu)?;
        let Ok(signature) = ml_dsa::EncodedSignature::<Set>::try_from(signature) else {
            return Ok(false);
        };
        Ok(ml_dsa::Signature::<Set>::decode(&signature)
            .is_some_and(|signature| key.verify_mu(mu.into(), &signature)))
    })
}

pub(crate) fn slh_dsa_verify_internal(
    algorithm: Algorithm,
    public: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<bool> {
    macro_rules! verify {
        ($($row:ident => $set:ident)*) => {
            match algorithm {
                $(Algorithm::$row => {
                    let key = ::slh_dsa::VerifyingKey::<::slh_dsa::$set>::try_from(public)
                        .map_err(|_| Error::internal("SLH-DSA public key length"))?;
                    let Ok(signature) = ::slh_dsa::Signature::<::slh_dsa::$set>::try_from(signature) else {
                        return Ok(false);
                    };
                    Ok(key.slh_verify_internal(&[message], &signature).is_ok())
                })*
                other => Err(not_of_family(other)),
            }
        };
    }
    verify! {
        SlhDsaSha2128s => Sha2_128s
        SlhDsaSha2128f => Sha2_128f
        SlhDsaSha2192s => Sha2_192s
        SlhDsaSha2192f => Sha2_192f
        SlhDsaSha2256s => Sha2_256s
        SlhDsaSha2256f => Sha2_256f
        SlhDsaShake128s => Shake128s
        SlhDsaShake128f => Shake128f
        SlhDsaShake192s => Shake192s
        SlhDsaShake192f => Shake192f
        SlhDsaShake256s => Shake256s
        SlhDsaShake256f => Shake256f
    }
}
