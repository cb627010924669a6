//! Every store conforms, and the file of SQLite keeps what it promises.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use chop::keyring::store::conformance::{CHECKS, Place};
use chop::keyring::store::{MemoryStore, Space, SqliteStore, Store};
use chop::{Code, Result};

/// A folder of its own, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("chop-store-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> PathBuf {
        self.0.join("keyring.db")
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct InFile(Folder);

impl Place for InFile {
    fn open(&self) -> Result<Box<dyn Store>> {
        let path = self.0.path();
        Ok(Box::new(match path.exists() {
            true => SqliteStore::open(&path)?,
            false => SqliteStore::create(&path, &mut |_| Ok(()))?,
        }))
    }
}

struct InMemory(MemoryStore);

impl Place for InMemory {
    fn open(&self) -> Result<Box<dyn Store>> {
        Ok(Box::new(self.0.clone()))
    }
}

#[test]
fn every_store_conforms() {
    let mut passed = 0;
    for (name, check) in CHECKS {
        let places: [Box<dyn Place>; 2] = [
            Box::new(InMemory(MemoryStore::new())),
            Box::new(InFile(Folder::new())),
        ];
        for place in places {
            check(&*place).unwrap_or_else(|error| panic!("{name}: {error}"));
            passed += 1;
        }
    }
    assert_eq!(passed, 2 * 11);
}

fn filled(folder: &Folder) -> SqliteStore {
    SqliteStore::create(&folder.path(), &mut |rows| {
        rows.put(Space::Key, b"first", b"value")
    })
    .unwrap()
}

fn get(store: &SqliteStore, key: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut found = None;
    store.read(&mut |rows| {
        found = rows.get(Space::Key, key)?;
        Ok(())
    })?;
    Ok(found)
}

#[test]
fn a_new_file_is_whole_and_private() {
    let folder = Folder::new();
    let deep = folder.0.join("a/b/keyring.db");
    let store = SqliteStore::create(&deep, &mut |rows| rows.put(Space::Key, b"k", b"v")).unwrap();
    store
        .write(&mut |rows| rows.put(Space::Key, b"l", b"w"))
        .unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.0.join("a")), 0o700);
    for suffix in ["", "-wal", "-shm"] {
        let path = PathBuf::from(format!("{}{suffix}", deep.display()));
        assert_eq!(mode(&path), 0o600, "{suffix}");
    }
    let again = SqliteStore::create(&deep, &mut |_| Ok(())).map(drop);
    assert_eq!(again.unwrap_err().code(), Code::Exists);
    drop(store);
    // What stops the making leaves nothing.
    let path = folder.path();
    let failed = SqliteStore::create(&path, &mut |_| Err(chop::Error::usage("on purpose")));
    assert!(failed.is_err());
    assert_eq!(folder.names(), ["a"]);
}

#[test]
fn what_is_no_keyring_is_refused() {
    let folder = Folder::new();
    let open = || {
        SqliteStore::open(&folder.path())
            .map(drop)
            .unwrap_err()
            .code()
    };
    assert_eq!(open(), Code::Io);
    fs::write(folder.path(), b"").unwrap();
    assert_eq!(open(), Code::Malformed);
    fs::write(folder.path(), [b'x'; 5000]).unwrap();
    assert_eq!(open(), Code::Malformed);
    fs::remove_file(folder.path()).unwrap();
    fs::create_dir(folder.path()).unwrap();
    assert_eq!(open(), Code::Io);
    fs::remove_dir(folder.path()).unwrap();
    for (sql, code) in [
        ("PRAGMA user_version = 2", Code::Unsupported),
        ("PRAGMA application_id = 1", Code::Malformed),
        ("CREATE TABLE more (x)", Code::Integrity),
        (
            "CREATE TRIGGER aside AFTER DELETE ON secret BEGIN INSERT INTO seen VALUES (old.key, old.value); END",
            Code::Integrity,
        ),
        ("CREATE VIEW aside AS SELECT * FROM secret", Code::Integrity),
        ("CREATE INDEX aside ON secret (value)", Code::Integrity),
        ("DROP TABLE seen", Code::Integrity),
        ("PRAGMA journal_mode = DELETE", Code::Storage),
    ] {
        drop(filled(&folder));
        let connection = rusqlite::Connection::open(folder.path()).unwrap();
        connection.execute_batch(sql).unwrap();
        drop(connection);
        assert_eq!(open(), code, "{sql}");
        fs::remove_file(folder.path()).unwrap();
    }
}

#[test]
fn no_damage_to_the_file_is_a_panic() {
    let folder = Folder::new();
    let store = filled(&folder);
    store
        .write(&mut |rows| {
            for number in 0..200u32 {
                rows.put(Space::Version, &number.to_be_bytes(), &[7; 400])?;
            }
            Ok(())
        })
        .unwrap();
    drop(store);
    let sound = fs::read(folder.path()).unwrap();
    let try_it = || {
        let Ok(store) = SqliteStore::open(&folder.path()) else {
            return;
        };
        let _ = store.read(&mut |rows| rows.scan(Space::Version, b"", &mut |_, _| Ok(true)));
        let _ = store.write(&mut |rows| rows.put(Space::Version, b"more", b"value"));
        let _ = store.check();
    };
    let mut tried = 0;
    for at in (0..sound.len()).step_by(509) {
        let mut damaged = sound.clone();
        damaged[at] ^= 0x5a;
        fs::write(folder.path(), &damaged).unwrap();
        try_it();
        tried += 1;
    }
    for len in (0..sound.len()).step_by(4096 * 3 / 2) {
        fs::write(folder.path(), &sound[..len]).unwrap();
        try_it();
        tried += 1;
    }
    assert!(tried > 200, "{tried}");
}

/// Whether `needle` is in any file of the folder.
fn holds(folder: &Folder, needle: &[u8]) -> bool {
    folder.names().iter().any(|name| {
        let bytes = fs::read(folder.0.join(name)).unwrap();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}

#[test]
fn what_is_erased_is_in_no_file() {
    let folder = Folder::new();
    let store = filled(&folder);
    let other = SqliteStore::open(&folder.path()).unwrap();
    for (number, len) in [(0u8, 100usize), (1, 3000), (2, 5000), (3, 100_000)] {
        let canary: Vec<u8> = (0..32u8).map(|i| 0x80 | (i * 7 + number)).collect();
        let value: Vec<u8> = canary.iter().copied().cycle().take(len).collect();
        store
            .write(&mut |rows| rows.put(Space::Secret, b"doomed", &value))
            .unwrap();
        assert!(holds(&folder, &canary));
        store
            .write(&mut |rows| rows.delete(Space::Secret, b"doomed"))
            .unwrap();
        store.erase().unwrap();
        assert!(!holds(&folder, &canary), "{len}");
        assert_eq!(get(&other, b"first").unwrap().unwrap(), b"value");
    }
}

#[test]
fn what_cannot_be_erased_is_said() {
    let folder = Folder::new();
    let store = filled(&folder);
    let other = SqliteStore::open(&folder.path()).unwrap();
    store
        .write(&mut |rows| rows.put(Space::Secret, b"doomed", b"sealed"))
        .unwrap();
    other
        .read(&mut |rows| {
            assert!(rows.get(Space::Secret, b"doomed")?.is_some());
            store.write(&mut |rows| rows.delete(Space::Secret, b"doomed"))?;
            let error = store.erase().unwrap_err();
            assert_eq!(error.code(), Code::Storage);
            assert!(error.to_string().contains("again"), "{error}");
            Ok(())
        })
        .unwrap();
    store.erase().unwrap();
    assert_eq!(get(&store, b"first").unwrap().unwrap(), b"value");
}

#[test]
fn a_damaged_file_is_called_damaged() {
    let folder = Folder::new();
    let store = filled(&folder);
    drop(store);
    // A file with a hole in its middle page is what a broken disk gives back.
    let file = fs::File::options().write(true).open(folder.path()).unwrap();
    let len = file.metadata().unwrap().len();
    for page in 1..len / 4096 {
        file.write_all_at(&[0xee; 4096], page * 4096).unwrap();
    }
    let store = SqliteStore::open(&folder.path()).unwrap();
    let error = get(&store, b"first").unwrap_err();
    assert_eq!(error.code(), Code::Integrity);
    assert_eq!(store.check().unwrap_err().code(), Code::Integrity);
}

#[test]
fn a_pipe_in_the_place_of_a_keyring_keeps_nobody_waiting() {
    let folder = Folder::new();
    let mode = rustix::fs::Mode::from(0o600);
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, folder.path(), fifo, mode, 0).unwrap();
    let error = SqliteStore::open(&folder.path()).map(drop).unwrap_err();
    assert_eq!(error.code(), Code::Io);
}

#[test]
fn a_file_that_was_replaced_or_removed_is_not_used_any_more() {
    let folder = Folder::new();
    let store = filled(&folder);
    let aside = folder.0.join("aside");
    let refused = |store: &SqliteStore| {
        let write = store.write(&mut |rows| rows.put(Space::Key, b"lost", b"1"));
        for error in [
            get(store, b"first").map(drop).unwrap_err(),
            write.unwrap_err(),
            store.erase().unwrap_err(),
            store.check().unwrap_err(),
        ] {
            assert_eq!(error.code(), Code::Storage);
            assert!(error.to_string().contains("replaced or removed"), "{error}");
        }
    };
    fs::rename(folder.path(), &aside).unwrap();
    refused(&store);
    fs::copy(&aside, folder.path()).unwrap();
    refused(&store);
    // The same file under its name again: who knows what happened meanwhile, so it has to be opened again.
    fs::rename(&aside, folder.path()).unwrap();
    assert!(get(&store, b"first").is_err());
    drop(store);
    let store = SqliteStore::open(&folder.path()).unwrap();
    assert_eq!(get(&store, b"first").unwrap().unwrap(), b"value");
}

/// Sealed keys come and go in many sizes, pages are split and merged: nothing of any that went stays.
#[test]
fn what_is_erased_among_many_is_in_no_file() {
    const RECORDS: u32 = 400;
    let folder = Folder::new();
    let store = filled(&folder);
    let value = |number: u32| -> Vec<u8> {
        let length = [120, 300, 1_700, 4_200, 9_000][number as usize % 5] + number as usize % 97;
        (0u32..)
            .flat_map(|block| {
                chop::Hash::Sha256.of(&[number.to_be_bytes(), block.to_be_bytes()].concat())
            })
            .take(length)
            .collect()
    };
    let key = |number: u32| chop::Hash::Sha256.of(&number.to_be_bytes());
    for number in 0..RECORDS {
        store
            .write(&mut |rows| rows.put(Space::Secret, &key(number), &value(number)))
            .unwrap();
    }
    store.erase().unwrap();
    // Every sixteen bytes of those that went, at steps of sixteen, against every place of the files.
    let mut gone: std::collections::HashMap<[u8; 16], u32> = std::collections::HashMap::new();
    for round in 0..8 {
        store
            .write(&mut |rows| {
                for number in (round..RECORDS).step_by(8) {
                    rows.delete(Space::Secret, &key(number))?;
                }
                Ok(())
            })
            .unwrap();
        store.erase().unwrap();
        for number in (round..RECORDS).step_by(8) {
            for window in value(number).chunks_exact(16) {
                gone.insert(window.try_into().unwrap(), number);
            }
        }
        for name in folder.names() {
            let bytes = fs::read(folder.0.join(&name)).unwrap();
            let found = bytes.windows(16).find_map(|window| gone.get(window));
            assert_eq!(found, None, "round {round}: {name}");
        }
    }
    assert!(gone.len() > 50_000, "{}", gone.len());
}
