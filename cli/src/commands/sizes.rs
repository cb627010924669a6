//! `chop algorithms --sizes`: what keys, certificates and signatures cost in each format.

use std::fmt::Write;

use chop::algorithm::{Algorithm, Kind, Size};
use chop::{Certificate, Code, Error, Result, SignOptions, Time, cms, encoding, jws};
use serde_json::{Map, Value, json};

use super::algorithms::size as size_json;
use crate::args::SignatureFormat::{self, Cms, Jws, Raw};
use crate::report::Report;

/// Whose the certificates of the table are.
const SUBJECT: &str = "CN=Payments";

pub(super) fn run(format: Option<SignatureFormat>, report: &Report) -> Result<u8> {
    let formats = match format {
        Some(format) => vec![format],
        None => vec![Cms, Raw, Jws],
    };
    match report.is_json() {
        true => {
            let rows: Result<Vec<Value>> = Algorithm::CURRENT
                .iter()
                .map(|algorithm| row(*algorithm, &formats))
                .collect();
            report.json(json!({ "sizes": rows? }))?;
        }
        false => report.result(&text(&formats)?)?,
    }
    Ok(0)
}

/// What an algorithm costs in a format; `None` for what the format does not have.
struct Costs {
    public_key: Option<Size>,
    private_key: Option<Size>,
    certificate: Option<Size>,
    /// The signature or the KEM ciphertext.
    output: Option<Size>,
}

impl Costs {
    fn of(algorithm: Algorithm, format: SignatureFormat) -> Result<Self> {
        let info = algorithm.info();
        let [form, ..] = info.forms() else {
            return Err(failed("an algorithm without a private key"));
        };
        Ok(match format {
            Cms => {
                // Every time before 2050 has the same length.
                let time = Time::from_unix_seconds(0)?;
                let options = cms::Options {
                    signing_time: Some(time),
                    ..cms::Options::default()
                };
                Self {
                    public_key: Some(encoding::spki_size(algorithm)),
                    private_key: Some(encoding::pkcs8_size(algorithm, *form)?),
                    certificate: if_any(Certificate::self_signed_size(
                        algorithm,
                        SUBJECT,
                        time..=time.plus_days(365)?,
                        &SignOptions::default(),
                    ))?,
                    output: if_any(cms::signature_size(algorithm, &options, 0, None))?,
                }
            }
            Raw => Self {
                public_key: Some(info.public_key),
                private_key: info.seed.map(Size::Exact).or(info.expanded),
                certificate: None,
                output: Some(info.output),
            },
            Jws => Self {
                public_key: if_any(encoding::jwk_size(algorithm))?,
                private_key: if_any(encoding::private_jwk_size(algorithm))?,
                certificate: None,
                output: if_any(jws::signature_size(algorithm, &jws::Options::default()))?,
            },
        })
    }

    fn columns(&self, format: SignatureFormat) -> Vec<Option<Size>> {
        let mut columns = vec![self.public_key, self.private_key];
        if format == Cms {
            columns.push(self.certificate);
        }
        columns.push(self.output);
        columns
    }
}

/// The size of what exists, nothing of what the algorithm does not have.
fn if_any(size: Result<Size>) -> Result<Option<Size>> {
    match size {
        Ok(size) => Ok(Some(size)),
        Err(error) if matches!(error.code(), Code::Usage | Code::WrongKind) => Ok(None),
        Err(error) => Err(error),
    }
}

fn failed(why: &str) -> Error {
    Error::new(Code::Internal, why)
}

fn text(formats: &[SignatureFormat]) -> Result<String> {
    let mut text = String::new();
    for format in formats {
        table(&mut text, *format)?;
        text.push('\n');
    }
    text.push_str("Sizes in bytes; <= where DER varies. Base64 is one line with padding.\n");
    for format in formats {
        text.push_str(match format {
            Cms => {
                "CMS: SubjectPublicKeyInfo, PKCS#8 in its default form, a certificate of CN=Payments that its own key\n\
                 signed, and a detached signature with signed attributes; with times before 2050. A certificate or content\n\
                 in the message (--certificate, --attached) comes on top, with up to 30 bytes around it.\n"
            }
            Raw => {
                "Raw: the bytes of the standard, the private key in its default form. Output: the signature or KEM\n\
                 ciphertext.\n"
            }
            Jws => {
                "JWS: the keys as JWK, and a detached signature that names the key by its fingerprint, without the end of\n\
                 its line. All of that is text already. Algorithms that are not listed have none of it.\n"
            }
        });
    }
    text.push_str("RSA signs with RSASSA-PSS-SHA256 here.\n");
    Ok(text)
}

fn table(text: &mut String, format: SignatureFormat) -> Result<()> {
    let broken = |_| failed("the table does not format");
    let (title, names, in_base64): (&str, &[&str], bool) = match format {
        Cms => (
            "CMS, in DER",
            &["public key", "private key", "certificate", "signature"],
            true,
        ),
        Raw => ("raw", &["public key", "private key", "output"], true),
        Jws => ("JWS", &["public key", "private key", "signature"], false),
    };
    let names_of_rows = Algorithm::CURRENT.iter().map(|one| one.name().len());
    let width = names_of_rows.max().unwrap_or_default();
    write!(text, "{title:<width$}").map_err(broken)?;
    for name in names {
        let wide = if in_base64 { 16 } else { 12 };
        write!(text, " {name:>wide$}").map_err(broken)?;
    }
    write!(text, "\n{:<width$}", "algorithm").map_err(broken)?;
    for _ in names {
        match in_base64 {
            true => write!(text, " {:>8} {:>7}", "bytes", "base64"),
            false => write!(text, " {:>12}", "bytes"),
        }
        .map_err(broken)?;
    }
    text.push('\n');
    for algorithm in Algorithm::CURRENT {
        let columns = Costs::of(*algorithm, format)?.columns(format);
        if columns.iter().all(Option::is_none) {
            continue;
        }
        write!(text, "{algorithm:<width$}").map_err(broken)?;
        let cell = |size: Option<Size>| size.map_or("-".to_owned(), |size| size.to_string());
        for size in columns {
            match in_base64 {
                true => {
                    let base64 = cell(size.map(Size::base64));
                    write!(text, " {:>8} {base64:>7}", cell(size))
                }
                false => write!(text, " {:>12}", cell(size)),
            }
            .map_err(broken)?;
        }
        text.push('\n');
    }
    Ok(())
}

fn row(algorithm: Algorithm, formats: &[SignatureFormat]) -> Result<Value> {
    let output = match algorithm.info().kind {
        Kind::Kem => "ciphertext",
        _ => "signature",
    };
    let mut row = Map::new();
    row.insert("name".to_owned(), json!(algorithm.name()));
    for format in formats {
        let costs = Costs::of(algorithm, *format)?;
        // What is text already is not written in base64 once more.
        let cost = |size: Option<Size>| {
            size.map(|size| {
                let mut object = size_json(size);
                if *format != Jws {
                    object["base64"] = json!(size.base64().max());
                }
                object
            })
        };
        let value = json!({
            "public_key": cost(costs.public_key),
            "private_key": cost(costs.private_key),
            "certificate": cost(costs.certificate),
            output: cost(costs.output),
        });
        row.insert(format.name().to_owned(), value);
    }
    Ok(Value::Object(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page is the output itself, so that the two cannot drift apart.
    #[test]
    fn the_documentation_shows_this_table() {
        let page = include_str!("../../../docs/sizes.md");
        let table = text(&[Cms, Raw, Jws]).expect("the table formats");
        assert!(
            page.contains(&table),
            "docs/sizes.md is not what `chop algorithms --sizes` prints"
        );
    }

    #[test]
    fn what_comes_on_top_is_as_little_as_the_page_says() {
        let size = |algorithm, attached, content, certificate| {
            let options = cms::Options {
                attached,
                ..cms::Options::default()
            };
            cms::signature_size(algorithm, &options, content, certificate).map(Size::max)
        };
        let content = cms::MAX_CONTENT;
        for algorithm in Algorithm::CURRENT.iter().copied() {
            let costs = Costs::of(algorithm, Cms).expect("the costs are known");
            let Some(certificate) = costs.certificate else {
                continue;
            };
            let plain = size(algorithm, false, 0, None).expect("a size");
            let all = size(algorithm, true, content, Some(certificate)).expect("a size");
            let around = all - plain - content - certificate.max();
            assert!(around <= 30, "{algorithm}: {around}");
        }
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        for format in [Cms, Raw, Jws] {
            let text = text(&[format]).expect("the table formats");
            assert!(text.lines().all(|line| line.chars().count() <= 110));
        }
    }
}
