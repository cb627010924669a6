//! How far the log has come, signed.
//!
//! Five lines of text and the signature over them: ML-DSA-87 with the context string of [`CONTEXT`], in base64.
//! Any implementation of FIPS 204 verifies it.

use base64ct::{Base64, Encoding};

use super::merkle::Digest;
use crate::algorithm::{Context, SignOptions, VerifyOptions};
use crate::error::{Code, Error, Result};
use crate::keyring::record::{Hex, from_hex};
use crate::policy::Guard;
use crate::sign::{SigningKey, VerifyingKey};
use crate::time::Time;

/// The longest checkpoint, in bytes.
pub const MAX_CHECKPOINT: usize = 16 * 1024;

/// The first line, and the context string of the signature.
const CONTEXT: &str = "chop audit checkpoint v1";

/// The state of a log at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub(crate) keyring: Hex<16>,
    pub(crate) size: u64,
    pub(crate) root: Digest,
    pub(crate) time: Time,
    signature: Vec<u8>,
}

impl Checkpoint {
    /// Signs the state of a log.
    ///
    /// # Errors
    /// As [`SigningKey::sign_with`].
    pub(crate) fn sign(
        key: &SigningKey,
        keyring: Hex<16>,
        size: u64,
        root: Digest,
        time: Time,
    ) -> Result<Self> {
        let mut checkpoint = Self {
            keyring,
            size,
            root,
            time,
            signature: Vec::new(),
        };
        let options = SignOptions {
            context: Context::new(CONTEXT)?,
            ..SignOptions::default()
        };
        checkpoint.signature = key.sign_with(checkpoint.signed().as_bytes(), &options)?;
        Ok(checkpoint)
    }

    /// The number of the keyring, in hexadecimal.
    pub fn keyring(&self) -> String {
        self.keyring.to_string()
    }

    /// How many entries it covers.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// When it was signed, as the keyring says.
    pub const fn time(&self) -> Time {
        self.time
    }

    /// What is signed.
    fn signed(&self) -> String {
        format!(
            "{CONTEXT}\nkeyring {}\nsize {}\nroot {}\ntime {}\n",
            self.keyring,
            self.size,
            Hex(self.root),
            self.time
        )
    }

    /// The text.
    pub fn to_text(&self) -> String {
        format!(
            "{}signature {}\n",
            self.signed(),
            Base64::encode_string(&self.signature)
        )
    }

    /// Reads the text. Nothing is believed of it before [`is_signed_by`](Self::is_signed_by).
    ///
    /// # Errors
    /// [`Code::Malformed`].
    pub fn from_text(text: &[u8]) -> Result<Self> {
        let refused =
            |got: &str| Error::malformed("checkpoint of an audit log").got(got.to_owned());
        if text.len() > MAX_CHECKPOINT {
            return Err(refused("too long a text"));
        }
        let text = std::str::from_utf8(text).map_err(|_| refused("no text"))?;
        let mut lines = text.split('\n');
        if lines.next() != Some(CONTEXT) {
            return Err(refused("another first line"));
        }
        let mut field = |name: &str| {
            lines
                .next()
                .and_then(|line| line.strip_prefix(name)?.strip_prefix(' '))
                .ok_or_else(|| refused("another line than those of a checkpoint"))
        };
        let bytes = |text: &str| from_hex(text).ok_or_else(|| refused("no hexadecimal"));
        let wrong_length = |_| refused("a wrong length");
        let checkpoint = Self {
            keyring: Hex(bytes(field("keyring")?)?.try_into().map_err(wrong_length)?),
            size: field("size")?.parse().map_err(|_| refused("no size"))?,
            root: bytes(field("root")?)?.try_into().map_err(wrong_length)?,
            time: field("time")?.parse()?,
            signature: Base64::decode_vec(field("signature")?).map_err(|_| refused("no base64"))?,
        };
        match checkpoint.to_text() == text {
            true => Ok(checkpoint),
            false => Err(refused("another encoding than the one it has")),
        }
    }

    /// Whether `key` has signed it. No policy is asked: none can silence the record.
    ///
    /// # Errors
    /// [`Code::WrongKind`] for a key that is no audit key.
    pub fn is_signed_by(&self, key: &VerifyingKey) -> Result<bool> {
        if !key.algorithm().info().context {
            return Err(Error::new(Code::WrongKind, "audit key")
                .expected("an ML-DSA key")
                .got(key.algorithm().name()));
        }
        let options = VerifyOptions {
            context: Context::new(CONTEXT)?,
            ..VerifyOptions::default()
        };
        let key = key.clone().under(&Guard::lenient());
        match key.verify_with(self.signed().as_bytes(), &self.signature, &options) {
            Ok(verdict) => Ok(verdict.is_valid()),
            // Bytes that are no signature at all are none by this key.
            Err(error) if matches!(error.code(), Code::Length | Code::Malformed) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::Algorithm;

    #[test]
    fn a_checkpoint_is_its_text_and_every_byte_of_it_counts() {
        let key = SigningKey::generate(Algorithm::MlDsa87).unwrap();
        let time = "2026-11-24T08:00:00Z".parse().unwrap();
        let checkpoint = Checkpoint::sign(&key, Hex([1; 16]), 17, [2; 32], time).unwrap();
        let text = checkpoint.to_text();
        assert_eq!(Checkpoint::from_text(text.as_bytes()).unwrap(), checkpoint);
        assert!(checkpoint.is_signed_by(key.verifying_key()).unwrap());
        for at in 0..text.len() {
            let mut altered = text.clone().into_bytes();
            altered[at] ^= 1;
            let good = Checkpoint::from_text(&altered)
                .is_ok_and(|read| read.is_signed_by(key.verifying_key()).unwrap());
            assert!(!good, "byte {at}");
        }
        for altered in [
            format!("{text}\n"),
            text.replace("size 17", "size 017"),
            text.replace("size 17", "size +17"),
        ] {
            assert!(Checkpoint::from_text(altered.as_bytes()).is_err());
        }
        let other = SigningKey::generate(Algorithm::MlDsa87).unwrap();
        assert!(!checkpoint.is_signed_by(other.verifying_key()).unwrap());
        let classical = SigningKey::generate(Algorithm::Ed25519).unwrap();
        assert!(checkpoint.is_signed_by(classical.verifying_key()).is_err());
    }
}
