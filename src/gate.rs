//! What stands before a private key that somebody else watches over.
//!
//! Keys of a keyring carry a gate. Every operation of the private key asks it first, whatever format
//! the result goes into, so that no format can forget to. Keys from files have none.

use crate::algorithm::Context;
use crate::error::{Error, Result};
use crate::hash::{Hash, Hasher};

/// What becomes of the result of a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A bare signature.
    Raw,
    /// A CMS message.
    Cms,
    /// A JWS.
    Jws,
    /// A certificate.
    Certificate,
    /// The secret of a ciphertext.
    Ciphertext,
}

impl Format {
    /// The name in records.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Cms => "cms",
            Self::Jws => "jws",
            Self::Certificate => "certificate",
            Self::Ciphertext => "ciphertext",
        }
    }
}

/// One use of a private key, as it is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion<'a> {
    pub(crate) format: Format,
    /// SHA-256 of what is signed or opened: of the content of a CMS message and of the payload of a JWS,
    /// so that it is the hash value of the file that people know.
    pub(crate) digest: [u8; 32],
    pub(crate) context: &'a Context,
}

/// Decides about each use of a private key, and records it.
pub(crate) trait Gate: Send + Sync {
    /// Lets one use pass, or says why not.
    fn pass(&self, occasion: &Occasion<'_>) -> Result<()>;
}

/// What a gate is told about content that passes in parts; nothing is computed where there is no gate.
pub(crate) struct Content {
    format: Format,
    hasher: Option<Hasher>,
}

impl Content {
    /// Empty content on its way into `format`; `watched` if there is a gate.
    pub(crate) fn new(format: Format, watched: bool) -> Self {
        Self {
            format,
            hasher: watched.then(|| Hasher::new(Hash::Sha256)),
        }
    }

    /// Content that is there as a whole.
    pub(crate) fn whole(format: Format, watched: bool, content: &[u8]) -> Seen {
        let mut whole = Self::new(format, watched);
        whole.update(content);
        whole.finish()
    }

    pub(crate) fn update(&mut self, part: &[u8]) {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(part);
        }
    }

    pub(crate) fn finish(self) -> Seen {
        Seen {
            format: self.format,
            digest: self.hasher.map(|hasher| {
                let mut digest = [0; 32];
                digest.copy_from_slice(&hasher.finish());
                digest
            }),
        }
    }
}

/// Content that has passed.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    format: Format,
    digest: Option<[u8; 32]>,
}

impl Seen {
    /// What `gate` is asked about this content.
    ///
    /// # Errors
    /// Those of the gate; [`Code::Internal`](crate::error::Code::Internal) if the content passed unwatched.
    pub(crate) fn pass(&self, gate: Option<&dyn Gate>, context: &Context) -> Result<()> {
        let Some(gate) = gate else { return Ok(()) };
        let digest = self
            .digest
            .ok_or_else(|| Error::internal("content that passed a gate unwatched"))?;
        gate.pass(&Occasion {
            format: self.format,
            digest,
            context,
        })
    }
}
