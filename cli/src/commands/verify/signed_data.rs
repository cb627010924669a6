//! Signatures in CMS.

use std::path::Path;

use chop::cms::{self, Outcome, SignedData, Trust};
use chop::keyring::{Judgement, Signed, SignedFormat};
use chop::{Code, Context, Error, PublicKey, Result, Verdict};

use super::answer::{Answer, SignerAnswer};
use super::job::{Care, Job, warnings};
use super::named::Digesting;
use super::opened::Opened;
use crate::input::is_standard;
use crate::progress::Progress;

impl Job<'_> {
    pub(super) fn cms(&self, opened: Opened, progress: &Progress) -> Result<Answer> {
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
        if let (Care::Double, Trust::Anchors { .. }) = (self.care, &self.trust) {
            verifying = verifying.with_second_opinion()?;
        }
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
