//! A hybrid is worth its stronger part only if the parts cannot be taken apart. Here they are dropped,
//! zeroed, replaced, swapped, doubled, relabelled, and offered alone; every manipulation of every
//! suite must be refused. The suites come out of the table of algorithms, and what ran is counted.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod der;
mod edges;
mod identifiers;
mod kems;
mod malleability;
mod numbers;
mod parts;
mod signatures;
mod suite;

use std::fmt::Display;

use chop::{Code, Result, Verdict};

/// The codes of errors that blame the input. A failed self-test or an internal error is no refusal.
const BLAMES_THE_INPUT: [Code; 7] = [
    Code::Rejected,
    Code::Length,
    Code::Malformed,
    Code::Inconsistent,
    Code::Unsupported,
    Code::UnknownIdentifier,
    Code::WrongKind,
];

/// The fewest manipulations that a suite must have withstood.
const AT_LEAST: usize = 12;

/// The manipulations of one suite.
struct Matrix {
    suite: &'static str,
    refused: usize,
    wrong: Vec<String>,
}

impl Matrix {
    fn new(suite: &'static str) -> Self {
        Self {
            suite,
            refused: 0,
            wrong: Vec::new(),
        }
    }

    /// Counts a manipulation; `accepted` is what the library made of it.
    fn refuse(&mut self, how: impl Display, accepted: Result<bool>) {
        match accepted {
            Ok(false) => self.refused += 1,
            Err(error) if BLAMES_THE_INPUT.contains(&error.code()) => self.refused += 1,
            Ok(true) => self.wrong.push(format!("{how}: accepted")),
            Err(error) => self.wrong.push(format!("{how}: {error:?}")),
        }
    }

    /// The name of the suite and how many manipulations it has refused, which must be all.
    fn finish(self) -> (&'static str, usize) {
        self.finish_at_least(AT_LEAST)
    }

    /// The same for a suite of which less can be asked.
    fn finish_at_least(self, least: usize) -> (&'static str, usize) {
        assert!(self.wrong.is_empty(), "{}: {:#?}", self.suite, self.wrong);
        assert!(self.refused >= least, "{}: {}", self.suite, self.refused);
        (self.suite, self.refused)
    }
}

/// Whether a signature was accepted. A verdict that is neither yes nor no would be a third answer.
fn accepted(verdict: Verdict) -> bool {
    assert!(matches!(verdict, Verdict::Valid | Verdict::Invalid));
    verdict.is_valid()
}

/// Bytes that look random and are always the same.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}

#[test]
#[should_panic(expected = "accepted")]
fn an_accepted_manipulation_fails_the_matrix() {
    let mut matrix = Matrix::new("suite");
    (0..AT_LEAST).for_each(|how| matrix.refuse(how, Ok(false)));
    matrix.refuse("stripped", Ok(true));
    matrix.finish();
}

#[test]
#[should_panic(expected = "internal")]
fn an_internal_error_is_no_refusal() {
    let mut matrix = Matrix::new("suite");
    (0..AT_LEAST).for_each(|how| matrix.refuse(how, Ok(false)));
    matrix.refuse("broken", Err(chop::Error::new(Code::Internal, "broken")));
    matrix.finish();
}

#[test]
#[should_panic(expected = "suite: 11")]
fn too_few_manipulations_fail_the_matrix() {
    let mut matrix = Matrix::new("suite");
    (1..AT_LEAST).for_each(|how| matrix.refuse(how, Ok(false)));
    matrix.finish();
}
