//! Ed25519 (RFC 8032) by AWS-LC.

use aws_lc_rs::signature::{self as aws, Ed25519KeyPair, KeyPair};

use super::{Material, Scheme, SignatureScheme, Signer, Verifier};
use crate::algorithm::{SignOptions, VerifyOptions};
use crate::error::{Error, Result};
use crate::random;

pub(super) struct Ed25519;

fn key_pair(material: &Material) -> Result<Ed25519KeyPair> {
    // The name warns of a seed that is not compared with a public key: this seed is where the public key comes from.
    Ed25519KeyPair::from_seed_unchecked(material.only_seed()?.expose())
        .map_err(|_| Error::internal("Ed25519 refused a seed"))
}

impl Scheme for Ed25519 {
    fn generate(&self) -> Result<Material> {
        Ok(Material::from_seed(random::secret(32)?))
    }

    fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
        let public = key_pair(&given)?.public_key().as_ref().to_vec();
        Ok((given, public))
    }

    fn check_public(&self, _public: &[u8]) -> Result<()> {
        // A string that is no curve point verifies nothing: the point is decoded with each signature.
        Ok(())
    }
}

impl SignatureScheme for Ed25519 {
    fn signer(&self, material: Material, _public: &[u8]) -> Result<Box<dyn Signer>> {
        struct Key(Material, Ed25519KeyPair);
        impl Signer for Key {
            fn sign(&self, message: &[u8], _options: &SignOptions) -> Result<Vec<u8>> {
                self.1
                    .try_sign(message)
                    .map(|signature| signature.as_ref().to_vec())
                    .map_err(|_| Error::internal("Ed25519 signing failed"))
            }

            fn material(&self) -> &Material {
                &self.0
            }
        }
        let pair = key_pair(&material)?;
        Ok(Box::new(Key(material, pair)))
    }

    fn verifier(&self, public: &[u8]) -> Result<Box<dyn Verifier>> {
        struct Key(Box<[u8]>);
        impl Verifier for Key {
            fn verify(
                &self,
                message: &[u8],
                _options: &VerifyOptions,
                signature: &[u8],
            ) -> Result<bool> {
                Ok(aws::UnparsedPublicKey::new(&aws::ED25519, &self.0)
                    .verify(message, signature)
                    .is_ok())
            }
        }
        Ok(Box::new(Key(public.into())))
    }

    fn second_opinion(&self, _public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
        Ok(None)
    }
}
