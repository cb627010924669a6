//! The keyring of a command: where it is, what unlocks it, and who is asking.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use chop::encoding::Passphrase;
use chop::keyring::store::{SqliteStore, Store, Write};
use chop::keyring::{Actor, KeyName, Keyring, Unlock};
use chop::{Code, Error, Result, SecretBytes};
use rustix::process::geteuid;

use crate::args::Cli;
use crate::input::{Input, is_standard};
use crate::output::never_replace;
use crate::passphrase::Passphrases;
use crate::process;

/// The variable that names the keyring where `--keyring` does not.
const KEYRING: &str = "CHOP_KEYRING";

/// The variable that names the unlock file where `--unlock-file` does not.
const UNLOCK_FILE: &str = "CHOP_UNLOCK_FILE";

/// Marks the name of a key where there is a file of that name.
const MARK: &str = "key:";

/// The most that is read of an unlock file.
const MAX_UNLOCK_FILE: usize = 64 * 1024;

/// The keyring of a command, opened when the first key of it is needed.
pub(crate) struct Ring<'a> {
    path: Option<PathBuf>,
    unlock_file: Option<PathBuf>,
    passphrases: &'a Passphrases,
    open: OnceLock<Keyring>,
    /// Held while it is opened, so that one thread asks for the passphrase.
    opening: Mutex<()>,
}

/// How a key is given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// By a file.
    File(PathBuf),
    /// By its name in the keyring.
    Named(KeyName),
}

impl Source {
    /// The file, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Named(_) => None,
        }
    }
}

impl<'a> Ring<'a> {
    pub(crate) fn new(cli: &Cli, passphrases: &'a Passphrases) -> Self {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
        let unlock_file = cli
            .unlock_file
            .clone()
            .or_else(|| variable(UNLOCK_FILE).map(PathBuf::from));
        if let Some(file) = &unlock_file {
            never_replace(file);
        }
        Self {
            path: cli
                .keyring
                .clone()
                .or_else(|| variable(KEYRING).map(PathBuf::from))
                .or_else(default_path),
            unlock_file,
            passphrases,
            open: OnceLock::new(),
            opening: Mutex::new(()),
        }
    }

    /// The passphrase of a file that goes into the keyring: where one line of a descriptor opens the keyring, the
    /// next one opens the file.
    ///
    /// # Errors
    /// As [`unlock`](Self::unlock).
    pub(crate) fn passphrase_of_file(&self, place: &str) -> Result<Passphrase> {
        match self.unlock_file {
            Some(_) => self.passphrases.existing(place),
            None => self.passphrases.another(place),
        }
    }

    /// Where the keyring is, or will be.
    ///
    /// # Errors
    /// [`Code::Usage`] if nothing says it, or something that is no path.
    pub(crate) fn path(&self) -> Result<&Path> {
        let path = self.path.as_deref().ok_or_else(|| {
            Error::usage("keyring").expected("--keyring PATH, $CHOP_KEYRING, or a home directory")
        })?;
        match path.to_str() {
            Some(url) if url.contains("://") => Err(Error::usage("keyring")
                .expected("a path; other stores than a file are not built in")
                .got("a URL")),
            _ if is_standard(path) => Err(Error::usage("keyring")
                .expected("a file")
                .got("standard input")),
            _ => Ok(path),
        }
    }

    /// The keyring, unlocked.
    ///
    /// # Errors
    /// [`Code::Io`] if there is none, [`Code::Passphrase`], [`Code::Integrity`], [`Code::Storage`].
    pub(crate) fn get(&self) -> Result<&Keyring> {
        if let Some(ring) = self.open.get() {
            return Ok(ring);
        }
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ring) = self.open.get() {
            return Ok(ring);
        }
        let path = self.path()?;
        if fs::symlink_metadata(path).is_err() {
            return Err(Error::new(Code::Io, "no keyring")
                .expected("one that `chop init` has made, or --keyring PATH")
                .at(path.display().to_string()));
        }
        let store = open_store(path)?;
        let unlock = self.unlock()?;
        let ring = Keyring::open(store, &unlock, actor()?)?;
        Ok(self.open.get_or_init(|| ring))
    }

    /// What unlocks an existing keyring.
    ///
    /// # Errors
    /// [`Code::Passphrase`], [`Code::Io`], [`Code::Usage`].
    pub(crate) fn unlock(&self) -> Result<Unlock> {
        match &self.unlock_file {
            Some(file) => unlock_file(file),
            None => {
                process::close_to_others();
                let path = self.path()?.display().to_string();
                self.passphrases.existing(&path).map(Unlock::Passphrase)
            }
        }
    }

    /// What will unlock a keyring that is being made.
    ///
    /// # Errors
    /// As [`unlock`](Self::unlock).
    pub(crate) fn first_unlock(&self) -> Result<Unlock> {
        match &self.unlock_file {
            Some(file) => unlock_file(file),
            None => self.new_passphrase(),
        }
    }

    /// A new passphrase, asked for twice.
    ///
    /// # Errors
    /// As [`unlock`](Self::unlock).
    pub(crate) fn new_passphrase(&self) -> Result<Unlock> {
        process::close_to_others();
        let path = self.path()?.display().to_string();
        self.passphrases.new_one(&path).map(Unlock::Passphrase)
    }

    /// Whether an argument names a file or a key: what is there is a file; a name is a key's where there is
    /// a keyring; `key:NAME` is a key in any case, `./NAME` a file. What is both is refused: whoever can put a file
    /// where a command is given would choose its key.
    ///
    /// # Errors
    /// [`Code::Usage`] for `key:` before what is no name, and for the name of a key and of a file.
    pub(crate) fn source(&self, argument: &Path) -> Result<Source> {
        self.source_from(Path::new(""), argument)
    }

    /// [`source`](Self::source) where files are looked for in `folder`.
    ///
    /// # Errors
    /// As [`source`](Self::source).
    pub(crate) fn source_from(&self, folder: &Path, argument: &Path) -> Result<Source> {
        let text = argument.to_str();
        if let Some(name) = text.and_then(|text| text.strip_prefix(MARK)) {
            return name.parse().map(Source::Named);
        }
        let inside = folder.join(argument);
        let file = Source::File(inside.clone());
        let name: Option<KeyName> = text.and_then(|text| text.parse().ok());
        let (Some(name), false) = (name, is_standard(argument)) else {
            return Ok(file);
        };
        let Some(path) = self
            .path
            .as_deref()
            .filter(|path| path.symlink_metadata().is_ok())
        else {
            return Ok(file);
        };
        match inside.symlink_metadata().is_ok() {
            false => Ok(Source::Named(name)),
            true if is_key_of(path, &name)? => Err(Error::usage("key")
                .expected(format!(
                    "{MARK}{name} for the key, or ./{name} for the file"
                ))
                .got(format!("{name}, which is a key of the keyring and a file"))),
            true => Ok(file),
        }
    }
}

/// Whether a keyring has a key of that name; a file that is no keyring has none.
fn is_key_of(path: &Path, name: &KeyName) -> Result<bool> {
    match open_store(path).and_then(|store| Keyring::seems_to_have(&*store, name)) {
        Err(error) if error.code() == Code::Malformed => Ok(false),
        answer => answer,
    }
}

/// The store of a keyring that is there. Nothing else in the command knows what kind of store it is.
///
/// # Errors
/// Those of the store.
pub(crate) fn open_store(path: &Path) -> Result<Box<dyn Store>> {
    Ok(Box::new(SqliteStore::open(path)?))
}

/// A new store with what `fill` writes, whole or not at all.
///
/// # Errors
/// Those of the store and of `fill`.
pub(crate) fn create_store(path: &Path, fill: &mut Write<'_>) -> Result<Box<dyn Store>> {
    Ok(Box::new(SqliteStore::create(path, fill)?))
}

/// Where the keyring of a user is.
fn default_path() -> Option<PathBuf> {
    let absolute = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let data =
        absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")))?;
    Some(data.join("chop/keyring.db"))
}

/// Reads an unlock file, which nobody else may read.
fn unlock_file(path: &Path) -> Result<Unlock> {
    let input = Input::open(path)?;
    let name = input.name().to_owned();
    if !is_standard(path) {
        check_mode(path).map_err(|error| error.at(&name))?;
    }
    process::close_to_others();
    let bytes = input.read("unlock file", MAX_UNLOCK_FILE)?;
    Unlock::key_file(bytes).map_err(|error| error.at(name))
}

fn check_mode(path: &Path) -> Result<()> {
    let metadata = fs::metadata(path)
        .map_err(|error| Error::new(Code::Io, "cannot read").got(error.to_string()))?;
    // A pipe has a mode too, and nobody else can open it.
    if metadata.is_file() && metadata.mode() & 0o077 != 0 {
        return Err(Error::new(Code::Io, "unlock file")
            .expected("mode 0600, so that nobody else may read it")
            .got(format!("mode {:04o}", metadata.mode() & 0o7777)));
    }
    Ok(())
}

/// Fresh contents of an unlock file.
///
/// # Errors
/// [`Code::Random`].
pub(crate) fn new_unlock_file() -> Result<SecretBytes> {
    let mut bytes = SecretBytes::zeroed(32);
    chop::random::fill(bytes.expose_mut())?;
    Ok(bytes)
}

/// Who is asking, for the record: the user of this process.
///
/// # Errors
/// Those of [`Actor`], for a user's name that cannot stand in a record.
pub(crate) fn actor() -> Result<Actor> {
    let uid = geteuid().as_raw();
    let name = fs::read_to_string("/etc/passwd").ok().and_then(|text| {
        text.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let number: u32 = fields.nth(1)?.parse().ok()?;
            (number == uid).then(|| name.to_owned())
        })
    });
    match name {
        Some(name) => format!("uid {uid} ({name})").parse(),
        None => format!("uid {uid}").parse(),
    }
}
