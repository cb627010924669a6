//! `chop cert`.

use std::path::Path;

use chop::policy::Use;
use chop::{Certificate, Guard, Result, SignOptions, Time};
use serde_json::{Value, json};

use super::format::rsa_scheme;
use super::{certificates, open_all, private_key};
use crate::args::{Cert, SelfSign, ShowCertificate};
use crate::input::{Input, at_most_one_standard};
use crate::output::{Access, Output, distinct, is_standard, name_of, write_all};
use crate::passphrase::Passphrases;
use crate::report::{Report, error_json, one_line};

pub(super) fn run(
    command: &Cert,
    passphrases: &Passphrases,
    under: &dyn Fn() -> Result<Guard>,
    report: &Report,
) -> Result<u8> {
    match command {
        Cert::SelfSign(args) => self_sign(args, passphrases, &under()?, report),
        Cert::Show(args) => show(args, passphrases, &under()?, report),
    }
}

fn self_sign(
    args: &SelfSign,
    passphrases: &Passphrases,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    at_most_one_standard(&[&args.key], passphrases)?;
    let target = args.output.as_deref().unwrap_or(Path::new("-"));
    distinct(&[target], &[&args.key])?;
    if report.is_json() && is_standard(target) {
        return Err(chop::Error::usage("standard output")
            .expected("one purpose; give -o FILE")
            .got("several"));
    }
    let options = SignOptions {
        rsa_scheme: rsa_scheme(args.rsa_scheme.as_deref())?,
        ..SignOptions::default()
    };
    let output = Output::new(Some(target), Access::Public, args.der, args.force)?;
    let [key] = open_all([&args.key])?;
    let name = key.name().to_owned();
    let key = private_key(key, passphrases, guard)?
        .into_signing()
        .map_err(|error| error.at(&name))?;
    let warnings = guard.warnings(key.algorithm(), Use::Sign, &options.context)?;
    let now = Time::now()?;
    let validity = now..=now.plus_days(args.days)?;
    let certificate =
        Certificate::self_signed(&key, &args.subject, validity, &options).map_err(|error| {
            match error.code() {
                chop::Code::Policy => error.at(name),
                _ => error,
            }
        })?;
    let bytes = match args.der {
        true => certificate.as_der().to_vec(),
        false => certificate.to_pem()?,
    };
    let described = describe(&certificate, now)?;
    write_all(&[(&output, &bytes)], report, || match report.is_json() {
        true => {
            let mut object = described.as_json();
            object["file"] = json!(name_of(target));
            object["warnings"] = json!(warnings);
            report.json(object)
        }
        false => Ok(()),
    })?;
    report.warnings(&warnings);
    if !is_standard(target) {
        report.say(&format!(
            "{}: {} certificate of {}, until {}",
            name_of(target),
            key.algorithm(),
            certificate.subject(),
            described.to
        ));
    }
    Ok(0)
}

fn show(
    args: &ShowCertificate,
    passphrases: &Passphrases,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    let paths: Vec<&Path> = args.files.iter().map(|path| path.as_path()).collect();
    at_most_one_standard(&paths, passphrases)?;
    let now = Time::now()?;
    let mut worst = 0;
    let mut entries = Vec::new();
    for path in &args.files {
        let name = crate::input::name_of(path);
        let shown = Input::open(path).and_then(certificates).and_then(|found| {
            found
                .into_iter()
                .map(|certificate| {
                    describe(&certificate.under(guard), now).map_err(|error| error.at(name.clone()))
                })
                .collect::<Result<Vec<_>>>()
        });
        match shown {
            Ok(found) => {
                for described in found {
                    if report.is_json() {
                        let mut object = described.as_json();
                        object["file"] = json!(name);
                        entries.push(object);
                    } else {
                        report.result(&format!("{}:\n{}", one_line(&name), described.as_text()))?;
                    }
                }
            }
            Err(error) => {
                worst = worst.max(error.code().exit_status());
                match report.is_json() {
                    true => entries.push(json!({ "file": name, "error": error_json(&error) })),
                    false => {
                        report.error(&error);
                    }
                }
            }
        }
    }
    if report.is_json() {
        report.json(json!({ "certificates": entries }))?;
    }
    Ok(worst)
}

/// What there is to say about a certificate.
struct Described {
    subject: String,
    issuer: String,
    serial: String,
    from: String,
    to: String,
    version: u8,
    signature: String,
    /// The algorithm of the key, or why it cannot be read.
    key: std::result::Result<(String, String), String>,
    extensions: Vec<String>,
    self_signed: bool,
    /// Why it cannot be given to --trust, if so.
    untrusted: Option<String>,
}

fn describe(certificate: &Certificate, now: Time) -> Result<Described> {
    let validity = certificate.validity()?;
    Ok(Described {
        subject: certificate.subject(),
        issuer: certificate.issuer(),
        serial: certificate.serial(),
        from: validity.start().to_string(),
        to: validity.end().to_string(),
        version: certificate.version(),
        signature: certificate.signature_algorithm(),
        key: match certificate.public_key() {
            Ok(key) => Ok((key.algorithm().to_string(), key.fingerprint().to_string())),
            Err(error) => Err(error.to_string()),
        },
        extensions: certificate
            .extensions()
            .into_iter()
            .map(|extension| {
                let critical = if extension.critical {
                    " (critical)"
                } else {
                    ""
                };
                format!("{}{critical}", extension.name)
            })
            .collect(),
        self_signed: certificate.is_self_signed().unwrap_or(false),
        untrusted: certificate
            .check_anchor(now)
            .err()
            .map(|error| error.to_string()),
    })
}

impl Described {
    fn as_text(&self) -> String {
        let mut text = String::new();
        let mut line = |label: &str, value: &str| {
            text.push_str(&format!("  {label:<12} {}\n", one_line(value)));
        };
        line("subject", &self.subject);
        line("issuer", &self.issuer);
        line("serial", &self.serial);
        line("valid", &format!("{} to {}", self.from, self.to));
        line("version", &self.version.to_string());
        line("signed with", &self.signature);
        match &self.key {
            Ok((algorithm, fingerprint)) => {
                line("key", algorithm);
                line("fingerprint", fingerprint);
            }
            Err(why) => line("key", why),
        }
        line("extensions", &self.extensions.join(", "));
        match &self.untrusted {
            None => line(
                "self-signed",
                "yes: its own key has signed it, and it is valid today",
            ),
            Some(why) => line("not for --trust", why),
        }
        text
    }

    fn as_json(&self) -> Value {
        let key = self.key.as_ref().ok();
        json!({
            "subject": self.subject,
            "issuer": self.issuer,
            "serial": self.serial,
            "not_before": self.from,
            "not_after": self.to,
            "version": self.version,
            "signature_algorithm": self.signature,
            "algorithm": key.map(|(algorithm, _)| algorithm),
            "fingerprint": key.map(|(_, fingerprint)| fingerprint),
            "extensions": self.extensions,
            "self_signed": self.self_signed,
            "problem": self.untrusted,
        })
    }
}
