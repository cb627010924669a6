//! The protected header (RFC 7515 section 4): a JSON object in which every member stands once.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::MAX_HEADER;
use crate::error::{Code, Error, Result};

/// The members that RFC 7515 section 4.1 defines, which `crit` must not name (section 4.1.11).
const REGISTERED: [&str; 11] = [
    "alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit",
];

/// What a header says that matters here. `typ` and `cty` are for applications; keys and certificates
/// are ignored, because whom to believe is not for the message to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) kid: Option<String>,
    /// Whether the payload was signed in base64url (RFC 7797 section 3).
    pub(super) b64: bool,
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// [`Code::Malformed`]; [`Code::Unsupported`] for a critical extension other than `b64`.
    pub(super) fn read(json: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(json).map_err(|error| {
            Error::malformed("JWS header")
                .expected("UTF-8")
                .got(format!("something else from byte {}", error.valid_up_to()))
        })?;
        let members = Members::read(text)?;
        let alg = members.string("alg")?.ok_or_else(|| {
            member("alg")
                .expected("the name of an algorithm")
                .got("no such member")
        })?;
        Ok(Self {
            alg: alg.to_owned(),
            kid: members.string("kid")?.map(str::to_owned),
            b64: members.b64()?,
        })
    }
}

/// The JSON of a header that we write.
///
/// # Errors
/// [`Code::Usage`] above [`MAX_HEADER`].
pub(super) fn write(alg: &str, kid: &str) -> Result<String> {
    let json = format!(r#"{{"alg":"{alg}","kid":{}}}"#, Value::from(kid));
    if json.len() > MAX_HEADER {
        return Err(Error::usage("JWS header with this `kid`")
            .expected(format!("at most {MAX_HEADER} bytes"))
            .got(format!("{} bytes", json.len())));
    }
    Ok(json)
}

/// Every member, in the order of the header.
struct Members(Vec<(String, Value)>);

impl Members {
    fn read(text: &str) -> Result<Self> {
        let members: Self = serde_json::from_str(text).map_err(|error| {
            Error::malformed("JWS header")
                .expected("a JSON object")
                .got(format!("{:?} error", error.classify()).to_lowercase())
                .at(format!("line {} column {}", error.line(), error.column()))
        })?;
        let mut seen = BTreeSet::new();
        for (name, _) in &members.0 {
            if !seen.insert(name) {
                return Err(Error::malformed("JWS header")
                    .expected("each member once")
                    .got(format!("`{}` twice", name.escape_debug())));
            }
        }
        Ok(members)
    }

    fn get(&self, name: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value)
    }

    fn string(&self, name: &str) -> Result<Option<&str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(member(name).expected("a string").got(kind(other))),
        }
    }

    /// Whether the payload is in base64url. `b64` counts only if `crit` names it: a reader that does
    /// not know it must not take one payload for another (RFC 7797 section 6).
    fn b64(&self) -> Result<bool> {
        let critical = self.is_b64_critical()?;
        match self.get("b64") {
            None => Ok(true),
            Some(Value::Bool(_)) if !critical => {
                Err(member("b64").expected("a `crit` that names it").got("none"))
            }
            Some(Value::Bool(encoded)) => Ok(*encoded),
            Some(other) => Err(member("b64").expected("true or false").got(kind(other))),
        }
    }

    /// Checks `crit` (RFC 7515 section 4.1.11), and says whether it names `b64`.
    fn is_b64_critical(&self) -> Result<bool> {
        let Some(value) = self.get("crit") else {
            return Ok(false);
        };
        let bad = || member("crit").expected("a list of names of extensions, each once");
        let names: Vec<&str> = match value {
            Value::Array(names) if names.is_empty() => return Err(bad().got("an empty list")),
            Value::Array(names) => names
                .iter()
                .map(|name| name.as_str().ok_or_else(|| bad().got(kind(name))))
                .collect::<Result<_>>()?,
            other => return Err(bad().got(kind(other))),
        };
        for (i, name) in names.iter().enumerate() {
            if REGISTERED.contains(name) {
                return Err(bad().got(format!("`{name}`, which RFC 7515 itself defines")));
            }
            if *name != "b64" {
                return Err(Error::new(Code::Unsupported, "critical JWS header member")
                    .expected("b64")
                    .got(name.escape_debug().to_string()));
            }
            if names[..i].contains(name) {
                return Err(bad().got(format!("`{name}` twice")));
            }
            if self.get(name).is_none() {
                return Err(member(name)
                    .expected("a value, because `crit` names it")
                    .got("no such member"));
            }
        }
        Ok(true)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

fn member(name: &str) -> Error {
    Error::malformed(format!("JWS header member `{name}`"))
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
