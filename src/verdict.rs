//! The answer of a verification.

use std::fmt;

/// What a verification found.
///
/// More answers arrive with windows, states and policy; match with a wildcard, and treat what you
/// do not know as a no.
#[non_exhaustive]
#[must_use = "a verification that nobody looks at protects nothing"]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The signature holds under this key.
    Valid,
    /// It does not.
    Invalid,
    /// It is by somebody who is not trusted.
    Untrusted,
    /// The policy does not let this key verify: nothing was computed.
    RefusedByPolicy,
}

impl Verdict {
    /// Whether the signature may be relied on.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        matches!(self, Self::Valid)
    }

    /// The name of the verdict in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Untrusted => "untrusted",
            Self::RefusedByPolicy => "refused-by-policy",
        }
    }

    /// The exit status of the command.
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Untrusted | Self::RefusedByPolicy => 4,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
