//! What can be wrong with a key or a signature. All of it is public, so all of it is told.

use std::error::Error;
use std::fmt::{self, Display};

/// A public key of the wrong length. Every string of the right length is a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLength {
    /// Bytes of a public key of the parameter set.
    pub expected: usize,
    /// Bytes that came.
    pub got: usize,
}

impl Display for KeyLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "public key: expected {} bytes, got {}",
            self.expected, self.got
        )
    }
}

impl Error for KeyLength {}

/// Why a signature does not hold: the first clause of FIPS 204 that fails, lengths first, then in the
/// order of algorithms 21 and 8.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The public key has the wrong length.
    KeyLength(KeyLength),
    /// The context is longer than 255 bytes (algorithm 3, line 1).
    ContextLength {
        /// Bytes that came.
        got: usize,
    },
    /// The signature has the wrong length (section 3.6.2).
    SignatureLength {
        /// Bytes of a signature of the parameter set.
        expected: usize,
        /// Bytes that came.
        got: usize,
    },
    /// A count of hints is smaller than the one before it, or larger than ω (algorithm 21, line 4).
    HintCount,
    /// The hints of a polynomial are not in strictly ascending order (algorithm 21, line 9).
    HintOrder,
    /// A byte behind the last hint is not zero (algorithm 21, line 17).
    HintPadding,
    /// A coefficient of z is not below γ1 - β (algorithm 8, line 13).
    Norm,
    /// The recomputed challenge is another one (algorithm 8, line 13): another message, context or
    /// key, or an altered signature.
    Challenge,
}

impl Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyLength(length) => length.fmt(f),
            Self::ContextLength { got } => {
                write!(f, "context: expected at most 255 bytes, got {got}")
            }
            Self::SignatureLength { expected, got } => {
                write!(f, "signature: expected {expected} bytes, got {got}")
            }
            Self::HintCount => f.write_str("hints: a count decreases or exceeds omega"),
            Self::HintOrder => f.write_str("hints: positions are not strictly ascending"),
            Self::HintPadding => f.write_str("hints: the bytes behind the last one are not zero"),
            Self::Norm => f.write_str("z: a coefficient is not below gamma1 - beta"),
            Self::Challenge => f.write_str("challenge: the recomputed one differs"),
        }
    }
}

impl Error for Rejected {}

impl From<KeyLength> for Rejected {
    fn from(length: KeyLength) -> Self {
        Self::KeyLength(length)
    }
}
