//! Standing by a restored keyring: what happened after the backup is taken over from what tells of it.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::audit::{Action, Entry, leaf_hash, verify_export};
use super::backup::damaged;
use super::commit::{Batch, Look};
use super::name::{Actor, KeyName, Labels};
use super::operate::seen_key;
use super::record::{
    Compromise, Head, Key, Limits, Purpose, Record, Restored, Seen, Transition, V1, Version,
};
use super::state::State;
use super::store::Space;
use super::{Keyring, audit_public};
use crate::algorithm::Algorithm;
use crate::error::{Code, Error, Result};
use crate::policy::Guard;
use crate::time::Time;

/// What a confirmation has done.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmation {
    /// Whether the remaining uses of versions stay: a witness has seen nothing later than what is known, or
    /// there is none and an export was given.
    pub complete: bool,
    /// Whether it was a witness who said that nothing later is unknown.
    pub witnessed: bool,
    /// The time of the last entry of the export.
    pub until: Option<Time>,
    /// What was taken over from the export, in words.
    pub taken: Vec<String>,
    /// What happened after the backup and somebody has to do again, in words.
    pub again: Vec<String>,
    /// The versions whose remaining uses were used up.
    pub burnt: Vec<String>,
}

/// What an export tells of the time after a backup.
#[derive(Default)]
struct Later {
    /// Each with the latest time until then: it is no older than any before it, whatever the clock said.
    entries: Vec<(Entry, Time)>,
    /// How many entries there are in all.
    end: u64,
    until: Option<Time>,
}

impl Keyring {
    /// Stands by a restored keyring: its versions sign again.
    ///
    /// `later` is an export of the audit log of the keyring that was lost: what it says to have happened after the
    /// backup is taken over. If nothing says that this is all, versions with a limited number of uses have none left.
    ///
    /// # Errors
    /// [`Code::State`] for a keyring that is not waiting for it; [`Code::Integrity`] for an export that is not
    /// sound or is of another keyring, or of another past; [`Code::Storage`] also if everything is done, but bytes of
    /// keys that are destroyed now may still be in the files: destroying one of them again clears them.
    pub fn confirm_restore(
        &self,
        later: Option<&mut dyn BufRead>,
        guard: &Guard,
    ) -> Result<Confirmation> {
        let now = guard.now()?;
        let head = self.inner.view(|view| Ok(view.head.clone()))?;
        let restored = head.restored.clone().ok_or_else(not_waiting)?;
        let exported = later.is_some();
        let later = match later {
            Some(file) => self.later(file, &head, &restored)?,
            None => Later {
                end: restored.entries,
                ..Later::default()
            },
        };
        let known = restored.witnessed.filter(|witnessed| !witnessed.fresh);
        let complete = match &known {
            Some(known) => later.end >= known.entries,
            None => exported,
        };
        let witnessed = complete && known.is_some();
        let epoch = restored.witnessed.map_or(0, |witnessed| witnessed.epoch);
        let actor = self.inner.actor.clone();
        let done = self.inner.commit(move |batch| {
            let waiting = batch.head.restored.take().ok_or_else(not_waiting)?;
            let mut taking = Taking {
                actor: actor.clone(),
                now,
                done: Confirmation {
                    complete,
                    witnessed,
                    until: later.until,
                    ..Confirmation::default()
                },
                counted: BTreeMap::new(),
                destroyed: false,
            };
            for (entry, latest) in &later.entries {
                taking.take_over(batch, entry, *latest)?;
            }
            taking.note_counts(batch)?;
            if !complete {
                taking.burn(batch)?;
            }
            batch.head.epoch = batch.head.epoch.max(epoch);
            let entry = batch.entry(Action::RestoreConfirm, now).detail(format!(
                "backup of {}; {}",
                waiting.time,
                taking.done.summary()
            ));
            batch.record(entry);
            Ok((taking.done, taking.destroyed))
        })?;
        let (done, destroyed) = done;
        if destroyed {
            self.inner.store.erase().map_err(|error| {
                Error::new(
                    Code::Storage,
                    "confirmed, but sealed bytes of versions that are destroyed may still be in the files",
                )
                .expected("chop key destroy of one of them once more")
                .got(error.to_string())
            })?;
        }
        Ok(done)
    }

    /// What an export says that comes after the backup from which the keyring was restored.
    fn later(&self, file: &mut dyn BufRead, head: &Head, restored: &Restored) -> Result<Later> {
        let (key, last) = self.inner.view(|view| {
            let last = match restored.entries.checked_sub(1) {
                Some(last) => view.rows.get(Space::Audit, &last.to_be_bytes())?,
                None => None,
            };
            Ok((audit_public(view)?, last))
        })?;
        let mut later = Later::default();
        let mut same_past = restored.entries == 0;
        let mut latest = head.created;
        let report = verify_export(file, &key, &[], &mut |line, entry| {
            if entry.seq + 1 == restored.entries {
                same_past = last.as_deref().map(leaf_hash) == Some(leaf_hash(line));
            }
            latest = latest.max(entry.time);
            if entry.seq >= restored.entries {
                later.entries.push((entry.clone(), latest));
            }
            later.until = Some(entry.time);
        })?;
        if let Some(finding) = report.findings.first() {
            return Err(Error::new(Code::Integrity, "export of the audit log")
                .expected("one without findings; chop audit verify shows all")
                .got(finding.what.clone()));
        }
        if report.keyring != head.keyring.to_string() || !same_past {
            return Err(Error::new(Code::Integrity, "export of the audit log")
                .expected("one of this keyring, that goes on where the backup ends")
                .got("another"));
        }
        later.end = report.entries;
        Ok(later)
    }
}

fn not_waiting() -> Error {
    Error::new(Code::State, "keyring").expected("one that was restored and not confirmed")
}

impl Confirmation {
    fn summary(&self) -> String {
        format!(
            "{}, {} changes taken over, {} versions without uses left",
            match (self.complete, self.witnessed, self.until) {
                (true, false, Some(until)) => format!("known until {until}"),
                (true, ..) => "nothing later is unknown".to_owned(),
                (false, ..) => "what happened later is not known".to_owned(),
            },
            self.taken.len(),
            self.burnt.len()
        )
    }
}

/// What a confirmation is doing.
struct Taking {
    actor: Actor,
    now: Time,
    done: Confirmation,
    /// The versions whose counts went on, and how often each was used.
    counted: BTreeMap<(KeyName, u32), u64>,
    destroyed: bool,
}

impl Taking {
    /// Does to a restored keyring what an entry of the lost one says.
    fn take_over(&mut self, batch: &mut Batch<'_>, entry: &Entry, latest: Time) -> Result<()> {
        let (Some(name), Some(number)) = (&entry.key, entry.version) else {
            if matches!(entry.action, Action::UnlockerAdd | Action::UnlockerRemove) {
                let which = entry.detail.as_deref().unwrap_or("an unlocker");
                self.done.again.push(format!("{} of {which}", entry.action));
            }
            return Ok(());
        };
        let known = batch
            .key_if_any(name)?
            .is_some_and(|key| number <= key.versions);
        let mut version = match (known, entry.action) {
            (true, _) => batch.version(name, number)?,
            (
                false,
                Action::KeyNew | Action::KeyImport | Action::Rotate | Action::RestoreVersion,
            ) => self.tombstone(batch, entry, name, number)?,
            // A counterparty's key can be taken in again, and so its name is not taken by what is lost.
            (false, action) => {
                if action != Action::Seen {
                    self.done
                        .again
                        .push(format!("{action} of {name} version {number}"));
                }
                return Ok(());
            }
        };
        if entry.digest.is_some() {
            prove(batch, &version, entry, latest)?;
        }
        if let Some(count) = entry.count.filter(|count| *count > version.uses) {
            version.uses = count;
            self.counted.insert((name.clone(), number), count);
        }
        if let Some(since) = entry.since {
            version.compromised = Some(Compromise {
                since,
                recorded: entry.time,
                actor: entry.actor.clone(),
                reason: match &entry.reason {
                    Some(reason) => reason.clone(),
                    None => "no reason on record".parse()?,
                },
            });
        }
        version.exported |= entry.action == Action::KeyExport;
        let reached = entry.state.filter(|state| *state != version.state);
        // Nothing comes back to life: what is destroyed stays so, whatever else an export says.
        if let Some(state) = reached.filter(|_| version.state != State::Destroyed) {
            version.step(state, entry.time, &entry.actor, entry.reason.as_ref());
        }
        if version.state == State::Destroyed {
            batch.delete(Space::Secret, &version.record_key());
            self.destroyed = true;
        }
        batch.put_version(&version)?;
        if entry.state == Some(State::Active) {
            let mut key = batch.key(name)?;
            if key.current < number {
                key.current = number;
                batch.put_key(&key)?;
            }
        }
        if entry.state.is_some() || entry.action == Action::KeyExport {
            let mut note = self
                .note(batch, &version)
                .reason(entry.reason.as_ref())
                .detail(format!(
                    "{} of {} by {}",
                    entry.action, entry.time, entry.actor
                ));
            if let Some(since) = entry.since {
                note = note.since(since);
            }
            batch.record(note);
            let words = format!("{} {name} version {number}", entry.action);
            self.done.taken.push(words);
        }
        Ok(())
    }

    fn note(&self, batch: &Batch<'_>, version: &Version) -> Entry {
        batch
            .entry(Action::RestoreVersion, self.now)
            .key(&version.key, version.version)
            .material(version.algorithm.name(), version.fingerprint)
            .state(version.state)
    }

    fn note_counts(&mut self, batch: &mut Batch<'_>) -> Result<()> {
        for ((name, number), count) in std::mem::take(&mut self.counted) {
            let version = batch.version(&name, number)?;
            let note = self
                .note(batch, &version)
                .count(count)
                .detail("uses after the backup".to_owned());
            batch.record(note);
            self.done
                .taken
                .push(format!("{count} uses of {name} version {number}"));
        }
        Ok(())
    }

    /// A version that the backup does not have: its private key is lost, its number stays taken.
    fn tombstone(
        &self,
        batch: &mut Batch<'_>,
        entry: &Entry,
        name: &KeyName,
        number: u32,
    ) -> Result<Version> {
        let lacking = || damaged("an export that does not say what a key was");
        let algorithm = Algorithm::from_name(entry.algorithm.as_deref().ok_or_else(lacking)?)?;
        let key = match batch.key_if_any(name)? {
            Some(mut key) if number == key.versions + 1 => {
                key.versions = number;
                key
            }
            None if number == 1 => Key {
                v: V1,
                name: name.clone(),
                purpose: Purpose::of(algorithm.info().kind),
                peer: false,
                labels: Labels::default(),
                current: 1,
                versions: 1,
                created: entry.time,
                creator: entry.actor.clone(),
            },
            _ => return Err(damaged("an export whose versions do not follow each other")),
        };
        batch.put_key(&key)?;
        let version = Version {
            v: V1,
            key: name.clone(),
            version: number,
            algorithm,
            fingerprint: entry.fingerprint.ok_or_else(lacking)?,
            state: State::Destroyed,
            created: entry.time,
            creator: entry.actor.clone(),
            limits: Limits {
                not_before: entry.time,
                sign_until: None,
                verify_until: None,
                max_uses: None,
                contexts: Vec::new(),
            },
            uses: 0,
            exported: false,
            compromised: None,
            history: [Transition {
                time: self.now,
                actor: self.actor.clone(),
                from: None,
                to: State::Destroyed,
                reason: Some("lost with the keyring that was not backed up".parse()?),
            }]
            .into(),
        };
        Ok(version)
    }

    /// Uses up what is left of every limited number of uses: nobody knows what was left.
    fn burn(&mut self, batch: &mut Batch<'_>) -> Result<()> {
        let mut limited = Vec::new();
        batch.each_version(&mut |version| {
            if version
                .limits
                .max_uses
                .is_some_and(|most| version.uses < most)
            {
                limited.push(version);
            }
        })?;
        for mut version in limited {
            let Some(most) = version.limits.max_uses else {
                continue;
            };
            version.uses = most;
            batch.put_version(&version)?;
            let note = self
                .note(batch, &version)
                .count(most)
                .detail("remaining uses used up, because nobody knows them".to_owned());
            batch.record(note);
            self.done
                .burnt
                .push(format!("{} version {}", version.key, version.version));
        }
        Ok(())
    }
}

/// Keeps the proof of when something was signed, or a counterparty's signature was seen: the log of the restored
/// keyring does not have it.
fn prove(batch: &mut Batch<'_>, version: &Version, entry: &Entry, time: Time) -> Result<()> {
    let (Some(format), Some(digest)) = (&entry.format, &entry.digest) else {
        return Ok(());
    };
    let place = seen_key(version, format, &digest.0, &entry.context_bytes());
    if batch.body(Space::Seen, &place)?.is_none() {
        let seen = Seen {
            v: V1,
            key: version.key.clone(),
            version: version.version,
            time,
        };
        batch.put(Space::Seen, &place, seen.encode()?);
    }
    Ok(())
}
