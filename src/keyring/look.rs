//! What there is: lists, and what will be due.

use std::collections::BTreeMap;

use super::Keyring;
use super::commit::Look;
use super::name::KeyName;
use super::record::{Key, Record, Version};
use super::state::State;
use super::store::Space;
use crate::algorithm::Context;
use crate::error::{Code, Error, Result};
use crate::policy::{Guard, Use};
use crate::time::Time;

/// A key and its versions.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The key.
    pub key: Key,
    /// Its versions, from 1 on.
    pub versions: Vec<Version>,
}

impl KeyInfo {
    /// The version that signs, or is encrypted to.
    pub fn current(&self) -> Option<&Version> {
        self.versions
            .iter()
            .find(|version| version.version == self.key.current)
    }
}

/// A key that needs a successor.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The key.
    pub key: Key,
    /// Its current version.
    pub version: Version,
    /// Why.
    pub reason: String,
    /// By when, if it is not now.
    pub by: Option<Time>,
}

impl Keyring {
    /// Every key, in the order of the names.
    ///
    /// # Errors
    /// [`Code::Integrity`], [`Code::Storage`].
    pub fn keys(&self) -> Result<Vec<KeyInfo>> {
        self.inner.view(|view| {
            let whole = view.index.whole(view.rows)?;
            let mut keys: BTreeMap<KeyName, KeyInfo> = BTreeMap::new();
            let key = |body: Vec<u8>| Key::decode(&body);
            whole.visit_as(view.rows, Space::Key, key, &mut |_, key| {
                let versions = Vec::new();
                keys.insert(key.name.clone(), KeyInfo { key, versions });
                Ok(())
            })?;
            let version = |body: Vec<u8>| Version::decode(&body);
            whole.visit_as(view.rows, Space::Version, version, &mut |_, version| {
                let known = keys.get_mut(&version.key).ok_or_else(|| {
                    Error::new(Code::Integrity, "version of a key that is not there")
                        .got(version.key.as_str())
                })?;
                known.versions.push(version);
                Ok(())
            })?;
            Ok(keys.into_values().collect())
        })
    }

    /// A key and its versions.
    ///
    /// # Errors
    /// [`Code::UnknownKey`], [`Code::Integrity`], [`Code::Storage`].
    pub fn key(&self, name: &KeyName) -> Result<KeyInfo> {
        self.inner.view(|view| {
            let key = view.key(name)?;
            let versions = (1..=key.versions)
                .map(|number| view.version(name, number))
                .collect::<Result<_>>()?;
            Ok(KeyInfo { key, versions })
        })
    }

    /// Our own keys whose current version needs a successor by `horizon`.
    ///
    /// # Errors
    /// As [`keys`](Self::keys).
    pub fn due(&self, horizon: Time, guard: &Guard) -> Result<Vec<Due>> {
        let now = guard.now()?;
        let later = guard.clone().at(horizon);
        let mut due = Vec::new();
        for info in self.keys()? {
            let Some(version) = info.current().filter(|_| !info.key.peer) else {
                continue;
            };
            if let Some((reason, by)) = why_due(version, &info, now, horizon, &later)? {
                due.push(Due {
                    version: version.clone(),
                    key: info.key,
                    reason,
                    by,
                });
            }
        }
        Ok(due)
    }

    /// Whether the keyring comes from a backup that nobody has confirmed: since when.
    ///
    /// # Errors
    /// [`Code::Integrity`], [`Code::Storage`].
    pub fn unconfirmed(&self) -> Result<Option<Time>> {
        self.inner
            .view(|view| Ok(view.head.restored.as_ref().map(|restored| restored.time)))
    }
}

fn why_due(
    version: &Version,
    info: &KeyInfo,
    now: Time,
    horizon: Time,
    later: &Guard,
) -> Result<Option<(String, Option<Time>)>> {
    match version.state {
        State::Active => {}
        // Somebody has decided that it is not its time yet.
        State::PreActive => return Ok(None),
        state => return Ok(Some((format!("it is {state}"), None))),
    }
    if let Some(until) = version.limits.sign_until
        && until <= horizon
    {
        let by = (until > now).then_some(until);
        return Ok(Some((format!("its window ends on {until}"), by)));
    }
    if let Some(most) = version.limits.max_uses
        && u128::from(version.uses) * 10 >= u128::from(most) * 9
    {
        let reason = format!("{} of {most} uses are used up", version.uses);
        return Ok(Some((reason, None)));
    }
    let purpose = match info.key.purpose.choice() {
        Use::Sign => Use::Sign,
        _ => Use::Receive,
    };
    let refused = later.refusal(version.algorithm, purpose, &Context::empty())?;
    Ok(refused.map(|refusal| {
        (
            format!("by {horizon} the policy refuses it: {}", refusal.sentence),
            Some(horizon),
        )
    }))
}
