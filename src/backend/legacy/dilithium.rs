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
use crate::algorithm::{Algorithm, VerifyOptions};
use crate::backend::{Intake, Material, Representative, Scheme, SignatureScheme, Signer, Verifier};
use crate::error::{Error, Result};

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
            Some(original) if original(&self.public, message, signature)? != accepted => {
                Err(disagreement(self.algorithm, "signature"))
            }
            _ => Ok(accepted),
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
