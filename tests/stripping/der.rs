//! As much DER as is needed to put other identifiers on keys and messages.

use ::der::oid::ObjectIdentifier;
use chop::Algorithm;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
const CONSTRUCTED: u8 = 0x20;

/// Tag, length, contents.
pub(crate) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let len = contents.len().to_be_bytes();
    let skip = len.iter().take_while(|byte| **byte == 0).count();
    let head = match contents.len() {
        len @ 0..0x80 => vec![tag, u8::try_from(len).unwrap()],
        _ => [
            &[tag, 0x80 | u8::try_from(len.len() - skip).unwrap()],
            &len[skip..],
        ]
        .concat(),
    };
    [&head, contents].concat()
}

fn identifier(oid: ObjectIdentifier) -> Vec<u8> {
    element(SEQUENCE, &element(OID, oid.as_bytes()))
}

/// A SubjectPublicKeyInfo.
pub(crate) fn spki(oid: ObjectIdentifier, public: &[u8]) -> Vec<u8> {
    let bits = element(BIT_STRING, &[&[0], public].concat());
    element(SEQUENCE, &[identifier(oid), bits].concat())
}

/// A PrivateKeyInfo, with a public key beside the private one if there is one.
pub(crate) fn pkcs8(oid: ObjectIdentifier, private: &[u8], public: Option<&[u8]>) -> Vec<u8> {
    let beside = public.map_or(Vec::new(), |public| element(0x81, &[&[0], public].concat()));
    let contents = [
        element(INTEGER, &[u8::from(public.is_some())]),
        identifier(oid),
        element(OCTET_STRING, private),
        beside,
    ];
    element(SEQUENCE, &contents.concat())
}

/// The public key of a composite suite as a key file would have it.
pub(crate) fn spki_of(algorithm: Algorithm, public: &[u8]) -> Vec<u8> {
    spki(algorithm.info().oid, public)
}

/// Tag, contents and what follows.
fn split(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (tag, first) = (der[0], usize::from(der[1]));
    let count = first.saturating_sub(0x80);
    let len = match count {
        0 => first,
        _ => der[2..2 + count]
            .iter()
            .fold(0, |len, byte| len << 8 | usize::from(*byte)),
    };
    let (contents, rest) = der[2 + count..].split_at(len);
    (tag, contents, rest)
}

/// The structure with another identifier in every place of `from`, and how many places there were.
pub(crate) fn relabelled(
    mut der: &[u8],
    from: ObjectIdentifier,
    to: ObjectIdentifier,
) -> (Vec<u8>, usize) {
    let (mut out, mut places) = (Vec::new(), 0);
    while !der.is_empty() {
        let (tag, contents, rest) = split(der);
        let found = tag == OID && contents == from.as_bytes();
        let (contents, inner) = match tag & CONSTRUCTED {
            0 if found => (to.as_bytes().to_vec(), 1),
            0 => (contents.to_vec(), 0),
            _ => relabelled(contents, from, to),
        };
        out.extend(element(tag, &contents));
        places += inner;
        der = rest;
    }
    (out, places)
}
