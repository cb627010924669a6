//! A keyring in one SQLite file.
//!
//! The journal is a write-ahead log with full synchronisation, so a commit is one flush of one file. The
//! log is carried over into the database beside the commits, not in them: by a thread of a process that
//! writes much, and when the last handle is closed.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Mutex, MutexGuard};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior,
};
use rustix::fs::OFlags;

use super::{
    MAX_VALUE, Owner, Read, Reading, Space, Store, Visit, Write, Writing, check_lengths, lock,
};
use crate::error::{Code, Error, Result};
use crate::keyring::draft::{Draft, Kind};

/// Older ones can lose commits in the write-ahead log.
const LEAST_VERSION: i32 = 3_051_003;

/// `chop`: says in the header of the file whose it is.
const APPLICATION: i32 = 0x6368_6f70;

/// Where it stands there.
const APPLICATION_AT: usize = 68;

/// The version of the arrangement below.
const FORMAT: i32 = 1;

/// What every SQLite file starts with.
const FIRST_BYTES: &[u8; 16] = b"SQLite format 3\0";

/// How long a writer waits for those of other processes.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long [`erase`](Store::erase) waits for readers of other processes.
const PATIENCE_TO_ERASE: Duration = Duration::from_secs(5);

/// Commits between two rounds of carrying the log over.
const COMMITS_A_ROUND: u64 = 64;

/// Pages of the log above which writers have to wait until it is carried over: 64 MiB.
const LONGEST_LOG: i64 = 16 * 1024;

/// Bytes of the log above which closing a handle carries it over, even if others stay open.
const LOG_TO_LEAVE: u64 = 4 << 20;

/// A keyring in one SQLite file.
pub struct SqliteStore {
    path: PathBuf,
    place: String,
    /// Device and number of the file that the connections have open.
    file: (u64, u64),
    writer: Mutex<Connection>,
    /// The thread that is writing: it would wait for itself if it began again.
    writing: Mutex<Option<ThreadId>>,
    readers: Mutex<Vec<Connection>>,
    poisoned: AtomicBool,
    commits: AtomicU64,
    carrier: Mutex<Option<Carrier>>,
}

/// The thread that carries the log over.
struct Carrier {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl SqliteStore {
    /// Makes a new store with what `fill` writes. It appears under its name whole or not at all.
    ///
    /// # Errors
    /// [`Code::Exists`] for a name that is taken, [`Code::Io`], [`Code::Storage`], and those of `fill`.
    pub fn create(path: &Path, fill: &mut Write<'_>) -> Result<Self> {
        let draft = Draft::new(path, Kind::Store)?;
        {
            let store = Self::set_up(draft.path(), true)?;
            store.write(fill)?;
            let connection = store.writer()?;
            checkpoint(&connection, "TRUNCATE").map_err(|error| failed(&store.place, &error))?;
        }
        let named = draft.give_name(path)?;
        let store = Self::open(path)?;
        named.keep();
        Ok(store)
    }

    /// Opens a store that is there.
    ///
    /// # Errors
    /// [`Code::Io`] if there is none, [`Code::Malformed`] for another kind of file, [`Code::Unsupported`] for
    /// a format that this version does not know, [`Code::Integrity`] for one that was tampered with or is
    /// damaged, [`Code::Storage`].
    pub fn open(path: &Path) -> Result<Self> {
        // A pipe would let its reader wait for a writer.
        let mut file = File::options()
            .read(true)
            .custom_flags(i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default())
            .open(path)
            .map_err(|error| {
                Error::new(Code::Io, "cannot open the keyring")
                    .got(error.to_string())
                    .at(path.display().to_string())
            })?;
        if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(Error::new(Code::Io, "keyring")
                .expected("a file")
                .got("something else")
                .at(path.display().to_string()));
        }
        let mut start = [0; FIRST_BYTES.len()];
        if file.read_exact(&mut start).is_ok() && start != *FIRST_BYTES {
            return Err(another_file(&path.display().to_string()));
        }
        Self::set_up(path, false)
    }

    /// Whether a file that starts with these bytes is a store.
    pub(in crate::keyring) fn is_meant_by(start: &[u8]) -> bool {
        start.starts_with(FIRST_BYTES)
            && start.get(APPLICATION_AT..APPLICATION_AT + 4) == Some(&APPLICATION.to_be_bytes())
    }

    fn set_up(path: &Path, new: bool) -> Result<Self> {
        if rusqlite::version_number() < LEAST_VERSION {
            return Err(Error::new(Code::Storage, "SQLite")
                .expected("3.51.3 or later, because older versions can lose commits")
                .got(rusqlite::version()));
        }
        let place = path.display().to_string();
        let failed = |error| failed(&place, &error);
        let file = identity(path);
        let mut connection = Connection::open_with_flags(path, flags(false)).map_err(failed)?;
        settings(&mut connection).map_err(failed)?;
        match new {
            true => lay_out(&connection).map_err(failed)?,
            false => recognise(&connection, &place)?,
        }
        insist(&connection, &place)?;
        let file = file
            .filter(|file| identity(path) == Some(*file))
            .ok_or_else(|| replaced(&place))?;
        Ok(Self {
            path: path.to_owned(),
            place,
            file,
            writer: Mutex::new(connection),
            writing: Mutex::new(None),
            readers: Mutex::new(Vec::new()),
            poisoned: AtomicBool::new(false),
            commits: AtomicU64::new(0),
            carrier: Mutex::new(None),
        })
    }

    fn usable(&self) -> Result<()> {
        // What is written to a file that has lost its name is lost with it, and what another process revokes stands
        // in the file that has the name now.
        if identity(&self.path) != Some(self.file) {
            self.poisoned.store(true, Ordering::Release);
            return Err(replaced(&self.place));
        }
        match self.poisoned.load(Ordering::Acquire) {
            false => Ok(()),
            true => Err(Error::new(Code::Storage, "keyring")
                .expected("to be opened again, because an earlier write to it failed")
                .at(&self.place)),
        }
    }

    fn writer(&self) -> Result<MutexGuard<'_, Connection>> {
        if *lock(&self.writing) == Some(thread::current().id()) {
            return Err(Error::internal("a write inside a write"));
        }
        Ok(lock(&self.writer))
    }

    /// A connection for one reader.
    fn reader(&self) -> Result<Connection> {
        if let Some(idle) = lock(&self.readers).pop() {
            return Ok(idle);
        }
        connect(&self.path, true, &self.place)
    }

    /// The error of a write that failed in the storage: this handle is of no more use.
    fn poison(&self, error: &rusqlite::Error) -> Error {
        // Waiting in vain has changed nothing.
        if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) {
            self.poisoned.store(true, Ordering::Release);
        }
        failed(&self.place, error)
    }

    /// Has the log carried over once in a while, by a thread that exists as soon as there is much to do.
    fn carry_over_sometimes(&self) {
        let commits = self.commits.fetch_add(1, Ordering::Relaxed) + 1;
        if !commits.is_multiple_of(COMMITS_A_ROUND) {
            return;
        }
        let mut carrier = lock(&self.carrier);
        let carrier = carrier.get_or_insert_with(|| Carrier::start(&self.path));
        if let Some(wake) = &carrier.wake {
            // A carrier that is still busy, or could not be started, does not get the commit to wait.
            let _ = wake.try_send(());
        }
    }
}

impl Carrier {
    fn start(path: &Path) -> Self {
        let (wake, rounds) = mpsc::sync_channel(1);
        let path = path.to_owned();
        let thread = thread::Builder::new()
            .name("chop keyring log".to_owned())
            .spawn(move || {
                let Ok(connection) = connect(&path, false, "") else {
                    return;
                };
                while rounds.recv().is_ok() {
                    // What fails here fails again in the next commit, which reports it.
                    if let Ok((_, log)) = checkpoint(&connection, "PASSIVE")
                        && log > LONGEST_LOG
                    {
                        let _ = checkpoint(&connection, "RESTART");
                    }
                }
            });
        Self {
            wake: Some(wake),
            thread: thread.ok(),
        }
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        drop(lock(&self.carrier).take());
        // The last connection carries the log over and removes it, which a reader cannot.
        lock(&self.readers).clear();
        let log = fs::metadata(with_suffix(&self.path, "-wal"));
        if log.is_ok_and(|log| log.len() > LOG_TO_LEAVE) {
            let _ = checkpoint(&lock(&self.writer), "PASSIVE");
        }
    }
}

impl Store for SqliteStore {
    fn read(&self, work: &mut Read<'_>) -> Result<()> {
        self.usable()?;
        let mut connection = self.reader()?;
        let result = {
            let transaction = connection
                .transaction()
                .map_err(|error| failed(&self.place, &error))?;
            work(&State {
                transaction: &transaction,
                place: &self.place,
            })
        };
        lock(&self.readers).push(connection);
        result
    }

    fn write(&self, work: &mut Write<'_>) -> Result<()> {
        self.usable()?;
        let mut connection = self.writer()?;
        let _owner = Owner::new(&self.writing);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| self.poison(&error))?;
        let mut state = State {
            transaction: &transaction,
            place: &self.place,
        };
        match work(&mut state) {
            Ok(()) => transaction.commit().map_err(|error| self.poison(&error))?,
            Err(error) => {
                let rolled_back = transaction.rollback();
                if rolled_back.is_err() || error.code() == Code::Storage {
                    self.poisoned.store(true, Ordering::Release);
                }
                return Err(error);
            }
        }
        self.carry_over_sometimes();
        Ok(())
    }

    fn erase(&self) -> Result<()> {
        self.usable()?;
        let failed = |error| failed(&self.place, &error);
        // Its own connection, which does not wait as long as a writer.
        let mut connection = connect(&self.path, false, &self.place)?;
        connection.busy_timeout(PATIENCE_TO_ERASE).map_err(failed)?;
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        for space in Space::ALL.iter().filter(|space| space.holds_secrets()) {
            lay_anew(&transaction, *space).map_err(|error| self.poison(&error))?;
        }
        transaction.commit().map_err(|error| self.poison(&error))?;
        match checkpoint(&connection, "TRUNCATE").map_err(|error| self.poison(&error))? {
            (false, _) => Ok(()),
            (true, _) => Err(Error::new(
                Code::Storage,
                "what was removed is still in the log of the keyring",
            )
            .expected("no other process to read for so long; ask for it again")
            .at(&self.place)),
        }
    }

    fn check(&self) -> Result<()> {
        self.usable()?;
        let connection = self.reader()?;
        let findings = connection
            .prepare("PRAGMA integrity_check")
            .and_then(|mut statement| {
                let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            })
            .map_err(|error| failed(&self.place, &error))?;
        lock(&self.readers).push(connection);
        match findings.as_slice() {
            [fine] if fine == "ok" => Ok(()),
            findings if findings.iter().any(|finding| is_unread(finding)) => {
                Err(Error::new(Code::Storage, "the keyring cannot be read")
                    .got(findings.join("; "))
                    .at(&self.place))
            }
            findings => Err(Error::new(Code::Integrity, "SQLite finds the file damaged")
                .got(findings.join("; "))
                .at(&self.place)),
        }
    }

    fn place(&self) -> &str {
        &self.place
    }
}

/// A state of the store in a transaction.
struct State<'t> {
    transaction: &'t Transaction<'t>,
    place: &'t str,
}

impl State<'_> {
    fn failed(&self, error: &rusqlite::Error) -> Error {
        failed(self.place, error)
    }
}

impl Reading for State<'_> {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.transaction
            .prepare_cached(&format!(
                "SELECT value FROM \"{}\" WHERE key = ?1",
                space.name()
            ))
            .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
            .map_err(|error| self.failed(&error))
    }

    fn scan(&self, space: Space, from: &[u8], visit: &mut Visit<'_>) -> Result<()> {
        let failed = |error| self.failed(&error);
        let mut statement = self
            .transaction
            .prepare_cached(&format!(
                "SELECT key, value FROM \"{}\" WHERE key >= ?1 ORDER BY key",
                space.name()
            ))
            .map_err(failed)?;
        let mut rows = statement.query([from]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let blob = |column| {
                let value = row.get_ref(column).map_err(failed)?;
                value
                    .as_blob()
                    .map_err(|_| damaged(self.place, "a record that is no blob"))
            };
            if !visit(blob(0)?, blob(1)?)? {
                break;
            }
        }
        Ok(())
    }
}

impl Writing for State<'_> {
    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        check_lengths(space, key, value)?;
        self.transaction
            .prepare_cached(&format!(
                "INSERT INTO \"{}\" (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                space.name()
            ))
            .and_then(|mut statement| statement.execute((key, value)))
            .map(drop)
            .map_err(|error| self.failed(&error))
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<()> {
        self.transaction
            .prepare_cached(&format!("DELETE FROM \"{}\" WHERE key = ?1", space.name()))
            .and_then(|mut statement| statement.execute([key]))
            .map(drop)
            .map_err(|error| self.failed(&error))
    }

    fn reading(&self) -> &dyn Reading {
        self
    }
}

/// Which file stands under a name.
fn identity(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

fn replaced(place: &str) -> Error {
    Error::new(Code::Storage, "the keyring's file was replaced or removed")
        .expected("the file that was opened; open the keyring again")
        .got("another one, or none")
        .at(place)
}

fn flags(read_only: bool) -> OpenFlags {
    let access = match read_only {
        true => OpenFlags::SQLITE_OPEN_READ_ONLY,
        false => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    // Each connection is used by one thread at a time.
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE
}

/// Another connection to a store that was recognised, with settings that have taken effect.
fn connect(path: &Path, read_only: bool, place: &str) -> Result<Connection> {
    let failed = |error| failed(place, &error);
    let mut connection = Connection::open_with_flags(path, flags(read_only)).map_err(failed)?;
    settings(&mut connection).map_err(failed)?;
    insist(&connection, place)?;
    Ok(connection)
}

/// What every connection has.
fn settings(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(|tries: i32| {
        let step = u64::try_from(tries / 8).unwrap_or_default().clamp(1, 10);
        thread::sleep(Duration::from_millis(step));
        u128::from(step) * u128::from(tries.unsigned_abs()) < PATIENCE.as_millis()
    }))?;
    let longest = i32::try_from(MAX_VALUE + 4096).unwrap_or(i32::MAX);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, longest)?;
    // The schema comes from a file: nothing in it may do more than hold records.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    for (name, value) in [
        ("mmap_size", "0"),
        ("synchronous", "FULL"),
        ("secure_delete", "ON"),
        ("cell_size_check", "ON"),
        ("temp_store", "MEMORY"),
        ("wal_autocheckpoint", "0"),
    ] {
        connection.pragma_update(None, name, value)?;
    }
    Ok(())
}

/// Refuses a connection whose settings did not take: the promises rest on them.
fn insist(connection: &Connection, place: &str) -> Result<()> {
    let number = |name| -> rusqlite::Result<i64> {
        connection.pragma_query_value(None, name, |row| row.get(0))
    };
    let mode: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .map_err(|error| failed(place, &error))?;
    let wanted = [
        ("synchronous", 2),
        ("secure_delete", 1),
        ("cell_size_check", 1),
    ];
    for (name, wanted) in wanted {
        let found = number(name).map_err(|error| failed(place, &error))?;
        if found != wanted {
            return Err(unwilling(place, name));
        }
    }
    // Without memory mapping in the build there is no such number to read.
    let mapped: Option<i64> = connection
        .pragma_query_value(None, "mmap_size", |row| row.get(0))
        .optional()
        .map_err(|error| failed(place, &error))?;
    if mapped.is_some_and(|bytes| bytes != 0) {
        return Err(unwilling(place, "mmap_size"));
    }
    match mode.as_str() {
        "wal" => Ok(()),
        _ => Err(unwilling(place, "journal_mode")),
    }
}

fn unwilling(place: &str, setting: &str) -> Error {
    Error::new(Code::Storage, "SQLite")
        .expected(format!("the setting {setting} of a keyring to take effect"))
        .got("that it did not; is this a local file system?")
        .at(place)
}

fn table(space: Space) -> String {
    format!(
        "CREATE TABLE \"{}\" (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT, WITHOUT ROWID",
        space.name()
    )
}

fn lay_out(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", FORMAT)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    for space in Space::ALL {
        connection.execute(&table(*space), [])?;
    }
    Ok(())
}

/// Writes the records of a space into fresh pages. SQLite overwrites a record that is removed where it lies, but
/// not what is left of it where it lay before pages were split and merged; a page that becomes free is overwritten
/// as a whole.
fn lay_anew(transaction: &Transaction<'_>, space: Space) -> rusqlite::Result<()> {
    let name = space.name();
    let rows = transaction
        .prepare(&format!("SELECT key, value FROM \"{name}\" ORDER BY key"))?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(Vec<u8>, Vec<u8>)>>>()?;
    transaction.execute(&format!("DELETE FROM \"{name}\""), [])?;
    let mut insert = transaction.prepare(&format!(
        "INSERT INTO \"{name}\" (key, value) VALUES (?1, ?2)"
    ))?;
    for row in rows {
        insert.execute(row)?;
    }
    Ok(())
}

/// Refuses what is no keyring, is one of a later format, or holds anything beside the records: a trigger
/// could put a sealed key aside, so that it outlives its destruction.
fn recognise(connection: &Connection, place: &str) -> Result<()> {
    let number = |name| -> rusqlite::Result<i32> {
        connection.pragma_query_value(None, name, |row| row.get(0))
    };
    match number("application_id") {
        Ok(APPLICATION) => {}
        Err(error) if error.sqlite_error_code() != Some(ErrorCode::NotADatabase) => {
            return Err(failed(place, &error));
        }
        _ => return Err(another_file(place)),
    }
    match number("user_version").map_err(|error| failed(place, &error))? {
        FORMAT => {}
        newer => {
            return Err(Error::new(Code::Unsupported, "format of the keyring")
                .expected(FORMAT.to_string())
                .got(format!("{newer}; a later chop has made it"))
                .at(place));
        }
    }
    let mut schema: Vec<String> = connection
        .prepare("SELECT coalesce(sql, name) FROM sqlite_schema")
        .and_then(|mut statement| {
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect()
        })
        .map_err(|error| failed(place, &error))?;
    let mut own: Vec<String> = Space::ALL.iter().map(|space| table(*space)).collect();
    schema.sort();
    own.sort();
    match schema == own {
        true => Ok(()),
        false => Err(damaged(place, "tables other than those of a keyring")),
    }
}

fn another_file(place: &str) -> Error {
    Error::malformed("keyring")
        .expected("a file that `chop init` has made")
        .got("another file")
        .at(place)
}

/// Carries the log over: whether somebody was in the way, and how many pages the log has.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<(bool, i64)> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        Ok((row.get::<_, i64>(0)? != 0, row.get(1)?))
    })
}

fn damaged(place: &str, what: &str) -> Error {
    Error::new(
        Code::Integrity,
        "the keyring's file was altered, or is damaged or unreadable",
    )
    .got(what)
    .at(place)
}

/// What SQLite says, sorted by who can do something about it.
fn failed(place: &str, error: &rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::TooBig
            | ErrorCode::TypeMismatch,
        ) => damaged(place, &error.to_string()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::new(Code::Storage, "the keyring is busy")
                .expected("other processes to finish with it")
                .at(place)
        }
        _ => Error::new(Code::Storage, "the keyring cannot be read or written")
            .got(error.to_string())
            .at(place),
    }
}

/// Whether a finding of SQLite is about the disk, from which a page did not come, and not about what stands in it.
fn is_unread(finding: &str) -> bool {
    // The low byte of a code is its kind. Of a page that continues another SQLite says no code, and of one that the
    // file does not have something else.
    let kind = |text: &str| -> Option<i32> {
        let digits = text.split(|c: char| !c.is_ascii_digit()).next()?;
        Some(digits.parse::<i32>().ok()? & 0xff)
    };
    let mut kinds = finding.split("error code=").skip(1).filter_map(kind);
    kinds.any(|kind| kind == rusqlite::ffi::SQLITE_IOERR) || finding.contains("failed to get page")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests;
