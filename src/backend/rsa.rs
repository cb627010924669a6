//! RSA signatures (RFC 8017) by AWS-LC: RSASSA-PSS and RSASSA-PKCS1-v1_5.
//!
//! The private key is the DER of RSAPrivateKey, the public key that of RSAPublicKey.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{self as aws, KeyPair, RsaEncoding, RsaParameters};
use der::asn1::{AnyRef, UintRef};
use der::{Decode, Sequence};
use pkcs8::PrivateKeyInfoRef;

use super::{
    Intake, Material, Representative, Scheme, SignatureScheme, Signer, Verifier, contradiction,
};
use crate::algorithm::{Algorithm, RsaScheme, SignOptions, VerifyOptions};
use crate::error::{Error, Result};
use crate::random;
use crate::secret::SecretBytes;

/// A modulus size, and the row of the table that it implements.
pub(super) struct Rsa {
    algorithm: Algorithm,
    size: KeySize,
}

pub(super) static RSA_2048: Rsa = Rsa {
    algorithm: Algorithm::Rsa2048,
    size: KeySize::Rsa2048,
};
pub(super) static RSA_3072: Rsa = Rsa {
    algorithm: Algorithm::Rsa3072,
    size: KeySize::Rsa3072,
};
pub(super) static RSA_4096: Rsa = Rsa {
    algorithm: Algorithm::Rsa4096,
    size: KeySize::Rsa4096,
};

/// RSAPublicKey of RFC 8017 appendix A.1.1.
#[derive(Sequence)]
struct PublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

/// The longest public exponent that is read: 65537, which nearly every key has, takes three bytes.
const MAX_EXPONENT: usize = 3;

const fn encoding(scheme: RsaScheme) -> &'static dyn RsaEncoding {
    match scheme {
        RsaScheme::PssSha256 => &aws::RSA_PSS_SHA256,
        RsaScheme::PssSha384 => &aws::RSA_PSS_SHA384,
        RsaScheme::PssSha512 => &aws::RSA_PSS_SHA512,
        RsaScheme::Pkcs1Sha256 => &aws::RSA_PKCS1_SHA256,
        RsaScheme::Pkcs1Sha384 => &aws::RSA_PKCS1_SHA384,
        RsaScheme::Pkcs1Sha512 => &aws::RSA_PKCS1_SHA512,
    }
}

const fn parameters(scheme: RsaScheme) -> &'static RsaParameters {
    match scheme {
        RsaScheme::PssSha256 => &aws::RSA_PSS_2048_8192_SHA256,
        RsaScheme::PssSha384 => &aws::RSA_PSS_2048_8192_SHA384,
        RsaScheme::PssSha512 => &aws::RSA_PSS_2048_8192_SHA512,
        RsaScheme::Pkcs1Sha256 => &aws::RSA_PKCS1_2048_8192_SHA256,
        RsaScheme::Pkcs1Sha384 => &aws::RSA_PKCS1_2048_8192_SHA384,
        RsaScheme::Pkcs1Sha512 => &aws::RSA_PKCS1_2048_8192_SHA512,
    }
}

/// The row for a public key, by the size of its modulus.
///
/// # Errors
/// [`Code::Malformed`](crate::error::Code::Malformed) for another size, an even modulus, or an exponent that is even or below 3.
pub(crate) fn algorithm_of(public: &[u8]) -> Result<Algorithm> {
    match bits_of(public)? {
        2048 => Ok(Algorithm::Rsa2048),
        3072 => Ok(Algorithm::Rsa3072),
        4096 => Ok(Algorithm::Rsa4096),
        bits => Err(Error::malformed("RSA public key")
            .expected("a modulus of 2048, 3072 or 4096 bits")
            .got(format!("{bits} bits"))),
    }
}

/// The bits of the modulus of a public key.
///
/// # Errors
/// As [`algorithm_of`], but of any size.
pub(crate) fn bits_of(public: &[u8]) -> Result<usize> {
    let key = PublicKey::from_der(public).map_err(|error| {
        Error::malformed("RSA public key")
            .expected("DER of RSAPublicKey")
            .got(error.kind().to_string())
    })?;
    let modulus = key.modulus.as_bytes();
    let bits = modulus
        .first()
        .map_or(0, |top| 8 * modulus.len() - top.leading_zeros() as usize);
    let exponent = key.exponent.as_bytes();
    if modulus.last().is_none_or(|last| last % 2 == 0) {
        return Err(Error::malformed("RSA public key")
            .expected("an odd modulus")
            .got("an even one"));
    }
    if exponent.last().is_none_or(|last| last % 2 == 0) || exponent == [1] {
        return Err(Error::malformed("RSA public key")
            .expected("an odd public exponent of 3 or more")
            .got("another"));
    }
    if exponent.len() > MAX_EXPONENT {
        return Err(Error::malformed("RSA public key")
            .expected(format!("a public exponent of at most {MAX_EXPONENT} bytes"))
            .got(format!("{} bytes", exponent.len())));
    }
    Ok(bits)
}

impl Rsa {
    fn key_pair(&self, material: &Material) -> Result<RsaKeyPair> {
        let bytes = material.expanded()?.expose();
        // AWS-LC passes over what stands behind the structure.
        AnyRef::from_der(bytes).map_err(|_| {
            Error::malformed("RSA private key")
                .expected("DER of an RSAPrivateKey and nothing after it")
                .got("something else")
        })?;
        let unfit = |_| {
            contradiction(
                self.algorithm,
                "primes, exponents and modulus do not belong together",
            )
        };
        let pair = RsaKeyPair::from_der(bytes).map_err(unfit)?;
        let found = algorithm_of(pair.public_key().as_ref())?;
        if found != self.algorithm {
            return Err(Error::malformed("RSA private key")
                .expected(self.algorithm.name())
                .got(found.name()));
        }
        Ok(pair)
    }
}

impl Scheme for Rsa {
    fn generate(&self) -> Result<Material> {
        random::probe()?;
        let failed = |_| Error::internal("RSA key generation failed");
        let pair = RsaKeyPair::generate(self.size).map_err(failed)?;
        let pkcs8 = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der>::as_der(&pair).map_err(failed)?;
        let info = PrivateKeyInfoRef::try_from(pkcs8.as_ref())
            .map_err(|_| Error::internal("PKCS#8 made by AWS-LC"))?;
        Ok(Material::from_expanded(SecretBytes::copy_of(
            info.private_key.as_bytes(),
        )))
    }

    fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
        let pair = self.key_pair(&given)?;
        let public = pair.public_key().as_ref().to_vec();
        // AWS-LC compares the parts and does not test the primes: a composite one shows in use.
        random::probe()?;
        let mut signature = vec![0; pair.public_modulus_len()];
        let test = b"chop import test";
        let signed = pair.sign(
            &aws::RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            test,
            &mut signature,
        );
        let verified = aws::UnparsedPublicKey::new(&aws::RSA_PKCS1_2048_8192_SHA256, &public)
            .verify(test, &signature);
        if signed.is_err() || verified.is_err() {
            return Err(contradiction(
                self.algorithm,
                "it cannot sign: a prime is not one",
            ));
        }
        Ok((given, public))
    }

    fn check_public(&self, public: &[u8]) -> Result<()> {
        let found = algorithm_of(public)?;
        if found == self.algorithm {
            return Ok(());
        }
        Err(Error::malformed("RSA public key")
            .expected(self.algorithm.name())
            .got(found.name()))
    }
}

impl SignatureScheme for Rsa {
    fn signer(&self, material: Material, _public: &[u8]) -> Result<Box<dyn Signer>> {
        struct Key(Material, RsaKeyPair);
        impl Signer for Key {
            fn sign(&self, message: &[u8], options: &SignOptions) -> Result<Vec<u8>> {
                random::probe()?;
                let mut signature = vec![0; self.1.public_modulus_len()];
                self.1
                    .sign(
                        encoding(options.rsa_scheme.unwrap_or_default()),
                        &SystemRandom::new(),
                        message,
                        &mut signature,
                    )
                    .map_err(|_| Error::internal("RSA signing failed"))?;
                Ok(signature)
            }

            fn sign_taken(
                &self,
                message: &Representative,
                options: &SignOptions,
            ) -> Result<Vec<u8>> {
                random::probe()?;
                let mut signature = vec![0; self.1.public_modulus_len()];
                self.1
                    .sign_digest(
                        encoding(options.rsa_scheme.unwrap_or_default()),
                        message.hash()?,
                        &mut signature,
                    )
                    .map_err(|_| Error::internal("RSA signing failed"))?;
                Ok(signature)
            }

            fn material(&self) -> &Material {
                &self.0
            }
        }
        let pair = self.key_pair(&material)?;
        Ok(Box::new(Key(material, pair)))
    }

    fn verifier(&self, public: &[u8]) -> Result<Box<dyn Verifier>> {
        struct Key(Box<[u8]>);
        impl Verifier for Key {
            fn verify(
                &self,
                message: &[u8],
                options: &VerifyOptions,
                signature: &[u8],
            ) -> Result<bool> {
                let scheme = parameters(options.rsa_scheme.unwrap_or_default());
                Ok(aws::UnparsedPublicKey::new(scheme, &self.0)
                    .verify(message, signature)
                    .is_ok())
            }

            fn intake(&self, options: &VerifyOptions) -> Result<Intake> {
                Intake::hash(options.rsa_scheme.unwrap_or_default().hash())
            }

            fn verify_taken(
                &self,
                message: &Representative,
                options: &VerifyOptions,
                signature: &[u8],
            ) -> Result<bool> {
                let scheme = parameters(options.rsa_scheme.unwrap_or_default());
                Ok(aws::UnparsedPublicKey::new(scheme, &self.0)
                    .verify_digest(message.hash()?, signature)
                    .is_ok())
            }
        }
        Ok(Box::new(Key(public.into())))
    }

    fn second_opinion(&self, _public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
        Ok(None)
    }
}
