//! Exports of an audit log, and proofs about it.

use chop::keyring::Hex;
use chop::keyring::audit::{Checkpoint, Entry, Proof, Report, leaf_hash, verify_export};
use chop::{Code, Result};
use serde_json::Value;

use super::common::{printable, refusal};
use super::input::Input;
use super::keyrings::fixture;

/// More edits than this only undo each other.
const MOST_EDITS: usize = 8;

/// The first byte of an input that is a whole export, and of one that edits a proof.
pub const AS_IT_IS: u8 = 0xff;
/// The first byte of an input that edits a proof.
pub const PROOF: u8 = 0xfe;

/// Edits a good export as the input says, or takes it for an export or for edits of a proof. What the check
/// of the log finds sound begins with the entries that the checkpoints cover, byte for byte, and has one encoding.
pub fn run(data: &[u8]) -> bool {
    let Some((first, rest)) = data.split_first() else {
        return false;
    };
    match *first {
        AS_IT_IS => verified(rest, 0),
        PROOF => proof(&mut Input(rest)),
        kept => {
            let mut lines = lines(&fixture().export);
            let mut input = Input(rest);
            for _ in 0..MOST_EDITS {
                if input.0.is_empty() || lines.len() < 2 {
                    break;
                }
                edit(&mut lines, &mut input);
            }
            verified(&lines.concat(), kept)
        }
    }
}

/// The lines, each with its end.
fn lines(export: &[u8]) -> Vec<Vec<u8>> {
    export
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}

fn edit(lines: &mut Vec<Vec<u8>>, input: &mut Input<'_>) {
    let operation = input.byte();
    let at = usize::from(input.byte()) % lines.len();
    let position = usize::from(input.byte()) << 8 | usize::from(input.byte());
    let other = position % lines.len();
    match operation % 9 {
        0 => {
            let line = &mut lines[at];
            if !line.is_empty() {
                let position = position % line.len();
                line[position] ^= input.byte().max(1);
            }
        }
        1 => {
            lines.remove(at);
        }
        2 => lines.swap(at, other),
        3 => {
            let copy = lines[at].clone();
            lines.insert(other, copy);
        }
        4 => lines.truncate(at.max(1)),
        5 => {
            let line = &mut lines[at];
            line.truncate(position % (line.len() + 1));
        }
        6 => {
            let line = &mut lines[at];
            let position = position % (line.len() + 1);
            line.insert(position, input.byte());
        }
        // Whoever can write the file can also make what follows name what went before.
        7 => chain(lines),
        _ => recount(lines),
    }
}

/// Numbers and chains the entries anew.
fn chain(lines: &mut [Vec<u8>]) {
    let (mut seq, mut prev) = (0, [0; 32]);
    for line in lines.iter_mut().skip(1) {
        if let Some(mut entry) = entry(line) {
            (entry.seq, entry.prev) = (seq, Hex(prev));
            let text = entry.to_line().expect("it was read");
            (seq, prev) = (seq + 1, leaf_hash(&text));
            *line = [text, b"\n".to_vec()].concat();
        }
    }
}

/// Has the first line say how many entries there are.
fn recount(lines: &mut [Vec<u8>]) {
    let count = lines
        .iter()
        .skip(1)
        .filter(|line| entry(line).is_some())
        .count();
    let first = String::from_utf8_lossy(&lines[0]).into_owned();
    if let Some((before, rest)) = first.split_once("\"entries\":")
        && let Some((_, after)) = rest.split_once(',')
    {
        lines[0] = format!("{before}\"entries\":{count},{after}").into_bytes();
    }
}

fn entry(line: &[u8]) -> Option<Entry> {
    Entry::from_line(line.strip_suffix(b"\n")?).ok()
}

fn entries(export: &[u8]) -> Vec<Vec<u8>> {
    let lines = lines(export);
    lines
        .into_iter()
        .filter(|line| entry(line).is_some())
        .collect()
}

/// Checks an export with the checkpoints whose bit is set in `kept`.
fn verified(export: &[u8], kept: u8) -> bool {
    let fixture = fixture();
    let kept: Vec<Checkpoint> = fixture
        .kept
        .iter()
        .enumerate()
        .filter(|(number, _)| kept >> number & 1 == 1)
        .map(|(_, checkpoint)| checkpoint.clone())
        .collect();
    let mut seen = Vec::new();
    let mut file = export;
    let report = verify_export(&mut file, &fixture.audit_key, &kept, &mut |line, _| {
        seen.push([line, b"\n"].concat());
    });
    let same = export == fixture.export;
    match report {
        Ok(report) => {
            for finding in &report.findings {
                printable(&finding.what);
            }
            report.remarks.iter().for_each(|remark| printable(remark));
            assert!(report.remarks.len() <= 1001, "a flood of remarks");
            if report.is_sound() {
                believed(export, &report, &kept, &seen);
            }
            assert!(report.is_sound() || !same, "{:?}", report.findings);
            report.is_sound()
        }
        Err(error) => {
            assert!(!same, "the unedited export was refused: {error:?}");
            refusal(&error);
            assert!(
                matches!(error.code(), Code::Malformed | Code::Limit),
                "{error:?}"
            );
            false
        }
    }
}

/// What a sound report promises.
fn believed(export: &[u8], report: &Report, kept: &[Checkpoint], seen: &[Vec<u8>]) {
    let (found, own) = (entries(export), entries(&fixture().export));
    assert_eq!(seen, found);
    assert_eq!(report.entries, found.len() as u64);
    assert_eq!(
        report.kept,
        kept.iter().map(Checkpoint::size).max().unwrap_or(0)
    );
    assert!(report.kept <= report.covered && report.covered <= report.entries);
    let covered = usize::try_from(report.covered).expect("few");
    assert!(
        found[..covered] == own[..covered],
        "edited entries are covered"
    );
    // One encoding: every line is an entry, or a checkpoint in the text that it has.
    assert!(export.ends_with(b"\n"));
    for line in &lines(export)[1..] {
        if entry(line).is_none() {
            let value: Value = serde_json::from_slice(line).expect("a checkpoint");
            let text = value["checkpoint"].as_str().expect("a checkpoint");
            let checkpoint = Checkpoint::from_text(text.as_bytes()).expect("it was read");
            assert!(checkpoint.is_signed_by(&fixture().audit_key) == Ok(true));
            let text = Value::from(checkpoint.to_text());
            assert!(
                *line == format!("{{\"checkpoint\":{text}}}\n").as_bytes(),
                "another encoding"
            );
        }
    }
}

/// Edits one of the proofs: what holds is one of them, unedited.
fn proof(input: &mut Input<'_>) -> bool {
    let proofs = &fixture().proofs;
    let mut bytes = proofs[usize::from(input.byte()) % proofs.len()].clone();
    for _ in 0..MOST_EDITS {
        if input.0.is_empty() || bytes.is_empty() {
            break;
        }
        let operation = input.byte();
        let position = usize::from(input.byte()) << 8 | usize::from(input.byte());
        let at = position % bytes.len();
        match operation % 6 {
            0 => bytes[at] ^= input.byte().max(1),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, input.byte()),
            3 => {
                let other = &proofs[usize::from(input.byte()) % proofs.len()];
                bytes = crossed(&bytes, other, input.byte()).unwrap_or(bytes);
            }
            _ => bytes = rerouted(&bytes, position, operation).unwrap_or(bytes),
        }
    }
    let holds = match Proof::from_bytes(&bytes) {
        Ok(proof) => holding(&proof).expect("under an audit key"),
        Err(error) => {
            refusal(&error);
            false
        }
    };
    assert_eq!(
        holds,
        proofs.contains(&bytes),
        "edited, or unedited and refused"
    );
    holds
}

fn holding(proof: &Proof) -> Result<bool> {
    match proof {
        Proof::Inclusion(proof) => proof.holds(&fixture().audit_key),
        Proof::Consistency(proof) => proof.holds(&fixture().audit_key),
        _ => panic!("a kind of proof without rules"),
    }
}

/// The members of a proof in the order that they are written in.
const INCLUSION: &[&str] = &["chop", "v", "entry", "path", "checkpoint"];
const CONSISTENCY: &[&str] = &["chop", "v", "earlier", "path", "later"];

fn written(proof: &Value) -> Vec<u8> {
    let order = match proof["entry"].is_string() {
        true => INCLUSION,
        false => CONSISTENCY,
    };
    let members: Vec<String> = order
        .iter()
        .map(|name| format!("{}:{}", Value::from(*name), proof[name]))
        .collect();
    format!("{{{}}}\n", members.join(",")).into_bytes()
}

/// A proof with one member of another.
fn crossed(bytes: &[u8], other: &[u8], member: u8) -> Option<Vec<u8>> {
    let mut proof: Value = serde_json::from_slice(bytes).ok()?;
    let other: Value = serde_json::from_slice(other).ok()?;
    let members = other.as_object()?;
    let (name, value) = members.iter().nth(usize::from(member) % members.len())?;
    proof.as_object_mut()?.insert(name.clone(), value.clone());
    Some(written(&proof))
}

/// A proof with another path: turned round, longer or shorter.
fn rerouted(bytes: &[u8], position: usize, how: u8) -> Option<Vec<u8>> {
    let mut proof: Value = serde_json::from_slice(bytes).ok()?;
    let path = proof.get_mut("path")?.as_array_mut()?;
    if path.is_empty() {
        return None;
    }
    let at = position % path.len();
    match how % 3 {
        0 => path.rotate_left(at),
        1 => {
            path.remove(at);
        }
        _ => path.insert(at, path[at].clone()),
    }
    Some(written(&proof))
}
