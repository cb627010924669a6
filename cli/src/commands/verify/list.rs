//! What a batch verifies: the lines of a list, or the files of a folder.
//!
//! Both are read as they are needed, so that their length costs no memory.

use std::fs::{self, File, ReadDir};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use chop::{Code, Context, Error, Result};
use serde::Deserialize;

use crate::args::SignatureFormat;
use crate::input::{Input, is_standard};

/// The longest line of a list.
const MAX_LINE: usize = 64 * 1024;

/// Lines or files that a thread takes at once: enough to verify several of them in one pass.
const CHUNK: usize = 64;

/// Bytes of lines that a thread takes at once.
const CHUNK_BYTES: usize = 2 * MAX_LINE;

/// What is to be verified.
pub(super) enum List {
    Lines(Lines),
    Folder(Folder),
}

/// A list of JSON lines.
pub(super) struct Lines {
    reader: BufReader<File>,
    name: String,
    size: Option<u64>,
    /// Where the paths in it begin.
    folder: PathBuf,
    /// The number of the last line that was read.
    number: u64,
    ended: bool,
}

/// A folder of signed files.
pub(super) struct Folder {
    path: PathBuf,
    entries: ReadDir,
    /// Folders in it, which are not entered.
    folders: AtomicU64,
    ended: bool,
}

/// A line, or a file of a folder, as it was found.
pub(super) enum Task {
    /// A line with its number.
    Line(u64, Vec<u8>),
    /// A line that is too long, of which nothing is kept.
    TooLong(u64),
    /// A file of a folder.
    File(PathBuf),
}

/// What there is to verify in one of them.
pub(super) struct Entry {
    pub(super) file: PathBuf,
    pub(super) signature: PathBuf,
    /// As it was written.
    pub(super) key: Option<String>,
    pub(super) context: Option<Context>,
}

/// A line of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    file: String,
    signature: Option<String>,
    key: Option<String>,
    context: Option<String>,
    context_hex: Option<String>,
}

/// Some tasks, and how many bytes of a list they took.
pub(super) struct Chunk {
    pub(super) tasks: Vec<Task>,
    pub(super) bytes: usize,
}

impl List {
    /// # Errors
    /// [`Code::Io`].
    pub(super) fn open(path: &Path) -> Result<Self> {
        if !is_standard(path) && path.is_dir() {
            return Ok(Self::Folder(Folder {
                entries: fs::read_dir(path).map_err(|error| unreadable(path, &error))?,
                path: path.to_owned(),
                folders: AtomicU64::new(0),
                ended: false,
            }));
        }
        let input = Input::open(path)?;
        let folder = match is_standard(path) {
            true => None,
            false => path.parent(),
        };
        Ok(Self::Lines(Lines {
            name: input.name().to_owned(),
            size: input.size(),
            reader: BufReader::with_capacity(MAX_LINE, input.into_reader()),
            folder: folder.unwrap_or(Path::new("")).to_owned(),
            number: 0,
            ended: false,
        }))
    }

    /// How long the list is, if that is known.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Lines(lines) => lines.size,
            Self::Folder(_) => None,
        }
    }

    /// The folder that paths in the list are relative to.
    pub(super) fn base(&self) -> PathBuf {
        match self {
            Self::Lines(lines) => lines.folder.clone(),
            Self::Folder(folder) => folder.path.clone(),
        }
    }

    /// The next lines or files, or `None` at the end; after an error there is an end.
    pub(super) fn next(&mut self, format: SignatureFormat) -> Option<Result<Chunk>> {
        let chunk = match self {
            Self::Lines(lines) => lines.chunk(),
            Self::Folder(folder) => folder.chunk(format),
        };
        match chunk {
            Ok(chunk) if chunk.tasks.is_empty() => None,
            other => Some(other),
        }
    }

    /// How many folders were found and not entered.
    pub(super) fn folders(&self) -> u64 {
        match self {
            Self::Lines(_) => 0,
            Self::Folder(folder) => folder.folders.load(Ordering::Relaxed),
        }
    }
}

impl Lines {
    fn chunk(&mut self) -> Result<Chunk> {
        let (mut tasks, mut bytes, mut kept) = (Vec::new(), 0, 0);
        while tasks.len() < CHUNK && kept < CHUNK_BYTES && !self.ended {
            let mut text = Vec::new();
            let read = self.line(&mut text).map_err(|error| {
                self.ended = true;
                Error::new(Code::Io, "cannot read")
                    .got(error.to_string())
                    .at(&self.name)
            })?;
            if read == 0 {
                self.ended = true;
                break;
            }
            self.number += 1;
            bytes += read;
            kept += text.len();
            tasks.push(match text.len() > MAX_LINE {
                true => Task::TooLong(self.number),
                false => Task::Line(self.number, text),
            });
        }
        Ok(Chunk { tasks, bytes })
    }

    /// Reads a line without its end, of which no more is kept than is needed to see that it is too long.
    /// Returns how many bytes it takes; none at the end.
    fn line(&mut self, text: &mut Vec<u8>) -> io::Result<usize> {
        // A line of the greatest length, and its end.
        let most = MAX_LINE as u64 + 1;
        let mut read = self.reader.by_ref().take(most).read_until(b'\n', text)?;
        if text.last() == Some(&b'\n') {
            text.pop();
            return Ok(read);
        }
        // The end of the list, or the rest of a line that is too long.
        while text.len() > MAX_LINE {
            let part = self.reader.fill_buf()?;
            let end = part.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(part.len(), |end| end + 1);
            self.reader.consume(used);
            read += used;
            if end.is_some() || used == 0 {
                break;
            }
        }
        Ok(read)
    }
}

impl Folder {
    /// Every file but the signatures, and of a signature without a file the file that is missing.
    fn chunk(&mut self, format: SignatureFormat) -> Result<Chunk> {
        let mut tasks = Vec::new();
        while tasks.len() < CHUNK && !self.ended {
            let Some(entry) = self.entries.next() else {
                self.ended = true;
                break;
            };
            let path = entry
                .map_err(|error| {
                    self.ended = true;
                    unreadable(&self.path, &error)
                })?
                .path();
            if path.is_dir() {
                self.folders.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            match format.signed_by(&path) {
                Some(file) if file.symlink_metadata().is_ok() => {}
                Some(file) => tasks.push(Task::File(file)),
                None => tasks.push(Task::File(path)),
            }
        }
        Ok(Chunk { tasks, bytes: 0 })
    }
}

impl Task {
    /// The number of the line.
    pub(super) const fn line(&self) -> Option<u64> {
        match self {
            Self::Line(number, _) | Self::TooLong(number) => Some(*number),
            Self::File(_) => None,
        }
    }

    /// # Errors
    /// [`Code::Malformed`], [`Code::Usage`].
    pub(super) fn entry(&self, base: &Path, format: SignatureFormat) -> Result<Entry> {
        let text = match self {
            Self::Line(_, text) => text,
            Self::TooLong(_) => {
                return Err(Error::new(Code::Limit, "line of the list")
                    .expected(format!("at most {MAX_LINE} bytes"))
                    .got("more"));
            }
            Self::File(file) => {
                return Ok(Entry {
                    signature: format.beside(file),
                    file: file.clone(),
                    key: None,
                    context: None,
                });
            }
        };
        let line: Line = serde_json::from_slice(text).map_err(|error| {
            // It counts lines in what it was given, which is one.
            let words = error.to_string();
            let words = words.split(" at line 1 ").collect::<Vec<_>>().join(" at ");
            Error::malformed("line of the list")
                .expected(
                    "a JSON object with file, and perhaps signature, key, context or context_hex",
                )
                .got(words)
        })?;
        let context = match (&line.context, &line.context_hex) {
            (None, None) => None,
            (Some(text), None) => Some(Context::new(text.as_bytes())?),
            (None, Some(digits)) => Some(Context::new(hex::decode(digits).map_err(|error| {
                Error::malformed("context_hex of the line")
                    .expected("pairs of hexadecimal digits")
                    .got(error.to_string())
            })?)?),
            (Some(_), Some(_)) => {
                return Err(Error::malformed("line of the list")
                    .expected("context or context_hex")
                    .got("both"));
            }
        };
        let file = base.join(&line.file);
        Ok(Entry {
            signature: match &line.signature {
                Some(signature) => base.join(signature),
                None => format.beside(&file),
            },
            file,
            key: line.key,
            context,
        })
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::new(Code::Io, "cannot read")
        .got(error.to_string())
        .at(path.display().to_string())
}
