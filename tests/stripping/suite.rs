//! The suites as the names in the table tell them, and two keys of each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use chop::algorithm::{Family, Kind, RsaScheme};
use chop::{
    Algorithm, DecapsulationKey, Form, PrivateKey, PublicKey, SecretBytes, SigningKey, encoding,
};
use sha2::{Digest, Sha256, Sha512};
use sha3::Shake256;
use sha3::digest::{ExtendableOutput, Update, XofReader};

use crate::{der, noise};

/// "CompositeAlgorithmSignatures2025" (draft-ietf-lamps-pq-composite-sigs-19, "Prefix, Label, and CTX").
const PREFIX: &[u8] = b"CompositeAlgorithmSignatures2025";

/// A curve in short Weierstrass form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Curve {
    pub(crate) name: &'static str,
    prime: &'static str,
    order: &'static str,
}

impl Curve {
    pub(crate) fn prime(&self) -> Vec<u8> {
        hex::decode(self.prime).unwrap()
    }

    pub(crate) fn order(&self) -> Vec<u8> {
        hex::decode(self.order).unwrap()
    }
}

/// SP 800-186 and RFC 5639.
#[rustfmt::skip]
static CURVES: [Curve; 5] = [
    Curve {
        name: "P256",
        prime: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    },
    Curve {
        name: "P384",
        prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        order: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    },
    Curve {
        name: "P521",
        prime: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        order: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    },
    Curve {
        name: "brainpoolP256r1",
        prime: "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
        order: "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
    },
    Curve {
        name: "brainpoolP384r1",
        prime: "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
        order: "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565",
    },
];

/// The traditional part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Traditional {
    Rsa(usize),
    Ec(&'static Curve),
    Ed25519,
    Ed448,
    X25519,
    X448,
}

/// A hybrid, as its name tells it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suite {
    pub(crate) algorithm: Algorithm,
    pub(crate) post_quantum: Algorithm,
    pub(crate) traditional: Traditional,
}

impl Suite {
    fn new(algorithm: Algorithm) -> Self {
        let name = algorithm.name();
        if algorithm == Algorithm::XWing {
            return Self {
                algorithm,
                post_quantum: Algorithm::MlKem768,
                traditional: Traditional::X25519,
            };
        }
        let words: Vec<&str> = name.split('-').collect();
        let post_quantum = words[0].replace("ML", "ML-");
        let post_quantum = post_quantum.replace("DSA", "DSA-").replace("KEM", "KEM-");
        let curve = |name: &str| CURVES.iter().find(|curve| curve.name == name).unwrap();
        let traditional = match words[1] {
            "ECDSA" | "ECDH" => Traditional::Ec(curve(words[2])),
            "Ed25519" => Traditional::Ed25519,
            "Ed448" => Traditional::Ed448,
            "X25519" => Traditional::X25519,
            "X448" => Traditional::X448,
            rsa => Traditional::Rsa(rsa.strip_prefix("RSA").unwrap().parse().unwrap()),
        };
        Self {
            algorithm,
            post_quantum: Algorithm::from_name(&post_quantum).unwrap(),
            traditional,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.algorithm.name()
    }

    /// The label (draft-ietf-lamps-pq-composite-sigs-19, draft-ietf-lamps-pq-composite-kem-17, the
    /// tables of algorithms; X-Wing section 5.3).
    pub(crate) fn label(&self) -> Vec<u8> {
        let name = self.name().replace("brainpoolP256r1", "BP256");
        let name = name.replace("brainpoolP384r1", "BP384");
        match self.algorithm.info().kind {
            Kind::Signature => format!("COMPSIG-{name}").into_bytes(),
            _ if self.traditional == Traditional::X25519 => b"\\.//^\\".to_vec(),
            _ => name
                .replace("-SHA3-256", "")
                .replace("-ECDH", "")
                .replace("RSA", "RSAOAEP")
                .into_bytes(),
        }
    }

    /// M' = Prefix || Label || len(ctx) || ctx || PH(M), without a ctx.
    pub(crate) fn representative(&self, message: &[u8]) -> Vec<u8> {
        let hash = self.algorithm.info().pre_hash.unwrap();
        let pre_hashed = match hash.name() {
            "SHA-256" => Sha256::digest(message).to_vec(),
            "SHA-512" => Sha512::digest(message).to_vec(),
            "SHAKE256" => shake256(message, 64),
            other => panic!("{other}"),
        };
        [PREFIX, &self.label(), &[0], &pre_hashed].concat()
    }

    /// The traditional part as an algorithm of its own, where the table has it.
    pub(crate) fn single(&self) -> Option<(Algorithm, Option<RsaScheme>)> {
        let kem = self.algorithm.info().kind == Kind::Kem;
        let single = match self.traditional {
            Traditional::Rsa(_) if kem => return None,
            Traditional::Rsa(2048) => Algorithm::Rsa2048,
            Traditional::Rsa(3072) => Algorithm::Rsa3072,
            Traditional::Rsa(_) => Algorithm::Rsa4096,
            Traditional::Ed25519 => Algorithm::Ed25519,
            Traditional::X25519 => Algorithm::X25519,
            Traditional::Ec(curve) => match (curve.name, kem) {
                ("P256", false) => Algorithm::EcdsaP256Sha256,
                ("P384", false) => Algorithm::EcdsaP384Sha384,
                ("P521", false) => Algorithm::EcdsaP521Sha512,
                ("P256", true) => Algorithm::EcdhP256,
                ("P384", true) => Algorithm::EcdhP384,
                ("P521", true) => Algorithm::EcdhP521,
                _ => return None,
            },
            Traditional::Ed448 | Traditional::X448 => return None,
        };
        let scheme = match self.traditional {
            Traditional::Rsa(4096) if self.name().contains("PSS") => Some(RsaScheme::PssSha384),
            Traditional::Rsa(4096) => Some(RsaScheme::Pkcs1Sha384),
            Traditional::Rsa(_) if self.name().contains("PSS") => Some(RsaScheme::PssSha256),
            Traditional::Rsa(_) => Some(RsaScheme::Pkcs1Sha256),
            _ => None,
        };
        Some((single, scheme))
    }

    /// The ML-DSA and the traditional part of a signature, of a KEM those of a ciphertext.
    pub(crate) fn output<'a>(&self, output: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        output.split_at(self.post_quantum.info().output.max())
    }

    /// The parts of a public key.
    pub(crate) fn public<'a>(&self, public: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        public.split_at(self.post_quantum.info().public_key.max())
    }

    /// The parts of a private key.
    pub(crate) fn private<'a>(&self, private: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        private.split_at(self.post_quantum.info().seed.unwrap())
    }

    /// The private key of the traditional part as an algorithm of its own.
    pub(crate) fn single_key(&self, traditional: &[u8]) -> Option<PrivateKey> {
        let (single, _) = self.single()?;
        let key = match self.traditional {
            Traditional::Ec(curve) => {
                // SEQUENCE { INTEGER 1, OCTET STRING …
                let scalar = &traditional[7..7 + curve.order().len()];
                PrivateKey::from_expanded(single, SecretBytes::copy_of(scalar))
            }
            Traditional::Rsa(_) => {
                PrivateKey::from_expanded(single, SecretBytes::copy_of(traditional))
            }
            _ => PrivateKey::from_seed(single, SecretBytes::copy_of(traditional)),
        };
        Some(key.unwrap())
    }

    pub(crate) fn own(&self) -> &'static Pair {
        &keys()[&self.algorithm].0
    }

    pub(crate) fn other(&self) -> &'static Pair {
        &keys()[&self.algorithm].1
    }
}

pub(crate) fn shake256(message: &[u8], len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    let mut hash = Shake256::default();
    Update::update(&mut hash, message);
    hash.finalize_xof().read(&mut out);
    out
}

/// Every hybrid of the table.
pub(crate) fn hybrids() -> impl Iterator<Item = Suite> {
    let rows = Algorithm::ALL.iter().copied();
    rows.filter(|row| row.is_hybrid()).map(Suite::new)
}

pub(crate) fn signatures() -> impl Iterator<Item = Suite> {
    hybrids().filter(|suite| suite.algorithm.info().kind == Kind::Signature)
}

pub(crate) fn kems() -> impl Iterator<Item = Suite> {
    hybrids().filter(|suite| suite.algorithm.info().kind == Kind::Kem)
}

pub(crate) fn suite(algorithm: Algorithm) -> Suite {
    hybrids()
        .find(|suite| suite.algorithm == algorithm)
        .unwrap()
}

/// A key pair and its encodings.
pub(crate) struct Pair {
    pub(crate) key: PrivateKey,
    /// The raw private key: of X-Wing the seed.
    pub(crate) private: Vec<u8>,
    pub(crate) public: Vec<u8>,
}

impl Pair {
    fn new(key: PrivateKey) -> Self {
        let raw = key.expanded().or_else(|_| key.seed()).unwrap();
        Self {
            private: raw.expose().to_vec(),
            public: key.public_key().as_bytes().to_vec(),
            key,
        }
    }

    pub(crate) fn signing(&self) -> &SigningKey {
        match &self.key {
            PrivateKey::Signing(key) => key,
            _ => panic!("a KEM"),
        }
    }

    pub(crate) fn decapsulation(&self) -> &DecapsulationKey {
        match &self.key {
            PrivateKey::Decapsulation(key) => key,
            _ => panic!("a signature algorithm"),
        }
    }
}

/// A private key from its raw form.
pub(crate) fn load(algorithm: Algorithm, raw: &[u8]) -> chop::Result<PrivateKey> {
    let raw = SecretBytes::copy_of(raw);
    match algorithm.info().family {
        Family::XWing => PrivateKey::from_seed(algorithm, raw),
        _ => PrivateKey::from_expanded(algorithm, raw),
    }
}

pub(crate) fn read_private(der: &[u8]) -> chop::Result<PrivateKey> {
    encoding::read_private_key(der, &mut || Err(chop::Error::usage("a passphrase")))
}

/// The private key that the self-tests of the library have for a suite.
fn recorded(algorithm: Algorithm) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/backend/self_test_data");
    fs::read(folder.join(format!("{algorithm}.key"))).unwrap()
}

/// A new RSA key of each size, made once: it takes seconds.
fn rsa(bits: usize) -> &'static [u8] {
    static KEYS: OnceLock<BTreeMap<usize, PrivateKey>> = OnceLock::new();
    let keys = KEYS.get_or_init(|| {
        let rows = [Algorithm::Rsa2048, Algorithm::Rsa3072, Algorithm::Rsa4096];
        let keys = rows.map(|row| PrivateKey::generate(row).unwrap());
        [2048, 3072, 4096].into_iter().zip(keys).collect()
    });
    keys[&bits].expanded().unwrap().expose()
}

/// Two keys of each suite, without a part in common: new ones, but with RSA one that is recorded,
/// and one with an RSA part that was made for its size.
fn keys() -> &'static BTreeMap<Algorithm, (Pair, Pair)> {
    static KEYS: OnceLock<BTreeMap<Algorithm, (Pair, Pair)>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let pair = |suite: Suite| {
            let algorithm = suite.algorithm;
            if algorithm == Algorithm::XWing {
                let (one, two) = (noise(128)[64..96].to_vec(), noise(128)[96..].to_vec());
                let seeded = |seed: &[u8]| Pair::new(load(algorithm, seed).unwrap());
                return (seeded(&one), seeded(&two));
            }
            let fresh = || PrivateKey::generate(algorithm).unwrap();
            let (own, other) = match suite.traditional {
                Traditional::Rsa(bits) => {
                    let seed = vec![7; suite.post_quantum.info().seed.unwrap()];
                    let other = [&seed, rsa(bits)].concat();
                    let loaded = |raw: &[u8]| load(algorithm, raw).unwrap();
                    (loaded(&recorded(algorithm)), loaded(&other))
                }
                _ => (fresh(), fresh()),
            };
            (Pair::new(own), Pair::new(other))
        };
        hybrids()
            .map(|suite| (suite.algorithm, pair(suite)))
            .collect()
    })
}

#[test]
fn the_names_lead_to_the_parts_and_back_to_the_key_files() {
    assert_eq!((signatures().count(), kems().count()), (18, 13));
    for suite in hybrids() {
        let own = suite.own();
        assert_ne!(own.public, suite.other().public, "{}", suite.name());
        let form = own.key.forms()[0];
        assert_eq!(
            own.key.to_pkcs8_der(form).unwrap().expose(),
            der::pkcs8(suite.algorithm.info().oid, &own.private, None),
            "{}",
            suite.name()
        );
        assert!(matches!(form, Form::Expanded | Form::Seed));
        let spki = der::spki_of(suite.algorithm, &own.public);
        assert_eq!(own.key.public_key().to_spki_der(), spki);
        assert_eq!(
            encoding::read_public_key(&spki).unwrap(),
            PublicKey::from_bytes(suite.algorithm, &own.public).unwrap()
        );
    }
}
