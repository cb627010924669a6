//! Passphrases: from the terminal or from a file descriptor, never from an argument.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use chop::encoding::Passphrase;
use chop::{Code, Error, Result, SecretBytes};
use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

use crate::input::Input;
use crate::report::one_line;

/// Where passphrases come from.
pub(crate) enum Passphrases {
    /// Asked for on the terminal.
    Terminal,
    /// Lines of a file descriptor: the first opens a key, the second, or the first if there is no
    /// second, protects a new one.
    Descriptor(Mutex<Lines>, u32),
}

/// The lines of a file descriptor, read when the first is needed.
pub(crate) struct Lines {
    input: Option<Input>,
    lines: Vec<SecretBytes>,
}

/// What Ctrl-C types.
const INTERRUPT: u8 = 3;

/// The most that is read from a descriptor: two passphrases and their line ends.
const MAX_INPUT: usize = 2 * Passphrase::MAX + 4;

impl Passphrases {
    /// Opens the descriptor of `--passphrase-fd`, if there is one.
    ///
    /// # Errors
    /// [`Code::Io`].
    pub(crate) fn open(descriptor: Option<u32>) -> Result<Self> {
        let Some(number) = descriptor else {
            return Ok(Self::Terminal);
        };
        let path = match number {
            0 => PathBuf::from("-"),
            other => PathBuf::from(format!("/dev/fd/{other}")),
        };
        let input = Input::open(&path).map_err(|error| {
            Error::new(Code::Io, "--passphrase-fd")
                .expected("an open file descriptor")
                .got(format!(
                    "{number}: {}",
                    error.actual().unwrap_or("not readable")
                ))
        })?;
        let lines = Lines {
            input: Some(input),
            lines: Vec::new(),
        };
        Ok(Self::Descriptor(Mutex::new(lines), number))
    }

    /// Whether a descriptor was given.
    pub(crate) const fn is_given(&self) -> bool {
        matches!(self, Self::Descriptor(..))
    }

    /// Whether passphrases come from standard input.
    pub(crate) const fn take_standard_input(&self) -> bool {
        matches!(self, Self::Descriptor(_, 0))
    }

    /// The passphrase of an existing key; `place` names it.
    ///
    /// # Errors
    /// [`Code::Passphrase`] if there is nobody to ask, [`Code::Io`], [`Code::Usage`].
    pub(crate) fn existing(&self, place: &str) -> Result<Passphrase> {
        match self {
            Self::Terminal => ask(&format!("Passphrase for {}: ", one_line(place))),
            Self::Descriptor(lines, _) => line(lines, 0),
        }
    }

    /// The passphrase of a second existing key; the line after that of the first, or the same.
    ///
    /// # Errors
    /// As [`existing`](Self::existing).
    pub(crate) fn another(&self, place: &str) -> Result<Passphrase> {
        match self {
            Self::Terminal => self.existing(place),
            Self::Descriptor(lines, _) => line(lines, 1),
        }
    }

    /// The passphrase for a new key, entered twice on a terminal.
    ///
    /// # Errors
    /// As [`existing`](Self::existing), and [`Code::Passphrase`] if the two entries differ.
    pub(crate) fn new_one(&self, place: &str) -> Result<Passphrase> {
        match self {
            Self::Terminal => {
                let first = ask(&format!("New passphrase for {}: ", one_line(place)))?;
                let second = ask("The same again: ")?;
                if first.matches(&second) {
                    return Ok(first);
                }
                Err(Error::new(Code::Passphrase, "new passphrase").got("the two entries differ"))
            }
            Self::Descriptor(lines, _) => line(lines, 1),
        }
    }
}

fn line(lines: &Mutex<Lines>, number: usize) -> Result<Passphrase> {
    let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    lines.line(number)
}

impl Lines {
    fn line(&mut self, number: usize) -> Result<Passphrase> {
        if let Some(input) = self.input.take() {
            let text = input.read("passphrase", MAX_INPUT)?;
            self.lines = text
                .expose()
                .split(|byte| *byte == b'\n')
                .map(|line| SecretBytes::copy_of(line.strip_suffix(b"\r").unwrap_or(line)))
                .collect();
            // The end of the last line is not the start of another.
            self.lines.pop_if(|last| last.is_empty());
        }
        let line = self.lines.get(number).or_else(|| self.lines.first());
        Passphrase::new(line.map_or_else(|| SecretBytes::zeroed(0), SecretBytes::duplicate))
    }
}

/// Asks on the terminal, without echo.
///
/// The answer goes from the kernel straight into a buffer that is wiped: a line reader would grow
/// its own and leave pieces behind.
fn ask(prompt: &str) -> Result<Passphrase> {
    let nobody = || {
        Error::new(Code::Passphrase, "passphrase")
            .got("no terminal to ask on; use --passphrase-fd N")
    };
    let mut terminal = File::options()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .map_err(|_| nobody())?;
    let silence = Silence::of(&terminal).map_err(|_| nobody())?;
    terminal
        .write_all(prompt.as_bytes())
        .map_err(|_| nobody())?;
    let mut line = SecretBytes::zeroed(Passphrase::MAX + 2);
    let mut len = 0;
    while !line.expose()[..len].ends_with(b"\n")
        && !line.expose()[..len].ends_with(&[INTERRUPT])
        && len < line.len()
    {
        match terminal.read(&mut line.expose_mut()[len..]) {
            Ok(0) => break,
            Ok(more) => len += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(nobody()),
        }
    }
    drop(silence);
    let typed = &line.expose()[..len];
    if typed.ends_with(&[INTERRUPT]) {
        let _ = terminal.write_all(b"\n");
        return Err(interrupted());
    }
    let typed = typed.strip_suffix(b"\n").unwrap_or(typed);
    let typed = typed.strip_suffix(b"\r").unwrap_or(typed);
    if typed.is_empty() {
        return Err(Error::new(Code::Passphrase, "passphrase").got("nothing was entered"));
    }
    if typed.iter().any(u8::is_ascii_control) {
        return Err(Error::new(Code::Passphrase, "passphrase")
            .expected("characters that can be typed again")
            .got("a control character"));
    }
    Passphrase::new(SecretBytes::copy_of(typed))
}

/// Ends the process as Ctrl-C does, now that the terminal is as it was.
fn interrupted() -> Error {
    let _ = kill_process(getpid(), Signal::INT);
    Error::new(Code::Passphrase, "passphrase").got("interrupted")
}

/// A terminal that does not echo until this is dropped.
struct Silence {
    terminal: File,
    before: Termios,
}

impl Silence {
    fn of(terminal: &File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        // The end of the line is shown, so that what follows starts on a new one.
        quiet.local_modes.insert(LocalModes::ECHONL);
        // Ctrl-C ends the line instead of the process, which would leave the terminal without echo.
        quiet.local_modes.remove(LocalModes::ISIG);
        quiet.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        tcsetattr(terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self {
            terminal: terminal.try_clone()?,
            before,
        })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that refuses its own settings.
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}
