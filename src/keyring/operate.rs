//! The use of keys: each one is decided on the stored record, counted and recorded before it happens.

use std::sync::Arc;

use super::audit::Action;
use super::commit::{Batch, Inner, Look, moment};
use super::name::KeyName;
use super::record::{Head, Purpose, Record, Seen, Version};
use super::state::Operation;
use super::store::Space;
use super::{Keyring, check_confirmed, check_state, is_lost, lost, only_public, public_of};
use crate::algorithm::Context;
use crate::error::{Code, Error, Result};
use crate::gate::{Format, Gate, Occasion};
use crate::hash::Hash;
use crate::kem::{DecapsulationKey, SharedSecret};
use crate::policy::{Guard, Use};
use crate::sign::{SigningKey, VerifyingKey};
use crate::time::Time;
use crate::verdict::Verdict;

/// A version of a key that signs.
///
/// Each signature is checked against the stored record, counted and written to the audit log before it is made,
/// in whatever format: another process that revokes the version stops the next one.
#[derive(Debug)]
pub struct NamedSigningKey {
    /// The version, as it was when it was opened.
    pub version: Version,
    /// The key, behind the keyring.
    pub key: SigningKey,
}

/// A version of a key that opens what it received.
#[derive(Debug)]
pub struct NamedDecapsulationKey {
    /// The version, as it was when it was opened.
    pub version: Version,
    /// The key, behind the keyring.
    pub key: DecapsulationKey,
}

/// The versions of a key that may verify.
#[derive(Clone, Debug)]
pub struct NamedVerifyingKey {
    /// The name.
    pub name: KeyName,
    /// The versions and their public keys, the current one first, then the latest first.
    pub versions: Vec<(u32, VerifyingKey)>,
}

/// What a signature is over, for the question when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// `raw`, `cms` or `jws`, as in the audit log.
    pub format: SignedFormat,
    /// SHA-256 of the content.
    pub digest: [u8; 32],
    /// The context string.
    pub context: Context,
}

/// The format of a signature, as the audit log calls it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedFormat {
    /// A bare signature.
    Raw,
    /// A CMS message.
    Cms,
    /// A JWS.
    Jws,
}

impl SignedFormat {
    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => Format::Raw.name(),
            Self::Cms => Format::Cms.name(),
            Self::Jws => Format::Jws.name(),
        }
    }
}

/// What a signature that holds is worth, by what the keyring knows of the key and of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Since when the signature is proven to exist, if that was looked up.
    pub proven: Option<Time>,
    /// Why it is not simply valid, in a sentence.
    pub reason: Option<String>,
}

impl Keyring {
    /// The current version of a key, to sign with.
    ///
    /// # Errors
    /// [`Code::UnknownKey`]; [`Code::State`] if it may not sign now; [`Code::WrongKind`] for a key that does
    /// not sign, or a counterparty's; [`Code::Integrity`].
    pub fn signing_key(&self, name: &KeyName, guard: &Guard) -> Result<NamedSigningKey> {
        let version = self.for_use(name, None, Purpose::Sign, guard)?;
        let key = self.inner.unseal(&version)?.into_signing()?;
        let gate = self.gate(&version, guard);
        Ok(NamedSigningKey {
            key: key.under(guard).behind(gate),
            version,
        })
    }

    /// A version of a key, the current one unless another is named, to open what it received.
    ///
    /// # Errors
    /// As [`signing_key`](Self::signing_key).
    pub fn decapsulation_key(
        &self,
        name: &KeyName,
        number: Option<u32>,
        guard: &Guard,
    ) -> Result<NamedDecapsulationKey> {
        let version = self.for_use(name, number, Purpose::Receive, guard)?;
        let key = self.inner.unseal(&version)?.into_decapsulation()?;
        let gate = self.gate(&version, guard);
        Ok(NamedDecapsulationKey {
            key: key.under(guard).behind(gate),
            version,
        })
    }

    /// A secret for the current version of a key, with its ciphertext.
    ///
    /// # Errors
    /// As [`signing_key`](Self::signing_key), and as [`EncapsulationKey::encapsulate`](crate::EncapsulationKey::encapsulate).
    pub fn encapsulate(
        &self,
        name: &KeyName,
        guard: &Guard,
    ) -> Result<(Version, Vec<u8>, SharedSecret)> {
        let now = guard.now()?;
        let (version, key) = self.inner.view(|view| {
            let (key, version) = view.key_and_version(name, None)?;
            check_purpose(&version.key, key.purpose, Purpose::Receive)?;
            check_state(&version, Operation::Encapsulate)?;
            check_window(&version, Operation::Encapsulate, now)?;
            let public = public_of(view, &version)?.into_encapsulation()?;
            Ok((version, public))
        })?;
        let (ciphertext, secret) = key.under(guard).encapsulate()?;
        Ok((version, ciphertext, secret))
    }

    /// The versions of a key that may verify.
    ///
    /// # Errors
    /// [`Code::UnknownKey`], [`Code::WrongKind`], [`Code::Integrity`]; [`Code::State`] if there is none.
    pub fn verifying_key(&self, name: &KeyName, guard: &Guard) -> Result<NamedVerifyingKey> {
        self.inner.view(|view| {
            let key = view.key(name)?;
            check_purpose(name, key.purpose, Purpose::Sign)?;
            let mut versions = Vec::new();
            let mut refused = None;
            let others = (1..=key.versions)
                .rev()
                .filter(|number| *number != key.current);
            for number in std::iter::once(key.current).chain(others) {
                let version = view.version(name, number)?;
                match check_state(&version, Operation::Verify) {
                    // It was lost with a keyring that was not backed up, and there is nothing to verify with.
                    Ok(()) if is_lost(view, &version)? => {
                        refused = refused.or(Some(lost(&version)));
                    }
                    Ok(()) => {
                        let public = public_of(view, &version)?.into_verifying()?;
                        versions.push((number, public.under(guard)));
                    }
                    Err(error) => refused = refused.or(Some(error)),
                }
            }
            match (versions.is_empty(), refused) {
                (true, Some(error)) => Err(error),
                _ => Ok(NamedVerifyingKey {
                    name: name.clone(),
                    versions,
                }),
            }
        })
    }

    /// What a signature is worth that holds under a version: by the state and the windows of the version at this
    /// moment, and by the time that is proven. A time that the signature claims plays no part.
    ///
    /// For our own keys the audit log proves when they signed what. A signature by a counterparty is recorded
    /// when it is seen first, and that proves it later.
    ///
    /// # Errors
    /// [`Code::UnknownKey`], [`Code::Integrity`]; [`Code::Storage`] if a signature could not be recorded.
    pub fn judge(
        &self,
        name: &KeyName,
        number: u32,
        signed: &Signed,
        guard: &Guard,
    ) -> Result<Judgement> {
        let now = guard.now()?;
        let (key, version) = self
            .inner
            .view(|view| view.key_and_version(name, Some(number)))?;
        let plain = |verdict, reason| {
            Ok(Judgement {
                verdict,
                proven: None,
                reason,
            })
        };
        if check_state(&version, Operation::Verify).is_err() {
            let reason = format!("{name} version {number} is {}", version.state);
            return plain(Verdict::UnknownVersion, Some(reason));
        }
        if let Err(error) = check_window(&version, Operation::Verify, now) {
            return plain(Verdict::OutsideWindow, Some(error.what().to_owned()));
        }
        if let Err(error) = check_context(&version, &signed.context) {
            return plain(Verdict::UnknownVersion, Some(error.to_string()));
        }
        let proven = match (key.peer, &version.compromised) {
            (true, Some(_)) => match self.first_recorded(&version, signed, Action::Seen)? {
                None => self.first_seen(&version, signed)?,
                recorded => recorded,
            },
            (true, None) => Some(self.see(&version, signed, now)?),
            // Two proofs: the log, and what was taken over from that of a lost keyring.
            (false, Some(_)) => [
                self.first_recorded(&version, signed, Action::Sign)?,
                self.first_seen(&version, signed)?,
            ]
            .into_iter()
            .flatten()
            .min(),
            (false, None) => None,
        };
        let Some(compromise) = &version.compromised else {
            return Ok(Judgement {
                verdict: Verdict::Valid,
                proven,
                reason: None,
            });
        };
        let since = compromise.since;
        let (verdict, reason) = match proven {
            Some(time) if time < since => (
                Verdict::ValidCompromisedLater,
                format!(
                    "{name} version {number} is compromised since {since}; the record proves that this signature is of {time}"
                ),
            ),
            Some(time) => (
                Verdict::Untrusted,
                format!(
                    "{name} version {number} is compromised since {since}, and the record knows this signature from {time} on"
                ),
            ),
            None => (
                Verdict::Untrusted,
                format!(
                    "{name} version {number} is compromised since {since}, and nothing proves that this signature is older"
                ),
            ),
        };
        Ok(Judgement {
            verdict,
            proven,
            reason: Some(reason),
        })
    }

    fn gate(&self, version: &Version, guard: &Guard) -> Arc<dyn Gate> {
        Arc::new(Watch {
            inner: Arc::clone(&self.inner),
            name: version.key.clone(),
            number: version.version,
            guard: guard.clone(),
        })
    }

    /// A version of our own, if it may be used now. It is asked again for each use.
    fn for_use(
        &self,
        name: &KeyName,
        number: Option<u32>,
        purpose: Purpose,
        guard: &Guard,
    ) -> Result<Version> {
        let now = guard.now()?;
        let operation = private_operation(purpose);
        self.inner.view(|view| {
            let (key, version) = view.key_and_version(name, number)?;
            check_purpose(name, key.purpose, purpose)?;
            if key.peer {
                return Err(only_public(name));
            }
            check_use(&version, operation, now, &view.head)?;
            Ok(version)
        })
    }

    /// When this was signed, or seen, first: by the audit log, which is checked as a whole. An entry is no older than
    /// any before it, whatever the clock said after somebody had set it back.
    fn first_recorded(
        &self,
        version: &Version,
        signed: &Signed,
        action: Action,
    ) -> Result<Option<Time>> {
        self.inner.view(|view| {
            let (mut first, mut latest) = (None, None);
            super::log::visit(view, &mut |entry| {
                latest = latest.max(Some(entry.time));
                let found = first.is_none()
                    && entry.action == action
                    && entry.names(&version.key, version.version)
                    && entry.is_of(
                        signed.format.name(),
                        &signed.digest,
                        signed.context.as_bytes(),
                    );
                if found {
                    first = latest;
                }
                Ok(())
            })?;
            Ok(first)
        })
    }

    /// What is recorded beside the log: of a counterparty's signatures, and of our own what a restored keyring has
    /// taken over from the one that was lost.
    fn first_seen(&self, version: &Version, signed: &Signed) -> Result<Option<Time>> {
        let place = signed.place(version);
        self.inner.view(|view| {
            let seen = view.body(Space::Seen, &place)?;
            let seen = seen.map(|body| Seen::decode(&body)).transpose()?;
            Ok(seen.map(|seen| seen.time))
        })
    }

    /// Records that a signature by a counterparty was seen, unless it was before; since when.
    fn see(&self, version: &Version, signed: &Signed, now: Time) -> Result<Time> {
        if let Some(known) = self.first_seen(version, signed)? {
            return Ok(known);
        }
        let (place, version, signed) = (signed.place(version), version.clone(), signed.clone());
        self.inner.commit(move |batch| {
            if let Some(body) = batch.body(Space::Seen, &place)? {
                return Ok(Seen::decode(&body)?.time);
            }
            // A clock that is behind would prove what is not true.
            let now = moment(&batch.head, now)?;
            let seen = Seen {
                v: super::record::V1,
                key: version.key.clone(),
                version: version.version,
                time: now,
            };
            batch.put(Space::Seen, &place, seen.encode()?);
            let entry = batch
                .entry(Action::Seen, now)
                .key(&version.key, version.version)
                .signed(
                    signed.format.name(),
                    signed.digest,
                    signed.context.as_bytes(),
                );
            batch.record(entry);
            Ok(now)
        })
    }
}

/// The key of the record that a signature was seen. It is about the content and not about the bytes of the
/// signature, of which there may be many.
pub(super) fn seen_key(
    version: &Version,
    format: &str,
    digest: &[u8; 32],
    context: &[u8],
) -> Vec<u8> {
    let len = |bytes: &[u8]| [u8::try_from(bytes.len()).unwrap_or(u8::MAX)];
    Hash::Sha256.of(&[
        &version.fingerprint.0,
        &len(format.as_bytes())[..],
        format.as_bytes(),
        &len(context),
        context,
        digest,
    ]
    .concat())
}

impl Signed {
    /// The key of the record that this was seen under a version.
    fn place(&self, version: &Version) -> Vec<u8> {
        let context = self.context.as_bytes();
        seen_key(version, self.format.name(), &self.digest, context)
    }
}

/// Stands before the private key of one version.
struct Watch {
    inner: Arc<Inner>,
    name: KeyName,
    number: u32,
    guard: Guard,
}

impl Gate for Watch {
    fn pass(&self, occasion: &Occasion<'_>) -> Result<()> {
        let now = self.guard.now()?;
        let (name, number, guard) = (self.name.clone(), self.number, self.guard.clone());
        let (format, digest) = (occasion.format, occasion.digest);
        let context = occasion.context.clone();
        self.inner.commit(move |batch| {
            permit(batch, &name, number, now, &guard, format, digest, &context)
        })
    }
}

/// Decides about one use of a private key, counts it and records it.
#[expect(clippy::too_many_arguments, reason = "all of them stand in the record")]
fn permit(
    batch: &mut Batch<'_>,
    name: &KeyName,
    number: u32,
    now: Time,
    guard: &Guard,
    format: Format,
    digest: [u8; 32],
    context: &Context,
) -> Result<()> {
    let (key, mut version) = batch.key_and_version(name, Some(number))?;
    let operation = private_operation(key.purpose);
    if (operation == Operation::Decapsulate) != (format == Format::Ciphertext) {
        return Err(Error::new(Code::WrongKind, format!("key {name}"))
            .expected(format!("a use to {}", key.purpose))
            .got(format.name()));
    }
    let now = check_use(&version, operation, now, &batch.head)?;
    let (action, purpose) = match operation {
        Operation::Decapsulate => (Action::Open, Use::Open),
        _ => (Action::Sign, Use::Sign),
    };
    guard.check(version.algorithm, purpose, context)?;
    if action == Action::Sign {
        check_context(&version, context)?;
    }
    version.uses += 1;
    batch.put_version(&version)?;
    let entry = batch
        .entry(action, now)
        .key(name, number)
        .material(version.algorithm.name(), version.fingerprint)
        .signed(format.name(), digest, context.as_bytes())
        .count(version.uses)
        .policy(guard.policy().hash_hex());
    batch.record(entry);
    Ok(())
}

/// Refuses a context that is none of those to which a version is bound, whoever has signed.
fn check_context(version: &Version, context: &Context) -> Result<()> {
    let allowed = &version.limits.contexts;
    match allowed.is_empty() || allowed.contains(context) {
        true => Ok(()),
        false => Err(Error::new(
            Code::State,
            format!(
                "{} version {} is bound to contexts",
                version.key, version.version
            ),
        )
        .expected(listed(allowed))
        .got(shown(context))),
    }
}

/// The use of a private key of that purpose.
const fn private_operation(purpose: Purpose) -> Operation {
    match purpose {
        Purpose::Sign => Operation::Sign,
        Purpose::Receive => Operation::Decapsulate,
    }
}

/// Whether the private key of a version may be used now, as far as it does not depend on what for; the time that
/// counts.
fn check_use(version: &Version, operation: Operation, now: Time, head: &Head) -> Result<Time> {
    check_state(version, operation)?;
    if operation == Operation::Sign {
        check_confirmed(head)?;
    }
    let now = moment(head, now)?;
    check_window(version, operation, now)?;
    match version.limits.max_uses {
        Some(most) if version.uses >= most => Err(Error::new(
            Code::State,
            format!(
                "{} version {} has been used {} times",
                version.key, version.version, version.uses
            ),
        )
        .expected(format!(
            "at most {most}; chop key rotate makes the next version"
        ))),
        _ => Ok(now),
    }
}

/// Whether a version is in its window.
fn check_window(version: &Version, operation: Operation, now: Time) -> Result<()> {
    let limits = &version.limits;
    let until = match operation {
        Operation::Sign | Operation::Encapsulate => limits.sign_until,
        Operation::Verify | Operation::Decapsulate => limits.verify_until,
        Operation::Export => None,
    };
    let outside = |how: &str, time: Time| {
        Err(Error::new(
            Code::State,
            format!(
                "{} version {} may {} {how} {time}, and it is {now}",
                version.key,
                version.version,
                operation.words()
            ),
        ))
    };
    match until {
        _ if now < limits.not_before => outside("not before", limits.not_before),
        Some(until) if now >= until => outside("until", until),
        _ => Ok(()),
    }
}

fn check_purpose(name: &KeyName, purpose: Purpose, wanted: Purpose) -> Result<()> {
    match purpose == wanted {
        true => Ok(()),
        false => Err(Error::new(Code::WrongKind, format!("key {name}"))
            .expected(format!("one to {wanted}"))
            .got(format!("one to {purpose}"))),
    }
}

fn listed(contexts: &[Context]) -> String {
    let all: Vec<String> = contexts.iter().map(shown).collect();
    all.join(" or ")
}

/// A context for people: as text if it is one.
fn shown(context: &Context) -> String {
    match std::str::from_utf8(context.as_bytes()) {
        _ if context.is_empty() => "no context".to_owned(),
        Ok(text) => format!("{text:?}"),
        Err(_) => super::record::to_hex(context.as_bytes()),
    }
}
