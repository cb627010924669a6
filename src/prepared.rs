//! Prepared keys, kept because they will be used again.

use std::fmt;
use std::num::NonZeroUsize;

use crate::backend::Cache;
use crate::error::Result;
use crate::sign::VerifyingKey;

/// What depends on a key alone, of a bounded number of keys, by fingerprint and for any number of threads.
///
/// Nothing else of a key is kept: a key comes back with the policy that it was given with, and is asked
/// about it each time. When it is full, a key leaves that has not been asked for lately. A service that
/// reads its keys anew for each message, as it should where they can be revoked, expands them once only:
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use chop::{Algorithm, PreparedKeys, SigningKey, VerifyingKey};
///
/// let keys = PreparedKeys::new(NonZeroUsize::new(1_000).unwrap());
/// let signer = SigningKey::generate(Algorithm::MlDsa65)?;
/// let encoded = signer.verifying_key().as_bytes();
/// for payment in ["a payment", "another payment"] {
///     let key = VerifyingKey::from_bytes(Algorithm::MlDsa65, encoded)?;
///     let key = keys.prepare(&key)?;
///     let signature = signer.sign(payment.as_bytes())?;
///     assert!(key.verify(payment.as_bytes(), &signature)?.is_valid());
/// }
/// assert_eq!(keys.len(), 1);
/// # Ok::<(), chop::Error>(())
/// ```
pub struct PreparedKeys(Cache);

impl PreparedKeys {
    /// An empty cache for up to `capacity` keys, of up to 66 KB each.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self(Cache::new(capacity))
    }

    /// [`VerifyingKey::prepare`], from here if it has been done before. A key by an algorithm that has nothing
    /// to prepare takes no place.
    ///
    /// # Errors
    /// As [`VerifyingKey::prepare`].
    pub fn prepare(&self, key: &VerifyingKey) -> Result<VerifyingKey> {
        key.prepare_from(&self.0, key.fingerprint().as_bytes())
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lets go of all of them.
    pub fn clear(&self) {
        self.0.clear();
    }
}

impl fmt::Debug for PreparedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedKeys({} keys)", self.len())
    }
}
