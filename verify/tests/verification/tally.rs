//! Counting what ran: a vector that is skipped without notice, or an empty file, fails the test.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::support::{Answer, name};

/// What the vectors of one file came to: how many were accepted, and how many refused by each clause.
pub(crate) struct Tally {
    file: String,
    accepted: usize,
    refused: BTreeMap<String, usize>,
    failures: Vec<String>,
}

impl Tally {
    pub(crate) fn new(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            accepted: 0,
            refused: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    /// Counts a vector, which asks for a valid signature or for a refusal.
    pub(crate) fn record(&mut self, id: impl Display, valid: bool, answer: Answer) {
        match (valid, answer) {
            (true, Ok(())) => self.accepted += 1,
            (false, Err(_)) => *self.refused.entry(name(answer)).or_default() += 1,
            (true, Err(rejected)) => self.failures.push(format!("{id}: {rejected}")),
            (false, Ok(())) => self.failures.push(format!("{id}: not refused")),
        }
    }

    /// Compares the counts with what is expected, which is written by hand beside each test.
    pub(crate) fn finish(self, accepted: usize, refused: &[(&str, usize)]) {
        let failures = self.failures.join("\n");
        assert!(failures.is_empty(), "{}:\n{failures}", self.file);
        let found: Vec<(&str, usize)> = self
            .refused
            .iter()
            .map(|(clause, count)| (clause.as_str(), *count))
            .collect();
        assert_eq!(
            (self.accepted, &found[..]),
            (accepted, refused),
            "{}",
            self.file
        );
        assert!(self.accepted > 0, "{}: nothing ran", self.file);
    }
}
