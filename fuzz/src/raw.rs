//! Keys without any structure: the standards' own bytes.

use chop::{Algorithm, Code, PrivateKey, PublicKey, SecretBytes};

use super::common::{is_slow, private_key, public_key, refusal};

/// The first byte chooses the algorithm, the second seed, expanded form or public key; the rest is
/// the key. What is accepted comes back out as it went in.
pub fn run(data: &[u8]) -> bool {
    let [algorithm, form, bytes @ ..] = data else {
        return false;
    };
    let algorithm = Algorithm::ALL[usize::from(*algorithm) % Algorithm::ALL.len()];
    let info = algorithm.info();
    if is_slow(algorithm) && form % 3 == 1 {
        return false;
    }
    let secret = SecretBytes::copy_of(bytes);
    let refused = match form % 3 {
        0 => match PrivateKey::from_seed(algorithm, secret) {
            Ok(key) => {
                assert_eq!(key.algorithm(), algorithm);
                assert_eq!(key.seed().map(SecretBytes::expose), Ok(bytes));
                private_key(&key);
                return true;
            }
            Err(error) => {
                // Every string of the right length is a seed.
                assert_ne!(info.seed, Some(bytes.len()), "{error:?}");
                error
            }
        },
        1 => match PrivateKey::from_expanded(algorithm, secret) {
            Ok(key) => {
                assert_eq!(key.algorithm(), algorithm);
                assert_eq!(key.expanded().map(SecretBytes::expose), Ok(bytes));
                assert!(key.seed().is_err(), "a seed came from nowhere");
                private_key(&key);
                return true;
            }
            Err(error) => error,
        },
        _ => match PublicKey::from_bytes(algorithm, bytes) {
            Ok(key) => {
                assert_eq!(key.algorithm(), algorithm);
                assert_eq!(key.as_bytes(), bytes);
                public_key(&key);
                return true;
            }
            Err(error) => error,
        },
    };
    assert_ne!(refused.code(), Code::WrongKind);
    refusal(&refused);
    false
}
