//! `chop encapsulate` and `chop decapsulate`.

use std::path::Path;

use chop::policy::Use;
use chop::{Algorithm, Context, Error, Guard, Result};
use serde_json::json;

use super::key::neither_file_nor_key;
use super::{encapsulation_key, legacy_mark, open_all, private_key_as};
use crate::args::{Decapsulate, Encapsulate};
use crate::input::{MAX_OUTPUT, at_most_one_standard};
use crate::keyring::{Ring, Source};
use crate::output::{Access, Output, distinct, is_standard, name_of, write_all};
use crate::passphrase::Passphrases;
use crate::process;
use crate::report::Report;

pub(super) fn encapsulate(
    args: &Encapsulate,
    keyring: &Ring<'_>,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    let source = keyring.source(&args.to)?;
    let outputs = [args.ciphertext.as_path(), args.secret.as_path()];
    distinct(&outputs, &[&args.to])?;
    if report.is_json() && outputs.iter().any(|path| is_standard(path)) {
        return Err(Error::usage("standard output")
            .expected("one purpose")
            .got("several"));
    }
    let ciphertext_output = Output::new(Some(&args.ciphertext), Access::Public, true, args.force)?;
    let secret_output = Output::new(Some(&args.secret), Access::Private, true, args.force)?;
    let (algorithm, version, ciphertext, secret) = match &source {
        Source::File(path) => {
            let [to] = open_all([path])?;
            let to_name = to.name().to_owned();
            let key = encapsulation_key(to, guard)?;
            let (ciphertext, secret) = key.encapsulate().map_err(|error| match error.code() {
                chop::Code::Rejected | chop::Code::Policy => error.at(&to_name),
                _ => error,
            })?;
            (key.algorithm(), None, ciphertext, secret)
        }
        Source::Named(name) => {
            process::close_to_others();
            let (version, ciphertext, secret) = keyring
                .get()?
                .encapsulate(name, guard)
                .map_err(|error| neither_file_nor_key(error, name.as_str()))?;
            (version.algorithm, Some(version), ciphertext, secret)
        }
    };
    let warnings = guard.warnings(algorithm, Use::Receive, &Context::empty())?;
    let outputs = [
        (&ciphertext_output, ciphertext.as_slice()),
        (&secret_output, secret.expose()),
    ];
    write_all(&outputs, report, || match report.is_json() {
        false => Ok(()),
        true => report.json(json!({
            "algorithm": algorithm.name(),
            "key": version.as_ref().map(|version| version.key.as_str()),
            "version": version.as_ref().map(|version| version.version),
            "ciphertext": name_of(&args.ciphertext),
            "secret": name_of(&args.secret),
            "warnings": warnings,
        })),
    })?;
    report.warnings(&warnings);
    report.say(&format!(
        "{}: {} ciphertext of {} bytes{}; the secret is in {}",
        name_of(&args.ciphertext),
        algorithm,
        ciphertext.len(),
        version.map_or(String::new(), |version| format!(
            " to {} version {}",
            version.key, version.version
        )),
        name_of(&args.secret)
    ));
    Ok(0)
}

pub(super) fn decapsulate(
    args: &Decapsulate,
    keyring: &Ring<'_>,
    passphrases: &Passphrases,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    let source = keyring.source(&args.key)?;
    if args.version.is_some() && source.file().is_some() {
        return Err(Error::usage("--version")
            .expected("the name of a key of the keyring")
            .got("a file"));
    }
    let algorithm = args
        .algorithm
        .as_deref()
        .map(Algorithm::from_name)
        .transpose()?;
    if algorithm.is_some() && source.file().is_none() {
        return Err(Error::usage("--algorithm")
            .expected("a file")
            .got("the name of a key of the keyring"));
    }
    let inputs: Vec<&Path> = source
        .file()
        .into_iter()
        .chain([args.ciphertext.as_path()])
        .collect();
    at_most_one_standard(&inputs, passphrases)?;
    distinct(&[&args.secret], &inputs)?;
    if report.is_json() && is_standard(&args.secret) {
        return Err(Error::usage("standard output")
            .expected("one purpose")
            .got("several"));
    }
    let output = Output::new(Some(&args.secret), Access::Private, true, args.force)?;
    let (key_name, key, ciphertext) = match &source {
        Source::File(path) => {
            let [key, ciphertext] = open_all([path, &args.ciphertext])?;
            let key_name = key.name().to_owned();
            let key = private_key_as(algorithm, key, passphrases, guard)?
                .into_decapsulation()
                .map_err(|error| error.at(&key_name))?;
            (key_name, key, ciphertext)
        }
        Source::Named(name) => {
            let [ciphertext] = open_all([&args.ciphertext])?;
            let found = keyring
                .get()?
                .decapsulation_key(name, args.version, guard)
                .map_err(|error| match args.version {
                    // What has versions is no file.
                    Some(_) => error,
                    None => neither_file_nor_key(error, name.as_str()),
                })?;
            let key_name = format!("{name} version {}", found.version.version);
            (key_name, found.key, ciphertext)
        }
    };
    let warnings = guard.warnings(key.algorithm(), Use::Open, &Context::empty())?;
    let ciphertext_name = ciphertext.name().to_owned();
    let secret = key
        .decapsulate(ciphertext.read("ciphertext", MAX_OUTPUT)?.expose())
        .map_err(|error| match error.code() {
            chop::Code::Policy => error.at(key_name),
            chop::Code::Length | chop::Code::Rejected => error.at(ciphertext_name),
            _ => error,
        })?;
    write_all(&[(&output, secret.expose())], report, || {
        match report.is_json() {
            false => Ok(()),
            true => report.json(json!({
                "algorithm": key.algorithm().name(),
                "legacy": key.algorithm().is_legacy(),
                "secret": name_of(&args.secret),
                "warnings": warnings,
            })),
        }
    })?;
    report.warnings(&warnings);
    report.say(&format!(
        "{}: {} shared secret{}",
        name_of(&args.secret),
        key.algorithm(),
        legacy_mark(key.algorithm())
    ));
    Ok(0)
}
