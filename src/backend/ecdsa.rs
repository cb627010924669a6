//! ECDSA (FIPS 186-5) on P-256, P-384 and P-521 by AWS-LC; signatures in DER (RFC 3279).

use aws_lc_rs::agreement::{self, Algorithm as Curve};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self as aws, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm,
};
use der::asn1::UintRef;
use der::{Decode, Sequence};

use super::{
    Intake, Material, Representative, Scheme, SignatureScheme, Signer, Verifier, contradiction,
    ecdh,
};
use crate::algorithm::{Algorithm, SignOptions, VerifyOptions};
use crate::error::{Error, Result};
use crate::hash::Hash;
use crate::random;

/// A curve with its hash function, and the row of the table that it implements.
#[derive(Clone, Copy)]
pub(super) struct Ecdsa {
    algorithm: Algorithm,
    curve: &'static Curve,
    signing: &'static EcdsaSigningAlgorithm,
    hash: Hash,
    /// By hash function: SHA-256, SHA-384, SHA-512.
    verification: [&'static EcdsaVerificationAlgorithm; 3],
}

pub(super) static P256: Ecdsa = Ecdsa {
    algorithm: Algorithm::EcdsaP256Sha256,
    curve: &agreement::ECDH_P256,
    signing: &aws::ECDSA_P256_SHA256_ASN1_SIGNING,
    hash: Hash::Sha256,
    verification: [
        &aws::ECDSA_P256_SHA256_ASN1,
        &aws::ECDSA_P256_SHA384_ASN1,
        &aws::ECDSA_P256_SHA512_ASN1,
    ],
};
pub(super) static P384: Ecdsa = Ecdsa {
    algorithm: Algorithm::EcdsaP384Sha384,
    curve: &agreement::ECDH_P384,
    signing: &aws::ECDSA_P384_SHA384_ASN1_SIGNING,
    hash: Hash::Sha384,
    verification: [
        &aws::ECDSA_P384_SHA256_ASN1,
        &aws::ECDSA_P384_SHA384_ASN1,
        &aws::ECDSA_P384_SHA512_ASN1,
    ],
};
pub(super) static P521: Ecdsa = Ecdsa {
    algorithm: Algorithm::EcdsaP521Sha512,
    curve: &agreement::ECDH_P521,
    signing: &aws::ECDSA_P521_SHA512_ASN1_SIGNING,
    hash: Hash::Sha512,
    verification: [
        &aws::ECDSA_P521_SHA256_ASN1,
        &aws::ECDSA_P521_SHA384_ASN1,
        &aws::ECDSA_P521_SHA512_ASN1,
    ],
};

/// Ecdsa-Sig-Value of RFC 3279.
#[derive(Sequence)]
struct SignatureValue<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

impl Scheme for Ecdsa {
    fn generate(&self) -> Result<Material> {
        let len = self.algorithm.info().expanded.map_or(0, |size| size.max());
        ecdh::random_scalar(self.curve, len).map(Material::from_expanded)
    }

    fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
        let public = ecdh::public_of(self.curve, given.expanded()?.expose()).ok_or_else(|| {
            contradiction(
                self.algorithm,
                "the scalar is not between 1 and the group order",
            )
        })?;
        Ok((given, public))
    }

    fn check_public(&self, public: &[u8]) -> Result<()> {
        ecdh::check_point(self.algorithm, self.curve, public)
    }
}

impl SignatureScheme for Ecdsa {
    fn signer(&self, material: Material, public: &[u8]) -> Result<Box<dyn Signer>> {
        struct Key(Material, EcdsaKeyPair);
        impl Signer for Key {
            fn sign(&self, message: &[u8], _options: &SignOptions) -> Result<Vec<u8>> {
                random::probe()?;
                self.1
                    .sign(&SystemRandom::new(), message)
                    .map(|signature| signature.as_ref().to_vec())
                    .map_err(|_| Error::internal("ECDSA signing failed"))
            }

            fn sign_taken(
                &self,
                message: &Representative,
                _options: &SignOptions,
            ) -> Result<Vec<u8>> {
                random::probe()?;
                self.1
                    .sign_digest(message.hash()?)
                    .map(|signature| signature.as_ref().to_vec())
                    .map_err(|_| Error::internal("ECDSA signing failed"))
            }

            fn material(&self) -> &Material {
                &self.0
            }
        }
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            self.signing,
            material.expanded()?.expose(),
            public,
        )
        .map_err(|_| {
            contradiction(
                self.algorithm,
                "the public key is not that of the private key",
            )
        })?;
        Ok(Box::new(Key(material, pair)))
    }

    fn verifier(&self, public: &[u8]) -> Result<Box<dyn Verifier>> {
        struct Key(Ecdsa, Box<[u8]>);

        impl Key {
            fn hash(&self, options: &VerifyOptions) -> Hash {
                options.ecdsa_hash.unwrap_or(self.0.hash)
            }

            /// The public key as it verifies under the hash function of these options.
            fn under(&self, options: &VerifyOptions) -> Result<aws::UnparsedPublicKey<&[u8]>> {
                let [sha256, sha384, sha512] = self.0.verification;
                let algorithm = match self.hash(options) {
                    Hash::Sha256 => sha256,
                    Hash::Sha384 => sha384,
                    Hash::Sha512 => sha512,
                    other => {
                        return Err(Error::internal(format!("ECDSA with {}", other.name())));
                    }
                };
                Ok(aws::UnparsedPublicKey::new(algorithm, &self.1))
            }

            fn check_form(&self, signature: &[u8]) -> Result<()> {
                SignatureValue::from_der(signature).map_err(|error| {
                    Error::malformed(format!("{} signature", self.0.algorithm))
                        .expected("DER of two unsigned integers r and s")
                        .got(error.kind().to_string())
                })?;
                Ok(())
            }
        }

        impl Verifier for Key {
            fn verify(
                &self,
                message: &[u8],
                options: &VerifyOptions,
                signature: &[u8],
            ) -> Result<bool> {
                self.check_form(signature)?;
                Ok(self.under(options)?.verify(message, signature).is_ok())
            }

            fn intake(&self, options: &VerifyOptions) -> Result<Intake> {
                Intake::hash(self.hash(options))
            }

            fn verify_taken(
                &self,
                message: &Representative,
                options: &VerifyOptions,
                signature: &[u8],
            ) -> Result<bool> {
                self.check_form(signature)?;
                Ok(self
                    .under(options)?
                    .verify_digest(message.hash()?, signature)
                    .is_ok())
            }
        }
        Ok(Box::new(Key(*self, public.into())))
    }

    fn second_opinion(&self, _public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
        Ok(None)
    }
}
