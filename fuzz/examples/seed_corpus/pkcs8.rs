//! Private keys in DER.

use std::io;

use chop::Algorithm;

use crate::Corpus;
use crate::keys::*;
use crate::structures::*;

pub(crate) fn pkcs8() -> io::Result<()> {
    let corpus = Corpus::of("pkcs8")?;
    for algorithm in distinct().filter(|algorithm| !is_slow(*algorithm)) {
        for form in algorithm.info().forms() {
            let name = format!("{}-{form}", file_name(algorithm));
            corpus.add(&name, pkcs8_der(algorithm, *form))?;
        }
    }
    foreign(&corpus)?;
    containers(&corpus)?;
    broken_forms(&corpus)?;
    elliptic(&corpus)
}

/// Encodings that other software writes.
fn foreign(corpus: &Corpus) -> io::Result<()> {
    for algorithm in [Algorithm::MlKem512, Algorithm::MlDsa44] {
        let (identifier, name) = (identifier_of(algorithm), file_name(algorithm));
        let (seed, expanded) = (seed(algorithm), expanded(algorithm));
        let pair = [expanded.as_slice(), public(algorithm).as_bytes()].concat();
        for (layout, contents) in [
            ("bare-seed", seed.clone()),
            ("wrapped-seed", tlv(OCTET_STRING, &[&seed])),
            ("bare-expanded", expanded),
            ("oqs-pair", tlv(OCTET_STRING, &[&pair])),
            ("bare-pair", pair),
        ] {
            corpus.add(
                &format!("{name}-{layout}"),
                private_key_info(&identifier, &contents),
            )?;
        }
    }
    let algorithm = Algorithm::SlhDsaShake128f;
    let (identifier, expanded) = (identifier_of(algorithm), expanded(algorithm));
    let pair = [expanded.as_slice(), public(algorithm).as_bytes()].concat();
    for (layout, contents) in [("wrapped-expanded", &expanded), ("oqs-pair", &pair)] {
        let contents = tlv(OCTET_STRING, &[contents]);
        let name = format!("{}-{layout}", file_name(algorithm));
        corpus.add(&name, private_key_info(&identifier, &contents))?;
    }
    corpus.add("ed25519-bare-seed", {
        private_key_info(
            &identifier_of(Algorithm::Ed25519),
            &seed(Algorithm::Ed25519),
        )
    })
}

/// What may stand around the key, and what may not.
fn containers(corpus: &Corpus) -> io::Result<()> {
    let algorithm = Algorithm::Ed25519;
    let identifier = identifier_of(algorithm);
    let contents = tlv(OCTET_STRING, &[&tlv(OCTET_STRING, &[&seed(algorithm)])]);
    let own = public(algorithm);
    let beside = |bytes: &[u8]| tlv(0x81, &[&[0], bytes]);
    let attributes = tlv(0xa0, &[]);
    let info = |parts: &[&[u8]]| tlv(SEQUENCE, parts);
    let plain = info(&[&integer(0), &identifier, &contents]);
    corpus.add("v2-public", {
        info(&[&integer(1), &identifier, &contents, &beside(own.as_bytes())])
    })?;
    corpus.add("v2-another-public", {
        info(&[&integer(1), &identifier, &contents, &beside(&[9; 32])])
    })?;
    corpus.add("v2-no-public", info(&[&integer(1), &identifier, &contents]))?;
    corpus.add("v1-public", {
        info(&[&integer(0), &identifier, &contents, &beside(own.as_bytes())])
    })?;
    corpus.add(
        "v1-attributes",
        info(&[&integer(0), &identifier, &contents, &attributes]),
    )?;
    corpus.add("v2-attributes-public", {
        info(&[
            &integer(1),
            &identifier,
            &contents,
            &attributes,
            &beside(own.as_bytes()),
        ])
    })?;
    corpus.add("v1-extension", {
        info(&[&integer(0), &identifier, &contents, &tlv(0xa2, &[NULL])])
    })?;
    corpus.add("v3", info(&[&integer(2), &identifier, &contents]))?;
    corpus.add("trailing-byte", [plain.as_slice(), &[0]].concat())?;
    corpus.add("truncated", &plain[..plain.len() - 1])?;
    // The same SEQUENCE with a length that is too long for what it says, and with none.
    corpus.add("long-length", [&[SEQUENCE, 0x81], &plain[1..]].concat())?;
    corpus.add(
        "indefinite-length",
        [&[SEQUENCE, 0x80], &plain[2..], &[0, 0]].concat(),
    )?;
    for (name, oid, parameters) in [
        ("parameters-null", algorithm.info().oid.as_bytes(), NULL),
        ("rsassa-pss", RSASSA_PSS, NULL),
        ("hash-ml-dsa", HASH_ML_DSA_65, &[]),
        ("dilithium3", DILITHIUM3, &[]),
        ("unknown-oid", &[0x2a, 0x03, 0x04], &[]),
    ] {
        corpus.add(
            name,
            info(&[&integer(0), &self::identifier(oid, parameters), &contents]),
        )?;
    }
    let rsa = expanded(Algorithm::Rsa2048);
    let no_parameters = self::identifier(Algorithm::Rsa2048.info().oid.as_bytes(), &[]);
    corpus.add("rsa-no-parameters", private_key_info(&no_parameters, &rsa))?;
    corpus.add("pkcs1", &rsa)?;
    corpus.add("public-key", own.to_spki_der())
}

/// Post-quantum keys whose parts disagree.
fn broken_forms(corpus: &Corpus) -> io::Result<()> {
    for algorithm in [Algorithm::MlKem768, Algorithm::MlDsa65] {
        let (identifier, name) = (identifier_of(algorithm), file_name(algorithm));
        let (seed, expanded) = (seed(algorithm), expanded(algorithm));
        let other = vec![7; seed.len()];
        let both = |seed: &[u8], expanded: &[u8]| {
            let parts = [tlv(OCTET_STRING, &[seed]), tlv(OCTET_STRING, &[expanded])].concat();
            private_key_info(&identifier, &tlv(SEQUENCE, &[&parts]))
        };
        corpus.add(&format!("{name}-both-differ"), both(&other, &expanded))?;
        // The first byte is of the secret vector, the last of z: of a hash, of a rounding part.
        for (what, at) in [
            ("first", 0),
            ("middle", expanded.len() / 2),
            ("last", expanded.len() - 1),
        ] {
            let mut altered = expanded.clone();
            altered[at] ^= 1;
            let contents = tlv(OCTET_STRING, &[&altered]);
            corpus.add(
                &format!("{name}-altered-{what}"),
                private_key_info(&identifier, &contents),
            )?;
        }
        corpus.add(&format!("{name}-seed-too-long"), {
            private_key_info(&identifier, &tlv(0x80, &[&seed, &[0]]))
        })?;
    }
    // All twelve bits of the first two coefficients.
    let algorithm = Algorithm::MlKem512;
    let mut above_q = expanded(algorithm);
    above_q[..3].fill(0xff);
    corpus.add("ml-kem-512-above-q", {
        private_key_info(&identifier_of(algorithm), &tlv(OCTET_STRING, &[&above_q]))
    })?;
    let algorithm = Algorithm::SlhDsaSha2128f;
    let mut altered = expanded(algorithm);
    altered[63] ^= 1;
    corpus.add(
        "slh-dsa-altered-root",
        private_key_info(&identifier_of(algorithm), &altered),
    )
}

fn elliptic(corpus: &Corpus) -> io::Result<()> {
    for algorithm in [
        Algorithm::EcdsaP256Sha256,
        Algorithm::EcdsaP384Sha384,
        Algorithm::EcdsaP521Sha512,
    ] {
        let info = algorithm.info();
        let name = file_name(algorithm);
        let curve = tlv(OID, &[info.curve.expect("has one").as_bytes()]);
        let scalar = expanded(algorithm);
        let own = tlv(0xa1, &[&bit_string(public(algorithm).as_bytes())]);
        let named = tlv(0xa0, &[&curve]);
        let agree = identifier(ID_EC_DH, &curve);
        corpus.add(&format!("{name}-ecdh"), {
            private_key_info(&agree, &ec_private_key(1, &scalar, &[&own]))
        })?;
        corpus.add(
            &format!("{name}-sec1"),
            ec_private_key(1, &scalar, &[&named, &own]),
        )?;
    }
    let algorithm = Algorithm::EcdsaP256Sha256;
    let identifier = identifier_of(algorithm);
    let scalar = expanded(algorithm);
    let own = tlv(0xa1, &[&bit_string(public(algorithm).as_bytes())]);
    let other = tlv(0xa1, &[&bit_string(&[4; 65])]);
    let curve = |algorithm: Algorithm| {
        tlv(
            0xa0,
            &[&tlv(
                OID,
                &[algorithm.info().curve.expect("has one").as_bytes()],
            )],
        )
    };
    for (name, contents) in [
        ("ec-no-public", ec_private_key(1, &scalar, &[])),
        (
            "ec-curve-twice",
            ec_private_key(1, &scalar, &[&curve(algorithm), &own]),
        ),
        (
            "ec-two-curves",
            ec_private_key(1, &scalar, &[&curve(Algorithm::EcdsaP384Sha384), &own]),
        ),
        ("ec-another-public", ec_private_key(1, &scalar, &[&other])),
        ("ec-version-2", ec_private_key(2, &scalar, &[&own])),
        ("ec-short-scalar", ec_private_key(1, &scalar[1..], &[])),
        ("ec-zero", ec_private_key(1, &[0; 32], &[])),
        ("ec-above-order", ec_private_key(1, &[0xff; 32], &[])),
    ] {
        corpus.add(name, private_key_info(&identifier, &contents))?;
    }
    let foreign = self::identifier(ID_EC_PUBLIC_KEY, &tlv(OID, &[SECP256K1]));
    corpus.add(
        "ec-secp256k1",
        private_key_info(&foreign, &ec_private_key(1, &scalar, &[])),
    )
}
