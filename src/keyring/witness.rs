//! A small file beside the keyring, best on another disk, that remembers how far it had come.
//!
//! The database commits first, then the witness: a keyring at its witness or ahead of it is believed, one
//! behind it is an older copy that somebody has put back. The file has two slots that are written in turn,
//! so that a write which the power ends leaves the other.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, OFlags, flock};

use super::draft::{Draft, Kind};
use super::record::Hex;
use crate::error::{Code, Error, Result};
use crate::symmetric::{LEN, MacKey};

/// What a slot starts with.
const MAGIC: &[u8; 16] = b"chop witness v1\n";

/// What one starts with that was made for a keyring from a backup, and tells nothing of the one that was lost.
const FRESH: &[u8; 16] = b"chop restored 1\n";

/// Magic, number of the keyring, epoch, entries of the audit log, tag.
const SLOT: usize = 16 + 16 + 8 + 8 + LEN;

/// Slots stand in blocks of their own, which a disk writes whole.
const BLOCK: u64 = 4096;

/// How far a keyring has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reached {
    pub(super) epoch: u64,
    /// The entries of the audit log.
    pub(super) entries: u64,
    /// Whether it was made for a keyring from a backup that nobody has confirmed since. Only this tells a witness which
    /// a restore has left that was killed from the one of the keyring that was lost.
    pub(super) fresh: bool,
}

pub(super) struct Witness<'a> {
    path: &'a Path,
    keyring: Hex<16>,
    key: &'a MacKey,
}

impl<'a> Witness<'a> {
    pub(super) fn new(path: &'a str, keyring: Hex<16>, key: &'a MacKey) -> Self {
        Self {
            path: Path::new(path),
            keyring,
            key,
        }
    }

    /// Whether a file that starts with these bytes is one.
    pub(super) fn is_meant_by(start: &[u8]) -> bool {
        [0, BLOCK].into_iter().any(|place| {
            let slot = start.get(usize::try_from(place).unwrap_or(usize::MAX)..);
            slot.is_some_and(|slot| slot.starts_with(MAGIC) || slot.starts_with(FRESH))
        })
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> Error {
        Error::new(Code::Storage, "witness of the keyring")
            .got(error.to_string())
            .at(self.path.display().to_string())
    }

    /// Makes the file, which must not be there, whole or not at all, for as long as the result lives.
    pub(super) fn draft(&self, reached: Reached) -> Result<Draft> {
        let draft = Draft::new(self.path, Kind::Witness)?;
        let file = OpenOptions::new()
            .write(true)
            .open(draft.path())
            .map_err(|error| self.failed(&error))?;
        self.write(&file, reached)?;
        draft.give_name(self.path)
    }

    /// How far the keyring had come.
    ///
    /// # Errors
    /// [`Code::Integrity`] for a file that is missing or says nothing about this keyring, [`Code::Storage`].
    pub(super) fn known(&self) -> Result<Reached> {
        let file = self.open(false).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::new(Code::Integrity, "witness of the keyring")
                .expected("the file that chop init --witness has made; chop check --new-witness makes another")
                .got("none")
                .at(self.path.display().to_string()),
            _ => self.failed(&error),
        })?;
        self.read(&file)?.ok_or_else(|| {
            Error::new(Code::Integrity, "witness of the keyring")
                .expected("a word about this keyring")
                .got("none that is genuine")
                .at(self.path.display().to_string())
        })
    }

    /// Remembers a state, unless a later one stands there.
    pub(super) fn advance(&self, reached: Reached) -> Result<()> {
        let file = self.open(true).map_err(|error| self.failed(&error))?;
        // Released when the file is closed, however this process ends.
        flock(&file, FlockOperation::LockExclusive).map_err(|error| self.failed(&error))?;
        match self.read(&file)? {
            Some(known) if known.epoch >= reached.epoch => Ok(()),
            _ => self.write(&file, reached),
        }
    }

    /// Opens the file itself: no link to another, and nothing that lets the opener wait.
    fn open(&self, write: bool) -> std::io::Result<File> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        OpenOptions::new()
            .read(true)
            .write(write)
            .custom_flags(i32::try_from(flags.bits()).unwrap_or_default())
            .open(self.path)
    }

    fn write(&self, file: &File, reached: Reached) -> Result<()> {
        let (epoch, entries) = (reached.epoch.to_be_bytes(), reached.entries.to_be_bytes());
        let magic = match reached.fresh {
            true => FRESH,
            false => MAGIC,
        };
        let body = [magic.as_slice(), &self.keyring.0, &epoch, &entries].concat();
        let slot = [body.as_slice(), &self.key.tag(&[&body])].concat();
        file.write_all_at(&slot, reached.epoch % 2 * BLOCK)
            .and_then(|()| file.sync_data())
            .map_err(|error| self.failed(&error))
    }

    /// The latest genuine slot.
    fn read(&self, file: &File) -> Result<Option<Reached>> {
        let mut latest = None;
        for place in [0, BLOCK] {
            let mut slot = [0; SLOT];
            match file.read_exact_at(&mut slot, place) {
                Ok(()) => latest = latest.max(self.genuine(&slot)),
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Ok(latest)
    }

    fn genuine(&self, slot: &[u8; SLOT]) -> Option<Reached> {
        let (body, tag) = slot.split_at(SLOT - LEN);
        let (magic, rest) = body.split_at(MAGIC.len());
        let (keyring, numbers) = rest.split_at(self.keyring.0.len());
        let fresh = magic == FRESH;
        if !fresh && magic != MAGIC || keyring != self.keyring.0 || !self.key.verifies(&[body], tag)
        {
            return None;
        }
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
        };
        let (epoch, entries) = numbers.split_at(8);
        Some(Reached {
            epoch: number(epoch),
            entries: number(entries),
            fresh,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_genuine_slot_counts() {
        let path = std::env::temp_dir().join(format!("chop-witness-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let key = MacKey::derive(&[1; 32], b"", "test").unwrap();
        let text = path.to_str().unwrap();
        let witness = Witness::new(text, Hex([1; 16]), &key);
        let at = |epoch| Reached {
            epoch,
            entries: epoch * 2,
            fresh: false,
        };
        assert_eq!(witness.known().unwrap_err().code(), Code::Integrity);
        witness.draft(at(7)).unwrap().keep();
        let taken = witness.draft(at(8)).map(drop);
        assert_eq!(taken.unwrap_err().code(), Code::Exists);
        for epoch in [8, 12, 9, 12] {
            witness.advance(at(epoch)).unwrap();
        }
        assert_eq!(witness.known().unwrap(), at(12));
        witness.advance(at(13)).unwrap();
        // The slot that was written last is torn: the other one counts.
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&[0xff; 8], BLOCK + 40).unwrap();
        assert_eq!(witness.known().unwrap(), at(12));
        // What was made for a restored keyring says so, until there is something to tell.
        std::fs::remove_file(&path).unwrap();
        let fresh = Reached {
            fresh: true,
            ..at(7)
        };
        witness.draft(fresh).unwrap().keep();
        assert_eq!(witness.known().unwrap(), fresh);
        witness.advance(at(8)).unwrap();
        assert_eq!(witness.known().unwrap(), at(8));
        let bytes = std::fs::read(&path).unwrap();
        assert!(Witness::is_meant_by(&bytes) && !Witness::is_meant_by(&bytes[1..]));
        // Neither another keyring nor another key reads it.
        assert!(Witness::new(text, Hex([2; 16]), &key).known().is_err());
        let other = MacKey::derive(&[2; 32], b"", "test").unwrap();
        assert!(Witness::new(text, Hex([1; 16]), &other).known().is_err());
        std::fs::remove_file(&path).unwrap();
    }
}
