//! `chop encapsulate` and `chop decapsulate`.

use chop::{Error, Result};
use serde_json::json;

use super::{open_all, private_key, public_key};
use crate::args::{Decapsulate, Encapsulate};
use crate::input::{MAX_OUTPUT, at_most_one_standard, is_standard, name_of};
use crate::output::{Access, Output, write_all};
use crate::passphrase::Passphrases;
use crate::process;
use crate::report::Report;

pub(super) fn encapsulate(args: &Encapsulate, report: &Report) -> Result<u8> {
    let to_stdout = [&args.ciphertext, &args.secret]
        .iter()
        .filter(|path| is_standard(path))
        .count();
    if to_stdout + usize::from(report.is_json()) > 1 {
        return Err(Error::usage("standard output")
            .expected("one purpose")
            .got("several"));
    }
    if args.ciphertext == args.secret {
        return Err(Error::usage("--ciphertext and --secret")
            .expected("two files")
            .got("one"));
    }
    let ciphertext_output = Output::new(Some(&args.ciphertext), Access::Public, true, args.force)?;
    let secret_output = Output::new(Some(&args.secret), Access::Private, true, args.force)?;
    let key = public_key(&args.to)?
        .into_encapsulation()
        .map_err(|error| error.at(name_of(&args.to)))?;
    process::close_to_others();
    let (ciphertext, secret) = key.encapsulate().map_err(|error| match error.code() {
        chop::Code::Rejected => error.at(name_of(&args.to)),
        _ => error,
    })?;
    write_all(
        &[
            (&ciphertext_output, &ciphertext),
            (&secret_output, secret.expose()),
        ],
        report,
    )?;
    if report.is_json() {
        report.json(json!({
            "algorithm": key.algorithm().name(),
            "ciphertext": name_of(&args.ciphertext),
            "secret": name_of(&args.secret),
        }))?;
    }
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
    report: &Report,
) -> Result<u8> {
    at_most_one_standard(&[&args.key, &args.ciphertext])?;
    if report.is_json() && is_standard(&args.secret) {
        return Err(Error::usage("standard output")
            .expected("one purpose")
            .got("several"));
    }
    let output = Output::new(Some(&args.secret), Access::Private, true, args.force)?;
    let [key, ciphertext] = open_all([&args.key, &args.ciphertext])?;
    let key_name = key.name().to_owned();
    let key = private_key(key, passphrases)?
        .into_decapsulation()
        .map_err(|error| error.at(key_name))?;
    let ciphertext_name = ciphertext.name().to_owned();
    let secret = key
        .decapsulate(ciphertext.read("ciphertext", MAX_OUTPUT)?.expose())
        .map_err(|error| error.at(ciphertext_name))?;
    write_all(&[(&output, secret.expose())], report)?;
    if report.is_json() {
        report.json(json!({
            "algorithm": key.algorithm().name(),
            "secret": name_of(&args.secret),
        }))?;
    }
    report.say(&format!(
        "{}: {} shared secret",
        name_of(&args.secret),
        key.algorithm()
    ));
    Ok(0)
}
