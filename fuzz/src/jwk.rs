//! JSON Web Keys of type AKP.

use chop::encoding::{read_private_key, read_private_key_of_any_make, read_public_key};
use chop::{PrivateKey, PublicKey};
use serde_json::Value;

use super::common::{no_passphrase, private_key, public_key, refusal};

/// Reads `data` as a private and as a public key: never both. What is accepted is written, read
/// and written again without a change, and says what another JSON parser finds in it; a refusal
/// never quotes `priv`.
pub fn run(data: &[u8]) -> bool {
    let private = read_private_key(data, &mut no_passphrase);
    let public = read_public_key(data);
    let members: Option<Value> = serde_json::from_slice(data).ok();
    let member = |name: &str| members.as_ref()?.get(name)?.as_str();
    match (private, public) {
        (Ok(_), Ok(_)) => panic!("private and public at once"),
        (Err(private), Err(public)) => {
            for error in [private, public] {
                refusal(&error);
                let quoted = |name| member(name).filter(|text| error.to_string().contains(text));
                // Whoever puts the secret into `kty` or `alg` as well has published it.
                let published = ["kty", "alg"]
                    .iter()
                    .any(|name| member(name) == member("priv"));
                let quoted = quoted("priv").filter(|text| text.len() >= 16 && !published);
                assert_eq!(quoted, None, "an error quotes `priv`");
            }
            false
        }
        (Ok(key), Err(_)) => {
            private_key(&key);
            if members.is_some() {
                is_described(&key.public_key(), member("kty"), member("alg"));
                writes_the_same_private(&key);
            }
            true
        }
        (Err(_), Ok(key)) => {
            public_key(&key);
            if members.is_some() {
                is_described(&key, member("kty"), member("alg"));
                assert_eq!(member("priv"), None);
                let json = key.to_jwk().expect("it came as a JWK");
                let again = read_public_key(&json).expect("what was written is not read");
                assert_eq!(again, key);
                assert_eq!(again.to_jwk().as_ref(), Ok(&json));
            }
            true
        }
    }
}

fn is_described(key: &PublicKey, kty: Option<&str>, alg: Option<&str>) {
    assert_eq!(kty, Some("AKP"));
    assert_eq!(alg, key.algorithm().info().jose);
}

fn writes_the_same_private(key: &PrivateKey) {
    let json = key.to_jwk().expect("it came as a JWK");
    let again = read_private_key_of_any_make(json.expose(), &mut no_passphrase)
        .expect("what was written is not read");
    assert_eq!(again.public_key(), key.public_key());
    assert!(again.seed() == key.seed());
    assert!(again.to_jwk().as_ref() == Ok(&json));
}
