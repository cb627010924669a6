//! How versions come to be: keys are made, taken over and rotated.

use std::collections::VecDeque;

use super::audit::{Action, Entry};
use super::change::retire;
use super::commit::{Batch, Inner, Look};
use super::name::{Actor, KeyName, Labels, Reason};
use super::record::{Hex, Key, Limits, MAX_VERSIONS, Purpose, Transition, V1, Version};
use super::state::State;
use super::store::Space;
use super::{Keyring, SECRET};
use crate::algorithm::{Algorithm, Context, Form};
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
    fn limits(&self, now: Time, algorithm: Algorithm) -> Result<Limits> {
        // A version that is bound to contexts which its algorithm does not have could never sign.
        let has = algorithm.info().context || self.contexts.iter().any(Context::is_empty);
        if !self.contexts.is_empty() && !has {
            return Err(Error::usage("context string")
                .expected("an algorithm that has one (ML-DSA, SLH-DSA, composites)")
                .got(algorithm.name()));
        }
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
            false => {
                let until = |time: Option<Time>| {
                    time.map_or_else(|| "without end".to_owned(), |time| time.to_string())
                };
                Err(Error::usage("windows of a key")
                    .expected(format!(
                        "not-before, sign-until and verify-until in this order, and at most {} contexts",
                        super::MAX_CONTEXTS
                    ))
                    .got(format!(
                        "{}, {}, {}, {} contexts",
                        limits.not_before,
                        until(limits.sign_until),
                        until(limits.verify_until),
                        limits.contexts.len()
                    )))
            }
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
            limits: wanted.limits(now, material.algorithm)?,
            state: wanted.state(),
            labels: wanted.labels.clone(),
            algorithm: material.algorithm,
            fingerprint: material.fingerprint,
            public: material.public,
            sealed: material.private.map(seal).transpose()?,
        })
    }

    /// Writes the version, and `entry`, which has what is not in the version, to the record.
    fn write(
        &self,
        batch: &mut Batch<'_>,
        actor: &Actor,
        now: Time,
        entry: Entry,
    ) -> Result<Version> {
        let version = Version {
            v: V1,
            key: self.name.clone(),
            version: self.number,
            algorithm: self.algorithm,
            fingerprint: self.fingerprint,
            state: self.state,
            created: now,
            creator: actor.clone(),
            limits: self.limits.clone(),
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
        batch.put(Space::Public, &place, self.public.clone());
        if let Some(sealed) = &self.sealed {
            batch.put(Space::Secret, &place, sealed.clone());
        }
        batch.record(
            entry
                .key(&version.key, version.version)
                .material(version.algorithm.name(), version.fingerprint)
                .state(version.state),
        );
        Ok(version)
    }
}

impl Keyring {
    /// Makes a key with its first version.
    ///
    /// # Errors
    /// [`Code::Exists`] for a name that is taken, [`Code::Policy`], [`Code::WrongKind`] for an algorithm
    /// that does not serve `purpose`, [`Code::Usage`] for windows that contradict each other, and for contexts
    /// with an algorithm that has none.
    pub fn new_key(
        &self,
        name: &KeyName,
        purpose: Purpose,
        algorithm: Algorithm,
        wanted: &Wanted,
        guard: &Guard,
    ) -> Result<Version> {
        check_kind(purpose, algorithm)?;
        wanted.limits(guard.now()?, algorithm)?;
        // Before minutes are spent on a key that has no place.
        self.inner.view(|view| free(view, name))?;
        let key = PrivateKey::generate_under(algorithm, guard)?;
        let material = Material::of_private(&key)?;
        self.first(name, purpose, wanted, guard, material, Action::KeyNew)
    }

    /// Takes over a private key, as the first version of a key or as the next one of a key that is there.
    ///
    /// # Errors
    /// As [`new_key`](Self::new_key); [`Code::Policy`] for a legacy key, which is opened from its file alone; [`Code::Exists`] for a key pair that is in the keyring already, under
    /// whatever name and in whatever state: each has one quota and one history, and what is destroyed stays so.
    pub fn import_private(
        &self,
        name: &KeyName,
        key: PrivateKey,
        wanted: &Wanted,
        guard: &Guard,
    ) -> Result<Version> {
        if key.algorithm().is_legacy() {
            return Err(not_kept(key.algorithm()));
        }
        let key = key.import(guard)?;
        let purpose = Purpose::of(key.algorithm().info().kind);
        let material = Material::of_private(&key)?;
        self.import(name, purpose, wanted, guard, material)
    }

    /// Takes over the public key of a counterparty, as the first version of a key or as the next one of a key
    /// that is there. A legacy key verifies, under a policy that lets it be read, as everywhere; one that
    /// receives secrets could only be refused later.
    ///
    /// # Errors
    /// As [`import_private`](Self::import_private); [`Code::Usage`] for a number of uses, which somebody else counts.
    pub fn import_public(
        &self,
        name: &KeyName,
        key: PublicKey,
        wanted: &Wanted,
        guard: &Guard,
    ) -> Result<Version> {
        let purpose = Purpose::of(key.algorithm().info().kind);
        if purpose == Purpose::Receive && key.algorithm().is_legacy() {
            return Err(not_kept(key.algorithm()));
        }
        if let Some(most) = wanted.max_uses {
            return Err(Error::usage("number of uses")
                .expected("none with a counterparty's key, which is used elsewhere")
                .got(most.to_string()));
        }
        let key = key.import(guard)?;
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
        let action = match material.private {
            Some(_) => Action::KeyImport,
            None => Action::PeerImport,
        };
        let known = self.inner.view(|view| view.key_if_any(name))?;
        let Some(known) = known else {
            return self.first(name, purpose, wanted, guard, material, action);
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
        self.next(&known, wanted, guard, material, action, None)
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
        wanted.limits(now, algorithm)?;
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
        let imported = action != Action::KeyNew;
        self.inner.commit(move |batch| {
            free(batch, &planned.name)?;
            if imported {
                only_here(batch, &planned)?;
            }
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
            let entry = batch.entry(action, now).policy(policy.clone());
            planned.write(batch, &actor, now, entry)
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
            if action != Action::Rotate {
                only_here(batch, &planned)?;
            }
            key.versions = planned.number;
            let replaced = key.current;
            if planned.state == State::Active {
                key.current = planned.number;
            }
            if !planned.labels.is_empty() {
                key.labels = planned.labels.clone();
            }
            batch.put_key(&key)?;
            let entry = batch
                .entry(action, now)
                .reason(reason.as_ref())
                .policy(policy.clone());
            let version = planned.write(batch, &actor, now, entry)?;
            if key.current != replaced {
                retire(batch, &key, replaced, &actor, now, reason.as_ref())?;
            }
            Ok(version)
        })
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

/// The error for a legacy key that would be kept to make something, or in an encoding that does not say its flavour.
fn not_kept(algorithm: Algorithm) -> Error {
    algorithm.read_only("is kept in no keyring")
}

/// Refuses a key pair that some version has already.
fn only_here(batch: &Batch<'_>, planned: &Planned) -> Result<()> {
    let mut there = None;
    batch.each_version(&mut |version| {
        if version.fingerprint == planned.fingerprint {
            there = Some(format!(
                "{} version {}, which is {}",
                version.key, version.version, version.state
            ));
        }
    })?;
    match there {
        None => Ok(()),
        Some(there) => Err(
            Error::new(Code::Exists, "key pair is in the keyring already")
                .expected("a key pair that no version has or has had")
                .got(there),
        ),
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
