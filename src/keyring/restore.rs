//! A keyring from a backup.

use std::io::{ErrorKind, Read};
use std::path::Path;

use super::audit::Action;
use super::backup::{
    END, Header, LABEL, MAGIC, MAX_HEADER, Opening, damaged, malformed, unreadable,
};
use super::commit::{HEAD, Inner, Look, Secrets};
use super::draft::Draft;
use super::name::Actor;
use super::record::{Head, Record, Restored, Witnessed};
use super::store::{MAX_KEY, MAX_VALUE, Reading, Space, Store, Writing};
use super::unlock::Unlock;
use super::witness::Reached;
use super::{Keyring, Nowhere, all_unlockers, unlock_root, witness_path};
use crate::error::{Code, Error, Result};
use crate::policy::Guard;
use crate::secret::SecretBytes;
use crate::symmetric::{ChunkKey, LEN};
use crate::time::Time;

/// A backup on its way to become a keyring.
pub struct Restoring<'r> {
    opening: Opening<'r>,
    inner: Inner,
    header: Header,
    witness: Option<String>,
    now: Time,
    missing: Option<String>,
    /// The new witness, once it is written, as long as there may be no keyring that needs it.
    drafted: Option<Draft>,
}

impl<'r> Restoring<'r> {
    /// Opens a backup with an unlocker of the keyring that it is of. `witness` is the witness of the keyring that was
    /// lost, if it has been moved, or the place for a new one; without it the lost one's is taken if it is still
    /// where it was. One that is there and says nothing genuine is an error.
    ///
    /// # Errors
    /// [`Code::Malformed`] for what is no backup, [`Code::Passphrase`], [`Code::Integrity`], [`Code::Io`].
    pub fn new(
        input: &'r mut dyn Read,
        unlock: &Unlock,
        witness: Option<&Path>,
        actor: Actor,
        guard: &Guard,
    ) -> Result<Self> {
        let now = guard.now()?;
        let mut start = [0; MAGIC.len() + 4];
        input
            .read_exact(&mut start)
            .map_err(|_| malformed("too short a file"))?;
        let (magic, len) = start.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(malformed("another file"));
        }
        let len = len
            .iter()
            .fold(0usize, |len, byte| len << 8 | usize::from(*byte));
        if len > MAX_HEADER {
            return Err(malformed("too long a header"));
        }
        let mut bytes = vec![0; len + LEN];
        input
            .read_exact(&mut bytes)
            .map_err(|error| unreadable(&error))?;
        let (body, commitment) = bytes.split_at(len);
        let header = Header::decode(body)?;
        let root: SecretBytes = unlock_root(&header.unlockers, &header.keyring, unlock)?
            .ok_or_else(|| {
                Error::new(Code::Passphrase, "backup")
                    .got("no unlocker of it opens with what was given")
            })?;
        let (key, expected) = ChunkKey::derive(root.expose(), LABEL, body, &header.salt.0)?;
        if !crate::secret::equal(&expected, commitment) {
            return Err(damaged("a header that was altered"));
        }
        let secrets = Secrets::new(root, header.keyring)?;
        let inner = Inner::new(Box::new(Nowhere), header.keyring, secrets, actor);
        Ok(Self {
            opening: Opening::new(input, key),
            inner,
            header,
            witness: witness.map(witness_path).transpose()?,
            now,
            missing: None,
            drafted: None,
        })
    }

    /// When the backup was made.
    pub const fn time(&self) -> Time {
        self.header.time
    }

    /// Where the lost keyring had its witness, if [`write`](Self::write) has not found it there: then what is restored
    /// has none.
    pub fn missing_witness(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    /// Writes the keyring into an empty store, and checks every record of it. A witness that is made is removed
    /// again if this is dropped without [`open`](Self::open).
    ///
    /// # Errors
    /// [`Code::Integrity`], [`Code::Exists`] for a store that is not empty, [`Code::Storage`], [`Code::Io`].
    pub fn write(&mut self, rows: &mut dyn Writing) -> Result<()> {
        if rows.get(Space::Head, HEAD)?.is_some() {
            return Err(Error::new(Code::Exists, "store")
                .expected("an empty one")
                .got("a keyring"));
        }
        loop {
            let number = self.opening.number(1)?;
            let number = u8::try_from(number).unwrap_or(END);
            if number == END {
                break;
            }
            let space = Space::of_number(number).ok_or_else(|| damaged("an unknown record"))?;
            let len = self.opening.number(2)?;
            if len > MAX_KEY {
                return Err(damaged("too long a key"));
            }
            let key = self.opening.read(len)?;
            let len = self.opening.number(4)?;
            if len > MAX_VALUE {
                return Err(damaged("too long a record"));
            }
            rows.put(space, &key, &self.opening.read(len)?)?;
        }
        self.opening.finish()?;
        let head = self.inner.check_rows(rows.reading())?;
        let found = self.witness_of(&head)?;
        self.missing.clone_from(&found.missing);
        let restored = Restored {
            epoch: head.epoch,
            entries: head.entries,
            time: self.now,
            witnessed: found.says,
        };
        let (now, made) = (self.now, self.header.time);
        let head = self.inner.found(rows, head, |batch| {
            batch.head.restored = Some(restored.clone());
            batch.head.witness.clone_from(&found.path);
            let entry = batch
                .entry(Action::Restore, now)
                .detail(format!("backup of {made}"));
            batch.record(entry);
            Ok(())
        })?;
        if let (Some(witness), true) = (self.inner.witness(&head), found.to_be_made) {
            self.drafted = Some(witness.draft(Reached {
                epoch: head.epoch,
                entries: head.entries,
                fresh: true,
            })?);
        }
        Ok(())
    }

    /// Opens the store that it was written into.
    ///
    /// # Errors
    /// As [`Keyring::open`].
    pub fn open(self, store: Box<dyn Store>) -> Result<Keyring> {
        if let Some(witness) = self.drafted {
            witness.keep();
        }
        Keyring::of(self.inner, store)
    }

    /// Where the restored keyring has its witness, and what that says now. A file that is there is the witness of the
    /// keyring that was lost, and tells how far it had come, or one that was made for an earlier restore and tells
    /// nothing; one that is asked for and not there will be made.
    fn witness_of(&self, head: &Head) -> Result<Found> {
        let mut asked = head.clone();
        if let Some(path) = &self.witness {
            asked.witness = Some(path.clone());
        }
        let Some(witness) = self.inner.witness(&asked) else {
            return Ok(Found::default());
        };
        if asked.witness.as_ref().is_some_and(|path| {
            let there = Path::new(path).symlink_metadata();
            there.is_err_and(|error| error.kind() == ErrorKind::NotFound)
        }) {
            return Ok(match &self.witness {
                // The lost keyring's, without which this one would stay shut.
                None => Found {
                    missing: asked.witness,
                    ..Found::default()
                },
                // The state that is being written comes after the one of the backup.
                Some(_) => Found {
                    path: asked.witness,
                    says: Some(Witnessed {
                        epoch: head.epoch + 1,
                        entries: head.entries + 1,
                        fresh: true,
                    }),
                    to_be_made: true,
                    ..Found::default()
                },
            });
        }
        let known = witness.known()?;
        Ok(Found {
            path: asked.witness,
            says: Some(Witnessed {
                epoch: known.epoch,
                entries: known.entries,
                fresh: known.fresh,
            }),
            ..Found::default()
        })
    }
}

/// What became of a witness.
#[derive(Default)]
struct Found {
    path: Option<String>,
    says: Option<Witnessed>,
    to_be_made: bool,
    /// Where the lost keyring had one, if it is there no more.
    missing: Option<String>,
}

impl Inner {
    /// Checks every record of a state that has just been read from a file.
    fn check_rows(&self, rows: &dyn Reading) -> Result<Head> {
        let view = self.view_of(rows)?;
        if let Some(finding) = view.index.check(rows)?.into_iter().next() {
            return Err(finding);
        }
        super::log::visit(&view, &mut |_| Ok(()))?;
        for unlocker in all_unlockers(rows)? {
            view.body(Space::Unlocker, &unlocker.number.to_be_bytes())?;
        }
        Ok(view.head)
    }
}
