//! ML-KEM: key generation, encapsulation with given m, decapsulation, and both key checks.

use chop::{Algorithm, EncapsulationKey, PrivateKey, SecretBytes, testing};
use serde::Deserialize;

use super::{Hex, groups, parameter_set};
use crate::tally::{Expect, Outcome, Tally, Want, same};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyGenGroup {
    #[serde(deserialize_with = "parameter_set")]
    parameter_set: Algorithm,
    tests: Vec<KeyGenTest>,
    #[serde(rename = "tgId")]
    _tg_id: u32,
    #[serde(rename = "testType")]
    _test_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyGenTest {
    tc_id: u32,
    d: Hex,
    z: Hex,
    ek: Hex,
    dk: Hex,
    #[serde(rename = "deferred")]
    _deferred: bool,
}

#[test]
fn key_generation() {
    let Some(groups) = groups::<KeyGenGroup>("ML-KEM-keyGen-FIPS203", "internalProjection.json")
    else {
        return;
    };
    let mut tally = Tally::new("ML-KEM-keyGen-FIPS203");
    for group in &groups {
        for test in &group.tests {
            let outcome = generate(group.parameter_set, test);
            tally.record(test.tc_id, Want::Accept, outcome);
        }
    }
    tally.finish(Expect::run(75, 0));
}

fn generate(algorithm: Algorithm, test: &KeyGenTest) -> Outcome {
    let seed = SecretBytes::concat(&[&test.d, &test.z]);
    let key = PrivateKey::from_seed(algorithm, seed)?;
    same("ek", key.public_key().as_bytes(), &test.ek)?;
    same("dk", key.expanded()?.expose(), &test.dk)?;
    let key = PrivateKey::from_expanded(algorithm, SecretBytes::copy_of(&test.dk))?;
    same("ek of dk", key.public_key().as_bytes(), &test.ek)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Group {
    #[serde(deserialize_with = "parameter_set")]
    parameter_set: Algorithm,
    function: Function,
    tests: Vec<Test>,
    #[serde(rename = "tgId")]
    _tg_id: u32,
    #[serde(rename = "testType")]
    _test_type: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Function {
    Encapsulation,
    Decapsulation,
    EncapsulationKeyCheck,
    DecapsulationKeyCheck,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Test {
    tc_id: u32,
    test_passed: Option<bool>,
    ek: Hex,
    dk: Hex,
    m: Option<Hex>,
    c: Option<Hex>,
    k: Option<Hex>,
    #[serde(rename = "deferred")]
    _deferred: bool,
    #[serde(rename = "reason")]
    _reason: Option<String>,
}

#[test]
fn encapsulation_and_decapsulation() {
    let Some(groups) = groups::<Group>("ML-KEM-encapDecap-FIPS203", "internalProjection.json")
    else {
        return;
    };
    let mut tally = Tally::new("ML-KEM-encapDecap-FIPS203");
    for group in &groups {
        for test in &group.tests {
            let want = match test.test_passed {
                Some(false) => Want::Refuse,
                Some(true) | None => Want::Accept,
            };
            let outcome = run(group.parameter_set, group.function, test);
            tally.record(test.tc_id, want, outcome);
        }
    }
    // 75 encapsulations, 30 decapsulations, and half of the 60 key checks.
    tally.finish(Expect::run(135, 30));
}

fn run(algorithm: Algorithm, function: Function, test: &Test) -> Outcome {
    match function {
        Function::Encapsulation => {
            let key = EncapsulationKey::from_bytes(algorithm, &test.ek)?;
            let (ciphertext, secret) = testing::encapsulate_with(&key, test.m.as_ref().unwrap())?;
            same("c", &ciphertext, test.c.as_ref().unwrap())?;
            same("k", secret.expose(), test.k.as_ref().unwrap())?;
            decapsulate(algorithm, test)
        }
        Function::Decapsulation => decapsulate(algorithm, test),
        Function::EncapsulationKeyCheck => {
            EncapsulationKey::from_bytes(algorithm, &test.ek)?;
            Ok(())
        }
        Function::DecapsulationKeyCheck => {
            PrivateKey::from_expanded(algorithm, SecretBytes::copy_of(&test.dk))?;
            Ok(())
        }
    }
}

fn decapsulate(algorithm: Algorithm, test: &Test) -> Outcome {
    let key = PrivateKey::from_expanded(algorithm, SecretBytes::copy_of(&test.dk))?;
    same("ek of dk", key.public_key().as_bytes(), &test.ek)?;
    let secret = key
        .into_decapsulation()?
        .decapsulate(test.c.as_ref().unwrap())?;
    same("decapsulated k", secret.expose(), test.k.as_ref().unwrap())
}
