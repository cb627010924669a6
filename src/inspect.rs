//! The key doctor: what a file is, without its secrets.
//!
//! [`inspect`] names the container, the kind of thing, the algorithm, the form, whether the parts
//! agree with each other, and for encodings that no RFC describes, which software writes them. It
//! says what can be proved from the bytes: a length alone proves nothing, so a file of 1184 bytes
//! is not "an ML-KEM-768 key" but unrecognised, with the candidates.

use crate::algorithm::{Algorithm, Family, Flavour, Form, Kind, Size, VerifyOptions};
use crate::backend;
use crate::certificate::Certificate;
use crate::cms::SignedData;
use crate::encoding::{self, Container, Jwk, Parsed, Passphrase, Shape};
use crate::error::{Code, Error, Result};
use crate::key::{Fingerprint, PrivateKey, PublicKey};
use crate::secret::SecretBytes;

/// What kind of thing a [`Finding`] is about.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// A private key.
    PrivateKey,
    /// A private key under a passphrase that was not given.
    EncryptedPrivateKey,
    /// A public key.
    PublicKey,
    /// An X.509 certificate.
    Certificate,
    /// A PKCS#10 certificate request.
    CertificateRequest,
    /// A CMS or PKCS#7 message.
    Cms,
    /// A PKCS#12 store.
    Pkcs12,
    /// A bare signature.
    Signature,
    /// Something of other software's that holds no key of ours: named, not read.
    Foreign,
    /// Nothing that can be told from the bytes.
    Unrecognised,
}

impl What {
    /// The kind, in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PrivateKey => "private key",
            Self::EncryptedPrivateKey => "encrypted private key",
            Self::PublicKey => "public key",
            Self::Certificate => "certificate",
            Self::CertificateRequest => "certificate request",
            Self::Cms => "CMS message",
            Self::Pkcs12 => "PKCS#12 store",
            Self::Signature => "signature",
            Self::Foreign => "other software's file",
            Self::Unrecognised => "unrecognised",
        }
    }
}

/// What was found in a file, or in one PEM block of it. Holds nothing secret.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is.
    pub what: What,
    /// The container and structure it came in, for example `PEM, PKCS#8`.
    pub encoding: String,
    /// The algorithm, where it is one of the table.
    pub algorithm: Option<Algorithm>,
    /// The other algorithm that the same encoding can mean, for elliptic-curve keys.
    pub also: Option<Algorithm>,
    /// Of ML-KEM, ML-DSA, and what came before them: the algorithms that the bytes can be of. One, if their
    /// flavour can be known; none, if nothing can, and for everything else.
    pub flavours: Vec<Algorithm>,
    /// The form of a private key.
    pub form: Option<Form>,
    /// Which software writes this, where it is not the standard's encoding.
    pub written_by: Option<String>,
    /// The checks that the key passed.
    pub checked: Vec<&'static str>,
    /// Why it is not usable: parts that contradict each other, or bytes that do not parse.
    pub problem: Option<Error>,
    /// The fingerprint of the public key.
    pub fingerprint: Option<Fingerprint>,
    /// Anything else worth knowing.
    pub notes: Vec<String>,
}

impl Finding {
    fn new(what: What, encoding: impl Into<String>) -> Self {
        Self {
            what,
            encoding: encoding.into(),
            algorithm: None,
            also: None,
            flavours: Vec::new(),
            form: None,
            written_by: None,
            checked: Vec::new(),
            problem: None,
            fingerprint: None,
            notes: Vec::new(),
        }
    }

    fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    fn problem(mut self, problem: Error) -> Self {
        self.problem = Some(problem);
        self
    }

    /// Whether the parts agree: `None` where nothing could be checked.
    pub fn consistent(&self) -> Option<bool> {
        match &self.problem {
            Some(problem) if problem.code() == Code::Inconsistent => Some(false),
            Some(_) => None,
            None if self.checked.is_empty() => None,
            None => Some(true),
        }
    }

    /// Whether the algorithm is believed to resist a quantum computer: `None` where there is none.
    pub fn quantum_safe(&self) -> Option<bool> {
        self.algorithm
            .or(self.flavours.first().copied())
            .map(|algorithm| algorithm.info().category > 0)
    }

    /// The flavour of what was found, where it has one that can be known.
    pub fn flavour(&self) -> Option<Flavour> {
        match self.flavours.as_slice() {
            [one] => one.flavour(),
            _ => None,
        }
    }

    /// Names the flavours that the bytes leave open, and the algorithm if they leave none.
    fn of_flavours(mut self, flavours: Vec<Algorithm>) -> Self {
        self.algorithm = match flavours.as_slice() {
            [one] => Some(*one),
            _ => None,
        };
        self.flavours = flavours;
        self
    }

    /// The exit status of the command: 0 recognised, 1 inconsistent, 3 unrecognised or malformed.
    pub fn exit_status(&self) -> u8 {
        match (&self.problem, self.what) {
            (Some(problem), _) if problem.code() == Code::Inconsistent => 1,
            (Some(_), _) | (None, What::Unrecognised) => 3,
            _ => 0,
        }
    }
}

/// Says what `bytes` are: one finding, or one for each PEM block.
///
/// An encrypted key is opened if `passphrase` is given, and described otherwise.
///
/// # Errors
/// [`Code::Malformed`] for an empty or broken file, [`Code::Limit`], and whatever `passphrase`
/// returns; [`Code::SelfTest`] and [`Code::Random`]. What is well formed but wrong is a [`Finding`] with a problem.
pub fn inspect(
    bytes: &[u8],
    passphrase: Option<&mut dyn FnMut() -> Result<Passphrase>>,
) -> Result<Vec<Finding>> {
    encoding::limit(bytes)?;
    let findings = match encoding::container(bytes) {
        Container::Pem => inspect_pem(bytes, passphrase)?,
        Container::Jwk => vec![inspect_jwk(bytes)],
        Container::Der => vec![inspect_der("DER", bytes, passphrase)?],
    };
    // What fails on our side is no finding about the file.
    match findings
        .iter()
        .filter_map(|finding| finding.problem.as_ref())
        .find(|error| is_ours(error))
    {
        Some(error) => Err(error.clone()),
        None => Ok(findings),
    }
}

/// Whether an error is the system's or the library's, and not the file's.
fn is_ours(error: &Error) -> bool {
    error.code().exit_status() >= 5
}

fn inspect_pem(
    bytes: &[u8],
    mut passphrase: Option<&mut dyn FnMut() -> Result<Passphrase>>,
) -> Result<Vec<Finding>> {
    let (blocks, rest) = encoding::blocks(bytes)?;
    let mut findings = Vec::new();
    for block in &blocks {
        let der = block.contents.expose();
        findings.push(match block.label {
            "PRIVATE KEY" => private("PEM, PKCS#8", encoding::parse_pkcs8(der)),
            "ENCRYPTED PRIVATE KEY" => match &mut passphrase {
                Some(ask) => inspect_encrypted("PEM", der, Some(&mut **ask))?,
                None => inspect_encrypted("PEM", der, None)?,
            },
            "EC PRIVATE KEY" => private("PEM, SEC 1", encoding::parse_sec1(der)),
            "RSA PRIVATE KEY" => private("PEM, PKCS#1", encoding::parse_pkcs1(der)),
            "PUBLIC KEY" => public("PEM, SubjectPublicKeyInfo", spki(der)),
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                certificate("PEM, X.509", der)
            }
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => request("PEM, PKCS#10", der),
            "CMS" | "PKCS7" => match Shape::of(der) {
                Some(Shape::Cms | Shape::BerCms) => cms("PEM, CMS", der),
                _ => {
                    Finding::new(What::Unrecognised, "PEM").note("labelled CMS and no ContentInfo")
                }
            },
            label => named_by_label(label),
        });
    }
    if !rest.trim_ascii().is_empty()
        && let Some(last) = findings.pop()
    {
        findings.push(last.note(format!("{} more bytes after the last END line", rest.len())));
    }
    Ok(findings)
}

/// PEM blocks of other software, which their label names.
fn named_by_label(label: &str) -> Finding {
    let known = match label {
        "OPENSSH PRIVATE KEY" => "an OpenSSH private key, written by ssh-keygen",
        "SSH2 PUBLIC KEY" => "an SSH public key (RFC 4716)",
        "PGP PRIVATE KEY BLOCK" | "PGP PUBLIC KEY BLOCK" | "PGP MESSAGE" | "PGP SIGNATURE" => {
            "OpenPGP data"
        }
        "AGE ENCRYPTED FILE" => "a file encrypted by age",
        "DSA PRIVATE KEY" => "a DSA private key, written by OpenSSL; FIPS 186-5 withdrew DSA",
        "EC PARAMETERS" | "DH PARAMETERS" => "domain parameters, no key",
        "X509 CRL" => "a certificate revocation list",
        "RSA PUBLIC KEY" => "an RSAPublicKey of PKCS#1 without algorithm identifier",
        _ => {
            let short: String = label.chars().take(64).collect();
            return Finding::new(What::Unrecognised, "PEM")
                .note(format!("unknown label {}", short.escape_debug()));
        }
    };
    Finding::new(What::Foreign, "PEM").note(known)
}

fn inspect_jwk(bytes: &[u8]) -> Finding {
    match encoding::parse_jwk(bytes) {
        Ok(Jwk::Public(key)) => public("JWK", Ok(key)),
        Ok(Jwk::Private(parsed)) => private("JWK", Ok(parsed)),
        Err(error) if error.code() == Code::Unsupported => {
            Finding::new(What::Unrecognised, "JWK").problem(error)
        }
        Err(_) if encoding::is_jwk_set(bytes) => Finding::new(What::Foreign, "JWK set")
            .note("a set of keys (RFC 7517 section 5); give them one by one"),
        Err(error) => Finding::new(What::Unrecognised, "JSON").problem(error),
    }
}

fn inspect_der(
    container: &str,
    der: &[u8],
    passphrase: Option<&mut dyn FnMut() -> Result<Passphrase>>,
) -> Result<Finding> {
    Ok(match Shape::of(der) {
        Some(Shape::PublicKey) => public(&format!("{container}, SubjectPublicKeyInfo"), spki(der)),
        Some(Shape::PrivateKey) => {
            private(&format!("{container}, PKCS#8"), encoding::parse_pkcs8(der))
        }
        Some(Shape::EncryptedPrivateKey) => inspect_encrypted(container, der, passphrase)?,
        Some(Shape::Sec1) => private(&format!("{container}, SEC 1"), encoding::parse_sec1(der)),
        Some(Shape::Pkcs1) => private(&format!("{container}, PKCS#1"), encoding::parse_pkcs1(der)),
        Some(Shape::Certificate) => certificate(&format!("{container}, X.509"), der),
        Some(Shape::Request) => request(&format!("{container}, PKCS#10"), der),
        Some(Shape::Cms) => cms(&format!("{container}, CMS"), der),
        Some(Shape::BerCms) => cms("BER, CMS", der),
        Some(Shape::Pkcs12) => Finding::new(What::Pkcs12, format!("{container}, PKCS#12")),
        None => raw(der),
    })
}

fn inspect_encrypted(
    container: &str,
    der: &[u8],
    passphrase: Option<&mut dyn FnMut() -> Result<Passphrase>>,
) -> Result<Finding> {
    let encoding = format!("{container}, encrypted PKCS#8");
    let described = match encoding::describe_encryption(der) {
        Ok(described) => described,
        Err(error) => {
            return Ok(refused(
                Finding::new(What::EncryptedPrivateKey, encoding),
                error,
            ));
        }
    };
    Ok(match passphrase {
        None => Finding::new(What::EncryptedPrivateKey, encoding)
            .note(described)
            .note("the algorithm is inside; give the passphrase to see it"),
        Some(ask) => private(&encoding, Ok(encoding::open_pkcs8(der, ask)?)).note(described),
    })
}

/// A public key, whatever its identifier leaves open.
fn spki(der: &[u8]) -> Result<PublicKey> {
    encoding::parse_spki_as(der, Ok)
}

fn public(encoding: &str, parsed: Result<PublicKey>) -> Finding {
    let finding = Finding::new(What::PublicKey, encoding);
    match parsed {
        Ok(key) => of_public(finding, &key),
        Err(error) => refused(finding, error),
    }
}

fn of_public(mut finding: Finding, key: &PublicKey) -> Finding {
    let algorithm = key.algorithm();
    finding = identified(finding, algorithm);
    finding.fingerprint = Some(key.fingerprint());
    match algorithm.info().family {
        Family::MlKem | Family::Kyber => finding
            .checked
            .push("coefficients below q (FIPS 203 section 7.2)"),
        Family::Ecdsa | Family::Ecdh => finding.checked.push("point on the curve"),
        Family::CompositeSignature | Family::CompositeKem | Family::XWing => finding
            .checked
            .push("both parts are public keys of their algorithms"),
        Family::Rsa => finding.checked.push("odd modulus and exponent"),
        _ => {}
    }
    finding
}

/// Takes over the row to which an identifier has led.
fn identified(mut finding: Finding, row: Algorithm) -> Finding {
    if let (Some(_), Some(twin)) = (row.flavour(), row.twin()) {
        // Round 3 and draft of Kyber have one identifier.
        return unknowable(finding.of_flavours(vec![row, twin]));
    }
    finding.notes.extend(row.info().caution.map(str::to_owned));
    match row.flavour() {
        None => {
            finding.algorithm = Some(row);
            finding.also = row.twin();
            finding
        }
        Some(_) => finding.of_flavours(vec![row]),
    }
}

fn private(encoding: &str, parsed: Result<Parsed>) -> Finding {
    let mut finding = Finding::new(What::PrivateKey, encoding);
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refused(finding, error),
    };
    let algorithm = parsed.algorithm;
    finding = identified(finding, algorithm);
    finding.form = Some(parsed.layout.form());
    finding.written_by = parsed.layout.foreign_writer().map(str::to_owned);
    let beside = parsed.public.is_some();
    match parsed.into_key() {
        Ok(key) => {
            finding.checked = checks(&key, finding.form, beside);
            finding.fingerprint = Some(key.public_key().fingerprint());
            finding
        }
        // It could only sign, so it is not read any further.
        Err(error) if error.code() == Code::Policy && algorithm.is_legacy() => {
            finding.note(error.to_string())
        }
        Err(error) => finding.problem(error),
    }
}

/// What completing a private key has compared.
fn checks(key: &PrivateKey, form: Option<Form>, public_beside: bool) -> Vec<&'static str> {
    let mut checks = match (key.algorithm().info().family, form) {
        (_, Some(Form::Both)) => vec!["expanded key equals the one that the seed gives"],
        (Family::MlKem | Family::Kyber, Some(Form::Expanded)) => vec![
            "coefficients below q",
            "H(ek) matches (FIPS 203 section 7.3)",
            "decapsulates what is encapsulated to it",
        ],
        (Family::MlDsa, Some(Form::Expanded)) => vec!["s1 and s2 in range", "t0 and tr recomputed"],
        (Family::SlhDsa, _) => vec!["PK.root recomputed"],
        (Family::Ecdsa | Family::Ecdh, _) => vec!["scalar between 1 and the group order"],
        (Family::Rsa, _) => vec!["primes, exponents and modulus belong together"],
        (Family::CompositeSignature | Family::CompositeKem, _) => {
            vec!["both parts are private keys of their algorithms"]
        }
        _ => vec!["public key derived from the seed"],
    };
    if public_beside {
        checks.push("public key beside it is its own");
    }
    checks
}

/// A structure that was recognised and whose contents were not accepted.
fn refused(mut finding: Finding, error: Error) -> Finding {
    // A foreign algorithm or scheme with a name is an answer, not a failure to recognise.
    if error.code() == Code::Unsupported {
        finding.notes.extend(error.actual().map(str::to_owned));
        finding
            .notes
            .push("recognised, not supported by this version".to_owned());
        return finding;
    }
    finding.problem(error)
}

fn cms(encoding: &str, der: &[u8]) -> Finding {
    let finding = Finding::new(What::Cms, encoding);
    match SignedData::parse(der) {
        Ok(message) => with_signers(finding, &message).note(format!(
            "SignedData, {}, {} signer(s), {} certificate(s); nothing was verified",
            if message.is_detached() {
                "content elsewhere"
            } else {
                "content inside"
            },
            message.signer_count(),
            message.certificates().len(),
        )),
        // Other types of CMS, and messages of certificates alone, are named in the error.
        Err(error) => finding.note(error.to_string()),
    }
}

/// The algorithms that a message names for its signatures, each once; of Dilithium with the flavour.
fn with_signers(mut finding: Finding, message: &SignedData) -> Finding {
    let mut named: Vec<String> = Vec::new();
    for name in message.signature_algorithms() {
        if !named.contains(&name) {
            named.push(name);
        }
    }
    if named.is_empty() {
        return finding;
    }
    let more = named.len().saturating_sub(MAX_NAMED);
    named.truncate(MAX_NAMED);
    if more > 0 {
        named.push(format!("{more} more"));
    }
    finding
        .notes
        .push(format!("signed by {}, as it says itself", named.join(", ")));
    finding
}

/// How many algorithms of one message are named.
const MAX_NAMED: usize = 4;

fn certificate(encoding: &str, der: &[u8]) -> Finding {
    let mut finding = Finding::new(What::Certificate, encoding);
    match encoding::certificate_key(der) {
        Some(spki) => finding = subject_key(finding, spki),
        None => {
            return finding
                .problem(Error::malformed("certificate").expected("DER of an X.509 certificate"));
        }
    }
    if let Ok(certificate) = Certificate::from_der(der) {
        finding = finding.note(format!("subject {}", certificate.subject()));
    }
    finding.note("the key of its subject; neither signature nor dates were checked")
}

fn request(encoding: &str, der: &[u8]) -> Finding {
    let finding = Finding::new(What::CertificateRequest, encoding);
    match encoding::request_key(der) {
        Some(spki) => {
            subject_key(finding, spki).note("the key of its subject; the signature was not checked")
        }
        None => finding
            .problem(Error::malformed("certificate request").expected("DER of a PKCS#10 request")),
    }
}

fn subject_key(finding: Finding, spki: &[u8]) -> Finding {
    match encoding::parse_spki_as(spki, Ok) {
        Ok(key) => of_public(finding, &key),
        Err(error) => refused(finding, error),
    }
}

/// Bytes without any structure: what can be proved, else the candidates.
fn raw(bytes: &[u8]) -> Finding {
    for algorithm in Algorithm::CURRENT.iter().copied() {
        let info = algorithm.info();
        // These private keys hold a hash or a root of their own public part, which no other bytes of that length do.
        let provable = matches!(info.family, Family::MlKem | Family::MlDsa | Family::SlhDsa);
        if !provable || info.expanded.is_none_or(|size| size.max() != bytes.len()) {
            continue;
        }
        let mut finding = Finding::new(What::PrivateKey, "raw");
        match PrivateKey::from_expanded(algorithm, SecretBytes::copy_of(bytes)) {
            Ok(key) => {
                finding.form = Some(Form::Expanded);
                finding.checked = checks(&key, finding.form, false);
                if algorithm.flavour().is_none() {
                    finding.algorithm = Some(algorithm);
                    finding.fingerprint = Some(key.public_key().fingerprint());
                    return finding;
                }
                // The draft, and of Kyber round 3 too, have keys of that arrangement with that hash. A fingerprint
                // is one of a key and its algorithm.
                return unknowable(finding.of_flavours(algorithm.look_alikes()));
            }
            Err(error) if is_ours(&error) => return finding.problem(error),
            Err(_) => {}
        }
    }
    if let Some(row) = backend::legacy_private(bytes) {
        let mut finding = Finding::new(What::PrivateKey, "raw");
        finding.checked.push("s1 and s2 in range");
        // It could only sign, so it is not read any further.
        return finding
            .of_flavours(vec![row])
            .note("its length belongs to this flavour alone")
            .note(row.read_only("does not sign").to_string());
    }
    let signatures = signature_flavours(bytes);
    if !signatures.is_empty() {
        let mut finding = Finding::new(What::Signature, "raw");
        finding
            .checked
            .push("hints in the one encoding, z below its bound");
        let finding = finding.of_flavours(signatures);
        return match finding.algorithm {
            Some(_) => {
                finding.note("its length belongs to this flavour alone; nothing was verified")
            }
            None => {
                unknowable(finding).note("--message and --key tell which; nothing was verified")
            }
        };
    }
    let candidates = candidates(bytes);
    let finding = Finding::new(What::Unrecognised, "raw").note(describe(bytes));
    if candidates.is_empty() {
        return finding;
    }
    finding.note(format!(
        "cannot be known from this file alone; by its length it could be {}",
        candidates.join(", ")
    ))
}

/// Says so if more than one flavour is left.
fn unknowable(finding: Finding) -> Finding {
    if finding.flavours.len() < 2 {
        return finding;
    }
    let names: Vec<_> = finding.flavours.iter().map(|row| row.name()).collect();
    let note = format!(
        "cannot be known from this file alone; it could be of {}",
        names.join(", ")
    );
    finding.note(note)
}

/// The algorithms of which `bytes` decode as a signature: of ML-DSA and Dilithium, whose encoding leaves
/// other bytes of that length next to no chance.
fn signature_flavours(bytes: &[u8]) -> Vec<Algorithm> {
    let rows = Algorithm::ALL.iter().copied();
    rows.filter(|row| backend::is_well_formed_signature(*row, bytes))
        .collect()
}

/// Tells the flavours of a bare signature apart by the key and the message that it is of.
///
/// `key` is a public key, bare or not, or a certificate. The finding names the algorithms under which
/// the signature holds, of those that its length and the key's leave open; it is no verdict, and no policy is asked.
///
/// # Errors
/// [`Code::Length`] if no algorithm has signatures and keys of those lengths, and whatever is wrong with a key that
/// describes itself; [`Code::Unsupported`] for those of Dilithium alone in a build without the feature `legacy`, which
/// tries ML-DSA alone; [`Code::SelfTest`].
pub fn inspect_signature(signature: &[u8], message: &[u8], key: &[u8]) -> Result<Finding> {
    let certified = Certificate::from_bytes(key).and_then(|certificate| certificate.public_key());
    let known = match certified {
        Ok(key) => Some(key),
        Err(_) if encoding::is_bare(key) => None,
        Err(_) => Some(encoding::read_public_key(key)?),
    };
    let (rows, bytes) = match &known {
        Some(key) => (key.algorithm().flavours(), key.as_bytes()),
        None => (Algorithm::ALL.to_vec(), key),
    };
    let fits = |row: &Algorithm| {
        let info = row.info();
        info.kind == Kind::Signature
            && row.flavour().is_some()
            && info.output == Size::Exact(signature.len())
            && info.public_key == Size::Exact(bytes.len())
    };
    let rows: Vec<Algorithm> = rows.into_iter().filter(fits).collect();
    if rows.is_empty() {
        return Err(Error::new(Code::Length, "signature and public key")
            .expected("the lengths of one set of ML-DSA or Dilithium")
            .got(format!("{} and {} bytes", signature.len(), bytes.len())));
    }
    let (mut holding, mut tried) = (Vec::new(), Vec::new());
    for row in rows {
        let scheme = match backend::signature(row) {
            // A build without the legacy readers has two things less to try.
            Err(error) if error.code() == Code::Unsupported => continue,
            scheme => scheme?.verifier(bytes)?,
        };
        tried.push(row.name());
        match scheme.verify(message, &VerifyOptions::default(), signature) {
            Ok(true) => holding.push(row),
            Ok(false) => {}
            Err(error) if is_ours(&error) => return Err(error),
            Err(_) => {}
        }
    }
    let finding = Finding::new(What::Signature, "raw");
    if tried.is_empty() {
        return Err(Error::new(Code::Unsupported, "signature of Dilithium")
            .expected("a build with the feature `legacy`")
            .got("one without"));
    }
    if holding.is_empty() {
        return Ok(finding.problem(
            Error::inconsistent("signature")
                .expected("one of the message under the key, without a context")
                .got(format!("none as {}", tried.join(", "))),
        ));
    }
    let mut finding = finding.of_flavours(holding);
    finding.checked.push("holds over the message under the key");
    Ok(unknowable(finding).note("no verdict: no policy was asked"))
}

/// What can be said of bytes that are none of the known structures.
fn describe(bytes: &[u8]) -> String {
    let len = bytes.len();
    for (mark, name) in [
        (&b"\xef\xbb\xbf"[..], "UTF-8 text behind a byte order mark"),
        (b"\xff\xfe", "UTF-16 text"),
        (b"\xfe\xff", "UTF-16 text"),
    ] {
        if bytes.starts_with(mark) {
            return format!("{len} bytes, perhaps {name}: save it as plain UTF-8");
        }
    }
    match encoding::outer_length(bytes) {
        None => format!("{len} bytes without structure"),
        Some(declared) if declared < len => {
            format!(
                "a DER SEQUENCE of {declared} bytes with {} more after it",
                len - declared
            )
        }
        Some(declared) if declared > len => {
            format!("the first {len} of a DER SEQUENCE of {declared} bytes")
        }
        Some(_) => format!("a DER SEQUENCE of {len} bytes that is no key, certificate or message"),
    }
}

fn candidates(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for algorithm in Algorithm::ALL.iter().copied() {
        let info = algorithm.info();
        let exact = |size: Size| size == Size::Exact(bytes.len());
        if info.seed == Some(bytes.len()) {
            found.push(format!("a seed of {algorithm}"));
        }
        if info.expanded.is_some_and(exact) {
            found.push(format!("a private key of {algorithm}"));
        }
        // Bytes that are refused as such a key are none.
        let lattice = matches!(info.family, Family::MlKem | Family::Kyber);
        if exact(info.public_key) && !(lattice && backend::check_public(algorithm, bytes).is_err())
        {
            found.push(format!("a public key of {algorithm}"));
        }
        // Those of ML-DSA and Dilithium were tried before.
        let tried = matches!(info.family, Family::MlDsa | Family::Dilithium);
        if exact(info.output) && !(tried && cfg!(feature = "legacy")) {
            let output = if info.shared_secret.is_some() {
                "ciphertext"
            } else {
                "signature"
            };
            found.push(format!("a {output} of {algorithm}"));
        }
    }
    found
}
