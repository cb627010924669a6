//! `chop init`, and the files that unlock a keyring.

use std::path::{Path, PathBuf};

use chop::keyring::{NewKeyring, Unlock};
use chop::{Code, Error, Guard, Result, SecretBytes};
use serde_json::json;

use crate::args::Init;
use crate::keyring::{Ring, actor, create_store, new_unlock_file};
use crate::output::{Access, Output, write_all};
use crate::process;
use crate::progress::during;
use crate::report::Report;

pub(super) fn run(args: &Init, ring: &Ring<'_>, guard: &Guard, report: &Report) -> Result<u8> {
    let path = ring.path()?;
    // Before anybody is asked for a passphrase.
    if path.symlink_metadata().is_ok() {
        return Err(Error::new(Code::Exists, "file exists")
            .expected("a new name for the keyring")
            .at(path.display().to_string()));
    }
    let witness = args.witness.as_deref().map(absolute).transpose()?;
    process::close_to_others();
    let fresh = match &args.new_unlock_file {
        Some(file) => Some(NewFile::new(file)?),
        None => None,
    };
    let unlock = match &fresh {
        Some(fresh) => fresh.unlock()?,
        None => ring.first_unlock()?,
    };
    // The file first: a keyring that nothing opens would be lost.
    if let Some(fresh) = &fresh {
        fresh.write(report)?;
    }
    let made = during(report, "making the keyring", || {
        let new = NewKeyring::new(&unlock, "", witness.as_deref(), actor()?, guard)?;
        let store = create_store(path, &mut |rows| new.write(rows))?;
        new.open(store)
    });
    let made = match (made, &fresh) {
        (Ok(made), _) => made,
        (Err(error), Some(fresh)) => {
            fresh.take_back();
            return Err(error);
        }
        (Err(error), None) => return Err(error),
    };
    let key = made.audit_public_key()?;
    let audit = chop::PublicKey::Verifying(key).fingerprint().to_string();
    match report.is_json() {
        true => report.json(json!({
            "keyring": path.display().to_string(),
            "id": made.id(),
            "witness": witness.as_ref().map(|path| path.display().to_string()),
            "unlock_file": fresh.as_ref().map(|fresh| fresh.path.display().to_string()),
            "audit_fingerprint": audit,
        }))?,
        false => {
            report.say(&format!("{}: keyring {}", path.display(), made.id()));
            if let Some(fresh) = &fresh {
                report.say(&format!(
                    "{}: unlocks it; keep a copy where nobody else can read it",
                    fresh.path.display()
                ));
            }
            if let Some(witness) = &witness {
                report.say(&format!("{}: its witness", witness.display()));
            }
            report.say(&format!("audit key, fingerprint {audit}"));
        }
    }
    Ok(0)
}

/// A path from the root of the file system, because commands are given in other folders later.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| {
        Error::new(Code::Io, "path")
            .got(error.to_string())
            .at(path.display().to_string())
    })
}

/// An unlock file that is being made.
pub(super) struct NewFile<'a> {
    pub(super) path: &'a Path,
    contents: SecretBytes,
}

impl<'a> NewFile<'a> {
    pub(super) fn new(path: &'a Path) -> Result<Self> {
        Output::new(Some(path), Access::Private, true, false)?;
        Ok(Self {
            path,
            contents: new_unlock_file()?,
        })
    }

    pub(super) fn unlock(&self) -> Result<Unlock> {
        Unlock::key_file(self.contents.duplicate())
    }

    pub(super) fn write(&self, report: &Report) -> Result<()> {
        let output = Output::new(Some(self.path), Access::Private, true, false)?;
        write_all(&[(&output, self.contents.expose())], report, || Ok(()))
    }

    /// Removes the file again, because what it was for has failed.
    pub(super) fn take_back(&self) {
        let _ = std::fs::remove_file(self.path);
    }
}
