//! One entry of the log: a line of JSON that has one encoding.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::keyring::name::{Actor, KeyName, Reason, is_words};
use crate::keyring::record::{Hex, V1, from_hex, is_encoding_of, to_hex};
use crate::time::Time;

/// The longest line, in bytes.
pub const MAX_LINE: usize = 8 * 1024;

/// The longest detail, in bytes.
const MAX_DETAIL: usize = 2000;

/// What was done.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The keyring was made.
    Init,
    /// A key was made, with its first version.
    KeyNew,
    /// A key was taken from a file.
    KeyImport,
    /// A private key has left the keyring without protection.
    KeyExport,
    /// A version was taken into use.
    Activate,
    /// A version was taken out of use for a while.
    Suspend,
    /// A version was taken into use again.
    Resume,
    /// The use of a version has ended.
    Deactivate,
    /// A key has got its next version.
    Rotate,
    /// A version is not trusted since some time.
    Compromise,
    /// A private key was destroyed.
    Destroy,
    /// Something was signed.
    Sign,
    /// A secret was opened.
    Open,
    /// A signature by a counterparty was seen for the first time.
    Seen,
    /// Somebody else unlocks the keyring.
    UnlockerAdd,
    /// Somebody unlocks it no more.
    UnlockerRemove,
    /// The state of the log was signed.
    Checkpoint,
    /// The keyring was copied.
    Backup,
    /// The keyring comes from a copy.
    Restore,
    /// A version has later history than the copy.
    RestoreVersion,
    /// Somebody stands by the copy.
    RestoreConfirm,
    /// The keyring has another witness.
    Witness,
    /// The latest recorded time was wrong.
    Clock,
}

impl Action {
    /// Every action.
    pub const ALL: &'static [Self] = &[
        Self::Init,
        Self::KeyNew,
        Self::KeyImport,
        Self::KeyExport,
        Self::Activate,
        Self::Suspend,
        Self::Resume,
        Self::Deactivate,
        Self::Rotate,
        Self::Compromise,
        Self::Destroy,
        Self::Sign,
        Self::Open,
        Self::Seen,
        Self::UnlockerAdd,
        Self::UnlockerRemove,
        Self::Checkpoint,
        Self::Backup,
        Self::Restore,
        Self::RestoreVersion,
        Self::RestoreConfirm,
        Self::Witness,
        Self::Clock,
    ];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::KeyNew => "key-new",
            Self::KeyImport => "key-import",
            Self::KeyExport => "key-export",
            Self::Activate => "activate",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Deactivate => "deactivate",
            Self::Rotate => "rotate",
            Self::Compromise => "compromise",
            Self::Destroy => "destroy",
            Self::Sign => "sign",
            Self::Open => "open",
            Self::Seen => "seen",
            Self::UnlockerAdd => "unlocker-add",
            Self::UnlockerRemove => "unlocker-remove",
            Self::Checkpoint => "checkpoint",
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::RestoreVersion => "restore-version",
            Self::RestoreConfirm => "restore-confirm",
            Self::Witness => "witness",
            Self::Clock => "clock",
        }
    }

    /// Whether it is about one version of a key.
    const fn is_about_a_version(self) -> bool {
        match self {
            Self::KeyNew
            | Self::KeyImport
            | Self::KeyExport
            | Self::Activate
            | Self::Suspend
            | Self::Resume
            | Self::Deactivate
            | Self::Rotate
            | Self::Compromise
            | Self::Destroy
            | Self::Sign
            | Self::Open
            | Self::Seen
            | Self::RestoreVersion => true,
            Self::Init
            | Self::UnlockerAdd
            | Self::UnlockerRemove
            | Self::Checkpoint
            | Self::Backup
            | Self::Restore
            | Self::RestoreConfirm
            | Self::Witness
            | Self::Clock => false,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An entry of the log. Nothing in it is a secret.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    v: V1,
    /// Its number, from 0 on.
    pub seq: u64,
    /// When.
    pub time: Time,
    /// Who.
    pub actor: Actor,
    /// What.
    #[serde(rename = "do")]
    pub action: Action,
    /// The key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyName>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The algorithm of the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// The fingerprint of the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Hex<32>>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What a signature went into, or `ciphertext`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// SHA-256 of what was signed or opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Hex<32>>,
    /// The context string of a signature, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Since when a version is not trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// The uses of the version, this one included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The hash of the policy in force, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The hash of the entry before; zeroes for the first.
    pub prev: Hex<32>,
}

impl Entry {
    /// An entry without a place in the log.
    pub(crate) const fn new(action: Action, time: Time, actor: Actor) -> Self {
        Self {
            v: V1,
            seq: 0,
            time,
            actor,
            action,
            key: None,
            version: None,
            algorithm: None,
            fingerprint: None,
            reason: None,
            format: None,
            digest: None,
            context: None,
            since: None,
            count: None,
            policy: None,
            detail: None,
            prev: Hex([0; 32]),
        }
    }

    pub(crate) fn key(mut self, key: &KeyName, version: u32) -> Self {
        self.key = Some(key.clone());
        self.version = Some(version);
        self
    }

    pub(crate) fn material(mut self, algorithm: &str, fingerprint: Hex<32>) -> Self {
        self.algorithm = Some(algorithm.to_owned());
        self.fingerprint = Some(fingerprint);
        self
    }

    pub(crate) fn reason(mut self, reason: Option<&Reason>) -> Self {
        self.reason = reason.cloned();
        self
    }

    pub(crate) fn signed(mut self, format: &str, digest: [u8; 32], context: &[u8]) -> Self {
        self.format = Some(format.to_owned());
        self.digest = Some(Hex(digest));
        self.context = (!context.is_empty()).then(|| to_hex(context));
        self
    }

    pub(crate) const fn since(mut self, since: Time) -> Self {
        self.since = Some(since);
        self
    }

    pub(crate) const fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    pub(crate) fn policy(mut self, hash: String) -> Self {
        self.policy = Some(hash);
        self
    }

    pub(crate) fn detail(mut self, detail: impl Into<Option<String>>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Whether it is about this version.
    pub(crate) fn names(&self, key: &KeyName, version: u32) -> bool {
        self.key.as_ref() == Some(key) && self.version == Some(version)
    }

    /// Whether it is about this content.
    pub(crate) fn is_of(&self, format: &str, digest: &[u8; 32], context: &[u8]) -> bool {
        self.format.as_deref() == Some(format)
            && self.digest == Some(Hex(*digest))
            && self.context.as_deref().unwrap_or_default() == to_hex(context)
    }

    /// The line of this entry at its place in the log.
    pub(crate) fn at(mut self, seq: u64, prev: [u8; 32]) -> Result<Vec<u8>> {
        self.seq = seq;
        self.prev = Hex(prev);
        match self.is_sound() {
            true => self.to_line(),
            false => Err(Error::internal(
                "an entry of the audit log that contradicts itself",
            )),
        }
    }

    /// The line, without its end.
    ///
    /// # Errors
    /// [`Code::Internal`](crate::Code::Internal) only.
    pub fn to_line(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self)
            .ok()
            .filter(|line| line.len() <= MAX_LINE)
            .ok_or_else(|| Error::internal("an entry of the audit log that cannot be written"))
    }

    /// Reads a line, without its end.
    ///
    /// # Errors
    /// [`Code::Malformed`](crate::Code::Malformed) for what is no entry, or is not in the one encoding of its entry.
    pub fn from_line(line: &[u8]) -> Result<Self> {
        let refused = |got: String| Error::malformed("entry of an audit log").got(got);
        if line.len() > MAX_LINE {
            return Err(refused(format!("{} bytes", line.len())));
        }
        let entry: Self =
            serde_json::from_slice(line).map_err(|error| refused(error.to_string()))?;
        if !entry.is_sound() {
            return Err(refused("fields that do not go together".to_owned()));
        }
        match is_encoding_of(&entry, line) {
            true => Ok(entry),
            false => Err(refused("another encoding than the one it has".to_owned())),
        }
    }

    /// Whether the fields are those of the action, and say what they may.
    fn is_sound(&self) -> bool {
        let hex = |text: &Option<String>, least: usize, most: usize| {
            text.as_ref().is_none_or(|text| {
                (2 * least..=2 * most).contains(&text.len()) && from_hex(text).is_some()
            })
        };
        let used = matches!(self.action, Action::Sign | Action::Open);
        let about_content = used || self.action == Action::Seen;
        self.key.is_some() == self.action.is_about_a_version()
            && self.version.is_some() == self.key.is_some()
            && self.version != Some(0)
            && self.format.is_some() == about_content
            && self.digest.is_some() == about_content
            && (self.context.is_none() || about_content)
            && (self.count.is_some() == used || self.action == Action::RestoreVersion)
            && (self.since.is_some() == (self.action == Action::Compromise)
                || self.action == Action::RestoreVersion)
            && self.algorithm.is_some() == self.fingerprint.is_some()
            && hex(&self.context, 1, 255)
            && hex(&self.policy, 32, 32)
            && self
                .algorithm
                .as_ref()
                .is_none_or(|text| is_words(text, 64))
            && self.format.as_ref().is_none_or(|text| {
                ["raw", "cms", "jws", "certificate", "ciphertext"].contains(&text.as_str())
            })
            && self
                .detail
                .as_ref()
                .is_none_or(|text| is_words(text, MAX_DETAIL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn entry() -> Entry {
        let time = "2026-11-24T08:00:00Z".parse().unwrap();
        Entry::new(Action::Sign, time, "uid 0 (root)".parse().unwrap())
            .key(&"payments/outgoing".parse().unwrap(), 3)
            .material("ML-DSA-65", Hex([1; 32]))
            .signed("raw", [2; 32], b"ctx")
            .count(7)
            .policy("ab".repeat(32))
    }

    #[test]
    fn a_line_says_it_all_and_has_one_encoding() {
        let line = entry().at(5, [3; 32]).unwrap();
        let text = String::from_utf8(line.clone()).unwrap();
        let (one, two, three) = ("01".repeat(32), "02".repeat(32), "03".repeat(32));
        assert_eq!(
            text,
            format!(
                r#"{{"v":1,"seq":5,"time":"2026-11-24T08:00:00Z","actor":"uid 0 (root)","do":"sign","key":"payments/outgoing","version":3,"algorithm":"ML-DSA-65","fingerprint":"{one}","format":"raw","digest":"{two}","context":"637478","count":7,"policy":"{}","prev":"{three}"}}"#,
                "ab".repeat(32)
            )
        );
        let read = Entry::from_line(&line).unwrap();
        assert_eq!((read.seq, read.to_line().unwrap()), (5, line));
        for (from, to) in [
            ("\"v\":1", "\"v\":2"),
            ("\"seq\":5", "\"seq\": 5"),
            ("\"seq\":5", "\"seq\":-5"),
            ("\"do\":\"sign\"", "\"do\":\"Sign\""),
            ("\"do\":\"sign\"", "\"do\":\"activate\""),
            ("\"version\":3", "\"version\":0"),
            (",\"version\":3", ""),
            (",\"count\":7", ""),
            ("\"count\":7", "\"count\":null"),
            ("\"format\":\"raw\"", "\"format\":\"rot\""),
            ("637478", "63747"),
            ("637478", ""),
            ("abab", "ABAB"),
            ("}", ",\"more\":1}"),
            ("}", "} "),
        ] {
            let altered = text.replacen(from, to, 1);
            assert_ne!(altered, text);
            assert!(Entry::from_line(altered.as_bytes()).is_err(), "{to}");
        }
    }

    #[test]
    fn every_action_has_its_name() {
        for action in Action::ALL {
            let json = serde_json::to_string(action).unwrap();
            assert_eq!(json, format!("{:?}", action.name()));
        }
    }

    #[test]
    fn what_contradicts_itself_is_not_written() {
        let bare = Entry::new(Action::Destroy, entry().time, entry().actor);
        assert_eq!(bare.at(0, [0; 32]).unwrap_err().code(), Code::Internal);
        let long = entry().detail("x".repeat(2001));
        assert!(long.at(0, [0; 32]).is_err());
    }
}
