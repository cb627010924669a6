//! The check of a whole keyring: everything that should agree.

use std::collections::{BTreeMap, BTreeSet};

use super::Keyring;
use super::commit::{HEAD, Look, View};
use super::name::KeyName;
use super::record::{AUDIT_KEY, Key, Record, Version, readable};
use super::state::State;
use super::store::Space;
use super::{SECRET, audit_identity, audit_public};
use crate::error::{Code, Error, Result};
use crate::key::{Fingerprint, PublicKey};
use crate::symmetric;

impl Keyring {
    /// Everything that is wrong with the keyring, each thing with the name of its record; empty if it is sound.
    ///
    /// # Errors
    /// [`Code::Storage`], also for what a second look does not find; [`Code::Integrity`] if the keyring cannot be read
    /// at all.
    pub fn check(&self) -> Result<Vec<String>> {
        let first = self.look_through()?;
        if first.is_empty() {
            return Ok(first);
        }
        // A read that fails looks to SQLite like a damaged page; nobody is to be told that a keyring is not sound for that.
        let second = self.look_through()?;
        match second.is_empty() {
            false => Ok(second),
            true => Err(Error::new(
                Code::Storage,
                "the keyring was read in two ways, and is sound in the second",
            )
            .expected("a disk that gives the same each time")
            .got(first.join("; "))
            .at(self.inner.store.place())),
        }
    }

    fn look_through(&self) -> Result<Vec<String>> {
        let mut findings = Vec::new();
        match self.inner.store.check() {
            Err(error) if error.code() == Code::Integrity => findings.push(error.to_string()),
            other => other?,
        }
        self.inner.view(|view| {
            let damaged = view.index.check(view.rows)?;
            findings.extend(damaged.iter().map(ToString::to_string));
            // The one record that no other vouches for stands alone.
            view.rows.scan(Space::Head, b"", &mut |key, _| {
                if key != HEAD {
                    findings.push(format!(
                        "head record {}: it was put there by somebody else",
                        readable(key)
                    ));
                }
                Ok(true)
            })
        })?;
        let log = self.verify_audit(&[])?;
        findings.extend(
            log.findings
                .iter()
                .map(|finding| format!("audit log: {}", finding.what)),
        );
        // What the records say to each other is worth a look only if they are ours.
        if findings.is_empty() {
            self.inner.view(|view| self.agree(view, &mut findings))?;
        }
        Ok(findings)
    }

    /// Whether keys, versions, their halves and the log agree.
    fn agree(&self, view: &View<'_>, findings: &mut Vec<String>) -> Result<()> {
        let mut counted: BTreeMap<(KeyName, u32), u64> = BTreeMap::new();
        super::log::visit(view, &mut |entry| {
            if let (Some(key), Some(version), Some(count)) =
                (&entry.key, entry.version, entry.count)
            {
                counted.insert((key.clone(), version), count);
            }
            Ok(())
        })?;
        let whole = view.index.whole(view.rows)?;
        let mut keys: BTreeMap<KeyName, Key> = BTreeMap::new();
        whole.visit(view.rows, Space::Key, &mut |place, body| {
            let key = Key::decode(&body)?;
            if key.name.as_str().as_bytes() != place {
                findings.push(format!(
                    "key record {} is about {}",
                    readable(place),
                    key.name
                ));
            }
            keys.insert(key.name.clone(), key);
            Ok(())
        })?;
        let mut versions: BTreeMap<Vec<u8>, Version> = BTreeMap::new();
        whole.visit(view.rows, Space::Version, &mut |place, body| {
            let version = Version::decode(&body)?;
            let called = readable(place);
            if version.record_key() != place {
                findings.push(format!("version record {called} is about another"));
            }
            if keys
                .get(&version.key)
                .is_none_or(|key| version.version > key.versions)
            {
                findings.push(format!("{called} belongs to no key"));
            }
            let counted = counted
                .get(&(version.key.clone(), version.version))
                .copied();
            if version.uses != counted.unwrap_or_default() {
                findings.push(format!(
                    "{called} has been used {} times, and the audit log says {}",
                    version.uses,
                    counted.unwrap_or_default()
                ));
            }
            versions.insert(place.to_vec(), version);
            Ok(())
        })?;
        for key in keys.values() {
            let there = versions
                .values()
                .filter(|version| version.key == key.name)
                .count();
            if there as u64 != u64::from(key.versions) {
                findings.push(format!(
                    "{} has {there} versions, and its record says {}",
                    key.name, key.versions
                ));
            }
        }
        let mut public = BTreeSet::new();
        whole.visit(view.rows, Space::Public, &mut |place, body| {
            let expected = match versions.get(place) {
                Some(version) => version.fingerprint.0,
                None if place == AUDIT_KEY => *PublicKey::Verifying(audit_public(view)?)
                    .fingerprint()
                    .as_bytes(),
                None => {
                    findings.push(format!(
                        "public key {} belongs to no version",
                        readable(place)
                    ));
                    return Ok(());
                }
            };
            if *Fingerprint::of_spki(&body).as_bytes() != expected {
                findings.push(format!("public key {} is another", readable(place)));
            }
            public.insert(place.to_vec());
            Ok(())
        })?;
        let mut sealed = BTreeSet::new();
        whole.visit(view.rows, Space::Secret, &mut |place, body| {
            let identity = match versions.get(place) {
                Some(version) => version.identity(&self.inner.keyring),
                None if place == AUDIT_KEY => audit_identity(
                    &self.inner.keyring,
                    &PublicKey::Verifying(audit_public(view)?),
                ),
                None => {
                    findings.push(format!(
                        "private key {} belongs to no version",
                        readable(place)
                    ));
                    return Ok(());
                }
            };
            let root = self.inner.secrets.root.expose();
            if symmetric::open(root, SECRET, &identity, &body).is_err() {
                findings.push(format!("private key {} does not open", readable(place)));
            }
            sealed.insert(place.to_vec());
            Ok(())
        })?;
        for (place, version) in &versions {
            let destroyed = version.state == State::Destroyed;
            let peer = keys.get(&version.key).is_some_and(|key| key.peer);
            // Of what a restored keyring knows from an audit log alone there is no public key.
            if !public.contains(place) && !destroyed {
                findings.push(format!("{} has no public key", readable(place)));
            }
            if sealed.contains(place) == (destroyed || peer) {
                findings.push(match destroyed {
                    true => format!("{} is destroyed and has a private key", readable(place)),
                    false if peer => format!(
                        "{} is a counterparty's and has a private key",
                        readable(place)
                    ),
                    false => format!("{} has no private key", readable(place)),
                });
            }
        }
        if view.body(Space::Secret, AUDIT_KEY)?.is_none() {
            findings.push("there is no audit key".to_owned());
        }
        Ok(())
    }
}
