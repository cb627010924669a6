//! The answer of a verification.

use std::fmt;

/// What a verification found.
///
/// Match with a wildcard, and treat what you do not know as a no.
#[non_exhaustive]
#[must_use = "a verification that nobody looks at protects nothing"]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The signature holds under this key.
    Valid,
    /// It does not.
    Invalid,
    /// It holds, and it is proven to be older than the day since which the key is not trusted.
    ValidCompromisedLater,
    /// It is by somebody who is not trusted, or by a key that was compromised, and nothing proves that it
    /// is older than that.
    Untrusted,
    /// It holds, outside the time for which the key may be relied on.
    OutsideWindow,
    /// No version of the key that may verify has made it.
    UnknownVersion,
    /// The policy does not let this key verify: nothing was computed.
    RefusedByPolicy,
}

impl Verdict {
    /// Whether the signature may be relied on.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        matches!(self, Self::Valid | Self::ValidCompromisedLater)
    }

    /// The name of the verdict in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::ValidCompromisedLater => "valid-compromised-later",
            Self::Untrusted => "untrusted",
            Self::OutsideWindow => "outside-window",
            Self::UnknownVersion => "unknown-version",
            Self::RefusedByPolicy => "refused-by-policy",
        }
    }

    /// The exit status of the command.
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Valid | Self::ValidCompromisedLater => 0,
            Self::Invalid => 1,
            Self::Untrusted
            | Self::OutsideWindow
            | Self::UnknownVersion
            | Self::RefusedByPolicy => 4,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
