//! The kinds of values that a policy has.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::read::{MAX_HARM, MAX_LIST, MAX_NAME, Zone, check_counterparty};
use super::rule::{Algorithms, Use};
use crate::algorithm::{Algorithm, Class, Context};
use crate::error::Result;
use crate::nearest::nearest;
use crate::time::Time;

/// What was wrong with a value.
pub(super) struct Wrong {
    pub(super) expected: String,
    pub(super) got: String,
    /// Where, if it was a part of the value.
    pub(super) place: Option<usize>,
}

fn wrong<T>(expected: impl Into<String>, got: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong {
        expected: expected.into(),
        got: got.into(),
        place: None,
    })
}

/// A value where it stands.
pub(super) type Value<'v> = &'v Spanned<DeValue<'v>>;

fn is_no(value: Value<'_>, expected: &str) -> Wrong {
    Wrong {
        expected: expected.to_owned(),
        got: match value.get_ref() {
            DeValue::String(text) => format!("{text:?}"),
            other => other.type_str().to_owned(),
        },
        place: None,
    }
}

fn text(value: Value<'_>) -> Result<&str, Wrong> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text),
        _ => Err(is_no(value, "a string")),
    }
}

pub(super) fn boolean(value: Value<'_>) -> Result<bool, Wrong> {
    match value.get_ref() {
        DeValue::Boolean(value) => Ok(*value),
        _ => Err(is_no(value, "true or false")),
    }
}

/// A demand that is made by being there.
pub(super) fn yes(value: Value<'_>) -> Result<(), Wrong> {
    match value.get_ref() {
        DeValue::Boolean(true) => Ok(()),
        DeValue::Boolean(false) => wrong("true, or a rule without this word", "false"),
        _ => Err(is_no(value, "true")),
    }
}

pub(super) fn integer(value: Value<'_>) -> Result<i64, Wrong> {
    match value.get_ref() {
        DeValue::Integer(value) => i64::from_str_radix(value.as_str(), value.radix())
            .or_else(|_| wrong("a small number", value.as_str())),
        _ => Err(is_no(value, "a number")),
    }
}

pub(super) fn number(value: Value<'_>, range: Range<i64>) -> Result<i64, Wrong> {
    let number = integer(value)?;
    match range.contains(&number) {
        true => Ok(number),
        false => wrong(
            format!("{} to {}", range.start, range.end - 1),
            number.to_string(),
        ),
    }
}

/// Letters that stand in a sentence and in JSON without quotes.
pub(super) fn name(value: Value<'_>) -> Result<String, Wrong> {
    let text = text(value)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(plain) {
        true => Ok(text.to_owned()),
        false => wrong(
            format!("1 to {MAX_NAME} letters, digits, '-', '_' or '.'"),
            format!("{text:?}"),
        ),
    }
}

pub(super) fn sentence(value: Value<'_>) -> Result<String, Wrong> {
    let text = text(value)?.trim();
    let plain = |c: char| !c.is_control();
    match !text.is_empty() && text.len() <= MAX_HARM && text.chars().all(plain) {
        true => Ok(text.to_owned()),
        false => wrong(
            format!("a sentence of 1 to {MAX_HARM} bytes in one line"),
            format!("{text:?}"),
        ),
    }
}

pub(super) fn counterparty(value: Value<'_>) -> Result<String, Wrong> {
    let text = text(value)?;
    match check_counterparty(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(expected) => wrong(expected, format!("{text:?}")),
    }
}

pub(super) fn zone(value: Value<'_>) -> Result<Zone, Wrong> {
    let text = text(value)?;
    Zone::from_name(text).map_or_else(
        || {
            wrong(
                "\"Z\", or a difference to UTC like \"+08:00\"",
                format!("{text:?}"),
            )
        },
        Ok,
    )
}

pub(super) fn moment(value: Value<'_>, zone: Zone) -> Result<Time, Wrong> {
    match value.get_ref() {
        DeValue::Datetime(written) => zone
            .moment(*written)
            .or_else(|expected| wrong(expected, written.to_string())),
        _ => Err(is_no(value, "a date without quotes, like 2027-01-01")),
    }
}

pub(super) fn purpose(value: Value<'_>) -> Result<Use, Wrong> {
    let text = text(value)?;
    Use::from_name(text).or_else(|_| {
        let names = || Use::ALL.iter().map(|purpose| purpose.name());
        let all: Vec<_> = names().collect();
        let all = all.join(", ");
        match nearest(text, names()) {
            Some(near) => wrong(format!("{near} (or another of {all})"), format!("{text:?}")),
            None => wrong(format!("one of {all}"), format!("{text:?}")),
        }
    })
}

pub(super) fn algorithm(value: Value<'_>) -> Result<Algorithm, Wrong> {
    let text = text(value)?;
    Algorithm::from_name(text).or_else(|error| {
        wrong(
            error.expectation().unwrap_or("the name of an algorithm"),
            format!("{text:?}"),
        )
    })
}

/// A set of algorithms, and the words for it.
pub(super) fn algorithms(value: Value<'_>) -> Result<(Algorithms, Vec<String>), Wrong> {
    let words = list(value, |value| {
        let text = text(value)?;
        if let Some(set) = Algorithms::of_word(text) {
            return Ok((set, text.to_owned()));
        }
        let rows = Algorithm::ALL.iter().map(|row| row.name());
        let classes = Class::ALL.iter().map(|class| class.name());
        let near = nearest(text, rows.chain(classes));
        let near = near.map_or(String::new(), |near| format!("{near}, or "));
        wrong(
            format!(
                "{near}a name of `chop algorithms`, the start of some and a star, or one of classical, hybrid, post-quantum, legacy"
            ),
            format!("{text:?}"),
        )
    })?;
    let set = words
        .iter()
        .fold(Algorithms::default(), |all, (set, _)| all.or(*set));
    Ok((set, words.into_iter().map(|(_, word)| word).collect()))
}

/// A context: text, or `hex:` and digits.
pub(super) fn context(value: Value<'_>) -> Result<Context, Wrong> {
    let text = text(value)?;
    let bytes = match text.strip_prefix("hex:") {
        None => Some(text.as_bytes().to_vec()),
        Some(digits) => base16(digits),
    };
    match bytes.map(Context::new) {
        Some(Ok(context)) => Ok(context),
        _ => wrong(
            format!("text of at most {} bytes, or hex: and digits", Context::MAX),
            format!("{text:?}"),
        ),
    }
}

/// A list that holds something.
pub(super) fn list<T>(
    value: Value<'_>,
    read: impl Fn(Value<'_>) -> Result<T, Wrong>,
) -> Result<Vec<T>, Wrong> {
    let DeValue::Array(elements) = value.get_ref() else {
        return Err(is_no(value, "a list in square brackets"));
    };
    if elements.is_empty() || elements.len() > MAX_LIST {
        return wrong(
            format!("a list of 1 to {MAX_LIST}"),
            format!("{}", elements.len()),
        );
    }
    elements
        .iter()
        .map(|element| {
            read(element).map_err(|wrong| Wrong {
                place: wrong.place.or(Some(element.span().start)),
                ..wrong
            })
        })
        .collect()
}

fn base16(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| {
        let text = std::str::from_utf8(pair)
            .ok()
            .filter(|text| text.len() == 2)?;
        u8::from_str_radix(text, 16)
            .ok()
            .filter(|_| text.bytes().all(|byte| byte.is_ascii_hexdigit()))
    });
    pairs.collect()
}
