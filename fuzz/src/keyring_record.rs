//! The records of a keyring.

use chop::encoding::Passphrase;
use chop::keyring::Unlock;
use chop::keyring::audit::{Checkpoint, Entry, MAX_CHECKPOINT, MAX_LINE, MAX_PROOF, Proof};
use chop::testing::{StoredRecord, opens_unlocker, rewrite_record};
use chop::{Code, SecretBytes};
use serde_json::Value;

use super::common::{printable, refusal};

/// The longest stored record.
const MAX: usize = 64 * 1024;

/// The kinds, by the first byte of the input: those of [`StoredRecord`], then entry, checkpoint, proof.
pub const KINDS: usize = StoredRecord::ALL.len() + 3;

/// Reads the rest of `data` as a record of the kind that its first byte says. A record has one encoding:
/// what is read is written alike, and what it says, read by another parser, keeps the rules of its kind.
pub fn run(data: &[u8]) -> bool {
    let Some((kind, bytes)) = data.split_first() else {
        return false;
    };
    let kind = usize::from(*kind) % KINDS;
    if let Some(record) = StoredRecord::ALL.get(kind) {
        return stored(*record, bytes);
    }
    let (again, most) = match kind - StoredRecord::ALL.len() {
        0 => (
            Entry::from_line(bytes).map(|entry| {
                printable(&entry.action.to_string());
                entry.to_line().expect("it was read")
            }),
            MAX_LINE,
        ),
        1 => (
            Checkpoint::from_text(bytes).map(|checkpoint| checkpoint.to_text().into_bytes()),
            MAX_CHECKPOINT,
        ),
        _ => (
            Proof::from_bytes(bytes).map(|proof| {
                assert!(
                    Proof::is_meant_by(bytes),
                    "a proof that does not begin like one"
                );
                match proof {
                    Proof::Inclusion(proof) => proof.to_bytes(),
                    Proof::Consistency(proof) => proof.to_bytes(),
                    _ => panic!("a kind of proof without rules"),
                }
                .expect("it was read")
            }),
            MAX_PROOF,
        ),
    };
    match again {
        Ok(again) => {
            assert!(again == bytes, "another encoding was accepted");
            assert!(bytes.len() <= most);
            true
        }
        Err(error) => {
            refusal(&error);
            false
        }
    }
}

fn stored(kind: StoredRecord, bytes: &[u8]) -> bool {
    match rewrite_record(kind, bytes) {
        Ok(again) => {
            assert!(again == bytes, "another encoding was accepted");
            assert!(bytes.len() <= MAX);
            let value: Value = serde_json::from_slice(bytes).expect("it was read");
            no_control(&value);
            sound(kind, &value);
            if kind == StoredRecord::Unlocker {
                unlocker(bytes, &value);
            }
            true
        }
        Err(error) => {
            assert_eq!(error.code(), Code::Integrity, "{error:?}");
            refusal(&error);
            false
        }
    }
}

/// What a record says is shown on terminals.
fn no_control(value: &Value) {
    match value {
        Value::String(text) => assert!(!text.chars().any(char::is_control), "{text:?}"),
        Value::Array(values) => values.iter().for_each(no_control),
        Value::Object(members) => members.values().for_each(no_control),
        _ => {}
    }
}

/// The rules of each kind, in words of our own.
fn sound(kind: StoredRecord, record: &Value) {
    assert_eq!(record["v"], 1);
    let number = |value: &Value| value.as_u64().expect("a number");
    let count = |value: &Value| value.as_array().expect("a list").len();
    match kind {
        StoredRecord::Head => {
            let entries = number(&record["entries"]);
            assert_eq!(count(&record["frontier"]), entries.count_ones() as usize);
            let witness = record["witness"].as_str();
            assert!(witness.is_none_or(|path| path.starts_with('/') && path.len() <= 1024));
        }
        StoredRecord::Key => {
            let (current, versions) = (number(&record["current"]), number(&record["versions"]));
            assert!(1 <= current && current <= versions && versions <= 10_000);
        }
        StoredRecord::Version => {
            let limits = &record["limits"];
            // Times are written so that their order is that of their text.
            let windows: Vec<&str> = ["not_before", "sign_until", "verify_until"]
                .iter()
                .filter_map(|name| limits[name].as_str())
                .collect();
            assert!(windows.is_sorted(), "{windows:?}");
            let contexts = limits["contexts"].as_array().expect("a list");
            let contexts: Vec<&str> = contexts.iter().filter_map(Value::as_str).collect();
            assert!(contexts.len() <= 32 && contexts.is_sorted_by(|a, b| a < b));
            assert!(contexts.iter().all(|context| context.len() <= 2 * 255));
            let most = limits["max_uses"].as_u64().unwrap_or(u64::MAX);
            assert!(number(&record["uses"]) <= most);
            assert!((1..=10_000).contains(&number(&record["version"])));
            assert!(count(&record["history"]) <= 32);
            assert!(record["state"] != "compromised" || record["compromised"].is_object());
        }
        StoredRecord::Unlocker => {
            assert_eq!(record["kind"] == "passphrase", record["cost"].is_object());
            assert_eq!(record["wrapped"].as_str().expect("text").len(), 2 * 112);
        }
        StoredRecord::BackupHeader => assert!((1..=16).contains(&count(&record["unlockers"]))),
        StoredRecord::Seen => {}
    }
}

/// A cost that is beyond the caps is refused before it is paid. One that is within is not paid here: a third
/// of a second is nothing for somebody who waits and everything for a fuzzer.
fn unlocker(record: &[u8], value: &Value) {
    let file = Unlock::key_file(SecretBytes::copy_of(&[7; 32])).expect("long enough");
    assert_eq!(opens_unlocker(record, &file), Ok(false));
    let within = |name: &str, least: u64, most: u64| {
        let asked = value["cost"][name].as_u64();
        asked.is_some_and(|asked| (least..=most).contains(&asked))
    };
    let payable =
        within("memory", 64 << 10, 1 << 20) && within("passes", 1, 64) && within("lanes", 1, 16);
    if value["kind"] == "passphrase" && !payable {
        let passphrase = Passphrase::new(SecretBytes::copy_of(b"fuzz")).expect("one");
        let error = opens_unlocker(record, &Unlock::Passphrase(passphrase)).expect_err("too much");
        assert_eq!(error.code(), Code::Integrity);
        refusal(&error);
    }
}
