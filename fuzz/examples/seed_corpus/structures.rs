//! DER put together by hand, so that it can be put together wrongly.

use chop::Algorithm;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const NULL: &[u8] = &[0x05, 0x00];

/// Object identifiers of near misses, contents alone.
pub(crate) const ID_EC_DH: &[u8] = &[0x2b, 0x81, 0x04, 0x01, 0x0c];
pub(crate) const ID_EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
pub(crate) const SECP256K1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x0a];
pub(crate) const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
pub(crate) const HASH_ML_DSA_65: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x21];
pub(crate) const DILITHIUM3: &[u8] = &[
    0x2b, 0x06, 0x01, 0x04, 0x01, 0x02, 0x82, 0x0b, 0x07, 0x06, 0x05,
];
pub(crate) const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let len = contents.len();
    let mut out = vec![tag];
    match u8::try_from(len) {
        Ok(short @ 0..0x80) => out.push(short),
        Ok(long) => out.extend([0x81, long]),
        Err(_) => {
            let len = u16::try_from(len).expect("no key has 64 KiB");
            out.push(0x82);
            out.extend(len.to_be_bytes());
        }
    }
    out.extend(contents);
    out
}

pub(crate) fn integer(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeroes = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
    let sign: &[u8] = if bytes[zeroes] >= 0x80 { &[0] } else { &[] };
    tlv(INTEGER, &[sign, &bytes[zeroes..]])
}

pub(crate) fn identifier(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[&tlv(OID, &[oid]), parameters])
}

/// A version 1 PrivateKeyInfo.
pub(crate) fn private_key_info(algorithm: &[u8], contents: &[u8]) -> Vec<u8> {
    tlv(
        SEQUENCE,
        &[&integer(0), algorithm, &tlv(OCTET_STRING, &[contents])],
    )
}

pub(crate) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[0], bytes])
}

/// The AlgorithmIdentifier of a row, as it stands in its SubjectPublicKeyInfo.
pub(crate) fn identifier_of(algorithm: Algorithm) -> Vec<u8> {
    let info = algorithm.info();
    let parameters = match info.curve {
        Some(curve) => tlv(OID, &[curve.as_bytes()]),
        None if info.standard == "RFC 8017" => NULL.to_vec(),
        None => Vec::new(),
    };
    identifier(info.oid.as_bytes(), &parameters)
}

/// ECPrivateKey of RFC 5915 with what stands in it chosen.
pub(crate) fn ec_private_key(version: u64, scalar: &[u8], rest: &[&[u8]]) -> Vec<u8> {
    tlv(
        SEQUENCE,
        &[
            &integer(version),
            &tlv(OCTET_STRING, &[scalar]),
            &rest.concat(),
        ],
    )
}
