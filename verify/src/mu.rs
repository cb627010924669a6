//! μ, the 64 bytes that stand for a message under a key and a context.

use std::fmt;

use crate::error::Rejected;
use crate::keccak::{SHAKE256_RATE, Shake};

/// Computes μ of a message that comes in pieces, for [`PreparedKey::verify_mu`](crate::PreparedKey::verify_mu).
///
/// FIPS 204, algorithm 8, line 7: μ = H(tr ‖ M', 64).
#[derive(Clone)]
pub struct MuHasher(Shake<SHAKE256_RATE>);

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
        let mut shake = Shake::new();
        shake.absorb(tr);
        Self(shake)
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.absorb(piece);
    }

    /// μ of all pieces.
    pub fn finish(self) -> [u8; 64] {
        hash_64(self.0)
    }
}

/// What a signature is to be of.
#[derive(Clone, Copy)]
pub(crate) enum Signed<'a> {
    /// What is hashed for μ, in parts.
    Parts([&'a [u8]; 4]),
    Mu(&'a [u8; 64]),
}

impl<'a> Signed<'a> {
    /// The pure variant: tr ‖ M' with M' = 0 ‖ |ctx| ‖ ctx ‖ M.
    ///
    /// # Errors
    /// [`Rejected::ContextLength`] if the context is longer than 255 bytes.
    pub(crate) fn message(
        tr: &'a [u8; 64],
        context: &'a [u8],
        message: &'a [u8],
    ) -> Result<Self, Rejected> {
        let header = HEADERS
            .get(context.len())
            .ok_or(Rejected::ContextLength { got: context.len() })?;
        Ok(Self::Parts([tr, header, context, message]))
    }

    /// μ.
    pub(crate) fn mu(self) -> [u8; 64] {
        match self {
            Self::Mu(mu) => *mu,
            Self::Parts(parts) => {
                let mut shake = Shake::new();
                for part in parts {
                    shake.absorb(part);
                }
                hash_64(shake)
            }
        }
    }
}

/// 0 ‖ |ctx|, for each length.
static HEADERS: [[u8; 2]; 256] = {
    let mut headers = [[0; 2]; 256];
    let mut length: u8 = 0;
    loop {
        headers[length as usize][1] = length;
        if length == u8::MAX {
            break headers;
        }
        length += 1;
    }
};

impl fmt::Debug for MuHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MuHasher").finish_non_exhaustive()
    }
}

/// tr = H(pk, 64) (algorithm 8, line 6).
pub(crate) fn tr(public_key: &[u8]) -> [u8; 64] {
    let mut shake = Shake::new();
    shake.absorb(public_key);
    hash_64(shake)
}

fn hash_64(shake: Shake<SHAKE256_RATE>) -> [u8; 64] {
    let block = shake.finish().next_block();
    let mut hash = [0; 64];
    hash.copy_from_slice(&block[..64]);
    hash
}
