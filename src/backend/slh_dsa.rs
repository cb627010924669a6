//! SLH-DSA (FIPS 205): RustCrypto `slh-dsa` signs and verifies, `fips205` gives the second opinion on both.

use fips205::traits::{SerDes, Verifier as _};
use slh_dsa::{Signature, SigningKey, VerifyingKey};

use super::confirmed::{Opinion, confirmed};
use super::{
    Intake, Material, Needs, Scheme, SignatureScheme, Signer, Verifier, array, contradiction,
};
use crate::algorithm::{Algorithm, SignOptions, VerifyOptions};
use crate::error::{Error, Result};
use crate::random;
use crate::secret::{SecretBytes, depth, on_clean_stack};

macro_rules! parameter_set {
    ($name:ident, $algorithm:ident, $set:ident, $second:ident, n $n:literal) => {
        #[allow(
            non_camel_case_types,
            reason = "the digits of the standard's name need a separator"
        )]
        pub(super) struct $name;

        impl $name {
            const ALGORITHM: Algorithm = Algorithm::$algorithm;

            /// SK.seed ‖ SK.prf ‖ PK.seed ‖ PK.root from the first three (algorithm 18).
            fn expand(seeds: &[u8]) -> SecretBytes {
                let mut sk = SecretBytes::zeroed(4 * $n);
                on_clean_stack::<{ depth::ANY }, _>(|| {
                    let key = SigningKey::<slh_dsa::$set>::slh_keygen_internal(
                        &seeds[..$n],
                        &seeds[$n..2 * $n],
                        &seeds[2 * $n..3 * $n],
                    );
                    sk.expose_mut().copy_from_slice(&key.to_bytes());
                });
                sk
            }

            fn sign_with(
                sk: &[u8],
                message: &[u8],
                context: &[u8],
                randomness: Option<&[u8]>,
            ) -> Result<Vec<u8>> {
                let mut signature = Vec::new();
                on_clean_stack::<{ depth::ANY }, _>(|| {
                    let key = SigningKey::<slh_dsa::$set>::try_from(sk)
                        .map_err(|_| Error::internal("SLH-DSA private key length"))?;
                    let made = key
                        .try_sign_with_context(message, context, randomness)
                        .map_err(|_| Error::internal("SLH-DSA signing gave up"))?;
                    signature.extend_from_slice(&made.to_bytes());
                    Ok::<_, Error>(())
                })?;
                Ok(signature)
            }
        }

        impl Scheme for $name {
            fn generate(&self) -> Result<Material> {
                let seeds = random::secret(3 * $n)?;
                Ok(Material::from_expanded(Self::expand(seeds.expose())))
            }

            fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
                let sk = given.expanded()?;
                if Self::expand(sk.expose()) != *sk {
                    return Err(contradiction(
                        Self::ALGORITHM,
                        "PK.root is not the root that SK.seed and PK.seed give",
                    ));
                }
                let public = sk.expose()[2 * $n..].to_vec();
                Ok((given, public))
            }

            fn check_public(&self, _public: &[u8]) -> Result<()> {
                // PK.seed and PK.root are plain hash values: every string of the right length decodes.
                Ok(())
            }
        }

        impl SignatureScheme for $name {
            fn signer(&self, material: Material, _public: &[u8]) -> Result<Box<dyn Signer>> {
                struct Key(Material);
                impl Signer for Key {
                    fn sign(&self, message: &[u8], options: &SignOptions) -> Result<Vec<u8>> {
                        let sk = self.0.expanded()?.expose();
                        let context = options.context.as_bytes();
                        if options.deterministic {
                            return $name::sign_with(sk, message, context, None);
                        }
                        let randomness = random::secret($n)?;
                        $name::sign_with(sk, message, context, Some(randomness.expose()))
                    }

                    fn material(&self) -> &Material {
                        &self.0
                    }
                }
                Ok(Box::new(Key(material)))
            }

            fn verifier(&self, public: &[u8]) -> Result<Box<dyn Verifier>> {
                struct Key(VerifyingKey<slh_dsa::$set>);
                impl Verifier for Key {
                    fn verify(
                        &self,
                        message: &[u8],
                        options: &VerifyOptions,
                        signature: &[u8],
                    ) -> Result<bool> {
                        let signature = Signature::<slh_dsa::$set>::try_from(signature)
                            .map_err(|_| Error::internal("SLH-DSA signature length"))?;
                        Ok(self
                            .0
                            .try_verify_with_context(
                                message,
                                options.context.as_bytes(),
                                &signature,
                            )
                            .is_ok())
                    }

                    fn intake(&self, _options: &VerifyOptions) -> Result<Intake> {
                        Ok(Intake::Whole($name::ALGORITHM.name(), Vec::new()))
                    }
                }
                let key = VerifyingKey::try_from(public)
                    .map_err(|_| Error::internal("SLH-DSA public key length"))?;
                Ok(Box::new(Key(key)))
            }

            fn verifier_for(&self, public: &[u8], needs: Needs<'_>) -> Result<Box<dyn Verifier>> {
                let first = self.verifier(public)?;
                confirmed(
                    Self::ALGORITHM,
                    needs,
                    first,
                    || self.second_opinion(public),
                    Opinion {
                        first: "RustCrypto slh-dsa",
                        second: "fips205",
                        second_in_parts: "fips205",
                    },
                )
            }

            fn second_opinion(&self, public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
                struct Key(fips205::$second::PublicKey);
                impl Verifier for Key {
                    fn verify(
                        &self,
                        message: &[u8],
                        options: &VerifyOptions,
                        signature: &[u8],
                    ) -> Result<bool> {
                        Ok(self
                            .0
                            .verify(message, array(signature)?, options.context.as_bytes()))
                    }

                    fn intake(&self, _options: &VerifyOptions) -> Result<Intake> {
                        Ok(Intake::Whole($name::ALGORITHM.name(), Vec::new()))
                    }
                }
                let key =
                    fips205::$second::PublicKey::try_from_bytes(*array(public)?).map_err(|_| {
                        Error::internal("SLH-DSA public key refused by the second implementation")
                    })?;
                Ok(Some(Box::new(Key(key))))
            }
        }
    };
}

parameter_set!(Sha2_128s, SlhDsaSha2128s, Sha2_128s, slh_dsa_sha2_128s, n 16);
parameter_set!(Sha2_128f, SlhDsaSha2128f, Sha2_128f, slh_dsa_sha2_128f, n 16);
parameter_set!(Sha2_192s, SlhDsaSha2192s, Sha2_192s, slh_dsa_sha2_192s, n 24);
parameter_set!(Sha2_192f, SlhDsaSha2192f, Sha2_192f, slh_dsa_sha2_192f, n 24);
parameter_set!(Sha2_256s, SlhDsaSha2256s, Sha2_256s, slh_dsa_sha2_256s, n 32);
parameter_set!(Sha2_256f, SlhDsaSha2256f, Sha2_256f, slh_dsa_sha2_256f, n 32);
parameter_set!(Shake128s, SlhDsaShake128s, Shake128s, slh_dsa_shake_128s, n 16);
parameter_set!(Shake128f, SlhDsaShake128f, Shake128f, slh_dsa_shake_128f, n 16);
parameter_set!(Shake192s, SlhDsaShake192s, Shake192s, slh_dsa_shake_192s, n 24);
parameter_set!(Shake192f, SlhDsaShake192f, Shake192f, slh_dsa_shake_192f, n 24);
parameter_set!(Shake256s, SlhDsaShake256s, Shake256s, slh_dsa_shake_256s, n 32);
parameter_set!(Shake256f, SlhDsaShake256f, Shake256f, slh_dsa_shake_256f, n 32);

/// SK.seed ‖ SK.prf ‖ PK.seed ‖ PK.root of a set from seeds of at least three times n bytes.
pub(super) fn expand(algorithm: Algorithm, seeds: &[u8]) -> Result<SecretBytes> {
    use Algorithm::*;
    Ok(match algorithm {
        SlhDsaSha2128s => Sha2_128s::expand(seeds),
        SlhDsaSha2128f => Sha2_128f::expand(seeds),
        SlhDsaSha2192s => Sha2_192s::expand(seeds),
        SlhDsaSha2192f => Sha2_192f::expand(seeds),
        SlhDsaSha2256s => Sha2_256s::expand(seeds),
        SlhDsaSha2256f => Sha2_256f::expand(seeds),
        SlhDsaShake128s => Shake128s::expand(seeds),
        SlhDsaShake128f => Shake128f::expand(seeds),
        SlhDsaShake192s => Shake192s::expand(seeds),
        SlhDsaShake192f => Shake192f::expand(seeds),
        SlhDsaShake256s => Shake256s::expand(seeds),
        SlhDsaShake256f => Shake256f::expand(seeds),
        other => return Err(Error::internal(format!("{other} is not SLH-DSA"))),
    })
}
