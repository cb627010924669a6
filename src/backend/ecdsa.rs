//! ECDSA (FIPS 186-5) on P-256, P-384 and P-521 by AWS-LC; signatures in DER (RFC 3279).

use aws_lc_rs::agreement::{self, Algorithm as Curve};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self as aws, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm,
};
use der::asn1::UintRef;
use der::{Decode, Encode, Sequence};

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
pub(super) struct SignatureValue<'a> {
    pub(super) r: UintRef<'a>,
    pub(super) s: UintRef<'a>,
}

impl<'a> SignatureValue<'a> {
    /// Reads a signature of the algorithm of this name.
    ///
    /// # Errors
    /// [`Code::Malformed`](crate::Code::Malformed) for anything but DER.
    pub(super) fn read(name: &str, signature: &'a [u8]) -> Result<Self> {
        Self::from_der(signature).map_err(|error| {
            Error::malformed(format!("{name} signature"))
                .expected("DER of two unsigned integers r and s")
                .got(error.kind().to_string())
        })
    }

    /// The DER of r ‖ s, two numbers of the same length.
    pub(super) fn der_of_fixed(fixed: &[u8]) -> Result<Vec<u8>> {
        let (r, s) = fixed.split_at(fixed.len() / 2);
        let bad = |_| Error::internal("an ECDSA signature that cannot be encoded");
        let value = SignatureValue {
            r: UintRef::new(r).map_err(bad)?,
            s: UintRef::new(s).map_err(bad)?,
        };
        value.to_der().map_err(bad)
    }
}

/// The length of r and of s, which is that of the private key.
fn half(algorithm: Algorithm) -> usize {
    algorithm.info().expanded.map_or(0, |size| size.max())
}

/// The length of r ‖ s.
pub(super) fn fixed_len(algorithm: Algorithm) -> usize {
    2 * half(algorithm)
}

/// Whether a signature is DER, so that it is not r ‖ s. By accident fewer than one r ‖ s of 2^40
/// looks like DER (six of its bytes have to fit); then it is taken for DER, and refused.
pub(super) fn is_der(signature: &[u8]) -> bool {
    SignatureValue::from_der(signature).is_ok()
}

/// A signature of ours as r ‖ s, each as long as the group order (RFC 7518 section 3.4).
pub(super) fn to_fixed(algorithm: Algorithm, signature: &[u8]) -> Result<Vec<u8>> {
    let bad = || Error::internal("an ECDSA signature that is not DER");
    let value = SignatureValue::from_der(signature).map_err(|_| bad())?;
    let half = half(algorithm);
    let mut fixed = vec![0; fixed_len(algorithm)];
    for (number, place) in [value.r, value.s].iter().zip(fixed.chunks_mut(half)) {
        let bytes = number.as_bytes();
        let start = half.checked_sub(bytes.len()).ok_or_else(bad)?;
        place[start..].copy_from_slice(bytes);
    }
    Ok(fixed)
}

/// The DER of a signature that came as r ‖ s.
///
/// # Errors
/// [`Code::Length`](crate::Code::Length); [`Code::Malformed`](crate::Code::Malformed) for a number
/// that has more bits than the group order of P-521, for which the DER would have no room.
pub(super) fn from_fixed(algorithm: Algorithm, fixed: &[u8]) -> Result<Vec<u8>> {
    let what = format!("{algorithm} signature, r and s");
    let len = fixed_len(algorithm);
    if fixed.len() != len {
        return Err(Error::length(what, len, fixed.len()));
    }
    let (r, s) = fixed.split_at(half(algorithm));
    if algorithm == Algorithm::EcdsaP521Sha512 && (r[0] > 1 || s[0] > 1) {
        return Err(Error::malformed(what)
            .expected("two numbers of at most 521 bits")
            .got("a longer one"));
    }
    SignatureValue::der_of_fixed(fixed)
}

impl Scheme for Ecdsa {
    fn generate(&self) -> Result<Material> {
        ecdh::random_scalar(self.curve, half(self.algorithm)).map(Material::from_expanded)
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
                SignatureValue::read(self.0.algorithm.name(), signature).map(drop)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_and_s_go_from_fixed_length_to_der_and_back() {
        // DER drops leading zeroes, and adds one where the first bit is set.
        let short = |r: u8, s: u8| {
            let mut fixed = [0; 64];
            (fixed[31], fixed[63]) = (r, s);
            fixed.to_vec()
        };
        let longest = |half: usize, first: u8| {
            let mut fixed = vec![0xff; 2 * half];
            (fixed[0], fixed[half]) = (first, first);
            fixed
        };
        let (p256, p521) = (Algorithm::EcdsaP256Sha256, Algorithm::EcdsaP521Sha512);
        for (algorithm, fixed, len, start) in [
            (p256, short(1, 0), 8, "3006020101020100"),
            (p256, short(0x80, 0x7f), 9, "30070202008002017f"),
            (p256, longest(32, 0xff), 72, "3046022100ffff"),
            (p256, longest(32, 0x7f), 70, "304402207fff"),
            (
                Algorithm::EcdsaP384Sha384,
                longest(48, 0xff),
                104,
                "3066023100ffff",
            ),
            (p521, longest(66, 0x01), 139, "308188024201ff"),
            (p521, longest(66, 0), 139, "308188024200ff"),
        ] {
            let der = from_fixed(algorithm, &fixed).unwrap();
            assert_eq!(der.len(), len);
            assert!(hex::encode(&der).starts_with(start), "{start}");
            assert_eq!(to_fixed(algorithm, &der).unwrap(), fixed);
        }
        assert!(from_fixed(p521, &longest(66, 2)).is_err());
        assert!(to_fixed(p256, &from_fixed(p521, &longest(66, 1)).unwrap()).is_err());
    }
}
