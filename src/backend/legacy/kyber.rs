//! Kyber of round 3 by libcrux, and of the draft by `pqcrypto-kyber` 0.8.1 (pq-crystals' code of
//! December 2023, portable) and libcrux' ML-KEM.
//!
//! Keys and ciphertexts of all three flavours are arranged alike, and so are the checks of a private key: those of
//! FIPS 203 section 7.3, the modulus check of the public key inside, and that the two belong together.
//!
//! **Draft.** It is what that crate computes, whatever the text of the draft says. Given an expanded key, encapsulation and decapsulation are those of FIPS 203: the final text
//! changed the derivation of keys from seeds alone (appendix C.2; the crate's `kem.c`). So ML-KEM
//! computes the same secret, and a key or ciphertext of one is one of the other. Both compute, and have to agree.
//!
//! **Round 3** (specification 3.0.2, algorithms 7 to 9) hashes the message before use, and derives the secret by
//! K = SHAKE256(K̄ ‖ H(c)), or SHAKE256(z ‖ H(c)) where c is not what a second encryption gives. There
//! libcrux 0.0.11 has SHAKE256(SHAKE256(z ‖ c) ‖ H(c)): as unpredictable, but not what every other
//! implementation gives. It is exchanged for the specification's, in constant time.

use aws_lc_rs::digest;
use pqcrypto_traits::kem::{Ciphertext as _, SecretKey as _, SharedSecret as _};
use shake::Shake256;
use shake::digest::{ExtendableOutput, Update, XofReader};
use subtle::{ConditionallySelectable, ConstantTimeEq};

use super::{Silent, disagreement};
use crate::algorithm::Algorithm;
use crate::backend::ml_kem::{HASH, Opening, Parts, Q, check_opens, out_of_range};
use crate::backend::{Decapsulator, Encapsulator, KemScheme, Material, Scheme, array, ml_kem};
use crate::error::{Error, Result};
use crate::fault::{self, Fault};
use crate::random;
use crate::secret::{SecretBytes, depth, equal, on_clean_stack};

/// SHAKE256 of `parts`, 32 bytes.
fn shake256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Shake256::default();
    parts.iter().for_each(|part| hash.update(part));
    let mut output = [0; 32];
    hash.finalize_xof().read(&mut output);
    output
}

/// Puts the secret of a rejected ciphertext in the place of what libcrux gives for one.
fn mend_rejection(shared: &mut [u8], z: &[u8], ciphertext: &[u8]) {
    let hash = digest::digest(&digest::SHA3_256, ciphertext);
    let theirs = shake256(&[&shake256(&[z, ciphertext]), hash.as_ref()]);
    let right = shake256(&[z, hash.as_ref()]);
    let rejected = shared.ct_eq(&theirs);
    for (byte, right) in shared.iter_mut().zip(right) {
        byte.conditional_assign(&right, rejected);
    }
}

macro_rules! flavour {
    ($name:ident, $module:ident, rank $k:literal, $decapsulate:ident, $encapsulate:ident) => {
        pub(super) struct $name;

        impl $name {
            const ALGORITHM: Algorithm = Algorithm::$name;
            const VECTOR: usize = 384 * $k;

            fn decapsulate_with(dk: &[u8], ciphertext: &[u8]) -> Result<SecretBytes> {
                $decapsulate!($module, Self::ALGORITHM, dk, ciphertext)
            }
        }

        impl Scheme for $name {
            fn generate(&self) -> Result<Material> {
                Err(Self::ALGORITHM.read_only("makes no keys"))
            }

            fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
                let dk = given.expanded()?.expose();
                let public = Parts::of(dk, Self::VECTOR).check(Self::ALGORITHM, self)?;
                let m = random::secret(32)?;
                let (ciphertext, sent): (Vec<u8>, SecretBytes) =
                    $encapsulate!($module, Self::ALGORITHM, &public, &m);
                check_opens(
                    Self::ALGORITHM,
                    &sent,
                    &Self::decapsulate_with(dk, &ciphertext)?,
                )?;
                Ok((given, public))
            }

            fn check_public(&self, public: &[u8]) -> Result<()> {
                match out_of_range(&public[..Self::VECTOR]) {
                    None => Ok(()),
                    Some(index) => Err(Error::malformed(format!("{} public key", Self::ALGORITHM))
                        .expected(format!("coefficients below {Q}"))
                        .got(format!("a larger one at index {index}"))),
                }
            }
        }

        impl KemScheme for $name {
            fn encapsulator(&self, _public: &[u8]) -> Result<Box<dyn Encapsulator>> {
                Ok(Box::new(Silent(Self::ALGORITHM)))
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

macro_rules! round_3 {
    ($module:ident, $algorithm:expr, $dk:expr, $ciphertext:expr) => {{
        let (dk, ciphertext) = (array($dk)?, array($ciphertext)?);
        let mut shared = SecretBytes::zeroed(32);
        on_clean_stack::<{ depth::ML_KEM }, _>(|| {
            let k = libcrux_ml_kem::$module::decapsulate(&dk.into(), &ciphertext.into());
            let shared = shared.expose_mut();
            shared.copy_from_slice(&k);
            mend_rejection(shared, &dk[dk.len() - HASH..], ciphertext);
        });
        Ok(shared)
    }};
}

/// The test of an imported key has to encapsulate once; nothing else does.
macro_rules! round_3_test {
    ($module:ident, $algorithm:expr, $public:expr, $m:expr) => {{
        let (public, m): (_, &[u8; 32]) = (array($public)?, array($m.expose())?);
        let mut ciphertext = Vec::new();
        let mut shared = SecretBytes::zeroed(32);
        on_clean_stack::<{ depth::ML_KEM }, _>(|| {
            let (c, k) = libcrux_ml_kem::$module::encapsulate(&public.into(), *m);
            ciphertext.extend_from_slice(c.as_slice());
            shared.expose_mut().copy_from_slice(&k);
        });
        (ciphertext, shared)
    }};
}

macro_rules! draft {
    ($module:ident, $algorithm:expr, $dk:expr, $ciphertext:expr) => {{
        let mut original = SecretBytes::zeroed(32);
        on_clean_stack::<{ depth::ML_KEM }, _>(|| {
            use pqcrypto_kyber::$module::{Ciphertext, SecretKey, decapsulate};
            let dk =
                SecretKey::from_bytes($dk).map_err(|_| Error::internal("private key length"))?;
            let ciphertext = Ciphertext::from_bytes($ciphertext)
                .map_err(|_| Error::internal("ciphertext length"))?;
            original
                .expose_mut()
                .copy_from_slice(decapsulate(&ciphertext, &dk).as_bytes());
            Ok::<_, Error>(())
        })?;
        let second = ml_kem::decapsulate_with(standard($algorithm)?, $dk, $ciphertext)?;
        match equal(original.expose(), second.expose()) && !fault::injected(Fault::Disagreement) {
            true => Ok(original),
            false => Err(disagreement($algorithm, "secret")),
        }
    }};
}

/// ML-KEM encapsulates as the draft did.
macro_rules! draft_test {
    ($module:ident, $algorithm:expr, $public:expr, $m:expr) => {
        ml_kem::encapsulate_with(standard($algorithm)?, $public, $m)?
    };
}

fn standard(algorithm: Algorithm) -> Result<Algorithm> {
    algorithm
        .replacement()
        .ok_or_else(|| Error::internal("a legacy algorithm without its standard"))
}

flavour!(Kyber512R3, kyber512, rank 2, round_3, round_3_test);
flavour!(Kyber768R3, kyber768, rank 3, round_3, round_3_test);
flavour!(Kyber1024R3, kyber1024, rank 4, round_3, round_3_test);
flavour!(Kyber512Draft, kyber512, rank 2, draft, draft_test);
flavour!(Kyber768Draft, kyber768, rank 3, draft, draft_test);
flavour!(Kyber1024Draft, kyber1024, rank 4, draft, draft_test);

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends with a panic")]
mod tests {
    use super::*;

    /// If libcrux mends its own, this says so: then `mend_rejection` can go.
    #[test]
    fn libcrux_gives_another_secret_for_a_rejected_ciphertext_than_the_specification() {
        let pair = libcrux_ml_kem::kyber768::generate_key_pair([5; 64]);
        let ciphertext = [9; 1088];
        let theirs = libcrux_ml_kem::kyber768::decapsulate(pair.private_key(), &ciphertext.into());
        let hash = digest::digest(&digest::SHA3_256, &ciphertext);
        let specified = shake256(&[&[5; 32], hash.as_ref()]);
        assert_ne!(theirs, specified);
        assert_eq!(
            theirs,
            shake256(&[&shake256(&[&[5; 32], &ciphertext]), hash.as_ref()])
        );
        let ours = Kyber768R3::decapsulate_with(pair.sk(), &ciphertext).unwrap();
        assert_eq!(ours.expose(), specified);
    }
}
