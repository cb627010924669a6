//! `chop keygen`: a key pair in one or two files.

use chop::PrivateKey;
use chop::{Algorithm, Error, Result};
use serde_json::json;

use crate::args::Keygen;
use crate::input::{is_standard, name_of};
use crate::output::{Access, Output, write_all};
use crate::passphrase::Passphrases;
use crate::process;
use crate::report::Report;

pub(super) fn run(args: &Keygen, passphrases: &Passphrases, report: &Report) -> Result<u8> {
    let algorithm = Algorithm::from_name(&args.algorithm)?;
    let private_path = args.output.as_deref().filter(|path| !is_standard(path));
    let public_path = args.public.as_deref();
    if private_path.is_none() && (report.is_json() || public_path.is_some_and(is_standard)) {
        return Err(Error::usage("standard output")
            .expected("one purpose; give -o FILE")
            .got("several"));
    }
    if private_path.is_some() && private_path == public_path {
        return Err(Error::usage("-o and --pub")
            .expected("two files")
            .got("one"));
    }
    let private_output = Output::new(private_path, Access::Private, false, args.force)?;
    let public_output = public_path
        .map(|path| Output::new(Some(path), Access::Public, false, args.force))
        .transpose()?;
    process::close_to_others();
    let private_name = private_path.map_or_else(|| "standard output".to_owned(), name_of);
    let passphrase = match args.encrypt {
        true => Some(passphrases.new_one(&private_name)?),
        false => None,
    };

    let key = PrivateKey::generate(algorithm)?;
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
    write_all(&outputs, report)?;

    let fingerprint = key.public_key().fingerprint().to_string();
    if report.is_json() {
        report.json(json!({
            "algorithm": algorithm.name(),
            "form": form.name(),
            "encrypted": args.encrypt,
            "fingerprint": fingerprint,
            "private": private_path.map(name_of),
            "public": public_path.map(name_of),
        }))?;
    }
    let encrypted = if args.encrypt { ", encrypted" } else { "" };
    report.say(&format!(
        "{private_name}: {algorithm} private key ({form}{encrypted})"
    ));
    if let Some(path) = public_path {
        report.say(&format!("{}: {algorithm} public key", name_of(path)));
    }
    report.say(&format!("fingerprint {fingerprint}"));
    Ok(0)
}
