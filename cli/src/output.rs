//! Files that appear whole or not at all.
//!
//! A new file is written under a temporary name in its own directory, flushed to the disk, and
//! then given its name in a step that fails if that name is taken. Private files have mode 0600
//! from the moment they exist; no link is followed. Several files of one command get their names
//! only when all of them are on the disk.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use chop::{Code, Error, Result};
use rustix::fs::{CWD, Mode, OFlags, RenameFlags, open, renameat_with};
use rustix::io::Errno;

use crate::input::is_standard;
use crate::report::Report;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The owner alone.
    Private,
    /// Whoever the umask allows.
    Public,
}

/// One output of a command: a path, or standard output.
pub(crate) struct Output<'a> {
    path: Option<&'a Path>,
    access: Access,
    force: bool,
}

impl<'a> Output<'a> {
    /// An output to `path`, or to standard output for `-` and for none. Finds out at once whether
    /// it can be written, before anybody is asked for a passphrase. `binary` bytes would upset a
    /// terminal.
    ///
    /// # Errors
    /// [`Code::Exists`] for an existing file, and [`Code::Usage`] for a secret or binary output to
    /// a terminal, both without `--force`.
    pub(crate) fn new(
        path: Option<&'a Path>,
        access: Access,
        binary: bool,
        force: bool,
    ) -> Result<Self> {
        let path = path.filter(|path| !is_standard(path));
        match path {
            Some(path) if !force && fs::symlink_metadata(path).is_ok() => return Err(exists(path)),
            None if !force
                && (binary || access == Access::Private)
                && io::stdout().is_terminal() =>
            {
                let what = if access == Access::Private {
                    "a secret"
                } else {
                    "binary data"
                };
                return Err(Error::usage(format!("{what} to the terminal"))
                    .expected("-o FILE, a pipe, or --force"));
            }
            _ => {}
        }
        Ok(Self {
            path,
            access,
            force,
        })
    }

    /// Whether this goes to standard output.
    pub(crate) const fn is_standard(&self) -> bool {
        self.path.is_none()
    }
}

/// Writes every output, or none: `contents` has the bytes of each of `outputs`.
///
/// # Errors
/// [`Code::Exists`], [`Code::Io`].
pub(crate) fn write_all(outputs: &[(&Output<'_>, &[u8])], report: &Report) -> Result<()> {
    let mut staged = Vec::new();
    for (output, bytes) in outputs {
        if let Some(path) = output.path {
            staged.push(Staged::write(path, output, bytes)?);
        }
    }
    let mut named: Vec<&Staged> = Vec::new();
    for file in &staged {
        if let Err(error) = file.give_name() {
            for done in named {
                done.take_name_back();
            }
            return Err(error);
        }
        named.push(file);
    }
    for (output, bytes) in outputs {
        if output.is_standard() {
            report.bytes(bytes)?;
        }
    }
    Ok(())
}

/// A file that is on the disk and does not have its name yet.
struct Staged {
    path: PathBuf,
    /// `None` once it has its name, and for devices, which have theirs already.
    temporary: Option<PathBuf>,
    force: bool,
}

impl Staged {
    fn write(path: &Path, output: &Output<'_>, bytes: &[u8]) -> Result<Self> {
        let fail = |error: &dyn std::fmt::Display| {
            Error::new(Code::Io, "cannot write")
                .got(error.to_string())
                .at(path.display().to_string())
        };
        if output.force && fs::metadata(path).is_ok_and(|metadata| is_device(&metadata)) {
            let mut device = File::options()
                .write(true)
                .open(path)
                .map_err(|error| fail(&error))?;
            device
                .write_all(bytes)
                .and_then(|()| device.flush())
                .map_err(|error| fail(&error))?;
            return Ok(Self {
                path: path.to_owned(),
                temporary: None,
                force: true,
            });
        }
        let mode = match output.access {
            Access::Private => Mode::from(0o600),
            Access::Public => Mode::from(0o666),
        };
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let (temporary, file) = (0..100)
            .find_map(|attempt| {
                let candidate = temporary_name(path, attempt);
                match open(&candidate, flags, mode) {
                    Err(Errno::EXIST) => None,
                    other => Some(other.map(|fd| (candidate, File::from(fd)))),
                }
            })
            .ok_or_else(|| fail(&"too many temporary files of earlier runs"))?
            .map_err(|errno| fail(&errno))?;
        let staged = Self {
            path: path.to_owned(),
            temporary: Some(temporary),
            force: output.force,
        };
        let mut file = file;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|error| fail(&error))?;
        Ok(staged)
    }

    /// Moves the file to its name and makes that durable.
    fn give_name(&self) -> Result<()> {
        let Some(temporary) = &self.temporary else {
            return Ok(());
        };
        let fail = |error: &dyn std::fmt::Display| {
            Error::new(Code::Io, "cannot write")
                .got(error.to_string())
                .at(self.path.display().to_string())
        };
        if self.force {
            fs::rename(temporary, &self.path).map_err(|error| fail(&error))?;
        } else {
            match renameat_with(CWD, temporary, CWD, &self.path, RenameFlags::NOREPLACE) {
                Ok(()) => {}
                Err(Errno::EXIST) => return Err(exists(&self.path)),
                // A file system without this flag: a second link fails just as well if the name is taken.
                Err(Errno::INVAL | Errno::NOSYS) => {
                    fs::hard_link(temporary, &self.path).map_err(|error| match error.kind() {
                        io::ErrorKind::AlreadyExists => exists(&self.path),
                        _ => fail(&error),
                    })?;
                    // The temporary name goes when this value is dropped.
                }
                Err(errno) => return Err(fail(&errno)),
            }
        }
        File::open(directory(&self.path))
            .and_then(|directory| directory.sync_all())
            .map_err(|error| {
                self.take_name_back();
                fail(&error)
            })
    }

    /// Undoes [`give_name`](Self::give_name) because a companion failed.
    fn take_name_back(&self) {
        if self.temporary.is_some() && !self.force {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Gone already if the file got its name by renaming.
            let _ = fs::remove_file(temporary);
        }
    }
}

fn is_device(metadata: &fs::Metadata) -> bool {
    let kind = metadata.file_type();
    kind.is_char_device() || kind.is_fifo() || kind.is_socket()
}

fn temporary_name(path: &Path, attempt: u32) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Long names would not leave room for the suffix in the 255 bytes of a file name.
    let short: String = name.chars().take(40).collect();
    directory(path).join(format!(".{short}.{}-{attempt}.tmp", std::process::id()))
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn exists(path: &Path) -> Error {
    Error::new(Code::Exists, "file exists")
        .expected("a new name, or --force to replace it")
        .at(path.display().to_string())
}
