//! What a signature takes besides a key and a message.

use crate::error::{Error, Result};
use crate::hash::Hash;

/// A context string of FIPS 204 and FIPS 205: at most 255 bytes that separate one use of a key from another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Context(Vec<u8>);

impl Context {
    /// The longest context that the standards allow.
    pub const MAX: usize = 255;

    /// No context: what every format but the raw one uses.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// A context of these bytes.
    ///
    /// # Errors
    /// [`Code::Usage`](crate::error::Code::Usage) above [`MAX`](Self::MAX) bytes: it is never cut.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let bytes = bytes.into();
        if bytes.len() > Self::MAX {
            return Err(Error::usage("context string")
                .expected(format!("at most {} bytes", Self::MAX))
                .got(format!("{} bytes", bytes.len())));
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether there is no context.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How an RSA key signs: RFC 8017's two schemes, each with three hash functions.
///
/// PSS uses MGF1 with the same hash function and a salt of its length.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RsaScheme {
    /// RSASSA-PSS with SHA-256: the default.
    #[default]
    PssSha256,
    /// RSASSA-PSS with SHA-384.
    PssSha384,
    /// RSASSA-PSS with SHA-512.
    PssSha512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Pkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Pkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Pkcs1Sha512,
}

impl RsaScheme {
    /// Every scheme.
    pub const ALL: &'static [Self] = &[
        Self::PssSha256,
        Self::PssSha384,
        Self::PssSha512,
        Self::Pkcs1Sha256,
        Self::Pkcs1Sha384,
        Self::Pkcs1Sha512,
    ];

    /// The name, with RFC 8017's words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PssSha256 => "RSASSA-PSS-SHA256",
            Self::PssSha384 => "RSASSA-PSS-SHA384",
            Self::PssSha512 => "RSASSA-PSS-SHA512",
            Self::Pkcs1Sha256 => "RSASSA-PKCS1-v1_5-SHA256",
            Self::Pkcs1Sha384 => "RSASSA-PKCS1-v1_5-SHA384",
            Self::Pkcs1Sha512 => "RSASSA-PKCS1-v1_5-SHA512",
        }
    }

    /// The hash function: of the message, and of PSS itself.
    pub const fn hash(self) -> Hash {
        match self {
            Self::PssSha256 | Self::Pkcs1Sha256 => Hash::Sha256,
            Self::PssSha384 | Self::Pkcs1Sha384 => Hash::Sha384,
            Self::PssSha512 | Self::Pkcs1Sha512 => Hash::Sha512,
        }
    }

    /// Whether a signature by this scheme contains randomness.
    pub const fn is_randomised(self) -> bool {
        matches!(self, Self::PssSha256 | Self::PssSha384 | Self::PssSha512)
    }

    /// The scheme of that name.
    ///
    /// # Errors
    /// [`Code::Usage`](crate::error::Code::Usage), listing the names.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|scheme| scheme.name() == name)
            .ok_or_else(|| {
                let names: Vec<_> = Self::ALL.iter().map(|scheme| scheme.name()).collect();
                Error::usage("RSA scheme")
                    .expected(names.join(", "))
                    .got(format!("{name:?}"))
            })
    }
}

/// How to sign. The default: no context, hedged, RSASSA-PSS with SHA-256.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignOptions {
    /// The context string; only for algorithms that have one.
    pub context: Context,
    /// Sign without randomness. Hedged signing, the default, resists faults better.
    pub deterministic: bool,
    /// The scheme of an RSA key; `None` for the default, and for every other algorithm.
    pub rsa_scheme: Option<RsaScheme>,
}

impl SignOptions {
    /// What a verifier has to know of these options.
    pub fn for_verification(&self) -> VerifyOptions {
        VerifyOptions {
            context: self.context.clone(),
            rsa_scheme: self.rsa_scheme,
            ecdsa_hash: None,
        }
    }
}

/// How to verify: what signer and verifier agreed on outside the signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyOptions {
    /// The context string that was signed.
    pub context: Context,
    /// The scheme of an RSA key; `None` for the default, and for every other algorithm.
    pub rsa_scheme: Option<RsaScheme>,
    /// The hash function of an ECDSA key if it is not that of its row: SHA-256, SHA-384 or SHA-512.
    /// Other software signs with any of them on any curve; Chop itself signs as the row says.
    pub ecdsa_hash: Option<Hash>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_holds_255_bytes_and_not_256() {
        assert_eq!(Context::new([1; 255]).unwrap().as_bytes().len(), 255);
        assert_eq!(
            Context::new([1; 256]).unwrap_err().to_string(),
            "context string: expected at most 255 bytes, got 256 bytes"
        );
    }
}
