//! What keys, people and labels are called.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, is_unprintable};

/// The name of a key: parts of letters, digits, `.`, `_` and `-` with single `/` between them, like
/// `payments/outgoing`.
///
/// ```
/// use chop::keyring::KeyName;
///
/// assert!("payments/outgoing".parse::<KeyName>().is_ok());
/// assert!("payments//outgoing".parse::<KeyName>().is_err());
/// assert!("../etc/passwd".parse::<KeyName>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct KeyName(String);

impl KeyName {
    /// The longest name, in bytes.
    pub const MAX: usize = 128;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a name may have this part: not empty, no step through folders, nothing that looks like an option.
fn is_part(part: &str) -> bool {
    !matches!(part, "" | "." | "..")
        && !part.starts_with('-')
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

impl FromStr for KeyName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for KeyName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        match text.len() <= Self::MAX && text.split('/').all(is_part) {
            true => Ok(Self(text)),
            false => Err(Error::usage("name of a key")
                .expected(format!(
                    "at most {} bytes: parts of letters, digits, `.`, `_` and `-`, with single `/` between them",
                    Self::MAX
                ))
                .got(format!("{text:?}"))),
        }
    }
}

impl From<KeyName> for String {
    fn from(name: KeyName) -> Self {
        name.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether a record may hold `text`: short enough, and nothing that moves a cursor or turns the writing.
pub(super) fn is_words(text: &str, max: usize) -> bool {
    text.len() <= max
        && match text.is_ascii() {
            true => text.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            false => !text.chars().any(is_unprintable),
        }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, $least:literal, $most:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The longest, in bytes.
            pub const MAX: usize = $most;

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                text.to_owned().try_into()
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self> {
                match text.len() >= $least && is_words(&text, $most) {
                    true => Ok(Self(text)),
                    false => Err(Error::usage($what)
                        .expected(concat!(stringify!($least), " to ", stringify!($most), " bytes of text on one line"))
                        .got(format!("{text:?}"))),
                }
            }
        }

        impl From<$name> for String {
            fn from(words: $name) -> Self {
                words.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

words!(
    /// Who acts, as the record calls them.
    Actor, "actor", 1, 128
);
words!(
    /// Why something was done, in the words of whoever did it.
    Reason, "reason", 1, 500
);

/// What somebody has written on a key: names and values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "BTreeMap<String, String>",
    into = "BTreeMap<String, String>"
)]
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    /// The most labels of a key.
    pub const MAX: usize = 32;
    /// The longest name of a label, in bytes.
    pub const MAX_NAME: usize = 64;
    /// The longest value of a label, in bytes.
    pub const MAX_VALUE: usize = 256;

    /// Names and values, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<BTreeMap<String, String>> for Labels {
    type Error = Error;

    fn try_from(labels: BTreeMap<String, String>) -> Result<Self> {
        let good = |(name, value): (&String, &String)| {
            name.len() <= Self::MAX_NAME && is_part(name) && is_words(value, Self::MAX_VALUE)
        };
        match labels.len() <= Self::MAX && labels.iter().all(good) {
            true => Ok(Self(labels)),
            false => Err(Error::usage("labels").expected(format!(
                "at most {}: names of up to {} letters, digits, `.`, `_` and `-`, values of up to {} bytes on one line",
                Self::MAX,
                Self::MAX_NAME,
                Self::MAX_VALUE
            ))),
        }
    }
}

impl From<Labels> for BTreeMap<String, String> {
    fn from(labels: Labels) -> Self {
        labels.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_paths_without_steps() {
        for good in [
            "a",
            "payments/outgoing",
            "A.b_c-9/1",
            "x/.hidden",
            &"n".repeat(128),
        ] {
            assert_eq!(good.parse::<KeyName>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "/",
            "a/",
            "/a",
            "a//b",
            ".",
            "..",
            "a/../b",
            "a/.",
            "-a",
            "a/-b",
            "a b",
            "a\n",
            "a\0",
            "ä",
            "a\\b",
            "a:b",
            &"n".repeat(129),
        ] {
            assert!(bad.parse::<KeyName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn words_stay_on_their_line() {
        assert!(
            "found on a stolen disk (中文 is fine)"
                .parse::<Reason>()
                .is_ok()
        );
        for bad in [
            "",
            "two\nlines",
            "\u{1b}[2J",
            "\u{202e}gpj",
            &"x".repeat(501),
        ] {
            assert!(bad.parse::<Reason>().is_err(), "{bad:?}");
        }
        assert!("uid 0 (root)".parse::<Actor>().is_ok());
    }

    #[test]
    fn labels_have_limits() {
        let labels = |pairs: &[(&str, &str)]| {
            let map: BTreeMap<String, String> = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            Labels::try_from(map)
        };
        assert!(labels(&[("department", "treasury"), ("note", "")]).is_ok());
        assert!(labels(&[("a/b", "")]).is_err());
        assert!(labels(&[("a", "\u{7}")]).is_err());
        assert!(labels(&[("a", &"x".repeat(257))]).is_err());
        let many: Vec<String> = (0..33).map(|number| number.to_string()).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "")).collect();
        assert!(labels(&many).is_err());
        assert!(labels(&many[..32]).is_ok());
    }
}
