//! `chop sign` and `chop verify`.

use std::path::Path;

use chop::algorithm::RsaScheme;
use chop::{Context, Error, Result, SignOptions, Verdict, VerifyOptions};
use serde_json::{Value, json};

use super::{open_all, private_key, public_key};
use crate::args::{Agreed, Sign, SignatureFormat, Verify};
use crate::input::{Input, MAX_MESSAGE, MAX_OUTPUT, at_most_one_standard};
use crate::output::{Access, Output, distinct, is_standard, name_of, write_all};
use crate::passphrase::Passphrases;
use crate::report::Report;

fn options(agreed: &Agreed) -> Result<VerifyOptions> {
    let SignatureFormat::Raw = agreed.format;
    let context = match (&agreed.context, &agreed.context_hex) {
        (Some(text), _) => Context::new(text.as_bytes())?,
        (None, Some(digits)) => Context::new(hex::decode(digits).map_err(|error| {
            Error::usage("--context-hex")
                .expected("pairs of hexadecimal digits")
                .got(error.to_string())
        })?)?,
        (None, None) => Context::empty(),
    };
    let rsa_scheme = agreed
        .rsa_scheme
        .as_deref()
        .map(RsaScheme::from_name)
        .transpose()?;
    Ok(VerifyOptions {
        context,
        rsa_scheme,
        ..VerifyOptions::default()
    })
}

/// A message that fits into memory; the raw format has to see it whole.
fn message(input: Input) -> Result<chop::SecretBytes> {
    input.read("message for --format raw", MAX_MESSAGE)
}

pub(super) fn sign(args: &Sign, passphrases: &Passphrases, report: &Report) -> Result<u8> {
    let agreed = options(&args.agreed)?;
    at_most_one_standard(&[&args.key, &args.file], passphrases)?;
    let target = args.output.as_deref().unwrap_or(Path::new("-"));
    distinct(&[target], &[&args.key, &args.file])?;
    if report.is_json() && is_standard(target) {
        return Err(Error::usage("standard output")
            .expected("one purpose; give -o FILE")
            .got("several"));
    }
    let output = Output::new(Some(target), Access::Public, true, args.force)?;
    let [key, file] = open_all([&args.key, &args.file])?;
    let key_name = key.name().to_owned();
    let key = private_key(key, passphrases)?
        .into_signing()
        .map_err(|error| error.at(key_name))?;
    let message = message(file)?;
    let options = SignOptions {
        context: agreed.context,
        deterministic: args.deterministic,
        rsa_scheme: agreed.rsa_scheme,
    };
    let signature = key.sign_with(message.expose(), &options)?;
    let fingerprint = chop::PublicKey::Verifying(key.verifying_key().clone())
        .fingerprint()
        .to_string();
    write_all(&[(&output, &signature)], report, || {
        match report.is_json() {
            false => Ok(()),
            true => report.json(json!({
                "algorithm": key.algorithm().name(),
                "fingerprint": fingerprint,
                "format": "raw",
                "bytes": signature.len(),
                "file": name_of(target),
            })),
        }
    })?;
    if !is_standard(target) {
        report.say(&format!(
            "{}: {} signature of {} bytes, key {fingerprint}",
            name_of(target),
            key.algorithm(),
            signature.len()
        ));
    }
    Ok(0)
}

pub(super) fn verify(args: &Verify, passphrases: &Passphrases, report: &Report) -> Result<u8> {
    let options = options(&args.agreed)?;
    at_most_one_standard(&[&args.key, &args.signature, &args.file], passphrases)?;
    let [key, signature, file] = open_all([&args.key, &args.signature, &args.file])?;
    let (key_name, signature_name) = (key.name().to_owned(), signature.name().to_owned());
    let public = public_key(key)?;
    let fingerprint = public.fingerprint().to_string();
    let key = public
        .into_verifying()
        .map_err(|error| error.at(&key_name))?;
    let signature = signature.read("signature", MAX_OUTPUT)?;
    let message = message(file)?;
    let verdict = key
        .verify_with(message.expose(), signature.expose(), &options)
        .map_err(|error| match error.code() {
            chop::Code::Length | chop::Code::Malformed => error.at(&signature_name),
            _ => error,
        })?;
    let steps = match args.explain {
        true => Some(key.explain(message.expose(), signature.expose(), &options)?),
        false => None,
    };

    if report.is_json() {
        let mut object = json!({
            "verdict": verdict.name(),
            "algorithm": key.algorithm().name(),
            "key": key_name,
            "version": Value::Null,
            "fingerprint": fingerprint,
            "time": { "claimed": Value::Null, "proven": Value::Null },
            "rule": Value::Null,
        });
        if let (Some(steps), Some(fields)) = (&steps, object.as_object_mut()) {
            let steps: Vec<Value> = steps
                .iter()
                .map(|step| json!({ "check": step.check, "passed": step.passed, "detail": step.detail }))
                .collect();
            fields.insert("explain".to_owned(), Value::Array(steps));
        }
        report.json(object)?;
        return Ok(verdict.exit_status());
    }
    report.result(&format!(
        "{verdict}: {} signature, key {fingerprint}\n",
        key.algorithm()
    ))?;
    for step in steps.iter().flatten() {
        let mark = if step.passed { "ok" } else { "FAILED" };
        report.result(&format!("  {mark:<7} {}: {}\n", step.check, step.detail))?;
    }
    if verdict == Verdict::Invalid && steps.is_none() {
        report.say("--explain says which check fails");
    }
    Ok(verdict.exit_status())
}
