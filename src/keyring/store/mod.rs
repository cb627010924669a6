//! Where the records of a keyring lie.
//!
//! A [`Store`] is an ordered map in transactions and nothing more: it knows neither what the records mean
//! nor how they are protected, and nothing above it knows how it keeps them. [`SqliteStore`] is one file;
//! `conformance` (feature `testing`) is what any other has to pass.

#[cfg(any(test, feature = "testing"))]
pub mod conformance;
#[cfg(any(test, feature = "testing"))]
mod memory;
mod sqlite;

#[cfg(any(test, feature = "testing"))]
pub use memory::MemoryStore;
pub use sqlite::SqliteStore;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::error::{Code, Error, Result};

/// The longest key of a record, in bytes.
pub const MAX_KEY: usize = 512;

/// The longest value of a record, in bytes.
pub const MAX_VALUE: usize = 1 << 20;

/// A kind of record. Each kind has an order of its own.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// The one record that vouches for all others.
    Head,
    /// What unlocks the keyring.
    Unlocker,
    /// Keys.
    Key,
    /// Their versions.
    Version,
    /// Public keys of versions.
    Public,
    /// Sealed private keys of versions.
    Secret,
    /// When a signature by a counterparty was seen first.
    Seen,
    /// Signed checkpoints of the audit log.
    Checkpoint,
    /// The tree over all of these.
    Index,
    /// The audit log.
    Audit,
}

impl Space {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Head,
        Self::Unlocker,
        Self::Key,
        Self::Version,
        Self::Public,
        Self::Secret,
        Self::Seen,
        Self::Checkpoint,
        Self::Index,
        Self::Audit,
    ];

    /// The kind in one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Unlocker => "unlocker",
            Self::Key => "key",
            Self::Version => "version",
            Self::Public => "public",
            Self::Secret => "secret",
            Self::Seen => "seen",
            Self::Checkpoint => "checkpoint",
            Self::Index => "index",
            Self::Audit => "audit",
        }
    }

    /// Whether what is removed from it must not be found in the files any more: sealed keys, and the root key as
    /// unlockers wrap it.
    pub const fn holds_secrets(self) -> bool {
        match self {
            Self::Unlocker | Self::Secret => true,
            Self::Head
            | Self::Key
            | Self::Version
            | Self::Public
            | Self::Seen
            | Self::Checkpoint
            | Self::Index
            | Self::Audit => false,
        }
    }

    /// A number that never changes, because records are bound to it.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Head => 0,
            Self::Unlocker => 1,
            Self::Key => 2,
            Self::Version => 3,
            Self::Public => 4,
            Self::Secret => 5,
            Self::Seen => 6,
            Self::Checkpoint => 7,
            Self::Index => 8,
            Self::Audit => 9,
        }
    }

    /// The kind of that number.
    pub(super) fn of_number(number: u8) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|space| space.number() == number)
    }
}

/// Receives a record; false ends the scan.
pub type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> Result<bool> + 'a;

/// One consistent state of a store.
pub trait Reading {
    /// The value of a record.
    ///
    /// # Errors
    /// [`Code::Storage`]; [`Code::Integrity`] for a store that is damaged.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// Visits the records of `space` from the key `from` on, in the order of the bytes of their keys.
    ///
    /// # Errors
    /// As [`get`](Self::get), and those of `visit`.
    fn scan(&self, space: Space, from: &[u8], visit: &mut Visit<'_>) -> Result<()>;
}

/// A state of a store that is being changed.
pub trait Writing: Reading {
    /// Makes or replaces a record.
    ///
    /// # Errors
    /// [`Code::Limit`] above [`MAX_KEY`] and [`MAX_VALUE`]; [`Code::Storage`].
    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()>;

    /// Removes a record, if it is there.
    ///
    /// # Errors
    /// [`Code::Storage`].
    fn delete(&mut self, space: Space, key: &[u8]) -> Result<()>;

    /// The same state, for reading.
    fn reading(&self) -> &dyn Reading;
}

/// Work on a state that stays as it is.
pub type Read<'a> = dyn FnMut(&dyn Reading) -> Result<()> + 'a;

/// Work on a state that it changes.
pub type Write<'a> = dyn FnMut(&mut dyn Writing) -> Result<()> + 'a;

/// Where records lie. Safe to use from several threads, and together with other processes.
pub trait Store: Send + Sync {
    /// Runs `work` once, on one consistent state.
    ///
    /// # Errors
    /// [`Code::Storage`], [`Code::Integrity`], and those of `work`.
    fn read(&self, work: &mut Read<'_>) -> Result<()>;

    /// Runs `work`, alone among the writers of all processes: what it reads stays true until the commit. What it
    /// wrote is durable when this returns; if `work` or the commit fails, nothing of it remains. A store whose
    /// transactions can lose against others runs `work` again, on the state that it finds then, after it has
    /// undone everything that `work` wrote before; what counts is what the last run did and returned.
    ///
    /// # Errors
    /// [`Code::Storage`], [`Code::Integrity`], and those of `work`. After a failure of the storage itself
    /// nobody knows whether the commit has arrived: this handle then refuses everything, and whoever opens
    /// the store again finds it as it was before or after, never between.
    fn write(&self, work: &mut Write<'_>) -> Result<()>;

    /// Leaves no byte of replaced and removed records in the files of the store, wherever they lay before, as far as
    /// their space [holds secrets](Space::holds_secrets). Logs that a database archives, replicas and copies are out
    /// of reach; a store that has them says so where it is described.
    ///
    /// # Errors
    /// [`Code::Storage`] if that cannot be done now; it can be asked for again, of a store that is opened again if
    /// the storage itself has failed.
    fn erase(&self) -> Result<()>;

    /// Whether the store itself is sound, below what its records say.
    ///
    /// # Errors
    /// [`Code::Integrity`] with what is wrong, [`Code::Storage`].
    fn check(&self) -> Result<()>;

    /// What messages call it.
    fn place(&self) -> &str;
}

/// Refuses a record that no store has to hold.
fn check_lengths(space: Space, key: &[u8], value: &[u8]) -> Result<()> {
    for (what, bytes, max) in [("key", key, MAX_KEY), ("value", value, MAX_VALUE)] {
        if bytes.len() > max {
            return Err(
                Error::new(Code::Limit, format!("{what} of a {} record", space.name()))
                    .expected(format!("at most {max} bytes"))
                    .got(format!("{} bytes", bytes.len())),
            );
        }
    }
    Ok(())
}

/// Marks the thread that writes, until it is dropped.
struct Owner<'a>(&'a Mutex<Option<ThreadId>>);

impl<'a> Owner<'a> {
    fn new(writing: &'a Mutex<Option<ThreadId>>) -> Self {
        *lock(writing) = Some(thread::current().id());
        Self(writing)
    }
}

impl Drop for Owner<'_> {
    fn drop(&mut self) {
        *lock(self.0) = None;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A transaction that panicked was rolled back when it was dropped.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
