//! Encrypted private keys in DER.

use chop::encoding::{Passphrase, read_private_key_of_any_make, read_public_key};
use chop::{Code, Error, SecretBytes};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::Decode;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Kdf;

use super::common::{no_passphrase, private_key, refusal};

/// The passphrase of the corpus.
pub const PASSPHRASE: &[u8] = b"fuzz";

/// What a derivation may cost here, so that a run tries thousands of inputs and not a handful.
const CHEAP_ITERATIONS: u64 = 2_000;
const CHEAP_SCRYPT_WORK: u128 = 1 << 13;

/// The caps of chop's `encoding::encrypted`, repeated here because a cap that only the library
/// knows is a cap that nobody checks.
const MAX_ITERATIONS: u64 = 10_000_000;
const MAX_SCRYPT_MEMORY: u128 = 256 << 20;
const MAX_SCRYPT_WORK: u128 = 1 << 24;

/// Opens `data` with [`PASSPHRASE`]. A cost above the caps, and a derivation that is not defined, is
/// refused before anyone is asked for a passphrase; costs between cheap and the caps are left out,
/// because they only cost; what opens keeps the rules of every key, and does not open with another
/// passphrase.
pub fn run(data: &[u8]) -> bool {
    let cost = cost(data);
    if cost == Some(Cost::Allowed) {
        return false;
    }
    let mut asked = 0;
    let opened = read_private_key_of_any_make(data, &mut || {
        asked += 1;
        passphrase(PASSPHRASE)
    });
    assert!(asked <= 1, "asked {asked} times");
    assert!(read_public_key(data).is_err() || asked == 0);
    let code = opened.as_ref().map_err(Error::code).err();
    match cost {
        Some(Cost::Refused) => assert_eq!(code, Some(Code::Limit), "above the caps"),
        Some(Cost::Undefined) => assert!(
            matches!(
                code,
                Some(Code::Malformed | Code::Limit | Code::Unsupported)
            ),
            "a derivation that is not defined: {code:?}"
        ),
        _ => {}
    }
    assert!(
        asked == 0 || cost == Some(Cost::Cheap),
        "asked for the passphrase of a file that is refused anyway"
    );
    if asked == 0 {
        // A plain key is the other targets' business.
        if let Err(error) = opened {
            refusal(&error);
        }
        return false;
    }
    let unasked = read_private_key_of_any_make(data, &mut no_passphrase)
        .expect_err("opened without a passphrase");
    assert_eq!(
        unasked.code(),
        Code::Usage,
        "another error than that of the caller"
    );
    match opened {
        Ok(key) => {
            private_key(&key);
            let error = read_private_key_of_any_make(data, &mut || passphrase(b"another"))
                .expect_err("opened with the wrong passphrase");
            assert_eq!(error.code(), Code::Passphrase, "{error:?}");
            true
        }
        Err(error) => {
            refusal(&error);
            false
        }
    }
}

fn passphrase(bytes: &[u8]) -> chop::Result<Passphrase> {
    Passphrase::new(SecretBytes::copy_of(bytes))
}

/// What opening a file costs, by its own words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cost {
    Cheap,
    Allowed,
    Refused,
    /// RFC 8018 and RFC 7914 do not say what to do.
    Undefined,
}

/// `None` for what is not PBES2 at all.
fn cost(data: &[u8]) -> Option<Cost> {
    let info = EncryptedPrivateKeyInfoRef::from_der(data).ok()?;
    let EncryptionScheme::Pbes2(parameters) = info.encryption_algorithm else {
        return None;
    };
    let key_len = parameters.kdf.key_length().map(usize::from);
    let fits = key_len.is_none_or(|len| len == parameters.encryption.key_size());
    let (defined, cheap, refused) = match &parameters.kdf {
        Kdf::Pbkdf2(params) => {
            let iterations = u64::from(params.iteration_count);
            (
                iterations > 0,
                iterations <= CHEAP_ITERATIONS,
                iterations > MAX_ITERATIONS,
            )
        }
        Kdf::Scrypt(params) => {
            let n = u128::from(params.cost_parameter);
            let r = u128::from(params.block_size);
            let p = u128::from(params.parallelization);
            // RFC 7914 section 6: V is N blocks of 128 r bytes, and B is p of them.
            let memory = 128 * r * (n + p);
            let work = n * r * p;
            (
                n > 1 && n.is_power_of_two() && r > 0 && p > 0,
                work <= CHEAP_SCRYPT_WORK,
                memory > MAX_SCRYPT_MEMORY || work > MAX_SCRYPT_WORK,
            )
        }
        _ => return None,
    };
    Some(match (defined && fits, refused, cheap) {
        (false, ..) => Cost::Undefined,
        (true, true, _) => Cost::Refused,
        (true, false, true) => Cost::Cheap,
        (true, false, false) => Cost::Allowed,
    })
}
