//! `chop inspect`: the key doctor.

use std::path::{Path, PathBuf};

use chop::algorithm::Flavour;
use chop::encoding::{MAX_KEY_FILE, Passphrase};
use chop::inspect::{Finding, inspect, inspect_signature};
use chop::{Result, SecretBytes};
use serde_json::{Value, json};

use crate::args::Inspect;
use crate::input::{Input, at_most_one_standard};
use crate::passphrase::Passphrases;
use crate::process;
use crate::report::{Report, error_json, one_line};

/// The longest message with which signatures are tried: it is tried under several algorithms, some of which keep it.
const MAX_MESSAGE: usize = 64 << 20;

pub(super) fn run(args: &Inspect, passphrases: &Passphrases, report: &Report) -> Result<u8> {
    let beside = args.message.iter().chain(&args.key);
    let paths: Vec<&Path> = args
        .files
        .iter()
        .chain(beside)
        .map(PathBuf::as_path)
        .collect();
    at_most_one_standard(&paths, passphrases)?;
    let tried = match (&args.message, &args.key) {
        (Some(message), Some(key)) => {
            let (message, key) = (Input::open(message)?, Input::open(key)?);
            Some((message.read("message", MAX_MESSAGE)?, key.read_key()?))
        }
        _ => None,
    };
    let opened: Vec<Result<Input>> = args.files.iter().map(|path| Input::open(path)).collect();
    process::close_to_others();

    let mut worst = 0;
    let mut entries = Vec::new();
    for input in opened {
        let (name, outcome) = match input {
            Ok(input) => {
                let name = input.name().to_owned();
                let outcome = input
                    .read("key file", MAX_KEY_FILE)
                    .and_then(|bytes| match &tried {
                        Some((message, key)) => {
                            inspect_signature(bytes.expose(), message.expose(), key.expose())
                                .map(|finding| vec![finding])
                        }
                        None => look(&bytes, &name, args, passphrases),
                    })
                    .map_err(|error| {
                        if error.place() == Some(&name) {
                            error
                        } else {
                            error.at(&name)
                        }
                    });
                (name, outcome)
            }
            Err(error) => (error.place().unwrap_or_default().to_owned(), Err(error)),
        };
        match outcome {
            Ok(findings) => {
                for finding in findings {
                    worst = worst.max(finding.exit_status());
                    if report.is_json() {
                        entries.push(as_json(&name, &finding));
                    } else {
                        report.result(&as_text(&name, &finding))?;
                    }
                }
            }
            Err(error) if report.is_json() => {
                worst = worst.max(error.code().exit_status());
                entries.push(json!({ "file": name, "error": error_json(&error) }));
            }
            Err(error) => worst = worst.max(report.error(&error)),
        }
    }
    if report.is_json() {
        report.json(json!({ "files": entries }))?;
    }
    Ok(worst)
}

fn look(
    bytes: &SecretBytes,
    name: &str,
    args: &Inspect,
    passphrases: &Passphrases,
) -> Result<Vec<Finding>> {
    let mut ask = || -> Result<Passphrase> { passphrases.existing(name) };
    let open = args.passphrase || passphrases.is_given();
    inspect(bytes.expose(), open.then_some(&mut ask))
}

fn as_json(name: &str, finding: &Finding) -> Value {
    json!({
        "file": name,
        "what": finding.what.name(),
        "encoding": finding.encoding,
        "algorithm": finding.algorithm.map(|algorithm| algorithm.name()),
        "also": finding.also.map(|algorithm| algorithm.name()),
        "flavour": finding.flavour().map(Flavour::name),
        "flavours": finding.flavours.iter().map(|row| row.name()).collect::<Vec<_>>(),
        "form": finding.form.map(|form| form.name()),
        "written_by": finding.written_by,
        "consistent": finding.consistent(),
        "checked": finding.checked,
        "problem": finding.problem.as_ref().map(error_json),
        "quantum_safe": finding.quantum_safe(),
        "fingerprint": finding.fingerprint.map(|fingerprint| fingerprint.to_string()),
        "notes": finding.notes,
        "exit": finding.exit_status(),
    })
}

fn as_text(name: &str, finding: &Finding) -> String {
    let mut text = format!("{}: {}\n", one_line(name), finding.what.name());
    let mut line = |label: &str, value: &str| {
        text.push_str(&format!("  {label:<12} {}\n", one_line(value)));
    };
    if let Some(algorithm) = finding.algorithm {
        let info = algorithm.info();
        let strength = match info.category {
            0 => "broken by a quantum computer".to_owned(),
            category => format!("category {category}"),
        };
        line(
            "algorithm",
            &format!("{algorithm} ({}, {strength})", info.standard),
        );
        if let Some(also) = finding.also {
            line("or", &format!("{also}: the encoding names only the curve"));
        }
    }
    if let Some(flavour) = finding.flavour() {
        line("flavour", flavour.name());
    }
    line("encoding", &finding.encoding);
    // The form says something only where there are several.
    let forms = finding.algorithm.map_or(0, |one| one.info().forms().len());
    if let Some(form) = finding.form.filter(|_| forms > 1) {
        line("form", form.name());
    }
    if let Some(writer) = &finding.written_by {
        line("written by", writer);
    }
    match (finding.consistent(), &finding.problem) {
        (Some(true), _) => line(
            "consistent",
            &format!("yes: {}", finding.checked.join("; ")),
        ),
        (Some(false), Some(problem)) => line("consistent", &format!("NO: {problem}")),
        (_, Some(problem)) => line("problem", &problem.to_string()),
        _ => {}
    }
    if let Some(fingerprint) = finding.fingerprint {
        line("fingerprint", &fingerprint.to_string());
    }
    for note in &finding.notes {
        line("note", note);
    }
    text
}
