//! A JWS written.

use std::io::Read;

use base64ct::{Base64UrlUnpadded, Encoding};

use super::header;
use super::input::{SigningInput, Taken};
use super::name;
use crate::algorithm::{RsaScheme, SignOptions};
use crate::backend;
use crate::error::Result;
use crate::key::PublicKey;
use crate::sign::SigningKey;
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
        let protected = Base64UrlUnpadded::encode_string(header::write(alg, &kid)?.as_bytes());
        let intake = public.intake(&sign_options.for_verification())?;
        Ok(Self {
            key,
            options: sign_options,
            input: SigningInput::new(intake, &protected, true),
            protected,
        })
    }

    /// Adds a part of the payload.
    ///
    /// # Errors
    /// [`Code::Limit`](crate::Code::Limit) for Ed25519 above 48 MiB, because it has to keep the
    /// signing input.
    pub fn update(&mut self, part: &[u8]) -> Result<()> {
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
        let signature = match self.input.finish()? {
            Taken::Whole(input) => key.sign_with(&input, &self.options)?,
            Taken::InParts(input) => key.sign_taken(&input, &self.options)?,
        };
        let signature = backend::signature_to_jose(key.algorithm(), signature)?;
        let signature = Base64UrlUnpadded::encode_string(&signature);
        Ok(format!("{}..{signature}", self.protected))
    }
}
