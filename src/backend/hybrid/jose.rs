//! JOSE's serialization.
//!
//! An ECDSA signature is r ‖ s (RFC 7518 section 3.4). A composite looks as it does elsewhere: that is
//! the text of draft-ietf-jose-pq-composite-sigs, and what is written. The examples that come with
//! the draft have the part on an elliptic curve in RFC 7518's manner instead, its public key as X ‖ Y,
//! its private key as the bare scalar, its signature as r ‖ s; that is read, too.

use super::signature::{self, Suite};
use super::split;
use crate::algorithm::{Algorithm, Size};
use crate::backend::{Material, ecdsa};
use crate::error::Result;
use crate::secret::SecretBytes;

/// The first byte of an uncompressed point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// A composite with an elliptic curve, and the row of its traditional part.
fn composite(algorithm: Algorithm) -> Option<(&'static Suite, Algorithm)> {
    let suite = signature::suite(algorithm)?;
    Some((suite, suite.ecdsa_row()?))
}

/// A signature of ours as JOSE has it.
pub(crate) fn signature_to_jose(algorithm: Algorithm, signature: Vec<u8>) -> Result<Vec<u8>> {
    match algorithm.is_ecdsa() {
        true => ecdsa::to_fixed(algorithm, &signature),
        false => Ok(signature),
    }
}

/// The length of what [`signature_to_jose`] makes of a signature.
pub(crate) fn signature_size_in_jose(algorithm: Algorithm) -> Size {
    match algorithm.is_ecdsa() {
        true => Size::Exact(ecdsa::fixed_len(algorithm)),
        false => algorithm.info().output,
    }
}

/// A signature of JOSE's as the algorithm has it elsewhere.
///
/// # Errors
/// [`Code::Length`](crate::Code::Length); [`Code::Malformed`](crate::Code::Malformed) for a number
/// that has more bits than the group order of P-521.
pub(crate) fn signature_from_jose(algorithm: Algorithm, signature: &[u8]) -> Result<Vec<u8>> {
    if algorithm.is_ecdsa() {
        return ecdsa::from_fixed(algorithm, signature);
    }
    let Some((suite, ecdsa)) = composite(algorithm) else {
        return Ok(signature.to_vec());
    };
    let (ml_dsa, traditional) = suite.signature_parts(signature)?;
    if ecdsa::is_der(traditional) {
        return Ok(signature.to_vec());
    }
    let traditional =
        ecdsa::from_fixed(ecdsa, traditional).map_err(|error| error.at(algorithm.name()))?;
    Ok([ml_dsa, &traditional].concat())
}

/// A public key of a JWK as the algorithm has it elsewhere.
pub(crate) fn public_from_jose(algorithm: Algorithm, public: Vec<u8>) -> Result<Vec<u8>> {
    let without_first_byte = algorithm.info().public_key.max() - 1;
    match composite(algorithm) {
        Some((suite, _)) if public.len() == without_first_byte => {
            let (ml_dsa, coordinates) = suite.public_parts(&public)?;
            Ok([ml_dsa, &[UNCOMPRESSED], coordinates].concat())
        }
        _ => Ok(public),
    }
}

/// The private key of a JWK.
///
/// # Errors
/// [`Code::Length`](crate::Code::Length).
pub(crate) fn private_from_jose(algorithm: Algorithm, private: SecretBytes) -> Result<Material> {
    if signature::suite(algorithm).is_none() {
        return Ok(Material::from_seed(private));
    }
    if let Some((suite, ecdsa)) = composite(algorithm) {
        let scalar_len = ecdsa.info().expanded.map_or(0, |size| size.max());
        let bytes = private.expose();
        if bytes.len() == signature::ML_DSA_SEED + scalar_len {
            let (seed, scalar) = split(
                algorithm,
                "private key of a JWK",
                bytes,
                signature::ML_DSA_SEED,
            )?;
            return suite.assemble(seed, &Material::from_expanded(SecretBytes::copy_of(scalar)));
        }
    }
    Ok(Material::from_expanded(private))
}
