//! The keyring: keys with names, versions, states, windows, quotas and a record.
//!
//! A key is a name with a purpose and versions; a version is a key pair with an algorithm, a state of SP
//! 800-57, windows, a quota and a count. What a version may do is decided on the stored record at the time
//! of each use, in every process, and stands in the audit log before its result leaves.
//!
//! ```
//! use chop::keyring::store::SqliteStore;
//! use chop::keyring::{Keyring, NewKeyring, Purpose, Unlock, Wanted};
//! use chop::{Algorithm, Guard, SecretBytes};
//!
//! # let folder = std::env::temp_dir().join(format!("chop-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder).unwrap();
//! # let path = folder.join("keyring.db");
//! let guard = Guard::default();
//! let mut secret = SecretBytes::zeroed(32);
//! chop::random::fill(secret.expose_mut())?;
//! let unlock = Unlock::key_file(secret)?;
//!
//! let new = NewKeyring::new(&unlock, "", None, "batch job".parse()?, &guard)?;
//! let store = SqliteStore::create(&path, &mut |rows| new.write(rows))?;
//! let ring = new.open(Box::new(store))?;
//!
//! let name = "payments/outgoing".parse()?;
//! ring.new_key(&name, Purpose::Sign, Algorithm::MlDsa65, &Wanted::default(), &guard)?;
//! let signer = ring.signing_key(&name, &guard)?;
//! let signature = signer.key.sign(b"a payment")?;
//!
//! let verifier = ring.verifying_key(&name, &guard)?;
//! let (number, key) = &verifier.versions[0];
//! assert_eq!(*number, 1);
//! assert!(key.verify(b"a payment", &signature)?.is_valid());
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok::<(), chop::Error>(())
//! ```

pub mod audit;
mod backup;
mod change;
mod check;
mod commit;
mod confirm;
mod draft;
mod export;
mod index;
mod log;
mod look;
mod make;
mod name;
mod operate;
mod parallel;
mod record;
mod restore;
mod state;
pub mod store;
#[cfg(feature = "testing")]
pub(crate) mod testing;
mod unlock;
mod witness;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

pub use confirm::Confirmation;
pub use look::{Due, KeyInfo};
pub use make::Wanted;
pub use name::{Actor, KeyName, Labels, Reason};
pub use operate::{
    Judgement, NamedDecapsulationKey, NamedSigningKey, NamedVerifyingKey, Signed, SignedFormat,
};
pub use record::{
    Compromise, Hex, Key, Limits, MAX_CONTEXTS, MAX_VERSIONS, Purpose, Transition, Version,
};
pub use restore::Restoring;
pub use state::{Change, Operation, State};
pub use unlock::{KeyFile, Kind, MAX_UNLOCKERS, Unlock, Unlocker};

use crate::algorithm::{Algorithm, Form};
use crate::encoding;
use crate::error::{Code, Error, Result};
use crate::key::{PrivateKey, PublicKey};
use crate::policy::Guard;
use crate::random;
use crate::secret::SecretBytes;
use crate::sign::{SigningKey, VerifyingKey};
use crate::symmetric::{self, LEN};
use crate::time::Time;
use audit::Action;
use commit::{Batch, HEAD, Inner, Look, Secrets, View};
use draft::Draft;
use record::{AUDIT_KEY, Head, Record, V1, Witnessed};
use store::{Reading, Space, Store, Writing};
use witness::Reached;

/// What private keys are sealed for.
const SECRET: &str = "chop keyring v1 private key";

/// The algorithm of the audit key: category 5, so that every built-in policy lets it verify.
const AUDIT_ALGORITHM: Algorithm = Algorithm::MlDsa87;

/// How much of a file [`recognise`] looks at.
pub const RECOGNISED: usize = 4096 + 16;

/// What of a keyring a file is that starts with these bytes, if anything: nothing else should take its place.
pub fn recognise(start: &[u8]) -> Option<&'static str> {
    match start {
        start if store::SqliteStore::is_meant_by(start) => Some("a keyring"),
        start if witness::Witness::is_meant_by(start) => Some("the witness of a keyring"),
        _ => None,
    }
}

/// An open keyring. Clones are handles on the same one; threads share them.
#[derive(Clone)]
pub struct Keyring {
    inner: Arc<Inner>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({})", self.inner.store.place())
    }
}

/// A keyring that is being made: what has to be written into an empty store.
pub struct NewKeyring {
    inner: Inner,
    head: Head,
    unlocker: Unlocker,
    audit_public: Vec<u8>,
    audit_sealed: Vec<u8>,
    now: Time,
    /// The witness, once it is written, as long as there may be no keyring that needs it.
    drafted: Mutex<Option<Draft>>,
}

impl NewKeyring {
    /// A keyring that `unlock` will open, with an audit key of its own. `witness` is where it will remember how far
    /// it has come, if anywhere.
    ///
    /// # Errors
    /// [`Code::Random`], [`Code::SelfTest`]; [`Code::Usage`] for a witness without an absolute path in UTF-8.
    pub fn new(
        unlock: &Unlock,
        label: &str,
        witness: Option<&Path>,
        actor: Actor,
        guard: &Guard,
    ) -> Result<Self> {
        let now = guard.now()?;
        let mut keyring = Hex([0; 16]);
        random::fill(&mut keyring.0)?;
        let root = random::secret(LEN)?;
        let unlocker = Unlocker::new(1, label, now, &keyring, unlock, &root)?;
        let secrets = Secrets::new(root, keyring)?;
        // The audit key signs nothing but checkpoints of this keyring: it stands outside any policy.
        let key = PrivateKey::Signing(SigningKey::generate_under(
            AUDIT_ALGORITHM,
            &Guard::lenient(),
        )?);
        let audit_sealed = symmetric::seal(
            secrets.root.expose(),
            SECRET,
            &audit_identity(&keyring, &key.public_key()),
            key.to_pkcs8_der(Form::Seed)?.expose(),
        )?;
        let head = Head {
            v: V1,
            keyring,
            created: now,
            epoch: 0,
            root: Hex([0; 32]),
            entries: 0,
            frontier: Vec::new(),
            prev: Hex([0; 32]),
            last: now,
            witness: witness.map(witness_path).transpose()?,
            restored: None,
        };
        // Its own handle makes the first state; who opens the store gets another one.
        let inner = Inner::new(Box::new(Nowhere), keyring, secrets, actor);
        Ok(Self {
            inner,
            head,
            unlocker,
            audit_public: key.public_key().to_spki_der(),
            audit_sealed,
            now,
            drafted: Mutex::new(None),
        })
    }

    /// Writes the first state into an empty store, and the witness: a keyring whose witness is missing does not
    /// open. The witness is removed again if this is dropped without [`open`](Self::open).
    ///
    /// # Errors
    /// [`Code::Exists`] if there is a keyring in it, or a file in the place of the witness; [`Code::Storage`].
    pub fn write(&self, rows: &mut dyn Writing) -> Result<()> {
        if rows.get(Space::Head, HEAD)?.is_some() {
            return Err(Error::new(Code::Exists, "store")
                .expected("an empty one")
                .got("a keyring"));
        }
        let entry = |batch: &Batch<'_>| {
            let fingerprint = Hex(*crate::key::Fingerprint::of_spki(&self.audit_public).as_bytes());
            batch
                .entry(Action::Init, self.now)
                .material(AUDIT_ALGORITHM.name(), fingerprint)
                .detail(format!("keyring {}", self.head.keyring))
        };
        let head = self.inner.found(rows, self.head.clone(), |batch| {
            let unlocker = self.unlocker.encode()?;
            batch.put(
                Space::Unlocker,
                &self.unlocker.number.to_be_bytes(),
                unlocker,
            );
            batch.put(Space::Public, AUDIT_KEY, self.audit_public.clone());
            batch.put(Space::Secret, AUDIT_KEY, self.audit_sealed.clone());
            let entry = entry(batch);
            batch.record(entry);
            Ok(())
        })?;
        let mut drafted = self.drafted.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(witness), None) = (self.inner.witness(&head), &*drafted) {
            *drafted = Some(witness.draft(Reached {
                epoch: head.epoch,
                entries: head.entries,
                fresh: false,
            })?);
        }
        Ok(())
    }

    /// Opens the store that it was written into.
    ///
    /// # Errors
    /// As [`Keyring::open`].
    pub fn open(self, store: Box<dyn Store>) -> Result<Keyring> {
        let drafted = self.drafted.into_inner();
        if let Some(witness) = drafted.unwrap_or_else(PoisonError::into_inner) {
            witness.keep();
        }
        Keyring::of(self.inner, store)
    }
}

/// The place of a store that is not there yet.
struct Nowhere;

impl Store for Nowhere {
    fn read(&self, _: &mut store::Read<'_>) -> Result<()> {
        Err(Error::internal("a keyring that is not in a store"))
    }

    fn write(&self, _: &mut store::Write<'_>) -> Result<()> {
        Err(Error::internal("a keyring that is not in a store"))
    }

    fn erase(&self) -> Result<()> {
        Err(Error::internal("a keyring that is not in a store"))
    }

    fn check(&self) -> Result<()> {
        Err(Error::internal("a keyring that is not in a store"))
    }

    fn place(&self) -> &str {
        "nowhere"
    }
}

impl Keyring {
    /// Opens a keyring. `actor` is who stands in the audit log from now on.
    ///
    /// # Errors
    /// [`Code::Passphrase`] if no unlocker opens with `unlock`, [`Code::Integrity`] if the keyring was altered
    /// or is older than its witness, [`Code::Malformed`] for a store without one, [`Code::Storage`].
    pub fn open(store: Box<dyn Store>, unlock: &Unlock, actor: Actor) -> Result<Self> {
        Self::unlock(store, unlock, actor, true)
    }

    /// [`open`](Self::open) without asking the witness, which is lost, as long as this handle lives.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_without_witness(
        store: Box<dyn Store>,
        unlock: &Unlock,
        actor: Actor,
    ) -> Result<Self> {
        Self::unlock(store, unlock, actor, false)
    }

    /// The handle on a keyring that `made` has just written into `store`.
    fn of(made: Inner, store: Box<dyn Store>) -> Result<Self> {
        let inner = Inner::new(store, made.keyring, made.secrets, made.actor);
        inner.view(|_| Ok(()))?;
        inner.heed_witness();
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    fn unlock(store: Box<dyn Store>, unlock: &Unlock, actor: Actor, heed: bool) -> Result<Self> {
        // Neither the number of the keyring nor the unlockers can be authenticated before one of them opens.
        let mut keyring = None;
        let mut unlockers = Vec::new();
        store.read(&mut |rows| {
            let stored = rows.get(Space::Head, HEAD)?;
            let Some(body) = stored
                .as_deref()
                .and_then(|stored| stored.len().checked_sub(LEN).map(|end| &stored[..end]))
            else {
                return Err(Error::malformed("store").expected("a keyring").got("none"));
            };
            keyring = Some(Head::decode(body)?.keyring);
            unlockers = all_unlockers(rows)?;
            Ok(())
        })?;
        let keyring = keyring.ok_or_else(|| Error::internal("a read without a result"))?;
        let root = unlock_root(&unlockers, &keyring, unlock)?;
        let root = root.ok_or_else(|| {
            Error::new(Code::Passphrase, "keyring")
                .got("no unlocker of it opens with what was given")
                .at(store.place())
        })?;
        let inner = Inner::new(store, keyring, Secrets::new(root, keyring)?, actor);
        if heed {
            inner.heed_witness();
        }
        let ring = Self {
            inner: Arc::new(inner),
        };
        // Now that they can be: an unlocker that somebody has added, or put back, is found.
        ring.inner.view(|view| {
            for unlocker in &unlockers {
                view.body(Space::Unlocker, &unlocker.number.to_be_bytes())?;
            }
            Ok(())
        })?;
        Ok(ring)
    }

    /// The number of the keyring, in hexadecimal.
    pub fn id(&self) -> String {
        self.inner.keyring.to_string()
    }

    /// The unlockers, in the order of their numbers.
    ///
    /// # Errors
    /// [`Code::Integrity`], [`Code::Storage`].
    pub fn unlockers(&self) -> Result<Vec<Unlocker>> {
        self.inner.view(unlockers)
    }

    /// Adds an unlocker.
    ///
    /// # Errors
    /// [`Code::Limit`] above [`MAX_UNLOCKERS`]; [`Code::Usage`] for its label, [`Code::Storage`].
    pub fn add_unlocker(&self, label: &str, unlock: &Unlock, guard: &Guard) -> Result<Unlocker> {
        let now = guard.now()?;
        let known = self.unlockers()?;
        if known.len() >= MAX_UNLOCKERS {
            return Err(Error::new(Code::Limit, "unlockers of the keyring")
                .expected(format!("at most {MAX_UNLOCKERS}"))
                .got("one more"));
        }
        let number = known.last().map_or(0, |last| last.number) + 1;
        let inner = &self.inner;
        let made = Unlocker::new(
            number,
            label,
            now,
            &inner.keyring,
            unlock,
            &inner.secrets.root,
        )?;
        inner.commit(move |batch| {
            let place = made.number.to_be_bytes();
            if batch.body(Space::Unlocker, &place)?.is_some() {
                return Err(Error::new(Code::State, "unlockers of the keyring")
                    .expected("nobody else to change them meanwhile"));
            }
            batch.put(Space::Unlocker, &place, made.encode()?);
            let entry = batch.entry(Action::UnlockerAdd, now).detail(called(&made));
            batch.record(entry);
            Ok(made.clone())
        })
    }

    /// Removes an unlocker. Copies and backups of the keyring still open with it.
    ///
    /// # Errors
    /// [`Code::UnknownKey`] for a number that there is not; [`Code::State`] for the last one; [`Code::Storage`] if
    /// it is removed, but what it wrapped may still be in the files: then it can be asked for again.
    pub fn remove_unlocker(&self, number: u32, guard: &Guard) -> Result<()> {
        let now = guard.now()?;
        let place = number.to_be_bytes();
        let removed = self.inner.commit(move |batch| {
            let body = batch.body(Space::Unlocker, &place)?.ok_or_else(|| {
                Error::new(Code::UnknownKey, "no such unlocker").got(number.to_string())
            })?;
            let removed = Unlocker::decode(&body)?;
            let mut others = 0;
            for other in all_unlockers(batch.rows())? {
                let there = batch.body(Space::Unlocker, &other.number.to_be_bytes())?;
                others += usize::from(other.number != number && there.is_some());
            }
            if others == 0 {
                return Err(Error::new(Code::State, "last unlocker of the keyring")
                    .expected("another one beside it, before this one goes"));
            }
            batch.delete(Space::Unlocker, &place);
            let entry = batch
                .entry(Action::UnlockerRemove, now)
                .detail(called(&removed));
            batch.record(entry);
            Ok(())
        });
        // One that is not there may have been removed by an attempt that got no further.
        let is_gone = |error: &Error| error.code() == Code::UnknownKey;
        if removed.is_ok() || removed.as_ref().is_err_and(is_gone) {
            self.inner.store.erase().map_err(|error| {
                Error::new(
                    Code::Storage,
                    format!(
                        "unlocker {number} is removed, but its bytes may still be in the files"
                    ),
                )
                .expected("chop unlocker remove once more")
                .got(error.to_string())
            })?;
        }
        removed
    }

    /// The public audit key, which checkpoints are verified with.
    ///
    /// # Errors
    /// [`Code::Integrity`], [`Code::Storage`].
    pub fn audit_public_key(&self) -> Result<VerifyingKey> {
        self.inner.view(audit_public)
    }

    /// The audit key itself.
    fn audit_key(&self) -> Result<SigningKey> {
        let (public, sealed) = self
            .inner
            .view(|view| Ok((audit_public(view)?, view.body(Space::Secret, AUDIT_KEY)?)))?;
        let public = PublicKey::Verifying(public);
        let sealed = sealed.ok_or_else(|| Error::new(Code::Integrity, "audit key").got("none"))?;
        let identity = audit_identity(&self.inner.keyring, &public);
        let root = self.inner.secrets.root.expose();
        let der = symmetric::open(root, SECRET, &identity, &sealed)
            .map_err(|error| error.at("audit key"))?;
        let nobody = &mut || Err(Error::internal("a sealed key is not encrypted again"));
        let key = encoding::read_private_key(der.expose(), nobody)?;
        Ok(key.into_signing()?.under(&Guard::lenient()))
    }

    /// Goes on by a clock that is behind what is recorded, because what is recorded is wrong.
    ///
    /// # Errors
    /// [`Code::Storage`].
    pub fn accept_clock(&self, reason: &Reason, guard: &Guard) -> Result<()> {
        let (now, reason) = (guard.now()?, reason.clone());
        self.inner.commit(move |batch| {
            let before = batch.head.last;
            let entry = batch
                .entry(Action::Clock, now)
                .reason(Some(&reason))
                .detail(format!("the latest recorded time was {before}"));
            batch.record(entry);
            batch.head.last = now;
            Ok(())
        })
    }

    /// Makes a new witness at `path`, which takes the place of any other.
    ///
    /// # Errors
    /// [`Code::Exists`], [`Code::Storage`], [`Code::Usage`] for a path that is not absolute and in UTF-8;
    /// [`Code::Integrity`] if the old witness is there and says that this is an older copy.
    pub fn new_witness(&self, path: &Path, reason: &Reason, guard: &Guard) -> Result<()> {
        let (now, reason, path) = (guard.now()?, reason.clone(), witness_path(path)?);
        // The file first: a keyring whose witness is missing does not open.
        let mut head = self.inner.view(|view| Ok(view.head.clone()))?;
        // One that is lost is not asked, but one that is there is. What was restored learns nothing from the new one.
        if let (Some(old), None) = (self.inner.witness(&head), &head.restored)
            && let Ok(known) = old.known()
        {
            self.inner.not_behind(&head, known.epoch)?;
        }
        head.witness = Some(path.clone());
        let reached = Reached {
            epoch: head.epoch,
            entries: head.entries,
            fresh: head.restored.is_some(),
        };
        let drafted = match self.inner.witness(&head) {
            Some(witness) => Some(witness.draft(reached)?),
            None => None,
        };
        let wanted = head.witness;
        let done = self.inner.commit(move |batch| {
            let entry = batch
                .entry(Action::Witness, now)
                .reason(Some(&reason))
                .detail(path.clone());
            batch.record(entry);
            batch.head.witness = Some(path.clone());
            // It knows nothing of the keyring that was lost.
            if let Some(restored) = &mut batch.head.restored {
                restored.witnessed = Some(Witnessed {
                    epoch: reached.epoch,
                    entries: reached.entries,
                    fresh: true,
                });
            }
            Ok(())
        });
        // A commit that is said to have failed may have arrived: only if it has not does nobody need the file.
        let unwanted = done.is_err()
            && self
                .inner
                .view(|view| Ok(view.head.witness != wanted))
                .unwrap_or(false);
        if let Some(drafted) = drafted.filter(|_| !unwanted) {
            drafted.keep();
        }
        done
    }
}

/// A path for a witness, as it stands in the head.
fn witness_path(path: &Path) -> Result<String> {
    match path.to_str() {
        Some(text) if path.is_absolute() && name::is_words(text, record::MAX_WITNESS) => {
            Ok(text.to_owned())
        }
        _ => Err(Error::usage("witness")
            .expected("an absolute path in UTF-8")
            .got(format!("{}", path.display()))),
    }
}

fn called(unlocker: &Unlocker) -> String {
    format!(
        "unlocker {} ({}) {}",
        unlocker.number,
        unlocker.kind.name(),
        unlocker.label
    )
    .trim_end()
    .to_owned()
}

/// Every unlocker as it stands in the store, not authenticated.
fn all_unlockers(rows: &dyn Reading) -> Result<Vec<Unlocker>> {
    let mut unlockers = Vec::new();
    rows.scan(Space::Unlocker, b"", &mut |_, stored| {
        if unlockers.len() == MAX_UNLOCKERS {
            return Err(Error::new(Code::Integrity, "unlockers of the keyring")
                .expected(format!("at most {MAX_UNLOCKERS}"))
                .got("more"));
        }
        let body = &stored[..stored.len().saturating_sub(LEN)];
        unlockers.push(Unlocker::decode(body)?);
        Ok(true)
    })?;
    Ok(unlockers)
}

/// The root key, by the first unlocker that opens.
fn unlock_root(
    unlockers: &[Unlocker],
    keyring: &Hex<16>,
    unlock: &Unlock,
) -> Result<Option<SecretBytes>> {
    for unlocker in unlockers {
        if let Some(root) = unlocker.open(keyring, unlock)? {
            return Ok(Some(root));
        }
    }
    Ok(None)
}

fn unlockers(view: &View<'_>) -> Result<Vec<Unlocker>> {
    let mut all = Vec::new();
    view.index
        .whole(view.rows)?
        .visit(view.rows, Space::Unlocker, &mut |_, body| {
            all.push(Unlocker::decode(&body)?);
            Ok(())
        })?;
    Ok(all)
}

/// What the sealed audit key belongs to.
fn audit_identity(keyring: &Hex<16>, public: &PublicKey) -> Vec<u8> {
    let fingerprint = Hex(*public.fingerprint().as_bytes());
    record::identity(keyring, "", 0, AUDIT_ALGORITHM, &fingerprint)
}

fn audit_public(view: &View<'_>) -> Result<VerifyingKey> {
    let public = view
        .body(Space::Public, AUDIT_KEY)?
        .ok_or_else(|| Error::new(Code::Integrity, "public audit key").got("none"))?;
    let key = encoding::read_public_key(&public)?.into_verifying()?;
    Ok(key.under(&Guard::lenient()))
}

/// Whether a restored keyring knows a version from an audit log alone.
fn is_lost(view: &View<'_>, version: &Version) -> Result<bool> {
    let public = view.body(Space::Public, &version.record_key())?;
    Ok(version.state == State::Destroyed && public.is_none())
}

fn lost(version: &Version) -> Error {
    Error::new(
        Code::State,
        format!(
            "{} version {} was lost with a keyring of which there was no later backup",
            version.key, version.version
        ),
    )
}

/// The public key of a version.
fn public_of(view: &View<'_>, version: &Version) -> Result<PublicKey> {
    let wrong = |got: &str| {
        Error::new(Code::Integrity, "public key")
            .got(got)
            .at(format!("{} version {}", version.key, version.version))
    };
    let der = match view.body(Space::Public, &version.record_key())? {
        Some(der) => der,
        None if version.state == State::Destroyed => return Err(lost(version)),
        None => return Err(wrong("none")),
    };
    let key = encoding::read_public_key(&der)?;
    // An elliptic-curve key says its curve alone; what it is for stands in the record.
    let key = match key.algorithm() == version.algorithm {
        true => key,
        false => PublicKey::Encapsulation(key.into_encapsulation()?),
    };
    match key.algorithm() == version.algorithm
        && key.fingerprint().as_bytes() == &version.fingerprint.0
    {
        true => Ok(key),
        false => Err(wrong("another than the one of the record")),
    }
}

/// Refuses what the state of a version does not allow.
fn check_state(version: &Version, operation: Operation) -> Result<()> {
    match version.state.allows(operation) {
        true => Ok(()),
        false => Err(no_such_use(version, operation)),
    }
}

fn no_such_use(version: &Version, operation: Operation) -> Error {
    let since = version
        .history
        .back()
        .map_or(version.created, |step| step.time);
    let hint = match version.state {
        State::PreActive => "chop key activate",
        State::Suspended => "chop key resume, or chop key rotate for the next version",
        _ => "chop key rotate for the next version",
    };
    Error::new(
        Code::State,
        format!(
            "{} version {} is {} since {since} and may not {}",
            version.key,
            version.version,
            version.state,
            operation.words()
        ),
    )
    .expected(hint)
}

/// The refusal of a change that the state of a version does not allow.
fn no_such_state(version: &Version, change: Change) -> Error {
    let possible: Vec<&str> = Change::ALL
        .iter()
        .filter(|change| version.state.after(**change).is_some())
        .map(|change| change.name())
        .collect();
    Error::new(
        Code::State,
        format!(
            "{} version {} is {} and cannot be the object of {}",
            version.key,
            version.version,
            version.state,
            change.name()
        ),
    )
    .expected(possible.join(" or "))
}

fn only_public(name: &KeyName) -> Error {
    Error::new(Code::WrongKind, format!("key {name}"))
        .expected("one of our own")
        .got("a counterparty's, of which there is the public key alone")
}

/// Refuses to sign with a keyring that comes from a backup, as long as nobody has confirmed it.
fn check_confirmed(head: &Head) -> Result<()> {
    match &head.restored {
        None => Ok(()),
        Some(restored) => Err(Error::new(
            Code::State,
            format!(
                "the keyring was restored on {} and not confirmed: every version is suspended",
                restored.time
            ),
        )
        .expected("chop restore --confirm")),
    }
}
