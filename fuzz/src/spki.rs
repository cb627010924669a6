//! Public keys in DER.

use chop::encoding::{read_private_key, read_public_key};
use chop::{Code, PublicKey};

use super::common::{elements, no_passphrase, public_key, refusal};

/// The DER of id-ecDH: RFC 5480 section 2.1.2.
const EC_DH: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x01, 0x0c];

/// Reads `data`. There is one encoding for each key: an accepted one is what the library writes,
/// except that id-ecDH is written as id-ecPublicKey.
pub fn run(data: &[u8]) -> bool {
    let key = match read_public_key(data) {
        Ok(key) => key,
        Err(error) => {
            refusal(&error);
            return false;
        }
    };
    public_key(&key);
    let error = read_private_key(data, &mut no_passphrase)
        .expect_err("a public key was read as a private one");
    assert_eq!(error.code(), Code::WrongKind);
    match elements(0x30, data).as_deref() {
        // The JWK and PEM that the reader takes too are other targets' business.
        None => {}
        Some([(0x30, algorithm), _]) if algorithm.starts_with(EC_DH) => agrees(&key),
        Some(_) => assert_eq!(key.to_spki_der(), data, "another encoding of the same key"),
    }
    true
}

/// A key that may only agree is not read as one that verifies.
fn agrees(key: &PublicKey) {
    assert!(matches!(key, PublicKey::Encapsulation(_)));
}
