//! Keys as bytes: the formats that other people's software reads.
//!
//! | format | private | public |
//! |---|---|---|
//! | DER, or the same in PEM | PKCS#8 (RFC 5958), encrypted PKCS#8 (RFC 8018) | SubjectPublicKeyInfo (RFC 5280) |
//! | JWK, type AKP (RFC 9964) | `priv` | `pub` |
//! | raw | the standard's own bytes: [`PrivateKey::from_seed`], [`PrivateKey::from_expanded`] | [`PublicKey::from_bytes`] |
//!
//! [`read_private_key`] and [`read_public_key`] find out by themselves which of the self-describing
//! formats they are given; raw bytes do not describe themselves, so the caller names the algorithm.
//! Reading is strict: one encoding for each key, nothing after it, nothing guessed from a length.

pub(crate) mod ber;
mod encrypted;
mod foreign;
mod jwk;
mod pem;
mod pkcs8;
pub(crate) mod shape;
pub(crate) mod signature_id;
mod spki;
pub(crate) mod tlv;

use crate::algorithm::{Algorithm, Form, Size};
use crate::error::{Code, Error, Result};
use crate::kem::EncapsulationKey;
use crate::key::{Fingerprint, PrivateKey, PublicKey};
use crate::secret::SecretBytes;
use crate::sign::VerifyingKey;

use pkcs8::Pieces;

pub use encrypted::{MAX_PBKDF2_ITERATIONS, MAX_SCRYPT_MEMORY, MAX_SCRYPT_WORK, Passphrase};

pub(crate) use encrypted::describe as describe_encryption;
pub(crate) use jwk::{Jwk, is_set as is_jwk_set, parse as parse_jwk};
pub(crate) use pem::{blocks, blocks_up_to};
pub(crate) use pkcs8::{Parsed, parse as parse_pkcs8, parse_pkcs1, parse_sec1};
pub(crate) use shape::{Shape, certificate_key, outer_length, request_key};
pub(crate) use spki::{parse_as as parse_spki_as, write as write_spki};

/// The largest key file that is read: the largest key in the table, in hexadecimal, ten times over.
pub const MAX_KEY_FILE: usize = 128 * 1024;

/// Reads a private key: PKCS#8, encrypted or not, in DER or PEM, or a JWK.
///
/// `passphrase` is asked only if the key is encrypted.
///
/// # Errors
/// [`Code::Malformed`], [`Code::Length`], [`Code::Inconsistent`], [`Code::Limit`],
/// [`Code::Unsupported`] for an encoding that needs converting first, [`Code::WrongKind`] for a
/// public key, [`Code::Passphrase`], and whatever `passphrase` returns.
pub fn read_private_key(
    bytes: &[u8],
    passphrase: &mut dyn FnMut() -> Result<Passphrase>,
) -> Result<PrivateKey> {
    let mut parsed = read_private(bytes, passphrase)?;
    parsed.algorithm = spki::unambiguous(parsed.algorithm)?;
    // Of legacy keys no encoding is that of an RFC.
    if let Some(writer) = parsed.layout.foreign_writer()
        && !parsed.algorithm.is_legacy()
    {
        return Err(Error::new(
            Code::Unsupported,
            format!("{} private key", parsed.algorithm),
        )
        .expected("the encoding of its RFC; `chop convert` rewrites it")
        .got(writer));
    }
    parsed.into_key()
}

/// As [`read_private_key`], and also encodings that only other software writes.
///
/// # Errors
/// As [`read_private_key`], without [`Code::Unsupported`].
pub fn read_private_key_of_any_make(
    bytes: &[u8],
    passphrase: &mut dyn FnMut() -> Result<Passphrase>,
) -> Result<PrivateKey> {
    let mut parsed = read_private(bytes, passphrase)?;
    parsed.algorithm = spki::unambiguous(parsed.algorithm)?;
    parsed.into_key()
}

/// Reads a private key of an algorithm that the caller names: in any encoding of
/// [`read_private_key_of_any_make`], or the bare bytes of an algorithm whose private keys have one form.
///
/// It is how keys of Kyber are read, of which nothing tells round 3 from the draft.
///
/// # Errors
/// As there; [`Code::WrongKind`] for a key of another algorithm, [`Code::Usage`] for bare bytes of an algorithm
/// with several forms.
pub fn read_private_key_as(
    algorithm: Algorithm,
    bytes: &[u8],
    passphrase: &mut dyn FnMut() -> Result<Passphrase>,
) -> Result<PrivateKey> {
    limit(bytes)?;
    if is_bare_of(bytes, algorithm.info().expanded) {
        return match algorithm.info().forms() {
            [Form::Expanded] => PrivateKey::from_expanded(algorithm, SecretBytes::copy_of(bytes)),
            [Form::Seed] => PrivateKey::from_seed(algorithm, SecretBytes::copy_of(bytes)),
            _ => Err(
                Error::usage(format!("bare bytes of a {algorithm} private key"))
                    .expected("PKCS#8; `chop convert --input raw-seed` or raw-expanded makes it")
                    .got("bytes that do not say which form they are"),
            ),
        };
    }
    let mut parsed = read_private(bytes, passphrase)?;
    parsed.algorithm = named(parsed.algorithm, algorithm)?;
    parsed.into_key()
}

/// Reads a public key of an algorithm that the caller names: in any encoding of [`read_public_key`], or bare bytes.
///
/// # Errors
/// As there; [`Code::WrongKind`] for a key of another algorithm.
pub fn read_public_key_as(algorithm: Algorithm, bytes: &[u8]) -> Result<PublicKey> {
    limit(bytes)?;
    match is_bare_of(bytes, Some(algorithm.info().public_key)) {
        true => PublicKey::from_bytes(algorithm, bytes),
        false => read_public(bytes, |row| named(row, algorithm)),
    }
}

/// The row that the caller names, for a key whose own encoding has led to `found`.
fn named(found: Algorithm, wanted: Algorithm) -> Result<Algorithm> {
    match found == wanted || found.twin() == Some(wanted) {
        true => Ok(wanted),
        false => Err(Error::new(Code::WrongKind, "key of another algorithm")
            .expected(wanted.name())
            .got(format!("{found}, by its identifier"))),
    }
}

/// Whether `bytes` describe themselves in no way.
pub(crate) fn is_bare(bytes: &[u8]) -> bool {
    container(bytes) == Container::Der && Shape::of(bytes).is_none()
}

/// The same for bytes that are asked to be a key of `size`. What has that length and is no text is one, even if the line that
/// begins PEM stands somewhere in it.
fn is_bare_of(bytes: &[u8], size: Option<Size>) -> bool {
    let is_text = || {
        let mut control = bytes.iter().filter(|byte| byte.is_ascii_control());
        control.all(u8::is_ascii_whitespace)
    };
    match container(bytes) {
        Container::Pem => size == Some(Size::Exact(bytes.len())) && !is_text(),
        Container::Der | Container::Jwk => is_bare(bytes),
    }
}

/// Opens an encrypted PKCS#8 key and takes it apart. Structure and cost are checked before the passphrase is asked for.
pub(crate) fn open_pkcs8(
    der: &[u8],
    passphrase: &mut dyn FnMut() -> Result<Passphrase>,
) -> Result<Parsed> {
    describe_encryption(der)?;
    parse_pkcs8(encrypted::open(der, &passphrase()?)?.expose())
}

/// The one PEM block of `bytes`, if they are PEM.
pub(crate) fn pem_block(bytes: &[u8]) -> Result<Option<pem::Block<'_>>> {
    match container(bytes) {
        Container::Pem => pem::single(bytes).map(Some),
        _ => Ok(None),
    }
}

/// `der`, which is nothing secret, in PEM.
pub(crate) fn write_pem(label: &str, der: &[u8]) -> Result<Vec<u8>> {
    Ok(pem::write(label, der)?.expose().to_vec())
}

/// The container that a key was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    Pem,
    Der,
    Jwk,
}

fn read_private(
    bytes: &[u8],
    passphrase: &mut dyn FnMut() -> Result<Passphrase>,
) -> Result<Parsed> {
    limit(bytes)?;
    match container(bytes) {
        Container::Pem => {
            let block = pem::single(bytes)?;
            let der = block.contents.expose();
            match block.label {
                "PRIVATE KEY" => parse_pkcs8(der),
                "ENCRYPTED PRIVATE KEY" => open_pkcs8(der, passphrase),
                "EC PRIVATE KEY" => parse_sec1(der),
                "RSA PRIVATE KEY" => parse_pkcs1(der),
                "PUBLIC KEY" | "CERTIFICATE" => Err(not_private(block.label)),
                label => Err(unexpected_label(
                    "PRIVATE KEY or ENCRYPTED PRIVATE KEY",
                    label,
                )),
            }
        }
        Container::Jwk => match parse_jwk(bytes)? {
            Jwk::Private(parsed) => Ok(parsed),
            Jwk::Public(_) => Err(not_private("a JWK without `priv`")),
        },
        Container::Der => match Shape::of(bytes) {
            Some(Shape::EncryptedPrivateKey) => open_pkcs8(bytes, passphrase),
            Some(Shape::Sec1) => parse_sec1(bytes),
            Some(Shape::Pkcs1) => parse_pkcs1(bytes),
            Some(Shape::PublicKey) => Err(not_private("a SubjectPublicKeyInfo")),
            _ => parse_pkcs8(bytes),
        },
    }
}

/// Reads a public key: a SubjectPublicKeyInfo in DER or PEM, or a JWK.
///
/// # Errors
/// [`Code::Malformed`], [`Code::Length`], [`Code::Limit`], [`Code::Unsupported`],
/// [`Code::WrongKind`] for a private key: one is never used where a public key is enough.
pub fn read_public_key(bytes: &[u8]) -> Result<PublicKey> {
    read_public(bytes, spki::unambiguous)
}

/// Reads a public key to which a secret is to be sent. Of Kyber it does not matter which flavour it is: either is
/// refused when it is used.
///
/// # Errors
/// As [`read_public_key`]; [`Code::WrongKind`] for a key that verifies.
pub fn read_encapsulation_key(bytes: &[u8]) -> Result<EncapsulationKey> {
    read_public(bytes, Ok)?.into_encapsulation()
}

/// Reads a public key that describes itself; `choose` says which row its identifier is taken for.
fn read_public(bytes: &[u8], choose: impl Fn(Algorithm) -> Result<Algorithm>) -> Result<PublicKey> {
    limit(bytes)?;
    match container(bytes) {
        Container::Pem => {
            let block = pem::single(bytes)?;
            match block.label {
                "PUBLIC KEY" => spki::parse_as(block.contents.expose(), choose),
                "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" | "EC PRIVATE KEY" | "RSA PRIVATE KEY" => {
                    Err(not_public(block.label))
                }
                label => Err(unexpected_label("PUBLIC KEY", label)),
            }
        }
        Container::Jwk => match parse_jwk(bytes)? {
            Jwk::Public(key) => choose(key.algorithm()).map(|_| key),
            Jwk::Private(_) => Err(not_public("a JWK with `priv`")),
        },
        Container::Der => match Shape::of(bytes) {
            Some(Shape::PrivateKey | Shape::EncryptedPrivateKey | Shape::Sec1 | Shape::Pkcs1) => {
                Err(not_public("a private key"))
            }
            _ => spki::parse_as(bytes, choose),
        },
    }
}

/// Which self-describing container `bytes` claim to be.
pub(crate) fn container(bytes: &[u8]) -> Container {
    // A SEQUENCE of 128 bytes or more starts like no text, and a shorter one that is all of the file
    // is none: there is nothing to search for. What looks like PEM there is part of a key.
    match bytes {
        [tlv::SEQUENCE, 0x80..=0xff, ..] => return Container::Der,
        [tlv::SEQUENCE, len, rest @ ..] if rest.len() == usize::from(*len) => {
            return Container::Der;
        }
        _ => {}
    }
    if pem::looks_like_pem(bytes) {
        Container::Pem
    } else if bytes.trim_ascii_start().first() == Some(&b'{') && std::str::from_utf8(bytes).is_ok()
    {
        // Raw keys begin with that byte, too, but do not go on as text.
        Container::Jwk
    } else {
        Container::Der
    }
}

pub(crate) fn limit(bytes: &[u8]) -> Result<()> {
    if bytes.is_empty() {
        return Err(Error::malformed("key file")
            .expected("a key")
            .got("an empty file"));
    }
    if bytes.len() > MAX_KEY_FILE {
        return Err(Error::new(Code::Limit, "key file")
            .expected(format!("at most {MAX_KEY_FILE} bytes"))
            .got(format!("{} bytes", bytes.len())));
    }
    Ok(())
}

fn not_private(what: &str) -> Error {
    Error::new(Code::WrongKind, "key of the wrong kind")
        .expected("a private key")
        .got(what.to_owned())
}

fn not_public(what: &str) -> Error {
    Error::new(Code::WrongKind, "key of the wrong kind")
        .expected("a public key")
        .got(what.to_owned())
}

fn unexpected_label(expected: &str, label: &str) -> Error {
    Error::malformed("PEM label")
        .expected(expected)
        .got(label.escape_debug().to_string())
}

/// The length of [`PublicKey::to_spki_der`] for a key of `algorithm`, in bytes: a maximum for RSA, whose
/// public exponent may be shorter than usual.
///
/// ```
/// use chop::algorithm::{Algorithm, Size};
/// use chop::encoding;
///
/// let der = encoding::spki_size(Algorithm::MlDsa65);
/// assert_eq!(der, Size::Exact(1974));
/// assert_eq!(encoding::pem_size("PUBLIC KEY", der)?, Size::Exact(2726));
/// # Ok::<(), chop::Error>(())
/// ```
pub fn spki_size(algorithm: Algorithm) -> Size {
    let key = algorithm.info().public_key;
    key.map(|_| spki::write(algorithm, &key.blank()).len())
}

/// The length of [`PrivateKey::to_pkcs8_der`] for a key of `algorithm`, in bytes: a maximum for RSA,
/// alone or in a hybrid, whose numbers may begin with zeroes.
///
/// # Errors
/// [`Code::Usage`] if keys of `algorithm` cannot be written in `form`.
pub fn pkcs8_size(algorithm: Algorithm, form: Form) -> Result<Size> {
    let key = Blank::of(algorithm);
    let len = pkcs8::write(algorithm, form, &key.pieces())?.len();
    Ok(Size::new(len, key.exact || form == Form::Seed))
}

/// The length of [`PublicKey::to_jwk`] for a key of `algorithm`, in bytes.
///
/// # Errors
/// [`Code::Usage`] for an algorithm without a JOSE name.
pub fn jwk_size(algorithm: Algorithm) -> Result<Size> {
    let key = Blank::of(algorithm);
    let len = jwk::write_public(algorithm, &key.public)?.len();
    Ok(Size::new(len, key.exact))
}

/// The length of [`PrivateKey::to_jwk`] for a key of `algorithm`, in bytes.
///
/// # Errors
/// [`Code::Usage`] for an algorithm without a JOSE name.
pub fn private_jwk_size(algorithm: Algorithm) -> Result<Size> {
    let key = Blank::of(algorithm);
    let len = jwk::write_private(algorithm, &key.pieces())?.len();
    Ok(Size::new(len, key.exact))
}

/// The length of DER in PEM, in bytes: lines of 64 characters, and the two around them with `label`,
/// which is `PUBLIC KEY`, `PRIVATE KEY`, `CERTIFICATE` or, for signatures, `CMS`.
///
/// # Errors
/// [`Code::Limit`] for a length that no memory has.
pub fn pem_size(label: &str, der: Size) -> Result<Size> {
    let len = pem::len(label, der.max()).ok_or_else(|| {
        Error::new(Code::Limit, "DER to be written as PEM")
            .expected("a length that memory can have")
            .got(format!("{} bytes", der.max()))
    })?;
    Ok(der.map(|_| len))
}

/// A key of nothing but zeroes, as long as one of its algorithm can be.
struct Blank {
    seed: SecretBytes,
    expanded: SecretBytes,
    public: Vec<u8>,
    /// Whether every key of the algorithm is as long.
    exact: bool,
}

impl Blank {
    fn of(algorithm: Algorithm) -> Self {
        let info = algorithm.info();
        Self {
            seed: SecretBytes::zeroed(info.seed.unwrap_or_default()),
            expanded: SecretBytes::zeroed(info.expanded.map_or(0, Size::max)),
            public: info.public_key.blank(),
            exact: info.public_key.is_exact() && info.expanded.is_none_or(Size::is_exact),
        }
    }

    fn pieces(&self) -> Pieces<'_> {
        Pieces::new(Ok(&self.seed), Ok(&self.expanded), &self.public)
    }
}

impl PrivateKey {
    /// The DER of a PKCS#8 PrivateKeyInfo, version 1, without the public key.
    ///
    /// # Errors
    /// [`Code::Usage`] if the key cannot be written in `form`; [`Code::Policy`] for a legacy key, which is read only.
    pub fn to_pkcs8_der(&self, form: Form) -> Result<SecretBytes> {
        let public = self.public_key();
        pkcs8::write(self.algorithm(), form, &self.pieces(&public))
    }

    /// The same in PEM.
    ///
    /// # Errors
    /// As [`to_pkcs8_der`](Self::to_pkcs8_der).
    pub fn to_pkcs8_pem(&self, form: Form) -> Result<SecretBytes> {
        pem::write("PRIVATE KEY", self.to_pkcs8_der(form)?.expose())
    }

    /// The DER of a PKCS#8 EncryptedPrivateKeyInfo: PBES2 with scrypt and AES-256-CBC.
    ///
    /// # Errors
    /// As [`to_pkcs8_der`](Self::to_pkcs8_der), and [`Code::Random`].
    pub fn to_encrypted_pkcs8_der(
        &self,
        form: Form,
        passphrase: &Passphrase,
    ) -> Result<SecretBytes> {
        encrypted::seal(self.to_pkcs8_der(form)?.expose(), passphrase)
    }

    /// The same in PEM.
    ///
    /// # Errors
    /// As [`to_encrypted_pkcs8_der`](Self::to_encrypted_pkcs8_der).
    pub fn to_encrypted_pkcs8_pem(
        &self,
        form: Form,
        passphrase: &Passphrase,
    ) -> Result<SecretBytes> {
        pem::write(
            "ENCRYPTED PRIVATE KEY",
            self.to_encrypted_pkcs8_der(form, passphrase)?.expose(),
        )
    }

    /// A JWK of type AKP with `priv` (RFC 9964).
    ///
    /// # Errors
    /// [`Code::Usage`] for an algorithm without a JOSE name and for a key without its seed.
    pub fn to_jwk(&self) -> Result<SecretBytes> {
        let public = self.public_key();
        jwk::write_private(self.algorithm(), &self.pieces(&public))
    }

    fn pieces<'a>(&'a self, public: &'a PublicKey) -> Pieces<'a> {
        Pieces::new(self.seed(), self.expanded(), public.as_bytes())
    }
}

impl PublicKey {
    /// The DER of a SubjectPublicKeyInfo. Of a legacy key it is what its fingerprint is taken of.
    pub fn to_spki_der(&self) -> Vec<u8> {
        spki::write(self.algorithm(), self.as_bytes())
    }

    /// The same in PEM.
    ///
    /// # Errors
    /// [`Code::Policy`] for a legacy key, which is read only.
    pub fn to_spki_pem(&self) -> Result<Vec<u8>> {
        if self.algorithm().is_legacy() {
            return Err(self.algorithm().read_only("is written in no container"));
        }
        write_pem("PUBLIC KEY", &self.to_spki_der())
    }

    /// A JWK of type AKP (RFC 9964).
    ///
    /// # Errors
    /// [`Code::Usage`] for an algorithm without a JOSE name.
    pub fn to_jwk(&self) -> Result<Vec<u8>> {
        jwk::write_public(self.algorithm(), self.as_bytes())
    }

    /// The fingerprint: SHA-256 over [`to_spki_der`](Self::to_spki_der).
    pub fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Verifying(key) => key.fingerprint(),
            Self::Encapsulation(_) => Fingerprint::of_spki(&self.to_spki_der()),
        }
    }
}

impl VerifyingKey {
    /// The fingerprint: SHA-256 over the DER of the SubjectPublicKeyInfo, computed once for all clones.
    pub fn fingerprint(&self) -> Fingerprint {
        let compute = || {
            let der = spki::write(self.algorithm(), self.as_bytes());
            *Fingerprint::of_spki(&der).as_bytes()
        };
        Fingerprint::of(*self.names().fingerprint.get_or_init(compute))
    }
}
