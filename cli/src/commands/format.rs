//! What `sign` and `verify` share: the formats of signatures and what goes with each.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use chop::algorithm::RsaScheme;
use chop::{Context, Error, Result};

use crate::args::{Agreed, SignatureFormat};

impl SignatureFormat {
    /// The name of the format, as the command line spells it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Cms => "cms",
            Self::Jws => "jws",
            Self::Raw => "raw",
        }
    }

    /// The name of the format in sentences.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Cms => "CMS",
            Self::Jws => "JWS",
            Self::Raw => "raw",
        }
    }

    /// How the name of a signature ends that stands beside its file.
    const fn extension(self) -> &'static str {
        match self {
            Self::Cms => ".p7s",
            Self::Jws => ".jws",
            Self::Raw => ".sig",
        }
    }

    /// The name of the signature that stands beside `file`.
    pub(super) fn beside(self, file: &Path) -> PathBuf {
        let mut name = OsString::from(file);
        name.push(self.extension());
        PathBuf::from(name)
    }

    /// The file that `path` is the signature of, if its name is that of one.
    pub(super) fn signed_by(self, path: &Path) -> Option<PathBuf> {
        let name = path.file_name()?.as_bytes();
        let file = name.strip_suffix(self.extension().as_bytes())?;
        let named = !file.is_empty();
        named.then(|| path.with_file_name(OsStr::from_bytes(file)))
    }
}

impl Agreed {
    /// The context string, which the raw format alone has.
    ///
    /// # Errors
    /// [`chop::Code::Usage`].
    pub(super) fn context(&self) -> Result<Context> {
        let context = match (&self.context, &self.context_hex) {
            (None, None) => return Ok(Context::empty()),
            (Some(text), _) => Context::new(text.as_bytes())?,
            (None, Some(digits)) => Context::new(hex::decode(digits).map_err(|error| {
                Error::usage("--context-hex")
                    .expected("pairs of hexadecimal digits")
                    .got(error.to_string())
            })?)?,
        };
        match self.format {
            SignatureFormat::Raw => Ok(context),
            other => Err(Error::usage("context string")
                .expected("--format raw, the only one that carries one")
                .got(other.name())),
        }
    }

    /// The scheme of RSA keys.
    ///
    /// # Errors
    /// [`chop::Code::Usage`].
    pub(super) fn rsa_scheme(&self) -> Result<Option<RsaScheme>> {
        rsa_scheme(self.rsa_scheme.as_deref())
    }
}

/// The scheme of that name.
pub(super) fn rsa_scheme(name: Option<&str>) -> Result<Option<RsaScheme>> {
    name.map(RsaScheme::from_name).transpose()
}

/// An option that the chosen format does not have.
pub(super) fn only_with(option: &str, given: bool, fits: bool, expected: &str) -> Result<()> {
    match given && !fits {
        true => Err(Error::usage(option).expected(expected).got("another")),
        false => Ok(()),
    }
}
