//! Counting what ran: a vector that is skipped without notice, or an empty file, fails the test.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use chop::{Code, Error, Verdict};

/// How many failures are printed before the rest is only counted.
const SHOWN: usize = 20;

/// What a vector asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// The valid signature, the right secret, the very bytes.
    Accept,
    /// An error that blames the input, or a clear no.
    Refuse,
}

/// How a case can end other than well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library said no, in these words.
    Refused(String),
    /// The library contradicted the vector or itself, or failed for a reason of its own.
    Wrong(String),
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Wrong(why) => f.write_str(why),
        }
    }
}

/// How a case ended: `Ok` means that the library accepted all of it.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl From<Error> for Failure {
    /// Only an error that blames the input is a refusal. A failed self-test or an internal error
    /// must never pass for one.
    fn from(error: Error) -> Self {
        match error.code() {
            Code::Rejected
            | Code::Length
            | Code::Malformed
            | Code::Inconsistent
            | Code::Limit
            | Code::Unsupported
            | Code::UnknownIdentifier
            | Code::WrongKind => Self::Refused(error.to_string()),
            _ => Self::Wrong(format!("{error:?}")),
        }
    }
}

/// Goes on only after a valid signature.
pub(crate) fn accepted(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Valid | Verdict::Invalid => refused_unless(verdict.is_valid(), "the signature"),
        other => Err(Failure::Wrong(format!("unexpected verdict {other}"))),
    }
}

/// Goes on only if the library said yes to `what`.
pub(crate) fn refused_unless(yes: bool, what: &str) -> Outcome {
    if yes {
        return Ok(());
    }
    Err(Failure::Refused(what.to_owned()))
}

/// Goes on only if `got` is what the vector names.
pub(crate) fn same(what: &str, got: &[u8], expected: &[u8]) -> Outcome {
    if got == expected {
        return Ok(());
    }
    let start = |bytes: &[u8]| hex::encode(&bytes[..bytes.len().min(16)]);
    Err(Failure::Wrong(format!(
        "{what}: expected {} bytes {}.., got {} bytes {}..",
        expected.len(),
        start(expected),
        got.len(),
        start(got)
    )))
}

/// Goes on only if `holds`.
pub(crate) fn ensure(holds: bool, otherwise: impl Into<String>) -> Outcome {
    if holds {
        return Ok(());
    }
    Err(Failure::Wrong(otherwise.into()))
}

/// What a file must amount to: written by hand beside each test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expect {
    accepted: usize,
    refused: usize,
    skipped: usize,
}

impl Expect {
    /// So many vectors that ran and were accepted, so many that ran and were refused, none skipped.
    pub(crate) const fn run(accepted: usize, refused: usize) -> Self {
        Self {
            accepted,
            refused,
            skipped: 0,
        }
    }

    /// The same, and so many that did not run.
    pub(crate) const fn skipping(self, skipped: usize) -> Self {
        Self { skipped, ..self }
    }
}

/// The vectors of one file.
pub(crate) struct Tally {
    file: String,
    accepted: usize,
    refused: usize,
    skipped: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
}

impl Tally {
    pub(crate) fn new(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            accepted: 0,
            refused: 0,
            skipped: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    /// Counts a vector that ran.
    pub(crate) fn record(&mut self, id: impl Display, want: Want, outcome: Outcome) {
        match (want, outcome) {
            (Want::Accept, Ok(())) => self.accepted += 1,
            (Want::Refuse, Err(Failure::Refused(_))) => self.refused += 1,
            (Want::Accept, Err(failure)) => self.failures.push(format!("{id}: {failure}")),
            (Want::Refuse, Ok(())) => self.failures.push(format!("{id}: not refused")),
            (Want::Refuse, Err(Failure::Wrong(why))) => self.failures.push(format!("{id}: {why}")),
        }
    }

    /// Counts a vector that does not run.
    pub(crate) fn skip(&mut self, reason: &'static str) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Compares the counts with `expect`.
    pub(crate) fn finish(self, expect: Expect) {
        let shown = &self.failures[..self.failures.len().min(SHOWN)];
        assert!(
            self.failures.is_empty(),
            "{}: {} vectors failed:\n{}",
            self.file,
            self.failures.len(),
            shown.join("\n")
        );
        let found = Expect {
            accepted: self.accepted,
            refused: self.refused,
            skipped: self.skipped.values().sum(),
        };
        assert!(
            found.accepted + found.refused > 0,
            "{}: nothing ran",
            self.file
        );
        assert_eq!(found, expect, "{}: skipped {:?}", self.file, self.skipped);
    }
}

#[test]
#[should_panic(expected = "nothing ran")]
fn a_file_of_which_nothing_ran_fails() {
    let mut tally = Tally::new("empty");
    tally.skip("for no reason");
    tally.finish(Expect::run(0, 0).skipping(1));
}

#[test]
#[should_panic(expected = "1 vectors failed")]
fn an_internal_error_is_no_refusal() {
    let mut tally = Tally::new("one");
    let internal = Error::new(Code::Internal, "broken");
    tally.record(1, Want::Refuse, Err(internal.into()));
    tally.finish(Expect::run(0, 1));
}
