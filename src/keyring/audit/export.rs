//! The log in a file of text, and the check of a log line by line.

use std::io::{BufRead, Read, Write};
use std::ops::Range;

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

use super::checkpoint::{Checkpoint, MAX_CHECKPOINT};
use super::entry::{Entry, MAX_LINE};
use super::merkle::{Digest, Frontier, leaf_hash};
use crate::error::{Code, Error, Result};
use crate::key::PublicKey;
use crate::keyring::parallel;
use crate::keyring::record::{Hex, V1, is_encoding_of};
use crate::sign::VerifyingKey;
use crate::time::Time;

/// The longest line of an export, in bytes: a checkpoint in JSON.
const MAX_ANY_LINE: usize = 2 * MAX_CHECKPOINT;

/// The most findings that are told, and the most remarks; more say nothing new.
const MAX_FINDINGS: usize = 1000;

/// How far the time of an entry may be behind that of the one before, in seconds.
const CLOCK_TOLERANCE: u64 = 5;

/// The first line of an export.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    chop: Kind,
    v: V1,
    keyring: Hex<16>,
    entries: u64,
    /// The public audit key in base64: what it is said to be.
    key: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    #[serde(rename = "audit-export")]
    Export,
}

/// A line that holds a checkpoint, after the entries that it covers.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointLine {
    checkpoint: String,
}

/// Writes an export.
pub(crate) struct ExportWriter<'w> {
    out: &'w mut dyn Write,
}

impl<'w> ExportWriter<'w> {
    pub(crate) fn new(
        out: &'w mut dyn Write,
        keyring: Hex<16>,
        entries: u64,
        key: &VerifyingKey,
    ) -> Result<Self> {
        let header = Header {
            chop: Kind::Export,
            v: V1,
            keyring,
            entries,
            key: Base64::encode_string(&PublicKey::Verifying(key.clone()).to_spki_der()),
        };
        let mut writer = Self { out };
        writer.json(&header)?;
        Ok(writer)
    }

    pub(crate) fn entry(&mut self, line: &[u8]) -> Result<()> {
        self.line(line)
    }

    pub(crate) fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        self.json(&CheckpointLine {
            checkpoint: checkpoint.to_text(),
        })
    }

    fn json(&mut self, value: &impl Serialize) -> Result<()> {
        let line = serde_json::to_vec(value)
            .map_err(|_| Error::internal("a line of an export that cannot be written"))?;
        self.line(&line)
    }

    fn line(&mut self, line: &[u8]) -> Result<()> {
        self.out
            .write_all(line)
            .and_then(|()| self.out.write_all(b"\n"))
            .map_err(|error| Error::new(Code::Io, "cannot write").got(error.to_string()))
    }
}

/// Something that is wrong with a log.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The line of the file, from 1 on; the number of the entry and 1 for a log that is in no file.
    pub line: u64,
    /// What is wrong, with the numbers of the entries.
    pub what: String,
}

/// What the check of a log has found.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The number of the keyring, in hexadecimal.
    pub keyring: String,
    /// How many entries there are.
    pub entries: u64,
    /// What is wrong. If this is empty, the log is what the checkpoints say.
    pub findings: Vec<Finding>,
    /// What is remarkable, and not wrong.
    pub remarks: Vec<String>,
    /// The entries that the latest good checkpoint covers.
    pub covered: u64,
    /// The entries that the latest good one of the checkpoints kept elsewhere covers: of these nothing can
    /// have been left out.
    pub kept: u64,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Checks a log entry by entry, and goes on after what it finds.
pub(crate) struct Verifier<'k> {
    key: &'k VerifyingKey,
    keyring: Hex<16>,
    frontier: Frontier,
    /// The number that the next entry should have.
    next: u64,
    prev: Digest,
    /// Whether the entry before has been found wrong, so that what follows it cannot name it.
    broken: bool,
    last: Option<Time>,
    line: u64,
    /// Kept elsewhere, the earliest last.
    waiting: Vec<Checkpoint>,
    report: Report,
}

impl<'k> Verifier<'k> {
    /// A check under the trusted audit key, with the checkpoints that were kept elsewhere.
    pub(crate) fn new(
        key: &'k VerifyingKey,
        keyring: Hex<16>,
        kept: &[Checkpoint],
    ) -> Result<Self> {
        let mut verifier = Self {
            key,
            keyring,
            frontier: Frontier::default(),
            next: 0,
            prev: [0; 32],
            broken: false,
            last: None,
            line: 0,
            waiting: Vec::new(),
            report: Report {
                keyring: keyring.to_string(),
                ..Report::default()
            },
        };
        for checkpoint in kept {
            if verifier.is_genuine(checkpoint, "a checkpoint that was kept")? {
                verifier.waiting.push(checkpoint.clone());
            }
        }
        verifier
            .waiting
            .sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.size));
        verifier.meet_waiting();
        Ok(verifier)
    }

    fn find(&mut self, what: String) {
        if self.report.findings.len() < MAX_FINDINGS {
            let line = self.line;
            self.report.findings.push(Finding { line, what });
        }
    }

    fn remark(&mut self, what: String) {
        if self.report.remarks.len() < MAX_FINDINGS {
            self.report.remarks.push(what);
        }
    }

    /// Whether a checkpoint is of this keyring and by its key.
    fn is_genuine(&mut self, checkpoint: &Checkpoint, what: &str) -> Result<bool> {
        if checkpoint.keyring != self.keyring {
            self.find(format!(
                "{what} is of another keyring, {}",
                checkpoint.keyring
            ));
            return Ok(false);
        }
        let signed = checkpoint.is_signed_by(self.key)?;
        if !signed {
            self.find(format!(
                "{what}, of {} entries, is not signed by the audit key",
                checkpoint.size
            ));
        }
        Ok(signed)
    }

    /// The next line of the file holds an entry.
    pub(crate) fn entry(&mut self, line: &[u8]) -> Option<Entry> {
        self.read(leaf_hash(line), Entry::from_line(line))
    }

    /// The next line of the file has this hash, and this entry if it holds one.
    fn read(&mut self, leaf: Digest, entry: Result<Entry>) -> Option<Entry> {
        self.line += 1;
        self.frontier.push(leaf);
        match &entry {
            Err(error) => {
                self.find(format!("entry {} is altered: {error}", self.next));
                self.next += 1;
                self.broken = true;
            }
            Ok(entry) => self.parsed(entry),
        }
        self.prev = leaf;
        self.meet_waiting();
        entry.ok()
    }

    fn parsed(&mut self, entry: &Entry) {
        let (seq, expected) = (entry.seq, self.next);
        let before = self.last.replace(entry.time);
        if let Some(before) = before
            && entry.time.unix_seconds() + CLOCK_TOLERANCE < before.unix_seconds()
        {
            self.remark(format!(
                "entry {seq} is of {}, the one before it of {before}: the clock went back",
                entry.time
            ));
        }
        if seq < expected {
            self.find(format!(
                "entry {seq} is repeated, or not in its place, which is before entry {expected}"
            ));
            self.broken = true;
            return;
        }
        if seq > expected {
            let last = seq - 1;
            self.find(match last == expected {
                true => format!("entry {expected} is missing before entry {seq}"),
                false => format!("entries {expected} to {last} are missing before entry {seq}"),
            });
        } else if entry.prev.0 != self.prev && !self.broken {
            self.find(match seq {
                0 => "entry 0 is altered: it names an entry before it".to_owned(),
                _ => format!(
                    "entry {} is altered: entry {seq} names another hash of it",
                    seq - 1
                ),
            });
        }
        self.next = seq + 1;
        self.broken = false;
    }

    /// The next line of the file holds a checkpoint.
    pub(crate) fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        self.line += 1;
        if self.is_genuine(checkpoint, "the checkpoint")? {
            match checkpoint.size == self.frontier.size() {
                true => self.meet(checkpoint, false),
                false => self.find(format!(
                    "the checkpoint of {} entries stands after {}",
                    checkpoint.size,
                    self.frontier.size()
                )),
            }
        }
        Ok(())
    }

    /// Compares the checkpoints that were kept elsewhere and cover what has passed.
    fn meet_waiting(&mut self) {
        while let Some(checkpoint) = self
            .waiting
            .pop_if(|checkpoint| checkpoint.size <= self.frontier.size())
        {
            self.meet(&checkpoint, true);
        }
    }

    fn meet(&mut self, checkpoint: &Checkpoint, elsewhere: bool) {
        if checkpoint.root == self.frontier.root() {
            self.report.covered = self.report.covered.max(checkpoint.size);
            if elsewhere {
                self.report.kept = self.report.kept.max(checkpoint.size);
            }
            return;
        }
        let last = checkpoint.size.saturating_sub(1);
        self.find(format!(
            "the first {} entries are not those of the checkpoint of {}: the first difference is one of {} to {last}",
            checkpoint.size, checkpoint.time, self.report.covered
        ));
    }

    /// What the head of the keyring says about the whole log.
    pub(crate) fn head(&mut self, agrees: bool, entries: u64) {
        if agrees {
            self.report.covered = self.frontier.size();
        } else {
            self.find(format!(
                "the keyring has written {entries} entries, and these {} are not them",
                self.frontier.size()
            ));
        }
    }

    /// The end of a file, which a checkpoint over all of its entries ends: for what comes after the last good one
    /// nobody stands. What is found already explains what is missing here.
    fn covered(&mut self) {
        let (covered, entries) = (self.report.covered, self.frontier.size());
        if self.report.findings.is_empty() && (covered < entries || entries == 0) {
            self.find(format!(
                "no checkpoint stands for the entries from {covered} on, of {entries}: anybody may have written them"
            ));
        }
    }

    /// The end of the log.
    pub(crate) fn finish(mut self) -> Report {
        self.report.entries = self.frontier.size();
        for checkpoint in std::mem::take(&mut self.waiting) {
            self.find(format!(
                "the log ends after {} entries, and the checkpoint of {} covers {}",
                self.report.entries, checkpoint.time, checkpoint.size
            ));
        }
        if self.report.kept < self.report.entries || self.report.entries == 0 {
            self.report.remarks.push(format!(
                "a checkpoint kept elsewhere covers {} of {} entries; whether something was left out after these cannot be said",
                self.report.kept, self.report.entries
            ));
        }
        self.report
    }
}

/// Checks an export under the audit key, which came on another way, with checkpoints that were kept elsewhere,
/// and shows every entry to `visit` on the way: what that sees counts only if the report is sound.
///
/// # Errors
/// [`Code::Malformed`] for what is no export, [`Code::Limit`] for a line that is too long, [`Code::Io`]. What is
/// wrong with the log itself is no error but stands in the report.
pub fn verify_export(
    file: &mut dyn BufRead,
    key: &VerifyingKey,
    kept: &[Checkpoint],
    visit: &mut dyn FnMut(&[u8], &Entry),
) -> Result<Report> {
    let malformed = |got: String| Error::malformed("export of an audit log").got(got);
    let mut first = Vec::new();
    let mut end = next_line(file, &mut first)?;
    if end == End::OfFile {
        return Err(malformed("nothing".to_owned()));
    }
    let header: Header = serde_json::from_slice(&first)
        .ok()
        .filter(|header| is_encoding_of(header, &first))
        .ok_or_else(|| malformed("another first line than that of an export".to_owned()))?;
    let mut verifier = Verifier::new(key, header.keyring, kept)?;
    verifier.line = 1;
    let own = Base64::encode_string(&PublicKey::Verifying(key.clone()).to_spki_der());
    if header.key != own {
        verifier.find("the file names another audit key than the one that was given".to_owned());
    }
    let mut stretch = Stretch::default();
    while end == End::OfLine {
        end = stretch.fill(file)?;
        for (line, read) in stretch.lines.iter().zip(stretch.read()) {
            match read {
                Line::Entry(leaf, entry) => {
                    if let Some(entry) = verifier.read(leaf, entry) {
                        visit(&stretch.text[line.clone()], &entry);
                    }
                }
                Line::Checkpoint(Ok(checkpoint)) => verifier.checkpoint(&checkpoint)?,
                Line::Checkpoint(Err(error)) => {
                    verifier.line += 1;
                    verifier.find(error.to_string());
                }
            }
        }
    }
    if end == End::Missing {
        verifier.find("the last line has no end: something may have been cut off".to_owned());
    }
    if header.entries != verifier.frontier.size() {
        let found = verifier.frontier.size();
        verifier.find(format!(
            "the file has {found} entries, and its first line says {}",
            header.entries
        ));
    }
    verifier.covered();
    Ok(verifier.finish())
}

/// Lines that lie in memory together: what can be said of each by itself is found out on all processors.
#[derive(Default)]
struct Stretch {
    text: Vec<u8>,
    lines: Vec<Range<usize>>,
}

/// What a line holds.
#[expect(clippy::large_enum_variant, reason = "nearly every line is an entry")]
enum Line {
    /// An entry or what should be one, and the hash of the line.
    Entry(Digest, Result<Entry>),
    Checkpoint(Result<Checkpoint>),
}

impl Stretch {
    /// The length of the text from which on no further line is added.
    const ENOUGH: usize = 4 << 20;

    /// Reads the next lines.
    fn fill(&mut self, file: &mut dyn BufRead) -> Result<End> {
        self.text.clear();
        self.lines.clear();
        let mut end = End::OfLine;
        while end == End::OfLine && self.text.len() < Self::ENOUGH {
            let start = self.text.len();
            end = next_line(file, &mut self.text)?;
            if end != End::OfFile {
                self.lines.push(start..self.text.len());
            }
        }
        Ok(end)
    }

    fn read(&self) -> Vec<Line> {
        parallel::map(&self.lines, |line| read_line(&self.text[line.clone()]))
    }
}

fn read_line(line: &[u8]) -> Line {
    let held = match line.starts_with(b"{\"checkpoint\":") {
        true => serde_json::from_slice::<CheckpointLine>(line)
            .ok()
            .filter(|held| is_encoding_of(held, line)),
        false => None,
    };
    match held {
        Some(held) => Line::Checkpoint(Checkpoint::from_text(held.checkpoint.as_bytes())),
        None => Line::Entry(leaf_hash(line), Entry::from_line(line)),
    }
}

/// Where reading a line has stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Behind a line.
    OfLine,
    /// At the end of the file, without a line.
    OfFile,
    /// At the end of the file, in a line that does not end.
    Missing,
}

/// Adds the next line of `file` to `text`, without its end.
fn next_line(file: &mut dyn BufRead, text: &mut Vec<u8>) -> Result<End> {
    let most = MAX_ANY_LINE.max(MAX_LINE) + 1;
    let read = file
        .take(most as u64)
        .read_until(b'\n', text)
        .map_err(|error| Error::new(Code::Io, "cannot read").got(error.to_string()))?;
    match read {
        0 => Ok(End::OfFile),
        _ if text.pop_if(|last| *last == b'\n').is_some() => Ok(End::OfLine),
        _ if read == most => Err(Error::new(Code::Limit, "line of an audit log")
            .expected(format!("at most {} bytes", most - 1))
            .got("more")),
        _ => Ok(End::Missing),
    }
}
