//! ML-DSA: key generation, signatures to the byte, and verification, through every interface that
//! FIPS 204 has: pure, pre-hash, internal, and external μ.

use std::collections::BTreeMap;

use chop::{
    Algorithm, Context, PrivateKey, SecretBytes, SignOptions, SigningKey, VerifyOptions,
    VerifyingKey, testing,
};
use serde::Deserialize;

use super::{Hex, groups, parameter_set};
use crate::fips204;
use crate::hash::PreHash;
use crate::tally::{Expect, Failure, Outcome, Tally, Want, ensure, refused_unless, same};

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
    seed: Hex,
    pk: Hex,
    sk: Hex,
    #[serde(rename = "deferred")]
    _deferred: bool,
}

#[test]
fn key_generation() {
    let Some(groups) = groups::<KeyGenGroup>("ML-DSA-keyGen-FIPS204", "internalProjection.json")
    else {
        return;
    };
    let mut tally = Tally::new("ML-DSA-keyGen-FIPS204");
    for group in &groups {
        for test in &group.tests {
            let outcome = generate(group.parameter_set, test);
            tally.record(test.tc_id, Want::Accept, outcome);
        }
    }
    tally.finish(Expect::run(75, 0));
}

fn generate(algorithm: Algorithm, test: &KeyGenTest) -> Outcome {
    let key = PrivateKey::from_seed(algorithm, SecretBytes::copy_of(&test.seed))?;
    same("pk", key.public_key().as_bytes(), &test.pk)?;
    same("sk", key.expanded()?.expose(), &test.sk)?;
    let key = PrivateKey::from_expanded(algorithm, SecretBytes::copy_of(&test.sk))?;
    same("pk of sk", key.public_key().as_bytes(), &test.pk)
}

/// A group of sigGen or sigVer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Group {
    tg_id: u32,
    #[serde(deserialize_with = "parameter_set")]
    parameter_set: Algorithm,
    deterministic: Option<bool>,
    signature_interface: SignatureInterface,
    pre_hash: Option<Variant>,
    external_mu: Option<bool>,
    tests: Vec<Test>,
    #[serde(rename = "testType")]
    _test_type: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum SignatureInterface {
    Internal,
    External,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Variant {
    Pure,
    PreHash,
    None,
}

/// A test of sigGen, where `pk` and the signature are absent, or of sigVer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Test {
    tc_id: u32,
    test_passed: Option<bool>,
    pk: Option<Hex>,
    sk: Hex,
    message: Option<Hex>,
    context: Option<Hex>,
    hash_alg: Option<String>,
    mu: Option<Hex>,
    rnd: Option<Hex>,
    signature: Option<Hex>,
    #[serde(rename = "deferred")]
    _deferred: Option<bool>,
    #[serde(rename = "reason")]
    _reason: Option<String>,
}

/// What a test signs.
enum Input<'a> {
    Pure {
        context: Context,
        message: &'a [u8],
    },
    PreHashed {
        context: Context,
        message: &'a [u8],
        hash: PreHash,
    },
    Internal {
        representative: &'a [u8],
    },
    Mu {
        mu: &'a [u8],
    },
}

impl<'a> Input<'a> {
    fn of(group: &Group, test: &'a Test) -> Outcome<Self> {
        let message = test.message.as_deref();
        let context = || Ok::<_, Failure>(Context::new(test.context.as_deref().unwrap())?);
        let variant = group.pre_hash.unwrap_or(Variant::None);
        let external_mu = group.external_mu.unwrap_or(false);
        Ok(match (group.signature_interface, variant, external_mu) {
            (SignatureInterface::External, Variant::Pure, false) => Self::Pure {
                context: context()?,
                message: message.unwrap(),
            },
            (SignatureInterface::External, Variant::PreHash, false) => Self::PreHashed {
                context: context()?,
                message: message.unwrap(),
                hash: PreHash::from_acvp(test.hash_alg.as_deref().unwrap()),
            },
            (SignatureInterface::Internal, Variant::None, false) => Self::Internal {
                representative: message.unwrap(),
            },
            (SignatureInterface::Internal, Variant::None, true) => Self::Mu {
                mu: test.mu.as_deref().unwrap(),
            },
            _ => return Err(Failure::Wrong("an unknown kind of group".to_owned())),
        })
    }

    /// M', unless there is only μ.
    fn representative(&self) -> Option<Vec<u8>> {
        match self {
            Self::Pure { context, message } => Some(fips204::pure(context.as_bytes(), message)),
            Self::PreHashed {
                context,
                message,
                hash,
            } => Some(fips204::pre_hashed(context.as_bytes(), *hash, message)),
            Self::Internal { representative } => Some(representative.to_vec()),
            Self::Mu { .. } => None,
        }
    }

    /// M' where there is one, and μ.
    fn representative_and_mu(&self, key: &VerifyingKey) -> (Option<Vec<u8>>, Vec<u8>) {
        let representative = self.representative();
        let mu = match (self, &representative) {
            (Self::Mu { mu }, _) => mu.to_vec(),
            (_, Some(m)) => fips204::mu(key.as_bytes(), m).to_vec(),
            (_, None) => unreachable!("only external mu has no message"),
        };
        (representative, mu)
    }
}

/// A group of expectedResults.json.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResultGroup {
    tg_id: u32,
    tests: Vec<ResultTest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResultTest {
    tc_id: u32,
    signature: Hex,
}

#[test]
fn signature_generation() {
    const FOLDER: &str = "ML-DSA-sigGen-FIPS204";
    let (Some(groups), Some(results)) = (
        groups::<Group>(FOLDER, "prompt.json"),
        groups::<ResultGroup>(FOLDER, "expectedResults.json"),
    ) else {
        return;
    };
    let mut expected: BTreeMap<_, _> = results
        .into_iter()
        .flat_map(|group| {
            let tests = group.tests.into_iter();
            tests.map(move |test| ((group.tg_id, test.tc_id), test.signature))
        })
        .collect();
    let mut tally = Tally::new(FOLDER);
    for group in &groups {
        for test in &group.tests {
            let signature = expected.remove(&(group.tg_id, test.tc_id)).unwrap();
            tally.record(test.tc_id, Want::Accept, sign(group, test, &signature));
        }
    }
    assert!(expected.is_empty(), "answers without a question");
    tally.finish(Expect::run(360, 0));
}

fn sign(group: &Group, test: &Test, signature: &[u8]) -> Outcome {
    let key = signing_key(group.parameter_set, &test.sk)?;
    let deterministic = group.deterministic.unwrap();
    ensure(deterministic == test.rnd.is_none(), "rnd without a reason")?;
    let rnd = test.rnd.as_deref().unwrap_or(&[0; 32]);
    let input = Input::of(group, test)?;

    if let (Input::Pure { context, message }, true) = (&input, deterministic) {
        let options = SignOptions {
            context: context.clone(),
            deterministic,
            rsa_scheme: None,
        };
        let made = key.sign_with(message, &options)?;
        same("signature", &made, signature)?;
    }
    let (representative, mu) = input.representative_and_mu(key.verifying_key());
    if let Some(m) = representative {
        let made = testing::ml_dsa_sign_internal(&key, &m, rnd)?;
        same("signature of M'", &made, signature)?;
    }
    let made = testing::ml_dsa_sign_mu(&key, &mu, rnd)?;
    same("signature of mu", &made, signature)?;
    verify(key.verifying_key(), &input, signature)
}

#[test]
fn signature_verification() {
    const FOLDER: &str = "ML-DSA-sigVer-FIPS204";
    let Some(groups) = groups::<Group>(FOLDER, "internalProjection.json") else {
        return;
    };
    let mut tally = Tally::new(FOLDER);
    for group in &groups {
        for test in &group.tests {
            let want = match test.test_passed {
                Some(true) => Want::Accept,
                Some(false) => Want::Refuse,
                None => panic!("test {} has no answer", test.tc_id),
            };
            tally.record(test.tc_id, want, verification(group, test));
        }
    }
    tally.finish(Expect::run(36, 144));
}

fn verification(group: &Group, test: &Test) -> Outcome {
    let key = VerifyingKey::from_bytes(group.parameter_set, test.pk.as_deref().unwrap())?;
    let of_private = signing_key(group.parameter_set, &test.sk)?;
    ensure(*of_private.verifying_key() == key, "pk is not that of sk")?;
    verify(
        &key,
        &Input::of(group, test)?,
        test.signature.as_deref().unwrap(),
    )
}

/// Every implementation and interface that can take the input must give the same answer.
fn verify(key: &VerifyingKey, input: &Input<'_>, signature: &[u8]) -> Outcome {
    let (representative, mu) = input.representative_and_mu(key);
    let by_mu = testing::ml_dsa_verify_mu(key, &mu, signature)?;
    if let Some(m) = representative {
        let by_m = testing::ml_dsa_verify_internal(key, &m, signature)?;
        ensure(by_m == by_mu, format!("M': {by_m}, mu: {by_mu}"))?;
    }
    if let Input::Pure { context, message }
    | Input::PreHashed {
        context, message, ..
    } = input
    {
        let options = VerifyOptions {
            context: context.clone(),
            ..VerifyOptions::default()
        };
        let verdict = key.verify_with(message, signature, &options)?;
        let second = testing::second_opinion(key, message, signature, &options)?;
        // A signature of the pre-hash variant is none of the pure one.
        let pure = by_mu && matches!(input, Input::Pure { .. });
        ensure(
            verdict.is_valid() == pure && second == Some(pure),
            format!("pure: {verdict}, second opinion: {second:?}, mu: {by_mu}"),
        )?;
    }
    refused_unless(by_mu, "the signature")
}

fn signing_key(algorithm: Algorithm, sk: &[u8]) -> Outcome<SigningKey> {
    Ok(PrivateKey::from_expanded(algorithm, SecretBytes::copy_of(sk))?.into_signing()?)
}
