//! A file of the keyring, its own or its witness, on its way to its name.

use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, linkat, open, renameat_with};
use rustix::io::Errno;

use crate::error::{Code, Error, Result};

/// What the file will be.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A database, beside which others come and go.
    Store,
    /// A witness.
    Witness,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Store => "keyring",
            Self::Witness => "witness",
        }
    }

    /// What ends the names of its files: those that SQLite puts beside its own.
    const fn files(self) -> &'static [&'static str] {
        match self {
            Self::Store => &["", "-journal", "-wal", "-shm"],
            Self::Witness => &[""],
        }
    }
}

/// A file that is removed when this is dropped, unless it is kept.
pub(super) struct Draft {
    path: Option<PathBuf>,
    kind: Kind,
}

impl Draft {
    /// An empty file in the folder of `target`. The folder of a store is made if need be; that of a witness may be
    /// a disk that is not there.
    pub(super) fn new(target: &Path, kind: Kind) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        if target.symlink_metadata().is_ok() {
            return Err(taken(target, kind));
        }
        let folder = folder_of(target);
        if let Kind::Store = kind {
            make_folder(folder).map_err(|error| cannot_make(target, kind, &error))?;
        }
        let short: String = target
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .chars()
            .take(40)
            .collect();
        // Earlier processes of this number may have left theirs.
        for _ in 0..100 {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!(".{short}.{}-{number}.tmp", std::process::id());
            let path = folder.join(name);
            let flags =
                OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            match open(&path, flags, Mode::from(0o600)) {
                Ok(_) => {
                    let path = Some(path);
                    return Ok(Self { path, kind });
                }
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(cannot_make(target, kind, &errno)),
            }
        }
        Err(cannot_make(target, kind, &"every temporary name is taken"))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(""))
    }

    /// Gives it the name `target`, which must be free, for good: both are on the disk afterwards. Even so it is
    /// taken back if the result is dropped, because nobody can rely on it yet.
    pub(super) fn give_name(self, target: &Path) -> Result<Self> {
        let kind = self.kind;
        File::open(self.path())
            .and_then(|file| file.sync_all())
            .map_err(|error| cannot_make(target, kind, &error))?;
        match renameat_with(CWD, self.path(), CWD, target, RenameFlags::NOREPLACE) {
            // A file system without this flag: a second link fails just as well if the name is taken.
            Err(Errno::INVAL | Errno::NOSYS) => {
                linkat(CWD, self.path(), CWD, target, AtFlags::empty())
            }
            other => other,
        }
        .map_err(|errno| match errno {
            Errno::EXIST => taken(target, kind),
            errno => cannot_make(target, kind, &errno),
        })?;
        drop(self);
        let named = Self {
            path: Some(target.to_owned()),
            kind,
        };
        File::open(folder_of(target))
            .and_then(|folder| folder.sync_all())
            .map_err(|error| cannot_make(target, kind, &error))?;
        Ok(named)
    }

    /// Leaves the file where it is.
    pub(super) fn keep(mut self) {
        self.path = None;
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let Some(path) = &self.path else { return };
        for companion in self.kind.files() {
            let mut name = path.as_os_str().to_owned();
            name.push(companion);
            let _ = fs::remove_file(PathBuf::from(name));
        }
    }
}

fn taken(target: &Path, kind: Kind) -> Error {
    Error::new(Code::Exists, "file exists")
        .expected(format!("a new name for the {}", kind.name()))
        .at(target.display().to_string())
}

fn cannot_make(target: &Path, kind: Kind, error: &dyn std::fmt::Display) -> Error {
    Error::new(Code::Io, format!("cannot make the {}", kind.name()))
        .got(error.to_string())
        .at(target.display().to_string())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes a folder and those above it, for nobody else.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}
