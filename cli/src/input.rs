//! Files and standard input, read whole with a cap.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chop::{Code, Error, Result, SecretBytes, encoding};
use rustix::fs::OFlags;

use crate::passphrase::Passphrases;

/// The largest signature or ciphertext file: several times the largest in the table.
pub(crate) const MAX_OUTPUT: usize = 256 * 1024;

/// An input that is open and has not been read.
pub(crate) struct Input {
    name: String,
    file: File,
    /// What it was when it was opened, of a regular file that was asked.
    size: Option<u64>,
}

/// Whether `path` means standard input.
pub(crate) fn is_standard(path: &Path) -> bool {
    ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]
        .iter()
        .any(|name| path.as_os_str() == *name)
}

/// How a file is called in messages.
pub(crate) fn name_of(path: &Path) -> String {
    if is_standard(path) {
        return "standard input".to_owned();
    }
    path.display().to_string()
}

impl Input {
    /// Opens `path`, or takes standard input for `-`.
    ///
    /// # Errors
    /// [`Code::Io`].
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let name = name_of(path);
        let file = if is_standard(path) {
            // Not through the buffer of `io::stdin`, which nobody would wipe.
            let own = io::stdin().as_fd().try_clone_to_owned();
            own.map(File::from)
                .map_err(|error| unreadable(&name, &error))?
        } else {
            let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
            if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
                return Err(Error::new(Code::Io, "input")
                    .expected("a file")
                    .got("a directory")
                    .at(name));
            }
            file
        };
        Ok(Self {
            name,
            file,
            size: None,
        })
    }

    /// Opens a regular file that somebody else has named: it may be anything, and nothing is waited for.
    ///
    /// # Errors
    /// [`Code::Io`].
    pub(crate) fn open_regular(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        // Without it, opening a pipe waits for somebody to write.
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(path);
        let file = file.map_err(|error| unreadable(&name, &error))?;
        let metadata = file.metadata().map_err(|error| unreadable(&name, &error))?;
        match metadata.is_file() {
            true => Ok(Self {
                name,
                file,
                size: Some(metadata.len()),
            }),
            false => Err(Error::new(Code::Io, "input")
                .expected("a regular file")
                .got("something else")
                .at(name)),
        }
    }

    /// Everything, up to `cap` bytes, if it is no secret.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn read_public(self, what: &str, cap: usize) -> Result<Vec<u8>> {
        let expected = self.size().and_then(|size| usize::try_from(size).ok());
        // One more than there should be, to see the end.
        let mut bytes = vec![0; expected.unwrap_or(4096).min(cap) + 1];
        let mut filled = 0;
        loop {
            filled += fill(&mut &self.file, &mut bytes[filled..])
                .map_err(|error| unreadable(&self.name, &error))?;
            if filled < bytes.len() || filled > cap {
                break;
            }
            bytes.resize((2 * filled).min(cap + 1), 0);
        }
        bytes.truncate(filled);
        match bytes.len() > cap {
            true => Err(Error::new(Code::Limit, what.to_owned())
                .expected(format!("at most {cap} bytes"))
                .got("more")
                .at(self.name)),
            false => Ok(bytes),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Everything, up to `cap` bytes, in one buffer that is wiped: it may be a private key.
    ///
    /// # Errors
    /// [`Code::Io`], [`Code::Limit`].
    pub(crate) fn read(self, what: &str, cap: usize) -> Result<SecretBytes> {
        let mut reader = self.file;
        let mut chunks: Vec<SecretBytes> = Vec::new();
        let mut total = 0;
        loop {
            // Chunks double, so that a large file costs few of them and a small one little memory.
            let mut chunk =
                SecretBytes::zeroed((4096 << chunks.len().min(12)).min(cap + 1 - total));
            let filled = fill(&mut reader, chunk.expose_mut())
                .map_err(|error| unreadable(&self.name, &error))?;
            total += filled;
            if total > cap {
                return Err(Error::new(Code::Limit, what.to_owned())
                    .expected(format!("at most {cap} bytes"))
                    .got("more")
                    .at(self.name));
            }
            let end = filled < chunk.len();
            chunks.push(if end {
                SecretBytes::copy_of(&chunk.expose()[..filled])
            } else {
                chunk
            });
            if end {
                let parts: Vec<&[u8]> = chunks.iter().map(SecretBytes::expose).collect();
                return Ok(SecretBytes::concat(&parts));
            }
        }
    }

    /// How long it is, if it is a regular file.
    pub(crate) fn size(&self) -> Option<u64> {
        self.size.or_else(|| {
            let metadata = self.file.metadata().ok()?;
            metadata.is_file().then_some(metadata.len())
        })
    }

    /// What it holds, part by part: for messages, which are no secrets and may be of any size.
    pub(crate) fn into_reader(self) -> File {
        self.file
    }

    /// A key file.
    ///
    /// # Errors
    /// [`Code::Io`], [`Code::Limit`].
    pub(crate) fn read_key(self) -> Result<SecretBytes> {
        self.read("key file", encoding::MAX_KEY_FILE)
    }
}

/// Reads until `buffer` is full or the source ends.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn unreadable(name: &str, error: &io::Error) -> Error {
    Error::new(Code::Io, "cannot read")
        .got(error.to_string())
        .at(name)
}

/// Refuses a command line that gives standard input two purposes.
///
/// # Errors
/// [`Code::Usage`].
pub(crate) fn at_most_one_standard(paths: &[&Path], passphrases: &Passphrases) -> Result<()> {
    let files = paths.iter().filter(|path| is_standard(path)).count();
    if files + usize::from(passphrases.take_standard_input()) > 1 {
        return Err(Error::usage("standard input")
            .expected("one purpose")
            .got("several"));
    }
    Ok(())
}
