//! Hybrids: two strings in one, without a length between them.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use chop::{Algorithm, Code, PrivateKey, PublicKey, SecretBytes};

use super::common::{private_key, public_key, refusal};
use super::hybrid_keys::{self, Loaded, hybrids};

/// What no key has signed.
const MESSAGE: &[u8] = b"nobody has signed this";

/// Bytes of every shared secret: the combiner is SHA3-256.
const SECRET: usize = 32;

/// The first byte chooses the hybrid, the second private key, public key, or signature or ciphertext
/// for a fixed key; the rest is that. What loads comes back out as it went in.
pub fn run(data: &[u8]) -> bool {
    let [hybrid, what, bytes @ ..] = data else {
        return false;
    };
    let rows = hybrids();
    let hybrid = rows[usize::from(*hybrid) % rows.len()];
    match what % 3 {
        0 => private(hybrid, bytes),
        1 => public(hybrid, bytes),
        _ => output(hybrid, bytes),
    }
}

fn private(hybrid: Algorithm, bytes: &[u8]) -> bool {
    let secret = SecretBytes::copy_of(bytes);
    let key = match hybrid.info().seed {
        Some(_) => PrivateKey::from_seed(hybrid, secret),
        None => PrivateKey::from_expanded(hybrid, secret),
    };
    match key {
        Ok(key) => {
            assert_eq!(key.algorithm(), hybrid);
            let again = key.seed().or(key.expanded());
            assert_eq!(again.map(SecretBytes::expose), Ok(bytes));
            private_key(&key);
            true
        }
        Err(error) => {
            refusal(&error);
            false
        }
    }
}

fn public(hybrid: Algorithm, bytes: &[u8]) -> bool {
    match PublicKey::from_bytes(hybrid, bytes) {
        Ok(key) => {
            assert_eq!(key.algorithm(), hybrid);
            assert_eq!(key.as_bytes(), bytes);
            public_key(&key);
            true
        }
        Err(error) => {
            refusal(&error);
            false
        }
    }
}

/// A signature that nobody made has a verdict, or is refused for its length; a ciphertext that nobody
/// made has a secret, or is refused without detail.
fn output(hybrid: Algorithm, bytes: &[u8]) -> bool {
    static KEYS: LazyLock<Mutex<HashMap<Algorithm, Loaded>>> = LazyLock::new(Mutex::default);
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    let key = keys
        .entry(hybrid)
        .or_insert_with(|| hybrid_keys::load(hybrid));
    let error = match key {
        Loaded::Signing(key) => {
            if let Err(error) = chop::testing::signature_from_jose(hybrid, bytes) {
                refusal(&error);
            }
            match key.verifying_key().verify(MESSAGE, bytes) {
                Ok(verdict) => {
                    assert!(!verdict.is_valid(), "{hybrid}: forged");
                    return true;
                }
                Err(error) => {
                    assert_eq!(error.code(), Code::Length, "{error:?}");
                    error
                }
            }
        }
        Loaded::Agreeing(key) => match key.decapsulate(bytes) {
            Ok(secret) => {
                assert_eq!(secret.expose().len(), SECRET);
                assert!(key.decapsulate(bytes).as_ref() == Ok(&secret));
                return true;
            }
            Err(error) => {
                assert!(
                    matches!(error.code(), Code::Length | Code::Rejected),
                    "{error:?}"
                );
                error
            }
        },
    };
    refusal(&error);
    false
}
