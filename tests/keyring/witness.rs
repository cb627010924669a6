//! An older copy of the whole store, and the file that recognises it.

use std::fs;
use std::os::unix::fs::symlink;

use chop::keyring::store::{Read, Store, Write};
use chop::keyring::{Change, Keyring, Purpose, Restoring};
use chop::{Algorithm, Code, Error, Result};

use super::support::{
    Folder, at, backup, contents, export, name, open, put_back, restore, ring_with, sign, unlock,
    wanted,
};

#[test]
fn an_older_copy_is_refused_by_a_new_handle_and_by_one_that_was_open() {
    let folder = Folder::new();
    let path = folder.path("witness");
    let (ring, store) = ring_with(Some(&path));
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    // A process that has it open, and has not looked since.
    let held = open(&store).unwrap();
    let signer = held.signing_key(&key, &at(2)).unwrap().key;
    let older = contents(&store);
    ring.change(&key, None, Change::Suspend, None, &at(3))
        .unwrap();
    let newer = contents(&store);
    put_back(&store, &older);
    for error in [
        open(&store).map(drop).unwrap_err(),
        signer.sign(b"m").map(drop).unwrap_err(),
        held.keys().map(drop).unwrap_err(),
        held.change(&key, None, Change::Suspend, None, &at(4))
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::Integrity);
        assert!(error.to_string().contains("older copy"), "{error}");
    }
    assert!(contents(&store) == older);
    // At its witness, and ahead of it, because a process was killed between the two.
    put_back(&store, &newer);
    let behind = fs::read(&path).unwrap();
    ring.change(&key, None, Change::Resume, None, &at(5))
        .unwrap();
    fs::write(&path, &behind).unwrap();
    sign(&open(&store).unwrap(), &key, b"m", 6).unwrap();
    assert!(fs::read(&path).unwrap() != behind);
}

#[test]
fn a_witness_that_cannot_be_asked_stops_everything_before_anything_is_counted() {
    let folder = Folder::new();
    let path = folder.path("witness");
    let (ring, store) = ring_with(Some(&path));
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    let signer = ring.signing_key(&key, &at(2)).unwrap().key;
    let sound = fs::read(&path).unwrap();
    let before = contents(&store);
    let other = folder.path("other");
    fs::write(&other, &sound).unwrap();
    let edited: Vec<u8> = sound.iter().map(|byte| byte ^ 1).collect();
    let away = || match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir(&path).unwrap(),
        Ok(_) => fs::remove_file(&path).unwrap(),
        Err(_) => {}
    };
    type Spoil<'a> = (&'a str, Box<dyn Fn() + 'a>);
    let spoils: [Spoil<'_>; 6] = [
        ("missing", Box::new(|| {})),
        ("empty", Box::new(|| fs::write(&path, b"").unwrap())),
        ("edited", Box::new(|| fs::write(&path, &edited).unwrap())),
        ("a link", Box::new(|| symlink(&other, &path).unwrap())),
        ("a folder", Box::new(|| fs::create_dir(&path).unwrap())),
        (
            "a pipe",
            Box::new(|| {
                let mode = rustix::fs::Mode::from(0o600);
                rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0)
                    .unwrap();
            }),
        ),
    ];
    for (what, spoil) in spoils {
        away();
        spoil();
        for error in [
            signer.sign(b"m").map(drop).unwrap_err(),
            open(&store).map(drop).unwrap_err(),
        ] {
            let codes = [Code::Integrity, Code::Storage];
            assert!(codes.contains(&error.code()), "{what}: {error}");
        }
        assert!(contents(&store) == before, "{what}");
    }
    away();
    fs::write(&path, &sound).unwrap();
    signer.sign(b"m").unwrap();
    // Of another keyring.
    let (_, elsewhere) = ring_with(Some(&folder.path("elsewhere")));
    drop(elsewhere);
    fs::copy(folder.path("elsewhere"), &path).unwrap();
    assert_eq!(signer.sign(b"m").unwrap_err().code(), Code::Integrity);
}

#[test]
fn a_new_witness_takes_the_place_of_a_lost_one_in_every_process() {
    let folder = Folder::new();
    let path = folder.path("witness");
    let (ring, store) = ring_with(Some(&path));
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    let held = open(&store).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(open(&store).is_err());
    let without =
        Keyring::open_without_witness(Box::new(store.clone()), &unlock(), "x".parse().unwrap())
            .unwrap();
    let reason = "disk lost".parse().unwrap();
    let second = folder.path("second");
    without.new_witness(&second, &reason, &at(2)).unwrap();
    let older = contents(&store);
    sign(&open(&store).unwrap(), &key, b"m", 3).unwrap();
    sign(&open(&store).unwrap(), &key, b"m", 4).unwrap();
    // The one that was open asked the old one, and would now look at the new one.
    fs::copy(&second, &path).unwrap();
    sign(&held, &key, b"m", 5).unwrap();
    put_back(&store, &older);
    assert_eq!(held.keys().unwrap_err().code(), Code::Integrity);
    assert_eq!(open(&store).map(drop).unwrap_err().code(), Code::Integrity);
}

#[test]
fn a_restored_keyring_asks_the_witness_of_the_one_that_was_lost() {
    let folder = Folder::new();
    let path = folder.path("witness");
    let (ring, store) = ring_with(Some(&path));
    let key = name("k");
    let limits = chop::keyring::Wanted {
        max_uses: Some(10),
        ..wanted()
    };
    ring.new_key(&key, Purpose::Sign, Algorithm::Ed25519, &limits, &at(1))
        .unwrap();
    let copy = backup(&ring, 2);
    // Nothing has happened since: the witness says so, and nothing is burnt.
    let (restored, _) = restore(&copy, None, 3).unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(
        sign(&restored, &key, b"m", 4).unwrap_err().code(),
        Code::State
    );
    assert!(
        fs::read(&path).unwrap() == before,
        "a rehearsal has moved the witness"
    );
    ring.keys().unwrap();
    sign(&ring, &key, b"m", 5).unwrap();
    // The keyring is in use: what was restored has no claim on its witness.
    let error = restored.keys().unwrap_err();
    assert!(error.to_string().contains("in use elsewhere"), "{error}");
    // Restored again, it knows that something is missing.
    let (restored, unconfirmed) = restore(&copy, None, 6).unwrap();
    let waiting = contents(&unconfirmed);
    let done = restored.confirm_restore(None, &at(7)).unwrap();
    assert!(!done.complete && done.burnt == ["k version 1"]);
    // The one that was lost is now an older copy, and so is the restored one before it was confirmed.
    assert_eq!(ring.keys().unwrap_err().code(), Code::Integrity);
    assert!(open(&store).is_err());
    put_back(&unconfirmed, &waiting);
    let error = open(&unconfirmed).map(drop).unwrap_err();
    assert!(error.to_string().contains("was confirmed"), "{error}");
}

#[test]
fn a_restored_keyring_gets_a_witness_of_its_own_or_the_one_that_was_moved() {
    let folder = Folder::new();
    let path = folder.path("witness");
    let (ring, _) = ring_with(Some(&path));
    let key = name("k");
    let limits = chop::keyring::Wanted {
        max_uses: Some(10),
        ..wanted()
    };
    ring.new_key(&key, Purpose::Sign, Algorithm::Ed25519, &limits, &at(1))
        .unwrap();
    let copy = backup(&ring, 2);
    sign(&ring, &key, b"m", 3).unwrap();
    let log = export(&ring, 4);
    // A fresh one knows nothing of what was lost.
    let fresh = folder.path("fresh");
    let (restored, store) = restore(&copy, Some(&fresh), 5).unwrap();
    assert!(fresh.exists());
    let done = restored.confirm_restore(None, &at(6)).unwrap();
    assert!(!done.complete && !done.witnessed);
    let older = contents(&store);
    restored.checkpoint(&at(7)).unwrap();
    put_back(&store, &older);
    assert!(open(&store).is_err());
    // The one that was moved tells that the export is complete.
    let moved = folder.path("moved");
    fs::rename(&path, &moved).unwrap();
    let (restored, _) = restore(&copy, Some(&moved), 8).unwrap();
    let done = restored
        .confirm_restore(Some(&mut log.as_slice()), &at(9))
        .unwrap();
    assert!(done.complete && done.witnessed, "{done:?}");
    assert_eq!(restored.key(&key).unwrap().versions[0].uses, 1);
    sign(&restored, &key, b"m", 10).unwrap();
    // One that is lost before anybody has confirmed is replaced as any other, and then nobody knows.
    let (restored, store) = restore(&copy, Some(&folder.path("doomed")), 8).unwrap();
    fs::remove_file(folder.path("doomed")).unwrap();
    assert!(restored.keys().is_err());
    let without =
        Keyring::open_without_witness(Box::new(store.clone()), &unlock(), "x".parse().unwrap())
            .unwrap();
    let reason = "disk lost".parse().unwrap();
    without
        .new_witness(&folder.path("next"), &reason, &at(9))
        .unwrap();
    let restored = open(&store).unwrap();
    let done = restored.confirm_restore(None, &at(10)).unwrap();
    assert!(!done.complete && !done.witnessed);
    restored.keys().unwrap();
    // What is no witness of this keyring is not taken for one.
    fs::write(folder.path("junk"), b"junk").unwrap();
    let refused = restore(&copy, Some(&folder.path("junk")), 11).map(drop);
    assert_eq!(refused.unwrap_err().code(), Code::Integrity);
}

#[test]
fn a_witness_that_a_killed_restore_has_left_tells_nothing_of_the_lost_keyring() {
    let folder = Folder::new();
    let (ring, _) = ring_with(None);
    let key = name("k");
    let limits = chop::keyring::Wanted {
        max_uses: Some(10),
        ..wanted()
    };
    ring.new_key(&key, Purpose::Sign, Algorithm::Ed25519, &limits, &at(1))
        .unwrap();
    let copy = backup(&ring, 2);
    let log = export(&ring, 3);
    sign(&ring, &key, b"m", 4).unwrap();
    let longer = export(&ring, 5);
    // The file is there, and of the keyring that it was made for there is nothing: so a kill before the commit leaves it.
    let path = folder.path("witness");
    let (_, later) = restore(&copy, Some(&path), 6).unwrap();
    let left = fs::read(&path).unwrap();
    for (log, uses) in [(log, 0), (longer, 1)] {
        fs::write(&path, &left).unwrap();
        let (restored, store) = restore(&copy, Some(&path), 7).unwrap();
        let done = restored
            .confirm_restore(Some(&mut log.as_slice()), &at(8))
            .unwrap();
        // It neither takes away what the export leaves, nor vouches for it.
        assert!(done.complete && !done.witnessed, "{done:?}");
        assert!(done.burnt.is_empty(), "{done:?}");
        assert_eq!(restored.key(&key).unwrap().versions[0].uses, uses);
        sign(&restored, &key, b"m", 9).unwrap();
        // From now on it is a witness as any other, and what was restored beside it an older copy.
        assert!(open(&store).is_ok());
        assert_eq!(open(&later).map(drop).unwrap_err().code(), Code::Integrity);
    }
    // So does one that was made anew before the restored keyring was confirmed.
    let (restored, _) = restore(&copy, None, 10).unwrap();
    let next = folder.path("next");
    restored
        .new_witness(&next, &"moved".parse().unwrap(), &at(11))
        .unwrap();
    let (restored, _) = restore(&copy, Some(&next), 12).unwrap();
    let done = restored.confirm_restore(None, &at(13)).unwrap();
    assert!(!done.complete && !done.witnessed, "{done:?}");
}

/// Reads, and refuses to write.
struct Full(chop::keyring::store::MemoryStore);

impl Store for Full {
    fn read(&self, work: &mut Read<'_>) -> Result<()> {
        self.0.read(work)
    }

    fn write(&self, _: &mut Write<'_>) -> Result<()> {
        Err(Error::new(Code::Storage, "a full disk"))
    }

    fn erase(&self) -> Result<()> {
        self.0.erase()
    }

    fn check(&self) -> Result<()> {
        self.0.check()
    }

    fn place(&self) -> &str {
        "full"
    }
}

#[test]
fn what_fails_leaves_no_witness() {
    let folder = Folder::new();
    let (ring, store) = ring_with(None);
    let copy = backup(&ring, 1);
    let path = folder.path("witness");
    let mut input = copy.as_slice();
    let actor = "restorer".parse().unwrap();
    let mut restoring = Restoring::new(&mut input, &unlock(), Some(&path), actor, &at(2)).unwrap();
    let nowhere = chop::keyring::store::MemoryStore::new();
    let failed = nowhere.write(&mut |rows| {
        restoring.write(rows)?;
        assert!(path.exists());
        Err(Error::new(Code::Storage, "a full disk"))
    });
    assert_eq!(failed.unwrap_err().code(), Code::Storage);
    drop(restoring);
    assert!(!path.exists());

    let actor = "somebody".parse().unwrap();
    let full = Keyring::open(Box::new(Full(store)), &unlock(), actor).unwrap();
    let reason = "disk lost".parse().unwrap();
    let failed = full.new_witness(&path, &reason, &at(3));
    assert_eq!(failed.unwrap_err().code(), Code::Storage);
    assert!(!path.exists());
}

#[test]
fn a_lost_witness_is_missed_and_one_that_lies_is_not_passed_over() {
    let folder = Folder::new();
    let path = folder.path("witness");
    let (ring, _) = ring_with(Some(&path));
    let copy = backup(&ring, 1);
    let missed = |file: &[u8]| {
        let mut input = file;
        let actor = "restorer".parse().unwrap();
        let mut restoring = Restoring::new(&mut input, &unlock(), None, actor, &at(2)).unwrap();
        let store = chop::keyring::store::MemoryStore::new();
        store.write(&mut |rows| restoring.write(rows))?;
        let missed = restoring.missing_witness().map(str::to_owned);
        restoring
            .open(Box::new(store))?
            .confirm_restore(None, &at(3))?;
        Ok::<_, Error>(missed)
    };
    // Elsewhere it would be unreadable for a reason that passes; here it is not genuine.
    let sound = fs::read(&path).unwrap();
    fs::write(&path, b"junk").unwrap();
    assert_eq!(missed(&copy).unwrap_err().code(), Code::Integrity);
    fs::remove_file(&path).unwrap();
    assert_eq!(missed(&copy).unwrap().as_deref(), path.to_str());
    fs::write(&path, sound).unwrap();
    assert_eq!(missed(&copy).unwrap(), None);
}

#[test]
fn a_new_witness_is_not_made_for_an_older_copy() {
    let folder = Folder::new();
    let path = folder.path("witness");
    let (ring, store) = ring_with(Some(&path));
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    let older = contents(&store);
    ring.change(&key, None, Change::Suspend, None, &at(2))
        .unwrap();
    put_back(&store, &older);
    let reason = "moved".parse().unwrap();
    let next = folder.path("next");
    let make = || {
        let actor = "x".parse().unwrap();
        Keyring::open_without_witness(Box::new(store.clone()), &unlock(), actor)
            .unwrap()
            .new_witness(&next, &reason, &at(3))
    };
    let refused = make().unwrap_err();
    assert_eq!(refused.code(), Code::Integrity);
    assert!(refused.to_string().contains("older copy"), "{refused}");
    assert!(!next.exists());
    // Where it is gone nobody knows.
    fs::remove_file(&path).unwrap();
    make().unwrap();
    open(&store).unwrap();
}
