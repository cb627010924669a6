//! What the records of a keyring say, and the one way to write each.
//!
//! Records are JSON, written by the order of the fields below. What does not come out the same when it is
//! written again is refused: a record has one encoding.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write;

use serde::de::{DeserializeOwned, Error as _, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::name::{Actor, KeyName, Labels, Reason, is_words};
use super::state::State;
use crate::algorithm::{Algorithm, Context, Kind};
use crate::error::{Code, Error, Result};
use crate::time::Time;

/// The longest record that is decoded, in bytes.
pub(super) const MAX: usize = 64 * 1024;

/// The most versions of a key.
pub const MAX_VERSIONS: u32 = 10_000;

/// The most contexts that a version may be bound to.
pub const MAX_CONTEXTS: usize = 32;

/// The longest path of a witness, in bytes.
pub(super) const MAX_WITNESS: usize = 1024;

/// The latest transitions that a version tells of; the audit log tells of all.
const HISTORY: usize = 32;

/// What a key is for.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Signing, and having its signatures verified.
    Sign,
    /// Receiving secrets, and opening them.
    Receive,
}

impl Purpose {
    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Receive => "receive",
        }
    }

    /// The kind of algorithm that serves it.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Sign => Kind::Signature,
            Self::Receive => Kind::Kem,
        }
    }

    /// What keys of this kind are for.
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Signature => Self::Sign,
            Kind::Kem => Self::Receive,
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The number of the format of a record: nothing but 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct V1;

impl Serialize for V1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_u8(1)
    }
}

impl<'de> Deserialize<'de> for V1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            1 => Ok(Self),
            other => Err(D::Error::custom(format!(
                "format 1 was expected, not {other}"
            ))),
        }
    }
}

/// Bytes of a fixed length, in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex<const N: usize>(pub [u8; N]);

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let digits = self.0.map(two_digits);
        serializer.serialize_str(&String::from_utf8_lossy(digits.as_flattened()))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        /// Reads the text where it stands: an audit log has millions of them.
        struct Text<const N: usize>;

        impl<const N: usize> Visitor<'_> for Text<N> {
            type Value = Hex<N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{N} bytes in hexadecimal")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Hex<N>, E> {
                let mut bytes = [0; N];
                match decode_hex(text, &mut bytes) {
                    Some(()) => Ok(Hex(bytes)),
                    None => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// A byte in lower-case hexadecimal.
fn two_digits(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)])
}

/// Lower-case hexadecimal.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.extend(two_digits(*byte).map(char::from));
    }
    text
}

/// The bytes of lower-case hexadecimal; `None` for anything else.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; text.len() / 2];
    decode_hex(text, &mut bytes)?;
    Some(bytes)
}

/// Fills `bytes` from lower-case hexadecimal of just that length.
fn decode_hex(text: &str, bytes: &mut [u8]) -> Option<()> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for ([high, low], byte) in pairs.iter().zip(bytes) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(())
}

/// Whether `bytes` are what `value` is written as, without writing it.
pub(super) fn is_encoding_of(value: &impl Serialize, bytes: &[u8]) -> bool {
    /// Takes what is expected next, and nothing else.
    struct Expected<'a>(&'a [u8]);

    impl Write for Expected<'_> {
        fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
            match self.0.strip_prefix(part) {
                Some(rest) => {
                    self.0 = rest;
                    Ok(part.len())
                }
                None => Err(std::io::ErrorKind::InvalidData.into()),
            }
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut expected = Expected(bytes);
    serde_json::to_writer(&mut expected, value).is_ok() && expected.0.is_empty()
}

/// Writes algorithms by their names.
mod named {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        algorithm: &Algorithm,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(algorithm.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Algorithm, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Algorithm::from_name(&text).map_err(D::Error::custom)
    }
}

/// Writes contexts in hexadecimal.
mod contexts {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        contexts: &[Context],
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_seq(contexts.iter().map(|context| to_hex(context.as_bytes())))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Vec<Context>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        if texts.len() > MAX_CONTEXTS {
            return Err(D::Error::custom("too many contexts"));
        }
        let read = |text: &String| Context::new(from_hex(text)?).ok();
        texts
            .iter()
            .map(|text| read(text).ok_or_else(|| D::Error::custom("no context string")))
            .collect()
    }
}

/// A key: a name, and what all its versions have in common.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub(super) v: V1,
    /// The name.
    pub name: KeyName,
    /// What it is for.
    pub purpose: Purpose,
    /// Whether it is a counterparty's: then it has public keys alone.
    pub peer: bool,
    /// What somebody has written on it.
    pub labels: Labels,
    /// The version that signs, or is encrypted to.
    pub current: u32,
    /// How many versions there are, from 1 on.
    pub versions: u32,
    /// When it was made.
    pub created: Time,
    /// By whom.
    pub creator: Actor,
}

/// Since when a version is not trusted.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compromise {
    /// The first moment at which somebody else may have had it.
    pub since: Time,
    /// When that was recorded.
    pub recorded: Time,
    /// By whom.
    pub actor: Actor,
    /// How it came to be known.
    pub reason: Reason,
}

/// A step from one state to another.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// When.
    pub time: Time,
    /// By whom.
    pub actor: Actor,
    /// The state before; none for a new version.
    pub from: Option<State>,
    /// The state after.
    pub to: State,
    /// Why, if somebody has said it.
    pub reason: Option<Reason>,
}

/// What limits the use of a version.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The first moment at which it may be used at all.
    pub not_before: Time,
    /// The first moment at which it signs, or is encrypted to, no more.
    pub sign_until: Option<Time>,
    /// The first moment at which it verifies, or opens, no more.
    pub verify_until: Option<Time>,
    /// How often the private key may be used.
    pub max_uses: Option<u64>,
    /// The context strings that its signatures may have; empty for all.
    #[serde(with = "contexts")]
    pub contexts: Vec<Context>,
}

/// A version of a key: one key pair.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    pub(super) v: V1,
    /// The key.
    pub key: KeyName,
    /// Its number, from 1 on.
    pub version: u32,
    /// The algorithm.
    #[serde(with = "named")]
    pub algorithm: Algorithm,
    /// SHA-256 over the DER SubjectPublicKeyInfo.
    pub fingerprint: Hex<32>,
    /// The state.
    pub state: State,
    /// When it was made.
    pub created: Time,
    /// By whom.
    pub creator: Actor,
    /// Windows, quota and contexts.
    pub limits: Limits,
    /// How often the private key was used.
    pub uses: u64,
    /// Whether its private key has left the keyring without protection.
    pub exported: bool,
    /// Since when it is not trusted, whatever its state is.
    pub compromised: Option<Compromise>,
    /// The latest steps; the audit log has all.
    pub history: VecDeque<Transition>,
}

/// When a signature by a counterparty was seen first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seen {
    pub(super) v: V1,
    pub(super) key: KeyName,
    pub(super) version: u32,
    pub(super) time: Time,
}

/// That a keyring comes from a backup, and nobody has confirmed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Restored {
    /// How far the keyring had come when the backup was made.
    pub(super) epoch: u64,
    /// The entries of its audit log.
    pub(super) entries: u64,
    pub(super) time: Time,
}

/// What vouches for everything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) v: V1,
    pub(super) keyring: Hex<16>,
    pub(super) created: Time,
    /// The number of writes.
    pub(super) epoch: u64,
    /// The root of the index.
    pub(super) root: Hex<32>,
    /// The entries of the audit log.
    pub(super) entries: u64,
    /// Its complete subtrees, the largest first.
    pub(super) frontier: Vec<Hex<32>>,
    /// The leaf hash of its last entry.
    pub(super) prev: Hex<32>,
    /// The latest time that was recorded.
    pub(super) last: Time,
    pub(super) witness: Option<String>,
    pub(super) restored: Option<Restored>,
}

/// A record with its one encoding.
pub(super) trait Record: Serialize + DeserializeOwned {
    /// What messages call it.
    const WHAT: &'static str;

    /// Whether its fields agree.
    fn is_sound(&self) -> bool {
        true
    }

    fn encode(&self) -> Result<Vec<u8>> {
        if !self.is_sound() {
            return Err(Error::internal(format!(
                "{} record that contradicts itself",
                Self::WHAT
            )));
        }
        serde_json::to_vec(self)
            .ok()
            .filter(|bytes| bytes.len() <= MAX)
            .ok_or_else(|| Error::internal(format!("{} record that cannot be written", Self::WHAT)))
    }

    /// # Errors
    /// [`Code::Integrity`]: what a keyring has written decodes.
    fn decode(bytes: &[u8]) -> Result<Self> {
        let refused =
            |got: String| Error::new(Code::Integrity, format!("{} record", Self::WHAT)).got(got);
        if bytes.len() > MAX {
            return Err(refused("longer than any".to_owned()));
        }
        let record: Self =
            serde_json::from_slice(bytes).map_err(|error| refused(error.to_string()))?;
        match (record.is_sound(), is_encoding_of(&record, bytes)) {
            (true, true) => Ok(record),
            (true, false) => Err(refused("not in its one encoding".to_owned())),
            (false, _) => Err(refused("it contradicts itself".to_owned())),
        }
    }
}

impl Record for Key {
    const WHAT: &'static str = "key";

    fn is_sound(&self) -> bool {
        1 <= self.current && self.current <= self.versions && self.versions <= MAX_VERSIONS
    }
}

impl Limits {
    /// Whether the windows follow each other.
    pub(super) fn is_sound(&self) -> bool {
        let ordered = |earlier: Option<Time>, later: Option<Time>| match (earlier, later) {
            (Some(earlier), Some(later)) => earlier <= later,
            _ => true,
        };
        ordered(Some(self.not_before), self.sign_until)
            && ordered(Some(self.not_before), self.verify_until)
            && ordered(self.sign_until, self.verify_until)
            && self.contexts.len() <= MAX_CONTEXTS
            && self
                .contexts
                .is_sorted_by(|one, next| one.as_bytes() < next.as_bytes())
    }
}

impl Record for Version {
    const WHAT: &'static str = "version";

    fn is_sound(&self) -> bool {
        self.limits.is_sound()
            && (1..=MAX_VERSIONS).contains(&self.version)
            && self.limits.max_uses.is_none_or(|most| self.uses <= most)
            && (self.state != State::Compromised || self.compromised.is_some())
            && self.history.len() <= HISTORY
    }
}

impl Record for Seen {
    const WHAT: &'static str = "first-seen";
}

impl Record for Head {
    const WHAT: &'static str = "head";

    fn is_sound(&self) -> bool {
        self.frontier.len() == self.entries.count_ones() as usize
            && self
                .witness
                .as_deref()
                .is_none_or(|path| path.starts_with('/') && is_words(path, MAX_WITNESS))
    }
}

impl Version {
    /// Goes to the state `to`.
    pub(super) fn step(&mut self, to: State, time: Time, actor: &Actor, reason: Option<&Reason>) {
        while self.history.len() >= HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(Transition {
            time,
            actor: actor.clone(),
            from: Some(self.state),
            to,
            reason: reason.cloned(),
        });
        self.state = to;
    }

    /// The key of the records of this version.
    pub(super) fn record_key(&self) -> Vec<u8> {
        version_key(&self.key, self.version)
    }

    /// What the sealed private key belongs to, for ever.
    pub(super) fn identity(&self, keyring: &Hex<16>) -> Vec<u8> {
        identity(
            keyring,
            self.key.as_str(),
            self.version,
            self.algorithm,
            &self.fingerprint,
        )
    }
}

/// What a sealed private key is bound to: nothing of it ever changes.
pub(super) fn identity(
    keyring: &Hex<16>,
    key: &str,
    version: u32,
    algorithm: Algorithm,
    fingerprint: &Hex<32>,
) -> Vec<u8> {
    format!(
        "{keyring}\n{key}\n{version}\n{}\n{fingerprint}",
        algorithm.name()
    )
    .into_bytes()
}

/// The key of the records of one version: no name has a NUL in it.
pub(super) fn version_key(name: &KeyName, version: u32) -> Vec<u8> {
    [name.as_str().as_bytes(), &[0], &version.to_be_bytes()].concat()
}

/// The key of the records of the audit key: no name is empty.
pub(super) const AUDIT_KEY: &[u8] = b"\0audit";

/// How messages call the record under a key. One that is not ours may be as long as somebody likes.
pub(super) fn readable(key: &[u8]) -> String {
    const SHOWN: usize = 64;
    match key.iter().position(|byte| *byte == 0) {
        _ if key == AUDIT_KEY => "of the audit key".to_owned(),
        Some(end) if key.len() == end + 5 && end <= KeyName::MAX => {
            let number = key[end + 1..]
                .iter()
                .fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
            format!(
                "{} version {number}",
                String::from_utf8_lossy(&key[..end]).escape_debug()
            )
        }
        None if key.is_ascii() && (1..=KeyName::MAX).contains(&key.len()) => {
            String::from_utf8_lossy(key).escape_debug().to_string()
        }
        _ => match key.split_at_checked(SHOWN) {
            Some((start, rest)) if !rest.is_empty() => {
                format!("{} and {} bytes more", to_hex(start), rest.len())
            }
            _ => to_hex(key),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    fn version() -> Version {
        Version {
            v: V1,
            key: "payments/outgoing".parse().unwrap(),
            version: 2,
            algorithm: Algorithm::MlDsa65,
            fingerprint: Hex([7; 32]),
            state: State::Active,
            created: time("2026-11-24T08:00:00Z"),
            creator: "uid 0 (root)".parse().unwrap(),
            limits: Limits {
                not_before: time("2026-11-24T08:00:00Z"),
                sign_until: Some(time("2027-11-24T08:00:00Z")),
                verify_until: None,
                max_uses: Some(10),
                contexts: vec![Context::empty(), Context::new(b"a").unwrap()],
            },
            uses: 3,
            exported: false,
            compromised: None,
            history: VecDeque::new(),
        }
    }

    #[test]
    fn a_record_has_one_encoding() {
        let mut version = version();
        version.step(
            State::Suspended,
            time("2026-12-01T00:00:00Z"),
            &version.creator.clone(),
            Some(&"laptop not found".parse().unwrap()),
        );
        let bytes = version.encode().unwrap();
        assert_eq!(Version::decode(&bytes).unwrap(), version);
        let text = String::from_utf8(bytes).unwrap();
        for (from, to) in [
            ("\"v\":1", "\"v\":2"),
            ("\"v\":1", "\"v\": 1"),
            ("\"v\":1,", "\"v\":1,\"v\":1,"),
            ("\"uses\":3", "\"uses\":3.0"),
            ("\"uses\":3", "\"uses\":03"),
            ("\"uses\":3", "\"uses\":11"),
            ("\"uses\":3", "\"uses\":-1"),
            ("\"uses\":3", "\"unknown\":1,\"uses\":3"),
            ("07070707", "0707070G"),
            ("\"state\":\"suspended\"", "\"state\":\"Suspended\""),
            ("\"state\":\"suspended\"", "\"state\":\"compromised\""),
            ("ML-DSA-65", "ML-DSA-66"),
            ("2027-11-24T08:00:00Z", "2025-11-24T08:00:00Z"),
            ("2027-11-24T08:00:00Z", "2027-11-24T08:00:00+00:00"),
            ("payments/outgoing", "payments//outgoing"),
            ("\"61\"", "\"6A\""),
        ] {
            let altered = text.replacen(from, to, 1);
            assert_ne!(altered, text, "{from}");
            let error = Version::decode(altered.as_bytes()).unwrap_err();
            assert_eq!(error.code(), Code::Integrity, "{to}");
        }
        assert!(Version::decode(format!("{text}\n").as_bytes()).is_err());
    }

    #[test]
    fn history_keeps_the_latest() {
        let mut version = version();
        let actor = version.creator.clone();
        for minute in 0..60 {
            let at = format!("2026-12-01T00:{minute:02}:00Z");
            let to = if minute % 2 == 0 {
                State::Suspended
            } else {
                State::Active
            };
            version.step(to, time(&at), &actor, None);
        }
        assert_eq!(version.history.len(), HISTORY);
        assert_eq!(
            version.history.back().unwrap().time,
            time("2026-12-01T00:59:00Z")
        );
        assert_eq!(version.state, State::Active);
    }

    #[test]
    fn records_are_called_by_what_they_are() {
        let name: KeyName = "a/b".parse().unwrap();
        assert_eq!(readable(&version_key(&name, 258)), "a/b version 258");
        assert_eq!(readable(b"a/b"), "a/b");
        assert_eq!(readable(AUDIT_KEY), "of the audit key");
        assert_eq!(readable(&[0, 0, 0, 1]), "00000001");
        for byte in [0, b'a', 0xff] {
            assert!(readable(&[byte; 1 << 20]).ends_with(" and 1048512 bytes more"));
        }
    }

    #[test]
    fn hexadecimal_is_lower_case_and_whole() {
        assert_eq!(from_hex("00ff").unwrap(), [0, 255]);
        for bad in ["0", "0g", "FF", " 0", "é"] {
            assert_eq!(from_hex(bad), None, "{bad}");
        }
    }
}
