//! `chop sign --max-bytes`: refuses before signing, and says what would fit.

use std::io::{self, Read};

use chop::algorithm::{Family, Kind, Size};
use chop::policy::Use;
use chop::{Algorithm, Certificate, Code, Error, Result, SignOptions, SigningKey, encoding, jws};

use super::Job;
use crate::args::SignatureFormat;

/// How many algorithms an error names, of those that resist a quantum computer and of the others.
const NAMED: (usize, usize) = (6, 3);

/// Another signature, and how long its file would be.
struct Other {
    name: String,
    classical: bool,
    size: Size,
}

impl Job {
    /// Refuses a signature of this size if the file may be longer than there is room for. `content`
    /// is the length of what is attached.
    ///
    /// # Errors
    /// [`Code::DoesNotFit`].
    pub(super) fn check_room(&self, size: Size, content: usize) -> Result<()> {
        let Some(room) = self.max_bytes else {
            return Ok(());
        };
        let file = self.file_size(self.format, size)?;
        if file.max() <= room {
            return Ok(());
        }
        let names: Vec<&str> = self.keys.iter().map(|key| key.algorithm().name()).collect();
        let mut others = self.with_other_keys(content);
        others.sort_by_key(|other| (other.classical, other.size.max()));
        let other_ways = self.with_these_keys(size)?;
        Err(Error::new(
            Code::DoesNotFit,
            format!("{} signature", self.format.title()),
        )
        .expected(what_fits(
            room,
            file,
            self.keys.len() > 1,
            &others,
            &other_ways,
        ))
        .got(format!("{} with {}", in_words(file), names.join(", "))))
    }

    /// The length of the file for a signature of this length: JWS ends with its line, CMS may be PEM.
    fn file_size(&self, format: SignatureFormat, size: Size) -> Result<Size> {
        match format {
            SignatureFormat::Cms if self.pem => encoding::pem_size("CMS", size),
            SignatureFormat::Jws => Ok(size.map(|bytes| bytes + super::END_OF_LINE.len())),
            _ => Ok(size),
        }
    }

    /// The same signature by keys of other algorithms; of several keys by each alone.
    fn with_other_keys(&self, content: usize) -> Vec<Other> {
        let several = self.keys.len() > 1;
        let algorithms: Vec<(Algorithm, Option<&Certificate>)> = match several {
            true => self
                .keys
                .iter()
                .zip(&self.certificates)
                .map(|(key, certificate)| (key.algorithm(), certificate.as_ref()))
                .collect(),
            false => Algorithm::CURRENT
                .iter()
                .filter(|algorithm| algorithm.info().kind == Kind::Signature)
                .filter(|algorithm| self.keys.iter().all(|key| key.algorithm() != **algorithm))
                .filter(|algorithm| self.takes_the_options(**algorithm))
                .map(|algorithm| {
                    let certificate = self.certificates.first().and_then(Option::as_ref);
                    (*algorithm, certificate)
                })
                .collect(),
        };
        algorithms
            .into_iter()
            .filter_map(|(algorithm, certificate)| {
                // What cannot be made with that key is left out.
                let size = self
                    .planned(algorithm, certificate, content, several)
                    .ok()?;
                Some(Other {
                    name: algorithm.to_string(),
                    classical: algorithm.info().category == 0,
                    size,
                })
            })
            .collect()
    }

    /// Whether the policy lets a key of `algorithm` sign, and it takes the context and can sign without
    /// randomness, if it has to.
    fn takes_the_options(&self, algorithm: Algorithm) -> bool {
        let refused = |key: &SigningKey| {
            let guard = key.guard();
            guard.check(algorithm, Use::Sign, &self.context).is_err()
        };
        if self.keys.iter().any(refused) {
            return false;
        }
        let info = algorithm.info();
        let salted =
            info.family == Family::Rsa && self.rsa_scheme.unwrap_or_default().is_randomised();
        (info.context || self.context.is_empty())
            && (info.deterministic && !salted || !self.deterministic)
    }

    /// The length of the file that one key of `algorithm` would sign. Its certificate is this one if
    /// the key is, and otherwise like it.
    fn planned(
        &self,
        algorithm: Algorithm,
        certificate: Option<&Certificate>,
        content: usize,
        own: bool,
    ) -> Result<Size> {
        // The scheme of RSA keys is chosen for those alone.
        let rsa_scheme = self
            .rsa_scheme
            .filter(|_| algorithm.info().family == Family::Rsa);
        let size = match self.format {
            SignatureFormat::Raw => algorithm.info().output,
            SignatureFormat::Jws => jws::signature_size(algorithm, &self.jws_options(rsa_scheme))?,
            SignatureFormat::Cms => {
                let options = SignOptions {
                    rsa_scheme,
                    ..SignOptions::default()
                };
                let certificate = certificate
                    .map(|certificate| match own {
                        true => Ok(Size::Exact(certificate.as_der().len())),
                        false => Certificate::self_signed_size(
                            algorithm,
                            &certificate.subject(),
                            certificate.validity()?,
                            &options,
                        ),
                    })
                    .transpose()?;
                let options = self.cms_options(rsa_scheme)?;
                chop::cms::signature_size(algorithm, &options, content, certificate)?
            }
        };
        self.file_size(self.format, size)
    }

    /// Other signatures by the same keys; `size` is that of the one that was asked for.
    fn with_these_keys(&self, size: Size) -> Result<Vec<Other>> {
        let mut others = Vec::new();
        let mut add = |name: &str, size: Size| {
            others.push(Other {
                name: name.to_owned(),
                classical: false,
                size,
            });
        };
        if self.pem {
            add("without --pem", size);
        }
        if self.attached {
            let options = chop::cms::Options {
                attached: false,
                ..self.cms_options(self.rsa_scheme)?
            };
            let detached = self.cms_signing(options, true)?.size()?;
            add("without --attached", self.file_size(self.format, detached)?);
        } else if self.certificates.iter().any(Option::is_some) {
            let without = self.cms_signing(self.cms_options(self.rsa_scheme)?, false)?;
            add(
                "without --certificate",
                self.file_size(self.format, without.size()?)?,
            );
        }
        let [key] = self.keys.as_slice() else {
            return Ok(others);
        };
        let algorithm = key.algorithm();
        // No other format carries a context, and none is shorter than the bare signature.
        if self.format == SignatureFormat::Raw {
            return Ok(others);
        }
        if self.format == SignatureFormat::Jws {
            let options = self.cms_options(self.rsa_scheme)?;
            let size = chop::cms::signature_size(algorithm, &options, 0, None)?;
            add("--format cms", size);
        } else if let Ok(size) = jws::signature_size(algorithm, &self.jws_options(self.rsa_scheme))
        {
            add("--format jws", self.file_size(SignatureFormat::Jws, size)?);
        }
        add("--format raw", algorithm.info().output);
        Ok(others)
    }
}

/// What there is room for instead of a file of this size, in one line.
fn what_fits(
    room: usize,
    file: Size,
    several: bool,
    with_other_keys: &[Other],
    with_these_keys: &[Other],
) -> String {
    let (these, another) = match several {
        true => ("with these keys", "with one key"),
        false => ("with this key", "with another key"),
    };
    let fits = |other: &&Other| other.size.max() <= room;
    let described = |other: &Other| match other.classical {
        true => format!("{} (classical, {})", other.name, in_words(other.size)),
        false => format!("{} ({})", other.name, in_words(other.size)),
    };
    let mut groups = Vec::new();
    let ways: Vec<String> = with_these_keys.iter().filter(fits).map(described).collect();
    if !ways.is_empty() {
        groups.push(format!("{these} {}", ways.join(", ")));
    }
    let mut names = Vec::new();
    let mut left_out = 0;
    for (classical, most) in [(false, NAMED.0), (true, NAMED.1)] {
        let all: Vec<&Other> = with_other_keys
            .iter()
            .filter(fits)
            .filter(|other| other.classical == classical)
            .collect();
        names.extend(all.iter().take(most).map(|other| described(other)));
        left_out += all.len().saturating_sub(most);
    }
    if !names.is_empty() {
        let more = match left_out {
            0 => String::new(),
            more => format!(" and {more} more of `chop algorithms --sizes`"),
        };
        groups.push(format!("{another} {}{more}", names.join(", ")));
    }
    let at_most = format!("at most {room} bytes");
    if !groups.is_empty() {
        return format!("{at_most}: {}", groups.join("; "));
    }
    let smallest = with_these_keys
        .iter()
        .chain(with_other_keys)
        .filter(|other| other.size.max() < file.max())
        .min_by_key(|other| other.size.max());
    match smallest {
        Some(smallest) => format!(
            "{at_most}, which nothing fits: the smallest is {}",
            described(smallest)
        ),
        None => format!("{at_most}, which nothing fits: this is the smallest"),
    }
}

fn in_words(size: Size) -> String {
    match size {
        Size::Exact(bytes) => format!("{bytes} bytes"),
        Size::Max(bytes) => format!("up to {bytes} bytes"),
    }
}

/// Content that is counted while it is read.
pub(super) struct Counted<'a> {
    content: &'a mut dyn Read,
    pub(super) bytes: usize,
}

impl<'a> Counted<'a> {
    pub(super) fn new(content: &'a mut dyn Read) -> Self {
        Self { content, bytes: 0 }
    }
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.bytes += read;
        Ok(read)
    }
}
