//! One error type for the library, the command and the C library.
//!
//! An [`Error`] says what was being looked at, what was expected, what came instead and where.
//! Its [`Code`] sorts it by cause: the number is stable, is never reused, and decides the exit
//! status of the command.

use std::fmt;

/// The result of every fallible operation in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The cause of an [`Error`]: who can fix it, and how the command exits.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The answer is no, deliberately without detail: a decapsulation or a key agreement refused its input.
    Rejected,
    /// No algorithm of that name in the table.
    UnknownAlgorithm,
    /// The request contradicts itself or asks for what the algorithm does not have.
    Usage,
    /// What was asked for is longer than the caller has room for.
    DoesNotFit,
    /// No key of that name, or no such version of it, in the keyring.
    UnknownKey,
    /// Bytes of the wrong length.
    Length,
    /// Bytes that do not parse as what they claim to be.
    Malformed,
    /// Parts of one key contradict each other.
    Inconsistent,
    /// A cost or a size chosen by the input is above a named cap.
    Limit,
    /// A well-formed encoding that this build knows by name and refuses.
    Unsupported,
    /// An object identifier that stands for nothing known here.
    UnknownIdentifier,
    /// A key of the wrong kind for the operation.
    WrongKind,
    /// A certificate that is not to be believed.
    Untrusted,
    /// The policy refuses it; [`Error::refused_by`] names the rule.
    Policy,
    /// The state of the key, its windows, its contexts or its quota refuse it.
    State,
    /// A file or another part of the system failed.
    Io,
    /// The output exists already.
    Exists,
    /// The random source failed, returned nothing or repeated itself.
    Random,
    /// The system's clock is behind what the keyring has recorded.
    Clock,
    /// The store of a keyring could not be read or written. After a failed write its handle is of no more use.
    Storage,
    /// Wrong passphrase, or a sealed file that was altered: the two cannot be told apart.
    Passphrase,
    /// A record of a keyring was altered, exchanged, removed or taken from elsewhere.
    Integrity,
    /// A self-test, a pairwise test or a second opinion failed: stop using this process.
    SelfTest,
    /// A condition that this library's own code should have excluded.
    Internal,
}

impl Code {
    /// Every code, in the order of its number.
    pub const ALL: &'static [Self] = &[
        Self::Rejected,
        Self::UnknownAlgorithm,
        Self::Usage,
        Self::DoesNotFit,
        Self::UnknownKey,
        Self::Length,
        Self::Malformed,
        Self::Inconsistent,
        Self::Limit,
        Self::Unsupported,
        Self::UnknownIdentifier,
        Self::WrongKind,
        Self::Untrusted,
        Self::Policy,
        Self::State,
        Self::Io,
        Self::Exists,
        Self::Random,
        Self::Clock,
        Self::Storage,
        Self::Passphrase,
        Self::Integrity,
        Self::SelfTest,
        Self::Internal,
    ];

    /// The stable number of this code.
    pub const fn number(self) -> u16 {
        match self {
            Self::Rejected => 100,
            Self::UnknownAlgorithm => 200,
            Self::Usage => 201,
            Self::DoesNotFit => 202,
            Self::UnknownKey => 203,
            Self::Length => 300,
            Self::Malformed => 301,
            Self::Inconsistent => 302,
            Self::Limit => 303,
            Self::Unsupported => 304,
            Self::UnknownIdentifier => 305,
            Self::WrongKind => 400,
            Self::Untrusted => 401,
            Self::Policy => 402,
            Self::State => 403,
            Self::Io => 500,
            Self::Exists => 501,
            Self::Random => 502,
            Self::Clock => 503,
            Self::Storage => 504,
            Self::Passphrase => 600,
            Self::Integrity => 601,
            Self::SelfTest => 7000,
            Self::Internal => 7001,
        }
    }

    /// The stable name of this code, as it stands in `--json`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::UnknownAlgorithm => "unknown-algorithm",
            Self::Usage => "usage",
            Self::DoesNotFit => "does-not-fit",
            Self::UnknownKey => "unknown-key",
            Self::Length => "length",
            Self::Malformed => "malformed",
            Self::Inconsistent => "inconsistent",
            Self::Limit => "limit",
            Self::Unsupported => "unsupported",
            Self::UnknownIdentifier => "unknown-identifier",
            Self::WrongKind => "wrong-kind",
            Self::Untrusted => "untrusted",
            Self::Policy => "refused-by-policy",
            Self::State => "refused-by-state",
            Self::Io => "io",
            Self::Exists => "exists",
            Self::Random => "random",
            Self::Clock => "clock",
            Self::Storage => "storage",
            Self::Passphrase => "passphrase",
            Self::Integrity => "integrity",
            Self::SelfTest => "self-test",
            Self::Internal => "internal",
        }
    }

    /// The exit status of the command: the hundreds of [`number`](Self::number).
    pub const fn exit_status(self) -> u8 {
        match self.number() / 100 {
            1 => 1,
            2 => 2,
            3 => 3,
            4 => 4,
            5 => 5,
            6 => 6,
            _ => 70,
        }
    }
}

/// Whether a character moves a cursor, turns the writing or is not seen at all.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// How much of a foreign text an error repeats.
const MAX_GOT: usize = 200;

/// What went wrong: the thing, what was expected, what came, and where.
///
/// Never holds key bytes or any other secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Detail>);

#[derive(Clone, PartialEq, Eq)]
struct Detail {
    code: Code,
    what: String,
    expected: Option<String>,
    got: Option<String>,
    place: Option<String>,
    rule: Option<String>,
}

impl Error {
    /// An error about `what`, with nothing else known yet.
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Self(Box::new(Detail {
            code,
            what: what.into(),
            expected: None,
            got: None,
            place: None,
            rule: None,
        }))
    }

    /// A wrong length, in bytes.
    pub fn length(what: impl Into<String>, expected: usize, got: usize) -> Self {
        Self::new(Code::Length, what)
            .expected(format!("{expected} bytes"))
            .got(format!("{got} bytes"))
    }

    /// Bytes that do not parse.
    pub fn malformed(what: impl Into<String>) -> Self {
        Self::new(Code::Malformed, what)
    }

    /// Parts of one key that contradict each other.
    pub fn inconsistent(what: impl Into<String>) -> Self {
        Self::new(Code::Inconsistent, what)
    }

    /// A request that contradicts itself.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Code::Usage, what)
    }

    /// A state that the code above should have excluded; never an answer to bad input.
    pub(crate) fn internal(what: impl Into<String>) -> Self {
        Self::new(Code::Internal, what)
    }

    /// Adds what would have been right.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// Adds what came instead. What came may be anything, so it is cut at 200 characters, and what would move a
    /// cursor or turn the writing is written as its number.
    #[must_use]
    pub fn got(mut self, got: impl Into<String>) -> Self {
        let mut got = got.into();
        if got.contains(is_unprintable) {
            let mut harmless = String::new();
            for c in got.chars().take(MAX_GOT + 1) {
                match is_unprintable(c) {
                    true => harmless.extend(c.escape_unicode()),
                    false => harmless.push(c),
                }
            }
            got = harmless;
        }
        if let Some((end, _)) = got.char_indices().nth(MAX_GOT) {
            got.truncate(end);
            got.push_str("...");
        }
        self.0.got = Some(got);
        self
    }

    /// Adds where: a file, a line, a field. An inner place that is already known stays, after the outer one.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        let outer = place.into();
        self.0.place = Some(match self.0.place.take() {
            Some(inner) => format!("{outer}: {inner}"),
            None => outer,
        });
        self
    }

    /// Adds the rule of a policy that refuses.
    pub(crate) fn rule(mut self, rule: impl Into<String>) -> Self {
        self.0.rule = Some(rule.into());
        self
    }

    /// The rule of a policy that refuses, if that is the cause.
    pub fn refused_by(&self) -> Option<&str> {
        self.0.rule.as_deref()
    }

    /// The cause.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The thing that was wrong.
    pub fn what(&self) -> &str {
        &self.0.what
    }

    /// What would have been right, where that can be said.
    pub fn expectation(&self) -> Option<&str> {
        self.0.expected.as_deref()
    }

    /// What came instead, where that can be said.
    pub fn actual(&self) -> Option<&str> {
        self.0.got.as_deref()
    }

    /// Where, where that is known.
    pub fn place(&self) -> Option<&str> {
        self.0.place.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.0.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.0.what)?;
        match (&self.0.expected, &self.0.got) {
            (Some(expected), Some(got)) => write!(f, ": expected {expected}, got {got}"),
            (Some(expected), None) => write!(f, ": expected {expected}"),
            (None, Some(got)) => write!(f, ": {got}"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({self})", self.0.code.name())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_distinct_ordered_and_give_the_documented_exit_status() {
        let numbers: Vec<u16> = Code::ALL.iter().map(|code| code.number()).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        for code in Code::ALL {
            assert!(
                [1, 2, 3, 4, 5, 6, 70].contains(&code.exit_status()),
                "{code:?}"
            );
        }
    }

    #[test]
    fn what_came_cannot_move_a_cursor() {
        let error = Error::malformed("entry").got("unknown field `a\u{1b}[2J\n\u{202e}`");
        assert_eq!(
            error.to_string(),
            "entry: unknown field `a\\u{1b}[2J\\u{a}\\u{202e}`"
        );
        let long = Error::malformed("entry")
            .got("\u{7f}".repeat(10_000))
            .to_string();
        assert!(long.len() < 2 * MAX_GOT && long.ends_with("..."));
    }

    #[test]
    fn says_what_expected_got_and_where_in_one_line() {
        let error = Error::length("ML-KEM-768 public key", 1184, 1183)
            .at("line 4")
            .at("recipients.txt");
        assert_eq!(
            error.to_string(),
            "recipients.txt: line 4: ML-KEM-768 public key: expected 1184 bytes, got 1183 bytes"
        );
    }
}
