//! Ed448 (RFC 8032, pure, empty context) by RustCrypto, as a part of composites.
//!
//! The crate is stricter than the standard where honest keys and signatures never go: it refuses
//! public keys and R outside of the subgroup of prime order, R = 1 and S = 0. It is laxer in one
//! place, which is closed here: it takes y modulo p, and passes over the unused bits of a point.

use ed448_goldilocks::{SecretKey, Signature, SigningKey, VerifyingKey};

use super::{Intake, Material, Scheme, SignatureScheme, Signer, Verifier, array, contradiction};
use crate::algorithm::{SignOptions, VerifyOptions};
use crate::error::{Error, Result};
use crate::random;
use crate::secret::{SecretBytes, on_clean_stack};

/// Ed448.
pub(super) struct Ed448;

/// Bytes of a seed and of a public key; a signature is twice as long.
const LEN: usize = 57;

/// y of a point, little-endian; in an encoded point a byte with the sign of x follows.
type Coordinate = [u8; LEN - 1];

/// 2^448 - 2^224 - 1, little-endian.
const FIELD_PRIME: Coordinate = {
    let mut p = [0xff; LEN - 1];
    p[28] = 0xfe;
    p
};

/// The y coordinates of the points whose order divides 4: 1, -1 and 0.
const SMALL_ORDER: [Coordinate; 3] = [
    {
        let mut one = [0; LEN - 1];
        one[0] = 1;
        one
    },
    {
        let mut minus_one = FIELD_PRIME;
        minus_one[0] -= 1;
        minus_one
    },
    [0; LEN - 1],
];

/// y, if the point is as RFC 8032 section 5.2.3 wants it: y below p, and in the last byte nothing
/// but the sign of x.
fn canonical(point: &[u8; LEN]) -> Option<&Coordinate> {
    let (y, last) = point.split_first_chunk()?;
    let last = last.first()?;
    let fits = last & 0x7f == 0 && y.iter().rev().lt(FIELD_PRIME.iter().rev());
    fits.then_some(y)
}

fn verifying_key(public: &[u8]) -> Result<VerifyingKey> {
    let bad = |got: &str| {
        Error::malformed("Ed448 public key")
            .expected("a canonical point of large prime order")
            .got(got)
    };
    let bytes: &[u8; LEN] = public
        .try_into()
        .map_err(|_| Error::length("Ed448 public key", LEN, public.len()))?;
    let y = canonical(bytes).ok_or_else(|| {
        bad("a coordinate that is not below the field prime (RFC 8032 section 5.2.3)")
    })?;
    if SMALL_ORDER.contains(y) {
        return Err(bad(
            "a point of small order, under which one signature fits many messages",
        ));
    }
    VerifyingKey::from_bytes(bytes)
        .map_err(|_| bad("a point that is not on the curve, or has a part of small order"))
}

/// The expanded key of a seed: it never leaves the heap, and wipes itself.
fn signing_key(seed: &SecretBytes) -> Result<Box<SigningKey>> {
    let seed: &SecretKey = array::<LEN>(seed.expose())?.into();
    let mut key = None;
    on_clean_stack(|| key = Some(Box::new(SigningKey::from(seed))));
    key.ok_or_else(|| Error::internal("no Ed448 key"))
}

impl Scheme for Ed448 {
    fn generate(&self) -> Result<Material> {
        Ok(Material::from_seed(random::secret(LEN)?))
    }

    fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
        let key = signing_key(given.only_seed()?)?;
        let public = key.verifying_key().as_bytes().to_vec();
        Ok((given, public))
    }

    fn check_public(&self, public: &[u8]) -> Result<()> {
        verifying_key(public).map(drop)
    }
}

impl SignatureScheme for Ed448 {
    fn signer(&self, material: Material, public: &[u8]) -> Result<Box<dyn Signer>> {
        struct Key(Material, Box<SigningKey>);
        impl Signer for Key {
            fn sign(&self, message: &[u8], _options: &SignOptions) -> Result<Vec<u8>> {
                let mut signature = Vec::new();
                on_clean_stack(|| {
                    signature.extend_from_slice(&self.1.sign_raw(message).to_bytes());
                });
                Ok(signature)
            }

            fn material(&self) -> &Material {
                &self.0
            }
        }
        let key = signing_key(material.only_seed()?)?;
        if key.verifying_key().as_bytes().as_slice() != public {
            return Err(contradiction(
                "Ed448",
                "the public key is not that of the private key",
            ));
        }
        Ok(Box::new(Key(material, key)))
    }

    fn verifier(&self, public: &[u8]) -> Result<Box<dyn Verifier>> {
        struct Key(VerifyingKey);
        impl Verifier for Key {
            fn verify(
                &self,
                message: &[u8],
                _options: &VerifyOptions,
                signature: &[u8],
            ) -> Result<bool> {
                let Some((r, s)) = signature.split_first_chunk::<LEN>() else {
                    return Ok(false);
                };
                let Some(s) = s.as_array::<LEN>() else {
                    return Ok(false);
                };
                let signature = Signature::from_components(*r, *s);
                Ok(canonical(r).is_some() && self.0.verify_raw(&signature, message).is_ok())
            }

            fn intake(&self, _options: &VerifyOptions) -> Result<Intake> {
                Ok(Intake::Whole("Ed448", Vec::new()))
            }
        }
        Ok(Box::new(Key(verifying_key(public)?)))
    }

    fn second_opinion(&self, _public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
        Ok(None)
    }
}
