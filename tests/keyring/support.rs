//! A keyring in memory, and a clock that stands still until it is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use chop::keyring::store::{MemoryStore, Space, Store};
use chop::keyring::{
    KeyName, Keyring, NewKeyring, Restoring, Signed, SignedFormat, Unlock, Wanted,
};
use chop::policy::Profile;
use chop::{Context, Guard, Hash, Policy, Result, SecretBytes, Time};

pub(crate) const START: u64 = 1_795_392_000;

pub(crate) fn time(seconds: u64) -> Time {
    Time::from_unix_seconds(START + seconds).unwrap()
}

/// The default policy, so many seconds after the start.
pub(crate) fn at(seconds: u64) -> Guard {
    Guard::new(Policy::built_in(Profile::Hybrid2026)).at(time(seconds))
}

pub(crate) fn unlock() -> Unlock {
    Unlock::key_file(SecretBytes::copy_of(&[0x42; 32])).unwrap()
}

/// A fresh keyring, and its store.
pub(crate) fn ring() -> (Keyring, MemoryStore) {
    ring_with(None)
}

/// The same with a witness at that path.
pub(crate) fn ring_with(witness: Option<&Path>) -> (Keyring, MemoryStore) {
    let store = MemoryStore::new();
    let new = NewKeyring::new(&unlock(), "", witness, "founder".parse().unwrap(), &at(0)).unwrap();
    store.write(&mut |rows| new.write(rows)).unwrap();
    let ring = new.open(Box::new(store.clone())).unwrap();
    (ring, store)
}

/// Another handle on the keyring in `store`.
pub(crate) fn open(store: &MemoryStore) -> Result<Keyring> {
    Keyring::open(
        Box::new(store.clone()),
        &unlock(),
        "somebody else".parse().unwrap(),
    )
}

pub(crate) fn wanted() -> Wanted {
    Wanted::default()
}

pub(crate) fn name(text: &str) -> KeyName {
    text.parse().unwrap()
}

/// A bare signature over this content.
pub(crate) fn signed(content: &[u8]) -> Signed {
    let mut digest = [0; 32];
    digest.copy_from_slice(&Hash::Sha256.of(content));
    Signed {
        format: SignedFormat::Raw,
        digest,
        context: Context::empty(),
    }
}

pub(crate) fn sign(ring: &Keyring, key: &KeyName, content: &[u8], now: u64) -> Result<Vec<u8>> {
    ring.signing_key(key, &at(now))?.key.sign(content)
}

/// A record as it lies in a store.
pub(crate) type Row = (Space, Vec<u8>, Vec<u8>);

/// Every record of a store.
pub(crate) fn contents(store: &MemoryStore) -> Vec<Row> {
    let mut all = Vec::new();
    store
        .read(&mut |rows| {
            for space in Space::ALL {
                rows.scan(*space, b"", &mut |key, value| {
                    all.push((*space, key.to_vec(), value.to_vec()));
                    Ok(true)
                })?;
            }
            Ok(())
        })
        .unwrap();
    all
}

/// Puts a store into that state, as somebody does who can write the file.
pub(crate) fn put_back(store: &MemoryStore, all: &[Row]) {
    let there = contents(store);
    store
        .write(&mut |rows| {
            for (space, key, _) in &there {
                rows.delete(*space, key)?;
            }
            for (space, key, value) in all {
                rows.put(*space, key, value)?;
            }
            Ok(())
        })
        .unwrap();
}

pub(crate) fn backup(ring: &Keyring, now: u64) -> Vec<u8> {
    let mut out = Vec::new();
    ring.backup(&mut out, &at(now)).unwrap();
    out
}

pub(crate) fn export(ring: &Keyring, now: u64) -> Vec<u8> {
    let mut out = Vec::new();
    ring.export_audit(&mut out, &at(now)).unwrap();
    out
}

/// A keyring from a backup, in a store of its own.
pub(crate) fn restore(
    mut backup: &[u8],
    witness: Option<&Path>,
    now: u64,
) -> Result<(Keyring, MemoryStore)> {
    let store = MemoryStore::new();
    let actor = "restorer".parse().unwrap();
    let mut restoring = Restoring::new(&mut backup, &unlock(), witness, actor, &at(now))?;
    store.write(&mut |rows| restoring.write(rows))?;
    Ok((restoring.open(Box::new(store.clone()))?, store))
}

/// A folder of its own, removed on drop.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("chop-ring-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
