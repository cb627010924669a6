//! ML-KEM (FIPS 203) by libcrux.
//!
//! libcrux leaves two checks to its caller, and both are made here: the modulus check of an
//! encapsulation key (section 7.2) and the hash check of a decapsulation key (section 7.3). An
//! imported decapsulation key must also be able to decapsulate what its own encapsulation key
//! encapsulates, which catches a secret vector that does not belong to the public one.

use aws_lc_rs::digest;

use super::{Decapsulator, Encapsulator, KemScheme, Material, Scheme, array, contradiction};
use crate::algorithm::Algorithm;
use crate::error::{Error, Result};
use crate::random;
use crate::secret::{SecretBytes, depth, equal, on_clean_stack};

/// The modulus of FIPS 203.
pub(super) const Q: u16 = 3329;

/// Bytes of H(ek) and of z at the end of a decapsulation key.
pub(super) const HASH: usize = 32;

/// The first coefficient of a 12-bit encoded vector that is not below q, if there is one (ByteDecode12, algorithm 6).
pub(super) fn out_of_range(encoded: &[u8]) -> Option<usize> {
    encoded.chunks_exact(3).enumerate().find_map(|(i, three)| {
        let low = u16::from(three[0]) | (u16::from(three[1]) & 0x0f) << 8;
        let high = u16::from(three[1]) >> 4 | u16::from(three[2]) << 4;
        if low >= Q {
            Some(2 * i)
        } else if high >= Q {
            Some(2 * i + 1)
        } else {
            None
        }
    })
}

/// An expanded private key taken apart: dkPKE ‖ ek ‖ H(ek) ‖ z, of ML-KEM and of Kyber before it.
pub(super) struct Parts<'a> {
    /// The secret vector, dkPKE.
    secret: &'a [u8],
    public: &'a [u8],
    hash: &'a [u8],
}

impl<'a> Parts<'a> {
    /// `dk`, whose length has been checked, with a secret vector of `vector` bytes.
    pub(super) fn of(dk: &'a [u8], vector: usize) -> Self {
        let (secret, rest) = dk.split_at(vector);
        let (public, hashes) = rest.split_at(rest.len() - 2 * HASH);
        Self {
            secret,
            public,
            hash: &hashes[..HASH],
        }
    }

    /// The checks of an imported private key (FIPS 203 section 7.3), and the public key inside, which passes
    /// those of `scheme`.
    ///
    /// # Errors
    /// [`Code::Inconsistent`](crate::error::Code::Inconsistent), and whatever is wrong with the public key.
    pub(super) fn check(&self, algorithm: Algorithm, scheme: &dyn Scheme) -> Result<Vec<u8>> {
        if out_of_range(self.secret).is_some() {
            return Err(contradiction(
                algorithm,
                "a secret coefficient is not below q",
            ));
        }
        scheme.check_public(self.public)?;
        if digest::digest(&digest::SHA3_256, self.public).as_ref() != self.hash {
            return Err(contradiction(
                algorithm,
                "the hash H(ek) is not that of the encapsulation key inside (FIPS 203 section 7.3)",
            ));
        }
        Ok(self.public.to_vec())
    }
}

/// Whether a private key gives what was sent to the public key inside it.
///
/// # Errors
/// [`Code::Inconsistent`](crate::error::Code::Inconsistent) if not.
pub(super) fn check_opens(
    algorithm: Algorithm,
    sent: &SecretBytes,
    opened: &SecretBytes,
) -> Result<()> {
    match sent == opened {
        true => Ok(()),
        false => Err(contradiction(
            algorithm,
            "the secret vector does not belong to the encapsulation key inside",
        )),
    }
}

/// A private key that decapsulates by its expanded form.
pub(super) struct Opening {
    pub(super) material: Material,
    pub(super) decapsulate: fn(dk: &[u8], ciphertext: &[u8]) -> Result<SecretBytes>,
}

impl Decapsulator for Opening {
    fn decapsulate(&self, ciphertext: &[u8]) -> Result<SecretBytes> {
        (self.decapsulate)(self.material.expanded()?.expose(), ciphertext)
    }

    fn material(&self) -> &Material {
        &self.material
    }
}

/// A public key with its matrix expanded: encapsulates with the randomness m into ciphertext and secret.
///
/// How it is expanded depends on the processor, and so does its type.
struct Prepared(Box<Encapsulate>);

type Encapsulate = dyn Fn(&[u8; 32], &mut Vec<u8>, &mut SecretBytes) + Send + Sync;

impl Prepared {
    fn encapsulate_with(&self, m: &SecretBytes) -> Result<(Vec<u8>, SecretBytes)> {
        let m: &[u8; 32] = array(m.expose())?;
        let mut ciphertext = Vec::new();
        let mut shared = SecretBytes::zeroed(32);
        on_clean_stack::<{ depth::ML_KEM }, _>(|| self.0(m, &mut ciphertext, &mut shared));
        Ok((ciphertext, shared))
    }
}

impl Encapsulator for Prepared {
    fn encapsulate(&self) -> Result<(Vec<u8>, SecretBytes)> {
        self.encapsulate_with(&random::secret(32)?)
    }
}

/// Expands a public key by one of the implementations in libcrux. Those for processors with more have to
/// be asked for by hand, after asking the processor.
macro_rules! expanded {
    ($module:ident, $path:ident, $public:expr) => {{
        use libcrux_ml_kem::$module::$path::unpacked;
        let mut key = Box::new(unpacked::init_public_key());
        unpacked::unpacked_public_key(&array($public)?.into(), &mut key);
        Prepared(Box::new(move |m, ciphertext, shared| {
            let (c, k) = unpacked::encapsulate(&key, *m);
            ciphertext.extend_from_slice(c.as_slice());
            shared.expose_mut().copy_from_slice(&k);
        }))
    }};
}

macro_rules! parameter_set {
    ($name:ident, $module:ident, rank $k:literal) => {
        pub(super) struct $name;

        impl $name {
            const ALGORITHM: Algorithm = Algorithm::$name;
            const VECTOR: usize = 384 * $k;

            /// Both keys from the seed d ‖ z (algorithm 16).
            fn expand(seed: &SecretBytes) -> Result<(SecretBytes, Vec<u8>)> {
                let seed: &[u8; 64] = array(seed.expose())?;
                let mut dk = SecretBytes::zeroed(
                    Self::ALGORITHM.info().expanded.map_or(0, |size| size.max()),
                );
                let mut ek = Vec::new();
                on_clean_stack::<{ depth::ML_KEM }, _>(|| {
                    let pair = libcrux_ml_kem::$module::generate_key_pair(*seed);
                    dk.expose_mut().copy_from_slice(pair.sk());
                    ek.extend_from_slice(pair.pk());
                });
                Ok((dk, ek))
            }

            /// Encapsulation with chosen randomness m (algorithm 17).
            pub(super) fn encapsulate_with(
                public: &[u8],
                m: &SecretBytes,
            ) -> Result<(Vec<u8>, SecretBytes)> {
                let ek = array(public)?;
                let m: &[u8; 32] = array(m.expose())?;
                let mut ciphertext = Vec::new();
                let mut shared = SecretBytes::zeroed(32);
                on_clean_stack::<{ depth::ML_KEM }, _>(|| {
                    let (c, k) = libcrux_ml_kem::$module::encapsulate(&ek.into(), *m);
                    ciphertext.extend_from_slice(c.as_slice());
                    shared.expose_mut().copy_from_slice(&k);
                });
                Ok((ciphertext, shared))
            }

            fn prepared(public: &[u8]) -> Result<Prepared> {
                #[cfg(target_arch = "x86_64")]
                if is_x86_feature_detected!("avx2") {
                    return Ok(expanded!($module, avx2, public));
                }
                #[cfg(target_arch = "aarch64")]
                return Ok(expanded!($module, neon, public));
                #[cfg(not(target_arch = "aarch64"))]
                Ok(expanded!($module, portable, public))
            }

            fn decapsulate_with(dk: &[u8], ciphertext: &[u8]) -> Result<SecretBytes> {
                let dk = array(dk)?;
                let ciphertext = array(ciphertext)?;
                let mut shared = SecretBytes::zeroed(32);
                on_clean_stack::<{ depth::ML_KEM }, _>(|| {
                    let k = libcrux_ml_kem::$module::decapsulate(&dk.into(), &ciphertext.into());
                    shared.expose_mut().copy_from_slice(&k);
                });
                Ok(shared)
            }
        }

        impl Scheme for $name {
            fn generate(&self) -> Result<Material> {
                Ok(Material::from_seed(random::secret(64)?))
            }

            fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
                match given {
                    Material {
                        seed: Some(seed),
                        expanded,
                    } => {
                        let (derived, ek) = Self::expand(&seed)?;
                        if let Some(expanded) = expanded {
                            // z and H(ek) are part of the comparison: it covers all of the key.
                            if !equal(expanded.expose(), derived.expose()) {
                                return Err(contradiction(
                                    Self::ALGORITHM,
                                    "the expanded form is not the one that the seed gives",
                                ));
                            }
                        }
                        Ok((
                            Material {
                                seed: Some(seed),
                                expanded: Some(derived),
                            },
                            ek,
                        ))
                    }
                    Material {
                        seed: None,
                        expanded: Some(dk),
                    } => {
                        let ek =
                            Parts::of(dk.expose(), Self::VECTOR).check(Self::ALGORITHM, &Self)?;
                        let (ciphertext, sent) = Self::encapsulate_with(&ek, &random::secret(32)?)?;
                        check_opens(
                            Self::ALGORITHM,
                            &sent,
                            &Self::decapsulate_with(dk.expose(), &ciphertext)?,
                        )?;
                        Ok((Material::from_expanded(dk), ek))
                    }
                    Material {
                        seed: None,
                        expanded: None,
                    } => Err(Error::internal("empty private key")),
                }
            }

            fn check_public(&self, public: &[u8]) -> Result<()> {
                // FIPS 203 section 7.2, modulus check.
                if let Some(index) = out_of_range(&public[..Self::VECTOR]) {
                    return Err(
                        Error::malformed(format!("{} encapsulation key", Self::ALGORITHM))
                            .expected(format!("coefficients below {Q}"))
                            .got(format!("a larger one at index {index}")),
                    );
                }
                if !libcrux_ml_kem::$module::validate_public_key(&array(public)?.into()) {
                    return Err(Error::internal("two modulus checks disagree"));
                }
                Ok(())
            }
        }

        impl KemScheme for $name {
            fn encapsulator(&self, public: &[u8]) -> Result<Box<dyn Encapsulator>> {
                struct Key(Box<[u8]>);
                impl Encapsulator for Key {
                    fn encapsulate(&self) -> Result<(Vec<u8>, SecretBytes)> {
                        $name::encapsulate_with(&self.0, &random::secret(32)?)
                    }
                }
                Ok(Box::new(Key(public.into())))
            }

            fn prepared_encapsulator(&self, public: &[u8]) -> Result<Box<dyn Encapsulator>> {
                Ok(Box::new(Self::prepared(public)?))
            }

            fn decapsulator(
                &self,
                material: Material,
                _public: &[u8],
            ) -> Result<Box<dyn Decapsulator>> {
                Ok(Box::new(Opening {
                    material,
                    decapsulate: Self::decapsulate_with,
                }))
            }
        }
    };
}

parameter_set!(MlKem512, mlkem512, rank 2);
parameter_set!(MlKem768, mlkem768, rank 3);
parameter_set!(MlKem1024, mlkem1024, rank 4);

/// Encapsulation with chosen randomness m, for known answers and for the test of a legacy key.
pub(super) fn encapsulate_with(
    algorithm: Algorithm,
    public: &[u8],
    m: &SecretBytes,
) -> Result<(Vec<u8>, SecretBytes)> {
    match algorithm {
        Algorithm::MlKem512 => MlKem512::encapsulate_with(public, m),
        Algorithm::MlKem768 => MlKem768::encapsulate_with(public, m),
        Algorithm::MlKem1024 => MlKem1024::encapsulate_with(public, m),
        other => Err(Error::internal(format!("{other} is not ML-KEM"))),
    }
}

/// The same through an expanded key.
pub(super) fn prepared_encapsulate_with(
    algorithm: Algorithm,
    public: &[u8],
    m: &SecretBytes,
) -> Result<(Vec<u8>, SecretBytes)> {
    let key = match algorithm {
        Algorithm::MlKem512 => MlKem512::prepared(public),
        Algorithm::MlKem768 => MlKem768::prepared(public),
        Algorithm::MlKem1024 => MlKem1024::prepared(public),
        other => Err(Error::internal(format!("{other} is not ML-KEM"))),
    };
    key?.encapsulate_with(m)
}

/// Decapsulation by an expanded key that has been checked, for another that computes the same.
#[cfg(feature = "legacy")]
pub(super) fn decapsulate_with(
    algorithm: Algorithm,
    dk: &[u8],
    ciphertext: &[u8],
) -> Result<SecretBytes> {
    match algorithm {
        Algorithm::MlKem512 => MlKem512::decapsulate_with(dk, ciphertext),
        Algorithm::MlKem768 => MlKem768::decapsulate_with(dk, ciphertext),
        Algorithm::MlKem1024 => MlKem1024::decapsulate_with(dk, ciphertext),
        other => Err(Error::internal(format!("{other} is not ML-KEM"))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

    use super::*;

    /// An expanded key gives what the encoded one gives, which the known answers and vectors have judged.
    #[test]
    fn an_expanded_key_encapsulates_alike() {
        let mut seed = SecretBytes::zeroed(64);
        seed.expose_mut()[0] = 7;
        for (algorithm, (_, public)) in [
            (Algorithm::MlKem512, MlKem512::expand(&seed).unwrap()),
            (Algorithm::MlKem768, MlKem768::expand(&seed).unwrap()),
            (Algorithm::MlKem1024, MlKem1024::expand(&seed).unwrap()),
        ] {
            for byte in 0..16 {
                let m = SecretBytes::copy_of(&[byte; 32]);
                let alike = encapsulate_with(algorithm, &public, &m).unwrap();
                let made = prepared_encapsulate_with(algorithm, &public, &m).unwrap();
                assert!(made == alike, "{algorithm}");
            }
        }
    }
}
