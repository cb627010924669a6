//! A message on its way into a signature: what an algorithm keeps of it while it passes.
//!
//! ML-DSA and the algorithms that sign a hash value keep a hash state, whatever the length of the
//! message. SLH-DSA and Ed25519 read a message twice, so they keep all of it, up to a cap.

use aws_lc_rs::digest::{self, Digest};
use chop_verify::MuHasher;

use crate::algorithm::Context;
use crate::error::{Code, Error, Result};
use crate::hash::{Hash, Hasher};

/// The longest message for an algorithm that reads it twice: 64 MiB.
pub(crate) const MAX_WHOLE: usize = 64 << 20;

/// A message that is passing.
pub(crate) enum Intake {
    /// The state of H(tr ‖ M') (FIPS 204 algorithm 7 step 6).
    Mu(Box<MuHasher>),
    /// The state of the hash function that the algorithm signs with.
    Hash(Box<digest::Context>),
    /// The state of PH, the hash function of a composite.
    PreHash(Hasher),
    /// Everything so far, and the name of the algorithm.
    Whole(&'static str, Vec<u8>),
}

/// A message that has passed.
pub(crate) enum Representative {
    /// μ of FIPS 204.
    Mu([u8; 64]),
    /// The hash value.
    Hash(Digest),
    /// PH(M) of a composite.
    PreHash(Vec<u8>),
    /// The message itself.
    Whole(Vec<u8>),
}

impl Intake {
    /// For ML-DSA: H(tr ‖ M') with M' = 0 ‖ |ctx| ‖ ctx ‖ M (FIPS 204 algorithms 2 and 7).
    pub(super) fn mu(tr: &[u8; 64], context: &Context) -> Result<Self> {
        MuHasher::new(tr, context.as_bytes())
            .map(|state| Self::Mu(Box::new(state)))
            .map_err(|_| Error::internal("a context of more than 255 bytes"))
    }

    /// For algorithms that sign a hash value of SHA-2.
    pub(super) fn hash(hash: Hash) -> Result<Self> {
        let algorithm = match hash {
            Hash::Sha256 => &digest::SHA256,
            Hash::Sha384 => &digest::SHA384,
            Hash::Sha512 => &digest::SHA512,
            other => {
                return Err(Error::internal(format!("a signature of {}", other.name())));
            }
        };
        Ok(Self::Hash(Box::new(digest::Context::new(algorithm))))
    }

    /// For composites, whose parts sign what contains PH(M).
    pub(super) fn pre_hash(hash: Hash) -> Self {
        Self::PreHash(Hasher::new(hash))
    }

    /// Whether it keeps the message itself: one copy serves every algorithm that does.
    pub(crate) const fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(..))
    }

    /// Adds a part of the message.
    ///
    /// # Errors
    /// [`Code::Limit`] for an algorithm that has to keep the message.
    pub(crate) fn update(&mut self, part: &[u8]) -> Result<()> {
        match self {
            Self::Mu(state) => state.update(part),
            Self::Hash(context) => context.update(part),
            Self::PreHash(hasher) => hasher.update(part),
            Self::Whole(name, message) => {
                if part.len() > MAX_WHOLE - message.len() {
                    return Err(Error::new(
                        Code::Limit,
                        format!("message for a bare {name} signature"),
                    )
                    .expected(format!(
                        "at most {MAX_WHOLE} bytes, because it is read twice; CMS signs its hash, of any length"
                    ))
                    .got("more"));
                }
                message.extend_from_slice(part);
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Representative {
        match self {
            Self::Mu(state) => Representative::Mu(state.finish()),
            Self::Hash(context) => Representative::Hash(context.finish()),
            Self::PreHash(hasher) => Representative::PreHash(hasher.finish()),
            Self::Whole(_, message) => Representative::Whole(message),
        }
    }
}

impl Representative {
    pub(super) fn whole(&self) -> Result<&[u8]> {
        match self {
            Self::Whole(message) => Ok(message),
            _ => Err(mismatch()),
        }
    }

    pub(super) fn hash(&self) -> Result<&Digest> {
        match self {
            Self::Hash(value) => Ok(value),
            _ => Err(mismatch()),
        }
    }

    pub(super) fn pre_hashed(&self) -> Result<&[u8]> {
        match self {
            Self::PreHash(value) => Ok(value),
            _ => Err(mismatch()),
        }
    }

    pub(super) fn mu(&self) -> Result<&[u8; 64]> {
        match self {
            Self::Mu(mu) => Ok(mu),
            _ => Err(mismatch()),
        }
    }
}

fn mismatch() -> Error {
    Error::internal("a message was taken in for another algorithm")
}
