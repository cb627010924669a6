//! Several threads and one store.

use std::sync::atomic::AtomicUsize;
use std::thread;

use super::*;
use crate::algorithm::Algorithm;
use crate::hash::Hash;
use crate::keyring::store::{MemoryStore, Read, Write};
use crate::keyring::{Keyring, NewKeyring, Purpose, Unlock, Wanted};
use crate::policy::Guard;

/// Its first write waits until it may fail, its second one panics.
#[derive(Default)]
struct Stumbling {
    writes: AtomicUsize,
    wait: Mutex<()>,
}

impl Store for Arc<Stumbling> {
    fn read(&self, _: &mut Read<'_>) -> Result<()> {
        Ok(())
    }

    fn write(&self, _: &mut Write<'_>) -> Result<()> {
        match self.writes.fetch_add(1, Ordering::AcqRel) {
            0 => {
                drop(lock(&self.wait));
                Err(Error::internal("the first write"))
            }
            _ => panic!("the second write"),
        }
    }

    fn erase(&self) -> Result<()> {
        Ok(())
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn place(&self) -> &str {
        "nowhere"
    }
}

#[test]
fn whoever_shares_a_commit_that_panics_is_told() {
    let store = Arc::new(Stumbling::default());
    let keyring = Hex([7; 16]);
    let secrets = Secrets::new(crate::random::secret(LEN).unwrap(), keyring).unwrap();
    let actor = "a test".parse().unwrap();
    let inner = Inner::new(Box::new(Arc::clone(&store)), keyring, secrets, actor);
    thread::scope(|scope| {
        let held = lock(&store.wait);
        let first = scope.spawn(|| inner.commit(|_| Ok(())));
        while store.writes.load(Ordering::Acquire) == 0 {
            thread::yield_now();
        }
        let others = [(); 2].map(|()| scope.spawn(|| inner.commit(|_| Ok(()))));
        while lock(&inner.queue).waiting.len() < 2 {
            thread::yield_now();
        }
        drop(held);
        assert!(first.join().unwrap().is_err());
        // One of the two leads and panics; the other one is in its commit.
        let (panicked, told): (Vec<_>, Vec<_>) = others
            .map(|other| other.join())
            .into_iter()
            .partition(|end| end.is_err());
        assert_eq!((panicked.len(), told.len()), (1, 1));
        assert!(told.into_iter().all(|end| end.unwrap().is_err()));
    });
    assert_eq!(store.writes.load(Ordering::Acquire), 2);
}

/// How far a store may go, and has come.
#[derive(Default)]
struct Progress {
    may_begin: usize,
    may_return: usize,
    durable: usize,
}

/// Writes when it may, and returns when it may.
#[derive(Default)]
struct Held {
    memory: MemoryStore,
    writes: AtomicUsize,
    progress: Mutex<Progress>,
    turn: Condvar,
}

impl Held {
    fn wait(&self, until: impl Fn(&Progress) -> bool) {
        let progress = lock(&self.progress);
        drop(self.turn.wait_while(progress, |now| !until(now)).unwrap());
    }

    fn set(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut lock(&self.progress));
        self.turn.notify_all();
    }
}

impl Store for Arc<Held> {
    fn read(&self, work: &mut Read<'_>) -> Result<()> {
        self.memory.read(work)
    }

    fn write(&self, work: &mut Write<'_>) -> Result<()> {
        let number = self.writes.fetch_add(1, Ordering::AcqRel) + 1;
        self.wait(|now| now.may_begin >= number);
        self.memory.write(work)?;
        self.set(|now| now.durable = number);
        self.wait(|now| now.may_return >= number);
        Ok(())
    }

    fn erase(&self) -> Result<()> {
        self.memory.erase()
    }

    fn check(&self) -> Result<()> {
        self.memory.check()
    }

    fn place(&self) -> &str {
        "held"
    }
}

/// Lets everybody go, also when an assertion fails.
struct Freed<'a>(&'a Held);

impl Drop for Freed<'_> {
    fn drop(&mut self) {
        self.0
            .set(|now| (now.may_begin, now.may_return) = (usize::MAX, usize::MAX));
    }
}

/// What stands in the log of a store as signed.
fn recorded(store: &MemoryStore, unlock: &Unlock) -> Vec<[u8; 32]> {
    let actor = "a reader".parse().unwrap();
    let ring = Keyring::open(Box::new(store.clone()), unlock, actor).unwrap();
    let mut digests = Vec::new();
    ring.audit(&mut |entry| {
        if entry.action == Action::Sign {
            digests.push(entry.digest.unwrap().0);
        }
        Ok(())
    })
    .unwrap();
    digests
}

#[test]
fn threads_share_commits_and_no_signature_is_out_before_its_entry_is_durable() {
    const OTHERS: usize = 24;
    let guard = Guard::default();
    let unlock = Unlock::key_file(crate::random::secret(LEN).unwrap()).unwrap();
    let actor: Actor = "a test".parse().unwrap();
    let store = Arc::new(Held::default());
    let new = NewKeyring::new(&unlock, "", None, actor.clone(), &guard).unwrap();
    store.memory.write(&mut |rows| new.write(rows)).unwrap();
    let ring = new.open(Box::new(store.memory.clone())).unwrap();
    let (name, wanted) = ("payments".parse().unwrap(), Wanted::default());
    ring.new_key(&name, Purpose::Sign, Algorithm::Ed25519, &wanted, &guard)
        .unwrap();
    let ring = Keyring::open(Box::new(Arc::clone(&store)), &unlock, actor).unwrap();
    let key = ring.signing_key(&name, &guard).unwrap().key;
    let payments: Vec<String> = (0..=OTHERS)
        .map(|number| format!("payment {number}"))
        .collect();
    let digests: Vec<[u8; 32]> = payments
        .iter()
        .map(|payment| Hash::Sha256.of(payment.as_bytes()).try_into().unwrap())
        .collect();
    let released = AtomicUsize::new(0);
    let sign = |payment: &str| {
        let signature = key.sign(payment.as_bytes()).unwrap();
        released.fetch_add(1, Ordering::AcqRel);
        signature
    };
    let out = || released.load(Ordering::Acquire);
    let sign = &sign;
    let signatures: Vec<Vec<u8>> = thread::scope(|scope| {
        let _freed = Freed(&store);
        let first = scope.spawn(|| sign(&payments[0]));
        while store.writes.load(Ordering::Acquire) == 0 {
            thread::yield_now();
        }
        // One commit is on its way; everybody else has to wait for the next.
        let others: Vec<_> = payments[1..]
            .iter()
            .map(|payment| scope.spawn(move || sign(payment)))
            .collect();
        while lock(&ring.inner.queue).waiting.len() < OTHERS {
            thread::yield_now();
        }
        assert_eq!((recorded(&store.memory, &unlock).len(), out()), (0, 0));
        store.set(|now| now.may_begin = 2);
        store.wait(|now| now.durable == 1);
        assert_eq!(recorded(&store.memory, &unlock), digests[..1]);
        assert_eq!(out(), 0);
        store.set(|now| now.may_return = 1);
        let first = first.join().unwrap();
        // One more commit has all the others, and nothing of theirs is out before it returns.
        store.wait(|now| now.durable == 2);
        let mut found = recorded(&store.memory, &unlock);
        found[1..].sort_unstable();
        let mut others_digests = digests[1..].to_vec();
        others_digests.sort_unstable();
        assert_eq!(found[1..], others_digests);
        assert_eq!(out(), 1);
        store.set(|now| now.may_return = 2);
        let others = others.into_iter().map(|other| other.join().unwrap());
        std::iter::once(first).chain(others).collect()
    });
    assert_eq!(store.writes.load(Ordering::Acquire), 2);
    assert_eq!(ring.key(&name).unwrap().versions[0].uses, OTHERS as u64 + 1);
    let verifier = ring.verifying_key(&name, &guard).unwrap();
    for (payment, signature) in payments.iter().zip(&signatures) {
        let verdict = verifier.versions[0].1.verify(payment.as_bytes(), signature);
        assert!(verdict.unwrap().is_valid(), "{payment}");
    }
}
