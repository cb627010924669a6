//! What happens to keys: they are made, taken over, rotated, suspended, compromised and destroyed.

use std::collections::VecDeque;

use super::audit::Action;
use super::commit::{Batch, Inner, Look};
use super::name::{Actor, KeyName, Labels, Reason};
use super::record::{Compromise, Hex, Key, Limits, MAX_VERSIONS, Purpose, Transition, V1, Version};
use super::state::{Change, Operation, State};
use super::store::Space;
use super::{Keyring, SECRET, no_such_state, no_such_use};
use crate::algorithm::{Algorithm, Context, Form};
use crate::encoding;
use crate::error::{Code, Error, Result};
use crate::key::{PrivateKey, PublicKey};
use crate::policy::{Guard, Use};
use crate::secret::SecretBytes;
use crate::symmetric;
use crate::time::Time;

/// How a new version may be used. The default: from now on, without an end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The first moment at which it may be used; `None` for now.
    pub not_before: Option<Time>,
    /// The first moment at which it signs, or is encrypted to, no more.
    pub sign_until: Option<Time>,
    /// The first moment at which it verifies, or opens, no more.
    pub verify_until: Option<Time>,
    /// How often its private key may be used.
    pub max_uses: Option<u64>,
    /// The context strings that its signatures may have; empty for all.
    pub contexts: Vec<Context>,
    /// Labels of the key; those of an existing key stay if there are none.
    pub labels: Labels,
    /// Not to be used before it is activated.
    pub pre_active: bool,
}

impl Wanted {
    fn limits(&self, now: Time) -> Result<Limits> {
        let mut contexts = self.contexts.clone();
        contexts.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
        contexts.dedup();
        let limits = Limits {
            not_before: self.not_before.unwrap_or(now),
            sign_until: self.sign_until,
            verify_until: self.verify_until,
            max_uses: self.max_uses,
            contexts,
        };
        match limits.is_sound() {
            true => Ok(limits),
            false => Err(Error::usage("windows of a key").expected(format!(
                "not-before, sign-until and verify-until in this order, and at most {} contexts",
                super::MAX_CONTEXTS
            ))),
        }
    }

    fn state(&self) -> State {
        match self.pre_active {
            true => State::PreActive,
            false => State::Active,
        }
    }
}

/// A key pair, or half of one, on its way into the keyring.
struct Material {
    algorithm: Algorithm,
    fingerprint: Hex<32>,
    public: Vec<u8>,
    /// PKCS#8; a counterparty's key has none.
    private: Option<SecretBytes>,
}

impl Material {
    fn of_private(key: &PrivateKey) -> Result<Self> {
        let form = key.forms().first().copied().unwrap_or(Form::Expanded);
        Ok(Self {
            private: Some(key.to_pkcs8_der(form)?),
            ..Self::of_public(&key.public_key())
        })
    }

    fn of_public(key: &PublicKey) -> Self {
        Self {
            algorithm: key.algorithm(),
            fingerprint: Hex(*key.fingerprint().as_bytes()),
            public: key.to_spki_der(),
            private: None,
        }
    }
}

/// A version that is to be made, with everything that takes time already done.
struct Planned {
    name: KeyName,
    number: u32,
    purpose: Purpose,
    limits: Limits,
    state: State,
    labels: Labels,
    algorithm: Algorithm,
    fingerprint: Hex<32>,
    public: Vec<u8>,
    sealed: Option<Vec<u8>>,
}

impl Planned {
    fn new(
        inner: &Inner,
        name: &KeyName,
        number: u32,
        purpose: Purpose,
        wanted: &Wanted,
        now: Time,
        material: Material,
    ) -> Result<Self> {
        let identity = super::record::identity(
            &inner.keyring,
            name.as_str(),
            number,
            material.algorithm,
            &material.fingerprint,
        );
        let seal = |private: SecretBytes| {
            let root = inner.secrets.root.expose();
            symmetric::seal(root, SECRET, &identity, private.expose())
        };
        Ok(Self {
            name: name.clone(),
            number,
            purpose,
            limits: wanted.limits(now)?,
            state: wanted.state(),
            labels: wanted.labels.clone(),
            algorithm: material.algorithm,
            fingerprint: material.fingerprint,
            public: material.public,
            sealed: material.private.map(seal).transpose()?,
        })
    }

    /// Writes the version.
    fn write(self, batch: &mut Batch<'_>, actor: &Actor, now: Time) -> Result<Version> {
        let version = Version {
            v: V1,
            key: self.name,
            version: self.number,
            algorithm: self.algorithm,
            fingerprint: self.fingerprint,
            state: self.state,
            created: now,
            creator: actor.clone(),
            limits: self.limits,
            uses: 0,
            exported: false,
            compromised: None,
            history: VecDeque::from([Transition {
                time: now,
                actor: actor.clone(),
                from: None,
                to: self.state,
                reason: None,
            }]),
        };
        batch.put_version(&version)?;
        let place = version.record_key();
        batch.put(Space::Public, &place, self.public);
        if let Some(sealed) = self.sealed {
            batch.put(Space::Secret, &place, sealed);
        }
        Ok(version)
    }
}

impl Keyring {
    /// Makes a key with its first version.
    ///
    /// # Errors
    /// [`Code::Exists`] for a name that is taken, [`Code::Policy`], [`Code::WrongKind`] for an algorithm
    /// that does not serve `purpose`, [`Code::Usage`] for windows that contradict each other.
    pub fn new_key(
        &self,
        name: &KeyName,
        purpose: Purpose,
        algorithm: Algorithm,
        wanted: &Wanted,
        guard: &Guard,
    ) -> Result<Version> {
        check_kind(purpose, algorithm)?;
        let now = guard.now()?;
        wanted.limits(now)?;
        // Before minutes are spent on a key that has no place.
        self.inner.view(|view| free(view, name))?;
        let key = PrivateKey::generate_under(algorithm, guard)?;
        let material = Material::of_private(&key)?;
        self.first(name, purpose, wanted, guard, material, Action::KeyNew)
    }

    /// Takes over a private key, as the first version of a key or as the next one of a key that is there.
    ///
    /// # Errors
    /// As [`new_key`](Self::new_key); [`Code::Exists`] for a version that is there already.
    pub fn import_private(
        &self,
        name: &KeyName,
        key: PrivateKey,
        wanted: &Wanted,
        guard: &Guard,
    ) -> Result<Version> {
        let key = key.import(guard)?;
        let purpose = Purpose::of(key.algorithm().info().kind);
        let material = Material::of_private(&key)?;
        self.import(name, purpose, wanted, guard, material)
    }

    /// Takes over the public key of a counterparty, as the first version of a key or as the next one of a key
    /// that is there.
    ///
    /// # Errors
    /// As [`import_private`](Self::import_private).
    pub fn import_public(
        &self,
        name: &KeyName,
        key: PublicKey,
        wanted: &Wanted,
        guard: &Guard,
    ) -> Result<Version> {
        let key = key.import(guard)?;
        let purpose = Purpose::of(key.algorithm().info().kind);
        self.import(name, purpose, wanted, guard, Material::of_public(&key))
    }

    fn import(
        &self,
        name: &KeyName,
        purpose: Purpose,
        wanted: &Wanted,
        guard: &Guard,
        material: Material,
    ) -> Result<Version> {
        let known = self.inner.view(|view| view.key_if_any(name))?;
        let Some(known) = known else {
            return self.first(name, purpose, wanted, guard, material, Action::KeyImport);
        };
        if known.purpose != purpose || known.peer != material.private.is_none() {
            let half = |peer| match peer {
                true => "a counterparty's public key",
                false => "a private key",
            };
            return Err(Error::new(Code::WrongKind, format!("import into {name}"))
                .expected(format!("{} to {}", half(known.peer), known.purpose))
                .got(format!("{} to {purpose}", half(material.private.is_none()))));
        }
        self.next(&known, wanted, guard, material, Action::KeyImport, None)
    }

    /// The next version of a key: active and current, unless it is made pre-active. The old one is deactivated:
    /// it makes nothing more, and what it made stays good. Windows have the length of those of the old
    /// version, its quota and its contexts are carried over.
    ///
    /// # Errors
    /// As [`new_key`](Self::new_key); [`Code::UnknownKey`]; [`Code::State`] if somebody else has rotated it
    /// meanwhile, [`Code::WrongKind`] for a counterparty's key.
    pub fn rotate(
        &self,
        name: &KeyName,
        algorithm: Algorithm,
        reason: Option<&Reason>,
        guard: &Guard,
    ) -> Result<Version> {
        let (key, old) = self.inner.view(|view| view.key_and_version(name, None))?;
        if key.peer {
            return Err(Error::new(Code::WrongKind, format!("key {name}"))
                .expected("one of our own; chop key import takes the next key of a counterparty")
                .got("a counterparty's"));
        }
        check_kind(key.purpose, algorithm)?;
        let now = guard.now()?;
        let wanted = successor(&old.limits, now)?;
        let made = PrivateKey::generate_under(algorithm, guard)?;
        let material = Material::of_private(&made)?;
        self.next(&key, &wanted, guard, material, Action::Rotate, reason)
    }

    fn first(
        &self,
        name: &KeyName,
        purpose: Purpose,
        wanted: &Wanted,
        guard: &Guard,
        material: Material,
        action: Action,
    ) -> Result<Version> {
        let now = guard.now()?;
        let peer = material.private.is_none();
        let planned = Planned::new(&self.inner, name, 1, purpose, wanted, now, material)?;
        let actor = self.inner.actor.clone();
        let policy = guard.policy().hash_hex();
        self.inner.commit(move |batch| {
            free(batch, &planned.name)?;
            let key = Key {
                v: V1,
                name: planned.name.clone(),
                purpose: planned.purpose,
                peer,
                labels: planned.labels.clone(),
                current: 1,
                versions: 1,
                created: now,
                creator: actor.clone(),
            };
            batch.put_key(&key)?;
            let version = planned.write(batch, &actor, now)?;
            let entry = batch
                .entry(action, now)
                .key(&version.key, version.version)
                .material(version.algorithm.name(), version.fingerprint)
                .policy(policy);
            batch.record(entry);
            Ok(version)
        })
    }

    fn next(
        &self,
        key: &Key,
        wanted: &Wanted,
        guard: &Guard,
        material: Material,
        action: Action,
        reason: Option<&Reason>,
    ) -> Result<Version> {
        let now = guard.now()?;
        let number = key.versions + 1;
        if number > MAX_VERSIONS {
            return Err(Error::new(Code::Limit, format!("versions of {}", key.name))
                .expected(format!("at most {MAX_VERSIONS}"))
                .got("one more"));
        }
        let planned = Planned::new(
            &self.inner,
            &key.name,
            number,
            key.purpose,
            wanted,
            now,
            material,
        )?;
        let (actor, seen) = (self.inner.actor.clone(), key.clone());
        let policy = guard.policy().hash_hex();
        let reason = reason.cloned();
        self.inner.commit(move |batch| {
            let mut key = batch.key(&seen.name)?;
            if (key.versions, key.current) != (seen.versions, seen.current) {
                return Err(Error::new(Code::State, format!("key {}", key.name))
                    .expected("nobody else to change its versions meanwhile")
                    .got(format!("version {} from somebody else", key.versions)));
            }
            for number in 1..=key.versions {
                let known = batch.version(&key.name, number)?;
                if known.fingerprint == planned.fingerprint {
                    return Err(
                        Error::new(Code::Exists, "key pair is in the keyring already")
                            .got(format!("{} version {number}", key.name)),
                    );
                }
            }
            key.versions = planned.number;
            let mut replaced = None;
            if planned.state == State::Active {
                replaced = retire(batch, &key, &actor, now, reason.as_ref())?;
                key.current = planned.number;
            }
            if !planned.labels.is_empty() {
                key.labels = planned.labels.clone();
            }
            batch.put_key(&key)?;
            let version = planned.write(batch, &actor, now)?;
            let entry = batch
                .entry(action, now)
                .key(&version.key, version.version)
                .material(version.algorithm.name(), version.fingerprint)
                .reason(reason.as_ref())
                .policy(policy);
            batch.record(entry.detail(replaced));
            Ok(version)
        })
    }

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
            let mut replaced = None;
            if change == Change::Activate && version.version > key.current {
                replaced = retire(batch, &key, &actor, now, reason.as_ref())?;
                key.current = version.version;
                batch.put_key(&key)?;
            }
            let entry = batch
                .entry(action, now)
                .key(&name, version.version)
                .reason(reason.as_ref());
            batch.record(entry.detail(replaced));
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
                    return Err(error.got("one whose sealed bytes are gone from the files"));
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

    /// The private key of a version, on its way out: from now on nobody counts its uses.
    ///
    /// # Errors
    /// [`Code::State`] if the version is not active, [`Code::WrongKind`] for a counterparty's key.
    pub fn export_private(
        &self,
        name: &KeyName,
        number: Option<u32>,
        reason: Option<&Reason>,
        guard: &Guard,
    ) -> Result<PrivateKey> {
        let now = guard.now()?;
        let (wanted, reason) = (name.clone(), reason.cloned());
        let version = self.inner.commit(move |batch| {
            let (key, mut version) = batch.key_and_version(&wanted, number)?;
            if key.peer {
                return Err(super::only_public(&wanted));
            }
            super::check_state(&version, Operation::Export)?;
            super::check_confirmed(&batch.head)?;
            version.exported = true;
            batch.put_version(&version)?;
            let entry = batch
                .entry(Action::KeyExport, now)
                .key(&wanted, version.version)
                .material(version.algorithm.name(), version.fingerprint)
                .reason(reason.as_ref());
            batch.record(entry);
            Ok(version)
        })?;
        self.inner.unseal(&version).map(|key| key.under(guard))
    }

    /// The public key of a version, in whatever state it is.
    ///
    /// # Errors
    /// [`Code::UnknownKey`], [`Code::Integrity`].
    pub fn public_key(&self, name: &KeyName, number: Option<u32>) -> Result<PublicKey> {
        self.inner.view(|view| {
            let (_, version) = view.key_and_version(name, number)?;
            super::public_of(view, &version)
        })
    }
}

impl Inner {
    /// The private key of a version, if the sealed record is the one that was made for it.
    pub(super) fn unseal(&self, version: &Version) -> Result<PrivateKey> {
        let sealed = self.view(|view| {
            // Another process may have destroyed it since.
            let latest = view.version(&version.key, version.version)?;
            match latest.state {
                State::Destroyed => Err(no_such_use(&latest, Operation::Export)),
                _ => view.body(Space::Secret, &latest.record_key()),
            }
        })?;
        let place = || format!("{} version {}", version.key, version.version);
        let sealed = sealed.ok_or_else(|| {
            Error::new(Code::Integrity, "sealed private key")
                .got("none")
                .at(place())
        })?;
        let root = self.secrets.root.expose();
        let der = symmetric::open(root, SECRET, &version.identity(&self.keyring), &sealed)
            .map_err(|error| error.at(place()))?;
        let nobody = &mut || Err(Error::internal("a sealed key is not encrypted again"));
        let key = encoding::read_private_key(der.expose(), nobody)?;
        // An elliptic-curve key says its curve alone; what it is for stands in the record.
        let key = match version.algorithm == key.algorithm() {
            true => key,
            false => PrivateKey::Decapsulation(key.into_decapsulation()?),
        };
        let found = key.public_key();
        let same = found.algorithm() == version.algorithm
            && found.fingerprint().as_bytes() == &version.fingerprint.0;
        match same {
            true => Ok(key),
            false => Err(Error::new(Code::Integrity, "sealed private key")
                .got("another than the one of the record")
                .at(place())),
        }
    }
}

fn free(state: &impl Look, name: &KeyName) -> Result<()> {
    match state.key_if_any(name)? {
        None => Ok(()),
        Some(_) => Err(Error::new(Code::Exists, "name is taken in the keyring")
            .expected("another name, or chop key rotate for the next version")
            .got(name.as_str())),
    }
}

fn check_kind(purpose: Purpose, algorithm: Algorithm) -> Result<()> {
    match algorithm.info().kind == purpose.kind() {
        true => Ok(()),
        false => Err(Error::new(Code::WrongKind, format!("key to {purpose}"))
            .expected(format!("an algorithm that can {purpose}"))
            .got(algorithm.name())),
    }
}

/// Deactivates the current version of a key, because another takes its place; says so for the record.
fn retire(
    batch: &mut Batch<'_>,
    key: &Key,
    actor: &Actor,
    now: Time,
    reason: Option<&Reason>,
) -> Result<Option<String>> {
    let mut old = batch.version(&key.name, key.current)?;
    let Some(after) = old.state.after(Change::Deactivate) else {
        return Ok(None);
    };
    old.step(after, now, actor, reason);
    batch.put_version(&old)?;
    Ok(Some(format!("version {} deactivated", old.version)))
}

/// The state after a change, or why it is not possible.
fn step(version: &Version, change: Change) -> Result<State> {
    version
        .state
        .after(change)
        .ok_or_else(|| no_such_state(version, change))
}

/// Windows as long as those of `old`, from now on.
fn successor(old: &Limits, now: Time) -> Result<Wanted> {
    let shifted = |until: Option<Time>| {
        until
            .map(|until| {
                let length = until.unix_seconds() - old.not_before.unix_seconds();
                Time::from_unix_seconds(now.unix_seconds() + length)
            })
            .transpose()
    };
    Ok(Wanted {
        sign_until: shifted(old.sign_until)?,
        verify_until: shifted(old.verify_until)?,
        max_uses: old.max_uses,
        contexts: old.contexts.clone(),
        ..Wanted::default()
    })
}

impl Purpose {
    /// The use for which a policy chooses the algorithm of a new key.
    pub const fn choice(self) -> Use {
        match self {
            Self::Sign => Use::Sign,
            Self::Receive => Use::Receive,
        }
    }
}
