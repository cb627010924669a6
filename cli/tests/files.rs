//! What the command does to files and terminals: modes, links, leftovers, and where secrets must not go.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::thread;
use std::time::Duration;

use support::{Folder, Run, Terminal};

/// A folder with a signing key, a KEM key and a message.
fn keys() -> Folder {
    let folder = Folder::new();
    folder.write("message", "hello\n");
    for line in [
        "keygen ML-DSA-44 -o dsa.key --pub dsa.pub",
        "keygen ML-KEM-512 -o kem.key --pub kem.pub",
        "sign --key dsa.key --format raw -o dsa.sig message",
        "encapsulate --to kem.pub --ciphertext kem.ct --secret kem.secret",
    ] {
        folder.line(line).ok();
    }
    folder
}

/// Every way to write a private file; `OUT` is its name, and what else is written goes to `companion`.
const PRIVATE: &[&str] = &[
    "keygen ML-DSA-44 -o OUT",
    "keygen ML-KEM-512 -o OUT --pub companion",
    "keygen ML-DSA-44 -o OUT --encrypt --passphrase-fd 0",
    "convert dsa.key -o OUT",
    "convert dsa.key -o OUT --output der",
    "convert dsa.key -o OUT --output raw",
    "convert dsa.key -o OUT --output jwk",
    "convert dsa.key -o OUT --encrypt --passphrase-fd 0",
    "encapsulate --to kem.pub --ciphertext companion --secret OUT",
    "decapsulate --key kem.key --ciphertext kem.ct --secret OUT",
];

/// Every way to write a public one.
const PUBLIC: &[&str] = &[
    "keygen ML-DSA-44 -o companion --pub OUT",
    "convert dsa.key -o OUT --public",
    "convert dsa.pub -o OUT --output der",
    "sign --key dsa.key --format raw -o OUT message",
    "encapsulate --to kem.pub --ciphertext OUT --secret companion",
];

/// Runs `line` with its output called `out`.
fn write(folder: &Folder, line: &str, extra: &str, umask: &str) -> Run {
    let line = line.replace("OUT", "out");
    let run = folder
        .shell(&format!("umask {umask}; chop {line} {extra}"))
        .stdin("passphrase\n")
        .run();
    if folder.exists("companion") {
        folder.remove(&["companion"]);
    }
    run
}

#[test]
fn private_files_are_for_the_owner_whatever_the_umask() {
    let folder = keys();
    for (lines, umask, mode) in [
        (PRIVATE, "000", 0o600),
        (PRIVATE, "277", 0o600),
        (PUBLIC, "000", 0o666),
        (PUBLIC, "022", 0o644),
        (PUBLIC, "077", 0o600),
    ] {
        for line in lines {
            let run = write(&folder, line, "", umask);
            assert_eq!(run.status, 0, "{run}");
            assert_eq!(folder.mode("out"), mode, "umask {umask}: {run}");
            folder.remove(&["out"]);
        }
    }
    // A file that is replaced does not lend its mode.
    for line in PRIVATE {
        folder.write("out", "old");
        let run = write(&folder, line, "--force", "000");
        assert_eq!(run.status, 0, "{run}");
        assert_eq!(folder.mode("out"), 0o600, "{run}");
    }
    assert!(folder.leftovers().is_empty());
}

#[test]
fn a_link_at_the_output_is_not_followed() {
    let folder = keys();
    for line in PRIVATE.iter().chain(PUBLIC) {
        for target in ["dangling", "target"] {
            folder.write("target", "untouched");
            symlink(target, folder.path("out")).unwrap();

            let run = write(&folder, line, "", "022");
            assert_eq!(run.status, 5, "{run}");
            let words =
                "chop: error: out: file exists: expected a new name, or --force to replace it\n";
            assert_eq!(run.err(), words);

            let run = write(&folder, line, "--force", "022");
            assert_eq!(run.status, 0, "{run}");
            let written = fs::symlink_metadata(folder.path("out")).unwrap();
            assert!(written.file_type().is_file(), "the link stayed: {run}");
            assert_eq!(folder.read("target"), b"untouched", "{run}");
            assert!(!folder.exists("dangling"), "{run}");
            folder.remove(&["out"]);
        }
    }
    assert!(folder.leftovers().is_empty());
}

#[test]
fn a_hard_link_at_the_output_is_not_written_through() {
    let folder = keys();
    folder.write("target", "untouched");
    fs::hard_link(folder.path("target"), folder.path("out")).unwrap();
    folder.line("keygen ML-DSA-44 -o out").ends(5);
    folder.line("keygen ML-DSA-44 -o out --force").ok();
    assert_eq!(folder.read("target"), b"untouched");
}

/// Somebody who may write to the folder could wait at the other end of a pipe.
#[test]
fn a_link_to_a_pipe_does_not_carry_the_secret_away() {
    let folder = keys();
    folder.shell("mkfifo pipe").ok();
    symlink("pipe", folder.path("out")).unwrap();
    // Open for both, so that neither this test nor the command waits for a reader.
    let mut pipe = File::options()
        .read(true)
        .write(true)
        .open(folder.path("pipe"))
        .unwrap();
    let mut bad = Vec::new();
    for line in PRIVATE {
        let run = write(&folder, line, "--force", "022");
        let after = fs::symlink_metadata(folder.path("out")).unwrap();
        if run.status == 5 && after.is_symlink() {
            let words = "chop: error: out: cannot replace: expected a regular file, \
                or - for standard output, got something else\n";
            assert_eq!(run.err(), words);
        } else {
            bad.push(run.to_string());
        }
    }
    // Whatever came through the pipe would stand before this.
    std::io::Write::write_all(&mut pipe, b"end").unwrap();
    let mut got = [0; 4096];
    let len = std::io::Read::read(&mut pipe, &mut got).unwrap();
    assert_eq!(&got[..len], b"end");
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn an_existing_file_stays_without_force_and_is_replaced_with_it() {
    let folder = keys();
    for line in PRIVATE.iter().chain(PUBLIC) {
        folder.write("out", "old");
        let before = folder.snapshot();
        let run = write(&folder, line, "", "022");
        assert_eq!(run.status, 5, "{run}");
        assert!(folder.snapshot() == before, "{run}");
        let run = write(&folder, line, "--force", "022");
        assert_eq!(run.status, 0, "{run}");
        assert_ne!(folder.read("out"), b"old", "{run}");
        folder.remove(&["out"]);
    }
    assert!(folder.leftovers().is_empty());
}

/// Runs each line, puts the folder back, and names the lines that changed it or ended otherwise.
fn changing<S: AsRef<str>>(
    folder: &Folder,
    lines: &[S],
    run: impl Fn(&str) -> Run,
    statuses: &[i32],
) -> Vec<String> {
    let before = folder.snapshot();
    let mut bad = Vec::new();
    for line in lines {
        let run = run(line.as_ref());
        if folder.snapshot() != before || !statuses.contains(&run.status) {
            bad.push(format!(
                "{} -> {}: {}",
                run.line,
                run.status,
                run.err().trim_end()
            ));
            folder.restore(&before);
        }
    }
    bad
}

/// Two spellings of one name: one output would replace the other, and the private key would be lost.
#[test]
fn two_outputs_in_one_file_are_refused() {
    let folder = keys();
    fs::create_dir(folder.path("sub")).unwrap();
    symlink(".", folder.path("here")).unwrap();
    let mut lines = Vec::new();
    for other in ["out", "./out", "sub/../out", "here/out"] {
        for force in ["", " --force"] {
            lines.push(format!("keygen ML-DSA-44 -o out --pub {other}{force}"));
            lines.push(format!(
                "encapsulate --to kem.pub --ciphertext out --secret {other}{force}"
            ));
        }
    }
    let bad = changing(&folder, &lines, |line| folder.line(line).run(), &[2, 5]);
    assert!(bad.is_empty(), "{bad:#?}");
}

/// On any error every output is absent or what it was before.
#[test]
fn two_outputs_appear_together_or_not_at_all() {
    let folder = keys();
    fs::create_dir(folder.path("taken")).unwrap();
    let lines = [
        "keygen ML-DSA-44 -o out --pub kem.pub",
        "keygen ML-DSA-44 -o kem.key --pub out",
        "keygen ML-DSA-44 -o dsa.key --pub taken --force",
        "keygen ML-DSA-44 -o taken --pub dsa.pub --force",
        "keygen ML-DSA-44 -o dsa.key --pub no/where --force",
        "encapsulate --to kem.pub --ciphertext kem.ct --secret taken --force",
        "encapsulate --to kem.pub --ciphertext taken --secret kem.secret --force",
    ];
    let bad = changing(&folder, &lines, |line| folder.line(line).run(), &[5]);
    assert!(bad.is_empty(), "{bad:#?}");
}

fn to_a_full_device(folder: &Folder, line: &str) -> Run {
    let full = File::options().write(true).open("/dev/full").unwrap();
    folder.line(line).stdout(full).run()
}

#[test]
fn a_full_standard_output_takes_the_other_output_back() {
    let folder = keys();
    let lines = [
        "keygen ML-DSA-44 --pub out",
        "keygen ML-DSA-44 -o out --pub -",
        "encapsulate --to kem.pub --ciphertext out --secret -",
        "encapsulate --to kem.pub --ciphertext - --secret out",
    ];
    let bad = changing(
        &folder,
        &lines,
        |line| to_a_full_device(&folder, line),
        &[5],
    );
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn a_report_that_cannot_be_written_takes_the_output_back() {
    let folder = keys();
    let lines = [
        "--json keygen ML-DSA-44 -o out",
        "--json convert dsa.key -o out",
        "--json sign --key dsa.key --format raw -o out message",
        "--json encapsulate --to kem.pub --ciphertext out --secret out2",
        "--json decapsulate --key kem.key --ciphertext kem.ct --secret out",
    ];
    let bad = changing(
        &folder,
        &lines,
        |line| to_a_full_device(&folder, line),
        &[5],
    );
    assert!(bad.is_empty(), "{bad:#?}");
}

/// The expanded key of this seed begins with the byte of `{`.
#[test]
fn a_raw_key_that_begins_like_json_is_no_jwk() {
    let folder = Folder::new();
    let mut seed = [0; 32];
    seed[31] = 5;
    folder.write("seed", seed);
    folder
        .line(
            "convert seed --algorithm ML-DSA-44 --input raw-seed --form expanded --output raw -o x",
        )
        .ok();
    assert_eq!(folder.read("x")[0], b'{');
    let seen = folder.line("--json inspect x").ok().json();
    assert_eq!(seen["files"][0]["encoding"], "raw", "{seen}");
    folder.write("not-text", b"{\"kty\":\"AKP\",\xff}");
    folder.line("inspect not-text").ends(3);
}

#[test]
fn temporary_names_of_others_do_not_disturb_and_are_not_touched() {
    let folder = keys();
    // `exec` keeps the process number, from which the first temporary name is made.
    folder
        .shell("echo mine > .out.$$-0.tmp; exec chop keygen ML-DSA-44 -o out")
        .ok();
    let left = folder.leftovers();
    assert_eq!(left.len(), 1);
    assert_eq!(folder.read(left[0].to_str().unwrap()), b"mine\n");
    folder.line("inspect out").ok();

    let long = "n".repeat(255);
    folder.line(&format!("keygen ML-DSA-44 -o {long}")).ok();
    folder.line(&format!("keygen ML-DSA-44 -o {long}n")).ends(5);
    assert_eq!(folder.leftovers(), left);
}

#[test]
fn a_dash_is_standard_input_and_standard_output() {
    let folder = keys();
    let key = folder.read("dsa.key");
    let public = folder.read("dsa.pub");

    let made = folder.line("keygen ML-DSA-44 -o -").ok();
    assert!(made.text().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(made.err().starts_with("standard output: "), "{made}");
    let made = folder.line("keygen ML-DSA-44 -q").ok();
    assert!(made.text().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert_eq!(made.err(), "");
    let made = folder.line("keygen ML-DSA-44 -o private --pub -").ok();
    assert!(made.text().starts_with("-----BEGIN PUBLIC KEY-----\n"));

    let copy = folder.line("convert - -o -").stdin(&key).ok();
    assert_eq!(copy.stdout, key);
    let copy = folder.line("convert - -o - --public").stdin(&key).ok();
    assert_eq!(copy.stdout, public);
    let seen = folder.line("inspect -").stdin(&public).ok();
    assert!(
        seen.text().starts_with("standard input: public key\n"),
        "{seen}"
    );

    let sign = "sign --format raw --deterministic";
    let expected = folder
        .line(&format!("{sign} --key dsa.key message"))
        .ok()
        .stdout;
    for (line, stdin) in [
        (format!("{sign} --key dsa.key -"), folder.read("message")),
        (format!("{sign} --key - message"), key),
        (format!("{sign} --key dsa.key -o - message"), Vec::new()),
    ] {
        let run = folder.line(&line).stdin(stdin).ok();
        assert!(run.stdout == expected, "{}", run.line);
    }
    for (line, stdin) in [
        ("--key - --signature dsa.sig message", public),
        (
            "--key dsa.pub --signature - message",
            folder.read("dsa.sig"),
        ),
        (
            "--key dsa.pub --signature dsa.sig -",
            folder.read("message"),
        ),
    ] {
        let run = folder
            .line(&format!("verify --format raw {line}"))
            .stdin(stdin)
            .ok();
        assert!(run.text().starts_with("valid: "), "{run}");
    }

    let sent = folder
        .line("encapsulate --to - --ciphertext - --secret sent")
        .stdin(folder.read("kem.pub"))
        .ok();
    let received = folder
        .line("decapsulate --key kem.key --ciphertext - --secret -")
        .stdin(&sent.stdout)
        .ok();
    assert_eq!(received.stdout, folder.read("sent"));
    let received = folder
        .line("decapsulate --key - --ciphertext kem.ct --secret -")
        .stdin(folder.read("kem.key"))
        .ok();
    assert_eq!(received.stdout, folder.read("kem.secret"));

    assert!(!folder.exists("-"));
    folder.line("keygen ML-DSA-44 -o ./-").ok();
    assert_eq!(folder.mode("-"), 0o600);
    folder.line("inspect ./-").ok();
}

#[test]
fn standard_input_has_one_purpose() {
    let folder = keys();
    folder
        .line("keygen ML-DSA-44 -o locked.key --encrypt --passphrase-fd 0")
        .stdin("passphrase\n")
        .ok();
    let before = folder.snapshot();
    let lines = [
        "sign --key - --format raw -o out -",
        "verify --key - --format raw --signature - message",
        "verify --key dsa.pub --format raw --signature - -",
        "decapsulate --key - --ciphertext - --secret out",
        "inspect - dsa.key -",
        "sign --key - --passphrase-fd 0 --format raw -o out message",
        "sign --key locked.key --passphrase-fd 0 --format raw -o out -",
        "convert - --passphrase-fd 0 -o out",
        "decapsulate --key kem.key --passphrase-fd 0 --ciphertext - --secret out",
        "inspect --passphrase-fd 0 -",
        "sign --key /dev/stdin --format raw -o out -",
        "verify --key dsa.pub --format raw --signature /dev/fd/0 /dev/stdin",
        "decapsulate --key - --ciphertext /proc/self/fd/0 --secret out",
    ];
    let bad: Vec<String> = lines
        .iter()
        .map(|line| folder.line(line).stdin(folder.read("locked.key")).run())
        .filter(|run| {
            let words = "chop: error: standard input: expected one purpose, got ";
            run.status != 2 || !run.err().starts_with(words)
        })
        .map(|run| format!("{} -> {}: {}", run.line, run.status, run.err()))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(folder.snapshot() == before);
}

#[test]
fn standard_output_has_one_purpose() {
    let folder = keys();
    let before = folder.snapshot();
    for line in [
        "keygen ML-DSA-44 --pub -",
        "keygen ML-DSA-44 -o - --pub -",
        "encapsulate --to kem.pub --ciphertext - --secret -",
        "keygen ML-DSA-44 -o /dev/stdout --pub -",
        "encapsulate --to kem.pub --ciphertext /dev/fd/1 --secret /dev/stdout",
        "--json keygen ML-DSA-44",
        "--json keygen ML-DSA-44 -o -",
        "--json convert dsa.key -o -",
        "--json sign --key dsa.key --format raw message",
        "--json encapsulate --to kem.pub --ciphertext out --secret -",
        "--json decapsulate --key kem.key --ciphertext kem.ct --secret -",
    ] {
        let run = folder.line(line).ends(2);
        let words = if line.starts_with("--json") {
            run.json_error()
        } else {
            run.err()
        };
        assert!(
            words.contains("standard output: expected one purpose"),
            "{run}"
        );
        assert!(folder.snapshot() == before, "{run}");
    }
}

#[test]
fn nothing_secret_or_binary_goes_to_a_terminal_unforced() {
    let folder = keys();
    for (line, what) in [
        ("keygen ML-DSA-44", "a secret"),
        ("keygen ML-DSA-44 -o - --pub out", "a secret"),
        ("convert dsa.key -o -", "a secret"),
        ("convert dsa.key -o - --output jwk", "a secret"),
        ("convert dsa.pub -o - --output der", "binary data"),
        ("sign --key dsa.key --format raw message", "binary data"),
        (
            "encapsulate --to kem.pub --ciphertext - --secret out",
            "binary data",
        ),
        (
            "encapsulate --to kem.pub --ciphertext out --secret -",
            "a secret",
        ),
        (
            "decapsulate --key kem.key --ciphertext kem.ct --secret -",
            "a secret",
        ),
    ] {
        let before = folder.snapshot();
        let Some(terminal) = Terminal::start(&folder, line) else {
            return;
        };
        let (status, text) = terminal.end();
        assert_eq!(status, 2, "{line}: {text}");
        let words = format!("chop: error: {what} to the terminal: expected ");
        assert!(text.starts_with(&words), "{line}: {text}");
        assert!(text.contains("--force"), "{line}: {text}");
        assert_eq!(text.matches('\n').count(), 1, "{line}: {text}");
        assert!(folder.snapshot() == before, "{line}");
    }
    for (line, start) in [
        ("keygen ML-DSA-44 --force", "-----BEGIN PRIVATE KEY-----\n"),
        (
            "convert dsa.key -o - --force",
            "-----BEGIN PRIVATE KEY-----\n",
        ),
        ("convert dsa.pub -o -", "-----BEGIN PUBLIC KEY-----\n"),
        (
            "keygen ML-DSA-44 -o out --pub -",
            "-----BEGIN PUBLIC KEY-----\n",
        ),
    ] {
        if let Some(terminal) = Terminal::start(&folder, line) {
            let (status, text) = terminal.end();
            assert_eq!(status, 0, "{line}: {text}");
            assert!(text.starts_with(start), "{line}: {text}");
        }
    }
}

#[test]
fn passphrases_are_asked_on_the_terminal_without_echo() {
    let folder = keys();
    let new = |name: &str, answers: [&str; 2]| {
        let line = format!("keygen ML-DSA-44 -o {name} --encrypt");
        let mut terminal = Terminal::start(&folder, &line)?;
        terminal.answer(&format!("New passphrase for {name}: "), answers[0]);
        terminal.answer("The same again: ", answers[1]);
        Some(terminal.end())
    };
    let Some((status, text)) = new("locked.key", ["violet-anchor", "violet-anchor"]) else {
        return;
    };
    assert_eq!(status, 0, "{text}");
    assert!(!text.contains("violet"), "{text}");
    assert_eq!(folder.mode("locked.key"), 0o600);

    let (status, text) = new("other.key", ["violet-anchor", "violet-Anchor"]).unwrap();
    assert_eq!(status, 6, "{text}");
    assert!(
        text.ends_with("chop: error: new passphrase: the two entries differ\n"),
        "{text}"
    );
    assert!(!folder.exists("other.key"));

    let sign = "sign --key locked.key --format raw -o out message";
    let mut terminal = Terminal::start(&folder, sign).unwrap();
    terminal.answer("Passphrase for locked.key: ", "violet-anchor");
    let (status, text) = terminal.end();
    assert_eq!(status, 0, "{text}");
    assert!(!text.contains("violet"), "{text}");

    let mut terminal = Terminal::start(&folder, "convert locked.key -o out2").unwrap();
    terminal.answer("Passphrase for locked.key: ", "wrong");
    let (status, text) = terminal.end();
    assert_eq!(status, 6, "{text}");
    assert!(!folder.exists("out2"));

    // An existing output is noticed before anybody is asked.
    let terminal = Terminal::start(&folder, "keygen ML-DSA-44 -o locked.key --encrypt").unwrap();
    let (status, text) = terminal.end();
    assert_eq!(status, 5, "{text}");
    assert!(!text.contains("assphrase"), "{text}");
    assert!(folder.leftovers().is_empty());
}

/// The terminal has to be silent before the question stands there: a program that answers at once
/// would find the passphrase in its log. That depends on speed, so it is tried more than once.
#[test]
fn a_passphrase_typed_at_once_is_not_shown() {
    let folder = Folder::new();
    for _ in 0..20 {
        let line = "keygen ML-DSA-44 -o out --encrypt";
        let Some(mut terminal) = Terminal::start(&folder, line) else {
            return;
        };
        terminal.answer_at_once("New passphrase for out: ", "violet-anchor");
        terminal.answer_at_once("The same again: ", "violet-Anchor");
        let (status, text) = terminal.end();
        assert_eq!(status, 6, "{text}");
        assert!(!text.contains("violet"), "{text}");
    }
}

/// `setsid` takes the terminal away, if the tests have one.
#[test]
fn without_a_terminal_nobody_is_asked() {
    let folder = keys();
    folder
        .line("keygen ML-DSA-44 -o locked.key --encrypt --passphrase-fd 0")
        .stdin("passphrase\n")
        .ok();
    let before = folder.snapshot();
    for (line, place) in [
        ("keygen ML-DSA-44 -o out --encrypt", ""),
        (
            "sign --key locked.key --format raw -o out message",
            "locked.key: ",
        ),
    ] {
        let words = format!("{place}passphrase: no terminal to ask on; use --passphrase-fd N");
        folder
            .shell(&format!("exec setsid -w chop {line}"))
            .fails(6, &words);
        assert!(folder.snapshot() == before, "{line}");
    }
}

#[test]
fn a_passphrase_comes_from_any_descriptor() {
    let folder = keys();
    folder.write("first", "first");
    folder.write("both", "first\nsecond\r\n");
    folder.write("second", "second\n");
    let run = |line: &str| folder.shell(line).ok();
    run("chop keygen ML-DSA-44 -o 1.key --encrypt --passphrase-fd 3 3< first");
    // The first line opens, the second protects.
    run("chop convert 1.key -o 2.key --encrypt --passphrase-fd 9 9< both");
    run("chop sign --key 2.key --format raw -o sig --passphrase-fd 4 4< second message");
}

/// File names may hold anything: none of it may steer the terminal, nor start a line of its own.
#[test]
fn control_characters_in_names_reach_no_terminal() {
    let folder = keys();
    let name = "red\u{1b}[31m\nchop: error: forged";
    let public = format!("{name}.pub");
    let command = |args: &[&str]| folder.chop(args).run();
    let runs = [
        command(&["keygen", "ML-DSA-44", "-o", name, "--pub", &public]),
        command(&["keygen", "ML-DSA-44", "-o", name]),
        command(&["inspect", name]),
        command(&["inspect", "no\u{1b}[31m\nthing"]),
        command(&["convert", name, "-o", "red\u{1b}copy\n"]),
        command(&[
            "sign",
            "--key",
            name,
            "--format",
            "raw",
            "-o",
            "red\u{1b}sig\n",
            name,
        ]),
        command(&[
            "sign", "--key", &public, "--format", "raw", "-o", "out", name,
        ]),
        command(&[
            "verify",
            "--key",
            &public,
            "--format",
            "raw",
            "--signature",
            name,
            name,
        ]),
        command(&[
            "encapsulate",
            "--to",
            "kem.pub",
            "--ciphertext",
            "red\u{1b}ct\n",
            "--secret",
            "ss\u{1b}\n",
        ]),
        command(&[
            "decapsulate",
            "--key",
            "kem.key",
            "--ciphertext",
            "kem.ct",
            "--secret",
            "red\u{1b}ss\n",
        ]),
        command(&["quickstart", "red\u{1b}folder\n"]),
        command(&["frob\u{1b}[31m\nnicate"]),
        command(&["--json", "inspect", name]),
    ];
    let bad: Vec<_> = runs
        .iter()
        .filter(|run| {
            let said = run.text() + &run.err();
            said.contains('\u{1b}') || said.contains("\nchop: error: forged")
        })
        .map(|run| run.line.escape_debug().to_string())
        .collect();
    assert!(bad.is_empty(), "raw control characters from: {bad:#?}");
}

#[test]
fn names_that_are_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = keys();
    let name = OsStr::from_bytes(b"key\xff\xfe");
    let args = |words: &[&str]| -> Vec<_> {
        words
            .iter()
            .map(OsStr::new)
            .chain([name])
            .map(OsStr::to_owned)
            .collect()
    };
    folder.chop(args(&["keygen", "ML-DSA-44", "-o"])).ok();
    folder.chop(args(&["inspect"])).ok();
    assert!(folder.snapshot().contains_key(name));
    let run = folder.chop(args(&["keygen"])).ends(2);
    assert_eq!(run.err().matches('\n').count(), 1, "{run}");
}

/// What secrets look like in a text: eight of their bytes, the same in hexadecimal, or twelve digits of their base64.
struct Traces(HashMap<Vec<u8>, &'static str>);

impl Traces {
    fn of(secrets: &[(&'static str, &[u8])]) -> Self {
        let mut traces = HashMap::new();
        for (name, secret) in secrets {
            for window in secret.windows(8) {
                traces.insert(window.to_vec(), *name);
                traces.insert(hex::encode(window).into_bytes(), *name);
                traces.insert(hex::encode_upper(window).into_bytes(), *name);
            }
            for window in secret.windows(9) {
                let digits = base64(window);
                let url = digits.replace('+', "-").replace('/', "_");
                traces.insert(digits.into_bytes(), *name);
                traces.insert(url.into_bytes(), *name);
            }
        }
        Self(traces)
    }

    /// The secret of which there is a trace in `said`.
    fn in_text(&self, said: &[u8]) -> Option<&'static str> {
        [8, 12, 16]
            .iter()
            .flat_map(|len| said.windows(*len))
            .find_map(|window| self.0.get(window).copied())
    }
}

/// Nine bytes are twelve digits, whatever stands before and after a multiple of three.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |value: u32| char::from(DIGITS[(value % 64) as usize]);
    bytes
        .chunks_exact(3)
        .map(|three| {
            three
                .iter()
                .fold(0, |value, byte| value << 8 | u32::from(*byte))
        })
        .flat_map(|value| [18, 12, 6, 0].map(|shift| digit(value >> shift)))
        .collect()
}

#[test]
fn the_search_for_secrets_finds_them() {
    let seed: Vec<u8> = (0..32).map(|i: u8| i.wrapping_mul(37) ^ 11).collect();
    let traces = Traces::of(&[("seed", &seed)]);
    for said in [
        seed.clone(),
        hex::encode(&seed[3..20]).into_bytes(),
        hex::encode_upper(&seed[5..]).into_bytes(),
        base64(&seed[1..31]).into_bytes(),
        base64(&seed[2..32]).into_bytes(),
    ] {
        let line = [b"key: ", &said[..], b"\n"].concat();
        assert_eq!(traces.in_text(&line), Some("seed"), "{line:?}");
    }
    assert_eq!(traces.in_text(b"fingerprint 00112233445566778899"), None);
}

#[test]
fn no_command_says_a_word_about_a_secret() {
    const PASSPHRASE: &str = "violet-anchor-4711";
    let folder = keys();
    let dsa: Vec<u8> = (0..32).map(|i: u8| i.wrapping_mul(73) ^ 0x5a).collect();
    let kem: Vec<u8> = (0..64).map(|i: u8| i.wrapping_mul(89) ^ 0xa5).collect();
    folder.write("dsa.seed", &dsa);
    folder.write("kem.seed", &kem);
    let input = "--input raw-seed --algorithm";
    let prepare = [
        format!("convert dsa.seed -o dsa.pem {input} ML-DSA-65"),
        format!("convert kem.seed -o kem.pem {input} ML-KEM-768"),
        format!("convert dsa.seed -o ed.pem {input} Ed25519"),
        "convert dsa.pem -o dsa.expanded --output raw --form expanded".to_owned(),
        "convert kem.pem -o kem.expanded --output raw --form expanded".to_owned(),
        "encapsulate --to kem.pub --ciphertext ct --secret ss".to_owned(),
    ];
    let mut runs: Vec<Run> = prepare.iter().map(|line| folder.line(line).ok()).collect();
    let expanded = [folder.read("dsa.expanded"), folder.read("kem.expanded")];
    let traces = Traces::of(&[
        ("seed of ML-DSA", &dsa),
        ("seed of ML-KEM", &kem),
        // The public rho stands before K, the public tr after it.
        ("K of ML-DSA", &expanded[0][32..64]),
        ("s1 of ML-DSA", &expanded[0][128..768]),
        ("s of ML-KEM", &expanded[1][..1152]),
        ("shared secret", &folder.read("ss")),
        ("passphrase", PASSPHRASE.as_bytes()),
    ]);

    // Files that are secret and broken: an error could quote them.
    let pem = String::from_utf8(folder.read("dsa.pem")).unwrap();
    folder.write("broken1", pem.replace("-----END", "x-----END"));
    folder.write("broken2", &pem[..pem.len() - 40]);
    folder.write("broken3", pem.replace("PRIVATE", "SECRET"));
    folder.write("broken4", pem.replace('\n', " "));
    folder.line("convert dsa.pem -o dsa.jwk --output jwk").ok();
    let jwk = String::from_utf8(folder.read("dsa.jwk")).unwrap();
    folder.write("broken5", jwk.replace("\"priv\":", "\"priv\":7,\"x\":"));
    folder.write("broken6", jwk.replace("ML-DSA-65", "ML-DSA-44"));
    folder.write("broken7", jwk.replace("\"}", "!\"}"));
    folder.write("broken8", jwk.replace("\"kty\":\"AKP\",", ""));
    let mut lines: Vec<String> = [
        "inspect dsa.pem kem.pem ed.pem dsa.jwk dsa.seed kem.seed dsa.expanded kem.expanded ss ct",
        "sign --key dsa.pem --format raw -o 1.sig message",
        "sign --key dsa.pem --format raw --deterministic dsa.seed",
        "verify --key dsa.pem --format raw --signature 1.sig message",
        "verify --key dsa.pub --format raw --signature dsa.seed --explain message",
        "sign --key kem.pem --format raw -o 2.sig message",
        "sign --key dsa.seed --format raw -o 2.sig message",
        "encapsulate --to kem.pem --ciphertext ct2 --secret ss2",
        "encapsulate --to kem.seed --ciphertext ct2 --secret ss2",
        "encapsulate --to kem.pub --ciphertext kem.seed --secret ss2",
        "decapsulate --key kem.pem --ciphertext ss --secret ss2",
        "decapsulate --key kem.key --ciphertext ct --secret ss3",
        "convert dsa.pem -o a.der --output der --form both",
        "convert dsa.pem -o a.jwk --output jwk",
        "convert dsa.pem -o a.raw --output raw",
        "convert dsa.pem -o - --public",
        "convert kem.seed -o a.bad --input raw-seed --algorithm ML-DSA-65",
        "convert dsa.expanded -o a.bad --input raw-expanded --algorithm ML-DSA-44",
        "convert dsa.pem -o a.locked --encrypt --passphrase-fd 0",
        "sign --key a.locked --format raw --passphrase-fd 0 -o 3.sig message",
        "inspect a.locked --passphrase-fd 0",
    ]
    .map(str::to_owned)
    .to_vec();
    for i in 1..=8 {
        lines.push(format!("inspect broken{i}"));
        lines.push(format!(
            "sign --key broken{i} --format raw -o 4.sig message"
        ));
        lines.push(format!("convert broken{i} -o a.bad"));
    }
    for line in &lines {
        for line in [line.clone(), format!("--json {line}")] {
            let stdin = format!("{PASSPHRASE}\n");
            runs.push(folder.line(&line).stdin(stdin).run());
        }
    }
    assert!(folder.exists("3.sig"));
    for run in &runs {
        for said in [run.line.as_bytes(), &run.stdout, &run.stderr] {
            assert_eq!(traces.in_text(said), None, "chop {}", run.line);
        }
        assert_ne!(run.status, 101, "{run}");
    }
}

/// While the command waits for a passphrase, its arguments and environment are for everybody to read.
#[test]
fn a_waiting_process_shows_no_secret_and_no_core() {
    let folder = keys();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut child = std::process::Command::new(support::CHOP)
        .args([
            "keygen",
            "ML-DSA-44",
            "-o",
            "out",
            "--encrypt",
            "--passphrase-fd",
            "0",
        ])
        .current_dir(folder.path(""))
        .stdin(reader)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let limits = format!("/proc/{}/limits", child.id());
    let forbidden = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("Max core file size"))
            .is_some_and(|line| line.split_whitespace().nth(4) == Some("0"))
    };
    let seen = (0..1000).any(|_| {
        thread::sleep(Duration::from_millis(5));
        fs::read_to_string(&limits).is_ok_and(|text| forbidden(&text))
    });
    assert!(seen, "{limits}");
    // Nothing is on the disk before the passphrase is there.
    assert!(!folder.exists("out"));
    assert!(folder.leftovers().is_empty());
    drop(writer);
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(!folder.exists("out"));
}
