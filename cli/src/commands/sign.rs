//! `chop sign`.

mod room;

use std::io::Read;
use std::path::{Path, PathBuf};

use chop::algorithm::RsaScheme;
use chop::keyring::KeyName;
use chop::policy::Use;
use chop::{
    Algorithm, Certificate, Context, Error, Guard, PublicKey, Result, SignOptions, SigningKey,
    Time, cms, jws,
};
use serde_json::{Value, json};

use super::format::only_with;
use super::key::neither_file_nor_key;
use super::{certificates, private_key_as, ring};
use crate::args::{Sign, SignatureFormat};
use crate::batch::in_order;
use crate::input::{Input, at_most_one_standard};
use crate::keyring::{Ring, Source};
use crate::output::{Access, Output, distinct, is_standard, name_of, write_all};
use crate::passphrase::Passphrases;
use crate::process;
use crate::progress::Progress;
use crate::report::{Report, error_json};
use room::Counted;

pub(super) fn run(
    args: &Sign,
    keyring: &Ring<'_>,
    passphrases: &Passphrases,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    check_options(args)?;
    let algorithm = args
        .algorithm
        .as_deref()
        .map(Algorithm::from_name)
        .transpose()?;
    if let Some(algorithm) = algorithm {
        // Of what may not sign no key is looked at.
        guard.check(algorithm, Use::Sign, &args.agreed.context()?)?;
    }
    let sources = args
        .keys
        .iter()
        .map(|key| keyring.source(key))
        .collect::<Result<Vec<_>>>()?;
    let inputs: Vec<&Path> = sources
        .iter()
        .filter_map(Source::file)
        .chain(args.certificates.iter().map(PathBuf::as_path))
        .chain(args.files.iter().map(PathBuf::as_path))
        .collect();
    at_most_one_standard(&inputs, passphrases)?;
    let targets = targets(args)?;
    let target_paths: Vec<&Path> = targets.iter().map(PathBuf::as_path).collect();
    distinct(&target_paths, &inputs)?;
    if report.is_json() && target_paths.iter().any(|path| is_standard(path)) {
        return Err(Error::usage("standard output")
            .expected("one purpose; give -o FILE")
            .got("several"));
    }
    let binary = args.agreed.format == SignatureFormat::Raw
        || args.agreed.format == SignatureFormat::Cms && !args.pem;
    if let [target] = target_paths.as_slice() {
        Output::new(Some(target), Access::Public, binary, args.force)?;
    }

    let open = |paths: &[PathBuf]| -> Result<Vec<Input>> {
        paths.iter().map(|path| Input::open(path)).collect()
    };
    let ring = ring_of(&sources)?;
    let names = sources.iter().any(|source| source.file().is_none());
    if algorithm.is_some() && (names || ring.is_some()) {
        return Err(Error::usage("--algorithm")
            .expected("files of keys")
            .got("a folder, or the name of a key of the keyring"));
    }
    let keys = match &ring {
        None => sources
            .iter()
            .map(Given::open)
            .collect::<Result<Vec<_>>>()?,
        Some((_, files)) => {
            let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
            distinct(&target_paths, &files)?;
            Vec::new()
        }
    };
    let certificates_in = open(&args.certificates)?;
    // What a shell hands over as an open file has to be opened before the process is closed to others.
    let mut first = match args.files.as_slice() {
        [file] => Some(Input::open(file)?),
        _ => None,
    };
    process::close_to_others();
    let chosen = match &ring {
        None => None,
        Some((folder, files)) => {
            let context = args.agreed.context()?;
            Some(ring::choose(folder, files, &context, guard, report)?)
        }
    };
    let keys = match &chosen {
        None => keys,
        Some(chosen) => vec![Given::File(Input::open(&chosen.path)?)],
    };
    let keys = Keys {
        algorithm,
        given: keys,
    };
    let job = Job::new(args, keys, certificates_in, keyring, passphrases, guard)?;
    if let Some(chosen) = chosen {
        job.check_chosen(&chosen)?;
    }
    if let (Some(input), [target]) = (first.take(), target_paths.as_slice()) {
        let output = Output::new(Some(target), Access::Public, binary, args.force)?;
        let progress = Progress::bytes(report, input.size());
        let signed = job.sign(input, &progress)?;
        drop(progress);
        write_all(&[(&output, &signed)], report, || match report.is_json() {
            false => Ok(()),
            true => report.json(job.describe(target, signed.len())),
        })?;
        report.warnings(&job.warnings);
        if !is_standard(target) {
            report.say(&job.words(target, signed.len()));
        }
        return Ok(0);
    }
    many(args, &targets, &job, report)
}

/// Signs several files, each beside itself.
fn many(args: &Sign, targets: &[PathBuf], job: &Job, report: &Report) -> Result<u8> {
    report.warnings(&job.warnings);
    let pairs: Vec<(&PathBuf, &PathBuf)> = args.files.iter().zip(targets).collect();
    let total = args
        .files
        .iter()
        .map(|file| Some(file.metadata().ok()?.len()));
    let progress = Progress::bytes(report, total.sum());
    let mut worst = 0;
    let mut entries = Vec::new();
    in_order(
        &pairs,
        args.jobs,
        |(file, target)| -> (&Path, Result<usize>) {
            let sign = || -> Result<usize> {
                let output = Output::new(Some(target), Access::Public, true, args.force)?;
                let signed = job.sign(Input::open(file)?, &progress)?;
                write_all(&[(&output, &signed)], report, || Ok(()))?;
                Ok(signed.len())
            };
            (target, sign())
        },
        |(target, result)| {
            progress.pause(|| match result {
                Ok(len) if report.is_json() => entries.push(job.describe(target, len)),
                Ok(len) => report.say(&job.words(target, len)),
                Err(error) => {
                    worst = worst.max(error.code().exit_status());
                    match report.is_json() {
                        true => entries
                            .push(json!({ "file": name_of(target), "error": error_json(&error) })),
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
    Ok(worst)
}

/// The folder from which the policy chooses a key, with its files, if that is how the key is given.
fn ring_of(keys: &[Source]) -> Result<Option<(&Path, Vec<PathBuf>)>> {
    let is_folder = |key: &Source| key.file().is_some_and(Path::is_dir);
    match keys {
        [Source::File(folder)] if folder.is_dir() => Ok(Some((folder, ring::files(folder)?))),
        keys if keys.iter().any(is_folder) => Err(Error::usage("--key")
            .expected("one folder, or files alone")
            .got("a folder among several")),
        _ => Ok(None),
    }
}

fn check_options(args: &Sign) -> Result<()> {
    let format = args.agreed.format;
    let cms = format == SignatureFormat::Cms;
    only_with("--attached", args.attached, cms, "--format cms")?;
    only_with("--no-attributes", args.no_attributes, cms, "--format cms")?;
    only_with("--pem", args.pem, cms, "--format cms")?;
    only_with(
        "--certificate",
        !args.certificates.is_empty(),
        cms,
        "--format cms",
    )?;
    only_with(
        "--kid",
        args.kid.is_some(),
        format == SignatureFormat::Jws,
        "--format jws",
    )?;
    only_with("several keys", args.keys.len() > 1, cms, "--format cms")
}

/// Where the signatures go.
fn targets(args: &Sign) -> Result<Vec<PathBuf>> {
    match (&args.output, args.files.as_slice()) {
        (Some(output), [_]) => Ok(vec![output.clone()]),
        (None, [_]) if !args.beside => Ok(vec![PathBuf::from("-")]),
        (Some(_), _) => Err(Error::usage("-o")
            .expected("one file to sign; signatures of several go beside them")
            .got(format!("{} files", args.files.len()))),
        (None, files) => files
            .iter()
            .map(|file| match crate::input::is_standard(file) {
                true => Err(Error::usage("standard input")
                    .expected("one file to sign")
                    .got(format!("{} files", files.len()))),
                false => Ok(args.agreed.format.beside(file)),
            })
            .collect(),
    }
}

/// What a JWS ends with in a file.
const END_OF_LINE: &str = "\n";

/// A key as it is given, open if it is a file.
enum Given {
    File(Input),
    Named(KeyName),
}

impl Given {
    fn open(source: &Source) -> Result<Self> {
        match source {
            Source::File(path) => Input::open(path).map(Self::File),
            Source::Named(name) => Ok(Self::Named(name.clone())),
        }
    }
}

/// The keys as they are given, of an algorithm that the caller may name.
struct Keys {
    algorithm: Option<Algorithm>,
    given: Vec<Given>,
}

/// Everything but the file: keys and options.
struct Job {
    keys: Vec<SigningKey>,
    /// What those of the keyring are called there, in the order of the keys.
    names: Vec<Option<(KeyName, u32)>>,
    /// Of each key, in their order.
    certificates: Vec<Option<Certificate>>,
    format: SignatureFormat,
    context: Context,
    rsa_scheme: Option<RsaScheme>,
    deterministic: bool,
    attached: bool,
    signed_attributes: bool,
    pem: bool,
    kid: Option<String>,
    /// What the policy has to say about keys that it allows.
    warnings: Vec<String>,
    max_bytes: Option<usize>,
}

impl Job {
    fn new(
        args: &Sign,
        keys: Keys,
        certificate_files: Vec<Input>,
        keyring: &Ring<'_>,
        passphrases: &Passphrases,
        guard: &Guard,
    ) -> Result<Self> {
        let context = args.agreed.context()?;
        let mut signing = Vec::new();
        let mut warnings = Vec::new();
        let mut names = Vec::new();
        for given in keys.given {
            let (name, key) = match given {
                Given::File(input) => {
                    names.push(None);
                    let name = input.name().to_owned();
                    let key = private_key_as(keys.algorithm, input, passphrases, guard)?;
                    (name, key.into_signing())
                }
                Given::Named(name) => {
                    let found = keyring
                        .get()?
                        .signing_key(&name, guard)
                        .map_err(|error| neither_file_nor_key(error, name.as_str()))?;
                    names.push(Some((name.clone(), found.version.version)));
                    (name.to_string(), Ok(found.key))
                }
            };
            let key = key
                // Said here, where the name of the key is known, and asked again when it signs.
                .and_then(|key| {
                    guard
                        .check(key.algorithm(), Use::Sign, &context)
                        .map(|()| key)
                })
                .map_err(|error| error.at(name))?;
            warnings.extend(guard.warnings(key.algorithm(), Use::Sign, &context)?);
            signing.push(key);
        }
        let mut of_keys = vec![None; signing.len()];
        for input in certificate_files {
            let name = input.name().to_owned();
            for certificate in certificates(input)? {
                let certified = certificate.public_key().map_err(|error| error.at(&name))?;
                let number = signing
                    .iter()
                    .position(|key| PublicKey::Verifying(key.verifying_key().clone()) == certified)
                    .ok_or_else(|| {
                        Error::inconsistent("certificate")
                            .expected("one of a key that signs")
                            .got(format!(
                                "one of another key, subject {}",
                                certificate.subject()
                            ))
                            .at(&name)
                    })?;
                of_keys[number] = Some(certificate);
            }
        }
        Ok(Self {
            keys: signing,
            names,
            certificates: of_keys,
            format: args.agreed.format,
            context,
            warnings,
            rsa_scheme: args.agreed.rsa_scheme()?,
            deterministic: args.deterministic,
            attached: args.attached,
            signed_attributes: !args.no_attributes,
            pem: args.pem,
            kid: args.kid.clone(),
            max_bytes: args.max_bytes,
        })
    }

    /// Refuses a key that is not the one for which it was chosen: the public key beside an encrypted key
    /// is somebody's word until the key is open.
    fn check_chosen(&self, chosen: &ring::Found) -> Result<()> {
        let of_key = |key: &SigningKey| PublicKey::Verifying(key.verifying_key().clone());
        match self.keys.iter().all(|key| of_key(key) == chosen.public) {
            true => Ok(()),
            false => Err(Error::inconsistent("encrypted key")
                .expected("the private key of the public key beside it, by which it was chosen")
                .got("that of another")
                .at(chosen.path.display().to_string())),
        }
    }

    fn sign(&self, input: Input, progress: &Progress) -> Result<Vec<u8>> {
        let name = input.name().to_owned();
        let mut message = progress.reader(input.into_reader());
        self.sign_message(&mut message)
            .map_err(|error| match error.code() {
                chop::Code::Io | chop::Code::Limit | chop::Code::DoesNotFit => error.at(name),
                _ => error,
            })
    }

    fn sign_message(&self, message: &mut dyn Read) -> Result<Vec<u8>> {
        let [key, ..] = self.keys.as_slice() else {
            return Err(Error::usage("--key").expected("at least one").got("none"));
        };
        match self.format {
            SignatureFormat::Raw => {
                self.check_room(key.algorithm().info().output, 0)?;
                let options = SignOptions {
                    context: self.context.clone(),
                    deterministic: self.deterministic,
                    rsa_scheme: self.rsa_scheme,
                };
                key.sign_from(message, &options)
            }
            SignatureFormat::Jws => {
                let mut signing = jws::Signing::new(key, self.jws_options(self.rsa_scheme))?;
                self.check_room(signing.size(), 0)?;
                signing.update_from(message)?;
                let text = signing.finish()? + END_OF_LINE;
                Ok(text.into_bytes())
            }
            SignatureFormat::Cms => {
                let mut signing = self.cms_signing(self.cms_options(self.rsa_scheme)?, true)?;
                if !self.attached {
                    self.check_room(signing.size()?, 0)?;
                }
                let mut message = Counted::new(message);
                signing.update_from(&mut message)?;
                if self.attached {
                    self.check_room(signing.size()?, message.bytes)?;
                }
                let signed = signing.finish()?;
                match self.pem {
                    true => cms::to_pem(&signed),
                    false => Ok(signed),
                }
            }
        }
    }

    fn cms_signing(&self, options: cms::Options, certified: bool) -> Result<cms::Signing<'_>> {
        let signers = self
            .keys
            .iter()
            .zip(&self.certificates)
            .map(|(key, certificate)| match certificate {
                Some(certificate) if certified => cms::Signer::with_certificate(key, certificate),
                _ => Ok(cms::Signer::new(key)),
            })
            .collect::<Result<_>>()?;
        cms::Signing::new(signers, options)
    }

    fn cms_options(&self, rsa_scheme: Option<RsaScheme>) -> Result<cms::Options> {
        Ok(cms::Options {
            attached: self.attached,
            signed_attributes: self.signed_attributes,
            signing_time: Some(Time::now()?),
            deterministic: self.deterministic,
            rsa_scheme,
        })
    }

    fn jws_options(&self, rsa_scheme: Option<RsaScheme>) -> jws::Options {
        jws::Options {
            kid: self.kid.clone(),
            deterministic: self.deterministic,
            rsa_scheme,
        }
    }

    fn fingerprints(&self) -> Vec<String> {
        self.keys
            .iter()
            .map(|key| {
                PublicKey::Verifying(key.verifying_key().clone())
                    .fingerprint()
                    .to_string()
            })
            .collect()
    }

    fn words(&self, target: &Path, len: usize) -> String {
        let signers: Vec<String> = self
            .keys
            .iter()
            .zip(self.fingerprints())
            .zip(&self.names)
            .map(|((key, fingerprint), name)| match name {
                Some((name, version)) => format!(
                    "{name} version {version}, {} key {fingerprint}",
                    key.algorithm()
                ),
                None => format!("{} key {fingerprint}", key.algorithm()),
            })
            .collect();
        format!(
            "{}: {} signature of {len} bytes, {}",
            name_of(target),
            self.format.title(),
            signers.join(", ")
        )
    }

    fn describe(&self, target: &Path, len: usize) -> Value {
        let signers: Vec<Value> = self
            .keys
            .iter()
            .zip(self.fingerprints())
            .zip(&self.names)
            .map(|((key, fingerprint), name)| {
                json!({
                    "algorithm": key.algorithm().name(),
                    "fingerprint": fingerprint,
                    "key": name.as_ref().map(|(name, _)| name.as_str()),
                    "version": name.as_ref().map(|(_, version)| version),
                })
            })
            .collect();
        let mut described = json!({
            "format": self.format.name(),
            "bytes": len,
            "file": name_of(target),
            "signers": signers,
            "warnings": self.warnings,
        });
        // The usual case is one signer, whose members stand at the top.
        if let ([signer], Some(fields)) = (signers.as_slice(), described.as_object_mut()) {
            for name in ["algorithm", "fingerprint", "key", "version"] {
                fields.insert(name.to_owned(), signer[name].clone());
            }
        }
        described
    }
}
