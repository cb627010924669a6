//! Somebody who can write the store, and does not know what unlocks it.

use std::collections::BTreeSet;
use std::time::Instant;

use chop::keyring::store::{MemoryStore, Space, Store};
use chop::keyring::{Change, KeyName, Keyring, NewKeyring, Purpose, Unlock};
use chop::{Algorithm, Code, PublicKey, SecretBytes, SigningKey};

use super::support::{
    Row, at, contents, name, open, put_back, ring, sign, signed, time, unlock, wanted,
};

/// Two keys of our own, each with a history, a counterparty's, and some of each other kind of record; the state
/// before the last changes, too.
struct Filled {
    store: MemoryStore,
    before: Vec<Row>,
    after: Vec<Row>,
}

const OWN: [&str; 2] = ["payments/a", "payments/b"];

fn filled() -> Filled {
    let (ring, store) = ring();
    for key in OWN {
        let key = name(key);
        ring.new_key(&key, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
            .unwrap();
        ring.rotate(&key, Algorithm::Ed25519, None, &at(2)).unwrap();
        sign(&ring, &key, b"m", 3).unwrap();
    }
    let theirs = SigningKey::generate(Algorithm::Ed25519).unwrap();
    let public = PublicKey::Verifying(theirs.verifying_key().clone());
    let peer = name("partners/icbc");
    ring.import_public(&peer, public, &wanted(), &at(4))
        .unwrap();
    ring.judge(&peer, 1, &signed(b"theirs"), &at(5)).unwrap();
    ring.checkpoint(&at(6)).unwrap();
    let second = Unlock::key_file(SecretBytes::copy_of(&[7; 40])).unwrap();
    ring.add_unlocker("second", &second, &at(7)).unwrap();
    let before = contents(&store);
    for key in OWN {
        sign(&ring, &name(key), b"m", 8).unwrap();
        ring.change(&name(key), None, Change::Suspend, None, &at(9))
            .unwrap();
        ring.change(&name(key), None, Change::Resume, None, &at(10))
            .unwrap();
        let reason = "stolen".parse().unwrap();
        ring.compromise(&name(key), Some(1), time(3), &reason, &at(11))
            .unwrap();
    }
    let after = contents(&store);
    Filled {
        store,
        before,
        after,
    }
}

/// Whether a record is one without which the first key must not be used.
fn is_of_first(row: &Row) -> bool {
    let (space, key, _) = row;
    let current = [OWN[0].as_bytes(), &[0, 0, 0, 0, 2]].concat();
    match space {
        Space::Head => true,
        Space::Key => key == OWN[0].as_bytes(),
        Space::Version | Space::Secret => *key == current,
        _ => false,
    }
}

/// What a keyring does in that state of its store: whether somebody can sign with the first key, and whether all
/// is well with it.
fn tried(store: &MemoryStore) -> (bool, bool) {
    let Ok(ring) = open(store) else {
        return (false, false);
    };
    let signs = sign(&ring, &name(OWN[0]), b"attack", 20);
    if let Err(error) = &signs {
        assert_eq!(error.code(), Code::Integrity, "{error}");
    }
    let sound = ring.check().is_ok_and(|findings| findings.is_empty());
    (signs.is_ok(), sound)
}

#[test]
fn every_flipped_bit_is_found_and_before_a_key_is_used() {
    let filled = filled();
    let (mut flipped, mut spaces) = (0, BTreeSet::new());
    for (at, row) in filled.after.iter().enumerate() {
        let step = match row.0 {
            // Of the long ones of which there are many, a part.
            Space::Index | Space::Audit | Space::Checkpoint => 131,
            _ => 17,
        };
        for byte in (0..row.2.len()).step_by(step).chain([row.2.len() - 1]) {
            let mut rows = filled.after.clone();
            rows[at].2[byte] ^= 1 << (byte % 8);
            put_back(&filled.store, &rows);
            let (signs, _) = tried(&filled.store);
            assert!(!(signs && is_of_first(row)), "{row:?} byte {byte}");
            // Signing has written; what stands there before is what is checked.
            put_back(&filled.store, &rows);
            let found = match open(&filled.store) {
                Err(error) => {
                    let codes = [Code::Integrity, Code::Passphrase, Code::Malformed];
                    assert!(codes.contains(&error.code()), "{error}");
                    continue;
                }
                Ok(ring) => match ring.check() {
                    Ok(findings) => findings,
                    Err(error) => vec![error.to_string()],
                },
            };
            assert!(!found.is_empty(), "{row:?} byte {byte}");
            flipped += 1;
        }
        spaces.insert(row.0);
    }
    assert_eq!(spaces.len(), Space::ALL.len());
    assert!(flipped > 300, "{flipped}");
}

#[test]
fn check_names_the_record() {
    let filled = filled();
    for (space, key, called) in [
        (
            Space::Key,
            OWN[1].as_bytes().to_vec(),
            "key record payments/b",
        ),
        (
            Space::Version,
            [OWN[1].as_bytes(), &[0, 0, 0, 0, 1]].concat(),
            "version record payments/b version 1",
        ),
        (
            Space::Secret,
            [OWN[1].as_bytes(), &[0, 0, 0, 0, 2]].concat(),
            "secret record payments/b version 2",
        ),
        (
            Space::Public,
            b"\0audit".to_vec(),
            "public record of the audit key",
        ),
    ] {
        let at = filled
            .after
            .iter()
            .position(|row| row.0 == space && row.1 == key)
            .unwrap();
        let mut rows = filled.after.clone();
        rows[at].2[20] ^= 1;
        put_back(&filled.store, &rows);
        let error = open(&filled.store).and_then(|ring| {
            // A broken log or audit key keeps the check from going on, and is named by that.
            let found = ring.check()?;
            assert!(
                found.iter().any(|found| found.contains(called)),
                "{found:?}"
            );
            Ok(())
        });
        if let Err(error) = error {
            assert!(error.to_string().contains(called), "{error}");
        }
        // The other key goes on.
        let ring = open(&filled.store).unwrap();
        sign(&ring, &name(OWN[0]), b"m", 30).unwrap();
    }
}

#[test]
fn records_that_change_places_are_found() {
    let filled = filled();
    let mut swapped = 0;
    for left in 0..filled.after.len() {
        for right in left + 1..filled.after.len() {
            let (a, b) = (&filled.after[left], &filled.after[right]);
            // The index and the log have many alike, and tests of their own.
            if a.0 != b.0 || matches!(a.0, Space::Index | Space::Audit) {
                continue;
            }
            let mut rows = filled.after.clone();
            rows[left].2.clone_from(&b.2);
            rows[right].2.clone_from(&a.2);
            put_back(&filled.store, &rows);
            let (signs, sound) = tried(&filled.store);
            assert!(!sound, "{a:?} {b:?}");
            assert!(
                !(signs && (is_of_first(a) || is_of_first(b))),
                "{a:?} {b:?}"
            );
            swapped += 1;
        }
    }
    assert!(swapped > 30, "{swapped}");
}

#[test]
fn what_is_removed_is_missed() {
    let filled = filled();
    for (at, row) in filled.after.iter().enumerate() {
        let mut rows = filled.after.clone();
        rows.remove(at);
        put_back(&filled.store, &rows);
        let (signs, sound) = tried(&filled.store);
        assert!(!(sound || signs && is_of_first(row)), "{row:?}");
    }
}

/// Rows of `older` in the place of those of `newer` for which `chosen` says so; those that were not there go.
fn mixed(newer: &[Row], older: &[Row], chosen: &dyn Fn(&Row) -> bool) -> Vec<Row> {
    let mut rows: Vec<Row> = newer.iter().filter(|row| !chosen(row)).cloned().collect();
    rows.extend(older.iter().filter(|row| chosen(row)).cloned());
    rows
}

#[test]
fn older_records_among_newer_ones_are_found() {
    let filled = filled();
    let changed: Vec<&Row> = filled
        .before
        .iter()
        .filter(|row| !filled.after.contains(row))
        .collect();
    assert!(changed.len() > 8, "{}", changed.len());
    // One by one.
    for old in &changed {
        let rows = mixed(&filled.after, &filled.before, &|row| {
            (row.0, &row.1) == (old.0, &old.1)
        });
        put_back(&filled.store, &rows);
        let (signs, sound) = tried(&filled.store);
        assert!(!(sound || signs && is_of_first(old)), "{old:?}");
    }
    // All of one kind; all but one kind: also with an index that fits them, which anybody can compute.
    for space in Space::ALL {
        let differs = changed.iter().any(|row| row.0 == *space)
            || filled
                .after
                .iter()
                .any(|row| row.0 == *space && !filled.before.contains(row));
        if !differs {
            continue;
        }
        for inside in [true, false] {
            let rows = mixed(&filled.after, &filled.before, &|row| {
                (row.0 == *space) == inside
            });
            put_back(&filled.store, &rows);
            let (signs, sound) = tried(&filled.store);
            assert!(!sound, "{space:?} {inside}");
            let others = matches!(space, Space::Audit | Space::Checkpoint | Space::Seen);
            assert!(!signs || others, "{space:?} {inside}");
        }
    }
    // The version before its last changes, with an index that is older too, under the newest head.
    let rows = mixed(&filled.after, &filled.before, &|row| {
        matches!(row.0, Space::Version | Space::Index)
    });
    put_back(&filled.store, &rows);
    assert_eq!(tried(&filled.store), (false, false));
    // The whole of the older state is genuine in itself: that is what a witness is for.
    put_back(&filled.store, &filled.before);
    assert_eq!(tried(&filled.store), (true, true));
}

#[test]
fn an_open_handle_does_not_go_back() {
    let filled = filled();
    let held = open(&filled.store).unwrap();
    let signer = held.signing_key(&name(OWN[0]), &at(20)).unwrap().key;
    signer.sign(b"m").unwrap();
    put_back(&filled.store, &filled.before);
    let error = signer.sign(b"m").unwrap_err();
    assert_eq!(error.code(), Code::Integrity);
    assert!(error.to_string().contains("older copy"), "{error}");
    assert_eq!(held.keys().unwrap_err().code(), Code::Integrity);
}

/// A value of a record with another text in it, and the tag that it had.
fn edited(value: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = value
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap_or_else(|| panic!("{from}"));
    [&value[..at], to.as_bytes(), &value[at + from.len()..]].concat()
}

#[test]
fn what_a_state_a_count_or_a_window_says_cannot_be_edited() {
    let filled = filled();
    let at = filled
        .after
        .iter()
        .position(|row| row.0 == Space::Version && is_of_first(row))
        .unwrap();
    for (from, to) in [
        ("\"uses\":2", "\"uses\":0"),
        ("\"max_uses\":null", "\"max_uses\":9"),
        (
            "\"sign_until\":null",
            "\"sign_until\":\"2099-01-01T00:00:00Z\"",
        ),
        ("\"state\":\"active\"", "\"state\":\"suspended\""),
        ("\"exported\":false", "\"exported\":true"),
    ] {
        let mut rows = filled.after.clone();
        rows[at].2 = edited(&rows[at].2, from, to);
        put_back(&filled.store, &rows);
        assert_eq!(tried(&filled.store), (false, false), "{to}");
    }
    let head = filled
        .after
        .iter()
        .position(|row| row.0 == Space::Head)
        .unwrap();
    for (from, to) in [
        ("\"witness\":null", "\"witness\":\"/x\""),
        ("\"epoch\":", "\"epoch\":1"),
    ] {
        let mut rows = filled.after.clone();
        rows[head].2 = edited(&rows[head].2, from, to);
        put_back(&filled.store, &rows);
        assert!(open(&filled.store).is_err(), "{to}");
    }
}

#[test]
fn records_of_another_keyring_are_found_though_the_same_file_unlocks_it() {
    let (filled, other) = (filled(), filled());
    for space in Space::ALL {
        let rows = mixed(&filled.after, &other.after, &|row| row.0 == *space);
        put_back(&filled.store, &rows);
        let (signs, sound) = tried(&filled.store);
        assert!(!sound, "{space:?}");
        assert!(
            !signs
                || matches!(
                    space,
                    Space::Audit | Space::Checkpoint | Space::Seen | Space::Public
                ),
            "{space:?}"
        );
    }
    // Both at once: what each has and the other has not.
    let both = mixed(&filled.after, &other.after, &|row| {
        !filled
            .after
            .iter()
            .any(|own| (own.0, &own.1) == (row.0, &row.1))
    });
    put_back(&filled.store, &both);
    assert!(!tried(&filled.store).1);
}

#[test]
fn unlockers_that_somebody_adds_or_exchanges_open_nothing() {
    let filled = filled();
    let mallory = || Unlock::key_file(SecretBytes::copy_of(&[0x66; 32])).unwrap();
    let new = NewKeyring::new(&mallory(), "", None, "mallory".parse().unwrap(), &at(0)).unwrap();
    let own = MemoryStore::new();
    own.write(&mut |rows| new.write(rows)).unwrap();
    let theirs = contents(&own)
        .into_iter()
        .find(|row| row.0 == Space::Unlocker)
        .unwrap();
    let open_with = |unlock: &Unlock| -> chop::Result<Keyring> {
        Keyring::open(Box::new(filled.store.clone()), unlock, "x".parse().unwrap())
    };
    for number in [1u32, 2, 3] {
        let place = number.to_be_bytes().to_vec();
        let value = edited(&theirs.2, "\"number\":1", &format!("\"number\":{number}"));
        let mut rows = filled.after.clone();
        rows.retain(|row| !(row.0 == Space::Unlocker && row.1 == place));
        rows.push((Space::Unlocker, place, value));
        put_back(&filled.store, &rows);
        assert_eq!(open_with(&mallory()).unwrap_err().code(), Code::Passphrase);
        let rightful = open_with(&unlock()).unwrap_err();
        match number {
            1 => assert_eq!(rightful.code(), Code::Passphrase),
            _ => assert_eq!(rightful.code(), Code::Integrity),
        }
    }
    // One that was removed does not come back with its record.
    put_back(&filled.store, &filled.after);
    let ring = open(&filled.store).unwrap();
    ring.remove_unlocker(2, &at(30)).unwrap();
    let removed = filled
        .after
        .iter()
        .find(|row| row.0 == Space::Unlocker && row.1 == 2u32.to_be_bytes())
        .unwrap();
    let mut rows = contents(&filled.store);
    rows.push(removed.clone());
    put_back(&filled.store, &rows);
    let second = Unlock::key_file(SecretBytes::copy_of(&[7; 40])).unwrap();
    let error = open_with(&second).unwrap_err();
    assert_eq!(error.code(), Code::Integrity);
    assert!(error.to_string().contains("unlocker record"), "{error}");
}

#[test]
fn the_cost_of_a_passphrase_is_capped_before_it_is_paid() {
    let store = MemoryStore::new();
    let passphrase = || {
        let bytes = SecretBytes::copy_of(b"correct horse");
        Unlock::Passphrase(chop::encoding::Passphrase::new(bytes).unwrap())
    };
    let new = NewKeyring::new(&passphrase(), "", None, "a".parse().unwrap(), &at(0)).unwrap();
    store.write(&mut |rows| new.write(rows)).unwrap();
    let sound = contents(&store);
    let place = sound
        .iter()
        .position(|row| row.0 == Space::Unlocker)
        .unwrap();
    let started = Instant::now();
    for (from, to) in [
        ("\"memory\":65536", "\"memory\":4294967295"),
        ("\"memory\":65536", "\"memory\":1048577"),
        ("\"memory\":65536", "\"memory\":8"),
        ("\"passes\":6", "\"passes\":65"),
        ("\"passes\":6", "\"passes\":0"),
        ("\"lanes\":1", "\"lanes\":17"),
    ] {
        let mut rows = sound.clone();
        rows[place].2 = edited(&rows[place].2, from, to);
        put_back(&store, &rows);
        let error = Keyring::open(Box::new(store.clone()), &passphrase(), "x".parse().unwrap())
            .map(drop)
            .unwrap_err();
        assert_eq!(error.code(), Code::Integrity, "{to}");
        assert!(error.to_string().contains("unlocker 1"), "{error}");
    }
    // Any of them would have cost as much as the right one, or thousands of times as much.
    assert!(started.elapsed().as_secs() < 2);
}

#[test]
fn two_handles_share_the_last_use() {
    let (ring, store) = ring();
    let key: KeyName = name("k");
    let limits = chop::keyring::Wanted {
        max_uses: Some(7),
        ..wanted()
    };
    ring.new_key(&key, Purpose::Sign, Algorithm::Ed25519, &limits, &at(1))
        .unwrap();
    let handles = [open(&store).unwrap(), open(&store).unwrap()];
    let signed = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let (handle, key) = (&handles[number % 2], &key);
                scope.spawn(move || {
                    (0..5)
                        .filter(|_| match sign(handle, key, b"m", 2) {
                            Ok(_) => true,
                            Err(error) => {
                                assert_eq!(error.code(), Code::State);
                                false
                            }
                        })
                        .count()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum::<usize>()
    });
    assert_eq!(signed, 7);
    assert_eq!(ring.key(&key).unwrap().versions[0].uses, 7);
    assert!(ring.check().unwrap().is_empty());
}
