//! SignedData taken apart (RFC 5652 section 5), nothing believed.

use std::fmt;
use std::ops::Range;

use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{Tag, Tagged};
use spki::AlgorithmIdentifierRef;
use x509_cert::name::Name;

use super::attributes::Attributes;
use super::{MAX_FILE, MAX_MESSAGE, MAX_SIGNERS};
use crate::certificate::Certificate;
use crate::encoding::shape::{children, elements};
use crate::encoding::{ber, pem_block, signature_id};
use crate::error::{Code, Error, Result};

pub(super) const SIGNED_DATA: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
pub(super) const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");

/// The first byte of `[0]`, `[1]` and so on, constructed.
const CONTEXT: u8 = 0xa0;
/// `[0]` primitive: the subject key identifier of a signer.
const KEY_IDENTIFIER: u8 = 0x80;

/// How many bytes of an identifier are shown: every honest one.
const SHOWN: usize = 32;

/// How many characters of a name are shown.
const SHOWN_NAME: usize = 200;

/// A signed message, parsed. Nothing in it has been checked yet.
pub struct SignedData {
    der: Vec<u8>,
    pub(super) content_type: ObjectIdentifier,
    content: Option<Range<usize>>,
    certificates: Vec<Range<usize>>,
    pub(super) signers: Vec<SignerInfo>,
}

/// How a signer is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identifier {
    /// The DER of IssuerAndSerialNumber.
    IssuerAndSerial(Vec<u8>),
    /// The SubjectKeyIdentifier.
    Key(Vec<u8>),
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |f: &mut fmt::Formatter<'_>, bytes: &[u8]| {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
            let digits = digits.map(|digit| char::from(DIGITS[usize::from(digit)]));
            f.write_str(&digits.take(2 * SHOWN).collect::<String>())?;
            f.write_str(if bytes.len() > SHOWN { "..." } else { "" })
        };
        match self {
            Self::Key(identifier) => {
                f.write_str("key identifier ")?;
                hex(f, identifier)
            }
            Self::IssuerAndSerial(der) => {
                let parts = children(der).unwrap_or_default();
                let [(issuer, _), (serial, _)] = parts.as_slice() else {
                    return f.write_str("an unreadable issuer and serial number");
                };
                match issuer.decode_as::<Name>() {
                    Ok(issuer) => {
                        let issuer: String = issuer.to_string().chars().take(SHOWN_NAME).collect();
                        write!(f, "issuer {issuer}, serial number ")?;
                    }
                    Err(_) => f.write_str("an unreadable issuer, serial number ")?,
                }
                hex(f, serial.value())
            }
        }
    }
}

/// One signer.
pub(super) struct SignerInfo {
    pub(super) identifier: Identifier,
    /// The DER of the hash function's AlgorithmIdentifier.
    pub(super) digest: Vec<u8>,
    /// The contents of the signed attributes.
    pub(super) attributes: Option<Vec<u8>>,
    /// The DER of the signature's AlgorithmIdentifier.
    pub(super) algorithm: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl SignedData {
    /// Takes a message apart: PEM, DER or BER.
    ///
    /// # Errors
    /// [`Code::Malformed`], [`Code::Limit`]; [`Code::Unsupported`] for CMS of another type, named.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.starts_with(b"MIME-Version:") || bytes.starts_with(b"Content-Type:") {
            return Err(Error::new(Code::Unsupported, "S/MIME message")
                .expected("CMS in DER, BER or PEM, as `openssl cms -outform DER` writes it")
                .got("a mail"));
        }
        let too_long = |len: usize, most: usize| match len > most {
            true => Err(Error::new(Code::Limit, "CMS message")
                .expected(format!("at most {most} bytes"))
                .got(format!("{len} bytes"))),
            false => Ok(()),
        };
        too_long(bytes.len(), MAX_FILE)?;
        let block = pem_block(bytes)?;
        let len = block
            .as_ref()
            .map_or(bytes.len(), |block| block.contents.len());
        too_long(len, MAX_MESSAGE)?;
        match block {
            Some(block) if !["CMS", "PKCS7"].contains(&block.label) => {
                Err(Error::malformed("PEM label")
                    .expected("CMS or PKCS7")
                    .got(block.label.escape_debug().to_string()))
            }
            Some(block) => Self::from_der(ber::to_der(block.contents.expose())?),
            None => Self::from_der(ber::to_der(bytes).map_err(not_cms)?),
        }
    }

    fn from_der(der: Vec<u8>) -> Result<Self> {
        let offset = |part: &[u8]| {
            let start = part.as_ptr().addr() - der.as_ptr().addr();
            start..start + part.len()
        };
        let outer = children(&der).ok_or_else(|| malformed("ContentInfo"))?;
        let [(kind, _), (content, whole)] = outer.as_slice() else {
            return Err(malformed("ContentInfo"));
        };
        let kind: ObjectIdentifier = kind.decode_as().map_err(|_| malformed("ContentInfo"))?;
        if kind != SIGNED_DATA {
            return Err(Error::new(Code::Unsupported, "CMS message")
                .expected("SignedData")
                .got(content_type_name(kind)));
        }
        if tag(whole) != CONTEXT {
            return Err(malformed("ContentInfo"));
        }
        let fields = children(content.value()).ok_or_else(|| malformed("SignedData"))?;
        let mut fields = fields.into_iter();
        let mut next = |name: &str| fields.next().ok_or_else(|| malformed(name));

        let version: u8 = next("version")?
            .0
            .decode_as()
            .map_err(|_| malformed("version"))?;
        if !matches!(version, 1 | 3..=5) {
            return Err(Error::new(Code::Unsupported, "version of SignedData")
                .expected("1, 3, 4 or 5")
                .got(version.to_string()));
        }
        // The signers name their own hash functions again: this set is for readers in one pass.
        if next("digestAlgorithms")?.0.tag() != Tag::Set {
            return Err(malformed("digestAlgorithms"));
        }
        let (content_type, content) = encapsulated(next("encapContentInfo")?.1)?;
        let content = content.map(offset);
        let mut certificates = Vec::new();
        let mut field = next("signerInfos")?;
        if tag(field.1) == CONTEXT {
            certificates = elements(field.0.value())
                .ok_or_else(|| malformed("certificates"))?
                .into_iter()
                .filter(|(any, _)| any.tag() == Tag::Sequence)
                .map(|(_, whole)| offset(whole))
                .collect();
            field = next("signerInfos")?;
        }
        if tag(field.1) == CONTEXT + 1 {
            field = next("signerInfos")?;
        }
        if field.0.tag() != Tag::Set {
            return Err(malformed("signerInfos"));
        }
        let infos = elements(field.0.value()).ok_or_else(|| malformed("signerInfos"))?;
        if fields.next().is_some() {
            return Err(malformed("SignedData").got("more fields after signerInfos"));
        }
        if infos.is_empty() {
            return Err(malformed("SignedData")
                .expected("at least one signer")
                .got("none: it carries certificates and signs nothing"));
        }
        if infos.len() > MAX_SIGNERS {
            return Err(Error::new(Code::Limit, "signers of a CMS message")
                .expected(format!("at most {MAX_SIGNERS}"))
                .got(infos.len().to_string()));
        }
        let signers = infos
            .iter()
            .enumerate()
            .map(|(i, (_, whole))| {
                signer(whole).map_err(|error| error.at(format!("signer {}", i + 1)))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            content_type,
            content,
            certificates,
            signers,
            der,
        })
    }

    /// The content, if it is inside. It is worth nothing before it has been verified.
    pub fn content(&self) -> Option<&[u8]> {
        self.content.clone().map(|range| &self.der[range])
    }

    /// Whether the content is elsewhere.
    pub fn is_detached(&self) -> bool {
        self.content.is_none()
    }

    /// How many have signed.
    pub fn signer_count(&self) -> usize {
        self.signers.len()
    }

    /// What the message calls the algorithm of each signature, in its order: names, which no key has confirmed.
    pub fn signature_algorithms(&self) -> Vec<String> {
        let name = |info: &SignerInfo| match info.algorithm_id() {
            Ok(id) => signature_id::name(id.oid),
            Err(_) => "something unreadable".to_owned(),
        };
        self.signers.iter().map(name).collect()
    }

    /// The X.509 certificates that came along and can be read: proposals, not proofs.
    pub fn certificates(&self) -> Vec<Certificate> {
        self.certificates
            .iter()
            .filter_map(|range| Certificate::from_der(&self.der[range.clone()]).ok())
            .collect()
    }
}

impl SignerInfo {
    pub(super) fn digest_id(&self) -> Result<AlgorithmIdentifierRef<'_>> {
        der::Decode::from_der(&self.digest).map_err(|_| malformed("digestAlgorithm"))
    }

    pub(super) fn algorithm_id(&self) -> Result<AlgorithmIdentifierRef<'_>> {
        der::Decode::from_der(&self.algorithm).map_err(|_| malformed("signatureAlgorithm"))
    }

    pub(super) fn read_attributes(&self) -> Result<Option<Attributes>> {
        self.attributes.as_deref().map(Attributes::read).transpose()
    }
}

/// The content type and the content of an EncapsulatedContentInfo.
fn encapsulated(der: &[u8]) -> Result<(ObjectIdentifier, Option<&[u8]>)> {
    let bad = || malformed("encapContentInfo");
    let parts = children(der).ok_or_else(bad)?;
    let (kind, content) = match parts.as_slice() {
        [(kind, _)] => (kind, None),
        [(kind, _), (content, whole)] if tag(whole) == CONTEXT => (kind, Some(content)),
        _ => return Err(bad()),
    };
    let kind = kind.decode_as().map_err(|_| bad())?;
    let Some(content) = content else {
        return Ok((kind, None));
    };
    let inner = elements(content.value()).ok_or_else(bad)?;
    match inner.as_slice() {
        [(octets, _)] if octets.tag() == Tag::OctetString => Ok((kind, Some(octets.value()))),
        _ => Err(bad()
            .expected("the content in an OCTET STRING")
            .got("something else, as PKCS#7 1.5 had it")),
    }
}

fn signer(der: &[u8]) -> Result<SignerInfo> {
    let fields = children(der).ok_or_else(|| malformed("SignerInfo"))?;
    let mut fields = fields.into_iter().peekable();
    let mut next = |name: &str| fields.next().ok_or_else(|| malformed(name));
    let version: u8 = next("version")?
        .0
        .decode_as()
        .map_err(|_| malformed("version"))?;
    let (sid, whole) = next("sid")?;
    let identifier = match (version, tag(whole)) {
        (1, SEQUENCE_TAG) => Identifier::IssuerAndSerial(whole.to_vec()),
        (3, KEY_IDENTIFIER) => Identifier::Key(sid.value().to_vec()),
        _ => {
            return Err(malformed("SignerInfo")
                .expected("version 1 with issuer and serial number, or 3 with a key identifier")
                .got(format!("version {version} with another")));
        }
    };
    let digest = next("digestAlgorithm")?.1.to_vec();
    let mut field = next("signatureAlgorithm")?;
    let mut attributes = None;
    if tag(field.1) == CONTEXT {
        attributes = Some(field.0.value().to_vec());
        field = next("signatureAlgorithm")?;
    }
    let algorithm = field.1.to_vec();
    let signature: &OctetStringRef = next("signature")?
        .0
        .decode_as()
        .map_err(|_| malformed("signature"))?;
    let signature = signature.as_bytes().to_vec();
    // Unsigned attributes prove nothing about this signature.
    fields.next_if(|(_, whole)| tag(whole) == CONTEXT + 1);
    if fields.next().is_some() {
        return Err(malformed("SignerInfo").got("more fields than it has"));
    }
    let info = SignerInfo {
        identifier,
        digest,
        attributes,
        algorithm,
        signature,
    };
    info.digest_id()?;
    info.algorithm_id()?;
    Ok(info)
}

const SEQUENCE_TAG: u8 = crate::encoding::tlv::SEQUENCE;

/// The first byte of an element.
fn tag(whole: &[u8]) -> u8 {
    whole.first().copied().unwrap_or(0)
}

fn malformed(what: &str) -> Error {
    Error::malformed(format!("CMS {what}"))
}

/// An error for bytes that are not even BER.
fn not_cms(error: Error) -> Error {
    match error.code() {
        Code::Malformed => Error::malformed("CMS signature")
            .expected("PEM, DER or BER of CMS SignedData")
            .got(error.actual().unwrap_or("something else").to_owned())
            .at(error.place().unwrap_or_default().to_owned()),
        _ => error,
    }
}

pub(super) fn content_type_name(kind: ObjectIdentifier) -> String {
    let name = match kind.to_string().as_str() {
        "1.2.840.113549.1.7.1" => "Data",
        "1.2.840.113549.1.7.3" => "EnvelopedData",
        "1.2.840.113549.1.7.5" => "DigestedData",
        "1.2.840.113549.1.7.6" => "EncryptedData",
        "1.2.840.113549.1.9.16.1.2" => "AuthenticatedData",
        "1.2.840.113549.1.9.16.1.9" => "CompressedData",
        "1.2.840.113549.1.9.16.1.23" => "AuthEnvelopedData",
        other => return other.to_owned(),
    };
    name.to_owned()
}
