//! Files that appear whole or not at all.
//!
//! A new file is written without a name (`O_TMPFILE`), flushed to the disk, and then given its
//! name in a step that fails if that name is taken: whatever interrupts the command before, nothing
//! is left. Where the file system cannot do that, a temporary name in the same folder serves.
//! Private files have mode 0600; no link is followed. Several files of one command, and what goes to
//! standard output with them, succeed together: when one fails, names are taken back, and with
//! `--force` the file that was replaced is put back. What a keyring needs is never replaced.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use chop::{Code, Error, Result, keyring};
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, RenameFlags, fchmod, linkat, open, renameat, renameat_with,
};
use rustix::io::Errno;

use crate::interrupt::Uninterrupted;
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

/// Whether `path` means standard output.
pub(crate) fn is_standard(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
        .iter()
        .any(|name| path.as_os_str() == *name)
}

/// How an output is called in messages.
pub(crate) fn name_of(path: &Path) -> String {
    if is_standard(path) {
        return "standard output".to_owned();
    }
    path.display().to_string()
}

impl<'a> Output<'a> {
    /// An output to `path`, or to standard output for `-` and for none. Finds out at once whether
    /// it can be written, before anybody is asked for a passphrase. `binary` bytes would upset a
    /// terminal.
    ///
    /// # Errors
    /// [`Code::Exists`] for an existing file, and [`Code::Usage`] for a secret or binary output to
    /// a terminal, both without `--force`; [`Code::Io`] for what is no file and cannot be replaced.
    pub(crate) fn new(
        path: Option<&'a Path>,
        access: Access,
        binary: bool,
        force: bool,
    ) -> Result<Self> {
        let path = path.filter(|path| !is_standard(path));
        match path {
            Some(path) => check_place(path, force)?,
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
                    .expected("a file, a pipe, or --force"));
            }
            None => {}
        }
        Ok(Self {
            path,
            access,
            force,
        })
    }
}

/// The file that unlocks the keyring of this command: nothing in it says what it is.
static UNLOCKS: OnceLock<PathBuf> = OnceLock::new();

/// Sees to it that no output takes the place of an unlock file.
pub(crate) fn never_replace(unlock_file: &Path) {
    let _ = UNLOCKS.set(unlock_file.to_owned());
}

/// What a file is that holds, or opens, keys which nobody could make again.
fn irreplaceable(path: &Path) -> Option<&'static str> {
    let identity = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
    let unlocks = UNLOCKS.get().and_then(|file| identity(file));
    if unlocks.is_some() && unlocks == identity(path) {
        return Some("the unlock file of the keyring");
    }
    let mut start = Vec::new();
    let limit = u64::try_from(keyring::RECOGNISED).unwrap_or(u64::MAX);
    File::open(path)
        .ok()?
        .take(limit)
        .read_to_end(&mut start)
        .ok()?;
    keyring::recognise(&start)
}

/// Refuses a name that is taken, and with `--force` what is not a file to be replaced.
fn check_place(path: &Path, force: bool) -> Result<()> {
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if !force {
        return Err(exists(path));
    }
    let special = match fs::metadata(path) {
        Ok(target) => !target.is_file(),
        // A dangling link is replaced like a file.
        Err(_) => false,
    };
    // The links of /dev and /proc lead to open files of this process: replacing one is never meant.
    let of_the_system =
        found.is_symlink() && (directory(path) == Path::new("/dev") || path.starts_with("/proc"));
    if special || of_the_system {
        return Err(Error::new(Code::Io, "cannot replace")
            .expected("a regular file, or - for standard output")
            .got("something else")
            .at(path.display().to_string()));
    }
    match irreplaceable(path) {
        Some(what) => Err(Error::usage("output file")
            .expected("a file of its own")
            .got(what)
            .at(path.display().to_string())),
        None => Ok(()),
    }
}

/// Where a name is: its folder without links, and the name in it.
fn place(path: &Path) -> Option<PathBuf> {
    Some(
        fs::canonicalize(directory(path))
            .ok()?
            .join(path.file_name()?),
    )
}

/// Refuses outputs that would overwrite each other, or an input.
///
/// # Errors
/// [`Code::Usage`].
pub(crate) fn distinct(outputs: &[&Path], inputs: &[&Path]) -> Result<()> {
    let mut taken: Vec<PathBuf> = Vec::new();
    for input in inputs {
        taken.extend(place(input));
        taken.extend(fs::canonicalize(input));
    }
    for output in outputs.iter().filter(|path| !is_standard(path)) {
        let Some(place) = place(output) else { continue };
        if taken.contains(&place) {
            return Err(Error::usage("output file")
                .expected("a file of its own")
                .got("another file of this command")
                .at(output.display().to_string()));
        }
        taken.push(place);
    }
    if outputs.iter().filter(|path| is_standard(path)).count() > 1 {
        return Err(Error::usage("standard output")
            .expected("one purpose")
            .got("several"));
    }
    Ok(())
}

/// Writes every output and then reports, or leaves everything as it was.
///
/// # Errors
/// [`Code::Exists`], [`Code::Io`], and whatever `conclude` returns.
pub(crate) fn write_all(
    outputs: &[(&Output<'_>, &[u8])],
    report: &Report,
    conclude: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let _uninterrupted = Uninterrupted::start()?;
    let mut staged = Vec::new();
    for (output, bytes) in outputs {
        if let Some(path) = output.path {
            let written = &mut |file: &mut dyn Write| {
                file.write_all(bytes)
                    .map_err(|error| Error::new(Code::Io, "cannot write").got(error.to_string()))
            };
            staged.push(Staged::write(path, output, written)?);
        }
    }
    let finish = || -> Result<()> {
        for file in &mut staged {
            file.give_name()?;
        }
        for (output, bytes) in outputs {
            if output.path.is_none() {
                match output.access {
                    Access::Private => report.secret(bytes)?,
                    // What is public can be made again.
                    Access::Public => report.bytes(bytes)?,
                }
            }
        }
        conclude()
    };
    let result = finish();
    if result.is_err() {
        staged.iter_mut().for_each(Staged::take_name_back);
    }
    result
}

/// Writes what is too long for memory.
pub(crate) type Fill<'a> = dyn FnMut(&mut dyn Write) -> Result<()> + 'a;

/// Writes one output that is not held in memory, and then reports, or leaves everything as it was.
///
/// # Errors
/// As [`write_all`], and whatever `fill` returns.
pub(crate) fn write_long(
    output: &Output<'_>,
    fill: &mut Fill<'_>,
    conclude: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let Some(path) = output.path else {
        let mut out = BufWriter::new(io::stdout().lock());
        fill(&mut out)?;
        return out
            .flush()
            .map_err(|error| Error::new(Code::Io, "standard output").got(error.to_string()));
    };
    let mut staged = Staged::write(path, output, &mut |file| {
        let mut buffered = BufWriter::new(file);
        fill(&mut buffered)?;
        buffered
            .flush()
            .map_err(|error| Error::new(Code::Io, "cannot write").got(error.to_string()))
    })?;
    let _uninterrupted = Uninterrupted::start()?;
    let result = staged.give_name().and_then(|()| conclude());
    if result.is_err() {
        staged.take_name_back();
    }
    result
}

/// How far a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// On the disk, without its name.
    Written,
    /// Under its name, which was free.
    Named,
    /// Under its name; the file that had it before is under the temporary name.
    Exchanged,
    /// Under its name; the file that had it before is gone, on a file system that cannot exchange.
    Replaced,
}

/// A file that is on the disk, on its way to its name.
struct Staged {
    path: PathBuf,
    file: File,
    /// The name until then, for file systems without nameless files and for replacing.
    temporary: Option<PathBuf>,
    force: bool,
    state: State,
}

impl Staged {
    fn write(path: &Path, output: &Output<'_>, fill: &mut Fill<'_>) -> Result<Self> {
        let mode = match output.access {
            Access::Private => Mode::from(0o600),
            Access::Public => Mode::from(0o666),
        };
        let (file, temporary) = create(path, mode).map_err(|errno| cannot_write(path, &errno))?;
        let mut staged = Self {
            path: path.to_owned(),
            file,
            temporary,
            force: output.force,
            state: State::Written,
        };
        if output.access == Access::Private {
            // A umask may have taken the owner's rights, too.
            fchmod(&staged.file, mode).map_err(|errno| cannot_write(path, &errno))?;
        }
        // No buffer of ours in between: it would keep a copy of what may be a private key.
        fill(&mut staged.file).map_err(|error| match error.code() {
            Code::Io => error.at(path.display().to_string()),
            _ => error,
        })?;
        staged
            .file
            .sync_all()
            .map_err(|error| cannot_write(path, &error))?;
        Ok(staged)
    }

    /// Gives the file its name and makes that durable.
    fn give_name(&mut self) -> Result<()> {
        self.state = match self.name_if_free() {
            Err(Errno::EXIST) if self.force => self
                .exchange()
                .map_err(|errno| cannot_write(&self.path, &errno))?,
            Err(Errno::EXIST) => return Err(exists(&self.path)),
            Err(errno) => return Err(cannot_write(&self.path, &errno)),
            Ok(()) => State::Named,
        };
        match File::open(directory(&self.path)).and_then(|folder| folder.sync_all()) {
            // A folder that may be written and not read cannot be flushed by us.
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => {
                Err(cannot_write(&self.path, &error))
            }
            _ => Ok(()),
        }
    }

    /// The name, if nobody has it.
    fn name_if_free(&mut self) -> Result<(), Errno> {
        let Some(temporary) = &self.temporary else {
            return link(&self.file, &self.path);
        };
        match renameat_with(CWD, temporary, CWD, &self.path, RenameFlags::NOREPLACE) {
            // A file system without this flag: a second link fails just as well if the name is taken.
            Err(Errno::INVAL | Errno::NOSYS) => {
                linkat(CWD, temporary, CWD, &self.path, AtFlags::empty())?;
                let _ = fs::remove_file(temporary);
            }
            other => other?,
        }
        self.temporary = None;
        Ok(())
    }

    /// The name of an existing file, which gets the temporary name.
    fn exchange(&mut self) -> Result<State, Errno> {
        let temporary = match &self.temporary {
            Some(temporary) => temporary.clone(),
            None => {
                let name = temporary_names(&self.path)
                    .find_map(|name| match link(&self.file, &name) {
                        Err(Errno::EXIST) => None,
                        other => Some(other.map(|()| name)),
                    })
                    .unwrap_or(Err(Errno::EXIST))?;
                self.temporary = Some(name.clone());
                name
            }
        };
        match renameat_with(CWD, &temporary, CWD, &self.path, RenameFlags::EXCHANGE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                renameat(CWD, &temporary, CWD, &self.path)?;
                self.temporary = None;
                Ok(State::Replaced)
            }
            other => other.map(|()| State::Exchanged),
        }
    }

    /// Undoes [`give_name`](Self::give_name).
    fn take_name_back(&mut self) {
        match (self.state, &self.temporary) {
            (State::Named, _) => {
                let _ = fs::remove_file(&self.path);
            }
            (State::Exchanged, Some(temporary)) => {
                let _ = renameat_with(CWD, temporary, CWD, &self.path, RenameFlags::EXCHANGE);
            }
            _ => {}
        }
        self.state = State::Written;
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Holds the new file if it never got its name, the replaced one if it did.
        if let Some(temporary) = &self.temporary {
            let _ = fs::remove_file(temporary);
        }
    }
}

/// A new file in the folder of `path`: nameless if the file system can, else under a temporary name.
fn create(path: &Path, mode: Mode) -> Result<(File, Option<PathBuf>), Errno> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    // A nameless file gets its name by way of /proc, which a chroot may lack.
    let nameless = match Path::new("/proc/self/fd").exists() {
        true => open(directory(path), flags | OFlags::TMPFILE, mode),
        false => Err(Errno::OPNOTSUPP),
    };
    match nameless {
        Ok(fd) => return Ok((File::from(fd), None)),
        // No nameless files here; EISDIR is what kernels before them say.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => {}
        Err(errno) => return Err(errno),
    }
    temporary_names(path)
        .find_map(|name| {
            match open(
                &name,
                flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW,
                mode,
            ) {
                Err(Errno::EXIST) => None,
                other => Some(other.map(|fd| (File::from(fd), Some(name)))),
            }
        })
        .unwrap_or(Err(Errno::EXIST))
}

/// Gives a nameless file a name that is free.
fn link(file: &File, name: &Path) -> Result<(), Errno> {
    let nameless = format!("/proc/self/fd/{}", file.as_raw_fd());
    linkat(CWD, nameless, CWD, name, AtFlags::SYMLINK_FOLLOW)
}

fn temporary_names(path: &Path) -> impl Iterator<Item = PathBuf> {
    let folder = directory(path).to_owned();
    // Long names would not leave room for the suffix in the 255 bytes of a file name.
    let short: String = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
        .take(40)
        .collect();
    (0..100)
        .map(move |attempt| folder.join(format!(".{short}.{}-{attempt}.tmp", std::process::id())))
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

fn cannot_write(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::new(Code::Io, "cannot write")
        .got(error.to_string())
        .at(path.display().to_string())
}
