//! Hash functions, for messages that arrive in pieces.

use aws_lc_rs::digest;
use der::oid::ObjectIdentifier;
use shake::digest::{ExtendableOutput, Update, XofReader};
use shake::{Shake128, Shake256};

/// A hash function: FIPS 180-4 or FIPS 202.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA3-256.
    Sha3_256,
    /// SHA3-384.
    Sha3_384,
    /// SHA3-512.
    Sha3_512,
    /// SHAKE128 with 32 bytes of output, as RFC 8702 uses it.
    Shake128,
    /// SHAKE256 with 64 bytes of output, as RFC 8702 uses it.
    Shake256,
}

impl Hash {
    /// Every hash function.
    pub const ALL: &'static [Self] = &[
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Sha3_256,
        Self::Sha3_384,
        Self::Sha3_512,
        Self::Shake128,
        Self::Shake256,
    ];

    /// The name that FIPS gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Sha3_256 => "SHA3-256",
            Self::Sha3_384 => "SHA3-384",
            Self::Sha3_512 => "SHA3-512",
            Self::Shake128 => "SHAKE128",
            Self::Shake256 => "SHAKE256",
        }
    }

    /// Bytes of output.
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha256 | Self::Sha3_256 | Self::Shake128 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 | Self::Shake256 => 64,
        }
    }

    /// The object identifier that NIST gave it.
    pub const fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
            Self::Sha384 => "2.16.840.1.101.3.4.2.2",
            Self::Sha512 => "2.16.840.1.101.3.4.2.3",
            Self::Sha3_256 => "2.16.840.1.101.3.4.2.8",
            Self::Sha3_384 => "2.16.840.1.101.3.4.2.9",
            Self::Sha3_512 => "2.16.840.1.101.3.4.2.10",
            Self::Shake128 => "2.16.840.1.101.3.4.2.11",
            Self::Shake256 => "2.16.840.1.101.3.4.2.12",
        })
    }

    /// Whether it is one of SHA-2, whose identifiers are also met with NULL parameters (RFC 5754).
    pub(crate) const fn is_sha2(self) -> bool {
        matches!(self, Self::Sha256 | Self::Sha384 | Self::Sha512)
    }

    /// The hash value of `message`.
    pub fn of(self, message: &[u8]) -> Vec<u8> {
        let mut hasher = Hasher::new(self);
        hasher.update(message);
        hasher.finish()
    }
}

/// A hash value in the making.
pub struct Hasher(State);

enum State {
    Fixed(digest::Context),
    Shake128(Box<Shake128>),
    Shake256(Box<Shake256>),
}

impl Hasher {
    /// An empty message.
    pub fn new(hash: Hash) -> Self {
        let fixed = |algorithm| State::Fixed(digest::Context::new(algorithm));
        Self(match hash {
            Hash::Sha256 => fixed(&digest::SHA256),
            Hash::Sha384 => fixed(&digest::SHA384),
            Hash::Sha512 => fixed(&digest::SHA512),
            Hash::Sha3_256 => fixed(&digest::SHA3_256),
            Hash::Sha3_384 => fixed(&digest::SHA3_384),
            Hash::Sha3_512 => fixed(&digest::SHA3_512),
            Hash::Shake128 => State::Shake128(Box::default()),
            Hash::Shake256 => State::Shake256(Box::default()),
        })
    }

    /// Adds a part of the message.
    pub fn update(&mut self, part: &[u8]) {
        match &mut self.0 {
            State::Fixed(context) => context.update(part),
            State::Shake128(state) => state.update(part),
            State::Shake256(state) => state.update(part),
        }
    }

    /// The hash value.
    pub fn finish(self) -> Vec<u8> {
        fn squeeze(mut reader: impl XofReader, len: usize) -> Vec<u8> {
            let mut out = vec![0; len];
            reader.read(&mut out);
            out
        }
        match self.0 {
            State::Fixed(context) => context.finish().as_ref().to_vec(),
            State::Shake128(state) => squeeze(state.finalize_xof(), Hash::Shake128.output_len()),
            State::Shake256(state) => squeeze(state.finalize_xof(), Hash::Shake256.output_len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash values of the empty message, as FIPS 180-4 and FIPS 202 example files give them.
    #[test]
    fn the_empty_message_has_its_known_values() {
        for (hash, start) in [
            (Hash::Sha256, "e3b0c44298fc1c14"),
            (Hash::Sha384, "38b060a751ac9638"),
            (Hash::Sha512, "cf83e1357eefb8bd"),
            (Hash::Sha3_256, "a7ffc6f8bf1ed766"),
            (Hash::Sha3_384, "0c63a75b845e4f7d"),
            (Hash::Sha3_512, "a69f73cca23a9ac5"),
            (Hash::Shake128, "7f9c2ba4e88f827d"),
            (Hash::Shake256, "46b9dd2b0ba88d13"),
        ] {
            let value = hash.of(b"");
            assert_eq!(value.len(), hash.output_len(), "{}", hash.name());
            assert_eq!(hex::encode(&value[..8]), start, "{}", hash.name());
        }
    }

    #[test]
    fn pieces_give_what_the_whole_gives() {
        let message: Vec<u8> = (0..1000u32).map(|i| i.to_le_bytes()[0]).collect();
        for &hash in Hash::ALL {
            let mut hasher = Hasher::new(hash);
            for part in message.chunks(77) {
                hasher.update(part);
            }
            assert_eq!(hasher.finish(), hash.of(&message), "{}", hash.name());
        }
    }
}
