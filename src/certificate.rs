//! X.509 certificates (RFC 5280), as far as signatures need them: read, shown, self-signed.
//!
//! A certificate says whose a key is. It is believed here in one case alone: it was given by the
//! caller, and it is signed by its own key ([`Certificate::check_anchor`]). Chains come later.
//!
//! ```
//! use chop::{Algorithm, Certificate, SignOptions, SigningKey, Time};
//!
//! let key = SigningKey::generate(Algorithm::MlDsa65)?;
//! let now = Time::now()?;
//! let certificate = Certificate::self_signed(
//!     &key,
//!     "CN=Outgoing payments,O=Example Bank,C=CN",
//!     now..=now.plus_days(365)?,
//!     &SignOptions::default(),
//! )?;
//! certificate.check_anchor(now)?;
//! assert_eq!(certificate.public_key()?.as_bytes(), key.verifying_key().as_bytes());
//! # Ok::<(), chop::Error>(())
//! ```

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use der::asn1::{BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Tag, Tagged};
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::name::Name;

use crate::algorithm::{Algorithm, SignOptions, Size};
use crate::encoding::shape::children;
use crate::encoding::tlv::{
    BIT_STRING, BOOLEAN, CONTEXT_0_EXPLICIT, CONTEXT_3_EXPLICIT, INTEGER, OCTET_STRING, OID,
    SEQUENCE, der_problem, element,
};
use crate::encoding::{self, pem_block, signature_id};
use crate::error::{Code, Error, Result};
use crate::gate::{Content, Format};
use crate::kem::EncapsulationKey;
use crate::key::{Fingerprint, PublicKey};
use crate::policy::Guard;
use crate::random;
use crate::sign::{KeyIdentifier, SigningKey, VerifyingKey, check_planned};
use crate::time::Time;

const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");

/// Extensions by name, for people.
const EXTENSIONS: &[(&str, &str)] = &[
    ("2.5.29.14", "subjectKeyIdentifier"),
    ("2.5.29.15", "keyUsage"),
    ("2.5.29.17", "subjectAltName"),
    ("2.5.29.18", "issuerAltName"),
    ("2.5.29.19", "basicConstraints"),
    ("2.5.29.30", "nameConstraints"),
    ("2.5.29.31", "cRLDistributionPoints"),
    ("2.5.29.32", "certificatePolicies"),
    ("2.5.29.35", "authorityKeyIdentifier"),
    ("2.5.29.37", "extKeyUsage"),
    ("1.3.6.1.5.5.7.1.1", "authorityInfoAccess"),
];

/// Bytes of a serial number that is drawn at random: more than the 64 bits that auditors ask for.
pub(crate) const SERIAL: usize = 16;

/// The largest file of certificates that is read.
pub const MAX_CERTIFICATES_FILE: usize = 4 << 20;

/// The most certificates in one file.
pub const MAX_CERTIFICATES: usize = 256;

/// A certificate, taken apart and not yet believed.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
    guard: Guard,
}

/// An extension of a certificate.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its name, or the digits of its identifier.
    pub name: String,
    /// Whether software that does not know it must refuse the certificate.
    pub critical: bool,
}

/// The bits of keyUsage that a post-quantum signature key must not have.
const NOT_FOR_SIGNATURES: &[KeyUsages] = &[
    KeyUsages::KeyEncipherment,
    KeyUsages::DataEncipherment,
    KeyUsages::KeyAgreement,
    KeyUsages::EncipherOnly,
    KeyUsages::DecipherOnly,
];

impl Certificate {
    /// Reads one certificate in PEM or DER.
    ///
    /// # Errors
    /// [`Code::Malformed`], [`Code::Limit`]; [`Code::WrongKind`] for a key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        encoding::limit(bytes)?;
        match pem_block(bytes)? {
            None => Self::from_der(bytes),
            Some(block) if is_label(block.label) => Self::from_der(block.contents.expose()),
            Some(block) => Err(Error::new(Code::WrongKind, "PEM block")
                .expected("CERTIFICATE")
                .got(block.label.escape_debug().to_string())),
        }
    }

    /// Reads the certificates of a file: one in DER, or one or more in PEM.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    pub fn all_from_bytes(bytes: &[u8]) -> Result<Vec<Self>> {
        if bytes.len() > MAX_CERTIFICATES_FILE {
            return Err(Error::new(Code::Limit, "file of certificates")
                .expected(format!("at most {MAX_CERTIFICATES_FILE} bytes"))
                .got(format!("{} bytes", bytes.len())));
        }
        if encoding::container(bytes) != encoding::Container::Pem {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        let (blocks, _) = encoding::blocks_up_to(bytes, MAX_CERTIFICATES)?;
        blocks
            .iter()
            .map(|block| match is_label(block.label) {
                true => Self::from_der(block.contents.expose()),
                false => Err(Error::new(Code::WrongKind, "PEM block")
                    .expected("CERTIFICATE")
                    .got(block.label.escape_debug().to_string())),
            })
            .collect()
    }

    pub(crate) fn from_der(der: &[u8]) -> Result<Self> {
        let parsed = x509_cert::Certificate::from_der(der).map_err(|error| {
            Error::malformed("certificate")
                .expected("DER of an X.509 certificate")
                .got(der_problem(&error))
        })?;
        let inner = parsed.tbs_certificate().signature();
        if parsed.signature_algorithm() != inner {
            return Err(Error::malformed("certificate")
                .expected("one signature algorithm (RFC 5280 section 4.1.1.2)")
                .got("another inside than outside"));
        }
        Ok(Self {
            der: der.to_vec(),
            parsed,
            guard: Guard::default(),
        })
    }

    /// A certificate that `key` signs for itself: an end entity that may sign, under `subject`, a
    /// name as RFC 4514 writes it, within `validity`. It is under the policy that `key` is under.
    ///
    /// # Errors
    /// [`Code::Usage`] for an empty or unreadable name and an empty period, [`Code::Random`],
    /// [`Code::SelfTest`].
    pub fn self_signed(
        key: &SigningKey,
        subject: &str,
        validity: RangeInclusive<Time>,
        options: &SignOptions,
    ) -> Result<Self> {
        let mut serial = [0; SERIAL];
        random::fill(&mut serial)?;
        Self::with_serial(key, subject, validity, options, serial)
    }

    /// [`self_signed`](Self::self_signed) with a serial number that is given.
    pub(crate) fn with_serial(
        key: &SigningKey,
        subject: &str,
        validity: RangeInclusive<Time>,
        options: &SignOptions,
        serial: [u8; SERIAL],
    ) -> Result<Self> {
        let algorithm = key.algorithm();
        let public = key.verifying_key();
        let signed = to_be_signed(
            algorithm,
            public.as_bytes(),
            public.key_identifier(),
            subject,
            validity,
            options,
            serial,
        )?;
        let seen = Content::whole(Format::Certificate, key.is_watched(), &signed);
        let signature = key.sign_seen(&signed, options, &seen)?;
        let certificate = Self::from_der(&with_signature(algorithm, options, &signed, &signature))?;
        Ok(certificate.under(key.guard()))
    }

    /// The length of the DER of [`self_signed`](Self::self_signed) for a key of `algorithm`, in bytes:
    /// a maximum for RSA keys and for signatures with ECDSA. Of `options` the RSA scheme alone matters.
    ///
    /// ```
    /// use chop::algorithm::{Algorithm, Size};
    /// use chop::{Certificate, SignOptions, Time};
    ///
    /// let now = Time::from_unix_seconds(1_795_392_000)?;
    /// let validity = now..=now.plus_days(365)?;
    /// let options = SignOptions::default();
    /// let size = Certificate::self_signed_size(Algorithm::MlDsa65, "CN=Payments", validity, &options)?;
    /// assert_eq!(size, Size::Exact(5484));
    /// # Ok::<(), chop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::WrongKind`] for a KEM; [`Code::Usage`] as [`self_signed`](Self::self_signed), and for an
    /// option that the algorithm does not have.
    pub fn self_signed_size(
        algorithm: Algorithm,
        subject: &str,
        validity: RangeInclusive<Time>,
        options: &SignOptions,
    ) -> Result<Size> {
        check_planned(algorithm, options)?;
        let (key, signature) = (algorithm.info().public_key, algorithm.info().output);
        let signed = to_be_signed(
            algorithm,
            &key.blank(),
            &KeyIdentifier::default(),
            subject,
            validity,
            options,
            [0; SERIAL],
        )?;
        let der = with_signature(algorithm, options, &signed, &signature.blank());
        Ok(Size::new(der.len(), key.is_exact() && signature.is_exact()))
    }

    /// The DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The same in PEM.
    ///
    /// # Errors
    /// [`Code::Internal`] only.
    pub fn to_pem(&self) -> Result<Vec<u8>> {
        encoding::write_pem("CERTIFICATE", &self.der)
    }

    /// The public key of the subject.
    ///
    /// # Errors
    /// [`Code::Malformed`], [`Code::Unsupported`] for an algorithm that is not in the table.
    pub fn public_key(&self) -> Result<PublicKey> {
        self.certified_key().map(|key| key.under(&self.guard))
    }

    fn certified_key(&self) -> Result<PublicKey> {
        // A key of Kyber receives secrets, in either flavour, and nobody who asks here wants to send one.
        encoding::parse_spki_as(self.spki()?, |row| match row.twin() {
            Some(twin) if row.is_legacy() => {
                Err(Error::new(Code::WrongKind, "key of a certificate")
                    .expected("one that verifies, or one that says its flavour")
                    .got(format!(
                        "one of {row} or {twin}, which its identifier leaves open"
                    )))
            }
            _ => Ok(row),
        })
    }

    fn spki(&self) -> Result<&[u8]> {
        encoding::certificate_key(&self.der)
            .ok_or_else(|| Error::internal("a certificate without a key"))
    }

    /// The same certificate under another policy, which its key asks then.
    #[must_use]
    pub fn under(mut self, guard: &Guard) -> Self {
        self.guard = guard.clone();
        self
    }

    /// The key that receives secrets, of a certificate that gives it to nothing else. As with
    /// [`public_key`](Self::public_key), nothing is said about whose it is.
    ///
    /// # Errors
    /// As [`public_key`](Self::public_key); [`Code::WrongKind`] for a key that verifies, or whose keyUsage
    /// is not keyEncipherment alone (RFC 9935 section 5, draft-ietf-lamps-pq-composite-kem-17 section 5.2).
    pub fn encapsulation_key(&self) -> Result<EncapsulationKey> {
        // Of Kyber it does not matter which flavour it is: either is refused when it is used.
        let key = encoding::parse_spki_as(self.spki()?, Ok)?;
        let key = key.under(&self.guard).into_encapsulation()?;
        let receives_alone = |usage: &[u8]| {
            KeyUsage::from_der(usage)
                .is_ok_and(|usage| usage.0.into_iter().eq([KeyUsages::KeyEncipherment]))
        };
        match self.extension(KEY_USAGE) {
            // Classical keys are certified for key agreement, or for whatever there was.
            Some(usage) if key.algorithm().info().category > 0 && !receives_alone(usage) => Err(
                Error::new(Code::WrongKind, "certificate of another purpose")
                    .expected("a keyUsage of keyEncipherment alone")
                    .got("another"),
            ),
            _ => Ok(key),
        }
    }

    /// Whose key it is, as RFC 4514 writes names.
    pub fn subject(&self) -> String {
        self.parsed.tbs_certificate().subject().to_string()
    }

    /// Who says so.
    pub fn issuer(&self) -> String {
        self.parsed.tbs_certificate().issuer().to_string()
    }

    /// The serial number, in hexadecimal.
    pub fn serial(&self) -> String {
        self.parsed
            .tbs_certificate()
            .serial_number()
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// From when to when it is meant to be used.
    ///
    /// # Errors
    /// [`Code::Malformed`] for times before 1970.
    pub fn validity(&self) -> Result<RangeInclusive<Time>> {
        let validity = self.parsed.tbs_certificate().validity();
        let time = |time: &x509_cert::time::Time| {
            Time::from_unix_seconds(time.to_unix_duration().as_secs())
        };
        Ok(time(&validity.not_before)?..=time(&validity.not_after)?)
    }

    /// The algorithm of its signature, in words.
    pub fn signature_algorithm(&self) -> String {
        signature_id::name(self.parsed.signature_algorithm().oid)
    }

    /// The version: 1, 2 or 3.
    pub fn version(&self) -> u8 {
        match self.parsed.tbs_certificate().version() {
            Version::V1 => 1,
            Version::V2 => 2,
            Version::V3 => 3,
        }
    }

    /// The extensions, in their order.
    pub fn extensions(&self) -> Vec<Extension> {
        self.raw_extensions()
            .iter()
            .map(|extension| {
                let digits = extension.extn_id.to_string();
                let name = EXTENSIONS
                    .iter()
                    .find(|(known, _)| *known == digits)
                    .map_or(digits.clone(), |(_, name)| (*name).to_owned());
                Extension {
                    name,
                    critical: extension.critical,
                }
            })
            .collect()
    }

    fn raw_extensions(&self) -> &[x509_cert::ext::Extension] {
        self.parsed
            .tbs_certificate()
            .extensions()
            .map_or(&[], |all| all.as_slice())
    }

    fn extension(&self, oid: ObjectIdentifier) -> Option<&[u8]> {
        self.raw_extensions()
            .iter()
            .find(|extension| extension.extn_id == oid)
            .map(|extension| extension.extn_value.as_bytes())
    }

    /// The identifier of the key that the certificate states, if it does.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        let value = self.extension(SUBJECT_KEY_IDENTIFIER)?;
        <&OctetStringRef>::from_der(value)
            .ok()
            .map(OctetStringRef::as_bytes)
    }

    /// The DER of issuer and serial number, the other way of CMS to name a certificate.
    pub(crate) fn issuer_and_serial(&self) -> Result<Vec<u8>> {
        let signed = self.parsed.tbs_certificate();
        let broken = |_| Error::internal("a name that was read cannot be written");
        let issuer = signed.issuer().to_der().map_err(broken)?;
        let serial = signed.serial_number().to_der().map_err(broken)?;
        Ok(element(SEQUENCE, &[&issuer, &serial]))
    }

    /// The fingerprint of the public key.
    ///
    /// # Errors
    /// As [`public_key`](Self::public_key).
    pub fn fingerprint(&self) -> Result<Fingerprint> {
        self.public_key().map(|key| key.fingerprint())
    }

    /// Whether `key` has signed this certificate.
    ///
    /// # Errors
    /// [`Code::Policy`]; [`Code::Unsupported`] if the signature is by another algorithm than that of `key`,
    /// [`Code::Malformed`].
    pub fn is_signed_by(&self, key: &VerifyingKey) -> Result<bool> {
        let parts = children(&self.der).unwrap_or_default();
        let [(_, signed), (algorithm, _), (signature, _)] = parts.as_slice() else {
            return Err(Error::internal("a certificate of other than three parts"));
        };
        let malformed = |_| Error::malformed("signature of a certificate");
        let options = signature_id::options(
            key.algorithm(),
            algorithm.decode_as().map_err(malformed)?,
            None,
        )?;
        let signature = signature
            .decode_as::<BitStringRef<'_>>()
            .map_err(malformed)?
            .as_bytes()
            .ok_or_else(|| {
                Error::malformed("signature of a certificate")
                    .expected("whole bytes")
                    .got("unused bits")
            })?;
        match key.refusal(&options)? {
            Some(refusal) => Err(refusal.into_error()),
            None => Ok(key.verify_with(signed, signature, &options)?.is_valid()),
        }
    }

    /// Whether its own key has signed it. That is a matter of form and says nothing about whose key it
    /// is, so no policy is asked: what the key signs beyond that is under the policy of the certificate.
    /// So is this, too, for a legacy key, which nothing reads where the policy does not say so.
    ///
    /// # Errors
    /// As [`public_key`](Self::public_key) and [`is_signed_by`](Self::is_signed_by).
    pub fn is_self_signed(&self) -> Result<bool> {
        let signed = self.parsed.tbs_certificate();
        let key = self.certified_key()?.into_verifying()?;
        let key = match key.algorithm().is_legacy() {
            true => key.under(&self.guard),
            false => key,
        };
        Ok(signed.issuer() == signed.subject() && self.is_signed_by(&key)?)
    }

    /// Whether this certificate can be trusted by being given: it is signed by its own key, `at` lies
    /// within its period, it may sign messages, and it asks for nothing that is not understood here.
    ///
    /// # Errors
    /// [`Code::Untrusted`] with the reason; [`Code::Malformed`], [`Code::Unsupported`].
    pub fn check_anchor(&self, at: Time) -> Result<()> {
        let untrusted = |expected: String, got: String| {
            let subject: String = self.subject().chars().take(100).collect();
            Error::new(Code::Untrusted, format!("certificate of {subject}"))
                .expected(expected)
                .got(got)
        };
        let validity = self.validity()?;
        if !validity.contains(&at) {
            return Err(untrusted(
                format!("a time from {} to {}", validity.start(), validity.end()),
                at.to_string(),
            ));
        }
        for extension in self.extensions() {
            let understood = ["basicConstraints", "keyUsage"].contains(&extension.name.as_str());
            if extension.critical && !understood {
                return Err(untrusted(
                    "no critical extension but basicConstraints and keyUsage".to_owned(),
                    extension.name,
                ));
            }
        }
        if let Some(usage) = self.extension(KEY_USAGE) {
            let usage = KeyUsage::from_der(usage);
            let has = |bits: &[KeyUsages]| {
                let usage = usage.as_ref().ok();
                usage.is_some_and(|usage| bits.iter().any(|bit| usage.0.contains(*bit)))
            };
            if !has(&[KeyUsages::DigitalSignature, KeyUsages::NonRepudiation]) {
                return Err(untrusted(
                    "a key that may sign messages".to_owned(),
                    "a keyUsage without digitalSignature and nonRepudiation".to_owned(),
                ));
            }
            // RFC 9881 section 5, RFC 9909 section 5, draft-ietf-lamps-pq-composite-sigs-19 section 5.2.
            let signs_alone = self.public_key()?.algorithm().info().category > 0;
            if signs_alone && has(NOT_FOR_SIGNATURES) {
                return Err(untrusted(
                    "a keyUsage for signatures alone".to_owned(),
                    "one that allows encryption or key agreement too".to_owned(),
                ));
            }
        }
        if let Some(constraints) = self.extension(BASIC_CONSTRAINTS)
            && BasicConstraints::from_der(constraints).is_err()
        {
            return Err(Error::malformed("basicConstraints of a certificate"));
        }
        if !self.is_self_signed()? {
            return Err(untrusted(
                "one that its own key has signed".to_owned(),
                format!("one issued by {}", self.issuer()),
            ));
        }
        Ok(())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.subject())
    }
}

fn is_label(label: &str) -> bool {
    ["CERTIFICATE", "X509 CERTIFICATE"].contains(&label)
}

/// Whether every part of a name is a string that its type can hold, within the bounds of RFC 5280
/// appendix A.1.
fn is_usable(name: &Name) -> bool {
    const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
    const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
    const STATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
    let printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
    let mut parts = name
        .as_ref()
        .as_ref()
        .iter()
        .flat_map(|rdn| rdn.as_ref().iter());
    !name.is_empty()
        && parts.all(|part| {
            let Ok(text) = std::str::from_utf8(part.value.value()) else {
                return false;
            };
            let fits = match part.value.tag() {
                Tag::PrintableString => text.chars().all(printable),
                Tag::Ia5String => text.is_ascii(),
                Tag::Utf8String => true,
                _ => false,
            };
            let len = text.chars().count();
            let bound = match part.oid {
                COUNTRY => len == 2 && text.chars().all(|c| c.is_ascii_uppercase()),
                LOCALITY | STATE => (1..=128).contains(&len),
                _ => (1..=64).contains(&len),
            };
            fits && bound && !text.chars().any(char::is_control)
        })
}

/// What is signed in a certificate of a key that signs for itself: the bytes of the public key and
/// their identifier.
fn to_be_signed(
    algorithm: Algorithm,
    public: &[u8],
    identifier: &KeyIdentifier,
    subject: &str,
    validity: RangeInclusive<Time>,
    options: &SignOptions,
    mut serial: [u8; SERIAL],
) -> Result<Vec<u8>> {
    if validity.is_empty() {
        return Err(Error::usage("validity of a certificate")
            .expected("an end after its start")
            .got("the reverse"));
    }
    let name = Name::from_str(subject)
        .ok()
        .filter(is_usable)
        .and_then(|name| name.to_der().ok())
        .ok_or_else(|| {
            Error::usage("subject of a certificate")
                .expected("a name such as CN=Outgoing payments,O=Example Bank,C=CN (RFC 4514), each part of 1 to 64 characters, a country of two letters")
                .got(subject)
        })?;
    // A positive INTEGER in its shortest form, which has the same length whatever was drawn.
    serial[0] = serial[0] & 0x7f | 0x40;
    let (from, to) = (validity.start().to_der()?, validity.end().to_der()?);
    const V3: &[u8] = &[INTEGER, 1, 2];
    Ok(element(
        SEQUENCE,
        &[
            &element(CONTEXT_0_EXPLICIT, &[V3]),
            &element(INTEGER, &[&serial]),
            &signature_id::write(algorithm, options.rsa_scheme),
            &name,
            &element(SEQUENCE, &[&from, &to]),
            &name,
            &encoding::write_spki(algorithm, public),
            &element(
                CONTEXT_3_EXPLICIT,
                &[&element(
                    SEQUENCE,
                    &extensions(identifier).each_ref().map(Vec::as_slice),
                )],
            ),
        ],
    ))
}

/// The DER of a certificate: what was signed, how, and the signature.
fn with_signature(
    algorithm: Algorithm,
    options: &SignOptions,
    signed: &[u8],
    signature: &[u8],
) -> Vec<u8> {
    const NO_UNUSED_BITS: &[u8] = &[0];
    element(
        SEQUENCE,
        &[
            signed,
            &signature_id::write(algorithm, options.rsa_scheme),
            &element(BIT_STRING, &[NO_UNUSED_BITS, signature]),
        ],
    )
}

/// The extensions of an end entity that signs.
fn extensions(identifier: &KeyIdentifier) -> [Vec<u8>; 3] {
    let extension = |oid: ObjectIdentifier, critical: bool, value: &[u8]| {
        const TRUE: &[u8] = &[BOOLEAN, 1, 0xff];
        element(
            SEQUENCE,
            &[
                &element(OID, &[oid.as_bytes()]),
                if critical { TRUE } else { &[] },
                &element(OCTET_STRING, &[value]),
            ],
        )
    };
    /// cA is FALSE, which is its default and not written.
    const END_ENTITY: &[u8] = &[SEQUENCE, 0];
    /// digitalSignature and nonRepudiation: the first two bits, six are unused.
    const SIGNS: &[u8] = &[BIT_STRING, 2, 6, 0xc0];
    let identifier = element(OCTET_STRING, &[identifier]);
    [
        extension(BASIC_CONSTRAINTS, true, END_ENTITY),
        extension(KEY_USAGE, true, SIGNS),
        extension(SUBJECT_KEY_IDENTIFIER, false, &identifier),
    ]
}
