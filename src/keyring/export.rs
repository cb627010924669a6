//! How private keys are opened, and the one door by which they leave.

use super::audit::Action;
use super::commit::{Inner, Look};
use super::name::{KeyName, Reason};
use super::record::Version;
use super::state::{Operation, State};
use super::store::Space;
use super::{Keyring, SECRET, no_such_use};
use crate::encoding;
use crate::error::{Code, Error, Result};
use crate::key::{PrivateKey, PublicKey};
use crate::policy::Guard;
use crate::symmetric;

impl Keyring {
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
