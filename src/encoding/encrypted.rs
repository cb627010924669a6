//! Encrypted PKCS#8 (RFC 5958 section 3): PBES2 of RFC 8018 with PBKDF2 or scrypt, and AES.
//!
//! Read: PBKDF2 with HMAC-SHA-1 or HMAC-SHA-2, or scrypt (RFC 7914), AES-CBC. Written: scrypt and
//! AES-256-CBC, with parameters that OpenSSL's default memory limit still reads. The cost that a
//! file asks for is checked against the caps below before any of it is spent.

use der::Decode;
use der::asn1::OctetStringRef;
use pkcs8::EncryptedPrivateKeyInfo;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{self, EncryptionScheme as Cipher, Kdf, Salt, ScryptParams};

use super::foreign;
use super::shape::Shape;
use super::tlv::{OCTET_STRING, SEQUENCE, der_problem, tlv};
use crate::error::{Code, Error, Result};
use crate::random;
use crate::secret::{SecretBytes, depth, on_clean_stack};

/// The most PBKDF2 iterations that a file may ask for: a few seconds.
pub const MAX_PBKDF2_ITERATIONS: u32 = 10_000_000;

/// The most memory that a file may make scrypt use: 128 × r × (N + p + 2) bytes.
pub const MAX_SCRYPT_MEMORY: u64 = 256 << 20;

/// The most work that a file may make scrypt do: N × r × p, at 256 MiB two passes.
pub const MAX_SCRYPT_WORK: u64 = 1 << 22;

/// What is written: 16 MiB, five passes; RFC 7914's r. OpenSSL refuses to use more than 32 MiB.
const SCRYPT_N: u64 = 1 << 14;
const SCRYPT_R: u16 = 8;
const SCRYPT_P: u16 = 5;

const SALT: usize = 16;
const AES_BLOCK: usize = 16;

/// A passphrase. Wiped on drop; not shown in `Debug`.
#[derive(Debug)]
pub struct Passphrase(SecretBytes);

impl Passphrase {
    /// The longest passphrase that is read, in bytes.
    pub const MAX: usize = 1024;

    /// A passphrase of these bytes.
    ///
    /// # Errors
    /// [`Code::Usage`] for an empty one and above [`MAX`](Self::MAX) bytes.
    pub fn new(bytes: SecretBytes) -> Result<Self> {
        if bytes.is_empty() || bytes.len() > Self::MAX {
            return Err(Error::usage("passphrase")
                .expected(format!("1 to {} bytes", Self::MAX))
                .got(format!("{} bytes", bytes.len())));
        }
        Ok(Self(bytes))
    }

    /// The bytes, for what derives a key from them.
    pub(crate) fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// Equality in constant time, for the second entry of a new passphrase.
    pub fn matches(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// EncryptedPrivateKeyInfo, before anything is known of the scheme.
#[derive(der::Sequence)]
struct Outer<'a> {
    algorithm: spki::AlgorithmIdentifierRef<'a>,
    data: &'a OctetStringRef,
}

fn malformed(error: &der::Error) -> Error {
    Error::malformed("encrypted private key")
        .expected("DER of an EncryptedPrivateKeyInfo")
        .got(der_problem(error))
}

/// What an error about the scheme is about, and what would have been right.
const WHAT: &str = "encryption of the private key";
const SCHEMES: &str = "PBKDF2 (HMAC-SHA-1 or HMAC-SHA-2) or scrypt, and AES-CBC";

fn decode(der: &[u8]) -> Result<(pbes2::Parameters, &[u8])> {
    let outer = Outer::from_der(der).map_err(|error| malformed(&error))?;
    if outer.algorithm.oid != pbes2::PBES2_OID {
        return Err(foreign::refused(
            WHAT,
            "PBES2 of RFC 8018",
            outer.algorithm.oid,
        ));
    }
    let unsupported = |oid| Err(foreign::refused(WHAT, SCHEMES, oid));
    let ciphertext = outer.data.as_bytes();
    match EncryptedPrivateKeyInfo::<&OctetStringRef>::from_der(der) {
        Ok(EncryptedPrivateKeyInfo {
            encryption_algorithm: EncryptionScheme::Pbes2(parameters),
            ..
        }) => match parameters.encryption {
            Cipher::Aes128Cbc { .. } | Cipher::Aes192Cbc { .. } | Cipher::Aes256Cbc { .. } => {
                check(&parameters, ciphertext)?;
                Ok((parameters, ciphertext))
            }
            other => unsupported(other.oid()),
        },
        Ok(_) => Err(Error::internal("PBES2 that is not PBES2")),
        Err(error) => match error.kind() {
            der::ErrorKind::OidUnknown { oid } => unsupported(oid),
            _ => Err(malformed(&error)),
        },
    }
}

/// Refuses parameters that are none, and a cost above the caps.
fn check(parameters: &pbes2::Parameters, ciphertext: &[u8]) -> Result<()> {
    let bad = |expected: &str, got: String| {
        Err(Error::malformed("encrypted private key")
            .expected(expected)
            .got(got))
    };
    let limit = |what: &str, cap: String, got: String| {
        Err(Error::new(Code::Limit, what.to_owned())
            .expected(format!("at most {cap}"))
            .got(got))
    };
    let key_len = parameters.encryption.key_size();
    if let Some(len) = parameters.kdf.key_length()
        && usize::from(len) != key_len
    {
        return bad(
            &format!("a derived key of {key_len} bytes"),
            len.to_string(),
        );
    }
    if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(AES_BLOCK) {
        return bad(
            "a ciphertext of whole blocks of 16 bytes",
            format!("{} bytes", ciphertext.len()),
        );
    }
    match &parameters.kdf {
        Kdf::Pbkdf2(params) => match params.iteration_count {
            0 => bad("at least one PBKDF2 iteration", "none".to_owned()),
            count if count > MAX_PBKDF2_ITERATIONS => limit(
                "PBKDF2 iterations",
                MAX_PBKDF2_ITERATIONS.to_string(),
                count.to_string(),
            ),
            _ => Ok(()),
        },
        Kdf::Scrypt(params) => {
            let n = params.cost_parameter;
            let (r, p) = (
                u64::from(params.block_size),
                u64::from(params.parallelization),
            );
            let got = format!("N = {n}, r = {r}, p = {p}");
            if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
                return bad("scrypt with N a power of two, r and p at least 1", got);
            }
            let memory = n
                .checked_add(p + 2)
                .and_then(|blocks| blocks.checked_mul(128 * r));
            let work = n.checked_mul(r * p);
            if memory.is_some_and(|bytes| bytes <= MAX_SCRYPT_MEMORY)
                && work.is_some_and(|work| work <= MAX_SCRYPT_WORK)
            {
                return Ok(());
            }
            limit(
                "scrypt cost",
                format!("{MAX_SCRYPT_MEMORY} bytes of memory and N*r*p = {MAX_SCRYPT_WORK}"),
                got,
            )
        }
        _ => Err(Error::internal("a derivation that PBES2 has not")),
    }
}

/// Decrypts an EncryptedPrivateKeyInfo.
///
/// # Errors
/// [`Code::Malformed`], [`Code::Limit`]; [`Code::Passphrase`] without detail, for a wrong
/// passphrase and for altered contents alike.
pub(super) fn open(der: &[u8], passphrase: &Passphrase) -> Result<SecretBytes> {
    let (parameters, ciphertext) = decode(der)?;
    let mut buffer = SecretBytes::copy_of(ciphertext);
    let mut plain = None;
    on_clean_stack::<{ depth::ANY }, _>(|| {
        if let Ok(bytes) = parameters.decrypt_in_place(passphrase.0.expose(), buffer.expose_mut()) {
            // A wrong key leaves good padding once in 256 times; what follows is then not DER.
            if Shape::of(bytes) == Some(Shape::PrivateKey) {
                plain = Some(SecretBytes::copy_of(bytes));
            }
        }
    });
    plain.ok_or_else(|| {
        Error::new(Code::Passphrase, "encrypted private key")
            .got("wrong passphrase, or an altered file")
    })
}

/// Encrypts the DER of a PrivateKeyInfo.
pub(super) fn seal(der: &[u8], passphrase: &Passphrase) -> Result<SecretBytes> {
    let mut salt = [0; SALT];
    let mut iv = [0; AES_BLOCK];
    random::fill(&mut salt)?;
    random::fill(&mut iv)?;
    let parameters = pbes2::Parameters {
        kdf: Kdf::Scrypt(ScryptParams {
            salt: Salt::new(salt).map_err(|_| Error::internal("PBES2 salt does not fit"))?,
            cost_parameter: SCRYPT_N,
            block_size: SCRYPT_R,
            parallelization: SCRYPT_P,
            key_length: None,
        }),
        encryption: Cipher::Aes256Cbc { iv },
    };
    // Room for the padding, which is at least one byte.
    let mut buffer = SecretBytes::concat(&[der, &[0; AES_BLOCK]]);
    let mut sealed = None;
    on_clean_stack::<{ depth::ANY }, _>(|| {
        sealed = parameters
            .encrypt_in_place(passphrase.0.expose(), buffer.expose_mut(), der.len())
            .ok()
            .map(|bytes| bytes.len());
    });
    let sealed = sealed.ok_or_else(|| Error::internal("PBES2 encryption failed"))?;
    let scheme = EncryptionScheme::Pbes2(parameters);
    let algorithm = der::Encode::to_der(&scheme)
        .map_err(|_| Error::internal("PBES2 parameters do not encode"))?;
    let data = tlv(OCTET_STRING, &[&buffer.expose()[..sealed]]);
    Ok(tlv(SEQUENCE, &[&algorithm, data.expose()]))
}

/// How a key is encrypted, for a report.
///
/// # Errors
/// [`Code::Malformed`], [`Code::Limit`].
pub(crate) fn describe(der: &[u8]) -> Result<String> {
    let (parameters, _) = decode(der)?;
    let kdf = match &parameters.kdf {
        Kdf::Pbkdf2(params) => format!(
            "PBKDF2 with {:?}, {} iterations",
            params.prf, params.iteration_count
        ),
        Kdf::Scrypt(params) => format!(
            "scrypt with N = {}, r = {}, p = {}",
            params.cost_parameter, params.block_size, params.parallelization
        ),
        _ => "another derivation".to_owned(),
    };
    let cipher = match parameters.encryption {
        Cipher::Aes128Cbc { .. } => "AES-128-CBC",
        Cipher::Aes192Cbc { .. } => "AES-192-CBC",
        Cipher::Aes256Cbc { .. } => "AES-256-CBC",
        _ => "another cipher",
    };
    Ok(format!("PBES2: {kdf}; {cipher}"))
}
