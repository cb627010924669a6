//! A JWS written.

use std::io::Read;

use base64ct::{Base64UrlUnpadded, Encoding};

use super::header;
use super::input::{SigningInput, Taken};
use super::name;
use crate::algorithm::{Algorithm, RsaScheme, SignOptions, Size};
use crate::backend;
use crate::error::Result;
use crate::gate::{Content, Format};
use crate::key::{Fingerprint, PublicKey};
use crate::sign::{SigningKey, check_planned};
use crate::stream::read_all;

/// How to sign. The default: named by the fingerprint of the key, hedged, RSASSA-PSS with SHA-256.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What the header calls the key; `None` for the [fingerprint](crate::Fingerprint) in hexadecimal.
    pub kid: Option<String>,
    /// Sign without randomness, for algorithms that can.
    pub deterministic: bool,
    /// The scheme of an RSA key; `None` for the default, and for every other algorithm.
    pub rsa_scheme: Option<RsaScheme>,
}

/// A payload that is being signed.
pub struct Signing<'a> {
    key: &'a SigningKey,
    options: SignOptions,
    /// The header in base64url.
    protected: String,
    input: SigningInput,
    payload: Content,
}

impl<'a> Signing<'a> {
    /// Starts to sign a payload that arrives in parts.
    ///
    /// # Errors
    /// [`Code::Usage`](crate::Code::Usage) for a key whose algorithm has no JOSE name, for options
    /// that it does not have, and for a `kid` with which the header is above
    /// [`MAX_HEADER`](super::MAX_HEADER).
    pub fn new(key: &'a SigningKey, options: Options) -> Result<Self> {
        let alg = name(key.algorithm(), options.rsa_scheme)?;
        let sign_options = SignOptions {
            deterministic: options.deterministic,
            rsa_scheme: options.rsa_scheme,
            ..SignOptions::default()
        };
        key.check_options(&sign_options)?;
        let public = key.verifying_key();
        let kid = options.kid.unwrap_or_else(|| {
            let public = PublicKey::Verifying(public.clone());
            public.fingerprint().to_string()
        });
        let protected = protected(alg, &kid)?;
        let intake = public.intake(&sign_options.for_verification())?;
        Ok(Self {
            key,
            options: sign_options,
            input: SigningInput::new(intake, &protected, true),
            payload: Content::new(Format::Jws, key.is_watched()),
            protected,
        })
    }

    /// Adds a part of the payload.
    ///
    /// # Errors
    /// [`Code::Limit`](crate::Code::Limit) for Ed25519 above 48 MiB, because it has to keep the
    /// signing input.
    pub fn update(&mut self, part: &[u8]) -> Result<()> {
        self.payload.update(part);
        self.input.update(part)
    }

    /// Adds everything that `payload` gives.
    ///
    /// # Errors
    /// As [`update`](Self::update), and [`Code::Io`](crate::Code::Io).
    pub fn update_from(&mut self, payload: &mut dyn Read) -> Result<()> {
        read_all(payload, &mut |part| self.update(part))
    }

    /// The JWS: header, two full stops, signature.
    ///
    /// # Errors
    /// As [`update`](Self::update) and [`SigningKey::sign_with`].
    pub fn finish(self) -> Result<String> {
        let key = self.key;
        let seen = self.payload.finish();
        let signature = match self.input.finish()? {
            Taken::Whole(input) => key.sign_seen(&input, &self.options, &seen)?,
            Taken::InParts(input) => key.sign_taken(&input, &self.options, &seen)?,
        };
        let signature = backend::signature_to_jose(key.algorithm(), signature)?;
        Ok(compact(&self.protected, &signature))
    }

    /// The length of what [`finish`](Self::finish) will return, in bytes, before anything is signed: a
    /// maximum for composites with ECDSA, whose DER varies by a few bytes.
    pub fn size(&self) -> Size {
        size(self.key.algorithm(), &self.protected)
    }
}

/// The length of what [`Signing::finish`] returns for a key of `algorithm`, in bytes: as
/// [`Signing::size`]. Of `options` it does not matter whether signing is deterministic.
///
/// ```
/// use chop::Algorithm;
/// use chop::algorithm::Size;
/// use chop::jws::{self, Options};
///
/// let options = Options { kid: Some("payments-2026".to_owned()), ..Options::default() };
/// assert_eq!(jws::signature_size(Algorithm::MlDsa65, &options)?, Size::Exact(4469));
/// # Ok::<(), chop::Error>(())
/// ```
///
/// # Errors
/// [`Code::WrongKind`](crate::Code::WrongKind) for a KEM; otherwise as [`Signing::new`].
pub fn signature_size(algorithm: Algorithm, options: &Options) -> Result<Size> {
    let sign_options = SignOptions {
        rsa_scheme: options.rsa_scheme,
        ..SignOptions::default()
    };
    check_planned(algorithm, &sign_options)?;
    let blank = || Fingerprint::of_spki(&[]).to_string();
    let kid = options.kid.clone().unwrap_or_else(blank);
    let protected = protected(name(algorithm, options.rsa_scheme)?, &kid)?;
    Ok(size(algorithm, &protected))
}

/// The header in base64url.
fn protected(alg: &str, kid: &str) -> Result<String> {
    let json = header::write(alg, kid)?;
    Ok(Base64UrlUnpadded::encode_string(json.as_bytes()))
}

/// The compact serialization without the payload (RFC 7515 appendix F).
fn compact(protected: &str, signature: &[u8]) -> String {
    let signature = Base64UrlUnpadded::encode_string(signature);
    format!("{protected}..{signature}")
}

fn size(algorithm: Algorithm, protected: &str) -> Size {
    let signature = backend::signature_size_in_jose(algorithm);
    signature.map(|_| compact(protected, &signature.blank()).len())
}
