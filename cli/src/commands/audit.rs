//! `chop audit`.

use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use chop::keyring::KeyName;
use chop::keyring::audit::{
    Checkpoint, Entry, MAX_CHECKPOINT, MAX_PROOF, Proof, Report as AuditReport, verify_export,
};
use chop::{Guard, PublicKey, Result, VerifyingKey};
use serde_json::{Value, json};

use super::verifying_key;
use crate::args::AuditCommand;
use crate::input::Input;
use crate::keyring::Ring;
use crate::output::{Access, Output, distinct, is_standard, name_of, write_all, write_long};
use crate::report::{Report, one_line};

pub(super) fn run(
    command: &AuditCommand,
    ring: &Ring<'_>,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    match command {
        AuditCommand::List { key, last } => list(key.as_deref(), *last, ring, report),
        AuditCommand::Verify {
            file,
            key,
            checkpoints,
        } => verify(
            file.as_deref(),
            key.as_deref(),
            checkpoints,
            ring,
            guard,
            report,
        ),
        AuditCommand::Checkpoint {
            output,
            public,
            force,
        } => {
            let target = output.as_deref().unwrap_or(Path::new("-"));
            let files = Files::new(target, public.as_deref(), *force, report)?;
            let open = ring.get()?;
            let checkpoint = open.checkpoint(guard)?;
            let text = checkpoint.to_text();
            let key = open.audit_public_key()?;
            files.write(text.as_bytes(), &key, report, &checkpoint)
        }
        AuditCommand::Export {
            entry,
            since,
            output,
            public,
            force,
        } => {
            let target = output.as_deref().unwrap_or(Path::new("-"));
            let files = Files::new(target, public.as_deref(), *force, report)?;
            let earlier = since.as_deref().map(checkpoint_in).transpose()?;
            let open = ring.get()?;
            let key = open.audit_public_key()?;
            if let Some(number) = entry {
                let proof = open.prove_entry(*number, guard)?;
                return files.write(&proof.to_bytes()?, &key, report, &proof.checkpoint);
            }
            if let Some(earlier) = &earlier {
                let proof = open.prove_continuation(earlier, guard)?;
                return files.write(&proof.to_bytes()?, &key, report, &proof.later);
            }
            let mut last = None;
            let mut fill = |out: &mut dyn Write| {
                last = Some(open.export_audit(out, guard)?);
                Ok(())
            };
            write_long(&files.output, &mut fill, || {
                files.write_public(&key, report)
            })?;
            if let Some(last) = &last {
                files.say(report, last)?;
            }
            Ok(0)
        }
    }
}

/// Where a checkpoint or an export goes, and the public key with it.
struct Files<'a> {
    target: &'a Path,
    output: Output<'a>,
    public: Option<(&'a Path, Output<'a>)>,
}

impl<'a> Files<'a> {
    fn new(
        target: &'a Path,
        public: Option<&'a Path>,
        force: bool,
        report: &Report,
    ) -> Result<Self> {
        let all: Vec<&Path> = std::iter::once(target).chain(public).collect();
        distinct(&all, &[])?;
        if report.is_json() && all.iter().any(|path| is_standard(path)) {
            return Err(chop::Error::usage("standard output")
                .expected("one purpose; give -o FILE")
                .got("several"));
        }
        let output = |path| Output::new(Some(path), Access::Public, false, force);
        Ok(Self {
            target,
            output: output(target)?,
            public: public
                .map(|path| output(path).map(|output| (path, output)))
                .transpose()?,
        })
    }

    fn write(
        &self,
        bytes: &[u8],
        key: &VerifyingKey,
        report: &Report,
        checkpoint: &Checkpoint,
    ) -> Result<u8> {
        let pem = PublicKey::Verifying(key.clone()).to_spki_pem()?;
        let mut outputs = vec![(&self.output, bytes)];
        if let Some((_, output)) = &self.public {
            outputs.push((output, pem.as_slice()));
        }
        write_all(&outputs, report, || Ok(()))?;
        self.say(report, checkpoint)?;
        Ok(0)
    }

    fn write_public(&self, key: &VerifyingKey, report: &Report) -> Result<()> {
        let Some((_, output)) = &self.public else {
            return Ok(());
        };
        let pem = PublicKey::Verifying(key.clone()).to_spki_pem()?;
        write_all(&[(output, pem.as_slice())], report, || Ok(()))
    }

    fn say(&self, report: &Report, checkpoint: &Checkpoint) -> Result<()> {
        if report.is_json() {
            return report.json(json!({
                "file": name_of(self.target),
                "keyring": checkpoint.keyring(),
                "size": checkpoint.size(),
                "time": checkpoint.time().to_string(),
                "public": self.public.as_ref().map(|(path, _)| name_of(path)),
            }));
        }
        if !is_standard(self.target) {
            report.say(&format!(
                "{}: covers the first {} entries of keyring {}",
                name_of(self.target),
                checkpoint.size(),
                checkpoint.keyring()
            ));
        }
        if let Some((path, _)) = &self.public {
            report.say(&format!("{}: the public audit key", name_of(path)));
        }
        Ok(())
    }
}

fn list(key: Option<&str>, last: Option<u64>, ring: &Ring<'_>, report: &Report) -> Result<u8> {
    let key: Option<KeyName> = key.map(str::parse).transpose()?;
    let mut kept: std::collections::VecDeque<Entry> = std::collections::VecDeque::new();
    ring.get()?.audit(&mut |entry| {
        if key.is_none() || entry.key == key {
            kept.push_back(entry.clone());
        }
        if last.is_some_and(|last| kept.len() as u64 > last) {
            kept.pop_front();
        }
        Ok(())
    })?;
    if report.is_json() {
        let entries: Vec<Value> = kept
            .iter()
            .map(|entry| {
                serde_json::from_slice(&entry.to_line()?).map_err(|error| {
                    chop::Error::new(chop::Code::Internal, "entry").got(error.to_string())
                })
            })
            .collect::<Result<_>>()?;
        report.json(json!({ "entries": entries }))?;
        return Ok(0);
    }
    let mut text = String::new();
    for entry in &kept {
        text.push_str(&one_line(&words(entry)));
        text.push('\n');
    }
    report.result(&text)?;
    Ok(0)
}

/// An entry for people.
fn words(entry: &Entry) -> String {
    let mut parts = Vec::new();
    if let (Some(key), Some(version)) = (&entry.key, entry.version) {
        parts.push(format!("{key} version {version}"));
    }
    if let Some(algorithm) = &entry.algorithm {
        parts.push(algorithm.clone());
    }
    if let Some(state) = &entry.state {
        parts.push(state.name().to_owned());
    }
    if let Some(since) = &entry.since {
        parts.push(format!("since {since}"));
    }
    if let (Some(format), Some(digest)) = (&entry.format, &entry.digest) {
        parts.push(format!("{format} of SHA-256 {digest}"));
    }
    if let Some(count) = entry.count {
        parts.push(format!("use {count}"));
    }
    parts.push(format!("by {}", entry.actor));
    let mut words = format!(
        "{:>6}  {}  {:<15}  {}",
        entry.seq,
        entry.time,
        entry.action.name(),
        parts.join(", ")
    );
    if let Some(reason) = &entry.reason {
        words.push_str(&format!(": {reason}"));
    }
    if let Some(detail) = &entry.detail {
        words.push_str(&format!(" ({detail})"));
    }
    words
}

fn checkpoint_in(path: &Path) -> Result<Checkpoint> {
    let input = Input::open(path)?;
    let name = input.name().to_owned();
    let text = input.read("checkpoint", MAX_CHECKPOINT)?;
    Checkpoint::from_text(text.expose()).map_err(|error| error.at(name))
}

fn verify(
    file: Option<&Path>,
    key: Option<&Path>,
    checkpoints: &[PathBuf],
    ring: &Ring<'_>,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    let kept = checkpoints
        .iter()
        .map(|path| checkpoint_in(path))
        .collect::<Result<Vec<_>>>()?;
    let (Some(file), Some(key)) = (file, key) else {
        let found = ring.get()?.verify_audit(&kept)?;
        return conclude(&found, report);
    };
    let key = verifying_key(Input::open(key)?, guard)?;
    let input = Input::open(file)?;
    let name = input.name().to_owned();
    let mut reader = input.into_reader();
    let mut start = vec![0; MAX_PROOF + 1];
    let len = fill(&mut reader, &mut start, &name)?;
    start.truncate(len);
    if Proof::is_meant_by(&start) {
        let proof = Proof::from_bytes(&start).map_err(|error| error.at(&name))?;
        return conclude_proof(&proof, &key, &kept, report);
    }
    let mut whole = BufReader::new(start.as_slice().chain(reader));
    let found =
        verify_export(&mut whole, &key, &kept, &mut |_, _| {}).map_err(|error| error.at(name))?;
    conclude(&found, report)
}

fn fill(reader: &mut dyn Read, buffer: &mut [u8], name: &str) -> Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(chop::Error::new(chop::Code::Io, "cannot read")
                    .got(error.to_string())
                    .at(name));
            }
        }
    }
    Ok(filled)
}

fn conclude(found: &AuditReport, report: &Report) -> Result<u8> {
    let status = u8::from(!found.is_sound());
    if report.is_json() {
        let findings: Vec<Value> = found
            .findings
            .iter()
            .map(|finding| json!({ "line": finding.line, "what": finding.what }))
            .collect();
        report.json(json!({
            "sound": found.is_sound(),
            "keyring": found.keyring,
            "entries": found.entries,
            "covered": found.covered,
            "kept": found.kept,
            "findings": findings,
            "remarks": found.remarks,
        }))?;
        return Ok(status);
    }
    let mut text = match found.is_sound() {
        true => format!(
            "sound: {} entries of keyring {}, the first {} under a signed state\n",
            found.entries, found.keyring, found.covered
        ),
        false => format!(
            "NOT SOUND: {} findings in {} entries of keyring {}\n",
            found.findings.len(),
            found.entries,
            found.keyring
        ),
    };
    for finding in &found.findings {
        let line = format!("  line {}: {}", finding.line, finding.what);
        text.push_str(&one_line(&line));
        text.push('\n');
    }
    report.result(&text)?;
    for remark in &found.remarks {
        report.say(&format!("chop: note: {remark}"));
    }
    Ok(status)
}

fn conclude_proof(
    proof: &Proof,
    key: &VerifyingKey,
    kept: &[Checkpoint],
    report: &Report,
) -> Result<u8> {
    let (holds, earlier_kept, words) = match proof {
        Proof::Inclusion(proof) => (
            proof.holds(key)?,
            true,
            format!(
                "in the first {} entries of keyring {}: {}",
                proof.checkpoint.size(),
                proof.checkpoint.keyring(),
                words(&proof.entry).trim_start()
            ),
        ),
        Proof::Consistency(proof) => (
            proof.holds(key)?,
            kept.is_empty() || kept.contains(&proof.earlier),
            format!(
                "keyring {}: the first {} entries of {} are the start of the {} entries of {}",
                proof.earlier.keyring(),
                proof.earlier.size(),
                proof.earlier.time(),
                proof.later.size(),
                proof.later.time()
            ),
        ),
        _ => (false, true, "a kind of proof that is not known".to_owned()),
    };
    let holds = holds && earlier_kept;
    let words = match (holds, earlier_kept) {
        (true, _) => format!("proven: {words}"),
        (false, false) => {
            "NOT PROVEN: the earlier checkpoint is none of those that were kept".to_owned()
        }
        (false, true) => format!("NOT PROVEN: {words}"),
    };
    match report.is_json() {
        true => report.json(json!({ "proven": holds, "what": words }))?,
        false => report.result(&format!("{}\n", one_line(&words)))?,
    }
    Ok(u8::from(!holds))
}
