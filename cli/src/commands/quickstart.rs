//! `chop quickstart`: the main job, once, in a folder of its own, with every command shown.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use chop::{Code, Error, Result};

use crate::args::{Parsed, Quickstart, parse};
use crate::input::{Input, MAX_OUTPUT};
use crate::report::{Report, one_line};

/// The sample message; the repository describes it in examples/.
const MESSAGE: &str = include_str!("../../../examples/pacs008.xml");

/// What the forger changes, and into what.
const AMOUNT: &str = "976800.00";
const FORGED: &str = "996800.00";

pub(super) fn run(args: &Quickstart, report: &Report) -> Result<u8> {
    if report.is_json() {
        return Err(Error::usage("--json")
            .expected("a command that reports")
            .got("quickstart, which tells a story"));
    }
    let folder = one_line(&args.folder.display().to_string());
    let system = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Error::new(Code::Exists, "folder exists")
            .expected("a new name")
            .at(folder.clone()),
        _ => Error::new(Code::Io, "cannot write")
            .got(error.to_string())
            .at(folder.clone()),
    };
    fs::create_dir(&args.folder).map_err(system)?;
    std::env::set_current_dir(&args.folder).map_err(system)?;

    let result = tell(&folder, report);
    if result.is_err() {
        // Everything in the folder was made here, and a second attempt needs its name.
        let _ = std::env::set_current_dir("..").and_then(|()| fs::remove_dir_all(&args.folder));
    }
    result
}

fn tell(folder: &str, report: &Report) -> Result<u8> {
    let story = Story { report };
    story.tell(&format!(
        "A payment engineer's morning, in the new folder {folder}. Lines that start with $ are\n\
         commands: repeat them in an empty folder with a copy of its pacs008.xml.\n"
    ))?;
    story.shown(&format!("cd {}", quoted(folder)))?;

    story.tell("\n1. A key pair for outgoing payments: a hybrid, which holds as long as one of its two\n   algorithms does. The private key stays here; the public key goes to the counterparty.\n")?;
    story.chop(
        &["keygen", "-o", "payments.key", "--pub", "payments.pub"],
        0,
    )?;

    story.tell("\n2. What these files are.\n")?;
    story.chop(&["inspect", "payments.key", "payments.pub"], 0)?;

    story.tell("\n3. A credit transfer to sign: pacs.008.001.08 with its business header.\n")?;
    write(Path::new("pacs008.xml"), MESSAGE)?;
    story.shown("grep IntrBkSttlmAmt pacs008.xml")?;
    let amounts: String = MESSAGE
        .lines()
        .filter(|line| line.contains("IntrBkSttlmAmt"))
        .fold(String::new(), |all, line| all + line + "\n");
    story.tell(&amounts)?;

    story.tell(
        "\n4. The signature, as CMS. A second implementation has checked it before it was written.\n",
    )?;
    story.chop(
        &[
            "sign",
            "--key",
            "payments.key",
            "-o",
            "pacs008.xml.p7s",
            "pacs008.xml",
        ],
        0,
    )?;

    story.tell("\n5. The counterparty verifies with the public key.\n")?;
    story.chop(
        &[
            "verify",
            "--key",
            "payments.pub",
            "--explain",
            "pacs008.xml",
        ],
        0,
    )?;

    story.tell("\n6. Somebody changes the amount on the way.\n")?;
    story.shown(&format!(
        "sed s/{AMOUNT}/{FORGED}/g pacs008.xml > forged.xml"
    ))?;
    write(Path::new("forged.xml"), &MESSAGE.replace(AMOUNT, FORGED))?;
    story.chop(
        &[
            "verify",
            "--key",
            "payments.pub",
            "--signature",
            "pacs008.xml.p7s",
            "forged.xml",
        ],
        1,
    )?;

    story.tell(
        "\n7. A key pair for receiving secrets, and a secret that both sides end up with.\n",
    )?;
    story.chop(
        &[
            "keygen",
            "--purpose",
            "receive",
            "-o",
            "receiver.key",
            "--pub",
            "receiver.pub",
        ],
        0,
    )?;
    story.chop(
        &[
            "encapsulate",
            "--to",
            "receiver.pub",
            "--ciphertext",
            "ct.bin",
            "--secret",
            "sent.bin",
        ],
        0,
    )?;
    story.chop(
        &[
            "decapsulate",
            "--key",
            "receiver.key",
            "--ciphertext",
            "ct.bin",
            "--secret",
            "received.bin",
        ],
        0,
    )?;
    story.shown("cmp sent.bin received.bin")?;
    if !same(Path::new("sent.bin"), Path::new("received.bin"))? {
        return Err(Error::new(Code::Internal, "the two secrets differ"));
    }

    story.tell(
        "\nDone: the message was signed and verified, the forgery was refused (exit status 1), and a\nsecret was agreed on.\n",
    )?;
    Ok(0)
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    match word.chars().all(plain) && !word.starts_with('-') {
        true => word.to_owned(),
        false => format!("-- '{}'", word.replace('\'', r"'\''")),
    }
}

struct Story<'a> {
    report: &'a Report,
}

impl Story<'_> {
    fn tell(&self, words: &str) -> Result<()> {
        self.report.result(words)
    }

    fn shown(&self, command: &str) -> Result<()> {
        self.tell(&format!("$ {command}\n"))
    }

    /// Shows a command of our own and runs it; anything but the expected exit status ends the story.
    fn chop(&self, args: &[&str], expected: u8) -> Result<()> {
        self.shown(&format!("chop {}", args.join(" ")))?;
        let line = std::iter::once("chop")
            .chain(args.iter().copied())
            .map(OsString::from)
            .collect();
        let Parsed::Command(cli) = parse(line)? else {
            return Err(Error::new(Code::Internal, "quickstart asked for help"));
        };
        let status = super::run(*cli, self.report)?;
        if status == expected {
            return Ok(());
        }
        Err(Error::new(Code::Internal, format!("chop {}", args[0]))
            .expected(format!("exit status {expected}"))
            .got(status.to_string()))
    }
}

/// Whether two files have the same contents.
fn same(one: &Path, other: &Path) -> Result<bool> {
    let read = |path: &Path| Input::open(path)?.read("secret", MAX_OUTPUT);
    Ok(read(one)? == read(other)?)
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| {
        Error::new(Code::Io, "cannot write")
            .got(error.to_string())
            .at(path.display().to_string())
    })
}
