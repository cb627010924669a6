//! What [`crate::testing`] calls: the internal interfaces of the implementations.

pub(crate) use super::hybrid::{TraditionalPart, traditional_kem_part};

use super::{Material, array, hybrid, ml_dsa, ml_dsa_part, ml_kem, ml_kem_part, slh_dsa};
use crate::algorithm::Algorithm;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

pub(crate) fn encapsulate_with(
    algorithm: Algorithm,
    public: &[u8],
    m: &[u8],
) -> Result<(Vec<u8>, SecretBytes)> {
    let m = SecretBytes::copy_of(m);
    match algorithm {
        Algorithm::XWing => hybrid::x_wing_encapsulate_with(public, &m),
        other => ml_kem::encapsulate_with(other, public, &m),
    }
}

pub(crate) fn post_quantum_part(algorithm: Algorithm) -> Option<Algorithm> {
    ml_dsa_part(algorithm).or_else(|| ml_kem_part(algorithm))
}

pub(crate) fn slh_dsa_expand(algorithm: Algorithm, seeds: &[u8]) -> Result<SecretBytes> {
    slh_dsa::expand(algorithm, seeds)
}

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
    let (mu, rnd) = (array(mu)?, SecretBytes::copy_of(rnd));
    match algorithm {
        Algorithm::MlDsa44 => ml_dsa::MlDsa44::sign_mu(material, mu, &rnd),
        Algorithm::MlDsa65 => ml_dsa::MlDsa65::sign_mu(material, mu, &rnd),
        Algorithm::MlDsa87 => ml_dsa::MlDsa87::sign_mu(material, mu, &rnd),
        other => Err(not_of_family(other)),
    }
}

pub(crate) fn ml_dsa_verify_mu(
    algorithm: Algorithm,
    public: &[u8],
    mu: &[u8],
    signature: &[u8],
) -> Result<bool> {
    algorithm.info().output.check("signature", signature)?;
    let mu = array(mu)?;
    match algorithm {
        Algorithm::MlDsa44 => ml_dsa::MlDsa44::verify_mu(public, mu, signature),
        Algorithm::MlDsa65 => ml_dsa::MlDsa65::verify_mu(public, mu, signature),
        Algorithm::MlDsa87 => ml_dsa::MlDsa87::verify_mu(public, mu, signature),
        other => Err(not_of_family(other)),
    }
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
