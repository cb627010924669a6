//! The file of a store on its way to its name.

use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, linkat, open, renameat_with};
use rustix::io::Errno;

use crate::error::{Code, Error, Result};

/// What SQLite puts beside a file of its own.
const COMPANIONS: [&str; 4] = ["", "-journal", "-wal", "-shm"];

/// A file that is removed when this is dropped, unless it is kept.
pub(super) struct Draft {
    path: Option<PathBuf>,
}

impl Draft {
    /// An empty file in the folder of `target`, which is made if need be.
    pub(super) fn new(target: &Path) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        if target.symlink_metadata().is_ok() {
            return Err(taken(target));
        }
        let folder = folder_of(target);
        make_folder(folder).map_err(|error| cannot_make(target, &error))?;
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
                Ok(_) => return Ok(Self { path: Some(path) }),
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(cannot_make(target, &errno)),
            }
        }
        Err(cannot_make(target, &"every temporary name is taken"))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(""))
    }

    /// Gives it the name `target`, which must be free, for good: both are on the disk afterwards. Even so it is
    /// taken back if the result is dropped, because nobody can rely on it yet.
    pub(super) fn give_name(self, target: &Path) -> Result<Self> {
        File::open(self.path())
            .and_then(|file| file.sync_all())
            .map_err(|error| cannot_make(target, &error))?;
        match renameat_with(CWD, self.path(), CWD, target, RenameFlags::NOREPLACE) {
            // A file system without this flag: a second link fails just as well if the name is taken.
            Err(Errno::INVAL | Errno::NOSYS) => {
                linkat(CWD, self.path(), CWD, target, AtFlags::empty())
            }
            other => other,
        }
        .map_err(|errno| match errno {
            Errno::EXIST => taken(target),
            errno => cannot_make(target, &errno),
        })?;
        drop(self);
        let named = Self {
            path: Some(target.to_owned()),
        };
        File::open(folder_of(target))
            .and_then(|folder| folder.sync_all())
            .map_err(|error| cannot_make(target, &error))?;
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
        for companion in COMPANIONS {
            let mut name = path.as_os_str().to_owned();
            name.push(companion);
            let _ = fs::remove_file(PathBuf::from(name));
        }
    }
}

fn taken(target: &Path) -> Error {
    Error::new(Code::Exists, "file exists")
        .expected("a new name for the keyring")
        .at(target.display().to_string())
}

fn cannot_make(target: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::new(Code::Io, "cannot make the keyring")
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
