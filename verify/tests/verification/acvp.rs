//! NIST ACVP gen-val files (usnistgov/ACVP-Server v1.1.0.43), kept in `../shared/test-vectors/acvp`: every
//! signature of the verification and of the signing files through every interface that FIPS 204 has, pure,
//! pre-hash, internal and external μ, and every key of the key generation file.
//!
//! An unknown field in a file is an error: it could change what its vectors mean.

use std::io::Write;
use std::path::Path;
use std::rc::Rc;
use std::{env, fs, io};

use chop_verify::{MuHasher, ParameterSet};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};

use crate::hash::PreHash;
use crate::reference::{LAYOUTS, Layout, public_key_of};
use crate::support::{Answer, Batch, Key};
use crate::tally::Tally;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File<G> {
    algorithm: String,
    mode: String,
    revision: String,
    test_groups: Vec<G>,
    #[serde(rename = "vsId")]
    _vs_id: u32,
    #[serde(rename = "isSample")]
    _is_sample: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum SignatureInterface {
    Internal,
    External,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Variant {
    Pure,
    PreHash,
    /// The signing files leave it out where there is none.
    #[default]
    None,
}

/// Verification: a public key, and whether the signature is to be accepted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct VerificationGroup {
    #[serde(deserialize_with = "parameter_set")]
    parameter_set: ParameterSet,
    signature_interface: SignatureInterface,
    pre_hash: Variant,
    external_mu: bool,
    tests: Vec<Verification>,
    #[serde(rename = "tgId")]
    _tg_id: u32,
    #[serde(rename = "testType")]
    _test_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Verification {
    tc_id: u32,
    test_passed: bool,
    pk: Hex,
    message: Option<Hex>,
    context: Option<Hex>,
    hash_alg: String,
    mu: Option<Hex>,
    signature: Hex,
    sk: Hex,
    #[serde(rename = "deferred")]
    _deferred: bool,
    #[serde(rename = "reason")]
    _reason: String,
}

/// Signing: a private key in its expanded form; the signature stands in another file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SigningGroup {
    #[serde(deserialize_with = "parameter_set")]
    parameter_set: ParameterSet,
    signature_interface: SignatureInterface,
    #[serde(default)]
    pre_hash: Variant,
    #[serde(default)]
    external_mu: bool,
    tests: Vec<Signing>,
    tg_id: u32,
    #[serde(rename = "testType")]
    _test_type: String,
    #[serde(rename = "deterministic")]
    _deterministic: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Signing {
    tc_id: u32,
    sk: Hex,
    message: Option<Hex>,
    context: Option<Hex>,
    hash_alg: Option<String>,
    mu: Option<Hex>,
    #[serde(rename = "rnd")]
    _rnd: Option<Hex>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignedGroup {
    tg_id: u32,
    tests: Vec<Signed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Signed {
    tc_id: u32,
    signature: Hex,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyGroup {
    #[serde(deserialize_with = "parameter_set")]
    parameter_set: ParameterSet,
    tests: Vec<KeyPair>,
    #[serde(rename = "tgId")]
    _tg_id: u32,
    #[serde(rename = "testType")]
    _test_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyPair {
    tc_id: u32,
    pk: Hex,
    sk: Hex,
    #[serde(rename = "seed")]
    _seed: Hex,
    #[serde(rename = "deferred")]
    _deferred: bool,
}

/// Bytes in hexadecimal.
struct Hex(Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        hex::decode(digits).map(Self).map_err(D::Error::custom)
    }
}

fn parameter_set<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ParameterSet, D::Error> {
    let name = String::deserialize(deserializer)?;
    let set = ParameterSet::ALL.into_iter().find(|set| set.name() == name);
    set.ok_or_else(|| D::Error::custom(format!("unknown parameter set {name}")))
}

/// The groups of a file, or `None` where the collection is absent. In CI it may not be.
fn groups<G: DeserializeOwned>(folder: &str, name: &str) -> Option<Vec<G>> {
    let collection = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/test-vectors/acvp");
    if !collection.is_dir() {
        let absent = format!("{folder}: {} is absent", collection.display());
        assert!(env::var("CI").as_deref() != Ok("true"), "{absent}");
        // Past the test harness, which swallows what a passing test prints.
        let notice = format!("SKIPPED {absent}\n");
        io::stderr().write_all(notice.as_bytes()).unwrap();
        return None;
    }
    let path = collection.join(folder).join(name);
    let file: File<G> = serde_json::from_slice(&fs::read(&path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let named = format!("{}-{}-{}", file.algorithm, file.mode, file.revision);
    assert_eq!(named, folder);
    Some(file.test_groups)
}

fn layout(set: ParameterSet) -> &'static Layout {
    LAYOUTS.iter().find(|layout| layout.set == set).unwrap()
}

#[test]
fn signature_verification() {
    const FOLDER: &str = "ML-DSA-sigVer-FIPS204";
    let Some(groups) = groups::<VerificationGroup>(FOLDER, "internalProjection.json") else {
        return;
    };
    let mut tally = Tally::new(FOLDER);
    let mut batch = Batch::default();
    for group in &groups {
        for test in &group.tests {
            let derived = public_key_of(layout(group.parameter_set), &test.sk.0);
            assert_eq!(derived, test.pk.0, "{}", test.tc_id);
            let key = Rc::new(Key::new(group.parameter_set, &test.pk.0).unwrap());
            let vector = Vector {
                interface: (group.signature_interface, group.pre_hash, group.external_mu),
                message: test.message.as_ref(),
                context: test.context.as_ref(),
                hash: &test.hash_alg,
                mu: test.mu.as_ref(),
                signature: &test.signature,
            };
            let answer = vector.verify(&key, &mut batch);
            tally.record(test.tc_id, test.test_passed, answer);
        }
    }
    tally.finish(
        36,
        &[("Challenge", 108), ("HintOrder", 16), ("HintPadding", 20)],
    );
    assert_eq!(batch.check(), (90, 180));
}

#[test]
fn signature_generation() {
    const FOLDER: &str = "ML-DSA-sigGen-FIPS204";
    let Some(groups) = groups::<SigningGroup>(FOLDER, "prompt.json") else {
        return;
    };
    let signed = self::groups::<SignedGroup>(FOLDER, "expectedResults.json").unwrap();
    let mut tally = Tally::new(FOLDER);
    let mut batch = Batch::default();
    for (group, signed) in groups.iter().zip(&signed) {
        assert_eq!(group.tg_id, signed.tg_id);
        assert_eq!(group.tests.len(), signed.tests.len());
        for (test, signed) in group.tests.iter().zip(&signed.tests) {
            assert_eq!(test.tc_id, signed.tc_id);
            let public_key = public_key_of(layout(group.parameter_set), &test.sk.0);
            let key = Rc::new(Key::new(group.parameter_set, &public_key).unwrap());
            let vector = Vector {
                interface: (group.signature_interface, group.pre_hash, group.external_mu),
                message: test.message.as_ref(),
                context: test.context.as_ref(),
                hash: test.hash_alg.as_deref().unwrap_or_default(),
                mu: test.mu.as_ref(),
                signature: &signed.signature,
            };
            let answer = vector.verify(&key, &mut batch);
            tally.record(test.tc_id, true, answer);
        }
    }
    tally.finish(360, &[]);
    assert_eq!(batch.check(), (180, 360));
}

/// tr, which every path computes from a public key, also stands in the private one.
#[test]
fn key_generation() {
    const FOLDER: &str = "ML-DSA-keyGen-FIPS204";
    let Some(groups) = groups::<KeyGroup>(FOLDER, "internalProjection.json") else {
        return;
    };
    let mut count = 0;
    for group in &groups {
        for test in &group.tests {
            let derived = public_key_of(layout(group.parameter_set), &test.sk.0);
            assert_eq!(derived, test.pk.0, "{}", test.tc_id);
            let key = Key::new(group.parameter_set, &test.pk.0).unwrap();
            for prepared in &key.prepared {
                assert_eq!(prepared.tr()[..], test.sk.0[64..128], "{}", test.tc_id);
            }
            count += 1;
        }
    }
    assert_eq!(count, 75);
}

/// What is signed, in which way, and its signature.
struct Vector<'a> {
    interface: (SignatureInterface, Variant, bool),
    message: Option<&'a Hex>,
    context: Option<&'a Hex>,
    hash: &'a str,
    mu: Option<&'a Hex>,
    signature: &'a Hex,
}

impl Vector<'_> {
    /// The answer of every path over μ; where there are a message and a context, also that of the pure variant.
    fn verify(&self, key: &Rc<Key>, batch: &mut Batch) -> Answer {
        let mu = self.mu(key);
        let signature = &self.signature.0;
        let by_mu = key.verify_mu(&mu, signature);
        batch.push_mu(key, &mu, signature, by_mu);
        let (interface, variant, _) = self.interface;
        if let (SignatureInterface::External, Some(message)) = (interface, self.message) {
            let context = &self.context.unwrap().0;
            let pure = key.verify(&message.0, context, signature);
            match variant {
                Variant::Pure => assert_eq!(pure, by_mu),
                // A signature of the pre-hash variant is none of the pure one.
                Variant::PreHash => assert!(pure.is_err()),
                Variant::None => panic!("an unknown kind of group"),
            }
            batch.push(key, [&message.0, context, signature], pure);
        }
        by_mu
    }

    fn mu(&self, key: &Key) -> [u8; 64] {
        let tr = key.prepared[0].tr();
        let message = || &self.message.unwrap().0;
        let context = || &self.context.unwrap().0;
        let mut hasher;
        match self.interface {
            (SignatureInterface::External, Variant::Pure, false) => {
                hasher = MuHasher::new(tr, context()).unwrap();
                hasher.update(message());
            }
            (SignatureInterface::External, Variant::PreHash, false) => {
                // M' = 1 ‖ |ctx| ‖ ctx ‖ OID ‖ PH(M) (FIPS 204, algorithm 5, line 18).
                let hash = PreHash::from_acvp(self.hash);
                hasher = MuHasher::internal(tr);
                hasher.update(&[1, u8::try_from(context().len()).unwrap()]);
                hasher.update(context());
                hasher.update(&hash.oid());
                hasher.update(&hash.digest(message()));
            }
            (SignatureInterface::Internal, Variant::None, false) => {
                hasher = MuHasher::internal(tr);
                hasher.update(message());
            }
            (SignatureInterface::Internal, Variant::None, true) => {
                return self.mu.unwrap().0[..].try_into().unwrap();
            }
            _ => panic!("an unknown kind of group"),
        }
        hasher.finish()
    }
}
