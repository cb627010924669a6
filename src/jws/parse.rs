//! A JWS taken apart, and verified.

use std::io::Read;

use base64ct::{Base64UrlUnpadded, Encoding};

use super::header::Header;
use super::input::{SigningInput, Taken};
use super::{MAX_HEADER, MAX_SIGNATURE, name};
use crate::algorithm::{Algorithm, RsaScheme, VerifyOptions};
use crate::backend;
use crate::error::{Code, Error, Result};
use crate::sign::VerifyingKey;
use crate::stream::read_all;
use crate::verdict::Verdict;

/// A detached JWS, parsed. Nothing in it has been checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jws {
    /// The header as it stands there, in base64url: that is what was signed.
    protected: String,
    header: Header,
    signature: Vec<u8>,
}

impl Jws {
    /// Takes a detached JWS apart: the compact serialization without its payload, perhaps with white
    /// space after it.
    ///
    /// # Errors
    /// [`Code::Malformed`]; [`Code::Limit`] above [`MAX_HEADER`] and [`MAX_SIGNATURE`];
    /// [`Code::Unsupported`] for an attached JWS, for the JSON serialization, for a JWE, and for a
    /// critical extension other than `b64`.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let text = bytes.trim_ascii_end();
        if text.trim_ascii_start().first() == Some(&b'{') {
            return Err(unsupported("the JSON serialization"));
        }
        let mut parts = text.split(|byte| *byte == b'.');
        let mut next = || parts.next();
        let (header, signature) = match (next(), next(), next(), next(), next(), next()) {
            (Some(header), Some([]), Some(signature), None, ..) => (header, signature),
            (Some(_), Some(_), Some(_), None, ..) => {
                return Err(unsupported("an attached one, with its payload inside"));
            }
            (.., Some(_), None) => return Err(unsupported("a JWE, which is encrypted")),
            _ => {
                return Err(Error::malformed("JWS")
                    .expected("a header and a signature with two full stops between them")
                    .got("something else"));
            }
        };
        let json = decode("JWS header", header, MAX_HEADER)?;
        Ok(Self {
            header: Header::read(&json)?,
            // Decoding is canonical, so this is the text that stands there.
            protected: Base64UrlUnpadded::encode_string(&json),
            signature: decode("JWS signature", signature, MAX_SIGNATURE)?,
        })
    }

    /// What the header calls the key: a name, nothing more, and any characters at all.
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// What the header calls the algorithm. It decides nothing: see [`verifying`](Self::verifying).
    pub fn algorithm_name(&self) -> &str {
        &self.header.alg
    }

    /// Starts to verify a payload that arrives in parts, under `key` and, if that is an RSA key, by
    /// `rsa_scheme`; `None` for RSASSA-PSS with SHA-256.
    ///
    /// # Errors
    /// [`Code::Unsupported`] if the header names another algorithm than that of the key; [`Code::Usage`]
    /// for a key whose algorithm has no JOSE name, and for a scheme with a key that is not RSA;
    /// [`Code::Length`] and [`Code::Malformed`] for a signature of another form than its algorithm has.
    pub fn verifying<'a>(
        &self,
        key: &'a VerifyingKey,
        rsa_scheme: Option<RsaScheme>,
    ) -> Result<Verifying<'a>> {
        let algorithm = key.algorithm();
        let expected = name(algorithm, rsa_scheme)?;
        let options = VerifyOptions {
            rsa_scheme,
            ..VerifyOptions::default()
        };
        let intake = key.intake(&options)?;
        // RFC 9864 gives Ed25519 a name of its own and keeps the old one in use.
        let also = (algorithm == Algorithm::Ed25519).then_some("Ed25519");
        let alg = self.algorithm_name();
        if alg != expected && Some(alg) != also {
            let expected = match (rsa_scheme, also) {
                _ if algorithm.is_rsa() => {
                    format!("{expected} for {}", rsa_scheme.unwrap_or_default().name())
                }
                (_, Some(also)) => format!("{expected} or {also}"),
                _ => expected.to_owned(),
            };
            return Err(Error::new(Code::Unsupported, "algorithm of the JWS")
                .expected(format!("{expected}, as the key is {algorithm}"))
                .got(alg.escape_debug().to_string()));
        }
        let signature = backend::signature_from_jose(algorithm, &self.signature)?;
        // Before the payload is read, which may be long.
        let size = algorithm.info().output;
        size.check(format!("{algorithm} signature"), &signature)?;
        Ok(Verifying {
            key,
            options,
            signature,
            input: SigningInput::new(intake, &self.protected, self.header.b64),
        })
    }
}

/// A payload that is being verified.
pub struct Verifying<'a> {
    key: &'a VerifyingKey,
    options: VerifyOptions,
    /// As the algorithm of the key has it: ECDSA in DER.
    signature: Vec<u8>,
    input: SigningInput,
}

impl Verifying<'_> {
    /// Adds a part of the payload.
    ///
    /// # Errors
    /// [`Code::Limit`] for Ed25519 above 64 MiB of signing input, which it has to keep: 48 MiB of
    /// payload in base64url.
    pub fn update(&mut self, part: &[u8]) -> Result<()> {
        self.input.update(part)
    }

    /// Adds everything that `payload` gives.
    ///
    /// # Errors
    /// As [`update`](Self::update), and [`Code::Io`].
    pub fn update_from(&mut self, payload: &mut dyn Read) -> Result<()> {
        read_all(payload, &mut |part| self.update(part))
    }

    /// The verdict.
    ///
    /// # Errors
    /// As [`update`](Self::update) and [`VerifyingKey::verify_with`].
    pub fn finish(self) -> Result<Verdict> {
        match self.input.finish()? {
            Taken::Whole(input) => self.key.verify_with(&input, &self.signature, &self.options),
            Taken::InParts(input) => self
                .key
                .verify_taken(&input, &self.signature, &self.options),
        }
    }
}

/// base64url without padding (RFC 7515 section 2), canonical, and at most `max` bytes of it.
fn decode(what: &str, text: &[u8], max: usize) -> Result<Vec<u8>> {
    if text.len() > (max * 4).div_ceil(3) {
        return Err(Error::new(Code::Limit, what)
            .expected(format!("at most {max} bytes"))
            .got("more"));
    }
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| Base64UrlUnpadded::decode_vec(text).ok())
        .ok_or_else(|| {
            Error::malformed(what)
                .expected("base64url without padding")
                .got("something else")
        })
}

fn unsupported(got: &str) -> Error {
    Error::new(Code::Unsupported, "JWS")
        .expected("the compact serialization, detached")
        .got(got)
}
