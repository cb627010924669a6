//! `chop backup`, `chop restore` and `chop check`.

use std::io::{BufReader, Write};

use chop::keyring::{Keyring, Reason, Restoring};
use chop::{Code, Error, Guard, Result};
use serde_json::json;

use super::init::absolute;
use crate::args::{Backup, Check, Restore};
use crate::input::Input;
use crate::keyring::{Ring, actor, create_store, open_store};
use crate::output::{Access, Output, is_standard, name_of, write_long};
use crate::progress::during;
use crate::report::{Report, one_line};

pub(super) fn backup(args: &Backup, ring: &Ring<'_>, guard: &Guard, report: &Report) -> Result<u8> {
    if report.is_json() && is_standard(&args.output) {
        return Err(Error::usage("standard output")
            .expected("one purpose; give -o FILE")
            .got("several"));
    }
    let output = Output::new(Some(&args.output), Access::Private, true, args.force)?;
    let open = ring.get()?;
    let mut fill = |out: &mut dyn Write| open.backup(out, guard);
    during(report, "copying the keyring", || {
        write_long(&output, &mut fill, || match report.is_json() {
            false => Ok(()),
            true => report.json(json!({ "file": name_of(&args.output), "keyring": open.id() })),
        })
    })?;
    if !is_standard(&args.output) {
        report.say(&format!(
            "{}: backup of keyring {}; it opens with what unlocks the keyring now",
            name_of(&args.output),
            open.id()
        ));
    }
    Ok(0)
}

pub(super) fn restore(
    args: &Restore,
    ring: &Ring<'_>,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    let Some(file) = &args.file else {
        return confirm(args, ring, guard, report);
    };
    let path = ring.path()?;
    if path.symlink_metadata().is_ok() {
        return Err(Error::new(Code::Exists, "file exists")
            .expected("a new place for the restored keyring; --keyring PATH names one")
            .at(path.display().to_string()));
    }
    let witness = args.witness.as_deref().map(absolute).transpose()?;
    let input = Input::open(file)?;
    let name = input.name().to_owned();
    let unlock = ring.unlock()?;
    let mut reader = BufReader::new(input.into_reader());
    let mut restoring = Restoring::new(&mut reader, &unlock, witness.as_deref(), actor()?, guard)
        .map_err(|error| error.at(&name))?;
    let made = restoring.time();
    let mut missing = None;
    let restored = during(report, "restoring the keyring", || -> Result<Keyring> {
        let store = create_store(path, &mut |rows| restoring.write(rows)).map_err(|error| {
            match error.code() {
                Code::Integrity | Code::Malformed => error.at(&name),
                _ => error,
            }
        })?;
        missing = restoring.missing_witness().map(|path| {
            format!("the lost keyring had its witness at {path}, where none is; chop check --new-witness makes one")
        });
        restoring.open(store)
    })?;
    let warnings: Vec<String> = missing.into_iter().collect();
    let keys = restored.keys()?.len();
    if report.is_json() {
        report.json(json!({
            "keyring": path.display().to_string(),
            "id": restored.id(),
            "backup": made.to_string(),
            "keys": keys,
            "confirmed": false,
            "warnings": warnings,
        }))?;
    } else {
        report.warnings(&warnings);
    }
    report.say(&format!(
        "{}: keyring {} as it was on {made}, {keys} keys; no version signs before chop restore --confirm",
        path.display(),
        restored.id()
    ));
    Ok(0)
}

fn confirm(args: &Restore, ring: &Ring<'_>, guard: &Guard, report: &Report) -> Result<u8> {
    if args.witness.is_some() {
        return Err(Error::usage("--witness").expected("the step that reads the backup"));
    }
    let input = args.audit.as_deref().map(Input::open).transpose()?;
    let name = input.as_ref().map(|input| input.name().to_owned());
    let open = ring.get()?;
    let done = match input {
        Some(input) => open
            .confirm_restore(Some(&mut BufReader::new(input.into_reader())), guard)
            .map_err(|error| match name {
                Some(name) => error.at(name),
                None => error,
            })?,
        None => open.confirm_restore(None, guard)?,
    };
    if report.is_json() {
        report.json(json!({
            "confirmed": true,
            "complete": done.complete,
            "witnessed": done.witnessed,
            "until": done.until.map(|time| time.to_string()),
            "taken": done.taken,
            "again": done.again,
            "burnt": done.burnt,
        }))?;
        return Ok(0);
    }
    for taken in &done.taken {
        report.say(&format!("taken over: {taken}"));
    }
    for burnt in &done.burnt {
        report.say(&format!(
            "{burnt}: its remaining uses are used up, because nobody knows how many there were"
        ));
    }
    for again in &done.again {
        report.say(&format!("not taken over, to be done again: {again}"));
    }
    report.say(&match (done.complete, done.witnessed, done.until) {
        (true, false, Some(until)) => format!(
            "confirmed: taken over until {until}, where the export ends; of anything later nobody knows"
        ),
        (true, ..) => {
            "confirmed: nothing that happened after the backup is unknown".to_owned()
        }
        (false, ..) => "confirmed; what happened after the backup is not known: keys that were destroyed or revoked then have to be again".to_owned(),
    });
    Ok(0)
}

pub(super) fn check(args: &Check, ring: &Ring<'_>, guard: &Guard, report: &Report) -> Result<u8> {
    let reason: Option<Reason> = args.reason.as_deref().map(str::parse).transpose()?;
    let without;
    let open = match (&args.new_witness, &reason) {
        (Some(path), Some(reason)) => {
            let path = absolute(path)?;
            without = Keyring::open_without_witness(
                open_store(ring.path()?)?,
                &ring.unlock()?,
                actor()?,
            )?;
            without.new_witness(&path, reason, guard)?;
            &without
        }
        _ => ring.get()?,
    };
    if let (true, Some(reason)) = (args.accept_clock, &reason) {
        open.accept_clock(reason, guard)?;
    }
    let findings = during(report, "checking every record", || open.check())?;
    let status = u8::from(!findings.is_empty());
    if report.is_json() {
        report.json(json!({
            "sound": findings.is_empty(),
            "keyring": open.id(),
            "findings": findings,
        }))?;
        return Ok(status);
    }
    let mut text = match findings.len() {
        0 => format!("sound: keyring {}\n", open.id()),
        count => format!("NOT SOUND: {count} findings in keyring {}\n", open.id()),
    };
    for finding in &findings {
        text.push_str(&one_line(&format!("  {finding}")));
        text.push('\n');
    }
    report.result(&text)?;
    Ok(status)
}
