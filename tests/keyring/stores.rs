//! Stores that behave as other databases do: they begin again, and they fail in the middle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use chop::keyring::store::{MemoryStore, Read, Store, Write};
use chop::keyring::{Change, Keyring, NewKeyring, Purpose, Wanted};
use chop::{Algorithm, Code, Error, Result};

use super::support::{at, export, name, sign, signed, time, unlock, wanted};

/// A store whose every transaction loses against another one at first, as one of PostgreSQL may.
struct Twice {
    inner: MemoryStore,
    begun: AtomicU32,
}

impl Store for Twice {
    fn read(&self, work: &mut Read<'_>) -> Result<()> {
        self.inner.read(work)
    }

    fn write(&self, work: &mut Write<'_>) -> Result<()> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        let mut done = Ok(());
        let undone = self.inner.write(&mut |rows| {
            done = work(rows);
            Err(Error::usage("another one was faster"))
        });
        assert!(undone.is_err());
        // What fails of itself is not tried again.
        done?;
        self.inner.write(work)
    }

    fn erase(&self) -> Result<()> {
        self.inner.erase()
    }

    fn check(&self) -> Result<()> {
        self.inner.check()
    }

    fn place(&self) -> &str {
        "a store that begins again"
    }
}

fn ring_in(store: Box<dyn Store>) -> Keyring {
    let new = NewKeyring::new(&unlock(), "", None, "a".parse().unwrap(), &at(0)).unwrap();
    store.write(&mut |rows| new.write(rows)).unwrap();
    new.open(store).unwrap()
}

#[test]
fn whatever_begins_again_happens_once() {
    let ring = ring_in(Box::new(Twice {
        inner: MemoryStore::new(),
        begun: AtomicU32::new(0),
    }));
    let key = name("k");
    let limits = Wanted {
        max_uses: Some(3),
        ..wanted()
    };
    ring.new_key(&key, Purpose::Sign, Algorithm::Ed25519, &limits, &at(1))
        .unwrap();
    for _ in 0..3 {
        sign(&ring, &key, b"m", 2).unwrap();
    }
    assert_eq!(sign(&ring, &key, b"m", 2).unwrap_err().code(), Code::State);
    ring.rotate(&key, Algorithm::Ed25519, None, &at(3)).unwrap();
    ring.change(&key, None, Change::Suspend, None, &at(4))
        .unwrap();
    ring.change(&key, None, Change::Resume, None, &at(5))
        .unwrap();
    let reason = "r".parse().unwrap();
    ring.compromise(&key, Some(1), time(1), &reason, &at(6))
        .unwrap();
    ring.destroy(&key, 1, &reason, &at(7)).unwrap();
    ring.export_private(&key, None, None, &at(8)).unwrap();
    ring.checkpoint(&at(9)).unwrap();
    let other = chop::keyring::Unlock::key_file(chop::SecretBytes::copy_of(&[7; 40])).unwrap();
    ring.add_unlocker("x", &other, &at(10)).unwrap();
    ring.remove_unlocker(1, &at(11)).unwrap();
    ring.accept_clock(&reason, &at(12)).unwrap();
    ring.judge(&key, 2, &signed(b"m"), &at(13)).unwrap();
    export(&ring, 14);
    let info = ring.key(&key).unwrap();
    assert_eq!(info.versions[0].uses, 3);
    assert_eq!(info.versions.len(), 2);
    let mut actions = Vec::new();
    ring.audit(&mut |entry| {
        actions.push(entry.action.name());
        Ok(())
    })
    .unwrap();
    assert_eq!(
        actions.join(" "),
        "init key-new sign sign sign rotate deactivate suspend resume compromise destroy key-export checkpoint \
         unlocker-add unlocker-remove clock checkpoint"
    );
    assert!(ring.check().unwrap().is_empty());
}

/// A store that is slow when it is told, and then breaks down in the next write.
#[derive(Clone)]
struct Breaking {
    inner: MemoryStore,
    slow: Arc<AtomicBool>,
    breaks: Arc<AtomicBool>,
}

impl Store for Breaking {
    fn read(&self, work: &mut Read<'_>) -> Result<()> {
        self.inner.read(work)
    }

    fn write(&self, work: &mut Write<'_>) -> Result<()> {
        if self.slow.swap(false, Ordering::SeqCst) {
            let done = self.inner.write(work);
            // Others come meanwhile, and wait for the next commit together.
            thread::sleep(Duration::from_millis(300));
            self.breaks.store(true, Ordering::SeqCst);
            return done;
        }
        if self.breaks.swap(false, Ordering::SeqCst) {
            return self.inner.write(&mut |rows| {
                work(rows)?;
                panic!("on purpose");
            });
        }
        self.inner.write(work)
    }

    fn erase(&self) -> Result<()> {
        Ok(())
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn place(&self) -> &str {
        "a store that breaks"
    }
}

#[test]
fn nobody_waits_for_a_commit_that_panicked() {
    let store = Breaking {
        inner: MemoryStore::new(),
        slow: Arc::default(),
        breaks: Arc::default(),
    };
    let ring = ring_in(Box::new(store.clone()));
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    store.slow.store(true, Ordering::SeqCst);
    let (told, ended) = mpsc::channel();
    for number in 0..6 {
        let (ring, key, told) = (ring.clone(), key.clone(), told.clone());
        thread::spawn(move || {
            // The first one is slow, and the others share the commit that breaks.
            thread::sleep(Duration::from_millis(if number == 0 { 0 } else { 100 }));
            let signed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                sign(&ring, &key, b"m", 2).map_err(|error| error.code())
            }));
            told.send(signed.ok()).unwrap();
        });
    }
    let mut outcomes = Vec::new();
    for _ in 0..6 {
        outcomes.push(
            ended
                .recv_timeout(Duration::from_secs(30))
                .expect("a thread that waits for ever"),
        );
    }
    let good = outcomes
        .iter()
        .filter(|one| matches!(one, Some(Ok(_))))
        .count();
    let panicked = outcomes.iter().filter(|one| one.is_none()).count();
    let told: Vec<_> = outcomes
        .iter()
        .flatten()
        .filter_map(|one| one.as_ref().err())
        .collect();
    assert_eq!((good, panicked), (1, 1), "{told:?}");
    assert!(told.iter().all(|code| **code == Code::Internal), "{told:?}");
    // Nothing of it was counted, and it goes on.
    assert_eq!(ring.key(&key).unwrap().versions[0].uses, 1);
    sign(&ring, &key, b"m", 3).unwrap();
    assert!(ring.check().unwrap().is_empty());
}

/// A store on a disk that fails to be read so many times.
struct Failing {
    inner: MemoryStore,
    times: AtomicU32,
}

impl Store for Failing {
    fn read(&self, work: &mut Read<'_>) -> Result<()> {
        self.inner.read(work)
    }

    fn write(&self, work: &mut Write<'_>) -> Result<()> {
        self.inner.write(work)
    }

    fn erase(&self) -> Result<()> {
        self.inner.erase()
    }

    fn check(&self) -> Result<()> {
        let left = |times: u32| times.checked_sub(1);
        match self
            .times
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left)
        {
            Ok(_) => Err(Error::new(Code::Integrity, "a damaged page")),
            Err(_) => Ok(()),
        }
    }

    fn place(&self) -> &str {
        "a failing disk"
    }
}

#[test]
fn a_read_that_failed_once_is_no_finding() {
    let checked = |times| {
        ring_in(Box::new(Failing {
            inner: MemoryStore::new(),
            times: AtomicU32::new(times),
        }))
        .check()
    };
    assert!(checked(0).unwrap().is_empty());
    let once = checked(1).unwrap_err();
    assert_eq!(once.code(), Code::Storage);
    assert!(once.to_string().contains("a damaged page"), "{once}");
    assert_eq!(checked(2).unwrap().len(), 1);
}
