//! The audit log in the hands of somebody who wants it to say something else.

use chop::keyring::audit::{Checkpoint, Entry, Proof, Report, leaf_hash, verify_export};
use chop::keyring::store::{Space, Store};
use chop::keyring::{Change, KeyName, Keyring, Purpose};
use chop::{Algorithm, Code, VerifyingKey};

use super::support::{at, open, ring, wanted};

const ENTRIES: usize = 200;

/// A log of 200 entries with checkpoints at 50, 120 and its end: its lines, the first two checkpoints and the key.
struct Log {
    lines: Vec<Vec<u8>>,
    kept: Vec<Checkpoint>,
    key: VerifyingKey,
}

fn busy(ring: &Keyring, name: &KeyName, until: u64) {
    let mut entries = 0;
    ring.audit(&mut |_| {
        entries += 1;
        Ok(())
    })
    .unwrap();
    while entries < until {
        let change = match entries % 2 {
            0 => Change::Suspend,
            _ => Change::Resume,
        };
        // One of the two is possible.
        let other = match change {
            Change::Suspend => Change::Resume,
            _ => Change::Suspend,
        };
        ring.change(name, None, change, None, &at(entries))
            .or_else(|_| ring.change(name, None, other, None, &at(entries)))
            .unwrap();
        entries += 1;
    }
}

fn export(ring: &Keyring, now: u64) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    ring.export_audit(&mut out, &at(now)).unwrap();
    out.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(<[u8]>::to_vec)
        .collect()
}

fn log() -> Log {
    let (ring, _) = ring();
    let name = "k".parse().unwrap();
    ring.new_key(&name, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    busy(&ring, &name, 49);
    let first = ring.checkpoint(&at(50)).unwrap();
    busy(&ring, &name, 119);
    let second = ring.checkpoint(&at(120)).unwrap();
    busy(&ring, &name, ENTRIES as u64 - 1);
    let lines = export(&ring, 300);
    assert_eq!((first.size(), second.size()), (50, 120));
    // The header, the entries, three checkpoints.
    assert_eq!(lines.len(), 1 + ENTRIES + 3);
    Log {
        lines,
        kept: vec![first, second],
        key: ring.audit_public_key().unwrap(),
    }
}

impl Log {
    fn verify(&self, lines: &[Vec<u8>]) -> Report {
        let mut text = lines.join(&b"\n"[..]);
        text.push(b'\n');
        verify_export(&mut text.as_slice(), &self.key, &self.kept, &mut |_, _| {}).unwrap()
    }

    /// The line of an entry in the file.
    fn line_of(&self, seq: usize) -> usize {
        1 + seq + usize::from(seq >= 50) + usize::from(seq >= 120)
    }
}

/// Whether a finding names the entry.
fn names(report: &Report, seq: usize) -> bool {
    report
        .findings
        .iter()
        .any(|finding| finding.what.contains(&format!("entry {seq} ")))
}

#[test]
fn every_entry_that_is_edited_left_out_moved_or_repeated_is_located() {
    let log = log();
    let sound = log.verify(&log.lines);
    assert!(sound.is_sound(), "{:?}", sound.findings);
    assert_eq!((sound.entries, sound.covered, sound.kept), (200, 200, 120));
    for seq in 0..ENTRIES {
        let at = log.line_of(seq);
        let mut edited = log.lines.clone();
        let text = String::from_utf8(edited[at].clone()).unwrap();
        edited[at] = text.replace("founder", "flounder").into_bytes();
        assert!(edited[at] != log.lines[at]);
        let report = log.verify(&edited);
        match seq {
            // Nothing comes after the last entry but the checkpoint over it.
            199 => assert!(
                report
                    .findings
                    .iter()
                    .any(|finding| finding.what.contains("120 to 199"))
            ),
            _ => assert!(names(&report, seq), "{seq}: {:?}", report.findings),
        }

        let mut shorter = log.lines.clone();
        shorter.remove(at);
        let report = log.verify(&shorter);
        assert!(!report.is_sound());
        assert!(
            seq == 199 || names(&report, seq),
            "{seq}: {:?}",
            report.findings
        );

        let mut repeated = log.lines.clone();
        repeated.insert(at, log.lines[at].clone());
        assert!(names(&log.verify(&repeated), seq), "{seq}");

        if seq + 1 < ENTRIES {
            let mut moved = log.lines.clone();
            moved.swap(at, log.line_of(seq + 1));
            assert!(names(&log.verify(&moved), seq), "{seq}");
        }

        // Cut off there: what the kept checkpoints cover is missed.
        let report = log.verify(&log.lines[..at]);
        assert!(!report.is_sound(), "{seq}");
        if seq < 120 {
            assert!(
                report
                    .findings
                    .iter()
                    .any(|finding| finding.what.contains("ends after")),
                "{seq}"
            );
        }
    }
}

#[test]
fn a_forger_who_writes_the_chain_anew_is_caught_between_two_checkpoints() {
    let log = log();
    for seq in [0, 10, 49, 50, 51, 119, 120, 150, 199] {
        let mut forged = log.lines.clone();
        let mut prev: Option<String> = None;
        for number in seq..ENTRIES {
            let at = log.line_of(number);
            let mut text = String::from_utf8(forged[at].clone()).unwrap();
            if number == seq {
                text = text.replace("founder", "flounder");
            }
            if let Some(prev) = &prev {
                let start = text.rfind("\"prev\":\"").unwrap() + 8;
                text.replace_range(start..start + 64, prev);
            }
            forged[at] = text.into_bytes();
            prev = Some(hex::encode(leaf_hash(&forged[at])));
            Entry::from_line(&forged[at]).unwrap();
        }
        let report = log.verify(&forged);
        let interval = match seq {
            0..50 => "0 to 49",
            50..120 => "50 to 119",
            _ => "120 to 199",
        };
        assert!(
            report
                .findings
                .iter()
                .any(|finding| finding.what.contains(interval)),
            "{seq}: {:?}",
            report.findings
        );
        assert!(
            !report
                .findings
                .iter()
                .any(|finding| finding.what.contains("altered")),
            "{seq}"
        );
    }
}

#[test]
fn checkpoints_and_keys_of_others_prove_nothing() {
    let (log, other) = (log(), log());
    let foreign = Log {
        key: other.key.clone(),
        ..Log {
            lines: log.lines.clone(),
            kept: vec![],
            key: log.key.clone(),
        }
    };
    assert!(!foreign.verify(&log.lines).is_sound());
    let mixed = Log {
        kept: other.kept.clone(),
        lines: log.lines.clone(),
        key: log.key.clone(),
    };
    assert!(!mixed.verify(&log.lines).is_sound());
    let mut no_header = log.lines.clone();
    no_header.remove(0);
    let text = no_header.join(&b"\n"[..]);
    let refused = verify_export(&mut text.as_slice(), &log.key, &[], &mut |_, _| {});
    assert_eq!(refused.unwrap_err().code(), Code::Malformed);
}

#[test]
fn a_proof_proves_its_own_entry_and_nothing_else() {
    let (ring, _) = ring();
    let name: KeyName = "k".parse().unwrap();
    ring.new_key(&name, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    busy(&ring, &name, 20);
    let early = ring.checkpoint(&at(30)).unwrap();
    let key = ring.audit_public_key().unwrap();
    let file = ring.prove_entry(7, &at(31)).unwrap().to_bytes().unwrap();
    let Proof::Inclusion(proof) = Proof::from_bytes(&file).unwrap() else {
        panic!("another kind");
    };
    assert!(proof.holds(&key).unwrap());
    assert_eq!(proof.entry.seq, 7);
    let text = String::from_utf8(file.clone()).unwrap();
    for (from, to) in [
        ("founder", "flounder"),
        ("\\\"seq\\\":7", "\\\"seq\\\":6"),
        ("size 22", "size 21"),
    ] {
        let altered = text.replacen(from, to, 1);
        assert!(altered != text, "{from}");
        let holds = Proof::from_bytes(altered.as_bytes()).is_ok_and(|proof| match proof {
            Proof::Inclusion(proof) => proof.holds(&key).unwrap(),
            _ => true,
        });
        assert!(!holds, "{to}");
    }
    let other = super::support::ring().0.audit_public_key().unwrap();
    assert!(!proof.holds(&other).unwrap());
    busy(&ring, &name, 40);
    let continued = ring.prove_continuation(&early, &at(60)).unwrap();
    assert!(continued.holds(&key).unwrap());
    let Proof::Consistency(read) = Proof::from_bytes(&continued.to_bytes().unwrap()).unwrap()
    else {
        panic!("another kind");
    };
    assert!(read.holds(&key).unwrap() && !read.holds(&other).unwrap());
    let foreign = super::support::ring().0.checkpoint(&at(1)).unwrap();
    assert_eq!(
        ring.prove_continuation(&foreign, &at(61))
            .unwrap_err()
            .code(),
        Code::Untrusted
    );
    assert_eq!(
        ring.prove_entry(9_999, &at(61)).unwrap_err().code(),
        Code::UnknownKey
    );
}

#[test]
fn a_log_that_was_changed_in_the_store_is_found_and_not_believed() {
    let (ring, store) = ring();
    let name: KeyName = "k".parse().unwrap();
    ring.new_key(&name, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    busy(&ring, &name, 10);
    let line = |number: u64| {
        let mut found = None;
        store
            .read(&mut |rows| {
                found = rows.get(Space::Audit, &number.to_be_bytes())?;
                Ok(())
            })
            .unwrap();
        found.unwrap()
    };
    let put = |number: u64, line: &[u8]| {
        store
            .write(&mut |rows| rows.put(Space::Audit, &number.to_be_bytes(), line))
            .unwrap();
    };
    let sound = line(5);
    put(5, &line(4));
    let report = ring.verify_audit(&[]).unwrap();
    assert!(!report.is_sound());
    assert!(!open(&store).unwrap().check().unwrap().is_empty());
    assert_eq!(
        ring.audit(&mut |_| Ok(())).unwrap_err().code(),
        Code::Integrity
    );
    put(5, &sound);
    // An entry that nobody has written.
    put(10, &sound);
    assert!(!ring.verify_audit(&[]).unwrap().is_sound());
    store
        .write(&mut |rows| rows.delete(Space::Audit, &10u64.to_be_bytes()))
        .unwrap();
    assert!(ring.verify_audit(&[]).unwrap().is_sound());
    store
        .write(&mut |rows| rows.delete(Space::Audit, &9u64.to_be_bytes()))
        .unwrap();
    assert!(!ring.verify_audit(&[]).unwrap().is_sound());
}

#[test]
fn a_log_for_which_no_checkpoint_stands_is_not_sound() {
    let log = log();
    let bare = |lines: &[Vec<u8>], kept: &[Checkpoint]| {
        let mut text = lines.join(&b"\n"[..]);
        text.push(b'\n');
        verify_export(&mut text.as_slice(), &log.key, kept, &mut |_, _| {}).unwrap()
    };
    let header = |entries: usize| {
        let text = String::from_utf8(log.lines[0].clone()).unwrap();
        text.replace("\"entries\":200", &format!("\"entries\":{entries}"))
            .into_bytes()
    };
    // Anybody can write a chain of entries; without the checkpoints nobody has signed it.
    let is_checkpoint = |line: &Vec<u8>| line.starts_with(b"{\"checkpoint\"");
    let unsigned: Vec<Vec<u8>> = log
        .lines
        .iter()
        .filter(|line| !is_checkpoint(line))
        .cloned()
        .collect();
    let report = bare(&unsigned, &[]);
    assert_eq!(report.covered, 0);
    assert!(
        report.findings[0].what.contains("from 0 on"),
        "{:?}",
        report.findings
    );
    // With those that were kept, the rest is still nobody's.
    let report = bare(&unsigned, &log.kept);
    assert!(
        report.findings[0].what.contains("from 120 on"),
        "{:?}",
        report.findings
    );
    // Without the last one alone, and with nothing at all.
    let report = bare(&log.lines[..log.lines.len() - 1], &[]);
    assert!(
        report.findings[0].what.contains("from 120 on"),
        "{:?}",
        report.findings
    );
    assert!(!bare(&[header(0)], &[]).is_sound());
    // Cut off at a checkpoint it is sound in itself: that is what those that are kept elsewhere are for.
    let mut shorter = log.lines[..log.line_of(119) + 2].to_vec();
    shorter[0] = header(120);
    let report = bare(&shorter, &[]);
    assert!(report.is_sound(), "{:?}", report.findings);
    assert!(
        report
            .remarks
            .iter()
            .any(|remark| remark.contains("cannot be said"))
    );
    assert!(bare(&shorter, &log.kept).is_sound());
    let mut shorter = log.lines[..log.line_of(49) + 2].to_vec();
    shorter[0] = header(50);
    assert!(bare(&shorter, &[]).is_sound());
    let report = bare(&shorter, &log.kept);
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.what.contains("covers 120"))
    );
}

#[test]
fn a_fork_does_not_continue_what_it_has_forked_from() {
    let (ring, _) = ring();
    let name: KeyName = "k".parse().unwrap();
    ring.new_key(&name, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    let copy = super::support::backup(&ring, 2);
    let common = ring.checkpoint(&at(3)).unwrap();
    busy(&ring, &name, 12);
    let main = ring.checkpoint(&at(30)).unwrap();
    let (fork, _) = super::support::restore(&copy, None, 4).unwrap();
    fork.confirm_restore(None, &at(5)).unwrap();
    busy(&fork, &name, 20);
    // Both are signed by the same audit key.
    for earlier in [&main, &common] {
        let error = fork.prove_continuation(earlier, &at(40)).unwrap_err();
        assert_eq!(error.code(), Code::Integrity, "{error}");
    }
    let report = fork.verify_audit(std::slice::from_ref(&main)).unwrap();
    assert!(!report.is_sound());
    let key = ring.audit_public_key().unwrap();
    let forked = export(&fork, 50);
    let mut text = forked.join(&b"\n"[..]);
    text.push(b'\n');
    let alone = verify_export(&mut text.as_slice(), &key, &[], &mut |_, _| {}).unwrap();
    assert!(alone.is_sound(), "{:?}", alone.findings);
    let report = verify_export(&mut text.as_slice(), &key, &[main], &mut |_, _| {}).unwrap();
    assert!(!report.is_sound());
}

#[test]
fn a_proof_of_one_entry_is_none_of_another_key() {
    let (ring, _) = ring();
    for key in ["a", "b"] {
        let name: KeyName = key.parse().unwrap();
        ring.new_key(&name, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
            .unwrap();
        super::support::sign(&ring, &name, b"m", 2).unwrap();
    }
    let key = ring.audit_public_key().unwrap();
    let proof = |number| {
        let proof = ring.prove_entry(number, &at(3)).unwrap();
        String::from_utf8(proof.to_bytes().unwrap()).unwrap()
    };
    let (a, b) = (proof(2), proof(4));
    assert!(a.contains("\\\"key\\\":\\\"a\\\"") && b.contains("\\\"key\\\":\\\"b\\\""));
    let entry = |text: &str| {
        let start = text.find("\"entry\":").unwrap();
        let end = text.find(",\"path\"").unwrap();
        text[start..end].to_owned()
    };
    let exchanged = a.replace(&entry(&a), &entry(&b));
    let holds = |text: &str| match Proof::from_bytes(text.as_bytes()) {
        Ok(Proof::Inclusion(proof)) => proof.holds(&key).unwrap(),
        _ => false,
    };
    assert!(holds(&a) && holds(&b) && !holds(&exchanged));
    let renamed = a.replace("\\\"key\\\":\\\"a\\\"", "\\\"key\\\":\\\"b\\\"");
    assert!(renamed != a && !holds(&renamed));
}
