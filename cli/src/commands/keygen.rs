//! `chop keygen`: a key pair in one or two files.

use std::path::Path;

use chop::policy::Use;
use chop::{Algorithm, Context, Error, Guard, PrivateKey, Result};
use serde_json::json;

use crate::args::{Keygen, Purpose};
use crate::output::{Access, Output, distinct, is_standard, name_of, write_all};
use crate::passphrase::Passphrases;
use crate::process;
use crate::progress::during;
use crate::report::Report;

pub(super) fn run(
    args: &Keygen,
    passphrases: &Passphrases,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    let algorithm = match &args.algorithm {
        Some(name) => Algorithm::from_name(name)?,
        None => guard.for_new_key(args.purpose.choice(), args.category)?,
    };
    // Before anybody is asked for a passphrase.
    guard.check(algorithm, Use::Generate, &Context::empty())?;
    let warnings = guard.warnings(algorithm, Use::Generate, &Context::empty())?;
    if passphrases.is_given() && !args.encrypt {
        return Err(Error::usage("--passphrase-fd")
            .expected("--encrypt beside it")
            .got("a plain key"));
    }
    let private_path = args.output.as_deref().unwrap_or(Path::new("-"));
    let public_path = args.public.as_deref();
    let paths: Vec<&Path> = std::iter::once(private_path).chain(public_path).collect();
    distinct(&paths, &[])?;
    if report.is_json() && paths.iter().any(|path| is_standard(path)) {
        return Err(Error::usage("standard output")
            .expected("one purpose; give -o FILE")
            .got("several"));
    }
    let private_output = Output::new(Some(private_path), Access::Private, false, args.force)?;
    let public_output = public_path
        .map(|path| Output::new(Some(path), Access::Public, false, args.force))
        .transpose()?;
    process::close_to_others();
    let private_name = name_of(private_path);
    let passphrase = match args.encrypt {
        true => Some(passphrases.new_one(&private_name)?),
        false => None,
    };

    let key = during(report, "making and testing the key", || {
        PrivateKey::generate_under(algorithm, guard)
    })?;
    let form = key.forms()[0];
    let private_pem = match &passphrase {
        Some(passphrase) => key.to_encrypted_pkcs8_pem(form, passphrase)?,
        None => key.to_pkcs8_pem(form)?,
    };
    let public_pem = key.public_key().to_spki_pem()?;
    let mut outputs = vec![(&private_output, private_pem.expose())];
    if let Some(output) = &public_output {
        outputs.push((output, public_pem.as_slice()));
    }
    let fingerprint = key.public_key().fingerprint().to_string();
    write_all(&outputs, report, || match report.is_json() {
        false => Ok(()),
        true => report.json(json!({
            "algorithm": algorithm.name(),
            "form": form.name(),
            "encrypted": args.encrypt,
            "fingerprint": fingerprint,
            "private": private_name,
            "public": public_path.map(name_of),
            "warnings": warnings,
        })),
    })?;
    report.warnings(&warnings);
    // The form says something only where there are several.
    let form = (algorithm.info().forms().len() > 1).then_some(form.name());
    let encrypted = args.encrypt.then_some("encrypted");
    let details: Vec<&str> = form.into_iter().chain(encrypted).collect();
    let details = match details.as_slice() {
        [] => String::new(),
        details => format!(" ({})", details.join(", ")),
    };
    report.say(&format!("{private_name}: {algorithm} private key{details}"));
    if let Some(path) = public_path {
        report.say(&format!("{}: {algorithm} public key", name_of(path)));
    }
    report.say(&format!("fingerprint {fingerprint}"));
    if let Some(caution) = algorithm.info().caution {
        report.say(&format!("caution: {caution}"));
    }
    Ok(0)
}

impl Purpose {
    /// The use for which the policy chooses.
    pub(super) const fn choice(self) -> Use {
        match self {
            Self::Sign => Use::Sign,
            Self::Receive => Use::Receive,
        }
    }
}
