//! What the command says about itself: the quickstart, help and its examples, completions, the manual.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use std::fs;
use std::process::{Command, Stdio};

use support::Folder;

/// The commands, as `chop --help` lists them.
fn commands() -> Vec<String> {
    let help = Folder::new().line("--help").ok().text();
    let list = help.split("\nCommands:\n").nth(1).unwrap();
    let list = list.split("\n\n").next().unwrap();
    let commands: Vec<String> = list
        .lines()
        // A line that goes on with the description is indented further.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect();
    assert!(commands.len() >= 12, "{commands:?}");
    commands
}

/// The same with the commands of `cert` in place of it.
fn commands_with_options() -> Vec<String> {
    commands()
        .into_iter()
        .flat_map(|command| match command.as_str() {
            "cert" => vec!["cert self-sign".to_owned(), "cert show".to_owned()],
            _ => vec![command],
        })
        .collect()
}

/// Whether a program of the system is here; says so if not.
fn is_here(program: &str) -> bool {
    let here = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .status()
        .unwrap()
        .success();
    if !here {
        #[allow(clippy::print_stderr, reason = "what does not run has to say so")]
        {
            eprintln!("skipped: {program} is not here");
        }
    }
    here
}

#[test]
fn the_quickstart_works_once_and_leaves_what_it_tells_of() {
    let folder = Folder::new();
    let run = folder.line("quickstart").ok();
    let text = run.text();
    assert!(
        text.contains("\nvalid: MLDSA65-ECDSA-P256-SHA512 signature"),
        "{run}"
    );
    let refused = "\ninvalid: the content is not the one that was signed; MLDSA65-ECDSA-P256-SHA512 signature";
    assert!(text.contains(refused), "{run}");
    assert!(
        text.contains("the forgery was refused (exit status 1)"),
        "{run}"
    );
    let names = [
        "payments.key",
        "payments.pub",
        "pacs008.xml",
        "pacs008.xml.p7s",
        "forged.xml",
        "receiver.key",
        "receiver.pub",
        "ct.bin",
        "sent.bin",
        "received.bin",
    ];
    let mut found: Vec<_> = fs::read_dir(folder.path("chop-quickstart"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    let mut expected = names.to_vec();
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(folder.mode("chop-quickstart/payments.key"), 0o600);

    let again = "chop-quickstart: folder exists: expected a new name";
    folder.line("quickstart").fails(5, again);
    folder.line("quickstart another").ok();
    let json = folder.line("--json quickstart third").ends(2);
    assert_eq!(
        json.json_error(),
        "--json: expected a command that reports, got quickstart, which tells a story"
    );
    assert!(!folder.exists("third"));
}

/// Every line with a `$`, word for word, in a folder that holds the message alone.
#[test]
fn the_quickstart_can_be_repeated_by_hand() {
    let folder = Folder::new();
    let story = folder.line("quickstart").ok().text();
    let message = folder.read("chop-quickstart/pacs008.xml");
    let forged = folder.read("chop-quickstart/forged.xml");

    let fresh = Folder::new();
    fs::create_dir(fresh.path("chop-quickstart")).unwrap();
    fresh.write("chop-quickstart/pacs008.xml", message);
    let mut told = story.lines().peekable();
    let mut commands = Vec::new();
    while let Some(line) = told.next() {
        if let Some(command) = line.strip_prefix("$ ") {
            let invalid = told
                .peek()
                .is_some_and(|next| next.starts_with("invalid: "));
            commands.push((command, i32::from(invalid)));
        }
    }
    assert_eq!(commands[0], ("cd chop-quickstart", 0));
    assert_eq!(
        commands
            .iter()
            .filter(|(line, _)| line.starts_with("chop "))
            .count(),
        8
    );
    assert_eq!(
        commands.iter().filter(|(_, status)| *status == 1).count(),
        1
    );
    for (command, status) in &commands[1..] {
        let run = fresh
            .shell(&format!("cd chop-quickstart && {command}"))
            .ends(*status);
        // What the story shows below a command is what the command prints; only fingerprints and noise differ.
        if command.starts_with("grep") {
            assert!(story.contains(&run.text()), "{run}");
        }
    }
    assert_eq!(fresh.read("chop-quickstart/forged.xml"), forged);
}

#[test]
fn help_ends_with_examples_that_fit_on_a_terminal() {
    let folder = Folder::new();
    for command in commands_with_options() {
        let at = |columns: &str| {
            let run = folder
                .line(&format!("{command} --help"))
                .env("COLUMNS", columns)
                .ok();
            assert!(run.text().starts_with("Usage: chop "), "{run}");
            assert_eq!(run.err(), "");
            examples(&run.text())
        };
        let wide = at("300");
        assert!(!wide.is_empty(), "{command}");
        let is_own = |line: &&String| line.starts_with(&format!("chop {command}"));
        assert!(wide.iter().all(|line| is_own(&line)), "{wide:?}");
        // A line that is broken in two cannot be copied.
        assert_eq!(at("80"), wide, "{command}");
    }
    let whole = examples(&folder.line("--help").ok().text());
    assert_eq!(whole.len(), 3, "{whole:?}");
}

/// The commands of the examples at the end of a help text.
fn examples(help: &str) -> Vec<String> {
    let after = help
        .split("\nExample")
        .nth(1)
        .unwrap_or_else(|| panic!("{help}"));
    let lines = after
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with("  "));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// The options that `chop COMMAND --help` defines, and those that its closing words mention.
#[test]
fn help_mentions_only_options_that_the_command_has() {
    let folder = Folder::new();
    for command in commands_with_options() {
        let help = folder.line(&format!("{command} --help")).ok().text();
        let (definition, closing) = help.split_once("\nExample").unwrap();
        let options = |text: &str| -> Vec<String> {
            text.split(|c: char| c.is_whitespace() || ",.;:()`[]".contains(c))
                .filter(|word| word.starts_with('-') && word.len() > 1)
                .map(str::to_owned)
                .collect()
        };
        let defined = options(definition);
        for option in options(closing) {
            assert!(
                defined.contains(&option),
                "{command}: {option} of {defined:?}"
            );
        }
    }
}

/// Every example of every command, word for word, with files of the names that it uses.
#[test]
fn examples_run_as_they_stand() {
    let folder = Folder::new();
    folder
        .shell("mkdir -p .local/share/bash-completion/completions")
        .ok();
    for line in [
        "keygen ML-KEM-768 -o receiver.key --pub receiver.pub",
        "keygen ML-DSA-44 -o partner.pem",
        "keygen ML-DSA-65 -o seed.key",
        "convert seed.key -o openssl.key --form both",
        "convert receiver.key -o old.bin --output raw --form expanded",
    ] {
        folder.line(line).ok();
    }
    folder.write("pacs008.xml", "<Document/>");
    folder.write("pain001.xml", "<Document/>");
    let list = r#"{"file":"pain001.xml","signature":"pain001.sig","key":"payments.pub"}"#;
    folder.write("list.jsonl", list);
    let mut ran = 0;
    for command in [vec![String::new()], commands_with_options()].concat() {
        let help = folder
            .line(&format!("{command} --help"))
            .env("COLUMNS", "300")
            .ok()
            .text();
        for example in examples(&help) {
            // Those of the keyring need one that is unlocked: tests/keyring.rs tells their story.
            let of_the_keyring = [
                "init", "key", "unlocker", "audit", "backup", "restore", "check",
            ]
            .iter()
            .any(|word| example.split(' ').nth(1) == Some(word));
            if of_the_keyring
                || example.starts_with("chop self-test")
                || example.contains("man ./") && !is_here("man")
            {
                continue;
            }
            // An output of an earlier example may be in the way, as it would be for a reader.
            let repeated = ["keygen", "sign", "decapsulate"]
                .iter()
                .any(|word| example.starts_with(&format!("chop {word} ")) && !command.is_empty());
            let example = if repeated {
                example + " --force"
            } else {
                example
            };
            if example.contains("--batch") {
                folder
                    .shell("mkdir -p archive && cp pacs008.xml archive/")
                    .ok();
                for line in [
                    "sign --key payments.key --force --format raw -o pain001.sig pain001.xml",
                    "sign --key payments.key --force --beside archive/pacs008.xml",
                ] {
                    folder.line(line).ok();
                }
            }
            if example.starts_with("chop inspect") {
                // Its last file is there to be unknown.
                folder.write("unknown.bin", "unknown");
                folder.shell(&example).ends(3);
            } else {
                let home = folder.path("").display().to_string();
                folder
                    .shell(&example)
                    .env("HOME", &home)
                    .env("MANPAGER", "cat")
                    .ok();
            }
            ran += 1;
        }
    }
    assert!(ran >= 14, "{ran}");
}

#[test]
fn completions_know_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.line(&format!("completions {shell}")).ok();
        assert_eq!(script.err(), "");
        for command in commands() {
            assert!(script.text().contains(&command), "{shell}: {command}");
        }
        for option in ["passphrase-fd", "deterministic", "context-hex"] {
            assert!(script.text().contains(option), "{shell}: {option}");
        }
        if shell == "bash" || is_here(shell) {
            folder.write("script", &script.stdout);
            folder.shell(&format!("{shell} -n script")).ok();
        }
    }
    // What bash offers after `chop c`.
    let offered = folder
        .shell(
            "chop completions bash > script; bash -c '. ./script; \
             COMP_WORDS=(chop c); COMP_CWORD=1; _chop chop c chop; echo \"${COMPREPLY[@]}\"'",
        )
        .ok();
    assert_eq!(offered.text(), "convert cert check completions\n");
}

#[test]
fn the_manual_page_has_what_a_manual_page_has() {
    let folder = Folder::new();
    let page = folder.line("man").ok();
    assert_eq!(page.err(), "");
    let roff = page.text();
    for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"] {
        assert!(roff.contains(&format!(".SH {heading}\n")), "{heading}");
    }
    for command in commands() {
        let name = format!("chop\\-{}(1)", command.replace('-', "\\-"));
        assert!(roff.contains(&name), "{command}");
    }
    for command in commands_with_options() {
        let own = folder.line(&format!("man {command}")).ok().text();
        assert!(own.contains(".SH NAME\n"), "{command}");
        assert!(own.contains(".SH EXAMPLES\n"), "{command}");
    }
    for heading in ["EXAMPLES", "\"EXIT STATUS\""] {
        assert!(roff.contains(&format!(".SH {heading}\n")), "{roff}");
    }
    let unknown = folder.line("man frobnicate").ends(2);
    assert!(
        unknown.err().starts_with("chop: error: command: expected "),
        "{unknown}"
    );

    if !is_here("man") {
        return;
    }
    folder.write("chop.1", &page.stdout);
    let rendered = folder
        .shell("man --warnings -l chop.1")
        .env("MANWIDTH", "100")
        .env("LC_ALL", "C.UTF-8")
        .ok();
    assert_eq!(rendered.err(), "", "groff has something to say");
    // The lines are justified and hyphenated.
    let text = rendered.text();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.starts_with("chop(1)"), "{text}");
    for words in ["NAME", "SYNOPSIS", "EXIT STATUS", "70 self"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn the_table_of_algorithms_is_one_table() {
    let folder = Folder::new();
    let text = folder.line("algorithms").ok().text();
    let rows = support::rows();
    let lines: Vec<&str> = text.lines().skip(1).take(rows.len()).collect();
    for (line, row) in lines.iter().zip(&rows) {
        let name = row["name"].as_str().unwrap();
        assert!(line.starts_with(name), "{line}");
        assert!(line.ends_with(row["standard"].as_str().unwrap()), "{line}");
    }
}

#[test]
fn versions_agree() {
    let run = Folder::new().line("--version").ok();
    assert_eq!(run.text(), format!("chop {}\n", env!("CARGO_PKG_VERSION")));
}

/// The answer goes to standard output, words to standard error; `--quiet` leaves the answer alone.
#[test]
fn words_and_answers_go_their_own_ways() {
    let folder = Folder::new();
    folder.write("message", "hello");
    let made = folder.line("keygen ML-DSA-44 -o key --pub pub").ok();
    assert_eq!(made.text(), "");
    assert_eq!(made.err().lines().count(), 3, "{made}");
    let quiet = folder
        .line("-q sign --key key --format raw -o sig message")
        .ok();
    assert_eq!((quiet.text(), quiet.err()), (String::new(), String::new()));

    let verify = "verify --key pub --format raw --signature sig";
    let valid = folder.line(&format!("{verify} message")).ok();
    assert_eq!(valid.err(), "");
    assert_eq!(valid.text().lines().count(), 1);
    let invalid = folder.line(&format!("{verify} key")).ends(1);
    assert!(invalid.text().starts_with("invalid: "));
    assert_eq!(invalid.err(), "--explain says which check fails\n");
    let invalid = folder.line(&format!("{verify} key --quiet")).ends(1);
    assert_eq!(invalid.err(), "");
    for line in [
        "keygen ML-KEM-512 -o k2 --json",
        "inspect key --json",
        "--json algorithms",
    ] {
        folder.line(line).ok().json();
    }
}

/// What programs rely on: the members of each report, no fewer and no more.
#[test]
fn reports_in_json_have_the_documented_members() {
    let folder = Folder::new();
    folder.write("message", "hello");
    for (line, status, members) in [
        (
            "keygen ML-DSA-44 -o key --pub pub",
            0,
            "algorithm encrypted fingerprint form policy private public v warnings",
        ),
        (
            "keygen ML-KEM-512 -o kem --pub to",
            0,
            "algorithm encrypted fingerprint form policy private public v warnings",
        ),
        (
            "convert key -o der --output der",
            0,
            "algorithm encrypted file fingerprint legacy policy v warnings what",
        ),
        (
            "sign --key key --format raw -o sig message",
            0,
            "algorithm bytes file fingerprint format key policy signers v version warnings",
        ),
        (
            "verify --key pub --format raw --signature sig message",
            0,
            "algorithm file fingerprint key legacy policy reason rule time v verdict version warnings",
        ),
        (
            "verify --key pub --format raw --signature sig --explain key",
            1,
            "algorithm explain file fingerprint key legacy policy reason rule time v verdict version warnings",
        ),
        (
            "sign --key key --format jws -o jws message",
            0,
            "algorithm bytes file fingerprint format key policy signers v version warnings",
        ),
        (
            "verify --key pub --format jws --signature jws message",
            0,
            "algorithm file fingerprint key kid legacy policy reason rule time v verdict version warnings",
        ),
        (
            "sign --key key -o cms message",
            0,
            "algorithm bytes file fingerprint format key policy signers v version warnings",
        ),
        (
            "verify --key pub --signature cms message",
            0,
            "algorithm content file fingerprint key legacy policy reason rule signers time v verdict version warnings",
        ),
        (
            "verify --key pub --signature cms --explain key",
            1,
            "algorithm content explain file fingerprint key legacy policy reason rule signers time v verdict version warnings",
        ),
        ("sign --key key message key --force", 0, "files policy v"),
        ("verify --key pub message key", 0, "files policy v"),
        (
            "cert self-sign --key key --subject CN=x -o crt",
            0,
            "algorithm extensions file fingerprint issuer not_after not_before policy problem self_signed serial signature_algorithm subject v version warnings",
        ),
        ("cert show crt absent", 5, "certificates policy v"),
        (
            "encapsulate --to to --ciphertext ct --secret ss",
            0,
            "algorithm ciphertext key policy secret v version warnings",
        ),
        (
            "decapsulate --key kem --ciphertext ct --secret again",
            0,
            "algorithm legacy policy secret v warnings",
        ),
        ("inspect key pub absent", 5, "files v"),
        ("algorithms", 0, "algorithms v"),
        ("frobnicate", 2, "error v"),
    ] {
        let report = folder.line(&format!("--json {line}")).ends(status).json();
        let mut found: Vec<_> = report.as_object().unwrap().keys().cloned().collect();
        found.sort();
        assert_eq!(found.join(" "), members, "chop --json {line}");
        if let Some(error) = report["error"].as_object() {
            let mut found: Vec<_> = error.keys().cloned().collect();
            found.sort();
            assert_eq!(found.join(" "), "code exit expected got what where");
        }
        if !report["time"].is_null() {
            // CMS alone carries the time that the signer claims.
            let claimed = line.contains("cms");
            assert_eq!(report["time"]["claimed"].is_string(), claimed, "{line}");
            assert!(report["time"]["proven"].is_null());
        }
    }
}
