//! What happens to versions: they are activated, suspended, deactivated, compromised and destroyed.

use super::audit::Action;
use super::commit::{Batch, Look};
use super::name::{Actor, KeyName, Reason};
use super::record::{Compromise, Key, Version};
use super::state::{Change, State};
use super::store::Space;
use super::{Keyring, no_such_state};
use crate::error::{Code, Error, Result};
use crate::policy::Guard;
use crate::time::Time;

impl Keyring {
    /// Activates, suspends, resumes or deactivates a version; the current one unless another is named. Activating
    /// a later version makes it the current one and deactivates the one before.
    ///
    /// # Errors
    /// [`Code::State`] if the version's state does not allow it, saying what it does allow; [`Code::Usage`] for
    /// a compromise and a destruction, which have calls of their own; [`Code::UnknownKey`].
    pub fn change(
        &self,
        name: &KeyName,
        number: Option<u32>,
        change: Change,
        reason: Option<&Reason>,
        guard: &Guard,
    ) -> Result<Version> {
        let action = match change {
            Change::Activate => Action::Activate,
            Change::Suspend => Action::Suspend,
            Change::Resume => Action::Resume,
            Change::Deactivate => Action::Deactivate,
            Change::Compromise | Change::Destroy => {
                return Err(Error::usage("change of a key")
                    .expected("one that needs neither a time nor an end of the private key")
                    .got(change.name()));
            }
        };
        let now = guard.now()?;
        let (name, reason) = (name.clone(), reason.cloned());
        let actor = self.inner.actor.clone();
        self.inner.commit(move |batch| {
            let (mut key, mut version) = batch.key_and_version(&name, number)?;
            let after = step(&version, change)?;
            version.step(after, now, &actor, reason.as_ref());
            batch.put_version(&version)?;
            let entry = batch
                .entry(action, now)
                .key(&name, version.version)
                .state(after)
                .reason(reason.as_ref());
            batch.record(entry);
            if change == Change::Activate && version.version > key.current {
                let replaced = std::mem::replace(&mut key.current, version.version);
                batch.put_key(&key)?;
                retire(batch, &key, replaced, &actor, now, reason.as_ref())?;
            }
            Ok(version)
        })
    }

    /// Trusts a version no more since some time, whatever its state is. The time may be moved back later, never
    /// forward.
    ///
    /// # Errors
    /// [`Code::Usage`] for a time to come or one that is not earlier than the recorded one;
    /// [`Code::UnknownKey`].
    pub fn compromise(
        &self,
        name: &KeyName,
        number: Option<u32>,
        since: Time,
        reason: &Reason,
        guard: &Guard,
    ) -> Result<Version> {
        let now = guard.now()?;
        if since > now {
            return Err(Error::usage("time of a compromise")
                .expected(format!("one that has come, {now} or earlier"))
                .got(since.to_string()));
        }
        let (name, reason) = (name.clone(), reason.clone());
        let actor = self.inner.actor.clone();
        self.inner.commit(move |batch| {
            let (_, mut version) = batch.key_and_version(&name, number)?;
            let after = step(&version, Change::Compromise)?;
            if let Some(known) = &version.compromised
                && since >= known.since
            {
                return Err(Error::usage("time of a compromise")
                    .expected(format!("one before {}, which is recorded", known.since))
                    .got(since.to_string()));
            }
            version.compromised = Some(Compromise {
                since,
                recorded: now,
                actor: actor.clone(),
                reason: reason.clone(),
            });
            version.step(after, now, &actor, Some(&reason));
            batch.put_version(&version)?;
            let entry = batch
                .entry(Action::Compromise, now)
                .key(&name, version.version)
                .state(after)
                .reason(Some(&reason))
                .since(since);
            batch.record(entry);
            Ok(version)
        })
    }

    /// Destroys the private key of a version, and sees to it that the files of the keyring hold nothing of it any
    /// more. Public key and history stay.
    ///
    /// # Errors
    /// [`Code::State`] if the version's state does not allow it; [`Code::Storage`] if the version is
    /// destroyed, but bytes of it may still be in the files: then it can be asked for again.
    pub fn destroy(
        &self,
        name: &KeyName,
        number: u32,
        reason: &Reason,
        guard: &Guard,
    ) -> Result<Version> {
        let now = guard.now()?;
        let (wanted, reason) = (name.clone(), reason.clone());
        let actor = self.inner.actor.clone();
        let destroyed = self.inner.commit(move |batch| {
            let (_, mut version) = batch.key_and_version(&wanted, Some(number))?;
            let after = step(&version, Change::Destroy)?;
            version.step(after, now, &actor, Some(&reason));
            batch.put_version(&version)?;
            batch.delete(Space::Secret, &version.record_key());
            let entry = batch
                .entry(Action::Destroy, now)
                .key(&wanted, number)
                .material(version.algorithm.name(), version.fingerprint)
                .state(after)
                .reason(Some(&reason));
            batch.record(entry);
            Ok(version)
        });
        match destroyed {
            Ok(version) => {
                self.erase(name, number)?;
                Ok(version)
            }
            Err(error) => {
                // An earlier attempt may have got as far as the record, and no further.
                let state = self.inner.view(|view| view.version(name, number));
                if state.is_ok_and(|version| version.state == State::Destroyed) {
                    self.erase(name, number)?;
                    return Err(Error::new(
                        Code::State,
                        format!("{name} version {number} is destroyed already"),
                    )
                    .got("nothing of its private key in the files of the keyring"));
                }
                Err(error)
            }
        }
    }

    fn erase(&self, name: &KeyName, number: u32) -> Result<()> {
        self.inner.store.erase().map_err(|error| {
            Error::new(
                Code::Storage,
                format!("{name} version {number} is destroyed, but its sealed bytes may still be in the files"),
            )
            .expected("chop key destroy once more")
            .got(error.to_string())
        })
    }
}

/// Deactivates the version that was the current one of a key before another took its place.
pub(super) fn retire(
    batch: &mut Batch<'_>,
    key: &Key,
    replaced: u32,
    actor: &Actor,
    now: Time,
    reason: Option<&Reason>,
) -> Result<()> {
    let mut old = batch.version(&key.name, replaced)?;
    let Some(after) = old.state.after(Change::Deactivate) else {
        return Ok(());
    };
    old.step(after, now, actor, reason);
    batch.put_version(&old)?;
    let entry = batch
        .entry(Action::Deactivate, now)
        .key(&key.name, replaced)
        .state(after)
        .reason(reason)
        .detail(format!("version {} takes its place", key.current));
    batch.record(entry);
    Ok(())
}

/// The state after a change, or why it is not possible.
fn step(version: &Version, change: Change) -> Result<State> {
    version
        .state
        .after(change)
        .ok_or_else(|| no_such_state(version, change))
}
