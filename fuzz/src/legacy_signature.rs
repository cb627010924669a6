//! Signatures of Dilithium that are almost right, in both flavours.

use chop::inspect::inspect_signature;
use chop::{Algorithm, Code, PublicKey};

use super::common::{legacy_read, refusal};
use super::input::Input;

/// The message of every signature.
const MESSAGE: &[u8] = b"chop self-test";

/// An algorithm, a public key and a signature of [`MESSAGE`], by the first byte of the input.
pub const FILES: &[(Algorithm, &[u8], &[u8])] = &[
    (
        Algorithm::Dilithium2R3,
        include_bytes!("../../test-vectors/legacy/Dilithium2-R3.pub"),
        include_bytes!("../../test-vectors/legacy/Dilithium2-R3.sig"),
    ),
    (
        Algorithm::Dilithium3R3,
        include_bytes!("../../test-vectors/legacy/Dilithium3-R3.pub"),
        include_bytes!("../../test-vectors/legacy/Dilithium3-R3.sig"),
    ),
    (
        Algorithm::Dilithium5R3,
        include_bytes!("../../test-vectors/legacy/Dilithium5-R3.pub"),
        include_bytes!("../../test-vectors/legacy/Dilithium5-R3.sig"),
    ),
    (
        Algorithm::Dilithium2Draft,
        include_bytes!("../../test-vectors/legacy/Dilithium2-draft.pub"),
        include_bytes!("../../test-vectors/legacy/Dilithium2-draft.sig"),
    ),
    (
        Algorithm::Dilithium3Draft,
        include_bytes!("../../test-vectors/legacy/Dilithium3-draft.pub"),
        include_bytes!("../../test-vectors/legacy/Dilithium3-draft.sig"),
    ),
    (
        Algorithm::Dilithium5Draft,
        include_bytes!("../../test-vectors/legacy/Dilithium5-draft.pub"),
        include_bytes!("../../test-vectors/legacy/Dilithium5-draft.sig"),
    ),
];

/// The second byte says what the rest is: edits of the signature, edits of the key, or a signature as it
/// is. An edit is a place, counted from the end, and what is added to the byte there. Of a draft two
/// implementations agree, or there is no verdict; and nothing holds but the one signature.
pub fn run(data: &[u8]) -> bool {
    let mut input = Input(data);
    let (algorithm, key, right) = FILES[usize::from(input.byte()) % FILES.len()];
    let (mut public, mut signature) = (key.to_vec(), right.to_vec());
    match input.byte() % 3 {
        0 => edit(&mut signature, &mut input),
        1 => edit(&mut public, &mut input),
        _ => signature = input.0.to_vec(),
    }
    let valid = PublicKey::from_bytes(algorithm, &public)
        .and_then(PublicKey::into_verifying)
        .and_then(|key| key.under(&legacy_read()).verify(MESSAGE, &signature));
    let valid = match valid {
        Ok(verdict) => verdict.is_valid(),
        Err(error) => {
            assert_eq!(error.code(), Code::Length, "{error:?}");
            assert_ne!(signature.len(), right.len());
            false
        }
    };
    assert_eq!(
        valid,
        (public.as_slice(), signature.as_slice()) == (key, right)
    );
    match inspect_signature(&signature, MESSAGE, &public) {
        Ok(found) => assert_eq!(found.flavours.contains(&algorithm), valid),
        Err(error) => refusal(&error),
    }
    valid
}

/// Edits `bytes`: three bytes of the input each.
pub(crate) fn edit(bytes: &mut [u8], input: &mut Input<'_>) {
    while !input.0.is_empty() {
        let place = usize::from(u16::from_le_bytes([input.byte(), input.byte()]));
        let place = bytes.len() - 1 - place % bytes.len();
        bytes[place] = bytes[place].wrapping_add(input.byte());
    }
}
