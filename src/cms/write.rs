//! SignedData written, in DER.

use std::borrow::Cow;
use std::io::Read;

use super::attributes::{self, Start, set_of};
use super::parse::{DATA, SIGNED_DATA};
use super::{MAX_CONTENT, MAX_SIGNERS, own_hash};
use crate::algorithm::{Algorithm, RsaScheme, SignOptions, Size};
use crate::backend::{Intake, Representative};
use crate::certificate::Certificate;
use crate::encoding::signature_id::{self, identifier};
use crate::encoding::tlv::{
    CONTEXT_0, CONTEXT_0_EXPLICIT, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, element, push_header,
};
use crate::encoding::write_pem;
use crate::error::{Code, Error, Result};
use crate::gate::{Content, Format};
use crate::hash::{Hash, Hasher};
use crate::sign::{KeyIdentifier, SigningKey, check_planned};
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
        Ok((BY_KEY, key_identifier(key)))
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
    /// For signers of a keyring.
    watched: Content,
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
        let watched = prepared.iter().any(|one| one.signer.key.is_watched());
        Ok(Self {
            watched: Content::new(Format::Cms, watched),
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
                return Err(too_long("more"));
            }
            content.extend_from_slice(part);
        }
        self.watched.update(part);
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

    /// The length of what [`finish`](Self::finish) will return, in bytes, before anything is signed: with
    /// the content that there is so far, if it is attached. A maximum if a signature contains one by
    /// ECDSA, whose DER varies by a few bytes.
    ///
    /// ```
    /// use chop::algorithm::{Algorithm, Size};
    /// use chop::SigningKey;
    /// use chop::cms::{Options, Signer, Signing};
    ///
    /// let key = SigningKey::generate(Algorithm::MlDsa65)?;
    /// let signing = Signing::new(vec![Signer::new(&key)], Options::default())?;
    /// let size = signing.size()?;
    /// assert_eq!(size, Size::Exact(signing.finish()?.len()));
    /// # Ok::<(), chop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::Internal`] only.
    pub fn size(&self) -> Result<Size> {
        let mut exact = true;
        let mut parts = Vec::new();
        for (number, signer) in self.signers.iter().enumerate() {
            let attributes = match signer.intake {
                Some(_) => Vec::new(),
                None => {
                    let digest = vec![0; signer.hash.output_len()];
                    attributes::write(DATA, &digest, self.options.signing_time)?
                }
            };
            let output = signer.signer.key.algorithm().info().output;
            exact &= output.is_exact();
            // Not all alike: a SET holds nothing twice.
            let mut signature = output.blank();
            signature.fill(u8::try_from(number).unwrap_or(u8::MAX));
            parts.push(SignerPart::of(signer, attributes, signature)?);
        }
        let content = self.content.as_deref().map(Piece::borrowed);
        Ok(Size::new(assemble(content, parts).len(), exact))
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
        let seen = self.watched.finish();
        let taken: Vec<Representative> = self.intakes.into_iter().map(Intake::finish).collect();
        let mut parts = Vec::new();
        for signer in &self.signers {
            let key = signer.signer.key;
            let (attributes, signature) = match signer.intake {
                Some(number) => (
                    Vec::new(),
                    key.sign_taken(&taken[number], &signer.options, &seen)?,
                ),
                None => {
                    let digest = digests
                        .iter()
                        .find(|(hash, _)| *hash == signer.hash)
                        .map(|(_, digest)| digest.as_slice())
                        .ok_or_else(|| Error::internal("a signer without a hash value"))?;
                    let set = attributes::write(DATA, digest, self.options.signing_time)?;
                    let signature = key.sign_seen(&set, &signer.options, &seen)?;
                    (set, signature)
                }
            };
            parts.push(SignerPart::of(signer, attributes, signature)?);
        }
        let content = self.content.as_deref().map(Piece::borrowed);
        Ok(assemble(content, parts).concat())
    }
}

/// The length of what [`Signing::finish`] returns for one signer with a key of `algorithm`, in bytes.
///
/// `content` is the length of the content, which counts if it is attached. `certificate` is that of a
/// certificate that names the signer by the identifier of the key, as those of
/// [`Certificate::self_signed`] do. Of `options` it does not matter whether signing is deterministic.
/// The length is a maximum if that of the certificate is one, and for signatures that contain one by
/// ECDSA.
///
/// ```
/// use chop::Algorithm;
/// use chop::algorithm::Size;
/// use chop::cms::{self, Options};
///
/// let attached = Options { attached: true, ..Options::default() };
/// assert_eq!(cms::signature_size(Algorithm::MlDsa65, &attached, 976_800, None)?, Size::Exact(980_351));
/// # Ok::<(), chop::Error>(())
/// ```
///
/// # Errors
/// [`Code::WrongKind`] for a KEM, [`Code::Usage`] for an RSA scheme with another key, [`Code::Limit`] for
/// attached content above [`MAX_CONTENT`].
pub fn signature_size(
    algorithm: Algorithm,
    options: &Options,
    content: usize,
    certificate: Option<Size>,
) -> Result<Size> {
    let rsa_scheme = options.rsa_scheme;
    let sign_options = SignOptions {
        rsa_scheme,
        ..SignOptions::default()
    };
    check_planned(algorithm, &sign_options)?;
    if options.attached && content > MAX_CONTENT {
        return Err(too_long(&format!("{content} bytes")));
    }
    let hash = own_hash(algorithm, rsa_scheme);
    let output = algorithm.info().output;
    let part = SignerPart {
        version: BY_KEY,
        sid: key_identifier(&KeyIdentifier::default()),
        hash,
        attributes: match options.signed_attributes {
            true => attributes::write(DATA, &vec![0; hash.output_len()], options.signing_time)?,
            false => Vec::new(),
        },
        signature_id: signature_id::write(algorithm, rsa_scheme),
        signature: output.blank(),
        certificate: certificate.map(Size::blank),
    };
    let content = options.attached.then_some(Piece::Blank(content));
    let exact = output.is_exact() && certificate.is_none_or(Size::is_exact);
    Ok(Size::new(assemble(content, vec![part]).len(), exact))
}

fn too_long(got: &str) -> Error {
    Error::new(Code::Limit, "attached content")
        .expected(format!(
            "at most {MAX_CONTENT} bytes; a detached signature has no limit"
        ))
        .got(got)
}

/// The version of a SignerInfo whose signer is named by the identifier of the key (RFC 5652 section 5.3).
const BY_KEY: u8 = 3;

/// The DER of a signer identifier that names the key.
fn key_identifier(key: &[u8]) -> Vec<u8> {
    element(CONTEXT_0, &[key])
}

/// What a signer adds to a message.
struct SignerPart {
    version: u8,
    /// The DER of the signer identifier.
    sid: Vec<u8>,
    hash: Hash,
    /// The DER of the SET OF signed attributes; empty for none.
    attributes: Vec<u8>,
    /// The DER of the AlgorithmIdentifier of the signature.
    signature_id: Vec<u8>,
    signature: Vec<u8>,
    /// The DER of the certificate that goes into the message.
    certificate: Option<Vec<u8>>,
}

impl SignerPart {
    fn of(signer: &Prepared<'_>, attributes: Vec<u8>, signature: Vec<u8>) -> Result<Self> {
        let (version, sid) = signer.signer.identifier()?;
        let certificate = signer.signer.certificate;
        Ok(Self {
            version,
            sid,
            hash: signer.hash,
            attributes,
            signature_id: signature_id::write(
                signer.signer.key.algorithm(),
                signer.options.rsa_scheme,
            ),
            signature,
            certificate: certificate.map(|one| one.as_der().to_vec()),
        })
    }
}

/// Puts a message together (RFC 5652 section 5): with its content, if that is attached.
fn assemble<'a>(content: Option<Piece<'a>>, signers: Vec<SignerPart>) -> Rope<'a> {
    let mut infos = Vec::new();
    let mut hashes = Vec::new();
    let mut certificates = Vec::new();
    let mut by_key = false;
    for mut signer in signers {
        let hash_id = identifier(signer.hash.oid(), &[]);
        by_key |= signer.version == BY_KEY;
        if let Some(tag) = signer.attributes.first_mut() {
            // Signed as a SET, written as [0] IMPLICIT (RFC 5652 section 5.4).
            *tag = CONTEXT_0_EXPLICIT;
        }
        infos.push(element(
            SEQUENCE,
            &[
                &element(INTEGER, &[&[signer.version]]),
                &signer.sid,
                &hash_id,
                &signer.attributes,
                &signer.signature_id,
                &element(OCTET_STRING, &[&signer.signature]),
            ],
        ));
        hashes.push(hash_id);
        certificates.extend(signer.certificate);
    }
    for elements in [&mut infos, &mut hashes, &mut certificates] {
        elements.sort();
        elements.dedup();
    }

    let mut message = Rope::new();
    if let Some(content) = content {
        message.push(content);
        message.wrap(OCTET_STRING);
        message.wrap(CONTEXT_0_EXPLICIT);
    }
    message.prepend(element(OID, &[DATA.as_bytes()]));
    message.wrap(SEQUENCE);

    // RFC 5652 section 5.1.
    let version = if by_key { 3 } else { 1 };
    message.prepend(set_of(SET, hashes));
    message.prepend(element(INTEGER, &[&[version]]));
    if !certificates.is_empty() {
        message.push(Piece::owned(set_of(CONTEXT_0_EXPLICIT, certificates)));
    }
    message.push(Piece::owned(set_of(SET, infos)));
    message.wrap(SEQUENCE);
    message.wrap(CONTEXT_0_EXPLICIT);
    message.prepend(element(OID, &[SIGNED_DATA.as_bytes()]));
    message.wrap(SEQUENCE);
    message
}

/// The PEM of a message, whose length [`pem_size`](crate::encoding::pem_size) gives.
///
/// # Errors
/// [`Code::Internal`] only.
pub fn to_pem(message: &[u8]) -> Result<Vec<u8>> {
    write_pem("CMS", message)
}

/// DER in pieces, so that large content is copied once.
struct Rope<'a>(Vec<Piece<'a>>);

enum Piece<'a> {
    Bytes(Cow<'a, [u8]>),
    /// So many zeroes, where the length alone is asked for.
    Blank(usize),
}

impl<'a> Piece<'a> {
    const fn borrowed(bytes: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }

    const fn owned(bytes: Vec<u8>) -> Self {
        Self::Bytes(Cow::Owned(bytes))
    }

    fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Blank(len) => *len,
        }
    }
}

impl<'a> Rope<'a> {
    const fn new() -> Self {
        Self(Vec::new())
    }

    fn push(&mut self, piece: Piece<'a>) {
        self.0.push(piece);
    }

    fn prepend(&mut self, piece: Vec<u8>) {
        self.0.insert(0, Piece::owned(piece));
    }

    /// Puts a tag and the length around everything so far.
    fn wrap(&mut self, tag: u8) {
        let mut header = Vec::new();
        push_header(&mut header, tag, self.len());
        self.prepend(header);
    }

    fn len(&self) -> usize {
        self.0.iter().map(Piece::len).sum()
    }

    fn concat(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.len());
        for piece in &self.0 {
            match piece {
                Piece::Bytes(bytes) => out.extend_from_slice(bytes),
                Piece::Blank(len) => out.resize(out.len() + len, 0),
            }
        }
        out
    }
}
