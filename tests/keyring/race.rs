//! Several who change the same key at the same moment.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use chop::keyring::store::{MemoryStore, Read, Store, Write};
use chop::keyring::{KeyName, Keyring, NewKeyring, Purpose, State};
use chop::{Algorithm, Code, Result};

use super::support::{at, open, ring, unlock, wanted};

const MANY: usize = 8;

/// A store whose readers wait for each other once they have read: all of them have seen the same state
/// before the first one goes on.
struct Together {
    store: MemoryStore,
    armed: Arc<AtomicBool>,
    all: Arc<Barrier>,
}

impl Store for Together {
    fn read(&self, work: &mut Read<'_>) -> Result<()> {
        let result = self.store.read(work);
        if self.armed.load(Ordering::SeqCst) {
            self.all.wait();
        }
        result
    }

    fn write(&self, work: &mut Write<'_>) -> Result<()> {
        self.store.write(work)
    }

    fn erase(&self) -> Result<()> {
        self.store.erase()
    }

    fn check(&self) -> Result<()> {
        self.store.check()
    }

    fn place(&self) -> &str {
        self.store.place()
    }
}

/// A store in which somebody else makes a key each time that a reader has its state and has not looked at it yet.
struct Busy {
    store: MemoryStore,
    other: Keyring,
    made: AtomicU32,
}

impl Store for Busy {
    fn read(&self, work: &mut Read<'_>) -> Result<()> {
        self.store.read(&mut |rows| {
            let made = self.made.fetch_add(1, Ordering::SeqCst);
            let name: KeyName = format!("k{made}").parse()?;
            self.other
                .new_key(&name, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))?;
            work(rows)
        })
    }

    fn write(&self, work: &mut Write<'_>) -> Result<()> {
        self.store.write(work)
    }

    fn erase(&self) -> Result<()> {
        self.store.erase()
    }

    fn check(&self) -> Result<()> {
        self.store.check()
    }

    fn place(&self) -> &str {
        self.store.place()
    }
}

#[test]
fn a_keyring_in_use_is_not_taken_for_an_older_copy() {
    let witness = std::env::temp_dir().join(format!("chop-busy-{}", std::process::id()));
    let _ = std::fs::remove_file(&witness);
    let store = MemoryStore::new();
    let founder = "founder".parse().unwrap();
    let new = NewKeyring::new(&unlock(), "", Some(&witness), founder, &at(0)).unwrap();
    store.write(&mut |rows| new.write(rows)).unwrap();
    let busy = Busy {
        other: new.open(Box::new(store.clone())).unwrap(),
        store,
        made: AtomicU32::new(0),
    };
    let keys = Keyring::open(Box::new(busy), &unlock(), "second".parse().unwrap())
        .and_then(|opened| opened.keys());
    std::fs::remove_file(&witness).unwrap();
    assert!(keys.unwrap().len() > 1);
}

#[test]
fn of_those_who_rotate_the_same_version_one_wins() {
    for handles in [1, MANY] {
        let (first, store) = ring();
        let key: KeyName = "k".parse().unwrap();
        first
            .new_key(&key, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
            .unwrap();
        let armed = Arc::new(AtomicBool::new(false));
        let all = Arc::new(Barrier::new(MANY));
        let rings: Vec<Keyring> = (0..handles)
            .map(|_| {
                let together = Together {
                    store: store.clone(),
                    armed: Arc::clone(&armed),
                    all: Arc::clone(&all),
                };
                Keyring::open(Box::new(together), &unlock(), "many".parse().unwrap()).unwrap()
            })
            .collect();
        armed.store(true, Ordering::SeqCst);
        let outcomes: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..MANY)
                .map(|number| {
                    let (ring, key) = (&rings[number % handles], &key);
                    scope.spawn(move || ring.rotate(key, Algorithm::Ed25519, None, &at(2)))
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let won: Vec<u32> = outcomes
            .iter()
            .filter_map(|outcome| outcome.as_ref().ok())
            .map(|version| version.version)
            .collect();
        assert_eq!(won, [2], "{handles} handles");
        for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert_eq!(error.code(), Code::State, "{error}");
        }
        let info = open(&store).unwrap().key(&key).unwrap();
        assert_eq!(info.key.current, 2);
        let states: Vec<State> = info.versions.iter().map(|version| version.state).collect();
        assert_eq!(states, [State::Deactivated, State::Active]);
    }
}
