//! Which ASN.1 structure some bytes have, from the tags of their first two levels.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag, Tagged};

/// The structures that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    PublicKey,
    PrivateKey,
    EncryptedPrivateKey,
    Sec1,
    Pkcs1,
    Certificate,
    Request,
    Cms,
    BerCms,
    Pkcs12,
}

/// The arc of the CMS content types.
const CMS_ARC: &str = "1.2.840.113549.1.7.";

/// PFX version 3 (RFC 7292).
const PKCS12_VERSION: &[u8] = &[3];

/// A ContentInfo of indefinite length, which DER does not have and BER does, up to the last arc of
/// its content type.
const BER_CMS: &[u8] = &[
    0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07,
];

impl Shape {
    /// The structure of `der`, if it is one of those and nothing stands after it.
    pub(crate) fn of(der: &[u8]) -> Option<Self> {
        use Tag::{BitString, Integer, OctetString, Sequence};
        if der.starts_with(BER_CMS) && der.ends_with(&[0, 0]) {
            return Some(Self::BerCms);
        }
        let parts = children(der)?;
        let tags = tags(der)?;
        match tags.as_slice() {
            [Sequence, BitString] => Some(Self::PublicKey),
            [Sequence, OctetString] => Some(Self::EncryptedPrivateKey),
            [Integer, Sequence, OctetString, ..] => Some(Self::PrivateKey),
            [Integer, OctetString, ..] => Some(Self::Sec1),
            [Integer, Integer, Integer, ..] if tags.len() >= 9 => Some(Self::Pkcs1),
            [Integer, Sequence] | [Integer, Sequence, Sequence]
                if parts[0].0.value() == PKCS12_VERSION && content_type(parts[1].1).is_some() =>
            {
                Some(Self::Pkcs12)
            }
            [Sequence, Sequence, BitString] if certificate_key(der).is_some() => {
                Some(Self::Certificate)
            }
            [Sequence, Sequence, BitString] if request_key(der).is_some() => Some(Self::Request),
            [Tag::ObjectIdentifier, ..] => content_type(der).map(|_| Self::Cms),
            _ => None,
        }
    }
}

/// The content type of a ContentInfo, if it is one of CMS and a content stands beside it.
fn content_type(der: &[u8]) -> Option<ObjectIdentifier> {
    let parts = children(der)?;
    let oid: ObjectIdentifier = parts.first()?.0.decode_as().ok()?;
    (parts.len() == 2 && oid.to_string().starts_with(CMS_ARC)).then_some(oid)
}

/// The tags of the elements of a SEQUENCE.
pub(super) fn tags(der: &[u8]) -> Option<Vec<Tag>> {
    Some(children(der)?.iter().map(|(any, _)| any.tag()).collect())
}

/// More elements than any structure has that is read here, sets of certificates included.
const MAX_ELEMENTS: usize = 1024;

/// The elements of a SEQUENCE, each with the whole of its encoding.
pub(crate) fn children(der: &[u8]) -> Option<Vec<(AnyRef<'_>, &[u8])>> {
    let outer = AnyRef::from_der(der).ok()?;
    match outer.tag() {
        Tag::Sequence => elements(outer.value()),
        _ => None,
    }
}

/// The elements that stand one after the other in `contents`, each with the whole of its encoding;
/// `None` if there are too many, too.
pub(crate) fn elements(contents: &[u8]) -> Option<Vec<(AnyRef<'_>, &[u8])>> {
    let mut reader = SliceReader::new(contents).ok()?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        if found.len() == MAX_ELEMENTS {
            return None;
        }
        let whole = reader.tlv_bytes().ok()?;
        found.push((AnyRef::from_der(whole).ok()?, whole));
    }
    Some(found)
}

/// The to-be-signed part's elements that are SEQUENCEs, and whether it starts like a certificate's.
fn signed_sequences(der: &[u8]) -> Option<Vec<&[u8]>> {
    let outer = children(der)?;
    let signed = children(outer.first()?.1)?;
    Some(
        signed
            .into_iter()
            .filter(|(any, _)| any.tag() == Tag::Sequence)
            .map(|(_, whole)| whole)
            .collect(),
    )
}

/// The SubjectPublicKeyInfo of a certificate: signature algorithm, issuer, validity and subject stand before it.
pub(crate) fn certificate_key(der: &[u8]) -> Option<&[u8]> {
    match signed_sequences(der)?.as_slice() {
        [_, _, _, _, spki] => Some(*spki),
        _ => None,
    }
}

/// The SubjectPublicKeyInfo of a request: the subject stands before it.
pub(crate) fn request_key(der: &[u8]) -> Option<&[u8]> {
    match signed_sequences(der)?.as_slice() {
        [_, spki] => Some(*spki),
        _ => None,
    }
}

/// How long a SEQUENCE at the start of `bytes` says it is, header included.
pub(crate) fn outer_length(bytes: &[u8]) -> Option<usize> {
    let header = der::Header::decode(&mut SliceReader::new(bytes).ok()?).ok()?;
    let contents = usize::try_from(header.length()).ok()?;
    let own = usize::try_from(der::Encode::encoded_len(&header).ok()?).ok()?;
    (header.tag() == Tag::Sequence).then_some(own + contents)
}
