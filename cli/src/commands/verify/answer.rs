//! The answer about one file, in words and in JSON.

use chop::explain::Step;
use chop::keyring::Judgement;
use chop::{Algorithm, Time, Verdict};
use serde_json::{Value, json};

use crate::commands::legacy_mark;
use crate::report::one_line;

/// The answer about one file.
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) file: String,
    pub(super) key: Option<String>,
    pub(super) reason: Option<String>,
    /// The rule of the policy that refuses.
    pub(super) rule: Option<String>,
    /// What the policy has to say about what it allows.
    pub(super) warnings: Vec<String>,
    pub(super) signers: Vec<SignerAnswer>,
    pub(super) explain: bool,
    /// What a JWS calls its key: a name, nothing more.
    pub(super) kid: Option<String>,
    /// Whether the content was inside the signature.
    pub(super) inside: bool,
    /// What the signer may have done otherwise.
    pub(super) hint: Option<&'static str>,
    /// What was inside, once it is good.
    pub(super) content: Option<Vec<u8>>,
    /// Of a key of the keyring, the version that signed.
    pub(super) version: Option<u32>,
    /// Since when the keyring knows the signature.
    pub(super) proven: Option<Time>,
}

pub(super) struct SignerAnswer {
    pub(super) name: Option<String>,
    pub(super) algorithm: String,
    pub(super) scheme: Option<String>,
    pub(super) fingerprint: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) verdict: Option<Verdict>,
    pub(super) claimed: Option<String>,
    pub(super) steps: Vec<Step>,
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
    /// Whether one of the signers used an algorithm that is read only.
    pub(super) fn is_legacy(&self) -> bool {
        self.signers.iter().any(SignerAnswer::is_legacy)
    }

    /// Takes over what the keyring says about a signature that holds.
    pub(super) fn judged(&mut self, version: u32, judged: Judgement) {
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

    pub(super) fn as_text(&self) -> String {
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

    pub(super) fn as_json(&self) -> Value {
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
            "legacy": self.is_legacy(),
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
