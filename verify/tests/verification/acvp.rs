//! NIST ACVP gen-val files (usnistgov/ACVP-Server v1.1.0.43), kept in `../shared/test-vectors/acvp`:
//! verification through every interface that FIPS 204 has, pure, pre-hash, internal and external μ.
//!
//! An unknown field in a file is an error: it could change what its vectors mean.

use std::io::Write;
use std::path::Path;
use std::{env, fs, io};

use chop_verify::{MuHasher, ParameterSet, PreparedKey};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::hash::PreHash;
use crate::support;
use crate::tally::Tally;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    algorithm: String,
    mode: String,
    revision: String,
    test_groups: Vec<Group>,
    #[serde(rename = "vsId")]
    _vs_id: u32,
    #[serde(rename = "isSample")]
    _is_sample: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Group {
    #[serde(deserialize_with = "parameter_set")]
    parameter_set: ParameterSet,
    signature_interface: SignatureInterface,
    pre_hash: Variant,
    external_mu: bool,
    tests: Vec<Test>,
    #[serde(rename = "tgId")]
    _tg_id: u32,
    #[serde(rename = "testType")]
    _test_type: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum SignatureInterface {
    Internal,
    External,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Variant {
    Pure,
    PreHash,
    None,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Test {
    tc_id: u32,
    test_passed: bool,
    pk: Hex,
    message: Option<Hex>,
    context: Option<Hex>,
    hash_alg: String,
    mu: Option<Hex>,
    signature: Hex,
    #[serde(rename = "sk")]
    _sk: Hex,
    #[serde(rename = "deferred")]
    _deferred: bool,
    #[serde(rename = "reason")]
    _reason: String,
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

/// The file, or `None` where the collection is absent. In CI it may not be.
fn file(folder: &str) -> Option<File> {
    let collection = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/test-vectors/acvp");
    if !collection.is_dir() {
        let absent = format!("{folder}: {} is absent", collection.display());
        assert!(env::var("CI").as_deref() != Ok("true"), "{absent}");
        // Past the test harness, which swallows what a passing test prints.
        let notice = format!("SKIPPED signature_verification, {absent}\n");
        io::stderr().write_all(notice.as_bytes()).unwrap();
        return None;
    }
    let path = collection.join(folder).join("internalProjection.json");
    let file: File = serde_json::from_slice(&fs::read(&path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let named = format!("{}-{}-{}", file.algorithm, file.mode, file.revision);
    assert_eq!(named, folder);
    Some(file)
}

#[test]
fn signature_verification() {
    const FOLDER: &str = "ML-DSA-sigVer-FIPS204";
    let Some(file) = file(FOLDER) else {
        return;
    };
    let mut tally = Tally::new(FOLDER);
    for group in &file.test_groups {
        for test in &group.tests {
            let mu = mu(group, test);
            let by_mu = support::verify_mu(group.parameter_set, &test.pk.0, &mu, &test.signature.0);
            if let (SignatureInterface::External, Some(message)) =
                (group.signature_interface, &test.message)
            {
                let context = &test.context.as_ref().unwrap().0;
                let pure = support::verify(
                    group.parameter_set,
                    &test.pk.0,
                    &message.0,
                    context,
                    &test.signature.0,
                );
                match group.pre_hash {
                    Variant::Pure => assert_eq!(pure, by_mu, "{}", test.tc_id),
                    // A signature of the pre-hash variant is none of the pure one.
                    Variant::PreHash => assert!(pure.is_err(), "{}", test.tc_id),
                    Variant::None => panic!("an unknown kind of group"),
                }
            }
            tally.record(test.tc_id, test.test_passed, by_mu);
        }
    }
    tally.finish(
        36,
        &[("Challenge", 108), ("HintOrder", 16), ("HintPadding", 20)],
    );
}

/// μ of what a test signs.
fn mu(group: &Group, test: &Test) -> [u8; 64] {
    let key = PreparedKey::new(group.parameter_set, &test.pk.0).unwrap();
    let message = || &test.message.as_ref().unwrap().0;
    let context = || &test.context.as_ref().unwrap().0;
    let mut hasher;
    match (group.signature_interface, group.pre_hash, group.external_mu) {
        (SignatureInterface::External, Variant::Pure, false) => {
            hasher = MuHasher::new(key.tr(), context()).unwrap();
            hasher.update(message());
        }
        (SignatureInterface::External, Variant::PreHash, false) => {
            // M' = 1 ‖ |ctx| ‖ ctx ‖ OID ‖ PH(M) (FIPS 204, algorithm 5, line 18).
            let hash = PreHash::from_acvp(&test.hash_alg);
            hasher = MuHasher::internal(key.tr());
            hasher.update(&[1, u8::try_from(context().len()).unwrap()]);
            hasher.update(context());
            hasher.update(&hash.oid());
            hasher.update(&hash.digest(message()));
        }
        (SignatureInterface::Internal, Variant::None, false) => {
            hasher = MuHasher::internal(key.tr());
            hasher.update(message());
        }
        (SignatureInterface::Internal, Variant::None, true) => {
            return test.mu.as_ref().unwrap().0[..].try_into().unwrap();
        }
        _ => panic!("an unknown kind of group"),
    }
    hasher.finish()
}
