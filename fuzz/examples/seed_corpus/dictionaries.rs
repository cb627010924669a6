//! What a fuzzer does not guess.

use std::{fs, io};

use chop::Algorithm;

use crate::edits::COMMAND_LINES;
use crate::keys::distinct;
use crate::structures::*;

/// Writes the dictionaries.
pub(crate) fn dictionaries() -> io::Result<()> {
    let directory = format!("{}/dictionaries", env!("CARGO_MANIFEST_DIR"));
    let quoted = |bytes: &[u8]| {
        let escaped: String = bytes
            .iter()
            .map(|byte| match byte {
                b'"' | b'\\' => format!("\\{}", char::from(*byte)),
                b' '..=b'~' => char::from(*byte).to_string(),
                other => format!("\\x{other:02x}"),
            })
            .collect();
        format!("\"{escaped}\"\n")
    };
    let mut der = String::from(
        "# AlgorithmIdentifiers of the table, near misses, and the tags of key structures.\n",
    );
    for algorithm in distinct() {
        // The RSA rows share one identifier.
        let line = quoted(&identifier_of(algorithm));
        if !der.contains(&line) {
            der += &line;
        }
    }
    for oid in [
        ID_EC_DH,
        SECP256K1,
        RSASSA_PSS,
        HASH_ML_DSA_65,
        DILITHIUM3,
        SIGNED_DATA,
    ] {
        der += &quoted(&tlv(OID, &[oid]));
    }
    for part in [
        &integer(0),
        &integer(1),
        NULL,
        &[0x80, 0x20],
        &[0x80, 0x40],
        &[0x04, 0x20],
    ] {
        der += &quoted(part);
    }
    fs::write(format!("{directory}/der.dict"), der)?;

    let mut keyring = String::from("# Members and words of the records of a keyring.\n");
    for word in crate::keyrings::words() {
        keyring += &quoted(word.as_bytes());
    }
    fs::write(format!("{directory}/keyring.dict"), keyring)?;

    let mut pem = String::from("# Labels and their dashes.\n");
    for label in [
        "PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "PUBLIC KEY",
        "EC PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PARAMETERS",
        "CERTIFICATE",
    ] {
        pem += &quoted(format!("-----BEGIN {label}-----\n").as_bytes());
        pem += &quoted(format!("\n-----END {label}-----\n").as_bytes());
    }
    for part in ["\n-----BEGIN ", "\n-----END ", "\r\n", "=="] {
        pem += &quoted(part.as_bytes());
    }
    fs::write(format!("{directory}/pem.dict"), pem)?;

    let mut jwk = String::from("# Members and values of RFC 9964.\n");
    for member in ["kty", "alg", "pub", "priv", "AKP"] {
        jwk += &quoted(format!("\"{member}\"").as_bytes());
    }
    for name in Algorithm::ALL
        .iter()
        .filter_map(|algorithm| algorithm.info().jose)
    {
        jwk += &quoted(format!("\"{name}\"").as_bytes());
    }
    for part in ["\\u00", "null", "true", "{}", "[]", "1e999"] {
        jwk += &quoted(part.as_bytes());
    }
    fs::write(format!("{directory}/jwk.dict"), jwk)?;

    let mut jws = String::from("# Members and values of RFC 7515 and RFC 7797.\n");
    for word in [
        "alg",
        "kid",
        "b64",
        "crit",
        "typ",
        "jwk",
        "x5c",
        "none",
        "EdDSA",
        "Ed25519",
        "ES256",
        "ES512",
        "RS256",
        "ML-DSA-44",
    ] {
        jws += &quoted(format!("\"{word}\"").as_bytes());
    }
    for part in ["\\u00", "null", "true", "false", "{}", "[]", "1e999", ".."] {
        jws += &quoted(part.as_bytes());
    }
    fs::write(format!("{directory}/jws.dict"), jws)?;

    let mut arguments = String::from("# The words of the command line.\n");
    let mut words: Vec<&str> = COMMAND_LINES
        .iter()
        .flat_map(|(_, line)| line.split(' '))
        .filter(|word| !word.is_empty())
        .collect();
    words.sort_unstable();
    words.dedup();
    for word in words {
        arguments += &quoted(word.as_bytes());
    }
    fs::write(format!("{directory}/arguments.dict"), arguments)
}
