//! Everything but the file: whom to believe, and options.

use chop::algorithm::RsaScheme;
use chop::cms::Trust;
use chop::explain::Step;
use chop::policy::Use;
use chop::{
    Code, Context, Error, Guard, PublicKey, Result, Time, Verdict, VerifyOptions, VerifyingKey, jws,
};

use super::answer::{Answer, SignerAnswer};
use super::named::Named;
use super::opened::Opened;
use crate::args::{SignatureFormat, Verify};
use crate::commands::{certificates, verifying_key};
use crate::input::{Input, MAX_OUTPUT};
use crate::progress::Progress;

/// Everything but the file: whom to believe, and options.
pub(super) struct Job<'a> {
    pub(super) named: Option<Named<'a>>,
    pub(super) trust: Trust,
    /// What the keys are called.
    pub(super) names: Vec<String>,
    format: SignatureFormat,
    pub(super) context: Context,
    pub(super) rsa_scheme: Option<RsaScheme>,
    pub(super) explain: bool,
    pub(super) keep_content: bool,
}

impl<'a> Job<'a> {
    pub(super) fn new(
        args: &Verify,
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
                    .map(|input| verifying_key(input, guard))
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

    pub(super) fn verify(&self, opened: Opened, progress: &Progress) -> Result<Answer> {
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

    pub(super) fn single(
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
}

/// What the policy has to say about a key that it lets verify.
pub(super) fn warnings(key: &VerifyingKey, context: &Context) -> Result<Vec<String>> {
    key.guard().warnings(key.algorithm(), Use::Verify, context)
}

pub(super) fn lost() -> Error {
    Error::new(Code::Internal, "a file without a signature beside it")
}
