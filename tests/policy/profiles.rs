//! What the built-in profiles allow, for every algorithm, use and date: by hand.

use std::collections::BTreeSet;

use chop::policy::{Policy, Profile, Use};
use chop::{Algorithm, Time};

use super::{algorithm, request};

/// Every algorithm of the table. A new row belongs to one of these, or to a group of its own.
const GROUPS: &[(&str, &[&str])] = &[
    ("CNSA 2.0", &["ML-KEM-1024", "ML-DSA-87"]),
    (
        "smaller lattices",
        &["ML-KEM-512", "ML-KEM-768", "ML-DSA-44", "ML-DSA-65"],
    ),
    (
        "SLH-DSA",
        &[
            "SLH-DSA-SHA2-128s",
            "SLH-DSA-SHA2-128f",
            "SLH-DSA-SHA2-192s",
            "SLH-DSA-SHA2-192f",
            "SLH-DSA-SHA2-256s",
            "SLH-DSA-SHA2-256f",
            "SLH-DSA-SHAKE-128s",
            "SLH-DSA-SHAKE-128f",
            "SLH-DSA-SHAKE-192s",
            "SLH-DSA-SHAKE-192f",
            "SLH-DSA-SHAKE-256s",
            "SLH-DSA-SHAKE-256f",
        ],
    ),
    (
        "hybrids that sign",
        &[
            "MLDSA44-RSA2048-PSS-SHA256",
            "MLDSA44-RSA2048-PKCS15-SHA256",
            "MLDSA44-Ed25519-SHA512",
            "MLDSA44-ECDSA-P256-SHA256",
            "MLDSA65-RSA3072-PSS-SHA512",
            "MLDSA65-RSA3072-PKCS15-SHA512",
            "MLDSA65-RSA4096-PSS-SHA512",
            "MLDSA65-RSA4096-PKCS15-SHA512",
            "MLDSA65-ECDSA-P256-SHA512",
            "MLDSA65-ECDSA-P384-SHA512",
            "MLDSA65-ECDSA-brainpoolP256r1-SHA512",
            "MLDSA65-Ed25519-SHA512",
            "MLDSA87-ECDSA-P384-SHA512",
            "MLDSA87-ECDSA-brainpoolP384r1-SHA512",
            "MLDSA87-Ed448-SHAKE256",
            "MLDSA87-RSA3072-PSS-SHA512",
            "MLDSA87-RSA4096-PSS-SHA512",
            "MLDSA87-ECDSA-P521-SHA512",
        ],
    ),
    (
        "hybrids that receive",
        &[
            "MLKEM768-RSA2048-SHA3-256",
            "MLKEM768-RSA3072-SHA3-256",
            "MLKEM768-RSA4096-SHA3-256",
            "MLKEM768-X25519-SHA3-256",
            "MLKEM768-ECDH-P256-SHA3-256",
            "MLKEM768-ECDH-P384-SHA3-256",
            "MLKEM768-ECDH-brainpoolP256r1-SHA3-256",
            "MLKEM1024-RSA3072-SHA3-256",
            "MLKEM1024-ECDH-P384-SHA3-256",
            "MLKEM1024-ECDH-brainpoolP384r1-SHA3-256",
            "MLKEM1024-X448-SHA3-256",
            "MLKEM1024-ECDH-P521-SHA3-256",
            "X-Wing",
        ],
    ),
    (
        "CNSA 1.0",
        &["ECDSA-P384-SHA384", "ECDH-P384", "RSA-3072", "RSA-4096"],
    ),
    (
        "other classical",
        &[
            "Ed25519",
            "ECDSA-P256-SHA256",
            "ECDSA-P521-SHA512",
            "X25519",
            "ECDH-P256",
            "ECDH-P521",
            "RSA-2048",
        ],
    ),
    (
        "legacy",
        &[
            "Kyber512-R3",
            "Kyber768-R3",
            "Kyber1024-R3",
            "Kyber512-draft",
            "Kyber768-draft",
            "Kyber1024-draft",
            "Dilithium2-R3",
            "Dilithium3-R3",
            "Dilithium5-R3",
            "Dilithium2-draft",
            "Dilithium3-draft",
            "Dilithium5-draft",
        ],
    ),
];

const DATES: [&str; 4] = [
    "2026-11-24T00:00:00Z",
    "2030-01-01T00:00:00Z",
    "2035-12-31T23:59:59Z",
    "2036-01-01T00:00:00Z",
];

/// generate, import, sign, verify, receive, open: (a)llowed, (w)arned about, (r)efused.
type Letters = &'static str;

/// A profile and, for each group in their order, the letters at each date.
type Table = (Profile, [[Letters; 4]; 8]);

const ALLOWED: [Letters; 4] = ["aaaaaa"; 4];
const REFUSED: [Letters; 4] = ["rrrrrr"; 4];
const WARNED: [Letters; 4] = ["wwwawa"; 4];
const MARKED: [Letters; 4] = ["rwrwrw"; 4];
const READ_TO_2035: [Letters; 4] = ["rarara", "rarara", "rarara", "rrrrrr"];

const TABLES: &[Table] = &[
    (
        Profile::Hybrid2026,
        [
            ALLOWED, ALLOWED, ALLOWED, ALLOWED, ALLOWED, WARNED, WARNED, REFUSED,
        ],
    ),
    (
        Profile::Cnsa2,
        [
            ALLOWED,
            REFUSED,
            REFUSED,
            REFUSED,
            REFUSED,
            READ_TO_2035,
            REFUSED,
            REFUSED,
        ],
    ),
    (
        Profile::PqOnly,
        [
            ALLOWED, ALLOWED, ALLOWED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED,
        ],
    ),
    (
        Profile::LegacyRead,
        [
            ALLOWED, ALLOWED, ALLOWED, ALLOWED, ALLOWED, WARNED, WARNED, MARKED,
        ],
    ),
];

/// A profile and what it chooses for signing and for receiving, at every date.
const CHOICES: &[(Profile, &[&str], &[&str])] = &[
    (
        Profile::Hybrid2026,
        &["MLDSA65-ECDSA-P256-SHA512", "MLDSA87-ECDSA-P384-SHA512"],
        &["X-Wing", "MLKEM1024-ECDH-P384-SHA3-256"],
    ),
    (Profile::Cnsa2, &["ML-DSA-87"], &["ML-KEM-1024"]),
    (
        Profile::PqOnly,
        &["ML-DSA-65", "ML-DSA-87"],
        &["ML-KEM-768", "ML-KEM-1024"],
    ),
    (
        Profile::LegacyRead,
        &["MLDSA65-ECDSA-P256-SHA512", "MLDSA87-ECDSA-P384-SHA512"],
        &["X-Wing", "MLKEM1024-ECDH-P384-SHA3-256"],
    ),
];

fn dates() -> [Time; 4] {
    DATES.map(|date| date.parse().unwrap())
}

#[test]
fn every_algorithm_stands_in_one_group() {
    let listed: Vec<&str> = GROUPS
        .iter()
        .flat_map(|(_, names)| *names)
        .copied()
        .collect();
    let set: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(set.len(), listed.len(), "an algorithm stands in two groups");
    let table: BTreeSet<&str> = Algorithm::ALL.iter().map(|row| row.name()).collect();
    assert_eq!(set, table);
}

#[test]
fn each_profile_allows_warns_and_refuses_as_its_table_says() {
    let profiles: Vec<Profile> = TABLES.iter().map(|(profile, _)| *profile).collect();
    assert_eq!(profiles, Profile::ALL);
    for (profile, table) in TABLES {
        let policy = Policy::built_in(*profile);
        for ((group, names), letters) in GROUPS.iter().zip(table) {
            for name in *names {
                for (at, expected) in dates().into_iter().zip(letters) {
                    let mut found = String::new();
                    for purpose in Use::ALL.iter().copied() {
                        let request = request(algorithm(name), purpose, at);
                        let refused = !policy.refusals(&request).is_empty();
                        let warned = !policy.warnings(&request).is_empty();
                        found.push(match (refused, warned) {
                            (true, _) => 'r',
                            (false, true) => 'w',
                            (false, false) => 'a',
                        });
                    }
                    assert_eq!(found, *expected, "{policy:?}: {group}: {name} at {at}");
                }
            }
        }
    }
}

#[test]
fn each_profile_chooses_what_it_allows_to_be_made_and_used() {
    assert_eq!(CHOICES.len(), Profile::ALL.len());
    for (profile, sign, receive) in CHOICES {
        let policy = Policy::built_in(*profile);
        for at in dates() {
            for (purpose, other, names) in [
                (Use::Sign, Use::Verify, sign),
                (Use::Receive, Use::Open, receive),
            ] {
                let chosen = policy.choices(purpose, at, None).unwrap();
                let found: Vec<_> = chosen.iter().map(|chosen| chosen.name()).collect();
                assert_eq!(found, *names, "{policy:?}");
                for chosen in chosen {
                    for needed in [Use::Generate, Use::Import, purpose, other] {
                        let request = request(chosen, needed, at);
                        assert_eq!(policy.refusals(&request), []);
                        assert_eq!(policy.warnings(&request), [""; 0]);
                    }
                }
            }
        }
    }
}

#[test]
fn each_profile_has_its_own_name_and_nothing_to_remark() {
    for profile in Profile::ALL.iter().copied() {
        let policy = Policy::built_in(profile);
        assert_eq!(policy.name(), profile.name());
        assert_eq!(Profile::from_name(profile.name()), Some(profile));
        assert_eq!(policy.remarks(), [""; 0]);
    }
    assert_eq!(Profile::from_name("hybrid"), None);
}
