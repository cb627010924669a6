//! Everything but the file: whom to believe, and options.

use chop::algorithm::RsaScheme;
use chop::cms::Trust;
use chop::explain::Step;
use chop::policy::Use;
use chop::{
    Algorithm, Code, Context, Error, Guard, PublicKey, Result, Time, Verdict, VerifyOptions,
    VerifyingKey, jws,
};

use super::answer::{Answer, SignerAnswer};
use super::named::Named;
use super::opened::Opened;
use crate::args::{SignatureFormat, Verify};
use crate::commands::{certificates, verifying_key_as};
use crate::input::{Input, MAX_OUTPUT};
use crate::progress::Progress;

/// What the answers may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// Two implementations have to agree.
    Double,
    /// One answers, for many signatures.
    Fast,
}

impl Care {
    pub(super) fn ready(self, key: &VerifyingKey) -> Result<VerifyingKey> {
        match self {
            Self::Double => key.with_second_opinion(),
            Self::Fast => key.prepare(),
        }
    }
}

/// Who must have signed.
pub(super) enum Whom<'a> {
    /// All of these keys, of an algorithm that the caller may name.
    Keys(Option<Algorithm>, Vec<Input>),
    /// The holder of one of these certificates.
    Trust(Input),
    /// A version of this key of the keyring.
    Named(Named<'a>),
}

/// Everything but the file: whom to believe, and options.
pub(super) struct Job<'a> {
    pub(super) named: Option<Named<'a>>,
    pub(super) trust: Trust,
    /// What the keys are called.
    pub(super) names: Vec<String>,
    pub(super) care: Care,
    pub(super) format: SignatureFormat,
    pub(super) rsa_scheme: Option<RsaScheme>,
    pub(super) explain: bool,
    pub(super) keep_content: bool,
}

impl<'a> Job<'a> {
    pub(super) fn new(args: &Verify, whom: Whom<'a>, care: Care, guard: &Guard) -> Result<Self> {
        let (names, trust, named) = match whom {
            Whom::Named(named) => {
                let keys = named.versions.iter().map(|(_, key)| key.clone()).collect();
                (
                    vec![named.name.to_string()],
                    Trust::Versions(keys),
                    Some(named),
                )
            }
            Whom::Trust(input) => {
                let name = input.name().to_owned();
                let certificates = certificates(input)?
                    .into_iter()
                    .map(|certificate| certificate.under(guard))
                    .collect();
                let at = Time::now()?;
                (vec![name], Trust::Anchors { certificates, at }, None)
            }
            Whom::Keys(algorithm, inputs) => {
                let names = inputs.iter().map(|input| input.name().to_owned()).collect();
                let keys = inputs
                    .into_iter()
                    .map(|input| care.ready(&verifying_key_as(algorithm, input, guard)?))
                    .collect::<Result<_>>()?;
                (names, Trust::Keys(keys), None)
            }
        };
        Ok(Self {
            named,
            trust,
            names,
            care,
            format: args.agreed.format,
            rsa_scheme: args.agreed.rsa_scheme()?,
            explain: args.explain,
            keep_content: args.output.is_some(),
        })
    }

    /// Of a raw signature.
    pub(super) fn options(&self, context: Context) -> VerifyOptions {
        VerifyOptions {
            context,
            rsa_scheme: self.rsa_scheme,
            ..VerifyOptions::default()
        }
    }

    /// The one key of the formats that have one signer.
    pub(super) fn key(&self) -> Result<&VerifyingKey> {
        match &self.trust {
            Trust::Keys(keys) | Trust::Versions(keys) if !keys.is_empty() => Ok(&keys[0]),
            _ => Err(Error::usage("--key").expected("one key").got("none")),
        }
    }

    pub(super) fn verify(
        &self,
        opened: Opened,
        context: &Context,
        progress: &Progress,
    ) -> Result<Answer> {
        let signature = opened.signature.name().to_owned();
        let message = opened.message.as_ref().unwrap_or(&opened.signature);
        let file = message.name().to_owned();
        let result = match self.format {
            SignatureFormat::Cms => self.cms(opened, progress),
            SignatureFormat::Jws => self.jws(opened, progress),
            SignatureFormat::Raw => self.raw(opened, context, progress),
        };
        match result {
            Ok(answer) => Ok(Answer { file, ..answer }),
            Err(error) => Err(self.placed(error, signature, file)),
        }
    }

    /// An error with the file that it is about.
    pub(super) fn placed(&self, error: Error, signature: String, file: String) -> Error {
        if error.place().is_some_and(|place| place == signature) {
            return error;
        }
        match error.code() {
            Code::Length | Code::Malformed | Code::Unsupported => error.at(signature),
            Code::Io | Code::Limit | Code::SelfTest => error.at(file),
            Code::Untrusted => error.at(self.names.join(", ")),
            _ => error,
        }
    }

    fn raw(&self, opened: Opened, context: &Context, progress: &Progress) -> Result<Answer> {
        let key = self.key()?;
        let options = self.options(context.clone());
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
