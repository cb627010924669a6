//! Ed25519 (RFC 8032) by AWS-LC.

use aws_lc_rs::signature::{self as aws, Ed25519KeyPair, KeyPair};

use super::{Intake, Material, Scheme, SignatureScheme, Signer, Verifier, array};
use crate::algorithm::{SignOptions, VerifyOptions};
use crate::error::{Error, Result};
use crate::random;

pub(super) struct Ed25519;

/// 2^255 - 19, little-endian.
const FIELD_PRIME: [u8; 32] = {
    let mut p = [0xff; 32];
    p[0] = 0xed;
    p[31] = 0x7f;
    p
};

/// The y coordinates of the points whose order divides 8: 1, -1, 0, and those of order 8.
const SMALL_ORDER: [[u8; 32]; 5] = [
    {
        let mut one = [0; 32];
        one[0] = 1;
        one
    },
    {
        let mut minus_one = FIELD_PRIME;
        minus_one[0] -= 1;
        minus_one
    },
    [0; 32],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

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

    fn check_public(&self, public: &[u8]) -> Result<()> {
        let bad = |got: &str| {
            Err(Error::malformed("Ed25519 public key")
                .expected("a canonical point of large order")
                .got(got))
        };
        let mut y: [u8; 32] = *array(public)?;
        // The top bit is the sign of x.
        y[31] &= 0x7f;
        if SMALL_ORDER.contains(&y) {
            return bad("a point of small order, under which one signature fits many messages");
        }
        if y.iter().rev().ge(FIELD_PRIME.iter().rev()) {
            return bad("a coordinate that is not below the field prime (RFC 8032 section 5.1.3)");
        }
        // That the point is on the curve is found out when a signature is verified: then none holds.
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

            fn intake(&self, _options: &VerifyOptions) -> Result<Intake> {
                Ok(Intake::Whole("Ed25519", Vec::new()))
            }
        }
        Ok(Box::new(Key(public.into())))
    }

    fn second_opinion(&self, _public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
        Ok(None)
    }
}
