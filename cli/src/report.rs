//! Results to standard output, words to standard error, `--json` for both.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::OnceLock;

use chop::{Code, Error, Policy, Result};
use serde_json::{Value, json};

/// The version of everything that `--json` prints.
const JSON_VERSION: u32 = 1;

/// Where the command speaks.
pub(crate) struct Report {
    json: bool,
    quiet: bool,
    /// The policy that this command is under, once it is known: a part of every result in JSON.
    policy: OnceLock<Value>,
}

impl Report {
    pub(crate) const fn new(json: bool, quiet: bool) -> Self {
        Self {
            json,
            quiet,
            policy: OnceLock::new(),
        }
    }

    /// Names the policy in every result from now on.
    pub(crate) fn under(&self, policy: &Policy) {
        // A command is under one policy; the commands of a quickstart are under the same.
        let _ = self.policy.set(json!({
            "name": policy.name(),
            "hash": policy.hash_hex(),
        }));
    }

    /// Whether results are wanted as JSON.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Whether progress may be drawn on standard error.
    pub(crate) fn may_draw(&self) -> bool {
        !self.quiet && !self.json && io::stderr().is_terminal()
    }

    /// A result in text on standard output. A reader that has gone away is no error.
    pub(crate) fn result(&self, text: &str) -> Result<()> {
        self.bytes(text.as_bytes())
    }

    /// A report in bytes on standard output.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<()> {
        match write(bytes) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(lost(&error)),
            _ => Ok(()),
        }
    }

    /// A key or a secret on standard output: if nobody took it, it is lost, and that is an error. It
    /// does not go through the buffer of `io::stdout`, which nobody would wipe.
    pub(crate) fn secret(&self, bytes: &[u8]) -> Result<()> {
        let stdout = io::stdout().as_fd().try_clone_to_owned();
        stdout
            .and_then(|stdout| File::from(stdout).write_all(bytes))
            .map_err(|error| lost(&error))
    }

    /// A result as one line of JSON; `fields` is an object, and gets the version as `v`.
    pub(crate) fn json(&self, fields: Value) -> Result<()> {
        self.result(&self.json_line(fields))
    }

    /// The line of [`json`](Self::json), for a caller who has several.
    pub(crate) fn json_line(&self, fields: Value) -> String {
        let mut object = serde_json::Map::new();
        object.insert("v".to_owned(), json!(JSON_VERSION));
        if let Value::Object(fields) = fields {
            object.extend(fields);
        }
        if let Some(policy) = self.policy.get() {
            object.insert("policy".to_owned(), policy.clone());
        }
        format!("{}\n", Value::Object(object))
    }

    /// A remark for the person at the terminal.
    pub(crate) fn say(&self, words: &str) {
        if !self.quiet && !self.json {
            // Nobody is left to tell if standard error is closed.
            let _ = writeln!(io::stderr(), "{}", one_line(words));
        }
    }

    /// What a policy has to say about something that it allows.
    pub(crate) fn warnings(&self, warnings: &[String]) {
        for warning in warnings {
            self.say(&format!("chop: warning: {warning}"));
        }
    }

    /// A verdict where standard output is taken: never left out, not even with `--quiet`.
    pub(crate) fn warn(&self, words: &str) {
        let _ = writeln!(io::stderr(), "{}", one_line(words.trim_end()));
    }

    /// Reports a failure and returns its exit status.
    pub(crate) fn error(&self, error: &Error) -> u8 {
        let status = error.code().exit_status();
        if self.json {
            let written = self.json(json!({ "error": error_json(error) }));
            if written.is_ok() {
                return status;
            }
        }
        let _ = writeln!(
            io::stderr(),
            "chop: error: {}",
            one_line(&error.to_string())
        );
        status
    }
}

/// An error as it stands in `--json`.
pub(crate) fn error_json(error: &Error) -> Value {
    let mut object = json!({
        "code": error.code().name(),
        "exit": error.code().exit_status(),
        "what": error.what(),
        "expected": error.expectation(),
        "got": error.actual(),
        "where": error.place(),
    });
    if let Some(rule) = error.refused_by() {
        object["rule"] = json!(rule);
    }
    object
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

fn lost(error: &io::Error) -> Error {
    Error::new(Code::Io, "standard output").got(error.to_string())
}

/// File names may hold anything: control characters must not reach the terminal, nor a second line.
pub(crate) fn one_line(text: &str) -> String {
    // Marks that turn the direction of writing can make one name look like another.
    let turns = |c: char| matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| match c.is_control() || turns(c) {
            true => c.escape_default().to_string(),
            false => c.to_string(),
        })
        .collect()
}
