//! The ways through the arithmetic: all give the same answers, at different speed.

use std::fmt::{self, Display};

use crate::keccak::{self, Permute, State};
#[cfg(target_arch = "x86_64")]
use crate::simd::{Kernels, avx2::Avx2, avx512::Avx512};

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
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
}

impl Path {
    /// Safe Rust for every processor.
    pub const PORTABLE: Self = Self(Kind::Portable);

    /// The fastest path that this processor has.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx512) = Avx512::detect() {
            return Self(Kind::Avx512(avx512));
        } else if let Some(avx2) = Avx2::detect() {
            return Self(Kind::Avx2(avx2));
        }
        Self::PORTABLE
    }

    /// All paths that this processor has, slowest first: a test runs each.
    pub fn available() -> Vec<Self> {
        let paths = [Self::PORTABLE].into_iter();
        #[cfg(target_arch = "x86_64")]
        let paths = paths
            .chain(Avx2::detect().map(|avx2| Self(Kind::Avx2(avx2))))
            .chain(Avx512::detect().map(|avx512| Self(Kind::Avx512(avx512))));
        paths.collect()
    }

    /// The name of the path, for reports.
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(_) => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(_) => "AVX-512",
        }
    }
}

impl Permute for Path {
    fn permute(self, state: &mut State) {
        match self.0 {
            Kind::Portable => keccak::permute(state),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(avx2) => avx2.permute(state),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(avx512) => avx512.permute(state),
        }
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
