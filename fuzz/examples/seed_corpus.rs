//! Writes the committed corpus and the dictionaries: `cargo run --release --example seed_corpus` in `fuzz/`.
//!
//! Every run writes the same bytes. Keys come from fixed seeds and from the three RSA keys of the
//! repository that were made for tests; none of them protects anything. The directories of the
//! corpus are emptied first, so a finding that is to stay belongs into this file.

use std::fs;
use std::io;
use std::path::Path;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use chop::algorithm::Kind;
use chop::{Algorithm, Form, PrivateKey, PublicKey, SecretBytes};
use chop_fuzz::encrypted_pkcs8::PASSPHRASE;
use chop_fuzz::sign_verify::{ALGORITHMS, CASES};
use pkcs8::der::Encode;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{
    EncryptionScheme as Cipher, Kdf, Parameters, Pbkdf2Params, Pbkdf2Prf, Salt, ScryptParams,
};

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const NULL: &[u8] = &[0x05, 0x00];

/// Object identifiers of near misses, contents alone.
const ID_EC_DH: &[u8] = &[0x2b, 0x81, 0x04, 0x01, 0x0c];
const ID_EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const SECP256K1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x0a];
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const HASH_ML_DSA_65: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x21];
const DILITHIUM3: &[u8] = &[
    0x2b, 0x06, 0x01, 0x04, 0x01, 0x02, 0x82, 0x0b, 0x07, 0x06, 0x05,
];
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

/// The files of one target.
struct Corpus(&'static str);

impl Corpus {
    /// Empties the directory of `target`.
    fn of(target: &'static str) -> io::Result<Self> {
        let corpus = Self(target);
        match fs::remove_dir_all(corpus.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir_all(corpus.path())?;
        Ok(corpus)
    }

    fn path(&self) -> String {
        format!("{}/corpus/{}", env!("CARGO_MANIFEST_DIR"), self.0)
    }

    fn add(&self, name: &str, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let path = format!("{}/{name}", self.path());
        assert!(!Path::new(&path).exists(), "{path} twice");
        fs::write(path, bytes)
    }
}

fn main() -> io::Result<()> {
    pkcs8()?;
    encrypted_pkcs8()?;
    spki()?;
    pem()?;
    raw()?;
    jwk()?;
    inspect()?;
    sign_verify()?;
    arguments()?;
    dictionaries()
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
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

fn integer(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeroes = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
    let sign: &[u8] = if bytes[zeroes] >= 0x80 { &[0] } else { &[] };
    tlv(INTEGER, &[sign, &bytes[zeroes..]])
}

fn identifier(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[&tlv(OID, &[oid]), parameters])
}

/// A version 1 PrivateKeyInfo.
fn private_key_info(algorithm: &[u8], contents: &[u8]) -> Vec<u8> {
    tlv(
        SEQUENCE,
        &[&integer(0), algorithm, &tlv(OCTET_STRING, &[contents])],
    )
}

fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[0], bytes])
}

/// The AlgorithmIdentifier of a row, as it stands in its SubjectPublicKeyInfo.
fn identifier_of(algorithm: Algorithm) -> Vec<u8> {
    let info = algorithm.info();
    let parameters = match info.curve {
        Some(curve) => tlv(OID, &[curve.as_bytes()]),
        None if info.standard == "RFC 8017" => NULL.to_vec(),
        None => Vec::new(),
    };
    identifier(info.oid.as_bytes(), &parameters)
}

fn file_name(algorithm: Algorithm) -> String {
    algorithm.name().to_lowercase()
}

fn counting(len: usize) -> SecretBytes {
    let mut bytes = SecretBytes::zeroed(len);
    // Begins with zero, which keeps scalars below the order of every curve.
    for (byte, value) in bytes.expose_mut().iter_mut().zip((0..=u8::MAX).cycle()) {
        *byte = value;
    }
    bytes
}

/// The fixed key of an algorithm.
fn key(algorithm: Algorithm) -> PrivateKey {
    let info = algorithm.info();
    let rsa = |der: &[u8]| PrivateKey::from_expanded(algorithm, SecretBytes::copy_of(der));
    let made = match (algorithm, info.seed, info.expanded) {
        (Algorithm::Rsa2048, ..) => rsa(include_bytes!("../../src/backend/self_test_rsa.der")),
        (Algorithm::Rsa3072, ..) => rsa(include_bytes!("../keys/rsa-3072.der")),
        (Algorithm::Rsa4096, ..) => rsa(include_bytes!("../keys/rsa-4096.der")),
        (_, Some(len), _) => PrivateKey::from_seed(algorithm, counting(len)),
        (_, None, size) => {
            let len = size.expect("a form at least").max();
            if info.standard == "FIPS 205" {
                let (seed, n) = (counting(len), len / 4);
                let part = |i: usize| &seed.expose()[i * n..(i + 1) * n];
                chop::testing::slh_dsa_key(algorithm, part(0), part(1), part(2))
            } else {
                PrivateKey::from_expanded(algorithm, counting(len))
            }
        }
    };
    made.unwrap_or_else(|error| panic!("{algorithm}: {error}"))
}

fn public(algorithm: Algorithm) -> PublicKey {
    key(algorithm).public_key()
}

fn pkcs8_der(algorithm: Algorithm, form: Form) -> Vec<u8> {
    let der = key(algorithm).to_pkcs8_der(form);
    der.expect("a form of the table").expose().to_vec()
}

fn expanded(algorithm: Algorithm) -> Vec<u8> {
    key(algorithm)
        .expanded()
        .expect("has one")
        .expose()
        .to_vec()
}

fn seed(algorithm: Algorithm) -> Vec<u8> {
    key(algorithm).seed().expect("has one").expose().to_vec()
}

/// Algorithms whose keys have an encoding of their own: not the twins on the NIST curves.
fn distinct() -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL
        .iter()
        .copied()
        .filter(|algorithm| algorithm.info().kind == Kind::Signature || algorithm.twin().is_none())
}

/// Expanding an "s" set of SLH-DSA takes so long that a corpus with all six fuzzes little else.
fn is_slow(algorithm: Algorithm) -> bool {
    let name = algorithm.name();
    name.starts_with("SLH-DSA") && name.ends_with('s') && algorithm != Algorithm::SlhDsaSha2128s
}

/// ECPrivateKey of RFC 5915 with what stands in it chosen.
fn ec_private_key(version: u64, scalar: &[u8], rest: &[&[u8]]) -> Vec<u8> {
    tlv(
        SEQUENCE,
        &[
            &integer(version),
            &tlv(OCTET_STRING, &[scalar]),
            &rest.concat(),
        ],
    )
}

fn pkcs8() -> io::Result<()> {
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

fn salt() -> Salt {
    Salt::new([1; 16]).expect("16 bytes fit")
}

fn pbkdf2(prf: Pbkdf2Prf, iteration_count: u32, key_length: Option<u16>) -> Kdf {
    Kdf::Pbkdf2(Pbkdf2Params {
        salt: salt(),
        iteration_count,
        key_length,
        prf,
    })
}

fn scrypt(cost_parameter: u64, block_size: u16, parallelization: u16) -> Kdf {
    Kdf::Scrypt(ScryptParams {
        salt: salt(),
        cost_parameter,
        block_size,
        parallelization,
        key_length: None,
    })
}

fn encrypted(kdf: Kdf, encryption: Cipher, plain: &[u8]) -> Vec<u8> {
    let parameters = Parameters { kdf, encryption };
    let data = parameters
        .encrypt(PASSPHRASE, plain)
        .expect("cheap and supported");
    encrypted_info(parameters, &data)
}

fn encrypted_info(parameters: Parameters, data: &[u8]) -> Vec<u8> {
    let scheme = EncryptionScheme::Pbes2(parameters)
        .to_der()
        .expect("well formed");
    tlv(SEQUENCE, &[&scheme, &tlv(OCTET_STRING, &[data])])
}

fn encrypted_pkcs8() -> io::Result<()> {
    const CBC: Cipher = Cipher::Aes256Cbc { iv: [2; 16] };
    let corpus = Corpus::of("encrypted_pkcs8")?;
    let plain = pkcs8_der(Algorithm::Ed25519, Form::Seed);
    for (name, prf) in [
        ("sha224", Pbkdf2Prf::HmacWithSha224),
        ("sha256", Pbkdf2Prf::HmacWithSha256),
        ("sha384", Pbkdf2Prf::HmacWithSha384),
        ("sha512", Pbkdf2Prf::HmacWithSha512),
    ] {
        corpus.add(
            &format!("pbkdf2-{name}"),
            encrypted(pbkdf2(prf, 10, None), CBC, &plain),
        )?;
    }
    let sha256 = |iterations, key_length| pbkdf2(Pbkdf2Prf::HmacWithSha256, iterations, key_length);
    for (name, cipher) in [
        ("aes-128-cbc", Cipher::Aes128Cbc { iv: [2; 16] }),
        ("aes-192-cbc", Cipher::Aes192Cbc { iv: [2; 16] }),
        ("aes-128-gcm", Cipher::Aes128Gcm { nonce: [2; 12] }),
        ("aes-256-gcm", Cipher::Aes256Gcm { nonce: [2; 12] }),
    ] {
        corpus.add(name, encrypted(sha256(1, None), cipher, &plain))?;
    }
    corpus.add("key-length", encrypted(sha256(1, Some(32)), CBC, &plain))?;
    corpus.add("scrypt", encrypted(scrypt(16, 8, 1), CBC, &plain))?;
    corpus.add("scrypt-parallel", encrypted(scrypt(2, 1, 20), CBC, &plain))?;
    for algorithm in [
        Algorithm::MlDsa44,
        Algorithm::MlKem512,
        Algorithm::EcdsaP256Sha256,
        Algorithm::Rsa2048,
    ] {
        let form = algorithm.info().forms()[0];
        let der = encrypted(sha256(1, None), CBC, &pkcs8_der(algorithm, form));
        corpus.add(&file_name(algorithm), der)?;
    }
    let both = pkcs8_der(Algorithm::MlDsa44, Form::Both);
    corpus.add("ml-dsa-44-both", encrypted(sha256(1, None), CBC, &both))?;

    // What opens and holds something else.
    let public = public(Algorithm::Ed25519).to_spki_der();
    corpus.add("inside-public", encrypted(sha256(1, None), CBC, &public))?;
    corpus.add("inside-nothing", encrypted(sha256(1, None), CBC, &[]))?;
    let nested = encrypted(sha256(1, None), CBC, &plain);
    corpus.add("inside-encrypted", encrypted(sha256(1, None), CBC, &nested))?;

    // What does not open: costs, contradictions, other schemes. The data is never looked at.
    let data = [3; 64];
    for (name, kdf) in [
        ("iterations-zero", sha256(0, None)),
        ("iterations-over-cap", sha256(10_000_001, None)),
        ("iterations-most", sha256(u32::MAX, None)),
        ("key-length-wrong", sha256(1, Some(16))),
        ("sha1", pbkdf2(Pbkdf2Prf::HmacWithSha1, 1, None)),
        ("scrypt-n-zero", scrypt(0, 8, 1)),
        ("scrypt-n-one", scrypt(1, 8, 1)),
        ("scrypt-n-odd", scrypt(3, 8, 1)),
        ("scrypt-n-most", scrypt(u64::MAX, 8, 1)),
        ("scrypt-r-zero", scrypt(16, 0, 1)),
        ("scrypt-p-zero", scrypt(16, 8, 0)),
        ("scrypt-over-memory", scrypt(1 << 18, 16, 1)),
        ("scrypt-over-work", scrypt(1 << 14, 8, 200)),
        ("scrypt-over-memory-by-p", scrypt(2, 128, u16::MAX)),
    ] {
        corpus.add(
            name,
            encrypted_info(
                Parameters {
                    kdf,
                    encryption: CBC,
                },
                &data,
            ),
        )?;
    }
    let kdf = || sha256(1, None);
    let short = Parameters {
        kdf: kdf(),
        encryption: CBC,
    };
    corpus.add("no-data", encrypted_info(short, &[]))?;
    let partial = Parameters {
        kdf: kdf(),
        encryption: CBC,
    };
    corpus.add("partial-block", encrypted_info(partial, &data[..17]))?;
    let tagless = Parameters {
        kdf: kdf(),
        encryption: Cipher::Aes256Gcm { nonce: [2; 12] },
    };
    corpus.add("gcm-no-tag", encrypted_info(tagless, &data[..15]))?;
    let mut altered = encrypted(kdf(), CBC, &plain);
    *altered.last_mut().expect("not empty") ^= 1;
    corpus.add("altered", altered)?;
    // pbeWithMD5AndDES-CBC, RFC 8018 appendix A.3.
    let pbes1 = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x03];
    let parameters = tlv(SEQUENCE, &[&tlv(OCTET_STRING, &[&[1; 8]]), &integer(1)]);
    corpus.add("pbes1", {
        tlv(
            SEQUENCE,
            &[
                &identifier(pbes1, &parameters),
                &tlv(OCTET_STRING, &[&data]),
            ],
        )
    })
}

fn spki() -> io::Result<()> {
    let corpus = Corpus::of("spki")?;
    for algorithm in distinct() {
        corpus.add(&file_name(algorithm), public(algorithm).to_spki_der())?;
    }
    let info =
        |identifier: &[u8], bits: &[u8]| tlv(SEQUENCE, &[identifier, &tlv(BIT_STRING, &[bits])]);
    let whole = |algorithm: Algorithm, bytes: &[u8]| {
        info(&identifier_of(algorithm), &[&[0], bytes].concat())
    };
    for algorithm in [
        Algorithm::EcdhP256,
        Algorithm::EcdhP384,
        Algorithm::EcdhP521,
    ] {
        let curve = tlv(OID, &[algorithm.info().curve.expect("has one").as_bytes()]);
        let bits = [&[0], public(algorithm).as_bytes()].concat();
        corpus.add(
            &format!("{}-id-ecdh", file_name(algorithm)),
            info(&identifier(ID_EC_DH, &curve), &bits),
        )?;
    }
    let p256 = public(Algorithm::EcdsaP256Sha256);
    let (x, y) = p256.as_bytes()[1..].split_at(32);
    for (name, point) in [
        ("p256-compressed", [&[2], x].concat()),
        ("p256-hybrid", [&[6], x, y].concat()),
        ("p256-off-curve", [&[4], x, x].concat()),
        ("p256-infinity", vec![0]),
        ("p256-zeroes", [&[4], [0; 64].as_slice()].concat()),
    ] {
        corpus.add(name, whole(Algorithm::EcdsaP256Sha256, &point))?;
    }
    let mut above_q = public(Algorithm::MlKem768).as_bytes().to_vec();
    above_q[..3].fill(0xff);
    corpus.add("ml-kem-768-above-q", whole(Algorithm::MlKem768, &above_q))?;
    corpus.add(
        "ml-kem-768-short",
        whole(Algorithm::MlKem768, &above_q[1..]),
    )?;
    corpus.add("ml-dsa-44-zeroes", whole(Algorithm::MlDsa44, &[0; 1312]))?;
    // The identity, encoded: order one on both curves.
    corpus.add(
        "ed25519-small-order",
        whole(Algorithm::Ed25519, &counting_one()),
    )?;
    corpus.add("ed25519-no-point", whole(Algorithm::Ed25519, &[0xff; 32]))?;
    corpus.add("x25519-small-order", whole(Algorithm::X25519, &[0; 32]))?;

    let rsa = |modulus: &[u8], exponent: &[u8]| {
        let bits = tlv(
            SEQUENCE,
            &[&tlv(INTEGER, &[modulus]), &tlv(INTEGER, &[exponent])],
        );
        whole(Algorithm::Rsa2048, &bits)
    };
    let odd = |len: usize| [&[0][..], &vec![0xff; len]].concat();
    let even = [&odd(255)[..], &[0xfe]].concat();
    for (name, der) in [
        ("rsa-2048-ones", rsa(&odd(256), &[1, 0, 1])),
        ("rsa-1024", rsa(&odd(128), &[3])),
        ("rsa-8192", rsa(&odd(1024), &[3])),
        ("rsa-even-modulus", rsa(&even, &[1, 0, 1])),
        ("rsa-exponent-one", rsa(&odd(256), &[1])),
        ("rsa-exponent-even", rsa(&odd(256), &[2])),
        ("rsa-exponent-negative", rsa(&odd(256), &[0x81])),
        ("rsa-modulus-negative", rsa(&[0xff; 256], &[3])),
        (
            "rsa-modulus-padded",
            rsa(&[&[0], odd(256).as_slice()].concat(), &[3]),
        ),
    ] {
        corpus.add(name, der)?;
    }

    let ed25519 = public(Algorithm::Ed25519);
    let plain = ed25519.to_spki_der();
    let oid = Algorithm::Ed25519.info().oid;
    let with = |oid: &[u8], parameters: &[u8]| {
        info(
            &identifier(oid, parameters),
            &[&[0], ed25519.as_bytes()].concat(),
        )
    };
    corpus.add("parameters-null", with(oid.as_bytes(), NULL))?;
    corpus.add("rsassa-pss", with(RSASSA_PSS, NULL))?;
    corpus.add("hash-ml-dsa", with(HASH_ML_DSA_65, &[]))?;
    corpus.add("dilithium3", with(DILITHIUM3, &[]))?;
    corpus.add("unknown-oid", with(&[0x2a, 0x03, 0x04], &[]))?;
    corpus.add("secp256k1", with(ID_EC_PUBLIC_KEY, &tlv(OID, &[SECP256K1])))?;
    corpus.add("unused-bits", {
        info(
            &identifier_of(Algorithm::Ed25519),
            &[&[1], ed25519.as_bytes()].concat(),
        )
    })?;
    corpus.add("trailing-byte", [plain.as_slice(), &[0]].concat())?;
    corpus.add("truncated", &plain[..plain.len() - 1])?;
    corpus.add("long-length", [&[SEQUENCE, 0x81], &plain[1..]].concat())?;
    corpus.add("private-key", pkcs8_der(Algorithm::Ed25519, Form::Seed))
}

fn counting_one() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
}

/// A PEM block with lines of `width` characters that end as said.
fn block(label: &str, der: &[u8], width: usize, eol: &str) -> String {
    let text = Base64::encode_string(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(width)
        .map(|line| std::str::from_utf8(line).expect("base64"))
        .collect();
    let body = lines.join(eol);
    format!("-----BEGIN {label}-----{eol}{body}{eol}-----END {label}-----{eol}")
}

fn usual_block(label: &str, der: &[u8]) -> String {
    block(label, der, 64, "\n")
}

fn pem() -> io::Result<()> {
    let corpus = Corpus::of("pem")?;
    let private = pkcs8_der(Algorithm::Ed25519, Form::Seed);
    let public = public(Algorithm::Ed25519).to_spki_der();
    for algorithm in [
        Algorithm::MlKem768,
        Algorithm::MlDsa65,
        Algorithm::SlhDsaSha2128f,
        Algorithm::Ed25519,
        Algorithm::X25519,
        Algorithm::EcdsaP256Sha256,
        Algorithm::Rsa2048,
    ] {
        let name = file_name(algorithm);
        for form in algorithm.info().forms() {
            let text = usual_block("PRIVATE KEY", &pkcs8_der(algorithm, *form));
            corpus.add(&format!("{name}-{form}"), text)?;
        }
        let text = usual_block("PUBLIC KEY", &self::public(algorithm).to_spki_der());
        corpus.add(&format!("{name}-public"), text)?;
    }
    let algorithm = Algorithm::EcdsaP256Sha256;
    let curve = tlv(OID, &[algorithm.info().curve.expect("has one").as_bytes()]);
    let own = bit_string(self::public(algorithm).as_bytes());
    let sec1 = ec_private_key(
        1,
        &expanded(algorithm),
        &[&tlv(0xa0, &[&curve]), &tlv(0xa1, &[&own])],
    );
    let ec = usual_block("EC PRIVATE KEY", &sec1);
    let parameters = usual_block("EC PARAMETERS", &curve);
    let rsa = usual_block("RSA PRIVATE KEY", &expanded(Algorithm::Rsa2048));
    let one = usual_block("PUBLIC KEY", &public);
    let secret = usual_block("PRIVATE KEY", &private);
    let kdf = scrypt(16, 8, 1);
    let encrypted = encrypted(kdf, Cipher::Aes256Cbc { iv: [2; 16] }, &private);
    for (name, text) in [
        ("sec1", ec.clone()),
        ("sec1-parameters", format!("{parameters}{ec}")),
        ("parameters-alone", parameters),
        ("pkcs1", rsa.clone()),
        (
            "encrypted",
            usual_block("ENCRYPTED PRIVATE KEY", &encrypted),
        ),
        ("crlf", block("PUBLIC KEY", &public, 64, "\r\n")),
        ("cr", block("PUBLIC KEY", &public, 64, "\r")),
        ("wide", block("PUBLIC KEY", &public, 76, "\n")),
        ("narrow", block("PUBLIC KEY", &public, 4, "\n")),
        ("odd-width", block("PUBLIC KEY", &public, 17, "\n")),
        ("one-line", block("PRIVATE KEY", &private, 4096, "\n")),
        ("no-last-newline", one.trim_end().to_owned()),
        ("text-before", format!("issuer: nobody\n\n{one}")),
        ("text-after", format!("{one}issuer: nobody\n")),
        ("space-after", format!("{one} \n\t\n")),
        ("inside-line", format!("see {one}")),
        ("two-keys", format!("{one}{one}")),
        ("key-pair", format!("{secret}{one}")),
        ("blank-line", one.replacen("-----\n", "-----\n\n", 1)),
        ("space-in-line", one.replacen("MC", "M C", 1)),
        (
            "header",
            one.replacen("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n", 1),
        ),
        ("no-padding", rsa.replace('=', "")),
        ("padding-more", one.replacen("\n-----END", "=\n-----END", 1)),
        ("padding-inside", one.replacen("MC", "M=", 1)),
        ("url-alphabet", rsa.replace('+', "-").replace('/', "_")),
        ("another-end", one.replacen("END PUBLIC", "END PRIVATE", 1)),
        ("no-end", one.replacen("-----END", "-----BEND", 1)),
        ("no-label", one.replace(" PUBLIC KEY", " ")),
        ("lower-case", one.replace("PUBLIC KEY", "public key")),
        ("label-escape", one.replace("PUBLIC KEY", "PUB\x1b[2JLIC")),
        ("label-dash", one.replace("PUBLIC KEY", "PUB-LIC KEY")),
        (
            "label-long",
            one.replace("PUBLIC KEY", &"PUBLIC ".repeat(200)),
        ),
        (
            "openssh",
            usual_block("OPENSSH PRIVATE KEY", b"openssh-key-v1\0"),
        ),
        (
            "empty",
            "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n".to_owned(),
        ),
        ("private-as-public", usual_block("PUBLIC KEY", &private)),
        ("public-as-private", usual_block("PRIVATE KEY", &public)),
    ] {
        corpus.add(name, text)?;
    }
    Ok(())
}

fn raw() -> io::Result<()> {
    let corpus = Corpus::of("raw")?;
    for (index, algorithm) in Algorithm::ALL.iter().copied().enumerate() {
        let index = u8::try_from(index).expect("fewer rows than bytes");
        let (name, info) = (file_name(algorithm), algorithm.info());
        if info.seed.is_some() {
            corpus.add(
                &format!("{name}-seed"),
                [&[index, 0], &*seed(algorithm)].concat(),
            )?;
        }
        if info.expanded.is_some() && !is_slow(algorithm) {
            corpus.add(
                &format!("{name}-expanded"),
                [&[index, 1], &*expanded(algorithm)].concat(),
            )?;
        }
        corpus.add(
            &format!("{name}-public"),
            [&[index, 2], public(algorithm).as_bytes()].concat(),
        )?;
    }
    corpus.add("empty", [0, 0])?;
    // RSA-2048, the last row but two, as RSA-4096: right in itself, wrong in size.
    let last = u8::try_from(Algorithm::ALL.len() - 1).expect("fewer rows than bytes");
    corpus.add(
        "rsa-4096-too-short",
        [&[last, 1], &*expanded(Algorithm::Rsa2048)].concat(),
    )?;
    corpus.add(
        "rsa-4096-trailing-byte",
        [&[last, 1], &*expanded(Algorithm::Rsa4096), &[0]].concat(),
    )
}

fn jwk() -> io::Result<()> {
    let corpus = Corpus::of("jwk")?;
    for algorithm in [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87] {
        let name = file_name(algorithm);
        corpus.add(
            &format!("{name}-private"),
            key(algorithm).to_jwk().expect("has a JOSE name").expose(),
        )?;
        corpus.add(
            &format!("{name}-public"),
            public(algorithm).to_jwk().expect("has a JOSE name"),
        )?;
    }
    let algorithm = Algorithm::MlDsa44;
    let public_text = Base64UrlUnpadded::encode_string(public(algorithm).as_bytes());
    let private_text = Base64UrlUnpadded::encode_string(&seed(algorithm));
    let full = format!(
        r#"{{"kty":"AKP","alg":"ML-DSA-44","pub":"{public_text}","priv":"{private_text}"}}"#
    );
    // A public key costs a thousand characters and decides little here: most refusals come earlier.
    let short = format!(r#"{{"kty":"AKP","alg":"ML-DSA-44","pub":"","priv":"{private_text}"}}"#);
    for (name, text) in [
        (
            "more-members",
            full.replacen('{', r#"{"use":"sig","key_ops":["sign"],"n":1e400,"#, 1),
        ),
        ("spaces", full.replace(',', " ,\n\t").replace(':', " : ")),
        ("escaped", full.replacen("AKP", r"A\u004bP", 1)),
        (
            "another-public",
            full.replacen(&public_text[..1], "A", 1)
                .replace(&public_text[1..9], "AAAAAAAA"),
        ),
        ("padded", short.replacen("\"}", "=\"}", 1)),
        ("last-bits", short.replacen("8\"}", "9\"}", 1)),
        ("standard-alphabet", short.replacen("AAEC", "+/+/", 1)),
        ("short-private", short.replacen("AAEC", "", 1)),
        ("no-public", short.replacen(r#""pub":"","#, "", 1)),
        ("no-alg", short.replacen(r#""alg":"ML-DSA-44","#, "", 1)),
        ("no-kty", short.replacen(r#""kty":"AKP","#, "", 1)),
        ("another-kty", short.replacen("AKP", "OKP", 1)),
        ("another-alg", short.replacen("ML-DSA-44", "ML-DSA-45", 1)),
        ("kty-escape", short.replacen("AKP", r"\u001b[2J", 1)),
        ("kty-long", short.replacen("AKP", &"AKP".repeat(1000), 1)),
        (
            "private-twice",
            short.replacen('{', r#"{"priv":"AAAA","#, 1),
        ),
        (
            "private-null",
            short.replacen(&format!("\"{private_text}\""), "null", 1),
        ),
        (
            "private-number",
            short.replacen(&format!("\"{private_text}\""), "7", 1),
        ),
        ("trailing-comma", short.replacen('}', ",}", 1)),
        ("trailing-object", format!("{short}{short}")),
        ("truncated", short[..short.len() - 1].to_owned()),
        ("array", format!("[{short}]")),
        ("empty-object", "{}".to_owned()),
        ("deep", "{\"x\":".repeat(300)),
        ("byte-order-mark", format!("\u{feff}{short}")),
    ] {
        corpus.add(name, text)?;
    }
    corpus.add("not-utf8", b"{\"kty\":\"\xff\"}")
}

/// The outer two levels of a certificate or a request around a public key.
fn signed(before: &[&[u8]], spki: &[u8], after: &[u8]) -> Vec<u8> {
    let to_be_signed = tlv(SEQUENCE, &[&before.concat(), spki, after]);
    let algorithm = identifier_of(Algorithm::Ed25519);
    tlv(
        SEQUENCE,
        &[&to_be_signed, &algorithm, &bit_string(&[0; 64])],
    )
}

fn inspect() -> io::Result<()> {
    let corpus = Corpus::of("inspect")?;
    let algorithm = Algorithm::Ed25519;
    let spki = public(algorithm).to_spki_der();
    let empty = tlv(SEQUENCE, &[]);
    let version = tlv(0xa0, &[&integer(2)]);
    let serial = integer(7);
    let identifier = identifier_of(algorithm);
    let names: [&[u8]; 6] = [&version, &serial, &identifier, &empty, &empty, &empty];
    let certificate = signed(&names, &spki, &[]);
    let unknown = tlv(
        SEQUENCE,
        &[&self::identifier(DILITHIUM3, &[]), &bit_string(&[0; 32])],
    );
    let request = signed(&[&integer(0), &empty], &spki, &tlv(0xa0, &[]));
    let cms = tlv(
        SEQUENCE,
        &[&tlv(OID, &[SIGNED_DATA]), &tlv(0xa0, &[&empty])],
    );
    let ber = [&[SEQUENCE, 0x80], &cms[2..], &[0, 0]].concat();
    for (name, bytes) in [
        ("certificate", certificate.clone()),
        ("certificate-dilithium3", signed(&names, &unknown, &[])),
        ("certificate-v1", signed(&names[1..], &spki, &[])),
        ("certificate-broken-key", signed(&names, &empty, &[])),
        ("request", request.clone()),
        ("cms", cms.clone()),
        ("cms-ber", ber),
        ("pkcs12", tlv(SEQUENCE, &[&integer(3), &cms])),
        ("spki", spki.clone()),
        ("spki-dilithium3", unknown),
        (
            "sec1-no-curve",
            ec_private_key(1, &expanded(Algorithm::EcdsaP256Sha256), &[]),
        ),
        ("pkcs1", expanded(Algorithm::Rsa2048)),
        ("nothing", vec![0]),
        ("text", b"hello".to_vec()),
        ("raw-32", vec![5; 32]),
        ("raw-64", vec![5; 64]),
        ("raw-ml-kem-512", expanded(Algorithm::MlKem512)),
        ("raw-ml-dsa-44", expanded(Algorithm::MlDsa44)),
        ("raw-slh-dsa-sha2-128f", expanded(Algorithm::SlhDsaSha2128f)),
        (
            "raw-ml-dsa-44-public",
            public(Algorithm::MlDsa44).as_bytes().to_vec(),
        ),
        ("raw-ml-dsa-44-signature", vec![0; 2420]),
        (
            "encrypted",
            encrypted(
                scrypt(16, 8, 1),
                Cipher::Aes256Cbc { iv: [2; 16] },
                &[0; 16],
            ),
        ),
        ("encrypted-over-cap", {
            let kdf = pbkdf2(Pbkdf2Prf::HmacWithSha512, u32::MAX, None);
            encrypted_info(
                Parameters {
                    kdf,
                    encryption: Cipher::Aes256Cbc { iv: [2; 16] },
                },
                &[3; 64],
            )
        }),
    ] {
        corpus.add(name, bytes)?;
    }
    for algorithm in [
        Algorithm::MlKem512,
        Algorithm::MlDsa44,
        Algorithm::SlhDsaShake128f,
        Algorithm::EcdsaP384Sha384,
    ] {
        for form in algorithm.info().forms() {
            corpus.add(
                &format!("{}-{form}", file_name(algorithm)),
                pkcs8_der(algorithm, *form),
            )?;
        }
    }
    let algorithm = Algorithm::MlDsa44;
    let oqs = [&*expanded(algorithm), public(algorithm).as_bytes()].concat();
    corpus.add("ml-dsa-44-oqs-pair", {
        private_key_info(&identifier_of(algorithm), &tlv(OCTET_STRING, &[&oqs]))
    })?;
    let mut altered = expanded(algorithm);
    altered[64] ^= 1;
    corpus.add("ml-dsa-44-inconsistent", {
        private_key_info(&identifier_of(algorithm), &tlv(OCTET_STRING, &[&altered]))
    })?;
    corpus.add(
        "jwk-private",
        key(algorithm).to_jwk().expect("has a JOSE name").expose(),
    )?;
    corpus.add(
        "jwk-public",
        public(algorithm).to_jwk().expect("has a JOSE name"),
    )?;
    corpus.add("jwk-okp", r#"{"kty":"OKP","crv":"Ed25519","x":"AAEC"}"#)?;
    let one = usual_block("PUBLIC KEY", &spki);
    let secret = usual_block("PRIVATE KEY", &pkcs8_der(Algorithm::Ed25519, Form::Seed));
    for (name, text) in [
        ("pem-private", secret.clone()),
        ("pem-pair", format!("{secret}{one}")),
        (
            "pem-chain",
            format!(
                "{}{}{}",
                usual_block("CERTIFICATE", &certificate),
                usual_block("CERTIFICATE REQUEST", &request),
                usual_block("CMS", &cms),
            ),
        ),
        (
            "pem-openssh",
            usual_block("OPENSSH PRIVATE KEY", b"openssh-key-v1\0"),
        ),
        ("pem-unknown", usual_block("SOMETHING ELSE", b"something")),
        ("pem-trailing", format!("{one}and so on\n")),
        (
            "pem-label-long",
            usual_block(&"LABEL ".repeat(300), b"something"),
        ),
    ] {
        corpus.add(name, text)?;
    }
    Ok(())
}

fn sign_verify() -> io::Result<()> {
    let corpus = Corpus::of("sign_verify")?;
    // Number of the edit, then its arguments: `edit` in src/sign_verify.rs.
    let edits: &[(&str, &[u8])] = &[
        ("unedited", &[]),
        ("first-bit", &[0, 0, 0, 0, 0]),
        ("last-byte", &[1, 2, 0xff, 0xff, 0]),
        ("z-bit", &[0, 1, 100, 0, 3]),
        ("hint-repeated", &[2, 2, 0, 0, 1, 0]),
        ("hints-swapped", &[3, 2, 0, 0, 1, 0]),
        ("hint-padding", &[1, 2, 54, 0, 1]),
        ("third-part-zero", &[4, 2, 0]),
        ("third-part-ones", &[4, 2, 0xff]),
        ("coefficient-at-bound", &[5, 7, 0, 0]),
        ("order-added", &[6]),
        ("another-signature", &[7, 1]),
        ("cut", &[8, 0, 0]),
        ("lengthened", &[8, 255, 0]),
        ("message-bit", &[9, 255, 0, 0, 0]),
        ("message-longer", &[9, 64, 0]),
        ("context-byte", &[10, 1, 0]),
        ("context-none", &[10, 0, 0]),
        ("key-bit", &[11, 0, 0, 0]),
        ("there-and-back", &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ];
    for (number, algorithm) in ALGORITHMS.iter().enumerate() {
        let number = u8::try_from(number).expect("a few");
        let slow = algorithm.info().standard == "FIPS 205";
        for (at, (name, edit)) in edits.iter().enumerate() {
            // One set of SLH-DSA gets every edit, the others what differs between them.
            if slow && *algorithm != Algorithm::SlhDsaSha2128f && at > 1 {
                continue;
            }
            let case = u8::try_from(at % CASES.len()).expect("a few");
            corpus.add(
                &format!("{}-{name}", file_name(*algorithm)),
                [&[number, case], *edit].concat(),
            )?;
        }
    }
    Ok(())
}

fn arguments() -> io::Result<()> {
    Ok(())
}

/// What a fuzzer does not guess.
fn dictionaries() -> io::Result<()> {
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
        der += &quoted(&identifier_of(algorithm));
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
    fs::write(format!("{directory}/jwk.dict"), jwk)
}
