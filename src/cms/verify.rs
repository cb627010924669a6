//! The answer to a signed message.

use std::io::Read;

use super::attributes::{Attributes, Start};
use super::parse::{Identifier, SignedData, SignerInfo};
use super::{is_suitable, own_hash};
use crate::algorithm::{Algorithm, RsaScheme, VerifyOptions};
use crate::backend::{Intake, Representative};
use crate::certificate::Certificate;
use crate::encoding::signature_id;
use crate::error::{Code, Error, Result};
use crate::explain::Step;
use crate::hash::{Hash, Hasher};
use crate::key::PublicKey;
use crate::policy::Guard;
use crate::sign::{self, VerifyingKey};
use crate::stream::read_all;
use crate::time::Time;
use crate::verdict::Verdict;

/// Whom to believe. What a message says about its signers plays no part in it.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum Trust {
    /// These keys: each of them must have signed.
    Keys(Vec<VerifyingKey>),
    /// These versions of one key: one of them must have signed.
    Versions(Vec<VerifyingKey>),
    /// The holders of these self-signed certificates: one of them must have signed. They come from the
    /// caller, never from the message.
    Anchors {
        /// The certificates. Those that cannot be believed at that time are passed over, so that a
        /// bundle outlives its first expiry.
        certificates: Vec<Certificate>,
        /// The time at which they must be valid.
        at: Time,
    },
}

/// A key of [`Trust`], and what names it.
struct Candidate {
    key: VerifyingKey,
    identifiers: Vec<Identifier>,
    subject: Option<String>,
}

impl Candidate {
    /// Whether a signer calls itself by this key.
    fn names(&self, info: &SignerInfo) -> bool {
        self.identifiers.contains(&info.identifier)
    }
}

/// Content that is being verified.
pub struct Verifying<'a> {
    data: &'a SignedData,
    candidates: Vec<Candidate>,
    who: Who,
    pairs: Vec<Pair>,
    hashers: Vec<(Hash, Hasher)>,
    intakes: Vec<Taking>,
    /// Of content that is signed without attributes.
    start: Start,
    /// Whether content has come, be it empty.
    seen: bool,
    explain: bool,
}

/// Which of the candidates must have signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    All,
    /// One of the versions of a key.
    Version,
    /// The holder of one of the certificates.
    Holder,
}

/// A signer under a key that it may have signed with.
struct Pair {
    signer: usize,
    candidate: usize,
    options: VerifyOptions,
    hash: Hash,
    attributes: Option<Attributes>,
    /// For a signature without attributes: which of the intakes.
    intake: Option<usize>,
}

/// The content on its way into signatures without attributes.
struct Taking {
    candidate: usize,
    options: VerifyOptions,
    intake: Intake,
}

/// The number of the intake for a key and its options: one for all that keep the whole content.
fn taking(
    intakes: &mut Vec<Taking>,
    candidate: usize,
    intake: Intake,
    options: &VerifyOptions,
) -> usize {
    let same = |known: &Taking| match intake.is_whole() {
        true => known.intake.is_whole(),
        false => known.candidate == candidate && known.options == *options,
    };
    intakes.iter().position(same).unwrap_or_else(|| {
        intakes.push(Taking {
            candidate,
            options: options.clone(),
            intake,
        });
        intakes.len() - 1
    })
}

/// What was found about one signer.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct SignerOutcome {
    /// What the message calls the signer: a name, nothing more.
    pub name: String,
    /// The algorithm of the key that was tried, else what the message calls that of the signature.
    pub algorithm: String,
    /// How the key was used, where it can be used in several ways.
    pub scheme: Option<String>,
    /// The key that was tried; `None` if no trusted key fits this signer.
    pub key: Option<VerifyingKey>,
    /// The subject of the trusted certificate, if that is how the key was given.
    pub subject: Option<String>,
    /// The verdict; `None` if no trusted key fits this signer, so that nothing was checked.
    pub verdict: Option<Verdict>,
    /// The rule of the policy that refuses, if that is the verdict.
    pub rule: Option<String>,
    /// When the signer claims to have signed. Worth something only if the verdict is good.
    pub signing_time: Option<Time>,
    /// The checks, each with its result.
    pub steps: Vec<Step>,
}

/// The answer.
#[must_use = "a verification that nobody looks at protects nothing"]
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The verdict about the message.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
    /// Every signer of the message, in its order.
    pub signers: Vec<SignerOutcome>,
}

impl SignedData {
    /// Starts to verify content that arrives in parts; for attached content there is nothing to add.
    ///
    /// # Errors
    /// [`Code::Usage`] if nobody is trusted; [`Code::Untrusted`] for a certificate that is not to be
    /// believed; [`Code::Malformed`] and [`Code::Unsupported`] for a signer of a trusted key whose
    /// attributes or algorithms are not admissible.
    pub fn verifying(&self, trust: Trust) -> Result<Verifying<'_>> {
        self.verifying_rsa(trust, None)
    }

    /// [`verifying`](Self::verifying), with the scheme by which RSA keys must have signed; `None` for
    /// any of those that the table knows.
    ///
    /// # Errors
    /// As [`verifying`](Self::verifying), and [`Code::Unsupported`] for a signer by another scheme.
    pub fn verifying_rsa(&self, trust: Trust, scheme: Option<RsaScheme>) -> Result<Verifying<'_>> {
        if self.content_type != super::parse::DATA {
            return Err(
                Error::new(Code::Unsupported, "content type of a CMS message")
                    .expected("plain data")
                    .got(super::parse::content_type_name(self.content_type)),
            );
        }
        let who = match trust {
            Trust::Keys(_) => Who::All,
            Trust::Versions(_) => Who::Version,
            Trust::Anchors { .. } => Who::Holder,
        };
        let candidates = candidates(trust)?;
        if candidates.is_empty() {
            return Err(Error::usage("verification")
                .expected("at least one trusted key or certificate")
                .got("none"));
        }
        if let Some(scheme) = scheme
            && !candidates.iter().any(|one| one.key.algorithm().is_rsa())
        {
            return Err(Error::usage("RSA scheme")
                .expected("a trusted RSA key")
                .got(format!("{} without one", scheme.name())));
        }
        let mut pairs = Vec::new();
        let mut intakes = Vec::new();
        let mut refusal = None;
        for (candidate, trusted) in candidates.iter().enumerate() {
            for signer in self.signers_of(trusted, who) {
                match self.pair(signer, candidate, trusted, scheme, &mut intakes) {
                    Ok(pair) => pairs.push(pair),
                    Err(error) => {
                        let error = error.at(format!("signer {}", signer + 1));
                        if trusted.names(&self.signers[signer]) {
                            return Err(error);
                        }
                        refusal = Some(error);
                    }
                }
            }
        }
        if let (true, Some(refusal)) = (pairs.is_empty(), refusal) {
            return Err(refusal);
        }
        let mut hashers: Vec<(Hash, Hasher)> = Vec::new();
        for pair in &pairs {
            if pair.attributes.is_some() && !hashers.iter().any(|(known, _)| *known == pair.hash) {
                hashers.push((pair.hash, Hasher::new(pair.hash)));
            }
        }
        let mut verifying = Verifying {
            data: self,
            candidates,
            who,
            pairs,
            hashers,
            intakes,
            start: Start::default(),
            seen: false,
            explain: false,
        };
        if let Some(content) = self.content() {
            verifying.take(content)?;
        }
        Ok(verifying)
    }

    /// The signers that a trusted key may have made: those that name it, else those whose algorithm fits.
    fn signers_of(&self, trusted: &Candidate, who: Who) -> Vec<usize> {
        let which = |fits: &dyn Fn(&SignerInfo) -> bool| -> Vec<usize> {
            let numbers = self.signers.iter().enumerate();
            numbers
                .filter(|(_, info)| fits(info))
                .map(|(i, _)| i)
                .collect()
        };
        let named = which(&|info| trusted.names(info));
        if !named.is_empty() {
            return named;
        }
        let fitting = which(&|info| signature_options(info, &trusted.key).is_ok());
        // Of a key that was given for the only signer there is, the caller learns why it does not fit.
        match fitting.is_empty() && who == Who::All && self.signers.len() == 1 {
            true => vec![0],
            false => fitting,
        }
    }

    fn pair(
        &self,
        signer: usize,
        candidate: usize,
        trusted: &Candidate,
        scheme: Option<RsaScheme>,
        intakes: &mut Vec<Taking>,
    ) -> Result<Pair> {
        let info = &self.signers[signer];
        let key = &trusted.key;
        let (hash, options) = signature_options(info, key)?;
        if let (Some(required), Some(found)) = (scheme, options.rsa_scheme)
            && required != found
        {
            return Err(Error::new(Code::Unsupported, "RSA scheme")
                .expected(required.name())
                .got(found.name()));
        }
        let attributes = info.read_attributes()?;
        // Without attributes nothing is hashed by it, but a composite wants its own hash function
        // named there all the same (draft-ietf-lamps-cms-composite-sigs-01 section 3.4).
        let named = attributes.is_some() || key.algorithm().info().pre_hash.is_some();
        if named && !is_suitable(key.algorithm(), hash) {
            return Err(
                Error::new(Code::Unsupported, "hash function of the message")
                    .expected(format!("one that is suitable for {}", key.algorithm()))
                    .got(hash.name()),
            );
        }
        let intake = match &attributes {
            Some(attributes) => {
                attributes.check_protection(&info.digest, &info.algorithm)?;
                None
            }
            None => Some(taking(intakes, candidate, key.intake(&options)?, &options)),
        };
        Ok(Pair {
            signer,
            candidate,
            options,
            hash,
            attributes,
            intake,
        })
    }
}

/// The hash function that a signer names, and how `key` would have to verify.
fn signature_options(info: &SignerInfo, key: &VerifyingKey) -> Result<(Hash, VerifyOptions)> {
    let id = info.digest_id()?;
    let hash = signature_id::hash_of(id).ok_or_else(|| {
        Error::new(Code::Unsupported, "hash function of the message")
            .expected(
                "one of SHA-2, SHA-3 or SHAKE from 256 bits on, with the parameters of its RFC",
            )
            .got(signature_id::hash_name(id.oid))
    })?;
    let options = signature_id::options(key.algorithm(), info.algorithm_id()?, Some(hash))?;
    Ok((hash, options))
}

/// The keys that are trusted, each once. Of certificates those that can be believed; if none can,
/// why the first cannot.
fn candidates(trust: Trust) -> Result<Vec<Candidate>> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut add = |candidate: Candidate| {
        let known = candidates
            .iter_mut()
            .find(|known| known.key == candidate.key);
        match known {
            // A key may have several certificates, each with names of its own.
            Some(known) => known.identifiers.extend(candidate.identifiers),
            None => candidates.push(candidate),
        }
    };
    match trust {
        Trust::Keys(keys) | Trust::Versions(keys) => keys.into_iter().for_each(|key| {
            add(Candidate {
                identifiers: vec![Identifier::Key(key.key_identifier().to_vec())],
                key,
                subject: None,
            });
        }),
        Trust::Anchors { certificates, at } => {
            let mut refused = None;
            for certificate in &certificates {
                match anchor(certificate, at) {
                    Ok(candidate) => add(candidate),
                    Err(error) => refused = refused.or(Some(error)),
                }
            }
            if let (true, Some(error)) = (candidates.is_empty(), refused) {
                return Err(error);
            }
        }
    }
    Ok(candidates)
}

fn anchor(certificate: &Certificate, at: Time) -> Result<Candidate> {
    certificate.check_anchor(at)?;
    let key = certificate.public_key()?.into_verifying()?;
    let identifier = certificate
        .subject_key_identifier()
        .unwrap_or(key.key_identifier());
    Ok(Candidate {
        identifiers: vec![
            Identifier::IssuerAndSerial(certificate.issuer_and_serial()?),
            Identifier::Key(identifier.to_vec()),
        ],
        subject: Some(certificate.subject()),
        key,
    })
}

impl Verifying<'_> {
    /// Asks for every check of the signature algorithm, too, and for the second implementation.
    #[must_use]
    pub fn explained(mut self) -> Self {
        self.explain = true;
        self
    }

    /// Asks for two implementations that agree, for each key:
    /// [`VerifyingKey::with_second_opinion`]. Keys of which that was asked before need it no more; it
    /// is for those of certificates.
    ///
    /// # Errors
    /// As [`VerifyingKey::with_second_opinion`].
    pub fn with_second_opinion(mut self) -> Result<Self> {
        for candidate in &mut self.candidates {
            candidate.key = candidate.key.with_second_opinion()?;
        }
        Ok(self)
    }

    /// Adds a part of the content.
    ///
    /// # Errors
    /// [`Code::Usage`] if the content is inside the message; [`Code::Limit`] without signed attributes
    /// for algorithms that read their message twice.
    pub fn update(&mut self, part: &[u8]) -> Result<()> {
        if !self.data.is_detached() {
            return Err(Error::usage("content")
                .expected("nothing beside the message, which has its content inside")
                .got("a file"));
        }
        self.take(part)
    }

    /// Adds everything that `content` gives.
    ///
    /// # Errors
    /// As [`update`](Self::update), and [`Code::Io`].
    pub fn update_from(&mut self, content: &mut dyn Read) -> Result<()> {
        read_all(content, &mut |part| self.update(part))
    }

    fn take(&mut self, part: &[u8]) -> Result<()> {
        self.seen = true;
        for (_, hasher) in &mut self.hashers {
            hasher.update(part);
        }
        if !self.intakes.is_empty() {
            self.start.update(part);
        }
        for taking in &mut self.intakes {
            taking.intake.update(part)?;
        }
        Ok(())
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Code::Usage`] if detached content was never given; [`Code::Length`] and [`Code::Malformed`]
    /// for bytes that are no signature of the algorithm at all.
    pub fn finish(self) -> Result<Outcome> {
        if !self.seen {
            return Err(Error::usage("content")
                .expected("the file that was signed, because the signature is detached")
                .got("none"));
        }
        self.start.check()?;
        let digests: Vec<(Hash, Vec<u8>)> = self
            .hashers
            .into_iter()
            .map(|(hash, hasher)| (hash, hasher.finish()))
            .collect();
        let taken: Vec<Representative> = self
            .intakes
            .into_iter()
            .map(|taking| taking.intake.finish())
            .collect();
        let mut signers: Vec<SignerOutcome> = self
            .data
            .signers
            .iter()
            .enumerate()
            .map(|(number, info)| {
                let pair = self.pairs.iter().find(|pair| pair.signer == number);
                SignerOutcome::unchecked(info, pair)
            })
            .collect();
        let alone = self.pairs.len() == 1;
        let mut signed = vec![false; self.candidates.len()];
        let mut contradicted = false;
        let mut refused_by_policy = false;
        let lenient = Guard::lenient();
        let tried: Vec<usize> = self.pairs.iter().map(|pair| pair.signer).collect();
        for pair in self.pairs {
            let candidate = &self.candidates[pair.candidate];
            let info = &self.data.signers[pair.signer];
            let outcome = &mut signers[pair.signer];
            if outcome.verdict.is_some_and(Verdict::is_valid) {
                continue;
            }
            let named = candidate.names(info);
            let number = pair.candidate;
            let scheme = scheme(candidate.key.algorithm(), &pair.options);
            let refusal = candidate.key.refusal(&pair.options)?;
            // What is refused counts for nobody, but of several signatures it may still contradict the
            // message: otherwise one more rule would turn a message that does not hold into one that does.
            let checked = match (&refusal, alone) {
                (Some(_), true) => Ok((Verdict::RefusedByPolicy, Vec::new())),
                _ => check(
                    self.data,
                    info,
                    pair,
                    &candidate.key.clone().under(&lenient),
                    &digests,
                    &taken,
                    self.explain,
                ),
            };
            let (verdict, steps) = match checked {
                // Of a signer who may be somebody else, what is no signature of this key does not hold.
                Err(error)
                    if !(alone && (named || self.who == Who::All))
                        && error.code().exit_status() == 3 =>
                {
                    (
                        Verdict::Invalid,
                        vec![Step {
                            check: "signature",
                            passed: false,
                            detail: error.to_string(),
                        }],
                    )
                }
                other => other?,
            };
            let (verdict, rule, steps) = match (verdict, refusal) {
                (Verdict::Valid | Verdict::RefusedByPolicy, Some(refusal)) => {
                    let step = Step {
                        check: "policy",
                        passed: false,
                        detail: refusal.sentence,
                    };
                    (Verdict::RefusedByPolicy, Some(refusal.rule), vec![step])
                }
                (verdict, _) => (verdict, None, steps),
            };
            let (valid, refused) = (verdict.is_valid(), verdict == Verdict::RefusedByPolicy);
            signed[number] |= valid;
            // A signer that does not name this key, and does not hold under it, has another.
            if valid || refused || named || (alone && self.who == Who::All) {
                contradicted |= !valid && !refused;
                refused_by_policy |= refused;
                outcome.verdict = Some(verdict);
                outcome.rule = rule;
                outcome.key = Some(candidate.key.clone());
                candidate
                    .key
                    .algorithm()
                    .name()
                    .clone_into(&mut outcome.algorithm);
                outcome.scheme = scheme;
                outcome.subject.clone_from(&candidate.subject);
                outcome.steps = steps;
            }
        }
        for (outcome, info) in signers.iter_mut().zip(&self.data.signers) {
            if outcome.verdict.is_none() {
                outcome.algorithm = signature_id::name(info.algorithm_id()?.oid);
            }
        }
        let enough = match self.who {
            Who::All => signed.iter().all(|signed| *signed),
            Who::Version | Who::Holder => signed.contains(&true),
        };
        // A signer that is named by a certificate may have been any version that was tried.
        let unnamed = tried.iter().any(|number| {
            let identifier = &self.data.signers[*number].identifier;
            matches!(identifier, Identifier::IssuerAndSerial(_))
        });
        // One signature of a trusted key that does not hold spoils the others.
        let verdict = match (enough, contradicted) {
            (_, true) => Verdict::Invalid,
            (true, false) => Verdict::Valid,
            (false, false) if refused_by_policy => Verdict::RefusedByPolicy,
            (false, false) => match self.who {
                Who::All => Verdict::Invalid,
                Who::Version if unnamed => Verdict::Invalid,
                Who::Version => Verdict::UnknownVersion,
                Who::Holder => Verdict::Untrusted,
            },
        };
        let reason = reason(verdict, &signers, &self.candidates, &signed);
        Ok(Outcome {
            verdict,
            reason,
            signers,
        })
    }
}

/// How a key was used, where its algorithm leaves that open: the scheme of RSA, a hash function of
/// ECDSA that is not the row's.
fn scheme(algorithm: Algorithm, options: &VerifyOptions) -> Option<String> {
    let rsa = options.rsa_scheme.map(|scheme| scheme.name().to_owned());
    let other = options
        .ecdsa_hash
        .filter(|hash| *hash != own_hash(algorithm, None));
    rsa.or_else(|| other.map(|hash| format!("with {}", hash.name())))
}

/// The checks of one signer under one key (RFC 5652 section 5.6), which no policy refuses.
fn check(
    data: &SignedData,
    info: &SignerInfo,
    pair: Pair,
    key: &VerifyingKey,
    digests: &[(Hash, Vec<u8>)],
    taken: &[Representative],
    explain: bool,
) -> Result<(Verdict, Vec<Step>)> {
    let step = |check, passed, right: &str, wrong: &str| Step {
        check,
        passed,
        detail: if passed { right } else { wrong }.to_owned(),
    };
    let Some(attributes) = pair.attributes else {
        let taken = pair
            .intake
            .and_then(|number| taken.get(number))
            .ok_or_else(|| Error::internal("a signer whose content was not taken in"))?;
        let valid = key
            .verify_taken(taken, &info.signature, &pair.options)?
            .is_valid();
        let mut steps = vec![step(
            "signature of the content",
            valid,
            "it holds",
            "it does not hold: other content or another key, or an altered signature",
        )];
        if explain {
            steps.extend(key.explain_taken(taken, &info.signature, &pair.options)?.1);
        }
        return Ok((sign::verdict(valid), steps));
    };
    let digest = digests
        .iter()
        .find(|(hash, _)| *hash == pair.hash)
        .map(|(_, digest)| digest)
        .ok_or_else(|| Error::internal("a signer without a hash value"))?;
    let mut steps = vec![
        step(
            "content type",
            attributes.content_type == data.content_type,
            "the signed one is that of the content",
            "the signed attributes name another type than the message has",
        ),
        step(
            "message digest",
            attributes.message_digest == *digest,
            "the signed one is that of the content",
            "the content is not the one that was signed",
        ),
    ];
    let valid = key
        .verify_with(&attributes.set, &info.signature, &pair.options)?
        .is_valid();
    steps.push(step(
        "signature of the attributes",
        valid,
        "it holds",
        "it does not hold: another key, or altered attributes or signature",
    ));
    if explain {
        steps.extend(key.explain(&attributes.set, &info.signature, &pair.options)?);
    }
    Ok((sign::verdict(steps.iter().all(|step| step.passed)), steps))
}

fn reason(
    verdict: Verdict,
    signers: &[SignerOutcome],
    candidates: &[Candidate],
    signed: &[bool],
) -> String {
    let failed = signers
        .iter()
        .filter(|signer| signer.verdict == Some(verdict))
        .flat_map(|signer| &signer.steps)
        .find(|step| !step.passed);
    match (verdict, failed) {
        (Verdict::Valid, _) => match signers.len() {
            1 => "the signature holds".to_owned(),
            all => format!(
                "{} of {all} signatures are by trusted keys, and hold",
                signers
                    .iter()
                    .filter(|signer| signer.verdict == Some(Verdict::Valid))
                    .count()
            ),
        },
        (Verdict::UnknownVersion, _) => {
            "no version of the key that may verify has signed this message".to_owned()
        }
        (Verdict::Untrusted, _) => "none of the signers holds a trusted certificate".to_owned(),
        (_, Some(step)) => step.detail.clone(),
        (_, None) => {
            let missing = candidates.iter().zip(signed).find(|(_, signed)| !**signed);
            match missing {
                Some((candidate, _)) => format!(
                    "no signature by the {} key {}",
                    candidate.key.algorithm(),
                    PublicKey::Verifying(candidate.key.clone()).fingerprint()
                ),
                None => "no signature by a trusted key".to_owned(),
            }
        }
    }
}

impl SignerOutcome {
    /// What the message says of a signer, before anything is believed.
    fn unchecked(info: &SignerInfo, pair: Option<&Pair>) -> Self {
        let time = |attributes: &Attributes| attributes.signing_time;
        Self {
            name: info.identifier.to_string(),
            // Whoever is checked gets the name of the key, everybody else that of the message.
            algorithm: String::new(),
            scheme: None,
            key: None,
            subject: None,
            verdict: None,
            rule: None,
            signing_time: match pair {
                Some(pair) => pair.attributes.as_ref().and_then(time),
                None => info
                    .read_attributes()
                    .ok()
                    .flatten()
                    .as_ref()
                    .and_then(time),
            },
            steps: Vec::new(),
        }
    }
}
