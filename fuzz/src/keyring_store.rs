//! The store of a keyring under the hands of somebody who can write to it.

use std::sync::LazyLock;

use chop::keyring::store::{MemoryStore, Space};
use chop::keyring::{KeyInfo, Keyring, Unlocker};
use chop::{Code, Error, Result};

use super::common::refusal;
use super::input::Input;
use super::keyrings::{Rows, fixture, guard, open, rows_of, store_of};

/// More edits than this only undo each other.
const MOST_EDITS: usize = 8;

/// Edits the records of a keyring as the input says, and does with it whatever can be done. Nothing panics;
/// every answer is the one of the unedited keyring or a refusal; and the check of the keyring finds
/// something wrong if and only if a record is not as it was.
///
/// Whoever puts back the head of an earlier state has put back that state: without a witness it is believed
/// together with every record of that time, and with no other.
pub fn run(data: &[u8]) -> bool {
    let mut rows = fixture().rows.clone();
    let mut input = Input(data);
    for _ in 0..MOST_EDITS {
        if input.0.is_empty() || rows.is_empty() {
            break;
        }
        edit(&mut rows, &mut input);
    }
    // A map has one record for a key, the one that came last.
    let store = store_of(&rows);
    let rows = rows_of(&store);
    let earlier = rows.first() == fixture().before.first();
    let original = match earlier {
        true => &fixture().before,
        false => &fixture().rows,
    };
    let same = rows == *original;
    let ring = match open(&store) {
        Ok(ring) => ring,
        Err(error) => {
            assert!(!same, "the unedited keyring does not open: {error:?}");
            altered(&error);
            return false;
        }
    };
    let findings = match ring.check() {
        Ok(findings) => findings,
        Err(error) => {
            assert!(!same, "{error:?}");
            altered(&error);
            vec![error.to_string()]
        }
    };
    assert_eq!(findings.is_empty(), same, "{findings:?}");
    answers(&ring, earlier, same);
    let used = uses(&ring, &store, same);
    same && used
}

/// What somebody does who can write records and knows no key.
fn edit(rows: &mut Rows, input: &mut Input<'_>) {
    let before = &fixture().before;
    let operation = input.byte();
    let at = pick(rows.len(), input);
    let position = usize::from(input.byte()) << 8 | usize::from(input.byte());
    match operation % 10 {
        0 | 1 => {
            let value = &mut rows[at].2;
            if !value.is_empty() {
                let position = position % value.len();
                value[position] ^= input.byte().max(1);
            }
        }
        2 => {
            rows.remove(at);
        }
        3 => rows[at].2 = rows[position % rows.len()].2.clone(),
        // An older record of the same place, or of a whole space.
        4 => {
            let (space, key, _) = rows[at].clone();
            put_back(rows, before, |other, place| (other, place) == (space, &key));
        }
        5 => {
            let chosen = rows[at].0;
            put_back(rows, before, |space, _| space == chosen);
        }
        6 => {
            let value = &mut rows[at].2;
            value.truncate(position % (value.len() + 1));
        }
        7 => {
            let more = [input.byte(), input.byte()];
            rows[at].2.extend(more);
        }
        8 => {
            let (space, mut key, value) = rows[at].clone();
            key.insert(position % (key.len() + 1), input.byte());
            rows.push((space, key, value));
        }
        _ => {
            let len = usize::from(input.byte()).min(input.0.len());
            let (value, rest) = input.0.split_at(len);
            rows[at].2 = value.to_vec();
            input.0 = rest;
        }
    }
}

fn pick(len: usize, input: &mut Input<'_>) -> usize {
    (usize::from(input.byte()) << 8 | usize::from(input.byte())) % len
}

/// Puts back the older records that `chosen` takes, and takes those away that are younger.
fn put_back(rows: &mut Rows, before: &Rows, chosen: impl Fn(Space, &Vec<u8>) -> bool) {
    let older: Rows = before
        .iter()
        .filter(|(space, key, _)| chosen(*space, key))
        .cloned()
        .collect();
    let kept = rows.iter().filter(|(space, key, _)| !chosen(*space, key));
    *rows = kept.cloned().chain(older).collect();
}

/// The input is to blame, and it is said what for: an edit is never taken for a key that is not there.
fn altered(error: &Error) {
    refusal(error);
    assert!(
        matches!(
            error.code(),
            Code::Integrity | Code::Passphrase | Code::Malformed
        ),
        "{error:?}"
    );
}

/// What there is to see.
struct Seen {
    keys: Vec<KeyInfo>,
    unlockers: Vec<Unlocker>,
    entries: Vec<String>,
}

fn entries(ring: &Keyring) -> Result<Vec<String>> {
    let mut all = Vec::new();
    ring.audit(&mut |entry| {
        all.push(format!("{entry:?}"));
        Ok(())
    })?;
    Ok(all)
}

fn seen(rows: &Rows) -> Seen {
    let ring = open(&store_of(rows)).expect("an unedited keyring");
    Seen {
        keys: ring.keys().expect("sound"),
        unlockers: ring.unlockers().expect("sound"),
        entries: entries(&ring).expect("sound"),
    }
}

fn answers(ring: &Keyring, earlier: bool, same: bool) {
    static BEFORE: LazyLock<Seen> = LazyLock::new(|| seen(&fixture().before));
    static AFTER: LazyLock<Seen> = LazyLock::new(|| seen(&fixture().rows));
    let truth = match earlier {
        true => &*BEFORE,
        false => &*AFTER,
    };
    fn is<T: PartialEq + std::fmt::Debug>(answer: Result<T>, expected: &T, same: bool) {
        match answer {
            Ok(answer) => assert_eq!(&answer, expected, "an edit was believed"),
            Err(error) => {
                assert!(!same, "{error:?}");
                altered(&error);
            }
        }
    }
    is(ring.keys(), &truth.keys, same);
    is(ring.unlockers(), &truth.unlockers, same);
    is(entries(ring), &truth.entries, same);
    for info in &truth.keys {
        is(ring.key(&info.key.name), info, same);
    }
}

/// Uses the keys. A private key is used only if every record that its use rests on is as it was, and
/// then one more signature is counted.
fn uses(ring: &Keyring, store: &MemoryStore, same: bool) -> bool {
    let guard = guard(100);
    let signer = "payments/out".parse().expect("a name");
    let before = ring.key(&signer).ok();
    let signed = ring
        .signing_key(&signer, &guard)
        .and_then(|named| named.key.sign(b"under attack"));
    match signed {
        Ok(signature) => {
            let public = ring.verifying_key(&signer, &guard);
            if let Ok(public) = &public {
                let (number, key) = &public.versions[0];
                assert!(
                    *number == 2
                        && key
                            .verify(b"under attack", &signature)
                            .is_ok_and(chop::Verdict::is_valid)
                );
            }
            // Another version may have been edited, on which this use does not rest.
            if let Some(before) = before {
                let after = ring.key(&signer).expect("as before");
                assert_eq!(before.versions[1].uses + 1, after.versions[1].uses);
                // Whoever opens the keyring again sees it too.
                let again = open(store).expect("as before");
                assert_eq!(again.key(&signer).as_ref(), Ok(&after));
            }
        }
        Err(error) => {
            assert!(!same, "{error:?}");
            altered(&error);
        }
    }
    let opened = ring.decapsulation_key(&"inbox".parse().expect("a name"), None, &guard);
    if let Err(error) = &opened {
        assert!(!same, "{error:?}");
        altered(error);
    }
    opened.is_ok()
}
