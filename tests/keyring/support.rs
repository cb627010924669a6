//! A keyring in memory, and a clock that stands still until it is told.

use chop::keyring::store::{MemoryStore, Store};
use chop::keyring::{Keyring, NewKeyring, Unlock, Wanted};
use chop::policy::Profile;
use chop::{Guard, Policy, SecretBytes, Time};

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
    let store = MemoryStore::new();
    let new = NewKeyring::new(&unlock(), "", None, "founder".parse().unwrap(), &at(0)).unwrap();
    store.write(&mut |rows| new.write(rows)).unwrap();
    let ring = new.open(Box::new(store.clone())).unwrap();
    (ring, store)
}

/// Another handle on the keyring in `store`.
pub(crate) fn open(store: &MemoryStore) -> chop::Result<Keyring> {
    Keyring::open(
        Box::new(store.clone()),
        &unlock(),
        "somebody else".parse().unwrap(),
    )
}

pub(crate) fn wanted() -> Wanted {
    Wanted::default()
}
