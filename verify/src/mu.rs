//! μ, the 64 bytes that stand for a message under a key and a context.

use std::fmt;

use crate::error::Rejected;
use crate::keccak::{SHAKE256_RATE, Shake};
use crate::path::Path;
use crate::signed::first_64;

/// Computes μ of a message that comes in pieces, for [`PreparedKey::verify_mu`](crate::PreparedKey::verify_mu).
///
/// FIPS 204, algorithm 8, line 7: μ = H(tr ‖ M', 64).
#[derive(Clone)]
pub struct MuHasher(Shake<SHAKE256_RATE, Path>);

impl MuHasher {
    /// For the pure variant, where M' = 0 ‖ |ctx| ‖ ctx ‖ M (algorithm 3, line 5). `tr` is
    /// [`PreparedKey::tr`](crate::PreparedKey::tr).
    ///
    /// # Errors
    /// [`Rejected::ContextLength`] if the context is longer than 255 bytes.
    pub fn new(tr: &[u8; 64], context: &[u8]) -> Result<Self, Rejected> {
        let length = u8::try_from(context.len())
            .map_err(|_| Rejected::ContextLength { got: context.len() })?;
        let mut hasher = Self::internal(tr);
        hasher.update(&[0, length]);
        hasher.update(context);
        Ok(hasher)
    }

    /// For a caller who forms M' itself: HashML-DSA (algorithm 5, line 18), or a test of algorithm 8.
    /// What it then takes is M', not a message.
    pub fn internal(tr: &[u8; 64]) -> Self {
        let mut shake = Shake::with(Path::best());
        shake.absorb(tr);
        Self(shake)
    }

    /// For what begins with another tr than that of ML-DSA.
    #[cfg(feature = "legacy")]
    pub(crate) fn after(path: Path, tr: &[u8]) -> Self {
        let mut shake = Shake::with(path);
        shake.absorb(tr);
        Self(shake)
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.absorb(piece);
    }

    /// μ of all pieces.
    pub fn finish(self) -> [u8; 64] {
        first_64(self.0)
    }
}

impl fmt::Debug for MuHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MuHasher").finish_non_exhaustive()
    }
}
