//! ML-DSA (FIPS 204): libcrux signs, `chop-verify` verifies, each checked by the other where that is asked.
//!
//! A message that arrives in parts is signed and verified over its representative μ, which libcrux
//! does not take: there RustCrypto `ml-dsa` stands in for it.
//!
//! An expanded key that comes without its seed is checked by AWS-LC, which recomputes t, compares
//! t0 and tr, and refuses coefficients out of range (`ml-dsa` would panic on those).

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::signature::{self as aws, KeyPair};
use chop_verify::{ParameterSet, PreparedKey};
use ml_dsa::EncodedSignature;
use ml_dsa::signature::rand_core::{TryCryptoRng, TryRng};

use shake::Shake256;
use shake::digest::{ExtendableOutput, Update, XofReader};

use super::batch::{Begun, Share};
use super::confirmed::{Opinion, confirmed};
use super::{
    Intake, Material, Needs, Preparation, Representative, Scheme, SignatureScheme, Signer,
    Verifier, array, contradiction,
};
use crate::algorithm::{Algorithm, SignOptions, VerifyOptions};
use crate::error::{Error, Result};
use crate::random;
use crate::secret::{SecretBytes, depth, equal, on_clean_stack};

/// A key that may be seen once: each verification expands it in passing.
struct FirstSeen {
    set: ParameterSet,
    public: Box<[u8]>,
}

impl FirstSeen {
    fn prepare(&self) -> Result<PreparedKey> {
        prepare(self.set, &self.public)
    }
}

fn prepare(set: ParameterSet, public: &[u8]) -> Result<PreparedKey> {
    PreparedKey::new(set, public).map_err(|_| Error::internal("public key length"))
}

impl Verifier for FirstSeen {
    fn verify(&self, message: &[u8], options: &VerifyOptions, signature: &[u8]) -> Result<bool> {
        let context = options.context.as_bytes();
        Ok(chop_verify::verify_once(self.set, &self.public, message, context, signature).is_ok())
    }

    fn intake(&self, options: &VerifyOptions) -> Result<Intake> {
        Intake::mu(&tr(&self.public), &options.context)
    }

    fn verify_taken(
        &self,
        message: &Representative,
        _options: &VerifyOptions,
        signature: &[u8],
    ) -> Result<bool> {
        let mu = message.mu()?;
        Ok(self.prepare()?.verify_mu(mu, signature).is_ok())
    }
}

/// A key whose matrix is expanded.
struct Prepared(Arc<PreparedKey>);

impl Verifier for Prepared {
    fn verify(&self, message: &[u8], options: &VerifyOptions, signature: &[u8]) -> Result<bool> {
        let context = options.context.as_bytes();
        Ok(self.0.verify(message, context, signature).is_ok())
    }

    fn intake(&self, options: &VerifyOptions) -> Result<Intake> {
        Intake::mu(self.0.tr(), &options.context)
    }

    fn verify_taken(
        &self,
        message: &Representative,
        _options: &VerifyOptions,
        signature: &[u8],
    ) -> Result<bool> {
        Ok(self.0.verify_mu(message.mu()?, signature).is_ok())
    }

    fn begin<'a>(
        &'a self,
        message: &'a [u8],
        options: &'a VerifyOptions,
        signature: &'a [u8],
    ) -> Result<Begun<'a>> {
        Ok(Begun::MlDsa(Share {
            key: &self.0,
            message: Cow::Borrowed(message),
            context: options.context.as_bytes(),
            signature,
        }))
    }

    fn prepared(&self) -> Option<&PreparedKey> {
        Some(&self.0)
    }
}

/// The public key of a key that signs: most of those that are read never do, so it is prepared when the
/// first signature is to be checked.
struct ReleaseCheck {
    key: FirstSeen,
    prepared: OnceLock<PreparedKey>,
}

impl ReleaseCheck {
    fn prepared(&self) -> Result<&PreparedKey> {
        if let Some(prepared) = self.prepared.get() {
            return Ok(prepared);
        }
        let prepared = self.key.prepare()?;
        Ok(self.prepared.get_or_init(|| prepared))
    }
}

impl Verifier for ReleaseCheck {
    fn verify(&self, message: &[u8], options: &VerifyOptions, signature: &[u8]) -> Result<bool> {
        let context = options.context.as_bytes();
        Ok(self.prepared()?.verify(message, context, signature).is_ok())
    }

    fn intake(&self, options: &VerifyOptions) -> Result<Intake> {
        self.key.intake(options)
    }

    fn verify_taken(
        &self,
        message: &Representative,
        _options: &VerifyOptions,
        signature: &[u8],
    ) -> Result<bool> {
        Ok(self.prepared()?.verify_mu(message.mu()?, signature).is_ok())
    }
}

/// The randomness that was drawn beforehand, as RustCrypto's signing asks for it.
struct Given<'a>(&'a [u8]);

impl TryRng for Given<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// Each byte once; the caller asks for as many as there are.
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let (now, later) = self.0.split_at(out.len());
        out.copy_from_slice(now);
        self.0 = later;
        Ok(())
    }
}

impl TryCryptoRng for Given<'_> {}

/// tr = H(pk, 64) (algorithm 6 step 9).
fn tr(public: &[u8]) -> [u8; 64] {
    let mut tr = [0; 64];
    Shake256::default()
        .chain(public)
        .finalize_xof()
        .read(&mut tr);
    tr
}

/// Bytes of xi and of rnd (FIPS 204 algorithms 1 and 2).
const RANDOMNESS: usize = 32;

macro_rules! parameter_set {
    ($name:ident, $module:ident, $aws_sign:ident) => {
        pub(super) struct $name;

        impl $name {
            const ALGORITHM: Algorithm = Algorithm::$name;

            /// Both keys from the seed xi (algorithm 6).
            fn expand(seed: &SecretBytes) -> Result<(SecretBytes, Vec<u8>)> {
                let xi: &[u8; RANDOMNESS] = array(seed.expose())?;
                let mut sk = SecretBytes::zeroed(Self::ALGORITHM.info().expanded.map_or(0, |size| size.max()));
                let mut pk = Vec::new();
                on_clean_stack::<{ depth::ANY }, _>(|| {
                    let pair = libcrux_ml_dsa::$module::generate_key_pair(*xi);
                    sk.expose_mut().copy_from_slice(pair.signing_key.as_slice());
                    pk.extend_from_slice(pair.verification_key.as_slice());
                });
                Ok((sk, pk))
            }

            /// The public key of an expanded private key, if the parts of that key agree.
            fn public_of(sk: &SecretBytes) -> Result<Vec<u8>> {
                aws::PqdsaKeyPair::from_raw_private_key(&aws::$aws_sign, sk.expose())
                    .map(|pair| pair.public_key().as_ref().to_vec())
                    .map_err(|_| {
                        contradiction(
                            Self::ALGORITHM,
                            "the parts of the expanded form disagree: a coefficient out of range, t0 or tr not those of s1 and s2",
                        )
                    })
            }

            /// Signs with the randomness `rnd` (algorithm 2; rnd of zeroes is the deterministic variant).
            pub(super) fn sign_with(sk: &[u8], message: &[u8], context: &[u8], rnd: &SecretBytes) -> Result<Vec<u8>> {
                let sk: &[u8; _] = array(sk)?;
                let rnd: &[u8; RANDOMNESS] = array(rnd.expose())?;
                let mut signature = Vec::new();
                on_clean_stack::<{ depth::ANY }, _>(|| {
                    let key = libcrux_ml_dsa::MLDSASigningKey::new(*sk);
                    libcrux_ml_dsa::$module::sign(&key, message, context, *rnd)
                        .map(|made| signature.extend_from_slice(made.as_slice()))
                        .map_err(|_| Error::internal("ML-DSA signing gave up"))
                })?;
                Ok(signature)
            }
        }

        impl $name {
            /// Signs the representative `mu` (algorithm 7 from step 7 on).
            pub(super) fn sign_mu(material: &Material, mu: &[u8; 64], rnd: &SecretBytes) -> Result<Vec<u8>> {
                let sk = material.expanded()?.expose();
                let mut signature = Vec::new();
                on_clean_stack::<{ depth::ANY }, _>(|| {
                    let bytes: &ml_dsa::ExpandedSigningKeyBytes<ml_dsa::$name> =
                        sk.try_into().map_err(|_| Error::internal("expanded key length"))?;
                    #[expect(deprecated, reason = "it panics on coefficients out of range, which `complete` has refused")]
                    let key = ml_dsa::ExpandedSigningKey::<ml_dsa::$name>::from_expanded(bytes);
                    let made = key
                        .sign_mu_randomized(mu.into(), &mut Given(rnd.expose()))
                        .map_err(|_| Error::internal("ML-DSA signing gave up"))?;
                    signature.extend_from_slice(&made.encode());
                    Ok::<_, Error>(())
                })?;
                Ok(signature)
            }

            /// Verifies over the representative `mu` (algorithm 8 from step 7 on) by RustCrypto `ml-dsa`.
            pub(super) fn verify_mu(public: &[u8], mu: &[u8; 64], signature: &[u8]) -> Result<bool> {
                let public: &ml_dsa::EncodedVerifyingKey<ml_dsa::$name> =
                    public.try_into().map_err(|_| Error::internal("public key length"))?;
                let signature: &EncodedSignature<ml_dsa::$name> =
                    signature.try_into().map_err(|_| Error::internal("signature length"))?;
                let key = ml_dsa::VerifyingKey::<ml_dsa::$name>::decode(public);
                Ok(ml_dsa::Signature::<ml_dsa::$name>::decode(signature)
                    .is_some_and(|signature| key.verify_mu(mu.into(), &signature)))
            }
        }

        impl Scheme for $name {
            fn generate(&self) -> Result<Material> {
                Ok(Material::from_seed(random::secret(RANDOMNESS)?))
            }

            fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
                match given {
                    Material { seed: Some(seed), expanded } => {
                        let (derived, pk) = Self::expand(&seed)?;
                        if let Some(expanded) = expanded {
                            if !equal(expanded.expose(), derived.expose()) {
                                return Err(contradiction(
                                    Self::ALGORITHM,
                                    "the expanded form is not the one that the seed gives",
                                ));
                            }
                        }
                        Ok((Material { seed: Some(seed), expanded: Some(derived) }, pk))
                    }
                    Material { seed: None, expanded: Some(sk) } => {
                        let pk = Self::public_of(&sk)?;
                        Ok((Material::from_expanded(sk), pk))
                    }
                    Material { seed: None, expanded: None } => Err(Error::internal("empty private key")),
                }
            }

            fn check_public(&self, _public: &[u8]) -> Result<()> {
                // Every string of the right length decodes (algorithm 23: t1 has ten bits a coefficient).
                Ok(())
            }
        }

        impl SignatureScheme for $name {
            fn signer(&self, material: Material, _public: &[u8]) -> Result<Box<dyn Signer>> {
                struct Key(Material);
                impl Signer for Key {
                    fn sign(&self, message: &[u8], options: &SignOptions) -> Result<Vec<u8>> {
                        let rnd = if options.deterministic {
                            SecretBytes::zeroed(RANDOMNESS)
                        } else {
                            random::secret(RANDOMNESS)?
                        };
                        $name::sign_with(self.0.expanded()?.expose(), message, options.context.as_bytes(), &rnd)
                    }

                    fn sign_taken(&self, message: &Representative, options: &SignOptions) -> Result<Vec<u8>> {
                        let rnd = if options.deterministic {
                            SecretBytes::zeroed(RANDOMNESS)
                        } else {
                            random::secret(RANDOMNESS)?
                        };
                        $name::sign_mu(&self.0, message.mu()?, &rnd)
                    }

                    fn material(&self) -> &Material {
                        &self.0
                    }
                }
                Ok(Box::new(Key(material)))
            }

            fn verifier(&self, public: &[u8]) -> Result<Box<dyn Verifier>> {
                self.verifier_for(public, Needs::default())
            }

            fn verifier_for(&self, public: &[u8], needs: Needs<'_>) -> Result<Box<dyn Verifier>> {
                let set = ParameterSet::$name;
                let first: Box<dyn Verifier> = match needs.prepared {
                    None => Box::new(FirstSeen { set, public: public.into() }),
                    Some(Preparation::Fresh) => Box::new(Prepared(prepare(set, public)?.into())),
                    Some(Preparation::Kept(keys, fingerprint)) => Box::new(Prepared(
                        keys.get_or_prepare_by(fingerprint, set, public)
                            .map_err(|_| Error::internal("public key length"))?,
                    )),
                };
                confirmed(Self::ALGORITHM, needs, first, || self.second_opinion(public), Opinion {
                    first: "chop-verify",
                    second: "libcrux",
                    second_in_parts: "RustCrypto ml-dsa",
                })
            }

            fn second_opinion(&self, public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
                struct Key(Box<[u8]>);
                impl Verifier for Key {
                    fn verify(&self, message: &[u8], options: &VerifyOptions, signature: &[u8]) -> Result<bool> {
                        let key = libcrux_ml_dsa::MLDSAVerificationKey::new(*array(&self.0)?);
                        let signature = libcrux_ml_dsa::MLDSASignature::new(*array(signature)?);
                        Ok(libcrux_ml_dsa::$module::verify(&key, message, options.context.as_bytes(), &signature).is_ok())
                    }

                    fn intake(&self, options: &VerifyOptions) -> Result<Intake> {
                        Intake::mu(&tr(&self.0), &options.context)
                    }

                    fn verify_taken(&self, message: &Representative, _options: &VerifyOptions, signature: &[u8]) -> Result<bool> {
                        $name::verify_mu(&self.0, message.mu()?, signature)
                    }
                }
                Ok(Some(Box::new(Key(public.into()))))
            }

            fn release_check(&self, public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
                Ok(Some(Box::new(ReleaseCheck {
                    key: FirstSeen { set: ParameterSet::$name, public: public.into() },
                    prepared: OnceLock::new(),
                })))
            }
        }
    };
}

parameter_set!(MlDsa44, ml_dsa_44, ML_DSA_44_SIGNING);
parameter_set!(MlDsa65, ml_dsa_65, ML_DSA_65_SIGNING);
parameter_set!(MlDsa87, ml_dsa_87, ML_DSA_87_SIGNING);
