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

/// A SEQUENCE of indefinite length, which DER does not have and BER does.
const INDEFINITE_SEQUENCE: &[u8] = &[0x30, 0x80, 0x06];

impl Shape {
    /// The structure of `der`, if it is one of those and nothing stands after it.
    pub(crate) fn of(der: &[u8]) -> Option<Self> {
        use Tag::{BitString, Integer, OctetString, Sequence};
        if der.starts_with(INDEFINITE_SEQUENCE) {
            return Some(Self::BerCms);
        }
        let parts = children(der)?;
        let tags: Vec<Tag> = parts.iter().map(|(any, _)| any.tag()).collect();
        match tags.as_slice() {
            [Sequence, BitString] => Some(Self::PublicKey),
            [Sequence, OctetString] => Some(Self::EncryptedPrivateKey),
            [Integer, Sequence, OctetString, ..] => Some(Self::PrivateKey),
            [Integer, OctetString, ..] => Some(Self::Sec1),
            [Integer, Integer, Integer, ..] if tags.len() >= 9 => Some(Self::Pkcs1),
            [Integer, Sequence] | [Integer, Sequence, Sequence] => Some(Self::Pkcs12),
            [Sequence, Sequence, BitString] if certificate_key(der).is_some() => {
                Some(Self::Certificate)
            }
            [Sequence, Sequence, BitString] if request_key(der).is_some() => Some(Self::Request),
            [Tag::ObjectIdentifier, ..] => {
                let oid: ObjectIdentifier = parts.first()?.0.decode_as().ok()?;
                oid.to_string().starts_with(CMS_ARC).then_some(Self::Cms)
            }
            _ => None,
        }
    }
}

/// The elements of a SEQUENCE, each with the whole of its encoding.
fn children(der: &[u8]) -> Option<Vec<(AnyRef<'_>, &[u8])>> {
    let outer = AnyRef::from_der(der).ok()?;
    if outer.tag() != Tag::Sequence {
        return None;
    }
    let mut reader = SliceReader::new(outer.value()).ok()?;
    let mut found = Vec::new();
    while !reader.is_finished() {
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
