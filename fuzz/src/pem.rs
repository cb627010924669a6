//! Keys in PEM.

use base64ct::{Base64, Encoding};
use chop::encoding::{read_private_key, read_private_key_of_any_make, read_public_key};
use chop::{Code, PrivateKey, PublicKey};

use super::common::{no_passphrase, refusal, same_key};

/// Reads `data` as a private and as a public key: never both. What is accepted decodes to the same
/// key by a decoder that knows nothing of lines, and is written and read again without a change.
pub fn run(data: &[u8]) -> bool {
    let private = read_private_key_of_any_make(data, &mut no_passphrase);
    let public = read_public_key(data);
    match (private, public) {
        (Ok(_), Ok(_)) => panic!("private and public at once"),
        (Err(private), Err(public)) => {
            refusal(&private);
            refusal(&public);
            false
        }
        (Ok(key), Err(error)) => {
            assert_eq!(error.code(), Code::WrongKind, "{error:?}");
            if let Some(der) = decode(data) {
                let bare = read_private_key_of_any_make(&der, &mut no_passphrase)
                    .unwrap_or_else(|error| panic!("not a key without its PEM: {error:?}"));
                assert_eq!(bare.public_key(), key.public_key());
                assert_eq!(bare.forms(), key.forms());
            }
            writes_the_same_private(&key);
            true
        }
        (Err(error), Ok(key)) => {
            assert_eq!(error.code(), Code::WrongKind, "{error:?}");
            if let Some(der) = decode(data) {
                assert_eq!(read_public_key(&der).as_ref(), Ok(&key));
            }
            writes_the_same_public(&key);
            true
        }
    }
}

fn writes_the_same_private(key: &PrivateKey) {
    for form in key.forms() {
        let pem = key.to_pkcs8_pem(*form).expect("it has this form");
        let again = read_private_key(pem.expose(), &mut no_passphrase)
            .expect("what was written is not read");
        same_key(&again.public_key(), &key.public_key());
        assert!(again.to_pkcs8_pem(*form).as_ref() == Ok(&pem));
        // Only a decoder that gives the very bytes back is worth comparing with above.
        let der = key.to_pkcs8_der(*form).expect("it has this form");
        assert!(decode(pem.expose()).as_deref() == Some(der.expose()));
    }
}

fn writes_the_same_public(key: &PublicKey) {
    let pem = key.to_spki_pem().expect("every public key has a PEM");
    let again = read_public_key(&pem).expect("what was written is not read");
    same_key(&again, key);
    assert_eq!(again.to_spki_pem().as_ref(), Ok(&pem));
}

/// The contents of the last block, by joining its lines; `None` if there is no PEM.
fn decode(data: &[u8]) -> Option<Vec<u8>> {
    let text = data.trim_ascii_end().strip_suffix(b"-----")?;
    let last = |needle: &[u8]| text.windows(needle.len()).rposition(|part| part == needle);
    let begin = last(b"-----BEGIN ")?;
    let end = last(b"-----END ")?;
    let label = text.get(end + b"-----END ".len()..)?;
    let body = text.get(begin..end)?;
    let body = body.strip_prefix(b"-----BEGIN ")?.strip_prefix(label)?;
    let body = body.strip_prefix(b"-----")?;
    let joined: Vec<u8> = body
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let contents = Base64::decode_vec(std::str::from_utf8(&joined).ok()?);
    Some(contents.expect("the library accepted what is no base64"))
}
