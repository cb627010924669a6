//! What a signature is of: a message under a key and a context, or the μ of one.

use crate::error::Rejected;
use crate::keccak::{Permute, SHAKE256_RATE, Shake};

/// What a signature is to be of.
#[derive(Clone, Copy)]
pub(crate) enum Signed<'a> {
    /// What is hashed for μ, in parts.
    Parts([&'a [u8]; 4]),
    Mu(&'a [u8; 64]),
}

/// M' of the pure variant, 0 ‖ |ctx| ‖ ctx ‖ M, in parts.
#[derive(Clone, Copy)]
pub(crate) struct Formatted<'a>([&'a [u8]; 3]);

impl<'a> Formatted<'a> {
    /// Formats a message.
    ///
    /// # Errors
    /// [`Rejected::ContextLength`] if the context is longer than 255 bytes.
    pub(crate) fn new(context: &'a [u8], message: &'a [u8]) -> Result<Self, Rejected> {
        let header = HEADERS
            .get(context.len())
            .ok_or(Rejected::ContextLength { got: context.len() })?;
        Ok(Self([header, context, message]))
    }

    /// tr ‖ M', which is signed under the key of tr.
    pub(crate) fn under(self, tr: &'a [u8; 64]) -> Signed<'a> {
        let [header, context, message] = self.0;
        Signed::Parts([tr, header, context, message])
    }
}

impl<'a> Signed<'a> {
    /// A message under the key of tr.
    ///
    /// # Errors
    /// [`Rejected::ContextLength`] if the context is longer than 255 bytes.
    pub(crate) fn message(
        tr: &'a [u8; 64],
        context: &'a [u8],
        message: &'a [u8],
    ) -> Result<Self, Rejected> {
        Ok(Formatted::new(context, message)?.under(tr))
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
                first_64(shake)
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

/// tr = H(pk, 64) (FIPS 204, algorithm 8, line 6).
pub(crate) fn tr(permutation: impl Permute, public_key: &[u8]) -> [u8; 64] {
    let mut shake = Shake::with(permutation);
    shake.absorb(public_key);
    first_64(shake)
}

/// H(…, 64).
pub(crate) fn first_64(shake: Shake<SHAKE256_RATE, impl Permute>) -> [u8; 64] {
    let block = shake.finish().next_block();
    let mut hash = [0; 64];
    hash.copy_from_slice(&block[..64]);
    hash
}
