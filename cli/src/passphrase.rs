//! Passphrases: from the terminal or from a file descriptor, never from an argument.

use std::cell::RefCell;
use std::path::PathBuf;

use chop::encoding::Passphrase;
use chop::{Code, Error, Result, SecretBytes};
use zeroize::Zeroize;

use crate::input::Input;
use crate::report::one_line;

/// Where passphrases come from.
pub(crate) enum Passphrases {
    /// Asked for on the terminal.
    Terminal,
    /// Lines of a file descriptor: the first opens a key, the second, or the first if there is no
    /// second, protects a new one.
    Descriptor(RefCell<Lines>, u32),
}

/// The lines of a file descriptor, read when the first is needed.
pub(crate) struct Lines {
    input: Option<Input>,
    lines: Vec<SecretBytes>,
}

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
        Ok(Self::Descriptor(RefCell::new(lines), number))
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
            Self::Descriptor(lines, _) => lines.borrow_mut().line(0),
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
            Self::Descriptor(lines, _) => lines.borrow_mut().line(1),
        }
    }
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

fn ask(prompt: &str) -> Result<Passphrase> {
    let mut entered = rpassword::prompt_password(prompt).map_err(|_| {
        Error::new(Code::Passphrase, "passphrase")
            .got("no terminal to ask on; use --passphrase-fd N")
    })?;
    let secret = SecretBytes::copy_of(entered.as_bytes());
    entered.zeroize();
    Passphrase::new(secret)
}
