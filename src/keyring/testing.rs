//! Doors to the records of a keyring, for [`crate::testing`].

use super::backup;
use super::record::{Head, Hex, Key, Record, Seen, Version};
use super::unlock::{Unlock, Unlocker};
use crate::error::Result;

/// The kinds of records with an encoding of their own; entries, checkpoints and proofs of the audit log have public ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredRecord {
    /// What vouches for everything else.
    Head,
    /// A key.
    Key,
    /// A version of a key.
    Version,
    /// When a signature by a counterparty was seen first.
    Seen,
    /// What unlocks the keyring.
    Unlocker,
    /// The header of a backup.
    BackupHeader,
}

impl StoredRecord {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Head,
        Self::Key,
        Self::Version,
        Self::Seen,
        Self::Unlocker,
        Self::BackupHeader,
    ];
}

/// Reads a record of that kind, and writes it again.
///
/// # Errors
/// [`Code::Integrity`](crate::Code::Integrity) for what no keyring has written.
pub fn rewrite_record(kind: StoredRecord, bytes: &[u8]) -> Result<Vec<u8>> {
    fn again<T: Record>(bytes: &[u8]) -> Result<Vec<u8>> {
        T::decode(bytes)?.encode()
    }
    match kind {
        StoredRecord::Head => again::<Head>(bytes),
        StoredRecord::Key => again::<Key>(bytes),
        StoredRecord::Version => again::<Version>(bytes),
        StoredRecord::Seen => again::<Seen>(bytes),
        StoredRecord::Unlocker => again::<Unlocker>(bytes),
        StoredRecord::BackupHeader => again::<backup::Header>(bytes),
    }
}

/// Whether the unlocker in a record opens with `unlock`.
///
/// # Errors
/// [`Code::Integrity`](crate::Code::Integrity) for a record that no keyring has written, and for a cost beyond the caps.
pub fn opens_unlocker(bytes: &[u8], unlock: &Unlock) -> Result<bool> {
    let root = Unlocker::decode(bytes)?.open(&Hex([0; 16]), unlock)?;
    Ok(root.is_some())
}
