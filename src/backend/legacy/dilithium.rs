//! Dilithium of round 3 by `chop-verify`, and of the draft by `pqcrypto-dilithium` 0.5.0 (PQClean of
//! August 2023, portable code) and `chop-verify`, both of which have to accept.
//!
//! What the code in C does not refuse by itself is refused before it sees the signature: every length (the
//! crate takes shorter signatures), a coefficient of z that is not below γ1 - β (its AVX2 code, which
//! is off, does not look), and hints in another encoding than the one. The two crates share no code.
//!
//! Verification handles public data alone. A private key is never taken: it could only sign.

use std::sync::OnceLock;

use chop_verify::legacy::{LegacyKey, LegacySet, check_signature};
use pqcrypto_traits::sign::{DetachedSignature as _, PublicKey as _};

use super::disagreement;
use crate::algorithm::{Algorithm, Size, VerifyOptions};
use crate::backend::{Intake, Material, Representative, Scheme, SignatureScheme, Signer, Verifier};
use crate::error::{Error, Result};
use crate::fault::{self, Fault};

/// Whether the implementation in C accepts.
type Accepts = fn(public: &[u8], message: &[u8], signature: &[u8]) -> Result<bool>;

/// A set in one of its flavours.
pub(super) struct Dilithium {
    algorithm: Algorithm,
    set: LegacySet,
    /// Of the draft, the code that made what there is to read.
    original: Option<Accepts>,
}

macro_rules! original {
    ($module:ident) => {
        |public, message, signature| {
            use pqcrypto_dilithium::$module::{
                DetachedSignature, PublicKey, verify_detached_signature,
            };
            let public =
                PublicKey::from_bytes(public).map_err(|_| Error::internal("public key length"))?;
            let signature = DetachedSignature::from_bytes(signature)
                .map_err(|_| Error::internal("signature length"))?;
            Ok(verify_detached_signature(&signature, message, &public).is_ok())
        }
    };
}

macro_rules! sets {
    ($($name:ident $row:ident $(, $module:ident)?;)*) => {
        $(pub(super) static $name: Dilithium = Dilithium {
            algorithm: Algorithm::$row,
            set: LegacySet::$row,
            original: sets!(@original $($module)?),
        };)*
    };
    (@original) => { None };
    (@original $module:ident) => { Some(original!($module)) };
}

sets! {
    DILITHIUM2_R3 Dilithium2R3;
    DILITHIUM3_R3 Dilithium3R3;
    DILITHIUM5_R3 Dilithium5R3;
    DILITHIUM2_DRAFT Dilithium2Draft, dilithium2;
    DILITHIUM3_DRAFT Dilithium3Draft, dilithium3;
    DILITHIUM5_DRAFT Dilithium5Draft, dilithium5;
}

/// Bytes of ρ, K and tr before the secret vectors of a round-3 private key (specification 3.1, section 5.4).
const BEFORE_SECRETS: usize = 3 * 32;

/// Whether `bytes` are arranged as a private key of round 3: a length, and every coefficient of s1 and s2 between
/// -η and η. They are encoded as η less the coefficient, in three bits for η = 2 and in four for η = 4, so
/// of other bytes of that length not one in 2¹³⁰⁰ is. That is all that is done with one.
pub(super) fn is_round_3_private(algorithm: Algorithm, bytes: &[u8]) -> bool {
    // ℓ + k, and η.
    let (polynomials, eta) = match algorithm {
        Algorithm::Dilithium2R3 => (8, 2),
        Algorithm::Dilithium3R3 => (11, 4),
        Algorithm::Dilithium5R3 => (15, 2),
        _ => return false,
    };
    let bits = if eta == 2 { 3 } else { 4 };
    let secrets = BEFORE_SECRETS..BEFORE_SECRETS + polynomials * N * bits / 8;
    let right_length = algorithm.info().expanded == Some(Size::Exact(bytes.len()));
    let Some(secrets) = bytes.get(secrets).filter(|_| right_length) else {
        return false;
    };
    // A group of `bits` bytes holds eight coefficients. All are looked at, whatever the first ones are.
    let in_range = |group: &[u8]| {
        let word = group
            .iter()
            .rev()
            .fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        (0..8).fold(true, |all, i| {
            let encoded = word >> (i * bits) & ((1 << bits) - 1);
            all & (encoded <= 2 * eta)
        })
    };
    let groups = secrets.chunks_exact(bits);
    groups.fold(true, |all, group| all & in_range(group))
}

/// Coefficients of a polynomial.
const N: usize = 256;

impl Scheme for Dilithium {
    fn generate(&self) -> Result<Material> {
        Err(self.algorithm.read_only("makes no keys"))
    }

    fn complete(&self, _given: Material) -> Result<(Material, Vec<u8>)> {
        Err(self.algorithm.read_only("does not sign"))
    }

    fn check_public(&self, _public: &[u8]) -> Result<()> {
        // As for ML-DSA, every string of the right length decodes.
        Ok(())
    }
}

impl SignatureScheme for Dilithium {
    fn signer(&self, _material: Material, _public: &[u8]) -> Result<Box<dyn Signer>> {
        Err(self.algorithm.read_only("does not sign"))
    }

    fn verifier(&self, public: &[u8]) -> Result<Box<dyn Verifier>> {
        Ok(Box::new(Key {
            algorithm: self.algorithm,
            set: self.set,
            original: self.original,
            public: public.into(),
            prepared: OnceLock::new(),
        }))
    }

    fn second_opinion(&self, _public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
        // Nothing is signed that one would have to be asked for.
        Ok(None)
    }
}

struct Key {
    algorithm: Algorithm,
    set: LegacySet,
    original: Option<Accepts>,
    public: Box<[u8]>,
    /// Expanded when the first signature is verified.
    prepared: OnceLock<LegacyKey>,
}

impl Key {
    fn prepared(&self) -> Result<&LegacyKey> {
        if let Some(prepared) = self.prepared.get() {
            return Ok(prepared);
        }
        let prepared = LegacyKey::new(self.set, &self.public)
            .map_err(|_| Error::internal("public key length"))?;
        Ok(self.prepared.get_or_init(|| prepared))
    }
}

impl Verifier for Key {
    fn verify(&self, message: &[u8], _options: &VerifyOptions, signature: &[u8]) -> Result<bool> {
        if check_signature(self.set, signature).is_err() {
            return Ok(false);
        }
        let accepted = self.prepared()?.verify(message, signature).is_ok();
        match self.original {
            Some(original) => {
                let theirs = original(&self.public, message, signature)?;
                match theirs ^ fault::injected(Fault::Disagreement) == accepted {
                    true => Ok(accepted),
                    false => Err(disagreement(self.algorithm, "signature")),
                }
            }
            None => Ok(accepted),
        }
    }

    fn intake(&self, _options: &VerifyOptions) -> Result<Intake> {
        Ok(match self.original {
            // The code in C hashes the message itself.
            Some(_) => Intake::Whole(self.algorithm.name(), Vec::new()),
            None => Intake::Mu(Box::new(self.prepared()?.mu_hasher())),
        })
    }

    fn verify_taken(
        &self,
        message: &Representative,
        options: &VerifyOptions,
        signature: &[u8],
    ) -> Result<bool> {
        match self.original {
            Some(_) => self.verify(message.whole()?, options, signature),
            None => Ok(self.prepared()?.verify_mu(message.mu()?, signature).is_ok()),
        }
    }
}
