//! One state of a keyring, and how several threads change it together.
//!
//! Every change goes through [`Inner::commit`]: threads that come while a commit is on its way to the disk
//! wait and share the next one. Each one's work succeeds or fails by itself; the commit takes what has
//! succeeded, with its entries in the audit log, or nothing. A store may begin a commit again: then all of it
//! is done again, on the state that is found then.
//!
//! A keyring with a witness is never read or changed in a state that the witness has seen a later one of. A
//! reader asks the witness before it looks at the store, because others may go on in between; a writer asks
//! it within its commit, when nobody else can.

use std::collections::BTreeMap;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::audit::{Action, Entry, Frontier, leaf_hash};
use super::index::{Index, Protection};
use super::name::{Actor, KeyName};
use super::record::{Head, Hex, Key, Record, Version, version_key};
use super::store::{Reading, Space, Store, Writing};
use super::witness::{Reached, Witness};
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;
use crate::symmetric::{LEN, MacKey};
use crate::time::Time;

/// How far the clock may be behind what is recorded, in seconds.
const CLOCK_TOLERANCE: u64 = 5;

/// The one record of its space.
pub(super) const HEAD: &[u8] = b"head";

/// The keys that are derived from the root key, and the root key itself, which seals.
pub(super) struct Secrets {
    pub(super) root: SecretBytes,
    pub(super) protection: Protection,
    head: MacKey,
    witness: MacKey,
}

impl Secrets {
    pub(super) fn new(root: SecretBytes, keyring: Hex<16>) -> Result<Self> {
        let key = |what| MacKey::derive(root.expose(), &keyring.0, what);
        Ok(Self {
            protection: Protection::new(key("chop keyring v1 record")?, keyring),
            head: key("chop keyring v1 head")?,
            witness: key("chop keyring v1 witness")?,
            root,
        })
    }
}

/// An open keyring.
pub(super) struct Inner {
    pub(super) store: Box<dyn Store>,
    pub(super) keyring: Hex<16>,
    pub(super) secrets: Secrets,
    pub(super) actor: Actor,
    /// The latest state that this handle has seen: nothing earlier is believed.
    epoch: AtomicU64,
    /// Whether the witness is asked: not while it is being made, nor where it is lost.
    heeds: AtomicBool,
    /// The path of the witness, as the latest head that this handle has seen says.
    witnessed: Mutex<Option<String>>,
    queue: Mutex<Queue>,
    turn: Condvar,
}

/// Who waits for a commit.
#[derive(Default)]
struct Queue {
    waiting: Vec<Box<dyn Task>>,
    /// Whether one of the threads is making a commit.
    leading: bool,
}

/// The work of one thread.
trait Task: Send {
    /// Does it, as a part of a commit; once more if the commit begins again.
    fn run(&mut self, batch: &mut Batch<'_>);
    /// Tells the thread what became of it.
    fn settle(self: Box<Self>, commit: &Result<()>);
}

struct Work<T, F> {
    work: F,
    outcome: Option<Result<T>>,
    slot: Arc<Mutex<Option<Result<T>>>>,
}

impl<T, F> Drop for Work<T, F> {
    /// Nobody waits for ever for a commit that ended in a panic.
    fn drop(&mut self) {
        lock(&self.slot)
            .get_or_insert_with(|| Err(Error::internal("a commit that has not come to its end")));
    }
}

impl<T: Send, F: FnMut(&mut Batch<'_>) -> Result<T> + Send> Task for Work<T, F> {
    fn run(&mut self, batch: &mut Batch<'_>) {
        self.outcome = Some(batch.alone(&mut self.work));
    }

    fn settle(mut self: Box<Self>, commit: &Result<()>) {
        let outcome = match (commit, self.outcome.take()) {
            (Ok(()), Some(outcome)) => outcome,
            // What was refused stays refused, whatever became of the others.
            (Err(_), Some(Err(refused))) => Err(refused),
            (Err(error), _) => Err(error.clone()),
            (Ok(()), None) => Err(Error::internal("work that a commit passed over")),
        };
        *lock(&self.slot) = Some(outcome);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the lead back, also if the work of a commit panics.
struct Lead<'a>(&'a Inner);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        lock(&self.0.queue).leading = false;
        self.0.turn.notify_all();
    }
}

impl Inner {
    pub(super) fn new(
        store: Box<dyn Store>,
        keyring: Hex<16>,
        secrets: Secrets,
        actor: Actor,
    ) -> Self {
        Self {
            store,
            keyring,
            secrets,
            actor,
            epoch: AtomicU64::new(0),
            heeds: AtomicBool::new(false),
            witnessed: Mutex::default(),
            queue: Mutex::default(),
            turn: Condvar::new(),
        }
    }

    /// Asks the witness from now on.
    pub(super) fn heed_witness(&self) {
        self.heeds.store(true, Ordering::Release);
    }

    /// Runs `work` on one consistent state.
    pub(super) fn view<T>(&self, work: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        let least = self.epoch.load(Ordering::Acquire);
        let mut work = Some(work);
        let mut outcome = None;
        while outcome.is_none() {
            let known = self.known()?;
            self.store.read(&mut |rows| {
                let head = self.head(rows, least)?;
                if !self.is_witnessed(&head, known.as_ref())? {
                    return Ok(());
                }
                let index = Index::new(&self.secrets.protection, head.root);
                let work = work
                    .take()
                    .ok_or_else(|| Error::internal("a store that reads twice"))?;
                outcome = Some(work(&View { rows, head, index })?);
                Ok(())
            })?;
        }
        outcome.ok_or_else(|| Error::internal("a read without a result"))
    }

    /// What the witness says at this moment, and where it is.
    fn known(&self) -> Result<Option<(String, u64)>> {
        let path = lock(&self.witnessed).clone();
        match path.filter(|_| self.heeds.load(Ordering::Acquire)) {
            None => Ok(None),
            Some(path) => {
                let known = Witness::new(&path, self.keyring, &self.secrets.witness).known()?;
                Ok(Some((path, known.epoch)))
            }
        }
    }

    /// Whether the head is at what its witness said before, or ahead of it; false if another witness was
    /// asked, and this one is to be asked first.
    fn is_witnessed(&self, head: &Head, known: Option<&(String, u64)>) -> Result<bool> {
        if !self.heeds.load(Ordering::Acquire) {
            return Ok(true);
        }
        match (&head.witness, known) {
            (None, _) => Ok(true),
            (Some(path), Some((asked, epoch))) if path == asked => {
                self.not_behind(head, *epoch).map(|()| true)
            }
            (Some(path), _) => {
                *lock(&self.witnessed) = Some(path.clone());
                Ok(false)
            }
        }
    }

    /// Refuses a state that is not at what its witness has seen, nor ahead of it.
    ///
    /// Of a keyring from a backup it is known that it is older; it leaves its witness alone until somebody has
    /// confirmed it, and by that the copies of the time before are told from it.
    pub(super) fn not_behind(&self, head: &Head, known: u64) -> Result<()> {
        let refused = |expected: String, got: String| {
            Err(Error::new(Code::Integrity, "keyring")
                .expected(expected)
                .got(got)
                .at(self.store.place()))
        };
        match &head.restored {
            None if head.epoch >= known => Ok(()),
            None => refused(
                format!("state {known}, which its witness has seen, or a later one"),
                format!("state {}: an older copy was put back", head.epoch),
            ),
            Some(restored) => match restored.witnessed {
                Some(witnessed) if witnessed.epoch != known => refused(
                    format!(
                        "a witness that has seen nothing since state {}, when this was restored",
                        witnessed.epoch
                    ),
                    format!(
                        "state {known}: the keyring is in use elsewhere, or was confirmed and an older copy was put back"
                    ),
                ),
                _ => Ok(()),
            },
        }
    }

    /// Runs `work` in a transaction, perhaps together with that of other threads. What it returns is true
    /// and on the disk.
    pub(super) fn commit<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Batch<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let slot = Arc::new(Mutex::new(None));
        let task = Work {
            work,
            outcome: None,
            slot: Arc::clone(&slot),
        };
        let mut queue = lock(&self.queue);
        queue.waiting.push(Box::new(task));
        loop {
            if let Some(outcome) = lock(&slot).take() {
                return outcome;
            }
            if queue.leading {
                queue = self
                    .turn
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            queue.leading = true;
            let tasks = mem::take(&mut queue.waiting);
            drop(queue);
            {
                let _lead = Lead(self);
                self.run(tasks);
            }
            queue = lock(&self.queue);
        }
    }

    /// Makes one commit of the work of several threads.
    fn run(&self, mut tasks: Vec<Box<dyn Task>>) {
        let least = self.epoch.load(Ordering::Acquire);
        let mut after = None;
        let written = self.store.write(&mut |rows| {
            after = None;
            let head = self.head(rows.reading(), least)?;
            if self.heeds.load(Ordering::Acquire)
                && let Some(witness) = self.witness(&head)
            {
                self.not_behind(&head, witness.known()?.epoch)?;
            }
            let mut batch = Batch::new(self, rows, head);
            for task in &mut tasks {
                task.run(&mut batch);
            }
            after = Some(batch.finish()?);
            Ok(())
        });
        let done = written.and_then(|()| match after {
            Some(head) => self.reached(&head),
            None => Err(Error::internal("a commit without an end")),
        });
        for task in tasks {
            task.settle(&done);
        }
    }

    /// Remembers a state that is on the disk, here and with the witness.
    fn reached(&self, head: &Head) -> Result<()> {
        self.epoch.fetch_max(head.epoch, Ordering::AcqRel);
        match self.witness(head).filter(|_| head.restored.is_none()) {
            Some(witness) => witness.advance(Reached {
                epoch: head.epoch,
                entries: head.entries,
                fresh: false,
            }),
            None => Ok(()),
        }
    }

    /// The witness of a keyring that has one.
    pub(super) fn witness<'a>(&'a self, head: &'a Head) -> Option<Witness<'a>> {
        let path = head.witness.as_deref()?;
        Some(Witness::new(path, self.keyring, &self.secrets.witness))
    }

    /// The head, if it is not older than what this handle has seen.
    fn head(&self, rows: &dyn Reading, least: u64) -> Result<Head> {
        let stored = rows.get(Space::Head, HEAD)?;
        let altered = || {
            Error::new(Code::Integrity, "head of the keyring")
                .got("it was altered or removed, or is of another keyring")
                .at(self.store.place())
        };
        let stored = stored.ok_or_else(altered)?;
        let (body, tag) = stored
            .len()
            .checked_sub(LEN)
            .and_then(|end| stored.split_at_checked(end))
            .ok_or_else(altered)?;
        if !self.secrets.head.verifies(&[&self.keyring.0, body], tag) {
            return Err(altered());
        }
        let head = Head::decode(body)?;
        if head.keyring != self.keyring {
            return Err(altered());
        }
        match head.epoch >= least {
            true => Ok(head),
            false => Err(Error::new(Code::Integrity, "keyring")
                .expected(format!("state {least} or a later one"))
                .got(format!("state {}: an older copy was put back", head.epoch))
                .at(self.store.place())),
        }
    }

    /// A state that is not in the store of this handle.
    pub(super) fn view_of<'a>(&'a self, rows: &'a dyn Reading) -> Result<View<'a>> {
        let head = self.head(rows, 0)?;
        let index = Index::new(&self.secrets.protection, head.root);
        Ok(View { rows, head, index })
    }

    /// Writes the first state of a keyring.
    pub(super) fn found(
        &self,
        rows: &mut dyn Writing,
        head: Head,
        work: impl FnOnce(&mut Batch<'_>) -> Result<()>,
    ) -> Result<Head> {
        let mut batch = Batch::new(self, rows, head);
        batch.alone(work)?;
        batch.finish()
    }
}

/// What can be looked up in a state.
pub(super) trait Look {
    /// The body of a record, checked.
    fn body(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// A key that is there.
    fn key(&self, name: &KeyName) -> Result<Key> {
        self.key_if_any(name)?.ok_or_else(|| {
            Error::new(Code::UnknownKey, "no such key in the keyring").got(name.as_str())
        })
    }

    /// A key, if it is there.
    fn key_if_any(&self, name: &KeyName) -> Result<Option<Key>> {
        let body = self.body(Space::Key, name.as_str().as_bytes())?;
        body.map(|body| Key::decode(&body)).transpose()
    }

    /// A version that is there.
    fn version(&self, name: &KeyName, number: u32) -> Result<Version> {
        let body = self.body(Space::Version, &version_key(name, number))?;
        body.map(|body| Version::decode(&body))
            .transpose()?
            .ok_or_else(|| {
                Error::new(Code::UnknownKey, "no such version in the keyring")
                    .got(format!("{name} version {number}"))
            })
    }

    /// A key, and one of its versions: the current one unless another is named.
    fn key_and_version(&self, name: &KeyName, number: Option<u32>) -> Result<(Key, Version)> {
        let key = self.key(name)?;
        let version = self.version(name, number.unwrap_or(key.current))?;
        Ok((key, version))
    }
}

/// The time that counts: what the clock says, or what is recorded if the clock is a little behind that, so that
/// time does not go back from one entry to the next.
///
/// # Errors
/// [`Code::Clock`] if the clock is behind by more than that.
pub(super) fn moment(head: &Head, now: Time) -> Result<Time> {
    match now.unix_seconds() + CLOCK_TOLERANCE >= head.last.unix_seconds() {
        true => Ok(now.max(head.last)),
        false => Err(Error::new(
            Code::Clock,
            "the system's clock is behind the record of the keyring",
        )
        .expected(format!(
            "{} or later; set the clock, or see chop check --accept-clock",
            head.last
        ))
        .got(now.to_string())),
    }
}

/// One state of a keyring.
pub(super) struct View<'a> {
    pub(super) rows: &'a dyn Reading,
    pub(super) head: Head,
    pub(super) index: Index<'a>,
}

impl Look for View<'_> {
    fn body(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.index.get(self.rows, space, key)
    }
}

type Changes = BTreeMap<(Space, Vec<u8>), Option<Vec<u8>>>;

/// A state that is being changed.
pub(super) struct Batch<'a> {
    inner: &'a Inner,
    rows: &'a mut dyn Writing,
    index: Index<'a>,
    pub(super) head: Head,
    /// What earlier work of this commit has changed.
    done: Changes,
    /// What the work that is running has changed.
    staged: Changes,
    entries: Vec<Entry>,
    staged_entries: Vec<Entry>,
}

impl Look for Batch<'_> {
    fn body(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let place = (space, key.to_vec());
        match self.staged.get(&place).or_else(|| self.done.get(&place)) {
            Some(body) => Ok(body.clone()),
            None => self.index.get(self.rows.reading(), space, key),
        }
    }
}

impl<'a> Batch<'a> {
    fn new(inner: &'a Inner, rows: &'a mut dyn Writing, head: Head) -> Self {
        Self {
            index: Index::new(&inner.secrets.protection, head.root),
            inner,
            rows,
            head,
            done: Changes::new(),
            staged: Changes::new(),
            entries: Vec::new(),
            staged_entries: Vec::new(),
        }
    }

    /// Runs the work of one thread: all of it counts, or nothing.
    fn alone<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let before = self.head.clone();
        let outcome = work(self);
        let (staged, entries) = (
            mem::take(&mut self.staged),
            mem::take(&mut self.staged_entries),
        );
        match outcome {
            Ok(result) => {
                self.done.extend(staged);
                self.entries.extend(entries);
                Ok(result)
            }
            Err(error) => {
                self.head = before;
                Err(error)
            }
        }
    }

    /// Makes or replaces a record.
    pub(super) fn put(&mut self, space: Space, key: &[u8], body: Vec<u8>) {
        self.staged.insert((space, key.to_vec()), Some(body));
    }

    /// Removes a record.
    pub(super) fn delete(&mut self, space: Space, key: &[u8]) {
        self.staged.insert((space, key.to_vec()), None);
    }

    pub(super) fn put_key(&mut self, key: &Key) -> Result<()> {
        self.put(Space::Key, key.name.as_str().as_bytes(), key.encode()?);
        Ok(())
    }

    pub(super) fn put_version(&mut self, version: &Version) -> Result<()> {
        self.put(Space::Version, &version.record_key(), version.encode()?);
        Ok(())
    }

    /// The visible state of the tables, for work on many records.
    pub(super) fn rows(&self) -> &dyn Reading {
        self.rows.reading()
    }

    /// Visits every version, checked, in the state that is being made.
    pub(super) fn each_version(&self, visit: &mut dyn FnMut(Version)) -> Result<()> {
        let mut changed: BTreeMap<&[u8], &Option<Vec<u8>>> = BTreeMap::new();
        for ((space, key), body) in self.done.iter().chain(&self.staged) {
            if *space == Space::Version {
                changed.insert(key, body);
            }
        }
        let rows = self.rows.reading();
        self.index
            .whole(rows)?
            .visit(rows, Space::Version, &mut |key, body| {
                if !changed.contains_key(key) {
                    visit(Version::decode(&body)?);
                }
                Ok(())
            })?;
        for body in changed.into_values().flatten() {
            visit(Version::decode(body)?);
        }
        Ok(())
    }

    /// Starts an entry of the audit log.
    pub(super) fn entry(&self, action: Action, time: Time) -> Entry {
        Entry::new(action, time, self.inner.actor.clone())
    }

    /// Adds an entry to the audit log.
    pub(super) fn record(&mut self, entry: Entry) {
        self.head.last = self.head.last.max(entry.time);
        self.staged_entries.push(entry);
    }

    /// Writes everything that has changed.
    fn finish(self) -> Result<Head> {
        let Self {
            inner,
            rows,
            index,
            mut head,
            done,
            entries,
            ..
        } = self;
        if done.is_empty() && entries.is_empty() {
            return Ok(head);
        }
        let hashes = head.frontier.iter().map(|hash| hash.0).collect();
        let mut frontier = Frontier::new(head.entries, hashes)?;
        for entry in entries {
            let line = entry.at(head.entries, head.prev.0)?;
            rows.put(Space::Audit, &head.entries.to_be_bytes(), &line)?;
            let leaf = leaf_hash(&line);
            frontier.push(leaf);
            head.prev = Hex(leaf);
            head.entries += 1;
        }
        head.frontier = frontier.hashes().iter().copied().map(Hex).collect();
        head.epoch += 1;
        head.root = index.apply(rows, &done)?;
        let body = head.encode()?;
        let tag = inner.secrets.head.tag(&[&inner.keyring.0, &body]);
        rows.put(Space::Head, HEAD, &[body.as_slice(), &tag].concat())?;
        Ok(head)
    }
}

#[cfg(test)]
mod tests;
