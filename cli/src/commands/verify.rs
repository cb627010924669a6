//! `chop verify`.

use std::io::Read;
use std::path::{Path, PathBuf};

use chop::algorithm::RsaScheme;
use chop::cms::{Outcome, SignedData, Trust};
use chop::explain::Step;
use chop::hash::{Hash, Hasher};
use chop::keyring::{Judgement, KeyName, Keyring, Signed, SignedFormat};
use chop::policy::Use;
use chop::{
    Algorithm, Code, Context, Error, Guard, PublicKey, Result, Time, Verdict, VerifyOptions,
    VerifyingKey, cms, jws,
};
use serde_json::{Value, json};

use super::format::only_with;
use super::key::neither_file_nor_key;
use super::{certificates, legacy_mark, verifying_key_as};
use crate::args::{SignatureFormat, Verify};
use crate::batch::in_order;
use crate::input::{Input, MAX_OUTPUT, at_most_one_standard, is_standard};
use crate::keyring::{Ring, Source};
use crate::output::{self, Access, Output, distinct, write_all};
use crate::passphrase::Passphrases;
use crate::process;
use crate::progress::Progress;
use crate::report::{Report, error_json, one_line};

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
    let inputs: Vec<&Path> = sources
        .iter()
        .filter_map(Source::file)
        .chain(args.trust.as_deref())
        .chain(args.signature.as_deref())
        .chain(args.files.iter().map(PathBuf::as_path))
        .collect();
    if algorithm.is_some() && named.is_some() {
        return Err(Error::usage("--algorithm")
            .expected("files of keys")
            .got("the name of a key of the keyring"));
    }
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
    process::close_to_others();
    let named = match named {
        None => None,
        Some(name) => {
            let ring = keyring.get()?;
            let versions = ring
                .verifying_key(&name, guard)
                .map_err(|error| neither_file_nor_key(error, name.as_str()))?;
            let guard = guard.clone();
            Some(Named {
                ring,
                name,
                versions: versions.versions,
                guard,
            })
        }
    };
    let job = Job::new(args, algorithm, keys, trust, named, guard)?;

    if let Some(opened) = single.take() {
        let progress = Progress::bytes(report, opened.size());
        let answer = job.verify(opened, &progress)?;
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
            let answer = Opened::new(args, file).and_then(|opened| job.verify(opened, &progress));
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

/// A file and its signature, open.
struct Opened {
    signature: Input,
    /// Without it the content is inside the signature.
    message: Option<Input>,
}

impl Opened {
    fn new(args: &Verify, file: &Path) -> Result<Self> {
        if let Some(signature) = &args.signature {
            return Ok(Self {
                signature: Input::open(signature)?,
                message: Some(Input::open(file)?),
            });
        }
        if args.attached || args.output.is_some() {
            return Ok(Self {
                signature: Input::open(file)?,
                message: None,
            });
        }
        let format = args.agreed.format;
        let beside = format.beside(file);
        // A file that is not there is the first thing to say.
        let message = Input::open(file)?;
        if is_standard(file) || beside.symlink_metadata().is_err() {
            return Err(no_signature(format, file));
        }
        Ok(Self {
            signature: Input::open(&beside)?,
            message: Some(message),
        })
    }

    fn size(&self) -> Option<u64> {
        self.message.as_ref().unwrap_or(&self.signature).size()
    }
}

fn no_signature(format: SignatureFormat, file: &Path) -> Error {
    let beside = match is_standard(file) {
        true => String::new(),
        false => format!(", {} beside it", format.beside(file).display()),
    };
    let inside = match format {
        SignatureFormat::Cms => ", or --attached for CMS with its content inside",
        _ => "",
    };
    Error::usage("signature of the file")
        .expected(format!("--signature FILE{beside}{inside}"))
        .got("none")
        .at(file.display().to_string())
}

/// A key of the keyring, whose versions are all tried.
struct Named<'a> {
    ring: &'a Keyring,
    name: KeyName,
    versions: Vec<(u32, VerifyingKey)>,
    guard: Guard,
}

impl Named<'_> {
    /// The version that has this public key.
    fn version_of(&self, key: &VerifyingKey) -> Option<u32> {
        self.versions
            .iter()
            .find(|(_, known)| known == key)
            .map(|(number, _)| *number)
    }
}

/// Content whose hash value the keyring asks for, while it passes.
struct Digesting<R> {
    inner: R,
    hasher: Hasher,
}

impl<R> Digesting<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            hasher: Hasher::new(Hash::Sha256),
        }
    }

    fn finish(self) -> [u8; 32] {
        let mut digest = [0; 32];
        digest.copy_from_slice(&self.hasher.finish());
        digest
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let more = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..more]);
        Ok(more)
    }
}

/// Everything but the file: whom to believe, and options.
struct Job<'a> {
    named: Option<Named<'a>>,
    trust: Trust,
    /// What the keys are called.
    names: Vec<String>,
    format: SignatureFormat,
    context: Context,
    rsa_scheme: Option<RsaScheme>,
    explain: bool,
    keep_content: bool,
}

impl<'a> Job<'a> {
    fn new(
        args: &Verify,
        algorithm: Option<Algorithm>,
        keys: Vec<Input>,
        trust: Option<Input>,
        named: Option<Named<'a>>,
        guard: &Guard,
    ) -> Result<Self> {
        let mut names: Vec<String> = keys.iter().map(|input| input.name().to_owned()).collect();
        let trust = match (trust, &named) {
            (_, Some(named)) => {
                names.push(named.name.to_string());
                Trust::Versions(named.versions.iter().map(|(_, key)| key.clone()).collect())
            }
            (Some(input), None) => {
                names.push(input.name().to_owned());
                Trust::Anchors {
                    certificates: certificates(input)?
                        .into_iter()
                        .map(|certificate| certificate.under(guard))
                        .collect(),
                    at: Time::now()?,
                }
            }
            (None, None) => Trust::Keys(
                keys.into_iter()
                    .map(|input| verifying_key_as(algorithm, input, guard))
                    .collect::<Result<_>>()?,
            ),
        };
        Ok(Self {
            named,
            trust,
            names,
            format: args.agreed.format,
            context: args.agreed.context()?,
            rsa_scheme: args.agreed.rsa_scheme()?,
            explain: args.explain,
            keep_content: args.output.is_some(),
        })
    }

    /// The one key of the formats that have one signer.
    fn key(&self) -> Result<&VerifyingKey> {
        match &self.trust {
            Trust::Keys(keys) | Trust::Versions(keys) if !keys.is_empty() => Ok(&keys[0]),
            _ => Err(Error::usage("--key").expected("one key").got("none")),
        }
    }

    fn verify(&self, opened: Opened, progress: &Progress) -> Result<Answer> {
        let (signature_name, file) = (
            opened.signature.name().to_owned(),
            opened
                .message
                .as_ref()
                .unwrap_or(&opened.signature)
                .name()
                .to_owned(),
        );
        let result = match self.format {
            SignatureFormat::Cms => self.cms(opened, progress),
            SignatureFormat::Jws => self.jws(opened, progress),
            SignatureFormat::Raw => self.raw(opened, progress),
        };
        match result {
            Ok(answer) => Ok(Answer { file, ..answer }),
            Err(error) if error.place().is_some_and(|place| place == signature_name) => Err(error),
            Err(error) => Err(match error.code() {
                Code::Length | Code::Malformed | Code::Unsupported => error.at(signature_name),
                Code::Io | Code::Limit => error.at(file),
                Code::Untrusted => error.at(self.names.join(", ")),
                _ => error,
            }),
        }
    }

    fn raw(&self, opened: Opened, progress: &Progress) -> Result<Answer> {
        let key = self.key()?;
        let options = VerifyOptions {
            context: self.context.clone(),
            rsa_scheme: self.rsa_scheme,
            ..VerifyOptions::default()
        };
        let signature = opened.signature.read("signature", MAX_OUTPUT)?;
        let message = opened.message.ok_or_else(lost)?;
        let mut message = progress.reader(message.into_reader());
        if let Some(named) = &self.named {
            return self.named_raw(named, &mut message, signature.expose(), &options);
        }
        let (verdict, steps) = match self.explain {
            true => key.explain_from(&mut message, signature.expose(), &options)?,
            false => (
                key.verify_from(&mut message, signature.expose(), &options)?,
                Vec::new(),
            ),
        };
        self.single(key, verdict, steps, &options)
    }

    /// A raw signature says nothing about its key: every version is tried over one reading of the message.
    fn named_raw(
        &self,
        named: &Named<'_>,
        message: &mut dyn Read,
        signature: &[u8],
        options: &VerifyOptions,
    ) -> Result<Answer> {
        let mut trials = Trials::default();
        for (number, key) in &named.versions {
            match key.stream(options) {
                Ok(stream) => trials.running.push((*number, key, stream)),
                // A version without contexts has not made a signature with one.
                Err(error) => trials.unfit(error),
            }
        }
        let mut message = Digesting::new(message);
        trials.read(&mut message, |stream, part| stream.update(part))?;
        let signed = Signed {
            format: SignedFormat::Raw,
            digest: message.finish(),
            context: self.context.clone(),
        };
        let explain = self.explain;
        let found = trials.finish(|stream| match explain {
            true => stream.explain(signature),
            false => Ok((stream.finish(signature)?, Vec::new())),
        })?;
        self.named_single(named, found, &signed, options)
    }

    /// A JWS may name its key, but a name decides nothing: every version is tried.
    fn named_jws(
        &self,
        named: &Named<'_>,
        jws: &jws::Jws,
        message: &mut dyn Read,
    ) -> Result<Answer> {
        let mut trials = Trials::default();
        for (number, key) in &named.versions {
            match jws.verifying(key, self.rsa_scheme) {
                Ok(verifying) => trials.running.push((*number, key, verifying)),
                Err(error) => trials.unfit(error),
            }
        }
        let mut message = Digesting::new(message);
        trials.read(&mut message, |verifying, part| verifying.update(part))?;
        let signed = Signed {
            format: SignedFormat::Jws,
            digest: message.finish(),
            context: Context::empty(),
        };
        let found = trials.finish(|verifying| Ok((verifying.finish()?, Vec::new())))?;
        let answer = self.named_single(named, found, &signed, &VerifyOptions::default())?;
        Ok(Answer {
            kid: jws.kid().map(str::to_owned),
            ..answer
        })
    }

    /// The answer of a format with one signer, and what it is worth.
    fn named_single(
        &self,
        named: &Named<'_>,
        (number, key, verdict, steps): Found<'_>,
        signed: &Signed,
        options: &VerifyOptions,
    ) -> Result<Answer> {
        let mut answer = self.single(key, verdict, steps, options)?;
        if verdict == Verdict::Valid {
            let judged = named
                .ring
                .judge(&named.name, number, signed, &named.guard)?;
            answer.judged(number, judged);
        } else if verdict == Verdict::RefusedByPolicy {
            answer.version = Some(number);
        } else if let [signer] = answer.signers.as_mut_slice() {
            // It is by none of them, so that none of them is to be named.
            if named.versions.len() > 1 {
                signer.fingerprint = None;
                signer.name = Some(format!(
                    "none of {} versions of {}",
                    named.versions.len(),
                    named.name
                ));
            }
        }
        Ok(answer)
    }

    fn jws(&self, opened: Opened, progress: &Progress) -> Result<Answer> {
        let text = opened.signature.read("signature", MAX_OUTPUT)?;
        let jws = jws::Jws::parse(text.expose())?;
        if let Some(named) = &self.named {
            let message = opened.message.ok_or_else(lost)?;
            let mut message = progress.reader(message.into_reader());
            return self.named_jws(named, &jws, &mut message);
        }
        let key = self.key()?;
        let mut verifying = jws.verifying(key, self.rsa_scheme)?;
        let message = opened.message.ok_or_else(lost)?;
        verifying.update_from(&mut progress.reader(message.into_reader()))?;
        let verdict = verifying.finish()?;
        Ok(Answer {
            kid: jws.kid().map(str::to_owned),
            ..self.single(key, verdict, Vec::new(), &VerifyOptions::default())?
        })
    }

    fn single(
        &self,
        key: &VerifyingKey,
        verdict: Verdict,
        steps: Vec<Step>,
        options: &VerifyOptions,
    ) -> Result<Answer> {
        let refusal = match verdict {
            Verdict::RefusedByPolicy => key.refusal(options)?,
            _ => None,
        };
        let (rule, reason) = refusal.map(|by| (by.rule, by.sentence)).unzip();
        let warnings = match verdict {
            Verdict::RefusedByPolicy => Vec::new(),
            _ => warnings(key, &options.context)?,
        };
        let fingerprint = PublicKey::Verifying(key.clone()).fingerprint().to_string();
        Ok(Answer {
            verdict,
            file: String::new(),
            key: self.names.first().cloned(),
            reason,
            rule,
            warnings,
            signers: vec![SignerAnswer {
                name: None,
                algorithm: key.algorithm().name().to_owned(),
                scheme: None,
                fingerprint: Some(fingerprint),
                subject: None,
                verdict: Some(verdict),
                claimed: None,
                steps,
            }],
            explain: self.explain,
            kid: None,
            inside: false,
            hint: None,
            content: None,
            version: None,
            proven: None,
        })
    }

    fn cms(&self, opened: Opened, progress: &Progress) -> Result<Answer> {
        let inside = opened.message.is_none();
        let name = opened.signature.name().to_owned();
        let signature = opened.signature.read("CMS message", cms::MAX_FILE)?;
        let data = SignedData::parse(signature.expose()).map_err(|error| error.at(&name))?;
        if inside && data.is_detached() {
            return Err(Error::usage("--attached")
                .expected("a CMS message with its content inside")
                .got("a detached signature")
                .at(name));
        }
        drop(signature);
        let mut verifying = data.verifying_rsa(self.trust.clone(), self.rsa_scheme)?;
        if self.explain {
            verifying = verifying.explained();
        }
        let file = opened
            .message
            .as_ref()
            .map(|message| message.name().to_owned());
        let digest = match opened.message {
            Some(message) => {
                let mut message = progress.reader(message.into_reader());
                match &self.named {
                    Some(_) => {
                        let mut message = Digesting::new(message);
                        verifying.update_from(&mut message)?;
                        message.finish()
                    }
                    None => {
                        verifying.update_from(&mut message)?;
                        [0; 32]
                    }
                }
            }
            None => {
                let mut content = Digesting::new(data.content().unwrap_or_default());
                std::io::copy(&mut content, &mut std::io::sink()).map_err(|error| {
                    Error::new(Code::Internal, "content").got(error.to_string())
                })?;
                content.finish()
            }
        };
        let outcome = verifying.finish()?;
        let mut judged = None;
        if let (Some(named), Verdict::Valid) = (&self.named, outcome.verdict) {
            let signed = Signed {
                format: SignedFormat::Cms,
                digest,
                context: Context::empty(),
            };
            // Several versions may have signed: the best of them counts.
            for signer in &outcome.signers {
                let version = signer.key.as_ref().and_then(|key| named.version_of(key));
                if let (Some(Verdict::Valid), Some(number)) = (signer.verdict, version)
                    && judged
                        .as_ref()
                        .is_none_or(|(_, known): &(u32, Judgement)| !known.verdict.is_valid())
                {
                    judged = Some((
                        number,
                        named
                            .ring
                            .judge(&named.name, number, &signed, &named.guard)?,
                    ));
                }
            }
        }
        let mut answer = self.of_outcome(outcome, None)?;
        if let Some((number, judged)) = judged {
            answer.judged(number, judged);
        }
        let good = self.keep_content && answer.verdict.is_valid();
        answer.content = data.content().filter(|_| good).map(<[u8]>::to_vec);
        answer.inside = inside;
        if answer.verdict == Verdict::Invalid
            && let Some(file) = file
        {
            answer.hint = self.other_line_ends(&data, Path::new(&file));
        }
        Ok(answer)
    }

    /// Whether the signature holds for a text with CRLF line ends: what signers of S/MIME sign unless
    /// they are told that the content is binary.
    fn other_line_ends(&self, data: &SignedData, file: &Path) -> Option<&'static str> {
        const LONGEST: u64 = 16 << 20;
        let metadata = file.metadata().ok()?;
        // What a pipe gave is gone: reading it again would wait for ever.
        if is_standard(file) || !metadata.is_file() || metadata.len() > LONGEST {
            return None;
        }
        let text = std::fs::read(file).ok()?;
        if text.contains(&b'\r') || !text.contains(&b'\n') {
            return None;
        }
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        let mut verifying = data
            .verifying_rsa(self.trust.clone(), self.rsa_scheme)
            .ok()?;
        verifying.update(&lines.join(&b"\r\n"[..])).ok()?;
        let outcome = verifying.finish().ok()?;
        outcome.verdict.is_valid().then_some(
            "it would hold with CRLF line ends: the signer took the file for text (openssl without -binary)",
        )
    }

    fn of_outcome(&self, outcome: Outcome, content: Option<Vec<u8>>) -> Result<Answer> {
        let mut rule = None;
        let mut said = Vec::new();
        for signer in &outcome.signers {
            if outcome.verdict == Verdict::RefusedByPolicy {
                rule = rule.or_else(|| signer.rule.clone());
            }
            if let (Some(Verdict::Valid), Some(key)) = (signer.verdict, &signer.key) {
                said.extend(warnings(key, &Context::empty())?);
            }
        }
        let signers: Vec<SignerAnswer> = outcome
            .signers
            .into_iter()
            .map(|signer| SignerAnswer {
                name: Some(signer.name),
                algorithm: signer.algorithm,
                scheme: signer.scheme,
                fingerprint: signer
                    .key
                    .map(|key| PublicKey::Verifying(key).fingerprint().to_string()),
                subject: signer.subject,
                verdict: signer.verdict,
                claimed: signer.signing_time.map(|time| time.to_string()),
                steps: signer.steps,
            })
            .collect();
        Ok(Answer {
            verdict: outcome.verdict,
            file: String::new(),
            key: self.names.first().cloned(),
            reason: Some(outcome.reason),
            rule,
            warnings: said,
            signers,
            explain: self.explain,
            kid: None,
            inside: false,
            hint: None,
            content,
            version: None,
            proven: None,
        })
    }
}

/// The version that has signed, or the first one, with what it says.
type Found<'k> = (u32, &'k VerifyingKey, Verdict, Vec<Step>);

/// One signature under several versions of a key.
struct Trials<'k, V> {
    running: Vec<(u32, &'k VerifyingKey, V)>,
    /// Why the first version that does not fit does not.
    unfit: Option<Error>,
}

impl<V> Default for Trials<'_, V> {
    fn default() -> Self {
        Self {
            running: Vec::new(),
            unfit: None,
        }
    }
}

impl<'k, V> Trials<'k, V> {
    fn unfit(&mut self, error: Error) {
        self.unfit.get_or_insert(error);
    }

    /// Gives the message to all of them.
    fn read(
        &mut self,
        message: &mut dyn Read,
        mut update: impl FnMut(&mut V, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut part = vec![0; 256 * 1024];
        loop {
            let len = match message.read(&mut part) {
                Ok(0) => return Ok(()),
                Ok(len) => len,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(Error::new(Code::Io, "cannot read").got(error.to_string()));
                }
            };
            for (_, _, running) in &mut self.running {
                update(running, &part[..len])?;
            }
        }
    }

    /// The version under which the signature holds; else what the first one says.
    fn finish(mut self, verify: impl Fn(V) -> Result<(Verdict, Vec<Step>)>) -> Result<Found<'k>> {
        let mut best: Option<Found<'k>> = None;
        for (number, key, running) in self.running {
            let found = match verify(running) {
                Ok((verdict, steps)) => (number, key, verdict, steps),
                // Bytes that are no signature of one algorithm may be one of another.
                Err(error) if matches!(error.code(), Code::Length | Code::Malformed) => {
                    self.unfit.get_or_insert(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let rank = |verdict| match verdict {
                Verdict::Valid => 2,
                Verdict::RefusedByPolicy => 1,
                _ => 0,
            };
            if best
                .as_ref()
                .is_none_or(|best| rank(best.2) < rank(found.2))
            {
                best = Some(found);
            }
        }
        match (best, self.unfit) {
            (Some(best), _) => Ok(best),
            (None, Some(error)) => Err(error),
            (None, None) => Err(lost()),
        }
    }
}

/// What the policy has to say about a key that it lets verify.
fn warnings(key: &VerifyingKey, context: &Context) -> Result<Vec<String>> {
    key.guard().warnings(key.algorithm(), Use::Verify, context)
}

fn lost() -> Error {
    Error::new(Code::Internal, "a file without a signature beside it")
}

/// The answer about one file.
struct Answer {
    verdict: Verdict,
    file: String,
    key: Option<String>,
    reason: Option<String>,
    /// The rule of the policy that refuses.
    rule: Option<String>,
    /// What the policy has to say about what it allows.
    warnings: Vec<String>,
    signers: Vec<SignerAnswer>,
    explain: bool,
    /// What a JWS calls its key: a name, nothing more.
    kid: Option<String>,
    /// Whether the content was inside the signature.
    inside: bool,
    /// What the signer may have done otherwise.
    hint: Option<&'static str>,
    /// What was inside, once it is good.
    content: Option<Vec<u8>>,
    /// Of a key of the keyring, the version that signed.
    version: Option<u32>,
    /// Since when the keyring knows the signature.
    proven: Option<Time>,
}

struct SignerAnswer {
    name: Option<String>,
    algorithm: String,
    scheme: Option<String>,
    fingerprint: Option<String>,
    subject: Option<String>,
    verdict: Option<Verdict>,
    claimed: Option<String>,
    steps: Vec<Step>,
}

impl SignerAnswer {
    /// Whether its algorithm is one that is read only.
    fn is_legacy(&self) -> bool {
        Algorithm::from_name(&self.algorithm).is_ok_and(Algorithm::is_legacy)
    }

    /// `ML-DSA-65 signature, key 5f6e…, CN=…, claims to be of 2026-…`.
    fn words(&self) -> String {
        let mut words = self.algorithm.clone();
        if let Some(scheme) = &self.scheme {
            words.push_str(&format!(" ({scheme})"));
        }
        words.push_str(" signature");
        if let Ok(algorithm) = Algorithm::from_name(&self.algorithm) {
            words.push_str(&legacy_mark(algorithm));
        }
        if let Some(subject) = &self.subject {
            words.push_str(&format!(" of {subject}"));
        }
        match (&self.fingerprint, &self.name) {
            (Some(fingerprint), _) => words.push_str(&format!(", key {fingerprint}")),
            (None, Some(name)) => words.push_str(&format!(", {name}")),
            (None, None) => {}
        }
        // What somebody claims who has not signed is not worth a word.
        let good = self.verdict == Some(Verdict::Valid);
        if let Some(claimed) = self.claimed.as_ref().filter(|_| good) {
            words.push_str(&format!(", claimed time {claimed}"));
        }
        words
    }
}

impl Answer {
    /// Takes over what the keyring says about a signature that holds.
    fn judged(&mut self, version: u32, judged: Judgement) {
        self.verdict = judged.verdict;
        self.version = Some(version);
        self.proven = judged.proven;
        if judged.reason.is_some() {
            self.reason = judged.reason;
        }
        if let (Verdict::ValidCompromisedLater, Some(reason)) = (self.verdict, &self.reason) {
            self.warnings.push(reason.clone());
        }
    }

    fn as_text(&self) -> String {
        let mut text = self.verdict.to_string();
        let reason = self.reason.as_deref().filter(|_| !self.verdict.is_valid());
        if let Some(reason) = reason {
            text.push_str(&format!(": {reason}"));
        }
        let mut indent = "";
        if let [signer] = self.signers.as_slice() {
            let separator = if reason.is_some() { "; " } else { ": " };
            text.push_str(&format!("{separator}{}", signer.words()));
        }
        if let (Some(version), Some(key)) = (self.version, &self.key) {
            text.push_str(&format!(", {key} version {version}"));
        }
        if let Some(proven) = self.proven {
            text.push_str(&format!(", known since {proven}"));
        }
        if let Some(kid) = &self.kid {
            text.push_str(&format!(", kid {kid}"));
        }
        if self.inside {
            text.push_str("; of the content inside");
        }
        if let Some(hint) = self.hint {
            text.push_str(&format!("; {hint}"));
        }
        let mut text = one_line(&text);
        text.push('\n');
        for (number, signer) in self.signers.iter().enumerate() {
            if self.signers.len() > 1 {
                let verdict = signer.verdict.map_or("not checked", Verdict::name);
                let line = format!("  signer {}: {verdict}: {}", number + 1, signer.words());
                text.push_str(&one_line(&line));
                text.push('\n');
                indent = "  ";
            }
            for step in signer.steps.iter().filter(|_| self.explain) {
                let mark = if step.passed { "ok" } else { "FAILED" };
                let line = format!("{indent}  {mark:<7} {}: {}", step.check, step.detail);
                text.push_str(&one_line(&line));
                text.push('\n');
            }
        }
        text
    }

    fn as_json(&self) -> Value {
        let steps = |steps: &[Step]| -> Vec<Value> {
            steps
                .iter()
                .map(|step| json!({ "check": step.check, "passed": step.passed, "detail": step.detail }))
                .collect()
        };
        // The one signer that was checked, if it is one.
        let mut checked = self
            .signers
            .iter()
            .filter(|signer| signer.verdict.is_some());
        let first = checked.next().filter(|first| {
            let same = first.verdict == Some(self.verdict) || self.version.is_some();
            checked.next().is_none() && same
        });
        let mut object = json!({
            "verdict": self.verdict.name(),
            "file": self.file,
            "algorithm": first.map(|signer| &signer.algorithm),
            "legacy": self.signers.iter().any(SignerAnswer::is_legacy),
            "key": self.key,
            "version": self.version,
            "fingerprint": first.and_then(|signer| signer.fingerprint.as_ref()),
            "time": { "claimed": first.and_then(|signer| signer.claimed.as_ref()), "proven": self.proven.map(|time| time.to_string()) },
            "rule": self.rule,
            "warnings": self.warnings,
            "reason": self.reason,
        });
        let Some(fields) = object.as_object_mut() else {
            return object;
        };
        if self.signers.iter().any(|signer| signer.name.is_some()) {
            let signers: Vec<Value> = self
                .signers
                .iter()
                .map(|signer| {
                    json!({
                        "name": signer.name,
                        "algorithm": signer.algorithm,
                        "scheme": signer.scheme,
                        "fingerprint": signer.fingerprint,
                        "subject": signer.subject,
                        "verdict": signer.verdict.map(Verdict::name),
                        "claimed": signer.claimed,
                        "explain": self.explain.then(|| steps(&signer.steps)),
                    })
                })
                .collect();
            fields.insert("signers".to_owned(), Value::Array(signers));
            let content = if self.inside { "attached" } else { "detached" };
            fields.insert("content".to_owned(), json!(content));
        }
        if let Some(kid) = &self.kid {
            fields.insert("kid".to_owned(), json!(kid));
        }
        if let (true, [signer]) = (self.explain, self.signers.as_slice()) {
            fields.insert("explain".to_owned(), Value::Array(steps(&signer.steps)));
        }
        object
    }
}
