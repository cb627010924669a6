//! A keyring in one sealed file, and a keyring from it.
//!
//! The file: [`MAGIC`], the length of the header in four bytes, the header in JSON, a commitment to the key, then
//! chunks. The header holds the unlockers, each of which wraps the root key; the key of the file is derived from
//! the root key, a salt and the whole header. A chunk is its length in four bytes and so many bytes of
//! AES-256-GCM, whose nonce counts the chunks and marks the last one: nothing can be dropped, moved or added. Inside
//! are the records of the store as they lie there, with their own protection.

use std::io::{BufRead, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::audit::{Action, Entry, leaf_hash, verify_export};
use super::commit::{Batch, HEAD, Inner, Look, Secrets};
use super::name::{Actor, KeyName};
use super::record::{
    Compromise, Head, Hex, Key, Limits, Record, Restored, Transition, V1, Version,
};
use super::state::State;
use super::store::{MAX_KEY, MAX_VALUE, Space, Writing};
use super::unlock::{MAX_UNLOCKERS, Unlock, Unlocker};
use super::{Keyring, all_unlockers, unlock_root, witness_path};
use crate::algorithm::Algorithm;
use crate::error::{Code, Error, Result};
use crate::policy::Guard;
use crate::random;
use crate::secret::SecretBytes;
use crate::symmetric::{CHUNK_TAG, ChunkKey, LEN};
use crate::time::Time;

/// The first bytes of a backup.
const MAGIC: &[u8; 16] = b"chop backup v1\n\0";

/// The longest header: all unlockers in JSON, with room.
const MAX_HEADER: usize = 64 * 1024;

/// The length of a chunk inside.
const CHUNK: usize = 64 * 1024;

/// What the key of a backup is derived for.
const LABEL: &str = "chop keyring v1 backup";

/// Ends the records inside.
const END: u8 = 0xff;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    v: V1,
    keyring: Hex<16>,
    epoch: u64,
    entries: u64,
    time: Time,
    salt: Hex<32>,
    unlockers: Vec<Unlocker>,
}

impl Record for Header {
    const WHAT: &'static str = "backup header";

    fn is_sound(&self) -> bool {
        (1..=MAX_UNLOCKERS).contains(&self.unlockers.len())
            && self.unlockers.iter().all(Record::is_sound)
    }
}

fn damaged(got: &str) -> Error {
    Error::new(Code::Integrity, "backup of a keyring").got(got.to_owned())
}

fn malformed(got: &str) -> Error {
    Error::malformed("backup of a keyring").got(got.to_owned())
}

fn unreadable(error: &std::io::Error) -> Error {
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
struct Opening<'r> {
    input: &'r mut dyn Read,
    key: ChunkKey,
    number: u64,
    chunk: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Opening<'_> {
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

    fn read(&mut self, len: usize) -> Result<Vec<u8>> {
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

    fn number(&mut self, len: usize) -> Result<usize> {
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

    /// Stands by a restored keyring: its versions sign again.
    ///
    /// `later` is an export of the audit log of the keyring that was lost: what it says to have happened after the
    /// backup is taken over. If nothing proves that this is all, versions with a limited number of uses have none left.
    ///
    /// # Errors
    /// [`Code::State`] for a keyring that is not waiting for it; [`Code::Integrity`] for an export that is not
    /// sound or is of another keyring, or of another past.
    pub fn confirm_restore(
        &self,
        later: Option<&mut dyn BufRead>,
        guard: &Guard,
    ) -> Result<Confirmation> {
        let now = guard.now()?;
        let (head, last) = self.inner.view(|view| {
            let head = view.head.clone();
            let restored = head.restored.as_ref().ok_or_else(not_waiting)?;
            let last = restored.entries.checked_sub(1).map(u64::to_be_bytes);
            let last = match last {
                Some(place) => view.rows.get(Space::Audit, &place)?,
                None => None,
            };
            Ok((head, last))
        })?;
        let restored = head.restored.clone().ok_or_else(not_waiting)?;
        let mut entries = Vec::new();
        let mut end = restored.entries;
        let exported = later.is_some();
        if let Some(file) = later {
            let key = self.audit_public_key()?;
            let mut same_past = restored.entries == 0;
            let report = verify_export(file, &key, &[], &mut |line, entry| {
                if entry.seq + 1 == restored.entries {
                    same_past = last.as_deref().map(leaf_hash) == Some(leaf_hash(line));
                }
                if entry.seq >= restored.entries {
                    entries.push(entry.clone());
                }
            })?;
            if let Some(finding) = report.findings.first() {
                return Err(Error::new(Code::Integrity, "export of the audit log")
                    .expected("one without findings; chop audit verify shows all")
                    .got(finding.what.clone()));
            }
            if report.keyring != head.keyring.to_string()
                || !same_past
                || report.covered != report.entries
            {
                return Err(Error::new(Code::Integrity, "export of the audit log")
                    .expected("one of this keyring, that goes on where the backup ends")
                    .got("another"));
            }
            end = report.entries;
        }
        let witnessed = match self.inner.witness(&head) {
            Some(witness) => Some(witness.known()?),
            None => None,
        };
        let complete = match &witnessed {
            Some(known) => end >= known.entries,
            None => exported,
        };
        let epoch = witnessed.map_or(0, |known| known.epoch);
        let actor = self.inner.actor.clone();
        self.inner.commit(move |batch| {
            let waiting = batch.head.restored.take().ok_or_else(not_waiting)?;
            let mut done = Confirmation {
                complete,
                ..Confirmation::default()
            };
            for entry in &entries {
                take_over(batch, entry, &actor, now, &mut done)?;
            }
            if !complete {
                burn(batch, now, &mut done)?;
            }
            batch.head.epoch = batch.head.epoch.max(epoch);
            let entry = batch.entry(Action::RestoreConfirm, now).detail(format!(
                "backup of {}; {}",
                waiting.time,
                done.summary()
            ));
            batch.record(entry);
            Ok(done)
        })
    }
}

fn not_waiting() -> Error {
    Error::new(Code::State, "keyring").expected("one that was restored and not confirmed")
}

/// What a confirmation has done.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmation {
    /// Whether everything that happened after the backup is known.
    pub complete: bool,
    /// What was taken over from the export, in words.
    pub taken: Vec<String>,
    /// The versions whose remaining uses were used up.
    pub burnt: Vec<String>,
}

impl Confirmation {
    fn summary(&self) -> String {
        format!(
            "{}, {} changes taken over, {} versions without uses left",
            match self.complete {
                true => "nothing later is unknown",
                false => "what happened later is not known",
            },
            self.taken.len(),
            self.burnt.len()
        )
    }
}

/// Does to a restored keyring what an entry of the lost one says.
fn take_over(
    batch: &mut Batch<'_>,
    entry: &Entry,
    actor: &Actor,
    now: Time,
    done: &mut Confirmation,
) -> Result<()> {
    let (Some(name), Some(number)) = (&entry.key, entry.version) else {
        return Ok(());
    };
    let known = batch.key_if_any(name)?.filter(|key| number <= key.versions);
    let made = matches!(
        entry.action,
        Action::KeyNew | Action::KeyImport | Action::Rotate
    );
    let mut version = match known {
        Some(_) => batch.version(name, number)?,
        None if made => tombstone(batch, entry, name, number, actor, now)?,
        None => return Err(damaged("an export whose versions have no beginning")),
    };
    let reached = match entry.action {
        Action::Activate | Action::Resume => Some(State::Active),
        Action::Suspend => Some(State::Suspended),
        Action::Deactivate => Some(State::Deactivated),
        Action::Compromise => Some(match version.state {
            State::Destroyed => State::Destroyed,
            _ => State::Compromised,
        }),
        Action::Destroy => Some(State::Destroyed),
        _ => None,
    };
    if let Some(since) = entry.since {
        version.compromised = Some(Compromise {
            since,
            recorded: entry.time,
            actor: entry.actor.clone(),
            reason: entry
                .reason
                .clone()
                .unwrap_or("no reason on record".parse()?),
        });
    }
    // Nothing comes back to life: what is destroyed stays so, whatever else an export says.
    if let Some(state) = reached.filter(|_| version.state != State::Destroyed) {
        version.step(state, entry.time, &entry.actor, entry.reason.as_ref());
    }
    if version.state == State::Destroyed {
        batch.delete(Space::Secret, &version.record_key());
    }
    let counted = entry.count.filter(|count| *count > version.uses);
    if let Some(count) = counted {
        version.uses = count;
    }
    version.exported |= entry.action == Action::KeyExport;
    if made && known_as_current(batch, name, number)? {
        let mut key = batch.key(name)?;
        if let Some(after) = retired(batch, &key, entry)? {
            batch.put_version(&after)?;
        }
        key.current = number;
        batch.put_key(&key)?;
    }
    batch.put_version(&version)?;
    if made || reached.is_some() || entry.since.is_some() || counted.is_some() {
        let words = format!("{} {name} version {number}", entry.action);
        let mut note = batch
            .entry(Action::RestoreVersion, now)
            .key(name, number)
            .reason(entry.reason.as_ref())
            .detail(format!("{} of {}", entry.action, entry.time));
        if let Some(count) = counted {
            note = note.count(count);
        }
        if let Some(since) = entry.since {
            note = note.since(since);
        }
        batch.record(note);
        done.taken.push(words);
    }
    Ok(())
}

fn known_as_current(batch: &Batch<'_>, name: &KeyName, number: u32) -> Result<bool> {
    Ok(batch.key(name)?.current < number)
}

/// The current version of a key, deactivated because a later one took its place.
fn retired(batch: &Batch<'_>, key: &Key, entry: &Entry) -> Result<Option<Version>> {
    let mut old = batch.version(&key.name, key.current)?;
    Ok(old.state.after(super::Change::Deactivate).map(|after| {
        old.step(after, entry.time, &entry.actor, None);
        old
    }))
}

/// A version that the backup does not have: its keys are lost, its number stays taken.
fn tombstone(
    batch: &mut Batch<'_>,
    entry: &Entry,
    name: &KeyName,
    number: u32,
    actor: &Actor,
    now: Time,
) -> Result<Version> {
    let lacking = || damaged("an export that does not say what a key was");
    let algorithm = Algorithm::from_name(entry.algorithm.as_deref().ok_or_else(lacking)?)?;
    let key = match batch.key_if_any(name)? {
        Some(mut key) if number == key.versions + 1 => {
            key.versions = number;
            key
        }
        None if number == 1 => Key {
            v: V1,
            name: name.clone(),
            purpose: super::Purpose::of(algorithm.info().kind),
            peer: false,
            labels: super::Labels::default(),
            current: 1,
            versions: 1,
            created: entry.time,
            creator: entry.actor.clone(),
        },
        _ => return Err(damaged("an export whose versions do not follow each other")),
    };
    batch.put_key(&key)?;
    let version = Version {
        v: V1,
        key: name.clone(),
        version: number,
        algorithm,
        fingerprint: entry.fingerprint.ok_or_else(lacking)?,
        state: State::Destroyed,
        created: entry.time,
        creator: entry.actor.clone(),
        limits: Limits {
            not_before: entry.time,
            sign_until: None,
            verify_until: None,
            max_uses: None,
            contexts: Vec::new(),
        },
        uses: 0,
        exported: false,
        compromised: None,
        history: [Transition {
            time: now,
            actor: actor.clone(),
            from: None,
            to: State::Destroyed,
            reason: Some("lost with the keyring that was not backed up".parse()?),
        }]
        .into(),
    };
    batch.put_version(&version)?;
    Ok(version)
}

/// Uses up what is left of every limited number of uses: nobody knows what was left.
fn burn(batch: &mut Batch<'_>, now: Time, done: &mut Confirmation) -> Result<()> {
    let mut names = Vec::new();
    batch.rows().scan(Space::Key, b"", &mut |name, _| {
        names.push(String::from_utf8_lossy(name).into_owned());
        Ok(true)
    })?;
    for name in names {
        let key = batch.key(&name.parse()?)?;
        for number in 1..=key.versions {
            let mut version = batch.version(&key.name, number)?;
            let Some(most) = version.limits.max_uses.filter(|most| version.uses < *most) else {
                continue;
            };
            version.uses = most;
            batch.put_version(&version)?;
            let entry = batch
                .entry(Action::RestoreVersion, now)
                .key(&key.name, number)
                .count(most)
                .detail("remaining uses used up, because nobody knows them".to_owned());
            batch.record(entry);
            done.burnt.push(format!("{} version {number}", key.name));
        }
    }
    Ok(())
}

/// A backup on its way to become a keyring.
pub struct Restoring<'r> {
    opening: Opening<'r>,
    inner: Inner,
    header: Header,
    witness: Option<String>,
    now: Time,
}

impl<'r> Restoring<'r> {
    /// Opens a backup with an unlocker of the keyring that it is of. `witness` is where the restored keyring will
    /// remember how far it has come; without it, where the lost one did, if that file is still there.
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
        let inner = Inner::new(Box::new(super::Nowhere), header.keyring, secrets, actor);
        Ok(Self {
            opening: Opening {
                input,
                key,
                number: 0,
                chunk: Vec::new(),
                at: 0,
                ended: false,
            },
            inner,
            header,
            witness: witness.map(witness_path).transpose()?,
            now,
        })
    }

    /// When the backup was made.
    pub const fn time(&self) -> Time {
        self.header.time
    }

    /// Writes the keyring into an empty store, and checks every record of it.
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
        if !self.opening.ended || self.opening.at != self.opening.chunk.len() {
            return Err(damaged("more than the records"));
        }
        let mut rest = [0; 1];
        match self.opening.input.read(&mut rest) {
            Ok(0) => {}
            Ok(_) => return Err(damaged("more than the last chunk")),
            Err(error) => return Err(unreadable(&error)),
        }
        let head = self.inner.check_rows(rows.reading())?;
        let kept = match &self.witness {
            Some(path) => Some(path.clone()),
            // A witness that is gone would keep the keyring shut.
            None => self
                .inner
                .witness(&head)
                .filter(|witness| witness.known().is_ok())
                .and(head.witness.clone()),
        };
        let restored = Restored {
            epoch: head.epoch,
            entries: head.entries,
            time: self.now,
        };
        let (now, made) = (self.now, self.header.time);
        self.inner.found(rows, head, |batch| {
            batch.head.restored = Some(restored);
            batch.head.witness = kept;
            let entry = batch
                .entry(Action::Restore, now)
                .detail(format!("backup of {made}"));
            batch.record(entry);
            Ok(())
        })?;
        Ok(())
    }
}

impl Inner {
    /// Checks every record of a state that has just been read from a file.
    fn check_rows(&self, rows: &dyn super::Reading) -> Result<Head> {
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
