//! Attributes of a signer (RFC 5652 section 11).

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Tag, Tagged};

use crate::encoding::shape::{children, elements as elements_of};
use crate::encoding::tlv::{OCTET_STRING, OID, SEQUENCE, SET, element};
use crate::error::{Code, Error, Result};
use crate::time::Time;

pub(super) const CONTENT_TYPE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
pub(super) const MESSAGE_DIGEST: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
pub(super) const SIGNING_TIME: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
/// RFC 6211.
const ALGORITHM_PROTECTION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.52");

/// The most attributes that one signer may have.
const MAX_ATTRIBUTES: usize = 64;

/// The signed attributes of a signer, taken apart.
pub(super) struct Attributes {
    /// The DER of the SET OF, over which the signature is made.
    pub(super) set: Vec<u8>,
    pub(super) content_type: ObjectIdentifier,
    pub(super) message_digest: Vec<u8>,
    pub(super) signing_time: Option<Time>,
    /// The contents of CMSAlgorithmProtection, if it is there.
    algorithm_protection: Option<Vec<u8>>,
}

impl Attributes {
    /// Reads the contents of `[0] IMPLICIT SET OF Attribute`.
    pub(super) fn read(contents: &[u8]) -> Result<Self> {
        let mut elements = Vec::new();
        let mut content_type = None;
        let mut message_digest = None;
        let mut signing_time = None;
        let mut algorithm_protection = None;
        let found = elements_of(contents).ok_or_else(|| malformed("attributes"))?;
        if found.len() > MAX_ATTRIBUTES {
            return Err(Error::new(Code::Limit, "signed attributes")
                .expected(format!("at most {MAX_ATTRIBUTES}"))
                .got(found.len().to_string()));
        }
        let mut seen = Vec::new();
        for (_, attribute) in found {
            let (kind, values) = split(attribute).ok_or_else(|| malformed("attribute"))?;
            if seen.contains(&kind) {
                return Err(malformed("signed attributes")
                    .expected("each attribute once")
                    .got(format!("{kind} twice")));
            }
            seen.push(kind);
            elements.push(attribute.to_vec());
            let one = || match values.as_slice() {
                [value] => Ok(*value),
                other => Err(malformed(name_of(kind))
                    .expected("one value")
                    .got(other.len().to_string())),
            };
            let bad = |_| malformed(name_of(kind));
            match kind {
                CONTENT_TYPE => content_type = Some(one()?.decode_as().map_err(bad)?),
                MESSAGE_DIGEST => {
                    let value: &OctetStringRef = one()?.decode_as().map_err(bad)?;
                    message_digest = Some(value.as_bytes().to_vec());
                }
                SIGNING_TIME => {
                    signing_time =
                        Some(Time::from_any(one()?).ok_or_else(|| malformed("signing-time"))?);
                }
                ALGORITHM_PROTECTION => algorithm_protection = Some(one()?.value().to_vec()),
                _ => {}
            }
        }
        elements.sort();
        let missing = |name: &str| {
            malformed("signed attributes")
                .expected(format!("{name} (RFC 5652 section 5.3)"))
                .got("no such attribute")
        };
        Ok(Self {
            set: set_of(SET, elements),
            content_type: content_type.ok_or_else(|| missing("content-type"))?,
            message_digest: message_digest.ok_or_else(|| missing("message-digest"))?,
            signing_time,
            algorithm_protection,
        })
    }

    /// Checks CMSAlgorithmProtection, where there is one, against the algorithms beside it, both in DER.
    pub(super) fn check_protection(&self, digest: &[u8], signature: &[u8]) -> Result<()> {
        /// `[1] IMPLICIT` in place of SEQUENCE.
        const SIGNATURE_TAG: u8 = 0xa1;
        let Some(protected) = &self.algorithm_protection else {
            return Ok(());
        };
        let mut expected = digest.to_vec();
        let start = expected.len();
        expected.extend_from_slice(signature);
        expected[start] = SIGNATURE_TAG;
        if *protected == expected {
            return Ok(());
        }
        Err(malformed("algorithm protection (RFC 6211)")
            .expected("the algorithms that stand beside it")
            .got("others"))
    }
}

/// The longest content that is compared with attributes: longer attributes are read from nobody.
const LONGEST: usize = 1 << 16;

/// The start of content without signed attributes, as much as is compared with attributes.
///
/// A bare signature over content that is itself a SET of attributes is also one over those attributes,
/// and could be passed off as a signature of other content, and the reverse.
#[derive(Default)]
pub(super) struct Start {
    bytes: Vec<u8>,
    longer: bool,
}

impl Start {
    pub(super) fn update(&mut self, part: &[u8]) {
        let room = LONGEST - self.bytes.len();
        self.longer |= part.len() > room;
        self.bytes.extend_from_slice(&part[..part.len().min(room)]);
    }

    /// Refuses content that is a SET of signed attributes.
    pub(super) fn check(&self) -> Result<()> {
        let attributes = AnyRef::from_der(&self.bytes)
            .is_ok_and(|set| set.tag() == Tag::Set && Attributes::read(set.value()).is_ok());
        match attributes && !self.longer {
            true => Err(malformed("content without signed attributes")
                .expected("anything but signed attributes")
                .got("some: the signature would hold for other content too")),
            false => Ok(()),
        }
    }
}

/// Type and values of an Attribute.
fn split(attribute: &[u8]) -> Option<(ObjectIdentifier, Vec<AnyRef<'_>>)> {
    let parts = children(attribute)?;
    let [(kind, _), (values, _)] = parts.as_slice() else {
        return None;
    };
    if values.tag() != Tag::Set {
        return None;
    }
    let found = elements_of(values.value())?;
    let found = found.into_iter().map(|(value, _)| value).collect();
    Some((kind.decode_as().ok()?, found))
}

/// The DER of the SET OF attributes that Chop signs.
pub(super) fn write(
    content_type: ObjectIdentifier,
    digest: &[u8],
    time: Option<Time>,
) -> Result<Vec<u8>> {
    let attribute = |kind: ObjectIdentifier, value: &[u8]| {
        element(
            SEQUENCE,
            &[&element(OID, &[kind.as_bytes()]), &element(SET, &[value])],
        )
    };
    let mut elements = vec![
        attribute(CONTENT_TYPE, &element(OID, &[content_type.as_bytes()])),
        attribute(MESSAGE_DIGEST, &element(OCTET_STRING, &[digest])),
    ];
    if let Some(time) = time {
        elements.push(attribute(SIGNING_TIME, &time.to_der()?));
    }
    elements.sort();
    Ok(set_of(SET, elements))
}

/// A SET OF in DER: its elements in the order of their encodings, which `elements` already have.
pub(super) fn set_of(tag: u8, elements: Vec<Vec<u8>>) -> Vec<u8> {
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    element(tag, &parts)
}

fn name_of(kind: ObjectIdentifier) -> &'static str {
    match kind {
        CONTENT_TYPE => "content-type attribute",
        MESSAGE_DIGEST => "message-digest attribute",
        SIGNING_TIME => "signing-time attribute",
        ALGORITHM_PROTECTION => "algorithm protection attribute",
        _ => "attribute",
    }
}

fn malformed(what: &str) -> Error {
    Error::malformed(format!("CMS {what}"))
}
