//! `chop verify`.

mod answer;
mod job;
mod list;
mod many;
mod named;
mod opened;
mod signed_data;

use std::path::{Path, PathBuf};

use chop::{Algorithm, Error, Guard, Result, Verdict};
use serde_json::json;

use super::format::only_with;
use crate::args::{SignatureFormat, Verify};
use crate::batch::in_order;
use crate::input::{Input, at_most_one_standard};
use crate::keyring::{Ring, Source};
use crate::output::{self, Access, Output, distinct, write_all};
use crate::passphrase::Passphrases;
use crate::process;
use crate::progress::Progress;
use crate::report::{Report, error_json, one_line};

use answer::Answer;
use job::{Care, Job, Whom, lost};
use list::List;
use many::Whose;
use named::Named;
use opened::Opened;

pub(super) fn run(
    args: &Verify,
    keyring: &Ring<'_>,
    passphrases: &Passphrases,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    check_options(args, report)?;
    let algorithm = args
        .algorithm
        .as_deref()
        .map(Algorithm::from_name)
        .transpose()?;
    let sources = args
        .keys
        .iter()
        .map(|key| keyring.source(key))
        .collect::<Result<Vec<_>>>()?;
    let named = match sources.as_slice() {
        [Source::Named(name)] => Some(name.clone()),
        sources if sources.iter().any(|source| source.file().is_none()) => {
            return Err(Error::usage("--key")
                .expected("one name of a key of the keyring, or files alone")
                .got("a name among several"));
        }
        _ => None,
    };
    if named.is_some() {
        says_it_itself(algorithm)?;
    }
    let inputs: Vec<&Path> = sources
        .iter()
        .filter_map(Source::file)
        .chain(args.trust.as_deref())
        .chain(args.signature.as_deref())
        .chain(args.batch.as_deref())
        .chain(args.files.iter().map(PathBuf::as_path))
        .collect();
    at_most_one_standard(&inputs, passphrases)?;
    if let Some(output) = &args.output {
        distinct(&[output], &inputs)?;
        Output::new(Some(output), Access::Public, true, args.force)?;
    }
    let keys = sources
        .iter()
        .filter_map(Source::file)
        .map(Input::open)
        .collect::<Result<Vec<_>>>()?;
    let trust = args.trust.as_deref().map(Input::open).transpose()?;
    let mut single = match args.files.as_slice() {
        [file] => Some(Opened::new(args, file)?),
        _ => None,
    };
    let list = args.batch.as_deref().map(List::open).transpose()?;
    process::close_to_others();
    let care = match list {
        Some(_) => Care::Fast,
        None => Care::Double,
    };
    let whom = match (named, trust) {
        (Some(name), _) => Some(Whom::Named(Named::open(keyring, name, care, guard)?)),
        (None, Some(certificates)) => Some(Whom::Trust(certificates)),
        (None, None) => Some(Whom::Keys(algorithm, keys)).filter(|_| !args.keys.is_empty()),
    };
    let job = whom
        .map(|whom| Job::new(args, whom, care, guard))
        .transpose()?;
    let context = args.agreed.context()?;
    if let Some(list) = list {
        let whose = Whose {
            args,
            algorithm,
            default: job,
            context,
        };
        return many::run(whose, list, keyring, guard, report);
    }
    let job = job.ok_or_else(lost)?;

    if let Some(opened) = single.take() {
        let progress = Progress::bytes(report, opened.size());
        let answer = job.verify(opened, &context, &progress)?;
        drop(progress);
        report.warnings(&answer.warnings);
        return conclude(args, &answer, report);
    }
    let total = args
        .files
        .iter()
        .map(|file| Some(file.metadata().ok()?.len()));
    let progress = Progress::bytes(report, total.sum());
    let mut worst = 0;
    let mut entries = Vec::new();
    let mut failure = None;
    in_order(
        &args.files,
        args.jobs,
        |file| {
            let answer =
                Opened::new(args, file).and_then(|opened| job.verify(opened, &context, &progress));
            (file, answer)
        },
        |(file, answer)| {
            progress.pause(|| match answer {
                Ok(answer) => {
                    worst = worst.max(answer.verdict.exit_status());
                    report.warnings(&answer.warnings);
                    if report.is_json() {
                        entries.push(answer.as_json());
                    } else if let Err(error) = report.result(&format!(
                        "{}: {}",
                        one_line(&file.display().to_string()),
                        answer.as_text()
                    )) {
                        failure = Some(error);
                    }
                }
                Err(error) => {
                    worst = worst.max(error.code().exit_status());
                    match report.is_json() {
                        true => entries.push(json!({
                            "file": file.display().to_string(),
                            "error": error_json(&error),
                        })),
                        false => {
                            report.error(&error);
                        }
                    }
                }
            });
        },
    );
    if report.is_json() {
        report.json(json!({ "files": entries }))?;
    }
    failure.map_or(Ok(worst), Err)
}

/// Says the answer about one file, and hands out its content if that was inside and is good.
fn conclude(args: &Verify, answer: &Answer, report: &Report) -> Result<u8> {
    let say = || match report.is_json() {
        true => report.json(answer.as_json()),
        false => report.result(&answer.as_text()),
    };
    if let (Some(output), Some(content)) = (&args.output, &answer.content) {
        let target = Output::new(Some(output), Access::Public, true, args.force)?;
        // Text and content do not share standard output.
        let conclude = || match output::is_standard(output) {
            true => Ok(()),
            false => say(),
        };
        write_all(&[(&target, content)], report, conclude)?;
        return Ok(answer.verdict.exit_status());
    }
    if args.output.as_deref().is_some_and(output::is_standard) {
        // Where content is expected stands no verdict.
        report.warn(&answer.as_text());
        return Ok(answer.verdict.exit_status());
    }
    say()?;
    let explainable = args.agreed.format != SignatureFormat::Jws && !args.explain;
    if answer.verdict == Verdict::Invalid && explainable {
        report.say("--explain says which check fails");
    }
    Ok(answer.verdict.exit_status())
}

/// Refuses an algorithm beside the name of a key of the keyring, whose record says it.
fn says_it_itself(algorithm: Option<Algorithm>) -> Result<()> {
    match algorithm {
        None => Ok(()),
        Some(_) => Err(Error::usage("--algorithm")
            .expected("files of keys")
            .got("the name of a key of the keyring")),
    }
}

fn check_options(args: &Verify, report: &Report) -> Result<()> {
    let cms = args.agreed.format == SignatureFormat::Cms;
    only_with("--trust", args.trust.is_some(), cms, "--format cms")?;
    only_with("several keys", args.keys.len() > 1, cms, "--format cms")?;
    only_with("-o", args.output.is_some(), cms, "--format cms")?;
    only_with("--attached", args.attached, cms, "--format cms")?;
    let inside = args.attached || args.output.is_some();
    only_with(
        "--signature",
        args.signature.is_some(),
        !inside,
        "content beside the signature",
    )?;
    let jws = args.agreed.format == SignatureFormat::Jws;
    only_with("--explain", args.explain, !jws, "--format cms or raw")?;
    let several = args.files.len() > 1;
    only_with(
        "--signature",
        args.signature.is_some(),
        !several,
        "one file",
    )?;
    only_with("-o", args.output.is_some(), !several, "one file")?;
    if report.is_json() && args.output.as_deref().is_some_and(output::is_standard) {
        return Err(Error::usage("standard output")
            .expected("one purpose; give -o FILE")
            .got("several"));
    }
    Ok(())
}
