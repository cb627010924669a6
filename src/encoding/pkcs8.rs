//! PKCS#8 (RFC 5208, RFC 5958) and what stands inside it for each family.
//!
//! | family | contents of privateKey | document |
//! |---|---|---|
//! | ML-KEM, ML-DSA | CHOICE of `[0]` seed, OCTET STRING expandedKey, SEQUENCE of both | RFC 9935, RFC 9881 |
//! | SLH-DSA | the raw private key | RFC 9909 |
//! | composites | the raw private key: ML-DSA or ML-KEM seed, traditional private key | the LAMPS drafts |
//! | X-Wing | the raw seed; a public key must not stand beside it | draft-connolly-cfrg-xwing-kem-10 |
//! | Ed25519, X25519 | OCTET STRING | RFC 8410 |
//! | elliptic curves | ECPrivateKey | RFC 5915 |
//! | RSA | RSAPrivateKey | RFC 8017 |
//! | Kyber, Dilithium | OCTET STRING of the private key, as Bouncy Castle and oqs-provider wrote it; read only | |
//!
//! The tag decides, never the length. Contents that other software has written under the same
//! identifiers are recognised as a [`Layout`] of their own.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Sequence, Tag, TagNumber, Tagged};
use pkcs8::PrivateKeyInfoRef;

use super::shape::tags;
use super::spki::{self, Identified};
use super::tlv::{
    BIT_STRING, CONTEXT_0, CONTEXT_1_EXPLICIT, INTEGER, OCTET_STRING, SEQUENCE, secret_der_problem,
    tlv,
};
use crate::algorithm::{Algorithm, Family, Form};
use crate::backend::{self, Material};
use crate::error::{Error, Result};
use crate::key::{PrivateKey, PublicKey};
use crate::secret::SecretBytes;

/// A private key that has been taken apart but not yet checked.
pub(crate) struct Parsed {
    pub(crate) algorithm: Algorithm,
    pub(crate) layout: Layout,
    pub(crate) material: Material,
    /// A public key that came along, to be compared.
    pub(crate) public: Option<Vec<u8>>,
}

/// Who arranges the contents like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The standard's own arrangement, in this form.
    Standard(Form),
    /// The seed without a tag around it.
    BareSeed,
    /// The seed in an OCTET STRING, which the RFC keeps for the expanded key.
    WrappedSeed,
    /// The expanded key without a tag around it.
    BareExpanded,
    /// Private and public key, one after the other, in one OCTET STRING.
    OqsPair,
    /// The same without a tag around it.
    BarePair,
    /// An SLH-DSA key in an OCTET STRING, which RFC 9909 does not have.
    WrappedExpanded,
}

impl Layout {
    /// The form of the key that is inside.
    pub(crate) const fn form(self) -> Form {
        match self {
            Self::Standard(form) => form,
            Self::BareSeed | Self::WrappedSeed => Form::Seed,
            Self::BareExpanded | Self::OqsPair | Self::BarePair | Self::WrappedExpanded => {
                Form::Expanded
            }
        }
    }

    /// What this is and which software writes it, unless it is the standard's.
    pub(crate) const fn foreign_writer(self) -> Option<&'static str> {
        match self {
            Self::Standard(_) => None,
            Self::BareSeed => Some(
                "a bare seed, as drafts before RFC 9881 and RFC 9935 had it (OpenSSL calls it `bare-seed`)",
            ),
            Self::WrappedSeed => Some("a seed in an OCTET STRING, as Bouncy Castle 1.79 writes it"),
            Self::BareExpanded => Some(
                "a bare expanded key, as drafts before RFC 9881 and RFC 9935 had it (OpenSSL calls it `bare-priv`)",
            ),
            Self::OqsPair => Some(
                "private and public key in one OCTET STRING, as oqs-provider writes it (OpenSSL's `oqskeypair`)",
            ),
            Self::BarePair => {
                Some("private and public key one after the other, as liboqs-based tools write it")
            }
            Self::WrappedExpanded => Some(
                "a private key in an OCTET STRING, which drafts before RFC 9909 had and it has not",
            ),
        }
    }
}

impl Parsed {
    /// The key, once everything that it holds has been found consistent.
    pub(crate) fn into_key(self) -> Result<PrivateKey> {
        let key = PrivateKey::from_material(self.algorithm, self.material)?;
        match self.public {
            Some(public) if !is_encoding_of(&public, &key.public_key()) => Err(
                Error::inconsistent(format!("{} private key", self.algorithm))
                    .got("the public key beside it is not its own"),
            ),
            _ => Ok(key),
        }
    }
}

/// Whether `found` is the public key `own`, for an elliptic curve also in its compressed form (SEC 1 section 2.3.3).
fn is_encoding_of(found: &[u8], own: &PublicKey) -> bool {
    let is_point = matches!(own.algorithm().info().family, Family::Ecdsa | Family::Ecdh);
    let own = own.as_bytes();
    let compressed = |own: &[u8]| -> Option<Vec<u8>> {
        let (tag, point) = own.split_first()?;
        let (x, y) = point.split_at(point.len() / 2);
        let parity = y.last()? & 1;
        (*tag == 4).then(|| [&[2 + parity], x].concat())
    };
    match found.first() {
        Some(2 | 3) if is_point && found.len() == own.len() / 2 + 1 => {
            compressed(own).as_deref() == Some(found)
        }
        _ => found == own,
    }
}

/// ECPrivateKey of RFC 5915.
#[derive(Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// The `both` alternative of RFC 9881 and RFC 9935.
#[derive(Sequence)]
struct Both<'a> {
    seed: &'a OctetStringRef,
    expanded_key: &'a OctetStringRef,
}

/// Takes a PrivateKeyInfo apart.
///
/// # Errors
/// [`Code::Malformed`](crate::error::Code::Malformed), [`Code::Length`](crate::error::Code::Length),
/// [`Code::Unsupported`](crate::error::Code::Unsupported).
pub(crate) fn parse(der: &[u8]) -> Result<Parsed> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|error| {
        Error::malformed("private key")
            .expected("DER of a PKCS#8 PrivateKeyInfo")
            .got(secret_der_problem(&error))
    })?;
    check_fields(der)?;
    let contents = info.private_key.as_bytes();
    let mut parsed = match spki::identify(info.algorithm)? {
        Identified::Rsa => parse_pkcs1(contents)?,
        Identified::Row(algorithm) => match algorithm.info().family {
            Family::MlKem | Family::MlDsa => parse_lattice(algorithm, contents)?,
            Family::Kyber | Family::Dilithium => parse_legacy(algorithm, contents)?,
            Family::SlhDsa => parse_slh_dsa(algorithm, contents),
            Family::CompositeSignature | Family::CompositeKem => Parsed {
                algorithm,
                layout: Layout::Standard(Form::Expanded),
                material: Material::from_expanded(SecretBytes::copy_of(contents)),
                public: None,
            },
            Family::XWing => {
                if info.public_key.is_some() {
                    return Err(Error::malformed("X-Wing private key")
                        .expected("no public key beside it (draft-connolly-cfrg-xwing-kem-10)")
                        .got("one"));
                }
                Parsed {
                    algorithm,
                    layout: Layout::Standard(Form::Seed),
                    material: Material::from_seed(SecretBytes::copy_of(contents)),
                    public: None,
                }
            }
            Family::EdDsa | Family::Xdh => Parsed {
                algorithm,
                layout: Layout::Standard(Form::Seed),
                material: Material::from_seed(secret(inner(
                    algorithm,
                    contents,
                    "an OCTET STRING",
                )?)),
                public: None,
            },
            Family::Ecdsa | Family::Ecdh => parse_ec(Some(algorithm), contents)?,
            Family::Rsa => parse_pkcs1(contents)?,
        },
    };
    if let Some(bits) = info.public_key {
        let public = spki::whole_bytes(bits)?;
        if parsed
            .public
            .as_deref()
            .is_some_and(|inner| inner != public)
        {
            return Err(
                Error::inconsistent(format!("{} private key", parsed.algorithm))
                    .got("the two public keys beside it differ"),
            );
        }
        parsed.public = Some(public.to_vec());
    }
    Ok(parsed)
}

/// Refuses what the `pkcs8` crate passes over: fields that RFC 5958 does not have. Attributes are
/// allowed and have no meaning here.
fn check_fields(der: &[u8]) -> Result<()> {
    let optional = tags(der).unwrap_or_default();
    let attributes = Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(0),
    };
    let public_key = Tag::ContextSpecific {
        constructed: false,
        number: TagNumber(1),
    };
    match optional.get(3..) {
        None | Some([]) => Ok(()),
        Some([tag]) if *tag == attributes || *tag == public_key => Ok(()),
        Some([first, second]) if *first == attributes && *second == public_key => Ok(()),
        Some(others) => Err(Error::malformed("private key")
            .expected("at most attributes and a public key after privateKey")
            .got(
                others
                    .iter()
                    .map(Tag::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
            )),
    }
}

fn secret(octets: &OctetStringRef) -> SecretBytes {
    SecretBytes::copy_of(octets.as_bytes())
}

fn inner<'a, T: Decode<'a, Error = der::Error>>(
    algorithm: Algorithm,
    contents: &'a [u8],
    expected: &str,
) -> Result<T> {
    T::from_der(contents).map_err(|error| {
        Error::malformed(format!("{algorithm} private key"))
            .expected(expected)
            .got(secret_der_problem(&error))
    })
}

/// The CHOICE of RFC 9881 section 6 and RFC 9935 section 6, and the arrangements that came before it.
fn parse_lattice(algorithm: Algorithm, contents: &[u8]) -> Result<Parsed> {
    let info = algorithm.info();
    let seed_len = info.seed.unwrap_or_default();
    let expanded_len = info.expanded.map_or(0, |size| size.max());
    let pair_len = expanded_len + info.public_key.max();
    let parsed = |layout, material, public| Parsed {
        algorithm,
        layout,
        material,
        public,
    };
    let seed = |bytes: &[u8]| Material::from_seed(SecretBytes::copy_of(bytes));
    let expanded = |bytes: &[u8]| Material::from_expanded(SecretBytes::copy_of(bytes));
    let pair = |layout, bytes: &[u8]| {
        let (private, public) = bytes.split_at(expanded_len);
        parsed(layout, expanded(private), Some(public.to_vec()))
    };

    // None of the three alternatives of this algorithm can have exactly these lengths: a tag and a
    // length come on top. So they are conditions, not guesses.
    match contents.len() {
        len if len == seed_len => return Ok(parsed(Layout::BareSeed, seed(contents), None)),
        len if len == expanded_len => {
            return Ok(parsed(Layout::BareExpanded, expanded(contents), None));
        }
        len if len == pair_len => return Ok(pair(Layout::BarePair, contents)),
        _ => {}
    }
    let any: AnyRef<'_> = inner(
        algorithm,
        contents,
        "[0] seed, OCTET STRING expandedKey or SEQUENCE of both",
    )?;
    let seed_tag = Tag::ContextSpecific {
        constructed: false,
        number: TagNumber(0),
    };
    match any.tag() {
        tag if tag == seed_tag => Ok(parsed(
            Layout::Standard(Form::Seed),
            seed(any.value()),
            None,
        )),
        Tag::OctetString => match any.value() {
            bytes if bytes.len() == seed_len => Ok(parsed(Layout::WrappedSeed, seed(bytes), None)),
            bytes if bytes.len() == pair_len => Ok(pair(Layout::OqsPair, bytes)),
            bytes => Ok(parsed(
                Layout::Standard(Form::Expanded),
                expanded(bytes),
                None,
            )),
        },
        Tag::Sequence => {
            let both: Both<'_> = inner(algorithm, contents, "a SEQUENCE of seed and expandedKey")?;
            let material = Material {
                seed: Some(secret(both.seed)),
                expanded: Some(secret(both.expanded_key)),
            };
            Ok(parsed(Layout::Standard(Form::Both), material, None))
        }
        tag => Err(choice_error(algorithm, &tag.to_string())),
    }
}

fn choice_error(algorithm: Algorithm, got: &str) -> Error {
    Error::malformed(format!("{algorithm} private key"))
        .expected("[0] seed, OCTET STRING expandedKey or SEQUENCE of both")
        .got(got.to_owned())
}

/// The private key, or private and public key one after the other, in an OCTET STRING or without it. There is
/// no seed, and no standard.
fn parse_legacy(algorithm: Algorithm, contents: &[u8]) -> Result<Parsed> {
    let info = algorithm.info();
    let private_len = info.expanded.map_or(0, |size| size.max());
    let pair_len = private_len + info.public_key.max();
    let (wrapped, bytes) = match contents.len() {
        len if len == private_len || len == pair_len => (false, contents),
        _ => {
            let octets: &OctetStringRef = inner(
                algorithm,
                contents,
                "an OCTET STRING of the private key, with or without the public key after it",
            )?;
            (true, octets.as_bytes())
        }
    };
    let (layout, private, public) = match (wrapped, bytes.split_at_checked(private_len)) {
        (true, Some((private, public))) if bytes.len() == pair_len => {
            (Layout::OqsPair, private, Some(public))
        }
        (false, Some((private, public))) if bytes.len() == pair_len => {
            (Layout::BarePair, private, Some(public))
        }
        (true, _) => (Layout::Standard(Form::Expanded), bytes, None),
        (false, _) => (Layout::BareExpanded, bytes, None),
    };
    Ok(Parsed {
        algorithm,
        layout,
        material: Material::from_expanded(SecretBytes::copy_of(private)),
        public: public.map(<[u8]>::to_vec),
    })
}

/// RFC 9909 section 6: the private key itself, nothing around it.
fn parse_slh_dsa(algorithm: Algorithm, contents: &[u8]) -> Parsed {
    let len = algorithm.info().expanded.map_or(0, |size| size.max());
    let wrapped = <&OctetStringRef>::from_der(contents).ok().filter(|octets| {
        // Private key, or private and public key, in an OCTET STRING of that exact length.
        let inner = octets.as_bytes().len();
        contents.len() != len && (inner == len || inner == len + len / 2)
    });
    let (layout, private, public) = match wrapped {
        Some(octets) if octets.as_bytes().len() == len => {
            (Layout::WrappedExpanded, octets.as_bytes(), None)
        }
        Some(octets) => (
            Layout::OqsPair,
            &octets.as_bytes()[..len],
            Some(octets.as_bytes()[len..].to_vec()),
        ),
        None => (Layout::Standard(Form::Expanded), contents, None),
    };
    Parsed {
        algorithm,
        layout,
        material: Material::from_expanded(SecretBytes::copy_of(private)),
        public,
    }
}

/// ECPrivateKey, inside PKCS#8 (where the curve stands outside) or by itself.
fn parse_ec(outer: Option<Algorithm>, contents: &[u8]) -> Result<Parsed> {
    let bad = |expected: &str, got: String| {
        Error::malformed("elliptic-curve private key")
            .expected(expected)
            .got(got)
    };
    let key = EcPrivateKey::from_der(contents).map_err(|error| {
        bad(
            "DER of an ECPrivateKey",
            secret_der_problem(&error).to_owned(),
        )
    })?;
    if key.version != 1 {
        return Err(bad("version 1", format!("version {}", key.version)));
    }
    let named = key.parameters.map(spki::of_curve).transpose()?;
    let algorithm = match (outer, named) {
        (Some(outer), Some(named)) if outer.info().curve != named.info().curve => {
            return Err(bad("one curve", format!("{outer} outside, {named} inside")));
        }
        (Some(algorithm), _) | (None, Some(algorithm)) => algorithm,
        (None, None) => return Err(bad("a named curve", "none".to_owned())),
    };
    Ok(Parsed {
        algorithm,
        layout: Layout::Standard(Form::Expanded),
        material: Material::from_expanded(secret(key.private_key)),
        public: key
            .public_key
            .map(spki::whole_bytes)
            .transpose()?
            .map(<[u8]>::to_vec),
    })
}

/// Takes an ECPrivateKey that stands by itself (SEC 1, `EC PRIVATE KEY`) apart.
pub(crate) fn parse_sec1(der: &[u8]) -> Result<Parsed> {
    parse_ec(None, der)
}

/// RSAPrivateKey of RFC 8017, two primes.
#[derive(Sequence)]
struct RsaPrivateKey<'a> {
    version: u8,
    modulus: der::asn1::UintRef<'a>,
    public_exponent: der::asn1::UintRef<'a>,
    private_exponent: der::asn1::UintRef<'a>,
    prime1: der::asn1::UintRef<'a>,
    prime2: der::asn1::UintRef<'a>,
    exponent1: der::asn1::UintRef<'a>,
    exponent2: der::asn1::UintRef<'a>,
    coefficient: der::asn1::UintRef<'a>,
}

/// Takes an RSAPrivateKey (PKCS#1, `RSA PRIVATE KEY`) apart.
pub(crate) fn parse_pkcs1(der: &[u8]) -> Result<Parsed> {
    let bad = |got: &str| {
        Error::malformed("RSA private key")
            .expected("DER of an RSAPrivateKey with two primes")
            .got(got)
    };
    let key = RsaPrivateKey::from_der(der).map_err(|error| bad(secret_der_problem(&error)))?;
    if key.version != 0 {
        return Err(bad("another version"));
    }
    let public = tlv(
        SEQUENCE,
        &[
            tlv(INTEGER, &[positive(&key.modulus), key.modulus.as_bytes()]).expose(),
            tlv(
                INTEGER,
                &[
                    positive(&key.public_exponent),
                    key.public_exponent.as_bytes(),
                ],
            )
            .expose(),
        ],
    );
    Ok(Parsed {
        algorithm: backend::rsa_row(public.expose())?,
        layout: Layout::Standard(Form::Expanded),
        material: Material::from_expanded(SecretBytes::copy_of(der)),
        public: Some(public.expose().to_vec()),
    })
}

/// The zero byte that keeps an unsigned integer with its top bit set from being negative.
fn positive(integer: &der::asn1::UintRef<'_>) -> &'static [u8] {
    match integer.as_bytes().first() {
        Some(top) if *top >= 0x80 => &[0],
        _ => &[],
    }
}

/// What a private key is written from: its own parts, or blank ones of their length where the length
/// alone is asked for.
pub(super) struct Pieces<'a> {
    seed: Result<&'a [u8]>,
    expanded: Result<&'a [u8]>,
    pub(super) public: &'a [u8],
}

impl<'a> Pieces<'a> {
    pub(super) fn new(
        seed: Result<&'a SecretBytes>,
        expanded: Result<&'a SecretBytes>,
        public: &'a [u8],
    ) -> Self {
        Self {
            seed: seed.map(SecretBytes::expose),
            expanded: expanded.map(SecretBytes::expose),
            public,
        }
    }

    /// # Errors
    /// Whatever the key answers if it has none.
    pub(super) fn seed(&self) -> Result<&'a [u8]> {
        self.seed.clone()
    }

    /// # Errors
    /// Whatever the key answers if it has none.
    pub(super) fn expanded(&self) -> Result<&'a [u8]> {
        self.expanded.clone()
    }
}

/// The contents of privateKey in the standard's arrangement.
fn contents(algorithm: Algorithm, form: Form, key: &Pieces<'_>) -> Result<SecretBytes> {
    if !algorithm.info().forms().contains(&form) {
        return Err(Error::usage(format!("form of a {algorithm} private key"))
            .expected(
                algorithm
                    .info()
                    .forms()
                    .iter()
                    .map(|form| form.name())
                    .collect::<Vec<_>>()
                    .join(", "),
            )
            .got(form.name()));
    }
    match algorithm.info().family {
        Family::MlKem | Family::MlDsa => match form {
            Form::Seed => Ok(tlv(CONTEXT_0, &[key.seed()?])),
            Form::Expanded => Ok(tlv(OCTET_STRING, &[key.expanded()?])),
            Form::Both => {
                let seed = tlv(OCTET_STRING, &[key.seed()?]);
                let expanded = tlv(OCTET_STRING, &[key.expanded()?]);
                Ok(tlv(SEQUENCE, &[seed.expose(), expanded.expose()]))
            }
        },
        Family::Kyber | Family::Dilithium => Err(algorithm.read_only("is written in no container")),
        Family::SlhDsa | Family::Rsa | Family::CompositeSignature | Family::CompositeKem => {
            Ok(SecretBytes::copy_of(key.expanded()?))
        }
        Family::XWing => Ok(SecretBytes::copy_of(key.seed()?)),
        Family::EdDsa | Family::Xdh => Ok(tlv(OCTET_STRING, &[key.seed()?])),
        Family::Ecdsa | Family::Ecdh => {
            let version = tlv(INTEGER, &[&[1]]);
            let scalar = tlv(OCTET_STRING, &[key.expanded()?]);
            let bits = tlv(BIT_STRING, &[&[0], key.public]);
            let public = tlv(CONTEXT_1_EXPLICIT, &[bits.expose()]);
            Ok(tlv(
                SEQUENCE,
                &[version.expose(), scalar.expose(), public.expose()],
            ))
        }
    }
}

/// A PrivateKeyInfo of version 1, whose number on the wire is 0.
pub(super) fn write(algorithm: Algorithm, form: Form, key: &Pieces<'_>) -> Result<SecretBytes> {
    let version = tlv(INTEGER, &[&[0]]);
    let private_key = tlv(OCTET_STRING, &[contents(algorithm, form, key)?.expose()]);
    Ok(tlv(
        SEQUENCE,
        &[
            version.expose(),
            &spki::algorithm_der(algorithm),
            private_key.expose(),
        ],
    ))
}
