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

use super::record::Hex;
use crate::error::{Code, Error, Result};
use crate::symmetric::{LEN, MacKey};

/// What a slot starts with.
const MAGIC: &[u8; 16] = b"chop witness v1\n";

/// Magic, number of the keyring, epoch, tag.
const SLOT: usize = 16 + 16 + 8 + LEN;

/// Slots stand in blocks of their own, which a disk writes whole.
const BLOCK: u64 = 4096;

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

    fn failed(&self, error: &dyn std::fmt::Display) -> Error {
        Error::new(Code::Storage, "witness of the keyring")
            .got(error.to_string())
            .at(self.path.display().to_string())
    }

    /// Makes the file, which must not be there.
    pub(super) fn create(&self, epoch: u64) -> Result<()> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.path)
            .map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => Error::new(Code::Exists, "file exists")
                    .expected("a new name for the witness")
                    .at(self.path.display().to_string()),
                _ => self.failed(&error),
            })?;
        self.write(&file, epoch)?;
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| self.failed(&error))
    }

    /// How far the keyring had come.
    ///
    /// # Errors
    /// [`Code::Integrity`] for a file that is missing or says nothing about this keyring, [`Code::Storage`].
    pub(super) fn epoch(&self) -> Result<u64> {
        let file = File::open(self.path).map_err(|error| match error.kind() {
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

    /// Remembers `epoch`, unless something later stands there.
    pub(super) fn advance(&self, epoch: u64) -> Result<()> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default())
            .open(self.path)
            .map_err(|error| self.failed(&error))?;
        // Released when the file is closed, however this process ends.
        flock(&file, FlockOperation::LockExclusive).map_err(|error| self.failed(&error))?;
        match self.read(&file)? {
            Some(known) if known >= epoch => Ok(()),
            _ => self.write(&file, epoch),
        }
    }

    fn write(&self, file: &File, epoch: u64) -> Result<()> {
        let number = epoch.to_be_bytes();
        let tag = self.key.tag(&[MAGIC, &self.keyring.0, &number]);
        let slot = [MAGIC.as_slice(), &self.keyring.0, &number, &tag].concat();
        file.write_all_at(&slot, epoch % 2 * BLOCK)
            .and_then(|()| file.sync_data())
            .map_err(|error| self.failed(&error))
    }

    /// The latest genuine slot.
    fn read(&self, file: &File) -> Result<Option<u64>> {
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

    fn genuine(&self, slot: &[u8; SLOT]) -> Option<u64> {
        let (body, tag) = slot.split_at(SLOT - LEN);
        let (start, number) = body.split_at(32);
        if start != [MAGIC.as_slice(), &self.keyring.0].concat() || !self.key.verifies(&[body], tag)
        {
            return None;
        }
        let mut epoch = [0; 8];
        epoch.copy_from_slice(number);
        Some(u64::from_be_bytes(epoch))
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
        assert_eq!(witness.epoch().unwrap_err().code(), Code::Integrity);
        witness.create(7).unwrap();
        assert_eq!(witness.create(8).unwrap_err().code(), Code::Exists);
        for epoch in [8, 12, 9, 12] {
            witness.advance(epoch).unwrap();
        }
        assert_eq!(witness.epoch().unwrap(), 12);
        witness.advance(13).unwrap();
        // The slot that was written last is torn: the other one counts.
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&[0xff; 8], BLOCK + 40).unwrap();
        assert_eq!(witness.epoch().unwrap(), 12);
        // Neither another keyring nor another key reads it.
        assert!(Witness::new(text, Hex([2; 16]), &key).epoch().is_err());
        let other = MacKey::derive(&[2; 32], b"", "test").unwrap();
        assert!(Witness::new(text, Hex([1; 16]), &other).epoch().is_err());
        std::fs::remove_file(&path).unwrap();
    }
}
