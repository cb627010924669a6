//! `chop convert`: a key in another encoding or form.

use std::cell::Cell;

use chop::policy::Use;
use chop::{
    Algorithm, Code, Context, Error, Form, Guard, PrivateKey, PublicKey, Result, SecretBytes,
    encoding,
};
use serde_json::json;

use super::{legacy_mark, open_all};
use crate::args::{Convert, KeyForm, KeyOutput, RawInput};
use crate::input::at_most_one_standard;
use crate::output::{Access, Output, is_standard, name_of, write_all};
use crate::passphrase::Passphrases;
use crate::report::Report;

enum Key {
    Private(PrivateKey),
    Public(PublicKey),
}

impl Key {
    fn import(self, guard: &Guard) -> Result<Self> {
        match self {
            Self::Private(key) => key.import(guard).map(Self::Private),
            Self::Public(key) => key.import(guard).map(Self::Public),
        }
    }
}

pub(super) fn run(
    args: &Convert,
    passphrases: &Passphrases,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    at_most_one_standard(&[&args.file], passphrases)?;
    if report.is_json() && is_standard(&args.output_file) {
        return Err(Error::usage("standard output")
            .expected("one purpose; give -o FILE")
            .got("several"));
    }
    let algorithm = args
        .algorithm
        .as_deref()
        .map(Algorithm::from_name)
        .transpose()?;
    let [input] = open_all([&args.file])?;
    let name = input.name().to_owned();
    let bytes = input.read_key()?;
    let was_encrypted = Cell::new(false);
    let mut ask = || {
        was_encrypted.set(true);
        passphrases.existing(&name)
    };
    let key = read(&bytes, args.input, algorithm, &mut ask)
        .and_then(|key| key.import(guard))
        .map_err(|error| error.at(&name))?;

    let binary = matches!(args.output, KeyOutput::Der | KeyOutput::Raw);
    let target = Some(args.output_file.as_path());
    let target_name = name_of(&args.output_file);
    let (public_key, written, access) = match key {
        Key::Private(key) if !args.public => {
            // Refuses an existing file before anyone is asked for a new passphrase.
            Output::new(target, Access::Private, binary, args.force)?;
            let form = form_of(args, &key)?;
            let written = write_private(&key, form, args, passphrases)?;
            (key.public_key(), written, Access::Private)
        }
        Key::Private(key) => public_of(args, key.public_key())?,
        Key::Public(key) => public_of(args, key)?,
    };
    let output = Output::new(target, access, binary, args.force)?;
    let algorithm = public_key.algorithm();
    let warnings = guard.warnings(algorithm, Use::Import, &Context::empty())?;
    let what = if access == Access::Private {
        "private key"
    } else {
        "public key"
    };
    let fingerprint = public_key.fingerprint().to_string();
    write_all(&[(&output, written.expose())], report, || {
        match report.is_json() {
            false => Ok(()),
            true => report.json(json!({
                "what": what,
                "algorithm": algorithm.name(),
                "legacy": algorithm.is_legacy(),
                "encrypted": args.encrypt,
                "fingerprint": fingerprint,
                "file": target_name,
                "warnings": warnings,
            })),
        }
    })?;
    report.warnings(&warnings);
    report.say(&format!(
        "{target_name}: {algorithm} {what}{}, fingerprint {fingerprint}",
        legacy_mark(algorithm)
    ));
    if access == Access::Private && was_encrypted.get() && !args.encrypt {
        report.say(&format!(
            "{target_name} is not encrypted, {name} was; --encrypt keeps it so"
        ));
    }
    Ok(0)
}

fn read(
    bytes: &SecretBytes,
    raw: Option<RawInput>,
    algorithm: Option<Algorithm>,
    ask: &mut dyn FnMut() -> Result<encoding::Passphrase>,
) -> Result<Key> {
    if let (Some(kind), Some(algorithm)) = (raw, algorithm) {
        return match kind {
            RawInput::RawSeed => {
                PrivateKey::from_seed(algorithm, bytes.duplicate()).map(Key::Private)
            }
            RawInput::RawExpanded => {
                PrivateKey::from_expanded(algorithm, bytes.duplicate()).map(Key::Private)
            }
            RawInput::RawPublic => {
                PublicKey::from_bytes(algorithm, bytes.expose()).map(Key::Public)
            }
        };
    }
    let bytes = bytes.expose();
    let private = match algorithm {
        Some(algorithm) => encoding::read_private_key_as(algorithm, bytes, ask),
        None => encoding::read_private_key_of_any_make(bytes, ask),
    };
    match (private, algorithm) {
        (Err(error), Some(algorithm)) if error.code() == Code::WrongKind => {
            // Of a private key of another algorithm it is not the news that it is no public one.
            let another = error.expectation() == Some(algorithm.name());
            encoding::read_public_key_as(algorithm, bytes)
                .map(Key::Public)
                .map_err(|second| if another { error } else { second })
        }
        (Err(error), None) if error.code() == Code::WrongKind => {
            encoding::read_public_key(bytes).map(Key::Public)
        }
        (other, _) => other.map(Key::Private),
    }
}

/// The form asked for; else the seed where the key has one.
fn form_of(args: &Convert, key: &PrivateKey) -> Result<Form> {
    let Some(form) = args.form else {
        return Ok(key.forms()[0]);
    };
    let form = match form {
        KeyForm::Seed => Form::Seed,
        KeyForm::Expanded => Form::Expanded,
        KeyForm::Both => Form::Both,
    };
    if key.forms().contains(&form) {
        return Ok(form);
    }
    let forms: Vec<_> = key.forms().iter().map(|form| form.name()).collect();
    Err(
        Error::usage(format!("--form of this {} private key", key.algorithm()))
            .expected(forms.join(", "))
            .got(form.name()),
    )
}

fn write_private(
    key: &PrivateKey,
    form: Form,
    args: &Convert,
    passphrases: &Passphrases,
) -> Result<SecretBytes> {
    if args.encrypt {
        let place = name_of(&args.output_file);
        return match args.output {
            KeyOutput::Pem => key.to_encrypted_pkcs8_pem(form, &passphrases.new_one(&place)?),
            KeyOutput::Der => key.to_encrypted_pkcs8_der(form, &passphrases.new_one(&place)?),
            KeyOutput::Raw | KeyOutput::Jwk => Err(Error::usage("--encrypt")
                .expected("--output pem or der")
                .got("an encoding without encryption")),
        };
    }
    match (args.output, form) {
        (KeyOutput::Pem, form) => key.to_pkcs8_pem(form),
        (KeyOutput::Der, form) => key.to_pkcs8_der(form),
        (KeyOutput::Raw, Form::Seed) => Ok(key.seed()?.duplicate()),
        (KeyOutput::Raw, Form::Expanded) => Ok(key.expanded()?.duplicate()),
        (KeyOutput::Raw, Form::Both) => Err(Error::usage("raw output")
            .expected("--form seed or expanded")
            .got("both")),
        (KeyOutput::Jwk, Form::Seed) => key.to_jwk(),
        (KeyOutput::Jwk, _) if args.form.is_none() => key.to_jwk(),
        (KeyOutput::Jwk, form) => Err(Error::usage("JWK")
            .expected("--form seed, the only one that RFC 9964 has")
            .got(form.name())),
    }
}

fn public_of(args: &Convert, key: PublicKey) -> Result<(PublicKey, SecretBytes, Access)> {
    if args.encrypt || args.form.is_some() {
        let option = if args.encrypt { "--encrypt" } else { "--form" };
        return Err(Error::usage(option)
            .expected("a private key")
            .got("a public one"));
    }
    if key.algorithm().is_legacy() && args.output != KeyOutput::Raw {
        return Err(Error::new(Code::Policy, "container of a legacy key")
            .expected("--output raw: what is read only is written in no container")
            .got(key.algorithm().name()));
    }
    let written = match args.output {
        KeyOutput::Pem => key.to_spki_pem()?,
        KeyOutput::Der => key.to_spki_der(),
        KeyOutput::Raw => key.as_bytes().to_vec(),
        KeyOutput::Jwk => key.to_jwk()?,
    };
    Ok((key, SecretBytes::copy_of(&written), Access::Public))
}
