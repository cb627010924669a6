//! Private keys and ciphertexts of Kyber that are almost right, in both flavours.

use chop::encoding::read_private_key_as;
use chop::{Algorithm, Code, PrivateKey, SecretBytes};

use super::common::{legacy_read, no_passphrase, private_key, refusal};
use super::input::Input;
use super::legacy_signature::edit;

/// An algorithm, a private key, a ciphertext and its secret.
pub type Files = (Algorithm, &'static [u8], &'static [u8], &'static [u8]);

/// By the first byte of the input.
pub const FILES: &[Files] = &[
    (
        Algorithm::Kyber512R3,
        include_bytes!("../../test-vectors/legacy/Kyber512-R3.key"),
        include_bytes!("../../test-vectors/legacy/Kyber512-R3.ct"),
        include_bytes!("../../test-vectors/legacy/Kyber512-R3.ss"),
    ),
    (
        Algorithm::Kyber768R3,
        include_bytes!("../../test-vectors/legacy/Kyber768-R3.key"),
        include_bytes!("../../test-vectors/legacy/Kyber768-R3.ct"),
        include_bytes!("../../test-vectors/legacy/Kyber768-R3.ss"),
    ),
    (
        Algorithm::Kyber1024R3,
        include_bytes!("../../test-vectors/legacy/Kyber1024-R3.key"),
        include_bytes!("../../test-vectors/legacy/Kyber1024-R3.ct"),
        include_bytes!("../../test-vectors/legacy/Kyber1024-R3.ss"),
    ),
    (
        Algorithm::Kyber512Draft,
        include_bytes!("../../test-vectors/legacy/Kyber512-draft.key"),
        include_bytes!("../../test-vectors/legacy/Kyber512-draft.ct"),
        include_bytes!("../../test-vectors/legacy/Kyber512-draft.ss"),
    ),
    (
        Algorithm::Kyber768Draft,
        include_bytes!("../../test-vectors/legacy/Kyber768-draft.key"),
        include_bytes!("../../test-vectors/legacy/Kyber768-draft.ct"),
        include_bytes!("../../test-vectors/legacy/Kyber768-draft.ss"),
    ),
    (
        Algorithm::Kyber1024Draft,
        include_bytes!("../../test-vectors/legacy/Kyber1024-draft.key"),
        include_bytes!("../../test-vectors/legacy/Kyber1024-draft.ct"),
        include_bytes!("../../test-vectors/legacy/Kyber1024-draft.ss"),
    ),
];

/// The second byte says what the rest is: edits of the private key, edits of the ciphertext, a ciphertext as it is,
/// or a private key in whatever encoding. Of a ciphertext of the right length there is always a secret, and the
/// true one for the right ciphertext alone.
pub fn run(data: &[u8]) -> bool {
    let mut input = Input(data);
    let (algorithm, private, right, sent) = FILES[usize::from(input.byte()) % FILES.len()];
    let (mut key, mut ciphertext) = (private.to_vec(), right.to_vec());
    match input.byte() % 4 {
        0 => edit(&mut key, &mut input),
        1 => edit(&mut ciphertext, &mut input),
        2 => ciphertext = input.0.to_vec(),
        _ => return encoded(algorithm, input.0),
    }
    let key = match PrivateKey::from_expanded(algorithm, SecretBytes::copy_of(&key)) {
        Ok(key) => key,
        Err(error) => {
            assert!(matches!(error.code(), Code::Inconsistent | Code::Malformed));
            refusal(&error);
            return false;
        }
    };
    let opening = key.into_decapsulation().expect("a key of a KEM");
    match opening.under(&legacy_read()).decapsulate(&ciphertext) {
        Ok(secret) => {
            // Of an accepted edit of the key there may be one of z alone, which the right ciphertext does not meet.
            assert_eq!(secret.expose() == sent, ciphertext == right);
            true
        }
        Err(error) => {
            assert_eq!(error.code(), Code::Length);
            assert_ne!(ciphertext.len(), right.len());
            false
        }
    }
}

fn encoded(algorithm: Algorithm, bytes: &[u8]) -> bool {
    match read_private_key_as(algorithm, bytes, &mut no_passphrase) {
        Ok(key) => {
            assert_eq!(key.algorithm(), algorithm);
            private_key(&key);
            true
        }
        Err(error) => {
            refusal(&error);
            false
        }
    }
}
