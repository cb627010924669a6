//! Keys, prepared once for many verifications, and the verification without preparing.

use std::fmt;

use crate::error::{KeyLength, Rejected};
use crate::parameter_set::ParameterSet;
use crate::path::{Kind, Path};
use crate::portable;
use crate::signature::Signature;
use crate::signed::{Formatted, Signed, tr};
#[cfg(target_arch = "x86_64")]
use crate::simd::{self, avx2::Avx2, avx512::Avx512};

/// A public key whose matrix is expanded: what depends on the key alone is done once.
///
/// It takes k·(ℓ+1) KiB: 20 at ML-DSA-44, 36 at ML-DSA-65, 64 at ML-DSA-87.
#[derive(Clone)]
pub struct PreparedKey {
    set: ParameterSet,
    tr: [u8; 64],
    pub(crate) expanded: Expanded,
}

/// The expanded key, in the order that its path wants.
#[derive(Clone)]
pub(crate) enum Expanded {
    Portable(portable::ExpandedKey),
    #[cfg(target_arch = "x86_64")]
    Avx2(simd::ExpandedKey<Avx2>),
    #[cfg(target_arch = "x86_64")]
    Avx512(simd::ExpandedKey<Avx512>),
}

impl PreparedKey {
    /// Prepares a public key as FIPS 204 encodes it (algorithm 23), for the fastest path.
    ///
    /// # Errors
    /// [`KeyLength`], and nothing else: every string of the right length is a public key.
    pub fn new(set: ParameterSet, public_key: &[u8]) -> Result<Self, KeyLength> {
        Self::with_path(Path::best(), set, public_key)
    }

    /// Prepares a public key for the path given.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_path(path: Path, set: ParameterSet, public_key: &[u8]) -> Result<Self, KeyLength> {
        check_length(set, public_key)?;
        let p = set.parameters();
        let (expanded, tr) = match path.0 {
            Kind::Portable => {
                let expanded = portable::ExpandedKey::new(p, public_key);
                (Expanded::Portable(expanded), tr(path, public_key))
            }
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(avx2) => {
                let (expanded, tr) = simd::ExpandedKey::new(avx2, p, public_key);
                (Expanded::Avx2(expanded), tr)
            }
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(avx512) => {
                let (expanded, tr) = simd::ExpandedKey::new(avx512, p, public_key);
                (Expanded::Avx512(expanded), tr)
            }
        };
        Ok(Self { set, tr, expanded })
    }

    /// The parameter set of the key.
    pub fn parameter_set(&self) -> ParameterSet {
        self.set
    }

    /// The path that the key was prepared for.
    pub fn path(&self) -> Path {
        match &self.expanded {
            Expanded::Portable(_) => Path::PORTABLE,
            #[cfg(target_arch = "x86_64")]
            Expanded::Avx2(key) => Path(Kind::Avx2(key.kernels())),
            #[cfg(target_arch = "x86_64")]
            Expanded::Avx512(key) => Path(Kind::Avx512(key.kernels())),
        }
    }

    /// tr = H(pk, 64), with which every hash of a message begins.
    pub fn tr(&self) -> &[u8; 64] {
        &self.tr
    }

    /// Verifies a signature of `message`; FIPS 204, algorithm 3.
    ///
    /// # Errors
    /// The first clause that fails.
    pub fn verify(&self, message: &[u8], context: &[u8], signature: &[u8]) -> Result<(), Rejected> {
        let signed = Signed::message(&self.tr, context, message)?;
        self.verify_signed(signed, signature)
    }

    /// Verifies a signature of the message of which `mu` is the hash by [`MuHasher`](crate::MuHasher)
    /// under this key; FIPS 204, algorithm 8 from line 8 on.
    ///
    /// # Errors
    /// The first clause that fails.
    pub fn verify_mu(&self, mu: &[u8; 64], signature: &[u8]) -> Result<(), Rejected> {
        self.verify_signed(Signed::Mu(mu), signature)
    }

    fn verify_signed(&self, signed: Signed<'_>, signature: &[u8]) -> Result<(), Rejected> {
        match &self.expanded {
            Expanded::Portable(_) => {}
            #[cfg(target_arch = "x86_64")]
            Expanded::Avx2(key) => key.announce(signature),
            #[cfg(target_arch = "x86_64")]
            Expanded::Avx512(key) => key.announce(signature),
        }
        let signature = Signature::decode(self.set, signature)?;
        match &self.expanded {
            Expanded::Portable(key) => key.verify(&signed.mu(), &signature),
            #[cfg(target_arch = "x86_64")]
            Expanded::Avx2(key) => key.verify(signed, &signature),
            #[cfg(target_arch = "x86_64")]
            Expanded::Avx512(key) => key.verify(signed, &signature),
        }
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedKey")
            .field("set", &self.set)
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

/// Verifies a signature under a key that will not be used again; FIPS 204, algorithm 3. For a second
/// signature under the same key, a [`PreparedKey`] is faster.
///
/// # Errors
/// The first clause that fails.
pub fn verify_once(
    set: ParameterSet,
    public_key: &[u8],
    message: &[u8],
    context: &[u8],
    signature: &[u8],
) -> Result<(), Rejected> {
    verify_once_with_path(Path::best(), set, public_key, message, context, signature)
}

/// [`verify_once`] by the path given.
///
/// # Errors
/// As [`verify_once`].
pub fn verify_once_with_path(
    path: Path,
    set: ParameterSet,
    public_key: &[u8],
    message: &[u8],
    context: &[u8],
    signature: &[u8],
) -> Result<(), Rejected> {
    check_length(set, public_key)?;
    let message = Formatted::new(context, message)?;
    let signature = Signature::decode(set, signature)?;
    let p = set.parameters();
    match path.0 {
        Kind::Portable => {
            let mu = message.under(&tr(path, public_key)).mu();
            portable::verify_once(p, public_key, &mu, &signature)
        }
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2(avx2) => simd::verify_once(avx2, p, public_key, message, &signature),
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512(avx512) => simd::verify_once(avx512, p, public_key, message, &signature),
    }
}

fn check_length(set: ParameterSet, public_key: &[u8]) -> Result<(), KeyLength> {
    let expected = set.public_key_length();
    match public_key.len() {
        got if got == expected => Ok(()),
        got => Err(KeyLength { expected, got }),
    }
}
