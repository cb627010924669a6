//! `chop unlocker`.

use chop::keyring::store::SqliteStore;
use chop::keyring::{Keyring, Unlock};
use chop::{Code, Guard, Result};
use serde_json::json;

use super::init::NewFile;
use crate::args::UnlockerCommand;
use crate::keyring::{Ring, actor};
use crate::report::{Report, one_line};

pub(super) fn run(
    command: &UnlockerCommand,
    ring: &Ring<'_>,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    match command {
        UnlockerCommand::Add {
            label,
            new_unlock_file,
        } => {
            let fresh = new_unlock_file.as_deref().map(NewFile::new).transpose()?;
            let open = ring.get()?;
            let unlock = match &fresh {
                Some(fresh) => fresh.unlock()?,
                None => ring.new_passphrase()?,
            };
            if let Some(fresh) = &fresh {
                fresh.write(report)?;
            }
            let added = open.add_unlocker(label, &unlock, guard).inspect_err(|_| {
                if let Some(fresh) = fresh.as_ref().filter(|_| opens_nothing(ring, &unlock)) {
                    fresh.take_back();
                }
            })?;
            if report.is_json() {
                report.json(json!({ "number": added.number, "kind": added.kind.name(), "label": added.label }))?;
            }
            report.say(&format!(
                "unlocker {}: {} {}",
                added.number,
                added.kind.name(),
                added.label
            ));
        }
        UnlockerCommand::List => {
            let all = ring.get()?.unlockers()?;
            if report.is_json() {
                let all: Vec<_> = all
                    .iter()
                    .map(|one| {
                        json!({
                            "number": one.number,
                            "kind": one.kind.name(),
                            "label": one.label,
                            "created": one.created.to_string(),
                        })
                    })
                    .collect();
                report.json(json!({ "unlockers": all }))?;
                return Ok(0);
            }
            let mut text = format!("{:>6}  {:<10}  {:<20}  LABEL\n", "NUMBER", "KIND", "SINCE");
            for one in &all {
                let line = format!(
                    "{:>6}  {:<10}  {:<20}  {}",
                    one.number,
                    one.kind.name(),
                    one.created,
                    one.label
                );
                text.push_str(one_line(&line).trim_end());
                text.push('\n');
            }
            report.result(&text)?;
        }
        UnlockerCommand::Remove { number } => {
            ring.get()?.remove_unlocker(*number, guard)?;
            if report.is_json() {
                report.json(json!({ "removed": number }))?;
            }
            report.say(&format!(
                "unlocker {number} is gone; copies and backups still open with it"
            ));
        }
    }
    Ok(0)
}

/// Whether it is certain that the keyring does not open with this: a commit that was reported as failed may be on
/// the disk all the same, and then its file is needed.
fn opens_nothing(ring: &Ring<'_>, unlock: &Unlock) -> bool {
    let opened = || {
        let store = SqliteStore::open(ring.path()?)?;
        Keyring::open_without_witness(Box::new(store), unlock, actor()?)
    };
    opened().is_err_and(|error| error.code() == Code::Passphrase)
}
