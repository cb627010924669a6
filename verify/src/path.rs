//! The ways through the arithmetic: all give the same answers, at different speed.

use std::fmt::{self, Display};

/// A way through the arithmetic, chosen when a key is prepared.
///
/// A value says that this processor has what the path needs: there is no other way to get one than
/// [`best`](Self::best), [`available`](Self::available) and [`PORTABLE`](Self::PORTABLE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Path(pub(crate) Kind);

/// The paths, slowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Portable,
}

impl Path {
    /// Safe Rust for every processor.
    pub const PORTABLE: Self = Self(Kind::Portable);

    /// The fastest path that this processor has.
    pub fn best() -> Self {
        Self::PORTABLE
    }

    /// All paths that this processor has, slowest first: a test runs each.
    pub fn available() -> Vec<Self> {
        vec![Self::PORTABLE]
    }

    /// The name of the path, for reports.
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
        }
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
