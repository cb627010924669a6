//! `chop encapsulate` and `chop decapsulate`.

use chop::policy::Use;
use chop::{Context, Error, Guard, Result};
use serde_json::json;

use super::{encapsulation_key, open_all, private_key};
use crate::args::{Decapsulate, Encapsulate};
use crate::input::{MAX_OUTPUT, at_most_one_standard};
use crate::output::{Access, Output, distinct, is_standard, name_of, write_all};
use crate::passphrase::Passphrases;
use crate::report::Report;

pub(super) fn encapsulate(args: &Encapsulate, guard: &Guard, report: &Report) -> Result<u8> {
    let outputs = [args.ciphertext.as_path(), args.secret.as_path()];
    distinct(&outputs, &[&args.to])?;
    if report.is_json() && outputs.iter().any(|path| is_standard(path)) {
        return Err(Error::usage("standard output")
            .expected("one purpose")
            .got("several"));
    }
    let ciphertext_output = Output::new(Some(&args.ciphertext), Access::Public, true, args.force)?;
    let secret_output = Output::new(Some(&args.secret), Access::Private, true, args.force)?;
    let [to] = open_all([&args.to])?;
    let to_name = to.name().to_owned();
    let key = encapsulation_key(to, guard)?;
    let warnings = guard.warnings(key.algorithm(), Use::Receive, &Context::empty())?;
    let (ciphertext, secret) = key.encapsulate().map_err(|error| match error.code() {
        chop::Code::Rejected | chop::Code::Policy => error.at(&to_name),
        _ => error,
    })?;
    let outputs = [
        (&ciphertext_output, ciphertext.as_slice()),
        (&secret_output, secret.expose()),
    ];
    write_all(&outputs, report, || match report.is_json() {
        false => Ok(()),
        true => report.json(json!({
            "algorithm": key.algorithm().name(),
            "ciphertext": name_of(&args.ciphertext),
            "secret": name_of(&args.secret),
            "warnings": warnings,
        })),
    })?;
    report.warnings(&warnings);
    report.say(&format!(
        "{}: {} ciphertext of {} bytes; the secret is in {}",
        name_of(&args.ciphertext),
        key.algorithm(),
        ciphertext.len(),
        name_of(&args.secret)
    ));
    Ok(0)
}

pub(super) fn decapsulate(
    args: &Decapsulate,
    passphrases: &Passphrases,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    at_most_one_standard(&[&args.key, &args.ciphertext], passphrases)?;
    distinct(&[&args.secret], &[&args.key, &args.ciphertext])?;
    if report.is_json() && is_standard(&args.secret) {
        return Err(Error::usage("standard output")
            .expected("one purpose")
            .got("several"));
    }
    let output = Output::new(Some(&args.secret), Access::Private, true, args.force)?;
    let [key, ciphertext] = open_all([&args.key, &args.ciphertext])?;
    let key_name = key.name().to_owned();
    let key = private_key(key, passphrases, guard)?
        .into_decapsulation()
        .map_err(|error| error.at(&key_name))?;
    let warnings = guard.warnings(key.algorithm(), Use::Open, &Context::empty())?;
    let ciphertext_name = ciphertext.name().to_owned();
    let secret = key
        .decapsulate(ciphertext.read("ciphertext", MAX_OUTPUT)?.expose())
        .map_err(|error| match error.code() {
            chop::Code::Policy => error.at(key_name),
            _ => error.at(ciphertext_name),
        })?;
    write_all(&[(&output, secret.expose())], report, || {
        match report.is_json() {
            false => Ok(()),
            true => report.json(json!({
                "algorithm": key.algorithm().name(),
                "secret": name_of(&args.secret),
                "warnings": warnings,
            })),
        }
    })?;
    report.warnings(&warnings);
    report.say(&format!(
        "{}: {} shared secret",
        name_of(&args.secret),
        key.algorithm()
    ));
    Ok(0)
}
