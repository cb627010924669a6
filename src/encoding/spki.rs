//! SubjectPublicKeyInfo (RFC 5280 section 4.1), with the identifiers of RFC 9881, 9909, 9935, 8410, 5480 and 8017.

use der::Decode;
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::foreign;
use super::tlv::{BIT_STRING, NULL, OID, SEQUENCE, der_problem, element};
use crate::algorithm::Algorithm;
use crate::backend;
use crate::error::{Code, Error, Result};
use crate::key::PublicKey;

/// rsaEncryption, RFC 8017.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// id-ecPublicKey, RFC 5480 section 2.1.1.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// What an AlgorithmIdentifier leads to.
pub(crate) enum Identified {
    /// One row.
    Row(Algorithm),
    /// An RSA row, to be found by the size of the modulus.
    Rsa,
}

/// The row that an AlgorithmIdentifier names, with its parameters checked.
pub(super) fn identify(algorithm: AlgorithmIdentifierRef<'_>) -> Result<Identified> {
    let oid = algorithm.oid;
    if oid == RSA_ENCRYPTION {
        expect_parameters(algorithm.parameters, Some(AnyRef::NULL), "NULL")?;
        return Ok(Identified::Rsa);
    }
    if oid == EC_PUBLIC_KEY {
        let curve = algorithm
            .parameters
            .and_then(|any| any.decode_as::<ObjectIdentifier>().ok())
            .ok_or_else(|| wrong_parameters("a named curve", algorithm.parameters))?;
        return of_curve(curve).map(Identified::Row);
    }
    match Algorithm::from_oid(oid, None) {
        Some(found) => {
            expect_parameters(algorithm.parameters, None, "absent")?;
            Ok(Identified::Row(found))
        }
        None => Err(unknown(oid)),
    }
}

fn expect_parameters(
    got: Option<AnyRef<'_>>,
    expected: Option<AnyRef<'_>>,
    name: &str,
) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    Err(wrong_parameters(name, got))
}

fn wrong_parameters(expected: &str, got: Option<AnyRef<'_>>) -> Error {
    let got = match got {
        None => "absent".to_owned(),
        Some(any) if any.is_null() => "NULL".to_owned(),
        Some(any) => der::Tagged::tag(&any).to_string(),
    };
    Error::malformed("algorithm parameters")
        .expected(expected)
        .got(got)
}

/// The error for an identifier that is not in the table, with the name of what it is where that is known.
fn unknown(oid: ObjectIdentifier) -> Error {
    foreign::refused("key algorithm", "one of `chop algorithms`", oid)
}

/// The row of a curve under id-ecPublicKey.
pub(super) fn of_curve(curve: ObjectIdentifier) -> Result<Algorithm> {
    Algorithm::from_oid(EC_PUBLIC_KEY, Some(curve))
        .ok_or_else(|| foreign::refused("elliptic curve", "P-256, P-384 or P-521", curve))
}

fn decode(der: &[u8]) -> Result<SubjectPublicKeyInfoRef<'_>> {
    SubjectPublicKeyInfoRef::from_der(der).map_err(|error| {
        Error::malformed("public key")
            .expected("DER of a SubjectPublicKeyInfo")
            .got(der_problem(&error))
    })
}

/// The row of a key whose algorithm nobody has named.
///
/// # Errors
/// [`Code::Usage`] for Kyber: round 3 and draft were written under one identifier, and give different secrets.
pub(super) fn unambiguous(row: Algorithm) -> Result<Algorithm> {
    match row.twin() {
        Some(twin) if row.is_legacy() => Err(Error::usage("flavour of a Kyber key")
            .expected(format!("--algorithm {row} or --algorithm {twin}"))
            .got("an identifier that stands for both")),
        _ => Ok(row),
    }
}

/// Reads a SubjectPublicKeyInfo whose identifier has led to a row; `choose` says which row it is taken for.
///
/// # Errors
/// [`Code::Malformed`], [`Code::Length`], [`Code::Unsupported`], and what `choose` answers.
pub(crate) fn parse_as(
    der: &[u8],
    choose: impl Fn(Algorithm) -> Result<Algorithm>,
) -> Result<PublicKey> {
    let info = decode(der)?;
    let bits = whole_bytes(info.subject_public_key)?;
    let algorithm = match identify(info.algorithm)? {
        Identified::Row(algorithm) => choose(algorithm)?,
        Identified::Rsa => choose(backend::rsa_row(bits)?)?,
    };
    if algorithm.info().curve.is_some() && matches!(bits.first(), Some(2 | 3)) {
        return Err(
            Error::new(Code::Unsupported, format!("{algorithm} public key"))
                .expected("an uncompressed point")
                .got("a compressed one"),
        );
    }
    PublicKey::from_bytes(algorithm, bits)
}

/// The bytes of a BIT STRING that has no unused bits.
pub(super) fn whole_bytes(bits: BitStringRef<'_>) -> Result<&[u8]> {
    bits.as_bytes().ok_or_else(|| {
        Error::malformed("public key")
            .expected("a BIT STRING of whole bytes")
            .got(format!("{} unused bits", bits.unused_bits()))
    })
}

/// The DER of the AlgorithmIdentifier of a row.
pub(super) fn algorithm_der(algorithm: Algorithm) -> Vec<u8> {
    let info = algorithm.info();
    let oid = element(OID, &[info.oid.as_bytes()]);
    let parameters = match info.curve {
        Some(curve) => element(OID, &[curve.as_bytes()]),
        None if algorithm.is_rsa() => vec![NULL, 0],
        None => Vec::new(),
    };
    element(SEQUENCE, &[&oid, &parameters])
}

/// The DER of a SubjectPublicKeyInfo with these bytes of a key.
pub(crate) fn write(algorithm: Algorithm, public: &[u8]) -> Vec<u8> {
    const NO_UNUSED_BITS: &[u8] = &[0];
    let bits = element(BIT_STRING, &[NO_UNUSED_BITS, public]);
    element(SEQUENCE, &[&algorithm_der(algorithm), &bits])
}
