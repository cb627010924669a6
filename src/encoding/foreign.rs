//! Identifiers that are not in the table, and what is known about them.
//!
//! Algorithms, curves and encryption schemes. A key under one of these is refused by name instead of as "unknown": the person who found it in
//! an old pilot learns what it is and what to do.

use der::asn1::ObjectIdentifier;

use crate::error::{Code, Error};

/// Something that is recognised and not supported.
pub(super) struct Known {
    /// What it is.
    pub(super) name: &'static str,
    /// Who writes it, or why it is refused.
    pub(super) note: &'static str,
}

/// Identifiers by prefix; where several match, the longest wins.
const TABLE: &[(&str, Known)] = &[
    (
        "2.16.840.1.101.3.4.3.32",
        Known {
            name: "HashML-DSA-44-with-SHA512",
            note: "pre-hash variant; RFC 9881 keeps it out of certificates",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.33",
        Known {
            name: "HashML-DSA-65-with-SHA512",
            note: "pre-hash variant; RFC 9881 keeps it out of certificates",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.34",
        Known {
            name: "HashML-DSA-87-with-SHA512",
            note: "pre-hash variant; RFC 9881 keeps it out of certificates",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.35",
        Known {
            name: "HashSLH-DSA-SHA2-128s-with-SHA256",
            note: "pre-hash variant of SLH-DSA",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.36",
        Known {
            name: "HashSLH-DSA-SHA2-128f-with-SHA256",
            note: "pre-hash variant of SLH-DSA",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.37",
        Known {
            name: "HashSLH-DSA-SHA2-192s-with-SHA512",
            note: "pre-hash variant of SLH-DSA",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.38",
        Known {
            name: "HashSLH-DSA-SHA2-192f-with-SHA512",
            note: "pre-hash variant of SLH-DSA",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.39",
        Known {
            name: "HashSLH-DSA-SHA2-256s-with-SHA512",
            note: "pre-hash variant of SLH-DSA",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.40",
        Known {
            name: "HashSLH-DSA-SHA2-256f-with-SHA512",
            note: "pre-hash variant of SLH-DSA",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.41",
        Known {
            name: "HashSLH-DSA-SHAKE-128s-with-SHAKE128",
            note: "pre-hash variant of SLH-DSA",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.42",
        Known {
            name: "HashSLH-DSA-SHAKE-128f-with-SHAKE128",
            note: "pre-hash variant of SLH-DSA",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.43",
        Known {
            name: "HashSLH-DSA-SHAKE-192s-with-SHAKE256",
            note: "pre-hash variant of SLH-DSA",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.44",
        Known {
            name: "HashSLH-DSA-SHAKE-192f-with-SHAKE256",
            note: "pre-hash variant of SLH-DSA",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.45",
        Known {
            name: "HashSLH-DSA-SHAKE-256s-with-SHAKE256",
            note: "pre-hash variant of SLH-DSA",
        },
    ),
    (
        "2.16.840.1.101.3.4.3.46",
        Known {
            name: "HashSLH-DSA-SHAKE-256f-with-SHAKE256",
            note: "pre-hash variant of SLH-DSA",
        },
    ),
    (
        "1.3.6.1.4.1.2.267",
        Known {
            name: "an IBM draft-era algorithm",
            note: "draft-era private identifier",
        },
    ),
    (
        "1.3.6.1.4.1.2.267.1",
        Known {
            name: "Dilithium of round 2",
            note: "before round 3; not in this version's table",
        },
    ),
    (
        "1.3.6.1.4.1.2.267.5",
        Known {
            name: "Kyber of round 2",
            note: "before round 3; not in this version's table",
        },
    ),
    (
        "1.3.6.1.4.1.2.267.11",
        Known {
            name: "Dilithium of round 3 with AES in place of SHAKE",
            note: "of the same sizes as with SHAKE; not in this version's table",
        },
    ),
    (
        "1.3.6.1.4.1.22554",
        Known {
            name: "a Bouncy Castle or liboqs draft-era algorithm",
            note: "draft-era private identifier",
        },
    ),
    (
        "1.3.9999",
        Known {
            name: "an oqs-provider experimental algorithm",
            note: "draft-era; Falcon, SPHINCS+ and hybrids of oqs-provider",
        },
    ),
    (
        "2.16.840.1.114027.80",
        Known {
            name: "a composite of an earlier draft, or another algorithm of Entrust's arc",
            note: "another construction than the published one; generate a new key",
        },
    ),
    (
        "2.16.840.1.114027.80.8.1",
        Known {
            name: "a composite of an earlier draft of composite ML-DSA",
            note: "another construction than the published one; generate a new key",
        },
    ),
    (
        "2.16.840.1.114027.80.9.1",
        Known {
            name: "a composite of an earlier draft of composite ML-DSA (-07)",
            note: "another construction than the published one; generate a new key",
        },
    ),
    (
        "1.3.6.1.5.5.7.6",
        Known {
            name: "a PKIX algorithm that is not in the table",
            note: "composites stand under this arc; this number is none of theirs",
        },
    ),
    (
        "1.3.6.1.5.5.7.6.34",
        Known {
            name: "XMSS",
            note: "stateful; belongs into hardware (SP 800-208)",
        },
    ),
    (
        "1.3.6.1.5.5.7.6.35",
        Known {
            name: "XMSSMT",
            note: "stateful; belongs into hardware (SP 800-208)",
        },
    ),
    (
        "1.2.840.113549.1.9.16.3.17",
        Known {
            name: "HSS/LMS",
            note: "stateful; belongs into hardware (SP 800-208)",
        },
    ),
    (
        "1.2.840.113549.1.1.10",
        Known {
            name: "an RSA key restricted to PSS",
            note: "RFC 4055; rewrite it as rsaEncryption with the tool that made it",
        },
    ),
    (
        "1.2.840.113549.1.1.7",
        Known {
            name: "an RSA key restricted to OAEP",
            note: "RFC 4055",
        },
    ),
    (
        "1.2.840.10040.4.1",
        Known {
            name: "DSA",
            note: "withdrawn by FIPS 186-5",
        },
    ),
    (
        "1.2.840.113549.1.3.1",
        Known {
            name: "Diffie-Hellman",
            note: "finite-field agreement of PKCS#3",
        },
    ),
    (
        "1.2.840.10046.2.1",
        Known {
            name: "Diffie-Hellman",
            note: "finite-field agreement of X9.42",
        },
    ),
    (
        "1.3.101.111",
        Known {
            name: "X448",
            note: "only as a part of composites here",
        },
    ),
    (
        "1.3.101.113",
        Known {
            name: "Ed448",
            note: "only as a part of composites here",
        },
    ),
    (
        "1.2.156.10197.1.301",
        Known {
            name: "SM2",
            note: "GB/T 32918; not in this version's table",
        },
    ),
    (
        "1.3.36.3.3.2.8.1.1.7",
        Known {
            name: "brainpoolP256r1",
            note: "only as a part of composites here",
        },
    ),
    (
        "1.3.36.3.3.2.8.1.1.11",
        Known {
            name: "brainpoolP384r1",
            note: "only as a part of composites here",
        },
    ),
    (
        "1.3.36.3.3.2.8.1.1.13",
        Known {
            name: "brainpoolP512r1",
            note: "not in this version's table",
        },
    ),
    (
        "1.3.132.0.10",
        Known {
            name: "secp256k1",
            note: "not in this version's table",
        },
    ),
    (
        "1.3.132.0.33",
        Known {
            name: "P-224",
            note: "below 128 bits of security",
        },
    ),
    (
        "2.16.840.1.101.3.4.1",
        Known {
            name: "an AES mode",
            note: "not one that PBES2 keys are written with",
        },
    ),
    (
        "1.2.840.113549.3.7",
        Known {
            name: "3DES-CBC",
            note: "obsolete; rewrite the key with AES",
        },
    ),
    (
        "1.3.132.1.12",
        Known {
            name: "an elliptic-curve key restricted to agreement",
            note: "id-ecDH of RFC 5480; not in this version's table",
        },
    ),
    (
        "1.2.840.113549.1.12.1",
        Known {
            name: "PKCS#12 password-based encryption",
            note: "RFC 7292; its ciphers are obsolete, rewrite the key with PBES2",
        },
    ),
    (
        "1.2.840.113549.1.5.1",
        Known {
            name: "PBES1",
            note: "RFC 8018; its ciphers are obsolete, rewrite the key with PBES2",
        },
    ),
    (
        "1.2.840.113549.1.5.3",
        Known {
            name: "PBES1",
            note: "RFC 8018; its ciphers are obsolete, rewrite the key with PBES2",
        },
    ),
    (
        "1.2.840.113549.1.5.4",
        Known {
            name: "PBES1",
            note: "RFC 8018; its ciphers are obsolete, rewrite the key with PBES2",
        },
    ),
    (
        "1.2.840.113549.1.5.6",
        Known {
            name: "PBES1",
            note: "RFC 8018; its ciphers are obsolete, rewrite the key with PBES2",
        },
    ),
    (
        "1.2.840.113549.1.5.10",
        Known {
            name: "PBES1",
            note: "RFC 8018; its ciphers are obsolete, rewrite the key with PBES2",
        },
    ),
    (
        "1.2.840.113549.1.5.11",
        Known {
            name: "PBES1",
            note: "RFC 8018; its ciphers are obsolete, rewrite the key with PBES2",
        },
    ),
];

/// An identifier for a message: its digits, and what it is if that is known.
pub(super) fn describe(oid: ObjectIdentifier) -> String {
    match known(oid) {
        Some(known) => format!("{oid} ({}; {})", known.name, known.note),
        None => oid.to_string(),
    }
}

/// The error for an identifier that is not one of ours: recognised, or unknown to everybody here.
pub(super) fn refused(what: &str, expected: &str, oid: ObjectIdentifier) -> Error {
    let code = match known(oid) {
        Some(_) => Code::Unsupported,
        None => Code::UnknownIdentifier,
    };
    Error::new(code, what).expected(expected).got(describe(oid))
}

/// What is known about an identifier that is not in the table.
pub(super) fn known(oid: ObjectIdentifier) -> Option<&'static Known> {
    let dotted = oid.to_string();
    TABLE
        .iter()
        .filter(|(prefix, _)| {
            dotted
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
        .max_by_key(|(prefix, _)| prefix.len())
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::Algorithm;

    #[test]
    fn the_longest_prefix_wins_and_arcs_do_not_run_into_each_other() {
        let name = |text| known(ObjectIdentifier::new_unwrap(text)).map(|known| known.name);
        assert_eq!(
            name("1.3.6.1.4.1.2.267.99.2.3"),
            Some("an IBM draft-era algorithm")
        );
        assert_eq!(
            name("1.3.6.1.4.1.2.267.1.6.5"),
            Some("Dilithium of round 2")
        );
        assert_eq!(
            name("1.3.6.1.4.1.2.267.11.6.5"),
            Some("Dilithium of round 3 with AES in place of SHAKE")
        );
        assert_eq!(name("1.3.6.1.5.5.7.6.34"), Some("XMSS"));
        assert_eq!(name("1.3.99990"), None);
        assert_eq!(
            name("2.16.840.1.114027.80.8.1.28"),
            Some("a composite of an earlier draft of composite ML-DSA")
        );
    }

    #[test]
    fn nothing_here_is_in_the_algorithm_table() {
        for algorithm in Algorithm::ALL {
            let oid = algorithm.info().oid.to_string();
            assert!(TABLE.iter().all(|(known, _)| *known != oid), "{algorithm}");
        }
    }
}
