//! The AlgorithmIdentifier of a signature: in certificates (RFC 5280) and in CMS (RFC 5652).
//!
//! | key | identifier | document |
//! |---|---|---|
//! | ML-DSA, SLH-DSA, Ed25519 | that of the key, without parameters | RFC 9881, 9882, 9909, 9814, 8410, 8419 |
//! | ECDSA | ecdsa-with-SHA256, -SHA384, -SHA512 | RFC 5758 |
//! | RSA | sha256WithRSAEncryption and its kin, id-RSASSA-PSS, in CMS also rsaEncryption | RFC 4055, 5754, 3370 |
//!
//! The key decides which identifiers can be: one that does not fit it is an error, and never makes a
//! key of one algorithm be used for another.

use der::Sequence;
use der::asn1::ObjectIdentifier;
use spki::AlgorithmIdentifierRef;

use super::foreign;
use super::tlv::{
    CONTEXT_0_EXPLICIT, CONTEXT_1_EXPLICIT, CONTEXT_2_EXPLICIT, INTEGER, NULL, OID, SEQUENCE,
    element,
};
use crate::algorithm::{Algorithm, RsaScheme, VerifyOptions};
use crate::error::{Code, Error, Result};
use crate::hash::Hash;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");

/// The arcs under which hash functions stand in order: ecdsa-with-SHA2 (RFC 5758), and
/// sha256WithRSAEncryption with its two successors (RFC 4055).
const ECDSA_WITH: [(Hash, ObjectIdentifier); 3] = [
    (
        Hash::Sha256,
        ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
    ),
    (
        Hash::Sha384,
        ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"),
    ),
    (
        Hash::Sha512,
        ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4"),
    ),
];
const PKCS1_WITH: [(RsaScheme, ObjectIdentifier); 3] = [
    (
        RsaScheme::Pkcs1Sha256,
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"),
    ),
    (
        RsaScheme::Pkcs1Sha384,
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12"),
    ),
    (
        RsaScheme::Pkcs1Sha512,
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13"),
    ),
];

/// RSASSA-PSS-params of RFC 4055, without the defaults of SHA-1.
#[derive(Sequence)]
struct PssParameters<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

/// How a key of `algorithm` has to verify a signature under the identifier `id`.
///
/// `digest` is the hash function of the message where the format names one beside the signature: it
/// completes rsaEncryption.
///
/// # Errors
/// [`Code::Unsupported`] for an identifier that does not fit the key, [`Code::Malformed`] for
/// parameters that do not fit the identifier.
pub(crate) fn options(
    algorithm: Algorithm,
    id: AlgorithmIdentifierRef<'_>,
    digest: Option<Hash>,
) -> Result<VerifyOptions> {
    let mut options = VerifyOptions::default();
    if algorithm.is_rsa() {
        options.rsa_scheme = Some(rsa_scheme(algorithm, id, digest)?);
        return Ok(options);
    }
    if algorithm.is_ecdsa() {
        options.ecdsa_hash = ECDSA_WITH
            .iter()
            .find(|(_, oid)| *oid == id.oid)
            .map(|(hash, _)| *hash);
        if options.ecdsa_hash.is_none() {
            return Err(unfit(algorithm, id.oid));
        }
    } else if id.oid != algorithm.info().oid {
        return Err(unfit(algorithm, id.oid));
    }
    match id.parameters {
        None => Ok(options),
        Some(_) => Err(parameters(id.oid, "absent")),
    }
}

fn rsa_scheme(
    algorithm: Algorithm,
    id: AlgorithmIdentifierRef<'_>,
    digest: Option<Hash>,
) -> Result<RsaScheme> {
    if id.oid == RSASSA_PSS {
        let bad = || {
            parameters(
                id.oid,
                "SHA-256, SHA-384 or SHA-512 for message and mask, a salt of its length",
            )
        };
        let found: PssParameters<'_> = id
            .parameters
            .and_then(|any| any.decode_as().ok())
            .ok_or_else(bad)?;
        let hash = found.hash.and_then(hash_of).ok_or_else(bad)?;
        let mask = found
            .mask
            .filter(|mask| mask.oid == MGF1)
            .and_then(|mask| mask.parameters)
            .and_then(|any| any.decode_as().ok())
            .and_then(hash_of);
        let salt = usize::from(found.salt.ok_or_else(bad)?);
        let trailer = found.trailer.unwrap_or(1);
        if mask != Some(hash) || trailer != 1 {
            return Err(bad());
        }
        if salt != hash.output_len() {
            return Err(Error::new(Code::Unsupported, "salt of RSASSA-PSS")
                .expected(format!(
                    "{} bytes, the length of {}",
                    hash.output_len(),
                    hash.name()
                ))
                .got(format!("{salt} bytes")));
        }
        return pss(hash).ok_or_else(bad);
    }
    if !id.parameters.is_none_or(|any| any.is_null()) {
        return Err(parameters(id.oid, "NULL"));
    }
    if id.oid == RSA_ENCRYPTION {
        return match digest {
            Some(Hash::Sha256) => Ok(RsaScheme::Pkcs1Sha256),
            Some(Hash::Sha384) => Ok(RsaScheme::Pkcs1Sha384),
            Some(Hash::Sha512) => Ok(RsaScheme::Pkcs1Sha512),
            _ => Err(unfit(algorithm, id.oid)),
        };
    }
    PKCS1_WITH
        .iter()
        .find(|(_, oid)| *oid == id.oid)
        .map(|(scheme, _)| *scheme)
        .ok_or_else(|| unfit(algorithm, id.oid))
}

const fn pss(hash: Hash) -> Option<RsaScheme> {
    match hash {
        Hash::Sha256 => Some(RsaScheme::PssSha256),
        Hash::Sha384 => Some(RsaScheme::PssSha384),
        Hash::Sha512 => Some(RsaScheme::PssSha512),
        _ => None,
    }
}

/// The hash function of an AlgorithmIdentifier. Those of SHA-2 are met with and without NULL
/// (RFC 5754 section 2), the others have no parameters.
pub(crate) fn hash_of(id: AlgorithmIdentifierRef<'_>) -> Option<Hash> {
    let hash = Hash::ALL
        .iter()
        .copied()
        .find(|hash| hash.oid() == id.oid)?;
    match id.parameters {
        None => Some(hash),
        Some(any) if any.is_null() && hash.is_sha2() => Some(hash),
        Some(_) => None,
    }
}

/// An identifier of a hash function in words.
pub(crate) fn hash_name(oid: ObjectIdentifier) -> String {
    if let Some(hash) = Hash::ALL.iter().find(|hash| hash.oid() == oid) {
        return format!("{} with other parameters", hash.name());
    }
    let digits = oid.to_string();
    let name = match digits.as_str() {
        "1.2.840.113549.2.5" => "MD5",
        "1.3.14.3.2.26" => "SHA-1",
        "2.16.840.1.101.3.4.2.4" => "SHA-224",
        "2.16.840.1.101.3.4.2.5" => "SHA-512/224",
        "2.16.840.1.101.3.4.2.6" => "SHA-512/256",
        "2.16.840.1.101.3.4.2.7" => "SHA3-224",
        "1.2.156.10197.1.401" => "SM3",
        _ => return digits,
    };
    name.to_owned()
}

fn unfit(algorithm: Algorithm, oid: ObjectIdentifier) -> Error {
    Error::new(Code::Unsupported, "signature algorithm")
        .expected(format!("one of a key of {algorithm}"))
        .got(name(oid))
}

fn parameters(oid: ObjectIdentifier, expected: &str) -> Error {
    Error::malformed(format!("parameters of {}", name(oid)))
        .expected(expected)
        .got("others")
}

/// An identifier of a signature in words.
pub(crate) fn name(oid: ObjectIdentifier) -> String {
    let ecdsa = ECDSA_WITH
        .iter()
        .find(|(_, known)| *known == oid)
        .map(|(hash, _)| format!("ECDSA with {}", hash.name()));
    let pkcs1 = PKCS1_WITH
        .iter()
        .find(|(_, known)| *known == oid)
        .map(|(scheme, _)| scheme.name().to_owned());
    let row = Algorithm::from_oid(oid, None).map(|row| row.name().to_owned());
    let rsa = match oid {
        RSASSA_PSS => Some("RSASSA-PSS".to_owned()),
        RSA_ENCRYPTION => Some("rsaEncryption".to_owned()),
        _ => None,
    };
    ecdsa
        .or(pkcs1)
        .or(row)
        .or(rsa)
        .unwrap_or_else(|| foreign::describe(oid))
}

/// The DER of the identifier under which a key of `algorithm` signs.
pub(crate) fn write(algorithm: Algorithm, scheme: Option<RsaScheme>) -> Vec<u8> {
    let ecdsa = |hash| ECDSA_WITH.iter().find(|(known, _)| *known == hash);
    let oid = match algorithm {
        Algorithm::EcdsaP256Sha256 => ecdsa(Hash::Sha256).map(|(_, oid)| *oid),
        Algorithm::EcdsaP384Sha384 => ecdsa(Hash::Sha384).map(|(_, oid)| *oid),
        Algorithm::EcdsaP521Sha512 => ecdsa(Hash::Sha512).map(|(_, oid)| *oid),
        rsa if rsa.is_rsa() => return write_rsa(scheme.unwrap_or_default()),
        _ => None,
    };
    identifier(oid.unwrap_or(algorithm.info().oid), &[])
}

fn write_rsa(scheme: RsaScheme) -> Vec<u8> {
    const NO_PARAMETERS: &[u8] = &[NULL, 0];
    if let Some((_, oid)) = PKCS1_WITH.iter().find(|(known, _)| *known == scheme) {
        return identifier(*oid, NO_PARAMETERS);
    }
    let hash = identifier(scheme.hash().oid(), NO_PARAMETERS);
    let mask = identifier(MGF1, &hash);
    let salt = u8::try_from(scheme.hash().output_len()).unwrap_or(u8::MAX);
    let field = |tag, contents: &[u8]| element(tag, &[contents]);
    let parameters = element(
        SEQUENCE,
        &[
            &field(CONTEXT_0_EXPLICIT, &hash),
            &field(CONTEXT_1_EXPLICIT, &mask),
            &field(CONTEXT_2_EXPLICIT, &element(INTEGER, &[&[salt]])),
        ],
    );
    identifier(RSASSA_PSS, &parameters)
}

/// The DER of an AlgorithmIdentifier.
pub(crate) fn identifier(oid: ObjectIdentifier, parameters: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[&element(OID, &[oid.as_bytes()]), parameters])
}

#[cfg(test)]
mod tests {
    use der::Decode;

    use super::*;

    fn parse(der: &[u8]) -> AlgorithmIdentifierRef<'_> {
        AlgorithmIdentifierRef::from_der(der).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back_for_the_same_key_and_no_other() {
        let signing = Algorithm::ALL
            .iter()
            .copied()
            .filter(|algorithm| algorithm.info().shared_secret.is_none());
        for algorithm in signing.clone() {
            for scheme in RsaScheme::ALL.iter().copied() {
                let der = write(algorithm, Some(scheme));
                for other in signing.clone() {
                    let read = options(other, parse(&der), None);
                    let same = other == algorithm
                        || (other.is_rsa() && algorithm.is_rsa())
                        || (other.is_ecdsa() && algorithm.is_ecdsa());
                    assert_eq!(read.is_ok(), same, "{algorithm} {other}");
                    if algorithm.is_rsa() && same {
                        assert_eq!(read.unwrap().rsa_scheme, Some(scheme));
                    }
                }
            }
        }
    }

    #[test]
    fn parameters_that_do_not_fit_are_refused() {
        let null: &[u8] = &[NULL, 0];
        for algorithm in [
            Algorithm::MlDsa65,
            Algorithm::Ed25519,
            Algorithm::SlhDsaSha2128s,
        ] {
            let der = identifier(algorithm.info().oid, null);
            assert_eq!(
                options(algorithm, parse(&der), None).unwrap_err().code(),
                Code::Malformed
            );
        }
        let absent = identifier(RSASSA_PSS, &[]);
        assert!(options(Algorithm::Rsa2048, parse(&absent), None).is_err());
        let octets = identifier(RSA_ENCRYPTION, &[4, 0]);
        assert!(options(Algorithm::Rsa2048, parse(&octets), Some(Hash::Sha256)).is_err());
        let plain = identifier(RSA_ENCRYPTION, null);
        assert!(options(Algorithm::Rsa2048, parse(&plain), None).is_err());
        assert!(options(Algorithm::Rsa2048, parse(&plain), Some(Hash::Sha3_256)).is_err());
        assert!(options(Algorithm::Rsa2048, parse(&plain), Some(Hash::Sha384)).is_ok());
    }
}
