//! A keyring in one sealed file.
//!
//! The file: [`MAGIC`], the length of the header in four bytes, the header in JSON, a commitment to the key, then
//! chunks. The header holds the unlockers, each of which wraps the root key; the key of the file is derived from
//! the root key, a salt and the whole header. A chunk is its length in four bytes and so many bytes of
//! AES-256-GCM, whose nonce counts the chunks and marks the last one: nothing can be dropped, moved or added. Inside
//! are the records of the store as they lie there, with their own protection.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use super::Keyring;
use super::audit::Action;
use super::record::{Hex, Record, V1};
use super::store::Space;
use super::unlock::{MAX_UNLOCKERS, Unlocker};
use crate::error::{Code, Error, Result};
use crate::policy::Guard;
use crate::random;
use crate::symmetric::{CHUNK_TAG, ChunkKey};
use crate::time::Time;

/// The first bytes of a backup.
pub(super) const MAGIC: &[u8; 16] = b"chop backup v1\n\0";

/// The longest header: all unlockers in JSON, with room.
pub(super) const MAX_HEADER: usize = 64 * 1024;

/// The length of a chunk inside.
const CHUNK: usize = 64 * 1024;

/// What the key of a backup is derived for.
pub(super) const LABEL: &str = "chop keyring v1 backup";

/// Ends the records inside.
pub(super) const END: u8 = 0xff;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    v: V1,
    pub(super) keyring: Hex<16>,
    epoch: u64,
    entries: u64,
    pub(super) time: Time,
    pub(super) salt: Hex<32>,
    pub(super) unlockers: Vec<Unlocker>,
}

impl Record for Header {
    const WHAT: &'static str = "backup header";

    fn is_sound(&self) -> bool {
        (1..=MAX_UNLOCKERS).contains(&self.unlockers.len())
            && self.unlockers.iter().all(Record::is_sound)
    }
}

pub(super) fn damaged(got: &str) -> Error {
    Error::new(Code::Integrity, "backup of a keyring").got(got.to_owned())
}

pub(super) fn malformed(got: &str) -> Error {
    Error::malformed("backup of a keyring").got(got.to_owned())
}

pub(super) fn unreadable(error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => damaged("it was cut off"),
        _ => Error::new(Code::Io, "cannot read").got(error.to_string()),
    }
}

/// Seals what is written to it, chunk by chunk.
struct Sealing<'w> {
    out: &'w mut dyn Write,
    key: ChunkKey,
    number: u64,
    chunk: Vec<u8>,
}

impl Sealing<'_> {
    fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            if self.chunk.len() == CHUNK {
                self.flush(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    fn flush(&mut self, last: bool) -> Result<()> {
        self.key.seal(self.number, last, &mut self.chunk)?;
        let len = u32::try_from(self.chunk.len()).unwrap_or(u32::MAX);
        self.out
            .write_all(&len.to_be_bytes())
            .and_then(|()| self.out.write_all(&self.chunk))
            .map_err(|error| Error::new(Code::Io, "cannot write").got(error.to_string()))?;
        self.number += 1;
        self.chunk.clear();
        Ok(())
    }
}

/// Opens what was sealed, chunk by chunk.
pub(super) struct Opening<'r> {
    input: &'r mut dyn Read,
    key: ChunkKey,
    number: u64,
    chunk: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<'r> Opening<'r> {
    pub(super) fn new(input: &'r mut dyn Read, key: ChunkKey) -> Self {
        Self {
            input,
            key,
            number: 0,
            chunk: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    /// Nothing comes after the last record, neither in its chunk nor after that.
    pub(super) fn finish(&mut self) -> Result<()> {
        if !self.ended || self.at != self.chunk.len() {
            return Err(damaged("more than the records"));
        }
        match self.input.read(&mut [0; 1]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(damaged("more than the last chunk")),
            Err(error) => Err(unreadable(&error)),
        }
    }

    /// The next chunk. Only its place can tell whether it is the last one, so both are tried.
    fn next(&mut self) -> Result<()> {
        if self.ended {
            return Err(damaged("records that are cut off"));
        }
        let mut len = [0; 4];
        self.input
            .read_exact(&mut len)
            .map_err(|error| unreadable(&error))?;
        let len = u32::from_be_bytes(len) as usize;
        if !(CHUNK_TAG..=CHUNK + CHUNK_TAG).contains(&len) {
            return Err(damaged("a chunk of a length that none has"));
        }
        let mut sealed = vec![0; len];
        self.input
            .read_exact(&mut sealed)
            .map_err(|error| unreadable(&error))?;
        let mut chunk = sealed.clone();
        if self.key.open(self.number, false, &mut chunk).is_err() {
            chunk = sealed;
            self.key
                .open(self.number, true, &mut chunk)
                .map_err(|_| damaged("a chunk that was altered, moved or left out"))?;
            self.ended = true;
        } else if chunk.len() != CHUNK {
            return Err(damaged("a short chunk before the last"));
        }
        (self.chunk, self.at) = (chunk, 0);
        self.number += 1;
        Ok(())
    }

    pub(super) fn read(&mut self, len: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(len);
        while bytes.len() < len {
            if self.at == self.chunk.len() {
                self.next()?;
            }
            let more = (len - bytes.len()).min(self.chunk.len() - self.at);
            bytes.extend_from_slice(&self.chunk[self.at..self.at + more]);
            self.at += more;
        }
        Ok(bytes)
    }

    pub(super) fn number(&mut self, len: usize) -> Result<usize> {
        Ok(self
            .read(len)?
            .iter()
            .fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }
}

impl Keyring {
    /// Writes a backup of the keyring as it is at this moment, while others go on using it.
    ///
    /// # Errors
    /// [`Code::Io`], [`Code::Storage`], [`Code::Integrity`].
    pub fn backup(&self, out: &mut dyn Write, guard: &Guard) -> Result<()> {
        let now = guard.now()?;
        let mut salt = Hex([0; 32]);
        random::fill(&mut salt.0)?;
        self.inner.commit(move |batch| {
            let entry = batch.entry(Action::Backup, now);
            batch.record(entry);
            Ok(())
        })?;
        self.inner.view(|view| {
            let header = Header {
                v: V1,
                keyring: self.inner.keyring,
                epoch: view.head.epoch,
                entries: view.head.entries,
                time: now,
                salt,
                unlockers: super::unlockers(view)?,
            };
            let header = header.encode()?;
            let root = self.inner.secrets.root.expose();
            let (key, commitment) = ChunkKey::derive(root, LABEL, &header, &salt.0)?;
            let len = u32::try_from(header.len())
                .unwrap_or(u32::MAX)
                .to_be_bytes();
            out.write_all(&[MAGIC.as_slice(), &len, &header, &commitment].concat())
                .map_err(|error| Error::new(Code::Io, "cannot write").got(error.to_string()))?;
            let mut sealing = Sealing {
                out,
                key,
                number: 0,
                chunk: Vec::with_capacity(CHUNK + CHUNK_TAG),
            };
            for space in Space::ALL {
                view.rows.scan(*space, b"", &mut |key, value| {
                    let key_len = u16::try_from(key.len()).unwrap_or(u16::MAX);
                    let value_len = u32::try_from(value.len()).unwrap_or(u32::MAX);
                    sealing.write(&[space.number()])?;
                    sealing.write(&key_len.to_be_bytes())?;
                    sealing.write(key)?;
                    sealing.write(&value_len.to_be_bytes())?;
                    sealing.write(value)?;
                    Ok(true)
                })?;
            }
            sealing.write(&[END])?;
            sealing.flush(true)
        })
    }
}
