//! `chop key`.

use chop::algorithm::Kind;
use chop::inspect::inspect;
use chop::keyring::{Change, KeyInfo, KeyName, Labels, Purpose, Reason, Version, Wanted};
use chop::policy::Use;
use chop::{Algorithm, Code, Context, Error, Form, Guard, PrivateKey, PublicKey, Result, Time};
use serde_json::{Value, json};

use super::{legacy_mark, private_key_of, public_key};
use crate::args::{
    KeyCommand, KeyExport, KeyImport, KeyNew, KeyRotate, Limits, Purpose as PurposeArgument,
    Transition,
};
use crate::input::{Input, at_most_one_standard};
use crate::keyring::Ring;
use crate::output::{Access, Output, is_standard, name_of, write_all};
use crate::passphrase::Passphrases;
use crate::process;
use crate::progress::during;
use crate::report::{Report, one_line};

pub(super) fn run(
    command: &KeyCommand,
    ring: &Ring<'_>,
    passphrases: &Passphrases,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    match command {
        KeyCommand::New(args) => new(args, ring, guard, report),
        KeyCommand::List => list(ring, report),
        KeyCommand::Show { name } => show(&name.parse()?, ring, report),
        KeyCommand::Due { within } => due(within, ring, guard, report),
        KeyCommand::Activate(args) => change(args, Change::Activate, ring, guard, report),
        KeyCommand::Suspend(args) => change(args, Change::Suspend, ring, guard, report),
        KeyCommand::Resume(args) => change(args, Change::Resume, ring, guard, report),
        KeyCommand::Deactivate(args) => change(args, Change::Deactivate, ring, guard, report),
        KeyCommand::Rotate(args) => rotate(args, ring, guard, report),
        KeyCommand::Compromise(args) => {
            let (name, reason) = (args.name.parse()?, args.reason.parse()?);
            let since = guard.policy().time(&args.since)?;
            let version = ring
                .get()?
                .compromise(&name, args.version, since, &reason, guard)?;
            said(&version, &format!("compromised since {since}"), &[], report)
        }
        KeyCommand::Destroy(args) => {
            let (name, reason) = (args.name.parse()?, args.reason.parse()?);
            let version = ring.get()?.destroy(&name, args.version, &reason, guard)?;
            said(&version, "destroyed", &[], report)
        }
        KeyCommand::Import(args) => import(args, ring, passphrases, guard, report),
        KeyCommand::Export(args) => export(args, ring, guard, report),
    }
}

/// Reports what has become of a version.
fn said(version: &Version, what: &str, warnings: &[String], report: &Report) -> Result<u8> {
    if report.is_json() {
        let mut object = describe(version);
        object["key"] = json!(version.key.as_str());
        object["warnings"] = json!(warnings);
        report.json(object)?;
        return Ok(0);
    }
    report.warnings(warnings);
    report.say(&format!(
        "{} version {}: {}{} {what}, fingerprint {}",
        version.key,
        version.version,
        version.algorithm,
        legacy_mark(version.algorithm),
        version.fingerprint
    ));
    Ok(0)
}

/// A version in JSON.
fn describe(version: &Version) -> Value {
    let time = |time: Option<chop::Time>| time.map(|time| time.to_string());
    let limits = &version.limits;
    json!({
        "version": version.version,
        "algorithm": version.algorithm.name(),
        "legacy": version.algorithm.is_legacy(),
        "fingerprint": version.fingerprint.to_string(),
        "state": version.state.name(),
        "created": version.created.to_string(),
        "creator": version.creator.as_str(),
        "not_before": limits.not_before.to_string(),
        "sign_until": time(limits.sign_until),
        "verify_until": time(limits.verify_until),
        "uses": version.uses,
        "max_uses": limits.max_uses,
        "contexts": limits.contexts.iter().map(|context| hex::encode(context.as_bytes())).collect::<Vec<_>>(),
        "exported": version.exported,
        "compromised": version.compromised.as_ref().map(|known| json!({
            "since": known.since.to_string(),
            "recorded": known.recorded.to_string(),
            "actor": known.actor.as_str(),
            "reason": known.reason.as_str(),
        })),
        "history": version.history.iter().map(|step| json!({
            "time": step.time.to_string(),
            "actor": step.actor.as_str(),
            "from": step.from.map(|state| state.name()),
            "to": step.to.name(),
            "reason": step.reason.as_ref().map(Reason::as_str),
        })).collect::<Vec<_>>(),
    })
}

fn describe_key(info: &KeyInfo) -> Value {
    let labels: serde_json::Map<String, Value> = info
        .key
        .labels
        .iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    json!({
        "key": info.key.name.as_str(),
        "purpose": info.key.purpose.name(),
        "peer": info.key.peer,
        "labels": labels,
        "current": info.key.current,
        "created": info.key.created.to_string(),
        "creator": info.key.creator.as_str(),
        "versions": info.versions.iter().map(describe).collect::<Vec<_>>(),
    })
}

fn reason(text: Option<&String>) -> Result<Option<Reason>> {
    text.map(|text| text.parse()).transpose()
}

fn wanted(limits: &Limits, guard: &Guard) -> Result<Wanted> {
    let time = |text: &Option<String>| {
        text.as_deref()
            .map(|text| guard.policy().time(text))
            .transpose()
    };
    let mut labels = std::collections::BTreeMap::new();
    for label in &limits.labels {
        let (name, value) = label.split_once('=').ok_or_else(|| {
            Error::usage("--label")
                .expected("NAME=VALUE")
                .got(format!("{label:?}"))
        })?;
        labels.insert(name.to_owned(), value.to_owned());
    }
    Ok(Wanted {
        not_before: time(&limits.not_before)?,
        sign_until: time(&limits.sign_until)?,
        verify_until: time(&limits.verify_until)?,
        max_uses: limits.max_uses,
        contexts: limits
            .contexts
            .iter()
            .map(|text| Context::new(text.as_bytes()))
            .collect::<Result<_>>()?,
        labels: Labels::try_from(labels)?,
        pre_active: limits.pre_active,
    })
}

fn of_argument(purpose: PurposeArgument) -> Purpose {
    match purpose {
        PurposeArgument::Sign => Purpose::Sign,
        PurposeArgument::Receive => Purpose::Receive,
    }
}

fn new(args: &KeyNew, ring: &Ring<'_>, guard: &Guard, report: &Report) -> Result<u8> {
    let name: KeyName = args.name.parse()?;
    let (algorithm, purpose) = match (&args.algorithm, args.purpose) {
        (Some(algorithm), purpose) => {
            let algorithm = Algorithm::from_name(algorithm)?;
            let own = Purpose::of(algorithm.info().kind);
            (algorithm, purpose.map_or(own, of_argument))
        }
        (None, purpose) => {
            let purpose = purpose.map_or(Purpose::Sign, of_argument);
            (guard.for_new_key(purpose.choice(), None)?, purpose)
        }
    };
    // Before anybody is asked for a passphrase.
    guard.check(algorithm, Use::Generate, &Context::empty())?;
    let wanted = wanted(&args.limits, guard)?;
    let warnings = guard.warnings(algorithm, Use::Generate, &Context::empty())?;
    let open = ring.get()?;
    let version = during(report, "making and testing the key", || {
        open.new_key(&name, purpose, algorithm, &wanted, guard)
    })?;
    said(&version, version.state.name(), &warnings, report)
}

fn list(ring: &Ring<'_>, report: &Report) -> Result<u8> {
    let open = ring.get()?;
    let keys = open.keys()?;
    let unconfirmed = open.unconfirmed()?;
    if report.is_json() {
        report.json(json!({
            "keys": keys.iter().map(describe_key).collect::<Vec<_>>(),
            "unconfirmed": unconfirmed.map(|time| time.to_string()),
        }))?;
        return Ok(0);
    }
    let width = keys
        .iter()
        .map(|info| info.key.name.as_str().len())
        .chain([4])
        .max()
        .unwrap_or_default();
    let mut text = format!(
        "{:<width$}  {:<9}  {:<30}  {:<11}  {:<7}  {:<20}  USES\n",
        "NAME", "CURRENT", "ALGORITHM", "STATE", "FOR", "SIGNS UNTIL"
    );
    for info in &keys {
        let Some(version) = info.current() else {
            continue;
        };
        let until = version
            .limits
            .sign_until
            .map_or("-".to_owned(), |time| time.to_string());
        let purpose = match info.key.peer {
            true => "peer",
            false => info.key.purpose.name(),
        };
        let line = format!(
            "{:<width$}  {:<9}  {:<30}  {:<11}  {:<7}  {until:<20}  {}",
            info.key.name.as_str(),
            format!("{} / {}", version.version, info.key.versions),
            version.algorithm.name(),
            version.state.name(),
            purpose,
            uses(version)
        );
        text.push_str(&one_line(&line));
        text.push('\n');
    }
    report.result(&text)?;
    unconfirmed_words(unconfirmed, report);
    Ok(0)
}

fn unconfirmed_words(unconfirmed: Option<chop::Time>, report: &Report) {
    if let Some(time) = unconfirmed {
        report.say(&format!(
            "restored from a backup on {time}: no version signs before chop restore --confirm"
        ));
    }
}

/// `3`, or `3 of 10`.
fn uses(version: &Version) -> String {
    match version.limits.max_uses {
        Some(most) => format!("{} of {most}", version.uses),
        None => version.uses.to_string(),
    }
}

fn show(name: &KeyName, ring: &Ring<'_>, report: &Report) -> Result<u8> {
    let open = ring.get()?;
    let info = open.key(name)?;
    let unconfirmed = open.unconfirmed()?;
    if report.is_json() {
        let mut object = describe_key(&info);
        object["unconfirmed"] = json!(unconfirmed.map(|time| time.to_string()));
        report.json(object)?;
        return Ok(0);
    }
    let key = &info.key;
    let mut lines = vec![format!(
        "{name}: a key to {}{}, {} version{}, current {}",
        key.purpose,
        if key.peer { ", a counterparty's" } else { "" },
        key.versions,
        if key.versions == 1 { "" } else { "s" },
        key.current
    )];
    for (label, value) in key.labels.iter() {
        lines.push(format!("  label {label}: {value}"));
    }
    for version in &info.versions {
        let limits = &version.limits;
        lines.push(String::new());
        lines.push(format!(
            "version {}: {}{}, {}",
            version.version,
            version.algorithm,
            legacy_mark(version.algorithm),
            version.state
        ));
        let (signs, verifies) = match key.purpose {
            Purpose::Receive => ("receives until", "opens until"),
            _ => ("signs until", "verifies until"),
        };
        let fields = [
            ("fingerprint", Some(version.fingerprint.to_string())),
            ("not before", Some(limits.not_before.to_string())),
            (signs, limits.sign_until.map(|until| until.to_string())),
            (verifies, limits.verify_until.map(|until| until.to_string())),
            ("uses", Some(uses(version))),
        ];
        for (what, value) in fields {
            if let Some(value) = value {
                lines.push(format!("  {what:<14}  {value}"));
            }
        }
        if !limits.contexts.is_empty() {
            let all: Vec<String> = limits
                .contexts
                .iter()
                .map(|context| match std::str::from_utf8(context.as_bytes()) {
                    Ok(text) => format!("{text:?}"),
                    Err(_) => hex::encode(context.as_bytes()),
                })
                .collect();
            lines.push(format!("  {:<14}  {}", "contexts", all.join(", ")));
        }
        if version.exported {
            lines.push("  the private key has been exported without protection".to_owned());
        }
        if let Some(known) = &version.compromised {
            lines.push(format!(
                "  compromised since {}, recorded {} by {}: {}",
                known.since, known.recorded, known.actor, known.reason
            ));
        }
        for step in &version.history {
            let why = step
                .reason
                .as_ref()
                .map_or(String::new(), |reason| format!(": {reason}"));
            lines.push(format!(
                "  {}  {} by {}{why}",
                step.time, step.to, step.actor
            ));
        }
    }
    let lines: Vec<String> = lines.iter().map(|line| one_line(line)).collect();
    report.result(&(lines.join("\n") + "\n"))?;
    unconfirmed_words(unconfirmed, report);
    Ok(0)
}

/// So many seconds: `30d`, `12h`, `2w`.
fn duration(text: &str) -> Result<u64> {
    let wrong = || {
        Error::usage("length of time")
            .expected("a number with h, d or w, like 30d")
            .got(format!("{text:?}"))
    };
    let (number, unit) = text
        .char_indices()
        .next_back()
        .map(|(at, unit)| (&text[..at], unit))
        .ok_or_else(wrong)?;
    let unit: u64 = match unit {
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(wrong)
}

/// The time so long from now.
fn horizon(within: &str, guard: &Guard) -> Result<Time> {
    let seconds = duration(within)?;
    let horizon = guard
        .now()?
        .unix_seconds()
        .checked_add(seconds)
        .ok_or_else(|| Error::usage("--within").got(format!("{within:?}")))?;
    Time::from_unix_seconds(horizon)
}

fn due(within: &str, ring: &Ring<'_>, guard: &Guard, report: &Report) -> Result<u8> {
    duration(within)?;
    let all = ring.get()?.due(horizon(within, guard)?, guard)?;
    if report.is_json() {
        let all: Vec<Value> = all
            .iter()
            .map(|due| {
                json!({
                    "key": due.key.name.as_str(),
                    "version": due.version.version,
                    "algorithm": due.version.algorithm.name(),
                    "reason": due.reason,
                    "by": due.by.map(|time| time.to_string()),
                })
            })
            .collect();
        report.json(json!({ "due": all }))?;
        return Ok(0);
    }
    let mut text = String::new();
    for due in &all {
        let line = format!(
            "{} version {}, {}: {}",
            due.key.name, due.version.version, due.version.algorithm, due.reason
        );
        text.push_str(&one_line(&line));
        text.push('\n');
    }
    report.result(&text)?;
    if all.is_empty() {
        report.say(&format!("nothing is due within {within}"));
    }
    Ok(0)
}

fn change(
    args: &Transition,
    change: Change,
    ring: &Ring<'_>,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    let (name, why) = (args.name.parse()?, reason(args.reason.as_ref())?);
    let version = ring
        .get()?
        .change(&name, args.version, change, why.as_ref(), guard)?;
    said(&version, version.state.name(), &[], report)
}

fn rotate(args: &KeyRotate, ring: &Ring<'_>, guard: &Guard, report: &Report) -> Result<u8> {
    let why = reason(args.reason.as_ref())?;
    let algorithm = args
        .algorithm
        .as_deref()
        .map(Algorithm::from_name)
        .transpose()?;
    if args.due {
        duration(&args.within)?;
    }
    let name: Option<KeyName> = args.name.as_deref().map(str::parse).transpose()?;
    let open = ring.get()?;
    let one = |name: &KeyName, horizon: Option<Time>| -> Result<(Version, Vec<String>)> {
        let info = open.key(name)?;
        let purpose = info.key.purpose.choice();
        let bound = info.current().map(|version| &version.limits.contexts);
        let algorithm = match (algorithm, horizon) {
            (Some(algorithm), _) => algorithm,
            (None, None) => guard.for_new_key(purpose, None)?,
            (None, Some(horizon)) => {
                let contexts = bound.map_or(&[][..], Vec::as_slice);
                guard.for_successor(purpose, contexts, horizon)?
            }
        };
        let warnings = guard.warnings(algorithm, Use::Generate, &Context::empty())?;
        let version = during(report, "making and testing the key", || {
            open.rotate(name, algorithm, why.as_ref(), guard)
        })?;
        Ok((version, warnings))
    };
    if let Some(name) = &name {
        let (version, warnings) = one(name, None)?;
        return said(&version, "active", &warnings, report);
    }
    let mut entries = Vec::new();
    let mut worst = 0;
    let horizon = horizon(&args.within, guard)?;
    for due in open.due(horizon, guard)? {
        match one(&due.key.name, Some(horizon)) {
            Ok((version, warnings)) if report.is_json() => {
                let mut object = describe(&version);
                object["key"] = json!(version.key.as_str());
                object["warnings"] = json!(warnings);
                entries.push(object);
            }
            Ok((version, warnings)) => {
                said(&version, "active", &warnings, report)?;
            }
            Err(error) => {
                worst = worst.max(error.code().exit_status());
                match report.is_json() {
                    true => entries.push(json!({
                        "key": due.key.name.as_str(),
                        "error": crate::report::error_json(&error),
                    })),
                    false => {
                        report.error(&error);
                    }
                }
            }
        }
    }
    if report.is_json() {
        report.json(json!({ "rotated": entries }))?;
    }
    Ok(worst)
}

fn import(
    args: &KeyImport,
    ring: &Ring<'_>,
    passphrases: &Passphrases,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    let name: KeyName = args.name.parse()?;
    let algorithm = args
        .algorithm
        .as_deref()
        .map(Algorithm::from_name)
        .transpose()?;
    at_most_one_standard(&[&args.file], passphrases)?;
    let wanted = wanted(&args.limits, guard)?;
    let input = Input::open(&args.file)?;
    let place = input.name().to_owned();
    process::close_to_others();
    let bytes = input.read_key()?;
    let receives = args.purpose == Some(PurposeArgument::Receive);
    let flavours = match algorithm {
        Some(algorithm) => vec![algorithm],
        None => left_open(bytes.expose()),
    };
    if let Some(refusal) = opened_from_its_file(&flavours) {
        return Err(refusal.at(place));
    }
    // A certificate and a public key are somebody else's word about somebody else.
    let public = public_key(algorithm, bytes.expose());
    let open = ring.get()?;
    let version = match public {
        Ok(key) => {
            let key = match receives {
                true => PublicKey::Encapsulation(
                    key.into_encapsulation().map_err(|error| error.at(&place))?,
                ),
                false => key,
            };
            open.import_public(&name, key, &wanted, guard)
        }
        Err(reason) => {
            let mut ask = || ring.passphrase_of_file(&place);
            let key = private_key_of(algorithm, bytes.expose(), &mut ask)
                .map_err(|error| match error.code() {
                    // It is a public key, and then why it is not taken is what was said first.
                    Code::WrongKind if reason.code() != Code::WrongKind => reason,
                    _ => error,
                })
                .map_err(|error| error.at(&place))?;
            let key = match receives {
                true => PrivateKey::Decapsulation(
                    key.into_decapsulation().map_err(|error| error.at(&place))?,
                ),
                false => key,
            };
            open.import_private(&name, key, &wanted, guard)
        }
    }?;
    let use_ = Use::Import;
    let warnings = guard.warnings(version.algorithm, use_, &Context::empty())?;
    said(&version, version.state.name(), &warnings, report)
}

/// The flavours that the identifier of a key leaves open: those of Kyber.
fn left_open(bytes: &[u8]) -> Vec<Algorithm> {
    match inspect(bytes, None).as_deref() {
        Ok([finding]) if finding.flavours.iter().all(|row| row.is_legacy()) => {
            finding.flavours.clone()
        }
        _ => Vec::new(),
    }
}

/// Why a key of Kyber is not imported, whichever of these flavours it is, and what opens what was sent to it.
fn opened_from_its_file(flavours: &[Algorithm]) -> Option<Error> {
    let row = flavours.first()?;
    if !row.is_legacy() || row.info().kind != Kind::Kem {
        return None;
    }
    let names: Vec<_> = flavours.iter().map(|row| row.name()).collect();
    let replacement = row
        .replacement()
        .map_or("another algorithm", |row| row.name());
    Some(
        Error::new(Code::Policy, "key of Kyber in a keyring")
            .expected(format!(
                "a key of {replacement}; what was sent to this one is opened from its file: chop decapsulate --policy legacy-read --algorithm {} --key FILE",
                names.join(" (or ")
                    + if names.len() > 1 { ", which gives another secret)" } else { "" },
            ))
            .got(names.join(" or ")),
    )
}

fn export(args: &KeyExport, ring: &Ring<'_>, guard: &Guard, report: &Report) -> Result<u8> {
    let name: KeyName = args.name.parse()?;
    let why = reason(args.reason.as_ref())?;
    let target = args.output.as_deref().unwrap_or(std::path::Path::new("-"));
    if report.is_json() && is_standard(target) {
        return Err(Error::usage("standard output")
            .expected("one purpose; give -o FILE")
            .got("several"));
    }
    let access = match args.unencrypted_private {
        true => Access::Private,
        false => Access::Public,
    };
    let output = Output::new(Some(target), access, false, args.force)?;
    let open = ring.get()?;
    let (bytes, algorithm, fingerprint) = match args.unencrypted_private {
        false => {
            let key = open.public_key(&name, args.version)?;
            let pem = key.to_spki_pem()?;
            let pem = chop::SecretBytes::copy_of(&pem);
            (pem, key.algorithm(), key.fingerprint())
        }
        true => {
            let key = open.export_private(&name, args.version, why.as_ref(), guard)?;
            let form = key.forms().first().copied().unwrap_or(Form::Expanded);
            let public = key.public_key();
            (
                key.to_pkcs8_pem(form)?,
                key.algorithm(),
                public.fingerprint(),
            )
        }
    };
    let half = match args.unencrypted_private {
        true => "private",
        false => "public",
    };
    write_all(&[(&output, bytes.expose())], report, || {
        match report.is_json() {
            false => Ok(()),
            true => report.json(json!({
                "key": name.as_str(),
                "half": half,
                "algorithm": algorithm.name(),
                "fingerprint": fingerprint.to_string(),
                "file": name_of(target),
            })),
        }
    })?;
    if !is_standard(target) {
        report.say(&format!(
            "{}: {algorithm} {half} key of {name}, fingerprint {fingerprint}",
            name_of(target)
        ));
    }
    Ok(0)
}

/// Says where a name was looked for, if no key has it.
pub(super) fn neither_file_nor_key(error: Error, argument: &str) -> Error {
    match error.code() {
        Code::UnknownKey => Error::new(Code::UnknownKey, "neither a file nor a key of the keyring")
            .got(argument.to_owned()),
        _ => error,
    }
}
