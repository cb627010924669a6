//! SignedData written, in DER.

use std::borrow::Cow;
use std::io::Read;

use super::attributes::{self, Start, set_of};
use super::parse::{DATA, SIGNED_DATA};
use super::{MAX_CONTENT, MAX_SIGNERS, own_hash};
use crate::algorithm::{RsaScheme, SignOptions};
use crate::backend::{Intake, Representative};
use crate::certificate::Certificate;
use crate::encoding::signature_id::{self, identifier};
use crate::encoding::tlv::{
    CONTEXT_0, CONTEXT_0_EXPLICIT, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, element, push_header,
};
use crate::encoding::write_pem;
use crate::error::{Code, Error, Result};
use crate::hash::{Hash, Hasher};
use crate::sign::SigningKey;
use crate::stream::read_all;
use crate::time::Time;

/// Somebody who signs.
pub struct Signer<'a> {
    key: &'a SigningKey,
    certificate: Option<&'a Certificate>,
}

impl<'a> Signer<'a> {
    /// A signer who is named by the identifier of the key (RFC 5280 section 4.2.1.2, method 1).
    pub fn new(key: &'a SigningKey) -> Self {
        Self {
            key,
            certificate: None,
        }
    }

    /// A signer who is named by a certificate, which goes into the message.
    ///
    /// # Errors
    /// [`Code::Inconsistent`] if the certificate is of another key.
    pub fn with_certificate(key: &'a SigningKey, certificate: &'a Certificate) -> Result<Self> {
        let certified = certificate.public_key()?;
        if certified.algorithm() != key.algorithm()
            || certified.as_bytes() != key.verifying_key().as_bytes()
        {
            return Err(Error::inconsistent("certificate of the signer")
                .expected("one of the signing key")
                .got(format!(
                    "one of another key, subject {}",
                    certificate.subject()
                )));
        }
        Ok(Self {
            key,
            certificate: Some(certificate),
        })
    }

    /// The DER of the signer identifier, and the version of SignerInfo that goes with it.
    fn identifier(&self) -> Result<(u8, Vec<u8>)> {
        let key = match self.certificate {
            None => self.key.verifying_key().key_identifier(),
            Some(certificate) => match certificate.subject_key_identifier() {
                Some(identifier) => identifier,
                None => return Ok((1, certificate.issuer_and_serial()?)),
            },
        };
        Ok((3, element(CONTEXT_0, &[key])))
    }
}

/// How to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Put the content into the message, up to [`MAX_CONTENT`].
    pub attached: bool,
    /// Sign content type, hash value and time instead of the content itself, as RFC 9882 and RFC 9814
    /// prefer.
    pub signed_attributes: bool,
    /// When it was signed: a claim of the signer.
    pub signing_time: Option<Time>,
    /// Sign without randomness, for algorithms that can.
    pub deterministic: bool,
    /// The scheme of RSA keys; `None` for RSASSA-PSS with SHA-256.
    pub rsa_scheme: Option<RsaScheme>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            attached: false,
            signed_attributes: true,
            signing_time: None,
            deterministic: false,
            rsa_scheme: None,
        }
    }
}

/// Content that is being signed.
pub struct Signing<'a> {
    signers: Vec<Prepared<'a>>,
    options: Options,
    /// One for each hash function that a signer needs.
    hashers: Vec<(Hash, Hasher)>,
    /// The content on its way into signatures without attributes: one for all that keep all of it.
    intakes: Vec<Intake>,
    content: Option<Vec<u8>>,
    /// Of content that is signed without attributes.
    start: Start,
}

struct Prepared<'a> {
    signer: Signer<'a>,
    options: SignOptions,
    hash: Hash,
    /// For a signature without attributes: which of the intakes.
    intake: Option<usize>,
}

impl<'a> Signing<'a> {
    /// Starts to sign content that arrives in parts.
    ///
    /// # Errors
    /// [`Code::Usage`] for no signer, for more than [`MAX_SIGNERS`], for a key that signs twice, and
    /// for options that a key does not have.
    pub fn new(signers: Vec<Signer<'a>>, options: Options) -> Result<Self> {
        if signers.is_empty() || signers.len() > MAX_SIGNERS {
            return Err(Error::usage("signers")
                .expected(format!("1 to {MAX_SIGNERS}"))
                .got(signers.len().to_string()));
        }
        let mut hashers: Vec<(Hash, Hasher)> = Vec::new();
        let mut intakes: Vec<Intake> = Vec::new();
        let mut prepared: Vec<Prepared<'a>> = Vec::new();
        for signer in signers {
            let key = signer.key.verifying_key();
            if prepared
                .iter()
                .any(|other| other.signer.key.verifying_key() == key)
            {
                return Err(Error::usage("signers")
                    .expected("each key once")
                    .got("the same key twice"));
            }
            let rsa_scheme = options.rsa_scheme.filter(|_| key.algorithm().is_rsa());
            let sign_options = SignOptions {
                deterministic: options.deterministic,
                rsa_scheme,
                ..SignOptions::default()
            };
            signer.key.check_options(&sign_options)?;
            let hash = own_hash(key.algorithm(), rsa_scheme);
            let intake = match options.signed_attributes {
                true => None,
                false => {
                    let intake = key.intake(&sign_options.for_verification())?;
                    let shared = intake.is_whole();
                    let known = intakes.iter().position(|known| shared && known.is_whole());
                    Some(known.unwrap_or_else(|| {
                        intakes.push(intake);
                        intakes.len() - 1
                    }))
                }
            };
            if intake.is_none() && !hashers.iter().any(|(known, _)| *known == hash) {
                hashers.push((hash, Hasher::new(hash)));
            }
            prepared.push(Prepared {
                signer,
                options: sign_options,
                hash,
                intake,
            });
        }
        if options.rsa_scheme.is_some()
            && !prepared
                .iter()
                .any(|one| one.signer.key.algorithm().is_rsa())
        {
            return Err(Error::usage("RSA scheme")
                .expected("an RSA key among the signers")
                .got("none"));
        }
        Ok(Self {
            signers: prepared,
            content: options.attached.then(Vec::new),
            options,
            hashers,
            intakes,
            start: Start::default(),
        })
    }

    /// Adds a part of the content.
    ///
    /// # Errors
    /// [`Code::Limit`] for attached content above [`MAX_CONTENT`], and without signed attributes for
    /// algorithms that read their message twice.
    pub fn update(&mut self, part: &[u8]) -> Result<()> {
        if let Some(content) = &mut self.content {
            if part.len() > MAX_CONTENT - content.len() {
                return Err(Error::new(Code::Limit, "attached content")
                    .expected(format!(
                        "at most {MAX_CONTENT} bytes; a detached signature has no limit"
                    ))
                    .got("more"));
            }
            content.extend_from_slice(part);
        }
        for (_, hasher) in &mut self.hashers {
            hasher.update(part);
        }
        if !self.options.signed_attributes {
            self.start.update(part);
        }
        for intake in &mut self.intakes {
            intake.update(part)?;
        }
        Ok(())
    }

    /// Adds everything that `content` gives.
    ///
    /// # Errors
    /// As [`update`](Self::update), and [`Code::Io`].
    pub fn update_from(&mut self, content: &mut dyn Read) -> Result<()> {
        read_all(content, &mut |part| self.update(part))
    }

    /// The message, in DER.
    ///
    /// # Errors
    /// As [`SigningKey::sign_with`]; [`Code::Malformed`] without signed attributes for content that is
    /// itself a set of signed attributes.
    pub fn finish(self) -> Result<Vec<u8>> {
        self.start.check()?;
        let digests: Vec<(Hash, Vec<u8>)> = self
            .hashers
            .into_iter()
            .map(|(hash, hasher)| (hash, hasher.finish()))
            .collect();
        let taken: Vec<Representative> = self.intakes.into_iter().map(Intake::finish).collect();
        let mut infos = Vec::new();
        let mut hashes = Vec::new();
        let mut certificates = Vec::new();
        let mut by_key = false;
        for signer in self.signers {
            let hash_id = identifier(signer.hash.oid(), &[]);
            let (version, sid) = signer.signer.identifier()?;
            by_key |= version == 3;
            certificates.extend(signer.signer.certificate.map(|one| one.as_der().to_vec()));
            let key = signer.signer.key;
            let (attributes, signature) = match signer.intake {
                Some(number) => (Vec::new(), key.sign_taken(&taken[number], &signer.options)?),
                None => {
                    let digest = digests
                        .iter()
                        .find(|(hash, _)| *hash == signer.hash)
                        .map(|(_, digest)| digest.as_slice())
                        .ok_or_else(|| Error::internal("a signer without a hash value"))?;
                    let mut set = attributes::write(DATA, digest, self.options.signing_time)?;
                    let signature = key.sign_with(&set, &signer.options)?;
                    // Signed as a SET, written as [0] IMPLICIT (RFC 5652 section 5.4).
                    set[0] = CONTEXT_0_EXPLICIT;
                    (set, signature)
                }
            };
            let info = element(
                SEQUENCE,
                &[
                    &element(INTEGER, &[&[version]]),
                    &sid,
                    &hash_id,
                    &attributes,
                    &signature_id::write(key.algorithm(), signer.options.rsa_scheme),
                    &element(OCTET_STRING, &[&signature]),
                ],
            );
            infos.push(info);
            hashes.push(hash_id);
        }
        for elements in [&mut infos, &mut hashes, &mut certificates] {
            elements.sort();
            elements.dedup();
        }

        let mut content_info = Rope::new();
        if let Some(content) = &self.content {
            content_info.push(content);
            content_info.wrap(OCTET_STRING);
            content_info.wrap(CONTEXT_0_EXPLICIT);
        }
        content_info.prepend(element(OID, &[DATA.as_bytes()]));
        content_info.wrap(SEQUENCE);

        let mut message = content_info;
        // RFC 5652 section 5.1.
        let version = if by_key { 3 } else { 1 };
        message.prepend(set_of(SET, hashes));
        message.prepend(element(INTEGER, &[&[version]]));
        if !certificates.is_empty() {
            message.push_owned(set_of(CONTEXT_0_EXPLICIT, certificates));
        }
        message.push_owned(set_of(SET, infos));
        message.wrap(SEQUENCE);
        message.wrap(CONTEXT_0_EXPLICIT);
        message.prepend(element(OID, &[SIGNED_DATA.as_bytes()]));
        message.wrap(SEQUENCE);
        Ok(message.concat())
    }
}

/// The PEM of a message.
///
/// # Errors
/// [`Code::Internal`] only.
pub fn to_pem(message: &[u8]) -> Result<Vec<u8>> {
    write_pem("CMS", message)
}

/// DER in pieces, so that large content is copied once.
struct Rope<'a>(Vec<Cow<'a, [u8]>>);

impl<'a> Rope<'a> {
    const fn new() -> Self {
        Self(Vec::new())
    }

    fn push(&mut self, piece: &'a [u8]) {
        self.0.push(Cow::Borrowed(piece));
    }

    fn push_owned(&mut self, piece: Vec<u8>) {
        self.0.push(Cow::Owned(piece));
    }

    fn prepend(&mut self, piece: Vec<u8>) {
        self.0.insert(0, Cow::Owned(piece));
    }

    /// Puts a tag and the length around everything so far.
    fn wrap(&mut self, tag: u8) {
        let len = self.0.iter().map(|piece| piece.len()).sum();
        let mut header = Vec::new();
        push_header(&mut header, tag, len);
        self.prepend(header);
    }

    fn concat(&self) -> Vec<u8> {
        self.0.concat()
    }
}
