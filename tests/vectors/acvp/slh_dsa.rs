//! SLH-DSA: key generation for the twelve sets, and verification by the internal interface for five.

use chop::{Algorithm, Code, VerifyingKey, testing};
use serde::Deserialize;

use super::{Hex, groups, parameter_set};
use crate::tally::{Expect, Outcome, Tally, Want, ensure, refused_unless, same};

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
    sk_seed: Hex,
    sk_prf: Hex,
    pk_seed: Hex,
    sk: Hex,
    pk: Hex,
    #[serde(rename = "deferred")]
    _deferred: bool,
}

/// One test for each set, so that they run side by side.
macro_rules! key_generation {
    ($($test:ident $algorithm:ident)*) => {
        mod key_generation {
            use super::{Algorithm, generate_all};

            $(#[test]
            fn $test() {
                generate_all(Algorithm::$algorithm);
            })*
        }

        const GENERATED: &[Algorithm] = &[$(Algorithm::$algorithm),*];
    };
}

key_generation! {
    slh_dsa_sha2_128s SlhDsaSha2128s
    slh_dsa_sha2_128f SlhDsaSha2128f
    slh_dsa_sha2_192s SlhDsaSha2192s
    slh_dsa_sha2_192f SlhDsaSha2192f
    slh_dsa_sha2_256s SlhDsaSha2256s
    slh_dsa_sha2_256f SlhDsaSha2256f
    slh_dsa_shake_128s SlhDsaShake128s
    slh_dsa_shake_128f SlhDsaShake128f
    slh_dsa_shake_192s SlhDsaShake192s
    slh_dsa_shake_192f SlhDsaShake192f
    slh_dsa_shake_256s SlhDsaShake256s
    slh_dsa_shake_256f SlhDsaShake256f
}

/// The ten keys of one set.
fn generate_all(algorithm: Algorithm) {
    let Some(groups) = groups::<KeyGenGroup>("SLH-DSA-keyGen-FIPS205", "internalProjection.json")
    else {
        return;
    };
    let mut sets: Vec<_> = groups.iter().map(|group| group.parameter_set).collect();
    sets.sort();
    assert_eq!(
        sets, GENERATED,
        "the sets of the file are those of the tests"
    );
    let mut tally = Tally::new(format!("SLH-DSA-keyGen-FIPS205, {algorithm}"));
    for group in groups
        .iter()
        .filter(|group| group.parameter_set == algorithm)
    {
        for test in &group.tests {
            tally.record(test.tc_id, Want::Accept, generate(algorithm, test));
        }
    }
    tally.finish(Expect::run(10, 0));
}

fn generate(algorithm: Algorithm, test: &KeyGenTest) -> Outcome {
    let key = testing::slh_dsa_key(algorithm, &test.sk_seed, &test.sk_prf, &test.pk_seed)?;
    same("sk", key.expanded()?.expose(), &test.sk)?;
    same("pk", key.public_key().as_bytes(), &test.pk)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct VerificationGroup {
    #[serde(deserialize_with = "parameter_set")]
    parameter_set: Algorithm,
    tests: Vec<VerificationTest>,
    #[serde(rename = "tgId")]
    _tg_id: u32,
    #[serde(rename = "testType")]
    _test_type: String,
    #[serde(rename = "messageLengths")]
    _message_lengths: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct VerificationTest {
    tc_id: u32,
    test_passed: bool,
    sk: Hex,
    pk: Hex,
    message: Hex,
    message_length: usize,
    signature: Hex,
    #[serde(rename = "additionalRandomness")]
    _additional_randomness: Hex,
    #[serde(rename = "deferred")]
    _deferred: bool,
    #[serde(rename = "reason")]
    _reason: String,
}

#[test]
fn signature_verification() {
    const FOLDER: &str = "SLH-DSA-sigVer-FIPS205-subset";
    let Some(groups) = groups::<VerificationGroup>(FOLDER, "internalProjection.json") else {
        return;
    };
    let mut tally = Tally::new(FOLDER);
    for group in &groups {
        for test in &group.tests {
            let want = match test.test_passed {
                true => Want::Accept,
                false => Want::Refuse,
            };
            tally.record(test.tc_id, want, verify(group.parameter_set, test));
        }
    }
    tally.finish(Expect::run(15, 30));
}

/// These vectors are older than the context: the message is signed as it stands (algorithm 20).
fn verify(algorithm: Algorithm, test: &VerificationTest) -> Outcome {
    ensure(
        8 * test.message.len() == test.message_length,
        "a message cut short",
    )?;
    ensure(test.sk.ends_with(&test.pk), "pk is not that of sk")?;
    let key = VerifyingKey::from_bytes(algorithm, &test.pk)?;
    let valid = testing::slh_dsa_verify_internal(&key, &test.message, &test.signature)?;
    // With a context, even an empty one, something else is signed.
    match key.verify(&test.message, &test.signature) {
        Ok(verdict) => ensure(!verdict.is_valid(), "valid with an empty context")?,
        Err(error) => ensure(error.code() == Code::Length && !valid, error.to_string())?,
    }
    refused_unless(valid, "the signature")
}
