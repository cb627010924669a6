//! Bytes that must not outlive their use.
//!
//! [`SecretBytes`] lives on the heap at one address from birth to drop, is wiped when dropped,
//! shows only its length in `Debug`, has no `Clone`, `Display` or `Serialize`, and compares in
//! constant time. `on_clean_stack` runs code that leaves secrets on the stack and overwrites
//! what it left.

use std::fmt;
use std::hint::black_box;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret byte string of fixed length.
///
/// The bytes never move: the buffer is allocated at its final size, so that no growth leaves a
/// copy behind. Wiped on drop.
pub struct SecretBytes(Box<[u8]>);

impl SecretBytes {
    /// `len` zero bytes, to be filled through [`expose_mut`](Self::expose_mut).
    pub fn zeroed(len: usize) -> Self {
        Self(vec![0; len].into_boxed_slice())
    }

    /// A copy of `bytes`. The caller still owns, and wipes, the original.
    pub fn copy_of(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The concatenation of `parts`.
    pub fn concat(parts: &[&[u8]]) -> Self {
        let mut whole = Self::zeroed(parts.iter().map(|part| part.len()).sum());
        let mut rest = whole.expose_mut();
        for part in parts {
            let (head, tail) = rest.split_at_mut(part.len());
            head.copy_from_slice(part);
            rest = tail;
        }
        whole
    }

    /// The secret itself. Every use of this name is a place to review.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret itself, writable.
    pub fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// A second copy, which is wiped on its own.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::copy_of(&self.0)
    }

    /// Length in bytes; not a secret.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes({} bytes)", self.0.len())
    }
}

/// Constant time in the contents; the lengths are public.
impl PartialEq for SecretBytes {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretBytes {}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for SecretBytes {}

/// Constant-time equality of two byte strings whose lengths are public.
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// How much stack is overwritten after an operation on a secret: more than operations of that kind
/// use, as `tests/stack.rs` shows. Overwriting takes time, beside which a hash value takes little.
pub(crate) mod depth {
    /// Enough for everything; ML-DSA-87 signing in libcrux goes deepest.
    pub(crate) const ANY: usize = 512 * 1024;
    /// ML-KEM.
    pub(crate) const ML_KEM: usize = 128 * 1024;
    /// Brainpool curves, Ed448 and X448.
    pub(crate) const CURVE: usize = 64 * 1024;
    /// Hash functions.
    pub(crate) const HASH: usize = 32 * 1024;
}

/// Runs `work`, then overwrites the `DEPTH` bytes of stack that it used at most.
///
/// libcrux wipes nothing, and the other post-quantum crates wipe their keys but not what the
/// compiler spilled. `work` must deliver its results through references to heap buffers: what
/// it returns by value is copied into the caller's frame, which is not overwritten.
pub(crate) fn on_clean_stack<const DEPTH: usize, T>(work: impl FnOnce() -> T) -> T {
    /// Overwrites on return and on unwinding alike.
    struct Wipe<const DEPTH: usize>;
    impl<const DEPTH: usize> Drop for Wipe<DEPTH> {
        fn drop(&mut self) {
            overwrite_stack::<DEPTH>();
        }
    }

    /// Keeps the frames of `work` below the frame that calls [`overwrite_stack`].
    #[inline(never)]
    fn below<T>(work: impl FnOnce() -> T) -> T {
        work()
    }

    let _wipe = Wipe::<DEPTH>;
    below(work)
}

#[inline(never)]
fn overwrite_stack<const DEPTH: usize>() {
    let mut frame = [0u8; DEPTH];
    // The optimiser must assume that the array is read here, so it cannot drop the zeroes.
    black_box(&mut frame);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_length_alone() {
        let secret = SecretBytes::copy_of(&[0xa5; 32]);
        assert_eq!(format!("{secret:?}"), "SecretBytes(32 bytes)");
    }

    #[test]
    fn concatenates_in_order() {
        let whole = SecretBytes::concat(&[b"ab", b"", b"cde"]);
        assert_eq!(whole.expose(), b"abcde");
    }

    #[test]
    fn equality_needs_every_byte_and_the_length() {
        let secret = SecretBytes::copy_of(b"0123456789");
        assert_eq!(secret, secret.duplicate());
        assert_ne!(secret, SecretBytes::copy_of(b"0123456788"));
        assert_ne!(secret, SecretBytes::copy_of(b"012345678"));
    }
}
