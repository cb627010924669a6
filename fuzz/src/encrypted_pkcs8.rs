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
const CHEAP_SCRYPT_WORK: u64 = 1 << 13;

/// The caps of chop's `encoding::encrypted`, repeated here because a cap that only the library
/// knows is a cap that nobody checks.
const MAX_ITERATIONS: u64 = 10_000_000;
const MAX_SCRYPT_MEMORY: u64 = 256 << 20;
const MAX_SCRYPT_WORK: u64 = 1 << 24;

/// Opens `data` with [`PASSPHRASE`]. A cost above the caps is refused before anyone is asked for a
/// passphrase; costs between cheap and the caps are left out, because they only cost; what opens
/// keeps the rules of every key, and does not open with another passphrase.
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
    if cost == Some(Cost::Refused) {
        let code = opened.as_ref().map_err(Error::code);
        assert_eq!(
            code.err(),
            Some(Code::Limit),
            "a cost above the caps was spent"
        );
        assert_eq!(
            asked, 0,
            "asked for the passphrase of a file that is refused anyway"
        );
    }
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
}

/// `None` for what is not PBES2 at all.
fn cost(data: &[u8]) -> Option<Cost> {
    let info = EncryptedPrivateKeyInfoRef::from_der(data).ok()?;
    let EncryptionScheme::Pbes2(parameters) = info.encryption_algorithm else {
        return None;
    };
    let (cheap, refused) = match &parameters.kdf {
        Kdf::Pbkdf2(params) => {
            let iterations = u64::from(params.iteration_count);
            (iterations <= CHEAP_ITERATIONS, iterations > MAX_ITERATIONS)
        }
        Kdf::Scrypt(params) => {
            let (n, r, p) = (
                u128::from(params.cost_parameter),
                u128::from(params.block_size),
                u128::from(params.parallelization),
            );
            // RFC 7914 section 6: V of N blocks, and B of p; each block is 128 r bytes.
            let memory = 128 * r * (n + p);
            let work = n * r * p;
            (
                work <= u128::from(CHEAP_SCRYPT_WORK),
                memory > u128::from(MAX_SCRYPT_MEMORY) || work > u128::from(MAX_SCRYPT_WORK),
            )
        }
        _ => return None,
    };
    Some(match (refused, cheap) {
        (true, _) => Cost::Refused,
        (false, true) => Cost::Cheap,
        (false, false) => Cost::Allowed,
    })
}
